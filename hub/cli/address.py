"""The address: protected, it leaves no public body, whatever else was agreed."""

from typing import Final

from hub.application import commands
from hub.cli.base import group, verb
from hub.cli.options import As, Citizen, CommandId, Json, Labels, Occurred, TextOption, done, meta
from hub.cli.session import session, written

app: Final = group(
    "Adressen: beskyt den, eller ophæv beskyttelsen.",
    "The address: protect it, or end the protection.",
    "hub address protect CITIZEN --as citizen",
)


@verb(
    app,
    "protect",
    "Beskyt adressen: den forlader ikke offentlige myndigheder.",
    "Protect the address: it leaves no public body.",
    "hub address protect CITIZEN --as citizen",
)
def protect(
    citizen: Citizen,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Protect the address."""
    terms, said = meta(command_id, occurred), written(text, label, "address")
    with session() as s:
        answer = commands.protect_address(s.hub, s.actor(as_), s.citizen(citizen), text=said, **terms)
        done(answer, "adressen er beskyttet", "the address is protected", as_json=json)


@verb(
    app,
    "unprotect",
    "Ophæv beskyttelsen; samtykkerne gælder igen også for adressen.",
    "End the protection; the consents hold for the address again.",
    "hub address unprotect CITIZEN --as citizen",
)
def unprotect(
    citizen: Citizen,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """End the protection of the address."""
    terms, said = meta(command_id, occurred), written(text, label, "address")
    with session() as s:
        answer = commands.unprotect_address(s.hub, s.actor(as_), s.citizen(citizen), text=said, **terms)
        done(answer, "adressen er ikke længere beskyttet", "the address is not protected now", as_json=json)
