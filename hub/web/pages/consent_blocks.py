"""The citizen's "not them", "not that person" or "not this to them": set, and lifted again."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Text
from hub.application import commands
from hub.desk.consents import standing
from hub.desk.saying import as_uuid
from hub.desk.yours import YOURS
from hub.errors import NotFound, Refused, WrongStatus
from hub.texts import CATEGORIES, SECTORS, say, word
from hub.web.gates import Sent, Themself
from hub.web.pages.my_frame import again, my_page, organisation, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit/samtykker")


@router.get("/spaer", response_class=HTMLResponse)
def whom(place: Themself) -> Response:
    """Choose the organisation."""
    found = [(who, name, word(SECTORS, sector)) for who, (name, sector) in place.partners().items()]
    return my_page(
        place, "my_give_whom.html", found=sorted(found, key=lambda one: one[1].casefold()), to="spaer"
    )


def _offered(place: Place, partner: UUID) -> dict[str, Any]:
    """Everything, or some of it; all of them, or one whom the citizen knows there."""
    tasks = place.hub.state(place.myself).tasks.values()
    known = place.hub.vault.persons(
        {task.person for task in tasks if task.partner == partner and task.person is not None}
    )
    return {
        "partner": partner,
        "partner_name": place.partners()[partner][0],
        "whom": [("", say("Alle dér", "All of them"))]
        + [(str(one.id), one.name) for one in sorted(known.values(), key=lambda one: one.name)],
        "what": [(one, word(YOURS, one)) for one in CATEGORIES],
    }


@router.get("/{partner}/spaer", response_class=HTMLResponse)
def what(place: Themself, partner: str) -> Response:
    """Choose what they may not have."""
    return my_page(place, "my_block.html", form=None, offered=_offered(place, organisation(place, partner)))


@router.post("/{partner}/spaer")
def block(place: Themself, partner: str, form: Sent) -> Response:
    """Set the block: it counts at once."""
    actor = place.check_may_write(place.myself, "consents")
    who = organisation(place, partner)
    offered = _offered(place, who)
    try:
        how = form.choice(
            "how", ("all", "some"), needed=say("Vælg alt eller noget af det.", "Choose all or some of it.")
        )
        some = None
        if how == "some":
            some = form.choices(
                "categories",
                CATEGORIES,
                needed=say("Vælg, hvad de ikke må få.", "Choose what they may not have."),
            )
        person = as_uuid(form.choice("person", [value for value, _ in offered["whom"]]) or "")
        words = form.line("words")
        form.check()
        commands.set_block(
            place.hub,
            actor,
            place.myself,
            who,
            categories=None if some is None else frozenset(some),
            words=None if words is None else Text.of(words, *(some or ("contact",))),
            person=person,
            command_id=form.command_id,
        )
    except WrongStatus:
        pass  # it is set already, which is what was asked for
    except Refused as no:
        return again(place, "my_block.html", form, no, offered=offered)
    return place.go("/mit/samtykker")


def _the_block(place: Place, ref: str) -> Any:
    found = standing(place, place.reader, place.myself)
    one = next((o for o in found if o.kind == "block" and o.over is None and str(o.ref) == ref), None)
    if one is None:
        raise NotFound(say("Den spærring er hævet.", "That block is lifted."))
    return one


@router.get("/spaerring/{ref}", response_class=HTMLResponse)
def ask(place: Themself, ref: str) -> Response:
    """What lifting the block would open."""
    one = _the_block(place, ref)
    told = previewed(place, lambda: commands.lift_block(place.hub, place.actor(), place.myself, one.id))
    return my_page(place, "my_lift.html", block=one, whom=place.names({one.partner, one.person}), **told)


@router.post("/spaerring/{ref}")
def lift(place: Themself, ref: str, form: Sent) -> Response:
    """Lift it."""
    actor = place.check_may_write(place.myself, "consents")
    one = _the_block(place, ref)
    commands.lift_block(place.hub, actor, place.myself, one.id, command_id=form.command_id)
    return place.go("/mit/samtykker")
