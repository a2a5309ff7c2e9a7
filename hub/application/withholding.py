"""What the citizen is not shown for a time: single items that a named officer of the authority withholds.

It is read from the statements, so that it counts from the moment the command is answered, and ends by itself on its
day.
Everybody reads the same sentence that this can be, whether anything is withheld or not.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.explain import Explanation
from hub.application.hub import Hub
from hub.clock import to_microseconds
from hub.items import Item
from hub.store import Opened

_SAID_OF_IT = "subject"
"""The field by which what is said of an event names it: by its version."""
_ITSELF = frozenset({"citizen.item_withheld", "citizen.withholding_ended"})


def withheld(hub: Hub, citizen: UUID, now: datetime) -> frozenset[UUID]:
    """The events that the citizen is not shown at this moment, by their ids."""
    standing: dict[str, UUID] = {}
    for said in hub.log.citizen_statements([citizen]):
        if said.kind == "withheld" and said.body["until"] > to_microseconds(now):
            standing[said.body["withholding"]] = UUID(said.body["item"])
        elif said.kind == "shown_again":
            standing.pop(said.body["withholding"], None)
    return frozenset(standing.values())


def shown_to_the_citizen(
    found: Iterable[tuple[Item, Opened]], hidden: frozenset[UUID]
) -> list[tuple[Item, Opened]]:
    """The events without those that are withheld, what was said of them since, and that they are withheld."""
    if not hidden:
        return list(found)
    return [(item, opened) for item, opened in found if not is_withheld(item, opened, hidden)]


def keep_back(found: Explanation, hidden: frozenset[UUID]) -> None:
    """Take what is withheld out of an explanation, as if it were not there."""
    if not hidden:
        return

    def is_there(item: Item) -> bool:
        return not is_withheld(item, found.opened[item.event_id], hidden)

    found.seen = [sight for sight in found.seen if is_there(sight.item)]
    found.absent = [absence for absence in found.absent if is_there(absence.item)]
    found.turns = [turn for turn in found.turns if is_there(turn.item)]


def is_withheld(item: Item, opened: Opened, hidden: frozenset[UUID]) -> bool:
    """Whether the citizen is not shown this event now."""
    if item.event in _ITSELF:
        about = opened.body.get("about")
        return about is None or UUID(bytes=about) in hidden
    said_of = opened.body.get(_SAID_OF_IT) if item.event.startswith("event.") else None
    return item.event_id in hidden or (
        isinstance(said_of, int) and event_id(opened.originator_id, said_of) in hidden
    )
