"""Meetings called and held in one go: the meeting with its invitations, the outcome with its agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Meeting, Text
from hub.aggregates.gathering import Split
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.hub import Answer, Hub, Work, made, nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """A meeting as it is to be called."""

    kind: str
    starts: datetime
    purpose: Text
    place: Text | None = None
    invited: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """Who does what by when; without an owner it is the citizen."""

    what: Text
    owner: UUID | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a meeting went."""

    came: tuple[UUID, ...]
    citizen_took_part: bool
    why_not: Text | None = None
    told_by: UUID | None = None
    text: Text | None = None
    agreed: tuple[Agreed, ...] = ()


def call(hub: Hub, actor: Actor, citizen: UUID, plan: Plan, **meta: Unpack[Meta]) -> Answer:
    """Call a meeting and invite to it: all of it, or nothing."""
    for partner in plan.invited:
        check_registered(hub, partner)

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        work.citizen(citizen)
        return {"meeting": _called(work, citizen, plan, act).id}

    return on_citizen(hub, actor, citizen, decide, meta)


def split(
    hub: Hub, actor: Actor, citizen: UUID, meeting: UUID, plans: Sequence[Plan], **meta: Unpack[Meta]
) -> Answer:
    """Fewer at a time: the meeting becomes these, each with its own invitations, and is itself cancelled."""

    def decide(work: Work, act: Act) -> None:
        first = _of(work, citizen, meeting)
        into = [_called(work, citizen, plan, act, f"meeting {n}").id for n, plan in enumerate(plans, 1)]
        first.tell(Split, act, into=tuple(into))
        first.cancel(act)

    return on_citizen(hub, actor, citizen, decide, meta)


def hold(
    hub: Hub, actor: Actor, citizen: UUID, meeting: UUID, outcome: Outcome, **meta: Unpack[Meta]
) -> Answer:
    """Record that a meeting was held, with what was agreed: all of it, or nothing."""

    def decide(work: Work, act: Act) -> None:
        found = _of(work, citizen, meeting)
        found.hold(
            outcome.came,
            act,
            citizen_took_part=outcome.citizen_took_part,
            told_by=outcome.told_by,
            text=outcome.text,
            why_not=outcome.why_not,
        )
        for number, one in enumerate(outcome.agreed, 1):
            agreement = made(act, f"agreement {number}")
            found.agree(agreement, act, owner=one.owner, parties=(), what=one.what, due=one.due)

    return on_citizen(hub, actor, citizen, decide, meta)


def _called(work: Work, citizen: UUID, plan: Plan, act: Act, name: str = "meeting") -> Meeting:
    """A new meeting with its invitations; each says who else is invited, the one that calls it among them."""
    meeting = Meeting.convene(
        made(act, name),
        citizen,
        act,
        kind=plan.kind,
        starts=plan.starts,
        purpose=plan.purpose,
        place=plan.place,
    )
    listed = (*plan.invited, *([act.by.partner] if act.by.partner else []))
    for partner in plan.invited:
        meeting.invite(partner, listed, act, purpose=plan.purpose, place=plan.place)
    work.add(meeting)
    return meeting


def _of(work: Work, citizen: UUID, meeting: UUID) -> Meeting:
    found = work.get(Meeting, meeting, "meeting")
    if found.citizen_id != citizen:
        raise nothing("meeting")  # another citizen's is told like one that is not there
    return found
