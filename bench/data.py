"""An invented town: its history made by the aggregates' own commands, in memory, and written by the bulk path."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Act, Actor, Citizen, Consents, Meeting, Organisation, Plan, Text
from hub.application.commands import adopt_ceiling, register_partner
from hub.application.importing import Bulk, Load
from hub.bootstrap import Wired, prepare, wire
from hub.broker import LocalBroker, fetch
from hub.clock import SystemClock
from hub.config import Settings
from hub.kafka.connection import Cluster
from hub.postgres import Database, EmbeddedServer, create_database, drop_database
from hub.vault import DataKey, Identity, new_root_key, read_root_key
from hub.vocabulary import Role, Sector, Source

SEED: Final = 20_260_301
LOAD: Final = 2_000
START: Final = datetime(2025, 1, 1, 8, tzinfo=UTC)
HUB_ITSELF: Final = Actor(Role.HUB)
PARTNERS: Final = {
    Sector.AUTHORITY: "casework",
    Sector.SOCIAL_PSYCHIATRY: "coordination support",
    Sector.REGIONAL_PSYCHIATRY: "treatment",
    Sector.ADDICTION_TREATMENT: "treatment",
    Sector.GP: "treatment",
    Sector.JOBCENTRE: "employment",
}
"""The six that are related to every citizen, and so decided for every event."""
SECTORS: Final = tuple(PARTNERS)
CONSENTED: Final = (Sector.AUTHORITY, Sector.SOCIAL_PSYCHIATRY, Sector.JOBCENTRE, Sector.REGIONAL_PSYCHIATRY)
LABELS: Final = ("wishes", "work", "meetings", "plan", "health", "everyday", "addiction", "finances")
WORDS: Final = "Vi talte om det, der er vigtigt lige nu: en hund, et arbejde med dyr, ro om aftenen. "


@dataclass
class Place:
    """A server of the measurements' own, with a root key."""

    server: EmbeddedServer
    key: Path
    stack: ExitStack
    _broker: LocalBroker | None = None

    def cluster(self, prefix: str) -> Cluster:
        """A Kafka of the measurements' own, with names of this prefix; it starts when it is first asked for."""
        if self._broker is None:
            fetch()
            self._broker = self.stack.enter_context(LocalBroker(self.key.parent / "kafka"))
        return Cluster(self._broker.bootstrap, self._broker.user, self._broker.password, prefix=prefix)

    @contextmanager
    def hub(self, name: str) -> Iterator[Wired]:
        """A hub on a database of its own, empty and prepared. It is gone afterwards."""
        create_database(self.server.conninfo(), name)
        try:
            with Database(self.server.conninfo(name)) as database:
                prepare(database)
                settings = Settings(home=self.key.parent, root_key_file=self.key)
                yield wire(database, settings, SystemClock(), read_root_key(self.key))
        finally:
            drop_database(self.server.conninfo(), name)


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Start a server that is as safe as the hub's own: fsync on, commits waited for."""
    key = folder / "root.key"
    new_root_key(key)
    with EmbeddedServer(folder / "postgres") as server, ExitStack() as stack:
        yield Place(server, key, stack)


@dataclass
class Town:
    """The partners, who acts for them, and what was recorded on each citizen."""

    partners: dict[Sector, UUID]
    actors: dict[Sector, Actor]
    citizens: list[UUID] = field(default_factory=list)
    events: int = 0


def found(wired: Wired) -> Town:
    """Register the partners, each with its sector's ceiling."""
    town = Town({}, {})
    for number, (sector, purposes) in enumerate(PARTNERS.items(), 1):
        partner, person = UUID(int=number), UUID(int=100 + number)
        register_partner(
            wired.hub,
            HUB_ITSELF,
            name=f"{sector} i byen",
            sector=sector,
            purposes=frozenset(purposes.split()),
            reveals=frozenset({"addiction"}) if sector is Sector.ADDICTION_TREATMENT else frozenset(),
            partner=partner,
        )
        adopt_ceiling(wired.hub, HUB_ITSELF, partner)
        wired.vault.register_person(person, f"person-{number}", partner, "worker", f"Person {number}")
        town.partners[sector] = partner
        town.actors[sector] = Actor(Role.PARTNER, partner, None, person, "worker", sector)
    return town


