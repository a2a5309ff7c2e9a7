"""The verbs: what coordinators, partners and citizens do. Each is one command, decided by the aggregates.

Every function returns an `Answer` with the ids it made; `meta` is what any command can carry: `command_id`,
`occurred_at` (None: undated), `source`.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID, uuid4, uuid5

from hub.aggregates import Act, Actor, Citizen, Consents, Handover, Meeting, Partner, Plan, Text, Window
from hub.aggregates.base import own_id
from hub.application.hub import Answer, Hub, Work, _Now, made
from hub.clock import to_microseconds
from hub.errors import NotFound, NotPermitted
from hub.vault import Identity
from hub.vocabulary import DEFAULT_CEILINGS, Role, Sector, Source


class Meta(TypedDict, total=False):
    """What any command can carry."""

    command_id: UUID
    occurred_at: datetime | _Now | None
    source: Source
    before_save: Callable[[], None]


P = TypeVar("P", Plan, Meeting)
Decide = Callable[[Work, Act], dict[str, UUID] | None]


def _on(hub: Hub, actor: Actor, citizen: UUID, decide: Decide, meta: Meta) -> Answer:
    hub.check_may_write(actor, citizen)
    return hub.do(actor, decide, **meta)


# Partners.


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


def suspend_partner(hub: Hub, actor: Actor, partner: UUID, reason: str, **meta: Unpack[Meta]) -> Answer:
    """Stop everything to an organisation at once."""
    return _partner(hub, actor, partner, lambda p, act: p.suspend(reason, act), meta)


def resume_partner(hub: Hub, actor: Actor, partner: UUID, **meta: Unpack[Meta]) -> Answer:
    """Let an organisation in again."""
    return _partner(hub, actor, partner, lambda p, act: p.resume(act), meta)


# The citizen.


def enrol(
    hub: Hub,
    actor: Actor,
    identity: Identity | None,
    *,
    citizen: UUID | None = None,
    text: Text | None = None,
    by_name: bool = False,
    **meta: Unpack[Meta],
) -> Answer:
    """Enrol a citizen: the name goes to the vault, a reference everywhere else; sent again, it is the same one."""
    command = meta["command_id"] = meta.get("command_id") or uuid4()
    citizen_id = citizen or uuid5(command, "citizen")

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.add(Citizen.enrol(citizen_id, act, text=text))
        return {"citizen": citizen_id}

    if identity is not None:
        hub.vault.enrol(citizen_id, identity, by_name=by_name)
    return hub.do(actor, decide, **meta)


def tell_hope(hub: Hub, actor: Actor, citizen: UUID, words: Text, **meta: Unpack[Meta]) -> Answer:
    """Write a hope down, word for word."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        hope = made(act, "hope")
        work.citizen(citizen).tell_hope(hope, words, act)
        return {"hope": hope}

    return _on(hub, actor, citizen, decide, meta)


def retell_hope(
    hub: Hub, actor: Actor, citizen: UUID, hope: UUID, words: Text, **meta: Unpack[Meta]
) -> Answer:
    """Tell a hope anew."""
    return _on(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).retell_hope(hope, words, act), meta
    )


def assign(  # noqa: PLR0917 - whom, where and what for
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    role: str,
    partner: UUID,
    person: UUID | None,
    purpose: str,
    **meta: Unpack[Meta],
) -> Answer:
    """Give somebody a task: role `coordinator`, `contact_person` or `relation`."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        task, found = made(act, "task"), work.citizen(citizen)
        if role == "relation":
            found.start_relation(task, partner, person, purpose, act)
        elif person is None:
            raise NotFound("A coordinator and a contact person are persons: name one with --person.")
        elif role == "coordinator":
            found.assign_coordinator(task, partner, person, purpose, act)
        else:
            found.assign_contact_person(task, partner, person, purpose, act)
        return {"task": task}

    return _on(hub, actor, citizen, decide, meta)


def release_coordinator(hub: Hub, actor: Actor, citizen: UUID, **meta: Unpack[Meta]) -> Answer:
    """End the coordinator's task."""
    return _on(hub, actor, citizen, lambda work, act: work.citizen(citizen).release_coordinator(act), meta)


def end_contact_person(hub: Hub, actor: Actor, citizen: UUID, person: UUID, **meta: Unpack[Meta]) -> Answer:
    """End a contact person's task."""
    return _on(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).end_contact_person(person, act), meta
    )


