"""The envelope is written by hand; a library that knows Avro reads it, and writes the same bytes."""

import io
from uuid import UUID

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from hub.schemas import Envelope, Schemas

SCHEMAS = Schemas()
LONG = st.one_of(st.sampled_from([1, 63, 64, 8191, 8192, 2**31, 2**62]), st.integers(1, 2**40))
BYTES = st.one_of(st.binary(max_size=200), st.sampled_from([b"", b"x" * 63, b"x" * 64, b"x" * 9000]))


@given(st.uuids(), st.uuids(), LONG, st.binary(min_size=12, max_size=12), BYTES, st.lists(BYTES, max_size=4))
def test_the_bytes_are_those_that_the_avro_library_writes(
    key: UUID, originator: UUID, version: int, nonce: bytes, ciphertext: bytes, texts: list[bytes]
) -> None:
    """An envelope packed by hand equals, byte for byte, what fastavro writes from the published schema."""
    envelope = Envelope(key, originator, version, nonce, ciphertext, tuple(texts))
    schema = SCHEMAS.by_topic["envelope.v1"]
    out = io.BytesIO()
    fields = {
        "key_id": key.bytes,
        "originator_id": originator.bytes,
        "version": version,
        "nonce": nonce,
        "ciphertext": ciphertext,
        "texts": texts,
    }
    fastavro.schemaless_writer(out, schema.avro, fields)

    packed = SCHEMAS.pack(envelope)

    assert packed == b"\x00" + schema.id.to_bytes(4, "big") + out.getvalue()
    assert envelope == SCHEMAS.unpack(packed)
