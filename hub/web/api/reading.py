"""Reading: timelines, pages, views and single events, decided and logged before they are answered."""

import time
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from hub.application.hub import DENIAL, evened
from hub.application.page import Thing
from hub.desk.cards import cards
from hub.desk.due import START
from hub.desk.saying import as_uuid
from hub.errors import AccessDenied, BadInput
from hub.texts import say
from hub.vocabulary import Purpose, Sector
from hub.web.api.callers import Called, Caller
from hub.web.api.models import (
    REF,
    CitizenOut,
    CitizensOut,
    EntriesOut,
    EntryOut,
    MeOut,
    PageOut,
    PartnerOut,
    PartnersOut,
    ThingOut,
    ThingsOut,
    TimelineOut,
    as_ref,
    entries_out,
    entry_out,
    told,
)
from hub.web.api.problems import READING
from hub.web.api.tags import TAGGED, IfNoneMatch, tagged
from hub.web.api.things import KINDS, Citizen, For, Ref, thing, things

router: Final = APIRouter(responses=READING)
_ONE: Final[dict[int | str, dict[str, Any]]] = {
    200: TAGGED,
    304: {"description": "It is as the caller has it."},
}


@router.get("/me", tags=["callers"], summary="Who calls")
def who_am_i(place: Called) -> MeOut:
    """Say who the hub takes the caller for, and the token that a session sends with every change."""
    return MeOut(
        kind=place.kind,
        partner=as_ref(place.acting),
        function=None if place.person is None else place.person.function,
        csrf=None if place.session is None else place.session.csrf,
    )


@router.get("/partners", tags=["callers"], summary="The registered organisations")
def list_partners(_place: Called) -> PartnersOut:
    """List the organisations that a consent, an invitation or a handover can name."""
    return PartnersOut(
        partners=[
            PartnerOut(partner=str(partner), name=name, sector=Sector(sector))
            for partner, (name, sector) in _place.partners().items()
        ]
    )


