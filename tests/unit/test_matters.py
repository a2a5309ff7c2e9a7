"""Events whose classes say their own rule: what is the same for each of them."""

from typing import Any

import pytest

from hub.aggregates import TOLD
from hub.aggregates.matters import fields_of, required
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import as_hub, at_partner, only, refuses, uid, words
from tests.telling import (
    AFTER_DEATH,
    MATTER,
    NOWHERE,
    TOPICS,
    everybody,
    may,
    name_of,
    path,
    sample,
    stage,
    states,
    who,
)

BEGINNING = [topic for topic in TOPICS if TOLD[topic].RULE.matter and not TOLD[topic].RULE.after]
FOLLOWING = [topic for topic in TOPICS if TOLD[topic].RULE.after]
ON_THE_CITIZEN = [topic for topic in TOPICS if topic.startswith("citizen.")]
CHOOSING = [(topic, name) for topic in TOPICS for name, _ in TOLD[topic].RULE.one_of]
SAYING = [topic for topic in TOPICS if TOLD[topic].RULE.needs]


def told(topic: str, **said: Any) -> tuple[Any, Any]:
    """A place where such an event can be recorded, and what is said in it."""
    return stage(TOLD[topic]), sample(TOLD[topic], **said)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_told_is_recorded_as_it_was_said(topic: str) -> None:
    """Every field stands in the event, with who recorded it, and nothing else happens."""
    aggregate, said = told(topic)
    aggregate.tell(TOLD[topic], who(topic), **said)
    event = only(aggregate)

    assert topic == event.TOPIC
    assert who(topic) == event.act
    assert said == {name: getattr(event, name) for name in fields_of(TOLD[topic])}


@pytest.mark.parametrize("topic", TOPICS)
def test_nobody_records_what_is_for_somebody_else(topic: str) -> None:
    """Each event is for those who may: the citizen's own words are nobody else's, a decision is the authority's."""
    for act in (*everybody(), as_hub()):
        if not may(topic, act):
            aggregate, said = told(topic)
            with refuses(NotPermitted, aggregate):
                aggregate.tell(TOLD[topic], act, **said)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_may_be_left_out_is_empty(topic: str) -> None:
    """Only what must be there is asked for; a field that nobody fills stays empty."""
    event_class = TOLD[topic]
    aggregate, said = told(topic)
    keep = {*required(event_class), *event_class.RULE.needs[:1]}
    aggregate.tell(event_class, who(topic), **{name: said[name] for name in said if name in keep})
    event = only(aggregate)

    assert all(getattr(event, name) is None for name in said if name not in keep)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_must_be_there_is_asked_for_by_its_name(topic: str) -> None:
    """A field that is missing is named as it is typed, so that it can be given."""
    event_class = TOLD[topic]
    for name in required(event_class):
        aggregate, said = told(topic)
        if event_class.RULE.fill is not None and name in {"provider", "participant"}:
            continue  # follows from who acts, or from the order
        flag = "--" + name.replace("_", "-")
        matter = name == event_class.RULE.matter
        if matter and event_class.RULE.fill is not None:
            continue  # without it the rule looks for what it does not find
        with refuses(BadInput, aggregate, flag):
            aggregate.tell(event_class, who(topic), **{**said, name: None})


@pytest.mark.parametrize("topic", SAYING)
def test_something_is_said(topic: str) -> None:
    """An event without a word in it is refused, and the refusal names what can be written."""
    event_class = TOLD[topic]
    aggregate, said = told(topic)
    with refuses(BadInput, aggregate, f"--{event_class.RULE.needs[0]}"):
        aggregate.tell(event_class, who(topic), **{**said, **dict.fromkeys(event_class.RULE.needs)})
    for name in event_class.RULE.needs:
        aggregate, said = told(topic)
        others = dict.fromkeys(each for each in event_class.RULE.needs if each != name)
        aggregate.tell(event_class, who(topic), **{**said, **others})
        assert getattr(only(aggregate), name) == said[name]


@pytest.mark.parametrize(("topic", "name"), CHOOSING)
def test_a_choice_is_one_of_a_few_words(topic: str, name: str) -> None:
    """Each of the words is taken, and any other is refused with the words that there are."""
    event_class = TOLD[topic]
    choices = dict(event_class.RULE.one_of)[name]
    for choice in choices:
        aggregate, said = told(topic, **{name: choice})
        aggregate.tell(event_class, who(topic), **said)
        assert choice == getattr(only(aggregate), name)
    aggregate, said = told(topic, **{name: "noget andet"})
    with refuses(BadInput, aggregate, choices[-1]):
        aggregate.tell(event_class, who(topic), **said)


@pytest.mark.parametrize("topic", BEGINNING)
def test_a_matter_begins_once(topic: str) -> None:
    """What is going on already is not begun again under the same id."""
    aggregate, said = told(topic)
    aggregate.tell(TOLD[topic], who(topic), **said)
    assert TOLD[topic].RULE.becomes == aggregate.state_of(TOLD[topic].RULE.matter, MATTER)
    with refuses(WrongStatus, aggregate, "id of its own"):
        aggregate.tell(TOLD[topic], who(topic), **said)


@pytest.mark.parametrize("topic", FOLLOWING)
def test_what_was_never_begun_is_not_found(topic: str) -> None:
    """A wish that nobody made is not answered: the refusal says where those that there are can be seen."""
    event_class = TOLD[topic]
    if event_class.RULE.or_new:
        aggregate = stage(event_class, "")
        aggregate.tell(event_class, who(topic), **sample(event_class))
        assert event_class.RULE.becomes == aggregate.state_of(event_class.RULE.matter, MATTER)
        return
    aggregate, said = told(topic)
    with refuses(NotFound, aggregate, "timeline"):
        aggregate.tell(event_class, who(topic), **{**said, str(event_class.RULE.matter): NOWHERE})


