"""The table of things due: data, read from `due.toml` and checked column by column.

A rule says by which events something begins to be due, which events end it, by when, and on whose list it stands.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import event_id
from hub.clock import copenhagen_day, from_microseconds
from hub.errors import Misconfigured
from hub.schemas import Body
from hub.vocabulary import EXISTENCE
from hub.working_days import working_days_later

FILE: Final = Path(__file__).with_name("due.toml")
CITIZEN: Final = "citizen"
WHO: Final = (
    "authority",
    "coordinator",
    "contact_person",
    "recorder",
    "named",
    "person",
    "received",
    CITIZEN,
)
HARD: Final = ("as_ever", "later", "quiet")
NOTICE: Final = "notice.access_ended"
"""No event of the log: a partner's system was told that its access has ended, and by when to delete."""
CORRECTIONS: Final = frozenset({"event.corrected", "event.misfiled"})
ROWS: Final = range(1, 113)
AHEAD: Final = 30
"""How many days before its day something is shown, where its rule says nothing."""
THIS: Final = "this"
_ID: Final = re.compile(r"[a-z]+(-[a-z]+)*")
_NEEDED: Final = frozenset({"id", "rows", "opens", "resolves", "who", "clock", "hard_period", "says"})
_FLAGS: Final = ("repeats", "question", "red", "history")
_WORDS: Final = ("matter", "names", "person")
_MAY: Final = frozenset({"moves", "again", "after", "later_days", "but_not", "ahead", *_FLAGS, *_WORDS})
_IN_EVENT: Final = frozenset({"event", "when", "matter", "field"})
_IN_CLOCK: Final = frozenset({"days", "working_days", "field", "before", "every"})
_KNOWN: Final = frozenset({*EXISTENCE, *CORRECTIONS, NOTICE, "consents.purge_confirmed"})


@dataclass(frozen=True, slots=True)
class EventOf:
    """An event that a rule names, and on what terms it counts."""

    event: str
    matter: str
    """The field with what it is about; `this` is the aggregate, `actor` and `recorder` are who did it."""
    when: tuple[tuple[str, Any], ...] = ()
    field: str | None = None
    """The field with the day that it gives."""

    def counts(self, body: Body) -> bool:
        """Whether the event says what it must."""
        return all(_said(body, name, wanted) for name, wanted in self.when)

    def matters(self, body: Body, originator: UUID) -> list[UUID]:
        """What it is about; an event that does not have the field is about the whole aggregate."""
        if self.matter in ("actor", "recorder"):
            found = body["act"]["person" if self.matter == "actor" else "partner"]
        elif self.matter not in body:
            return [originator]
        else:
            found = body[self.matter]
        if isinstance(found, int):
            return [event_id(originator, found)]
        values = found if isinstance(found, list) else [found]
        return [UUID(bytes=each) for each in values if each is not None]


def _said(body: Body, name: str, wanted: Any) -> bool:
    found = body["act"]["role"] if name == "role" else body.get(name)
    if wanted == "*":
        return found is not None
    if wanted == "-":
        return found is None
    return bool(found in wanted if isinstance(wanted, list) else found == wanted)


@dataclass(frozen=True, slots=True)
class DueClock:
    """By when."""

    field: str | None = None
    before: int = 0
    every: str | None = None
    days: int | None = None
    working_days: int | None = None

    @property
    def asks(self) -> str | None:
        """The field of the event that the day depends on."""
        return self.field or self.every

    def of(self, day: date, said: Any) -> date | None:
        """The day, from that on which it was recorded and what the event says; None: there is none."""
        if self.every is not None:
            return None if said is None else day + timedelta(days=int(said))
        if self.field is not None and said is not None:
            return max(day, as_day(said) - timedelta(days=self.before))
        if self.working_days is not None:
            return working_days_later(day, self.working_days)
        return None if self.days is None else day + timedelta(days=self.days)


def as_day(said: Any) -> date:
    """A day that an event says, in the body or as a reader gets it; the last day of what ends at a moment."""
    if isinstance(said, str):
        said = datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)
    if isinstance(said, int):
        said = from_microseconds(said)
    return copenhagen_day(said - timedelta(microseconds=1)) if isinstance(said, datetime) else said


