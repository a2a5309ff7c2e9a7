"""Where consumers read from: a source of (partition, position, key, value), and what stands beside them.

This one reads the store's own log, partitioned as Kafka would: murmur2 of the key modulo the partition count. A
Partner event is yielded once in every partition, so that each partition's owner applies it at the same place.
"""

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Protocol, Self
from uuid import UUID

from hub.aggregates.base import event_id
from hub.clock import to_microseconds
from hub.closing import Closing
from hub.kafka import partition_of
from hub.postgres import Database
from hub.store import CHANNEL, Log, Record


@lru_cache(maxsize=65_536)
def _citizen(key: bytes) -> UUID:
    return UUID(key.decode())


class Incoming(NamedTuple):
    """One record as a consumer gets it."""

    partition: int
    position: int
    key: bytes
    event_id: str
    """The id that the record goes by; what is inside must have the same."""
    log_time: int
    """The latest recorded time up to this position, in microseconds since 1970 UTC."""
    of_partner: bool
    value: bytes

    @property
    def citizen(self) -> UUID | None:
        """The citizen the record belongs to; None for a Partner event."""
        return None if self.of_partner else _citizen(self.key)


class Foreign(NamedTuple):
    """What lies on the log and is no record of this hub: set aside, and told."""

    stream: str
    partition: int
    offset: int
    why: str
    key: bytes | None
    value: bytes | None


class Place(NamedTuple):
    """How far a read model is in a partition: the position counts, the rest says where Kafka has it."""

    position: int
    stream: str | None = None
    offset: int | None = None


class Batch(NamedTuple):
    """Records in order of position within each partition, and where each partition is read up to."""

    records: list[Incoming]
    upto: dict[int, Place]
    foreign: list[Foreign]


Places = Callable[[Collection[int]], dict[int, Place]]
"""Asks the read model how far it is in these partitions."""


class Source(Protocol):
    """Anything that consumers can read from."""

    partitions: int

    def follow(self, places: Places) -> None:
        """Ask `places` where to read on, now and whenever partitions come to us."""

    def again(self) -> None:
        """Ask anew for every partition that is ours: what was handed out last did not count."""

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records, after waiting for some up to this many seconds."""

    def now(self) -> Callable[[], bool]:
        """Asks, again and again, whether everything was handed out that is on the log at this moment."""

    def close(self) -> None:
        """Let go of what it holds."""

    def __enter__(self) -> Self:
        """As it is."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""


def key_of(record: Record) -> bytes:
    """The key of a record on the log: the citizen, or for a Partner event the partner."""
    return str(record.citizen or record.originator_id).encode()


class StoreSource(Closing):
    """The store's own log as a source; all of its partitions, or some."""

    def __init__(self, database: Database, partitions: int, mine: Collection[int] | None = None) -> None:
        self.partitions = partitions
        self._mine = range(partitions) if mine is None else mine
        self._log = Log(database)
        self._places: Places | None = None
        self._positions: dict[int, int] = {}
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(database.dedicated())
        # Listen before the first pull: a notification between the two is then waiting, not missed.
        self._listener.execute(f"LISTEN {CHANNEL}")

    def follow(self, places: Places) -> None:
        """Read on from these places."""
        self._places = places
        self.again()

    def again(self) -> None:
        """Read on from where the read model is."""
        if self._places is not None:
            self._positions = {p: place.position for p, place in self._places(self._mine).items()}

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records; waits for a notification, and looks once a second all the same."""
        until = time.monotonic() + patience
        while True:
            records = self._log.after(min(self._positions.values()), limit)
            if records:
                return self._batch(records)
            left = until - time.monotonic()
            if left <= 0:
                return Batch([], {}, [])
            for _ in self._listener.notifies(timeout=min(left, 1.0), stop_after=1):
                pass

    def now(self) -> Callable[[], bool]:
        """Asks whether the log was read up to where it goes at this moment."""
        head = self._log.head()[0]
        return lambda: min(self._positions.values(), default=0) >= head

    def _batch(self, records: list[Record]) -> Batch:
        incoming: list[Incoming] = []
        for record in records:
            incoming.extend(self._incoming(record))
        last = records[-1].position
        self._positions = {partition: max(last, at) for partition, at in self._positions.items()}
        return Batch(incoming, {p: Place(at) for p, at in self._positions.items()}, [])

    def _incoming(self, record: Record) -> Iterable[Incoming]:
        key, of_partner = key_of(record), record.citizen is None
        identity = str(event_id(record.originator_id, record.version))
        ours: Iterable[int] = self._positions if of_partner else (partition_of(key, self.partitions),)
        for partition in ours:
            if record.position > self._positions.get(partition, record.position):
                yield Incoming(
                    partition,
                    record.position,
                    key,
                    identity,
                    to_microseconds(record.log_time),
                    of_partner,
                    record.value,
                )

    def close(self) -> None:
        """Close the listening connection."""
        self._stack.close()
