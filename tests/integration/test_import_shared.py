"""Real material of other systems comes in: each set with its exact figures, twice, and seen by nobody but its recorder.

The five sets stand beside the checkout; where one is absent its test is skipped and says so.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from hub.clock import FixedClock
from hub.interop import fhir, fhir_facts, fhir_group, fhir_map, fhir_read, fhir_record, importing
from hub.interop.fhir_facts import Fact, Report
from hub.interop.importing import Importer
from hub.postgres import Database
from tests import checking
from tests.building import Town, settle
from tests.fhir_files import Body, patient, write
from tests.taking_in import SOURCE, figures, importer, sql, told

pytestmark = [pytest.mark.shared, pytest.mark.slow]

Figures = dict[str, tuple[int, int, int, int, int]]

OTHERS = ("authority", "jobcentre", "addiction_treatment")


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town in the summer of 2026, so that nothing in the sets lies ahead."""
    found = settle(database, tmp_path)
    assert isinstance(found.clock, FixedClock)
    found.clock.advance(datetime(2026, 6, 1, tzinfo=UTC) - found.clock())
    return found


def folder(shared: Path, name: str) -> Path:
    """The set itself; without it the test is skipped, and says so."""
    found = shared / "data" / name
    if not found.is_dir():
        pytest.skip(f"the sample set {name} is not beside the checkout")
    return found


def run(town: Town, *paths: Path) -> tuple[Report, Importer, list[tuple[Fact, str]]]:
    """Import; what was refused is told with its reason."""
    no: list[tuple[Fact, str]] = []
    found = importer(town, refused=lambda fact, reason: no.append((fact, reason)))
    report = found.run(list(paths))
    assert report.balanced
    assert len(no) == report.total.refused
    assert all(reason for _, reason in no)
    return report, found, no


def lines(report: Report) -> Figures:
    """Read, imported, already there, not mapped and refused of each type."""
    return {name: figures(line) for name, line in report.lines.items()}


def again(first: Figures) -> Figures:
    """What a second run must say: what was imported is there already, all else is as it was."""
    return {
        name: (read, 0, there + imported, not_mapped, refused)
        for name, (read, imported, there, not_mapped, refused) in first.items()
    }


def written_down(heading: str) -> Figures:
    """The table under a heading of the page that people read."""
    page = (Path(__file__).parents[2] / "docs" / "fhir-import.md").read_text(encoding="utf-8")
    rows = page.partition(f"\n### {heading}\n")[2].partition("\n#")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    found = {name: tuple(map(int, of)) for name, *of in cells[2:]}
    return cast("Figures", found)


def twice(
    town: Town, *paths: Path, expected: Figures, page: str = ""
) -> tuple[Report, Importer, list[tuple[Fact, str]]]:
    """Import and compare every figure; import again and find that nothing at all is recorded or kept anew."""
    assert expected == written_down(page or paths[0].name)
    first, found, no = run(town, *paths)
    assert expected == lines(first)
    stored = sql(town.database, STORED)
    second, repeated, _ = run(town, *paths)
    assert again(expected) == lines(second)
    assert (0, 0) == (repeated.events, second.total.imported)
    assert stored == sql(town.database, STORED)
    assert found.citizens == repeated.citizens
    return first, found, no


STORED = (
    "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM vault_originals), "
    "(SELECT count(*) FROM vault_citizens), (SELECT count(*) FROM statements)"
)


def kept(town: Town) -> Counter[str]:
    """How many originals are sealed, by what became of them."""
    return Counter(dict(sql(town.database, "SELECT kind, count(*) FROM vault_originals GROUP BY kind")))


def lost(town: Town, folder: Path) -> Counter[str]:
    """Which records of a set are in no sealed original, by type; another `text` or `meta` is no other record."""
    sealed = {contents(one) for one in originals(town)}
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.json")):
        for record in records(json.loads(path.read_text(encoding="utf-8"))):
            found[record["resourceType"]] += contents(record) not in sealed
    return +found


