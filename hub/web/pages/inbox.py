"""A partner's inbox: for somebody who logs in once a month from a mail, and wants to be done in a minute."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application.commands import confirm_purge
from hub.clock import copenhagen_day
from hub.consumers.inbox import SQL as INBOX
from hub.desk.desk import NOBODY
from hub.desk.inbox import owed
from hub.desk.saying import as_uuid
from hub.desk.waiting import Mine, Waiting, mine
from hub.errors import NotFound, WrongStatus
from hub.texts import say
from hub.vocabulary import Source
from hub.web.doing import called, shown
from hub.web.gates import Sent, Staff
from hub.web.place import Place

router: Final = APIRouter()
_MOST: Final = 20
"""How many citizens stand on the page; the rest come as these are answered."""
_SOON: Final = 3
OWN_PAGES: Final = {
    "invitation": ("Svar på invitationen", "Answer the invitation", "moede"),
    "input": ("Skriv til mødet", "Write to the meeting", "moede"),
    "agreement": ("Sig, at det er gjort", "Say that it is done", "aftale"),
}
"""What a partner answers on a page of its own, with one form: the verb, and the page."""


def front(place: Place) -> Response:
    """What waits for whoever is here at an organisation that does not coordinate."""
    found = mine(place, place.reader)
    today = copenhagen_day(place.hub.clock())
    for one in found:
        one.waiting = to_answer(one.waiting, today)
    waiting = sorted((one for one in found if one.waiting), key=lambda one: (*one.order, one.citizen))
    coming = sorted((one for one in found if one.meetings), key=_starts)[:_SOON]
    refs = place.refs([one.citizen for one in found])
    page = waiting[:_MOST]
    names = place.names_of({one.citizen for one in [*page, *coming]})
    who = {one.citizen: {"ref": str(refs[one.citizen]), "name": names.get(one.citizen, "")} for one in found}
    return place.page(
        "inbox.html",
        cards=[
            {**who[one.citizen], "tasks": tasks_of(place, who[one.citizen]["ref"], one.waiting)}
            for one in page
        ],
        more=len(waiting) > _MOST,
        coming=[{**who[one.citizen], "starts": _starts(one)} for one in coming],
        owed=owed(place, place.acting) if place.acting is not None else [],
        any_at_all=bool(found),
    )


def tasks_of(place: Place, ref: str, waiting: Sequence[Waiting]) -> list[dict[str, Any]]:
    """What waits with one citizen, each with its one button; what is done on the same page stands once."""
    found = {one["path"]: one for one in reversed([task(place, ref, each) for each in waiting])}
    return [*found.values()][::-1]


def to_answer(waiting: Sequence[Waiting], today: date) -> list[Waiting]:
    """What can still be answered: an invitation is over with its meeting's day."""
    return [
        one
        for one in waiting
        if one.item.rule.id != "invitation"
        or one.item.due + timedelta(days=one.item.rule.clock.before) >= today
    ]


def task(place: Place, ref: str, waiting: Waiting) -> dict[str, Any]:
    """One thing that waits, as a partner answers it."""
    found = shown(place, ref, waiting)
    item = waiting.item
    own = OWN_PAGES.get(item.rule.id)
    if own is not None:
        found["verb"] = say(own[0], own[1])
        found["path"] = f"/borger/{ref}/vi/{own[2]}/{called(place, item.begun.event)}"
    fields = {} if item.entry is None else item.entry.fields
    found["starts"] = fields.get("starts")
    found["entry"] = item.entry
    return found


def _starts(one: Mine) -> str:
    return str(one.meetings[0].fields["starts"])


@router.get("/tak", response_class=HTMLResponse)
def thanks(place: Staff) -> Response:
    """It is done. What is left is not told here: a list may still be a moment behind."""
    return place.go("/") if place.coordinates else place.page("inbox_thanks.html")


@router.post("/slettet", response_class=HTMLResponse)
def deleted(place: Staff, form: Sent) -> Response:
    """Somebody here confirms, by name, that what a notice names is deleted."""
    notice, partner = as_uuid(form.get("besked")), place.acting or NOBODY
    if notice is None or (asked := _asked(place, notice, partner)) is None:
        raise NotFound(
            say("Der er ikke bedt om at slette noget sådant.", "Nothing such was asked to be deleted.")
        )
    citizen, records, settled = asked
    if settled:
        return place.go("/tak")
    try:
        answer = confirm_purge(
            place.hub,
            place.actor(),
            citizen,
            partner,
            notice=notice,
            records=records,
            command_id=form.command_id,
            source=Source.SCREEN,
        )
        position = answer.position
    except WrongStatus:  # it was confirmed just now, by somebody else or by the organisation's system
        position = place.hub.log.head()[0]
    with place.hub.database.transaction() as connection:
        connection.execute(INBOX["settle"], (notice, position))
        connection.execute(INBOX["notify"])
    return place.go("/tak")


def _asked(place: Place, notice: UUID, partner: UUID) -> tuple[UUID, int, bool] | None:
    """Whom a notice to this organisation is about, how many records it names, and whether it is settled."""
    with place.hub.database.connection() as connection:
        row = connection.execute(INBOX["asked"], (notice, partner)).fetchone()
    return None if row is None else (row[0], row[1], bool(row[2]))
