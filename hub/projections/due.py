"""Due: the place of each event in the rules of things due: positions, ids and days, never content.

A row is a fact of its own (`DueFact`), written once and changed by nothing that comes later; whoever reads folds them.
So a rebuilt read model has the same rows, in whatever batches the events came.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from hub.application.due import DIED, ENDED, HARD_PERIOD, MISFILED, DueFact
from hub.clock import copenhagen_day, from_microseconds
from hub.due import DueTable, EventOf, as_day, due_table
from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, copy_rows, in_schema, read_live
from hub.schemas import Body
from hub.vocabulary import Source

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
PURGE: Final = "purge"
_TYPES: Final = [
    "uuid", "int8", "text", "text", "uuid", "uuid", "uuid", "date", "date", "uuid", "uuid", "uuid[]", "uuid[]",
]  # fmt: skip
_ENDS: Final = {"citizen.died": DIED, "citizen.closed": "closed"}


class Due:
    """The read model."""

    name = "due"
    tables = SQL["tables"]

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Append the facts of each event that a rule names."""
        table = due_table()
        rows = [
            (event.citizen, *fact[:-2], list(fact.persons), list(fact.but_not))
            for event in events
            if event.citizen is not None
            for fact in due_facts(table, event)
        ]
        if rows:
            copy_rows(connection, in_schema(SQL["copy"], schema), _TYPES, rows)

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Nothing to take away: it holds no content, and each event is decided when it is read."""


def due_facts(table: DueTable, event: Event) -> Iterator[DueFact]:
    """The places of one event in the rules; the same place once."""
    what = event.opened.schema.event
    if what in _ENDS:
        yield _fact(event, ENDED, _ENDS[what], event.opened.originator_id)
    if what == "event.misfiled":
        subject = EventOf(what, "subject").matters(event.opened.body, event.opened.originator_id)[0]
        yield _fact(event, MISFILED, "opens", subject)
    seen = set()
    for rule, does, named in table.by_event.get(what, ()):
        if does == "opens" and not _begins(table, rule, event.opened.body):
            continue
        if named.counts(event.opened.body):
            for matter in named.matters(event.opened.body, event.opened.originator_id):
                if (rule, does, matter) not in seen:
                    seen.add((rule, does, matter))
                    fact = _fact(event, rule, does, matter)
                    yield _with_terms(fact, table, named, event.opened.body)


def _begins(table: DueTable, rule: str, body: Body) -> bool:
    """What was imported is history: nothing is due because of it, unless the rule says so."""
    return body["act"]["source"] != Source.IMPORT or rule == HARD_PERIOD or table.rules[rule].history


def _with_terms(fact: DueFact, table: DueTable, named: EventOf, body: Body) -> DueFact:
    """What the rule keeps of the event beside its place."""
    rule, does = fact.rule, fact.what
    said = None if named.field is None else body.get(named.field)
    if rule == HARD_PERIOD:
        return fact._replace(clock=None if said is None else as_day(said))
    if does not in ("opens", "moves"):
        return fact
    row = table.rules[rule]
    return fact._replace(
        clock=row.clock.of(fact.day, said),
        named=_id(body.get(row.names or "")),
        persons=_ids(body, (row.person,) if row.person else ()),
        but_not=_ids(body, row.but_not),
    )


def _fact(event: Event, rule: str, what: str, matter: UUID) -> DueFact:
    act, opened = event.opened.body["act"], event.opened
    day = copenhagen_day(from_microseconds(act["recorded_at"]))
    recorder = _id(act["partner"]) if act["role"] == "partner" else None
    return DueFact(
        event.position, rule, what, matter, opened.originator_id, opened.event_id, day, None, recorder, None
    )


def _id(value: Any) -> UUID | None:
    return UUID(bytes=value) if isinstance(value, bytes) else None


def _ids(body: Body, fields: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(found for name in fields if (found := _id(body.get(name))) is not None)


class DueRows:
    """Reads the live generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_citizens(self, citizens: Sequence[UUID]) -> dict[UUID, list[DueFact]]:
        """The facts about these citizens, in the order of the log, and what partners are still to delete."""
        found: dict[UUID, list[DueFact]] = defaultdict(list)
        rows = read_live(self._database, "due", SQL["of_citizens"], (list(citizens),))
        for row in rows:
            persons, but_not = row[-2:]
            found[row[0]].append(DueFact._make((*row[1:-2], tuple(persons), tuple(but_not))))
        with self._database.connection() as connection:
            notices = connection.execute(SQL["notices"], (list(citizens),)).fetchall()
        for citizen, position, notice, partner, made_at, purge_by in notices:
            found[citizen].append(
                DueFact(
                    position, PURGE, "opens", notice, notice, notice, copenhagen_day(made_at), purge_by,
                    None, partner,
                )
            )  # fmt: skip
        return found
