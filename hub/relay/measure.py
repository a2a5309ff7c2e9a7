"""How long a withdrawal takes, from the accepted command to the last place where something of it lay.

Every stage is measured from the moment that the command was accepted, by what each part of the hub wrote down as it
did its work. Nothing is guessed: what has not been reached yet is counted as waiting, with its age, and never as 0.
A statement that took no row away has no further stages, and is counted apart.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from hub.kafka import partition_of
from hub.postgres import Database, sql_blocks
from hub.projections.base import checkpoints, live_generation

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
STAGES: Final = ("refused", "gone", "tombstone", "notice", "confirmed", "cleared")
"""Refused on read · row gone · tombstone on the topic · notice on it · purge confirmed · bytes off the disk."""
TARGET: Final = 1_000.0
"""Milliseconds for 99 of 100: refused on read, the rows gone, and the partner's topic told."""
TARGETED: Final = STAGES[:4]
_ELSEWHEN: Final = 3_600_000.0
LAST: Final = 1_000
"""How many of the newest statements are measured."""


class Reached(NamedTuple):
    """Where one statement is with one stage; times in milliseconds since the command was accepted."""

    after: float | None = None
    """None: not reached."""
    waiting: float | None = None
    """Its age, while it is not reached and ought to be."""


class Closing(NamedTuple):
    """One statement that takes something away, stage by stage."""

    position: int
    stages: dict[str, Reached]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage over many statements; milliseconds, and None where there is no figure."""

    name: str
    values: list[float] = field(repr=False)
    """Those that reached it, in order of size."""
    waiting: int
    oldest: float | None
    """The age of the oldest that waits."""
    median: float | None
    p95: float | None
    p99: float | None
    most: float | None
    within: bool | None
    """Whether 99 of 100 were within the target; what waits longer is not. None: no target, or no figure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured."""

    count: int
    apart: int
    """Those that took no row away from anybody."""
    backwards: int
    """Those in force before they were recorded: the application's clock is ahead of the database's."""
    elsewhen: int
    """Those in force more than an hour after they were recorded, by a clock of its own: a year that was played. They
    are counted here and measured nowhere."""
    stages: tuple[Stage, ...]


def measure(database: Database, *, withdrawals: bool, since: datetime | None = None) -> Measured:
    """Withdrawals of consents, or everything that takes something away; the newest, at most thirty days old."""
    return summed(closings(database, withdrawals=withdrawals, since=since))


def closings(
    database: Database, *, withdrawals: bool, since: datetime | None = None, limit: int = LAST
) -> list[Closing]:
    """Each statement by itself, newest first."""
    with database.connection() as connection:
        schema = live_generation(connection, "partner_view")
        known = checkpoints(connection, schema)
        sweeping = {row[0] for row in connection.execute(SQL["sweeping"], (schema,)).fetchall()}
        terms = {"withdrawals": withdrawals, "since": since, "limit": limit}
        rows = connection.execute(SQL["closings"], terms).fetchall()
    return [_closing(row, known, sweeping) for row in rows]


def _closing(row: Sequence[object], known: dict[int, int], sweeping: Collection[int]) -> Closing:
    position, citizen, age, refused, partners, gone_at, *counted = row
    decided = _whole(position) not in sweeping and _decided(_whole(position), citizen, known)
    taken = _whole(partners)
    stages = {"refused": Reached(_number(refused))}
    if not decided:
        stages["gone"] = Reached(None, _number(age))
    elif taken:
        stages["gone"] = Reached(_number(gone_at))
    topics, sent, sent_at, notices, told, told_at, confirmed, confirmed_at, cleared, cleared_at = counted
    for name, due, done, at in (
        ("tombstone", topics, sent, sent_at),
        ("notice", notices, told, told_at),
        ("confirmed", notices, confirmed, confirmed_at),
        ("cleared", topics, cleared, cleared_at),
    ):
        if _whole(done) < _whole(due):
            stages[name] = Reached(None, _number(age))
        elif _whole(due):
            stages[name] = Reached(_number(at))
    return Closing(_whole(position), stages)


def _decided(position: int, citizen: object, known: dict[int, int]) -> bool:
    """Whether the discloser has handled the statement, in every partition that it belongs to."""
    if isinstance(citizen, UUID):
        return known[partition_of(str(citizen).encode(), len(known))] >= position
    return min(known.values()) >= position


def _whole(value: object) -> int:
    return int(str(value))


def _number(value: object) -> float:
    return float(str(value))


# Over all of them.


def summed(found: Collection[Closing]) -> Measured:
    """The distribution of each stage."""
    every = len(found)
    found = [one for one in found if (one.stages["refused"].after or 0.0) < _ELSEWHEN]
    return Measured(
        len(found),
        sum(1 for one in found if len(one.stages) == 1),
        sum(1 for one in found if (one.stages["refused"].after or 0.0) < 0),
        every - len(found),
        tuple(_stage(name, [one.stages[name] for one in found if name in one.stages]) for name in STAGES),
    )


def _stage(name: str, reached: Iterable[Reached]) -> Stage:
    every = list(reached)
    values = sorted(one.after for one in every if one.after is not None)
    waits = [one.waiting for one in every if one.waiting is not None]
    late = [wait for wait in waits if wait > TARGET]
    judged = sorted([*values, *late])
    return Stage(
        name,
        values,
        len(waits),
        max(waits, default=None),
        percentile(values, 0.5),
        percentile(values, 0.95),
        percentile(values, 0.99),
        values[-1] if values else None,
        (percentile(judged, 0.99) or 0.0) <= TARGET if judged and name in TARGETED else None,
    )


def percentile(values: Sequence[float], part: float) -> float | None:
    """The smallest of these sorted values that so many are not above, as PostgreSQL's `percentile_disc` has it."""
    return values[max(1, math.ceil(part * len(values))) - 1] if values else None
