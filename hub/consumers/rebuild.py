"""Rebuild a read model beside the live one, compare, and switch in one transaction."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.postgres import Database
from hub.projections import sweeping
from hub.projections.base import SQL, View, checkpoints, live_generation, new_generation
from hub.projections.partner_rows import switch_difference
from hub.store import Sealer


class Rebuilt(NamedTuple):
    """What came of it: the new generation, the events read, and rows gained, lost and changed per partner."""

    schema: str
    events: int
    difference: dict[UUID, tuple[int, int, int]]


def rebuild(
    database: Database,
    view: View,
    sealer: Sealer,
    partitions: int,
    *,
    progress: Callable[[int], None] | None = None,
) -> Rebuilt:
    """Build the next generation from the start to the head, then make it the live one.

    Killed anywhere before the switch it leaves the live one as it was; the half-built one is forgotten next time.
    """
    with database.connection() as connection:
        old = live_generation(connection, view.name)
        for (schema,) in connection.execute(SQL["unfinished"], (view.name,)).fetchall():
            _drop(database, schema)
    new = new_generation(database, view, partitions, live=False)
    with StoreSource(database, partitions) as source:
        runner = Runner(database, source, view, sealer, schema=new)
        events = runner.catch_up(progress)
        while True:
            with database.transaction() as connection:
                connection.execute(SQL["lock"], (f"view {view.name}",))
                connection.execute(SQL["hold_checkpoints"], (old,))
                behind = any(
                    checkpoints(connection, new)[part] < at
                    for part, at in checkpoints(connection, old).items()
                )
                if not behind and not sweeping.left(connection, new):
                    difference = (
                        switch_difference(connection, old, new) if view.name == "partner_view" else {}
                    )
                    connection.execute(SQL["switch_off"], (old,))
                    connection.execute(SQL["switch_on"], (new,))
                    break
            events += runner.catch_up(progress)
    _drop(database, old)
    return Rebuilt(new, events, difference)


def _drop(database: Database, schema: str) -> None:
    with database.transaction() as connection:
        connection.execute(SQL["forget"], (schema,))
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
