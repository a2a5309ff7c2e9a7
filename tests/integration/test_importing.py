"""The import of FHIR: what becomes history, what does not, and that it can be repeated, killed and shared."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.aggregates.base import own_id
from hub.application import commands
from hub.errors import NotFound, NotPermitted
from hub.interop import fhir, fhir_group, fhir_index, fhir_map, fhir_record, importing
from hub.interop.fhir_facts import Fact
from hub.interop.importing import Importer
from hub.postgres import Database
from hub.vault import Identity
from hub.vocabulary import Sector
from tests.building import HUB_ITSELF, WIDE, Town, settle
from tests.fhir_files import (
    Body,
    care_team,
    condition,
    encounter,
    goal,
    patient,
    plan,
    small_town,
    staff,
)
from tests.taking_in import SOURCE, counts, figures, importer, line, names, sql, take_in, told

CPR = "0101800000"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return settle(database, tmp_path)


def read(town: Town, citizen: UUID) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the citizen reads, oldest first."""
    town.wired.catch_up()
    entries = town.access.timeline(town.themself, citizen, None).entries
    return [(entry.event, entry.happened, entry.fields) for entry in reversed(entries)]


# ------------------------------------------------------------------------------------ what becomes what


def test_a_life(town: Town, tmp_path: Path) -> None:
    """Person, plan, goals, contacts and death become events of the source organisation, in the order of their dates."""
    report, found = take_in(
        town,
        tmp_path,
        goal("g1", achievementStatus=reached(), statusDate="2020-12-01"),
        goal("g2", startDate="2020-06-01"),
        encounter("e2", start="2022-01-01T08:00:00Z"),
        encounter("e1", start="2020-05-01T08:00:00Z"),
        plan(
            "c1", goals=["g1", "g2"], status="completed", period={"start": "2020-03-01", "end": "2021-03-01"}
        ),
        patient("p1", deceasedDateTime="2023-02-03T10:00:00Z"),
    )

    assert (6, 6, 0, 0, 0) == figures(report.total)
    citizen = found.citizens["p1"]
    assert [
        ("citizen.enrolled", "2020-03-01"),
        ("citizen.relation_started", "2020-03-01"),
        ("plan.opened", "2020-03-01"),
        ("plan.goal_set", None),
        ("citizen.contact_recorded", "2020-05-01"),
        ("plan.goal_set", "2020-06-01"),
        ("plan.goal_reached", "2020-12-01"),
        ("plan.closed", "2021-03-01"),
        ("citizen.contact_recorded", "2022-01-01"),
        ("citizen.died", "2023-02-03"),
    ] == [(event, happened) for event, happened, _ in read(town, citizen)]
    for _, event in told(town, citizen):
        act = event.body["act"]
        assert ("import", town.partner(SOURCE).bytes) == (act["source"], act["partner"])
    assert found.events == 10


def test_goals_are_professional(town: Town, tmp_path: Path) -> None:
    """A goal is read as professional wording and never as the citizen's own words; a contact has no purpose."""
    _, found = take_in(town, tmp_path, patient(), plan(goals=["g1"]), goal(), encounter())

    shown = {event: fields for event, _, fields in read(town, found.citizens["p1"])}
    assert "Kan selv tage bussen" == shown["plan.goal_set"]["professional"]["text"]
    assert "words" not in shown["plan.goal_set"]
    assert {"health", "plan"} <= set(shown["plan.goal_set"]["professional"]["labels"])
    assert {"text"} == shown["citizen.contact_recorded"].keys()
    assert "indsatsplan" == shown["plan.opened"]["kind"]
    assert not [event for event in shown if event.startswith("meeting.")]


def test_goals_without_a_plan(town: Town, tmp_path: Path) -> None:
    """Goals that stand in no plan share one of their own, that says nothing; there is one plan for each CarePlan."""
    report, found = take_in(town, tmp_path, patient(), goal("g1"), goal("g2"), goal("g3"), plan(goals=["g3"]))

    assert ((1, 1, 0, 0, 0), (3, 3, 0, 0, 0)) == (line(report, "CarePlan"), line(report, "Goal"))
    opened = [fields for event, _, fields in read(town, found.citizens["p1"]) if event == "plan.opened"]
    assert [None, "Støtte i hverdagen"] == [(fields.get("text") or {}).get("text") for fields in opened]


