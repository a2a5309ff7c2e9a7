"""How fast an import becomes history, against a loop that seals and COPYs the same rows."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from psycopg.types.json import Jsonb

import hub.aggregates.base
import hub.application.importing
import hub.interop.importing
import hub.sealing
from bench.data import SEED, Place, found
from bench.measure import PAIRS, Aim, Comparison, Profile, Section, Step, Stopwatch, timed
from bench.rivals import load as rival
from hub.application.importing import Bulk, Load, Original
from hub.bootstrap import Wired
from hub.encoding import body_of
from hub.interop.fhir import FhirInput
from hub.interop.fhir_record import Story
from hub.interop.importing import Importer
from hub.schemas import MAGIC, Schemas
from hub.sealing import Sealer
from hub.vault import DataKey, Vault
from hub.vocabulary import Sector

COPIED: Final = Aim(0.7)
RIVAL: Final = "a loop that seals and COPYs"
UNIT: Final = "rows a second"
TABLES: Final = (
    *("events", "statements", "commands", "log_head", "vault_keys", "vault_citizens", "vault_originals"),
    *("vault_text_keys", "vault_persons"),
)
KEEP: Final = "CREATE SCHEMA base; " + " ".join(f"CREATE TABLE base.{t} AS TABLE public.{t};" for t in TABLES)
RESET: Final = f"TRUNCATE {', '.join(TABLES)}; " + " ".join(
    f"INSERT INTO {t} TABLE base.{t};" for t in TABLES
)
START: Final = datetime(2024, 1, 1, 8, tzinfo=UTC)

# What is imported.


def write_files(folder: Path, citizens: int) -> list[Path]:
    """Generated FHIR R4: for each citizen a Patient, a CarePlan, four Goals and eighteen Encounters, as NDJSON."""
    dice = random.Random(SEED)
    kinds: dict[str, list[bytes]] = {"Patient": [], "CarePlan": [], "Goal": [], "Encounter": []}
    for number in range(citizens):
        for resource in _record(number, dice):
            kinds[resource["resourceType"]].append(orjson.dumps(resource))
    paths = []
    for kind, lines in kinds.items():
        paths.append(folder / f"{kind}.ndjson")
        paths[-1].write_bytes(b"\n".join(lines) + b"\n")
    return paths


def _record(number: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    begin = START + timedelta(hours=dice.randrange(4_000))
    subject = {"reference": f"Patient/p{number}"}
    yield {
        "resourceType": "Patient",
        "id": f"p{number}",
        "name": [{"family": "Opdigtet", "given": [f"Borger {number}"]}],
        "birthDate": f"{dice.randint(1950, 2004)}-0{dice.randint(1, 9)}-11",
    }
    goals = [f"g{number}-{n}" for n in range(4)]
    yield {
        "resourceType": "CarePlan",
        "id": f"c{number}",
        "status": "active",
        "intent": "plan",
        "subject": subject,
        "category": [{"text": "Støtte i hverdagen"}],
        "period": {"start": begin.isoformat()},
        "goal": [{"reference": f"Goal/{name}"} for name in goals],
    }
    for n, name in enumerate(goals):
        yield {
            "resourceType": "Goal",
            "id": name,
            "lifecycleStatus": "active",
            "subject": subject,
            "description": {"text": f"Kan selv stå for indkøb og aftensmad, trin {n + 1} af 4"},
            "startDate": (begin + timedelta(days=n + 1)).date().isoformat(),
        }
    for n in range(18):
        at = begin + timedelta(days=9 * n + 5, minutes=dice.randrange(400))
        yield {
            "resourceType": "Encounter",
            "id": f"e{number}-{n}",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"text": "Samtale om hverdagen"}],
            "subject": subject,
            "period": {"start": at.isoformat(), "end": (at + timedelta(minutes=45)).isoformat()},
        }


class Facts:
    """Stands in for the reader: the facts are in memory already."""

    def __init__(self, groups: Sequence[Any]) -> None:
        self._groups = groups
        self.missing: Any = {}

    def __call__(self, *_: Any, **__: Any) -> "Facts":
        """As the importer makes its reader."""
        return self

    def groups(self) -> Iterator[Any]:
        """Every group."""
        return iter(self._groups)


# What the hub writes of it.


class Kept:
    """What the hub wrote, before it was sealed: taken down once, written again by the rival and by our own layer."""

    def __init__(self, schemas: Schemas) -> None:
        self.loads: list[Load] = []
        self.events: list[list[tuple[DataKey, Any, UUID]]] = []
        self.contents: list[list[tuple[DataKey, bytes]]] = []
        self.ciphers: dict[UUID, tuple[bytes, Any]] = {}
        self.portions: list[rival.Portion] = []
        self._schemas = schemas

    @contextmanager
    def taking_down(self) -> Iterator[None]:
        """Listen to the importer."""
        events: list[tuple[DataKey, Any, UUID]] = []
        contents: list[tuple[DataKey, bytes]] = []
        seal_under, seal_row, write = Sealer.seal_under, Vault.seal_row, Bulk.write

        def sealing(self: Sealer, key: DataKey, event: Any, citizen: UUID | None) -> Any:
            assert citizen is not None
            events.append((key, event, citizen))
            return seal_under(self, key, event, citizen)

        def keeping(self: Vault, key: DataKey, content: bytes, place: bytes) -> bytes:
            contents.append((key, content))
            return seal_row(self, key, content, place)

        def writing(bulk: Bulk, source: str, load: Load) -> int:
            self._portion(source, load, events, contents)
            self.loads.append(load)
            self.events.append(list(events))
            self.contents.append(list(contents))
            events.clear()
            contents.clear()
            return write(bulk, source, load)

        Sealer.seal_under, Vault.seal_row, Bulk.write = sealing, keeping, writing  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            Sealer.seal_under, Vault.seal_row, Bulk.write = seal_under, seal_row, write  # type: ignore[method-assign]

    def _portion(
        self,
        source: str,
        load: Load,
        events: Sequence[tuple[DataKey, Any, UUID]],
        contents: Sequence[tuple[DataKey, bytes]],
    ) -> None:
        portion = rival.Portion(list(load.keys), list(load.citizens))
        for original, (_, content) in zip(load.originals, contents, strict=True):
            portion.originals.append((source, *original[:4], content))
        for sealed, (key, event, citizen) in zip(load.events, events, strict=True):
            self.ciphers[citizen] = key.id.bytes, key.cipher
            body, texts = body_of(event)
            schema = self._schemas.by_topic[event.TOPIC]
            words = tuple(
                (name, None if text is None else text.text)
                for name, text in zip(schema.texts, texts, strict=True)
            )
            said = tuple((s.partner, s.kind, s.restricts, Jsonb(s.body)) for s in sealed.statements)
            portion.events.append(
                rival.Plain(
                    *(schema.avro, schema.id.to_bytes(4, "big"), body, words, event.originator_id),
                    *(sealed.originator_version, citizen, sealed.recorded_at, said),
                )
            )
        portion.commands = [(command, index, Jsonb({})) for command, index in load.commands]
        self.portions.append(portion)

    @property
    def rows(self) -> int:
        """Rows in all, of every table."""
        return sum(
            len(load.keys) + len(load.citizens) + len(load.originals) + len(load.events) + len(load.commands)
            + sum(event.text_key is not None for event in load.events)
            + sum(len(event.statements) for event in load.events)
            for load in self.loads
        )  # fmt: skip


# The measurement.

STEPS: Final = (
    Step("the aggregates decide (Story.tell)", Story, "tell"),
    Step("seal: what is left of it (Sealer.seal_under)", Sealer, "seal_under"),
    Step("event → body (body_of)", hub.sealing, "body_of"),
    Step("encode Avro (Schemas.encode)", Schemas, "encode"),
    Step("pack the envelope (Schemas.pack)", Schemas, "pack"),
    Step("AES-GCM (Vault.seal)", Vault, "seal"),
    Step("free text under its own key (Vault.seal_texts)", Vault, "seal_texts"),
    Step("statements_of", hub.sealing, "statements_of"),
    Step("seal originals (Vault.seal_row)", Vault, "seal_row"),
    Step("keyed look-ups (Vault.lookup)", Vault, "lookup"),
    Step("look up what is there (Bulk.found)", Bulk, "found"),
    Step("COPY (importing._copy)", hub.application.importing, "_copy"),
    Step("rows for COPY (importing._write)", hub.application.importing, "_write"),
    Step("statements executed (Connection.execute)", psycopg.Connection, "execute"),
    Step("commit (Transaction.__exit__)", psycopg.Transaction, "__exit__"),
)


class Bench:
    """One import, made again and again into a database in which only the partners are."""

    def __init__(self, wired: Wired, files: list[Path]) -> None:
        self._wired = wired
        self._files = files
        found(wired)
        wired.database.run(KEEP)
        self._groups = list(FhirInput(files, now=datetime.now(UTC)).groups())
        self._source = UUID(int=1)
        self.kept = Kept(wired.store.sealer.schemas)
        with self._fresh(), self.kept.taking_down():
            self.report = self._import(wired, self._facts())

    @contextmanager
    def _fresh(self) -> Iterator[Wired]:
        self._wired.database.run(RESET)
        yield self._wired

    def _facts(self) -> Any:
        return Facts(self._groups)

    def _import(self, wired: Wired, reader: Any) -> Any:
        module: Any = hub.interop.importing
        before, module.FhirInput = module.FhirInput, reader
        try:
            return Importer(wired.hub, self._source).run(self._files)
        finally:
            module.FhirInput = before

    def from_files(self) -> float:
        """Seconds for all of it: read, check, map, decide, seal, write."""
        with self._fresh() as wired:
            return timed(lambda: self._import(wired, FhirInput))

    def from_facts(self) -> float:
        """Seconds from facts in memory on: decide, seal, write."""
        with self._fresh() as wired:
            return timed(lambda: self._import(wired, self._facts()))

    def layer(self) -> float:
        """Seconds of sealing and writing alone, from events in memory."""
        with self._fresh() as wired:
            return timed(lambda: self._layer(wired))

    def _layer(self, wired: Wired) -> None:
        bulk, sealer, vault = Bulk(wired.database, wired.vault), wired.store.sealer, wired.vault
        for load, events, contents in zip(self.kept.loads, self.kept.events, self.kept.contents, strict=True):
            fresh = Load(load.keys, load.citizens, load.persons, [], [], load.commands)
            for original, (key, content) in zip(load.originals, contents, strict=True):
                sealed = vault.seal_row(key, content, original.identity)
                fresh.originals.append(
                    Original(original.kind, original.identity, original.digest, original.citizen, sealed)
                )
            fresh.events.extend(sealer.seal_under(key, event, citizen) for key, event, citizen in events)
            bulk.write(str(self._source), fresh)

    def rival(self) -> float:
        """Seconds of the bare loop."""
        kept = self.kept
        with self._fresh() as wired, wired.database.dedicated() as connection:
            envelope = wired.store.sealer.schemas.by_topic["envelope.v1"]
            header = MAGIC + envelope.id.to_bytes(4, "big")
            namespace = vars(hub.aggregates.base)["_EVENTS"]  # the rival makes the ids of events by itself
            return timed(
                lambda: rival.load(
                    connection, kept.portions, kept.ciphers, (envelope.avro, header), namespace
                )
            )

    def profile(self) -> Profile:
        """Where the time of an import from facts goes."""
        watch = Stopwatch()
        with self._fresh() as wired, watch.watching(STEPS):
            took = timed(lambda: self._import(wired, self._facts()))
        return watch.profile("from facts in memory, for each event", took, self.events)

    @property
    def events(self) -> int:
        """Events of one import."""
        return sum(len(load.events) for load in self.kept.loads)


def run(place: Place, *, quick: bool) -> Section:
    """Measure."""
    section = Section("Import")
    citizens = 120 if quick else 700
    files = write_files(place.key.parent, citizens)
    with place.hub("bench_import") as wired:
        bench = Bench(wired, files)
        rows = bench.kept.rows
        ours: dict[str, list[float]] = {"files": [], "facts": [], "events": []}
        theirs: list[float] = []
        for _ in range(PAIRS):
            theirs.append(bench.rival() / rows)
            ours["events"].append(bench.layer() / rows)
            ours["facts"].append(bench.from_facts() / rows)
            ours["files"].append(bench.from_files() / rows)
        for what, name in (
            ("seal and write, from events in memory", "events"),
            ("decide, seal and write, from facts in memory", "facts"),
            ("the whole import, from NDJSON files", "files"),
        ):
            pairs = tuple(zip(ours[name], theirs, strict=True))
            section.comparisons.append(Comparison(what, RIVAL, COPIED, UNIT, pairs, batch=True))
        if any(comparison.verdict == "MISS" for comparison in section.comparisons):
            section.profiles.append(bench.profile())
    total, events = bench.report.total, bench.events
    section.notes += [
        (
            f"{total.read:,} generated FHIR resources on {citizens:,} citizens, source {Sector.AUTHORITY}: "
            f"{total.imported:,} imported, {total.not_mapped:,} not mapped, {total.refused:,} refused."
        ),
        (
            f"They become {events:,} events and {rows:,} rows in all (events, originals, text keys, commands, "
            f"statements, keys, citizens): {rows / events:.2f} rows an event; both write the same."
        ),
        f"{PAIRS} pairs, each into emptied tables. The rival reads no FHIR, decides nothing, looks nothing up.",
    ]
    return section
