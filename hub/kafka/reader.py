"""Records from Kafka: committed ones only, from where the reader says, never from an offset that Kafka keeps for us."""

import time
from collections.abc import Callable, Collection, Generator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from hub.errors import BrokerUnavailable, Misconfigured
from hub.kafka.connection import BACKOFF, PATIENCE, Cluster, opening, refusals

_FETCH: Final = 4 * 1024 * 1024
_IDLE: Final = 100
"""Milliseconds for which the broker holds a question to which there is no answer yet."""
_SILENCE: Final = 3.0
"""Seconds without a record after which the broker is asked whether it is there."""
_ANSWER: Final = 1_000
_KNOWN: Final = 10_000
"""Milliseconds after which it is asked anew which topics there are: one made anew is another."""
_LONGEST: Final = 120_000
"""Milliseconds that a worker may take for a batch before the others go on without it."""
SESSION: Final = 10_000
"""Milliseconds after which a worker that is not heard of loses its partitions."""


class Raw(NamedTuple):
    """One record as it lies in a partition."""

    partition: int
    offset: int
    key: bytes | None
    headers: list[tuple[str, bytes]]
    value: bytes | None
    timestamp: int


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads one topic: all of it, or as one worker of a group.

    When partitions come to us `fresh` says so: the caller then tells where to read on (`seek`), and until it has,
    nothing that was fetched counts.
    """

    def __init__(
        self, cluster: Cluster, topic: str, *, group: str | None = None, committed: bool = True
    ) -> None:
        self.topic = topic
        self.fresh = True
        self.mine: set[int] = set()
        self._heard = time.monotonic()
        self._doing = f"The topic {topic} cannot be read"
        with opening(cluster, self._doing):
            self._consumer = KafkaConsumer(
                **cluster.options(),
                group_id=group,
                enable_auto_commit=False,
                fetch_max_wait_ms=_IDLE,
                isolation_level="read_committed" if committed else "read_uncommitted",
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=_FETCH,
                session_timeout_ms=SESSION,
                max_poll_interval_ms=_LONGEST,
                heartbeat_interval_ms=SESSION // 4,
                metadata_max_age_ms=_KNOWN,
                request_timeout_ms=max(PATIENCE, SESSION + 1_000),
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            found = self._partitions()
            if not found:
                self._consumer.close()
                raise Misconfigured(
                    f"The topic {topic} is not there, or this user may not see it: run `hub kafka apply`."
                )
            self.partitions = len(found)
            if group is None:
                self.mine = set(found)
                self._consumer.assign([TopicPartition(topic, partition) for partition in found])
            else:
                self._consumer.subscribe([topic], listener=self)

    def _partitions(self) -> set[int]:
        """Ask which partitions there are.

        Between two such questions the library waits its own 100 ms, whatever it is told, and it has just asked one.
        """
        asking = self._consumer._client.cluster.config  # noqa: SLF001 - the library shows it nowhere in public
        usual, asking["retry_backoff_ms"] = asking["retry_backoff_ms"], BACKOFF
        try:
            found: set[int] = self._consumer.partitions_for_topic(self.topic)
        finally:
            asking["retry_backoff_ms"] = usual
        return found

    @property
    def stream(self) -> str:
        """Which topic of which cluster this is: a topic made anew under the same name is another."""
        cluster = self._consumer._client.cluster  # noqa: SLF001 - the library shows neither id in public
        topic: UUID | None = cluster.topic_id(self.topic)
        return f"{cluster.cluster_id}/{topic}"

    # Rebalancing: kafka-python calls these within `poll`, in its own loop, so they only take note.

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Others have them from now on. Nothing of ours is under way: a batch is done before the next is polled."""
        self.mine -= {each.partition for each in revoked}
        self.fresh = True

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """These are ours now."""
        self.mine |= {each.partition for each in assigned}
        self.fresh = True

    # Reading.

    def seek(self, offsets: Mapping[int, int | None]) -> None:
        """Read on from these offsets; None: from the start."""
        with refusals(self._doing):
            for partition, offset in offsets.items():
                place = TopicPartition(self.topic, partition)
                if offset is None:
                    self._consumer.seek_to_beginning(place)
                else:
                    self._consumer.seek(place, offset)
        self.fresh = False

    def poll(self, limit: int, patience: float) -> list[Raw]:
        """The next records, in order within each partition; empty when partitions came or went meanwhile."""
        with refusals(self._doing):
            found = self._consumer.poll(timeout_ms=max(1, int(patience * 1000)), max_records=limit)
            if found:
                self._heard = time.monotonic()
            elif (
                time.monotonic() - self._heard > _SILENCE
            ):  # the library says nothing of a broker that is away
                self._consumer.end_offsets(self._every()[:1], timeout_ms=_ANSWER)
                self._heard = time.monotonic()
        if self.fresh:
            return []
        return [
            Raw(place.partition, each.offset, each.key, list(each.headers), each.value, each.timestamp)
            for place, records in found.items()
            if place.partition in self.mine
            for each in records
        ]

    def positions(self) -> dict[int, int]:
        """The offset that each of our partitions is read up to."""
        with refusals(self._doing):
            at = {p: self._consumer.position(TopicPartition(self.topic, p), PATIENCE) for p in self.mine}
            if None in at.values():  # what the library says when nobody answers in time
                raise KafkaTimeoutError
            return at

    def _every(self) -> list[TopicPartition]:
        """All partitions, whoever has them."""
        return [TopicPartition(self.topic, p) for p in range(self.partitions)]

    def ends(self) -> dict[int, int]:
        """The offset behind the last committed record of each partition."""
        with refusals(self._doing):
            found = self._consumer.end_offsets(self._every(), timeout_ms=PATIENCE)
        return {place.partition: offset for place, offset in found.items()}

    def beginnings(self) -> dict[int, int]:
        """The first offset there is in each partition."""
        with refusals(self._doing):
            found = self._consumer.beginning_offsets(self._every(), timeout_ms=PATIENCE)
        return {place.partition: offset for place, offset in found.items()}

    def close(self) -> None:
        """Leave."""
        with refusals(self._doing):
            self._consumer.close(autocommit=False, timeout_ms=1_000)


def read_until(cluster: Cluster, topic: str, last: Callable[[Raw], bool]) -> Generator[Raw, None, None]:
    """Every committed record of a topic up to one that must be there, whatever the broker says of its end."""
    reader = Reader(cluster, topic)
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        reader.seek(dict.fromkeys(reader.mine))
        while True:
            for raw in reader.poll(4_000, 0.2):
                deadline = time.monotonic() + PATIENCE / 1000
                yield raw
                if last(raw):
                    return
            if time.monotonic() > deadline:
                raise BrokerUnavailable(f"The topic {topic} could not be read to its end in time: try again.")
    finally:
        reader.close()


def read_all(cluster: Cluster, topic: str, *, committed: bool = True) -> Generator[Raw, None, None]:
    """Every record of a topic from the start to where it ends now."""
    reader = Reader(cluster, topic, committed=committed)
    try:
        ends, deadline = reader.ends(), time.monotonic() + PATIENCE / 1000
        reader.seek(dict.fromkeys(reader.mine))
        while any(at < ends[partition] for partition, at in reader.positions().items()):
            found = reader.poll(4_000, 0.2)
            if found:
                deadline = time.monotonic() + PATIENCE / 1000
            elif time.monotonic() > deadline:
                raise BrokerUnavailable(f"The topic {topic} could not be read to its end in time: try again.")
            yield from (raw for raw in found if raw.offset < ends[raw.partition])
    finally:
        reader.close()
