"""All resources of one citizen → their facts, in the order in which they are to be recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson

from hub.interop.fhir_check import fault
from hub.interop.fhir_facts import (
    CitizenFact,
    Common,
    Fact,
    GoalFact,
    Group,
    PlanFact,
    Refused,
    Repeated,
    Unmapped,
    dated,
)
from hub.interop.fhir_map import Life, Mapper
from hub.interop.fhir_read import Body
from hub.interop.fhir_refs import inner_targets
from hub.interop.fhir_values import Target, part

REFUSED_SUBJECT = "its Patient was refused: put the Patient right first"
SAME_CPR = "another Patient has the same CPR number: have them merged at the source"
MERGED = "replaced by another Patient"
OLDER = "an older version of a resource that is here too"

_FIRST = datetime(1, 1, 1, tzinfo=UTC)

Key = tuple[int, datetime, int, int]
"""Where a fact stands: its kind of place, its date, the sequence it follows, and the order behind that."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource as it waits for its citizen's turn, as canonical JSON."""

    sequence: int
    place: str
    kind: str
    name: str = field(repr=False)
    original: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    scope: Mapping[str, str] = field(repr=False)
    version: datetime | None
    """`meta.lastUpdated`, else the time of the Bundle."""


class Citizen:
    """One citizen of the input. `known` is what an earlier import found, `double` that another has the same CPR."""

    def __init__(self, subject: str, mapper: Mapper, *, known: Life | None, double: bool) -> None:
        self._subject = subject
        self._mapper = mapper
        self._double = double
        self._life = known or Life()
        self._accepted = known is not None
        self._inner: dict[str, list[tuple[str, Target]]] = {}
        self._conditions: dict[str, Body] = {}

    def group(self, resources: list[Kept]) -> Group:
        """Map everything: the Patient before all else, because its dates judge the others."""
        identities: dict[tuple[str, str], list[Kept]] = {}
        for kept in sorted(resources, key=lambda one: (one.kind != "Patient", one.sequence)):
            identities.setdefault((kept.kind, kept.name), []).append(kept)
        facts = [item for versions in identities.values() for item in self._versions(versions)]
        names = {name for _, name in identities}
        for found in self._inner.values():
            for where, inner in found:
                if inner.kind == "malformed" or (inner.kind == "id" and inner.id not in names):
                    self._mapper.missing[where] += 1
        named = [(sequence, self._named(fact)) for sequence, fact in facts]
        return Group(self._subject, tuple(_in_order(named)))

    def _versions(self, versions: list[Kept]) -> Iterator[tuple[int, Fact]]:
        """Map the newest of the versions that one identity has here; a repetition shares its original's refusal."""
        newest = _newest(versions)
        met: dict[bytes, Fact] = {}
        for kept in versions:
            common: Common = {
                "source_type": kept.kind,
                "source_id": kept.name,
                "subject": self._subject,
                "place": kept.place,
                "digest": kept.digest,
                "original": kept.original,
            }
            fact: Fact
            match met.get(kept.digest):
                case None if kept is newest:
                    fact = met[kept.digest] = self._fact(kept, common)
                case None:
                    fact = met[kept.digest] = Unmapped(**common, reason=OLDER)
                case Refused(reason=reason):
                    fact = Refused(**common, reason=reason)
                case _:
                    fact = Repeated(**common)
            yield kept.sequence, fact

    def _fact(self, kept: Kept, common: Common) -> Fact:
        body: Body = orjson.loads(kept.original)
        reason = fault(body, kept.kind)
        if reason is None and kept.kind == "Patient":
            if kept.name != self._subject:
                return Unmapped(**common, reason=MERGED)
            reason = SAME_CPR if self._double else None
        elif reason is None and not self._accepted:
            reason = REFUSED_SUBJECT
        if reason is not None:
            return Refused(**common, reason=reason)
        fact = self._mapper.fact(body, common, self._life, kept.scope)
        if isinstance(fact, CitizenFact):
            self._life, self._accepted = self._mapper.life(body), True
        elif isinstance(fact, PlanFact | GoalFact):
            self._inner[f"{kept.kind}/{kept.name}"] = inner_targets(body, kept.kind, kept.scope)
        elif kept.kind == "Condition":
            self._conditions[kept.name] = part(body, "code")
        return fact

    def _named(self, fact: Fact) -> Fact:
        """Add the labels of a diagnosis that a plan or goal addresses and its text names."""
        if not isinstance(fact, PlanFact | GoalFact) or fact.text is None:
            return fact
        labels = frozenset(fact.labels)
        for where, found in self._inner[f"{fact.source_type}/{fact.source_id}"]:
            if where.endswith(".addresses") and found.id in self._conditions:
                labels |= self._mapper.named_in(fact.text.casefold(), self._conditions[found.id])
        return replace(fact, labels=tuple(sorted(labels)))


def _newest(versions: list[Kept]) -> Kept:
    """Return the version that counts: the latest by its stamp; without stamps the last that was read.

    Of several with the same digest the first is meant, so that the others are repetitions of it.
    """
    last = max(versions, key=lambda kept: (kept.version or _FIRST, kept.sequence))
    return next(kept for kept in versions if kept.digest == last.digest)


def _in_order(facts: list[tuple[int, Fact]]) -> Iterator[Fact]:
    """Hand out the Patient, then what is undated, then by date; a goal never before the plan it stands in."""
    plan_of: dict[str, tuple[Key, PlanFact]] = {}
    for key, plan in sorted(
        ((_key(sequence, fact), fact) for sequence, fact in facts if isinstance(fact, PlanFact)),
        key=lambda one: one[0],
    ):
        for goal in plan.goals:
            plan_of.setdefault(goal, (key, plan))
    placed: list[tuple[Key, Fact]] = []
    for sequence, fact in facts:
        key = _key(sequence, fact)
        if isinstance(fact, GoalFact) and fact.source_id in plan_of:
            behind, plan = plan_of[fact.source_id]
            placed.append((max(key, (*behind[:3], sequence + 1)), replace(fact, plan=plan.source_id)))
        else:
            placed.append((key, fact))
    placed.sort(key=lambda one: one[0])
    earliest = min((at for _, fact in placed if (at := dated(fact)) is not None), default=None)
    for _, fact in placed:
        yield replace(fact, enrolled_at=earliest) if isinstance(fact, CitizenFact) else fact


def _key(sequence: int, fact: Fact) -> Key:
    if isinstance(fact, CitizenFact):
        return (0, _FIRST, sequence, 0)
    if fact.source_type == "Patient":
        return (1, _FIRST, sequence, 0)
    at = dated(fact)
    return (2, _FIRST, sequence, 0) if at is None else (3, at, sequence, 0)
