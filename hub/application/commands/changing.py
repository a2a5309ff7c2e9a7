"""A new coordinator, or a new steady contact: at every moment there is exactly one, and nothing open is forgotten."""

from typing import Final, NamedTuple, Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Citizen, Handover, Text
from hub.aggregates.base import own_id
from hub.aggregates.handover import HandoverKind
from hub.aggregates.people import Task, task_of
from hub.application.commands.base import Meta, on_citizen
from hub.application.commands.settling import carry_over, check_settled, let_go, parts_of
from hub.application.hub import Answer, Hub, Work, made
from hub.errors import BadInput, WrongStatus

_TAKES_OVER = {
    "coordinator": (HandoverKind.RESPONSIBILITY,),
    "contact_person": (HandoverKind.CONTACT_PERSON, HandoverKind.RESPONSIBILITY),
}
"""The kinds of handover by which each is passed on."""


class Settling(NamedTuple):
    """What becomes of the open agreements and consents of whoever passes on, and why."""

    carry: tuple[UUID, ...] = ()
    let_go: tuple[UUID, ...] = ()
    reason: Text | None = None


NOTHING_OPEN: Final = Settling()


def change_coordinator(  # noqa: PLR0917 - whom, where and what for
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    partner: UUID,
    person: UUID,
    purpose: str,
    settling: Settling = NOTHING_OPEN,
    **meta: Unpack[Meta],
) -> Answer:
    """One coordinator is released and the next assigned, in one transaction.

    To another organisation only once it has accepted the responsibility, and every open agreement and consent of the
    outgoing one's organisation is settled. Of two who do it at once, one loses.
    """
    before = None if hub.rehearsing else _coordinator(hub, citizen)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        found, task = work.citizen(citizen), made(act, "task")
        if found.coordinator is None:
            raise WrongStatus(
                "The citizen has no coordinator to take over from: assign one (hub citizen assign-coordinator)."
            )
        if before is not None and found.coordinator != before:
            raise WrongStatus("Somebody else changed the coordinator just now: look again before you do.")
        outgoing = found.tasks[found.coordinator]
        _pass_on(hub, work, act, citizen, outgoing, partner, person, settling)
        found.release_coordinator(act)
        found.assign_coordinator(task, partner, person, purpose, act)
        return {"task": task}

    return on_citizen(hub, actor, citizen, decide, meta)


def change_contact_person(  # noqa: PLR0917 - from whom, to whom, where and what for
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    outgoing: UUID,
    partner: UUID,
    person: UUID,
    purpose: str,
    settling: Settling = NOTHING_OPEN,
    **meta: Unpack[Meta],
) -> Answer:
    """A steady contact ends and the next begins, in one transaction, once the handover is accepted."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        found, task = work.citizen(citizen), made(act, "task")
        leaving = found.tasks[task_of(found.tasks, "contact_person", None, outgoing)]
        _pass_on(hub, work, act, citizen, leaving, partner, person, settling)
        found.end_contact_person(outgoing, act)
        found.assign_contact_person(task, partner, person, purpose, act)
        return {"task": task}

    return on_citizen(hub, actor, citizen, decide, meta)


def _coordinator(hub: Hub, citizen: UUID) -> UUID | None:
    """The coordinator's task as it stands when the command is given."""
    found = Work(hub, fresh=True).find(Citizen, own_id(citizen, "citizen"))
    return None if found is None else found.coordinator


def _pass_on(  # noqa: PLR0917 - from whom and to whom
    hub: Hub,
    work: Work,
    act: Act,
    citizen: UUID,
    outgoing: Task,
    partner: UUID,
    person: UUID,
    settling: Settling,
) -> None:
    """Settle what is open, and complete the handover by which it is passed on."""
    if outgoing.person == person:
        raise WrongStatus("That person has the task already: choose the one who takes over.")
    handover = next(
        (
            part
            for part in parts_of(hub, work, citizen)
            if isinstance(part, Handover)
            and part.kind in _TAKES_OVER[outgoing.kind]
            and part.status == "accepted"
            and (part.from_partner, part.to_partner) == (outgoing.partner, partner)
        ),
        None,
    )
    if handover is None:
        _without_handover(outgoing, partner, settling)
        return
    for what in settling.carry:
        carry_over(hub, work, handover, what, act, text=settling.reason)
    for what in settling.let_go:
        let_go(hub, work, handover, what, act, text=settling.reason)
    handover.complete(act, text=settling.reason)
    check_settled(hub, work, handover)


def _without_handover(outgoing: Task, partner: UUID, settling: Settling) -> None:
    """Between colleagues everything simply goes on; a steady contact is passed on all the same."""
    if outgoing.partner != partner:
        raise WrongStatus(
            "The new organisation has not taken it on: propose a handover of responsibility, and let them accept it "
            "(hub handover propose --kind responsibility)."
        )
    if outgoing.kind == "contact_person":
        raise WrongStatus(
            "A steady contact is passed on with a handover: propose one to the colleague, and let them accept it "
            "(hub handover propose --kind contact_person)."
        )
    if settling.carry or settling.let_go:
        raise BadInput("Between colleagues everything simply goes on: leave --carry and --let-go out.")
