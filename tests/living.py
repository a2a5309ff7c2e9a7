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

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.aggregates import TOLD, Actor
from hub.application import commands
from hub.application.commands import Meta
from hub.application.hub import Answer, Hub
from hub.clock import from_microseconds
from hub.errors import AccessDenied, HubError, Refused
from hub.items import Item
from hub.store import Opened
from hub.vocabulary import Role, Sector, Source, label_names
from tests.building import HUB_ITSELF, Town
from tests.living_care import VERBS as _CARE
from tests.living_history import (
    FIELDS,
    LINKING,
    RENAMED,
    TEXTS,
    Data,
    Heeded,
    History,
    Step,
    acting_for_the_citizen,
    first_moment,
    moment,
    uid,
    with_scaffold,
)
from tests.living_law import VERBS
from tests.living_told import VERBS as _TOLD

assert _CARE is VERBS is _TOLD  # all modules of verbs write into one table

__all__ = [
    "Data",
    "History",
    "Living",
    "NotPlayed",
    "Recorded",
    "Step",
    "first_moment",
    "moment",
    "uid",
    "with_scaffold",
]


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
    """Whether a stranger begins its first task of its own with a code that the citizen hands over; otherwise it is
    refused, as any stranger is."""
    citizen: UUID = field(default_factory=lambda: uid("citizen"))
    ids: dict[str, dict[str, UUID]] = field(default_factory=dict)
    """What each step's command made: consents, blocks, tasks, plans …"""
    events: dict[str, list[Recorded]] = field(default_factory=dict)
    """The events that each step recorded."""
    valued: dict[tuple[str, str], str] = field(default_factory=dict)
    """The word that the hub has for a step's value, where it is one of a few or a number written out."""
    steps: dict[str, Step] = field(default_factory=dict)
    """The steps that were recorded."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Steps that the hub refused, and why."""
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the hub calls a step's fields, where the step's own verb settled that."""
    linked: list[str] = field(default_factory=list)
    """Steps by which a stranger began its own task, with a one-time code."""
    caught_up: int = -1
    commands: int = 0

    def __post_init__(self) -> None:
        """Register the partners that no step registers, with their sectors' ceilings, and everybody's persons."""
        self.importing: Hub = copy(self.town.hub)
        self.importing.__class__ = _Importing
        self.known = {step["id"]: step for step in self.history["steps"]}
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
            return {"data": {**self.filled_in(step), **step["data"]}}
        body, names = self.row(step["id"]).body, {uid(name).bytes: name for name in self.partners}
        until = None if body["until"] is None else from_microseconds(body["until"]).isoformat()
        sources = None if body["sources"] is None else [names[source] for source in body["sources"]]
        return {"data": {**step["data"], "until": until, "sources": sources}}

    def filled_in(self, step: Step) -> Data:
        """What the event says although the step does not: yes or no where nothing was said, and who follows."""
        shapes = FIELDS.get(step["event"], ())
        recorded = [one for one in self.events.get(step["id"], ()) if one.event == step["event"]]
        said = {self.hub_name(step["id"], name) for name in step["data"]}
        names = {uid(name).bytes: name for name in self.partners}
        found: Data = {}
        for shape in shapes if recorded else ():
            value, labels = recorded[0].body.get(shape.name), label_names(shape.labels)
            if shape.name in said or value is None:
                continue
            if shape.kind == "value" and isinstance(value, bool):
                found[shape.name] = {"value": value, "labels": labels}
            elif shape.kind == "partner" and f"{step['event']}.v1" in TOLD:
                found[shape.name] = {"partner": names[value], "labels": labels, "key": shape.key}
        return found

    def do(self, step: Step) -> Answer:
        """Carry out the step's command. Raises what the hub refuses with, and NotPlayed."""
        self.commands += 1
        meta = self.meta(step["id"])
        if "occurred" in step:
            meta["occurred_at"] = None if step["occurred"] is None else moment(step["occurred"])
        if step["imported"]:
            meta["source"] = Source.IMPORT
        if step["event"] not in VERBS:
            raise NotPlayed(f"{step['id']}: the hub has no {step['event']}")
        heeded = Heeded(self.spoken(step))
        try:
            answer = VERBS[step["event"]](self, {**step, "data": heeded}, meta)
        except KeyError as missing:
            raise NotPlayed(f"{missing.args[0]} is not there") from missing
        self.ids[step["id"]] = {name: UUID(value) for name, value in answer.ids.items()}
        if self.codes and (left := heeded.left()):
            raise NotPlayed(f"{step['id']}.{left[0]}: {step['event']} was carried out without it")
        return answer

    def spoken(self, step: Step) -> Data:
        """A step's data with words that its event has no field for under a name that it has, the first that is free.

        Events whose classes say their own rule are matched by their own verb (see `living_told`).
        """
        event, data = step["event"], step["data"]
        texts = TEXTS.get(event)
        if texts is None or f"{event}.v1" in TOLD or event.startswith("event."):
            return dict(data)
        called = {name: RENAMED.get((event, name), name) for name in data}
        found = {}
        for name, given in data.items():
            free = [text for text in ("words", "text", "professional") if text in texts - {*called.values()}]
            if isinstance(given, dict) and "text" in given and called[name] not in texts and free:
                self.renamed.setdefault(step["id"], {})[name] = called[name] = free[0]
                found[free[0]] = given
            else:
                found[name] = given
        return found

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
        return self.importing if step["imported"] else self.hub

    def links(self, step: Step) -> bool:
        """Whether somebody begins a task of their own without being related: that takes a code."""
        by, data = step["by"], step["data"]
        theirs = all(by.get(name) == data.get(name, {}).get(name) for name in ("partner", "person"))
        if not self.codes or step["event"] not in LINKING or not theirs or step["imported"]:
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
        return self.known[name]

    def hub_name(self, step: str, name: str) -> str:
        """What the hub calls a field of a step."""
        return self.renamed.get(step, {}).get(name) or RENAMED.get((self.step(step)["event"], name), name)

    def not_skipped(self, check: Data) -> None:
        """Refuse to ask a check of a step that no history has: it would say nothing."""
        for name in {*check["sees"], *check["not"], *check.get("values", {}), *check.get("why", {})}:
            if name not in self.known:
                raise KeyError(f"a check names {name}, and no step is called so")

    def latest(self, kind: str) -> UUID | None:
        """The latest thing of a kind that a step made: a plan, a goal, a handover."""
        return next((ids[kind] for ids in reversed(self.ids.values()) if kind in ids), None)

    def is_authority(self, step: Step) -> bool:
        """Whether the authority does it."""
        partner = step["by"].get("partner")
        return partner is not None and self.partners[partner]["sector"] == Sector.AUTHORITY

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
