"""The team: around my own citizens, who is without a coordinator and what waits with the others; no content."""

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.desk.waiting import Waiting, elsewhere
from hub.texts import say
from hub.web.doing import BADGES
from hub.web.gates import Staff

router: Final = APIRouter()


@router.get("/team", response_class=HTMLResponse)
def team(place: Staff) -> Response:
    """What waits with the others."""
    found = elsewhere(place, place.reader)
    refs = place.refs([one.citizen for one in found])
    names = place.names_of({one.citizen for one in found})
    rows = [
        {
            "ref": str(refs[one.citizen]),
            "name": names.get(one.citizen, ""),
            "without": one.without_coordinator,
            "waiting": [_row(each) for each in one.waiting],
        }
        for one in found
    ]
    return place.page("team.html", rows=rows, now=place.hub.clock())


def _row(waiting: Waiting) -> dict[str, Any]:
    """That something waits: by its rule, never by its words."""
    badge, tone = BADGES[waiting.urgency]
    return {
        "badge": say(*badge),
        "tone": tone,
        "says": say(*waiting.item.rule.says),
        "since": waiting.since,
    }
