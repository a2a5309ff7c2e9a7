"""What was published stays readable, for ever."""

import itertools
import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from hub.encoding import OLDER, body_of, event_classes, event_of
from hub.schemas import FOLDER, MAGIC, Schemas
from tests.contracts.compatibility import incompatibilities
from tests.contracts.publish import ENVELOPE, PUBLISHED, Refused, changes, publish, read
from tests.contracts.samples import VERSION, events, originator, sample, without_words
from tests.contracts.wire import WIRE

SCHEMAS = Schemas()
STORED = read()


def test_every_schema_is_published_and_unchanged() -> None:
    """No file was edited or removed since, and no new one waits for `python -m tests.contracts.publish`."""
    assert [] == changes(STORED)
    assert set(SCHEMAS.by_topic) == set(STORED)


@pytest.mark.parametrize("topic", sorted(STORED))
def test_a_schema_id_is_for_ever(topic: str) -> None:
    """The id under which records are stored is still that schema's, and nobody else's."""
    assert topic == SCHEMAS.by_id[STORED[topic]["id"]].topic
    assert 1 == [entry["id"] for entry in STORED.values()].count(STORED[topic]["id"])


@pytest.mark.parametrize("topic", sorted(set(STORED) - {*WIRE, "envelope.v1"}))
def test_a_stored_sample_opens_as_it_was_written(topic: str) -> None:
    """What was written on the day of publication is read as that event, and is written so today."""
    for name, stored in STORED[topic]["samples"].items():
        schema, body = SCHEMAS.decode(bytes.fromhex(stored))
        assert topic == schema.topic
        expected = sample(topic, full=name == "full")
        assert without_words(expected) == vars(event_of(topic, body, originator(topic), VERSION))
        assert stored == SCHEMAS.encode(topic, body_of(expected)[0]).hex()


def test_a_stored_envelope_opens_as_it_was_written() -> None:
    """So does the envelope around it."""
    stored = bytes.fromhex(STORED["envelope.v1"]["samples"]["full"])

    assert ENVELOPE == SCHEMAS.unpack(stored)
    assert stored == SCHEMAS.pack(ENVELOPE)


@pytest.mark.parametrize("topic", WIRE)
def test_a_stored_wire_sample_opens_as_it_was_written(topic: str) -> None:
    """What a partner was sent on the day of publication is read as that, and is written so today."""
    assert set(WIRE[topic]) == set(STORED[topic]["samples"])
    for name, body in WIRE[topic].items():
        stored = bytes.fromhex(STORED[topic]["samples"][name])
        schema, found = SCHEMAS.decode(stored.removeprefix(MAGIC))
        assert MAGIC + STORED[topic]["id"].to_bytes(4, "big") == stored[:5]
        assert (topic, body) == (schema.topic, found)
        assert stored == MAGIC + SCHEMAS.encode(topic, body)


# ------------------------------------------------------------------------------------------- publishing itself


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, Path]:
    """A copy of what is published, and of the schemas."""
    shutil.copytree(FOLDER, tmp_path / "avro")
    shutil.copy(PUBLISHED, tmp_path / "published.json")
    return tmp_path / "published.json", tmp_path / "avro"


def test_publishing_adds_what_is_new_and_only_that(place: tuple[Path, Path]) -> None:
    """An entry that is missing is made as it was; a second run finds nothing to do."""
    path, folder = place
    whole = path.read_text(encoding="utf-8")
    left = {topic: entry for topic, entry in json.loads(whole).items() if topic != "plan.closed.v1"}
    path.write_text(json.dumps(left), encoding="utf-8")

    assert ["plan.closed.v1"] == publish(path, folder)
    assert whole == path.read_text(encoding="utf-8")
    assert [] == publish(path, folder)


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_publishing_refuses_a_change_of_what_is_published(place: tuple[Path, Path], change: str) -> None:
    """A category that was edited, which changes no id, or a file that is gone: refused, and nothing is written."""
    path, folder = place
    file = folder / "plan.closed.v1.avsc"
    if change == "edited":
        file.write_text(
            file.read_text(encoding="utf-8").replace('"hub.category": "plan"', '"hub.category": "work"'),
            "utf-8",
        )
    else:
        file.unlink()
    before = path.read_bytes()
    with pytest.raises(Refused, match=f"plan.closed.v1 was {change}"):
        publish(path, folder)

    assert before == path.read_bytes()


