"""What is due for one reader: folded from facts (positions, ids and days) and from what the decision lets them know.

A fact is the place of an event in a rule of the table (`hub/due.toml`). Whoever reads is asked first whose list it is,
by ids alone, and then the decision which of the events they may know of: an end that they may not know of has not
ended anything on their list, and a hard period that they may not know of softens nothing there. So their list tells of
nothing but events that are theirs to know.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.reading import Entry
from hub.due import CITIZEN, DueRule, DueTable

HARD_PERIOD: Final = "hard_period"
ENDED: Final = "_ended"
"""In place of a rule: a death, or the closing; nothing before it is due any more."""
MISFILED: Final = "_misfiled"
"""In place of a rule: what began it stands on the wrong person."""
DIED: Final = "died"


class DueFact(NamedTuple):
    """The place of one event in one rule."""

    position: int
    rule: str
    what: str
    """What it does there: `opens`, `resolves`, `moves`, `again`, `after`."""
    matter: UUID
    originator: UUID
    event: UUID
    day: date
    """When it was recorded."""
    clock: date | None
    """The day that it gives."""
    recorder: UUID | None
    named: UUID | None
    persons: tuple[UUID, ...] = ()
    """Whom it is for."""
    but_not: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class DueReader:
    """Whose list it is: a person with tasks of their own, or the citizen (no person), who has it all."""

    person: UUID | None = None
    partner: UUID | None = None
    sector: str | None = None
    roles: frozenset[str] = frozenset()
    helpers: frozenset[UUID] = frozenset()
    """For the citizen: who has a task now."""


@dataclass(frozen=True, slots=True)
class DueTold:
    """What the decision let the reader know."""

    entries: Mapping[int, Entry]
    """Events that they see, by the position that was asked for."""
    known: frozenset[int]
    """Positions of events that they may know of."""
    received: Mapping[int, frozenset[UUID]] = field(default_factory=dict)
    """For the citizen: by the position of a correction, the organisations that had read what it puts right."""
    knows_of: Callable[[UUID], bool] = lambda _: False
    """Whether somebody at a partner may know of an organisation."""


class DueItem(NamedTuple):
    """One thing that is due."""

    rule: DueRule
    due: date
    softened: bool
    """A hard period moved it, or made it quiet."""
    entry: Entry | None
    """What it is about; None where the event says nothing beyond that it happened."""
    begun: DueFact
    waits_for: frozenset[UUID] = frozenset()
    """For the citizen: organisations that it waits for."""

    @property
    def quiet(self) -> bool:
        """Whether no day is counted: it is a question, or a hard period made it quiet."""
        return self.rule.question or (self.softened and self.rule.hard_period == "quiet")

    def days_over(self, today: date) -> int:
        """How many days late it is."""
        return 0 if self.quiet else max(0, (today - self.due).days)


@dataclass(slots=True)
class DueMatter:
    """One thing under one rule, with the facts about it."""

    rule: DueRule
    facts: dict[str, list[DueFact]]

    def of(self, what: str) -> list[DueFact]:
        """The facts of one sort, in the order of the log."""
        return self.facts.get(what, [])

    @property
    def positions(self) -> set[int]:
        """Where the events stand that it is about."""
        return {fact.position for what in ("opens", "moves", "after") for fact in self.of(what)}

    @property
    def others(self) -> set[int]:
        """Where the events stand of which it matters only that they happened."""
        return {fact.position for what in ("resolves", "again") for fact in self.of(what)}

    def is_for(self, reader: DueReader) -> bool:
        """Whether it stands on the reader's list, as far as ids tell."""
        if reader.person is None:
            return self.rule.who != ("person",) or any(
                reader.helpers.intersection(fact.persons) for fact in self.of("opens")
            )
        return any(self._is_for(reader, fact) for fact in self.of("opens"))

    def _is_for(self, reader: DueReader, fact: DueFact) -> bool:
        if reader.person in fact.but_not:
            return False
        lists = {
            "recorder": fact.recorder,
            "named": fact.named,
            "authority": reader.partner if reader.sector == "authority" else None,
            "received": reader.partner if fact.recorder != reader.partner else None,
        }
        for who in self.rule.who:
            if who in lists and reader.partner is not None and lists[who] == reader.partner:
                return True
            if who == "person" and reader.person in fact.persons:
                return True
            if who in reader.roles:
                return True
        return False


def due_matters(table: DueTable, facts: Iterable[DueFact]) -> list[DueMatter]:
    """What may be due of one citizen, from all facts about them, whatever their order."""
    told = sorted(facts, key=lambda fact: fact.position)
    ends = [fact for fact in told if fact.rule == ENDED]
    if any(fact.what == DIED for fact in ends):
        return []
    last = ends[-1].position if ends else 0
    wrong = {fact.matter for fact in told if fact.rule == MISFILED}
    begun: dict[tuple[str, UUID], list[DueFact]] = {}
    rest: dict[str, list[DueFact]] = {}
    for fact in told:
        if fact.position <= last or fact.rule not in table.rules or fact.event in wrong:
            continue
        if fact.what == "opens":
            begun.setdefault((fact.rule, fact.matter), []).append(fact)
        else:
            rest.setdefault(fact.rule, []).append(fact)
    found = []
    for (name, matter), opens in begun.items():
        about = {matter, *(fact.originator for fact in opens), *(fact.event for fact in opens)}
        sorted_out: dict[str, list[DueFact]] = {"opens": opens}
        for fact in rest.get(name, ()):
            if fact.matter in about or fact.what == "after":
                sorted_out.setdefault(fact.what, []).append(fact)
        if "after" in sorted_out or not table.rules[name].after:
            found.append(DueMatter(table.rules[name], sorted_out))
    return found


