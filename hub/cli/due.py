"""Things due: my list, a citizen's own, and the table of rules in words."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from hub.application.access import Reader
from hub.application.due import DueItem, is_the_citizens_own
from hub.cli.base import group, out, out_json, verb
from hub.cli.due_rules import WHOSE, show_rules
from hub.cli.options import Json, Purpose, argument, option
from hub.cli.reading import Refs, hint, operator_sees_counts, sentence
from hub.cli.session import Session, denied, session
from hub.cli.show import wrapped
from hub.clock import copenhagen_day
from hub.desk.due import about_text, due_of, due_of_person, when_text, words_of
from hub.desk.saying import harmless
from hub.errors import BadInput, NotPermitted
from hub.texts import say, word

app: Final = group("Hvad der venter.", "What is due.", "hub due --as mette --purpose coordination")


@verb(
    app,
    "due",
    "Hvad der venter: min liste, en borgers egen, eller reglerne i ord.",
    "What is due: my list, a citizen's own, or the rules in words.",
    "hub due --as mette --purpose coordination\nhub due CITIZEN --as citizen\nhub due --rules",
)
def due(
    citizen: Annotated[str | None, argument("[CITIZEN]", "Borgeren.", "The citizen.")] = None,
    as_: Annotated[
        str | None,
        option(
            "--as",
            "Hvem der læser: en persons korte navn, eller citizen.",
            "Who reads: a person's short name, or citizen.",
            "WHO",
        ),
    ] = None,
    purpose: Purpose = None,
    *,
    refs: Refs = False,
    rules: Annotated[bool, option("--rules", "Vis reglerne i ord.", "Show the rules in words.")] = False,
    json: Json = False,
) -> None:
    """What is due."""
    if rules:
        show_rules(as_json=json)
        return
    if as_ is None:
        raise BadInput(
            say(
                "--as mangler: sig, hvem der læser (eller --rules).",
                "--as is missing: say who reads (or --rules).",
            )
        )
    with session() as s:
        reader = s.reader(as_)
        if reader.role in {"operator", "auditor"}:
            s.wired.access.counted(purpose, "due")
            raise operator_sees_counts()
        who = None if citizen is None else s.citizen(citizen)
        if reader.role == "citizen":
            if who is None:
                raise BadInput(
                    say("CITIZEN mangler: sig, hvem det er om.", "CITIZEN is missing: say whom it is about.")
                )
            _own_list(s, reader, who, as_json=json, refs=refs)
            return
        if reader.person is None or reader.role != "partner":
            raise NotPermitted(
                say(
                    "Listen er for medarbejdere og for borgeren selv.",
                    "The list is for staff, and for the citizen.",
                )
            )
        _staff_list(s, reader, purpose, who, as_json=json, refs=refs)


def _own_list(s: Session, reader: Reader, citizen: UUID, *, as_json: bool, refs: bool) -> None:
    """Everything that waits around the citizen, questions to them first."""
    if s.hub.log.first(citizen) is None:
        s.wired.access.timeline(reader, citizen, None, limit=1)  # denied, evened and logged like any stranger
    today = copenhagen_day(s.hub.clock())
    found = due_of(s, reader, citizen, None, s.wired.due.of_citizens([citizen]).get(citizen, []), today)
    questions = [item for item in found.items if is_the_citizens_own(item.rule)]
    others = [item for item in found.items if not is_the_citizens_own(item.rule)]
    if as_json:
        out_json({
            "questions": [_as_json(s, item, today) for item in questions],
            "due": [{**_as_json(s, item, today), "waits_for": _whose(s, item)} for item in others],
        })  # fmt: skip
        hint(s, reader, "due")
        return
    if not found.items:
        out(say("Der er intet, der venter.", "Nothing is due."))
    if questions:
        out(say("Spørgsmål til dig. Intet haster, og du må lade være.",
                "Questions to you. Nothing presses, and you need not answer."))  # fmt: skip
        for item in questions:
            _show(s, item, today, "", refs=refs)
    if others:
        if questions:
            out()
        out(say("Det, andre skal gøre:", "What others are to do:"))
        for item in others:
            _show(s, item, today, f" – {say('hos', 'with')} {_whose(s, item)}", refs=refs)
    hint(s, reader, "due")


def _staff_list(
    s: Session, reader: Reader, purpose: str | None, citizen: UUID | None, *, as_json: bool, refs: bool
) -> None:
    """A person's own list, by its days; with nothing to know of any citizen it is the uniform denial."""
    today = copenhagen_day(s.hub.clock())
    found = list(due_of_person(s, reader, purpose, today, citizen))
    if not found:
        raise denied()
    rows = sorted(
        ((item, each.citizen) for each in found for item in each.items),
        key=lambda row: (row[0].due, row[1], row[0].begun.position),
    )
    names = {c: _name(s, c) for _, c in rows}
    if as_json:
        out_json({
            "due": [{"citizen": str(c), "name": names[c], **_as_json(s, item, today)} for item, c in rows],
        })  # fmt: skip
        return
    if not rows:
        out(say("Der er intet på din liste.", "There is nothing on your list."))
    for item, who in rows:
        _show(s, item, today, f" – {names[who] or who}", refs=refs)
    sentence(reader)


def _name(s: Session, citizen: UUID) -> str | None:
    identity = s.wired.vault.identity(citizen) if s.wired.settings.demo else None
    return None if identity is None else identity.name


def _whose(s: Session, item: DueItem) -> str:
    """Whom it waits for, for the citizen."""
    ids = {*item.waits_for, *({item.begun.named} if item.begun.named and "named" in item.rule.who else ())}
    names = sorted(s.names(ids).values())
    roles = [word(WHOSE, who) for who in item.rule.who if who not in ("named", "received")]
    return ", ".join([*names, *roles])


def _show(s: Session, item: DueItem, today: date, whose: str, *, refs: bool) -> None:
    wrapped(f"{when_text(item, today)}{whose}", "  ")
    about = about_text(s, item)
    wrapped(say(*item.rule.says) + (f" ({about})" if about else ""), "    ")
    for words in words_of(item):
        wrapped(f"“{harmless(words)}”", "    ")
    if refs and item.entry is not None:
        out(f"    ref {item.entry.ref}")


def _as_json(s: Session, item: DueItem, today: date) -> dict[str, Any]:
    own = is_the_citizens_own(item.rule)
    return {
        "rule": item.rule.id,
        "due": item.due.isoformat(),
        "days_over": item.days_over(today),
        "softened": item.softened,
        "question": item.rule.question,
        "red": item.rule.red,
        "says": say(*item.rule.says),
        "event": item.entry and item.entry.event,
        "ref": None if item.entry is None else str(item.entry.ref),
        "about": about_text(s, item),
        "words": words_of(item),
        **({"own": True} if own else {}),
    }
