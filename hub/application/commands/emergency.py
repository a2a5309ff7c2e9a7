"""Emergency access: opened with a reason and a second person, ended, and reviewed by somebody else.

Whoever opens it need not be related to the citizen; for everything else the rules are those of any command.
"""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Citizen, Consents, Text
from hub.aggregates.base import own_id
from hub.aggregates.lawful import check_emergency
from hub.application.commands.base import Decide, Meta
from hub.application.commands.consents import works_at
from hub.application.hub import DENIAL, Answer, Hub, Work, made
from hub.errors import AccessDenied, NotFound, NotPermitted
from hub.vocabulary import EMERGENCY_SECTORS


def open_emergency(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    reason: Text,
    confirmed_by: UUID | None = None,
    call_back: bool = False,
    sectors: frozenset[str] = EMERGENCY_SECTORS,
    **meta: Unpack[Meta],
) -> Answer:
    """Let the person who asks read what an emergency needs, for eight hours.

    What is wrong with the request itself is told first, whether there is such a citizen or not.
    """
    check_emergency(actor, sectors, confirmed_by, call_back=call_back)
    facts = None if actor.partner is None else hub.partners().get(actor.partner)
    if facts is None or facts.suspended:
        raise NotPermitted("The organisation is not registered, or is suspended: ask the authority.")
    if confirmed_by is not None:
        works_at(hub, confirmed_by)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        if work.find(Citizen, own_id(citizen, "citizen")) is None:
            raise AccessDenied(DENIAL)
        access = made(act, "access")
        work.consents(citizen, act).open_emergency(
            access, act, reason=reason, sectors=sectors, confirmed_by=confirmed_by, call_back=call_back
        )
        return {"access": access}

    return hub.do(actor, decide, **meta)


def close_emergency(hub: Hub, actor: Actor, citizen: UUID, access: UUID, **meta: Unpack[Meta]) -> Answer:
    """End an emergency access before its time."""
    decide = _on_access(hub, actor, citizen, access, lambda book, act: book.close_emergency(access, act))
    return hub.do(actor, decide, **meta)


def review_emergency(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    access: UUID,
    *,
    text: Text,
    justified: bool | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Write down whether an emergency access was needed; once, by somebody else."""

    def do(book: Consents, act: Act) -> None:
        book.review_emergency(access, act, text=text, justified=justified)

    return hub.do(actor, _on_access(hub, actor, citizen, access, do), **meta)


def _on_access(
    hub: Hub, actor: Actor, citizen: UUID, access: UUID, do: Callable[[Consents, Act], None]
) -> Decide:
    """Do something about an emergency access, unless the actor neither works where it was opened nor is related."""

    def decide(work: Work, act: Act) -> None:
        book = work.find(Consents, own_id(citizen, "consents"))
        emergency = None if book is None else book.emergencies.get(access)
        if emergency is None or emergency.partner != actor.partner:
            hub.check_may_write(actor, citizen)
        if book is None:
            raise NotFound("There is no such emergency access: check the reference.")
        do(book, act)

    return decide
