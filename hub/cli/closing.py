"""The end of the cooperation, which shows the way back, and coming back. Belongs to the group `citizen`."""

from typing import Annotated

from hub.application import commands
from hub.application.tasks import running
from hub.cli.base import out, out_json, verb
from hub.cli.linking import app
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    TextOption,
    Words,
    done,
    meta,
    option,
)
from hub.cli.session import session, written
from hub.cli.tasks import show
from hub.desk.tasks import plain, what_ends
from hub.texts import say

__all__ = ["app"]


@verb(
    app,
    "close",
    "Afslut samarbejdet: alt i det slutter, hver ting for sig, og vejen tilbage står tilbage. "
    "Se det først med hub preview citizen close.",
    "Close the cooperation: everything in it ends, each by itself, and the way back is what stays. "
    "See it first with hub preview citizen close.",
    'hub citizen close CITIZEN --way-back "Ring til Nina på 12 34 56 78" --label contact --as nina',
)
def close(
    citizen: Citizen,
    as_: As,
    way_back: Annotated[
        str | None,
        option(
            "--way-back",
            "Hvordan borgeren kommer tilbage (- læser fra stdin).",
            "How the citizen comes back (- reads stdin).",
            "TEXT",
        ),
    ] = None,
    text: TextOption = None,
    words: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Close."""
    terms = meta(command_id, occurred)
    back, said, own = written(way_back, label), written(text, label), written(words, label)
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        s.hub.check_may_write(actor, who)
        seen = [] if s.hub.rehearsing else what_ends(s, s.reader(as_), who, running(s.hub, who))
        answer = commands.close_citizen(s.hub, actor, who, way_back=back, text=said, words=own, **terms)
        if json:
            out_json({"recorded": answer.position > 0, "ids": answer.ids, "ended": plain(s, seen)})
            return
        done(answer, "samarbejdet er afsluttet", "the cooperation is closed", as_json=False)
        if seen:
            out(say("Det, I kunne se, som sluttede:", "What you could see that ended:"))
            show(s, seen)
        out(
            say(
                "Borgeren kan altid komme tilbage: hub citizen reopen.",
                "The citizen can always come back: hub citizen reopen.",
            )
        )


@verb(
    app,
    "reopen",
    "Begynd igen: historien går videre, hvor den slap. Samtykker gives på ny.",
    "Begin again: the history goes on where it was. Consents are given anew.",
    'hub citizen reopen CITIZEN --words "Jeg vil gerne i gang igen" --label wishes --as citizen',
)
def reopen(
    citizen: Citizen,
    as_: As,
    words: Words = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Reopen."""
    terms, own, said = meta(command_id, occurred), written(words, label), written(text, label)
    with session() as s:
        answer = commands.reopen_citizen(
            s.hub, s.actor(as_), s.citizen(citizen), words=own, text=said, **terms
        )
        done(answer, "samarbejdet er begyndt igen", "the cooperation has begun again", as_json=json)
