"""What runs in processes of their own beside a Kafka, to be killed: the relay, consumers in a group, and writers."""

import random
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from hub.bootstrap import Wired, wire
from hub.cli.process import patiently
from hub.clock import FixedClock
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.kafka import reader
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vault import read_root_key
from tests.building import START, Town
from tests.faults.anything import RECORDED, Anything

LATER = START + timedelta(days=365)
"""When all of it goes on: after everything that the town was settled with."""
SESSION = 2_000
"""Milliseconds until a killed worker is missed: with the hub's own 10 s, 20 kills would stop every consumer."""
PAUSE = 0.05
"""Seconds between the commands of one writer, on the average."""


def never() -> bool:
    """Told to stop? Only a kill ends what runs here."""
    return False


def wired_at(database: Database, folder: Path, cluster: Cluster, clock: FixedClock) -> Wired:
    """A hub on a database and a Kafka that others use as well."""
    settings = Settings(home=folder, root_key_file=folder / "root.key")
    return wire(database, settings, clock, read_root_key(settings.root_key_file), lambda: cluster)


def relay(address: str, folder: Path, cluster: Cluster) -> None:
    """Carry everything to Kafka until killed."""
    with Database(address, size=3) as database:
        with wired_at(database, folder, cluster, FixedClock(LATER)).relay() as carrier:
            carrier.run(never)


def consume(address: str, folder: Path, cluster: Cluster, view: str) -> None:
    """Be one of the workers of a read model, in small batches, until killed; the others miss it soon."""
    reader.SESSION = SESSION  # type: ignore[misc]
    with Database(address, size=3) as database:
        wired = wired_at(database, folder, cluster, FixedClock(LATER))
        with patiently(lambda: wired.source(group=view), never) as source:
            assert source is not None
            runner = Runner(database, source, wired.view(view), wired.store.sealer)
            whole = runner.step
            runner.step = lambda patience=0.0, _limit=0: whole(patience, 50)  # type: ignore[method-assign]
            runner.run(never, 0.1)


def write(
    address: str, folder: Path, cluster: Cluster, citizens: list[UUID], partners: dict[str, UUID], seed: int
) -> None:
    """Do anything that is done in the domain, until `over` lies in the folder.

    Each command that was answered is written down in a file of this writer's own, only then; and each refusal.
    """
    numbers, over = random.Random(seed), folder / "over"
    with Database(address, size=2) as database, (folder / f"answers-{seed}").open("w", buffering=1) as told:
        clock = FixedClock(LATER)
        town = Town(wired_at(database, folder, cluster, clock), clock, partners)

        def note(key: UUID, _command: UUID, position: int) -> None:
            told.write(f"{key} {position}\n")

        anybody = Anything(town, citizens, numbers, note)
        while not over.exists():
            time.sleep(numbers.uniform(0, 2 * PAUSE))
            if (outcome := anybody.once()) != RECORDED:
                told.write(f"{outcome}\n")
