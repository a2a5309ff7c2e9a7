"""A withdrawal is measured, stage by stage, by what the relay, the consumers and PostgreSQL wrote down."""

import dataclasses
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.application import commands
from hub.bootstrap import VIEWS
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.reader import read_all
from hub.postgres import Database
from hub.projections.base import checkpoints, live_generation
from hub.relay.measure import STAGES, Closing, Measured, Reached, closings, measure, percentile, summed
from hub.relay.progress import answers, lag, relay_progress, workers
from hub.relay.relay import Relay
from hub.relay.ticks import Ticks
from tests.building import CITIZEN, Town, rich, settle

QUICK = {
    "partner": {
        "segment.ms": "500",
        "max.compaction.lag.ms": "500",
        "min.cleanable.dirty.ratio": "0.001",
        "file.delete.delay.ms": "500",
    }
}
PATIENCE = 90.0


def ask(database: Database, query: str, *terms: object) -> Any:
    """The first column of the first row, past the hub."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        row = connection.execute(query, terms).fetchone()  # type: ignore[call-overload]
    return row and row[0]


def do(database: Database, statement: str, *terms: object) -> int:
    """Change something past the hub; how many rows it was."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        return connection.execute(statement, terms).rowcount  # type: ignore[call-overload]


def now(town: Town) -> None:
    """Set the town's clock to the machine's, so that times can be compared."""
    town.clock._now = datetime.now(UTC)


def project(town: Town) -> None:
    """Bring every read model in step."""
    for view in VIEWS:
        town.run(view)


def withdraw(town: Town, citizen: UUID, partner: str = "jobcentre") -> int:
    """The citizen takes a partner's consents back, now; the position of it."""
    now(town)
    return commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partners[partner]).position


def only(database: Database) -> Closing:
    """The one withdrawal there is."""
    (found,) = closings(database, withdrawals=True)
    return found


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """A town on Kafka; two partners have a topic, whose segments are short."""
    made = settle(database, tmp_path)
    made.wired = dataclasses.replace(made.wired, cluster=lambda: cluster)
    theirs = [made.partners[name] for name in ("jobcentre", "social_psychiatry")]
    with Admin(cluster) as admin:
        admin.apply(partitions=6, partners=theirs, changed=QUICK)
    for partner in theirs:
        do(
            database,
            "INSERT INTO partner_topics (partner_id, opened_at) VALUES (%s, %s)",
            partner,
            made.clock(),
        )
    return made


@contextmanager
def published(town: Town) -> Iterator[Relay]:
    """A relay that has carried everything, and read models in step."""
    with town.wired.relay() as relay:
        relay.catch_up()
        project(town)
        relay.catch_up()
        yield relay


# ------------------------------------------------------------------------------------------- stage by stage


def test_a_withdrawal_goes_through_every_stage_once_and_in_order(
    town: Town, database: Database, cluster: Cluster
) -> None:
    """Each stage appears when it is reached and not before, later than the one before it, as raw SQL says it."""
    citizen = rich(town, 5)
    with published(town) as relay:
        at = withdraw(town, citizen)
        assert {"refused", "gone"} == set(only(database).stages)
        assert only(database).stages["gone"].after is None

        relay.catch_up()
        project(town)
        found = only(database).stages
        assert found["gone"].after is not None
        assert found["tombstone"].after is found["notice"].after is found["cleared"].after is None
        assert (found["tombstone"].waiting or 0) > 0

        relay.catch_up()
        found = only(database).stages
        assert found["notice"].after is not None
        assert found["confirmed"].after is None
        assert 1 == do(database, "UPDATE partner_notices SET confirmed_at = clock_timestamp()")
        until_cleared(town, relay, database, cluster)

    (one,) = closings(database, withdrawals=True)
    assert at == one.position
    assert list(STAGES) == list(one.stages)
    times = [one.stages[name].after for name in STAGES]
    assert times == sorted(times, key=lambda each: each or 0)
    assert raw(database, at) == pytest.approx(times, abs=0.01)


