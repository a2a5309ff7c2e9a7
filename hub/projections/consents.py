"""Consents: what each consent and block says now; so do agreed texts, legal bases and emergency accesses.

Terms only, no words: those stay sealed on the timeline.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from hub.aggregates.giving import SPOKEN
from hub.aggregates.terms import LAPSE_DAYS
from hub.clock import from_microseconds, wall_clock_later
from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, in_schema, read_live
from hub.schemas import Body
from hub.vocabulary import Role

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class ConsentList:
    """The read model."""

    name = "consents"
    tables = SQL["tables"]

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Take them in, one by one; there are few."""
        for event in events:
            if event.citizen is None or not event.opened.schema.event.startswith("consents."):
                continue
            for block, terms in _write(event):
                connection.execute(in_schema(SQL[block], schema), terms)

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Nothing to take away: who reads a consent is decided on its event."""


Statements = list[tuple[str, tuple[Any, ...]]]


_BEGINS: Final = {
    "given": ("consent", "consent"),
    "block_set": ("block", "block"),
    "statutory_basis_registered": ("basis", "registration"),
    "emergency_access_opened": ("emergency", "access"),
}
"""Events that something begins with: its kind, and the field with its id."""
_ENDS: Final = {
    "withdrawn": "consents",
    "expired": "consents",
    "block_lifted": "block",
    "statutory_basis_ended": "registration",
    "emergency_access_closed": "access",
    "emergency_access_reviewed": "access",
}
"""Events that something ends with, and the field with the id or ids."""
_STATUS: Final = {"withdrawn": "withdrawn", "block_lifted": "lifted", "emergency_access_reviewed": "reviewed"}
"""What it is called afterwards; of the other events, the reason."""


def _write(event: Event) -> Statements:
    """What to do to the table for one event."""
    body, at = event.opened.body, event.position
    what = event.opened.schema.event.removeprefix("consents.")
    if what in _BEGINS:
        kind, field = _BEGINS[what]
        return [_row(event, kind, body[field]), *_spoken(body, at)]
    if what in _ENDS:
        status, named = _STATUS.get(what) or body["reason"], body[_ENDS[what]]
        ids = [UUID(bytes=each) for each in (named if isinstance(named, list) else [named])]
        if what == "expired" and status != "lapsed":
            status = "expired"
        return [("ended", (at, status, ids, at))]
    if what == "disclosure_authorised" and body["kind"] == "text":
        return [_row(event, "text", event.opened.event_id.bytes)]
    if what == "confirmed":
        return [("confirmed", (at, UUID(bytes=body["consent"]), at))]
    if what in ("narrowed", "renewed"):
        consent, until = UUID(bytes=body["consent"]), _moment(body["until"])
        return [("changed", (at, body.get("categories"), body.get("purposes"), until, consent, at))]
    return []


def _row(event: Event, kind: str, identity: bytes) -> tuple[str, tuple[Any, ...]]:
    body, at = event.opened.body, event.position
    person = body.get("person")
    return "given", (
        UUID(bytes=identity), event.citizen, event.item.named, kind, at, at, body.get("categories"),
        body.get("purposes"), _moment(body.get("until")), person and UUID(bytes=person), body.get("basis"),
    )  # fmt: skip


def _spoken(body: Body, at: int) -> Statements:
    """A consent that staff registered: when it lapses; the table tells whether it waits for its confirmation."""
    act = body["act"]
    if act["role"] != Role.PARTNER or body.get("form") != SPOKEN:
        return []
    lapses = wall_clock_later(from_microseconds(act["recorded_at"]), days=LAPSE_DAYS)
    return [("spoken", (lapses, UUID(bytes=body["consent"]), at))]


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


class Standing(NamedTuple):
    """One of them as it stands."""

    id: UUID
    partner: UUID
    kind: str
    position: int
    changed: int
    status: str
    categories: str | None
    purposes: str | None
    until: datetime | None
    person: UUID | None = None
    """Whom a block is about, or who has emergency access."""
    basis: str | None = None
    """The row of the table of legal bases."""
    lapses: datetime | None = None
    """When it ends by itself: it was spoken, and nobody has confirmed it."""
    pending: bool = False
    """Whether it counts only from its confirmation."""


class ConsentRows:
    """Reads the live generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_citizen(self, citizen: UUID) -> list[Standing]:
        """All that stands about a citizen, oldest first."""
        rows = read_live(self._database, "consents", SQL["of_citizen"], (citizen,))
        return [Standing(*row) for row in rows]

    def due(self, now: datetime, after: UUID | None, limit: int) -> list[UUID]:
        """The next citizens for whom something has run out and no event says so yet, as far as events were taken in."""
        terms = {"now": now, "after": after, "limit": limit}
        return [row[0] for row in read_live(self._database, "consents", SQL["due"], terms)]

    def totals(self, now: datetime) -> tuple[int, int, int]:
        """Consents in force, ended ones, and blocks in force."""
        rows = read_live(self._database, "consents", SQL["totals"], {"now": now})
        row = rows[0] if rows else None
        return (0, 0, 0) if row is None else (row[0], row[1], row[2])
