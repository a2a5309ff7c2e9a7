"""Where a request stands: who is there, what they work with, and how a page is made for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.aggregates import Actor
from hub.application.access import Reader
from hub.application.tasks import purposes_of
from hub.bootstrap import Wired
from hub.desk.desk import NOBODY, PURPOSE_ORDER, Desk, Organisations
from hub.desk.saying import as_uuid
from hub.errors import AccessDenied, NotPermitted
from hub.texts import DENIAL, SECTORS, say, word
from hub.vault import Person
from hub.vocabulary import Role
from hub.web.rendering import Pages
from hub.web.sessions import Session, Sessions

MENUS: Final = {
    "staff": (
        ("/", "Overblik", "Overview"),
        ("/borgere", "Mine borgere", "My citizens"),
        ("/kalender", "Kalender", "Calendar"),
    ),
    "partner": (
        ("/", "Indbakke", "Inbox"),
        ("/borgere", "Mine borgere", "My citizens"),
        ("/kalender", "Kalender", "Calendar"),
    ),
    "everybody": (("/byen", "Byen", "The town"),),
    "administrator": (("/organisationer", "Organisationer", "Organisations"), ("/byen", "Byen", "The town")),
    "citizen": (
        ("/mit", "Start", "Start"),
        ("/mit/samtykker", "Hvem må vide hvad?", "Who may know what?"),
        ("/mit/aftaler", "Møder og aftaler", "Meetings and agreements"),
        ("/mit/historie", "Min historie", "My story"),
        ("/mit/hvem-har-set", "Hvem har set", "Who has looked"),
        ("/mit/hent", "Hent alt om mig", "Take all about me"),
    ),
}
COORDINATING: Final = frozenset({"authority", "social_psychiatry", "regional_psychiatry"})
"""The sectors whose people usually coordinate; the others begin at their inbox."""


class SignedOut(Exception):
    """Nobody is logged in here (any more)."""


class Forbidden(Exception):
    """The page is for others, whoever it is about."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all requests share."""

    wired: Wired
    sessions: Sessions
    pages: Pages
    organisations: Organisations
    loopback: bool
    """Whether only this machine reaches the pages: the chooser of invented people exists nowhere else."""
    secure: bool
    """Whether browsers reach the pages through TLS."""


