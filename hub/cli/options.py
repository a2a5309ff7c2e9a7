"""The options that many commands have, written once."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from hub.aggregates.terms import written_categories, written_purposes
from hub.application.commands import Meta
from hub.application.hub import Answer
from hub.cli.base import out, out_json
from hub.cli.session import moment, needed_uuid, sees_positions
from hub.texts import say


def option(flag: str, da: str, en: str, metavar: str | None = None) -> Any:
    """An option with help in two languages."""
    return typer.Option(flag, help=say(da, en), metavar=metavar, show_default=False)


def argument(metavar: str, da: str, en: str) -> Any:
    """An argument with help in two languages."""
    return typer.Argument(help=say(da, en), metavar=metavar, show_default=False)


As = Annotated[
    str,
    option(
        "--as",
        "Hvem: en registreret persons korte navn, eller citizen.",
        "Who: a registered person's short name, or citizen.",
        "WHO",
    ),
]
AsReader = Annotated[
    str,
    option(
        "--as",
        "Hvem der læser: en persons korte navn, citizen eller operator.",
        "Who reads: a person's short name, citizen or operator.",
        "WHO",
    ),
]
AsOperator = Annotated[
    str,
    option(
        "--as",
        "Hvem: operator (ellers en fra myndigheden).",
        "Who: operator (or somebody at the authority).",
        "WHO",
    ),
]
Purpose = Annotated[
    str | None,
    option(
        "--purpose",
        "Hvad der læses til: opgavens formål, fx coordination.",
        "What it is read for: the task's purpose, for example coordination.",
        "PURPOSE",
    ),
]
TaskPurpose = Annotated[
    str,
    option(
        "--purpose",
        "Opgavens formål: coordination, treatment, support, casework, employment.",
        "The task's purpose: coordination, treatment, support, casework, employment.",
        "PURPOSE",
    ),
]
Json = Annotated[bool, option("--json", "Svar som JSON.", "Answer as JSON.")]
Labels = Annotated[
    list[str] | None,
    option(
        "--label",
        "Hvad teksten handler om, fx meetings; kan gentages.",
        "What the text is about, for example meetings; can be repeated.",
        "CATEGORY",
    ),
]
TextOption = Annotated[
    str | None, option("--text", "Fri tekst (- læser fra stdin).", "Free text (- reads stdin).", "TEXT")
]
Words = Annotated[
    str | None,
    option(
        "--words",
        "Borgerens egne ord (- læser fra stdin).",
        "The citizen's own words (- reads stdin).",
        "TEXT",
    ),
]
Person = Annotated[str, option("--person", "Personens korte navn.", "The person's short name.", "PERSON")]
Day = Annotated[str | None, option("--day", "Hvilken dag.", "Which day.", "DATE")]
Until = Annotated[
    str | None, option("--until", "Til og med denne dag.", "Until and including this day.", "DATE")
]
Categories = Annotated[
    list[str] | None,
    option("--category", "En kategori; kan gentages.", "A category; can be repeated.", "CATEGORY"),
]
Purposes = Annotated[
    list[str] | None,
    option("--purpose", "Et formål; kan gentages.", "A purpose; can be repeated.", "PURPOSE"),
]
CommandId = Annotated[
    str | None,
    option(
        "--command-id",
        "Egen uuid: sendt igen med den samme noteres intet to gange.",
        "A uuid of your own: sent again with the same one, nothing is recorded twice.",
        "UUID",
    ),
]
Occurred = Annotated[
    str | None,
    option(
        "--occurred",
        "Hvornår det skete (ellers nu); undated = vides ikke.",
        "When it happened (otherwise now); undated = not known.",
        "WHEN",
    ),
]
Citizen = Annotated[
    str,
    argument(
        "CITIZEN",
        "Borgerens reference; i demonstrationen også navnet.",
        "The citizen's reference; in the demonstration also the name.",
    ),
]
Partner = Annotated[
    str,
    argument(
        "PARTNER",
        "En organisation: nok af navnet eller sektoren, eller dens id.",
        "An organisation: enough of its name or sector, or its id.",
    ),
]


def meta(command_id: str | None, occurred: str | None = None) -> Meta:
    """What any command carries."""
    found: Meta = {}
    if command_id is not None:
        found["command_id"] = needed_uuid(command_id, "--command-id")
    if occurred is not None:
        happened: datetime | None = None if occurred == "undated" else moment(occurred, "--occurred")
        found["occurred_at"] = happened
    return found


def done(answer: Answer, da: str, en: str, *, as_json: bool) -> None:
    """What was recorded, the ids it made, and for whom it tells nothing of others its place in the log: one line."""
    place = {"position": answer.position} if sees_positions() else {}
    if as_json:
        out_json({"recorded": answer.position > 0, **place, "ids": answer.ids})
        return
    if answer.position == 0:
        out(say("Der var intet at notere.", "There was nothing to record."))
        return
    ids = "".join(f" {name}={value}" for name, value in answer.ids.items())
    at = "".join(f" {name}={value}" for name, value in place.items())
    out(f"{say('Noteret', 'Recorded')}: {say(da, en)}.{ids}{at}")


def taken_down(answer: Answer, da: str, en: str, *, as_json: bool) -> None:
    """A withdrawal that was taken down; a stranger is told the same whether there was something to take back or not."""
    if as_json or answer.position or sees_positions():
        done(answer, da, en, as_json=as_json)
        return
    out(
        say(
            "Noteret: det, der måtte være givet, er trukket tilbage.",
            "Recorded: whatever may have been given is withdrawn.",
        )
    )


def chosen(values: list[str] | None) -> frozenset[str] | None:
    """A repeated option as a set; commas serve as well. None when it was not given."""
    if not values:
        return None
    return frozenset(part for value in values for part in value.replace(",", " ").split())


def categories_of(values: list[str] | None) -> frozenset[str] | None:
    """Categories, refused here where one is none; None when the option was not given."""
    found = chosen(values)
    if found is not None:
        written_categories(found)
    return found


def purposes_of(values: list[str] | None) -> frozenset[str] | None:
    """Purposes, refused here where one is none; None when the option was not given."""
    found = chosen(values)
    if found is not None:
        written_purposes(found)
    return found


def together(*ids: UUID) -> tuple[UUID, ...]:
    """Ids without repetition, in a fixed order."""
    return tuple(sorted(set(ids)))
