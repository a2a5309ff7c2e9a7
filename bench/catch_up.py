"""How fast a consumer catches up with the log, against bare loops that open and write the same."""

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import Connection, sql

import hub.aggregates.base
import hub.consumers.runner
import hub.projections.base
import hub.projections.partner_rows
import hub.projections.partner_view
import hub.projections.timeline
from bench.data import Place, found, populate
from bench.measure import PAIRS, Aim, Comparison, Profile, Section, Step, Stopwatch, timed, unburdened
from bench.rivals.library import Statements, prepare, project
from bench.rivals.loop import Write
from bench.rivals.loop import catch_up as bare
from bench.rivals.opening import Opener
from hub.application.disclosure import Viewer
from hub.bootstrap import VIEWS, Wired
from hub.consumers.runner import BATCH, Runner
from hub.consumers.source import Source, StoreSource
from hub.projections.base import new_generation
from hub.projections.partner_view import PartnerView
from hub.schemas import FOLDER, Schemas
from hub.store import Log
from hub.vault import Vault

LOOP: Final = Aim(0.6)
LIBRARY: Final = Aim(20)
UNIT: Final = "events a second"
ALL: Final = "all five, one after the other"
LIBRARY_VIEWS: Final = ("timeline", ALL)

TABLES: Final = """
CREATE SCHEMA rival;
CREATE TABLE rival.checkpoint (position bigint NOT NULL);
INSERT INTO rival.checkpoint VALUES (0);
CREATE TABLE rival.timeline (LIKE {timeline}.timeline INCLUDING ALL);
CREATE TABLE rival.overview (LIKE {overview}.overview INCLUDING ALL);
CREATE TABLE rival.consents (LIKE {consents}.consents INCLUDING ALL);
CREATE TABLE rival.due (LIKE {due}.due INCLUDING ALL);
CREATE TABLE rival.partner_view (LIKE {partner_view}.partner_view INCLUDING ALL);
CREATE TABLE rival.partner_log (LIKE public.partner_log INCLUDING ALL);
CREATE TABLE rival.vault_references (LIKE public.vault_references INCLUDING ALL);
"""
EMPTY: Final = """
TRUNCATE rival.timeline, rival.overview, rival.consents, rival.due, rival.partner_view, rival.partner_log,
    rival.vault_references
"""

PUT_OVERVIEW: Final = """
INSERT INTO rival.overview (citizen_id, persons, coordinator, dead, latest, facts)
SELECT c, p::uuid[], k, d, n, f
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::boolean[], %s::bigint[], %s::jsonb[]) AS t(c, p, k, d, n, f)
ON CONFLICT (citizen_id) DO UPDATE SET persons = excluded.persons, coordinator = excluded.coordinator,
    dead = excluded.dead, latest = excluded.latest, facts = excluded.facts
"""
PUT_CONSENTS: Final = """
INSERT INTO rival.consents
    (consent_id, citizen_id, partner_id, kind, position, changed, status, categories, purposes, until, person_id, basis,
    lapses, pending)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::text[],
    %s::text[], %s::text[], %s::timestamptz[], %s::uuid[], %s::text[], %s::timestamptz[], %s::boolean[])
ON CONFLICT (consent_id) DO UPDATE SET changed = excluded.changed, status = excluded.status, until = excluded.until
"""
PUT_DUE: Final = """
COPY rival.due (citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named, persons,
    but_not) FROM STDIN (FORMAT BINARY)
"""
DUE_TYPES: Final = (
    "uuid", "int8", "text", "text", "uuid", "uuid", "uuid", "date", "date", "uuid", "uuid", "uuid[]", "uuid[]",
)  # fmt: skip
INSERT_DUE: Final = """
INSERT INTO rival.due (citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named,
    persons, but_not) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
PUT_ROWS: Final = """
COPY rival.partner_view (partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes, valid_until,
    digest, sealed, texts, text_events) FROM STDIN (FORMAT BINARY)
