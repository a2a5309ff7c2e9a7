"""Writing what an import brings: events, keys, identities and originals of many citizens, all or nothing.

One transaction a load. The vault's rows go first; the log's lock is taken only for the log's own rows, so that
others record meanwhile. A crash before the commit leaves nothing of the load behind, after it everything; a load that
collides with what somebody else recorded is refused whole, as Conflict, and made anew.

Where a fact came from is found again by keyed lookup: `vault_originals` holds no id of the source in clear. It holds
the originals too, each sealed under its citizen's key, so that they end with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import Connection, errors
from psycopg.types.json import Jsonb

from hub.errors import Conflict, Misconfigured
from hub.postgres import Database, sql_blocks
from hub.sealing import SealedEvent
from hub.store import SQL as STORE
from hub.vault import DataKey, Vault

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))

PERSON: Final = "person"
"""The kind of an original: the record that a citizen was enrolled from."""
IMPORTED: Final = "imported"
"""The kind of an original: a record that became events."""
KEPT: Final = "kept"
"""The kind of an original: a record that became no event; its identity names its content too."""


class Original(NamedTuple):
    """A record as it came in. `kind` says what became of it, and nothing of what it is about."""

    kind: str
    identity: bytes
    digest: bytes
    citizen: UUID
    sealed: bytes


class Before(NamedTuple):
    """What an earlier import brought under an identity."""

    kind: str
    digest: bytes
    citizen: UUID


@dataclass(slots=True)
class Load:
    """What is written together."""

    keys: list[tuple[UUID, UUID, bytes]] = field(default_factory=list)
    citizens: list[tuple[UUID, bytes | None, bytes | None, bytes]] = field(default_factory=list)
    persons: dict[UUID, tuple[UUID, str, UUID | None, str, bytes]] = field(default_factory=dict)
    originals: list[Original] = field(default_factory=list)
    events: list[SealedEvent] = field(default_factory=list)
    commands: list[tuple[UUID, int]] = field(default_factory=list)
    """Each command with the index of its first event."""


class Bulk:
    """Reads and writes what imports keep."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def write(self, source: str, load: Load) -> int:
        """Store a load; the position of its first event (0: it has none). Raises Conflict and stores nothing."""
        with self._database.transaction() as connection:
            try:
                return _write(connection, source, load)
            except errors.UniqueViolation:
                raise Conflict("Somebody else recorded first: read again and try again.") from None

    def found(self, source: str, identities: Sequence[bytes]) -> dict[bytes, Before]:
        """Which of these an earlier import from this source brought."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["found"], (source, list(identities))).fetchall()
        return {bytes(row[0]): Before(row[1], bytes(row[2]), row[3]) for row in rows}

    def persons(self, source: str) -> Iterator[tuple[UUID, bytes]]:
        """Every citizen that was imported from this source, with the record they were enrolled from."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["of_kind"], (source, PERSON)).fetchall()
        for start in range(0, len(rows), 5_000):
            piece = rows[start : start + 5_000]
            keys = self._vault.keys((row[1], row[0]) for row in piece)
            for citizen, key_id, identity, sealed in piece:
                yield citizen, self._vault.open_row(keys[key_id], bytes(sealed), bytes(identity))

    def imported(self, source: str, citizen: UUID) -> Iterator[bytes]:
        """The records from this source that became events of a citizen."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["of_citizen"], (source, citizen, IMPORTED)).fetchall()
        keys = self._vault.keys({(row[0], citizen) for row in rows})
        for key_id, identity, sealed in rows:
            yield self._vault.open_row(keys[key_id], bytes(sealed), bytes(identity))

    def enrolled(self, lookups: Sequence[bytes]) -> set[bytes]:
        """Which of these CPR numbers (as keyed lookups) somebody has already."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["enrolled"], (list(lookups),)).fetchall()
        return {bytes(row[0]) for row in rows}

    def keys(self, citizens: Iterable[UUID]) -> dict[UUID, DataKey]:
        """The data keys of citizens who are there."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["keys_of"], (list(citizens),)).fetchall()
        keys = self._vault.keys((row[0], row[1]) for row in rows)
        return {citizen: keys[key_id] for key_id, citizen in rows}


def _write(connection: Connection, source: str, load: Load) -> int:
    _copy(connection, SQL["keys"], ["uuid", "uuid", "bytea"], load.keys)
    _copy(connection, SQL["citizens"], ["uuid", "bytea", "bytea", "bytea"], load.citizens)
    _copy(
        connection,
        SQL["originals"],
        ["text", "text", "bytea", "bytea", "uuid", "bytea"],
        [(source, *original) for original in load.originals],
    )
    if load.persons:
        connection.execute(
            SQL["persons"], [list(column) for column in zip(*load.persons.values(), strict=True)]
        )
    if not load.events:
        return 0
    connection.execute(STORE["lock"])
    head = connection.execute(STORE["head"]).fetchone()
    if head is None:
        raise Misconfigured("The store has no head: it was not set up. Run `hub init`.")
    base, latest = head
    events: list[Sequence[Any]] = []
    statements: list[Sequence[Any]] = []
    for position, event in enumerate(load.events, base + 1):
        latest = max(latest, event.recorded_at)
        events.append(
            (
                position,
                event.originator_id,
                event.originator_version,
                event.citizen_id,
                event.recorded_at,
                latest,
                event.state,
            )
        )
        for n, said in enumerate(event.statements):
            terms = (said.kind, said.restricts, Jsonb(said.body), event.recorded_at)
            statements.append((position, n, event.citizen_id, said.partner, *terms))
    _copy(connection, SQL["events"], _EVENT, events)
    _copy(connection, SQL["text_keys"], ["uuid", "uuid", "bytea"], _text_keys(load.events))
    _copy(connection, SQL["statements"], _STATEMENT, statements)
    answer = Jsonb({})
    commands = [(command, base + 1 + index, answer) for command, index in load.commands]
    _copy(connection, SQL["commands"], ["uuid", "int8", "jsonb"], commands)
    connection.execute(STORE["advance"], {"position": base + len(load.events), "latest": latest})
    connection.execute(SQL["notify"])
    return int(base) + 1


_EVENT: Final = ["int8", "uuid", "int8", "uuid", "timestamptz", "timestamptz", "bytea"]
_STATEMENT: Final = ["int8", "int4", "uuid", "uuid", "text", "bool", "jsonb", "timestamptz"]


def _text_keys(events: Sequence[SealedEvent]) -> list[Sequence[Any]]:
    return [
        (event.event_id, event.citizen_id, event.text_key) for event in events if event.text_key is not None
    ]


def _copy(
    connection: Connection, statement: LiteralString, types: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
