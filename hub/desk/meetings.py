"""Meetings and agreements as a reader may know them: put together from decided events, and never from anything else.

What has ended is over only for those who may know of its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.page import CitizenPage, entries_with, page_of
from hub.clock import to_microseconds
from hub.desk.desk import Desk
from hub.items import Item
from hub.store import Opened
from hub.texts import say
from hub.vocabulary import Channel

_AMENDMENTS: Final = "event."
_LATEST: Final = 5
_SAYS: Final = ("words", "who", "what", "professional", "text", "reason", "address", "purpose")
"""The fields whose words say what something is, the citizen's own first."""
_QUIET: Final = frozenset({
    "citizen.enrolled", "citizen.relation_started", "citizen.relation_ended", "meeting.participant_invited",
    "meeting.participant_approved_by_citizen", "meeting.convened", "meeting.citizen_message_given",
})  # fmt: skip
"""What is no news on a sheet: it stands there otherwise, or is mere administration."""


class Told(NamedTuple):
    """One event of which the reader may know, with what they see of it; None: only that it happened."""

    item: Item
    opened: Opened
    entry: Entry | None

    def term(self, name: str) -> Any:
        """An id that the event holds: which agreement, which item."""
        value = self.opened.body.get(name)
        return UUID(bytes=value) if isinstance(value, bytes) else value


@dataclass(slots=True)
class Invitation:
    """Somebody invited, as far as the reader may know."""

    entry: Entry
    partner: UUID
    approved: bool = False
    answer: Entry | None = None

    @property
    def coming(self) -> bool | None:
        """Whether they come; None: no answer."""
        found: bool | None = None if self.answer is None else self.answer.fields.get("coming")
        return found


@dataclass(slots=True)
class Agreement:
    """Who does what by when."""

    id: UUID
    meeting: UUID
    first: Entry
    since: list[Entry] = field(default_factory=list)
    over: str | None = None
    """`done` or `dropped`; None while it is open."""
    left: set[str] = field(default_factory=set)
    """Organisations that were taken off it."""

    @property
    def owner(self) -> UUID | None:
        """The organisation that does it; None is the citizen."""
        found = self.first.fields.get("owner")
        return None if found is None or found in self.left else UUID(found)

    @property
    def due(self) -> str | None:
        """The day it is promised for. The citizen's own has none: it is late on nobody's list."""
        if "owner" not in self.first.fields:
            return None
        told = [entry.fields["new_due"] for entry in self.since if "new_due" in entry.fields]
        found: str | None = told[-1] if told else self.first.fields.get("due")
        return found

    @property
    def parties(self) -> list[UUID]:
        """Who else is party to it."""
        return [UUID(one) for one in self.first.fields.get("parties", ()) if one not in self.left]


@dataclass(slots=True)
class Gathering:
    """One meeting, as far as the reader may know."""

    id: UUID
    entries: list[Entry] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    invitations: dict[UUID, Invitation] = field(default_factory=dict)
    agreements: dict[UUID, Agreement] = field(default_factory=dict)
    agenda: dict[UUID, tuple[Entry, bool]] = field(default_factory=dict)
    """Items of the agenda, and whether each is accepted."""

    def of(self, *events: str) -> list[Entry]:
        """What was said on it by events of these kinds, oldest first."""
        wanted = {f"meeting.{event}" for event in events}
        return [entry for entry in self.entries if entry.event in wanted]

    @property
    def first(self) -> Entry | None:
        """What the meeting is known from: that it was convened, or an invitation to it."""
        return next(iter([*self.of("convened"), *self.of("participant_invited")]), None)

    @property
    def ref(self) -> UUID:
        """What the reader calls it."""
        return (self.first or self.entries[0]).ref

    @property
    def status(self) -> str:
        """`convened`, `held` or `cancelled`."""
        for status in ("cancelled", "held"):
            if f"meeting.{status}" in self.happened:
                return status
        return "convened"

    def latest(self, name: str, *events: str) -> Any:
        """A field as it was last said by events of these kinds."""
        return next((e.fields[name] for e in reversed(self.of(*events)) if name in e.fields), None)

    @property
    def starts(self) -> datetime | None:
        """When it begins."""
        found = self.latest("starts", "convened", "participant_invited", "rescheduled")
        return None if found is None else datetime.fromisoformat(found)

    @property
    def purpose(self) -> dict[str, Any] | None:
        """What it is for."""
        found: dict[str, Any] | None = self.latest("purpose", "convened") or self.latest(
            "purpose", "participant_invited"
        )
        return found

    @property
    def place(self) -> dict[str, Any] | None:
        """Where it is."""
        found: dict[str, Any] | None = self.latest("place", "convened", "participant_invited", "place_chosen")
        return found

    @property
    def kind(self) -> str | None:
        """What sort of meeting it is."""
        found: str | None = self.latest("kind", "convened")
        return found

    @property
    def held(self) -> Entry | None:
        """What was recorded when it was held."""
        return next(iter(self.of("held")), None)

    @property
    def asked_the_citizen(self) -> bool:
        """Whether the citizen's own words are on the agenda."""
        return any("words" in entry.fields for entry, _ in self.agenda.values())


