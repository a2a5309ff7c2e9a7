"""Around a plan and a handover: orders, follow-up, differing views, pauses, what is carried over, retelling."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import Act, Text, line
from hub.aggregates.matters import AUTHORITY, STAFF, Rule, Told, anyone, told
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Sector

RESULTS: Final = ("less", "ended", "changed", "same")
CARRIED: Final = ("agreement", "consent")
HANDLEPLAN: Final = "handleplan"
_FEW: Final = 40


def _still_open(plan: Any, _: Act, __: dict[str, Any]) -> None:
    if not plan.open:
        raise WrongStatus("The plan is closed: open a new one (hub plan open).")


def _in_the_action_plan(plan: Any, act: Act, fields: dict[str, Any]) -> None:
    if plan.kind != HANDLEPLAN:
        raise WrongStatus("That belongs to the authority's plan: use a handleplan.")
    _still_open(plan, act, fields)


def _a_providers_plan(plan: Any, act: Act, fields: dict[str, Any]) -> None:
    if plan.kind == HANDLEPLAN:
        raise WrongStatus("The action plan is what orders come from: link the provider's plan to it.")
    _still_open(plan, act, fields)


def _by_who_gives_it(plan: Any, act: Act, fields: dict[str, Any]) -> None:
    provider = plan.support.get(fields["support"])
    if provider is None:
        raise NotFound("There is no such support running under this plan: hub timeline shows it.")
    if act.by.partner != provider and act.by.sector is not Sector.AUTHORITY:
        raise NotPermitted("That is for its provider or the authority: ask one of them.")


def _to_whom_it_went(plan: Any, _: Act, fields: dict[str, Any]) -> None:
    fields["provider"] = plan.orders.get(fields["order"])
    if fields["provider"] is None:
        raise NotFound("There is no such order: hub timeline --refs shows the orders.")


def _by_who_got_the_order(_: Any, act: Act, fields: dict[str, Any]) -> None:
    if act.by.partner != fields["provider"]:
        raise NotPermitted("An order is received by the provider it went to: ask them to do it.")


def _between_the_two(_: Any, act: Act, fields: dict[str, Any]) -> None:
    if act.by.partner != fields["provider"] and act.by.sector is not Sector.AUTHORITY:
        raise NotPermitted("That is for the provider or the authority: ask one of them.")


def _goal_is_there(plan: Any, _: Act, fields: dict[str, Any]) -> None:
    if fields["goal"] is not None and fields["goal"] not in plan.goals:
        raise NotFound("There is no such goal in this plan: hub timeline shows the goals.")


def _by_the_authority_for_its_own(plan: Any, act: Act, fields: dict[str, Any]) -> None:
    if plan.kind == HANDLEPLAN and act.by.sector is not Sector.AUTHORITY:
        raise NotPermitted(
            "Only the authority changes its action plan: report a changed need (hub need report)."
        )
    _still_open(plan, act, fields)


def _says_something(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if not any(fields.get(name) for name in ("hopes", "strengths", "network")) and fields.get("text") is None:
        raise BadInput("The check found nothing of the three: say what is missing (--text).")


def _of_a_party(handover: Any, act: Act, fields: dict[str, Any]) -> None:
    if act.by.partner not in (handover.from_partner, handover.to_partner):
        raise NotFound("There is no such handover: check the reference.")
    if handover.status == "proposed":
        raise WrongStatus("The handover is not accepted yet: let the receiver accept it first.")
    if handover.status != "accepted":
        raise WrongStatus(f"The handover is {handover.status} already: propose a new one.")
    if fields["what"] in handover.settled:
        raise WrongStatus("That is carried over or let go already: nothing to do.")


def _in_few_words(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if len(line(fields["again"], "What is told of it")) > _FEW:
        raise BadInput(
            "Whether it had to be told again is a word or two, for example some of it (--again): say more in --words."
        )


@told
class OrderSent(Told):
    """The authority orders support from a provider; it is due until the provider has received it."""

    TOPIC = "plan.order_sent.v1"
    RULE = Rule("Sending an order", AUTHORITY, "order", becomes="sent", check=_in_the_action_plan)
    order: UUID
    provider: UUID
    text: Text

    def apply(self, aggregate: Any) -> None:
        """Remember to whom."""
        super().apply(aggregate)
        aggregate.orders[self.order] = self.provider


@told
class OrderReceived(Told):
    """The provider has it; its own plan follows from it."""

    TOPIC = "plan.order_received.v1"
    RULE = Rule(
        "Receiving an order",
        STAFF,
        "order",
        ("sent",),
        "received",
        fill=_to_whom_it_went,
        check=_by_who_got_the_order,
    )
    order: UUID
    provider: UUID
    text: Text | None


@told
class OrderEnded(Told):
    """The order is over: carried out, taken back, or declined by the provider; its part in the plan ends with it."""

    TOPIC = "plan.order_ended.v1"
    RULE = Rule(
        "Ending an order",
        STAFF,
        "order",
        ("sent", "received"),
        "over",
        fill=_to_whom_it_went,
        check=_between_the_two,
        after_death=True,
    )
    order: UUID
    provider: UUID
    text: Text | None


@told
class LinkedToOrder(Told):
    """A provider's plan answers an order of the authority's plan."""

    TOPIC = "plan.linked_to_order.v1"
    RULE = Rule("Linking a plan to an order", STAFF, check=_a_providers_plan)
    action_plan: UUID
    order: UUID
    text: Text | None


@told
class Revised(Told):
    """The plan is another: what changed."""

    TOPIC = "plan.revised.v1"
    RULE = Rule("Revising a plan", STAFF, check=_by_the_authority_for_its_own)
    text: Text


@told
class HandedOut(Told):
    """The citizen has the plan in hand; it can be fetched again at any time."""

    TOPIC = "plan.handed_out.v1"
    RULE = Rule("Handing out a plan", STAFF)
    words: Text | None
    text: Text | None


@told
class SelfChecked(Told):
    """Whether the plan shows hopes, strengths and network."""

    TOPIC = "plan.self_checked.v1"
    RULE = Rule("Checking a plan", STAFF, check=_says_something)
    hopes: bool
    strengths: bool
    network: bool
    text: Text | None


@told
class SupportPaused(Told):
    """Support rests for a while, because it is hard or because something else comes first."""

    TOPIC = "plan.support_paused.v1"
    RULE = Rule("Pausing support", STAFF, check=_by_who_gives_it)
    support: UUID
    until: date | None
    text: Text | None


@told
class SupportShaped(Told):
    """When, where, how often, alone or in a group; the citizen's preferences outlive a change of worker."""

    TOPIC = "plan.support_shaped.v1"
    RULE = Rule("Shaping support", STAFF, needs=("words", "text"), check=_by_who_gives_it)
    support: UUID
    words: Text | None
    text: Text | None


