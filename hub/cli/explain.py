"""`hub explain`: what an organisation sees of a citizen at a moment and why, what is absent and why, and what changed.

For the citizen, and for an auditor (metadata and reasons, no content). Everybody else gets the one uniform denial.
"""

from datetime import timedelta
from typing import Annotated, Final

from hub.application.explain import Asked as Question
from hub.application.explain import At
from hub.cli.base import group, out_json, verb
from hub.cli.explain_show import Words
from hub.cli.options import AsReader, Citizen, Json, Partner, Purpose, option
from hub.cli.session import day, moment, session
from hub.clock import end_of_day
from hub.errors import BadInput
from hub.texts import say

app: Final = group("Forklar.", "Explain.", "hub explain CITIZEN jobcenter --as citizen")

_MICROSECOND: Final = timedelta(microseconds=1)


@verb(
    app,
    "explain",
    "Hvad en organisation ser, og hvorfor; hvad den ikke ser, og hvorfor; og hvad der ændrede sig.",
    "What an organisation sees, and why; what it does not see, and why; and what changed.",
    "hub explain CITIZEN jobcenter --as citizen\n"
    "hub explain CITIZEN jobcenter --at 2026-03-01 --against 2026-02-01 --as citizen\n"
    'hub explain CITIZEN jobcenter --position 120 --as auditor --ground "klage 7"',
)
def explain(
    citizen: Citizen,
    partner: Partner,
    as_: AsReader,
    at: Annotated[
        str | None, option("--at", "Som det var da (en dag: ved dens slut).", "As it was then.", "WHEN")
    ] = None,
    position: Annotated[
        int | None,
        option("--position", "Som det var efter denne plads i loggen.", "As of this log position.", "NUMBER"),
    ] = None,
    against: Annotated[
        str | None,
        option(
            "--against",
            "Forskellen til dengang: tid eller plads.",
            "The difference: time or position.",
            "WHEN",
        ),
    ] = None,
    purpose: Purpose = None,
    person: Annotated[
        str | None,
        option("--person", "Som denne medarbejder ser det.", "As this member of staff sees it.", "WHO"),
    ] = None,
    event: Annotated[
        str | None, option("--event", "Kun denne hændelse (dens ref).", "This event only (its ref).", "REF")
    ] = None,
    ground: Annotated[
        str | None,
        option("--ground", "Hvorfor revisor spørger (skal med).", "Why the auditor asks (needed).", "TEXT"),
    ] = None,
    *,
    every: Annotated[bool, option("--all", "Vis hver hændelse.", "Show every event.")] = False,
    json: Json = False,
) -> None:
    """Explain what a partner sees."""
    if at is not None and position is not None:
        raise BadInput(say("Vælg --at eller --position, ikke begge.", "Choose --at or --position, not both."))
    then = At(position) if position is not None else At() if at is None else _at(at, "--at")
    other = None if against is None else _at(against, "--against")
    with session() as s:
        reader, who, where = s.reader(as_), s.citizen(citizen), s.partner(partner)
        if reader.role == "auditor" and not (ground or "").strip():
            raise BadInput(
                say("--ground mangler: sig, hvorfor du spørger.", "--ground is missing: say why you ask.")
            )
        entitled = reader.role in ("citizen", "auditor")
        asked = Question(
            then,
            other,
            purpose,
            s.person(person).id if person is not None and entitled else None,
            s.event(who, event, "--event") if event is not None and entitled else None,
        )
        found = s.wired.access.explain(reader, who, where, asked, grounds=reader.role == "auditor")
        words_of = Words(s, found, you=reader.role == "citizen")
        if json:
            out_json(words_of.plain())
        else:
            words_of.show(every=every or event is not None)


def _at(text: str, what: str) -> At:
    """A log position, a moment, or a day: then it is the end of that day in Denmark."""
    if text.strip().isdecimal():
        return At(int(text))
    try:
        ended = end_of_day(day(text, what))
    except BadInput:
        return At(before=moment(text, what))
    return At(before=ended, now=ended - _MICROSECOND)