@dataclass(frozen=True, slots=True)
class DueRule:
    """One row of the table."""

    id: str
    rows: tuple[int, ...]
    opens: tuple[EventOf, ...]
    resolves: tuple[EventOf, ...]
    who: tuple[str, ...]
    clock: DueClock
    hard_period: str
    says: tuple[str, str]
    """In Danish and in English."""
    moves: tuple[EventOf, ...] = ()
    again: tuple[EventOf, ...] = ()
    after: tuple[EventOf, ...] = ()
    names: str | None = None
    person: str | None = None
    but_not: tuple[str, ...] = ()
    later_days: int = 0
    ahead: int = AHEAD
    repeats: bool = False
    question: bool = False
    red: bool = False
    history: bool = False

    @property
    def events(self) -> Iterator[tuple[str, EventOf]]:
        """Every event that it names, with what it does."""
        for what in ("opens", "resolves", "moves", "again", "after"):
            for each in getattr(self, what):
                yield what, each

    @property
    def from_notices(self) -> bool:
        """Whether it begins with what partners' systems were told, and not with an event."""
        return any(each.event == NOTICE for each in self.opens)


@dataclass(frozen=True, slots=True)
class HardPeriod:
    """By which events a hard period begins and ends."""

    opens: tuple[EventOf, ...]
    resolves: tuple[EventOf, ...]


@dataclass(frozen=True, slots=True)
class DueTable:
    """The whole table."""

    rules: Mapping[str, DueRule]
    hard_period: HardPeriod
    by_event: Mapping[str, list[tuple[str, str, EventOf]]] = field(init=False, compare=False)
    """For each event: the rules that name it, and what it does there."""

    def __post_init__(self) -> None:
        """Look events up once."""
        found: dict[str, list[tuple[str, str, EventOf]]] = {}
        hard = self.hard_period
        for what, events in (("opens", hard.opens), ("resolves", hard.resolves)):
            for each in events:
                found.setdefault(each.event, []).append(("hard_period", what, each))
        for rule in self.rules.values():
            for what, each in rule.events:
                found.setdefault(each.event, []).append((rule.id, what, each))
        object.__setattr__(self, "by_event", found)


@cache
def due_table() -> DueTable:
    """The table that is shipped."""
    return read_due_table(FILE)


