"""Two schedulers at once, killed now and then, after a week in which nothing ran: each end is recorded once."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.kafka.connection import Cluster
from hub.postgres import Database
from tests import checking
from tests.building import Town, settle
from tests.faults import workers
from tests.faults.test_kills import Victims
from tests.kafka import on_kafka, read, relayed

CITIZENS = 25
WINDOW = frozenset({"wishes", "plan"})


@pytest.fixture
def victims() -> Iterator[Victims]:
    """Processes of this test's own; none outlives it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.workers"])
    made = Victims(context)
    try:
        yield made
    finally:
        for process in made.alive:
            process.kill()
            process.join(10)


def a_life(town: Town) -> UUID:
    """A citizen with much that runs out: in hours, in days, and after thirty days without a confirmation."""
    citizen = town.enrol()
    for slug in ("lene", "mette", "ann", "eva"):
        town.task(citizen, slug)
    for partner, days in (("jobcentre", 2), ("jobcentre", 3), ("social_psychiatry", 6), ("jobcentre", 400)):
        town.consent(citizen, partner, "wishes", until=town.clock() + timedelta(days=days))
    town.later()
    commands.give_consent(
        town.hub,
        town.actor("mette"),
        citizen,
        town.partner("addiction_treatment"),
        categories=WINDOW,
        purposes=frozenset({"treatment"}),
        form="spoken",
        witness=town.persons["lene"],
    )
    commands.register_basis(
        town.hub,
        town.actor("lene"),
        citizen,
        town.partner("authority"),
        "psykiatriloven-13a",
        categories=WINDOW,
        purposes=frozenset({"casework"}),
        sources=(town.partner("social_psychiatry"),),
        until=town.clock() + timedelta(days=4),
        in_writing=True,
        case="24/1",
    )
    commands.open_emergency(
        town.hub,
        town.actor("mette"),
        citizen,
        reason=Text.of("Svarer ikke", "contact"),
        confirmed_by=town.persons["lene"],
    )
    return citizen


def ends(address: str) -> Counter[str]:
    """How often the end of each thing is said, by its id: raw SQL on the statements."""
    query = (
        "SELECT jsonb_array_elements_text(body->'grants') FROM statements WHERE kind = 'ended' "
        "UNION ALL SELECT body->>'grant' FROM statements WHERE kind = 'basis_ended' "
        "UNION ALL SELECT body->>'access' FROM statements WHERE kind = 'emergency_ended'"
    )
    return Counter(row[0] for row in checking.ask(address, query))


def recorded(cluster: Cluster, after: int) -> Counter[bytes]:
    """The events behind a position that a raw consumer finds on the topic, by id."""
    headers = [dict(record.headers) for record in read(cluster, cluster.events)]
    return Counter(each["ce_id"] for each in headers if int(each["position"]) > after)


def schedulers_work(victims: Victims, town: Town, folder: Path, expected: int) -> None:
    """Two at once, each killed and started again twice, until the log has grown by what was expected, and some more."""
    numbers, address = random.Random(7), town.database.conninfo
    begun = town.hub.log.head()[0]
    two = [victims.start(workers.schedule, address, folder, town.clock()) for _ in range(2)]
    for which in (0, 1, 0, 1):
        time.sleep(numbers.uniform(0.3, 0.6))
        victims.kill(two[which])
        two[which] = victims.start(workers.schedule, address, folder, town.clock())
    deadline = time.monotonic() + 40
    while town.hub.log.head()[0] < begun + expected:
        assert time.monotonic() < deadline, f"{town.hub.log.head()[0] - begun} of {expected} recorded"
        time.sleep(0.05)
    time.sleep(2.5)  # whatever would come twice comes now
    for process in two:
        victims.kill(process)


@pytest.mark.kafka
@pytest.mark.slow
def test_what_runs_out_is_recorded_once(
    database: Database, tmp_path: Path, cluster: Cluster, victims: Victims
) -> None:
    """After a week's absence, and a month's, two schedulers at once leave one event for each thing that ran out."""
    town = on_kafka(settle(database, tmp_path), cluster)
    citizens = [a_life(town) for _ in range(CITIZENS)]
    address = database.conninfo
    relayed(town)
    town.run("consents")

    for away, many, gone in ((timedelta(days=7), 4, 5), (timedelta(days=30), 1, 1)):
        before, known = town.hub.log.head()[0], ends(address)
        town.clock.advance(away)
        schedulers_work(victims, town, tmp_path, many * CITIZENS)
        relayed(town)
        town.run("consents")
        found = recorded(cluster, before)
        assert many * CITIZENS == len(found) == town.hub.log.head()[0] - before
        assert {1} == set(found.values())
        new = ends(address) - known
        assert gone * CITIZENS == len(new)
        assert {1} == set(new.values())
        assert [] == town.wired.consents.due(town.clock(), None, 10)

    for citizen in citizens:  # the one that lasts still does
        facts = town.hub.state(citizen).grants_in_force(town.partner("jobcentre"), 0)
        assert 1 == len(facts)

    twice = "INSERT INTO statements SELECT position, ordinal + 100, citizen_id, partner_id, kind, restricts, body, recorded_at FROM statements WHERE kind = 'basis_ended' LIMIT 1"  # noqa: E501
    checking.do(address, twice)
    assert 2 in ends(address).values()
    print("control: caught")
