"""A wired hub for tests: on a prepared database, with a clock that stands still and a root key of its own.

    town = settle(database, tmp_path)          # four partners with ceilings, one person each
    karla = town.enrol("lene")                 # enrolled by the authority
    town.task(karla, "ann")                    # ann of the jobcentre has a task
    town.consent(karla, "jobcentre", "wishes", "work")
    town.hope(karla, "mette", "En hund", "wishes")
    town.wired.catch_up()
    town.access.view(town.reader("ann"), town.partner("jobcentre"), karla, "employment")

Every helper that records lets a second pass first, so that a consent covers what comes after it. Whoever calls
`hub.application.commands` directly does the same with `town.later()`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from hub.aggregates import Actor, Text, Window
from hub.application import commands
from hub.application.access import Access, Reader
from hub.application.hub import Answer, Hub
from hub.bootstrap import Wired, wire
from hub.clock import FixedClock
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.postgres import Database
from hub.vault import Identity, new_root_key, read_root_key
from hub.vocabulary import Role, Sector

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
HUB_ITSELF: Final = Actor(Role.HUB)
CITIZEN: Final = Actor(Role.CITIZEN)

PARTNERS: Final = {
    "authority": ("casework", ""),
    "social_psychiatry": ("support coordination", ""),
    "jobcentre": ("employment", ""),
    "addiction_treatment": ("treatment", "addiction"),
}
"""The partners of a settled town by sector: the purposes they read for, and what their name reveals."""

STAFF: Final = {
    "lene": ("authority", "casework"),
    "mette": ("social_psychiatry", "coordination"),
    "ann": ("jobcentre", "employment"),
    "eva": ("addiction_treatment", "treatment"),
}
"""One person at each partner, and what their task is for."""

WIDE: Final = Window(datetime(2000, 1, 1, tzinfo=UTC), None, include_undated=True)
"""A window that opens everything, before and after."""


@dataclass
class Town:
    """A wired hub with those who use it."""

    wired: Wired
    clock: FixedClock
    partners: dict[str, UUID] = field(default_factory=dict)
    persons: dict[str, UUID] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        """What commands are given."""
        return self.wired.hub

    @property
    def access(self) -> Access:
        """The only way to read a citizen."""
        return self.wired.access

    @property
    def database(self) -> Database:
        """The database it all stands in."""
        return self.wired.database

    def later(self, **by: float) -> datetime:
        """Let time pass: one second, or what is said (`days=1`)."""
        return self.clock.advance(timedelta(**by) if by else timedelta(seconds=1))

    # Who is who.

    def add_partner(
        self,
        name: str,
        sector: Sector | str,
        purposes: str,
        reveals: str = "",
        ceiling: frozenset[str] | None = None,
    ) -> UUID:
        """Register a partner with the default ceiling of its sector, or with this one."""
        self.later()
        answer = commands.register_partner(
            self.hub,
            HUB_ITSELF,
            name=name,
            sector=Sector(sector),
            purposes=frozenset(purposes.split()),
            reveals=frozenset(reveals.split()),
        )
        self.partners[name] = UUID(answer.ids["partner"])
        commands.adopt_ceiling(self.hub, HUB_ITSELF, self.partners[name], ceiling)
        return self.partners[name]

    def add_person(self, slug: str, partner: str) -> UUID:
        """Register somebody who works at a partner."""
        self.persons[slug] = uuid4()
        self.wired.vault.register_person(
            self.persons[slug], slug, self.partners[partner], "worker", f"{slug.title()} Prøve"
        )
        return self.persons[slug]

    def partner(self, name: str) -> UUID:
        """A partner's id by its name."""
        return self.partners[name]

    def actor(self, slug: str) -> Actor:
        """A person, to act."""
        return self.hub.actor(self.wired.vault.person(slug))

    def reader(self, slug: str) -> Reader:
        """A person, to read."""
        return Reader.of(self.wired.vault.person(slug))

    # What is done most often.

    def enrol(self, by: str = "lene", name: str = "Karla Prøve", cpr: str | None = None) -> UUID:
        """Enrol a citizen; whoever enrolled may write on."""
        self.later()
        identity = Identity(name, cpr) if name else None
        return UUID(commands.enrol(self.hub, self.actor(by), identity, by_name=bool(name)).ids["citizen"])

    def task(self, citizen: UUID, slug: str, role: str = "relation", purpose: str | None = None) -> UUID:
        """Give a person a task with a citizen, for the purpose of their partner; the authority does it."""
        self.later()
        at, usual = STAFF[slug]
        answer = commands.assign(
            self.hub,
            self.actor("lene"),
            citizen,
            role,
            self.partners[at],
            self.persons[slug],
            purpose or usual,
        )
        return UUID(answer.ids["task"])

    def consent(
        self,
        citizen: UUID,
        partner: str,
        *categories: str,
        purposes: str | None = None,
        until: datetime | None = None,
        window: Window | None = None,
    ) -> UUID:
        """The citizen gives a consent, for the partner's own purposes unless others are said."""
        self.later()
        answer = commands.give_consent(
            self.hub,
            CITIZEN,
            citizen,
            self.partners[partner],
            categories=frozenset(categories),
            purposes=frozenset((purposes or PARTNERS[partner][0]).split()),
            until=until,
            window=window,
        )
        return UUID(answer.ids["consent"])

    def hope(self, citizen: UUID, by: str, words: str, *labels: str) -> Answer:
        """Write down a hope; `by` is a person, or `citizen`."""
        self.later()
        actor = CITIZEN if by == "citizen" else self.actor(by)
        return commands.tell_hope(self.hub, actor, citizen, Text.of(words, *(labels or ("wishes",))))

    @property
    def themself(self) -> Reader:
        """The citizen that a read is about."""
        return Reader.citizen()

    # Consumers, one by one.

    def run(self, view: str) -> int:
        """Bring one read model in step with the log."""
        with self.wired.source() as source:
            return Runner(self.database, source, self.wired.view(view), self.wired.store.sealer).catch_up()


def build(database: Database, folder: Path, *, clock: FixedClock | None = None, partitions: int = 6) -> Town:
    """A wired hub on a prepared database, with nobody in it."""
    clock = clock or FixedClock(START)
    key = folder / "root.key"
    new_root_key(key)
    settings = Settings(home=folder, root_key_file=key, partitions=partitions)
    return Town(wire(database, settings, clock, read_root_key(key)), clock)


def settle(database: Database, folder: Path) -> Town:
    """A hub with four partners (ceilings adopted) and one person at each."""
    town = build(database, folder)
    for sector, (purposes, reveals) in PARTNERS.items():
        town.add_partner(sector, sector, purposes, reveals)
    for slug, (partner, _) in STAFF.items():
        town.add_person(slug, partner)
    return town


def rich(town: Town, hopes: int = 3) -> UUID:
    """A citizen on whom the others see something: tasks for all four, two consents, and hopes told after them."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "contact", "wishes", "work", "plan", "meetings", "agreements")
    town.consent(citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements")
    for number in range(hopes):
        town.hope(citizen, "citizen", f"Håb nummer {number}", "wishes")
    return citizen
