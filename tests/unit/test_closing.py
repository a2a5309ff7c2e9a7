"""The end of the cooperation: what each aggregate does when it closes, and what it refuses."""

import pytest

from hub.aggregates import TOLD, Citizen, Consents, Handover, Meeting, Plan
from hub.aggregates.ending import end_handover, end_meeting, end_people, end_plan, is_the_authoritys
from hub.errors import NotFound, NotPermitted, WrongStatus
from tests.acting import (
    AT,
    AUTHORITY,
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_hub,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)

ANNE, BENT = uid(21), uid(22)
CLOSED, REOPENED = TOLD["citizen.closed.v1"], TOLD["citizen.reopened.v1"]


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    enrolled = Citizen.enrol(CITIZEN, at_partner())
    enrolled.collect_events()
    return enrolled


@pytest.fixture
def meeting() -> Meeting:
    """A meeting that lies ahead, with somebody invited and approved."""
    made = Meeting.convene(
        uid(51), CITIZEN, at_partner(PROVIDER), kind="network", starts=AT, purpose=words("meetings")
    )
    made.invite(JOBCENTRE, (), at_partner(PROVIDER), purpose=words("meetings"))
    made.approve((JOBCENTRE,), (), as_citizen())
    made.collect_events()
    return made


def kinds(aggregate: Citizen | Consents | Handover | Meeting | Plan) -> list[str]:
    """What was recorded, in order."""
    return [type(event).__name__ for event in aggregate.collect_events()]


def test_nobody_is_left_when_it_closes(citizen: Citizen) -> None:
    """While somebody has a task, or acts for the citizen, closing is refused; afterwards the way back stands in it."""
    citizen.start_relation(uid(41), PROVIDER, ANNE, "support", at_partner())
    citizen.register_representative(uid(42), BENT, frozenset({"wishes"}), at_partner())
    with refuses(WrongStatus, citizen, "end each first"):
        citizen.tell(CLOSED, at_partner())
    citizen.end_relation(PROVIDER, ANNE, at_partner())
    with refuses(WrongStatus, citizen, "end each first"):
        citizen.tell(CLOSED, at_partner())
    citizen.end_representative(BENT, at_partner())
    citizen.collect_events()
    citizen.tell(CLOSED, at_partner(), way_back=words("contact"))
    assert words("contact") == only(citizen).way_back


def test_it_is_closed_by_staff_alone(citizen: Citizen) -> None:
    """Neither the citizen, nor a representative, nor the hub closes it."""
    for act in (as_citizen(), as_representative(), as_hub()):
        with refuses(NotPermitted, citizen):
            citizen.tell(CLOSED, act)


def test_when_it_is_closed_only_coming_back_is_recorded(citizen: Citizen) -> None:
    """A hope, a contact and another closing are refused with the way to reopen; a reopened one takes them again."""
    with refuses(WrongStatus, citizen, "nothing to reopen"):
        citizen.tell(REOPENED, as_citizen())
    citizen.tell(CLOSED, at_partner())
    for again in (
        lambda: citizen.tell_hope(uid(31), words(), as_citizen()),
        lambda: citizen.record_contact(at_partner()),
        lambda: citizen.start_relation(uid(43), PROVIDER, ANNE, "support", at_partner()),
        lambda: citizen.tell(CLOSED, at_partner()),
    ):
        with refuses(WrongStatus, citizen, "hub citizen reopen"):
            again()
    citizen.tell(REOPENED, as_citizen(), words=words())
    citizen.tell_hope(uid(31), words(), as_citizen())
    assert ["Reopened", "HopeTold"] == kinds(citizen)


def test_the_coordinators_task_is_the_last_to_end(citizen: Citizen) -> None:
    """Everybody's task ends by its own event, and so does the representation."""
    citizen.assign_coordinator(uid(41), PROVIDER, ANNE, "coordination", at_partner())
    citizen.assign_contact_person(uid(42), PROVIDER, ANNE, "support", at_partner())
    citizen.start_relation(uid(43), JOBCENTRE, None, "employment", at_partner())
    citizen.register_representative(uid(44), BENT, frozenset({"wishes"}), at_partner())
    citizen.collect_events()
    end_people(citizen, at_partner())
    assert ["RelationEnded", "ContactPersonEnded", "CoordinatorReleased", "RepresentativeEnded"] == kinds(
        citizen
    )
    assert not citizen.tasks


def test_everything_that_lets_somebody_know_ends_with_its_reason() -> None:
    """Consents, agreed texts, bases and emergency accesses end because it is closed; blocks stay; twice is once."""
    book = Consents.begin(CITIZEN, at_partner())
    terms = {"categories": frozenset({"plan"}), "purposes": frozenset({"support"})}
    book.give(uid(61), PROVIDER, as_citizen(), **terms)  # type: ignore[arg-type]
    book.give(uid(62), JOBCENTRE, as_citizen(), **terms)  # type: ignore[arg-type]
    book.set_block(uid(63), JOBCENTRE, as_citizen())
    book.authorise_text(JOBCENTRE, words("wishes"), as_citizen())
    book.collect_events()
    book.close(at_partner())
    events = list(book.collect_events())
    assert ["Expired"] * 3 == [type(event).__name__ for event in events]
    assert {"closing"} == {event.reason for event in events}  # type: ignore[attr-defined]
    assert uid(63) in book.blocks
    book.close(at_partner())
    assert [] == kinds(book)


