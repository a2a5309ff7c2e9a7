"""The terms of a consent: what is kept of one in force, and categories and purposes as events write them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.errors import BadInput, NotPermitted
from hub.vocabulary import FORBIDDEN_PURPOSES, UNKNOWN, Purpose, label_mask, label_names


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent in force, as far as further commands need it."""

    partner: UUID
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: tuple[UUID, ...] | None
    until: datetime | None


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
