"""FHIR resources → facts: what becomes what, in which order, and what is refused with which reason."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from hub.errors import BadInput
from hub.interop import fhir, fhir_check, fhir_codes, fhir_dates, fhir_group, fhir_index, fhir_map, fhir_read
from hub.interop.fhir import FhirInput
from hub.interop.fhir_dates import Life
from hub.interop.fhir_facts import (
    UNREADABLE,
    CareTeamFact,
    CitizenFact,
    ContactFact,
    Fact,
    GoalFact,
    Group,
    PlanFact,
    Refused,
    Repeated,
    Report,
    Unmapped,
)
from hub.interop.fhir_values import moment, normal_cpr
from hub.vocabulary import Category

Body = dict[str, object]

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
SNOMED = "http://snomed.info/sct"
UUID_1 = "11111111-1111-4111-8111-111111111111"


def patient(name: str = "p1", /, **more: object) -> Body:
    return {"resourceType": "Patient", "id": name, **more}


def numbered(name: str, cpr: str, system: str = CPR_SYSTEM) -> Body:
    return patient(name, identifier=[{"system": system, "value": cpr}])


def about(name: str = "p1") -> Body:
    return {"reference": f"Patient/{name}"}


def concept(code: str, display: str | None = None, system: str = SNOMED) -> Body:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}


def encounter(name: str = "e1", start: str | None = "2020-05-01T10:00:00Z", **more: object) -> Body:
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": about(),
        **({"period": {"start": start}} if start else {}),
        **more,
    }


def plan(name: str = "c1", **more: object) -> Body:
    return {
        "resourceType": "CarePlan",
        "id": name,
        "status": "active",
        "intent": "plan",
        "subject": about(),
        "period": {"start": "2020-03-01"},
        **more,
    }


def goal(name: str = "g1", /, **more: object) -> Body:
    return {
        "resourceType": "Goal",
        "id": name,
        "lifecycleStatus": "active",
        "description": {"text": "Kan selv tage bussen"},
        "subject": about(),
        **more,
    }


def care_team(**more: object) -> Body:
    """A team with a practitioner, a role, a relative and the citizen; periods of their own and of the team."""
    return {
        "resourceType": "CareTeam",
        "id": "t1",
        "status": "active",
        "subject": about(),
        "period": {"start": "2021-01-01"},
        "managingOrganization": [{"reference": "Organization/o1"}],
        "participant": [
            {
                "member": {"reference": "Practitioner/d1"},
                "role": [{"text": "Bostøtte"}],
                "period": {"start": "2021-02-01", "end": "2022-02-01"},
            },
            {"member": {"reference": "PractitionerRole/r1"}},
            {"member": {"reference": "Practitioner/gone"}},
            {"member": {"reference": "RelatedPerson/x", "display": "En mor"}},
            {"member": about()},
        ],
        **more,
    }


PEOPLE: list[Body] = [
    {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Ek", "given": ["Ida"]}]},
    {"resourceType": "Practitioner", "id": "d2", "name": [{"text": "Bo Birk"}]},
    {"resourceType": "Organization", "id": "o1", "name": "Bostøtten"},
    {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": "Practitioner/d2"},
        "organization": {"reference": "Organization/o1"},
    },
]


def source(folder: Path, resources: Iterable[Body], **more: object) -> FhirInput:
    path = folder / "in.ndjson"
    path.write_text("\n".join(json.dumps(one) for one in resources), encoding="utf-8")
    return FhirInput([path], now=NOW, **more)  # type: ignore[arg-type]  # the tests name the fields


def groups(folder: Path, *resources: Body, **more: object) -> list[Group]:
    return list(source(folder, resources, **more).groups())


def facts(folder: Path, *resources: Body, **more: object) -> list[Fact]:
    return [fact for group in groups(folder, *resources, **more) for fact in group.facts]


def reasons(found: Iterable[Fact]) -> list[str]:
    return [fact.reason for fact in found if isinstance(fact, Refused | Unmapped)]


# ------------------------------------------------------------------------------------------- what becomes what


def test_a_patient_becomes_a_citizen(tmp_path: Path) -> None:
    """Name, CPR, birth and death are read; the earliest dated fact is when the relation is known from."""
    body = numbered("p1", "010190-1114")
    body |= {
        "birthDate": "1990-01-01",
        "deceasedDateTime": "2022-05-05T08:00:00Z",
        "name": [
            {"use": "maiden", "family": "Før"},
            {"use": "official", "family": "Ek", "given": ["Ida", "Mo"]},
        ],
    }

    first, _ = facts(tmp_path, encounter(), body)

    assert isinstance(first, CitizenFact)
    assert ("Ida Mo Ek", "0101901114", date(1990, 1, 1)) == (first.name, first.cpr, first.born)
    assert (True, datetime(2022, 5, 5, 8, tzinfo=UTC)) == (first.deceased, first.died_at)
    assert datetime(2020, 5, 1, 10, tzinfo=UTC) == first.enrolled_at


def test_a_death_without_a_date_is_a_death(tmp_path: Path) -> None:
    """`deceasedBoolean` says that, not when."""
    (citizen,) = facts(tmp_path, patient(deceasedBoolean=True))

    assert isinstance(citizen, CitizenFact)
    assert (True, None) == (citizen.deceased, citizen.died_at)


def test_a_care_plan_becomes_a_provider_plan(tmp_path: Path) -> None:
    """One plan, of kind indsatsplan, with what it says and the labels of its codes."""
    body = plan(
        category=[concept("734163000", "Care plan")],
        activity=[{"detail": {"code": concept("61480009", "Drug detoxification"), "status": "in-progress"}}],
        status="completed",
        period={"start": "2020-03-01", "end": "2020-04-01"},
    )

    _, found = facts(tmp_path, patient(), body)

    assert isinstance(found, PlanFact)
    assert ("indsatsplan", "Care plan: Drug detoxification") == (found.kind, found.text)
    assert ("addiction", "health", "plan") == found.labels
    assert datetime(2020, 2, 29, 23, tzinfo=UTC) == found.opened_at
    assert found.closed
    assert datetime(2020, 3, 31, 22, tzinfo=UTC) == found.closed_at


def test_a_plan_that_is_planned_to_end_is_open(tmp_path: Path) -> None:
    """The end of an active plan is an intention, not an event."""
    _, found = facts(tmp_path, patient(), plan(period={"start": "2020-03-01", "end": "2021-01-01"}))

    assert isinstance(found, PlanFact)
    assert (False, None) == (found.closed, found.closed_at)


def test_a_goal_stands_behind_its_plan(tmp_path: Path) -> None:
    """An undated goal stays undated, names its plan, and comes after it."""
    _, first, second = facts(tmp_path, goal(), plan(goal=[{"reference": "Goal/g1"}]), patient())

    assert isinstance(first, PlanFact)
    assert isinstance(second, GoalFact)
    assert ("c1", None, "open") == (second.plan, second.at, second.outcome)
    assert ("health", "plan") == second.labels


@pytest.mark.parametrize(
    ("status", "achievement", "outcome"),
    [
        ("active", "in-progress", "open"),
        ("completed", "achieved", "reached"),
        ("active", "achieved", "reached"),
        ("completed", "not-achieved", "let_go"),
        ("completed", None, "let_go"),
        ("cancelled", None, "let_go"),
    ],
)
def test_how_a_goal_ended(tmp_path: Path, status: str, achievement: str | None, outcome: str) -> None:
    """A goal is reached only where the source says achieved; ended otherwise, it was let go."""
    more: Body = {"lifecycleStatus": status, "startDate": "2020-01-01", "statusDate": "2020-06-01"}
    if achievement:
        more["achievementStatus"] = concept(
            achievement, system="http://terminology.hl7.org/CodeSystem/goal-achievement"
        )

    _, found = facts(tmp_path, patient(), goal(**more))

    assert isinstance(found, GoalFact)
    assert outcome == found.outcome
    assert (found.ended_at is None) == (outcome == "open")


def test_a_finished_encounter_becomes_a_contact(tmp_path: Path) -> None:
    """A contact has a text, a time and labels; no purpose is invented."""
    _, found = facts(
        tmp_path,
        patient(),
        encounter(type=[concept("56876005", "Drug rehabilitation and detoxification")]),
    )

    assert isinstance(found, ContactFact)
    assert "Drug rehabilitation and detoxification" == found.text
    assert ("addiction", "health") == found.labels


@pytest.mark.parametrize("status", ["planned", "cancelled", "in-progress"])
def test_other_encounters_are_not_mapped(tmp_path: Path, status: str) -> None:
    """What did not take place is no contact; the status is the reason, and the original is kept."""
    _, found = facts(tmp_path, patient(), encounter(status=status))

    assert isinstance(found, Unmapped)
    assert f"status {status}" == found.reason
    assert b'"Encounter"' in found.original


def test_an_encounter_without_a_time_is_not_mapped(tmp_path: Path) -> None:
    """A contact at no time would be invented."""
    assert [fhir_map.NO_MOMENT] == reasons(facts(tmp_path, patient(), encounter(start=None)))


def test_a_care_team_becomes_contact_persons(tmp_path: Path) -> None:
    """Practitioners and roles become contact persons; relatives, the citizen and strangers do not."""
    read_in = source(tmp_path, [patient(), care_team(), *PEOPLE])
    found = [fact for group in read_in.groups() for fact in group.facts if isinstance(fact, CareTeamFact)]

    ((first, second),) = (team.persons for team in found)
    assert ("Ida Ek", "Practitioner/d1", "Bostøtten", "Bostøtte") == (
        first.name,
        first.reference,
        first.organisation,
        first.role,
    )
    assert datetime(2021, 1, 31, 23, tzinfo=UTC) == first.since
    assert datetime(2022, 1, 31, 23, tzinfo=UTC) == first.until
    assert ("Bo Birk", None) == (second.name, second.until)
    assert datetime(2020, 12, 31, 23, tzinfo=UTC) == second.since
    assert 1 == read_in.missing["CareTeam.participant.member"]


def test_a_team_with_addiction_in_its_name_is_labelled(tmp_path: Path) -> None:
    """What the name of a team reveals is a label of its contact persons."""
    *_, found = facts(tmp_path, patient(), care_team(name="Misbrugscentret"), *PEOPLE)

    assert isinstance(found, CareTeamFact)
    assert ("addiction",) == found.labels


def test_a_diagnosis_that_a_text_names_is_labelled(tmp_path: Path) -> None:
    """A plan that addresses a condition gets `diagnosis` only when its text names it."""
    condition: Body = {
        "resourceType": "Condition",
        "id": "k1",
        "subject": about(),
        "code": concept("1", "Gout (disorder)"),
    }
    addresses = [{"reference": "Condition/k1"}]
    found = facts(
        tmp_path,
        patient(),
        condition,
        plan("c1", title="Living with gout", addresses=addresses),
        plan("c2", title="Daily rhythm", addresses=addresses),
    )

    labels = {fact.source_id: fact.labels for fact in found if isinstance(fact, PlanFact)}
    assert {"c1": ("diagnosis", "health", "plan"), "c2": ("health", "plan")} == labels


def test_the_rest_is_kept_with_its_citizen(tmp_path: Path) -> None:
    """A type without an event is not mapped, and carries its citizen and its whole original."""
    body: Body = {
        "resourceType": "Observation",
        "id": "b1",
        "status": "final",
        "code": {"text": "x"},
        "subject": about(),
    }

    _, found = facts(tmp_path, patient(), body)

    assert isinstance(found, Unmapped)
    assert ("p1", fhir_map.NO_EVENT) == (found.subject, found.reason)
    assert body == json.loads(found.original)


# ---------------------------------------------------------------------------------------------- order, identity


def test_the_order_of_one_citizen(tmp_path: Path) -> None:
    """The Patient first, then undated facts, then by date, whatever the order in the files."""
    found = facts(
        tmp_path, encounter("e2", "2021-01-01"), goal(), encounter("e1", "2020-01-01"), plan(), patient()
    )

    assert ["p1", "g1", "e1", "c1", "e2"] == [fact.source_id for fact in found]


def test_two_runs_are_alike(tmp_path: Path) -> None:
    """The same files give the same facts in the same order, which is what resuming rests on."""
    body = [patient("p2"), encounter(), patient(), goal(), *PEOPLE]

    assert groups(tmp_path, *body) == groups(tmp_path, *body)


def test_small_portions_change_nothing(tmp_path: Path) -> None:
    """Dealing the citizens into many passes gives the facts that one pass gives."""
    body: list[Body] = []
    for number in range(20):
        body += [encounter(f"e{number}", subject=about(f"p{number}")), patient(f"p{number}")]
    body.append(encounter("lost", subject=about("nobody")))
    told: list[tuple[int, int]] = []

    small = groups(tmp_path, *body, portion=300, progress=lambda done, total: told.append((done, total)))

    assert groups(tmp_path, *body) == small
    assert 41 == sum(len(group.facts) for group in small)
    assert told[-1][0] == told[-1][1]
    assert sorted(told) == told


def test_text_and_meta_are_no_change(tmp_path: Path) -> None:
    """The same resource with another narrative or version stamp has the same digest and is a repetition."""
    narrated = encounter(meta={"versionId": "2"}, text={"status": "generated", "div": "<div>x</div>"})

    found = facts(tmp_path, patient(), encounter(), narrated)

    assert [CitizenFact, Repeated, ContactFact] == [type(fact) for fact in found]
    assert found[1].digest == found[2].digest


def test_of_two_versions_the_newest_counts(tmp_path: Path) -> None:
    """An older version of the same resource is kept unmapped, even when it is read last."""
    new = encounter(meta={"lastUpdated": "2022-01-01T00:00:00Z"})
    old = encounter(start="2019-01-01", meta={"lastUpdated": "2021-01-01T00:00:00Z"})

    found = facts(tmp_path, patient(), new, old)

    assert [fhir_group.OLDER] == reasons(found)
    assert [datetime(2020, 5, 1, 10, tzinfo=UTC)] == [x.at for x in found if isinstance(x, ContactFact)]


def test_a_citizen_of_an_earlier_import_is_known(tmp_path: Path) -> None:
    """Resources about a citizen whose Patient came earlier are taken in, judged by the dates known then."""
    late = encounter("e2", "2022-01-01")

    found = facts(tmp_path, encounter(), late, known={"p1": Life(None, moment("2021-01-01"))})

    assert [fhir_dates.AFTER_DEATH] == reasons(found)
    assert 1 == sum(isinstance(fact, ContactFact) for fact in found)


def test_a_merged_patient_brings_its_facts(tmp_path: Path) -> None:
    """What is about a replaced Patient belongs to the one that replaced it."""
    old = patient("old", link=[{"other": {"reference": "Patient/p1"}, "type": "replaced-by"}])

    found = facts(tmp_path, old, patient(), encounter(subject=about("old")))

    assert {"p1"} == {fact.subject for fact in found}
    assert [fhir_group.MERGED] == reasons(found)


# --------------------------------------------------------------------------------------------------- references


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": f"Patient/{UUID_1}"},
        {"reference": f"urn:uuid:{UUID_1}"},
        {"reference": f"https://fhir.example.dk/r4/Patient/{UUID_1}/_history/3"},
        {"reference": f"Patient/{UUID_1}", "type": "Patient"},
        {"identifier": {"system": CPR_SYSTEM, "value": "0101901114"}},
        {"reference": "#me"},
    ],
)
def test_every_way_to_name_a_citizen(tmp_path: Path, reference: Body) -> None:
    """Relative, UUID, absolute, by CPR and contained references all find the citizen."""
    inside = [{**numbered("me", "0101901114")}]

    _, found = facts(tmp_path, numbered(UUID_1, "0101901114"), encounter(subject=reference, contained=inside))

    assert isinstance(found, ContactFact)
    assert UUID_1 == found.subject


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ({"reference": "Patient/nobody"}, fhir.UNKNOWN_SUBJECT),
        ({"reference": "urn:uuid:not-a-uuid"}, fhir.BAD_SUBJECT),
        ({"reference": "nowhere at all"}, fhir.BAD_SUBJECT),
        ({"reference": "#nothing"}, fhir.UNKNOWN_SUBJECT),
        ({"identifier": {"system": CPR_SYSTEM, "value": "123"}}, fhir.BAD_SUBJECT),
    ],
)
def test_a_subject_that_leads_nowhere_is_refused(tmp_path: Path, reference: Body, reason: str) -> None:
    """An unknown or unreadable citizen refuses the resource, and nothing else."""
    found = facts(tmp_path, patient(), encounter(subject=reference), encounter("e2"))

    assert [reason] == reasons(found)
    assert 1 == sum(isinstance(fact, ContactFact) for fact in found)


def test_missing_practitioners_are_counted(tmp_path: Path) -> None:
    """A contact with a practitioner who is not there is recorded, and the reference counted; with one, not."""
    there = encounter("e1", participant=[{"individual": {"reference": "Practitioner/d1"}}])
    gone = encounter(
        "e2",
        participant=[{"individual": {"reference": f"urn:uuid:{UUID_1}"}}],
        serviceProvider={"reference": "Organization/none"},
    )
    read_in = source(tmp_path, [patient(), there, gone, plan(goal=[{"reference": "Goal/none"}]), *PEOPLE])

    found = [fact for group in read_in.groups() for fact in group.facts]

    assert 2 == sum(isinstance(fact, ContactFact) for fact in found)
    assert {
        "Encounter.participant.individual": 1,
        "Encounter.serviceProvider": 1,
        "CarePlan.goal": 1,
    } == dict(read_in.missing)


# ----------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("1899-12-30", fhir_dates.BEFORE_1900),
        ("1985-01-01", fhir_dates.BEFORE_BIRTH),
        ("2024-06-03", fhir_dates.FUTURE),
        ("9999-12-31", fhir_dates.FUTURE),
        ("2023-01-02", fhir_dates.AFTER_DEATH),
        ("2023-01-01T12:00:01Z", fhir_dates.AFTER_DEATH),
    ],
)
def test_impossible_dates_are_refused(tmp_path: Path, start: str, reason: str) -> None:
    """Before 1900, before birth, in the future, after death: refused with the reason."""
    citizen = patient(birthDate="1990-01-01", deceasedDateTime="2023-01-01T12:00:00Z")

    assert [reason] == reasons(facts(tmp_path, citizen, encounter(start=start)))


@pytest.mark.parametrize(
    ("died", "start"),
    [
        ("2023-01-01", "2023-01-01T22:00:00Z"),
        ("2023-01-01T12:00:00Z", "2023-01-01T12:00:00Z"),
        ("2023", "2023-07-01"),
    ],
)
def test_the_day_of_death_itself_is_allowed(tmp_path: Path, died: str, start: str) -> None:
    """A death known to the day (or year) refuses only what comes after the whole of it."""
    _, found = facts(tmp_path, patient(deceasedDateTime=died), encounter(start=start))

    assert isinstance(found, ContactFact)


def test_an_end_after_death_is_no_end(tmp_path: Path) -> None:
    """A stay that began before death is kept; its end after death is not."""
    stay = encounter(period={"start": "2022-12-30", "end": "2023-01-02"})

    _, found = facts(tmp_path, patient(deceasedDateTime="2023-01-01"), stay)

    assert isinstance(found, ContactFact)
    assert found.ended_at is None


def test_what_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    """A period the wrong way round is refused."""
    turned = encounter(period={"start": "2022-12-30", "end": "2022-12-01"})

    assert [fhir_dates.ENDS_FIRST] == reasons(facts(tmp_path, patient(), turned))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"identifier": [{"system": CPR_SYSTEM, "value": "3213321234"}]}, fhir_map.BAD_CPR),
        ({"birthDate": "2031-01-01"}, fhir_map.BAD_BIRTH),
        ({"birthDate": "1850-01-01"}, fhir_map.BAD_BIRTH),
        ({"deceasedDateTime": "2031-01-01"}, fhir_map.BAD_DEATH),
        ({"birthDate": "2000-01-01", "deceasedDateTime": "1999-01-01"}, fhir_map.BAD_DEATH),
        ({"active": False}, fhir_map.INACTIVE),
    ],
)
def test_a_refused_patient_takes_its_facts_along(tmp_path: Path, more: Body, reason: str) -> None:
    """A Patient that is not right is refused with the reason, and so is what is about it; others go on."""
    found = facts(tmp_path, patient(**more), encounter(), patient("p2"))

    assert sorted([reason, fhir_group.REFUSED_SUBJECT]) == sorted(reasons(found))
    assert 1 == sum(isinstance(fact, CitizenFact) for fact in found)


def test_two_patients_with_one_cpr(tmp_path: Path) -> None:
    """The second Patient with a CPR number is refused, and so is what is about it; the first stands."""
    found = facts(
        tmp_path, numbered("p1", "0101901114"), numbered("p2", "010190-1114"), encounter(subject=about("p2"))
    )

    assert [fhir_index.SAME_CPR, fhir_group.REFUSED_SUBJECT] == reasons(found)
    assert ["p1"] == [fact.source_id for fact in found if isinstance(fact, CitizenFact)]


def test_two_numbers_in_one_patient(tmp_path: Path) -> None:
    """Two CPR numbers in use are refused; an old one beside the one in use is not."""
    first, second = ({"system": CPR_SYSTEM, "value": value} for value in ("0101901114", "0101901115"))

    assert [fhir_map.TWO_CPR] == reasons(facts(tmp_path, patient(identifier=[first, second])))
    (citizen,) = facts(tmp_path, patient(identifier=[{**first, "use": "old"}, second]))
    assert isinstance(citizen, CitizenFact)
    assert "0101901115" == citizen.cpr


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (encounter(reasonCode=[{"text": "x" * (1 << 20)}]), fhir_check.TEXT_TOO_LONG),
        (encounter(type=[{"text": "bip\x07"}]), fhir_check.CONTROL),
        (encounter(type=[{"text": "c1 \x85"}]), fhir_check.CONTROL),
        (
            encounter(status="unheard-of"),
            "a status that FHIR R4 does not have: have it put right at the source",
        ),
    ],
)
def test_bad_texts_are_refused(tmp_path: Path, body: Body, reason: str) -> None:
    """A megabyte of text, control characters and invented statuses refuse the resource, and nothing else."""
    found = facts(tmp_path, patient(), body, encounter("e2"))

    assert [reason] == reasons(found)
    assert 1 == sum(isinstance(fact, ContactFact) for fact in found)


def test_line_breaks_and_backslashes_are_no_control_characters(tmp_path: Path) -> None:
    """Ordinary layout, and a text that only writes about control characters, is taken in."""
    _, found = facts(tmp_path, patient(), encounter(type=[{"text": "a\tb\nc \\u0007 \\b"}]))

    assert isinstance(found, ContactFact)


def test_an_attachment_may_be_long(tmp_path: Path) -> None:
    """Base64 in a field made for it is no text."""
    body: Body = {
        "resourceType": "Communication",
        "id": "x",
        "status": "completed",
        "sent": "2020-05-01",
        "subject": about(),
        "payload": [{"contentAttachment": {"data": "QUJD" * 50_000}}],
    }

    assert [] == reasons(facts(tmp_path, patient(), body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({**encounter(), "id": "no id æ"}, fhir.NO_ID),
        ({**encounter(), "id": 7}, fhir.NO_ID),
        ({**encounter(), "id": "x" * 65}, fhir.NO_ID),
        ({"resourceType": "Ida Ek 0101901114", "id": "x"}, fhir_check.UNKNOWN_TYPE),
        ({"resourceType": "HumanName", "id": "x"}, fhir_check.UNKNOWN_TYPE),
    ],
)
def test_bad_identities_are_refused(tmp_path: Path, body: Body, reason: str) -> None:
    """An id that FHIR does not allow, or a type that it does not have, is refused and not repeated."""
    found = facts(tmp_path, patient(), body)

    assert [reason] == reasons(found)
    assert "Ida" not in " ".join(fact.source_type for fact in found)


def test_an_id_that_is_no_uuid_is_an_id(tmp_path: Path) -> None:
    """FHIR allows ids such as `Mads`; identity does not need a UUID."""
    (citizen,) = facts(tmp_path, patient("Mads.2"))

    assert isinstance(citizen, CitizenFact)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (encounter(period={"start": "i går hos Ida Ek"}), "Encounter.period.start"),
        (encounter(**{"Ida Ek": "hemmelig"}), "Encounter "),
        (encounter(type="Ida Ek"), "Encounter.type"),
        (
            {name: value for name, value in goal().items() if name != "lifecycleStatus"},
            "Goal.lifecycleStatus",
        ),
    ],
)
def test_what_is_no_valid_fhir_names_the_field_only(tmp_path: Path, body: Body, where: str) -> None:
    """The reason names the field and the kind of fault, never the value or a key that is no field."""
    (reason,) = reasons(facts(tmp_path, patient(), body))

    assert where in reason
    assert "Ida" not in reason
    assert "hemmelig" not in reason


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    """A resource nested hundreds deep is refused, in every portion, and the report still adds up."""
    deep: Body = {"url": "x"}
    for _ in range(400):
        deep = {"url": "x", "extension": [deep]}
    body = [patient(), encounter(extension=[deep]), patient("p2"), encounter("e2", subject=about("p2"))]

    for portion in (1, 1_000_000):
        found = facts(tmp_path, *body, portion=portion)
        assert [fhir_check.TOO_DEEP] == reasons(found)
        assert 4 == len(found)


def test_files_that_change_stop_the_import(tmp_path: Path) -> None:
    """The passes must see the same input; a file that grows meanwhile is refused as a whole."""
    read_in = source(tmp_path, [patient(f"p{number}") for number in range(10)], portion=1)
    groups_in = read_in.groups()
    next(groups_in)
    write_more = tmp_path / "in.ndjson"
    write_more.write_text(write_more.read_text() + "\n" + json.dumps(patient("late")))

    with pytest.raises(BadInput):
        list(groups_in)


ODD: list[object] = [
    *(
        None,
        7,
        -1,
        1e300,
        True,
        [],
        {},
        "",
        "SECRET",
        ["SECRET"],
        {"SECRET": 1},
        [[["SECRET"]]],
        "\x01SECRET",
    ),
    *(
        "0000-00-00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "2020-W01-1",
        "2020-01-01T00:00:60Z",
    ),
    *("#x", "urn:uuid:z", "Patient/", "/", [None], {"coding": [None]}, {"start": 5, "end": []}, 2**70),
]


def spoilt(random: Random, body: Body) -> Body:
    """Return the resource with one value somewhere in it replaced, removed or added."""
    whole: Body = json.loads(json.dumps(body))
    node: Body = whole
    while True:
        name = random.choice(sorted(node))
        value = node[name]
        inner = value[0] if isinstance(value, list) and value else value
        if not isinstance(inner, dict) or not inner or random.random() < 0.3:
            break
        node = inner
    if random.random() < 0.8:
        node[name] = random.choice(ODD)
    elif random.random() < 0.5:
        node["SECRET"] = "SECRET"
    else:
        del node[name]
    return whole


@pytest.mark.parametrize("seed", range(8))
def test_spoilt_resources_never_raise_or_tell(tmp_path: Path, seed: int) -> None:
    """Whatever stands in a field, every resource becomes one fact, and no reason or place repeats a value."""
    random = Random(seed)
    good = [numbered("p1", "0101901114"), encounter(), plan(), goal(), care_team(), *PEOPLE]
    bodies = [numbered("p1", "0101901114"), *(spoilt(random, random.choice(good)) for _ in range(150))]
    for number, body in enumerate(bodies[1:]):
        if "id" in body and body.get("resourceType") != "Patient":
            body["id"] = f"{body['id']}.{number}" if isinstance(body["id"], str) else body["id"]
    report = Report()

    for group in groups(tmp_path, *bodies, portion=random.choice([1, 1000, 10**8])):
        assert "SECRET" not in repr(group)
        for fact in group.facts:
            report.count(fact)

    assert report.balanced
    assert len(bodies) == report.total.read
    assert "SECRET" not in report.table()


# ---------------------------------------------------------------------------------------------------- small values


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("010190-1114", "0101901114"),
        ("0101901114", "0101901114"),
        ("6101901114", "6101901114"),
        ("0703921VJ4", "0703921VJ4"),
        ("070392-1vj4", "0703921VJ4"),
        ("290200 7AB1", "2902007AB1"),
        ("3002921VJ4", None),
        ("3213901114", None),
        ("01019011", None),
        ("010190111４", None),
        ("ABCDEF1VJ4", None),
        ("", None),
    ],
)
def test_cpr_numbers(written: str, normal: str | None) -> None:
    """Digits and e-CPR in their normal form, test numbers with 60 added to the day; anything else is none."""
    assert normal == normal_cpr(written)


@pytest.mark.parametrize(
    "value", ["2020-13-01", "2020-02-30", "0000", "24:00", "0001-01-01T00:00:00+14:00", 7, None]
)
def test_times_that_are_none(value: object) -> None:
    """What is no real time is None and raises nothing."""
    assert moment(value) is None


def test_a_day_is_a_danish_day() -> None:
    """A date without a time means the whole day in Denmark."""
    found = moment("2024-07-01")

    assert found is not None
    assert datetime(2024, 6, 30, 22, tzinfo=UTC) == found.first
    assert found.first < datetime(2024, 7, 1, 21, 59, tzinfo=UTC) < found.last


def test_unknown_codes_get_the_default_and_what_their_words_say() -> None:
    """No rule means health and plan; words only add, and a text beyond its code is not covered by the code."""
    table = fhir_codes.shipped()

    assert {"health", "plan"} == table.describe([{"text": "noget andet"}]).labels
    assert {"health", "plan", "addiction"} == table.describe([{"text": "Behandling for misbrug"}]).labels
    told = {**concept("185349003", "Encounter for check up"), "text": "Snak om misbrug"}
    assert {"health", "plan", "addiction"} == table.describe([told]).labels


def test_the_shipped_table_knows_only_categories() -> None:
    """Every label in the table is a category of information."""
    table = fhir_codes.shipped()
    used = frozenset[str]().union(*table.labels.values(), *(labels for _, labels in table.words))

    assert used <= {str(category) for category in Category}


# ---------------------------------------------------------------------------------------------------------- report


def test_the_report_adds_up(tmp_path: Path) -> None:
    """Read = imported + already there + not mapped + refused, for every type and for what could not be read."""
    path = tmp_path / "bad.ndjson"
    path.write_text("{")
    report = Report()
    read_in = source(
        tmp_path,
        [
            patient(),
            encounter(),
            encounter(),
            encounter("e2", status="planned"),
            goal("g", subject=about("x")),
        ],
    )
    read_in.paths.append(path)
    for group in read_in.groups():
        for fact in group.facts:
            report.count(fact)

    assert report.balanced
    assert (6, 2, 1, 1, 2) == (
        report.total.read,
        report.total.imported,
        report.total.already_there,
        report.total.not_mapped,
        report.total.refused,
    )
    assert {fhir_read.NOT_JSON: 1} == dict(report.lines[UNREADABLE].reasons)
    assert "status planned" in report.table()


def test_a_second_run_imports_nothing(tmp_path: Path) -> None:
    """When all identities are there already, the report says so and still adds up."""
    report = Report()
    for fact in facts(tmp_path, patient(), encounter()):
        report.count(fact, already_there=True)

    assert (0, 2) == (report.total.imported, report.total.already_there)
    assert report.balanced


def test_nothing_personal_in_a_repr(tmp_path: Path) -> None:
    """A fact that lands in a traceback or a log shows no name, number, text or id."""
    body = numbered("ida-ek", "0101901114") | {"name": [{"text": "Ida Ek"}]}
    shown = repr(groups(tmp_path, body, encounter(subject=about("ida-ek"), type=[{"text": "hemmelig"}])))

    for secret in ("Ida", "ida-ek", "0101901114", "hemmelig"):
        assert secret not in shown
