"""Two worlds: histories that differ only in what a partner may not know look byte for byte alike to that partner."""

import os
from pathlib import Path
from random import Random

import pytest

from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vault import new_root_key
from tests.histories import PEOPLE_AND_PLACES, named, partner
from tests.living import History, Step, moment, with_scaffold
from tests.worlds.histories import base_history
from tests.worlds.leaks import BEHIND, LEAKS, ONLY, broken
from tests.worlds.pipeline import Watch, World, differences, world
from tests.worlds.running import Ground, Tally, pairs, spread
from tests.worlds.scenes import ALL_TYPES

PAIRS = int(os.environ.get("HUB_PAIRS", "32"))
OVER_A_BROKER = 2
SEED = os.environ.get("HUB_SEED", "20261122")


@pytest.fixture
def ground(database: Database, tmp_path: Path) -> Ground:
    """A prepared database for one world after the other, and the root key of all of them."""
    new_root_key(tmp_path / "root.key")
    return Ground(database, tmp_path)


def told(tally: Tally) -> str:
    """What was found, in a line."""
    return (
        f"\nseed {SEED}: {tally.pairs} pairs, {len(tally.different)} different, {len(tally.failed)} failed; "
        f"compared {dict(tally.compared)}; dropped {dict(tally.dropped)}; {spread(tally)}"
    )


def test_nobody_can_tell_two_worlds_apart(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, records, keys, headers, sequence and what the command line says are the same, byte for byte."""
    tally = pairs(ground, SEED, PAIRS)
    with capsys.disabled():
        print(told(tally))
    assert not tally.different, "\n".join(tally.different)
    assert not tally.failed, "\n".join(tally.failed)
    assert tally.pairs == PAIRS
    assert tally.compared["pairs in which the partner sees something"] > PAIRS // 2
    assert len(tally.ways) > 10
    assert len(tally.events) > PAIRS


@pytest.mark.kafka
def test_nobody_can_tell_two_worlds_apart_on_a_broker(ground: Ground, cluster: Cluster) -> None:
    """The same over a real broker: the partner's topic too, with its offsets."""
    tally = pairs(ground, SEED, OVER_A_BROKER, cluster=cluster)
    print(told(tally))
    assert not tally.different, "\n".join(tally.different)
    assert not tally.failed, "\n".join(tally.failed)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_found(leak: str, ground: Ground) -> None:
    """The control: what tells a partner of something hidden makes two worlds differ, and that is found."""
    with LEAKS[leak]():
        tally = pairs(ground, SEED, 30, most=1, only=ONLY.get(leak, ()))
    assert tally.different, tally
    print(f"control: caught ({leak}, in pair {tally.pairs})")


@pytest.mark.parametrize("leak", BEHIND)
def test_a_leak_of_read_models_that_are_behind_is_found(leak: str, ground: Ground) -> None:
    """The control: a row that tells of what is not handled yet is found, and only while read models are behind."""
    with BEHIND[leak]():
        assert not pairs(ground, SEED, 2).different
        tally = pairs(ground, SEED, 30, most=1, behind=True)
    assert tally.different, tally
    print(f"control: caught ({leak}, in pair {tally.pairs})")


def test_read_models_that_are_behind_tell_nothing(ground: Ground) -> None:
    """Screens, records and rows are the same in both worlds, however far the read models are behind."""
    tally = pairs(ground, SEED, 4, behind=True)
    print(told(tally))
    assert not tally.different, "\n".join(tally.different)
    assert not tally.failed, "\n".join(tally.failed)


@pytest.mark.parametrize("number", [0, 2])
def test_a_pair_that_breaks_is_told_of_and_the_others_are_run(number: int, ground: Ground) -> None:
    """A pair that breaks is told of by its name, and every other pair is run all the same."""
    with broken(number):
        tally = pairs(ground, SEED, 3)
    assert (tally.pairs, tally.different) == (3, [])
    (failure,) = tally.failed
    assert failure.startswith(f"{SEED}.0, {'second world' if number else 'the first world'}")
    assert "broken on purpose" in failure
    print(f"control: caught (world {number} breaks)")


def test_who_declines_a_handover_says_why_in_every_history() -> None:
    """Nobody can decline a handover without a reason, so no made-up history has it so."""
    declined = [
        step["data"]
        for number in range(300)
        for step in base_history(Random(f"{SEED}.declined.{number}"), 90)["steps"]
        if step["event"] == "handover.declined"
    ]
    assert len(declined) > 10
    assert all(data["reason"]["text"] for data in declined)


def an_evening(*, tried: bool) -> History:
    """A note is written, and `bo` is suspended; the day after it tries to write one all the same, or it does not."""
    places = [partner(*row) for row in PEOPLE_AND_PLACES if row[0] in {"my", "bo", "hj"}]
    names = [each["id"] for each in places]
    people = [{"id": f"{one}-1", "name": one, "partner": one, "function": "støtte"} for one in names]
    staff = {one: {"who": "partner", "partner": one, "person": f"{one}-1"} for one in names}
    tasks = [
        (
            staff["my"],
            "citizen.relation_started",
            {
                "partner": named(who, "contact"),
                "person": {"person": f"{who}-1", "labels": ["contact"]},
                "purpose": "support",
            },
        )
        for who in ("bo", "hj")
    ]
    note = {
        "text": {"text": "Talte.", "labels": ["meetings"]},
        "day": {"value": "2025-03-28", "labels": ["meetings"]},
    }
    told = [(staff["my"], "citizen.enrolled", {}), *tasks, (staff["hj"], "citizen.contact_recorded", note)]
    told.append((staff["my"], "partner.suspended", {"partner": "bo", "reason": "en aftale"}))
    if tried:
        told.append((staff["bo"], "citizen.contact_recorded", note))
    evening = {"at": "2025-03-28T23:50:00+01:00", "imported": False}
    steps: list[Step] = [
        {**evening, "id": f"{event}-{n}", "by": by, "event": event, "data": data}
        for n, (by, event, data) in enumerate(told)
    ]
    steps[-1]["at"] = "2025-03-29T00:10:00+01:00" if tried else steps[0]["at"]
    return with_scaffold({"types": ALL_TYPES, "partners": places, "persons": people, "steps": steps})


def test_both_worlds_are_looked_at_for_the_last_time_at_one_moment(ground: Ground) -> None:
    """A refused last step is in one world alone: what a partner writes after it has the same day in both."""

    def seen(ends: str) -> list[str]:
        """In what the two worlds differ, for `hj`, when its people look for the last time at this moment."""
        watch = Watch("hj", (("hj-1", "support"),) * 2, (), moment(ends))
        both = [played(ground, an_evening(tried=how), watch) for how in (False, True)]
        return differences(*both)

    assert seen("2025-03-28T00:00:00+01:00"), "the clock of one world stands where a refused step left it"
    print("control: caught (a refused step that moves the clock of one world)")
    assert not seen("2025-03-30T00:00:00+01:00")


def played(ground: Ground, history: History, watch: Watch) -> World:
    """A world, when it has been played."""
    made = world(ground.database(), ground.folder, history, watch)
    made.play()
    return made
