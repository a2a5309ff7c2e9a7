"""What was said later about an item: corrected, labelled anew, or found to be written on the wrong person.

An amendment is never changed, only replaced: an item grant keeps the one that stood when it was made, since it
covers the labels that the item had then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from uuid import UUID

from hub.items import ItemField
from hub.statements import OCCURRED, Statement
from hub.vocabulary import UNKNOWN, label_mask


class Words(NamedTuple):
    """The words of a correction: the event that holds them, who wrote them (None: the citizen), and where it stands."""

    event: UUID
    by: UUID | None
    position: int


class Change(NamedTuple):
    """What became of one field (or of the existence): labels that came and went, and whose words stand there."""

    added: int = 0
    removed: int = 0
    words: tuple[Words, ...] = ()
    """The corrections, in order."""

    def labels(self, base: int) -> int:
        """The labels now; where none is left, nobody is permitted."""
        return (base | self.added) & ~self.removed or UNKNOWN

    def own(self, partner: UUID) -> UUID | None:
        """The latest words that a partner wrote itself: a correction of its own, or None for the original."""
        return next((words.event for words in reversed(self.words) if words.by == partner), None)

    @property
    def latest(self) -> UUID | None:
        """The latest words: those of the last correction, or None for the original."""
        return self.words[-1].event if self.words else None


_UNCHANGED: Final = Change()


@dataclass(frozen=True, slots=True)
class Amendment:
    """Everything that was said later about one item."""

    changes: Mapping[str | None, Change] = field(default_factory=dict)
    """By field; None is the existence."""
    sources: tuple[UUID | None, ...] = ()
    """Who corrected it."""
    times: tuple[tuple[int | None, UUID | None], ...] = ()
    """When it is now said to have happened, and by whom, after each correction of that."""
    misfiled: bool = False

    def change(self, name: str | None) -> Change:
        """What became of a field, or of the existence."""
        return self.changes.get(name, _UNCHANGED)

    def positions(self) -> dict[UUID, int]:
        """Where the corrections stand in the log, by their events."""
        return {words.event: words.position for change in self.changes.values() for words in change.words}

    def labels(self, of: ItemField) -> int:
        """A field's labels now, without what names reveal."""
        change = self.changes.get(of.name)
        return of.labels if change is None else change.labels(of.labels)

    def existence(self, base: int) -> int:
        """The labels of the event's type now."""
        change = self.changes.get(None)
        return base if change is None else change.labels(base)

    def happened(self, original: int | None, own: UUID | None) -> int | None:
        """When it happened, as it is now said; or as `own`, who recorded it, last said itself."""
        times = [moment for moment, by in self.times if own is None or by == own]
        return times[-1] if times else original

    def with_statement(self, statement: Statement) -> "Amendment":
        """What stands after one more statement about the item."""
        body = statement.body
        if statement.kind == "misfiled":
            return replace(self, misfiled=True)
        name = body["field"]
        change = self.change(name)
        if statement.kind == "relabelled":
            came, went = label_mask(body["add"].split()), label_mask(body["remove"].split()) & ~UNKNOWN
            relabelled = Change(change.added | came, change.removed & ~came | went, change.words)
            return replace(self, changes={**self.changes, name: relabelled})
        by = None if body["by"] is None else UUID(body["by"])
        sources = (*self.sources, by)
        if name == OCCURRED:
            return replace(self, sources=sources, times=(*self.times, (body["occurred"], by)))
        came = label_mask(body["labels"].split())
        words = (*change.words, Words(UUID(body["correction"]), by, statement.position))
        corrected = Change(change.added | came, change.removed & ~came, words)
        return replace(self, sources=sources, changes={**self.changes, name: corrected})


UNAMENDED: Final = Amendment()
