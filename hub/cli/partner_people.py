"""The people of organisations: who is logged in, who is logged out now, and who works there no longer."""

from typing import Annotated, Any, Final

from hub.cli.base import out, out_json, verb
from hub.cli.options import AsOperator, Json, argument, option
from hub.cli.partner_basis import app
from hub.cli.person import check_registers_persons
from hub.cli.session import Session, session
from hub.errors import BadInput
from hub.texts import moment_text, say
from hub.web.sessions import Sessions, made_ready

__all__ = ["app"]

Somebody = Annotated[str, argument("PERSON", "Kort navn.", "Short name.")]
_NOBODY: Final = ("Ingen er logget ind.", "Nobody is logged in.")


@verb(
    app,
    "signed-in",
    "Vis, hvem der er logget ind på siderne.",
    "Show who is logged in to the pages.",
    "hub partner signed-in --json",
)
def signed_in(as_: AsOperator = "operator", *, json: Json = False) -> None:
    """List who is logged in; citizens only counted."""
    with session() as s:
        check_registers_persons(s.registrar(as_))
        known, names = _sessions(s).everybody(), s.partners()
        people = s.wired.vault.persons({one.person for one in known if one.person is not None})
        rows: list[dict[str, Any]] = []
        for one in known:
            person = None if one.person is None else people.get(one.person)
            partner = None if person is None or person.partner is None else names.get(person.partner)
            rows.append(
                {
                    "short": None if person is None else person.slug,
                    "role": one.role,
                    "partner": None if partner is None else partner[0],
                    "since": one.made.isoformat(),
                    "seen": one.seen.isoformat(),
                }
            )
        if json:
            out_json(rows)
            return
        if not known:
            out(say(*_NOBODY))
        for row, one in zip(rows, known, strict=True):
            who = row["short"] or say(
                *{"citizen": ("en borger", "a citizen"), "auditor": ("revision", "audit")}.get(
                    one.role, ("drift", "operations")
                )
            )
            where = f" ({row['partner']})" if row["partner"] else ""
            since = say("siden", "since")
            out(f"{who}{where}: {since} {moment_text(one.made)}")


@verb(
    app,
    "sign-out",
    "Log en person af alle steder, nu.",
    "Log a person out everywhere, now.",
    "hub partner sign-out ann",
)
def sign_out(person: Somebody, as_: AsOperator = "operator", *, json: Json = False) -> None:
    """End a person's sessions."""
    with session() as s:
        check_registers_persons(s.registrar(as_))
        ended = _sessions(s).end_of_person(s.person(person).id)
        if json:
            out_json({"ended": ended})
        else:
            out(say(f"Logget af: {ended} steder.", f"Logged out: in {ended} places."))


@verb(
    app,
    "person-leaves",
    "En person arbejder her ikke mere: læser og skriver intet fra nu af.",
    "A person works here no longer: reads and writes nothing from now on.",
    "hub partner person-leaves ann\nhub partner person-leaves ann --back",
)
def person_leaves(
    person: Somebody,
    as_: AsOperator = "operator",
    *,
    back: Annotated[bool, option("--back", "Personen er her igen.", "The person is back.")] = False,
    json: Json = False,
) -> None:
    """End a person's access, or begin it again."""
    with session() as s:
        actor = s.registrar(as_)
        check_registers_persons(actor)
        found = s.person(person)
        if found.id == actor.person:
            raise BadInput(
                say("Det må en anden gøre for dig.", "Somebody else has to do that for you."),
            )
        s.wired.vault.leave(found.id, None if back else s.hub.clock())
        ended = _sessions(s).end_of_person(found.id)
        if json:
            out_json({"left": not back, "ended": ended})
        elif back:
            out(say("Personen kan læse og skrive igen.", "The person can read and write again."))
        else:
            out(
                say(
                    "Personen læser og skriver intet mere. Giv opgaverne videre (hub citizen assign).",
                    "The person reads and writes nothing more. Pass the tasks on (hub citizen assign).",
                )
            )


def _sessions(s: Session) -> Sessions:
    made_ready(s.wired.database)
    return Sessions(s.wired.database, s.hub.clock)
