"""An organisation's own statement reaches its citizens some at a time: others go on, nothing withheld is shown."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Act, Text
from hub.application import commands
from hub.application.hub import Work
from hub.cli.status_show import _show_sweep, bar
from hub.consumers import runner as running
from hub.consumers.rebuild import rebuild
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.errors import Conflict, Unreadable
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import live_generation, new_generation
from hub.relay import progress
from hub.relay.measure import closings
from tests import checking, kafka
from tests.building import CITIZEN, WIDE, Town, settle

SLICE: Final = 20
VIEW: Final = "partner_view"
ROWS: Final = 2
"""What the jobcentre sees of each citizen: the consent to it, and the hope."""
BASIS: Final = "retssikkerhedsloven-11a"
PENDING: Final = (
    "SELECT reached, done, total, since FROM sweeps WHERE schema_name = %s ORDER BY 1 NULLS FIRST"
)


def crowd(town: Town, many: int) -> list[UUID]:
    """So many citizens who let the jobcentre know a hope each, in order of id."""
    citizens = [town.enrol(name="") for _ in range(many)]
    for citizen in citizens:
        town.consent(citizen, "jobcentre", "wishes", window=WIDE)
        town.hope(citizen, "citizen", "En hund", "wishes")
    return sorted(citizens)


def suspend(town: Town) -> int:
    """The jobcentre pauses; the position of that."""
    town.later()
    return commands.suspend_partner(
        town.hub, town.actor("lene"), town.partner("jobcentre"), "a pause"
    ).position


def resume(town: Town) -> int:
    """The jobcentre is back; the position of that."""
    town.later()
    return commands.resume_partner(town.hub, town.actor("lene"), town.partner("jobcentre")).position


def confirm(town: Town) -> int:
    """The jobcentre's own lawyer confirms a legal basis, which opens and never closes; the position of that."""
    lene, jobcentre = town.actor("lene"), town.partner("jobcentre")
    return commands.confirm_legal_basis(town.hub, lene, jobcentre, BASIS).position


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> int:
    """Twenty citizens at a time."""
    monkeypatch.setattr(running, "SLICE", SLICE)
    return SLICE


@contextmanager
def consumer(town: Town) -> Iterator[Runner]:
    """A consumer of the live partner view."""
    with town.wired.source() as source:
        yield Runner(town.database, source, town.wired.view(VIEW), town.wired.store.sealer)


def pending(town: Town, schema: str | None = None) -> checking.Rows:
    """The sweeps that are not done."""
    address = town.database.conninfo
    return checking.ask(address, PENDING, schema or checking.live(address, VIEW))


def served(town: Town, citizen: UUID, partner: str = "jobcentre") -> int:
    """How many rows of a citizen a partner is served; the count says the same."""
    rows = len(town.wired.partner_views.rows(town.partner(partner), citizen, town.clock()))
    counts = town.wired.partner_views.counts(town.clock(), citizen)
    assert rows == counts.get(town.partner(partner), (0, 0))[0]
    return rows


def stored(town: Town) -> dict[UUID, int]:
    """How many rows of each citizen are stored for the jobcentre."""
    rows = checking.rows(town.database.conninfo, VIEW)
    ours = sorted(row[1] for row in rows if row[0] == town.partner("jobcentre"))
    return {citizen: len(list(same)) for citizen, same in groupby(ours)}


def anew(town: Town) -> checking.Rows:
    """Where the live view is not one that is built from the start, by raw SQL."""
    address = town.database.conninfo
    done = new_generation(town.database, town.wired.building(VIEW), 6, live=False)
    with town.wired.source() as source:
        view = town.wired.building(VIEW)
        Runner(town.database, source, view, town.wired.store.sealer, schema=done).catch_up()
    assert [] == pending(town, done)
    found = checking.differences(address, VIEW, checking.live(address, VIEW), done)
    checking.do(address, "DELETE FROM generations WHERE schema_name = %s", done)
    checking.do(address, f"DROP SCHEMA {done} CASCADE")
    return found


def in_step(town: Town) -> None:
    """The view is as built anew, the log folded is the view, and nothing is left to sweep."""
    assert [] == pending(town)
    assert [] == anew(town)
    assert [] == checking.wrong_with_log(town.database.conninfo)


def by_disclosure(town: Town, last: int = 0) -> dict[UUID, list[tuple[str, int]]]:
    """What was told of each disclosure, in order."""
    return checking.told(town.database.conninfo, last)


