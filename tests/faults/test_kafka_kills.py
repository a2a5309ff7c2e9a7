"""Relay, consumers and broker killed at random moments (SIGKILL), and what is on Kafka and in the views afterwards."""

import dataclasses
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from hub.broker import LocalBroker, fetch
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import new_generation
from tests import checking
from tests.building import Town, rich, settle
from tests.faults import checking_kafka, kafka_workers
from tests.faults.test_kills import Victims
from tests.kafka import folded, on_kafka, read

SEED = int(os.environ.get("HUB_SEED") or random.SystemRandom().randrange(2**32))
KILLS = ("relay",) * 8 + ("consumer",) * 7 + ("broker",) * 5
WRITERS = 4
CITIZENS = 20
PARTITIONS = 6
WORKERS = ("partner_view", "partner_view", "timeline")
FOLLOWED = ("partner_view", "timeline")
PATIENCE = 60.0


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    """A Kafka of this test's own: it is killed."""
    fetch()
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-killed-"))
    try:
        with LocalBroker(folder, settings={"group.min.session.timeout.ms": "1000"}) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def victims() -> Iterator[Victims]:
    """Processes of this test's own; none outlives it."""
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.workers", "tests.faults.kafka_workers"])
    made = Victims(context)
    try:
        yield made
    finally:
        for process in made.alive:
            process.kill()
            process.join(10)


class Stage:
    """The relay, the consumers and the broker while they are killed; each is started again at once."""

    def __init__(self, victims: Victims, broker: LocalBroker, terms: tuple[Any, ...]) -> None:
        self._victims = victims
        self._broker = broker
        self._terms = terms
        self._starter = ThreadPoolExecutor(1)
        self._starting: Future[None] | None = None
        self._relay = self._start_relay()
        self._consumers = [self._start_consumer(view) for view in WORKERS]

    def _start_relay(self) -> Any:
        return self._victims.start(kafka_workers.relay, *self._terms)

    def _start_consumer(self, view: str) -> Any:
        return self._victims.start(kafka_workers.consume, *self._terms, view)

    def kill(self, what: str, numbers: random.Random) -> None:
        """End one of them, and start it again; a broker takes some seconds, and nobody waits for it."""
        if what == "relay":
            self._victims.kill(self._relay)
            self._relay = self._start_relay()
        elif what == "consumer":
            which = numbers.randrange(len(WORKERS))
            self._victims.kill(self._consumers[which])
            self._consumers[which] = self._start_consumer(WORKERS[which])
        else:
            self.broker_is_up()
            self._relay_sends()
            self._broker.kill()
            self._starting = self._starter.submit(self._broker.start_again)

    def _relay_sends(self, patience: float = 10.0) -> None:
        """Let the relay send something first, if it does so soon: a broker that nobody uses is no great loss."""
        query = "SELECT count(*) FROM relay_batches"
        begin, until = checking.ask(self._terms[0], query), time.monotonic() + patience
        while begin == checking.ask(self._terms[0], query) and time.monotonic() < until:
            time.sleep(0.01)

    def broker_is_up(self) -> None:
        """Wait until the broker is there again."""
        if self._starting is not None:
            self._starting.result()

    def end(self) -> None:
        """Kill all but the broker: each must have lived until now."""
        self.broker_is_up()
        for process in (self._relay, *self._consumers):
            self._victims.kill(process)
        self._starter.shutdown()


def in_step(address: str, cluster: Cluster) -> None:
    """Wait until relay and consumers have done everything there is to do."""
    until = time.monotonic() + PATIENCE
    while waiting := [
        *(one for view in FOLLOWED for one in checking_kafka.consumers_behind(address, view, PARTITIONS)),
        *checking_kafka.relay_behind(address, read(cluster, cluster.relay)),
    ]:
        assert time.monotonic() < until, "; ".join(waiting)
        time.sleep(0.2)


def answers_in(folder: Path) -> list[tuple[bytes, int]]:
    """What the writers were answered: the key on the log, and the first position."""
    lines = [line.split() for file in folder.glob("answers-*") for line in file.read_text().splitlines()]
    return [(key.encode(), int(position)) for key, position in lines]


