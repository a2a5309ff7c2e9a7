import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest
from kafka.partitioner.default import DefaultPartitioner

from hub.aggregates import Text
from hub.aggregates.base import event_id
from hub.application import commands
from hub.bootstrap import VIEWS
from hub.clock import to_microseconds
from hub.consumers import rebuild as rebuilding
from hub.consumers.rebuild import rebuild
from hub.consumers.runner import Runner
from hub.consumers.source import Batch, Incoming, Place, StoreSource
from hub.errors import AccessDenied, Conflict, HubError, Refused, Unreadable
from hub.kafka import partition_of
from hub.postgres import Database, DatabaseUnavailable
from hub.projections.base import View, new_generation
from hub.schemas import Envelope
from hub.statements import statements_of
from hub.store import Log, Opened, place
from hub.vault import HUB
from tests import checking
from tests.building import CITIZEN, WIDE, Town, rich, settle


class Everybody:
    """Lives a little: consents, narrowings, blocks, handovers, partners that change, a death."""

    def __init__(self, town: Town, seed: int, citizens: int = 3) -> None:
        self.town = town
        self.random = random.Random(seed)
        self.citizens = [rich(town, 2) for _ in range(citizens)]
        self.consents: list[tuple[UUID, UUID]] = []

    def live(self, steps: int) -> None:
        """Take so many steps; what a rule refuses is refused."""
        for _ in range(steps):
            self.town.later(hours=self.random.choice((0.01, 1, 30)))
            with suppress(Refused):
                self.step()

    def step(self) -> None:  # noqa: C901, PLR0912 - one branch for each thing that happens
        """One command."""
        town, choose = self.town, self.random.choice
        hub, citizen, partner = town.hub, choose(self.citizens), choose(list(town.partners))
        lene, mette = town.actor("lene"), town.actor("mette")
        labels = frozenset(self.random.sample(["contact", "wishes", "work", "plan", "meetings"], 3))
        match self.random.randrange(16):
            case 0 | 1 | 2:
                town.hope(
                    citizen, choose(["citizen", "lene", "mette"]), "Noget nyt", choose(["wishes", "work"])
                )
            case 3 | 4:
                until = choose([None, town.clock() + timedelta(days=3)])
                given = town.consent(citizen, partner, *labels, until=until, window=choose([None, WIDE]))
                self.consents.append((citizen, given))
            case 5 | 6 if self.consents:
                owner, consent = choose(self.consents)
                commands.narrow_consent(hub, CITIZEN, owner, consent, categories=labels)
            case 7 if self.consents:
                owner, consent = choose(self.consents)
                commands.withdraw_consent(hub, CITIZEN, owner, consent)
            case 8 if self.consents:
                owner, consent = choose(self.consents)
                commands.renew_consent(hub, CITIZEN, owner, consent, town.clock() + timedelta(days=9))
            case 9:
                block = commands.set_block(hub, CITIZEN, citizen, town.partner(partner), categories=labels)
                if choose([True, False]):
                    town.later()
                    commands.lift_block(hub, CITIZEN, citizen, UUID(block.ids["block"]))
            case 10:
                commands.adopt_ceiling(hub, lene, town.partner(partner), labels | {"contact"})
            case 11 if partner != "authority":
                commands.suspend_partner(hub, lene, town.partner(partner), "a pause")
                town.later()
                commands.resume_partner(hub, lene, town.partner(partner))
            case 12:
                plan = UUID(
                    commands.open_plan(hub, lene, citizen, "handleplan", Text.of("Plan", "plan")).ids["plan"]
                )
                words = Text.of("Et mål", "plan")
                commands.on_plan(
                    hub, lene, citizen, plan, lambda p, act: p.set_goal(uuid4(), act, words=words)
                )
            case 13:
                items = [item.event_id for item, _ in hub.items(citizen) if item.event == "citizen.hope_told"]
                commands.propose_handover(
                    hub, mette, citizen, town.partner("jobcentre"), kind="knowledge", items=(choose(items),)
                )
            case 14:
                slug = choose(["ann", "mette", "eva"])
                town.task(citizen, slug)
            case _:
                commands.expire_consents(hub, citizen)


@contextmanager
def running(
    town: Town, view: str, *, schema: str | None = None, source: StoreSource | None = None
) -> Iterator[Runner]:
    """One consumer of one read model."""
    with source or town.wired.source() as reading:
        made = town.wired.view(view) if schema is None else town.wired.building(view)
        yield Runner(town.database, reading, made, town.wired.store.sealer, schema=schema)


def built_anew(town: Town, view: str) -> str:
    """A generation beside the live one, built from the start."""
    schema = new_generation(town.database, town.wired.building(view), 6, live=False)
    with running(town, view, schema=schema) as runner:
        runner.catch_up()
    return schema


