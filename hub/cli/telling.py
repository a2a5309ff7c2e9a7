"""Verbs that are made from the events whose classes say their own rule: their options are the events' fields."""

import types
from collections.abc import Callable, Iterator
from datetime import date, datetime
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin
from uuid import UUID

import typer

from hub.aggregates import TOLD, Text, Told
from hub.aggregates.matters import AUTHORITY, CITIZEN, Rule, fields_of, for_the_citizen, required
from hub.application import commands
from hub.cli.base import verb
from hub.cli.options import As, Citizen, CommandId, Json, Labels, Occurred, argument, done, meta, option
from hub.cli.session import Session, day, last_moment, moment, needed_uuid, session, written
from hub.texts import VALUES, Pair
from hub.vocabulary import EXISTENCE, Category
from hub.wording import EVENTS, FIELDS

ON: Final = ("plan", "meeting", "handover")
"""What such an event may be recorded on besides the citizen; the verb then names it."""
_ITSELF: Final = frozenset({"participant", "provider"})
"""Organisations that follow from who acts where the rule fills them in."""
_ORGANISATIONS: Final = frozenset({"partner", "provider", "participant"})
_SETTLED: Final = "what"
"""The field that names an agreement or a consent, when somebody else takes over."""
_YES: Final = frozenset({"met", "granted", "citizen_took_part", "hopes"})
_EXAMPLES: Final = {
    "instrument": "ORS",
    "value": "27",
    "again": '"noget af det"',
    "basis": '"Forvaltningsloven § 15 a"',
    "due": "2026-06-01",
    "until": "2026-06-01",
}
"""What examples say yes to, and what they give where a word in capitals would not do."""
_EVENT: Final = "about"
"""The field that names an event by its reference."""


class Row(NamedTuple):
    """One verb: what it is called, its event, and its help."""

    name: str
    event: str
    help: Pair


class _Field(NamedTuple):
    name: str
    hint: Any
    optional: bool

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def add_told(app: typer.Typer, path: str, rows: tuple[Row, ...]) -> None:
    """Add the verbs of a group; `path` is how the group is called ("hub voice")."""
    for row in rows:
        what = TOLD[f"{row.event}.v1"]
        verb(app, row.name, *row.help, _example(path, row, what))(_function(row, what))


def _fields(what: type[Told]) -> Iterator[_Field]:
    for name, hint in fields_of(what).items():
        bare = (
            next((each for each in get_args(hint) if each is not type(None)), hint)
            if _is_union(hint)
            else hint
        )
        optional = name not in required(what)
        if name == "partner" and "person" in fields_of(what):
            continue  # the organisation follows from the person
        if name in _ITSELF and what.RULE.fill is not None:
            continue
        yield _Field(name, bare, optional)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _begins(rule: Rule, field: _Field) -> bool:
    """Whether the field is the matter that this event begins: the hub names it."""
    return field.name == rule.matter and not rule.after


def _is_argument(rule: Rule, field: _Field) -> bool:
    return field.name == rule.matter and bool(rule.after) and not rule.or_new


