"""Who stands in a FHIR document: the citizen, the organisations, those who work there, and who has a task now."""

from typing import Final

from hub.application.exporting import History
from hub.interop.fhir_consent_codes import CVR, SOR
from hub.interop.fhir_document_parts import Place, identifier
from hub.interop.fhir_values import CPR_SYSTEM, ECPR_SYSTEM, day_of
from hub.interop.history import Document
from hub.texts import ROLES, SECTORS

REGISTERED: Final = "partner.registered.v1"


def patient(document: Document) -> Document:
    """The citizen. An address that is protected is not in the document, so it is not here."""
    citizen, identifiers = document["citizen"], [identifier(document["citizen"]["id"])]
    who = citizen["identity"] or {}
    if cpr := who.get("cpr"):
        identifiers.append({"system": CPR_SYSTEM if cpr.isdigit() else ECPR_SYSTEM, "value": cpr})
    born = day_of(who.get("born"))
    died = next((e for e in document["events"] if e["schema"].startswith("citizen.died.")), None)
    return {
        "resourceType": "Patient",
        "id": citizen["id"],
        "identifier": identifiers,
        **({"name": [{"text": who["name"]}]} if who.get("name") else {}),
        **({"birthDate": born.isoformat()} if born else {}),
        **({"address": [{"text": who["address"]}]} if who.get("address") else {}),
        **_died(died),
    }


def _died(event: Document | None) -> Document:
    if event is None:
        return {}
    return (
        {"deceasedDateTime": event["fields"]["day"]}
        if event["fields"].get("day")
        else {"deceasedBoolean": True}
    )


def organisations(document: Document) -> list[Document]:
    """The organisations that the history names."""
    registered = {e["stream"]: e["fields"] for e in document["events"] if e["schema"] == REGISTERED}
    found = []
    for one in document["organisations"]:
        numbers = registered.get(one["id"], {})
        ids = [identifier(one["id"])]
        ids += [
            {"system": system, "value": numbers[name]}
            for system, name in ((CVR, "cvr"), (SOR, "sor"))
            if numbers.get(name)
        ]
        found.append(
            {
                "resourceType": "Organization",
                "id": one["id"],
                "identifier": ids,
                "type": [{"text": SECTORS[one["sector"]][0] if one["sector"] in SECTORS else one["sector"]}],
                "name": one["name"],
            }
        )
    return found


def persons(document: Document, place: Place) -> list[Document]:
    """Those who work at an organisation, each with their function there, and those who act for the citizen."""
    found: list[Document] = []
    for one in document["persons"]:
        same: Document = {
            "id": one["id"],
            "identifier": [identifier(one["id"])],
            **({"name": [{"text": one["name"]}]} if one["name"].strip() else {}),
        }
        function = [{"text": one["function"]}] if one["function"].strip() else []
        if one["organisation"] is None:
            relation = {"relationship": function} if function else {}
            found.append({"resourceType": "RelatedPerson", **same, "patient": place.patient(), **relation})
            continue
        found.append({"resourceType": "Practitioner", **same})
        role = place.role(one["id"])
        place.made.add(role)
        found.append(
            {
                "resourceType": "PractitionerRole",
                "id": role,
                "practitioner": place.reference(one["id"]),
                "organization": place.reference(one["organisation"]),
                **({"code": function} if function else {}),
            }
        )
    return found


def care_team(history: History, place: Place) -> Document:
    """Who has a task with the citizen now."""
    participants = []
    for identity, task in sorted(history.state.tasks.items()):
        if str(identity) not in place.spoken:  # what is withheld is spoken of nowhere
            continue
        partner, person = str(task.partner), None if task.person is None else str(task.person)
        if person is not None and person in place.made:
            member: Document = {"member": place.reference(person)}
            if place.persons[person]["organisation"] is not None:
                member["onBehalfOf"] = place.reference(partner)
        else:
            member = {"member": place.reference(partner)}
        role = ROLES[task.role][0] if task.role in ROLES else task.role
        participants.append({"role": [{"text": role}], **member})
    team = place.own("care team")
    place.made.add(team)
    return {
        "resourceType": "CareTeam",
        "id": team,
        "status": "active" if participants else "inactive",
        "name": "De, der har en opgave hos borgeren nu",
        "subject": place.patient(),
        **({"participant": participants} if participants else {}),
    }
