"""Legal bases: the table, what is registered for a citizen, and single disclosures that were made by law."""

from typing import Annotated, Any, Final
from uuid import UUID

from hub.aggregates import Partner as PartnerAggregate
from hub.application import commands
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.consent import sources_of
from hub.cli.consent_list import in_use
from hub.cli.options import (
    As,
    Categories,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Partner,
    Purposes,
    TextOption,
    Until,
    argument,
    categories_of,
    done,
    meta,
    option,
    purposes_of,
)
from hub.cli.session import Session, last_moment, needed_uuid, session, window, written
from hub.cli.show import wrapped
from hub.legal import LegalBasis, legal_bases, legal_basis
from hub.texts import LAW, SECTORS, say, word
from hub.vocabulary import Sector

app: Final = group(
    "Hjemler i loven: hvad der må, eller skal, deles uden samtykke.",
    "Bases in law: what may, or must, be shared without a consent.",
    "hub basis list --partner jobcenter",
)

Row = Annotated[
    str, argument("BASIS", "Rækken i tabellen (hub basis list).", "The row of the table (hub basis list).")
]


@verb(
    app,
    "list",
    "Vis tabellen, og hvad der er i brug: det, organisationens jurist har bekræftet.",
    "Show the table, and what is in use: what the organisation's lawyer has confirmed.",
    "hub basis list --partner jobcenter",
)
def list_bases(
    partner: Annotated[
        str | None,
        option("--partner", "Kun for denne organisation.", "For this organisation alone.", "PARTNER"),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """List the table."""
    with session() as s:
        only = None if partner is None else s.partner(partner, "--partner")
        names = s.partners()
        users = confirmed(s, names if only is None else [only])
        rows = [row for row in legal_bases().values() if only is None or row.to_sector(names[only][1])]
        if json:
            out_json([_plain(row, users[row.id], names) for row in rows])
            return
        if not rows:
            out(
                say(
                    "Ingen hjemmel er til den slags organisation.",
                    "No basis is for that kind of organisation.",
                )
            )
        for row in rows:
            _show(row, [names[one][0] for one in users[row.id]], alone=only is not None)


def confirmed(s: Session, partners: Any) -> dict[str, list[UUID]]:
    """For each row, the organisations among these whose lawyer has confirmed it."""
    users: dict[str, list[UUID]] = {row: [] for row in legal_bases()}
    for partner in partners:
        found = s.hub.store.load(partner)
        for row in found.bases if isinstance(found, PartnerAggregate) else ():
            users.setdefault(row, []).append(partner)
    return users


def _show(row: LegalBasis, users: list[str], *, alone: bool) -> None:
    use = say("ikke i brug", "not in use")
    if users:
        use = (
            say("i brug", "in use")
            if alone
            else f"{say('i brug hos', 'in use at')} {', '.join(sorted(users))}"
        )
    wrapped(f"{row.id}: {say(*row.name)} – {use}")
    wrapped(f"{row.paragraph}: {'; '.join(_said(row))}.", "  ")
    to = say("til", "to")
    wrapped(f"{say('Fra', 'From')} {_sectors(row.gives)} {to} {_sectors(row.takes)}.", "  ")


def _said(row: LegalBasis) -> list[str]:
    """The conditions of a row, one after the other."""
    length = say(f"højst {row.maximum_days} dage", f"{row.maximum_days} days at most")
    waived = say("skriftligt, medmindre det fraviges", "in writing, unless that is waived")
    return [
        word(LAW, row.force),
        word(LAW, row.use),
        word(LAW, row.way),
        *([length] if row.maximum_days else []),
        *([waived if row.writing_waivable else word(LAW, "needs_writing")] if row.needs_writing else []),
        *([word(LAW, "bound_to_case")] if row.bound_to_case else []),
        word(LAW, "may_object" if row.may_object else "may_not_object"),
        word(LAW, f"decides_{row.decides}"),
        word(LAW, f"told_{row.told}"),
    ]


def _sectors(sectors: frozenset[Sector] | None) -> str:
    if sectors is None:
        return say("alle", "anybody")
    return ", ".join(word(SECTORS, sector) for sector in Sector if sector in sectors)


def _plain(row: LegalBasis, users: list[UUID], names: dict[UUID, tuple[str, str]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": say(*row.name),
        "paragraph": row.paragraph,
        "from": None if row.gives is None else sorted(row.gives),
        "to": None if row.takes is None else sorted(row.takes),
        "force": row.force,
        "way": row.way,
        "use": row.use,
        "maximum_days": row.maximum_days,
        "needs_writing": row.needs_writing,
        "writing_waivable": row.writing_waivable,
        "bound_to_case": row.bound_to_case,
        "may_object": row.may_object,
        "decides": row.decides,
        "told": row.told,
        "in_use": bool(users),
        "in_use_at": [{"partner": str(one), "name": names[one][0]} for one in users],
    }


@verb(
    app,
    "register",
    "Notér en hjemmel for en organisation. Den virker, når dens jurist har bekræftet rækken.",
    "Register a basis for an organisation. It works once its lawyer has confirmed the row.",
    "hub basis register CITIZEN socialpsykiatrien serviceloven-141 --category plan \\\n"
    "    --purpose support --case 2026-117 --in-writing --as lene",
)
def register(
    citizen: Citizen,
    partner: Partner,
    basis: Row,
    as_: As,
    category: Categories = None,
    purpose: Purposes = None,
    source: Annotated[
        list[str] | None,
        option(
            "--source",
            "Kun fra denne organisation (ellers alle, rækken tillader).",
            "From this organisation alone (otherwise all that the row allows).",
            "PARTNER",
        ),
    ] = None,
    begins: Annotated[
        str | None,
        option("--from", "Også det, der skete fra denne dag.", "Also what happened from this day.", "DATE"),
    ] = None,
    ends: Annotated[
        str | None, option("--to", "… til og med denne dag.", "… until and including this day.", "DATE")
    ] = None,
    until: Until = None,
    case: Annotated[
        str | None, option("--case", "Sagens journalnummer.", "The case's reference.", "CASE")
    ] = None,
    said: Annotated[
        str | None,
        option(
            "--words",
            "Bemærkning, fx hvorfor det ikke er skriftligt (- læser fra stdin).",
            "A remark, for example why it is not in writing (- reads stdin).",
            "TEXT",
        ),
    ] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    undated: Annotated[
        bool, option("--include-undated", "Også det, der ingen dato har.", "Also what has no date.")
    ] = False,
    in_writing: Annotated[
        bool, option("--in-writing", "Det foreligger skriftligt.", "It is in writing.")
    ] = False,
    json: Json = False,
) -> None:
    """Register a legal basis."""
    terms, last, row = meta(command_id, occurred), last_moment(until), legal_basis(basis)
    past, words = window(begins, ends, undated=undated), written(said, label)
    with session() as s:
        actor, where = s.actor(as_), s.partner(partner)
        answer = commands.register_basis(
            s.hub,
            actor,
            s.citizen(citizen),
            where,
            row.id,
            categories=categories_of(category) or frozenset(),
            purposes=purposes_of(purpose) or frozenset(),
            sources=sources_of(s, source),
            window=past,
            until=last,
            case=case,
            in_writing=in_writing,
            words=words,
            **terms,
        )
        done(answer, "hjemlen er noteret", "the basis is registered", as_json=json)
        if not in_use(s, where, row.id):
            note(
                say(
                    "Den er ikke i brug, før organisationens egen jurist har bekræftet rækken: "
                    "hub partner confirm-basis.",
                    "It is not in use before the organisation's own lawyer has confirmed the row: "
                    "hub partner confirm-basis.",
                )
            )


@verb(
    app,
    "end",
    "Lad en noteret hjemmel ophøre (borgeren kan, hvor loven giver ret til at sige fra).",
    "End a registered basis (the citizen can where the law lets them object).",
    "hub basis end CITIZEN BASIS --as lene",
)
def end(
    citizen: Citizen,
    registration: Annotated[
        str, argument("BASIS", "Noteringen, eller dens ref.", "The registration, or its ref.")
    ],
    as_: As,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """End the registration of a basis."""
    needed_uuid(registration, "BASIS")
    terms = meta(command_id)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.end_basis(s.hub, actor, who, s.resolved(who, registration, "registration"), **terms)
        done(answer, "hjemlen er ophørt", "the basis has ended", as_json=json)


@verb(
    app,
    "disclose",
    "Notér, hvad der blev givet videre efter loven, punkt for punkt. Det åbner intet i hubben.",
    "Write down what was passed on by law, item by item. It opens nothing in the hub.",
    "hub basis disclose CITIZEN myndigheden retssikkerhedsloven-11c --item REF \\\n"
    '    --text "Afleveret på papir" --label contact --as ruth',
)
def disclose(
    citizen: Citizen,
    partner: Partner,
    basis: Row,
    as_: As,
    item: Annotated[
        list[str] | None,
        option(
            "--item",
            "Et punkts ref (hub timeline --refs); kan gentages.",
            "An item's ref (hub timeline --refs); can be repeated.",
            "REF",
        ),
    ] = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Record a disclosure."""
    terms, row, words = meta(command_id, occurred), legal_basis(basis), written(text, label)
    with session() as s:
        actor, who, where = s.actor(as_), s.citizen(citizen), s.partner(partner)
        items = tuple(s.event(who, one, "--item") for one in item or ())
        answer = commands.record_disclosure(
            s.hub, actor, who, where, row.id, items=items, text=words, **terms
        )
        done(answer, "videregivelsen er noteret", "the disclosure is recorded", as_json=json)
