"""Organisations: registered, with a ceiling, suspended and let in again."""

from collections.abc import Callable
from datetime import date
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Partner
from hub.application.commands.base import Meta
from hub.application.hub import Answer, Hub, Work, made
from hub.legal import legal_basis
from hub.vocabulary import DEFAULT_CEILINGS, Sector


def register_partner(
    hub: Hub,
    actor: Actor,
    *,
    name: str,
    sector: Sector,
    purposes: frozenset[str],
    reveals: frozenset[str] = frozenset(),
    public_body: bool = True,
    partner: UUID | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Register an organisation."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        identity = partner or made(act, "partner")
        work.add(
            Partner.register(
                identity,
                act,
                name=name,
                sector=sector,
                purposes=purposes,
                reveals=reveals,
                public_body=public_body,
            )
        )
        return {"partner": identity}

    return hub.do(actor, decide, **meta)


def _partner(hub: Hub, actor: Actor, partner: UUID, do: Callable[[Partner, Act], None], meta: Meta) -> Answer:
    return hub.do(actor, lambda work, act: do(work.get(Partner, partner, "partner"), act), **meta)


def record_partner_agreement(
    hub: Hub,
    actor: Actor,
    partner: UUID,
    reference: str,
    valid_until: date | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Record the data agreement with an organisation."""
    return _partner(
        hub, actor, partner, lambda p, act: p.record_agreement(reference, act, valid_until=valid_until), meta
    )


def adopt_ceiling(
    hub: Hub, actor: Actor, partner: UUID, categories: frozenset[str] | None = None, **meta: Unpack[Meta]
) -> Answer:
    """Adopt an organisation's ceiling; without categories, its sector's default."""

    def do(found: Partner, act: Act) -> None:
        default = frozenset(str(category) for category in DEFAULT_CEILINGS[found.sector])
        found.adopt_ceiling(default if categories is None else categories, act)

    return _partner(hub, actor, partner, do, meta)


def confirm_legal_basis(hub: Hub, actor: Actor, partner: UUID, basis: str, **meta: Unpack[Meta]) -> Answer:
    """Record that an organisation's own lawyer has confirmed a row of the table of legal bases."""
    row = legal_basis(basis)
    return _partner(hub, actor, partner, lambda p, act: p.confirm_basis(row, act), meta)


def suspend_partner(hub: Hub, actor: Actor, partner: UUID, reason: str, **meta: Unpack[Meta]) -> Answer:
    """Stop everything to an organisation at once."""
    return _partner(hub, actor, partner, lambda p, act: p.suspend(reason, act), meta)


def resume_partner(hub: Hub, actor: Actor, partner: UUID, **meta: Unpack[Meta]) -> Answer:
    """Let an organisation in again."""
    return _partner(hub, actor, partner, lambda p, act: p.resume(act), meta)
