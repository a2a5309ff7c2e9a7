"""Servers in a folder that live exactly as long as somebody uses them.

Who owns what:

- Every process that uses the server holds a shared lock on `users.lock`; the kernel releases it however the
  process ends.
- A *keeper*, a small process in a session of its own, is the server's parent and waits for the exclusive lock:
  when the last user is gone, it stops the server and ends. So Ctrl-C, SIGTERM and `kill -9` leave nothing.
- `start.lock` lets one process at a time start it.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Self

from hub.accounts import RunAs
from hub.errors import HubError

START_SECONDS: Final = 120.0  # recovery after a power cut may take a while
STOP_SECONDS: Final = 60.0

_children: Final[list["subprocess.Popen[bytes]"]] = []
"""The keepers this process started, kept so that Python neither waits for them nor warns about them."""


@dataclass(frozen=True, slots=True)
class Endings:
    """The signals that end a server: one that lets it finish its work, and one that does not wait for it."""

    gentle: signal.Signals
    hard: signal.Signals


class KeptServer(ABC):
    """A server in one folder, shared by every process that names the folder."""

    endings: Endings

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self._users: int | None = None
        self._user_pid = os.getpid()

    @property
    def log(self) -> Path:
        """What the server says while it starts, and what goes wrong later."""
        return self.folder / "server.log"

    def __enter__(self) -> Self:
        """Start, or join the one that runs."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; the last one out stops it."""
        self.stop()

    def start(self) -> None:
        """Start the server, or join the one that runs; return when it takes connections."""
        if self._users is not None:
            return
        self._prepare()
        with self._starting():
            users = locked(self.folder / "users.lock", fcntl.LOCK_SH)
            try:
                if not self._is_ready():
                    self._launch()
            except BaseException:
                os.close(users)  # the keeper, if there is one, now stops what it started
                raise
        self._users, self._user_pid = users, os.getpid()

    def stop(self) -> None:
        """Leave; if nobody else uses the server, stop it and return when it has stopped."""
        if self._users is None or self._user_pid != os.getpid():
            return  # a forked child shares its parent's lock, and must not end it
        users, self._users = self._users, None
        try:
            # Fails when others use it, or when the keeper was faster; in both cases our shared lock is gone.
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Waits only for a keeper that is stopping the server.
            fcntl.flock(users, fcntl.LOCK_SH)
        else:
            if self._is_ready():
                self._stop_server()
        finally:
            os.close(users)

    @abstractmethod
    def _prepare(self) -> None:
        """Make the folder, and find what the server needs; nothing is locked yet."""

    @abstractmethod
    def _launch(self) -> None:
        """Start the server through `_keep`; one process at a time is here."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Ask whether a server takes connections here; what a dead one left does not count."""

    @abstractmethod
    def _server_pid(self) -> int | None:
        """The server's process, if one is alive."""

    @abstractmethod
    def _unavailable(self, sentence: str) -> HubError:
        """The error that says it."""

    def _stop_server(self) -> None:
        """Stop the server and wait; whoever calls holds the exclusive lock, so that nobody is starting it."""
        pid = self._server_pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, self.endings.gentle)
            if not self._ended(pid):
                os.kill(pid, self.endings.hard)

    def _ended(self, pid: int, seconds: float = STOP_SECONDS) -> bool:
        """Wait until the server's process is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.005)
        return False

    @contextmanager
    def _starting(self) -> Iterator[None]:
        lock = locked(self.folder / "start.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "TZ": "UTC",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }

    def _keep(self, module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a keeper (`python -m module folder arguments`) and wait until its server is ready."""
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            keeper = subprocess.Popen(  # noqa: S603 - the interpreter and programs of our own installation
                [*(sys.executable, "-P", "-s", "-m", module, str(self.folder)), *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            # Another server may be coming up here: its starter was killed, and we came before its keeper stopped it.
            failed = keeper.poll() is not None and self._server_pid() is None
            if failed or time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    keeper.terminate()
                raise self._unavailable(f"did not start; {self.log} says why.")
            time.sleep(0.01)
        _children[:] = [*(child for child in _children if child.poll() is None), keeper]


def keep(
    folder: Path,
    command: Sequence[str],
    endings: Endings,
    *,
    as_account: RunAs | None = None,
    started: Callable[[int], None] = lambda _: None,
    inherited: Sequence[int] = (),
) -> int:
    """Be the keeper: run the server, wait until nobody uses it, stop it; give its exit code.

    `started` is told the server's process number; `inherited` are open files that the server keeps. If the server ends
    by itself the keeper ends too, and with it goes the zombie that would keep a new server from starting.
    """

    def ended(_signal: int, _frame: FrameType | None) -> None:
        server.poll()
        if server.returncode is not None:
            sys.exit(server.returncode)

    server = subprocess.Popen(  # noqa: S603 - a program of our own installation
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=inherited,
        **(as_account or RunAs()),
    )
    started(server.pid)
    signal.signal(signal.SIGCHLD, ended)
    ended(signal.SIGCHLD, None)  # it may have ended before we listened
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda *_: server.send_signal(endings.gentle))
    locked(folder / "users.lock", fcntl.LOCK_EX)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server.send_signal(endings.gentle)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(endings.hard)
        server.wait()
    return server.returncode


def locked(file: Path, kind: int) -> int:
    """Open a file and wait for a lock on it; closing it, or dying, releases the lock."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, kind)
    return handle
