"""The import of FHIR: what becomes history, what does not, and that it can be repeated, killed and shared."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.aggregates import Citizen
from hub.aggregates.base import own_id
from hub.application import commands
from hub.application import importing as bulk
from hub.application.importing import Bulk, Load
from hub.errors import Conflict, NotFound, NotPermitted
from hub.interop import fhir, fhir_group, fhir_record, importing
from hub.interop.fhir_facts import Fact, Line, Report
from hub.interop.importing import Importer
from hub.postgres import Database
from hub.sealing import Opened
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
    write,
)

CPR = "0101800000"
SOURCE = "social_psychiatry"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return settle(database, tmp_path)


def importer(town: Town, partner: str = SOURCE, **more: Any) -> Importer:
    town.later()
    return Importer(town.hub, town.partner(partner), **more)


def take_in(town: Town, folder: Path, *resources: Body, **more: Any) -> tuple[Report, Importer]:
    found = importer(town, **more)
    report = found.run([write(folder / "in.ndjson", resources)])
    assert report.balanced
    return report, found


def line(report: Report, kind: str) -> tuple[int, int, int, int, int]:
    of: Line = report.lines[kind]
    return (of.read, of.imported, of.already_there, of.not_mapped, of.refused)


def told(town: Town, citizen: UUID | None = None) -> list[tuple[str, Opened]]:
    """Every event on the log, opened, in order."""
    records = town.hub.log.after(0, 100_000)
    opened = list(town.wired.store.sealer.open_all(records))
    assert all(isinstance(one, Opened) for one in opened)
    return [
        (one.schema.event, one)
        for record, one in zip(records, opened, strict=True)
        if isinstance(one, Opened) and record.citizen is not None and citizen in (None, record.citizen)
    ]


def names(town: Town, citizen: UUID | None = None) -> list[str]:
    return [name for name, _ in told(town, citizen)]


def read(town: Town, citizen: UUID) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the citizen reads, oldest first."""
    town.wired.catch_up()
    entries = town.access.timeline(town.themself, citizen, None).entries
    return [(entry.event, entry.happened, entry.fields) for entry in reversed(entries)]


def sql(database: Database, query: str, *terms: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        return connection.execute(query, terms).fetchall()


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
    for secret in ("HEMMELIG", "Condition", "p1"):
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
    assert {importing.CHANGED: 1} == report.lines["Encounter"].reasons


def test_kept_now_and_finished_later(town: Town, tmp_path: Path) -> None:
    """An encounter that was planned when it came first is imported once it is finished."""
    take_in(town, tmp_path, patient(), {**encounter(), "status": "planned"})
    report, _ = take_in(town, tmp_path, patient(), encounter())

    assert (1, 1, 0, 0, 0) == line(report, "Encounter")


# ------------------------------------------------------------------------------------ who is who


def test_one_cpr(town: Town, tmp_path: Path) -> None:
    """A second Patient with a CPR number is refused: in one run, after an earlier run, and after an enrolment."""
    report, _ = take_in(town, tmp_path, patient("p1", cpr=CPR), patient("p2", cpr=CPR), encounter("e2", "p2"))
    assert {fhir_group.SAME_CPR: 1} == report.lines["Patient"].reasons
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


# ------------------------------------------------------------------------------------ others at the same time


def test_somebody_else_was_first(town: Town, tmp_path: Path) -> None:
    """A load that collides is refused whole and stores nothing; the importer decides again and goes on."""
    path = write(tmp_path / "in.ndjson", small_town(3, 2))
    both = [importer(town, batch=1), importer(town, batch=1)]
    runs = [iter_run(one, path) for one in both]
    reports = [run() for run in runs]

    assert 0 == reports[1].total.imported
    assert all(report.balanced for report in reports)
    before = counts(town.database)
    writer = Bulk(town.database, town.wired.vault)
    citizen = both[0].citizens["p1"]
    twice = town.wired.store.sealer.seal(Citizen.enrol(citizen, act_of(town)).collect_events()[0])
    with pytest.raises(Conflict):
        writer.write("x", Load(keys=[(uuid4(), uuid4(), b"k")], events=[twice]))
    assert before == counts(town.database)


def iter_run(one: Importer, path: Path) -> Any:
    return lambda: one.run([path])


def act_of(town: Town) -> Any:
    found: list[Any] = []

    def decide(_work: Any, act: Any) -> None:
        found.append(act)

    town.hub.do(town.actor("mette"), decide)
    return found[0]


def test_others_record_on_the_same_citizen(town: Town, tmp_path: Path) -> None:
    """When somebody records between deciding and storing, the batch is decided again and nothing is lost."""
    _, found = take_in(town, tmp_path, patient())
    citizen = found.citizens["p1"]
    late = importer(town)
    write_load = Bulk.write
    met: list[int] = []

    def overtaken(self: Bulk, source: str, load: Load) -> int:
        if not met:
            town.hope(citizen, "mette", "Et håb", "wishes")
        met.append(1)
        return write_load(self, source, load)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Bulk, "write", overtaken)
        report = late.run([write(tmp_path / "more.ndjson", [encounter()])])

    assert (1, 1, 0, 0, 0) == line(report, "Encounter")
    assert 2 == len(met)
    assert ["citizen.hope_told", "citizen.contact_recorded"] == names(town, citizen)[-2:]


