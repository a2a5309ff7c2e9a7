"""Statements: what an event says about who may know what."""

from typing import Any
from uuid import UUID

import pytest

from hub.aggregates import TOLD
from hub.aggregates.base import event_id
from hub.encoding import body_of, event_classes
from hub.statements import RESTRICTING, Statement, statements_of
from tests.contracts.samples import VERSION, originator, sample


def said(topic: str, **changed: Any) -> tuple[list[Statement], dict[str, Any]]:
    """The statements of a sample, and its body."""
    body = {**body_of(sample(topic, full=True))[0], **changed}
    return statements_of(topic.rsplit(".v", 1)[0], body, originator(topic), VERSION), body


def text(value: bytes) -> str:
    """An id as statements write it."""
    return str(UUID(bytes=value))


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("citizen.coordinator_assigned.v1", "task"),
        ("citizen.coordinator_released.v1", "task_ended"),
        ("citizen.contact_person_assigned.v1", "task"),
        ("citizen.contact_person_ended.v1", "task_ended"),
        ("citizen.relation_started.v1", "task"),
        ("citizen.relation_ended.v1", "task_ended"),
        ("citizen.representative_registered.v1", "representative"),
        ("citizen.representative_ended.v1", "representative_ended"),
        ("citizen.address_protected.v1", "address_protected"),
        ("citizen.address_unprotected.v1", "address_unprotected"),
        ("citizen.died.v1", "died"),
        ("consents.confirmed.v1", "confirmed"),
        ("consents.statutory_basis_registered.v1", "basis"),
        ("consents.statutory_basis_ended.v1", "basis_ended"),
        ("consents.emergency_access_opened.v1", "emergency"),
        ("consents.emergency_access_closed.v1", "emergency_ended"),
        ("consents.given.v2", "grant"),
        ("consents.narrowed.v1", "narrowed"),
        ("consents.renewed.v1", "renewed"),
        ("consents.withdrawn.v1", "ended"),
        ("consents.expired.v1", "ended"),
        ("consents.block_set.v2", "block"),
        ("consents.block_lifted.v1", "unblock"),
        ("plan.support_granted.v1", "part"),
        ("plan.support_ended.v1", "part_ended"),
        ("meeting.participant_approved_by_citizen.v1", "item"),
        ("meeting.approval_withdrawn.v1", "item_ended"),
        ("meeting.participant_removed.v1", "item_ended"),
        ("meeting.agreement_party_removed.v1", "item_ended"),
        ("meeting.cancelled.v1", "item_ended"),
        ("meeting.agreement_made.v1", "item"),
        ("handover.proposed.v1", "handover"),
        ("handover.declined.v1", "handover_ended"),
        ("handover.completed.v1", "handover_ended"),
        ("handover.withdrawn.v1", "handover_ended"),
        ("partner.registered.v1", "registered"),
        ("partner.ceiling_adopted.v1", "ceiling"),
        ("partner.legal_basis_confirmed.v1", "basis_confirmed"),
        ("partner.suspended.v1", "suspended"),
        ("partner.resumed.v1", "resumed"),
        ("event.relabelled.v1", "relabelled"),
        ("event.misfiled.v1", "misfiled"),
    ],
)
def test_an_event_says_one_kind_of_thing(topic: str, kind: str) -> None:
    """Each event that says something says this kind, about the organisation it touches."""
    statements, body = said(topic)
    touched = body.get("partner", body.get("provider", body.get("participant", body.get("to_partner"))))

    assert {kind} == {statement.kind for statement in statements}
    if touched is not None:
        assert {UUID(bytes=touched)} == {statement.partner for statement in statements}