"""
ROW_TYPES: Final = (
    "uuid", "uuid", "int8", "uuid", "uuid", "int4", "int4", "timestamptz", "bytea", "bytea", "bytea[]", "uuid[]",
)  # fmt: skip
INSERT_ROW: Final = """
INSERT INTO rival.partner_view (partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes,
    valid_until, digest, sealed, texts, text_events) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
REMOVE_ROWS: Final = """
DELETE FROM rival.partner_view AS v USING unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS t(p, c, n)
WHERE v.partner_id = t.p AND v.citizen_id = t.c AND v.position = t.n
"""
PUT_LOG: Final = """
COPY rival.partner_log (partner_id, citizen_id, item, disclosure_id, operation, position) FROM STDIN (FORMAT BINARY)
"""
LOG_TYPES: Final = ("uuid", "uuid", "int8", "uuid", "text", "int8")
INSERT_LOG: Final = """
INSERT INTO rival.partner_log (partner_id, citizen_id, item, disclosure_id, operation, position)
VALUES (%s, %s, %s, %s, %s, %s)
"""
PUT_REFERENCES: Final = """
INSERT INTO rival.vault_references (partner_id, citizen_id, reference)
SELECT p, c, gen_random_uuid() FROM unnest(%s::uuid[], %s::uuid[]) AS t(p, c) ON CONFLICT DO NOTHING
"""
INSERT_TIMELINE: Final = """
INSERT INTO rival.timeline (citizen_id, position, originator_id, originator_version, log_time, value)
VALUES (%s, %s, %s, %s, %s, %s)
"""
LOG_ROWS: Final = """
SELECT citizen_id, position, originator_id, originator_version, log_time, value FROM events
WHERE position <= %s AND citizen_id IS NOT NULL
"""

# What a batch wrote, by the transaction that wrote it.
NEXT_TRANSACTION: Final = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
WRITTEN: Final[dict[str, LiteralString]] = {
    "overview": """
SELECT citizen_id, persons::text, coordinator, dead, latest, facts::text FROM {schema}.overview
WHERE xmin::text::bigint >= %s
""",
    "consents": """
SELECT consent_id, citizen_id, partner_id, kind, position, changed, status, categories, purposes, until, person_id,
    basis, lapses, pending
FROM {schema}.consents WHERE xmin::text::bigint >= %s
""",
    "due": """
SELECT citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named, persons, but_not
FROM {schema}.due WHERE xmin::text::bigint >= %s
""",
    "partner_view": """
SELECT partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes, valid_until, digest, sealed,
    texts, text_events
FROM {schema}.partner_view WHERE xmin::text::bigint >= %s ORDER BY position, partner_id
""",
    "log": """
SELECT partner_id, citizen_id, item, disclosure_id, operation, position FROM partner_log
WHERE xmin::text::bigint >= %s ORDER BY id
""",
    "references": """
SELECT partner_id, citizen_id FROM vault_references WHERE xmin::text::bigint >= %s
""",
    "keys": "SELECT partner_id, citizen_id, position FROM {schema}.partner_view WHERE %s::bigint IS NOT NULL",
}

SUM: Final = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} AS t"

Batches = list[list[Write]]


