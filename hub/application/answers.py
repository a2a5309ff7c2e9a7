"""What is asked of the decision, and what it answers."""

from typing import NamedTuple
from uuid import UUID

from hub.items import Item
from hub.vocabulary import Channel


class Request(NamedTuple):
    """One question: whether this partner (and person) may see this item, for this purpose, through this channel."""

    partner: UUID
    person: UUID | None
    purpose: str | None
    channel: Channel
    item: Item
    now: int
    """Microseconds since 1970 UTC."""


class Reason(NamedTuple):
    """Why something is denied, machine-readable; `labels` says which labels it is about (a bit set)."""

    code: str
    labels: int = 0
    field: str | None = None


class Shown(NamedTuple):
    """A field that may be seen: for which purposes, and whose words (the event of a correction; None: the original)."""

    name: str
    purposes: int
    words: UUID | None = None


class Disclosure(NamedTuple):
    """What a partner may see of an item: which fields, each for which purposes, and why in one fixed word."""

    why: str
    purposes: int
    fields: tuple[Shown, ...]
    happened: int | None
    """When it happened, as this partner may know it: microseconds since 1970 UTC."""

    def narrowed(self, purposes: int) -> "Disclosure":
        """The same for these purposes alone."""
        fields = [shown._replace(purposes=may) for shown in self.fields if (may := shown.purposes & purposes)]
        return self._replace(purposes=self.purposes & purposes, fields=tuple(fields))


class Decision(NamedTuple):
    """The answer to one request."""

    permitted: bool
    fields: tuple[Shown, ...]
    why: str | None
    reasons: tuple[Reason, ...]
    grants: tuple[UUID, ...]
    """The consents and bases it rests on."""
