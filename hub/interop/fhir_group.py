"""All resources of one citizen → their facts, in the order in which they are to be recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson

from hub.interop.fhir_check import fault
from hub.interop.fhir_dates import Life
from hub.interop.fhir_facts import (
    CitizenFact,
    Common,
    ContactFact,
    Fact,
    GoalFact,
    Group,
    PlanFact,
    Refused,
    Repeated,
    Unmapped,
    dated,
)
from hub.interop.fhir_map import IN_ERROR, TAKEN_BACK, Mapper
from hub.interop.fhir_message import Message, thread_of
from hub.interop.fhir_read import Body
from hub.interop.fhir_refs import inner_targets
from hub.interop.fhir_values import Target, part, parts

REFUSED_SUBJECT = "its Patient was refused: put the Patient right first"
MERGED = "replaced by another Patient"
DEAD_ELSEWHERE = (
    "says that the citizen is dead, as no other record does: record the death by hand (hub citizen died)"
)
ONLY_TAKEN_BACK = "named only in messages that were taken back: nobody is enrolled from those"
NAMED_AGAIN = "the same citizen, named again in another message"
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
    message: Message | None = field(default=None, repr=False)
    """What the message Bundle says that it came in."""


class Citizen:
    """One citizen of the input. `known` is what an earlier import found, `double` why they cannot be told from others.

    `retracted` are the messages that were taken back, and when; `before` tells the messages that are there already.
    """

    def __init__(
        self,
        subject: str,
        mapper: Mapper,
        *,
        known: Life | None,
        double: str | None,
        retracted: Mapping[str, datetime],
        before: Callable[[str], Iterable[Body]] = lambda _: (),
    ) -> None:
        self._subject = subject
        self._mapper = mapper
        self._double = double
        self._life = known or Life()
        self._accepted = known is not None and double is None
        self._retracted = retracted
        self._dead = False
        self._before = before
        self._messages: dict[str, tuple[Body, Kept, Common]] = {}
        self._inner: dict[str, list[tuple[str, Target]]] = {}
        self._conditions: dict[str, Body] = {}

    def group(self, resources: list[Kept]) -> Group:
        """Map everything: the Patient before all else, because its dates judge the others."""
        if not self._accepted and all(self._from_taken_back(kept) for kept in resources):
            self._double = self._double or ONLY_TAKEN_BACK
        identities: dict[tuple[str, str], list[Kept]] = {}
        for kept in sorted(resources, key=lambda one: (one.kind != "Patient", one.sequence)):
            identities.setdefault((kept.kind, kept.name), []).append(kept)
        facts = [item for versions in identities.values() for item in self._versions(versions)]
        names = {name for _, name in identities}
        for found in self._inner.values():
            for where, inner in found:
                if inner.kind == "malformed" or (inner.kind == "id" and inner.id not in names):
                    self._mapper.missing[where] += 1
        named = [(sequence, self._named(fact)) for sequence, fact in self._not_twice(facts)]
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
                return self._another(body, common)
            reason = self._double
        elif reason is None and not self._accepted:
            reason = self._why_not(body)
        elif reason is None and self._taken_back(kept):
            reason = TAKEN_BACK
        if reason is not None:
            return Refused(**common, reason=reason)
        fact = self._mapper.fact(body, common, self._life, kept.scope, kept.message)
        if isinstance(fact, CitizenFact):
            self._life, self._accepted, self._dead = self._mapper.life(body), True, fact.deceased
        elif isinstance(fact, PlanFact | GoalFact):
            self._inner[f"{kept.kind}/{kept.name}"] = inner_targets(body, kept.kind, kept.scope)
        elif isinstance(fact, ContactFact) and kept.kind == "Communication":
            self._messages[kept.name] = body, kept, common
        elif kept.kind == "Condition":
            self._conditions[kept.name] = part(body, "code")
        return fact

    def _why_not(self, body: Body) -> str:
        """Return why nothing is taken in about a citizen who was not."""
        if self._double != ONLY_TAKEN_BACK:
            return REFUSED_SUBJECT
        return IN_ERROR if body.get("status") == "entered-in-error" else TAKEN_BACK

    def _another(self, body: Body, common: Common) -> Fact:
        """Return what becomes of a Patient that is this citizen under another id."""
        if any(link.get("type") == "replaced-by" for link in parts(body, "link")):
            return Unmapped(**common, reason=MERGED)
        dead = "deceasedDateTime" in body or body.get("deceasedBoolean") is True
        if dead and not self._dead and self._life.died is None:
            return Refused(**common, reason=DEAD_ELSEWHERE)
        return Unmapped(**common, reason=NAMED_AGAIN)

    def _from_taken_back(self, kept: Kept) -> bool:
        """Whether it came in a message that was taken back: such a message may be about somebody else."""
        around = kept.message
        if around is None or around.taken_back:
            return around is not None
        return bool(around.focus) and all(
            (at := self._retracted.get(path)) is not None and (around.at is None or around.at.first <= at)
            for path in around.focus
        )

    def _taken_back(self, kept: Kept) -> bool:
        at = self._retracted.get(f"{kept.kind}/{kept.name}")
        return at is not None and (kept.version is None or kept.version <= at)

    def _not_twice(self, facts: list[tuple[int, Fact]]) -> Iterator[tuple[int, Fact]]:
        """Leave out of each message what another message of this citizen brought itself, now or before."""
        threads = {name: thread_of(body) for name, (body, _, _) in self._messages.items()}
        brought: dict[object, set[str]] = {}
        for name, thread in threads.items():
            for one in thread.own:
                brought.setdefault(one.mark, set()).add(name)
        if any(thread.earlier for thread in threads.values()):
            for body in self._before(self._subject):
                for one in thread_of(body).own:
                    brought.setdefault(one.mark, set()).add(str(body.get("id")))
        for sequence, fact in facts:
            if fact.source_type != "Communication" or not isinstance(fact, ContactFact):
                yield sequence, fact
                continue
            name = fact.source_id
            said = frozenset(
                one.mark for one in threads[name].earlier if brought.get(one.mark, {name}) != {name}
            )
            body, kept, common = self._messages[name]
            yield sequence, self._mapper.message(body, common, self._life, kept.message, said)

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
