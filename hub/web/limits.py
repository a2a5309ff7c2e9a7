"""How often something may be tried: counted in the database, for all processes together.

An attempt is written down before it is judged: however many come at once, no more than the limit are. Who tried is
kept as a digest, for an hour.
"""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from hub.clock import Clock
from hub.errors import HubError
from hub.postgres import Database, sql_blocks
from hub.texts import say

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_KEPT: Final = timedelta(hours=1)


class TooMany(HubError):
    """Too many attempts."""

    def __init__(self) -> None:
        super().__init__(
            say("Er det akut, så ring i stedet.", "If it is urgent, telephone instead."),
        )


class Limit(NamedTuple):
    """So many within this time."""

    kind: str
    most: int
    within: timedelta


LOGIN: Final = Limit("login", 30, timedelta(minutes=5))
"""Logins begun or finished from one address."""
LOGIN_BEHIND_TLS: Final = Limit("login", 600, timedelta(minutes=5))
"""The same where all browsers come by way of what ends the TLS."""
EMERGENCY: Final = Limit("emergency", 5, timedelta(hours=1))
"""Emergency accesses that one person tries to open."""
EMERGENCY_OF_PARTNER: Final = Limit("emergency partner", 20, timedelta(hours=1))
"""Emergency accesses that one organisation's people try to open."""


class Limits:
    """The counts of this hub."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def attempt(self, limit: Limit, who: str) -> None:
        """Note an attempt; raises TooMany where there were as many as there may be."""
        now, key = self._clock(), sha256(f"{limit.kind}\x00{who}".encode()).digest()
        with self._database.transaction() as connection:
            connection.execute(SQL["forget"], (now - _KEPT,))
            connection.execute(SQL["attempt"], (limit.kind, key, now))
        with self._database.connection() as connection:
            row = connection.execute(SQL["count"], (limit.kind, key, now - limit.within)).fetchone()
        if row is None or row[0] > limit.most:
            raise TooMany
