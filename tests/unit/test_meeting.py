"""Meetings, invitations and agreements."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from hub.aggregates import Meeting
from hub.aggregates.base import event_id
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
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

MEETING, AGREEMENT = uid(3), uid(31)
TERMS: dict[str, Any] = {"kind": "network", "starts": AT, "purpose": words("meetings")}


@pytest.fixture
def meeting() -> Meeting:
    """A meeting that was just convened."""
    convened = Meeting.convene(MEETING, CITIZEN, at_partner(PROVIDER), **TERMS)
    convened.collect_events()
    return convened


def invite(meeting: Meeting, *partners: Any) -> list[Any]:
    """Invite these; their invitations."""
    for partner in partners:
        meeting.invite(partner, partners, at_partner(PROVIDER), purpose=words("meetings"))
    return list(meeting.collect_events())


def test_a_meeting_has_a_purpose() -> None:
    """Without a purpose there is no meeting, whatever else is said."""
    with refuses(BadInput, match="purpose"):
        Meeting.convene(MEETING, CITIZEN, at_partner(), **{**TERMS, "purpose": None})


@pytest.mark.parametrize("kind", ["", "hearing", "Network"])
def test_a_meeting_is_of_a_known_kind(kind: str) -> None:
    """Another kind of meeting is refused, with those that there are."""
    with refuses(BadInput, match="coordinating, network, open_dialogue, follow_up"):
        Meeting.convene(MEETING, CITIZEN, at_partner(), **{**TERMS, "kind": kind})


def test_staff_convene_invite_and_hold(meeting: Meeting) -> None:
    """The citizen and the hub convene, invite and record nothing as held."""
    for act in (as_citizen(), as_hub()):
        for command in (
            lambda act=act: Meeting.convene(MEETING, CITIZEN, act, **TERMS),
            lambda act=act: meeting.invite(PROVIDER, (), act, purpose=words()),
            lambda act=act: meeting.hold((), act, citizen_took_part=True),
        ):
            with refuses(NotPermitted, meeting, "--as"):
                command()


def test_an_invitation_says_what_it_is_to(meeting: Meeting) -> None:
    """It carries purpose, time, place and the list, the invited among them, once each and in order."""
    meeting.invite(
        JOBCENTRE, (PROVIDER, AUTHORITY, PROVIDER), at_partner(), purpose=words(), place=words("everyday")
    )
    event = only(meeting)

    assert (JOBCENTRE, AT, words(), words("everyday")) == (
        event.participant,
        event.starts,
        event.purpose,
        event.place,
    )
    assert (AUTHORITY, PROVIDER, JOBCENTRE) == event.participants


def test_an_organisation_is_invited_once(meeting: Meeting) -> None:
    """A second invitation is refused."""
    invite(meeting, PROVIDER)
    with refuses(WrongStatus, meeting, "already"):
        invite(meeting, PROVIDER)


def test_an_approval_names_the_very_invitations(meeting: Meeting) -> None:
    """The items approved are the events of the invitations, in the order in which they were named."""
    sent = invite(meeting, PROVIDER, JOBCENTRE)
    meeting.approve((JOBCENTRE, PROVIDER), (AUTHORITY,), as_citizen(), words=words())
    event = only(meeting)
    expected = [event_id(each.originator_id, each.originator_version) for each in reversed(sent)]

    assert expected == list(event.items)
    assert ((JOBCENTRE, PROVIDER), (AUTHORITY,)) == (event.invited, event.knows)


def test_only_the_citizen_approves_and_takes_back(meeting: Meeting) -> None:
    """Staff and the hub approve nobody."""
    invite(meeting, PROVIDER)
    for act in (at_partner(), at_partner(PROVIDER), as_hub()):
        with refuses(NotPermitted, meeting, "citizen alone"):
            meeting.approve((PROVIDER,), (), act)
        with refuses(NotPermitted, meeting, "citizen alone"):
            meeting.withdraw_approval(PROVIDER, act)


def test_who_is_not_invited_is_not_approved(meeting: Meeting) -> None:
    """An approval of nobody, or of somebody who is not invited, is refused whole."""
    invite(meeting, PROVIDER)
    for invited in ((), (JOBCENTRE,), (PROVIDER, JOBCENTRE)):
        with refuses(NotFound, meeting, "invite it first"):
            meeting.approve(invited, (), as_citizen())


def test_an_approval_can_be_taken_back_and_given_again(meeting: Meeting) -> None:
    """Taking back names the invitation; what is not approved cannot be taken back."""
    (sent,) = invite(meeting, PROVIDER)
    for _ in range(2):
        meeting.approve((PROVIDER,), (), as_citizen())
        meeting.collect_events()
        meeting.withdraw_approval(PROVIDER, as_citizen())
        assert event_id(sent.originator_id, sent.originator_version) == only(meeting).item
        with refuses(WrongStatus, meeting, "not approved"):
            meeting.withdraw_approval(PROVIDER, as_citizen())
    with refuses(WrongStatus, meeting, "not approved"):
        meeting.withdraw_approval(JOBCENTRE, as_citizen())


def test_an_approval_can_be_taken_back_after_the_meeting(meeting: Meeting) -> None:
    """The citizen takes back what an invitation opened also when the meeting was held."""
    invite(meeting, PROVIDER)
    meeting.approve((PROVIDER,), (), as_citizen())
    meeting.hold((PROVIDER,), at_partner(), citizen_took_part=True)
    meeting.withdraw_approval(PROVIDER, as_citizen())

    assert not meeting.invitations[PROVIDER].approved


def test_a_meeting_without_the_citizen_says_why(meeting: Meeting) -> None:
    """When the citizen did not take part, the reason is asked for."""
    with refuses(BadInput, meeting, "say why"):
        meeting.hold((PROVIDER,), at_partner(), citizen_took_part=False)
    meeting.hold((PROVIDER,), at_partner(), citizen_took_part=False, why_not=words(), told_by=uid(21))

    assert (False, uid(21), (PROVIDER,)) == (
        (event := only(meeting)).citizen_took_part,
        event.told_by,
        event.came,
    )


@pytest.mark.parametrize("end", ["held", "cancelled"])
def test_what_is_over_is_over(meeting: Meeting, end: str) -> None:
    """A meeting that was held or cancelled is not held, cancelled, invited to or approved again."""
    invite(meeting, PROVIDER)
    if end == "held":
        meeting.hold((), at_partner(), citizen_took_part=True)
    else:
        meeting.cancel(at_partner())
    for command in (
        lambda: meeting.hold((), at_partner(), citizen_took_part=True),
        lambda: meeting.cancel(at_partner()),
        lambda: invite(meeting, JOBCENTRE),
        lambda: meeting.approve((PROVIDER,), (), as_citizen()),
    ):
        with refuses(WrongStatus, meeting, end):
            command()


def test_cancelling_takes_every_invitation_with_it(meeting: Meeting) -> None:
    """The event names all who were invited, approved or not, with the invitation of each."""
    sent = invite(meeting, PROVIDER, JOBCENTRE)
    meeting.approve((JOBCENTRE,), (), as_citizen())
    meeting.collect_events()
    meeting.cancel(at_partner())
    event = only(meeting)

    assert (PROVIDER, JOBCENTRE) == event.invited
    assert [event_id(each.originator_id, each.originator_version) for each in sent] == list(event.items)


def test_an_agreement_is_made_once(meeting: Meeting) -> None:
    """Its id is not used again; without an owner it is the citizen's own."""
    meeting.agree(AGREEMENT, as_citizen(), owner=None, parties=(PROVIDER,), what=words("agreements"))
    assert only(meeting).owner is None
    with refuses(WrongStatus, meeting, "already"):
        meeting.agree(AGREEMENT, at_partner(), owner=PROVIDER, parties=(), what=words())


