"""The event store: eventsourcing on PostgreSQL, with our own recorder and our own mapper.

The recorder writes with one call of one server-side function (lock, dense position, insert, statements, notify).
The event table is the truth and the outbox; its position is the order of everything. A crash before the commit
leaves nothing behind, after it everything; a caller that lost the answer asks again with the same command id.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from eventsourcing.application import Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    JSONTranscoder,
    Mapper,
    Notification,
    StoredEvent,
    Subscription,
)
from eventsourcing.utils import Environment, register_topic
from psycopg import Connection, errors

from hub.aggregates.base import Organisation, event_id
from hub.encoding import event_classes, event_of
from hub.errors import Conflict, HubError, Misconfigured, Unreadable
from hub.postgres import Database, sql_blocks
from hub.schemas import Schemas
from hub.sealing import MISPLACED, Opened, Record, SealedEvent, Sealer, place, record_of
from hub.statements import Statement
from hub.vault import HUB, Vault
from hub.vault import SQL as VAULT

__all__ = [
    "CHANNEL", "MISPLACED", "SQL", "AlreadyDone", "Log", "Opened", "Record", "Recorder", "SealedEvent", "Sealer",
    "Store", "create_tables", "place", "record_of",
]  # fmt: skip

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
CHANNEL: Final = "hub_events"
_LAST: Final = 2**62
_UNREAD: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for `recorded_at` of an event that was read back: the opened event says it."""


class AlreadyDone(HubError):
    """The command was carried out before; its first answer stands."""


class SealingMapper(Mapper[UUID]):
    """Between domain events and sealed Avro."""

    def __init__(self, sealer: Sealer) -> None:
        super().__init__(JSONTranscoder())
        self.sealer = sealer

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Encode and seal."""
        return self.sealer.seal(domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Open and decode; free text stays sealed."""
        if not isinstance(stored_event, SealedEvent):
            raise Unreadable("The store handed over an event that is not sealed.")
        standing = stored_event.originator_id, stored_event.originator_version
        opened = self.sealer.open(stored_event.state, stored_event.citizen_id, standing)
        return event_of(opened.schema.topic, opened.body, stored_event.originator_id, opened.version)  # type: ignore[arg-type]


