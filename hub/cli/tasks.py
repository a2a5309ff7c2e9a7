"""Who has a task with the citizen: from when, and what ended it. Completes what the citizen can see of the others."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.tasks import TASKS, Stint, purposes_of, stints
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import AsReader, Citizen, Json, Purpose
from hub.cli.reading import hint, operator_sees_counts, sentence
from hub.cli.session import Session, as_uuid, denied, session
from hub.cli.show import harmless, wrapped
from hub.errors import AccessDenied
from hub.texts import PURPOSES, Pair, day_text, say, word
from hub.wording import EVENTS

app: Final = group("Opgaver.", "Tasks.", "hub tasks CITIZEN --as citizen")

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


def read(
    s: Session, reader: Reader, citizen: UUID, purpose: str | None, found: list[Stint], what: str
) -> Seen:
    """As much of these tasks as the reader may know: decided, and logged as this surface."""
    places = sorted({place for one in found for place in (one.begun, one.ended) if place is not None})
    shown = {
        entry.position: entry for entry in s.wired.access.events_at(reader, citizen, purpose, places, what)
    }
    return [
        (one, shown[one.begun], None if one.ended is None else shown.get(one.ended))
        for one in found
        if one.begun in shown
    ]


def what_ends(s: Session, reader: Reader, citizen: UUID, found: list[Stint]) -> Seen:
    """What will end with the cooperation, as far as whoever closes may know it today, for any of their tasks."""
    seen: dict[Stint, tuple[Stint, Entry, Entry | None]] = {}
    for purpose in purposes_of(s.hub, reader, citizen):
        try:
            seen |= {row[0]: row for row in read(s, reader, citizen, purpose, found, "closing")}
        except AccessDenied:
            continue
    return [seen[one] for one in found if one in seen]


def show(s: Session, seen: Seen) -> None:
    """One line for each."""
    names = s.names({one for _, entry, _ in seen for one in _who(entry)})
    for _, entry, end in seen:
        what_for = f" ({word(PURPOSES, entry.fields['purpose'])})" if "purpose" in entry.fields else ""
        since = say(f", fra {_day(entry)}", f", from {_day(entry)}")
        over = "" if end is None else say(f", til {_day(end)}", f", until {_day(end)}")
        why = "" if end is None else f" ({word(EVENTS, end.event).lower()})"
        who = ", ".join(names.get(one, str(one)) for one in _who(entry)) or _said(entry)
        wrapped(f"{word(KINDS, entry.event)}: {who}{what_for}{since}{over}{why}")


def plain(s: Session, seen: Seen) -> list[dict[str, Any]]:
    """The same for a script."""
    names = s.names({one for _, entry, _ in seen for one in _who(entry)})
    return [
        {
            "ref": str(entry.ref),
            "event": entry.event,
            "who": [{"id": str(one), "name": names.get(one)} for one in _who(entry)],
            "purpose": entry.fields.get("purpose"),
            "from": entry.happened or entry.recorded,
            "ended": None if end is None else {"event": end.event, "on": end.happened or end.recorded},
        }
        for _, entry, end in seen
    ]


def _who(entry: Entry) -> list[UUID]:
    values: Iterable[Any] = (entry.fields.get(name) for name in _WHO)
    ids = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(one for each in ids if isinstance(each, str) and (one := as_uuid(each))))


def _said(entry: Entry) -> str:
    words = entry.fields.get("words")
    return f"“{harmless(words['text'])}”" if words else "–"


def _day(entry: Entry) -> str:
    return day_text(date.fromisoformat(entry.happened or entry.recorded))


@verb(
    app,
    "tasks",
    "Hvem der har en opgave hos borgeren, fra hvornår, og hvad der sluttede den.",
    "Who has a task with the citizen, from when, and what ended it.",
    "hub tasks CITIZEN --as citizen\nhub tasks CITIZEN --as mette --purpose coordination",
)
def tasks(citizen: Citizen, as_: AsReader, purpose: Purpose = None, *, json: Json = False) -> None:
    """Who has a task."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "tasks", who)
            raise operator_sees_counts()
        found = [stint for stint in stints(s.hub, who) if stint.kind in TASKS]
        seen = read(s, reader, who, purpose, found, "tasks")
        if not seen and reader.role != "citizen":
            raise denied()
        if json:
            out_json({"tasks": plain(s, seen)})
        elif seen:
            show(s, seen)
        else:
            out(say("Ingen har en opgave hos dig.", "Nobody has a task with you."))
        if not json:
            sentence(reader)
        hint(s, reader, "timeline")
