"""The citizen: hopes in own words, the one coordinator, the steady persons, and who has a task."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.aggregates.base import Act, Aggregate, FirstEvent, Text, by_partner, event, own_id, task_purpose
from hub.clock import copenhagen_day
from hub.errors import NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment of a person (or, without one, of a whole unit) to the citizen."""

    kind: str
    partner: UUID
    person: UUID | None
    purpose: str


class Citizen(Aggregate):
    """One citizen. There is exactly one coordinator at a time, or visibly none."""

    TOPIC = "citizen"

    class Enrolled(FirstEvent):
        TOPIC = "citizen.enrolled.v1"
        text: Text | None

    class HopeTold(Aggregate.Event):
        TOPIC = "citizen.hope_told.v1"
        hope: UUID
        words: Text

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
        TOPIC = "citizen.contact_recorded.v1"
        day: date | None
        text: Text | None
        absence: Text | None

    class Died(Aggregate.Event):
        TOPIC = "citizen.died.v1"
        day: date | None
        text: Text | None

    @event(Enrolled)
    def __init__(self, *, citizen_id: UUID) -> None:
        self.citizen_id = citizen_id
        self.dead = False
        self.last_day: date | None = None
        self.hopes: set[UUID] = set()
        self.tasks: dict[UUID, Task] = {}
        self.ended: set[UUID] = set()
        self.coordinator: UUID | None = None

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

    def tell_hope(self, hope: UUID, words: Text, act: Act) -> None:
        """Write a hope down word for word; "I don't know yet" is one too."""
        self._alive("A hope")
        if hope in self.hopes:
            raise WrongStatus("That hope is told already: retell it, or give a new one an id of its own.")
        self.record(self.HopeTold, act, hope=hope, words=words)

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
        task_id = self._task("contact_person", None, person)
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
        task_id = self._task("relation", partner, person)
        self.record(self.RelationEnded, act, task=task_id, partner=partner, person=person)

    def record_contact(
        self, act: Act, *, day: date | None = None, text: Text | None = None, absence: Text | None = None
    ) -> None:
        """Write down that there was contact; absence is a field of its own, that only its recorder has."""
        by_partner(act, what="Recording a contact")
        self._alive_when(act, "A contact")
        self.record(self.ContactRecorded, act, day=day, text=text, absence=absence)

    def die(self, act: Act, *, day: date | None = None, text: Text | None = None) -> None:
        """Record the death; it ends consents and every reminder at once."""
        if act.by.role is Role.CITIZEN:
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

    @event(Died)
    def _died(self, act: Act, day: date | None) -> None:
        self.dead = True
        self.last_day = day or copenhagen_day(act.occurred_at or act.recorded_at)

    def _end(self, task: UUID) -> None:
        self.tasks.pop(task, None)
        self.ended.add(task)

    def _new(self, task: UUID) -> None:
        if task in self.tasks or task in self.ended:
            raise WrongStatus("That task is recorded already: give a new one an id of its own.")

    def _alive(self, what: str) -> None:
        if self.dead:
            raise WrongStatus(
                f"{what} cannot be recorded: the citizen is dead. Nothing more is to be done here."
            )

    def _alive_when(self, act: Act, what: str) -> None:
        """After a death only what happened until that day may still be written down."""
        if self.last_day and (act.occurred_at is None or copenhagen_day(act.occurred_at) > self.last_day):
            self._alive(what)

    def _task(self, kind: str, partner: UUID | None, person: UUID | None) -> UUID:
        for task_id, task in self.tasks.items():
            if task.kind == kind and task.person == person and partner in (None, task.partner):
                return task_id
        raise NotFound("There is no such task to end: see who has one with hub timeline.")
