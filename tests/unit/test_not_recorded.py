"""What must not be recorded: nothing of leaders and politics on a citizen, and no file that the citizen cannot read."""

import re
from typing import Any

import pytest

from hub.aggregates import TOLD, Citizen, Text
from hub.aggregates.matters import required
from hub.aggregates.needs import WorkerChangeWished
from hub.aggregates.withholding import ItemWithheld
from hub.application.disclosure import Reason
from hub.application.withholding import shown_to_the_citizen
from hub.encoding import body_of, event_classes
from hub.errors import BadInput, NotPermitted
from hub.items import item_of
from hub.schemas import Schemas
from hub.sealing import Opened
from hub.vocabulary import EXISTENCE, Category, Purpose, Sector
from tests.acting import (
    AT,
    AUTHORITY,
    PROVIDER,
    as_citizen,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)
from tests.contracts.samples import hints_of, sample
from tests.deciding import ANNA, BENT, NOW, SCREEN, US, grant, item, state, task
from tests.telling import citizen as enrolled
from tests.telling import sample as said

SCHEMAS = Schemas()
TOPICS = sorted(topic for topic in event_classes() if topic.rsplit(".v", 1)[0] in EXISTENCE)
LEADERS = re.compile(
    r"leader|manager|politic|council|key_figure|benchmark|team|ranking|sanction|risk_score|score|forecast"
)
"""What would be a leader's business, or a computed judgement, in the citizen's own stream."""
BEHIND = re.compile(
    r"disagree|dissent|internal|hidden|secret|private|draft|tariff|rate\b|price|dispute_with|note_to|colleague"
)
"""What a file that the citizen does not see would be called."""


def named(topics: list[str]) -> list[str]:
    """Every name in the citizen's stream: of an event, and of each of its fields."""
    return [*topics, *(f"{topic}:{name}" for topic in topics for name in hints_of(topic))]


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    return enrolled()


# Leaders and politicians: nothing in the citizen's stream.


def test_a_name_that_must_not_be_there_would_be_found() -> None:
    """The two lists of words catch what they are meant for, and nothing that is there."""
    assert LEADERS.search("citizen.leader_informed.v1")
    assert LEADERS.search("plan.follow_up_held.v2:risk_score")
    assert BEHIND.search("citizen.internal_note_written.v1")
    assert BEHIND.search("meeting.held.v2:draft")
    print("control: caught")


def test_nothing_about_leaders_is_recorded_on_a_citizen() -> None:
    """No event and no field on a citizen is a leader's, a politician's or a key figure's."""
    assert [] == [name for name in named(TOPICS) if LEADERS.search(name)]


@pytest.mark.parametrize(
    "label", ["management", "leadership", "politics", "key_figures", "internal", "hidden"]
)
def test_no_words_on_a_citizen_are_labelled_for_leaders_or_kept_apart(label: str) -> None:
    """A text about a citizen is labelled by what it is about: a label for somebody to hide behind is refused."""
    assert label not in set(Category)
    with pytest.raises(BadInput, match="no category"):
        Text.of("Enhedens tal", label)


def test_leaders_are_no_sector() -> None:
    """There are eleven kinds of organisations, and neither management nor a council is one of them."""
    assert 11 == len(Sector)
    for sector in ("management", "leadership", "city_council", "politics", "audit"):
        with pytest.raises(ValueError, match="is not a valid"):
            Sector(sector)


@pytest.mark.parametrize(
    "purpose", ["management", "leadership", "key_figures", "statistics", "quality", "politics"]
)
def test_leading_is_no_task_with_a_citizen(citizen: Citizen, purpose: str) -> None:
    """Nobody is given a task in order to lead, count or report: a task has one of the few purposes that help."""
    assert purpose not in set(Purpose)
    for command in (citizen.assign_coordinator, citizen.assign_contact_person, citizen.start_relation):
        with refuses(BadInput, citizen, "purpose of a task"):
            command(uid(41), PROVIDER, uid(21), purpose, at_partner())


