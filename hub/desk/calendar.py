"""A person's own calendar: an address that nobody can guess, which can be taken back, and the times behind it.

Off until the person turns it on. The address holds a secret of which the hub keeps the digest alone; whoever has the
address has the times, so there is nothing else in it. What is in it is decided at each fetch, and logged.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from hub.application.access import Reader
from hub.application.many import Ask, ManyReads
from hub.desk.desk import PURPOSE_ORDER, Desk
from hub.desk.due import START
from hub.postgres import sql_blocks
from hub.projections.overview import Outline
from hub.vocabulary import Channel

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
SURFACE: Final = "calendar"
_PAGE: Final = 250
_MOST: Final = 500
"""How many citizens one person's calendar reads."""
BEFORE: Final = timedelta(days=1)
"""For how long a time that is over stays in the calendar."""


class Feed(NamedTuple):
    """Whose calendar it is: a person's, or a citizen's own."""

    id: UUID
    person: UUID | None
    citizen: UUID | None


class Slot(NamedTuple):
    """A time in a calendar, and nothing else."""

    uid: UUID
    """Different in every calendar: two people cannot compare theirs."""
    starts: datetime
    noted: str
    """The day on which it was recorded."""


def turn_on(s: Desk, *, person: UUID | None = None, citizen: UUID | None = None) -> str:
    """A new secret; the one before it opens nothing any more."""
    secret = secrets.token_urlsafe(32)
    with s.hub.database.transaction() as connection:
        connection.execute(SQL["turn_off"], (person, citizen))
        connection.execute(SQL["turn_on"], (_digest(secret), person, citizen, s.hub.clock()))
    return secret


def turn_off(s: Desk, *, person: UUID | None = None, citizen: UUID | None = None) -> None:
    """Take the address back: from now on it is nobody's."""
    with s.hub.database.connection() as connection:
        connection.execute(SQL["turn_off"], (person, citizen))


def since(s: Desk, *, person: UUID | None = None, citizen: UUID | None = None) -> datetime | None:
    """Since when somebody has had a calendar; None while it is off."""
    with s.hub.database.connection() as connection:
        row = connection.execute(SQL["since"], (person, citizen)).fetchone()
    return None if row is None else row[0]


def feed_of(s: Desk, secret: str) -> Feed | None:
    """Whose calendar an address opens."""
    with s.hub.database.connection() as connection:
        row = connection.execute(SQL["find"], (_digest(secret),)).fetchone()
    return None if row is None else Feed(*row)


def session_of(feed: Feed) -> str:
    """What the access log knows the fetches of one calendar by: a program that asks often is one visit."""
    return sha256(b"calendar " + feed.id.bytes).hexdigest()


def slots_of_citizen(s: Desk, feed: Feed, citizen: UUID) -> list[Slot]:
    """The times of a citizen's own meetings."""
    reader = Reader.citizen().within(session_of(feed))
    told = s.access.happenings(
        reader, citizen, None, ("meeting.convened", "meeting.cancelled", "meeting.held"), SURFACE
    )
    over = {one.on for one in told if one.entry.event != "meeting.convened"}
    found = [
        _slot(feed, one.entry.ref, one.entry.fields["starts"], one.entry.recorded)
        for one in told
        if one.on not in over and "starts" in one.entry.fields
    ]
    return _ahead(found, s.hub.clock())


def slots_of_person(s: Desk, feed: Feed, reader: Reader) -> list[Slot]:
    """The times of the meetings of a person's citizens, as far as a calendar may hold them."""
    found: list[Slot] = []
    outlines = _outlines(s, reader)
    citizens = [outline.citizen for outline in outlines]
    within = reader.within(session_of(feed))
    reads = ManyReads(s.hub, within, citizens, SURFACE, channel=Channel.CALENDAR)
    asks: dict[UUID, Ask] = {}
    places = {one.citizen: _places(one, reader) for one in outlines}
    for outline in outlines:
        purposes = reads.purposes(outline.citizen)
        purpose = next((one for one in PURPOSE_ORDER if one in purposes), None)
        ends = outline.facts.get("ended", {})
        over = frozenset(ends[meeting] for meeting in places[outline.citizen] if meeting in ends)
        shown = frozenset(at for each in places[outline.citizen].values() for at in each)
        if shown:
            asks[outline.citizen] = Ask(purpose, shown, over)
    told = reads.told(asks)
    for outline in outlines:
        if (known := told.get(outline.citizen)) is None:
            continue
        ends = outline.facts.get("ended", {})
        for meeting, positions in places[outline.citizen].items():
            entries = [known.entries[at] for at in positions if at in known.entries]
            told_of = next((entry for entry in entries if "starts" in entry.fields), None)
            if told_of is not None and ends.get(meeting) not in known.known:
                found.append(_slot(feed, told_of.ref, told_of.fields["starts"], told_of.recorded))
    return _ahead(found, reads.now)


def _outlines(s: Desk, reader: Reader) -> list[Outline]:
    found: list[Outline] = []
    start = START
    while reader.person and len(found) < _MOST:
        page = s.overview.of_person(reader.person.id, start, _PAGE)
        found.extend(outline for outline in page if not outline.dead)
        if len(page) < _PAGE:
            break
        start = page[-1].citizen
    return found


def _places(outline: Outline, reader: Reader) -> dict[str, list[int]]:
    """Where each meeting ahead is told of: where it was called, and where the reader's organisation was invited."""
    invited = outline.facts.get("invited", {})
    found = {}
    for meeting, position in outline.facts["meetings"].items():
        own = invited.get(meeting, {}).get(str(reader.partner))
        found[meeting] = [position] if own is None else [position, own]
    return found


def _slot(feed: Feed, ref: UUID, starts: str, noted: str) -> Slot:
    return Slot(uuid5(feed.id, str(ref)), datetime.fromisoformat(starts), noted)


def _ahead(slots: list[Slot], now: datetime) -> list[Slot]:
    return sorted(
        (slot for slot in slots if slot.starts >= now - BEFORE), key=lambda slot: (slot.starts, slot.uid)
    )


def _digest(secret: str) -> bytes:
    return sha256(b"calendar " + secret.encode()).digest()
