"""The port to Avro: the published schemas, and bytes to and from them.

A schema id is 31 bits of the SHA-256 of the schema's parsing canonical form (Avro 1.12, "Parsing Canonical Form
for Schemas"), so that branches never fight over numbers. What the canonical form leaves out, the `hub.*`
attributes, decides who may see a field; it is never edited once published.
"""

import functools
import hashlib
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import to_parsing_canonical_form

from hub.errors import Misconfigured, Unreadable
from hub.vocabulary import mask_of

FOLDER: Final = Path(__file__).resolve().parents[1] / "schemas" / "avro"
_ID: Final = 4
_NONCE: Final = 12
_AFTER_IDS: Final = 5 + 16 + 16
"""Where an envelope's version begins: behind the prefix, the key's id and the originator's."""
MAGIC: Final = b"\x00"
"""First byte of the Confluent wire format: magic, schema id (4 bytes, big endian), Avro body."""

Body = dict[str, Any]
"""A decoded Avro record: ids are 16 bytes, times are microseconds since 1970 UTC, labels are written out."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a schema says of one field: how it is disclosed, if at all."""

    name: str
    kind: str
    """`envelope` and `term` are never disclosed; `text value partner partners person` can be."""
    labels: int
    """The category that the schema names, as a bit set; 0 where only the instance's labels count."""
    key: bool
    reveals: str | None
    """The table that adds what naming the value reveals (`paragraph`)."""
    type: str | None
    """How to read a plain value: `microseconds`, `date`, `labels`."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One published version of one event type."""

    id: int
    topic: str
    event: str
    avro: Any
    fields: tuple[FieldShape, ...]
    texts: tuple[str, ...]
    """The free-text fields in their order: the envelope's texts stand in the same order."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A value of `hub.events`: who is sealed under which key, and nothing that tells what happened."""

    key_id: UUID
    originator_id: UUID
    version: int
    nonce: bytes
    ciphertext: bytes
    texts: tuple[bytes, ...]


class Schemas:
    """Every schema that was ever published, by id and by topic."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.by_id: dict[int, Schema] = {}
        self.by_topic: dict[str, Schema] = {}
        for path in sorted(folder.glob("*.avsc")):
            self._add(path)
        if "envelope.v1" not in self.by_topic:
            raise Misconfigured(
                f"No envelope.v1.avsc in {folder}: the hub is to be installed with its schemas."
            )
        self._envelope = self.by_topic["envelope.v1"]
        self._prefix = MAGIC + self._envelope.id.to_bytes(_ID, "big")

    def _add(self, path: Path) -> None:
        schema = _published(path, path.stat().st_mtime_ns)
        if schema.id in self.by_id:
            raise Misconfigured(
                f"{path.name} has the schema id of {self.by_id[schema.id].topic}: a change of a field's category "
                "is a new event type, so give it another name.",
            )
        self.by_id[schema.id] = self.by_topic[schema.topic] = schema

    def encode(self, topic: str, body: Body) -> bytes:
        """An event's body behind its schema id, as it goes inside the seal."""
        schema = self.by_topic.get(topic)
        if schema is None:
            raise Misconfigured(
                f"There is no schema {topic}.avsc: an event is published before it is recorded."
            )
        out = BytesIO(schema.id.to_bytes(_ID, "big"))
        out.seek(4)
        schemaless_writer(out, schema.avro, body)
        return out.getvalue()

    def decode(self, inside: bytes) -> tuple[Schema, Body]:
        """The inverse of `encode`; raises Unreadable with the schema, never with content."""
        schema = self.by_id.get(int.from_bytes(inside[:_ID], "big")) if len(inside) >= _ID else None
        if schema is None:
            raise Unreadable(
                "The record names a schema that this hub does not know: upgrade the hub, then replay it."
            )
        return schema, _read(schema, inside, _ID)

    def wire(self, topic: str, body: Body) -> bytes:
        """A record for a partner's topic: plain Avro in the Confluent wire format, for any standard deserializer."""
        return MAGIC + self.encode(topic, body)

    def unwire(self, value: bytes) -> tuple[Schema, Body]:
        """The inverse of `wire`; raises Unreadable."""
        if value[:1] != MAGIC:
            raise Unreadable("The record is not in the Confluent wire format: it begins with a zero byte.")
        return self.decode(value[1:])

    def pack(self, envelope: Envelope) -> bytes:
        """An envelope as it is stored and relayed, byte for byte.

        Written by hand, as Avro's binary encoding has it: every event passes here, and it is a third of the time.
        """
        texts = envelope.texts
        blocks = (
            [_long(len(texts)), *(part for text in texts for part in (_long(len(text)), text))]
            if texts
            else []
        )
        return b"".join(
            (
                self._prefix,
                envelope.key_id.bytes,
                envelope.originator_id.bytes,
                _long(envelope.version),
                envelope.nonce,
                _long(len(envelope.ciphertext)),
                envelope.ciphertext,
                *blocks,
                b"\x00",
            )
        )

    def unpack(self, value: bytes) -> Envelope:
        """The inverse of `pack`; raises Unreadable for anything that `pack` did not write."""
        if value[:5] != self._prefix:
            raise Unreadable(
                "The record is no envelope of this hub: it came from elsewhere, or from a newer version."
            )
        texts: list[bytes] = []
        try:
            version, nonce = _number(value, _AFTER_IDS)
            length, start = _number(value, nonce + _NONCE)
            end = here = start + length
            count, here = _number(value, here)
            while count:
                for _ in range(count):
                    length, begin = _number(value, here)
                    here = begin + length
                    texts.append(value[begin:here])
                count, here = _number(value, here)
        except IndexError:
            here = -1
        if here != len(value):
            raise Unreadable("The record is not whole, or no envelope: take it again from where it came.")
        return Envelope(
            UUID(bytes=value[5:21]),
            UUID(bytes=value[21:_AFTER_IDS]),
            version,
            value[nonce : nonce + _NONCE],
            value[start:end],
            tuple(texts),
        )


