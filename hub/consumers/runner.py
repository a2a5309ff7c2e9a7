"""The runner: poll → open → apply → commit. A consumer's position lives with its read model.

Each batch and its checkpoint are one transaction, and the checkpoint moves first, by compare-and-set: a crash leaves
the batch undone, and a zombie that was overtaken rolls back. Records at or below the checkpoint are dropped, so that
a record delivered twice changes nothing.

A record that cannot be handled is parked, with every later record of that citizen for that read model; what
partners see of the citizen is withheld until the parked records are replayed.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from hub.consumers.source import Incoming, Source
from hub.errors import Conflict, HubError, Unreadable
from hub.logs import logger
from hub.postgres import Database, DatabaseFailure
from hub.projections.base import (
    SQL,
    Event,
    View,
    checkpoints,
    live_generation,
    move_checkpoints,
    park,
    parked_citizens,
)
from hub.statements import statements_of
from hub.store import MISPLACED, Opened, Record, Sealer

BATCH: Final = 4_000
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
        self._positions: dict[int, int] = {}
        self._parked: set[UUID] = set()

    def assign(self) -> None:
        """Take the generation's checkpoints up, and seek there."""
        with self._database.connection() as connection:
            self._schema = self._wanted or live_generation(connection, self._view.name)
            self._positions = checkpoints(connection, self._schema)
            self._parked = parked_citizens(connection, self._schema)
        self._source.seek(self._positions)

    def step(self, patience: float = 0.0, limit: int = BATCH) -> int:
        """Handle one batch; the number of records taken in. Raises Conflict when somebody else took over."""
        if not self._positions:
            self.assign()
        batch = self._source.poll(limit, patience)
        if not batch.upto:
            return 0
        try:
            fresh = self._fresh(batch.records)
            self._take(fresh, batch.upto)
        except BaseException:
            self._positions = {}  # what happened is in the database: read it there, and seek back to it
            raise
        return len(fresh)

    def _take(self, records: Sequence[Incoming], upto: dict[int, int]) -> None:
        """Take records in, all in one transaction; what the read model cannot take is found, and parked alone."""
        try:
            self._commit(upto, *self._open(records))
        except Exception as error:
            if _transient(error):
                raise
            if len(records) > 1:
                half = len(records) // 2
                self._take(records[:half], {record.partition: record.position for record in records[:half]})
                self._take(records[half:], upto)
            elif records and records[0].citizen is not None:
                self._commit(upto, [], [(records[0], f"It could not be handled ({type(error).__name__}).")])
            else:
                raise

    def _fresh(self, records: Sequence[Incoming]) -> list[Incoming]:
        """What is new: nothing at or below the checkpoint, and nothing twice."""
        upto, fresh = dict(self._positions), []
        for record in records:
            if record.position > upto[record.partition]:
                upto[record.partition] = record.position
                fresh.append(record)
        return fresh

    def _commit(self, upto: dict[int, int], events: list[Event], parked: list[tuple[Incoming, str]]) -> None:
        after = {p: max(at, self._positions[p]) for p, at in upto.items() if p in self._positions}
        newly: set[UUID] = set()
        with self._database.transaction() as connection:
            move_checkpoints(connection, self._schema, self._positions, after)
            if self._wanted is None and live_generation(connection, self._view.name) != self._schema:
                raise Conflict("The read model was switched to another generation: this one seeks there.")
            if parked:
                rows = [(r.partition, r.position, r.citizen, why, r.value) for r, why in parked if r.citizen]
                newly = {row[2] for row in rows} - self._parked
                park(connection, self._schema, rows)
            if events:
                self._view.apply(connection, self._schema, events)
            if newly:
                self._view.withhold(connection, self._schema, newly)
        self._positions.update(after)
        self._parked |= newly

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
            elif isinstance(opened, Opened) and str(opened.event_id).encode() == record.headers["ce_id"]:
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
        """Handle everything there is now; the number of records."""
        total = 0
        while True:
            done = self.step()
            if not done and not self._behind():
                return total
            total += done
            if progress is not None:
                progress(done)

    def _behind(self) -> bool:
        with self._database.connection() as connection:
            row = connection.execute("SELECT position FROM log_head").fetchone()
        return row is not None and bool(self._positions) and min(self._positions.values()) < row[0]

    def run(self, stop: Callable[[], bool], patience: float = 1.0) -> None:
        """Keep in step until told to stop; a transient error is retried with backoff."""
        wait = 0.1
        while not stop():
            try:
                self.step(patience)
                wait = 0.1
            except HubError as error:
                self._note(error)
                if not isinstance(error, Conflict):
                    _log.warning("consumer failed", consumer=self._view.name, error=type(error).__name__)
                time.sleep(wait)
                wait = min(wait * 2, 5.0)

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
        int(record.headers["log_time"]),
        record.value,
        opened,
        tuple(statements),
    )
