"""People as they are registered: the short name for --as, and who registers them."""

from uuid import UUID

from hub.aggregates import Actor
from hub.cli.session import Session
from hub.desk import registering
from hub.errors import BadInput, NotFound, NotPermitted
from hub.texts import say
from hub.vocabulary import Role, Sector


def short_name(short: str) -> str:
    """The name that a person is called by with --as; refused where it is none."""
    found = registering.short_name(short)
    if found is None:
        raise BadInput(
            say(
                "SHORT er intet kort navn: små bogstaver og tal, og ikke citizen eller operator.",
                "SHORT is no short name: small letters and figures, and not citizen or operator.",
            )
        )
    return found


def phone_number(text: str | None) -> str | None:
    """A telephone number as it is written; refused where it is none."""
    found = (text or "").strip()
    if not found:
        return None
    if not registering.is_phone_number(found):
        raise BadInput(
            say(
                "--phone er intet telefonnummer: skriv cifrene, med eller uden mellemrum.",
                "--phone is no telephone number: write the figures, with or without spaces.",
            )
        )
    return found


def check_registers_persons(actor: Actor) -> None:
    """Refuse those who register nobody."""
    if actor.role is not Role.HUB and actor.sector is not Sector.AUTHORITY:
        raise NotPermitted("Persons are registered by the operator or the authority: ask them to do it.")


def there(s: Session, short: str, identity: UUID) -> bool:
    """Whether the same command registered the person before."""
    try:
        return s.wired.vault.person(short).id == identity
    except NotFound:
        return False
