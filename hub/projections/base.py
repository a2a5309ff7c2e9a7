"""What every read model has in common: a generation in a schema of its own, checkpoints, parking.

A read model is never migrated. Each generation lives in its own PostgreSQL schema (`timeline_1`); readers ask which
generation is live. A changed one is built beside it from the start and switched in one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, LiteralString, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from psycopg import Connection, errors, sql

from hub.errors import Conflict, Misconfigured
from hub.items import Item, item_of
from hub.postgres import Database, sql_blocks
from hub.statements import Statement
from hub.store import Opened

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class Event(NamedTuple):
    """One opened record, as a read model gets it."""

    partition: int
    position: int
    citizen: UUID | None
    log_time: int
    """Microseconds since 1970 UTC."""
    value: bytes
    opened: Opened
    statements: tuple[Statement, ...]

    @property
    def item(self) -> Item:
        """The event as the decision sees it; made when it is asked for, since most read models do not decide."""
        return item_of(self.opened.schema, self.opened.body, self.opened.event_id, self.position)


class View(Protocol):
    """A read model: how it is made, and how it takes events in."""

    name: str
    tables: LiteralString

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Take a batch in, within the transaction that moves the checkpoint on."""

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Take away what partners see of citizens with a parked record."""


@runtime_checkable
class Sweeping(Protocol):
    """A read model that works off part of what it handles later, some citizens at a time."""

    def sweep(self, connection: Connection, schema: str, at: Mapping[int, int], limit: int) -> bool:
        """Decide at most so many citizens, in these partitions as far as each has come; whether any is left."""

    def heavy(self, events: "Sequence[Event]") -> bool:
        """Whether what these events ask to be decided anew is too much to be held at once."""


def in_schema(block: LiteralString, schema: str) -> sql.Composed:
    """A block of SQL with its `{schema}` filled in, and `{name}`, the same as a value."""
    return sql.SQL(block).format(schema=sql.Identifier(schema), name=sql.Literal(schema))


def create_shared(database: Database) -> None:
    """Create the tables that all read models share; safe to repeat."""
    database.run(SQL["shared"])


def live_generation(connection: Connection, view: str) -> str:
    """The schema that readers use."""
    row = connection.execute(SQL["live"], (view,)).fetchone()
    if row is None:
        raise Misconfigured(f"There is no read model {view} yet: start the hub (`hub up`) or its consumer.")
    return str(row[0])


def read_live(database: Database, view: str, block: LiteralString, terms: Any) -> list[tuple[Any, ...]]:
    """Rows of the live generation. One that was switched off meanwhile is gone: then the next one answers."""
    with database.connection() as connection:
        with suppress(errors.UndefinedTable):
            return connection.execute(in_schema(block, live_generation(connection, view)), terms).fetchall()
        return connection.execute(in_schema(block, live_generation(connection, view)), terms).fetchall()


def new_generation(database: Database, view: View, partitions: int, *, live: bool) -> str:
    """Make the next generation, empty, with its checkpoints at the start."""
    with database.transaction() as connection:
        connection.execute(SQL["lock"], (f"view {view.name}",))
        if live and (row := connection.execute(SQL["live"], (view.name,)).fetchone()) is not None:
            return str(row[0])
        row = connection.execute(SQL["next_generation"], (view.name,)).fetchone()
        schema = f"{view.name}_{row[0] if row else 1}"
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        connection.execute(in_schema(view.tables, schema))
        connection.execute(SQL["add_generation"], (schema, view.name, live))
        connection.execute(SQL["add_checkpoints"], (schema, partitions))
    return schema


def checkpoints(connection: Connection, schema: str) -> dict[int, int]:
    """The position of each partition."""
    return {row[0]: row[1] for row in connection.execute(SQL["checkpoints"], (schema,)).fetchall()}


PlaceInLog = tuple[int, str | None, int | None]
"""A position, and where Kafka has it: the stream and the offset behind it (None: not read from Kafka)."""


def places(connection: Connection, schema: str) -> dict[int, PlaceInLog]:
    """How far a generation is in each partition."""
    rows = connection.execute(SQL["places"], (schema,)).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def move_checkpoints(
    connection: Connection, schema: str, before: Mapping[int, PlaceInLog], after: Mapping[int, PlaceInLog]
) -> None:
    """Move on by compare-and-set; raises Conflict when another process has moved them (a zombie rolls back)."""
    parts = sorted(after)
    moved = connection.execute(
        SQL["move_checkpoints"],
        (
            parts,
            [before[part][0] for part in parts],
            *([after[part][n] for part in parts] for n in range(3)),
            schema,
        ),
    ).rowcount
    if moved != len(parts):
        raise Conflict("Another process has taken this read model over: this one stops and seeks again.")


def parked_citizens(connection: Connection, schema: str) -> set[UUID]:
    """Citizens with parked records in a generation."""
    return {row[0] for row in connection.execute(SQL["parked_citizens"], (schema,)).fetchall()}


def park(connection: Connection, schema: str, records: Sequence[tuple[int, int, UUID, str, bytes]]) -> None:
    """Keep records (partition, position, citizen, why, value) that could not be handled, to be replayed in order."""
    connection.execute(SQL["park"], (schema, *(list(column) for column in zip(*records, strict=True))))


def set_aside(
    connection: Connection, records: Iterable[tuple[str, int, int, str, bytes | None, bytes | None]]
) -> int:
    """Keep records of the log (stream, partition, offset, why, key, value) that are none of ours; how many are new."""
    columns = (list(column) for column in zip(*records, strict=True))
    return connection.execute(SQL["set_aside"], tuple(columns)).rowcount


def copy_rows(
    connection: Connection, statement: sql.Composed, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write rows with COPY in binary format."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
