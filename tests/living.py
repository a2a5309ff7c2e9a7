"""Plays a history in the stories' format through the hub's own use cases, on a wired hub with a real PostgreSQL.

    town = build(database, tmp_path, clock=FixedClock(first_moment(history)))
    life = Living(town, with_scaffold(history))
    for step in life.history["steps"]:
        life.play(step)

Order in the list is the position in the log. The hub's clock is moved on to each step's `at`; where a history's clock
runs backwards it stands still. `life.played` is what was recorded, as it was recorded: a step that the hub refuses is
left out of it (`life.left_out`), unless the history is played strictly.

A plan, the authority's plan and a meeting stand right after the enrolment (`with_scaffold`): the stories' goals,
support and agreements name none, and the hub has them on one.
"""

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates import Actor
from hub.application import commands
from hub.application.commands import Meta
from hub.application.hub import Answer, Hub
from hub.clock import from_microseconds
from hub.errors import AccessDenied, HubError, Refused
from hub.items import Item
from hub.store import Opened
from hub.vocabulary import Role, Sector, Source
from tests.building import HUB_ITSELF, Town
from tests.living_care import VERBS as _CARE
from tests.living_law import VERBS

assert _CARE is VERBS  # all modules of verbs write into one table
Data = dict[str, Any]
Step = dict[str, Any]
History = dict[str, Any]

NOT_YET = {
    "citizen.community_joined": "communities",
    "citizen.community_tried": "communities",
    "citizen.community_wished": "communities",
    "citizen.hard_period_marked": "hard periods",
    "citizen.help_card_written": "the help card",
    "citizen.need_change_acknowledged": "changed needs",
    "citizen.need_change_assessed": "changed needs",
    "citizen.need_change_reported": "changed needs",
    "citizen.pathway_changed": "pathways",
    "citizen.strength_confirmed": "strengths",
    "citizen.strength_suggested": "strengths",
    "handover.retelling_reported": "retelling",
    "meeting.agenda_item_proposed": "the agenda",
    "meeting.citizen_message_given": "the citizen's message to a meeting",
    "meeting.companion_chosen": "companions",
    "meeting.input_given": "input to a meeting",
    "meeting.participant_answered": "answers to an invitation",
    "meeting.purpose_explained": "a meeting's purpose explained",
}
"""Event types that the hub does not have yet, by what they belong to: nothing else is passed over."""

RENAMED = {
    ("handover.proposed", "from"): "from_partner",
    ("handover.proposed", "to"): "to_partner",
    ("meeting.held", "words"): "text",
    ("meeting.participant_approved_by_citizen", "text"): "words",
    ("plan.goal_set", "text"): "professional",
}
"""Fields that the hub calls something else than the stories do."""

LINKING = frozenset({"citizen.relation_started", "citizen.contact_person_assigned"})
"""By which an organisation begins on a citizen."""

SCAFFOLD = {
    "plan.opened": ("scaffold-plan", {"kind": {"value": "indsatsplan", "labels": ["plan"]}}),
    "plan.opened.": ("scaffold-handleplan", {"kind": {"value": "handleplan", "labels": ["plan"]}}),
    "meeting.convened": (
        "scaffold-meeting",
        {
            "kind": {"value": "coordinating", "labels": ["meetings"]},
            "starts": {"value": "2025-04-02T10:00", "labels": ["meetings"]},
            "purpose": {"text": "Tale sammen.", "labels": ["meetings"]},
        },
    ),
}
"""What goals, support and agreements stand on where the history names nothing."""


def uid(name: str) -> UUID:
    """The id of a named thing: partner, person, step."""
    return uuid5(NAMESPACE_URL, name)


def moment(text: str) -> datetime:
    """An instant of a history, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def first_moment(history: History) -> datetime:
    """A moment before the first step: when the partners are registered."""
    return moment(history["steps"][0]["at"]) - timedelta(days=1)


def with_scaffold(history: History) -> History:
    """The same history with a plan, the authority's plan and a meeting right after the enrolment.

    What the hub asks for and a history leaves out is said as well, and what no command takes is not.
    """
    known = {step["id"]: step for step in history["steps"]}
    steps = [fitted(step, known) for step in history["steps"]]
    first = next(place for place, step in enumerate(steps) if step["event"] == "citizen.enrolled")
    base = {"at": steps[first]["at"], "by": steps[first]["by"], "imported": False}
    added = [
        {**base, "id": name, "event": event.rstrip("."), "data": data}
        for event, (name, data) in SCAFFOLD.items()
    ]
    return {**history, "steps": [*steps[: first + 1], *added, *steps[first + 1 :]]}


def fitted(step: Step, known: dict[str, Step]) -> Step:
    """A step as the hub's commands take it: without what none of them takes, and with what the hub says besides.

    A meeting without the citizen says why, and news of a support name its provider.
    """
    data = step["data"]
    if step["event"] in ("plan.support_adjusted", "plan.support_ended"):
        data = {"provider": known[data["support"]]["data"]["provider"], **data}
    if step["event"] == "meeting.held" and not data["citizen_took_part"]["value"]:
        data = {"why_not": data["text"], **data}
    no_word_for = {"consents.refused": "words", "consents.narrowed": "sources"}.get(step["event"])
    data = {name: value for name, value in data.items() if name != no_word_for}
    return {**step, "data": data}


def acting_for_the_citizen(history: History) -> set[str]:
    """Everybody who is, or says to be, the citizen's representative."""
    steps = history["steps"]
    registered = (
        s["data"]["person"]["person"] for s in steps if s["event"] == "citizen.representative_registered"
    )
    return {s["by"]["person"] for s in steps if s["by"]["who"] == "representative"} | {*registered}