@dataclass(slots=True)
class Known:
    """All that a reader may know of a citizen, as the pages about meetings need it."""

    told: list[Told]
    gatherings: dict[UUID, Gathering]
    page: CitizenPage

    @property
    def entries(self) -> list[Entry]:
        """What the reader sees, oldest first."""
        return [one.entry for one in self.told if one.entry is not None]

    @property
    def meetings(self) -> list[Gathering]:
        """The meetings, by when they begin."""
        found = [one for one in self.gatherings.values() if one.first is not None and one.starts is not None]
        return sorted(found, key=lambda one: (str(one.starts), str(one.id)))

    def meeting(self, ref: UUID | None) -> Gathering | None:
        """The meeting that one of the reader's references stands for."""
        return next(
            (one for one in self.meetings if ref is not None and any(e.ref == ref for e in one.entries)), None
        )

    @property
    def agreements(self) -> list[Agreement]:
        """Every agreement, open or not."""
        return [each for one in self.gatherings.values() for each in one.agreements.values()]

    def agreement(self, ref: UUID | None) -> Agreement | None:
        """The agreement that one of the reader's references stands for."""
        return next((one for one in self.agreements if one.first.ref == ref), None)

    def open_agreements(self, ours: UUID | None) -> list[Agreement]:
        """What is agreed and open: ours first, then by the day."""
        found = [one for one in self.agreements if one.over is None]
        return sorted(found, key=lambda one: (one.owner != ours, one.due or "9999", one.first.position))

    def since(self, meeting: Gathering) -> list[Entry]:
        """What is new since they last met, newest first: a few."""
        last = max(
            (one.held.position for one in self.gatherings.values() if one.held and one is not meeting),
            default=0,
        )
        ours = {entry.position for entry in meeting.entries}
        news = [
            e for e in self.entries if e.position > last and e.position not in ours and e.event not in _QUIET
        ]
        return news[: -_LATEST - 1 : -1]

    @property
    def most(self) -> int | None:
        """With how many at most the citizen would meet."""
        told = self.page.last.get("meeting_preference")
        found: int | None = None if told is None else told.fields.get("most")
        return found


def read(s: Desk, reader: Reader, citizen: UUID, purpose: str | None, surface: str = "meetings") -> Known:
    """Everything that the reader may know, decided and logged as this surface; where that is nothing, the denial."""
    found = s.access.known(reader, citizen, purpose, surface)
    told = [Told(*each) for each in found if not each[0].event.startswith(_AMENDMENTS)]
    shown = [(one.entry, one.opened) for one in told if one.entry is not None]
    page = page_of(entries_with([entry for entry, _ in shown], [opened for _, opened in shown]))
    return Known(told, gathered(told), page)


def gathered(told: Sequence[Told]) -> dict[UUID, Gathering]:
    """The meetings among these events."""
    found: dict[UUID, Gathering] = {}
    for one in told:
        if one.item.event.startswith("meeting."):
            meeting = found.setdefault(one.opened.originator_id, Gathering(one.opened.originator_id))
            meeting.happened.append(one.item.event)
            if one.entry is not None:
                meeting.entries.append(one.entry)
            _fold(meeting, one)
    return {identity: meeting for identity, meeting in found.items() if meeting.entries}