def test_a_leader_without_a_task_is_a_stranger() -> None:
    """The worker with the task reads; the leader of the same organisation, who has none, meets the denial."""
    known = state(grant(), task(ANNA))
    worker = known.viewer(US, NOW, person=ANNA, purpose="support", channel=SCREEN)
    leader = known.viewer(US, NOW, person=BENT, purpose="support", channel=SCREEN)

    assert worker.decide(item()).permitted
    denied = leader.decide(item())
    assert not denied.permitted
    assert [Reason("no_task")] == list(denied.reasons)


def test_a_single_case_reaches_a_leader_by_a_task_that_the_citizen_sees(citizen: Citizen) -> None:
    """A wish for another worker is escalated by giving the leader a task: an event on the citizen's own timeline."""
    citizen.tell(WorkerChangeWished, as_citizen(), change=uid(31), words=words())
    citizen.collect_events()
    citizen.start_relation(uid(41), PROVIDER, uid(22), "support", at_partner())
    event = only(citizen)

    assert (PROVIDER, uid(22), "support") == (event.partner, event.person, event.purpose)
    assert "citizen.relation_started" in EXISTENCE


# Professional disagreement: outside the citizen's file, and no file beside it.


def test_no_event_is_for_disagreement_among_professionals() -> None:
    """Neither an event nor a field on a citizen holds prices, internal notes, drafts or who disagreed with whom."""
    assert [] == [name for name in named(TOPICS) if BEHIND.search(name)]


def test_only_the_citizen_disputes_what_is_written(citizen: Citizen) -> None:
    """Professionals correct their own words, or talk it over elsewhere: they dispute nothing in the citizen's file."""
    with refuses(NotPermitted, citizen, "correct it instead"):
        citizen.dispute(1, words(), at_partner(PROVIDER))
    for act in (as_citizen(), as_representative()):
        citizen.dispute(1, words(), act)


def opened(topic: str) -> tuple[Any, Opened]:
    """An event of a kind, with everything in it, as the timeline has it."""
    happened = sample(topic, full=True)
    body, _ = body_of(happened)
    schema = SCHEMAS.by_topic[topic]
    nothing: Any = None  # nobody opens the texts here
    found = Opened(schema, body, uid(900), happened.originator_id, happened.originator_version, nothing, ())
    return item_of(schema, body, uid(900), 1), found


@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_is_on_the_citizens_own_timeline(topic: str) -> None:
    """Whatever is recorded on a citizen, the citizen reads: no kind of event is left out."""
    event = opened(topic)

    assert [event] == shown_to_the_citizen([event], frozenset())
    assert [event] == shown_to_the_citizen([event], frozenset({uid(1)}))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_schema_cannot_say_that_a_field_is_hidden_from_the_citizen(topic: str) -> None:
    """What a field says of itself is what it is about and how it is read; there is no word for hiding it."""
    shape = SCHEMAS.by_topic[topic].fields

    assert {each.kind for each in shape} <= {
        "envelope", "term", "text", "value", "partner", "partners", "person",
    }  # fmt: skip


def test_only_single_items_are_withheld_for_a_time_and_by_name(citizen: Citizen) -> None:
    """By a named person at the authority, one item, with the rule, the reason and the day when it ends."""
    assert {"withholding", "about", "basis", "until", "reason"} == set(required(ItemWithheld))
    terms = said(ItemWithheld)
    for act in (at_partner(PROVIDER), as_citizen(), as_representative()):
        with refuses(NotPermitted, citizen, "authority"):
            citizen.tell(ItemWithheld, act, **terms)
    with refuses(BadInput, citizen, "still to come"):
        citizen.tell(ItemWithheld, at_partner(AUTHORITY), **{**terms, "until": AT})
    citizen.tell(ItemWithheld, at_partner(AUTHORITY), **terms)

    assert (uid(21), AUTHORITY) == ((event := only(citizen)).act.by.person, event.act.by.partner)
    assert [] == [topic for topic in TOLD if "withh" in topic and topic.split(".")[0] != "citizen"]


def test_what_is_withheld_is_one_item_and_no_other() -> None:
    """The item that is named is not shown for now; an event beside it is."""
    event = opened("citizen.status_given.v1")

    assert [] == shown_to_the_citizen([event], frozenset({uid(900)}))
