"""The citizen's book of consents: who may know what, from whom, for what, until when; and what the law opens."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from hub.aggregates.amending import Amendable
from hub.aggregates.base import Act, Aggregate, FirstEvent, Text, Window, event, event_id, own_id
from hub.aggregates.giving import SPOKEN, Giving
from hub.aggregates.lawful import Lawful
from hub.aggregates.terms import LAPSE_DAYS, Basis, Block, Emergency, Grant
from hub.clock import wall_clock_later
from hub.errors import NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role, Source

CLOSING: Final = "closing"
LET_GO: Final = "let_go"


class Consents(Amendable, Giving, Lawful):
    """All consents of one citizen. What has ended never comes back; a new consent stands on its own.

    Here are the events, and how each applies; the commands are in `Giving` and `Lawful`.
    """

    TOPIC = "consents"

    class Begun(FirstEvent):
        TOPIC = "consents.begun.v1"

    class Given(Aggregate.Event):
        TOPIC = "consents.given.v2"
        consent: UUID
        partner: UUID
        categories: str
        purposes: str
        sources: tuple[UUID, ...] | None
        window: Window | None
        until: datetime | None
        form: str
        words: Text | None
        witness_partner: UUID | None
        witness_person: UUID | None
        section_43: bool

    class Confirmed(Aggregate.Event):
        TOPIC = "consents.confirmed.v1"
        consent: UUID
        partner: UUID
        words: Text | None

    class Narrowed(Aggregate.Event):
        TOPIC = "consents.narrowed.v1"
        consent: UUID
        partner: UUID
        categories: str
        purposes: str
        sources: tuple[UUID, ...] | None
        until: datetime | None
        words: Text | None

    class Renewed(Aggregate.Event):
        TOPIC = "consents.renewed.v1"
        consent: UUID
        partner: UUID
        until: datetime | None

    class Withdrawn(Aggregate.Event):
        TOPIC = "consents.withdrawn.v1"
        consents: tuple[UUID, ...]
        partner: UUID
        channel: str
        words: Text | None

    class Expired(Aggregate.Event):
        TOPIC = "consents.expired.v1"
        consents: tuple[UUID, ...]
        partner: UUID
        reason: str

    class Refused(Aggregate.Event):
        TOPIC = "consents.refused.v1"
        partner: UUID
        categories: str
        purposes: str
        words: Text | None

    class BlockSet(Aggregate.Event):
        TOPIC = "consents.block_set.v2"
        block: UUID
        partner: UUID
        categories: str | None
        words: Text | None
        person: UUID | None

    class BlockLifted(Aggregate.Event):
        TOPIC = "consents.block_lifted.v1"
        block: UUID
        partner: UUID

    class DisclosureAuthorised(Aggregate.Event):
        TOPIC = "consents.disclosure_authorised.v2"
        kind: str
        partner: UUID
        text: Text | None
        handover: UUID | None
        grants: tuple[UUID, ...]
        item: UUID | None

    class StatutoryBasisRegistered(Aggregate.Event):
        TOPIC = "consents.statutory_basis_registered.v1"
        registration: UUID
        basis: str
        partner: UUID
        categories: str
        purposes: str
        sources: tuple[UUID, ...] | None
        window: Window | None
        until: datetime | None
        case: str | None
        in_writing: bool
        words: Text | None

    class StatutoryBasisEnded(Aggregate.Event):
        TOPIC = "consents.statutory_basis_ended.v1"
        registration: UUID
        partner: UUID
        reason: str

    class StatutoryDisclosureRecorded(Aggregate.Event):
        TOPIC = "consents.statutory_disclosure_recorded.v1"
        partner: UUID
        basis: str
        duty: bool
        disclosed: tuple[UUID, ...]
        text: Text | None

    class EmergencyAccessOpened(Aggregate.Event):
        TOPIC = "consents.emergency_access_opened.v1"
        access: UUID
        partner: UUID
        person: UUID
        reason: Text
        confirmed_by: UUID | None
        call_back: bool
        until: datetime

    class EmergencyAccessClosed(Aggregate.Event):
        TOPIC = "consents.emergency_access_closed.v1"
        access: UUID
        partner: UUID
        reason: str

    class EmergencyAccessReviewed(Aggregate.Event):
        TOPIC = "consents.emergency_access_reviewed.v1"
        access: UUID
        partner: UUID
        justified: bool | None
        text: Text

    class PurgeConfirmed(Aggregate.Event):
        TOPIC = "consents.purge_confirmed.v1"
        partner: UUID
        notice: UUID
        records: int

    @event(Begun)
    def __init__(self, *, citizen_id: UUID) -> None:
        self.citizen_id = citizen_id
        self.grants: dict[UUID, Grant] = {}
        self.ended: set[UUID] = set()
        self.left: set[UUID] = set()
        self.blocks: dict[UUID, Block] = {}
        self.lifted: set[UUID] = set()
        self.texts: dict[UUID, UUID] = {}
        self.bases: dict[UUID, Basis] = {}
        self.bases_ended: set[UUID] = set()
        self.emergencies: dict[UUID, Emergency] = {}
        self.purged: set[UUID] = set()

    @classmethod
    def begin(cls, citizen_id: UUID, act: Act) -> "Consents":
        """Open the citizen's book of consents; it is empty, so nobody is given anything."""
        return cls._create(
            cls.Begun,
            id=own_id(citizen_id, "consents"),
            citizen_id=citizen_id,
            act=act,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def expire(self, act: Act, *, reason: str = "time") -> None:
        """End what has run out (`time`), or every consent (`death`, `closing`). Safe to repeat: what ended is gone.

        One event for each partner whose consents ran out, or were never confirmed; and one for each legal basis and
        each emergency access.
        """
        ended: dict[tuple[UUID, str], list[UUID]] = {}
        for consent, grant in self.grants.items():
            why = grant.ended(act.recorded_at) if reason == "time" else reason
            if why is not None:
                ended.setdefault((grant.partner, why), []).append(consent)
        for (partner, why), consents in ended.items():
            self.record(self.Expired, act, consents=tuple(consents), partner=partner, reason=why)
        if reason == "time":
            self._run_out(act)

    def close(self, act: Act) -> None:
        """End everything that lets anybody know: the cooperation is over. The citizen's blocks stay."""
        self.expire(act, reason=CLOSING)
        for text, partner in list(self.texts.items()):
            self.record(self.Expired, act, consents=(text,), partner=partner, reason=CLOSING)
        for registration, basis in list(self.bases.items()):
            self.record(
                self.StatutoryBasisEnded,
                act,
                registration=registration,
                partner=basis.partner,
                reason=CLOSING,
            )
        for access, emergency in list(self.emergencies.items()):
            if not emergency.closed:
                self.record(
                    self.EmergencyAccessClosed, act, access=access, partner=emergency.partner, reason=CLOSING
                )

    def let_go(self, consent: UUID, act: Act) -> None:
        """End one consent that is not carried on when somebody else takes over."""
        grant = self.grants.get(consent)
        if grant is None:
            raise NotFound("There is no such consent in force: hub consent list shows them.")
        self.record(self.Expired, act, consents=(consent,), partner=grant.partner, reason=LET_GO)

    def _run_out(self, act: Act) -> None:
        for registration, basis in list(self.bases.items()):
            if basis.until is not None and basis.until <= act.recorded_at:
                self.record(
                    self.StatutoryBasisEnded,
                    act,
                    registration=registration,
                    partner=basis.partner,
                    reason="time",
                )
        for access, emergency in list(self.emergencies.items()):
            if not emergency.closed and emergency.until <= act.recorded_at:
                self.record(
                    self.EmergencyAccessClosed, act, access=access, partner=emergency.partner, reason="time"
                )

    def confirm_purge(self, notice: UUID, partner: UUID, records: int, act: Act) -> None:
        """Note that a partner has deleted what a notice names, so many records: once for each notice.

        Its own system says so, or somebody who works there, by name, on the screen.
        """
        by_name = act.by.person is not None and act.source is not Source.SCREEN
        if act.by.role is not Role.PARTNER or act.by.partner != partner or by_name:
            raise NotPermitted(
                "Confirming a purge is for the partner's own system, or for somebody there on the hub's pages."
            )
        if notice in self.purged:
            raise WrongStatus("That purge is confirmed already: nothing to do.")
        self.record(self.PurgeConfirmed, act, partner=partner, notice=notice, records=records)

    # Events apply. They run on every replay, so they never refuse.

    @event(Given)
    def _given(  # noqa: PLR0917 - the library applies by name
        self,
        act: Act,
        consent: UUID,
        partner: UUID,
        categories: str,
        purposes: str,
        sources: tuple[UUID, ...] | None,
        until: datetime | None,
        form: str,
        *,
        section_43: bool,
    ) -> None:
        by_staff = act.by.role is Role.PARTNER
        self.grants[consent] = Grant(
            partner,
            frozenset(categories.split()),
            frozenset(purposes.split()),
            sources,
            until,
            wall_clock_later(act.recorded_at, days=LAPSE_DAYS) if by_staff and form == SPOKEN else None,
            by_staff and partner in self.left,
            section_43,
        )

    @event(Confirmed)
    def _confirmed(self, consent: UUID) -> None:
        self.grants[consent] = replace(self.grants[consent], lapses=None, pending=False)

    @event(Narrowed)
    def _narrowed(
        self,
        consent: UUID,
        categories: str,
        purposes: str,
        sources: tuple[UUID, ...] | None,
        until: datetime | None,
    ) -> None:
        self.grants[consent] = replace(
            self.grants[consent],
            categories=frozenset(categories.split()),
            purposes=frozenset(purposes.split()),
            sources=sources,
            until=until,
        )

    @event(Renewed)
    def _renewed(self, consent: UUID, until: datetime | None) -> None:
        self.grants[consent] = replace(self.grants[consent], until=until)

    @event(Withdrawn)
    def _withdrawn(self, consents: tuple[UUID, ...], partner: UUID) -> None:
        if any(consent in self.grants for consent in consents):
            self.left.add(partner)
        self._end(consents)

    @event(Expired)
    def _expired(self, consents: tuple[UUID, ...]) -> None:
        self._end(consents)

    @event(BlockSet)
    def _block_set(self, block: UUID, partner: UUID, categories: str | None, person: UUID | None) -> None:
        self.blocks[block] = Block(partner, categories, person)

    @event(BlockLifted)
    def _block_lifted(self, block: UUID) -> None:
        self.blocks.pop(block, None)
        self.lifted.add(block)

    @event(DisclosureAuthorised)
    def _disclosure_authorised(self, originator_version: int, kind: str, partner: UUID) -> None:
        if kind == "text":
            self.texts[event_id(self.id, originator_version)] = partner

    @event(StatutoryBasisRegistered)
    def _basis_registered(
        self, registration: UUID, basis: str, partner: UUID, until: datetime | None
    ) -> None:
        self.bases[registration] = Basis(basis, partner, until)

    @event(StatutoryBasisEnded)
    def _basis_ended(self, registration: UUID) -> None:
        self.bases.pop(registration, None)
        self.bases_ended.add(registration)

    @event(EmergencyAccessOpened)
    def _emergency_opened(
        self, access: UUID, partner: UUID, person: UUID, confirmed_by: UUID | None, until: datetime
    ) -> None:
        self.emergencies[access] = Emergency(partner, person, confirmed_by, until)

    @event(EmergencyAccessClosed)
    def _emergency_closed(self, access: UUID) -> None:
        self.emergencies[access] = replace(self.emergencies[access], closed=True)

    @event(EmergencyAccessReviewed)
    def _emergency_reviewed(self, access: UUID) -> None:
        self.emergencies[access] = replace(self.emergencies[access], reviewed=True)

    @event(PurgeConfirmed)
    def _purge_confirmed(self, notice: UUID) -> None:
        self.purged.add(notice)

    def _end(self, consents: tuple[UUID, ...]) -> None:
        for consent in consents:
            self.grants.pop(consent, None)
            self.texts.pop(consent, None)
            self.ended.add(consent)