def originals(town: Town) -> Iterator[Body]:
    """Every sealed original, opened with its citizen's key."""
    query = (
        "SELECT k.key_id, k.citizen_id, o.identity, o.sealed FROM vault_originals AS o "
        "JOIN vault_keys AS k ON k.citizen_id = o.citizen_id"
    )
    rows = sql(town.database, query)
    keys = town.wired.vault.keys((key, citizen) for key, citizen, _, _ in rows)
    for key, _, identity, cipher in rows:
        yield json.loads(
            town.wired.vault.open_row(keys[key], bytes(cipher), bytes(identity)).partition(b"\n")[2]
        )


def records(document: Any) -> Iterator[Any]:
    """Every record in a file, Bundles unfolded."""
    if document.get("resourceType") == "Bundle":
        for entry in document["entry"]:
            yield from records(entry["resource"])
    elif "resourceType" in document:
        yield document


def contents(record: Body) -> str:
    """What a record says."""
    return json.dumps(
        {name: of for name, of in record.items() if name not in ("text", "meta")}, sort_keys=True
    )


def nobody_else_sees_it(town: Town, found: Importer) -> None:
    """By raw SQL, rows of another partner are looked for where one was planted first, and then where none may be."""
    town.wired.catch_up()
    address, source = town.database.conninfo, town.partner(SOURCE)
    schema = checking.live(address, "partner_view")
    strangers = f"SELECT count(*) FROM {schema}.partner_view WHERE partner_id <> %s"
    row = checking.ask(
        address,
        f"SELECT citizen_id, position FROM {schema}.partner_view WHERE partner_id = %s LIMIT 1",
        source,
    )[0]
    checking.do(
        address,
        f"INSERT INTO {schema}.partner_view SELECT %s, citizen_id, position, event_id, gen_random_uuid(), partition, "
        f"purposes, valid_until, digest, sealed, texts, text_events FROM {schema}.partner_view "
        "WHERE partner_id = %s AND citizen_id = %s AND position = %s",
        town.partner(OTHERS[0]),
        source,
        *row,
    )
    assert [(1,)] == checking.ask(address, strangers, source)
    print("control: caught")
    checking.do(address, f"DELETE FROM {schema}.partner_view WHERE partner_id <> %s", source)
    assert [(0,)] == checking.ask(address, strangers, source)
    own = checking.ask(
        address, f"SELECT count(DISTINCT citizen_id) FROM {schema}.partner_view WHERE partner_id = %s", source
    )
    assert [(len(found.citizens),)] == own
    assert [(0,)] == checking.ask(address, "SELECT count(*) FROM partner_log WHERE partner_id <> %s", source)


