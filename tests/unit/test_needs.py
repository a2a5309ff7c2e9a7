"""Needs and rhythm: what is hard, what cannot wait, what the authority alone decides, and numbers that are numbers."""

from datetime import date

import pytest

from hub.aggregates import Citizen
from hub.aggregates.needs import (
    LIFE_AREAS,
    METHODS,
    PATHWAYS,
    PHASES,
    AcuteProblemReported,
    AcuteProblemSolved,
    AddressNoted,
    ContactLevelAgreed,
    DialogueRhythmAgreed,
    FutureSupportDiscussed,
    HardPeriodEnded,
    HardPeriodMarked,
    HelpSought,
    InquiryAnswered,
    LifeAreaTold,
    MatchWished,
    MeasurementRecorded,
    MethodUsed,
    NeedChangeAcknowledged,
    NeedChangeAssessed,
    NeedChangeReported,
    PathwayChanged,
    PhaseChanged,
    StatusGiven,
    SupportDecided,
    TransitionExpected,
    TransitionPrepared,
    WayBackAgreed,
    WorkerChangeDecided,
    WorkerChangeWished,
)
from hub.errors import BadInput, NotPermitted, WrongStatus
from tests.acting import (
    AUTHORITY,
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


def test_a_hard_period_is_marked_without_a_word(citizen: Citizen) -> None:
    """Nobody has to say why it is hard, nor until when."""
    citizen.tell(HardPeriodMarked, as_citizen(), period=ONE)
    event = only(citizen)

    assert (None, None, None) == (event.words, event.until, event.outreach)


def test_a_hard_period_can_be_ended_once(citizen: Citizen) -> None:
    """It is over when it is over; the next one is a new one."""
    citizen.tell(HardPeriodMarked, as_citizen(), period=ONE, until=date(2026, 5, 5))
    citizen.tell(HardPeriodEnded, at_partner(PROVIDER), period=ONE)
    with refuses(WrongStatus, citizen, "period is over"):
        citizen.tell(HardPeriodEnded, as_citizen(), period=ONE)
    citizen.tell(HardPeriodMarked, as_citizen(), period=OTHER)

    assert [OTHER] == citizen.all_in("period", "going on")


def test_a_hard_period_is_no_absence(citizen: Citizen) -> None:
    """There is no field in which somebody who did not come could be written up."""
    named = {*HardPeriodMarked.__annotations__, *HardPeriodEnded.__annotations__}

    assert not named & {"absence", "attendance", "why_not"}


def test_how_much_contact_there_is_is_agreed_in_words(citizen: Citizen) -> None:
    """An agreement that says nothing is refused."""
    with refuses(BadInput, citizen, "--words or --text"):
        citizen.tell(ContactLevelAgreed, at_partner())
    citizen.tell(ContactLevelAgreed, at_partner(), words=words("everyday"))


def test_only_the_authority_acknowledges_and_assesses_a_changed_need(citizen: Citizen) -> None:
    """Anybody reports it; provider, jobcentre, citizen and representative leave the answer to the authority."""
    citizen.tell(NeedChangeReported, at_partner(PROVIDER), need=ONE, with_citizen=True, text=words("plan"))
    for act in (at_partner(PROVIDER), at_partner(JOBCENTRE), as_citizen(), as_representative(), as_hub()):
        with refuses(NotPermitted, citizen, "authority"):
            citizen.tell(NeedChangeAcknowledged, act, need=ONE)
        with refuses(NotPermitted, citizen, "authority"):
            citizen.tell(NeedChangeAssessed, act, need=ONE, text=words("plan"))
    citizen.tell(NeedChangeAcknowledged, at_partner(AUTHORITY), need=ONE)
    citizen.tell(NeedChangeAssessed, at_partner(AUTHORITY), need=ONE, text=words("plan"))

    assert "assessed" == citizen.state_of("need", ONE)


def test_a_changed_need_is_acknowledged_before_it_is_assessed_or_not_at_all(citizen: Citizen) -> None:
    """An assessment is answer enough; a receipt after it comes too late."""
    citizen.tell(NeedChangeReported, as_citizen(), need=ONE, words=words("plan"))
    citizen.tell(NeedChangeAssessed, at_partner(), need=ONE, text=words("plan"))
    with refuses(WrongStatus, citizen, "need is assessed"):
        citizen.tell(NeedChangeAcknowledged, at_partner(), need=ONE)


def test_an_assessment_says_what_follows(citizen: Citizen) -> None:
    """The authority does not assess without a word."""
    citizen.tell(NeedChangeReported, as_citizen(), need=ONE, words=words("plan"))
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(NeedChangeAssessed, at_partner(), need=ONE)


def test_what_cannot_wait_has_its_own_date_and_is_solved_once(citizen: Citizen) -> None:
    """Rent and bills: open until somebody says that it is solved."""
    citizen.tell(
        AcuteProblemReported, as_citizen(), problem=ONE, due=date(2026, 3, 4), words=words("finances")
    )
    assert date(2026, 3, 4) == only(citizen).due
    citizen.tell(AcuteProblemSolved, at_partner(PROVIDER), problem=ONE)
    with refuses(WrongStatus, citizen, "problem is solved"):
        citizen.tell(AcuteProblemSolved, at_partner(PROVIDER), problem=ONE)


def test_who_seeks_help_gets_a_first_reply(citizen: Citizen) -> None:
    """The reply is given by somebody who works there, once: from asking to that reply the time is counted."""
    citizen.tell(HelpSought, as_citizen(), inquiry=ONE, words=words("plan"))
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(InquiryAnswered, as_citizen(), inquiry=ONE)
    citizen.tell(InquiryAnswered, at_partner(), inquiry=ONE)
    with refuses(WrongStatus, citizen, "inquiry is answered"):
        citizen.tell(InquiryAnswered, at_partner(), inquiry=ONE)


def test_only_the_authority_decides_on_support_and_says_why(citizen: Citizen) -> None:
    """Yes or no is the authority's, after looking at this person's situation, with words, once."""
    citizen.tell(HelpSought, as_citizen(), inquiry=ONE, words=words("plan"))
    for act in (at_partner(PROVIDER), at_partner(JOBCENTRE), as_citizen()):
        with refuses(NotPermitted, citizen, "authority"):
            citizen.tell(SupportDecided, act, inquiry=ONE, granted=True, text=words("plan"))
    with refuses(BadInput, citizen, "--granted"):
        citizen.tell(SupportDecided, at_partner(), inquiry=ONE, text=words("plan"))
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(SupportDecided, at_partner(), inquiry=ONE, granted=False)
    citizen.tell(SupportDecided, at_partner(), inquiry=ONE, granted=False, text=words("plan"))
    with refuses(WrongStatus, citizen, "inquiry is decided"):
        citizen.tell(SupportDecided, at_partner(), inquiry=ONE, granted=True, text=words("plan"))


def test_the_rhythm_of_talks_is_a_number_of_days_or_flexible(citizen: Citizen) -> None:
    """Every fourteen days, or no days at all; none and more than a year are refused."""
    for days in (1, 14, 366, None):
        citizen.tell(DialogueRhythmAgreed, at_partner(PROVIDER), every_days=days)
    assert 4 == len(citizen.collect_events())
    for days in (0, -7, 367):
        with refuses(BadInput, citizen, "1 to 366"):
            citizen.tell(DialogueRhythmAgreed, at_partner(PROVIDER), every_days=days)


def test_a_status_is_given_by_those_who_help(citizen: Citizen) -> None:
    """It is work between provider and authority: the citizen owes nobody a status."""
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(StatusGiven, as_citizen(), text=words("plan"))
    citizen.tell(StatusGiven, at_partner(PROVIDER), text=words("plan"))


def test_only_the_authority_changes_the_pathway(citizen: Citizen) -> None:
    """One of three; the citizen's own view stands beside it."""
    for act in (at_partner(PROVIDER), as_citizen()):
        with refuses(NotPermitted, citizen, "authority"):
            citizen.tell(PathwayChanged, act, pathway="2")
    for pathway in PATHWAYS:
        citizen.tell(PathwayChanged, at_partner(), pathway=pathway, words=words("plan"))
        assert words("plan") == only(citizen).words
    with refuses(BadInput, citizen, "1, 2, 3"):
        citizen.tell(PathwayChanged, at_partner(), pathway="4")


def test_standing_still_on_a_pathway_is_no_failure(citizen: Citizen) -> None:
    """The same pathway again is recorded like any other, and backwards is as good as forwards."""
    for pathway in ("2", "2", "1", "3"):
        citizen.tell(PathwayChanged, at_partner(), pathway=pathway)

    assert 4 == len(citizen.collect_events())


def test_phases_areas_and_methods_are_those_that_people_know(citizen: Citizen) -> None:
    """Four phases, six areas of life, and the methods of the guide: any other word is refused with those."""
    for phase in PHASES:
        citizen.tell(PhaseChanged, at_partner(PROVIDER), phase=phase)
    for area in LIFE_AREAS:
        citizen.tell(LifeAreaTold, as_citizen(), area=area, words=words("everyday"))
    for method in METHODS:
        citizen.tell(MethodUsed, at_partner(PROVIDER), method=method, text=words("plan"))
    assert 4 + 6 + 9 == len(citizen.collect_events())
    with refuses(BadInput, citizen, "beginning"):
        citizen.tell(PhaseChanged, at_partner(PROVIDER), phase="halfway")
    with refuses(BadInput, citizen, "leisure"):
        citizen.tell(LifeAreaTold, as_citizen(), area="love", words=words("everyday"))


def test_a_method_comes_with_why_it_was_chosen(citizen: Citizen) -> None:
    """Which method was used is not enough: the citizen and the others are to know why."""
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(MethodUsed, at_partner(PROVIDER), method="narrative")


@pytest.mark.parametrize("value", ["0", "27", "27,5", "27.5", "4/10", "4 / 10", "4 af 10", "-1"])
def test_a_measurement_is_a_number(citizen: Citizen, value: str) -> None:
    """A total, with or without a decimal, perhaps out of how many."""
    citizen.tell(MeasurementRecorded, as_citizen(), instrument="ORS", value=value, words=words("measures"))

    assert value == only(citizen).value


@pytest.mark.parametrize(
    "value", ["", " ", "god", "Hvor ofte har du haft det svært?", "27 for søvn", "12345", "1\n2", "²"]
)
def test_a_measurement_is_never_the_instruments_questions(citizen: Citizen, value: str) -> None:
    """What is no number is refused: what was said of the number has its own place, with labels."""
    with refuses(BadInput, citizen, "number alone"):
        citizen.tell(MeasurementRecorded, as_citizen(), instrument="ORS", value=value)


@pytest.mark.parametrize("name", ["Hvordan har du det?", "x" * 61, "", "to\nlinjer"])
def test_an_instrument_is_named_and_not_copied(citizen: Citizen, name: str) -> None:
    """A short name; a question, a text or nothing at all is refused."""
    with refuses(BadInput, citizen):
        citizen.tell(MeasurementRecorded, at_partner(PROVIDER), instrument=name, value="27")


def test_a_transition_has_its_day_and_is_prepared_once(citizen: Citizen) -> None:
    """An age limit is expected on a day, and prepared with what was done."""
    with refuses(BadInput, citizen, "--due"):
        citizen.tell(TransitionExpected, at_partner(), transition=ONE)
    citizen.tell(TransitionExpected, at_partner(), transition=ONE, due=date(2027, 1, 1))
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(TransitionPrepared, at_partner(), transition=ONE)
    citizen.tell(TransitionPrepared, at_partner(), transition=ONE, text=words("plan"))
    with refuses(WrongStatus, citizen, "transition is prepared"):
        citizen.tell(TransitionPrepared, at_partner(), transition=ONE, text=words("plan"))


def test_later_help_and_the_way_back_are_talked_over_before_they_are_needed(citizen: Citizen) -> None:
    """With words, by those who help: progress takes nothing away by itself."""
    with refuses(BadInput, citizen, "--words or --text"):
        citizen.tell(FutureSupportDiscussed, at_partner(PROVIDER))
    citizen.tell(FutureSupportDiscussed, at_partner(PROVIDER), words=words("plan"))
    citizen.tell(WayBackAgreed, at_partner(PROVIDER), text=words("plan"))

    assert 2 == len(citizen.collect_events())


def test_where_the_citizen_lives_is_a_text_with_its_labels(citizen: Citizen) -> None:
    """An address is sealed like every text, whoever writes it down."""
    citizen.tell(AddressNoted, as_citizen(), address=words("address"))
    citizen.tell(AddressNoted, at_partner(), address=words("address"))

    assert ["address"] * 2 == [event.address.labels for event in citizen.collect_events()]


def test_whom_the_citizen_would_rather_be_helped_by_is_the_citizens_wish(citizen: Citizen) -> None:
    """It is in the citizen's words, whoever writes them down; the hub itself wishes nothing."""
    for event, said in ((MatchWished, {}), (WorkerChangeWished, {"change": ONE})):
        with refuses(NotPermitted, citizen):
            citizen.tell(event, as_hub(), words=words(), **said)
    for act in (as_citizen(), at_partner(PROVIDER)):
        citizen.tell(MatchWished, act, words=words())
    citizen.tell(WorkerChangeWished, as_representative(), change=ONE, words=words())

    assert [ONE] == citizen.all_in("change", "wished")


def test_a_wish_for_another_worker_is_answered_in_words_once(citizen: Citizen) -> None:
    """It waits until somebody decides, and says what came of it."""
    citizen.tell(WorkerChangeWished, as_citizen(), change=ONE, words=words())
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(WorkerChangeDecided, at_partner(PROVIDER), change=ONE)
    citizen.tell(WorkerChangeDecided, at_partner(PROVIDER), change=ONE, text=words())
    with refuses(WrongStatus, citizen, "change is decided"):
        citizen.tell(WorkerChangeDecided, at_partner(PROVIDER), change=ONE, text=words())
