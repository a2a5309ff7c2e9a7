"""How fast the relay carries the log to Kafka, against a bare transactional producer of the same records."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any, Final

import psycopg

import hub.relay.events
import hub.relay.publication
import hub.relay.relay
from bench.data import Place, Town, found, populate
from bench.measure import PAIRS, Aim, Comparison, Profile, Section, Step, Stopwatch, timed, unburdened
from bench.rivals.producer import Ready, produce, producer
from hub.bootstrap import Wired
from hub.consumers.runner import Runner
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.producer import Transactions
from hub.kafka.reader import Raw, read_all
from hub.relay.publication import Publication
from hub.relay.relay import BATCH, Relay
from hub.relay.ticks import Ticks
from hub.schemas import Schemas
from hub.store import Log

PRODUCER: Final = Aim(0.75)
RIVAL: Final = "bare transactional producer"
UNIT: Final = "records a second"
EVENTS: Final = "events to hub.events"
LINES: Final = "lines to partners' topics"

KEEP: Final = "CREATE TABLE kept_lines AS TABLE partner_log"
RESET: Final = """
TRUNCATE partner_log, partner_numbers, partner_published, partner_again, partner_notices, partner_clearing,
    relay_batches, relay_partitions;
DELETE FROM hub_meta WHERE name = 'stream'
"""
LINES_AGAIN: Final = """
INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
SELECT partner_id, citizen_id, item, disclosure_id, operation, position FROM kept_lines ORDER BY id
"""
IN_ORDER: Final = "SELECT partner_id, sequence FROM partner_log WHERE number IS NOT NULL ORDER BY number"
TOPICS: Final = "INSERT INTO partner_topics (partner_id, opened_at) SELECT unnest(%s::uuid[]), now()"


def steps() -> tuple[Step, ...]:
    """What is watched, in the relay's own thread."""
    relay, events, publication = hub.relay.relay, hub.relay.events, hub.relay.publication
    return (
        Step("read the log (Log.after)", Log, "after"),
        Step("records for Kafka: what is left of outs_of", relay, "outs_of"),
        Step("key (key_of)", events, "key_of"),
        Step("event id (event_id)", events, "event_id"),
        Step("partition (partition_of)", events, "partition_of"),
        Step("digest of the last record (digest_of)", relay, "digest_of"),
        Step("begin (Transactions.begin)", Transactions, "begin"),
        Step("hand over to kafka-python (Transactions.send)", Transactions, "send"),
        Step("until the broker has the first record (Transactions.flush)", Transactions, "flush"),
        Step("send the rest and commit (Transactions.commit)", Transactions, "commit"),
        Step("note what was sent (Relay._told)", Relay, "_told"),
        Step("number lines (Publication.number)", Publication, "number"),
        Step("read lines (Publication.lines)", Publication, "lines"),
        Step("the rest of Publication.take", Publication, "take"),
        Step("rows of the view (Publication._rows)", Publication, "_rows"),
        Step("what is published (Publication._published)", Publication, "_published"),
        Step("keep what is published, notices (Publication._keep)", Publication, "_keep"),
        Step("keys and the rest of Publication._records", Publication, "_records"),
        Step("open a row (open_row)", publication, "open_row"),
        Step("as a partner's record (record_of)", publication, "record_of"),
        Step("encode Avro (Schemas.wire)", Schemas, "wire"),
        Step("a tick is due (Ticks.due)", Ticks, "due"),
        Step("statements executed by the database (Connection.execute)", psycopg.Connection, "execute"),
        Step("commit to the database (Transaction.__exit__)", psycopg.Transaction, "__exit__"),
    )


