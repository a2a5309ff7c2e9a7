"""Statements: what events say about who may know what, in the form that `disclosure.decide` reads.

They are written to a table in the transaction of the event that makes them, so that a withdrawal that was answered
is in force for the next read. `statements_of` is a pure function of an event's body: the table equals its fold.

| kind | says | body |
|---|---|---|
| grant | a consent begins | grant, categories, purposes, sources, window, until |
| narrowed | its terms are now these | grant, categories, purposes, sources, until |
| renewed | it ends later | grant, until |
| ended | it has ended | grants |
| block / unblock | not this to them | block, categories (null: everything) |
| task / task_ended | a person or unit has a task | task, person, purpose, role |
| part / part_ended | a provider has a part in the plan | part |
| handover / handover_ended | the receiver sees the proposal while it is open | handover, item, knows |
| item / item_ended | exactly one item is theirs to see | item, how, knows (ended: item, final) |
| died | every consent has ended | |
| registered | an organisation of one sector | sector, purposes, reveals, public |
| ceiling | what it can ever receive | categories |
| suspended / resumed | nothing at all, for a while | |
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.aggregates.base import event_id
from hub.schemas import Body

RESTRICTING: Final = frozenset(
    {
        "narrowed",
        "ended",
        "block",
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
        },
    )


def _narrowed(body: Body, _originator: UUID, _version: int) -> Made:
    terms = {name: body[name] for name in ("categories", "purposes", "until")}
    terms["sources"] = _ids(body["sources"])
    yield Statement("narrowed", _partner(body), {"grant": _id(body["consent"]), **terms})


def _renewed(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("renewed", _partner(body), {"grant": _id(body["consent"]), "until": body["until"]})


def _ended(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("ended", _partner(body), {"grants": _ids(body["consents"])})


def _block(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("block", _partner(body), {"block": _id(body["block"]), "categories": body["categories"]})


def _unblock(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("unblock", _partner(body), {"block": _id(body["block"])})


def _authorised(body: Body, originator: UUID, version: int) -> Made:
    if body["kind"] == "text":
        item = str(event_id(originator, version))
        yield Statement("item", _partner(body), {"item": item, "how": "text", "knows": []})


def _task(role: str) -> Any:
    def make(body: Body, _originator: UUID, _version: int) -> Made:
        yield Statement(
            "task",
            _partner(body),
            {
                "task": _id(body["task"]),
                "person": body["person"] and _id(body["person"]),
                "purpose": body["purpose"],
                "role": role,
            },
        )

    return make


def _task_ended(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("task_ended", _partner(body), {"task": _id(body["task"])})


def _part(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("part", _partner(body, "provider"), {"part": _id(body["support"])})


def _part_ended(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("part_ended", _partner(body, "provider"), {"part": _id(body["support"])})


def _approved(body: Body, _originator: UUID, _version: int) -> Made:
    for partner, item in zip(body["invited"], body["items"], strict=True):
        yield Statement(
            "item",
            UUID(bytes=partner),
            {"item": _id(item), "how": "invitation", "knows": _ids(body["knows"])},
        )


def _approval_withdrawn(body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("item_ended", _partner(body, "participant"), {"item": _id(body["item"]), "final": False})


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


def _died(_body: Body, _originator: UUID, _version: int) -> Made:
    yield Statement("died", None, {})


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


def _suspended(_body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("suspended", originator, {})


def _resumed(_body: Body, originator: UUID, _version: int) -> Made:
    yield Statement("resumed", originator, {})


_MAKERS: Final[dict[str, Any]] = {
    "citizen.coordinator_assigned": _task("coordinator"),
    "citizen.coordinator_released": _task_ended,
    "citizen.contact_person_assigned": _task("contact_person"),
    "citizen.contact_person_ended": _task_ended,
    "citizen.relation_started": _task("relation"),
    "citizen.relation_ended": _task_ended,
    "citizen.died": _died,
    "consents.given": _given,
    "consents.narrowed": _narrowed,
    "consents.renewed": _renewed,
    "consents.withdrawn": _ended,
    "consents.expired": _ended,
    "consents.block_set": _block,
    "consents.block_lifted": _unblock,
    "consents.disclosure_authorised": _authorised,
    "plan.support_granted": _part,
    "plan.support_ended": _part_ended,
    "meeting.participant_approved_by_citizen": _approved,
    "meeting.approval_withdrawn": _approval_withdrawn,
    "meeting.cancelled": _cancelled,
    "meeting.agreement_made": _agreement,
    "handover.proposed": _proposed,
    "handover.declined": _handover_ended,
    "handover.completed": _handover_ended,
    "handover.withdrawn": _handover_ended,
    "partner.registered": _registered,
    "partner.ceiling_adopted": _ceiling,
    "partner.suspended": _suspended,
    "partner.resumed": _resumed,
}
