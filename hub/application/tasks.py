"""Who has a task with the citizen, or had: from when, and what ended it. Positions only: whoever reads decides each.

A task is begun by an assignment, an order or a grant of support, an invitation that the citizen approved, a handover,
or by the citizen who brings a companion; it is ended by completion, refusal, release, or closing.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.hub import Hub
from hub.application.reading import Reader
from hub.clock import to_microseconds
from hub.statements import Statement
from hub.vocabulary import purpose_names

COMPANION: Final = "companion"
TASKS: Final = frozenset({
    "task", "part", "handover", "invitation", "agreement", "representative", "emergency", COMPANION,
})  # fmt: skip
"""The kinds that are somebody's task; the others (consents, bases in law, agreed texts) only let somebody know."""
_BEGINS: Final = {
    "task": "task", "part": "part", "handover": "handover", "grant": "grant", "basis": "grant",
    "emergency": "access", "representative": "representative",
}  # fmt: skip
"""Statements with which something begins, and the field that names it."""
_ENDS: Final = {
    "task_ended": "task", "part_ended": "part", "handover_ended": "handover", "basis_ended": "grant",
    "emergency_ended": "access", "representative_ended": "representative",
}  # fmt: skip
_MEETING_OVER: Final = frozenset({"meeting.held", "meeting.cancelled"})


class Stint(NamedTuple):
    """One task from its beginning: the positions of the events that began and (None: not yet) ended it."""

    kind: str
    begun: int
    ended: int | None = None


def stints(hub: Hub, citizen: UUID) -> list[Stint]:
    """Everybody's tasks, and everything that lets somebody know, in the order in which they began."""
    items = hub.items(citizen)
    places = {item.event_id: item.position for item, _ in items}
    begun: dict[object, Stint] = {}
    for statement in hub.log.citizen_statements([citizen]):
        _fold(begun, statement, places)
    over = {opened.originator_id: item.position for item, opened in items if item.event in _MEETING_OVER}
    companions = (
        Stint(COMPANION, item.position, over.get(opened.originator_id))
        for item, opened in items
        if item.event == "meeting.companion_chosen"
    )
    return sorted([*begun.values(), *companions], key=lambda stint: stint.begun)


def running(hub: Hub, citizen: UUID) -> list[Stint]:
    """What would end with the cooperation."""
    return [stint for stint in stints(hub, citizen) if stint.ended is None]


def purposes_of(hub: Hub, reader: Reader, citizen: UUID) -> tuple[str | None, ...]:
    """What a reader has a task for with this citizen; for the citizen there is no purpose."""
    person = reader.person
    if person is None or person.partner is None:
        return (None,)
    now = to_microseconds(hub.clock())
    return tuple(purpose_names(hub.state(citizen).task_purposes(person.partner, person.id, now)))


def _fold(begun: dict[object, Stint], said: Statement, places: dict[UUID, int]) -> None:
    if said.kind in _BEGINS:
        begun.setdefault(said.body[_BEGINS[said.kind]], Stint(said.kind, said.position))
    elif said.kind == "item":
        key: object = (said.partner, said.body["item"])
        before = begun.get(key)
        if before is None or before.ended is not None:
            begun[key] = Stint(said.body["how"], places.get(UUID(said.body["item"]), said.position))
    else:
        for over in _ended(said):
            if (stint := begun.get(over)) is not None and stint.ended is None:
                begun[over] = stint._replace(ended=said.position)


def _ended(said: Statement) -> Iterator[object]:
    """What a statement ends."""
    if said.kind in _ENDS:
        yield said.body[_ENDS[said.kind]]
    elif said.kind == "item_ended":
        yield (said.partner, said.body["item"])
    elif said.kind == "ended":
        for grant in said.body["grants"]:
            yield grant
            yield (said.partner, grant)  # an agreed text ends by its own event's id
