"""One citizen, for staff: who they are to us, what is new, and what has happened, newest first."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application.access import Entry
from hub.desk.around import around
from hub.desk.finding import Wanted, matching
from hub.desk.portrait import portrait, standing
from hub.desk.saying import as_uuid, ids_in
from hub.desk.seen import last_looked, news
from hub.texts import CATEGORIES, say, word
from hub.vocabulary import Category
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}")
_MOST: Final = 200
"""How many entries a search shows."""


def head(place: Place, ref: str, citizen: UUID, purpose: str | None) -> dict[str, Any]:
    """What the head of every page about a citizen shows; only after a read that was permitted."""
    named_so = place.request.query_params.get("formaal")
    return {
        "ref": ref,
        "name": place.name_of(citizen),
        "purpose": purpose or "",
        "purposes": place.purposes(citizen),
        "task": f"?formaal={purpose}" if purpose and named_so == purpose else "",
    }


def named(place: Place, entries: Sequence[Entry]) -> dict[UUID, str]:
    """The names of everybody in entries."""
    ids = {one for entry in entries for one in (entry.by, entry.representative) if one is not None}
    return place.names(ids.union(*(ids_in(entry.fields) for entry in entries)))


def by_day(entries: list[Entry]) -> list[tuple[str | None, list[Entry]]]:
    """Entries under the days they happened on."""
    return [(day, list(found)) for day, found in groupby(entries, key=lambda entry: entry.happened)]


@router.get("", response_class=HTMLResponse)
def timeline(place: Staff, ref: str) -> Response:
    """Who it is, what is new, and what has happened."""
    citizen, before = place.citizen(ref), as_uuid(place.request.query_params.get("foer") or "")
    purpose = place.purpose(citizen)
    looked = last_looked(place, place.reader, citizen)
    page = place.access.timeline(place.reader, citizen, purpose, before=before)
    new = [] if before else news(page.entries, looked)
    return _shown(
        place, ref, citizen, purpose, page.entries, new=new, before=page.before, first=before is None
    )


@router.post("", response_class=HTMLResponse)
def find(place: Staff, form: Sent, ref: str) -> Response:
    """Look through what has happened, as far as the reader may know; or begin at a day."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    known = _everything(place, citizen, purpose)
    day = form.day("dag") if form.get("dag") else None
    if day is not None and not form.errors:
        return _from_day(place, ref, purpose, known, day)
    wanted = _wanted(place, form)
    if form.errors:
        return _shown(place, ref, citizen, purpose, known[:50], form=form, status=422)
    found = matching(known, wanted)[:_MOST]
    return _shown(place, ref, citizen, purpose, found, form=form, searched=True)


@router.get("/hvem", response_class=HTMLResponse)
def who_can_see(place: Staff, ref: str) -> Response:
    """Who can see it, and why: the organisations that the reader may know of."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    found = around(place, place.reader, citizen, purpose)
    return place.page("who.html", **head(place, ref, citizen, purpose), around=found)


def _everything(place: Place, citizen: UUID, purpose: str | None) -> list[Entry]:
    """All that the reader may know, newest first; decided now, and logged as one read."""
    found = place.access.happenings(place.reader, citizen, purpose, ("",), "timeline")
    return [each.entry for each in reversed(found)]


def _from_day(place: Place, ref: str, purpose: str | None, known: list[Entry], day: date) -> Response:
    """The timeline from a day on: it begins below the last entry that is newer."""
    newer = [entry for entry in known if date.fromisoformat(entry.happened or entry.recorded) > day]
    at = f"&foer={newer[-1].ref}" if newer else ""
    return place.go(f"/borger/{ref}?formaal={purpose}{at}")


def _wanted(place: Place, form: Posted) -> Wanted:
    first, last = form.day("fra"), form.day("til")
    if first and last and last < first:
        form.wrong("til", say("Den sidste dag ligger før den første.", "The last day is before the first."))
    organisation = form.get("organisation")
    by_name = {name: partner for partner, (name, _) in place.partners().items()}
    return Wanted(
        text=form.line("tekst"),
        category=form.choice("kategori", [str(one) for one in Category]),
        partner=by_name.get(organisation) if organisation else None,
        first=first,
        last=last,
    )


def _shown(
    place: Place,
    ref: str,
    citizen: UUID,
    purpose: str | None,
    entries: list[Entry],
    *,
    form: Posted | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    """The page: the head, what is new, and these entries."""
    now = place.hub.clock()
    told = standing(place, place.reader, citizen, purpose)
    found, ahead = portrait(place, told, now), told.ahead(now)[:1]
    names = named(place, entries)
    recorders = sorted({names[entry.by] for entry in entries if entry.by in names})
    if found.goal and found.goal.by:
        names |= place.names({found.goal.by})
    return place.page(
        "timeline.html",
        status=status,
        **head(place, ref, citizen, purpose),
        **{"new": [], "before": None, "first": True, "searched": False, **more},
        who=found,
        sheet=f"/moeder/{ahead[0].first.ref}/ark" if ahead else "/moeder",
        days=by_day(entries),
        found=len(entries),
        names=names,
        recorder_choices=[(name, name) for name in recorders],
        category_choices=[(str(one), word(CATEGORIES, one)) for one in Category],
        form=form,
        errors=form.errors if form else {},
    )
