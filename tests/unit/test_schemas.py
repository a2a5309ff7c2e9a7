"""The port to Avro, and what comes in at it."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer, writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.encoding import body_of, event_classes
from hub.errors import Misconfigured, Unreadable
from hub.schemas import FOLDER, Envelope, Schemas, schema_id_of
from tests.contracts.publish import ENVELOPE
from tests.contracts.samples import sample

SCHEMAS = Schemas()
TOPICS = sorted(event_classes())
FUZZ = settings(
    max_examples=400,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def inside(topic: str, *, full: bool = True) -> bytes:
    """A sample as it goes inside the seal."""
    return SCHEMAS.encode(topic, body_of(sample(topic, full=full))[0])


def written(schema: Any, value: Any) -> bytes:
    """A value in some Avro."""
    out = BytesIO()
    schemaless_writer(out, parse_schema(schema), value)
    return out.getvalue()


# --------------------------------------------------------------------------------------------------- the id


def test_a_schema_id_is_of_the_canonical_form() -> None:
    """Documentation, order of attributes and the hub's own attributes change no id; a field does; it is 31 bits."""
    plain = {"type": "record", "name": "a", "fields": [{"name": "b", "type": "string"}]}
    dressed = {
        "doc": "x",
        "fields": [{"hub.kind": "text", "type": "string", "name": "b"}],
        "name": "a",
        "type": "record",
    }
    other = {"type": "record", "name": "a", "fields": [{"name": "b", "type": "long"}]}

    assert schema_id_of(plain) == schema_id_of(dressed) != schema_id_of(other)
    assert all(0 < schema.id < 2**31 for schema in SCHEMAS.by_topic.values())


