"""Each aggregate, under any commands in any order by anybody.

A model kept here says beforehand whether a command is to be refused, and what stands afterwards; it is written from
DOMAIN. After every step the aggregate rebuilt from its events, and the one rebuilt from what is stored of them,
equal the one that made them.
"""

from collections.abc import Callable
from dataclasses import dataclass
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
from hub.encoding import body_of, event_of
from hub.errors import Refused
from hub.schemas import Schemas
from hub.vocabulary import Role, Sector, Source
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


# ----------------------------------------------------------------------------------------------- the citizen


class CitizenLife(Life):
    """Hopes, tasks and the one coordinator."""

    def __init__(self) -> None:
        super().__init__()
        self.hopes: set[UUID] = set()
        self.tasks: dict[UUID, tuple[str, UUID, UUID | None, str]] = {}
        self.used: set[UUID] = set()
        self.last: datetime | None = None

    @initialize()
    def enrol(self) -> None:
        """Nobody but somebody at a partner enrols."""
        for actor in (Actor(Role.CITIZEN), Actor(Role.HUB), Actor(Role.PARTNER)):
            self.begin(lambda who=actor: Citizen.enrol(CITIZEN, self.act(who)), allowed=False)
        someone = Actor(Role.PARTNER, PROVIDER)
        self.begin(lambda: Citizen.enrol(CITIZEN, self.act(someone), text=words()))
        self.start_relation(AT_AUTHORITY, uid(101), PROVIDER, uid(21), "support")
        self.assign_coordinator(AT_AUTHORITY, uid(102), PROVIDER, uid(21), "support")

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
            and task not in self.used
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


# ---------------------------------------------------------------------------------------------- the consents


@dataclass
class Terms:
    """A consent as the model has it; `most` is all that it ever covered."""

    partner: UUID
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: tuple[UUID, ...] | None
    until: datetime | None


