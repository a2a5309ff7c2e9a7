"""Why something is denied: every reason, in the order of precedence, with the labels and the field it is about."""

from typing import Any

import pytest

from hub.application.denials import reasons
from hub.application.disclosure import Reason
from hub.application.standing import State
from hub.items import Item
from hub.statements import Statement
from hub.vocabulary import Channel, Purpose
from tests.deciding import (
    ANNA,
    CLINIC,
    LAW,
    NOW,
    SCREEN,
    STRANGER,
    THEM,
    US,
    basis,
    block,
    ceiling,
    confirmed_row,
    corrected,
    emergency,
    field,
    grant,
    granted,
    item,
    misfiled,
    moved,
    names,
    registered,
    relabelled,
    say,
    state,
    task,
    uid,
)

HOPE = item()
WISHES = names("wishes")


def why(said: State, which: Item = HOPE, **how: Any) -> list[Reason]:
    """All the reasons, of an item that is not shut out as a whole."""
    return list(reasons(said.viewer(US, NOW, **{"purpose": "support", **how}), which))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([task()], "no_consent"),
        ([grant("plan")], "not_this_category"),
        ([grant("wishes", "treatment")], "not_this_purpose"),
        ([grant(sources=[str(THEM)])], "not_this_source"),
        ([grant(window={"happened_from": 1, "happened_to": 2, "include_undated": True})], "not_this_time"),
    ],
)
def test_why_no_grant_covers_a_label(said: list[Statement], expected: str) -> None:
    """No grant at all, not the category, not the purpose, not the source, not the time; the existence says it all."""
    assert [Reason(expected, WISHES)] == why(state(*said))


@pytest.mark.parametrize(
    "expected", ["not_this_category", "not_this_purpose", "not_this_source", "not_this_time"]
)
def test_the_grant_that_comes_nearest_gives_the_reason(expected: str) -> None:
    """Of several grants the one that fails last speaks, and each must fail on its own."""
    window = {"happened_from": 1, "happened_to": 2, "include_undated": True}
    failing = {
        "not_this_category": grant("plan"),
        "not_this_purpose": grant("wishes", "treatment", grant=str(uid(64))),
        "not_this_source": grant("wishes", grant=str(uid(65)), sources=[str(THEM)]),
        "not_this_time": grant("wishes", grant=str(uid(66)), window=window),
    }
    said = [failing[code] for code in list(failing)[: list(failing).index(expected) + 1]]

    assert [Reason(expected, WISHES)] == why(state(*said))
    assert [Reason(expected, WISHES)] == why(state(*reversed(said)))


def test_a_field_says_which_labels_are_missing() -> None:
    """Each code once, with all the labels it is about and the field; a field that is permitted says nothing."""
    two = item(field("a", "health criminal plan"), field("b"))
    said = state(grant("wishes"), grant("plan", "treatment", grant=str(LAW)))

    assert [
        Reason("not_this_purpose", names("plan"), "a"),
        Reason("not_this_category", names("health", "criminal"), "a"),
    ] == why(said, two)


def test_a_permitted_existence_lets_the_fields_speak() -> None:
    """When the existence is denied its reasons are all; otherwise each field gives its own, in order."""
    three = item(field("a", "health"), field("b", "plan"), field("c", "attendance"))

    assert [Reason("not_this_category", WISHES)] == why(state(grant("health")), three)
    assert [
        Reason("not_this_category", names("health"), "a"),
        Reason("not_this_category", names("plan"), "b"),
        Reason("over_ceiling", names("attendance"), "c"),
    ] == why(state(grant("wishes attendance")), three)


def test_what_is_over_the_ceiling_is_said_before_what_no_grant_covers() -> None:
    """Both are said, the ceiling first; what is over it is not asked of the grants; unknown is never over it."""
    said = state(grant("wishes"), us=[registered(), ceiling("wishes plan")])
    mixed = item(field("a", "wishes health plan nonsense"))

    assert [
        Reason("unlabelled", 0, "a"),
        Reason("over_ceiling", names("health"), "a"),
        Reason("not_this_category", names("plan"), "a"),
    ] == why(said, mixed)
    assert [Reason("over_ceiling", WISHES)] == why(state(grant(), us=[registered()]))