def test_a_goal_dated_after_its_plan_ended(town: Town, tmp_path: Path) -> None:
    """A plan is closed only when all its goals are in it, whatever their dates; no second plan is opened for them."""
    _, found = take_in(
        town,
        tmp_path,
        patient(),
        plan(goals=["g1", "g2"], status="completed", period={"start": "2020-03-01", "end": "2021-03-01"}),
        goal("g1", startDate="2020-06-01"),
        goal("g2", startDate="2021-06-01"),
        encounter(start="2021-04-01T08:00:00Z"),
    )

    told_of = [event for event in names(town, found.citizens["p1"]) if event.startswith("plan.")]
    assert ["plan.opened", "plan.goal_set", "plan.goal_set", "plan.closed"] == told_of


def test_care_team(town: Town, tmp_path: Path) -> None:
    """A care team becomes contact persons in the organisation it names; who left has left; others are nobody's."""
    report, found = take_in(town, tmp_path, *staff(), patient(), care_team())

    assert (1, 1, 0, 0, 0) == line(report, "CareTeam")
    entries = read(town, found.citizens["p1"])
    assert [
        ("citizen.contact_person_assigned", "2021-01-01"),
        ("citizen.contact_person_assigned", "2021-02-01"),
        ("citizen.contact_person_ended", "2022-02-01"),
    ] == sorted((event, happened) for event, happened, _ in entries if "contact_person" in event)
    partners = {fields["partner"] for event, _, fields in entries if event.endswith("person_assigned")}
    assert {str(town.partner("jobcentre")), str(town.partner(SOURCE))} == partners
    persons = [UUID(f["person"]) for event, _, f in entries if event == "citizen.contact_person_assigned"]
    known = town.wired.vault.persons(persons)
    assert {"Ida Ek": town.partner("jobcentre"), "Bo Birk": town.partner(SOURCE)} == {
        person.name: person.partner for person in known.values()
    }


def test_care_team_of_a_stranger(town: Town, tmp_path: Path) -> None:
    """A team that names an organisation unknown to the hub is refused, and comes in once it is registered."""
    report, _ = take_in(town, tmp_path, *staff("Ukendt Forening"), patient(), care_team())

    assert {fhir_record.UNKNOWN_ORGANISATION: 1} == report.lines["CareTeam"].reasons
    town.add_partner("Ukendt Forening", Sector.CIVIL_SOCIETY, "support")
    again, _ = take_in(town, tmp_path, *staff("Ukendt Forening"), patient(), care_team())
    assert (1, 1, 0, 0, 0) == line(again, "CareTeam")


def test_unmapped_is_kept_sealed(town: Town, tmp_path: Path) -> None:
    """What becomes no event is kept, opens with its citizen's key alone, and stands nowhere in clear."""
    report, found = take_in(town, tmp_path, patient(), condition())

    assert (1, 0, 0, 1, 0) == line(report, "Condition")
    rows = sql(town.database, "SELECT identity, citizen_id, sealed FROM vault_originals WHERE kind = 'kept'")
    assert [found.citizens["p1"]] == [row[1] for row in rows]
    key = town.wired.vault.key_of(rows[0][1])
    assert b"HEMMELIG DIAGNOSE" in town.wired.vault.open_row(key, rows[0][2], rows[0][0])
    dumped = " ".join(
        str(row)
        for table in ("vault_originals", "events", "vault_citizens", "commands")
        for row in sql(town.database, f"SELECT t::text FROM {table} AS t")
    )
    for secret in ("HEMMELIG", "Condition", "Patient/p1", '"p1"'):
        assert secret.encode().hex() not in dumped
        assert secret not in dumped


# ------------------------------------------------------------------------------------ again, and changed


def test_again(town: Town, tmp_path: Path) -> None:
    """A second run over the same records imports nothing; a difference in `text` or `meta` is no change."""
    first = [patient(), plan(goals=["g1"]), goal(), encounter(), condition()]
    take_in(town, tmp_path, *first)
    before = counts(town.database)

    changed = [
        {**one, "meta": {"versionId": "2"}, "text": {"status": "empty", "div": "<div/>"}} for one in first
    ]
    for resources in (first, changed):
        report, found = take_in(town, tmp_path, *resources)
        assert (5, 0, 4, 1, 0) == figures(report.total)
        assert 0 == found.events
        assert before == counts(town.database)