def test_a_schema_without_an_event_is_not_published(place: tuple[Path, Path]) -> None:
    """A file that no event class stands behind is refused."""
    path, folder = place
    stray = {"type": "record", "name": "stray_v1", "fields": [{"name": "a", "type": "string"}]}
    (folder / "plan.stray.v1.avsc").write_text(json.dumps(stray), encoding="utf-8")
    with pytest.raises(Refused, match="no event class"):
        publish(path, folder)


# ---------------------------------------------------------------------------------- versions of the same event


def definition(topic: str) -> dict[str, Any]:
    """A published file."""
    found: dict[str, Any] = json.loads((FOLDER / f"{topic}.avsc").read_text(encoding="utf-8"))
    return found


def records(topic: str) -> list[dict[str, Any]]:
    """Bodies of an event: the fixed samples, and generated ones; of what goes to partners: the fixed ones."""
    if topic in WIRE:
        return list(WIRE[topic].values())
    made = [sample(topic, full=True), sample(topic, full=False)]

    @settings(max_examples=25, derandomize=True, database=None, deadline=None)
    @given(events(topic))
    def generate(happened: Any) -> None:
        made.append(happened)

    generate()
    return [body_of(each)[0] for each in made]


def test_all_versions_of_an_event_read_each_other() -> None:
    """FULL_TRANSITIVE: every version reads every other's records, and no field changes who may see it."""
    versions = defaultdict(list)
    for topic in sorted([*event_classes(), *OLDER, *WIRE]):
        versions[SCHEMAS.by_topic[topic].event].append(topic)
    for topics in versions.values():
        for old, new in itertools.combinations(topics, 2):
            samples = [(n, body) for n, topic in enumerate((old, new)) for body in records(topic)]
            assert [] == incompatibilities(definition(old), definition(new), samples)


def changed(**how: Any) -> dict[str, Any]:
    """A second version of an event, with a field added, its last field changed, or it taken away."""
    new = {**definition("plan.goal_reached.v1"), "name": "goal_reached_v2"}
    *rest, last = new["fields"]
    if how.get("without"):
        return {**new, "fields": rest}
    added = [{"name": "note", **how["added"]}] if "added" in how else []
    return {**new, "fields": [*rest, {**last, **how.get("last", {})}, *added]}


RECORDS = records("plan.goal_reached.v1")


@pytest.mark.parametrize(
    ("new", "compatible"),
    [
        (changed(), True),
        (changed(added={"type": ["null", "string"], "default": None, "hub.kind": "term"}), True),
        (changed(added={"type": ["null", "string"], "hub.kind": "term"}), False),
        (changed(added={"type": "long", "default": 0, "hub.kind": "term"}), True),
        (changed(without=True), False),
        (changed(last={"type": "long"}), False),
        (changed(last={"hub.category": "work"}), False),
        (changed(last={"hub.kind": "term"}), False),
        (changed(last={"hub.key": True}), False),
    ],
)
def test_the_check_of_versions_finds_what_breaks(new: dict[str, Any], compatible: bool) -> None:
    """Control: what may be added is let through; a field lost, retyped, without a default or relabelled is found."""
    old = definition("plan.goal_reached.v1")
    bodies = RECORDS
    names = {field["name"] for field in new["fields"]}
    filled = [{name: body.get(name) for name in names} for body in bodies]
    for each in filled:
        if "note" in each:
            each["note"] = 0 if new["fields"][-1]["type"] == "long" else None
        if new["fields"][-1]["type"] == "long" and "words" in each:
            each["words"] = 7 if new["fields"][-1]["name"] == "words" else each["words"]
    samples = [(0, body) for body in bodies] + [(1, body) for body in filled]

    assert compatible == (not incompatibilities(old, new, samples))


def test_the_check_of_versions_finds_what_breaks_for_partners() -> None:
    """Control: a record that gains a field with a default is let through; one that loses a field is found."""
    old, bodies = definition("topic.record.v1"), records("topic.record.v1")
    grown = {**old, "fields": [*old["fields"], {"name": "note", "type": "string", "default": ""}]}
    shrunk = {**old, "fields": [field for field in old["fields"] if field["name"] != "why"]}

    kept = [(0, body) for body in bodies]
    assert [] == incompatibilities(old, grown, [*kept, *((1, {**body, "note": "x"}) for body in bodies)])
    assert incompatibilities(old, shrunk, [*kept, *((1, body) for body in bodies)])
