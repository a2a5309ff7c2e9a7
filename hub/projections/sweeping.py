"""Sweeps: what an organisation's own statement asks of all its citizens, and how far that has come.

The statement is handled at its place in the log; each citizen is decided anew later, some at a time, in order of id.
A citizen is then decided as at the statement's own moment: with the organisations as they stood there, and with what
was recorded on the citizen before it. Nothing of the citizen lies between, for an event on a citizen that a sweep has
not reached decides first what that sweep owes. So each citizen's rows and lines are those of a sweep done at once.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from hub.postgres import sql_blocks
from hub.statements import Statement

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_BEFORE_ALL: Final = UUID(int=0)
"""No citizen has this id."""


class Sweep(NamedTuple):
    """One statement about an organisation, in one partition, and the last citizen that was decided with it."""

    partition: int
    partner: UUID
    since: int
    """The statement's position."""
    log_time: int
    """Its moment, in microseconds since 1970 UTC."""
    restricts: bool
    reached: UUID | None

    def beyond(self, citizen: UUID) -> bool:
        """Whether the sweep has this citizen before it."""
        return self.reached is None or citizen > self.reached


def sweeps(statement: Statement) -> bool:
    """Whether a statement about an organisation is to reach its citizens; to be registered changes nothing yet."""
    return statement.citizen is None and statement.partner is not None and statement.kind != "registered"


def pending(connection: Connection, schema: str, partitions: Collection[int]) -> list[Sweep]:
    """The sweeps of these partitions that are not done, by position."""
    rows = connection.execute(SQL["pending"], (schema, list(partitions))).fetchall()
    return [Sweep(*row) for row in rows]


def begin(connection: Connection, schema: str, begun: Iterable[Sweep]) -> None:
    """Note sweeps to be done; none for an organisation that was never related to anybody."""
    where: dict[Sweep, list[int]] = {}
    for sweep in begun:
        where.setdefault(sweep._replace(partition=0), []).append(sweep.partition)
    for sweep, partitions in where.items():
        terms = sweep._asdict() | {"schema": schema, "partitions": partitions}
        connection.execute(SQL["begin"], terms)


def first(found: Sequence[Sweep]) -> list[Sweep]:
    """Those of one organisation, to be worked off together: where something closes before where it opens."""
    one = min(found, key=lambda sweep: (not sweep.restricts, sweep.since))
    return [sweep for sweep in found if sweep.partner == one.partner]


def page(connection: Connection, schema: str, theirs: Sequence[Sweep], limit: int) -> list[tuple[UUID, int]]:
    """The next citizens that the organisation was ever related to, each with the number of its events."""
    terms = {
        "schema": schema,
        "partner": theirs[0].partner,
        "before": max(sweep.since for sweep in theirs),
        "after": min(sweep.reached or _BEFORE_ALL for sweep in theirs),
        "limit": limit,
    }
    return [(row[0], row[1]) for row in connection.execute(SQL["page"], terms).fetchall()]


def go_on(
    connection: Connection, schema: str, theirs: Sequence[Sweep], citizens: Sequence[UUID], *, last: bool
) -> None:
    """Note that these citizens are decided; after the last of them the sweeps are done."""
    terms = {
        "schema": schema,
        "partner": theirs[0].partner,
        "partitions": sorted({sweep.partition for sweep in theirs}),
    }
    if last:
        connection.execute(SQL["finish"], terms)
    else:
        connection.execute(SQL["go_on"], terms | {"reached": citizens[-1], "citizens": list(citizens)})


def left(connection: Connection, schema: str) -> bool:
    """Whether a generation has any sweep to do."""
    row = connection.execute(SQL["left"], (schema,)).fetchone()
    return bool(row and row[0])


def parked_at(connection: Connection, schema: str, citizens: Collection[UUID]) -> dict[UUID, int]:
    """Where the first parked record of each of these citizens stands."""
    return dict(connection.execute(SQL["parked_at"], (schema, list(citizens))).fetchall())
