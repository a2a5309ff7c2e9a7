"""A partner: a registered organisation of one sector, and what it can ever receive. It belongs to no citizen."""

from datetime import date
from uuid import UUID

from hub.aggregates.base import Act, Organisation, OrganisationFirstEvent, by_sector, event, line
from hub.aggregates.consents import written_categories, written_purposes
from hub.errors import NotPermitted, WrongStatus
from hub.vocabulary import Category, Role, Sector


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

    class Suspended(Organisation.Event):
        TOPIC = "partner.suspended.v1"
        reason: str

    class Resumed(Organisation.Event):
        TOPIC = "partner.resumed.v1"

    @event(Registered)
    def __init__(self, *, name: str, sector: str, purposes: str, reveals: str) -> None:
        self.name = name
        self.sector = Sector(sector)
        self.purposes = frozenset(purposes.split())
        self.reveals = frozenset(reveals.split())
        self.suspended = False

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

    def suspend(self, reason: str, act: Act) -> None:
        """Stop everything to the organisation at once."""
        self._staff(act, "Suspending a partner")
        if self.suspended:
            raise WrongStatus("The partner is suspended already: nothing to do.")
        self.record(self.Suspended, act, reason=line(reason, "The reason for a suspension"))

    def resume(self, act: Act) -> None:
        """Let the organisation in again; its consents are judged anew, as they are now."""
        self._staff(act, "Resuming a partner")
        if not self.suspended:
            raise WrongStatus("The partner is not suspended: nothing to do.")
        self.record(self.Resumed, act)

    # Events apply. They run on every replay, so they never refuse.

    @event(Suspended)
    def _suspended(self) -> None:
        self.suspended = True

    @event(Resumed)
    def _resumed(self) -> None:
        self.suspended = False

    @staticmethod
    def _staff(act: Act, what: str) -> None:
        if act.by.role is not Role.HUB:
            by_sector(act, Sector.AUTHORITY, what=what)
