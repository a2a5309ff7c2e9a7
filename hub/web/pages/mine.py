"""The citizen's start: the next meeting, my words, what awaits me; and when it is hard just now."""

from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Text
from hub.aggregates.needs import HardPeriodEnded, HardPeriodMarked
from hub.aggregates.voice import WishMade
from hub.application import commands
from hub.application.page import CitizenPage
from hub.clock import copenhagen_day
from hub.desk.consents import cards, standing
from hub.desk.mine import Meeting, awaiting, meetings_of
from hub.desk.saying import as_uuid
from hub.errors import Refused, WrongStatus
from hub.texts import moment_text, say
from hub.web.forms import Form, Posted
from hub.web.gates import Anyone, Sent, Themself, cookie_name
from hub.web.pages.my_frame import again, my_page, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit")
_QUIET: Final = timedelta(days=7)
"""How long peace lasts, unless another day is chosen."""


@router.get("", response_class=HTMLResponse)
def start(place: Themself) -> Response:
    """Three things: the next meeting, my words, what awaits me."""
    page = place.access.page(place.reader, place.myself, None)
    found = standing(place, place.reader, place.myself)
    now = place.hub.clock()
    meetings = meetings_of(place, page)
    return my_page(
        place,
        "my_start.html",
        meeting=next((one for one in meetings if one.starts >= now), None),
        hopes=[hope.latest("words") for hope in page.of("hopes") if hope.latest("words")],
        awaits=awaiting(place, page, cards(place, found), meetings),
        hard=page.hard_period(now),
        now=now,
    )


# When it is hard.


def _offered(place: Place, page: CitizenPage) -> dict[str, Any]:
    now = place.hub.clock()
    ahead = [one for one in meetings_of(place, page) if one.starts >= now]
    return {
        "meetings": [(str(one.ref), moment_text(one.starts)) for one in ahead],
        "quiet": (copenhagen_day(now) + _QUIET).isoformat(),
        "hard": page.hard_period(now),
    }


@router.get("/svaert", response_class=HTMLResponse)
def hard(place: Themself) -> Response:
    """Three choices, and no explanation asked."""
    page = place.access.page(place.reader, place.myself, None)
    return my_page(place, "my_hard.html", form=None, **_offered(place, page))


@router.post("/svaert")
def chosen(place: Themself, form: Sent) -> Response:
    """One of them: somebody is told, or is asked to leave the citizen in peace."""
    actor = place.check_may_write(place.myself, "page")
    page = place.access.page(place.reader, place.myself, None)
    offered = _offered(place, page)
    way = form.get("way")
    try:
        what, fields = _told(place, page, way, form)
        form.check()
        if what is not None:
            commands.tell(place.hub, actor, place.myself, what, fields, command_id=form.command_id)
    except WrongStatus:
        return place.go("/mit")  # it was over already
    except Refused as no:
        return again(place, "my_hard.html", form, no, **offered)
    return place.go("/mit" if way == "better" else f"/mit/svaert/{_RECEIPTS[way]}")


_RECEIPTS: Final = {"call": "ring", "move": "flyt", "peace": "fred"}


def _told(place: Place, page: CitizenPage, way: str, form: Posted) -> tuple[Any, dict[str, Any]]:
    """What is recorded for a choice."""
    match way:
        case "call":
            return WishMade, {"words": _please_call()}
        case "move":
            ahead = {str(one.ref): one for one in meetings_of(place, page)}
            which = form.choice("meeting", ahead, needed=say("Vælg mødet.", "Choose the meeting."))
            return WishMade, {} if which is None else {"words": _please_move(ahead[which])}
        case "peace":
            until = form.day("until", needed=say("Skriv dagen.", "Write the day."))
            if until is not None and until < copenhagen_day(place.hub.clock()):
                form.wrong(
                    "until", say("Dagen er gået. Vælg en senere.", "That day is over. Choose a later.")
                )
            return HardPeriodMarked, {"words": None, "until": until, "outreach": None}
        case "better":
            period = page.hard_period(place.hub.clock())
            found = None if period is None else as_uuid(str(period.latest("period")))
            return (None, {}) if found is None else (HardPeriodEnded, {"period": found, "words": None})
    form.wrong("", say("Vælg en af de tre.", "Choose one of the three."))
    return None, {}


def _please_call() -> Text:
    return Text.of(say("Ring til mig.", "Call me."), "wishes")


def _please_move(meeting: Meeting) -> Text:
    when = moment_text(meeting.starts)
    return Text.of(say(f"Flyt mødet {when}.", f"Move the meeting on {when}."), "wishes", "meetings")


@router.get("/svaert/{done}", response_class=HTMLResponse)
def told(place: Themself, done: str) -> Response:
    """It is told; and to whom, as things stand: found out by saying the same once more, without saying it."""
    today = copenhagen_day(place.hub.clock())
    said: dict[str, tuple[Any, dict[str, Any]]] = {
        "ring": (WishMade, {"words": _please_call()}),
        "flyt": (WishMade, {"words": Text.of("–", "wishes", "meetings")}),
        "fred": (HardPeriodMarked, {"words": None, "until": today, "outreach": None}),
    }
    if done not in said:
        return place.go("/mit/svaert")
    what, fields = said[done]
    found = previewed(place, lambda: commands.tell(place.hub, place.actor(), place.myself, what, fields))
    seen_by = [found["names"].get(one.partner, "") for one in found["outcomes"] if one.kind == "gained"]
    return my_page(place, "my_hard_told.html", done=done, seen_by=sorted(set(seen_by)))


# The quick way out.


@router.post("/ud")
def out(place: Anyone, form: Form) -> Response:  # noqa: ARG001 - whoever wants out is let out, whatever was sent
    """Leave at once: the session ends here, and the page that follows says nothing of the hub."""
    if place.session is not None:
        place.site.sessions.end(place.session)
    answer = place.page("out.html", exit_page=place.wired.settings.exit_page)
    answer.delete_cookie(cookie_name(place.site), path="/", secure=place.site.secure, httponly=True)
    answer.headers["clear-site-data"] = '"cache"'
    return answer
