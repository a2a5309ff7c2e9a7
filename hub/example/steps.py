"""Steps: a year written down as commands, before any of them is carried out.

The same seed writes the same steps, ids included: what a command makes has an id that follows from the command's.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from hub.aggregates import Text
from hub.example.names import birthday, practice_cpr
from hub.example.town import Town, Worker
from hub.example.words import Note
from hub.vault import Identity

CITIZEN = "citizen"
HUB = "hub"


@dataclass(frozen=True, slots=True)
class Step:
    """One command: when it is given and by whom (a worker's short name, the citizen or the hub), and its terms."""

    at: datetime
    number: int
    command: UUID
    citizen: UUID | None
    by: str
    verb: str
    args: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    occurred: datetime | None = None
    """When it happened, if not when it was recorded."""


@dataclass(frozen=True, slots=True)
class Made:
    """The first event that a command made: its id is known when the command is carried out."""

    command: UUID


class Life:
    """One citizen's year, as it is being written."""

    def __init__(self, town: Town, number: int, taken: set[str], *, age: int | None = None) -> None:
        self.town = town
        self.number = number
        self.id = uuid5(town.namespace, f"citizen {number}")
        self.random = Random(f"life {town.seed} {number}")  # noqa: S311 - invented lives, no secret
        born = birthday(self.random, town.end.date(), age or self.random.randrange(19, 84))
        self.identity = Identity(town.names[number], practice_cpr(self.random, born, taken), born.isoformat())
        self.steps: list[Step] = []
        self.closed = False
        """Whether the cooperation is closed when the year ends."""
        self._written = 0

    # The calendar.

    def on(self, day: int) -> datetime:
        """Some time on a working day."""
        return self.town.when(day, self.random.randrange(480))

    def soon(self, at: datetime) -> datetime:
        """A few minutes later."""
        return at + timedelta(minutes=self.random.randrange(2, 12))

    # People and words.

    def worker(self, key: str) -> Worker:
        """Somebody at an organisation."""
        return self.random.choice(self.town.workers[key])

    def one_of(self, texts: tuple[str, ...], *labels: str) -> Text | None:
        """One of these texts; nothing where the empty one was chosen."""
        words = self.random.choice(texts)
        return Text.of(words, *labels) if words else None

    def note(self, notes: tuple[Note, ...], opening: str, ending: str) -> Text:
        """A note put together from its three parts."""
        about = self.random.choice(notes)
        parts = (opening, self.random.choice(about.sentences), ending)
        return Text.of(" ".join(part for part in parts if part), *about.labels)

    # Commands.

    def do(
        self, at: datetime, by: str, verb: str, *args: Any, occurred: datetime | None = None, **named: Any
    ) -> UUID:
        """Write a command down; its id."""
        number = self._written
        self._written += 1
        command = uuid5(self.id, f"command {number}")
        self.steps.append(Step(at, number, command, self.id, by, verb, args, named, occurred))
        return command

    def made(self, command: UUID, what: str) -> UUID:
        """The id of what a command makes."""
        return uuid5(command, what)

    def end_at(self, moment: datetime) -> None:
        """Nothing is written down from this moment on."""
        self.steps = [step for step in self.steps if step.at < moment]


@dataclass(slots=True)
class Consent:
    """A consent as far as the rest of the year must know of it."""

    partner: str
    id: UUID
    categories: frozenset[str]
    day: int
    lasting: bool
    """Whether it holds to the end of the year as it was given."""
