"""The one place where the domain meets the event-sourcing library.

A public command decides, and may refuse; it records events. An event is applied on every replay, and never
refuses. Free text travels as `Text`, beside the event's own fields, so that it can be sealed alone.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any, TypeVar
from unicodedata import category
from uuid import NAMESPACE_OID, UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate, event
from eventsourcing.utils import register_topic

from hub.errors import BadInput, NotPermitted
from hub.vocabulary import UNKNOWN, Purpose, Role, Sector, Source, label_mask, label_names

__all__ = [
    "Act",
    "Actor",
    "Aggregate",
    "FirstEvent",
    "Organisation",
    "OrganisationFirstEvent",
    "Text",
    "Window",
    "event",
    "event_id",
    "own_id",
    "shared",
]

E = TypeVar("E", bound=type[AggregateEvent])

_EVENTS = NAMESPACE_OID.bytes
TEXT_LIMIT = 64 * 1024
"""The longest free text that is taken, in characters."""
LINE_LIMIT = 200
"""The longest name or reference, in characters."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. `sector` is known to the command alone and is not recorded: the partner's own events say it."""

    role: Role
    partner: UUID | None = None
    unit: str | None = None
    person: UUID | None = None
    function: str | None = None
    sector: Sector | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Act:
    """What every event carries besides what happened: by whom, when, through what, for which command."""

    by: Actor
    occurred_at: datetime | None
    recorded_at: datetime
    source: Source
    command_id: UUID


@dataclass(frozen=True, slots=True)
class Window:
    """Which past a consent opens: facts that happened in [happened_from, happened_to), whenever recorded."""

    happened_from: datetime
    happened_to: datetime | None = None
    include_undated: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Free text with the labels that its author chose. `text` is None where it was not opened."""

    text: str | None
    labels: str

    @classmethod
    def of(cls, text: str, *labels: str) -> "Text":
        """Take text at entry: it must have a label, say something, and hold no control characters."""
        mask = label_mask(labels)
        if not labels or mask & UNKNOWN:
            raise BadInput(
                "The text has no label, or one that is no category: choose what it is about, for example "
                f"{', '.join(label_names(~0)[:5])}.",
            )
        if not text.strip():
            raise BadInput("The text is empty: write something, or leave the field out.")
        if len(text) > TEXT_LIMIT:
            raise BadInput(
                f"The text is longer than {TEXT_LIMIT:,} characters: shorten it or split it in two."
            )
        if _has_control(text, but="\n\t"):
            raise BadInput("The text holds control characters: remove them and try again.")
        return cls(text, " ".join(label_names(mask)))


def line(text: str, what: str) -> str:
    """A short line for everybody to read (a name, a reference); refuse what is empty, long or unprintable."""
    if not text.strip() or len(text) > LINE_LIMIT or _has_control(text):
        raise BadInput(f"{what} is one line of 1 to {LINE_LIMIT} characters: write it again so.")
    return text.strip()


def _has_control(text: str, but: str = "") -> bool:
    """Control characters, and halves of characters (surrogates), which no encoding can write."""
    return any(category(letter) in {"Cc", "Cs"} and letter not in but for letter in text)


def own_id(citizen: UUID, what: str) -> UUID:
    """The id of the one aggregate of this kind that a citizen has."""
    return uuid5(citizen, what)


def event_id(originator: UUID, version: int) -> UUID:
    """The id of an event (RFC 9562, version 5): a function of its place, so that no two events ever share one."""
    digest = sha1(_EVENTS + originator.bytes + version.to_bytes(8, "big"), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


class OrganisationFirstEvent(AggregateCreated):
    """The first thing that happened to an organisation's aggregate."""

    act: Act


class FirstEvent(AggregateCreated):
    """The first thing that happened to a citizen's aggregate."""

    citizen_id: UUID
    act: Act


class Organisation(BaseAggregate[UUID]):
    """A consistency boundary that belongs to no citizen. Subclasses name a TOPIC, and so do all their events."""

    class Event(AggregateEvent):
        """Something that happened to this aggregate."""

        act: Act

    def record(self, event_class: type[AggregateEvent], act: Act, **fields: Any) -> None:
        """Record that this happened; the event class refuses a field that it does not have."""
        self.trigger_event(event_class, act=act, timestamp=act.recorded_at, **fields)


class Aggregate(Organisation):
    """A consistency boundary that belongs to a citizen; so does everything that happens to it."""

    citizen_id: UUID

    class Event(Organisation.Event):
        """Something that happened to this aggregate."""

        citizen_id: UUID

    def record(self, event_class: type[AggregateEvent], act: Act, **fields: Any) -> None:
        """Record that this happened to the citizen."""
        super().record(event_class, act, citizen_id=self.citizen_id, **fields)


def shared(event_class: E) -> E:
    """Make an event known that belongs to no single kind of aggregate (the library knows the others by their own)."""
    register_topic(event_class.TOPIC, event_class)  # type: ignore[attr-defined]
    return event_class


def by_sector(act: Act, *sectors: Sector, what: str) -> None:
    """Refuse unless the actor works in one of these sectors."""
    of_sector(act.by, *sectors, what=what)


def of_sector(actor: Actor, *sectors: Sector, what: str) -> None:
    """Refuse somebody who works in none of these sectors."""
    if actor.role is not Role.PARTNER or actor.sector not in sectors:
        raise NotPermitted(f"{what} is for {' or '.join(sectors)}: ask them to do it.")


def by_citizen(act: Act, *, what: str) -> None:
    """Refuse unless it is the citizen who acts."""
    if act.by.role is not Role.CITIZEN:
        raise NotPermitted(f"{what} is for the citizen alone: let the citizen do it (--as citizen).")


def by_partner(act: Act, *, what: str) -> UUID:
    """The partner that acts; refuse if it is nobody at a partner."""
    if act.by.role is not Role.PARTNER or act.by.partner is None:
        raise NotPermitted(
            f"{what} is for somebody who works at a partner: use --as with a registered person."
        )
    return act.by.partner


def by_citizen_or_partner(act: Act, *, what: str) -> None:
    """Refuse unless the citizen acts, or somebody at a partner."""
    if act.by.role is not Role.CITIZEN:
        by_partner(act, what=what)


def task_purpose(purpose: str) -> str:
    """A purpose that a task can have; sanction, benefit control and the like never."""
    if purpose not in set(Purpose) - {Purpose.EMERGENCY}:
        known = ", ".join(sorted(set(Purpose) - {Purpose.EMERGENCY}))
        raise BadInput(f"The purpose of a task is one of {known}; nothing else can be a task here.")
    return purpose
