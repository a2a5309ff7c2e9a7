"""Rival of catch-up: one loop that reads the log, opens every record, and writes the same rows in the same batches.

It decides nothing: what it is to write beside the timeline is handed to it, ready for COPY. Each batch and its
position are one transaction, as the hub's are.
"""

from collections.abc import Sequence
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Connection

from bench.rivals.opening import Opener

SELECT: Final = """
SELECT position, originator_id, originator_version, citizen_id, log_time, value FROM events
WHERE position > %s ORDER BY position LIMIT %s
"""
CHECKPOINT: Final = "UPDATE rival.checkpoint SET position = %s"
TIMELINE: Final = """
COPY rival.timeline (citizen_id, position, originator_id, originator_version, log_time, value)
FROM STDIN (FORMAT BINARY)
"""
TIMELINE_TYPES: Final = ("uuid", "int8", "uuid", "int8", "timestamptz", "bytea")


class Write(NamedTuple):
    """One thing to write: a COPY with the types of its columns, or (no types) a statement with parameters."""

    statement: LiteralString
    types: tuple[str, ...]
    rows: Sequence[Any]


def catch_up(
    connection: Connection,
    opener: Opener,
    batches: Sequence[Sequence[Write]],
    *,
    size: int,
    timeline: bool,
    after: int = 0,
) -> int:
    """Go through the log once, batch by batch, from behind a position; the number of records."""
    position, total = after, 0
    for writes in batches:
        records = connection.execute(SELECT, (position, size)).fetchall()
        for record in records:
            opener.open(record[3], record[5])
        position = records[-1][0]
        total += len(records)
        with connection.transaction():
            connection.execute(CHECKPOINT, (position,))
            if timeline:
                copy_rows(
                    connection,
                    TIMELINE,
                    TIMELINE_TYPES,
                    [(r[3], r[0], r[1], r[2], r[4], r[5]) for r in records if r[3] is not None],
                )
            for write in writes:
                if write.types:
                    copy_rows(connection, write.statement, write.types, write.rows)
                else:
                    connection.execute(write.statement, write.rows)
    return total


def copy_rows(
    connection: Connection, statement: LiteralString, types: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """COPY rows in the binary format."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
