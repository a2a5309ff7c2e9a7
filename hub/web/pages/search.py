"""My citizens, and the search by name among them: nobody else is found."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.desk.saying import as_uuid
from hub.desk.waiting import Mine, mine
from hub.texts import say
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.place import Place
from hub.web.searches import Searches

router: Final = APIRouter()
_PAGE: Final = 50


def _searches(place: Place) -> Searches:
    return Searches(place.wired.database, place.hub.clock)


@router.get("/borgere", response_class=HTMLResponse)
def my_citizens(place: Staff) -> Response:
    """Everybody with whom I have a task, by name."""
    return _listed(place, mine(place, place.reader))


@router.post("/soeg")
def search(place: Staff, form: Sent) -> Response:
    """Look for somebody by name, among those with whom I have a task."""
    name = form.line(
        "navn", needed=say("Skriv et navn, eller en del af det.", "Write a name, or part of it.")
    )
    found = mine(place, place.reader, "search")
    if name is None or place.session is None:
        return _listed(place, found, form=form, status=422)
    names = place.names_of({one.citizen for one in found})
    words = name.casefold().split()
    hits = [
        one.citizen for one in found if all(word in names.get(one.citizen, "").casefold() for word in words)
    ]
    return place.go(f"/soeg/{_searches(place).keep(place.session, hits)}")


@router.get("/soeg/{search_id}", response_class=HTMLResponse)
def found_ones(place: Staff, search_id: str) -> Response:
    """What a search found; decided anew each time it is looked at."""
    wanted = as_uuid(search_id)
    kept = None
    if wanted is not None and place.session is not None:
        kept = _searches(place).found(place.session, wanted)
    if kept is None:
        return place.go("/borgere")
    return _listed(place, mine(place, place.reader, "search"), only=frozenset(kept))


def _listed(
    place: Place,
    found: Sequence[Mine],
    *,
    only: Collection[UUID] | None = None,
    form: Posted | None = None,
    status: int = 200,
) -> Response:
    """A page of the list, by name; the next begins after the last one on this."""
    names = place.names_of({one.citizen for one in found})
    refs = place.refs([one.citizen for one in found])
    shown = [one for one in found if only is None or one.citizen in only]
    shown.sort(key=lambda one: (names.get(one.citizen, "").casefold(), one.citizen))
    after = as_uuid(place.request.query_params.get("efter") or "")
    start = next((at + 1 for at, one in enumerate(shown) if refs[one.citizen] == after), 0)
    page = shown[start : start + _PAGE]
    return place.page(
        "citizens.html",
        status=status,
        rows=[_row(one, names, refs) for one in page],
        after=str(refs[page[-1].citizen]) if len(shown) > start + _PAGE else None,
        searched=only is not None,
        any_at_all=bool(found),
        form=form,
        errors=form.errors if form else {},
    )


def _row(one: Mine, names: dict[UUID, str], refs: dict[UUID, UUID]) -> dict[str, Any]:
    return {
        "ref": str(refs[one.citizen]),
        "name": names.get(one.citizen, ""),
        "roles": one.roles,
        "meeting": one.meetings[0].fields["starts"] if one.meetings else None,
        "waits": bool(one.waiting),
    }
