"""One-time codes: handed over by the coordinator or the citizen, and used by somebody at one organisation, once."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application import commands
from hub.clock import copenhagen_day
from hub.errors import AccessDenied, NotPermitted, Refused
from hub.texts import DENIAL, PURPOSES, say, word
from hub.web.failures import status_of
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff, Themself
from hub.web.pages.citizen import head
from hub.web.pages.my_frame import again, my_page
from hub.web.pages.people import PURPOSES_OF_TASKS, choosable
from hub.web.place import Place

router: Final = APIRouter()
_USUAL: Final = {
    "authority": "casework",
    "jobcentre": "employment",
    "addiction_treatment": "treatment",
    "regional_psychiatry": "treatment",
    "gp": "treatment",
    "home_nursing": "treatment",
}
"""What the task is for, where nothing else is chosen; otherwise support."""


@router.get("/borger/{ref}/kode", response_class=HTMLResponse)
def hand_over(place: Staff, ref: str) -> Response:
    """To whom a code is to be given."""
    return _making(place, ref, place.citizen(ref))


@router.post("/borger/{ref}/kode", response_class=HTMLResponse)
def handed_over(place: Staff, form: Sent, ref: str) -> Response:
    """The code, shown here and never again."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    try:
        whom = _named(form, _others(place, citizen))
        form.check()
        days = place.wired.settings.link_code_days
        code = None if whom is None else commands.make_code(place.hub, actor, citizen, whom, days=days)
    except Incomplete:
        return _making(place, ref, citizen, form=form, status=422)
    except (Refused, NotPermitted) as no:
        if isinstance(no, NotPermitted):
            form.wrong(
                "",
                say(
                    "Kun tovholderen eller borgeren selv giver en kode.",
                    "Only the coordinator or the citizen hands over a code.",
                ),
            )
        else:
            form.refused(no)
        return _making(place, ref, citizen, form=form, status=status_of(no))
    last = copenhagen_day(place.hub.clock() + timedelta(days=days))
    return _making(place, ref, citizen, code=code, whom=form.get("hvem"), last=last)


def _others(place: Place, citizen: UUID) -> dict[str, UUID]:
    """The organisations to whom a code can be given from here, by name."""
    found = choosable(place, citizen, place.purpose(citizen))
    return {name: one for one, name in found.items() if one != place.acting}


def _named(form: Posted, known: dict[str, UUID]) -> UUID | None:
    needed = say("Vælg, hvem der skal have koden.", "Choose who is to have the code.")
    return known.get(form.choice("hvem", known, needed=needed) or "")


def _making(
    place: Place, ref: str, citizen: UUID, *, form: Posted | None = None, status: int = 200, **more: Any
) -> Response:
    purpose = place.purpose(citizen)
    place.access.page(place.reader, citizen, purpose)
    others = sorted(_others(place, citizen))
    return place.page(
        "enrol_code.html",
        status=status,
        **head(place, ref, citizen, purpose),
        **{"code": None, "whom": "", "last": None, **more},
        partner_choices=[(name, name) for name in others],
        form=form,
        errors=form.errors if form else {},
    )


# The citizen's own.


@router.get("/mit/kode", response_class=HTMLResponse)
def give(place: Themself) -> Response:
    """The citizen lets an organisation in with a code."""
    return my_page(place, "enrol_my_code.html", **_mine(place))


@router.post("/mit/kode", response_class=HTMLResponse)
def given(place: Themself, form: Sent) -> Response:
    """The citizen's code, shown here and never again."""
    try:
        whom = _named(form, {name: partner for partner, (name, _) in place.partners().items()})
        form.check()
        days = place.wired.settings.link_code_days
        citizen = place.myself
        code = (
            None if whom is None else commands.make_code(place.hub, place.actor(), citizen, whom, days=days)
        )
    except Refused as no:
        choices = {"partner_choices": _mine(place)["partner_choices"]}
        return again(place, "enrol_my_code.html", form, no, code=None, whom="", last=None, **choices)
    last = copenhagen_day(place.hub.clock() + timedelta(days=days))
    told = {**_mine(place), "code": code, "whom": form.get("hvem"), "last": last}
    return my_page(place, "enrol_my_code.html", **told)


def _mine(place: Place) -> dict[str, Any]:
    names = sorted(name for name, _ in place.partners().values())
    none = {"code": None, "whom": "", "last": None}
    return {**none, "form": None, "errors": {}, "partner_choices": [(name, name) for name in names]}


# Whoever was given a code.


@router.get("/kode", response_class=HTMLResponse)
def have_code(place: Staff) -> Response:
    """Write the code that you were given."""
    return _using(place)


@router.post("/kode", response_class=HTMLResponse)
def use_code(place: Staff, form: Sent) -> Response:
    """Begin with the citizen whose code it is; whatever is wrong with it, the answer is the same."""
    try:
        code = form.line("kode", needed=say("Skriv koden.", "Write the code."))
        purpose = form.choice(
            "formaal", PURPOSES_OF_TASKS, needed=say("Vælg, hvad opgaven er.", "Choose what the task is for.")
        )
        role = "contact_person" if form.yes("kontaktperson") else "relation"
        form.check()
        answer = commands.link(
            place.hub, place.actor(), code or "", purpose or "", role=role, command_id=form.command_id
        )
    except Incomplete:
        return _using(place, form=form, status=422)
    except AccessDenied:
        form.wrong("kode", say(*DENIAL))
        return _using(place, form=form, status=404)
    return place.go(
        f"/borger/{place.ref(UUID(answer.ids['citizen']))}/{'' if place.coordinates else 'vi'}".rstrip("/")
    )


def _using(place: Place, *, form: Posted | None = None, status: int = 200) -> Response:
    return place.page(
        "enrol_use.html",
        status=status,
        purpose_choices=[(one, word(PURPOSES, one)) for one in PURPOSES_OF_TASKS],
        usual=_USUAL.get(place.sector or "", "support"),
        form=form,
        errors=form.errors if form else {},
    )
