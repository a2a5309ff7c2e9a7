"""Organisations and the people who work there."""

from typing import Annotated, Any, Final
from uuid import UUID, uuid4, uuid5

from hub.application import commands
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.options import (
    AsOperator,
    Categories,
    CommandId,
    Json,
    Partner,
    Purposes,
    argument,
    categories_of,
    done,
    meta,
    option,
    purposes_of,
)
from hub.cli.partner_topic import (
    access_to,
    already,
    follow,
    open_if_it_answers,
    overlap_of,
    tell,
    told,
    wants_topic,
    without_secret,
)
from hub.cli.person import check_registers_persons, phone_number, short_name, there
from hub.cli.session import day, needed_uuid, session
from hub.cli.show import wrapped
from hub.cli.sql import SQL
from hub.errors import BadInput
from hub.texts import CATEGORIES, PURPOSES, SECTORS, say, word, words
from hub.vocabulary import Sector, label_names, purpose_names

app: Final = group(
    "Organisationer: hvem de er, og hvad de højst kan få.",
    "Organisations: who they are, and what they can get at most.",
    'hub partner register --name "Jobcenter Nord" --sector jobcentre --purpose employment',
)


@verb(
    app,
    "register",
    "Registrér en organisation. Den får intet, før den har et loft.",
    "Register an organisation. It gets nothing before it has a ceiling.",
    'hub partner register --name "Jobcenter Nord" --sector jobcentre --purpose employment',
)
def register(
    name: Annotated[str, option("--name", "Navnet.", "The name.", "NAME")],
    sector: Annotated[
        str, option("--sector", "Sektoren, fx jobcentre.", "The sector, for example jobcentre.", "SECTOR")
    ],
    purpose: Purposes = None,
    reveals: Annotated[
        list[str] | None,
        option(
            "--reveals",
            "Hvad navnet røber; kan gentages.",
            "What the name reveals; can be repeated.",
            "CATEGORY",
        ),
    ] = None,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    private: Annotated[bool, option("--private", "Ingen offentlig myndighed.", "No public body.")] = False,
    topic: Annotated[
        bool | None,
        option(
            "--topic/--no-topic",
            "Med eller uden emne på Kafka (ellers efter sektor).",
            "With or without a topic on Kafka (otherwise by sector).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Register an organisation."""
    if sector not in set(Sector):
        known = ", ".join(Sector)
        raise BadInput(
            say(
                f"--sector er ingen sektor: vælg en af {known}.",
                f"--sector is no sector: choose one of {known}.",
            )
        )
    terms = meta(command_id)
    with session() as s:
        actor, opens = s.registrar(as_), wants_topic(s, Sector(sector), topic=topic)
        answer = commands.register_partner(
            s.hub,
            actor,
            name=name,
            sector=Sector(sector),
            purposes=purposes_of(purpose) or frozenset(),
            reveals=categories_of(reveals) or frozenset(),
            public_body=not private,
            **terms,
        )
        issued = open_if_it_answers(s, actor, UUID(answer.ids["partner"])) if opens else None
        if json:
            found = {"recorded": answer.position > 0, "position": answer.position, "ids": answer.ids}
            out_json({**found, "broker": told(issued)} if opens else found)
            return
        done(answer, "organisationen er registreret", "the organisation is registered", as_json=False)
        if issued is not None:
            tell(issued)


@verb(
    app,
    "topic",
    "Åbn en organisations emne på Kafka, og vis dens hemmelighed.",
    "Open an organisation's topic on Kafka, and show its secret.",
    "hub partner topic jobcenter",
)
def topic_(
    partner: Partner, as_: AsOperator = "operator", command_id: CommandId = None, *, json: Json = False
) -> None:
    """Open a partner's topic."""
    terms = meta(command_id)
    with session() as s:
        issued = access_to(s).open(s.registrar(as_), s.partner(partner), **terms)
        if json:
            out_json({"broker": told(issued)})
        elif issued is None:
            out(already())
        else:
            tell(issued)


@verb(
    app,
    "rotate",
    "Giv en organisation en ny hemmelighed til Kafka; begge virker en tid.",
    "Give an organisation a new secret for Kafka; both work for a while.",
    "hub partner rotate jobcenter --overlap 7d",
)
def rotate(
    partner: Partner,
    overlap: Annotated[
        str,
        option(
            "--overlap",
            "Hvor længe den forrige også virker (ellers 7d; 0 = slet ikke).",
            "How long the earlier one works too (otherwise 7d; 0 = not at all).",
            "TIME",
        ),
    ] = "7d",
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Give a partner a new secret."""
    terms, both = meta(command_id), overlap_of(overlap)
    with session() as s:
        issued = access_to(s).rotate(s.registrar(as_), s.partner(partner), both, **terms)
        if json:
            out_json({"broker": told(issued)})
        else:
            tell(issued)


@verb(
    app,
    "ceiling",
    "Vedtag, hvad en organisation højst kan få; ellers sektorens loft.",
    "Adopt what an organisation can get at most; otherwise its sector's.",
    "hub partner ceiling jobcenter --category contact --category plan",
)
def ceiling(
    partner: Partner,
    category: Categories = None,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    nothing: Annotated[bool, option("--nothing", "Intet som helst.", "Nothing at all.")] = False,
    json: Json = False,
) -> None:
    """Adopt a ceiling."""
    terms, wanted = meta(command_id), frozenset[str]() if nothing else categories_of(category)
    with session() as s:
        answer = commands.adopt_ceiling(s.hub, s.registrar(as_), s.partner(partner), wanted, **terms)
        done(answer, "loftet er vedtaget", "the ceiling is adopted", as_json=json)


@verb(
    app,
    "agreement",
    "Noter databehandleraftalen med en organisation.",
    "Record the data agreement with an organisation.",
    "hub partner agreement jobcenter 2026-117 --until 2027-12-31",
)
def agreement(
    partner: Partner,
    reference: Annotated[str, argument("REFERENCE", "Aftalens journalnummer.", "The agreement's reference.")],
    until: Annotated[
        str | None, option("--until", "Gælder til og med.", "Holds until and including.", "DATE")
    ] = None,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Record an agreement."""
    terms, last = meta(command_id), None if until is None else day(until, "--until")
    with session() as s:
        actor, where = s.registrar(as_), s.partner(partner)
        answer = commands.record_partner_agreement(s.hub, actor, where, reference, last, **terms)
        done(answer, "aftalen er noteret", "the agreement is recorded", as_json=json)


@verb(
    app,
    "suspend",
    "Stop alt til en organisation, straks.",
    "Stop everything to an organisation, at once.",
    'hub partner suspend jobcenter --reason "Brud på aftalen"',
)
def suspend(
    partner: Partner,
    reason: Annotated[str, option("--reason", "Hvorfor (ingen personer).", "Why (no persons).", "TEXT")],
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Suspend an organisation."""
    terms = meta(command_id)
    with session() as s:
        answer = commands.suspend_partner(s.hub, s.registrar(as_), s.partner(partner), reason, **terms)
        follow(s)
        done(answer, "organisationen er suspenderet", "the organisation is suspended", as_json=json)


@verb(
    app,
    "resume",
    "Luk en organisation ind igen.",
    "Let an organisation in again.",
    "hub partner resume jobcenter",
)
def resume(
    partner: Partner, as_: AsOperator = "operator", command_id: CommandId = None, *, json: Json = False
) -> None:
    """Resume an organisation."""
    terms = meta(command_id)
    with session() as s:
        where = s.partner(partner)
        answer = commands.resume_partner(s.hub, s.registrar(as_), where, **terms)
        follow(s)
        done(answer, "organisationen er med igen", "the organisation is in again", as_json=json)
        if without_secret(s, where):
            note(
                say(
                    "Dens hemmelighed blev taget tilbage: kør hub partner rotate.",
                    "Its secret was taken back: run hub partner rotate.",
                )
            )


@verb(
    app,
    "person",
    "Registrér en, der arbejder i en organisation.",
    "Register somebody who works at an organisation.",
    'hub partner person jobcenter ann --name "Ann Test" --function sagsbehandler',
)
def person(
    partner: Partner,
    short: Annotated[str, argument("SHORT", "Kort navn, til --as.", "Short name, for --as.")],
    name: Annotated[str, option("--name", "Navnet.", "The name.", "NAME")],
    function: Annotated[str, option("--function", "Funktion.", "Function.", "TEXT")],
    phone: Annotated[
        str | None,
        option(
            "--phone",
            "Telefon, som borgerne kan ringe til.",
            "Telephone that citizens can call.",
            "NUMBER",
        ),
    ] = None,
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Register a person."""
    chosen_name, reached_at = short_name(short), phone_number(phone)
    if not name.strip():
        raise BadInput("--name is empty: write the person's name.")
    command = None if command_id is None else needed_uuid(command_id, "--command-id")
    identity = uuid4() if command is None else uuid5(command, "person")
    with session() as s:
        check_registers_persons(s.registrar(as_))
        where = s.partner(partner)
        if command is None or not there(s, chosen_name, identity):
            s.wired.vault.register_person(identity, chosen_name, where, function, name.strip(), reached_at)
        if json:
            out_json({"recorded": True, "ids": {"person": str(identity)}})
        else:
            told = say(
                "Registreret: personen kan bruges med --as", "Registered: the person can be used with --as"
            )
            out(f"{told} {chosen_name}. person={identity}")


@verb(
    app,
    "list",
    "Vis organisationerne, deres lofter og medarbejdere.",
    "Show the organisations, their ceilings and people.",
    "hub partner list --json",
)
def list_partners(*, json: Json = False) -> None:
    """List the organisations."""
    with session() as s:
        facts, named = s.hub.partners(), s.partners()
        with s.wired.database.connection() as connection:
            ids = [row[0] for row in connection.execute(SQL["persons"]).fetchall()]
        people = sorted(s.wired.vault.persons(ids).values(), key=lambda one: one.slug)
        found: list[dict[str, Any]] = []
        for identity, (name, sector) in sorted(named.items(), key=lambda pair: pair[1]):
            fact = facts.get(identity)
            if fact is None:
                continue
            found.append(
                {
                    "partner": str(identity),
                    "name": name,
                    "sector": sector,
                    "suspended": fact.suspended,
                    "public_body": fact.public,
                    "purposes": purpose_names(fact.purposes),
                    "reveals": label_names(fact.reveals),
                    "ceiling": label_names(fact.ceiling),
                    "persons": [
                        {"short": p.slug, "person": str(p.id), "name": p.name, "function": p.function}
                        for p in people
                        if p.partner == identity
                    ],
                }
            )
        if json:
            out_json(found)
            return
        if not found:
            out(say("Ingen organisation er registreret endnu.", "No organisation is registered yet."))
        for one in found:
            away = say(" – SUSPENDERET", " – SUSPENDED") if one["suspended"] else ""
            wrapped(f"{one['name']} ({word(SECTORS, one['sector'])}){away}")
            out(f"  {one['partner']}")
            nothing = say("intet", "nothing")
            wrapped(f"{say('Formål', 'Purposes')}: {words(PURPOSES, one['purposes']) or nothing}", "  ")
            wrapped(f"{say('Loft', 'Ceiling')}: {words(CATEGORIES, one['ceiling']) or nothing}", "  ")
            if one["reveals"]:
                wrapped(
                    f"{say('Navnet røber', 'The name reveals')}: {words(CATEGORIES, one['reveals'])}", "  "
                )
            for someone in one["persons"]:
                wrapped(f"{someone['short']}: {someone['name']}, {someone['function']}", "  ")