# ------------------------------------------------------------------------------------- others are not stopped


def test_others_go_on_while_four_hundred_are_swept(database: Database, tmp_path: Path, slices: int) -> None:
    """Another citizen's event is seen by its partner before the sweep is done, which takes so many at a time."""
    town = settle(database, tmp_path)
    citizens, other = crowd(town, 400), town.enrol(name="")
    town.consent(other, "social_psychiatry", "wishes", window=WIDE)
    with consumer(town) as runner:
        runner.catch_up()
        before = served(town, other, "social_psychiatry")
        since = suspend(town)
        runner.step()
        assert 400 - slices == len(stored(town)), "the first of them, and no more"
        assert [(since, 400)] * 6 == [(row[3], row[2]) for row in pending(town)]
        seen, steps = [], 0
        while pending(town):
            town.hope(other, "citizen", "En hund til", "wishes")
            assert 1 == runner.step()
            steps += 1
            assert before + steps == served(town, other, "social_psychiatry")
            left = stored(town)
            assert set(left) == set(citizens[len(citizens) - len(left) :]), "in order of id"
            seen.append(len(left))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0
    assert steps >= 400 // slices - 1
    in_step(town)
    checking.do(
        database.conninfo, "UPDATE partner_view_1.partner_view SET digest = 'x' WHERE citizen_id = %s", other
    )
    assert len(anew(town)) > 0
    print("control: caught")


