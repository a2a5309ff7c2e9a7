"""Rival of a command: one bare INSERT of the same row, in autocommit, on a connection that is there already."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from psycopg import Connection

TABLES: Final = """
CREATE SCHEMA IF NOT EXISTS rival;
CREATE TABLE IF NOT EXISTS rival.events (LIKE public.events INCLUDING ALL)
"""
"""Same columns, same indexes, same storage."""

INSERT: Final = """
INSERT INTO rival.events (position, originator_id, originator_version, citizen_id, recorded_at, log_time, value)
VALUES (%b, %b, %b, %b, %b, %b, %b)
"""


def inserter(connection: Connection) -> Callable[[Sequence[Any]], None]:
    """Store one row, committed when it returns."""

    def insert(row: Sequence[Any]) -> None:
        connection.execute(INSERT, row)

    return insert