@pytest.mark.parametrize("topic", [each for each in FOLLOWING if TOLD[each].TOPIC.startswith("citizen.")])
def test_one_matter_is_not_taken_for_another(topic: str) -> None:
    """The id of something of another kind is refused, and what it names stays as it was."""
    event_class = TOLD[topic]
    aggregate, said = told(topic)
    other = TOLD["citizen.wish_made.v1" if event_class.RULE.matter != "wish" else "citizen.question_asked.v1"]
    aggregate.tell(other, who(other.TOPIC), **sample(other, **{str(other.RULE.matter): uid(310)}))
    kind = WrongStatus if event_class.RULE.or_new else NotFound
    with refuses(kind, aggregate):
        aggregate.tell(event_class, who(topic), **{**said, str(event_class.RULE.matter): uid(310)})
    assert "open" == aggregate.state_of(str(other.RULE.matter), uid(310))


@pytest.mark.parametrize("topic", FOLLOWING)
def test_each_step_follows_the_ones_it_can_follow(topic: str) -> None:
    """From every state that allows it the matter goes on; from every other the refusal says from which it can."""
    event_class = TOLD[topic]
    rule = event_class.RULE
    for state in states(str(rule.matter)):
        aggregate = stage(event_class, state)
        if state in rule.after:
            aggregate.tell(event_class, who(topic), **sample(event_class))
            assert rule.becomes == aggregate.state_of(str(rule.matter), MATTER)
        else:
            with refuses(WrongStatus, aggregate, f"is {state}, and .* {rule.after[-1]}"):
                aggregate.tell(event_class, who(topic), **sample(event_class))
            assert state == aggregate.state_of(str(rule.matter), MATTER)


def test_every_state_is_reached_and_every_state_that_is_followed_exists() -> None:
    """No rule waits for a state that nothing leads to."""
    for topic in FOLLOWING:
        rule = TOLD[topic].RULE
        assert set(rule.after) <= states(str(rule.matter))
        for state in states(str(rule.matter)):
            assert path(str(rule.matter), state)[-1].RULE.becomes == state


@pytest.mark.parametrize("topic", ON_THE_CITIZEN)
def test_after_a_death_nothing_more_is_told(topic: str) -> None:
    """A treatment is closed and a correction taken in; everything else ends with the citizen's life."""
    aggregate, said = told(topic)
    if name_of(topic) == "citizen.reopened":
        return  # who is closed has not died
    aggregate.die(at_partner())
    aggregate.collect_events()
    if name_of(topic) in AFTER_DEATH:
        aggregate.tell(TOLD[topic], who(topic), **said)
        assert topic == only(aggregate).TOPIC
        return
    with refuses(WrongStatus, aggregate, "dead"):
        aggregate.tell(TOLD[topic], who(topic), **said)


@pytest.mark.parametrize("topic", ON_THE_CITIZEN)
def test_after_closing_nothing_more_is_told_until_it_is_reopened(topic: str) -> None:
    """The refusal says how to come back, and after coming back it goes on where it was."""
    if name_of(topic) in {*AFTER_DEATH, "citizen.reopened"}:
        return
    aggregate, said = told(topic)
    aggregate.tell(TOLD["citizen.closed.v1"], at_partner())
    with refuses(WrongStatus, aggregate, "reopen" if name_of(topic) != "citizen.closed" else None):
        aggregate.tell(TOLD[topic], who(topic), **said)
    aggregate.tell(TOLD["citizen.reopened.v1"], at_partner())
    aggregate.collect_events()
    aggregate.tell(TOLD[topic], who(topic), **said)

    assert topic == only(aggregate).TOPIC


@pytest.mark.parametrize("topic", TOPICS)
def test_replay_tells_the_same_story(topic: str) -> None:
    """Rebuilt from its events, everything stands as it stood: also the matters that are going on."""
    event_class = TOLD[topic]
    live = stage(event_class)
    live.tell(event_class, who(topic), **sample(event_class))
    copy = stage(event_class)
    for event in live.collect_events():
        copy = event.mutate(copy)

    assert live.going_on() == copy.going_on()
    assert live == copy


@pytest.mark.parametrize("topic", TOPICS)
def test_the_hub_itself_tells_nothing(topic: str) -> None:
    """What is told is told by people: the refusal says who may."""
    aggregate, given = told(topic)
    with refuses(NotPermitted, aggregate, "citizen|partner|authority|psychiatry"):
        aggregate.tell(TOLD[topic], as_hub(), **given)


def test_what_is_going_on_is_asked_for_by_its_state() -> None:
    """Wishes that wait for an answer are found, in the order in which they were made."""
    made, answered = TOLD["citizen.wish_made.v1"], TOLD["citizen.wish_answered.v1"]
    aggregate = stage(made)
    for number in (5, 4, 6):
        aggregate.tell(made, who(made.TOPIC), wish=uid(number), words=words())
    aggregate.tell(answered, who(answered.TOPIC), wish=uid(4), met=True)

    assert [uid(5), uid(6)] == aggregate.all_in("wish", "open")
    assert [uid(4)] == aggregate.all_in("wish", "answered")
    assert aggregate.state_of("question", uid(4)) is None
