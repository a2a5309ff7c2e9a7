"""How steps about plans, meetings and handovers are carried out; see `living_verbs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from hub.aggregates import Act, Handover, Meeting, Plan
from hub.aggregates.following import CarriedOver
from hub.application import commands
from hub.application.commands.settling import unsettled
from hub.application.hub import Answer, Work
from tests.living_verbs import (
    KINDS,
    VERBS,
    day,
    moment,
    needed,
    partner,
    partners,
    person,
    several,
    text,
    uid,
    value,
    verb,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.application.commands import Meta
    from tests.living import Living

Step = dict[str, Any]
__all__ = ["VERBS"]


# ------------------------------------------------------------------------------------------------------------ plans


def on_plan(
    life: Living,
    step: Step,
    meta: Meta,
    plan: UUID,
    do: Callable[[Plan, Act], dict[str, UUID] | None],
) -> Answer:
    """Something on a plan."""
    return commands.on_plan(life.acting_on(step), life.actor(step), life.citizen, plan, do, **meta)


def plan_of(life: Living, step: Step, otherwise: str) -> UUID:
    """The plan that the step names, or the scaffold's."""
    return life.ids[step["data"].get("plan", otherwise)]["plan"]


@verb("plan.opened")
def opened(life: Living, step: Step, meta: Meta) -> Answer:
    """Open a plan."""
    kind = value(step, "kind")
    return commands.open_plan(
        life.acting_on(step), life.actor(step), life.citizen, kind, text(step, "text"), **meta
    )


@verb("plan.closed")
def closed(life: Living, step: Step, meta: Meta) -> Answer:
    """Close a plan."""
    plan = plan_of(life, step, "scaffold-handleplan" if life.is_authority(step) else "scaffold-plan")
    return on_plan(life, step, meta, plan, lambda found, act: found.close(act, text=text(step, "text")))


@verb("plan.goal_set")
def goal_set(life: Living, step: Step, meta: Meta) -> Answer:
    """Set a goal; a text that is no words is the professional's."""
    goal, plan = uid(f"goal {step['id']}"), plan_of(life, step, "scaffold-plan")

    def do(found: Plan, act: Act) -> dict[str, UUID]:
        """Set it."""
        words, professional = text(step, "words"), text(step, "professional", "text")
        found.set_goal(goal, act, words=words, professional=professional)
        return {"goal": goal, "plan": plan}

    return on_plan(life, step, meta, plan, do)


@verb("plan.goal_reworded", "plan.goal_progressed", "plan.goal_reached", "plan.goal_let_go")
def goal_news(life: Living, step: Step, meta: Meta) -> Answer:
    """Something happens to a goal."""
    ids = life.ids[step["data"]["goal"]]
    words = text(step, "words")
    do: dict[str, Callable[[Plan, Act], None]] = {
        "plan.goal_reworded": lambda plan, act: plan.reword_goal(
            ids["goal"], act, words=words, professional=text(step, "professional")
        ),
        "plan.goal_progressed": lambda plan, act: plan.progress_goal(
            ids["goal"], act, words=words, text=text(step, "text")
        ),
        "plan.goal_reached": lambda plan, act: plan.reach_goal(ids["goal"], act, words=words),
        "plan.goal_let_go": lambda plan, act: plan.let_goal_go(ids["goal"], act, words=words),
    }
    return on_plan(life, step, meta, ids["plan"], do[step["event"]])


@verb("plan.support_granted")
def support_granted(life: Living, step: Step, meta: Meta) -> Answer:
    """Grant support under a paragraph."""
    support, plan = uid(f"support {step['id']}"), plan_of(life, step, "scaffold-handleplan")

    def do(found: Plan, act: Act) -> dict[str, UUID]:
        """Grant it."""
        found.grant_support(
            support, partner(step, "provider"), value(step, "paragraph"), act, text=text(step, "text")
        )
        return {"support": support, "plan": plan}

    return on_plan(life, step, meta, plan, do)


