"""Event classes and published schemas say the same, and every field says who may ever see it."""

import json
from datetime import date, datetime
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest

from hub.aggregates import AGGREGATES, AMENDMENTS, TOLD, Act, Text, Window
from hub.encoding import OLDER, event_classes
from hub.schemas import FOLDER, Schemas
from hub.vocabulary import EXISTENCE, Category
from tests.contracts.samples import hints_of, inside
from tests.contracts.wire import WIRE

SCHEMAS = Schemas()
TOPICS = sorted(event_classes())
TECHNICAL = {
    "consents.begun",  # opens an empty book; nobody learns anything from it
    "citizen.item_withheld",  # what the citizen is not shown is no partner's to know of either
    "citizen.withholding_ended",
    "consents.purge_confirmed",  # tells that an access has ended: no partner sees it, not even who recorded it
    *(
        f"cooperation.{what}"
        for what in (
            "begun",
            "frame_described",
            "offer_described",
            "offer_verified",
            "offer_ended",
            "collaboration_agreed",
            "collaboration_ended",
            "occasion_planned",
            "word_explained",
        )
    ),
    "partner.registered",  # of organisations, not of citizens: no partner's view holds them
    "partner.agreement_recorded",
    "partner.ceiling_adopted",
    "partner.legal_basis_confirmed",
    "partner.suspended",
    "partner.resumed",
    "partner.credential_issued",
    "partner.credential_revoked",
    "event.corrected",  # said of another event, on whose row it shows
    "event.relabelled",
    "event.disputed",
    "event.misfiled",
}
"""Event types that are deliberately absent for every partner."""
KEYS = {"participant", "owner", "provider", "partner", "from_partner", "to_partner", "came"}
"""The fields that say whom or what an event is about (DOMAIN, "Categories of information")."""
KINDS = {"envelope", "term", "text", "value", "partner", "partners", "person"}

ID = {"type": "fixed", "name": "id", "namespace": "dk.koordineringshub", "size": 16}
PLAIN = {
    str: "string",
    bool: "boolean",
    int: "long",
    UUID: "id",
    datetime: "long",
    date: "string",
    Text: "string",
}
HOW = {datetime: "microseconds", date: "date", Text: "labels"}
RECORDS: dict[Any, tuple[str, dict[str, Any]]] = {
    Act: (
        "act_v1",
        {
            "role": "string",
            "partner": ["null", "id"],
            "unit": ["null", "string"],
            "person": ["null", "id"],
            "function": ["null", "string"],
            "occurred_at": ["null", "long"],
            "recorded_at": "long",
            "source": "string",
            "command_id": "id",
        },
    ),
    Window: (
        "window_v1",
        {"happened_from": "long", "happened_to": ["null", "long"], "include_undated": "boolean"},
    ),
}


def definition(topic: str) -> dict[str, Any]:
    """The published file of an event."""
    found: dict[str, Any] = json.loads((FOLDER / f"{topic}.avsc").read_text(encoding="utf-8"))
    return found


def fields(topic: str) -> dict[str, dict[str, Any]]:
    """The published fields of an event, by name, in order."""
    return {field["name"]: field for field in definition(topic)["fields"]}


def plain(avro: Any) -> Any:
    """An Avro type with its named types written out in one way."""
    if isinstance(avro, list):
        return [plain(each) for each in avro]
    if avro in (ID, "dk.koordineringshub.id"):
        return "id"
    if isinstance(avro, dict) and avro["type"] == "array":
        return {"array": plain(avro["items"])}
    if isinstance(avro, dict) and avro["type"] == "record":
        return (avro["name"], {field["name"]: plain(field["type"]) for field in avro["fields"]})
    return avro


def derived(hint: Any) -> Any:
    """The Avro type that follows from a type hint."""
    bare, optional = inside(hint)
    if get_origin(bare) is tuple:
        item, rest = get_args(bare)
        assert rest is Ellipsis
        found: Any = {"array": derived(item)}
    else:
        found = RECORDS[bare] if bare in RECORDS else PLAIN[bare]
    return ["null", found] if optional else found


def test_every_event_has_exactly_one_schema() -> None:
    """Event classes and files are the same names; the others are the envelope and what goes to and from partners."""
    assert {*TOPICS, *OLDER, *WIRE, "envelope.v1"} == {
        path.name.removesuffix(".avsc") for path in FOLDER.iterdir()
    }


