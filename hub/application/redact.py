"""Redaction: what is left of an event for one partner, as plain values. What is not permitted is absent."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from hub.application.disclosure import Disclosure
from hub.clock import copenhagen_day, from_microseconds
from hub.items import Item
from hub.schemas import FieldShape
from hub.store import Opened
from hub.vocabulary import purpose_names


class Redacted(NamedTuple):
    """The permitted part of an event. Free text is still sealed, beside its field's name."""

    content: dict[str, Any]
    texts: dict[str, bytes]


_FIFTEEN_MINUTES = 900_000_000


@lru_cache(maxsize=65_536)
def _day_of_quarter(quarter: int) -> str:
    return copenhagen_day(from_microseconds(quarter * _FIFTEEN_MINUTES)).isoformat()


def day_of(moment: int | None) -> str | None:
    """The day in Copenhagen of a moment (microseconds); None for an undated fact.

    Every zone offset since 1894 is a multiple of fifteen minutes here, so a day never begins within a quarter.
    """
    return None if moment is None else _day_of_quarter(moment // _FIFTEEN_MINUTES)


def redact(item: Item, opened: Opened, disclosure: Disclosure) -> Redacted:
    """The permitted fields of an event, with the purposes each is permitted for where they differ."""
    shapes = {shape.name: shape for shape in opened.schema.fields}
    fields: dict[str, Any] = {}
    purposes: dict[str, list[str]] = {}
    texts: dict[str, bytes] = {}
    for name, may in disclosure.fields:
        if shapes[name].kind == "text":
            texts[name] = opened.texts[opened.schema.texts.index(name)]
            fields[name] = {"labels": opened.body[name].split()}
        else:
            fields[name] = plain(shapes[name], opened.body[name])
        if may != disclosure.purposes:
            purposes[name] = purpose_names(may)
    content = {
        "event": item.event,
        "happened": day_of(item.occurred_at),
        "recorded": day_of(item.recorded_at),
        "fields": fields,
        "purposes": purpose_names(disclosure.purposes),
        "why": disclosure.why,
    }
    if purposes:
        content["field_purposes"] = purposes
    return Redacted(content, texts)


def plain(shape: FieldShape, value: Any) -> Any:
    """A field's value as a reader gets it: ids and moments as text."""
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, list):
        return [plain(shape, each) for each in value]
    if shape.type == "microseconds" and isinstance(value, int):
        return from_microseconds(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value