def _long(number: int) -> bytes:
    """A number that is not negative, as Avro writes a long: zig-zag, seven bits a byte, the lowest first."""
    zigzag = number << 1
    if zigzag < 128:  # noqa: PLR2004 - seven bits
        return zigzag.to_bytes(1, "big")
    out = bytearray()
    while zigzag > 127:  # noqa: PLR2004
        out.append(zigzag & 127 | 128)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The inverse of `_long` at a place, and the place behind it; IndexError past the end and for less than none."""
    byte = data[at]
    if byte < 128:  # noqa: PLR2004
        zigzag, behind = byte, at + 1
    else:
        zigzag, shift, behind = byte & 127, 7, at + 1
        while (byte := data[behind]) > 127:  # noqa: PLR2004
            zigzag |= (byte & 127) << shift
            shift, behind = shift + 7, behind + 1
        zigzag, behind = zigzag | byte << shift, behind + 1
    if zigzag & 1 or zigzag >> 64:
        raise IndexError
    return zigzag >> 1, behind


def schema_id_of(definition: Any) -> int:
    """31 bits of the SHA-256 of a schema's canonical form."""
    canonical = to_parsing_canonical_form(definition).encode()
    return int.from_bytes(hashlib.sha256(canonical).digest()[:4], "big") >> 1


@functools.cache
def _published(path: Path, _changed: int) -> Schema:
    """A schema as its file says it; a file is read once in a process, and again when it has been changed."""
    definition = json.loads(path.read_text(encoding="utf-8"))
    topic = path.name.removesuffix(".avsc")
    fields = tuple(_shape(field) for field in definition["fields"])
    return Schema(
        schema_id_of(definition),
        topic,
        topic.rsplit(".v", 1)[0],
        parse_schema(definition, named_schemas={}),
        fields,
        tuple(field.name for field in fields if field.kind == "text"),
    )


def _shape(field: dict[str, Any]) -> FieldShape:
    category = field.get("hub.category")
    return FieldShape(
        field["name"],
        field.get("hub.kind", "term"),
        mask_of(category) if category else 0,
        bool(field.get("hub.key")),
        field.get("hub.reveals"),
        field.get("hub.type"),
    )


def _read(schema: Schema, data: bytes, start: int) -> Body:
    stream = BytesIO(data)
    stream.seek(start)
    try:
        body = schemaless_reader(stream, schema.avro, None)
    except (EOFError, ValueError, IndexError, OverflowError, MemoryError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict) or stream.tell() != len(data):
        raise Unreadable(f"The record is not whole, or no {schema.topic}: take it again from where it came.")
    return body
