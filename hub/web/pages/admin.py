"""Organisations and the people who work there: who they are, what they can get at most, and who may log in."""

from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Actor
from hub.application import commands
from hub.desk.registering import is_phone_number, short_name
from hub.desk.saying import as_uuid
from hub.errors import BadInput, BrokerUnavailable, Conflict, NotFound, Refused
from hub.kafka.admin import Admin
from hub.logs import logger
from hub.texts import say
from hub.vault import Person
from hub.vocabulary import Role, label_names, purpose_names
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Someone, turn_away
from hub.web.place import Place

router: Final = APIRouter(prefix="/organisationer")
_LONGEST: Final = 200


def administrator(place: Someone) -> Place:
    """Somebody at the authority, or who keeps the machine running."""
    operator = place.session is not None and place.session.role == "operator"
    if not operator and place.sector != "authority":
        turn_away(place)
    return place


Administrator = Annotated[Place, Depends(administrator)]


def _actor(place: Place) -> Actor:
    return place.actor() if place.person is not None else Actor(Role.HUB)


@router.get("", response_class=HTMLResponse)
def organisations(place: Administrator) -> Response:
    """All organisations, by name."""
    facts = place.hub.partners()
    people = place.hub.vault.everybody()
    rows = [
        {
            "id": str(partner),
            "name": name,
            "sector": sector,
            "people": sum(one.partner == partner for one in people),
            "suspended": (fact := facts.get(partner)) is not None and fact.suspended,
        }
        for partner, (name, sector) in place.partners().items()
    ]
    return place.page("admin_list.html", rows=sorted(rows, key=lambda row: str(row["name"]).casefold()))


@router.get("/{partner}", response_class=HTMLResponse)
def organisation(place: Administrator, partner: str) -> Response:
    """One organisation."""
    return _shown(place, _found(place, partner))


@router.post("/{partner}/{verb}", response_class=HTMLResponse)
def changed(place: Administrator, form: Sent, partner: str, verb: str) -> Response:
    """Somebody is registered, logged out, leaves or is back; or the organisation is suspended or let in again."""
    if verb not in _VERBS:
        raise HTTPException(404)
    found = _found(place, partner)
    try:
        _VERBS[verb](place, form, found)
    except Incomplete:
        return _shown(place, found, form=form, acting_on=verb, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _shown(place, found, form=form, acting_on=verb, status=409)
    return place.go(f"/organisationer/{found}")


def _found(place: Place, partner: str) -> UUID:
    identity = as_uuid(partner)
    if identity is None or identity not in place.partners():
        raise NotFound(say("Der er ingen sådan organisation.", "There is no such organisation."))
    return identity


def _register(place: Place, form: Posted, partner: UUID) -> None:
    """Somebody new works there."""
    name = form.line("navn", needed=say("Skriv navnet.", "Write the name."))
    function = form.line(
        "funktion", needed=say("Skriv, hvad personen gør hos jer.", "Write what the person does.")
    )
    short, phone = short_name(form.get("kort")), form.line("telefon")
    if short is None:
        form.wrong(
            "kort",
            say(
                "Skriv små bogstaver og tal, fx mette.k.",
                "Write small letters and figures, for example mette.k.",
            ),
        )
    if phone is not None and not is_phone_number(phone):
        form.wrong(
            "telefon",
            say("Skriv cifrene, med eller uden mellemrum.", "Write the figures, with or without spaces."),
        )
    if any(len(one or "") > _LONGEST for one in (name, function)):
        form.wrong("navn", say("Det er for langt.", "That is too long."))
    form.check()
    identity = uuid5(form.command_id, "person")
    if place.hub.vault.persons([identity]):
        return  # sent again
    try:
        place.hub.vault.register_person(identity, short or "", partner, function or "", name or "", phone)
    except BadInput as taken:
        form.wrong(
            "kort",
            say("Det korte navn er taget: vælg et andet.", "That short name is taken: choose another."),
        )
        raise Incomplete from taken
    logger().info("a person was registered", partner=partner)


def _log_out(place: Place, form: Posted, partner: UUID) -> None:
    """Log somebody out everywhere."""
    place.site.sessions.end_of_person(_person(place, form, partner).id)


def _leave(place: Place, form: Posted, partner: UUID) -> None:
    """Somebody works there no longer: out at once, and never in again until they are back."""
    person = _person(place, form, partner)
    if place.person is not None and person.id == place.person.id:
        form.wrong(
            "",
            say(
                "Du kan ikke melde dig selv ud: bed en kollega.",
                "You cannot sign yourself out: ask a colleague.",
            ),
        )
        form.check()
    place.hub.vault.leave(person.id, place.hub.clock())
    place.site.sessions.end_of_person(person.id)


def _person(place: Place, form: Posted, partner: UUID) -> Person:
    """Whom the form names, among those who work there."""
    named = form.get("hvem")
    found = next(
        (one for one in place.hub.vault.everybody() if one.partner == partner and one.slug == named), None
    )
    if found is None:
        form.wrong("", say("Personen arbejder der ikke.", "The person does not work there."))
        form.check()
        raise Incomplete
    return found


def _suspend(place: Place, form: Posted, partner: UUID) -> None:
    """Stop everything to the organisation at once; its people are logged out with it."""
    reason = form.line(
        "grund", needed=say("Skriv hvorfor, uden at nævne personer.", "Write why, without naming persons.")
    )
    form.check()
    if partner == place.acting:
        form.wrong("", say("I kan ikke lukke jer selv ude.", "You cannot shut yourselves out."))
        form.check()
    commands.suspend_partner(place.hub, _actor(place), partner, reason or "", command_id=form.command_id)
    _out(place, partner)
    _follow(place)


def _follow(place: Place) -> None:
    """Bring the broker, where there is one, in step; while it is away the hub holds, and it follows afterwards."""
    access = place.wired.broker_access()
    if access is None or not access.partners():
        return
    try:
        with Admin(access.cluster) as admin:
            access.reconcile(admin)
    except BrokerUnavailable:
        logger().warning("the broker is yet to follow")


def _out(place: Place, partner: UUID) -> None:
    for person in place.hub.vault.everybody():
        if person.partner == partner:
            place.site.sessions.end_of_person(person.id)


def _resume(place: Place, form: Posted, partner: UUID) -> None:
    """Let the organisation in again."""
    commands.resume_partner(place.hub, _actor(place), partner, command_id=form.command_id)
    _follow(place)


_VERBS: Final = {
    "person": _register,
    "logud": _log_out,
    "stoppet": _leave,
    "luk": _suspend,
    "aabn": _resume,
}


def _shown(
    place: Place, partner: UUID, *, form: Posted | None = None, status: int = 200, acting_on: str = ""
) -> Response:
    name, sector = place.partners()[partner]
    fact = place.hub.partners().get(partner)
    people = [one for one in place.hub.vault.everybody() if one.partner == partner]
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    return place.page(
        "admin_one.html",
        status=status,
        at=f"/organisationer/{partner}",
        name=name,
        sector=sector,
        suspended=fact is not None and fact.suspended,
        public=fact is not None and fact.public,
        purposes=purpose_names(fact.purposes) if fact else [],
        ceiling=label_names(fact.ceiling) if fact else [],
        reveals=label_names(fact.reveals) if fact else [],
        people=sorted(people, key=lambda one: one.name.casefold()),
        form=form,
        acting_on=acting_on,
        errors=form.errors if form else {},
        **context,
    )
