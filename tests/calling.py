"""The API for tests: the whole application in this process, and callers of every kind.

api = Api(town)                                   # a town of tests.building
mette = api.as_("mette")                          # a person's session; a citizen's by id
jobcentre = api.system("jobcentre")               # a partner's own system, with a token
mette.post(f"/citizens/{api.ref('jobcentre', karla)}/hopes", {"words": …})   # with a key and the session's token
"""

from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from fastapi import Request
from starlette.routing import Mount
from starlette.testclient import TestClient

from hub.web.api import PATH
from hub.web.api.callers import Machine, NotAuthenticated
from hub.web.app import application
from hub.web.gates import COOKIE
from hub.web.sessions import Session, Sessions
from tests.browsing import loop
from tests.building import Town

HOST: Final = "http://127.0.0.1"
PROBLEM: Final = "application/problem+json"


class Calls(TestClient):
    """Somebody who calls the API."""

    def __init__(self, app: Any, headers: dict[str, str], session: Session | None = None) -> None:
        super().__init__(app, base_url=HOST, follow_redirects=False, raise_server_exceptions=False)
        self.portal = loop()
        self.own = headers
        self.headers.update(headers)
        if session is not None:
            self.cookies.set(COOKIE, session.token)

    def read(self, path: str, **query: Any) -> httpx.Response:
        """Read something."""
        return self.get(f"{PATH}{path}", params=query)

    def do(
        self, path: str, body: Any = None, *, key: UUID | None = None, method: str = "POST", **headers: str
    ) -> httpx.Response:
        """Send a command, with a key of its own unless one is given."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(
            method,
            f"{PATH}{path}",
            json={} if body is None else body,
            headers={"idempotency-key": str(key or uuid4()), **more},
        )

    def made(self, path: str, body: Any = None, **more: Any) -> dict[str, str]:
        """Send a command that must be taken; what it made."""
        answer = self.do(path, body, **more)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        found: dict[str, str] = answer.json()["made"]
        return found


class Api:
    """The API on a town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.app: Any = application(town.wired, loopback=True)
        self.sessions = Sessions(town.database, town.clock)
        self.tokens: dict[str, Machine] = {}
        self.inner.state.bearers = self._bearer

    @property
    def inner(self) -> Any:
        """The mounted application of the API itself."""
        return next(one.app for one in self.app._app.routes if isinstance(one, Mount) and one.path == PATH)

    def _bearer(self, request: Request) -> Machine | None:
        """Tokens that were handed out here."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            return None
        if kind.lower() != "bearer" or token not in self.tokens:
            raise NotAuthenticated
        return self.tokens[token]

    def as_(self, who: str | UUID | None) -> Calls:
        """A person's session by short name, a citizen's by id; None is nobody's."""
        if who is None:
            return Calls(self.app, {})
        session = (
            self.sessions.begin("citizen", citizen=who)
            if isinstance(who, UUID)
            else self.sessions.begin("staff", person=self.town.persons[who])
        )
        return Calls(self.app, {"x-csrf-token": session.csrf}, session)

    def system(self, partner: str, *, on_behalf_of: str | None = None, allowed: bool = True) -> Calls:
        """A partner's own system; on behalf of one of its people, where its token allows it."""
        token = f"token-{uuid4().hex}"
        self.tokens[token] = Machine(self.town.partners[partner], on_behalf=allowed)
        headers = {"authorization": f"Bearer {token}"}
        if on_behalf_of is not None:
            headers["on-behalf-of"] = on_behalf_of
        return Calls(self.app, headers)

    def ref(self, partner: str, citizen: UUID) -> str:
        """A partner's own reference for a citizen."""
        whose = self.town.partners[partner]
        return str(self.town.wired.vault.references(whose, [citizen])[citizen])
