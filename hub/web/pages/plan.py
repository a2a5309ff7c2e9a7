"""The plans: goals in the citizen's words beside the professional ones, support, orders, follow-ups."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates.plan import PlanKind
from hub.application import commands
from hub.desk.plans import everything, is_over, plans
from hub.web.acts import ON_PLAN, Act
from hub.web.gates import Sent, Staff
from hub.web.pages.acting import carry_out, open_act
from hub.web.pages.citizen import head, named
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/plan")


@router.get("", response_class=HTMLResponse)
def plan(place: Staff, ref: str) -> Response:
    """Every plan that the reader may know of."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    found = everything(place, place.reader, citizen, purpose, "plan")
    entries = [entry for entry, _ in found if entry.event.startswith("plan.")]
    return place.page(
        "plan.html",
        **head(place, ref, citizen, purpose),
        plans=plans(found),
        is_over=is_over,
        names=named(place, entries),
        is_authority=place.sector == "authority",
    )


@router.post("")
def begin(place: Staff, form: Sent, ref: str) -> Response:
    """Begin a plan: the authority's, or our own."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    kind = PlanKind.HANDLEPLAN if place.sector == "authority" else PlanKind.INDSATSPLAN
    commands.open_plan(place.hub, actor, citizen, kind, command_id=form.command_id)
    return place.go(f"/borger/{ref}/plan")


@router.get("/{at}/{what}", response_class=HTMLResponse)
def act(place: Staff, ref: str, at: str, what: str) -> Response:  # noqa: ARG001 - the form is sent to where it stands
    """The form for one thing that is done on a plan."""
    return open_act(place, ref, _act(place, what), f"/borger/{ref}/plan")


@router.post("/{at}/{what}", response_class=HTMLResponse)
def acted(place: Staff, form: Sent, ref: str, at: str, what: str) -> Response:
    """It is done."""
    return carry_out(place, form, ref, _act(place, what), at, f"/borger/{ref}/plan")


def _act(place: Place, what: str) -> Act:
    found = ON_PLAN.get(what)
    if found is None or (found.authority and place.sector != "authority"):
        raise HTTPException(404)
    return found
