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
from hub.interop.fhir_about import SEVERAL, UNKNOWN, about, identity
from hub.interop.fhir_check import TOO_DEEP, UNKNOWN_TYPE, canonical, digest, fault
from hub.interop.fhir_codes import CodeTable, shipped
from hub.interop.fhir_dates import Life
from hub.interop.fhir_facts import UNREADABLE, Common, Fact, Group, Refused, Unmapped
from hub.interop.fhir_group import Citizen, Kept
from hub.interop.fhir_index import Index, Numbered
from hub.interop.fhir_map import Mapper
from hub.interop.fhir_message import Message, message_of
from hub.interop.fhir_read import Body, Broken, Resource, input_files, read, total_bytes
from hub.interop.fhir_values import Target, moment, part

NO_ID = "no id, or one that FHIR does not allow: have the source give it an id"
NO_SUBJECT = "about no citizen"
SEVERAL_CITIZENS = "about several citizens: not kept, for it could not be erased with one of them"
BAD_SUBJECT = "a reference to its citizen that cannot be followed: have it put right at the source"
UNKNOWN_SUBJECT = "its citizen is not in the input: import the Patient first or together with it"
CHANGED_FILES = (
    "The input changed while it was being read: nothing more is imported; start again when it is still."
)

LOOSE = 500
PORTION = 32 * 1024 * 1024


@dataclass(slots=True)
class FhirInput:
    """The facts in a set of files. `known` are the citizens that earlier imports from this source brought."""

    paths: list[Path]
    now: datetime
    known: Mapping[str, Life] = field(default_factory=dict)
    numbers: Mapping[str, Numbered] = field(default_factory=dict, repr=False)
    """Their CPR numbers."""
    before: Callable[[str], Iterable[Body]] = lambda _: ()
    """The messages of such a citizen that are there already."""
    portion: int = PORTION
    progress: Callable[[int, int], None] | None = None
    """Told (bytes read, bytes to read); the second is exact from the second pass on."""
    table: CodeTable = field(default_factory=shipped)
    missing: Counter[str] = field(default_factory=Counter)
    """References to a practitioner, a provider or another record that is not there, by field."""
    _message: tuple[tuple[Body, ...], Message | None] = field(default=((), None), repr=False)

    def groups(self) -> Iterator[Group]:
        """Hand out first what belongs to no citizen of the input, then one citizen after the other."""
        self.missing.clear()
        files = input_files(self.paths)
        still = _signature(files)
        size = total_bytes(files)
        index = Index(self.now, self.known, self.numbers)
        for item in self._resources(self._meter(0, size, 2)):
            index.add(item, self._message_of(item))
        index.settle()
        looks = 1
        if index.wanted:
            for item in self._resources(self._meter(1, size, 3)):
                index.follow(item, self._message_of(item))
            looks = 2
        portions = index.portions(self.portion)
        passes = looks + len(portions)
        for number, wanted in enumerate(portions, start=looks):
            if _signature(files) != still:
                raise BadInput(CHANGED_FILES)
            held: dict[str, list[Kept]] = {subject: [] for subject in wanted}
            meter = self._meter(number, size, passes)
            for piece in self._pass(index, held, meter, first=number == looks):
                yield Group(None, piece)
            for subject in wanted:
                if resources := held.pop(subject):
                    mapper = Mapper(self.table, index.directory, self.now, self.missing)
                    citizen = Citizen(
                        subject,
                        mapper,
                        known=self.known.get(subject),
                        double=index.doubles.get(subject),
                        retracted=index.retracted,
                        before=self.before,
                    )
                    yield citizen.group(resources)
        if self.progress is not None:
            self.progress(size * passes, size * passes)

    # ------------------------------------------------------------------------------------- the passes

    def _pass(
        self,
        index: Index,
        held: dict[str, list[Kept]],
        meter: Callable[[int], None] | None,
        *,
        first: bool,
    ) -> Iterator[tuple[Fact, ...]]:
        """Collect one portion; the first of these passes hands out what belongs to no citizen on its way."""
        loose: list[Fact] = []
        for sequence, item in enumerate(read(self.paths, on_bytes=meter)):
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
        index: Index,
        held: dict[str, list[Kept]],
        *,
        wanted: bool,
    ) -> Fact | None:
        """Put a resource to its citizen; return a fact when it belongs to none."""
        kind, name = identity(item)
        message = self._message_of(item)
        found = about(kind, name or "", item, message)
        subject = index.whose(item, kind, found) if name is not None else None
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
            return _loose(item, nobody, found)
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
                message,
            ),
        )
        return None

    def _resources(self, meter: Callable[[int], None] | None) -> Iterator[Resource]:
        for item in read(self.paths, on_bytes=meter):
            if isinstance(item, Resource):
                yield item

    def _message_of(self, item: Resource) -> Message | None:
        """Return what the message Bundle around a resource says; read once for all that came in it."""
        if not item.message:
            return None
        if item.message is not self._message[0]:
            self._message = (item.message, message_of(item.message, item.scope, item.bundle_time))
        return self._message[1]

    def _meter(self, number: int, size: int, passes: int) -> Callable[[int], None] | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda done: progress(size * number + done, size * passes)


# -------------------------------------------------------------------------------------- small pieces


def _signature(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    stats = [(str(path), path.stat()) for path in files if path.exists()]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _nothing(place: str, kind: str) -> Common:
    return {
        "source_type": kind,
        "source_id": "",
        "subject": None,
        "place": place,
        "digest": b"",
        "original": b"",
    }


def _loose(item: Resource, common: Common, found: Target | None) -> Fact:
    """Return the fact of a resource that belongs to no citizen of the input."""
    if common["source_type"] == UNKNOWN:
        return Refused(**common, reason=UNKNOWN_TYPE)
    if not common["source_id"]:
        return Refused(**common, reason=NO_ID)
    if found is None or found.kind == "other" or found.type not in (None, "Patient"):
        reason = fault(item.body, common["source_type"])
        if reason:
            return Refused(**common, reason=reason)
        return Unmapped(**common, reason=SEVERAL_CITIZENS if found == SEVERAL else NO_SUBJECT)
    if found.kind == "malformed":
        return Refused(**common, reason=BAD_SUBJECT)
    return Refused(**common, reason=UNKNOWN_SUBJECT)