def end_relation(
    hub: Hub, actor: Actor, citizen: UUID, partner: UUID, person: UUID | None, **meta: Unpack[Meta]
) -> Answer:
    """End a task."""
    return _on(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).end_relation(partner, person, act), meta
    )


def record_contact(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    day: date | None = None,
    text: Text | None = None,
    absence: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Write down that there was contact."""
    return _on(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).record_contact(act, day=day, text=text, absence=absence),
        meta,
    )


def record_death(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    day: date | None = None,
    text: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Record the death; every consent ends in the same transaction."""

    def decide(work: Work, act: Act) -> None:
        work.citizen(citizen).die(act, day=day, text=text)
        consents = work.find(Consents, own_id(citizen, "consents"))
        if consents is not None:
            consents.expire(act, reason="death")

    return _on(hub, actor, citizen, decide, meta)


# Consents and blocks.


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
    _known(hub, partner)

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

    return _on(hub, actor, citizen, decide, meta)


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
    return _on(
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
    return _on(
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

    return hub.do(actor, decide, **meta)


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
    _known(hub, partner)
    return _on(
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
    _known(hub, partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        block = made(act, "block")
        work.consents(citizen, act).set_block(block, partner, act, categories=categories, words=words)
        return {"block": block}

    return _on(hub, actor, citizen, decide, meta)


def lift_block(hub: Hub, actor: Actor, citizen: UUID, block: UUID, **meta: Unpack[Meta]) -> Answer:
    """Lift a block."""
    return _on(
        hub, actor, citizen, lambda work, act: work.consents(citizen, act).lift_block(block, act), meta
    )


def agree_text(
    hub: Hub, actor: Actor, citizen: UUID, partner: UUID, text: Text, **meta: Unpack[Meta]
) -> Answer:
    """Agree on exactly what a partner is told."""
    _known(hub, partner)
    return _on(
        hub,
        actor,
        citizen,
        lambda work, act: work.consents(citizen, act).authorise_text(partner, text, act),
        meta,
    )


# Plans.


def open_plan(
    hub: Hub, actor: Actor, citizen: UUID, kind: str, text: Text | None = None, **meta: Unpack[Meta]
) -> Answer:
    """Open a plan: handleplan (the authority) or indsatsplan (a provider)."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        plan = made(act, "plan")
        work.add(Plan.begin(plan, citizen, kind, act, text=text))
        return {"plan": plan}

    return _on(hub, actor, citizen, decide, meta)


def on_plan(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    plan: UUID,
    do: Callable[[Plan, Act], dict[str, UUID] | None],
    **meta: Unpack[Meta],
) -> Answer:
    """Anything else on a plan: `do` calls one of its commands."""
    return _on(
        hub, actor, citizen, lambda work, act: do(_of(citizen, work.get(Plan, plan, "plan")), act), meta
    )


# Meetings.


def convene(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    kind: str,
    starts: datetime,
    purpose: Text | None,
    place: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Call a meeting."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        meeting = made(act, "meeting")
        work.add(
            Meeting.convene(meeting, citizen, act, kind=kind, starts=starts, purpose=purpose, place=place)
        )
        return {"meeting": meeting}

    return _on(hub, actor, citizen, decide, meta)


def on_meeting(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    meeting: UUID,
    do: Callable[[Meeting, Act], dict[str, UUID] | None],
    **meta: Unpack[Meta],
) -> Answer:
    """Anything else on a meeting: `do` calls one of its commands."""
    return _on(
        hub,
        actor,
        citizen,
        lambda work, act: do(_of(citizen, work.get(Meeting, meeting, "meeting")), act),
        meta,
    )


# Handovers.


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
    _known(hub, to_partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        grants = _resting_on(hub, act, citizen, to_partner, items, approved=approved)
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

    return _on(hub, actor, citizen, decide, meta)


def _resting_on(
    hub: Hub, act: Act, citizen: UUID, to_partner: UUID, items: tuple[UUID, ...], *, approved: bool
) -> frozenset[UUID]:
    viewer = hub.state(citizen).viewer(to_partner, to_microseconds(act.recorded_at))
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

    return hub.do(actor, decide, **meta)


def _of(citizen: UUID, aggregate: P) -> P:
    if aggregate.citizen_id != citizen:
        raise NotFound("There is nothing of that kind on this citizen: check the reference.")
    return aggregate


def _known(hub: Hub, partner: UUID) -> None:
    if hub.partners().get(partner) is None:
        raise NotFound("No such partner is registered: hub partner list shows them.")