def test_all_other_events_say_nothing() -> None:
    """Hopes, goals, contacts and the like change nobody's access; nor does an unknown event."""
    silent = {topic.rsplit(".v", 1)[0] for topic in event_classes() if not said(topic)[0]}

    told = {topic.rsplit(".v", 1)[0] for topic in TOLD} - {
        "plan.order_sent", "plan.order_ended", "citizen.item_withheld", "citizen.withholding_ended",
    }  # fmt: skip
    told |= {topic.rsplit(".v", 1)[0] for topic in event_classes() if topic.startswith("cooperation.")}

    assert told | {
        "citizen.enrolled", "citizen.hope_told", "citizen.hope_retold", "citizen.contact_recorded",
        "consents.begun", "consents.refused", "consents.disclosure_authorised", "consents.purge_confirmed",
        "plan.opened", "plan.goal_set", "plan.goal_reworded", "plan.goal_progressed", "plan.goal_reached",
        "plan.goal_let_go", "plan.support_adjusted", "plan.closed",
        "meeting.convened", "meeting.participant_invited", "meeting.held",
        "meeting.agreement_done", "meeting.agreement_delayed", "meeting.agreement_dropped",
        "handover.accepted", "handover.read", "partner.agreement_recorded", "event.disputed",
        "consents.statutory_disclosure_recorded", "consents.emergency_access_reviewed",
        "partner.credential_issued", "partner.credential_revoked",
    } == silent  # fmt: skip
    assert [] == statements_of("citizen.unheard_of", {}, UUID(int=1), 1)


def test_a_consent_says_all_its_terms() -> None:
    """What was given is what is in the statement, ids written out and times in microseconds."""
    (statement,), body = said("consents.given.v2")

    assert {
        "grant": text(body["consent"]),
        "categories": body["categories"],
        "purposes": body["purposes"],
        "sources": [text(each) for each in body["sources"]],
        "window": body["window"],
        "until": body["until"],
        "section_43": body["section_43"],
        "role": "partner",
        "representative": None,
    } == statement.body


def test_who_speaks_for_the_citizen_is_said_with_the_consent() -> None:
    """A representative's consent names the representative, and nobody else's does: a scope is held against it."""
    topic = "consents.given.v2"
    act = said(topic)[1]["act"]
    (statement,), _ = said(topic, act={**act, "role": "representative"})

    assert ("representative", text(act["person"])) == (
        statement.body["role"],
        statement.body["representative"],
    )


def test_a_withdrawal_is_told_from_an_expiry() -> None:
    """What was withdrawn makes staff wait for the citizen next time; what ran out does not."""
    assert said("consents.withdrawn.v1")[0][0].body["withdrawn"]
    assert not said("consents.expired.v1")[0][0].body["withdrawn"]


def test_a_correction_says_whose_it_is_and_what_labels_it_brings() -> None:
    """The statement names the corrected event and the correction, the words' labels, and who wrote them."""
    topic = "event.corrected.v1"
    (statement,), body = said(topic, field="text", value=None, subject=3)
    assert {
        "item": str(event_id(originator(topic), 3)),
        "correction": str(event_id(originator(topic), VERSION)),
        "field": "text",
        "labels": body["text"],
        "occurred": None,
        "by": text(body["act"]["partner"]),
    } == statement.body
    act = {**body["act"], "role": "citizen"}
    assert said(topic, field="text", value=None, act=act)[0][0].body["by"] is None


@pytest.mark.parametrize(
    ("value", "moment"), [("null", None), ('"2026-03-01T12:00:00+01:00"', 1772362800000000), (None, None)]
)
def test_a_correction_of_the_time_says_the_moment(value: str | None, moment: int | None) -> None:
    """A corrected time is in the statement in microseconds; one that nobody knows is none."""
    (statement,), _ = said("event.corrected.v1", field="occurred", text=None, value=value)
    assert moment == statement.body["occurred"]
    assert "" == statement.body["labels"]


def test_a_corrected_paragraph_brings_what_it_reveals() -> None:
    """Naming another paragraph adds its labels; one that is not in the table is unknown, and so nobody's."""
    known, _ = said("event.corrected.v1", field="paragraph", text=None, value='"§ 101"')
    unknown, _ = said("event.corrected.v1", field="paragraph", text=None, value='"§ 1"')
    other, _ = said("event.corrected.v1", field="kind", text=None, value='"§ 101"')
    assert ("plan addiction", "?", "") == tuple(s[0].body["labels"] for s in (known, unknown, other))


def test_only_the_citizen_takes_a_label_away() -> None:
    """A relabelling says what it removes when the citizen makes it, and nothing of that when anybody else does."""
    topic = "event.relabelled.v1"
    act = said(topic)[1]["act"]
    for role, removed in (("citizen", "plan"), ("representative", ""), ("partner", ""), ("hub", "")):
        (statement,), _ = said(topic, add="health", remove="plan", act={**act, "role": role})
        assert ("health", removed) == (statement.body["add"], statement.body["remove"])


