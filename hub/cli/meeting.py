"""Meetings: convened with a purpose, participants invited and approved, held or cancelled; agreements followed up."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from hub.aggregates import Act, Meeting
from hub.application import commands
from hub.application.commands import Meta
from hub.application.hub import Answer, made
from hub.cli.base import group, verb
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Partner,
    TextOption,
    Words,
    argument,
    done,
    meta,
    option,
    together,
)
from hub.cli.session import Session, day, moment, needed, needed_uuid, session, written
from hub.errors import BadInput
from hub.texts import say

app: Final = group(
    "Møder: hvorfor, hvem der kommer, og hvad der aftales.",
    "Meetings: why, who comes, and what is agreed.",
    "hub meeting approve CITIZEN MEETING jobcenter --as citizen",
)

MeetingArgument = Annotated[str, argument("MEETING", "Mødet, eller dets ref.", "The meeting, or its ref.")]
AgreementArgument = Annotated[
    str, argument("AGREEMENT", "Aftalen, eller dens ref.", "The agreement, or its ref.")
]
PurposeText = Annotated[
    str | None,
    option("--purpose-text", "Hvad mødet er til for.", "What the meeting is for.", "TEXT"),
]
Place = Annotated[str | None, option("--place", "Hvor.", "Where.", "TEXT")]
Knows = Annotated[
    list[str] | None,
    option(
        "--knows",
        "… og må derved kende til; kan gentages.",
        "… and may thereby know of; can be repeated.",
        "PARTNER",
    ),
]
Do = Callable[[Meeting, Act], dict[str, UUID] | None]


def _on(citizen: str, meeting: str, who: str, terms: Meta, do: Callable[[Session, UUID], Do]) -> Answer:
    needed_uuid(meeting, "MEETING")
    with session() as s:
        whom, actor = s.citizen(citizen), s.actor(who)
        s.hub.check_may_write(actor, whom)
        return commands.on_meeting(s.hub, actor, whom, s.resolve(whom, meeting), do(s, whom), **terms)


def _partners(s: Session, names: list[str] | None, what: str) -> tuple[UUID, ...]:
    return together(*(s.partner(name, what) for name in names or ()))


@verb(
    app,
    "convene",
    "Indkald et møde. Uden et formål er der intet møde.",
    "Call a meeting. Without a purpose there is none.",
    'hub meeting convene CITIZEN --kind network --starts "2026-03-03 10:00" \\\n'
    '    --purpose-text "Næste skridt" --label meetings --as mette',
)
def convene(
    citizen: Citizen,
    starts: Annotated[
        str,
        option(
            "--starts", "Hvornår, fx “2026-03-03 10:00”.", "When, for example “2026-03-03 10:00”.", "WHEN"
        ),
    ],
    as_: As,
    kind: Annotated[
        str,
        option(
            "--kind",
            "coordinating, network, open_dialogue, follow_up.",
            "coordinating, network, open_dialogue, follow_up.",
            "KIND",
        ),
    ] = "coordinating",
    purpose_text: PurposeText = None,
    place: Place = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Convene."""
    terms, begins = meta(command_id, occurred), moment(starts, "--starts")
    why, where = written(purpose_text, label), written(place, label)
    with session() as s:
        answer = commands.convene(
            s.hub,
            s.actor(as_),
            s.citizen(citizen),
            kind=kind,
            starts=begins,
            purpose=why,
            place=where,
            **terms,
        )
        done(answer, "mødet er indkaldt", "the meeting is called", as_json=json)


@verb(
    app,
    "invite",
    "Invitér en organisation; den ser det, når borgeren godkender.",
    "Invite an organisation; it sees it when the citizen approves.",
    "hub meeting invite CITIZEN MEETING jobcenter --with myndighed \\\n"
    '    --purpose-text "Næste skridt" --label meetings --as mette',
)
def invite(
    citizen: Citizen,
    meeting: MeetingArgument,
    partner: Partner,
    as_: As,
    others: Annotated[
        list[str] | None,
        option(
            "--with",
            "Hvem der ellers er inviteret; kan gentages.",
            "Who else is invited; can be repeated.",
            "PARTNER",
        ),
    ] = None,
    purpose_text: PurposeText = None,
    place: Place = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Invite."""
    why, where = written(purpose_text, label), written(place, label)
    if why is None:
        raise BadInput(
            say(
                "--purpose-text mangler: sig, hvad mødet er til for.",
                "--purpose-text is missing: say what the meeting is for.",
            )
        )

    def do(s: Session, _citizen: UUID) -> Do:
        whom, listed = s.partner(partner), _partners(s, others, "--with")
        return lambda found, act: found.invite(whom, listed, act, purpose=why, place=where)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "invitationen er skrevet", "the invitation is recorded", as_json=json)


@verb(
    app,
    "approve",
    "Godkend, hvem der kommer, og hvem de derved får at vide om.",
    "Approve who comes, and of whom they thereby learn.",
    "hub meeting approve CITIZEN MEETING jobcenter --knows myndighed --as citizen",
)
def approve(
    citizen: Citizen,
    meeting: MeetingArgument,
    partners: Annotated[list[str], argument("PARTNER...", "De inviterede.", "Those invited.")],
    as_: As,
    knows: Knows = None,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Approve."""
    said = written(words, label)

    def do(s: Session, _citizen: UUID) -> Do:
        invited, known = _partners(s, partners, "PARTNER"), _partners(s, knows, "--knows")
        return lambda found, act: found.approve(invited, known, act, words=said)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "deltagerne er godkendt", "the participants are approved", as_json=json)


