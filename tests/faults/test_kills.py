"""Processes killed at random moments (SIGKILL), and what is in the database afterwards, by raw SQL."""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.bootstrap import VIEWS
from hub.consumers.runner import Runner
from hub.postgres import Database
from hub.projections.base import new_generation
from hub.store import Opened
from tests import checking
from tests.building import Town, rich, settle
from tests.faults import workers
from tests.faults.anything import Anything, befriend

SEED = int(os.environ.get("HUB_SEED") or random.SystemRandom().randrange(2**32))
KILLS = 20


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Where processes come from: a server that has imported the hub already, so that each starts at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.workers"])
    return context


class Victims:
    """Processes that are killed, one by one; whatever is left at the end is killed too."""

    def __init__(self, context: ForkServerContext) -> None:
        self._context = context
        self.alive: list[ForkServerProcess] = []

    def start(self, do: Callable[..., None], *args: Any) -> ForkServerProcess:
        """Start one more."""
        process = self._context.Process(target=do, args=args, daemon=True)
        process.start()
        self.alive.append(process)
        return process

    def kill(self, process: ForkServerProcess) -> None:
        """SIGKILL; it must have been running."""
        assert process.is_alive(), "it ended by itself"
        process.kill()
        process.join(10)
        assert -9 == process.exitcode
        self.alive.remove(process)


@pytest.fixture
def victims(processes: ForkServerContext) -> Iterator[Victims]:
    """Processes of this test's own; none outlives it."""
    made = Victims(processes)
    try:
        yield made
    finally:
        for process in made.alive:
            process.kill()
            process.join(10)


def written(town: Town) -> Iterator[tuple[int, Opened]]:
    """Every event with its position."""
    records = town.hub.log.after(0, 1000)
    while records:
        for record, each in zip(records, town.wired.store.sealer.open_all(records), strict=True):
            assert isinstance(each, Opened)
            yield record.position, each
        records = town.hub.log.after(records[-1].position, 1000)


def types_written(town: Town, at_least: int) -> None:
    """So many types of events were written: little of the domain is left out."""
    found = {each.schema.event for _, each in written(town)}
    print(f"event types written {len(found)}")
    assert len(found) >= at_least


def torn(said: list[tuple[UUID, int]], kept: dict[str, int]) -> list[UUID]:
    """Commands whose events do not lie side by side, from the position that is kept with the command."""
    places: dict[UUID, list[int]] = {}
    for command, position in said:
        places.setdefault(command, []).append(position)
    return [
        command
        for command, there in places.items()
        if there != list(range(kept.get(str(command), -1), kept.get(str(command), -1) + len(there)))
    ]


def moving(address: str, view: str, positions: int, patience: float = 10.0) -> None:
    """Wait until a read model has come this much further."""
    query = "SELECT sum(c.position) FROM checkpoints AS c JOIN generations AS g USING (schema_name) WHERE g.view = %s"
    begin, until = int(checking.ask(address, query, view)[0][0]), time.monotonic() + patience
    while int(checking.ask(address, query, view)[0][0]) < begin + positions:
        assert time.monotonic() < until, f"{view} stands still"
        time.sleep(0.005)


def test_consumers_killed_twenty_times_lose_and_double_nothing(
    database: Database, tmp_path: Path, victims: Victims
) -> None:
    """Five consumers, killed 20 times while all sorts of commands go on: all is as built anew, and told once."""
    town = befriend(settle(database, tmp_path))
    print(f"HUB_SEED={SEED}")
    numbers, address, outcomes = random.Random(SEED), database.conninfo, Counter[str]()
    citizens = [rich(town) for _ in range(4)]
    anybody = Anything(town, citizens, numbers, lambda *_: None)
    running = {view: victims.start(workers.consume, address, tmp_path, view) for view in VIEWS}
    moving(address, "timeline", 1, 30)
    in_the_middle = 0
    for number in range(KILLS):
        view = VIEWS[number % len(VIEWS)]
        outcomes.update(anybody.once() for _ in range(7))
        outcomes.update(anybody.once(Anything.hope) for _ in range(5))  # quickly, one behind the other
        time.sleep(numbers.uniform(0, 0.02))
        victims.kill(running[view])
        head = checking.ask(address, "SELECT position FROM log_head")[0][0]
        at = checking.ask(
            address, "SELECT min(position) FROM checkpoints WHERE schema_name = %s", f"{view}_1"
        )
        in_the_middle += at[0][0] < head
        running[view] = victims.start(workers.consume, address, tmp_path, view)
    for process in running.values():
        victims.kill(process)
    print(f"killed with work undone: {in_the_middle} of {KILLS}; {dict(outcomes)}")
    assert in_the_middle > 0
    types_written(town, 60)

    town.wired.catch_up()
    last = checking.ask(address, "SELECT max(id) FROM partner_log")[0][0]
    told = checking.told(address)
    for view in VIEWS:
        anew = new_generation(database, town.wired.view(view), 6, live=False)
        with town.wired.source() as source:
            Runner(database, source, town.wired.view(view), town.wired.store.sealer, schema=anew).catch_up()
        assert [] == checking.differences(address, view, f"{view}_1", anew)
        assert len(checking.rows(address, view)) > 3
    assert told == checking.told(address, last), "partners were told what they would have been told, once"
    assert [] == checking.ask(address, "SELECT what FROM consumer_errors WHERE what NOT LIKE '%%took%%'"
                              " AND what NOT LIKE '%%taken%%'")  # fmt: skip
    assert [] == checking.ask(address, "SELECT position FROM parked")

    checking.do(address, "UPDATE partner_view_1.partner_view SET digest = 'x' WHERE position ="
                " (SELECT max(position) FROM partner_view_1.partner_view)")  # fmt: skip
    assert [] != checking.differences(address, "partner_view", "partner_view_1", "partner_view_2")
    print("control: caught")


