"""An import beside others who record, and one that is killed at any moment: nothing is lost, nothing is there twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Citizen
from hub.application import importing as bulk
from hub.application.importing import Bulk, Load
from hub.errors import Conflict
from hub.interop.importing import Importer
from hub.postgres import Database
from tests.building import Town, settle
from tests.fhir_files import (
    care_team,
    encounter,
    patient,
    small_town,
    staff,
    write,
)
from tests.taking_in import SOURCE, counts, importer, line, names, sql, take_in, told


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return settle(database, tmp_path)


# ------------------------------------------------------------------------------------ others at the same time


def test_somebody_else_was_first(town: Town, tmp_path: Path) -> None:
    """A load that collides is refused whole and stores nothing; the importer decides again and goes on."""
    path = write(tmp_path / "in.ndjson", small_town(3, 2))
    both = [importer(town, batch=1), importer(town, batch=1)]
    runs = [iter_run(one, path) for one in both]
    reports = [run() for run in runs]

    assert 0 == reports[1].total.imported
    assert all(report.balanced for report in reports)
    before = counts(town.database)
    writer = Bulk(town.database, town.wired.vault)
    citizen = both[0].citizens["p1"]
    twice = town.wired.store.sealer.seal(Citizen.enrol(citizen, act_of(town)).collect_events()[0])
    with pytest.raises(Conflict):
        writer.write("x", Load(keys=[(uuid4(), uuid4(), b"k")], events=[twice]))
    assert before == counts(town.database)


def iter_run(one: Importer, path: Path) -> Any:
    return lambda: one.run([path])


def act_of(town: Town) -> Any:
    found: list[Any] = []

    def decide(_work: Any, act: Any) -> None:
        found.append(act)

    town.hub.do(town.actor("mette"), decide)
    return found[0]


def test_others_record_on_the_same_citizen(town: Town, tmp_path: Path) -> None:
    """When somebody records between deciding and storing, the batch is decided again and nothing is lost."""
    _, found = take_in(town, tmp_path, patient())
    citizen = found.citizens["p1"]
    late = importer(town)
    write_load = Bulk.write
    met: list[int] = []

    def overtaken(self: Bulk, source: str, load: Load) -> int:
        if not met:
            town.hope(citizen, "mette", "Et håb", "wishes")
        met.append(1)
        return write_load(self, source, load)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Bulk, "write", overtaken)
        report = late.run([write(tmp_path / "more.ndjson", [encounter()])])

    assert (1, 1, 0, 0, 0) == line(report, "Encounter")
    assert 2 == len(met)
    assert ["citizen.hope_told", "citizen.contact_recorded"] == names(town, citizen)[-2:]


def test_the_log_stays_dense(town: Town, tmp_path: Path) -> None:
    """Positions have no gap, the head is the last of them, and log time never falls."""
    take_in(town, tmp_path, *small_town(5, 4), batch=7)
    town.later()
    town.enrol()

    rows = sql(town.database, "SELECT position, log_time, recorded_at FROM events ORDER BY position")
    assert list(range(1, len(rows) + 1)) == [row[0] for row in rows]
    assert sorted(row[1] for row in rows) == [row[1] for row in rows]
    assert all(row[1] >= row[2] for row in rows)
    assert [(len(rows),)] == sql(town.database, "SELECT position FROM log_head")


def test_statements_equal_the_fold(town: Town, tmp_path: Path) -> None:
    """The statements written in bulk are those that the events make."""
    from hub.statements import statements_of  # noqa: PLC0415 - the one use

    take_in(town, tmp_path, *staff(), *small_town(3, 2), care_team("t1", "p1"))
    written = [
        (row.kind, row.partner, row.body) for row in town.hub.log.citizen_statements(citizens_of(town))
    ]
    folded = [
        (said.kind, said.partner, said.body)
        for _, event in told(town)
        for said in statements_of(event.schema.event, event.body, event.originator_id, event.version)
    ]
    assert folded == written
    assert len(folded) > 4


def citizens_of(town: Town) -> list[UUID]:
    return [row[0] for row in sql(town.database, "SELECT citizen_id FROM vault_citizens")]


# ------------------------------------------------------------------------------------ killed at any moment

WRITES = 8
"""How often a load with everything in it writes: keys, citizens, originals, events, texts, statements, commands."""


def test_fails_between_any_two_writes(town: Town, tmp_path: Path) -> None:
    """Whichever write of a load fails, nothing of the load is stored, and the next run imports all of it."""
    before, copy = counts(town.database), bulk._copy
    path = write(tmp_path / "in.ndjson", [*staff(), *small_town(2, 2), care_team("t1", "p1")])
    for wanted in range(WRITES):
        calls: list[str] = []

        def failing(
            connection: Any, statement: Any, types: Any, rows: Any, at: int = wanted, met: Any = calls
        ) -> None:
            copy(connection, statement, types, rows)
            if len(met) == at:
                raise OSError("the machine is gone")
            met.append(statement)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(bulk, "_copy", failing)
            if wanted < WRITES - 1:
                with pytest.raises(OSError, match="the machine"):
                    importer(town).run([path])
                assert before == counts(town.database), statement_of(calls)
            else:
                assert 13 == importer(town).run([path]).total.imported
                assert WRITES - 1 == len(calls)


def statement_of(calls: list[str]) -> str:
    return calls[-1] if calls else "the first write"


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from uuid import UUID
from hub.bootstrap import wire
from hub.clock import SystemClock
from hub.config import Settings
from hub.interop.importing import Importer
from hub.postgres import Database
from hub.vault import read_root_key
_, _, address, key, partner, path = sys.argv
with Database(address) as database:
    settings = Settings(home=Path(key).parent, root_key_file=Path(key))
    wired = wire(database, settings, SystemClock(), read_root_key(Path(key)))
    print("ready", flush=True)
    Importer(wired.hub, UUID(partner), batch=40).run([Path(path)])
    print("done", flush=True)
"""


