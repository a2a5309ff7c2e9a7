import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.config import Settings
from hub.embedded import SETTINGS
from hub.errors import HubError, Misconfigured
from hub.postgres import (
    Database,
    DatabaseBusy,
    DatabaseFailure,
    DatabaseUnavailable,
    EmbeddedServer,
    create_database,
    drop_database,
    open_database,
    sql_blocks,
)

HASTY = {"fsync": "off", "shared_buffers": "16MB"}

USER = """
import sys, pathlib
from hub.postgres import EmbeddedServer
server = EmbeddedServer(pathlib.Path(sys.argv[1]), {"fsync": "off", "shared_buffers": "16MB"})
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A folder in which a server was made, and stopped: copying it is five times as fast as making one."""
    parent = Path(tempfile.mkdtemp(prefix="hub-test-"))
    parent.chmod(0o755)
    with EmbeddedServer(parent / "postgres", HASTY):
        pass
    yield parent / "postgres"
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A folder for a server of one test's own, with nothing in it yet."""
    parent = Path(tempfile.mkdtemp(prefix="hub-test-"))
    parent.chmod(0o755)
    yield parent / "postgres"
    for _ in range(200):
        if not running(parent):
            break
        time.sleep(0.05)
    shutil.rmtree(parent, ignore_errors=True)


def running(folder: Path) -> list[str]:
    """List the processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command and ("hub.embedded" in command or "postgres" in command.split(" ")[0]):
            found.append(command)
    return found


def keepers(folder: Path) -> list[str]:
    """List the keepers among them: there is one for each server, while PostgreSQL's own children come and go."""
    return [command for command in running(folder) if "hub.embedded" in command]


