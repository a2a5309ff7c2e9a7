"""What a search found, kept for a quarter of an hour under an id that tells nothing: no name stands in an address."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from hub.clock import Clock
from hub.postgres import Database, sql_blocks
from hub.web.sessions import Session

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
KEPT: Final = timedelta(minutes=15)


class Searches:
    """The searches of this hub; each is its session's own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, session: Session, citizens: Sequence[UUID]) -> UUID:
        """Keep what was found, and give it an id."""
        found, now = uuid4(), self._clock()
        with self._database.transaction() as connection:
            connection.execute(SQL["sweep"], (now,))
            connection.execute(SQL["keep"], (found, _owner(session), list(citizens), now + KEPT))
        return found

    def found(self, session: Session, search: UUID) -> list[UUID] | None:
        """What was found; None for a search that is over, or somebody else's."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["found"], (search, _owner(session), self._clock())).fetchone()
        return None if row is None else list(row[0])


def _owner(session: Session) -> bytes:
    return sha256(b"search " + session.token.encode()).digest()
