"""The municipality: its seven organisations, those who work there, and the calendar of its year."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid5

from hub.clock import copenhagen_day, start_of_day
from hub.example.names import invented_names, short_name
from hub.vocabulary import Sector

YEAR: Final = 365
_ROOT: Final = UUID("5f0d7b4e-3c5a-4d4b-9d0e-6f1c2f6a7b10")
_CITIZENS_PER_WORKER: Final = 40
EVERY: Final = 40
"""Of so many citizens one lives through each episode about permission."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of the municipality, or one it works with."""

    key: str
    id: UUID
    name: str
    sector: Sector
    purposes: tuple[str, ...]
    reveals: tuple[str, ...]
    public: bool
    function: str
    """What those who work there are."""

    @property
    def task(self) -> str:
        """The purpose of a task of theirs."""
        return self.purposes[0]


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody who acts for a citizen, by power of attorney."""

    id: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works at an organisation."""

    id: UUID
    slug: str
    name: str
    organisation: Organisation


_ORGANISATIONS: Final = (
    ("authority", "Myndighed Voksne i Nordlunde", ("casework", "coordination"), (), True, "rådgiver"),
    ("social_psychiatry", "Bostøtten i Nordlunde", ("support", "coordination"), (), True, "bostøtte"),
    ("regional_psychiatry", "Distriktspsykiatrien Nord", ("treatment",), ("health",), True, "sygeplejerske"),
    ("jobcentre", "Jobcenter Nordlunde", ("employment",), (), True, "jobkonsulent"),
    ("addiction_treatment", "Rusmiddelcentret Kilden", ("treatment",), ("addiction",), True, "behandler"),
    ("civil_society", "Foreningen Fire Poter", ("support",), (), False, "frivillig"),
    ("home_care", "Hjemmeplejen Nordlunde", ("support",), (), True, "hjælper"),
)
PARTNERS: Final = (
    "regional_psychiatry",
    "jobcentre",
    "addiction_treatment",
    "civil_society",
    "home_care",
)
"""The five beside the authority and social psychiatry, in the order of the demonstration's table."""


@dataclass(slots=True)
class Town:
    """Everything that is the same for all citizens, decided by the seed."""

    seed: int
    citizens: int
    end: datetime
    """The first moment after the year."""
    random: Random
    namespace: UUID = field(init=False)
    begin: date = field(init=False)
    organisations: dict[str, Organisation] = field(init=False)
    workers: dict[str, list[Worker]] = field(init=False)
    names: list[str] = field(init=False)
    relatives: list[Relative] = field(init=False)

    def __post_init__(self) -> None:
        self.namespace = uuid5(_ROOT, f"{self.seed}")
        self.begin = copenhagen_day(self.end) - timedelta(days=YEAR)
        self.organisations = {
            key: Organisation(
                key, uuid5(self.namespace, key), name, Sector(key), purposes, reveals, public, job
            )
            for key, name, purposes, reveals, public, job in _ORGANISATIONS
        }
        self._employ()

    def _employ(self) -> None:
        """One name for each citizen and worker; no two share one. The main character's is the same in every size."""
        each = max(2, -(-self.citizens // _CITIZENS_PER_WORKER))
        staff = each * len(self.organisations)
        others = -(-self.citizens // EVERY)
        first, *names = invented_names(self.random, staff + self.citizens + others)
        taken: set[str] = set()
        self.workers = {}
        for place, organisation in enumerate(self.organisations.values()):
            self.workers[organisation.key] = [
                Worker(uuid5(self.namespace, f"worker {name}"), short_name(name, taken), name, organisation)
                for name in names[place * each : (place + 1) * each]
            ]
        self.relatives = [
            Relative(uuid5(self.namespace, f"relative {name}"), short_name(name, taken), name)
            for name in names[-others:]
        ]
        self.names = [first, *names[staff:-others]]

    def partner(self, key: str) -> UUID:
        """The reference of an organisation."""
        return self.organisations[key].id

    def when(self, day: int, minute: int) -> datetime:
        """A moment of the year: the first working day from `day` on, minutes after eight in the morning."""
        found = self.begin + timedelta(days=day)
        found += timedelta(days={5: 2, 6: 1}.get(found.weekday(), 0))
        return start_of_day(found) + timedelta(hours=8, minutes=minute)

    def midnight(self, day: int) -> datetime:
        """The moment at which a day of the year begins."""
        return start_of_day(self.begin + timedelta(days=day))


def town(seed: int, citizens: int, now: datetime) -> Town:
    """The municipality of a seed, whose year ended this morning."""
    return Town(seed, citizens, start_of_day(copenhagen_day(now)), Random(f"town {seed}"))  # noqa: S311 - no secret