def test_the_log_stays_dense(town: Town, tmp_path: Path) -> None:
    """Positions have no gap, the head is the last of them, and log time never falls."""
    take_in(town, tmp_path, *small_town(5, 4), batch=7)
    town.later()
    town.enrol()

    rows = sql(town.database, "SELECT position, log_time, recorded_at FROM events ORDER BY position")
    assert list(range(1, len(rows) + 1)) == [row[0] for row in rows]
    assert sorted(row[1] for row in rows) == [row[1] for row in rows]
    assert all(row[1] >= row[2] for row in rows)
    assert [(len(rows),)] == sql(town.database, "SELECT position FROM log_head")


def test_statements_equal_the_fold(town: Town, tmp_path: Path) -> None:
    """The statements written in bulk are those that the events make."""
    from hub.statements import statements_of  # noqa: PLC0415 - the one use

    take_in(town, tmp_path, *staff(), *small_town(3, 2), care_team("t1", "p1"))
    written = [
        (row.kind, row.partner, row.body) for row in town.hub.log.citizen_statements(citizens_of(town))
    ]
    folded = [
        (said.kind, said.partner, said.body)
        for _, event in told(town)
        for said in statements_of(event.schema.event, event.body, event.originator_id, event.version)
    ]
    assert folded == written
    assert len(folded) > 4


def citizens_of(town: Town) -> list[UUID]:
    return [row[0] for row in sql(town.database, "SELECT citizen_id FROM vault_citizens")]


# ------------------------------------------------------------------------------------ killed at any moment

WRITES = 8
"""How often a load with everything in it writes: keys, citizens, originals, events, texts, statements, commands."""


def test_fails_between_any_two_writes(town: Town, tmp_path: Path) -> None:
    """Whichever write of a load fails, nothing of the load is stored, and the next run imports all of it."""
    before, copy = counts(town.database), bulk._copy
    path = write(tmp_path / "in.ndjson", [*staff(), *small_town(2, 2), care_team("t1", "p1")])
    for wanted in range(WRITES):
        calls: list[str] = []

        def failing(
            connection: Any, statement: Any, types: Any, rows: Any, at: int = wanted, met: Any = calls
        ) -> None:
            copy(connection, statement, types, rows)
            if len(met) == at:
                raise OSError("the machine is gone")
            met.append(statement)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(bulk, "_copy", failing)
            if wanted < WRITES - 1:
                with pytest.raises(OSError, match="the machine"):
                    importer(town).run([path])
                assert before == counts(town.database), statement_of(calls)
            else:
                assert 13 == importer(town).run([path]).total.imported
                assert WRITES - 1 == len(calls)


def statement_of(calls: list[str]) -> str:
    return calls[-1] if calls else "the first write"


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from uuid import UUID
from hub.bootstrap import wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.interop.importing import Importer
from hub.postgres import Database
from hub.vault import read_root_key
_, _, address, key, partner, path = sys.argv
with Database(address) as database:
    settings = Settings(home=Path(key).parent, root_key_file=Path(key))
    wired = wire(database, settings, SystemClock(), read_root_key(Path(key)))
    print("ready", flush=True)
    Importer(wired.hub, UUID(partner), batch=40).run([Path(path)])
    print("done", flush=True)
