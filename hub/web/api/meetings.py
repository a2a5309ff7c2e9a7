"""Meetings: convened, moved, with whom, held; and what was agreed there."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from hub.aggregates import Act, Meeting
from hub.application import commands
from hub.application.hub import made
from hub.desk.saying import as_uuid
from hub.errors import BadInput
from hub.texts import say
from hub.web.api.bodies import (
    AgreementIn,
    ApproveIn,
    HoldIn,
    InviteIn,
    MeetingIn,
    MoveIn,
    SaidIn,
    TextIn,
    taken,
)
from hub.web.api.commanding import PREVIEW, Command, Tried
from hub.web.api.consents import partner_of, partners_of
from hub.web.api.models import Recorded
from hub.web.api.problems import WRITING
from hub.web.api.things import KINDS, Citizen, Ref, identity, thing

router: Final = APIRouter(responses=WRITING, tags=["meetings"])
MADE: Final[dict[str, Any]] = {"status_code": 201, "response_model": Recorded, "responses": PREVIEW}
Do = Callable[[Meeting, Act], dict[str, UUID] | None]


@router.post("/citizens/{citizen}/meetings", summary="Convene a meeting", **MADE)
def convene_meeting(sent: Tried, citizen: Citizen, body: MeetingIn) -> Response:
    """Call a meeting; without a purpose there is none."""
    place = sent.place
    whom, purpose, where = place.citizen(citizen), body.purpose.taken(), taken(body.place)
    return sent.run(
        whom,
        "meetings",
        lambda actor, meta: commands.convene(
            place.hub, actor, whom, kind=body.kind, starts=body.starts, purpose=purpose, place=where, **meta
        ),
    )


@router.patch("/citizens/{citizen}/meetings/{ref}", summary="Move a meeting", **MADE)
def move_meeting(sent: Tried, citizen: Citizen, ref: Ref, body: MoveIn) -> Response:
    """Let it begin at another time. With If-Match, only if it is as it was read."""
    text = taken(body.text)
    return _on(sent, citizen, ref, lambda meeting, act: meeting.reschedule(body.starts, act, text=text))


@router.post("/citizens/{citizen}/meetings/{ref}/invitations", summary="Invite an organisation", **MADE)
def invite_to_meeting(sent: Tried, citizen: Citizen, ref: Ref, body: InviteIn) -> Response:
    """Invite an organisation; it sees the invitation when the citizen approves it."""
    whom, others = _registered(sent, body.participant), partners_of(body.others)
    for other in others:
        _registered(sent, str(other))
    purpose, where = body.purpose.taken(), taken(body.place)
    return _on(
        sent,
        citizen,
        ref,
        lambda meeting, act: meeting.invite(whom, others, act, purpose=purpose, place=where),
    )


@router.post("/citizens/{citizen}/meetings/{ref}/approvals", summary="Approve who comes", **MADE)
def approve_participants(sent: Tried, citizen: Citizen, ref: Ref, body: ApproveIn) -> Response:
    """Approve who comes, knowing who thereby learns of whom; the citizen does it."""
    invited, knows, words = partners_of(body.participants), partners_of(body.knows), taken(body.words)
    return _on(sent, citizen, ref, lambda meeting, act: meeting.approve(invited, knows, act, words=words))


@router.post(
    "/citizens/{citizen}/meetings/{ref}/participants/{partner}/withdrawal",
    summary="Take an approval back",
    **MADE,
)
def withdraw_approval(sent: Tried, citizen: Citizen, ref: Ref, partner: Ref, body: SaidIn) -> Response:
    """Take the approval of a participant back; the citizen does it."""
    words = taken(body.words)
    return _on(
        sent,
        citizen,
        ref,
        lambda meeting, act: meeting.withdraw_approval(partner_of(partner), act, words=words),
    )


@router.delete(
    "/citizens/{citizen}/meetings/{ref}/participants/{partner}", summary="Take somebody off a meeting", **MADE
)
def remove_participant(sent: Tried, citizen: Citizen, ref: Ref, partner: Ref) -> Response:
    """Take an organisation off the meeting; what the invitation opened closes."""
    return _on(sent, citizen, ref, lambda meeting, act: meeting.remove(partner_of(partner), act))


@router.post("/citizens/{citizen}/meetings/{ref}/holding", summary="Record that it was held", **MADE)
def hold_meeting(sent: Tried, citizen: Citizen, ref: Ref, body: HoldIn) -> Response:
    """Record that a meeting was held: who came, did the citizen take part, and if not, why."""
    came, text, why_not = partners_of(body.came), taken(body.text), taken(body.why_not)
    for one in came:
        _registered(sent, str(one))
    return _on(
        sent,
        citizen,
        ref,
        lambda meeting, act: meeting.hold(
            came, act, citizen_took_part=body.citizen_took_part, text=text, why_not=why_not
        ),
    )


@router.post("/citizens/{citizen}/meetings/{ref}/cancellation", summary="Cancel a meeting", **MADE)
def cancel_meeting(sent: Tried, citizen: Citizen, ref: Ref, body: TextIn) -> Response:
    """Cancel a meeting; what its invitations opened closes."""
    text = taken(body.text)
    return _on(sent, citizen, ref, lambda meeting, act: meeting.cancel(act, text=text))


@router.post("/citizens/{citizen}/meetings/{ref}/agreements", summary="Make an agreement", **MADE)
def make_agreement(sent: Tried, citizen: Citizen, ref: Ref, body: AgreementIn) -> Response:
    """Agree who does what by when; without an owner it is the citizen's own."""
    owner = None if body.owner is None else _registered(sent, body.owner)
    parties, knows, what = partners_of(body.parties), partners_of(body.knows), body.what.taken()
    for one in (*parties, *knows):
        _registered(sent, str(one))
    due = None if body.due is None else _day(body.due)

    def decide(meeting: Meeting, act: Act) -> dict[str, UUID]:
        agreement = made(act, "agreement")
        meeting.agree(agreement, act, owner=owner, parties=parties, what=what, knows=knows, due=due)
        return {"agreement": agreement}

    return _on(sent, citizen, ref, decide)


@router.post("/citizens/{citizen}/agreements/{ref}/done", summary="An agreement is kept", **MADE)
def complete_agreement(sent: Tried, citizen: Citizen, ref: Ref, body: TextIn) -> Response:
    """The agreement is kept, also when it is late. With If-Match, only if it is as it was read."""
    place, text = sent.place, taken(body.text)
    whom = place.citizen(citizen)

    def decide(meeting: Meeting, act: Act) -> None:
        meeting.complete(identity(place, whom, ref, "agreement"), act, text=text)

    return _on(sent, citizen, ref, decide, kind="agreement")


def _on(sent: Command, citizen: str, ref: str, do: Do, *, kind: str = "meeting") -> Response:
    place = sent.place
    whom = place.citizen(citizen)
    return sent.run(
        whom,
        "meetings",
        lambda actor, meta: commands.on_meeting(
            place.hub, actor, whom, identity(place, whom, ref), do, **meta
        ),
        current=lambda: thing(place, whom, sent.purpose, KINDS[kind], ref),
    )


def _registered(sent: Command, ref: str) -> UUID:
    """An organisation that is registered: a name that nobody knows would be shown to nobody."""
    found = as_uuid(ref)
    if found is None or found not in sent.place.partners():
        raise BadInput(say("Organisationen er ikke registreret.", "The organisation is not registered."))
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(say("Det er ingen dato.", "That is no date.")) from None
