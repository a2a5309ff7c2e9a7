"""Two worlds over HTTP: a partner's people and system are answered alike, pages and API, byte for byte."""

import os
from pathlib import Path

import pytest

from hub.postgres import Database
from hub.vault import new_root_key
from tests.worlds.leaks_http import LEAKS_HTTP
from tests.worlds.running import Ground, Tally, pairs

PAIRS = int(os.environ.get("HUB_HTTP_PAIRS", "2"))
SEED = os.environ.get("HUB_SEED", "20261123")
IN_BRIEF = ("a page with a count of what is hidden",)
"""Planted here; `python -m tests.worlds --http` plants all."""


@pytest.fixture
def ground(database: Database, tmp_path: Path) -> Ground:
    """A prepared database for one world after the other, and the root key of all of them."""
    new_root_key(tmp_path / "root.key")
    return Ground(database, tmp_path)


def test_nobody_can_tell_two_worlds_apart_over_http(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page, a form, a search, a feed and an answer of the API are the same in both worlds, with status and tag."""
    tally = pairs(ground, SEED, PAIRS, http="sample")
    with capsys.disabled():
        print(told(tally))
    assert not tally.different, "\n".join(tally.different)
    assert not tally.failed, "\n".join(tally.failed)
    assert tally.pairs == PAIRS
    assert tally.compared["pairs in which the partner sees something"], (
        "The partner sees nothing: take another seed."
    )
    assert tally.compared["things"] > 60 * PAIRS, "Hardly anything was asked."


@pytest.mark.parametrize("leak", IN_BRIEF)
def test_a_planted_leak_over_http_is_found(leak: str, ground: Ground) -> None:
    """The control: an answer that tells of what is hidden differs between two worlds, and that is found."""
    with LEAKS_HTTP[leak]():
        tally = pairs(ground, SEED, 30, most=1, http="briefly")
    assert tally.different, tally
    print(f"control: caught ({leak}, in pair {tally.pairs})")


def told(tally: Tally) -> str:
    """What was found, in a line."""
    return f"\nseed {SEED}: {tally.pairs} pairs over HTTP, {len(tally.different)} different, {dict(tally.compared)}"
