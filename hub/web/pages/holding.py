"""A meeting was held: who came, was the citizen there, and who does what by when."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.desk.gatherings import Agreed, Outcome, hold
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meeting_verbs import CITIZEN
from hub.web.pages.meetings import Visit, owners, visit_to

router: Final = APIRouter(prefix="/borger/{ref}/moeder/{meeting}/afhold")
_ROWS: Final = 3
_MOST_ROWS: Final = 20


@router.get("", response_class=HTMLResponse)
def holding(place: Staff, ref: str, meeting: str) -> Response:
    """What to write about a meeting that was held."""
    return _page(visit_to(place, ref, meeting))


@router.post("", response_class=HTMLResponse)
def held(place: Staff, form: Sent, ref: str, meeting: str) -> Response:
    """Record it, or give the form another row for an agreement."""
    v = visit_to(place, ref, meeting)
    actor = place.check_may_write(v.citizen, "meetings")
    if form.get("flere"):
        return _page(v, form=form, rows=_rows(form) + 1)
    try:
        ahead = v.gathering.status == "convened"
        v.check(
            form,
            actor,
            ahead,
            "Mødet er allerede holdt eller aflyst. Skriv nye aftaler på mødets side.",
            "The meeting was held or cancelled already. Write new agreements on the meeting's page.",
        )
        outcome = _outcome(v, form)
        hold(place.hub, actor, v.citizen, v.gathering.id, outcome, command_id=form.command_id)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _page(v, status=status_of(no), form=form, rows=_rows(form))
    return v.go(f"/moeder/{v.gathering.ref}")


def _page(v: Visit, *, status: int = 200, form: Posted | None = None, rows: int = _ROWS) -> HTMLResponse:
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    return v.show(
        "meeting_hold.html",
        status=status,
        owners=owners(v),
        doers=[(CITIZEN, say("Borgeren selv", "The citizen")), *owners(v)],
        people=_people(v),
        rows=range(1, min(rows, _MOST_ROWS) + 1),
        form=form,
        errors={} if form is None else form.errors,
        **context,
    )


def _people(v: Visit) -> list[tuple[str, str]]:
    """Who can tell the citizen: whoever is here, and those that the reader knows to be the citizen's own."""
    page, names = v.known.page, v.names()
    found = {} if v.place.person is None else {str(v.place.person.id): v.place.person.name}
    for thing in (*page.of("coordinators"), *page.of("contact_persons")):
        person = thing.first.fields.get("person")
        if person is not None and (name := names.get(UUID(person))) is not None:
            found[person] = name
    return [*found.items()]


def _rows(form: Posted) -> int:
    """How many agreements the form has room for."""
    return next((n for n in range(_MOST_ROWS, 0, -1) if any(k == f"hvad{n}" for k, _ in form.fields)), _ROWS)


def _outcome(v: Visit, form: Posted) -> Outcome:
    """How it went, as the form has it."""
    known = {one: UUID(one) for one, _ in owners(v)}
    came = tuple(known[one] for one in form.choices("kom", known))
    took_part = form.choice(
        "med", ("ja", "nej"), needed=say("Skriv, om borgeren var med.", "Say whether the citizen took part.")
    )
    why_not, told_by = None, None
    if took_part == "nej":
        why_not = form.text(
            "hvorfor_ikke",
            needed=say("Skriv, hvorfor borgeren ikke var med.", "Write why the citizen did not take part."),
            labels=("attendance",),
        )
        people = {one for one, _ in _people(v)}
        teller = form.choice(
            "besked_af",
            people,
            needed=say(
                "Vælg, hvem der fortæller borgeren om mødet.", "Choose who tells the citizen about it."
            ),
        )
        told_by = None if teller is None else UUID(teller)
    text = form.text("referat")
    agreed = _agreed(form, known)
    form.check()
    return Outcome(came, took_part == "ja", why_not, told_by, text, agreed)


def _agreed(form: Posted, known: dict[str, UUID]) -> tuple[Agreed, ...]:
    """The agreements, row by row; an empty row is none."""
    found = []
    labels = [one for one in form.all("aftaler_label") if one]
    for number in range(1, _rows(form) + 1):
        what, who, day = f"hvad{number}", f"hvem{number}", f"senest{number}"
        if not form.get(what).strip():
            if form.get(who) or form.get(day):
                form.wrong(what, say("Skriv, hvad der er aftalt.", "Write what is agreed."))
            continue
        if not labels:
            form.wrong(
                "aftaler_label",
                say("Vælg, hvad aftalerne handler om.", "Choose what the agreements are about."),
            )
            continue
        text = form.text(what, labels=labels)
        owner = form.choice(
            who, (CITIZEN, *known), needed=say("Vælg, hvem der gør det.", "Choose who does it.")
        )
        due = form.day(day)
        if text is not None and owner is not None:
            found.append(Agreed(text, known.get(owner), due))
    return tuple(found)
