"""Calling a meeting, and making one that is too large into two."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates.meeting import MeetingKind
from hub.desk.gatherings import Plan, call, split
from hub.desk.meetings import many_text
from hub.errors import Refused
from hub.texts import VALUES, say, word
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meetings import Visit, again, visit, visit_to
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/moeder")
_SURE: Final = "ja"


@router.get("/indkald", response_class=HTMLResponse)
def convene(place: Staff, ref: str) -> Response:
    """What to write to call a meeting."""
    return _page(visit(place, ref))


@router.post("/indkald", response_class=HTMLResponse)
def convened(place: Staff, form: Sent, ref: str) -> Response:
    """First who learns of whom is shown, then the meeting is called."""
    v = visit(place, ref)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        plan = _plan(v, form)
        form.check()
        if plan is None or form.get("sikker") != _SURE:
            return _page(v, form=form, plan=plan)
        call(place.hub, actor, v.citizen, plan, command_id=form.command_id)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _page(v, status=status_of(no), form=form)
    return v.go("/moeder")


@router.get("/{meeting}/del", response_class=HTMLResponse)
def divide(place: Staff, ref: str, meeting: str) -> Response:
    """Who is to meet at another time instead."""
    return _split_page(visit_to(place, ref, meeting))


@router.post("/{meeting}/del", response_class=HTMLResponse)
def divided(place: Staff, form: Sent, ref: str, meeting: str) -> Response:
    """The meeting becomes two."""
    v = visit_to(place, ref, meeting)
    actor = place.check_may_write(v.citizen, "meetings")
    try:
        plan = _second(v, form)
        if plan is not None:
            both = (_first(v, plan), plan)
            split(place.hub, actor, v.citizen, v.gathering.id, both, command_id=form.command_id)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _split_page(v, status=status_of(no), form=form)
    return v.go("/moeder")


def _page(
    v: Visit, *, status: int = 200, form: Posted | None = None, plan: Plan | None = None
) -> HTMLResponse:
    offered = {one: name for one, name in v.partners().items() if one != v.place.acting}
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    most = v.known.most
    invited = () if plan is None else plan.invited
    return v.show(
        "meeting_convene.html",
        status=status,
        kinds=[(one.value, _begun(word(VALUES, one.value))) for one in MeetingKind],
        offered=[(str(one), name) for one, name in offered.items()],
        form=form,
        errors={} if form is None else form.errors,
        plan=plan,
        learns=[(offered[one], _others(v.place, offered, invited, one)) for one in invited],
        many=many_text(len(invited), most) if most is not None and len(invited) > most else None,
        most=most,
        again=[] if form is None else [pair for pair in form.fields if pair[0] not in _NOT_AGAIN],
        **context,
    )


_NOT_AGAIN: Final = frozenset({"csrf", "command_id", "sikker"})


def _others(place: Place, names: dict[UUID, str], invited: tuple[UUID, ...], one: UUID) -> str:
    """Of whom somebody invited learns: everybody else on the list, and whoever calls the meeting."""
    ours = [place.organisation or ""]
    return ", ".join([*ours, *(names[other] for other in invited if other != one)])


def _plan(v: Visit, form: Posted) -> Plan | None:
    """The meeting as the form has it."""
    kind = form.choice(
        "slags", set(MeetingKind), needed=say("Vælg, hvad slags møde det er.", "Choose the kind of meeting.")
    )
    purpose = form.text(
        "formaalet",
        needed=say(
            "Skriv, hvad mødet er til for. Uden det er der intet møde.",
            "Write what the meeting is for. Without it there is none.",
        ),
    )
    starts = form.moment("dag", "tid", needed=say("Skriv, hvilken dag det er.", "Write which day it is."))
    _ahead(v, form, starts)
    place = form.text("sted", labels=("meetings",))
    known = {str(one) for one in v.partners()}
    invited = tuple(dict.fromkeys(UUID(one) for one in form.choices("hvem", known)))
    if kind is None or purpose is None or starts is None:
        return None
    return Plan(kind, starts, purpose, place, invited)


def _second(v: Visit, form: Posted) -> Plan | None:
    """The second meeting: for some of those invited, at another time, for the same purpose."""
    invited = {str(one): one for one in v.gathering.invitations}
    chosen = form.choices(
        "hvem",
        invited,
        needed=say("Vælg, hvem der skal med til det andet møde.", "Choose who comes to the other meeting."),
    )
    if chosen and len(chosen) == len(invited):
        form.wrong(
            "hvem", say("Lad mindst én blive på det første møde.", "Leave at least one at the first meeting.")
        )
    starts = form.moment("dag", "tid", needed=say("Skriv, hvilken dag det er.", "Write which day it is."))
    _ahead(v, form, starts)
    purpose = form.text(
        "formaalet", needed=say("Skriv, hvad mødet er til for.", "Write what the meeting is for.")
    )
    place = form.text("sted", labels=("meetings",))
    form.check()
    if starts is None or purpose is None:
        return None
    return Plan(
        v.gathering.kind or MeetingKind.COORDINATING.value,
        starts,
        purpose,
        place,
        tuple(invited[one] for one in chosen),
    )


def _first(v: Visit, second: Plan) -> Plan:
    """The first meeting, as it was, for those who stay."""
    stay = tuple(one for one in v.gathering.invitations if one not in second.invited)
    starts, purpose = v.gathering.starts or second.starts, again(v.gathering.purpose) or second.purpose
    return Plan(second.kind, starts, purpose, again(v.gathering.place), stay)


def _ahead(v: Visit, form: Posted, starts: datetime | None) -> None:
    if starts is not None and starts < v.place.hub.clock():
        form.wrong(
            "dag", say("Den dag er gået. Vælg en, der kommer.", "That day has gone. Choose one to come.")
        )


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _split_page(v: Visit, *, status: int = 200, form: Posted | None = None) -> HTMLResponse:
    names = v.names()
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    return v.show(
        "meeting_split.html",
        status=status,
        invited=[(str(one), names.get(one, "")) for one in v.gathering.invitations],
        most=v.known.most,
        form=form,
        errors={} if form is None else form.errors,
        **context,
    )
