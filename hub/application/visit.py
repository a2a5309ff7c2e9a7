"""One visit of a reader: who reads what, for what, and when; every one of them is logged."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from hub.application.disclosure import Viewer
from hub.application.entries import Permitted
from hub.application.reading import Reader


class Visit(NamedTuple):
    """Who reads what, for what, when, and at which position it is decided."""

    reader: Reader
    citizen: UUID | None
    purpose: str | None
    surface: str
    position: int
    now: datetime
    about: UUID | None = None
    begun: float = 0.0
    """When it was asked for (`time.monotonic`)."""


def grants_of(viewer: Viewer, shown: Sequence[Permitted], bit: int) -> list[UUID]:
    """The grants that what is shown rests on, for the log."""
    behind: set[UUID] = set()
    for item, _, disclosure in shown:
        behind.update(viewer.grants_behind(item, [field.name for field in disclosure.fields], bit))
    return sorted(behind)
