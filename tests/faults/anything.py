"""Anything that anybody does with citizens, drawn by chance from the whole domain, one command after the other.

    at_work = Anything(town, citizens, random.Random(7), note)
    at_work.once()

What may be told, by whom and with what is what `tests/telling.py` says; which matter, plan, goal or consent is meant is
drawn from what stands in the store, so that several writers, and one that was killed and began again, meet on the same.
Plans, meetings and handovers have ids that follow from the citizen and a number: whoever comes first begins them.
"""

from collections.abc import Callable, Iterable
from datetime import date
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4, uuid5

from hub.aggregates import TOLD, Act, Actor, Citizen, Consents, Handover, Plan, Text, Told
from hub.aggregates.base import event_id, own_id
from hub.aggregates.following import LinkedToOrder
from hub.aggregates.matters import Telling
from hub.application import commands
from hub.application.commands.settling import unsettled
from hub.application.hub import Answer, Work
from hub.errors import AccessDenied, Conflict, NotFound, Refused
from tests.acting import AUTHORITY, JOBCENTRE, PROVIDER, uid
from tests.building import CITIZEN, STAFF, WIDE, Town
from tests.faults.happening import HAPPENS, LATER, SAYS
from tests.telling import GOAL, ITEM, SUPPORT, TOPICS, everybody, path, sample, who

T = TypeVar("T")
SOME: Final = ("wishes", "contact", "plan", "meetings", "agreements", "work", "health")
PURPOSES: Final = frozenset({"casework", "support", "coordination", "employment", "treatment"})
AT: Final = {AUTHORITY: "lene", PROVIDER: "mette", JOBCENTRE: "ann"}
"""Who stands here for somebody at the organisations of `tests/telling.py`."""
RECORDED: Final = "recorded"
"""What comes of a command that was carried out; of another one, the kind of refusal."""
FRIEND: Final = uid(23)
"""Who acts for citizens, in `tests/telling.py` as well."""
BASIS: Final = "psykiatriloven-13a"
CLOSES: Final = 0.08
"""How often a citizen who is thought of for it is closed; one who is closed then comes back."""
DIES: Final = 0.005
"""How often one who is thought of so is found to have died."""
SECOND: Final = 0.25
"""How often the second of two places is meant: a plan of the provider's own, a handover of knowledge alone."""
AGE: Final = 300
"""After so many of a writer's commands its citizens get other plans, meetings and handovers."""
STRANGER: Final = 0.05
"""How often somebody tells a thing who mostly may not."""

Note = Callable[[UUID, UUID, int], None]
"""Called with each answer: the key on the log, the command, and the position of its first event."""


def befriend(town: Town) -> Town:
    """The town with somebody who works nowhere, and may act for citizens."""
    town.wired.vault.register_person(FRIEND, "ven", None, "guardian", "Ven Prøve")
    return town


