"""Several partners' inbox topics at once: committed records only, from where the caller says."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition

from hub.errors import BrokerUnavailable
from hub.kafka.admin import Admin
from hub.kafka.connection import PATIENCE, Cluster, refusals
from hub.kafka.reader import Raw

_FETCH: Final = 4 * 1024 * 1024
_IDLE: Final = 100
"""Milliseconds for which the broker holds a question to which there is no answer yet."""
_DOING: Final = "The partners' inboxes cannot be read"


class Inboxes:
    """Reads the inbox topics of partners. Which of them are there is asked anew by `look`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._admin = Admin(cluster)
        self._consumer: Any = None
        self._partners: dict[TopicPartition, UUID] = {}
        self.streams: dict[UUID, str] = {}
        """The topics that are read, each by its cluster and its own id: one made anew under its name is another."""
        try:
            self._of_cluster = self._admin.cluster_id()
        except BrokerUnavailable:
            self._admin.close()
            raise

    def look(self, partners: Collection[UUID]) -> bool:
        """Read the inboxes of these partners, as far as they are there; whether it is something else than before."""
        names = {self._cluster.inbox(partner): partner for partner in partners}
        found = self._admin.topics(names)
        streams = {names[name]: f"{self._of_cluster}/{topic.id}" for name, topic in found.items()}
        if streams == self.streams:
            return False
        self._hang_up()
        self._partners = {TopicPartition(self._cluster.inbox(p), 0): p for p in streams}
        if streams:
            self._consumer = self._reading()
        self.streams = streams
        return True

    def _reading(self) -> Any:
        with refusals(_DOING):
            consumer = KafkaConsumer(
                **self._cluster.options(),
                group_id=None,
                enable_auto_commit=False,
                fetch_max_wait_ms=_IDLE,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=_FETCH,
                request_timeout_ms=PATIENCE,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            consumer.assign(list(self._partners))
        return consumer

    def seek(self, offsets: Mapping[UUID, int | None]) -> None:
        """Read on from these offsets; None: from the start."""
        with refusals(_DOING):
            for place, partner in self._partners.items():
                offset = offsets.get(partner)
                if offset is None:
                    self._consumer.seek_to_beginning(place)
                else:
                    self._consumer.seek(place, offset)

    def poll(self, limit: int, patience: float) -> list[tuple[UUID, Raw]]:
        """The next records, in order for each partner; none while there is no inbox to read."""
        if self._consumer is None:
            return []
        with refusals(_DOING):
            found = self._consumer.poll(timeout_ms=max(1, int(patience * 1000)), max_records=limit)
        return [
            (
                self._partners[place],
                Raw(place.partition, each.offset, each.key, list(each.headers), each.value, each.timestamp),
            )
            for place, records in found.items()
            for each in records
        ]

    def behind(self) -> bool:
        """Whether there is more than was read."""
        if self._consumer is None:
            return False
        with refusals(_DOING):
            ends = self._consumer.end_offsets(list(self._partners), timeout_ms=PATIENCE)
            at = {place: self._consumer.position(place, PATIENCE) for place in self._partners}
        return any(at[place] is None or end > at[place] for place, end in ends.items())

    def _hang_up(self) -> None:
        consumer, self._consumer, self.streams = self._consumer, None, {}
        if consumer is not None:
            with suppress(BrokerUnavailable), refusals(_DOING):
                consumer.close(autocommit=False, timeout_ms=1_000)

    def close(self) -> None:
        """Leave."""
        self._hang_up()
        with suppress(BrokerUnavailable):
            self._admin.close()
