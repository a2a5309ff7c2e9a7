"""Coming in and going out: the provider's login, the chooser of invented people, the language, logging out."""

from itertools import groupby
from typing import Annotated, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from hub.desk.saying import as_uuid
from hub.logs import logger
from hub.texts import say
from hub.web.claims import Meaning, somebody
from hub.web.forms import Form
from hub.web.gates import Anyone, Sent, Someone, Staff, anyone, cookie_name
from hub.web.guard import LANGUAGE
from hub.web.limits import LOGIN, LOGIN_BEHIND_TLS, Limits
from hub.web.logins import COOKIE, Logins, of_session
from hub.web.logins import LONGEST as ON_THE_WAY
from hub.web.oidc import NotVouchedFor, Provider
from hub.web.place import Place
from hub.web.sessions import LONGEST, Session

router: Final = APIRouter()
BACK: Final = "/login/tilbage"
STEPPED_UP_TO: Final = "/vaerdispring"
"""Where a second login leads: it is asked for there alone."""
_YEAR: Final = 365 * 24 * 3600
_SHOWN: Final = 12
"""How many invented citizens the chooser offers."""
_JUST_NOW: Final = 5
"""Seconds that the provider's clock may be behind, when it says that somebody logged in just now."""


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


# The provider.


def provider_here(request: Request) -> Provider | None:
    """The provider that people log in at."""
    found: Provider | None = request.app.state.provider
    return found


Here = Annotated[Provider | None, Depends(provider_here)]


@router.get("/login", response_class=HTMLResponse)
def login(place: Anyone, provider: Here) -> Response:
    """Where to log in."""
    if place.demo and place.site.loopback:
        return place.go("/vaelg")
    return place.page("login.html", status=200 if provider else 503, ready=provider is not None)


@router.get("/login/begynd")
def begin(place: Anyone, provider: Here) -> Response:
    """Go to the provider."""
    return _go_there(place, provider, None)


@router.get("/login/igen", response_class=HTMLResponse)
def begin_again(place: Staff, provider: Here) -> Response:
    """Log in a second time, before emergency access."""
    if provider is None and place.demo and place.site.loopback:
        return place.page("login_again.html")
    return _go_there(place, provider, place.session)


@router.post("/login/igen")
def again_invented(place: Staff, form: Sent) -> Response:  # noqa: ARG001 - the form's origin is its point
    """An invented person logs in a second time, by a button."""
    if not (place.demo and place.site.loopback) or place.session is None:
        raise HTTPException(404)
    place.site.sessions.step_up(place.session)
    return place.go(STEPPED_UP_TO)


@router.get(BACK, response_class=HTMLResponse)
def back(place: Anyone, provider: Here) -> Response:
    """Come back from the provider, and be let in."""
    if provider is None:
        raise HTTPException(404)
    _count(place)
    asked, answers = place.request, place.request.query_params
    begun = _logins(place).take(asked.cookies.get(_cookie(place)), answers.get("state", ""))
    issuer = str(provider.described()["issuer"])
    if "code" not in answers or answers.get("iss", issuer) != issuer:
        raise NotVouchedFor
    claims = provider.came(answers["code"], _address(place, BACK), nonce=begun.nonce, verifier=begun.verifier)
    meaning: Meaning = asked.app.state.meaning
    found = somebody(meaning, claims, place.hub.vault, place.partners())
    if found is None:
        logger().info("somebody whom the hub does not know came to log in")
        return _without_way(place, place.page("login_unknown.html", status=403))
    if begun.session is not None:
        at, session = claims.get("auth_time"), place.session
        same = session is not None and (session.person, session.citizen) == (found.person, found.citizen)
        if not (same and of_session(begun, session)) or session is None:
            raise NotVouchedFor
        if not isinstance(at, int | float) or at < begun.at - _JUST_NOW:
            raise NotVouchedFor
        place.site.sessions.step_up(session)
        return _without_way(place, place.go(STEPPED_UP_TO))
    if place.session is not None:
        place.site.sessions.end(place.session)
    made = place.site.sessions.begin(found.role, person=found.person, citizen=found.citizen)
    return _without_way(place, let_in(place, made))


def _go_there(place: Place, provider: Provider | None, session: Session | None) -> Response:
    if provider is None:
        return place.page("login.html", status=503, ready=False)
    _count(place)
    going = provider.going(_address(place, BACK), again=session is not None)
    answer = RedirectResponse(going.url, 303)
    answer.set_cookie(
        _cookie(place),
        _logins(place).begin(going, session),
        max_age=int(ON_THE_WAY.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=place.site.secure,
        path="/",
    )
    return answer


def _count(place: Place) -> None:
    """An attempt from this address; behind TLS all browsers have the same."""
    client = place.request.client
    limit = LOGIN_BEHIND_TLS if place.site.secure else LOGIN
    Limits(place.wired.database, place.hub.clock).attempt(limit, client.host if client else "")


def _logins(place: Place) -> Logins:
    return Logins(place.wired.database, place.hub.clock)


def _cookie(place: Place) -> str:
    return f"__Host-{COOKIE}" if place.site.secure else COOKIE


def _without_way(place: Place, answer: Response) -> Response:
    answer.delete_cookie(_cookie(place), path="/", secure=place.site.secure, httponly=True)
    return answer


def _address(place: Place, path: str) -> str:
    """A page of ours, as the browser reaches it."""
    public = place.wired.settings.public_url
    if public is not None:
        return f"{public}{path}"
    parts = urlsplit(str(place.request.base_url))
    return f"{parts.scheme}://{parts.netloc}{path}"


# The chooser.


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
    to = form.get("tilbage")
    answer = place.go(to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/")
    language = "en" if form.get("sprog") == "en" else "da"
    answer.set_cookie(
        LANGUAGE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=place.site.secure
    )
    return answer


@router.post("/logud")
def log_out(place: Someone, form: Sent, provider: Here) -> Response:  # noqa: ARG001 - the form's origin is its point
    """Log out here, and at the provider where it has a place for that."""
    if place.session is not None:
        place.site.sessions.end(place.session)
    there = None if provider is None else provider.leaving(_address(place, "/login"))
    answer = place.go(there or "/login")
    answer.delete_cookie(cookie_name(place.site), path="/", secure=place.site.secure, httponly=True)
    return answer