class Anything:
    """Somebody who does anything."""

    def __init__(self, town: Town, citizens: list[UUID], numbers: Random, note: Note) -> None:
        """Nothing was done yet."""
        self.town, self.hub, self.citizens, self.numbers, self.note = town, town.hub, citizens, numbers, note
        self.tried = 0
        self._deck: list[str] = []

    def once(self, does: Callable[["Anything", UUID], None] | None = None) -> str:
        """One command, carried out or refused: what came of it."""
        self.tried += 1
        citizen, does = self.of(self.citizens), does or self.often(DOES)
        try:
            does(self, citizen)
            outcome = RECORDED
        except (Refused, AccessDenied, Conflict) as refusal:
            outcome = type(refusal).__name__
        return outcome

    def do(self, key: UUID, command: Callable[..., Answer], *given: Any, **named: Any) -> Answer:
        """Carry one command out, and note its answer."""
        self.town.later()
        command_id = named.pop("command_id", None) or uuid4()
        answer = command(self.hub, *given, command_id=command_id, **named)
        if answer.position:
            self.note(key, command_id, answer.position)
        return answer

    # Whom and what.

    def of(self, some: Iterable[T]) -> Any:
        """One of some; an id that nobody knows where there is none."""
        there = list(some)
        return self.numbers.choice(there) if there else uuid4()

    def often(self, weights: dict[T, float]) -> T:
        """One of some, by how often each is drawn."""
        return self.numbers.choices(tuple(weights), tuple(weights.values()))[0]

    def words(self, *labels: str) -> Text:
        """What was not said before."""
        chosen = self.numbers.sample(SOME, 1 if self.numbers.random() < 0.7 else 2)
        return Text.of(f"Noget nyt {self.numbers.random()}", *{*labels, *chosen})

    def some(self) -> frozenset[str]:
        """Some categories."""
        return frozenset(self.numbers.sample(SOME, 4))

    def partner(self) -> UUID:
        """An organisation."""
        return self.town.partners[self.of(self.town.partners)]

    def staff(self) -> Actor:
        """Somebody at one."""
        return self.town.actor(self.of(STAFF))

    def meant(self, act: Act) -> Actor:
        """Somebody here in the place of somebody of `tests/telling.py`."""
        return act.by if act.by.partner is None else self.town.actor(AT[act.by.partner])

    def load(self, kind: type[T], identity: UUID) -> T:
        """Something as it stands in the store; refused where it is not there."""
        found = self.hub.store.load(identity)
        if not isinstance(found, kind):
            raise NotFound("There is no such thing yet: try again later.")
        return found

    def place(self, citizen: UUID, kind: str, number: int | None = None) -> UUID:
        """One of the citizen's plans, meetings or handovers; it begins when it is not there yet."""
        number = 2 * (self.tried // AGE) + (self.numbers.random() < SECOND if number is None else number)
        command = uuid5(citizen, f"{kind} {number}")
        identity = uuid5(command, kind)
        if self.hub.store.load(identity) is None:
            self._begin(citizen, kind, number, command)
        return identity

    def _begin(self, citizen: UUID, kind: str, number: int, command: UUID) -> None:
        lene, mette = self.town.actor("lene"), self.town.actor("mette")
        if kind == "plan":
            by, what = (mette, "indsatsplan") if number % 2 else (lene, "handleplan")
            self.do(citizen, commands.open_plan, by, citizen, what, command_id=command)
        elif kind == "meeting":
            terms = {"kind": "network", "starts": self.town.clock() + LATER, "purpose": self.words()}
            self.do(citizen, commands.convene, lene, citizen, **terms, command_id=command)
        else:
            to, what = self.town.partner("jobcentre"), "knowledge" if number % 2 else "responsibility"
            terms = {"kind": what, "items": (), "approved": True}
            self.do(citizen, commands.propose_handover, mette, citizen, to, **terms, command_id=command)

    # Told.

    def tell(self, citizen: UUID) -> None:
        """Something that is told, each in its turn; what it belongs to first, where that is not there."""
        if not self._deck:
            self._deck = self.numbers.sample(TOPICS, len(TOPICS))
        what = TOLD[self._deck.pop()]
        rule, kind = what.RULE, what.TOPIC.split(".")[0]
        second = 1 if what is LinkedToOrder else None
        on = None if kind == "citizen" else self.place(citizen, kind, second)
        subject = self.hub.store.load(on or own_id(citizen, "citizen"))
        assert isinstance(subject, Telling)
        matter = None
        if rule.matter is not None and rule.after:
            there = subject.all_in(rule.matter, *rule.after)
            matter = self.of(there) if there else None
            if matter is None and not rule.or_new:
                what = path(rule.matter, rule.after[0])[0]
        act = who(what.TOPIC) if self.numbers.random() > STRANGER else self.of(everybody())
        said = self.said(what, citizen, subject, matter)
        self.do(citizen, commands.tell, self.meant(act), citizen, what, said, on)

    def said(self, what: type[Told], citizen: UUID, subject: Telling, matter: UUID | None) -> dict[str, Any]:
        """Something for each field of an event, about what there is."""
        means: dict[Any, Callable[[], Any]] = {
            PROVIDER: lambda: self.town.partner("social_psychiatry"),
            GOAL: lambda: self.of(getattr(subject, "goals", ())),
            SUPPORT: lambda: self.of(getattr(subject, "support", ())),
            ITEM: lambda: self.item(subject),
        }
        found = sample(what)
        for name, value in found.items():
            if name == what.RULE.matter:
                found[name] = matter
            elif isinstance(value, Text):
                found[name] = self.words(*(value.labels.split() if name == "who" else ()))
            elif isinstance(value, date):
                found[name] = value + self.numbers.randrange(1, 99) * LATER
            elif isinstance(value, UUID):
                found[name] = means[value]() if value in means else found[name]
            elif name == "into":
                found[name] = (self.place(citizen, "meeting"),)
        if "agenda_item" in found and what.RULE.matter is None:
            found["agenda_item"] = self.of([*subject.all_in("agenda_item", "proposed", "accepted"), None])
        if what is LinkedToOrder:
            found["action_plan"] = self.place(citizen, "plan", 0)
            found["order"] = self.of(self.load(Plan, found["action_plan"]).orders)
        return found

    def item(self, subject: Telling) -> UUID:
        """An event of the same, or what a handover has still to settle."""
        if isinstance(subject, Handover):
            left = unsettled(self.hub, Work(self.hub, fresh=True), subject)
            return UUID(str(self.of(each.what for each in left)))
        return event_id(subject.id, self.numbers.randint(1, subject.version))

    # Done.

    def hope(self, citizen: UUID) -> None:
        """A hope is told, or told anew."""
        there = self.load(Citizen, own_id(citizen, "citizen")).hopes
        if self.numbers.random() < 0.7:
            self.do(citizen, commands.tell_hope, CITIZEN, citizen, self.words("wishes"))
        else:
            self.do(citizen, commands.retell_hope, CITIZEN, citizen, self.of(there), self.words("wishes"))

    def contact(self, citizen: UUID) -> None:
        """There was contact, or nobody came."""
        terms = self.of(({"text": self.words("meetings")}, {"absence": self.words("attendance")}))
        self.do(citizen, commands.record_contact, self.staff(), citizen, **terms)

    def consent(self, citizen: UUID) -> None:
        """A consent is given, as it mostly is; spoken, refused, or an agreed text."""
        terms: dict[str, Any] = {"categories": self.some(), "purposes": PURPOSES}
        how = self.often({"written": 7, "spoken": 2, "refused": 1, "text": 1})
        partner = self.partner()
        if how == "refused":
            self.do(citizen, commands.refuse_consent, CITIZEN, citizen, partner, **terms)
        elif how == "text":
            self.do(citizen, commands.agree_text, CITIZEN, citizen, partner, self.words())
        elif how == "spoken":
            terms |= {"form": how, "witness": self.town.wired.vault.person(self.of(STAFF)).id}
            self.do(citizen, commands.give_consent, self.staff(), citizen, partner, **terms)
        else:
            terms |= {
                "window": self.of((None, None, WIDE)),
                "until": self.of((None, self.town.clock() + LATER)),
            }
            self.do(citizen, commands.give_consent, CITIZEN, citizen, partner, **terms)

    def withdrawn(self, citizen: UUID) -> None:
        """Every consent to somebody is taken back."""
        by = self.of((CITIZEN, CITIZEN, self.staff()))
        self.do(citizen, commands.withdraw_consent, by, citizen, partner=self.partner())

    def consent_changed(self, citizen: UUID) -> None:
        """One consent is confirmed, narrowed, made longer or taken back."""
        book = self.load(Consents, own_id(citizen, "consents"))
        one = self.of(book.grants.keys() - book.ended)
        does, given, terms = self.of((
            (commands.confirm_consent, (), {}),
            (commands.narrow_consent, (), {"categories": self.some()}),
            (commands.renew_consent, (self.town.clock() + 9 * LATER,), {}),
            (commands.withdraw_consent, (), {"words": self.words()}),
        ))  # fmt: skip
        self.do(citizen, does, CITIZEN, citizen, one, *given, **terms)

    def block(self, citizen: UUID) -> None:
        """Not them, not this, not that person; or them again."""
        book = self.load(Consents, own_id(citizen, "consents"))
        there = book.blocks.keys() - book.lifted
        if len(there) > 1 or (there and self.numbers.random() < 0.4):
            self.do(citizen, commands.lift_block, CITIZEN, citizen, self.of(there))
        else:
            person = self.of((None, None, self.town.wired.vault.person("ann").id))
            partner = self.town.partner("jobcentre") if person else self.partner()
            terms = {"categories": self.of((None, self.some())), "person": person}
            self.do(citizen, commands.set_block, CITIZEN, citizen, partner, **terms)

    def law(self, citizen: UUID) -> None:
        """Emergency access, or a basis in law, begins or ends."""
        book = self.load(Consents, own_id(citizen, "consents"))
        lene, mette = self.town.actor("lene"), self.town.actor("mette")
        second = self.town.wired.vault.person("lene").id
        about = {
            "categories": self.some(),
            "purposes": frozenset({"casework"}),
            "in_writing": True,
            "case": "24/1",
        }
        does, by, given, terms = self.of((
            (commands.open_emergency, mette, (), {"reason": self.words(), "confirmed_by": second}),
            (commands.close_emergency, mette, (self.of(book.emergencies),), {}),
            (commands.review_emergency, lene, (self.of(book.emergencies),), {"text": self.words(), "justified": True}),
            (commands.register_basis, lene, (self.town.partner("authority"), BASIS), about),
            (commands.end_basis, lene, (self.of(book.bases.keys() - book.bases_ended),), {}),
        ))  # fmt: skip
        self.do(citizen, does, by, citizen, *given, **terms)

    def plan(self, citizen: UUID) -> None:
        """Goals and support begin, go on and end; seldom the plan itself."""
        self._happens(citizen, "plan", commands.on_plan)

    def meeting(self, citizen: UUID) -> None:
        """People are invited, approved, taken off; things are agreed, done, put off; it is held or called off."""
        self._happens(citizen, "meeting", commands.on_meeting)

    def handover(self, citizen: UUID) -> None:
        """It is read, accepted, declined, withdrawn or completed."""
        self._happens(
            citizen, "handover", lambda hub, by, _, *on, **meta: commands.on_handover(hub, by, *on, **meta)
        )

    def _happens(self, citizen: UUID, kind: str, command: Callable[..., Answer]) -> None:
        happens, (by, _) = self.often({each: each[1][1] for each in HAPPENS[kind].items()})
        actor = CITIZEN if by == "citizen" else self.town.actor(by)
        on = self.place(citizen, kind)
        self.do(citizen, command, actor, citizen, on, lambda found, act: happens(self, found, act))

    def amend(self, citizen: UUID) -> None:
        """What was written is put right, labelled anew, disputed, or marked as another citizen's."""
        _, opened = self.of(self.hub.items(citizen))
        texts = [
            shape.name
            for shape in opened.schema.fields
            if shape.kind == "text" and opened.body.get(shape.name) is not None
        ]
        field, by, event = self.of(texts), self.of((CITIZEN, self.staff())), opened.event_id
        does, given, terms = self.numbers.choices((
            (commands.correct, (field,), {"text": self.words(), "reason": self.words()}),
            (commands.relabel, (field,), {"add": self.some()}),
            (commands.dispute, (self.words(),), {}),
            (commands.misfile, (self.words(),), {}),
        ), (5, 2, 2, 1))[0]  # fmt: skip
        by = self.town.actor("lene") if does is commands.misfile else by
        self.do(citizen, does, by, citizen, event, *given, **terms)

    def task(self, citizen: UUID) -> None:
        """Somebody gets a task, or acts for the citizen, or does so no more; a coordinator comes and goes."""
        lene, slug = self.town.actor("lene"), self.of(STAFF)
        at, purpose = STAFF[slug]
        partner, person = self.town.partners[at], self.town.wired.vault.person(slug).id
        does, given = self.numbers.choices((
            (commands.assign, (self.of(("relation", "contact_person", "coordinator")), partner, person, purpose)),
            (commands.assign, ("relation", partner, None, purpose)),
            (commands.change_coordinator, (partner, person, purpose)),
            (commands.end_relation, (partner, person)),
            (commands.end_contact_person, (person,)),
            (commands.release_coordinator, ()),
            (commands.register_representative, (FRIEND, self.some() | {"wishes", "plan"})),
            (commands.end_representative, (FRIEND,)),
        ), (9, 1, 1, 1, 1, 1, 2, 1))[0]  # fmt: skip
        self.do(citizen, does, lene, citizen, *given)

    def address(self, citizen: UUID) -> None:
        """The address is protected, or no longer."""
        does = self.of((commands.unprotect_address, commands.protect_address))
        self.do(citizen, does, self.town.actor("lene"), citizen, text=self.words())

    def close(self, citizen: UUID) -> None:
        """The cooperation ends, seldom by a death; whoever is gone comes back, and has somebody again."""
        lene, mette = self.town.actor("lene"), self.town.wired.vault.person("mette").id
        if not self.load(Citizen, own_id(citizen, "citizen")).closed:
            if (chance := self.numbers.random()) < DIES:
                self.do(citizen, commands.record_death, lene, citizen)
            elif chance < CLOSES:
                self.do(citizen, commands.close_citizen, lene, citizen, way_back=self.words())
            return
        self.do(citizen, commands.reopen_citizen, CITIZEN, citizen, words=self.words())
        provider = self.town.partner("social_psychiatry")
        self.do(citizen, commands.assign, lene, citizen, "coordinator", provider, mette, "coordination")

    def organisation(self, _citizen: UUID) -> None:
        """An organisation rests for a while, gets another ceiling, confirms a basis, or tells of itself."""
        lene, ours = self.town.actor("lene"), self.town.partner("authority")
        partner = self.town.partner("addiction_treatment")
        facts = self.hub.partners().get(partner)
        if facts is not None and facts.suspended:
            self.do(partner, commands.resume_partner, lene, partner)
        elif (chance := self.numbers.random()) < 0.2:
            self.do(partner, commands.suspend_partner, lene, partner, "a pause")
        elif chance < 0.4:
            self.do(partner, commands.adopt_ceiling, lene, partner, self.some())
        elif chance < 0.6:
            self.do(ours, commands.confirm_legal_basis, lene, ours, BASIS)
        else:
            says, own = self.of(SAYS), own_id(ours, "cooperation")
            self.do(own, commands.cooperate, lene, ours, lambda town, act: says(self, town, act))


DOES: Final[dict[Callable[[Anything, UUID], None], float]] = {
    Anything.tell: 45,
    Anything.hope: 6,
    Anything.contact: 3,
    Anything.consent: 6,
    Anything.withdrawn: 4,
    Anything.consent_changed: 3,
    Anything.block: 4,
    Anything.law: 2,
    Anything.plan: 9,
    Anything.meeting: 10,
    Anything.handover: 4,
    Anything.amend: 6,
    Anything.task: 3,
    Anything.address: 1,
    Anything.close: 7,
    Anything.organisation: 0.8,
}
"""What is done, and how often."""