def test_every_event_class_names_its_topic_and_no_topic_is_named_twice() -> None:
    """No event is stored under a name made from the module it happens to stand in."""
    classes = [
        value
        for aggregate in AGGREGATES
        for value in vars(aggregate).values()
        if isinstance(value, type) and value.__name__ != "Event"
    ] + [*AMENDMENTS, *TOLD.values()]

    assert len(TOPICS) == len(classes) == len({each.TOPIC for each in classes})  # type: ignore[attr-defined]
    assert all(topic.startswith(f"{event_classes()[topic][1]}.") for topic in TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_schema_has_the_fields_of_its_class(topic: str) -> None:
    """The same names in the same order, with the Avro types that follow from the type hints."""
    expected = {name: derived(hint) for name, hint in hints_of(topic).items()}
    found = {name: plain(field["type"]) for name, field in fields(topic).items()}

    assert expected == found
    assert list(expected) == list(found)


@pytest.mark.parametrize("topic", [*TOPICS, *WIRE])
def test_a_schema_is_named_after_its_topic(topic: str) -> None:
    """`meeting.held.v1` is dk.koordineringshub.meeting.held_v1."""
    aggregate, event, version = topic.split(".")

    assert (f"dk.koordineringshub.{aggregate}", f"{event}_{version}") == (
        definition(topic)["namespace"],
        definition(topic)["name"],
    )


@pytest.mark.parametrize("topic", TOPICS)
def test_every_field_says_how_it_is_written_and_disclosed(topic: str) -> None:
    """`hub.kind` is there and known; `hub.type` says how to read it; nothing else is said."""
    for name, hint in hints_of(topic).items():
        field, bare = fields(topic)[name], inside(hint)[0]
        assert field["hub.kind"] in KINDS
        assert HOW.get(bare) == field.get("hub.type")
        assert (bare is Text) == (field["hub.kind"] == "text")
        assert (name in {"act", "citizen_id"}) == (field["hub.kind"] == "envelope")
        assert set(field) <= {
            "name",
            "type",
            "doc",
            *(["default"] if not topic.endswith(".v1") else []),  # what an older version lacks
            "hub.kind",
            "hub.type",
            "hub.category",
            "hub.key",
            "hub.reveals",
        }


@pytest.mark.parametrize("topic", TOPICS)
def test_a_disclosable_field_has_a_category(topic: str) -> None:
    """It has a category that there is, or is text whose author labels it; what is not disclosed has none."""
    for name, field in fields(topic).items():
        disclosable = field["hub.kind"] not in {"envelope", "term"}
        category = field.get("hub.category")
        if disclosable and not (field["hub.kind"] == "text" and category is None):
            assert category, name
            assert set(category.split()) <= set(Category), name
        if not disclosable:
            assert category is None, name
            assert "hub.key" not in field, name
        assert field.get("hub.reveals") in (None, "paragraph"), name
        assert (name == "paragraph") == ("hub.reveals" in field)


def test_only_an_agreed_text_and_what_is_said_of_an_event_leave_their_category_to_the_author() -> None:
    """Everywhere else the schema adds a category of its own to what the author chose."""
    open_ = {
        f"{topic}:{name}"
        for topic in TOPICS
        for name, field in fields(topic).items()
        if field["hub.kind"] == "text" and "hub.category" not in field
    }

    assert open_ == {
        "consents.disclosure_authorised.v2:text",
        "event.corrected.v1:text",
        "event.corrected.v1:reason",
        "event.relabelled.v1:reason",
        "event.disputed.v1:words",
        "event.misfiled.v1:reason",
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_key_fields_are_those_of_the_domain(topic: str) -> None:
    """A disclosable field that says whom the event is about is a key field, and no other is."""
    shapes = SCHEMAS.by_topic[topic].fields
    disclosable = {shape.name for shape in shapes if shape.kind not in {"envelope", "term"}}

    assert KEYS & disclosable == {shape.name for shape in shapes if shape.key}


@pytest.mark.parametrize("topic", TOPICS)
def test_what_names_an_organisation_is_read_as_one(topic: str) -> None:
    """A disclosed id is a partner or a person, a disclosed list of ids partners: the decision adds what they reveal."""
    for name, hint in hints_of(topic).items():
        kind, bare = fields(topic)[name]["hub.kind"], inside(hint)[0]
        if bare is UUID:
            assert kind in {"envelope", "term", "partner", "person"}, name
            assert ("partner" == kind) == (name in KEYS and kind != "term"), name
        elif get_origin(bare) is tuple:
            assert kind in {"term", "partners"}, name
        else:
            assert kind in {"envelope", "term", "text", "value"}, name


@pytest.mark.parametrize("topic", TOPICS)
def test_the_envelopes_texts_stand_in_the_fields_order(topic: str) -> None:
    """Who opens a text finds it by its place, so the schema and the class list texts alike."""
    expected = [name for name, hint in hints_of(topic).items() if inside(hint)[0] is Text]

    assert expected == list(SCHEMAS.by_topic[topic].texts)


def test_every_event_type_is_in_existence_or_deliberately_not() -> None:
    """An event type without a category is absent for everybody: no new one is forgotten into that."""
    types = {topic.rsplit(".v", 1)[0] for topic in TOPICS}

    assert types - TECHNICAL == set(EXISTENCE)
    assert TECHNICAL <= types


def test_absence_is_a_field_of_its_own() -> None:
    """Why somebody did not come carries `attendance`, and nothing else does."""
    assert {"citizen.contact_recorded.v2:absence"} == {
        f"{topic}:{name}"
        for topic in TOPICS
        for name, field in fields(topic).items()
        if field.get("hub.category") == Category.ATTENDANCE
    }


def test_an_envelope_tells_nothing_of_what_happened() -> None:
    """Keys, place and sealed bytes: no topic, no time, no citizen, no actor."""
    assert ["key_id", "originator_id", "version", "nonce", "ciphertext", "texts"] == list(
        fields("envelope.v1")
    )


@pytest.mark.parametrize("topic", WIRE)
def test_what_a_partner_reads_explains_itself(topic: str) -> None:
    """Each record and field says in words what it is, and nothing of the hub's own rules stands beside it."""
    found = 0
    waiting = [definition(topic)]
    while waiting:
        record = waiting.pop()
        for each in (record, *record["fields"]):
            assert each["doc"].endswith("."), each["name"]
            assert set(each) <= {"type", "name", "namespace", "doc", "fields"}
            found += 1
        inner = [field["type"] for field in record["fields"] if isinstance(field["type"], dict)]
        waiting += [each["values"] for each in inner if each["type"] == "map"]

    assert found > 1


def test_event_classes_and_the_wire_share_no_name() -> None:
    """What a partner is sent is never taken for an event, nor the other way round."""
    assert not set(TOPICS) & set(WIRE)
