"""Each aggregate, under any commands in any order by anybody.

A model kept here says beforehand whether a command is to be refused, and what stands afterwards; it is written from
DOMAIN. After every step the aggregate rebuilt from its events, and the one rebuilt from what is stored of them,
equal the one that made them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.aggregates import (
    Act,
    Actor,
    Citizen,
    Consents,
    Handover,
    Meeting,
    Organisation,
    Partner,
    Plan,
    Window,
)
from hub.aggregates.base import event_id
from hub.aggregates.needs import CrisisAgreementMade, TreatmentNoted
from hub.clock import wall_clock_later
from hub.encoding import body_of, event_of
from hub.errors import Refused
from hub.legal import LegalBasis, legal_bases
from hub.schemas import Schemas
from hub.vocabulary import EMERGENCY_SECTORS, Role, Sector, Source
from tests.acting import AT, AUTHORITY, CITIZEN, JOBCENTRE, PROVIDER, SECTORS, is_a_sentence, uid, words

SCHEMAS = Schemas()
ENOUGH = settings(
    max_examples=100,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

IDS = st.sampled_from([uid(101), uid(101), uid(102), uid(102), uid(103), uid(104)])
PARTNERS = st.sampled_from([AUTHORITY, PROVIDER, JOBCENTRE])
PERSONS = st.sampled_from([uid(21), uid(22)])
CITIZEN_ACTS, HUB_ACTS, NOBODY = Actor(Role.CITIZEN), Actor(Role.HUB), Actor(Role.PARTNER)
AT_AUTHORITY, AT_PROVIDER, AT_JOBCENTRE = (
    Actor(Role.PARTNER, partner, None, uid(21), "worker", sector) for partner, sector in SECTORS.items()
)
SYSTEM = Actor(Role.PARTNER, JOBCENTRE)
"""An organisation's own system, with no person."""
EVERYBODY = [CITIZEN_ACTS, AT_AUTHORITY, AT_PROVIDER, AT_JOBCENTRE, HUB_ACTS, NOBODY]
REPRESENTS = Actor(Role.REPRESENTATIVE, person=uid(23))
"""Somebody who acts for the citizen."""
ACTORS = st.sampled_from([*EVERYBODY, AT_AUTHORITY, AT_PROVIDER, AT_JOBCENTRE])
"""Anybody: the citizen, three organisations, the hub itself, and somebody whose organisation is not known."""
MOSTLY_CITIZEN = st.sampled_from([*EVERYBODY, *[CITIZEN_ACTS] * 8])
MOSTLY_STAFF = st.sampled_from([*EVERYBODY, HUB_ACTS, AT_AUTHORITY, AT_AUTHORITY])
"""The same, with those who are allowed oftener, so that more than refusals happens."""
LABELS = st.frozensets(st.sampled_from(["wishes", "plan", "meetings"]), max_size=3)
PURPOSES = st.sampled_from(
    [
        *map(frozenset, [["coordination"], ["support"], ["coordination", "support"], ["treatment"]] * 2),
        *map(frozenset, [[], ["support", "sanction"], ["emergency"], ["nonsense"]]),
    ]
)
PURPOSE = st.sampled_from(["coordination", "support", "support", "employment", "emergency", "sanction", ""])
TEXTS = st.none() | st.just(words("plan"))
DAYS = st.none() | st.integers(-3, 9)
TASK_PURPOSES = {"coordination", "treatment", "support", "casework", "employment"}


def works_at(actor: Actor) -> UUID | None:
    """The organisation that acts, if one does."""
    return actor.partner if actor.role is Role.PARTNER else None


def is_authority(actor: Actor) -> bool:
    """Whether somebody at the authority acts."""
    return works_at(actor) is not None and actor.sector is Sector.AUTHORITY


def are_purposes(purposes: frozenset[str]) -> bool:
    """Whether these can be the purposes of a consent or a partner."""
    return bool(purposes) and purposes <= TASK_PURPOSES


