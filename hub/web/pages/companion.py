"""The companion's sheet of one meeting, without a login, until the meeting is over; and the code that opens it."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Meeting
from hub.application.commands.companions import TooMany, companion_code, over_at
from hub.application.commands.linking import plain
from hub.application.companion import companion_sheet
from hub.application.hub import Work
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Form
from hub.web.gates import Anyone, Sent, Staff, Themself
from hub.web.pages.meetings import meeting_page, visit_to
from hub.web.pages.my_frame import my_page
from hub.web.pages.my_meetings import the_meeting
from hub.web.place import Place

router: Final = APIRouter()


@router.get("/bisidder", response_class=HTMLResponse)
def enter(place: Anyone) -> Response:
    """Where to write the code."""
    return place.page("meeting_companion.html", sheet=None, form=None)


@router.post("/bisidder", response_class=HTMLResponse)
def entered(place: Anyone, form: Form) -> Response:
    """On to the meeting that the code opens."""
    code = plain(form.get("kode"))
    if not code:
        form.wrong("kode", say("Skriv koden.", "Write the code."))
        return place.page("meeting_companion.html", status=422, sheet=None, form=form, errors=form.errors)
    return place.go(f"/bisidder/{code}")


@router.get("/bisidder/{code}", response_class=HTMLResponse)
def sheet(place: Anyone, code: str) -> Response:
    """Purpose, time, place, and the citizen's message if the citizen wants it so."""
    client = place.request.client
    try:
        found = companion_sheet(place.hub, code, "" if client is None else client.host)
    except TooMany:
        raise HTTPException(429) from None
    return place.page("meeting_companion.html", sheet=found, form=None)


@router.post("/borger/{ref}/moeder/{meeting}/bisidder", response_class=HTMLResponse)
def by_staff(place: Staff, form: Sent, ref: str, meeting: str) -> Response:
    """The coordinator or a contact person makes a code for whom the citizen brings; it is shown once."""
    v = visit_to(place, ref, meeting)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        code, _ = companion_code(
            place.hub, actor, v.citizen, v.gathering.id, with_message=form.yes("med_besked")
        )
    except Refused as no:
        form.refused(no)
        return meeting_page(v, status=status_of(no), form=form, acting_on="bisidder", errors=form.errors)
    return meeting_page(v, code=code, acting_on="bisidder")


@router.get("/mit/foer-moedet/{meeting}/bisidder", response_class=HTMLResponse)
def mine(place: Themself, meeting: str) -> Response:
    """My companion's sheet: what they will see, before there is a code."""
    return _mine(place, meeting)


@router.post("/mit/foer-moedet/{meeting}/bisidder", response_class=HTMLResponse)
def by_me(place: Themself, form: Sent, meeting: str) -> Response:
    """Make a code for my companion; it is shown once."""
    found = the_meeting(place, meeting)
    on = place.resolve(place.myself, found.ref)
    actor = place.check_may_write(place.myself, "page")
    try:
        code, _ = companion_code(place.hub, actor, place.myself, on, with_message=form.yes("med_besked"))
    except Refused as no:
        form.refused(no)
        return _mine(place, meeting, status=status_of(no), errors=form.errors)
    return _mine(place, meeting, code=code)


def _mine(
    place: Place,
    meeting: str,
    *,
    status: int = 200,
    code: str | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    found = the_meeting(place, meeting)
    gathering = Work(place.hub, fresh=True).find(Meeting, place.resolve(place.myself, found.ref))
    return my_page(
        place,
        "meeting_companion_mine.html",
        status=status,
        meeting=found,
        until=None if gathering is None else over_at(gathering),
        code=code,
        address=_address(place),
        errors=errors or {},
    )


def _address(place: Place) -> str:
    """Where a companion goes to write the code."""
    return f"{place.request.url.netloc}/bisidder"