@verb(
    app,
    "withdraw-approval",
    "Tag en godkendelse tilbage.",
    "Take an approval back.",
    "hub meeting withdraw-approval CITIZEN MEETING jobcenter --as citizen",
)
def withdraw_approval(
    citizen: Citizen,
    meeting: MeetingArgument,
    partner: Partner,
    as_: As,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Withdraw an approval."""
    said = written(words, label)

    def do(s: Session, _citizen: UUID) -> Do:
        whom = s.partner(partner)
        return lambda found, act: found.withdraw_approval(whom, act, words=said)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "godkendelsen er taget tilbage", "the approval is taken back", as_json=json)


@verb(
    app,
    "hold",
    "Noter, at mødet blev holdt: hvem kom, og var borgeren med?",
    "Record that the meeting was held: who came, and did the citizen take part?",
    "hub meeting hold CITIZEN MEETING --came jobcenter --citizen-took-part --as mette",
)
def hold(
    citizen: Citizen,
    meeting: MeetingArgument,
    as_: As,
    came: Annotated[
        list[str] | None,
        option("--came", "Hvem der kom; kan gentages.", "Who came; can be repeated.", "PARTNER"),
    ] = None,
    took_part: Annotated[
        bool | None,
        option("--citizen-took-part/--citizen-absent", "Var borgeren med?", "Did the citizen take part?"),
    ] = None,
    told_by: Annotated[
        str | None,
        option(
            "--told-by", "Hvem der fortæller borgeren om det.", "Who tells the citizen about it.", "PERSON"
        ),
    ] = None,
    text: TextOption = None,
    why_not: Annotated[
        str | None,
        option("--why-not", "Hvorfor borgeren ikke var med.", "Why the citizen did not take part.", "TEXT"),
    ] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Hold."""
    if took_part is None:
        raise BadInput(
            say(
                "Var borgeren med? Skriv --citizen-took-part eller --citizen-absent.",
                "Did the citizen take part? Write --citizen-took-part or --citizen-absent.",
            )
        )
    said, absent = written(text, label), written(why_not, label)

    def do(s: Session, _citizen: UUID) -> Do:
        who = _partners(s, came, "--came")
        teller = None if told_by is None else s.person(told_by).id
        return lambda found, act: found.hold(
            who, act, citizen_took_part=took_part, told_by=teller, text=said, why_not=absent
        )

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "mødet er holdt", "the meeting is held", as_json=json)


@verb(
    app,
    "cancel",
    "Aflys mødet; det, invitationerne åbnede, lukker.",
    "Cancel the meeting; what the invitations opened closes.",
    "hub meeting cancel CITIZEN MEETING --as mette",
)
def cancel(
    citizen: Citizen,
    meeting: MeetingArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Cancel."""
    said = written(text, label)
    answer = _on(
        citizen,
        meeting,
        as_,
        meta(command_id, occurred),
        lambda *_: lambda found, act: found.cancel(act, text=said),
    )
    done(answer, "mødet er aflyst", "the meeting is cancelled", as_json=json)


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
        others, known = _partners(s, parties, "--party"), _partners(s, knows, "--knows")

        def decide(found: Meeting, act: Act) -> dict[str, UUID]:
            agreement = made(act, "agreement")
            found.agree(agreement, act, owner=who, parties=others, what=said, knows=known, due=last)
            return {"agreement": agreement}

        return decide

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
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
        which = s.resolve(whom, agreement, "agreement")
        return lambda found, act: found.complete(which, act, text=said)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
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
        which = s.resolve(whom, agreement, "agreement")
        return lambda found, act: found.delay(which, last, act, text=said)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
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
        which = s.resolve(whom, agreement, "agreement")
        return lambda found, act: found.drop(which, act, text=said)

    answer = _on(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "aftalen er droppet", "the agreement is dropped", as_json=json)