def until_cleared(town: Town, relay: Relay, database: Database, cluster: Cluster) -> None:
    """Let the relay tick until the broker has let go of the bytes."""
    ticks = Ticks(database, cluster, town.wired.store.sealer.schemas)
    deadline = time.monotonic() + PATIENCE
    while ask(database, "SELECT count(*) FROM partner_clearing WHERE cleared_at IS NULL"):
        assert time.monotonic() < deadline
        relay.step()
        ticks.clear()
        time.sleep(0.2)


def raw(database: Database, at: int) -> list[float]:
    """The stages of a withdrawal with one tombstone batch and one notice, as plain queries say them."""
    begin = ask(database, "SELECT recorded_at FROM statements WHERE position = %s AND kind = 'ended'", at)
    last = ask(
        database, "SELECT max(number) FROM partner_log WHERE position = %s AND operation = 'delete'", at
    )
    notice = ask(database, "SELECT max(number) FROM partner_log WHERE operation = 'notice'")
    sent = "SELECT min(at) FROM relay_batches WHERE source = 'partners' AND upto >= %s"
    moments = [
        ask(database, "SELECT in_force_at FROM statements WHERE position = %s AND kind = 'ended'", at),
        ask(
            database, "SELECT max(made_at) FROM partner_log WHERE position = %s AND operation = 'delete'", at
        ),
        ask(database, sent, last),
        ask(database, sent, notice),
        ask(database, "SELECT max(confirmed_at) FROM partner_notices"),
        ask(database, "SELECT min(cleared_at) FROM partner_clearing WHERE number >= %s", last),
    ]
    return [(moment - begin).total_seconds() * 1000 for moment in moments]


def test_a_tombstone_that_was_not_sent_waits_and_is_not_fast(
    town: Town, database: Database, cluster: Cluster
) -> None:
    """Of two withdrawals one has its tombstone: the other is counted as waiting, and the target as missed."""
    first, second = rich(town, 3), rich(town, 3)
    with published(town) as relay:
        withdraw(town, first)
        relay.catch_up()
        project(town)
        relay.catch_up()
        topic = cluster.partner(town.partners["jobcentre"])
        sent = sum(1 for each in read_all(cluster, topic) if each.value is None)
        assert sent > 0

        withdraw(town, second)
        relay._events()
        project(town)

        assert sent == sum(1 for each in read_all(cluster, topic) if each.value is None)
    time.sleep(1.1)
    found = {stage.name: stage for stage in measure(database, withdrawals=True).stages}
    assert (2, 0) == (len(found["gone"].values), found["gone"].waiting)
    assert (1, 1) == (len(found["tombstone"].values), found["tombstone"].waiting)
    assert (1, 1) == (len(found["notice"].values), found["notice"].waiting)
    assert (found["tombstone"].oldest or 0) > 1000
    assert False is found["tombstone"].within
    assert False is found["notice"].within


def test_a_batch_that_noted_no_tombstone_has_sent_none(town: Town, database: Database) -> None:
    """Where the relay went past a partner's lines and noted no tombstone of them, the stage is not reached."""
    citizen = rich(town, 3)
    with published(town) as relay:
        withdraw(town, citizen)
        relay.catch_up()
        project(town)
        relay.catch_up()
    assert only(database).stages["tombstone"].after is not None

    assert do(database, "DELETE FROM partner_clearing") > 0

    stages = only(database).stages
    assert stages["tombstone"].after is stages["cleared"].after is None
    assert (stages["tombstone"].waiting or 0) > 0


def test_two_partners_are_both_awaited(town: Town, database: Database) -> None:
    """A death takes rows from two partners with topics: the stage is reached when the later of them is."""
    citizen = rich(town, 3)
    with published(town) as relay:
        now(town)
        commands.record_death(town.hub, town.actor("lene"), citizen)
        relay.catch_up()
        project(town)
        relay.catch_up()

        found = [one for one in closings(database, withdrawals=False) if "tombstone" in one.stages]
        assert found
        assert 2 == ask(
            database,
            "SELECT count(DISTINCT partner_id) FROM partner_log WHERE operation = 'delete' AND position = %s"
            " AND partner_id IN (SELECT partner_id FROM partner_topics)",
            found[0].position,
        )
        assert found[0].stages["tombstone"].after is not None
        job = town.partners["jobcentre"]
        assert do(database, "DELETE FROM partner_clearing WHERE partner_id = %s", job) > 0
        again = next(o for o in closings(database, withdrawals=False) if o.position == found[0].position)
        assert again.stages["tombstone"].after is None
    assert 0 == measure(database, withdrawals=True).count


