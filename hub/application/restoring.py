"""Writing a history that was made elsewhere: the events as they were, sealed under this hub's keys, all or nothing.

One transaction: keys, identity, persons, events, statements, commands and originals. A crash before the commit leaves
nothing behind, after it everything. Whoever records the same meanwhile makes it fail whole, as Conflict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from hub.aggregates.base import event_id
from hub.clock import from_microseconds
from hub.errors import Conflict
from hub.postgres import Database, sql_blocks
from hub.schemas import Body, Envelope, Schema
from hub.sealing import SealedEvent, Sealer, place
from hub.statements import statements_of
from hub.store import Recorder
from hub.vault import DataKey

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


@dataclass(slots=True)
class Restored:
    """What is written together; rows as the vault and the store have them."""

    key: tuple[UUID, UUID, bytes] | None = None
    identity: tuple[UUID, bytes | None, bytes | None, bytes] | None = None
    persons: list[tuple[UUID, str, UUID | None, str, bytes]] = field(default_factory=list)
    events: list[SealedEvent] = field(default_factory=list)
    commands: list[tuple[UUID, int, dict[str, Any]]] = field(default_factory=list)
    """Each command with the index of its first event, and its answer."""
    originals: list[tuple[str, str, bytes, bytes, UUID, bytes]] = field(default_factory=list)


def write(database: Database, restored: Restored) -> None:
    """Store everything, or nothing. Raises Conflict."""
    with database.transaction() as connection:
        try:
            if restored.key is not None:
                connection.execute(SQL["key"], restored.key)
            if restored.identity is not None:
                connection.execute(SQL["identity"], restored.identity)
            for person in restored.persons:
                connection.execute(SQL["person"], person)
            for original in restored.originals:
                connection.execute(SQL["original"], original)
            first = Recorder.append(connection, restored.events, None, None) if restored.events else 0
            for command, index, answer in restored.commands:
                connection.execute(SQL["command"], (command, first + index, Jsonb(answer)))
        except errors.UniqueViolation:
            raise Conflict("Somebody else recorded first: read again and try again.") from None


def slug_taken(database: Database, slugs: Sequence[str], persons: Sequence[UUID]) -> bool:
    """Whether one of these short names is somebody else's."""
    with database.connection() as connection:
        return connection.execute(SQL["taken"], (list(slugs), list(persons))).fetchone() is not None


def command_taken(database: Database, commands: Iterable[UUID]) -> bool:
    """Whether one of these commands was carried out here."""
    with database.connection() as connection:
        return connection.execute(SQL["commands"], (list(commands),)).fetchone() is not None


class Written(NamedTuple):
    """An event to be sealed as it was written, in the version that it was written in."""

    schema: Schema
    body: Body
    words: Mapping[str, str | None]
    """Free texts by field; None: gone, all of them together."""
    citizen: UUID | None
    originator: UUID
    version: int


def seal_body(sealer: Sealer, key: DataKey, written: Written) -> SealedEvent:
    """An event sealed from its body: no newer version of it, and no other bytes.

    Words that are gone stay gone: what stands for them is sealed under a key that nobody keeps.
    """
    schema, body, words, citizen, originator, version = written
    identity = event_id(originator, version)
    nonce, ciphertext = sealer.vault.seal(
        key, sealer.schemas.encode(schema.topic, body), place(identity, citizen, originator, version)
    )
    text_key: bytes | None = None
    texts: tuple[bytes, ...] = ()
    if words:
        gone = all(text is None for text in words.values())
        each = [(name, (words[name] or "-") if name in words else None) for name in schema.texts]
        text_key, texts = sealer.vault.seal_texts(key, each, identity)
        text_key = None if gone else text_key
    return SealedEvent(
        originator,
        version,
        "",
        sealer.schemas.pack(Envelope(key.id, originator, version, nonce, ciphertext, texts)),
        identity,
        citizen,
        from_microseconds(body["act"]["recorded_at"]),
        text_key,
        tuple(statements_of(schema.event, body, originator, version)),
    )