def steps() -> tuple[Step, ...]:
    """What is watched."""
    runner, view = hub.consumers.runner, hub.projections.partner_view
    return (
        Step("read the log (Log.after)", Log, "after"),
        Step("as a consumer gets it: key, headers, partition (StoreSource._batch)", StoreSource, "_batch"),
        Step("unpack envelopes (Schemas.unpack)", Schemas, "unpack"),
        Step("AES-GCM open (Vault.open)", Vault, "open"),
        Step("decode Avro (Schemas.decode)", Schemas, "decode"),
        Step("statements_of", runner, "statements_of"),
        Step("item_of", hub.projections.base, "item_of"),
        Step("make events for the views (runner._event)", runner, "_event"),
        Step("open: what is left of Runner._open and Sealer.open_all", Runner, "_open"),
        Step("drop what is not new (Runner._fresh)", Runner, "_fresh"),
        Step("COPY, rows made on the way (timeline)", hub.projections.timeline, "copy_rows"),
        Step("COPY, rows made on the way (partner view)", hub.projections.partner_rows, "copy_rows"),
        Step("statements executed by the database (Connection.execute)", psycopg.Connection, "execute"),
        Step("commit or roll back (Transaction.__exit__)", psycopg.Transaction, "__exit__"),
        Step("states of the batch's citizens (PartnerView._states)", PartnerView, "_states"),
        Step("their histories (PartnerView._histories)", PartnerView, "_histories"),
        Step("the organisations as they stood (PartnerView._partners_at)", PartnerView, "_partners_at"),
        Step("look with a partner's eyes (Viewer.of)", Viewer, "of"),
        Step("decide (Viewer.disclose)", Viewer, "disclose"),
        Step("until when (Viewer.valid_until)", Viewer, "valid_until"),
        Step("redact (redact)", view, "redact"),
        Step("seal a row (Vault.seal_row)", Vault, "seal_row"),
        Step("disclosure ids (Vault.disclosure_id)", Vault, "disclosure_id"),
        Step("the rest of a row: json, digest (PartnerView._row)", PartnerView, "_row"),
        Step("the rest of deciding (PartnerView._decide)", PartnerView, "_decide"),
    )


