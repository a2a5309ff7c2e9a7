"""`hub import fhir`: what the reader finds in files becomes history on the log.

A citizen's facts are recorded together or not at all, and many citizens in one transaction (`BATCH`). Where a record
stands under the same identity (source organisation, type, id) already, nothing is recorded: an import that was killed
is finished by running it again, and a second run imports nothing. What the source changed since is not taken over: the
hub's own history may have moved on, so a person decides; the changed record is kept, sealed.

Nobody gains access by this: the only relation is that of the organisation that recorded it, and a consent without a
window never opens what was imported.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import orjson

from hub.aggregates import Actor, Partner
from hub.application.hub import Hub, Work
from hub.application.importing import IMPORTED, KEPT, PERSON, Before, Bulk, Load, Original
from hub.errors import BadInput, Conflict, NotFound, NotPermitted
from hub.errors import Refused as HubRefuses
from hub.interop.fhir import PORTION, FhirInput
from hub.interop.fhir_dates import Life, life_of
from hub.interop.fhir_facts import CitizenFact, Fact, Group, Refused, Repeated, Report, Unmapped
from hub.interop.fhir_group import OLDER, REFUSED_SUBJECT
from hub.interop.fhir_index import Numbered, numbered
from hub.interop.fhir_read import Body
from hub.interop.fhir_record import House, Story
from hub.postgres import DatabaseBusy
from hub.vault import DataKey, Identity, Person
from hub.vocabulary import Purpose, Role, purpose_names

BATCH: Final = 2_000
"""How many facts are recorded in one transaction, at least: a citizen is never cut in two."""
ATTEMPTS: Final = 8

CHANGED: Final = "changed at the source since it was imported: not taken over, enter the change by hand"
DIED: Final = "the source now says that the citizen is dead: record the death by hand (hub citizen died)"
SAME_ID: Final = (
    "another citizen's record has the same type and id: have the source give each an id of its own"
)
CPR_TAKEN: Final = "a citizen with that CPR number is enrolled already: have them merged at the source"
NO_NAME: Final = "(no name)"

Told = Callable[[Fact, str], None]


class _Verdict(NamedTuple):
    """What became of a fact: `there` already, or not taken for a reason, or as the fact itself says."""

    fact: Fact
    there: bool = False
    reason: str | None = None


@dataclass
class Importer:
    """Imports from one source organisation. `person` is who runs it, if it is one of that organisation's people."""

    hub: Hub
    source: UUID
    person: Person | None = None
    by_name: bool = False
    """Whether citizens are to be found by their names: in the demonstration only."""
    batch: int = BATCH
    portion: int = PORTION
    refused: Told | None = None
    """Told of every fact that was refused, and why, once that is settled."""
    citizens: dict[str, UUID] = field(default_factory=dict)
    """The source's ids of all its citizens, and what they are called here."""
    dead: set[str] = field(default_factory=set)
    """Those of them who are dead, as far as imports say."""
    events: int = 0
    _identities: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Of the batch at hand."""

    def run(self, paths: Sequence[Path], *, progress: Callable[[int, int], None] | None = None) -> Report:
        """Import; whoever is interrupted runs it again."""
        house = self._house()
        bulk = Bulk(self.hub.database, self.hub.vault)
        numbers: dict[str, Numbered] = {}
        known = self._known(bulk, house, numbers)
        reader = FhirInput(
            list(paths),
            now=self.hub.clock(),
            known=known,
            numbers=numbers,
            before=lambda name: self._messages(bulk, name),
            portion=self.portion,
            progress=progress,
        )
        report = Report()
        for groups in self._batches(reader.groups(), report):
            for verdict in self._record(groups, house, bulk):
                self._count(report, verdict)
        report.missing_references = reader.missing
        return report

    # ------------------------------------------------------------------------------------ before the first

    def _house(self) -> House:
        partners = self.hub.partners()
        facts = partners.get(self.source)
        if facts is None:
            raise NotFound("The source organisation is not registered: hub partner list shows who is.")
        if self.person is not None and self.person.partner != self.source:
            raise NotPermitted(
                "The source organisation names who recorded it: use --as with one of its own people, or leave it out."
            )
        if self.person is not None:
            actor = self.hub.actor(self.person)
        elif facts.suspended:
            raise NotPermitted("The source organisation is suspended: nothing is imported from it.")
        else:
            actor = Actor(Role.PARTNER, self.source)
        purpose = _task_purpose(facts.purposes)
        if purpose is None:
            raise BadInput(
                "The source organisation has no purpose that a task can have: register one for it first."
            )
        names: dict[str, tuple[UUID, str | None]] = {}
        for partner, name in organisations(self.hub).items():
            known = partners.get(partner)
            names[name.casefold()] = (partner, _task_purpose(known.purposes if known else 0))
        return House(actor, self.source, purpose, names, self._identity)

    def _identity(self, path: str) -> bytes:
        found = self._identities.get(path)
        if found is None:
            found = self._identities[path] = self.hub.vault.lookup("import", f"{self.source}/{path}")
        return found

    def _known(self, bulk: Bulk, house: House, numbers: dict[str, Numbered]) -> Mapping[str, Life]:
        """The citizens that earlier imports from this source brought, with what dates are judged by; their numbers."""
        known: dict[str, Life] = {}
        for citizen, content in bulk.persons(str(house.partner)):
            path, _, original = content.partition(b"\n")
            name = path.decode().partition("/")[2]
            body = orjson.loads(original)
            known[name] = life_of(body)
            if (found := numbered(name, body)) is not None:
                numbers[found[0]] = found[1]
            self.citizens[name] = citizen
            if body.get("deceasedBoolean") is True or "deceasedDateTime" in body:
                self.dead.add(name)
        return known

    def _messages(self, bulk: Bulk, name: str) -> Iterator[Body]:
        """The messages of a citizen that earlier imports from this source brought."""
        citizen = self.citizens.get(name)
        for content in bulk.imported(str(self.source), citizen) if citizen is not None else ():
            path, _, original = content.partition(b"\n")
            if path.startswith(b"Communication/"):
                yield orjson.loads(original)

    # ------------------------------------------------------------------------------------ batch by batch

    def _batches(self, groups: Iterable[Group], report: Report) -> Iterator[list[Group]]:
        waiting: list[Group] = []
        size = 0
        for group in groups:
            if group.subject is None:
                for fact in group.facts:
                    self._count(report, _Verdict(fact))
                continue
            waiting.append(group)
            size += len(group.facts)
            if size >= self.batch:
                yield waiting
                waiting, size = [], 0
        if waiting:
            yield waiting

    def _record(self, groups: list[Group], house: House, bulk: Bulk) -> list[_Verdict]:
        """Record some citizens' facts in one transaction; when somebody was first, decide all of it again."""
        for attempt in range(ATTEMPTS):
            batch = _Batch(self, house, bulk, self.hub.clock())
            try:
                verdicts = batch.decide(groups)
                bulk.write(str(self.source), batch.load)
            except (Conflict, DatabaseBusy):
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, no secret
                continue
            self.citizens.update(batch.enrolled)
            self.dead.update(batch.died)
            self.events += len(batch.load.events)
            self._identities.clear()
            return verdicts
        raise Conflict(
            "Others kept recording on the same citizens: run the import again when it is quieter. "
            "What was imported stays."
        )

    def _count(self, report: Report, verdict: _Verdict) -> None:
        fact, reason = verdict.fact, verdict.reason
        if reason is None:
            report.count(fact, already_there=verdict.there)
            reason = fact.reason if isinstance(fact, Refused) else None
        else:
            report.refuse(fact, reason)
        if reason is not None and self.refused is not None:
            self.refused(fact, reason)


