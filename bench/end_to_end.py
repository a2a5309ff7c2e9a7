"""From a command to its record on a partner's topic, and from a withdrawal to its last trace, while commands go on.

The relay and the discloser are processes of their own, started as `hub up` starts them. A raw consumer, also a process
of its own, says when a record could be read; raw SQL says when a row was gone.
"""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from bench.data import PARTNERS, Place, Town, found
from bench.measure import Latency, Section
from bench.relay import TOPICS
from bench.rivals.tail import Seen, tail
from hub.aggregates import Actor, Text
from hub.aggregates.base import event_id
from hub.application.access import Reader
from hub.application.commands import assign, enrol, give_consent, tell_hope, withdraw_consent
from hub.bootstrap import Wired
from hub.errors import AccessDenied
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.vocabulary import Role, Sector

RATE: Final = 100
"""Commands a second."""
WRITERS: Final = 4
WITHDRAWALS: Final = 10
"""Withdrawals a second, beside them."""
COMMAND: Final = 0.25
WITHDRAWN: Final = 1.0
LOOK: Final = 0.005
"""Seconds between two looks for rows that are gone."""
PATIENCE: Final = 60.0
CITIZEN: Final = Actor(Role.CITIZEN)
WORDS: Final = Text.of("Jeg vil have en hund og et arbejde med dyr.", "wishes")
ROWS: Final = """
SELECT citizen_id FROM partner_view_1.partner_view WHERE partner_id = %s AND position = ANY(%s)
"""
EVENTS: Final = "SELECT position, originator_id, originator_version FROM events WHERE position = ANY(%s)"
PUBLISHED: Final = "SELECT count(*) FROM partner_published WHERE disclosure_id = ANY(%s)"
BATCHES: Final = """
SELECT upto, extract(epoch FROM at)::float8 FROM relay_batches WHERE source = 'events' ORDER BY upto
"""
DECIDED: Final = """
SELECT item, extract(epoch FROM min(made_at))::float8 FROM partner_log
WHERE partner_id = %s AND item = ANY(%s) AND operation = 'upsert' GROUP BY item
"""


class Given(NamedTuple):
    """A command: when it was given, when it was answered, and where it stands in the log."""

    began: float
    answered: float
    position: int


class Taken(NamedTuple):
    """A withdrawal: when it was given, answered, and refused on reading."""

    citizen: UUID
    began: float
    answered: float
    refused: float


