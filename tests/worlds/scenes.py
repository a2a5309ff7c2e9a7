"""Small scenes of the events whose classes say their own rule: what some may see, and others may not.

A scene puts steps into a history, each later than the one before; a matter begins, goes on and ends in them. Who may
do what is taken from the list that the tests keep beside the hub's.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from hub.aggregates import TOLD, Text
from hub.aggregates.matters import Told, fields_of, required
from hub.schemas import FieldShape
from hub.vocabulary import EXISTENCE, label_names
from tests.histories import RARER, TYPES, named
from tests.living import Step
from tests.living_history import FIELDS
from tests.living_told import bare
from tests.telling import (
    BY_STAFF,
    BY_THE_AUTHORITY,
    BY_WHO_TREATS,
    CITIZEN_ALONE,
    FOR_THE_CITIZEN,
    name_of,
    path,
)
from tests.worlds.change import Change

ALL_TYPES: Final = {**{event: str(EXISTENCE[event]) for event in EXISTENCE}, **TYPES}
"""Every event that is about a citizen, with the category of its existence."""
ELSEWHERE: Final = frozenset({
    "citizen.closed", "citizen.reopened", "citizen.item_withheld", "citizen.withholding_ended",
})  # fmt: skip
"""Events that a scene of their own plays, or that end what others began."""
ABOUT_THE_CITIZEN: Final = tuple(
    topic for topic in sorted(TOLD) if topic.startswith("citizen.") and name_of(topic) not in ELSEWHERE
)
BEFORE_IT: Final = (
    "meeting.purpose_explained", "meeting.agenda_item_proposed", "meeting.agenda_item_accepted",
    "meeting.input_given", "meeting.citizen_message_given", "meeting.companion_chosen", "meeting.chair_appointed",
    "meeting.preparation_shared", "meeting.talked_before", "meeting.place_chosen", "meeting.rescheduled",
    "meeting.participant_answered", "meeting.split",
)  # fmt: skip
AFTER_IT: Final = ("meeting.talked_afterwards", "meeting.minutes_approved", "meeting.input_given")
ON_A_PLAN: Final = (
    "plan.handed_out", "plan.revised", "plan.self_checked", "plan.view_given", "plan.support_paused",
    "plan.support_shaped", "plan.follow_up_planned", "plan.reflection_shared", "plan.follow_up_held",
)  # fmt: skip
TREATING: Final = ("addiction_treatment", "regional_psychiatry", "social_psychiatry", "gp", "home_nursing")
SAID: Final = {"instrument": "ORS", "value": "27", "again": "noget", "basis": "Forvaltningsloven § 15 a"}
"""Words that a field must hold, where any would not do."""
Scene = Callable[["Stage"], bool]


class Stage:
    """Where a scene is played: a history that is being changed, and those who may be in it."""

    def __init__(self, change: Change, *, hide: float) -> None:
        """Begin somewhere; `hide` says how often words get a label that few may know of."""
        self.change, self.rng, self.hide = change, change.rng, hide
        self.partners, self.place = change.others(), change.place()

    @property
    def sectors(self) -> dict[str, str]:
        """The sector of everybody who may take part."""
        return {p["id"]: p["sector"] for p in self.change.history["partners"] if p["id"] in self.partners}

    def busy(self) -> list[str]:
        """Those who have begun with the citizen by now; the others are refused as strangers."""
        met = {
            named_one["partner"]
            for step in self.change.steps[: self.place]
            if step["event"] in BEGINS and isinstance(named_one := step["data"].get("partner"), dict)
        }
        return [one for one in self.partners if one in met or one == "my"] or self.partners

    def anybody(self, event: str) -> Step:
        """Somebody who may record such an event."""
        pool = self.busy()
        if event in CITIZEN_ALONE | FOR_THE_CITIZEN:
            return {"who": "citizen"}
        if event in BY_THE_AUTHORITY:
            return self.change.staff("my")
        if event in BY_WHO_TREATS:
            pool = [one for one in pool if self.sectors[one] in TREATING] or pool
        if event not in BY_STAFF | BY_WHO_TREATS and self.rng.random() < CITIZENS:
            return {"who": "citizen"}
        return self.change.staff(self.rng.choice(pool))

    def add(self, event: str, data: dict[str, Any], by: Step | None = None) -> str:
        """The next step of the scene; sometimes something else comes between."""
        by = by or self.anybody(event)
        name = self.change.add(self.place, by, event, data)
        self.place = min(
            self.place + 1 + (self.rng.random() < LATER) * self.rng.randint(0, 3), len(self.change.steps)
        )
        return name

    def tell(self, event: str, by: Step | None = None, **said: Any) -> str:
        """The next step, with something in most of its fields; `said` are references and what is not by chance."""
        return self.add(event, {**self.fields(event), **said}, by)

    def fields(self, event: str) -> dict[str, Any]:
        """Something for every field that must be there, and for most others."""
        told, found = TOLD[f"{event}.v1"], {}
        for shape in FIELDS[event]:
            hint = bare(fields_of(told).get(shape.name))
            left_out = shape.name not in needed(told) and self.rng.random() < LEFT_OUT
            if shape.kind in ("envelope", "term") or left_out:
                continue
            found[shape.name] = self.field(told, shape, hint)
        return found

    def field(self, told: type[Told], shape: FieldShape, hint: Any) -> dict[str, Any]:
        """Something that a field can hold, in the form of the stories."""
        labels = label_names(shape.labels)
        if shape.kind == "partner":
            return named(self.rng.choice(self.partners), labels[0])
        if shape.kind == "person":
            who = self.rng.choice(self.partners)
            return {"person": f"{who}-{self.rng.randint(1, 2)}", "labels": labels}
        if hint is Text:
            return self.words(*labels)
        choices = dict(told.RULE.one_of).get(shape.name)
        return {"value": self.value(shape.name, hint, choices), "labels": labels}

    def words(self, *labels: str) -> dict[str, Any]:
        """Free text, with labels that many may not know of or without."""
        more = self.rng.sample(
            (*RARER, "diagnosis", "finances", "criminal", "safety"), self.rng.randint(1, 2)
        )
        hidden = more if self.rng.random() < self.hide else []
        return {"text": f"sagt {self.rng.randint(0, 999)}", "labels": sorted({*labels, *hidden})}

    def value(self, name: str, hint: Any, choices: tuple[str, ...] | None) -> Any:
        """A plain value."""
        if choices:
            return self.rng.choice(choices)
        if hint is bool:
            return name in SURE or self.rng.random() < 0.5
        if hint is int:
            return self.rng.randint(1, 30)
        day = f"2025-0{self.rng.randint(3, 6)}-{self.rng.randint(10, 28)}"
        if hint is date:
            return day
        return f"{day}T10:00:00+02:00" if hint is datetime else SAID[name]


CITIZENS: Final = 0.3
"""How often what anybody may tell is told by the citizen."""
LATER: Final = 0.4
LEFT_OUT: Final = 0.25
SURE: Final = frozenset({"citizen_took_part"})
BEGINS: Final = frozenset({
    "consents.given", "citizen.coordinator_assigned", "citizen.contact_person_assigned", "citizen.relation_started",
})  # fmt: skip


def needed(told: type[Told]) -> set[str]:
    """The fields that must be there, those of which one must be, and those of which a rule of its own asks."""
    also = {"citizen.wish_answered.v1": ("text",), "plan.self_checked.v1": ("text",)}
    return {*required(told), *told.RULE.needs, *also.get(told.TOPIC, ())}


def about_the_citizen(stage: Stage, topic: str | None = None) -> bool:
    """Something is told; where a matter goes on, it begins before, and perhaps ends after."""
    told = TOLD[topic or stage.rng.choice(ABOUT_THE_CITIZEN)]
    rule, name = told.RULE, name_of(told.TOPIC)
    said: dict[str, Any] = {}
    if rule.matter and rule.after and not (rule.or_new and stage.rng.random() < 0.3):
        for before in path(rule.matter, stage.rng.choice(rule.after)):
            first = stage.tell(name_of(before.TOPIC), **said)
            said = said or {rule.matter: first}
    elif name == "citizen.welcome_planned":
        said["community"] = stage.tell("citizen.community_wished")
    elif "about" in fields_of(told):
        noted = [s["id"] for s in stage.change.steps[3 : stage.place] if s["event"] in NOTED]
        if not noted:
            return False
        said["about"] = stage.rng.choice(noted)
    first = stage.tell(name, **said)
    follows = [
        other
        for other in TOLD.values()
        if rule.matter and other.RULE.matter == rule.matter and rule.becomes in other.RULE.after
    ]
    if follows and stage.rng.random() < GOES_ON:
        after = stage.rng.choice(follows)
        stage.tell(name_of(after.TOPIC), **{str(rule.matter): said.get(str(rule.matter), first)})
    return True


GOES_ON: Final = 0.6
NOTED: Final = ("citizen.contact_recorded", "citizen.hope_told", "plan.goal_set", "citizen.treatment_noted")
"""What something can be said about."""


def a_meeting(stage: Stage) -> bool:
    """A meeting with all that comes before it, and after."""
    rng, host = stage.rng, stage.change.staff(stage.rng.choice(stage.busy()))
    starts = {"value": "2025-04-02T10:00", "labels": ["meetings"]}
    convened = {"kind": {"value": "network", "labels": ["meetings"]}, "starts": starts}
    meeting = stage.add("meeting.convened", {**convened, "purpose": stage.words("meetings")}, host)
    guest = rng.choice(stage.partners)
    invited = stage.add(
        "meeting.participant_invited",
        {
            "meeting": meeting, "participant": named(guest, "meetings"), "starts": starts,
            "purpose": stage.words("meetings"), "participants": {"partners": [guest], "labels": ["meetings"]},
        },
        host,
    )  # fmt: skip
    approved = {"meeting": meeting, "invitations": [invited], "knows": [guest]}
    stage.add("meeting.participant_approved_by_citizen", approved, {"who": "citizen"})
    items: list[str] = []
    chosen = [event for event in BEFORE_IT if rng.random() < SHARE]
    for event in chosen:
        said: dict[str, Any] = {"meeting": meeting}
        if event == "meeting.agenda_item_accepted":
            items = items or [stage.tell("meeting.agenda_item_proposed", **said)]
            said["agenda_item"] = items[0]
        elif event == "meeting.split":
            smaller = {**convened, "purpose": stage.words("meetings")}
            said["into"] = [stage.add("meeting.convened", smaller, host)]
        by = stage.change.staff(guest) if event == "meeting.participant_answered" else None
        told = stage.tell(event, by, **said)
        items += [told] if event == "meeting.agenda_item_proposed" else []
    if rng.random() < SELDOM:
        taken = {"meeting": meeting, "invitations": [invited], "words": stage.words("meetings")}
        stage.add("meeting.approval_withdrawn", taken, {"who": "citizen"})
    if rng.random() < SELDOM:
        gone = {"meeting": meeting, "participant": named(guest, "meetings"), "invitation": invited}
        stage.add("meeting.participant_removed", gone, host)
    if rng.random() < SELDOM:
        stage.add("meeting.cancelled", {"meeting": meeting, "text": stage.words("meetings")}, host)
        return True
    held = {
        "came": {"partners": [guest], "labels": ["meetings"], "key": True},
        "text": stage.words("meetings"),
    }
    took_part = {"citizen_took_part": {"value": True, "labels": ["meetings"]}}
    stage.add("meeting.held", {"meeting": meeting, **held, **took_part}, host)
    for event in AFTER_IT:
        if rng.random() < SHARE:
            stage.tell(event, meeting=meeting)
    agreed_on(stage, meeting, guest)
    return True


SHARE: Final = 0.45
SELDOM: Final = 0.15


def agreed_on(stage: Stage, meeting: str, owner: str) -> None:
    """An agreement is made, and something becomes of it."""
    data = {
        "meeting": meeting, "owner": named(owner, "agreements"), "what": stage.words("agreements"), "knows": [owner],
        "parties": {"partners": [owner], "labels": ["agreements"]},
    }  # fmt: skip
    by = stage.change.staff(owner)
    agreement = stage.add("meeting.agreement_made", data, by)
    news = stage.rng.choice(("done", "delayed", "dropped", "party_removed"))
    said: dict[str, Any] = {"agreement": agreement, "text": stage.words("agreements")}
    if news == "delayed":
        said["new_due"] = {"value": "2025-04-16", "labels": ["agreements"]}
    elif news == "party_removed":
        said = {"agreement": agreement, "partner": named(owner, "agreements")}
    stage.add(f"meeting.agreement_{news}", said, by)


def an_order(stage: Stage, plan: str, provider: str, theirs: Step) -> None:
    """The authority orders; the provider receives it, and links a plan of its own; it may end."""
    rng, my = stage.rng, stage.change.staff("my")
    order = stage.tell("plan.order_sent", my, plan=plan, provider=named(provider, "plan"))
    data = {"plan": plan, "order": order, "provider": named(provider, "plan")}
    if rng.random() < ORDERED:
        stage.tell("plan.order_received", theirs, **data)
    own = {"kind": {"value": "indsatsplan", "labels": ["plan"]}, "text": stage.words("plan")}
    answer = stage.add("plan.opened", own, theirs)
    stage.tell("plan.linked_to_order", theirs, plan=answer, action_plan=plan, order=order)
    if rng.random() < ORDERED:
        stage.tell("plan.order_ended", rng.choice((my, theirs)), **data)


def a_plan(stage: Stage) -> bool:
    """An action plan: support, an order with the provider's own plan, follow-up, views, and the order's end."""
    rng, my, provider = stage.rng, stage.change.staff("my"), stage.rng.choice(stage.busy())
    theirs = stage.change.staff(provider)
    kind = {"value": "handleplan", "labels": ["plan"]}
    plan = stage.add("plan.opened", {"kind": kind, "text": stage.words("plan")}, my)
    paragraph = {"value": "§ 85", "labels": ["plan"]}
    granted = {
        "plan": plan,
        "provider": named(provider, "plan"),
        "paragraph": paragraph,
        "text": stage.words("plan"),
    }
    support = stage.add("plan.support_granted", granted, my)
    if rng.random() < ORDERED:
        an_order(stage, plan, provider, theirs)
    goal = stage.add("plan.goal_set", {"plan": plan, "words": stage.words("plan")}, {"who": "citizen"})
    follow_up = ""
    for event in [event for event in ON_A_PLAN if rng.random() < SHARE]:
        said: dict[str, Any] = {"plan": plan}
        if event.startswith("plan.support_"):
            said["support"] = support
        elif event == "plan.view_given" and rng.random() < SHARE:
            said["goal"] = goal
        elif event in ("plan.reflection_shared", "plan.follow_up_held"):
            follow_up = follow_up or stage.tell("plan.follow_up_planned", my, **said)
            said["follow_up"] = follow_up
        told = stage.tell(event, None if event in ANYBODYS else rng.choice((my, theirs)), **said)
        follow_up = told if event == "plan.follow_up_planned" else follow_up
    news = rng.choice(("reworded", "progressed", "reached", "let_go"))
    stage.add(f"plan.goal_{news}", {"goal": goal, "words": stage.words("plan")}, {"who": "citizen"})
    for event in ("plan.support_adjusted", "plan.support_ended"):
        if rng.random() < SHARE:
            given = {"support": support, "provider": named(provider, "plan"), "text": stage.words("plan")}
            stage.add(event, given, my)
    if rng.random() < SHARE:
        stage.add("plan.closed", {"plan": plan, "text": stage.words("plan")}, my)
    return True


ORDERED: Final = 0.7
ANYBODYS: Final = ("plan.view_given", "plan.reflection_shared")


def a_handover(stage: Stage) -> bool:
    """Responsibility is handed over: what is open is carried over or let go first; then it is asked how it was."""
    busy = stage.busy()
    if len(busy) < 2:
        return False
    rng = stage.rng
    sender, receiver = rng.sample(busy, 2)
    by, to = stage.change.staff(sender), stage.change.staff(receiver)
    agreed = {
        "owner": named(sender, "agreements"), "what": stage.words("agreements"), "knows": [sender, receiver],
        "parties": {"partners": [sender, receiver], "labels": ["agreements"]},
    }  # fmt: skip
    agreement = stage.add("meeting.agreement_made", agreed, by)
    proposed = {
        "kind": {"value": "responsibility", "labels": ["plan"]}, "from": named(sender, "plan"),
        "to": named(receiver, "plan"), "items": [], "text": stage.words("plan"), "knows": [sender],
    }  # fmt: skip
    handover = stage.add("handover.proposed", proposed, by)
    answer = rng.choice(("declined", "withdrawn", "read", "", "", ""))
    if answer:
        words = {"reason" if answer == "declined" else "text": stage.words("plan")}
        who = by if answer == "withdrawn" else to
        stage.add(f"handover.{answer}", {"handover": handover, **words}, who)
    if answer in ("declined", "withdrawn"):
        return True
    stage.add("handover.accepted", {"handover": handover, "text": stage.words("plan")}, to)
    settled = rng.choice(("handover.carried_over", "handover.let_go"))
    kind = {"value": "agreement", "labels": ["plan"]}
    stage.tell(settled, to, handover=handover, what=agreement, kind=kind)
    stage.tell("handover.retelling_reported", handover=handover)
    if rng.random() < SHARE:
        stage.add("handover.completed", {"handover": handover, "text": stage.words("plan")}, to)
    return True


def withheld(stage: Stage) -> bool:
    """A single item is withheld from the citizen for a while, and perhaps shown again."""
    noted = [s["id"] for s in stage.change.steps[3 : stage.place] if s["event"] in NOTED]
    if not noted:
        return False
    until = {"value": "2027-01-01T10:00:00+01:00", "labels": label_names(EXISTENCE_BIT)}
    told = stage.tell("citizen.item_withheld", about=stage.rng.choice(noted), until=until)
    if stage.rng.random() < GOES_ON:
        stage.tell("citizen.withholding_ended", withholding=told)
    return True


EXISTENCE_BIT: Final = next(
    shape.labels for shape in FIELDS["citizen.item_withheld"] if shape.name == "until"
)
SCENES: Final[tuple[Scene, ...]] = (
    about_the_citizen, about_the_citizen, about_the_citizen, a_meeting, a_plan, a_handover, withheld,
)  # fmt: skip