def read_due_table(path: Path) -> DueTable:
    """Read a table; what is wrong is told with its rule and column."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Misconfigured(f"{path.name} cannot be read as TOML: put the file right.") from None
    rows = found.get("rule")
    if set(found) != {"rule", "hard_period"} or not isinstance(rows, list) or not rows:
        raise Misconfigured(f"{path.name} holds [hard_period] and rows of [[rule]]: put the file right.")
    rules: dict[str, DueRule] = {}
    for number, row in enumerate(rows, 1):
        made = _Row(f"{path.name}, rule {number}", row).read()
        if made.id in rules:
            raise Misconfigured(f"{path.name}, rule {number}: the id is used twice, so give it another.")
        rules[made.id] = made
    return DueTable(rules, _hard_period(f"{path.name}, hard_period", found["hard_period"]))


def _hard_period(where: str, row: Any) -> HardPeriod:
    reader = _Row(where, row, frozenset({"opens", "resolves", "matter", "until"}), frozenset())
    begins = tuple(EventOf(e.event, e.matter, e.when, row["until"]) for e in reader.events("opens"))
    return HardPeriod(begins, reader.events("resolves"))


class _Row:
    """One rule while it is read; every refusal names the column."""

    def __init__(
        self, where: str, row: Any, needed: frozenset[str] = _NEEDED, may: frozenset[str] = _MAY
    ) -> None:
        if not isinstance(row, dict):
            raise Misconfigured(f"{where} is no table: put the row right.")
        self._row: dict[str, Any] = row
        self._where = f"{where} ({row['id']})" if isinstance(row.get("id"), str) else where
        for column in sorted(needed - set(row)):
            raise self._wrong(column, "is missing")
        for column in sorted(set(row) - needed - may):
            raise self._wrong(column, "is no column")

    def read(self) -> DueRule:
        """The rule, when every column holds what it should."""
        row = self._row
        if not isinstance(row["id"], str) or not _ID.fullmatch(row["id"]):
            raise self._wrong("id", "is not written like need-unassessed")
        for column in _WORDS:
            if column in row:
                self._text(column, row[column])
        for column in _FLAGS:
            if not isinstance(row.get(column, False), bool):
                raise self._wrong(column, "is neither true nor false")
        clock = self._clock()
        rule = DueRule(
            id=row["id"],
            rows=self._rows(),
            opens=self.events("opens", clock.asks),
            resolves=self.events("resolves"),
            who=self._who(),
            clock=clock,
            hard_period=self._hard(),
            says=self._says(),
            moves=self.events("moves", clock.asks),
            again=self.events("again"),
            after=self.events("after"),
            names=row.get("names"),
            person=row.get("person"),
            but_not=tuple(self._text("but_not", each) for each in self._list("but_not")),
            later_days=self._number("later_days", row.get("later_days", 0)),
            ahead=self._number("ahead", row.get("ahead", AHEAD)),
            **{flag: row.get(flag, False) for flag in _FLAGS},
        )
        self._check(rule)
        return rule

    def _check(self, rule: DueRule) -> None:
        if not rule.opens:
            raise self._wrong("opens", "names no event")
        if CITIZEN in rule.who and rule.who != (CITIZEN,):
            raise self._wrong("who", "names others beside the citizen, whose own list nobody else has")
        if rule.question and rule.who != (CITIZEN,):
            raise self._wrong("question", "is for the citizen alone")
        for word, column in (("named", "names"), ("person", "person")):
            if word in rule.who and getattr(rule, column) is None:
                raise self._wrong("who", f"says {word}, and the column {column} names no field")

    def events(self, column: str, asked: str | None = None) -> tuple[EventOf, ...]:
        """Events as a column names them."""
        return tuple(self._event(column, each, asked) for each in self._list(column))

    def _event(self, column: str, said: Any, asked: str | None) -> EventOf:
        written = {"event": said} if isinstance(said, str) else said
        if not isinstance(written, dict) or not set(written) <= _IN_EVENT or "event" not in written:
            raise self._wrong(column, "has an event that is neither a name nor { event = … }")
        if written["event"] not in _KNOWN:
            raise self._wrong(column, "names an event that the hub does not have")
        when = written.get("when", {})
        if not isinstance(when, dict):
            raise self._wrong(column, "has a `when` that is no { field = value }")
        matter = self._text(column, written.get("matter", self._row.get("matter", THIS)))
        field_ = self._text(column, written.get("field", asked or THIS))
        return EventOf(written["event"], matter, tuple(when.items()), None if field_ == THIS else field_)

    def _clock(self) -> DueClock:
        said = self._row["clock"]
        if not isinstance(said, dict) or not said or not set(said) <= _IN_CLOCK:
            raise self._wrong("clock", f"is not written with {', '.join(sorted(_IN_CLOCK))}")
        for name in said.keys() & {"days", "working_days", "before"}:
            self._number("clock", said[name])
        for name in said.keys() & {"field", "every"}:
            self._text("clock", said[name])
        if "before" in said and "field" not in said:
            raise self._wrong("clock", "says before, and of no field")
        if sum(name in said for name in ("days", "working_days", "every")) > 1 or {"field", "every"} <= set(
            said
        ):
            raise self._wrong("clock", "says two things at once")
        return DueClock(**said)

    def _hard(self) -> str:
        said = self._row["hard_period"]
        if said not in HARD:
            raise self._wrong("hard_period", f"is none of {', '.join(HARD)}")
        if (said == "later") != bool(self._row.get("later_days")):
            raise self._wrong("later_days", "goes with hard_period = later, and only with that")
        return str(said)

    def _rows(self) -> tuple[int, ...]:
        found = self._list("rows")
        if not found or not all(type(each) is int and each in ROWS for each in found):
            raise self._wrong("rows", "holds no rows of the inventory")
        return tuple(found)

    def _who(self) -> tuple[str, ...]:
        found = self._list("who")
        if not found or not all(each in WHO for each in found):
            raise self._wrong("who", f"names somebody who is none of {', '.join(WHO)}")
        return tuple(found)

    def _says(self) -> tuple[str, str]:
        said = self._row["says"]
        if not isinstance(said, dict) or set(said) != {"da", "en"}:
            raise self._wrong("says", "is not given in both languages, as { da = …, en = … }")
        for each in said.values():
            if not self._text("says", each).endswith((".", "?")):
                raise self._wrong("says", "is no whole sentence")
        return said["da"], said["en"]

    def _list(self, column: str) -> list[Any]:
        found = self._row.get(column, [])
        if not isinstance(found, list):
            raise self._wrong(column, "is no list")
        return found

    def _number(self, column: str, value: Any) -> int:
        if type(value) is not int or value < 0:
            raise self._wrong(column, "is no number of days")
        return value

    def _text(self, column: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self._wrong(column, "is no line of text")
        return value

    def _wrong(self, column: str, what: str) -> Misconfigured:
        return Misconfigured(f"{self._where}: {column} {what}. Put the row right.")