def _fold(meeting: Gathering, one: Told) -> None:
    """What one more event makes of a meeting."""
    what = one.item.event.removeprefix("meeting.")
    if what.startswith("agreement_"):
        _fold_agreement(meeting, one, what.removeprefix("agreement_"))
    elif what.startswith("agenda_item_"):
        item = one.term("agenda_item")
        if what == "agenda_item_accepted" and item in meeting.agenda:
            meeting.agenda[item] = (meeting.agenda[item][0], True)
        elif one.entry is not None:
            meeting.agenda[item] = (one.entry, False)
    elif what == "participant_approved_by_citizen":
        for partner in one.opened.body["invited"]:
            _approve(meeting, UUID(bytes=partner), approved=True)
    elif one.entry is not None and "participant" in one.entry.fields:
        _fold_participant(meeting, one.entry, what)


def _fold_participant(meeting: Gathering, entry: Entry, what: str) -> None:
    partner = UUID(entry.fields["participant"])
    if what == "participant_invited":
        meeting.invitations[partner] = Invitation(entry, partner, approved=entry.why == "addressed")
    elif what == "participant_removed":
        meeting.invitations.pop(partner, None)
    elif what == "approval_withdrawn":
        _approve(meeting, partner, approved=False)
    elif what == "participant_answered" and partner in meeting.invitations:
        meeting.invitations[partner].answer = entry


def _approve(meeting: Gathering, partner: UUID, *, approved: bool) -> None:
    """Of whoever the reader does not know to be invited nothing is kept."""
    if partner in meeting.invitations:
        meeting.invitations[partner].approved = approved


def _fold_agreement(meeting: Gathering, one: Told, what: str) -> None:
    identity = one.term("agreement")
    if what == "made":
        if one.entry is not None:
            meeting.agreements[identity] = Agreement(identity, meeting.id, one.entry)
        return
    found = meeting.agreements.get(identity)
    if found is None:
        return
    if what in {"done", "dropped"}:
        found.over = what
    elif one.entry is not None and what == "party_removed":
        found.left.add(one.entry.fields["partner"])
    if one.entry is not None:
        found.since.append(one.entry)


def may_name(s: Desk, reader: Reader, citizen: UUID, purpose: str | None) -> dict[UUID, str]:
    """The organisations that a reader can name about this citizen: those of which they may know. Names by id."""
    person = reader.person
    if person is None or person.partner is None:
        return {}
    now = to_microseconds(s.hub.clock())
    viewer = s.hub.state(citizen).viewer(
        person.partner, now, person=person.id, channel=Channel.SCREEN, purpose=purpose
    )
    known = {
        one: name
        for one, (name, _) in s.partners().items()
        if one == viewer.partner or viewer.may_know_of(one)
    }
    return dict(sorted(known.items(), key=lambda pair: pair[1].casefold()))


def many(known: Known, meeting: Gathering) -> str | None:
    """A calm sentence where more are invited than the citizen would rather meet; said, never refused."""
    invited, most = len(meeting.invitations), known.most
    if most is None or invited <= most or meeting.status != "convened":
        return None
    return many_text(invited, most)


def many_text(invited: int, most: int) -> str:
    """So many are invited, and so many the citizen would rather meet."""
    return say(
        f"{invited} er inviteret. Borgeren vil helst mødes med højst {most} ad gangen.",
        f"{invited} are invited. The citizen would rather meet at most {most} at a time.",
    )


def said_of(entry: Entry) -> str | None:
    """What an event says in words, the citizen's own before others'."""
    texts = (entry.fields.get(name) for name in _SAYS)
    return next((text["text"] for text in texts if isinstance(text, dict) and "text" in text), None)


def shortened(text: str, longest: int) -> str:
    """A text for a sheet of paper: whole words, and a sign that there is more."""
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[:longest].rsplit(" ", 1)[0] + " …"
