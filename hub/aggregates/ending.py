"""How each thing ends when the cooperation closes: by its own event, under its own rule where somebody decides it.

What only the authority decides (support, its action plan, an order of it, who represents the citizen) is refused to
others by the caller, before anything is recorded.
"""

from hub.aggregates.base import Act
from hub.aggregates.citizen import Citizen
from hub.aggregates.following import OrderEnded
from hub.aggregates.handover import Handover
from hub.aggregates.meeting import Meeting
from hub.aggregates.plan import Plan, PlanKind

OPEN_HANDOVER = ("proposed", "accepted")
RUNNING_ORDER = ("sent", "received")


def is_the_authoritys(plan: Plan) -> bool:
    """Whether something of the plan still runs that the authority alone ends."""
    runs = plan.open or bool(plan.support) or bool(plan.all_in("order", *RUNNING_ORDER))
    return plan.kind == PlanKind.HANDLEPLAN and runs


def end_plan(plan: Plan, act: Act) -> None:
    """Orders and support end, then the plan."""
    for order in plan.all_in("order", *RUNNING_ORDER):
        plan.tell(OrderEnded, act, order=order)
    for support in list(plan.support):
        plan.end_support(support, act)
    if plan.open:
        plan.close(act)


def end_meeting(meeting: Meeting, act: Act) -> None:
    """Open agreements are let go, nobody is party to one any more, and what the invitations opened ends."""
    for identity, agreement in list(meeting.agreements.items()):
        if agreement.status == "open":
            meeting.drop(identity, act)
        for partner in sorted(agreement.parties):
            meeting.remove_party(identity, partner, act)
    if meeting.status == "convened":
        meeting.cancel(act)
    elif meeting.status == "held":
        for participant, invitation in list(meeting.invitations.items()):
            if invitation.approved:
                meeting.record(Meeting.ParticipantRemoved, act, participant=participant, item=invitation.item)


def end_handover(handover: Handover, act: Act) -> None:
    """What is still under way is not carried through."""
    if handover.status in OPEN_HANDOVER:
        handover.record(Handover.Withdrawn, act, to_partner=handover.to_partner, text=None)


def end_people(citizen: Citizen, act: Act) -> None:
    """Everybody's task ends, the coordinator's last; then whoever acts for the citizen."""
    for kind in ("relation", "contact_person"):
        for task in [each for each in citizen.tasks.values() if each.kind == kind]:
            if kind == "relation":
                citizen.end_relation(task.partner, task.person, act)
            elif task.person is not None:
                citizen.end_contact_person(task.person, act)
    if citizen.coordinator is not None:
        citizen.release_coordinator(act)
    for each in list(citizen.representatives.values()):
        citizen.end_representative(each.person, act)
