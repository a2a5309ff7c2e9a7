"""Blocks: the citizen's "not them", "not that person" or "not this to them"; they beat every consent."""

from typing import Annotated, Final

from hub.application import commands
from hub.cli.base import group, verb
from hub.cli.options import (
    As,
    Categories,
    Citizen,
    CommandId,
    Json,
    Labels,
    Partner,
    Words,
    argument,
    categories_of,
    done,
    meta,
    option,
)
from hub.cli.session import needed_uuid, session, written

app: Final = group(
    "Spærringer: ikke dem, eller ikke det til dem.",
    "Blocks: not them, or not this to them.",
    "hub block set CITIZEN jobcenter --category health --as citizen",
)


@verb(
    app,
    "set",
    "Spær for en organisation, eller en person der: alt, eller kun disse kategorier.",
    "Block an organisation, or a person there: everything, or only these categories.",
    "hub block set CITIZEN jobcenter --category health --as citizen\n"
    "hub block set CITIZEN jobcenter --person sofie --as citizen",
)
def set_block(
    citizen: Citizen,
    partner: Partner,
    as_: As,
    category: Categories = None,
    person: Annotated[
        str | None,
        option("--person", "Kun denne person der.", "Only this person there.", "PERSON"),
    ] = None,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Set a block."""
    terms, said = meta(command_id), written(words, label)
    with session() as s:
        actor, who, where = s.actor(as_), s.citizen(citizen), s.partner(partner)
        whom = None if person is None else s.staff(person)[0]
        answer = commands.set_block(
            s.hub, actor, who, where, categories=categories_of(category), words=said, person=whom, **terms
        )
        done(answer, "spærringen gælder", "the block is in force", as_json=json)


@verb(
    app,
    "lift",
    "Hæv en spærring; kun borgeren kan.",
    "Lift a block; only the citizen can.",
    "hub block lift CITIZEN BLOCK --as citizen",
)
def lift_block(
    citizen: Citizen,
    block: Annotated[
        str, argument("BLOCK", "Spærringen (hub consent list).", "The block (hub consent list).")
    ],
    as_: As,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Lift a block."""
    needed_uuid(block, "BLOCK")
    terms = meta(command_id)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.lift_block(s.hub, actor, who, s.resolved(who, block, "block"), **terms)
        done(answer, "spærringen er hævet", "the block is lifted", as_json=json)
