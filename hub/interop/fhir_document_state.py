"""What stands now, as FHIR has it: plans with their goals and support, and meetings. Every event stands beside it."""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID, uuid5

from hub.interop.fhir_document_parts import Place, day, happened, text_of
from hub.interop.fhir_document_words import GONE
from hub.interop.history import Document
from hub.texts import VALUES

_CLASS: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "code": "AMB",
    "display": "ambulatory",
}
_GOALS: Final = {"plan.goal_reached": "completed", "plan.goal_let_go": "cancelled"}
_SUPPORT: Final = {
    "plan.support_granted": "in-progress",
    "plan.support_paused": "on-hold",
    "plan.support_ended": "completed",
}


def by_stream(document: Document, kind: str) -> dict[str, list[Document]]:
    """The events of one kind of aggregate, by the aggregate that they happened to."""
    found: dict[str, list[Document]] = {}
    for event in document["events"]:
        if event["schema"].startswith(f"{kind}."):
            found.setdefault(event["stream"], []).append(event)
    return found


def name_of(event: Document) -> str:
    """An event's type, whatever its version."""
    found: str = event["schema"].rsplit(".v", 1)[0]
    return found


# Plans.


def plans(document: Document, place: Place, team: str) -> Iterator[Document]:
    """Each plan, after its goals."""
    for stream, events in by_stream(document, "plan").items():
        opened = [event for event in events if name_of(event) == "plan.opened"]
        if not opened:
            continue
        goals = list(_goals(events, place))
        place.made.update(goal["id"] for goal in goals)
        yield from goals
        place.made.add(stream)
        closed = next((event for event in events if name_of(event) == "plan.closed"), None)
        kind, author = opened[0]["fields"]["kind"], place.author(opened[0]["act"])
        activities = [{"detail": detail} for detail in _support(events, place)]
        period = _period(opened[0], closed)
        yield {
            "resourceType": "CarePlan",
            "id": stream,
            "status": "active" if closed is None else "completed",
            "intent": "plan",
            "title": VALUES[kind][0] if kind in VALUES else kind,
            **({"description": words} if (words := text_of(opened[0], "text")) else {}),
            "subject": place.patient(),
            **({"period": period} if period else {}),
            **({} if author is None else {"author": author}),
            "careTeam": [place.reference(team)],
            **({"goal": [place.reference(goal["id"]) for goal in goals]} if goals else {}),
            **({"activity": activities} if activities else {}),
        }


def _goals(events: Iterable[Document], place: Place) -> Iterator[Document]:
    told: dict[str, list[Document]] = {}
    for event in events:
        if "goal" in event["fields"] and event["fields"]["goal"] is not None:
            told.setdefault(event["fields"]["goal"], []).append(event)
    for goal, about in told.items():
        worded = [e for e in about if name_of(e) in ("plan.goal_set", "plan.goal_reworded")]
        if not worded or name_of(about[0]) != "plan.goal_set":
            continue
        ended = next((e for e in reversed(about) if name_of(e) in _GOALS), None)
        words = next((said for e in reversed(worded) if (said := text_of(e, "words", "professional"))), GONE)
        notes = [note for e in about if e not in worded for note in _notes(e, place)]
        professional = next((said for e in reversed(worded) if (said := text_of(e, "professional"))), None)
        if professional is not None and professional != words:
            notes.insert(0, {"text": f"Faglige ord: {professional}"})
        begun = happened(about[0])
        yield {
            "resourceType": "Goal",
            "id": goal,
            "lifecycleStatus": "active" if ended is None else _GOALS[name_of(ended)],
            "description": {"text": words},
            "subject": place.patient(),
            **({"startDate": day(begun)} if begun else {}),
            **({"statusDate": day(at)} if ended is not None and (at := happened(ended)) else {}),
            **({"expressedBy": place.patient()} if about[0]["act"]["role"] == "citizen" else {}),
            **({"note": notes} if notes else {}),
        }


