"""Sealing: an event is encoded once, sealed once for its place, and opened without ever becoming an object again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from hub.aggregates.base import event_id
from hub.encoding import body_of
from hub.errors import Unreadable
from hub.schemas import Body, Envelope, Schema, Schemas
from hub.statements import Statement, statements_of
from hub.vault import HUB, DataKey, Vault

MISPLACED: Final = "The record does not open here: it stands in another's place."


@dataclass(frozen=True)
class SealedEvent(StoredEvent):
    """A stored event with what the store keeps beside it; `state` is the envelope as it will be relayed."""

    event_id: UUID
    citizen_id: UUID | None
    recorded_at: datetime
    text_key: bytes | None
    statements: tuple[Statement, ...]


class Record(NamedTuple):
    """One event of the log, sealed, at its position."""

    position: int
    originator_id: UUID
    version: int
    """0 where the log does not say: then the place is held against `ce_id` by who reads."""
    citizen: UUID | None
    log_time: datetime
    """The latest `recorded_at` up to this position."""
    value: bytes


def record_of(row: tuple[Any, ...]) -> Record:
    """A record from a row of the log."""
    position, originator, version, citizen, log_time, value = row
    return Record(position, originator, version, citizen, log_time, bytes(value))


class Opened(NamedTuple):
    """One event, opened: its schema, its body, and its free texts still sealed."""

    schema: Schema
    body: Body
    event_id: UUID
    originator_id: UUID
    version: int
    key: DataKey
    texts: tuple[bytes, ...]


class Sealer:
    """Seals events into envelopes and opens them again."""

    def __init__(self, schemas: Schemas, vault: Vault) -> None:
        self.schemas = schemas
        self.vault = vault

    def seal(self, event: Any) -> SealedEvent:
        """An event as it is stored: encoded once, sealed once."""
        citizen: UUID | None = getattr(event, "citizen_id", None)
        key = self.vault.key_of(citizen or HUB)
        return self.seal_under(key, event, citizen)

    def seal_under(self, key: DataKey, event: Any, citizen: UUID | None) -> SealedEvent:
        """The same, with the citizen's key at hand."""
        body, texts = body_of(event)
        originator, version = event.originator_id, event.originator_version
        identity = event_id(originator, version)
        schema = self.schemas.by_topic[event.TOPIC]
        nonce, ciphertext = self.vault.seal(
            key, self.schemas.encode(event.TOPIC, body), place(identity, citizen, originator, version)
        )
        text_key: bytes | None = None
        sealed_texts: tuple[bytes, ...] = ()
        if any(text is not None for text in texts):
            words = [
                (n, None if text is None else text.text) for n, text in zip(schema.texts, texts, strict=True)
            ]
            text_key, sealed_texts = self.vault.seal_texts(key, words, identity)
        return SealedEvent(
            originator,
            version,
            "",
            self.schemas.pack(Envelope(key.id, originator, version, nonce, ciphertext, sealed_texts)),
            identity,
            citizen,
            event.act.recorded_at,
            text_key,
            tuple(statements_of(schema.event, body, originator, version)),
        )

    def open(
        self, value: bytes, citizen: UUID | None, expected: tuple[UUID | str, int] | None = None
    ) -> Opened:
        """Open one envelope, in the place (originator, version) where it is expected.

        Raises Unreadable with what is wrong, never with content.
        """
        envelope = self.schemas.unpack(value)
        if expected is not None and expected != (envelope.originator_id, envelope.version):
            raise Unreadable(MISPLACED)
        return self._open(envelope, citizen, self.vault.keys([(envelope.key_id, citizen or HUB)]))

    def open_all(self, records: Iterable[Record]) -> Iterator[Opened | Unreadable]:
        """Open many, their keys fetched at once; what does not open comes as its error, in its place."""
        unpacked: list[tuple[Envelope | Unreadable, UUID | None]] = []
        for record in records:
            try:
                read = self.schemas.unpack(record.value)
                here = (record.originator_id, record.version)
                moved = record.version and here != (read.originator_id, read.version)
                unpacked.append((Unreadable(MISPLACED) if moved else read, record.citizen))
            except Unreadable as error:
                unpacked.append((error, record.citizen))
        keys = self.vault.keys(
            (envelope.key_id, citizen or HUB)
            for envelope, citizen in unpacked
            if isinstance(envelope, Envelope)
        )
        for envelope, citizen in unpacked:
            if isinstance(envelope, Unreadable):
                yield envelope
                continue
            try:
                yield self._open(envelope, citizen, keys)
            except Unreadable as error:
                yield error

    def _open(self, envelope: Envelope, citizen: UUID | None, keys: dict[UUID, DataKey]) -> Opened:
        key = keys.get(envelope.key_id)
        if key is None:
            raise Unreadable(
                "The record's key is gone, or it is sealed under another hub's: it stays closed."
            )
        if envelope.version < 1:
            raise Unreadable(MISPLACED)
        identity = event_id(envelope.originator_id, envelope.version)
        inside = self.vault.open(
            key, envelope, place(identity, citizen, envelope.originator_id, envelope.version)
        )
        schema, body = self.schemas.decode(inside)
        worded = [body[name] is not None for name in schema.texts]
        if [bool(text) for text in envelope.texts] != (worded if any(worded) else []):
            raise Unreadable("The record's texts are not those that it was sealed with: it was changed.")
        return Opened(schema, body, identity, envelope.originator_id, envelope.version, key, envelope.texts)


def place(event: UUID, citizen: UUID | None, originator: UUID, version: int) -> bytes:
    """The associated data of a seal: the one place where the event stands."""
    return event.bytes + (citizen or HUB).bytes + originator.bytes + version.to_bytes(8, "big")