def hard_facts(facts: Iterable[DueFact]) -> list[DueFact]:
    """The facts about hard periods."""
    return [fact for fact in facts if fact.rule == HARD_PERIOD]


def due_items(
    matters: Iterable[DueMatter], hard: Sequence[DueFact], told: DueTold, reader: DueReader, today: date
) -> list[DueItem]:
    """What is due for the reader and is near enough to be shown, by its day."""
    periods = _periods(hard, told)
    found = [
        item
        for matter in matters
        if (item := _item(matter, periods, told, reader, today)) is not None
        and (item.due - today).days <= item.rule.ahead
    ]
    return sorted(found, key=lambda item: (item.due, item.begun.position, item.rule.id))


Period = tuple[date, date | None]


def _periods(hard: Sequence[DueFact], told: DueTold) -> list[Period]:
    """The hard periods that the reader may know of: their first and last day."""
    ends = {fact.matter: fact.day for fact in hard if fact.what == "resolves" and fact.position in told.known}
    found = []
    for fact in hard:
        if fact.what == "opens" and fact.position in told.known:
            entry = told.entries.get(fact.position)
            until = entry and entry.fields.get("until")
            days = [day for day in (ends.get(fact.matter), until and date.fromisoformat(until)) if day]
            found.append((fact.day, min(days, default=None)))
    return found


def _item(
    matter: DueMatter, periods: Sequence[Period], told: DueTold, reader: DueReader, today: date
) -> DueItem | None:
    rule = matter.rule
    known = {
        what: [fact for fact in matter.of(what) if fact.position in told.known]
        for what in ("opens", "resolves", "moves", "again", "after")
    }
    if rule.from_notices and reader.person is not None:
        known["opens"] = [f for f in known["opens"] if f.named is not None and told.knows_of(f.named)]
    if rule.who == ("person",):
        known["opens"] = matter.of("opens")  # their own task, of which nobody needs to be told
    if not known["opens"] or (rule.after and not known["after"]):
        return None
    begun = known["opens"][-1]
    ends = [fact for fact in known["resolves"] if not rule.repeats or fact.position > begun.position]
    waits_for: frozenset[UUID] = frozenset()
    if "received" in rule.who:
        done = {fact.recorder for fact in ends}
        waits_for = told.received.get(begun.position, frozenset()) - done - {begun.recorder}
        if not waits_for if reader.person is None else reader.partner in done:
            return None
    elif ends:
        return None
    due = _day(rule, begun, known, told)
    if due is None:
        return None
    due, softened = _softened(rule, begun, due, periods, today)
    shown = known["after"][-1] if rule.after else begun
    return DueItem(rule, due, softened, told.entries.get(shown.position), begun, waits_for)


def _day(rule: DueRule, begun: DueFact, known: Mapping[str, list[DueFact]], told: DueTold) -> date | None:
    """The day, by what the reader sees of the events: one that they may not see they are not told."""
    if rule.from_notices:
        return begun.clock
    base = max(fact.day for fact in (begun, *known["again"], *known["after"]))
    said, day = _said(rule, "opens", begun, told), base
    for fact in known["moves"]:
        moved = _said(rule, "moves", fact, told)
        if moved is not None and fact.position > begun.position:
            said, day = moved, fact.day
    return rule.clock.of(day if rule.clock.field else base, said)


def _said(rule: DueRule, what: str, fact: DueFact, told: DueTold) -> object:
    """What the event says of the day, as the reader sees it, put right where it was corrected."""
    entry = told.entries.get(fact.position)
    if entry is None or rule.clock.asks is None:
        return None
    fields = [each.field for each in getattr(rule, what) if each.event == entry.event and each.field]
    return next((entry.fields[name] for name in fields if entry.fields.get(name) is not None), None)


def _softened(
    rule: DueRule, begun: DueFact, due: date, periods: Sequence[Period], today: date
) -> tuple[date, bool]:
    """The day that counts, and whether a hard period has a say in it."""
    if rule.hard_period == "as_ever":
        return due, False
    if rule.hard_period == "quiet":
        return due, any(first <= today and (last is None or today <= last) for first, last in periods)
    if any(first <= due and (last is None or last >= begun.day) for first, last in periods):
        return due + timedelta(days=rule.later_days), True
    return due, False


def is_the_citizens_own(rule: DueRule) -> bool:
    """Whether nobody else ever has it on a list."""
    return rule.who == (CITIZEN,)