def test_a_cancelled_meeting_agrees_on_nothing(meeting: Meeting) -> None:
    """Agreements are made at a meeting that is ahead or was held."""
    meeting.cancel(at_partner())
    with refuses(WrongStatus, meeting, "cancelled"):
        meeting.agree(AGREEMENT, at_partner(), owner=PROVIDER, parties=(), what=words())


ENDS: dict[str, Callable[[Meeting], None]] = {
    "done": lambda meeting: meeting.complete(AGREEMENT, at_partner()),
    "dropped": lambda meeting: meeting.drop(AGREEMENT, as_citizen()),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_agreement_is_open_until_it_is_done_or_dropped(meeting: Meeting, end: str) -> None:
    """Delayed, it is still open; done or dropped, it is not done, dropped or delayed again."""
    others = (*ENDS.values(), lambda each: each.delay(AGREEMENT, date(2026, 5, 1), at_partner()))
    for command in others:
        with refuses(NotFound, meeting, "no such agreement"):
            command(meeting)
    meeting.agree(AGREEMENT, at_partner(), owner=PROVIDER, parties=(), what=words("agreements"))
    meeting.delay(AGREEMENT, date(2026, 4, 1), at_partner())
    ENDS[end](meeting)
    for command in others:
        with refuses(WrongStatus, meeting, end):
            command(meeting)


def test_a_participant_is_taken_off_by_the_citizen_or_staff(meeting: Meeting) -> None:
    """The event names the invitation that ends; inviting again makes a new one, which must be approved anew."""
    (sent,) = invite(meeting, PROVIDER)
    meeting.approve((PROVIDER,), (), as_citizen())
    meeting.collect_events()
    meeting.remove(PROVIDER, as_citizen())
    event = only(meeting)
    assert (PROVIDER, event_id(sent.originator_id, sent.originator_version)) == (
        event.participant,
        event.item,
    )
    with refuses(NotFound, meeting, "not invited"):
        meeting.remove(PROVIDER, at_partner())
    invite(meeting, PROVIDER)

    assert not meeting.invitations[PROVIDER].approved
    assert event.item != meeting.invitations[PROVIDER].item


def test_nobody_else_takes_a_participant_off(meeting: Meeting) -> None:
    """The hub and a representative are refused, and so is everybody once the meeting was held."""
    invite(meeting, PROVIDER)
    for act in (as_hub(), as_representative()):
        with refuses(NotPermitted, meeting):
            meeting.remove(PROVIDER, act)
    meeting.hold((), at_partner(), citizen_took_part=True)
    with refuses(WrongStatus, meeting, "held"):
        meeting.remove(PROVIDER, as_citizen())


def test_a_party_is_taken_off_an_agreement_the_owner_too(meeting: Meeting) -> None:
    """Each once, naming the agreement's own event; the agreement runs on, and who is no party is not found."""
    meeting.agree(AGREEMENT, at_partner(), owner=PROVIDER, parties=(JOBCENTRE,), what=words("agreements"))
    made = only(meeting)
    for partner, act in ((PROVIDER, as_citizen()), (JOBCENTRE, at_partner())):
        meeting.remove_party(AGREEMENT, partner, act)
        event = only(meeting)
        assert (AGREEMENT, partner) == (event.agreement, event.partner)
        assert event_id(made.originator_id, made.originator_version) == event.item
        with refuses(NotFound, meeting, "no party"):
            meeting.remove_party(AGREEMENT, partner, act)
    with refuses(NotFound, meeting, "no party"):
        meeting.remove_party(uid(77), PROVIDER, as_citizen())
    for act in (as_hub(), as_representative()):
        with refuses(NotPermitted, meeting):
            meeting.remove_party(AGREEMENT, JOBCENTRE, act)
    meeting.complete(AGREEMENT, at_partner())

    assert "done" == meeting.agreements[AGREEMENT].status
