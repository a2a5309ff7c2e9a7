"""The bodies that the steps of a history would have as events, as far as `hub.statements.statements_of` reads them.

Every step stands for the first event of an aggregate of its own; a change (`event.*`) for a later event of the
aggregate that it changes. Names become ids by hashing them.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates.base import event_id
from hub.clock import to_microseconds

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
        self._terms: dict[str, dict[str, Any]] = {}

    def events(self, step: Step) -> list[Event]:
        """The events that a step stands for; one for each invitation that it takes back."""
        event, data = step["event"], step["data"]
        family, verb = event.split(".")
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
