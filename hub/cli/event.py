"""What is said of something that is written already: corrected, labelled anew, disputed, on the wrong citizen."""

from typing import Annotated, Any, Final
from uuid import UUID

import orjson

from hub.aggregates import Actor
from hub.aggregates.amending import OCCURRED
from hub.application import commands
from hub.application.commands.amending import subject_of
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import (
    As,
    AsReader,
    Citizen,
    CommandId,
    Json,
    Labels,
    TextOption,
    argument,
    chosen,
    done,
    meta,
    option,
)
from hub.cli.session import Session, day, moment, needed, needed_uuid, session, slug, written
from hub.cli.show import wrapped
from hub.cli.telling import add_told
from hub.cli.told_verbs import EVENT
from hub.clock import copenhagen_day, to_microseconds
from hub.errors import BadInput
from hub.texts import ROLES, day_text, say, word
from hub.wording import FIELDS

app: Final = group(
    "Det, der står: ret det, mærk det om, vær uenig, sig at det er en andens.",
    "What is written: correct it, label it anew, disagree, say it is somebody else's.",
    'hub event correct CITIZEN REF --field words --text "To hunde" --label wishes --as mette',
)

Ref = Annotated[
    str,
    argument("REF", "Det, det handler om (hub timeline --refs).", "What it is about (hub timeline --refs)."),
]
Reason = Annotated[str | None, option("--reason", "Hvorfor.", "Why.", "TEXT")]
YES, NO = ("ja", "yes", "true"), ("nej", "no", "false")


