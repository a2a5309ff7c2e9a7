"""Running the hub: make it, run it, bring it up to date, build a read model anew."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from hub.bootstrap import VIEWS
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.options import Json, argument, option
from hub.cli.session import Session, session, settings_now
from hub.cli.sql import SQL
from hub.consumers.rebuild import rebuild as rebuild_view
from hub.consumers.runner import Runner
from hub.errors import Conflict, DatabaseUnavailable, Misconfigured
from hub.logs import configure
from hub.postgres import Database
from hub.texts import say

app: Final = group("Kør hubben.", "Run the hub.", "hub up")

View = Annotated[
    str, argument("NAME", f"Læsemodellen: {', '.join(VIEWS)}.", f"The read model: {', '.join(VIEWS)}.")
]
_TAKEN: Final = Conflict.exit_code
_PATIENCE: Final = 15.0


def known(name: str) -> str:
    """A read model's name; refused when there is none such."""
    if name not in VIEWS:
        raise Misconfigured(
            say(
                f"Den læsemodel findes ikke: vælg en af {', '.join(VIEWS)}.",
                f"There is no such read model: choose one of {', '.join(VIEWS)}.",
            )
        )
    return name


@verb(
    app,
    "init",
    "Lav rodnøglen og databasen. Kan køres igen.",
    "Make the root key and the database. Can be run again.",
    "hub init\nhub --home /srv/hub init",
)
def init(*, json: Json = False) -> None:
    """Make a hub."""
    settings = settings_now()
    there = settings.root_key_file.exists()
    with session(create=True) as s:
        position = s.hub.log.head()[0]
    place = "HUB_DATABASE_URL" if settings.database_url else str(settings.home / "postgres")
    if json:
        out_json(
            {
                "root_key": str(settings.root_key_file),
                "new_key": not there,
                "database": place,
                "position": position,
            }
        )
        return
    made = say("fandtes", "was there") if there else say("ny", "new")
    out(f"{say('Rodnøgle', 'Root key')} ({made}): {settings.root_key_file}")
    out(f"{say('Database', 'Database')}: {place}")
    out(
        say(
            "Gem en kopi af rodnøglen et sikkert sted, aldrig sammen med data.",
            "Keep a copy of the root key in a safe place, never beside the data.",
        )
    )


# One read model.


@contextmanager
def _stopping() -> Iterator[threading.Event]:
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
def _only_one(database: Database, name: str, refusal: str) -> Iterator[Callable[[], bool]]:
    """Hold a lock of our own as long as we run; yields a question whether it is still held."""
    with database.dedicated() as connection:
        row = connection.execute(SQL["try_lock"], (name,)).fetchone()
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


@verb(
    app,
    "consume",
    "Hold én læsemodel ajour, til du stopper den (Ctrl-C, SIGTERM).",
    "Keep one read model up to date until you stop it (Ctrl-C, SIGTERM).",
    "hub consume timeline",
)
def consume(
    name: View,
    *,
    watched: Annotated[
        bool, option("--until-stdin-closes", "Slut, når stdin lukkes.", "End when stdin closes.")
    ] = False,
) -> None:
    """Run one read model."""
    view = known(name)
    configure()
    with _stopping() as stop, session() as s:
        if watched:
            threading.Thread(target=_until_closed, args=(stop,), daemon=True).start()
        taken = say(
            f"{view} kører allerede i en anden proces: stop den først.",
            f"{view} runs in another process already: stop that one first.",
        )
        with _only_one(s.wired.database, f"consumer {view}", taken) as held:
            if not watched:
                note(
                    say(f"{view} følger loggen. Ctrl-C stopper.", f"{view} follows the log. Ctrl-C stops it.")
                )
            lost = _follow(s, view, stop, held)
    if lost:
        raise DatabaseUnavailable("The connection to the database was lost: start the read model again.")


def _follow(s: Session, view: str, stop: threading.Event, held: Callable[[], bool]) -> bool:
    """Follow the log until told to stop; True when it was the database that went away."""
    lost = False

    def over() -> bool:
        nonlocal lost
        lost = not stop.is_set() and not held()
        return stop.is_set() or lost

    with s.wired.source() as source:
        Runner(s.wired.database, source, s.wired.view(view), s.wired.store.sealer).run(over, patience=0.5)
    return lost