"""


def figures(of: Line) -> tuple[int, int, int, int, int]:
    return (of.read, of.imported, of.already_there, of.not_mapped, of.refused)


def counts(database: Database) -> dict[str, Any]:
    """What must be equal, by raw SQL: how much of everything there is, by citizen too, and what belongs to nobody."""
    queries = {
        "tables": "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM statements), "
        "(SELECT count(*) FROM commands), (SELECT count(*) FROM vault_originals), "
        "(SELECT count(*) FROM vault_keys), (SELECT count(*) FROM vault_citizens), "
        "(SELECT count(*) FROM vault_persons), (SELECT count(*) FROM vault_text_keys)",
        "events of each citizen": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM events "
        "WHERE citizen_id IS NOT NULL GROUP BY citizen_id) AS t GROUP BY n ORDER BY n",
        "originals of each citizen": "SELECT kind, n, count(*) FROM (SELECT kind, count(*) AS n "
        "FROM vault_originals GROUP BY citizen_id, kind) AS t GROUP BY kind, n ORDER BY kind, n",
        "statements": "SELECT kind, count(*) FROM statements GROUP BY kind ORDER BY kind",
        "events without citizen, key or identity": "SELECT count(*) FROM events AS e "
        "WHERE e.citizen_id IS NOT NULL AND (NOT EXISTS (SELECT FROM vault_keys AS k "
        "WHERE k.citizen_id = e.citizen_id) OR NOT EXISTS (SELECT FROM vault_citizens AS c "
        "WHERE c.citizen_id = e.citizen_id))",
        "citizens without events": "SELECT count(*) FROM vault_citizens AS c "
        "WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.citizen_id = c.citizen_id)",
        "gaps": "SELECT (SELECT position FROM log_head) - count(*), coalesce(max(position), 0) - count(*) FROM events",
        "versions": "SELECT count(*) FROM (SELECT max(originator_version) - count(*) AS gap FROM events "
        "GROUP BY originator_id) AS t WHERE gap <> 0",
    }
    return {what: sql(database, query) for what, query in queries.items()}


def kinds(town: Town) -> Counter[str]:
    """How many events of each type there are; only who holds the key can tell."""
    return Counter(names(town))


@pytest.mark.slow
def test_killed_at_any_moment(
    town: Town, empty_database: Database, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed six times at random moments and run again, the store equals that of one whole run; a double is found."""
    path = write(tmp_path / "in.ndjson", [*staff(), *small_town(60, 30), care_team("t1", "p1")])
    dice, kills, middle = Random(4), 0, 0
    script = write_child(tmp_path)
    arguments = [
        sys.executable,
        str(script),
        str(Path(__file__).resolve().parents[2]),
        town.database.conninfo,
    ]
    arguments += [str(tmp_path / "root.key"), str(town.partner(SOURCE)), str(path)]
    while kills < 6:
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert "ready" in child.stdout.readline()
            wait_until(town.database, dice.randint(1, 400), child)
            time.sleep(dice.uniform(0, 0.03))
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        kills += 1
        middle += 0 < sql(town.database, "SELECT count(*) FROM vault_citizens")[0][0] < 60
    assert middle >= 3
    finished = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert "done" in finished.stdout, finished.stderr

    whole = another(empty_database, tmp_path_factory.mktemp("whole"))
    take_in(whole, tmp_path, *[*staff(), *small_town(60, 30), care_team("t1", "p1")])
    assert kinds(whole) == kinds(town)
    assert counts(whole.database) == counts(town.database)

    report, again = take_in(town, tmp_path, *[*staff(), *small_town(60, 30), care_team("t1", "p1")])
    assert (0, 0) == (report.total.imported, again.events)

    plant_double(town.database)
    assert counts(whole.database) != counts(town.database)


def write_child(folder: Path) -> Path:
    script = folder / "child.py"
    script.write_text(CHILD, encoding="utf-8")
    return script


def wait_until(database: Database, more: int, child: subprocess.Popen[str]) -> None:
    """Wait until so many more events are there, or the child has ended."""
    head = "SELECT position FROM log_head"
    target = sql(database, head)[0][0] + more
    for _ in range(2_000):
        if child.poll() is not None or sql(database, head)[0][0] >= target:
            return
        time.sleep(0.002)


def another(database: Database, folder: Path) -> Town:
    """A second hub, with the same partners and people."""
    from hub.bootstrap import prepare  # noqa: PLC0415 - this database alone is not prepared

    prepare(database)
    return settle(database, folder)


def plant_double(database: Database) -> None:
    """One event twice, as a careless import would leave it: in the next place of its aggregate."""
    sql(
        database,
        "WITH e AS (SELECT * FROM events WHERE citizen_id IS NOT NULL ORDER BY originator_version DESC LIMIT 1), "
        "h AS (UPDATE log_head SET position = position + 1 RETURNING position) "
        "INSERT INTO events SELECT h.position, e.originator_id, e.originator_version + 1, e.citizen_id, "
        "e.recorded_at, e.log_time, e.value FROM e, h RETURNING position",
    )


def reached() -> Body:
    return {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/goal-achievement", "code": "achieved"}]
    }