class Place(Desk):
    """One request's place: the desk of whoever is logged in."""

    def __init__(self, site: Site, request: Request, session: Session | None) -> None:
        wired = site.wired
        demo = wired.settings.demo
        super().__init__(wired.hub, wired.access, wired.overview, wired.due, site.organisations, demo=demo)
        self.site = site
        self.wired = wired
        self.request = request
        self.session = session
        self.person: Person | None = None
        self._organisations_now: dict[UUID, tuple[str, str]] | None = None
        if session is not None and session.person is not None:
            self.person = wired.vault.persons([session.person]).get(session.person)
            self.acting = self.person and self.person.partner

    def partners(self) -> dict[UUID, tuple[str, str]]:
        """Name and sector of every registered organisation, as they are when the request asks first."""
        if self._organisations_now is None:
            self._organisations_now = super().partners()
        return self._organisations_now

    # Who.

    @property
    def reader(self) -> Reader:
        """Whoever reads."""
        if self.session is None:
            raise SignedOut
        roles = {"citizen": Reader.citizen, "auditor": Reader.auditor, "operator": Reader.operator}
        found = Reader.of(self.person) if self.person is not None else roles[self.session.role]()
        return found.within(self.session.visit)

    def actor(self) -> Actor:
        """Whoever acts."""
        if self.person is not None:
            return self.hub.actor(self.person)
        if self.session is not None and self.session.citizen is not None:
            return Actor(Role.CITIZEN)
        raise NotPermitted(say("Det kan du ikke herfra.", "You cannot do that from here."))

    @property
    def stepped_up(self) -> bool:
        """Whether they have logged in a second time just now."""
        until = None if self.session is None else self.session.stepped_up_until
        return until is not None and self.hub.clock() < until

    @property
    def organisation(self) -> str | None:
        """The name of the organisation on whose behalf somebody is here."""
        return None if self.acting is None else self.partners().get(self.acting, ("", ""))[0]

    @property
    def sector(self) -> str | None:
        """The sector of that organisation."""
        return None if self.acting is None else self.partners().get(self.acting, ("", ""))[1]

    @property
    def coordinates(self) -> bool:
        """Whether this organisation's people usually coordinate; the others begin at their inbox."""
        return self.sector in COORDINATING

    @property
    def who(self) -> str:
        """Who is here, as the header says it."""
        if self.person is not None:
            parts = (self.person.name, self.person.function, self.organisation)
            return " · ".join(part for part in parts if part)
        if self.session is not None and self.session.citizen is not None:
            return self.name_of(self.session.citizen) or say("Dig selv", "Yourself")
        return {"auditor": say("Revisor", "Auditor"), "operator": say("Drift", "Operations")}.get(
            "" if self.session is None else self.session.role, ""
        )

    @property
    def menu(self) -> list[tuple[str, str, str]]:
        """The main menu: address, and words in Danish and English."""
        if self.session is not None and self.session.citizen is not None:
            return [*MENUS["citizen"]]
        if self.session is not None and self.session.role == "operator":
            return [*MENUS["administrator"]]
        found = [*MENUS["staff" if self.coordinates else "partner"], *MENUS["everybody"]]
        if self.sector == "authority":
            found.append(MENUS["administrator"][0])
        if self.sector in self.wired.settings.emergency:
            found.append(("/vaerdispring", "Værdispring", "Emergency access"))
        return found

    # Whom.

    @property
    def myself(self) -> UUID:
        """The citizen who is logged in."""
        if self.session is None or self.session.citizen is None:
            raise Forbidden
        return self.session.citizen

    def citizen(self, ref: str) -> UUID:
        """Whom a reference in a URL means; a foreign one is nobody's, and takes the same way."""
        identity = as_uuid(ref)
        if identity is None or self.acting is None:
            return NOBODY
        return self.hub.vault.citizen_of(self.acting, identity) or NOBODY

    def ref(self, citizen: UUID) -> str:
        """What a citizen is called in the URLs of this organisation's people."""
        return str(self.refs([citizen])[citizen])

    def refs(self, citizens: Iterable[UUID]) -> dict[UUID, UUID]:
        """What citizens are called in the URLs of this organisation's people."""
        return {} if self.acting is None else self.hub.vault.references(self.acting, citizens)

    def purposes(self, citizen: UUID) -> list[str]:
        """What this person has a task for with the citizen, the most usual first."""
        found = {one for one in purposes_of(self.hub, self.reader, citizen) if one is not None}
        return [purpose for purpose in PURPOSE_ORDER if purpose in found]

    def purpose(self, citizen: UUID) -> str | None:
        """What this visit is for: as the address says (`?formaal=`), or the first of the person's tasks."""
        named = self.request.query_params.get("formaal")
        if named in PURPOSE_ORDER:
            return named
        found = self.purposes(citizen)
        return found[0] if found else None

    def check_may_write(self, citizen: UUID, surface: str) -> Actor:
        """Whoever acts, if they are no stranger to the citizen; a stranger is denied alike, and it is logged."""
        actor = self.actor()
        try:
            self.hub.check_may_write(actor, citizen)
        except AccessDenied:
            self.access.turned_away(self.reader, surface, "stranger", citizen=citizen)
        return actor

    # What they see.

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, with what every page shows."""
        common = {
            "place": self,
            "session": self.session,
            "command_id": uuid4(),
            "path": self.request.url.path,
            "demo": self.demo,
            "DENIAL": DENIAL,
            "sector_word": word(SECTORS, self.sector) if self.sector else None,
        }
        return HTMLResponse(self.site.pages.render(template, {**common, **context}), status)

    @staticmethod
    def go(path: str) -> RedirectResponse:
        """See what came of it: POST, then GET."""
        return RedirectResponse(path, 303)
