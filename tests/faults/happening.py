"""What happens to a plan, a meeting, a handover and an organisation: drawn by `anything.py`.

Each is given whoever draws (`by`), what it happens to, and the act. Whom and what is meant is drawn from what is there
by then; where nothing is, the hub refuses.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from hub.aggregates import Act, Cooperation, Handover, Meeting, Plan

LATER: Final = timedelta(days=7)
"""When whatever has a date is due, and what begins later begins."""


def supported(by: Any, plan: Plan, act: Act) -> None:
    """Support is granted."""
    provider = by.town.partner("social_psychiatry")
    plan.grant_support(uuid4(), provider, "§ 85", act, text=by.words())


def agreed(by: Any, meeting: Meeting, act: Act) -> None:
    """Somebody, or the citizen, will do something, perhaps by a day."""
    due = by.of((None, by.town.clock().date() + LATER))
    owner, parties = by.of((None, by.partner())), (by.partner(),)
    meeting.agree(uuid4(), act, owner=owner, parties=parties, what=by.words(), due=due)


def put_off(by: Any, meeting: Meeting, act: Act) -> None:
    """An agreement gets another day."""
    meeting.delay(by.of(meeting.agreements), by.town.clock().date() + LATER, act)


def approved(by: Any, meeting: Meeting, act: Act) -> None:
    """The citizen approves who comes."""
    meeting.approve((by.of(meeting.invitations),), (by.partner(),), act)


PLAN: Final[dict[Callable[[Any, Plan, Act], None], tuple[str, int]]] = {
    lambda by, plan, act: plan.set_goal(uuid4(), act, words=by.words()): ("citizen", 4),
    lambda by, plan, act: plan.reword_goal(by.of(plan.goals), act, professional=by.words()): ("mette", 2),
    lambda by, plan, act: plan.progress_goal(by.of(plan.goals), act, words=by.words()): ("citizen", 2),
    lambda by, plan, act: plan.reach_goal(by.of(plan.goals), act): ("citizen", 1),
    lambda by, plan, act: plan.let_goal_go(by.of(plan.goals), act): ("citizen", 1),
    supported: ("lene", 3),
    lambda by, plan, act: plan.adjust_support(by.of(plan.support), by.words(), act): ("mette", 2),
    lambda by, plan, act: plan.end_support(by.of(plan.support), act): ("lene", 2),
    lambda _, plan, act: plan.close(act): ("lene", 1),
}
"""What happens to a plan: by whom, and how often."""

MEETING: Final[dict[Callable[[Any, Meeting, Act], None], tuple[str, int]]] = {
    lambda by, meeting, act: meeting.invite(by.partner(), (), act, purpose=by.words()): ("lene", 4),
    approved: ("citizen", 3),
    lambda by, meeting, act: meeting.withdraw_approval(by.of(meeting.invitations), act): ("citizen", 2),
    lambda by, meeting, act: meeting.remove(by.of(meeting.invitations), act): ("citizen", 1),
    agreed: ("mette", 5),
    lambda by, meeting, act: meeting.complete(by.of(meeting.agreements), act): ("mette", 2),
    put_off: ("mette", 2),
    lambda by, meeting, act: meeting.drop(by.of(meeting.agreements), act): ("lene", 1),
    lambda by, meeting, act: meeting.remove_party(by.of(meeting.agreements), by.partner(), act): ("lene", 2),
    lambda by, meeting, act: meeting.hold((by.partner(),), act, citizen_took_part=True): ("lene", 1),
    lambda _, meeting, act: meeting.cancel(act): ("lene", 1),
}
"""What happens to a meeting."""

HANDOVER: Final[dict[Callable[[Any, Handover, Act], None], tuple[str, int]]] = {
    lambda by, handover, act: handover.accept(act, text=by.words()): ("ann", 4),
    lambda _, handover, act: handover.mark_read(act): ("ann", 2),
    lambda _, handover, act: handover.complete(act): ("ann", 3),
    lambda by, handover, act: handover.decline(by.words(), act): ("ann", 1),
    lambda _, handover, act: handover.withdraw(act): ("mette", 1),
}
"""What happens to a handover."""

SAYS: Final[tuple[Callable[[Any, Cooperation, Act], None], ...]] = (
    lambda _, town, act: town.describe(act, core_task="Hjælp og støtte"),
    lambda by, town, act: town.explain_word("bostøtte", f"hjælp nummer {by.numbers.random()}", act),
    lambda _, town, act: town.plan_occasion(uuid4(), town.KINDS[0], "En dag sammen", act),
    lambda _, town, act: town.describe_offer(uuid4(), act, name="Gå med ud"),
    lambda by, town, act: town.agree(uuid4(), by.town.partner("jobcentre"), "24/2", act),
)
"""What an organisation tells of itself, and agrees on with others."""

HAPPENS: Final[dict[str, dict[Callable[..., None], tuple[str, int]]]] = {
    "plan": PLAN,
    "meeting": MEETING,
    "handover": HANDOVER,
}
"""All three, by their names."""
