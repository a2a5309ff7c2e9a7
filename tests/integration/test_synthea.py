"""The real volume set: 615 invented citizens of another system become history, and nobody gains access by it."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from hub.bootstrap import VIEWS
from hub.clock import FixedClock
from hub.consumers.runner import Runner
from hub.interop import fhir_dates
from hub.interop.fhir_facts import Line, Report
from hub.interop.importing import Importer
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import new_generation
from tests import checking
from tests.building import WIDE, Town, settle
from tests.conftest import SHARED
from tests.kafka import on_kafka, read, relayed, wrong_with_events

pytestmark = [pytest.mark.shared, pytest.mark.slow]

NDJSON = ("Patient", "CarePlan", "Goal", "Encounter", "Condition")
FOLDER = "data/synthea-r4"
OF_CITIZENS = "SELECT count(*) FROM events WHERE citizen_id IS NOT NULL"
SOURCE = "social_psychiatry"
OTHER = "authority"
WANTED = (
    "contact",
    "plan",
    "meetings",
    "health",
    "diagnosis",
    "medication",
    "addiction",
    "everyday",
    "safety",
)


def figures(of: Line) -> tuple[int, int, int, int, int]:
    return (of.read, of.imported, of.already_there, of.not_mapped, of.refused)


class Lived(NamedTuple):
    """What the files said, and what came of them at each step."""

    town: Town
    first: Report
    found: Importer
    events: int
    again: Report
    more: tuple[int, int]
    counted: dict[UUID, tuple[int, int]]
    agreed: set[UUID]
    said: dict[str, float]


@pytest.fixture
def lived(request: pytest.FixtureRequest, shared: Path) -> Lived:
    """The set taken in; without it the test is skipped, and says so."""
    if not (shared / FOLDER).is_dir():
        pytest.skip(f"{shared / FOLDER} is not there")
    found: Lived = request.getfixturevalue("taken_in")
    return found


@pytest.fixture(scope="module")
def taken_in(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The set taken in twice, read models caught up, and then twenty consents, caught up again."""
    files = Path(os.environ.get("HUB_SHARED", SHARED)) / FOLDER
    town = settle(lasting_database, tmp_path_factory.mktemp("synthea"))
    assert isinstance(town.clock, FixedClock)
    town.clock.advance(datetime(2026, 6, 1, tzinfo=UTC) - town.clock())
    said: dict[str, float] = {}

    first, found = run(town, [files / f"{name}.ndjson.gz" for name in NDJSON], said, "NDJSON")
    events = rows(lasting_database, OF_CITIZENS)
    again, nothing = run(town, [files], said, "all of it, again")
    more = (nothing.events, rows(lasting_database, OF_CITIZENS))

    begun = time.perf_counter()
    town.wired.catch_up()
    said["catching up five read models"] = time.perf_counter() - begun
    counted = town.wired.partner_views.counts(town.clock())

    agreed = agree(town, found)
    begun = time.perf_counter()
    town.wired.catch_up()
    said["catching up 20 consents"] = time.perf_counter() - begun
    return Lived(town, first, found, events, again, more, counted, agreed, said)


def run(town: Town, paths: list[Path], said: dict[str, float], what: str) -> tuple[Report, Importer]:
    town.later()
    found = Importer(town.hub, town.partner(SOURCE))
    begun = time.perf_counter()
    report = found.run(paths)
    said[what] = time.perf_counter() - begun
    assert report.balanced
    return report, found


