"""What organisations say of themselves and do together; nothing of it is about a citizen."""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Cooperation
from hub.aggregates.base import own_id
from hub.application.commands.base import Meta, check_registered
from hub.application.hub import Answer, Hub, Work


def cooperate(
    hub: Hub,
    actor: Actor,
    partner: UUID,
    do: Callable[[Cooperation, Act], dict[str, UUID] | None],
    **meta: Unpack[Meta],
) -> Answer:
    """Carry out one command on an organisation's own stream, which begins with the first of them."""
    check_registered(hub, partner)

    def decide(work: Work, act: Act) -> dict[str, UUID] | None:
        found = work.find(Cooperation, own_id(partner, "cooperation"))
        if found is None:
            found = Cooperation.begin(partner, act)
            work.add(found)
        return do(found, act)

    return hub.do(actor, decide, **meta)


def cooperations(hub: Hub) -> dict[UUID, Cooperation]:
    """What every organisation says of itself, for those that have said anything."""
    found: dict[UUID, Cooperation] = {}
    for partner in hub.partners().ids():
        stream = hub.store.load(own_id(partner, "cooperation"))
        if isinstance(stream, Cooperation):
            found[partner] = stream
    return found