@verb(
    app,
    "correct",
    "Ret et felt, eller hvornår det skete.",
    "Correct a field, or when it happened.",
    'hub event correct CITIZEN REF --field words --text "To hunde" --label wishes --as mette\n'
    "hub event correct CITIZEN REF --field day --value 2026-03-01 --as mette\n"
    'hub event correct CITIZEN REF --field occurred --value "2026-03-01 10:00" --as mette',
)
def correct(
    citizen: Citizen,
    ref: Ref,
    field: Annotated[
        str,
        option("--field", "Feltet; occurred er tidspunktet.", "The field; occurred is the time.", "FIELD"),
    ],
    as_: As,
    text: TextOption = None,
    value: Annotated[
        str | None,
        option(
            "--value",
            "En dag, et tidspunkt (undated = vides ikke), ja/nej eller et ord.",
            "A day, a time (undated = not known), yes/no or a word.",
            "VALUE",
        ),
    ] = None,
    reason: Reason = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Correct."""
    needed_uuid(ref, "REF")
    which = field_called(field)
    terms, said, why = meta(command_id), written(text, label), written(reason, label)
    if (said is None) == (value is None):
        raise BadInput(
            say(
                "Skriv det rigtige: --text med --label, eller --value.",
                "Write what is right: --text with --label, or --value.",
            )
        )
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        event = s.event(who, ref, "REF")
        plain = None if value is None else plain_value(s, actor, who, event, which, value)
        answer = commands.correct(
            s.hub, actor, who, event, which, text=said, value=plain, reason=why, **terms
        )
        done(answer, "det er rettet", "it is corrected", as_json=json)


def field_called(text: str) -> str:
    """A field by the code's name or, where that means one only, by the word that the timeline shows for it."""
    wanted = slug(text)
    found = [name for name, pair in FIELDS.items() if wanted in map(slug, pair)]
    return found[0] if text not in FIELDS and len(found) == 1 else text


def plain_value(s: Session, actor: Actor, citizen: UUID, event: UUID, field: str, value: str) -> str | None:
    """A value as people write it, as the JSON that a correction holds."""
    if field == OCCURRED:
        return None if value == "undated" else _json(moment(value, "--value").isoformat())
    s.hub.check_may_write(actor, citizen)
    subject = subject_of(s.hub, actor, citizen, event)
    shape, before = subject.shape(field), subject.opened.body[field]
    if shape.type == "date":
        return _json(day(value, "--value").isoformat())
    if shape.type == "microseconds":
        return _json(to_microseconds(moment(value, "--value")))
    if isinstance(before, bool) and value.lower() in YES + NO:
        return _json(value.lower() in YES)
    return _json(value)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


@verb(
    app,
    "relabel",
    "Sig, hvad det også handler om.",
    "Say what it is about as well.",
    "hub event relabel CITIZEN REF --field words --add health --as mette\n"
    "hub event relabel CITIZEN REF --field words --remove health --as citizen",
)
def relabel(
    citizen: Citizen,
    ref: Ref,
    as_: As,
    field: Annotated[
        str | None,
        option("--field", "Feltet; ellers det hele.", "The field; otherwise all of it.", "FIELD"),
    ] = None,
    add: Annotated[
        list[str] | None,
        option("--add", "Et mærke mere; kan gentages.", "One more label; can be repeated.", "CATEGORY"),
    ] = None,
    remove: Annotated[
        list[str] | None,
        option(
            "--remove",
            "Et mærke væk (kun borgeren); kan gentages.",
            "A label less (the citizen alone).",
            "CATEGORY",
        ),
    ] = None,
    reason: Reason = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Label anew."""
    needed_uuid(ref, "REF")
    terms, why = meta(command_id), written(reason, label)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.relabel(
            s.hub,
            actor,
            who,
            s.event(who, ref, "REF"),
            field and field_called(field),
            add=chosen(add) or frozenset(),
            remove=chosen(remove) or frozenset(),
            reason=why,
            **terms,
        )
        done(answer, "det er mærket om", "it is labelled anew", as_json=json)


@verb(
    app,
    "dispute",
    "Vær uenig i noget, der står; det vises ved siden af.",
    "Disagree with what is written; it is shown beside it.",
    'hub event dispute CITIZEN REF "Sådan var det ikke" --label wishes --as citizen',
)
def dispute(
    citizen: Citizen,
    ref: Ref,
    words: Annotated[
        str,
        argument(
            "WORDS", "Borgerens egne ord (- læser fra stdin).", "The citizen's own words (- reads stdin)."
        ),
    ],
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Dispute."""
    needed_uuid(ref, "REF")
    terms, said = meta(command_id), needed(words, label)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.dispute(s.hub, actor, who, s.event(who, ref, "REF"), said, **terms)
        done(answer, "uenigheden er skrevet ned", "the disagreement is written down", as_json=json)


@verb(
    app,
    "misfile",
    "Noget står på den forkerte borger: slet ordene.",
    "It stands on the wrong citizen: destroy the words.",
    'hub event misfile CITIZEN REF --reason "Det var en anden borger" --label plan --as mette',
)
def misfile(
    citizen: Citizen,
    ref: Ref,
    reason: Annotated[
        str,
        option(
            "--reason",
            "Hvorfor, uden den anden borgers navn.",
            "Why, without the other citizen's name.",
            "TEXT",
        ),
    ],
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Mark as written on the wrong citizen."""
    needed_uuid(ref, "REF")
    terms, why = meta(command_id), needed(reason, label)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.misfile(s.hub, actor, who, s.event(who, ref, "REF"), why, **terms)
        done(
            answer,
            "ordene er væk; se hvem der nåede at læse dem med hub event readers",
            "the words are gone; hub event readers shows who had read them",
            as_json=json,
        )


@verb(
    app,
    "readers",
    "Hvem der kan have læst noget, der blev taget væk.",
    "Who can have read something that was taken away.",
    "hub event readers CITIZEN REF --as citizen",
)
def readers(citizen: Citizen, ref: Ref, as_: AsReader, *, json: Json = False) -> None:
    """Who can have read it."""
    needed_uuid(ref, "REF")
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        s.acting = reader.person and reader.person.partner
        found = s.wired.access.readers(reader, who, s.event(who, ref, "REF"))
        names = s.names({read.partner for read in found if read.partner is not None})
        lines = [
            {
                "day": copenhagen_day(read.at).isoformat(),
                "partner": read.partner and str(read.partner),
                "name": read.partner and names.get(read.partner),
                "function": read.function,
            }
            for read in found
        ]
        if json:
            out_json(lines)
            return
        if not found:
            out(say("Ingen andre har kunnet læse det.", "Nobody else can have read it."))
        system = say("organisationens eget system", "the organisation's own system")
        for read in found:
            by = (
                f"{names.get(read.partner)}, {read.function or system}"
                if read.partner
                else word(ROLES, "citizen")
            )
            wrapped(f"{day_text(copenhagen_day(read.at))}: {by}")


add_told(app, "hub event", EVENT)