def _function(row: Row, what: type[Told]) -> Callable[..., None]:
    rule, kind = what.RULE, row.event.split(".")[0]
    fields = [field for field in _fields(what) if not _begins(rule, field)]
    first = [_parameter("citizen", Citizen)]
    if kind in ON:
        first.append(_parameter(kind, Annotated[str, argument(kind.upper(), *_ref(kind))]))
    first += [
        _parameter(field.name, Annotated[str, argument(field.name.upper(), *_ref(field.name))])
        for field in fields
        if _is_argument(rule, field)
    ]
    options = [_option(rule, field) for field in fields if not _is_argument(rule, field)]
    last = [
        _parameter("as_", As),
        *([_parameter("label", Labels, None)] if any(field.hint is Text for field in fields) else []),
        _parameter("command_id", CommandId, None),
        _parameter("occurred", Occurred, None),
        _parameter("json", Json, default=False),
    ]

    def run(**given: Any) -> None:
        terms = meta(given["command_id"], given["occurred"])
        texts = {
            field.name: written(given[field.name], given.get("label"))
            for field in fields
            if field.hint is Text
        }
        with session() as s:
            actor, citizen = s.actor(given["as_"]), s.citizen(given["citizen"])
            s.hub.check_may_write(actor, citizen)
            said: dict[str, Any] = {**texts}
            for field in fields:
                if field.hint is not Text:
                    said[field.name] = _value(s, citizen, field, given[field.name])
            if "partner" in fields_of(what) and "person" in said:
                said["person"], said["partner"] = s.staff(given["person"])
            on = s.resolved(citizen, given[kind]) if kind in ON else None
            answer = commands.tell(s.hub, actor, citizen, what, said, on, **terms)
            da, en = (each[0].lower() + each[1:] for each in EVENTS[row.event])
            done(answer, da, en, as_json=given["json"])

    parameters = [*first, *options, *last]
    run.__name__ = row.name.replace("-", "_")
    run.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            *(p for p in parameters if p.default is Parameter.empty),
            *(p for p in parameters if p.default is not Parameter.empty),
        ]
    )
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(name: str, hint: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _ref(name: str) -> Pair:
    da, en = FIELDS.get(name, (name, name))
    return f"{da}: id eller ref på tidslinjen.", f"{en}: id, or ref in the timeline."


def _option(rule: Rule, field: _Field) -> Parameter:
    """A field as an option: words, a day, a choice, yes or no, a reference."""
    da, en = FIELDS.get(field.name, (field.name, field.name))
    if field.hint is bool:
        flag = f"{field.flag}/--not-{field.flag[2:]}"
        hint: Any = Annotated[bool | None if field.optional else bool, option(flag, f"{da}.", f"{en}.")]
        return _parameter(field.name, hint, None if field.optional else False)
    told, metavar = _help(rule, field, da, en)
    shape: Any = int if field.hint is int else str
    if get_origin(field.hint) is tuple:
        hint = Annotated[list[str] | None, option(field.flag, *told, metavar)]
        return _parameter(field.name, hint, None)
    optional = field.optional or (field.name == rule.matter and rule.or_new)
    hint = Annotated[shape | None if optional else shape, option(field.flag, *told, metavar)]
    return _parameter(field.name, hint, None if optional else Parameter.empty)


def _help(rule: Rule, field: _Field, da: str, en: str) -> tuple[Pair, str]:
    """What an option is for, and what to write."""
    choices = dict(rule.one_of).get(field.name)
    if choices is not None:
        known = [f"{each} ({VALUES[each][0]})" if each in VALUES else each for each in choices]
        return (f"{da}: {', '.join(known)}.", f"{en}: {', '.join(choices)}."), "CHOICE"
    if field.name in _ORGANISATIONS:
        return (f"{da}: nok af navnet eller sektoren.", f"{en}: enough of its name or sector."), "PARTNER"
    if field.name == "person":
        return (f"{da}: det korte navn.", f"{en}: the short name."), "PERSON"
    shapes: dict[Any, tuple[Pair, str]] = {
        Text: ((f"{da} (- læser fra stdin).", f"{en} (- reads stdin)."), "TEXT"),
        date: ((f"{da} (dato).", f"{en} (a day)."), "DATE"),
        datetime: ((f"{da}, fx 2026-03-01 10:00.", f"{en}, for example 2026-03-01 10:00."), "WHEN"),
        int: ((f"{da} (tal).", f"{en} (a number)."), "NUMBER"),
        str: ((f"{da}.", f"{en}."), "TEXT"),
    }
    return shapes.get(field.hint, (_ref(field.name), "REF"))


def _value(s: Session, citizen: UUID, field: _Field, given: Any) -> Any:
    """What was given for a field, as the event has it."""
    if given is None:
        return None
    if get_origin(field.hint) is tuple:
        return tuple(s.resolved(citizen, _reference(each, field)) for each in given)
    readers: dict[Any, Callable[[], Any]] = {
        date: lambda: day(given, field.flag),
        datetime: lambda: (
            last_moment(given, field.flag) if field.name == "until" else moment(given, field.flag)
        ),
        UUID: lambda: _identity(s, citizen, field, given),
    }
    return readers.get(field.hint, lambda: given)()


def _identity(s: Session, citizen: UUID, field: _Field, given: str) -> UUID:
    """Whom or what a reference means."""
    if field.name in _ORGANISATIONS:
        return s.partner(given, field.flag)
    if field.name == "person":
        return s.person(given).id
    if field.name == _SETTLED:
        return settled(s, citizen, _reference(given, field))
    if field.name == _EVENT:
        return s.event(citizen, given, field.flag)
    return s.resolved(citizen, _reference(given, field), field.name)


def settled(s: Session, citizen: UUID, given: str) -> UUID:
    """The agreement or consent that a reference means."""
    itself = needed_uuid(given, "REF")
    named = (s.resolved(citizen, given, name) for name in ("agreement", "consent"))
    return next((found for found in named if found != itself), itself)


def _reference(given: str, field: _Field) -> str:
    needed_uuid(given, field.flag)
    return given


def _example(path: str, row: Row, what: type[Told]) -> str:
    """How it is written, from what must be there: what can be typed, and is not refused for what it leaves out."""
    rule, kind = what.RULE, row.event.split(".")[0]
    words = [path, row.name, "CITIZEN"]
    if kind in ON:
        words.append(kind.upper())
    labels: set[str] = set()
    for field in _fields(what):
        if _begins(rule, field):
            continue
        if _is_argument(rule, field):
            words.append(field.name.upper())
        elif field.hint is bool:
            words += [field.flag] if field.name in (*_YES, *rule.needs[:1]) else []
        elif field.name == next(iter(rule.needs), None) or not (
            field.optional or (field.name == rule.matter and rule.or_new)
        ):
            words.append(f"{field.flag} {_shown(rule, field)}")
            if field.hint is Text:
                labels |= {
                    EXISTENCE.get(row.event, Category.CONTACT),
                    *([Category.THIRD_PARTY] if field.name == "who" else []),
                }
    words += [f"--label {label}" for label in sorted(labels)]
    by = "citizen" if rule.who in (CITIZEN, for_the_citizen) else "lene" if rule.who is AUTHORITY else "mette"
    words.append(f"--as {by}")
    return " ".join(words)


def _shown(rule: Rule, field: _Field) -> str:
    """What an example gives for a field."""
    if field.hint is Text:
        return '"…"'
    choices = dict(rule.one_of).get(field.name)
    return choices[0] if choices else _EXAMPLES.get(field.name, field.name.upper())
