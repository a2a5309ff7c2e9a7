"""Two databases, one citizen: what stands on the log of each, opened by hand, row by row.

Nothing of the hub's own export, import, sealer or mapper is used: rows come from SQL as they lie there, and are opened
here with AES-256-GCM from the root key, and the envelope is read by fastavro from the schema file.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import fastavro
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NOBODY = UUID(int=0)
SCHEMAS = Path(__file__).resolve().parents[1] / "schemas" / "avro"
ENVELOPE = fastavro.parse_schema(json.loads((SCHEMAS / "envelope.v1.avsc").read_text(encoding="utf-8")))


class Row(NamedTuple):
    """What one event is, wherever it lies: nothing of keys, nonces or positions."""

    originator: UUID
    version: int
    citizen: UUID | None
    recorded_at: str
    inside: bytes
    """The schema's id and the Avro body, byte for byte."""
    texts: tuple[bytes | None, ...]
    """The words in clear; None where they are gone."""


class Keys:
    """Opens what one hub has sealed."""

    def __init__(self, connection: psycopg.Connection[Any], root: bytes) -> None:
        wrapper = AESGCM(hmac.digest(root, b"hub wrap", "sha256"))
        self._keys = {
            key: AESGCM(wrapper.decrypt(wrapped[:12], wrapped[12:], key.bytes + citizen.bytes))
            for key, citizen, wrapped in connection.execute(
                "SELECT key_id, citizen_id, wrapped FROM vault_keys"
            )
        }
        self._texts = dict(connection.execute("SELECT event_id, wrapped FROM vault_text_keys"))

    def opened(self, row: tuple[Any, ...]) -> Row:
        """One row of the table of events, open."""
        originator, version, citizen, recorded, value = row
        stream = BytesIO(value)
        assert b"\x00" == stream.read(1)
        stream.read(4)
        envelope: Any = fastavro.schemaless_reader(stream, ENVELOPE, None)
        place = hashlib.sha1(UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8").bytes + originator.bytes
                             + version.to_bytes(8, "big"), usedforsecurity=False).digest()  # fmt: skip
        event = UUID(bytes=place[:16], version=5)
        key = self._keys[UUID(bytes=envelope["key_id"])]
        bound = event.bytes + (citizen or NOBODY).bytes + originator.bytes + version.to_bytes(8, "big")
        inside = key.decrypt(envelope["nonce"], envelope["ciphertext"], bound)
        texts = tuple(self._words(event, key, inside, envelope["texts"]))
        return Row(originator, version, citizen, recorded, inside, texts)

    def _words(self, event: UUID, key: AESGCM, inside: bytes, sealed: list[bytes]) -> Iterator[bytes | None]:
        wrapped = self._texts.get(event)
        cipher = None
        if wrapped is not None:
            cipher = AESGCM(key.decrypt(wrapped[:12], wrapped[12:], b"text key" + event.bytes))
        for name, text in zip(text_fields(inside), sealed, strict=False):
            if text:
                bound = event.bytes + name.encode()
                yield None if cipher is None else cipher.decrypt(text[:12], text[12:], bound)


def text_fields(inside: bytes) -> list[str]:
    """The free-text fields of an event, by the id of its schema."""
    return FIELDS[int.from_bytes(inside[:4], "big")]


def _fields() -> dict[int, list[str]]:
    found = {}
    for path in SCHEMAS.glob("*.avsc"):
        definition = json.loads(path.read_text(encoding="utf-8"))
        canonical = fastavro.schema.to_parsing_canonical_form(definition).encode()
        number = int.from_bytes(hashlib.sha256(canonical).digest()[:4], "big") >> 1
        found[number] = [one["name"] for one in definition["fields"] if one.get("hub.kind") == "text"]
    return found


FIELDS = _fields()

_EVENTS = """
    SELECT originator_id, originator_version, citizen_id, recorded_at::text, value FROM {table}
    WHERE {which} ORDER BY position
"""


def on_the_log(conninfo: str, root: bytes, citizen: UUID, streams: list[UUID]) -> list[Row]:
    """A citizen's events and those of these organisations, in the order of the log."""
    with psycopg.connect(conninfo) as connection:
        keys = Keys(connection, root)
        which = "citizen_id = %s OR originator_id = ANY(%s)"
        rows = connection.execute(_EVENTS.format(table="events", which=which), (citizen, streams)).fetchall()  # type: ignore[arg-type]
        return [keys.opened(row) for row in rows]


