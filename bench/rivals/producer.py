"""Rival of the relay: a bare transactional producer of the same bytes and headers, from memory, in the same batches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaProducer


class Ready(NamedTuple):
    """One record, ready to be sent: its partition is known."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


@contextmanager
def producer(options: Mapping[str, Any], name: str) -> Iterator[KafkaProducer]:
    """A producer that has begun under its transactional id."""
    made = KafkaProducer(
        **options,
        transactional_id=name,
        acks="all",
        linger_ms=5,
        batch_size=256 * 1024,
        max_request_size=2 * 1024 * 1024,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
    try:
        made.init_transactions()
        yield made
    finally:
        made.close(timeout=5)


def produce(made: KafkaProducer, records: Sequence[Ready], size: int) -> int:
    """Send everything, a transaction for each batch; how many batches."""
    batches = range(0, len(records), size)
    for start in batches:
        made.begin_transaction()
        for topic, partition, key, value, headers in records[start : start + size]:
            made.send(topic, value, key, headers, partition)
        made.commit_transaction()
    return len(batches)
