"""When something can have happened in a citizen's life, and when it cannot.

A date is possible when it is a real time, not before 1900, not to come, and within the citizen's life. What ends after
death or in the future has not ended: death or time brings its end.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hub.interop.fhir_read import Body
from hub.interop.fhir_values import COPENHAGEN, Moment, moment

NO_TIME = "a time that is no real time: have it put right at the source"
BEFORE_1900 = "dated before 1900: have the date put right at the source"
FUTURE = "dated in the future: have the date put right at the source, or import it when it has happened"
AFTER_DEATH = "dated after the citizen's death: have the date put right at the source"
BEFORE_BIRTH = "dated before the citizen's birth: have the date put right at the source"
ENDS_FIRST = "ends before it begins: have the dates put right at the source"


@dataclass(frozen=True, slots=True)
class Life:
    """What dates are judged by: the citizen's birth and death, as far as they are known."""

    born: date | None = field(default=None, repr=False)
    died: Moment | None = None


def life_of(body: Body) -> Life:
    """Return birth and death of a Patient, unjudged."""
    born = moment(body.get("birthDate"))
    return Life(
        born.first.astimezone(COPENHAGEN).date() if born else None,
        moment(body.get("deceasedDateTime")),
    )


class NotMappedError(Exception):
    """A resource that becomes no event; `refused` tells whether something is wrong with it."""

    def __init__(self, reason: str, *, refused: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


def judged(value: object, life: Life, now: datetime) -> datetime | None:
    """Return the first instant that a date can mean, once the date has been found possible."""
    if value is None:
        return None
    found = moment(value)
    if found is None:
        raise NotMappedError(NO_TIME, refused=True)
    return possible(found, life, now)


def possible(found: Moment, life: Life, now: datetime) -> datetime:
    """Return the first instant that a moment can mean, once it has been found possible in this life."""
    if found.last < datetime(1900, 1, 1, tzinfo=UTC):
        raise NotMappedError(BEFORE_1900, refused=True)
    if found.first > now + timedelta(days=1):
        raise NotMappedError(FUTURE, refused=True)
    if life.died is not None and found.first > life.died.last:
        raise NotMappedError(AFTER_DEATH, refused=True)
    if life.born is not None and found.last.astimezone(COPENHAGEN).date() < life.born - timedelta(days=1):
        raise NotMappedError(BEFORE_BIRTH, refused=True)
    return found.first


def end_of(value: object, start: datetime | None, life: Life, now: datetime) -> datetime | None:
    """Return an end; one after death or still to come is no end yet: death or time brings it."""
    if value is None:
        return None
    found = moment(value)
    if found is None:
        raise NotMappedError(NO_TIME, refused=True)
    if start is not None and found.last < start:
        raise NotMappedError(ENDS_FIRST, refused=True)
    if found.first > now + timedelta(days=1) or (life.died and found.first > life.died.last):
        return None
    return max(found.first, start) if start else found.first
