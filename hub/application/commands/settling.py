"""When somebody else takes over: every open agreement and every consent of whoever passes on is settled, one by one.

A handover of responsibility, or of the steady contact, to another organisation is completed only then. Between two
colleagues everything simply goes on.
"""

from typing import Final, NamedTuple
from uuid import UUID

from hub.aggregates import Act, Amendable, Consents, Handover, Meeting, Plan, Text
from hub.aggregates.base import own_id
from hub.aggregates.following import CarriedOver, LetGo
from hub.aggregates.handover import HandoverKind
from hub.aggregates.matters import Telling
from hub.application.hub import Hub, Work
from hub.clock import to_microseconds
from hub.errors import NotFound, WrongStatus

Part = Plan | Meeting | Handover


class Unsettled(NamedTuple):
    """An open agreement, or a consent in force, of the organisation that passes on."""

    kind: str
    what: UUID
    on: Meeting | Consents


def parts_of(hub: Hub, work: Work, citizen: UUID) -> list[Part]:
    """The citizen's plans, meetings and handovers, in the order in which they began."""
    begun = dict.fromkeys(record.originator_id for record in hub.log.of_citizens([citizen]))
    known = [work.find(Amendable, identity) for identity in (begun | dict.fromkeys(work.touched))]
    return [
        part for part in known if isinstance(part, Plan | Meeting | Handover) and part.citizen_id == citizen
    ]


def unsettled(hub: Hub, work: Work, handover: Handover) -> list[Unsettled]:
    """What is still to be carried over or let go; nothing where knowledge is passed on, or between colleagues."""
    giver = handover.from_partner
    if handover.kind == HandoverKind.KNOWLEDGE or giver == handover.to_partner:
        return []
    found = [
        Unsettled("agreement", identity, part)
        for part in parts_of(hub, work, handover.citizen_id)
        if isinstance(part, Meeting)
        for identity, agreement in part.agreements.items()
        if agreement.status == "open" and agreement.owner == giver
    ]
    consents = work.find(Consents, own_id(handover.citizen_id, "consents"))
    if consents is not None:
        now = hub.clock()
        found += [
            Unsettled("consent", identity, consents)
            for identity, grant in consents.grants.items()
            if grant.partner == giver and grant.ended(now) is None
        ]
    return [each for each in found if each.what not in handover.settled]


def carry_over(
    hub: Hub, work: Work, handover: Handover, what: UUID, act: Act, *, text: Text | None = None
) -> None:
    """An agreement or a consent goes on as it stands; whoever takes over gets consents of the citizen's own giving."""
    found = is_open(hub, work, handover, what, act)
    handover.tell(CarriedOver, act, kind=found.kind, what=what, text=text)


def let_go(
    hub: Hub, work: Work, handover: Handover, what: UUID, act: Act, *, text: Text | None = None
) -> None:
    """It is not carried on, and so it ends by its own event: the agreement is dropped, the consent is over."""
    found = is_open(hub, work, handover, what, act)
    handover.tell(LetGo, act, kind=found.kind, what=what, text=text)
    end(found, act)


def end(found: Unsettled, act: Act) -> None:
    """End what is not carried on."""
    if isinstance(found.on, Meeting):
        found.on.drop(found.what, act)
    else:
        found.on.let_go(found.what, act)


def is_open(hub: Hub, work: Work, handover: Telling, what: UUID | None, act: Act) -> Unsettled:
    """The open agreement or consent that is meant; NotFound, in one way, for everything else."""
    if isinstance(handover, Handover) and act.by.partner in (handover.from_partner, handover.to_partner):
        for each in unsettled(hub, work, handover):
            if each.what == what:
                return each
    raise NotFound(
        "That is no open agreement or consent of whoever passes on: hub handover left shows what is left to settle."
    )


def check_settled(hub: Hub, work: Work, handover: Handover) -> None:
    """Refuse to complete a handover while something of it is neither carried over nor let go."""
    completed = [event for event in handover.pending_events if isinstance(event, Handover.Completed)]
    if completed and _known_to(hub, completed[0].act, handover.citizen_id, unsettled(hub, work, handover)):
        raise WrongStatus(
            "Agreements or consents are still open: carry each over or let it go first (hub handover left shows them)."
        )


_BEGAN: Final = {"agreement": "meeting.agreement_made", "consent": "consents.given"}
"""The events that such things begin with; each names its thing in the field of that name."""


def _known_to(hub: Hub, act: Act, citizen: UUID, left: list[Unsettled]) -> bool:
    """Whether whoever completes may know of any of what is left: of the rest a refusal must not tell."""
    if not left or act.by.partner is None:
        return bool(left)
    viewer = hub.state(citizen).viewer(act.by.partner, to_microseconds(hub.clock()))
    wanted = {(each.kind, each.what) for each in left}
    return any(
        viewer.disclose(item) is not None
        for item, opened in hub.items(citizen)
        for kind, event in _BEGAN.items()
        if item.event == event and (kind, UUID(bytes=opened.body[kind])) in wanted
    )