def on_the_timeline(conninfo: str, root: bytes, citizen: UUID) -> list[Row]:
    """A citizen's rows of the timeline, in its order."""
    with psycopg.connect(conninfo) as connection:
        keys = Keys(connection, root)
        schema = live(connection, "timeline")
        query = f"""
            SELECT originator_id, originator_version, citizen_id, '' AS recorded, value FROM "{schema}".timeline
            WHERE citizen_id = %s ORDER BY position
        """
        return [keys.opened(row) for row in connection.execute(query, (citizen,)).fetchall()]  # type: ignore[arg-type]


def live(connection: psycopg.Connection[Any], view: str) -> str:
    """The schema in which a read model's live generation lies."""
    found = connection.execute(
        "SELECT schema_name FROM generations WHERE view = %s AND live", (view,)
    ).fetchone()
    assert found is not None
    return str(found[0])


def statements(conninfo: str, citizen: UUID, partners: list[UUID]) -> list[tuple[Any, ...]]:
    """What was said of the citizen and of these organisations, in order, without its places on the log."""
    query = """
        SELECT ordinal, citizen_id, partner_id, kind, restricts, body::text, recorded_at::text FROM statements
        WHERE citizen_id = %s OR (citizen_id IS NULL AND partner_id = ANY(%s)) ORDER BY position, ordinal
    """
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query, (citizen, partners)).fetchall()


def commands(conninfo: str) -> list[tuple[Any, ...]]:
    """The commands that were carried out, and their answers, in order."""
    with psycopg.connect(conninfo) as connection:
        query = "SELECT command_id, answer::text FROM commands ORDER BY position, command_id"
        return connection.execute(query).fetchall()


def partner_rows(conninfo: str, root: bytes, citizen: UUID) -> list[tuple[Any, ...]]:
    """The rows of every partner's view of the citizen, opened: partner, event, purposes, end, content, words."""
    with psycopg.connect(conninfo) as connection:
        keys = Keys(connection, root)
        schema = live(connection, "partner_view")
        mine = connection.execute(
            "SELECT key_id FROM vault_keys WHERE citizen_id = %s", (citizen,)
        ).fetchone()
        assert mine is not None
        key = keys._keys[mine[0]]
        query = f"""
            SELECT partner_id, event_id, purposes, valid_until::text, sealed, texts, text_events
            FROM "{schema}".partner_view WHERE citizen_id = %s ORDER BY partner_id, position
        """
        found = []
        for row in connection.execute(query, (citizen,)).fetchall():  # type: ignore[arg-type]
            partner, event, purposes, until, sealed, texts, text_events = row
            content = key.decrypt(sealed[:12], sealed[12:], b"row" + partner.bytes + event.bytes)
            names = json.loads(content)["texts"]
            words = []
            for name, text, source in zip(names, texts, text_events, strict=True):
                wrapped = keys._texts.get(source)
                if wrapped is None:
                    words.append(None)
                    continue
                cipher = AESGCM(key.decrypt(wrapped[:12], wrapped[12:], b"text key" + source.bytes))
                field = name if source == event else "text"
                words.append(cipher.decrypt(text[:12], text[12:], source.bytes + field.encode()))
            found.append((partner, event, purposes, until, content, tuple(words)))
        return found


def due(conninfo: str, citizen: UUID) -> list[tuple[Any, ...]]:
    """What the list of things due holds of the citizen, in order, without its places on the log."""
    with psycopg.connect(conninfo) as connection:
        query = f"""
            SELECT rule, what, matter, originator_id, event_id, day, clock, recorder, named, persons, but_not
            FROM "{live(connection, "due")}".due WHERE citizen_id = %s ORDER BY position, rule, what, matter
        """
        return connection.execute(query, (citizen,)).fetchall()  # type: ignore[arg-type]


def first_difference(ours: list[Any], theirs: list[Any]) -> str | None:
    """Where two lists differ first, by place; None when they are byte for byte the same."""
    for place, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if one != other:
            return f"row {place}"
    return None if len(ours) == len(theirs) else f"{len(ours)} rows here, {len(theirs)} there"
