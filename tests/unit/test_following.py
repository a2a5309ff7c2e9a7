"""Around a plan and a handover: orders, follow-up, views side by side, and what is carried over."""

from datetime import date
from typing import Any

import pytest

from hub.aggregates import Handover, Plan
from hub.aggregates.following import (
    RESULTS,
    CarriedOver,
    FollowUpHeld,
    FollowUpPlanned,
    HandedOut,
    LetGo,
    LinkedToOrder,
    OrderEnded,
    OrderReceived,
    OrderSent,
    ReflectionShared,
    RetellingReported,
    Revised,
    SelfChecked,
    SupportPaused,
    SupportShaped,
    ViewGiven,
)
from hub.aggregates.matters import fields_of
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import (
    AUTHORITY,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)
from tests.telling import GOAL, NOWHERE, SUPPORT
from tests.telling import handover as proposed
from tests.telling import plan as begun

ORDER, OTHER, FOLLOW_UP = uid(31), uid(32), uid(33)
DUE = date(2026, 6, 1)


@pytest.fixture
def plan() -> Plan:
    """The authority's plan, under which the provider gives support."""
    return begun()


@pytest.fixture
def ordered(plan: Plan) -> Plan:
    """The same, with an order to the provider."""
    plan.tell(OrderSent, at_partner(), order=ORDER, provider=PROVIDER, text=words("plan"))
    plan.collect_events()
    return plan


def test_only_the_authority_orders_support(plan: Plan) -> None:
    """A provider orders nothing, and neither does the citizen."""
    for act in (at_partner(PROVIDER), at_partner(JOBCENTRE), as_citizen()):
        with refuses(NotPermitted, plan, "authority"):
            plan.tell(OrderSent, act, order=ORDER, provider=PROVIDER, text=words("plan"))


def test_orders_come_from_the_action_plan() -> None:
    """From a provider's own plan nothing is ordered; the refusal says which plan to use."""
    with refuses(WrongStatus, plan := begun("indsatsplan"), "use a handleplan"):
        plan.tell(OrderSent, at_partner(), order=ORDER, provider=PROVIDER, text=words("plan"))


def test_only_the_provider_an_order_went_to_receives_it(ordered: Plan) -> None:
    """Another provider is refused, and so is the authority that sent it; received once, it is received."""
    for act in (at_partner(JOBCENTRE), at_partner(AUTHORITY)):
        with refuses(NotPermitted, ordered, "provider it went to"):
            ordered.tell(OrderReceived, act, order=ORDER)
    assert "sent" == ordered.state_of("order", ORDER)
    ordered.tell(OrderReceived, at_partner(PROVIDER), order=ORDER)
    assert PROVIDER == only(ordered).provider
    with refuses(WrongStatus, ordered, "order is received"):
        ordered.tell(OrderReceived, at_partner(PROVIDER), order=ORDER)


def test_nobody_says_for_an_order_whom_it_went_to(ordered: Plan) -> None:
    """The provider follows from the order, whatever is typed."""
    ordered.tell(OrderReceived, at_partner(PROVIDER), order=ORDER, provider=JOBCENTRE)

    assert PROVIDER == only(ordered).provider


def test_an_order_that_nobody_sent_is_not_received(plan: Plan) -> None:
    """Neither received nor ended; the refusal says where the orders stand."""
    for event in (OrderReceived, OrderEnded):
        with refuses(NotFound, plan, "no such order"):
            plan.tell(event, at_partner(PROVIDER), order=NOWHERE)


@pytest.mark.parametrize("by", [AUTHORITY, PROVIDER])
def test_an_order_is_ended_by_one_of_the_two_it_binds(ordered: Plan, by: Any) -> None:
    """Taken back or declined before it was received, or carried out: by the authority or its provider, once."""
    with refuses(NotPermitted, ordered, "provider or the authority"):
        ordered.tell(OrderEnded, at_partner(JOBCENTRE), order=ORDER)
    ordered.tell(OrderEnded, at_partner(by), order=ORDER)
    for event in (OrderEnded, OrderReceived):
        with refuses(WrongStatus, ordered, "order is over"):
            ordered.tell(event, at_partner(PROVIDER), order=ORDER)


def test_the_providers_plan_answers_an_order(plan: Plan) -> None:
    """A provider's plan is linked; the action plan itself answers no order."""
    link = {"action_plan": plan.id, "order": ORDER}
    with refuses(WrongStatus, plan, "link the provider's plan"):
        plan.tell(LinkedToOrder, at_partner(PROVIDER), **link)
    own = begun("indsatsplan")
    own.tell(LinkedToOrder, at_partner(PROVIDER), **link)

    assert (plan.id, ORDER) == ((event := only(own)).action_plan, event.order)


def test_only_the_authority_changes_its_action_plan(plan: Plan) -> None:
    """The provider is refused and told to report a changed need; its own plan it changes itself."""
    with refuses(NotPermitted, plan, "hub need report"):
        plan.tell(Revised, at_partner(PROVIDER), text=words("plan"))
    plan.tell(Revised, at_partner(), text=words("plan"))
    begun("indsatsplan").tell(Revised, at_partner(PROVIDER), text=words("plan"))