class Life(RuleBasedStateMachine):
    """What every aggregate's life has in common."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = AT
        self.live: Any = None
        self.reread: Any = None
        self.happened: list[Any] = []

    def act(self, actor: Actor, ago: int | None = 0) -> Act:
        """An act of somebody, now, about something that happened so many days ago (None: undated)."""
        occurred = None if ago is None else self.now - timedelta(days=ago)
        return Act(actor, occurred, self.now, Source.SCREEN, uid(99))

    def day(self, ahead: int | None) -> datetime | None:
        """A moment so many days ahead."""
        return None if ahead is None else self.now + timedelta(days=ahead)

    def begin(self, make: Callable[[], Organisation], *, allowed: bool = True) -> None:
        """Make the aggregate."""
        try:
            self.live, refused = make(), None
        except Refused as refusal:
            refused = refusal
        assert allowed == (refused is None), refused
        if refused:
            is_a_sentence(refused)
        else:
            self._collect()

    def attempt(self, command: Callable[..., None], *arguments: Any, allowed: bool, **named: Any) -> bool:
        """Try a command: done exactly when it is allowed; refused in a sentence, with nothing recorded."""
        refused = None
        try:
            command(*arguments, **named)
        except Refused as refusal:
            refused = refusal
        assert allowed == (refused is None), refused or f"{command.__name__} was not refused"
        if refused:
            is_a_sentence(refused)
            assert [] == list(self.live.pending_events)
            assert self.live == self.reread
            return False
        self._collect()
        return True

    def _collect(self) -> None:
        for event in self.live.collect_events():
            self.happened.append(event)
            body, _ = body_of(event)
            schema, stored = SCHEMAS.decode(SCHEMAS.encode(event.TOPIC, body))
            assert event.TOPIC == schema.topic
            assert stored == body
            again = event_of(schema.topic, stored, event.originator_id, event.originator_version)
            self.reread = again.mutate(self.reread)

    @rule(days=st.integers(1, 2))
    def later(self, days: int) -> None:
        """Time passes."""
        self.now += timedelta(days=days)

    @invariant()
    def what_is_stored_tells_the_same_story(self) -> None:
        """The aggregate equals the one rebuilt, event by event, from what is stored."""
        assert self.live == self.reread
        if self.live is not None:
            assert len(self.happened) == self.live.version

    def teardown(self) -> None:
        """At the end of a life, the aggregate equals the one rebuilt from all of its events."""
        again = None
        for event in self.happened:
            again = event.mutate(again)
        assert self.live == again


class AmendedLife(Life):
    """What can be said afterwards of any event of a citizen; a model of the versions says which there are."""

    def __init__(self) -> None:
        super().__init__()
        self.misfiled: set[int] = set()

    @rule(
        actor=ACTORS | st.just(REPRESENTS), verb=st.sampled_from(["correct", "relabel", "dispute", "misfile"]),
        subject=st.integers(0, 8), add=LABELS, remove=LABELS, text=TEXTS, value=st.none() | st.just("true"),
        field=st.sampled_from(["text", "occurred"]),
    )  # fmt: skip
    def amend(self, actor: Actor, verb: str, subject: int, add: Any, remove: Any, text: Any, value: Any,
              field: str) -> None:  # fmt: skip
        """Said of an event that there is, that is none of these itself, by who may; it changes nothing else."""
        if self.live is None:
            return
        before, act = set(self.live.misfiled), self.act(actor)
        there = 1 <= subject <= len(self.happened) and not self.happened[subject - 1].TOPIC.startswith(
            "event."
        )
        staff, citizen = works_at(actor) is not None, actor.role is Role.CITIZEN
        if verb == "correct":
            said = (text is None) != (value is None) if field == "text" else text is None
            allowed = (staff or citizen) and there and subject not in self.misfiled and said
            self.attempt(self.live.correct, subject, field, act, allowed=allowed, text=text, value=value)
        elif verb == "relabel":
            allowed = (
                (citizen or (staff and not remove)) and there and bool(add | remove) and not add & remove
            )
            self.attempt(self.live.relabel, subject, None, act, allowed=allowed, add=add, remove=remove)
        elif verb == "dispute":
            allowed = there and (citizen or actor.role is Role.REPRESENTATIVE)
            self.attempt(self.live.dispute, subject, words(), act, allowed=allowed)
        else:
            allowed = there and staff and subject not in self.misfiled
            if self.attempt(self.live.misfile, subject, words(), act, allowed=allowed):
                self.misfiled.add(subject)
        assert before <= self.misfiled == set(self.live.misfiled)


# ----------------------------------------------------------------------------------------------- the citizen


class CitizenLife(AmendedLife):
    """Hopes, tasks and the one coordinator; who acts for the citizen, and whether the address is protected."""

    def __init__(self) -> None:
        super().__init__()
        self.hopes: set[UUID] = set()
        self.tasks: dict[UUID, tuple[str, UUID, UUID | None, str]] = {}
        self.used: set[UUID] = set()
        self.last: datetime | None = None
        self.acting: dict[UUID, tuple[UUID, frozenset[str]]] = {}
        self.represented: set[UUID] = set()
        self.protected = False

    @initialize()
    def enrol(self) -> None:
        """Nobody but somebody at a partner enrols."""
        for actor in (Actor(Role.CITIZEN), Actor(Role.HUB), Actor(Role.PARTNER)):
            self.begin(lambda who=actor: Citizen.enrol(CITIZEN, self.act(who)), allowed=False)
        someone = Actor(Role.PARTNER, PROVIDER)
        self.begin(lambda: Citizen.enrol(CITIZEN, self.act(someone), text=words()))
        self.start_relation(AT_AUTHORITY, uid(101), PROVIDER, uid(21), "support")
        self.assign_coordinator(AT_AUTHORITY, uid(102), PROVIDER, uid(21), "support")
        self.represent(AT_AUTHORITY, uid(105), uid(23), frozenset({"plan"}))

    @rule(actor=MOSTLY_STAFF, which=IDS, person=st.sampled_from([uid(23), uid(24)]), scope=LABELS)
    def represent(self, actor: Actor, which: UUID, person: UUID, scope: frozenset[str]) -> None:
        """The authority registers a person once, in some categories."""
        free = person not in [who for who, _ in self.acting.values()]
        new = which not in self.used | self.represented
        allowed = self.last is None and is_authority(actor) and free and new and bool(scope)
        arguments = (which, person, scope, self.act(actor))
        if self.attempt(self.live.register_representative, *arguments, allowed=allowed):
            self.acting[which] = (person, scope)
            self.represented.add(which)
        assert dict(self.acting.values()).get(person) == self.live.scope_of(person)

    @rule(actor=MOSTLY_STAFF, person=st.sampled_from([uid(23), uid(24)]))
    def end_representative(self, actor: Actor, person: UUID) -> None:
        """The authority ends who acts, also after a death."""
        held = [which for which, (who, _) in self.acting.items() if who == person]
        allowed = is_authority(actor) and bool(held)
        if self.attempt(self.live.end_representative, person, self.act(actor), allowed=allowed):
            del self.acting[held[0]]

    @rule(actor=ACTORS | st.just(REPRESENTS), protect=st.booleans())
    def address(self, actor: Actor, protect: bool) -> None:
        """The address is protected and unprotected in turn, by the citizen or staff."""
        command = self.live.protect_address if protect else self.live.unprotect_address
        allowed = (
            actor.role is Role.CITIZEN or works_at(actor) is not None
        ) and self.protected is not protect
        if self.attempt(command, self.act(actor), allowed=allowed):
            self.protected = protect

    @rule(actor=ACTORS | st.just(REPRESENTS), text=TEXTS, treats=st.booleans())
    def in_an_emergency(self, actor: Actor, text: Any, treats: bool) -> None:
        """The citizen and staff make a crisis agreement; those who treat note the treatment."""
        act = self.act(actor)
        if treats:
            allowed = works_at(actor) == PROVIDER and text is not None
            self.attempt(self.live.tell, TreatmentNoted, act, allowed=allowed, text=text)
        else:
            allowed = self.last is None and (actor.role is Role.CITIZEN or works_at(actor) is not None)
            self.attempt(self.live.tell, CrisisAgreementMade, act, allowed=allowed, text=words("plan"))

    def _held(self, kind: str, person: UUID | None, partner: UUID | None = None) -> list[UUID]:
        return [
            task
            for task, (k, at, who, _) in self.tasks.items()
            if k == kind and who == person and partner in (None, at)
        ]

    def _may_begin(self, actor: Actor, task: UUID, purpose: str) -> bool:
        return (
            self.last is None
            and works_at(actor) is not None
            and task not in self.used | self.represented
            and purpose in TASK_PURPOSES
        )

    @rule(actor=ACTORS, hope=IDS, again=st.booleans())
    def hope(self, actor: Actor, hope: UUID, again: bool) -> None:
        """A hope is told once, and retold when it was told."""
        command = self.live.retell_hope if again else self.live.tell_hope
        allowed = self.last is None and (hope in self.hopes) is again
        if self.attempt(command, hope, words(), self.act(actor), allowed=allowed):
            self.hopes.add(hope)

    @rule(actor=ACTORS, task=IDS, partner=PARTNERS, person=PERSONS, purpose=PURPOSE)
    def assign_coordinator(self, actor: Actor, task: UUID, partner: UUID, person: UUID, purpose: str) -> None:
        """A coordinator is assigned while there is none."""
        free = not any(kind == "coordinator" for kind, *_ in self.tasks.values())
        allowed = free and self._may_begin(actor, task, purpose)
        arguments = (task, partner, person, purpose, self.act(actor))
        if self.attempt(self.live.assign_coordinator, *arguments, allowed=allowed):
            self.tasks[task] = ("coordinator", partner, person, purpose)
            self.used.add(task)

    @rule(actor=ACTORS)
    def release_coordinator(self, actor: Actor) -> None:
        """The coordinator that there is can be released, also after a death."""
        held = [task for task, (kind, *_) in self.tasks.items() if kind == "coordinator"]
        allowed = bool(held) and works_at(actor) is not None
        if self.attempt(self.live.release_coordinator, self.act(actor), allowed=allowed):
            del self.tasks[held[0]]

    @rule(actor=ACTORS, task=IDS, partner=PARTNERS, person=PERSONS, purpose=PURPOSE)
    def assign_contact_person(
        self, actor: Actor, task: UUID, partner: UUID, person: UUID, purpose: str
    ) -> None:
        """A person becomes a contact person once."""
        allowed = not self._held("contact_person", person) and self._may_begin(actor, task, purpose)
        arguments = (task, partner, person, purpose, self.act(actor))
        if self.attempt(self.live.assign_contact_person, *arguments, allowed=allowed):
            self.tasks[task] = ("contact_person", partner, person, purpose)
            self.used.add(task)

    @rule(actor=ACTORS, person=PERSONS)
    def end_contact_person(self, actor: Actor, person: UUID) -> None:
        """A contact person's task ends when there is one."""
        held = self._held("contact_person", person)
        allowed = bool(held) and works_at(actor) is not None
        if self.attempt(self.live.end_contact_person, person, self.act(actor), allowed=allowed):
            del self.tasks[held[0]]

    @rule(actor=ACTORS, task=IDS, partner=PARTNERS, person=st.none() | PERSONS, purpose=PURPOSE)
    def start_relation(
        self, actor: Actor, task: UUID, partner: UUID, person: UUID | None, purpose: str
    ) -> None:
        """A relation starts once."""
        there = ("relation", partner, person, purpose) in self.tasks.values()
        allowed = not there and self._may_begin(actor, task, purpose)
        arguments = (task, partner, person, purpose, self.act(actor))
        if self.attempt(self.live.start_relation, *arguments, allowed=allowed):
            self.tasks[task] = ("relation", partner, person, purpose)
            self.used.add(task)

    @rule(actor=ACTORS, which=st.integers(0, 3), partner=PARTNERS, person=st.none() | PERSONS)
    def end_relation(self, actor: Actor, which: int, partner: UUID, person: UUID | None) -> None:
        """A relation ends when there is one; mostly one that there is, is named."""
        there = [(at, who) for kind, at, who, _ in self.tasks.values() if kind == "relation"]
        partner, person = there[which] if which < len(there) else (partner, person)
        held = self._held("relation", person, partner)
        if self.attempt(self.live.end_relation, partner, person, self.act(actor), allowed=bool(held)):
            del self.tasks[held[0]]

    @rule(actor=ACTORS, ago=st.sampled_from([None, 0, 0, 0, 1, 2, 9]), text=TEXTS)
    def record_contact(self, actor: Actor, ago: int | None, text: Any) -> None:
        """A contact is written down; after a death, only one from before it."""
        act = self.act(actor, ago)
        in_time = self.last is None or (act.occurred_at is not None and act.occurred_at <= self.last)
        allowed = works_at(actor) is not None and in_time
        self.attempt(self.live.record_contact, act, allowed=allowed, text=text, absence=text)

    @rule(actor=ACTORS, sure=st.integers(0, 2))
    def die(self, actor: Actor, sure: int) -> None:
        """A death is recorded once, and not by the citizen."""
        if sure == 0:  # rarely: nothing much can happen afterwards
            allowed = self.last is None and actor.role is not Role.CITIZEN
            if self.attempt(self.live.die, self.act(actor), allowed=allowed):
                self.last = self.now

    @invariant()
    def the_model_agrees(self) -> None:
        """There is at most one coordinator, and the tasks are those that the model has."""
        if self.live is not None:
            coordinators = [task for task, (kind, *_) in self.tasks.items() if kind == "coordinator"]
            assert len(coordinators) <= 1
            assert (coordinators[0] if coordinators else None) == self.live.coordinator
            found = {i: (t.kind, t.partner, t.person, t.purpose) for i, t in self.live.tasks.items()}
            assert self.tasks == found
            assert (self.last is not None) == self.live.dead
            assert self.protected == self.live.address_protected
            assert self.acting == {i: (r.person, r.scope) for i, r in self.live.representatives.items()}


