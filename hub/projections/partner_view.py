"""Partner view: each partner's permitted rows and nothing more, and the log of what changed in them.

The discloser goes record by record, in log order: what it writes to `partner_log` is a function of the history and
never of how the records came in batches. A row is decided with the statements up to its record; what restricts
later takes it away when that is handled, and readers refuse it already from the moment it was recorded.

A row keeps its content sealed under the citizen's key, and each free text sealed as it is on the log.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from psycopg import Connection, sql

from hub.application.disclosure import Disclosure, State, Viewer
from hub.application.redact import redact
from hub.application.standing import Partners
from hub.clock import from_microseconds
from hub.items import Item, item_of
from hub.kafka import partition_of
from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, copy_rows, in_schema, live_generation, read_live
from hub.statements import Statement
from hub.store import Log, Opened, Sealer
from hub.vault import SQL as VAULT
from hub.vault import Vault

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_TYPES: Final = [
    "uuid", "uuid", "int8", "uuid", "uuid", "int4", "int4", "timestamptz", "bytea", "bytea", "bytea[]",
]  # fmt: skip

CHANNEL: Final = "hub_partner_log"
_LINE: Final = ["uuid", "uuid", "int8", "uuid", "text", "int8"]

Key = tuple[UUID, UUID, int]
"""Partner, citizen, position."""
Line = tuple[UUID, UUID, int, UUID, str, int]
"""A line of `partner_log`: a row's key, its disclosure id, what was done to it, and the position that did it."""


class Row(NamedTuple):
    """A row that is to be written."""

    event_id: UUID
    disclosure_id: UUID
    partition: int
    purposes: int
    valid_until: int | None
    digest: bytes
    sealed: bytes
    texts: list[bytes]


@dataclass(slots=True)
class _Citizen:
    """What the discloser holds of one citizen during a batch."""

    state: State
    history: list[tuple[Item, Opened]] = field(default_factory=list)
    whole: bool = False
    """Whether `history` holds everything recorded so far; it is loaded when a statement asks for it."""


@dataclass(slots=True)
class _Changes:
    """What a batch changes."""

    current: dict[Key, bytes] = field(default_factory=dict)
    """The digest of each row as it stands at this point of the log."""
    stored: set[Key] = field(default_factory=set)
    """Rows that the table holds already."""
    rows: dict[Key, Row | None] = field(default_factory=dict)
    log: list[Line] = field(default_factory=list)


class _Sweep(NamedTuple):
    """A statement about an organisation, and what of the batch it meets."""

    event: Event
    statement: Statement
    partners: Partners
    citizens: dict[UUID, _Citizen]


