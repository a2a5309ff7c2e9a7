"""The runner: poll → open → apply → commit. A consumer's position lives with its read model.

Each batch and its checkpoint are one transaction, and the checkpoint moves first, by compare-and-set: a crash leaves
the batch undone, and a zombie that was overtaken rolls back. Records at or below the checkpoint are dropped, so that
a record delivered twice changes nothing.

What an organisation's own statement asks of all its citizens is worked off between batches, some citizens in a
transaction of their own that holds the same checkpoints.

A record that cannot be handled is parked, with every later record of that citizen for that read model; what
partners see of the citizen is withheld until the parked records are replayed.
"""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from psycopg import Connection

from hub.consumers.source import Batch, Incoming, Place, Source
from hub.errors import Conflict, HubError, Misconfigured, Unreadable
from hub.logs import logger
from hub.postgres import Database, DatabaseFailure
from hub.projections.base import (
    SQL,
    Event,
    Sweeping,
    View,
    live_generation,
    move_checkpoints,
    park,
    parked_citizens,
    places,
    set_aside,
)
from hub.statements import statements_of
from hub.store import MISPLACED, Opened, Record, Sealer

BATCH: Final = 4_000
SLICE: Final = 200
"""How many citizens of a sweep are decided between two batches."""
_SHORT: Final = 0.05
"""Seconds to wait for an answer that is on its way."""
_BRIEF: Final = 0.01
"""The same while there is something to sweep."""
_log = logger()


