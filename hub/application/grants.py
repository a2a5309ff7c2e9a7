"""What lets somebody see something: a consent or a basis in law, an item grant, a task, emergency access."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from hub.application.amendments import UNAMENDED, Amendment
from hub.clock import from_microseconds, to_microseconds, wall_clock_later
from hub.items import Item
from hub.vocabulary import ALL_CATEGORIES, PURPOSE_BIT, Purpose

CITIZEN_SOURCE: Final = UUID(int=0)
"""In a consent's sources: what the citizen recorded."""
EMERGENCY: Final = PURPOSE_BIT[Purpose.EMERGENCY]
EMERGENCY_EVENTS: Final = frozenset(
    {
        "citizen.contact_person_assigned",
        "citizen.contact_person_ended",
        "citizen.crisis_agreement_made",
        "citizen.treatment_noted",
    }
)
"""What emergency access covers: contact persons, the crisis agreement, and treatment (DOMAIN, "Emergency access")."""
LAPSE_DAYS: Final = 30
"""How long a spoken consent waits for the citizen to confirm it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent, or a basis in law, as the decision reads it."""

    id: UUID
    partner: UUID
    labels: int
    purposes: int
    sources: frozenset[UUID] | None
    window: tuple[int, int | None, bool] | None
    until: int | None
    position: int
    recorded_at: int
    cap: int | None = None
    """The end that sundhedsloven § 43 sets, whatever was said."""
    lapses: int | None = None
    """For a spoken consent that nobody has confirmed: when it ends by itself."""
    pending: bool = False
    """Whether it counts only from its confirmation."""
    basis: str | None = None
    """The row of the table of legal bases; None for a consent."""
    emergency: bool = False

    @property
    def law(self) -> bool:
        """Whether it rests on the law and not on a consent."""
        return self.emergency or self.basis is not None

    @property
    def ends(self) -> int | None:
        """The first moment at which it is no longer in force; None when nothing is set."""
        moments = [end for end in (self.until, self.cap, self.lapses) if end is not None]
        return min(moments) if moments else None

    def since(self, position: int, recorded_at: int) -> "Grant":
        """The same, counting from somewhere else."""
        return replace(self, position=position, recorded_at=recorded_at)

    def covers(self, item: Item, amended: Amendment = UNAMENDED) -> bool:
        """Rule 3: access time decides whether, event time decides what; and rule 2's source.

        Of a corrected item every time that was given must be covered (rule 7).
        """
        if self.emergency:
            return item.event in EMERGENCY_EVENTS
        if self.window is None and (item.imported or item.position <= self.position):
            return False
        if not self.covers_source(item, amended):
            return False
        return self._covers_time(item.occurred_at) and all(
            self._covers_time(moment) for moment, _ in amended.times
        )

    def covers_source(self, item: Item, amended: Amendment = UNAMENDED) -> bool:
        """Rule 2: whether it covers everybody who wrote in the item, those who corrected it too."""
        return self.sources is None or all(
            (source or CITIZEN_SOURCE) in self.sources for source in (item.source, *amended.sources)
        )

    def _covers_time(self, moment: int | None) -> bool:
        if self.window is None:
            return moment is not None and moment > self.recorded_at
        begins, ends, undated = self.window
        if moment is None:
            return undated
        return begins <= moment and (ends is None or moment < ends)


@dataclass(frozen=True, slots=True)
class Task:
    """A person's (or a unit's) task with the citizen."""

    partner: UUID
    person: UUID | None
    purpose: int
    role: str


@dataclass(frozen=True, slots=True)
class ItemGrant:
    """One item for one recipient, with the labels that it had then; `knows` are the names that the citizen approved."""

    how: str
    knows: frozenset[UUID]
    amended: Amendment = UNAMENDED
    """What had been said about the item when it was granted."""
    whole: bool = False
    """Whether the citizen approved the text of an agreement for this party, whatever its ceiling."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One person's emergency access."""

    partner: UUID
    person: UUID
    until: int

    def grant(self, access: UUID) -> Grant:
        """What it lets that person see, for the purpose `emergency` alone."""
        return Grant(
            access, self.partner, ALL_CATEGORIES, EMERGENCY, None, None, self.until, 0, 0, emergency=True
        )


def lapse(recorded_at: int) -> int:
    """When a spoken consent that nobody confirms ends: the same time of day, thirty days later."""
    return to_microseconds(wall_clock_later(from_microseconds(recorded_at), days=LAPSE_DAYS))


def year_later(recorded_at: int) -> int:
    """The longest that sundhedsloven § 43 allows: one year."""
    return to_microseconds(wall_clock_later(from_microseconds(recorded_at), years=1))
