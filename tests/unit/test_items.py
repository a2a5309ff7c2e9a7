"""Items: an event as the decision sees it."""

from typing import Any

import pytest

from hub.encoding import body_of, event_classes
from hub.items import Item, item_of
from hub.schemas import Schemas
from hub.vocabulary import CATEGORY_BIT, EXISTENCE, UNKNOWN, mask_of
from tests.acting import uid
from tests.contracts.samples import hints_of, inside, sample

SCHEMAS = Schemas()


def item(topic: str, *, full: bool = True, **changed: Any) -> Item:
    """The item of a sample, with some fields of its body changed."""
    body, _ = body_of(sample(topic, full=full))
    return item_of(SCHEMAS.by_topic[topic], {**body, **changed}, uid(9), 17)


@pytest.mark.parametrize("topic", event_classes())
def test_an_item_holds_labels_and_no_content(topic: str) -> None:
    """Every disclosable field that is there is an item's field, with a label; terms and the act are none."""
    schema = SCHEMAS.by_topic[topic]
    found = {field.name: field for field in item(topic).fields}

    assert [s.name for s in schema.fields if s.kind not in {"term", "envelope"}] == list(found)
    assert all(field.labels for field in found.values())
    assert [s.name for s in schema.fields if s.key] == [name for name, field in found.items() if field.key]


@pytest.mark.parametrize("topic", event_classes())
def test_what_is_not_there_is_no_field(topic: str) -> None:
    """A field that may be absent and is absent is left out, so that it cannot be counted."""
    optional = {name for name, hint in hints_of(topic).items() if inside(hint)[1]}

    assert not optional & {field.name for field in item(topic, full=False).fields}


@pytest.mark.parametrize("topic", event_classes())
def test_existence_has_the_category_of_its_type(topic: str) -> None:
    """An event type in the table has its category; one that is not is unknown, and so absent."""
    category = EXISTENCE.get(topic.rsplit(".v", 1)[0])

    assert (UNKNOWN if category is None else CATEGORY_BIT[category]) == item(topic).existence


def test_text_has_the_schemas_category_and_its_authors_labels() -> None:
    """The union of both, and unknown where the author's are missing or none."""
    topic = "citizen.hope_told.v1"
    for labels, expected in (
        ("health", mask_of("wishes health")),
        ("wishes", mask_of("wishes")),
        ("", mask_of("wishes") | UNKNOWN),
        ("nonsense", mask_of("wishes") | UNKNOWN),
        (7, mask_of("wishes") | UNKNOWN),
    ):
        (field,) = item(topic, words=labels).fields
        assert expected == field.labels


def test_an_agreed_text_has_its_authors_labels_alone() -> None:
    """Where the schema names no category, the labels are those of the instance."""
    text = item("consents.disclosure_authorised.v1", text="health").fields[1]

    assert ("text", mask_of("health")) == (text.name, text.labels)


def test_a_paragraph_adds_what_it_reveals() -> None:
    """§ 101 tells of addiction; a paragraph that nobody knows is unknown."""
    topic = "plan.support_granted.v1"
    found = {
        name: next(f.labels for f in item(topic, paragraph=name).fields if f.name == "paragraph")
        for name in ("§ 85", "§ 101", "§ 999", "")
    }

    assert {
        "§ 85": mask_of("plan"),
        "§ 101": mask_of("plan addiction"),
        "§ 999": mask_of("plan") | UNKNOWN,
        "": mask_of("plan") | UNKNOWN,
    } == found


def test_organisations_are_named_by_their_fields() -> None:
    """A partner, and each of a list, is named; a person and a place are not organisations."""
    body, _ = body_of(sample("meeting.participant_invited.v1", full=True))
    named = {field.name: field.partners for field in item("meeting.participant_invited.v1").fields}

    assert (body["participant"],) == tuple(each.bytes for each in named["participant"])
    assert tuple(body["participants"]) == tuple(each.bytes for each in named["participants"])
    assert () == named["starts"] == named["place"]


def test_the_source_is_the_partner_that_recorded_it() -> None:
    """The citizen's and the hub's own events have no partner as their source, also if one were written."""
    act = body_of(sample("citizen.hope_told.v1", full=True))[0]["act"]
    for role, expected in (("partner", act["partner"]), ("citizen", None), ("hub", None)):
        source = item("citizen.hope_told.v1", act={**act, "role": role}).source
        assert expected == (source and source.bytes)


def test_times_and_imports_are_the_acts() -> None:
    """When it happened, when it was recorded and whether it was imported follow the act; position is the log's."""
    act = body_of(sample("citizen.hope_told.v1", full=True))[0]["act"]
    found = item("citizen.hope_told.v1", act={**act, "occurred_at": None, "source": "import"})

    assert (None, act["recorded_at"], True, 17, uid(9)) == (
        found.occurred_at,
        found.recorded_at,
        found.imported,
        found.position,
        found.event_id,
    )
    assert not item("citizen.hope_told.v1").imported


@pytest.mark.parametrize("topic", event_classes())
def test_events_about_a_consent_name_whom_it_is_to(topic: str) -> None:
    """Rule 9 asks who is named in a consent; no other event answers it."""
    expected = topic.startswith("consents.") and topic != "consents.begun.v1"

    assert expected == (item(topic).named is not None)
