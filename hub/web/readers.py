"""Who will be able to read it: what a form would record, rehearsed and never saved."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hub.application.preview import GAINED, Preview
from hub.errors import AccessDenied
from hub.web.place import Place


class Reads(NamedTuple):
    """An organisation that would see something of it."""

    name: str
    words: bool
    """Whether the text itself is among what it would see."""


def who_would_read(place: Place, do: Callable[[], Any]) -> list[Reads] | None:
    """The organisations that the writer may know of; None where the writer may not be told at all."""
    with place.hub.rehearse() as rehearsal:
        do()
    try:
        found = place.access.preview(rehearsal)
    except AccessDenied:
        return None
    return reads_of(place, found)


def reads_of(place: Place, found: Preview) -> list[Reads]:
    """Who would see something new, by name."""
    texts = {(item.event_id, field.name) for item in found.events for field in item.fields if field.text}
    names = place.names({effect.partner for effect in found.effects})
    rows = []
    for effect in found.effects:
        gained = [change for change in effect.changes if change.kind == GAINED]
        if gained:
            words = any((one.item.event_id, name) in texts for one in gained for name in one.gained)
            rows.append(Reads(names.get(effect.partner, ""), words))
    return sorted(rows)
