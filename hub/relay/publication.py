"""What goes to partners: the lines of `partner_log`, numbered, each with its value as it is at the moment of sending.

A line says that a row changed, and carries nothing. The value is taken from the view when it is sent, by the same
test as for reading: a row that is gone or past its time goes out as a tombstone under that line's number. A row that a
newer statement may restrict is not decided yet: its lines wait until it is, so that a statement that hides nothing
leaves no trace. Where the discloser does not come, they go out as tombstones after some seconds. So publishing may lag
in opening, and never in closing.
"""

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from psycopg import Connection

from hub.application.rows import open_row
from hub.clock import Clock, copenhagen_day, to_microseconds
from hub.errors import Unreadable
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out
from hub.logs import logger
from hub.postgres import Database, sql_blocks
from hub.projections.base import in_schema, live_generation
from hub.schemas import Schemas
from hub.vault import Vault

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
PURGE_DAYS: Final = 30
"""How long a partner has to clear away what it may no longer see."""
RECORD: Final = "topic.record.v1"
NOTICE: Final = "topic.notice.v1"
HOLD: Final = 5.0
"""Seconds to wait for a row to be decided anew before its line goes out as a tombstone."""
_OF_ROWS: Final = frozenset({"upsert", "delete"})
_log = logger()


class Line(NamedTuple):
    """One numbered line of `partner_log`."""

    number: int
    sequence: int
    partner: UUID
    citizen: UUID
    item: int
    disclosure: UUID
    operation: str
    position: int
    has_topic: bool

    def digest(self) -> str:
        """What the line is, in short: to be held against what Kafka has."""
        told = f"{self.number} {self.partner} {self.disclosure} {self.operation}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


class Row(NamedTuple):
    """A row of the view as it is now."""

    partner: UUID
    citizen: UUID
    item: int
    event_id: UUID
    partition: int
    sealed: bytes
    texts: list[bytes]
    text_events: list[UUID]
    valid_until: datetime | None
    reference: UUID
    restricted: int | None
    """The newest restricting statement that the row was not decided with yet, handled or swept on its way."""


@dataclass(slots=True)
class _Sending:
    """What a batch does to what is on the topics."""

    outs: list[Out] = field(default_factory=list)
    published: set[tuple[UUID, UUID]] = field(default_factory=set)
    put: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    gone: dict[tuple[UUID, UUID], Line] = field(default_factory=dict)
    tombstones: dict[UUID, int] = field(default_factory=dict)
    """The last number that went out as a tombstone, by partner."""