@verb("plan.support_adjusted", "plan.support_ended")
def support_news(life: Living, step: Step, meta: Meta) -> Answer:
    """Support is adjusted, or ends."""
    ids = life.ids[step["data"]["support"]]

    def do(found: Plan, act: Act) -> None:
        """Do it."""
        if step["event"] == "plan.support_adjusted":
            found.adjust_support(ids["support"], needed(step, "text"), act)
        else:
            found.end_support(ids["support"], act, text=text(step, "text"))

    return on_plan(life, step, meta, ids["plan"], do)


# --------------------------------------------------------------------------------------------------------- meetings


def on_meeting(
    life: Living, step: Step, meta: Meta, do: Callable[[Meeting, Act], dict[str, UUID] | None]
) -> Answer:
    """Something on the meeting that the step names, or on the scaffold's."""
    meeting = life.ids[step["data"].get("meeting", "scaffold-meeting")]["meeting"]
    return commands.on_meeting(life.acting_on(step), life.actor(step), life.citizen, meeting, do, **meta)


@verb("meeting.convened")
def convened(life: Living, step: Step, meta: Meta) -> Answer:
    """Call a meeting."""
    kind, starts = value(step, "kind"), moment(value(step, "starts"))
    assert starts is not None
    return commands.convene(
        life.hub,
        life.actor(step),
        life.citizen,
        kind=KINDS.get(kind, kind),
        starts=starts,
        purpose=text(step, "purpose"),
        place=text(step, "place"),
        **meta,
    )


@verb("meeting.participant_invited")
def invited(life: Living, step: Step, meta: Meta) -> Answer:
    """Invite one participant."""
    return on_meeting(
        life,
        step,
        meta,
        lambda meeting, act: meeting.invite(
            partner(step, "participant"),
            several(step, "participants"),
            act,
            purpose=needed(step, "purpose"),
            place=text(step, "place"),
        ),
    )


def guests(life: Living, step: Step) -> tuple[UUID, ...]:
    """The participants of the invitations that a step names."""
    return tuple(partner(life.steps[name], "participant") for name in step["data"]["invitations"])


@verb("meeting.participant_approved_by_citizen")
def approved(life: Living, step: Step, meta: Meta) -> Answer:
    """Approve who comes."""
    who, knows = guests(life, step), partners(step["data"].get("knows"))
    words = text(step, "words", "text")
    return on_meeting(life, step, meta, lambda meeting, act: meeting.approve(who, knows, act, words=words))


@verb("meeting.approval_withdrawn")
def disapproved(life: Living, step: Step, meta: Meta) -> Answer:
    """Take an approval back."""
    (who,) = guests(life, step)
    words = text(step, "words")
    return on_meeting(life, step, meta, lambda meeting, act: meeting.withdraw_approval(who, act, words=words))


@verb("meeting.held")
def held(life: Living, step: Step, meta: Meta) -> Answer:
    """A meeting was held."""
    took_part = bool(value(step, "citizen_took_part"))
    return on_meeting(
        life,
        step,
        meta,
        lambda meeting, act: meeting.hold(
            several(step, "came"),
            act,
            citizen_took_part=took_part,
            told_by=person(step, "told_by"),
            text=text(step, "text", "words"),
            why_not=text(step, "why_not"),
        ),
    )


@verb("meeting.cancelled")
def cancelled(life: Living, step: Step, meta: Meta) -> Answer:
    """A meeting is cancelled."""
    return on_meeting(life, step, meta, lambda meeting, act: meeting.cancel(act, text=text(step, "text")))


@verb("meeting.agreement_made")
def agreed(life: Living, step: Step, meta: Meta) -> Answer:
    """An agreement is made."""
    agreement = uid(f"agreement {step['id']}")

    def do(meeting: Meeting, act: Act) -> dict[str, UUID]:
        """Make it."""
        meeting.agree(
            agreement,
            act,
            owner=partner(step, "owner") if "owner" in step["data"] else None,
            parties=several(step, "parties"),
            what=needed(step, "what"),
            knows=partners(step["data"].get("knows")),
            due=day(step, "due"),
        )
        return {"agreement": agreement, "meeting": meeting.id}

    return on_meeting(life, step, meta, do)


