"""The access log as FHIR AuditEvents (R4), one for each entry, by IHE's Basic Audit Log Patterns.

A look at one thing is a PatientRead, a list a PatientQuery; a refusal is the same with its outcome. What the hub does
not hold is not there: no address of anybody's machine. Employees are named only to those who may have their names.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from hub.application.reading import Look
from hub.interop.fhir_consent_codes import ACT_REASON, BASE, PARTICIPATION, PURPOSE_SYSTEM, URI
from hub.texts import PURPOSES, SURFACES

BALP: Final = "https://profiles.ihe.net/ITI/BALP"
READ: Final = f"{BALP}/StructureDefinition/IHE.BasicAudit.PatientRead"
QUERY: Final = f"{BALP}/StructureDefinition/IHE.BasicAudit.PatientQuery"
REQUEST_ID: Final = f"{BALP}/CodeSystem/BasicAuditEntityType"
REASON_SYSTEM: Final = f"{BASE}/CodeSystem/refusal"
SURFACE_SYSTEM: Final = f"{BASE}/CodeSystem/surface"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_ENTITY: Final = f"{_TERMS}/audit-entity-type"
_ROLE: Final = f"{_TERMS}/object-role"
_INTERACTION: Final = "http://hl7.org/fhir/restful-interaction"
LISTS: Final = frozenset(
    {"timeline", "overview", "due", "inbox", "meetings", "team", "search", "feed", "topic"}
)
"""Where somebody asked for whatever there is; elsewhere it was for one thing."""
REASON_OF: Final[Mapping[str, tuple[str, str]]] = {
    "treatment": ("TREAT", "treatment"),
    "coordination": ("COC", "coordination of care"),
    "emergency": ("ETREAT", "Emergency Treatment"),
    "support": ("CAREMGT", "care management"),
}
"""Purposes that FHIR has a word for; every purpose has the hub's own besides."""

Body = dict[str, Any]


def audit_bundle(
    citizen: UUID,
    looks: Sequence[Look],
    partners: Mapping[UUID, str],
    persons: Mapping[UUID, str],
    now: datetime,
) -> Body:
    """The citizen's access log, oldest first; `persons` are those who may be named."""
    events = [audit_event(citizen, look, partners, persons) for look in looks]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{event['id']}", "resource": event} for event in events],
    }


def audit_event(citizen: UUID, look: Look, partners: Mapping[UUID, str], persons: Mapping[UUID, str]) -> Body:
    """One entry; the same entry has the same id in every export."""
    listed = look.surface in LISTS
    identity = str(uuid5(citizen, f"access {look.id}"))
    hub, client = ("110152", "110153") if listed else ("110153", "110152")
    what = _data(look, listed=listed)
    event: Body = {
        "resourceType": "AuditEvent",
        "id": identity,
        "meta": {"profile": [QUERY if listed else READ]},
        "type": _code(f"{_TERMS}/audit-event-type", "rest", "Restful Operation"),
        "subtype": [_code(_INTERACTION, *(("search", "search") if listed else ("read", "read")))],
        "action": "E" if listed else "R",
        "recorded": _instant(look.at),
        "outcome": "0" if look.permitted else "8",
        "agent": [
            _machine(client, "Brugerens skærm eller system"),
            _machine(hub, "Koordineringshub"),
            _user(citizen, look, partners, persons),
            *_on_behalf(look, partners),
        ],
        "source": {
            "site": "Koordineringshub",
            "observer": {"display": "Koordineringshub"},
            "type": [_code(f"{_TERMS}/security-source-type", "4", "Application Server")],
        },
        "entity": [
            what,
            {
                "what": {"reference": f"Patient/{citizen}"},
                "type": _code(_ENTITY, "1", "Person"),
                "role": _code(_ROLE, "1", "Patient"),
            },
            {
                "what": {"identifier": {"value": identity}},
                "type": {"system": REQUEST_ID, "code": "XrequestId"},
            },
        ],
    }
    if not look.permitted:
        event["outcomeDesc"] = "Afvist / refused"
    if purposes := _purposes(look):
        event["purposeOfEvent"] = purposes
    return event


def _code(system: str, code: str, display: str) -> Body:
    return {"system": system, "code": code, "display": display}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _machine(role: str, name: str) -> Body:
    display = "Destination Role ID" if role == "110152" else "Source Role ID"
    return {
        "type": {"coding": [_code(_DICOM, role, display)]},
        "who": {"display": name},
        "requestor": False,
    }


def _user(citizen: UUID, look: Look, partners: Mapping[UUID, str], persons: Mapping[UUID, str]) -> Body:
    """Who read: a name where it may be told, otherwise the function and the organisation."""
    agent: Body = {
        "type": {"coding": [_code(PARTICIPATION, "IRCP", "information recipient")]},
        "who": {"display": _name(look, partners, persons)},
        "requestor": True,
    }
    if look.role == "citizen":
        agent["who"]["reference"] = f"Patient/{citizen}"
    elif look.person in persons:
        agent["who"]["identifier"] = {"system": URI, "value": f"urn:uuid:{look.person}"}
    if look.function:
        agent["role"] = [{"text": look.function}]
    if purposes := _purposes(look):
        agent["purposeOfUse"] = purposes
    return agent


def _name(look: Look, partners: Mapping[UUID, str], persons: Mapping[UUID, str]) -> str:
    if look.role == "citizen":
        return "Borgeren selv"
    place = partners.get(look.partner) if look.partner is not None else None
    parts = (persons.get(look.person) if look.person is not None else None, look.function, place)
    return ", ".join(part for part in parts if part) or look.role


def _on_behalf(look: Look, partners: Mapping[UUID, str]) -> list[Body]:
    """The organisation on whose behalf somebody read."""
    if look.partner is None:
        return []
    who: Body = {"identifier": {"system": URI, "value": f"urn:uuid:{look.partner}"}}
    if name := partners.get(look.partner):
        who["display"] = name
    kind = _code(f"{_TERMS}/v3-RoleClass", "PROV", "healthcare provider")
    return [{"type": {"coding": [kind]}, "who": who, "requestor": False}]


def _purposes(look: Look) -> list[Body]:
    if look.role == "citizen":
        return [{"coding": [_code(ACT_REASON, "PATRQT", "patient requested")]}]
    if look.purpose is None:
        return []
    if look.purpose not in PURPOSES:
        return [{"text": "ukendt / unknown"}]
    coding = [_code(PURPOSE_SYSTEM, look.purpose, PURPOSES[look.purpose][0])]
    if known := REASON_OF.get(look.purpose):
        coding.append(_code(ACT_REASON, *known))
    return [{"coding": coding}]


def _data(look: Look, *, listed: bool) -> Body:
    """What was asked for, with what an auditor needs to replay it: where it was decided, and on what it rests."""
    detail = [
        ("position", str(look.position)),
        ("events", str(look.events)),
        *(("grant", str(grant)) for grant in look.grants),
        *(("reason", reason) for reason in look.reasons),
    ]
    found: Body = {
        "type": _code(_ENTITY, "2", "System Object"),
        "role": _code(_ROLE, "24", "Query") if listed else _code(_ROLE, "4", "Domain Resource"),
        "detail": [{"type": kind, "valueString": value} for kind, value in detail],
    }
    name = SURFACES[look.surface][0] if look.surface in SURFACES else look.surface
    if listed:
        asked = f"surface={look.surface}&purpose={look.purpose or ''}"
        found |= {"description": name, "query": b64encode(asked.encode()).decode()}
    else:
        found["what"] = {
            "identifier": {"system": SURFACE_SYSTEM, "value": look.surface},
            "display": name,
        }
    return found
