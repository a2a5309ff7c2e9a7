"""One world: a history in the real pipeline, and everything of it that one partner can get hold of.

Commands, store, consumers, partner view, the numbered log of what partners are sent, the records as the relay sends
them, and the command line of the partner's people. Keys, ids and the clock are given; what is random by nature
(a notice's id) is told by its place among its like. Two worlds are then equal byte for byte, or they are not.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from hub.aggregates import Text
from hub.application import commands
from hub.application.broker_access import SQL as TOPICS
from hub.application.rows import open_row
from hub.bootstrap import VIEWS, Wired
from hub.clock import FixedClock
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out
from hub.postgres import Database
from hub.projections.partner_rows import backfill
from hub.relay.publication import Publication
from hub.vault import Vault
from tests.building import CITIZEN, Town, build
from tests.calling import Api
from tests.kafka import read
from tests.living import History, Living, Recorded, Step, first_moment, moment, uid
from tests.worlds.asking import Command, at_length, shortly, tried
from tests.worlds.asking_http import over_http
from tests.worlds.comparing import WAITING, Behind, differing, differing_behind, in_json
from tests.worlds.talking import told

NOWHERE: Final = Cluster("127.0.0.1:9")
"""A cluster that only names topics: records are looked at before they are sent."""
NOTICE: Final = re.compile(rb"notice/([0-9a-f-]{36})")
SIDE: Final = "side."
"""What the events of deeds begin with that are no part of the citizen's history: another citizen, another's topic."""


class Point(NamedTuple):
    """After which step a world is looked at, and what runs before the consumers do."""

    step: str
    first: str
    """"consumers"; or what meets read models that are behind: "relay" or "reads"; or "no relay": it comes later."""


@dataclass(frozen=True)
class Watch:
    """Who looks, when, and what else is tried."""

    partner: str
    persons: tuple[tuple[str, str], ...]
    """The partner's people with the purposes of their tasks."""
    points: tuple[Point, ...]
    ends: datetime
    """When everybody looks for the last time, in both worlds: a last step that is refused moves no clock."""
    handovers: tuple[str, ...] = ()
    """Handovers to the partner."""
    topic_at: str | None = None
    """The step after which the partner's topic is opened; None for the beginning."""
    behind: bool = False
    """Whether rows are looked at after every step, however far the read models are behind."""
    http: str = ""
    """How its people ask over HTTP instead of on the command line: "briefly", a "sample", "whole"; else not at all."""


class StepVault(Vault):
    """A vault that calls an event by the step that made it, so that ids are the same in both worlds."""

    names: dict[UUID, str]

    def disclosure_id(self, partner: UUID, event: UUID) -> UUID:
        """What a partner calls an event: a keyed digest, of its step instead of its place in the log."""
        name = self.names.get(event)
        if name is None:
            return super().disclosure_id(partner, event)
        return UUID(bytes=hmac.digest(self._lookup, partner.bytes + name.encode(), hashlib.sha256)[:16])


class Named(Living):
    """A history that is played with events called by their steps; beside it other citizens may appear."""

    strangers: list[UUID]
    """Other citizens."""

    def play(self, step: Step) -> bool:
        """Play one step; one beside the history is no step of it."""
        if not step["event"].startswith(SIDE):
            return super().play(step)
        self.move_to(moment(step["at"]))
        stranger(self, step)
        return False

    def named(self, step: str, recorded: Iterable[Recorded]) -> None:
        """Call each event by its step, its type and, where a step makes several of a type, whom it is about."""
        vault = self.town.wired.vault
        assert isinstance(vault, StepVault)
        for one in recorded:
            vault.names[one.event_id] = f"{step} {one.event} {one.partner}"


