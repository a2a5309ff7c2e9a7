"""Who is logged in: sessions live in the database, short, and end at once when they are ended there.

The browser holds a random token; the database knows its SHA-256 alone, so that reading the table lets nobody in. The
token that forms carry against forgery (CSRF) is made from the session's, and stands in no cookie.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from hub.clock import Clock
from hub.postgres import Database, sql_blocks

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=10)
STEP_UP: Final = timedelta(minutes=5)
"""For how long a second login counts, before emergency access."""
_NOTED: Final = timedelta(seconds=30)
"""How exactly it is kept when a session was last used: a page is no write."""


class Session(NamedTuple):
    """Somebody who is logged in."""

    token: str
    role: str
    """`staff`, `citizen`, `auditor` or `operator`."""
    person: UUID | None
    citizen: UUID | None
    stepped_up_until: datetime | None

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return sha256(b"csrf " + self.token.encode()).hexdigest()

    @property
    def visit(self) -> str:
        """What the access log knows this session by; it opens nothing."""
        return sha256(b"visit " + self.token.encode()).hexdigest()

    def made(self, csrf: str | None) -> bool:
        """Whether a form came from a page of this session."""
        return csrf is not None and compare_digest(csrf.encode(), self.csrf.encode())


class Known(NamedTuple):
    """A session as whoever administers users sees it."""

    person: UUID | None
    role: str
    made: datetime
    seen: datetime


def made_ready(database: Database) -> None:
    """The table is there; safe to repeat."""
    database.run(SQL["tables"])


class Sessions:
    """The sessions of this hub."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, role: str, *, person: UUID | None = None, citizen: UUID | None = None) -> Session:
        """Log somebody in; with a token that nobody has had."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._database.transaction() as connection:
            connection.execute(SQL["sweep"], (now, now - IDLE))
            connection.execute(SQL["begin"], (_id(token), person, citizen, role, now, now, now + LONGEST))
        return Session(token, role, person, citizen, None)

    def find(self, token: str | None) -> Session | None:
        """The session of a token, if it has not ended; noted as used."""
        if not token:
            return None
        now = self._clock()
        with self._database.connection() as connection:
            row = connection.execute(SQL["find"], (_id(token),)).fetchone()
            if row is None:
                return None
            person, citizen, role, seen, ends, stepped_up = row
            if now >= ends or now - seen >= IDLE:
                connection.execute(SQL["end"], (_id(token),))
                return None
            if now - seen >= _NOTED:
                connection.execute(SQL["seen"], (now, _id(token)))
        return Session(token, role, person, citizen, stepped_up)

    def step_up(self, session: Session) -> None:
        """They have logged in a second time, just now."""
        with self._database.connection() as connection:
            connection.execute(SQL["step_up"], (self._clock() + STEP_UP, _id(session.token)))

    def end(self, session: Session) -> None:
        """Log out."""
        with self._database.connection() as connection:
            connection.execute(SQL["end"], (_id(session.token),))

    def everybody(self) -> list[Known]:
        """Who is logged in; citizens by role alone."""
        now = self._clock()
        with self._database.connection() as connection:
            return [Known(*row) for row in connection.execute(SQL["everybody"], (now, now - IDLE)).fetchall()]

    def end_of_person(self, person: UUID) -> int:
        """Log somebody out everywhere; how many sessions they had."""
        with self._database.connection() as connection:
            return connection.execute(SQL["end_of_person"], (person,)).rowcount


def _id(token: str) -> bytes:
    return sha256(token.encode()).digest()