def test_a_consent_that_is_not_carried_on_is_over_alone() -> None:
    """At a change one consent ends with its own reason, a sister consent goes on, and what is not there is refused."""
    book = Consents.begin(CITIZEN, at_partner())
    terms = {"categories": frozenset({"plan"}), "purposes": frozenset({"support"})}
    for consent in (uid(61), uid(62)):
        book.give(consent, PROVIDER, as_citizen(), **terms)  # type: ignore[arg-type]
    book.collect_events()
    book.let_go(uid(61), at_partner())
    assert ("let_go", (uid(61),)) == ((event := only(book)).reason, event.consents)
    assert {uid(62)} == book.grants.keys()
    with refuses(NotFound, book, "no such consent"):
        book.let_go(uid(61), at_partner())


def test_a_meeting_ahead_is_cancelled_and_a_held_one_lets_nobody_read(meeting: Meeting) -> None:
    """Open agreements are dropped, every party is taken off, and a second time there is nothing left to end."""
    meeting.agree(uid(71), at_partner(), owner=JOBCENTRE, parties=(PROVIDER,), what=words("agreements"))
    meeting.collect_events()
    ahead = meeting
    end_meeting(ahead, at_partner())
    assert ["AgreementDropped", "AgreementPartyRemoved", "AgreementPartyRemoved", "Cancelled"] == kinds(ahead)
    end_meeting(ahead, at_partner())
    assert [] == kinds(ahead)


def test_what_the_invitation_to_a_held_meeting_opened_ends(meeting: Meeting) -> None:
    """Whoever came is taken off; nobody who was not approved is named."""
    meeting.invite(AUTHORITY, (), at_partner(PROVIDER), purpose=words("meetings"))
    meeting.hold((JOBCENTRE,), at_partner(PROVIDER), citizen_took_part=True)
    meeting.collect_events()
    end_meeting(meeting, at_partner())
    assert JOBCENTRE == only(meeting).participant


def test_a_meeting_that_is_moved_puts_every_invitation_right(meeting: Meeting) -> None:
    """The new time stands in what was convened and in each invitation there is, not in one that was taken off."""
    meeting.invite(AUTHORITY, (), at_partner(PROVIDER), purpose=words("meetings"))
    meeting.remove(AUTHORITY, as_citizen())
    meeting.collect_events()
    later = AT.replace(day=9)
    meeting.reschedule(later, at_partner(PROVIDER))
    moved, *put_right = meeting.collect_events()
    assert later == moved.starts == meeting.starts  # type: ignore[attr-defined]
    assert [1, 2] == [event.subject for event in put_right]  # type: ignore[attr-defined]
    with refuses(WrongStatus, meeting, "nothing to move"):
        meeting.reschedule(later, at_partner(PROVIDER))


def test_an_open_handover_is_withdrawn_and_a_settled_one_stands() -> None:
    """What is proposed or accepted is not carried through; what was completed is left as it is."""
    for accept, complete, expected in (
        (False, False, ["Withdrawn"]),
        (True, False, ["Withdrawn"]),
        (True, True, []),
    ):
        handover = Handover.propose(
            uid(81), CITIZEN, at_partner(PROVIDER), kind="knowledge", to_partner=JOBCENTRE, items=(), grants=frozenset()
        )  # fmt: skip
        if accept:
            handover.accept(at_partner(JOBCENTRE))
        if complete:
            handover.complete(at_partner(JOBCENTRE))
        handover.collect_events()
        end_handover(handover, at_partner())
        assert expected == kinds(handover)


def test_an_action_plan_ends_with_its_orders_and_support() -> None:
    """First the order, then the support, then the plan; only the authority can, and a provider's plan anybody can."""
    plan = Plan.begin(uid(91), CITIZEN, "handleplan", at_partner())
    plan.grant_support(uid(92), PROVIDER, "§ 85", at_partner())
    plan.tell(TOLD["plan.order_sent.v1"], at_partner(), order=uid(93), provider=PROVIDER, text=words("plan"))
    plan.collect_events()
    assert is_the_authoritys(plan)
    with refuses(NotPermitted, plan):
        plan.end_support(uid(92), at_partner(PROVIDER))
    end_plan(plan, at_partner())
    assert ["OrderEnded", "SupportEnded", "Closed"] == kinds(plan)
    assert not is_the_authoritys(plan)
    theirs = Plan.begin(uid(94), CITIZEN, "indsatsplan", at_partner(PROVIDER))
    theirs.collect_events()
    assert not is_the_authoritys(theirs)
    end_plan(theirs, at_partner(PROVIDER))
    assert ["Closed"] == kinds(theirs)
