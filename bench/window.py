"""A window that is granted far back, and an organisation that comes back: how fast all that was is decided anew.

A million events lie on ten thousand citizens. In five portions each citizen grants one organisation a window over
everything; then it is suspended, and resumed. The partner view's consumer is a process of its own, which says what it
took and the most memory that it held. Beside each portion a bare loop reads, opens and COPYs the same rows.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID, uuid4

import hub.aggregates.base
from bench.backfill import resident
from bench.catch_up import LOG_TYPES, LOOP, PUT_LOG, PUT_REFERENCES, PUT_ROWS, ROW_TYPES, UNIT, steps
from bench.data import HUB_ITSELF, LABELS, LOAD, SEED, Life, Place, Town, found, populate
from bench.measure import PAIRS, Comparison, Profile, Section, Stopwatch, timed
from bench.rivals.loop import Write
from bench.rivals.loop import catch_up as bare
from bench.rivals.opening import Opener
from hub.aggregates import Act, Actor, Citizen, Consents, Plan
from hub.aggregates.base import Window
from hub.application.commands import resume_partner, suspend_partner
from hub.application.importing import Bulk, Load
from hub.bootstrap import Wired, wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.consumers.runner import BATCH, Runner
from hub.postgres import Database
from hub.schemas import FOLDER
from hub.vault import read_root_key
from hub.vocabulary import Role, Sector, Source

WATCHED: Final = "watched"
EVENTS: Final = 1_000_000
QUICK: Final = 20_000
EACH: Final = 100
"""Events on a citizen."""
SHORT: Final = 4_000
"""Events of one more portion, of which is watched where the time goes."""
CHUNK: Final = 200
"""Citizens made together: the measurement's own memory."""
SAMPLE: Final = 40_000
"""Events that the bare loop goes through beside a portion, at most: its rows are in memory."""
MOST: Final = 300.0
"""MB that the consumer is to hold at most."""
PATIENCE: Final = 3_600.0
GRANTED: Final = Sector.SOCIAL_PSYCHIATRY
CATEGORIES: Final = frozenset((*LABELS, "contact"))
WINDOW: Final = Window(datetime(2020, 1, 1, tzinfo=UTC), None, include_undated=True)

TABLES: Final = """
CREATE SCHEMA rival;
CREATE TABLE rival.checkpoint (position bigint NOT NULL);
INSERT INTO rival.checkpoint VALUES (0);
CREATE TABLE rival.partner_view (LIKE partner_view_1.partner_view INCLUDING ALL);
CREATE TABLE rival.partner_log (LIKE public.partner_log INCLUDING ALL);
CREATE TABLE rival.vault_references (LIKE public.vault_references INCLUDING ALL)
"""
EMPTY: Final = "TRUNCATE rival.partner_view, rival.partner_log, rival.vault_references"
ROWS: Final = """
SELECT partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes, valid_until, digest, sealed,
    texts, text_events
FROM partner_view_1.partner_view WHERE partner_id = %s AND position > %s AND position <= %s
"""
LINES: Final = """
SELECT partner_id, citizen_id, item, disclosure_id, operation, position FROM partner_log
WHERE partner_id = %s AND item > %s AND item <= %s AND operation = 'upsert'
"""
LAST: Final = "SELECT coalesce(max(id), 0) FROM partner_log"
BACK: Final = """
SELECT count(*) FILTER (WHERE back), count(*), count(*) FILTER (WHERE operation = 'upsert') FROM (
    SELECT item < lag(item) OVER (PARTITION BY citizen_id ORDER BY id {way}) AS back, operation FROM partner_log
    WHERE partner_id = %s AND id > %s
) AS lines
"""
"""Lines of a citizen that go back in the log."""


class Took(NamedTuple):
    """What a stage asked of the consumer."""

    seconds: float
    processor: float
    profile: Profile | None
    memory: float


class Lean(Life):
    """A citizen whom the authority alone knows: everything lies before whoever is granted a window."""

    def live(self, ordinary: int) -> None:
        """Enrolment, a task, a plan; then so many ordinary events."""
        by, soon = self.town.actors[Sector.AUTHORITY], timedelta(minutes=7)
        act = self.act(by, soon)
        citizen = Citizen.enrol(self.id, act)
        assert by.partner is not None
        citizen.start_relation(self.uid(), by.partner, by.person, "casework", act)
        plan = Plan.begin(self.uid(), self.id, "handleplan", act, text=self.words())
        for aggregate in (citizen, plan):
            self.take(aggregate, act)
        self.ordinary(citizen, plan, ordinary, (Sector.AUTHORITY,))


