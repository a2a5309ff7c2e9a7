"""What organisations say of themselves: their frame, open offers, collaborations, theme days, and plain words."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from hub.aggregates import Cooperation
from hub.application import commands
from hub.application.hub import made
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import AsOperator, CommandId, Day, Json, Partner, argument, done, meta, option
from hub.cli.session import Session, day, needed_uuid, session
from hub.cli.show import wrapped
from hub.texts import VALUES, day_text, say, word

app: Final = group(
    "Organisationerne: hvad de er til for, åbne tilbud, samarbejder, ordliste.",
    "The organisations: what they are for, open offers, collaborations, plain words.",
    "hub town offers",
)
Name = Annotated[str, option("--name", "Hvad tilbuddet hedder.", "What the offer is called.", "TEXT")]
Offer = Annotated[
    str, argument("OFFER", "Tilbuddet (hub town offers --json).", "The offer (hub town offers --json).")
]
Line = Annotated[str | None, option("--law", "Loven, de arbejder efter.", "The law they work under.", "TEXT")]


def _record(
    partner: str,
    who: str,
    do: Callable[[Session, Cooperation, Any], dict[str, UUID] | None],
    said: tuple[str, str],
    command_id: str | None,
    *,
    json: bool,
) -> None:
    """One command on an organisation's own stream, by the operator or the organisation itself."""
    terms = meta(command_id)
    with session() as s:
        where = s.partner(partner)
        answer = commands.cooperate(
            s.hub, s.registrar(who), where, lambda found, act: do(s, found, act), **terms
        )
        done(answer, *said, as_json=json)


