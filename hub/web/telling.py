"""Forms made from the events whose classes say their own rule: a field for each of theirs, one choice of labels."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple, get_args
from uuid import UUID

from hub.aggregates import TOLD, Text, Told
from hub.aggregates.matters import fields_of, required
from hub.texts import VALUES, Pair, say, word
from hub.web.forms import CATEGORIES, Posted
from hub.wording import FIELDS

ABOUT: Final = "om"
"""The field with what all the texts of a form are about."""
LABELS: Final[Mapping[str, Pair]] = MappingProxyType({
    "words": ("Med borgerens egne ord", "In the citizen's own words"),
    "text": ("Det, du vil skrive", "What you want to write"),
    "with_citizen": ("Er det skrevet sammen med borgeren?", "Is it written together with the citizen?"),
    "met": ("Bliver ønsket opfyldt?", "Is the wish met?"),
    "granted": ("Bliver støtten bevilget?", "Is the support granted?"),
    "outreach": ("Hvordan må vi række ud imens?", "How may we reach out meanwhile?"),
    "until": ("Til og med", "Until and including"),
    "due": ("Senest", "At the latest"),
    "before": ("Hvordan var det før?", "How was it before?"),
    "after": ("Hvordan er det nu?", "How is it now?"),
    "result": ("Hvad følger af det?", "What follows from it?"),
    "job_at_risk": ("Er et arbejde i fare?", "Is a job at risk?"),
    "area": ("Hvilken del af livet?", "Which part of life?"),
    "phase": ("Hvilken fase?", "Which phase?"),
    "pathway": ("Hvilket forløb?", "Which pathway?"),
})  # fmt: skip


class Field(NamedTuple):
    """One field of a form."""

    name: str
    kind: str
    """`text`, `yes` (or no), `tick`, `day`, `choice`, `number` or `line`."""
    label: str
    needed: bool
    choices: tuple[tuple[str, str], ...] = ()


def class_of(event: str) -> type[Told]:
    """The class of an event by its name."""
    return TOLD[f"{event}.v1"]


def fields_for(event: str, *, without: Iterable[str] = ()) -> list[Field]:
    """The fields that somebody fills in: all but the matter, and what follows from who acts or where it stands."""
    what = class_of(event)
    rule, left_out = what.RULE, {*without, what.RULE.matter}
    choices = dict(rule.one_of)
    found = []
    for name, hint in fields_of(what).items():
        kind = _kind(hint, name, choices)
        if name in left_out or kind is None:
            continue
        label = say(*LABELS.get(name, FIELDS.get(name, (name, name))))
        shown = tuple((each, word(VALUES, each)) for each in choices.get(name, ()))
        found.append(Field(name, kind, label, name in required(what), shown))
    return found


def _kind(hint: Any, name: str, choices: Mapping[str, Any]) -> str | None:
    if name in choices:
        return "choice"
    bare = {each for each in (get_args(hint) or (hint,)) if each is not type(None)}
    kinds = {Text: "text", bool: "yes", date: "day", int: "number", str: "line"}
    return next((kind for each, kind in kinds.items() if each in bare), None) if UUID not in bare else None


def read(form: Posted, fields: Iterable[Field], *, needs: Iterable[str] = ()) -> dict[str, Any]:
    """What was written; what is wrong is noted on the form. All texts carry the labels chosen for the form."""
    chosen = [one for one in form.all(f"{ABOUT}_label") if one in CATEGORIES]
    said: dict[str, Any] = {}
    for field in fields:
        said[field.name] = _value(form, field, chosen)
    texts = [field.name for field in fields if field.kind == "text" and form.get(field.name).strip()]
    if texts and not chosen:
        form.wrong(f"{ABOUT}_label", say("Vælg, hvad det handler om.", "Choose what it is about."))
    wanted = list(needs)
    if wanted and not any(form.get(name).strip() for name in wanted):
        form.wrong(wanted[0], say("Skriv noget.", "Write something."))
    return said


def _value(form: Posted, field: Field, chosen: list[str]) -> Any:
    name = field.name
    needed = say("Det her mangler.", "This is missing.") if field.needed else None
    readers: dict[str, Callable[[], Any]] = {
        "text": lambda: _text(form, name, needed, chosen),
        "tick": lambda: form.yes(name),
        "yes": lambda: {"ja": True, "nej": False}.get(form.choice(name, ("ja", "nej"), needed=needed) or ""),
        "day": lambda: form.day(name, needed=needed),
        "choice": lambda: form.choice(name, [value for value, _ in field.choices], needed=needed),
        "number": lambda: _number(form, name, form.line(name, needed=needed)),
        "line": lambda: form.line(name, needed=needed),
    }
    return readers[field.kind]()


def _number(form: Posted, name: str, line: str | None) -> int | None:
    if line is None or (line.isdecimal() and len(line) < 6):  # noqa: PLR2004 - days, or people
        return None if line is None else int(line)
    form.wrong(name, say("Skriv et helt tal.", "Write a whole number."))
    return None


def _text(form: Posted, name: str, needed: str | None, chosen: list[str]) -> Text | None:
    return form.text(name, labels=chosen) if form.line(name, needed=needed) and chosen else None
