"""How things due are folded: what counts when several events tell of one thing, and what each reader sees of it."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.application.due import DueReader, DueTold, due_items, due_matters, hard_facts
from hub.due import due_table
from tests.due_told import CITIZEN, MONDAY, THE_CITIZEN, Log, at, ident

COORDINATOR = at("provider-of-coordinator", "coordinator")
CONTACT = at("somewhere", "contact_person")
AUTHORITY = at("authority", sector="authority")
NAMED = at("named")


def agreement(log: Log, due: date | None = date(2026, 3, 10)) -> None:
    """An agreement of an organisation's."""
    log.tell("meeting.agreement_made", agreement="a", owner="named", due=due)


def test_an_agreement_that_was_given_another_date_is_due_on_that() -> None:
    """When an agreement is delayed its new date counts; the last of several does."""
    log = Log()
    agreement(log)
    log.later(1).tell("meeting.agreement_delayed", agreement="a", new_due=date(2026, 3, 20))
    last = log.later(1).tell("meeting.agreement_delayed", agreement="a", new_due=date(2026, 3, 25))
    assert [date(2026, 3, 25)] == [item.due for item in log.due(NAMED)]
    assert [date(2026, 3, 20)] == [item.due for item in log.due(NAMED, hidden=(last,))]


def test_an_agreement_without_a_date_is_never_due() -> None:
    """Nobody is reminded of what has no date, until it is given one."""
    log = Log()
    agreement(log, None)
    assert [] == log.due(NAMED)
    log.tell("meeting.agreement_delayed", agreement="a", new_due=date(2026, 3, 20))
    assert ["agreement"] == log.ids(NAMED)


def test_an_agreement_past_its_date_can_still_be_done() -> None:
    """It is so many days over, and leaves the list when it is done."""
    log = Log()
    agreement(log)
    log.later(30)
    (item,) = log.due(NAMED)
    assert 22 == item.days_over(log.today)
    log.tell("meeting.agreement_done", agreement="a")
    assert [] == log.due(NAMED)


def test_a_meeting_that_moves_moves_what_is_due_before_it() -> None:
    """When a meeting is put off, the citizen's item of the agenda and the answer to the invitation may wait as well."""
    log = Log()
    log.tell("meeting.convened", kind="network", starts=datetime(2026, 3, 12, 9, tzinfo=UTC))
    log.tell("meeting.participant_invited", participant="named", starts=datetime(2026, 3, 12, 9, tzinfo=UTC))
    log.tell("meeting.rescheduled", starts=datetime(2026, 3, 19, 9, tzinfo=UTC))
    assert {date(2026, 3, 17)} == {item.due for item in log.due(COORDINATOR)}
    assert [date(2026, 3, 16)] == [item.due for item in log.due(NAMED)]


def test_a_meeting_tomorrow_is_due_today() -> None:
    """What is called at short notice is due at once, and not days before it was called."""
    log = Log()
    log.tell("meeting.convened", kind="network", starts=MONDAY + timedelta(days=1))
    assert {MONDAY.date()} == {item.due for item in log.due(COORDINATOR)}


def test_open_dialogue_asks_for_no_agenda() -> None:
    """An Open Dialogue meeting has no fixed agenda, so no item of it is due; that its purpose is known, is."""
    log = Log()
    log.tell("meeting.convened", kind="open_dialogue", starts=MONDAY + timedelta(days=9))
    assert ["purpose"] == log.ids(COORDINATOR)


def test_an_item_for_the_agenda_that_staff_chose_is_not_the_citizens() -> None:
    """A professional's own item does not count as one that was offered to the citizen."""
    log = Log()
    log.tell("meeting.convened", kind="network", starts=MONDAY + timedelta(days=9))
    log.tell("meeting.agenda_item_proposed", agenda_item="a", text="plan")
    assert {"agenda", "purpose"} == set(log.ids(COORDINATOR))


def test_a_meeting_with_the_citizen_in_it_needs_no_telling() -> None:
    """Only a meeting without the citizen, which nobody told them of, is to be told."""
    log = Log()
    log.tell("meeting.held", citizen_took_part=True, told_by=None)
    log.tell("meeting.held", on="another", citizen_took_part=False, told_by="somebody")
    assert [] == log.due(COORDINATOR)


