"""What every resource of a FHIR document is made with: references inside it, codes, and fields as extensions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from hub.application.standing import CITIZEN_SOURCE
from hub.clock import copenhagen_day
from hub.interop.fhir_consent_codes import BASE, CATEGORY_SYSTEM, URI, urn
from hub.interop.fhir_document_words import DAY, MOMENT, day_words, title_of
from hub.interop.fhir_document_words import UUID as UUID_TEXT
from hub.interop.history import Document
from hub.vocabulary import Category

EVENT_SYSTEM: Final = f"{BASE}/CodeSystem/event"
FIELD: Final = f"{BASE}/StructureDefinition/event-field"
RECORDED: Final = f"{BASE}/StructureDefinition/event-act"
ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_LARGEST: Final = 2**31


class Place:
    """Who and what stands in the bundle, so that a reference is made to nothing else."""

    def __init__(self, document: Document) -> None:
        self.citizen: str = document["citizen"]["id"]
        self.organisations = {one["id"]: one for one in document["organisations"]}
        self.persons = {one["id"]: one for one in document["persons"]}
        self.names = {
            **{one["id"]: one["name"] for one in document["organisations"]},
            **{one["id"]: one["name"] for one in document["persons"]},
            self.citizen: "borgeren",
            str(CITIZEN_SOURCE): "borgeren",
        }
        self.events = {
            event["id"]: f"{title_of(event['schema'].rsplit('.v', 1)[0])}{_on(event)}"
            for event in document["events"]
        }
        """What each event is called where another speaks of it."""
        self.spoken = {
            value
            for event in document["events"]
            for value in event["fields"].values()
            if isinstance(value, str)
        }
        """What the events speak of, by its id."""
        self.made: set[str] = {self.citizen, *self.organisations, *self.persons}
        """The ids of the resources that the bundle holds."""

    def own(self, what: str) -> str:
        """An id for something of the document's own: the same every time."""
        return str(uuid5(UUID(self.citizen), f"fhir {what}"))

    def role(self, person: str) -> str:
        """The id of a person's role at an organisation."""
        return str(uuid5(UUID(person), "fhir role"))

    def reference(self, identity: str) -> Document:
        """A reference to what stands in the bundle; only the id where it does not."""
        identity = self.citizen if identity == str(CITIZEN_SOURCE) else identity
        if identity not in self.made:
            return {"identifier": identifier(identity)}
        named = {"display": self.names[identity]} if identity in self.names else {}
        return {"reference": urn(identity), **named}

    def patient(self) -> Document:
        """The citizen."""
        return {"reference": urn(self.citizen)}

    def author(self, act: Document) -> Document | None:
        """Who recorded something; None for the hub itself, and for somebody that nobody knows."""
        if act["role"] == "citizen":
            return self.patient()
        known = [one for one in (act["person"], act["partner"]) if one in self.made]
        return self.reference(known[0]) if known else None


def _on(event: Document) -> str:
    moment = event["act"]["occurred_at"]
    return f" ({day_words(moment)})" if moment else ""


def identifier(identity: str) -> Document:
    """An id of the hub."""
    return {"system": URI, "value": urn(identity)}


def coded(event: Document) -> Document:
    """What kind of event it is."""
    name = event["schema"].rsplit(".v", 1)[0]
    return {"coding": [{"system": EVENT_SYSTEM, "code": name}], "text": event["title"]}


def labels_in(value: Any) -> Iterator[str]:
    """Every label that stands beside a text."""
    if isinstance(value, dict):
        yield from value.get("labels", ())


def tagged(event: Document) -> Document:
    """The labels of an event's texts, as security labels."""
    found = {label for value in event["fields"].values() for label in labels_in(value)}
    codings = [{"system": CATEGORY_SYSTEM, "code": str(one)} for one in Category if one in found]
    return {"meta": {"security": codings}} if codings else {}


def extensions(event: Document, place: Place) -> list[Document]:
    """All that an event says, and who recorded it when: nothing is lost where FHIR has no element for it."""
    act = [
        part
        for name, value in event["act"].items()
        if value is not None
        for part in _parts(name, value, place)
    ]
    at = [
        {"url": "schema", "valueString": event["schema"]},
        {"url": "version", "valueInteger": event["version"]},
    ]
    stream = [{"url": "stream", "valueUri": urn(event["stream"])}]
    found: list[Document] = [{"url": RECORDED, "extension": [*at, *stream, *act]}]
    for name, value in event["fields"].items():
        if value is not None:
            inner = [{"url": "name", "valueString": name}, *_parts("value", value, place)]
            found.append({"url": FIELD, "extension": inner})
    return found


def _parts(name: str, value: Any, place: Place) -> Iterator[Document]:
    """One value, or several, as parts of an extension."""
    if isinstance(value, list):
        for one in value:
            yield from _parts(name, one, place)
    elif isinstance(value, dict) and ("labels" in value or "held_back" in value):
        if "text" in value:
            yield {"url": name, "valueString": value["text"]}
        else:
            why = "masked" if "held_back" in value else "unknown"
            yield {"url": name, "extension": [{"url": ABSENT, "valueCode": why}]}
        for label in value.get("labels", ()):
            yield {"url": "label", "valueCoding": {"system": CATEGORY_SYSTEM, "code": label}}
    elif isinstance(value, dict):
        inner = [part for key, one in value.items() for part in _parts(key, one, place)]
        yield {"url": name, "extension": inner or [{"url": ABSENT, "valueCode": "unknown"}]}
    elif value is None:
        yield {"url": name, "extension": [{"url": ABSENT, "valueCode": "not-applicable"}]}
    else:
        yield {"url": name, **_typed(value, place)}


def _typed(value: Any, place: Place) -> Document:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | float):
        small = isinstance(value, int) and abs(value) < _LARGEST
        return {"valueInteger" if small else "valueDecimal": value}
    text = str(value)
    if not text.strip():
        return {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
    if UUID_TEXT.match(text):
        return {"valueReference": place.reference(text)}
    kinds = (("valueInstant", MOMENT), ("valueDate", DAY))
    return {next((kind for kind, pattern in kinds if pattern.match(text)), "valueString"): text}


def text_of(event: Document, *names: str) -> str | None:
    """The first of these texts that an event has."""
    for name in names:
        value = event["fields"].get(name)
        if isinstance(value, dict) and value.get("text"):
            return str(value["text"])
    return None


def happened(event: Document) -> str | None:
    """When it happened; None where nobody knows."""
    found: str | None = event["act"]["occurred_at"]
    return found


def day(moment: str) -> str:
    """The day of a moment, in Denmark."""
    return copenhagen_day(datetime.fromisoformat(moment)).isoformat()


def resolved(body: Any, known: Mapping[str, str]) -> Any:
    """The same resource, with a reference wherever an identifier names something of the bundle (by its URI)."""
    if isinstance(body, list):
        return [resolved(one, known) for one in body]
    if not isinstance(body, dict):
        return body
    made = {name: resolved(one, known) for name, one in body.items()}
    value = str(made["identifier"].get("value")) if isinstance(made.get("identifier"), dict) else ""
    if "reference" not in made and "resourceType" not in made and value in known:
        return {"reference": value, **made, "type": known[value]}
    return made
