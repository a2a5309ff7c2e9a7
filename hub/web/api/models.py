"""What answers look like."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from hub.application.access import Entry
from hub.clock import from_microseconds
from hub.desk.saying import REFERENCES
from hub.vocabulary import Purpose, Sector
from hub.web.api.callers import Caller

REF: Final = "3f1c8a52-6f0e-4a86-9d0a-5c1e9f642f6a"
_WORDS: Final = frozenset({"categories", "purposes", "scope", "add", "remove"})
"""Fields that hold several words of the vocabulary."""
Value = str | int | float | bool | None | list[str] | list[int] | dict[str, Any]


class Answered(BaseModel):
    """An answer: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class EntryOut(Answered):
    """One event as the caller may know it; what is not permitted is absent, not masked."""

    ref: str = Field(
        description="What the caller calls the event; no other organisation has the same.", examples=[REF]
    )
    event: str = Field(description="What happened; new kinds may come.", examples=["citizen.hope_told"])
    happened: str | None = Field(
        description="The day it happened, in Copenhagen; null where it was not told."
    )
    recorded: str = Field(description="The day it was recorded, in Copenhagen.", examples=["2026-03-02"])
    by: str | None = Field(description="The organisation that recorded it, where its name may be known.")
    why: str = Field(
        description="What the access rests on: own, addressed, law or consent.", examples=["consent"]
    )
    fields: dict[str, Value] = Field(
        description="What is told, by name; a text as {text, labels}.",
        examples=[{"words": {"text": "En hund", "labels": ["wishes"]}}],
    )
    corrected: list[str] = Field(description="For the citizen: the fields that show corrected words.")
    disputes: list[dict[str, Any]] = Field(
        description="For the citizen: what the citizen has said against it."
    )


class TimelineOut(Answered):
    """A page of a timeline, newest first."""

    entries: list[EntryOut]
    next: str | None = Field(description="Ask with `before` set to this for the next page; null at the end.")


class EntriesOut(Answered):
    """Events, oldest first."""

    entries: list[EntryOut]


class ThingOut(Answered):
    """One thing that is worked on (a goal, a consent, a meeting, a handover) with all that is told of it."""

    ref: str = Field(description="What names it in addresses.", examples=[REF])
    kind: str = Field(examples=["goal"])
    entries: list[EntryOut] = Field(description="How it began and what was said of it since, oldest first.")


class ThingsOut(Answered):
    """All things of a kind that the caller may know of."""

    things: list[ThingOut]


class HandoverOut(Answered):
    """A handover with its items, each decided anew at this reading."""

    ref: str = Field(examples=[REF])
    proposal: EntryOut
    items: list[EntryOut]


class PageOut(Answered):
    """What stands now, with the hopes first; what is not there, nobody has said or the caller may not know."""

    standing: dict[str, list[ThingOut]] = Field(description="What goes on, by kind: hopes, goals, meetings …")
    latest: dict[str, EntryOut] = Field(description="Of these the last counts: the help card, the portrait …")
    areas: dict[str, EntryOut] = Field(description="What was last told of each area of life.")
    successes: list[EntryOut]


class MeOut(Answered):
    """Who calls, as the hub sees it."""

    kind: str = Field(
        description="staff, representative, citizen, system, auditor or operator.", examples=["staff"]
    )
    partner: str | None = Field(description="The organisation on whose behalf it is.")
    function: str | None = Field(description="The person's function there.", examples=["sagsbehandler"])
    csrf: str | None = Field(description="What a session sends as X-CSRF-Token; null for a system.")


class PartnerOut(Answered):
    """A registered organisation."""

    partner: str = Field(description="Its id.")
    name: str
    sector: Sector


class PartnersOut(Answered):
    """The registered organisations."""

    partners: list[PartnerOut]


class CitizenOut(Answered):
    """One of the caller's own citizens."""

    citizen: str = Field(description="The organisation's own reference for the citizen.", examples=[REF])
    name: str | None
    roles: list[str] = Field(description="The caller's tasks: coordinator, contact_person, relation.")
    due: int = Field(description="How much waits for the caller.")
    next_meeting: dict[str, Any] | None
    agreements: list[dict[str, Any]]


class CitizensOut(Answered):
    """A page of the caller's own citizens."""

    citizens: list[CitizenOut]
    next: str | None = Field(description="Ask with `after` set to this for the next page; null at the end.")


class Recorded(Answered):
    """What a command made."""

    made: dict[str, str] = Field(
        description="References of what was made, by kind; they name it in addresses.",
        examples=[{"goal": REF}],
    )


class Enrolled(Answered):
    """A citizen who is in the cooperation now."""

    citizen: str = Field(description="The organisation's own reference for the citizen.", examples=[REF])


class LookOut(Answered):
    """One entry of the access log, as the citizen sees it."""

    at: str = Field(examples=["2026-03-02T09:00:00+00:00"])
    role: str = Field(description="citizen, representative, partner, system, auditor or operator.")
    organisation: str | None = Field(description="Who it was, by organisation.")
    function: str | None
    purpose: str | None = Field(description="What it was for.", examples=[str(Purpose.COORDINATION)])
    through: str = Field(description="Where it was read: timeline, page, feed …", examples=["timeline"])
    permitted: bool
    events: int = Field(description="How many events were shown.")


class LooksOut(Answered):
    """Who has looked, newest first."""

    entries: list[LookOut]
    next: str | None = Field(description="Ask with `before` set to this for the next page; null at the end.")


class ChangeOut(Answered):
    """An event that somebody at an organisation would see, no longer see, or see otherwise."""

    event: str
    happened: str | None
    gained: list[str]
    lost: list[str]
    altered: list[str]


class EffectOut(Answered):
    """What would change for one organisation."""

    partner: str
    name: str | None
    gained: list[ChangeOut]
    lost: list[ChangeOut]
    changed: list[ChangeOut]
    learns_of: list[str] = Field(description="The organisations that it would learn of.")


class PreviewOut(Answered):
    """What a command would change; nothing is recorded."""

    recorded: Literal[False] = False
    events: list[str] = Field(description="What would be recorded.")
    effects: list[EffectOut]


# From what reading answers.


def entry_out(entry: Entry, place: Caller) -> EntryOut:
    """An entry as it leaves the hub; without the ids by which the hub itself knows things."""
    return EntryOut(
        ref=str(entry.ref),
        event=entry.event,
        happened=entry.happened,
        recorded=entry.recorded,
        by=None if entry.by is None else str(entry.by),
        why=entry.why,
        fields=fields_out(entry.fields),
        corrected=list(entry.corrected),
        disputes=[{"text": one.get("text"), "labels": one.get("labels", [])} for one in entry.disputes]
        if place.kind == "citizen"
        else [],
    )


def entries_out(entries: Iterable[Entry], place: Caller) -> list[EntryOut]:
    """The same for several."""
    return [entry_out(entry, place) for entry in entries]


def told(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card's meeting or agreement, without the hub's own ids."""
    return {"ref": card["ref"], **fields_out({name: value for name, value in card.items() if name != "ref"})}


def fields_out(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as systems read them: lists as lists, moments as moments, and no id that the hub alone knows."""
    return {name: _field(name, value) for name, value in fields.items() if name not in REFERENCES}


def _field(name: str, value: Any) -> Any:
    if name in _WORDS and isinstance(value, str):
        return value.split()
    if isinstance(value, dict) and "happened_from" in value:
        return {
            key: from_microseconds(each).isoformat() if type(each) is int else each
            for key, each in value.items()
        }
    return value


def as_ref(value: UUID | None) -> str | None:
    """An id as text."""
    return None if value is None else str(value)
