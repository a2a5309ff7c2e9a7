"""What goes wrong, on a page: what happened, what to do, and nothing that was written lost."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from hub.errors import (
    AccessDenied,
    BadInput,
    BrokerUnavailable,
    Conflict,
    DatabaseUnavailable,
    HubError,
    NotFound,
    NotLogged,
    NotPermitted,
    Refused,
)  # fmt: skip
from hub.logs import logger
from hub.refusals import told
from hub.texts import DENIAL, Pair, say
from hub.web.forms import Posted
from hub.web.gates import NotTheirForm, anyone, session_of, site_of
from hub.web.limits import TooMany
from hub.web.oidc import NotVouchedFor, ProviderAway
from hub.web.place import Forbidden, Place, SignedOut

_LOG: Final = logger()
STATUS: Final[Mapping[type[HubError], int]] = {
    AccessDenied: 404, NotFound: 404, NotPermitted: 403, BadInput: 422, Refused: 409, Conflict: 409, NotLogged: 503,
    DatabaseUnavailable: 503, BrokerUnavailable: 503, ProviderAway: 503, NotVouchedFor: 400, TooMany: 429,
}  # fmt: skip
"""What each refusal is in HTTP."""


_AGAIN: Final[Pair] = ("Gå tilbage, og prøv igen.", "Go back, and try again.")
_NOTHING: Final[Pair] = ("", "")
_TEXTS: Final[dict[int, tuple[Pair, Pair]]] = {
    400: (("Det kunne ikke læses", "That could not be read"), _AGAIN),
    403: (
        ("Siden er ikke til dig", "This page is not for you"),
        ("Den er til nogen med en anden opgave.", "It is for somebody with another task."),
    ),
    404: (("Der er intet at vise", "There is nothing to show"), DENIAL),
    405: (("Det kan man ikke her", "That cannot be done here"), _AGAIN),
    409: (("Det kan ikke lade sig gøre nu", "It cannot be done now"), _NOTHING),
    413: (
        ("Det er for stort", "That is too large"),
        ("Send mindre ad gangen: højst 4 MB.", "Send less at a time: 4 MB at most."),
    ),
    422: (("Noget mangler", "Something is missing"), _NOTHING),
    429: (
        ("For mange forsøg", "Too many attempts"),
        ("Vent et øjeblik, og prøv igen.", "Wait a moment, and try again."),
    ),
    503: (
        ("Hubben svarer ikke lige nu", "The hub does not answer just now"),
        ("Prøv igen om lidt. Er det akut, så ring.", "Try again soon. If it is urgent, telephone."),
    ),
}
_OURS: Final[tuple[Pair, Pair]] = (
    ("Noget gik galt hos os", "Something went wrong on our side"),
    (
        "Prøv igen. Bliver det ved, så ring, og sig nummeret nedenfor.",
        "Try again. If it goes on, telephone and give the number below.",
    ),
)


def status_of(error: HubError) -> int:
    """The status of a refusal; what nobody foresaw is 500."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def install(app: FastAPI) -> None:
    """Handle what pages raise."""
    app.add_exception_handler(HubError, _refused)
    app.add_exception_handler(SignedOut, _signed_out)
    app.add_exception_handler(NotTheirForm, _not_their_form)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _too_large)
    app.add_exception_handler(Exception, _unexpected)


def texts_of(status: int) -> tuple[str, str]:
    """What a page with this status says: a heading, and what to do."""
    heading, advice = _TEXTS.get(status, _OURS)
    return say(*heading), say(*advice)


def failed(request: Request, status: int, *, what: str = "", number: str = "") -> HTMLResponse:
    """A page that says what went wrong; without looking anything up where even that may fail."""
    heading, advice = texts_of(status)
    place = Place(site_of(request), request, None)
    if status != 503:  # noqa: PLR2004 - where something does not answer, nobody is looked up, the reader included
        with suppress(HubError):
            place = anyone(request)
    return place.page("failed.html", status=status, heading=heading, advice=advice, what=what, number=number)


async def _refused(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, HubError) else 500
    if status >= 500:  # noqa: PLR2004 - ours, not theirs
        _LOG.error("a page failed", error=type(error).__name__, status=status)
    what = "" if isinstance(error, AccessDenied) or status >= 500 else told(error, for_pages=True)  # noqa: PLR2004
    return await run_in_threadpool(failed, request, status, what=what)


async def _signed_out(request: Request, _: Exception) -> Response:
    if request.method != "POST":
        return RedirectResponse("/login", 303)
    return await run_in_threadpool(_kept, request, await _sent(request), 401)


async def _not_their_form(request: Request, _: Exception) -> Response:
    return await run_in_threadpool(_kept, request, await _sent(request), 403)


async def _sent(request: Request) -> Posted:
    async with request.form() as data:
        return Posted(data)


def _kept(request: Request, form: Posted, status: int) -> HTMLResponse:
    """What was written stands on the page, to be sent again once logged in; it is stored nowhere."""
    session = session_of(request)
    place = Place(site_of(request), request, session)
    fields = [(name, value) for name, value in form.fields if name != "csrf"]
    return place.page("kept.html", status=status, fields=fields, again=session)


async def _forbidden(request: Request, _: Exception) -> Response:
    return await run_in_threadpool(failed, request, 403)


async def _http(request: Request, error: Exception) -> Response:
    return await run_in_threadpool(
        failed, request, error.status_code if isinstance(error, HTTPException) else 500
    )


async def _invalid(request: Request, _: Exception) -> Response:
    return await run_in_threadpool(failed, request, 404)


async def _too_large(request: Request, _: Exception) -> Response:
    return await run_in_threadpool(failed, request, 413)


async def _unexpected(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    _LOG.error("a page failed unexpectedly", error=type(error).__name__, request_id=number)
    return await run_in_threadpool(failed, request, 500, number=number)
