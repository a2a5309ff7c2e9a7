"""FHIR Consent → grants and blocks: what each element comes to, and what is refused with which reason."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from hub.application.standing import CITIZEN_SOURCE, State
from hub.clock import to_microseconds
from hub.interop import fhir_consent_codes as codes
from hub.interop import fhir_consent_export as export
from hub.interop.fhir_check import fault
from hub.interop.fhir_consent_names import Around, Names, around
from hub.interop.fhir_consent_read import read_consent
from hub.interop.fhir_consent_refusals import REFUSALS, Inexpressible
from hub.interop.fhir_consent_terms import BlockTerms, GrantTerms, Terms, terms_of
from hub.interop.fhir_read import Resource
from hub.statements import Statement
from hub.vocabulary import Category, Purpose

Body = dict[str, Any]
HERE = UUID("6c7f2f4e-0000-4000-8000-000000000000")
CITIZEN = uuid5(HERE, "citizen")
JOBCENTRE, CLINIC, MUNICIPAL = (uuid5(HERE, name) for name in ("jobcentre", "clinic", "municipal"))
NURSE = uuid5(HERE, "nurse")
CVR, SHARED_CVR, SOR = "11111111", "22222222", "325421000016001"
NOW = to_microseconds(datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
NAMES = Names(
    CITIZEN,
    "0101800000",
    frozenset({"Patient/anna"}),
    {
        **{(codes.URI, codes.urn(one)): frozenset({one}) for one in (JOBCENTRE, CLINIC, MUNICIPAL)},
        (codes.CVR, CVR): frozenset({CLINIC}),
        (codes.CVR, SHARED_CVR): frozenset({JOBCENTRE, MUNICIPAL}),
        (codes.SOR, SOR): frozenset({MUNICIPAL}),
    },
    {NURSE: CLINIC},
)


def at(*when: int) -> int:
    """A moment in UTC."""
    return to_microseconds(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]


def own(system: str, *names: str) -> list[Body]:
    """Codes of the hub's own."""
    return [
        {"system": f"https://koordineringshub.dk/fhir/CodeSystem/{system}", "code": name} for name in names
    ]


def actor(partner: object, role: str = "PRCP", **reference: Any) -> Body:
    """An actor; `reference` in place of the partner's id."""
    concept = {"coding": [{"system": codes.PARTICIPATION, "code": role}]}
    return {
        "role": concept,
        "reference": reference or {"identifier": {"system": codes.URI, "value": codes.urn(partner)}},
    }


PERMIT = f"""{{
  "type": "permit",
  "actor": [{{
    "role": {{"coding": [{{"system": "{codes.PARTICIPATION}", "code": "PRCP"}}]}},
    "reference": {{"identifier": {{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:{JOBCENTRE}"}}}}
  }}],
  "action": [{{"coding": [{{"system": "{codes.CONSENT_ACTION}", "code": "access"}}]}}],
  "securityLabel": [
    {{"system": "https://koordineringshub.dk/fhir/CodeSystem/category", "code": "plan"}},
    {{"system": "https://koordineringshub.dk/fhir/CodeSystem/category", "code": "work"}}
  ],
  "purpose": [{{"system": "https://koordineringshub.dk/fhir/CodeSystem/purpose", "code": "employment"}}],
  "period": {{"end": "2026-05-31"}},
  "dataPeriod": {{"start": "2025-01-01", "end": "2025-12-31"}}
}}"""
"""What a permission needs to say."""
CONSENT = f"""{{
  "resourceType": "Consent",
  "id": "sample",
  "status": "active",
  "scope": {{"coding": [{{"system": "{codes.CONSENT_SCOPE}", "code": "patient-privacy"}}]}},
  "category": [{{"coding": [{{"system": "http://loinc.org", "code": "59284-0"}}]}}],
  "patient": {{"reference": "Patient/anna"}},
  "dateTime": "2026-03-01",
  "policyRule": {{"coding": [{{"system": "{codes.ACT_CODE}", "code": "OPTOUT"}}]}},
  "provision": {{"provision": [{PERMIT}]}}
}}"""
"""A whole Consent: the jobcentre may know plan and work of 2025, for employment, until the end of May."""
PLAIN = GrantTerms(
    JOBCENTRE,
    frozenset({"plan", "work"}),
    frozenset({"employment"}),
    None,
    (at(2024, 12, 31, 23), at(2025, 12, 31, 23), False),
    at(2026, 5, 31, 22),
)


