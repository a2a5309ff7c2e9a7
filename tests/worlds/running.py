"""Many pairs of worlds: made, judged by the oracle, run, and compared byte for byte."""

import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from psycopg import Connection

from hub.aggregates import TOLD
from hub.kafka.connection import Cluster
from hub.postgres import Database
from tests.living import History, moment
from tests.worlds.change import Change
from tests.worlds.histories import (
    SHUT_OUT,
    View,
    base_history,
    distinguishable,
    readers,
    views,
    without_sides,
)
from tests.worlds.pipeline import Point, Watch, World, differences, world
from tests.worlds.scenes import ALL_TYPES
from tests.worlds.ways_told import TOLD_WAYS, WAYS

SECOND_WORLDS: Final = 4
"""At most so many second worlds are made of each first one."""
STEPS: Final = (16, 26)
"""How many steps of the older kinds a first world has."""
ENDINGS: Final = {"": 78, "citizen.closed": 10, "partner.suspended": 6, "consents.block_set": 6}
"""With what a first world ends, and how often in a hundred; the last two shut one partner out."""
LATTER: Final = ("partner.suspended", "consents.block_set")
SCENES: Final = (1, 4)
"""How many scenes are in it beside those."""
WHOLE: Final = 10
"""One pair of so many is judged at every prefix by asking the oracle about everything anew."""
OFTEN: Final = 0.12
"""After which share of the steps a world is looked at."""
OPENED_LATER: Final = 0.3
"""How many partners get their topic later than at the beginning."""
AHEAD: Final = ("consumers", "consumers", "no relay")
"""What comes first when a world is looked at: read models are in step with the log."""
BEHIND: Final = (*AHEAD, "relay", "reads")
"""What comes first where the relay and readers may meet read models that are behind."""
AFTERWARDS: Final = timedelta(days=2)
"""How long after the last step a world is looked at again: most ends have come by then."""
BROKEN: Final = 10
"""So many pairs may break before a share stops: then it is not the pairs."""
FRAMES: Final = 4
"""So much of where a pair broke is told."""
_numbers = count(1)


@dataclass
class Tally:
    """What was found."""

    wanted: int
    most: int = 3
    pairs: int = 0
    different: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Pairs that broke while they were run: nothing is known of them."""
    dropped: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    """By event: in how many pairs one world has it and the other has not, or otherwise."""
    compared: Counter[str] = field(default_factory=Counter)
    """What was compared in all pairs together: things and bytes."""
    seconds: Counter[str] = field(default_factory=Counter)
    """Milliseconds, by what they went to."""

    @property
    def full(self) -> bool:
        """Whether there is nothing more to do."""
        if len(self.failed) >= BROKEN:
            return True
        return self.pairs >= self.wanted or len(self.different) >= self.most

    def add(self, other: "Tally") -> None:
        """Take another's findings in."""
        self.pairs += other.pairs
        self.different += other.different
        self.failed += other.failed
        for name in ("dropped", "ways", "events", "compared", "seconds"):
            getattr(self, name).update(getattr(other, name))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count the time that something takes."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[what] += int(1000 * (time.monotonic() - begun))


class Ground:
    """Where worlds are made, one after the other: a prepared database, and a folder with the root key."""

    def __init__(self, database: Database, folder: Path) -> None:
        """Remember what a prepared database holds."""
        self.folder = folder
        self._database = database
        with database.connection() as connection:
            self._tables = [row[0] for row in connection.execute(TABLES).fetchall()]
            self._sequences = [row[0] for row in connection.execute(SEQUENCES).fetchall()]
            self._held = {table: self._copied(connection, table) for table in self._tables}

    def database(self) -> Database:
        """The database as the hub prepares it, with nothing in it."""
        with self._database.transaction() as connection:
            connection.execute("SET LOCAL session_replication_role = replica")  # in any order
            connection.execute(";".join(f"DELETE FROM {table}" for table in self._tables))
            connection.execute(
                ";".join(f"ALTER SEQUENCE {each} RESTART" for each in self._sequences) or "SELECT"
            )
            for table, rows in self._held.items():
                if rows:
                    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.write(rows)
        return self._database

    @staticmethod
    def _copied(connection: Connection, table: str) -> bytes:
        """What a table holds; nothing where it is empty."""
        if connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,):
            return b""
        with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
            return b"".join(bytes(piece) for piece in copy)


