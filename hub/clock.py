"""The port to time, and the one place that knows about days in Denmark.

Instants are aware datetimes in UTC everywhere in the hub. Only a *day* is local: a permission "until and
including 1 March" ends at midnight in Copenhagen.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock(Protocol):
    """Anything that tells the time when called: an aware datetime in UTC."""

    def __call__(self) -> datetime:
        """Tell the time."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests, replay and the demo."""

    def __init__(self, now: datetime) -> None:
        self._now = in_utc(now)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward; a clock never runs backwards."""
        if by < timedelta(0):
            raise ValueError(f"A clock moves forward, not by {by}; make a new one to begin earlier.")
        self._now += by
        return self._now


def in_utc(instant: datetime) -> datetime:
    """Convert an aware datetime; refuse a naive one, which names no instant."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; give one, for example UTC.")
    return instant.astimezone(UTC)


def copenhagen_day(instant: datetime) -> date:
    """Name the day an instant falls on in Denmark."""
    return in_utc(instant).astimezone(COPENHAGEN).date()


def end_of_day(day: date) -> datetime:
    """Give the first instant after a Danish day: the next midnight in Copenhagen, in UTC, exclusive."""
    return start_of_day(day + timedelta(days=1))


def start_of_day(day: date) -> datetime:
    """Give the first instant of a Danish day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=COPENHAGEN).astimezone(UTC)


def to_microseconds(instant: datetime) -> int:
    """Count the microseconds since 1970 in UTC, exactly: no floating point on the way."""
    return (in_utc(instant) - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Turn microseconds since 1970 into an instant in UTC: the inverse of `to_microseconds`."""
    return _EPOCH + timedelta(microseconds=count)


def wall_clock_later(instant: datetime, *, days: int = 0, years: int = 0) -> datetime:
    """The same time of day in Denmark, so many days or years later (29 February becomes the 28th), in UTC.

    A time that the spring leaves out is taken an hour later; of two in autumn it is the first.
    """
    local = in_utc(instant).astimezone(COPENHAGEN).replace(fold=0)
    if years:
        last = 28 if (local.month, local.day) == (2, 29) else local.day
        local = local.replace(year=local.year + years, day=last)
    return (local + timedelta(days=days)).astimezone(UTC)