def consent(**changes: Any) -> Body:
    """The sample with fields changed; None leaves one out."""
    body = json.loads(CONSENT) | changes
    return {name: value for name, value in body.items() if value is not None}


def rule(**changes: Any) -> Body:
    """The sample's permission with fields changed; None leaves one out."""
    body = json.loads(PERMIT) | changes
    return {name: value for name, value in body.items() if value is not None}


def ruled(*rules: Body) -> Body:
    """The sample with other rules."""
    return consent(provision={"provision": list(rules)})


def deny(**more: Any) -> Body:
    """A denial."""
    return {"type": "deny", **more}


def read(body: Body, near: Around | None = None) -> Terms | set[str]:
    """The terms of a Consent, or the codes of the reasons against it."""
    reading = read_consent(body, near or Around(), NAMES, NOW)
    if reading.refusals:
        return {refusal.code for refusal in reading.refusals}
    try:
        return terms_of(reading.provisions, NOW)
    except Inexpressible as no:
        return {no.refusal.code}


def grants(body: Body) -> set[GrantTerms]:
    """The grants of a Consent that comes to nothing else."""
    terms = read(body)
    assert isinstance(terms, Terms), terms
    assert terms.blocks == ()
    return set(terms.grants)


# ------------------------------------------------------------------------------------------------- what is taken in


def test_a_permission_is_a_grant() -> None:
    """A permission that names recipient, information, purpose, time of the data and end is exactly one consent."""
    assert fault(consent(), "Consent") is None
    assert grants(consent()) == {PLAIN}


def test_the_root_may_be_the_rule() -> None:
    """A root that says permit itself means the same as one rule inside an empty root."""
    assert grants(consent(provision=rule())) == {PLAIN}


def test_a_nested_denial_is_taken_out_of_its_permission_alone() -> None:
    """An exception takes its part out of the grant; it is no block, so a sister consent goes on."""
    body = ruled(rule(provision=[deny(securityLabel=own("category", "work"))]))

    assert grants(body) == {PLAIN._replace(categories=frozenset({"plan"}))}


def test_an_exception_by_date_splits_the_window() -> None:
    """A denial of a stretch of dates leaves the grant on both sides of it, each with its own window."""
    hole = {"start": "2025-05-01", "end": "2025-05-31"}
    body = ruled(rule(provision=[deny(dataPeriod=hole)]))

    assert {grant.window for grant in grants(body)} == {
        (at(2024, 12, 31, 23), at(2025, 4, 30, 22), False),
        (at(2025, 5, 31, 22), at(2025, 12, 31, 23), False),
    }


def test_an_exception_to_an_exception_gives_back() -> None:
    """A permission inside a denial inside a permission is permitted, within all that surrounds it."""
    inner = {"type": "permit", "purpose": own("purpose", "support")}
    body = ruled(
        rule(
            purpose=own("purpose", "support", "employment"),
            provision=[deny(securityLabel=own("category", "work"), provision=[inner])],
        )
    )

    assert grants(body) == {
        PLAIN._replace(categories=frozenset({"plan"}), purposes=frozenset({"employment", "support"})),
        PLAIN._replace(categories=frozenset({"work"}), purposes=frozenset({"support"})),
    }


def test_a_denial_until_the_end_shortens() -> None:
    """An exception that begins later and never ends is an earlier end of the grant."""
    body = ruled(rule(provision=[deny(period={"start": "2026-04-01"})]))

    assert grants(body) == {PLAIN._replace(until=at(2026, 3, 31, 22))}


