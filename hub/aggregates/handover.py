"""A handover: knowledge, a contact person or responsibility passed on, item by item, accepted or declined."""

from enum import StrEnum
from uuid import UUID

from hub.aggregates.base import Act, Aggregate, FirstEvent, Text, by_partner, event
from hub.aggregates.matters import Telling
from hub.errors import BadInput, NotPermitted, WrongStatus


class HandoverKind(StrEnum):
    """What is passed on."""

    KNOWLEDGE = "knowledge"
    CONTACT_PERSON = "contact_person"
    RESPONSIBILITY = "responsibility"


class Handover(Telling):
    """One handover from one organisation to another. Addressing opens nothing: each item is decided on its own."""

    TOPIC = "handover"

    class Proposed(FirstEvent):
        TOPIC = "handover.proposed.v1"
        kind: str
        from_partner: UUID
        to_partner: UUID
        items: tuple[UUID, ...]
        grants: tuple[UUID, ...]
        knows: tuple[UUID, ...]
        text: Text | None

    class Accepted(Aggregate.Event):
        TOPIC = "handover.accepted.v1"
        text: Text | None

    class Declined(Aggregate.Event):
        TOPIC = "handover.declined.v1"
        to_partner: UUID
        reason: Text

    class Read(Aggregate.Event):
        TOPIC = "handover.read.v1"
        text: Text | None

    class Completed(Aggregate.Event):
        TOPIC = "handover.completed.v1"
        to_partner: UUID
        text: Text | None

    class Withdrawn(Aggregate.Event):
        TOPIC = "handover.withdrawn.v1"
        to_partner: UUID
        text: Text | None

    @event(Proposed)
    def __init__(
        self, *, citizen_id: UUID, kind: str, from_partner: UUID, to_partner: UUID, items: tuple[UUID, ...]
    ) -> None:
        self.citizen_id = citizen_id
        self.from_partner = from_partner
        self.to_partner = to_partner
        self.items = items
        self.status = "proposed"
        self.read = False
        self.kind = kind
        self.settled: set[UUID] = set()
        """The open agreements and consents that were carried over or let go."""

    @classmethod
    def propose(
        cls,
        handover: UUID,
        citizen_id: UUID,
        act: Act,
        *,
        kind: str,
        to_partner: UUID,
        items: tuple[UUID, ...],
        grants: frozenset[UUID],
        knows: tuple[UUID, ...] = (),
        text: Text | None = None,
    ) -> "Handover":
        """Propose to pass these items on; the use case has decided each of them for the receiver."""
        sender = by_partner(act, what="Proposing a handover")
        if kind not in set(HandoverKind):
            raise BadInput(f"A handover passes on one of {', '.join(HandoverKind)}: choose one.")
        if sender == to_partner and kind != HandoverKind.CONTACT_PERSON:
            raise BadInput(
                "A handover goes to another organisation, unless a contact person passes on to a colleague: choose "
                "a receiver."
            )
        return cls._create(
            cls.Proposed,
            id=handover,
            citizen_id=citizen_id,
            act=act,
            kind=kind,
            from_partner=sender,
            to_partner=to_partner,
            items=items,
            grants=tuple(sorted(grants)),
            knows=knows,
            text=text,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def accept(self, act: Act, *, text: Text | None = None) -> None:
        """Take it on; only the receiver can, and only while it is proposed."""
        self._receiver(act, "Accepting a handover")
        self._must_be("proposed")
        self.record(self.Accepted, act, text=text)

    def decline(self, reason: Text, act: Act) -> None:
        """Say no, with the reason."""
        self._receiver(act, "Declining a handover")
        self._must_be("proposed")
        self.record(self.Declined, act, to_partner=self.to_partner, reason=reason)

    def mark_read(self, act: Act, *, text: Text | None = None) -> None:
        """The receiver has read it, before the first contact."""
        self._receiver(act, "Marking a handover as read")
        self._must_be("proposed", "accepted")
        if self.read:
            raise WrongStatus("The handover is read already: nothing to do.")
        self.record(self.Read, act, text=text)

    def complete(self, act: Act, *, text: Text | None = None) -> None:
        """It is done; the receiver's relation by this handover ends."""
        self._party(act, "Completing a handover")
        self._must_be("accepted")
        self.record(self.Completed, act, to_partner=self.to_partner, text=text)

    def withdraw(self, act: Act, *, text: Text | None = None) -> None:
        """Take the proposal back; only the sender can."""
        if by_partner(act, what="Withdrawing a handover") != self.from_partner:
            raise NotPermitted("A handover is withdrawn by its sender: ask them, or decline it.")
        self._must_be("proposed", "accepted")
        self.record(self.Withdrawn, act, to_partner=self.to_partner, text=text)

    # Events apply. They run on every replay, so they never refuse.

    @event(Accepted)
    def _accepted(self) -> None:
        self.status = "accepted"

    @event(Declined)
    def _declined(self) -> None:
        self.status = "declined"

    @event(Read)
    def _read(self) -> None:
        self.read = True

    @event(Completed)
    def _completed(self) -> None:
        self.status = "completed"

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.status = "withdrawn"

    def _receiver(self, act: Act, what: str) -> None:
        if by_partner(act, what=what) != self.to_partner:
            raise NotPermitted(f"{what} is for the receiver: use --as with somebody who works there.")

    def _party(self, act: Act, what: str) -> None:
        if by_partner(act, what=what) not in (self.from_partner, self.to_partner):
            raise NotPermitted(f"{what} is for the sender or the receiver.")

    def _must_be(self, *wanted: str) -> None:
        if self.status not in wanted:
            raise WrongStatus(
                "The handover is not accepted yet: let the receiver accept it first."
                if self.status == "proposed"
                else f"The handover is {self.status} already: propose a new one."
            )
