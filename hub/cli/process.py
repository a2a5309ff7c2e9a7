"""What every process that runs on has in common: how it is stopped, and that nobody else does the same."""

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.consumers.source import Source
from hub.errors import BrokerUnavailable, Conflict
from hub.logs import logger
from hub.postgres import Database
from hub.projections.base import SQL


def settle() -> None:
    """Before a long run: what is loaded stays, so that the garbage collector need not look at it again and again.

    It takes a sixth of a consumer's time otherwise (bench/RESULTS.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def hold(
    database: Database, name: str, refusal: str, *, shared: bool = False
) -> Iterator[Callable[[], bool]]:
    """Hold a lock as long as we run, alone or with others of our kind; yields a question whether it is still held."""
    with database.dedicated() as connection:
        row = connection.execute(SQL["try_lock_shared" if shared else "try_lock"], (name,)).fetchone()
        if row is None or not row[0]:
            raise Conflict(refusal)
        asked = time.monotonic()

        def held() -> bool:
            nonlocal asked
            if time.monotonic() - asked < 1.0:
                return True
            asked = time.monotonic()
            try:
                connection.execute("SELECT 1")
            except Exception:  # noqa: BLE001 - whatever it is, the session and with it the lock is gone
                return False
            return True

        yield held


def until_closed(stop: threading.Event) -> None:
    """Set the event when stdin closes: whoever started us has ended."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


@contextmanager
def patiently(make: Callable[[], Source], over: Callable[[], bool]) -> Iterator[Source | None]:
    """A source, when there is one: a broker that is away is said once, and waited for. None when told to stop first."""
    wait, told = 0.2, ""
    source: Source | None = None
    while source is None and not over():
        try:
            source = make()
        except BrokerUnavailable as error:
            if str(error) != told:
                told = str(error)
                logger().warning("the broker is waited for", reason=told)
            time.sleep(wait)
            wait = min(wait * 2, 2.0)
    try:
        yield source
    finally:
        if source is not None:
            source.close()
