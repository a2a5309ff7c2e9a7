"""The bodies that the steps of a history would have as events, as far as `hub.statements.statements_of` reads them.

Every step stands for the first event of an aggregate of its own; a change (`event.*`) for a later event of the
aggregate that it changes. Names become ids by hashing them. A history that was made by the schemas (`by_schema`) has
whole bodies for its told events (`told_body`).
"""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates.base import event_id
from hub.aggregates.matters import TOLD
from hub.clock import to_microseconds
from hub.schemas import FieldShape, Schema, Schemas
from hub.vocabulary import Source, label_mask

Step = dict[str, Any]
Body = dict[str, Any]
RENAMED: dict[str | None, str] = {"from": "from_partner", "to": "to_partner"}


class Event(NamedTuple):
    """An event that a step stands for."""

    name: str
    body: Body
    originator: UUID


@cache
def uid(name: str) -> UUID:
    """The id of a named thing: partner, person, step."""
    return uuid5(NAMESPACE_URL, name)


@cache
def micros(text: str | None) -> int | None:
    """An ISO moment in microseconds."""
    return None if text is None else to_microseconds(datetime.fromisoformat(text))


@cache
def first_event(name: str) -> UUID:
    """The id of the event that a step stands for."""
    return event_id(uid(name), 1)


