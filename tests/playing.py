"""Plays a history in the stories' format into the hub's own statements and items, for the decision alone.

Statements come from `hub.statements.statements_of` over the body that the event would have (`tests.bodies`); an item is
built from what the step says of its fields, so that the decision is asked about exactly what the oracle is asked about.
"""

from copy import copy
from random import Random
from typing import Any, NamedTuple, Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.aggregates.base import event_id
from hub.application.disclosure import Decision, Request, State
from hub.application.withholding import in_force, shown_to_the_citizen, with_what_tells_of
from hub.clock import from_microseconds
from hub.items import Item, ItemField, item_of
from hub.statements import Statement, statements_of
from hub.store import Opened
from hub.vault import DataKey
from hub.vocabulary import (
    CATEGORY_BIT,
    DEFAULT_CEILINGS,
    UNKNOWN,
    Channel,
    Sector,
    label_mask,
    purpose_mask,
    purpose_names,
)
from tests import oracle
from tests.asking import Asked
from tests.bodies import (
    RENAMED,
    Bodies,
    Step,
    first_event,
    micros,
    registration,
    told_body,
    told_schemas,
    uid,
)

WITHHOLDING = ("citizen.item_withheld", "citizen.withholding_ended")
KEY = DataKey(UUID(int=0), AESGCM(bytes(32)))
"""A key of its own: nothing is sealed here, so that it opens nothing."""


class Told(NamedTuple):
    """One answer of the hub's: fields with whose words they are, and the codes of the reasons."""

    visible: bool
    words: dict[str, str]
    why: str | None
    reasons: tuple[str, ...]


class Row(NamedTuple):
    """What a topic or a feed carries of one item: why, the fields with their purposes and whose words, and when."""

    why: str
    fields: dict[str, tuple[frozenset[str], str]]
    happened: int | None


def compare(asked: Asked, told: Told, expected: oracle.Answer, *, reasons: bool = False) -> str | None:
    """How two answers differ for the reader (and for the auditor: the first reason); None when they agree."""
    theirs = {RENAMED.get(name, name): words for name, words in expected.words.items()}
    same = (told.visible, told.words, told.why) == (expected.visible, theirs, expected.why)
    if same and (told.visible or not reasons or told.reasons[0] in expected.reasons):
        return None
    return (
        f"{asked}\n  hub    {told.visible} {told.why} {told.words} {told.reasons}"
        f"\n  oracle {expected.visible} {expected.why} {theirs} {expected.reasons}"
    )


