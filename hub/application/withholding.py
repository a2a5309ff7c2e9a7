"""What the citizen is not shown for a time: single items that a named officer of the authority withholds.

It is read from the statements, so that it counts from the moment the command is answered, and ends by itself on its
day. While it lasts, whatever is told of the item is not shown either: the withholding, its end, and what was said of
any of them afterwards.
Everybody reads the same sentence that this can be, whether anything is withheld or not.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.explain import Explanation
from hub.application.hub import Hub
from hub.clock import to_microseconds
from hub.items import Item
from hub.statements import Statement
from hub.store import Opened

_WITHHELD: Final = "citizen.item_withheld"
_ENDED: Final = "citizen.withholding_ended"


def withheld(hub: Hub, citizen: UUID, now: datetime) -> frozenset[UUID]:
    """The events that the citizen is not shown at this moment, by their ids."""
    standing = in_force(hub.log.citizen_statements([citizen]), now)
    return with_what_tells_of(standing, hub.items(citizen)) if standing else standing


def in_force(statements: Iterable[Statement], now: datetime) -> frozenset[UUID]:
    """The items that are withheld at this moment, from the statements in the order of the log."""
    found: dict[str, UUID] = {}
    for said in statements:
        if said.kind == "withheld" and said.body["until"] > to_microseconds(now):
            found[said.body["withholding"]] = UUID(said.body["item"])
        elif said.kind == "shown_again":
            found.pop(said.body["withholding"], None)
    return frozenset(found.values())


def with_what_tells_of(items: frozenset[UUID], events: Iterable[tuple[Item, Opened]]) -> frozenset[UUID]:
    """These items, and every event that would tell of them; the events are given in the order of the log."""
    hidden, about = set(items), dict[bytes, UUID]()
    for item, opened in events:
        if item.event == _WITHHELD:
            about[opened.body["withholding"]] = UUID(bytes=opened.body["about"])
        if _what_it_tells_of(item, opened.originator_id, opened.body, about) in hidden:
            hidden.add(item.event_id)
    return frozenset(hidden)


def _what_it_tells_of(
    item: Item, originator: UUID, body: dict[str, Any], about: dict[bytes, UUID]
) -> UUID | None:
    if item.event in (_WITHHELD, _ENDED):
        return about.get(body["withholding"])
    return event_id(originator, body["subject"]) if item.event.startswith("event.") else None


def shown_to_the_citizen(
    found: Iterable[tuple[Item, Opened]], hidden: frozenset[UUID]
) -> list[tuple[Item, Opened]]:
    """The events without those that are withheld."""
    return [pair for pair in found if pair[0].event_id not in hidden]


def keep_back(found: Explanation, hidden: frozenset[UUID]) -> None:
    """Take what is withheld out of an explanation, as if it were not there."""
    if not hidden:
        return
    found.seen = [sight for sight in found.seen if sight.item.event_id not in hidden]
    found.absent = [absence for absence in found.absent if absence.item.event_id not in hidden]
    found.turns = [turn for turn in found.turns if turn.item.event_id not in hidden]
