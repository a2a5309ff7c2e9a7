"""FHIR R4 input → the facts of one citizen after the other.

Files hold resources in any order (`Goal.ndjson` stands before `Patient.ndjson`), so the input is read several
times rather than held or spilled: personal data never lies unsealed on a disk of the hub, and compressed files
have no offsets to jump to. The first pass keeps an index: per citizen an id, a CPR number and the size of what is
about it; per practitioner and organisation a name. Citizens are then dealt into portions of at most `portion` bytes
of JSON, and every further pass collects one portion, citizen by citizen.

Memory is bounded by one portion (32 MiB of JSON unless told otherwise; more only when one citizen is larger), one
document (`fhir_read.MAX_DOCUMENT`), and about half a kilobyte for each citizen and each directory entry. Measured
with 150,000 resources (100 MB) on one core: portions of 16, 32 and 64 MiB peak at 137, 227 and 420 MB of memory and
take 66, 56 and 55 s. Validation dominates and happens once; a further pass costs some 10 s per million resources.

The order is the same in every run over the same files, which is what makes an import resumable.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from sys import intern

from hub.errors import BadInput
from hub.interop.fhir_check import TOO_DEEP, UNKNOWN_TYPE, canonical, digest, fault, model
from hub.interop.fhir_codes import CodeTable, shipped
from hub.interop.fhir_facts import UNREADABLE, Common, Fact, Group, Refused, Unmapped
from hub.interop.fhir_group import Citizen, Kept
from hub.interop.fhir_map import Life, Mapper
from hub.interop.fhir_read import Broken, Resource, input_files, read, total_bytes
from hub.interop.fhir_refs import Directory, Entry
from hub.interop.fhir_values import (
    FHIR_ID,
    Target,
    cpr_numbers,
    human_name,
    moment,
    part,
    parts,
    target,
    word,
)

NO_ID = "no id, or one that FHIR does not allow: have the source give it an id"
NO_SUBJECT = "about no citizen"
BAD_SUBJECT = "a reference to its citizen that cannot be followed: have it put right at the source"
UNKNOWN_SUBJECT = "its citizen is not in the input: import the Patient first or together with it"
CHANGED_FILES = (
    "The input changed while it was being read: nothing more is imported; start again when it is still."
)

UNKNOWN = "(unknown type)"
LOOSE = 500
PORTION = 32 * 1024 * 1024

_SUBJECTS = ("subject", "patient", "for", "beneficiary")
_DIRECTORY = frozenset(
    {
        *("CareTeam", "Device", "HealthcareService", "Location", "Organization"),
        *("Practitioner", "PractitionerRole", "RelatedPerson"),
    },
)


@dataclass(slots=True)
class _Index:
    """What the first pass keeps."""

    sizes: dict[str, int] = field(default_factory=dict)
    patients: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    by_cpr: dict[str, str] = field(default_factory=dict)
    doubles: set[str] = field(default_factory=set)
    directory: Directory = field(default_factory=Directory)


@dataclass(slots=True)
class FhirInput:
    """The facts in a set of files. `known` are the citizens that earlier imports from this source brought."""

    paths: list[Path]
    now: datetime
    known: Mapping[str, Life] = field(default_factory=dict)
    portion: int = PORTION
    progress: Callable[[int, int], None] | None = None
    """Told (bytes read, bytes to read); the second is exact from the second pass on."""
    table: CodeTable = field(default_factory=shipped)
    missing: Counter[str] = field(default_factory=Counter)
    """References to a practitioner, a provider or another record that is not there, by field."""

    def groups(self) -> Iterator[Group]:
        """Hand out first what belongs to no citizen of the input, then one citizen after the other."""
        self.missing.clear()
        files = input_files(self.paths)
        still = _signature(files)
        size = total_bytes(files)
        index = self._index(size)
        portions = self._portions(index)
        for number, wanted in enumerate(portions, start=1):
            if _signature(files) != still:
                raise BadInput(CHANGED_FILES)
            held: dict[str, list[Kept]] = {subject: [] for subject in wanted}
            for piece in self._pass(index, held, number, size, len(portions) + 1):
                yield Group(None, piece)
            for subject in wanted:
                if resources := held.pop(subject):
                    mapper = Mapper(self.table, index.directory, self.now, self.missing)
                    citizen = Citizen(
                        subject,
                        mapper,
                        known=self.known.get(subject),
                        double=subject in index.doubles,
                    )
                    yield citizen.group(resources)
        if self.progress is not None:
            self.progress(size * (len(portions) + 1), size * (len(portions) + 1))

    # ------------------------------------------------------------------------------------- the passes

    def _index(self, size: int) -> _Index:
        index = _Index()
        by_cpr_later: Counter[str] = Counter()
        for item in read(self.paths, on_bytes=self._meter(0, size, 2)):
            if isinstance(item, Broken):
                continue
            kind, name = _identity(item)
            if name is None:
                continue
            if kind in _DIRECTORY:
                _enter(index.directory, kind, name, item)
            if kind == "Patient":
                self._index_patient(index, name, item)
            about = _about(kind, name, item)
            if about is not None and about.kind in ("id", "cpr"):
                weight = _weight(item)
                if about.kind == "cpr":
                    by_cpr_later[about.id] += weight
                else:
                    index.sizes[about.id] = index.sizes.get(about.id, 0) + weight
        for cpr, weight in by_cpr_later.items():
            if cpr in index.by_cpr:
                index.sizes[index.by_cpr[cpr]] += weight
        return index

    def _index_patient(self, index: _Index, name: str, item: Resource) -> None:
        index.patients.add(name)
        for link in parts(item.body, "link"):
            if link.get("type") == "replaced-by":
                other = target(part(link, "other"), item.scope, [])
                if other is not None and other.kind == "id" and other.id != name:
                    index.merged[name] = other.id
        numbers = cpr_numbers(parts(item.body, "identifier"))
        if len(numbers.valid) == 1 and not numbers.invalid and name not in index.merged:
            owner = index.by_cpr.setdefault(numbers.valid[0], name)
            if owner != name:
                index.doubles.add(name)

    def _portions(self, index: _Index) -> list[list[str]]:
        """Deal the citizens into portions. There is always one, for what belongs to no citizen."""
        weights: dict[str, int] = {}
        for subject, weight in index.sizes.items():
            last = self._survivor(subject, index)
            if last is not None:
                weights[last] = weights.get(last, 0) + weight
        portions: list[list[str]] = [[]]
        room = self.portion
        for subject, weight in weights.items():
            if weight > room and portions[-1]:
                portions.append([])
                room = self.portion
            portions[-1].append(subject)
            room -= weight
        return portions

    def _pass(
        self,
        index: _Index,
        held: dict[str, list[Kept]],
        number: int,
        size: int,
        passes: int,
    ) -> Iterator[tuple[Fact, ...]]:
        """Collect one portion; the first of these passes hands out what belongs to no citizen on its way."""
        loose: list[Fact] = []
        first = number == 1
        for sequence, item in enumerate(read(self.paths, on_bytes=self._meter(number, size, passes))):
            if not isinstance(item, Broken):
                fact = self._sort_out(item, sequence, index, held, wanted=first)
            elif first:
                fact = Refused(**_nothing(item.place, UNREADABLE), reason=item.reason)
            else:
                fact = None
            if fact is not None:
                loose.append(fact)
                if len(loose) == LOOSE:
                    yield tuple(loose)
                    loose.clear()
        if loose:
            yield tuple(loose)

    def _sort_out(
        self,
        item: Resource,
        sequence: int,
        index: _Index,
        held: dict[str, list[Kept]],
        *,
        wanted: bool,
    ) -> Fact | None:
        """Put a resource to its citizen; return a fact when it belongs to none."""
        kind, name = _identity(item)
        about = _about(kind, name or "", item)
        subject = self._subject(about, index) if name is not None else None
        if subject is not None and subject not in held:
            return None
        if subject is None and not wanted:
            return None
        try:
            original, mark = canonical(item.body), digest(item.body)
        except TypeError:
            return Refused(**_nothing(item.place, kind), reason=TOO_DEEP)
        if name is None or subject is None:
            nobody = _nothing(item.place, kind)
            nobody.update({"source_id": name or "", "original": original, "digest": mark})
            return _loose(item, nobody, about)
        stamp = moment(part(item.body, "meta").get("lastUpdated")) or moment(item.bundle_time)
        held[subject].append(
            Kept(
                sequence,
                item.place,
                intern(kind),
                name,
                original,
                mark,
                item.scope,
                stamp.first if stamp else None,
            ),
        )
        return None

    def _subject(self, about: Target | None, index: _Index) -> str | None:
        if about is None or about.type not in (None, "Patient"):
            return None
        if about.kind == "cpr":
            found = index.by_cpr.get(about.id)
            return self._survivor(found, index) if found is not None else None
        return self._survivor(about.id, index) if about.kind == "id" else None

    def _survivor(self, subject: str, index: _Index) -> str | None:
        """Follow merged Patients to the one that is in use; None when it is not known."""
        seen = {subject}
        while subject in index.merged:
            subject = index.merged[subject]
            if subject in seen:
                return None
            seen.add(subject)
        return subject if subject in index.patients or subject in self.known else None

    def _meter(self, number: int, size: int, passes: int) -> Callable[[int], None] | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda done: progress(size * number + done, size * passes)


# -------------------------------------------------------------------------------------- small pieces


def _signature(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    stats = [(str(path), path.stat()) for path in files if path.exists()]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _weight(item: Resource) -> int:
    try:
        return len(canonical(item.body))
    except TypeError:  # nested too deeply; it is refused when its turn comes
        return 0


def _identity(item: Resource) -> tuple[str, str | None]:
    """Return type and id. A type that FHIR does not have is not repeated: it may be anything."""
    kind = str(item.body["resourceType"])
    if model(kind) is None:
        return UNKNOWN, None
    name = item.body.get("id")
    if name is None and item.full_url is not None:
        name = item.scope.get(item.full_url, "").partition("/")[2]
    return kind, name if isinstance(name, str) and FHIR_ID.match(name) else None


def _about(kind: str, name: str, item: Resource) -> Target | None:
    """Return the citizen that a resource names."""
    if kind == "Patient":
        return Target("id", "Patient", name)
    for where in _SUBJECTS:
        if reference := part(item.body, where):
            return target(reference, item.scope, parts(item.body, "contained"))
    return None


def _nothing(place: str, kind: str) -> Common:
    return {
        "source_type": kind,
        "source_id": "",
        "subject": None,
        "place": place,
        "digest": b"",
        "original": b"",
    }


def _loose(item: Resource, common: Common, about: Target | None) -> Fact:
    """Return the fact of a resource that belongs to no citizen of the input."""
    if common["source_type"] == UNKNOWN:
        return Refused(**common, reason=UNKNOWN_TYPE)
    if not common["source_id"]:
        return Refused(**common, reason=NO_ID)
    if about is None or about.kind == "other" or about.type not in (None, "Patient"):
        reason = fault(item.body, common["source_type"])
        return Refused(**common, reason=reason) if reason else Unmapped(**common, reason=NO_SUBJECT)
    if about.kind == "malformed":
        return Refused(**common, reason=BAD_SUBJECT)
    return Refused(**common, reason=UNKNOWN_SUBJECT)


def _enter(directory: Directory, kind: str, name: str, item: Resource) -> None:
    body = item.body
    called = human_name(parts(body, "name")) or word(body, "name")
    links = [target(part(body, where), item.scope, []) for where in ("practitioner", "organization")]
    paths = [link.path if link and link.kind == "id" else None for link in links]
    directory.entries[f"{kind}/{name}"] = Entry(called, *paths)
    directory.ids.add(name)
