"""What a FHIR resource says, in the hub's words: one fact for each resource that was read, whatever became of it.

    Fact
    ├── CitizenFact      Patient     → enrolled, a relation of the source organisation, and died (last) if deceased
    ├── PlanFact         CarePlan    → one plan of kind `indsatsplan`
    ├── GoalFact         Goal        → a goal in professional wording, never as the citizen's own words
    ├── ContactFact      Encounter   → a recorded contact, never a meeting
    │                    Communication → a recorded contact: the message's own words, attachments by name only
    ├── InquiryFact      ServiceRequest of KL's kind → the citizen asked for help
    ├── CareTeamFact     CareTeam    → contact persons
    ├── Repeated         the same resource, already met in this input
    ├── Unmapped         readable, but the hub has no event for it: to be kept sealed under its citizen's key
    └── Refused          not imported; the reason says what to do about it

A reason is one of a fixed set of sentences, so that it can be counted, and never carries a value. A place is a file's
base name with a line or entry number. Names, CPR numbers and texts are in the facts' own fields only, and those
are left out of every `repr`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypedDict

UNREADABLE = "(unreadable)"
"""The type under which what could not be read as a resource is counted."""

Outcome = Literal["open", "reached", "let_go"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact carries. Identity is source organisation, `source_type` and `source_id`."""

    source_type: str
    source_id: str = field(repr=False)
    subject: str | None = field(repr=False)
    place: str
    digest: bytes = field(repr=False)
    """SHA-256 of the canonical JSON without `text` and `meta`: another digest is a change, an equal one is none."""
    original: bytes = field(repr=False)
    """The canonical JSON of the whole resource; empty where nothing could be read."""


class Common(TypedDict):
    """The fields that every fact carries."""

    source_type: str
    source_id: str
    subject: str | None
    place: str
    digest: bytes
    original: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenFact(Fact):
    """A person known to the source organisation."""

    name: str | None = field(repr=False)
    cpr: str | None = field(repr=False)
    born: date | None = field(repr=False)
    deceased: bool
    died_at: datetime | None
    """When; None with `deceased` set is a death without a date."""
    enrolled_at: datetime | None
    """The earliest dated fact of this citizen in the input; None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFact(Fact):
    """A provider's plan."""

    kind: Literal["indsatsplan"] = "indsatsplan"
    text: str | None = field(repr=False)
    labels: tuple[str, ...]
    opened_at: datetime | None
    closed: bool
    closed_at: datetime | None
    goals: tuple[str, ...] = field(repr=False)
    """The source ids of the goals that the plan refers to, whether or not they are in the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFact(Fact):
    """A goal in professional wording; `at` None is an undated fact."""

    text: str = field(repr=False)
    labels: tuple[str, ...]
    at: datetime | None
    plan: str | None = field(repr=False)
    """The source id of the first imported plan of this citizen that refers to the goal."""
    outcome: Outcome
    ended_at: datetime | None
    """When it was reached or let go, if the source says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFact(Fact):
    """A finished encounter, or a message that was sent."""

    text: str | None = field(repr=False)
    labels: tuple[str, ...]
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryFact(Fact):
    """The citizen asked for help; `at` None is an undated fact."""

    text: str = field(repr=False)
    labels: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPerson:
    """A member of a care team who can be somebody's steady contact person."""

    name: str | None = field(repr=False)
    reference: str | None = field(repr=False)
    """`Practitioner/…` or `PractitionerRole/…` as the source names it."""
    organisation: str | None = field(repr=False)
    organisation_reference: str | None = field(repr=False)
    role: str | None = field(repr=False)
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareTeamFact(Fact):
    """Those around the citizen in one care team."""

    labels: tuple[str, ...]
    at: datetime | None
    persons: tuple[ContactPerson, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(Fact):
    """The same type, id and digest as a resource already met in this input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped(Fact):
    """Readable and in order, but nothing the hub has an event for."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Fact):
    """Not imported."""

    reason: str


def dated(fact: Fact) -> datetime | None:
    """Return when a fact happened, as far as it says so."""
    match fact:
        case PlanFact():
            return fact.opened_at
        case GoalFact() | ContactFact() | InquiryFact() | CareTeamFact():
            return fact.at
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Group:
    """All facts of one citizen: the Patient first, then undated facts, then by date. A death is recorded last.

    `subject` None gathers what belongs to no citizen of the input: directory entries, unknown subjects, unreadable
    places. Such groups are cut into pieces and come before the citizens.
    """

    subject: str | None = field(repr=False)
    facts: tuple[Fact, ...]

    @property
    def citizen(self) -> CitizenFact | None:
        """The citizen, unless known from before or refused."""
        return next((fact for fact in self.facts if isinstance(fact, CitizenFact)), None)


@dataclass(slots=True)
class Line:
    """The figures of one resource type."""

    read: int = 0
    imported: int = 0
    already_there: int = 0
    not_mapped: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Whether everything that was read became exactly one thing."""
        return self.read == self.imported + self.already_there + self.not_mapped + self.refused


@dataclass(slots=True)
class Report:
    """What an import did, per resource type."""

    lines: dict[str, Line] = field(default_factory=dict)
    missing_references: Counter[str] = field(default_factory=Counter)

    def count(self, fact: Fact, *, already_there: bool = False) -> None:
        """Count one fact. The caller says when an identical one was imported by an earlier run.

        A resource that an earlier run kept sealed unmapped is still "not mapped", so that two reports compare.
        """
        line = self.lines.setdefault(fact.source_type, Line())
        line.read += 1
        match fact:
            case Repeated():
                line.already_there += 1
            case Unmapped():
                line.not_mapped += 1
                line.reasons[fact.reason] += 1
            case Refused():
                line.refused += 1
                line.reasons[fact.reason] += 1
            case _ if already_there:
                line.already_there += 1
            case _:
                line.imported += 1

    def refuse(self, fact: Fact, reason: str) -> None:
        """Count a fact that the hub itself refused when it was to be recorded."""
        line = self.lines.setdefault(fact.source_type, Line())
        line.read += 1
        line.refused += 1
        line.reasons[reason] += 1

    @property
    def total(self) -> Line:
        """The sum over all types."""
        total = Line()
        for line in self.lines.values():
            total.read += line.read
            total.imported += line.imported
            total.already_there += line.already_there
            total.not_mapped += line.not_mapped
            total.refused += line.refused
            total.reasons.update(line.reasons)
        return total

    @property
    def balanced(self) -> bool:
        """Whether read = imported + already there + not mapped + refused, for every type."""
        return all(line.balanced for line in self.lines.values())

    def table(self) -> str:
        """Return the report as plain text."""
        return "\n".join(self._rows())

    def _rows(self) -> Iterator[str]:
        head = ("type", "read", "imported", "already there", "not mapped", "refused")
        yield f"{head[0]:<24}" + "".join(f"{word:>15}" for word in head[1:])
        for name, line in [*sorted(self.lines.items()), ("all", self.total)]:
            figures = (line.read, line.imported, line.already_there, line.not_mapped, line.refused)
            yield f"{name:<24}" + "".join(f"{figure:>15}" for figure in figures)
        for name, line in sorted(self.lines.items()):
            for reason, count in sorted(line.reasons.items(), key=lambda item: (-item[1], item[0])):
                yield f"{count:>8} {name}: {reason}"
        for name, count in sorted(self.missing_references.items()):
            yield f"{count:>8} {name}: refers to something that is not in the input"