# ---------------------------------------------------------------------------------------------- the consents


@dataclass
class Terms:
    """A consent as the model has it."""

    partner: UUID
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: tuple[UUID, ...] | None
    until: datetime | None
    lapses: datetime | None = None
    pending: bool = False
    section_43: bool = False


@dataclass
class Access:
    """An emergency access as the model has it."""

    partner: UUID
    person: UUID
    confirmed_by: UUID | None
    until: datetime
    closed: bool = False
    reviewed: bool = False


REPRESENTATIVE = Actor(Role.REPRESENTATIVE, person=uid(23))
GIVERS = st.sampled_from([*EVERYBODY, *[REPRESENTATIVE] * 3, *[CITIZEN_ACTS] * 7])
HELPERS = st.sampled_from([*EVERYBODY, REPRESENTATIVE, *[AT_AUTHORITY, AT_PROVIDER, AT_JOBCENTRE] * 3])
SCOPES = st.sampled_from([None, frozenset({"wishes"}), *[frozenset({"wishes", "plan", "meetings"})] * 4])
WITNESSES = st.sampled_from(
    [
        None,
        None,
        None,
        "none",
        (AUTHORITY, uid(61)),
        (AUTHORITY, uid(61)),
        (JOBCENTRE, uid(62)),
        (PROVIDER, uid(21)),
    ]
)
"""None: it was written. Otherwise it was spoken, and this is who heard it (`none`: nobody)."""
ROWS = st.sampled_from(
    [legal_bases()[row] for row in ("serviceloven-141", "sundhedsloven-43-44", "retssikkerhedsloven-11c")]
    + [replace(legal_bases()["serviceloven-141"], gives=None, maximum_days=None)] * 2
)
SOURCES = st.sampled_from([None, {}, {AUTHORITY: SECTORS[AUTHORITY]}, {JOBCENTRE: SECTORS[JOBCENTRE]}])


def may(actor: Actor, scope: frozenset[str] | None, categories: frozenset[str]) -> bool:
    """Whether somebody decides for the citizen about these categories."""
    if actor.role is Role.REPRESENTATIVE:
        return scope is not None and categories <= scope
    return actor.role is Role.CITIZEN


