"""One citizen's facts → events, made by the aggregates' own commands, in the order in which things happened.

What ends (a goal, a plan, a contact person's task) is recorded where its date stands among the other facts, a plan
never before all its goals, what ends without a date after everything dated; a death last.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from hub.aggregates import Act, Actor, Citizen, Organisation, Plan, Text
from hub.aggregates.needs import HelpSought
from hub.errors import BadInput, NotPermitted
from hub.interop.fhir_facts import (
    CareTeamFact,
    CitizenFact,
    ContactFact,
    ContactPerson,
    Fact,
    GoalFact,
    InquiryFact,
    PlanFact,
    dated,
)
from hub.vocabulary import Source

UNKNOWN_ORGANISATION = (
    "names an organisation that the hub does not know: register it under that name, then import again"
)
NO_PURPOSE = "names an organisation without a purpose that a task can have: register one first"
NO_RELATION = "the source organisation's relation to the citizen has ended: have it started again first"
KIND = "indsatsplan"
REMEMBERED = 4_000


class Staff(NamedTuple):
    """A contact person, and what is to be registered of them."""

    id: UUID
    partner: UUID
    name: str
    function: str


@dataclass(frozen=True, slots=True)
class House:
    """Whoever records: the source organisation, what its task is for, and every organisation by its name."""

    actor: Actor
    partner: UUID
    purpose: str
    organisations: Mapping[str, tuple[UUID, str | None]]
    """Name (casefolded) → partner and what its tasks are for."""
    identity: Callable[[str], bytes] = field(repr=False)
    """The keyed lookup of a record of this source."""
    _texts: dict[tuple[str, tuple[str, ...]], Text] = field(default_factory=dict, repr=False)

    def command(self, kind: str, name: str) -> UUID:
        """The command that a record of the source is: the same whenever it comes."""
        return UUID(bytes=self.identity(f"{kind}/{name}")[:16])

    def text(self, text: str | None, labels: tuple[str, ...]) -> Text | None:
        """A text as events carry it; coded texts come again and again, so the last few thousand are remembered."""
        if text is None:
            return None
        found = self._texts.get((text, labels))
        if found is None:
            if len(self._texts) >= REMEMBERED:
                self._texts.clear()
            plain = text.replace("\r\n", "\n").replace("\r", "\n")
            found = self._texts[text, labels] = Text.of(plain, *labels)
        return found

    def staff(self, person: ContactPerson, labels: tuple[str, ...]) -> tuple[Staff, str]:
        """A contact person and the purpose of their task; refused when their organisation is not registered."""
        found: tuple[UUID, str | None] | None = (self.partner, self.purpose)
        if person.organisation is not None or person.organisation_reference is not None:
            found = self.organisations.get((person.organisation or "").strip().casefold())
        if found is None:
            raise BadInput(UNKNOWN_ORGANISATION)
        partner, purpose = found
        if purpose is None:
            raise BadInput(NO_PURPOSE)
        known_as = person.reference or f"{person.organisation}\x00{(person.name or '').casefold()}"
        identity = UUID(bytes=self.identity(f"staff/{partner}/{known_as}")[:16])
        # A role can tell more than the organisation does: it is kept only where the team's names reveal nothing.
        function = person.role if person.role and not labels else "contact person"
        return Staff(identity, partner, person.name or "", function), purpose


class _Ending(NamedTuple):
    when: float
    sequence: int
    plan: UUID | None
    record: Callable[[], None]


class Story:
    """What is recorded on one citizen. `find` loads what an earlier import made; None for a new citizen."""

    def __init__(
        self,
        house: House,
        citizen: UUID,
        now: datetime,
        find: Callable[[type[Organisation], UUID], Organisation | None] | None,
    ) -> None:
        self.events: list[Any] = []
        self.commands: list[tuple[UUID, int]] = []
        self.staff: dict[UUID, Staff] = {}
        self._house = house
        self._id = citizen
        self._now = now
        self._find = find
        self._citizen: Citizen | None = None
        self._plans: dict[UUID, Plan] = {}
        self._endings: list[_Ending] = []
        self._numbers = count()
        self._held: dict[UUID, list[_Ending]] = {}
        self._goals_to_come: Counter[UUID] = Counter()
        self._death: tuple[CitizenFact, UUID] | None = None
        self._begun: set[UUID] = set()

    def expect(self, facts: Iterable[Fact]) -> None:
        """Learn which goals are to come, so that no plan is closed before them."""
        for fact in facts:
            if isinstance(fact, GoalFact) and fact.plan is not None:
                self._goals_to_come[self._plan_id(fact.plan)] += 1

    def tell(self, fact: Fact) -> None:
        """Record one fact. Raises what the aggregate refuses with; then nothing of it is recorded."""
        command = self._house.command(fact.source_type, fact.source_id)
        at = dated(fact)
        if at is not None:
            self._end_before(at.timestamp())
        match fact:
            case CitizenFact():
                self._enrol(fact, command)
            case PlanFact():
                self._open(fact, command)
            case GoalFact():
                self._set_goal(fact, command)
            case ContactFact():
                citizen = self._living()
                citizen.record_contact(
                    self._act(command, fact.at), text=self._house.text(fact.text, fact.labels)
                )
                self._collect(citizen, command)
            case InquiryFact():
                citizen = self._living()
                inquiry, text = uuid5(command, "inquiry"), self._house.text(fact.text, fact.labels)
                citizen.tell(HelpSought, self._act(command, fact.at), inquiry=inquiry, text=text)
                self._collect(citizen, command)
            case CareTeamFact():
                self._assign(fact, command)

    def finish(self) -> None:
        """Record what ends and has not yet, and a death last."""
        self._end_before(None)
        if self._death is not None:
            fact, command = self._death
            citizen = self._living()
            citizen.die(self._act(command, fact.died_at))
            self._collect(citizen, command)

    # ------------------------------------------------------------------------------------ one type each

    def _enrol(self, fact: CitizenFact, command: UUID) -> None:
        act, house = self._act(command, fact.enrolled_at), self._house
        self._citizen = Citizen.enrol(self._id, act)
        self._citizen.start_relation(uuid5(command, "task"), house.partner, None, house.purpose, act)
        self._collect(self._citizen, command)
        if fact.deceased:
            self._death = fact, command

    def _open(self, fact: PlanFact, command: UUID) -> None:
        self._living()
        identity = uuid5(command, "plan")
        text = self._house.text(fact.text, fact.labels)
        plan = Plan.begin(identity, self._id, fact.kind, self._act(command, fact.opened_at), text=text)
        self._plans[identity] = plan
        self._collect(plan, command)
        if fact.closed:
            act = self._act(command, fact.closed_at)
            self._later(fact.closed_at, command, plan, lambda: plan.close(act), closes=identity)

    def _set_goal(self, fact: GoalFact, command: UUID) -> None:
        self._living()
        goal, act = uuid5(command, "goal"), self._act(command, fact.at)
        named = None if fact.plan is None else self._plan_id(fact.plan)
        try:
            professional = self._house.text(fact.text, fact.labels)
            plan = self._plan(named) if named else None
            if plan is None or not plan.open:
                plan = self._plan_for_goals(command)
            plan.set_goal(goal, act, professional=professional)
            self._collect(plan, command)
        finally:
            if named is not None:
                self._goals_to_come[named] -= 1
                if not self._goals_to_come[named]:
                    for ending in self._held.pop(named, ()):
                        heappush(self._endings, ending)
        if fact.outcome != "open":
            ended = self._act(command, fact.ended_at)
            end = plan.reach_goal if fact.outcome == "reached" else plan.let_goal_go
            self._later(fact.ended_at, command, plan, lambda: end(goal, ended))

    def _assign(self, fact: CareTeamFact, command: UUID) -> None:
        citizen = self._living()
        members = [(person, *self._house.staff(person, fact.labels)) for person in fact.persons]
        for number, (person, staff, purpose) in enumerate(members):
            if any(t.kind == "contact_person" and t.person == staff.id for t in citizen.tasks.values()):
                continue  # two teams name the same person
            act = self._act(command, person.since or fact.at)
            task = uuid5(command, f"task {number}")
            citizen.assign_contact_person(task, staff.partner, staff.id, purpose, act)
            self.staff[staff.id] = staff
            if person.until is not None:
                self._end_task(citizen, staff.id, person.until, command)
        self._collect(citizen, command)

    def _end_task(self, citizen: Citizen, person: UUID, until: datetime, command: UUID) -> None:
        act = self._act(command, until)
        self._later(until, command, citizen, lambda: citizen.end_contact_person(person, act))

    # ---------------------------------------------------------------------------------- what they share

    def _living(self) -> Citizen:
        """The citizen's own aggregate; refused when the source has no relation to the citizen any more."""
        if self._citizen is None:
            found = self._find(Citizen, uuid5(self._id, "citizen")) if self._find else None
            if not isinstance(found, Citizen):
                raise NotPermitted(NO_RELATION)
            self._citizen = found
        if all(task.partner != self._house.partner for task in self._citizen.tasks.values()):
            raise NotPermitted(NO_RELATION)
        return self._citizen

    def _plan_id(self, name: str) -> UUID:
        return uuid5(self._house.command("CarePlan", name), "plan")

    def _plan(self, identity: UUID) -> Plan | None:
        found = self._plans.get(identity)
        if found is None and self._find is not None:
            loaded = self._find(Plan, identity)
            if isinstance(loaded, Plan) and loaded.citizen_id == self._id:
                found = self._plans[identity] = loaded
        return found

    def _plan_for_goals(self, command: UUID) -> Plan:
        """The one plan for goals that stand in none, or in one that is closed."""
        identity = uuid5(self._id, f"goals of {self._house.partner}")
        plan = self._plan(identity)
        if plan is None:
            plan = self._plans[identity] = Plan.begin(identity, self._id, KIND, self._act(command, None))
        return plan

    def _act(self, command: UUID, at: datetime | None) -> Act:
        return Act(self._house.actor, at, self._now, Source.IMPORT, command)

    def _collect(self, aggregate: Organisation, command: UUID) -> None:
        """Take what was decided, in the order in which it was: aggregates keep theirs apart."""
        made = aggregate.collect_events()
        if made and command not in self._begun:
            self._begun.add(command)
            self.commands.append((command, len(self.events)))
        self.events.extend(made)

    def _later(
        self,
        when: datetime | None,
        command: UUID,
        aggregate: Organisation,
        record: Callable[[], None],
        closes: UUID | None = None,
    ) -> None:
        def do() -> None:
            record()
            self._collect(aggregate, command)

        at = float("inf") if when is None else when.timestamp()
        heappush(self._endings, _Ending(at, next(self._numbers), closes, do))

    def _end_before(self, moment: float | None) -> None:
        """Record what ended before a moment (None: everything)."""
        while self._endings and (moment is None or self._endings[0].when < moment):
            ending = heappop(self._endings)
            if moment is not None and ending.plan is not None and self._goals_to_come[ending.plan] > 0:
                self._held.setdefault(ending.plan, []).append(ending)
            else:
                ending.record()
        if moment is None:
            for held in self._held.values():
                for ending in held:
                    ending.record()
            self._held.clear()