def test_a_denial_of_the_first_level_is_a_block() -> None:
    """A denial by itself is a block: of some categories, of everything, of each recipient."""
    body = ruled(
        deny(actor=[actor(JOBCENTRE), actor(CLINIC, "IRCP")], securityLabel=own("category", "health")),
        deny(actor=[actor(MUNICIPAL)]),
    )

    assert read(body) == Terms(
        (),
        (
            *sorted((BlockTerms(one, frozenset({"health"})) for one in (JOBCENTRE, CLINIC)), key=str),
            BlockTerms(MUNICIPAL, None),
        ),
    )


def test_a_person_can_be_blocked() -> None:
    """A denial of a registered person is a block of that person, at the organisation where the person works."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "nurse",
        "practitioner": {"identifier": {"system": codes.URI, "value": codes.urn(NURSE)}},
        "organization": {"identifier": {"system": codes.URI, "value": codes.urn(CLINIC)}},
    }
    body = ruled(deny(actor=[actor(None, reference="#nurse")])) | {"contained": [role]}

    assert read(body) == Terms((), (BlockTerms(CLINIC, None, NURSE),))
    elsewhere = copy.deepcopy(body)
    elsewhere["contained"][0]["organization"]["identifier"]["value"] = codes.urn(JOBCENTRE)
    assert read(elsewhere) == {"unknown_person"}


def test_sources_are_authors() -> None:
    """`data.authoredby` names the sources: organisations, and the citizen as Patient."""
    theirs = {"meaning": "authoredby", "reference": actor(CLINIC)["reference"]}
    mine = {"meaning": "authoredby", "reference": {"reference": "Patient/anna"}}

    assert grants(ruled(rule(data=[theirs, mine]))) == {
        PLAIN._replace(sources=frozenset({CLINIC, CITIZEN_SOURCE}))
    }
    left = ruled(rule(data=[theirs, mine], provision=[deny(data=[mine])]))
    assert grants(left) == {PLAIN._replace(sources=frozenset({CLINIC}))}


def test_from_now_on_and_undated() -> None:
    """The hub's two modifiers say what FHIR has no word for: only what is new, and also what has no date."""
    now_on = [{"url": codes.FROM_NOW_ON, "valueBoolean": True}]
    undated = [{"url": codes.INCLUDES_UNDATED, "valueBoolean": True}]

    assert grants(ruled(rule(dataPeriod=None, modifierExtension=now_on))) == {PLAIN._replace(window=None)}
    window = (*PLAIN.window[:2], True)  # type: ignore[index]
    assert grants(ruled(rule(modifierExtension=undated))) == {PLAIN._replace(window=window)}


def test_codes_of_hl7_that_mean_the_same() -> None:
    """ETH is addiction; permitting TREAT is treatment itself, and COC is coordination."""
    hl7 = {"system": codes.ACT_CODE, "code": "ETH"}
    why = [{"system": codes.ACT_REASON, "code": "TREAT"}, {"system": codes.ACT_REASON, "code": "COC"}]

    assert grants(ruled(rule(securityLabel=[hl7], purpose=why))) == {
        PLAIN._replace(categories=frozenset({"addiction"}), purposes=frozenset({"treatment", "coordination"}))
    }


def test_class_and_label_are_both_conditions() -> None:
    """Where class and securityLabel are both there, only what both name is meant."""
    body = ruled(rule(**{"class": own("category", "plan", "health")}))

    assert grants(body) == {PLAIN._replace(categories=frozenset({"plan"}))}


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("2026-05-31", at(2026, 5, 31, 22)),
        ("2026-05", at(2026, 5, 31, 22)),
        ("2026", at(2026, 12, 31, 23)),
        ("2026-05-31T12:00:00+02:00", at(2026, 5, 31, 10, 0, 1)),
        ("2026-05-31T10:00:00.5Z", at(2026, 5, 31, 10, 0, 0, 600_000)),
        ("2026-10-25", at(2026, 10, 25, 23)),
    ],
)
def test_an_end_is_included(written: str, until: int) -> None:
    """The end of a period is in it, whole: the day, the month, the year, the second; days are Danish."""
    assert grants(ruled(rule(period={"end": written}))) == {PLAIN._replace(until=until)}


