"""What every small story needs: the citizen, who is at work, days that follow each other, and the verbs."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hub.aggregates import Text
from hub.clock import copenhagen_day
from hub.example.steps import CITIZEN, HUB, Life, Made
from hub.example.town import Worker


class Grant(NamedTuple):
    """Support as it was granted in the ordinary year."""

    plan: UUID
    support: UUID
    provider: UUID


class Tale:
    """One citizen's story while it is written."""

    def __init__(self, life: Life, start: int, workers: dict[str, Worker]) -> None:
        """`start` is the day on which the citizen came, `workers` who has a task."""
        self.life = life
        self.town = life.town
        self.workers = workers
        self.case, self.coordinator = workers["authority"], workers["social_psychiatry"]
        self.day = start + life.random.randrange(62, 100)
        self.last = self.town.midnight(self.day)

    # When.

    def at(self, after: int = 0) -> datetime:
        """Some time on a working day, so many days into the story, and never before what it had already."""
        self.last = max(self.life.on(self.day + after), self.life.soon(self.last))
        return self.last

    def night(self, after: int) -> datetime:
        """Some time in the small hours."""
        minutes = self.life.random.randrange(70, 230)
        return self.town.midnight(self.day + after) + timedelta(minutes=minutes)

    def go_to(self, day: int) -> None:
        """From here on days are counted from this one of the year, if it is still ahead."""
        self.day = max(self.day, day)

    def date(self, after: int) -> date:
        """The day, so many days into the story."""
        return copenhagen_day(self.town.when(self.day + after, 0))

    # Who.

    def worker(self, key: str, after: int = 0) -> Worker:
        """Somebody at an organisation who has a task; given one now where nobody has."""
        if key not in self.workers:
            self.workers[key] = found = self.life.worker(key)
            self.task("relation", found, after)
        return self.workers[key]

    def colleague(self, of: Worker) -> Worker:
        """Another one at the same organisation."""
        return next(one for one in self.town.workers[of.organisation.key] if one != of)

    def task(self, role: str, worker: Worker, after: int, purpose: str | None = None) -> UUID:
        """Somebody is given a task."""
        where = worker.organisation
        return self.do(self.at(after), self.case, "assign", role, where.id, worker.id, purpose or where.task)

    # What.

    def do(self, at: datetime, by: Worker | str, verb: str, *args: Any, **named: Any) -> UUID:
        """Write a command down."""
        return self.life.do(at, by if isinstance(by, str) else by.slug, verb, *args, **named)

    def tell(
        self, after: int, by: Worker | str, event: str, on: UUID | None = None, /, **fields: Any
    ) -> UUID:
        """An event whose class says its rule; the id of its command."""
        return self.do(self.at(after), by, "tell", event, fields, on)

    def begin(
        self, after: int, by: Worker | str, event: str, matter: str, on: UUID | None = None, /, **fields: Any
    ) -> UUID:
        """The same, where it begins a matter; the id of the matter."""
        return self.life.made(self.tell(after, by, event, on, **fields), matter)

    def note(self, after: int, words: str, *labels: str, by: Worker | None = None, **more: Any) -> UUID:
        """A note of a visit; the coordinator's, where nobody else's."""
        at = self.at(after)
        terms = {"day": copenhagen_day(at), "text": Text.of(words, *labels), **more}
        return self.do(at, by or self.coordinator, "record_contact", **terms)

    def convene(self, after: int, held: int, purpose: Text, kind: str = "coordinating", **more: Any) -> UUID:
        """A meeting is called by the coordinator; its id."""
        terms = {"kind": kind, "starts": self.town.when(self.day + held, 120), "purpose": purpose, **more}
        return self.life.made(self.do(self.at(after), self.coordinator, "convene", **terms), "meeting")

    def consent(self, at: datetime, by: Worker | str, key: str, categories: str, **terms: Any) -> UUID:
        """A consent; the id of the consent."""
        organisation = self.town.organisations[key]
        granted = {"categories": frozenset(categories.split()), "purposes": frozenset(organisation.purposes)}
        command = self.do(at, by, "give_consent", organisation.id, **granted, **terms)
        return self.life.made(command, "consent")

    def lets_know(self, after: int, key: str, categories: str, words: str | None = None) -> UUID:
        """The citizen's own consent."""
        said = None if words is None else Text.of(words, "contact")
        return self.consent(self.at(after), CITIZEN, key, categories, words=said)

    def look(self, at: datetime) -> None:
        """The scheduler looks for what has run out."""
        self.do(at, HUB, "look")

    # What is there already.

    def grant(self) -> Grant:
        """The support of the ordinary year."""
        terms = next(step.args for step in self.life.steps if step.verb == "plan.grant_support")
        return Grant(*terms[:3])

    def keeps_support(self) -> None:
        """The support of the ordinary year goes on, whatever that year said."""
        over = {"plan.end_support", "plan.close"}
        self.life.steps = [step for step in self.life.steps if step.verb not in over]

    def provider(self) -> Worker:
        """Whoever gives that support."""
        partner = self.grant().provider
        return next(one for one in self.workers.values() if one.organisation.id == partner)

    def goal(self) -> UUID:
        """The first goal of the ordinary year."""
        goal: UUID = next(step.args[1] for step in self.life.steps if step.verb == "plan.set_goal")
        return goal

    @staticmethod
    def event(command: UUID) -> Made:
        """The event that a command made, as a field that names it."""
        return Made(command)
