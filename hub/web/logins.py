"""Browsers that are on their way to the provider: what was sent along is kept here, once, for ten minutes.

The browser holds a random token of its own for the way (a cookie), so that nobody comes back with another's answer.
"""

import secrets
import time
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final, NamedTuple

from hub.clock import Clock
from hub.postgres import Database, sql_blocks
from hub.web.oidc import Going, NotVouchedFor
from hub.web.sessions import Session

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
COOKIE: Final = "hub_login"
LONGEST: Final = timedelta(minutes=10)


class Begun(NamedTuple):
    """A login that was begun here."""

    nonce: str
    verifier: str
    session: bytes | None
    """The session that steps up, where somebody logs in a second time."""
    at: float
    """When, by the machine's clock: the provider's `auth_time` is held against it."""


class Logins:
    """The logins under way."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, going: Going, session: Session | None) -> str:
        """Keep what the way back needs; the browser's token."""
        token, now = secrets.token_urlsafe(32), self._clock()
        stepping = None if session is None else _digest(session.token)
        with self._database.transaction() as connection:
            connection.execute(SQL["sweep"], (now,))
            connection.execute(
                SQL["begin"],
                (
                    _digest(token),
                    going.state,
                    going.nonce,
                    going.verifier,
                    stepping,
                    time.time(),
                    now + LONGEST,
                ),
            )
        return token

    def take(self, token: str | None, state: str) -> Begun:
        """The login that a browser comes back with: its own, once. Raises NotVouchedFor."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["take"], (_digest(token or ""),)).fetchone()
        if row is None or not compare_digest(row[0].encode(), state.encode()) or self._clock() >= row[5]:
            raise NotVouchedFor
        return Begun(row[1], row[2], None if row[3] is None else bytes(row[3]), row[4])


def of_session(begun: Begun, session: Session | None) -> bool:
    """Whether it is this session that steps up."""
    return session is not None and begun.session == _digest(session.token)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
