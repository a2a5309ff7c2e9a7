"""What the commands of the book of consents know of it. `Consents` has the events and applies them."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from hub.aggregates.base import Act
from hub.aggregates.terms import Basis, Block, Emergency, Grant
from hub.errors import NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role


class Book:
    """A citizen's consents, blocks, agreed texts, legal bases and emergency accesses, as they stand."""

    grants: dict[UUID, Grant]
    ended: set[UUID]
    """Consents and agreed texts that are over: they never come back."""
    left: set[UUID]
    """Partners from whom a consent was withdrawn: what staff register for them waits for a confirmation."""
    blocks: dict[UUID, Block]
    lifted: set[UUID]
    texts: dict[UUID, UUID]
    """Agreed texts by their event, with the partner that each is for."""
    bases: dict[UUID, Basis]
    bases_ended: set[UUID]
    emergencies: dict[UUID, Emergency]

    if TYPE_CHECKING:
        Given: Any
        Confirmed: Any
        Narrowed: Any
        Renewed: Any
        Withdrawn: Any
        Expired: Any
        Refused: Any
        BlockSet: Any
        BlockLifted: Any
        DisclosureAuthorised: Any
        StatutoryBasisRegistered: Any
        StatutoryBasisEnded: Any
        StatutoryDisclosureRecorded: Any
        EmergencyAccessOpened: Any
        EmergencyAccessClosed: Any
        EmergencyAccessReviewed: Any

        def record(self, event_class: Any, act: Act, **fields: Any) -> None:
            """Record that this happened."""

    def _grant(self, consent: UUID, act: Act) -> Grant:
        """A consent that is not over; refused otherwise."""
        grant = self.grants.get(consent)
        if grant is None:
            raise self._absent(consent)
        if (why := grant.ended(act.recorded_at)) is not None:
            raise WrongStatus(
                "The consent was not confirmed within 30 days and has ended: a new one must be given."
                if why == "lapsed"
                else "The consent has ended: a new one must be given."
            )
        return grant

    def _absent(self, consent: UUID) -> WrongStatus | NotFound:
        if consent in self.ended:
            return WrongStatus("The consent has ended: a new one must be given.")
        return NotFound("There is no such consent: hub consent list shows those in force.")

    @staticmethod
    def _hub_never(act: Act, what: str) -> None:
        if act.by.role is Role.HUB:
            raise NotPermitted(f"{what} is for people: the citizen, or staff who take it down.")
