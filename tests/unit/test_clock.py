from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import (
    FixedClock,
    SystemClock,
    copenhagen_day,
    end_of_day,
    from_microseconds,
    in_utc,
    start_of_day,
    to_microseconds,
)

INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 3), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
)
DAYS = st.dates(min_value=date(1950, 1, 2), max_value=date(2190, 1, 1))


def test_the_system_clock_tells_utc() -> None:
    """The system clock gives an aware instant in UTC, between two readings of the machine's own."""
    before = datetime.now(UTC)
    told = SystemClock()()

    assert before <= told <= datetime.now(UTC)
    assert UTC is told.tzinfo


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    """A fixed clock answers the same until it is advanced, by exactly as much as it is advanced."""
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))

    assert clock() == clock()
    assert datetime(2026, 3, 1, 13, tzinfo=UTC) == clock.advance(timedelta(hours=1)) == clock()


def test_a_fixed_clock_never_runs_backwards() -> None:
    """Time that has passed is not taken back."""
    with pytest.raises(ValueError, match="forward"):
        FixedClock(datetime(2026, 3, 1, tzinfo=UTC)).advance(timedelta(microseconds=-1))


def test_a_naive_time_is_refused() -> None:
    """A time without a zone names no instant, and is refused wherever an instant is needed."""
    for takes_an_instant in (in_utc, copenhagen_day, to_microseconds, FixedClock):
        with pytest.raises(ValueError, match="no time zone"):
            takes_an_instant(datetime(2026, 3, 1))


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 1, 31), datetime(2026, 1, 31, 23, tzinfo=UTC)),  # winter: one hour ahead
        (date(2026, 7, 31), datetime(2026, 7, 31, 22, tzinfo=UTC)),  # summer: two hours ahead
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the day of 23 hours
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),  # the day of 25 hours
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_midnight_in_copenhagen(day: date, end: datetime) -> None:
    """A permission until and including a day ends at the next midnight in Copenhagen, summer and winter."""
    assert end == end_of_day(day)


@given(DAYS)
def test_the_end_of_a_day_is_exclusive(day: date) -> None:
    """The last microsecond before the end belongs to the day, and the end itself to the next."""
    assert day == copenhagen_day(end_of_day(day) - timedelta(microseconds=1))
    assert day + timedelta(days=1) == copenhagen_day(end_of_day(day))
    assert start_of_day(day + timedelta(days=1)) == end_of_day(day)


@given(INSTANTS)
def test_microseconds_keep_every_instant_exactly(instant: datetime) -> None:
    """An instant stored as microseconds comes back as the same instant, to the microsecond."""
    assert instant == from_microseconds(to_microseconds(instant))


@given(st.integers(min_value=-(2**52), max_value=2**52))
def test_every_count_of_microseconds_comes_back(count: int) -> None:
    """No count is rounded on its way through an instant."""
    assert count == to_microseconds(from_microseconds(count))


def test_microseconds_do_not_depend_on_the_zone() -> None:
    """The same instant written in two zones has one count."""
    here = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))

    assert to_microseconds(here) == to_microseconds(datetime(2026, 6, 1, 12, tzinfo=UTC))