def read(town: Town, citizen: UUID) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the citizen reads, oldest first."""
    entries = town.access.timeline(town.themself, citizen, None).entries
    return [(entry.event, entry.happened, entry.fields) for entry in reversed(entries)]


def messages(town: Town, citizen: UUID) -> list[tuple[str | None, str]]:
    """The contacts of a citizen: the day and the text."""
    return [
        (happened, fields["text"]["text"])
        for event, happened, fields in read(town, citizen)
        if event == "citizen.contact_recorded"
    ]


# ------------------------------------------------------------------------------------------------ the sets


def test_medcom(town: Town, shared: Path) -> None:
    """Fourteen messages about two citizens: each message that stands is a contact, told once; none shows a file."""
    expected: Figures = {
        fhir_facts.UNREADABLE: (1, 0, 0, 0, 1),
        "CareTeam": (3, 0, 0, 3, 0),
        "Communication": (15, 13, 0, 1, 1),
        "Encounter": (2, 0, 0, 2, 0),
        "MessageHeader": (14, 0, 0, 14, 0),
        "Organization": (30, 0, 0, 30, 0),
        "Patient": (14, 2, 4, 8, 0),
        "Practitioner": (20, 0, 0, 20, 0),
        "PractitionerRole": (20, 0, 0, 20, 0),
        "Provenance": (26, 0, 9, 17, 0),
    }
    report, found, no = twice(town, folder(shared, "medcom-carecommunication"), expected=expected)

    assert {fhir_read.NO_RESOURCE_TYPE, fhir_map.IN_ERROR} == {reason for _, reason in no}
    assert {fhir_group.NAMED_AGAIN: 7, fhir_group.OLDER: 1} == report.lines["Patient"].reasons
    # Sealed: what is about a citizen. Not kept: 73 directory entries, which could end with nobody.
    assert {"person": 2, "imported": 13, "kept": 1 + 2 + 14 + 8 + 17} == kept(town)
    assert {
        "CareTeam": 3,
        "Organization": 30,
        "Practitioner": 20,
        "PractitionerRole": 20,
        "Communication": 1,
    } == lost(town, folder(shared, "medcom-carecommunication"))
    nobody_else_sees_it(town, found)

    threads = sorted(len(messages(town, citizen)) for citizen in found.citizens.values())
    assert [1, 12] == threads
    told_once = [text for citizen in found.citizens.values() for _, text in messages(town, citizen)]
    assert 1 == sum("Resultaterne for undersøgelsen kommer her" in text for text in told_once)
    attached = [line for text in told_once for line in text.splitlines() if line.startswith("Vedhæftet: ")]
    assert {"Blodprøveresultater": 2, "Rehabilitationplan": 1, "Link": 1, "medcom.dk": 1} == Counter(
        line.removeprefix("Vedhæftet: ") for line in attached
    )
    assert not any("JVBERi0" in text or "http" in text or "<" in text for text in told_once)
    kinds = Counter(text.partition(" (")[0] for text in told_once)
    assert {"Besked": 5, "Besked, haster": 2, "Svar": 3, "Videresendt besked": 2, "Rettet besked": 1} == kinds


def test_kl_dk(town: Town, shared: Path) -> None:
    """KL's examples: five citizens with their plans, goals and contacts; findings are kept, sealed."""
    expected: Figures = {
        "CarePlan": (5, 5, 0, 0, 0),
        "CareTeam": (2, 0, 0, 2, 0),
        "ClinicalImpression": (1, 0, 0, 1, 0),
        "Condition": (11, 0, 0, 11, 0),
        "Encounter": (6, 4, 0, 2, 0),
        "Goal": (9, 9, 0, 0, 0),
        "Observation": (15, 0, 0, 15, 0),
        "Organization": (6, 0, 0, 6, 0),
        "Patient": (5, 5, 0, 0, 0),
        "Practitioner": (7, 0, 0, 7, 0),
        "Procedure": (1, 0, 0, 1, 0),
        "Provenance": (6, 0, 0, 6, 0),
        "RelatedPerson": (1, 0, 0, 1, 0),
        "ServiceRequest": (4, 2, 0, 2, 0),
    }
    report, found, _ = twice(town, folder(shared, "kl-dk"), expected=expected)

    assert 5 == len(found.citizens)
    assert {"status planned": 2} == report.lines["Encounter"].reasons
    # A Provenance belongs to the citizen whose record it vouches for; only 15 directory entries are not kept.
    assert {"person": 5, "imported": 20, "kept": 54 - 15} == kept(town)
    assert {"CareTeam": 2, "Organization": 6, "Practitioner": 7} == lost(town, folder(shared, "kl-dk"))
    nobody_else_sees_it(town, found)
    andreas = read(town, found.citizens["Andreas"])
    assert 4 == sum(event == "plan.opened" and "text" in fields for event, _, fields in andreas)
    goals = [fields for event, _, fields in andreas if event == "plan.goal_set"]
    assert 6 == len(goals)
    assert all("words" not in fields and fields["professional"]["text"] for fields in goals)
    wishes = [fields for fields in goals if "wishes" in fields["professional"]["labels"]]
    assert wishes
    assert all(fields["professional"]["text"].startswith("Andreas ønsker") for fields in wishes)
    (asked,) = [fields for event, _, fields in andreas if event == "citizen.help_sought"]
    assert asked["text"]["text"].startswith("Henvendelse fra pårørende, og borgeren er indforstået")
    assert {"network", "third_party", "diagnosis"} <= set(asked["text"]["labels"])
    assert "words" not in asked
    assert not any("Gitte" in str(fields) for _, _, fields in andreas)


