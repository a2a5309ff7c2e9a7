"""Relay, consumers and broker killed at random moments (SIGKILL), and what is on Kafka and in the views afterwards."""

import dataclasses
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from hub.application import commands
from hub.bootstrap import VIEWS
from hub.broker import LocalBroker, fetch
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import new_generation
from tests import checking
from tests.building import Town, rich, settle
from tests.faults import checking_kafka, kafka_workers
from tests.faults.anything import befriend
from tests.faults.test_kills import Victims, types_written
from tests.kafka import folded, on_kafka, read

SEED = int(os.environ.get("HUB_SEED") or random.SystemRandom().randrange(2**32))
KILLS = ("relay",) * 8 + ("consumer",) * 7 + ("broker",) * 5
WRITERS = 4
CITIZENS = 20
PARTITIONS = 6
WORKERS = ("partner_view", "partner_view", "timeline", "overview", "due", "consents")
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
        *(one for view in VIEWS for one in checking_kafka.consumers_behind(address, view, PARTITIONS)),
        *checking_kafka.relay_behind(address, read(cluster, cluster.relay)),
    ]:
        assert time.monotonic() < until, "; ".join(waiting)
        time.sleep(0.2)


def everybody_sees_something(town: Town) -> None:
    """Whatever has happened before: no partner is suspended, and each may know of somebody now."""
    town.clock.advance(kafka_workers.LATER - town.clock() + timedelta(days=1))
    citizen, lene = rich(town), town.actor("lene")
    for name, partner in town.partners.items():
        facts = town.hub.partners().get(partner)
        if facts is not None and facts.suspended:
            commands.resume_partner(town.hub, lene, partner)
        commands.adopt_ceiling(town.hub, lene, partner)
        town.consent(citizen, name, "contact", "wishes", "plan")
    town.hope(citizen, "citizen", "En hund", "wishes")


def answers_in(folder: Path) -> list[tuple[bytes, int]]:
    """What the writers were answered: the key on the log, and the first position."""
    return [(line[0].encode(), int(line[1])) for line in lines_in(folder) if len(line) == 2]


def lines_in(folder: Path) -> list[list[str]]:
    """What the writers wrote down: answers, and for what reason something was refused."""
    return [line.split() for file in folder.glob("answers-*") for line in file.read_text().splitlines()]


