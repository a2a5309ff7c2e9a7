"""What can be said and done on the page of one meeting: each a small form, each one command."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Act, Actor, Meeting, Told
from hub.aggregates import gathering as told
from hub.application import commands
from hub.application.hub import made
from hub.desk.saying import as_uuid
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meetings import Visit, again, meeting_page, owners, visit_to

router: Final = APIRouter(prefix="/borger/{ref}/moeder/{meeting}")
Verb = Callable[[Visit, Posted, Actor], object]
CITIZEN: Final = "borger"
"""In place of an organisation: the citizen does it."""


_AHEAD: Final = frozenset({"forklar", "punkt", "optag", "flyt", "sted", "aflys", "inviter", "fjern", "svar"})
"""What is done only before a meeting."""
_OVER: Final = (
    "Mødet er holdt eller aflyst, så det kan ikke gøres mere. Indkald et nyt møde.",
    "The meeting was held or cancelled, so that can no longer be done. Call a new one.",
)


@router.post("/{verb}", response_class=HTMLResponse)
def act(place: Staff, form: Sent, ref: str, meeting: str, verb: str) -> Response:
    """Do one thing on a meeting; what was not taken stands on the page again."""
    if verb not in _VERBS:
        raise HTTPException(404)
    v = visit_to(place, ref, meeting)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        ahead = verb not in _AHEAD or v.gathering.status == "convened"
        v.check(form, actor, ahead, *_OVER)
        _VERBS[verb](v, form, actor)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return meeting_page(
            v,
            status=status_of(no),
            form=form,
            acting_on=verb,
            errors=form.errors,
            command_id=form.command_id,
        )
    return v.go(f"/moeder/{v.gathering.ref}")


def _tell(v: Visit, form: Posted, actor: Actor, what: type[Told], **fields: Any) -> None:
    form.check()
    commands.tell(v.place.hub, actor, v.citizen, what, fields, v.gathering.id, command_id=form.command_id)


def _do(v: Visit, form: Posted, actor: Actor, do: Callable[[Meeting, Act], None]) -> None:
    form.check()
    commands.on_meeting(v.place.hub, actor, v.citizen, v.gathering.id, do, command_id=form.command_id)


def _something(form: Posted, *names: str) -> None:
    if not any(form.line(name) for name in names):
        form.wrong(names[0], say("Skriv noget i et af felterne.", "Write something in one of the fields."))


def _message(v: Visit, form: Posted, actor: Actor) -> None:
    words = form.text("besked_words", needed=say("Skriv borgerens besked.", "Write the citizen's message."))
    _tell(v, form, actor, told.CitizenMessageGiven, words=words)


def _explain(v: Visit, form: Posted, actor: Actor) -> None:
    words, text = form.text("forklar_words"), form.text("forklar_text")
    _tell(v, form, actor, told.PurposeExplained, words=words, text=text)


def _propose(v: Visit, form: Posted, actor: Actor) -> None:
    _something(form, "punkt_words", "punkt_text")
    words, text = form.text("punkt_words"), form.text("punkt_text")
    _tell(v, form, actor, told.AgendaItemProposed, words=words, text=text)


def _accept(v: Visit, form: Posted, actor: Actor) -> None:
    ref = as_uuid(form.get("punkt"))
    item = next((one for one, (entry, _) in v.gathering.agenda.items() if entry.ref == ref), None)
    if item is None:
        form.wrong("", say("Punktet er der ikke mere.", "The item is no longer there."))
    _tell(v, form, actor, told.AgendaItemAccepted, agenda_item=item)


def _input(v: Visit, form: Posted, actor: Actor) -> None:
    text = form.text("input_text", needed=say("Skriv det, I vil have sagt.", "Write what you want said."))
    _tell(v, form, actor, told.InputGiven, text=text)


def _move(v: Visit, form: Posted, actor: Actor) -> None:
    starts = form.moment("flyt_dag", "flyt_tid", needed=say("Skriv den nye dag.", "Write the new day."))
    text = form.text("flyt_text")
    _tell(v, form, actor, told.Rescheduled, starts=starts, text=text)


def _place(v: Visit, form: Posted, actor: Actor) -> None:
    place = form.text("sted_place", needed=say("Skriv, hvor mødet er.", "Write where the meeting is."))
    _tell(v, form, actor, told.PlaceChosen, place=place, words=form.text("sted_words"))


def _cancel(v: Visit, form: Posted, actor: Actor) -> None:
    text = form.text("aflys_text")
    _do(v, form, actor, lambda meeting, act: meeting.cancel(act, text=text))


def _invite(v: Visit, form: Posted, actor: Actor) -> None:
    needed = say("Vælg, hvem der skal inviteres.", "Choose whom to invite.")
    whom = form.identity("inviter", needed=needed)
    purpose = again(v.gathering.purpose)
    if whom is not None and whom not in v.partners():
        form.wrong("inviter", needed)
    form.check()
    listed = (*v.gathering.invitations, *([v.place.acting] if v.place.acting else []))
    if whom is not None and purpose is not None:
        place = again(v.gathering.place)
        _do(
            v,
            form,
            actor,
            lambda meeting, act: meeting.invite(whom, listed, act, purpose=purpose, place=place),
        )


def _remove(v: Visit, form: Posted, actor: Actor) -> None:
    whom = form.identity("fjern", needed=say("Vælg, hvem der ikke skal med.", "Choose who is not to come."))
    if whom not in v.gathering.invitations:
        form.wrong("fjern", say("De er ikke inviteret.", "They are not invited."))
    if whom is not None:
        _do(v, form, actor, lambda meeting, act: meeting.remove(whom, act))


def _answer(v: Visit, form: Posted, actor: Actor) -> None:
    coming = form.choice("svar", ("ja", "nej"), needed=say("Vælg, om I kommer.", "Choose whether you come."))
    text = form.text("svar_text")
    _tell(v, form, actor, told.ParticipantAnswered, coming=coming == "ja", text=text)


def _minutes(v: Visit, form: Posted, actor: Actor) -> None:
    _tell(v, form, actor, told.MinutesApproved, words=form.text("referat_words"))


def _agree(v: Visit, form: Posted, actor: Actor) -> None:
    what = form.text("aftale_what", needed=say("Skriv, hvad der er aftalt.", "Write what is agreed."))
    known = dict(owners(v))
    who = form.choice(
        "aftale_hvem", (CITIZEN, *known), needed=say("Vælg, hvem der gør det.", "Choose who does it.")
    )
    due = form.day("aftale_dato")
    parties = tuple(UUID(one) for one in form.choices("aftale_med", known) if one != who)
    form.check()

    def do(meeting: Meeting, act: Act) -> None:
        assert what is not None  # noqa: S101 - checked above
        owner = None if who in (None, CITIZEN) else UUID(who)
        meeting.agree(made(act, "agreement"), act, owner=owner, parties=parties, what=what, due=due)

    _do(v, form, actor, do)


_VERBS: Final[dict[str, Verb]] = {
    "besked": _message,
    "forklar": _explain,
    "punkt": _propose,
    "optag": _accept,
    "input": _input,
    "flyt": _move,
    "sted": _place,
    "aflys": _cancel,
    "inviter": _invite,
    "fjern": _remove,
    "svar": _answer,
    "referat": _minutes,
    "aftale": _agree,
}
