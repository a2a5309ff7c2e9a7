"""A partner's message as it lies in its inbox: what it says, or the one reason for which it is refused."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from hub.errors import Unreadable
from hub.schemas import MAGIC, Schema, Schemas

LARGEST: Final = 64 * 1024
"""The largest message that is read, in bytes: the topic's own limit, where it is set as it should be."""
PURGE_CONFIRMED: Final = "inbox.purge_confirmed"
_PREFIX: Final = 5
"""The length of the Confluent wire format's prefix: a zero byte and the schema id."""


class Why(StrEnum):
    """Why a message is refused. What is not there and what is another partner's are told alike."""

    SUSPENDED = "suspended"
    NO_VALUE = "no_value"
    TOO_LARGE = "too_large"
    FOREIGN = "foreign_bytes"
    UNKNOWN_SCHEMA = "unknown_schema"
    NOT_FOR_INBOX = "not_for_an_inbox"
    KEY = "key_is_not_the_message_id"
    NOTICE = "unknown_notice"
    REUSED = "message_id_of_another_notice"
    TIME = "impossible_time"
    UNREADABLE = "citizen_unreadable"


class RefusedMessage(Exception):
    """A message is refused, for this one reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Message(NamedTuple):
    """A message that says what it should."""

    id: UUID
    type: str
    notice: UUID | None
    """What it confirms; None when that is no id."""
    confirmed_at: datetime


def read_message(schemas: Schemas, key: bytes | None, value: bytes | None) -> Message:
    """The message in a record; raises RefusedMessage. A pure function of the record."""
    if value is None:
        raise RefusedMessage(Why.NO_VALUE)
    schema = _schema_of(schemas, value)
    try:
        _, body = schemas.unwire(value)
    except Unreadable:
        raise RefusedMessage(Why.FOREIGN) from None
    message = _uuid(body["message"])
    if message is None or key != body["message"].encode():
        raise RefusedMessage(Why.KEY)
    return Message(message, schema.topic, _uuid(body["notice"]), body["confirmed_at"])


def _schema_of(schemas: Schemas, value: bytes) -> Schema:
    """The schema that a value names; nothing is decoded by one that is not for an inbox."""
    if len(value) > LARGEST:
        raise RefusedMessage(Why.TOO_LARGE)
    if value[:1] != MAGIC or len(value) < _PREFIX:
        raise RefusedMessage(Why.FOREIGN)
    schema = schemas.by_id.get(int.from_bytes(value[1:_PREFIX], "big"))
    if schema is None:
        raise RefusedMessage(Why.UNKNOWN_SCHEMA)
    if schema.event != PURGE_CONFIRMED:
        raise RefusedMessage(Why.NOT_FOR_INBOX)
    return schema


def _uuid(text: str) -> UUID | None:
    """An id that is written in the one usual way, so that no two texts are the same id."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
