"""What comes in wrongly is refused in one line that names the place, and what comes twice is recorded once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.core import TyperGroup
from typer.main import get_group

from hub import errors
from hub.cli import app as root
from tests.cli import DANISH, Home, Town, town

ROOT = Path(__file__).resolve().parents[2]
ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("timeline", "not-a-uuid", "--as", "citizen"), "CITIZEN"),
        (("timeline",), "CITIZEN"),
        (("timeline", ID), "--as"),
        (("timeline", ID, "--as", "citizen", "--limit", "x"), "--limit"),
        (("timeline", ID, "--as", "citizen", "--bogus"), "--bogus"),
        (("nothing",), "hub --help"),
        (("citizen", "nothing"), "hub citizen --help"),
        (("citizen", "hope", ID, "x", "--as", "citizen"), "label"),
        (("citizen", "hope", ID, "x", "--label", "weather", "--as", "citizen"), "label"),
        (("citizen", "hope", ID, " ", "--label", "wishes", "--as", "citizen"), "tom"),
        (("citizen", "hope", ID, "x\x07", "--label", "wishes", "--as", "citizen"), "tegn"),
        (("citizen", "contact", ID, "--day", "1. marts", "--as", "mette"), "--day"),
        (("citizen", "contact", ID, "--day", "2026-02-30", "--as", "mette"), "--day"),
        (("citizen", "contact", ID, "--occurred", "før", "--as", "mette"), "--occurred"),
        (("citizen", "contact", ID, "--command-id", "7", "--as", "mette"), "--command-id"),
        (("citizen", "enrol", "--name", "X", "--cpr", "12", "--as", "lene"), "--cpr"),
        (("citizen", "retell", ID, "hope", "x", "--label", "wishes", "--as", "citizen"), "HOPE"),
        (("consent", "give", ID, "jobcenter", "--category", "x", "--purpose", "support"), "kategorier"),
        (("consent", "give", ID, "jobcenter", "--category", "plan", "--purpose", "x"), "formål"),
        (("consent", "give", ID, "jobcenter", "--until", "9999-99-99"), "--until"),
        (("consent", "give", ID, "jobcenter", "--to", "2026-01-01"), "--from"),
        (("consent", "give", ID), "PARTNER"),
        (("consent", "give", "--file", "/nowhere.jsonl"), "--file"),
        (("consent", "withdraw", ID, "--as", "citizen"), "--partner"),
        (("consent", "narrow", ID, "x", "--as", "citizen"), "CONSENT"),
        (("meeting", "convene", ID, "--starts", "snart", "--as", "mette"), "--starts"),
        (("meeting", "hold", ID, ID, "--as", "mette"), "--citizen-took-part"),
        (("plan", "set-goal", ID, "plan", "--words", "x", "--label", "plan", "--as", "mette"), "PLAN"),
        (("handover", "accept", "x", "--as", "ann"), "HANDOVER"),
        (("partner", "register", "--name", "X", "--sector", "x", "--purpose", "support"), "--sector"),
        (("partner", "person", "jobcenter", "citizen", "--name", "X", "--function", "x"), "SHORT"),
        (("view", "e", ID, "--as", "citizen"), "PARTNER"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_that_names_the_place(
    hub: Town, arguments: tuple[str, ...], place: str
) -> None:
    """Exit code 2, nothing on standard output, one line that names what is wrong."""
    answer = hub.hub(*arguments)

    assert (2, "") == answer[:2]
    assert 1 == answer.err.count("\n")
    assert answer.err.startswith("FEJL: ")
    assert place in answer.err


def test_whoever_is_not_registered_is_not_found(hub: Town) -> None:
    """An unknown person or organisation is refused with 3, before anything is read."""
    assert 3 == hub.hub("timeline", ID, "--as", "nobody").code
    assert 3 == hub.hub("view", "kommunen", ID, "--as", "citizen").code


def test_an_organisation_is_known_by_enough_of_its_name_or_sector(hub: Town) -> None:
    """A Danish or English sector, a part of the name and the id all mean the same organisation."""
    identity = next(
        one["partner"] for one in hub.ok("partner", "list", "--json").json if "nord" in one["name"].lower()
    )
    for text in ("jobcenter", "jobcentre", "Nord", "JOBCENTER NORD", identity):
        assert identity == hub.ok("view", text, "--json").json["partner"]


def test_a_file_read_twice_adds_nothing_and_names_what_it_refuses(hub: Town, tmp_path: Path) -> None:
    """Good lines are recorded once, bad ones are named by number and reason, and the others go on."""
    citizen = hub.citizen(consent=False)
    good = {"citizen": citizen, "partner": "jobcenter", "categories": ["plan"], "purposes": ["employment"]}
    lines = [
        orjson.dumps(good),
        b'{"citizen": ',
        orjson.dumps({**good, "until": "2099-06-01", "window": {"from": "2026-01-01", "to": "2026-02-01"}}),
        orjson.dumps({**good, "partner": "kommunen"}),
        orjson.dumps({**good, "categories": ["weather"]}),
        b"\xff\xfe",
        orjson.dumps({**good, "extra": 1}),
        orjson.dumps({**good, "window": {"to": "2026-02-01"}}),
        orjson.dumps({**good, "sources": ["citizen", "myndighed"]}),
        b"",
        orjson.dumps({**good, "citizen": ID}),
        orjson.dumps({**good, "as": "ann"}),
        orjson.dumps(good),
    ]
    file = tmp_path / "consents.jsonl"
    file.write_bytes(b"\n".join(lines))

    first = hub.hub("consent", "give", "--file", str(file), "--json")
    assert 3 == first.code
    assert (3, 1) == (first.json["recorded"], first.json["already"])
    assert [2, 4, 5, 6, 7, 8, 11, 12] == [one["line"] for one in first.json["refused"]]
    assert all(f"linje {one['line']}: " in first.err for one in first.json["refused"])
    assert "weather" not in first.out + first.err

    head = hub.ok("status", "--json").json["log"]["position"]
    second = hub.hub("consent", "give", "--file", str(file), "--json")
    assert (0, 4) == (second.json["recorded"], second.json["already"])
    assert head == hub.ok("status", "--json").json["log"]["position"]

    whole = tmp_path / "good.jsonl"
    whole.write_bytes(lines[0] + b"\n" + lines[2] + b"\n")
    assert (
        "0 samtykker noteret, 2 var noteret før, 0 afvist."
        in hub.ok("consent", "give", "--file", str(whole)).out
    )


def test_until_includes_its_day(hub: Town) -> None:
    """`--until 2099-06-01` lasts through that day in Denmark, and is shown as that day."""
    citizen = hub.citizen(consent=False)
    terms = ("--category", "plan", "--purpose", "employment", "--until", "2099-06-01")
    hub.ok("consent", "give", citizen, "jobcenter", *terms, "--from", "2026-01-01", "--to", "2026-01-31")
    hub.ok("catch-up")

    assert (
        "2099-06-01T22:00:00+00:00"
        == hub.ok("consent", "list", citizen, "--as", "citizen", "--json").json["consents"][0]["until"]
    )
    assert "til og med mandag 1. juni 2099" in hub.ok("consent", "list", citizen, "--as", "citizen").out
    period = "fra torsdag 1. januar 2026 til og med lørdag 31. januar 2026"
    assert period in hub.ok("timeline", citizen, "--as", "citizen").out


def test_free_text_comes_past_the_shells_history(hub: Town) -> None:
    """A text written as `-` is read from standard input."""
    citizen = hub.citizen()
    hub.ok("citizen", "hope", citizen, "-", "--label", "wishes", "--as", "citizen", stdin="Læst ind\n")
    hub.ok("catch-up")
    assert "“Læst ind”" in hub.ok("timeline", citizen, "--as", "citizen").out


def test_without_a_hub_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    """A command on an empty home makes nothing, and says what to run; so does one without a key."""
    home = Home(tmp_path)
    answer = home.hub("status")
    assert 8 == answer.code
    assert "hub init" in answer.err
    assert not (tmp_path / "home").exists()
    home.settings["HUB_PARTITIONS"] = "many"
    assert "HUB_PARTITIONS" in home.hub("status").err


def test_what_nobody_foresaw_is_one_line_without_its_words(
    hub: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's own words may hold data: only its kind is told, with exit code 70."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Hanne Test 010180-0000")

    monkeypatch.setattr("hub.bootstrap.Wired.catch_up", fail)
    answer = hub.hub("catch-up")

    assert (70, "") == answer[:2]
    assert "ZeroDivisionError" in answer.err
    assert "Hanne" not in answer.err
    assert 1 == answer.err.count("\n")


# Help.


def _commands() -> Iterator[tuple[str, object]]:
    top = get_group(root.app)
    for name in top.list_commands(None):  # type: ignore[arg-type]
        found = top.get_command(None, name)  # type: ignore[arg-type]
        yield f"hub {name}", found
        if isinstance(found, TyperGroup):
            for verb, command in found.commands.items():
                yield f"hub {name} {verb}", command


def test_every_command_shows_an_example_of_itself() -> None:
    """Each --help ends with an example that begins with the command itself, and fits eighty columns."""
    found = dict(_commands())
    assert len(found) > 60
    for path, command in found.items():
        epilog = str(getattr(command, "epilog", ""))
        assert "Eksempel:" in epilog or "Example:" in epilog, path
        if not isinstance(command, TyperGroup):
            example = re.sub(r" --demo| --home \S+", "", epilog)
            assert path in example, path
        assert getattr(command, "help", None), path


def test_help_is_there_at_once(tmp_path: Path) -> None:
    """`hub --help` imports no database, no vault and no decision."""
    code = "import sys; from hub.cli.app import run; run(['--help']); print({'psycopg', 'rich'} & sys.modules.keys())"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.rstrip().endswith("set()")
    helped = Home(tmp_path).process("--help", lang=DANISH).out
    assert all(len(line) <= 80 for line in helped.splitlines())


def test_the_documented_exit_codes_are_those_of_the_errors() -> None:
    """docs/operating.md names every exit code that an error has, with a name of an error that has it."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = {
        int(code): line
        for line in text.splitlines()
        if (code := line.split("|")[1].strip() if line.startswith("|") else "").isdigit()
    }
    known = [
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.HubError)
    ]

    assert {one.exit_code for one in known} | {0, 70, 130} == set(rows)
    for one in known:
        assert f"`{one.__name__}`" in rows[one.exit_code], one
    assert {70, 130} == {root.UNEXPECTED, root.INTERRUPTED}
