"""What a command costs, against one bare INSERT of the row that it stores."""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import psycopg_pool

import hub.sealing
from bench.data import Place, Town, found
from bench.measure import PAIRS, Aim, Comparison, Section, Step, Stopwatch, timed
from bench.rivals.insert import TABLES, inserter
from hub.aggregates import Act, Text
from hub.application.commands import assign, enrol, tell_hope
from hub.application.hub import Hub, Work
from hub.bootstrap import Wired
from hub.postgres import Database
from hub.schemas import Schemas
from hub.store import Recorder, Sealer, Store
from hub.vault import Vault, read_root_key
from hub.vocabulary import Sector

CACHED: Final = Aim(1.5, at_most=True)
COLD: Final = Aim(3.5, at_most=True)
HISTORY: Final = 10
RIVAL: Final = "bare INSERT"
UNIT: Final = "µs a command"
WORDS: Final = Text.of("Jeg vil have en hund og et arbejde med dyr.", "wishes")

Verb = Callable[[Hub, UUID], Any]

STEPS: Final = (
    Step("load the aggregate (Store.load)", Store, "load"),
    Step("seal and encode (Sealer.seal)", Sealer, "seal"),
    Step("gather statements and parameters (Recorder)", Recorder, "append"),
    Step(
        "the database at work (Connection.execute: round trip, function, commit)",
        psycopg.Connection,
        "execute",
    ),
    Step("take a connection from the pool", psycopg_pool.ConnectionPool, "getconn"),
    Step("give a connection back", psycopg_pool.ConnectionPool, "putconn"),
    Step("make statements (statements_of)", hub.sealing, "statements_of"),
    Step("encode Avro (Schemas.encode)", Schemas, "encode"),
    Step("pack the envelope (Schemas.pack)", Schemas, "pack"),
    Step("AES-GCM (Vault.seal)", Vault, "seal"),
    Step("seal free text (Vault.seal_texts)", Vault, "seal_texts"),
    Step("AES-GCM (Vault.open)", Vault, "open"),
    Step("decode Avro (Schemas.decode)", Schemas, "decode"),
    Step("unpack the envelope (Schemas.unpack)", Schemas, "unpack"),
    Step("may they write (Hub.check_may_write)", Hub, "check_may_write"),
)


