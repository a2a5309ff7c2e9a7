"""The registered organisations, as far as the decision goes: sector, purposes, what a name reveals, ceiling."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from hub.statements import Statement
from hub.vocabulary import (
    ALL_CATEGORIES,
    CATEGORY_BIT,
    UNKNOWN,
    Category,
    label_mask,
    purpose_mask,
)

_ADOPTABLE: Final = ALL_CATEGORIES & ~CATEGORY_BIT[Category.ATTENDANCE]
"""What a ceiling can hold: `attendance` can be in none."""


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """What the decision knows of an organisation."""

    sector: str
    purposes: int
    reveals: int
    public: bool
    ceiling: int = 0
    suspended: bool = False
    confirmed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """The rows of the table of legal bases that its lawyer confirmed: position and time of the confirmation."""


class Partners:
    """The registered organisations, as their statements say."""

    def __init__(self, facts: dict[UUID, PartnerFacts] | None = None) -> None:
        self._facts = {} if facts is None else facts

    def get(self, partner: UUID) -> PartnerFacts | None:
        """A partner's facts; None when it is not registered."""
        return self._facts.get(partner)

    def ids(self) -> tuple[UUID, ...]:
        """Every registered partner."""
        return tuple(self._facts)

    def reveals(self, partner: UUID) -> int:
        """The labels that naming an organisation adds; unknown to the hub is never permitted."""
        facts = self._facts.get(partner)
        return UNKNOWN if facts is None else facts.reveals

    def add(self, statement: Statement) -> None:
        """Take one more statement about an organisation."""
        partner, body = statement.partner, statement.body
        if partner is None:
            return
        old = self._facts.get(partner)
        if statement.kind == "registered":
            new = PartnerFacts(
                body["sector"],
                purpose_mask(body["purposes"].split()),
                label_mask(body["reveals"].split()),
                body["public"],
            )
            if old is not None:
                new = replace(new, ceiling=old.ceiling, suspended=old.suspended, confirmed=old.confirmed)
            self._facts[partner] = new
        elif old is None:
            return
        elif statement.kind == "ceiling":
            self._facts[partner] = replace(old, ceiling=label_mask(body["categories"].split()) & _ADOPTABLE)
        elif statement.kind in ("suspended", "resumed"):
            self._facts[partner] = replace(old, suspended=statement.kind == "suspended")
        elif statement.kind == "basis_confirmed" and body["basis"] not in old.confirmed:
            since = (statement.position, statement.recorded_at)
            self._facts[partner] = replace(old, confirmed={**old.confirmed, body["basis"]: since})

    def copy(self) -> "Partners":
        """A copy that goes its own way."""
        return Partners(dict(self._facts))
