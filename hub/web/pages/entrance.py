"""Coming in and going out: the chooser of invented people, the language, logging out."""

from itertools import groupby
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from hub.desk.saying import as_uuid
from hub.texts import say
from hub.web.forms import Form
from hub.web.gates import Anyone, Sent, Someone, anyone, cookie_name
from hub.web.guard import LANGUAGE
from hub.web.place import Place
from hub.web.sessions import LONGEST, Session

router: Final = APIRouter()
_YEAR: Final = 365 * 24 * 3600
_SHOWN: Final = 12
"""How many invented citizens the chooser offers."""


def chooser(place: Annotated[Place, Depends(anyone)]) -> Place:
    """The chooser's gate: invented people only, and from this machine only."""
    if not (place.demo and place.site.loopback):
        raise HTTPException(404)
    return place


def let_in(place: Place, session: Session) -> RedirectResponse:
    """On to the front page, with the session's cookie."""
    answer = place.go("/")
    answer.set_cookie(
        cookie_name(place.site),
        session.token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=place.site.secure,
        path="/",
    )
    return answer


@router.get("/login", response_class=HTMLResponse)
def login(place: Anyone) -> Response:
    """Where to log in."""
    if place.demo and place.site.loopback:
        return place.go("/vaelg")
    return place.page("login.html", status=503)


@router.get("/vaelg", response_class=HTMLResponse)
def choose(place: Annotated[Place, Depends(chooser)]) -> Response:
    """Choose an invented person."""
    known = place.partners()
    people = sorted(
        (known.get(person.partner, ("", ""))[0], person.name, person)
        for person in place.hub.vault.everybody()
        if person.partner is not None
    )
    groups = [
        (where, [(f"p:{person.id}", name, person.function) for _, name, person in each])
        for where, each in groupby(people, key=lambda row: row[0])
    ]
    citizens = [
        (f"b:{citizen}", identity.name, "") for citizen, identity in place.hub.vault.first_citizens(_SHOWN)
    ]
    return place.page("choose.html", groups=[(say("Borgere", "Citizens"), citizens), *groups])


@router.post("/vaelg")
def chosen(place: Annotated[Place, Depends(chooser)], form: Form) -> Response:
    """Be that person."""
    kind, _, identity = form.get("hvem").partition(":")
    found = as_uuid(identity)
    if found is None or kind not in {"p", "b"}:
        return place.go("/vaelg")
    if place.session is not None:
        place.site.sessions.end(place.session)
    return let_in(place, _begun(place, kind, found))


def _begun(place: Place, kind: str, identity: UUID) -> Session:
    if kind == "b":
        return place.site.sessions.begin("citizen", citizen=identity)
    return place.site.sessions.begin("staff", person=identity)


@router.post("/sprog")
def speak(place: Anyone, form: Form) -> Response:
    """Change the language."""
    back = form.get("tilbage")
    answer = place.go(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    language = "en" if form.get("sprog") == "en" else "da"
    answer.set_cookie(
        LANGUAGE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=place.site.secure
    )
    return answer


@router.post("/logud")
def log_out(place: Someone, form: Sent) -> Response:  # noqa: ARG001 - the form's origin is its point
    """Log out."""
    if place.session is not None:
        place.site.sessions.end(place.session)
    answer = place.go("/login")
    answer.delete_cookie(cookie_name(place.site), path="/", secure=place.site.secure, httponly=True)
    return answer
