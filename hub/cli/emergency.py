"""Emergency access: for one person, with a reason and a second person, for eight hours; reviewed by somebody else."""

from typing import Annotated, Final

from hub.application import commands
from hub.cli.base import group, note, verb
from hub.cli.options import As, Citizen, CommandId, Json, Labels, argument, done, meta, option
from hub.cli.session import needed, needed_uuid, session
from hub.texts import say

app: Final = group(
    "Værdispring: læs det nødvendige, når et liv eller helbred står på spil.",
    "Emergency access: read what is needed when a life or health is at stake.",
    'hub emergency open CITIZEN --reason "Svarer ikke" --label health --confirmed-by kim --as vagt',
)

Access = Annotated[str, argument("ACCESS", "Værdispringet, eller dets ref.", "The access, or its ref.")]


@verb(
    app,
    "open",
    "Åbn for kontaktpersoner, kriseaftale og behandling i otte timer. Borgeren får besked.",
    "Open contact persons, crisis agreement and treatment for eight hours. The citizen is told.",
    'hub emergency open CITIZEN --reason "Svarer ikke" --label health --confirmed-by kim --as vagt\n'
    'hub emergency open CITIZEN --reason "Svarer ikke" --label health --call-back --as vagt',
)
def open_(
    citizen: Citizen,
    as_: As,
    reason: Annotated[
        str, option("--reason", "Hvorfor (- læser fra stdin).", "Why (- reads stdin).", "TEXT")
    ],
    label: Labels = None,
    confirmed_by: Annotated[
        str | None,
        option("--confirmed-by", "En anden, der bekræfter det.", "Somebody else, who confirms it.", "PERSON"),
    ] = None,
    command_id: CommandId = None,
    *,
    call_back: Annotated[
        bool, option("--call-back", "Du er ringet op igen og har bekræftet.", "You were called back.")
    ] = False,
    json: Json = False,
) -> None:
    """Open emergency access."""
    terms, why = meta(command_id), needed(reason, label)
    with session() as s:
        actor = s.actor(as_)
        answer = commands.open_emergency(
            s.hub,
            actor,
            s.citizen(citizen),
            reason=why,
            confirmed_by=None if confirmed_by is None else s.staff(confirmed_by)[0],
            call_back=call_back,
            sectors=s.wired.settings.emergency,
            **terms,
        )
        done(answer, "værdispringet er åbent i otte timer", "it is open for eight hours", as_json=json)
        note(
            say(
                "Læs med --purpose emergency. Luk det, når du er færdig; en anden gennemgår det bagefter.",
                "Read with --purpose emergency. Close it when you are done; somebody else reviews it afterwards.",
            )
        )


@verb(
    app,
    "close",
    "Luk et værdispring, når det ikke længere er nødvendigt.",
    "Close an emergency access when it is needed no longer.",
    "hub emergency close CITIZEN ACCESS --as vagt",
)
def close(
    citizen: Citizen, access: Access, as_: As, command_id: CommandId = None, *, json: Json = False
) -> None:
    """Close emergency access."""
    needed_uuid(access, "ACCESS")
    terms = meta(command_id)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.close_emergency(s.hub, actor, who, s.resolved(who, access, "access"), **terms)
        done(answer, "værdispringet er lukket", "the emergency access is closed", as_json=json)


@verb(
    app,
    "review",
    "Gennemgå et værdispring bagefter: en anden end den, der læste og bekræftede.",
    "Review an emergency access afterwards: somebody else than who read and confirmed.",
    'hub emergency review CITIZEN ACCESS --text "Kun kriseaftalen blev læst" \\\n'
    "    --label contact --justified --as leder",
)
def review(
    citizen: Citizen,
    access: Access,
    as_: As,
    text: Annotated[
        str,
        option(
            "--text",
            "Hvad gennemgangen viste (- læser fra stdin).",
            "What it showed (- reads stdin).",
            "TEXT",
        ),
    ],
    label: Labels = None,
    command_id: CommandId = None,
    *,
    justified: Annotated[
        bool | None,
        option("--justified/--not-justified", "Om det var begrundet.", "Whether it was justified."),
    ] = None,
    json: Json = False,
) -> None:
    """Review emergency access."""
    needed_uuid(access, "ACCESS")
    terms, words = meta(command_id), needed(text, label)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        which = s.resolved(who, access, "access")
        answer = commands.review_emergency(s.hub, actor, who, which, text=words, justified=justified, **terms)
        done(answer, "gennemgangen er noteret", "the review is recorded", as_json=json)
