"""Closing the cooperation, which ends each thing in it by its own event, and coming back to the same history."""

from typing import Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Consents, Handover, Meeting, Plan, Text
from hub.aggregates.base import own_id
from hub.aggregates.closing import Closed, Reopened
from hub.aggregates.ending import end_handover, end_meeting, end_people, end_plan, is_the_authoritys
from hub.application.commands.base import Meta, is_closed, on_citizen
from hub.application.commands.settling import Part, parts_of
from hub.application.hub import Answer, Hub, Work
from hub.application.tasks import running
from hub.errors import NotPermitted
from hub.vocabulary import Sector


def close_citizen(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    way_back: Text | None = None,
    text: Text | None = None,
    words: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """End the cooperation: plans, meetings, handovers, consents, bases, tasks, and then itself, in one transaction.

    Refused to others than the authority while something runs that the authority alone ends.
    """

    def decide(work: Work, act: Act) -> None:
        found = work.citizen(citizen)
        found.check_open(Closed.RULE)
        parts = parts_of(hub, work, citizen)
        theirs = any(isinstance(part, Plan) and is_the_authoritys(part) for part in parts)
        if act.by.sector is not Sector.AUTHORITY and (theirs or found.representatives):
            raise NotPermitted(
                "Support, an action plan and a representative are ended by the authority: ask it to end them first, "
                "or to close the cooperation."
            )
        _end(work, citizen, parts, act)
        work.touched[found.id] = work.touched.pop(found.id)  # its own events are the last to be saved
        end_people(found, act)
        found.tell(Closed, act, way_back=way_back, text=text, words=words)

    answer = on_citizen(hub, actor, citizen, decide, meta)
    if not hub.rehearsing and running(hub, citizen):
        _end_what_came_between(hub, actor, citizen)
    return answer


def _end_what_came_between(hub: Hub, actor: Actor, citizen: UUID) -> None:
    """End what somebody else began while the closing was being saved: nothing may let anybody know afterwards."""

    def decide(work: Work, act: Act) -> None:
        if is_closed(work, citizen):
            _end(work, citizen, parts_of(hub, work, citizen), act)

    hub.do(actor, decide)


def reopen_citizen(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    *,
    words: Text | None = None,
    text: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """The citizen is back. The history goes on; what ended stays ended, and is given or begun anew."""
    return on_citizen(
        hub,
        actor,
        citizen,
        lambda work, act: work.citizen(citizen).tell(Reopened, act, words=words, text=text),
        meta,
    )


def _end(work: Work, citizen: UUID, parts: list[Part], act: Act) -> None:
    for part in parts:
        if isinstance(part, Handover):
            end_handover(part, act)
        elif isinstance(part, Meeting):
            end_meeting(part, act)
        else:
            end_plan(part, act)
    consents = work.find(Consents, own_id(citizen, "consents"))
    if consents is not None:
        consents.close(act)