class PartnerView:
    """The read model, and the only writer of `partner_log`."""

    name = "partner_view"
    tables = SQL["tables"]

    def __init__(
        self, log: Log, sealer: Sealer, vault: Vault, partitions: int, *, publish: bool = True
    ) -> None:
        self._log = log
        self._sealer = sealer
        self._vault = vault
        self._partitions = partitions
        self._publish = publish
        self._partners: dict[int, tuple[int, Partners]] = {}

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Decide a batch, partition by partition, and write what changed."""
        changes = _Changes()
        for partition in sorted({event.partition for event in events}):
            ours = [event for event in events if event.partition == partition]
            self._partition(connection, schema, ours, changes)
        self._write(connection, schema, changes)

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Take every row of these citizens away, with a line for each in the log."""
        terms = {"citizens": list(citizens), "schema": schema}
        gone = connection.execute(in_schema(SQL["withhold"], schema), terms).fetchall()
        if self._publish:
            _append_log(connection, [(*row[:4], "delete", row[4]) for row in gone])

    def _partition(
        self, connection: Connection, schema: str, events: Sequence[Event], changes: _Changes
    ) -> None:
        """Go through one partition's events, from what stood just before the first of them."""
        partition, before = events[0].partition, events[0].position - 1
        partners = self._partners_at(partition, before)
        touched = {event.citizen for event in events if event.citizen is not None}
        restated = {event.citizen for event in events if event.citizen is not None and event.statements}
        citizens = self._states(touched, partners, before)
        self._histories(connection, schema, {c: citizens[c] for c in restated}, before, changes)
        for event in events:
            if event.citizen is not None:
                self._event(citizens[event.citizen], event, changes)
            for statement in event.statements if event.citizen is None else ():
                sweep = _Sweep(event, statement, partners, citizens)
                self._sweep(connection, schema, sweep, changes)
        self._partners[partition] = (events[-1].position, partners)

    def _partners_at(self, partition: int, position: int) -> Partners:
        """The organisations as they stood at a partition's checkpoint."""
        since, partners = self._partners.get(partition, (0, Partners()))
        if since > position:  # the batch before this one was rolled back
            since, partners = 0, Partners()
        partners = partners.copy()  # a batch that is rolled back leaves what is held as it was
        for statement in self._log.partner_statements(position, after=since):
            partners.add(statement)
        return partners

    def _states(self, citizens: set[UUID], partners: Partners, upto: int) -> dict[UUID, _Citizen]:
        """What stood about these citizens at a position."""
        loaded = {citizen: _Citizen(State(partners)) for citizen in citizens}
        for statement in self._log.citizen_statements(list(citizens), upto):
            if statement.citizen is not None:
                loaded[statement.citizen].state.add(statement)
        return loaded

    def _histories(
        self,
        connection: Connection,
        schema: str,
        citizens: dict[UUID, _Citizen],
        upto: int,
        changes: _Changes,
    ) -> None:
        """Load everything recorded on these citizens up to a position, and the rows that stand now."""
        wanted = {citizen: held for citizen, held in citizens.items() if not held.whole}
        if not wanted:
            return
        for held in wanted.values():
            held.history.clear()
            held.whole = True
        records = self._log.of_citizens(list(wanted), upto)
        for record, opened in zip(records, self._sealer.open_all(records), strict=True):
            if isinstance(opened, Opened) and record.citizen is not None:
                item = item_of(opened.schema, opened.body, opened.event_id, record.position)
                wanted[record.citizen].history.append((item, opened))
        rows = connection.execute(in_schema(SQL["current"], schema), (list(wanted),)).fetchall()
        for partner, citizen, position, digest in rows:
            changes.stored.add((partner, citizen, position))
            changes.current.setdefault((partner, citizen, position), bytes(digest))

    def _event(self, citizen: _Citizen, event: Event, changes: _Changes) -> None:
        """Take one citizen's event in: what it says first, then who may see it, then whom it lets see what."""
        state, this = citizen.state, (event.item, event.opened)
        restated: set[UUID] = set()
        for statement in event.statements:
            restated |= state.related() if statement.partner is None else {statement.partner}
            state.add(statement._replace(position=event.position, recorded_at=this[0].recorded_at))
        if citizen.whole:
            citizen.history.append(this)
        owner = UUID(bytes=event.opened.body["citizen_id"])
        for partner in sorted(restated | state.related()):
            items = citizen.history if partner in restated else (this,)
            self._decide(citizen.state, (partner, owner), items, event, changes)

    def _sweep(self, connection: Connection, schema: str, sweep: _Sweep, changes: _Changes) -> None:
        """Decide anew, for one partner, every citizen of this partition that it was ever related to."""
        event, statement, citizens = sweep.event, sweep.statement, sweep.citizens
        sweep.partners.add(statement._replace(position=event.position))
        if statement.partner is None or statement.kind == "registered":
            return
        terms = {"partner": statement.partner, "position": event.position, "schema": schema}
        rows = connection.execute(SQL["related"], terms).fetchall()  # a parked citizen stays withheld
        ours = {
            row[0] for row in rows if partition_of(str(row[0]).encode(), self._partitions) == event.partition
        }
        upto = event.position - 1
        citizens.update(self._states(ours - citizens.keys(), sweep.partners, upto))
        self._histories(connection, schema, {c: citizens[c] for c in ours}, upto, changes)
        for citizen in sorted(ours):
            held = citizens[citizen]
            self._decide(held.state, (statement.partner, citizen), held.history, event, changes)

    def _decide(
        self,
        state: State,
        who: tuple[UUID, UUID],
        items: Iterable[tuple[Item, Opened]],
        event: Event,
        changes: _Changes,
    ) -> None:
        """Decide items of one citizen for one partner (`who`: partner, citizen)."""
        partner, citizen = who
        viewer = Viewer.of(state, partner, event.log_time)
        registered = 0 if viewer.facts is None else viewer.facts.purposes
        for item, opened in items:
            key = (partner, citizen, item.position)
            disclosure = viewer.disclose(item, screen=False)
            row = None
            if disclosure is not None and disclosure.purposes & registered:
                until = viewer.valid_until(item, disclosure, screen=False)
                narrowed = Disclosure(
                    disclosure.why,
                    disclosure.purposes & registered,
                    tuple([(n, may & registered) for n, may in disclosure.fields if may & registered]),
                )
                row = self._row(partner, event.partition, (item, opened), narrowed, until)
            digest = None if row is None else row.digest
            if digest == changes.current.get(key):
                continue
            if row is None:
                del changes.current[key]
            else:
                changes.current[key] = row.digest
            changes.rows[key] = row
            named = self._vault.disclosure_id(partner, item.event_id) if row is None else row.disclosure_id
            changes.log.append((*key, named, "delete" if row is None else "upsert", event.position))

    def _row(
        self,
        partner: UUID,
        partition: int,
        what: tuple[Item, Opened],
        disclosure: Disclosure,
        until: int | None,
    ) -> Row:
        item, opened = what
        content, texts = redact(item, opened, disclosure)
        names = sorted(texts)
        content["texts"] = names
        raw = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.blake2b(raw, digest_size=16, key=opened.event_id.bytes)
        digest.update(str(until).encode())
        for name in names:
            digest.update(texts[name])
        sealed = self._vault.seal_row(opened.key, raw, partner.bytes + opened.event_id.bytes)
        return Row(
            opened.event_id,
            self._vault.disclosure_id(partner, item.event_id),
            partition,
            disclosure.purposes,
            until,
            digest.digest(),
            sealed,
            [texts[name] for name in names],
        )

    def _write(self, connection: Connection, schema: str, changes: _Changes) -> None:
        gone = [key for key in changes.rows if key in changes.stored]
        if gone:
            connection.execute(
                in_schema(SQL["remove"], schema),
                ([k[0] for k in gone], [k[1] for k in gone], [k[2] for k in gone]),
            )
        rows = [(key, row) for key, row in changes.rows.items() if row is not None]
        if rows:
            copy_rows(
                connection,
                in_schema(SQL["copy"], schema),
                _TYPES,
                (
                    (
                        *key,
                        *row[:4],
                        None if row.valid_until is None else from_microseconds(row.valid_until),
                        *row[5:],
                    )
                    for key, row in rows
                ),
            )
        if self._publish:
            _append_log(connection, changes.log)
            pairs = sorted({key[:2] for key, _ in rows})
            if pairs:
                connection.execute(VAULT["make_references"], ([p for p, _ in pairs], [c for _, c in pairs]))


