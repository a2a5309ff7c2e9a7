"""What else the decision is asked: on which grants something rests, until when, and whose name may be told."""

from typing import Any

import pytest

from hub.application.disclosure import Disclosure, Shown, Viewer
from hub.application.standing import State
from tests.deciding import (
    ACCESS,
    ANNA,
    CLINIC,
    CONSENT,
    EMERGENCY,
    HOUR,
    ITEM,
    LAW,
    NOW,
    SCREEN,
    STRANGER,
    SUPPORT,
    THEM,
    TREATMENT,
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
    names,
    registered,
    relabelled,
    state,
    task,
    uid,
)

HOPE = item()


def look(said: State, **how: Any) -> Viewer:
    """We look, through our topic unless the test says something else."""
    return said.viewer(US, how.pop("now", NOW), **{"purpose": "support", **how})


def test_the_grants_behind_are_those_that_carry_a_label_that_is_seen() -> None:
    """Of all grants: those with a label of the existence or of a field seen, for the purpose asked."""
    two = item(field("a", "plan"), field("b", "health"))
    said = state(
        grant("wishes"),
        grant("plan", grant=str(uid(64))),
        grant("health", grant=str(uid(65))),
        grant("health", "treatment", grant=str(uid(66))),
        grant("plan", grant=str(uid(67)), sources=[str(THEM)]),
        confirmed_row(),
        basis("health plan"),
    )

    assert (CONSENT, uid(64), LAW) == look(said).grants_behind(two, ["a"], SUPPORT)
    assert (CONSENT, uid(65), LAW) == look(said).grants_behind(two, ["b"], SUPPORT)
    assert (uid(66),) == look(said).grants_behind(two, ["b"], TREATMENT)
    assert (CONSENT,) == look(said).grants_behind(two, [], SUPPORT)
    assert (CONSENT, uid(64), uid(65), uid(66), LAW) == look(said).consented(two)
    assert (CONSENT, uid(64), uid(65), LAW) == look(said).decide(two).grants


def test_the_grants_behind_are_judged_on_the_labels_now() -> None:
    """A label that has come since is carried by a grant too."""
    said = state(grant("wishes"), grant("health", grant=str(LAW)), relabelled(add="health"))

    assert (CONSENT, LAW) == look(said).grants_behind(HOPE, ["words"], SUPPORT)
    said = state(grant("wishes"), grant("health", grant=str(LAW)), relabelled(None, "health"))
    assert (CONSENT, LAW) == look(said).grants_behind(HOPE, [], SUPPORT)
    said = state(grant(sources=[str(uid(0))]), corrected(by=THEM))
    assert () == look(said).grants_behind(HOPE, ["words"], SUPPORT)


def test_a_field_that_is_not_seen_has_no_grants_behind() -> None:
    """A decision rests on the grants of what it shows alone."""
    two = item(field("a"), field("b", "health criminal"))
    said = state(grant("wishes"), grant("health", grant=str(LAW)))

    assert (CONSENT,) == look(said).decide(two).grants
    assert (CONSENT,) == look(said).consented(two)


@pytest.mark.parametrize("source", [None, US, THEM])
def test_a_recorder_whose_name_reveals_nothing_may_be_named(source: Any) -> None:
    """The citizen, ourselves, and an organisation whose name tells nothing."""
    assert look(state(task())).may_name_recorder(item(source=source), SUPPORT) is True
    assert look(state(task())).may_name_recorder(item(source=source), 0) is True


def test_ourselves_may_be_named_whatever_our_name_reveals() -> None:
    """To us our own name is no news, also where what it reveals is blocked."""
    said = state(task(), block("addiction"), us=[registered(US, "addiction"), ceiling()])

    assert look(said).may_name_recorder(item(source=US), SUPPORT) is True
    lower = [registered(THEM, "addiction"), registered(), ceiling()]
    assert look(state(grant("wishes"), us=lower)).may_name_recorder(item(source=THEM), SUPPORT) is False


def test_a_recorder_whose_name_reveals_something_needs_a_grant() -> None:
    """Its name is told for the purposes for which we may know what it reveals, and never against a block."""
    by = item(source=CLINIC)
    said = state(grant("addiction"))

    assert look(said).may_name_recorder(by, SUPPORT) is True
    assert look(said).may_name_recorder(by, SUPPORT | TREATMENT) is True
    assert look(said).may_name_recorder(by, TREATMENT) is False
    assert look(state(grant("wishes"))).may_name_recorder(by, SUPPORT) is False
    assert look(state(grant("addiction"), block("addiction"))).may_name_recorder(by, SUPPORT) is False
    assert look(state(grant())).may_name_recorder(item(source=STRANGER), SUPPORT) is False
    assert look(state(grant(), us=[registered(), registered(CLINIC, "addiction")])).may_name_recorder(
        by, SUPPORT
    ) is (False)


