"""Who calls: a person or a citizen with a session, or a partner's system with a bearer token of its own.

A session calls with its cookie, and what changes something carries its `X-CSRF-Token` as well. A system acts as its
organisation: it reads for the purposes that are registered for the organisation, and does what its inbox would let it
do. Where its token allows it, it names one of its own people (`On-Behalf-Of`), and is then that person.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from hub.aggregates import Actor
from hub.application.access import Reader
from hub.application.visit import check_can_log
from hub.desk.desk import NOBODY, PURPOSE_ORDER
from hub.errors import AccessDenied, HubError, NotFound, NotPermitted
from hub.texts import say
from hub.vocabulary import Role, purpose_names
from hub.web.gates import COOKIE, anyone, site_of
from hub.web.place import Place, Site
from hub.web.sessions import Session

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MYSELF: Final = "me"
"""What a citizen is called in their own addresses."""


class NotAuthenticated(HubError):
    """Nobody is logged in, and no token came along."""


class Forged(HubError):
    """A session's call without what vouches for it."""


class WrongRole(HubError):
    """The operation is for others, whoever it is about."""


class Machine(NamedTuple):
    """A partner's system, as its token says."""

    partner: UUID
    on_behalf: bool = False
    """Whether it may name the person on whose behalf it calls."""


Bearers = Callable[[Request], Machine | None]
"""Whose bearer token came with a request; None where there is none. A token that is no good raises NotAuthenticated."""


def no_bearers(_: Request) -> Machine | None:
    """A hub that lets no systems in."""
    return None


class Caller(Place):
    """One call's place: the desk of whoever calls."""

    def __init__(
        self, site: Site, request: Request, session: Session | None, machine: Machine | None = None
    ) -> None:
        super().__init__(site, request, session)
        self.machine = machine
        if machine is not None:
            self.acting = machine.partner

    @property
    def kind(self) -> str:
        """What sort of caller: staff, representative, citizen, system, auditor or operator."""
        if self.person is not None:
            return "staff" if self.acting is not None else "representative"
        if self.machine is not None:
            return "system"
        return "" if self.session is None else self.session.role

    @property
    def reader(self) -> Reader:
        """Whoever reads."""
        if self.machine is not None:
            return Reader.of_system(self.machine.partner) if self.person is None else Reader.of(self.person)
        return super().reader

    def actor(self) -> Actor:
        """Whoever acts; a system by itself acts only where its inbox could."""
        if self.machine is not None and self.person is None:
            raise NotPermitted(
                say(
                    "Det gør en medarbejder: nævn, hvem det sker på vegne af (On-Behalf-Of).",
                    "That is for a person to do: say on whose behalf it is done (On-Behalf-Of).",
                )
            )
        return super().actor()

    def system(self) -> Actor:
        """The organisation's own system, for what its inbox would let it do."""
        if self.acting is None:
            raise WrongRole
        return Actor(Role.PARTNER, self.acting)

    def citizen(self, ref: str) -> UUID:
        """Whom the address means: a citizen's own `me`, or the organisation's own reference."""
        if self.session is not None and self.session.citizen is not None:
            return self.session.citizen if ref == MYSELF else NOBODY
        return super().citizen(ref)

    def ref(self, citizen: UUID) -> str:
        """What a citizen is called in this caller's addresses."""
        return MYSELF if self.kind == "citizen" else super().ref(citizen)

    def purpose_for(self, citizen: UUID, asked: str | None) -> str | None:
        """What the call is for: as it says, or the first of what the caller has."""
        if asked is not None:
            return asked
        if self.kind == "system" and self.acting is not None:
            facts = self.hub.partners().get(self.acting)
            found = [] if facts is None else purposes_in(facts.purposes)
        else:
            found = self.purposes(citizen)
        return found[0] if found else None

    def event_ref(self, event: UUID) -> UUID:
        """What this caller calls an event."""
        return event if self.acting is None else self.hub.vault.disclosure_id(self.acting, event)

    def only(self, *kinds: str) -> None:
        """For these kinds of callers; by role only. Whoever is turned away leaves an entry in the access log."""
        if self.kind not in kinds:
            with suppress(AccessDenied):
                self.access.turned_away(self.reader, "page", "not_this_role")
            raise WrongRole


def purposes_in(mask: int) -> list[str]:
    """The purposes of a bit set, the most usual first."""
    found = set(purpose_names(mask))
    return [one for one in PURPOSE_ORDER if one in found]


_bearer = HTTPBearer(auto_error=False, description="A partner system's access token (client credentials).")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The session of a person or a citizen.")


def caller(
    request: Request,
    _token: Annotated[object, Depends(_bearer)] = None,
    _session: Annotated[object, Depends(_cookie)] = None,
    csrf: Annotated[str | None, Header(alias="X-CSRF-Token")] = None,
    on_behalf_of: Annotated[str | None, Header(alias="On-Behalf-Of", max_length=200)] = None,
) -> Caller:
    """Whoever calls, or a refusal."""
    bearers: Bearers = request.app.state.bearers
    machine = bearers(request)
    if machine is not None:
        return _system(request, machine, on_behalf_of)
    place = anyone(request)
    if place.session is None:
        raise NotAuthenticated
    if request.method not in SAFE and not place.session.made(csrf):
        raise Forged
    return Caller(place.site, request, place.session)


def _system(request: Request, machine: Machine, on_behalf_of: str | None) -> Caller:
    found = Caller(site_of(request), request, None, machine)
    check_can_log(found.hub.database)
    facts = found.hub.partners().get(machine.partner)
    if facts is None or facts.suspended:  # a suspended organisation's systems are out at once
        raise NotAuthenticated
    if on_behalf_of is None:
        return found
    try:
        person = found.hub.vault.person(on_behalf_of.strip().lower())
    except NotFound:
        person = None
    theirs = person is not None and person.partner == machine.partner and person.left is None
    if not machine.on_behalf or not theirs:
        found.only()  # nobody whom it may speak for
    found.person = person
    return found


Called = Annotated[Caller, Depends(caller)]