def rows(database: Database, query: str) -> int:
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def test_synthea(lived: Lived) -> None:
    """Every record becomes what the measured table says, a second run nothing; then only those who agreed are seen."""
    town, found, database = lived.town, lived.found, lived.town.database
    report = lived.first
    assert (615, 615, 0, 0, 0) == figures(report.lines["Patient"])
    assert (1769, 1768, 0, 0, 1) == figures(report.lines["CarePlan"])
    assert (1147, 1147, 0, 0, 0) == figures(report.lines["Goal"])
    assert (18098, 18005, 0, 0, 93) == figures(report.lines["Encounter"])
    assert (4546, 0, 0, 4546, 0) == figures(report.lines["Condition"])
    assert (94, 4546) == (report.total.refused, report.total.not_mapped)
    assert {fhir_dates.AFTER_DEATH: 92, fhir_dates.BEFORE_BIRTH: 1} == report.lines["Encounter"].reasons
    assert (615, 124) == (len(found.citizens), len(found.dead))
    assert lived.events == found.events

    assert (30848, 0, 22383, 8367, 98) == figures(lived.again.total)
    assert (0, lived.events) == lived.more
    assert 615 == rows(database, "SELECT count(*) FROM vault_citizens")
    # 21,535 records became events. Kept are what is about a citizen and has no event: all but 66 directory entries,
    # and of conditions that stand in a bundle too only the one.
    assert 21535 == rows(
        database, "SELECT count(*) FROM vault_originals WHERE kind IN ('person', 'imported')"
    )
    assert 8367 - 66 == rows(database, "SELECT count(*) FROM vault_originals WHERE kind = 'kept'")

    assert {town.partner(SOURCE)} == lived.counted.keys()
    assert 615 == lived.counted[town.partner(SOURCE)][1]
    assert 20 == town.wired.partner_views.counts(town.clock())[town.partner(OTHER)][1]
    assert lived.agreed == history_of(town, found)
    assert {town.partner(SOURCE), town.partner(OTHER)} == town.wired.partner_views.counts(town.clock()).keys()
    print("\n" + "\n".join(f"{seconds:6.1f} s  {what}" for what, seconds in lived.said.items()))
    print(
        f"{lived.events} events, {lived.events / lived.said['NDJSON']:,.0f} a second with reading and validation"
    )


def test_synthea_through_kafka(lived: Lived, cluster: Cluster) -> None:
    """All 615 citizens go through Kafka, and every read model is row for row what it is without it."""
    town, database, said = lived.town, lived.town.database, dict[str, float]()
    address, one_way = database.conninfo, {view: checking.live(database.conninfo, view) for view in VIEWS}

    on_kafka(town, cluster, OTHER)
    begun = time.perf_counter()
    relayed(town)
    said["relay"] = time.perf_counter() - begun
    other_way = {}
    for view in VIEWS:
        made = town.wired.building(view)
        other_way[view] = new_generation(database, made, town.wired.partitions, live=False)
        begun = time.perf_counter()
        with town.wired.source() as source:
            Runner(database, source, made, town.wired.store.sealer, schema=other_way[view]).catch_up()
        said[f"{view} from Kafka"] = time.perf_counter() - begun

    checking.do(address, f"DELETE FROM {other_way['timeline']}.timeline WHERE position = 2000")
    assert 1 == len(checking.differences(address, "timeline", one_way["timeline"], other_way["timeline"]))
    print("\ncontrol: caught")
    checking.do(
        address,
        f"INSERT INTO {other_way['timeline']}.timeline "
        f"SELECT * FROM {one_way['timeline']}.timeline WHERE position = 2000",
    )
    for view in VIEWS:
        assert [] == checking.differences(address, view, one_way[view], other_way[view]), view
    assert [] == wrong_with_events(address, cluster)
    assert 615 == len(
        {each.key for each in read(cluster, cluster.events) if "partner" not in dict(each.headers)}
    )
    print("\n".join(f"{seconds:6.1f} s  {what}" for what, seconds in said.items()))


def agree(town: Town, found: Importer) -> set[UUID]:
    """Twenty living citizens consent, with a window."""
    living = [citizen for name, citizen in sorted(found.citizens.items()) if name not in found.dead][:20]
    for citizen in living:
        town.consent(citizen, OTHER, *WANTED, purposes="casework", window=WIDE)
    return set(living)


def history_of(town: Town, found: Importer) -> set[UUID]:
    """The citizens of whom the other partner sees what was imported (a consent given to it is no history)."""
    return {
        citizen
        for citizen in found.citizens.values()
        if any(
            not entry.event.startswith("consents.")
            for entry in town.access.view(town.themself, town.partner(OTHER), citizen, None)
        )
    }