class _Batch:
    """One attempt at some citizens."""

    def __init__(self, importer: Importer, house: House, bulk: Bulk, now: datetime) -> None:
        self.load = Load()
        self.enrolled: dict[str, UUID] = {}
        self.died: set[str] = set()
        self._importer = importer
        self._house = house
        self._bulk = bulk
        self._now = now
        self._vault = importer.hub.vault
        self._sealer = importer.hub.store.sealer
        self._before: dict[bytes, Before] = {}
        self._taken: set[bytes] = set()
        self._keys: dict[UUID, DataKey] = {}

    def decide(self, groups: list[Group]) -> list[_Verdict]:
        """Decide what becomes of every fact, and gather what is to be written."""
        self._look_up(groups)
        return [verdict for group in groups for verdict in self._group(group)]

    def _look_up(self, groups: list[Group]) -> None:
        """Ask once for the whole batch what is there already."""
        asked: set[bytes] = set()
        numbers: set[bytes] = set()
        citizens = set()
        for group in groups:
            known = self._importer.citizens.get(group.subject or "")
            if known is not None:
                citizens.add(known)
            elif (patient := group.citizen) is not None and patient.cpr is not None:
                numbers.add(self._vault.lookup("cpr", patient.cpr))
            for fact in group.facts:
                if not isinstance(fact, Refused | Repeated):
                    asked.add(self._house.identity(_path(fact)))
        source = str(self._house.partner)
        self._before = self._bulk.found(source, list(asked))
        versions = {
            self._house.identity(_version(fact))
            for group in groups
            for fact in group.facts
            if not isinstance(fact, Refused | Repeated) and self._to_be_kept(fact)
        }
        if versions:
            self._before.update(self._bulk.found(source, list(versions)))
        self._taken = self._bulk.enrolled(list(numbers))
        self._keys = self._bulk.keys(citizens)

    def _group(self, group: Group) -> Iterator[_Verdict]:
        citizen = self._importer.citizens.get(group.subject or "")
        patient = group.citizen
        if citizen is None:
            if (
                patient is None
            ):  # its Patient was refused, and everything with it: there is nobody to keep it for
                yield from map(_Verdict, group.facts)
                return
            cpr = None if patient.cpr is None else self._vault.lookup("cpr", patient.cpr)
            if cpr in self._taken:
                yield from (
                    _refused(fact, CPR_TAKEN if fact is patient else REFUSED_SUBJECT) for fact in group.facts
                )
                return
            citizen = self._enrol(patient)
            self.enrolled[patient.source_id] = citizen
            if patient.deceased:
                self.died.add(patient.source_id)
            story = Story(self._house, citizen, self._now, None)
        else:
            work = Work(self._importer.hub, fresh=True)
            story = Story(self._house, citizen, self._now, work.find)
        yield from self._facts(group, story, citizen)

    def _enrol(self, patient: CitizenFact) -> UUID:
        citizen = uuid4()
        key, wrapped = self._vault.fresh_key(citizen)
        self._keys[citizen] = key
        self.load.keys.append((key.id, citizen, wrapped))
        born = None if patient.born is None else patient.born.isoformat()
        identity = Identity(patient.name or NO_NAME, patient.cpr, born)
        by_name = self._importer.by_name and patient.name is not None
        self.load.citizens.append(self._vault.identity_row(key, citizen, identity, by_name=by_name))
        return citizen

    def _facts(self, group: Group, story: Story, citizen: UUID) -> Iterator[_Verdict]:
        verdicts: dict[tuple[str, str, bytes], _Verdict] = {}
        to_tell = {id(fact) for fact in group.facts if self._is_new(fact)}
        story.expect(fact for fact in group.facts if id(fact) in to_tell)
        for fact in group.facts:
            if isinstance(fact, Repeated):
                continue
            verdict = self._fact(fact, story, citizen, new=id(fact) in to_tell)
            verdicts[fact.source_type, fact.source_id, fact.digest] = verdict
            yield verdict
        story.finish()
        for fact in group.facts:
            if isinstance(fact, Repeated):  # a repetition shares the refusal of what it repeats
                first = verdicts.get((fact.source_type, fact.source_id, fact.digest))
                yield _Verdict(fact, reason=None if first is None else first.reason)
        self._take(story, citizen)

    def _to_be_kept(self, fact: Fact) -> bool:
        """Whether it becomes no event: it has none, or it changed since it was imported."""
        before = self._before.get(self._house.identity(_path(fact)))
        return isinstance(fact, Unmapped) or (before is not None and before.digest != fact.digest)

    def _is_new(self, fact: Fact) -> bool:
        if isinstance(fact, Refused | Repeated | Unmapped):
            return False
        return self._house.identity(_path(fact)) not in self._before

    def _fact(self, fact: Fact, story: Story, citizen: UUID, *, new: bool) -> _Verdict:
        if isinstance(fact, Refused):
            return _Verdict(fact)
        if new:
            return self._tell(fact, story, citizen)
        before = self._before.get(self._house.identity(_path(fact)))
        if before is not None and before.digest == fact.digest:
            return _Verdict(fact, there=True)
        self._keep(fact, citizen, KEPT, _version(fact))
        if before is None or (isinstance(fact, Unmapped) and fact.reason == OLDER):
            return _Verdict(fact)
        died = isinstance(fact, CitizenFact) and fact.deceased and fact.source_id not in self._importer.dead
        return _refused(fact, SAME_ID if before.citizen != citizen else DIED if died else CHANGED)

    def _tell(self, fact: Fact, story: Story, citizen: UUID) -> _Verdict:
        """Record a fact, and keep what it was made from."""
        try:
            story.tell(fact)
        except HubRefuses as no:
            return _refused(fact, str(no))
        self._keep(fact, citizen, PERSON if isinstance(fact, CitizenFact) else IMPORTED, _path(fact))
        return _Verdict(fact)

    def _keep(self, fact: Fact, citizen: UUID, kind: str, path: str) -> None:
        """Seal the original under its citizen's key, unless this very content is kept already."""
        identity = self._house.identity(path)
        if identity in self._before:
            return
        self._before[identity] = Before(kind, fact.digest, citizen)
        content = f"{_path(fact)}\n".encode() + fact.original
        sealed = self._vault.seal_row(self._keys[citizen], content, identity)
        self.load.originals.append(Original(kind, identity, fact.digest, citizen, sealed))

    def _take(self, story: Story, citizen: UUID) -> None:
        key, load = self._keys[citizen], self.load
        first = len(load.events)
        load.commands.extend((command, first + index) for command, index in story.commands)
        load.events.extend(self._sealer.seal_under(key, event, citizen) for event in story.events)
        for staff in story.staff.values():
            slug = f"import-{staff.id.hex[:12]}"
            load.persons[staff.id] = self._vault.person_row(
                Person(staff.id, slug, staff.partner, staff.function, staff.name)
            )


def organisations(hub: Hub) -> dict[UUID, str]:
    """Every registered organisation and its name."""
    names = {}
    for partner in hub.partners().ids():
        found = Work(hub, fresh=True).find(Partner, partner)
        if found is not None:
            names[partner] = found.name
    return names


def _task_purpose(purposes: int) -> str | None:
    """What a task of an organisation is for: the first of its purposes, in the order of the vocabulary."""
    return next((name for name in purpose_names(purposes) if name != Purpose.EMERGENCY), None)


def _path(fact: Fact) -> str:
    return f"{fact.source_type}/{fact.source_id}"


def _version(fact: Fact) -> str:
    return f"{fact.source_type}/{fact.source_id}/{fact.digest.hex()}"


def _refused(fact: Fact, reason: str) -> _Verdict:
    """Refused by the hub, unless the reader did so before it, for a reason of its own."""
    return _Verdict(fact) if isinstance(fact, Refused) else _Verdict(fact, reason=reason)
