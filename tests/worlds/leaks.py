"""Leaks that are planted: each of them must be found by the comparison of two worlds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from hub.aggregates import Actor
from hub.application import commands
from hub.application.disclosure import Viewer
from hub.application.hub import Answer, Hub
from hub.cli import options
from hub.errors import NotFound, NotPermitted
from hub.kafka.producer import Out
from hub.projections.partner_rows import PartnerViewRows, Shown
from hub.relay.publication import Line, Publication, _Sending
from hub.vocabulary import PURPOSE_BIT
from tests.worlds.pipeline import World

_SEND, _LINES, _ON_HANDOVER = Publication._send, Publication.lines, commands.on_handover
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
}
"""Every leak, as what plants it for as long as it is open."""

BEHIND: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "rows that tell how far behind they are": lambda: patch.object(PartnerViewRows, "rows", _how_far),
}
"""Leaks that are there only while the read models are behind."""

ONLY: dict[str, tuple[str, ...]] = {"a refusal that tells": ("a handover between others",)}
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
