"""`hub import fhir` as people meet it: what it says, in both languages, and how it ends."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.application.access import Reader
from hub.cli.app import run
from hub.cli.import_words import REASONS, reason_text
from hub.interop import fhir_about, fhir_dates
from hub.postgres import Database
from tests.building import Town, settle
from tests.fhir_files import Body, care_team, condition, encounter, goal, patient, plan, staff, write

SOURCE = "social_psychiatry"


@pytest.fixture
def town(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A hub that the command line opens too."""
    found = settle(database, tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database.conninfo)
    monkeypatch.setenv("HUB_ROOT_KEY_FILE", str(tmp_path / "root.key"))
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "da_DK.UTF-8")
    return found


RESOURCES: list[Body] = [
    *staff(),
    patient("anna", cpr="0101800000"),
    patient("berit", deceasedDateTime="2021-01-01T00:00:00Z"),
    plan("c1", "anna", ["g1"]),
    goal("g1", "anna"),
    encounter("e1", "anna"),
    encounter("e2", "berit", "2022-05-01T10:00:00Z"),
    condition("d1", "anna"),
    care_team("t1", "anna"),
]


def hub(*arguments: str | Path) -> int:
    return run([str(argument) for argument in arguments])


def imported(folder: Path, *more: str | Path, resources: list[Body] | None = None) -> int:
    path = write(folder / "in.ndjson", RESOURCES if resources is None else resources)
    return hub("import", "fhir", path, "--source-organisation", SOURCE, *more)


