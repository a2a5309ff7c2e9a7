"""Who can see it, and why: the organisations around a citizen that a reader may know of, each with its reasons."""

from typing import NamedTuple
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.tasks import running
from hub.desk import tasks
from hub.desk.desk import Desk
from hub.desk.saying import shown_value
from hub.texts import CATEGORIES, PURPOSES, say, word, words


class Around(NamedTuple):
    """One organisation, and what lets it know."""

    partner: UUID
    name: str
    reasons: list[str]


def around(s: Desk, reader: Reader, citizen: UUID, purpose: str | None) -> list[Around]:
    """The organisations that have a task, a consent or a basis now, as far as the reader may know of each."""
    seen = tasks.read(s, reader, citizen, purpose, running(s.hub, citizen), "tasks")
    known = s.partners()
    reasons: dict[UUID, list[str]] = {}
    for _, entry, _ in seen:
        for partner in partners_of(s, entry):
            said = _reason(entry)
            if said not in reasons.setdefault(partner, []):
                reasons[partner].append(said)
    found = [Around(partner, known[partner][0], said) for partner, said in reasons.items()]
    return sorted(found, key=lambda one: one.name)


def partners_of(s: Desk, entry: Entry) -> list[UUID]:
    """The organisations that a task is with, as far as the reader sees them named."""
    return [one for one in tasks.who_of(entry) if one in s.partners()]


def _reason(entry: Entry) -> str:
    """Why it knows something, in a sentence without anybody's name."""
    fields = entry.fields
    kind = say(*tasks.KINDS.get(entry.event, ("Med", "Takes part")))
    about = words(CATEGORIES, fields["categories"]) if fields.get("categories") else ""
    what_for = fields.get("purpose")  # of a task; that of an invitation is somebody's words, and no reason
    purpose = word(PURPOSES, what_for) if isinstance(what_for, str) else ""
    last = shown_value("until", fields["until"], {}) if fields.get("until") else ""
    return " · ".join(part for part in (f"{kind} {about}".strip(), purpose, last) if part)
