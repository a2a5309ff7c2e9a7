"""`hub up`: everything at once, each part in a process of its own, started again when it ends by itself."""

import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Annotated, Final

from hub.bootstrap import INBOX, VIEWS, Wired
from hub.cli.app import use_demonstration
from hub.cli.base import group, note, out, verb
from hub.cli.options import option
from hub.cli.process import hold, stopping
from hub.cli.session import session, settings_now
from hub.cli.web import PORT
from hub.errors import BrokerUnavailable, Conflict, DatabaseUnavailable
from hub.texts import say

app: Final = group("Kør hubben.", "Run the hub.", "hub up")
_TAKEN: Final = Conflict.exit_code
_PATIENCE: Final = 15.0
_HOST: Final = "127.0.0.1"
_PAGES: Final = 2
"""Processes that serve the pages, from one port: Python computes in one of them on one core at a time."""


class _Child:
    """One part's process, started again when it ends by itself."""

    def __init__(self, name: str, *verbs: str, given: int | None = None) -> None:
        self.name = name
        self._given = () if given is None else (given,)
        """The open port that it is given."""
        self.process: subprocess.Popen[bytes] | None = None
        self._verbs = verbs
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
            note(say(f"{self.name} kører i en anden proces.", f"{self.name} runs in another process."))
        else:
            note(
                say(
                    f"{self.name} stoppede ({code}) og startes igen.",
                    f"{self.name} ended ({code}) and is started again.",
                )
            )

    def _start(self) -> None:
        command = [sys.executable, "-m", "hub", *self._verbs, "--until-stdin-closes"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=self._given)  # noqa: S603 - ourselves

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


def _apply(wired: Wired) -> None:
    """Bring the broker to what it ought to be, if it answers; every part waits for it by itself."""
    try:
        count = len(wired.apply())
    except BrokerUnavailable as away:
        note(str(away))
        return
    if count:
        note(say(f"{count} afvigelser på Kafka er rettet.", f"{count} differences on Kafka put right."))


@verb(
    app,
    "up",
    "Kør det hele, siderne også, hver del i sin proces, til du stopper (Ctrl-C).",
    "Run all of it, the pages too, each part in a process, until you stop (Ctrl-C).",
    "hub up\nhub up --demo\nHUB_KAFKA_BOOTSTRAP=local hub up --workers 2",
)
def up(
    workers: Annotated[
        int,
        option(
            "--workers",
            "Processer pr. læsemodel, når loggen ligger på Kafka.",
            "Processes for each read model, when the log is on Kafka.",
            "NUMBER",
        ),
    ] = 1,
    port: Annotated[
        int,
        option("--port", f"Sidernes port ({PORT}).", f"The port of the pages ({PORT}).", "NUMBER"),
    ] = PORT,
    *,
    demo: Annotated[
        bool,
        option(
            "--demo",
            "Demonstrationen fra hub demo: vælg en opdigtet person i browseren.",
            "The demonstration of hub demo: choose an invented person in the browser.",
        ),
    ] = False,
) -> None:
    """Run everything."""
    if demo and not settings_now().demo:
        use_demonstration()
    from hub.web.serving import listen  # noqa: PLC0415 - the web libraries take a while

    with ExitStack() as stack, stopping() as stop, session() as s:
        taken = say(
            "hub up kører allerede her: stop den først.", "hub up runs here already: stop that one first."
        )
        with hold(s.wired.database, "hub up", taken) as held:
            settings = s.wired.settings
            place = "HUB_DATABASE_URL" if settings.database_url else settings.home / "postgres"
            out(f"{say('Database', 'Database')}: {place}")
            listening = stack.enter_context(listen(_HOST, port))
            number = listening.fileno()
            cluster = s.wired.cluster()
            if cluster is not None:
                out(f"Kafka: {cluster.bootstrap}")
                _apply(s.wired)
            each = range(1 if cluster is None else max(1, min(workers, s.wired.partitions)))
            children = [
                _Child(say("relæ", "relay"), "relay"),
                *(_Child(view, "consume", view) for view in VIEWS for _ in each),
                _Child(say("tiden", "time"), "schedule"),
                *(
                    _Child(say("sider", "pages"), "web", "--listening", str(number), given=number)
                    for _ in range(_PAGES)
                ),
            ]
            if cluster is not None:
                children.append(_Child(say("indbakker", "inboxes"), "consume", INBOX))
            try:
                for child in children:
                    child.look()
                    out(
                        f"{child.name}: {say('proces', 'process')} {child.process.pid if child.process else '–'}"
                    )
                address = f"http://{_HOST}:{port}/"
                out(say(f"Siderne: {address}", f"The pages: {address}"))
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
