"""The verbs of agreements; they belong to the group `meeting`, and complete it."""

from typing import Annotated
from uuid import UUID

from hub.aggregates import Act, Meeting
from hub.application.hub import made
from hub.cli.base import verb
from hub.cli.meeting import Do, Knows, MeetingArgument, app, on_meeting, partners_of
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Partner,
    TextOption,
    argument,
    done,
    meta,
    option,
)
from hub.cli.session import Session, day, needed, needed_uuid, written

AgreementArgument = Annotated[
    str, argument("AGREEMENT", "Aftalen, eller dens ref.", "The agreement, or its ref.")
]


@verb(
    app,
    "agree",
    "Lav en aftale: hvem gør hvad hvornår (uden --owner: borgeren selv).",
    "Make an agreement: who does what by when (without --owner: the citizen).",
    'hub meeting agree CITIZEN MEETING --what "Ringer mandag" --owner jobcenter \\\n'
    "    --due 2026-03-09 --label agreements --as mette",
)
def agree(
    citizen: Citizen,
    meeting: MeetingArgument,
    what: Annotated[str, option("--what", "Hvad der er aftalt.", "What is agreed.", "TEXT")],
    as_: As,
    owner: Annotated[str | None, option("--owner", "Hvem der gør det.", "Who does it.", "PARTNER")] = None,
    parties: Annotated[
        list[str] | None,
        option(
            "--party",
            "Hvem der ellers er med i den; kan gentages.",
            "Who else is party to it; can be repeated.",
            "PARTNER",
        ),
    ] = None,
    knows: Knows = None,
    due: Annotated[str | None, option("--due", "Senest denne dag.", "By this day.", "DATE")] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Agree."""
    said, last = needed(what, label), None if due is None else day(due, "--due")

    def do(s: Session, _citizen: UUID) -> Do:
        who = None if owner is None else s.partner(owner, "--owner")
        others, known = partners_of(s, parties, "--party"), partners_of(s, knows, "--knows")

        def decide(found: Meeting, act: Act) -> dict[str, UUID]:
            agreement = made(act, "agreement")
            found.agree(agreement, act, owner=who, parties=others, what=said, knows=known, due=last)
            return {"agreement": agreement}

        return decide

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "aftalen er lavet", "the agreement is made", as_json=json)


@verb(
    app,
    "done",
    "Aftalen er holdt, også når det blev sent.",
    "The agreement is kept, also when it is late.",
    "hub meeting done CITIZEN MEETING AGREEMENT --as ann",
)
def agreement_done(
    citizen: Citizen,
    meeting: MeetingArgument,
    agreement: AgreementArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """An agreement is done."""
    said = written(text, label)
    needed_uuid(agreement, "AGREEMENT")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, agreement, "agreement")
        return lambda found, act: found.complete(which, act, text=said)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "aftalen er holdt", "the agreement is kept", as_json=json)


@verb(
    app,
    "delay",
    "Giv en aftale en ny dato.",
    "Give an agreement a new date.",
    "hub meeting delay CITIZEN MEETING AGREEMENT --due 2026-03-16 --as ann",
)
def delay(
    citizen: Citizen,
    meeting: MeetingArgument,
    agreement: AgreementArgument,
    due: Annotated[str, option("--due", "Den nye dato.", "The new date.", "DATE")],
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Delay an agreement."""
    said, last = written(text, label), day(due, "--due")
    needed_uuid(agreement, "AGREEMENT")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, agreement, "agreement")
        return lambda found, act: found.delay(which, last, act, text=said)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "aftalen har en ny dato", "the agreement has a new date", as_json=json)


@verb(
    app,
    "drop",
    "Lad en aftale falde.",
    "Let an agreement go.",
    "hub meeting drop CITIZEN MEETING AGREEMENT --as mette",
)
def drop(
    citizen: Citizen,
    meeting: MeetingArgument,
    agreement: AgreementArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Drop an agreement."""
    said = written(text, label)
    needed_uuid(agreement, "AGREEMENT")

    def do(s: Session, whom: UUID) -> Do:
        which = s.resolved(whom, agreement, "agreement")
        return lambda found, act: found.drop(which, act, text=said)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "aftalen er droppet", "the agreement is dropped", as_json=json)


@verb(
    app,
    "remove-party",
    "Tag nogen ud af en aftale, også den, der skulle gøre det.",
    "Take somebody off an agreement, the one who was to do it too.",
    "hub meeting remove-party CITIZEN MEETING AGREEMENT jobcenter --as citizen",
)
def remove_party(
    citizen: Citizen,
    meeting: MeetingArgument,
    agreement: AgreementArgument,
    partner: Partner,
    as_: As,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Take a party off an agreement."""
    needed_uuid(agreement, "AGREEMENT")

    def do(s: Session, whom: UUID) -> Do:
        which, who = s.resolved(whom, agreement, "agreement"), s.partner(partner)
        return lambda found, act: found.remove_party(which, who, act)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "organisationen er ude af aftalen", "the organisation is off the agreement", as_json=json)
