"""The pages for tests: the whole application in this process, and clients that are logged in.

site = Site(town)                          # a town of tests.building
mette = site.as_("mette")                  # a person by short name; a citizen by id
page = mette.get(f"/borger/{site.ref('mette', karla)}")
mette.post("/borger/…/skriv", words="En hund", words_label="wishes")      # with the session's CSRF token
"""

import atexit
from contextlib import ExitStack
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.testclient import TestClient

from hub.web.app import application
from hub.web.gates import COOKIE
from hub.web.sessions import Session, Sessions
from tests.building import Town

HOST: Final = "http://127.0.0.1"


@cache
def loop() -> BlockingPortal:
    """One event loop for all browsers of this process: to make one for each request costs more than most requests."""
    ending = ExitStack()
    atexit.register(ending.close)
    return ending.enter_context(start_blocking_portal())


class Client(TestClient):
    """A browser without scripts: it keeps cookies, follows nothing by itself, and sends forms with their token."""

    def __init__(self, app: Any, session: Session | None) -> None:
        super().__init__(app, base_url=HOST, follow_redirects=False, raise_server_exceptions=False)
        self.portal = loop()
        self.session = session
        if session is not None:
            self.cookies.set(COOKIE, session.token)

    def post(self, url: Any, **fields: Any) -> httpx.Response:
        """Send a form: fields by name, a list for several values; `forged=True` leaves the token out."""
        own = {} if fields.pop("forged", False) or self.session is None else {"csrf": self.session.csrf}
        command = {"command_id": str(uuid4())}
        return super().post(url, data={**own, **command, **fields})

    def followed(self, url: str, **fields: Any) -> httpx.Response:
        """Send a form that must be taken, and see the page that it leads to."""
        answer = self.post(url, **fields)
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return self.get(answer.headers["location"])


class Site:
    """The application on a town."""

    def __init__(self, town: Town, **options: Any) -> None:
        self.town = town
        self.app = application(town.wired, **{"loopback": True, **options})
        self.sessions = Sessions(town.database, town.clock)

    def as_(self, who: str | UUID | None) -> Client:
        """Somebody's browser: a person's by short name, a citizen's by id; None is nobody's."""
        if who is None:
            return Client(self.app, None)
        if isinstance(who, UUID):
            return Client(self.app, self.sessions.begin("citizen", citizen=who))
        return Client(self.app, self.sessions.begin("staff", person=self.town.persons[who]))

    def ref(self, slug: str, citizen: UUID) -> str:
        """What a citizen is called in the addresses of a person's organisation."""
        partner = self.town.wired.vault.person(slug).partner
        assert partner is not None
        return str(self.town.wired.vault.references(partner, [citizen])[citizen])