def test_kl_ffb_reporting(town: Town, shared: Path) -> None:
    """Five deliveries about one citizen: the newest word of each record counts, and the older ones are kept."""
    expected: Figures = {
        "CarePlan": (14, 7, 1, 6, 0),
        "CareTeam": (6, 0, 4, 2, 0),
        "ClinicalImpression": (4, 0, 0, 4, 0),
        "Condition": (54, 0, 35, 19, 0),
        "Encounter": (2, 0, 1, 1, 0),
        "Goal": (4, 4, 0, 0, 0),
        "Observation": (6, 0, 2, 4, 0),
        "Patient": (5, 1, 4, 0, 0),
        "ServiceRequest": (4, 0, 3, 1, 0),
    }
    _, found, _ = twice(town, folder(shared, "kl-ffb-reporting"), expected=expected)

    assert {"person": 1, "imported": 11, "kept": 37} == kept(town)
    assert {} == lost(town, folder(shared, "kl-ffb-reporting"))
    nobody_else_sees_it(town, found)
    (citizen,) = found.citizens.values()
    events = Counter(event for event, _, _ in read(town, citizen))
    assert (8, 2, 4) == (events["plan.opened"], events["plan.closed"], events["plan.goal_set"])
    assert 0 == events["citizen.contact_recorded"]


def test_kl_ffb_one_delivery_a_day(town: Town, shared: Path) -> None:
    """The deliveries one by one: what is new comes in; a plan that changed since is refused, for a person to enter."""
    paths = sorted(folder(shared, "kl-ffb-reporting").glob("Bundle-*.json"), key=bundle_time)
    runs = [run(town, path) for path in paths]
    reports = [report for report, _, _ in runs]

    assert {("CarePlan", importing.CHANGED): 6} == Counter(
        (fact.source_type, reason) for _, _, no in runs for fact, reason in no
    )
    assert [1, 0, 0, 0, 0] == [report.lines["Patient"].imported for report in reports]
    plans = [figures(report.lines["CarePlan"]) for report in reports if "CarePlan" in report.lines]
    assert [5, 2, 0] == [line[1] for line in plans]
    assert 11 + 1 == sum(report.total.imported for report in reports)
    assert 1 == sql(town.database, "SELECT count(*) FROM vault_citizens")[0][0]


def bundle_time(path: Path) -> str:
    """When a delivery was made."""
    return str(json.loads(path.read_text(encoding="utf-8"))["timestamp"])


def test_dk_core(town: Town, shared: Path) -> None:
    """The official test patients are citizens; their families are third persons: sealed, and shown to nobody."""
    expected: Figures = {
        "Group": (6, 0, 0, 6, 0),
        "Patient": (38, 38, 0, 0, 0),
        "RelatedPerson": (40, 0, 0, 40, 0),
    }
    report, found, _ = twice(town, folder(shared, "dk-core-testpatienter"), expected=expected)

    assert {fhir_map.SOMEBODY_ELSE: 40} == report.lines["RelatedPerson"].reasons
    assert {fhir.SEVERAL_CITIZENS: 6} == report.lines["Group"].reasons
    assert {"person": 38, "kept": 40} == kept(town)
    assert {"Group": 6} == lost(town, folder(shared, "dk-core-testpatienter"))
    assert {"CaesarOestergaard"} == found.dead
    nobody_else_sees_it(town, found)
    named = [name for name, _ in told(town)]
    assert Counter({"citizen.enrolled": 38, "citizen.relation_started": 38, "citizen.died": 1}) == Counter(
        named
    )
    assert 38 == sql(town.database, "SELECT count(*) FROM vault_citizens WHERE cpr_lookup IS NOT NULL")[0][0]


R4_ALONE: Figures = {
    "Appointment": (3, 0, 0, 0, 3),
    "AppointmentResponse": (2, 0, 0, 1, 1),
    "AuditEvent": (9, 0, 0, 7, 2),
    "CarePlan": (11, 0, 0, 0, 11),
    "CareTeam": (1, 0, 0, 0, 1),
    "Communication": (3, 0, 0, 0, 3),
    "CommunicationRequest": (2, 0, 0, 1, 1),
    "Consent": (12, 0, 0, 0, 12),
    "Encounter": (10, 0, 0, 0, 10),
    "EpisodeOfCare": (1, 0, 0, 0, 1),
    "Flag": (2, 0, 0, 0, 2),
    "Goal": (2, 0, 0, 0, 2),
    "Provenance": (5, 0, 0, 5, 0),
    "QuestionnaireResponse": (5, 0, 0, 0, 5),
    "ServiceRequest": (20, 0, 0, 3, 17),
    "Task": (12, 0, 0, 6, 6),
}