def until_nothing_runs(folder: Path, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while running(folder):
        assert time.monotonic() < deadline, running(folder)
        time.sleep(0.02)


def another_user(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the server in the folder until its standard input closes."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ready(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "ready\n"


def leave(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=30)
    return process.returncode


def answer(server: EmbeddedServer) -> object:
    with psycopg.connect(server.conninfo()) as connection:
        return connection.execute("SELECT 1").fetchone()


# ------------------------------------------------------------------------------------ the embedded server


@pytest.fixture
def folder(made: Path, new_folder: Path) -> Path:
    """A folder for a server of one test's own, made but not running."""
    subprocess.run(["cp", "-a", str(made), str(new_folder)], check=True)
    return new_folder


def test_a_server_starts_and_leaves_nothing_running(new_folder: Path) -> None:
    """A server answers while it is used; after that no process of it is left, and neither is its socket."""
    with EmbeddedServer(new_folder, HASTY) as server:
        assert (1,) == answer(server)

    until_nothing_runs(new_folder)
    assert not list(new_folder.glob(".s.PGSQL*"))


def test_what_is_stored_survives_a_restart(folder: Path) -> None:
    """A row written before the server stopped is there when it starts again."""
    with EmbeddedServer(folder, HASTY) as server:
        create_database(server.conninfo(), "kept")
        with Database(server.conninfo("kept")) as database:
            database.run("CREATE TABLE note (n int); INSERT INTO note VALUES (42)")
    with EmbeddedServer(folder, HASTY) as server, Database(server.conninfo("kept")) as database:
        with database.connection() as connection:
            assert (42,) == connection.execute("SELECT n FROM note").fetchone()


def test_the_same_server_can_be_started_twice(folder: Path) -> None:
    """Starting what runs and stopping what has stopped change nothing."""
    server = EmbeddedServer(folder, HASTY)
    server.start()
    server.start()
    assert (1,) == answer(server)
    server.stop()
    server.stop()
    until_nothing_runs(folder)


def test_the_last_one_out_stops_it(folder: Path) -> None:
    """Two processes share one server: it stays while either uses it, and stops with the last."""
    with EmbeddedServer(folder, HASTY) as server:
        other = another_user(folder)
        assert ready(other)
        assert 1 == len(keepers(folder))
        assert 0 == leave(other)
        assert (1,) == answer(server)

    until_nothing_runs(folder)


def test_the_one_who_started_it_may_leave_first(folder: Path) -> None:
    """The server does not die with the process that happened to start it."""
    other = another_user(folder)
    assert ready(other)
    with EmbeddedServer(folder, HASTY) as server:
        assert 0 == leave(other)
        assert (1,) == answer(server)


def test_many_may_start_it_at_once(new_folder: Path) -> None:
    """Six processes that start in the same instant, where nothing is yet, end up with one server."""
    folder = new_folder
    others = [another_user(folder) for _ in range(6)]
    assert [True] * 6 == [ready(other) for other in others]
    assert 1 == len(keepers(folder))
    assert [0] * 6 == [leave(other) for other in others]
    until_nothing_runs(folder)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_the_user_ends(folder: Path, how: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and even SIGKILL of the last user stop the server."""
    other = another_user(folder)
    assert ready(other)
    other.send_signal(how)
    leave(other)
    until_nothing_runs(folder)


def test_a_server_that_was_killed_starts_again(folder: Path) -> None:
    """After a SIGKILL of the server itself, the next start recovers what was committed."""
    server = EmbeddedServer(folder)
    server.start()
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE TABLE note (n int)")
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    subprocess.run(["kill", "-KILL", str(pid)], check=True)
    until_nothing_runs(folder)
    server.stop()

    with EmbeddedServer(folder) as again, psycopg.connect(again.conninfo()) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM note").fetchone()


def test_what_a_killed_starter_left_is_cleared_away(folder: Path) -> None:
    """Half a data directory, left by a starter that was killed, is removed by the next."""
    (folder / "new-left").mkdir()
    with EmbeddedServer(folder, HASTY) as server:
        assert (1,) == answer(server)
    assert not list(folder.glob("new-*"))


def test_a_deep_folder_works(folder: Path) -> None:
    """A folder whose path is longer than a socket's may be works like any other."""
    deep = folder.joinpath(*["a-rather-long-name-of-a-folder"] * 5)
    deep.parent.mkdir(parents=True)
    with EmbeddedServer(deep, HASTY) as server:
        assert (1,) == answer(server)
        other = another_user(deep)
        assert ready(other)
        assert 0 == leave(other)
        short = Path(psycopg.conninfo.conninfo_to_dict(server.conninfo())["host"])
        assert short != deep
        assert 0 == short.stat().st_mode & 0o077
    until_nothing_runs(deep)
    assert not short.exists()


def test_a_folder_with_odd_characters_works(folder: Path) -> None:
    """Spaces, quotes and Danish letters in the folder's name do no harm."""
    with EmbeddedServer(folder / "Sørens 'data' \\ hub", HASTY) as server:
        assert (1,) == answer(server)


def test_the_folder_is_closed_to_others(folder: Path) -> None:
    """Nobody else on the machine can reach the data, the log or the socket."""
    with EmbeddedServer(folder, HASTY) as server:
        assert 0 == server.folder.stat().st_mode & 0o077


def test_it_is_durable_and_silent_unless_told_otherwise(folder: Path) -> None:
    """By default a commit is on disk when it is answered, and no statement or parameter reaches the log."""
    assert ("on", "on", "on") == tuple(
        SETTINGS[key] for key in ("fsync", "synchronous_commit", "full_page_writes")
    )
    with EmbeddedServer(folder) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            assert ("on",) == connection.execute("SHOW fsync").fetchone()
            connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
            connection.execute("INSERT INTO person VALUES ('Karla Jensen')")
            with pytest.raises(psycopg.Error):
                connection.execute("INSERT INTO person VALUES (%s)", ("Karla Jensen",))
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT 'Karla Jensen'::int")
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT Karla Jensen FROM nowhere")
    log = (folder / "server.log").read_text()
    assert "DETAIL" not in log
    assert "INSERT" not in log
    assert "(Karla" not in log


def test_a_server_that_cannot_start_says_where_to_look(folder: Path) -> None:
    """A setting that PostgreSQL refuses is answered with the file that says why, and nothing is left running."""
    with pytest.raises(DatabaseUnavailable, match=r"server\.log"):
        EmbeddedServer(folder, {"shared_buffers": "nonsense"}).start()

    until_nothing_runs(folder)


def test_a_server_that_does_not_run_says_so(folder: Path) -> None:
    """Asking for the address of a server that was not started is refused in a sentence."""
    with pytest.raises(DatabaseUnavailable, match="not running"):
        EmbeddedServer(folder).conninfo()


# ------------------------------------------------------------------------------------------- the database


def test_each_statement_stands_alone(empty_database: Database) -> None:
    """A lent connection is in autocommit: another sees the row at once."""
    empty_database.run("CREATE TABLE note (n int)")
    with empty_database.connection() as one, empty_database.connection() as other:
        one.execute("INSERT INTO note VALUES (1)")
        assert (1,) == other.execute("SELECT count(*) FROM note").fetchone()


def test_a_transaction_is_all_or_nothing(empty_database: Database) -> None:
    """An error inside a transaction leaves nothing of it behind."""
    empty_database.run("CREATE TABLE note (n int)")
    with pytest.raises(HubError, match="enough"), empty_database.transaction() as connection:
        connection.execute("INSERT INTO note VALUES (1)")
        raise HubError("enough")

    with empty_database.connection() as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM note").fetchone()


def test_every_connection_waits_ten_seconds_at_most_and_speaks_utc(empty_database: Database) -> None:
    """Pooled and dedicated connections have a lock timeout and give times in UTC."""
    with empty_database.connection() as pooled, empty_database.dedicated() as own:
        for connection in (pooled, own):
            assert ("10s",) == connection.execute("SHOW lock_timeout").fetchone()
            assert ("UTC",) == connection.execute("SHOW TimeZone").fetchone()


def test_four_megabytes_pass(empty_database: Database) -> None:
    """One parameter of 4 MB, and four thousand small ones, are stored and come back."""
    empty_database.run("CREATE TABLE blob (b bytea)")
    large = bytes(range(256)) * 16_384
    with empty_database.transaction() as connection:
        connection.execute("INSERT INTO blob VALUES (%s)", (large,))
        connection.execute("INSERT INTO blob SELECT unnest(%s::bytea[])", ([b"small"] * 4_000,))
    with empty_database.connection() as connection:
        assert (large,) == connection.execute("SELECT b FROM blob WHERE length(b) > 100").fetchone()


def test_an_error_never_quotes_the_data(empty_database: Database) -> None:
    """A broken rule is named; the row that broke it is not, in the message or in what it came from."""
    empty_database.run("CREATE TABLE person (name text CONSTRAINT one_name UNIQUE)")
    with pytest.raises(DatabaseFailure) as caught, empty_database.connection() as connection:
        connection.execute("INSERT INTO person VALUES ('Karla Jensen'), ('Karla Jensen')")

    assert "one_name" in str(caught.value)
    assert "23505" == caught.value.sqlstate
    assert "Karla" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_value_of_the_wrong_kind_is_not_quoted(empty_database: Database) -> None:
    """PostgreSQL quotes a value it cannot read; the hub does not."""
    with pytest.raises(DatabaseFailure) as caught, empty_database.connection() as connection:
        connection.execute("SELECT %s::int", ("Karla Jensen",))

    assert "Karla" not in str(caught.value)


def test_the_code_inside_still_sees_what_happened(empty_database: Database) -> None:
    """Inside the block, code may catch PostgreSQL's own error and go on."""
    empty_database.run("CREATE TABLE person (name text UNIQUE)")
    with empty_database.connection() as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('a'), ('a')")
        assert (1,) == connection.execute("SELECT 1").fetchone()


def test_waiting_for_a_lock_ends_as_busy(empty_database: Database) -> None:
    """Who waits too long for another's lock is told that the same again may work."""
    empty_database.run("CREATE TABLE note (n int)")
    with empty_database.transaction() as holder:
        holder.execute("LOCK TABLE note")
        with pytest.raises(DatabaseBusy, match="again"), empty_database.transaction() as other:
            other.execute("SET LOCAL lock_timeout = '20ms'")
            other.execute("INSERT INTO note VALUES (1)")


def test_an_exhausted_pool_says_so(server: EmbeddedServer) -> None:
    """When every connection is lent out, the next caller is refused after a while, not kept for ever."""
    with Database(server.conninfo(), size=1, patience=0.1) as database, database.connection():
        with pytest.raises(DatabaseUnavailable, match="became free"), database.connection():
            pass


def test_a_lost_connection_is_replaced(empty_database: Database) -> None:
    """Losing a connection fails the work in hand with a sentence; the next caller gets a new one."""
    with (
        pytest.raises(DatabaseUnavailable, match="does not answer"),
        empty_database.connection() as connection,
    ):
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with empty_database.connection() as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()


def test_a_database_that_is_not_there_is_refused_at_once(server: EmbeddedServer) -> None:
    """A wrong name is answered at once, with what to do about it."""
    with pytest.raises(DatabaseUnavailable, match="database name"):
        Database(server.conninfo("nowhere")).open()


def test_a_server_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    """A server that does not run is answered at once, with what to do about it."""
    with pytest.raises(DatabaseUnavailable, match="check that it runs"):
        Database(f"host={tmp_path} dbname=hub").open()


def test_an_address_that_is_none_is_refused_without_being_quoted() -> None:
    """A mistyped address is refused, and its password stays out of the message."""
    with pytest.raises(Misconfigured) as caught:
        Database("postgresql//hub:secret@db/hub")

    assert "secret" not in str(caught.value)


def test_a_closed_database_takes_no_work(server: EmbeddedServer) -> None:
    """After closing, work is refused in a sentence."""
    with Database(server.conninfo()) as database:
        pass
    with pytest.raises(DatabaseUnavailable, match="shutting down"), database.connection():
        pass


# ------------------------------------------------------------------------------------ making and opening


def test_a_copy_of_a_template_is_its_own(server: EmbeddedServer) -> None:
    """A database made from a template has what the template has, and changes to it stay with it."""
    create_database(server.conninfo(), "mould")
    with Database(server.conninfo("mould")) as mould:
        mould.run("CREATE TABLE note (n int)")
    create_database(server.conninfo(), "cast", template="mould")
    with Database(server.conninfo("cast")) as cast:
        cast.run("INSERT INTO note VALUES (1)")
    with Database(server.conninfo("mould")) as mould, mould.connection() as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM note").fetchone()
    drop_database(server.conninfo(), "cast")
    drop_database(server.conninfo(), "mould")


def test_creating_and_dropping_are_safe_to_repeat(server: EmbeddedServer) -> None:
    """Creating what is there and dropping what is gone change nothing."""
    for _ in range(2):
        create_database(server.conninfo(), "again")
    for _ in range(2):
        drop_database(server.conninfo(), "again")


def test_with_nothing_configured_the_hub_brings_its_own(folder: Path) -> None:
    """Without an address the embedded server in the data folder is started, and stopped at the end."""
    with open_database(Settings(home=folder)) as database, database.connection() as connection:
        assert ("hub",) == connection.execute("SELECT current_database()").fetchone()
        assert (folder / "postgres" / "data").is_dir()
    until_nothing_runs(folder)


def test_a_configured_address_is_used(server: EmbeddedServer, tmp_path: Path) -> None:
    """With an address nothing is started and nothing is written to the data folder."""
    settings = Settings(home=tmp_path / "home", database_url=server.conninfo())
    with open_database(settings) as database, database.connection() as connection:
        assert ("postgres",) == connection.execute("SELECT current_database()").fetchone()
    assert not (tmp_path / "home").exists()


# --------------------------------------------------------------------------------------------- SQL blocks


def test_blocks_are_found_by_name(tmp_path: Path) -> None:
    """A file of SQL is read as named blocks, each with its comments, up to the next header."""
    file = tmp_path / "queries.sql"
    file.write_text(
        "-- What this file is for.\n\n-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2;\n"
    )

    assert {"one": "SELECT 1;", "two": "-- why\nSELECT 2;"} == sql_blocks(file)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;", "no block"),
        ("-- name: one\n-- name: two\nSELECT 1;", "empty"),
        ("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;", "there twice"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """A file without a block, an empty block and a name used twice are refused when the file is read."""
    file = tmp_path / "queries.sql"
    file.write_text(text)

    with pytest.raises(Misconfigured, match=complaint):
        sql_blocks(file)
