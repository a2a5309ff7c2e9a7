"""A raw consumer that says when each record of some topics could be read.

It is a process of its own, so that nobody's work delays its clock.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition


class Seen(NamedTuple):
    """One record, and when it was handed out."""

    at: float
    topic: str
    key: bytes
    value: bytes | None


def tail(options: Mapping[str, Any], topics: Sequence[str], pipe: Any) -> None:
    """Read committed records from the start; says `ready` at once, and sends everything when it is asked to stop."""
    consumer = KafkaConsumer(
        **options,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        metrics_enabled=False,
    )
    seen: list[Seen] = []
    try:
        consumer.assign([TopicPartition(topic, 0) for topic in topics])
        consumer.poll(timeout_ms=0)
        pipe.send("ready")
        while not pipe.poll():
            for place, records in consumer.poll(timeout_ms=50).items():
                now = time.time()
                seen.extend(Seen(now, place.topic, each.key, each.value) for each in records)
    finally:
        consumer.close(autocommit=False)
    pipe.send(seen)
