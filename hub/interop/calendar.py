"""Times as an iCalendar file. The only importer of `icalendar`."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID

from icalendar import Calendar, Event

TYPE: Final = "text/calendar; charset=utf-8"
TITLE: Final = "Aftale"
"""All that a calendar says of a meeting: calendars are shared, printed and shown on locked screens."""


def calendar_of(slots: Iterable[tuple[UUID, datetime, str]]) -> bytes:
    """A calendar of times; each with the day on which it was noted, so that the same times give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Koordineringshub//DA")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for uid, starts, noted in slots:
        event = Event()
        event.add("uid", str(uid))
        event.add("dtstamp", datetime.combine(date.fromisoformat(noted), time(), UTC))
        event.add("dtstart", starts.astimezone(UTC))
        event.add("summary", TITLE)
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
