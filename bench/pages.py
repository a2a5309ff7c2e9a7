"""How long the pages take: the overview, and the first page of a long timeline, against a page that reads nobody.

`python -m bench.pages` runs it alone. Requests come at a fixed pace from a process of their own, whether or not the
ones before are answered. Meanwhile events are recorded and the read models follow. The time is the server's: from the
request's arrival to the answer's last byte. Every page is decided and logged, as ever.
"""

import argparse
import multiprocessing
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import uvicorn

from bench.data import Life, Place, Town, found, place, populate
from bench.measure import Latency, Section
from hub.aggregates import Actor, Text
from hub.application.commands import tell_hope
from hub.bootstrap import Wired, wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.postgres import Database
from hub.vault import read_root_key
from hub.vocabulary import Role, Sector
from hub.web.app import application
from hub.web.gates import COOKIE
from hub.web.serving import unburdened
from hub.web.sessions import Sessions

CITIZENS: Final = 100_000
EACH: Final = 50
"""How many citizens a coordinator has."""
ORDINARY: Final = 6
LONG: Final = 1_000
RATE: Final = 20
"""Requests a second."""
AIM: Final = 100.0
"""Milliseconds that 95 of 100 take at most."""
WRITES: Final = 4
"""Events recorded a second meanwhile."""
VIEWS: Final = ("timeline", "overview", "due")
WORDS: Final = Text.of("Jeg vil have en hund.", "wishes")


class Job(NamedTuple):
    """A page that somebody asks for."""

    path: str
    session: str | None


class Stood(NamedTuple):
    """What stands before the measurement."""

    town: Town
    people: list[UUID]
    long: UUID
    by: UUID
    """Whose citizen the one with the long timeline is."""


class Timed:
    """The application, with a note of how long each answer took."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.seconds: list[tuple[int, float]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        start, status = time.perf_counter(), 0

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            await send(message)
            status = message.get("status", status)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.seconds.append((status, time.perf_counter() - start))

        await self._app(scope, receive, noted)


def _stand(wired: Wired, citizens: int) -> Stood:
    """Coordinators with their citizens, and one citizen with a long story."""
    town = found(wired)
    partner = town.partners[Sector.SOCIAL_PSYCHIATRY]
    people = [UUID(int=10_000 + number) for number in range(max(1, citizens // EACH))]
    for number, person in enumerate(people):
        wired.vault.register_person(
            person, f"tovholder-{number}", partner, "tovholder", f"Tovholder {number}"
        )
    lived = iter(range(10**9))

    class Helped(Life):
        """A life with a coordinator of its own."""

        def __init__(self, town: Town, dice: Random, citizen: UUID, begin: datetime, days: int) -> None:
            person = people[next(lived) // EACH % len(people)]
            actor = Actor(Role.PARTNER, partner, None, person, "tovholder", Sector.SOCIAL_PSYCHIATRY)
            own = replace(town, actors={**town.actors, Sector.SOCIAL_PSYCHIATRY: actor})
            super().__init__(own, dice, citizen, begin, days)

    populate(wired, town, citizens - 1, ORDINARY, kind=Helped)
    last = len(town.citizens)
    populate(wired, town, 1, LONG, seed=7, kind=Helped)
    return Stood(town, people, town.citizens[last], people[last // EACH % len(people)])


def _follow(address: str, key: Path, citizens: list[UUID], who: tuple[UUID, UUID], pipe: Any) -> None:
    """The read models, and somebody who records, in a process of their own; until told to stop."""
    with Database(address, size=6) as database:
        settings = Settings(home=key.parent, root_key_file=key)
        wired = wire(database, settings, SystemClock(), read_root_key(key))
        stop = threading.Event()
        threads = [threading.Thread(target=_consume, args=(wired, view, stop)) for view in VIEWS]
        for thread in threads:
            thread.start()
        person, partner = who
        dice, actor = Random(3), Actor(Role.PARTNER, partner, None, person, "worker", Sector.AUTHORITY)
        pipe.send("ready")
        while not pipe.poll(1 / WRITES):
            tell_hope(wired.hub, actor, dice.choice(citizens), WORDS)
        stop.set()
        for thread in threads:
            thread.join()


def _consume(wired: Wired, view: str, stop: threading.Event) -> None:
    with wired.source() as source:
        Runner(wired.database, source, wired.view(view), wired.store.sealer).run(stop.is_set, patience=0.5)


def _ask(port: int, jobs: list[Job], pipe: Any) -> None:
    """Ask at the pace, in a process of its own; how many were answered as wanted."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:

        def one(job: Job) -> int:
            cookies = {} if job.session is None else {"cookie": f"{COOKIE}={job.session}"}
            return client.get(job.path, headers=cookies).status_code

        start = time.perf_counter() + 0.2
        with ThreadPoolExecutor(32) as pool:
            waiting = []
            for number, job in enumerate(jobs):
                time.sleep(max(0.0, start + number / RATE - time.perf_counter()))
                waiting.append(pool.submit(one, job))
            pipe.send([each.result() for each in waiting])