class Played:
    """A history as statements and items."""

    def __init__(self, history: dict[str, Any]) -> None:
        self.history = history
        self.steps: dict[str, Step] = {step["id"]: step for step in history["steps"]}
        self.items: dict[str, Item] = {}
        self.statements: list[Statement] = list(self._registered())
        self._words: dict[UUID, str] = {}
        self._versions: dict[str, int] = {}
        self._states: dict[int, State] = {}
        bodies = Bodies(history)
        for position, step in enumerate(history["steps"], 1):
            self.items[step["id"]] = self._item(step, position)
            recorded_at = micros(step["at"]) or 0
            version = self._version(step)
            for event in bodies.events(step):
                made = statements_of(event.name, event.body, event.originator, version)
                self.statements += [
                    each._replace(position=position, recorded_at=recorded_at) for each in made
                ]

    def request(self, asked: Asked) -> Request:
        """The question as the hub is asked."""
        return Request(
            uid(asked.partner),
            None if asked.person is None else uid(asked.person),
            asked.purpose,
            Channel(asked.channel),
            self.items[asked.item],
            micros(asked.now) or 0,
        )

    def state(self, upto: int) -> State:
        """All that is said up to a position."""
        if upto not in self._states:
            self._states[upto] = State.of(s for s in self.statements if s.position <= upto)
        return self._states[upto]

    def ask(self, asked: Asked) -> Decision:
        """The hub's own decision, from the statements up to the question's position."""
        request = self.request(asked)
        viewer = self.state(asked.upto).viewer(
            request.partner,
            request.now,
            person=request.person,
            channel=request.channel,
            purpose=request.purpose,
        )
        return viewer.decide(request.item)

    def told(self, asked: Asked) -> Told:
        """What the hub answers, in the oracle's words."""
        got = self.ask(asked)
        words = {s.name: self._words[s.words] if s.words else oracle.ORIGINAL for s in got.fields}
        return Told(got.permitted, words, got.why, tuple(dict.fromkeys(r.code for r in got.reasons)))

    def difference(self, asked: Asked) -> str | None:
        """How the hub and the oracle differ on one question; None when they agree."""
        expected = oracle.answer(self.history, **asked._asdict())
        return compare(asked, self.told(asked), expected, reasons=not self.in_emergency(asked))

    def row(self, asked: Asked) -> Row | None:
        """The row that the hub would publish on a topic or a feed: for all the partner's purposes at once."""
        request = self.request(asked)
        viewer = self.state(asked.upto).viewer(request.partner, request.now, channel=request.channel)
        whole = viewer.disclose(request.item)
        partner = next((p for p in self.history["partners"] if p["id"] == asked.partner), None)
        if whole is None or partner is None:
            return None
        got = whole.narrowed(purpose_mask(partner["purposes"]))
        if not got.fields:
            return None
        fields = {
            s.name: (
                frozenset(purpose_names(s.purposes)),
                self._words[s.words] if s.words else oracle.ORIGINAL,
            )
            for s in got.fields
        }
        return Row(got.why, fields, got.happened)

    def expected_row(self, asked: Asked) -> Row | None:
        """The row as the oracle has it: its answers for each registered purpose, put together."""
        partner = next((p for p in self.history["partners"] if p["id"] == asked.partner), None)
        purposes = partner["purposes"] if partner else []
        told = {p: oracle.answer(self.history, **asked._replace(purpose=p)._asdict()) for p in purposes}
        seen = {p: answer for p, answer in told.items() if answer.visible}
        if not seen:
            return None
        fields: dict[str, tuple[frozenset[str], str]] = {}
        for purpose, answer in seen.items():
            for name, words in answer.words.items():
                before, _ = fields.get(RENAMED.get(name, name), (frozenset(), ""))
                fields[RENAMED.get(name, name)] = (before | {purpose}, words)
        why = min((answer.why or "" for answer in seen.values()), key=oracle.ROUTES.index)
        happened = {answer.happened for answer in seen.values()}
        return Row(why, fields, micros(happened.pop()) if len(happened) == 1 else -1)

    def redelivered(self, rng: Random) -> Self:
        """The same history, with some statements told twice and all in another order."""
        again = copy(self)
        again.statements = [*self.statements, *rng.sample(self.statements, len(self.statements) // 3)]
        rng.shuffle(again.statements)
        again._states = {}
        return again

    def shown_to_the_citizen(self, upto: int, now: str) -> frozenset[str]:
        """The steps that the hub shows the citizen: all but what is withheld."""
        said = [statement for statement in self.statements if statement.position <= upto]
        past = self.history["steps"][:upto]
        found = [(self.items[step["id"]], _opened(step)) for step in past]
        hidden = with_what_tells_of(in_force(said, from_microseconds(micros(now) or 0)), found)
        shown = {item.event_id for item, _ in shown_to_the_citizen(found, hidden)}
        return frozenset(step["id"] for step in past if self.items[step["id"]].event_id in shown)

    def in_emergency(self, asked: Asked) -> bool:
        """Whether the asking person ever opened an emergency access (then more than one reason fits)."""
        return any(
            step["event"] == "consents.emergency_access_opened"
            and step["data"]["person"]["person"] == asked.person
            for step in self.history["steps"][: asked.upto]
        )

    def _registered(self) -> list[Statement]:
        by_step = {s["data"]["partner"] for s in self.history["steps"] if s["event"] == "partner.registered"}
        made = []
        for partner in self.history["partners"]:
            if partner["id"] not in by_step:
                who = uid(partner["id"])
                registered = statements_of("partner.registered", registration(partner), who, 1)
                made += [statement._replace(position=-1) for statement in registered]
                ceiling = " ".join(DEFAULT_CEILINGS[Sector(partner["sector"])])
                made += statements_of("partner.ceiling_adopted", {"categories": ceiling}, who, 2)
        return made

    def _version(self, step: Step) -> int:
        """The version of a step's event on its aggregate: the first, or for a change the next of what it changes."""
        if not step["event"].startswith("event."):
            return 1
        subject = step["data"]["step"]
        version = self._versions[subject] = self._versions.get(subject, 1) + 1
        self._words[event_id(uid(subject), version)] = step["id"]
        return version

    def _item(self, step: Step, position: int) -> Item:
        by, event = step["by"], step["event"]
        if self.history.get("by_schema") and event in told_schemas():
            return item_of(told_schemas()[event], told_body(step), first_event(step["id"]), position)
        fields = () if event.startswith("event.") else tuple(fields_of(step))
        named = step["data"].get("partner")
        return Item(
            first_event(step["id"]),
            event,
            position,
            uid(by["partner"]) if by["who"] == "partner" else None,
            micros(step["at"] if "occurred" not in step else step["occurred"]),
            micros(step["at"]) or 0,
            bool(step.get("imported")),
            CATEGORY_BIT.get(self.history["types"].get(event), UNKNOWN),
            fields,
            uid(named["partner"]) if event.startswith("consents.") and isinstance(named, dict) else None,
        )


def _opened(step: Step) -> Opened:
    """What is read of an event where it is asked what the citizen is shown; nothing of it is sealed."""
    event, data = step["event"], step["data"]
    about = uid(data["step"] if event.startswith("event.") else step["id"])
    body = told_body(step) if event in WITHHOLDING else {"subject": 1}
    return Opened(told_schemas()[WITHHOLDING[0]], body, first_event(step["id"]), about, 1, KEY, ())


def fields_of(step: Step) -> list[ItemField]:
    """What a step says of its fields."""
    return [
        ItemField(
            RENAMED.get(name, name),
            label_mask(value["labels"]) or UNKNOWN,
            tuple(uid(p) for p in value.get("partners", [value["partner"]] if "partner" in value else [])),
            bool(value.get("key")),
            "text" in value,
        )
        for name, value in step["data"].items()
        if isinstance(value, dict) and "labels" in value
    ]