TABLES: Final = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)
SEQUENCES: Final = "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences ORDER BY 1"


def pairs(
    ground: Ground,
    seed: str,
    wanted: int,
    *,
    cluster: Cluster | None = None,
    most: int = 3,
    behind: bool = False,
    only: tuple[str, ...] = (),
    http: str = "",
) -> Tally:
    """Run so many pairs, or stop at the first few that differ; `only` names ways in which they may differ.

    `http` says how the partner's people ask pages and API ("briefly", "sample", "whole") in place of the command line.
    A pair that breaks is noted with its name, and the next one goes on.
    """
    tally, number = Tally(wanted, most), 0
    while not tally.full:
        assert number < 5 * wanted + 20, f"too few pairs come about: {tally}"
        Group(ground, f"{seed}.{number}", tally, cluster, behind, only, http).run()
        number += 1
    return tally


@dataclass
class Group:
    """One first world, and the second worlds that one partner may not tell from it."""

    ground: Ground
    name: str
    tally: Tally
    cluster: Cluster | None = None
    behind: bool = False
    only: tuple[str, ...] = ()
    http: str = ""

    def run(self) -> None:
        """Make the worlds, run them, and compare; what breaks is noted, and nothing is raised."""
        with self.going_on("the first world"):
            self.compare()

    @contextmanager
    def going_on(self, which: str) -> Iterator[None]:
        """Note what breaks in here, with the name to run it again by, and go on after it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the next pair goes on and it is told at the end
            told = "".join(traceback.format_exception(error, limit=-FRAMES)).rstrip().replace("\n", "\n    ")
            self.tally.failed.append(f"{self.name}, {which}\n    {told}")

    def compare(self) -> None:
        """One first world, and the second worlds of it, one after the other."""
        rng, tally = Random(self.name), self.tally
        ending = rng.choices([*ENDINGS], [*ENDINGS.values()])[0]
        history = base_history(rng, rng.randint(*STEPS), rng.randint(*SCENES), ending)
        watch = watched(history, rng, BEHIND if self.behind else AHEAD, shut_out=ending in LATTER)
        watch = replace(watch, http=self.http)
        first = self.world(history, watch, "first worlds")
        one = first.life.played
        with tally.timed("oracle"):
            seen = dict(views(one, watch.partner, readers(one, watch.partner), every=False))
        ever = {item.split()[-1] for view in seen.values() for item in view}
        made = 0
        for number in range(3 * SECOND_WORLDS):
            if tally.full or made == SECOND_WORLDS:
                return
            change = Change(one, watch.partner, ever, {point.step for point in watch.points}, rng)
            used = changed(change, self.only or tuple(sorted(WAYS)), rng)
            with self.going_on(f"second world {number}, {watch.partner}, differing in {', '.join(used)}"):
                made += bool(used) and self.second(first, change.made, used, seen, number)

    def second(
        self, first: World, history: History, used: list[str], seen: dict[str, View], number: int
    ) -> bool:
        """Run a second world, if the partner may not know in what it differs, and compare; whether it is a pair."""
        tally, watch = self.tally, first.watch
        if not self.hidden(first.life.played, history, watch, seen):
            tally.dropped["the partner may know of it"] += 1
            return False
        other = self.world(history, watch, "second worlds")
        played = other.life.played
        if len(played["steps"]) != len(without_sides(history)["steps"]):
            if not {point.step for point in watch.points} & {*first.life.steps} <= {*other.life.steps}:
                tally.dropped["a step to look at was refused"] += 1
                return False
            if not self.hidden(first.life.played, played, watch, seen):
                tally.dropped["a refusal that the partner may know of"] += 1
                return False
        found = differences(first, other)
        tally.pairs += 1
        tally.ways.update(used)
        tally.events.update(differing_events(first.life.played, played))
        tally.compared.update(things=len(first.seen), bytes=sum(map(len, first.seen.values())))
        tally.compared["pairs in which the partner sees something"] += any(seen.values())
        if found:
            what = f"{self.name}, second world {number}, {watch.partner}, differing in {', '.join(used)}"
            tally.different.append("\n  ".join([what, *found[:4]]))
        return True

    def hidden(self, one: History, other: History, watch: Watch, seen: dict[str, View]) -> bool:
        """Whether the oracle finds no step after which the partner could know."""
        every = self.tally.pairs % WHOLE == 0
        with self.tally.timed("oracle"):
            return distinguishable(one, without_sides(other), watch.partner, seen, every=every) is None

    def world(self, history: History, watch: Watch, what: str) -> World:
        """Run one world; what is seen of it outlives its database."""
        cluster = self.cluster and replace(self.cluster, prefix=f"{self.cluster.prefix}w{next(_numbers)}")
        with self.tally.timed(what):
            made = world(self.ground.database(), self.ground.folder, history, watch, cluster)
            made.play()
        self.tally.compared["steps played"] += len(made.life.steps)
        self.tally.compared["steps refused"] += len(made.life.left_out)
        return made


def differing_events(one: History, other: History) -> set[str]:
    """The events that only one of two histories has, or that say something else in the other."""
    first, second = ({step["id"]: step for step in each["steps"]} for each in (one, other))
    return {
        step["event"]
        for mine, theirs in ((first, second), (second, first))
        for name, step in mine.items()
        if name not in theirs or theirs[name]["data"] != step["data"]
    }


def spread(tally: Tally) -> str:
    """How many kinds of events some pair differed in, of those there are about a citizen or an organisation."""
    told = {topic.rsplit(".v", 1)[0] for topic in TOLD}
    return (
        f"differing events {len(tally.events)} types, {len(told & tally.events.keys())} of the {len(told)} whose "
        "classes say their own rule"
    )


def never(tally: Tally) -> list[str]:
    """The events about a citizen in which no pair differed."""
    return sorted(ALL_TYPES.keys() - tally.events.keys())


def watched(history: History, rng: Random, firsts: tuple[str, ...], *, shut_out: bool) -> Watch:
    """Who looks, and when: some partner (rather the one that is shut out), its people, and a few steps."""
    partners = [p["id"] for p in history["partners"] if readers_on_screens(history, p["id"])]
    partner = SHUT_OUT if shut_out and SHUT_OUT in partners else rng.choice(partners)
    people = [(r.person, r.purpose) for r in readers(history, partner) if r.person is not None]
    later = [step["id"] for step in history["steps"][6:]]
    points = tuple(Point(step, rng.choice(firsts)) for step in later if rng.random() < OFTEN)
    handovers = tuple(
        step["id"]
        for step in history["steps"]
        if step["event"] == "handover.proposed" and step["data"]["to"]["partner"] == partner
    )
    topic_at = (
        rng.choice([point.step for point in points]) if points and rng.random() < OPENED_LATER else None
    )
    people = tuple(dict.fromkeys(people))[:3]
    ends = moment(history["steps"][-1]["at"]) + AFTERWARDS
    return Watch(partner, people, points, ends, handovers, topic_at, firsts is BEHIND)


def readers_on_screens(history: History, partner: str) -> bool:
    """Whether a partner has people with tasks, so that most things can be looked at."""
    return any(reader.person is not None for reader in readers(history, partner))


TOLD_SHARE: Final = 0.7
MOST_OFTEN: Final = ("what others tell",) * 4


def changed(change: Change, ways: tuple[str, ...], rng: Random) -> list[str]:
    """Change a history in one of these ways or a few; those that found something to change."""
    chosen = rng.sample(ways, rng.randint(1, min(3, len(ways))))
    if len(ways) > len(TOLD_WAYS) and rng.random() < TOLD_SHARE:
        chosen = list(dict.fromkeys((*chosen, rng.choice((*TOLD_WAYS, *MOST_OFTEN)))))
    return [name for name in chosen if WAYS[name](change)]