class Bodies:
    """The events of one history, step by step: the terms of a consent are those that were left of it before."""

    def __init__(self, history: dict[str, Any]) -> None:
        self.steps: dict[str, Step] = {step["id"]: step for step in history["steps"]}
        self._by_schema = bool(history.get("by_schema"))
        self._terms: dict[str, dict[str, Any]] = {}

    def events(self, step: Step) -> list[Event]:
        """The events that a step stands for; one for each invitation that it takes back."""
        event, data = step["event"], step["data"]
        family, verb = event.split(".")
        if self._by_schema and event in told_schemas():
            return [Event(event, told_body(step), uid(step["id"]))]
        if event == "meeting.approval_withdrawn":
            bodies = [self._invitation(each) for each in data["invitations"]]
        else:
            make = getattr(self, f"_{verb}", None)
            if make is None:
                return []
            bodies = [make(step, data)]
        named = data.get("partner")
        common: Body = {"act": _act(step["by"])}
        if isinstance(named, dict):
            common["partner"] = uid(named["partner"]).bytes
        originator = {"event": "step", "partner": "partner", "handover": "handover"}.get(family)
        about = uid(data.get(originator, step["id"]) if originator else step["id"])
        return [Event(event, common | body, about) for body in bodies]

    # ------------------------------------------------------------------------------------------------------ partners

    def _registered(self, _: Step, data: Body) -> Body:
        return registration(data)

    def _ceiling_adopted(self, _: Step, data: Body) -> Body:
        return {"categories": " ".join(data["categories"])}

    def _legal_basis_confirmed(self, _: Step, data: Body) -> Body:
        return {"basis": data["basis"]}

    def _nothing(self, _: Step, __: Body) -> Body:
        return {}

    _suspended = _resumed = _died = _address_protected = _address_unprotected = _nothing

    # ----------------------------------------------------------------------------------------------- tasks and people

    def _task(self, step: Step, data: Body) -> Body:
        return {"task": uid(step["id"]).bytes, "purpose": data["purpose"], "person": _person(data)}

    def _task_ended(self, _: Step, data: Body) -> Body:
        return {"task": uid(data["ends"]).bytes}

    _coordinator_assigned = _contact_person_assigned = _relation_started = _task
    _coordinator_released = _contact_person_ended = _relation_ended = _task_ended

    def _representative(self, step: Step, data: Body) -> Body:
        return {
            "representative": uid(data.get("ends", step["id"])).bytes,
            "person": _person(data),
            "scope": " ".join(data.get("scope", ())),
        }

    _representative_registered = _representative_ended = _representative

    def _support_granted(self, step: Step, data: Body) -> Body:
        return {"provider": _organisation(data, "provider"), "support": uid(step["id"]).bytes}

    def _support_ended(self, _: Step, data: Body) -> Body:
        granted = self.steps[data["support"]]
        return self._support_granted(granted, granted["data"])

    def _order_sent(self, step: Step, data: Body) -> Body:
        return {
            "provider": _organisation(data, "provider"),
            "order": uid(data.get("order", step["id"])).bytes,
        }

    def _order_ended(self, _: Step, data: Body) -> Body:
        ordered = self.steps[data["order"]]
        return self._order_sent(ordered, ordered["data"])

    # ------------------------------------------------------------------------------------------------------ consents

    def _given(self, step: Step, data: Body) -> Body:
        self._terms[step["id"]] = {
            "categories": set(data["categories"]),
            "purposes": set(data["purposes"]),
            "sources": data.get("sources") and set(data["sources"]),
            "until": micros(data.get("until")),
        }
        window, limited = _window(data.get("window")), bool(data.get("section_43"))
        return self._written(step["id"]) | {"window": window, "section_43": limited}

    def _confirmed(self, _: Step, data: Body) -> Body:
        return {"consent": uid(data["consent"]).bytes}

    def _narrowed(self, _: Step, data: Body) -> Body:
        terms = self._terms[data["consent"]]
        for name in ("categories", "purposes"):
            terms[name] &= set(data.get(name, terms[name]))
        if data.get("sources") is not None:
            only = set(data["sources"])
            terms["sources"] = only if terms["sources"] is None else terms["sources"] & only
        if data.get("until"):
            terms["until"] = min(micros(data["until"]) or 0, terms["until"] or 2**62)
        return self._written(data["consent"])

    def _renewed(self, _: Step, data: Body) -> Body:
        self._terms[data["consent"]]["until"] = micros(data["until"])
        return {"consent": uid(data["consent"]).bytes, "until": micros(data["until"])}

    def _withdrawn(self, step: Step, data: Body) -> Body:
        if step["event"] == "handover.withdrawn":
            return self._handover_news(step, data)
        return {"consents": [self._ended(each) for each in data["consents"]]}

    _expired = _withdrawn

    def _block(self, step: Step, data: Body) -> Body:
        categories = data.get("categories")
        return {
            "block": uid(data.get("block", step["id"])).bytes,
            "person": _person(data),
            "categories": None if categories is None else " ".join(categories),
        }

    _block_set = _block_lifted = _block

    def _disclosure_authorised(self, _: Step, data: Body) -> Body:
        agreement = data.get("agreement")
        return {"kind": data.get("kind", ""), "item": agreement and first_event(agreement).bytes}

    def _ended(self, named: str) -> bytes:
        text = self.steps[named]["event"] == "consents.disclosure_authorised"
        return (first_event(named) if text else uid(named)).bytes

    def _written(self, consent: str) -> Body:
        return _terms(self._terms[consent]) | {"consent": uid(consent).bytes}

    # ----------------------------------------------------------------------------------------------------------- law

    def _statutory_basis_registered(self, step: Step, data: Body) -> Body:
        row = data["basis"]
        terms = {**data, "until": micros(data.get("until"))}
        return _terms(terms) | {
            "registration": uid(step["id"]).bytes,
            "basis": row["value"] if isinstance(row, dict) else row,
            "window": _window(data.get("window")),
        }

    def _statutory_basis_ended(self, _: Step, data: Body) -> Body:
        return {"registration": uid(data["basis_step"]).bytes}

    def _emergency_access_opened(self, step: Step, data: Body) -> Body:
        ends = datetime.fromisoformat(step["at"]).astimezone(UTC) + timedelta(hours=8)
        return {"access": uid(step["id"]).bytes, "person": _person(data), "until": to_microseconds(ends)}

    def _emergency_access_closed(self, _: Step, data: Body) -> Body:
        return {"access": uid(data["access"]).bytes}

    # --------------------------------------------------------------------------------------- handovers and meetings

    def _proposed(self, _: Step, data: Body) -> Body:
        return {"to_partner": _organisation(data, "to"), "knows": _ids(data.get("knows"))}

    def _handover_news(self, _: Step, data: Body) -> Body:
        return {"to_partner": _organisation(self.steps[data["handover"]]["data"], "to")}

    _declined = _completed = _handover_news

    def _invitation(self, invitation: str) -> Body:
        return {
            "participant": _organisation(self.steps[invitation]["data"], "participant"),
            "item": first_event(invitation).bytes,
        }

    def _participant_approved_by_citizen(self, _: Step, data: Body) -> Body:
        return self._invited(data["invitations"]) | {"knows": _ids(data.get("knows"))}

    def _cancelled(self, _: Step, data: Body) -> Body:
        return self._invited(
            step["id"]
            for step in self.steps.values()
            if step["event"] == "meeting.participant_invited" and step["data"]["meeting"] == data["meeting"]
        )

    def _invited(self, invitations: Any) -> Body:
        each = [self._invitation(name) for name in invitations]
        return {"invited": [one["participant"] for one in each], "items": [one["item"] for one in each]}

    def _participant_removed(self, _: Step, data: Body) -> Body:
        return self._invitation(data["invitation"])

    def _agreement_made(self, _: Step, data: Body) -> Body:
        return {
            "owner": _organisation(data, "owner") if data.get("owner") else None,
            "parties": _ids(data["parties"]["partners"]),
            "knows": _ids(data.get("knows")),
        }

    def _agreement_party_removed(self, _: Step, data: Body) -> Body:
        return {"item": first_event(data["agreement"]).bytes}

    # ------------------------------------------------------------------------------------------------------- changes

    def _corrected(self, _: Step, data: Body) -> Body:
        new = data["new"]
        return _subject(data) | {
            "text": " ".join(new["labels"]) if "text" in new else None,
            "value": json.dumps(new["value"]) if "value" in new else None,
        }

    def _relabelled(self, _: Step, data: Body) -> Body:
        return _subject(data) | {name: " ".join(data.get(name) or ()) for name in ("add", "remove")}

    def _misfiled(self, _: Step, data: Body) -> Body:
        return _subject(data)


