"""Ticks: what was taken back must leave the broker's disk as well, also from a topic where nothing else happens.

A compacted topic drops an old value only from segments that are closed, and a segment closes only when something is
appended after `segment.ms`. So some time after a tombstone the relay appends a tick. When the old values can no longer
be read, and the broker has had its time to remove the file, that is noted.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from hub.clock import to_microseconds
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out
from hub.kafka.reader import Raw, read_all
from hub.postgres import Database, sql_blocks
from hub.schemas import Schemas

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
TICK: Final = "topic.tick.v1"
KEY: Final = b"tick"
_MARGIN: Final = 500.0
"""Milliseconds: the database's clock and the broker's are not one."""
_LOOK: Final = 1.0
_SETTINGS_AGE: Final = 60.0


class Ticks:
    """Says which topics need a tick, and whether what was taken back is gone."""

    def __init__(self, database: Database, cluster: Cluster, schemas: Schemas) -> None:
        self._database = database
        self._cluster = cluster
        self._schemas = schemas
        self._looked = 0.0
        self._settings: dict[UUID, tuple[float, float, float]] = {}
        self._look_again: dict[UUID, float] = {}
        self._clean: dict[UUID, tuple[int, float]] = {}
        """Up to which number nothing can be read any more, and since when that is known."""

    def due(self) -> dict[UUID, Out]:
        """A tick for each partner whose oldest tombstone is older than a segment may grow; looks once a second."""
        if time.monotonic() - self._looked < _LOOK:
            return {}
        self._looked = time.monotonic()
        with self._database.connection() as connection:
            waiting = connection.execute(SQL["due"]).fetchall()
        now = to_microseconds(datetime.now(UTC))
        return {
            partner: Out(self._cluster.partner(partner), 0, KEY, self._schemas.wire(TICK, {"at": now}), [])
            for partner, age in waiting
            if float(age) > self.settings(partner)[0] + _MARGIN
        }

    def sent(self, partners: Iterable[UUID]) -> None:
        """The ticks are on the topics."""
        with self._database.connection() as connection:
            for partner in partners:
                connection.execute(SQL["ticked"], (partner, (self.settings(partner)[0] + _MARGIN) / 1000))

    def settings(self, partner: UUID) -> tuple[float, float]:
        """A partner's topic's `segment.ms` and `file.delete.delay.ms`, as the broker has them."""
        known = self._settings.get(partner)
        if known is None or time.monotonic() - known[0] > _SETTINGS_AGE:
            topic = self._cluster.partner(partner)
            with Admin(self._cluster) as admin:
                found = admin.settings([topic]).get(topic, {})
            known = (
                time.monotonic(),
                float(found.get("segment.ms", 604_800_000)),
                float(found.get("file.delete.delay.ms", 60_000)),
            )
            self._settings[partner] = known
        return known[1], known[2]

    def clear(self) -> int:
        """Look whether what was taken back can still be read; note what is gone.

        Reading a whole topic is dear: it is done again only after a part of the time that clearing takes anyway. When
        nothing is left to read, the file still lies there under another name for `file.delete.delay.ms`.
        """
        with self._database.connection() as connection:
            waiting = connection.execute(SQL["to_check"]).fetchall()
        gone, now = 0, time.monotonic()
        for partner, number in waiting:
            segment, delay = (setting / 1000 for setting in self.settings(partner))
            clean = self._clean.get(partner)
            if clean is not None and now - clean[1] > delay:
                with self._database.connection() as connection:
                    gone += connection.execute(SQL["cleared"], (partner, clean[0])).rowcount
                del self._clean[partner]
            elif clean is None and now >= self._look_again.get(partner, 0.0):
                self._look_again[partner] = now + segment / 10
                left = remaining(read_all(self._cluster, self._cluster.partner(partner), committed=False))
                if left is not None:
                    self._tick_again(partner, number, 2 * segment + _MARGIN / 1000)
                self._clean[partner] = (number if left is None else self._number_before(partner, left), now)
        return gone

    def _number_before(self, partner: UUID, sequence: int) -> int:
        with self._database.connection() as connection:
            row = connection.execute(SQL["number_of"], (partner, sequence)).fetchone()
        return int(row[0]) - 1 if row else 0

    def _tick_again(self, partner: UUID, number: int, after: float) -> None:
        """Another tick, if the last one is old and a value still lies there: it came too early to close the segment."""
        with self._database.connection() as connection:
            connection.execute(SQL["tick_again"], (partner, number, after))


def remaining(records: Iterable[Raw]) -> int | None:
    """The first tombstone's sequence number below which a value of its key still lies on the topic; None for none."""
    values: set[bytes | None] = set()
    found: list[int] = []
    for raw in records:
        if raw.value is not None:
            values.add(raw.key)
        elif raw.key in values:
            values.discard(raw.key)
            found.append(int(dict(raw.headers).get("sequence", b"0")))
    return min(found, default=None)
