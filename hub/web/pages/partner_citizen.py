"""A partner's front of one citizen: why we see this, what waits for us, what is ours; and one form for each answer."""

from typing import Any, Final
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Act, Actor, Meeting
from hub.aggregates import gathering as told
from hub.application import commands
from hub.clock import copenhagen_day
from hub.desk.due import due_of
from hub.desk.inbox import because
from hub.desk.meetings import Agreement, said_of
from hub.desk.saying import as_uuid
from hub.desk.waiting import waiting_of
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.inbox import tasks_of, to_answer
from hub.web.pages.meetings import Visit, visit, visit_to
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/vi")
_OWN: Final = 5
YES: Final = "ja"
NO: Final = "nej"


@router.get("", response_class=HTMLResponse)
def ours(place: Staff, ref: str) -> Response:
    """Why we see this, what waits for us, and what is ours."""
    v = visit(place, ref, "view")
    reasons = because(place, place.reader, v.citizen, v.purpose, v.known.told)
    facts = place.due.of_citizens([v.citizen]).get(v.citizen, [])
    now = place.hub.clock()
    today = copenhagen_day(now)
    due = due_of(place, place.reader, v.citizen, v.purpose, facts, today)
    own = [entry for entry in reversed(v.known.entries) if entry.by == place.acting]
    return v.show(
        "partner_citizen.html",
        reasons=[one for one in reasons if one.words is None],
        texts=[one.words for one in reasons if one.words is not None],
        waiting=tasks_of(place, ref, to_answer(waiting_of(due.items, today), today)),
        coming=[
            one for one in v.known.meetings if one.status == "convened" and one.starts and one.starts >= now
        ],
        agreements=[one for one in v.known.open_agreements(place.acting) if _ours(one, place.acting)],
        own=own[:_OWN],
        more=len(own) > _OWN,
    )


def _ours(one: Agreement, partner: UUID | None) -> bool:
    return partner in {one.owner, *one.parties}


# An invitation, and what we want said.


@router.get("/moede/{meeting}", response_class=HTMLResponse)
def invitation(place: Staff, ref: str, meeting: str) -> Response:
    """An invitation with its one form."""
    return _invitation(visit_to(place, ref, meeting))


@router.post("/moede/{meeting}", response_class=HTMLResponse)
def answered(place: Staff, form: Sent, ref: str, meeting: str) -> Response:
    """We come or we do not; and what we want said, whoever says it."""
    v = visit_to(place, ref, meeting)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        _answer(v, form, actor)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _invitation(v, form=form, status=status_of(no))
    return place.go("/tak")


def _answer(v: Visit, form: Posted, actor: Actor) -> None:
    needed = say("Vælg, om I kommer.", "Choose whether you come.")
    coming = form.choice("svar", (YES, NO), needed=needed) == YES
    text = form.text("input_text")
    form.check()
    hub, meeting = v.place.hub, v.gathering.id
    ours = v.gathering.invitations.get(v.place.acting) if v.place.acting is not None else None
    if ours is None or ours.coming is not coming:
        commands.tell(
            hub,
            actor,
            v.citizen,
            told.ParticipantAnswered,
            {"coming": coming, "text": None},
            meeting,
            command_id=form.command_id,
        )
    if text is not None:
        command = uuid5(form.command_id, "input")
        commands.tell(hub, actor, v.citizen, told.InputGiven, {"text": text}, meeting, command_id=command)


def _invitation(v: Visit, *, form: Posted | None = None, status: int = 200) -> HTMLResponse:
    ours = v.gathering.invitations.get(v.place.acting) if v.place.acting is not None else None
    coming = None if ours is None else ours.coming
    return v.show(
        "partner_invitation.html",
        status=status,
        answered={True: YES, False: NO}.get(coming, "") if coming is not None else "",
        sent=[said_of(one) for one in v.gathering.of("input_given") if one.by == v.place.acting],
        open_still=v.gathering.status == "convened",
        **_form(form),
    )


# An agreement of ours.


@router.get("/aftale/{agreement}", response_class=HTMLResponse)
def agreement(place: Staff, ref: str, agreement: str) -> Response:
    """What we said that we would do, with its one button."""
    v, found = _agreement(place, ref, agreement)
    return _agreed(v, found)


@router.post("/aftale/{agreement}", response_class=HTMLResponse)
def done(place: Staff, form: Sent, ref: str, agreement: str) -> Response:
    """It is done."""
    v, found = _agreement(place, ref, agreement)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        text = form.text("holdt_text")
        form.check()

        def keep(meeting: Meeting, act: Act) -> None:
            meeting.complete(found.id, act, text=text)

        commands.on_meeting(place.hub, actor, v.citizen, found.meeting, keep, command_id=form.command_id)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _agreed(v, found, form=form, status=status_of(no))
    return place.go("/tak")


def _agreement(place: Place, ref: str, agreement: str) -> tuple[Visit, Agreement]:
    v = visit(place, ref)
    found = v.known.agreement(as_uuid(agreement))
    if found is None:
        place.access.turned_away(place.reader, "meetings", "no_such_agreement", citizen=v.citizen)
    return v, found


def _agreed(v: Visit, found: Agreement, *, form: Posted | None = None, status: int = 200) -> HTMLResponse:
    return v.show("partner_agreement.html", status=status, one=found, **_form(form))


def _form(form: Posted | None) -> dict[str, Any]:
    if form is None:
        return {"form": None, "errors": {}}
    return {"form": form, "errors": form.errors, "command_id": form.command_id}
