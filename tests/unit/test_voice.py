"""The citizen's voice: what the citizen says is written as it was said, and somebody answers."""

from typing import Any

import pytest

from hub.aggregates import Citizen
from hub.aggregates.voice import (
    ChoiceExplained,
    ContributionOffered,
    DecisionMade,
    DifficultyNoted,
    DiscontentTold,
    ExpectationsAligned,
    ExperienceAcknowledged,
    FeedbackActedOn,
    FeedbackGiven,
    HelpCardRead,
    HelpCardWritten,
    ImportantTold,
    MeetingPreferenceTold,
    PlainWordsGiven,
    PortraitWritten,
    QuestionAnswered,
    QuestionAsked,
    RiskTalkedOver,
    StrengthConfirmed,
    StrengthRested,
    StrengthSuggested,
    SuccessTold,
    WishAnswered,
    WishMade,
)
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import (
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
from tests.telling import citizen as enrolled

ONE, OTHER = uid(31), uid(32)


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    return enrolled()


def test_the_help_card_is_the_citizens_own(citizen: Citizen) -> None:
    """How to help best is told in the citizen's words, also where a contact person writes them down."""
    with refuses(NotPermitted, citizen):
        citizen.tell(HelpCardWritten, as_hub(), words=words())
    for act in (as_citizen(), as_representative(), at_partner(PROVIDER)):
        citizen.tell(HelpCardWritten, act, words=words())

    assert 3 == len(citizen.collect_events())


def test_a_worker_says_that_the_help_card_is_read(citizen: Citizen) -> None:
    """Each new worker reads it and says so; the citizen cannot say it for them."""
    citizen.tell(HelpCardRead, at_partner(PROVIDER))
    assert PROVIDER == only(citizen).act.by.partner
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(HelpCardRead, as_citizen())


def test_what_is_important_is_never_a_must(citizen: Citizen) -> None:
    """Nothing else waits for it: a citizen who never tells what is important can tell everything else."""
    citizen.tell(WishMade, as_citizen(), wish=ONE, words=words())
    citizen.tell(ImportantTold, as_citizen(), words=words())
    citizen.tell(ImportantTold, at_partner(), words=words())

    assert 3 == len(citizen.collect_events())


def test_the_portrait_is_written_by_the_citizen(citizen: Citizen) -> None:
    """Who I am, in whole, is nobody else's to write."""
    with refuses(NotPermitted, citizen, "citizen alone"):
        citizen.tell(PortraitWritten, at_partner(), words=words())
    citizen.tell(PortraitWritten, as_citizen(), words=words())

    assert words() == only(citizen).words


def test_only_the_citizen_confirms_a_strength(citizen: Citizen) -> None:
    """Anybody may see a strength; whether it is one, the citizen says: not staff, and no representative."""
    citizen.tell(StrengthSuggested, at_partner(JOBCENTRE), strength=ONE, text=words())
    for act in (at_partner(), at_partner(JOBCENTRE), as_representative(), as_hub()):
        with refuses(NotPermitted, citizen, "citizen alone"):
            citizen.tell(StrengthConfirmed, act, strength=ONE)
    assert "suggested" == citizen.state_of("strength", ONE)
    citizen.tell(StrengthConfirmed, as_citizen(), strength=ONE, words=words())

    assert "confirmed" == citizen.state_of("strength", ONE)


def test_a_strength_that_nobody_suggested_is_not_confirmed(citizen: Citizen) -> None:
    """The citizen who sees a strength alone suggests it first; the refusal says so by what is not there."""
    with refuses(NotFound, citizen, "no such strength"):
        citizen.tell(StrengthConfirmed, as_citizen(), strength=ONE)


def test_strengths_swing(citizen: Citizen) -> None:
    """A strength rests when it does not hold just now, and is confirmed again when it does."""
    citizen.tell(StrengthSuggested, as_citizen(), strength=ONE, words=words())
    for _ in range(2):
        citizen.tell(StrengthConfirmed, as_citizen(), strength=ONE)
        with refuses(WrongStatus, citizen, "strength is confirmed"):
            citizen.tell(StrengthConfirmed, as_citizen(), strength=ONE)
        citizen.tell(StrengthRested, as_citizen(), strength=ONE, words=words())

    assert "resting" == citizen.state_of("strength", ONE)


def test_nobody_on_the_staff_lets_a_strength_rest(citizen: Citizen) -> None:
    """A strength that the citizen has is not taken away by those who help."""
    citizen.tell(StrengthSuggested, as_citizen(), strength=ONE, words=words())
    citizen.tell(StrengthConfirmed, as_citizen(), strength=ONE)
    with refuses(NotPermitted, citizen, "--as citizen"):
        citizen.tell(StrengthRested, at_partner(), strength=ONE)

    assert "confirmed" == citizen.state_of("strength", ONE)


def test_what_is_hard_is_told_in_own_words_or_in_a_note(citizen: Citizen) -> None:
    """The citizen's words and the professional's stand beside each other, and one of them must be there."""
    citizen.tell(DifficultyNoted, at_partner(), words=words(), text=words("health"))
    assert ("wishes", "health") == ((event := only(citizen)).words.labels, event.text.labels)
    with refuses(BadInput, citizen, "--words or --text"):
        citizen.tell(DifficultyNoted, as_citizen())


def test_a_wish_that_cannot_be_met_gets_a_reason(citizen: Citizen) -> None:
    """A plain no is refused; with a reason it is an answer, and until then the wish is still open."""
    citizen.tell(WishMade, as_citizen(), wish=ONE, words=words())
    with refuses(BadInput, citizen, "reason.*--text"):
        citizen.tell(WishAnswered, at_partner(PROVIDER), wish=ONE, met=False)
    assert [ONE] == citizen.all_in("wish", "open")
    citizen.tell(WishAnswered, at_partner(PROVIDER), wish=ONE, met=False, text=words())

    assert [] == citizen.all_in("wish", "open")


def test_a_wish_that_is_met_needs_no_reason(citizen: Citizen) -> None:
    """Yes is enough."""
    citizen.tell(WishMade, as_citizen(), wish=ONE, words=words())
    citizen.tell(WishAnswered, at_partner(), wish=ONE, met=True)

    assert "answered" == citizen.state_of("wish", ONE)


def test_whether_a_wish_is_met_must_be_said(citizen: Citizen) -> None:
    """An answer that says neither yes nor no is refused."""
    citizen.tell(WishMade, as_citizen(), wish=ONE, words=words())
    with refuses(BadInput, citizen, "--met"):
        citizen.tell(WishAnswered, at_partner(), wish=ONE, text=words())


def test_a_wish_is_answered_once_and_by_those_who_help(citizen: Citizen) -> None:
    """The citizen does not answer their own wish, and an answered wish is not answered again: wish anew."""
    citizen.tell(WishMade, as_citizen(), wish=ONE, words=words())
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(WishAnswered, as_citizen(), wish=ONE, met=True)
    citizen.tell(WishAnswered, at_partner(), wish=ONE, met=True)
    with refuses(WrongStatus, citizen, "wish is answered"):
        citizen.tell(WishAnswered, at_partner(), wish=ONE, met=True)
    citizen.tell(WishMade, as_citizen(), wish=OTHER, words=words())

    assert [OTHER] == citizen.all_in("wish", "open")


def test_a_risky_wish_is_talked_over_and_raises_no_alarm(citizen: Citizen) -> None:
    """For and against are written down with what was offered; nothing else is recorded and nobody is told."""
    citizen.tell(RiskTalkedOver, at_partner(PROVIDER), text=words("health"), offered=words("health"))
    event = only(citizen)

    assert (PROVIDER, "citizen.risk_talked_over.v1") == (event.act.by.partner, event.TOPIC)
    assert {} == citizen.going_on()


def test_a_success_is_told_by_anybody(citizen: Citizen) -> None:
    """Small and big, by the citizen or by somebody who saw it."""
    for act in (as_citizen(), at_partner(JOBCENTRE), as_representative()):
        citizen.tell(SuccessTold, act, words=words())

    assert 3 == len(citizen.collect_events())


def test_every_decision_has_somebody_who_decided(citizen: Citizen) -> None:
    """Who decided is asked for, and is one of a few: the citizen, together, the authority, the provider, the law."""
    with refuses(BadInput, citizen, "--decided-by"):
        citizen.tell(DecisionMade, as_citizen(), choice=ONE, words=words())
    with refuses(BadInput, citizen, "citizen, together, authority, provider, law"):
        citizen.tell(DecisionMade, as_citizen(), choice=ONE, words=words(), decided_by="the system")
    citizen.tell(DecisionMade, as_citizen(), choice=ONE, words=words(), decided_by="citizen")

    assert "citizen" == only(citizen).decided_by


def test_what_was_explained_stands_before_what_was_chosen(citizen: Citizen) -> None:
    """A choice is explained by those who know it, and decided once; a new decision is a new choice."""
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(ChoiceExplained, as_citizen(), choice=ONE, text=words("plan"))
    citizen.tell(ChoiceExplained, at_partner(), choice=ONE, text=words("plan"))
    decision: dict[str, Any] = {"decided_by": "together", "words": words("plan")}
    citizen.tell(DecisionMade, at_partner(), choice=ONE, **decision)
    with refuses(WrongStatus, citizen, "choice is decided"):
        citizen.tell(DecisionMade, at_partner(), choice=ONE, **decision)
    citizen.tell(DecisionMade, at_partner(), choice=OTHER, **decision)

    assert [ONE, OTHER] == citizen.all_in("choice", "decided")


def test_expectations_are_aligned_as_often_as_needed(citizen: Citizen) -> None:
    """Each time stands with its date, so that it shows how old the latest one is."""
    for _ in range(2):
        citizen.tell(ExpectationsAligned, at_partner(PROVIDER), words=words("plan"))

    assert 2 == len(citizen.collect_events())


@pytest.mark.parametrize("asked", [QuestionAsked, DiscontentTold])
def test_a_question_and_discontent_wait_for_a_reply(citizen: Citizen, asked: Any) -> None:
    """Both are open until somebody who helps has answered, with words, once."""
    citizen.tell(asked, as_citizen(), question=ONE, words=words())
    assert [ONE] == citizen.all_in("question", "open")
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(QuestionAnswered, at_partner(), question=ONE)
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(QuestionAnswered, as_citizen(), question=ONE, text=words())
    citizen.tell(QuestionAnswered, at_partner(), question=ONE, text=words())
    with refuses(WrongStatus, citizen, "question is answered"):
        citizen.tell(QuestionAnswered, at_partner(), question=ONE, text=words())


def test_help_that_came_too_late_is_acknowledged_and_not_argued_with(citizen: Citizen) -> None:
    """The words stand alone: there is no field beside them in which anybody could answer back."""
    citizen.tell(ExperienceAcknowledged, as_citizen(), words=words())

    assert ["words"] == [
        name for name in ExperienceAcknowledged.__annotations__ if name not in {"TOPIC", "RULE"}
    ]


def test_what_the_citizen_can_do_for_others_is_told_in_words(citizen: Citizen) -> None:
    """An offer says what it is."""
    with refuses(BadInput, citizen, "--words"):
        citizen.tell(ContributionOffered, as_citizen())
    citizen.tell(ContributionOffered, as_citizen(), words=words())


def test_feedback_is_the_citizens_and_somebody_acts_on_it(citizen: Citizen) -> None:
    """The citizen says how the cooperation is, perhaps to one organisation; it waits until somebody has acted on it."""
    citizen.tell(FeedbackGiven, as_citizen(), feedback=ONE, partner=PROVIDER, words=words())
    assert [ONE] == citizen.all_in("feedback", "given")
    citizen.tell(FeedbackActedOn, at_partner(PROVIDER), feedback=ONE, text=words())
    with refuses(WrongStatus, citizen, "feedback is acted on"):
        citizen.tell(FeedbackActedOn, at_partner(PROVIDER), feedback=ONE, text=words())


def test_plain_words_stand_beside_a_professional_note(citizen: Citizen) -> None:
    """They name the note they explain, and change nothing in it."""
    with refuses(BadInput, citizen, "--about"):
        citizen.tell(PlainWordsGiven, at_partner(), text=words())
    citizen.tell(PlainWordsGiven, at_partner(), about=OTHER, text=words())

    assert OTHER == only(citizen).about


def test_the_citizen_would_rather_meet_fewer(citizen: Citizen) -> None:
    """How many at most is a number of people; nobody at all, or nothing said, is refused."""
    citizen.tell(MeetingPreferenceTold, as_citizen(), most=3)
    assert 3 == only(citizen).most
    for most in (0, -2):
        with refuses(BadInput, citizen, "1 or more"):
            citizen.tell(MeetingPreferenceTold, as_citizen(), most=most, words=words())
    with refuses(BadInput, citizen, "--words or --most"):
        citizen.tell(MeetingPreferenceTold, as_citizen())
