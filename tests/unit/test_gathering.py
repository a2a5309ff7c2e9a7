"""Around a meeting: its purpose known, its agenda made together, voices of those who are not there."""

from datetime import timedelta

import pytest

from hub.aggregates import Meeting
from hub.aggregates.gathering import (
    AgendaItemAccepted,
    AgendaItemProposed,
    ChairAppointed,
    CitizenMessageGiven,
    CompanionChosen,
    InputGiven,
    MinutesApproved,
    ParticipantAnswered,
    PlaceChosen,
    PreparationShared,
    PurposeExplained,
    Rescheduled,
    Split,
    TalkedAfterwards,
    TalkedBefore,
)
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import (
    AT,
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
from tests.telling import meeting as convened

ONE, OTHER, ANNE = uid(31), uid(32), uid(21)


@pytest.fixture
def meeting() -> Meeting:
    """A meeting to which the provider is invited."""
    return convened()


def test_the_citizen_is_told_what_the_meeting_is_for(meeting: Meeting) -> None:
    """Somebody explains it before the meeting, perhaps with what the citizen said to it; afterwards is too late."""
    meeting.tell(PurposeExplained, at_partner(), words=words("meetings"))
    with refuses(NotPermitted, meeting, "works at a partner"):
        meeting.tell(PurposeExplained, as_citizen())
    with refuses(WrongStatus, convened(held=True), "held already"):
        convened(held=True).tell(PurposeExplained, at_partner())


def test_an_invitation_is_answered_by_whoever_is_invited(meeting: Meeting) -> None:
    """The provider says for itself whether it comes; nobody says it for them."""
    meeting.tell(ParticipantAnswered, at_partner(PROVIDER), coming=True)
    assert PROVIDER == only(meeting).participant
    with refuses(NotPermitted, meeting, "whoever is invited"):
        meeting.tell(ParticipantAnswered, at_partner(), participant=PROVIDER, coming=True)


def test_who_is_not_invited_has_nothing_to_answer(meeting: Meeting) -> None:
    """The refusal says that the invitation comes first."""
    with refuses(NotFound, meeting, "hub meeting invite"):
        meeting.tell(ParticipantAnswered, at_partner(JOBCENTRE), coming=True)


def test_an_answer_to_an_invitation_says_something(meeting: Meeting) -> None:
    """Yes, no, or words: an empty answer is refused."""
    with refuses(BadInput, meeting, "--coming or --text"):
        meeting.tell(ParticipantAnswered, at_partner(PROVIDER))
    meeting.tell(ParticipantAnswered, at_partner(PROVIDER), text=words("meetings"))

    assert only(meeting).coming is None


def test_who_cannot_come_answers_and_gives_input(meeting: Meeting) -> None:
    """A no is an answer, with or without words, and what they want to be said comes beside it."""
    meeting.tell(ParticipantAnswered, at_partner(PROVIDER), coming=False, text=words("meetings"))
    meeting.tell(InputGiven, at_partner(PROVIDER), text=words("health"))

    assert [False, None] == [getattr(event, "coming", None) for event in meeting.collect_events()]


def test_an_open_dialogue_meeting_has_no_fixed_agenda() -> None:
    """No item is proposed by anybody: what matters is brought up when they meet."""
    for act in (as_citizen(), at_partner(), at_partner(PROVIDER)):
        with refuses(WrongStatus, meeting := convened("open_dialogue"), "no fixed agenda"):
            meeting.tell(AgendaItemProposed, act, agenda_item=ONE, text=words("meetings"))


@pytest.mark.parametrize("kind", ["coordinating", "network", "follow_up"])
def test_every_other_meeting_has_an_agenda_that_the_citizen_helps_to_make(kind: str) -> None:
    """The citizen proposes and accepts like everybody else; an item is accepted once."""
    meeting = convened(kind)
    meeting.tell(AgendaItemProposed, as_citizen(), agenda_item=ONE, words=words("meetings"))
    meeting.tell(AgendaItemProposed, at_partner(), agenda_item=OTHER, text=words("meetings"))
    for item in (ONE, OTHER):
        meeting.tell(AgendaItemAccepted, as_citizen(), agenda_item=item)
        with refuses(WrongStatus, meeting, "agenda item is accepted"):
            meeting.tell(AgendaItemAccepted, at_partner(), agenda_item=item)


def test_the_agenda_is_made_before_the_meeting() -> None:
    """Neither proposed nor accepted when it was held or called off."""
    for over in ({"held": True}, {"cancelled": True}):
        with refuses(WrongStatus, meeting := convened(**over), "already"):
            meeting.tell(AgendaItemProposed, as_citizen(), agenda_item=ONE, words=words("meetings"))


def test_input_stands_under_the_item_it_is_about(meeting: Meeting) -> None:
    """An item that nobody proposed is refused; input to the whole meeting names none."""
    with refuses(NotFound, meeting, "propose it first"):
        meeting.tell(InputGiven, at_partner(PROVIDER), agenda_item=ONE, text=words("meetings"))
    meeting.tell(AgendaItemProposed, as_citizen(), agenda_item=ONE, words=words("meetings"))
    meeting.tell(InputGiven, at_partner(PROVIDER), agenda_item=ONE, text=words("meetings"))
    meeting.tell(InputGiven, at_partner(PROVIDER), text=words("meetings"))


def test_the_message_to_a_meeting_is_in_the_citizens_words(meeting: Meeting) -> None:
    """Whoever takes it down on the telephone writes the citizen's words, under their own name; the hub says nothing."""
    with refuses(NotPermitted, meeting):
        meeting.tell(CitizenMessageGiven, as_hub(), words=words("meetings"))
    for act in (as_citizen(), as_representative(), at_partner(PROVIDER)):
        meeting.tell(CitizenMessageGiven, act, words=words("meetings"))


def test_a_message_is_given_before_and_after_but_not_to_a_meeting_that_was_called_off() -> None:
    """What the citizen wants to say of a meeting that was held is taken; one that is not held is convened anew."""
    convened(held=True).tell(CitizenMessageGiven, as_citizen(), words=words("meetings"))
    for event, act in ((CitizenMessageGiven, as_citizen()), (InputGiven, at_partner(PROVIDER))):
        said = {"words": words("meetings")} if event is CitizenMessageGiven else {"text": words("meetings")}
        with refuses(WrongStatus, meeting := convened(cancelled=True), "convene a new one"):
            meeting.tell(event, act, **said)


def test_a_companion_is_named_or_told_of(meeting: Meeting) -> None:
    """Whom the citizen brings is a person, or told of in words."""
    with refuses(BadInput, meeting, "--person or --words"):
        meeting.tell(CompanionChosen, as_citizen())
    meeting.tell(CompanionChosen, as_citizen(), person=ANNE)
    meeting.tell(CompanionChosen, as_citizen(), words=words("network", "third_party"))


def test_a_companion_is_chosen_for_a_meeting_that_is_to_come() -> None:
    """Whatever a companion may know ends with the meeting, so afterwards there is nothing to bring them to."""
    for over in ({"held": True}, {"cancelled": True}):
        with refuses(WrongStatus, meeting := convened(**over), "already"):
            meeting.tell(CompanionChosen, as_citizen(), person=ANNE)


def test_a_chair_is_a_person_at_an_organisation(meeting: Meeting) -> None:
    """Both are named, so that it is known who is shown what helps the citizen."""
    with refuses(BadInput, meeting, "--person"):
        meeting.tell(ChairAppointed, as_citizen(), partner=PROVIDER)
    meeting.tell(ChairAppointed, as_citizen(), partner=PROVIDER, person=ANNE)

    assert (PROVIDER, ANNE) == ((event := only(meeting)).partner, event.person)


def test_a_preparation_is_shared_in_words_or_not_at_all(meeting: Meeting) -> None:
    """Sharing needs the words; a draft that is not shared is no event."""
    with refuses(BadInput, meeting, "--words"):
        meeting.tell(PreparationShared, as_citizen())
    meeting.tell(PreparationShared, as_citizen(), words=words("meetings"))


def test_how_to_get_it_said_is_talked_over_before_the_meeting(meeting: Meeting) -> None:
    """With the citizen's words or a note; after the meeting it is another talk."""
    meeting.tell(TalkedBefore, at_partner(PROVIDER), words=words("meetings"))
    with refuses(BadInput, meeting, "--words or --text"):
        meeting.tell(TalkedBefore, at_partner(PROVIDER))
    with refuses(WrongStatus, over := convened(held=True), "held already"):
        over.tell(TalkedBefore, at_partner(PROVIDER), words=words("meetings"))


def test_the_citizen_has_a_say_in_where_it_is(meeting: Meeting) -> None:
    """The citizen may choose the place too, and what the citizen thinks of it stands beside it."""
    meeting.tell(PlaceChosen, as_citizen(), place=words("meetings"), words=words("wishes"))
    event = only(meeting)

    assert ("citizen", "wishes") == (event.act.by.role, event.words.labels)


def test_a_meeting_is_moved_to_another_time(meeting: Meeting) -> None:
    """The new time counts for whoever is invited from then on; a meeting that was held is not moved."""
    later = AT + timedelta(days=3)
    meeting.tell(Rescheduled, at_partner(), starts=later)
    meeting.invite(JOBCENTRE, (), at_partner(), purpose=words("meetings"))
    assert [later, later] == [event.starts for event in meeting.collect_events()]
    with refuses(WrongStatus, over := convened(held=True), "held already"):
        over.tell(Rescheduled, at_partner(), starts=later)


def test_a_meeting_becomes_smaller_ones(meeting: Meeting) -> None:
    """It is split into other meetings: into none, or into itself, is refused with what to do first."""
    for into in ((), (meeting.id,), (ONE, meeting.id)):
        with refuses(BadInput, meeting, "convene them first"):
            meeting.tell(Split, as_citizen(), into=into)
    meeting.tell(Split, as_citizen(), into=(ONE, OTHER), words=words("meetings"))

    assert (ONE, OTHER) == only(meeting).into


@pytest.mark.parametrize("event", [TalkedAfterwards, MinutesApproved])
def test_after_the_meeting_comes_after_the_meeting(meeting: Meeting, event: type) -> None:
    """Neither the talk afterwards nor the minutes can stand before it was held."""
    with refuses(WrongStatus, meeting, "not held yet"):
        meeting.tell(event, as_citizen(), words=words("meetings"))
    with refuses(WrongStatus, off := convened(cancelled=True), "cancelled"):
        off.tell(event, as_citizen(), words=words("meetings"))
    held = convened(held=True)
    held.tell(event, as_citizen(), words=words("meetings"))

    assert words("meetings") == only(held).words


def test_minutes_are_approved_with_or_without_a_comment() -> None:
    """The citizen may approve without a comment, and not before the meeting was held."""
    with refuses(WrongStatus, early := convened(), "held"):
        early.tell(MinutesApproved, as_citizen())
    held = convened(held=True)
    held.tell(MinutesApproved, as_citizen())

    assert only(held).words is None