@router.get("/citizens", tags=["citizens"], summary="The caller's own citizens")
def list_citizens(
    place: Called,
    purpose: Annotated[Purpose, Query(description="What it is read for.")] = Purpose.COORDINATION,
    after: Annotated[
        str | None, Query(description="The reference that the page before ended with.", max_length=60)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 50,
) -> CitizensOut:
    """List the citizens with whom the caller has a task; one of whom they may not know leaves no hole."""
    place.only("staff")
    start = START if after is None else place.citizen(after)
    found: list[dict[str, Any]] = []
    for card in cards(place, place.reader, purpose, start):
        found.append(card)
        if len(found) > limit:
            break
    shown = found[:limit]
    refs = place.refs([UUID(card["citizen"]) for card in shown])
    listed = [
        CitizenOut(
            citizen=str(refs[UUID(card["citizen"])]),
            name=card["name"],
            roles=card["roles"],
            due=card["due"],
            next_meeting=told(card["next_meeting"]) if card["next_meeting"] else None,
            agreements=[told(one) for one in card["agreements"]],
        )
        for card in shown
    ]
    return CitizensOut(citizens=listed, next=listed[-1].citizen if len(found) > limit else None)


@router.get("/citizens/{citizen}/timeline", tags=["citizens"], summary="What happened")
def read_timeline(
    place: Called,
    citizen: Citizen,
    purpose: For = None,
    before: Annotated[
        str | None, Query(description="The `next` of the page before.", max_length=60, examples=[REF])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many events at most.")] = 50,
) -> TimelineOut:
    """Read what happened, newest first, as far as the caller may know."""
    whom = place.citizen(citizen)
    start = None if before is None else as_uuid(before) or UUID(int=0)
    page = place.access.timeline(
        place.reader, whom, place.purpose_for(whom, purpose), before=start, limit=limit
    )
    return TimelineOut(entries=entries_out(page.entries, place), next=as_ref(page.before))


@router.get(
    "/citizens/{citizen}/events/{ref}",
    tags=["citizens"],
    summary="One event",
    response_model=EntryOut,
    responses=_ONE,
)
def read_event(
    place: Called, citizen: Citizen, ref: Ref, purpose: For = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read one event, as far as the caller may know of it."""
    whom, wanted, begun = place.citizen(citizen), as_uuid(ref), time.monotonic()
    read_for = place.purpose_for(whom, purpose)
    for happening in place.access.happenings(place.reader, whom, read_for, ("",), "timeline"):
        if happening.entry.ref == wanted:
            return tagged(entry_out(happening.entry, place), if_none_match)
    evened(begun)
    raise AccessDenied(DENIAL)


@router.get("/citizens/{citizen}/page", tags=["citizens"], summary="What stands now")
def read_page(place: Called, citizen: Citizen, purpose: For = None) -> PageOut:
    """Read what stands now: hopes, goals, meetings ahead, agreements, as far as the caller may know."""
    whom = place.citizen(citizen)
    page = place.access.page(place.reader, whom, place.purpose_for(whom, purpose))
    return PageOut(
        standing={
            name: [_thing(name, one, place) for one in found] for name, found in page.things.items() if found
        },
        latest={name: entry_out(entry, place) for name, entry in page.last.items()},
        areas={name: entry_out(entry, place) for name, entry in page.areas.items()},
        successes=entries_out(page.successes, place),
    )


@router.get("/citizens/{citizen}/view", tags=["citizens"], summary="What an organisation sees")
def read_view(
    place: Called,
    citizen: Citizen,
    purpose: For = None,
    partner: Annotated[
        str | None,
        Query(
            description="The organisation; without it, the caller's own. A citizen says which.", max_length=60
        ),
    ] = None,
) -> EntriesOut:
    """Read an organisation's whole permitted view of a citizen, oldest first."""
    whom = place.citizen(citizen)
    which = place.acting if partner is None else as_uuid(partner)
    if which is None or (place.kind == "citizen" and which not in place.partners()):
        raise BadInput(say("Sig, hvilken organisation (partner).", "Say which organisation (partner)."))
    found = place.access.view(place.reader, which, whom, place.purpose_for(whom, purpose))
    return EntriesOut(entries=entries_out(found, place))


def _thing(kind: str, one: Thing, place: Caller) -> ThingOut:
    return ThingOut(ref=str(one.first.ref), kind=kind, entries=entries_out((one.first, *one.since), place))


def _add(kind: str, plural: str, what: str, tag: str) -> None:
    """The two readings of a kind of thing: all of them, and one."""

    def listed(place: Called, citizen: Citizen, purpose: For = None) -> ThingsOut:
        return ThingsOut(things=things(place, place.citizen(citizen), purpose, KINDS[kind]))

    def one(
        place: Called, citizen: Citizen, ref: Ref, purpose: For = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        return tagged(thing(place, place.citizen(citizen), purpose, KINDS[kind], ref), if_none_match)

    listed.__doc__ = f"List {what} that the caller may know of, each with all that is told of it."
    one.__doc__ = f"Read one of {what}; its ETag goes into If-Match when it is edited."
    path = f"/citizens/{{citizen}}/{plural}"
    router.get(path, tags=[tag], name=f"list_{plural}", summary=f"All {plural}")(listed)
    router.get(
        f"{path}/{{ref}}",
        tags=[tag],
        name=f"read_{kind}",
        summary=f"One {kind}",
        response_model=ThingOut,
        responses=_ONE,
    )(one)


_add("plan", "plans", "the plans", "plans")
_add("goal", "goals", "the goals", "plans")
_add("meeting", "meetings", "the meetings", "meetings")
_add("agreement", "agreements", "the agreements", "meetings")
_add("consent", "consents", "the consents", "consents")
_add("block", "blocks", "the blocks", "consents")