class Life:
    """One citizen's year: the aggregates' own commands, each at its moment."""

    def __init__(self, town: Town, dice: random.Random, citizen: UUID, begin: datetime, days: int) -> None:
        self.events: list[tuple[datetime, Any, UUID]] = []
        self.town = town
        self._dice = dice
        self.id = citizen
        self._now = begin
        self._days = days

    def uid(self) -> UUID:
        """A random id, the same for the same seed."""
        return UUID(int=self._dice.getrandbits(128), version=4)

    def act(self, actor: Actor, step: timedelta) -> Act:
        """The next moment of this life."""
        self._now += step
        return Act(actor, self._now, self._now, Source.SCREEN, self.uid())

    def take(self, aggregate: Organisation, act: Act) -> None:
        """Keep what was decided."""
        self.events += [(act.recorded_at, event, act.command_id) for event in aggregate.collect_events()]

    def words(self) -> Text:
        """A note of ordinary length with one or two labels."""
        length = self._dice.randint(30, 160)
        return Text.of((WORDS * 2)[:length].strip(), *self._dice.sample(LABELS, self._dice.randint(1, 2)))

    def live(self, ordinary: int) -> None:
        """Enrolment, tasks, consents, a plan; then so many ordinary events."""
        town, dice, soon = self.town, self._dice, timedelta(minutes=7)
        by = town.actors[Sector.AUTHORITY]
        act = self.act(by, soon)
        citizen = Citizen.enrol(self.id, act)
        self.take(citizen, act)
        for sector in PARTNERS:
            act, actor = self.act(by, soon), town.actors[sector]
            assert actor.partner is not None
            purpose = PARTNERS[sector].split()[0]
            if sector is Sector.SOCIAL_PSYCHIATRY:
                assert actor.person is not None
                citizen.assign_coordinator(self.uid(), actor.partner, actor.person, purpose, act)
            else:
                citizen.start_relation(self.uid(), actor.partner, actor.person, purpose, act)
            self.take(citizen, act)
        act = self.act(Actor(Role.CITIZEN), soon)
        consents = Consents.begin(self.id, act)
        given = {}
        for sector in dice.sample(CONSENTED, 2):
            given[sector] = self.uid()
            consents.give(
                given[sector],
                town.partners[sector],
                act,
                categories=frozenset(dice.sample(LABELS, 5)) | {"contact", "meetings", "plan", "wishes"},
                purposes=frozenset(PARTNERS[sector].split()),
            )
            self.take(consents, act)
            act = self.act(Actor(Role.CITIZEN), soon)
        act = self.act(by, soon)
        plan = Plan.begin(self.uid(), self.id, "handleplan", act, text=self.words())
        self.take(plan, act)
        self.ordinary(citizen, plan, ordinary)
        if dice.random() < 0.1:
            act = self.act(Actor(Role.CITIZEN), soon)
            consents.withdraw(next(iter(given.values())), act)
            self.take(consents, act)

    def ordinary(self, citizen: Citizen, plan: Plan, count: int, sectors: Sequence[Sector] = SECTORS) -> None:
        """So many notes, hopes, goals and meetings of these organisations."""
        goals: list[UUID] = []
        verbs: tuple[Callable[[Actor, timedelta], None], ...]
        dice = self._dice

        def contact(actor: Actor, step: timedelta) -> None:
            act = self.act(actor, step)
            citizen.record_contact(act, text=self.words())
            self.take(citizen, act)

        def hope(_: Actor, step: timedelta) -> None:
            act = self.act(Actor(Role.CITIZEN), step)
            citizen.tell_hope(self.uid(), self.words(), act)
            self.take(citizen, act)

        def goal(actor: Actor, step: timedelta) -> None:
            act = self.act(actor, step)
            if len(goals) < 3:
                goals.append(self.uid())
                plan.set_goal(goals[-1], act, words=self.words())
            else:
                plan.progress_goal(dice.choice(goals), act, text=self.words())
            self.take(plan, act)

        def meeting(actor: Actor, step: timedelta) -> None:
            act = self.act(actor, step)
            starts = act.recorded_at + timedelta(days=9)
            made = Meeting.convene(
                self.uid(), self.id, act, kind="network", starts=starts, purpose=self.words()
            )
            self.take(made, act)

        verbs = (contact, contact, contact, hope, goal, goal, meeting)
        for _ in range(count):
            step = timedelta(seconds=dice.uniform(0.2, 1.8) * self._days * 86_400 / count)
            dice.choice(verbs)(self.town.actors[dice.choice(sectors)], step)


def populate(
    wired: Wired, town: Town, citizens: int, ordinary: int, *, seed: int = SEED, kind: type[Life] = Life
) -> Town:
    """Let so many citizens live such a life, and write it all in the order of time, behind what there is."""
    dice = random.Random(seed)
    keys: dict[UUID, DataKey] = {}
    first, history = Load(), []
    for _ in range(citizens):
        citizen = UUID(int=dice.getrandbits(128), version=4)
        keys[citizen], wrapped = wired.vault.fresh_key(citizen)
        first.keys.append((keys[citizen].id, citizen, wrapped))
        identity = Identity("En Opdigtet Borger")
        first.citizens.append(wired.vault.identity_row(keys[citizen], citizen, identity))
        life = kind(town, dice, citizen, START + timedelta(minutes=dice.randrange(180 * 1440)), 120)
        life.live(ordinary)
        history += [
            (when, n, citizen, event, command) for n, (when, event, command) in enumerate(life.events)
        ]
        town.citizens.append(citizen)
    history.sort(key=lambda one: (one[0], one[2], one[1]))
    bulk, sealer = Bulk(wired.database, wired.vault), wired.store.sealer
    bulk.write("", first)
    seen: set[UUID] = set()  # a command's events may lie in two loads
    for start in range(0, len(history), LOAD):
        piece, load = history[start : start + LOAD], Load()
        for _, _, citizen, event, command in piece:
            if command not in seen:
                seen.add(command)
                load.commands.append((command, len(load.events)))
            load.events.append(sealer.seal_under(keys[citizen], event, citizen))
        bulk.write("", load)
    town.events += len(history)
    wired.database.run("ANALYZE")
    return town
