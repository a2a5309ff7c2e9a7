"""Two worlds: histories that differ only in what a partner may not know look byte for byte alike to that partner."""

import os
from pathlib import Path

import pytest

from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vault import new_root_key
from tests.worlds.leaks import LEAKS, ONLY
from tests.worlds.running import Ground, Tally, pairs

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
        f"\nseed {SEED}: {tally.pairs} pairs, {len(tally.different)} different; compared {dict(tally.compared)}; "
        f"dropped {dict(tally.dropped)}"
    )


def test_nobody_can_tell_two_worlds_apart(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, records, keys, headers, sequence and what the command line says are the same, byte for byte."""
    tally = pairs(ground, SEED, PAIRS)
    with capsys.disabled():
        print(told(tally))
    assert not tally.different, "\n".join(tally.different)
    assert tally.pairs == PAIRS
    assert tally.compared["pairs in which the partner sees something"] > PAIRS // 2
    assert len(tally.ways) > 10


@pytest.mark.kafka
def test_nobody_can_tell_two_worlds_apart_on_a_broker(ground: Ground, cluster: Cluster) -> None:
    """The same over a real broker: the partner's topic too, with its offsets."""
    tally = pairs(ground, SEED, OVER_A_BROKER, cluster=cluster)
    print(told(tally))
    assert not tally.different, "\n".join(tally.different)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_found(leak: str, ground: Ground) -> None:
    """The control: what tells a partner of something hidden makes two worlds differ, and that is found."""
    with LEAKS[leak]():
        tally = pairs(ground, SEED, 30, most=1, only=ONLY.get(leak, ()))
    assert tally.different, tally
    print(f"control: caught ({leak}, in pair {tally.pairs})")
