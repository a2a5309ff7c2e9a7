"""Plans and meetings: opened and called here; everything else is a command of the aggregate itself."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Meeting, Plan, Text
from hub.application.commands.base import Meta, on_citizen
from hub.application.hub import Answer, Hub, Work, made, nothing

P = TypeVar("P", Plan, Meeting)


def open_plan(
    hub: Hub, actor: Actor, citizen: UUID, kind: str, text: Text | None = None, **meta: Unpack[Meta]
) -> Answer:
    """Open a plan: handleplan (the authority) or indsatsplan (a provider)."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        plan = made(act, "plan")
        work.add(Plan.begin(plan, citizen, kind, act, text=text))
        return {"plan": plan}

    return on_citizen(hub, actor, citizen, decide, meta)


def on_plan(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    plan: UUID,
    do: Callable[[Plan, Act], dict[str, UUID] | None],
    **meta: Unpack[Meta],
) -> Answer:
    """Anything else on a plan: `do` calls one of its commands."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: do(_of(citizen, work.get(Plan, plan, "plan"), "plan"), act),
        meta,
    )


def convene(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    kind: str,
    starts: datetime,
    purpose: Text | None,
    place: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Call a meeting."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        meeting = made(act, "meeting")
        work.add(
            Meeting.convene(meeting, citizen, act, kind=kind, starts=starts, purpose=purpose, place=place)
        )
        return {"meeting": meeting}

    return on_citizen(hub, actor, citizen, decide, meta)


def on_meeting(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    meeting: UUID,
    do: Callable[[Meeting, Act], dict[str, UUID] | None],
    **meta: Unpack[Meta],
) -> Answer:
    """Anything else on a meeting: `do` calls one of its commands."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: do(_of(citizen, work.get(Meeting, meeting, "meeting"), "meeting"), act),
        meta,
    )


def _of(citizen: UUID, aggregate: P, what: str) -> P:
    if aggregate.citizen_id != citizen:
        raise nothing(what)  # another citizen's is told like one that is not there
    return aggregate
