"""The authority's page of one citizen: what waits, and what is new since the last decision, on one page."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.application.access import Entry
from hub.clock import copenhagen_day
from hub.desk.due import due_of
from hub.desk.plans import everything, is_over, plans
from hub.web.acts import ON_CITIZEN, Act
from hub.web.gates import Authority, Sent
from hub.web.pages.acting import carry_out, open_act
from hub.web.pages.citizen import by_day, head, named

router: Final = APIRouter(prefix="/borger/{ref}/myndighed")
DECISIONS: Final = frozenset({
    "citizen.support_decided", "citizen.need_change_assessed", "plan.support_granted", "plan.support_ended",
    "citizen.pathway_changed",
})  # fmt: skip
"""What counts as a decision of the authority's."""
_MOST: Final = 40


@router.get("", response_class=HTMLResponse)
def authority(place: Authority, ref: str) -> Response:
    """What waits for the authority, and what happened since it last decided."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    found = everything(place, place.reader, citizen, purpose, "decision")
    entries = [entry for entry, _ in found]
    last = last_decision(entries)
    new = [entry for entry in reversed(entries) if last is None or entry.position > last.position]
    page = place.access.page(place.reader, citizen, purpose)
    facts = place.due.of_citizens([citizen]).get(citizen, [])
    due = due_of(place, place.reader, citizen, purpose, facts, copenhagen_day(place.hub.clock()))
    cards = [card for card in plans(found) if card.closed is None]
    return place.page(
        "authority.html",
        **head(place, ref, citizen, purpose),
        needs=page.of("needs"),
        inquiries=page.of("inquiries"),
        unread={item.begun.event for item in due.items if item.rule.id == "need-unacknowledged"},
        unanswered={item.begun.event for item in due.items if item.rule.id == "first-reply"},
        last=last,
        days=by_day(new[:_MOST]),
        more=len(new) > _MOST,
        plans=cards,
        action_plan=next((card for card in cards if card.kind == "handleplan"), None),
        is_over=is_over,
        names=named(place, entries),
    )


def last_decision(entries: Sequence[Entry]) -> Entry | None:
    """The last decision among entries, which are oldest first."""
    return next((entry for entry in reversed(entries) if entry.event in DECISIONS), None)


@router.get("/{at}/{what}", response_class=HTMLResponse)
def act(place: Authority, ref: str, at: str, what: str) -> Response:  # noqa: ARG001 - the form is sent to where it stands
    """The form for one thing that the authority does."""
    return open_act(place, ref, _act(what), f"/borger/{ref}/myndighed")


@router.post("/{at}/{what}", response_class=HTMLResponse)
def acted(place: Authority, form: Sent, ref: str, at: str, what: str) -> Response:
    """It is done."""
    return carry_out(place, form, ref, _act(what), at, f"/borger/{ref}/myndighed")


def _act(what: str) -> Act:
    if what not in ON_CITIZEN:
        raise HTTPException(404)
    return ON_CITIZEN[what]