class Bench:
    """A town in which commands are given."""

    def __init__(self, wired: Wired, size: int) -> None:
        self._wired = wired
        self._root_key = read_root_key(wired.settings.root_key_file)
        self._size, self._few = size, max(20, size // 4)
        self._town: Town = found(wired)
        self._actor = self._town.actors[Sector.AUTHORITY]
        self._position = 0

    def contact(self, hub: Hub, citizen: UUID) -> None:
        """One event without words."""
        hub.do(self._actor, lambda work, act: work.citizen(citizen).record_contact(act))

    def hope(self, hub: Hub, citizen: UUID) -> None:
        """One event with words, which are sealed under a key of their own."""

        def decide(work: Work, act: Act) -> None:
            work.citizen(citizen).tell_hope(uuid4(), WORDS, act)

        hub.do(self._actor, decide)

    def verb(self, hub: Hub, citizen: UUID) -> None:
        """The same through the verb, which first asks whether the actor may write on this citizen."""
        tell_hope(hub, self._actor, citizen, WORDS)

    def citizen(self) -> UUID:
        """A citizen on whom exactly ten events are recorded."""
        hub, actor = self._wired.hub, self._actor
        citizen = UUID(enrol(hub, actor, None).ids["citizen"])
        assert actor.partner is not None
        assign(hub, actor, citizen, "relation", actor.partner, actor.person, "casework")
        for _ in range(HISTORY - 2):
            self.contact(hub, citizen)
        return citizen

    def cached(self, what: str, verb: Verb, database: Database) -> Comparison:
        """The aggregate is in the cache."""
        citizen = self.citizen()
        rows = self._rows(verb, citizen)

        def ours() -> float:
            return timed(lambda: verb(self._wired.hub, citizen))

        return self._pairs(what, CACHED, ours, rows, database)

    def cold(self, what: str, verb: Verb, database: Database, *, key: bool) -> Comparison:
        """A new hub for each command, with an empty cache, and with or without the citizen's key in memory."""
        wired = self._wired
        waiting = [self.citizen() for _ in range(self._few * PAIRS)]
        rows = self._rows(verb, self.citizen())

        def ours() -> float:
            citizen = waiting.pop()
            hub = Hub(wired.store, wired.vault, wired.hub.clock) if key else self._anew()
            return timed(lambda: verb(hub, citizen))

        return self._pairs(what, COLD, ours, rows, database)

    def _anew(self) -> Hub:
        """The same hub with nothing in memory, keys neither."""
        wired = self._wired
        vault = Vault(wired.database, self._root_key)
        return Hub(Store(wired.database, wired.store.sealer.schemas, vault), vault, wired.hub.clock)

    def profile(self, title: str, verb: Verb, *, cold: bool) -> Any:
        """Where a command's time goes."""
        size = self._size
        citizens = [self.citizen() for _ in range(size if cold else 1)] * (1 if cold else size)
        wired = self._wired
        hubs = [Hub(wired.store, wired.vault, wired.hub.clock) if cold else wired.hub for _ in range(size)]
        watch = Stopwatch()
        with watch.watching(STEPS):
            start = time.perf_counter()
            for hub, citizen in zip(hubs, citizens, strict=True):
                verb(hub, citizen)
            took = time.perf_counter() - start
        return watch.profile(title, took, size)

    def _rows(self, verb: Verb, citizen: UUID) -> bytes:
        """The bytes that the verb stores."""
        verb(self._wired.hub, citizen)
        return self._wired.hub.log.after(self._wired.hub.log.head()[0] - 1, 1)[0].value

    def _pairs(
        self, what: str, aim: Aim, ours: Callable[[], float], value: bytes, database: Database
    ) -> Comparison:
        """Command and INSERT in turns, so that both meet the same disk; a pair is the medians of so many turns."""
        pairs, size = [], self._size if aim is CACHED else self._few
        with database.dedicated() as connection:
            insert = inserter(connection)
            originator, citizen = uuid4(), uuid4()

            def one() -> float:
                self._position += 1
                now = datetime.now(UTC)
                row: Sequence[Any] = (self._position, originator, self._position, citizen, now, now, value)
                return timed(lambda: insert(row))

            for _ in range(20):
                one()
            for _ in range(PAIRS):
                turns = [(ours(), one()) for _ in range(size)]
                pairs.append((statistics.median(t[0] for t in turns), statistics.median(t[1] for t in turns)))
        return Comparison(what, RIVAL, aim, UNIT, tuple(pairs))


def run(place: Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Command")
    size = 60 if quick else 300
    with place.hub("bench_command") as wired:
        wired.database.run(TABLES)
        bench = Bench(wired, size)
        kinds: list[tuple[str, Verb]] = [
            ("hub.do, one event", bench.contact),
            ("hub.do, one event with words", bench.hope),
            ("the verb tell_hope: may they write, then the same", bench.verb),
        ]
        for what, verb in kinds:
            section.comparisons.append(bench.cached(f"{what}, aggregate in cache", verb, wired.database))
        for what, verb in kinds:
            name = f"{what}, cold with {HISTORY} events"
            section.comparisons.append(bench.cold(name, verb, wired.database, key=True))
        name = f"{kinds[0][0]}, cold with {HISTORY} events, its key too"
        section.comparisons.append(bench.cold(name, bench.contact, wired.database, key=False))
        missed = [comparison.what for comparison in section.comparisons if comparison.verdict == "MISS"]
        for what, verb in kinds:
            for state in ("aggregate in cache", f"cold with {HISTORY} events"):
                if f"{what}, {state}" in missed:
                    profile = bench.profile(f"{what}, {state}", verb, cold=state.startswith("cold"))
                    section.profiles.append(profile)
    section.notes += [
        f"{PAIRS} pairs, each the medians of {size} commands and INSERTs in turns (cold: {max(20, size // 4)}).",
        (
            "The rival inserts the same bytes into a table like `events`, on a connection of its own; a command stores "
            "the command's id and answer, and with words their key, in the same transaction."
        ),
    ]
    return section
