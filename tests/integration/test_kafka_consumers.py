"""Consumers in groups: they come, go, die and come back, and each record is taken in once."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from hub.application import commands
from hub.consumers.runner import Runner
from hub.errors import Conflict, HubError, Refused
from hub.kafka import reader
from hub.kafka.connection import Cluster
from hub.postgres import Database
from tests import checking, kafka
from tests.building import CITIZEN, Town, rich, settle
from tests.kafka import on_kafka, relayed

VIEWS: Final = tuple(checking.COLUMNS)


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """Eight citizens, so that every worker gets some, and a topic for the jobcentre."""
    town = settle(database, tmp_path)
    for _ in range(8):
        rich(town, 1)
    return on_kafka(town, cluster, "jobcentre")


def wrong(town: Town) -> list[str]:
    """Where a read model is not what the store alone would make of it, and where the log of lines is not its fold."""
    conninfo, found = town.database.conninfo, checking.wrong_with_log(town.database.conninfo)
    for view in VIEWS:
        anew = kafka.built_anew(town, view)
        found += [
            f"{view}: {row}"
            for row in checking.differences(conninfo, view, checking.live(conninfo, view), anew)
        ]
    return found


def planted(town: Town) -> None:
    """Control: a deleted row, and one that is there twice (as another position's), are found."""
    conninfo, head = town.database.conninfo, town.hub.log.head()[0]
    schema = checking.live(conninfo, "timeline")
    columns = checking.COLUMNS["timeline"]
    query = f"SELECT {columns} FROM {schema}.timeline ORDER BY position DESC LIMIT 1"
    (row,) = checking.ask(conninfo, query)
    insert = f"INSERT INTO {schema}.timeline ({columns}) VALUES (%s, %s, %s, %s, %s, %s)"
    checking.do(conninfo, insert, row[0], head + 1, *row[2:])
    assert len(wrong(town)) == 1, "control: caught"
    checking.do(conninfo, f"DELETE FROM {schema}.timeline WHERE position IN (%s, %s)", head + 1, row[1])
    assert len(wrong(town)) == 1, "control: caught"
    checking.do(conninfo, insert, *row)
    assert [] == wrong(town)
    checking.do(
        conninfo,
        "INSERT INTO partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)"
        " SELECT partner_id, citizen_id, item, disclosure_id, operation, position FROM partner_log"
        " WHERE operation = 'upsert' ORDER BY id DESC LIMIT 1",
    )
    assert any("told twice" in each for each in wrong(town)), "control: caught"


def everywhere(town: Town) -> bool:
    """All read models are at the head of the log in every partition that it reaches."""
    conninfo = town.database.conninfo
    last = {partition: rows[-1][0] for partition, rows in kafka.expected(conninfo).items() if rows}
    query = (
        "SELECT c.partition, c.position FROM checkpoints AS c JOIN generations AS g USING (schema_name)"
        " WHERE g.live"
    )
    return all(at >= last.get(partition, 0) for partition, at in checking.ask(conninfo, query))


class Worker:
    """One worker of each read model's group, each in a thread of its own, until it leaves."""

    def __init__(self, town: Town, *views: str) -> None:
        self._over = threading.Event()
        self.taken = 0
        self._threads = [threading.Thread(target=self._work, args=(town, view)) for view in views or VIEWS]
        for thread in self._threads:
            thread.start()

    def _work(self, town: Town, view: str) -> None:
        with town.wired.source(group=view) as source:
            runner = Runner(town.database, source, town.wired.view(view), town.wired.store.sealer)
            while not self._over.is_set():
                try:
                    self.taken += runner.step(0.1)
                except HubError:
                    time.sleep(0.05)

    def leave(self) -> None:
        """End as a process that is told to."""
        self._over.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


@contextmanager
def relaying(town: Town) -> Iterator[None]:
    """A relay that runs on in a thread of its own."""
    over = threading.Event()
    with town.wired.relay() as relay:
        thread = threading.Thread(target=relay.run, args=(over.is_set,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(30)


@contextmanager
def writing(town: Town, pause: float = 0.01) -> Iterator[None]:
    """Somebody who writes, withdraws and changes ceilings until it is over."""
    over, chance = threading.Event(), random.Random(3)
    query = "SELECT DISTINCT citizen_id FROM events WHERE citizen_id IS NOT NULL"
    citizens = [row[0] for row in checking.ask(town.database.conninfo, query)]

    def write() -> None:
        while not over.is_set():
            with contextlib.suppress(Refused, Conflict):
                something(town, chance, chance.choice(citizens))
            time.sleep(pause)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def something(town: Town, chance: random.Random, citizen: UUID) -> None:
    """One command."""
    job = town.partner("jobcentre")
    match chance.randrange(12):
        case 0:
            town.consent(citizen, "jobcentre", "wishes", "plan")
        case 1:
            town.later()
            commands.set_block(town.hub, CITIZEN, citizen, job, categories=frozenset({"plan", "wishes"}))
        case 2:
            town.later()
            wider = frozenset({"contact", "wishes", "work"} | ({"plan"} if chance.random() < 0.5 else set()))
            commands.adopt_ceiling(town.hub, town.actor("lene"), job, wider)
        case _:
            town.hope(citizen, "citizen", "Under tryk", "wishes")


# Workers.


def test_workers_join_and_leave_under_load(town: Town) -> None:
    """Two workers of each group, a third joins, one leaves: every read model is as if built anew, and nothing twice."""
    with relaying(town), writing(town):
        workers = [Worker(town), Worker(town)]
        time.sleep(2)
        workers.append(Worker(town))
        time.sleep(2)
        workers[0].leave()
        time.sleep(2)
    relayed(town)
    kafka.until(lambda: everywhere(town), 30)
    for worker in workers[1:]:
        worker.leave()

    assert all(worker.taken for worker in workers), "control: each of them had some of it"
    assert [] == wrong(town)
    relayed(town)
    assert [] == kafka.wrong_with_topic(town.database.conninfo, on(town), town.partner("jobcentre"))
    planted(town)


def on(town: Town) -> Cluster:
    """The Kafka under a town."""
    found = town.wired.cluster()
    assert found is not None
    return found


def test_processes_killed_and_stopped_under_load(town: Town, cluster: Cluster) -> None:
    """`hub consume` twice: one is killed, one sleeps past its session and wakes: what it had in hand rolls back."""
    with ExitStack() as stack, relaying(town), writing(town, 0.03):
        first, second = (kafka.process(town, cluster, "consume", "partner_view") for _ in range(2))
        stack.enter_context(kafka.ended(first, second))
        moved = "SELECT count(*) = 6 FROM checkpoints WHERE schema_name = %s AND position > 0"
        schema = checking.live(town.database.conninfo, "partner_view")
        kafka.until(lambda: checking.ask(town.database.conninfo, moved, schema)[0][0], 40)
        first.send_signal(signal.SIGSTOP)
        time.sleep(reader.SESSION / 1000 + 2)
        first.send_signal(signal.SIGCONT)
        time.sleep(1)
        second.kill()
        second.wait(10)
        time.sleep(1)
        assert first.poll() is None, "the one that slept works on"
        for view in VIEWS[:3]:
            town.run(view)
    with kafka.ended(first):
        pass
    relayed(town)
    for view in VIEWS:
        town.run(view)

    assert [] == wrong(town)


def test_a_zombie_rolls_back(town: Town) -> None:
    """A worker that was overtaken between reading and committing writes nothing, and goes on behind the other."""
    relayed(town)
    wired = town.wired
    with wired.source() as late, wired.source() as quick:
        zombie = Runner(town.database, late, wired.view("timeline"), wired.store.sealer)
        other = Runner(town.database, quick, wired.view("timeline"), wired.store.sealer)
        batch = kafka.until(lambda: _polled(zombie, late))
        other.catch_up()
        before = checking.rows(town.database.conninfo, "timeline")

        with pytest.raises(Conflict):
            zombie._take(zombie._fresh(batch.records), batch.upto)

        assert before == checking.rows(town.database.conninfo, "timeline")
        late.again()
        town.hope(next(iter(_citizens(town))), "citizen", "Senere", "wishes")
        relayed(town)
        assert kafka.until(zombie.step) == 1, "it goes on behind the other"
    assert len(checking.rows(town.database.conninfo, "timeline")) == len(before) + 1


def _polled(runner: Runner, source: object) -> object:
    """A batch in a worker's hands."""
    if not runner._following:
        runner.assign()
    batch = source.poll(4_000, 0.5)  # type: ignore[attr-defined]
    return batch if batch.records else None


def _citizens(town: Town) -> set[UUID]:
    return {
        row[0]
        for row in checking.ask(
            town.database.conninfo, "SELECT citizen_id FROM events WHERE citizen_id IS NOT NULL"
        )
    }


# From one log to the other.


def test_moving_between_the_embedded_log_and_kafka_loses_and_doubles_nothing(
    town: Town, cluster: Cluster
) -> None:
    """A hub with data goes to Kafka and back, twice, with writes between: its read models are as if it never had."""
    chance = random.Random(5)
    citizens = sorted(_citizens(town))
    for _ in range(2):
        kafka.off_kafka(town)
        for _ in range(10):
            with contextlib.suppress(Refused):
                something(town, chance, chance.choice(citizens))
        for view in VIEWS:
            town.run(view)
        for _ in range(5):
            with contextlib.suppress(Refused):
                something(town, chance, chance.choice(citizens))
        on_kafka(town, cluster)
        kafka.around(town, *VIEWS)
        for _ in range(10):
            with contextlib.suppress(Refused):
                something(town, chance, chance.choice(citizens))
        kafka.around(town, *VIEWS)
    kafka.off_kafka(town)
    for view in VIEWS:
        town.run(view)

    assert [] == wrong(town)
    assert [] == kafka.wrong_with_events(town.database.conninfo, cluster)
    assert [] == kafka.wrong_with_topic(town.database.conninfo, cluster, town.partner("jobcentre"))
    planted(town)


def test_a_running_worker_goes_on_when_the_log_is_made_anew(town: Town, cluster: Cluster) -> None:
    """A worker that runs while the log is deleted, made again and filled misses nothing of it."""
    citizen = next(iter(_citizens(town)))
    for _ in range(
        12
    ):  # many small transactions: what lies at an offset is another thing in the topic made anew
        town.hope(citizen, "citizen", "Et håb", "wishes")
        relayed(town)
    with town.wired.source(group="timeline") as source:
        runner = Runner(town.database, source, town.wired.view("timeline"), town.wired.store.sealer)
        schema = checking.live(town.database.conninfo, "timeline")
        newest = f"SELECT max(position) FROM {schema}.timeline"

        def arrived() -> bool:
            with contextlib.suppress(Conflict):  # while what it knows of the topic is of the one before
                runner.step(0.2)
            return bool(checking.ask(town.database.conninfo, newest)[0][0] == town.hub.log.head()[0])

        kafka.until(arrived, 30)
        kafka.delete_topic(cluster, cluster.events)
        on_kafka(town, cluster)
        for _ in range(60):
            town.hope(citizen, "citizen", "Imens", "wishes")
        with town.wired.relay(refill=True) as relay:
            relay.catch_up()

        kafka.until(arrived, 30)
        town.hope(citizen, "citizen", "Bagefter", "wishes")
        relayed(town)
        kafka.until(arrived, 30)

    anew = kafka.built_anew(town, "timeline")
    assert [] == checking.differences(town.database.conninfo, "timeline", schema, anew)
