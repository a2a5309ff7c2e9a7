"""Plays a history in the stories' format into the hub's own statements and items, for the decision alone.

Statements come from `hub.statements.statements_of` over the body that the event would have; an item is built from
what the step says of its fields, so that the decision is asked about exactly what the oracle is asked about.
"""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates.base import event_id
from hub.application.disclosure import Decision, Request, State
from hub.clock import to_microseconds
from hub.items import Item, ItemField
from hub.statements import Statement, statements_of
from hub.vocabulary import CATEGORY_BIT, DEFAULT_CEILINGS, UNKNOWN, Channel, Sector, label_mask
from tests import oracle
from tests.histories import Asked

Step = dict[str, Any]
RENAMED = {"from": "from_partner", "to": "to_partner"}


def uid(name: str) -> UUID:
    """The id of a named thing: partner, person, step."""
    return uuid5(NAMESPACE_URL, name)


def micros(text: str | None) -> int | None:
    """An ISO moment in microseconds."""
    return None if text is None else to_microseconds(datetime.fromisoformat(text))


class Played:
    """A history as statements and items."""

    def __init__(self, history: dict[str, Any]) -> None:
        self.history = history
        self.steps: dict[str, Step] = {step["id"]: step for step in history["steps"]}
        self.terms: dict[str, dict[str, Any]] = {}
        self.statements: list[Statement] = list(self._registered())
        self.items: dict[str, Item] = {}
        for position, step in enumerate(history["steps"], 1):
            self.items[step["id"]] = self._item(step, position)
            for event, body, originator in self._bodies(step):
                for made in statements_of(event, body, originator, 1):
                    self.statements.append(
                        made._replace(position=position, recorded_at=micros(step["at"]) or 0)
                    )

    def ask(self, asked: Asked) -> Decision:
        """The hub's own decision, from the statements up to the question's position."""
        state = State.of(s for s in self.statements if s.position <= asked.upto)
        moment = micros(asked.now) or 0
        request = Request(
            uid(asked.partner),
            None if asked.person is None else uid(asked.person),
            asked.purpose,
            Channel(asked.channel),
            self.items[asked.item],
            moment,
        )
        return state.viewer(request.partner, moment).decide(request)

    def difference(self, asked: Asked, off: frozenset[str] = frozenset()) -> str | None:
        """How the hub and the oracle differ on one question; None when they agree."""
        expected = oracle.answer(self.history, **asked._asdict(), off=off)
        got = self.ask(asked)
        ours = (got.permitted, frozenset(got.fields), got.why)
        theirs = (expected.visible, frozenset(RENAMED.get(f, f) for f in expected.fields), expected.why)
        return (
            None
            if ours == theirs
            else f"{asked}\n  hub    {ours} {got.reasons}\n  oracle {theirs} {expected.reasons}"
        )

    def _registered(self) -> list[Statement]:
        by_step = {s["data"]["partner"] for s in self.history["steps"] if s["event"] == "partner.registered"}
        made = []
        for partner in self.history["partners"]:
            if partner["id"] not in by_step:
                registered = statements_of(
                    "partner.registered", _registration(partner), uid(partner["id"]), 1
                )
                made += [statement._replace(position=-1) for statement in registered]
                ceiling = " ".join(DEFAULT_CEILINGS[Sector(partner["sector"])])
                made += statements_of(
                    "partner.ceiling_adopted", {"categories": ceiling}, uid(partner["id"]), 2
                )
        return made

    def _item(self, step: Step, position: int) -> Item:
        by, event = step["by"], step["event"]
        category = self.history["types"].get(event)
        occurred = step["at"] if "occurred" not in step else step["occurred"]
        fields = tuple(
            ItemField(
                RENAMED.get(name, name),
                label_mask(value["labels"]) or UNKNOWN,
                tuple(
                    uid(p) for p in value.get("partners", [value["partner"]] if "partner" in value else [])
                ),
                bool(value.get("key")),
            )
            for name, value in step["data"].items()
            if isinstance(value, dict) and "labels" in value
        )
        named = step["data"].get("partner")
        return Item(
            event_id(uid(step["id"]), 1),
            event,
            position,
            uid(by["partner"]) if by["who"] == "partner" else None,
            micros(occurred),
            micros(step["at"]) or 0,
            bool(step.get("imported")),
            CATEGORY_BIT.get(category, UNKNOWN),
            fields,
            uid(named["partner"]) if event.startswith("consents.") and isinstance(named, dict) else None,
        )

    def _bodies(self, step: Step) -> list[tuple[str, dict[str, Any], UUID]]:
        """The bodies, as far as statements read them, of the events that this step stands for."""
        event, data, own = step["event"], step["data"], uid(step["id"])
        family, verb = event.split(".")
        partner = data.get("partner")
        body: dict[str, Any] = {}
        if isinstance(partner, dict):
            body["partner"] = uid(partner["partner"]).bytes
        if family == "partner":
            return [(event, self._organisation(verb, data), uid(data["partner"]))]
        if verb in ("coordinator_assigned", "contact_person_assigned", "relation_started"):
            person = data.get("person")
            body |= {"task": own.bytes, "purpose": data["purpose"],
                     "person": person and uid(person["person"]).bytes}  # fmt: skip
        elif "ends" in data:
            body |= {"task": uid(data["ends"]).bytes}
        elif family == "consents":
            body |= self._consent(step, verb, data)
        elif verb == "support_granted":
            body |= {"provider": uid(data["provider"]["partner"]).bytes, "support": own.bytes}
        elif verb == "support_ended":
            provider = self.steps[data["support"]]["data"]["provider"]["partner"]
            body |= {"provider": uid(provider).bytes, "support": uid(data["support"]).bytes}
        elif family == "handover":
            return [(event, self._handover(verb, data), uid(data.get("handover", step["id"])))]
        elif family == "meeting":
            return self._meeting(step, event, data)
        return [(event, body, own)]

    @staticmethod
    def _organisation(verb: str, data: dict[str, Any]) -> dict[str, Any]:
        if verb == "registered":
            return _registration(data)
        return {"categories": " ".join(data["categories"])} if verb == "ceiling_adopted" else {}

    def _consent(self, step: Step, verb: str, data: dict[str, Any]) -> dict[str, Any]:
        if verb == "given":
            self.terms[step["id"]] = {
                "categories": set(data["categories"]), "purposes": set(data["purposes"]),
                "sources": data.get("sources") and set(data["sources"]), "until": micros(data.get("until")),
            }  # fmt: skip
            return {"consent": uid(step["id"]).bytes, "window": _window(data.get("window")),
                    **self._written(step["id"])}  # fmt: skip
        if verb == "narrowed":
            terms = self.terms[data["consent"]]
            for name in ("categories", "purposes"):
                terms[name] &= set(data.get(name, terms[name]))
            if data.get("sources") is not None:
                only = set(data["sources"])
                terms["sources"] = only if terms["sources"] is None else terms["sources"] & only
            if data.get("until"):
                terms["until"] = min(micros(data["until"]) or 0, terms["until"] or 2**62)
            return {"consent": uid(data["consent"]).bytes, **self._written(data["consent"])}
        if verb == "renewed":
            self.terms[data["consent"]]["until"] = micros(data["until"])
            return {"consent": uid(data["consent"]).bytes, "until": micros(data["until"])}
        if verb in ("withdrawn", "expired"):
            return {"consents": [uid(each).bytes for each in data["consents"]]}
        if verb in ("block_set", "block_lifted"):
            categories = data.get("categories")
            return {"block": uid(data.get("block", step["id"])).bytes,
                    "categories": None if categories is None else " ".join(categories)}  # fmt: skip
        return {"kind": data.get("kind", "")}

    def _written(self, consent: str) -> dict[str, Any]:
        terms = self.terms[consent]
        sources = terms["sources"]
        return {
            "categories": " ".join(terms["categories"]),
            "purposes": " ".join(terms["purposes"]),
            "sources": None if sources is None else [_source(each) for each in sources],
            "until": terms["until"],
        }

    @staticmethod
    def _handover(verb: str, data: dict[str, Any]) -> dict[str, Any]:
        if verb != "proposed":
            return {"to_partner": uid("").bytes}
        return {"to_partner": uid(data["to"]["partner"]).bytes,
                "knows": [uid(each).bytes for each in data.get("knows") or ()]}  # fmt: skip

    def _meeting(
        self, step: Step, event: str, data: dict[str, Any]
    ) -> list[tuple[str, dict[str, Any], UUID]]:
        own = uid(step["id"])
        if event.endswith(("approved_by_citizen", "approval_withdrawn", "cancelled")):
            invited = data.get("invitations")
            if invited is None:
                invited = [
                    other["id"]
                    for other in self.steps.values()
                    if other["event"] == "meeting.participant_invited"
                    and other["data"]["meeting"] == data["meeting"]
                ]
            whom = [uid(self.steps[each]["data"]["participant"]["partner"]).bytes for each in invited]
            items = [event_id(uid(each), 1).bytes for each in invited]
            if event.endswith("approval_withdrawn"):
                return [(event, {"participant": p, "item": i}, own) for p, i in zip(whom, items, strict=True)]
            knows = [uid(each).bytes for each in data.get("knows") or ()]
            return [(event, {"invited": whom, "items": items, "knows": knows}, own)]
        if event == "meeting.agreement_made":
            owner = data.get("owner")
            return [(event, {
                "owner": owner and uid(owner["partner"]).bytes,
                "parties": [uid(each).bytes for each in data["parties"]["partners"]],
                "knows": [uid(each).bytes for each in data.get("knows") or ()],
            }, own)]  # fmt: skip
        return [(event, {}, own)]


def _source(name: str) -> bytes:
    return (UUID(int=0) if name == "citizen" else uid(name)).bytes


def _window(window: dict[str, Any] | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "happened_from": micros(window["happened_from"]) or 0,
        "happened_to": micros(window["happened_to"]),
        "include_undated": window["include_undated"],
    }


def _registration(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "sector": data["sector"],
        "purposes": " ".join(data["purposes"]),
        "reveals": " ".join(data["reveals"]),
        "public_body": data["public_body"],
    }
