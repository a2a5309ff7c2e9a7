"""What somebody sees of an event, in a form in which two moments can be compared."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from hub.application.disclosure import Disclosure, State
from hub.clock import copenhagen_day, from_microseconds, start_of_day, to_microseconds
from hub.items import Item
from hub.store import Opened
from hub.vocabulary import mask_of

Written = Mapping[UUID, Mapping[str, int]]
"""The labels that stand beside texts, by event and field, as their authors chose them."""
WHYS: Final = ("own", "addressed", "law", "consent")
"""Why something is seen: the first of these (rule 8)."""


def labels_shown(state: State, item: Item, written: Written) -> dict[str, int]:
    """The labels that stand beside the texts of an event: those that its author chose, as they are now."""
    chosen, amended = written.get(item.event_id, {}), state.amendment(item.event_id)
    return {
        one.name: amended.change(one.name).labels(chosen.get(one.name, 0)) for one in item.fields if one.text
    }


def labels_written(known: Iterable[tuple[Item, Opened]]) -> Written:
    """The labels that the authors of texts chose, by event and field."""
    return {
        item.event_id: {name: mask_of(opened.body[name] or "") for name in opened.schema.texts}
        for item, opened in known
    }


def joined(one: Disclosure | None, other: Disclosure) -> Disclosure:
    """What is seen for one purpose or another."""
    if one is None:
        return other
    fields = {field.name: field for field in other.fields}
    for field in one.fields:
        more = fields.get(field.name)
        fields[field.name] = field._replace(purposes=field.purposes | more.purposes) if more else field
    in_order = tuple(fields[name] for name in sorted(fields))
    why = min(one.why, other.why, key=WHYS.index)
    return one._replace(why=why, purposes=one.purposes | other.purposes, fields=in_order)


def day_began(moment: int | None) -> int | None:
    """When the day of a moment began: no partner is told more of the time than the day."""
    return moment and to_microseconds(start_of_day(copenhagen_day(from_microseconds(moment))))