class Bench:
    """A log, and what is to be written from it."""

    def __init__(self, wired: Wired, sample: int) -> None:
        self._wired = wired
        self._sample = sample
        self._address = {key: str(value) for key, value in wired.database.parameters.items()}
        with wired.database.connection() as connection:
            live = dict(connection.execute("SELECT view, schema_name FROM generations WHERE live").fetchall())
            names = {view: sql.Identifier(schema) for view, schema in live.items()}
            connection.execute(sql.SQL(TABLES).format(**names))
            self.records = connection.execute("SELECT count(*) FROM events").fetchone()[0]  # type: ignore[index]
            held = connection.execute("SELECT key_id, citizen_id FROM vault_keys").fetchall()
        keys = wired.vault.keys(held)
        namespace = vars(hub.aggregates.base)["_EVENTS"]  # the rival makes the ids of events by itself
        self._opener = Opener(FOLDER, {key.bytes: keys[key].cipher for key in keys}, namespace)
        self.rows: dict[str, int] = {}
        self._sums: dict[str, Any] = {}
        self._writes = {name: self._capture(name) for name in VIEWS}
        self.loop(*VIEWS)
        with wired.database.connection() as connection:
            for name in VIEWS:
                assert self._sums[name] == self.summed(connection, "rival", name), (
                    f"the rival writes another {name}"
                )
        self._by_position = self._one_by_one()
        with wired.database.connection() as connection:
            prepare(connection, self._address, sample)

    # What the hub writes.

    @contextmanager
    def _generation(self, name: str) -> Iterator[str]:
        database = self._wired.database
        with database.connection() as connection:
            connection.execute("TRUNCATE partner_log, vault_references")
        schema = new_generation(database, self._wired.view(name), self._wired.partitions, live=False)
        try:
            yield schema
        finally:
            with database.transaction() as connection:
                connection.execute("DELETE FROM generations WHERE schema_name = %s", (schema,))
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))

    def hub(self, name: str) -> float:
        """Seconds in which one read model catches up from the start."""
        with self._generation(name) as schema, self._wired.source() as source:
            runner = self._runner(name, source, schema)
            return timed(runner.catch_up)

    def _runner(self, name: str, source: Source, schema: str) -> Runner:
        view = self._wired.view(name)
        return Runner(self._wired.database, source, view, self._wired.store.sealer, schema=schema)

    def steps(self) -> tuple[Step, ...]:
        """What a profile watches."""
        return steps()

    def profile(self, name: str) -> Profile:
        """Where its time goes."""
        watch = Stopwatch()
        with self._generation(name) as schema, self._wired.source() as source:
            runner = self._runner(name, source, schema)
            with watch.watching(self.steps()):
                took = timed(runner.catch_up)
        return watch.profile(f"{name}, for each event of the log", took, self.records)

    # What a rival is to write: what each batch of the hub wrote.

    def _capture(self, name: str) -> Batches:
        batches: Batches = []
        before: set[Any] = set()
        self.rows[name] = 0
        with self._generation(name) as schema, self._wired.source() as source:
            runner = self._runner(name, source, schema)
            runner.assign()
            reached = source.now()
            with self._wired.database.connection() as connection:
                while not reached():
                    since = connection.execute(NEXT_TRANSACTION).fetchone()[0]  # type: ignore[index]
                    if not runner.step():
                        continue  # the next records are on their way
                    writes, before = self._written(connection, name, schema, since, before)
                    batches.append(writes)
                self._sums[name] = self.summed(connection, schema, name)
        return batches

    def _written(
        self, connection: Connection, name: str, schema: str, since: int, before: set[Any]
    ) -> tuple[list[Write], set[Any]]:
        def rows(what: str) -> list[Any]:
            block = sql.SQL(WRITTEN[what]).format(schema=sql.Identifier(schema))
            return connection.execute(block, (since,)).fetchall()

        if name == "timeline":
            return [], before
        written = rows(name)
        self.rows[name] += len(written)
        if name == "due":
            return ([Write(PUT_DUE, DUE_TYPES, written)] if written else []), before
        if name != "partner_view":
            put = PUT_OVERVIEW if name == "overview" else PUT_CONSENTS
            return ([Write(put, (), _columns(written))] if written else []), before
        after = set(rows("keys"))
        gone = sorted(before & {row[:3] for row in written} | before - after)
        log, references = rows("log"), rows("references")
        self.rows["partner_log"] = self.rows.get("partner_log", 0) + len(log)
        writes = [Write(PUT_ROWS, ROW_TYPES, written), Write(PUT_LOG, LOG_TYPES, log)]
        if gone:
            writes.insert(0, Write(REMOVE_ROWS, (), _columns(gone)))
        if references:
            writes.append(Write(PUT_REFERENCES, (), _columns(references)))
        return writes, after

    def _one_by_one(self) -> dict[str, Mapping[int, Statements]]:
        """The same rows, by the event that they are written with."""
        with self._wired.database.connection() as connection:
            records = connection.execute(LOG_ROWS, (self._sample,)).fetchall()
        timeline: dict[int, list[Any]] = defaultdict(list)
        everything: dict[int, list[Any]] = defaultdict(list)
        for row in records:
            timeline[row[1]].append((INSERT_TIMELINE, row))
            everything[row[1]].append((INSERT_TIMELINE, row))
        writes = {name: [write for batch in self._writes[name] for write in batch] for name in VIEWS}
        overview = {row[0]: row for write in writes["overview"] for row in zip(*write.rows, strict=True)}
        for citizen, at, *_ in records:
            everything[at].append((PUT_OVERVIEW, [[value] for value in overview[citizen]]))
        for row in (row for write in writes["consents"] for row in zip(*write.rows, strict=True)):
            everything[row[4]].append((PUT_CONSENTS, [[value] for value in row]))
        for row in (row for write in writes["due"] for row in write.rows):
            everything[row[1]].append((INSERT_DUE, row))
        for write in writes["partner_view"]:
            if write.statement is PUT_ROWS:
                for row in write.rows:
                    everything[row[2]].append((INSERT_ROW, row))
            elif write.statement is PUT_LOG:
                for row in write.rows:
                    everything[row[5]].append((INSERT_LOG, row))
        return {"timeline": timeline, ALL: everything}

    @staticmethod
    def summed(connection: Connection, schema: str, view: str) -> Any:
        """A table's rows: how many, and all of them as one figure."""
        return connection.execute(sql.SQL(SUM).format(table=sql.Identifier(schema, view))).fetchone()

    # The rivals.

    def _batches(self, names: Sequence[str]) -> Batches:
        written = [self._writes[name] for name in names]
        return [
            [write for batch in turn for write in batch]
            for turn in itertools.zip_longest(*written, fillvalue=())
        ]

    def loop(self, *names: str) -> float:
        """Seconds of one bare loop that opens each record once and writes what these read models hold."""
        batches = self._batches(names)
        with self._wired.database.dedicated() as connection:
            connection.execute(EMPTY)
            return timed(
                lambda: bare(connection, self._opener, batches, size=BATCH, timeline="timeline" in names)
            )

    def library(self, name: str, number: int) -> float:
        """Seconds of the library's runner over the sample."""
        with self._wired.database.connection() as connection:
            connection.execute(EMPTY)
        run = f"rows{VIEWS.index(name) if name in VIEWS else len(VIEWS)}_{number}"
        return project(self._address, self._opener, self._by_position[name], self._sample, run)


