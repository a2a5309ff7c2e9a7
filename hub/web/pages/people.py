"""Who coordinates, and who is the steady contact: chosen the first time, or changed without a moment in between."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor
from hub.application import commands
from hub.application.page import CitizenPage, Thing
from hub.desk.desk import NOBODY
from hub.desk.meetings import may_name
from hub.desk.saying import as_uuid
from hub.errors import Conflict, Refused, WrongStatus
from hub.texts import PURPOSES, say, word
from hub.vault import Person
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.citizen import head
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/tovholder")
ROLES: Final = ("coordinator", "contact_person", "relation")
_FIRST: Final = (
    "Det kan ikke skiftes endnu: en anden organisation eller en ny kontaktperson skal sige ja til en overlevering.",
    "It cannot be changed yet: another organisation or a new contact person must accept a handover first.",
)
PURPOSES_OF_TASKS: Final = ("coordination", "support", "casework", "treatment", "employment")


@router.get("", response_class=HTMLResponse)
def who(place: Staff, ref: str) -> Response:
    """Who it is now, and whom it can be."""
    citizen = place.citizen(ref)
    return _shown(place, ref, citizen)


@router.post("", response_class=HTMLResponse)
def chosen(place: Staff, form: Sent, ref: str) -> Response:
    """Somebody is chosen, or takes over."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    try:
        role = form.choice("rolle", ROLES, needed=say("Vælg en opgave.", "Choose a task."))
        purpose = form.choice(
            "formaal", PURPOSES_OF_TASKS, needed=say("Vælg, hvad opgaven er.", "Choose what the task is for.")
        )
        person = _person(place, form)
        form.check()
        if role and purpose and person and person.partner:
            _carry_out(place, form, actor, citizen, role, purpose, person)
    except Incomplete:
        return _shown(place, ref, citizen, form=form, status=422)
    except WrongStatus:
        form.wrong("hvem", say(*_FIRST))
        return _shown(place, ref, citizen, form=form, status=409)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _shown(place, ref, citizen, form=form, status=409)
    return place.go(f"/borger/{ref}/tovholder")


def _carry_out(  # noqa: PLR0917 - who becomes what, and what for
    place: Place, form: Posted, actor: Actor, citizen: UUID, role: str, purpose: str, person: Person
) -> None:
    """The first time it is an assignment; afterwards one lets go and the next takes over in the same moment."""
    partner, hub, command = person.partner or NOBODY, place.hub, form.command_id
    now = [task for task in hub.state(citizen).tasks.values() if task.role == role and task.person]
    outgoing = next((task.person for task in now if task.partner == place.acting), None)
    if role == "coordinator" and now:
        commands.change_coordinator(hub, actor, citizen, partner, person.id, purpose, command_id=command)
    elif role == "contact_person" and form.yes("skift") and outgoing is not None:
        commands.change_contact_person(
            hub, actor, citizen, outgoing, partner, person.id, purpose, command_id=command
        )
    else:
        commands.assign(hub, actor, citizen, role, partner, person.id, purpose, command_id=command)


def _person(place: Place, form: Posted) -> Person | None:
    """Whom the form names: by the short name that everybody at work has."""
    known = {one.slug: one for one in place.hub.vault.everybody() if one.partner and one.left is None}
    chosen_one = form.choice("hvem", known, needed=say("Vælg en person.", "Choose a person."))
    return known.get(chosen_one or "")


def _shown(
    place: Place, ref: str, citizen: UUID, *, form: Posted | None = None, status: int = 200
) -> Response:
    purpose = place.purpose(citizen)
    page = place.access.page(place.reader, citizen, purpose)
    names = place.names(_ids(page))
    return place.page(
        "people.html",
        status=status,
        **head(place, ref, citizen, purpose),
        coordinators=_told(page.of("coordinators")[-1:], names),
        contact_persons=_told(page.of("contact_persons"), names),
        role_choices=[
            ("coordinator", say("Tovholder", "Coordinator")),
            ("contact_person", say("Fast kontaktperson", "Contact person")),
            ("relation", say("Anden opgave", "Another task")),
        ],
        purpose_choices=[(one, word(PURPOSES, one)) for one in PURPOSES_OF_TASKS],
        staff=_staff(place, citizen, purpose),
        form=form,
        errors=form.errors if form else {},
    )


def choosable(place: Place, citizen: UUID, purpose: str | None) -> dict[UUID, str]:
    """The organisations that somebody can choose among: the authority all, others those that they may know of."""
    if place.sector == "authority":
        return {partner: name for partner, (name, _) in place.partners().items()}
    return may_name(place, place.reader, citizen, purpose)


def _staff(place: Place, citizen: UUID, purpose: str | None) -> list[tuple[str, str]]:
    """Everybody who can be chosen: those of one's own organisation first."""
    known = choosable(place, citizen, purpose)
    people = [one for one in place.hub.vault.everybody() if one.partner in known and one.left is None]
    people.sort(
        key=lambda one: (one.partner != place.acting, known[one.partner] if one.partner else "", one.name)
    )
    return [
        (person.slug, f"{person.name}, {person.function} · {known[person.partner]}")
        for person in people
        if person.partner is not None
    ]


def _ids(page: CitizenPage) -> set[UUID]:
    things = [*page.of("coordinators"), *page.of("contact_persons")]
    values = (str(thing.first.fields.get(name)) for thing in things for name in ("person", "partner"))
    return {found for value in values if (found := as_uuid(value)) is not None}


def _told(things: list[Thing], names: dict[UUID, str]) -> list[dict[str, Any]]:
    return [
        {
            "who": ", ".join(
                names[found]
                for name in ("person", "partner")
                if (found := as_uuid(str(thing.first.fields.get(name)))) in names and found is not None
            ),
            "since": thing.first.happened or thing.first.recorded,
        }
        for thing in things
    ]
