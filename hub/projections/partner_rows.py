"""What a partner view holds: how it is written, with the log of what changed in it, and how it is read.

A row that something newer restricts is nobody's to read until it was decided anew: a statement that is not handled
yet, or one whose sweep has the row's citizen still before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection, sql

from hub.clock import from_microseconds
from hub.postgres import Database, sql_blocks
from hub.projections.base import copy_rows, in_schema, live_generation, read_live
from hub.projections.sweeping import Sweep
from hub.vault import SQL as VAULT

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
CHANNEL: Final = "hub_partner_log"
_TYPES: Final = [
    "uuid", "uuid", "int8", "uuid", "uuid", "int4", "int4", "timestamptz", "bytea", "bytea", "bytea[]", "uuid[]",
]  # fmt: skip
_LINE: Final = ["uuid", "uuid", "int8", "uuid", "text", "int8"]

Key = tuple[UUID, UUID, int]
"""Partner, citizen, position."""
Line = tuple[UUID, UUID, int, UUID, str, int]
"""A line of `partner_log`: a row's key, its disclosure id, what was done to it, and the position that did it."""


class Row(NamedTuple):
    """A row that is to be written."""

    event_id: UUID
    disclosure_id: UUID
    partition: int
    purposes: int
    valid_until: int | None
    digest: bytes
    sealed: bytes
    texts: list[bytes]
    text_events: list[UUID]
    """The events that the texts were sealed with: the row's own, or that of a correction."""


@dataclass(slots=True)
class Changes:
    """What a batch changes, or a slice of a sweep."""

    current: dict[Key, bytes] = field(default_factory=dict)
    """The digest of each row as it stands at this point of the log."""
    stored: set[Key] = field(default_factory=set)
    """Rows that the table holds already."""
    rows: dict[Key, Row | None] = field(default_factory=dict)
    log: list[Line] = field(default_factory=list)
    begun: list[Sweep] = field(default_factory=list)


def write(connection: Connection, schema: str, changes: Changes, *, publish: bool) -> None:
    """Write what changed, and its lines where partners are to be told."""
    gone = [key for key in changes.rows if key in changes.stored]
    if gone:
        connection.execute(
            in_schema(SQL["remove"], schema),
            ([k[0] for k in gone], [k[1] for k in gone], [k[2] for k in gone]),
        )
    rows = [(key, row) for key, row in changes.rows.items() if row is not None]
    if rows:
        copy_rows(
            connection,
            in_schema(SQL["copy"], schema),
            _TYPES,
            (
                (
                    *key,
                    *row[:4],
                    None if row.valid_until is None else from_microseconds(row.valid_until),
                    *row[5:],
                )
                for key, row in rows
            ),
        )
    if publish:
        append_log(connection, changes.log)
        pairs = sorted({key[:2] for key, _ in rows})
        if pairs:
            connection.execute(VAULT["make_references"], ([p for p, _ in pairs], [c for _, c in pairs]))


def append_log(connection: Connection, lines: Sequence[Line]) -> None:
    """Tell partners of changes, in order; the relay is woken."""
    if lines:
        copy_rows(connection, sql.Composed([sql.SQL(SQL["log"])]), _LINE, lines)
        connection.execute(SQL["notify"])


class Shown(NamedTuple):
    """One row of a partner's view, still sealed."""

    position: int
    event_id: UUID
    purposes: int
    valid_until: Any
    sealed: bytes
    texts: list[bytes]
    text_events: list[UUID]
    disclosure_id: UUID


class PartnerViewRows:
    """Reads the live generation. A row that something newer restricts is absent until it was decided anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, partner: UUID, citizen: UUID, now: Any) -> list[Shown]:
        """One citizen's rows for one partner, oldest first."""
        terms = {"partner": partner, "citizen": citizen, "now": now}
        rows = read_live(self._database, "partner_view", SQL["rows"], terms)
        return [
            Shown._make((*row[:4], bytes(row[4]), [bytes(text) for text in row[5]], *row[6:])) for row in rows
        ]

    def withheld(self, citizen: UUID) -> bool:
        """Whether the citizen's rows are withheld, since a record waits to be replayed."""
        return bool(read_live(self._database, "partner_view", SQL["withheld"], (citizen,)))

    def counts(self, now: Any, citizen: UUID | None = None) -> dict[UUID, tuple[int, int]]:
        """For each partner the number of rows and of citizens: what an operator may know."""
        rows = read_live(self._database, "partner_view", SQL["counts"], {"citizen": citizen, "now": now})
        return {row[0]: (row[1], row[2]) for row in rows}


def switch_difference(connection: Connection, old: str, new: str) -> dict[UUID, tuple[int, int, int]]:
    """Rows gained, lost and changed for each partner between two generations; the log gets only the difference."""
    difference = sql.SQL(SQL["difference"]).format(new=sql.Identifier(new), old=sql.Identifier(old))
    found: dict[UUID, tuple[int, int, int]] = {}
    lines = []
    for partner, citizen, item, disclosure, position, gained, lost in connection.execute(
        difference, {"new": new}
    ).fetchall():
        plus, minus, changed = found.get(partner, (0, 0, 0))
        found[partner] = (plus + gained, minus + lost, changed + (not gained and not lost))
        lines.append((partner, citizen, item, disclosure, "delete" if lost else "upsert", position))
    append_log(connection, lines)
    return found


def backfill(connection: Connection, partner: UUID) -> int:
    """A line in the log for everything a partner may see now: its topic was opened, and is empty."""
    schema = live_generation(connection, "partner_view")
    return connection.execute(in_schema(SQL["backfill"], schema), (partner,)).rowcount