class ConsentsLife(Life):
    """Consents given, narrowed, renewed and ended; blocks set and lifted."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[UUID, Terms] = {}
        self.ended: set[UUID] = set()
        self.blocks: dict[UUID, tuple[UUID, frozenset[str] | None]] = {}
        self.lifted: set[UUID] = set()
        self.purged: set[UUID] = set()

    @initialize(actor=MOSTLY_CITIZEN)
    def open(self, actor: Actor) -> None:
        """The book is opened with whatever comes first."""
        self.begin(lambda: Consents.begin(CITIZEN, self.act(actor)))
        both, ways = frozenset({"wishes", "plan"}), frozenset({"coordination", "support"})
        self.give(CITIZEN_ACTS, uid(101), PROVIDER, both, ways, (AUTHORITY, JOBCENTRE), 5, None)
        self.give(CITIZEN_ACTS, uid(102), JOBCENTRE, both, ways, None, None, (-5, 5))
        self.set_block(CITIZEN_ACTS, uid(101), PROVIDER, frozenset({"plan"}))

    def _in_force(self, consent: UUID) -> Terms | None:
        terms = self.terms.get(consent)
        return terms if terms and (terms.until is None or terms.until > self.now) else None

    @rule(
        actor=MOSTLY_CITIZEN, consent=IDS, partner=PARTNERS, categories=LABELS, purposes=PURPOSES,
        sources=st.none() | st.lists(PARTNERS, max_size=2).map(tuple), until=DAYS,
        window=st.none() | st.tuples(st.integers(-5, 5), st.none() | st.integers(-5, 5)),
    )  # fmt: skip
    def give(self, actor, consent, partner, categories, purposes, sources, until, window) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """The citizen gives a consent once, with terms that make sense."""
        end = self.day(until)
        past = window and Window(self.day(window[0]) or AT, self.day(window[1]))
        allowed = (
            actor.role is Role.CITIZEN
            and consent not in self.terms
            and consent not in self.ended
            and (end is None or end > self.now)
            and (past is None or past.happened_to is None or past.happened_to > past.happened_from)
            and bool(categories)
            and are_purposes(purposes)
        )
        if self.attempt(
            self.live.give, consent, partner, self.act(actor), allowed=allowed, categories=categories,
            purposes=purposes, sources=sources, window=past, until=end,
        ):  # fmt: skip
            self.terms[consent] = Terms(partner, categories, purposes, sources, end)

    @rule(
        actor=MOSTLY_CITIZEN, consent=IDS,
        less=st.one_of(
            st.fixed_dictionaries({"categories": LABELS}), st.fixed_dictionaries({"purposes": PURPOSES}),
            st.fixed_dictionaries({"sources": st.lists(PARTNERS, max_size=2).map(tuple)}),
            st.fixed_dictionaries({"until": DAYS}),
            st.fixed_dictionaries({"categories": LABELS, "purposes": PURPOSES, "until": DAYS}),
        ),
    )  # fmt: skip
    def narrow(self, actor: Actor, consent: UUID, less: dict[str, Any]) -> None:
        """Narrowing never widens, in any direction."""
        categories, purposes, sources = (less.get(each) for each in ("categories", "purposes", "sources"))
        end, terms = self.day(less.get("until")), self._in_force(consent)
        allowed = (
            actor.role is Role.CITIZEN
            and terms is not None
            and (categories is None or (bool(categories) and categories <= terms.categories))
            and (purposes is None or (bool(purposes) and purposes <= terms.purposes))
            and (sources is None or terms.sources is None or set(sources) <= set(terms.sources))
            and (end is None or terms.until is None or end <= terms.until)
        )
        if self.attempt(
            self.live.narrow, consent, self.act(actor), allowed=allowed, categories=categories,
            purposes=purposes, sources=sources, until=end,
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

    @rule(actor=MOSTLY_CITIZEN, consent=IDS, until=DAYS)
    def renew(self, actor: Actor, consent: UUID, until: int | None) -> None:
        """Only the citizen renews, only while it is in force, and only to make it last longer."""
        end, terms = self.day(until), self._in_force(consent)
        longer = end is None or (
            terms is not None and terms.until is not None and end >= terms.until and end > self.now
        )
        allowed = actor.role is Role.CITIZEN and terms is not None and longer
        if self.attempt(self.live.renew, consent, end, self.act(actor), allowed=allowed) and terms:
            terms.until = end

    @rule(actor=MOSTLY_CITIZEN, consent=IDS)
    def withdraw(self, actor: Actor, consent: UUID) -> None:
        """Anyone but the hub takes a withdrawal down, as long as there is something to withdraw."""
        allowed = actor.role is not Role.HUB and consent in self.terms
        if self.attempt(self.live.withdraw, consent, self.act(actor), allowed=allowed):
            self._end(consent)

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS)
    def withdraw_all(self, actor: Actor, partner: UUID) -> None:
        """Everything to one partner is taken back at once."""
        to = [consent for consent, terms in self.terms.items() if terms.partner == partner]
        allowed = actor.role is not Role.HUB and bool(to)
        if self.attempt(self.live.withdraw_all, partner, self.act(actor), allowed=allowed):
            for consent in to:
                self._end(consent)

    @rule(death=st.sampled_from([False, False, False, True]))
    def expire(self, death: bool) -> None:
        """What has run out ends; at a death, everything."""
        over = [
            consent
            for consent, terms in self.terms.items()
            if death or (terms.until is not None and terms.until <= self.now)
        ]
        act = self.act(Actor(Role.HUB))
        self.attempt(self.live.expire, act, allowed=True, reason="death" if death else "time")
        for consent in over:
            self._end(consent)

    @rule(actor=MOSTLY_CITIZEN, partner=PARTNERS, categories=LABELS, purposes=PURPOSES)
    def refuse(
        self, actor: Actor, partner: UUID, categories: frozenset[str], purposes: frozenset[str]
    ) -> None:
        """Anyone but the hub takes a refusal down, and it opens nothing."""
        allowed = actor.role is not Role.HUB and bool(categories) and are_purposes(purposes)
        terms = {"categories": categories, "purposes": purposes}
        self.attempt(self.live.refuse, partner, self.act(actor), allowed=allowed, **terms)

    @rule(actor=MOSTLY_CITIZEN, block=IDS, partner=PARTNERS, categories=st.none() | LABELS)
    def set_block(self, actor: Actor, block: UUID, partner: UUID, categories: frozenset[str] | None) -> None:
        """The citizen sets a block once."""
        allowed = (
            actor.role is Role.CITIZEN
            and block not in self.blocks
            and block not in self.lifted
            and (partner, categories) not in self.blocks.values()
            and categories != frozenset()
        )
        act = self.act(actor)
        if self.attempt(self.live.set_block, block, partner, act, allowed=allowed, categories=categories):
            self.blocks[block] = (partner, categories)

    @rule(
        actor=st.sampled_from([*EVERYBODY, SYSTEM, SYSTEM, SYSTEM]), notice=IDS, partner=PARTNERS,
        records=st.integers(1, 2**40),
    )  # fmt: skip
    def confirm_purge(self, actor: Actor, notice: UUID, partner: UUID, records: int) -> None:
        """A partner's own system confirms once for each notice; it changes nothing else."""
        own = works_at(actor) == partner and actor.person is None
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
        self.attempt(self.live.authorise_text, partner, words(), self.act(actor), allowed=allowed)

    @rule(actor=MOSTLY_CITIZEN, grants=st.frozensets(IDS, max_size=2))
    def authorise_handover(self, actor: Actor, grants: frozenset[UUID]) -> None:
        """A handover rests only on consents that are in force."""
        allowed = all(self._in_force(grant) for grant in grants)
        act = self.act(actor)
        self.attempt(self.live.authorise_handover, uid(7), PROVIDER, grants, act, allowed=allowed)

    def _end(self, consent: UUID) -> None:
        del self.terms[consent]
        self.ended.add(consent)

    @invariant()
    def the_model_agrees(self) -> None:
        """The consents and blocks are those that the model has, and what has ended never comes back."""
        if self.live is not None:
            found = {
                consent: Terms(g.partner, g.categories, g.purposes, g.sources, g.until)
                for consent, g in self.live.grants.items()
            }
            assert self.terms == found
            assert not self.ended & set(found)
            assert self.ended == self.live.ended
            blocks = {
                block: (partner, None if written is None else frozenset(written.split()))
                for block, (partner, written) in self.live.blocks.items()
            }
            assert self.blocks == blocks
            assert self.purged == self.live.purged