@cache
def told_schemas() -> dict[str, Schema]:
    """The newest schema of every event whose class says its own rule."""
    schemas = Schemas()
    newest = sorted(
        (schemas.by_topic[topic] for topic in TOLD), key=lambda each: int(each.topic.rsplit(".v", 1)[1])
    )
    return {schema.event: schema for schema in newest}


def told_body(step: Step) -> Body:
    """The whole body of such an event, but for its texts, of which an event has the labels that their author chose."""
    schema = told_schemas()[step["event"]]
    body: Body = {"act": _whole_act(step), "citizen_id": uid("citizen").bytes}
    ids = {"about": first_event(step["data"]["about"]).bytes} if "about" in step["data"] else {}
    for shape in schema.fields:
        if shape.kind == "term":
            body[shape.name] = ids.get(shape.name, _term(shape.name, step))
        elif shape.kind != "envelope":
            body[shape.name] = _value(shape, step["data"].get(shape.name))
    return body


def _term(name: str, step: Step) -> Any:
    """What a term refers to; one that the step leaves out is the matter that the step begins."""
    given = step["data"].get(name, step["id"])
    return [uid(each).bytes for each in given] if isinstance(given, list) else uid(given).bytes


def _value(shape: FieldShape, given: Body | None) -> Any:
    """What stands in a field; of a text the labels, without the schema's own where its author chose others too."""
    if given is None:
        return None
    if shape.kind == "text":
        chosen = [label for label in given["labels"] if not label_mask([label]) & shape.labels]
        return " ".join(chosen or given["labels"])
    if "partners" in given:
        return _ids(given["partners"])
    for name in ("partner", "person"):
        if name in given:
            return uid(given[name]).bytes
    return micros(given["value"]) if shape.type == "microseconds" else given["value"]


def _whole_act(step: Step) -> Body:
    return _act(step["by"]) | {
        "unit": None,
        "function": None,
        "occurred_at": micros(step["at"] if "occurred" not in step else step["occurred"]),
        "recorded_at": micros(step["at"]) or 0,
        "source": str(Source.IMPORT if step["imported"] else Source.SCREEN),
        "command_id": uid(f"command {step['id']}").bytes,
    }


def registration(data: Body) -> Body:
    """The terms of a partner's registration."""
    return {
        "sector": data["sector"],
        "purposes": " ".join(data["purposes"]),
        "reveals": " ".join(data["reveals"]),
        "public_body": data["public_body"],
    }


def _act(by: Body) -> Body:
    partner, person = by.get("partner"), by.get("person")
    return {
        "role": by["who"],
        "partner": partner and uid(partner).bytes,
        "person": person and uid(person).bytes,
    }


def _subject(data: Body) -> Body:
    return {"subject": 1, "field": RENAMED.get(data.get("field"), data.get("field"))}


def _organisation(data: Body, name: str) -> bytes:
    return uid(data[name]["partner"]).bytes


def _person(data: Body) -> bytes | None:
    named = data.get("person")
    return uid(named["person"]).bytes if named else None


def _ids(names: Any) -> list[bytes]:
    return [uid(each).bytes for each in names or ()]


def _terms(terms: Body) -> Body:
    sources = terms.get("sources")
    return {
        "categories": " ".join(terms["categories"]),
        "purposes": " ".join(terms["purposes"]),
        "sources": None if sources is None else [_source(each) for each in sources],
        "until": terms["until"],
    }


def _source(name: str) -> bytes:
    return (UUID(int=0) if name == "citizen" else uid(name)).bytes


def _window(window: Body | None) -> Body | None:
    if window is None:
        return None
    return {
        "happened_from": micros(window["happened_from"]) or 0,
        "happened_to": micros(window["happened_to"]),
        "include_undated": window["include_undated"],
    }
