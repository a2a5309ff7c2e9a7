"""Leaks that are planted: each of them must be found by the comparison of two worlds."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hub.aggregates import Actor
from hub.application import commands
from hub.application.disclosure import Viewer
from hub.application.hub import Answer, Hub
from hub.cli import options
from hub.errors import NotFound, NotPermitted
from hub.kafka.producer import Out
from hub.relay.publication import Line, Publication, _Sending
from hub.vocabulary import PURPOSE_BIT

_SEND, _LINES, _ON_HANDOVER = Publication._send, Publication.lines, commands.on_handover
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


LEAKS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "a header with the global position": lambda: patch.object(Publication, "_send", _with_position),
    "a sequence with holes": lambda: patch.object(Publication, "lines", _numbered_over_all),
    "rows without a check of their labels": lambda: patch.object(Viewer, "_by_grants", lambda *_: EVERYTHING),
    "a position in the answer to a command": lambda: patch.object(options, "sees_positions", lambda: True),
    "a refusal that tells": lambda: patch.object(commands, "on_handover", _telling),
}
"""Every leak, as what plants it for as long as it is open."""

ONLY: dict[str, tuple[str, ...]] = {"a refusal that tells": ("a handover between others",)}
"""Leaks that only some differences bring to light."""