@verb(
    app,
    "describe",
    "Sig, hvad organisationen er til for, og hvad den kan og ikke kan.",
    "Say what the organisation is for, and what it can and cannot.",
    'hub town describe jobcenter --core-task "Hjælp til arbejde" --as operator',
)
def describe(
    partner: Partner,
    core_task: Annotated[str, option("--core-task", "Kerneopgaven.", "The core task.", "TEXT")],
    as_: AsOperator = "operator",
    law: Line = None,
    can: Annotated[str | None, option("--can", "Hvad de kan.", "What they can.", "TEXT")] = None,
    cannot: Annotated[
        str | None, option("--cannot", "Hvad de ikke kan.", "What they cannot.", "TEXT")
    ] = None,
    reachable: Annotated[
        str | None,
        option(
            "--reachable",
            "Hvornår og hvordan de kan kontaktes, fx hele døgnet.",
            "When and how they can be reached, for example day and night.",
            "TEXT",
        ),
    ] = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Describe an organisation."""

    def do(_: Session, found: Cooperation, act: Any) -> None:
        found.describe(act, core_task=core_task, law=law, can=can, cannot=cannot, reachable=reachable)

    said = ("organisationen er beskrevet", "the organisation is described")
    _record(partner, as_, do, said, command_id, json=json)


@verb(
    app,
    "offer",
    "Beskriv et åbent tilbud: kontakt, pris, hvem der tages imod.",
    "Describe an open offer: contact, price, whom it welcomes.",
    'hub town offer vaerestedet --name "Cafe om torsdagen" --price "gratis" --as operator',
)
def offer(
    partner: Partner,
    name: Name,
    as_: AsOperator = "operator",
    contact: Annotated[
        str | None, option("--contact", "Hvem man spørger efter.", "Whom to ask for.", "TEXT")
    ] = None,
    price: Annotated[str | None, option("--price", "Hvad det koster.", "What it costs.", "TEXT")] = None,
    welcomes: Annotated[
        str | None, option("--welcomes", "Hvem der tages imod.", "Whom it welcomes.", "TEXT")
    ] = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Describe an offer."""

    def do(_: Session, found: Cooperation, act: Any) -> dict[str, UUID]:
        identity = made(act, "offer")
        found.describe_offer(identity, act, name=name, contact=contact, price=price, welcomes=welcomes)
        return {"offer": identity}

    said = ("tilbuddet er beskrevet", "the offer is described")
    _record(partner, as_, do, said, command_id, json=json)


@verb(
    app,
    "verify-offer",
    "Tilbuddet er stadig, som det står.",
    "The offer is still as it is described.",
    "hub town verify-offer vaerestedet OFFER --as operator",
)
def verify_offer(
    partner: Partner,
    which: Offer,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Verify an offer."""
    identity = needed_uuid(which, "OFFER")
    said = ("tilbuddet er bekræftet", "the offer is verified")
    _record(
        partner, as_, lambda _, found, act: found.verify_offer(identity, act), said, command_id, json=json
    )


@verb(
    app,
    "end-offer",
    "Tilbuddet findes ikke mere.",
    "There is no such offer any more.",
    "hub town end-offer vaerestedet OFFER --as operator",
)
def end_offer(
    partner: Partner,
    which: Offer,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """End an offer."""
    identity = needed_uuid(which, "OFFER")
    said = ("tilbuddet er slut", "the offer has ended")
    _record(partner, as_, lambda _, found, act: found.end_offer(identity, act), said, command_id, json=json)


@verb(
    app,
    "agree",
    "Noter en samarbejdsaftale mellem to organisationer.",
    "Record a collaboration between two organisations.",
    "hub town agree frivilligcenter --with socialpsykiatri --reference SA-7 --day 2027-06-30 --as operator",
)
def agree(
    partner: Partner,
    other: Annotated[str, option("--with", "Den anden organisation.", "The other organisation.", "PARTNER")],
    reference: Annotated[str, option("--reference", "Aftalens nummer.", "Its reference.", "TEXT")],
    as_: AsOperator = "operator",
    until: Day = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Agree on a collaboration."""
    last = None if until is None else day(until, "--day")

    def do(s: Session, found: Cooperation, act: Any) -> dict[str, UUID]:
        identity = made(act, "collaboration")
        found.agree(identity, s.partner(other, "--with"), reference, act, until=last)
        return {"collaboration": identity}

    said = ("samarbejdet er aftalt", "the collaboration is agreed")
    _record(partner, as_, do, said, command_id, json=json)


@verb(
    app,
    "end-agreement",
    "Samarbejdsaftalen er slut.",
    "The collaboration is over.",
    "hub town end-agreement frivilligcenter COLLABORATION --as operator",
)
def end_agreement(
    partner: Partner,
    which: Annotated[str, argument("COLLABORATION", "Samarbejdet.", "The collaboration.")],
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """End a collaboration."""
    identity = needed_uuid(which, "COLLABORATION")
    said = ("samarbejdet er slut", "the collaboration has ended")
    _record(
        partner,
        as_,
        lambda _, found, act: found.end_collaboration(identity, act),
        said,
        command_id,
        json=json,
    )


@verb(
    app,
    "occasion",
    "Planlæg noget fælles: temadag, kursus, dialogmøde; eller noter, at nogen rakte ud.",
    "Plan something together: a theme day, a course, a dialogue; or note that somebody reached out.",
    'hub town occasion jobcenter --kind theme_day --title "Recovery i praksis" --day 2026-05-20 --as operator',
)
def occasion(
    partner: Partner,
    kind: Annotated[
        str,
        option(
            "--kind",
            "theme_day, course, dialogue, outreach.",
            "theme_day, course, dialogue, outreach.",
            "KIND",
        ),
    ],
    title: Annotated[str, option("--title", "Hvad det handler om.", "What it is about.", "TEXT")],
    as_: AsOperator = "operator",
    on: Day = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Plan an occasion."""
    when = None if on is None else day(on, "--day")

    def do(_: Session, found: Cooperation, act: Any) -> dict[str, UUID]:
        identity = made(act, "occasion")
        found.plan_occasion(identity, kind, title, act, day=when)
        return {"occasion": identity}

    _record(partner, as_, do, ("det er planlagt", "it is planned"), command_id, json=json)


@verb(
    app,
    "word",
    "Forklar et fagord, så alle forstår det.",
    "Explain a word of the trade so that everybody understands it.",
    'hub town word socialpsykiatri bostøtte "Hjælp i dit eget hjem" --as operator',
)
def explain_word(
    partner: Partner,
    which: Annotated[str, argument("WORD", "Ordet.", "The word.")],
    meaning: Annotated[str, argument("MEANING", "Hvad det betyder.", "What it means.")],
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Explain a word."""
    said = ("ordet er forklaret", "the word is explained")
    _record(
        partner,
        as_,
        lambda _, found, act: found.explain_word(which, meaning, act),
        said,
        command_id,
        json=json,
    )


@verb(
    app,
    "offers",
    "Vis de åbne tilbud, og hvornår nogen sidst så, at de er der.",
    "Show the open offers, and when somebody last saw that they are there.",
    "hub town offers",
)
def offers(*, json: Json = False) -> None:
    """List the open offers."""
    with session() as s:
        names = s.partners()
        found = [
            (names[partner][0], identity, each)
            for partner, stream in commands.cooperations(s.hub).items()
            for identity, each in stream.offers.items()
        ]
    if json:
        keys = ("name", "contact", "price", "welcomes")
        out_json(
            [
                {
                    "offer": str(i),
                    "by": by,
                    **{k: getattr(o, k) for k in keys},
                    "verified": o.verified.isoformat(),
                }
                for by, i, o in found
            ]
        )
        return
    if not found:
        out(say("Der er ingen tilbud endnu (hub town offer).", "There are no offers yet (hub town offer)."))
    for by, _, each in found:
        wrapped(f"{each.name} – {by}")
        for text in (each.contact, each.price, each.welcomes):
            if text:
                wrapped(text, "  ")
        wrapped(f"{say('Bekræftet', 'Verified')} {day_text(each.verified)}", "  ")


@verb(
    app,
    "show",
    "Vis, hvad organisationerne siger om sig selv, og hvad de gør sammen.",
    "Show what the organisations say of themselves, and what they do together.",
    "hub town show",
)
def show() -> None:
    """Show the organisations."""
    with session() as s:
        names, found = s.partners(), commands.cooperations(s.hub)
    for partner, stream in found.items():
        wrapped(names[partner][0])
        if stream.frame is not None:
            for label, text in (
                (say("Kerneopgave", "Core task"), stream.frame.core_task),
                (say("Lov", "Law"), stream.frame.law),
                (say("Kan", "Can"), stream.frame.can),
                (say("Kan ikke", "Cannot"), stream.frame.cannot),
                (say("Kan kontaktes", "Reachable"), stream.frame.reachable),
            ):
                if text:
                    wrapped(f"{label}: {text}", "  ")
        for each in stream.collaborations.values():
            until = f" ({say('til og med', 'until')} {day_text(each.until)})" if each.until else ""
            wrapped(
                f"{say('Samarbejder med', 'Works with')} {names[each.other][0]}: {each.reference}{until}",
                "  ",
            )
        for one in stream.occasions.values():
            when = f" {day_text(one.day)}" if one.day else ""
            wrapped(f"{word(VALUES, one.kind)}: {one.title}{when}", "  ")


@verb(app, "words", "Vis ordlisten i almindelige ord.", "Show the glossary in plain words.", "hub town words")
def show_words() -> None:
    """Show the glossary."""
    with session() as s:
        known = {
            name: text
            for stream in commands.cooperations(s.hub).values()
            for name, text in stream.words.items()
        }
    for name, text in sorted(known.items()):
        wrapped(f"{name}: {text}")
