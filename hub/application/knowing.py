"""What a list that holds positions only may tell its reader: what they see there, and what they may know happened."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.disclosure import Viewer
from hub.application.entries import Entries, Permitted
from hub.application.hub import Hub
from hub.application.readers import readers_of
from hub.clock import from_microseconds
from hub.items import Item, ItemField
from hub.statements import OCCURRED
from hub.store import Opened

CORRECTIONS: Final = frozenset({"event.corrected", "event.misfiled"})
"""They are no rows of their own: who has read what they put right is told of that instead."""

Found = Sequence[tuple[Item, Opened]]


def known_at(
    viewer: Viewer, bit: int, found: Found, wanted: Collection[int]
) -> tuple[dict[int, Permitted], set[int]]:
    """Of these events: what the reader sees of those that are wanted, and of which they may know, by position."""
    shown: dict[int, Permitted] = {}
    known: set[int] = set()
    for item, opened in found:
        disclosure = viewer.disclose(item)
        if disclosure is not None and disclosure.purposes & bit:
            known.add(item.position)
            if item.position in wanted:
                shown[item.position] = (item, opened, disclosure.narrowed(bit))
        elif _happened(viewer, bit, item):
            known.add(item.position)
    return shown, known


def _happened(viewer: Viewer, bit: int, item: Item) -> bool:
    """Whether the reader may know that it happened, of an event that has nothing else to say.

    One that has, and of which nothing is shown, is absent: that it happened is then not theirs to know either.
    """
    if item.fields or item.event in CORRECTIONS:
        return False
    disclosure = viewer.disclose(item._replace(fields=(ItemField("", item.existence, (), key=False),)))
    return disclosure is not None and bool(disclosure.purposes & bit)


def subjects_of(found: Found) -> dict[int, UUID]:
    """Which events the corrections among these are about, by the position of the correction."""
    return {
        item.position: event_id(opened.originator_id, opened.body["subject"])
        for item, opened in found
        if item.event in CORRECTIONS
    }


def had_read(hub: Hub, citizen: UUID, found: Found) -> dict[int, frozenset[UUID]]:
    """By position: the organisations that can have read what a correction puts right before it was put right."""
    about = subjects_of(found)
    return {
        item.position: _readers_before(hub, citizen, about[item.position], item)
        for item, _ in found
        if item.position in about
    }


def _readers_before(hub: Hub, citizen: UUID, subject: UUID, correction: Item) -> frozenset[UUID]:
    found, at = readers_of(hub, citizen, subject), from_microseconds(correction.recorded_at)
    reads = () if found is None else found.reads
    return frozenset(read.partner for read in reads if read.partner is not None and read.at < at)


def put_right(
    hub: Hub, entries: Entries, viewer: Viewer, citizen: UUID, found: Found
) -> dict[int, Permitted]:
    """By the position of each correction that the reader is told of: the event as they see it, put right.

    Told are those who had read it, and who see the right words now.
    """
    about = subjects_of(found)
    if not about:
        return {}
    wanted = set(about.values())
    records = [
        record
        for record in hub.log.of_citizens([citizen])
        if event_id(record.originator_id, record.version) in wanted
    ]
    seen = {
        permitted[0].event_id: permitted for permitted in entries.permitted(viewer, viewer.asked, records)
    }
    shows = [
        (item, seen[about[item.position]])
        for item, opened in found
        if about.get(item.position) in seen and _shows(viewer, item, opened, seen[about[item.position]])
    ]
    return {
        item.position: permitted
        for item, permitted in shows
        if viewer.partner in _readers_before(hub, citizen, about[item.position], item)
    }


def _shows(viewer: Viewer, correction: Item, opened: Opened, permitted: Permitted) -> bool:
    """Whether what the reader sees of an event is what this correction made of it."""
    subject, _, disclosure = permitted
    if correction.event != "event.corrected":
        return True
    if opened.body["field"] == OCCURRED:
        return subject.source != viewer.partner
    return any(
        field.name == opened.body["field"] and field.words == correction.event_id
        for field in disclosure.fields
    )
