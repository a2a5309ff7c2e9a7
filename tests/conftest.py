"""What every test may ask for, and the one rule that every test obeys."""

import importlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.postgres import Database, EmbeddedServer, create_database, drop_database

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Material handed out beside the checkout; HUB_SHARED names another place."""

TEMPLATE = "template_hub"

_skipped_for_want_of_shared = pytest.StashKey[list[str]]()
_numbers = itertools.count(1)


# ------------------------------------------------------------------------------- the rule: one sentence each


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that do not say, in a sentence, what must be true."""
    silent = [item.nodeid for item in items if not _sentence(item)]
    if silent:
        raise pytest.UsageError(
            "Every test has one sentence (its docstring) that says what must be true; missing in:\n  "
            + "\n  ".join(silent)
        )


def _sentence(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    text = getattr(function, "__doc__", None)
    if not text and getattr(item, "name", "") == "runTest":  # a hypothesis state machine: its class says it
        owner = getattr(item, "cls", None)
        text = getattr(owner, "__doc__", None)
    return (text or "").strip()


# --------------------------------------------------------------------------------------------- the database


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of this session's own; nothing in it need survive a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-"))
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


@pytest.fixture
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A fresh database, as the hub prepares it, for one test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    create_database(server.conninfo(), name, template=template)
    try:
        with Database(server.conninfo(name)) as opened:
            yield opened
    finally:
        drop_database(server.conninfo(), name)


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[Database]:
    """A fresh database with nothing in it, for one test."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    create_database(server.conninfo(), name)
    try:
        with Database(server.conninfo(name)) as opened:
            yield opened
    finally:
        drop_database(server.conninfo(), name)


# ----------------------------------------------------------------------------------- the material beside us


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> Path:
    """The folder `shared` beside the checkout; without it the test is skipped, and the summary says so."""
    folder = Path(os.environ.get("HUB_SHARED", SHARED))
    if not folder.is_dir():
        request.config.stash.setdefault(_skipped_for_want_of_shared, []).append(request.node.nodeid)
        pytest.skip(f"{folder} is not there")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly which tests had no material to read."""
    missed = config.stash.get(_skipped_for_want_of_shared, [])
    if missed:
        terminalreporter.section("NOT TESTED: the folder `shared` is missing", sep="!", red=True)
        terminalreporter.line(
            f"{len(missed)} tests need it beside the checkout (or HUB_SHARED=/path/to/shared):"
        )
        for test in missed:
            terminalreporter.line(f"  {test}")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see no HUB_ variable of the person who runs them."""
    for name in [name for name in os.environ if name.startswith("HUB_") and name != "HUB_SHARED"]:
        monkeypatch.delenv(name)
