"""The web application: its routers, its gates, and its outermost guard."""

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from hub.bootstrap import Wired
from hub.desk.calendar import SQL as CALENDAR
from hub.desk.desk import Organisations
from hub.web import failures
from hub.web.api import PATH, api
from hub.web.claims import meaning_of
from hub.web.drafts import SQL as DRAFTS
from hub.web.guard import Guard
from hub.web.limits import SQL as LIMITS
from hub.web.logins import SQL as LOGINS
from hub.web.oidc import provider_of
from hub.web.pages import ROUTERS
from hub.web.place import Site
from hub.web.rendering import STATIC, Pages, edition
from hub.web.searches import SQL as SEARCHES
from hub.web.sessions import Sessions, made_ready
from hub.web.tokens import bearers

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
_COMPRESSED: Final = frozenset({"text/css", "text/javascript", "image/svg+xml"})
"""Fonts are compressed already; a page holds what was written beside what is secret (BREACH), so it never is."""


def application(wired: Wired, *, loopback: bool, secure: bool = False) -> ASGIApp:
    """The application on a wired hub."""
    made_ready(wired.database)
    for tables in (DRAFTS, SEARCHES, LIMITS, LOGINS, CALENDAR):
        wired.database.run(tables["tables"])
    app = FastAPI(title="Koordineringshub", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = Site(
        wired,
        Sessions(wired.database, wired.hub.clock),
        Pages(),
        Organisations(wired.hub),
        loopback=loopback,
        secure=secure,
    )
    meaning = meaning_of(wired.settings.oidc_claims)
    provider = provider_of(wired.settings, meaning.scopes)
    app.state.meaning, app.state.provider = meaning, provider
    failures.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(PATH, api(app.state.site, bearers(provider, meaning)))
    app.get("/static/{digest}/{name:path}", include_in_schema=False)(_static)
    return Guard(app, secure=secure, provider=None if provider is None else provider.origin)


def _static(request: Request, digest: str, name: str) -> Response:
    """A file of ours, which never changes under its address; what is text goes out compressed, and pages never do."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file() or digest != edition():
        raise HTTPException(404)
    kind = _TYPES.get(Path(name).suffix)
    if kind is None:
        raise HTTPException(404)
    headers = {"cache-control": _FOR_EVER}
    if kind not in _COMPRESSED or "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(path, media_type=kind, headers=headers)
    headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(_small(path, digest), media_type=kind, headers=headers)


@lru_cache(maxsize=128)
def _small(path: Path, digest: str) -> bytes:  # noqa: ARG001 - another edition is compressed anew
    """A file, compressed once for each edition."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)