def all_as_built_anew(town: Town) -> None:
    """Every live read model equals one built from the start, and what partners were told equals their view."""
    address = town.database.conninfo
    for view in VIEWS:
        schema = built_anew(town, view)
        assert [] == checking.differences(address, view, checking.live(address, view), schema)
        assert len(checking.rows(address, view)) > 0
        checking.do(address, "DELETE FROM generations WHERE schema_name = %s", schema)
        checking.do(address, f"DROP SCHEMA {schema} CASCADE")
    assert [] == checking.wrong_with_log(address)


# --------------------------------------------------------------------------------------------- partitions


class Cluster:
    """As much of a cluster as a partitioner asks for: so many partitions."""

    def __init__(self, partitions: int) -> None:
        self._partitions = set(range(partitions))

    def topics(self) -> set[str]:
        """The one topic."""
        return {"hub.events"}

    def partitions_for_topic(self, _topic: str) -> set[int]:
        """Its partitions."""
        return self._partitions

    available_partitions_for_topic = partitions_for_topic


JAVA: Final = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""What Kafka's own tests say murmur2 of these is (org.apache.kafka.common.utils.UtilsTest)."""


def test_keys_go_where_kafka_sends_them() -> None:
    """The embedded log is split as kafka-python's own partitioner would, and as Kafka's tests say."""
    numbers, kafka = random.Random(1), DefaultPartitioner()
    for partitions in (1, 6, 7, 100):
        cluster = Cluster(partitions)
        for _ in range(500):
            key = str(UUID(int=numbers.getrandbits(128))).encode()
            assert kafka.partition("hub.events", key, key, b"", b"", cluster) == partition_of(key, partitions)
        for key, hashed in JAVA.items():
            assert (hashed & 0x7FFFFFFF) % partitions == partition_of(key, partitions)
    known = [str(UUID(int=n)).encode() for n in range(8)]
    assert [3, 2, 5, 1, 0, 3, 5, 2] == [partition_of(key, 6) for key in known], "a known key never moves"


def test_a_citizens_records_stay_in_one_partition_and_partners_are_in_all(
    database: Database, tmp_path: Path
) -> None:
    """Each citizen's records are in one partition in order, each Partner event is once in every one."""
    town = settle(database, tmp_path)
    for _ in range(4):
        rich(town)
    found: list[Incoming] = []
    with town.wired.source() as source:
        source.follow(lambda partitions: dict.fromkeys(partitions, Place(0)))
        while batch := source.poll(7, 0.0).records:
            found += batch
    records = Log(database).after(0, 1_000)
    by_position: dict[int, list[int]] = {}
    for record in found:
        by_position.setdefault(record.position, []).append(record.partition)
    assert sorted(by_position) == [record.position for record in records]
    for record in records:
        where = by_position[record.position]
        if record.citizen is None:
            assert list(range(6)) == sorted(where)
        else:
            assert [partition_of(str(record.citizen).encode(), 6)] == where
    for partition in range(6):
        positions = [record.position for record in found if record.partition == partition]
        assert sorted(positions) == positions
    came = {record.position: record for record in found}
    for record in records:
        assert str(event_id(record.originator_id, record.version)) == came[record.position].event_id
        assert to_microseconds(record.log_time) == came[record.position].log_time


def test_a_source_reads_only_what_is_its_own(database: Database, tmp_path: Path) -> None:
    """A source that is given two partitions yields theirs, from where each of them stands."""
    town = settle(database, tmp_path)
    for _ in range(5):
        rich(town)
    with StoreSource(database, 6, [1, 4]) as source:
        source.follow(lambda _: {1: Place(0), 4: Place(20)})
        batch = source.poll(1_000, 0.0)
    assert {1, 4} == set(batch.upto)
    assert {1, 4} >= {record.partition for record in batch.records}
    assert all(record.position > 20 for record in batch.records if record.partition == 4)
    assert any(record.position <= 20 for record in batch.records if record.partition == 1)


# ---------------------------------------------------------------------------------------- delivered twice


def whole(runner: Runner, limit: int) -> None:
    """Take in everything there is, in batches of a size."""
    runner.assign()
    reached = runner._source.now()
    while not reached():
        runner.step(limit=limit)


class Stammering(StoreSource):
    """A log that says everything two or three times: within a batch, and again after it."""

    def poll(self, limit: int, patience: float) -> Batch:
        """The next records, each twice, behind the last ones once more."""
        before = dict(self._positions)
        batch = super().poll(limit, patience)
        again = list(batch.records)
        if batch.upto:
            self._positions = {partition: max(0, at - 9) for partition, at in before.items()}
            again = super().poll(limit, patience).records
            self._positions = {partition: place.position for partition, place in batch.upto.items()}
        return Batch(sorted([*again, *batch.records, *batch.records], key=lambda r: (r.partition, r.position)),
                     batch.upto, [])  # fmt: skip