class BookLife(Life):
    """A citizen's book of consents, and the time that ends things in it."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[UUID, Terms] = {}
        self.ended: set[UUID] = set()
        self.left: set[UUID] = set()
        self.texts: dict[UUID, UUID] = {}
        self.bases: dict[UUID, tuple[str, UUID, datetime | None]] = {}
        self.bases_ended: set[UUID] = set()
        self.accesses: dict[UUID, Access] = {}

    @rule(days=st.sampled_from([10, 20, 29]))
    def much_later(self, days: int) -> None:
        """Weeks pass."""
        self.now += timedelta(days=days)

    @rule(hours=st.sampled_from([1, 8]))
    def hours_later(self, hours: int) -> None:
        """Hours pass."""
        self.now += timedelta(hours=hours)

    def over(self, terms: Terms) -> str | None:
        """Why a consent is over, where it is."""
        ends = [
            (end, why)
            for end, why in ((terms.until, "time"), (terms.lapses, "lapsed"))
            if end and end <= self.now
        ]
        return min(ends, key=lambda each: each[0])[1] if ends else None

    @rule(death=st.sampled_from([False, False, False, True]))
    def expire(self, death: bool) -> None:
        """What has run out ends; at a death, every consent, and nothing else."""
        act, before = self.act(Actor(Role.HUB)), len(self.happened)
        reasons = {consent: "death" if death else self.over(terms) for consent, terms in self.terms.items()}
        consents = {consent: why for consent, why in reasons.items() if why}
        bases = {basis for basis, (_, _, until) in self.bases.items() if until and until <= self.now}
        accesses = {key for key, each in self.accesses.items() if not each.closed and each.until <= self.now}
        if death:
            bases, accesses = set(), set()
        self.attempt(self.live.expire, act, allowed=True, reason="death" if death else "time")
        found = self.happened[before:]
        ended = [event for event in found if isinstance(event, self.live.Expired)]
        assert consents == {consent: event.reason for event in ended for consent in event.consents}
        assert len({(event.partner, event.reason) for event in ended}) == len(ended)
        rest = [event for event in found if not isinstance(event, self.live.Expired)]
        assert all(event.reason == "time" for event in rest)
        assert sorted(bases) == sorted(event.registration for event in rest if hasattr(event, "registration"))
        assert sorted(accesses) == sorted(event.access for event in rest if hasattr(event, "access"))
        for consent in consents:
            self._end(consent)
        for basis in bases:
            self._end_basis(basis)
        for access in accesses:
            self.accesses[access].closed = True

    def _end(self, consent: UUID) -> None:
        del self.terms[consent]
        self.ended.add(consent)

    def _end_basis(self, basis: UUID) -> None:
        del self.bases[basis]
        self.bases_ended.add(basis)


class ConsentsLife(BookLife):
    """Consents given, spoken, confirmed, narrowed, renewed and ended; blocks set and lifted; texts agreed."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: dict[UUID, tuple[UUID, frozenset[str] | None, UUID | None]] = {}
        self.lifted: set[UUID] = set()
        self.purged: set[UUID] = set()

    @initialize(actor=MOSTLY_CITIZEN)
    def open(self, actor: Actor) -> None:
        """The book is opened with whatever comes first."""
        self.begin(lambda: Consents.begin(CITIZEN, self.act(actor)))
        both, ways = frozenset({"wishes", "plan"}), frozenset({"coordination", "support"})
        heard = (AUTHORITY, uid(61))
        self.give(
            CITIZEN_ACTS, uid(101), PROVIDER, both, ways, (AUTHORITY, JOBCENTRE), 5, None, (None, None, False)
        )
        self.give(AT_PROVIDER, uid(102), JOBCENTRE, both, ways, None, None, (-5, 5), (heard, None, True))
        self.set_block(CITIZEN_ACTS, uid(101), PROVIDER, frozenset({"plan"}), None)

    def _in_force(self, consent: UUID) -> Terms | None:
        terms = self.terms.get(consent)
        return terms if terms and self.over(terms) is None else None

    @rule(
        actor=GIVERS, consent=IDS, partner=PARTNERS, categories=LABELS, purposes=PURPOSES,
        sources=st.none() | st.lists(PARTNERS, max_size=2).map(tuple), until=DAYS,
        window=st.none() | st.tuples(st.integers(-5, 5), st.none() | st.integers(-5, 5)),
        how=st.tuples(WITNESSES, SCOPES, st.booleans()),
    )  # fmt: skip
    def give(self, actor, consent, partner, categories, purposes, sources, until, window, how) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """The citizen or a representative gives a consent; staff register a spoken one, with a witness elsewhere."""
        end, (heard, scope, year) = self.day(until), how
        past = window and Window(self.day(window[0]) or AT, self.day(window[1]))
        witness = None if heard in (None, "none") else heard
        allowed = (
            (
                may(actor, scope, categories)
                if heard is None
                else works_at(actor) is not None
                and witness is not None
                and witness[0] != partner
                and witness[1] != actor.person
            )
            and consent not in self.terms
            and consent not in self.ended
            and (end is None or end > self.now)
            and (past is None or past.happened_to is None or past.happened_to > past.happened_from)
            and bool(categories)
            and are_purposes(purposes)
        )
        if self.attempt(
            self.live.give, consent, partner, self.act(actor), allowed=allowed, categories=categories,
            purposes=purposes, sources=sources, window=past, until=end, scope=scope, section_43=year,
            form="written" if heard is None else "spoken", witness=witness,
        ):  # fmt: skip
            end = wall_clock_later(self.now, years=1) if year and end is None else end
            lapses = None if heard is None else wall_clock_later(self.now, days=30)
            pending = heard is not None and partner in self.left
            self.terms[consent] = Terms(partner, categories, purposes, sources, end, lapses, pending, year)

    @rule(actor=GIVERS, consent=IDS, scope=SCOPES)
    def confirm(self, actor: Actor, consent: UUID, scope: frozenset[str] | None) -> None:
        """Only what waits is confirmed, in time, and never by staff."""
        terms = self._in_force(consent)
        allowed = terms is not None and terms.lapses is not None and may(actor, scope, terms.categories)
        if self.attempt(self.live.confirm, consent, self.act(actor), allowed=allowed, scope=scope) and terms:
            terms.lapses, terms.pending = None, False

    @rule(
        actor=GIVERS, consent=IDS, scope=SCOPES,
        less=st.one_of(
            st.fixed_dictionaries({"categories": LABELS}), st.fixed_dictionaries({"purposes": PURPOSES}),
            st.fixed_dictionaries({"sources": st.lists(PARTNERS, max_size=2).map(tuple)}),
            st.fixed_dictionaries({"until": DAYS}),
            st.fixed_dictionaries({"categories": LABELS, "purposes": PURPOSES, "until": DAYS}),
        ),
    )  # fmt: skip
    def narrow(self, actor: Actor, consent: UUID, scope: frozenset[str] | None, less: dict[str, Any]) -> None:
        """Narrowing never widens, in any direction."""
        categories, purposes, sources = (less.get(each) for each in ("categories", "purposes", "sources"))
        end, terms = self.day(less.get("until")), self._in_force(consent)
        allowed = (
            terms is not None
            and may(actor, scope, terms.categories)
            and (categories is None or (bool(categories) and categories <= terms.categories))
            and (purposes is None or (bool(purposes) and purposes <= terms.purposes))
            and (sources is None or terms.sources is None or set(sources) <= set(terms.sources))
            and (end is None or terms.until is None or end <= terms.until)
        )
        if self.attempt(
            self.live.narrow, consent, self.act(actor), allowed=allowed, categories=categories,
            purposes=purposes, sources=sources, until=end, scope=scope,
        ) and terms:  # fmt: skip
            left = self.live.grants[consent]
            assert left.categories <= terms.categories
            assert left.purposes <= terms.purposes
            assert terms.sources is None or set(left.sources) <= set(terms.sources)
            assert terms.until is None or left.until <= terms.until
            terms.categories = terms.categories if categories is None else categories
            terms.purposes = terms.purposes if purposes is None else purposes
            terms.sources = terms.sources if sources is None else sources
            terms.until = terms.until if end is None else end

    @rule(actor=GIVERS, consent=IDS, until=DAYS, scope=SCOPES)
    def renew(self, actor: Actor, consent: UUID, until: int | None, scope: frozenset[str] | None) -> None:
        """Staff never renew; only while it is in force and confirmed, and only to make it last longer."""
        end, terms = self.day(until), self._in_force(consent)
        if terms and terms.section_43 and end is None:
            end = wall_clock_later(self.now, years=1)
        longer = end is None or (
            terms is not None and terms.until is not None and end >= terms.until and end > self.now
        )
        allowed = (
            terms is not None and terms.lapses is None and longer and may(actor, scope, terms.categories)
        )
        if self.attempt(
            self.live.renew, consent, self.day(until), self.act(actor), allowed=allowed, scope=scope
        ) and terms:  # fmt: skip
            terms.until = end

    @rule(actor=GIVERS, consent=IDS)
    def withdraw(self, actor: Actor, consent: UUID) -> None:
        """Anyone but the hub takes a withdrawal down, as long as there is something to withdraw."""
        allowed = actor.role is not Role.HUB and consent in self.terms
        if self.attempt(self.live.withdraw, consent, self.act(actor), allowed=allowed):
            self.left.add(self.terms[consent].partner)
            self._end(consent)

    @rule(actor=GIVERS, partner=PARTNERS)
    def withdraw_all(self, actor: Actor, partner: UUID) -> None:
        """Everything to one partner is taken back at once; agreed texts are not."""
        to = [consent for consent, terms in self.terms.items() if terms.partner == partner]
        allowed = actor.role is not Role.HUB and bool(to)
        if self.attempt(self.live.withdraw_all, partner, self.act(actor), allowed=allowed):
            self.left.add(partner)
            for consent in to:
                self._end(consent)

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS, categories=LABELS, purposes=PURPOSES)
    def refuse(
        self, actor: Actor, partner: UUID, categories: frozenset[str], purposes: frozenset[str]
    ) -> None:
        """Anyone but the hub takes a refusal down, and it opens nothing."""
        allowed = actor.role is not Role.HUB and bool(categories) and are_purposes(purposes)
        terms = {"categories": categories, "purposes": purposes}
        self.attempt(self.live.refuse, partner, self.act(actor), allowed=allowed, **terms)

    @rule(
        actor=MOSTLY_CITIZEN,
        block=IDS,
        partner=PARTNERS,
        categories=st.none() | LABELS,
        person=st.none() | PERSONS,
    )
    def set_block(
        self, actor: Actor, block: UUID, partner: UUID, categories: frozenset[str] | None, person: UUID | None
    ) -> None:
        """The citizen sets a block once, on an organisation or on a person there."""
        allowed = (
            actor.role is Role.CITIZEN
            and block not in self.blocks
            and block not in self.lifted
            and (partner, categories, person) not in self.blocks.values()
            and categories != frozenset()
        )
        act, terms = self.act(actor), {"categories": categories, "person": person}
        if self.attempt(self.live.set_block, block, partner, act, allowed=allowed, **terms):
            self.blocks[block] = (partner, categories, person)

    @rule(
        actor=st.sampled_from([*EVERYBODY, SYSTEM, SYSTEM, SYSTEM]), notice=IDS, partner=PARTNERS,
        records=st.integers(1, 2**40),
    )  # fmt: skip
    def confirm_purge(self, actor: Actor, notice: UUID, partner: UUID, records: int) -> None:
        """A partner's own system, or somebody there, confirms once for each notice; it changes nothing else."""
        own = works_at(actor) == partner
        act = self.act(actor)
        if self.attempt(
            self.live.confirm_purge, notice, partner, records, act, allowed=own and notice not in self.purged
        ):
            self.purged.add(notice)
            assert records == self.happened[-1].records

    @rule(actor=MOSTLY_CITIZEN, block=IDS)
    def lift_block(self, actor: Actor, block: UUID) -> None:
        """Only the citizen lifts a block."""
        allowed = actor.role is Role.CITIZEN and block in self.blocks
        if self.attempt(self.live.lift_block, block, self.act(actor), allowed=allowed):
            del self.blocks[block]
            self.lifted.add(block)

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS)
    def authorise_text(self, actor: Actor, partner: UUID) -> None:
        """Only the citizen agrees on a text."""
        allowed = actor.role is Role.CITIZEN
        if self.attempt(self.live.authorise_text, partner, words(), self.act(actor), allowed=allowed):
            self.texts[event_id(self.live.id, self.live.version)] = partner

    @rule(actor=GIVERS, which=st.integers(0, 3))
    def withdraw_text(self, actor: Actor, which: int) -> None:
        """An agreed text is taken back by its event; that is no withdrawal of a consent."""
        text = [*self.texts, uid(109)][min(which, len(self.texts))]
        allowed = actor.role is not Role.HUB and text in self.texts
        if self.attempt(self.live.withdraw, text, self.act(actor), allowed=allowed):
            del self.texts[text]
            self.ended.add(text)

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS)
    def authorise_agreement(self, actor: Actor, partner: UUID) -> None:
        """Only the citizen lets a party read all of an agreement."""
        allowed = actor.role is Role.CITIZEN
        self.attempt(self.live.authorise_agreement, uid(8), partner, self.act(actor), allowed=allowed)

    @rule(actor=MOSTLY_CITIZEN, grants=st.frozensets(IDS, max_size=2))
    def authorise_handover(self, actor: Actor, grants: frozenset[UUID]) -> None:
        """A handover rests only on consents that are in force and wait for nothing."""
        found = [self._in_force(grant) for grant in grants]
        allowed = all(terms is not None and not terms.pending for terms in found)
        act = self.act(actor)
        self.attempt(self.live.authorise_handover, uid(7), PROVIDER, grants, act, allowed=allowed)

    @invariant()
    def the_model_agrees(self) -> None:
        """The consents and blocks are those that the model has, and what has ended never comes back."""
        if self.live is not None:
            found = {
                consent: Terms(
                    g.partner, g.categories, g.purposes, g.sources, g.until, g.lapses, g.pending, g.section_43
                )
                for consent, g in self.live.grants.items()
            }
            assert self.terms == found
            assert not self.ended & set(found)
            assert self.ended == self.live.ended
            assert (self.left, self.texts) == (self.live.left, self.live.texts)
            blocks = {
                block: (
                    b.partner,
                    None if b.categories is None else frozenset(b.categories.split()),
                    b.person,
                )
                for block, b in self.live.blocks.items()
            }
            assert self.blocks == blocks
            assert self.purged == self.live.purged


