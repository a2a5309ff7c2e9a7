"""Plays the example municipality in a folder of its own, and leaves its PostgreSQL running for what is asked next."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from hub.config import Settings
from hub.example.demo import run
from hub.postgres import EmbeddedServer
from tests.rows.raw import Event, Log
from tests.rows.showing import Screens


class Played(NamedTuple):
    """A municipality after its year."""

    events: list[Event]
    screens: Screens
    conninfo: str
    leader: str
    """The short name of somebody who leads and has no task with any citizen."""
    worker: str
    """The short name of the first citizen's coordinator."""


@contextmanager
def played(citizens: int, seed: int) -> Iterator[Played]:
    """Play; the main character's events come first, since the views of that citizen are the fullest."""
    folder = Path(tempfile.mkdtemp(prefix="hub-rows-"))
    try:
        home = folder / "demo"
        settings = Settings(home=home, root_key_file=folder / "demo.key", demo=True)
        summary = run(settings, citizens=citizens, seed=seed, out=io.StringIO(), kafka=False)
        with EmbeddedServer(home / "postgres") as server:
            conninfo, screens = server.conninfo("hub"), Screens(home)
            log = Log(conninfo, folder / "demo.key")
            events = log.events()
            events.sort(key=lambda event: (event.citizen != summary.citizen, event.position))
            named = ("Bostøtten", "leder", "--name", "Leder Tåge", "--function", "faglig leder")
            screens.done(("partner", "person", *named))
            first = next(event for event in events if event.kind == "citizen.coordinator_assigned")
            yield Played(events, screens, conninfo, "leder", log.slugs[first.body["person"]])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