def test_the_rhythm_begins_anew_with_each_status() -> None:
    """Two weeks after the last status the next is due; an agreement to be flexible reminds of nothing."""
    log = Log()
    log.tell("citizen.dialogue_rhythm_agreed", every_days=14)
    told = log.later(10).tell("citizen.status_given")
    assert [date(2026, 3, 26)] == [item.due for item in log.due(CONTACT)]
    assert [date(2026, 3, 16)] == [item.due for item in log.due(CONTACT, hidden=(told,))]
    log.tell("citizen.dialogue_rhythm_agreed", every_days=None)
    assert [] == log.due(CONTACT)


def test_a_lack_can_come_again() -> None:
    """A citizen has a coordinator, loses them, and gets another: red only in between."""
    log = Log()
    for event, red in (
        ("citizen.enrolled", True),
        ("citizen.coordinator_assigned", False),
        ("citizen.coordinator_released", True),
        ("citizen.coordinator_assigned", False),
    ):
        log.later(1).tell(event, on="citizen")
        assert red == ("no-coordinator" in log.ids(AUTHORITY)), event


def test_after_a_reopening_only_what_comes_then_is_due() -> None:
    """Coming back begins with a clean list: what waited before the closing does not come back, a coordinator does."""
    log = Log()
    log.tell("citizen.wish_made", wish="w", by=None)
    log.tell("citizen.closed", on="citizen")
    log.tell("citizen.reopened", on="citizen")
    assert ["no-coordinator"] == log.ids(CONTACT)
    log.tell("citizen.wish_made", wish="another", by=None)
    assert ["no-coordinator", "wish"] == log.ids(CONTACT)


def test_a_handover_that_was_read_before_it_was_accepted_is_read() -> None:
    """Reading counts whenever it happened."""
    log = Log()
    log.tell("handover.proposed", to_partner="named")
    log.tell("handover.read", by="named")
    log.tell("handover.accepted", by="named")
    assert [] == log.due(NAMED)


def test_what_stands_on_the_wrong_person_is_due_to_nobody() -> None:
    """A wish that was written on somebody else is on no list."""
    log = Log()
    log.tell("citizen.wish_made", wish="w")
    log.tell("event.misfiled", subject=1)
    assert [] == [item for item in log.due(COORDINATOR) if item.rule.id == "wish"]


def test_a_corrected_date_is_the_date() -> None:
    """A reader who sees another date than was written first is reminded of the one that they see."""
    log = Log()
    made = log.tell("citizen.acute_problem_reported", problem="p", due=date(2026, 3, 4))
    entry = log.entry(made)
    right = entry._replace(fields={**entry.fields, "due": "2026-03-11"})
    matters = due_matters(due_table(), log.facts)
    for seen, due in ((right, date(2026, 3, 11)), (entry._replace(fields={}), date(2026, 3, 3))):
        told = DueTold({1: seen}, frozenset({1}))
        assert [due] == [item.due for item in due_items(matters, [], told, COORDINATOR, log.today)]


def test_a_hard_period_counts_from_its_first_day_to_its_last() -> None:
    """A follow-up due long after the hard period is not moved; one within it is, and stays moved when it is over."""
    log = Log()
    log.tell("citizen.hard_period_marked", period="p", until=date(2026, 3, 12), by=None)
    log.tell("plan.follow_up_planned", follow_up="in", due=date(2026, 3, 10))
    log.later(14).tell("plan.follow_up_planned", follow_up="after", due=date(2026, 3, 20))
    assert [(date(2026, 3, 20), False), (date(2026, 3, 31), True)] == [
        (item.due, item.softened) for item in log.due(COORDINATOR)
    ]


def test_a_hard_period_that_ended_makes_nothing_quiet() -> None:
    """What was quiet while it was hard has its day again when it is better."""
    log = Log()
    log.tell("meeting.convened", kind="open_dialogue", starts=MONDAY + timedelta(days=9))
    log.tell("citizen.hard_period_marked", period="p", by=None)
    assert [True] == [item.quiet for item in log.due(COORDINATOR)]
    ended = log.later(1).tell("citizen.hard_period_ended", period="p", by=None)
    log.later(1)
    assert [False] == [item.quiet for item in log.due(COORDINATOR)]
    assert [True] == [item.quiet for item in log.due(COORDINATOR, hidden=(ended,))]


def test_what_is_far_away_is_not_shown_yet() -> None:
    """An agreement in the summer is not on a list in March."""
    log = Log()
    agreement(log, date(2026, 7, 1))
    assert [] == log.due(NAMED)
    assert ["agreement"] == log.later(100).ids(NAMED)