# ----------------------------------------------------------------------------------------------- who is recognised


@pytest.mark.parametrize(
    ("identifiers", "found"),
    [
        ([(codes.CVR, CVR)], CLINIC),
        ([(codes.CVR_AS_OID, CVR)], CLINIC),
        ([(codes.SOR, SOR)], MUNICIPAL),
        ([(codes.CVR, SHARED_CVR), (codes.SOR, SOR)], MUNICIPAL),
        ([(codes.CVR, SHARED_CVR)], "ambiguous_partner"),
        ([(codes.CVR, CVR), (codes.SOR, SOR)], "unknown_partner"),
        ([(codes.CVR, CVR), (codes.SOR, "999")], "unknown_partner"),
        ([("http://elsewhere.example", CVR)], "unknown_partner"),
        ([], "unknown_partner"),
    ],
)
def test_organisations_are_found_by_identifiers_that_agree(
    identifiers: list[tuple[str, str]], found: UUID | str
) -> None:
    """An Organization of the same file is the partner that all its known identifiers mean, or nobody."""
    organisation: Body = {
        "resourceType": "Organization",
        "id": "o",
        "name": "Jobcentre",
        "identifier": [{"system": system, "value": value} for system, value in identifiers],
    }
    near = around([Resource("", organisation, {}, "http://file.example/Organization/o", None)])
    references = ("Organization/o", "http://file.example/Organization/o")
    terms = [read(ruled(rule(actor=[actor(None, reference=one)])), near) for one in references]

    expected = {found} if isinstance(found, str) else Terms((PLAIN._replace(partner=found),), ())
    assert terms == [expected, expected]


def test_a_relative_reference_can_be_the_id() -> None:
    """`Organization/<id>` and `urn:uuid:<id>` mean the registered organisation of that id."""
    for reference in (f"Organization/{JOBCENTRE}", f"urn:uuid:{JOBCENTRE}"):
        assert grants(ruled(rule(actor=[actor(None, reference=reference)]))) == {PLAIN}


