"""Events as the read model of things due gets them, made from their published schemas: for tests of the rules alone."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.due import (
    DueFact,
    DueItem,
    DueReader,
    DueTold,
    due_items,
    due_matters,
    hard_facts,
)
from hub.application.reading import Entry
from hub.application.redact import plain
from hub.clock import to_microseconds
from hub.due import DueTable, due_table
from hub.projections.base import Event
from hub.projections.due import due_facts
from hub.schemas import Schema, Schemas
from hub.sealing import Opened

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CITIZEN = UUID(int=1)
THE_CITIZEN = DueReader()
"""The citizen's own list: everything."""


@cache
def _schemas() -> Schemas:
    return Schemas()


def latest(event: str) -> Schema:
    """The newest published schema of an event."""
    found = [schema for schema in _schemas().by_topic.values() if schema.event == event]
    return max(found, key=lambda schema: int(schema.topic.rsplit(".v", 1)[1]))


def ident(name: str | UUID) -> UUID:
    """A name as an id, the same each time."""
    return name if isinstance(name, UUID) else event_id(UUID(int=7), sum(name.encode()))


def _value(kind: Any) -> Any:
    """Something of this type."""
    if isinstance(kind, list):
        return None if "null" in kind else _value(kind[0])
    if isinstance(kind, dict):
        if kind["type"] == "array":
            return []
        if kind["type"] == "record":
            return {each["name"]: _value(each["type"]) for each in kind["fields"]}
        return b"\0" * 16
    simple = {"string": "x", "boolean": False, "long": 0, "int": 1, "bytes": b""}
    return simple.get(kind, b"\0" * 16)


class Log:
    """A little log of one citizen: events are told one after the other, and folded for a reader."""

    def __init__(self, table: DueTable | None = None) -> None:
        self.table = table or due_table()
        self.events: list[Event] = []
        self.now = MONDAY

    def later(self, days: int) -> "Log":
        """Let days pass."""
        self.now += timedelta(days=days)
        return self

    @property
    def today(self) -> date:
        """The day it is."""
        return self.now.date()

    def tell(
        self,
        event: str,
        on: str = "aggregate",
        *,
        by: str | None = "provider",
        worker: str | None = "worker",
        source: str = "screen",
        **said: Any,
    ) -> Event:
        """Record an event, by somebody at a partner or (by=None) by the citizen."""
        schema = latest(event)
        body = {field["name"]: _value(field["type"]) for field in schema.avro["fields"]}
        at = to_microseconds(self.now)
        body["act"] = {
            "role": "citizen" if by is None else "partner",
            "partner": None if by is None else ident(by).bytes,
            "unit": None,
            "person": None if by is None or worker is None else ident(worker).bytes,
            "function": None,
            "occurred_at": at,
            "recorded_at": at,
            "source": source,
            "command_id": b"\0" * 16,
        }
        assert set(said) <= set(body), (event, said, "the schema has no such field")
        body |= {name: self._raw(schema, name, value) for name, value in said.items()}
        originator, version = ident(on), 1 + sum(e.opened.originator_id == ident(on) for e in self.events)
        opened = Opened(schema, body, event_id(originator, version), originator, version, None, ())  # type: ignore[arg-type]
        made = Event(0, len(self.events) + 1, CITIZEN, at, b"", opened, ())
        self.events.append(made)
        return made

    @staticmethod
    def _raw(schema: Schema, name: str, value: Any) -> Any:
        shape = next(field for field in schema.fields if field.name == name)
        kind = next(field["type"] for field in schema.avro["fields"] if field["name"] == name)
        if isinstance(value, datetime):
            return to_microseconds(value)
        if isinstance(value, date):
            return value.isoformat()
        fixed = "fixed" in str(kind) or ".id" in str(kind)
        if isinstance(value, tuple | list):
            return [ident(each).bytes for each in value]
        if fixed and isinstance(value, str | UUID) and shape.kind != "text":
            return ident(value).bytes
        return value

    @property
    def facts(self) -> list[DueFact]:
        """What the read model holds of all this."""
        return [fact for event in self.events for fact in due_facts(self.table, event)]

    def entry(self, event: Event) -> Entry:
        """An event as somebody sees it who may see all of it."""
        shapes = {shape.name: shape for shape in event.opened.schema.fields}
        fields = {
            name: plain(shapes[name], value)
            for name, value in event.opened.body.items()
            if shapes[name].kind != "envelope" and value is not None
        }
        ref, what = event.opened.event_id, event.opened.schema.event
        return Entry(event.position, ref, ref, what, None, "2026-03-02", None, "own", fields)

    def due(
        self,
        reader: DueReader = THE_CITIZEN,
        *,
        hidden: tuple[Event, ...] = (),
        received: dict[int, frozenset[UUID]] | None = None,
    ) -> list[DueItem]:
        """What is due now for somebody who may see everything but what is hidden."""
        absent = {event.position for event in hidden}
        seen = [event for event in self.events if event.position not in absent]
        told = DueTold(
            {event.position: self.entry(event) for event in seen},
            frozenset(event.position for event in seen),
            received or {},
        )
        matters = [each for each in due_matters(self.table, self.facts) if each.is_for(reader)]
        return due_items(matters, hard_facts(self.facts), told, reader, self.today)

    def ids(self, reader: DueReader = THE_CITIZEN, **more: Any) -> list[str]:
        """The rules by which something is due."""
        return [item.rule.id for item in self.due(reader, **more)]


def at(partner: str, *roles: str, person: str = "somebody", sector: str = "social_psychiatry") -> DueReader:
    """Somebody at a partner, with these roles around the citizen."""
    return DueReader(ident(person), ident(partner), sector, frozenset(roles))
