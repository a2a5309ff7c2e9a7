"""Events → FHIR resources, one each: Communication where somebody told something, Observation, and otherwise Basic."""

from typing import Any, Final

from hub.interop.fhir_document_parts import (
    Place,
    coded,
    day,
    extensions,
    happened,
    identifier,
    tagged,
    text_of,
)
from hub.interop.history import Document

TOLD: Final = ("citizen.contact_recorded", "meeting.citizen_message_given", "meeting.input_given")
"""Told, though not in the citizen's own story, or not in the citizen's own words."""
MEASURED: Final = "citizen.measurement_recorded"
_OBSERVATION: Final = "http://terminology.hl7.org/CodeSystem/observation-category"


def resource_of(event: Document, place: Place) -> Document:
    """The resource that an event is; it holds everything that the event says."""
    name = event["schema"].rsplit(".v", 1)[0]
    if name == MEASURED:
        return _observation(event, place)
    if name in TOLD or (name.startswith("citizen.") and text_of(event, "words") is not None):
        return _communication(event, place)
    return _basic(event, place)


def _whole(kind: str, event: Document, place: Place) -> Document:
    return {
        "resourceType": kind,
        "id": event["id"],
        **tagged(event),
        "extension": extensions(event, place),
        "identifier": [identifier(event["id"])],
    }


def _basic(event: Document, place: Place) -> Document:
    author, when = place.author(event["act"]), happened(event)
    return {
        **_whole("Basic", event, place),
        "code": coded(event),
        "subject": place.patient(),
        **({} if when is None else {"created": day(when)}),
        **({} if author is None else {"author": author}),
    }


def _communication(event: Document, place: Place) -> Document:
    author, when = place.author(event["act"]), happened(event)
    payload = [
        {"contentString": value["text"]}
        for value in event["fields"].values()
        if isinstance(value, dict) and value.get("text")
    ]
    return {
        **_whole("Communication", event, place),
        "status": "completed",
        "category": [coded(event)],
        "subject": place.patient(),
        **({} if when is None else {"sent": when}),
        **({} if author is None else {"sender": author}),
        **({"payload": payload} if payload else {}),
    }


def _observation(event: Document, place: Place) -> Document:
    author, when, fields = place.author(event["act"]), happened(event), event["fields"]
    return {
        **_whole("Observation", event, place),
        "status": "final",
        "category": [{"coding": [{"system": _OBSERVATION, "code": "survey"}]}],
        "code": {**coded(event), "text": str(fields.get("instrument") or event["title"])},
        "subject": place.patient(),
        **({} if when is None else {"effectiveDateTime": when}),
        **({} if author is None else {"performer": [author]}),
        **_value(fields.get("value")),
    }


def _value(value: Any) -> Document:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {} if value in (None, "") else {"valueString": str(value)}