def test_writers_killed_at_random_leave_a_whole_store(
    database: Database, tmp_path: Path, victims: Victims
) -> None:
    """Two writers of anything, killed 12 times: no gap, nothing half written, and what was answered is there."""
    town = befriend(settle(database, tmp_path))
    print(f"HUB_SEED={SEED}")
    address, numbers, told = database.conninfo, random.Random(SEED), tmp_path / "told"
    told.touch()
    citizens = [rich(town) for _ in range(3)]
    terms = (address, tmp_path, citizens, town.partners, told)
    writers = [victims.start(workers.write, *terms) for _ in range(2)]
    for number in range(12):
        enough = told.stat().st_size + 400
        until = time.monotonic() + 20
        while told.stat().st_size < enough:
            assert time.monotonic() < until, "nobody writes"
            time.sleep(0.002)
        time.sleep(numbers.uniform(0, 0.01))
        victims.kill(writers[number % 2])
        assert [] == checking.wrong_with_store(address)
        writers[number % 2] = victims.start(workers.write, *terms)
    for process in writers:
        victims.kill(process)

    assert [] == checking.wrong_with_store(address)
    lines = [line.split() for line in told.read_text().splitlines()]
    refused = Counter(line[0] for line in lines if len(line) == 1)
    commands_kept = dict(checking.ask(address, "SELECT command_id::text, position FROM commands"))
    whole = [(each[0], int(each[1])) for each in lines if len(each) == 2 and len(each[0]) == 36]
    print(f"answers {len(whole)}; {dict(refused)}")
    assert len(whole) > 100
    assert [] == [pair for pair in whole if commands_kept.get(pair[0]) != pair[1]]
    said = [(UUID(bytes=each.body["act"]["command_id"]), position) for position, each in written(town)]
    assert [] == torn(said, commands_kept)
    long = next(command for command, _ in said if [one for one, _ in said].count(command) > 1)
    last = max(position for command, position in said if command == long)
    assert [long] == torn([(command, at if at != last else at + 1) for command, at in said], commands_kept)
    assert [long] == torn(said, {**commands_kept, str(long): last})
    print("control: caught")
    types_written(town, 60)
    town.wired.catch_up()
    assert [] == checking.wrong_with_log(address)
    assert [] == checking.ask(address, "SELECT position FROM parked")


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("DELETE FROM events WHERE position = 10", {"gap", "statement", "command", "version"}),
        (
            "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
            {"head", "log time", "command"},
        ),
        ("UPDATE log_head SET position = position + 1", {"head"}),
        ("UPDATE log_head SET log_time = log_time + interval '1 s'", {"log time"}),
        ("UPDATE events SET log_time = 'epoch' WHERE position = 5", {"order"}),
        ("INSERT INTO statements SELECT 99999, 0, NULL, NULL, 'block', true, '{}', now()", {"statement"}),
        ("INSERT INTO commands VALUES (gen_random_uuid(), 99999, '{}')", {"command"}),
    ],
)
def test_a_store_that_is_not_whole_is_found(
    database: Database, tmp_path: Path, fault: str, found: set[str]
) -> None:
    """Control: each kind of damage that a kill could do is found by the checker."""
    town = settle(database, tmp_path)
    rich(town)
    assert [] == checking.wrong_with_store(database.conninfo)
    assert 1 == checking.do(database.conninfo, fault)
    assert found == set(checking.wrong_with_store(database.conninfo))
    print("control: caught")
