"""Servers of a process's own to run pairs of worlds on."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.bootstrap import prepare
from hub.broker import LocalBroker, fetch
from hub.kafka.connection import Cluster
from hub.postgres import Database, EmbeddedServer, create_database
from hub.vault import new_root_key
from tests.worlds.running import Ground, Tally, pairs

HASTY = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "wal_level": "minimal",
         "max_wal_senders": "0", "autovacuum": "off"}  # fmt: skip


@contextmanager
def ground() -> Iterator[Ground]:
    """A server and a prepared database of this process's own."""
    folder = Path(tempfile.mkdtemp(prefix="hub-worlds-"))
    try:
        new_root_key(folder / "root.key")
        with EmbeddedServer(folder / "postgres", HASTY) as server:
            create_database(server.conninfo(), "worlds")
            with Database(server.conninfo("worlds"), size=4) as database:
                prepare(database)
                yield Ground(database, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def broker() -> Iterator[Cluster]:
    """A Kafka of this process's own."""
    fetch()
    folder = Path(tempfile.mkdtemp(prefix="hub-worlds-kafka-"))
    try:
        with LocalBroker(folder) as running:
            yield Cluster(running.bootstrap, running.user, running.password, prefix="w")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def share(seed: str, wanted: int, *, behind: bool, http: str = "") -> Tally:
    """So many pairs, in a process of their own."""
    with ground() as here:
        return pairs(here, seed, wanted, behind=behind, http=http)
