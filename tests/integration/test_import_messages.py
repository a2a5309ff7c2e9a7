"""Messages from other organisations, as they come in: day by day, under new ids, sometimes taken back."""

import json
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from hub.interop import fhir_group, fhir_index, fhir_map, importing
from hub.interop.fhir_facts import Report
from hub.interop.importing import Importer
from hub.postgres import Database
from tests import checking
from tests.building import WIDE, Town, settle
from tests.fhir_files import Body
from tests.taking_in import SOURCE, importer, names, sql, told

CPR = "2509479989"
ACTIVITIES = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes"
SEGMENT_TIME = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return settle(database, tmp_path)


def message(number: int, *said: tuple[str, str], family: str = "Elmer", **more: str) -> Body:
    """The message with this number: its Patient has an id of its own; `said` are texts with their times."""
    status, activity = more.get("status", "unknown"), more.get("activity", "new-message")
    removes = (
        [{"role": "removal", "what": {"reference": f"MessageHeader/{more['removes']}"}}]
        if "removes" in more
        else []
    )
    at = said[-1][1]
    resources: list[Body] = [
        {
            "resourceType": "MessageHeader",
            "id": f"h{number}",
            "eventUri": "urn:x",
            "source": {"endpoint": "urn:x"},
            "focus": [{"reference": f"Communication/m{number}"}],
        },
        {
            "resourceType": "Patient",
            "id": f"p{number}",
            "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": CPR}],
            "name": [{"family": family, "given": ["Bruno"]}],
        },
        {
            "resourceType": "Communication",
            "id": f"m{number}",
            "status": status,
            "subject": {"reference": f"Patient/p{number}"},
            "payload": [
                {"extension": [{"url": SEGMENT_TIME, "valueDateTime": when}], "contentString": text}
                for text, when in said
            ],
        },
        {
            "resourceType": "Provenance",
            "id": f"v{number}",
            "target": [{"reference": f"MessageHeader/h{number}"}],
            "recorded": at,
            "activity": {"coding": [{"system": ACTIVITIES, "code": activity}]},
            "agent": [{"who": {"display": "Et plejecenter"}}],
            **({"entity": removes} if removes else {}),
        },
    ]
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": at,
        "entry": [{"resource": one} for one in resources],
    }


def take(town: Town, folder: Path, *messages: Body) -> tuple[Report, Importer]:
    """Import these messages, and nothing else."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for number, one in enumerate(messages):
        (folder / f"{number}.json").write_text(json.dumps(one), encoding="utf-8")
    found = importer(town)
    report = found.run([folder])
    assert report.balanced
    return report, found


def contacts(town: Town, citizen: UUID) -> list[str]:
    """The texts of a citizen's contacts, oldest first, without the heading."""
    town.wired.catch_up()
    entries = town.access.timeline(town.themself, citizen, None).entries
    return [
        entry.fields["text"]["text"].partition("\n")[2]
        for entry in reversed(entries)
        if entry.event == "citizen.contact_recorded"
    ]


def test_messages_day_by_day(town: Town, tmp_path: Path) -> None:
    """Each day's message under a new id is the same citizen's: one contact a message, and no word told twice."""
    first, second = ("Kan I ringe?", "2024-05-01T10:00:00Z"), ("Vi ringer i dag.", "2024-05-02T10:00:00Z")
    _, found = take(town, tmp_path / "in", message(1, first))
    report, again = take(town, tmp_path / "in", message(2, first, second, activity="reply-message"))

    assert found.citizens == again.citizens
    assert {fhir_group.NAMED_AGAIN: 1} == report.lines["Patient"].reasons
    assert 1 == sql(town.database, "SELECT count(*) FROM vault_citizens")[0][0]
    assert ["Kan I ringe?", "Vi ringer i dag."] == contacts(town, found.citizens["p1"])
    repeated, _ = take(
        town, tmp_path / "in", message(1, first), message(2, first, second, activity="reply-message")
    )
    assert (0, 2) == (repeated.total.imported, repeated.lines["Communication"].already_there)
    assert 2 == len(contacts(town, found.citizens["p1"]))


def test_a_number_that_is_somebody_elses(town: Town, tmp_path: Path) -> None:
    """A message with a known number and another family name is refused with all it brings: one number is wrong."""
    _, found = take(town, tmp_path / "in", message(1, ("Kan I ringe?", "2024-05-01T10:00:00Z")))
    report, _ = take(
        town, tmp_path / "in", message(2, ("Hemmeligt", "2024-05-02T10:00:00Z"), family="Berggren")
    )

    assert {fhir_index.SAME_CPR: 1} == report.lines["Patient"].reasons
    assert {fhir_group.REFUSED_SUBJECT: 1} == report.lines["Communication"].reasons
    assert 1 == len(contacts(town, found.citizens["p1"]))


def test_another_sources_citizen(town: Town, tmp_path: Path) -> None:
    """A number that another organisation enrolled is refused: who may join the two is a decision for people."""
    take(town, tmp_path / "in", message(1, ("Kan I ringe?", "2024-05-01T10:00:00Z")))
    report = importer(town, "jobcentre").run([tmp_path / "in"])

    assert {importing.CPR_TAKEN: 1} == report.lines["Patient"].reasons
    assert 0 == report.total.imported


def test_a_message_taken_back_after_it_came_in(town: Town, tmp_path: Path) -> None:
    """A message that is taken back later stays as it was recorded; the report says that a person must mark it."""
    sent = message(1, ("Kan I ringe?", "2024-05-01T10:00:00Z"))
    _, found = take(town, tmp_path / "in", sent)
    back = message(
        2,
        ("Forkert borger", "2024-05-02T10:00:00Z"),
        status="entered-in-error",
        activity="retract-message",
        removes="h1",
    )
    report, _ = take(town, tmp_path / "in", sent, back)

    assert {fhir_map.TAKEN_BACK: 1, fhir_map.IN_ERROR: 1} == report.lines["Communication"].reasons
    assert ["Kan I ringe?"] == contacts(town, found.citizens["p1"])


def test_nobody_sees_a_message_without_a_consent(town: Town, tmp_path: Path) -> None:
    """Only who recorded it has the row; with a consent that opens the past, the authority has it too."""
    _, found = take(town, tmp_path / "in", message(1, ("Kan I ringe?", "2024-05-01T10:00:00Z")))
    citizen = found.citizens["p1"]
    town.wired.catch_up()
    rows = f"SELECT partner_id, count(*) FROM {checking.live(town.database.conninfo, 'partner_view')}.partner_view"
    assert {town.partner(SOURCE)} == {
        row[0] for row in checking.ask(town.database.conninfo, f"{rows} GROUP BY 1")
    }

    town.consent(citizen, "authority", "meetings", "health", "plan", purposes="casework", window=WIDE)
    town.wired.catch_up()
    contact = "citizen.contact_recorded"
    seen = town.access.view(town.themself, town.partner("authority"), citizen, None)
    assert 1 == sum(entry.event == contact for entry in seen)
    print("control: caught")
    assert 1 == Counter(names(town, citizen))[contact]
    assert all(
        "import" == event.body["act"]["source"] for name, event in told(town, citizen) if name == contact
    )
