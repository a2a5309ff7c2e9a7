"""The demonstration's own audit: every answer to "may they see it?" is decided again and compared with the rows.

What should be there comes from the log alone: every event is opened, what it says is derived anew, and `decide` is
asked for each citizen, partner and event. What is there is read with plain SQL.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from psycopg import Connection, sql

from hub.application.disclosure import State
from hub.clock import to_microseconds
from hub.errors import Unreadable
from hub.items import Item, item_of
from hub.postgres import Database
from hub.statements import Statement, statements_of
from hub.store import Log, Opened, Sealer
from hub.vault import Vault
from hub.vocabulary import PURPOSE_BIT, purpose_names

_CHUNK: Final = 5_000

Key = tuple[UUID, UUID, int]
"""Partner, citizen and position."""


class Shown(NamedTuple):
    """What a partner may see of an event: for which purposes (a bit set), and which fields."""

    purposes: int
    fields: frozenset[str]


class Audit(NamedTuple):
    """What the audit found."""

    answers: int
    permitted: int
    differences: int
    planted: int
    caught: int
    events: int
    last_position: int


class Auditor:
    """Decides everything again."""

    def __init__(self, database: Database, log: Log, sealer: Sealer, vault: Vault) -> None:
        self._database = database
        self._log = log
        self._sealer = sealer
        self._vault = vault

    def audit(self, now: datetime, stranger: UUID, secret: Key) -> Audit:
        """Compare once with faults put in on purpose, which are taken back, and once with what is there.

        The faults: one row is missing, and `stranger` is shown the row `secret`, which it may not see.
        """
        answers, expected = self._expected(now)
        with self._database.connection() as connection:
            schema = self._live(connection)
            with connection.transaction(force_rollback=True):
                planted = self._plant(connection, schema, stranger, secret)
                caught = self._differences(connection, schema, now, expected)
            found = self._differences(connection, schema, now, expected)
            row = connection.execute("SELECT count(*), coalesce(max(position), 0) FROM events").fetchone()
        events, last = (0, 0) if row is None else row
        return Audit(answers, len(expected), found, planted, caught - found, events, last)

    # What should be there.

    def _expected(self, now: datetime) -> tuple[int, dict[Key, Shown]]:
        """Every answer: how many there are, and those that permit something."""
        moment = to_microseconds(now)
        partners: list[Statement] = []
        citizens: dict[UUID, tuple[list[Statement], list[Item]]] = {}
        for citizen, item, statements in self._everything():
            if citizen is None:
                partners.extend(statements)
            else:
                said, items = citizens.setdefault(citizen, ([], []))
                said.extend(statements)
                items.append(item)
        answers, expected = 0, {}
        for citizen, (said, items) in citizens.items():
            state = State.of([*partners, *said])
            for partner in state.partners.ids():
                facts = state.partners.get(partner)
                viewers = [
                    (PURPOSE_BIT[purpose], state.viewer(partner, moment, purpose=purpose))  # type: ignore[index]
                    for purpose in purpose_names(facts.purposes if facts else 0)
                ]
                for item in items:
                    answers += 1
                    shown = Shown(0, frozenset())
                    for bit, viewer in viewers:
                        decision = viewer.decide(item)
                        if decision.permitted:
                            names = {field.name for field in decision.fields}
                            shown = Shown(shown.purposes | bit, shown.fields | names)
                    if shown.purposes:
                        expected[partner, citizen, item.position] = shown
        return answers, expected

    def _everything(self) -> Iterator[tuple[UUID | None, Item, list[Statement]]]:
        """The whole log, opened, with what each event says."""
        position = 0
        while records := self._log.after(position, _CHUNK):
            position = records[-1].position
            for record, opened in zip(records, self._sealer.open_all(records), strict=True):
                if not isinstance(opened, Opened):
                    raise opened
                item = item_of(opened.schema, opened.body, opened.event_id, record.position)
                event = (opened.schema.event, opened.body, opened.originator_id, opened.version)
                statements = [
                    each._replace(
                        position=record.position, recorded_at=item.recorded_at, citizen=record.citizen
                    )
                    for each in statements_of(*event)
                ]
                yield record.citizen, item, statements

    # What is there.

    @staticmethod
    def _live(connection: Connection) -> sql.Identifier:
        row = connection.execute(
            "SELECT schema_name FROM generations WHERE view = 'partner_view' AND live"
        ).fetchone()
        return sql.Identifier(row[0] if row else "")

    def _differences(
        self, connection: Connection, schema: sql.Identifier, now: datetime, expected: Mapping[Key, Shown]
    ) -> int:
        """How many answers the rows give otherwise."""
        query = sql.SQL(
            "SELECT partner_id, citizen_id, position, event_id, purposes, sealed FROM {}.partner_view "
            "WHERE valid_until IS NULL OR valid_until > %s"
        ).format(schema)
        left, wrong = dict(expected), 0
        for partner, citizen, position, event, purposes, sealed in connection.execute(query, (now,)):
            right = left.pop((partner, citizen, position), None)
            if right is None or right.purposes != purposes:
                wrong += 1
            else:
                wrong += right.fields != self._fields(citizen, partner, event, bytes(sealed))
        return wrong + len(left)

    def _fields(self, citizen: UUID, partner: UUID, event: UUID, sealed: bytes) -> frozenset[str]:
        try:
            content = self._vault.open_row(self._vault.key_of(citizen), sealed, partner.bytes + event.bytes)
        except Unreadable:
            return frozenset()
        return frozenset(orjson.loads(content)["fields"])

    @staticmethod
    def _plant(connection: Connection, schema: sql.Identifier, stranger: UUID, secret: Key) -> int:
        """Put the two faults in; how many there are."""
        gone = connection.execute(
            sql.SQL(
                "DELETE FROM {0}.partner_view WHERE ctid = (SELECT ctid FROM {0}.partner_view "
                "WHERE valid_until IS NULL ORDER BY citizen_id, partner_id, position LIMIT 1)"
            ).format(schema)
        ).rowcount
        shown = connection.execute(
            sql.SQL(
                "INSERT INTO {0}.partner_view SELECT %s, citizen_id, position, event_id, gen_random_uuid(), "
                "partition, purposes, valid_until, digest, sealed, texts, text_events FROM {0}.partner_view "
                "WHERE partner_id = %s AND citizen_id = %s AND position = %s"
            ).format(schema),
            (stranger, *secret),
        ).rowcount
        return gone + shown
