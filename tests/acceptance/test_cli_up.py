"""`hub up`: it starts what is needed, follows the log, lets one process do each thing, and leaves nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli import Home, folder, free_port

PATIENCE = 40.0


@pytest.fixture
def home() -> Iterator[Home]:
    """A home with a hub, and no server running."""
    with folder() as place:
        made = Home(place)
        made.ok("init")
        yield made


def _until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.3)
    return False


def _processes(home: Home) -> set[int]:
    """Every process that names the home in its arguments or environment, except this one."""
    found = set()
    wanted = os.fsencode(home.folder)
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                if wanted in (place / "cmdline").read_bytes() + (place / "environ").read_bytes():
                    found.add(int(place.name))
            except OSError:
                continue
    return found


@pytest.fixture
def up(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """`hub up`, running."""
    home.port = free_port()
    started = home.start("up", "--port", home.port)
    try:
        assert started.stdout is not None
        said = iter(started.stdout.readline, "")
        assert any("Kører" in line for line in said)
        assert _until(lambda: all(v["running"] for v in home.ok("status", "--json").json["views"]))
        yield started
    finally:
        started.kill()
        started.communicate()
        assert _until(lambda: not _processes(home))


def test_it_runs_follows_refuses_a_second_and_leaves_nothing(home: Home, up: "subprocess.Popen[str]") -> None:
    """What is recorded while it runs is shown soon; a second one is refused; SIGTERM ends every process."""
    home.ok("partner", "register", "--name", "Myndigheden", "--sector", "authority", "--purpose", "casework")
    home.ok("partner", "person", "myndighed", "lene", "--name", "Lene", "--function", "x")
    citizen = home.ok("citizen", "enrol", "--as", "lene").ids["citizen"]
    assert _until(lambda: home.hub("timeline", citizen, "--as", "citizen").code == 0)
    assert _until(lambda: {0} == {view["lag"] for view in home.ok("status", "--json").json["views"]})
    assert 5 == home.hub("up").code
    assert 5 == home.hub("consume", "timeline").code
    home.ok("rebuild", "timeline")
    home.ok("citizen", "hope", citizen, "En hund", "--label", "wishes", "--as", "citizen")
    assert _until(lambda: "En hund" in home.hub("timeline", citizen, "--as", "citizen").out)
    page = f"http://127.0.0.1:{home.port}/login"
    assert _until(lambda: httpx.get(page).status_code == httpx.codes.SERVICE_UNAVAILABLE), (
        "no login is set up here"
    )

    up.send_signal(signal.SIGTERM)
    out, _ = up.communicate(timeout=PATIENCE)

    assert 0 == up.returncode
    assert "Stoppet." in out
    assert _until(lambda: not _processes(home))


def test_killed_it_leaves_nothing_either(home: Home, up: "subprocess.Popen[str]") -> None:
    """After kill -9 the read models' processes end by themselves, and the database with them."""
    assert len(_processes(home)) > 4
    up.kill()
    up.communicate()

    assert _until(lambda: not _processes(home))


def test_one_read_model_stops_on_sigterm(home: Home) -> None:
    """`hub consume` alone says what it does, and ends with 0 when it is asked to."""
    started = home.start("consume", "timeline")
    assert started.stderr is not None
    assert any("timeline følger loggen" in line for line in iter(started.stderr.readline, ""))
    started.send_signal(signal.SIGTERM)
    started.communicate(timeout=PATIENCE)

    assert 0 == started.returncode
    assert 8 == home.hub("consume", "nothing").code
    assert _until(lambda: not _processes(home))