@dataclass
class World:
    """A world while it is played, and what was seen of it."""

    life: Named
    watch: Watch
    cluster: Cluster | None = None
    """A real broker; without one, records are taken from the relay's own step before sending."""
    seen: dict[str, bytes] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=dict)
    """Rows while the read models are behind, where those are looked at."""
    outs: list[Out] = field(default_factory=list)
    opened: bool = False
    """Whether the partner has its topic."""
    over_http: Api | None = None
    """The application on this world, where it is asked."""
    _number: int = 0

    @property
    def wired(self) -> Wired:
        """The hub."""
        return self.life.town.wired

    def play(self) -> None:
        """Play the whole history, and look at it at every point, and a while after the end."""
        points = {point.step: point for point in self.watch.points}
        if self.watch.topic_at is None:
            self.open_topic(self.watch.partner)
        for step in self.life.history["steps"]:
            if step["event"] == "side.topic":
                self.open_topic(step["data"]["partner"])
            elif not self.life.play(step):
                continue
            elif step["id"] in points:
                if step["id"] == self.watch.topic_at:
                    self.open_topic(self.watch.partner)
                self.look(points[step["id"]])
            elif self.watch.behind:
                self.rows_behind(f"{step['id']} without consumers")
        self.life.move_to(self.watch.ends)
        self.look(Point("the end", "consumers"), everything=True)
        if self.cluster is not None and self.opened:
            self.keep("topic", unnamed(list(self.on_broker(self.cluster))))

    # Looking.

    def look(self, point: Point, *, everything: bool = False) -> None:
        """What the partner gets at one moment: before the consumers as well, where something else runs first."""
        if self.watch.topic_at is None and not self.opened:  # it was not registered at the beginning
            self.open_topic(self.watch.partner)
        if point.first == "relay":
            self.relay(f"{point.step} before")
        if point.first == "reads":
            self.rows_behind(f"{point.step} before")
            self.people(f"{point.step} before", everything=False)
        self.consume()
        if point.first != "no relay":
            self.relay(point.step)
        self.keep(f"{point.step}: rows", self.rows())
        self.people(point.step, everything=everything)

    def consume(self) -> None:
        """Bring every read model in step with the log."""
        commands.expire_consents(self.wired.hub, self.life.citizen)  # the scheduler is never behind
        self.life.take_in("what had run out")
        if self.cluster is not None:
            self.wired.catch_up()
            return
        for name in VIEWS:
            self.life.town.run(name)

    def relay(self, where: str) -> None:
        """Number the lines, and make records of them as the relay does; on a real broker, send them."""
        if self.cluster is not None:
            with self.wired.relay() as relay:
                relay.catch_up()
        else:
            publication = self.publication()
            while publication.number(2_000):
                pass
            while lines := publication.lines(self._number, 2_000):
                self._number = lines[-1].number
                taken = publication.take(lines)
                while publication.number(2_000):
                    pass
                self.outs += taken
            topic = NOWHERE.partner(uid(self.watch.partner))
            ours = [out for out in self.outs if out.topic == topic]
            self.keep(f"{where}: records", unnamed([list(out) for out in ours]))
        self.lines(where)

    def publication(self) -> Publication:
        """What makes records."""
        wired = self.wired
        return Publication(
            wired.database, wired.vault, wired.store.sealer.schemas, self.life.town.clock, NOWHERE
        )

    def lines(self, where: str) -> None:
        """The partner's own lines: their numbers and what each does to which row."""
        found = self.ask(
            "SELECT sequence, operation, CASE operation WHEN 'notice' THEN 'notice' ELSE disclosure_id::text END"
            " FROM partner_log WHERE partner_id = %s AND number IS NOT NULL ORDER BY sequence",
            uid(self.watch.partner),
        )
        self.keep(f"{where}: lines", found)

    def rows_behind(self, where: str) -> None:
        """The partner's rows while the read models are behind."""
        ((waiting,),) = self.ask(WAITING, uid(self.watch.partner))
        self.behind[f"{where}: rows"] = Behind(waiting, self.rows())

    def rows(self) -> list[Any]:
        """The partner's rows, opened."""
        partner, wired = uid(self.watch.partner), self.wired
        found = []
        for citizen in (self.life.citizen, *self.life.strangers):
            rows = wired.partner_views.rows(partner, citizen, self.life.town.clock())
            key = wired.vault.key_of(citizen)
            texts = wired.vault.text_keys((event, key) for row in rows for event in row.text_events)
            for row in rows:
                content, fields = open_row(wired.vault, partner, row, key, texts)
                found.append([row.disclosure_id, row.purposes, row.valid_until, content, fields])
        return found

    def on_broker(self, cluster: Cluster) -> Iterator[list[Any]]:
        """The records that lie on the partner's own topic, with their offsets."""
        for record in read(cluster, cluster.partner(uid(self.watch.partner))):
            yield [record.partition, record.offset, record.key, record.value, record.headers]

    # The partner's people.

    def people(self, where: str, *, everything: bool) -> None:
        """What the partner's people are told, on the command line or over HTTP, with errors and codes too."""
        whole = everything and self.watch.http != "briefly"
        for number, (person, purpose) in enumerate(
            self.watch.persons if everything else self.watch.persons[:1]
        ):
            if self.watch.http:
                for what, answer in over_http(self, person, purpose, everything=whole and not number):
                    self.keep(f"{where}: {person} over HTTP {what}", answer)
                continue
            for arguments in self.questions(person, purpose, everything=everything and not number):
                answer = told(self.wired, [str(one) for one in arguments])
                self.life.take_in(f"told {person} {purpose}")  # what was written has a name like all else
                self.keep(f"{where}: hub {' '.join(map(str, arguments))}", answer)

    def questions(self, person: str, purpose: str, *, everything: bool) -> Iterator[Command]:
        """What a person asks, and at the end tries."""
        whom, ours = self.life.citizen, uid(self.watch.partner)
        yield from shortly(whom, ours, person, purpose)
        if everything:
            theirs = uid("my" if self.watch.partner != "my" else "bo")
            yield from at_length(whom, ours, theirs, person, purpose, self.watch.handovers)
            yield from tried(whom, theirs, person, purpose, self.watch.handovers)

    # Small things.

    def open_topic(self, partner: str) -> None:
        """A partner that is registered gets a topic; whatever it may see is sent to it."""
        if self.wired.hub.partners().get(uid(partner)) is None:
            return
        self.opened |= partner == self.watch.partner
        if self.cluster is not None:
            with Admin(self.cluster) as admin:
                admin.apply(partitions=self.wired.partitions, partners=[uid(partner)])
        with self.wired.database.transaction() as connection:
            now = self.life.town.clock()
            if connection.execute(TOPICS["open"], (uid(partner), now)).fetchone() is not None:
                backfill(connection, uid(partner))

    def ask(self, query: str, *terms: Any) -> list[list[Any]]:
        """Ask the database itself."""
        with psycopg.connect(self.wired.database.conninfo, autocommit=True) as connection:
            return [list(row) for row in connection.execute(query, terms).fetchall()]  # type: ignore[arg-type]

    def keep(self, what: str, found: Any) -> None:
        """Note what was seen, as bytes."""
        self.seen[what] = found if isinstance(found, bytes) else in_json(found)


