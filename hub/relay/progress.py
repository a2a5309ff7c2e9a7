"""How far the relay and the consumers are, as they wrote it down themselves; asked without a word to Kafka."""

import socket
import threading
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from hub.kafka import partition_of
from hub.postgres import sql_blocks
from hub.relay.relay import LOCK

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
PATIENCE: Final = 1.5
"""Seconds until a broker that does not answer is said to be away."""
_PORT: Final = 9092


class Failure(NamedTuple):
    """The last error of a process, which may be long mended."""

    at: datetime
    what: str


class RelayProgress(NamedTuple):
    """How far the relay is."""

    running: bool
    position: int | None
    """The last event on Kafka; None: none was ever sent."""
    sent_at: datetime | None
    """When it last sent something."""
    number: int
    """The last line to a partner that is on its topic."""
    lines: int
    """Numbered lines that are not there yet."""
    unnumbered: int
    error: Failure | None


class Topic(NamedTuple):
    """A partner's topic."""

    published: int
    """Records that lie on it now."""
    notices: int
    """Notices whose purge the partner has not confirmed yet."""
    overdue: int
    """Those past their day."""


def relay_progress(connection: Connection) -> RelayProgress:
    """How far the relay is."""
    row = connection.execute(SQL["relay"]).fetchone()
    position, number, at, unnumbered, lines = row or (None, None, None, 0, 0)
    running = workers(connection, LOCK) > 0
    return RelayProgress(running, position, at, number or 0, lines, unnumbered, last_error(connection, LOCK))


def workers(connection: Connection, name: str) -> int:
    """How many processes hold a lock of this name, alone or together."""
    row = connection.execute(SQL["workers"], (name,)).fetchone()
    return int(row[0]) if row else 0


def last_error(connection: Connection, name: str) -> Failure | None:
    """What a process last failed with."""
    row = connection.execute(SQL["error"], (name,)).fetchone()
    return None if row is None else Failure(*row)


def parked(connection: Connection, schema: str) -> tuple[int, int]:
    """Parked records of a generation, and the citizens they belong to."""
    row = connection.execute(SQL["parked"], (schema,)).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def sweeps(connection: Connection, schema: str) -> dict[UUID, tuple[int, int]]:
    """For each organisation that has changed: how many of its citizens are decided anew, of how many."""
    rows = connection.execute(SQL["sweeps"], (schema,)).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def foreign(connection: Connection) -> int:
    """Records on the log that are none of this hub's, and were set aside."""
    row = connection.execute(SQL["foreign"]).fetchone()
    return int(row[0]) if row else 0


def topics(connection: Connection, today: date) -> dict[UUID, Topic]:
    """The partners that have a topic."""
    rows = connection.execute(SQL["partners"], {"today": today}).fetchall()
    return {row[0]: Topic(*row[1:]) for row in rows}


# Lag.


def lag(connection: Connection, known: Mapping[int, int], head: int) -> int:
    """How many events of the log are still ahead of these checkpoints, each counted once.

    A checkpoint stands at the last record of its own partition, so one of an idle partition is older than the head and
    not behind: what was relayed to a partition says how far it must be.
    """
    last = {row[0]: row[1] for row in connection.execute(SQL["relayed"]).fetchall()}
    progress = connection.execute(SQL["relay"]).fetchone()
    sent = int(progress[0] or 0) if progress else 0
    begins = {p: 1 + (max(at, sent) if at >= last.get(p, 0) else at) for p, at in known.items()}
    steps = sorted(set(begins.values()))
    if not steps or steps[0] > head:
        return 0
    found = connection.execute(SQL["behind"], {"from": steps, "first": steps[0]}).fetchall()
    needed = {p: bisect_left(steps, at) + 1 for p, at in begins.items()}
    return sum(
        many
        for citizen, step, many in found
        if citizen is None or step >= needed[partition_of(str(citizen).encode(), len(known))]
    )


# Kafka itself.


def answers(bootstrap: str, seconds: float = PATIENCE) -> bool:
    """Whether somebody answers at one of these addresses; no more is asked, and no name or secret is sent."""
    found = threading.Event()
    tries = [
        threading.Thread(target=_connect, args=(address.strip(), seconds, found), daemon=True)
        for address in bootstrap.split(",")
    ]
    over = threading.Thread(target=_all_of, args=(tries, found), daemon=True)
    for one in (*tries, over):
        one.start()
    over.join(seconds)
    return found.is_set()


def _connect(address: str, seconds: float, found: threading.Event) -> None:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    try:
        place = (host.strip("[]"), int(port)) if host else (port, _PORT)
        socket.create_connection(place, timeout=seconds).close()
    except (OSError, ValueError):
        return  # nobody there, or no address: the others may be
    found.set()


def _all_of(tries: list[threading.Thread], found: threading.Event) -> None:
    """Until one has answered, or all have failed."""
    while not found.wait(0.01) and any(one.is_alive() for one in tries):
        pass