def test_unlabelled_blocked_and_protected_come_first() -> None:
    """Unlabelled, blocked, a protected address: of the existence and of each field, with the labels blocked."""
    said = state(
        grant(), block("health plan"), say("address_protected"), us=[registered(public=False), ceiling()]
    )
    both = field("a", "nonsense health address")

    assert [
        Reason("unlabelled", 0, "a"),
        Reason("blocked", names("health"), "a"),
        Reason("protected_address", names("address"), "a"),
    ] == why(said, item(both))
    assert [
        Reason("unlabelled"),
        Reason("blocked", names("plan")),
        Reason("protected_address", names("address")),
    ] == (why(said, item(labels="nonsense plan address")))
    assert [] == why(said, item(labels="wishes"))


def test_what_is_blocked_is_not_called_protected() -> None:
    """An address that is both blocked and protected is blocked; with everything blocked all labels are named."""
    us = [registered(public=False), ceiling()]
    address = item(field("a", "address"))

    said = state(grant(), block("address"), say("address_protected"), us=us)
    assert [Reason("blocked", names("address"), "a")] == why(said, address)
    everything = state(grant(), block(), say("address_protected"), us=us)
    assert [Reason("unlabelled"), Reason("blocked", names("address"))] == why(
        everything, item(labels="nonsense address")
    )


def test_blocks_are_said_of_own_records_and_item_grants_too() -> None:
    """No right opens them; nothing else is missing there."""
    for said in (state(task(), block("wishes")), state(granted(), block("wishes"))):
        assert [Reason("blocked", WISHES)] == why(said, item(source=US) if not said.items else HOPE)
    two = item(field("a", "health"), field("b", "plan"), source=US)
    assert [Reason("blocked", names("health"), "a")] == why(state(task(), block("health")), two)


def test_an_item_grant_that_has_lost_its_existence_counts_no_more() -> None:
    """When the existence has gained a label since, what is missing is said as if nothing were granted."""
    assert [Reason("no_consent", WISHES | names("health"))] == why(
        state(granted(), relabelled(None, "health"))
    )
    assert [] == why(state(granted(), relabelled(None, "wishes"), grant()))


def test_within_an_item_grant_fields_still_say_what_is_missing() -> None:
    """The existence is granted, and so says nothing; a field that is not says why."""
    two = item(field("a", "health"), field("b", "agreements"), labels="agreements")
    said = state(granted("agreement"), us=[registered(), ceiling("plan")])

    assert [
        Reason("over_ceiling", names("health"), "a"),
        Reason("over_ceiling", names("agreements"), "b"),
    ] == (why(said, two))


@pytest.mark.parametrize("source", [US, None])
def test_an_agreed_text_is_on_no_surface(source: Any) -> None:
    """For whom it was not agreed it is on no surface; for whom it was, each field that is not shown says so."""
    text = item(field("a"), event="consents.disclosure_authorised", source=source)

    assert [Reason("not_on_surface")] == why(state(grant()), text)
    assert [Reason("not_on_surface")] == why(state(grant(), block("wishes")), text)
    assert [Reason("not_on_surface", 0, "a")] == why(state(granted("text"), relabelled("a", "health")), text)
    gained = state(granted("text"), relabelled(None, "health"))
    assert [Reason("not_on_surface")] == why(gained, text)


def test_the_end_of_a_consent_is_on_no_surface() -> None:
    """Of a withdrawal nothing is said but that; to who registered it nothing is missing."""
    one = item(field("partner", "contact"), event="consents.withdrawn", labels="contact", named=US)

    assert [Reason("not_on_surface")] == why(state(grant()), one)
    assert [] == why(state(task()), one._replace(source=US))
    on_screen = state(grant("plan"), task(role="coordinator"))
    assert [Reason("not_this_category", names("contact"))] == why(on_screen, one, channel=SCREEN, person=ANNA)
    assert [Reason("not_on_surface")] == why(on_screen, one, channel=Channel.API, person=ANNA)


