"""Handovers: each item is decided for the receiver before it leaves, and again whenever it is read."""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Handover, Text
from hub.application.commands.base import Meta, check_not_closed, check_registered, on_citizen
from hub.application.commands.settling import check_settled
from hub.application.hub import Answer, Hub, Work, made
from hub.clock import to_microseconds
from hub.errors import NotFound, NotPermitted
from hub.vocabulary import Channel


def propose_handover(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    to_partner: UUID,
    *,
    kind: str,
    items: tuple[UUID, ...],
    approved: bool = False,
    text: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Propose to pass items on; each must be permitted for the receiver by consent (rules 2 and 3).

    What they rest on is recorded on the citizen's consents in the same transaction, so that a withdrawal at the
    same moment makes one of the two lose and decide again.
    """
    check_registered(hub, to_partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        grants = _restingon_citizen(hub, act, citizen, to_partner, items, approved=approved)
        knows = (act.by.partner,) if approved and act.by.partner else ()
        handover = made(act, "handover")
        work.add(
            Handover.propose(
                handover,
                citizen,
                act,
                kind=kind,
                to_partner=to_partner,
                items=items,
                grants=grants,
                knows=knows,
                text=text,
            )
        )
        if grants:
            work.consents(citizen, act).authorise_handover(handover, to_partner, grants, act)
        return {"handover": handover}

    return on_citizen(hub, actor, citizen, decide, meta)


def _restingon_citizen(
    hub: Hub, act: Act, citizen: UUID, to_partner: UUID, items: tuple[UUID, ...], *, approved: bool
) -> frozenset[UUID]:
    now = to_microseconds(act.recorded_at)
    viewer = hub.state(citizen).viewer(to_partner, now, channel=Channel.SCREEN)
    if act.by.partner is not None and not approved and not viewer.may_know_of(act.by.partner):
        raise NotPermitted(
            "The receiver may not know what the sender's name reveals: ask the citizen first (--approved).",
        )
    if not items:
        return frozenset()
    known = {item.event_id: item for item, _ in hub.items(citizen)}
    grants: set[UUID] = set()
    for number, wanted in enumerate(items, 1):
        item = known.get(wanted)
        behind = () if item is None else viewer.consented(item)
        if not behind:
            raise NotPermitted(
                f"Item {number} of {len(items)} may not reach the receiver, so it never leaves: take it off the "
                "list, or ask the citizen for a consent that covers it.",
            )
        grants.update(behind)
    return frozenset(grants)


def on_handover(
    hub: Hub,
    actor: Actor,
    handover: UUID,
    do: Callable[[Handover, Act], None],
    **meta: Unpack[Meta],
) -> Answer:
    """Answer a handover: `do` calls one of its commands."""

    def decide(work: Work, act: Act) -> None:
        found = work.get(Handover, handover, "handover")
        if act.by.partner not in (found.from_partner, found.to_partner):
            raise NotFound("There is no such handover: check the reference.")
        do(found, act)
        check_settled(hub, work, found)
        check_not_closed(work, found.citizen_id)

    return hub.do(actor, decide, **meta)
