"""Who comes in where: each route names its gate. By role only; about a citizen, the decision alone tells."""

from contextlib import suppress
from typing import Annotated, Final, NoReturn

from fastapi import Depends, Request

from hub.application.access import Reader
from hub.application.visit import check_can_log
from hub.errors import AccessDenied
from hub.web.forms import Form, Posted
from hub.web.place import Forbidden, Place, SignedOut, Site
from hub.web.sessions import Session

COOKIE: Final = "hub_session"
TELLS_NOTHING: Final = frozenset({"/login", "/logud", "/sprog"})
"""Open to whoever is logged in also while the access log cannot be written: nobody is told of there."""


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
    if place.session is not None and request.url.path not in TELLS_NOTHING:
        check_can_log(place.hub.database)
    if place.session is not None and not _may_stay(place):
        place.site.sessions.end(place.session)
        return Place(place.site, request, None)
    return place


def _may_stay(place: Place) -> bool:
    """Whether somebody is still let in: who left, or works at a suspended organisation, is out at once."""
    if place.session is None or place.session.person is None:
        return True
    if place.person is None or place.person.left is not None:
        return False
    if place.acting is None:
        return True
    facts = place.hub.partners().get(place.acting)
    return facts is not None and not facts.suspended


def someone(place: Annotated[Place, Depends(anyone)]) -> Place:
    """Somebody who is logged in."""
    if place.session is None:
        raise SignedOut
    return place


def staff(place: Annotated[Place, Depends(someone)]) -> Place:
    """Somebody who works at an organisation."""
    if place.acting is None:
        turn_away(place)
    return place


def authority(place: Annotated[Place, Depends(staff)]) -> Place:
    """Somebody who works at an authority."""
    if place.sector != "authority":
        turn_away(place)
    return place


def citizen(place: Annotated[Place, Depends(someone)]) -> Place:
    """A citizen, for their own pages."""
    if place.session is None or place.session.citizen is None:
        turn_away(place)
    return place


def turn_away(place: Place) -> NoReturn:
    """The page is for others, whoever it is about; that somebody asked is noted."""
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
Authority = Annotated[Place, Depends(authority)]
Themself = Annotated[Place, Depends(citizen)]
Sent = Annotated[Posted, Depends(genuine)]
