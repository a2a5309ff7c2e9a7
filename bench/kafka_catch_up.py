"""How fast consumers catch up from Kafka, in one process and in two, against bare loops that write the same."""

import multiprocessing
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kafka import KafkaConsumer

from bench import catch_up, data
from bench.catch_up import ALL, EMPTY, LIBRARY, LIBRARY_VIEWS, LOOP, UNIT
from bench.measure import PAIRS, Aim, Comparison, Section, Step, timed, unburdened
from bench.rivals import kafka_loop
from hub.bootstrap import VIEWS, Wired, wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.consumers.kafka_source import KafkaSource
from hub.consumers.runner import BATCH, Runner
from hub.consumers.source import Place, StoreSource
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.reader import Reader
from hub.postgres import Database
from hub.vault import read_root_key

LIBRARY_TWO: Final = Aim(30)
_TOGETHER: Final = 60.0
"""Seconds within which two workers have parted the partitions."""
_SETTLED: Final = 3.0
"""Seconds for which they are to stay parted before it counts."""


def steps() -> tuple[Step, ...]:
    """What is watched: where the records come from, then what every consumer does."""
    return (
        Step("poll (KafkaConsumer.poll)", KafkaConsumer, "poll"),
        Step("poll: what is left of Reader.poll", Reader, "poll"),
        Step("as a consumer gets it: headers, position, time (KafkaSource._read)", KafkaSource, "_read"),
        Step("how far the topic is read (Reader.positions)", Reader, "positions"),
        Step("seek (KafkaSource._seek)", KafkaSource, "_seek"),
        Step("what is left of KafkaSource.poll", KafkaSource, "poll"),
        *(step for step in catch_up.steps() if step.owner is not StoreSource),
    )


class Bench(catch_up.Bench):
    """The same log and the same rows; the records come from Kafka."""

    def __init__(self, wired: Wired, sample: int, conninfo: str) -> None:
        cluster = wired.cluster()
        assert cluster is not None
        self._topic, self._options = cluster.events, cluster.options()
        with wired.database.connection() as connection:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE citizen_id IS NULL) FROM events"
            )
            everything, of_partners = row.fetchone()  # type: ignore[misc]
        self.on_topic = everything + of_partners * (wired.partitions - 1)
        self._conninfo = conninfo
        super().__init__(wired, sample)

    def steps(self) -> tuple[Step, ...]:
        """What a profile watches."""
        return steps()

    def loop(self, *names: str) -> float:
        """Seconds of one bare loop that opens each record once and writes what these read models hold."""
        batches = self._batches(names)
        with (
            self._wired.database.dedicated() as connection,
            kafka_loop.consumer(self._options, self._topic) as source,
        ):
            connection.execute(EMPTY)
            return timed(
                lambda: kafka_loop.catch_up(
                    source,
                    connection,
                    self._opener,
                    batches,
                    size=BATCH,
                    records=self.on_topic,
                    timeline="timeline" in names,
                )
            )

    @contextmanager
    def workers(self) -> Iterator[list[Any]]:
        """Two processes, each with a hub of its own; what to say to them."""
        spawn = multiprocessing.get_context("spawn")
        settings, cluster = self._wired.settings, self._wired.cluster()
        with ExitStack() as stack:
            pipes = []
            for _ in range(2):
                ours, theirs = spawn.Pipe()
                terms = (self._conninfo, settings.home, settings.root_key_file, cluster, theirs)
                process = spawn.Process(target=follow, args=terms, daemon=True)
                process.start()
                stack.callback(process.join, 20)
                stack.callback(ours.send, None)
                pipes.append(ours)
            for ours in pipes:
                assert _answer(ours) == "ready"
            yield pipes

    def two(self, name: str, workers: list[Any]) -> float:
        """Seconds in which two processes of one group catch up from the start, their partitions parted before."""
        with self._generation(name) as schema:
            begin = time.monotonic() + 0.5
            for worker in workers:
                worker.send((name, schema, begin))
            told = [_answer(worker) for worker in workers]
            assert sum(handled for _, handled in told) == self.on_topic
            with self._wired.database.connection() as connection:
                assert self.summed(connection, schema, name)[0] == self._sums[name][0], "two write other rows"
        return float(max(end for end, _ in told) - begin)


def _answer(worker: Any) -> Any:
    assert worker.poll(_TOGETHER), "a worker does not answer"
    return worker.recv()


