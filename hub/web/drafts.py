"""What a citizen prepares for a meeting and has not shared: for the citizen's own page, and no other surface.

It is no event and stands in no log, export, backup of events or read model. It is sealed under the citizen's own key,
so that it goes with the key; and it goes by itself some time after it was last written.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from hub.clock import Clock
from hub.postgres import Database, sql_blocks
from hub.vault import Vault

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
KEPT: Final = timedelta(days=90)
"""For how long a draft stays that nobody writes on."""


class Drafts:
    """The drafts of this hub, each for its citizen alone."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def keep(self, citizen: UUID, meeting: UUID, question: str, words: str | None) -> None:
        """Keep an answer as it is written; nothing written is nothing kept."""
        now = self._clock()
        with self._database.connection() as connection:
            connection.execute(SQL["sweep"], (now - KEPT,))
            if words is None:
                connection.execute(SQL["let_go"], (citizen, meeting, question))
                return
            sealed = self._vault.seal_row(
                self._vault.key_of(citizen), words.encode(), _place(citizen, meeting, question)
            )
            connection.execute(SQL["keep"], (citizen, meeting, question, sealed, now))

    def of_meeting(self, citizen: UUID, meeting: UUID) -> dict[str, str]:
        """The answers to the questions before a meeting."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["of_meeting"], (citizen, meeting)).fetchall()
        if not rows:
            return {}
        key = self._vault.key_of(citizen)
        return {
            question: self._vault.open_row(key, bytes(sealed), _place(citizen, meeting, question)).decode()
            for question, sealed in rows
        }


def _place(citizen: UUID, meeting: UUID, question: str) -> bytes:
    return b"draft" + citizen.bytes + meeting.bytes + question.encode()
