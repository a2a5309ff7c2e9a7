"""Plans, goals and support."""

import pytest

from hub.aggregates import Plan
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import PARAGRAPHS
from tests.acting import (
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_hub,
    at_partner,
    only,
    refuses,
    uid,
    words,
)

PLAN, GOAL, SUPPORT = uid(2), uid(31), uid(41)


def opened(kind: str = "handleplan") -> Plan:
    """A plan that was just opened."""
    plan = Plan.begin(PLAN, CITIZEN, kind, at_partner() if kind == "handleplan" else at_partner(PROVIDER))
    plan.collect_events()
    return plan


def test_only_the_authority_authors_a_handleplan() -> None:
    """A provider opens an indsatsplan and no handleplan; the citizen and the hub open none."""
    with refuses(NotPermitted, match="authority"):
        Plan.begin(PLAN, CITIZEN, "handleplan", at_partner(PROVIDER))
    for act in (as_citizen(), as_hub()):
        with refuses(NotPermitted, match="--as"):
            Plan.begin(PLAN, CITIZEN, "indsatsplan", act)

    assert "handleplan" == only(Plan.begin(PLAN, CITIZEN, "handleplan", at_partner())).kind
    assert "indsatsplan" == only(Plan.begin(PLAN, CITIZEN, "indsatsplan", at_partner(PROVIDER))).kind


@pytest.mark.parametrize("kind", ["", "Handleplan", "behandlingsplan"])
def test_another_kind_of_plan_is_refused(kind: str) -> None:
    """There are two kinds of plan."""
    with refuses(BadInput, match="handleplan or an indsatsplan"):
        Plan.begin(PLAN, CITIZEN, kind, at_partner())


def test_professional_words_stand_beside_the_citizens_own() -> None:
    """Both wordings are recorded, each in its own field."""
    plan = opened()
    plan.set_goal(GOAL, as_citizen(), words=words(), professional=words("plan"))

    assert (words(), words("plan")) == ((event := only(plan)).words, event.professional)


def test_a_goal_needs_words() -> None:
    """A goal, a rewording and progress without a word are refused."""
    plan = opened()
    with refuses(BadInput, plan, "needs words"):
        plan.set_goal(GOAL, as_citizen())
    plan.set_goal(GOAL, as_citizen(), words=words())
    for command in (plan.reword_goal, plan.progress_goal):
        with refuses(BadInput, plan, "needs words"):
            command(GOAL, as_citizen())


@pytest.mark.parametrize("end", ["reach_goal", "let_goal_go"])
def test_a_goal_ends_once(end: str) -> None:
    """A goal that is reached or let go is not let go, reworded or set again; progress can still be told."""
    plan = opened()
    plan.set_goal(GOAL, as_citizen(), words=words())
    getattr(plan, end)(GOAL, as_citizen(), words=words())
    for command in (plan.let_goal_go, plan.reword_goal):
        with refuses(WrongStatus, plan, "set a new one"):
            command(GOAL, as_citizen(), words=words())
    with refuses(WrongStatus, plan, "id of its own"):
        plan.set_goal(GOAL, as_citizen(), words=words())
    plan.progress_goal(GOAL, as_citizen(), words=words())

    assert {"reach_goal": "reached", "let_goal_go": "let go"}[end] == plan.goals[GOAL]


def test_a_goal_that_was_let_go_can_still_be_reached() -> None:
    """Somebody who let go of a goal may get there all the same, once."""
    plan = opened()
    plan.set_goal(GOAL, as_citizen(), words=words())
    plan.let_goal_go(GOAL, as_citizen())
    plan.reach_goal(GOAL, as_citizen(), words=words())
    assert "reached" == plan.goals[GOAL]
    with refuses(WrongStatus, plan, "set a new one"):
        plan.reach_goal(GOAL, as_citizen())


def test_an_unknown_goal_is_not_found() -> None:
    """A goal of another plan is no goal here."""
    plan = opened()
    for command in (plan.reach_goal, plan.let_goal_go, plan.reword_goal, plan.progress_goal):
        with refuses(NotFound, plan, "no such goal"):
            command(GOAL, as_citizen(), words=words())


