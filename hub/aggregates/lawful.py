"""What the law opens: legal bases registered for a time, single disclosures, and emergency access."""

from datetime import datetime
from uuid import UUID

from hub.aggregates.base import Act, Actor, Text, Window, by_partner, line
from hub.aggregates.book import Book
from hub.aggregates.terms import EMERGENCY, Emergency, in_order, written_categories, written_purposes
from hub.clock import wall_clock_later
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.legal import LegalBasis
from hub.vocabulary import Role


class Lawful(Book):
    """The commands on what happens without a consent. They run once, and they may refuse.

    `row` is one row of the table of legal bases; the sectors of those it names are known to the caller.
    """

    def register_basis(  # noqa: PLR0913 - a basis has this many terms
        self,
        registration: UUID,
        row: LegalBasis,
        partner: UUID,
        act: Act,
        *,
        sector: str,
        categories: frozenset[str],
        purposes: frozenset[str],
        sources: dict[UUID, str] | None,
        window: Window | None = None,
        until: datetime | None = None,
        case: str | None = None,
        in_writing: bool = False,
        words: Text | None = None,
    ) -> None:
        """Register that a partner of this sector may know this by law, from these sources (each with its sector).

        Without sources it is from anybody, which only a row that comes from any sector allows.
        """
        by_partner(act, what="Registering a legal basis")
        if not row.standing:
            raise NotPermitted(
                "A duty is a one-off disclosure, never a standing basis: record it with hub basis disclose."
                if row.duty
                else "That basis is for one disclosure at a time: record it with hub basis disclose."
            )
        if registration in self.bases or registration in self.bases_ended:
            raise WrongStatus("That basis is registered already: give a new one an id of its own.")
        _between(row, sector, () if sources is None else tuple(sources.values()))
        if row.gives is not None and not sources:
            raise NotFound(
                "No organisation that may give under that basis is registered: name one (--source)."
            )
        in_order(window)
        until = _lasting(row, until, act)
        self.record(
            self.StatutoryBasisRegistered,
            act,
            registration=registration,
            basis=row.id,
            partner=partner,
            categories=written_categories(categories),
            purposes=written_purposes(purposes),
            sources=None if sources is None else tuple(sorted(sources)),
            window=window,
            until=until,
            case=_case(row, case),
            in_writing=_in_writing(row, words, in_writing=in_writing),
            words=words,
        )

    def end_basis(self, registration: UUID, act: Act, *, may_object: bool = False) -> None:
        """End a registration: staff do, and the citizen where the law lets them object."""
        basis = self.bases.get(registration)
        if basis is None:
            raise (
                WrongStatus("That basis has ended already: nothing to do.")
                if registration in self.bases_ended
                else NotFound("There is no such registration: hub consent list shows those in force.")
            )
        if act.by.role is not Role.CITIZEN or not may_object:
            if act.by.role is Role.CITIZEN:
                raise NotPermitted(
                    "The law gives no objection to that basis: set a block instead (hub block set), or ask who decides."
                )
            by_partner(act, what="Ending a legal basis")
        self.record(
            self.StatutoryBasisEnded, act, registration=registration, partner=basis.partner, reason="ended"
        )

    def record_disclosure(
        self,
        row: LegalBasis,
        partner: UUID,
        act: Act,
        *,
        sector: str,
        disclosed: tuple[UUID, ...],
        text: Text | None = None,
    ) -> None:
        """Write down that these items were handed over by law, outside the hub. It opens nothing."""
        by_partner(act, what="Recording a disclosure")
        if act.by.partner == partner:
            raise BadInput("A disclosure is to another organisation: name the one that received it.")
        _between(row, sector, () if act.by.sector is None else (act.by.sector,))
        if not disclosed:
            raise BadInput("A disclosure is itemised: name each item that was handed over (--item).")
        self.record(
            self.StatutoryDisclosureRecorded,
            act,
            partner=partner,
            basis=row.id,
            duty=row.duty,
            disclosed=disclosed,
            text=text,
        )

    def open_emergency(
        self,
        access: UUID,
        act: Act,
        *,
        reason: Text,
        sectors: frozenset[str],
        confirmed_by: UUID | None = None,
        call_back: bool = False,
    ) -> None:
        """Let the person who asks read what an emergency needs, for eight hours.

        A second person confirms it, or the reader does by a call-back; `sectors` are those it is enabled for.
        """
        partner, person = check_emergency(act.by, sectors, confirmed_by, call_back=call_back)
        if access in self.emergencies:
            raise WrongStatus("That emergency access is recorded already: give a new one an id of its own.")
        if any(one.person == person and _open(one, act) for one in self.emergencies.values()):
            raise WrongStatus("That person has emergency access already: nothing to do.")
        self.record(
            self.EmergencyAccessOpened,
            act,
            access=access,
            partner=partner,
            person=person,
            reason=reason,
            confirmed_by=confirmed_by,
            call_back=call_back,
            until=act.recorded_at + EMERGENCY,
        )

    def close_emergency(self, access: UUID, act: Act) -> None:
        """End an emergency access before its time: its reader does, or anyone who works there."""
        emergency = self._emergency(access)
        if by_partner(act, what="Ending an emergency access") != emergency.partner:
            raise NotPermitted("An emergency access is ended by those who opened it: ask them to.")
        if not _open(emergency, act):
            raise WrongStatus("The emergency access has ended already: nothing to do.")
        self.record(self.EmergencyAccessClosed, act, access=access, partner=emergency.partner, reason="done")

    def review_emergency(self, access: UUID, act: Act, *, text: Text, justified: bool | None = None) -> None:
        """Look afterwards at whether it was needed; someone else than its reader and who confirmed it does, once."""
        by_partner(act, what="Reviewing an emergency access")
        emergency = self._emergency(access)
        if act.by.person is None or act.by.person in (emergency.person, emergency.confirmed_by):
            raise NotPermitted(
                "Someone else than the reader, and than who confirmed it, reviews: ask another person."
            )
        if _open(emergency, act):
            raise WrongStatus("The emergency access is still open: review it when it has ended.")
        if emergency.reviewed:
            raise WrongStatus("The emergency access is reviewed already: nothing to do.")
        self.record(
            self.EmergencyAccessReviewed,
            act,
            access=access,
            partner=emergency.partner,
            justified=justified,
            text=text,
        )

    def _emergency(self, access: UUID) -> Emergency:
        emergency = self.emergencies.get(access)
        if emergency is None:
            raise NotFound("There is no such emergency access: check the reference.")
        return emergency