def test_report_in_danish(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report says for each type what became of it, why not, and that nobody else gains access; it ends with 0."""
    assert 0 == imported(tmp_path)

    said = capsys.readouterr()
    assert ["Patient", "2", "2", "0", "0", "0"] in [line.split() for line in said.out.splitlines()]
    assert ["Encounter", "2", "1", "0", "0", "1"] in [line.split() for line in said.out.splitlines()]
    assert ["i", "alt", "11", "6", "0", "4", "1"] in [line.split() for line in said.out.splitlines()]
    assert "dateret efter borgerens død" in said.out
    assert "hubben har ingen hændelse for den type" in said.out
    assert "ingen andre adgang" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert "læst 100 %" in said.err


def test_report_in_english(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With LANG=en everything is English; a second run imports nothing."""
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert 0 == imported(tmp_path)
    assert 0 == imported(tmp_path)

    second = capsys.readouterr().out.split("type ")[-1]
    assert ["all", "11", "0", "6", "4", "1"] in [line.split() for line in second.splitlines()]
    assert fhir_dates.AFTER_DEATH.split(":")[0] in second


def test_json_and_files(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts: the report as JSON, every refusal with its place and reason, every citizen's reference."""
    refused, references = tmp_path / "refused.jsonl", tmp_path / "references.jsonl"
    assert 0 == imported(
        tmp_path, "--json", "--refused", refused, "--references", references, "--as", "mette"
    )

    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert {"read": 11, "imported": 6, "already_there": 0, "not_mapped": 4, "refused": 1} == {
        name: figure for name, figure in report["all"].items() if name != "reasons"
    }
    assert [{"place": "in.ndjson line 9", "type": "Encounter", "reason": fhir_dates.AFTER_DEATH}] == lines(
        refused
    )
    assert {"anna": False, "berit": True} == {one["patient"]: one["dead"] for one in lines(references)}
    assert 0o600 == references.stat().st_mode & 0o777
    anna = next(UUID(one["citizen"]) for one in lines(references) if one["patient"] == "anna")
    town.wired.catch_up()
    events = {entry.event for entry in town.access.timeline(Reader.citizen(), anna, None).entries}
    assert {"plan.goal_set", "citizen.contact_recorded", "citizen.contact_person_assigned"} <= events


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_consents_from_a_file_open_what_was_imported(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The references that an import writes are what `hub consent give --file` reads: one agrees, one is seen."""
    people = [patient(name) for name in ("anna", "dina", "ella")]
    resources = [*people, *(encounter(f"e-{one['id']}", str(one["id"])) for one in people)]
    references = tmp_path / "references.jsonl"
    assert 0 == imported(tmp_path, "--references", references, resources=resources)
    anna = next(one["citizen"] for one in lines(references) if one["patient"] == "anna")
    consents = tmp_path / "consents.jsonl"
    window = {"from": "2000-01-01", "include_undated": True}
    terms = {"categories": ["meetings", "health", "plan"], "purposes": ["casework"], "window": window}
    consents.write_text(
        json.dumps({"citizen": anna, "partner": "authority", **terms}) + "\n", encoding="utf-8"
    )
    assert 0 == hub("consent", "give", "--file", consents, "--as", "citizen")

    town.wired.catch_up()
    seen = {
        one["patient"]: [
            entry.event
            for entry in town.access.view(
                Reader.citizen(), town.partner("authority"), UUID(one["citizen"]), None
            )
        ]
        for one in lines(references)
    }
    assert "citizen.contact_recorded" in seen["anna"]
    assert ([], []) == (seen["dina"], seen["ella"])


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["nowhere.ndjson", "--source-organisation", SOURCE], 2, "PATH"),
        (["in.ndjson", "--source-organisation", "ingen"], 3, "--source-organisation"),
        (["in.ndjson", "--source-organisation", SOURCE, "--as", "ann"], 3, "dens egne"),
        (["in.ndjson", "--source-organisation", SOURCE, "--refused", "no/such/folder"], 2, "--refused"),
        (["in.ndjson"], 2, "--source-organisation"),
    ],
)
def test_what_is_written_wrongly(
    town: Town,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    word: str,
) -> None:
    """A wrong path, organisation, person or file ends with its own code and one line, and nothing is imported."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.ndjson", RESOURCES)
    before = town.hub.log.head()

    assert code == hub("import", "fhir", *arguments)

    said = capsys.readouterr().err.strip().splitlines()
    assert 1 == len(said)
    assert word in said[0]
    assert before == town.hub.log.head()


def test_bad_files_stop_nothing_else(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no JSON, half a bundle and an empty entry are refused with their places; the rest comes in."""
    write(tmp_path / "good.ndjson", [patient("anna"), encounter("e1", "anna")])
    (tmp_path / "bad.json").write_text("{ nothing", encoding="utf-8")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient("dina")}, {}]}
    (tmp_path / "half.json").write_text(json.dumps(bundle), encoding="utf-8")
    refused = tmp_path / "refused.txt"

    assert 0 == hub(
        "import", "fhir", tmp_path, "--source-organisation", SOURCE, "--refused", refused, "--json"
    )
    assert {"bad.json", "half.json entry 2"} == {one["place"] for one in lines(refused)}
    assert 3 == json.loads(capsys.readouterr().out)["all"]["imported"]


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """The help fits 80 columns but for the example, which can be copied."""
    assert 0 == hub("import", "fhir", "--help")

    said = capsys.readouterr().out
    assert "hub import fhir" in said.splitlines()[-1]
    assert max(len(line) for line in said.splitlines()[:-1]) <= 80


def test_every_reason_has_its_danish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fixed reason of the reader and the importer is there in Danish."""
    from hub.interop import (  # noqa: PLC0415 - the one use
        fhir,
        fhir_check,
        fhir_group,
        fhir_index,
        fhir_map,
        fhir_read,
        fhir_record,
        importing,
    )

    no_reason = {fhir_about.UNKNOWN, fhir.CHANGED_FILES, importing.NO_NAME, fhir_record.KIND}
    reading = (fhir, fhir_check, fhir_dates, fhir_group, fhir_index, fhir_map, fhir_read)
    for module in (*reading, fhir_record, importing):
        for name, value in vars(module).items():
            sentence = isinstance(value, str) and " " in value and name.isupper()
            assert not sentence or value in REASONS or value in no_reason, f"{module.__name__}.{name}"
    monkeypatch.setenv("LC_ALL", "da")
    assert reason_text("not valid FHIR R4 at Patient.name (x)").startswith("ikke gyldig FHIR R4 ved")
