"""Every kind of event as a FHIR resource: valid, with all its words, whatever it is called."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class

from hub.encoding import body_of, event_classes
from hub.interop.fhir_document_events import resource_of
from hub.interop.fhir_document_parts import Place
from hub.interop.fhir_document_words import event_words
from hub.interop.history_values import act_of, readable
from hub.schemas import Schemas
from tests.contracts.samples import sample

SCHEMAS = Schemas()
CITIZEN = "00000000-0000-4000-8000-000000000007"
TOPICS = sorted(
    topic
    for topic in event_classes()
    if any(shape.name == "citizen_id" for shape in SCHEMAS.by_topic[topic].fields)
)


def event(topic: str, *, full: bool = True, **fields: Any) -> dict[str, Any]:
    """An event as the hub's own document has it."""
    schema = SCHEMAS.by_topic[topic]
    body, texts = body_of(sample(topic, full=full))
    words = {name: text.text for name, text in zip(schema.texts, texts, strict=True) if text is not None}
    return {
        "id": "00000000-0000-4000-8000-000000000042",
        "about": "citizen",
        "stream": "00000000-0000-4000-8000-000000000043",
        "version": 7,
        "schema": topic,
        "title": topic,
        "act": act_of(schema, body),
        "fields": {**readable(schema, body, words, frozenset()), **fields},
    }


def place(*events: dict[str, Any]) -> Place:
    """A document with these events, and nobody in it but the citizen."""
    document = {"citizen": {"id": CITIZEN}, "organisations": [], "persons": [], "events": list(events)}
    return Place(document)


def strings(value: Any) -> Iterator[str]:
    """Every string in a resource."""
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("topic", TOPICS)
def test_every_kind_of_event_is_a_resource_with_all_it_says(topic: str, full: bool) -> None:
    """A kind of event that nobody has thought of in FHIR is a valid resource, with its words and its fields' names."""
    told = event(topic, full=full)

    resource = resource_of(told, place(told))

    get_fhir_model_class(resource["resourceType"]).model_validate(json.loads(json.dumps(resource)))
    said = set(strings(resource))
    for name, value in told["fields"].items():
        assert value is None or name in said
        assert not isinstance(value, dict) or "text" not in value or value["text"] in said
    assert event_words(told, {}).startswith("<p><b>")


def test_a_measurement_is_an_observation() -> None:
    """A measurement has its instrument as code and its number as value."""
    told = event("citizen.measurement_recorded.v1", instrument="ORS", value=27)

    resource = resource_of(told, place(told))

    assert ("Observation", "ORS", 27) == (
        resource["resourceType"], resource["code"]["text"], resource["valueInteger"],
    )  # fmt: skip


def test_what_the_citizen_told_is_a_communication() -> None:
    """The citizen's words are a Communication, word for word; a term of a consent is none."""
    hope = event("citizen.hope_told.v2")
    given = event("consents.given.v2")

    assert "Communication" == resource_of(hope, place(hope))["resourceType"]
    assert [{"contentString": "Jeg vil have en hund."}] == resource_of(hope, place(hope))["payload"]
    assert "Basic" == resource_of(given, place(given))["resourceType"]


def test_a_text_that_is_gone_has_a_reason_in_its_place() -> None:
    """Where a text was destroyed the resource says that it is not known; where it is held back, that it is masked."""
    topic = "citizen.contact_recorded.v2"
    told = event(topic, text={"gone": True, "labels": ["plan"]},
                 absence={"held_back": "protected_address", "labels": ["address"]})  # fmt: skip

    resource = resource_of(told, place(told))

    get_fhir_model_class("Communication").model_validate(resource)
    assert {"unknown", "masked"} <= set(strings(resource["extension"]))
    assert "payload" not in resource


def test_nothing_is_referred_to_that_is_not_in_the_document() -> None:
    """An organisation or a person that nobody knows is an identifier, never a reference that leads nowhere."""
    told = event("citizen.relation_started.v1", partner=str(UUID(int=5)), person=CITIZEN)

    text = json.dumps(resource_of(told, place(told)))

    assert f'"reference": "urn:uuid:{UUID(int=5)}"' not in text
    assert f'"reference": "urn:uuid:{CITIZEN}"' in text
