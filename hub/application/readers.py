"""Who can have read the words of an event: every visit since, decided anew as it was decided then.

The access log says who looked, not at which words: a visit counts when the decision at its position let the words
through. So a page that did not reach back to them counts as well; one who did read them is never left out.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.disclosure import State, Viewer
from hub.application.hub import Hub
from hub.clock import to_microseconds
from hub.items import Item
from hub.postgres import sql_blocks
from hub.vocabulary import Channel

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class Read(NamedTuple):
    """Who can have read it, and when first: the citizen (no partner), somebody at a partner, or a partner's system."""

    at: datetime
    partner: UUID | None
    function: str | None
    """None for the citizen and for a system."""


class Reads(NamedTuple):
    """Who can have read an event, and which organisation said that it stood on the wrong person."""

    marked_by: UUID | None
    reads: list[Read]


def readers_of(hub: Hub, citizen: UUID, event: UUID) -> Reads | None:
    """Who can have read the words of an event, oldest first; None when there is no such event."""
    known = hub.items(citizen)
    found = next(((item, opened) for item, opened in known if item.event_id == event), None)
    if found is None:
        return None
    item, subject = found
    marked = next(
        (
            said.source
            for said, opened in known
            if said.event == "event.misfiled"
            and (opened.originator_id, opened.body["subject"]) == (subject.originator_id, subject.version)
        ),
        None,
    )
    first: dict[tuple[UUID | None, str | None], Read] = {}
    for read in sorted(_reads(hub, citizen, item), key=lambda read: read.at):
        first.setdefault((read.partner, read.function), read)
    return Reads(marked, list(first.values()))


def _reads(hub: Hub, citizen: UUID, item: Item) -> Iterator[Read]:
    with hub.database.connection() as connection:
        terms = {"citizen": citizen, "item": item.position}
        visits = connection.execute(SQL["visits"], terms).fetchall()
    statements = iter(hub.log.statements([citizen]))
    state, waiting = State.of(()), next(statements, None)
    for position, at, role, partner, person, function, purpose in visits:
        while waiting is not None and waiting.position <= position:
            state.add(waiting)
            waiting = next(statements, None)
        if role == "citizen":
            shown = not state.amendment(item.event_id).misfiled
        else:
            channel = Channel.TOPIC if role == "system" else Channel.SCREEN
            viewer = state.viewer(
                partner, to_microseconds(at), person=person, channel=channel, purpose=purpose
            )
            shown = _lets_through(viewer, item)
        if shown:
            yield Read(at, partner, function)


def _lets_through(viewer: Viewer, item: Item) -> bool:
    """Whether the words were among what was shown: for the purpose asked, or to a system for any of its own."""
    if viewer.person is not None and viewer.refusal() is not None:
        return False
    disclosure = viewer.disclose(item)
    words = {field.name for field in item.fields if field.text}
    return disclosure is not None and any(
        field.name in words for field in disclosure.narrowed(viewer.asked).fields
    )
