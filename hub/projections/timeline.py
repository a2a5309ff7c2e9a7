"""Timeline: all that was recorded on a citizen, in order, sealed as it is on the log.

It holds no content in clear: who reads it opens it for one citizen, after the decision.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from psycopg import Connection

from hub.clock import from_microseconds
from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, copy_rows, in_schema, read_live
from hub.store import Record, record_of

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class Timeline:
    """The read model."""

    name = "timeline"
    tables = SQL["tables"]

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Append each citizen's events."""
        copy_rows(
            connection,
            in_schema(SQL["copy"], schema),
            ["uuid", "int8", "uuid", "int8", "timestamptz", "bytea"],
            (
                (
                    event.citizen,
                    event.position,
                    event.opened.originator_id,
                    event.opened.version,
                    from_microseconds(event.log_time),
                    event.value,
                )
                for event in events
                if event.citizen is not None
            ),
        )

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Nothing to take away: whoever reads a timeline is decided event by event."""


class TimelineRows:
    """Reads the live generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, citizen: UUID, before: int, limit: int) -> list[Record]:
        """The newest records before a position, newest first."""
        return self._select("page", (citizen, before, limit))

    def at(self, citizen: UUID, positions: Sequence[int]) -> list[Record]:
        """The records at these positions, oldest first."""
        return self._select("at", (citizen, list(positions)))

    def _select(self, block: str, terms: tuple[object, ...]) -> list[Record]:
        rows = read_live(self._database, "timeline", SQL[block], terms)
        return [record_of(row) for row in rows]