@pytest.mark.parametrize(
    ("patient", "same"),
    [
        ({"reference": "Patient/anna"}, True),
        ({"identifier": {"system": codes.URI, "value": codes.urn(CITIZEN)}}, True),
        ({"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "010180-0000"}}, True),
        ({"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "0202800000"}}, False),
        ({"reference": "Patient/anna", "identifier": {"system": codes.URI, "value": codes.urn(NURSE)}}, True),
        ({"reference": "Patient/anna",
          "identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "0202800000"}}, False),
        ({"reference": "Patient/berit"}, False),
        ({"display": "Anna"}, False),
        (None, False),
    ],
)  # fmt: skip
def test_the_citizen_is_recognised(patient: Body | None, *, same: bool) -> None:
    """A Consent is the citizen's by the hub's id, by CPR, or by the reference that the citizen says is theirs."""
    found = read(consent(patient=patient))

    assert found == (Terms((PLAIN,), ()) if same else {"other_patient"})


# ------------------------------------------------------------------------------------------------- what is refused


def coded(system: str, code: str) -> Body:
    """A concept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def inside(body: Body, change: Callable[[Body], Any]) -> Body:
    """The sample's permission, changed in place."""
    change(body)
    return ruled(body)


HL7 = codes.ACT_CODE
REASON = codes.ACT_REASON
BLOCK = deny(actor=[actor(JOBCENTRE)], securityLabel=own("category", "work"))
REFUSED: dict[str, tuple[str, Body]] = {
    **{f"status {one}": ("status", consent(status=one))
       for one in ("draft", "proposed", "rejected", "inactive", "entered-in-error")},
    "not FHIR": ("not_valid", consent(status=7)),
    "research": ("scope", consent(scope=coded(codes.CONSENT_SCOPE, "research"))),
    "two scopes": ("scope", consent(scope={"coding": [coded(*codes.PRIVACY)["coding"][0]] * 2})),
    "emergency only": ("category", consent(category=[coded(HL7, "EMRGONLY")])),
    "opt-in": ("default_permit", consent(policyRule=coded(HL7, "OPTIN"))),
    "other policy": ("foreign_policy", consent(policyRule=coded(HL7, "JURISCD"))),
    "policy in words": ("foreign_policy", consent(policyRule={"text": "as agreed"})),
    "policy by uri": ("foreign_policy", consent(policy=[{"uri": "http://policy.example"}])),
    "policy by uri alone": ("foreign_policy", consent(policy=[{"uri": "http://policy.example"}], policyRule=None)),
    "no policy": ("no_base_policy", consent(policyRule=None)),
    "policy only": ("no_provision", consent(provision=None)),
    "empty root": ("no_provision", consent(provision={"id": "x"})),
    "tomorrow's": ("dated_later", consent(dateTime="2026-03-11")),
    "no such hour": ("not_valid", consent(dateTime="2026-03-01T25:00:00Z")),
    "the end of time": ("bad_time", ruled(rule(period={"end": "9999-12-31"}))),
    "given by a relative": ("performer", consent(performer=[{"reference": "RelatedPerson/peter"}])),
    "managed elsewhere": ("custodian", consent(organization=[{"reference": "Organization/f001"}])),
    "not verified": ("unverified", consent(verification=[{"verified": False}])),
    "rules elsewhere": ("modifier", consent(implicitRules="http://rules.example")),
    "modified": ("modifier", consent(modifierExtension=[{"url": "http://x.example", "valueBoolean": True}])),
    "modified actor": ("modifier", inside(rule(), lambda one: one["actor"][0].update(
        modifierExtension=[{"url": codes.FROM_NOW_ON, "valueBoolean": True}]))),
    "modified rule": ("modifier", ruled(rule(modifierExtension=[{"url": "http://x.example", "valueCode": "not"}]))),
    "modifier off": ("modifier", ruled(rule(modifierExtension=[{"url": codes.FROM_NOW_ON, "valueBoolean": False}]))),
    "modified root": ("modifier", consent(provision={
        "modifierExtension": [{"url": "http://x.example", "valueBoolean": True}], "provision": [rule()]})),
    "untyped root": ("untyped_root", consent(provision=rule(type=None))),
    "untyped rule": ("no_type", ruled(rule(type=None))),
    "permit in permit": ("same_type_nested", ruled(rule(provision=[rule()]))),
    "deny in deny": ("same_type_nested", ruled(BLOCK | {"provision": [BLOCK]})),
    "permit in deny": ("exception_to_deny", ruled(BLOCK | {"provision": [rule()]})),
    "block for a purpose": ("block_terms", ruled(BLOCK | {"purpose": own("purpose", "support")})),
    "block for a while": ("block_terms", ruled(BLOCK | {"period": {"end": "2026-06-01"}})),
    "block of a time": ("block_terms", ruled(BLOCK | {"dataPeriod": {"start": "2026-01-01"}})),
    "block of a source": ("block_terms", ruled(BLOCK | {"data": [
        {"meaning": "authoredby", "reference": actor(CLINIC)["reference"]}]})),
    "block of everybody": ("every_recipient", ruled(deny())),
    "block to come": ("starts_later", ruled(BLOCK | {"period": {"start": "2026-06-01"}})),
    "nothing in common": ("matches_nothing", ruled(rule(**{"class": own("category", "health")}))),
    "all taken out": ("matches_nothing", ruled(rule(provision=[deny()]))),
    "to begin": ("starts_later", ruled(rule(period={"start": "2026-06-01"}))),
    "to begin anew": ("starts_later", ruled(rule(provision=[
        deny(period={"start": "2026-04-01", "end": "2026-04-30"})]))),
    "denied until later": ("starts_later", ruled(rule(provision=[deny(period={"end": "2026-04-30"})]))),
    "over": ("period_over", ruled(rule(period={"end": "2026-03-09"}))),
    "contradiction": ("contradiction", ruled(rule(), rule(provision=[deny(securityLabel=own("category", "work"))]))),
    "to anybody": ("every_recipient", ruled(rule(actor=None))),
    "about anything": ("every_category", ruled(rule(securityLabel=None))),
    "for anything": ("every_purpose", ruled(rule(purpose=None))),
    "of any time": ("every_time", ruled(rule(dataPeriod=None))),
    "confidentiality": ("unknown_category", ruled(rule(securityLabel=[
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]))),
    "psychiatry": ("unknown_category", ruled(rule(securityLabel=[{"system": HL7, "code": "PSY"}]))),
    "a resource type": ("unknown_category", ruled(rule(**{"class": [
        {"system": "http://hl7.org/fhir/resource-types", "code": "MedicationRequest"}]}))),
    "insurance": ("unknown_purpose", ruled(rule(purpose=[{"system": REASON, "code": "HPAYMT"}]))),
    "sanction": ("unknown_purpose", ruled(rule(purpose=own("purpose", "sanction")))),
    "emergency": ("emergency_purpose", ruled(rule(purpose=[{"system": REASON, "code": "ETREAT"}]))),
    "own emergency": ("emergency_purpose", ruled(rule(purpose=own("purpose", "emergency")))),
    "denied TREAT": ("broader_purpose", ruled(rule(provision=[
        deny(purpose=[{"system": REASON, "code": "TREAT"}])]))),
    "to correct": ("action", ruled(rule(action=[coded(codes.CONSENT_ACTION, "correct")]))),
    "to use": ("action", ruled(rule(action=[coded(*codes.ACCESS), coded(codes.CONSENT_ACTION, "use")]))),
    "a custodian": ("actor_role", ruled(rule(actor=[actor(JOBCENTRE, "CST")]))),
    "an author": ("actor_role", ruled(rule(actor=[actor(JOBCENTRE), actor(CLINIC, "AUT")]))),
    "a device": ("actor_kind", ruled(rule(actor=[actor(None, reference="Device/1")]))),
    "the citizen": ("actor_kind", ruled(rule(actor=[actor(None, reference="Patient/anna")]))),
    "a person": ("person_actor", ruled(rule(actor=[actor(None, reference=f"Practitioner/{NURSE}")]))),
    "all but a person": ("person_actor", ruled(rule(provision=[
        deny(actor=[actor(None, reference=f"Practitioner/{NURSE}")])]))),
    "nobody's person": ("unknown_person", ruled(deny(actor=[actor(None, reference="Practitioner/f204")]))),
    "a stranger": ("unknown_partner", ruled(rule(actor=[actor(None, reference="Organization/f001")]))),
    "a name": ("unknown_partner", ruled(rule(actor=[actor(None, display="Jobcenter Nord")]))),
    "contained nowhere": ("unknown_partner", ruled(rule(actor=[actor(None, reference="#gone")]))),
    "another's file": ("unknown_partner", ruled(rule(actor=[
        actor(None, reference=f"http://other.example/Organization/{JOBCENTRE}")]))),
    "a source unknown": ("unknown_partner", ruled(rule(data=[
        {"meaning": "authoredby", "reference": {"reference": "Organization/f001"}}]))),
    "codes in the content": ("code_filter", ruled(rule(code=[coded("http://loinc.org", "34133-9")]))),
    "one record": ("data_reference", ruled(rule(data=[
        {"meaning": "instance", "reference": {"reference": "Task/example3"}}]))),
    "all sources but one": ("all_sources_but", ruled(rule(provision=[
        deny(data=[{"meaning": "authoredby", "reference": actor(CLINIC)["reference"]}])]))),
    "no zone": ("not_valid", ruled(rule(period={"end": "2026-05-01T12:00:00"}))),
    "no beginning": ("no_start", ruled(rule(dataPeriod={"end": "2026-01-01"}))),
    "backwards": ("ends_first", ruled(rule(dataPeriod={"start": "2026-01-01", "end": "2025-01-01"}))),
    "new, of a period": ("from_now_and_period", ruled(rule(
        modifierExtension=[{"url": codes.FROM_NOW_ON, "valueBoolean": True}]))),
    "new, but not of a period": ("from_now_and_period", ruled(rule(
        dataPeriod=None, modifierExtension=[{"url": codes.FROM_NOW_ON, "valueBoolean": True}],
        provision=[deny(dataPeriod={"start": "2026-01-01"})]))),
    "undated alone": ("undated_only", ruled(rule(
        modifierExtension=[{"url": codes.INCLUDES_UNDATED, "valueBoolean": True}],
        provision=[deny(dataPeriod={"start": "2020-01-01"})]))),
    "too many": ("too_large", ruled(*[rule() for _ in range(201)])),
}  # fmt: skip


def nested(levels: int) -> Body:
    """Rules inside rules."""
    body = rule()
    for level in range(levels):
        body = (rule if level % 2 else deny)(provision=[body])
    return ruled(body)


REFUSED["too deep"] = ("too_large", nested(15))
REFUSED["deep beyond reading"] = ("not_valid", nested(480))


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_said_here_is_refused(what: str) -> None:
    """What no consent or block equals is refused with its reason, and nothing of that Consent is taken."""
    code, body = REFUSED[what]
    found = read(body)

    assert isinstance(found, set), found
    assert code in found


def test_every_reason_is_given_by_something_here() -> None:
    """Every code has a sentence in both languages, and some sample that is refused with it."""
    shown = {code for code, _ in REFUSED.values()}
    elsewhere = {"other_patient", "ambiguous_partner", "ended_here", "other_terms", "hub_refuses"}

    assert REFUSALS.keys() == shown | elsewhere
    for danish, english in REFUSALS.values():
        assert danish.endswith(".")
        assert english.endswith(".")
        assert danish != english


def test_all_reasons_are_told_at_once() -> None:
    """A Consent that is wrong in several ways is told all of them, each with its place and none with its values."""
    body = consent(status="draft", performer=[{"reference": "RelatedPerson/secret"}], provision=rule(actor=None, code=[
        coded("http://loinc.org", "secret")]))  # fmt: skip
    reading = read_consent(body, Around(), NAMES, NOW)

    assert {"status", "performer", "code_filter"} <= {one.code for one in reading.refusals}
    assert "secret" not in repr(reading.refusals)


# --------------------------------------------------------------------------------------------- what is written out


def stated(*said: tuple[str, UUID, Body]) -> State:
    """Statements of one moment."""
    return State.of(
        Statement(kind, partner, body, position, NOW)
        for position, (kind, partner, body) in enumerate(said, 1)
    )


def given(name: str, **changes: Any) -> Body:
    """A consent as the log says it."""
    terms = {"grant": str(uuid5(HERE, name)), "categories": "plan health", "purposes": "support", "sources": None,
             "window": None, "until": None, "role": "citizen"}  # fmt: skip
    return terms | changes


def test_the_export_is_valid_and_reads_back() -> None:
    """Every consent in force and every block is one valid Consent, and reads back as exactly what it was."""
    window = {
        "happened_from": at(2025, 1, 1, 12),
        "happened_to": at(2025, 12, 31, 23),
        "include_undated": True,
    }
    state = stated(
        ("grant", JOBCENTRE, given("from now on", until=at(2026, 5, 31, 22))),
        ("grant", CLINIC, given("window", window=window, sources=[str(CITIZEN_SOURCE), str(JOBCENTRE)])),
        ("grant", CLINIC, given("over", until=NOW)),
        ("grant", MUNICIPAL, given("withdrawn")),
        ("ended", MUNICIPAL, {"grants": [str(uuid5(HERE, "withdrawn"))], "withdrawn": True}),
        ("basis", MUNICIPAL, given("law", basis="x")),
        ("block", JOBCENTRE, {"block": str(uuid5(HERE, "b1")), "categories": "health", "person": None}),
        ("block", CLINIC, {"block": str(uuid5(HERE, "b2")), "categories": None, "person": str(NURSE)}),
    )
    bundle: Any = json.loads(json.dumps(export.bundle_of(state, CITIZEN, NOW, {JOBCENTRE: "Jobcenter Nord"})))
    resources = [one["resource"] for one in bundle["entry"]]

    assert [uuid5(HERE, name) for name in ("from now on", "window", "b1", "b2")] == [
        UUID(one["id"]) for one in resources
    ]
    assert [None] * 4 == [fault(one, "Consent") for one in resources]
    period = resources[0]["provision"]["provision"][0]["period"]
    assert period["end"] == "2026-05-31"
    back = [read(one) for one in resources]
    consents = [export.terms_of_grant(state.grants[uuid5(HERE, name)]) for name in ("from now on", "window")]
    blocks = [export.terms_of_block(state, uuid5(HERE, name)) for name in ("b1", "b2")]
    assert back == [*(Terms((one,), ()) for one in consents), *(Terms((), (one,)) for one in blocks)]


def test_a_spoken_consent_is_exported_as_unverified() -> None:
    """A consent that staff wrote down and the citizen has not confirmed says so, and is not taken in again."""
    state = stated(("grant", JOBCENTRE, given("spoken", role="partner")))
    bundle: Any = export.bundle_of(state, CITIZEN, NOW)

    assert read(bundle["entry"][0]["resource"]) == {"unverified"}


def test_the_own_codes_are_the_vocabulary() -> None:
    """Every category, and every purpose but the emergency, has a code of the hub's own."""
    assert {code for system, code in codes.CATEGORIES if system == codes.CATEGORY_SYSTEM} == set(Category)
    own_purposes = {code for system, code in codes.PURPOSES if system == codes.PURPOSE_SYSTEM}
    assert own_purposes == set(Purpose) - {Purpose.EMERGENCY}


# ---------------------------------------------------------------------------------------- the examples of HL7 itself

EXAMPLES = {
    "Emergency": {"actor_role", "category", "custodian", "other_patient", "untyped_root"},
    "Out": {"custodian", "other_patient", "untyped_root"},
    "basic": {"custodian", "default_permit", "other_patient", "untyped_root"},
    "grantor": {"custodian", "other_patient", "untyped_root"},
    "notAuthor": {"custodian", "default_permit", "other_patient", "untyped_root"},
    "notOrg": {"action", "custodian", "default_permit", "other_patient", "unknown_partner"},
    "notThem": {"custodian", "default_permit", "other_patient", "untyped_root"},
    "notThis": {"custodian", "default_permit", "other_patient", "untyped_root"},
    "notTime": {"custodian", "default_permit", "other_patient", "untyped_root"},
    "pkb": {"custodian", "no_type", "other_patient", "untyped_root"},
    "signature": {"actor_role", "category", "code_filter", "custodian", "default_permit", "other_patient", "performer",
                  "unknown_category", "untyped_root"},
    "smartonfhir": {"custodian", "default_permit", "other_patient", "performer", "unknown_category", "untyped_root"},
}  # fmt: skip
"""Why each is refused: none names partners of a hub, and most rest on a default that permits, or on an untyped root."""


def example(shared: Path, name: str) -> Body:
    """One of the examples that HL7 publishes with R4."""
    path = shared / "data" / "fhir-r4-examples" / f"Consent-consent-example-{name}.json"
    found: Body = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_r4_are_refused_for_what_they_are(name: str, shared: Path) -> None:
    """Each example of the specification is refused, with exactly the reasons that the table gives."""
    assert read(example(shared, name)) == EXAMPLES[name]


def test_an_example_brought_home_is_taken(shared: Path) -> None:
    """The example "not this organisation", told of a registered one without a default that permits, is a block."""
    body = example(shared, "notOrg") | {
        "patient": {"reference": "Patient/anna"},
        "policyRule": coded(HL7, "OPTOUT"),
    }
    del body["organization"]
    body["provision"]["actor"][0]["reference"] = {"reference": f"Organization/{JOBCENTRE}"}
    body["provision"]["action"] = body["provision"]["action"][:1]

    assert read(body) == Terms((), (BlockTerms(JOBCENTRE, None),))
