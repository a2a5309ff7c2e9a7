"""Each rule of things due, in a sentence that a caseworker would recognise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.application.due import DueReader
from hub.due import DueRule, due_table
from hub.working_days import working_days_later
from tests.due_told import MONDAY, THE_CITIZEN, Log, at, ident

DAY = MONDAY.date()
AUTHORITY = at("authority", sector="authority")
COORDINATOR = at("provider-of-coordinator", "coordinator")
CONTACT = at("somewhere", "contact_person")
STRANGER = at("stranger", "relation")
NAMED, RECORDER = at("named"), at("provider")
MEETING = datetime(2026, 3, 20, 10, tzinfo=UTC)
Do = Callable[[Log], object]


def does(event: str, **said: Any) -> Do:
    """An event, when its time comes."""
    return lambda log: log.tell(event, **said)


@dataclass(frozen=True)
class Case:
    """How a rule is lived: what begins it, its day, what ends it, and on whose list it stands."""

    sentence: str
    begins: tuple[Do, ...]
    due: date
    ends: tuple[Do, ...]
    on: tuple[DueReader, ...]
    not_on: tuple[DueReader, ...] = (STRANGER,)
    received: dict[int, frozenset[Any]] = field(default_factory=dict)


def working(days: int) -> date:
    """So many working days after the Monday on which it all begins."""
    return working_days_later(DAY, days)


TEAM = (COORDINATOR, CONTACT)
CONVENED = does("meeting.convened", kind="network", starts=MEETING)
INVITED = does("meeting.participant_invited", participant="named", starts=MEETING)
ABSENT = does("meeting.participant_answered", participant="named", coming=False, by="named")
OVER = (does("meeting.held"), does("meeting.cancelled"), does("meeting.split"))
PROPOSED = does("handover.proposed", to_partner="named")

CASES: dict[str, Case] = {
    "wish": Case(
        "Lars wished for a bicycle; it waits until somebody says yes, or why not.",
        (does("citizen.wish_made", wish="bike", by=None),), working(10),
        (does("citizen.wish_answered", wish="bike", met=True),), TEAM,
    ),
    "question": Case(
        "Whoever asks what happens at the meeting has an answer within a week.",
        (does("citizen.question_asked", question="what", by=None),), working(5),
        (does("citizen.question_answered", question="what"),), TEAM,
    ),
    "discontent": Case(
        "Somebody who says that they are not content is answered, not forgotten.",
        (does("citizen.discontent_told", question="not well", by=None),), working(5),
        (does("citizen.question_answered", question="not well"),), TEAM,
    ),
    "feedback": Case(
        "The organisation that the citizen gave feedback to says what it did about it.",
        (does("citizen.feedback_given", feedback="f", partner="named", by=None),), working(10),
        (does("citizen.feedback_acted_on", feedback="f"),), (NAMED,), (STRANGER, COORDINATOR),
    ),
    "feedback-to-nobody": Case(
        "Feedback that names nobody is the coordinator's to act on.",
        (does("citizen.feedback_given", feedback="f", partner=None, by=None),), working(10),
        (does("citizen.feedback_acted_on", feedback="f"),), (COORDINATOR,), (STRANGER, NAMED),
    ),
    "worker-change": Case(
        "A wish for another support worker gets a decision.",
        (does("citizen.worker_change_wished", change="c", by=None),), working(10),
        (does("citizen.worker_change_decided", change="c"),), (COORDINATOR, AUTHORITY),
    ),
    "help-card": Case(
        "A new worker reads the card on how to help before they begin in earnest.",
        (does("citizen.help_card_written", by=None),
         does("citizen.relation_started", partner="new", person="newcomer")), working(5),
        (does("citizen.help_card_read", by="new", worker="newcomer"),),
        (at("new", "relation", person="newcomer"),), (STRANGER, at("new", "relation", person="colleague")),
    ),
    "need-unacknowledged": Case(
        "When a provider reports a changed need, the authority says that it has read it.",
        (does("citizen.need_change_reported", need="n"),), working(3),
        (does("citizen.need_change_acknowledged", need="n"), does("citizen.need_change_assessed", need="n")),
        (AUTHORITY,), (STRANGER, COORDINATOR),
    ),
    "need-unassessed": Case(
        "A changed need is assessed by the authority, also when it has been acknowledged.",
        (does("citizen.need_change_reported", need="n"),
         does("citizen.need_change_acknowledged", need="n")), working(20),
        (does("citizen.need_change_assessed", need="n"),), (AUTHORITY,), (STRANGER, COORDINATOR),
    ),
    "acute": Case(
        "A rent that is not paid is due on the day that was written down, and not in a month.",
        (does("citizen.acute_problem_reported", problem="rent", due=date(2026, 3, 4)),), date(2026, 3, 4),
        (does("citizen.acute_problem_solved", problem="rent"),), (*TEAM, RECORDER),
    ),
    "first-reply": Case(
        "Whoever asks for help hears from the authority within three working days.",
        (does("citizen.help_sought", inquiry="help", by=None),), working(3),
        (does("citizen.inquiry_answered", inquiry="help"), does("citizen.support_decided", inquiry="help")),
        (AUTHORITY,),
    ),
    "status": Case(
        "Those who agreed to talk every two weeks are reminded after two weeks.",
        (does("citizen.dialogue_rhythm_agreed", every_days=14),), DAY + timedelta(days=14),
        (), (CONTACT,),
    ),
    "transition": Case(
        "A birthday at which the law changes is prepared three months before.",
        (does("citizen.transition_expected", transition="18", due=date(2026, 6, 20)),),
        date(2026, 6, 20) - timedelta(days=90),
        (does("citizen.transition_prepared", transition="18"),), (COORDINATOR, AUTHORITY),
    ),
    "order": Case(
        "An order from the authority is received by the provider it went to.",
        (does("plan.order_sent", order="o", provider="named", by="authority"),), working(3),
        (does("plan.order_received", order="o", provider="named", by="named"),
         does("plan.order_ended", order="o", provider="named")), (NAMED,), (STRANGER, RECORDER),
    ),
    "follow-up": Case(
        "A follow-up that was planned for a day is held, with before and after.",
        (does("plan.follow_up_planned", follow_up="u", due=date(2026, 3, 16)),), date(2026, 3, 16),
        (does("plan.follow_up_held", follow_up="u"), does("plan.closed")), (RECORDER, COORDINATOR),
    ),
    "no-coordinator": Case(
        "A citizen without a coordinator is seen in red at once.",
        (does("citizen.enrolled", on="citizen"),), DAY,
        (does("citizen.coordinator_assigned", on="citizen"),), (AUTHORITY, CONTACT),
    ),
    "handover-unanswered": Case(
        "Whoever is asked to take over says yes or no.",
        (PROPOSED,), working(5),
        (does("handover.accepted", by="named"), does("handover.declined"), does("handover.withdrawn")),
        (NAMED,), (STRANGER, RECORDER),
    ),
    "handover-unread": Case(
        "The receiver reads the handover before the first contact, so nobody has to tell it all again.",
        (PROPOSED, does("handover.accepted", by="named")), working(5),
        (does("handover.read", by="named"), does("handover.completed"), does("handover.withdrawn")),
        (NAMED,), (STRANGER, RECORDER),
    ),
    "retelling": Case(
        "After a handover the citizen is asked whether they had to tell it all again.",
        (does("handover.read", by="named"),), DAY + timedelta(days=14),
        (does("handover.retelling_reported", again="no", by=None),), (THE_CITIZEN,), (*TEAM, NAMED, AUTHORITY),
    ),
    "purpose": Case(
        "Nobody comes to a meeting without knowing what it is for.",
        (CONVENED,), date(2026, 3, 18), (does("meeting.purpose_explained"), *OVER), (RECORDER, COORDINATOR),
    ),
    "agenda": Case(
        "At least one item of the agenda is the citizen's to choose.",
        (CONVENED,), date(2026, 3, 18),
        (does("meeting.agenda_item_proposed", agenda_item="a", words="wishes"),
         does("meeting.agenda_item_proposed", agenda_item="a", text="plan", by=None), *OVER),
        (RECORDER, COORDINATOR),
    ),
    "invitation": Case(
        "Whoever is invited says whether they come.",
        (INVITED,), date(2026, 3, 17),
        (does("meeting.participant_answered", participant="named", coming=True, by="named"),
         does("meeting.participant_removed", participant="named"), *OVER), (NAMED,), (STRANGER, COORDINATOR),
    ),
    "input": Case(
        "Who cannot come writes what they would have said.",
        (INVITED, ABSENT), working(3),
        (does("meeting.input_given", by="named"),
         does("meeting.participant_answered", participant="named", coming=True, by="named"), *OVER),
        (NAMED,), (STRANGER, COORDINATOR),
    ),
    "held-without": Case(
        "When a meeting was held without the citizen, somebody tells them what happened.",
        (does("meeting.held", citizen_took_part=False, told_by=None),), working(2),
        (does("meeting.talked_afterwards"),), (RECORDER, COORDINATOR),
    ),
    "agreement": Case(
        "What the housing association promised for the tenth is on its list, and on the coordinator's.",
        (does("meeting.agreement_made", agreement="a", owner="named", due=date(2026, 3, 10)),),
        date(2026, 3, 10),
        (does("meeting.agreement_done", agreement="a"), does("meeting.agreement_dropped", agreement="a")),
        (NAMED, COORDINATOR),
    ),
    "own-agreement": Case(
        "What the citizen said they would do stands on nobody's list but their own, and is never late.",
        (does("meeting.agreement_made", agreement="a", owner=None, due=date(2026, 3, 10)),), date(2026, 3, 10),
        (does("meeting.agreement_done", agreement="a"), does("meeting.agreement_dropped", agreement="a")),
        (THE_CITIZEN,), (*TEAM, AUTHORITY, RECORDER, NAMED),
    ),
    "barrier": Case(
        "When the fee for the club stands in the way, somebody seeks help with it.",
        (does("citizen.barrier_noted", barrier="fee"),), working(10),
        (does("citizen.barrier_help_sought", barrier="fee"),), TEAM,
    ),
    "company": Case(
        "Who agreed to come along to the swimming bath is reminded of the day.",
        (does("citizen.company_agreed", company="swim", due=date(2026, 3, 12)),), date(2026, 3, 12),
        (does("citizen.company_kept", company="swim"),), (RECORDER, CONTACT),
    ),
    "emergency": Case(
        "An emergency access is looked at afterwards by somebody else than its reader.",
        (does("consents.emergency_access_opened", access="e", partner="named", person="reader", by="named"),),
        working(3), (does("consents.emergency_access_reviewed", access="e"),),
        (NAMED, COORDINATOR, AUTHORITY), (STRANGER, at("named", person="reader")),
    ),
    "correction": Case(
        "Those who had read the wrong words say that they have seen the right ones.",
        (does("citizen.need_change_reported", need="n"), does("event.corrected", subject=1, field="text")),
        working(5), (does("citizen.correction_taken_in", by="named"),), (NAMED,), (RECORDER,),
        received={2: frozenset({ident("named")})},
    ),
    "spoken-consent": Case(
        "A consent that was spoken is a question to the citizen; silence lets it lapse.",
        (does("consents.given", consent="c", form="spoken"),), DAY + timedelta(days=30),
        (does("consents.confirmed", consent="c"), does("consents.withdrawn", consents=("c",)),
         does("consents.expired", consents=("c",))), (THE_CITIZEN,), (*TEAM, AUTHORITY, RECORDER, NAMED),
    ),
    "consent-ends": Case(
        "A consent that ends is a question to the citizen, never an alarm to anybody.",
        (does("consents.given", consent="c", form="written", until=datetime(2026, 3, 21, 23, tzinfo=UTC)),),
        date(2026, 3, 21),
        (does("consents.withdrawn", consents=("c",)), does("consents.expired", consents=("c",))),
        (THE_CITIZEN,), (*TEAM, AUTHORITY, RECORDER, NAMED),
    ),
    "strength": Case(
        "A strength that others see is the citizen's to say yes to.",
        (does("citizen.strength_suggested", strength="s"),), DAY + timedelta(days=14),
        (does("citizen.strength_confirmed", strength="s", by=None),
         does("citizen.strength_rested", strength="s", by=None)), (THE_CITIZEN,), (*TEAM, AUTHORITY, RECORDER),
    ),
    "peer": Case(
        "An offer to meet a peer is the citizen's to choose.",
        (does("citizen.peer_offered", peer="p"),), DAY + timedelta(days=14),
        (does("citizen.peer_joined", peer="p", by=None), does("citizen.peer_left", peer="p", by=None)),
        (THE_CITIZEN,), (*TEAM, AUTHORITY, RECORDER),
    ),
}  # fmt: skip
BY_NOTICES = {"purge"}
"""Rules that begin with what a partner's system was told; they have tests of their own, on a database."""


