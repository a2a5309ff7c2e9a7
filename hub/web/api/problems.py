"""What goes wrong, for a system: RFC 9457, with a code that stays the same whatever the words."""

import json
import secrets
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from hub.application.hub import DENIAL as BOTH
from hub.errors import (
    AccessDenied,
    BadInput,
    Conflict,
    HubError,
    NotFound,
    NotLogged,
    NotPermitted,
    Refused,
    WrongStatus,
)  # fmt: skip
from hub.logs import logger
from hub.refusals import told
from hub.texts import DENIAL, Pair, say
from hub.web.api.callers import Forged, NotAuthenticated, WrongRole
from hub.web.failures import status_of
from hub.web.place import Forbidden, SignedOut

_LOG: Final = logger()
MEDIA: Final = "application/problem+json"
_OURS: Final = 500


class Stale(HubError):
    """What was to be edited is no longer as it was read."""


class Reused(HubError):
    """An idempotency key that came with another body."""


CODES: Final[dict[str, tuple[int, Pair]]] = {
    "not_authenticated": (401, ("Log ind, eller send et gyldigt token.", "Log in, or send a valid token.")),
    "forged": (
        403,
        ("Kaldet mangler sessionens X-CSRF-Token.", "The call lacks the session's X-CSRF-Token."),
    ),
    "wrong_role": (403, ("Det er for andre end dig.", "That is for others than you.")),
    "not_permitted": (403, ("Det må du ikke.", "You may not do that.")),
    "nothing_to_show": (404, DENIAL),
    "not_found": (404, ("Det findes ikke.", "That is not there.")),
    "no_such_address": (404, ("Der er intet på den adresse.", "There is nothing at that address.")),
    "not_allowed": (405, ("Det kan man ikke her.", "That cannot be done here.")),
    "wrong_status": (409, ("Det kan ikke lade sig gøre nu.", "It cannot be done now.")),
    "refused": (409, ("Det kan ikke lade sig gøre.", "It cannot be done.")),
    "conflict": (409, ("En anden var først: læs igen.", "Somebody else was first: read again.")),
    "key_reused": (
        409,
        (
            "Nøglen er brugt til noget andet: send en ny Idempotency-Key.",
            "The key was used for something else: send a new Idempotency-Key.",
        ),
    ),
    "stale": (
        412,
        (
            "Det er ændret, siden du læste det: læs det igen, og bestem dig på ny.",
            "It has changed since you read it: read it again, and decide anew.",
        ),
    ),
    "too_large": (413, ("Det er for stort: højst 4 MB.", "That is too large: 4 MB at most.")),
    "bad_input": (422, ("Noget i kaldet er forkert.", "Something in the call is wrong.")),
    "invalid_request": (422, ("Noget i kaldet er forkert.", "Something in the call is wrong.")),
    "unexpected": (500, ("Noget gik galt hos os.", "Something went wrong on our side.")),
    "not_logged": (503, ("Læsningen kunne ikke noteres.", "The read could not be logged.")),
    "unavailable": (503, ("Hubben svarer ikke lige nu.", "The hub does not answer just now.")),
}
"""Every code with its status; the words may change, the code does not."""

_BY_KIND: Final[dict[type[Exception], str]] = {
    NotAuthenticated: "not_authenticated", SignedOut: "not_authenticated", Forged: "forged", WrongRole: "wrong_role",
    Forbidden: "wrong_role", Stale: "stale", Reused: "key_reused", AccessDenied: "nothing_to_show",
    NotPermitted: "not_permitted", NotFound: "not_found", WrongStatus: "wrong_status", BadInput: "bad_input",
    Refused: "refused", Conflict: "conflict", NotLogged: "not_logged",
}  # fmt: skip
_OWN_WORDS: Final = frozenset({"not_permitted", "not_found", "wrong_status", "bad_input", "refused"})
"""Codes of refusals whose own sentence is told."""


