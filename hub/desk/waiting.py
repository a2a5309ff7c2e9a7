"""What waits for one person, over all their citizens: whose turn it is, this week's meetings, consents that end.

All of it is decided and logged by one visit for each citizen, each for the purpose of the reader's own task there. A
citizen whose read is denied leaves no hole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.due import (
    DueFact,
    DueItem,
    DueMatter,
    DueReader,
    DueTold,
    due_items,
    due_matters,
    hard_facts,
)
from hub.application.grants import Grant
from hub.application.many import Ask, ManyReads
from hub.clock import copenhagen_day, from_microseconds, to_microseconds
from hub.desk.desk import PURPOSE_ORDER, Desk
from hub.desk.due import START
from hub.due import due_table
from hub.projections.overview import Outline

MOST: Final = 500
"""How many citizens one person's overview reads: far more than anybody can help."""
_PAGE: Final = 250
WEEK: Final = timedelta(days=7)
LONG_AGO: Final = timedelta(days=28)
"""After so long without a contact that the reader may know of, somebody stands under "Længe siden sidst"."""
MONTH: Final = timedelta(days=30)
"""So long before a consent ends the question can be put."""
SOMEBODY_WAITS: Final = frozenset({
    "wish", "question", "discontent", "feedback", "feedback-to-nobody", "worker-change", "need-unacknowledged",
    "first-reply", "acute", "order", "handover-unanswered", "invitation", "held-without",
})  # fmt: skip
"""The rules under which somebody waits for an answer."""
RIGHTS: Final = frozenset({
    "no-coordinator", "need-unassessed", "emergency", "purge", "correction", "follow-up", "transition", "purpose",
    "handover-unread", "input",
})  # fmt: skip
"""The rules that are about rights and deadlines."""


class Turn(IntEnum):
    """In which order things stand: somebody waits for an answer, rights and deadlines, the rest."""

    ANSWER = 0
    RIGHT = 1
    REST = 2


class Urgency(IntEnum):
    """The badge of a thing that is due."""

    LATE = 0
    TODAY = 1
    WEEK = 2
    AHEAD = 3
    CALM = 4


class Waiting(NamedTuple):
    """One thing that waits for the reader."""

    item: DueItem
    turn: Turn
    urgency: Urgency

    @property
    def since(self) -> date:
        """From when it has waited."""
        return self.item.begun.day


@dataclass(slots=True)
class Mine:
    """One of the reader's citizens, as far as the reader may know."""

    citizen: UUID
    purpose: str
    roles: list[str]
    waiting: list[Waiting] = field(default_factory=list)
    meetings: list[Entry] = field(default_factory=list)
    """Those ahead, the nearest first."""
    ending: list[date] = field(default_factory=list)
    """The last days of consents to the reader's own organisation that end within a month: a question to the citizen."""
    contact: date | None = None
    """When there last was contact."""

    @property
    def order(self) -> tuple[int, date, int]:
        """Whose turn it is first."""
        return min((one.turn, one.since, one.item.begun.position) for one in self.waiting)


def mine(s: Desk, reader: Reader, surface: str = "overview") -> list[Mine]:
    """All the reader's citizens with what waits, in the order of their references."""
    outlines = _outlines(s, reader)
    if not outlines or reader.person is None:
        return []
    citizens = [outline.citizen for outline in outlines]
    facts = s.due.of_citizens(citizens)
    reads = ManyReads(s.hub, reader, citizens, surface)
    today = copenhagen_day(reads.now)
    sector = _sector(s, reader)
    found, asks, plans = {}, dict[UUID, Ask](), dict[UUID, _Plan]()
    for outline in outlines:
        purposes = reads.purposes(outline.citizen)
        purpose = next((one for one in PURPOSE_ORDER if one in purposes), None)
        plan = _plan(reads, sector, outline, facts.get(outline.citizen, []))
        asks[outline.citizen], plans[outline.citizen] = plan.ask(purpose), plan
        found[outline.citizen] = Mine(outline.citizen, purpose or "", sorted(plan.own.roles))
    told = reads.told(asks)
    return [
        _filled(found[citizen], plans[citizen], told[citizen], reads.now, today)
        for citizen in citizens
        if citizen in told
    ]