def rule(name: str) -> DueRule:
    """A rule of the table."""
    return due_table().rules[name]


def begun(name: str) -> Log:
    """A log in which the rule's thing has begun, and whoever is new has a task."""
    log = Log()
    for do in CASES[name].begins:
        do(log)
    return log


def on_list(log: Log, name: str, reader: DueReader) -> list[Any]:
    """What the reader has on their list by this rule."""
    if reader is THE_CITIZEN:
        reader = DueReader(helpers=frozenset({ident("newcomer")}))
    received = CASES[name].received if reader.person is None else {}
    return [item for item in log.due(reader, received=received) if item.rule.id == name]


def test_every_rule_is_lived_here() -> None:
    """No rule of the table is without a sentence that says what it is for."""
    assert set(CASES) | BY_NOTICES == set(due_table().rules)
    assert all(case.sentence.endswith(".") for case in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_a_rule_is_due_at_its_clock(name: str) -> None:
    """What has begun is due on its day, on the lists of those it waits for, and on the citizen's own."""
    case = CASES[name]
    for reader in (*case.on, THE_CITIZEN):
        found = on_list(begun(name), name, reader)
        assert [case.due] == [item.due for item in found], case.sentence
        assert all(not item.softened for item in found)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_stands_on_no_other_list(name: str) -> None:
    """Whom it does not wait for does not have it on their list."""
    case = CASES[name]
    for reader in case.not_on:
        assert [] == on_list(begun(name), name, reader), case.sentence


@pytest.mark.parametrize("name", CASES)
def test_a_rule_ends_with_its_event(name: str) -> None:
    """Each event that ends a thing takes it off every list; another thing of the same sort stays."""
    case = CASES[name]
    for number, do in enumerate(case.ends):
        log = begun(name).later(1)
        made: Any = do(log)
        if name == "correction":
            log.events[-1].opened.body["about"] = log.events[0].opened.event_id.bytes
        for reader in (*case.on, THE_CITIZEN):
            assert [] == on_list(log, name, reader), (case.sentence, number, made.opened.schema.event)


@pytest.mark.parametrize("name", CASES)
def test_an_end_that_is_not_theirs_to_know_ends_nothing(name: str) -> None:
    """A list tells nothing by what is gone from it: an end that its reader may not know of leaves the thing there."""
    case = CASES[name]
    for do in case.ends:
        log = begun(name).later(1)
        made: Any = do(log)
        if name == "correction":
            log.events[-1].opened.body["about"] = log.events[0].opened.event_id.bytes
            continue  # whoever took it in did so themselves
        for reader in case.on:
            found = log.due(reader, hidden=(made,))
            assert name in [item.rule.id for item in found], (case.sentence, made.opened.schema.event)


@pytest.mark.parametrize("name", CASES)
def test_what_began_it_is_theirs_to_know_or_it_is_not_there(name: str) -> None:
    """Somebody who may not know of what it is about has nothing of it on their list."""
    log = begun(name)
    hidden = tuple(log.events)
    for reader in CASES[name].on:
        assert name not in log.ids(reader, hidden=hidden), CASES[name].sentence


@pytest.mark.parametrize("name", CASES)
def test_a_hard_period_softens_as_the_table_says(name: str) -> None:
    """While it is hard the day moves, or is not counted, or (where it is owed to the citizen) nothing changes."""
    log = begun(name)
    mark = log.tell("citizen.hard_period_marked", period="p", by=None)
    log.later(30)
    row = rule(name)
    for reader in (*CASES[name].on, THE_CITIZEN):
        (item,) = on_list(log, name, reader)
        assert (row.hard_period != "as_ever") == item.softened
        assert CASES[name].due + timedelta(days=row.later_days) == item.due
        assert row.hard_period != "quiet" or 0 == item.days_over(date(2030, 1, 1))
    for reader in CASES[name].on:
        if reader is not THE_CITIZEN:
            (item,) = [each for each in log.due(reader, hidden=(mark,)) if each.rule.id == name]
            assert CASES[name].due == item.due, "a hard period that they may not know of softens nothing"
            assert not item.softened


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("end", ["citizen.died", "citizen.closed"])
def test_a_death_and_closing_end_it_at_once(name: str, end: str) -> None:
    """After a death, and when the cooperation is closed, nobody is reminded of anything."""
    log = begun(name)
    log.tell(end, on="citizen")
    for reader in (*CASES[name].on, THE_CITIZEN):
        assert [] == log.due(reader), CASES[name].sentence


@pytest.mark.parametrize("name", CASES)
def test_what_was_imported_is_history(name: str) -> None:
    """Nothing is due because of what other systems wrote down years ago, but a citizen still needs a coordinator."""
    log = begun(name)
    for event in log.events:
        event.opened.body["act"]["source"] = "import"
    for reader in CASES[name].on:
        assert (name in log.ids(reader)) == rule(name).history


@pytest.mark.parametrize("name", CASES)
def test_only_what_is_not_a_question_can_be_late(name: str) -> None:
    """A question to the citizen is never late, however long it lies."""
    log = begun(name)
    for reader in CASES[name].on:
        (item,) = on_list(log, name, reader)
        assert (item.days_over(item.due + timedelta(days=3)) == 0) == rule(name).question


def test_a_rule_that_is_switched_off_is_found() -> None:
    """Control: without its row in the table a thing that is due is on no list, and the tests above say so."""
    from hub.due import DueTable  # noqa: PLC0415 - a control's own

    whole = due_table()
    log = begun("wish")
    assert ["wish"] == log.ids(COORDINATOR)
    log.table = DueTable({n: r for n, r in whole.rules.items() if n != "wish"}, whole.hard_period)
    assert [] == log.ids(COORDINATOR)
    print("control: caught")
