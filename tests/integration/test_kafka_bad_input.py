"""What does not belong on `hub.events`, and a broker that is away: told once with its place, and nothing else stops."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from kafka import KafkaProducer
from structlog.testing import capture_logs

from hub.broker import LocalBroker
from hub.consumers.runner import Runner
from hub.kafka.connection import Cluster
from hub.kafka.producer import HURRY, Transactions
from hub.postgres import Database
from tests import checking, kafka
from tests.building import Town, rich, settle
from tests.kafka import on_kafka, relayed

FOREIGN: Final = 'SELECT partition, "offset", reason FROM foreign_records ORDER BY 1, 2'
Headers = dict[str, Any]


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """Three citizens, all on the log, and nothing read yet."""
    town = settle(database, tmp_path)
    for _ in range(3):
        rich(town, 2)
    on_kafka(town, cluster)
    relayed(town)
    return town


def on(town: Town) -> Cluster:
    """The Kafka under a town."""
    found = town.wired.cluster()
    assert found is not None
    return found


def genuine(town: Town) -> Any:
    """A record about a citizen, in the middle of the log."""
    found = [r for r in kafka.read(on(town), on(town).events) if "partner" not in dict(r.headers)]
    return sorted(found, key=lambda r: int(dict(r.headers)["position"]))[len(found) // 2]


def wrong(town: Town) -> list[str]:
    """Where a read model is not what the store alone would make of it, told by raw SQL."""
    conninfo, found = town.database.conninfo, checking.wrong_with_log(town.database.conninfo)
    for view in checking.COLUMNS:
        anew = kafka.built_anew(town, view)
        found += [
            f"{view}: {row}"
            for row in checking.differences(conninfo, view, checking.live(conninfo, view), anew)
        ]
    return found


def all_read(town: Town) -> None:
    """Every read model has read what there is."""
    for view in checking.COLUMNS:
        town.run(view)


def write_like(town: Town, record: Any, **other: Any) -> tuple[int, int]:
    """Write a record like a genuine one, with other things here and there; its partition and offset."""
    headers: Headers = {**dict(record.headers), **other.get("headers", {})}
    headers = {name: value for name, value in headers.items() if name not in other.get("without", ())}
    place = other.get("partition", record.partition)
    end = {at.partition: end for at, end in kafka.ends(on(town), on(town).events).items()}[place]
    line = (place, other.get("key", record.key), other.get("value", record.value), list(headers.items()))
    kafka.write(on(town), on(town).events, [line])
    return place, end


CASES: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "no key": lambda _: {"key": None},
    "no value": lambda _: {"value": None},
    "no headers": lambda r: {"without": list(dict(r.headers))},
    "no position": lambda _: {"without": ["position"]},
    "an id without a value": lambda _: {"headers": {"ce_id": b""}},
    "foreign headers": lambda _: {"headers": dict.fromkeys(("ce_id", "ce_time", "position"), b"\xff\xfe")},
    "a key that is no citizen's": lambda _: {"key": b"\xff\x00 not a citizen"},
    "another hub's": lambda _: {"headers": {"ce_source": b"urn:uuid:another"}},
    "another type": lambda _: {"headers": {"ce_type": b"com.example.other"}},
    "a later position": lambda r: {"headers": {"position": b"%d" % (int(dict(r.headers)["position"]) + 5)}},
    "a position far ahead": lambda _: {"headers": {"position": b"1000000000"}},
    "a position beyond all numbers": lambda _: {"headers": {"position": b"9" * 30}},
    "another citizen's key": lambda _: {"key": b"00000000-0000-5000-8000-000000000000"},
    "said to be of a partner": lambda _: {"headers": {"partner": b"1", "position": b"1000000"}},
    "in another partition": lambda r: {"partition": (r.partition + 1) % 6},
    "a megabyte of nothing": lambda _: {"value": b"x" * 1_000_000, "headers": {"position": b"1000000"}},
    "foreign bytes": lambda _: {"value": b"\x93NUMPY", "headers": {"position": b"1000001"}},
    "a truncated envelope": lambda r: {"value": r.value[:40], "headers": {"position": b"1000002"}},
    "an unknown schema": lambda r: {
        "value": b"\x00\x00\x00\x00\x07" + r.value[5:],
        "headers": {"position": b"1000003"},
    },
}


def test_what_does_not_belong_is_set_aside_and_nothing_else_stops(town: Town) -> None:
    """Each kind of record is kept with its place and a reason, once, and all read models are as without them."""
    record = genuine(town)
    places = {what: write_like(town, record, **case(record)) for what, case in CASES.items()}
    citizen = rich(town, 1)
    town.hope(citizen, "citizen", "Efter det fremmede", "wishes")
    relayed(town)

    all_read(town)

    conninfo = town.database.conninfo
    aside = {(partition, offset): why for partition, offset, why in checking.ask(conninfo, FOREIGN)}
    assert {} == {what: place for what, place in places.items() if place not in aside}
    assert len(aside) == len(CASES), "and nothing that is ours"
    assert all(why.endswith(".") for why in aside.values())
    assert [] == checking.ask(conninfo, "SELECT * FROM parked")
    assert [] == wrong(town)
    head = town.hub.log.head()[0]
    furthest = "SELECT max(position) FROM checkpoints WHERE schema_name = %s"
    for view in checking.COLUMNS:
        assert [(head,)] == checking.ask(conninfo, furthest, checking.live(conninfo, view))
    all_read(town)
    assert len(aside) == len(checking.ask(conninfo, FOREIGN))

    schema = checking.live(conninfo, "timeline")
    checking.do(conninfo, f"DELETE FROM {schema}.timeline WHERE position = {head}")
    assert len(wrong(town)) == 1, "control: caught"


def test_a_duplicate_of_a_genuine_record_is_dropped(town: Town) -> None:
    """A producer that sends a record twice, before it was read and after, changes nothing and is told to nobody."""
    write_like(town, genuine(town))
    all_read(town)
    write_like(town, genuine(town))
    rich(town, 1)
    relayed(town)
    all_read(town)

    assert [] == checking.ask(town.database.conninfo, FOREIGN)
    assert [] == wrong(town)


def test_a_genuine_place_with_other_content_stops_one_citizen_alone(town: Town) -> None:
    """A record at its right place that does not open parks its citizen, with its place, and nobody else."""
    record = genuine(town)
    position = int(dict(record.headers)["position"])
    everything = kafka.read(on(town), on(town).events)
    kafka.delete_topic(on(town), on(town).events)
    on_kafka(town, on(town))
    checking.do(town.database.conninfo, "DELETE FROM hub_meta WHERE name = 'stream'")
    kafka.write(
        on(town),
        on(town).events,
        [(r.partition, r.key, r.value[:40] if r == record else r.value, r.headers) for r in everything],
    )

    all_read(town)

    conninfo = town.database.conninfo
    parked = checking.ask(conninfo, "SELECT DISTINCT citizen_id::text, min(position) FROM parked GROUP BY 1")
    assert [(record.key.decode(), position)] == parked
    others = "SELECT count(DISTINCT citizen_id) FROM {}.timeline WHERE citizen_id::text <> %s"
    assert [(2,)] == checking.ask(
        conninfo, others.format(checking.live(conninfo, "timeline")), record.key.decode()
    )


# A broker that is away.


@pytest.fixture
def own_broker(broker: LocalBroker) -> Iterator[LocalBroker]:
    """A broker of this test's own, that it kills."""
    assert broker.pid
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-kafka-"))
    try:
        with LocalBroker(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(*runs: Callable[[Callable[[], bool]], None]) -> Iterator[list[threading.Thread]]:
    """What runs until it is told to stop, each in a thread of its own."""
    over = threading.Event()
    threads = [threading.Thread(target=run, args=(over.is_set,)) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)


def test_a_broker_that_is_slow_to_begin_is_waited_for(
    own_broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is just up may need longer for its first transaction than any batch waits: the relay begins."""
    ask = KafkaProducer.init_transactions
    asked: list[float] = []

    def slowly(producer: KafkaProducer) -> None:
        if not asked:
            os.kill(own_broker.pid, signal.SIGSTOP)
            threading.Timer(HURRY / 1000 + 1.5, os.kill, (own_broker.pid, signal.SIGCONT)).start()
        asked.append(time.monotonic())
        ask(producer)

    monkeypatch.setattr(KafkaProducer, "init_transactions", slowly)
    cluster = Cluster(own_broker.bootstrap, own_broker.user, own_broker.password)
    with Transactions(cluster, "hub-slow") as transactions:
        transactions.begin()
        transactions.abort()

    assert len(asked) > 1


def test_a_broker_away_is_said_once_and_gone_on_from_by_itself(
    database: Database, tmp_path: Path, own_broker: LocalBroker
) -> None:
    """The broker is killed and comes back: relay and consumer each say so once, and carry on unasked."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    cluster = Cluster(own_broker.bootstrap, own_broker.user, own_broker.password)
    on_kafka(town, cluster)
    with town.wired.relay() as relay:
        relay.catch_up()
        with town.wired.source(group="timeline") as source, capture_logs() as lines:
            runner = Runner(database, source, town.wired.view("timeline"), town.wired.store.sealer)
            timeline = f"SELECT max(position) FROM {checking.live(database.conninfo, 'timeline')}.timeline"

            def arrived() -> bool:
                return bool(checking.ask(database.conninfo, timeline)[0][0] == town.hub.log.head()[0])

            with running(relay.run, runner.run) as threads:
                kafka.until(arrived, 30)
                own_broker.kill()
                town.hope(citizen, "citizen", "Imens", "wishes")
                time.sleep(6)
                assert all(thread.is_alive() for thread in threads)
                own_broker.start_again()
                kafka.until(arrived, 30)
    told = [line for line in lines if line["log_level"] in {"warning", "error"}]
    assert [] == kafka.wrong_with_events(database.conninfo, cluster)
    assert [line["event"] for line in told if line.get("source") == "relay"] == ["the relay waits"], told
    assert len([line for line in told if line.get("consumer") == "timeline"]) == 1, told
    assert len(told) == 2, told
    errors = "SELECT count(*) FROM consumer_errors WHERE consumer IN ('relay', 'timeline')"
    assert [(2,)] == checking.ask(database.conninfo, errors), "and kept for `hub status`"
