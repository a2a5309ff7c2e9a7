"""The terms of what is permitted: what is kept of each consent and block, and how events write categories."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hub.aggregates.base import Act, Window
from hub.clock import wall_clock_later
from hub.errors import BadInput, NotPermitted
from hub.vocabulary import FORBIDDEN_PURPOSES, UNKNOWN, Purpose, Role, label_mask, label_names

LAPSE_DAYS: Final = 30
"""How long a spoken consent waits for its confirmation."""
EMERGENCY: Final = timedelta(hours=8)
"""How long an emergency access lasts."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent in force, as far as further commands need it."""

    partner: UUID
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: tuple[UUID, ...] | None
    until: datetime | None
    lapses: datetime | None = None
    """When it ends by itself: it was spoken, and nobody has confirmed it."""
    pending: bool = False
    """It counts only from its confirmation: staff registered it after a withdrawal."""
    section_43: bool = False

    @property
    def ends(self) -> datetime | None:
        """The first moment at which it is over; None where nothing is set."""
        return min((end for end in (self.until, self.lapses) if end is not None), default=None)

    def ended(self, now: datetime) -> str | None:
        """Why it is over: `time` or `lapsed`, whichever came first; None while it is not."""
        if self.ends is None or self.ends > now:
            return None
        return "time" if self.until == self.ends else "lapsed"


@dataclass(frozen=True, slots=True)
class Block:
    """A block in force: not them (or not that person of theirs), or not this to them."""

    partner: UUID
    categories: str | None
    person: UUID | None


@dataclass(frozen=True, slots=True)
class Basis:
    """A registration of a legal basis, while it lasts."""

    row: str
    partner: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Emergency:
    """One person's emergency access, open, ended or reviewed."""

    partner: UUID
    person: UUID
    confirmed_by: UUID | None
    until: datetime
    closed: bool = False
    reviewed: bool = False


def written_categories(categories: frozenset[str]) -> str:
    """Categories as events write them; refuse none at all and what is no category."""
    mask = label_mask(categories)
    if not categories or mask & UNKNOWN:
        raise BadInput(f"Choose among these categories: {', '.join(label_names(~0))}.")
    return " ".join(label_names(mask))


def written_purposes(purposes: frozenset[str]) -> str:
    """Purposes as events write them; refuse none at all, and those that are never a ground for reading."""
    if purposes & FORBIDDEN_PURPOSES:
        raise NotPermitted(
            "Sanction, benefit control, recruitment, insurance and criminal investigation are never "
            "a purpose here: choose another."
        )
    known = [str(purpose) for purpose in Purpose if purpose is not Purpose.EMERGENCY]
    if not purposes or not purposes <= set(known):
        raise BadInput(f"Choose among these purposes: {', '.join(known)}.")
    return " ".join(purpose for purpose in known if purpose in purposes)


def in_order(window: Window | None) -> None:
    """Refuse a window that ends before it begins."""
    if window and window.happened_to is not None and window.happened_to <= window.happened_from:
        raise BadInput("The window ends before it begins: swap --from and --to.")


def within_a_year(until: datetime | None, act: Act) -> datetime:
    """The end under sundhedsloven § 43: the one that was said, or one year, which is the most there can be."""
    latest = wall_clock_later(act.recorded_at, years=1)
    if until is not None and until > latest:
        raise BadInput(
            "Under sundhedsloven § 43 a consent lasts one year at most: choose an earlier --until, or leave it out."
        )
    return until or latest


def by_citizen_or_within(
    act: Act, scope: frozenset[str] | None, categories: frozenset[str], *, what: str
) -> None:
    """Refuse unless the citizen acts, or a representative whose recorded scope holds all of these categories."""
    if act.by.role is Role.CITIZEN:
        return
    if act.by.role is not Role.REPRESENTATIVE:
        raise NotPermitted(
            f"{what} is for the citizen, or a representative within the recorded scope: let them do it "
            "(--as citizen).",
        )
    if scope is None:
        raise NotPermitted(
            f"{what} is for a representative who is registered: have the scope recorded first, or ask the citizen."
        )
    if not categories <= scope:
        beyond = " and ".join(label_names(label_mask(categories - scope)))
        raise NotPermitted(f"The representative's scope does not hold {beyond}: ask the citizen.")