def _notes(event: Document, place: Place) -> Iterator[Document]:
    author, when = place.author(event["act"]), happened(event)
    for value in event["fields"].values():
        if isinstance(value, dict) and value.get("text"):
            yield {
                **({} if author is None else {"authorReference": author}),
                **({"time": when} if when else {}),
                "text": value["text"],
            }


def _support(events: Iterable[Document], place: Place) -> Iterator[Document]:
    told: dict[str, list[Document]] = {}
    for event in events:
        if event["fields"].get("support") is not None:
            told.setdefault(event["fields"]["support"], []).append(event)
    for about in told.values():
        granted = next((e for e in about if name_of(e) == "plan.support_granted"), None)
        if granted is None:
            continue
        status = next(_SUPPORT[name_of(e)] for e in reversed(about) if name_of(e) in _SUPPORT)
        ended = next((e for e in about if name_of(e) == "plan.support_ended"), None)
        words, period = text_of(granted, "text", "words"), _period(granted, ended)
        yield {
            "code": {"text": str(granted["fields"]["paragraph"])},
            "status": status,
            **({"scheduledPeriod": period} if period else {}),
            "performer": [place.reference(granted["fields"]["provider"])],
            **({"description": words} if words else {}),
        }


def _period(first: Document, last: Document | None) -> Document:
    begun, ended = happened(first), None if last is None else happened(last)
    return {**({"start": begun} if begun else {}), **({"end": ended} if ended else {})}


# Meetings.


def meetings(document: Document, place: Place) -> list[Document]:
    """Each meeting: an Encounter once it was held, and until then (or cancelled) an Appointment that is asked for."""
    roles: dict[str, Document] = {}
    found = []
    for stream, events in by_stream(document, "meeting").items():
        convened = next((event for event in events if name_of(event) == "meeting.convened"), None)
        if convened is None:
            continue
        held = next((event for event in events if name_of(event) == "meeting.held"), None)
        cancelled = any(name_of(event) == "meeting.cancelled" for event in events)
        place.made.add(stream)
        moved = [
            event
            for event in events
            if event["fields"].get("starts") and "participant" not in event["fields"]
        ]
        starts, kind = (moved or [convened])[-1]["fields"]["starts"], convened["fields"]["kind"]
        purpose = text_of(convened, "purpose")
        same = {
            "id": stream,
            **({"reasonCode": [{"text": purpose}]} if purpose else {}),
        }
        word = {"text": VALUES[kind][0] if kind in VALUES else kind}
        if held is not None:
            came = [_role(one, place, roles) for one in held["fields"]["came"] or ()]
            found.append(
                {
                    "resourceType": "Encounter",
                    **same,
                    "status": "finished",
                    "class": _CLASS,
                    "type": [word],
                    "subject": place.patient(),
                    **({"participant": [{"individual": one} for one in came]} if came else {}),
                    **({"period": {"start": starts}} if starts else {}),
                }
            )
            continue
        invited = [e["fields"]["participant"] for e in events if name_of(e) == "meeting.participant_invited"]
        removed = {e["fields"]["participant"] for e in events if name_of(e) == "meeting.participant_removed"}
        asked = [one for one in dict.fromkeys(invited) if one not in removed]
        found.append(
            {
                "resourceType": "Appointment",
                **same,
                "status": "cancelled" if cancelled else "proposed",
                "appointmentType": word,
                "participant": [
                    {"actor": place.patient(), "status": "accepted"},
                    *({"actor": _role(one, place, roles), "status": "needs-action"} for one in asked),
                ],
                **({"requestedPeriod": [{"start": starts}]} if starts else {}),
            }
        )
    return [*roles.values(), *found]


def _role(organisation: str, place: Place, roles: dict[str, Document]) -> Document:
    """An organisation at a meeting: FHIR lets people come, so it is somebody, unnamed, of the organisation."""
    if organisation not in place.organisations:
        return place.reference(organisation)
    identity = str(uuid5(UUID(organisation), "fhir role"))
    place.made.add(identity)
    roles[identity] = {
        "resourceType": "PractitionerRole",
        "id": identity,
        "organization": place.reference(organisation),
    }
    return {**place.reference(identity), "display": place.names[organisation]}
