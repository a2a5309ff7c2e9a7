"""What is said of an event afterwards, on every kind of aggregate that a citizen has."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.aggregates import Amendable, Citizen, Consents, Handover, Meeting, Plan
from hub.aggregates.amending import OCCURRED
from hub.encoding import event_classes
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import (
    AT,
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

BEGUN: dict[str, Callable[[], Amendable]] = {
    "citizen": lambda: Citizen.enrol(CITIZEN, at_partner(), text=words()),
    "consents": lambda: Consents.begin(CITIZEN, as_citizen()),
    "plan": lambda: Plan.begin(uid(4), CITIZEN, "indsatsplan", at_partner(PROVIDER)),
    "meeting": lambda: Meeting.convene(
        uid(3), CITIZEN, at_partner(), kind="network", starts=AT, purpose=words("meetings")
    ),
    "handover": lambda: Handover.propose(
        uid(5),
        CITIZEN,
        at_partner(PROVIDER),
        kind="knowledge",
        to_partner=JOBCENTRE,
        items=(uid(6),),
        grants=frozenset(),
    ),
}


@pytest.fixture(params=BEGUN)
def aggregate(request: pytest.FixtureRequest) -> Amendable:
    """One of each kind, with one event."""
    begun = BEGUN[request.param]()
    begun.collect_events()
    return begun


def replayed(aggregate: Amendable, events: list[Any]) -> Any:
    """The aggregate rebuilt from its events."""
    again = None
    for event in events:
        again = event.mutate(again)
    return again


def test_each_is_recorded_on_the_aggregate_of_what_it_concerns(aggregate: Amendable) -> None:
    """All four, with what was said, and the aggregate rebuilt from its events is the same."""
    kind = type(aggregate).TOPIC  # type: ignore[attr-defined]
    made = BEGUN[kind]()
    events = list(made.collect_events())
    made.correct(1, "text", at_partner(), text=words("plan"), reason=words("everyday"))
    made.correct(1, OCCURRED, as_citizen())
    made.relabel(1, "text", as_citizen(), add=frozenset({"work", "plan"}), remove=frozenset({"wishes"}))
    made.dispute(1, words(), as_citizen())
    made.misfile(1, words("plan"), at_partner())
    said = list(made.collect_events())
    events += said

    assert [
        f"event.{verb}.v1" for verb in ("corrected", "corrected", "relabelled", "disputed", "misfiled")
    ] == [event.TOPIC for event in said]
    assert {1} == {event.subject for event in said}
    assert {CITIZEN} == {event.citizen_id for event in said}
    assert ("plan work", "wishes") == (said[2].add, said[2].remove)
    assert (None, None) == (said[1].text, said[1].value)
    assert made == replayed(made, events)


def test_only_an_event_that_there_is_can_be_a_subject(aggregate: Amendable) -> None:
    """No version before the first, none after the last, and none that itself was said of another."""
    aggregate.dispute(1, words(), as_citizen())
    for subject in (-1, 0, 2, 3):
        for command in (
            lambda n=subject: aggregate.correct(n, "text", as_citizen(), text=words()),
            lambda n=subject: aggregate.relabel(n, None, as_citizen(), add=frozenset({"plan"})),
            lambda n=subject: aggregate.dispute(n, words(), as_citizen()),
            lambda n=subject: aggregate.misfile(n, words(), at_partner()),
        ):
            with refuses(NotFound, aggregate, "no such event"):
                command()


def test_what_stands_on_the_wrong_person_is_marked_once_and_never_corrected(aggregate: Amendable) -> None:
    """Its words are gone: nothing is written into it again, though it can be labelled and disputed."""
    aggregate.misfile(1, words(), at_partner(PROVIDER))
    with refuses(WrongStatus, aggregate, "already"):
        aggregate.misfile(1, words(), at_partner())
    with refuses(WrongStatus, aggregate, "gone"):
        aggregate.correct(1, "text", as_citizen(), text=words())
    aggregate.relabel(1, None, as_citizen(), add=frozenset({"plan"}))
    aggregate.dispute(1, words(), as_citizen())


def test_a_correction_says_words_or_a_value(aggregate: Amendable) -> None:
    """Both, neither, and words for a time are refused; a time can be one that nobody knows."""
    for field, terms in (
        ("text", {}),
        ("text", {"text": words(), "value": "true"}),
        (OCCURRED, {"text": words()}),
    ):
        with refuses(BadInput, aggregate):
            aggregate.correct(1, field, as_citizen(), **terms)
    aggregate.correct(1, "day", as_citizen(), value='"2026-03-01"')

    assert '"2026-03-01"' == only(aggregate).value


def test_a_label_is_taken_away_by_the_citizen_alone(aggregate: Amendable) -> None:
    """Staff add labels and never remove one; a representative and the hub do neither."""
    aggregate.relabel(1, None, at_partner(PROVIDER), add=frozenset({"health"}))
    with refuses(NotPermitted, aggregate, "citizen alone"):
        aggregate.relabel(1, None, at_partner(), add=frozenset({"plan"}), remove=frozenset({"health"}))
    for act in (as_hub(), as_representative()):
        with refuses(NotPermitted, aggregate):
            aggregate.relabel(1, None, act, add=frozenset({"plan"}))
    aggregate.relabel(1, None, as_citizen(), remove=frozenset({"health"}))


@pytest.mark.parametrize(
    ("add", "remove"), [("", ""), ("plan", "plan"), ("hygge", ""), ("", "hygge"), ("plan", "plan work")]
)
def test_labels_are_categories_and_said_in_one_way(aggregate: Amendable, add: str, remove: str) -> None:
    """Nothing, the same both ways, and what is no category are refused."""
    with refuses(BadInput, aggregate):
        aggregate.relabel(
            1, "text", as_citizen(), add=frozenset(add.split()), remove=frozenset(remove.split())
        )


def test_who_says_what(aggregate: Amendable) -> None:
    """The citizen or a representative disputes, staff mark as misfiled, the citizen or staff correct."""
    for act in (at_partner(), as_hub()):
        with refuses(NotPermitted, aggregate):
            aggregate.dispute(1, words(), act)
    for act in (as_citizen(), as_representative(), as_hub()):
        with refuses(NotPermitted, aggregate):
            aggregate.misfile(1, words(), act)
    for act in (as_representative(), as_hub()):
        with refuses(NotPermitted, aggregate):
            aggregate.correct(1, "text", act, text=words())
    aggregate.dispute(1, words(), as_representative())


def test_the_four_belong_to_no_single_kind() -> None:
    """They are found once among the event classes, whatever the number of aggregates."""
    found = {topic: owner for topic, (_, owner) in event_classes().items() if topic.startswith("event.")}

    assert dict.fromkeys(found, "event") == found
    assert {"event.corrected.v1", "event.relabelled.v1", "event.disputed.v1", "event.misfiled.v1"} == set(
        found
    )
