"""Meetings: convened with a purpose, participants invited and approved, held or cancelled; agreements followed up."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from hub.aggregates import Act, Meeting
from hub.application import commands
from hub.application.commands import Meta
from hub.application.hub import Answer
from hub.cli.base import group, verb
from hub.cli.gathered import warn_if_many
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
from hub.cli.session import Session, moment, needed_uuid, session, written
from hub.cli.telling import add_told
from hub.cli.told_verbs import MEETING
from hub.errors import BadInput
from hub.texts import say

app: Final = group(
    "Møder: hvorfor, hvem der kommer, og hvad der aftales.",
    "Meetings: why, who comes, and what is agreed.",
    "hub meeting approve CITIZEN MEETING jobcenter --as citizen",
)

MeetingArgument = Annotated[str, argument("MEETING", "Mødet, eller dets ref.", "The meeting, or its ref.")]
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


def on_meeting(
    citizen: str, meeting: str, who: str, terms: Meta, do: Callable[[Session, UUID], Do]
) -> Answer:
    """A verb on a meeting: `do` looks up what it names, and returns the call to make."""
    needed_uuid(meeting, "MEETING")
    with session() as s:
        whom, actor = s.citizen(citizen), s.actor(who)
        s.hub.check_may_write(actor, whom)
        return commands.on_meeting(s.hub, actor, whom, s.resolved(whom, meeting), do(s, whom), **terms)


def partners_of(s: Session, names: list[str] | None, what: str) -> tuple[UUID, ...]:
    """Several organisations, by name."""
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
        whom, listed = s.partner(partner), partners_of(s, others, "--with")
        return lambda found, act: found.invite(whom, listed, act, purpose=why, place=where)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "invitationen er skrevet", "the invitation is recorded", as_json=json)
    warn_if_many(citizen, meeting, as_, beside=json)


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
        invited, known = partners_of(s, partners, "PARTNER"), partners_of(s, knows, "--knows")
        return lambda found, act: found.approve(invited, known, act, words=said)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
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

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "godkendelsen er taget tilbage", "the approval is taken back", as_json=json)


@verb(
    app,
    "remove",
    "Tag en organisation af mødet; det, invitationen åbnede, lukker.",
    "Take an organisation off the meeting; what the invitation opened closes.",
    "hub meeting remove CITIZEN MEETING jobcenter --as citizen",
)
def remove(
    citizen: Citizen,
    meeting: MeetingArgument,
    partner: Partner,
    as_: As,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Take a participant off."""

    def do(s: Session, _citizen: UUID) -> Do:
        whom = s.partner(partner)
        return lambda found, act: found.remove(whom, act)

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
    done(answer, "organisationen er taget af mødet", "the organisation is off the meeting", as_json=json)


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
        who = partners_of(s, came, "--came")
        teller = None if told_by is None else s.person(told_by).id
        return lambda found, act: found.hold(
            who, act, citizen_took_part=took_part, told_by=teller, text=said, why_not=absent
        )

    answer = on_meeting(citizen, meeting, as_, meta(command_id, occurred), do)
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
    answer = on_meeting(
        citizen,
        meeting,
        as_,
        meta(command_id, occurred),
        lambda *_: lambda found, act: found.cancel(act, text=said),
    )
    done(answer, "mødet er aflyst", "the meeting is cancelled", as_json=json)


add_told(app, "hub meeting", MEETING)
