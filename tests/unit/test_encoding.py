"""Events to bodies and back."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.clock import to_microseconds
from hub.encoding import body_of, event_classes, event_of
from hub.errors import BadInput, Unreadable
from hub.schemas import Schemas
from tests.acting import is_a_sentence, uid
from tests.contracts.samples import VERSION, event, events, hints_of, originator, sample, without_words

SCHEMAS = Schemas()
SOME = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TOPICS = sorted(event_classes())


def stored(happened: Any) -> bytes:
    """An event as it goes inside the seal."""
    return SCHEMAS.encode(happened.TOPIC, body_of(happened)[0])


@SOME
@given(st.sampled_from(TOPICS).flatmap(events))
def test_every_event_comes_back_but_for_its_words(happened: Any) -> None:
    """Any event, written and read, is the event again; of free text its labels remain, its words go beside it."""
    body, texts = body_of(happened)
    schema, read = SCHEMAS.decode(SCHEMAS.encode(happened.TOPIC, body))
    again = event_of(schema.topic, read, happened.originator_id, happened.originator_version)

    assert read == body
    assert type(happened) is type(again)
    assert without_words(happened) == vars(again)
    assert [getattr(happened, name) for name in schema.texts] == texts


@pytest.mark.parametrize("topic", TOPICS)
def test_no_word_of_free_text_stays_in_a_body(topic: str) -> None:
    """What was said is nowhere in the bytes that are sealed as the body."""
    happened = sample(topic, full=True)

    assert b"hund" not in stored(happened)
    assert b"hund" not in repr(body_of(happened)[0]).encode()


def test_an_unknown_event_is_unreadable() -> None:
    """A type that no aggregate knows is refused by name, with what to do."""
    for topic in ("citizen.enrolled.v2", "", "hub.aggregates.citizen:Citizen.Enrolled"):
        with pytest.raises(Unreadable, match="upgrade the hub"):
            event_of(topic, {}, uid(1), 1)


SPOILS: list[dict[str, Any]] = [
    {"act": {"role": "somebody"}},
    {"act": {"source": "nowhere"}},
    {"act": {"recorded_at": 2**62}},
    {"act": {"recorded_at": -(2**62)}},
    {"act": {"occurred_at": 2**63 - 1}},
    {"act": {"partner": b"short"}},
    {"act": {"command_id": b""}},
    {"citizen_id": b"short"},
    {"citizen_id": None},
    {"day": "yesterday"},
    {"day": "2026-13-01"},
    {"day": ""},
]


@pytest.mark.parametrize("spoilt", SPOILS, ids=str)
def test_a_body_with_a_value_that_is_none_is_unreadable(spoilt: dict[str, Any]) -> None:
    """A time that no calendar has, a role, an id or a day that is none: Unreadable, without the value in its words."""
    body, _ = body_of(sample("citizen.contact_recorded.v1", full=True))
    changed = {**body, **spoilt, "act": {**body["act"], **spoilt.get("act", {})}}
    with pytest.raises(Unreadable, match="take it again") as caught:
        event_of("citizen.contact_recorded.v1", changed, uid(1), 1)

    assert caught.value.__cause__ is None
    assert "yesterday" not in str(caught.value)


@pytest.mark.parametrize("missing", ["act", "citizen_id", "day", "text"])
def test_a_body_without_a_field_is_unreadable(missing: str) -> None:
    """A body of another event, or half of one, is no event."""
    body, _ = body_of(sample("citizen.contact_recorded.v1", full=True))
    del body[missing]
    with pytest.raises(Unreadable):
        event_of("citizen.contact_recorded.v1", body, uid(1), 1)


@SOME
@given(
    st.sampled_from(TOPICS).flatmap(lambda topic: st.tuples(events(topic), st.just(topic))),
    st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_changed_value_is_another_event_or_unreadable(
    made: tuple[Any, str], changes: list[tuple[int, int]]
) -> None:
    """Bytes changed at random open as some event or are Unreadable; nothing else is ever raised."""
    data = bytearray(stored(made[0]))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        schema, body = SCHEMAS.decode(bytes(data))
        again = event_of(schema.topic, body, originator(made[1]), VERSION)
    except Unreadable:
        return

    assert schema.topic == again.TOPIC


EDGES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(1, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(9999, 1, 1, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    datetime(2026, 3, 1),
]


@pytest.mark.parametrize("name", ["starts", "occurred_at", "recorded_at"])
@pytest.mark.parametrize("moment", EDGES, ids=str)
def test_a_time_at_the_edge_of_the_calendar_is_refused_in_a_sentence(name: str, moment: datetime) -> None:
    """Year 1, year 9999, or a time without a zone is refused when it is written, not met by a reader later."""
    happened = sample("meeting.convened.v1", full=True)
    fields = {each: getattr(happened, each) for each in hints_of("meeting.convened.v1")}
    act = fields["act"]
    times = {"occurred_at": act.occurred_at, "recorded_at": act.recorded_at}
    if name == "starts":
        fields["starts"] = moment
    else:
        times[name] = moment
        fields["act"] = type(act)(
            act.by, times["occurred_at"], times["recorded_at"], act.source, act.command_id
        )
    with pytest.raises(BadInput, match="calendar") as caught:
        body_of(event("meeting.convened.v1", fields))

    is_a_sentence(caught.value)


@pytest.mark.parametrize(
    "moment", [datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
)
def test_the_first_and_the_last_moment_come_back(moment: datetime) -> None:
    """What can be written is read to the microsecond, at both ends of the calendar."""
    happened = sample("meeting.convened.v1", full=True)
    fields = {each: getattr(happened, each) for each in hints_of("meeting.convened.v1")}
    body, _ = body_of(event("meeting.convened.v1", {**fields, "starts": moment}))

    assert to_microseconds(moment) == body["starts"]
    assert moment == event_of("meeting.convened.v1", body, uid(1), 1).starts


@pytest.mark.parametrize("day", [date.min, date.max])
def test_any_day_comes_back(day: date) -> None:
    """A day is written as the calendar writes it, from the first to the last."""
    happened = sample("citizen.died.v1", full=True)
    fields = {each: getattr(happened, each) for each in hints_of("citizen.died.v1")}
    body, _ = body_of(event("citizen.died.v1", {**fields, "day": day}))

    assert day == event_of("citizen.died.v1", body, uid(1), 1).day


def test_a_zone_is_no_part_of_a_moment() -> None:
    """The same instant in two zones is written alike."""
    happened = sample("meeting.convened.v1", full=True)
    fields = {each: getattr(happened, each) for each in hints_of("meeting.convened.v1")}
    local = happened.starts.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert stored(happened) == stored(event("meeting.convened.v1", {**fields, "starts": local}))
