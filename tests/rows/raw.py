"""The log of a played municipality, read with plain SQL and opened by hand: nothing of the hub's own is used for it.

Each record is unpacked, its key unwrapped with the root key, its seal opened, and what is inside decoded by the
published schemas, so that a row of the inventory is found in what was written, not in what the hub says was.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_OID, UUID

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastavro import parse_schema, schemaless_reader
from fastavro.schema import to_parsing_canonical_form

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas" / "avro"
_NONCE: Final = 12
_NOBODY: Final = UUID(int=0)
_OFFERED: Final = "cooperation.offer_described"


class Event(NamedTuple):
    """One event of the log."""

    position: int
    citizen: UUID | None
    kind: str
    body: dict[str, Any]
    texts: dict[str, str]
    """Its free texts, by field; one whose key is gone is left out."""
    names: tuple[str, ...] = ()
    """What else it can be read by: the name of the person it is about, or of the offer."""

    def says(self, name: str) -> str:
        """A field as one word: a text's labels, or the value."""
        return str(self.body.get(name))


class Log:
    """Opens a log by hand."""

    def __init__(self, conninfo: str, root_key: Path) -> None:
        self._conninfo = conninfo
        self._root = AESGCM(hmac.digest(root_key.read_bytes(), b"hub wrap", "sha256"))
        self._schemas = dict(_published())
        self.slugs: dict[bytes, str] = {}
        """The short names of those who work, once the events are read."""
        self._envelope = next(avro for name, avro, _ in self._schemas.values() if name == "envelope.v1")

    def events(self) -> list[Event]:
        """Everything that is written, in order."""
        with psycopg.connect(self._conninfo) as connection:
            keys, of = {}, {}
            for key_id, citizen, wrapped in connection.execute(
                "SELECT key_id, citizen_id, wrapped FROM vault_keys"
            ):
                place = key_id.bytes + citizen.bytes
                keys[key_id] = of[citizen] = AESGCM(_unsealed(self._root, bytes(wrapped), place))
            words = dict(connection.execute("SELECT event_id, wrapped FROM vault_text_keys").fetchall())
            rows = connection.execute("SELECT position, citizen_id, value FROM events ORDER BY position")
            found = [self._event(row, keys, words) for row in rows]
            staff = connection.execute("SELECT person_id, slug, sealed FROM vault_persons").fetchall()
        known = {
            person.bytes: _unsealed(of[_NOBODY], bytes(sealed), b"person" + person.bytes)
            .decode()
            .split("\n")[0]
            for person, _, sealed in staff
        }
        self.slugs = {person.bytes: slug for person, slug, _ in staff}
        known |= {each.body["offer"]: each.body["name"] for each in found if each.kind == _OFFERED}
        return [each._replace(names=_names(each, known)) for each in found]

    def _event(self, row: tuple[Any, ...], keys: dict[UUID, AESGCM], words: dict[UUID, bytes]) -> Event:
        position, citizen, value = row
        envelope: Any = schemaless_reader(BytesIO(bytes(value)[5:]), self._envelope, None)
        key = keys[UUID(bytes=envelope["key_id"])]
        originator, version = envelope["originator_id"], envelope["version"]
        named = NAMESPACE_OID.bytes + originator + version.to_bytes(8, "big")
        event = UUID(bytes=hashlib.sha1(named, usedforsecurity=False).digest()[:16], version=5)
        place = event.bytes + (citizen or _NOBODY).bytes + originator + version.to_bytes(8, "big")
        inside = key.decrypt(envelope["nonce"], envelope["ciphertext"], place)
        topic, avro, texts = self._schemas[int.from_bytes(inside[:4], "big")]
        body: Any = schemaless_reader(BytesIO(inside[4:]), avro, None)
        opened = {}
        if envelope["texts"] and event in words:
            cipher = AESGCM(_unsealed(key, bytes(words[event]), b"text key" + event.bytes))
            for field, sealed in zip(texts, envelope["texts"], strict=True):
                if sealed:
                    opened[field] = _unsealed(cipher, sealed, event.bytes + field.encode()).decode()
        return Event(position, citizen, topic.rsplit(".v", 1)[0], body, opened)


def _names(event: Event, known: dict[bytes, str]) -> tuple[str, ...]:
    about = (event.body.get("person"), event.body.get("offer"))
    return tuple(known[each] for each in about if isinstance(each, bytes) and each in known)


def _published() -> Iterator[tuple[int, tuple[str, Any, list[str]]]]:
    for path in sorted(SCHEMAS.glob("*.avsc")):
        said = json.loads(path.read_text(encoding="utf-8"))
        number = int.from_bytes(hashlib.sha256(to_parsing_canonical_form(said).encode()).digest()[:4], "big")
        texts = [field["name"] for field in said["fields"] if field.get("hub.kind") == "text"]
        yield number >> 1, (path.name.removesuffix(".avsc"), parse_schema(said, named_schemas={}), texts)


def _unsealed(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
    except InvalidTag:
        raise SystemExit("A record of the played municipality does not open: play it again.") from None
