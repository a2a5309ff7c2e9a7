"""Leaks that are planted: each of them must be found by the comparison of two worlds."""

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from hub.aggregates import Actor
from hub.application import commands
from hub.application.access import Access
from hub.application.disclosure import Viewer
from hub.application.due import DueMatter
from hub.application.entries import Permitted
from hub.application.hub import Answer, Hub
from hub.application.knowing import Found, known_at
from hub.application.page import CitizenPage, entries_with, page_of
from hub.application.reading import Reader
from hub.cli import options
from hub.errors import NotFound, NotPermitted
from hub.kafka.producer import Out
from hub.projections.partner_rows import PartnerViewRows, Shown
from hub.relay.publication import Line, Publication, _Sending
from hub.vocabulary import PURPOSE_BIT
from tests.worlds.pipeline import World

_SEND, _LINES, _ON_HANDOVER = Publication._send, Publication.lines, commands.on_handover
_PAGE, _KNOWN_AT = Access.page, known_at
_ROWS: Final = PartnerViewRows.rows
EVERYTHING = sum(PURPOSE_BIT.values())


def _with_position(publication: Publication, sending: _Sending, line: Line, *more: Any) -> None:
    """A record that carries the position which changed it."""
    before = len(sending.outs)
    _SEND(publication, sending, line, *more)
    sending.outs[before:] = [
        Out(o.topic, o.partition, o.key, o.value, [*o.headers, ("position", str(line.position).encode())])
        for o in sending.outs[before:]
    ]


def _numbered_over_all(publication: Publication, after: int, limit: int) -> list[Line]:
    """Lines numbered over all partners together: everybody else's leave holes."""
    return [line._replace(sequence=line.number) for line in _LINES(publication, after, limit)]


def _telling(hub: Hub, actor: Actor, handover: UUID, *more: Any, **meta: Any) -> Answer:
    """An answer to a handover that is others' which is another than that there is none."""
    try:
        return _ON_HANDOVER(hub, actor, handover, *more, **meta)
    except NotFound:
        if hub.store.load(handover) is not None:
            raise NotPermitted("That handover is between others: ask them.") from None
        raise


def _how_far(views: PartnerViewRows, *terms: Any) -> list[Shown]:
    """Rows that tell how many events the read models have not handled."""
    with views._database.connection() as connection:
        ((lag,),) = connection.execute(LAG).fetchall()
    return [row._replace(purposes=row.purposes + 1024 * lag) for row in _ROWS(views, *terms)]


def _masked(access: Access, reader: Reader, citizen: UUID, purpose: str | None) -> CitizenPage:
    """A page on which what is hidden stands without its words."""
    page = _PAGE(access, reader, citizen, purpose)
    entries = [
        entry for things in page.things.values() for thing in things for entry in (thing.first, *thing.since)
    ]
    entries += [*page.last.values(), *page.areas.values(), *page.successes]
    shown = {entry.event_id for entry in entries}
    for item, opened in access._hub.items(citizen):
        if item.event_id not in shown and entries:
            masked = entries[0]._replace(event=item.event, fields={}, event_id=item.event_id)
            for name, things in page_of(entries_with([masked], [opened])).things.items():
                page.things.setdefault(name, []).extend(things)
    return page


def _known(
    viewer: Viewer, bit: int, found: Found, wanted: Collection[int]
) -> tuple[dict[int, Permitted], set[int]]:
    """Things due begin and end by what is hidden as well: the list says so without a word of it."""
    return _KNOWN_AT(viewer, bit, found, wanted)[0], {item.position for item, _ in found}


@contextmanager
def _due_to_all() -> Iterator[None]:
    """So it does, and on everybody's list."""
    with ExitStack() as planted:
        for module in [one for name, one in sys.modules.items() if name.startswith("hub.application.")]:
            if getattr(module, "known_at", None) is known_at:  # whoever asks, for one citizen or for many
                planted.enter_context(patch.object(module, "known_at", _known))
        planted.enter_context(patch.object(DueMatter, "is_for", lambda *_: True))
        yield


LAG: Final = """
    SELECT count(*) FROM events AS e WHERE e.position > (
        SELECT min(k.position) FROM checkpoints AS k JOIN generations AS g USING (schema_name)
        WHERE g.view = 'partner_view' AND g.live)
"""

LEAKS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "a header with the global position": lambda: patch.object(Publication, "_send", _with_position),
    "a sequence with holes": lambda: patch.object(Publication, "lines", _numbered_over_all),
    "rows without a check of their labels": lambda: patch.object(Viewer, "_by_grants", lambda *_: EVERYTHING),
    "a position in the answer to a command": lambda: patch.object(options, "sees_positions", lambda: True),
    "a refusal that tells": lambda: patch.object(commands, "on_handover", _telling),
    "a page with what is hidden, without its words": lambda: patch.object(Access, "page", _masked),
    "a thing due because of what is hidden": _due_to_all,
}
"""Every leak, as what plants it for as long as it is open."""

BEHIND: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "rows that tell how far behind they are": lambda: patch.object(PartnerViewRows, "rows", _how_far),
}
"""Leaks that are there only while the read models are behind."""

ONLY: dict[str, tuple[str, ...]] = {
    "a refusal that tells": ("a handover between others",),
    "a thing due because of what is hidden": ("what others tell",),
}
"""Leaks that only some differences bring to light."""


@contextmanager
def broken(number: int) -> Iterator[None]:
    """The world of this number breaks while it is played: 0 is the first that is made."""
    played, play = 0, World.play

    def breaking(world: World) -> None:
        """Play, or break."""
        nonlocal played
        played += 1
        if played == number + 1:
            raise ArithmeticError("This world is broken on purpose.")
        play(world)

    with patch.object(World, "play", breaking):
        yield