class NotPlayed(Exception):
    """A step cannot be tried: what it rests on was not recorded, or nobody has said how its type is carried out."""


class _Importing(Hub):
    """The same hub for what an import brings in: it is no person's command, so nobody is asked who they are."""

    def check_may_write(self, actor: Actor, citizen: UUID) -> None:
        """An import is let in by whoever runs it."""


@dataclass(frozen=True)
class Recorded:
    """An event that a step made."""

    event_id: UUID
    event: str
    version: int
    originator: UUID
    position: int
    body: Data
    """What it says, free text left out."""

    @property
    def partner(self) -> str | None:
        """Whom it is about, where it says so."""
        found = self.body.get("partner")
        return found.hex() if isinstance(found, bytes) else None


@dataclass
class Living:
    """A history that is being played."""

    town: Town
    history: History
    codes: bool = False
    """Whether a stranger's first task of its own counts as handed over by a code: see `linked`."""
    citizen: UUID = field(default_factory=lambda: uid("citizen"))
    ids: dict[str, dict[str, UUID]] = field(default_factory=dict)
    """What each step's command made: consents, blocks, tasks, plans …"""
    events: dict[str, list[Recorded]] = field(default_factory=dict)
    """The events that each step recorded."""
    steps: dict[str, Step] = field(default_factory=dict)
    """The steps that were recorded."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Steps that the hub refused, and why."""
    not_yet: Counter[str] = field(default_factory=Counter)
    """Steps of types that the hub does not have yet."""
    linked: list[str] = field(default_factory=list)
    """Steps by which a stranger began its own task: DOMAIN.md's one-time code, which the hub does not have yet."""
    caught_up: int = -1
    commands: int = 0

    def __post_init__(self) -> None:
        """Register the partners that no step registers, with their sectors' ceilings, and everybody's persons."""
        self.importing: Hub = copy(self.town.hub)
        self.importing.__class__ = _Importing
        self.partners = {entry["id"]: entry for entry in self.history["partners"]}
        self.persons = {entry["id"]: entry for entry in self.history["persons"]}
        for name in acting_for_the_citizen(self.history) - self.persons.keys():
            self.persons[name] = {"partner": None, "function": "ven", "name": name.title()}
        late = {s["data"]["partner"] for s in self.history["steps"] if s["event"] == "partner.registered"}
        for name, entry in self.partners.items():
            if name not in late:
                self.register(name, entry, self.meta(f"register {name}"))
                commands.adopt_ceiling(self.hub, HUB_ITSELF, uid(name), **self.meta(f"ceiling {name}"))
        for name, entry in self.persons.items():
            where = None if entry["partner"] is None else uid(entry["partner"])
            self.town.wired.vault.register_person(uid(name), name, where, entry["function"], entry["name"])
        self.head = self.hub.log.head()[0]

    @property
    def hub(self) -> Hub:
        """What commands are given."""
        return self.town.hub

    @property
    def played(self) -> History:
        """What was recorded, as it was recorded."""
        return {**self.history, "steps": list(self.steps.values())}

    # Playing.

    def play(self, step: Step) -> bool:
        """Play one step; whether anything was recorded. What the hub refuses is left out."""
        self.move_to(moment(step["at"]))
        if step["event"] in NOT_YET:
            self.not_yet[step["event"]] += 1
            return False
        try:
            self.do(step)
        except (Refused, AccessDenied, NotPlayed) as refusal:
            self.left_out.append((step["id"], f"{step['event']}: {type(refusal).__name__} {refusal}"))
        recorded = self.take_in(step["id"])
        if recorded:
            self.steps[step["id"]] = {**step, "at": self.town.clock().isoformat()}
            self.steps[step["id"]] |= self.recorded_otherwise(step)
        return recorded

    def recorded_otherwise(self, step: Step) -> Step:
        """What of a step the hub settles itself: who ends what has run out, and how far a basis in law goes."""
        if step["event"] == "consents.expired":
            return {"by": {"who": "hub"}}
        if step["event"] != "consents.statutory_basis_registered":
            return {}
        body, names = self.row(step["id"]).body, {uid(name).bytes: name for name in self.partners}
        until = None if body["until"] is None else from_microseconds(body["until"]).isoformat()
        sources = None if body["sources"] is None else [names[source] for source in body["sources"]]
        return {"data": {**step["data"], "until": until, "sources": sources}}

    def do(self, step: Step) -> Answer:
        """Carry out the step's command. Raises what the hub refuses with, and NotPlayed."""
        self.commands += 1
        meta = self.meta(step["id"])
        if "occurred" in step:
            meta["occurred_at"] = None if step["occurred"] is None else moment(step["occurred"])
        if step["imported"]:
            meta["source"] = Source.IMPORT
        if self.links(step):
            self.linked.append(step["id"])
        try:
            answer = VERBS[step["event"]](self, step, meta)
        except KeyError as missing:
            raise NotPlayed(f"{missing.args[0]} is not there") from missing
        self.ids[step["id"]] = {name: UUID(value) for name, value in answer.ids.items()}
        return answer

    def move_to(self, when: datetime) -> None:
        """Let the hub's clock reach a moment; it never runs backwards."""
        if when > self.town.clock():
            self.town.clock.advance(when - self.town.clock())

    def take_in(self, step: str) -> bool:
        """Note the events that were recorded since the last step; whether there were any."""
        records = self.hub.log.after(self.head, 1000)
        if not records:
            return False
        self.head = records[-1].position
        found = self.events.setdefault(step, [])
        opened = self.hub.store.sealer.open_all(records)
        found += [
            Recorded(o.event_id, o.schema.event, o.version, o.originator_id, record.position, o.body)
            for record, o in zip(records, opened, strict=True)
            if isinstance(o, Opened)
        ]
        self.named(step, found)
        return True

    def named(self, step: str, recorded: Iterable[Recorded]) -> None:
        """Told of every event with the step that made it; for those who name events by their steps."""

    def refused(self, step: Step) -> HubError | None:
        """Try a command that must be refused; the refusal, or None when the hub carried it out. Raises NotPlayed."""
        try:
            self.do({"imported": False, **step})
        except (Refused, AccessDenied) as refusal:
            return refusal
        finally:
            self.take_in(f"refused {step['id']}")
        return None

    # Who and what, for the verbs.

    def meta(self, name: str) -> Meta:
        """What every command carries: an id that follows from the step."""
        return Meta(command_id=uid(f"command {name}"))

    def actor(self, step: Step) -> Actor:
        """Who does it."""
        by = step["by"]
        if by["who"] == "citizen":
            return Actor(Role.CITIZEN)
        if by["person"] is None:
            sector = Sector(self.partners[by["partner"]]["sector"])
            return Actor(Role.PARTNER, uid(by["partner"]), sector=sector)
        return self.hub.actor(self.town.wired.vault.person(by["person"]))

    def acting_on(self, step: Step) -> Hub:
        """The hub as this step's command meets it."""
        return self.importing if step["imported"] or step["id"] in self.linked else self.hub

    def links(self, step: Step) -> bool:
        """Whether somebody begins a task of their own organisation's without being related: handed over by a code."""
        by, named = step["by"], step["data"].get("partner", {})
        if not self.codes or step["event"] not in LINKING or by.get("partner") != named.get("partner"):
            return False
        try:
            self.hub.check_may_write(self.actor(step), self.citizen)
        except AccessDenied:
            return True
        return False

    def register(self, name: str, entry: Data, meta: Meta) -> Answer:
        """Register a partner under its own id."""
        return commands.register_partner(
            self.hub,
            HUB_ITSELF,
            name=self.partners[name]["name"],
            sector=Sector(entry["sector"]),
            purposes=frozenset(entry["purposes"]),
            reveals=frozenset(entry["reveals"]),
            public_body=entry["public_body"],
            partner=uid(name),
            **meta,
        )

    def catch_up(self) -> None:
        """Bring every read model in step with the log, if it is behind."""
        if self.caught_up != self.head:
            self.town.wired.catch_up()
            self.caught_up = self.head

    def row(self, step: str) -> Recorded:
        """The event that a step stands for: of its own type, not what was recorded beside it."""
        event = self.steps[step]["event"] if step in self.steps else self.step(step)["event"]
        found = next((one for one in self.events[step] if one.event == event), None)
        if found is None:
            raise KeyError(step)
        return found

    def step(self, name: str) -> Step:
        """A step of the history."""
        return next(step for step in self.history["steps"] if step["id"] == name)

    def hub_name(self, step: str, name: str) -> str:
        """What the hub calls a field of a step."""
        return RENAMED.get((self.step(step)["event"], name), name)

    def is_not_yet(self, name: str) -> bool:
        """Whether a step is of a type that the hub does not have yet."""
        return self.step(name)["event"] in NOT_YET

    def step_of(self) -> dict[UUID, str]:
        """The step that each event is the row of."""
        return {self.row(step).event_id: step for step in self.steps if step in self.events}

    def items(self) -> dict[str, tuple[Item, Opened]]:
        """What is recorded on the citizen, by step."""
        steps = self.step_of()
        return {
            steps[item.event_id]: (item, opened)
            for item, opened in self.hub.items(self.citizen)
            if item.event_id in steps
        }