def test_the_grant_that_names_a_recorder_covers_the_item() -> None:
    """A consent that does not cover the item's source or those who corrected it names nobody."""
    by = item(source=CLINIC)

    assert look(state(grant("addiction", sources=[str(THEM)]))).may_name_recorder(by, SUPPORT) is False
    named = grant("addiction", sources=[str(CLINIC)])
    assert look(state(named)).may_name_recorder(by, SUPPORT) is True
    assert look(state(named, corrected(by=THEM))).may_name_recorder(by, SUPPORT) is False


def test_a_partner_may_be_known_of() -> None:
    """When its name reveals nothing, or a grant in force lets us know what it reveals; never against a block."""
    assert look(state()).may_know_of(THEM) is True
    assert look(state()).may_know_of(CLINIC) is False
    assert look(state(grant("addiction"))).may_know_of(CLINIC) is True
    assert look(state(grant("addiction", sources=[str(THEM)]))).may_know_of(CLINIC) is True
    assert look(state(grant("wishes"))).may_know_of(CLINIC) is False
    assert look(state(grant(), block("addiction"))).may_know_of(CLINIC) is False
    assert look(state(grant())).may_know_of(STRANGER) is False
    nobody = state(grant(partner=STRANGER)).viewer(STRANGER, NOW)
    assert (0, False, True) == (nobody.ceiling, nobody.may_know_of(CLINIC), nobody.may_know_of(THEM))


def test_valid_until_is_the_first_moment_that_changes_what_is_seen() -> None:
    """An end that takes something away, for who looks so; ends that change nothing are passed over."""
    said = state(
        grant("wishes", until=NOW + 1),
        grant("wishes", grant=str(LAW), until=NOW + 2),
        grant("health", grant=str(ACCESS), until=NOW + 3),
    )
    health = item(field(labels="health"))

    def until(which: Any, **how: Any) -> int | None:
        viewer = look(said, **how)
        return viewer.valid_until(which, viewer.disclose(which))

    assert NOW + 2 == until(HOPE)
    assert NOW + 2 == until(health)
    assert NOW + 3 == until(health._replace(existence=names("health")))
    assert until(health, now=NOW + 2) is None
    assert until(item(labels="plan")) is None
    assert until(HOPE, now=NOW + 3) is None


def test_valid_until_looks_with_the_same_eyes() -> None:
    """It is the same person, channel and purpose that look a moment later."""
    own = item(source=US)
    ends = NOW + 5
    said = state(grant("wishes", until=ends), task(), granted(item=uid(99)), corrected(by=THEM))
    on_screen = look(said, person=ANNA, channel=SCREEN)

    assert ends == on_screen.valid_until(own, on_screen.disclose(own))
    on_topic = look(said)
    assert on_topic.valid_until(own, on_topic.disclose(own)) is None
    treating = look(said, person=ANNA, channel=SCREEN, purpose="treatment")
    assert treating.valid_until(own, treating.disclose(own)) is None
    crisis = item(event="citizen.crisis_agreement_made", labels="plan")
    said = state(emergency(until=NOW + HOUR), grant("wishes", until=ends), task())
    in_need = look(said, person=ANNA, channel=SCREEN, purpose="emergency")
    assert in_need.valid_until(crisis, in_need.disclose(crisis)) is None


def test_the_channel_of_a_later_look_is_the_same() -> None:
    """What a person-block leaves on the screen is not taken away by looking through another channel later."""
    said = state(
        grant("wishes", until=NOW + 5), grant("wishes", grant=str(LAW)), block("plan", uid(33)), task()
    )
    viewer = look(said, person=ANNA, channel=SCREEN)

    assert viewer.valid_until(HOPE, viewer.disclose(HOPE)) is None


def test_a_viewer_of_a_partner_with_ends_of_its_own() -> None:
    """Ends of another partner's consents are not looked at."""
    said = state(grant("wishes"), grant("wishes", partner=THEM, grant=str(LAW), until=NOW + 5))

    assert look(said).valid_until(HOPE, None) is None


@pytest.mark.parametrize("category", ["plan", "contact", "health", "measures"])
def test_a_block_on_something_else_changes_no_answer(category: str) -> None:
    """What is blocked says nothing of other labels: names, what is handed on and what is shown stay."""
    viewer = look(state(grant(), block(category)))

    assert viewer.may_know_of(CLINIC) is True
    assert viewer.may_name_recorder(item(source=CLINIC), SUPPORT) is True
    assert (CONSENT,) == viewer.consented(HOPE)
    assert (CONSENT,) == viewer.decide(HOPE).grants


def test_a_disclosure_can_be_narrowed_to_some_purposes() -> None:
    """Fields keep those of their purposes that are asked for, and go without any; the whole has those it had."""
    shown = (Shown("a", SUPPORT, ITEM), Shown("b", TREATMENT), Shown("c", SUPPORT | TREATMENT))
    whole = Disclosure("law", SUPPORT | TREATMENT, shown, 7)

    expected = Disclosure("law", SUPPORT, (Shown("a", SUPPORT, ITEM), Shown("c", SUPPORT)), 7)
    assert expected == whole.narrowed(SUPPORT | EMERGENCY)
    assert whole == whole.narrowed(SUPPORT | TREATMENT)
    assert Disclosure("law", 0, (), 7) == whole.narrowed(EMERGENCY)
