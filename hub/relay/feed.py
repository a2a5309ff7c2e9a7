"""A partner's own rows over REST: the same records and tombstones as on its topic, under the same numbers.

A line is answered with the row as it is now, as on the topic; of several lines about a row only the last counts, as
after compaction. A row that is gone is a tombstone to whoever may have had it, and nothing to whoever starts anew. A
row that something newer may restrict is not decided yet: the feed waits there, and after some seconds says that it is
gone until it is decided. Each row is decided once more, for the feed, when it is answered; and every answer is logged.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from psycopg import Connection

from hub.application.disclosure import Disclosure, Viewer
from hub.application.entries import Entries, Permitted
from hub.application.hub import Hub
from hub.application.reading import Reader
from hub.application.rows import open_row
from hub.application.visit import Visit, entry_of, grants_of, write_entries
from hub.clock import copenhagen_day, to_microseconds
from hub.errors import Unreadable
from hub.logs import logger
from hub.postgres import sql_blocks
from hub.relay.publication import HOLD, PURGE_DAYS, Row, record_of, rows_now
from hub.relay.publication import SQL as TOPIC
from hub.vocabulary import Channel, purpose_names

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
LONGEST: Final = 30
"""Seconds that a reader may wait."""
_LOOK: Final = 0.25
_WAITERS: Final = 12
"""How many may wait at once; the next are answered at once."""
_OF_ROWS: Final = frozenset({"upsert", "delete"})
_log = logger()


class Told(NamedTuple):
    """One record of a feed: a row, a notice, or (without a value) that it is gone."""

    sequence: int
    key: str
    value: dict[str, Any] | None


class FeedPage(NamedTuple):
    """What came after a number."""

    records: list[Told]
    last: int
    """Ask again with this."""


class _Line(NamedTuple):
    """A numbered line, with whether it is the last about its row, and whether the reader may have had the row."""

    sequence: int
    citizen: UUID
    item: int
    disclosure: UUID
    operation: str
    position: int
    newest: bool
    known: bool


class _Seen(NamedTuple):
    """A row as the feed may tell of it now."""

    value: dict[str, Any]
    permitted: Permitted
    viewer: Viewer


class Feed:
    """Every partner's feed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._database = hub.database
        self._waiters = BoundedSemaphore(_WAITERS)
        self._held: dict[UUID, float] = {}
        """Since when a partner's feed waits for a row to be decided (`time.monotonic`)."""
        hub.database.run(SQL["tables"])

    def after(self, partner: UUID, sequence: int, *, wait: float = 0.0, limit: int = 200) -> FeedPage:
        """What came after a number; nothing yet: waits for it so many seconds."""
        until = time.monotonic() + min(wait, LONGEST)
        found = self._page(partner, sequence, limit)
        if found.records or wait <= 0 or not self._waiters.acquire(blocking=False):
            return found
        try:
            while not found.records and time.monotonic() < until:
                if found.last == sequence:  # what says nothing is passed over without a pause
                    time.sleep(_LOOK)
                found = self._page(partner, found.last, limit)
        finally:
            self._waiters.release()
        return found

    def _page(self, partner: UUID, after: int, limit: int) -> FeedPage:
        begun, position = time.monotonic(), self._hub.log.head()[0]
        with self._database.connection() as connection:
            terms = {"partner": partner, "after": after, "limit": limit}
            lines = [_Line(*row) for row in connection.execute(SQL["lines"], terms).fetchall()]
            newest = [line for line in lines if line.newest and line.operation in _OF_ROWS]
            rows = rows_now(connection, {(partner, line.citizen, line.item) for line in newest})
        if not lines:
            return FeedPage([], after)
        lines, again = self._decided(partner, lines, rows)
        seen = self._seen(partner, [row for row in rows.values() if row.restricted is None])
        with self._database.transaction() as connection:
            for each in again:
                connection.execute(TOPIC["add_again"], each)  # decided anew it may still be theirs
            told = [one for line in lines if (one := self._told(connection, line, seen)) is not None]
            self._note(connection, partner, lines, seen)
        self._write(partner, position, begun, {place: seen[place] for place in _shown(told, lines, seen)})
        return FeedPage(told, lines[-1].sequence if lines else after)

    def _decided(
        self, partner: UUID, lines: list[_Line], rows: dict[tuple[UUID, UUID, int], Row]
    ) -> tuple[list[_Line], list[tuple[Any, ...]]]:
        """The lines up to the first whose row is not decided yet; when that has waited long enough, all of them.

        With them what is to be sent again when it is decided.
        """
        now, again = time.monotonic(), list[tuple[Any, ...]]()
        for number, line in enumerate(lines):
            row = rows.get((partner, line.citizen, line.item))
            if row is None or row.restricted is None or not line.newest:
                continue
            if now - self._held.setdefault(partner, now) < HOLD:
                return lines[:number], []
            again.append((partner, line.citizen, line.item, line.disclosure, row.partition, row.restricted))
        self._held.pop(partner, None)
        return lines, again

    def _told(self, connection: Connection, line: _Line, seen: dict[tuple[UUID, int], _Seen]) -> Told | None:
        """What a line says: a value, a tombstone to whoever may have had one, or nothing."""
        if not line.newest:
            return None
        if line.operation in _OF_ROWS:
            found = seen.get((line.citizen, line.item))
            value, key = None if found is None else found.value, str(line.disclosure)
        else:
            value, key = self._notice(connection, line.disclosure), f"notice/{line.disclosure}"
        return Told(line.sequence, key, value) if value is not None or line.known else None

    # What may be seen now.

    def _seen(self, partner: UUID, rows: Sequence[Row]) -> dict[tuple[UUID, int], _Seen]:
        found: dict[tuple[UUID, int], _Seen] = {}
        now = self._hub.clock()
        ahead = [row for row in rows if row.valid_until is None or row.valid_until > now]
        for citizen in dict.fromkeys(row.citizen for row in ahead):
            ours = [row for row in ahead if row.citizen == citizen]
            viewer = self._hub.state(citizen).viewer(partner, to_microseconds(now), channel=Channel.FEED)
            if viewer.shut is not None:
                continue  # a citizen who is on screens only, among others
            records = self._hub.log.at(citizen, [row.item for row in ours])
            items = {item.position: (item, opened) for item, opened in Entries(self._hub).opened(records)}
            for row in ours:
                if (pair := items.get(row.item)) is None or (disclosure := viewer.disclose(pair[0])) is None:
                    continue
                left = disclosure.narrowed(viewer.asked)
                value = self._value(row, left) if left.fields else None
                if value is not None:
                    found[citizen, row.item] = _Seen(value, (*pair, left), viewer)
        return found

    def _value(self, row: Row, disclosure: Disclosure) -> dict[str, Any] | None:
        """A row as its record; a field that the feed may not have is not in it."""
        vault = self._hub.vault
        try:
            key = vault.key_of(row.citizen)
            keys = vault.text_keys((event, key) for event in row.text_events)
            content, fields = open_row(vault, row.partner, row, key, keys)
        except Unreadable as error:
            _log.error("a row does not open and is not told", partner=row.partner, error=str(error))
            return None
        may = {shown.name for shown in disclosure.fields}
        record = record_of(row, content, {name: value for name, value in fields.items() if name in may})
        ends = None if row.valid_until is None else row.valid_until.isoformat()
        return {**record, "valid_until": ends}

    @staticmethod
    def _notice(connection: Connection, notice: UUID) -> dict[str, Any] | None:
        """A notice that is not settled."""
        row = connection.execute(TOPIC["notices"], ([notice],)).fetchone()
        if row is None:
            return None
        return {
            "notice": str(row[0]),
            "kind": "access_ended",
            "citizen": str(row[3]),
            "records": [str(record) for record in row[1]],
            "purge_by": row[2].isoformat(),
        }

    # What it means.

    def _note(
        self,
        connection: Connection,
        partner: UUID,
        lines: Sequence[_Line],
        seen: dict[tuple[UUID, int], _Seen],
    ) -> None:
        """Where there is no topic: keep what the partner has, and tell it of what it may keep no longer."""
        row = connection.execute(SQL["has_topic"], (partner,)).fetchone()
        if row is not None and row[0]:
            return  # the relay does, for the topic
        ours = [line for line in lines if line.newest and line.operation in _OF_ROWS]
        put = [line for line in ours if (line.citizen, line.item) in seen]
        if put:
            keys = [line.disclosure for line in put]
            connection.execute(
                TOPIC["add_published"], ([partner] * len(put), keys, [line.citizen for line in put])
            )
        away = [line for line in ours if (line.citizen, line.item) not in seen]
        terms = ([partner] * len(away), [line.disclosure for line in away])
        had = {one[1] for one in connection.execute(TOPIC["published"], terms).fetchall()} if away else set()
        gone = [line for line in away if line.disclosure in had]
        if not gone:
            return
        connection.execute(
            TOPIC["remove_published"], ([partner] * len(gone), [line.disclosure for line in gone])
        )
        for citizen in dict.fromkeys(line.citizen for line in gone):
            theirs = [line for line in gone if line.citizen == citizen]
            connection.execute(
                TOPIC["add_notice"],
                {
                    "notice": uuid4(),
                    "partner": partner,
                    "citizen": citizen,
                    "records": [line.disclosure for line in theirs],
                    "position": max(line.position for line in theirs),
                    "purge_by": copenhagen_day(self._hub.clock() + timedelta(days=PURGE_DAYS)),
                },
            )

    def _write(
        self, partner: UUID, position: int, begun: float, shown: dict[tuple[UUID, int], _Seen]
    ) -> None:
        """Log who was told of whom: one entry for each citizen, all in one statement, before it is answered."""
        entries = []
        for citizen in dict.fromkeys(citizen for citizen, _ in shown):
            found = [one for (whom, _), one in shown.items() if whom == citizen]
            viewer = found[0].viewer
            asked = purpose_names(viewer.asked)
            visit = Visit(
                Reader.of_system(partner),
                citizen,
                asked[0] if len(asked) == 1 else None,
                "feed",
                position,
                self._hub.clock(),
                None,
                begun,
            )
            grants = grants_of(viewer, [one.permitted for one in found], viewer.asked)
            entries.append(entry_of(visit, permitted=True, events=len(found), grants=grants))
        write_entries(self._database, entries)


def _shown(
    told: Sequence[Told], lines: Sequence[_Line], seen: dict[tuple[UUID, int], _Seen]
) -> list[tuple[UUID, int]]:
    """The rows whose values are told."""
    numbers = {one.sequence for one in told if one.value is not None}
    return [
        place for line in lines if line.sequence in numbers and (place := (line.citizen, line.item)) in seen
    ]
