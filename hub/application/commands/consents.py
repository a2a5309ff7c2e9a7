"""Consents and blocks: what the citizen decides, and anyone on the staff takes down when it is taken back."""

import time
from datetime import datetime
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Consents, Text, Window
from hub.aggregates.base import by_citizen, own_id
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.hub import DENIAL, Answer, Hub, Work, evened, made
from hub.errors import AccessDenied, NotFound, NotPermitted, Refused
from hub.vocabulary import Role, Source


def scope_of(work: Work, actor: Actor, citizen: UUID) -> frozenset[str] | None:
    """What a representative is recorded to act on; None for everybody else. A stranger gets the uniform denial."""
    if actor.role is not Role.REPRESENTATIVE:
        return None
    scope = None if actor.person is None else work.citizen(citizen).scope_of(actor.person)
    if scope is None:
        raise AccessDenied(DENIAL)
    return scope


def works_at(hub: Hub, person: UUID) -> UUID:
    """Where somebody works: an organisation that is registered and not suspended."""
    found = hub.vault.persons([person]).get(person)
    partner = None if found is None else found.partner
    facts = None if partner is None else hub.partners().get(partner)
    if partner is None or facts is None or facts.suspended:
        raise NotFound("No such person is registered: see hub partner list, or register one.")
    return partner


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
    form: str = "written",
    witness: UUID | None = None,
    section_43: bool = False,
    **meta: Unpack[Meta],
) -> Answer:
    """Let a partner know these categories. What was spoken, staff register, with a person elsewhere as the witness."""
    check_registered(hub, partner)
    heard = None if witness is None else (works_at(hub, witness), witness)

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
            form=form,
            witness=heard,
            section_43=section_43,
            scope=scope_of(work, actor, citizen),
        )
        return {"consent": consent}

    return on_citizen(hub, actor, citizen, decide, meta)


def confirm_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    consent: UUID,
    *,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Say that a spoken consent is the citizen's own."""

    def decide(work: Work, act: Act) -> None:
        if work.citizen(citizen).dead:
            raise NotPermitted("The citizen is dead: no consent can be confirmed.")
        work.consents(citizen, act).confirm(consent, act, words=words, scope=scope_of(work, actor, citizen))

    return on_citizen(hub, actor, citizen, decide, meta)


def narrow_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    consent: UUID,
    *,
    categories: frozenset[str] | None = None,
    purposes: frozenset[str] | None = None,
    sources: tuple[UUID, ...] | None = None,
    until: datetime | None = None,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Take something away from a consent."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).narrow(
            consent,
            act,
            categories=categories,
            purposes=purposes,
            sources=sources,
            until=until,
            words=words,
            scope=scope_of(work, actor, citizen),
        ),
        meta,
    )


def renew_consent(
    hub: Hub, actor: Actor, citizen: UUID, consent: UUID, until: datetime | None, **meta: Unpack[Meta]
) -> Answer:
    """Let a consent last longer."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).renew(
            consent, until, act, scope=scope_of(work, actor, citizen)
        ),
        meta,
    )


def withdraw_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    consent: UUID | None = None,
    *,
    partner: UUID | None = None,
    channel: str = "screen",
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Take one consent, one agreed text (by its event), or every consent to a partner, back.

    Anyone on the staff takes it down, at once. A stranger gets the same answer (position 0) whether there was something
    to take back, nothing, or no such citizen: taking a withdrawal down is no way to ask.
    """
    stranger = actor.role is Role.PARTNER and not hub.may_write(actor, citizen)

    def decide(work: Work, act: Act) -> None:
        scope_of(work, actor, citizen)  # whoever represents somebody else is a stranger
        consents = work.consents(citizen, act)
        if consent is not None:
            consents.withdraw(consent, act, channel=channel, words=words)
        elif partner is not None:
            consents.withdraw_all(partner, act, channel=channel, words=words)
        else:
            raise NotFound("Say which consent, or which partner: --consent or --partner.")

    begun = time.monotonic()
    if stranger and hub.rehearsing:
        hub.check_may_write(actor, citizen)  # what is only asked is asked by somebody who may know
    try:
        answer = hub.do(actor, decide, **meta)
    except Refused:
        if not stranger:
            hub.check_may_write(actor, citizen)  # who represents somebody else learns nothing else
            raise
    else:
        if not stranger:
            return answer
    evened(begun)
    return Answer()


def expire_consents(hub: Hub, citizen: UUID, **meta: Unpack[Meta]) -> Answer:
    """Record what has run out by now. The permission ended at its time whether or not this is recorded."""
    meta.setdefault("source", Source.HUB)

    def decide(work: Work, act: Act) -> None:
        found = work.find(Consents, own_id(citizen, "consents"))
        if found is None:
            work.citizen(citizen)
        else:
            found.expire(act)

    return hub.do(Actor(Role.HUB), decide, **meta)


def refuse_consent(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    *,
    categories: frozenset[str],
    purposes: frozenset[str],
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Say no to a consent that was asked for."""
    check_registered(hub, partner)
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).refuse(
            partner, act, categories=categories, purposes=purposes, words=words
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
    person: UUID | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Not them, not that person of theirs, or not this to them."""
    check_registered(hub, partner)
    if person is not None:
        found = hub.vault.persons([person]).get(person)
        if found is None or found.partner != partner:
            raise NotFound("No such person is registered at that organisation: hub partner list shows them.")

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        block = made(act, "block")
        work.consents(citizen, act).set_block(
            block, partner, act, categories=categories, words=words, person=person
        )
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


def approve_agreement(
    hub: Hub, actor: Actor, citizen: UUID, partner: UUID, item: UUID, **meta: Unpack[Meta]
) -> Answer:
    """Let one party read the whole text of an agreement, named by the event that made it."""
    check_registered(hub, partner)

    def decide(work: Work, act: Act) -> None:
        by_citizen(act, what="Approving the text of an agreement")
        parties: set[bytes | None] = set()
        for found, opened in hub.items(citizen):
            if found.event == "meeting.agreement_made" and found.event_id == item:
                parties |= {opened.body["owner"], *opened.body["parties"]}
            elif found.event == "meeting.agreement_party_removed" and opened.body["item"] == item.bytes:
                parties.discard(opened.body["partner"])
        if partner.bytes not in parties:
            raise NotFound(
                "There is no such agreement with that party: hub timeline --refs shows those there are."
            )
        work.consents(citizen, act).authorise_agreement(item, partner, act)

    return on_citizen(hub, actor, citizen, decide, meta)


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
