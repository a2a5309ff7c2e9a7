"""Consents: what each consent and block says now. Terms only, no words: those stay sealed on the timeline."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from hub.clock import from_microseconds
from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, in_schema, read_live

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class ConsentList:
    """The read model."""

    name = "consents"
    tables = SQL["tables"]

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Take consents and blocks in, one by one; there are few."""
        for event in events:
            if event.citizen is None or not event.opened.schema.event.startswith("consents."):
                continue
            written = _write(event)
            if written is not None:
                block, terms = written
                connection.execute(in_schema(SQL[block], schema), terms)

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Nothing to take away: who reads a consent is decided on its event."""


def _write(event: Event) -> tuple[str, tuple[Any, ...]] | None:
    body, at = event.opened.body, event.position
    match event.opened.schema.event:
        case "consents.given":
            return "given", (
                UUID(bytes=body["consent"]), event.citizen, event.item.named, "consent", at, at,
                body["categories"], body["purposes"], _moment(body["until"]),
            )  # fmt: skip
        case "consents.block_set":
            return "given", (
                UUID(bytes=body["block"]), event.citizen, event.item.named, "block", at, at,
                body["categories"], None, None,
            )  # fmt: skip
        case "consents.narrowed" | "consents.renewed":
            consent, until = UUID(bytes=body["consent"]), _moment(body["until"])
            return "changed", (at, body.get("categories"), body.get("purposes"), until, consent, at)
        case "consents.withdrawn" | "consents.expired":
            status = event.opened.schema.event.removeprefix("consents.")
            return "ended", (at, status, [UUID(bytes=each) for each in body["consents"]], at)
        case "consents.block_lifted":
            return "ended", (at, "lifted", [UUID(bytes=body["block"])], at)
    return None


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


class Standing(NamedTuple):
    """One consent or block as it stands."""

    id: UUID
    partner: UUID
    kind: str
    position: int
    changed: int
    status: str
    categories: str | None
    purposes: str | None
    until: datetime | None


class ConsentRows:
    """Reads the live generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_citizen(self, citizen: UUID) -> list[Standing]:
        """A citizen's consents and blocks, oldest first."""
        rows = read_live(self._database, "consents", SQL["of_citizen"], (citizen,))
        return [Standing(*row) for row in rows]

    def totals(self, now: datetime) -> tuple[int, int, int]:
        """Consents in force, ended ones, and blocks in force."""
        rows = read_live(self._database, "consents", SQL["totals"], (now,))
        row = rows[0] if rows else None
        return (0, 0, 0) if row is None else (row[0], row[1], row[2])
