"""The FHIR reader over the sample sets that stand beside the checkout. Absent sets are skipped by name."""

import functools
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.interop import fhir_dates, fhir_group
from hub.interop.fhir import FhirInput
from hub.interop.fhir_facts import (
    UNREADABLE,
    CitizenFact,
    ContactFact,
    Fact,
    GoalFact,
    Group,
    InquiryFact,
    PlanFact,
    Refused,
    Repeated,
    Report,
    Unmapped,
    dated,
)

SHARED = Path(__file__).parents[3] / "shared" / "data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.shared


def sample(*names: str) -> list[Path]:
    found = [SHARED / name for name in names]
    for path in found:
        if not path.exists():
            pytest.skip(f"the sample set {path.relative_to(SHARED.parent)} is not beside the checkout")
    return found


def taken_in(paths: list[Path]) -> tuple[list[Fact], Report]:
    report = Report()
    source = FhirInput(paths, now=NOW)
    facts = [fact for group in source.groups() for fact in group.facts]
    for fact in facts:
        report.count(fact)
    report.missing_references = source.missing
    assert report.balanced
    return facts, report


@functools.cache
def volume_set() -> tuple[list[Group], Report]:
    """The volume set, group by group, read once for the tests that look at it."""
    types = ("Patient", "CarePlan", "Goal", "Encounter", "Condition")
    report = Report()
    source = FhirInput(sample(*(f"synthea-r4/{name}.ndjson.gz" for name in types)), now=NOW)
    groups = list(source.groups())
    for group in groups:
        for fact in group.facts:
            report.count(fact)
    report.missing_references = source.missing
    assert report.balanced
    return groups, report


@pytest.mark.slow
def test_synthea_counts() -> None:
    """The volume set: every resource is read, and each becomes what its type and dates say."""
    groups, report = volume_set()
    facts = [fact for group in groups for fact in group.facts]

    read = {name: line.read for name, line in report.lines.items()}
    assert {"Patient": 615, "Encounter": 18098, "Condition": 4546, "CarePlan": 1769, "Goal": 1147} == read
    imported = {name: line.imported for name, line in report.lines.items()}
    assert {"Patient": 615, "Encounter": 18005, "Condition": 0, "CarePlan": 1768, "Goal": 1147} == imported
    assert {fhir_dates.AFTER_DEATH: 92, fhir_dates.BEFORE_BIRTH: 1} == report.lines["Encounter"].reasons
    assert 124 == sum(fact.deceased for fact in facts if isinstance(fact, CitizenFact))
    goals = [fact for fact in facts if isinstance(fact, GoalFact)]
    assert all(fact.at is None for fact in goals)
    opened = {fact.source_id for fact in facts if isinstance(fact, PlanFact)}
    assert all(fact.plan in opened for fact in goals)
    assert 18005 == report.missing_references["Encounter.serviceProvider"]


@pytest.mark.slow
def test_synthea_order_and_labels() -> None:
    """Within each citizen the Patient is first and dates do not fall; nothing with a text is without a label."""
    groups, _ = volume_set()
    for group in groups:
        if group.subject is None:
            continue
        assert isinstance(group.facts[0], CitizenFact)
        dates = [at for fact in group.facts if (at := dated(fact)) is not None]
        assert sorted(dates) == dates
        assert all(fact.labels for fact in group.facts if isinstance(fact, ContactFact) and fact.text)


def test_synthea_bundles() -> None:
    """Complete transaction Bundles: their practitioners and organisations are there, so no provider is missing."""
    facts, report = taken_in(sample("synthea-r4/bundles"))

    assert 15 == report.lines["Patient"].imported
    assert "Encounter.serviceProvider" not in report.missing_references
    assert any("addiction" in fact.labels for fact in facts if isinstance(fact, PlanFact))


def test_kl_dk() -> None:
    """KL's own examples: plans, goals and contacts in, planned contacts and the rest kept."""
    _, report = taken_in(sample("kl-dk"))

    assert (79, 0) == (report.total.read, report.total.refused)
    imported = Counter({name: line.imported for name, line in report.lines.items() if line.imported})
    assert Counter(Goal=9, CarePlan=5, Patient=5, Encounter=4, ServiceRequest=2) == imported


def test_kl_ffb_reporting() -> None:
    """Five deliveries about one citizen: one citizen, repetitions told, older versions kept."""
    facts, report = taken_in(sample("kl-ffb-reporting"))

    assert (99, 0) == (report.total.read, report.total.refused)
    assert 1 == report.lines["Patient"].imported
    assert 7 == report.lines["CarePlan"].imported
    assert all(fact.text for fact in facts if isinstance(fact, GoalFact))


def test_medcom() -> None:
    """MedCom's messages: two citizens, one with an e-CPR, however many ids they come under; all that stands is told."""
    facts, report = taken_in(sample("medcom-carecommunication"))

    citizens = {fact.cpr for fact in facts if isinstance(fact, CitizenFact)}
    assert {"0703921VJ4", "2509479989"} == citizens
    assert {fhir_group.NAMED_AGAIN: 7, fhir_group.OLDER: 1} == report.lines["Patient"].reasons
    assert (15, 13) == (report.lines["Communication"].read, report.lines["Communication"].imported)
    assert 1 == report.lines[UNREADABLE].refused


def test_dk_core_test_patients() -> None:
    """All 38 official test patients are citizens with a CPR number."""
    facts, _ = taken_in(sample("dk-core-testpatienter"))

    citizens = [fact for fact in facts if isinstance(fact, CitizenFact)]
    assert 38 == len(citizens)
    assert all(fact.cpr for fact in citizens)


@pytest.mark.parametrize(
    "name",
    ["kl-dk", "kl-ffb-reporting", "medcom-carecommunication", "dk-core-testpatienter", "fhir-r4-examples"],
)
def test_every_file_becomes_something(name: str) -> None:
    """Each single file, read alone, gives facts or a reason; nothing raises."""
    for path in sorted(sample(name)[0].rglob("*.json")):
        facts, _ = taken_in([path])
        assert facts
        known = CitizenFact | PlanFact | GoalFact | ContactFact | InquiryFact | Repeated | Unmapped | Refused
        assert all(isinstance(fact, known) for fact in facts)
        assert all(fact.reason for fact in facts if isinstance(fact, Unmapped | Refused))
