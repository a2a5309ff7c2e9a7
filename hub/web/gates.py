"""Who comes in where: each route names its gate. By role only; about a citizen, the decision alone tells."""

from contextlib import suppress
from typing import Annotated, Final

from fastapi import Depends, Request

from hub.application.access import Reader
from hub.errors import AccessDenied
from hub.web.forms import Form, Posted
from hub.web.place import Forbidden, Place, SignedOut, Site
from hub.web.sessions import Session

COOKIE: Final = "hub_session"


class NotTheirForm(Exception):
    """A form that does not come from a page of this session."""


def site_of(request: Request) -> Site:
    """What all requests share."""
    found: Site = request.app.state.site
    return found


def cookie_name(site: Site) -> str:
    """The session's cookie; behind TLS no other host or path can set it (RFC 6265bis, "__Host-")."""
    return f"__Host-{COOKIE}" if site.secure else COOKIE


def session_of(request: Request) -> Session | None:
    """The session of a request."""
    site = site_of(request)
    return site.sessions.find(request.cookies.get(cookie_name(site)))


def anyone(request: Request) -> Place:
    """Whoever it is, logged in or not."""
    place = Place(site_of(request), request, session_of(request))
    if place.acting is not None:
        facts = place.hub.partners().get(place.acting)
        if facts is None or facts.suspended:  # a suspended organisation's people are out at once
            if place.session is not None:
                place.site.sessions.end(place.session)
            return Place(place.site, request, None)
    return place


def someone(place: Annotated[Place, Depends(anyone)]) -> Place:
    """Somebody who is logged in."""
    if place.session is None:
        raise SignedOut
    return place


def staff(place: Annotated[Place, Depends(someone)]) -> Place:
    """Somebody who works at an organisation."""
    if place.acting is None:
        _turn_away(place)
    return place


def citizen(place: Annotated[Place, Depends(someone)]) -> Place:
    """A citizen, for their own pages."""
    if place.session is None or place.session.citizen is None:
        _turn_away(place)
    return place


def _turn_away(place: Place) -> None:
    reader: Reader = place.reader
    with suppress(AccessDenied):
        place.access.turned_away(reader, "page", "not_this_role")
    raise Forbidden


def genuine(place: Annotated[Place, Depends(someone)], form: Form) -> Posted:
    """A form that comes from a page of this session."""
    if place.session is None or not place.session.made(form.csrf):
        raise NotTheirForm
    return form


Anyone = Annotated[Place, Depends(anyone)]
Someone = Annotated[Place, Depends(someone)]
Staff = Annotated[Place, Depends(staff)]
Themself = Annotated[Place, Depends(citizen)]
Sent = Annotated[Posted, Depends(genuine)]
