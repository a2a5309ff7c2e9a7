"""Enrolling a citizen: the authority does it, and whoever does has the first task."""

from typing import Final
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application import commands
from hub.desk.registering import cpr_number
from hub.errors import BadInput, Conflict, Refused
from hub.texts import say
from hub.vault import Identity
from hub.vocabulary import Purpose
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Authority, Sent
from hub.web.place import Place

router: Final = APIRouter(prefix="/borgere/ny")
_LONGEST: Final = 200


@router.get("", response_class=HTMLResponse)
def enrol(place: Authority) -> Response:
    """Who it is."""
    return _shown(place)


@router.post("", response_class=HTMLResponse)
def enrolled(place: Authority, form: Sent) -> Response:
    """The citizen is enrolled, and whoever did it has a task; the next step is a coordinator."""
    try:
        citizen = _enrol(place, form)
    except Incomplete:
        return _shown(place, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _shown(place, form=form, status=409)
    return place.go(f"/borger/{place.ref(citizen)}/tovholder")


def _enrol(place: Place, form: Posted) -> UUID:
    name = form.line("navn", needed=say("Skriv borgerens navn.", "Write the citizen's name."))
    given, address = form.line("cpr"), form.line("adresse")
    cpr = None if given is None else cpr_number(given)
    if given is not None and cpr is None:
        form.wrong(
            "cpr",
            say(
                "Det er intet CPR-nummer: skriv det som 010180-0000.",
                "That is no CPR number: write it as 010180-0000.",
            ),
        )
    if max(len(name or ""), len(address or "")) > _LONGEST:
        form.wrong(
            "navn" if len(name or "") > _LONGEST else "adresse", say("Det er for langt.", "That is too long.")
        )
    form.check()
    actor, command = place.actor(), form.command_id
    answer = place.hub.answered(command, actor)
    if answer is None:
        try:
            answer = commands.enrol(
                place.hub,
                actor,
                Identity(name or "", cpr, None, address),
                citizen=uuid5(command, "citizen") if cpr is None else None,
                by_name=place.demo,
                command_id=command,
            )
        except BadInput as taken:
            form.wrong(
                "cpr",
                say(
                    "En borger med det CPR-nummer er med allerede. Bed tovholderen om en kode.",
                    "A citizen with that CPR number is enrolled already. Ask the coordinator for a code.",
                ),
            )
            raise Incomplete from taken
    citizen = UUID(answer.ids["citizen"])
    _begin(place, form, citizen)
    return citizen


def _begin(place: Place, form: Posted, citizen: UUID) -> None:
    """Whoever enrolled has a task: to see that there will be a coordinator."""
    person, partner = place.person, place.acting
    if person is not None and partner is not None:
        commands.assign(
            place.hub,
            place.actor(),
            citizen,
            "relation",
            partner,
            person.id,
            Purpose.CASEWORK,
            command_id=uuid5(form.command_id, "task"),
        )


def _shown(place: Place, *, form: Posted | None = None, status: int = 200) -> Response:
    context = {} if form is None else {"command_id": form.command_id}
    return place.page(
        "enrol_new.html", status=status, form=form, errors=form.errors if form else {}, **context
    )
