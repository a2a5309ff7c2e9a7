"""Who has a task with the citizen: from when, and what ended it, as far as the reader may know."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.tasks import Stint, purposes_of
from hub.desk.desk import Desk
from hub.desk.saying import as_uuid, harmless
from hub.errors import AccessDenied
from hub.texts import Pair, day_text

KINDS: Final[dict[str, Pair]] = {
    "citizen.coordinator_assigned": ("Tovholder", "Coordinator"),
    "citizen.contact_person_assigned": ("Fast kontaktperson", "Contact person"),
    "citizen.relation_started": ("Opgave", "Task"),
    "citizen.representative_registered": ("Handler for borgeren", "Acts for the citizen"),
    "plan.support_granted": ("Giver støtte", "Gives support"),
    "plan.order_sent": ("Har en bestilling", "Has an order"),
    "meeting.participant_invited": ("Inviteret til et møde", "Invited to a meeting"),
    "meeting.agreement_made": ("Med i en aftale", "Party to an agreement"),
    "meeting.companion_chosen": ("Bisidder til et møde", "Companion at a meeting"),
    "handover.proposed": ("Modtager af en overlevering", "Receiver of a handover"),
    "consents.emergency_access_opened": ("Værdispring", "Emergency access"),
    "consents.given": ("Samtykke til", "Consent to"),
    "consents.statutory_basis_registered": ("Hjemmel til", "Basis in law to"),
    "consents.disclosure_authorised": ("Aftalt tekst til", "Agreed text to"),
}
"""What each is called, by the event that began it."""
_WHO: Final = ("person", "partner", "participant", "provider", "owner", "parties", "to_partner")
"""The fields that say whose task it is, the person first."""

Seen = list[tuple[Stint, Entry, Entry | None]]
"""Each task that the reader may know of, by the event that began it, and the one that ended it."""


def read(  # noqa: PLR0917 - who reads whom, what for, where
    s: Desk, reader: Reader, citizen: UUID, purpose: str | None, found: list[Stint], what: str
) -> Seen:
    """As much of these tasks as the reader may know: decided, and logged as this surface."""
    places = sorted({place for one in found for place in (one.begun, one.ended) if place is not None})
    shown = {entry.position: entry for entry in s.access.events_at(reader, citizen, purpose, places, what)}
    return [
        (one, shown[one.begun], None if one.ended is None else shown.get(one.ended))
        for one in found
        if one.begun in shown
    ]


def what_ends(s: Desk, reader: Reader, citizen: UUID, found: list[Stint]) -> Seen:
    """What will end with the cooperation, as far as whoever closes may know it today, for any of their tasks."""
    seen: dict[Stint, tuple[Stint, Entry, Entry | None]] = {}
    for purpose in purposes_of(s.hub, reader, citizen):
        try:
            seen |= {row[0]: row for row in read(s, reader, citizen, purpose, found, "closing")}
        except AccessDenied:
            continue
    return [seen[one] for one in found if one in seen]


def plain(s: Desk, seen: Seen) -> list[dict[str, Any]]:
    """The same for a script."""
    names = s.names({one for _, entry, _ in seen for one in who_of(entry)})
    return [
        {
            "ref": str(entry.ref),
            "event": entry.event,
            "who": [{"id": str(one), "name": names.get(one)} for one in who_of(entry)],
            "purpose": entry.fields.get("purpose"),
            "from": entry.happened or entry.recorded,
            "ended": None if end is None else {"event": end.event, "on": end.happened or end.recorded},
        }
        for _, entry, end in seen
    ]


def who_of(entry: Entry) -> list[UUID]:
    """Whose task it is."""
    values: Iterable[Any] = (entry.fields.get(name) for name in _WHO)
    ids = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(one for each in ids if isinstance(each, str) and (one := as_uuid(each))))


def said_of(entry: Entry) -> str:
    """The words in place of a name."""
    words = entry.fields.get("words")
    return f"“{harmless(words['text'])}”" if words else "–"


def day_of(entry: Entry) -> str:
    """The day of a beginning or an end."""
    return day_text(date.fromisoformat(entry.happened or entry.recorded))
