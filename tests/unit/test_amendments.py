"""What was said later about an item: labels that came and went, whose words stand there, and when it happened."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from hub.application.amendments import UNAMENDED, Amendment, Change, Words
from hub.statements import Statement
from hub.vocabulary import UNKNOWN
from tests.deciding import (
    CORRECTION,
    LATER,
    THEM,
    US,
    corrected,
    field,
    misfiled,
    moved,
    names,
    relabelled,
    uid,
)

WISHES, HEALTH, PLAN = names("wishes"), names("health"), names("plan")


def after(*said: Statement) -> Amendment:
    """What stands after all of it, at positions 1, 2, 3 and so on."""
    amendment = UNAMENDED
    for position, each in enumerate(said, 1):
        amendment = amendment.with_statement(each._replace(position=position))
    return amendment


@pytest.mark.parametrize(
    ("change", "base", "expected"),
    [
        (Change(), WISHES, WISHES),
        (Change(added=HEALTH), WISHES, WISHES | HEALTH),
        (Change(removed=HEALTH), WISHES | HEALTH, WISHES),
        (Change(added=HEALTH, removed=WISHES), WISHES, HEALTH),
        (Change(added=HEALTH, removed=HEALTH), WISHES, WISHES),
        (Change(removed=WISHES), WISHES, UNKNOWN),
        (Change(removed=PLAN), WISHES, WISHES),
    ],
)
def test_labels_come_and_go(change: Change, base: int, expected: int) -> None:
    """What is left after all came and went; where nothing is left, nobody is permitted."""
    assert expected == change.labels(base)


def test_nothing_is_changed_by_itself() -> None:
    """A field of which nothing was said has its own labels, its own words, and the item its own time."""
    assert (0, 0, ()) == Change()
    assert ({}, (), (), False) == (
        UNAMENDED.changes,
        UNAMENDED.sources,
        UNAMENDED.times,
        UNAMENDED.misfiled,
    )
    assert Change() == UNAMENDED.change("words")
    assert Change() == UNAMENDED.change(None)
    assert WISHES == UNAMENDED.labels(field())
    assert PLAN == UNAMENDED.existence(PLAN)
    assert 7 == UNAMENDED.happened(7, None)
    assert 7 == UNAMENDED.happened(7, US)
    assert UNAMENDED.happened(None, None) is None
    assert {} == UNAMENDED.positions()
    assert Change().latest is None
    assert Change().own(US) is None


def test_an_amendment_is_never_changed() -> None:
    """An item grant keeps the one that stood when it was made."""
    before = after(relabelled(add="health"))
    later = before.with_statement(relabelled(add="plan"))

    assert WISHES | HEALTH == before.labels(field())
    assert WISHES | HEALTH | PLAN == later.labels(field())
    with pytest.raises(FrozenInstanceError):
        before.misfiled = True  # type: ignore[misc]
    assert not hasattr(before, "__dict__")


def test_whose_words() -> None:
    """The latest is the last correction's; a partner's own latest the last that it wrote itself."""
    change = Change(
        words=(Words(uid(1), US, 1), Words(uid(2), THEM, 2), Words(uid(3), US, 3), Words(uid(4), None, 4))
    )

    assert uid(4) == change.latest
    assert uid(3) == change.own(US)
    assert uid(2) == change.own(THEM)
    assert change.own(uid(9)) is None


def test_labels_are_added_to_a_field_or_to_the_existence() -> None:
    """Each to its own; the others stay as they are."""
    said = after(relabelled("a", "health"), relabelled(None, "plan"), relabelled("a", "addiction"))

    assert WISHES | HEALTH | names("addiction") == said.labels(field("a"))
    assert WISHES == said.labels(field("b"))
    assert WISHES | PLAN == said.existence(WISHES)
    assert Change(added=HEALTH | names("addiction")) == said.change("a")
    assert Change(added=PLAN) == said.change(None)
    assert ((), ()) == (said.sources, said.times)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([relabelled(remove="wishes")], UNKNOWN),
        ([relabelled(add="health", remove="wishes")], HEALTH),
        ([relabelled(remove="wishes"), relabelled(add="wishes")], WISHES),
        ([relabelled(remove="wishes"), relabelled(add="health")], HEALTH),
        ([relabelled(add="health"), relabelled(remove="health")], WISHES),
        ([relabelled(add="health", remove="health")], WISHES),
        ([relabelled(remove="wishes"), corrected(labels="wishes")], WISHES),
        ([relabelled(remove="wishes"), corrected(labels="health")], HEALTH),
        ([corrected(labels="health"), relabelled(remove="wishes")], HEALTH),
        ([corrected(labels="health"), corrected(labels="plan")], WISHES | HEALTH | PLAN),
        ([relabelled(remove="wishes"), relabelled(remove="health")], UNKNOWN),
        ([relabelled(add="health plan"), relabelled(remove="wishes"), relabelled(remove="plan")], HEALTH),
        ([relabelled(add="nonsense")], WISHES | UNKNOWN),
        ([relabelled(add="nonsense"), relabelled(remove="nonsense")], WISHES | UNKNOWN),
        ([relabelled(remove="wishes plan"), relabelled(add="plan")], PLAN),
    ],
)
def test_the_order_of_what_is_said_decides(said: list[Statement], expected: int) -> None:
    """A later add (or a correction with the label) brings it back, a later removal takes it; unknown stays unknown."""
    assert expected == after(*said).labels(field())


def test_relabelling_keeps_the_words() -> None:
    """Labels that come or go after a correction change nobody's words."""
    said = after(corrected(by=US), relabelled(add="health"))

    assert Change(HEALTH, 0, (Words(CORRECTION, US, 1),)) == said.change("words")


def test_a_correction_holds_its_words_who_wrote_them_and_where() -> None:
    """In order, with everybody who corrected; the citizen is nobody."""
    said = after(
        corrected(by=US, labels="health"), corrected(correction=LATER), corrected("other", correction=uid(9))
    )

    assert (Words(CORRECTION, US, 1), Words(LATER, None, 2)) == said.change("words").words
    assert HEALTH == said.change("words").added
    assert (US, None, None) == said.sources
    assert {CORRECTION: 1, LATER: 2, uid(9): 3} == said.positions()
    assert LATER == said.change("words").latest
    assert not said.misfiled


def test_a_corrected_time_is_no_field() -> None:
    """It says when it happened and who says so, and its author is among the sources; no field changes."""
    said = after(moved(7, US), moved(None), moved(9, THEM))

    assert ((7, US), (None, None), (9, THEM)) == said.times
    assert (US, None, THEM) == said.sources
    assert {} == said.changes


@pytest.mark.parametrize(("own", "expected"), [(None, None), (US, 8), (THEM, 9), (uid(9), 5)])
def test_when_it_happened(own: Any, expected: int | None) -> None:
    """The last that was said; for who recorded it the last that it said itself, else the original."""
    said = after(moved(7, US), moved(8, US), moved(9, THEM), moved(None))

    assert expected == said.happened(5, own)


def test_misfiled_is_kept_with_all_else() -> None:
    """It says nothing of labels, words or times, and what is said after it does not undo it."""
    said = after(corrected(by=US), misfiled(), relabelled(add="health"), moved(7))

    assert said.misfiled is True
    assert (US, None) == said.sources
    assert Change(HEALTH, 0, (Words(CORRECTION, US, 1),)) == said.change("words")