class LawLife(BookLife):
    """Legal bases registered and ended, disclosures written down, emergency accesses opened, closed and reviewed."""

    @initialize(actor=MOSTLY_CITIZEN)
    def open(self, actor: Actor) -> None:
        """The book is opened with whatever comes first, and each of the two begins once."""
        self.begin(lambda: Consents.begin(CITIZEN, self.act(actor)))
        row, plan, ways = legal_bases()["serviceloven-141"], frozenset({"plan"}), frozenset({"support"})
        self.register(
            AT_AUTHORITY, uid(101), row, PROVIDER, plan, ways, {AUTHORITY: Sector.AUTHORITY}, 5, ("A-1", True)
        )
        self.begin_emergency(AT_AUTHORITY, uid(21), uid(101), uid(22), False)

    @rule(
        actor=HELPERS, basis=IDS, row=ROWS, partner=PARTNERS, categories=LABELS, purposes=PURPOSES, sources=SOURCES,
        until=DAYS, how=st.tuples(st.sampled_from([None, "A-1", "A-1"]), st.booleans()),
    )  # fmt: skip
    def register(self, actor, basis, row, partner, categories, purposes, sources, until, how) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Staff register what is standing and within the row, from sources that it names."""
        end, sector, (case, writing) = self.day(until), SECTORS[partner], how
        allowed = (
            works_at(actor) is not None
            and row.standing
            and basis not in self.bases
            and basis not in self.bases_ended
            and (row.takes is None or sector in row.takes)
            and (row.gives is None or (bool(sources) and set((sources or {}).values()) <= row.gives))
            and (end is None or end > self.now)
            and (case is not None or not row.bound_to_case)
            and (writing or not row.needs_writing)
            and bool(categories)
            and are_purposes(purposes)
        )
        terms = {
            "categories": categories,
            "purposes": purposes,
            "sources": sources,
            "until": end,
            "case": case,
        }
        if self.attempt(
            self.live.register_basis, basis, row, partner, self.act(actor), allowed=allowed, sector=sector,
            in_writing=writing, **terms,
        ):  # fmt: skip
            longest = row.maximum_days and wall_clock_later(self.now, days=row.maximum_days)
            self.bases[basis] = (row.id, partner, end or longest)

    @rule(actor=st.sampled_from(EVERYBODY), basis=IDS, objects=st.booleans())
    def end_basis(self, actor: Actor, basis: UUID, objects: bool) -> None:
        """Staff end a basis; the citizen where the law lets them object."""
        who = works_at(actor) is not None or (actor.role is Role.CITIZEN and objects)
        allowed = who and basis in self.bases
        if self.attempt(self.live.end_basis, basis, self.act(actor), allowed=allowed, may_object=objects):
            self._end_basis(basis)

    @rule(actor=HELPERS, row=ROWS, partner=PARTNERS, items=st.lists(IDS, max_size=2).map(tuple))
    def disclose(self, actor: Actor, row: LegalBasis, partner: UUID, items: tuple[UUID, ...]) -> None:
        """A disclosure is itemised, from one organisation to another, and opens nothing."""
        sector = SECTORS[partner]
        allowed = (
            works_at(actor) is not None
            and actor.partner != partner
            and (row.takes is None or sector in row.takes)
            and (row.gives is None or actor.sector in row.gives)
            and bool(items)
        )
        terms = {"sector": sector, "disclosed": items}
        self.attempt(self.live.record_disclosure, row, partner, self.act(actor), allowed=allowed, **terms)

    @rule(
        actor=HELPERS,
        person=PERSONS,
        access=IDS,
        second=st.none() | PERSONS,
        called=st.sampled_from([False, True]),
    )
    def begin_emergency(
        self, actor: Actor, person: UUID, access: UUID, second: UUID | None, called: bool
    ) -> None:
        """One person at an enabled sector, with somebody else or a call-back, and one at a time."""
        actor = replace(actor, person=person) if works_at(actor) else actor
        allowed = (
            works_at(actor) is not None
            and actor.sector in EMERGENCY_SECTORS
            and (second is not None or called)
            and second != person
            and access not in self.accesses
            and not any(each.person == person and self._open(each) for each in self.accesses.values())
        )
        terms = {"reason": words("contact"), "sectors": EMERGENCY_SECTORS, "call_back": called}
        if self.attempt(
            self.live.open_emergency, access, self.act(actor), allowed=allowed, confirmed_by=second, **terms
        ):
            assert actor.partner
            self.accesses[access] = Access(actor.partner, person, second, self.now + timedelta(hours=8))

    def _open(self, access: Access) -> bool:
        return not access.closed and self.now < access.until

    @rule(actor=HELPERS, access=IDS)
    def close(self, actor: Actor, access: UUID) -> None:
        """Those who opened it close it, before its time is up."""
        found = self.accesses.get(access)
        allowed = found is not None and works_at(actor) == found.partner and self._open(found)
        if self.attempt(self.live.close_emergency, access, self.act(actor), allowed=allowed) and found:
            found.closed = True

    @rule(actor=HELPERS, person=st.sampled_from([uid(21), uid(24), uid(24)]), access=IDS)
    def review(self, actor: Actor, person: UUID, access: UUID) -> None:
        """Somebody else reviews it, once, when it has ended."""
        actor, found = replace(actor, person=person) if works_at(actor) else actor, self.accesses.get(access)
        allowed = (
            found is not None
            and works_at(actor) is not None
            and person not in (found.person, found.confirmed_by)
            and not self._open(found)
            and not found.reviewed
        )
        if self.attempt(
            self.live.review_emergency, access, self.act(actor), allowed=allowed, text=words("contact")
        ) and found:  # fmt: skip
            found.reviewed = True

    @invariant()
    def the_model_agrees(self) -> None:
        """Bases and accesses are those that the model has; no consent comes of them."""
        if self.live is not None:
            bases = {basis: (b.row, b.partner, b.until) for basis, b in self.live.bases.items()}
            assert (self.bases, self.bases_ended) == (bases, self.live.bases_ended)
            assert not self.bases_ended & set(bases)
            assert self.accesses == {
                key: Access(e.partner, e.person, e.confirmed_by, e.until, e.closed, e.reviewed)
                for key, e in self.live.emergencies.items()
            }
            assert {} == self.live.grants


# -------------------------------------------------------------------------------------------------- the plan


class PlanLife(AmendedLife):
    """Goals that are open, reached or let go; support that only the authority grants and ends."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.open = True
        self.goals: dict[UUID, str] = {}
        self.support: dict[UUID, UUID] = {}
        self.over: set[UUID] = set()

    @initialize(kind=st.sampled_from(["handleplan", "indsatsplan"]))
    def begin_plan(self, kind: str) -> None:
        """Only the authority authors a handleplan; nothing else is a plan."""
        provider = self.act(Actor(Role.PARTNER, PROVIDER, sector=Sector.SOCIAL_PSYCHIATRY))
        author = self.act(Actor(Role.PARTNER, AUTHORITY, sector=Sector.AUTHORITY))
        self.begin(lambda: Plan.begin(uid(2), CITIZEN, "handleplan", provider), allowed=False)
        self.begin(lambda: Plan.begin(uid(2), CITIZEN, "wish list", author), allowed=False)
        self.kind = kind
        act = author if kind == "handleplan" else provider
        self.begin(lambda: Plan.begin(uid(2), CITIZEN, kind, act))
        self.set_goal(CITIZEN_ACTS, uid(101), words("plan"), None)
        self.grant_support(AT_AUTHORITY, uid(101), PROVIDER, "§ 85")

    @rule(actor=ACTORS, goal=IDS, said=TEXTS, professional=TEXTS)
    def set_goal(self, actor: Actor, goal: UUID, said: Any, professional: Any) -> None:
        """A goal is set once, with words, while the plan is open."""
        allowed = self.open and goal not in self.goals and not (said is None and professional is None)
        text = {"words": said, "professional": professional}
        if self.attempt(self.live.set_goal, goal, self.act(actor), allowed=allowed, **text):
            self.goals[goal] = "open"

    @rule(actor=ACTORS, goal=IDS, said=TEXTS, professional=TEXTS)
    def reword_goal(self, actor: Actor, goal: UUID, said: Any, professional: Any) -> None:
        """A goal that is open can be said in other words."""
        allowed = self.goals.get(goal) == "open" and not (said is None and professional is None)
        text = {"words": said, "professional": professional}
        self.attempt(self.live.reword_goal, goal, self.act(actor), allowed=allowed, **text)

    @rule(actor=ACTORS, goal=IDS, said=TEXTS, text=TEXTS)
    def progress_goal(self, actor: Actor, goal: UUID, said: Any, text: Any) -> None:
        """Progress can be told of any goal, also one that was let go."""
        allowed = goal in self.goals and not (said is None and text is None)
        act = self.act(actor)
        self.attempt(self.live.progress_goal, goal, act, allowed=allowed, words=said, text=text)

    @rule(actor=ACTORS, goal=IDS, reached=st.booleans())
    def end_goal(self, actor: Actor, goal: UUID, reached: bool) -> None:
        """A goal that is open is let go once; it is reached once, also after it was let go."""
        command = self.live.reach_goal if reached else self.live.let_goal_go
        allowed = self.goals.get(goal) in (("open", "let go") if reached else ("open",))
        if self.attempt(command, goal, self.act(actor), allowed=allowed):
            self.goals[goal] = "reached" if reached else "let go"

    @rule(
        actor=MOSTLY_STAFF,
        support=IDS,
        provider=PARTNERS,
        paragraph=st.sampled_from(["§ 85", "§ 101", "§ 999"]),
    )
    def grant_support(self, actor: Actor, support: UUID, provider: UUID, paragraph: str) -> None:
        """Only the authority grants support, once, in its own plan, under a paragraph that there is."""
        new = support not in self.support and support not in self.over
        ours = self.open and is_authority(actor) and self.kind == "handleplan"
        act = self.act(actor)
        allowed = ours and new and paragraph != "§ 999"
        if self.attempt(self.live.grant_support, support, provider, paragraph, act, allowed=allowed):
            self.support[support] = provider

    @rule(actor=MOSTLY_STAFF, support=IDS)
    def adjust_support(self, actor: Actor, support: UUID) -> None:
        """The provider or the authority adjusts what is running."""
        allowed = support in self.support and (
            is_authority(actor) or works_at(actor) == self.support[support]
        )
        self.attempt(self.live.adjust_support, support, words(), self.act(actor), allowed=allowed)

    @rule(actor=MOSTLY_STAFF, support=IDS)
    def end_support(self, actor: Actor, support: UUID) -> None:
        """Only the authority ends support."""
        allowed = support in self.support and is_authority(actor)
        if self.attempt(self.live.end_support, support, self.act(actor), allowed=allowed):
            del self.support[support]
            self.over.add(support)

    @rule(actor=ACTORS, sure=st.integers(0, 1))
    def close(self, actor: Actor, sure: int) -> None:
        """A plan is closed once, by its author's side, when no support is running."""
        if sure == 0:
            may = is_authority(actor) if self.kind == "handleplan" else works_at(actor) is not None
            allowed = self.open and may and not self.support
            if self.attempt(self.live.close, self.act(actor), allowed=allowed):
                self.open = False

    @invariant()
    def the_model_agrees(self) -> None:
        """Goals and support stand as in the model; every grant and end of support is the authority's."""
        if self.live is not None:
            assert (self.goals, self.support, self.open) == (
                self.live.goals,
                self.live.support,
                self.live.open,
            )
            for event in self.happened:
                if isinstance(event, (Plan.SupportGranted, Plan.SupportEnded)):
                    assert event.act.by.partner == AUTHORITY


