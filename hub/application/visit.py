"""One visit of a reader: who reads what, for what, and when; every one of them is logged.

A page asks several times and is refreshed: that is one visit, with one entry in the log. Within a session the same
reading (citizen, purpose, surface) leaves one entry in half an hour, and a new one as soon as anything was recorded
on the citizen or on an organisation since, or something rests on other grants. A refusal always has its own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from hub.application.disclosure import Viewer
from hub.application.entries import Permitted
from hub.application.reading import Reader
from hub.errors import HubError, NotLogged
from hub.postgres import Database, sql_blocks

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_UNLOGGED: Final = (
    "The read could not be logged, so it is not answered: see that the access log can be written."
)


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


def entry_of(
    visit: Visit,
    *,
    permitted: bool,
    events: int = 0,
    reasons: Iterable[str] = (),
    grants: Iterable[UUID] = (),
) -> dict[str, Any]:
    """The entry that a visit leaves in the access log."""
    reader = visit.reader
    return {
        "at": visit.now,
        "role": reader.role,
        "partner_id": reader.partner,
        "person_id": reader.person and reader.person.id,
        "function": reader.person and reader.person.function,
        "citizen_id": visit.citizen,
        "about_partner": visit.about,
        "purpose": visit.purpose,
        "surface": visit.surface,
        "position": visit.position,
        "permitted": permitted,
        "reasons": list(reasons),
        "grants": list(grants),
        "events": events,
        "session": reader.session,
    }


def check_can_log(database: Database) -> None:
    """Refuse before anything is looked up where the log cannot be written. Raises NotLogged."""
    with database.connection() as connection:
        row = connection.execute(SQL["can_write"]).fetchone()
    if row is None or not row[0]:
        raise NotLogged(_UNLOGGED)


def write_entries(database: Database, entries: Sequence[dict[str, Any]]) -> None:
    """Log visits, all in one statement, before anything is answered. Raises NotLogged."""
    if not entries:
        return
    try:
        with database.connection() as connection:
            connection.execute(SQL["write"], (orjson.dumps(entries).decode(),))
    except HubError:
        raise NotLogged(_UNLOGGED) from None
