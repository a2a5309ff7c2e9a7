"""What runs in processes of their own, to be killed: consumers of each read model, and a writer."""

import random
from datetime import datetime
from pathlib import Path
from uuid import UUID

from hub.bootstrap import Wired, wire
from hub.clock import Clock, FixedClock, SystemClock
from hub.config import Settings
from hub.consumers import runner as running
from hub.consumers.runner import Runner
from hub.postgres import Database
from hub.vault import read_root_key
from tests.building import START, Town
from tests.faults.anything import RECORDED, Anything


def _wired(database: Database, folder: Path, clock: Clock | None = None) -> Wired:
    settings = Settings(home=folder, root_key_file=folder / "root.key")
    return wire(database, settings, clock or SystemClock(), read_root_key(folder / "root.key"))


def consume(address: str, folder: Path, view: str) -> None:
    """Keep one read model in step, in small batches, until killed."""
    with Database(address, size=3) as database:
        wired = _wired(database, folder)
        with wired.source() as source:
            runner = Runner(database, source, wired.view(view), wired.store.sealer)
            whole = runner.step
            runner.step = lambda patience=0.0, _limit=0: whole(patience, 25)  # type: ignore[method-assign]
            runner.run(lambda: False, 0.05)


def sweep(address: str, folder: Path, citizens: int) -> None:
    """Keep the partner view in step, and sweep so many citizens at a time, until killed."""
    running.SLICE = citizens  # type: ignore[misc]
    consume(address, folder, "partner_view")


def write(address: str, folder: Path, citizens: list[UUID], partners: dict[str, UUID], told: Path) -> None:
    """Do anything that is done in the domain, until killed; each answer and each refusal is noted behind it."""
    with Database(address, size=2) as database, told.open("a", buffering=1) as answers:
        clock = FixedClock(START.replace(year=START.year + 1))
        town = Town(_wired(database, folder, clock), clock, partners)

        def note(_key: UUID, command: UUID, position: int) -> None:
            answers.write(f"{command} {position}\n")

        anybody = Anything(town, citizens, random.Random(), note)
        while True:
            if (outcome := anybody.once()) != RECORDED:
                answers.write(f"{outcome}\n")


def schedule(address: str, folder: Path, at: datetime) -> None:
    """Record what has run out by a moment, again and again, until killed."""
    with Database(address, size=2) as database:
        wired = _wired(database, folder)
        wired.hub.clock = FixedClock(at)
        wired.scheduler().run(lambda: False)
