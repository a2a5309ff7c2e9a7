"""`hub export citizen` and `hub import history` as people meet them: what they say, and how they end."""

import json
import stat
from pathlib import Path

import pytest

from hub.application import commands
from hub.cli.app import run
from hub.clock import FixedClock
from hub.postgres import Database, EmbeddedServer
from tests.building import Town, rich, settle
from tests.moving import FAR, another


@pytest.fixture
def town(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A hub that the command line opens too."""
    found = settle(database, tmp_path)
    use(found, tmp_path, monkeypatch)
    return found


def use(town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, lang: str = "da_DK.UTF-8") -> None:
    """Let the command line open this hub."""
    monkeypatch.setenv("HUB_DATABASE_URL", town.database.conninfo)
    monkeypatch.setenv("HUB_ROOT_KEY_FILE", str(folder / "root.key"))
    monkeypatch.setenv("HUB_HOME", str(folder))
    monkeypatch.setenv("LC_ALL", lang)


def hub(*arguments: str | Path) -> int:
    """Run a command."""
    return run([str(argument) for argument in arguments])


def test_a_citizen_takes_the_history_along(
    town: Town,
    tmp_path: Path,
    server: EmbeddedServer,
    template: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file is the owner's alone to read; taken in, the citizen reads the same there; again, it imports nothing."""
    citizen, file = rich(town), tmp_path / "min-historie.json"
    own = len(town.hub.items(citizen))

    assert 0 == hub("export", "citizen", citizen, "--as", "citizen", "--out", file)
    assert f"{own} hændelser er skrevet.\n" == capsys.readouterr().out
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)

    town.wired.catch_up()
    assert 0 == hub("timeline", citizen, "--as", "citizen", "--json")
    before = json.loads(capsys.readouterr().out)
    with another(server, template, tmp_path / "new", FixedClock(FAR)) as empty:
        use(empty, tmp_path / "new", monkeypatch)
        assert 0 == hub("import", "history", file)
        said = capsys.readouterr().out
        assert said.startswith("hentet ind ")
        assert "var der 0" in said
        assert 0 == hub("import", "history", file)
        assert capsys.readouterr().out.startswith("hentet ind 0, var der ")
        assert 0 == hub("import", "history", file, "--json")
        assert 0 == json.loads(capsys.readouterr().out)["imported"]
        empty.wired.catch_up()
        assert 0 == hub("timeline", citizen, "--as", "citizen", "--json")
        after = json.loads(capsys.readouterr().out)
    assert [e["fields"] for e in before["entries"]] == [e["fields"] for e in after["entries"]]


def test_the_fhir_document_is_one_file(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --format fhir the file is a document bundle; without --out it is on the screen."""
    citizen = rich(town)

    assert 0 == hub("export", "citizen", citizen, "--as", "citizen", "--format", "fhir")

    bundle = json.loads(capsys.readouterr().out)
    assert ("Bundle", "document") == (bundle["resourceType"], bundle["type"])


def test_nobody_else_gets_it(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tovholder and the operator get the one denial, and no file is made."""
    citizen, file = rich(town), tmp_path / "x.json"

    for who in ("mette", "operator", "auditor"):
        assert 4 == hub("export", "citizen", citizen, "--as", who, "--out", file)
    assert not file.exists()
    assert "Der er intet at vise" in capsys.readouterr().err
    assert 2 == hub("export", "citizen", citizen, "--as", "citizen", "--format", "pdf", "--out", file)
    assert "json eller fhir" in capsys.readouterr().err
    assert not file.exists()


def test_a_file_that_cannot_be_taken_in_is_one_line(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path that leads nowhere, and a file that is something else, end with a sentence and nothing written."""
    head = town.hub.log.head()
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")

    assert 2 == hub("import", "history", tmp_path / "none.json")
    assert 2 == hub("import", "history", tmp_path / "other.json")

    said = capsys.readouterr().err.splitlines()
    assert 2 == len(said)
    assert head == town.hub.log.head()


def test_a_protected_address_is_said_to_be_left_out(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The citizen is told that the protected address is not in the file."""
    citizen = rich(town)
    town.later()
    commands.protect_address(town.hub, town.actor("lene"), citizen)

    assert 0 == hub("export", "citizen", citizen, "--as", "citizen", "--out", tmp_path / "x.json")

    assert "Din adresse er beskyttet" in capsys.readouterr().out