@contextmanager
def _serving(app: Any) -> Iterator[int]:
    """The pages on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    unburdened()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def _life(wired: Wired, key: Path, stood: Stood) -> Iterator[None]:
    """Consumers and a writer beside it."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    actor = stood.town.actors[Sector.AUTHORITY]
    who = (actor.person, actor.partner)
    terms = (wired.database.conninfo, key, stood.town.citizens[:2_000], who, there)
    process = spawn.Process(target=_follow, args=terms)
    process.start()
    here.recv()
    try:
        yield
    finally:
        here.send("stop")
        process.join(30)


def _measured(app: Timed, port: int, jobs: list[Job], wanted: set[int]) -> list[float]:
    """Seconds of each, at the pace; every one answered as it should be."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    app.seconds.clear()
    process = spawn.Process(target=_ask, args=(port, jobs, there))
    process.start()
    statuses = here.recv()
    process.join(30)
    assert set(statuses) <= wanted, set(statuses)
    assert len(app.seconds) == len(jobs)
    return [seconds for _, seconds in app.seconds]


def run(where: Place, *, quick: bool = False, citizens: int | None = None) -> Section:
    """Measure."""
    number, each = citizens or (1_000 if quick else CITIZENS), (8 if quick else 60) * RATE
    section = Section("Pages")
    with where.hub("bench_pages") as wired:
        stood = _stand(wired, number)
        for view in VIEWS:
            with wired.source() as source:
                Runner(wired.database, source, wired.view(view), wired.store.sealer).catch_up()
        wired.database.run("ANALYZE")
        app = Timed(application(wired, loopback=True))
        dice, sessions = Random(5), Sessions(wired.database, wired.hub.clock)
        begun = [sessions.begin("staff", person=who).token for who in dice.choices(stood.people, k=40)]
        own = sessions.begin("staff", person=stood.by).token
        partner = stood.town.partners[Sector.SOCIAL_PSYCHIATRY]
        ref = wired.vault.references(partner, [stood.long])[stood.long]
        pages = {
            "a bare request (/login)": ([Job("/login", None)], {200, 303, 503}),
            f"the overview of a coordinator with {EACH} citizens": ([Job("/", one) for one in begun], {200}),
            f"the first page of a timeline of {LONG:,} events": ([Job(f"/borger/{ref}", own)], {200}),
        }
        with _serving(app) as port, _life(wired, where.key, stood):
            found_times = {}
            for what, (jobs, wanted) in pages.items():
                _measured(app, port, [jobs[at % len(jobs)] for at in range(2 * RATE)], wanted)
                turns = [jobs[at % len(jobs)] for at in range(each)]
                found_times[what] = _measured(app, port, turns, wanted)
        logged = _logged(wired)
    bare = found_times["a bare request (/login)"]
    for what, seconds in found_times.items():
        latency = Latency(what, tuple(seconds))
        section.latencies.append(latency)
        p95 = latency.percentile(0.95)
        verdict = "hit" if p95 <= AIM else "MISS"
        ratio = p95 / Latency("", tuple(bare)).percentile(0.95)
        section.notes.append(
            f"{what}: p95 {p95:.1f} ms (aim {AIM:.0f} ms: {verdict}), median "
            f"{statistics.median(seconds) * 1000:.1f} ms, {ratio:.1f} times a bare request at its p95."
        )
    people, events = len(stood.people), stood.town.events
    section.notes += [
        f"{number:,} citizens, {events:,} events, {people:,} coordinators; {RATE} requests a second, {each} a page.",
        f"Meanwhile {WRITES} events a second were recorded, and three read models followed in another process.",
        f"Server time, in one process; decided and logged each time: {logged:,} entries in the access log.",
    ]
    assert logged, "nothing was logged, so something else was measured"
    return section


def _logged(wired: Wired) -> int:
    with wired.database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM access_log").fetchone()
    return 0 if row is None else int(row[0])


def main() -> None:
    """Run it alone, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 citizens and a few seconds")
    parser.add_argument("--citizens", type=int, help=f"how many citizens (otherwise {CITIZENS:,})")
    asked = parser.parse_args()
    cache = Path(__file__).resolve().parents[1] / ".cache"
    cache.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=cache))
    try:
        with place(folder) as where:
            for note in run(where, quick=asked.quick, citizens=asked.citizens).notes:
                print(note)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
