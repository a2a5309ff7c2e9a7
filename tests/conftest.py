"""What every test may ask for, and the one rule that every test obeys."""

import functools
import gc
import importlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

from hub.broker import LocalBroker, fetch, missing_tools
from hub.kafka.connection import Cluster
from hub.postgres import Database, EmbeddedServer, create_database, drop_database

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Material handed out beside the checkout; HUB_SHARED names another place."""

TEMPLATE = "template_hub"

_WANTING = "wanting"
"""What a skipped test lacked, as a property of its report."""
_numbers = itertools.count(1)


# ------------------------------------------------------------------- no test is left out without being missed


def pytest_sessionstart() -> None:
    """Refuse to call a run of the build complete when it cannot have a Kafka."""
    if os.environ.get("CI") == "true" and (lacking := missing_tools(None)):
        raise pytest.UsageError(f"With CI=true the tests need a real Kafka. {lacking}")


def skip(test: pytest.Item, what: str, why: str) -> NoReturn:
    """Skip a test for want of something, and tell the summary, which may be written by another process."""
    test.user_properties.append((_WANTING, what))
    pytest.skip(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly which tests had nothing to run on."""
    missed: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        for name, what in report.user_properties:
            if name == _WANTING:
                missed.setdefault(what, []).append(report.nodeid)
    for what, tests in missed.items():
        terminalreporter.section(f"NOT TESTED: {what}", sep="!", red=True)
        terminalreporter.line(f"{len(tests)} tests need it:")
        for test in tests:
            terminalreporter.line(f"  {test}")


# ------------------------------------------------------------------------------- the rule: one sentence each


LONGEST_FIRST: Final = (
    "test_two_worlds", "test_synthea", "test_leak_hunt", "test_client", "test_demo", "test_kafka_kills",
    "test_decision", "test_kafka_consumers", "test_stories", "test_relay", "test_broker",
    "test_partner_topics", "test_rows",
)  # fmt: skip
"""The files that take longest begin first, so that none of them is what the others wait for at the end."""


def _begins(item: pytest.Item) -> int:
    return LONGEST_FIRST.index(item.path.stem) if item.path.stem in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that do not say, in a sentence, what must be true."""
    items.sort(key=_begins)
    silent = [item.nodeid for item in items if not _sentence(item)]
    if silent:
        raise pytest.UsageError(
            "Every test has one sentence (its docstring) that says what must be true; missing in:\n  "
            + "\n  ".join(silent)
        )


def pytest_collection_finish() -> None:
    """What has been imported by now stays: the collector of garbage need not look through it over and over."""
    gc.freeze()


def _sentence(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    text = getattr(function, "__doc__", None)
    if not text and getattr(item, "name", "") == "runTest":  # a hypothesis state machine: its class says it
        owner = getattr(item, "cls", None)
        text = getattr(owner, "__doc__", None)
    return (text or "").strip()


# --------------------------------------------------------------------------------------------- the database


_MEMORY = Path("/dev/shm")  # noqa: S108 - only as the parent of a folder that mkdtemp makes
_ROOM = 3 << 30
"""What the server of each of several sessions may need there: its log of writes, and a large town or two."""


def _in_memory() -> Path | None:
    """A place where files are in memory, if there is room: a copy of a database is made there in no time."""
    try:
        roomy = os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    except OSError:
        return None
    return _MEMORY if roomy else None


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of this session's own; nothing in it need survive a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-", dir=_in_memory()))
    try:
        hasty = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB", "wal_level": "minimal"}
        with EmbeddedServer(folder, {**hasty, "max_wal_senders": "0", "autovacuum": "off"}) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: EmbeddedServer) -> str:
    """A database as the hub prepares it, from which each test gets a copy."""
    create_database(server.conninfo(), TEMPLATE)
    try:
        bootstrap = importlib.import_module("hub.bootstrap")
    except ModuleNotFoundError as missing:
        if missing.name != "hub.bootstrap":
            raise
    else:
        with Database(server.conninfo(TEMPLATE), size=2) as database:
            bootstrap.prepare(database)
    return TEMPLATE


@contextmanager
def database_of_its_own(server: EmbeddedServer, template: str | None) -> Iterator[Database]:
    """A fresh database, from a template or with nothing in it; it is gone afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    create_database(server.conninfo(), name, template=template)
    try:
        with Database(server.conninfo(name)) as opened:
            yield opened
    finally:
        drop_database(server.conninfo(), name)


@pytest.fixture
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A fresh database, as the hub prepares it, for one test."""
    with database_of_its_own(server, template) as opened:
        yield opened


@pytest.fixture(scope="module")
def lasting_database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A fresh database, as the hub prepares it, for all tests of a file."""
    with database_of_its_own(server, template) as opened:
        yield opened


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[Database]:
    """A fresh database with nothing in it, for one test."""
    with database_of_its_own(server, None) as opened:
        yield opened


# ----------------------------------------------------------------------------------------------- the broker


@pytest.fixture(scope="session")
def broker() -> Iterator[LocalBroker]:
    """A Kafka of this session's own; without Java and Maven the tests that want it are skipped before they are here."""
    fetch()
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-kafka-"))
    try:
        with LocalBroker(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that wants a Kafka where there can be none."""
    if "broker" in getattr(item, "fixturenames", ()) and (lacking := _no_kafka()):
        skip(item, lacking, lacking)


@functools.cache
def _no_kafka() -> str | None:
    return missing_tools()


@pytest.fixture
def cluster(broker: LocalBroker) -> Cluster:
    """The session's Kafka as the hub sees it, with names of one test's own."""
    return Cluster(broker.bootstrap, broker.user, broker.password, prefix=f"t{next(_numbers)}")


# ----------------------------------------------------------------------------------- the material beside us


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> Path:
    """The folder `shared` beside the checkout; without it the test is skipped, and the summary says so."""
    folder = Path(os.environ.get("HUB_SHARED", SHARED))
    if not folder.is_dir():
        what = "the folder `shared` is missing beside the checkout (or HUB_SHARED=/path/to/shared)"
        skip(request.node, what, f"{folder} is not there")
    return folder


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see no HUB_ variable of the person who runs them."""
    for name in [name for name in os.environ if name.startswith("HUB_") and name != "HUB_SHARED"]:
        monkeypatch.delenv(name)
