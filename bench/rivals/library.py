"""Rival of catch-up: the event-sourcing library's own ProjectionRunner, one event a transaction.

Its application keeps the same sealed records in the library's own table; each is opened as the bare loop opens it, and
its rows are written with the tracking record in one transaction.
"""

import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final, LiteralString
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg import Connection

from bench.rivals.opening import Opener

FILL: Final = """
INSERT INTO sealed_events (originator_id, originator_version, topic, state)
SELECT originator_id, originator_version, coalesce(citizen_id::text, ''), value FROM events
WHERE position <= %s ORDER BY position
"""

Statements = Sequence[tuple[LiteralString, Sequence[Any]]]


class _Opening(Mapper[UUID]):
    """Hands out opened records; the topic column holds the citizen."""

    def __init__(self, opener: Opener) -> None:
        super().__init__(JSONTranscoder())
        self._opener = opener

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        citizen = UUID(stored_event.topic) if stored_event.topic else None
        body = self._opener.open(citizen, bytes(stored_event.state))
        return SimpleNamespace(body=body, originator_id=stored_event.originator_id)


class _Sealed(Application[UUID]):
    name = "sealed"


def environment(address: Mapping[str, str]) -> dict[str, str]:
    """The library's own settings for this database."""
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": address["dbname"],
        "POSTGRES_HOST": address["host"],
        "POSTGRES_PORT": address["port"],
        "POSTGRES_USER": address["user"],
        "POSTGRES_PASSWORD": address.get("password", "-"),
    }


def prepare(connection: Connection, address: Mapping[str, str], events: int) -> None:
    """Put the first records into the library's own table."""
    with _Sealed(environment(address)):
        pass  # it makes its table
    connection.execute(FILL, (events,))


def project(
    address: Mapping[str, str], opener: Opener, statements: Mapping[int, Statements], events: int, name: str
) -> float:
    """Let the runner go through the records, and stop; the seconds from the first of them to the last's commit."""
    moments: list[float] = []

    class View(PostgresTrackingRecorder):
        def write(self, tracking: Any) -> None:
            with self.datastore.transaction(commit=True) as cursor:
                self._insert_tracking(cursor, tracking)
                for statement, terms in statements[tracking.notification_id]:
                    cursor.execute(statement, terms)

    class Rows(Projection[View]):
        def process_event(self, domain_event: Any, tracking: Any) -> None:
            assert domain_event.body
            self.view.write(tracking)
            moments.append(time.perf_counter())

    Rows.name = name

    class Sealed(_Sealed):
        name = "sealed"

        def construct_mapper(self, *_: Any, **__: Any) -> Mapper[UUID]:
            return _Opening(opener)

    with ProjectionRunner(
        application_class=Sealed, projection_class=Rows, view_class=View, env=environment(address)
    ) as runner:
        runner.wait(events, timeout=120)
    assert len(moments) == events
    return (moments[-1] - moments[0]) * events / (events - 1)
