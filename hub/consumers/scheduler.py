"""The scheduler: records what only time can bring about. It emits nothing that a person could have done.

What has run out is over in time whether or not this runs: reading asks the clock. The event is for the record, and
for what follows from it: rows leave partners' views and topics, and the notice goes out.

Exactly once, whoever runs: the aggregate decides, and its version is unique in the store. Of two schedulers at once
one is refused, decides again, and finds nothing left to record. A crash before the commit leaves the thing due.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from hub.application.commands import expire_consents
from hub.application.hub import Hub
from hub.errors import HubError, Refused, Unreadable
from hub.logs import logger

PAGE: Final = 200
"""How many citizens are asked for at once."""
LOOK: Final = 1.0
"""Seconds between two looks."""
PATIENCE: Final = 30.0
"""Seconds in which the read model should have taken in what was recorded: till then nobody is looked at again."""
_log = logger()


class Due(Protocol):
    """What the scheduler asks of a read model."""

    def due(self, now: datetime, after: UUID | None, limit: int) -> list[UUID]:
        """The next citizens for whom something has run out."""


class Scheduler:
    """Looks for what has run out, and has it recorded."""

    def __init__(self, hub: Hub, due: Due, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._due = due
        self._monotonic = monotonic
        self._seen: dict[UUID, float] = {}

    def look(self, progress: Callable[[int], None] | None = None) -> int:
        """Record everything that has run out by now; for how many citizens there was something to record."""
        now, after, recorded = self._hub.clock(), None, 0
        self._forget()
        while page := self._due.due(now, after, PAGE):
            after = page[-1]
            done = sum(self._expire(citizen) for citizen in page if citizen not in self._seen)
            recorded += done
            if progress is not None:
                progress(len(page))
        if recorded:
            _log.info("what had run out was recorded", count=recorded)
        return recorded

    def run(self, stop: Callable[[], bool]) -> None:
        """Look until told to stop; what fails is told once, and tried again."""
        told = ""
        while not stop():
            try:
                self.look()
                told = ""
            except HubError as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("the scheduler waits", reason=told)
            time.sleep(LOOK)

    def _expire(self, citizen: UUID) -> bool:
        """Record one citizen's; one that cannot be is told of and holds nobody else up."""
        recorded = False
        try:
            recorded = expire_consents(self._hub, citizen).position > 0
        except (Refused, Unreadable) as error:
            _log.error("what had run out could not be recorded", error=str(error))
        self._seen[citizen] = self._monotonic()
        return recorded

    def _forget(self) -> None:
        """Look again at those whose events the read model should have by now."""
        before = self._monotonic() - PATIENCE
        self._seen = {citizen: at for citizen, at in self._seen.items() if at > before}
