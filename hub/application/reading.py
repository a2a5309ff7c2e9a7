"""Who reads, what they get, and what reading asks of the read models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from hub.application.rows import SealedRow
from hub.store import Record
from hub.vault import Person


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a registered person, the citizen themself, an auditor, or an operator (counts, positions, lag)."""

    role: str
    person: Person | None = None

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
    def of(cls, person: Person) -> "Reader":
        """Somebody at a partner, or (a person at none) who acts for a citizen, and as yet reads nothing."""
        return cls("partner" if person.partner is not None else "representative", person)


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
