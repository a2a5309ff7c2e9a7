"""Changing one consent: narrower, longer, confirmed, or taken back."""

from typing import Final

from hub.aggregates import Actor
from hub.application import commands
from hub.desk.consents import Standing
from hub.texts import say
from hub.web.forms import Posted
from hub.web.pages.consent_terms import last_day
from hub.web.place import Place

WAYS: Final = ("narrow", "renew", "confirm", "withdraw")


def carry_out(place: Place, actor: Actor, about: Standing, form: Posted) -> bool:
    """Do what the button said; True where the consent is gone."""
    match form.choice("way", WAYS, needed=say("Vælg, hvad der skal ske.", "Choose what to do.")):
        case "narrow":
            _narrow(place, actor, about, form)
        case "renew":
            _renew(place, actor, about, form)
        case "confirm":
            form.check()
            commands.confirm_consent(place.hub, actor, place.myself, about.id, command_id=form.command_id)
        case "withdraw":
            form.check()
            commands.withdraw_consent(place.hub, actor, place.myself, about.id, command_id=form.command_id)
            return True
        case _:
            form.check()
    return False


def _narrow(place: Place, actor: Actor, about: Standing, form: Posted) -> None:
    left = form.choices(
        "categories",
        about.categories or (),
        needed=say(
            "Lad mindst én stå, eller træk det hele tilbage.", "Leave at least one, or take it all back."
        ),
    )
    until = last_day(place, form, "narrow_last")
    if until is not None and about.until is not None and until > about.until:
        form.wrong(
            "narrow_last",
            say("Det er længere end nu. Brug “Lad det gælde længere”.", "That is longer. Use “Let it last”."),
        )
    if not form.errors and set(left) == set(about.categories or ()) and until in (None, about.until):
        form.wrong(
            "categories", say("Tag noget væk, eller vælg en dag.", "Take something away, or choose a day.")
        )
    form.check()
    commands.narrow_consent(
        place.hub, actor, place.myself, about.id,
        categories=frozenset(left), until=until, command_id=form.command_id,
    )  # fmt: skip


def _renew(place: Place, actor: Actor, about: Standing, form: Posted) -> None:
    until = last_day(
        place, form, "renew_last", needed=say("Skriv den nye sidste dag.", "Write the new last day.")
    )
    if until is not None and about.until is not None and until <= about.until:
        form.wrong("renew_last", say("Vælg en senere dag end nu.", "Choose a later day than now."))
    form.check()
    commands.renew_consent(place.hub, actor, place.myself, about.id, until, command_id=form.command_id)
