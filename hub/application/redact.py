"""Redaction: what is left of an event for one partner, as plain values. What is not permitted is absent."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from hub.application.amendments import UNAMENDED, Amendment
from hub.application.answers import Disclosure
from hub.clock import copenhagen_day, from_microseconds
from hub.items import Item
from hub.schemas import FieldShape
from hub.store import Opened
from hub.vocabulary import label_mask, label_names, purpose_names

CORRECTED: Final = "text"
"""The field in which a correction holds its words."""
NO_CORRECTIONS: Final[Mapping[UUID, Opened]] = {}


class Sealed(NamedTuple):
    """A free text that is still sealed: the event that it was sealed with, and its field there."""

    event_id: UUID
    field: str
    words: bytes


class Redacted(NamedTuple):
    """The permitted part of an event. Free text is still sealed, beside its field's name."""

    content: dict[str, Any]
    texts: dict[str, Sealed]


_FIFTEEN_MINUTES = 900_000_000


@lru_cache(maxsize=65_536)
def _day_of_quarter(quarter: int) -> str:
    return copenhagen_day(from_microseconds(quarter * _FIFTEEN_MINUTES)).isoformat()


def day_of(moment: int | None) -> str | None:
    """The day in Copenhagen of a moment (microseconds); None for an undated fact.

    Every zone offset since 1894 is a multiple of fifteen minutes here, so a day never begins within a quarter.
    """
    return None if moment is None else _day_of_quarter(moment // _FIFTEEN_MINUTES)


def redact(
    item: Item,
    opened: Opened,
    disclosure: Disclosure,
    amended: Amendment = UNAMENDED,
    corrections: Mapping[UUID, Opened] = NO_CORRECTIONS,
) -> Redacted:
    """The permitted fields of an event, with the purposes each is permitted for where they differ.

    Corrected fields show the words that the disclosure says; `corrections` are the events that hold them.
    """
    shapes = {shape.name: shape for shape in opened.schema.fields}
    fields: dict[str, Any] = {}
    purposes: dict[str, list[str]] = {}
    texts: dict[str, Sealed] = {}
    for name, may, words in disclosure.fields:
        if shapes[name].kind == "text":
            source = opened if words is None else corrections[words]
            texts[name] = sealed_text(source, name if words is None else CORRECTED)
            written = label_mask(opened.body[name].split())
            fields[name] = {"labels": label_names(amended.change(name).labels(written))}
        elif words is None:
            fields[name] = plain(shapes[name], opened.body[name])
        else:
            fields[name] = plain(shapes[name], orjson.loads(corrections[words].body["value"]))
        if may != disclosure.purposes:
            purposes[name] = purpose_names(may)
    content = {
        "event": item.event,
        "happened": day_of(disclosure.happened),
        "recorded": day_of(item.recorded_at),
        "fields": fields,
        "purposes": purpose_names(disclosure.purposes),
        "why": disclosure.why,
    }
    if purposes:
        content["field_purposes"] = purposes
    return Redacted(content, texts)


def sealed_text(opened: Opened, field: str) -> Sealed:
    """A free text of an event, as it lies beside its body."""
    return Sealed(opened.event_id, field, opened.texts[opened.schema.texts.index(field)])


def plain(shape: FieldShape, value: Any) -> Any:
    """A field's value as a reader gets it: ids and moments as text."""
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, list):
        return [plain(shape, each) for each in value]
    if shape.type == "microseconds" and isinstance(value, int):
        return from_microseconds(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value
