"""The citizen gives a consent: to whom, what, what for and how long; and sees what it opens before it counts."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor
from hub.application import commands
from hub.desk.yours import YOURS
from hub.errors import Refused
from hub.texts import CATEGORIES, SECTORS, say, word
from hub.web.forms import Posted
from hub.web.gates import Sent, Themself
from hub.web.pages.consent_terms import GIVEN, Terms, choices, read_terms
from hub.web.pages.my_frame import again, my_page, organisation, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit/samtykker")


@router.get("/giv", response_class=HTMLResponse)
def whom(place: Themself) -> Response:
    """Choose the organisation."""
    found = [(who, name, word(SECTORS, sector)) for who, (name, sector) in place.partners().items()]
    return my_page(
        place, "my_give_whom.html", found=sorted(found, key=lambda one: one[1].casefold()), to="giv"
    )


@router.get("/{partner}/giv", response_class=HTMLResponse)
def what(place: Themself, partner: str) -> Response:
    """Choose what they may know."""
    who = organisation(place, partner)
    return my_page(place, "my_give.html", form=None, **choices(place, who, yours=True))


@router.post("/{partner}/giv")
def give(place: Themself, partner: str, form: Sent) -> Response:
    """First it is shown what it opens; sent again from there, it counts."""
    actor = place.check_may_write(place.myself, "consents")
    who = organisation(place, partner)
    offered = choices(place, who, yours=True)
    try:
        terms = read_terms(place, form)
        form.check()
        if form.get("step") == "change":
            return my_page(place, "my_give.html", form=form, **offered)
        if form.get("step") != "give":
            told = previewed(place, lambda: _give(place, actor, who, terms, {}))
            return my_page(
                place, "my_give_seen.html", form=form, kept=kept(form), terms=terms, **offered, **told
            )
        _give(place, actor, who, terms, {"command_id": form.command_id})
    except Refused as no:
        return again(place, "my_give.html", form, no, **offered)
    return place.go("/mit/samtykker")


@router.get("/{partner}/tekst", response_class=HTMLResponse)
def word_for_word(place: Themself, partner: str) -> Response:
    """Agree on exactly what they are told."""
    return my_page(place, "my_text.html", form=None, **_offered(place, organisation(place, partner)))


@router.post("/{partner}/tekst")
def agree(place: Themself, partner: str, form: Sent) -> Response:
    """They get this text, and nothing else by it."""
    actor = place.check_may_write(place.myself, "consents")
    who = organisation(place, partner)
    try:
        text = form.text("words", needed=say("Skriv det, de må læse.", "Write what they may read."))
        form.check()
        if text is not None:
            commands.agree_text(place.hub, actor, place.myself, who, text, command_id=form.command_id)
    except Refused as no:
        return again(place, "my_text.html", form, no, **_offered(place, who))
    return place.go("/mit/samtykker")


def _offered(place: Place, partner: UUID) -> dict[str, Any]:
    return {
        "partner": partner,
        "partner_name": place.partners()[partner][0],
        "about": [(one, word(YOURS, one)) for one in CATEGORIES],
    }


def kept(form: Posted) -> list[tuple[str, str]]:
    """The fields of the form that the next step sends on."""
    return [(name, value) for name, value in form.fields if name in GIVEN]


def _give(place: Place, actor: Actor, who: UUID, terms: Terms, meta: Any) -> None:
    commands.give_consent(place.hub, actor, place.myself, who, **terms.given, **meta)
