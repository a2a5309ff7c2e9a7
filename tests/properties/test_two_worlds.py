"""Two worlds: histories that differ only in what a partner may not know look byte for byte alike to that partner."""

import os
from pathlib import Path
from random import Random

import pytest

from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vault import new_root_key
from tests.worlds.histories import base_history
from tests.worlds.leaks import BEHIND, LEAKS, ONLY, broken
from tests.worlds.running import Ground, Group, Tally, pairs

PAIRS = int(os.environ.get("HUB_PAIRS", "40"))
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
        f"compared {dict(tally.compared)}; dropped {dict(tally.dropped)}"
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


def test_both_worlds_are_looked_at_for_the_last_time_at_one_moment(ground: Ground) -> None:
    """A refused last step moves no clock: a partner is shown the same days in both worlds."""
    tally = Tally(3)
    Group(ground, "20261122.16.0", tally).run()  # its last steps are refused, around midnight
    assert (tally.pairs, tally.different, tally.failed) == (3, [], [])