class Bench:
    """A log with its partner view, carried to new topics again and again."""

    def __init__(self, place: Place, wired: Wired, town: Town) -> None:
        self._place = place
        self._wired = wired
        self._partners = list(town.partners.values())
        self._numbers = count(1)
        with wired.source() as source:
            Runner(wired.database, source, wired.view("partner_view"), wired.store.sealer).catch_up()
        with wired.database.connection() as connection:
            connection.execute(KEEP)
            connection.execute(TOPICS, (self._partners,))
        self.events, self.lines = self._capture()

    def _cluster(self) -> Cluster:
        """Topics that nobody has used."""
        cluster = self._place.cluster(f"relay-{next(self._numbers)}")
        with Admin(cluster) as admin:
            admin.apply(partitions=self._wired.partitions, partners=self._partners)
        return cluster

    @contextmanager
    def _relay(self, cluster: Cluster) -> Iterator[Relay]:
        """A relay that has begun, on a database from which nothing was sent."""
        self._wired.database.run(RESET)
        with replace(self._wired, cluster=lambda: cluster).relay() as relay:
            relay.open()
            yield relay

    def hub(self) -> tuple[float, float]:
        """Seconds for the events, and for the lines to partners."""
        with self._relay(self._cluster()) as relay:
            return self._carried(relay)

    def _carried(self, relay: Relay) -> tuple[float, float]:
        events = timed(relay.catch_up)
        self._wired.database.run(LINES_AGAIN)
        self._wired.database.run("ANALYZE partner_log")
        return events, timed(relay.catch_up)

    def _capture(self) -> tuple[list[Ready], list[Ready]]:
        """What the relay sends, in its order: that is what the rival is to send."""
        cluster = self._cluster()
        with self._relay(cluster) as relay:
            self._carried(relay)
        found = [_ready("events", raw) for raw in read_all(cluster, cluster.events)]
        events = sorted(found, key=lambda one: int(dict(one.headers)["position"]))
        lines: dict[Any, Ready] = {}
        for partner in self._partners:
            for raw in read_all(cluster, cluster.partner(partner)):
                lines[partner, int(dict(raw.headers)["sequence"])] = _ready(f"partner.{partner}", raw)
        with self._wired.database.connection() as connection:
            order = [tuple(row) for row in connection.execute(IN_ORDER).fetchall()]
        assert set(order) == set(lines), "what is on the topics is not what was numbered"
        return events, [lines[place] for place in order]

    def rival(self) -> tuple[float, float]:
        """The same of the bare producer."""
        cluster = self._cluster()
        events, lines = (
            [one._replace(topic=f"{cluster.prefix}.{one.topic}") for one in records]
            for records in (self.events, self.lines)
        )
        with producer(cluster.options(), cluster.relay) as made:
            return (
                timed(lambda: produce(made, events, BATCH)),
                timed(lambda: produce(made, lines, BATCH)),
            )

    def profiles(self) -> tuple[Profile, Profile]:
        """Where the time goes."""
        with self._relay(self._cluster()) as relay:
            watch = Stopwatch()
            with watch.watching(steps()):
                took = timed(relay.catch_up)
            events = watch.profile(f"{EVENTS}, for each record", took, len(self.events))
            self._wired.database.run(LINES_AGAIN)
            self._wired.database.run("ANALYZE partner_log")
            watch = Stopwatch()
            with watch.watching(steps()):
                took = timed(relay.catch_up)
            return events, watch.profile(f"{LINES}, for each record", took, len(self.lines))


def _ready(topic: str, raw: Raw) -> Ready:
    assert raw.key is not None
    return Ready(topic, raw.partition, raw.key, raw.value, raw.headers)


def run(place: Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Relay")
    citizens, ordinary = (120, 18) if quick else (600, 22)
    with place.hub("bench_relay") as wired:
        town = populate(wired, found(wired), citizens, ordinary)
        bench = Bench(place, wired, town)
        sizes = len(bench.events), len(bench.lines)
        with unburdened():
            rounds = [(bench.hub(), bench.rival()) for _ in range(PAIRS)]
        for which, what in enumerate((EVENTS, LINES)):
            pairs = tuple(
                (ours[which] / sizes[which], theirs[which] / sizes[which]) for ours, theirs in rounds
            )
            section.comparisons.append(Comparison(what, RIVAL, PRODUCER, UNIT, pairs, batch=True))
        with unburdened():
            profiles = bench.profiles()
        for comparison, profile in zip(section.comparisons, profiles, strict=True):
            if comparison.verdict != "hit":
                section.profiles.append(profile)
    headers = len(bench.events[-1].headers)
    size = sum(len(one.value or b"") for one in bench.events) / sizes[0]
    section.notes += [
        (
            f"{sizes[0]:,} records of events ({size:.0f} bytes on average, {headers} headers), and {sizes[1]:,} to the "
            f"topics of six partners; transactions of {BATCH:,}; {PAIRS} pairs, each on new topics."
        ),
        (
            "The relay reads, addresses and resumes; for partners it also numbers each line, opens the row as it is at "
            "the moment of sending, and writes the partner's record. The rival has every record ready in memory."
        ),
    ]
    return section
