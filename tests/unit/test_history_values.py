"""Event bodies as readable JSON and back: whatever type an event has, it comes back to the byte."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.encoding import OLDER, body_of, event_classes
from hub.errors import BadInput
from hub.interop.history_schema import schema_of, wrong
from hub.interop.history_values import HELD_WORDS, act_of, readable
from hub.interop.history_values import body_of as read_back
from hub.schemas import Schemas
from tests.contracts.samples import events, sample

SCHEMAS = Schemas()
TOPICS = sorted(event_classes())
CITIZEN = UUID(int=7)


def there_and_back(
    topic: str, happened: Any, held: frozenset[str] = frozenset()
) -> tuple[bytes, bytes, Any, Any]:
    """The Avro bytes of an event before and after it was JSON, and its words before and after."""
    body, texts = body_of(happened)
    schema = SCHEMAS.by_topic[topic]
    words = {
        name: text.text
        for name, text in zip(schema.texts, texts, strict=True)
        if text is not None and text.text
    }
    if "citizen_id" in body:
        body["citizen_id"] = CITIZEN.bytes
    written = {"act": act_of(schema, body), "fields": readable(schema, body, words, held)}
    read = orjson.loads(orjson.dumps(written))
    shape = schema_of("citizen-history.v1")
    for name in ("act", "event"):
        kind = shape["$defs"][name] if name == "act" else shape["$defs"]["event"]["properties"]["fields"]
        assert wrong(read["act" if name == "act" else "fields"], {**kind, "$defs": shape["$defs"]}) is None
    again, said = read_back(schema, read["act"], read["fields"], CITIZEN if "citizen_id" in body else None)
    return SCHEMAS.encode(topic, body), SCHEMAS.encode(topic, again), words, said


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("topic", TOPICS)
def test_every_kind_of_event_can_be_exported_and_comes_back(topic: str, full: bool) -> None:
    """Nobody can add a kind of event that a citizen cannot take along: each is written, and read back to the byte."""
    before, after, words, said = there_and_back(topic, sample(topic, full=full))

    assert before == after
    assert words == said


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_event_comes_back(data: st.DataObject) -> None:
    """Whatever an event says, at whatever time, the JSON says the same."""
    topic = data.draw(st.sampled_from(TOPICS))
    before, after, words, said = there_and_back(topic, data.draw(events(topic)))

    assert before == after
    assert words == {name: text for name, text in said.items() if text is not None}


def test_older_versions_are_exported_as_they_were_written() -> None:
    """What was written in an older version is not rewritten on the way: it keeps its own schema."""
    for topic in OLDER:
        schema = SCHEMAS.by_topic[topic]
        body = {**body_of(sample(OLDER[topic][0], full=True))[0], "citizen_id": CITIZEN.bytes}
        body = {name: body[name] for name in (field["name"] for field in schema.avro["fields"])}
        fields = orjson.loads(orjson.dumps(readable(schema, body, {}, frozenset())))
        again, _ = read_back(schema, act_of(schema, body), fields, CITIZEN)
        assert SCHEMAS.encode(topic, body) == SCHEMAS.encode(topic, again)


def test_words_that_are_gone_and_words_that_are_held_back_say_so() -> None:
    """A text that was destroyed is said to be gone, and one of a protected address to be held back."""
    topic = "citizen.contact_recorded.v1"
    schema = SCHEMAS.by_topic[topic]
    body = {**body_of(sample("citizen.contact_recorded.v2", full=True))[0], "citizen_id": CITIZEN.bytes}
    body = {name: body[name] for name in (field["name"] for field in schema.avro["fields"])}

    fields = readable(schema, body, {"text": None, "absence": "x"}, frozenset({"absence"}))

    assert {"gone": True, "labels": ["wishes", "plan"]} == fields["text"]
    assert {"held_back": "protected_address", "labels": ["wishes", "plan"]} == fields["absence"]
    assert {"text": None, "absence": HELD_WORDS} == read_back(schema, act_of(schema, body), fields, CITIZEN)[
        1
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", 7),
        ("day", {"text": "x", "labels": ["plan"]}),
        ("text", "x"),
        ("text", {"text": "x"}),
        ("text", {"text": "", "labels": ["plan"]}),
        ("text", {"text": "x", "labels": ["plan and more"]}),
        ("text", {"text": "x", "labels": ["plan"], "more": 1}),
        ("text", {"gone": False, "labels": ["plan"]}),
        ("more", "x"),
    ],
)
def test_a_value_that_is_not_what_it_should_be_is_refused(field: str, value: Any) -> None:
    """A field with a value of another kind is refused, with its name and without its content."""
    topic = "citizen.contact_recorded.v2"
    schema = SCHEMAS.by_topic[topic]
    body, _ = body_of(sample(topic, full=True))
    fields = {**readable(schema, body, {"text": "x", "absence": "y"}, frozenset()), field: value}

    with pytest.raises(BadInput) as refused:
        read_back(schema, act_of(schema, body), fields, CITIZEN)

    assert "x" not in str(refused.value).split()