class Wrong(BaseModel):
    """One thing that is wrong in the call."""

    where: str = Field(
        description="The place: body, query, path or header, and the name.", examples=["body.starts"]
    )
    what: str = Field(description="What is wrong with it, as a stable word.", examples=["missing"])


class Problem(BaseModel):
    """Why there is no answer (RFC 9457)."""

    type: str = Field(description="An address that names the kind of problem.", examples=["about:blank"])
    title: str = Field(description="One sentence for a person.", examples=["Det kan ikke lade sig gøre nu."])
    status: int = Field(description="The HTTP status.", examples=[409])
    code: str = Field(
        description="The kind of problem; stays the same.",
        examples=["wrong_status"],
        json_schema_extra={"enum": [*sorted(CODES)]},
    )
    detail: str | None = Field(None, description="What was refused, and what would make it succeed.")
    errors: list[Wrong] | None = Field(None, description="What is wrong in the call, place by place.")
    number: str | None = Field(None, description="What to say on the telephone, where it is our fault.")


def problem(code: str, **more: Any) -> Response:
    """A problem as an answer. The uniform denial carries nothing else, so that it is the same whatever the reason."""
    status, title = CODES[code]
    body = {
        "type": f"urn:koordineringshub:problem:{code}",
        "title": say(*title),
        "status": status,
        "code": code,
    }
    body |= {name: value for name, value in more.items() if value}
    headers = {"www-authenticate": "Bearer"} if code == "not_authenticated" else None
    return JSONResponse(body, status, headers=headers, media_type=MEDIA)


def install(app: FastAPI) -> None:
    """Answer everything that goes wrong as a problem."""
    for kind in (HubError, SignedOut, Forbidden):
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _too_large)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(_: Request, error: Exception) -> Response:
    code = next((_BY_KIND[kind] for kind in type(error).__mro__ if kind in _BY_KIND), None)
    if code is None:
        status = status_of(error) if isinstance(error, HubError) else _OURS
        _LOG.error("a call failed", error=type(error).__name__, status=status)
        return problem("unavailable" if status != _OURS else "unexpected")
    own = code in _OWN_WORDS and str(error) != BOTH
    return problem(code, detail=told(error, for_pages=True, in_codes=True) if own else "")


async def _http(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else _OURS
    if isinstance(error.__cause__, ClientDisconnect):
        return problem("too_large")  # the guard has cut the body off
    codes = {401: "not_authenticated", 403: "wrong_role", 404: "no_such_address", 405: "not_allowed"}
    found = problem(codes.get(status, "invalid_request"))
    if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
        found.headers["allow"] = error.headers["Allow"]
    return found


async def _invalid(_: Request, error: Exception) -> Response:
    """What is wrong where, and never what was written."""
    wrong: list[dict[str, str]] = []
    if isinstance(error, RequestValidationError):
        for one in error.errors():
            place = ".".join(str(part) for part in one["loc"] if isinstance(part, str | int))
            wrong.append({"where": _known(place), "what": str(one["type"])})
    return problem("invalid_request", errors=wrong)


def _known(place: str) -> str:
    """A place by its name; what the caller itself called a field is not sent back."""
    parts = [part if part.replace("_", "").replace("-", "").isalnum() else "?" for part in place.split(".")]
    return ".".join(parts)[:120]


async def _too_large(_: Request, __: Exception) -> Response:
    return problem("too_large")


async def _unexpected(_: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    _LOG.error("a call failed unexpectedly", error=type(error).__name__, request_id=number)
    return problem("unexpected", number=number)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the description says of problems with these statuses."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        codes = [code for code, (own, _) in CODES.items() if own == status]
        found[status] = {
            "description": f"A problem: {', '.join(codes)}.",
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


READING: Final = documented(401, 403, 404, 422, 503)
WRITING: Final = documented(401, 403, 404, 409, 412, 413, 422, 503)


def schemas() -> dict[str, Any]:
    """The schemas that every problem's description points to."""
    whole = json.loads(json.dumps(Problem.model_json_schema(ref_template="#/components/schemas/{model}")))
    return {**whole.pop("$defs"), "Problem": whole}
