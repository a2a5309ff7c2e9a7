"""What the relay's process does beside the relay, in a thread of its own, since none of it is in a hurry.

Partners' topics, permits and secrets are brought to what is recorded: at the start, after every event of a partner,
and once a minute, since a secret's overlap ends by time alone. And what was taken back is looked for until it is gone.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub.application.broker_access import BrokerAccess
from hub.errors import HubError
from hub.kafka.admin import Admin
from hub.logs import logger
from hub.postgres import Database, sql_blocks
from hub.relay.ticks import Ticks

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_MINUTE: Final = 60.0
_LOOK: Final = 1.0
_log = logger()


class Housekeeping:
    """Keeps partners' access in step, and watches what was taken back leave the disk."""

    def __init__(self, database: Database, access: BrokerAccess, ticks: Ticks) -> None:
        self._database = database
        self._access = access
        self._ticks = ticks
        self._partners_at = -1
        self._reconciled = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Go on until told to stop. What fails is told once, and tried again."""
        told = ""
        while not stop():
            try:
                self.look()
                told = ""
            except HubError as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("housekeeping waits", source="relay", reason=told)
            time.sleep(_LOOK)

    def look(self) -> None:
        """Do what there is to do now."""
        at = self._last_of_partners()
        if at != self._partners_at or time.monotonic() - self._reconciled > _MINUTE:
            with Admin(self._access.cluster) as admin:
                for difference in self._access.reconcile(admin):
                    _log.info("partners at the broker differed", status=difference.kind)
            self._partners_at, self._reconciled = at, time.monotonic()
        self._ticks.clear()

    def start(self, stop: Callable[[], bool]) -> threading.Thread:
        """Run in a thread of its own."""
        thread = threading.Thread(target=self.run, args=(stop,), name="housekeeping", daemon=True)
        thread.start()
        return thread

    def _last_of_partners(self) -> int:
        with self._database.connection() as connection:
            row = connection.execute(SQL["partners_at"]).fetchone()
        return int(row[0]) if row else 0