class Bench:
    """A hub at work: its processes run, and everybody is in step."""

    def __init__(self, place: Place, wired: Wired, cluster: Cluster, size: tuple[int, int]) -> None:
        self._wired = wired
        self._town: Town = found(wired)
        self._partner = self._town.partners[Sector.JOBCENTRE]
        self._topic = cluster.partner(self._partner)
        self._options = cluster.options()
        number = list(PARTNERS).index(Sector.JOBCENTRE) + 1
        self._reader = Reader.of(wired.vault.person(f"person-{number}"))
        with Admin(cluster) as admin:
            admin.apply(partitions=wired.partitions, partners=[self._partner])
        with wired.database.connection() as connection:
            connection.execute(TOPICS, ([self._partner],))
            live = connection.execute(
                "SELECT schema_name FROM generations WHERE view = 'partner_view' AND live"
            )
            assert live.fetchall() == [("partner_view_1",)]
        writing, leaving = size
        self.writing = [self._citizen()[0] for _ in range(writing)]
        self.leaving = dict(self._citizen() for _ in range(leaving))
        self._environment = _environment(place, cluster, "bench_end_to_end")

    def _citizen(self) -> tuple[UUID, list[int]]:
        """A citizen of whom the partner sees two hopes, by a consent alone; and where these stand."""
        hub, by, job = (
            self._wired.hub,
            self._town.actors[Sector.AUTHORITY],
            self._town.actors[Sector.JOBCENTRE],
        )
        assert by.partner is not None
        citizen = UUID(enrol(hub, by, None).ids["citizen"])
        assign(hub, by, citizen, "relation", by.partner, by.person, "casework")
        assign(hub, by, citizen, "relation", self._partner, job.person, "employment")
        give_consent(
            hub,
            CITIZEN,
            citizen,
            self._partner,
            categories=frozenset({"wishes"}),
            purposes=frozenset({"employment"}),
        )
        return citizen, [tell_hope(hub, CITIZEN, citizen, WORDS).position for _ in range(2)]

    # The processes.

    @contextmanager
    def running(self) -> Iterator[Callable[[], list[Seen]]]:
        """Relay, discloser and raw consumer run; call what is yielded for what the last has seen."""
        spawn = multiprocessing.get_context("spawn")
        with ExitStack() as stack:
            for verbs in (("relay",), ("consume", "partner_view")):
                command = [sys.executable, "-m", "hub", *verbs, "--until-stdin-closes"]
                child = subprocess.Popen(command, stdin=subprocess.PIPE, env=self._environment)
                stack.callback(_end, child)
            ours, theirs = spawn.Pipe()
            consumer = spawn.Process(target=tail, args=(self._options, [self._topic], theirs), daemon=True)
            consumer.start()
            assert ours.poll(PATIENCE)
            assert ours.recv() == "ready"

            def seen() -> list[Seen]:
                ours.send("stop")
                assert ours.poll(PATIENCE)
                records: list[Seen] = ours.recv()
                consumer.join(PATIENCE)
                return records

            yield seen

    def published(self, positions: list[int]) -> None:
        """Wait until all of these are on the topic."""
        ids, until = list(self.disclosures(positions).values()), time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self._wired.database.connection() as connection:
                if connection.execute(PUBLISHED, (ids,)).fetchone() == (len(ids),):
                    return
            time.sleep(0.05)
        raise AssertionError("the relay and the discloser are not in step in time")

    def disclosures(self, positions: list[int]) -> dict[int, UUID]:
        """What the partner's topic calls the events at these positions."""
        with self._wired.database.connection() as connection:
            rows = connection.execute(EVENTS, (positions,)).fetchall()
        named = self._wired.vault.disclosure_id
        return {row[0]: named(self._partner, event_id(row[1], row[2])) for row in rows}

    # The load.

    def write(self, seconds: float, beside: Callable[[], None] | None = None) -> list[Given]:
        """Let hopes be told at an even pace, and do something beside it; what was answered."""
        given: list[Given] = []
        begin = time.time() + 0.2

        def writer(number: int) -> None:
            for turn in range(number, int(seconds * RATE), WRITERS):
                time.sleep(max(0.0, begin + turn / RATE - time.time()))
                citizen = self.writing[turn % len(self.writing)]
                began = time.time()
                position = tell_hope(self._wired.hub, CITIZEN, citizen, WORDS).position
                given.append(Given(began, time.time(), position))

        threads = [threading.Thread(target=writer, args=(number,)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        if beside is not None:
            beside()
        for thread in threads:
            thread.join()
        assert len(given) == int(seconds * RATE), "a writer has failed"
        return sorted(given, key=lambda one: one.position)

    def withdraw(self) -> tuple[list[Taken], dict[UUID, float]]:
        """Every consent of those who leave is taken back, at an even pace: when it was, and when the rows were gone."""
        taken: list[Taken] = []
        gone: dict[UUID, float] = {}
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(gone, ended))
        watcher.start()
        begin = time.time() + 0.5
        for turn, (citizen, hopes) in enumerate(self.leaving.items()):
            assert self._shown(citizen) >= set(hopes), "the partner does not see what is to be withdrawn"
            time.sleep(max(0.0, begin + turn / WITHDRAWALS - time.time()))
            began = time.time()
            withdraw_consent(self._wired.hub, CITIZEN, citizen, partner=self._partner)
            answered = time.time()
            while self._shown(citizen) & set(hopes):
                pass
            taken.append(Taken(citizen, began, answered, time.time()))
        until = time.monotonic() + PATIENCE
        while len(gone) < len(self.leaving) and time.monotonic() < until:
            time.sleep(0.05)
        ended.set()
        watcher.join()
        return taken, gone

    def _shown(self, citizen: UUID) -> set[int]:
        """Where the events stand that the partner is shown of a citizen."""
        try:
            shown = self._wired.access.view(self._reader, self._partner, citizen, "employment")
        except AccessDenied:
            return set()
        return {entry.position for entry in shown}

    def _watch(self, gone: dict[UUID, float], ended: threading.Event) -> None:
        """Look by SQL which rows are gone; all of them are there at first."""
        left = dict(self.leaving)
        with self._wired.database.dedicated() as connection:
            while left and not ended.is_set():
                positions = [position for hopes in left.values() for position in hopes]
                rows = connection.execute(ROWS, (self._partner, positions)).fetchall()
                now, there = time.time(), {row[0] for row in rows}
                for citizen in left.keys() - there:
                    gone[citizen] = now
                    del left[citizen]
                time.sleep(LOOK)

    # What it says.

    def commands(self, what: str, given: list[Given], seen: list[Seen]) -> Latency:
        """From a command to its record."""
        at = _first(seen, tombstones=False)
        names = self.disclosures([one.position for one in given])
        took = tuple(at[str(names[one.position])] - one.began for one in given)
        return Latency(what, took, COMMAND)

    def stages(self, given: list[Given], seen: list[Seen]) -> list[Latency]:
        """Where the time between a command and its record goes."""
        positions = [one.position for one in given]
        with self._wired.database.connection() as connection:
            batches = connection.execute(BATCHES).fetchall()
            decided = dict(connection.execute(DECIDED, (self._partner, positions)).fetchall())
        names, at = self.disclosures(positions), _first(seen, tombstones=False)
        ends = [row[0] for row in batches]
        parts: dict[str, list[float]] = {}
        for one in given:
            relayed = batches[bisect_left(ends, one.position)][1]
            moments = (
                ("of which: the command itself", one.answered),
                ("… until its event is on Kafka (the relay)", relayed),
                ("… until it is decided (the discloser)", decided[one.position]),
                (
                    "… until its record can be read (commit, the relay, the raw consumer)",
                    at[str(names[one.position])],
                ),
            )
            before = one.began
            for name, moment in moments:
                parts.setdefault(name, []).append(max(0.0, moment - before))
                before = max(before, moment)
        return [Latency(name, tuple(took)) for name, took in parts.items()]

    def withdrawals(self, taken: list[Taken], gone: dict[UUID, float], seen: list[Seen]) -> list[Latency]:
        """From a withdrawal to each of its traces."""
        names = self.disclosures([position for hopes in self.leaving.values() for position in hopes])
        removed = _first(seen, tombstones=True)
        schemas = self._wired.store.sealer.schemas
        notices: dict[str, float] = {}
        for record in seen:
            if record.key.startswith(b"notice/") and record.value is not None:
                _, body = schemas.unwire(record.value)
                for name in body["records"]:
                    notices.setdefault(name, record.at)
        traces: dict[str, list[float]] = {}
        for one in taken:
            ids = [str(names[position]) for position in self.leaving[one.citizen]]
            for trace, moment in (
                ("withdrawal → answered", one.answered),
                ("withdrawal → refused on reading", one.refused),
                ("withdrawal → row gone", gone[one.citizen]),
                ("withdrawal → tombstones on the topic", max(removed[name] for name in ids)),
                ("withdrawal → notice on the topic", max(notices[name] for name in ids)),
            ):
                traces.setdefault(trace, []).append(moment - one.began)
        return [
            Latency(trace, tuple(took), None if trace.endswith("answered") else WITHDRAWN)
            for trace, took in traces.items()
        ]


def _first(seen: list[Seen], *, tombstones: bool) -> dict[str, float]:
    """When a record of each key could first be read."""
    first: dict[str, float] = {}
    for record in seen:
        if (record.value is None) == tombstones:
            first.setdefault(record.key.decode(), record.at)
    return first


def _environment(place: Place, cluster: Cluster, database: str) -> dict[str, str]:
    """The settings of the hub's own processes."""
    password = Path(place.key.parent / "kafka-password")
    password.write_text(cluster.password or "", encoding="utf-8")
    password.chmod(0o600)
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {
        **others,
        "HUB_HOME": str(place.key.parent),
        "HUB_ROOT_KEY_FILE": str(place.key),
        "HUB_DATABASE_URL": place.server.conninfo(database),
        "HUB_KAFKA_BOOTSTRAP": cluster.bootstrap,
        "HUB_KAFKA_USER": cluster.user or "",
        "HUB_KAFKA_PASSWORD_FILE": str(password),
        "HUB_KAFKA_PREFIX": cluster.prefix,
    }


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def run(place: Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Command to partner, and withdrawal, under load")
    seconds, size = (5, (20, 30)) if quick else (30, (100, 300))
    cluster = place.cluster("end-to-end")
    with place.hub("bench_end_to_end") as bare:
        wired = replace(bare, cluster=lambda: cluster)
        bench = Bench(place, wired, cluster, size)
        results: list[Any] = []
        with bench.running() as seen:
            bench.published([position for hopes in bench.leaving.values() for position in hopes])
            bench.published([one.position for one in bench.write(2)])
            alone = bench.write(seconds)
            bench.published([one.position for one in alone])
            beside = bench.write(size[1] / WITHDRAWALS + 1, lambda: results.append(bench.withdraw()))
            bench.published([one.position for one in beside])
            time.sleep(1)
            records = seen()
        taken, gone = results[0]
        section.latencies += [bench.commands("command → record on the partner's topic", alone, records)]
        section.latencies += bench.stages(alone, records)
        section.latencies += [bench.commands("the same, while consents are withdrawn", beside, records)]
        section.latencies += bench.withdrawals(taken, gone, records)
        pace = len(alone) / (max(one.began for one in alone) - min(one.began for one in alone))
    section.notes += [
        (
            f"{pace:.0f} commands a second by {WRITERS} writers (a hope is told, which the partner sees by a consent), "
            f"then as many and {WITHDRAWALS} withdrawals a second, each of two rows. Every figure begins when the "
            "command is given, not when it is answered."
        ),
        (
            "`hub relay` and `hub consume partner_view` are processes of their own, as `hub up` starts them. A raw "
            "consumer (a process of its own, read_committed) says when a record could be read; SQL, every "
            f"{LOOK * 1000:.0f} ms, when rows were gone; a person of the partner reads until nothing is shown."
        ),
        "Before each withdrawal the partner is shown to see the rows: what is not there cannot go.",
    ]
    return section
