"""The citizen: hopes in own words, the one coordinator, the steady persons, and who has a task."""

from datetime import date
from uuid import UUID

from hub.aggregates.base import (
    Act,
    Aggregate,
    FirstEvent,
    Text,
    by_citizen_or_partner,
    by_partner,
    by_sector,
    event,
    own_id,
    task_purpose,
)
from hub.aggregates.closing import Reopened
from hub.aggregates.matters import Rule, Telling
from hub.aggregates.people import Representative, Task, task_of
from hub.aggregates.terms import written_categories
from hub.clock import copenhagen_day
from hub.errors import NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role, Sector


class Citizen(Telling):
    """One citizen. There is exactly one coordinator at a time, or visibly none."""

    TOPIC = "citizen"

    class Enrolled(FirstEvent):
        TOPIC = "citizen.enrolled.v1"
        text: Text | None

    class HopeTold(Aggregate.Event):
        TOPIC = "citizen.hope_told.v2"
        hope: UUID
        words: Text
        undecided: bool | None

    class HopeRetold(Aggregate.Event):
        TOPIC = "citizen.hope_retold.v1"
        hope: UUID
        words: Text

    class CoordinatorAssigned(Aggregate.Event):
        TOPIC = "citizen.coordinator_assigned.v1"
        task: UUID
        partner: UUID
        person: UUID
        purpose: str

    class CoordinatorReleased(Aggregate.Event):
        TOPIC = "citizen.coordinator_released.v1"
        task: UUID
        partner: UUID
        person: UUID

    class ContactPersonAssigned(Aggregate.Event):
        TOPIC = "citizen.contact_person_assigned.v1"
        task: UUID
        partner: UUID
        person: UUID
        purpose: str

    class ContactPersonEnded(Aggregate.Event):
        TOPIC = "citizen.contact_person_ended.v1"
        task: UUID
        partner: UUID
        person: UUID

    class RelationStarted(Aggregate.Event):
        TOPIC = "citizen.relation_started.v1"
        task: UUID
        partner: UUID
        person: UUID | None
        purpose: str

    class RelationEnded(Aggregate.Event):
        TOPIC = "citizen.relation_ended.v1"
        task: UUID
        partner: UUID
        person: UUID | None

    class ContactRecorded(Aggregate.Event):
        TOPIC = "citizen.contact_recorded.v2"
        day: date | None
        text: Text | None
        absence: Text | None
        together: bool | None

    class RepresentativeRegistered(Aggregate.Event):
        TOPIC = "citizen.representative_registered.v1"
        representative: UUID
        person: UUID
        scope: str
        text: Text | None

    class RepresentativeEnded(Aggregate.Event):
        TOPIC = "citizen.representative_ended.v1"
        representative: UUID
        person: UUID
        text: Text | None

    class AddressProtected(Aggregate.Event):
        TOPIC = "citizen.address_protected.v1"
        text: Text | None

    class AddressUnprotected(Aggregate.Event):
        TOPIC = "citizen.address_unprotected.v1"
        text: Text | None

    class Died(Aggregate.Event):
        TOPIC = "citizen.died.v1"
        day: date | None
        text: Text | None

    @event(Enrolled)
    def __init__(self, *, citizen_id: UUID) -> None:
        self.citizen_id = citizen_id
        self.dead = False
        self.closed = False
        self.last_day: date | None = None
        self.hopes: set[UUID] = set()
        self.tasks: dict[UUID, Task] = {}
        self.ended: set[UUID] = set()
        self.coordinator: UUID | None = None
        self.representatives: dict[UUID, Representative] = {}
        self.address_protected = False

    @classmethod
    def enrol(cls, citizen_id: UUID, act: Act, *, text: Text | None = None) -> "Citizen":
        """Begin; only somebody at a partner can, and once for each citizen."""
        by_partner(act, what="Enrolling a citizen")
        return cls._create(
            cls.Enrolled,
            id=own_id(citizen_id, "citizen"),
            citizen_id=citizen_id,
            act=act,
            text=text,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def tell_hope(self, hope: UUID, words: Text, act: Act, *, undecided: bool = False) -> None:
        """Write a hope down word for word; "I don't know yet" (undecided) is an answer too."""
        self._alive("A hope")
        if hope in self.hopes:
            raise WrongStatus("That hope is told already: retell it, or give a new one an id of its own.")
        self.record(self.HopeTold, act, hope=hope, words=words, undecided=undecided or None)

    def retell_hope(self, hope: UUID, words: Text, act: Act) -> None:
        """Tell a hope anew; the old words stay in the history."""
        self._alive("A hope")
        if hope not in self.hopes:
            raise NotFound("There is no such hope to retell: tell it first (hub citizen hope).")
        self.record(self.HopeRetold, act, hope=hope, words=words)

    def assign_coordinator(self, task: UUID, partner: UUID, person: UUID, purpose: str, act: Act) -> None:
        """Make a person the one coordinator; refused while another is."""
        self._alive("A coordinator")
        by_partner(act, what="Assigning a coordinator")
        if self.coordinator is not None:
            raise WrongStatus(
                "The citizen has a coordinator, and there is exactly one: release that one first "
                "(hub citizen release-coordinator).",
            )
        self._new(task)
        self.record(
            self.CoordinatorAssigned,
            act,
            task=task,
            partner=partner,
            person=person,
            purpose=task_purpose(purpose),
        )

    def release_coordinator(self, act: Act) -> None:
        """End the coordinator's task; the citizen then visibly has none."""
        by_partner(act, what="Releasing a coordinator")
        if self.coordinator is None:
            raise WrongStatus("The citizen has no coordinator to release: assign one instead.")
        task = self.tasks[self.coordinator]
        self.record(
            self.CoordinatorReleased, act, task=self.coordinator, partner=task.partner, person=task.person
        )

    def assign_contact_person(self, task: UUID, partner: UUID, person: UUID, purpose: str, act: Act) -> None:
        """Make a person the steady contact in an organisation."""
        self._alive("A contact person")
        by_partner(act, what="Assigning a contact person")
        if any(t.kind == "contact_person" and t.person == person for t in self.tasks.values()):
            raise WrongStatus("That person is a contact person of the citizen already: nothing to do.")
        self._new(task)
        self.record(
            self.ContactPersonAssigned,
            act,
            task=task,
            partner=partner,
            person=person,
            purpose=task_purpose(purpose),
        )

    def end_contact_person(self, person: UUID, act: Act) -> None:
        """End a contact person's task."""
        by_partner(act, what="Ending a contact person")
        task_id = task_of(self.tasks, "contact_person", None, person)
        self.record(
            self.ContactPersonEnded, act, task=task_id, partner=self.tasks[task_id].partner, person=person
        )

    def start_relation(self, task: UUID, partner: UUID, person: UUID | None, purpose: str, act: Act) -> None:
        """Give a person, or without one a whole unit, a task with the citizen."""
        self._alive("A task")
        by_partner(act, what="Starting a relation")
        if any(
            t.kind == "relation" and t == Task("relation", partner, person, purpose)
            for t in self.tasks.values()
        ):
            raise WrongStatus("That relation is there already: nothing to do.")
        self._new(task)
        self.record(
            self.RelationStarted,
            act,
            task=task,
            partner=partner,
            person=person,
            purpose=task_purpose(purpose),
        )

    def end_relation(self, partner: UUID, person: UUID | None, act: Act) -> None:
        """End a task; without another one its person no longer reads anything."""
        task_id = task_of(self.tasks, "relation", partner, person)
        self.record(self.RelationEnded, act, task=task_id, partner=partner, person=person)

    def record_contact(
        self,
        act: Act,
        *,
        day: date | None = None,
        text: Text | None = None,
        absence: Text | None = None,
        together: bool = False,
    ) -> None:
        """Write down that there was contact, perhaps together with the citizen.

        Absence is a field of its own, that only its recorder has.
        """
        by_partner(act, what="Recording a contact")
        self._alive_when(act, "A contact")
        self.record(self.ContactRecorded, act, day=day, text=text, absence=absence, together=together or None)

    def register_representative(
        self, representative: UUID, person: UUID, scope: frozenset[str], act: Act, *, text: Text | None = None
    ) -> None:
        """Let a person act for the citizen, in these categories; the authority has seen the papers."""
        self._alive("A representative")
        by_sector(act, Sector.AUTHORITY, what="Registering a representative")
        if self.scope_of(person) is not None:
            raise WrongStatus(
                "That person is a representative already: end it first (hub representative end)."
            )
        self._new(representative)
        self.record(
            self.RepresentativeRegistered,
            act,
            representative=representative,
            person=person,
            scope=written_categories(scope),
            text=text,
        )

    def end_representative(self, person: UUID, act: Act, *, text: Text | None = None) -> None:
        """The person no longer acts for the citizen; what was done stands."""
        by_sector(act, Sector.AUTHORITY, what="Ending a representative")
        for found, each in self.representatives.items():
            if each.person == person:
                self.record(self.RepresentativeEnded, act, representative=found, person=person, text=text)
                return
        raise NotFound("That person is no representative of the citizen: hub timeline shows who is.")

    def scope_of(self, person: UUID) -> frozenset[str] | None:
        """In which categories a person acts for the citizen; None for one who does not."""
        return next((each.scope for each in self.representatives.values() if each.person == person), None)

    def protect_address(self, act: Act, *, text: Text | None = None) -> None:
        """The address leaves no public body from now on."""
        by_citizen_or_partner(act, what="Protecting an address")
        if self.address_protected:
            raise WrongStatus("The address is protected already: nothing to do.")
        self.record(self.AddressProtected, act, text=text)

    def unprotect_address(self, act: Act, *, text: Text | None = None) -> None:
        """The address needs no protection any more."""
        by_citizen_or_partner(act, what="Ending the protection of an address")
        if not self.address_protected:
            raise WrongStatus("The address is not protected: nothing to end.")
        self.record(self.AddressUnprotected, act, text=text)

    def die(self, act: Act, *, day: date | None = None, text: Text | None = None) -> None:
        """Record the death; it ends consents and every reminder at once."""
        if act.by.role in {Role.CITIZEN, Role.REPRESENTATIVE}:
            raise NotPermitted(
                "A death is recorded by somebody at a partner: use --as with a registered person."
            )
        self._alive("A death")
        self.record(self.Died, act, day=day, text=text)

    # Events apply. They run on every replay, so they never refuse.

    @event(HopeTold)
    def _hope_told(self, hope: UUID) -> None:
        self.hopes.add(hope)

    @event(CoordinatorAssigned)
    def _coordinator_assigned(self, task: UUID, partner: UUID, person: UUID, purpose: str) -> None:
        self.coordinator = task
        self.tasks[task] = Task("coordinator", partner, person, purpose)

    @event(CoordinatorReleased)
    def _coordinator_released(self, task: UUID) -> None:
        self.coordinator = None
        self._end(task)

    @event(ContactPersonAssigned)
    def _contact_person_assigned(self, task: UUID, partner: UUID, person: UUID, purpose: str) -> None:
        self.tasks[task] = Task("contact_person", partner, person, purpose)

    @event(ContactPersonEnded)
    def _contact_person_ended(self, task: UUID) -> None:
        self._end(task)

    @event(RelationStarted)
    def _relation_started(self, task: UUID, partner: UUID, person: UUID | None, purpose: str) -> None:
        self.tasks[task] = Task("relation", partner, person, purpose)

    @event(RelationEnded)
    def _relation_ended(self, task: UUID) -> None:
        self._end(task)

    @event(RepresentativeRegistered)
    def _represented(self, representative: UUID, person: UUID, scope: str) -> None:
        self.representatives[representative] = Representative(person, frozenset(scope.split()))

    @event(RepresentativeEnded)
    def _representative_ended(self, representative: UUID) -> None:
        self.representatives.pop(representative, None)
        self.ended.add(representative)

    @event(AddressProtected)
    def _address_protected(self) -> None:
        self.address_protected = True

    @event(AddressUnprotected)
    def _address_unprotected(self) -> None:
        self.address_protected = False

    @event(Died)
    def _died(self, act: Act, day: date | None) -> None:
        self.dead = True
        self.last_day = day or copenhagen_day(act.occurred_at or act.recorded_at)

    def _end(self, task: UUID) -> None:
        self.tasks.pop(task, None)
        self.ended.add(task)

    def _new(self, identity: UUID) -> None:
        if identity in self.ended or identity in self.tasks or identity in self.representatives:
            raise WrongStatus("That is recorded already: give a new one an id of its own.")

    def check_open(self, rule: Rule) -> None:
        """After a death, and after closing, little may still be written down."""
        if not rule.after_death and rule is not Reopened.RULE:
            self._alive(rule.what)

    def _alive(self, what: str) -> None:
        if self.closed:
            raise WrongStatus("The cooperation is closed: reopen it first (hub citizen reopen).")
        if self.dead:
            raise WrongStatus(
                f"{what} cannot be recorded: the citizen is dead. Nothing more is to be done here."
            )

    def _alive_when(self, act: Act, what: str) -> None:
        """After a death only what happened until that day may still be written down; when it is closed, nothing."""
        after = act.occurred_at is None or (self.last_day and copenhagen_day(act.occurred_at) > self.last_day)
        if self.closed or (self.last_day and after):
            self._alive(what)
