"""The port to PostgreSQL: one pool of connections, plain execution, and errors without data in them.

Nothing here uses psycopg's pipeline mode, and nothing may: it can hang for ever on a large parameter.
Connections are in autocommit; `Database.transaction` is the way to write several things at once.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, LiteralString, Self

import psycopg
from psycopg import Connection, conninfo, errors, sql
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from hub.config import Settings
from hub.embedded import EmbeddedServer
from hub.errors import DatabaseUnavailable, HubError, Misconfigured

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseFailure",
    "DatabaseUnavailable",
    "EmbeddedServer",
    "create_database",
    "drop_database",
    "open_database",
    "sql_blocks",
    "without_data",
]

OWNER: Final = "hub"
"""The role that owns the embedded database and that the hub connects as; it is no superuser."""
LOCK_TIMEOUT: Final = "10s"
"""How long a statement waits for another's lock before it is refused."""

_OLDEST_SERVER: Final = 150_000
_BUSY: Final = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.SerializationFailure,
    errors.DeadlockDetected,
)
_BLOCK: Final = re.compile(r"^--[ \t]*name:[ \t]*(?P<name>\S+)[ \t]*$", re.MULTILINE)


class DatabaseFailure(HubError):
    """PostgreSQL refused a statement; says which rule, never which values."""

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class DatabaseBusy(DatabaseFailure):
    """Others held what was needed for too long; the same again may work."""


@contextmanager
def without_data() -> Iterator[None]:
    """Turn psycopg's errors into the hub's: PostgreSQL's own words quote rows and parameters, so they stay here.

    Code inside may still catch psycopg's errors; only what leaves is translated.
    """
    try:
        yield
    except (PoolTimeout, TooManyRequests):
        raise DatabaseUnavailable(
            "No connection to the database became free in time; try again, and if it stays so, look at its load."
        ) from None
    except PoolClosed:
        raise DatabaseUnavailable(
            "The hub is shutting down and takes no more work; start it again."
        ) from None
    except psycopg.Error as error:
        raise _translated(error) from None


def _translated(error: psycopg.Error) -> HubError:
    kind, state = type(error).__name__, error.sqlstate
    if isinstance(error, _BUSY):
        return DatabaseBusy(f"The database was busy ({kind}, {state}); try again.", sqlstate=state)
    if state is None or state.startswith(("08", "57P", "53")):
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return DatabaseUnavailable(
                f"The database does not answer ({kind}{f', {state}' if state else ''}); check that it runs, and if "
                "HUB_DATABASE_URL is set, that its address, user, password and database name are right."
            )
        return DatabaseFailure(f"The database driver refused a statement ({kind}).")
    diag = error.diag
    named = [
        f"{what} {name}"
        for what, name in (("table", diag.table_name), ("rule", diag.constraint_name))
        if name
    ]
    where = f" on {', '.join(named)}" if named else ""
    return DatabaseFailure(f"The database refused a statement{where} ({kind}, {state}).", sqlstate=state)


class Database:
    """A PostgreSQL database and a pool of connections to it."""

    def __init__(
        self, address: str, *, size: int = 8, patience: float = 10.0, application_name: str = "hub"
    ) -> None:
        try:
            self.parameters: Final = {
                key: str(value)
                for key, value in conninfo.conninfo_to_dict(address).items()
                if value is not None
            }
        except psycopg.ProgrammingError:
            raise Misconfigured(
                "HUB_DATABASE_URL is not the address of a PostgreSQL database; "
                "write it as postgresql://user@host:port/name."
            ) from None
        self.parameters.setdefault("application_name", application_name)
        self.parameters.setdefault("connect_timeout", "10")
        self._pool: Final[ConnectionPool[Connection]] = ConnectionPool(
            conninfo.make_conninfo("", **self.parameters),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=size,
            timeout=patience,
            configure=_configured,
            open=False,
            name=application_name,
        )

    @property
    def conninfo(self) -> str:
        """The address, with everything that is set; it may hold a password, so it is never printed."""
        return conninfo.make_conninfo("", **self.parameters)

    @property
    def name(self) -> str:
        """The database's name."""
        return self.parameters.get("dbname", "")

    def open(self) -> None:
        """Open the pool; refuse at once if the database does not answer or is too old."""
        with without_data(), psycopg.connect(self.conninfo, autocommit=True) as connection:
            version = connection.info.server_version
        if version < _OLDEST_SERVER:
            raise Misconfigured(
                f"The database is PostgreSQL {version // 10_000}, and the hub needs "
                f"{_OLDEST_SERVER // 10_000} or newer."
            )
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def __enter__(self) -> Self:
        """Open."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection in autocommit: each statement is its own transaction."""
        with without_data(), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection inside one transaction: committed at the end, rolled back on any error."""
        with without_data(), self._pool.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def dedicated(self) -> Iterator[Connection]:
        """Open a connection beside the pool, for what belongs to a session: LISTEN, advisory locks."""
        with without_data(), psycopg.connect(self.conninfo, autocommit=True) as connection:
            _configured(connection)
            yield connection

    def run(self, script: LiteralString) -> None:
        """Run statements from our own files, all or nothing."""
        with self.transaction() as connection:
            connection.execute(script)


def _configured(connection: Connection) -> None:
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('TimeZone', 'UTC', false)", (LOCK_TIMEOUT,)
    )


@contextmanager
def open_database(settings: Settings, *, name: str = "hub", size: int = 8) -> Iterator[Database]:
    """Open the hub's database: the one that is configured, or the embedded one, started if it does not run."""
    if settings.database_url is not None:
        with Database(settings.database_url, size=size) as database:
            yield database
        return
    with EmbeddedServer(settings.home / "postgres") as server:
        create_database(server.conninfo(), name, owner=OWNER)
        with Database(server.conninfo(name, user=OWNER), size=size) as database:
            yield database


def create_database(server: str, name: str, *, template: str | None = None, owner: str | None = None) -> None:
    """Create a database on a server if it has none of that name; a template must have no one connected.

    An owner is a role without privileges beyond its own database: a right revoked from it is a right it has not.
    """
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        # Copying files is four times as fast as copying through the log, for a small database.
        made += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with without_data(), psycopg.connect(server, autocommit=True) as connection:
        if owner is not None:
            role = sql.Identifier(owner)
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (owner,)).fetchone() is None:
                with suppress(errors.DuplicateObject, errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            made += sql.SQL(" OWNER {}").format(role)
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            # Another process may create it between the two statements: then it is there, as wanted.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                connection.execute(made)


def drop_database(server: str, name: str) -> None:
    """Remove a database with all in it, whoever is connected."""
    with without_data(), psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def sql_blocks(path: Path) -> dict[str, LiteralString]:
    """Read a file of SQL blocks, each under a line `-- name: what_it_is_called`.

    The blocks come from our own files, never from outside; so they count as literal, as psycopg wants it.
    """
    text = path.read_text(encoding="utf-8")
    headers = list(_BLOCK.finditer(text))
    if not headers:
        raise Misconfigured(f"{path.name} has no block; begin each with a line `-- name: …`.")
    blocks: dict[str, LiteralString] = {}
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name, body = header["name"], text[header.end() : end].strip()
        if name in blocks or not body:
            raise Misconfigured(
                f"{path.name}: block {name} is {'there twice' if name in blocks else 'empty'}."
            )
        blocks[name] = body
    return blocks