class Recorder(ApplicationRecorder):
    """Writes and reads events."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Store all or nothing; raises Conflict when an aggregate has moved on, AlreadyDone for a known command."""
        sealed = [event for event in stored_events if isinstance(event, SealedEvent)]
        first = self.insert(sealed, kwargs.get("command_id"), kwargs.get("answer"))
        return list(range(first, first + len(sealed)))

    def insert(self, sealed: list[SealedEvent], command: UUID | None, answer: Any) -> int:
        """Store all or nothing; the position of the first event."""
        if not sealed:
            return 0
        with self.database.connection() as connection:
            return self.append(connection, sealed, command, answer)

    @staticmethod
    def append(connection: Connection, events: list[SealedEvent], command: UUID | None, answer: Any) -> int:
        """Store all or nothing within a transaction of the caller's; the position of the first event."""
        said = [
            {
                "i": i,
                "n": n,
                "c": event.citizen_id,
                "p": s.partner,
                "k": s.kind,
                "r": s.restricts,
                "b": s.body,
            }
            for i, event in enumerate(events, 1)
            for n, s in enumerate(event.statements)
        ]
        written = orjson.dumps(said).decode() if said else None
        answered = orjson.dumps(answer).decode() if answer else "{}"
        block, parameters = (
            ("call_append_one", _one(events[0], written, command, answered))
            if len(events) == 1
            else ("call_append", _many(events, written, command, answered))
        )
        try:
            row = connection.execute(SQL[block], parameters).fetchone()
        except errors.UniqueViolation as error:
            if error.diag.constraint_name == "commands_pkey":
                raise AlreadyDone("The command was carried out before.") from None
            raise Conflict("Somebody else recorded first: read again and try again.") from None
        return int(row[0]) if row else 0

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """An aggregate's events in order."""
        terms = {"originator": originator_id, "gt": gt or 0, "lte": _LAST if lte is None else lte}
        with self.database.connection() as connection:
            rows = connection.execute(SQL["select_events"], terms).fetchall()
        if desc:
            rows.reverse()
        return [
            SealedEvent(
                originator,
                version,
                "",
                bytes(value),
                event_id(originator, version),
                citizen,
                _UNREAD,
                None,
                (),
            )
            for originator, version, citizen, value in rows[:limit]
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The library's view of the log; ours is `Log`. Topics are inside the seal, so none can be asked for."""
        if topics:
            raise NotImplementedError
        after = 0 if start is None else start - inclusive_of_start
        return [
            Notification(record.originator_id, record.version, "", record.value, record.position)
            for record in Log(self.database).after(after, limit)
            if stop is None or record.position <= stop
        ]

    def max_notification_id(self) -> int | None:
        """The last position; None while the log is empty."""
        return Log(self.database).head()[0] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not this way: the library's subscription can miss a NOTIFY; consumers read `Log`."""
        raise NotImplementedError


def _one(event: SealedEvent, said: str | None, command: UUID | None, answer: str) -> tuple[Any, ...]:
    return (
        event.originator_id,
        event.originator_version,
        event.citizen_id,
        event.recorded_at,
        event.state,
        event.event_id if event.text_key is not None else None,
        event.text_key,
        said,
        command,
        answer,
    )


def _many(events: list[SealedEvent], said: str | None, command: UUID | None, answer: str) -> tuple[Any, ...]:
    texts = [event for event in events if event.text_key is not None]
    return (
        [event.originator_id for event in events],
        [event.originator_version for event in events],
        [event.citizen_id for event in events],
        [event.recorded_at for event in events],
        [event.state for event in events],
        [event.event_id for event in texts],
        [event.citizen_id or HUB for event in texts],
        [event.text_key for event in texts],
        said,
        command,
        answer,
    )


class Log:
    """The events in order of position, for those who read all of them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def head(self) -> tuple[int, datetime]:
        """The last position and its log time."""
        with self.database.connection() as connection:
            row = connection.execute(SQL["head"]).fetchone()
        if row is None:
            raise Misconfigured("The store has no head: it was not set up. Run `hub init`.")
        return row[0], row[1]

    def after(self, position: int, limit: int) -> list[Record]:
        """The next records after a position."""
        with self.database.connection() as connection:
            rows = connection.execute(SQL["select_after"], (position, limit)).fetchall()
        return [record_of(row) for row in rows]

    def of_citizens(self, citizens: Sequence[UUID], upto: int = _LAST) -> list[Record]:
        """Everything recorded on these citizens up to a position, in order."""
        with self.database.connection() as connection:
            rows = connection.execute(SQL["select_citizen"], (list(citizens), upto)).fetchall()
        return [record_of(row) for row in rows]

    def first(self, citizen: UUID) -> Record | None:
        """The first record on a citizen; None when there is none."""
        with self.database.connection() as connection:
            row = connection.execute(SQL["first"], (citizen,)).fetchone()
        return None if row is None else record_of(row)

    def met(self, citizen: UUID, partner: UUID) -> bool:
        """Whether anything was ever said of this citizen to this partner: if not, it is a stranger."""
        with self.database.connection() as connection:
            row = connection.execute(SQL["met"], (partner, citizen)).fetchone()
        return row is not None and bool(row[0])

    def count(self, citizens: Sequence[UUID], most: int) -> int:
        """How many events there are on these citizens; counting stops at the most that matters."""
        with self.database.connection() as connection:
            row = connection.execute(SQL["count_citizens"], (list(citizens), most)).fetchone()
        return int(row[0]) if row else 0

    def at(self, citizen: UUID, positions: Sequence[int]) -> list[Record]:
        """A citizen's records at these positions, in order."""
        with self.database.connection() as connection:
            rows = connection.execute(SQL["select_at"], (citizen, list(positions))).fetchall()
        return [record_of(row) for row in rows]

    def statements(self, citizens: Sequence[UUID], *, partners_after: int = 0) -> list[Statement]:
        """The statements on these citizens, and on every partner after a position, in order: one query."""
        return self._statements("statements_on", citizens, _LAST, partners_after)

    def partner_statements(self, upto: int = _LAST, *, after: int = 0) -> list[Statement]:
        """The statements on partners alone."""
        return self._statements("statements_on_partners", (), upto, after)

    def citizen_statements(self, citizens: Sequence[UUID], upto: int = _LAST) -> list[Statement]:
        """The statements on these citizens alone."""
        return self._statements("statements_on_citizens", citizens, upto)

    def _statements(self, block: str, citizens: Sequence[UUID], upto: int, after: int = 0) -> list[Statement]:
        terms = {"citizens": list(citizens), "upto": upto, "after": after}
        with self.database.connection() as connection:
            rows = connection.execute(SQL[block], terms).fetchall()
        return [Statement(*row) for row in rows]


class _Factory(InfrastructureFactory[Any]):
    """Hands the library our own recorder and mapper."""

    def __init__(self, env: Environment, recorder: Recorder, sealer: Sealer) -> None:
        super().__init__(env)
        self._recorder = recorder
        self._sealer = sealer

    def application_recorder(self) -> ApplicationRecorder:
        return self._recorder

    def mapper(self, *_: Any, **__: Any) -> Mapper[Any]:
        return SealingMapper(self._sealer)

    def aggregate_recorder(self, purpose: str = "events") -> Any:
        raise NotImplementedError(purpose)

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> Any:
        raise NotImplementedError

    def process_recorder(self) -> Any:
        raise NotImplementedError


class Store(Application[UUID]):
    """The aggregates' home: loads them from their events and saves what they decided."""

    name = "hub"

    def __init__(self, database: Database, schemas: Schemas, vault: Vault) -> None:
        self.database = database
        self.sealer = Sealer(schemas, vault)
        self.own_recorder = Recorder(database)
        _register_topics()
        super().__init__()

    def construct_env(self, name: str, env: Any = None) -> Environment:
        """Nothing comes from the environment: the composition root decides."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Our own recorder and mapper."""
        return _Factory(env, self.own_recorder, self.sealer)

    def record(self, aggregates: Iterable[Organisation], command: UUID | None, answer: Any) -> int:
        """Save what these aggregates decided, all or nothing; the position of the first event, 0 for none.

        This is `save` without what the library does around it for followers and snapshots that we do not have.
        """
        pending = [event for aggregate in aggregates for event in aggregate.collect_events()]
        sealed = [self.sealer.seal(event) for event in pending]
        return self.own_recorder.insert(sealed, command, answer)

    def load(self, identity: UUID) -> Organisation | None:
        """An aggregate from its events; None when it has none.

        The repository's own way asks of every event whether it is one (a Protocol check that costs more than opening
        it); here they all are.
        """
        aggregate: Organisation | None = None
        for stored in self.own_recorder.select_events(identity):
            aggregate = self.mapper.to_domain_event(stored).mutate(aggregate)  # type: ignore[attr-defined]
        return aggregate

    def answer(self, command: UUID) -> tuple[int, Any] | None:
        """What a command answered when it was carried out: its first position and its answer."""
        with self.database.connection() as connection:
            row = connection.execute(SQL["answer"], (command,)).fetchone()
        return None if row is None else (row[0], row[1])


def _register_topics() -> None:
    for topic, (event_class, _) in event_classes().items():
        register_topic(topic, event_class)


def create_tables(database: Database) -> None:
    """Create the store's tables and its functions; safe to repeat."""
    database.run(VAULT["tables"])
    database.run(SQL["tables"])
    database.run(SQL["forget"])
    database.run(SQL["append"])
    database.run(SQL["append_one"])
