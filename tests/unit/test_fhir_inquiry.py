"""Inquiries as KL writes them → the citizen asked for help: whose asking it is, in whose words, and what it reveals."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.interop import fhir_dates, fhir_map
from hub.interop.fhir import FhirInput
from hub.interop.fhir_facts import Fact, InquiryFact, Refused, Unmapped

Body = dict[str, object]

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
FSIII = "urn:oid:1.2.208.176.2.21"
COMMON = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes"
CORE = "http://fhir.kl.dk/core/StructureDefinition"
AGREES, DISAGREES = "e67035da-9179-466b-99ad-ea86835d38c9", "54aeeba6-6aa2-4165-a5a8-bbd6f2f3b1eb"
SOCIAL = {
    "coding": [
        {"system": COMMON, "code": "4a297733-4d66-4726-a933-590d55cf91e0", "display": "Social indsats"}
    ]
}


def inquiry(requester: str | None = "A1", agreed: str | None = None, **more: object) -> Body:
    said = [("RequesterType", FSIII, requester), ("SubjectConsentToLiaising", COMMON, agreed)]
    extensions = [
        {"url": f"{CORE}/{name}", "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}
        for name, system, code in said
        if code is not None
    ]
    return {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "extension": extensions,
        "status": "active",
        "intent": "proposal",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2020-06-21",
        "code": SOCIAL,
        "reasonCode": [{"text": "Vil gerne have en at tale med."}],
        **more,
    }


def fact(folder: Path, body: Body) -> Fact:
    path = folder / "in.ndjson"
    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}
    path.write_text("\n".join(json.dumps(one) for one in (person, body)), encoding="utf-8")
    (group,) = [group for group in FhirInput([path], now=NOW).groups() if group.subject]
    return next(one for one in group.facts if one.source_type == "ServiceRequest")


def test_the_citizen_asked(tmp_path: Path) -> None:
    """What the citizen came with is the citizen asking for help, on the day it was written down."""
    found = fact(tmp_path, inquiry())

    assert isinstance(found, InquiryFact)
    assert "Borgeren henvendte sig: Social indsats\nVil gerne have en at tale med." == found.text
    assert datetime(2020, 6, 20, 22, tzinfo=UTC) == found.at
    assert ("health", "plan") == found.labels


def test_a_relative_asked_and_the_citizen_agrees(tmp_path: Path) -> None:
    """A relative's inquiry with which the citizen agrees counts; it says whose it was, and is about others too."""
    found = fact(tmp_path, inquiry("A2", AGREES))

    assert isinstance(found, InquiryFact)
    assert found.text.startswith("Henvendelse fra pårørende, og borgeren er indforstået: Social indsats")
    assert {"network", "third_party"} <= set(found.labels)


@pytest.mark.parametrize(
    ("requester", "agreed"), [("A2", None), ("A9", None), ("A4", DISAGREES), ("A1", DISAGREES)]
)
def test_what_others_asked_is_not_the_citizens(tmp_path: Path, requester: str, agreed: str | None) -> None:
    """Without the citizen's agreement an inquiry by others is kept, and never shown as the citizen's asking."""
    found = fact(tmp_path, inquiry(requester, agreed))

    assert isinstance(found, Unmapped)
    assert fhir_map.ASKED_BY_OTHERS == found.reason


def test_an_order_is_no_inquiry(tmp_path: Path) -> None:
    """A ServiceRequest that says nothing of who asked is an order or a referral like any other: kept."""
    found = fact(tmp_path, inquiry(None))

    assert isinstance(found, Unmapped)
    assert fhir_map.NO_EVENT == found.reason


def test_an_inquiry_that_asks_for_nothing(tmp_path: Path) -> None:
    """Without a word of what it is about there is nothing to record."""
    empty = {name: value for name, value in inquiry().items() if name not in ("code", "reasonCode")}
    found = fact(tmp_path, empty)

    assert isinstance(found, Unmapped)
    assert fhir_map.NOTHING_ASKED == found.reason


@pytest.mark.parametrize(
    ("more", "kind", "reason"),
    [
        ({"status": "draft"}, Unmapped, "status draft"),
        ({"status": "revoked"}, Unmapped, "status revoked"),
        ({"status": "entered-in-error"}, Refused, fhir_map.IN_ERROR),
        ({"authoredOn": "2030-01-01"}, Refused, fhir_dates.FUTURE),
        ({"authoredOn": "1970-01-01"}, Refused, fhir_dates.BEFORE_BIRTH),
    ],
)
def test_what_stands_no_more(tmp_path: Path, more: Body, kind: type[Refused | Unmapped], reason: str) -> None:
    """A draft or a revoked inquiry is kept; a mistake, or one of an impossible day, is refused with the reason."""
    found = fact(tmp_path, inquiry(**more))  # type: ignore[arg-type]

    assert isinstance(found, kind)
    assert reason == found.reason  # type: ignore[attr-defined]


def test_an_undated_inquiry(tmp_path: Path) -> None:
    """An inquiry without a day is an undated fact."""
    found = fact(tmp_path, {name: value for name, value in inquiry().items() if name != "authoredOn"})

    assert isinstance(found, InquiryFact)
    assert found.at is None


def test_labels_of_what_is_asked_for(tmp_path: Path) -> None:
    """What is asked for, and why, reveals what its words and codes reveal."""
    detail = {
        "coding": [{"system": "urn:oid:1.2.208.176.2.22", "code": "05cd5e81-1a3a-4bdd-901b-7ec96c12d990"}]
    }
    found = fact(tmp_path, inquiry(orderDetail=[detail], reasonCode=[{"text": "Er i misbrugsbehandling."}]))

    assert isinstance(found, InquiryFact)
    assert {"addiction", "health", "network", "plan"} <= set(found.labels)
    assert "Social indsats; Støtte til sociale relationer" in found.text