def _sector(s: Desk, reader: Reader) -> str:
    partner = reader.person and reader.person.partner
    return "" if partner is None else s.partners().get(partner, ("", ""))[1]


class _Plan(NamedTuple):
    """What is asked about one citizen."""

    own: DueReader
    matters: list[DueMatter]
    consents: list[Grant]
    """Those to the reader's own organisation that end soon."""
    hard: list[DueFact]
    facts: Mapping[str, Any]

    @property
    def meetings(self) -> dict[str, int]:
        return dict(self.facts["meetings"])

    @property
    def ended(self) -> dict[str, int]:
        return {
            what: at for what, at in self.facts.get("ended", {}).items() if what in self.facts["meetings"]
        }

    def ask(self, purpose: str | None) -> Ask:
        """The places of it all."""
        contact = {self.facts["contact"]} if self.facts.get("contact") else set[int]()
        opens = {fact.position for fact in self.hard if fact.what == "opens"}
        shown = {*self.meetings.values(), *contact, *opens}.union(*(one.positions for one in self.matters))
        consents = (grant.position for grant in self.consents)
        beside = {*self.ended.values(), *consents, *(fact.position for fact in self.hard)}.union(
            *(one.others for one in self.matters)
        )
        return Ask(purpose, frozenset(shown), frozenset(beside))


def _outlines(s: Desk, reader: Reader) -> list[Outline]:
    found: list[Outline] = []
    start = START
    while reader.person and len(found) < MOST:
        page = s.overview.of_person(reader.person.id, start, _PAGE)
        found.extend(outline for outline in page if not outline.dead)
        if len(page) < _PAGE:
            break
        start = page[-1].citizen
    return found


def _plan(reads: ManyReads, sector: str, outline: Outline, facts: Sequence[DueFact]) -> _Plan:
    person = reads.reader.person
    if person is None or person.partner is None:
        return _Plan(DueReader(), [], [], [], outline.facts)
    tasks = reads.states[outline.citizen].tasks.values()
    roles = frozenset(task.role for task in tasks if task.person == person.id)
    own = DueReader(person.id, person.partner, sector, roles)
    matters = due_matters(due_table(), facts)
    ours = [matter for matter in matters if matter.is_for(own)]
    consents = _ending(reads, outline.citizen, person.partner)
    return _Plan(own, ours, consents, hard_facts(facts) if ours else [], outline.facts)


def _filled(own: Mine, plan: _Plan, told: DueTold, now: datetime, today: date) -> Mine:
    own.waiting = sorted(
        (
            _waiting(item, today)
            for item in due_items(plan.matters, plan.hard, told, plan.own, today)
            if _is_near(item, today)
        ),
        key=lambda one: (one.turn, one.since, one.item.begun.position),
    )
    own.ending = sorted({_last_day(one) for one in plan.consents if one.position in told.known})
    over = {what for what, at in plan.ended.items() if at in told.known}
    ahead = (
        told.entries[at]
        for meeting, at in plan.meetings.items()
        if at in told.entries and meeting not in over and _is_ahead(told.entries[at], now)
    )
    own.meetings = sorted(ahead, key=lambda entry: str(entry.fields["starts"]))
    contact = told.entries.get(plan.facts.get("contact") or 0)
    own.contact = None if contact is None else date.fromisoformat(contact.happened or contact.recorded)
    return own


def _ending(reads: ManyReads, citizen: UUID, partner: UUID) -> list[Grant]:
    """The consents to an organisation that end soon; of others' ends nobody is told."""
    now, soon = to_microseconds(reads.now), to_microseconds(reads.now + MONTH)
    in_force = reads.states[citizen].grants_in_force(partner, now)
    return [one for one in in_force if not one.law and one.ends is not None and one.ends <= soon]


