"""Invented FHIR resources for tests of the import, and a file of them."""

import json
from collections.abc import Iterable
from pathlib import Path

Body = dict[str, object]

CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"


def patient(name: str = "p1", /, **more: object) -> Body:
    """A person; `cpr` gives them a CPR number."""
    cpr = more.pop("cpr", None)
    numbered = {"identifier": [{"system": CPR_SYSTEM, "value": cpr}]} if cpr else {}
    called = {"name": [{"family": "Prøve", "given": [name]}], "birthDate": "1980-01-01"}
    return {"resourceType": "Patient", "id": name, **called, **numbered, **more}


def about(name: str) -> Body:
    """A reference to a person."""
    return {"reference": f"Patient/{name}"}


def encounter(name: str = "e1", of: str = "p1", start: str = "2020-05-01T10:00:00Z", **more: object) -> Body:
    """A finished encounter."""
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": about(of),
        "period": {"start": start},
        "type": [{"text": "Samtale"}],
        **more,
    }


def plan(name: str = "c1", of: str = "p1", goals: Iterable[str] = (), **more: object) -> Body:
    """A care plan that refers to goals."""
    return {
        "resourceType": "CarePlan",
        "id": name,
        "status": "active",
        "intent": "plan",
        "subject": about(of),
        "title": "Støtte i hverdagen",
        "period": {"start": "2020-03-01"},
        **({"goal": [{"reference": f"Goal/{goal}"} for goal in goals]} if goals else {}),
        **more,
    }


def goal(name: str = "g1", of: str = "p1", **more: object) -> Body:
    """A goal without a date."""
    return {
        "resourceType": "Goal",
        "id": name,
        "lifecycleStatus": "active",
        "description": {"text": "Kan selv tage bussen"},
        "subject": about(of),
        **more,
    }


def condition(name: str = "d1", of: str = "p1") -> Body:
    """What the hub has no event for."""
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": about(of),
        "code": {"text": "HEMMELIG DIAGNOSE"},
    }


def care_team(name: str = "t1", of: str = "p1", **more: object) -> Body:
    """A team with a practitioner of an organisation, another of the source's own, a relative and the citizen."""
    return {
        "resourceType": "CareTeam",
        "id": name,
        "status": "active",
        "subject": about(of),
        "period": {"start": "2021-01-01"},
        "participant": [
            {
                "member": {"reference": "Practitioner/d1"},
                "onBehalfOf": {"reference": "Organization/o1"},
                "period": {"start": "2021-02-01", "end": "2022-02-01"},
            },
            {"member": {"reference": "Practitioner/d2"}},
            {"member": {"reference": "RelatedPerson/x", "display": "En mor"}},
            {"member": about(of)},
        ],
        **more,
    }


def staff(organisation: str = "jobcentre") -> list[Body]:
    """Two practitioners and an organisation."""
    return [
        {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Ek", "given": ["Ida"]}]},
        {"resourceType": "Practitioner", "id": "d2", "name": [{"text": "Bo Birk"}]},
        {"resourceType": "Organization", "id": "o1", "name": organisation},
    ]


def small_town(citizens: int, encounters: int) -> list[Body]:
    """Citizens with a closed plan, goals reached and open, encounters, a diagnosis; every fifth has died."""
    found: list[Body] = []
    for number in range(citizens):
        who = f"p{number}"
        died = {"deceasedDateTime": "2023-01-01T00:00:00Z"} if number % 5 == 0 else {}
        found += [
            patient(who, **died),
            plan(
                f"c{number}",
                who,
                [f"g{number}"],
                status="completed",
                period={"start": "2020-03-01", "end": "2021-03-01"},
            ),
            goal(f"g{number}", who, achievementStatus=_achieved(), statusDate="2020-12-01"),
            goal(f"h{number}", who),
            condition(f"d{number}", who),
            *(
                encounter(f"e{number}-{day}", who, f"202{day % 4}-05-{1 + day % 28:02}T10:00:00Z")
                for day in range(encounters)
            ),
        ]
    return found


def _achieved() -> Body:
    return {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/goal-achievement", "code": "achieved"}]
    }


def write(path: Path, resources: Iterable[Body]) -> Path:
    """Write resources line by line."""
    path.write_text("\n".join(json.dumps(one) for one in resources) + "\n", encoding="utf-8")
    return path