def _columns(rows: Sequence[Any]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def run(place: Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Catch-up, one process")
    citizens, ordinary, sample = (120, 18, 60) if quick else (600, 22, 400)
    with place.hub("bench_catch_up") as wired:
        start = time.perf_counter()
        town = populate(wired, found(wired), citizens, ordinary)
        made = time.perf_counter() - start
        bench = Bench(wired, sample)
        records = bench.records
        ours: dict[str, list[float]] = {name: [] for name in (*VIEWS, ALL)}
        loops: dict[str, list[float]] = {name: [] for name in (*VIEWS, ALL, "once")}
        library: dict[str, list[float]] = {name: [] for name in LIBRARY_VIEWS}
        with unburdened():
            for number in range(PAIRS):
                for name in VIEWS:
                    ours[name].append(bench.hub(name) / records)
                    loops[name].append(bench.loop(name) / records)
                ours[ALL].append(sum(ours[name][-1] for name in VIEWS))
                loops[ALL].append(sum(loops[name][-1] for name in VIEWS))
                loops["once"].append(bench.loop(*VIEWS) / records)
                for name in LIBRARY_VIEWS:
                    library[name].append(bench.library(name, number) / sample)
        against = [(name, "bare loop", name, 1) for name in VIEWS]
        against += [
            (ALL, "five bare loops", ALL, len(VIEWS)),
            (ALL, "one bare loop that opens once", "once", 1),
        ]
        for name, rival, loop, passes in against:
            pairs = tuple(zip(ours[name], loops[loop], strict=True))
            section.comparisons.append(Comparison(name, rival, LOOP, UNIT, pairs, batch=True, passes=passes))
        for name in LIBRARY_VIEWS:
            pairs = tuple(zip(ours[name], library[name], strict=True))
            section.comparisons.append(Comparison(name, "ProjectionRunner", LIBRARY, UNIT, pairs))
        missed = {comparison.what for comparison in section.comparisons if comparison.verdict == "MISS"}
        wanted = VIEWS if ALL in missed else [name for name in VIEWS if name in missed]
        with unburdened():
            section.profiles += [bench.profile(name) for name in wanted]
        rows = ", ".join(f"{name} {count:,}" for name, count in bench.rows.items() if name != "timeline")
    section.notes += [
        (
            f"{records:,} events on {len(town.citizens):,} citizens, six partners decided for each, made through the "
            f"aggregates and written by the bulk path in {made:.0f} s; batches of {BATCH:,}."
        ),
        f"Rows written in a run: timeline {records - 12:,}, {rows}.",
        (
            f"{PAIRS} pairs. The bare loop reads, opens and decodes the same records and is handed its rows ready "
            "made: it decides nothing, looks nothing up and parks nothing."
        ),
        f"The library's runner is measured on the first {sample} events of the same log.",
    ]
    return section