@pytest.mark.parametrize("limit", [1, 7, 4_000])
def test_delivered_twice_everything_stays_the_same(database: Database, tmp_path: Path, limit: int) -> None:
    """Records that come twice, within a batch or after it, leave every read model and log as if they had not."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, 1)
    everybody.live(25)
    for view in VIEWS:
        with running(town, view, source=Stammering(database, 6)) as runner:
            whole(runner, limit)
    once = checking.everything(database.conninfo)
    for view in VIEWS:
        with running(town, view) as runner:
            runner.assign()
            runner._source._positions = dict.fromkeys(range(6), 0)
            runner.step()
    assert once == checking.everything(database.conninfo)
    all_as_built_anew(town)


@pytest.mark.parametrize("limit", [1, 5, 4_000])
def test_batches_of_any_size_tell_partners_the_same(database: Database, tmp_path: Path, limit: int) -> None:
    """What partners are told is a function of the history, not of how the records came in batches."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, 2)
    everybody.live(60)
    with running(town, "partner_view") as runner:
        runner.catch_up()
    address = database.conninfo
    first, last = checking.told(address), checking.ask(address, "SELECT max(id) FROM partner_log")[0][0]
    again = new_generation(database, town.wired.view("partner_view"), 6, live=False)
    with town.wired.source() as source:
        runner = Runner(
            database, source, town.wired.view("partner_view"), town.wired.store.sealer, schema=again
        )
        whole(runner, limit)
    assert len(first) > 20
    assert first == checking.told(address, last)


# ------------------------------------------------------------------------------- checkpoints, and zombies


@pytest.mark.parametrize("view", VIEWS)
def test_a_zombie_rolls_back_and_seeks_again(database: Database, tmp_path: Path, view: str) -> None:
    """Of two runners on one read model the one that was overtaken changes nothing, and then goes on from there."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, 3)
    with running(town, view) as living, running(town, view) as zombie:
        living.assign()
        zombie.assign()
        living.catch_up()
        before = checking.everything(database.conninfo)
        with pytest.raises(Conflict):
            zombie.step()
        assert before == checking.everything(database.conninfo)
        assert 0 == zombie.catch_up()
        assert before == checking.everything(database.conninfo)
        everybody.live(5)
        assert zombie.catch_up() > 0
        with pytest.raises(Conflict):
            living.step()
        everybody.live(5)
        living.catch_up()
    town.wired.catch_up()
    all_as_built_anew(town)


def failing_once(
    do: Callable[..., object], monkeypatch: pytest.MonkeyPatch, target: object, name: str
) -> None:
    """Make one call fail as when the database is gone for a moment."""

    def fail(*_: object, **__: object) -> object:
        monkeypatch.setattr(target, name, do)
        raise DatabaseUnavailable("The database does not answer.")

    monkeypatch.setattr(target, name, fail)


@pytest.mark.parametrize("where", ["opening", "applying", "polling"])
def test_a_batch_that_fails_is_taken_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """When opening or writing a batch fails for a moment, the same batch is handled next, and nothing is skipped."""
    town = settle(database, tmp_path)
    Everybody(town, 4).live(10)
    with running(town, "partner_view") as runner:
        runner.assign()
        target, name = {
            "opening": (runner._sealer, "open_all"),
            "applying": (runner._view, "apply"),
            "polling": (runner._source, "poll"),
        }[where]
        failing_once(getattr(target, name), monkeypatch, target, name)
        with pytest.raises(DatabaseUnavailable):
            runner.step(limit=30)
        runner.catch_up()
    town.wired.catch_up()
    all_as_built_anew(town)


def test_a_transient_error_is_noted_and_retried(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner goes on after an error, and what it was stands where an operator finds it, without content."""
    town = settle(database, tmp_path)
    rich(town)
    with running(town, "timeline") as runner:
        failing_once(runner._view.apply, monkeypatch, runner._view, "apply")
        steps = iter(range(6))
        runner.run(lambda: next(steps, None) is None, 0.0)
    assert [("timeline", "The database does not answer.")] == checking.ask(
        database.conninfo, "SELECT consumer, what FROM consumer_errors"
    )
    town.wired.catch_up()
    all_as_built_anew(town)


def test_a_row_changed_behind_our_back_is_found(database: Database, tmp_path: Path) -> None:
    """Control: one altered, one lost and one doubled row are found in each read model by the comparison."""
    town = settle(database, tmp_path)
    Everybody(town, 5).live(10)
    town.wired.catch_up()
    all_as_built_anew(town)
    address = database.conninfo
    for view, change in (
        ("timeline", "UPDATE {} SET value = value || 'x' WHERE position = (SELECT max(position) FROM {})"),
        ("overview", "UPDATE {} SET latest = latest + 1"),
        ("due", "UPDATE {} SET day = day + 1"),
        ("consents", "UPDATE {} SET status = 'gone' WHERE position = (SELECT min(position) FROM {})"),
        (
            "partner_view",
            "UPDATE {} SET digest = digest || 'x' WHERE position = (SELECT max(position) FROM {})",
        ),
        ("partner_view", "DELETE FROM {}"),
    ):
        schema = built_anew(town, view)
        mine = checking.live(address, view)
        before = len(checking.differences(address, view, mine, schema))
        assert checking.do(address, change.replace("{}", f"{mine}.{view}")) > 0
        assert len(checking.differences(address, view, mine, schema)) > before
    assert [] != checking.wrong_with_log(address)
    print("control: caught")


