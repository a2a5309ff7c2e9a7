"""Things that are worked on: what happened on each, grouped, as far as the caller may know."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import Path, Query

from hub.application.hub import DENIAL, evened
from hub.application.reading import Happening
from hub.desk.desk import NOBODY
from hub.desk.saying import as_uuid
from hub.errors import AccessDenied
from hub.vocabulary import Purpose
from hub.web.api.callers import Caller
from hub.web.api.models import REF, ThingOut, entries_out

Citizen = Annotated[
    str,
    Path(
        description="The organisation's own reference for the citizen; the citizen's own calls say `me`.",
        examples=[REF],
        max_length=60,
    ),
]
Ref = Annotated[
    str, Path(description="The reference of it, from a list or a timeline.", examples=[REF], max_length=60)
]
For = Annotated[
    Purpose | None,
    Query(alias="purpose", description="What it is read for; without it, the first of the caller's own."),
]


class Kind(NamedTuple):
    """A kind of thing: the events that tell of it, and the field that names it (None: it has its own place)."""

    name: str
    events: tuple[str, ...]
    field: str | None
    surface: str
    """What the access log calls reading it."""


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("plan", ("plan.",), None, "plan"),
        Kind("goal", ("plan.goal_",), "goal", "plan"),
        Kind("meeting", ("meeting.",), None, "meetings"),
        Kind("agreement", ("meeting.agreement_",), "agreement", "meetings"),
        Kind(
            "consent",
            ("consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed", "consents.withdrawn",
             "consents.expired"),
            "consent",
            "consents",
        ),
        Kind("block", ("consents.block_",), "block", "consents"),
        Kind("handover", ("handover.",), None, "handover"),
    )
}  # fmt: skip


def things(place: Caller, citizen: UUID, purpose: Purpose | None, kind: Kind) -> list[ThingOut]:
    """All things of a kind, oldest first."""
    return [
        ThingOut(
            ref=str(found[0].entry.ref), kind=kind.name, entries=entries_out((h.entry for h in found), place)
        )
        for found in _grouped(place, citizen, purpose, kind).values()
    ]


def thing(place: Caller, citizen: UUID, purpose: Purpose | None, kind: Kind, ref: str) -> ThingOut:
    """One thing, by the reference of anything that is told of it; denied like one that is not there."""
    begun, wanted = time.monotonic(), as_uuid(ref)
    for found in _grouped(place, citizen, purpose, kind).values():
        if any(happening.entry.ref == wanted for happening in found):
            entries = entries_out((happening.entry for happening in found), place)
            return ThingOut(ref=str(found[0].entry.ref), kind=kind.name, entries=entries)
    evened(begun)
    raise AccessDenied(DENIAL)


def identity(place: Caller, citizen: UUID, ref: str, field: str | None = None) -> UUID:
    """What the hub calls what a reference means; nobody's where it means nothing."""
    found = as_uuid(ref)
    return NOBODY if found is None or not _met(place, citizen) else place.resolve(citizen, found, field)


def event(place: Caller, citizen: UUID, ref: str | UUID) -> UUID:
    """The event that a reference stands for."""
    found = as_uuid(str(ref))
    return NOBODY if found is None or not _met(place, citizen) else place.event_of(citizen, found)


def _met(place: Caller, citizen: UUID) -> bool:
    """Whether anything is looked up at all: a stranger's reference takes no longer than one that nobody has."""
    return place.acting is None or place.hub.log.met(citizen, place.acting)


def _grouped(
    place: Caller, citizen: UUID, purpose: Purpose | None, kind: Kind
) -> dict[UUID, list[Happening]]:
    read_for = place.purpose_for(citizen, purpose)
    happenings = place.access.happenings(place.reader, citizen, read_for, kind.events, kind.surface)
    field = kind.field
    named = {} if field is None else {i.position: _ids(o.body, field) for i, o in place.hub.items(citizen)}
    found: dict[UUID, list[Happening]] = {}
    for one in happenings:
        for name in [one.on] if field is None else named.get(one.entry.position, ()):
            found.setdefault(name, []).append(one)
    return found


def _ids(body: Mapping[str, Any], field: str) -> list[UUID]:
    """Which things an event tells of."""
    value = body.get(field, body.get(f"{field}s"))
    values = value if isinstance(value, list) else [value]
    return [UUID(bytes=each) for each in values if isinstance(each, bytes)]
