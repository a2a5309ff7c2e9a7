"""Who may know what: the citizen's own cards, what they see, and taking it back."""

from contextlib import suppress
from typing import Any, Final
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor
from hub.application import commands
from hub.desk.consents import Card, Standing, card_of, cards, in_use, receipt, remains, standing
from hub.errors import NotFound, Refused, WrongStatus
from hub.legal import legal_bases
from hub.texts import say
from hub.web.gates import Sent, Themself
from hub.web.pages.citizen import by_day, named
from hub.web.pages.consent_changes import carry_out
from hub.web.pages.my_frame import again, my_page, organisation, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit/samtykker")


def law_of(place: Place, basis: Standing) -> dict[str, Any]:
    """A basis in law as a page tells of it."""
    row = legal_bases().get(basis.basis or "")
    return {
        "partner": place.partners().get(basis.partner, ("", ""))[0],
        "paragraph": basis.basis if row is None else row.paragraph,
        "name": "" if row is None else say(*row.name),
        "may_object": row is not None and row.may_object,
        "categories": basis.categories or [],
        "until": basis.until,
        "in_use": in_use(place, basis),
    }


@router.get("", response_class=HTMLResponse)
def overview(place: Themself) -> Response:
    """One card for each organisation, those that end soon first."""
    found = standing(place, place.reader, place.myself)
    shown = cards(place, found)
    blocks = [one for one in found if one.kind == "block" and one.over is None]
    ended = [one for one in reversed(found) if one.kind in ("consent", "text") and one.over is not None]
    ids = {one.partner for one in found} | {one.person for one in blocks if one.person}
    return my_page(
        place,
        "my_consents.html",
        cards=shown,
        blocks=blocks,
        ended=ended,
        laws=[law_of(place, one) for one in found if one.kind == "basis" and one.over is None],
        names=place.names(ids),
    )


@router.get("/{partner}/ser", response_class=HTMLResponse)
def see(place: Themself, partner: str) -> Response:
    """What they see, out of the organisation's own view."""
    who = organisation(place, partner)
    entries = list(reversed(place.access.view(place.reader, who, place.myself, None)))
    return my_page(
        place,
        "my_seen.html",
        partner_name=place.partners()[who][0],
        days=by_day(entries),
        names=named(place, entries),
    )


def the_card(place: Place, partner: UUID) -> tuple[Card, list[Standing]]:
    """The card of an organisation that may know something; otherwise there is nothing to change."""
    found = standing(place, place.reader, place.myself)
    card = card_of(place, found, partner)
    if card is None:
        raise NotFound(
            say(
                "De må ikke vide noget med dit samtykke lige nu.",
                "They may know nothing by your consent now.",
            )
        )
    return card, found


def withdraw_all(place: Place, actor: Actor, card: Card, command: UUID | None) -> None:
    """Take back every consent and every agreed text."""
    terms: commands.Meta = {} if command is None else {"command_id": command}
    if card.consents:
        commands.withdraw_consent(place.hub, actor, place.myself, partner=card.partner, **terms)
    for text in card.texts:
        terms = {} if command is None else {"command_id": uuid5(command, str(text.id))}
        commands.withdraw_consent(place.hub, actor, place.myself, text.id, **terms)


@router.get("/{partner}/traek-tilbage", response_class=HTMLResponse)
def ask(place: Themself, partner: str) -> Response:
    """What stops, and what continues and under which law."""
    who = organisation(place, partner)
    card, found = the_card(place, who)
    told = previewed(place, lambda: withdraw_all(place, place.actor(), card, None))
    left = remains(place, place.myself, found, who)
    laws = [law_of(place, one) for one in left.laws]
    return my_page(place, "my_withdraw.html", card=card, left=left, laws=laws, **told)


@router.post("/{partner}/traek-tilbage")
def withdraw(place: Themself, partner: str, form: Sent) -> Response:
    """Take it back, at once; taken back already is as good."""
    who = organisation(place, partner)
    actor = place.check_may_write(place.myself, "consents")
    card = card_of(place, standing(place, place.reader, place.myself), who)
    if card is not None:
        with suppress(WrongStatus):  # two windows: the other one was first
            withdraw_all(place, actor, card, form.command_id)
    return place.go(f"/mit/samtykker/{who}/kvittering")


@router.get("/{partner}/kvittering", response_class=HTMLResponse)
def receipt_of(place: Themself, partner: str) -> Response:
    """When it was taken back, what stopped, and whether they have said that they deleted it."""
    who = organisation(place, partner)
    found = receipt(place, place.reader, place.myself, who)
    if found is None:
        raise NotFound(say("Du har ikke trukket noget tilbage her.", "You have taken nothing back here."))
    return my_page(place, "my_receipt.html", receipt=found, partner_name=place.partners()[who][0])


# Setting it right.


def _each(card: Card) -> list[Standing]:
    return [*card.consents, *card.texts]


def _one(card: Card, ref: str) -> Standing:
    found = next((one for one in _each(card) if str(one.ref) == ref), None)
    if found is None:
        raise NotFound(say("Det samtykke er slut.", "That consent has ended."))
    return found


@router.get("/{partner}/ret", response_class=HTMLResponse)
def change(place: Themself, partner: str) -> Response:
    """Each consent to them; where there is one, that one."""
    who = organisation(place, partner)
    card, _ = the_card(place, who)
    if len(_each(card)) == 1:
        return place.go(f"/mit/samtykker/{who}/ret/{_each(card)[0].ref}")
    return my_page(place, "my_change.html", card=card, each=_each(card))


@router.get("/{partner}/ret/{consent}", response_class=HTMLResponse)
def change_one(place: Themself, partner: str, consent: str) -> Response:
    """One consent, to be narrowed, renewed, confirmed or taken back."""
    card, _ = the_card(place, organisation(place, partner))
    return my_page(place, "my_change_one.html", card=card, about=_one(card, consent), form=None)


@router.post("/{partner}/ret/{consent}")
def changed(place: Themself, partner: str, consent: str, form: Sent) -> Response:
    """Change it."""
    actor = place.check_may_write(place.myself, "consents")
    who = organisation(place, partner)
    card, _ = the_card(place, who)
    about = _one(card, consent)
    try:
        gone = carry_out(place, actor, about, form)
    except Refused as no:
        return again(place, "my_change_one.html", form, no, card=card, about=about)
    return place.go(f"/mit/samtykker/{who}/kvittering" if gone else "/mit/samtykker")