def test_the_citizen_is_handed_the_plan_as_often_as_wanted(plan: Plan) -> None:
    """Also when it is closed: the citizen can always have it."""
    plan.tell(HandedOut, at_partner())
    plan.end_support(SUPPORT, at_partner())
    plan.close(at_partner())
    plan.tell(HandedOut, at_partner(PROVIDER), words=words("plan"))


def test_a_plan_that_shows_neither_hopes_nor_strengths_nor_network_says_what_is_missing(plan: Plan) -> None:
    """Three plain questions; three times no needs a word, and nothing is added up."""
    none = {"hopes": False, "strengths": False, "network": False}
    with refuses(BadInput, plan, "--text"):
        plan.tell(SelfChecked, at_partner(PROVIDER), **none)
    plan.tell(SelfChecked, at_partner(PROVIDER), **none, text=words("plan"))
    plan.tell(SelfChecked, at_partner(PROVIDER), **{**none, "hopes": True})

    assert {"hopes", "strengths", "network", "text"} == set(fields_of(SelfChecked))


@pytest.mark.parametrize("event", [SupportPaused, SupportShaped])
def test_support_rests_and_takes_shape_by_who_gives_it(plan: Plan, event: Any) -> None:
    """Its provider or the authority; another organisation is refused, and support that does not run is not found."""
    for act in (at_partner(PROVIDER), at_partner(AUTHORITY)):
        plan.tell(event, act, support=SUPPORT, text=words("plan"))
    with refuses(NotPermitted, plan, "provider or the authority"):
        plan.tell(event, at_partner(JOBCENTRE), support=SUPPORT, text=words("plan"))
    with refuses(NotFound, plan, "no such support"):
        plan.tell(event, at_partner(PROVIDER), support=NOWHERE, text=words("plan"))


def test_a_pause_ends_no_support(plan: Plan) -> None:
    """It runs on afterwards: a pause is a pause."""
    plan.tell(SupportPaused, at_partner(PROVIDER), support=SUPPORT, until=DUE)

    assert {SUPPORT: PROVIDER} == plan.support


def test_progress_never_ends_support_by_itself(plan: Plan) -> None:
    """A goal reached, a follow-up that went well, a view and a check leave every support as it was granted."""
    plan.progress_goal(GOAL, as_citizen(), words=words("plan"))
    plan.reach_goal(GOAL, as_citizen())
    plan.tell(FollowUpPlanned, at_partner(), follow_up=FOLLOW_UP, due=DUE)
    plan.tell(FollowUpHeld, at_partner(), follow_up=FOLLOW_UP, result="ended", after=words("plan"))
    plan.tell(ViewGiven, as_citizen(), words=words("plan"))
    plan.tell(SelfChecked, at_partner(), hopes=True, strengths=True, network=True)

    assert {SUPPORT: PROVIDER} == plan.support
    assert not [event for event in plan.collect_events() if isinstance(event, Plan.SupportEnded)]


def test_a_follow_up_is_planned_for_a_day_and_held_once(plan: Plan) -> None:
    """The day is asked for; when it was held, the next one is planned anew."""
    with refuses(BadInput, plan, "--due"):
        plan.tell(FollowUpPlanned, at_partner(), follow_up=FOLLOW_UP)
    plan.tell(FollowUpPlanned, at_partner(), follow_up=FOLLOW_UP, due=DUE)
    plan.tell(FollowUpHeld, at_partner(PROVIDER), follow_up=FOLLOW_UP, result="same")
    with refuses(WrongStatus, plan, "follow up is held"):
        plan.tell(FollowUpHeld, at_partner(PROVIDER), follow_up=FOLLOW_UP, result="same")


def test_nobody_must_have_developed(plan: Plan) -> None:
    """The same as before is as good a result as less, ended or changed; neither before nor after must be told."""
    assert ("less", "ended", "changed", "same") == RESULTS
    for number, result in enumerate(RESULTS):
        plan.tell(FollowUpPlanned, at_partner(), follow_up=uid(60 + number), due=DUE)
        plan.tell(FollowUpHeld, at_partner(), follow_up=uid(60 + number), result=result)


def test_no_follow_up_holds_a_score() -> None:
    """Before, after and the citizen's words are texts; there is no number in it."""
    assert not {int, float} & set(fields_of(FollowUpHeld).values())
    assert {"follow_up", "result", "before", "after", "words"} == set(fields_of(FollowUpHeld))


def test_the_citizens_thoughts_come_before_the_follow_up(plan: Plan) -> None:
    """Shared more than once, until it is held; somebody on the staff may write the words down."""
    plan.tell(FollowUpPlanned, at_partner(), follow_up=FOLLOW_UP, due=DUE)
    for act in (as_citizen(), as_representative(), at_partner(PROVIDER)):
        plan.tell(ReflectionShared, act, follow_up=FOLLOW_UP, words=words("plan"))
    plan.tell(FollowUpHeld, at_partner(), follow_up=FOLLOW_UP, result="same")
    with refuses(WrongStatus, plan, "follow up is held"):
        plan.tell(ReflectionShared, as_citizen(), follow_up=FOLLOW_UP, words=words("plan"))