def control_events(wanted: list[checking_kafka.Expected], found: list[Any]) -> None:
    """One record deleted, one doubled, two that change places, one answer too many: each is found."""
    middle = next(n for n in range(len(found) // 2, len(found)) if not checking_kafka.of_partner(found[n]))
    one, before, behind = found[middle], found[:middle], found[middle + 1 :]
    at, part = checking_kafka.position_of(one), one.partition
    wrong = checking_kafka.wrong_with_events
    assert [f"position {at} is missing in partition {part}"] == wrong(wanted, before + behind)
    assert [f"position {at} is 2 times in partition {part}"] == wrong(wanted, [*before, one, one, *behind])
    elsewhere = one._replace(partition=(part + 1) % PARTITIONS)
    assert 2 <= len(wrong(wanted, [*before, elsewhere, *behind]))
    assert 1 == len(wrong(wanted, [*before, one._replace(value=one.value[:-1] + b"!"), *behind]))
    mine = [each for each in found if each.key == one.key]
    assert 1 == len(checking_kafka.wrong_with_citizens([mine[1], mine[0], *mine[2:]]))
    assert [] != wrong(
        wanted, [mine[1] if each is mine[0] else mine[0] if each is mine[1] else each for each in found]
    )
    assert 1 == len(checking_kafka.wrong_with_answers([(one.key, at)], before + behind))
    print("control: caught")


def control_topic(view: checking_kafka.View, found: list[Any]) -> None:
    """On a partner's topic one record deleted or doubled, and a row of the view gone or changed: each is found."""
    held = folded(found)
    last = next(n for n in reversed(range(len(found))) if found[n].key in held)
    one, key = found[last], found[last].key
    wrong = checking_kafka.wrong_with_topic
    number = int(dict(one.headers)["sequence"])
    deleted = wrong(view, found[:last] + found[last + 1 :])
    assert deleted, "a record deleted"
    assert f"number {number} comes behind {number}" in wrong(view, [*found[:last], one, *found[last:]])
    gone = {each: row for each, row in view.items() if each != key}
    assert [f"{key.decode()} is on the topic and not in the view"] == wrong(gone, found)
    assert [f"{key.decode()} is in the view and not on the topic"] == wrong(
        view, [*found, one._replace(value=None, headers=[("sequence", b"%d" % (len(found) + 1))])]
    )
    assert [f"{key.decode()} is another record than the view's"] == wrong({**view, key: (None, 99)}, found)
    print("control: caught")


def published_anew(town: Town, cluster: Cluster) -> Cluster:
    """Everything once more, to topics of another name: what partners would hold whose topics were filled only now."""
    anew = dataclasses.replace(cluster, prefix=f"{cluster.prefix}anew")
    on_kafka(town, anew, *town.partners)
    with town.wired.relay(refill=True) as relay:
        relay.catch_up()
    return anew


def test_relay_consumers_and_broker_killed_twenty_times_lose_and_double_nothing(
    database: Database, broker: LocalBroker, cluster: Cluster, tmp_path: Path, victims: Victims
) -> None:
    """After 20 kills while four write and withdraw, the log, the views and partners' topics say what the store says."""
    print(f"HUB_SEED={SEED}")
    begin = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begin:5.1f} {what}", flush=True)

    numbers, address = random.Random(SEED), database.conninfo
    town = settle(database, tmp_path)
    on_kafka(town, cluster, *town.partners)
    citizens = [rich(town) for _ in range(CITIZENS)]
    say("town")
    terms = (address, tmp_path, cluster)
    stage = Stage(victims, broker, terms)
    writers = [
        victims.start(kafka_workers.write, *terms, citizens, town.partners, SEED + number)
        for number in range(WRITERS)
    ]
    time.sleep(1)
    kinds = list(KILLS)
    numbers.shuffle(kinds)
    for kind in kinds:
        time.sleep(numbers.uniform(0.2, 2))
        stage.kill(kind, numbers)
        behind = [len(checking_kafka.consumers_behind(address, view, PARTITIONS)) for view in FOLLOWED]
        say(f"{kind} killed, consumers behind {behind}")
    stage.broker_is_up()
    (tmp_path / "over").touch()
    for process in writers:
        process.join(20)
        assert 0 == process.exitcode
        victims.alive.remove(process)
    say("over")
    in_step(address, cluster)
    say("in step")
    stage.end()

    wanted, found = checking_kafka.expected(address, PARTITIONS), read(cluster, cluster.events)
    answers = answers_in(tmp_path)
    say(f"{len(answers)} answers, {len(found)} records")
    if checking_kafka.wrong_with_events(wanted, found):
        import pickle
        uncommitted = {t: [tuple(r) for r in read(cluster, t, committed=False)] for t in (cluster.events, cluster.relay)}
        committed = {t: [tuple(r) for r in read(cluster, t)] for t in (cluster.events, cluster.relay)}
        pickle.dump((uncommitted, committed, [tuple(w) for w in wanted]), open("/tmp/kk_dump.pickle", "wb"))
        shutil.copytree(broker.folder, f"/tmp/kk_broker_{SEED}", ignore=shutil.ignore_patterns("secrets*"))
    assert [] == checking_kafka.wrong_with_events(wanted, found)
    assert [] == checking_kafka.wrong_with_citizens(found)
    assert [] == checking_kafka.wrong_with_answers(answers, found)
    control_events(wanted, found)

    for view in FOLLOWED:
        anew = new_generation(database, town.wired.view(view), PARTITIONS, live=False)
        with StoreSource(database, PARTITIONS) as source:
            builder = Runner(
                database, source, town.wired.building(view), town.wired.store.sealer, schema=anew
            )
            builder.catch_up()
        assert [] == checking.differences(address, view, f"{view}_1", anew)
        say(f"{view}: {len(checking.rows(address, view))} rows")
    assert [] == checking.ask(address, "SELECT position FROM parked")
    assert [] == checking.ask(address, "SELECT reason FROM foreign_records")

    topics = {partner: read(cluster, cluster.partner(partner)) for partner in town.partners.values()}
    for partner, records in topics.items():
        view = checking_kafka.view_of(address, partner)
        say(f"{len(records)} records, {len(view)} rows")
        assert [] == checking_kafka.wrong_with_topic(view, records)
        control_topic(view, records)
    say("topics")
    other = published_anew(town, cluster)
    say("published anew")
    for partner, records in topics.items():
        assert folded(read(other, other.partner(partner))) == folded(records)
    say("end")