def test_more_of_the_same_citizen(town: Town, tmp_path: Path) -> None:
    """What is new comes to the citizen and the plan that are there already, also without the Patient beside it."""
    _, found = take_in(town, tmp_path, patient(), plan(goals=["g1"]))
    report, again = take_in(town, tmp_path, plan(goals=["g1"]), goal(), encounter())

    assert ((1, 0, 1, 0, 0), (1, 1, 0, 0, 0)) == (line(report, "CarePlan"), line(report, "Goal"))
    assert found.citizens == again.citizens
    citizen = found.citizens["p1"]
    assert 1 == names(town, citizen).count("plan.opened")
    assert ["plan.goal_set", "citizen.contact_recorded"] == names(town, citizen)[-2:]
    assert town.wired.store.repository.get(own_id(citizen, "citizen")).version == 3


def test_dates_are_judged_by_the_death_known_before(town: Town, tmp_path: Path) -> None:
    """A contact after a death that an earlier run brought is refused, one before it is taken."""
    take_in(town, tmp_path, patient("p1", deceasedDateTime="2023-02-03T10:00:00Z"))
    report, _ = take_in(
        town,
        tmp_path,
        encounter("e1", start="2022-01-01T08:00:00Z"),
        encounter("e2", start="2023-06-01T08:00:00Z"),
    )

    assert (2, 1, 0, 0, 1) == line(report, "Encounter")


def test_a_change_is_refused(town: Town, tmp_path: Path) -> None:
    """What the source changed is not taken over: it is refused with the reason and kept sealed, once."""
    take_in(town, tmp_path, patient(), encounter(), condition())
    before = names(town)

    for _ in range(2):
        report, _ = take_in(
            town,
            tmp_path,
            patient("p1", gender="female"),
            encounter(start="2020-06-01T08:00:00Z"),
            {**condition(), "code": {"text": "En anden"}},
        )
        assert {importing.CHANGED: 1} == report.lines["Patient"].reasons
        assert {importing.CHANGED: 1} == report.lines["Encounter"].reasons
        assert (1, 0, 0, 1, 0) == line(report, "Condition")
        assert before == names(town)
        assert [(4,)] == sql(town.database, "SELECT count(*) FROM vault_originals WHERE kind = 'kept'")


def test_a_death_and_a_retraction_are_told(town: Town, tmp_path: Path) -> None:
    """A death, or a retraction, of what was imported is refused with a reason of its own: a person decides."""
    take_in(town, tmp_path, patient(), encounter())
    report, _ = take_in(
        town,
        tmp_path,
        patient("p1", deceasedBoolean=True),
        {**encounter(), "status": "entered-in-error"},
    )

    assert {importing.DIED: 1} == report.lines["Patient"].reasons
    assert {fhir_map.IN_ERROR: 1} == report.lines["Encounter"].reasons


def test_kept_now_and_finished_later(town: Town, tmp_path: Path) -> None:
    """An encounter that was planned when it came first is imported once it is finished."""
    take_in(town, tmp_path, patient(), {**encounter(), "status": "planned"})
    report, _ = take_in(town, tmp_path, patient(), encounter())

    assert (1, 1, 0, 0, 0) == line(report, "Encounter")


# ------------------------------------------------------------------------------------ who is who


def test_one_cpr(town: Town, tmp_path: Path) -> None:
    """A second Patient with a CPR number is refused: in one run, after an earlier run, and after an enrolment."""
    report, _ = take_in(town, tmp_path, patient("p1", cpr=CPR), patient("p2", cpr=CPR), encounter("e2", "p2"))
    assert {fhir_index.SAME_CPR: 1} == report.lines["Patient"].reasons
    assert {fhir_group.REFUSED_SUBJECT: 1} == report.lines["Encounter"].reasons

    report, _ = take_in(town, tmp_path, patient("p3", cpr=CPR), encounter("e3", "p3"), condition("d3", "p3"))
    assert {importing.CPR_TAKEN: 1} == report.lines["Patient"].reasons
    assert (2, 2) == (
        report.lines["Encounter"].refused + report.lines["Condition"].refused,
        report.total.refused - 1,
    )

    commands.enrol(town.hub, town.actor("lene"), Identity("Karla Prøve", "0202800000"))
    report, _ = take_in(town, tmp_path, patient("p4", cpr="0202800000"))
    assert {importing.CPR_TAKEN: 1} == report.lines["Patient"].reasons
    assert [(2,)] == sql(town.database, "SELECT count(*) FROM vault_citizens")