# --------------------------------------------------------------------------------------------- without Kafka


def test_without_kafka_the_stages_end_when_the_row_is_gone(database: Database, tmp_path: Path) -> None:
    """With the embedded log there is a time for refusal and one for the row, and no figure at all for the others."""
    town = settle(database, tmp_path)
    citizen = rich(town, 3)
    town.wired.catch_up()
    withdraw(town, citizen)
    town.wired.catch_up()

    found = {stage.name: stage for stage in measure(database, withdrawals=True).stages}

    assert [1, 1, 0, 0, 0, 0] == [len(found[name].values) for name in STAGES]
    assert {(0, None, None)} == {(found[n].waiting, found[n].p99, found[n].within) for n in STAGES[2:]}
    assert True is found["gone"].within


def test_what_ran_out_or_took_nothing_is_no_measure_of_withdrawals(
    database: Database, tmp_path: Path
) -> None:
    """A consent that expired is no withdrawal; one that opened nothing counts, without further stages."""
    town = settle(database, tmp_path)
    citizen, other = rich(town, 2), rich(town, 0)
    town.consent(citizen, "addiction_treatment", "wishes", until=town.clock() + timedelta(hours=1))
    town.later(days=1)
    commands.expire_consents(town.hub, citizen)
    withdraw(town, other)
    town.wired.catch_up()

    every = closings(database, withdrawals=False)
    assert 2 == ask(database, "SELECT count(*) FROM statements WHERE kind = 'ended'")
    assert len(every) == ask(database, "SELECT count(*) FROM statements WHERE restricts")
    measured = measure(database, withdrawals=True)
    assert (1, 1) == (measured.count, measured.apart)
    assert 0 == measure(database, withdrawals=True, since=datetime.now(UTC) + timedelta(hours=1)).count


def test_the_figures_are_the_databases_own(database: Database, tmp_path: Path) -> None:
    """Median and percentiles over many withdrawals equal those that PostgreSQL works out from the same rows."""
    town = settle(database, tmp_path)
    citizens = [rich(town, 1) for _ in range(12)]
    town.wired.catch_up()
    for citizen in citizens:
        withdraw(town, citizen)
    town.wired.catch_up()
    with psycopg.connect(database.conninfo) as connection:
        row = connection.execute(
            "SELECT percentile_disc(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY ms) FROM ("
            " SELECT extract(epoch FROM max(l.made_at) - s.recorded_at)::float * 1000 AS ms"
            " FROM statements AS s JOIN partner_log AS l USING (position)"
            " WHERE s.kind = 'ended' AND l.operation = 'delete' GROUP BY s.position, s.recorded_at) AS x"
        ).fetchone()

    gone = next(stage for stage in measure(database, withdrawals=True).stages if stage.name == "gone")

    assert row
    assert 12 == len(gone.values)
    assert row[0] == pytest.approx([gone.median, gone.p95, gone.p99, gone.most], abs=0.01)


def test_what_another_clock_recorded_is_counted_and_not_measured(database: Database, tmp_path: Path) -> None:
    """A withdrawal recorded by the clock of a year that was played is no figure, and does not miss the target."""
    town = settle(database, tmp_path)
    citizen = rich(town, 1)
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partners["jobcentre"])

    measured = measure(database, withdrawals=True)

    assert (0, 1) == (measured.count, measured.elsewhen)
    assert measured.stages[0].within is None


