"""Events as they lie on `hub.events`: the envelope byte for byte, keyed by citizen, and a few headers.

The headers follow the CloudEvents 1.0 Kafka protocol binding, binary content mode; `ce_time` is the log time, which
is the recorded time and never runs backwards. `position` is the store's, and `mark` vouches for the record's place
with a key of the hub's. A Partner event goes into every partition, at the same place among the others, so that each
partition's owner applies it there.
"""

import hashlib
from collections.abc import Sequence

from hub.aggregates.base import event_id
from hub.consumers.kafka_source import TYPE, Mark, place_of
from hub.consumers.source import key_of
from hub.kafka import partition_of
from hub.kafka.producer import Out
from hub.store import Record

_SPEC = ("ce_specversion", b"1.0")
_TYPE = ("ce_type", TYPE)


def outs_of(records: Sequence[Record], topic: str, source: bytes, partitions: int, mark: Mark) -> list[Out]:
    """Records for the topic, in order."""
    outs: list[Out] = []
    of_hub = ("ce_source", source)
    for record in records:
        key, of_partner = key_of(record), b"" if record.citizen is not None else b"1"
        position = str(record.position).encode()
        identity = str(event_id(record.originator_id, record.version)).encode()
        time = record.log_time.isoformat().encode()
        headers = [
            _SPEC,
            _TYPE,
            of_hub,
            ("ce_id", identity),
            ("ce_time", time),
            ("position", position),
        ]
        if of_partner:
            headers.append(("partner", of_partner))
        for partition in range(partitions) if of_partner else (partition_of(key, partitions),):
            seal = mark(place_of(partition, position, identity, time, key, of_partner))
            outs.append(Out(topic, partition, key, record.value, [*headers, ("mark", seal)]))
    return outs


def digest_of(record: Record) -> str:
    """What a record is, in short: to be held against what Kafka has."""
    told = b"%d " % record.position + key_of(record) + record.value
    return hashlib.sha256(told).hexdigest()[:32]