def test_progress_is_told_as_counts(
    database: Database, tmp_path: Path, slices: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """How far a sweep is can be asked: the organisation, how many of how many; and its bar is full only at the end."""
    town = settle(database, tmp_path)
    crowd(town, 50)
    with consumer(town) as runner:
        runner.catch_up()
        suspend(town)
        told = []
        for _ in range(4):
            runner.step()
            with database.connection() as connection:
                told.append(progress.sweeps(connection, live_generation(connection, VIEW)))
    jobcentre = town.partner("jobcentre")
    assert [{jobcentre: (20, 50)}, {jobcentre: (40, 50)}, {}, {}] == told
    _show_sweep({"name": "Jobcenter Prøve", "done": 20, "total": 50})
    assert f"{'█' * 8 + '░' * 12} Jobcenter Prøve er ændret: 20 af 50 borgere er gået\nigennem.\n" == (
        capsys.readouterr().out
    )
    assert ["░" * 20, "█" * 8 + "░" * 12, "█" * 19 + "░", "█" * 20] == [
        bar(done, 1_000) for done in (0, 400, 999, 1_000)
    ]


def test_a_closing_counts_as_done_when_all_its_rows_are_gone(
    database: Database, tmp_path: Path, slices: int
) -> None:
    """While its sweep is on its way a suspension waits for the rows to be gone, in what is measured."""
    town = settle(database, tmp_path)
    crowd(town, 30)
    with consumer(town) as runner:
        runner.catch_up()
        since = suspend(town)
        runner.step()
        waiting = closings(database, withdrawals=False)[0]
        runner.catch_up()
        done = closings(database, withdrawals=False)[0]
    assert since == waiting.position == done.position
    assert waiting.stages["gone"].after is None
    assert done.stages["gone"].after is not None


# ------------------------------------------------------------------------- withheld until the sweep has passed


def test_what_is_before_the_sweep_is_served_to_nobody(
    database: Database, tmp_path: Path, slices: int
) -> None:
    """While a suspension is swept, rows that are still stored are not served; without its mark they would be."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 60)
    with consumer(town) as runner:
        runner.catch_up()
        assert {ROWS} == set(stored(town).values())
        suspend(town)
        runner.step()
        assert 40 == len(stored(town))
        assert [0] * 60 == [served(town, citizen) for citizen in citizens]
        checking.do(database.conninfo, "UPDATE sweeps SET restricts = false")
        assert [0] * 20 + [ROWS] * 40 == [served(town, citizen) for citizen in citizens]
        print("control: caught")
        checking.do(database.conninfo, "UPDATE sweeps SET restricts = true")
        runner.catch_up()
    assert {} == stored(town)
    in_step(town)


def test_what_opens_withholds_nothing(database: Database, tmp_path: Path, slices: int) -> None:
    """What only opens reaches citizens one after another, and takes no row away from anybody meanwhile."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 60)
    with consumer(town) as runner:
        runner.catch_up()
        suspend(town)
        runner.catch_up()
        resume(town)
        runner.step()
        assert [ROWS] * 20 + [0] * 40 == [served(town, citizen) for citizen in citizens]
        runner.catch_up()
        town.later()
        confirm(town)
        runner.step()
        assert pending(town)
        assert [ROWS] * 60 == [served(town, citizen) for citizen in citizens]
        checking.do(database.conninfo, "UPDATE sweeps SET restricts = true")
        assert [ROWS] * 20 + [0] * 40 == [served(town, citizen) for citizen in citizens]
        print("control: caught")
        runner.catch_up()
    in_step(town)


def test_a_row_younger_than_the_statement_is_not_held_back(
    database: Database, tmp_path: Path, slices: int
) -> None:
    """What is recorded after a ceiling was lowered was decided with it, and is seen before its sweep has come by."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 60)
    with consumer(town) as runner:
        runner.catch_up()
        town.later()
        commands.adopt_ceiling(town.hub, town.actor("lene"), town.partner("jobcentre"), frozenset({"wishes"}))
        runner.step()
        last = citizens[-1]
        assert 0 == served(town, last), "it may be one that goes"
        young = town.hope(last, "citizen", "En kat", "wishes").position
        runner.step(limit=1)
        assert pending(town)
        rows = town.wired.partner_views.rows(town.partner("jobcentre"), last, town.clock())
        assert [young] == [row.position for row in rows]
        runner.catch_up()
        assert ROWS + 1 == served(town, last)
    in_step(town)


def test_what_is_before_the_sweep_is_not_published(
    database: Database, cluster: Cluster, tmp_path: Path, slices: int
) -> None:
    """Lines of citizens whom a sweep has before it wait, without a number, and go out once the sweep has passed."""
    town = kafka.on_kafka(settle(database, tmp_path), cluster, "jobcentre")
    crowd(town, 50)
    kafka.relayed(town)
    jobcentre = town.partner("jobcentre")
    with consumer(town) as runner:
        runner.catch_up()  # the lines are written, and not sent yet
        town.later()
        commands.adopt_ceiling(town.hub, town.actor("lene"), jobcentre, frozenset({"wishes"}))
        kafka.relayed(town)
        assert not kafka.folded(kafka.read(cluster, cluster.partner(jobcentre))), "the ceiling is not handled"
        while not pending(town):
            runner.step(0.1)
        kafka.relayed(town)
        there = kafka.folded(kafka.read(cluster, cluster.partner(jobcentre)))
        beyond = "SELECT count(*) FROM partner_log WHERE number IS NULL"
        assert 0 < len(there) < 50 * ROWS
        assert len(there) + checking.ask(database.conninfo, beyond)[0][0] == 50 * ROWS
        served_now = sum(count for count, _ in town.wired.partner_views.counts(town.clock()).values())
        assert len(there) <= served_now, "nothing is on the topic that is not served"
        runner.catch_up()
        kafka.relayed(town)
    assert [(0,)] == checking.ask(database.conninfo, beyond)
    assert [] == kafka.wrong_with_topic(database.conninfo, cluster, jobcentre)
    assert 50 * ROWS == len(kafka.folded(kafka.read(cluster, cluster.partner(jobcentre))))
    in_step(town)


# --------------------------------------------------------------------------- each citizen's own order is kept


def test_a_citizen_with_news_is_settled_first(database: Database, tmp_path: Path, slices: int) -> None:
    """An event on a citizen that the sweep has not reached: first what the sweep owes is told, then the event."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 60)
    with consumer(town) as runner:
        runner.catch_up()
        last = checking.ask(database.conninfo, "SELECT max(id) FROM partner_log")[0][0]
        since = suspend(town)
        runner.step()
        news = town.hope(citizens[-1], "citizen", "En kat", "wishes").position
        back = resume(town)
        runner.step(limit=1)
        runner.step(limit=1)
        assert pending(town)
        query = (
            "SELECT item, operation, position FROM partner_log WHERE id > %s AND citizen_id = %s ORDER BY id"
        )
        told = checking.ask(database.conninfo, query, last, citizens[-1])
        assert [("delete", since)] * ROWS == [row[1:] for row in told], "told with the news, at its own place"
        runner.catch_up()
        told = checking.ask(database.conninfo, query, last, citizens[-1])
        items = [told[0][0], told[1][0]]
        gone = [(item, "delete", since) for item in items]
        assert [*gone, *((item, "upsert", back) for item in (*items, news))] == told
    in_step(town)


@pytest.mark.parametrize("slice_", [1, 7, 400])
def test_what_is_told_of_a_disclosure_does_not_depend_on_the_slices(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slice_: int
) -> None:
    """With slices and batches of any size each disclosure has the same lines in the same order."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 30)
    suspend(town)
    town.hope(citizens[20], "citizen", "En kat", "wishes")
    resume(town)
    town.later()
    commands.adopt_ceiling(town.hub, town.actor("lene"), town.partner("jobcentre"), frozenset({"work"}))
    town.hope(citizens[25], "citizen", "En kat", "wishes")
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizens[3], partner=town.partner("jobcentre"))
    town.later()
    commands.adopt_ceiling(town.hub, town.actor("lene"), town.partner("jobcentre"))
    with consumer(town) as runner:
        runner.catch_up()
    first = by_disclosure(town)
    assert max(map(len, first.values())) >= 5
    monkeypatch.setattr(running, "SLICE", slice_)
    for limit in (1, 3, 50):
        last = checking.ask(database.conninfo, "SELECT max(id) FROM partner_log")[0][0]
        view = town.wired.view(VIEW)
        schema = new_generation(database, view, 6, live=False)
        with town.wired.source() as source:
            again = Runner(database, source, view, town.wired.store.sealer, schema=schema)
            again.assign()
            while not source.now()():
                again.step(limit=limit)
            again.catch_up()
        assert first == by_disclosure(town, last)
        assert [] == checking.differences(
            database.conninfo, VIEW, checking.live(database.conninfo, VIEW), schema
        )


def test_back_before_the_pause_was_through(database: Database, tmp_path: Path, slices: int) -> None:
    """Suspended and resumed while the first sweep is on its way: everything is back in the end, and in step."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 70)
    with consumer(town) as runner:
        runner.catch_up()
        first = suspend(town)
        runner.step()
        runner.step()
        assert 30 == len(stored(town))
        second = resume(town)
        runner.step()
        assert {first, second} == {row[3] for row in pending(town)}
        assert 70 - 20 == len(stored(town)), "it begins at the first citizen again"
        assert 20 * ROWS == sum(served(town, citizen) for citizen in citizens), (
            "the others wait for the first sweep"
        )
        runner.catch_up()
    assert [ROWS] * 70 == [served(town, citizen) for citizen in citizens]
    for lines in by_disclosure(town).values():
        assert [("delete", first), ("upsert", second)] == lines[1:]
    in_step(town)


def test_two_organisations_at_once(database: Database, tmp_path: Path, slices: int) -> None:
    """Two sweeps are done together, what closes first; a third organisation's rows stay as they are."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 30)
    for citizen in citizens:
        town.consent(citizen, "social_psychiatry", "wishes", window=WIDE)
    with consumer(town) as runner:
        runner.catch_up()
        town.later()
        lene, other = town.actor("lene"), town.partner("social_psychiatry")
        commands.adopt_ceiling(town.hub, lene, other, frozenset({"work"}))
        suspend(town)
        runner.catch_up()
    assert {} == stored(town)
    assert [1] * 30 == [served(town, citizen, "social_psychiatry") for citizen in citizens], (
        "the consent alone"
    )
    in_step(town)


# ------------------------------------------------------------------------------- restarts, zombies, rebuilds


def test_two_restarts_go_on_where_it_was(database: Database, tmp_path: Path, slices: int) -> None:
    """A consumer that begins anew goes on behind the last citizen, and decides nobody a second time."""
    town = settle(database, tmp_path)
    crowd(town, 90)
    with consumer(town) as runner:
        runner.catch_up()
        since = suspend(town)
        runner.step()
    done = [pending(town)[0][1]]
    for _ in range(2):
        with consumer(town) as runner:
            runner.step()
        done.append(pending(town)[0][1])
    assert [20, 40, 60] == done
    with consumer(town) as runner:
        assert 0 == runner.catch_up()
    assert {("delete", since)} == {lines[-1] for lines in by_disclosure(town).values()}
    in_step(town)


def test_a_zombie_sweeps_nothing(database: Database, tmp_path: Path, slices: int) -> None:
    """Of two consumers the one that was overtaken decides no citizen; two at the same place never decide one twice."""
    town = settle(database, tmp_path)
    crowd(town, 60)
    with consumer(town) as living, consumer(town) as zombie:
        living.catch_up()
        suspend(town)
        living.step()
        zombie.assign()
        town.later()
        town.enrol(name="")
        living.step()
        before = checking.everything(database.conninfo)
        with pytest.raises(Conflict):
            zombie._sweep()
        assert before == checking.everything(database.conninfo)
        zombie.assign()
        for _ in range(3):
            zombie.step()
            living.step()
    in_step(town)


def test_a_rebuild_does_its_sweeps_before_the_switch(database: Database, tmp_path: Path, slices: int) -> None:
    """Built beside a live view that is in the midst of a sweep: switched when its own are done, told the difference."""
    town = settle(database, tmp_path)
    citizens = crowd(town, 60)
    with consumer(town) as runner:
        runner.catch_up()
        suspend(town)
        runner.step()
        old = checking.live(database.conninfo, VIEW)
        assert pending(town)
        done = rebuild(database, town.wired.building(VIEW), town.wired.store.sealer, 6)
        assert done.difference == {town.partner("jobcentre"): (0, 40 * ROWS, 0)}
        assert [] == pending(town)
        assert [] == pending(town, old)
        assert [0] * 60 == [served(town, citizen) for citizen in citizens]
        resume(town)
        with pytest.raises(Conflict):
            runner.step()
        runner.catch_up()
    assert [ROWS] * 60 == [served(town, citizen) for citizen in citizens]
    in_step(town)


def test_a_citizen_that_cannot_be_decided_stops_no_others(
    database: Database, tmp_path: Path, slices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that fails on a citizen says so and stays there, closed; events of others are taken in meanwhile."""
    town = settle(database, tmp_path)
    citizens, other = crowd(town, 30), town.enrol(name="")
    town.consent(other, "social_psychiatry", "wishes", window=WIDE)
    with consumer(town) as runner:
        runner.catch_up()
        view: Any = runner._view
        whole = view._settle_all
        monkeypatch.setattr(view, "_settle_all", lambda *_: {}["no such"])
        suspend(town)
        for number in range(2):
            town.hope(other, "citizen", "En hund", "wishes")
            with pytest.raises(Unreadable, match="KeyError"):
                runner.step()
            assert number + 1 <= served(town, other, "social_psychiatry")
        assert [0] * 30 == [served(town, citizen) for citizen in citizens]
        monkeypatch.setattr(view, "_settle_all", whole)
        runner.catch_up()
    in_step(town)


def test_a_partition_of_another_worker_is_left_alone(database: Database, tmp_path: Path, slices: int) -> None:
    """Two workers with three partitions each sweep their own, and both together everybody, once."""
    town = settle(database, tmp_path)
    crowd(town, 60)
    with ExitStack() as stack:
        workers = [
            Runner(database, stack.enter_context(StoreSource(database, 6, mine)), town.wired.view(VIEW),
                   town.wired.store.sealer)
            for mine in ([0, 1, 2], [3, 4, 5])
        ]  # fmt: skip
        for worker in workers:
            worker.catch_up()
        since = suspend(town)
        workers[0].catch_up()
        left = stored(town)
        assert 0 < len(left) < 60
        workers[1].catch_up()
    assert {} == stored(town)
    assert all([("delete", since)] == lines[1:] for lines in by_disclosure(town).values())
    in_step(town)


# ----------------------------------------------------------------------------------------------- one citizen


def test_a_grant_with_a_window_opens_five_thousand_events_in_order(
    database: Database, tmp_path: Path
) -> None:
    """A consent that opens the past brings every row, in one batch and in the order of the log."""
    town = settle(database, tmp_path)
    citizen = town.enrol(name="")
    town.later()

    def much(work: Work, act: Act) -> None:
        for _ in range(5_000):
            work.citizen(citizen).tell_hope(uuid4(), Text.of("En hund", "wishes"), act)

    town.hub.do(CITIZEN, much)
    town.consent(citizen, "jobcentre", "wishes", window=WIDE)
    town.run(VIEW)
    query = "SELECT item, operation FROM partner_log WHERE partner_id = %s ORDER BY id"
    told = checking.ask(database.conninfo, query, town.partner("jobcentre"))
    items = [row[0] for row in told]
    assert {"upsert"} == {row[1] for row in told}
    assert items == sorted(items)
    assert 5_000 <= len(items) == served(town, citizen)
    in_step(town)
