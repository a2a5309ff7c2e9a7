"""A new coordinator, or a new steady contact, and nothing open is forgotten. Completes the group `citizen`."""

from typing import Annotated
from uuid import UUID

from hub.application import commands
from hub.cli.base import verb
from hub.cli.closing import app
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Person,
    TaskPurpose,
    done,
    meta,
    option,
)
from hub.cli.session import Session, needed_uuid, session, written
from hub.cli.telling import settled

__all__ = ["app"]

Carry = Annotated[
    list[str] | None,
    option(
        "--carry",
        "En aftale eller et samtykke, der går videre (hub handover left viser dem); kan gentages.",
        "An agreement or a consent that goes on (hub handover left shows them); can be repeated.",
        "REF",
    ),
]
LetGo = Annotated[
    list[str] | None,
    option(
        "--let-go",
        "En aftale eller et samtykke, der slutter her; kan gentages.",
        "An agreement or a consent that ends here; can be repeated.",
        "REF",
    ),
]
Reason = Annotated[
    str | None,
    option("--reason", "Hvorfor (- læser fra stdin).", "Why (- reads stdin).", "TEXT"),
]


def _settling(
    s: Session,
    citizen: UUID,
    carry: list[str] | None,
    let_go: list[str] | None,
    reason: str | None,
    label: list[str] | None,
) -> commands.Settling:
    for one in (*(carry or ()), *(let_go or ())):
        needed_uuid(one, "REF")
    return commands.Settling(
        tuple(settled(s, citizen, one) for one in carry or ()),
        tuple(settled(s, citizen, one) for one in let_go or ()),
        written(reason, label),
    )


@verb(
    app,
    "change-coordinator",
    "Skift tovholder: den ene slipper, den anden tager over, i samme øjeblik.",
    "Change the coordinator: one lets go, the other takes over, in the same moment.",
    "hub citizen change-coordinator CITIZEN --person nina --carry REF --let-go REF \\\n"
    '    --reason "Flytter afdeling" --label plan --as mette',
)
def change_coordinator(
    citizen: Citizen,
    person: Person,
    as_: As,
    purpose: TaskPurpose = "coordination",
    carry: Carry = None,
    let_go: LetGo = None,
    reason: Reason = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Change the coordinator."""
    terms = meta(command_id, occurred)
    with session() as s:
        whom, where = s.staff(person)
        actor, who = s.actor(as_), s.citizen(citizen)
        s.hub.check_may_write(actor, who)
        settling = _settling(s, who, carry, let_go, reason, label)
        answer = commands.change_coordinator(s.hub, actor, who, where, whom, purpose, settling, **terms)
        done(answer, "der er en ny tovholder", "there is a new coordinator", as_json=json)


@verb(
    app,
    "change-contact-person",
    "Skift fast kontaktperson, når overleveringen er taget imod.",
    "Change the steady contact, once the handover is accepted.",
    "hub citizen change-contact-person CITIZEN --from mette --person jonas --as mette",
)
def change_contact_person(
    citizen: Citizen,
    outgoing: Annotated[str, option("--from", "Den, der slipper.", "Who lets go.", "PERSON")],
    person: Person,
    as_: As,
    purpose: TaskPurpose = "support",
    carry: Carry = None,
    let_go: LetGo = None,
    reason: Reason = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Change the steady contact."""
    terms = meta(command_id, occurred)
    with session() as s:
        whom, where = s.staff(person)
        leaving, _ = s.staff(outgoing)
        actor, who = s.actor(as_), s.citizen(citizen)
        s.hub.check_may_write(actor, who)
        settling = _settling(s, who, carry, let_go, reason, label)
        answer = commands.change_contact_person(
            s.hub, actor, who, leaving, where, whom, purpose, settling, **terms
        )
        done(answer, "der er en ny fast kontaktperson", "there is a new contact person", as_json=json)