def follow(address: dict[str, str], key: Path, pipe: Any) -> None:
    """Catch the partner view up whenever it is told to, and say what it took."""
    with Database(" ".join(f"{name}='{value}'" for name, value in address.items()), size=3) as database:
        settings = Settings(home=key.parent, root_key_file=key)
        wired = wire(database, settings, SystemClock(), read_root_key(key))
        with wired.source() as source:
            runner = Runner(database, source, wired.view("partner_view"), wired.store.sealer)
            pipe.send("ready")
            while told := pipe.recv():
                before, watch = time.process_time(), Stopwatch()
                with watch.watching(steps() if told == WATCHED else ()):
                    seconds = timed(runner.catch_up)
                processor = time.process_time() - before
                profile = (
                    None if told != WATCHED else watch.profile("a window, for each event", seconds, SHORT)
                )
                pipe.send((seconds, processor, profile))


class Bench:
    """A town, its consumer, and what the bare loop is handed."""

    def __init__(self, wired: Wired, town: Town, pipe: Any, pid: int) -> None:
        self._wired = wired
        self._town = town
        self._pipe = pipe
        self._pid = pid
        self._partner = town.partners[GRANTED]
        wired.database.run(TABLES)
        namespace = vars(hub.aggregates.base)["_EVENTS"]  # the rival makes the ids of events by itself
        self._opener = Opener(FOLDER, {}, namespace)

    def ask(self, query: LiteralString, *terms: Any) -> list[Any]:
        """Raw SQL."""
        with self._wired.database.connection() as connection:
            return connection.execute(query, terms).fetchall()

    def caught_up(self, told: str = "go") -> Took:
        """Let the consumer do what there is."""
        resident(self._pid)  # the mark is set back
        self._pipe.send(told)
        assert self._pipe.poll(PATIENCE), "the consumer does not answer"
        seconds, processor, profile = self._pipe.recv()
        return Took(seconds, processor, profile, resident(self._pid))

    def grant(self, citizens: list[UUID]) -> None:
        """Each of them grants the organisation a window over everything, for as long as it likes."""
        bulk, sealer = Bulk(self._wired.database, self._wired.vault), self._wired.store.sealer
        keys = bulk.keys(citizens)
        for start in range(0, len(citizens), LOAD // 2):
            load = Load()
            for citizen in citizens[start : start + LOAD // 2]:
                now = datetime.now(UTC)
                act = Act(Actor(Role.CITIZEN), now, now, Source.SCREEN, uuid4())
                consents = Consents.begin(citizen, act)
                consents.give(
                    uuid4(),
                    self._partner,
                    act,
                    categories=CATEGORIES,
                    purposes=frozenset({"coordination"}),
                    window=WINDOW,
                )
                load.commands.append((act.command_id, len(load.events)))
                load.events += [
                    sealer.seal_under(keys[citizen], event, citizen) for event in consents.collect_events()
                ]
            bulk.write("", load)

    def rival(self, after: int, upto: int, citizens: list[UUID]) -> float:
        """Seconds an event in which the bare loop reads, opens and writes what the consumer wrote of these."""
        size = min(BATCH, upto - after)
        many = min(upto - after, SAMPLE) // size  # whole batches, and nobody else's events
        upto = after + many * size
        bulk = Bulk(self._wired.database, self._wired.vault)
        keys = bulk.keys(citizens)
        vars(self._opener)["_keys"] = {key.id.bytes: key.cipher for key in keys.values()}
        place, references = (self._partner, after, upto), ([self._partner] * len(citizens), citizens)
        batches = [
            [Write(PUT_ROWS, ROW_TYPES, rows), Write(PUT_LOG, LOG_TYPES, lines)]
            for rows, lines in zip(
                _parted(self.ask(ROWS, *place), after, size, many),
                _parted(self.ask(LINES, *place), after, size, many),
                strict=True,
            )
        ]
        batches[0].append(Write(PUT_REFERENCES, (), references))
        with self._wired.database.dedicated() as connection:
            connection.execute(EMPTY)
            handled = 0

            def loop() -> None:
                nonlocal handled
                handled = bare(connection, self._opener, batches, size=size, timeline=False, after=after)

            return timed(loop) / handled

    def in_order(self, since: int) -> str:
        """Whether the lines since then go on and never back on each citizen; that it would be seen is tried first."""
        caught = self.ask(BACK.format(way="DESC"), self._partner, since)[0][0]
        assert caught, "a log that is read backwards is not seen to go back"
        back, lines, upserts = self.ask(BACK.format(way=""), self._partner, since)[0]
        assert not back, f"{back} lines go back in the log of their citizen"
        return f"{lines:,} lines, {upserts:,} of them rows, in the order of the log on every citizen (control: caught)"


def _parted(rows: list[Any], after: int, size: int, batches: int) -> list[list[Any]]:
    """Rows (or lines) by the batch in which the bare loop comes to them: the third column says where they stand."""
    parts: list[list[Any]] = [[] for _ in range(batches)]
    for row in rows:
        parts[(row[2] - after - 1) // size].append(row)
    return parts


@contextmanager
def consumer(where: Place, wired: Wired) -> Iterator[tuple[Any, int]]:
    """The consumer, as a process of its own: what to say to it, and its pid."""
    address = {key: str(value) for key, value in wired.database.parameters.items()}
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=follow, args=(address, where.key, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(60)
        assert ours.recv() == "ready"
        assert process.pid is not None
        yield ours, process.pid
    finally:
        ours.send(None)
        process.join(20)
        process.kill()


def _town(wired: Wired, events: int) -> tuple[Town, list[tuple[int, int, int, int]]]:
    """So many events, in five portions, and a short one; of each its citizens (from, to), and where it lies."""
    town, portions = found(wired), []
    each = max(1, events // EACH // PAIRS)
    for size in (*[each] * PAIRS, SHORT // EACH):
        begin, first = wired.hub.log.head()[0], len(town.citizens)
        for start in range(0, size, CHUNK):
            seed = SEED + len(town.citizens)
            populate(wired, town, min(CHUNK, size - start), EACH - 3, seed=seed, kind=Lean)
        portions.append((first, len(town.citizens), begin, wired.hub.log.head()[0]))
    return town, portions


def run(where: Place, *, quick: bool = False, events: int | None = None) -> Section:
    """Populate, let every citizen grant a window, portion by portion, and let the organisation go and come back."""
    section = Section("Backfill: a window over everything, and an organisation that comes back")
    with where.hub("window") as wired:
        start = time.perf_counter()
        town, portions = _town(wired, events or (QUICK if quick else EVENTS))
        made = time.perf_counter() - start
        with consumer(where, wired) as (pipe, pid):
            bench = Bench(wired, town, pipe, pid)
            first = bench.caught_up()
            section.notes.append(
                f"{town.events:,} events on {len(town.citizens):,} citizens (made and loaded in {made:.0f} s). The"
                f" partner view from nothing: {said(first, town.events)}."
            )
            since, pairs = bench.ask(LAST)[0][0], []
            short = portions.pop()
            for begin, end, after, upto in portions:
                citizens = town.citizens[begin:end]
                bench.grant(citizens)
                took = bench.caught_up()
                pairs.append((took.seconds / (upto - after), bench.rival(after, upto, citizens)))
                section.notes.append(
                    f"A window for {len(citizens):,} citizens at once: {said(took, upto - after)}."
                )
            section.notes.append(f"Windows: {bench.in_order(since)}.")
            what = "a window over everything: events decided"
            section.comparisons.append(Comparison(what, "bare loop", LOOP, UNIT, tuple(pairs), batch=True))
            bench.grant(town.citizens[short[0] : short[1]])
            watched = bench.caught_up(WATCHED).profile
            if watched is not None and section.comparisons[0].verdict != "hit":
                section.profiles.append(watched)
            for name, change in _changes(wired, town).items():
                since = bench.ask(LAST)[0][0]
                change()
                took = bench.caught_up()
                section.notes.append(f"{name}: {said(took, town.events)}; {bench.in_order(since)}.")
    section.notes.append(
        f"{PAIRS} portions, one consumer; beside each the bare loop goes through its first {SAMPLE:,} events at most, "
        "is handed its rows ready made, decides nothing and looks nothing up. Memory is the process's highest mark, "
        "set back before each stage."
    )
    return section


def said(took: Took, events: int) -> str:
    """One stage in words: how long, how fast, and how much memory."""
    verdict = "hit" if took.memory < MOST else "MISS"
    return (
        f"{took.seconds:.1f} s, {events / took.seconds:,.0f} events a second ({events / took.processor:,.0f} of the "
        f"consumer's own time), {took.memory:.0f} MB at most (aim: under {MOST:.0f} MB: {verdict})"
    )


def _changes(wired: Wired, town: Town) -> dict[str, Callable[[], Any]]:
    partner = town.partners[GRANTED]
    return {
        "Suspended": lambda: suspend_partner(wired.hub, HUB_ITSELF, partner, "a pause"),
        "Resumed": lambda: resume_partner(wired.hub, HUB_ITSELF, partner),
    }