def kinds(town: Town) -> Counter[str]:
    """How many events of each type there are; only who holds the key can tell."""
    return Counter(names(town))


@pytest.mark.slow
def test_killed_at_any_moment(
    town: Town, empty_database: Database, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed six times at random moments and run again, the store equals that of one whole run; a double is found."""
    path = write(tmp_path / "in.ndjson", [*staff(), *small_town(60, 30), care_team("t1", "p1")])
    dice, kills, middle = Random(4), 0, 0
    script = write_child(tmp_path)
    arguments = [
        sys.executable,
        str(script),
        str(Path(__file__).resolve().parents[2]),
        town.database.conninfo,
    ]
    arguments += [str(tmp_path / "root.key"), str(town.partner(SOURCE)), str(path)]
    while kills < 6:
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert "ready" in child.stdout.readline()
            wait_until(town.database, dice.randint(1, 400), child)
            time.sleep(dice.uniform(0, 0.03))
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        kills += 1
        middle += 0 < sql(town.database, "SELECT count(*) FROM vault_citizens")[0][0] < 60
    assert middle >= 3
    finished = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert "done" in finished.stdout, finished.stderr

    whole = another(empty_database, tmp_path_factory.mktemp("whole"))
    take_in(whole, tmp_path, *[*staff(), *small_town(60, 30), care_team("t1", "p1")])
    assert kinds(whole) == kinds(town)
    assert counts(whole.database) == counts(town.database)

    report, again = take_in(town, tmp_path, *[*staff(), *small_town(60, 30), care_team("t1", "p1")])
    assert (0, 0) == (report.total.imported, again.events)

    plant_double(town.database)
    assert counts(whole.database) != counts(town.database)


def write_child(folder: Path) -> Path:
    script = folder / "child.py"
    script.write_text(CHILD, encoding="utf-8")
    return script


def wait_until(database: Database, more: int, child: subprocess.Popen[str]) -> None:
    """Wait until so many more events are there, or the child has ended."""
    head = "SELECT position FROM log_head"
    target = sql(database, head)[0][0] + more
    for _ in range(2_000):
        if child.poll() is not None or sql(database, head)[0][0] >= target:
            return
        time.sleep(0.002)


def another(database: Database, folder: Path) -> Town:
    """A second hub, with the same partners and people."""
    from hub.bootstrap import prepare  # noqa: PLC0415 - this database alone is not prepared

    prepare(database)
    return settle(database, folder)


def plant_double(database: Database) -> None:
    """One event twice, as a careless import would leave it: in the next place of its aggregate."""
    sql(
        database,
        "WITH e AS (SELECT * FROM events WHERE citizen_id IS NOT NULL ORDER BY originator_version DESC LIMIT 1), "
        "h AS (UPDATE log_head SET position = position + 1 RETURNING position) "
        "INSERT INTO events SELECT h.position, e.originator_id, e.originator_version + 1, e.citizen_id, "
        "e.recorded_at, e.log_time, e.value FROM e, h RETURNING position",
    )