def test_two_schemas_with_one_id_are_refused(tmp_path: Path) -> None:
    """A field that only changes its category needs another name, because its id would be the same."""
    for path in FOLDER.glob("*.avsc"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    definition = json.loads((FOLDER / "citizen.died.v1.avsc").read_text(encoding="utf-8"))
    definition["fields"][-1]["hub.category"] = "work"
    (tmp_path / "citizen.died.v2.avsc").write_text(json.dumps(definition), encoding="utf-8")
    with pytest.raises(Misconfigured, match="another name"):
        Schemas(tmp_path)


def test_a_hub_without_its_schemas_does_not_start(tmp_path: Path) -> None:
    """An empty folder is a wrong installation, and says so."""
    with pytest.raises(Misconfigured, match="installed with its schemas"):
        Schemas(tmp_path)


def test_an_event_without_a_schema_is_not_recorded() -> None:
    """What is not published cannot be written."""
    with pytest.raises(Misconfigured, match="published before"):
        SCHEMAS.encode("citizen.unheard_of.v1", {})


def test_a_field_that_says_nothing_of_its_kind_is_never_disclosed(tmp_path: Path) -> None:
    """Without `hub.kind` a field is a term."""
    for name in ("envelope.v1.avsc",):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    silent = {"type": "record", "name": "a", "fields": [{"name": "b", "type": "string"}]}
    (tmp_path / "a.b.v1.avsc").write_text(json.dumps(silent), encoding="utf-8")
    (shape,) = Schemas(tmp_path).by_topic["a.b.v1"].fields

    assert ("term", 0, False) == (shape.kind, shape.labels, shape.key)


# ---------------------------------------------------------------------------------------- what comes in at it


@pytest.mark.parametrize("topic", TOPICS)
def test_a_record_cut_anywhere_is_unreadable(topic: str) -> None:
    """Every proper beginning of a record is refused, and so is a record with anything after it."""
    for full in (True, False):
        whole = inside(topic, full=full)
        assert topic == SCHEMAS.decode(whole)[0].topic
        for end in range(len(whole)):
            with pytest.raises(Unreadable):
                SCHEMAS.decode(whole[:end])
        for more in (b"\x00", b"\x02", whole):
            with pytest.raises(Unreadable):
                SCHEMAS.decode(whole + more)


def test_an_envelope_cut_anywhere_is_unreadable() -> None:
    """So it is with the envelope around it."""
    whole = SCHEMAS.pack(ENVELOPE)
    assert ENVELOPE == SCHEMAS.unpack(whole)
    for end in range(len(whole)):
        with pytest.raises(Unreadable):
            SCHEMAS.unpack(whole[:end])
    for more in (b"\x00", whole):
        with pytest.raises(Unreadable):
            SCHEMAS.unpack(whole + more)


@pytest.mark.parametrize("number", [0, 1, 2**31, 2**32 - 1])
def test_an_unknown_schema_id_is_unreadable(number: int) -> None:
    """A number that is no schema's says to upgrade the hub, and not what stood behind it."""
    with pytest.raises(Unreadable, match="upgrade the hub") as caught:
        SCHEMAS.decode(number.to_bytes(4, "big") + b"Solveig")

    assert "Solveig" not in str(caught.value)


def test_a_record_under_another_schemas_id_is_unreadable_or_not_itself() -> None:
    """The body of one event under the id of another never opens as what it was, nor raises anything else."""
    for topic in TOPICS:
        body = inside(topic)[4:]
        for other in TOPICS:
            if other != topic:
                try:
                    schema, _ = SCHEMAS.decode(SCHEMAS.by_topic[other].id.to_bytes(4, "big") + body)
                except Unreadable:
                    continue
                assert other == schema.topic


def foreign() -> list[bytes]:
    """Avro of others: a container file, single-object encoding, another registry's record, plain values."""
    schema = {"type": "record", "name": "theirs", "fields": [{"name": "name", "type": "string"}]}
    container = BytesIO()
    writer(container, parse_schema(schema), [{"name": "Solveig"}])
    body = written(schema, {"name": "Solveig"})
    return [
        container.getvalue(),
        b"\xc3\x01" + bytes(8) + body,
        b"\x00" + (7).to_bytes(4, "big") + body,
        body,
        written("string", "Solveig"),
        b'{"name": "Solveig"}',
        b"",
        b"\x00",
        bytes(5),
    ]


@pytest.mark.parametrize("value", foreign(), ids=lambda value: value[:6].hex())
def test_foreign_avro_is_unreadable(value: bytes) -> None:
    """What somebody else wrote is refused at both borders, and nothing of it is in the message."""
    for opens in (SCHEMAS.decode, SCHEMAS.unpack):
        with pytest.raises(Unreadable) as caught:
            opens(value)
        assert "Solveig" not in str(caught.value)


def test_an_envelope_of_another_schema_is_unreadable() -> None:
    """An event's body is no envelope, an envelope no event's body, also when the prefix is right."""
    sealed = SCHEMAS.pack(ENVELOPE)
    with pytest.raises(Unreadable):
        SCHEMAS.unpack(b"\x00" + inside("citizen.hope_told.v1"))
    with pytest.raises(Unreadable):
        SCHEMAS.unpack(sealed[:5] + inside("citizen.hope_told.v1")[4:])
    with pytest.raises(Unreadable):
        SCHEMAS.unpack(b"\x01" + sealed[1:])
    for topic in TOPICS:
        try:
            SCHEMAS.decode(SCHEMAS.by_topic[topic].id.to_bytes(4, "big") + sealed[5:])
        except Unreadable:
            continue
        pytest.fail(f"an envelope opened as {topic}")


# A length or a count that nobody has: 2**62 bytes, and a negative number of them.
HUGE, NEGATIVE = b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x01"


@pytest.mark.parametrize("length", [HUGE, NEGATIVE, b"\xff" * 10, b"\xff" * 40, b"\xfe\xff\xff\xff\x0f"])
def test_a_length_that_cannot_be_is_unreadable(length: bytes) -> None:
    """A length or count that is negative or larger than the record takes no memory and opens nothing."""
    prefix = SCHEMAS.pack(ENVELOPE)[:5]
    head = ENVELOPE.key_id.bytes + ENVELOPE.originator_id.bytes + b"\x06" + ENVELOPE.nonce
    for value in (
        head + length,
        head + length + b"x" * 40,
        head + b"\x02x" + length,
        head + b"\x02x\x02" + length,
    ):
        with pytest.raises(Unreadable):
            SCHEMAS.unpack(prefix + value)


@FUZZ
@given(st.binary(max_size=200), st.sampled_from(TOPICS))
def test_random_bytes_are_unreadable_or_a_record(data: bytes, topic: str) -> None:
    """Whatever stands behind a known id or prefix opens or is Unreadable; nothing else is ever raised."""
    for opens, value in (
        (SCHEMAS.decode, data),
        (SCHEMAS.decode, SCHEMAS.by_topic[topic].id.to_bytes(4, "big") + data),
        (SCHEMAS.unpack, data),
        (SCHEMAS.unpack, SCHEMAS.pack(ENVELOPE)[:5] + data),
    ):
        try:
            opens(value)  # type: ignore[operator]
        except Unreadable:
            continue


@FUZZ
@given(
    st.sampled_from(TOPICS),
    st.booleans(),
    st.lists(
        st.tuples(st.integers(min_value=0), st.binary(max_size=9), st.integers(0, 9)), min_size=1, max_size=3
    ),
)
def test_a_mutated_record_is_unreadable_or_a_record(
    topic: str, full: bool, changes: list[tuple[int, bytes, int]]
) -> None:
    """Bytes put in, taken out or changed anywhere: it opens or is Unreadable."""
    for opens, whole in (
        (SCHEMAS.decode, inside(topic, full=full)),
        (SCHEMAS.unpack, SCHEMAS.pack(ENVELOPE)),
    ):
        data = whole
        for place, new, gone in changes:
            at = place % (len(data) + 1)
            data = data[:at] + new + data[at + gone :]
        try:
            opens(data)  # type: ignore[operator]
        except Unreadable:
            continue


@FUZZ
@given(
    st.builds(
        Envelope,
        st.uuids(),
        st.uuids(),
        st.integers(0, 2**62),
        st.binary(min_size=12, max_size=12),
        st.binary(max_size=99),
        st.lists(st.binary(max_size=9), max_size=4).map(tuple),
    )
)
def test_every_envelope_comes_back(envelope: Envelope) -> None:
    """An envelope is the same after it was packed, and packs to the same bytes again."""
    packed = SCHEMAS.pack(envelope)

    assert envelope == SCHEMAS.unpack(packed)
    assert packed == SCHEMAS.pack(SCHEMAS.unpack(packed))