def test_unknown_subject(town: Town, tmp_path: Path) -> None:
    """A record about somebody who is not there is refused, with its reason, and nothing else stops."""
    listed: list[tuple[str, str]] = []

    def tell(fact: Fact, reason: str) -> None:
        listed.append((fact.place, reason))

    report, _ = take_in(town, tmp_path, encounter("e9", "nobody"), patient(), encounter(), refused=tell)

    assert {fhir.UNKNOWN_SUBJECT: 1} == report.lines["Encounter"].reasons
    assert [("in.ndjson line 1", fhir.UNKNOWN_SUBJECT)] == listed
    assert 1 == report.lines["Encounter"].imported


def test_ids_are_each_sources_own(town: Town, tmp_path: Path) -> None:
    """The same type and id from another organisation is another record; another citizen's in one source is refused."""
    take_in(town, tmp_path, patient(), encounter())
    report, _ = take_in(town, tmp_path, patient(), encounter(), partner="jobcentre")
    assert (2, 2, 0, 0, 0) == figures(report.total)

    report, _ = take_in(town, tmp_path, patient("p2"), encounter("e1", "p2"))
    assert {importing.SAME_ID: 1} == report.lines["Encounter"].reasons


def test_who_imports(town: Town, tmp_path: Path) -> None:
    """The source organisation must be registered and not suspended, and who imports must be one of its people."""
    with pytest.raises(NotFound):
        Importer(town.hub, uuid4()).run([])
    with pytest.raises(NotPermitted):
        importer(town, person=town.wired.vault.person("ann")).run([])
    take_in(town, tmp_path, patient(), person=town.wired.vault.person("mette"))
    assert {town.persons["mette"].bytes} == {event.body["act"]["person"] for _, event in told(town)}
    commands.suspend_partner(town.hub, HUB_ITSELF, town.partner(SOURCE), "Brud")
    with pytest.raises(NotPermitted):
        importer(town).run([])


def test_a_relation_that_has_ended(town: Town, tmp_path: Path) -> None:
    """A source whose relation to the citizen has ended brings nothing more."""
    _, found = take_in(town, tmp_path, patient())
    commands.end_relation(town.hub, town.actor("mette"), found.citizens["p1"], town.partner(SOURCE), None)
    report, _ = take_in(town, tmp_path, encounter())

    assert {fhir_record.NO_RELATION: 1} == report.lines["Encounter"].reasons


# ------------------------------------------------------------------------------------ nobody gains access


def test_nobody_gains_access(town: Town, tmp_path: Path) -> None:
    """After an import only its source has rows; a consent from now on opens none of it, one with a window does."""
    _, found = take_in(town, tmp_path, *small_town(4, 3))
    town.wired.catch_up()
    counted = town.wired.partner_views.counts(town.clock())
    assert {town.partner(SOURCE)} == counted.keys()
    assert 4 == counted[town.partner(SOURCE)][1]

    wanted = ("plan", "meetings", "health")
    town.consent(found.citizens["p1"], "authority", *wanted)
    town.consent(found.citizens["p2"], "authority", *wanted, window=WIDE)
    town.wired.catch_up()
    rows = {
        who: [
            entry.event for entry in town.access.view(town.themself, town.partner("authority"), citizen, None)
        ]
        for who, citizen in found.citizens.items()
    }
    history = [event for event in rows["p2"] if not event.startswith("consents.")]
    assert 3 == history.count("citizen.contact_recorded")
    assert not [event for who in ("p1", "p3") for event in rows[who] if not event.startswith("consents.")]


def reached() -> Body:
    return {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/goal-achievement", "code": "achieved"}]
    }