# ------------------------------------------------------------------------------------------------- parking


Plant = Callable[[Town, UUID], bytes]


def sealed_inside(town: Town, citizen: UUID, originator: UUID, change: Callable[[bytes], bytes]) -> bytes:
    """An envelope of this citizen's, sealed properly around something that is not right."""
    schemas, vault = town.wired.store.sealer.schemas, town.wired.vault
    record = Log(town.database).of_citizens([citizen])[-1]
    old = schemas.unpack(record.value)
    key = vault.key_of(citizen)
    where = place(event_id(old.originator_id, old.version), citizen, old.originator_id, old.version)
    inside = change(vault.open(key, old, where))
    nonce, ciphertext = vault.seal(key, inside, place(event_id(originator, 1), citizen, originator, 1))
    return schemas.pack(Envelope(key.id, originator, 1, nonce, ciphertext, old.texts))


POISON: dict[str, Callable[[Town, UUID, UUID], bytes]] = {
    "unknown schema": lambda town, c, o: sealed_inside(town, c, o, lambda b: b"\x7f\xff\xff\xff" + b[4:]),
    "truncated avro": lambda town, c, o: sealed_inside(town, c, o, lambda b: b[:-3]),
    "longer avro": lambda town, c, o: sealed_inside(town, c, o, lambda b: b + b"x"),
    "no schema id": lambda town, c, o: sealed_inside(town, c, o, lambda b: b[:2]),
    "foreign bytes": lambda *_: b'{"resourceType": "Patient"}',
    "nothing": lambda *_: b"",
    "truncated envelope": lambda town, c, o: sealed_inside(town, c, o, lambda b: b)[:-5],
    "another place": lambda town, c, _: Log(town.database).of_citizens([c])[-1].value,
    "another citizen": lambda town, c, _: next(
        r.value for r in Log(town.database).after(0, 999) if r.citizen not in (c, None)
    ),
    "another key": lambda town, _, o: town.wired.store.sealer.schemas.pack(
        Envelope(town.wired.vault.key_of(HUB).id, o, 1, bytes(12), bytes(99), ())
    ),
}


def plant(town: Town, citizen: UUID, what: str) -> int:
    """Put something on the log that no command would: the next position."""
    originator = uuid4()
    value = POISON[what](town, citizen, originator)
    address = town.database.conninfo
    position = int(
        checking.ask(address, "UPDATE log_head SET position = position + 1 RETURNING position")[0][0]
    )
    checking.do(
        address,
        "INSERT INTO events SELECT position, %s, 1, %s, log_time, log_time, %s FROM log_head",
        originator,
        citizen,
        value,
    )
    return position


@pytest.mark.parametrize("what", POISON)
@pytest.mark.parametrize("together", [True, False])
def test_poison_stops_one_citizen_and_fails_closed(
    database: Database, tmp_path: Path, what: str, together: bool
) -> None:
    """A record that cannot be handled parks that citizen and withholds it from partners; all others go on."""
    town = settle(database, tmp_path)
    sick, well = rich(town), rich(town)
    address, jobcentre = database.conninfo, town.partner("jobcentre")
    ann = town.reader("ann")
    if not together:
        town.wired.catch_up()
        assert len(town.access.view(ann, jobcentre, sick, "employment")) >= 3
    poison = plant(town, sick, what)
    later = town.hope(sick, "citizen", "Senere", "wishes").position
    town.hope(well, "citizen", "Senere", "wishes")
    town.wired.catch_up()

    schemas = {view: checking.live(address, view) for view in VIEWS}
    parked = checking.ask(
        address, "SELECT schema_name, position, citizen_id, reason FROM parked ORDER BY 1, 2"
    )
    assert sorted((schemas[view], at, sick) for view in VIEWS for at in (poison, later)) == [
        row[:3] for row in parked
    ]
    assert {"after a parked record"} == {row[3] for row in parked if row[1] == later}
    reasons = {row[3] for row in parked if row[1] == poison}
    assert 1 == len(reasons)
    assert str(sick) not in str(reasons)
    withheld = f"SELECT count(*) FROM {schemas['partner_view']}.partner_view WHERE citizen_id = %s"
    assert [(0,)] == checking.ask(address, withheld, sick)
    with pytest.raises(AccessDenied):
        town.access.view(ann, jobcentre, sick, "employment")
    assert [] == checking.wrong_with_log(address)
    lines = checking.ask(address, "SELECT operation, count(*) FROM partner_log GROUP BY 1")
    assert dict(lines).get("delete", 0) >= 3
    assert 4 == sum(
        entry.event == "citizen.hope_told" for entry in town.access.view(ann, jobcentre, well, "employment")
    )
    newest = checking.ask(
        address, f"SELECT max(position) FROM {schemas['timeline']}.timeline WHERE citizen_id = %s", sick
    )[0][0]
    assert newest < poison
    assert [(int(Log(database).head()[0]),)] == checking.ask(
        address, "SELECT DISTINCT position FROM checkpoints"
    )