def control_events(wanted: list[checking_kafka.Expected], found: list[Any]) -> None:
    """One record deleted, doubled, altered, in another partition or out of order; an answer too many: each is found."""
    middle = next(n for n in range(len(found) // 2, len(found)) if not checking_kafka.of_partner(found[n]))
    one, before, behind = found[middle], found[:middle], found[middle + 1 :]
    at, part = checking_kafka.position_of(one), one.partition
    wrong = checking_kafka.wrong_with_events
    assert [f"position {at} is missing in partition {part}"] == wrong(wanted, before + behind)
    assert [f"position {at} is 2 times in partition {part}"] == wrong(wanted, [*before, one, one, *behind])
    assert 2 <= len(wrong(wanted, [*before, one._replace(partition=(part + 1) % PARTITIONS), *behind]))
    assert 1 == len(wrong(wanted, [*before, one._replace(value=one.value[:-1] + b"!"), *behind]))
    first, second, *rest = [each for each in found if each.key == one.key]
    assert 1 == len(checking_kafka.wrong_with_citizens([second, first, *rest]))
    swapped = [second if each is first else first if each is second else each for each in found]
    assert [] != wrong(wanted, swapped)
    assert 1 == len(checking_kafka.wrong_with_answers([(one.key, at)], before + behind))
    print("control: caught")


def control_topic(view: checking_kafka.View, lines: int, found: list[Any]) -> None:
    """On a partner's topic one record deleted or doubled, one row of the view gone or another: each is found."""
    held = folded(found)
    last = next(n for n in reversed(range(len(found))) if found[n].key in held)
    one, before, behind = found[last], found[:last], found[last + 1 :]
    key, number = one.key, int(dict(one.headers)["sequence"])

    def wrong(records: list[Any], rows: checking_kafka.View = view, count: int = lines) -> list[str]:
        return checking_kafka.wrong_with_topic(rows, count, records)

    assert f"{lines - 1} of {lines} numbers are there" in wrong(before + behind)
    assert f"number {number} comes behind {number}" in wrong([*before, one, one, *behind])
    assert [f"{key.decode()} is not in the view"] == wrong(
        found, {k: row for k, row in view.items() if k != key}
    )
    taken = one._replace(value=None, headers=[("sequence", b"%d" % (lines + 1))])
    assert [f"{key.decode()} is not on the topic"] == wrong([*found, taken], count=lines + 1)
    assert [f"{key.decode()} is another record than the view's"] == wrong(found, {**view, key: (None, 99)})
    print("control: caught")


def control_views(address: str, view: str, anew: str) -> None:
    """One row of a read model deleted: found."""
    one = f"(SELECT max(ctid) FROM {anew}.{view})"
    assert 1 == checking.do(address, f"DELETE FROM {anew}.{view} WHERE ctid = {one}")
    assert [] != checking.differences(address, view, f"{view}_1", anew)
    print("control: caught")


def check_events(address: str, cluster: Cluster, answers: list[tuple[bytes, int]]) -> None:
    """Every event is on Kafka once in each partition it belongs to, in order; so is all that was answered."""
    wanted, found = checking_kafka.expected(address, PARTITIONS), read(cluster, cluster.events)
    assert [] == checking_kafka.wrong_with_events(wanted, found)
    assert [] == checking_kafka.wrong_with_citizens(found)
    assert [] == checking_kafka.wrong_with_answers(answers, found)
    control_events(wanted, found)
    assert [] == checking.ask(address, "SELECT position FROM parked")
    assert [] == checking.ask(address, "SELECT reason FROM foreign_records")


def check_views(address: str, town: Town) -> None:
    """Each read model is what it is when it is built from the store alone."""
    wired = town.wired
    for view in VIEWS:
        anew = new_generation(wired.database, wired.view(view), PARTITIONS, live=False)
        with StoreSource(wired.database, PARTITIONS) as source:
            Runner(wired.database, source, wired.building(view), wired.store.sealer, schema=anew).catch_up()
        assert [] == checking.differences(address, view, f"{view}_1", anew)
        assert len(checking.rows(address, view)) >= CITIZENS
        control_views(address, view, anew)


def check_topics(address: str, cluster: Cluster, town: Town) -> None:
    """Each partner's topic, folded, is its view, and byte for byte what a topic would hold that was filled only now."""
    topics = {partner: read(cluster, cluster.partner(partner)) for partner in town.partners.values()}
    for partner, records in topics.items():
        view, lines = checking_kafka.view_of(address, partner), checking_kafka.lines_of(address, partner)
        assert [] == checking_kafka.wrong_with_topic(view, lines, records)
        control_topic(view, lines, records)
    told = checking.ask(address, "SELECT max(id) FROM partner_log")
    anew = published_anew(town, cluster)
    for partner, records in topics.items():
        assert folded(read(anew, anew.partner(partner))) == folded(records)
    assert told == checking.ask(address, "SELECT max(id) FROM partner_log"), "there was nothing new to tell"


def published_anew(town: Town, cluster: Cluster) -> Cluster:
    """Everything once more, to topics of another name."""
    anew = dataclasses.replace(cluster, prefix=f"{cluster.prefix}anew")
    on_kafka(town, anew, *town.partners)
    with town.wired.relay(refill=True) as relay:
        relay.catch_up()
    return anew


def test_relay_consumers_and_broker_killed_twenty_times_lose_and_double_nothing(
    database: Database, broker: LocalBroker, cluster: Cluster, tmp_path: Path, victims: Victims
) -> None:
    """After 20 kills while four do anything in the domain, log, views and partners' topics say what the store says."""
    print(f"HUB_SEED={SEED}")
    numbers, address = random.Random(SEED), database.conninfo
    town = befriend(settle(database, tmp_path))
    on_kafka(town, cluster, *town.partners)
    citizens = [rich(town) for _ in range(CITIZENS)]
    terms = (address, tmp_path, cluster)
    stage = Stage(victims, broker, terms)
    writers = [
        victims.start(kafka_workers.write, *terms, citizens, town.partners, SEED + number)
        for number in range(WRITERS)
    ]
    in_the_middle = 0
    for kind in numbers.sample(KILLS, len(KILLS)):
        time.sleep(numbers.uniform(0.2, 2))
        stage.kill(kind, numbers)
        in_the_middle += any(checking_kafka.consumers_behind(address, view, PARTITIONS) for view in VIEWS)
    stage.broker_is_up()
    (tmp_path / "over").touch()
    for process in writers:
        process.join(20)
        assert 0 == process.exitcode
        victims.alive.remove(process)
    everybody_sees_something(town)
    in_step(address, cluster)
    stage.end()
    answers = answers_in(tmp_path)
    print(f"killed with work undone: {in_the_middle} of {len(KILLS)}; {len(answers)} answers")
    print(f"refused: {dict(Counter(line[0] for line in lines_in(tmp_path) if len(line) == 1))}")
    assert in_the_middle > 0
    assert len(answers) > 100
    types_written(town, 130)

    check_events(address, cluster, answers)
    check_views(address, town)
    check_topics(address, cluster, town)
