"""What is due, as one reader may know it: of one citizen, and of everybody with whom they have a task."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.access import Reader
from hub.application.disclosure import State
from hub.application.due import (
    DueFact,
    DueItem,
    DueMatter,
    DueReader,
    DueTold,
    due_items,
    due_matters,
    hard_facts,
    is_the_citizens_own,
)
from hub.application.many import Ask, ManyReads
from hub.desk.desk import Desk
from hub.desk.saying import as_uuid
from hub.due import due_table
from hub.texts import day_text, say

START: Final = UUID(int=0)
PAGE: Final = 50


class DueOf(NamedTuple):
    """What is due of one citizen."""

    citizen: UUID
    items: list[DueItem]


class DueAsk(NamedTuple):
    """What must be read to tell one reader what is due of one citizen."""

    own: DueReader
    matters: list[DueMatter]
    hard: list[DueFact]

    @property
    def shown(self) -> set[int]:
        """The events that it is about."""
        opens = {fact.position for fact in self.hard if fact.what == "opens"}
        return opens.union(*(matter.positions for matter in self.matters))

    @property
    def beside(self) -> set[int]:
        """Events of which it matters only that they happened."""
        return {fact.position for fact in self.hard}.union(*(matter.others for matter in self.matters))

    def items(self, told: DueTold, today: date) -> list[DueItem]:
        """What is due, once it is known what the reader may know."""
        return due_items(self.matters, self.hard, told, self.own, today)


def due_reader(s: Desk, reader: Reader, state: State) -> DueReader:
    """Whose list it is, by the tasks that there are now."""
    tasks = state.tasks.values()
    if reader.person is None or reader.person.partner is None:
        return DueReader(helpers=frozenset(task.person for task in tasks if task.person is not None))
    person, partner = reader.person.id, reader.person.partner
    sector = s.partners().get(partner, ("", ""))[1]
    return DueReader(person, partner, sector, frozenset(t.role for t in tasks if t.person == person))


def due_ask(s: Desk, reader: Reader, state: State, facts: Sequence[DueFact]) -> DueAsk:
    """What must be read of one citizen."""
    own = due_reader(s, reader, state)
    matters = [matter for matter in due_matters(due_table(), facts) if matter.is_for(own)]
    return DueAsk(own, matters, hard_facts(facts) if matters else [])


def due_of(  # noqa: PLR0917 - who reads whom, what for
    s: Desk,
    reader: Reader,
    citizen: UUID,
    purpose: str | None,
    facts: Iterable[DueFact],
    today: date,
    *,
    surface: str = "due",
) -> DueOf:
    """What is due of one citizen; decided and logged."""
    ask = due_ask(s, reader, s.hub.state(citizen), list(facts))
    told = s.access.told_at(reader, citizen, purpose, ask.shown, ask.beside, surface)
    return DueOf(citizen, ask.items(told, today))


def due_of_person(
    s: Desk, reader: Reader, purpose: str | None, today: date, only: UUID | None
) -> Iterator[DueOf]:
    """The reader's citizens, a page logged at a time; one that they may not know of leaves no hole."""
    start = START
    while reader.person and (outlines := s.overview.of_person(reader.person.id, start, PAGE)):
        start = outlines[-1].citizen
        wanted = [outline.citizen for outline in outlines if only in (None, outline.citizen)]
        if not wanted:
            continue
        facts, reads = s.due.of_citizens(wanted), ManyReads(s.hub, reader, wanted, "due")
        asks = {one: due_ask(s, reader, reads.states[one], facts.get(one, [])) for one in wanted}
        told = reads.told(
            {one: Ask(purpose, frozenset(ask.shown), frozenset(ask.beside)) for one, ask in asks.items()}
        )
        yield from (DueOf(one, asks[one].items(told[one], today)) for one in wanted if one in told)


def when_text(item: DueItem, today: date) -> str:
    """The day in words; late is so many days over, never more than that."""
    soft = f" ({say('svær periode', 'hard period')})" if item.softened else ""
    if is_the_citizens_own(item.rule):
        last = say("til og med ", "until and including ") + day_text(item.due)
        return (last if item.rule.clock.field == "until" else say("når du vil", "when you like")) + soft
    if item.rule.red:
        return say("Rød: nu", "Red: now")
    if item.quiet:
        return say("når der er ro", "when it is calm") + soft
    return ahead_text((item.due - today).days, item.due) + soft


def ahead_text(ahead: int, due: date) -> str:
    """How far it is, in days."""
    near = {0: say("i dag", "today"), 1: say("i morgen", "tomorrow"), -1: say("1 dag over", "1 day over")}
    if ahead in near:
        return near[ahead]
    if ahead < 0:
        return say(f"{-ahead} dage over", f"{-ahead} days over")
    return f"{say(f'om {ahead} dage', f'in {ahead} days')}, {day_text(due)}"


def about_text(s: Desk, item: DueItem) -> str | None:
    """The organisation that it is about, as far as the reader sees its name there."""
    fields = {} if item.entry is None else item.entry.fields
    found = as_uuid(str(fields.get(item.rule.names or "partner")))
    return None if found is None else s.names({found}).get(found)


def words_of(item: DueItem) -> list[str]:
    """The words of what it is about, as far as the reader sees them."""
    if item.entry is None:
        return []
    fields = item.entry.fields
    return [
        fields[name]["text"]
        for name in ("words", "text", "what", "purpose")
        if isinstance(fields.get(name), dict) and "text" in fields[name]
    ]
