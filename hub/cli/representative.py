"""Who acts for the citizen: a guardian or somebody with a power of attorney, within what was recorded."""

from typing import Annotated, Final
from uuid import uuid4, uuid5

from hub.application import commands
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import (
    As,
    AsOperator,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Person,
    TextOption,
    argument,
    categories_of,
    done,
    meta,
    option,
)
from hub.cli.person import check_registers_persons, short_name, there
from hub.cli.session import needed_uuid, session, written
from hub.errors import BadInput
from hub.texts import say

app: Final = group(
    "Repræsentanter: værge eller fuldmægtig, inden for det, der er noteret.",
    "Representatives: a guardian or proxy, within what was recorded.",
    "hub representative register CITIZEN --person bodil --scope plan --scope everyday --as lene",
)


@verb(
    app,
    "person",
    "Registrér en, der skal handle for en borger og ikke er ansat nogen steder.",
    "Register somebody who is to act for a citizen and works at no partner.",
    'hub representative person bodil --name "Bodil Test" --function værge',
)
def person(
    short: Annotated[str, argument("SHORT", "Kort navn, til --as.", "Short name, for --as.")],
    name: Annotated[str, option("--name", "Navnet.", "The name.", "NAME")],
    function: Annotated[
        str, option("--function", "Fx værge, fuldmægtig.", "For example guardian, proxy.", "TEXT")
    ],
    as_: AsOperator = "operator",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Register a person who works at no partner."""
    chosen = short_name(short)
    if not name.strip():
        raise BadInput(
            say("--name er tomt: skriv personens navn.", "--name is empty: write the person's name.")
        )
    command = None if command_id is None else needed_uuid(command_id, "--command-id")
    identity = uuid4() if command is None else uuid5(command, "person")
    with session() as s:
        check_registers_persons(s.registrar(as_))
        if command is None or not there(s, chosen, identity):
            s.wired.vault.register_person(identity, chosen, None, function, name.strip())
        if json:
            out_json({"recorded": True, "ids": {"person": str(identity)}})
        else:
            told = say(
                "Registreret: næste skridt er hub representative register",
                "Registered: the next step is hub representative register",
            )
            out(f"{told} --person {chosen}. person={identity}")


@verb(
    app,
    "register",
    "Lad en person handle for borgeren i disse kategorier; myndigheden har set papirerne.",
    "Let a person act for the citizen in these categories; the authority saw the papers.",
    "hub representative register CITIZEN --person bodil --scope plan --scope everyday --as lene",
)
def register(
    citizen: Citizen,
    person: Person,
    as_: As,
    scope: Annotated[
        list[str] | None,
        option(
            "--scope",
            "Hvad der må handles om; kan gentages.",
            "What may be acted on; can be repeated.",
            "CATEGORY",
        ),
    ] = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Register a representative."""
    terms, said = meta(command_id, occurred), written(text, label)
    what = categories_of(scope)
    if what is None:
        raise BadInput(
            say(
                "--scope mangler: sig, hvad der må handles om, fx --scope plan.",
                "--scope is missing: say what may be acted on, for example --scope plan.",
            )
        )
    with session() as s:
        whom, actor = s.person(person), s.actor(as_)
        answer = commands.register_representative(
            s.hub, actor, s.citizen(citizen), whom.id, what, text=said, **terms
        )
        done(answer, "personen handler for borgeren", "the person acts for the citizen", as_json=json)


@verb(
    app,
    "end",
    "Personen handler ikke længere for borgeren; det, der er gjort, står ved magt.",
    "The person no longer acts for the citizen; what was done stands.",
    "hub representative end CITIZEN --person bodil --as lene",
)
def end(
    citizen: Citizen,
    person: Person,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """End a representative."""
    terms, said = meta(command_id, occurred), written(text, label)
    with session() as s:
        whom, actor = s.person(person), s.actor(as_)
        answer = commands.end_representative(s.hub, actor, s.citizen(citizen), whom.id, text=said, **terms)
        done(answer, "repræsentanten er stoppet", "the representative has ended", as_json=json)
