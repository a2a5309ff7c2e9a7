"""What every command shares: what it can carry, and that a stranger is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from hub.aggregates import Act, Actor
from hub.application.hub import Answer, Hub, Work, _Now
from hub.errors import NotFound
from hub.vocabulary import Source


class Meta(TypedDict, total=False):
    """What any command can carry."""

    command_id: UUID
    occurred_at: datetime | _Now | None
    source: Source
    before_save: Callable[[], None]


Decide = Callable[[Work, Act], dict[str, UUID] | None]


def on_citizen(hub: Hub, actor: Actor, citizen: UUID, decide: Decide, meta: Meta) -> Answer:
    """Carry out a command on a citizen, unless the actor is a stranger."""
    hub.check_may_write(actor, citizen)
    return hub.do(actor, decide, **meta)


def check_registered(hub: Hub, partner: UUID) -> None:
    """Refuse what names an organisation that is not registered."""
    if hub.partners().get(partner) is None:
        raise NotFound("No such partner is registered: hub partner list shows them.")
