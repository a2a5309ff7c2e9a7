"""The front page: for staff what waits, for citizens their own start."""

from itertools import islice
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.desk.cards import cards
from hub.desk.due import START
from hub.web.gates import Someone

router: Final = APIRouter()
_PAGE: Final = 50


@router.get("/", response_class=HTMLResponse)
def front(place: Someone) -> Response:
    """What waits for whoever is here."""
    if place.session is not None and place.session.citizen is not None:
        return place.go("/mit")
    purpose = place.request.query_params.get("formaal") or "coordination"
    after = place.request.query_params.get("efter")
    start = START if after is None else place.citizen(after)
    found: list[dict[str, Any]] = list(islice(cards(place, place.reader, purpose, start), _PAGE + 1))
    shown = found[:_PAGE]
    refs = {
        str(citizen): str(ref)
        for citizen, ref in place.refs([UUID(card["citizen"]) for card in shown]).items()
    }
    for card in shown:
        card["ref"] = refs[card["citizen"]]
    return place.page(
        "overview.html",
        cards=shown,
        waiting=[],
        meetings=[card for card in shown if card["next_meeting"]],
        after=refs[shown[-1]["citizen"]] if len(found) > _PAGE else None,
        now=place.hub.clock(),
    )