def test_r4_examples(town: Town, shared: Path) -> None:
    """HL7's own examples hold no Patient: what is about somebody is refused for that reason, and nothing stops."""
    report, found, no = twice(town, folder(shared, "fhir-r4-examples"), expected=R4_ALONE)

    assert {} == found.citizens
    assert {fhir.UNKNOWN_SUBJECT: 77} == Counter(reason for _, reason in no)
    assert {fhir.NO_SUBJECT: 23} == report.total.reasons - Counter(reason for _, reason in no)
    assert (0, {}) == (found.events, kept(town))


def subjects(folder: Path) -> list[Body]:
    """An invented person for every Patient that the examples are about."""
    import re  # noqa: PLC0415 - one small look

    named = set()
    for path in folder.glob("*.json"):
        named |= set(
            re.findall(r'"(?:https?://[^"]*/)?Patient/([A-Za-z0-9\-.]{1,64})"', path.read_text("utf-8"))
        )
    return [{**patient(name), "birthDate": "1900-06-01"} for name in sorted(named)]


def test_r4_examples_with_their_citizens(town: Town, shared: Path, tmp_path: Path) -> None:
    """With an invented person for each, the same examples come in: finished is a contact, sent is one, draft is not."""
    examples = folder(shared, "fhir-r4-examples")
    people = write(tmp_path / "people.ndjson", subjects(examples))
    expected: Figures = {
        "Appointment": (3, 0, 0, 3, 0),
        "AppointmentResponse": (2, 0, 0, 2, 0),
        "AuditEvent": (9, 0, 0, 9, 0),
        "CarePlan": (11, 10, 0, 1, 0),
        "CareTeam": (1, 0, 0, 0, 1),
        "Communication": (3, 3, 0, 0, 0),
        "CommunicationRequest": (2, 0, 0, 2, 0),
        "Consent": (12, 0, 0, 12, 0),
        "Encounter": (10, 2, 0, 8, 0),
        "EpisodeOfCare": (1, 0, 0, 1, 0),
        "Flag": (2, 0, 0, 2, 0),
        "Goal": (2, 2, 0, 0, 0),
        "Patient": (12, 12, 0, 0, 0),
        "Provenance": (5, 0, 0, 5, 0),
        "QuestionnaireResponse": (5, 0, 0, 4, 1),
        "ServiceRequest": (20, 0, 0, 20, 0),
        "Task": (12, 0, 0, 12, 0),
    }
    report, found, no = twice(
        town, examples, people, expected=expected, page="fhir-r4-examples, with an invented person for each"
    )

    assert {fhir_record.UNKNOWN_ORGANISATION: 1, fhir.UNKNOWN_SUBJECT: 1} == Counter(
        reason for _, reason in no
    )
    about_nobody = {"AppointmentResponse": 1, "AuditEvent": 7, "CommunicationRequest": 1, "Provenance": 4}
    refused = {"CareTeam": 1, "QuestionnaireResponse": 1}
    assert {**about_nobody, **refused, "ServiceRequest": 3, "Task": 6} == lost(town, examples)
    assert {fhir_map.A_CONSENT: 12} == report.lines["Consent"].reasons
    assert {"status draft": 1} == report.lines["CarePlan"].reasons
    assert {fhir_map.NO_MOMENT: 6, "status in-progress": 2} == report.lines["Encounter"].reasons
    nobody_else_sees_it(town, found)
    texts = [text for _, text in messages(town, found.citizens["1"]) if text.startswith("Besked")]
    assert 2 * ["Besked\nVedhæftet: accident notes 20100201.pdf\nVedhæftet: PDF-fil"] == texts
