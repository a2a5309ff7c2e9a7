"""The web application: its routers, its gates, and its outermost guard."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from hub.bootstrap import Wired
from hub.desk.desk import Organisations
from hub.web import failures
from hub.web.guard import Guard
from hub.web.pages import ROUTERS
from hub.web.place import Site
from hub.web.rendering import STATIC, Pages, edition
from hub.web.sessions import SQL, Sessions

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}


def application(wired: Wired, *, loopback: bool, secure: bool = False) -> ASGIApp:
    """The application on a wired hub."""
    wired.database.run(SQL["tables"])
    app = FastAPI(title="Koordineringshub", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = Site(
        wired,
        Sessions(wired.database, wired.hub.clock),
        Pages(),
        Organisations(wired.hub),
        loopback=loopback,
        secure=secure,
    )
    failures.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.get("/static/{digest}/{name:path}", include_in_schema=False)(_static)
    return Guard(app, secure=secure)


def _static(digest: str, name: str) -> FileResponse:
    """A file of ours, which never changes under its address."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file() or digest != edition():
        raise HTTPException(404)
    kind = _TYPES.get(Path(name).suffix)
    if kind is None:
        raise HTTPException(404)
    return FileResponse(path, media_type=kind, headers={"cache-control": _FOR_EVER})