@verb("meeting.agreement_done", "meeting.agreement_delayed", "meeting.agreement_dropped")
def agreement_news(life: Living, step: Step, meta: Meta) -> Answer:
    """An agreement is done, delayed or dropped."""
    ids = life.ids[step["data"]["agreement"]]
    words, one = text(step, "text"), ids["agreement"]

    def do(meeting: Meeting, act: Act) -> None:
        """Do it."""
        if step["event"] == "meeting.agreement_done":
            meeting.complete(one, act, text=words)
        elif step["event"] == "meeting.agreement_dropped":
            meeting.drop(one, act, text=words)
        else:
            due = day(step, "new_due")
            assert due is not None
            meeting.delay(one, due, act, text=words)

    return commands.on_meeting(
        life.acting_on(step), life.actor(step), life.citizen, ids["meeting"], do, **meta
    )


@verb("meeting.participant_removed")
def removed(life: Living, step: Step, meta: Meta) -> Answer:
    """Somebody is taken off a meeting."""
    who = partner(step, "participant")
    return on_meeting(life, step, meta, lambda meeting, act: meeting.remove(who, act))


@verb("meeting.agreement_party_removed")
def party_removed(life: Living, step: Step, meta: Meta) -> Answer:
    """Somebody is taken off an agreement."""
    ids, who = life.ids[step["data"]["agreement"]], partner(step)

    def do(meeting: Meeting, act: Act) -> None:
        """Do it."""
        meeting.remove_party(ids["agreement"], who, act)

    return commands.on_meeting(
        life.acting_on(step), life.actor(step), life.citizen, ids["meeting"], do, **meta
    )


# -------------------------------------------------------------------------------------------------------- handovers


@verb("handover.proposed")
def proposed(life: Living, step: Step, meta: Meta) -> Answer:
    """Propose a handover."""
    return commands.propose_handover(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step, "to"),
        kind=value(step, "kind").replace(" ", "_"),
        items=tuple(life.row(name).event_id for name in step["data"].get("items", ())),
        approved=bool(step["data"].get("knows")),
        text=text(step, "text"),
        **meta,
    )


@verb("handover.accepted", "handover.read", "handover.declined", "handover.withdrawn", "handover.completed")
def handover_news(life: Living, step: Step, meta: Meta) -> Answer:
    """A handover is answered, read, withdrawn or completed."""
    words = text(step, "text")
    do: dict[str, Callable[[Handover, Act], None]] = {
        "handover.accepted": lambda handover, act: handover.accept(act, text=words),
        "handover.read": lambda handover, act: handover.mark_read(act, text=words),
        "handover.declined": lambda handover, act: handover.decline(needed(step, "reason"), act),
        "handover.withdrawn": lambda handover, act: handover.withdraw(act, text=words),
        "handover.completed": lambda handover, act: handover.complete(act, text=words),
    }
    handover = life.ids[step["data"]["handover"]]["handover"]
    if step["event"] == "handover.completed":
        settle(life, step, handover)
    return commands.on_handover(life.hub, life.actor(step), handover, do[step["event"]], **meta)


def settle(life: Living, step: Step, handover: UUID) -> None:
    """Carry over whatever the history leaves unsettled: the hub completes nothing before."""
    work = Work(life.hub, fresh=True)
    for number, left in enumerate(unsettled(life.hub, work, work.get(Handover, handover, "handover"))):
        fields = {"kind": left.kind, "what": left.what}
        meta = life.meta(f"{step['id']} settle {number}")
        commands.tell(life.hub, life.actor(step), life.citizen, CarriedOver, fields, handover, **meta)
