"""A consumer that is killed in the midst of a sweep: what it decided is decided, and the next one goes on behind it."""

import multiprocessing
import random
import time
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from hub.application import commands
from hub.consumers.runner import Runner
from hub.postgres import Database
from hub.projections.base import new_generation
from tests import checking
from tests.building import WIDE, Town, settle
from tests.faults import workers

CITIZENS: Final = 300
KILLS: Final = 6
SLICE: Final = 5
VIEW: Final = "partner_view"
TABLE: Final = "partner_view_1.partner_view"


def crowded(town: Town) -> None:
    """Many citizens who let the jobcentre know a hope each."""
    for _ in range(CITIZENS):
        citizen = town.enrol(name="")
        town.consent(citizen, "jobcentre", "wishes", window=WIDE)
        town.hope(citizen, "citizen", "En hund", "wishes")


def swept(address: str) -> tuple[UUID | None, int] | None:
    """The last citizen that the sweep has decided, and how many; None when it is done or not begun."""
    rows = checking.ask(
        address, "SELECT DISTINCT reached, done FROM sweeps WHERE schema_name = %s", f"{VIEW}_1"
    )
    assert len(rows) <= 1, "one worker sweeps all of its partitions together"
    return rows[0] if rows else None


def torn(address: str, jobcentre: UUID, reached: UUID | None) -> list[UUID]:
    """Citizens that are not what the mark says: gone up to it, and whole behind it."""
    query = f"SELECT citizen_id, count(*) FROM {TABLE} WHERE partner_id = %s GROUP BY 1"
    there = dict(checking.ask(address, query, jobcentre))
    related = "SELECT DISTINCT citizen_id FROM statements WHERE partner_id = %s AND citizen_id IS NOT NULL"
    every = [row[0] for row in checking.ask(address, related, jobcentre)]
    return [c for c in every if there.get(c, 0) != (0 if reached is not None and c <= reached else 2)]


def killed_at(address: str, folder: Path, more: int) -> tuple[UUID | None, int] | None:
    """Let a process sweep until so many more are decided, then kill it; where the sweep stands."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.workers"])
    begin = swept(address)
    process = context.Process(target=workers.sweep, args=(address, folder, SLICE), daemon=True)
    process.start()
    try:
        until = time.monotonic() + 30
        while (at := swept(address)) is None or at[1] < (begin[1] if begin else 0) + more:
            if begin is not None and at is None:
                break
            assert time.monotonic() < until, "the sweep stands still"
            assert process.is_alive(), "it ended by itself"
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.02))
    finally:
        process.kill()
        process.join(10)
    assert -9 == process.exitcode
    return swept(address)


@pytest.mark.slow
def test_a_sweep_that_is_killed_goes_on_where_it_was(database: Database, tmp_path: Path) -> None:
    """Killed six times in one sweep: no citizen is half decided, none twice, and in the end all is as built anew."""
    town = settle(database, tmp_path)
    crowded(town)
    town.wired.catch_up()
    address, jobcentre = database.conninfo, town.partner("jobcentre")
    assert [] == torn(address, jobcentre, None)
    town.later()
    since = commands.suspend_partner(town.hub, town.actor("lene"), jobcentre, "a pause").position

    stands = []
    for _ in range(KILLS):
        at = killed_at(address, tmp_path, 2 * SLICE)
        assert at is not None, "killed after its end"
        assert [] == torn(address, jobcentre, at[0])
        stands.append(at[1])
    print(f"killed at {stands} of {CITIZENS}")
    assert stands == sorted(set(stands)), "each goes on behind the one before it"
    assert 1 == checking.do(address, f"DELETE FROM {TABLE} WHERE ctid = (SELECT ctid FROM {TABLE} WHERE partner_id = %s"
                            " ORDER BY citizen_id DESC LIMIT 1)", jobcentre)  # fmt: skip
    at = swept(address)
    assert at is not None
    assert 1 == len(torn(address, jobcentre, at[0]))
    print("control: caught")

    town.wired.catch_up()
    assert swept(address) is None
    told = checking.told(address)
    assert [[("delete", since)]] * (2 * CITIZENS - 1) == [
        lines[1:] for lines in told.values() if lines[-1][0] == "delete"
    ]
    anew = new_generation(database, town.wired.building(VIEW), 6, live=False)
    with town.wired.source() as source:
        view = town.wired.building(VIEW)
        Runner(database, source, view, town.wired.store.sealer, schema=anew).catch_up()
    assert [] == checking.differences(address, VIEW, f"{VIEW}_1", anew)
