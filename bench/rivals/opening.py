"""Opening a record of the log with cryptography and fastavro alone: what every rival that reads has to do."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastavro import parse_schema, schemaless_reader
from fastavro.schema import to_parsing_canonical_form

NOBODY: Final = bytes(16)


class Opener:
    """Envelope → seal → Avro body. The keys are in memory, each with its cipher made."""

    def __init__(self, schemas: Path, keys: dict[bytes, AESGCM], namespace: bytes) -> None:
        self._keys = keys
        self._namespace = namespace
        self._schemas: dict[bytes, Any] = {}
        for path in schemas.glob("*.avsc"):
            definition = json.loads(path.read_text(encoding="utf-8"))
            digest = hashlib.sha256(to_parsing_canonical_form(definition).encode()).digest()
            number = int.from_bytes(digest[:4], "big") >> 1
            parsed = parse_schema(definition, named_schemas={})
            if path.name == "envelope.v1.avsc":
                self._envelope = parsed
            else:
                self._schemas[number.to_bytes(4, "big")] = parsed

    def open(self, citizen: UUID | None, value: bytes) -> dict[str, Any]:
        """The body of one record."""
        return self.opened(citizen, value)[1]

    def opened(self, citizen: UUID | None, value: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        """The envelope and the body of one record."""
        stream = BytesIO(value)
        stream.seek(5)
        envelope: Any = schemaless_reader(stream, self._envelope, None)
        where = envelope["originator_id"] + envelope["version"].to_bytes(8, "big")
        digest = hashlib.sha1(self._namespace + where, usedforsecurity=False).digest()
        place = UUID(bytes=digest[:16], version=5).bytes + (citizen.bytes if citizen else NOBODY) + where
        inside = self._keys[envelope["key_id"]].decrypt(envelope["nonce"], envelope["ciphertext"], place)
        stream = BytesIO(inside)
        stream.seek(4)
        body: Any = schemaless_reader(stream, self._schemas[inside[:4]], None)
        return envelope, body