class Runner:
    """Keeps one generation of one read model in step with the log."""

    def __init__(
        self, database: Database, source: Source, view: View, sealer: Sealer, *, schema: str | None = None
    ) -> None:
        self._database = database
        self._source = source
        self._view = view
        self._sealer = sealer
        self._wanted = schema
        self._schema = ""
        self._places: dict[int, Place] = {}
        self._parked: set[UUID] = set()
        self._following = False
        self._sweeping = False

    def assign(self) -> None:
        """Take up the generation where its checkpoints are, now and whenever partitions come to us."""
        self._following = True
        self._source.follow(self._where)

    def _where(self, partitions: Collection[int]) -> dict[int, Place]:
        """How far we are in these partitions, which are now all of ours: the database knows."""
        with self._database.connection() as connection:
            self._schema = self._wanted or live_generation(connection, self._view.name)
            known = places(connection, self._schema)
            self._parked = parked_citizens(connection, self._schema)
        self._places = {partition: Place(*known[partition]) for partition in partitions}
        self._sweeping = isinstance(self._view, Sweeping)  # whoever had them before may have left some
        return dict(self._places)

    def step(self, patience: float = 0.0, limit: int = BATCH) -> int:
        """Handle one batch, and some of what is to be swept; the number of records taken in.

        Raises Conflict when somebody else took over.
        """
        if not self._following:
            self.assign()
        batch = self._source.poll(limit, min(patience, _BRIEF) if self._sweeping else patience)
        try:
            fresh = self._fresh(batch.records)
            self._note_foreign(batch)
            if batch.upto:
                self._take(fresh, batch.upto)
            self._sweep()
        except BaseException:
            self._source.again()  # what happened is in the database: read it there, and seek back to it
            raise
        return len(fresh)

    def _sweep(self) -> None:
        """Decide some of the citizens that an organisation's own statement is still to reach."""
        if not self._sweeping or not isinstance(self._view, Sweeping):
            return
        try:
            with self._database.transaction() as connection:
                self._hold(connection, self._places, self._places)
                at = {partition: place.position for partition, place in self._places.items()}
                left = self._view.sweep(connection, self._schema, at, SLICE)
        except Exception as error:
            if isinstance(error, HubError) and _transient(error):
                raise
            raise Unreadable(
                f"A citizen could not be decided anew after a change of an organisation ({type(error).__name__}): "
                "what it closes stays closed, and what it opens waits. Other events go on."
            ) from error
        self._sweeping = left

    def _hold(self, connection: Connection, before: dict[int, Place], after: dict[int, Place]) -> None:
        """Move the checkpoints, or hold them where they are; raises Conflict when they are no longer ours."""
        move_checkpoints(connection, self._schema, before, after)
        if self._wanted is None and live_generation(connection, self._view.name) != self._schema:
            raise Conflict("The read model was switched to another generation: this one seeks there.")

    def _note_foreign(self, batch: Batch) -> None:
        """Keep what is no record of ours, with its place; told once by whoever sees it first."""
        if not batch.foreign:
            return
        with self._database.transaction() as connection:
            kept = set_aside(connection, batch.foreign)
        if kept:
            _log.warning(
                "a record that is none of this hub was set aside", count=kept, consumer=self._view.name
            )

    def _take(self, records: Sequence[Incoming], upto: dict[int, Place]) -> None:
        """Take records in, all in one transaction; what the read model cannot take is found, and parked alone."""
        try:
            events, parked = self._open(records)
            heavy = isinstance(self._view, Sweeping) and len(records) > 1 and self._view.heavy(events)
            if not heavy:
                self._commit(upto, events, parked)
        except Exception as error:
            if _transient(error):
                raise
            if len(records) > 1:
                self._halves(records, upto)
            elif records and records[0].citizen is not None:
                self._commit(upto, [], [(records[0], f"It could not be handled ({type(error).__name__}).")])
            else:
                raise
        else:
            if heavy:
                del events, parked  # nothing of the whole is held while its parts are taken in
                self._halves(records, upto)

    def _halves(self, records: Sequence[Incoming], upto: dict[int, Place]) -> None:
        half = len(records) // 2
        self._take(records[:half], {each.partition: Place(each.position) for each in records[:half]})
        self._take(records[half:], upto)

    def _fresh(self, records: Sequence[Incoming]) -> list[Incoming]:
        """What is new: nothing at or below the checkpoint, and nothing twice."""
        upto, fresh = {partition: place.position for partition, place in self._places.items()}, []
        for record in records:
            if record.position > upto.get(record.partition, record.position):
                upto[record.partition] = record.position
                fresh.append(record)
        return fresh

    def _commit(
        self, upto: dict[int, Place], events: list[Event], parked: list[tuple[Incoming, str]]
    ) -> None:
        before = {p: self._places[p] for p in upto if p in self._places}
        after = {
            p: at if (at := upto[p]).position >= place.position else place for p, place in before.items()
        }
        newly: set[UUID] = set()
        with self._database.transaction() as connection:
            self._check_head(connection, after)
            self._hold(connection, before, after)
            if parked:
                rows = [(r.partition, r.position, r.citizen, why, r.value) for r, why in parked if r.citizen]
                newly = {row[2] for row in rows} - self._parked
                park(connection, self._schema, rows)
            if events:
                self._view.apply(connection, self._schema, events)
            if newly:
                self._view.withhold(connection, self._schema, newly)
        self._places.update(after)
        self._parked |= newly
        self._sweeping |= isinstance(self._view, Sweeping) and any(event.citizen is None for event in events)

    @staticmethod
    def _check_head(connection: Connection, after: dict[int, Place]) -> None:
        """Refuse to go beyond the store: Kafka has what a restored database has not, and decisions need both."""
        row = connection.execute(SQL["head"]).fetchone()
        last = max((place.position for place in after.values()), default=0)
        if row is not None and last > row[0]:
            raise Misconfigured(
                f"Kafka has events up to {last}, and the database only up to {row[0]}: it looks like a restored "
                'backup. Nothing was taken in. docs/operating.md, "When the database is behind Kafka", says what to do.'
            )

    def _open(self, records: Sequence[Incoming]) -> tuple[list[Event], list[tuple[Incoming, str]]]:
        """Open a batch; what cannot be handled is set aside with all that follows of the same citizen."""
        sealed = [Record(r.position, _NOBODY, 0, r.citizen, _NEVER, r.value) for r in records]
        events: list[Event] = []
        parked: list[tuple[Incoming, str]] = []
        stopped = set(self._parked)
        for record, unopened, opened in zip(records, sealed, self._sealer.open_all(sealed), strict=True):
            citizen = unopened.citizen  # read from the key once: making an id costs more than opening a seal
            if citizen is not None and citizen in stopped:
                parked.append((record, "after a parked record"))
            elif isinstance(opened, Opened) and str(opened.event_id) == record.event_id:
                events.append(_event(record, citizen, opened))
            elif citizen is None:
                raise Unreadable(
                    "A Partner event does not open, and everybody depends on it: restore the hub's key."
                )
            else:
                stopped.add(citizen)
                parked.append((record, MISPLACED if isinstance(opened, Opened) else str(opened)))
        return events, parked

    def catch_up(self, progress: Callable[[int], None] | None = None) -> int:
        """Handle everything there is now, and not what comes meanwhile; the number of records."""
        if not self._following:
            self.assign()
        total, reached = 0, self._source.now()
        while not reached():
            done = self.step(_SHORT)
            total += done
            if progress is not None:
                progress(done)
        while self._sweeping:
            try:
                self._sweep()
            except BaseException:
                self._source.again()
                raise
        return total

    def run(self, stop: Callable[[], bool], patience: float = 1.0) -> None:
        """Keep in step until told to stop; a transient error is retried with backoff."""
        wait, away = 0.1, ""
        while not stop():
            try:
                self.step(patience)
                if away:
                    _log.info("the consumer goes on", consumer=self._view.name)
                wait, away = 0.1, ""
            except HubError as error:
                if type(error).__name__ != away:
                    self._note(error)
                    if not isinstance(error, Conflict):
                        away = type(error).__name__
                        _log.warning("the consumer waits", consumer=self._view.name, reason=str(error))
                time.sleep(wait)
                wait = min(wait * 2, 2.0)

    def _note(self, error: HubError) -> None:
        try:
            with self._database.connection() as connection:
                connection.execute(SQL["note_error"], (self._view.name, str(error)))
        except HubError:
            return  # the database is what failed; the log line tells


def _transient(error: Exception) -> bool:
    """Whether the same again may work; what PostgreSQL refuses as data (classes 22, 23 and 54) never will."""
    if isinstance(error, DatabaseFailure):
        return (error.sqlstate or "")[:2] not in {"22", "23", "54"}
    return isinstance(error, HubError)


_NOBODY: Final = UUID(int=0)
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Opening asks for no time."""


def _event(record: Incoming, citizen: UUID | None, opened: Opened) -> Event:
    statements = statements_of(opened.schema.event, opened.body, opened.originator_id, opened.version)
    return Event(
        record.partition,
        record.position,
        citizen,
        record.log_time,
        record.value,
        opened,
        tuple(statements),
    )
