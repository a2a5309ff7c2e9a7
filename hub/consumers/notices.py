"""Notices: a mail that says there is news, to those who chose it, and says nothing else.

The mail goes at fixed times, so that its time tells nothing of what happened when: on the quarter of the hour, or once
a day at seven. News is what began on a person's own list since the last look. It is decided as a read, through mail
and for the person's own task, and logged; where nothing began that ids alone could put on the list, nothing is read.

What a crash leaves: those who were sent a mail and not yet noted get a second copy with the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from hub.application.access import Access, Reader
from hub.application.disclosure import State
from hub.application.due import (
    DueFact,
    DueMatter,
    DueReader,
    DueTold,
    due_items,
    due_matters,
    hard_facts,
    is_the_citizens_own,
)
from hub.application.hub import Hub
from hub.application.many import Ask, ManyReads, states_of
from hub.clock import COPENHAGEN, copenhagen_day
from hub.consumers.mailing import Mailer
from hub.due import due_table
from hub.errors import AccessDenied, BadInput, HubError, MailUnavailable
from hub.logs import logger
from hub.postgres import sql_blocks
from hub.vault import HUB
from hub.vocabulary import Channel, Purpose

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
SURFACE: Final = "mail"
QUARTER: Final = timedelta(minutes=15)
MORNING: Final = 7
"""The hour, in Denmark, of the mail that comes once a day."""
WAYS: Final = ("at_once", "daily")
_LOOK: Final = 5.0
_PAGE: Final = 250
_FIRST: Final = UUID(int=0)
_log = logger()


class OutlineOf(Protocol):
    """A citizen with whom somebody has a task."""

    @property
    def citizen(self) -> UUID: ...  # noqa: D102
    @property
    def dead(self) -> bool: ...  # noqa: D102


class Overview(Protocol):
    """What notices ask of the overview."""

    def of_person(self, person: UUID, after: UUID, limit: int) -> Sequence[OutlineOf]:
        """The citizens with whom a person has a task."""


class DueRows(Protocol):
    """What notices ask of what is due."""

    def of_citizens(self, citizens: Sequence[UUID]) -> Mapping[UUID, Sequence[DueFact]]:
        """The facts about citizens."""


class Choice(NamedTuple):
    """What somebody has chosen."""

    how: str
    address: str


class _Wanted(NamedTuple):
    id: UUID
    person: UUID | None
    citizen: UUID | None
    how: str
    address: bytes
    known: list[str]


class Notices:
    """Who is told by mail that there is news, and when."""

    def __init__(
        self, hub: Hub, access: Access, overview: Overview, due: DueRows, mailer: Mailer | None
    ) -> None:
        self._hub = hub
        self._access = access
        self._overview = overview
        self._due = due
        self._mailer = mailer

    @property
    def possible(self) -> bool:
        """Whether this hub sends mail at all."""
        return self._mailer is not None

    # What people choose.

    def choice(self, *, person: UUID | None = None, citizen: UUID | None = None) -> Choice | None:
        """What somebody has chosen; None for no mail."""
        with self._hub.database.connection() as connection:
            row = connection.execute(SQL["choice"], {"person": person, "citizen": citizen}).fetchone()
        return None if row is None else Choice(row[0], self._opened(person or citizen, citizen, row[1]))

    def choose(
        self, how: str | None, address: str = "", *, person: UUID | None = None, citizen: UUID | None = None
    ) -> None:
        """Be told at once or once a day at this address, or (None) not at all; what there is already is no news."""
        terms = {"person": person, "citizen": citizen}
        if how is not None and how not in WAYS:
            raise BadInput("Choose at once, once a day, or no mail.")
        known = sorted(self._candidates(person, citizen)) if how is not None else []
        with self._hub.database.transaction() as connection:
            connection.execute(SQL["off"], terms)
            if how is not None:
                key = self._hub.vault.key_of(citizen or HUB)
                sealed = self._hub.vault.seal_row(key, address.encode(), _place(person or citizen))
                day = copenhagen_day(self._hub.clock())
                connection.execute(
                    SQL["choose"], {**terms, "how": how, "address": sealed, "known": known, "day": day}
                )

    # What the scheduler does.

    def look(self) -> int:
        """Send what is to be sent by now; how many mails went."""
        if self._mailer is None:
            return 0
        now = self._hub.clock()
        slot = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        with self._hub.database.transaction() as connection:
            alone = connection.execute(SQL["alone"]).fetchone()
            if alone is None or not alone[0]:
                return 0  # another process does it
            row = connection.execute(SQL["last_time"]).fetchone()
            if row is not None and slot <= row[0]:
                return 0
            connection.execute(SQL["put_time"], (slot,))
            try:
                return self._tell(self._mailer, slot)
            except MailUnavailable as error:  # whoever was not told is told at the next fixed time
                _log.warning("the mail waits", reason=str(error))
                return 0

    def run(self, stop: Event) -> None:
        """Look until told to stop; what fails is told once, and tried again."""
        told = ""
        while not stop.wait(_LOOK):
            try:
                self.look()
                told = ""
            except HubError as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("the mail waits", reason=told)

    def _tell(self, mailer: Mailer, slot: datetime) -> int:
        today = copenhagen_day(slot)
        terms = {"morning": slot.astimezone(COPENHAGEN).hour >= MORNING, "today": today}
        with self._hub.database.connection() as connection:
            wanted = [_Wanted(*row) for row in connection.execute(SQL["wanted"], terms)]
        sent = 0
        for one in wanted:
            news, known = self._news(one, today)
            if news:
                address = self._opened(one.person or one.citizen, one.citizen, one.address)
                sent += len(mailer.send([address], slot))
            with self._hub.database.connection() as connection:
                connection.execute(SQL["told"], {"id": one.id, "known": sorted(known), "day": today})
        if sent:
            _log.info("mail went out", count=sent)
        return sent

    # What is news.

    def _news(self, one: _Wanted, today: date) -> tuple[bool, set[str]]:
        """Whether something began since that the person may know of through mail; and all that there is now."""
        candidates = self._candidates(one.person, one.citizen)
        fresh = {
            key: (citizen, matter) for key, (citizen, matter) in candidates.items() if key not in one.known
        }
        if not fresh:
            return False, set(candidates)
        by_citizen: dict[UUID, list[DueMatter]] = {}
        for citizen, matter in fresh.values():
            by_citizen.setdefault(citizen, []).append(matter)
        told = (
            self._told_to_citizen(one.citizen, by_citizen)
            if one.citizen is not None
            else self._told_to_person(one.person, by_citizen)
        )
        own = self._reader_of(one.person)
        found = any(due_items(by_citizen[citizen], [], told[citizen], own, today) for citizen in told)
        return found, set(candidates)

    def _told_to_citizen(
        self, citizen: UUID, matters: Mapping[UUID, Sequence[DueMatter]]
    ) -> dict[UUID, DueTold]:
        shown, beside = _places(matters[citizen])
        try:
            told = self._access.told_at(Reader.citizen(), citizen, None, shown, beside, SURFACE)
        except AccessDenied:
            return {}
        return {citizen: told}

    def _told_to_person(
        self, person: UUID | None, matters: Mapping[UUID, Sequence[DueMatter]]
    ) -> dict[UUID, DueTold]:
        known = self._hub.vault.persons([] if person is None else [person])
        if person not in known:
            return {}
        reads = ManyReads(self._hub, Reader.of(known[person]), list(matters), SURFACE, channel=Channel.MAIL)
        asks = {}
        for citizen, each in matters.items():
            purposes = reads.purposes(citizen)
            shown, beside = _places(each)
            purpose = next((str(name) for name in Purpose if name in purposes), None)
            asks[citizen] = Ask(purpose, frozenset(shown), frozenset(beside))
        return reads.told(asks)

    def _candidates(self, person: UUID | None, citizen: UUID | None) -> dict[str, tuple[UUID, DueMatter]]:
        """What stands on somebody's list as far as ids tell, by a key of its own."""
        citizens = [citizen] if citizen is not None else self._citizens(person)
        reader = self._reader_of(person)
        states = {} if person is None else states_of(self._hub, citizens)
        found = {}
        for one, facts in self._due.of_citizens(citizens).items() if citizens else ():
            own = _with_roles(reader, states[one]) if one in states else reader
            for matter in due_matters(due_table(), facts):
                mine = is_the_citizens_own(matter.rule) if person is None else matter.is_for(own)
                if mine and not hard_facts(matter.of("opens")):
                    begun = matter.of("opens")[-1]
                    found[f"{matter.rule.id} {begun.position}"] = (one, matter)
        return found

    def _citizens(self, person: UUID | None) -> list[UUID]:
        found: list[UUID] = []
        start = _FIRST
        while person is not None and (page := self._overview.of_person(person, start, _PAGE)):
            found.extend(outline.citizen for outline in page if not outline.dead)
            start = page[-1].citizen
        return found

    def _reader_of(self, person: UUID | None) -> DueReader:
        known = self._hub.vault.persons([] if person is None else [person])
        if person is None or person not in known or (partner := known[person].partner) is None:
            return DueReader()
        facts = self._hub.partners().get(partner)
        return DueReader(person, partner, "" if facts is None else facts.sector)

    def _opened(self, who: UUID | None, citizen: UUID | None, sealed: bytes) -> str:
        key = self._hub.vault.key_of(citizen or HUB)
        return self._hub.vault.open_row(key, bytes(sealed), _place(who)).decode()


def _with_roles(own: DueReader, state: State) -> DueReader:
    roles = frozenset(task.role for task in state.tasks.values() if task.person == own.person)
    return DueReader(own.person, own.partner, own.sector, roles)


def _places(matters: Sequence[DueMatter]) -> tuple[set[int], set[int]]:
    """What must be known of these things: where they are told of, and where their ends are."""
    shown = {position for matter in matters for position in matter.positions}
    return shown, {position for matter in matters for position in matter.others}


def _place(who: UUID | None) -> bytes:
    return b"notice" + (b"" if who is None else who.bytes)