def _last_day(consent: Grant) -> date:
    return copenhagen_day(from_microseconds((consent.ends or 1) - 1))


def _is_ahead(meeting: Entry, now: datetime) -> bool:
    starts = meeting.fields.get("starts")
    return starts is not None and datetime.fromisoformat(starts) >= now - timedelta(hours=2)


def _is_near(item: DueItem, today: date) -> bool:
    """What somebody waits for is shown from the first day; the rest from a week before."""
    return item.rule.id in SOMEBODY_WAITS or item.rule.red or item.due - today <= WEEK


def waiting_of(items: Sequence[DueItem], today: date) -> list[Waiting]:
    """Things that are due, in the order in which they are to be done."""
    found = [_waiting(item, today) for item in items if _is_near(item, today)]
    return sorted(found, key=lambda one: (one.turn, one.since, one.item.begun.position))


def _waiting(item: DueItem, today: date) -> Waiting:
    rule = item.rule.id
    turn = Turn.ANSWER if rule in SOMEBODY_WAITS else Turn.RIGHT if rule in RIGHTS else Turn.REST
    return Waiting(item, turn, _urgency(item, today))


def _urgency(item: DueItem, today: date) -> Urgency:
    if item.quiet:
        return Urgency.CALM
    if item.rule.red or item.due < today:
        return Urgency.LATE
    if item.due == today:
        return Urgency.TODAY
    return Urgency.WEEK if item.due - today <= WEEK else Urgency.AHEAD


class Elsewhere(NamedTuple):
    """A citizen of the reader's for whom something waits with somebody else on the staff."""

    citizen: UUID
    without_coordinator: bool
    waiting: list[Waiting]


def elsewhere(s: Desk, reader: Reader) -> list[Elsewhere]:
    """What waits with the others around the reader's own citizens: by its rule alone, without its content."""
    outlines = _outlines(s, reader)
    person = reader.person
    if not outlines or person is None or person.partner is None:
        return []
    citizens = [outline.citizen for outline in outlines]
    facts = s.due.of_citizens(citizens)
    reads = ManyReads(s.hub, reader, citizens, "team")
    today = copenhagen_day(reads.now)
    sector = _sector(s, reader)
    colleague = DueReader(START, person.partner, sector, frozenset({"coordinator", "contact_person"}))
    asks, plans = dict[UUID, Ask](), dict[UUID, _Plan]()
    for outline in outlines:
        purposes = reads.purposes(outline.citizen)
        own = _plan(reads, sector, outline, facts.get(outline.citizen, []))
        ours = {_key(matter) for matter in own.matters}
        told_of = facts.get(outline.citizen, [])
        matters = [
            matter
            for matter in due_matters(due_table(), told_of)
            if matter.is_for(colleague) and (matter.rule.red or _key(matter) not in ours)
        ]
        bare = {**outline.facts, "meetings": {}, "contact": None}
        plan = _Plan(colleague, matters, [], hard_facts(told_of), bare)
        asks[outline.citizen] = plan.ask(next((one for one in PURPOSE_ORDER if one in purposes), None))
        plans[outline.citizen] = plan
    told = reads.told(asks)
    found = []
    for citizen in citizens:
        if citizen in told:
            plan = plans[citizen]
            items = due_items(plan.matters, plan.hard, told[citizen], plan.own, today)
            waits = [one for one in waiting_of(items, today) if not one.item.rule.red]
            without = any(item.rule.id == "no-coordinator" for item in items)
            if waits or without:
                found.append(Elsewhere(citizen, without, waits))
    return sorted(found, key=lambda one: (not one.without_coordinator, one.citizen))


def _key(matter: DueMatter) -> tuple[str, UUID]:
    return matter.rule.id, matter.of("opens")[0].matter
