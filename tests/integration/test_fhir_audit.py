"""The access log as FHIR AuditEvents: every entry, read by FHIR's own model, built like IHE's own examples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle

from hub.cli.app import run
from hub.errors import AccessDenied
from hub.interop.fhir_audit import LISTS, audit_bundle
from hub.postgres import Database
from hub.texts import SURFACES
from tests.building import Town, rich, settle


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen at whom three have looked, one of them in vain."""
    citizen = rich(town)
    town.wired.catch_up()
    town.access.timeline(town.reader("ann"), citizen, "employment")
    town.access.page(town.reader("mette"), citizen, "coordination")
    with pytest.raises(AccessDenied):
        town.access.timeline(town.reader("eva"), citizen, "treatment")
    town.access.page(town.themself, citizen, None)
    return citizen


def exported(town: Town, karla: UUID, **named: str) -> list[dict[str, Any]]:
    """The entries of the log as AuditEvents, oldest first, without that of the export itself."""
    looks = town.access.audited(town.themself, karla)
    partners = {identity: name for name, identity in town.partners.items()}
    persons = {town.persons[slug]: name for slug, name in named.items()}
    bundle = audit_bundle(karla, looks, partners, persons, town.clock())
    Bundle.model_validate(bundle)
    return [one["resource"] for one in bundle["entry"]][:-1]


def test_each_entry_is_an_audit_event_that_fhir_reads(town: Town, karla: UUID) -> None:
    """There is one event for each entry, in its order, and FHIR's own model reads every one of them."""
    events = exported(town, karla)
    for event in events:
        AuditEvent.model_validate(event)
        assert event["entity"][1]["what"]["reference"] == f"Patient/{karla}"
    assert ["0", "0", "8", "0"] == [event["outcome"] for event in events]
    assert ["E", "R", "E", "R"] == [event["action"] for event in events]
    assert 4 == len({event["id"] for event in events})
    again = exported(town, karla)
    assert events == again[:4]


def test_it_says_who_where_from_and_what_for(town: Town, karla: UUID) -> None:
    """Function, organisation and purpose stand there; an employee's name only for who may have it."""
    silent, spoken = exported(town, karla), exported(town, karla, ann="Ann Prøve")
    user = silent[0]["agent"][2]
    assert user["requestor"]
    assert user["who"] == {"display": "worker, jobcentre"}
    assert {"employment"} == {one["code"] for one in user["purposeOfUse"][0]["coding"]}
    assert "TREAT" in str(silent[2]["agent"][2]["purposeOfUse"])
    assert "PATRQT" in str(silent[3]["agent"][2]["purposeOfUse"])
    assert silent[0]["agent"][3]["who"]["identifier"]["value"] == f"urn:uuid:{town.partner('jobcentre')}"
    assert str(town.persons["ann"]) not in json.dumps(silent)
    assert spoken[0]["agent"][2]["who"]["display"].startswith("Ann Prøve, ")


def test_a_refusal_keeps_its_reason_for_whoever_audits(town: Town, karla: UUID) -> None:
    """A refused attempt is there with its reason, and every entry with the position that it was decided at."""
    events = exported(town, karla)
    details = [{one["type"]: one["valueString"] for one in event["entity"][0]["detail"]} for event in events]
    assert details[2]["reason"] == "no_relation"
    assert all(int(one["position"]) > 0 for one in details)
    assert details[0]["grant"]


def shape(value: Any, place: str = "") -> Iterator[str]:
    """Every place in a resource that holds something, and the codes that say what it is."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from shape(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from shape(inner, place)
    elif place.endswith(
        ("coding.code", "type.code", "role.code", "coding.system", "type.system", "role.system")
    ) or place in {".action", ".outcome", ".subtype.code", ".subtype.system"}:
        yield f"{place}={value}"
    else:
        yield place


NOT_HELD = (
    ".agent.network",  # the hub keeps no address of anybody's machine
    ".meta.security",  # the examples say that they are examples
    ".text",
    ".id",
    ".entity.what.reference",  # what was asked for has a name in the hub, and no address
    ".agent.who.reference",
    ".source.observer.reference",
)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("example", "surface"), [("BasicReadServer", "page"), ("BasicQueryGetServer", "timeline")]
)
def test_it_is_built_like_the_examples_of_the_profiles(
    town: Town, karla: UUID, shared: Path, example: str, surface: str
) -> None:
    """Whatever IHE's own example of a read or a query says, ours says in the same place with the same codes."""
    path = shared / "data" / "ihe-basicaudit" / f"AuditEvent-ex-audit{example}.json"
    theirs = json.loads(path.read_text(encoding="utf-8"))
    ours = exported(town, karla)[1 if surface == "page" else 0]
    wanted = {one for one in shape(theirs) if not one.startswith(NOT_HELD)}
    found = set(shape(ours))
    assert wanted <= found, sorted(wanted - found)
    assert ours["meta"]["profile"] == theirs["meta"]["profile"]
    broken = {**ours, "agent": ours["agent"][:2]}
    assert not wanted <= set(shape(broken)), "a missing agent is not noticed"
    print("control: caught")


def test_every_list_is_a_surface() -> None:
    """What is exported as a query is somewhere that people really look."""
    assert {"timeline", "overview", "due"} <= LISTS & set(SURFACES)


def test_the_command_writes_it_for_the_citizen_and_an_auditor_with_a_ground(
    town: Town,
    karla: UUID,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The citizen takes it along without a reason; an auditor gives a ground; staff get the one denial."""
    monkeypatch.setenv("HUB_DATABASE_URL", town.database.conninfo)
    monkeypatch.setenv("HUB_ROOT_KEY_FILE", str(tmp_path / "root.key"))
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "da_DK.UTF-8")
    file = tmp_path / "adgang.json"
    command = ["export", "access", str(karla), "--out", str(file)]
    assert 0 == run([*command, "--as", "citizen"])
    assert "opslag er skrevet" in capsys.readouterr().out
    theirs = json.loads(file.read_text(encoding="utf-8"))
    assert 5 == len(theirs["entry"])
    assert str(town.persons["ann"]) not in file.read_text(encoding="utf-8")
    assert 0 != run([*command, "--as", "auditor"])
    assert "--ground" in capsys.readouterr().err
    assert 0 == run([*command, "--as", "auditor", "--ground", "klage 7"])
    assert "Ann Prøve" in file.read_text(encoding="utf-8")
    assert 4 == run([*command, "--as", "ann"])