def test_an_application_whose_clock_is_ahead_is_told(database: Database, tmp_path: Path) -> None:
    """A statement in force before it was recorded is counted as a matter of clocks, and its time is not hidden."""
    town = settle(database, tmp_path)
    citizen = rich(town, 1)
    town.clock._now = datetime.now(UTC) + timedelta(minutes=5)
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partners["jobcentre"])

    measured = measure(database, withdrawals=True)

    assert 1 == measured.backwards
    assert (measured.stages[0].most or 0) < -200_000


def test_what_waits_long_misses_the_target_and_what_waits_briefly_is_not_judged() -> None:
    """Of a hundred, one that waits beyond the target is as slow as it is old; one that has just begun is left out."""
    quick = [Closing(n, {"refused": Reached(1.0), "tombstone": Reached(20.0)}) for n in range(98)]

    def of(*waiting: float) -> Measured:
        late = [
            Closing(n, {"refused": Reached(1.0), "tombstone": Reached(None, w)})
            for n, w in enumerate(waiting)
        ]
        return summed([*quick, *late])

    assert [True, True, False] == [of(*waits).stages[2].within for waits in ((), (900.0,), (2e6, 3e6))]
    assert 3e6 == of(2e6, 3e6).stages[2].oldest
    assert 20.0 == of(2e6, 3e6).stages[2].most
    assert None is percentile([], 0.5)


# -------------------------------------------------------------------------------------------------------- lag


def test_an_idle_partition_is_not_behind(town: Town, database: Database) -> None:
    """With Kafka a consumer's lag is what its partitions still hold for it, whatever the head of the log."""
    rich(town, 1)

    def behind() -> tuple[int, int]:
        with database.connection() as connection:
            known = checkpoints(connection, live_generation(connection, "timeline"))
            head = town.hub.log.head()[0]
            return lag(connection, known, head), head - min(known.values())

    assert behind()[0] == behind()[1] == town.hub.log.head()[0]
    with published(town) as relay:
        citizen = town.enrol()
        for number in range(7):
            town.hope(citizen, "citizen", f"Håb {number}", "wishes")
        relay.catch_up()
        assert 8 == behind()[0]
        town.run("timeline")
        exact, naive = behind()
        assert 0 == exact
        assert naive > 0
        town.hope(citizen, "citizen", "Ikke relayeret endnu", "wishes")
        assert 1 == behind()[0]
        town.add_partner("gp", "gp", "treatment")
        assert 3 == behind()[0]


def test_the_relay_tells_how_far_it_is(town: Town, database: Database) -> None:
    """What was sent, what is numbered and not sent, and what has no number yet are told apart; so are workers."""
    citizen = rich(town, 3)

    def told() -> Any:
        with database.connection() as connection:
            return relay_progress(connection)

    assert (None, None, False) == (told().position, told().sent_at, told().running)
    with published(town) as relay:
        assert town.hub.log.head()[0] == told().position
        assert (True, 0, 0) == (told().running, told().lines, told().unnumbered)
        withdraw(town, citizen)
        relay._events()
        project(town)
        assert (0, True) == (told().lines, told().unnumbered > 0)
        relay._publication.number(1000)
        assert (True, 0) == (told().lines > 0, told().unnumbered)
    assert not told().running
    with database.dedicated() as one, database.dedicated() as two, database.connection() as asking:
        for each in (one, two):
            each.execute("SELECT pg_advisory_lock_shared(hashtextextended('consumer timeline', 0))")
        assert 2 == workers(asking, "consumer timeline")


def test_a_broker_is_asked_no_more_than_whether_it_is_there(cluster: Cluster) -> None:
    """A port that answers is found among addresses that do not; nobody there is said so within seconds."""
    begun = time.monotonic()

    assert answers(f"127.0.0.1:1,{cluster.bootstrap}")
    assert answers(f"SASL_PLAINTEXT://{cluster.bootstrap}")
    assert not answers("127.0.0.1:1")
    assert not answers("no address at all:x")
    with socket.socket() as deaf, socket.socket() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting.connect(deaf.getsockname())  # whoever comes now is neither let in nor sent away
        assert not answers(f"127.0.0.1:{deaf.getsockname()[1]},[::1]:1", 1.0)
    assert time.monotonic() - begun < 5
