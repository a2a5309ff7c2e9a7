"""Rival of catch-up from Kafka: one loop that polls, opens every record, and writes the same rows with the same COPY.

It decides nothing: what it is to write beside the timeline is handed to it, ready for COPY. Each batch and its
offsets are one transaction, as the hub's are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition
from psycopg import Connection

from bench.rivals.loop import TIMELINE, TIMELINE_TYPES, Write, copy_rows
from bench.rivals.opening import Opener

CHECKPOINT: Final = "UPDATE rival.checkpoint SET position = %s"


@contextmanager
def consumer(options: Mapping[str, Any], topic: str) -> Iterator[KafkaConsumer]:
    """A consumer of all of a topic, at its start."""
    made = KafkaConsumer(
        **options,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        metrics_enabled=False,
    )
    try:
        made.assign([TopicPartition(topic, partition) for partition in made.partitions_for_topic(topic)])
        made.seek_to_beginning()
        yield made
    finally:
        made.close(autocommit=False)


def catch_up(
    source: KafkaConsumer,
    connection: Connection,
    opener: Opener,
    batches: Sequence[Sequence[Write]],
    *,
    size: int,
    records: int,
    timeline: bool,
) -> int:
    """Go through so many records of the topic once; how many there were."""
    total, waiting, citizens = 0, iter(batches), dict[bytes, UUID]()
    while total < records:
        rows: list[tuple[Any, ...]] = []
        offsets: list[int] = []
        for found in source.poll(timeout_ms=100, max_records=size).values():
            offsets.append(found[-1].offset)
            for record in found:
                headers = dict(record.headers)
                citizen = None
                if "partner" not in headers:
                    citizen = citizens.get(record.key)
                    if citizen is None:
                        citizen = citizens[record.key] = UUID(record.key.decode())
                envelope, _ = opener.opened(citizen, record.value)
                total += 1
                if timeline and citizen is not None:
                    at = datetime.fromisoformat(headers["ce_time"].decode())
                    place = (UUID(bytes=envelope["originator_id"]), envelope["version"])
                    rows.append((citizen, int(headers["position"]), *place, at, record.value))
        if offsets:
            _write(connection, offsets, rows, [*next(waiting, ())])
    for writes in waiting:  # it had fewer batches than the hub
        _write(connection, [0], [], writes)
    return total


def _write(
    connection: Connection, offsets: Sequence[int], rows: Sequence[Any], writes: Sequence[Write]
) -> None:
    with connection.transaction():
        connection.execute(CHECKPOINT, (offsets[-1],))
        if rows:
            copy_rows(connection, TIMELINE, TIMELINE_TYPES, rows)
        for write in writes:
            if write.types:
                copy_rows(connection, write.statement, write.types, write.rows)
            else:
                connection.execute(write.statement, write.rows)
