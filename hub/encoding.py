"""Events to bodies and back: the one place that knows how a Python field is written in Avro.

A body keeps what a reader needs plain (ids as 16 bytes, times as microseconds), so that consumers decode once and
convert only what they use. Free text leaves the body: its labels stay, its words go beside it.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from hub.aggregates import AGGREGATES, AMENDMENTS, TOLD
from hub.aggregates.base import Act, Actor, Text, Window
from hub.clock import from_microseconds, to_microseconds
from hub.errors import BadInput, Unreadable
from hub.schemas import Body
from hub.vocabulary import Role, Source

_FIRST, _LAST = (to_microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2, 9999))
"""Times are written from year 2 to 9998, so that no reader's time zone carries one out of the calendar."""
OLDER: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "consents.given.v1": (
        "consents.given.v2",
        {"witness_partner": None, "witness_person": None, "section_43": False},
    ),
    "citizen.hope_told.v1": ("citizen.hope_told.v2", {"undecided": None}),
    "citizen.contact_recorded.v1": ("citizen.contact_recorded.v2", {"together": None}),
    "consents.block_set.v1": ("consents.block_set.v2", {"person": None}),
    "consents.disclosure_authorised.v1": ("consents.disclosure_authorised.v2", {"item": None}),
}
"""Versions that are read and no longer written: what the event is called now, and what the fields it lacked mean."""
_OWN = {"originator_id", "originator_version", "timestamp", "originator_topic"}


@dataclass(frozen=True, slots=True)
class Codec:
    """How the fields of one event class are written and read."""

    event_class: type[Any]
    write: tuple[tuple[str, Callable[[Any], Any]], ...]
    read: tuple[tuple[str, Callable[[Any], Any]], ...]
    texts: tuple[str, ...]
    originator_topic: str | None


def body_of(event: Any) -> tuple[Body, list[Text | None]]:
    """An event's body, and its free texts in the order of the fields."""
    codec = codec_of(event.TOPIC)
    fields = vars(event)
    try:
        body = {name: write(fields[name]) for name, write in codec.write}
    except (ValueError, OverflowError):
        raise BadInput(
            "The time is not one the calendar holds: give one from year 2 to 9998, with its time zone."
        ) from None
    return body, [fields[name] for name in codec.texts]


def event_of(topic: str, body: Body, originator_id: UUID, version: int) -> Any:
    """The inverse of `body_of`; free text comes back as its labels alone."""
    now, lacked = OLDER.get(topic, (topic, {}))
    codec = codec_of(now)
    try:
        state = {name: read(body[name] if name in body else lacked[name]) for name, read in codec.read}
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError):
        raise Unreadable(f"The record is no {topic}: take it again from where it came.") from None
    state["originator_id"] = originator_id
    state["originator_version"] = version
    state["timestamp"] = state["act"].recorded_at
    if codec.originator_topic is not None:
        state["originator_topic"] = codec.originator_topic
    event = object.__new__(codec.event_class)
    object.__setattr__(event, "__dict__", state)
    return event


@cache
def event_classes() -> dict[str, tuple[type[Any], str]]:
    """Every event class by its topic, with its aggregate's topic (`event`: it can be any citizen's aggregate)."""
    found: dict[str, tuple[type[Any], str]] = {each.TOPIC: (each, "event") for each in AMENDMENTS}
    for aggregate in AGGREGATES:
        for value in vars(aggregate).values():
            topic = getattr(value, "TOPIC", None)
            if isinstance(value, type) and topic:
                found[topic] = (value, aggregate.TOPIC)  # type: ignore[attr-defined]
    found.update({topic: (each, topic.split(".")[0]) for topic, each in TOLD.items()})
    return found


@cache
def codec_of(topic: str) -> Codec:
    """The codec of an event class, made once from its type hints."""
    if topic not in event_classes():
        raise Unreadable(f"No aggregate knows {topic}: upgrade the hub, then replay the record.")
    event_class, aggregate = event_classes()[topic]
    hints = typing.get_type_hints(event_class)
    names = [name for name in event_class.__dataclass_fields__ if name not in _OWN]
    pairs = [(name, *_pair(hints[name])) for name in names]
    return Codec(
        event_class,
        tuple((name, write) for name, write, _ in pairs),
        tuple((name, read) for name, _, read in pairs),
        tuple(name for name in names if Text in (hints[name], *typing.get_args(hints[name]))),
        aggregate if "originator_topic" in event_class.__dataclass_fields__ else None,
    )


Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _pair(hint: Any) -> Pair:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        write, read = _pair(next(each for each in inner if each is not type(None)))
        return (
            lambda value: None if value is None else write(value),
            lambda value: None if value is None else read(value),
        )
    if origin is tuple:
        write, read = _pair(inner[0])
        return (
            lambda values: [write(value) for value in values],
            lambda values: tuple(read(value) for value in values),
        )
    return _PLAIN[hint]


def _same(value: Any) -> Any:
    return value


def _write_time(instant: datetime) -> int:
    count = to_microseconds(instant)
    if not _FIRST <= count < _LAST:
        raise OverflowError
    return count


def _write_act(act: Act) -> Body:
    by = act.by
    return {
        "role": by.role,
        "partner": by.partner and by.partner.bytes,
        "unit": by.unit,
        "person": by.person and by.person.bytes,
        "function": by.function,
        "occurred_at": None if act.occurred_at is None else _write_time(act.occurred_at),
        "recorded_at": _write_time(act.recorded_at),
        "source": act.source,
        "command_id": act.command_id.bytes,
    }


def _read_act(body: Body) -> Act:
    partner, person, occurred = body["partner"], body["person"], body["occurred_at"]
    return Act(
        Actor(
            Role(body["role"]),
            partner and UUID(bytes=partner),
            body["unit"],
            person and UUID(bytes=person),
            body["function"],
        ),
        None if occurred is None else from_microseconds(occurred),
        from_microseconds(body["recorded_at"]),
        Source(body["source"]),
        UUID(bytes=body["command_id"]),
    )


def _write_window(window: Window) -> Body:
    return {
        "happened_from": _write_time(window.happened_from),
        "happened_to": None if window.happened_to is None else _write_time(window.happened_to),
        "include_undated": window.include_undated,
    }


def _read_window(body: Body) -> Window:
    to = body["happened_to"]
    return Window(
        from_microseconds(body["happened_from"]),
        None if to is None else from_microseconds(to),
        body["include_undated"],
    )


_PLAIN: dict[Any, Pair] = {
    str: (_same, _same),
    bool: (_same, _same),
    int: (_same, _same),
    UUID: (lambda value: value.bytes, lambda value: UUID(bytes=value)),
    datetime: (_write_time, from_microseconds),
    date: (date.isoformat, date.fromisoformat),
    Text: (lambda text: text.labels, lambda labels: Text(None, labels)),
    Window: (_write_window, _read_window),
    Act: (_write_act, _read_act),
}