def test_only_the_authority_grants_and_ends_support() -> None:
    """The provider, another partner, the citizen and the hub neither grant nor end."""
    plan = opened()
    others = (at_partner(PROVIDER), at_partner(JOBCENTRE), as_citizen(), as_hub())
    for act in others:
        with refuses(NotPermitted, plan, "authority"):
            plan.grant_support(SUPPORT, PROVIDER, "§ 85", act)
    plan.grant_support(SUPPORT, PROVIDER, "§ 85", at_partner())
    for act in others:
        with refuses(NotPermitted, plan, "authority"):
            plan.end_support(SUPPORT, act)
    plan.end_support(SUPPORT, at_partner())

    assert (SUPPORT, PROVIDER) == ((event := only(plan)).support, event.provider)


def test_support_belongs_to_the_authoritys_plan() -> None:
    """Under an indsatsplan nothing is granted, not even by the authority."""
    plan = opened("indsatsplan")
    with refuses(WrongStatus, plan, "handleplan"):
        plan.grant_support(SUPPORT, PROVIDER, "§ 85", at_partner())


@pytest.mark.parametrize("paragraph", ["", "85", "§85", "§ 141"])
def test_support_is_granted_under_a_known_paragraph(paragraph: str) -> None:
    """A paragraph whose name's labels are not known is refused."""
    plan = opened()
    with refuses(BadInput, plan, "§ 85"):
        plan.grant_support(SUPPORT, PROVIDER, paragraph, at_partner())


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_support_is_granted_once(paragraph: str) -> None:
    """The id of a support, also of one that has ended, is not used again: the provider's part would not come back."""
    plan = opened()
    plan.grant_support(SUPPORT, PROVIDER, paragraph, at_partner())
    with refuses(WrongStatus, plan, "id of its own"):
        plan.grant_support(SUPPORT, JOBCENTRE, paragraph, at_partner())
    plan.end_support(SUPPORT, at_partner())
    with refuses(WrongStatus, plan, "id of its own"):
        plan.grant_support(SUPPORT, PROVIDER, paragraph, at_partner())


def test_the_provider_or_the_authority_adjusts_support() -> None:
    """Within the grant the provider adjusts; a third party does not, and what is not running cannot be."""
    plan = opened()
    with refuses(NotFound, plan, "no such support"):
        plan.adjust_support(SUPPORT, words(), at_partner())
    plan.grant_support(SUPPORT, PROVIDER, "§ 85", at_partner())
    for act in (at_partner(JOBCENTRE), as_citizen(), as_hub()):
        with refuses(NotPermitted, plan):
            plan.adjust_support(SUPPORT, words(), act)
    for act in (at_partner(PROVIDER), at_partner()):
        plan.adjust_support(SUPPORT, words(), act)

    assert [PROVIDER, PROVIDER] == [event.provider for event in plan.collect_events()]


def test_a_plan_is_closed_when_no_support_runs() -> None:
    """Closing ends no support by itself; afterwards nothing new begins in it."""
    plan = opened()
    plan.grant_support(SUPPORT, PROVIDER, "§ 85", at_partner())
    with refuses(WrongStatus, plan, "end it first"):
        plan.close(at_partner())
    plan.end_support(SUPPORT, at_partner())
    plan.close(at_partner())
    for command in (
        lambda: plan.set_goal(GOAL, as_citizen(), words=words()),
        lambda: plan.grant_support(uid(42), PROVIDER, "§ 85", at_partner()),
        lambda: plan.close(at_partner()),
    ):
        with refuses(WrongStatus, plan, "closed"):
            command()


def test_a_handleplan_is_closed_by_the_authority() -> None:
    """The authority's plan is the authority's to close; a provider closes an indsatsplan."""
    plan = opened()
    for act in (at_partner(PROVIDER), as_citizen(), as_hub()):
        with refuses(NotPermitted, plan):
            plan.close(act)
    own = opened("indsatsplan")
    own.close(at_partner(PROVIDER))

    assert not own.open
