"""The REST API, for what partners' and the municipality's own systems do: the pages' use cases, in JSON."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from hub.relay.feed import Feed
from hub.web.api import (
    amending,
    consents,
    feeding,
    handovers,
    meetings,
    own,
    plans,
    problems,
    reading,
    telling,
)
from hub.web.api.callers import Bearers, no_bearers
from hub.web.api.commanding import SQL
from hub.web.place import Site

PATH: Final = "/api/v1"
ROUTERS: Final = (
    reading.router,
    plans.router,
    telling.router,
    amending.router,
    consents.router,
    meetings.router,
    handovers.router,
    own.router,
    feeding.router,
)
_ABOUT: Final = (
    "What the pages do, for systems. Every read is decided and logged before it is answered; what is not permitted is "
    "absent, and nothing tells that it is there. References are the caller's own: no other organisation has the same."
)
_TAGS: Final = [
    {"name": "callers", "description": "Who calls, and which organisations there are."},
    {"name": "citizens", "description": "What happened, and what stands now."},
    {"name": "plans", "description": "Plans and goals."},
    {"name": "meetings", "description": "Meetings, and what was agreed there."},
    {"name": "consents", "description": "Who may know what; each change can be tried first."},
    {"name": "handovers", "description": "Knowledge and responsibility passed on."},
    {"name": "the citizen's own", "description": "Who has looked, and what an organisation sees and why."},
    {"name": "feed", "description": "An organisation's own rows, for its system."},
]


def api(site: Site, bearers: Bearers = no_bearers) -> FastAPI:
    """The API on a wired hub, to be mounted at `PATH`."""
    site.wired.database.run(SQL["tables"])
    app = described()
    app.state.site = site
    app.state.bearers = bearers
    app.state.feed = Feed(site.wired.hub)
    return app


def described() -> FastAPI:
    """The API with nothing behind it: enough to describe it."""
    app = FastAPI(
        title="Koordineringshub",
        version="1",
        description=_ABOUT,
        openapi_tags=_TAGS,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PATH}],
        root_path_in_servers=False,
        generate_unique_id_function=_named,
        redirect_slashes=False,
    )
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    generate = app.openapi

    def whole() -> dict[str, Any]:
        found = generate()
        found["components"]["schemas"] |= problems.schemas()
        for unused in ("HTTPValidationError", "ValidationError"):
            found["components"]["schemas"].pop(unused, None)
        return found

    app.openapi = whole  # type: ignore[method-assign]
    return app


def operations(description: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Every operation: its method, its path, its id and its summary."""
    return [
        (method.upper(), f"{PATH}{path}", str(one["operationId"]), str(one["summary"]))
        for path, methods in description["paths"].items()
        for method, one in methods.items()
    ]


def _named(route: APIRoute) -> str:
    """An operation's id is its name, and stays."""
    return route.name
