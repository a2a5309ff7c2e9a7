"""Statements: what events say about who may know what, in the form that `disclosure.decide` reads.

They are written to a table in the transaction of the event that makes them, so that a withdrawal that was answered
is in force for the next read. `statements_of` is a pure function of an event's body: the table equals its fold.

| kind | says | body |
|---|---|---|
| grant | a consent begins | grant, categories, purposes, sources, window, until, section_43, role, representative |
| confirmed | a spoken consent is the citizen's own | grant, role, representative |
| narrowed | its terms are now these | grant, categories, purposes, sources, until |
| renewed | it ends later | grant, until |
| ended | it has ended | grants, withdrawn |
| basis / basis_ended | a basis in law is used | grant, basis, categories, purposes, sources, window, until |
| block / unblock | not this to them | block, categories (null: everything), person (null: all of them) |
| emergency / emergency_ended | a person reads in an emergency | access, person, until |
| representative / representative_ended | somebody acts for the citizen | representative, person, scope |
| address_protected / address_unprotected | the address stays in public bodies | |
| corrected | a field (or the time, `occurred`) is another | item, correction, field, labels, occurred, by |
| relabelled | labels come to a field (null: the existence), or go | item, field, add, remove |
| misfiled | written on the wrong person: its words are gone | item |
| task / task_ended | a person or unit has a task | task, person, purpose, role |
| part / part_ended | a provider has a part in the plan | part |
| handover / handover_ended | the receiver sees the proposal while it is open | handover, item, knows |
| item / item_ended | exactly one item is theirs to see | item, how, knows (ended: item, final) |
| item_approved | an agreement's text is approved for a party | item |
| withheld / shown_again | the citizen is not shown an item for a time | withholding, item, until |
| died | every consent has ended | |
| registered | an organisation of one sector | sector, purposes, reveals, public |
| ceiling | what it can ever receive | categories |
| basis_confirmed | its lawyer has confirmed a row of the table of legal bases | basis |
| suspended / resumed | nothing at all, for a while | |
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.aggregates.base import event_id
from hub.clock import to_microseconds
from hub.schemas import Body
from hub.vocabulary import PARAGRAPHS, Role

OCCURRED: Final = "occurred"
"""The field that a correction names when it is about the time: no event has a field of that name."""

RESTRICTING: Final = frozenset(
    {
        "narrowed",
        "ended",
        "basis_ended",
        "block",
        "emergency_ended",
        "address_protected",
        "corrected",
        "relabelled",
        "misfiled",
        "task_ended",
        "part_ended",
        "handover_ended",
        "item_ended",
        "died",
        "ceiling",
        "suspended",
    },
)
"""Kinds that can take a row away: a row decided before one that touches its partner is not served."""


class Statement(NamedTuple):
    """One statement. `partner` is the one it touches; None touches all. Times are microseconds since 1970 UTC."""

    kind: str
    partner: UUID | None
    body: dict[str, Any]
    position: int = 0
    recorded_at: int = 0
    citizen: UUID | None = None

    @property
    def restricts(self) -> bool:
        """Whether it can take something away."""
        return self.kind in RESTRICTING


def statements_of(event: str, body: Body, originator: UUID, version: int) -> list[Statement]:
    """The statements that one event makes, in order; most events make none."""
    maker = _MAKERS.get(event)
    return [] if maker is None else list(maker(body, originator, version))


Made = Iterator[Statement]


def _id(value: bytes) -> str:
    return str(UUID(bytes=value))


def _ids(values: list[bytes] | None) -> list[str] | None:
    return None if values is None else [_id(value) for value in values]


def _partner(body: Body, field: str = "partner") -> UUID:
    return UUID(bytes=body[field])


def _given(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement(
        "grant",
        _partner(body),
        {
            "grant": _id(body["consent"]),
            "categories": body["categories"],
            "purposes": body["purposes"],
            "sources": _ids(body["sources"]),
            "window": body["window"],
            "until": body["until"],
            "section_43": body.get("section_43", False),
            **_by(body),
        },
    )


def _by(body: Body) -> dict[str, Any]:
    """Who said it: its role, and which representative."""
    act = body["act"]
    person = act["person"] if act["role"] == Role.REPRESENTATIVE else None
    return {"role": act["role"], "representative": person and _id(person)}


def _confirmed(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("confirmed", _partner(body), {"grant": _id(body["consent"]), **_by(body)})


def _narrowed(body: Body, _originator: UUID, _version: int) -> Made:
    terms = {name: body[name] for name in ("categories", "purposes", "until")}
    terms["sources"] = _ids(body["sources"])
    yield Statement("narrowed", _partner(body), {"grant": _id(body["consent"]), **terms})


def _renewed(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("renewed", _partner(body), {"grant": _id(body["consent"]), "until": body["until"]})


def _withdrawn(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("ended", _partner(body), {"grants": _ids(body["consents"]), "withdrawn": True})


def _expired(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("ended", _partner(body), {"grants": _ids(body["consents"]), "withdrawn": False})


def _over(kind: str, field: str, name: str) -> Any:
    def make(body: Body, _originator: UUID, _version: int) -> Made:
        yield Statement(kind, _partner(body), {name: _id(body[field])})

    return make


def _basis(body: Body, _originator: UUID, _version: int) -> Made:
    terms = {name: body[name] for name in ("basis", "categories", "purposes", "window", "until")}
    terms["sources"] = _ids(body["sources"])
    yield Statement("basis", _partner(body), {"grant": _id(body["registration"]), **terms})


def _emergency(body: Body, _originator: UUID, _version: int) -> Made:
    terms = {"access": _id(body["access"]), "person": _id(body["person"]), "until": body["until"]}
    yield Statement("emergency", _partner(body), terms)


def _block(body: Body, _originator: UUID, _version: int) -> Made:
    person = body.get("person")
    terms = {"block": _id(body["block"]), "categories": body["categories"], "person": person and _id(person)}
    yield Statement("block", _partner(body), terms)


def _authorised(body: Body, originator: UUID, version: int) -> Made:
    if body["kind"] == "text":
        item = str(event_id(originator, version))
        yield Statement("item", _partner(body), {"item": item, "how": "text", "knows": []})
    elif body["kind"] == "agreement" and body.get("item") is not None:
        yield Statement("item_approved", _partner(body), {"item": _id(body["item"])})


def _withheld(body: Body, _originator: UUID, _version: int) -> Made:
    terms = {"withholding": _id(body["withholding"]), "item": _id(body["about"]), "until": body["until"]}
    yield Statement("withheld", None, terms)


def _shown_again(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("shown_again", None, {"withholding": _id(body["withholding"])})


def _task(role: str) -> Any:
    def make(body: Body, _originator: UUID, _version: int) -> Made:
        person = body["person"] and _id(body["person"])
        terms = {"task": _id(body["task"]), "person": person, "purpose": body["purpose"], "role": role}
        yield Statement("task", _partner(body), terms)

    return make


def _part(kind: str) -> Any:
    def make(body: Body, _originator: UUID, _version: int) -> Made:
        part = body["support"] if "support" in body else body["order"]
        yield Statement(kind, _partner(body, "provider"), {"part": _id(part)})

    return make


def _approved(body: Body, _originator: UUID, _version: int) -> Made:
    for partner, item in zip(body["invited"], body["items"], strict=True):
        yield Statement(
            "item",
            UUID(bytes=partner),
            {"item": _id(item), "how": "invitation", "knows": _ids(body["knows"])},
        )


def _approval_withdrawn(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("item_ended", _partner(body, "participant"), {"item": _id(body["item"]), "final": False})


def _participant_removed(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("item_ended", _partner(body, "participant"), {"item": _id(body["item"]), "final": True})


def _party_removed(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("item_ended", _partner(body), {"item": _id(body["item"]), "final": True})


def _cancelled(body: Body, _originator: UUID, _version: int) -> Made:
    for partner, item in zip(body["invited"], body["items"], strict=True):
        yield Statement("item_ended", UUID(bytes=partner), {"item": _id(item), "final": True})


def _agreement(body: Body, originator: UUID, version: int) -> Made:
    item = str(event_id(originator, version))
    parties = set(body["parties"]) | ({body["owner"]} if body["owner"] else set())
    for partner in sorted(parties):
        yield Statement(
            "item",
            UUID(bytes=partner),
            {"item": item, "how": "agreement", "knows": _ids(body["knows"])},
        )


def _proposed(body: Body, originator: UUID, version: int) -> Made:
    yield Statement(
        "handover",
        _partner(body, "to_partner"),
        {
            "handover": str(originator),
            "item": str(event_id(originator, version)),
            "knows": _ids(body["knows"]),
        },
    )


def _handover_ended(body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("handover_ended", _partner(body, "to_partner"), {"handover": str(originator)})


def _represented(kind: str) -> Any:
    def make(body: Body, _originator: UUID, _version: int) -> Made:
        terms = {"representative": _id(body["representative"]), "person": _id(body["person"])}
        yield Statement(kind, None, {**terms, "scope": body.get("scope", "")})

    return make


def _plainly(kind: str) -> Any:
    def make(_body: Body, _originator: UUID, _version: int) -> Made:
        yield Statement(kind, None, {})

    return make


def _corrected(body: Body, originator: UUID, version: int) -> Made:
    act, moved = body["act"], body["field"] == OCCURRED
    yield Statement(
        "corrected",
        None,
        {
            "item": str(event_id(originator, body["subject"])),
            "correction": str(event_id(originator, version)),
            "field": body["field"],
            "labels": body["text"] or _reveals(body),
            "occurred": _moment(body["value"]) if moved else None,
            "by": _id(act["partner"]) if act["role"] == Role.PARTNER else None,
        },
    )


def _reveals(body: Body) -> str:
    """The labels that a corrected value brings: those of a paragraph (one that is not in the table: unknown)."""
    if body["field"] != "paragraph" or body["value"] is None:
        return ""
    return PARAGRAPHS.get(str(json.loads(body["value"])), "?")


def _moment(value: str | None) -> int | None:
    """A corrected time as its event writes it: JSON of an ISO moment, or of nothing where it is not known."""
    written = None if value is None else json.loads(value)
    return None if written is None else to_microseconds(datetime.fromisoformat(written))


def _relabelled(body: Body, originator: UUID, _version: int) -> Made:
    terms = {"field": body["field"], "add": body["add"], "remove": body["remove"]}
    if body["act"]["role"] != Role.CITIZEN:
        terms["remove"] = ""  # the citizen alone removes a label
    yield Statement("relabelled", None, {"item": str(event_id(originator, body["subject"])), **terms})


def _misfiled(body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("misfiled", None, {"item": str(event_id(originator, body["subject"]))})


def _registered(body: Body, originator: UUID, _version: int) -> Made:
    yield Statement(
        "registered",
        originator,
        {
            "sector": body["sector"],
            "purposes": body["purposes"],
            "reveals": body["reveals"],
            "public": body["public_body"],
        },
    )


def _ceiling(body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("ceiling", originator, {"categories": body["categories"]})


def _basis_confirmed(body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("basis_confirmed", originator, {"basis": body["basis"]})


def _suspended(_body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("suspended", originator, {})


def _resumed(_body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("resumed", originator, {})


_MAKERS: Final[dict[str, Any]] = {
    "citizen.coordinator_assigned": _task("coordinator"),
    "citizen.coordinator_released": _over("task_ended", "task", "task"),
    "citizen.contact_person_assigned": _task("contact_person"),
    "citizen.contact_person_ended": _over("task_ended", "task", "task"),
    "citizen.relation_started": _task("relation"),
    "citizen.relation_ended": _over("task_ended", "task", "task"),
    "citizen.representative_registered": _represented("representative"),
    "citizen.representative_ended": _represented("representative_ended"),
    "citizen.address_protected": _plainly("address_protected"),
    "citizen.address_unprotected": _plainly("address_unprotected"),
    "citizen.died": _plainly("died"),
    "consents.given": _given,
    "consents.confirmed": _confirmed,
    "consents.narrowed": _narrowed,
    "consents.renewed": _renewed,
    "consents.withdrawn": _withdrawn,
    "consents.expired": _expired,
    "consents.statutory_basis_registered": _basis,
    "consents.statutory_basis_ended": _over("basis_ended", "registration", "grant"),
    "consents.emergency_access_opened": _emergency,
    "consents.emergency_access_closed": _over("emergency_ended", "access", "access"),
    "consents.block_set": _block,
    "consents.block_lifted": _over("unblock", "block", "block"),
    "consents.disclosure_authorised": _authorised,
    "citizen.item_withheld": _withheld,
    "citizen.withholding_ended": _shown_again,
    "plan.support_granted": _part("part"),
    "plan.support_ended": _part("part_ended"),
    "plan.order_sent": _part("part"),
    "plan.order_ended": _part("part_ended"),
    "meeting.participant_approved_by_citizen": _approved,
    "meeting.approval_withdrawn": _approval_withdrawn,
    "meeting.participant_removed": _participant_removed,
    "meeting.cancelled": _cancelled,
    "meeting.agreement_made": _agreement,
    "meeting.agreement_party_removed": _party_removed,
    "handover.proposed": _proposed,
    "handover.declined": _handover_ended,
    "handover.completed": _handover_ended,
    "handover.withdrawn": _handover_ended,
    "partner.registered": _registered,
    "partner.ceiling_adopted": _ceiling,
    "partner.legal_basis_confirmed": _basis_confirmed,
    "partner.suspended": _suspended,
    "partner.resumed": _resumed,
    "event.corrected": _corrected,
    "event.relabelled": _relabelled,
    "event.misfiled": _misfiled,
}
