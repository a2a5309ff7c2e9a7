"""What lies on a Kafka, told by kafka-python alone, and what a test does to it behind the hub's back.

    town = on_kafka(settle(database, folder), cluster, "jobcentre")     # topics made, two of them partners'
    assert not wrong_with_events(conninfo, cluster)
    assert not wrong_with_topic(conninfo, cluster, town.partner("jobcentre"))

The judges use raw SQL and a raw consumer, and fastavro on the published schema files: a fault in the hub must not
hide itself. Only `on_kafka` and what it needs is the hub's.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import fastavro
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.partitioner.default import DefaultPartitioner

from hub.bootstrap import wire
from hub.clock import FixedClock
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import new_generation
from hub.vault import read_root_key
from tests import checking
from tests.building import Town

SCHEMAS: Final = Path(__file__).parents[1] / "schemas" / "avro"
PARTITIONS: Final = 6
QUICK: Final = {
    "segment.ms": "1000",
    "max.compaction.lag.ms": "1000",
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "1000",
}
"""Settings of a partner's topic with which withdrawn bytes are gone within seconds."""


# ------------------------------------------------------------------------------------------ a hub on a Kafka


def on_kafka(
    town: Town, cluster: Cluster, *partners: str, changed: Mapping[str, Mapping[str, str]] | None = None
) -> Town:
    """Put a Kafka under a town: topics for the hub and for these partners."""
    ids = [town.partner(partner) for partner in partners]
    with Admin(cluster) as admin:
        admin.apply(partitions=town.wired.partitions, partners=ids, changed=changed)
    for partner in ids:
        give_topic(town.database.conninfo, partner)
    town.wired = dataclasses.replace(town.wired, cluster=lambda: cluster)
    return town


def reopened(database: Database, folder: Path, cluster: Cluster) -> Town:
    """The hub that `settle` made in this folder, on a database that holds it or a copy of it."""
    settings = Settings(home=folder, root_key_file=folder / "root.key")
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0))
    wired = wire(database, settings, clock, read_root_key(settings.root_key_file), lambda: cluster)
    persons = checking.ask(database.conninfo, "SELECT slug, person_id FROM vault_persons")
    return Town(wired, clock, {}, dict(persons))


def give_topic(conninfo: str, partner: UUID) -> None:
    """Say that a partner has a topic."""
    checking.do(conninfo, "INSERT INTO partner_topics VALUES (%s, now()) ON CONFLICT DO NOTHING", partner)


def off_kafka(town: Town) -> Town:
    """Let the consumers read the store's own log again."""
    town.wired = dataclasses.replace(town.wired, cluster=lambda: None)
    return town


def relayed(town: Town) -> int:
    """Let a relay carry everything there is now."""
    with town.wired.relay() as relay:
        return relay.catch_up()


def around(town: Town, *views: str) -> None:
    """Relay, read models (only what partners see, unless others are named), relay: all is where it belongs."""
    relayed(town)
    for view in views or ("partner_view",):
        town.run(view)
    relayed(town)


def built_anew(town: Town, view: str) -> str:
    """A generation beside the live one, built from the store's own log from the start; its schema."""
    wired = town.wired
    schema = new_generation(town.database, wired.building(view), wired.partitions, live=False)
    with StoreSource(town.database, wired.partitions) as source:
        Runner(town.database, source, wired.building(view), wired.store.sealer, schema=schema).catch_up()
    return schema