def stranger(life: Named, step: Step) -> None:
    """Another citizen, whom the one partner has nothing to do with: enrolled, a consent to another, a hope."""
    citizen, by = uid(f"citizen {step['id']}"), life.actor(step)
    commands.enrol(life.hub, by, None, citizen=citizen, **life.meta(step["id"]))
    commands.give_consent(
        life.hub,
        CITIZEN,
        citizen,
        uid(step["data"]["partner"]),
        categories=frozenset({"contact", "wishes", "plan"}),
        purposes=frozenset({"support"}),
        **life.meta(f"{step['id']} consent"),
    )
    words = Text.of("Noget andet.", "wishes")
    commands.tell_hope(life.hub, CITIZEN, citizen, words, **life.meta(f"{step['id']} hope"))
    life.strangers.append(citizen)
    life.take_in(step["id"])


def unnamed(records: list[list[Any]]) -> list[list[Any]]:
    """Records with each notice called by its place among the notices: its id is drawn, and tells nothing."""
    ids = dict.fromkeys(
        NOTICE.findall(b"\n".join(field for r in records for field in r if isinstance(field, bytes)))
    )
    for number, one in enumerate(ids):
        called = f"{number:036}".encode()
        records = [[f.replace(one, called) if isinstance(f, bytes) else f for f in r] for r in records]
    return records


def world(
    database: Database, folder: Path, history: History, watch: Watch, cluster: Cluster | None = None
) -> World:
    """A world at its beginning, on a prepared database; worlds that are compared share the folder with the root key."""
    town = build(database, folder, clock=FixedClock(first_moment(history)))
    town.wired.vault.__class__ = StepVault
    assert isinstance(town.wired.vault, StepVault)
    town.wired.vault.names = {}
    if cluster is not None:
        town.wired = replace(town.wired, cluster=lambda: cluster)
        with Admin(cluster) as admin:
            admin.apply(partitions=town.wired.partitions, partners=[])
    life = Named(town, history)
    life.strangers = []
    made = World(life, watch, cluster)
    give_references(town, history)
    return made


def give_references(town: Town, history: History) -> None:
    """Each partner's own reference for each citizen, given instead of drawn."""
    citizens = [uid("citizen"), *(uid(f"citizen {step['id']}") for step in history["steps"])]
    pairs = [(uid(p["id"]), c) for p in history["partners"] for c in citizens]
    with town.database.transaction() as connection:
        connection.execute(
            "INSERT INTO vault_references SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[])",
            ([p for p, _ in pairs], [c for _, c in pairs], [uid(f"{p} of {c}") for p, c in pairs]),
        )


def differences(one: World, other: World) -> list[str]:
    """Everything in which the partner could tell two worlds apart."""
    return [*differing(one.seen, other.seen), *differing_behind(one.behind, other.behind)]
