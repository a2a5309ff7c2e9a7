"""Where consumers read from: a source of (partition, position, key, headers, value).

This one reads the store's own log, partitioned as Kafka would: murmur2 of the key modulo the partition count. A
Partner event is yielded once in every partition, so that each partition's owner applies it at the same place.
"""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self
from uuid import UUID

from hub.aggregates.base import event_id
from hub.clock import from_microseconds, to_microseconds
from hub.kafka import partition_of
from hub.postgres import Database
from hub.store import CHANNEL, Log, Record


class Incoming(NamedTuple):
    """One record as a consumer gets it."""

    partition: int
    position: int
    key: bytes
    headers: dict[str, bytes]
    value: bytes

    @property
    def citizen(self) -> UUID | None:
        """The citizen the record belongs to; None for a Partner event."""
        return None if "partner" in self.headers else UUID(self.key.decode())

    @property
    def log_time(self) -> datetime:
        """The latest recorded time up to this position."""
        return from_microseconds(int(self.headers["log_time"]))


class Batch(NamedTuple):
    """Records in order of position within each partition, and the position each partition is read up to."""

    records: list[Incoming]
    upto: dict[int, int]


class Source(Protocol):
    """Anything that consumers can read from."""

    partitions: int

    def seek(self, positions: dict[int, int]) -> None:
        """Read on after these positions, one for each partition that is ours."""

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records, after waiting for some up to this many seconds."""

    def close(self) -> None:
        """Let go of what it holds."""


def key_of(record: Record) -> bytes:
    """The key of a record on the log: the citizen, or for a Partner event the partner."""
    return str(record.citizen or record.originator_id).encode()


class StoreSource:
    """The store's own log as a source."""

    def __init__(self, database: Database, partitions: int) -> None:
        self.partitions = partitions
        self._database = database
        self._log = Log(database)
        self._positions: dict[int, int] = {}
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(database.dedicated())
        # Listen before the first pull: a notification between the two is then waiting, not missed.
        self._listener.execute(f"LISTEN {CHANNEL}")

    def seek(self, positions: dict[int, int]) -> None:
        """Read on after these positions."""
        self._positions = dict(positions)

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records; waits for a notification, and looks once a second all the same."""
        until = time.monotonic() + patience
        while True:
            records = self._log.after(min(self._positions.values()), limit)
            if records:
                return self._batch(records)
            left = until - time.monotonic()
            if left <= 0:
                return Batch([], {})
            for _ in self._listener.notifies(timeout=min(left, 1.0), stop_after=1):
                pass

    def _batch(self, records: list[Record]) -> Batch:
        incoming: list[Incoming] = []
        for record in records:
            incoming.extend(self._incoming(record))
        last = records[-1].position
        self._positions = {partition: max(last, at) for partition, at in self._positions.items()}
        return Batch(incoming, dict(self._positions))

    def _incoming(self, record: Record) -> Iterable[Incoming]:
        key = key_of(record)
        headers = {
            "ce_id": str(event_id(record.originator_id, record.version)).encode(),
            "log_time": str(to_microseconds(record.log_time)).encode(),
        }
        if record.citizen is None:
            headers["partner"] = b"1"
            ours: Iterable[int] = self._positions
        else:
            ours = (partition_of(key, self.partitions),)
        for partition in ours:
            if record.position > self._positions.get(partition, record.position):
                yield Incoming(partition, record.position, key, headers, record.value)

    def close(self) -> None:
        """Close the listening connection."""
        self._stack.close()

    def __enter__(self) -> Self:
        """As it is."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