@pytest.mark.parametrize("again", ["ceiling", "suspend", "consent", "rebuild", "restart"])
def test_what_is_withheld_stays_withheld(database: Database, tmp_path: Path, again: str) -> None:
    """Nothing that happens later shows partners a citizen with parked records, until these are replayed."""
    town = settle(database, tmp_path)
    sick, well = rich(town), rich(town)
    town.wired.catch_up()
    plant(town, sick, "foreign bytes")
    town.wired.catch_up()
    lene, jobcentre = town.actor("lene"), town.partner("jobcentre")
    town.later()
    match again:
        case "ceiling":
            commands.adopt_ceiling(town.hub, lene, jobcentre, frozenset({"wishes", "contact", "work"}))
        case "suspend":
            commands.suspend_partner(town.hub, lene, jobcentre, "a pause")
            town.later()
            town.wired.catch_up()
            commands.resume_partner(town.hub, lene, jobcentre)
        case "consent":
            town.consent(sick, "jobcentre", "wishes", "contact", window=WIDE)
        case "rebuild":
            rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
    town.wired.catch_up()
    address = database.conninfo
    shown = {row[1] for row in checking.rows(address, "partner_view")}
    assert {well} == shown
    assert [] == checking.wrong_with_log(address)


def test_poison_and_a_sweep_in_one_batch_are_as_in_two(database: Database, tmp_path: Path) -> None:
    """However records come in batches, a parked citizen's rows end the same, and so does what partners were told."""
    town = settle(database, tmp_path)
    sick = rich(town)
    town.later()
    commands.suspend_partner(town.hub, town.actor("lene"), town.partner("jobcentre"), "a pause")
    plant(town, sick, "foreign bytes")
    town.later()
    commands.resume_partner(town.hub, town.actor("lene"), town.partner("jobcentre"))
    told = []
    for limit in (1, 4_000):
        view: View = town.wired.view("partner_view")
        schema = new_generation(database, view, 6, live=False)
        last = checking.ask(database.conninfo, "SELECT coalesce(max(id), 0) FROM partner_log")[0][0]
        with town.wired.source() as source:
            runner = Runner(database, source, view, town.wired.store.sealer, schema=schema)
            whole(runner, limit)
        assert [] == checking.rows(database.conninfo, "partner_view", schema)
        told.append(checking.told(database.conninfo, last))
    assert told[0]
    assert told[0] == told[1]


def test_a_partner_event_that_does_not_open_stops_everybody(database: Database, tmp_path: Path) -> None:
    """What everybody depends on is never skipped: the consumer stops before it, says so, and stays there."""
    town = settle(database, tmp_path)
    rich(town)
    town.wired.catch_up()
    before = checking.everything(database.conninfo)
    town.later()
    commands.suspend_partner(town.hub, town.actor("lene"), town.partner("jobcentre"), "a pause")
    head = Log(database).head()[0]
    whole = checking.ask(database.conninfo, "SELECT value FROM events WHERE position = %s", head)[0][0]
    checking.do(database.conninfo, "UPDATE events SET value = 'x' WHERE position = %s", head)
    with running(town, "partner_view") as runner:
        for _ in range(3):
            with pytest.raises(Unreadable, match="Partner event"):
                runner.step()
        assert before == checking.everything(database.conninfo)
        checking.do(database.conninfo, "UPDATE events SET value = %s WHERE position = %s", whole, head)
        runner.catch_up()
    assert [] == [
        row for row in checking.rows(database.conninfo, "partner_view") if row[0] == town.partner("jobcentre")
    ]


# ------------------------------------------------------------------------------------------------- rebuild


