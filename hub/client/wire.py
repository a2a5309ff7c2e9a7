"""The published shapes: what they look like to a partner's program, and bytes to and from them."""

import hashlib
import json
import struct
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import to_parsing_canonical_form

from .broker import ClientError

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas" / "avro"
_BODY: Final = 5
"""Where the Avro body begins: behind a zero and the schema id (4 bytes, big endian)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event of one citizen, as much as you may see now; schemas/avro/topic.record.v1.avsc tells each field."""

    key: str
    sequence: int | None
    valid_until: datetime | None
    citizen: str
    event: str
    happened: str | None
    recorded: str
    purposes: list[str]
    why: str
    fields: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that you are to do; schemas/avro/topic.notice.v1.avsc tells each field."""

    notice: str
    kind: str
    citizen: str
    records: list[str]
    purge_by: str


class Aside(NamedTuple):
    """A record that could not be read: where it is on the topic, its key, and why."""

    offset: int
    key: str | None
    reason: str


class Foreign(Exception):
    """A value that is none of the published shapes; the message is why, without content."""


class Wire:
    """The published shapes: by schema id for reading, by name for writing."""

    def __init__(self, folder: Path) -> None:
        self._by_id: dict[int, tuple[str, Any]] = {}
        self._ids: dict[str, int] = {}
        for path in sorted(folder.glob("topic.*.avsc")) + sorted(folder.glob("inbox.*.avsc")):
            definition = json.loads(path.read_text(encoding="utf-8"))
            digest = hashlib.sha256(to_parsing_canonical_form(definition).encode()).digest()
            schema_id, name = int.from_bytes(digest[:4], "big") >> 1, path.name.removesuffix(".avsc")
            self._by_id[schema_id] = (name.rsplit(".v", 1)[0], parse_schema(definition, named_schemas={}))
            self._ids[name] = schema_id
        if not {"topic.record.v1", "topic.notice.v1", "inbox.purge_confirmed.v1"} <= set(self._ids):
            raise ClientError(
                f"The hub's schemas are not in {folder}: name the folder that has topic.record.v1.avsc."
            )

    def read(self, value: bytes) -> tuple[str, dict[str, Any]]:
        """The shape's name without its version, and what is in it; the writer's schema decides, so new versions do."""
        if len(value) < _BODY or value[0]:
            raise Foreign("it does not begin as the Confluent wire format does")
        known = self._by_id.get(int.from_bytes(value[1:_BODY], "big"))
        if known is None:
            raise Foreign("its schema is not among yours: take the hub's schemas anew, then call rebuild()")
        stream = BytesIO(value)
        stream.seek(_BODY)
        try:
            body = schemaless_reader(stream, known[1], None)
        except (EOFError, ValueError, LookupError, ArithmeticError, TypeError, MemoryError, struct.error):
            body = None
        if not isinstance(body, dict) or stream.tell() != len(value):
            raise Foreign(f"it is not whole, or no {known[0]}")
        return known[0], body

    def write(self, name: str, body: dict[str, Any]) -> bytes:
        """A value as it goes on a topic."""
        schema_id = self._ids[name]
        out = BytesIO(b"\x00" + schema_id.to_bytes(4, "big"))
        out.seek(_BODY)
        schemaless_writer(out, self._by_id[schema_id][1], body)
        return out.getvalue()
