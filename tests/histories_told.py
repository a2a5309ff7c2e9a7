"""Generated histories over the whole vocabulary: what `tests.histories` draws, and every other type of event.

Most of those are written by their published schema: its fields with their categories and keys, free text with what its
author chose, a reference to the matter that it goes on with. Who writes it, and which matters there are, follows the
event's own rule, so that what is generated is believable; the decision must hold whoever wrote it.

Written out here is what says something of who may see what, or belongs together:

| event | fields | terms |
|---|---|---|
| plan.order_sent | provider*, text | (none) |
| plan.order_received / order_ended | provider*, text | order |
| citizen.item_withheld | basis, until, reason | about |
| citizen.withholding_ended | (none) | withholding |
| citizen.closed / reopened | way_back, text, words | (none) |
| consents.begun | (none) | (none) |
| consents.purge_confirmed | partner* | (none) |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar, NamedTuple

from hub.aggregates.matters import AUTHORITY, CITIZEN, STAFF, TOLD, Rule, for_the_citizen
from hub.vocabulary import EXISTENCE
from tests.histories import TYPES, Data, Maker, named
from tests.oracle_log import instant

FOLDER = Path(__file__).resolve().parents[1] / "schemas" / "avro"
ELSEWHERE = ("cooperation.", "inbox.", "topic.")
"""What begins so is on no citizen's stream."""
OF_NO_CITIZEN = frozenset({
    "envelope", "partner.agreement_recorded", "partner.credential_issued", "partner.credential_revoked",
})  # fmt: skip
"""What else is published and touches no citizen: nothing of it is in the decision."""
SHARE = 0.3
"""So much of what happens is drawn here."""


class Shape(NamedTuple):
    """What a published schema says of one field."""

    name: str
    kind: str
    categories: tuple[str, ...]
    key: bool
    needed: bool
    type: str
    """boolean, long, string; or what a string or number stands for: date, microseconds."""


@cache
def published() -> dict[str, Path]:
    """The newest schema of every type of event that touches a citizen."""
    newest: dict[str, tuple[int, Path]] = {}
    for path in FOLDER.glob("*.avsc"):
        event, version = path.name.removesuffix(".avsc").rsplit(".v", 1)
        if event not in OF_NO_CITIZEN and not event.startswith(ELSEWHERE):
            newest[event] = max(newest.get(event, (0, path)), (int(version), path))
    return {event: path for event, (_, path) in sorted(newest.items())}


@cache
def shapes(event: str) -> tuple[Shape, ...]:
    """The fields of an event, by its newest schema."""
    fields = json.loads(published()[event].read_text(encoding="utf-8"))["fields"]
    return tuple(shape(field) for field in fields if field.get("hub.kind", "term") != "envelope")


def shape(field: Data) -> Shape:
    """One field of a schema."""
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    plain = next((kind for kind in kinds if isinstance(kind, str) and kind != "null"), "array")
    return Shape(
        field["name"],
        field.get("hub.kind", "term"),
        tuple(field.get("hub.category", "").split()),
        bool(field.get("hub.key")),
        "null" not in kinds,
        field.get("hub.type", plain),
    )


@cache
def rules() -> dict[str, Rule]:
    """The rule of every event whose class says one, without those that are written out here or drawn elsewhere."""
    found = {topic.rsplit(".v", 1)[0]: event_class.RULE for topic, event_class in sorted(TOLD.items())}
    return {event: rule for event, rule in found.items() if event not in TYPES and event not in WRITTEN_OUT}


WRITTEN_OUT = frozenset({
    "citizen.closed", "citizen.item_withheld", "citizen.reopened", "citizen.withholding_ended", "plan.order_ended",
    "plan.order_received", "plan.order_sent",
})  # fmt: skip