@pytest.mark.parametrize("view", VIEWS)
def test_a_rebuild_beside_the_live_one_loses_and_doubles_nothing(
    database: Database, tmp_path: Path, view: str
) -> None:
    """Built beside the live one while commands go on and it is read: after the switch all is there, once."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, 6)
    everybody.live(20)
    town.wired.catch_up()
    stop = threading.Event()
    with running(town, view) as runner:
        writing = threading.Thread(
            target=lambda: [everybody.live(1) for _ in iter(lambda: stop.wait(0.02), True)]
        )
        following = threading.Thread(target=lambda: runner.run(stop.is_set, 0.02))
        writing.start()
        following.start()
        try:
            done = [
                rebuild(database, town.wired.building(view), town.wired.store.sealer, 6) for _ in range(3)
            ]
        finally:
            stop.set()
            writing.join()
            following.join()
    assert [f"{view}_2", f"{view}_3", f"{view}_4"] == [each.schema for each in done]
    address = database.conninfo
    assert [(f"{view}_4", True)] == checking.ask(
        address, "SELECT schema_name, live FROM generations WHERE view = %s", view
    )
    assert [] == checking.ask(
        address, "SELECT 1 FROM pg_namespace WHERE nspname = ANY(%s)", [f"{view}_{n}" for n in (1, 2, 3)]
    )
    town.wired.catch_up()
    all_as_built_anew(town)


def test_who_waited_for_the_switch_writes_nothing_into_the_old_one(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A consumer that was about to write when the switch came rolls back, so partners are told nothing twice."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, 7)
    town.wired.catch_up()
    with running(town, "partner_view") as runner:
        runner.assign()
        stepping = threading.Thread(target=lambda: outcomes.append(tried(runner)))
        outcomes: list[str] = []
        whole_difference, whole_drop = rebuilding.switch_difference, rebuilding._drop

        def difference(*args: object, **kwargs: object) -> object:
            town.hope(everybody.citizens[0], "citizen", "Midt i det", "wishes")
            stepping.start()
            stepping.join(0.3)
            assert stepping.is_alive(), "it waits for the checkpoints"
            return whole_difference(*args, **kwargs)  # type: ignore[arg-type]

        def drop(*args: object) -> None:
            stepping.join()
            whole_drop(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(rebuilding, "switch_difference", difference)
        monkeypatch.setattr(rebuilding, "_drop", drop)
        rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
        runner.catch_up()
    assert ["Conflict"] == outcomes
    assert [] == checking.wrong_with_log(database.conninfo)
    town.wired.catch_up()
    all_as_built_anew(town)


def tried(runner: Runner) -> str:
    """What came of one step."""
    try:
        runner.step()
    except HubError as error:
        return type(error).__name__
    return "done"


def test_a_switch_tells_partners_only_the_difference(database: Database, tmp_path: Path) -> None:
    """After a rebuild partners are told of rows gained, lost and changed, and of nothing else."""
    town = settle(database, tmp_path)
    Everybody(town, 8).live(30)
    town.wired.catch_up()
    address = database.conninfo
    table = f"{checking.live(address, 'partner_view')}.partner_view"
    ids = [
        row[0]
        for row in checking.ask(address, f"SELECT disclosure_id FROM {table} ORDER BY random() LIMIT 3")
    ]
    checking.do(address, f"DELETE FROM {table} WHERE disclosure_id = %s", ids[0])
    checking.do(address, f"UPDATE {table} SET digest = 'x' WHERE disclosure_id = %s", ids[1])
    checking.do(
        address,
        f"INSERT INTO {table} SELECT partner_id, citizen_id, 999999, event_id, %s, partition, purposes, valid_until,"
        f" digest, sealed, texts, text_events FROM {table} WHERE disclosure_id = %s",
        planted := uuid4(),
        ids[2],
    )
    last = checking.ask(address, "SELECT max(id) FROM partner_log")[0][0]
    done = rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
    assert {ids[0]: ["upsert"], ids[1]: ["upsert"], planted: ["delete"]} == {
        disclosure: [operation for operation, _ in lines]
        for disclosure, lines in checking.told(address, last).items()
    }
    assert (1, 1, 1) == tuple(map(sum, zip(*done.difference.values(), strict=True)))


def test_a_rebuild_that_was_killed_leaves_the_live_one(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild that ends before the switch changes nothing for readers; the next one clears it away."""
    town = settle(database, tmp_path)
    Everybody(town, 9).live(10)
    town.wired.catch_up()
    address = database.conninfo
    before = {view: checking.rows(address, view) for view in VIEWS}

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rebuilding, "switch_difference", die)
        rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
    assert [(2,)] == checking.ask(address, "SELECT count(*) FROM generations WHERE view = 'partner_view'")
    assert before == {view: checking.rows(address, view) for view in VIEWS}
    rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
    assert [(1,)] == checking.ask(address, "SELECT count(*) FROM generations WHERE view = 'partner_view'")
    assert before == {view: checking.rows(address, view) for view in VIEWS}


# -------------------------------------------------------------------------------- what is served, and when


RESTRICTING: dict[str, Callable[[Town, UUID, UUID], object]] = {
    "withdraw": lambda town, citizen, consent: commands.withdraw_consent(town.hub, CITIZEN, citizen, consent),
    "narrow": lambda town, citizen, consent: commands.narrow_consent(
        town.hub, CITIZEN, citizen, consent, categories=frozenset({"work"})
    ),
    "block": lambda town, citizen, _: commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"wishes"})
    ),
    "suspend": lambda town, *_: commands.suspend_partner(
        town.hub, town.actor("lene"), town.partner("jobcentre"), "a breach"
    ),
    "ceiling": lambda town, *_: commands.adopt_ceiling(
        town.hub, town.actor("lene"), town.partner("jobcentre"), frozenset({"work"})
    ),
    "death": lambda town, citizen, _: commands.record_death(town.hub, town.actor("lene"), citizen),
}


