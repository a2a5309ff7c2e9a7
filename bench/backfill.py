"""An organisation with 10,000 citizens changes: how long until all of them are decided, and how long others wait.

The partner view's consumer is a process of its own. While it sweeps, hopes are told of citizens whom the organisation
has nothing to do with; raw SQL says when each could be seen by its own partner.
"""

import multiprocessing
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from bench.data import HUB_ITSELF, Place, Town, found, populate
from bench.measure import Latency, Section
from hub.aggregates import Actor, Text
from hub.application.commands import (
    adopt_ceiling,
    enrol,
    give_consent,
    resume_partner,
    suspend_partner,
    tell_hope,
)
from hub.bootstrap import Wired, wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.consumers.runner import SLICE, Runner
from hub.postgres import Database
from hub.projections.partner_view import EVENTS
from hub.vault import read_root_key
from hub.vocabulary import Role, Sector

CITIZENS: Final = 10_000
ORDINARY: Final = 4
OTHERS: Final = 20
RATE: Final = 20
"""Hopes a second, beside the sweep."""
ALONE: Final = 10.0
"""Seconds of hopes with nothing to sweep."""
PATIENCE: Final = 600.0
WITHIN: Final = 1.0
SWEPT: Final = Sector.JOBCENTRE
SEEN: Final = Sector.SOCIAL_PSYCHIATRY
CITIZEN: Final = Actor(Role.CITIZEN)
WORDS: Final = Text.of("Jeg vil have en hund og et arbejde med dyr.", "wishes")
ROWS: Final = (
    "SELECT count(*), count(DISTINCT citizen_id) FROM partner_view_1.partner_view WHERE partner_id = %s"
)
LEFT: Final = """
SELECT min(position) >= %s AND NOT EXISTS (SELECT FROM sweeps WHERE schema_name = 'partner_view_1')
FROM checkpoints WHERE schema_name = 'partner_view_1'
"""
DECIDED: Final = """
SELECT item, extract(epoch FROM min(made_at))::float8 FROM partner_log
WHERE partner_id = %s AND item = ANY(%s) AND operation = 'upsert' GROUP BY item
"""


def consume(address: dict[str, str], key: Path) -> None:
    """Keep the partner view in step, as its process does, until ended."""
    with Database(" ".join(f"{name}='{value}'" for name, value in address.items()), size=3) as database:
        settings = Settings(home=key.parent, root_key_file=key)
        wired = wire(database, settings, SystemClock(), read_root_key(key))
        with wired.source() as source:
            Runner(database, source, wired.view("partner_view"), wired.store.sealer).run(lambda: False)


