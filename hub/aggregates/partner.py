"""A partner: a registered organisation of one sector, and what it can ever receive. It belongs to no citizen."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from hub.aggregates.base import Act, Organisation, OrganisationFirstEvent, by_sector, event, line
from hub.aggregates.terms import written_categories, written_purposes
from hub.errors import NotPermitted, WrongStatus
from hub.legal import LegalBasis
from hub.vocabulary import Category, Role, Sector

MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256")
"""A broker keeps one secret for each user and mechanism: two of them make room for a new one beside the old."""


class Partner(Organisation):
    """One organisation. What it has not adopted opens nothing."""

    TOPIC = "partner"

    class Registered(OrganisationFirstEvent):
        TOPIC = "partner.registered.v1"
        name: str
        sector: str
        purposes: str
        reveals: str
        public_body: bool
        controller: str | None
        cvr: str | None
        sor: str | None

    class AgreementRecorded(Organisation.Event):
        TOPIC = "partner.agreement_recorded.v1"
        reference: str
        valid_until: date | None

    class CeilingAdopted(Organisation.Event):
        TOPIC = "partner.ceiling_adopted.v1"
        categories: str

    class LegalBasisConfirmed(Organisation.Event):
        TOPIC = "partner.legal_basis_confirmed.v1"
        basis: str

    class Suspended(Organisation.Event):
        TOPIC = "partner.suspended.v1"
        reason: str

    class Resumed(Organisation.Event):
        TOPIC = "partner.resumed.v1"

    class CredentialIssued(Organisation.Event):
        TOPIC = "partner.credential_issued.v1"
        mechanism: str
        earlier_until: datetime | None

    class CredentialRevoked(Organisation.Event):
        TOPIC = "partner.credential_revoked.v1"
        mechanism: str
        reason: str

    @event(Registered)
    def __init__(self, *, name: str, sector: str, purposes: str, reveals: str) -> None:
        self.name = name
        self.sector = Sector(sector)
        self.purposes = frozenset(purposes.split())
        self.reveals = frozenset(reveals.split())
        self.suspended = False
        self.bases: set[str] = set()
        """The rows of the table of legal bases that its lawyer has confirmed."""
        self.credential: str | None = None
        """The mechanism of the secret that its system uses at the broker."""
        self.earlier: str | None = None
        """The mechanism of the secret before it, while that one is valid too."""
        self.earlier_until: datetime | None = None

    @classmethod
    def register(  # noqa: PLR0913 - what everybody must know of an organisation
        cls,
        partner: UUID,
        act: Act,
        *,
        name: str,
        sector: Sector,
        purposes: frozenset[str],
        reveals: frozenset[str] = frozenset(),
        public_body: bool = True,
        controller: str | None = None,
        cvr: str | None = None,
        sor: str | None = None,
    ) -> "Partner":
        """Register an organisation. It receives nothing before it has adopted a ceiling."""
        cls._staff(act, "Registering a partner")
        return cls._create(
            cls.Registered,
            id=partner,
            act=act,
            name=line(name, "The name of a partner"),
            sector=str(sector),
            purposes=written_purposes(purposes),
            reveals=written_categories(reveals) if reveals else "",
            public_body=public_body,
            controller=controller,
            cvr=cvr,
            sor=sor,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def record_agreement(self, reference: str, act: Act, *, valid_until: date | None = None) -> None:
        """Record the data agreement with the organisation, by its reference."""
        self._staff(act, "Recording an agreement")
        written = line(reference, "The reference of an agreement")
        self.record(self.AgreementRecorded, act, reference=written, valid_until=valid_until)

    def adopt_ceiling(self, categories: frozenset[str], act: Act) -> None:
        """Adopt what the organisation can ever receive; `attendance` can be in no ceiling."""
        self._staff(act, "Adopting a ceiling")
        if Category.ATTENDANCE in categories:
            raise NotPermitted(
                "Attendance can be in no ceiling: absence must not become a sanction. Leave it out.",
            )
        written = written_categories(categories) if categories else ""
        self.record(self.CeilingAdopted, act, categories=written)

    def confirm_basis(self, row: LegalBasis, act: Act) -> None:
        """Record that the organisation's own lawyer has confirmed a row of the table of legal bases."""
        if act.by.role is not Role.PARTNER or act.by.partner != self.id:
            self._staff(act, "Confirming a legal basis")
        if not row.to_sector(self.sector):
            raise NotPermitted(
                "That basis is not for this kind of organisation: hub basis list shows whom it is for."
            )
        if row.id in self.bases:
            raise WrongStatus("That basis is confirmed already: nothing to do.")
        self.record(self.LegalBasisConfirmed, act, basis=row.id)

    def suspend(self, reason: str, act: Act) -> None:
        """Stop everything to the organisation at once."""
        self._staff(act, "Suspending a partner")
        if self.suspended:
            raise WrongStatus("The partner is suspended already: nothing to do.")
        self.record(self.Suspended, act, reason=line(reason, "The reason for a suspension"))
        for mechanism in (self.earlier, self.credential):
            self.revoke_credential(mechanism, "suspended", act)

    def resume(self, act: Act) -> None:
        """Let the organisation in again; its consents are judged anew, as they are now."""
        self._staff(act, "Resuming a partner")
        if not self.suspended:
            raise WrongStatus("The partner is not suspended: nothing to do.")
        self.record(self.Resumed, act)

    def next_credential(self) -> str:
        """The mechanism that the next secret is for: the one that the present secret does not use."""
        first, second = MECHANISMS
        return second if self.credential == first else first

    def issue_credential(self, act: Act, *, earlier_until: datetime | None = None) -> str:
        """Record that its system gets a new secret, and until when the present one is valid beside it.

        Without a time the present one is over at once; so is the one before that, in any case, for there is room for
        two. The secret itself is nowhere in the hub.
        """
        self._staff(act, "Giving a partner a secret")
        if self.suspended:
            raise WrongStatus("The partner is suspended: let it in again first (hub partner resume).")
        mechanism, present = self.next_credential(), self.credential
        self.revoke_credential(self.earlier, "replaced", act)
        until = None if present is None else earlier_until
        self.record(self.CredentialIssued, act, mechanism=mechanism, earlier_until=until)
        if until is None:
            self.revoke_credential(present, "replaced", act)
        return mechanism

    def revoke_credential(self, mechanism: str | None, reason: str, act: Act) -> None:
        """Record that a secret is over; nothing to record where it is over already."""
        self._staff(act, "Taking a partner's secret away")
        if mechanism is not None and mechanism in (self.credential, self.earlier):
            self.record(self.CredentialRevoked, act, mechanism=mechanism, reason=reason)

    def credentials(self, now: datetime) -> frozenset[str]:
        """The mechanisms for which it may have a secret at the broker."""
        live = self.earlier_until is not None and now < self.earlier_until
        return frozenset(each for each in (self.credential, self.earlier if live else None) if each)

    # Events apply. They run on every replay, so they never refuse.

    @event(LegalBasisConfirmed)
    def _legal_basis_confirmed(self, basis: str) -> None:
        self.bases.add(basis)

    @event(Suspended)
    def _suspended(self) -> None:
        self.suspended = True

    @event(Resumed)
    def _resumed(self) -> None:
        self.suspended = False

    @event(CredentialIssued)
    def _credential_issued(self, *, mechanism: str, earlier_until: datetime | None) -> None:
        self.earlier, self.earlier_until = self.credential, earlier_until
        self.credential = mechanism

    @event(CredentialRevoked)
    def _credential_revoked(self, *, mechanism: str) -> None:
        if self.earlier == mechanism:
            self.earlier = self.earlier_until = None
        elif self.credential == mechanism:
            self.credential = None

    @staticmethod
    def _staff(act: Act, what: str) -> None:
        if act.by.role is not Role.HUB:
            by_sector(act, Sector.AUTHORITY, what=what)