def wishes_of(town: Town, citizen: UUID) -> tuple[int, int]:
    """The hopes a jobcentre is served of a citizen, and the rows of the same that are stored."""
    jobcentre = town.partner("jobcentre")
    served = town.wired.partner_views.rows(jobcentre, citizen, town.clock())
    counts = town.wired.partner_views.counts(town.clock(), citizen)
    assert len(served) == counts.get(jobcentre, (0, 0))[0]
    hopes = {item.position for item, _ in town.hub.items(citizen) if item.event == "citizen.hope_told"}
    stored = [
        row
        for row in checking.rows(town.database.conninfo, "partner_view")
        if row[:2] == (jobcentre, citizen) and row[2] in hopes
    ]
    return sum(row.position in hopes for row in served), len(stored)


@pytest.mark.parametrize("what", RESTRICTING)
def test_a_restricted_row_is_absent_before_it_is_handled(
    database: Database, tmp_path: Path, what: str
) -> None:
    """A row that something newer restricts is served to nobody, though it is still stored; then it is gone."""
    town = settle(database, tmp_path)
    citizen, other = town.enrol(), town.enrol()
    for each in (citizen, other):
        town.task(each, "ann")
        consent = town.consent(each, "jobcentre", "wishes", "work", window=WIDE)
        town.hope(each, "citizen", "En hund", "wishes")
    consent = UUID(str(checking.ask(
        database.conninfo, "SELECT body ->> 'grant' FROM statements WHERE kind = 'grant' AND citizen_id = %s", citizen
    )[0][0]))  # fmt: skip
    town.wired.catch_up()
    assert (1, 1) == wishes_of(town, citizen)
    town.later()
    RESTRICTING[what](town, citizen, consent)
    everybody = what in ("suspend", "ceiling")
    assert (0, 1) == wishes_of(town, citizen)
    assert (0 if everybody else 1, 1) == wishes_of(town, other)
    town.wired.catch_up()
    assert (0, 0) == wishes_of(town, citizen)
    assert ((0, 0) if everybody else (1, 1)) == wishes_of(town, other)


def test_what_restricts_another_partner_takes_nothing_away(database: Database, tmp_path: Path) -> None:
    """A restriction on one partner leaves another's rows where they are, handled or not."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "wishes", "work", window=WIDE)
    town.consent(citizen, "social_psychiatry", "wishes", "work", window=WIDE)
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    town.later()
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("social_psychiatry"))
    commands.suspend_partner(town.hub, town.actor("lene"), town.partner("addiction_treatment"), "a breach")
    assert (1, 1) == wishes_of(town, citizen)
    town.wired.catch_up()
    assert (1, 1) == wishes_of(town, citizen)


def test_a_permission_ends_at_its_time(database: Database, tmp_path: Path) -> None:
    """Once its `valid_until` has passed a row is served to nobody, though nothing was recorded; then it goes."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    town.task(citizen, "ann")
    until = town.clock() + timedelta(days=1)
    town.consent(citizen, "jobcentre", "wishes", until=until, window=WIDE)
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    town.later(seconds=(until - town.clock()).total_seconds() - 1)
    assert (1, 1) == wishes_of(town, citizen)
    town.later()
    assert (0, 1) == wishes_of(town, citizen)
    commands.expire_consents(town.hub, citizen)
    town.wired.catch_up()
    assert (0, 0) == wishes_of(town, citizen)


def test_a_partner_that_changes_sweeps_every_citizen(database: Database, tmp_path: Path) -> None:
    """A lower ceiling and a suspension take the rows of all citizens in all partitions; resuming brings them back."""
    town = settle(database, tmp_path)
    citizens, hopes = [town.enrol(name="") for _ in range(24)], set()
    for citizen in citizens:
        town.task(citizen, "ann")
        town.consent(citizen, "jobcentre", "wishes", window=WIDE)
        hopes.add(town.hope(citizen, "citizen", "En hund", "wishes").position)
    assert 6 == len({partition_of(str(citizen).encode(), 6) for citizen in citizens})
    lene, jobcentre = town.actor("lene"), town.partner("jobcentre")

    def after(do: Callable[[], object]) -> int:
        town.later()
        do()
        town.wired.catch_up()
        assert [] == checking.wrong_with_log(database.conninfo)
        stored = [row for row in checking.rows(database.conninfo, "partner_view") if row[2] in hopes]
        served = town.wired.partner_views.counts(town.clock())
        assert served.get(jobcentre, (0, 0))[1] in (0, len(citizens))
        assert {row[0] for row in stored} <= {jobcentre}
        return len(stored)

    assert 24 == after(lambda: None)
    assert 0 == after(lambda: commands.suspend_partner(town.hub, lene, jobcentre, "a breach"))
    assert 24 == after(lambda: commands.resume_partner(town.hub, lene, jobcentre))
    assert 0 == after(lambda: commands.adopt_ceiling(town.hub, lene, jobcentre, frozenset({"work"})))
    assert 24 == after(lambda: commands.adopt_ceiling(town.hub, lene, jobcentre, frozenset({"wishes"})))
    all_as_built_anew(town)