# ----------------------------------------------------------------------------------------------- the meeting


class MeetingLife(AmendedLife):
    """Invitations approved and taken back; agreements open until they are done or dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.status = "convened"
        self.invited: dict[UUID, bool] = {}
        self.agreements: dict[UUID, str] = {}
        self.parties: dict[UUID, set[UUID]] = {}

    @initialize()
    def convene(self) -> None:
        """Somebody at a partner convenes, with a purpose, a meeting of a known kind."""
        someone, terms = Actor(Role.PARTNER, PROVIDER), {"kind": "network", "starts": AT, "purpose": words()}
        for actor, wrong in (
            (Actor(Role.CITIZEN), {}),
            (Actor(Role.HUB), {}),
            (someone, {"purpose": None}),
            (someone, {"kind": "hearing"}),
        ):
            self.begin(
                lambda who=actor, bad=wrong: Meeting.convene(
                    uid(3), CITIZEN, self.act(who), **{**terms, **bad}
                ),
                allowed=False,
            )
        self.begin(lambda: Meeting.convene(uid(3), CITIZEN, self.act(someone), **terms))
        self.invite(AT_PROVIDER, JOBCENTRE, ())
        self.approve(CITIZEN_ACTS, (JOBCENTRE,))
        self.agree(CITIZEN_ACTS, uid(101), None)

    @rule(actor=ACTORS, partner=PARTNERS, others=st.lists(PARTNERS, max_size=3).map(tuple))
    def invite(self, actor: Actor, partner: UUID, others: tuple[UUID, ...]) -> None:
        """An organisation is invited once, while the meeting is ahead; the list holds it too."""
        allowed = self.status == "convened" and works_at(actor) is not None and partner not in self.invited
        arguments = (partner, others, self.act(actor))
        if self.attempt(self.live.invite, *arguments, allowed=allowed, purpose=words()):
            self.invited[partner] = False
            assert {partner, *others} == set(self.happened[-1].participants)

    @rule(actor=MOSTLY_CITIZEN, invited=st.lists(PARTNERS, max_size=3, unique=True).map(tuple))
    def approve(self, actor: Actor, invited: tuple[UUID, ...]) -> None:
        """The citizen approves organisations that are invited."""
        allowed = (
            actor.role is Role.CITIZEN
            and self.status == "convened"
            and bool(invited)
            and set(invited) <= set(self.invited)
        )
        if self.attempt(self.live.approve, invited, (), self.act(actor), allowed=allowed):
            self.invited.update(dict.fromkeys(invited, True))

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS)
    def withdraw_approval(self, actor: Actor, partner: UUID) -> None:
        """The citizen takes back what was approved, at any time."""
        allowed = actor.role is Role.CITIZEN and self.invited.get(partner, False)
        if self.attempt(self.live.withdraw_approval, partner, self.act(actor), allowed=allowed):
            self.invited[partner] = False

    @rule(actor=ACTORS | st.just(REPRESENTS), partner=PARTNERS)
    def remove(self, actor: Actor, partner: UUID) -> None:
        """The citizen or staff take an invited organisation off, while the meeting is ahead."""
        may = actor.role is Role.CITIZEN or works_at(actor) is not None
        allowed = may and self.status == "convened" and partner in self.invited
        if self.attempt(self.live.remove, partner, self.act(actor), allowed=allowed):
            del self.invited[partner]

    @rule(actor=ACTORS | st.just(REPRESENTS), agreement=IDS, partner=PARTNERS)
    def remove_party(self, actor: Actor, agreement: UUID, partner: UUID) -> None:
        """The citizen or staff take a party, the owner too, off an agreement, whatever became of it."""
        may = actor.role is Role.CITIZEN or works_at(actor) is not None
        allowed = may and partner in self.parties.get(agreement, set())
        if self.attempt(self.live.remove_party, agreement, partner, self.act(actor), allowed=allowed):
            self.parties[agreement].remove(partner)

    @rule(actor=ACTORS, took_part=st.booleans(), why=TEXTS, sure=st.integers(0, 2))
    def hold(self, actor: Actor, took_part: bool, why: Any, sure: int) -> None:
        """A meeting is held once; when the citizen did not take part it says why."""
        if sure == 0:
            allowed = (
                self.status == "convened" and works_at(actor) is not None and (took_part or why is not None)
            )
            how = {"citizen_took_part": took_part, "why_not": why}
            if self.attempt(self.live.hold, (PROVIDER,), self.act(actor), allowed=allowed, **how):
                self.status = "held"

    @rule(actor=ACTORS, sure=st.integers(0, 3))
    def cancel(self, actor: Actor, sure: int) -> None:
        """A meeting that is ahead is cancelled once, and every invitation with it."""
        if sure == 0 and self.attempt(self.live.cancel, self.act(actor), allowed=self.status == "convened"):
            self.status = "cancelled"
            assert set(self.invited) == set(self.happened[-1].invited)

    @rule(actor=ACTORS, agreement=IDS, owner=st.none() | PARTNERS)
    def agree(self, actor: Actor, agreement: UUID, owner: UUID | None) -> None:
        """An agreement is made once, not at a meeting that was cancelled."""
        allowed = self.status != "cancelled" and agreement not in self.agreements
        how = {"owner": owner, "parties": (PROVIDER,), "what": words("agreements")}
        if self.attempt(self.live.agree, agreement, self.act(actor), allowed=allowed, **how):
            self.agreements[agreement] = "open"
            self.parties[agreement] = {PROVIDER} | ({owner} if owner else set())

    @rule(actor=ACTORS, agreement=IDS, how=st.sampled_from(["done", "dropped", "open"]))
    def end_agreement(self, actor: Actor, agreement: UUID, how: str) -> None:
        """An agreement that is open is done, dropped or delayed."""
        act, allowed = self.act(actor), self.agreements.get(agreement) == "open"
        if how == "open":
            self.attempt(self.live.delay, agreement, AT.date(), act, allowed=allowed)
        elif self.attempt(
            self.live.complete if how == "done" else self.live.drop, agreement, act, allowed=allowed
        ):
            self.agreements[agreement] = how

    @invariant()
    def the_model_agrees(self) -> None:
        """The meeting, its invitations and its agreements stand as in the model."""
        if self.live is not None:
            assert self.status == self.live.status
            assert self.invited == {p: i.approved for p, i in self.live.invitations.items()}
            assert self.agreements == {a: each.status for a, each in self.live.agreements.items()}
            assert self.parties == {a: each.parties for a, each in self.live.agreements.items()}


# ---------------------------------------------------------------------------------------------- the handover


class HandoverLife(AmendedLife):
    """Proposed, then accepted, declined or withdrawn; completed when it was accepted."""

    AFTER: ClassVar = {
        "accept": ({"proposed"}, {"to"}, "accepted"),
        "decline": ({"proposed"}, {"to"}, "declined"),
        "complete": ({"accepted"}, {"to", "from"}, "completed"),
        "withdraw": ({"proposed", "accepted"}, {"from"}, "withdrawn"),
    }
    """From which states, by whom, into which state."""

    def __init__(self) -> None:
        super().__init__()
        self.status = "proposed"
        self.was_read = False

    @initialize()
    def propose(self) -> None:
        """Somebody at a partner proposes, to another organisation, a handover of a known kind."""
        someone = self.act(Actor(Role.PARTNER, PROVIDER))
        terms = {"kind": "knowledge", "to_partner": JOBCENTRE, "items": (uid(5),), "grants": frozenset()}
        for act, wrong in (
            (self.act(Actor(Role.CITIZEN)), {}),
            (someone, {"kind": "gossip"}),
            (someone, {"to_partner": PROVIDER}),
        ):
            self.begin(
                lambda who=act, bad=wrong: Handover.propose(uid(4), CITIZEN, who, **{**terms, **bad}),
                allowed=False,
            )
        self.begin(lambda: Handover.propose(uid(4), CITIZEN, someone, **terms))

    @rule(actor=ACTORS, what=st.sampled_from(sorted(AFTER)))
    def answer(self, actor: Actor, what: str) -> None:
        """Each answer is given by whom it belongs to, in the state in which it can be given."""
        states, sides, after = self.AFTER[what]
        side = {JOBCENTRE: "to", PROVIDER: "from"}.get(works_at(actor) or CITIZEN)
        arguments = (words("plan"), self.act(actor)) if what == "decline" else (self.act(actor),)
        allowed = side in sides and self.status in states
        if self.attempt(getattr(self.live, what), *arguments, allowed=allowed):
            self.status = after

    @rule(actor=ACTORS)
    def mark_read(self, actor: Actor) -> None:
        """The receiver reads it once, while it is proposed or accepted."""
        open_ = self.status in {"proposed", "accepted"}
        allowed = works_at(actor) == JOBCENTRE and open_ and not self.was_read
        if self.attempt(self.live.mark_read, self.act(actor), allowed=allowed):
            self.was_read = True

    @invariant()
    def the_model_agrees(self) -> None:
        """The handover stands as in the model, and never leaves an end state."""
        if self.live is not None:
            assert (self.status, self.was_read) == (self.live.status, self.live.read)


# ----------------------------------------------------------------------------------------------- the partner


class PartnerLife(Life):
    """Registered, suspended and let in again; a ceiling that never holds `attendance`."""

    def __init__(self) -> None:
        super().__init__()
        self.suspended = False
        self.bases: set[str] = set()
        self.secrets: list[str] = []
        """The mechanisms with a secret, the newest last."""
        self.newest: str | None = None
        """That of the newest, while it is valid."""

    @staticmethod
    def _staff(actor: Actor) -> bool:
        return actor.role is Role.HUB or is_authority(actor)

    @initialize()
    def register(self) -> None:
        """The operator or the authority registers, with a name and purposes that there are."""
        terms = {"name": "Bostøtten", "sector": Sector.HOME_CARE, "purposes": frozenset({"support"})}
        for actor, wrong in (
            (Actor(Role.CITIZEN), {}),
            (Actor(Role.PARTNER, JOBCENTRE, sector=Sector.JOBCENTRE), {}),
            (Actor(Role.HUB), {"name": " "}),
            (Actor(Role.HUB), {"purposes": frozenset()}),
            (Actor(Role.HUB), {"purposes": frozenset({"sanction"})}),
            (Actor(Role.HUB), {"reveals": frozenset({"nonsense"})}),
        ):
            self.begin(
                lambda who=actor, bad=wrong: Partner.register(PROVIDER, self.act(who), **{**terms, **bad}),
                allowed=False,
            )
        self.begin(lambda: Partner.register(PROVIDER, self.act(Actor(Role.HUB)), **terms))

    @rule(actor=MOSTLY_STAFF, reference=st.sampled_from(["A-17", "", "x" * 201]))
    def record_agreement(self, actor: Actor, reference: str) -> None:
        """The agreement is recorded by its reference."""
        allowed = self._staff(actor) and reference == "A-17"
        self.attempt(self.live.record_agreement, reference, self.act(actor), allowed=allowed)

    @rule(
        actor=MOSTLY_STAFF,
        categories=st.frozensets(st.sampled_from(["plan", "wishes", "attendance", "nonsense"]), max_size=2),
    )
    def adopt_ceiling(self, actor: Actor, categories: frozenset[str]) -> None:
        """A ceiling holds categories, none at all, and never `attendance`."""
        allowed = self._staff(actor) and not categories & {"attendance", "nonsense"}
        if self.attempt(self.live.adopt_ceiling, categories, self.act(actor), allowed=allowed):
            assert categories == set(self.happened[-1].categories.split())

    @rule(
        actor=st.sampled_from([*EVERYBODY, HUB_ACTS, AT_AUTHORITY]),
        row=st.sampled_from(["gdpr-6-1-d", "sundhedsloven-43-2", "serviceloven-141"]),
    )
    def confirm_basis(self, actor: Actor, row: str) -> None:
        """The operator, the authority or the organisation itself records what its lawyer has confirmed, once."""
        allowed = (
            (self._staff(actor) or works_at(actor) == PROVIDER)
            and row not in self.bases
            and row != "serviceloven-141"  # not for home care
        )
        if self.attempt(self.live.confirm_basis, legal_bases()[row], self.act(actor), allowed=allowed):
            self.bases.add(row)

    @rule(actor=MOSTLY_STAFF, reason=st.sampled_from(["no agreement", "a\nb", ""]))
    def suspend(self, actor: Actor, reason: str) -> None:
        """A partner that is in is suspended."""
        allowed = self._staff(actor) and not self.suspended and reason == "no agreement"
        if self.attempt(self.live.suspend, reason, self.act(actor), allowed=allowed):
            self.suspended = True
            self.secrets, self.newest = [], None

    @rule(actor=MOSTLY_STAFF, both=st.booleans())
    def issue_credential(self, actor: Actor, both: bool) -> None:
        """A new secret is under the other mechanism; the one before stays for a while, if that is wished."""
        act = self.act(actor)
        until = act.recorded_at + timedelta(days=7) if both else None
        allowed = self._staff(actor) and not self.suspended
        before = [self.newest] if self.newest else []
        if self.attempt(self.live.issue_credential, act, earlier_until=until, allowed=allowed):
            self.newest = self.live.credential
            self.secrets = [*(before if both else []), self.live.credential]
            assert self.secrets[-1:] != before

    @rule(actor=MOSTLY_STAFF, mechanism=st.sampled_from(["SCRAM-SHA-512", "SCRAM-SHA-256", None]))
    def revoke_credential(self, actor: Actor, mechanism: str | None) -> None:
        """A secret that there is ends; one that there is not leaves nothing to record."""
        there = len(self.happened)
        terms = (mechanism, "expired", self.act(actor))
        if self.attempt(self.live.revoke_credential, *terms, allowed=self._staff(actor)):
            assert (mechanism in self.secrets) == (len(self.happened) - there)
            self.secrets = [each for each in self.secrets if each != mechanism]
            self.newest = None if self.newest == mechanism else self.newest

    @rule(actor=MOSTLY_STAFF)
    def resume(self, actor: Actor) -> None:
        """A partner that is suspended is let in again."""
        allowed = self._staff(actor) and self.suspended
        if self.attempt(self.live.resume, self.act(actor), allowed=allowed):
            self.suspended = False

    @invariant()
    def the_model_agrees(self) -> None:
        """It is suspended, and may have secrets, exactly when the model has it so."""
        if self.live is not None:
            assert self.suspended == self.live.suspended
            assert self.bases == self.live.bases
            assert set(self.secrets) == self.live.credentials(self.happened[-1].act.recorded_at)


class TestCitizen(CitizenLife.TestCase):
    """A citizen has at most one coordinator, each task begins and ends once, and nothing begins after death."""

    settings = ENOUGH


class TestConsents(ConsentsLife.TestCase):
    """What has ended never comes back, narrowing never widens, and only the citizen (or who may act) opens."""

    settings = ENOUGH


class TestLaw(LawLife.TestCase):
    """A duty is never standing, an emergency access is one person's and ends, and neither gives a consent."""

    settings = ENOUGH


class TestPlan(PlanLife.TestCase):
    """A goal ends once, and support is granted and ended by the authority alone."""

    settings = ENOUGH


class TestMeeting(MeetingLife.TestCase):
    """Only the citizen approves, and an agreement is done or dropped once."""

    settings = ENOUGH


class TestHandover(HandoverLife.TestCase):
    """Each answer is its own side's, and an end is an end."""

    settings = ENOUGH


class TestPartner(PartnerLife.TestCase):
    """Only the operator and the authority rule over partners."""

    settings = ENOUGH