def test_no_source_named_is_not_no_source() -> None:
    """All sources (null) and none (an empty list) stay apart."""
    assert said("consents.given.v2", sources=None)[0][0].body["sources"] is None
    assert [] == said("consents.given.v2", sources=[])[0][0].body["sources"]


def test_narrowing_says_the_terms_that_are_left() -> None:
    """The statement carries all terms but the window, which narrowing never touches."""
    (statement,), body = said("consents.narrowed.v1")

    assert {
        "grant": text(body["consent"]),
        "categories": body["categories"],
        "purposes": body["purposes"],
        "sources": [text(each) for each in body["sources"]],
        "until": body["until"],
    } == statement.body


def test_an_agreed_text_opens_itself_and_a_handover_nothing() -> None:
    """Authorising a text makes that very event an item of the partner's; resting a handover opens nothing here."""
    topic = "consents.disclosure_authorised.v2"
    (statement,), _ = said(topic, kind="text")

    assert ("item", str(event_id(originator(topic), VERSION)), "text") == (
        statement.kind,
        statement.body["item"],
        statement.body["how"],
    )
    assert [] == said(topic, kind="handover")[0]
    (approved,), body = said(topic, kind="agreement")
    assert ("item_approved", text(body["item"])) == (approved.kind, approved.body["item"])


def test_every_party_to_an_agreement_gets_it_once() -> None:
    """The owner and the parties each get the item, also when the owner is a party; the citizen needs none."""
    first, second = (bytes([n]) * 16 for n in (1, 2))
    for owner, parties, expected in (
        (first, [first, second], [first, second]),
        (first, [second], [first, second]),
        (None, [second], [second]),
        (None, [], []),
    ):
        statements, _ = said("meeting.agreement_made.v1", owner=owner, parties=parties)
        assert expected == [s.partner.bytes for s in statements if s.partner]


def test_each_approved_organisation_gets_its_own_invitation() -> None:
    """Items and organisations go pairwise, and all learn of the same list."""
    statements, body = said("meeting.participant_approved_by_citizen.v1")
    pairs = [(s.partner.bytes, s.body["item"]) for s in statements if s.partner]

    assert [(p, text(i)) for p, i in zip(body["invited"], body["items"], strict=True)] == pairs
    assert all([text(each) for each in body["knows"]] == s.body["knows"] for s in statements)


def test_a_cancelled_meeting_is_final_and_a_withdrawn_approval_is_not() -> None:
    """What the citizen took back can be approved again; what was cancelled cannot."""
    assert {True} == {s.body["final"] for s in said("meeting.cancelled.v1")[0]}
    assert {False} == {s.body["final"] for s in said("meeting.approval_withdrawn.v1")[0]}


def test_a_unit_has_a_task_without_a_person() -> None:
    """A task names its person, or nobody; its role is the kind of assignment."""
    roles = {}
    for role, topic in (
        ("coordinator", "citizen.coordinator_assigned.v1"),
        ("contact_person", "citizen.contact_person_assigned.v1"),
        ("relation", "citizen.relation_started.v1"),
    ):
        (statement,), body = said(topic)
        assert text(body["person"]) == statement.body["person"]
        roles[role] = statement.body["role"]

    assert all(name == role for name, role in roles.items())
    assert said("citizen.relation_started.v1", person=None)[0][0].body["person"] is None


def test_a_partners_own_events_are_about_itself() -> None:
    """The organisation is the aggregate, whoever recorded it."""
    for topic in (
        "partner.registered.v1",
        "partner.ceiling_adopted.v1",
        "partner.suspended.v1",
        "partner.resumed.v1",
    ):
        (statement,), _ = said(topic)
        assert originator(topic) == statement.partner


def test_whatever_ends_something_restricts() -> None:
    """Every kind that can take a row away is marked so, and what only opens is not."""
    kinds = {s.kind for topic in event_classes() for s in said(topic)[0]}

    assert RESTRICTING <= kinds
    assert {
        "grant", "confirmed", "renewed", "unblock", "basis", "basis_confirmed", "emergency", "task", "part",
        "handover", "item", "item_approved", "registered", "resumed", "address_unprotected",
        "representative", "representative_ended", "withheld", "shown_again",
    } == (kinds | {"item", "item_approved"}) - RESTRICTING  # fmt: skip
    assert all(Statement(kind, None, {}).restricts for kind in RESTRICTING)