def wrong_statements(town: Town) -> list[object]:
    """Where the table of statements is not what the events of the log say."""
    said = []
    records = Log(town.database).after(0, 100_000)
    for record, opened in zip(records, town.wired.store.sealer.open_all(records), strict=True):
        assert isinstance(opened, Opened)
        for ordinal, s in enumerate(
            statements_of(opened.schema.event, opened.body, opened.originator_id, opened.version)
        ):
            at = opened.body["act"]["recorded_at"]
            said.append(
                (record.position, ordinal, record.citizen, s.partner, s.kind, s.restricts, s.body, at)
            )
    table = checking.ask(
        town.database.conninfo,
        "SELECT position, ordinal, citizen_id, partner_id, kind, restricts, body,"
        " (extract(epoch FROM recorded_at) * 1000000)::bigint FROM statements ORDER BY 1, 2",
    )
    assert len(table) > 20
    return [*(row for row in table if row not in said), *(row for row in said if row not in table)]


def test_the_statements_are_what_the_events_say(database: Database, tmp_path: Path) -> None:
    """The table of statements equals the fold of the events; one altered row is found."""
    town = settle(database, tmp_path)
    Everybody(town, 10).live(80)
    assert [] == wrong_statements(town)
    for change in (
        "UPDATE statements SET restricts = NOT restricts WHERE position = 12",
        "UPDATE statements SET body = '{}' WHERE position = (SELECT min(position) FROM statements)",
        "DELETE FROM statements WHERE position = (SELECT max(position) FROM statements)",
    ):
        before = len(wrong_statements(town))
        assert 1 == checking.do(database.conninfo, change)
        assert len(wrong_statements(town)) > before
    print("control: caught")


def test_each_partner_knows_a_citizen_by_a_reference_of_its_own(database: Database, tmp_path: Path) -> None:
    """References are random, different for every partner and citizen, made once, and kept over a rebuild."""
    town = settle(database, tmp_path)
    citizens = [rich(town) for _ in range(3)]
    town.wired.catch_up()
    query = "SELECT partner_id, citizen_id, reference FROM vault_references ORDER BY 1, 2"
    kept = checking.ask(database.conninfo, query)
    shown = {row[:2] for row in checking.rows(database.conninfo, "partner_view")}
    assert shown == {row[:2] for row in kept}
    references = {row[2] for row in kept}
    assert len(kept) == len(references) >= 9
    assert {4} == {reference.version for reference in references}, "random"
    assert not references & {*citizens, *town.partners.values()}
    disclosures = checking.ask(
        database.conninfo,
        f"SELECT event_id, disclosure_id FROM {checking.live(database.conninfo, 'partner_view')}.partner_view",
    )
    assert len(disclosures) == len({row[1] for row in disclosures}), "different for every partner"
    assert len({row[0] for row in disclosures}) < len(disclosures)
    rebuild(database, town.wired.building("partner_view"), town.wired.store.sealer, 6)
    town.hope(citizens[0], "citizen", "Nyt", "wishes")
    town.wired.catch_up()
    assert kept == checking.ask(database.conninfo, query)
    assert not references & {row[1] for row in disclosures}


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_partner_view_is_what_the_decision_says(database: Database, tmp_path: Path, seed: int) -> None:
    """At the end of a lived history each partner's rows are exactly those that the decision permits."""
    town = settle(database, tmp_path)
    everybody = Everybody(town, seed)
    everybody.live(60)
    town.later(days=20)  # whatever runs out has run out
    for citizen in everybody.citizens:
        town.hope(citizen, "citizen", "Til sidst", "wishes")
    town.wired.catch_up()
    now = to_microseconds(town.clock())
    expected, served = set(), set()
    for citizen in everybody.citizens:
        state = town.hub.state(citizen)
        for partner in town.partners.values():
            viewer = state.viewer(partner, now)
            for item, _ in town.hub.items(citizen):
                disclosure = viewer.disclose(item)
                registered = viewer.facts.purposes if viewer.facts else 0
                if disclosure is not None and disclosure.purposes & registered:
                    expected.add((partner, citizen, item.position, disclosure.purposes & registered))
            for row in town.wired.partner_views.rows(partner, citizen, town.clock()):
                served.add((partner, citizen, row.position, row.purposes))
    assert expected == served
    assert len(served) > 30
    all_as_built_anew(town)
