"""A meeting: its purpose known, its participants approved by the citizen, its agreements followed up."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from hub.aggregates.amending import Corrected
from hub.aggregates.base import (
    Act,
    Aggregate,
    FirstEvent,
    Text,
    by_citizen,
    by_citizen_or_partner,
    by_partner,
    event,
    event_id,
)
from hub.aggregates.gathering import Rescheduled
from hub.aggregates.matters import Telling
from hub.clock import to_microseconds
from hub.errors import BadInput, NotFound, WrongStatus


class MeetingKind(StrEnum):
    """What sort of meeting it is."""

    COORDINATING = "coordinating"
    NETWORK = "network"
    OPEN_DIALOGUE = "open_dialogue"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was sent: the item is the event that a participant may see."""

    item: UUID
    version: int
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who does what by when, as far as further commands need it."""

    owner: UUID | None
    item: UUID
    parties: frozenset[UUID]
    """Whom it was disclosed to, the owner among them, and who was not taken off since."""
    status: str = "open"


class Meeting(Telling):
    """One meeting around one citizen."""

    TOPIC = "meeting"

    class Convened(FirstEvent):
        TOPIC = "meeting.convened.v1"
        kind: str
        starts: datetime
        place: Text | None
        purpose: Text

    class ParticipantInvited(Aggregate.Event):
        TOPIC = "meeting.participant_invited.v1"
        participant: UUID
        starts: datetime
        place: Text | None
        purpose: Text
        participants: tuple[UUID, ...]

    class ParticipantApproved(Aggregate.Event):
        TOPIC = "meeting.participant_approved_by_citizen.v1"
        invited: tuple[UUID, ...]
        items: tuple[UUID, ...]
        knows: tuple[UUID, ...]
        words: Text | None

    class ApprovalWithdrawn(Aggregate.Event):
        TOPIC = "meeting.approval_withdrawn.v1"
        participant: UUID
        item: UUID
        words: Text | None

    class ParticipantRemoved(Aggregate.Event):
        TOPIC = "meeting.participant_removed.v1"
        participant: UUID
        item: UUID

    class Held(Aggregate.Event):
        TOPIC = "meeting.held.v1"
        came: tuple[UUID, ...]
        citizen_took_part: bool
        told_by: UUID | None
        text: Text | None
        why_not: Text | None

    class Cancelled(Aggregate.Event):
        TOPIC = "meeting.cancelled.v1"
        items: tuple[UUID, ...]
        invited: tuple[UUID, ...]
        text: Text | None

    class AgreementMade(Aggregate.Event):
        TOPIC = "meeting.agreement_made.v1"
        agreement: UUID
        owner: UUID | None
        parties: tuple[UUID, ...]
        knows: tuple[UUID, ...]
        due: date | None
        what: Text

    class AgreementDone(Aggregate.Event):
        TOPIC = "meeting.agreement_done.v1"
        agreement: UUID
        text: Text | None

    class AgreementDelayed(Aggregate.Event):
        TOPIC = "meeting.agreement_delayed.v1"
        agreement: UUID
        new_due: date
        text: Text | None

    class AgreementDropped(Aggregate.Event):
        TOPIC = "meeting.agreement_dropped.v1"
        agreement: UUID
        text: Text | None

    class AgreementPartyRemoved(Aggregate.Event):
        TOPIC = "meeting.agreement_party_removed.v1"
        agreement: UUID
        partner: UUID
        item: UUID

    @event(Convened)
    def __init__(self, *, citizen_id: UUID, kind: str, starts: datetime) -> None:
        self.citizen_id = citizen_id
        self.kind = kind
        self.starts = starts
        self.status = "convened"
        self.invitations: dict[UUID, Invitation] = {}
        self.agreements: dict[UUID, Agreement] = {}

    @classmethod
    def convene(
        cls,
        meeting: UUID,
        citizen_id: UUID,
        act: Act,
        *,
        kind: str,
        starts: datetime,
        purpose: Text | None,
        place: Text | None = None,
    ) -> "Meeting":
        """Call a meeting; without a purpose there is none."""
        by_partner(act, what="Convening a meeting")
        if purpose is None:
            raise BadInput(
                "A meeting cannot be convened without a purpose: say what it is for (--purpose-text)."
            )
        if kind not in set(MeetingKind):
            raise BadInput(f"A meeting is one of {', '.join(MeetingKind)}: choose one.")
        return cls._create(
            cls.Convened,
            id=meeting,
            citizen_id=citizen_id,
            act=act,
            kind=kind,
            starts=starts,
            place=place,
            purpose=purpose,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def invite(
        self,
        participant: UUID,
        participants: tuple[UUID, ...],
        act: Act,
        *,
        purpose: Text,
        place: Text | None = None,
    ) -> None:
        """Invite an organisation; it sees the invitation when the citizen approves, or a consent covers it."""
        self._ahead()
        by_partner(act, what="Inviting to a meeting")
        if participant in self.invitations:
            raise WrongStatus("That organisation is invited already: nothing to do.")
        self.record(
            self.ParticipantInvited,
            act,
            participant=participant,
            starts=self.starts,
            place=place,
            purpose=purpose,
            participants=tuple(sorted({*participants, participant})),
        )

    def approve(
        self, invited: tuple[UUID, ...], knows: tuple[UUID, ...], act: Act, *, words: Text | None = None
    ) -> None:
        """Approve who comes, knowing who thereby learns of whom (`knows`)."""
        by_citizen(act, what="Approving participants")
        self._ahead()
        missing = [partner for partner in invited if partner not in self.invitations]
        if missing or not invited:
            raise NotFound("That organisation is not invited: invite it first (hub meeting invite).")
        self.record(
            self.ParticipantApproved,
            act,
            invited=invited,
            items=tuple(self.invitations[partner].item for partner in invited),
            knows=knows,
            words=words,
        )

    def withdraw_approval(self, participant: UUID, act: Act, *, words: Text | None = None) -> None:
        """Take the approval of a participant back; the invitation is then as if it had not been approved."""
        by_citizen(act, what="Withdrawing an approval")
        invitation = self.invitations.get(participant)
        if invitation is None or not invitation.approved:
            raise WrongStatus("That organisation is not approved: nothing to withdraw.")
        self.record(self.ApprovalWithdrawn, act, participant=participant, item=invitation.item, words=words)

    def remove(self, participant: UUID, act: Act) -> None:
        """Take somebody off the meeting; what the invitation opened ends, and inviting again makes a new one."""
        by_citizen_or_partner(act, what="Taking a participant off")
        self._ahead()
        invitation = self.invitations.get(participant)
        if invitation is None:
            raise NotFound("That organisation is not invited: nothing to remove.")
        self.record(self.ParticipantRemoved, act, participant=participant, item=invitation.item)

    def hold(
        self,
        came: tuple[UUID, ...],
        act: Act,
        *,
        citizen_took_part: bool,
        told_by: UUID | None = None,
        text: Text | None = None,
        why_not: Text | None = None,
    ) -> None:
        """Record that the meeting was held: who came, did the citizen take part, and if not, why."""
        by_partner(act, what="Recording a meeting as held")
        self._ahead()
        if not citizen_took_part and why_not is None:
            raise BadInput(
                "The citizen did not take part: say why, and who told them (--why-not, --told-by)."
            )
        self.record(
            self.Held,
            act,
            came=came,
            citizen_took_part=citizen_took_part,
            told_by=told_by,
            text=text,
            why_not=why_not,
        )

    def cancel(self, act: Act, *, text: Text | None = None) -> None:
        """Cancel the meeting; what the invitations opened ends with it."""
        self._ahead()
        self.record(
            self.Cancelled,
            act,
            items=tuple(invitation.item for invitation in self.invitations.values()),
            invited=tuple(self.invitations),
            text=text,
        )

    def reschedule(self, starts: datetime, act: Act, *, text: Text | None = None) -> None:
        """Begin at another time; what was convened, and every live invitation, is put right with it."""
        if starts == self.starts:
            raise WrongStatus("The meeting begins then already: nothing to move.")
        self.tell(Rescheduled, act, starts=starts, text=text)
        value = str(to_microseconds(starts))
        for subject in (1, *(invitation.version for invitation in self.invitations.values())):
            if subject not in self.misfiled:
                terms = {"field": "starts", "text": None, "value": value, "reason": None}
                self.record(Corrected, act, subject=subject, **terms)

    def agree(
        self,
        agreement: UUID,
        act: Act,
        *,
        owner: UUID | None,
        parties: tuple[UUID, ...],
        what: Text,
        knows: tuple[UUID, ...] = (),
        due: date | None = None,
    ) -> None:
        """Make an agreement; its owner (the citizen, without one) and its parties see it."""
        if self.status == "cancelled":
            raise WrongStatus("The meeting is cancelled: convene a new one to agree on something.")
        if agreement in self.agreements:
            raise WrongStatus("That agreement is recorded already: nothing to do.")
        self.record(
            self.AgreementMade,
            act,
            agreement=agreement,
            owner=owner,
            parties=parties,
            knows=knows,
            due=due,
            what=what,
        )

    def complete(self, agreement: UUID, act: Act, *, text: Text | None = None) -> None:
        """The agreement is done, also when it is late."""
        self._running(agreement)
        self.record(self.AgreementDone, act, agreement=agreement, text=text)

    def delay(self, agreement: UUID, new_due: date, act: Act, *, text: Text | None = None) -> None:
        """Give an agreement a new date."""
        self._running(agreement)
        self.record(self.AgreementDelayed, act, agreement=agreement, new_due=new_due, text=text)

    def drop(self, agreement: UUID, act: Act, *, text: Text | None = None) -> None:
        """Let an agreement go."""
        self._running(agreement)
        self.record(self.AgreementDropped, act, agreement=agreement, text=text)

    def remove_party(self, agreement: UUID, partner: UUID, act: Act) -> None:
        """Take a party (the owner too) off an agreement: it no longer sees it as its own."""
        by_citizen_or_partner(act, what="Taking a party off")
        found = self.agreements.get(agreement)
        if found is None or partner not in found.parties:
            raise NotFound("That organisation is no party to such an agreement: hub timeline shows them.")
        self.record(self.AgreementPartyRemoved, act, agreement=agreement, partner=partner, item=found.item)

    # Events apply. They run on every replay, so they never refuse.

    @event(ParticipantInvited)
    def _invited(self, participant: UUID) -> None:
        self.invitations[participant] = Invitation(event_id(self.id, self.version + 1), self.version + 1)

    @event(ParticipantApproved)
    def _approved(self, invited: tuple[UUID, ...]) -> None:
        for partner in invited:
            self.invitations[partner] = replace(self.invitations[partner], approved=True)

    @event(ApprovalWithdrawn)
    def _approval_withdrawn(self, participant: UUID) -> None:
        self.invitations[participant] = replace(self.invitations[participant], approved=False)

    @event(ParticipantRemoved)
    def _removed(self, participant: UUID) -> None:
        self.invitations.pop(participant, None)

    @event(Held)
    def _held(self) -> None:
        self.status = "held"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.status = "cancelled"

    @event(AgreementMade)
    def _agreed(self, agreement: UUID, owner: UUID | None, parties: tuple[UUID, ...]) -> None:
        to = frozenset(parties) | ({owner} if owner else frozenset())
        self.agreements[agreement] = Agreement(owner, event_id(self.id, self.version + 1), to)

    @event(AgreementPartyRemoved)
    def _party_removed(self, agreement: UUID, partner: UUID) -> None:
        found = self.agreements[agreement]
        self.agreements[agreement] = replace(found, parties=found.parties - {partner})

    @event(AgreementDone)
    def _done(self, agreement: UUID) -> None:
        self.agreements[agreement] = replace(self.agreements[agreement], status="done")

    @event(AgreementDropped)
    def _dropped(self, agreement: UUID) -> None:
        self.agreements[agreement] = replace(self.agreements[agreement], status="dropped")

    def _ahead(self) -> None:
        if self.status != "convened":
            raise WrongStatus(f"The meeting is {self.status} already: convene a new one.")

    def _running(self, agreement: UUID) -> None:
        found = self.agreements.get(agreement)
        if found is None:
            raise NotFound("There is no such agreement: hub timeline shows them.")
        if found.status != "open":
            raise WrongStatus(f"The agreement is {found.status} already: make a new one.")