class Teller(Maker):
    """One history over the whole vocabulary while it is being made."""

    types: ClassVar[dict[str, str]] = {event: str(category) for event, category in EXISTENCE.items()}

    def __init__(self, rng: Random, steps: int) -> None:
        """Nothing has been told yet."""
        super().__init__(rng, steps)
        self.matters: dict[str, tuple[str, str]] = {}
        """What goes on: the kind of matter and its state, by the step that began it."""
        self.orders: dict[str, str] = {}
        self.withheld: list[str] = []
        self.closed = False
        self.closings = 0

    def history(self) -> Data:
        """What was written; its told events are as their schemas say."""
        return {**super().history(), "by_schema": True}

    def begin(self) -> None:
        """As ever, and the stream of the consents begins."""
        super().begin()
        if self.chance(0.2):
            self.write(self.staff("my"), "consents.begun", {})

    def go_on(self) -> None:
        """One more thing happens."""
        if self.closed and self.chance(0.5):
            self.reopen()
        elif self.chance(SHARE):
            self.rng.choices(list(TELLING), weights=list(TELLING.values()))[0](self)
        else:
            super().go_on()

    # ----------------------------------------------------------------------------------------------- by their schemas

    def tell(self) -> None:
        """Something is told; what there is nothing of yet begins."""
        event = self.rng.choice(list(rules()))
        rule = rules()[event]
        if rule.after and not rule.or_new and not self.going_on(rule):
            begins = [e for e, r in rules().items() if r.matter == rule.matter and not r.after]
            event = self.rng.choice(begins)
        self.record(event)

    def follow(self) -> None:
        """Something that goes on goes further."""
        further = [event for event, rule in rules().items() if rule.after and self.going_on(rule)]
        if further:
            self.record(self.rng.choice(further))
        else:
            self.tell()

    def going_on(self, rule: Rule) -> list[str]:
        """The matters that an event may go on with."""
        return [
            step
            for step, (kind, state) in self.matters.items()
            if kind == rule.matter and state in rule.after
        ]

    def record(self, event: str) -> None:
        """Write an event as its schema has it."""
        rule = rules()[event]
        open_ones = self.going_on(rule)
        matter = self.rng.choice(open_ones) if open_ones and not (rule.or_new and self.chance(0.3)) else None
        data: Data = self.place(event)
        for each in shapes(event):
            if each.name == rule.matter:
                data |= {} if matter is None else {each.name: matter}
            elif each.needed or each.name in rule.needs or self.chance(0.7):
                data[each.name] = self.field(each, dict(rule.one_of).get(each.name))
        if event.startswith("handover.") and "what" in data:
            pool = self.agreements if data["kind"]["value"] == "agreement" else list(self.consents)
            data["what"] = self.rng.choice(pool or [self.steps[0]["id"]])
        step = self.write(self.teller(rule), event, data, fact=True)
        if rule.matter is not None:
            self.matters[matter or step] = (rule.matter, rule.becomes)

    def teller(self, rule: Rule) -> Data:
        """Who may record it."""
        if rule.who is AUTHORITY:
            return self.staff("my")
        if rule.who is STAFF:
            return self.staff()
        if rule.who is not CITIZEN and self.representatives and self.chance(0.2):
            return {
                "who": "representative",
                "person": self.rng.choice(list(self.representatives.values()))[0],
            }
        return {"who": "citizen"} if rule.who in (CITIZEN, for_the_citizen) else self.either(0.35)

    def place(self, event: str) -> Data:
        """The meeting, plan or handover that it is recorded on, where there is one."""
        family = event.split(".", maxsplit=1)[0]
        pool = {"meeting": self.meetings, "plan": self.plans, "handover": list(self.handovers)}.get(family)
        return {family: self.rng.choice(pool)} if pool else {}

    def field(self, each: Shape, few: tuple[str, ...] | None) -> Data | str | list[str]:
        """What stands in a field; a term is a reference to something earlier."""
        labels = {"labels": list(each.categories), **({"key": True} if each.key else {})}
        if each.kind == "text":
            words = self.text(each.categories[0], 0.3)
            return words | {"labels": sorted({*words["labels"], *each.categories})}
        if each.kind == "partner":
            return {"partner": self.anyone(), **labels}
        if each.kind == "partners":
            return {"partners": self.some(self.known), **labels}
        if each.kind == "person":
            return {"person": f"{self.rng.choice(self.known)}-{self.rng.randint(1, 2)}", **labels}
        if each.kind == "value":
            return {"value": self.value(each, few), **labels}
        pools = {
            "support": self.supports,
            "goal": self.goals,
            "action_plan": self.plans,
            "order": list(self.orders),
        }
        pool = pools.get(each.name) or [step["id"] for step in self.steps]
        return self.some(pool)[:3] if each.type == "array" else self.rng.choice(pool)

    def value(self, each: Shape, few: tuple[str, ...] | None) -> bool | int | str:
        """A plain value of the field's type, or one of its few words."""
        if each.type == "boolean":
            return self.chance(0.5)
        if each.type == "long":
            return self.rng.randint(1, 30)
        if each.type == "date":
            return f"2025-04-{self.rng.randint(1, 30):02}"
        if each.type == "microseconds":
            return self.moment(self.hour + self.rng.randint(1, 60))
        return self.rng.choice(few or ("ja", "ORS", "7"))

    # -------------------------------------------------------------------------------------- orders and what is withheld

    def order(self) -> None:
        """The authority orders support; the provider has a part in the plan until the order is over."""
        provider = self.anyone()
        data = {**self.place("plan."), "provider": named(provider, "plan"), "text": self.text("plan", 0.3)}
        self.orders[self.write(self.staff("my"), "plan.order_sent", data, fact=True)] = provider

    def order_news(self) -> None:
        """An order is received, or over: carried out, taken back or declined."""
        if not self.orders:
            return
        step = self.rng.choice(list(self.orders))
        provider = self.orders[step]
        data: Data = {"order": step, "provider": named(provider, "plan")}
        if self.chance(0.6):
            data["text"] = self.text("plan", 0.3)
        if self.chance(0.5):
            self.write(self.staff(provider), "plan.order_received", data, fact=True)
        else:
            del self.orders[step]
            self.write(self.staff(self.rng.choice((provider, "my"))), "plan.order_ended", data)

    def withhold(self) -> None:
        """A named officer of the authority keeps one item from the citizen for a time."""
        about = self.rng.choice(
            [step for step in self.steps if not step["event"].startswith(("partner.", "event."))]
        )
        until = self.moment(self.hour + self.rng.randint(1, 60))
        data = {
            "about": about["id"],
            "basis": {"value": "forvaltningsloven § 15 b", "labels": ["contact"]},
            "until": {"value": until, "labels": ["contact"]},
            "reason": self.text("contact", 0.4),
        }
        by = {"who": "partner", "partner": "my", "person": f"my-{self.rng.randint(1, 2)}"}
        self.withheld.append(self.write(by, "citizen.item_withheld", data))
        self.turn(instant(until))

    def show_again(self) -> None:
        """What was withheld is shown to the citizen again, before its time."""
        if self.withheld:
            step = self.withheld.pop(self.rng.randrange(len(self.withheld)))
            self.write(self.staff("my"), "citizen.withholding_ended", {"withholding": step})

    def purge(self) -> None:
        """A partner's system says that what it had is deleted."""
        gone = [step for step in self.steps if step["event"] in ("consents.withdrawn", "consents.expired")]
        if gone:
            partner_id = self.rng.choice(gone)["data"]["partner"]["partner"]
            by = {"who": "partner", "partner": partner_id, "person": None}
            self.write(by, "consents.purge_confirmed", {"partner": named(partner_id, "contact")})

    def give(self, *args: Any, **terms: Any) -> None:
        """A consent, oftener than elsewhere for one only of the purposes that its partner has."""
        before = len(self.steps)
        super().give(*args, **terms)
        if len(self.steps) > before and self.chance(0.3):
            given = self.steps[-1]
            self.consents[given["id"]]["purposes"] = given["data"]["purposes"] = given["data"]["purposes"][:1]

    def expire(self) -> None:
        """A consent ends, and most often it is the hub itself that writes it down."""
        before = len(self.steps)
        super().expire()
        if len(self.steps) > before and self.chance(0.6):
            self.steps[-1]["by"] = {"who": "hub"}

    # ------------------------------------------------------------------------------------------ closing and coming back

    def close(self) -> None:
        """The cooperation ends: each thing that is open by its own event, and then the whole."""
        if self.closed or self.closings or len(self.steps) < self.length // 3:
            return
        self.closings += 1
        by = self.staff("my")
        while self.tasks:
            self.release()
        for step, consent in self.consents.items():
            if consent["open"]:
                consent["open"] = False
                self.write(by, "consents.expired", {"consents": [step], "partner": consent["partner"]})
        for step, provider in self.orders.items():
            self.write(by, "plan.order_ended", {"order": step, "provider": named(provider, "plan")})
        for step in self.supports:
            self.write(by, "plan.support_ended", {"support": step, "text": self.text("plan")})
        self.orders, self.supports, self.closed = {}, [], True
        data = {"way_back": self.text("contact", 0.2)}
        self.write(
            by, "citizen.closed", data | ({"words": self.text("contact", 0.2)} if self.chance(0.5) else {})
        )

    def reopen(self) -> None:
        """The citizen is back, and the same history goes on."""
        self.closed = False
        words = (
            {"words": self.text("contact", 0.2)} if self.chance(0.8) else {"text": self.text("contact", 0.2)}
        )
        self.write(self.either(0.6), "citizen.reopened", words)
        for partner_id in list(self.known):
            if self.chance(0.5):
                self.give(partner_id, whole=True)
            if self.chance(0.5):
                self.assign(partner_id)


TELLING: dict[Callable[[Teller], None], float] = {
    Teller.tell: 10,
    Teller.follow: 6,
    Teller.order: 3,
    Teller.order_news: 3.5,
    Teller.withhold: 1.2,
    Teller.show_again: 0.7,
    Teller.purge: 0.7,
    Teller.close: 0.7,
}
"""How often each thing happens, of what is drawn here."""


def random_history(rng: Random, steps: int) -> Data:
    """One history of so many steps over the whole vocabulary; the same seed gives the same history."""
    return Teller(rng, steps).history()
