"""Events of every kind, made from the type hints of their classes: two fixed samples, and a strategy."""

import types
import typing
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from hypothesis import strategies as st

from hub.aggregates import Act, Actor, Text, Window
from hub.encoding import OLDER, codec_of, event_classes
from hub.vocabulary import Category, Role, Source

VERSION = 7
WRITABLE = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))
"""Every moment that can be written."""
_PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def originator(topic: str) -> UUID:
    """The aggregate that a sample belongs to."""
    return uuid5(NAMESPACE_OID, topic)


def hints_of(topic: str) -> dict[str, Any]:
    """The event's own fields and their type hints, in order; of an older version, those that it had."""
    now, lacked = OLDER.get(topic, (topic, {}))
    hints = typing.get_type_hints(event_classes()[now][0])
    return {name: hints[name] for name, _ in codec_of(now).write if name not in lacked}


def inside(hint: Any) -> tuple[Any, bool]:
    """A hint without its `| None`, and whether it had one."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (rest,) = (each for each in typing.get_args(hint) if each is not type(None))
        return rest, True
    return hint, False


def sample(topic: str, *, full: bool) -> Any:
    """A fixed sample: with everything that can be there, or with the least."""
    return event(
        topic, {name: _value(hint, f"{topic}/{name}", full=full) for name, hint in hints_of(topic).items()}
    )


def event(topic: str, fields: dict[str, Any]) -> Any:
    """An event as the library makes it, at a fixed place; of an older version, as it is read today."""
    now, lacked = OLDER.get(topic, (topic, {}))
    event_class, aggregate = event_classes()[now]
    state = {
        **lacked,
        **fields,
        "originator_id": originator(topic),
        "originator_version": VERSION,
        "timestamp": fields["act"].recorded_at,
    }
    if "originator_topic" in event_class.__dataclass_fields__:
        state["originator_topic"] = aggregate
    return event_class(**state)


def without_words(happened: Any) -> dict[str, Any]:
    """An event's fields as they come back: free text is its labels alone."""
    return {
        name: Text(None, value.labels) if isinstance(value, Text) else value
        for name, value in vars(happened).items()
    }


def _value(hint: Any, path: str, *, full: bool) -> Any:
    bare, optional = inside(hint)
    if optional and not full:
        return None
    if typing.get_origin(bare) is tuple:
        item = typing.get_args(bare)[0]
        return tuple(_value(item, f"{path}/{n}", full=full) for n in range(2 if full else 0))
    identity = uuid5(NAMESPACE_OID, path)
    moment = datetime(2026, 3, 1, 12, 30, 15, 123456 if full else 0, tzinfo=UTC)
    if bare is Act:
        actor = Actor(Role.PARTNER, identity, "Bostøtte Øst", identity, "bostøtte")
        return Act(
            actor if full else Actor(Role.CITIZEN),
            moment if full else None,
            moment,
            Source.API if full else Source.SCREEN,
            identity,
        )
    return {
        str: "plan æøå" if full else "",
        bool: full,
        int: 2**40 if full else 0,
        UUID: identity,
        datetime: moment,
        date: date(2026, 3, 1),
        Text: Text("Jeg vil have en hund.", "wishes plan" if full else "plan"),
        Window: Window(moment, moment, include_undated=True) if full else Window(moment),
    }[bare]


def events(topic: str) -> st.SearchStrategy[Any]:
    """Any event of a type."""
    return st.fixed_dictionaries({name: _any(hint) for name, hint in hints_of(topic).items()}).map(
        lambda fields: event(topic, fields)
    )


_ACTORS = st.builds(
    Actor,
    st.sampled_from(Role),
    st.none() | st.uuids(),
    st.none() | _PLAIN_TEXT,
    st.none() | st.uuids(),
    st.none() | _PLAIN_TEXT,
)
_ANY: dict[Any, st.SearchStrategy[Any]] = {
    str: _PLAIN_TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    UUID: st.uuids(),
    datetime: WRITABLE,
    date: st.dates(),
    Text: st.builds(
        Text,
        _PLAIN_TEXT,
        st.lists(st.sampled_from(Category), min_size=1, max_size=3, unique=True).map(" ".join),
    ),
    Window: st.builds(Window, WRITABLE, st.none() | WRITABLE, include_undated=st.booleans()),
    Act: st.builds(Act, _ACTORS, st.none() | WRITABLE, WRITABLE, st.sampled_from(Source), st.uuids()),
}


def _any(hint: Any) -> st.SearchStrategy[Any]:
    bare, optional = inside(hint)
    if typing.get_origin(bare) is tuple:
        found = st.lists(_ANY[typing.get_args(bare)[0]], max_size=4).map(tuple)
    else:
        found = _ANY[bare]
    return st.none() | found if optional else found
