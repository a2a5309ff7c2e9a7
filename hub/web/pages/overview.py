"""The front page: for staff what waits over all their citizens, for citizens their own start."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.clock import copenhagen_day
from hub.desk.saying import as_uuid
from hub.desk.waiting import LONG_AGO, WEEK, Mine, mine
from hub.web.doing import called, shown
from hub.web.gates import Someone
from hub.web.pages import inbox
from hub.web.place import Place

router: Final = APIRouter()
_PAGE: Final = 10
_TASKS: Final = 3
_LINES: Final = 8
"""How many lines stand in each list of the right column."""


@router.get("/", response_class=HTMLResponse)
def front(place: Someone) -> Response:
    """What waits for whoever is here."""
    if place.session is not None and place.session.citizen is not None:
        return place.go("/mit")
    if place.session is not None and place.session.role == "operator":
        return place.go("/organisationer")
    if place.acting is not None and not place.coordinates:
        return inbox.front(place)
    now = place.hub.clock()
    found = mine(place, place.reader)
    refs = place.refs([one.citizen for one in found])
    waiting = sorted((one for one in found if one.waiting), key=lambda one: (*one.order, one.citizen))
    page, after = _page(waiting, refs, as_uuid(place.request.query_params.get("efter") or ""))
    week = _week(place, found, now)
    ending = [one for one in found if one.ending][:_LINES]
    quiet = _quiet(found, copenhagen_day(now))
    coming = _next(found)
    wanted = [*page, *ending, *quiet, *(one for one, _ in week), *([coming] if coming else [])]
    who = _Who(place, wanted, refs)
    return place.page(
        "overview.html",
        count=len(found),
        waits=len(waiting),
        cards=[who.card(one) for one in page],
        after=after,
        days=_by_day(who, week),
        coming=coming and {**who.of(coming), "starts": coming.meetings[0].fields["starts"]},
        ending=[{**who.of(one), "days": one.ending} for one in ending],
        quiet=[{**who.of(one), "contact": one.contact} for one in quiet],
        now=now,
    )


class _Who:
    """The names and references of those who stand on the page: of them alone."""

    def __init__(self, place: Place, wanted: Sequence[Mine], refs: dict[UUID, UUID]) -> None:
        self.place = place
        self.refs = refs
        self.names = place.names_of({one.citizen for one in wanted})

    def of(self, one: Mine) -> dict[str, Any]:
        """Who it is."""
        return {"ref": str(self.refs[one.citizen]), "name": self.names.get(one.citizen, "")}

    def card(self, one: Mine) -> dict[str, Any]:
        """A citizen's card."""
        ref = str(self.refs[one.citizen])
        tasks = [shown(self.place, ref, each) for each in one.waiting[:_TASKS]]
        return {**self.of(one), "tasks": tasks, "more": len(one.waiting) > _TASKS}


def _page(
    waiting: Sequence[Mine], refs: dict[UUID, UUID], after: UUID | None
) -> tuple[Sequence[Mine], str | None]:
    """Ten cards from the one with this reference on, and the reference of the last of them where there are more."""
    start = next((at + 1 for at, one in enumerate(waiting) if refs[one.citizen] == after), 0)
    page = waiting[start : start + _PAGE]
    return page, str(refs[page[-1].citizen]) if len(waiting) > start + _PAGE else None


def _week(place: Place, found: Sequence[Mine], now: datetime) -> list[tuple[Mine, dict[str, Any]]]:
    """The meetings of the next seven days, in their order."""
    last = copenhagen_day(now) + WEEK
    meetings = [
        (one, {"starts": entry.fields["starts"], "meeting": called(place, entry.event_id)})
        for one in found
        for entry in one.meetings
        if copenhagen_day(datetime.fromisoformat(entry.fields["starts"])) < last
    ]
    return sorted(meetings, key=lambda pair: (pair[1]["starts"], str(pair[0].citizen)))


def _by_day(
    who: _Who, week: Sequence[tuple[Mine, dict[str, Any]]]
) -> list[tuple[date, list[dict[str, Any]]]]:
    rows = [
        {**who.of(one), **meeting, "day": copenhagen_day(datetime.fromisoformat(meeting["starts"]))}
        for one, meeting in week
    ]
    return [(day, list(each)) for day, each in groupby(rows, key=itemgetter("day"))]


def _next(found: Sequence[Mine]) -> Mine | None:
    """Whose meeting comes first."""
    ahead = [one for one in found if one.meetings]
    return min(ahead, key=lambda one: str(one.meetings[0].fields["starts"]), default=None)


def _quiet(found: Sequence[Mine], today: date) -> list[Mine]:
    """Those with whom there has been no contact for long, the longest first."""
    long_ago: timedelta = LONG_AGO
    old = [one for one in found if one.contact is not None and today - one.contact >= long_ago]
    return sorted(old, key=lambda one: (str(one.contact), one.citizen))[:_LINES]