def _until_closed(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


@verb(
    app,
    "catch-up",
    "Bring alle læsemodeller ajour, her og nu.",
    "Bring every read model up to date, here and now.",
    "hub --demo catch-up",
)
def catch_up(*, json: Json = False) -> None:
    """Catch up."""
    with session() as s:
        handled = s.wired.catch_up()
        position = s.hub.log.head()[0]
    if json:
        out_json({"handled": handled, "position": position})
    else:
        out(say(f"Ajour med nr. {position} i loggen.", f"Up to date with position {position}."))


# Everything.


class _Child:
    """One read model's process, started again when it ends by itself."""

    def __init__(self, view: str) -> None:
        self.view = view
        self.process: subprocess.Popen[bytes] | None = None
        self._again = 0.0
        self._wait = 1.0

    def look(self) -> None:
        """Start it, or start it again; said in one line when it ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._again:
                self._start()
            return
        code = self.process.poll()
        if code is None:
            return
        self._close()
        self._again, self._wait = now + self._wait, min(self._wait * 2, 30.0)
        if code == _TAKEN:
            note(say(f"{self.view} kører i en anden proces.", f"{self.view} runs in another process."))
        else:
            note(
                say(
                    f"{self.view} stoppede ({code}) og startes igen.",
                    f"{self.view} ended ({code}) and is started again.",
                )
            )

    def _start(self) -> None:
        command = [sys.executable, "-m", "hub", "consume", self.view, "--until-stdin-closes"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - ourselves

    def _close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None

    def ask_to_stop(self) -> None:
        """Let it finish its batch."""
        if self.process is not None:
            self.process.terminate()

    def wait(self) -> None:
        """Until it has ended; one that does not is ended."""
        if self.process is None:
            return
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close()


@verb(
    app,
    "up",
    "Kør databasen og en proces for hver læsemodel, til du stopper (Ctrl-C).",
    "Run the database and a process for each read model until you stop (Ctrl-C).",
    "hub up\nhub --demo up",
)
def up() -> None:
    """Run everything."""
    with _stopping() as stop, session() as s:
        taken = say(
            "hub up kører allerede her: stop den først.", "hub up runs here already: stop that one first."
        )
        with _only_one(s.wired.database, "hub up", taken) as held:
            settings = s.wired.settings
            place = "HUB_DATABASE_URL" if settings.database_url else settings.home / "postgres"
            children = [_Child(view) for view in VIEWS]
            out(f"{say('Database', 'Database')}: {place}")
            try:
                for child in children:
                    child.look()
                    out(
                        f"{child.view}: {say('proces', 'process')} {child.process.pid if child.process else '–'}"
                    )
                out(say("Kører. Ctrl-C stopper det hele.", "Running. Ctrl-C stops everything."))
                sys.stdout.flush()
                while not stop.wait(0.3) and held():
                    for child in children:
                        child.look()
            finally:
                for child in children:
                    child.ask_to_stop()
                for child in children:
                    child.wait()
        if not stop.is_set():
            raise DatabaseUnavailable("The connection to the database was lost: start hub up again.")
    out(say("Stoppet.", "Stopped."))


# Anew.


@verb(
    app,
    "rebuild",
    "Byg en læsemodel forfra ved siden af, sammenlign, og skift.",
    "Build a read model from the start beside the live one, compare, and switch.",
    "hub rebuild partner_view",
)
def rebuild(view: View, *, json: Json = False) -> None:
    """Rebuild a read model."""
    name = known(view)
    with session() as s:
        with _bar(name, s.hub.log.head()[0]) as advance:
            rebuilt = rebuild_view(
                s.wired.database,
                s.wired.building(name),
                s.wired.store.sealer,
                s.wired.partitions,
                progress=advance,
            )
        names = {identity: name for identity, (name, _) in s.partners().items()}
    if json:
        out_json(
            {
                "generation": rebuilt.schema,
                "events": rebuilt.events,
                "difference": [
                    {"partner": str(p), "name": names.get(p), "gained": g, "lost": gone, "changed": changed}
                    for p, (g, gone, changed) in rebuilt.difference.items()
                ],
            }
        )
        return
    out(
        say(
            f"{rebuilt.schema} gælder nu; {rebuilt.events} hændelser læst.",
            f"{rebuilt.schema} is live; {rebuilt.events} events read.",
        )
    )
    for partner, (gained, lost, changed) in rebuilt.difference.items():
        told = say(
            f"{gained} kom til, {lost} forsvandt, {changed} ændret",
            f"{gained} gained, {lost} lost, {changed} changed",
        )
        out(f"  {names.get(partner, partner)}: {told}")
    if name == "partner_view" and not rebuilt.difference:
        out(say("  Ingen forskel for nogen organisation.", "  No difference for any organisation."))


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar beside the answer, when somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only when somebody is looking
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total)
        yield lambda done: progress.update(task, advance=done)
