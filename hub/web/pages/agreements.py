"""Agreements: kept, given a new date, or let go."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Act, Meeting
from hub.application import commands
from hub.desk.meetings import Agreement
from hub.desk.saying import as_uuid
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meetings import Visit, visit
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/aftaler/{agreement}")
Do = Callable[[Meeting, Act], None]


@router.get("", response_class=HTMLResponse)
def agreement(place: Staff, ref: str, agreement: str) -> Response:
    """One agreement, and what can be said of it."""
    v, found = _found(place, ref, agreement)
    return _page(v, found)


@router.post("/{verb}", response_class=HTMLResponse)
def follow_up(place: Staff, form: Sent, ref: str, agreement: str, verb: str) -> Response:
    """It is kept, has a new date, or is let go."""
    if verb not in _VERBS:
        raise HTTPException(404)
    v, found = _found(place, ref, agreement)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        going = found.over is None
        v.check(
            form,
            actor,
            going,
            "Aftalen er allerede holdt eller faldet bort. Lav en ny.",
            "The agreement is kept or let go already. Make a new one.",
        )
        do = _VERBS[verb](form, found)
        commands.on_meeting(place.hub, actor, v.citizen, found.meeting, do, command_id=form.command_id)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _page(v, found, status=status_of(no), form=form, acting_on=verb)
    return v.go("/moeder")


def _found(place: Place, ref: str, agreement: str) -> tuple[Visit, Agreement]:
    v = visit(place, ref)
    found = v.known.agreement(as_uuid(agreement))
    if found is None:
        place.access.turned_away(place.reader, "meetings", "no_such_agreement", citizen=v.citizen)
    return v, found


def _page(
    v: Visit, found: Agreement, *, status: int = 200, form: Posted | None = None, acting_on: str = ""
) -> HTMLResponse:
    context = {} if form is None else {"command_id": form.command_id}
    return v.show(
        "meeting_agreement.html",
        status=status,
        one=found,
        form=form,
        acting_on=acting_on,
        errors={} if form is None else form.errors,
        **context,
    )


def _kept(form: Posted, found: Agreement) -> Do:
    said = form.text("holdt_text")
    form.check()

    def do(meeting: Meeting, act: Act) -> None:
        meeting.complete(found.id, act, text=said)

    return do


def _delayed(form: Posted, found: Agreement) -> Do:
    due = form.day("udsaet_dato", needed=say("Skriv den nye dato.", "Write the new date."))
    said = form.text("udsaet_text")
    form.check()

    def do(meeting: Meeting, act: Act) -> None:
        assert due is not None  # noqa: S101 - checked above
        meeting.delay(found.id, due, act, text=said)

    return do


def _let_go(form: Posted, found: Agreement) -> Do:
    said = form.text("drop_text")
    form.check()

    def do(meeting: Meeting, act: Act) -> None:
        meeting.drop(found.id, act, text=said)

    return do


_VERBS: Final[dict[str, Callable[[Posted, Agreement], Do]]] = {
    "holdt": _kept,
    "udsaet": _delayed,
    "drop": _let_go,
}
