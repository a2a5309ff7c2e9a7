"""Partner view: each partner's permitted rows and nothing more, and the log of what changed in them.

The discloser goes record by record, in log order: what it writes to `partner_log` of one citizen is a function of the
history and never of how the records came in batches. A row is decided with the statements up to its record; what
restricts later takes it away when that is handled, and readers refuse it already from the moment it was recorded.
What an organisation's own statement asks of all its citizens is a sweep, worked off some citizens at a time.

A row keeps its content sealed under the citizen's key, and each free text sealed as it is on the log.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from psycopg import Connection

from hub.application.amendments import UNAMENDED
from hub.application.disclosure import State, Viewer
from hub.application.redact import NO_CORRECTIONS, Redacted, redact
from hub.application.standing import Partners
from hub.items import Item, item_of
from hub.kafka import partition_of
from hub.postgres import sql_blocks
from hub.projections import sweeping
from hub.projections.base import Event, in_schema
from hub.projections.partner_rows import Changes, Row, append_log, write
from hub.projections.sweeping import Sweep
from hub.store import Log, Opened, Sealer
from hub.vault import Vault
from hub.vocabulary import purpose_mask

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
EVENTS: Final = 500
"""How many events a sweep decides in one go, about: others wait no longer than that."""


HELD: Final = 10_000
"""How many events are held open at once, about: a batch that asks for more is taken in parts."""


class _Moment(NamedTuple):
    """Where and when something is decided: an event, or a statement about an organisation."""

    partition: int
    position: int
    log_time: int


@dataclass(slots=True)
class _Citizen:
    """What the discloser holds of one citizen during a batch."""

    state: State
    history: list[tuple[Item, Opened]] = field(default_factory=list)
    whole: bool = False
    """Whether `history` holds everything recorded so far; it is loaded when a statement or a sweep asks for it."""
    last: int = 0
    """The position of the last record in a whole history: a sweep since before it was settled with that."""


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

    def heavy(self, events: Sequence[Event]) -> bool:
        """Whether what these events ask to be decided anew is too much to be held at once."""
        restated = {event.citizen for event in events if event.citizen is not None and event.statements}
        return len(restated) > 1 and self._log.count(list(restated), HELD + 1) > HELD

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Decide a batch, partition by partition, and write what changed."""
        changes, partitions = Changes(), sorted({event.partition for event in events})
        pending = sweeping.pending(connection, schema, partitions)
        for partition in partitions:
            ours = [event for event in events if event.partition == partition]
            theirs = [sweep for sweep in pending if sweep.partition == partition]
            self._partition(connection, schema, ours, theirs, changes)
        write(connection, schema, changes, publish=self._publish)
        sweeping.begin(connection, schema, changes.begun)

    def sweep(self, connection: Connection, schema: str, at: Mapping[int, int], limit: int) -> bool:
        """Decide at most so many citizens of pending sweeps, as far as each partition has come; whether any is left."""
        events = EVENTS
        while pending := sweeping.pending(connection, schema, list(at)):
            if limit <= 0 or events <= 0:
                return True
            theirs = sweeping.first(pending)
            opens = _shut(theirs, self._as_of(theirs)) is None
            found = sweeping.page(connection, schema, theirs, limit)
            upto, taken = {}, []
            for citizen, many in found:
                if events <= 0:
                    break
                taken.append(citizen)
                partition = self._partition_of(citizen)
                if any(sweep.partition == partition and sweep.beyond(citizen) for sweep in theirs):
                    upto[citizen] = at[partition]
                    events -= many * opens
            self._settle_all(connection, schema, theirs, upto)
            limit -= len(taken)
            done = len(taken) == len(found) and limit > 0
            sweeping.go_on(connection, schema, theirs, taken, last=done)
        return False

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Take every row of these citizens away, with a line for each in the log."""
        citizens = list(citizens)
        if pending := sweeping.pending(connection, schema, range(self._partitions)):
            parked = sweeping.parked_at(connection, schema, citizens)
            self._settle_all(connection, schema, pending, {c: at - 1 for c, at in parked.items()})
        gone = connection.execute(
            in_schema(SQL["withhold"], schema), {"citizens": citizens, "schema": schema}
        ).fetchall()
        if self._publish:
            append_log(connection, [(*row[:4], "delete", row[4]) for row in gone])

    def _partition(
        self,
        connection: Connection,
        schema: str,
        events: Sequence[Event],
        pending: list[Sweep],
        changes: Changes,
    ) -> None:
        """Go through one partition's events, from what stood just before the first of them."""
        partition, before = events[0].partition, events[0].position - 1
        partners = self._partners_at(partition, before)
        last = {event.citizen: event.position for event in events if event.citizen is not None}
        restated = {event.citizen for event in events if event.citizen is not None and event.statements}
        citizens = self._states(dict.fromkeys(last, before), partners)
        begun = {s.partner: e.position for e in reversed(events) for s in e.statements if sweeping.sweeps(s)}
        if pending or begun:
            for citizen in last.keys() - restated:
                theirs = citizens[citizen].state.related()
                if any(begun.get(partner, last[citizen]) < last[citizen] for partner in theirs) or any(
                    sweep.partner in theirs and sweep.beyond(citizen) for sweep in pending
                ):
                    restated.add(citizen)
        self._histories(connection, schema, citizens, dict.fromkeys(restated, before), changes)
        as_of = self._as_of(pending)
        for event in events:
            if event.citizen is not None:
                held = citizens[event.citizen]
                self._settle(held, event.citizen, pending, as_of, changes)
                self._event(held, event, changes)
            for statement in event.statements if event.citizen is None else ():
                partners.add(statement._replace(position=event.position))
                if sweeping.sweeps(statement) and statement.partner is not None:
                    at = (partition, statement.partner, event.position, event.log_time)
                    sweep = Sweep(*at, statement.restricts, None)
                    pending.append(sweep)
                    changes.begun.append(sweep)
                    as_of[event.position] = partners.copy()
        self._partners[partition] = (events[-1].position, partners)

    def _partition_of(self, citizen: UUID) -> int:
        return partition_of(str(citizen).encode(), self._partitions)

    def _partners_at(self, partition: int, position: int) -> Partners:
        """The organisations as they stood at a partition's checkpoint."""
        since, partners = self._partners.get(partition, (0, Partners()))
        if since > position:  # the batch before this one was rolled back
            since, partners = 0, Partners()
        partners = partners.copy()  # a batch that is rolled back leaves what is held as it was
        for statement in self._log.partner_statements(position, after=since):
            partners.add(statement)
        return partners

    def _as_of(self, pending: Iterable[Sweep]) -> dict[int, Partners]:
        """The organisations as they stood at each of these sweeps' statements."""
        found: dict[int, Partners] = {}
        after, partners = 0, Partners()
        for since in sorted({sweep.since for sweep in pending}):
            partners = partners.copy()
            for statement in self._log.partner_statements(since, after=after):
                partners.add(statement)
            found[since], after = partners, since
        return found

    def _states(self, upto: Mapping[UUID, int], partners: Partners) -> dict[UUID, _Citizen]:
        """What stood about these citizens, each at its own position."""
        loaded = {citizen: _Citizen(State(partners)) for citizen in upto}
        if upto:
            for statement in self._log.citizen_statements(list(upto), max(upto.values())):
                citizen = statement.citizen
                if citizen is not None and statement.position <= upto[citizen]:
                    loaded[citizen].state.add(statement)
        return loaded

    def _histories(
        self,
        connection: Connection,
        schema: str,
        citizens: Mapping[UUID, _Citizen],
        upto: Mapping[UUID, int],
        changes: Changes,
    ) -> None:
        """Load everything recorded on these citizens, each up to its own position, and the rows that stand now."""
        if not upto:
            return
        for citizen in upto:
            citizens[citizen].whole = True
        records = [
            record
            for record in self._log.of_citizens(list(upto), max(upto.values()))
            if record.citizen is not None and record.position <= upto[record.citizen]
        ]
        for record, opened in zip(records, self._sealer.open_all(records), strict=True):
            held = citizens[record.citizen]  # type: ignore[index] # None was left out
            held.last = record.position
            if isinstance(opened, Opened):
                item = item_of(opened.schema, opened.body, opened.event_id, record.position)
                held.history.append((item, opened))
        rows = connection.execute(in_schema(SQL["current"], schema), (list(upto),)).fetchall()
        for partner, citizen, position, digest in rows:
            changes.stored.add((partner, citizen, position))
            changes.current.setdefault((partner, citizen, position), bytes(digest))

    def _event(self, citizen: _Citizen, event: Event, changes: Changes) -> None:
        """Take one citizen's event in: what it says first, then who may see it, then whom it lets see what."""
        state, this = citizen.state, (event.item, event.opened)
        restated: set[UUID] = set()
        for statement in event.statements:
            restated |= state.related() if statement.partner is None else {statement.partner}
            state.add(statement._replace(position=event.position, recorded_at=this[0].recorded_at))
        if citizen.whole:
            citizen.history.append(this)
            citizen.last = event.position
        owner = UUID(bytes=event.opened.body["citizen_id"])
        moment = _Moment(event.partition, event.position, event.log_time)
        for partner in sorted(restated | state.related()):
            items = citizen.history if partner in restated else (this,)
            self._decide(citizen.state, (partner, owner), items, moment, changes)

    def _settle_all(
        self, connection: Connection, schema: str, pending: Collection[Sweep], upto: Mapping[UUID, int]
    ) -> None:
        """Decide what sweeps owe these citizens, each up to its own position, and write what changed."""
        owed = {
            citizen: [s for s in pending if s.partition == partition and s.since <= at and s.beyond(citizen)]
            for citizen, at in upto.items()
            for partition in (self._partition_of(citizen),)
        }
        upto = {citizen: at for citizen, at in upto.items() if owed[citizen]}
        if not upto:
            return
        as_of, changes = self._as_of(pending), Changes()
        if shut := _shut({sweep for theirs in owed.values() for sweep in theirs}, as_of):
            terms = (shut.partner, list(upto), shut.since)
            gone = connection.execute(in_schema(SQL["shut"], schema), terms).fetchall()
            if self._publish:
                append_log(connection, [(*row, "delete", shut.since) for row in sorted(gone)])
            return
        citizens = self._states(upto, as_of[max(as_of)])
        self._histories(connection, schema, citizens, upto, changes)
        for citizen in sorted(upto):
            self._settle(citizens[citizen], citizen, owed[citizen], as_of, changes)
        write(connection, schema, changes, publish=self._publish)

    def _settle(
        self,
        held: _Citizen,
        citizen: UUID,
        pending: Iterable[Sweep],
        as_of: Mapping[int, Partners],
        changes: Changes,
    ) -> None:
        """Decide what the sweeps of its partition still owe one citizen, each as at its own moment."""
        if not held.whole:
            return  # no sweep has it before it
        now = held.state.partners
        for sweep in pending:
            if sweep.since > held.last and sweep.beyond(citizen):
                held.state.partners = as_of[sweep.since]
                moment = _Moment(sweep.partition, sweep.since, sweep.log_time)
                self._decide(held.state, (sweep.partner, citizen), held.history, moment, changes)
        held.state.partners = now

    def _decide(
        self,
        state: State,
        who: tuple[UUID, UUID],
        items: Iterable[tuple[Item, Opened]],
        moment: _Moment,
        changes: Changes,
    ) -> None:
        """Decide items of one citizen for one partner (`who`: partner, citizen)."""
        partner, citizen = who
        viewer = Viewer.of(state, partner, moment.log_time)
        registered = 0 if viewer.facts is None else viewer.facts.purposes
        corrections = _corrections(items) if state.amended else NO_CORRECTIONS
        for item, opened in items:
            key = (partner, citizen, item.position)
            disclosure = viewer.disclose(item)
            row = None
            if disclosure is not None and disclosure.purposes & registered:
                until = viewer.valid_until(item, disclosure)
                amended = state.amended.get(item.event_id, UNAMENDED)
                redacted = redact(item, opened, disclosure.narrowed(registered), amended, corrections)
                row = self._row(who, moment.partition, (item, opened), redacted, until)
            digest = None if row is None else row.digest
            if digest == changes.current.get(key):
                continue
            if row is None:
                del changes.current[key]
            else:
                changes.current[key] = row.digest
            changes.rows[key] = row
            named = self._vault.disclosure_id(partner, item.event_id) if row is None else row.disclosure_id
            changes.log.append((*key, named, "delete" if row is None else "upsert", moment.position))

    def _row(
        self,
        who: tuple[UUID, UUID],
        partition: int,
        what: tuple[Item, Opened],
        redacted: Redacted,
        until: int | None,
    ) -> Row:
        (partner, _), (item, opened) = who, what
        content, texts = redacted
        names = sorted(texts)
        content["texts"] = names
        raw = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.blake2b(raw, digest_size=16, key=opened.event_id.bytes)
        digest.update(str(until).encode())
        for name in names:
            digest.update(texts[name].words)
        sealed = self._vault.seal_row(opened.key, raw, partner.bytes + opened.event_id.bytes)
        return Row(
            opened.event_id,
            self._vault.disclosure_id(partner, item.event_id),
            partition,
            purpose_mask(content["purposes"]),
            until,
            digest.digest(),
            sealed,
            [texts[name].words for name in names],
            [texts[name].event_id for name in names],
        )


def _shut(pending: Collection[Sweep], as_of: Mapping[int, Partners]) -> Sweep | None:
    """The sweep of a suspension, when it is the only one: everything goes, and nothing need be opened to know that."""
    one = next(iter(pending))
    facts = as_of[one.since].get(one.partner)
    alone = all((sweep.partner, sweep.since) == (one.partner, one.since) for sweep in pending)
    return one if alone and facts is not None and facts.suspended else None


def _corrections(items: Iterable[tuple[Item, Opened]]) -> dict[UUID, Opened]:
    """The corrections among these, by their events: they hold the words that are shown instead."""
    return {item.event_id: opened for item, opened in items if item.event == "event.corrected"}
