"""A citizen's whole history as a FHIR R4 document: a Bundle that stands alone, the Composition first.

Nothing is left out: every event stands in words in a section of the Composition, and is a resource with all its fields.
Every reference is to something in the Bundle. The same history gives the same bytes while no consent runs out.
"""

from base64 import b64decode, b64encode
from typing import Any, Final

from hub.application.exporting import History
from hub.interop.fhir_consent_codes import LOINC, urn
from hub.interop.fhir_consent_export import bundle_of
from hub.interop.fhir_document_events import resource_of
from hub.interop.fhir_document_parts import Place, resolved
from hub.interop.fhir_document_people import care_team, organisations, patient, persons
from hub.interop.fhir_document_state import meetings, plans
from hub.interop.fhir_document_words import clean, event_words, looks_words, narrative
from hub.interop.history import CITIZEN, Document

TYPE: Final = {
    "coding": [{"system": LOINC, "code": "34133-9", "display": "Summarization of episode note"}],
    "text": "Hele historien",
}
TITLE: Final = "Min historie i samarbejdet"
SECTIONS: Final = {
    "citizen": "Om mig",
    "consents": "Samtykker og spærringer",
    "plan": "Planer, mål og støtte",
    "meeting": "Møder og aftaler",
    "handover": "Overleveringer",
    "event": "Rettelser og uenighed",
}
"""What the sections of events are called, by the aggregate that they happened to; a new one gets its own name."""


def document_bundle(history: History, document: Document, now: int) -> Document:
    """The document. `now` (microseconds) decides which consents are in force; the rest is the history's own."""
    place = Place(document)
    everybody = [*organisations(document), *persons(document, place)]
    team = care_team(history, place)
    events = [_told_of(event, document) for event in document["events"] if event["about"] == CITIZEN]
    place.made.update(event["id"] for event in events)
    planned = list(plans(document, place, team["id"]))
    met = meetings(document, place)
    consents = [one for one in _consents(history, now) if one["id"] in place.spoken]
    place.made.update(one["id"] for one in consents)
    told = {event["id"]: resource_of(event, place) for event in events}
    binaries = [_binary(number, one, place) for number, one in enumerate(document["originals"])]
    beside = {
        "citizen": [team],
        "consents": consents,
        "plan": planned,
        "meeting": [one for one in met if one["resourceType"] != "PractitionerRole"],
    }
    everybody += [one for one in met if one["resourceType"] == "PractitionerRole"]
    sections = [
        {"title": "Om denne fil", "text": narrative([f"<p>{clean(document['note'])}</p>"])},
        *_sections(events, told, beside, place),
        _section("De, der er nævnt", everybody, _named(everybody, place)),
        {"title": "Hvem der har set", "text": narrative([looks_words(document["looks"], place.names)])},
    ]
    if binaries:
        words = f"<p>{len(binaries)} poster, som de kom ind fra andre systemer.</p>"
        sections.append(_section("Fra andre systemer", binaries, [words]))
    as_of = max(event["act"]["recorded_at"] for event in document["events"])
    composition: Document = {
        "resourceType": "Composition",
        "id": place.own("composition"),
        "language": "da",
        "status": "final",
        "type": TYPE,
        "subject": place.patient(),
        "date": as_of,
        "author": [{"display": "Koordineringshubben"}],
        "title": TITLE,
        "section": sections,
    }
    resources = [composition, patient(document), *everybody, team, *planned, *beside["meeting"], *consents]
    resources += [*told.values(), *binaries]
    known = {urn(one["id"]): one["resourceType"] for one in resources}
    return {
        "resourceType": "Bundle",
        "id": place.own("bundle"),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": urn(place.own(document["digest"]))},
        "type": "document",
        "timestamp": as_of,
        "entry": [{"fullUrl": urn(one["id"]), "resource": resolved(one, known)} for one in resources],
    }


def _told_of(event: Document, document: Document) -> Document:
    """An event that speaks of another names it by its place in its stream: here, by its id."""
    if not event["schema"].startswith("event.") or "subject" not in event["fields"]:
        return event
    place = (event["stream"], event["fields"]["subject"])
    found = next(one["id"] for one in document["events"] if (one["stream"], one["version"]) == place)
    return {**event, "fields": {**event["fields"], "subject": found}}


def _sections(
    events: list[Document], told: dict[str, Document], beside: dict[str, list[Document]], place: Place
) -> list[Document]:
    kinds = [event["schema"].partition(".")[0] for event in events]
    found = []
    for kind in dict.fromkeys([*SECTIONS, *kinds]):
        ours = [event for event, its in zip(events, kinds, strict=True) if its == kind]
        entries = [*beside.get(kind, ()), *(told[event["id"]] for event in ours)]
        if entries:
            words = [event_words(event, {**place.events, **place.names}) for event in ours] or [
                "<p>Intet er skrevet.</p>"
            ]
            found.append(_section(SECTIONS.get(kind, kind), entries, words))
    return found


def _section(title: str, entries: list[Document], words: list[str]) -> Document:
    return {
        "title": title,
        "text": narrative(words),
        **({"entry": [{"reference": urn(one["id"])} for one in entries]} if entries else {}),
    }


def _named(everybody: list[Document], place: Place) -> list[str]:
    names = [clean(place.names[one["id"]]) for one in everybody if one["id"] in place.names]
    return [f"<ul>{''.join(f'<li>{name}</li>' for name in names)}</ul>" if names else "<p>Ingen.</p>"]


def _consents(history: History, now: int) -> list[Document]:
    """The consents in force and the blocks, as `hub export consents` has them."""
    names = {partner: name for partner, (name, _) in history.partners.items()}
    bundle: Any = bundle_of(history.state, history.citizen, now, names)
    return [entry["resource"] for entry in bundle["entry"]]


def _binary(number: int, original: Document, place: Place) -> Document:
    """An original as it came in; what an import keeps is a line with its place, and then the record."""
    content = original["text"].encode() if "text" in original else b64decode(original["base64"])
    identity = place.own(f"original {number} {original['digest']}")
    return {
        "resourceType": "Binary",
        "id": identity,
        "contentType": "text/plain" if "text" in original else "application/octet-stream",
        "data": b64encode(content).decode(),
    }
