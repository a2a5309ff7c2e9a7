"""Consents and blocks: what the citizen decides, and anyone on the staff takes down when it is taken back."""

from datetime import datetime
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Text, Window
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.hub import Answer, Hub, Work, made
from hub.errors import NotFound, NotPermitted, Refused
from hub.vocabulary import Role, Source


def give_consent(  # noqa: PLR0913 - a consent has this many terms
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    *,
    categories: frozenset[str],
    purposes: frozenset[str],
    sources: tuple[UUID, ...] | None = None,
    window: Window | None = None,
    until: datetime | None = None,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Let a partner know these categories."""
    check_registered(hub, partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        if work.citizen(citizen).dead:
            raise NotPermitted("The citizen is dead: no consent can be given.")
        consent = made(act, "consent")
        work.consents(citizen, act).give(
            consent,
            partner,
            act,
            categories=categories,
            purposes=purposes,
            sources=sources,
            window=window,
            until=until,
            words=words,
        )
        return {"consent": consent}

    return on_citizen(hub, actor, citizen, decide, meta)


def narrow_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    consent: UUID,
    *,
    categories: frozenset[str] | None = None,
    purposes: frozenset[str] | None = None,
    until: datetime | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Take something away from a consent."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).narrow(
            consent, act, categories=categories, purposes=purposes, until=until
        ),
        meta,
    )


def renew_consent(
    hub: Hub, actor: Actor, citizen: UUID, consent: UUID, until: datetime | None, **meta: Unpack[Meta]
) -> Answer:
    """Let a consent last longer."""
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.consents(citizen, act).renew(consent, until, act), meta
    )


def withdraw_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    consent: UUID | None = None,
    *,
    partner: UUID | None = None,
    channel: str = "screen",
    **meta: Unpack[Meta],
) -> Answer:
    """Take one consent, or every consent to a partner, back. Anyone on the staff takes it down, at once."""

    def decide(work: Work, act: Act) -> None:
        consents = work.consents(citizen, act)
        if consent is not None:
            consents.withdraw(consent, act, channel=channel)
        elif partner is not None:
            consents.withdraw_all(partner, act, channel=channel)
        else:
            raise NotFound("Say which consent, or which partner: --consent or --partner.")

    try:
        return hub.do(actor, decide, **meta)
    except Refused:
        hub.check_may_write(actor, citizen)  # a stranger who finds nothing to withdraw learns nothing else
        raise


def expire_consents(hub: Hub, citizen: UUID, **meta: Unpack[Meta]) -> Answer:
    """Record what has run out by now. The permission ended at its time whether or not this is recorded."""
    meta.setdefault("source", Source.HUB)
    return hub.do(Actor(Role.HUB), lambda work, act: work.consents(citizen, act).expire(act), **meta)


def refuse_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    *,
    categories: frozenset[str],
    purposes: frozenset[str],
    **meta: Unpack[Meta],
) -> Answer:
    """Say no to a consent that was asked for."""
    check_registered(hub, partner)
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).refuse(
            partner, act, categories=categories, purposes=purposes
        ),
        meta,
    )


def set_block(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    *,
    categories: frozenset[str] | None = None,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Not them, or not this to them."""
    check_registered(hub, partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        block = made(act, "block")
        work.consents(citizen, act).set_block(block, partner, act, categories=categories, words=words)
        return {"block": block}

    return on_citizen(hub, actor, citizen, decide, meta)


def lift_block(hub: Hub, actor: Actor, citizen: UUID, block: UUID, **meta: Unpack[Meta]) -> Answer:
    """Lift a block."""
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.consents(citizen, act).lift_block(block, act), meta
    )


def agree_text(
    hub: Hub, actor: Actor, citizen: UUID, partner: UUID, text: Text, **meta: Unpack[Meta]
) -> Answer:
    """Agree on exactly what a partner is told."""
    check_registered(hub, partner)
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).authorise_text(partner, text, act),
        meta,
    )


def confirm_purge(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    *,
    notice: UUID,
    records: int,
    **meta: Unpack[Meta],
) -> Answer:
    """Note that a partner's system has deleted what a notice names: its access has ended, so no relation is asked."""
    facts = hub.partners().get(partner)
    if facts is None or facts.suspended:
        raise NotPermitted("The organisation is not registered, or is suspended: ask the authority.")
    meta.setdefault("source", Source.INBOX)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.consents(citizen, act).confirm_purge(notice, partner, records, act)
        return {"notice": notice}

    return hub.do(actor, decide, **meta)