class Shown(NamedTuple):
    """One row of a partner's view, still sealed."""

    position: int
    event_id: UUID
    purposes: int
    valid_until: Any
    sealed: bytes
    texts: list[bytes]
    disclosure_id: UUID


class PartnerViewRows:
    """Reads the live generation. A row that something newer restricts is absent until it was decided anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, partner: UUID, citizen: UUID, now: Any) -> list[Shown]:
        """One citizen's rows for one partner, oldest first."""
        terms = {"partner": partner, "citizen": citizen, "now": now}
        rows = read_live(self._database, "partner_view", SQL["rows"], terms)
        return [
            Shown(row[0], row[1], row[2], row[3], bytes(row[4]), [bytes(text) for text in row[5]], row[6])
            for row in rows
        ]

    def counts(self, now: Any, citizen: UUID | None = None) -> dict[UUID, tuple[int, int]]:
        """For each partner the number of rows and of citizens: what an operator may know."""
        rows = read_live(self._database, "partner_view", SQL["counts"], {"citizen": citizen, "now": now})
        return {row[0]: (row[1], row[2]) for row in rows}


def switch_difference(connection: Connection, old: str, new: str) -> dict[UUID, tuple[int, int, int]]:
    """Rows gained, lost and changed for each partner between two generations; the log gets only the difference."""
    difference = sql.SQL(SQL["difference"]).format(new=sql.Identifier(new), old=sql.Identifier(old))
    found: dict[UUID, tuple[int, int, int]] = {}
    lines = []
    for partner, citizen, item, disclosure, position, gained, lost in connection.execute(
        difference, {"new": new}
    ).fetchall():
        plus, minus, changed = found.get(partner, (0, 0, 0))
        found[partner] = (plus + gained, minus + lost, changed + (not gained and not lost))
        lines.append((partner, citizen, item, disclosure, "delete" if lost else "upsert", position))
    _append_log(connection, lines)
    return found


def _append_log(connection: Connection, lines: Sequence[Line]) -> None:
    if lines:
        copy_rows(connection, sql.Composed([sql.SQL(SQL["log"])]), _LINE, lines)
        connection.execute(SQL["notify"])


def backfill(connection: Connection, partner: UUID) -> int:
    """A line in the log for everything a partner may see now: its topic was opened, and is empty."""
    schema = live_generation(connection, "partner_view")
    return connection.execute(in_schema(SQL["backfill"], schema), (partner,)).rowcount