def until(what: Callable[[], Any], seconds: float = 20.0, every: float = 0.05) -> Any:
    """Wait for something to be so; what it was at last."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, (
            f"{getattr(what, '__doc__', None) or what} did not come in {seconds} s"
        )
        time.sleep(every)
    return found


# -------------------------------------------------------------------------------------------- raw clients


def options(cluster: Cluster) -> dict[str, Any]:
    """What a client of kafka-python is given, written out here once more."""
    return {
        "bootstrap_servers": cluster.bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": cluster.user,
        "sasl_plain_password": cluster.password,
        "reconnect_backoff_max_ms": 200,
        "retry_backoff_ms": 20,
    }


@contextmanager
def consumer(cluster: Cluster, *topics: str, committed: bool = True) -> Iterator[KafkaConsumer]:
    """A raw consumer of topics, from their start, all partitions."""
    reading = KafkaConsumer(
        **options(cluster),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        isolation_level="read_committed" if committed else "read_uncommitted",
        allow_auto_create_topics=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    reading._client.cluster.config["retry_backoff_ms"] = 5  # the library's own 100 ms, whatever it is told
    try:
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted(until(lambda topic=topic: reading.partitions_for_topic(topic)))  # type: ignore[misc]
        ]
        reading.assign(places)
        yield reading
    finally:
        reading.close(autocommit=False)


def drained(reading: KafkaConsumer, seconds: float = 15.0) -> list[Any]:
    """Everything from where a raw consumer is to where its topics end now.

    A commit is answered before its markers lie in every partition: so what is there and not to be seen yet is waited
    for, for a moment; it may be of a transaction that nobody will end.
    """
    ends, found = reading.end_offsets(list(reading.assignment())), []
    begun = time.monotonic()
    while True:
        at = {place: reading.position(place) or 0 for place in ends}
        known = all((high := reading.highwater(place)) is not None and at[place] >= high for place in ends)
        behind = any(at[place] < end for place, end in ends.items())
        if not behind and (known or time.monotonic() - begun > 1.5):
            return sorted(found, key=lambda each: (each.topic, each.partition, each.offset))
        assert time.monotonic() - begun < seconds, "a raw consumer did not come to the end"
        for records in reading.poll(50).values():
            found += records


def read(cluster: Cluster, topic: str, *, committed: bool = True) -> list[Any]:
    """Every record of a topic, in order within each partition."""
    with consumer(cluster, topic, committed=committed) as reading:
        return drained(reading)


def ends(cluster: Cluster, *topics: str) -> dict[Any, int]:
    """Where topics end: the very last offset, committed or not."""
    with consumer(cluster, *topics, committed=False) as reading:
        return dict(reading.end_offsets(list(reading.assignment())))


def write(
    cluster: Cluster,
    topic: str,
    records: Iterable[tuple[int, bytes | None, bytes | None, Sequence[tuple[str, Any]]]],
) -> None:
    """Write records (partition, key, value, headers) as the superuser, behind everybody's back."""
    producer = KafkaProducer(**options(cluster), acks="all", max_request_size=4 * 1024 * 1024)
    try:
        sent = [
            producer.send(topic, value, key, list(headers), partition)
            for partition, key, value, headers in records
        ]
        for each in sent:
            each.get(10)
    finally:
        producer.close()


def delete_topic(cluster: Cluster, topic: str) -> None:
    """Delete a topic, and wait until it is gone."""
    admin = KafkaAdminClient(**options(cluster))
    try:
        admin.delete_topics([topic])
        until(lambda: topic not in admin.list_topics())
    finally:
        admin.close()


# ------------------------------------------------------------------------------------ judges: hub.events


class _Counted(NamedTuple):
    """As much of a cluster as the partitioner asks for."""

    count: int

    def topics(self) -> list[str]:
        return [""]

    def partitions_for_topic(self, _: str) -> list[int]:
        return list(range(self.count))

    available_partitions_for_topic = partitions_for_topic


@lru_cache(maxsize=10_000)
def place_of(key: bytes, partitions: int = PARTITIONS) -> int:
    """The partition that Kafka's own default partitioner gives a key."""
    return int(DefaultPartitioner().partition("", key, key, b"", b"", _Counted(partitions)))


def expected(conninfo: str, partitions: int = PARTITIONS) -> dict[int, list[tuple[int, bytes, bytes]]]:
    """What each partition of the log ought to hold, told from the store: position, key, value."""
    found: dict[int, list[tuple[int, bytes, bytes]]] = {partition: [] for partition in range(partitions)}
    query = "SELECT position, citizen_id, originator_id, value FROM events ORDER BY position"
    for position, citizen, originator, value in checking.ask(conninfo, query):
        key = str(citizen or originator).encode()
        for partition in [place_of(key, partitions)] if citizen else range(partitions):
            found[partition].append((position, key, bytes(value)))
    return found


def wrong_with_events(conninfo: str, cluster: Cluster, *, committed: bool = True) -> list[str]:
    """Where the log is not the store: what is missing, doubled, out of order, altered, or does not belong there."""
    there: dict[int, list[tuple[int, bytes, bytes]]] = {}
    for record in read(cluster, cluster.events, committed=committed):
        position = int(dict(record.headers)["position"])
        there.setdefault(record.partition, []).append((position, record.key, record.value))
    wrong = []
    for partition, wanted in expected(conninfo).items():
        found = there.pop(partition, [])
        have, ought = Counter(found), Counter(wanted)
        wrong += [f"partition {partition}: {place} is missing" for place, _, _ in (ought - have)]
        wrong += [f"partition {partition}: {each[0]} is doubled" for each, n in have.items() if n > 1]
        wrong += [f"partition {partition}: {each[0]} does not belong" for each in have if each not in ought]
        if any(a[0] >= b[0] for a, b in pairwise(found)):
            wrong.append(f"partition {partition}: out of order")
    return wrong + [f"there is a partition {partition}" for partition in there]


# --------------------------------------------------------------------------------- judges: partners' topics


def decoded(value: bytes) -> tuple[str, Any]:
    """A value in the Confluent wire format, read with the published schema files alone: file name and content."""
    assert value[0] == 0
    name, schema = _schemas()[int.from_bytes(value[1:5], "big")]
    body = BytesIO(value[5:])
    content = fastavro.schemaless_reader(body, schema, None)
    assert not body.read(), "there is more behind the value"
    return name, content


