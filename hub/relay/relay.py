"""The relay: one at a time, fenced, exactly once, in order (KIP-98), for events and for partners' topics alike.

An advisory lock elects it and a fixed transactional id fences zombies. Each Kafka transaction carries a batch and one
record on the compacted topic `hub.relay` that says how far the batch goes, with a digest of its last record; a new
relay reads that only *after* it has fenced its forerunner, and goes on from there. Nothing is produced that PostgreSQL
has not committed. Where the store is behind what Kafka has, or has something else there (a restored backup), it
refuses to start and names both positions.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from psycopg import Connection

from hub.closing import Closing
from hub.consumers.kafka_source import Mark
from hub.errors import BrokerUnavailable, Conflict, HubError, Misconfigured
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out, Transactions
from hub.logs import logger
from hub.postgres import Database, sql_blocks, without_data
from hub.projections.base import SQL as VIEW
from hub.projections.partner_rows import CHANNEL as LINES
from hub.relay.beginning import Beginning, Resume
from hub.relay.events import digest_of, outs_of
from hub.relay.publication import Publication
from hub.relay.ticks import Ticks
from hub.store import CHANNEL as EVENTS
from hub.store import Log, Record

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
LOCK: Final = "relay"
BATCH: Final = 2_000
_ATTEMPTS: Final = 3
_log = logger()


class Relay(Closing):
    """Carries everything that is new to Kafka; without a cluster it only gives partners' lines their numbers."""

    def __init__(
        self,
        database: Database,
        publication: Publication,
        cluster: Cluster | None,
        ticks: Ticks | None,
        *,
        source: bytes,
        mark: Mark,
        partitions: int,
        refill: bool = False,
    ) -> None:
        self._database = database
        self._publication = publication
        self._cluster = cluster
        self._ticks = ticks
        self._source = source
        self._mark = mark
        self._partitions = partitions
        self._refill = refill
        self._log = Log(database)
        self._stack = ExitStack()
        self._listener: Connection | None = None
        self._transactions: Transactions | None = None
        self._position = 0
        self._number = 0

    # Beginning.

    def open(self) -> None:
        """Be elected, fence the forerunner, and find out how far Kafka is. Raises Conflict while another is at work."""
        if self._transactions is None:
            self._ask_lock()
        if self._listener is None:
            self._elect()
        if self._cluster is not None and self._transactions is None:
            transactions = Transactions(self._cluster, self._cluster.relay)
            try:
                beginning = Beginning(self._database, self._publication, self._cluster, self._partitions)
                self._position, self._number = beginning.go_on(transactions, refill=self._refill)
            except BaseException:
                transactions.close()
                raise
            self._transactions, self._refill = transactions, False

    def _ask_lock(self) -> None:
        """Let go when the session is gone, and the lock with it: who begins a producer unelected fences the elected."""
        if self._listener is not None:
            try:
                with without_data():
                    self._listener.execute("SELECT 1")
            except HubError:
                self.close()

    def _elect(self) -> None:
        with ExitStack() as stack, without_data():
            listener = stack.enter_context(self._database.dedicated())
            row = listener.execute(SQL["try_lock"], (LOCK,)).fetchone()
            if row is None or not row[0]:
                raise Conflict("Another relay is at work: this one waits for its turn.")
            listener.execute(f"LISTEN {EVENTS}")
            listener.execute(f"LISTEN {LINES}")
            listener.execute(SQL["forget_batches"])
            self._stack = stack.pop_all()
        self._listener = listener

    # Going on.

    def step(self) -> int:
        """Carry what is new, at most a batch of each kind; how much it was."""
        self.open()
        try:
            return self._events() + self._lines() + self._tick()
        except BaseException:
            self._end_transactions()
            raise

    def catch_up(self) -> int:
        """Carry everything there is now. What a busy broker did not take in time is taken anew, a few times."""
        total = failures = 0
        while True:
            self.open()  # a broker that is away is said at once
            try:
                done = self.step()
            except BrokerUnavailable:
                failures += 1
                if failures == _ATTEMPTS:
                    raise
                continue
            if not done:
                return total
            total, failures = total + done, 0

    def _events(self) -> int:
        if self._transactions is None or self._cluster is None:
            return 0
        records = self._log.after(self._position, BATCH)
        if not records:
            return 0
        outs = outs_of(records, self._cluster.events, self._source, self._partitions, self._mark)
        outs.append(Resume(records[-1].position, digest_of(records[-1])).out(self._cluster, "events"))
        self._transactions.begin()
        self._transactions.send(outs)
        self._transactions.commit()
        self._position = records[-1].position
        self._told("events", self._position, records, outs)
        return len(records)

    def _lines(self) -> int:
        numbered = self._publication.number(BATCH)
        if self._transactions is None or self._cluster is None:
            return numbered
        lines = self._publication.lines(self._number, BATCH)
        if not lines:
            return 0
        self._transactions.begin()
        self._transactions.send([Resume(lines[-1].number, lines[-1].digest()).out(self._cluster, "partners")])
        self._transactions.flush()  # the broker answers: what is taken now is sent now
        taken = self._publication.take(lines)
        if taken is None:
            self._transactions.abort()
            return 0
        self._transactions.send(taken)
        self._transactions.commit()
        self._number = lines[-1].number
        self._told("partners", self._number)
        return len(lines)

    def _tick(self) -> int:
        if self._transactions is None or self._ticks is None:
            return 0
        outs = self._ticks.due()
        if outs:
            self._transactions.begin()
            self._transactions.send(list(outs.values()))
            self._transactions.commit()
            self._ticks.sent(list(outs))
        return 0

    def _told(self, source: str, upto: int, records: Sequence[Record] = (), outs: Sequence[Out] = ()) -> None:
        """Note that it was sent, and when: for status and measures; where to go on is Kafka's to tell."""
        with self._database.transaction() as connection:
            connection.execute("SET LOCAL synchronous_commit = off")
            connection.execute(SQL["sent"], (source, upto))
            if records:
                last: dict[int, int] = {}
                for out in outs:
                    if out.headers:
                        last[out.partition] = int(out.headers[_POSITION][1])
                connection.execute(SQL["at_partitions"], (list(last), list(last.values())))

    # Running.

    def run(self, stop: Callable[[], bool]) -> None:
        """Carry on until told to stop. What the broker or the database refuses for now is said once, and tried again.

        Raises Misconfigured for what somebody has to look at first.
        """
        wait, away = 0.1, ""
        while not stop():
            try:
                done = self.step()
                if away:
                    _log.info("the relay goes on", source="relay")
                wait, away = 0.1, ""
                if not done:
                    self._wait(_SOON if self._publication.held else 1.0)
            except Misconfigured:
                raise
            except HubError as error:
                # What fails says it in one way, then in another: that is told once.
                if type(error).__name__ != away:
                    away = type(error).__name__
                    self._note(error)
                time.sleep(wait)
                wait = min(wait * 2, 2.0)

    def _wait(self, seconds: float) -> None:
        if self._listener is None:
            return
        try:
            with without_data():
                for _ in self._listener.notifies(timeout=seconds, stop_after=1):
                    pass
        except HubError:
            self.close()  # the session is gone, and with it the lock
            raise

    def _note(self, error: HubError) -> None:
        _log.warning("the relay waits", source="relay", reason=str(error))
        try:
            with self._database.connection() as connection:
                connection.execute(VIEW["note_error"], ("relay", str(error)))
        except HubError:
            return  # the database is what failed; the log line tells

    def _end_transactions(self) -> None:
        if self._transactions is not None:
            self._transactions.close()
            self._transactions = None

    def close(self) -> None:
        """Let go of the producer first, then of the lock."""
        self._end_transactions()
        if self._listener is not None:
            # said in so many words: the server ends a session some time after we have left it
            with suppress(HubError), without_data():
                self._listener.execute(SQL["unlock"])
        self._listener = None
        self._stack.close()


_SOON: Final = 0.05
"""Seconds until lines that wait for the discloser are looked at again."""
_POSITION: Final = 5
"""Where `position` stands among an event's headers."""
