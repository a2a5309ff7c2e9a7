"""What a citizen's own pages are made of: my meetings, my agreements, and what awaits me."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hub.application.access import Entry
from hub.application.page import CitizenPage, Thing
from hub.clock import copenhagen_day
from hub.desk.consents import Card
from hub.desk.desk import Desk
from hub.desk.saying import as_uuid
from hub.texts import Pair, say

SOON: Final = timedelta(days=30)
"""So long before it ends the citizen is asked about a consent; silence lets it lapse."""


@dataclass(slots=True)
class Invited:
    """An organisation that is invited to a meeting."""

    partner: UUID
    name: str
    participants: list[UUID] = field(default_factory=list)
    """Who else stands on its list."""
    approved: bool = False
    coming: bool | None = None


@dataclass(slots=True)
class Meeting:
    """A meeting as the citizen sees it."""

    ref: UUID
    starts: datetime
    kind: str
    purpose: str
    place: str
    invited: dict[UUID, Invited]
    message: str
    """What the citizen last said to it."""
    shared: list[str]
    companion: str
    agenda: list[tuple[str, bool]]
    """Items, and whether each is on the agenda."""
    free: bool
    """Whether its agenda is made when people meet (Open Dialogue)."""

    @property
    def unanswered(self) -> list[Invited]:
        """Those whom the citizen has not approved."""
        return [one for one in self.invited.values() if not one.approved]


@dataclass(frozen=True, slots=True)
class Promise:
    """An agreement: who does what by when."""

    ref: UUID
    what: str
    owner: str | None
    """None: the citizen."""
    due: str | None


@dataclass(frozen=True, slots=True)
class Awaited:
    """Something that waits for the citizen, and where it is done."""

    says: str
    link: str


def meetings_of(s: Desk, page: CitizenPage) -> list[Meeting]:
    """The meetings that are not held or cancelled, the nearest first."""
    names = s.partners()
    found = [meeting for thing in page.of("meetings") if (meeting := _meeting(thing, names)) is not None]
    return sorted(found, key=lambda one: one.starts)


def _meeting(thing: Thing, names: dict[UUID, tuple[str, str]]) -> Meeting | None:
    starts = thing.latest("starts") if thing.has("meeting.rescheduled") else thing.first.fields.get("starts")
    if starts is None:
        return None
    first = thing.first
    meeting = Meeting(
        first.ref, datetime.fromisoformat(starts), str(first.fields.get("kind", "")),
        text_of(first.fields.get("purpose")), text_of(first.fields.get("place")), {}, "", [], "", [],
        first.fields.get("kind") == "open_dialogue",
    )  # fmt: skip
    proposed: dict[str, tuple[str, bool]] = {}
    for entry in thing.since:
        what = entry.event.removeprefix("meeting.")
        if what.startswith("agenda_item_"):
            _agenda(proposed, entry)
        elif what in _SAID:
            _said(meeting, what, entry.fields)
        else:
            _participant(meeting, what, entry.fields, names)
    meeting.agenda = list(proposed.values())
    return meeting


_SAID: Final = frozenset({"citizen_message_given", "preparation_shared", "companion_chosen", "place_chosen"})


def _said(meeting: Meeting, what: str, fields: dict[str, Any]) -> None:
    """What the citizen, or another, said of the meeting; the last counts."""
    words = text_of(fields.get("words"))
    match what:
        case "citizen_message_given":
            meeting.message = words
        case "preparation_shared":
            meeting.shared.append(words)
        case "companion_chosen":
            meeting.companion = words
        case _:
            meeting.place = text_of(fields.get("place"))


def _agenda(proposed: dict[str, tuple[str, bool]], entry: Entry) -> None:
    item, fields = str(entry.fields.get("agenda_item")), entry.fields
    if entry.event == "meeting.agenda_item_accepted":
        proposed[item] = (proposed.get(item, ("", False))[0], True)
    else:
        proposed[item] = (text_of(fields.get("words")) or text_of(fields.get("text")), False)


def _participant(
    meeting: Meeting, what: str, fields: dict[str, Any], names: dict[UUID, tuple[str, str]]
) -> None:
    """Who is invited, approved, coming, or taken off."""
    who = as_uuid(str(fields.get("participant")))
    if what == "participant_approved_by_citizen":
        _approve(meeting, fields.get("invited") or [], yes=True)
    elif who is None:
        return
    elif what == "participant_invited":
        listed = [one for each in fields.get("participants") or [] if (one := as_uuid(str(each)))]
        meeting.invited[who] = Invited(who, names.get(who, ("", ""))[0], listed)
    elif what == "approval_withdrawn":
        _approve(meeting, [who], yes=False)
    elif what == "participant_removed":
        meeting.invited.pop(who, None)
    elif what == "participant_answered" and who in meeting.invited:
        meeting.invited[who].coming = fields.get("coming")


def _approve(meeting: Meeting, partners: list[Any], *, yes: bool) -> None:
    for each in partners:
        if (one := meeting.invited.get(as_uuid(str(each)) or meeting.ref)) is not None:
            one.approved = yes


def promises_of(s: Desk, page: CitizenPage) -> list[Promise]:
    """The agreements that stand, those with a date first."""
    names, found = s.partners(), []
    for thing in page.of("agreements"):
        owner = as_uuid(str(thing.first.fields.get("owner")))
        due = thing.latest("new_due") or thing.latest("due")
        whose = None if owner is None else names.get(owner, ("", ""))[0]
        found.append(Promise(thing.first.ref, text_of(thing.first.fields.get("what")), whose, due))
    return sorted(found, key=lambda one: (one.due is None, one.due or ""))


_STRENGTH: Final[Pair] = (
    "Nogen har set en styrke hos dig. Er den din?",
    "Somebody has seen a strength in you. Is it yours?",
)


def awaiting(s: Desk, page: CitizenPage, cards: list[Card], meetings: list[Meeting]) -> list[Awaited]:
    """What waits for the citizen's own word. Nothing of it is ever late."""
    now, found = s.hub.clock(), list[Awaited]()
    for card in cards:
        if card.waits:
            text = (
                f"Har du sagt ja til, at {card.name} må vide noget?",
                f"Did you say that {card.name} may know something?",
            )
            found.append(Awaited(say(*text), f"/mit/samtykker/{card.partner}/ret"))
        elif card.ends is not None and card.ends - now < SOON:
            text = (
                f"Skal {card.name} blive ved med at vide noget? Gør du intet, slutter det.",
                f"Shall {card.name} go on knowing? If you do nothing, it ends.",
            )
            found.append(Awaited(say(*text), f"/mit/samtykker/{card.partner}/ret"))
    for meeting in meetings:
        if meeting.starts >= now and meeting.unanswered:
            text = ("Hvem må komme til dit møde?", "Who may come to your meeting?")
            found.append(Awaited(say(*text), f"/mit/foer-moedet/{meeting.ref}#hvem"))
    today = copenhagen_day(now).isoformat()
    for promise in promises_of(s, page):
        if promise.owner is None and (promise.due is None or promise.due >= today):
            text = (f"Du ville: {promise.what}", f"You meant to: {promise.what}")
            found.append(Awaited(say(*text), "/mit/aftaler"))
    if any(not one.since for one in page.of("strengths")):
        found.append(Awaited(say(*_STRENGTH), "/mit/historie"))
    return found


def text_of(value: Any) -> str:
    """The words of a text, or nothing."""
    return str(value["text"]) if isinstance(value, dict) and "text" in value else ""
