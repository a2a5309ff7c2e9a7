"""`hub export consents` and `hub import fhir-consent` on a real hub: what is recorded, by whom, and how it is told."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from hub.aggregates import Actor, Window
from hub.application import commands
from hub.application.importing import Bulk
from hub.application.standing import State
from hub.cli.app import run
from hub.clock import to_microseconds
from hub.errors import AccessDenied, NotPermitted
from hub.interop.fhir_check import digest
from hub.interop.fhir_consent import SOURCE, ConsentImporter, ConsentReport
from hub.interop.fhir_consent_export import bundle_of, consents_in_force, terms_of_block, terms_of_grant
from hub.postgres import Database
from hub.vocabulary import Role
from tests.building import CITIZEN, START, Town, settle

Body = dict[str, Any]
PAST = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC), include_undated=True)


@pytest.fixture
def town(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A hub that the command line opens too, with its clock."""
    found = settle(database, tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database.conninfo)
    monkeypatch.setenv("HUB_ROOT_KEY_FILE", str(tmp_path / "root.key"))
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setattr("hub.cli.session.clock", found.clock)
    return found


def hub(*arguments: object) -> int:
    """Run a command."""
    return run([str(argument) for argument in arguments])


def now(town: Town) -> int:
    """The moment, as the decision counts."""
    return to_microseconds(town.clock())


def shared_much(town: Town) -> UUID:
    """A citizen with consents of every form, and blocks."""
    citizen = town.enrol(cpr="0101800000")
    town.consent(citizen, "jobcentre", "plan", "work", until=datetime(2026, 6, 30, 22, tzinfo=UTC))
    town.consent(citizen, "social_psychiatry", "health", "plan", window=PAST)
    town.later()
    commands.give_consent(
        town.hub,
        CITIZEN,
        citizen,
        town.partner("addiction_treatment"),
        categories=frozenset({"addiction"}),
        purposes=frozenset({"treatment"}),
        sources=(town.partner("authority"), UUID(int=0)),
    )
    commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"health"})
    )
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("authority"), person=town.persons["lene"])
    return citizen


def standing(state: State, at: int) -> tuple[set[Any], set[Any]]:
    """What stands, without ids and moments."""
    return (
        {terms_of_grant(grant) for grant in consents_in_force(state, at)},
        {terms_of_block(state, block) for block in state.blocks},
    )


def as_another(bundle: Body, citizen: UUID, other: UUID) -> Body:
    """The same consents, as another hub would give them for somebody else: other ids, another citizen."""
    text = orjson.dumps(bundle).decode().replace(str(citizen), str(other))
    for entry in bundle["entry"]:
        one = entry["resource"]["id"]
        text = text.replace(one, one[::-1].replace("-", "0")[:8] + one[8:])
    found: Body = json.loads(text)
    return found


def taken(town: Town, citizen: UUID, body: Body, folder: Path, **more: Any) -> ConsentReport:
    """Import a body."""
    path = folder / "in.json"
    path.write_bytes(orjson.dumps(body))
    return ConsentImporter(town.hub, more.pop("actor", CITIZEN), citizen, **more).run([path])


def test_there_and_back(town: Town, tmp_path: Path) -> None:
    """What went out comes back for another citizen as exactly the same consents and blocks, all of today."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    bundle: Body = bundle_of(town.hub.state(citizen), citizen, now(town))
    town.later(hours=1)
    report = taken(town, other, as_another(bundle, citizen, other), tmp_path)

    assert [one.result for one in report.outcomes] == ["given"] * 5, report
    state = town.hub.state(other)
    assert standing(town.hub.state(citizen), now(town)) == standing(state, now(town))
    assert {grant.recorded_at for grant in state.grants.values()} == {now(town)}


def test_again_changes_nothing(town: Town, tmp_path: Path) -> None:
    """The same file again records nothing; neither does an export in the history that it came from."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    bundle: Body = bundle_of(town.hub.state(citizen), citizen, now(town))
    first = as_another(bundle, citizen, other)
    taken(town, other, first, tmp_path)
    head = town.hub.log.head()

    assert [one.result for one in taken(town, other, first, tmp_path).outcomes] == ["there"] * 5
    assert [one.result for one in taken(town, citizen, bundle, tmp_path).outcomes] == ["there"] * 5
    assert town.hub.log.head() == head


