"""Who reads, what they get, and what reading asks of the read models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from hub.application.rows import SealedRow
from hub.clock import from_microseconds
from hub.items import Item
from hub.store import Opened, Record
from hub.vault import Person


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a registered person, a partner's system, the citizen themself, an auditor, or an operator.

    An operator sees counts, positions and lag.
    """

    role: str
    person: Person | None = None
    system: UUID | None = None
    """The partner whose system it is, with nobody before it."""
    session: str | None = None
    """What the log knows a session by: within one, the same reading again is the same visit."""

    @property
    def partner(self) -> UUID | None:
        """The organisation on whose behalf it is read."""
        return self.system if self.person is None else self.person.partner

    @classmethod
    def citizen(cls) -> "Reader":
        """The citizen that the read is about."""
        return cls("citizen")

    @classmethod
    def operator(cls) -> "Reader":
        """Who keeps the machine running, and sees no content."""
        return cls("operator")

    @classmethod
    def auditor(cls) -> "Reader":
        """Who checks that the rules are kept: sees metadata and reasons, no content."""
        return cls("auditor")

    @classmethod
    def of_system(cls, partner: UUID) -> "Reader":
        """A partner's own system, which reads for the purposes that are registered for the partner."""
        return cls("system", None, partner)

    @classmethod
    def of(cls, person: Person) -> "Reader":
        """Somebody at a partner, or (a person at none) who acts for a citizen, and as yet reads nothing."""
        return cls("partner" if person.partner is not None else "representative", person)

    def within(self, session: str) -> "Reader":
        """The same, in a session; what is given is a digest of its token, never the token."""
        return replace(self, session=session)


class Entry(NamedTuple):
    """One event as a reader sees it; what is not permitted is absent."""

    position: int
    event_id: UUID
    ref: UUID
    """What this reader calls it: the event's id for the citizen, the partner's own disclosure id for its people."""
    event: str
    happened: str | None
    recorded: str
    by: UUID | None
    """The partner that recorded it; None for the citizen, and where a name would tell what the reader may not know."""
    why: str
    fields: dict[str, Any]
    """Values by field; a text as {"text": …, "labels": […]}."""
    corrected: tuple[str, ...] = ()
    """For the citizen: the fields that show corrected words or values; `occurred` is the day."""
    disputes: tuple[dict[str, Any], ...] = ()
    """For the citizen: what the citizen has said against it, oldest first."""
    representative: UUID | None = None
    """For the citizen: who did it on the citizen's behalf."""


class Look(NamedTuple):
    """One entry of the access log, as the citizen may know it."""

    at: datetime
    role: str
    partner: UUID | None
    function: str | None
    purpose: str | None
    surface: str
    permitted: bool
    events: int
    person: UUID | None
    about: UUID | None
    """Whose view it was, where it was an organisation's."""
    reasons: list[str]
    """Why it was refused."""
    position: int
    """Where in the log it was decided."""
    grants: list[UUID]
    id: int
    """Ask again with this (of the last one) for older ones; told to nobody."""


class Happening(NamedTuple):
    """One event with what only the hub itself asks of it."""

    entry: Entry
    on: UUID
    """The meeting, the plan or the citizen that it was recorded on: never shown to anybody."""
    at: datetime
    """When it was recorded."""


def happened(entries: Sequence[Entry], found: Sequence[tuple[Item, Opened]]) -> list[Happening]:
    """Entries with the events that they were made of."""
    return [
        Happening(entry, opened.originator_id, from_microseconds(item.recorded_at))
        for entry, (item, opened) in zip(entries, found, strict=True)
    ]


class Page(NamedTuple):
    """A page of a timeline, newest first."""

    entries: list[Entry]
    before: UUID | None
    """Ask again with this (the reference of the page's last entry) for the next page; None at the end."""


class TimelineRows(Protocol):
    """What reading asks of the timeline."""

    def page(self, citizen: UUID, before: int, limit: int) -> list[Record]:
        """The newest records before a position."""

    def at(self, citizen: UUID, positions: Sequence[int]) -> list[Record]:
        """The records at these positions."""


class ViewRow(SealedRow, Protocol):
    """One row of a partner's view, still sealed."""

    @property
    def position(self) -> int: ...  # noqa: D102
    @property
    def disclosure_id(self) -> UUID: ...  # noqa: D102
    @property
    def purposes(self) -> int: ...  # noqa: D102


class ViewRows(Protocol):
    """What reading asks of a partner's view."""

    def rows(self, partner: UUID, citizen: UUID, now: datetime) -> Sequence[ViewRow]:
        """One citizen's rows."""

    def withheld(self, citizen: UUID) -> bool:
        """Whether what partners see of a citizen is withheld: a record could not be handled, and waits."""