class Publication:
    """Numbers lines, and makes records of them. Only the holder of the relay's lock may call it."""

    def __init__(
        self, database: Database, vault: Vault, schemas: Schemas, clock: Clock, cluster: Cluster | None
    ) -> None:
        self._database = database
        self._vault = vault
        self._schemas = schemas
        self._clock = clock
        self._cluster = cluster
        self.held = False
        """Whether lines wait for the discloser."""
        self._since: float | None = None

    def number(self, limit: int) -> int:
        """Give lines their numbers: one over all, and each partner's own without a gap; how many were given."""
        with self._database.transaction() as connection:
            connection.execute(SQL["alone"])  # a zombie that has lost the relay's lock may be numbering still
            schema = live_generation(connection, "partner_view")
            connection.execute(in_schema(SQL["ripe"], schema))
            return connection.execute(in_schema(SQL["number"], schema), {"limit": limit}).rowcount

    def lines(self, after: int, limit: int) -> list[Line]:
        """The next numbered lines."""
        with self._database.connection() as connection:
            return [Line(*row) for row in connection.execute(SQL["lines"], (after, limit)).fetchall()]

    def line(self, number: int) -> Line | None:
        """One line."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["line"], (number,)).fetchone()
        return None if row is None else Line(*row)

    def last(self) -> int:
        """The last number given."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["last_number"]).fetchone()
        return 0 if row is None else int(row[0])

    def take(self, lines: Sequence[Line]) -> list[Out] | None:
        """Make records of lines, with the values as they are now; what it means is kept before anything is sent.

        None while one of their rows is not decided yet: they wait, for some seconds at most.
        """
        sending, ours = _Sending(), [line for line in lines if line.has_topic]
        with self._database.transaction() as connection:
            rows = self._rows(connection, [line for line in ours if line.operation in _OF_ROWS])
            if self._waits(rows):
                return None
            notices = self._notices(
                connection, [line.disclosure for line in ours if line.operation == "notice"]
            )
            sending.published = self._published(connection, ours)
            records = self._records(rows)
            for line in ours:
                if line.operation in _OF_ROWS:
                    self._disclosure(connection, line, rows, records, sending)
                else:
                    self._send(sending, line, f"notice/{line.disclosure}", notices.get(line.disclosure))
            self._keep(connection, sending)
        return sending.outs

    def _waits(self, rows: dict[tuple[UUID, UUID, int], Row]) -> bool:
        """Whether to wait for the discloser: a tombstone now would tell of a statement that hides nothing."""
        now, self.held = time.monotonic(), any(row.restricted is not None for row in rows.values())
        if not self.held:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since < HOLD

    def _disclosure(
        self,
        connection: Connection,
        line: Line,
        rows: dict[tuple[UUID, UUID, int], Row],
        records: dict[tuple[UUID, UUID, int], bytes],
        sending: _Sending,
    ) -> None:
        """One line about a row: its value if it may be seen now, or a tombstone."""
        key, place = (line.partner, line.disclosure), (line.partner, line.citizen, line.item)
        value = records.get(place)  # also of a line that took it away: the row may be there again
        self._send(sending, line, str(line.disclosure), value)
        if value is not None:
            sending.put[key] = line.citizen
            sending.gone.pop(key, None)
            return
        if sending.put.pop(key, None) is not None or key in sending.published:
            sending.gone[key] = line
        row = rows.get(place)
        if row is not None and row.restricted is not None:
            again = (*place, line.disclosure, row.partition, row.restricted)
            connection.execute(
                SQL["add_again"], again
            )  # decided anew it may still be theirs: then it is sent again

    def _send(self, sending: _Sending, line: Line, key: str, value: bytes | None) -> None:
        if self._cluster is None:
            return
        headers = [("sequence", str(line.sequence).encode())]
        sending.outs.append(Out(self._cluster.partner(line.partner), 0, key.encode(), value, headers))
        if value is None:
            sending.tombstones[line.partner] = line.number

    # What is there now.

    def _rows(self, connection: Connection, lines: Sequence[Line]) -> dict[tuple[UUID, UUID, int], Row]:
        return rows_now(connection, {(line.partner, line.citizen, line.item) for line in lines})

    def _records(self, rows: dict[tuple[UUID, UUID, int], Row]) -> dict[tuple[UUID, UUID, int], bytes]:
        """The rows that may be seen now, as records; one that does not open is not there."""
        now = self._clock()
        seen = {
            place: row
            for place, row in rows.items()
            if row.restricted is None and (row.valid_until is None or row.valid_until > now)
        }
        records: dict[tuple[UUID, UUID, int], bytes] = {}
        ciphers = self._text_keys(seen.values())
        for place, row in seen.items():
            try:
                key = self._vault.key_of(row.citizen)
                content, fields = open_row(self._vault, row.partner, row, key, ciphers)
            except Unreadable as error:
                _log.error("a row does not open and is not published", partner=row.partner, error=str(error))
                continue
            records[place] = self._schemas.wire(RECORD, record_of(row, content, fields))
        return records

    def _text_keys(self, rows: Collection[Row]) -> dict[UUID, Any]:
        """The text keys of rows, asked for at once; one by one when one of them does not open."""
        worded = [row for row in rows if row.texts]
        try:
            return self._vault.text_keys(
                (event, self._vault.key_of(row.citizen)) for row in worded for event in row.text_events
            )
        except Unreadable:
            if len(worded) == 1:
                return {}  # the row itself says why, when it is opened
            return {event: key for row in worded for event, key in self._text_keys([row]).items()}

    def _notices(self, connection: Connection, ids: list[UUID]) -> dict[UUID, bytes]:
        if not ids:
            return {}
        found = connection.execute(SQL["notices"], (ids,)).fetchall()
        return {
            notice: self._schemas.wire(
                NOTICE,
                {
                    "notice": str(notice),
                    "kind": "access_ended",
                    "citizen": str(reference),
                    "records": [str(record) for record in records],
                    "purge_by": purge_by.isoformat(),
                },
            )
            for notice, records, purge_by, reference in found
        }

    @staticmethod
    def _published(connection: Connection, lines: Sequence[Line]) -> set[tuple[UUID, UUID]]:
        if not lines:
            return set()
        terms = ([line.partner for line in lines], [line.disclosure for line in lines])
        return {(row[0], row[1]) for row in connection.execute(SQL["published"], terms).fetchall()}

    # What it means.

    def _keep(self, connection: Connection, sending: _Sending) -> None:
        """Keep what is on the topics, and tell a partner of what it had and may see no longer."""
        if sending.tombstones:
            terms = (list(sending.tombstones), list(sending.tombstones.values()))
            connection.execute(SQL["add_clearing"], terms)
        if sending.put:
            keys = list(sending.put)
            connection.execute(
                SQL["add_published"], ([k[0] for k in keys], [k[1] for k in keys], list(sending.put.values()))
            )
        if not sending.gone:
            return
        keys = list(sending.gone)
        connection.execute(SQL["remove_published"], ([k[0] for k in keys], [k[1] for k in keys]))
        ended: dict[tuple[UUID, UUID], list[Line]] = {}
        for line in sending.gone.values():
            ended.setdefault((line.partner, line.citizen), []).append(line)
        purge_by = copenhagen_day(self._clock() + timedelta(days=PURGE_DAYS))
        for (partner, citizen), lines in ended.items():
            said = {
                "notice": uuid4(),
                "partner": partner,
                "citizen": citizen,
                "records": [line.disclosure for line in lines],
                "position": max(line.position for line in lines),
                "purge_by": purge_by,
            }
            connection.execute(SQL["add_notice"], said)


def rows_now(
    connection: Connection, places: Collection[tuple[UUID, UUID, int]]
) -> dict[tuple[UUID, UUID, int], Row]:
    """The rows that are at these places of the view now, by partner, citizen and item."""
    if not places:
        return {}
    wanted = [list(column) for column in zip(*places, strict=True)]
    found = connection.execute(
        in_schema(SQL["rows"], live_generation(connection, "partner_view")), wanted
    ).fetchall()
    rows = [Row._make((*row[:5], bytes(row[5]), [bytes(text) for text in row[6]], *row[7:])) for row in found]
    return {(row.partner, row.citizen, row.item): row for row in rows}


def record_of(row: Row, content: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """A row as its partner's record: nothing in it that other partners, or the hub's insides, call by that name."""
    purposes = content.get("field_purposes", {})
    return {
        "citizen": str(row.reference),
        "event": content["event"],
        "happened": content["happened"],
        "recorded": content["recorded"],
        "purposes": content["purposes"],
        "why": content["why"],
        "valid_until": None if row.valid_until is None else to_microseconds(row.valid_until),
        "fields": {
            name: {
                "value": value["text"] if isinstance(value, dict) else value,
                "labels": value["labels"] if isinstance(value, dict) else None,
                "purposes": purposes.get(name),
            }
            for name, value in fields.items()
            if not isinstance(value, dict) or value["text"] is not None
        },
    }