def test_what_has_ended_does_not_return(town: Town, tmp_path: Path) -> None:
    """An export is no way to bring back what the citizen has taken back, lifted or narrowed since."""
    citizen = shared_much(town)
    bundle: Body = bundle_of(town.hub.state(citizen), citizen, now(town))
    narrowed, withdrawn, _ = [UUID(one["resource"]["id"]) for one in bundle["entry"][:3]]
    lifted = UUID(bundle["entry"][3]["resource"]["id"])
    commands.narrow_consent(town.hub, CITIZEN, citizen, narrowed, categories=frozenset({"plan"}))
    commands.withdraw_consent(town.hub, CITIZEN, citizen, withdrawn)
    commands.lift_block(town.hub, CITIZEN, citizen, lifted)
    head = town.hub.log.head()
    report = taken(town, citizen, bundle, tmp_path)

    codes = [tuple(refusal.code for refusal in one.refusals) for one in report.outcomes]
    assert codes == [("other_terms",), ("ended_here",), (), ("ended_here",), ()]
    assert town.hub.log.head() == head


def test_the_same_file_does_not_bring_back(town: Town, tmp_path: Path) -> None:
    """A consent that came from a file and was withdrawn since is not given again by that file."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    bundle = as_another(bundle_of(town.hub.state(citizen), citizen, now(town)), citizen, other)
    consent = bundle["entry"][0]["resource"]
    taken(town, other, consent, tmp_path)
    commands.withdraw_consent(town.hub, CITIZEN, other, partner=town.partner("jobcentre"))
    (outcome,) = taken(town, other, consent, tmp_path).outcomes

    assert ("refused", "ended_here") == (outcome.result, outcome.refusals[0].code)
    assert not town.hub.state(other).grants


def test_a_killed_import_is_finished_by_running_it_again(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks come first, so that what a killed import left opens less and never more; again, and it is whole."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    state = town.hub.state(citizen)
    bundle = as_another(bundle_of(state, citizen, now(town)), citizen, other)
    rules = [one["resource"]["provision"]["provision"][0] for one in bundle["entry"]]
    whole = bundle["entry"][0]["resource"]
    del whole["identifier"]
    whole["provision"]["provision"] = [*rules[:2], rules[3]]
    real, calls = commands.give_consent, []

    def killed(*arguments: Any, **more: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 4:  # two are rehearsed, one is given
            raise KeyboardInterrupt
        return real(*arguments, **more)

    monkeypatch.setattr(commands, "give_consent", killed)
    with pytest.raises(KeyboardInterrupt):
        taken(town, other, whole, tmp_path)
    left = town.hub.state(other)
    assert (1, 1) == (len(left.grants), len(left.blocks))

    monkeypatch.setattr(commands, "give_consent", real)
    assert ["given"] == [one.result for one in taken(town, other, whole, tmp_path).outcomes]
    left = town.hub.state(other)
    assert (2, 1) == (len(left.grants), len(left.blocks))


def test_the_original_is_kept_sealed(town: Town, tmp_path: Path) -> None:
    """What a consent was made from is kept under the citizen's key, once, and found by its content alone."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    bundle = as_another(bundle_of(town.hub.state(citizen), citizen, now(town)), citizen, other)
    taken(town, other, bundle, tmp_path)
    content = digest(bundle["entry"][0]["resource"])
    identity = town.hub.vault.lookup("import", f"consent/{other}/{content.hex()}")
    found = Bulk(town.database, town.hub.vault).found(SOURCE, [identity])

    assert (content, other) == (found[identity].digest, found[identity].citizen)
    with town.database.connection() as connection:
        rows = connection.execute(
            "SELECT sealed FROM vault_originals WHERE source = %s", (SOURCE,)
        ).fetchall()
    assert len(rows) == 5
    assert not any(b"Consent" in bytes(row[0]) for row in rows)


def test_only_the_citizen_gives(town: Town, tmp_path: Path) -> None:
    """Staff take in no consent from a file, and a stranger who represents nobody gets the uniform denial."""
    citizen = shared_much(town)
    bundle: Body = bundle_of(town.hub.state(citizen), citizen, now(town))

    with pytest.raises(NotPermitted):
        taken(town, citizen, bundle, tmp_path, actor=town.actor("lene"))
    with pytest.raises(AccessDenied):
        taken(town, citizen, bundle, tmp_path, actor=Actor(Role.REPRESENTATIVE, person=town.persons["ann"]))