def follow(conninfo: str, home: Path, key: Path, cluster: Cluster, pipe: Any) -> None:
    """Be one worker: join the group, and catch up at the moment that is told, again and again."""
    with Database(conninfo, size=3) as database:
        settings = Settings(home=home, root_key_file=key)
        wired = wire(database, settings, SystemClock(), read_root_key(key), lambda: cluster)
        with wired.source(group="bench") as source:
            reader: Reader = vars(source)["_reader"]

            def at_the_end(mine: Collection[int]) -> dict[int, Place]:
                ends = reader.ends()
                return {partition: Place(0, reader.stream, ends[partition]) for partition in mine}

            def told() -> Any:
                while not pipe.poll():  # whoever does not poll keeps the other from joining
                    source.poll(1, 0.1)
                return pipe.recv()

            source.follow(at_the_end)
            parted = time.monotonic()
            while time.monotonic() - parted < _SETTLED:
                source.poll(1, 0.1)
                if len(reader.mine) != wired.partitions // 2:
                    parted = time.monotonic()
            pipe.send("ready")
            while (order := told()) is not None:
                name, schema, begin = order
                runner = Runner(database, source, wired.view(name), wired.store.sealer, schema=schema)
                time.sleep(max(0.0, begin - time.monotonic()))
                handled = runner.catch_up()
                pipe.send((time.monotonic(), handled))
                source.follow(at_the_end)


def against() -> Iterator[tuple[str, str, str, str, Aim | None]]:
    """What is compared: the read model, whose time, the rival's time, its name, and the aim."""
    for name in VIEWS:
        yield name, "one", "loop", "bare kafka-python loop", LOOP
    yield ALL, "one", "loop", "five bare kafka-python loops", LOOP
    yield ALL, "one", "once", "one bare loop that opens once", LOOP
    for name in LIBRARY_VIEWS:
        yield name, "one", "library", "ProjectionRunner", LIBRARY
        yield name, "two", "library", "ProjectionRunner", LIBRARY_TWO
    for name in (*VIEWS, ALL):
        yield name, "two", "one", "the hub in one process", None


def run(place: data.Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Catch-up from Kafka, one process and two")
    citizens, ordinary, sample = (120, 18, 60) if quick else (600, 22, 400)
    cluster = place.cluster("catch-up")
    with place.hub("bench_kafka") as bare:
        town = data.populate(bare, data.found(bare), citizens, ordinary)
        wired = replace(bare, cluster=lambda: cluster)
        with Admin(cluster) as admin:
            admin.apply(partitions=wired.partitions)
        with wired.relay() as relay:
            relay.catch_up()
        bench = Bench(wired, sample, place.server.conninfo("bench_kafka"))
        records = bench.records
        figures: dict[tuple[str, str], list[float]] = {}

        def note(kind: str, name: str, seconds: float) -> None:
            figures.setdefault((kind, name), []).append(seconds)

        with bench.workers() as workers, unburdened():
            for number in range(PAIRS):
                for name in VIEWS:
                    note("one", name, bench.hub(name) / records)
                    note("loop", name, bench.loop(name) / records)
                    note("two", name, bench.two(name, workers) / records)
                for kind in ("one", "loop", "two"):
                    note(kind, ALL, sum(figures[kind, name][-1] for name in VIEWS))
                note("once", ALL, bench.loop(*VIEWS) / records)
                for name in LIBRARY_VIEWS:
                    note("library", name, bench.library(name, number) / sample)

        for name, ours, theirs, rival, aim in against():
            pairs = tuple(zip(figures[ours, name], figures[theirs, name], strict=True))
            section.comparisons.append(
                Comparison(
                    f"{name}, two processes" if ours == "two" else name,
                    rival,
                    aim,
                    UNIT,
                    pairs,
                    batch=theirs in {"loop", "once"},
                    passes=len(VIEWS) if (name, theirs) == (ALL, "loop") else 1,
                )
            )
        missed = {comparison.what for comparison in section.comparisons if comparison.verdict == "MISS"}
        wanted = VIEWS if ALL in missed else [name for name in VIEWS if name in missed]
        with unburdened():
            section.profiles += [bench.profile(name) for name in wanted]
    section.notes += [
        (
            f"{records:,} events on {len(town.citizens):,} citizens, {bench.on_topic:,} records in {wired.partitions} "
            f"partitions (an organisation's event lies in each); batches of up to {BATCH:,}; {PAIRS} pairs."
        ),
        (
            "The bare loop polls, opens and decodes the same records and is handed its rows ready made: it decides "
            "nothing, looks nothing up and parks nothing."
        ),
        (
            "Two processes are two workers of one group, three partitions each; joining it is not counted. The time is "
            "from the first one's start to the last one's end. PostgreSQL and Kafka run on the same cores."
        ),
        f"The library's runner is measured on the first {sample} events of the same log, from its own table.",
    ]
    return section