class Bench:
    """A town with one organisation that everybody is related to, and some who have nothing to do with it."""

    def __init__(self, wired: Wired, town: Town) -> None:
        self._wired = wired
        self._town = town
        self._partner = town.partners[SWEPT]
        self.others = [self._other() for _ in range(OTHERS)]

    def _other(self) -> UUID:
        hub, partner = self._wired.hub, self._town.partners[SEEN]
        citizen = UUID(enrol(hub, self._town.actors[Sector.AUTHORITY], None).ids["citizen"])
        give_consent(
            hub,
            CITIZEN,
            citizen,
            partner,
            categories=frozenset({"wishes"}),
            purposes=frozenset({"coordination"}),
        )
        return citizen

    def rows(self) -> tuple[int, int]:
        """The organisation's rows and citizens."""
        found_rows = self.ask(ROWS, self._partner)[0]
        return int(found_rows[0]), int(found_rows[1])

    def ask(self, query: str, *terms: Any) -> list[tuple[Any, ...]]:
        """Raw SQL."""
        with self._wired.database.connection() as connection:
            return connection.execute(query, terms).fetchall()

    def hopes(self, over: Callable[[], bool]) -> tuple[float, ...]:
        """Tell hopes until it is over; seconds from each command to its partner's row."""
        began: dict[int, float] = {}
        due = time.monotonic()
        while not over():
            due += 1 / RATE
            start = time.time()
            position = tell_hope(self._wired.hub, CITIZEN, self.others[len(began) % OTHERS], WORDS).position
            began[position] = start
            time.sleep(max(0.0, due - time.monotonic()))
        until = time.monotonic() + PATIENCE
        while len(seen := dict(self.ask(DECIDED, self._town.partners[SEEN], list(began)))) < len(began):
            assert time.monotonic() < until, "some were never seen"
            time.sleep(0.1)
        return tuple(seen[position] - start for position, start in began.items())

    def swept(self, change: Callable[[], int]) -> tuple[float, tuple[float, ...]]:
        """Change the organisation; seconds until it has reached everybody, and how long others waited meanwhile."""
        position, start, done = change(), time.monotonic(), threading.Event()
        took: list[float] = []

        def watch() -> None:
            while not self.ask(LEFT, position)[0][0]:
                if time.monotonic() - start > PATIENCE:
                    break
                time.sleep(0.05)
            took.append(time.monotonic() - start)
            done.set()

        watching = threading.Thread(target=watch)
        watching.start()
        waited = self.hopes(done.is_set)
        watching.join()
        return took[0], waited

    def changes(self) -> dict[str, Callable[[], int]]:
        """What happens to the organisation, in order."""
        hub, partner = self._wired.hub, self._partner
        return {
            "suspended": lambda: suspend_partner(hub, HUB_ITSELF, partner, "a pause").position,
            "resumed": lambda: resume_partner(hub, HUB_ITSELF, partner).position,
            "ceiling lowered": lambda: (
                adopt_ceiling(hub, HUB_ITSELF, partner, frozenset({"wishes"})).position
            ),
        }


@contextmanager
def consumer(where: Place, wired: Wired) -> Iterator[int]:
    """The consumer, as a process of its own; its pid."""
    address = {key: str(value) for key, value in wired.database.parameters.items()}
    process = multiprocessing.get_context("spawn").Process(
        target=consume, args=(address, where.key), daemon=True
    )
    process.start()
    try:
        assert process.pid is not None
        yield process.pid
    finally:
        process.kill()
        process.join()


def resident(pid: int) -> float:
    """The most memory that a process has held since it was last asked, in MB; the mark is set back."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def run(where: Place, *, quick: bool = False) -> Section:
    """Populate, and let the organisation change three times."""
    citizens = 500 if quick else CITIZENS
    section = Section("A change of an organisation with many citizens")
    with where.hub("backfill") as wired:
        start = time.monotonic()
        town = populate(wired, found(wired), citizens, ORDINARY)
        loaded = time.monotonic()
        with wired.source() as source:
            Runner(wired.database, source, wired.view("partner_view"), wired.store.sealer).catch_up()
        bench = Bench(wired, town)
        section.notes.append(
            f"{citizens:,} citizens related to one organisation, {town.events:,} events (loaded in"
            f" {loaded - start:.0f} s, decided in {time.monotonic() - loaded:.0f} s); slices of {SLICE} citizens or"
            f" {EVENTS:,} events. Beside it {RATE} hopes a second of {OTHERS} others."
        )
        with consumer(where, wired) as pid:
            begun = iter([False, True])
            bench.hopes(lambda: next(begun))  # one hope: the consumer is there when it was seen
            end = time.monotonic() + (3 if quick else ALONE)
            alone = bench.hopes(lambda: time.monotonic() > end)
            section.latencies.append(Latency("others: command to row, nothing swept", alone, WITHIN))
            before = resident(pid)
            for what, change in bench.changes().items():
                rows = bench.rows()
                took, waited = bench.swept(change)
                after = bench.rows()
                section.latencies.append(Latency(f"others: command to row, while {what}", waited, WITHIN))
                section.notes.append(
                    f"{what}: {took:.1f} s until every citizen was decided ({rows[0]:,} rows of {rows[1]:,} citizens"
                    f" before, {after[0]:,} of {after[1]:,} after); the consumer held at most"
                    f" {resident(pid):.0f} MB ({before:.0f} MB before)."
                )
    section.notes.append(
        f"The measurement itself held {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB."
    )
    return section