def check_emergency(
    actor: Actor, sectors: frozenset[str], confirmed_by: UUID | None, *, call_back: bool
) -> tuple[UUID, UUID]:
    """The partner and the person who ask for emergency access; refuse what is wrong whoever the citizen is."""
    if actor.role is not Role.PARTNER or actor.partner is None or actor.person is None:
        raise NotPermitted(
            "Emergency access is for one person who works at a partner: use --as with a registered person."
        )
    if actor.sector not in sectors:
        raise NotPermitted(
            "Emergency access is not enabled for this kind of organisation: call the coordinator, or 112."
        )
    if confirmed_by is None and not call_back:
        raise BadInput(
            "Emergency access needs a second person (--confirmed-by), or a call-back (--call-back)."
        )
    if confirmed_by == actor.person:
        raise NotPermitted("Whoever confirms is somebody else than the reader: name a second person.")
    return actor.partner, actor.person


def _open(emergency: Emergency, act: Act) -> bool:
    return not emergency.closed and act.recorded_at < emergency.until


def _between(row: LegalBasis, to: str, sources: tuple[str, ...]) -> None:
    """Refuse what the row does not let pass from there to there."""
    if not row.to_sector(to):
        raise NotPermitted(
            "That basis is not for this kind of organisation: hub basis list shows whom it is for."
        )
    if not all(row.from_sector(sector) for sector in sources):
        raise NotPermitted(
            "That basis lets nothing pass from one of the sources: hub basis list shows from whom it does."
        )


def _lasting(row: LegalBasis, until: datetime | None, act: Act) -> datetime | None:
    """The end of a registration: the one that was said, or the longest that the row allows."""
    latest = None if row.maximum_days is None else wall_clock_later(act.recorded_at, days=row.maximum_days)
    if until is None:
        return latest
    if until <= act.recorded_at:
        raise BadInput("The basis would have ended before it began: choose a later --until.")
    if latest is not None and until > latest:
        raise BadInput(
            f"That basis lasts {row.maximum_days} days at most: choose an earlier --until, or leave it out."
        )
    return until


def _case(row: LegalBasis, case: str | None) -> str | None:
    if case is None and row.bound_to_case:
        raise BadInput("That basis is bound to a case: name it with --case.")
    return None if case is None else line(case, "The reference of a case")


def _in_writing(row: LegalBasis, words: Text | None, *, in_writing: bool) -> bool:
    if row.needs_writing and not in_writing:
        if not row.writing_waivable:
            raise BadInput("That basis must be in writing: get it so, then register it with --in-writing.")
        if words is None:
            raise BadInput(
                "That basis is to be in writing (--in-writing); where that is waived, say why with --words."
            )
    return in_writing