def test_misfiled_words_say_so() -> None:
    """A text of a misfiled item says nothing more, also to who recorded it; other fields say what they lack."""
    two = item(field("a", "wishes health", text=True), field("b", "health"))

    assert [Reason("misfiled", 0, "a"), Reason("not_this_category", names("health"), "b")] == why(
        state(grant("wishes"), misfiled()), two
    )
    assert [Reason("misfiled", 0, "a")] == why(state(task(), misfiled()), two._replace(source=US))
    assert [] == why(state(grant("wishes")), item(field("a", text=True)))


def test_no_field_is_said_last() -> None:
    """An item with nothing to show says so, unless its existence is denied already."""
    bare = HOPE._replace(fields=())

    assert [Reason("no_field")] == why(state(grant()), bare)
    assert [Reason("not_this_category", WISHES)] == why(state(grant("plan")), bare)
    assert [Reason("no_field")] == why(state(task()), bare._replace(source=US))


def test_labels_are_those_of_now() -> None:
    """What was added, what names reveal and who corrected it are asked for too."""
    said = state(grant("wishes"), relabelled("words", "health"))

    assert [Reason("not_this_category", names("health"), "words")] == why(said)
    assert [Reason("not_this_category", names("addiction"))] == why(
        state(grant("wishes"), corrected(by=CLINIC))
    )
    one = item(field("who", "wishes", CLINIC))
    assert [Reason("not_this_category", names("addiction"), "who")] == why(state(grant("wishes")), one)
    assert [Reason("not_this_source", WISHES)] == why(state(grant(sources=[str(uid(0))]), corrected(by=THEM)))
    assert [Reason("not_this_time", WISHES)] == why(state(grant(), moved(1)))


def test_for_each_label_its_own_reason() -> None:
    """One label may lack a category and another a purpose, of existence and field alike."""
    both = item(field("a"), labels="wishes plan")
    said = state(grant("plan", "treatment"))

    assert [Reason("not_this_category", WISHES), Reason("not_this_purpose", names("plan"))] == why(said, both)


def test_a_basis_in_law_is_a_grant_like_any_other() -> None:
    """What a confirmed basis covers lacks nothing; before its row is confirmed there is none."""
    assert [] == why(state(basis(), confirmed_row()))
    assert [Reason("no_consent", WISHES)] == why(state(basis(), task()))


def test_emergency_access_is_no_consent_to_anything_else() -> None:
    """For an event that it does not cover it counts for nothing; for one that it covers the ceiling speaks."""
    how = {"channel": SCREEN, "person": ANNA, "purpose": "emergency"}
    crisis = item(event="citizen.crisis_agreement_made", labels="plan")

    assert [Reason("no_consent", WISHES)] == why(state(emergency()), **how)
    assert [Reason("not_this_purpose", WISHES)] == why(state(emergency(), grant()), **how)
    assert [] == why(state(emergency()), crisis, **how)
    low = state(emergency(), us=[registered(), ceiling("plan")])
    assert [Reason("over_ceiling", WISHES, "words")] == why(low, crisis, **how)


def test_a_purpose_that_is_none_is_covered_by_nothing() -> None:
    """Without a purpose, or with an unknown one, every grant is for another."""
    for purpose in (None, "nonsense"):
        for all_of_them in ("support", " ".join(Purpose)):
            said = state(grant(purposes=all_of_them))
            assert [Reason("not_this_purpose", WISHES)] == why(said, purpose=purpose)


def test_of_a_partner_that_nobody_registered_everything_is_over_the_ceiling() -> None:
    """It has none."""
    viewer = state(grant(partner=STRANGER)).viewer(STRANGER, NOW, purpose="support")

    assert [Reason("over_ceiling", WISHES)] == list(reasons(viewer, HOPE))
