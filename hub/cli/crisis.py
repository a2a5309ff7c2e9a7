"""What somebody must know in an emergency: the crisis agreement and the treatment. Completes the group `citizen`."""

from typing import Annotated

from hub.application import commands
from hub.cli.base import verb
from hub.cli.citizen import WordsArgument, app
from hub.cli.options import As, Citizen, CommandId, Json, Labels, Occurred, TextOption, done, meta, option
from hub.cli.session import needed, session, written

__all__ = ["app"]


@verb(
    app,
    "crisis-agreement",
    "Skriv en kriseaftale: hvad der hjælper, og hvem man ringer til.",
    "Write a crisis agreement: what helps, and whom to call.",
    'hub citizen crisis-agreement CITIZEN "Ring til min søster" --label plan --as citizen',
)
def crisis_agreement(
    citizen: Citizen,
    words: WordsArgument,
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Make a crisis agreement."""
    terms, said = meta(command_id, occurred), needed(words, label)
    with session() as s:
        answer = commands.make_crisis_agreement(s.hub, s.actor(as_), s.citizen(citizen), said, **terms)
        done(answer, "kriseaftalen er skrevet ned", "the crisis agreement is written down", as_json=json)


@verb(
    app,
    "treatment",
    "Noter den behandling, der er nu, eller det næste skridt.",
    "Note the treatment there is, or the next step.",
    'hub citizen treatment CITIZEN --text "Samtaler" --next "3. april" --label health --as palle',
)
def treatment(
    citizen: Citizen,
    as_: As,
    text: TextOption = None,
    following: Annotated[str | None, option("--next", "Det næste skridt.", "The next step.", "TEXT")] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Note the treatment."""
    terms = meta(command_id, occurred)
    said, later = written(text, label), written(following, label)
    with session() as s:
        answer = commands.note_treatment(
            s.hub, s.actor(as_), s.citizen(citizen), text=said, following=later, **terms
        )
        done(answer, "behandlingen er noteret", "the treatment is noted", as_json=json)