def test_two_views_stand_side_by_side(plan: Plan) -> None:
    """The citizen's and the provider's are both there, and neither overwrites the other."""
    plan.tell(ViewGiven, as_citizen(), goal=GOAL, words=words("plan"))
    plan.tell(ViewGiven, at_partner(PROVIDER), goal=GOAL, text=words("plan"))

    assert ["citizen", "partner"] == [event.act.by.role for event in plan.collect_events()]
    with refuses(NotFound, plan, "no such goal"):
        plan.tell(ViewGiven, as_citizen(), goal=NOWHERE, words=words("plan"))


def test_nothing_new_begins_under_a_closed_plan(ordered: Plan) -> None:
    """No order, no follow-up and no change: open a new one. It closes when nothing that went out under it is left."""
    ordered.end_support(SUPPORT, at_partner())
    with refuses(WrongStatus, ordered, "order is still out"):
        ordered.close(at_partner())
    ordered.tell(OrderEnded, at_partner(), order=ORDER)
    ordered.close(at_partner())
    for event, said in (
        (OrderSent, {"order": OTHER, "provider": PROVIDER, "text": words("plan")}),
        (FollowUpPlanned, {"follow_up": FOLLOW_UP, "due": DUE}),
        (Revised, {"text": words("plan")}),
    ):
        with refuses(WrongStatus, ordered, "plan is closed"):
            ordered.tell(event, at_partner(), **said)


def test_a_closed_plan_answers_no_order() -> None:
    """A provider's plan that is closed is not linked any more."""
    own = begun("indsatsplan")
    own.close(at_partner(PROVIDER))
    with refuses(WrongStatus, own, "plan is closed"):
        own.tell(LinkedToOrder, at_partner(PROVIDER), action_plan=uid(2), order=ORDER)


# What becomes of agreements and consents at a handover.


@pytest.fixture
def handover() -> Handover:
    """Knowledge handed over from the provider to the jobcentre, who has accepted it."""
    return proposed()


@pytest.mark.parametrize("event", [CarriedOver, LetGo])
def test_each_open_agreement_is_carried_over_or_let_go_once(handover: Handover, event: Any) -> None:
    """One by one, by the sender or the receiver; what is settled is settled."""
    for number, act in enumerate((at_partner(PROVIDER), at_partner(JOBCENTRE))):
        handover.tell(event, act, kind="agreement", what=uid(60 + number), text=words("plan"))
        for again in (CarriedOver, LetGo):
            with refuses(WrongStatus, handover, "carried over or let go already"):
                handover.tell(again, act, kind="agreement", what=uid(60 + number), text=words("plan"))

    assert {uid(60), uid(61)} == handover.settled


def test_what_is_let_go_has_a_reason(handover: Handover) -> None:
    """Carrying on needs none."""
    with refuses(BadInput, handover, "--text"):
        handover.tell(LetGo, at_partner(PROVIDER), kind="consent", what=OTHER)
    handover.tell(CarriedOver, at_partner(PROVIDER), kind="consent", what=OTHER)


@pytest.mark.parametrize("event", [CarriedOver, LetGo])
def test_only_an_accepted_handover_is_carried_out(event: Any) -> None:
    """Before it is accepted the receiver says yes first; after it is withdrawn a new one is proposed."""
    said = {"kind": "agreement", "what": OTHER, "text": words("plan")}
    handover = proposed(accepted=False)
    with refuses(WrongStatus, handover, "receiver accept it first"):
        handover.tell(event, at_partner(PROVIDER), **said)
    handover.withdraw(at_partner(PROVIDER))
    with refuses(WrongStatus, handover, "propose a new one"):
        handover.tell(event, at_partner(PROVIDER), **said)


@pytest.mark.parametrize("event", [CarriedOver, LetGo])
def test_a_third_party_learns_of_no_handover_by_trying(handover: Handover, event: Any) -> None:
    """For whoever is neither sender nor receiver it is not there."""
    with refuses(NotFound, handover, "no such handover"):
        handover.tell(event, at_partner(AUTHORITY), kind="agreement", what=OTHER, text=words("plan"))


@pytest.mark.parametrize("again", ["ja", "nej", "noget af det"])
def test_the_citizen_is_asked_whether_it_had_to_be_told_again(handover: Handover, again: str) -> None:
    """A word or two, by anybody who asked or was asked, and the citizen's own words beside it."""
    handover.tell(RetellingReported, as_citizen(), again=again, words=words("plan"))
    handover.tell(RetellingReported, at_partner(JOBCENTRE), again=again)

    assert [again] * 2 == [event.again for event in handover.collect_events()]


@pytest.mark.parametrize(
    "again", ["", "to\nlinjer", "Ja, hele historien om trappen og alt det, der skete bagefter"]
)
def test_the_story_that_was_told_again_is_not_the_answer(handover: Handover, again: str) -> None:
    """More than a few words goes into the citizen's words, which have labels and are sealed."""
    with refuses(BadInput, handover):
        handover.tell(RetellingReported, as_citizen(), again=again)
