"""People as they are registered: the short name for --as, and who registers them."""

import re
from typing import Final
from uuid import UUID

from hub.aggregates import Actor
from hub.cli.session import CITIZEN, OPERATOR, Session
from hub.errors import BadInput, NotFound, NotPermitted
from hub.texts import say
from hub.vocabulary import Role, Sector

_SHORT: Final = re.compile(r"[a-zæøå][a-zæøå0-9._-]{0,39}")


def short_name(short: str) -> str:
    """The name that a person is called by with --as; refused where it is none."""
    found = short.strip().lower()
    if not _SHORT.fullmatch(found) or found in (*CITIZEN, *OPERATOR, "hub"):
        raise BadInput(
            say(
                "SHORT er intet kort navn: små bogstaver og tal, og ikke citizen eller operator.",
                "SHORT is no short name: small letters and figures, and not citizen or operator.",
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
