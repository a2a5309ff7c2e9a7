"""Rival of an import: a loop that seals and COPYs the same rows, and decides, reads and looks up nothing."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastavro import schemaless_writer
from psycopg import Connection

TYPES: Final[dict[LiteralString, tuple[str, ...]]] = {
    "vault_keys (key_id, citizen_id, wrapped)": ("uuid", "uuid", "bytea"),
    "vault_citizens (citizen_id, cpr_lookup, name_lookup, sealed)": ("uuid", "bytea", "bytea", "bytea"),
    "vault_originals (source, kind, identity, digest, citizen_id, sealed)": (
        *("text", "text", "bytea", "bytea", "uuid", "bytea"),
    ),
    "events (position, originator_id, originator_version, citizen_id, recorded_at, log_time, value)": (
        *("int8", "uuid", "int8", "uuid", "timestamptz", "timestamptz", "bytea"),
    ),
    "vault_text_keys (event_id, citizen_id, wrapped)": ("uuid", "uuid", "bytea"),
    "statements (position, ordinal, citizen_id, partner_id, kind, restricts, body, recorded_at)": (
        *("int8", "int4", "uuid", "uuid", "text", "bool", "jsonb", "timestamptz"),
    ),
    "commands (command_id, position, answer)": ("uuid", "int8", "jsonb"),
}
KEYS, CITIZENS, ORIGINALS, EVENTS, TEXTS, STATEMENTS, COMMANDS = TYPES


class Plain(NamedTuple):
    """An event before it is sealed."""

    schema: Any
    schema_id: bytes
    body: dict[str, Any]
    words: tuple[tuple[str, str | None], ...]
    originator: UUID
    version: int
    citizen: UUID
    recorded_at: datetime
    statements: tuple[tuple[Any, ...], ...]
    """Partner, kind, whether it restricts, and its body ready as jsonb."""


@dataclass(slots=True)
class Portion:
    """What is written in one transaction."""

    keys: list[tuple[Any, ...]] = field(default_factory=list)
    citizens: list[tuple[Any, ...]] = field(default_factory=list)
    originals: list[tuple[str, str, bytes, bytes, UUID, bytes]] = field(default_factory=list)
    """With the content in clear."""
    events: list[Plain] = field(default_factory=list)
    commands: list[tuple[UUID, int, Any]] = field(default_factory=list)
    """With the index of the first event."""


def load(
    connection: Connection,
    portions: Sequence[Portion],
    ciphers: dict[UUID, tuple[bytes, AESGCM]],
    envelope: tuple[Any, bytes],
    namespace: bytes,
) -> int:
    """Seal and write everything; the number of rows."""
    rows = 0
    base = connection.execute("SELECT position FROM log_head").fetchone()
    position = base[0] if base else 0
    for portion in portions:
        tables = seal(portion, ciphers, envelope, namespace, position)
        with connection.transaction():
            for table, lines in tables.items():
                rows += _copy(connection, table, lines)
            position += len(portion.events)
            connection.execute("UPDATE log_head SET position = %s", (position,))
    return rows


def seal(
    portion: Portion,
    ciphers: dict[UUID, tuple[bytes, AESGCM]],
    envelope: tuple[Any, bytes],
    namespace: bytes,
    base: int,
) -> dict[LiteralString, list[Any]]:
    """The rows of each table."""
    token = secrets.token_bytes
    originals = []
    for source, kind, identity, digest, citizen, content in portion.originals:
        nonce = token(12)
        sealed = nonce + ciphers[citizen][1].encrypt(nonce, content, b"row" + identity)
        originals.append((source, kind, identity, digest, citizen, sealed))
    events: list[Any] = []
    texts: list[Any] = []
    statements: list[Any] = []
    for position, plain in enumerate(portion.events, base + 1):
        key_id, cipher = ciphers[plain.citizen]
        out = BytesIO()
        out.write(plain.schema_id)
        schemaless_writer(out, plain.schema, plain.body)
        where = plain.originator.bytes + plain.version.to_bytes(8, "big")
        digest = hashlib.sha1(namespace + where, usedforsecurity=False).digest()
        event = UUID(bytes=digest[:16], version=5)
        nonce = token(12)
        ciphertext = cipher.encrypt(nonce, out.getvalue(), event.bytes + plain.citizen.bytes + where)
        sealed_texts = []
        if any(words is not None for _, words in plain.words):
            raw = token(32)
            text_cipher, text_nonce = AESGCM(raw), token(12)
            wrapped = text_nonce + cipher.encrypt(text_nonce, raw, b"text key" + event.bytes)
            texts.append((event, plain.citizen, wrapped))
            for name, words in plain.words:
                fresh = token(12)
                sealed_texts.append(
                    b""
                    if words is None
                    else fresh + text_cipher.encrypt(fresh, words.encode(), event.bytes + name.encode())
                )
        out = BytesIO()
        out.write(envelope[1])
        schemaless_writer(
            out,
            envelope[0],
            {
                "key_id": key_id,
                "originator_id": plain.originator.bytes,
                "version": plain.version,
                "nonce": nonce,
                "ciphertext": ciphertext,
                "texts": sealed_texts,
            },
        )
        events.append(
            (
                position,
                plain.originator,
                plain.version,
                plain.citizen,
                plain.recorded_at,
                plain.recorded_at,
                out.getvalue(),
            )
        )
        for n, (partner, kind, restricts, body) in enumerate(plain.statements):
            statements.append((position, n, plain.citizen, partner, kind, restricts, body, plain.recorded_at))
    return {
        KEYS: portion.keys,
        CITIZENS: portion.citizens,
        ORIGINALS: originals,
        EVENTS: events,
        TEXTS: texts,
        STATEMENTS: statements,
        COMMANDS: [(command, base + 1 + index, answer) for command, index, answer in portion.commands],
    }


def _copy(connection: Connection, table: LiteralString, rows: Sequence[Sequence[Any]]) -> int:
    if rows:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(TYPES[table])
            for row in rows:
                copy.write_row(row)
    return len(rows)