# -------------------------------------------------------------------------------------------------- the plan


class PlanLife(Life):
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
        """A goal that is open is reached or let go, once."""
        command = self.live.reach_goal if reached else self.live.let_goal_go
        if self.attempt(command, goal, self.act(actor), allowed=self.goals.get(goal) == "open"):
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


class MeetingLife(Life):
    """Invitations approved and taken back; agreements open until they are done or dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.status = "convened"
        self.invited: dict[UUID, bool] = {}
        self.agreements: dict[UUID, str] = {}

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


# ---------------------------------------------------------------------------------------------- the handover


class HandoverLife(Life):
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
        self.secrets: list[str] = []
        """The mechanisms with a secret, the newest last."""

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

    @rule(actor=MOSTLY_STAFF, reason=st.sampled_from(["no agreement", "a\nb", ""]))
    def suspend(self, actor: Actor, reason: str) -> None:
        """A partner that is in is suspended."""
        allowed = self._staff(actor) and not self.suspended and reason == "no agreement"
        if self.attempt(self.live.suspend, reason, self.act(actor), allowed=allowed):
            self.suspended = True
            self.secrets = []

    @rule(actor=MOSTLY_STAFF, both=st.booleans())
    def issue_credential(self, actor: Actor, both: bool) -> None:
        """A new secret is under the other mechanism; the one before stays for a while, if that is wished."""
        act = self.act(actor)
        until = act.recorded_at + timedelta(days=7) if both else None
        allowed = self._staff(actor) and not self.suspended
        before = self.secrets[-1:]
        if self.attempt(self.live.issue_credential, act, earlier_until=until, allowed=allowed):
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
            assert set(self.secrets) == self.live.credentials(self.happened[-1].act.recorded_at)


class TestCitizen(CitizenLife.TestCase):
    """A citizen has at most one coordinator, each task begins and ends once, and nothing begins after death."""

    settings = ENOUGH


class TestConsents(ConsentsLife.TestCase):
    """What has ended never comes back, narrowing never widens, and only the citizen opens or unblocks."""

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