@told
class FollowUpPlanned(Told):
    """When it is looked at again, together."""

    TOPIC = "plan.follow_up_planned.v1"
    RULE = Rule("Planning a follow-up", STAFF, "follow_up", becomes="planned", check=_still_open)
    follow_up: UUID
    due: date
    text: Text | None


@told
class ReflectionShared(Told):
    """What the citizen thinks, before the follow-up."""

    TOPIC = "plan.reflection_shared.v1"
    RULE = Rule("Sharing a reflection", anyone, "follow_up", ("planned",), "planned")
    follow_up: UUID
    words: Text


@told
class FollowUpHeld(Told):
    """Before and after, and what follows. Nobody must have developed, and no score is made."""

    TOPIC = "plan.follow_up_held.v1"
    RULE = Rule(
        "Holding a follow-up", STAFF, "follow_up", ("planned",), "held", one_of=(("result", RESULTS),)
    )
    follow_up: UUID
    result: str
    before: Text | None
    after: Text | None
    words: Text | None


@told
class ViewGiven(Told):
    """How somebody sees it; two views stand side by side, and neither overwrites the other."""

    TOPIC = "plan.view_given.v1"
    RULE = Rule("Giving a view", anyone, needs=("words", "text"), check=_goal_is_there)
    goal: UUID | None
    words: Text | None
    text: Text | None


@told
class CarriedOver(Told):
    """At a handover: an open agreement, or a consent, goes on with the new one."""

    TOPIC = "handover.carried_over.v1"
    RULE = Rule("Carrying over", STAFF, one_of=(("kind", CARRIED),), check=_of_a_party, after_death=True)
    kind: str
    what: UUID
    text: Text | None

    def apply(self, aggregate: Any) -> None:
        """It is settled."""
        aggregate.settled.add(self.what)


@told
class LetGo(Told):
    """At a handover: an open agreement, or a consent, is not carried on, and why."""

    TOPIC = "handover.let_go.v1"
    RULE = Rule(
        "Letting go at a handover", STAFF, one_of=(("kind", CARRIED),), check=_of_a_party, after_death=True
    )
    kind: str
    what: UUID
    text: Text

    def apply(self, aggregate: Any) -> None:
        """It is settled."""
        aggregate.settled.add(self.what)


@told
class RetellingReported(Told):
    """Whether the citizen had to tell it all again."""

    TOPIC = "handover.retelling_reported.v1"
    RULE = Rule("Telling of retelling", anyone, check=_in_few_words)
    again: str
    words: Text | None
