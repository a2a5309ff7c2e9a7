"""Legal bases: registered for a time, ended, and single disclosures written down."""

from datetime import datetime
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Text, Window
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.hub import Answer, Hub, Work, made
from hub.errors import NotFound
from hub.legal import LegalBasis, legal_bases, legal_basis
from hub.vocabulary import Role


def register_basis(  # noqa: PLR0913 - a basis has this many terms
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    basis: str,
    *,
    categories: frozenset[str],
    purposes: frozenset[str],
    sources: tuple[UUID, ...] | None = None,
    window: Window | None = None,
    until: datetime | None = None,
    case: str | None = None,
    in_writing: bool = False,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Register a legal basis for a partner; it counts once the partner's own lawyer has confirmed the row.

    Where no source is named, every organisation registered now that may give under the row is.
    """
    check_registered(hub, partner)
    row, facts = legal_basis(basis), hub.partners().get(partner)
    named = _sources(hub, row, sources)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        registration = made(act, "basis")
        work.consents(citizen, act).register_basis(
            registration,
            row,
            partner,
            act,
            sector="" if facts is None else facts.sector,
            categories=categories,
            purposes=purposes,
            sources=named,
            window=window,
            until=until,
            case=case,
            in_writing=in_writing,
            words=words,
        )
        return {"basis": registration}

    return on_citizen(hub, actor, citizen, decide, meta)


def _sources(hub: Hub, row: LegalBasis, named: tuple[UUID, ...] | None) -> dict[UUID, str] | None:
    """The sources of a registration with their sectors; None for anybody."""
    known = hub.partners()
    if named is None:
        if row.gives is None:
            return None
        found = {partner: known.get(partner) for partner in known.ids()}
        return {
            partner: facts.sector for partner, facts in found.items() if facts and facts.sector in row.gives
        }
    sectors = {}
    for partner in named:
        facts = known.get(partner)
        if facts is None:
            raise NotFound("One of the sources is no registered organisation: hub partner list shows them.")
        sectors[partner] = facts.sector
    return sectors


def end_basis(hub: Hub, actor: Actor, citizen: UUID, registration: UUID, **meta: Unpack[Meta]) -> Answer:
    """End the registration of a legal basis."""

    def decide(work: Work, act: Act) -> None:
        consents = work.consents(citizen, act)
        basis = consents.bases.get(registration)
        row = None if basis is None else legal_bases().get(basis.row)
        consents.end_basis(registration, act, may_object=row is not None and row.may_object)

    return on_citizen(hub, actor, citizen, decide, meta)


def record_disclosure(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    basis: str,
    *,
    items: tuple[UUID, ...],
    text: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Write down that items were handed over by law, outside the hub; each is one's own organisation's record."""
    check_registered(hub, partner)
    row, facts = legal_basis(basis), hub.partners().get(partner)

    def decide(work: Work, act: Act) -> None:
        own = {
            item.event_id
            for item, _ in hub.items(citizen)
            if actor.role is Role.PARTNER and item.source == actor.partner
        }
        if not set(items) <= own:
            raise NotFound(
                "One of the items is nothing that your own organisation recorded: hub timeline --refs shows what is."
            )
        work.consents(citizen, act).record_disclosure(
            row,
            partner,
            act,
            sector="" if facts is None else facts.sector,
            disclosed=tuple(dict.fromkeys(items)),
            text=text,
        )

    return on_citizen(hub, actor, citizen, decide, meta)