def test_a_representative_gives_within_the_scope(town: Town, tmp_path: Path) -> None:
    """A representative's file is taken in within the scope; beyond it, and for blocks, nothing of it is recorded."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    bodil = UUID("1b7a0c1e-0000-4000-8000-000000000001")
    town.wired.vault.register_person(bodil, "bodil", None, "værge", "Bodil Prøve")
    commands.register_representative(
        town.hub, town.actor("lene"), other, bodil, frozenset({"plan", "work", "contact"})
    )
    bundle = as_another(bundle_of(town.hub.state(citizen), citizen, now(town)), citizen, other)
    report = taken(town, other, bundle, tmp_path, actor=town.actor("bodil"))

    assert [one.result for one in report.outcomes] == ["given", "refused", "refused", "refused", "refused"]
    assert {one.refusals[0].code for one in report.outcomes[1:]} == {"hub_refuses"}
    assert len(town.hub.state(other).grants) == 1


# ---------------------------------------------------------------------------------------------- on the command line


def test_export_and_import_on_the_command_line(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The export is for the citizen alone, in a file for its owner; a dry run gives nothing."""
    citizen, other = shared_much(town), town.enrol(name="Anden Prøve")
    out = tmp_path / "consents.json"
    assert 4 == hub("export", "consents", citizen, "--as", "mette")
    assert 4 == hub("export", "consents", citizen, "--as", "operator")
    assert 0 == hub("export", "consents", citizen, "--as", "citizen", "--file", out)
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert "5 consents and blocks are written." in capsys.readouterr().out
    assert 0 == hub("export", "consents", citizen, "--as", "citizen")
    assert json.loads(capsys.readouterr().out) == json.loads(out.read_text())

    out.write_bytes(orjson.dumps(as_another(json.loads(out.read_text()), citizen, other)))
    head = town.hub.log.head()
    assert 0 == hub("import", "fhir-consent", out, other, "--as", "citizen", "--dry-run")
    said = capsys.readouterr().out
    told = " ".join(said.split())
    assert "what happened from Monday 1 January 2024 until and including Sunday 1 March 2026" in told
    assert ", and what has no date" in told
    assert ", only from authority, the citizen; until it is withdrawn" in told
    assert "block: one person at authority may not have everything" in told
    assert "read 5, given 5, recorded before 0, refused 0 (dry run: nothing is recorded)" in said
    assert head == town.hub.log.head()
    assert 0 == hub("import", "fhir-consent", out, other, "--as", "citizen")
    assert "given 5" in capsys.readouterr().out
    assert len(town.hub.state(other).grants) == 3


def test_refusals_on_the_command_line(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused is told with its code, place and reason, in Danish too, and nothing that stands in the file."""
    citizen = town.enrol()
    path = tmp_path / "in.ndjson"
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {"code": "patient-privacy", "system": "http://terminology.hl7.org/CodeSystem/consentscope"}
            ]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/hemmelig", "display": "Karla Hemmelig"},
        "policyRule": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]
        },
        "provision": {"type": "deny"},
    }
    path.write_bytes(
        orjson.dumps(consent) + b"\n" + b"{nonsense\n" + orjson.dumps({"resourceType": "Patient"}) + b"\n"
    )
    assert 3 == hub("import", "fhir-consent", path, citizen, "--as", "citizen")
    said = capsys.readouterr()
    assert "[default_permit: Consent.policyRule]" in said.out
    assert "[other_patient: Consent.patient]" in said.out
    assert "read 2, given 0, recorded before 0, refused 2" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80

    monkeypatch.setenv("LC_ALL", "da_DK.UTF-8")
    assert 3 == hub(
        "import", "fhir-consent", path, citizen, "--as", "citizen", "--patient", "Patient/hemmelig", "--json"
    )
    answer = capsys.readouterr()
    found = json.loads(answer.out)
    assert (2, 2, 1) == (found["read"], found["refused"], found["others"])
    assert ["default_permit"] == [one["code"] for one in found["consents"][0]["reasons"]]
    assert "Hubben deler kun det, der er sagt ja til." in found["consents"][0]["reasons"][0]["text"]
    for text in (said.out, said.err, answer.out, answer.err):
        assert "emmelig" not in text
    assert START < town.clock()
