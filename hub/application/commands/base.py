"""What every command shares: what it can carry, and that a stranger is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from hub.aggregates import Act, Actor, Citizen, Text
from hub.aggregates.base import own_id
from hub.aggregates.closing import Closed
from hub.application.hub import Answer, Hub, Work, _Now
from hub.errors import NotFound, NotPermitted, WrongStatus
from hub.vocabulary import EXISTENCE, Category, Role, Source

CLOSED: Final = "The cooperation is closed: reopen it first (hub citizen reopen)."
AFTER_CLOSING: Final = frozenset(
    {
        "citizen.closed", "citizen.reopened", "citizen.correction_taken_in", "citizen.died",
        "citizen.address_protected", "citizen.address_unprotected", "consents.block_set", "consents.block_lifted",
        "consents.withdrawn", "consents.begun", "consents.statutory_disclosure_recorded",
        "event.corrected", "event.relabelled", "event.disputed", "event.misfiled",
    }
)  # fmt: skip
"""What can still be recorded when the cooperation is closed: the way back, what protects, and what puts right."""


class Meta(TypedDict, total=False):
    """What any command can carry."""

    command_id: UUID
    occurred_at: datetime | _Now | None
    source: Source
    before_save: Callable[[], None]


Decide = Callable[[Work, Act], dict[str, UUID] | None]


def on_citizen(hub: Hub, actor: Actor, citizen: UUID, decide: Decide, meta: Meta) -> Answer:
    """Carry out a command on a citizen, unless the actor is a stranger, or a representative beyond the scope."""
    hub.check_may_write(actor, citizen)

    def open_only(work: Work, act: Act) -> dict[str, UUID] | None:
        try:
            ids = decide(work, act)
        except WrongStatus:
            if is_closed(work, citizen):
                raise WrongStatus(CLOSED) from None  # whatever ended with it, this is what to do
            raise
        check_not_closed(work, citizen)
        return ids

    if actor.role is not Role.REPRESENTATIVE:
        return hub.do(actor, open_only, **meta)

    def within(work: Work, act: Act) -> dict[str, UUID] | None:
        ids = open_only(work, act)
        scope = work.citizen(citizen).scope_of(actor.person) if actor.person else None
        for aggregate in work.touched.values():
            for event in aggregate.pending_events:
                check_scope(event, scope or frozenset())
        return ids

    return hub.do(actor, within, **meta)


def check_not_closed(work: Work, citizen: UUID) -> None:
    """Refuse what begins or goes on after the cooperation is closed; it shows the way back."""
    new: list[Any] = [event for aggregate in work.touched.values() for event in aggregate.pending_events]
    if all(event.TOPIC.rsplit(".v", 1)[0] in AFTER_CLOSING for event in new):
        return
    if not any(isinstance(event, Closed) for event in new) and is_closed(work, citizen):
        raise WrongStatus(CLOSED)


def is_closed(work: Work, citizen: UUID) -> bool:
    """Whether the cooperation with a citizen is over for now."""
    found = work.find(Citizen, own_id(citizen, "citizen"))
    return found is not None and found.closed


def check_scope(event: Any, scope: frozenset[str]) -> None:
    """Refuse what a representative does outside the recorded scope: by what it is, and by what its words are about.

    The terms of consents are judged where they are decided: a consent is on more than what its event is about.
    """
    kind = event.TOPIC.rsplit(".v", 1)[0]
    labels = {
        label for value in vars(event).values() if isinstance(value, Text) for label in value.labels.split()
    }
    if kind in EXISTENCE and not kind.startswith("consents."):
        labels.add(EXISTENCE[kind])
    elif kind.startswith("consents."):
        labels.discard(Category.CONTACT)
    if not labels <= scope:
        raise NotPermitted(
            "That is outside what the representative may act on: let the citizen, or somebody on the staff, do it."
        )


def check_public(hub: Hub, actor: Actor, what: str) -> None:
    """Refuse staff of an organisation that is no public body."""
    facts = None if actor.partner is None else hub.partners().get(actor.partner)
    if actor.role is Role.PARTNER and (facts is None or not facts.public):
        raise NotPermitted(f"{what} is for public bodies: ask the authority to do it.")


def check_registered(hub: Hub, partner: UUID) -> None:
    """Refuse what names an organisation that is not registered."""
    if hub.partners().get(partner) is None:
        raise NotFound("No such partner is registered: hub partner list shows them.")