def _schemas() -> dict[int, tuple[str, Any]]:
    """The published schemas by the number that the first 31 bits of their canonical form's SHA-256 make."""
    if not _known:
        for path in SCHEMAS.glob("topic.*.avsc"):
            schema = json.loads(path.read_text())
            digest = fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(schema), "SHA-256")
            number = int.from_bytes(bytes.fromhex(digest)[:4], "big") >> 1
            _known[number] = (path.stem, fastavro.parse_schema(schema))
    return _known


_known: dict[int, tuple[str, Any]] = {}


def folded(records: Iterable[Any]) -> dict[bytes, bytes]:
    """The last value of each key; a key whose last record has none is gone. Ticks and notices are left out."""
    last: dict[bytes, bytes] = {}
    for record in records:
        if record.key == b"tick" or record.key.startswith(b"notice/"):
            continue
        last.pop(record.key, None)
        if record.value is not None:
            last[record.key] = record.value
    return last


def notices(records: Iterable[Any]) -> list[dict[str, Any]]:
    """The notices on a partner's topic, decoded."""
    return [decoded(r.value)[1] for r in records if r.key.startswith(b"notice/") and r.value is not None]


def view_keys(conninfo: str, partner: UUID) -> set[bytes]:
    """The keys of everything in a partner's view."""
    schema = checking.live(conninfo, "partner_view")
    query = f"SELECT disclosure_id FROM {schema}.partner_view WHERE partner_id = %s"
    return {str(row[0]).encode() for row in checking.ask(conninfo, query, partner)}


def wrong_with_topic(conninfo: str, cluster: Cluster, partner: UUID) -> list[str]:
    """Where a partner's topic, folded, is not its view, or its sequence has a gap, an end or a value too many."""
    records = read(cluster, cluster.partner(partner))
    last = folded(records)
    schema = checking.live(conninfo, "partner_view")
    view = {
        str(disclosure).encode(): (str(reference), valid)
        for disclosure, reference, valid in checking.ask(
            conninfo,
            f"SELECT v.disclosure_id, r.reference, (extract(epoch FROM v.valid_until) * 1000000)::bigint"
            f" FROM {schema}.partner_view AS v JOIN vault_references AS r USING (partner_id, citizen_id)"
            " WHERE v.partner_id = %s",
            partner,
        )
    }
    wrong = [f"{key!r} is in the view and not on the topic" for key in view.keys() - last.keys()]
    wrong += [f"{key!r} is on the topic and not in the view" for key in last.keys() - view.keys()]
    for key in view.keys() & last.keys():
        name, content = decoded(last[key])
        valid = content["valid_until"]
        told = None if valid is None else round(valid.timestamp() * 1_000_000)
        if name != "topic.record.v1" or (content["citizen"], told) != view[key]:
            wrong.append(f"{key!r} is another record: {name}")
    numbers = [int(dict(r.headers)["sequence"]) for r in records if r.key != b"tick"]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append(f"its numbers are not dense: {numbers[:5]} … {numbers[-5:]}")
    return wrong


# ------------------------------------------------------------------------------------------ judges: the disk


def on_disk(data: Path, topic: str, needle: bytes) -> list[str]:
    """The broker's files of a topic that hold these bytes, files that are about to be deleted among them."""
    found = []
    for folder in data.glob(f"{topic}-*"):
        for file in folder.iterdir():
            try:
                if needle in file.read_bytes():
                    found.append(file.name)
            except FileNotFoundError:
                continue
    return found


# ----------------------------------------------------------------------------- the hub as processes of its own


def process(
    town: Town, cluster: Cluster, *arguments: str, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """`hub …` on a town's database and Kafka, as a process of its own."""
    home = town.wired.settings.home
    secret = home / "kafka.password"
    secret.write_text(cluster.password or "")
    secret.chmod(0o600)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    settings = {
        "HUB_HOME": str(home),
        "HUB_ROOT_KEY_FILE": str(town.wired.settings.root_key_file),
        "HUB_DATABASE_URL": town.database.conninfo,
        "HUB_KAFKA_BOOTSTRAP": cluster.bootstrap,
        "HUB_KAFKA_USER": str(cluster.user),
        "HUB_KAFKA_PASSWORD_FILE": str(secret),
        "HUB_KAFKA_PREFIX": cluster.prefix,
    }
    with (log or home / f"{'-'.join(arguments)}.log").open("ab") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "hub", *arguments], env={**plain, **settings}, stderr=told, stdout=told
        )


@contextmanager
def ended(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    """End processes that still run, each by its own number."""
    try:
        yield
    finally:
        for each in processes:
            if each.poll() is None:
                each.send_signal(signal.SIGCONT)
                each.kill()
            each.wait(10)
