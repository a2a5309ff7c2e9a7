"""The command line for tests: in this process, or as a process of its own, in a home of the test's own."""

import atexit
import functools
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import orjson
import psycopg

from hub.cli.app import run
from hub.postgres import EmbeddedServer
from hub.vault import new_root_key

HASTY = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "autovacuum": "off"}
DANISH, ENGLISH = "da_DK.UTF-8", "en_GB.UTF-8"
_ID = re.compile(r"(\w+)=([0-9a-f-]{36})")


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as a script reads it."""
        return orjson.loads(self.out)

    @property
    def ids(self) -> dict[str, str]:
        """The ids that a command told."""
        return dict(_ID.findall(self.out))


def free_port() -> str:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


class Home:
    """A hub's home, and how to talk to it."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self.port = ""
        """The port of its pages, while `hub up` runs."""
        self.settings = {
            "HUB_HOME": str(folder / "home"),
            "HUB_ROOT_KEY_FILE": str(folder / "root.key"),
            **({"HUB_DATABASE_URL": database_url} if database_url else {}),
        }

    def environment(self, lang: str) -> dict[str, str]:
        """A plain environment: our settings, and one language."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HUB_", "LC_", "LANG", "COLUMNS"))
        }
        return {**kept, **self.settings, "LANG": lang}

    def hub(
        self, *arguments: str, lang: str = DANISH, stdin: str = "", out: io.StringIO | None = None
    ) -> Result:
        """Run a command in this process."""
        answer, beside = out or io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment(lang), clear=True),
            patch.object(sys, "stdin", io.StringIO(stdin)),
            redirect_stdout(answer),
            redirect_stderr(beside),
        ):
            code = run(list(arguments))
        return Result(code, answer.getvalue(), beside.getvalue())

    def ok(self, *arguments: str, **more: Any) -> Result:
        """Run a command that must work."""
        result = self.hub(*arguments, **more)
        assert result.code == 0, (arguments, result)
        return result

    def start(self, *arguments: str, lang: str = DANISH) -> "subprocess.Popen[str]":
        """Start a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "hub", *arguments],
            env=self.environment(lang),
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, *arguments: str, lang: str = DANISH) -> Result:
        """Run a command as a process of its own."""
        started = self.start(*arguments, lang=lang)
        out, err = started.communicate(timeout=60)
        return Result(started.returncode, out, err)


class Town(Home):
    """A home with four organisations and five people at work, on a server that stays up between commands."""

    def __init__(
        self, folder: Path, server: EmbeddedServer, database_url: str | None = None, *, begun: bool = False
    ) -> None:
        super().__init__(folder, database_url)
        self.server = server
        if not begun:
            self.begin()

    def begin(self) -> None:
        """Make the hub, its organisations and its people, by commands."""
        self.ok("init")
        for name, sector, purposes, reveals in (
            ("Myndigheden", "authority", "casework", ""),
            ("Socialpsykiatrien", "social_psychiatry", "support,coordination", ""),
            ("Jobcenter Nord", "jobcentre", "employment", ""),
            ("Rusmiddelcentret", "addiction_treatment", "treatment", "addiction"),
        ):
            more = ("--reveals", reveals) if reveals else ()
            self.ok("partner", "register", "--name", name, "--sector", sector, "--purpose", purposes, *more)
            self.ok("partner", "ceiling", name)
        for short, where in (
            ("lene", "Myndigheden"),
            ("mette", "Socialpsykiatrien"),
            ("ann", "Jobcenter Nord"),
            ("bo", "Jobcenter Nord"),
            ("eva", "Rusmiddelcentret"),
        ):
            self.ok(
                "partner",
                "person",
                where,
                short,
                "--name",
                f"{short.title()} Test",
                "--function",
                "medarbejder",
            )

    def citizen(self, *, task: bool = True, consent: bool = True, hope: str = "En hund") -> str:
        """A citizen with a coordinator; a task for ann and a consent to the jobcentre; then a hope."""
        citizen = self.ok("citizen", "enrol", "--name", "Hanne Test", "--as", "lene").ids["citizen"]
        self.ok(
            "citizen",
            "start-relation",
            citizen,
            "Myndigheden",
            "--person",
            "lene",
            "--purpose",
            "casework",
            "--as",
            "lene",
        )
        self.ok("citizen", "assign-coordinator", citizen, "--person", "mette", "--as", "lene")
        if task:
            self.ok(
                "citizen",
                "start-relation",
                citizen,
                "jobcenter",
                "--person",
                "ann",
                "--purpose",
                "employment",
                "--as",
                "lene",
            )
        if consent:
            self.consent(citizen)
        self.ok("citizen", "hope", citizen, hope, "--label", "wishes", "--as", "citizen")
        return citizen

    def consent(self, citizen: str) -> str:
        """A consent to the jobcentre from now on."""
        categories = "contact,wishes,plan,meetings,agreements"
        return self.ok(
            "consent",
            "give",
            citizen,
            "jobcenter",
            "--category",
            categories,
            "--purpose",
            "employment",
            "--as",
            "citizen",
        ).ids["consent"]

    def ask(self, query: str, *terms: object) -> Any:
        """Ask the database itself, past the hub; the first column of the first row."""
        with psycopg.connect(self.server.conninfo("hub"), autocommit=True) as connection:
            row = connection.execute(query, terms).fetchone()  # type: ignore[call-overload]
        return row and row[0]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for a server: every pytest of the same user closes its own folders to the server's account anew."""
    made = Path(tempfile.mkdtemp(prefix="hub-cli-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@functools.cache
def _mould() -> Path:
    """A town's home at its beginning, its server stopped: made once in this process, and gone when that ends."""
    place = Path(tempfile.mkdtemp(prefix="hub-cli-mould-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    new_root_key(place / "root.key")
    with EmbeddedServer(place / "home" / "postgres", HASTY) as server:
        Town(place, server)
    return place


@contextmanager
def town() -> Iterator[Town]:
    """Make a town; its server runs until the end."""
    with folder() as place:
        subprocess.run(["cp", "--archive", f"{_mould()}/.", str(place)], check=True)
        with EmbeddedServer(place / "home" / "postgres", HASTY) as server:
            yield Town(place, server, begun=True)
