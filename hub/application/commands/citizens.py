"""The citizen: enrolled, hopes, who has a task or acts for the citizen, contact, address, crisis, treatment, death."""

from datetime import date
from typing import Unpack
from uuid import UUID, uuid4, uuid5

from hub.aggregates import Act, Actor, Citizen, Consents, Text
from hub.aggregates.base import of_sector, own_id
from hub.aggregates.needs import CrisisAgreementMade, TreatmentNoted
from hub.application.commands.base import Meta, check_public, on_citizen
from hub.application.hub import Answer, Hub, Work, made
from hub.errors import NotFound
from hub.vault import Identity
from hub.vocabulary import Sector


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
    """Enrol a citizen, which the authority does; sent again, it is the same one.

    The name goes to the vault, a reference everywhere else.
    """
    of_sector(
        actor, Sector.AUTHORITY, what="Enrolling a citizen"
    )  # before the vault is asked: it is no look-up
    command = meta["command_id"] = meta.get("command_id") or uuid4()
    citizen_id = citizen or _cut_off(hub, identity) or uuid5(command, "citizen")

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.add(Citizen.enrol(citizen_id, act, text=text))
        return {"citizen": citizen_id}

    if identity is not None:
        hub.vault.enrol(citizen_id, identity, by_name=by_name)
    return hub.do(actor, decide, **meta)


def _cut_off(hub: Hub, identity: Identity | None) -> UUID | None:
    """Whom an enrolment that was cut off left in the vault: somebody with that CPR number and no event at all."""
    if identity is None or identity.cpr is None:
        return None
    owner = hub.vault.citizen_by_cpr(identity.cpr)
    return owner if owner is not None and not hub.log.of_citizens([owner]) else None


def tell_hope(
    hub: Hub, actor: Actor, citizen: UUID, words: Text, *, undecided: bool = False, **meta: Unpack[Meta]
) -> Answer:
    """Write a hope down, word for word; `undecided`: not known yet, which is an answer."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        hope = made(act, "hope")
        work.citizen(citizen).tell_hope(hope, words, act, undecided=undecided)
        return {"hope": hope}

    return on_citizen(hub, actor, citizen, decide, meta)


def retell_hope(
    hub: Hub, actor: Actor, citizen: UUID, hope: UUID, words: Text, **meta: Unpack[Meta]
) -> Answer:
    """Tell a hope anew."""
    return on_citizen(
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

    return on_citizen(hub, actor, citizen, decide, meta)


def release_coordinator(hub: Hub, actor: Actor, citizen: UUID, **meta: Unpack[Meta]) -> Answer:
    """End the coordinator's task."""
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).release_coordinator(act), meta
    )


def end_contact_person(hub: Hub, actor: Actor, citizen: UUID, person: UUID, **meta: Unpack[Meta]) -> Answer:
    """End a contact person's task."""
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).end_contact_person(person, act), meta
    )


def end_relation(
    hub: Hub, actor: Actor, citizen: UUID, partner: UUID, person: UUID | None, **meta: Unpack[Meta]
) -> Answer:
    """End a task."""
    return on_citizen(
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
    together: bool = False,
    **meta: Unpack[Meta],
) -> Answer:
    """Write down that there was contact."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).record_contact(
            act, day=day, text=text, absence=absence, together=together
        ),
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

    return on_citizen(hub, actor, citizen, decide, meta)


def register_representative(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    person: UUID,
    scope: frozenset[str],
    *,
    text: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Let somebody who works at no partner act for the citizen, in these categories."""
    check_public(hub, actor, "Registering a representative")
    found = hub.vault.persons([person]).get(person)
    if found is None or found.partner is not None:
        raise NotFound(
            "A representative is registered as a person without an organisation first (hub representative person)."
        )

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        representative = made(act, "representative")
        work.citizen(citizen).register_representative(representative, person, scope, act, text=text)
        return {"representative": representative}

    return on_citizen(hub, actor, citizen, decide, meta)


def end_representative(
    hub: Hub, actor: Actor, citizen: UUID, person: UUID, *, text: Text | None = None, **meta: Unpack[Meta]
) -> Answer:
    """The person no longer acts for the citizen."""
    check_public(hub, actor, "Ending a representative")
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).end_representative(person, act, text=text),
        meta,
    )


def protect_address(
    hub: Hub, actor: Actor, citizen: UUID, *, text: Text | None = None, **meta: Unpack[Meta]
) -> Answer:
    """The address leaves no public body from now on."""
    check_public(hub, actor, "Protecting an address")
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).protect_address(act, text=text), meta
    )


def unprotect_address(
    hub: Hub, actor: Actor, citizen: UUID, *, text: Text | None = None, **meta: Unpack[Meta]
) -> Answer:
    """The address needs no protection any more."""
    check_public(hub, actor, "Ending the protection of an address")
    return on_citizen(
        hub, actor, citizen, lambda work, act: work.citizen(citizen).unprotect_address(act, text=text), meta
    )


def make_crisis_agreement(hub: Hub, actor: Actor, citizen: UUID, text: Text, **meta: Unpack[Meta]) -> Answer:
    """Write down what helps in a crisis, and whom to call."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).tell(CrisisAgreementMade, act, text=text),
        meta,
    )


def note_treatment(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    text: Text | None = None,
    following: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Write down what treatment there is now, and what comes next."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).tell(TreatmentNoted, act, text=text, next=following),
        meta,
    )