def test_a_consent_that_was_renewed_ends_when_it_says_now() -> None:
    """The question comes before the end that the last word on the consent gave it; without an end it never comes."""
    log = Log()
    log.tell(
        "consents.given", consent="c", form="written", until=datetime(2026, 3, 20, 23, tzinfo=UTC), by=None
    )
    assert ["consent-ends"] == log.ids()
    log.tell("consents.renewed", consent="c", until=datetime(2027, 3, 20, 23, tzinfo=UTC), by=None)
    assert [] == log.ids()
    log.tell("consents.renewed", consent="c", until=None, by=None)
    assert [] == log.later(2000).ids()


def test_the_citizen_is_told_which_organisations_a_correction_waits_for() -> None:
    """Of two that had read the wrong words, one has taken in the right ones, and the other is named."""
    log = Log()
    first = log.tell("citizen.question_asked", question="q", by="provider")
    log.tell("event.corrected", subject=1, field="words", by="provider")
    both = {2: frozenset({ident("one"), ident("two")})}
    assert {ident("one"), ident("two")} == log.due(received=both)[-1].waits_for
    log.tell("citizen.correction_taken_in", by="one", about=first.opened.event_id)
    (item,) = [each for each in log.due(received=both) if each.rule.id == "correction"]
    assert {ident("two")} == item.waits_for
    assert "correction" not in log.ids(at("one"))
    assert "correction" in log.ids(at("two"))


def test_a_worker_who_has_left_has_nothing_to_read() -> None:
    """The citizen's list names no help card for somebody who has no task any more."""
    log = Log()
    log.tell("citizen.help_card_written", by=None)
    log.tell("citizen.relation_started", partner="new", person="newcomer")
    assert [] == log.ids(THE_CITIZEN)
    assert ["help-card"] == log.ids(DueReader(helpers=frozenset({ident("newcomer")})))


EVENTS = st.lists(st.integers(0, 11), min_size=1, max_size=30)


def anything(numbers: list[int]) -> Log:
    """A log of whatever comes, on few things."""
    log = Log()
    for number in numbers:
        thing = str(number % 2)
        match number % 6:
            case 0:
                log.tell("citizen.wish_made", wish=thing, by=None)
            case 1:
                log.tell("citizen.wish_answered", wish=thing, met=True)
            case 2:
                log.tell("citizen.dialogue_rhythm_agreed", every_days=7)
            case 3:
                log.tell("citizen.status_given")
            case 4:
                log.tell("citizen.hard_period_marked", period=thing, by=None)
            case 5:
                log.tell(
                    "plan.follow_up_planned", follow_up=thing, due=MONDAY.date() + timedelta(days=number)
                )
        log.later(number % 3)
    return log


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_facts_give_the_same_list_in_whatever_order_they_are_read(
    numbers: list[int], rng: random.Random
) -> None:
    """Nothing depends on the order in which the database gives the facts back, nor on reading one twice over."""
    log = anything(numbers)
    told = DueTold(
        {event.position: log.entry(event) for event in log.events},
        frozenset(event.position for event in log.events),
    )

    def listed(facts: list) -> list:  # type: ignore[type-arg]
        return due_items(due_matters(due_table(), facts), hard_facts(facts), told, COORDINATOR, log.today)

    mixed = log.facts
    rng.shuffle(mixed)
    assert listed(log.facts) == listed(mixed)


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.data())
def test_what_is_hidden_changes_a_list_as_if_it_had_never_been(
    numbers: list[int], data: st.DataObject
) -> None:
    """Two histories that differ only in what a reader may not know give that reader the same list."""
    log = anything(numbers)
    hidden = data.draw(st.sets(st.sampled_from(range(len(log.events)))))
    absent = tuple(log.events[number] for number in hidden)
    other = Log()
    other.events = [event for number, event in enumerate(log.events) if number not in hidden]
    other.now = log.now
    for reader in (COORDINATOR, CONTACT, at("provider")):
        assert other.due(reader) == log.due(reader, hidden=absent)
    assert CITIZEN


def test_a_list_that_heeds_hidden_ends_is_found() -> None:
    """Control: if an end counted without being theirs to know, the two histories would differ."""
    log = Log()
    log.tell("citizen.wish_made", wish="w", by=None)
    end = log.tell("citizen.wish_answered", wish="w", met=True)
    assert log.due(COORDINATOR, hidden=(end,)) != log.due(COORDINATOR)
    print("control: caught")
