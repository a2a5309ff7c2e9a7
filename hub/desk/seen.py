"""What is new to somebody since they last looked at a citizen, by the access log."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.desk.desk import Desk
from hub.postgres import sql_blocks

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
VISIT: Final = timedelta(minutes=30)
"""What was looked at within so long is one visit: it does not make news old."""
_LOOKED: Final = ["timeline", "page", "view", "plan", "decision"]


def last_looked(s: Desk, reader: Reader, citizen: UUID) -> int | None:
    """The position up to which the reader has looked; None for who never has."""
    if reader.person is None:
        return None
    terms = {
        "citizen": citizen,
        "person": reader.person.id,
        "surfaces": _LOOKED,
        "before": s.hub.clock() - VISIT,
    }
    with s.hub.database.connection() as connection:
        row = connection.execute(SQL["last"], terms).fetchone()
    position: int | None = None if row is None else row[0]
    return position


def news(entries: Iterable[Entry], looked: int | None, most: int = 5) -> list[Entry]:
    """The newest entries that were recorded since then; to who never looked before, nothing is new: all of it is."""
    if looked is None:
        return []
    newer = [entry for entry in entries if entry.position > looked]
    return newer[:most]
