"""One citizen, for staff: the timeline."""

from itertools import groupby
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application.access import Entry
from hub.desk.saying import as_uuid, ids_in
from hub.web.gates import Staff
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}")


def head(place: Place, ref: str, citizen: UUID, purpose: str | None) -> dict[str, Any]:
    """What the head of every page about a citizen shows; only after a read that was permitted."""
    return {
        "ref": ref,
        "name": place.name_of(citizen),
        "purpose": purpose or "",
        "purposes": place.purposes(citizen),
    }


def named(place: Place, entries: list[Entry]) -> dict[UUID, str]:
    """The names of everybody in entries."""
    ids = {one for entry in entries for one in (entry.by, entry.representative) if one is not None}
    return place.names(ids.union(*(ids_in(entry.fields) for entry in entries)))


def by_day(entries: list[Entry]) -> list[tuple[str | None, list[Entry]]]:
    """Entries under the days they happened on."""
    return [(day, list(found)) for day, found in groupby(entries, key=lambda entry: entry.happened)]


@router.get("", response_class=HTMLResponse)
def timeline(place: Staff, ref: str) -> Response:
    """What has happened, newest first."""
    citizen, before = place.citizen(ref), place.request.query_params.get("foer")
    purpose = place.purpose(citizen)
    page = place.access.timeline(place.reader, citizen, purpose, before=as_uuid(before or ""))
    return place.page(
        "timeline.html",
        **head(place, ref, citizen, purpose),
        days=by_day(page.entries),
        names=named(place, page.entries),
        before=page.before,
    )
