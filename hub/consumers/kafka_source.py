"""Kafka as a source: the same records, from `hub.events`, for one worker of a group or for all partitions at once.

A record tells its place by headers that the relay wrote (CloudEvents' Kafka binding, binary mode, and `position`).
What lacks them, or names another hub, was not put there by this hub's relay: it is handed on as foreign, with its
place, and nothing else stops.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from hub.clock import to_microseconds
from hub.closing import Closing
from hub.consumers.source import Batch, Foreign, Incoming, Place, Places
from hub.errors import Misconfigured
from hub.kafka.connection import Cluster
from hub.kafka.reader import Raw, Reader

TYPE: Final = b"dk.koordineringshub.event"
"""The one `ce_type`: what happened is told inside the seal alone."""


Mark = Callable[[bytes], bytes]
"""A keyed digest: only the hub can make it."""


def place_of(partition: int, *told: bytes) -> bytes:
    """What a record's mark is made of: its partition, and what it tells of itself that nothing else vouches for.

    That is its position, id, time, key, and whether it is a Partner event.
    """
    return b" ".join((b"%d" % partition, *told))


class KafkaSource(Closing):
    """Reads `hub.events`. Which topic it must be is known beforehand: one made anew under its name is refused."""

    def __init__(
        self,
        cluster: Cluster,
        partitions: int,
        source: bytes,
        stream: str | None,
        mark: Mark,
        *,
        relayed: Callable[[], dict[int, int]] = dict,
        group: str | None = None,
    ) -> None:
        self.partitions = partitions
        self._source = source
        self._mark = mark
        self._relayed = relayed
        self._at: dict[int, int] = {}
        self._places: Places | None = None
        self._reader = Reader(cluster, cluster.events, group=None if group is None else cluster.group(group))
        self._stream = self._reader.stream
        try:
            check_stream(self._reader, partitions, stream)
        except Misconfigured:
            self.close()
            raise

    def follow(self, places: Places) -> None:
        """Ask where to read on, whenever partitions come to us."""
        self._places = places
        self._reader.fresh = True

    def again(self) -> None:
        """Ask anew."""
        self._reader.fresh = True

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records; none while partitions come and go."""
        reader, stream = self._reader, self._reader.stream
        if stream != self._stream:  # made anew under us: other records lie there, so seek from the start
            self._stream, reader.fresh = stream, True
        if reader.fresh:
            self._seek()
        found = reader.poll(limit, patience)
        if not found or reader.stream != stream:
            return Batch([], {}, [])
        records: list[Incoming] = []
        foreign: list[Foreign] = []
        upto: dict[int, Place] = {}
        for raw in found:
            read = self._read(raw)
            if isinstance(read, Incoming):
                records.append(read)
                upto[raw.partition] = Place(read.position, stream, raw.offset + 1)
                self._at[raw.partition] = max(read.position, self._at.get(raw.partition, 0))
            else:
                foreign.append(Foreign(stream, raw.partition, raw.offset, read, raw.key, raw.value))
        return Batch(records, upto, foreign)

    def _seek(self) -> None:
        mine = set(self._reader.mine)
        if self._places is None or not mine:
            return
        places, stream = self._places(mine), self._reader.stream
        self._at = {partition: place.position for partition, place in places.items()}
        self._reader.seek(
            {p: place.offset if place.stream == stream else None for p, place in places.items()}
        )

    def _read(self, raw: Raw) -> Incoming | str:
        """The record, or what is wrong with it."""
        if raw.key is None or raw.value is None:
            return "It has no key or no value."
        headers = dict(raw.headers)
        try:
            if headers["ce_source"] != self._source or headers["ce_type"] != TYPE:
                return "It is another hub's."
            of_partner = headers.get("partner", b"")
            told = (headers["position"], headers["ce_id"], headers["ce_time"])
            if headers["mark"] != self._mark(place_of(raw.partition, *told, raw.key, of_partner)):
                return "It is not at the place where the relay put it."
            return Incoming(
                raw.partition,
                int(headers["position"]),
                raw.key,
                headers["ce_id"].decode(),
                to_microseconds(datetime.fromisoformat(headers["ce_time"].decode())),
                bool(of_partner),
                raw.value,
            )
        except KeyError:
            return "It lacks a header that the relay writes."
        except (ValueError, TypeError):
            return "Its key or a header of it is not what the relay writes."

    def now(self) -> Callable[[], bool]:
        """Asks whether our partitions were read up to what the relay has sent, and the broker has, at this moment.

        Both, for a commit is answered a moment before its records can be read in every partition: the broker's end
        alone would sometimes leave the last batch out.
        """
        sent, ends = self._relayed(), self._reader.ends()

        def reached() -> bool:
            if self._reader.fresh or any(at < sent.get(partition, 0) for partition, at in self._at.items()):
                return False
            return all(at >= ends[partition] for partition, at in self._reader.positions().items())

        return reached

    def close(self) -> None:
        """Leave the group."""
        self._reader.close()


def check_stream(reader: Reader, partitions: int, stream: str | None) -> None:
    """Refuse a topic with another number of partitions, one made anew, and one that lost its beginning."""
    topic = reader.topic
    if reader.partitions != partitions:
        raise Misconfigured(
            f"The topic {topic} has {reader.partitions} partitions and the hub was created with {partitions}: "
            "the count is fixed, since it decides where a citizen's records lie. Give the hub a topic with as many."
        )
    if stream is not None and reader.stream != stream:
        raise Misconfigured(
            f"The topic {topic} is not the one that this hub has written to: it was made anew, or the address "
            "is another cluster's. If it is meant, fill it from the store: run `hub relay --refill`."
        )
    every: Collection[int] = reader.beginnings().values()
    if any(every):
        raise Misconfigured(
            f"The topic {topic} has lost its oldest records: events are kept for ever. Run `hub kafka apply` to "
            "set its retention right, then make the topic anew and run `hub relay --refill`."
        )
