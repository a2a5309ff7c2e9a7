"""The one-time code that lets an organisation begin with a citizen. Completes the group `citizen`."""

import sys
from datetime import timedelta
from typing import Annotated

from hub.application import commands
from hub.cli.base import out, out_json, verb
from hub.cli.crisis import app
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Occurred,
    Partner,
    TaskPurpose,
    argument,
    done,
    meta,
    option,
)
from hub.cli.session import session
from hub.cli.show import wrapped
from hub.clock import copenhagen_day
from hub.texts import day_text, say

__all__ = ["app"]


@verb(
    app,
    "code",
    "Lav en engangskode, som en organisation kan begynde med hos borgeren: giv den til dem, du vil have med.",
    "Make a one-time code with which an organisation can begin with the citizen: hand it to those you want.",
    "hub citizen code CITIZEN jobcenter --as citizen",
)
def code(citizen: Citizen, partner: Partner, as_: As, *, json: Json = False) -> None:
    """Make a code."""
    with session() as s:
        actor, whom, where = s.actor(as_), s.citizen(citizen), s.partner(partner)
        days = s.wired.settings.link_code_days
        made = commands.make_code(s.hub, actor, whom, where, days=days)
        ends = s.hub.clock() + timedelta(days=days)
        if json:
            out_json({"code": made, "partner": str(where), "expires": ends.isoformat()})
            return
        name = s.names({where})[where]
        last = day_text(copenhagen_day(ends))
        out(say(f"Koden er {made}", f"The code is {made}"))
        wrapped(
            say(
                f"Den virker én gang, hos {name}, indtil {last}. Læs den op, eller skriv den ned: "
                "den vises ikke igen.",
                f"It works once, at {name}, until {last}. Read it aloud or write it down: "
                "it is not shown again.",
            )
        )


@verb(
    app,
    "link",
    "Begynd hos en borger med den kode, du har fået af borgeren eller tovholderen.",
    "Begin with a citizen by the code that the citizen or the coordinator gave you.",
    "hub citizen link K7RM-4QXD --purpose treatment --as kim",
)
def link(
    given: Annotated[str, argument("CODE", "Koden (- læser fra stdin).", "The code (- reads stdin).")],
    purpose: TaskPurpose,
    as_: As,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    contact_person: Annotated[
        bool, option("--contact-person", "Som fast kontaktperson.", "As the steady contact person.")
    ] = False,
    json: Json = False,
) -> None:
    """Use a code."""
    terms = meta(command_id, occurred)
    written = sys.stdin.readline() if given == "-" else given
    role = "contact_person" if contact_person else "relation"
    with session() as s:
        answer = commands.link(s.hub, s.actor(as_), written, purpose, role=role, **terms)
        done(answer, "opgaven er begyndt", "the task has begun", as_json=json)
