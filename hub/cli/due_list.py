"""What is due of one citizen, as one reader may know it: for the list of things due, and for the overview."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.due import DueFact, DueItem, DueReader, due_items, due_matters, hard_facts
from hub.cli.session import Session
from hub.due import due_table


class DueOf(NamedTuple):
    """What is due of one citizen; and the other events that were asked for, by position."""

    citizen: UUID
    items: list[DueItem]
    others: dict[int, Entry]
    known: frozenset[int]


def due_reader(s: Session, reader: Reader, citizen: UUID) -> DueReader:
    """Whose list it is, by the tasks that there are now."""
    tasks = s.hub.state(citizen).tasks.values()
    if reader.person is None or reader.person.partner is None:
        return DueReader(helpers=frozenset(task.person for task in tasks if task.person is not None))
    person, partner = reader.person.id, reader.person.partner
    sector = s.partners().get(partner, ("", ""))[1]
    return DueReader(person, partner, sector, frozenset(t.role for t in tasks if t.person == person))


def due_of(
    s: Session,
    reader: Reader,
    citizen: UUID,
    purpose: str | None,
    facts: Iterable[DueFact],
    today: date,
    *,
    surface: str = "due",
    others: Sequence[int] = (),
) -> DueOf:
    """What is due; decided and logged, with other events by the same visit."""
    told = list(facts)
    own = due_reader(s, reader, citizen)
    matters = [matter for matter in due_matters(due_table(), told) if matter.is_for(own)]
    hard = hard_facts(told) if matters else []
    shown = {*others, *(f.position for f in hard if f.what == "opens")}.union(*(m.positions for m in matters))
    beside = {f.position for f in hard}.union(*(m.others for m in matters))
    seen = s.wired.access.told_at(reader, citizen, purpose, shown, beside, surface)
    items = due_items(matters, hard, seen, own, today)
    return DueOf(citizen, items, {at: seen.entries[at] for at in others if at in seen.entries}, seen.known)
