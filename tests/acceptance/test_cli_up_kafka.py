"""`hub up` on a Kafka of its own: from a command to a partner's own copy and back, and nothing is left running."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.broker import LocalBroker, missing_tools
from hub.client import Access, Client
from tests.cli import Home, folder, free_port
from tests.conftest import skip

PATIENCE = 60.0


def _until(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _left(home: Home) -> list[int]:
    """Processes that name the home in their arguments or environment, or work in it, except this one."""
    wanted, found = os.fsencode(home.folder), []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                said = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
                if wanted in said + os.fsencode((place / "cwd").readlink()):
                    found.append(int(place.name))
            except OSError:
                continue
    return found


@pytest.fixture
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home that is to have a Kafka of its own."""
    if lacking := missing_tools():
        skip(request.node, lacking, lacking)
    with folder() as place:
        made = Home(place)
        made.ok("init")
        made.settings["HUB_KAFKA_BOOTSTRAP"] = "local"
        yield made


def test_from_a_command_to_a_partners_copy_and_back(home: Home, tmp_path: Path) -> None:
    """What a partner may know comes to its copy and leaves it again; the purge that it confirms is noted."""
    up = home.start("up", "--workers", "2", "--port", free_port())
    try:
        assert up.stdout is not None
        assert any("Kører" in line for line in iter(up.stdout.readline, ""))
        home.ok(
            "partner",
            "register",
            "--name",
            "Myndigheden",
            "--sector",
            "authority",
            "--purpose",
            "casework",
            "--no-topic",
        )
        home.ok("partner", "person", "myndighed", "lene", "--name", "Lene", "--function", "x")
        terms = ("--name", "Jobcenter", "--sector", "jobcentre", "--purpose", "employment")
        given = home.ok("partner", "register", *terms, "--json").json
        topic = given["broker"]
        home.ok("partner", "ceiling", "jobcenter")
        citizen = home.ok("citizen", "enrol", "--as", "lene").ids["citizen"]
        wanted = ("--category", "contact", "--category", "wishes", "--purpose", "employment")
        home.ok("consent", "give", citizen, "jobcenter", *wanted, "--as", "citizen")
        home.ok("citizen", "hope", citizen, "En hund", "--label", "wishes", "--as", "citizen")

        with LocalBroker(home.folder / "home" / "kafka") as broker:
            access = Access(
                broker.bootstrap,
                given["ids"]["partner"],
                topic["secret"],
                mechanism=topic["mechanism"],
                tls=False,
            )
            with Client(access, tmp_path / "copy.sqlite") as client:

                def seen() -> list[str]:
                    client.catch_up()
                    return [
                        field["value"]
                        for record in client.records()
                        for name, field in record.fields.items()
                        if record.event == "citizen.hope_told" and name == "words"
                    ]

                assert ["En hund"] == _until(seen)
                home.ok("consent", "withdraw", citizen, "--partner", "jobcenter", "--as", "citizen")
                assert _until(lambda: not seen())
                (notice,) = _until(lambda: client.catch_up() or list(client.notices()))
                assert UUID(notice.citizen) != UUID(citizen)
                client.confirm(notice)
        confirmed = "har bekræftet, at det er slettet"
        assert _until(
            lambda: confirmed in " ".join(home.ok("timeline", citizen, "--as", "citizen").out.split())
        )
        status = home.ok("status", "--json").json
        assert {2} == {view["workers"] for view in status["views"]}
        assert 1 == status["withdrawals"]["consents"]["stages"]["confirmed"]["count"]

        up.send_signal(signal.SIGTERM)
        out, _ = up.communicate(timeout=PATIENCE)
        assert (0, True) == (up.returncode, "Stoppet." in out)
    finally:
        up.kill()
        up.communicate()
    assert _until(lambda: not _left(home)) is True
