"""Generated histories through the hub's own commands: what every reader is given equals what the oracle permits."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hub.clock import FixedClock
from hub.postgres import Database
from hub.vault import new_root_key
from tests import oracle
from tests.building import build
from tests.living import Living, first_moment
from tests.living_checks import seen_by
from tests.worlds.histories import Reader, base_history, readers
from tests.worlds.running import Ground

LIVES = int(os.environ.get("HUB_LIVES", "6"))
SEED = os.environ.get("HUB_SEED", "20261122")
LOOKS = 3
"""How often each history is looked at before its end."""


class Compared:
    """How much was compared, and what differs."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.readings = 0
        self.rows = 0
        self.left_out = 0
        self.unknown = 0
        self.differences: list[str] = []

    def look(self, life: Living) -> None:
        """Ask every reader of every partner now."""
        for partner in life.played["partners"]:
            for reader in readers(life.played, partner["id"]):
                self.compare(life, partner["id"], reader)

    def compare(self, life: Living, partner: str, reader: Reader) -> None:
        """One reader: the rows given, and those permitted."""
        played, who = life.played, {"partner": partner, **vars(reader)}
        given = {step: (row.why, {*row.fields}) for step, row in seen_by(life, who).items()}
        permitted: dict[str, Any] = {}
        for step in played["steps"]:
            told = oracle.answer(
                played,
                len(played["steps"]),
                step["id"],
                partner,
                reader.purpose,
                reader.channel,
                life.town.clock(),
                reader.person,
            )
            if told.visible:
                named = {life.hub_name(step["id"], name) for name in told.fields}
                permitted[step["id"]] = (told.why, named)
        self.readings += 1
        self.rows += len(permitted)
        for step in given.keys() | permitted.keys():
            if given.get(step) == permitted.get(step):
                continue
            if names_unknown(life, step):
                self.unknown += 1
                continue
            self.differences.append(
                f"{who} {life.steps[step]}\n  hub    {given.get(step)}\n  oracle {permitted.get(step)}"
            )


def names_unknown(life: Living, step: str) -> bool:
    """Whether a step names an organisation that was registered later: its row is not decided anew then."""
    before = list(life.steps)[: list(life.steps).index(step)]
    late = {s["data"]["partner"] for s in life.history["steps"] if s["event"] == "partner.registered"}
    known = {
        life.steps[s]["data"]["partner"] for s in before if life.steps[s]["event"] == "partner.registered"
    }
    named = {
        name
        for value in life.steps[step]["data"].values()
        if isinstance(value, dict)
        for name in [value.get("partner"), *value.get("partners", [])]
    }
    return bool(named & (late - known))


def lived(ground: Ground, seed: str, compared: Compared) -> None:
    """Play one history, and look at it a few times."""
    rng = Random(seed)
    history = base_history(rng, rng.randint(18, 40))
    town = build(ground.database(), ground.folder, clock=FixedClock(first_moment(history)))
    life = Living(town, history)
    at = {step["id"] for step in rng.sample(history["steps"][6:], LOOKS)} | {history["steps"][-1]["id"]}
    for step in history["steps"]:
        life.play(step)
        if step["id"] in at:
            compared.look(life)
    compared.left_out += len(life.left_out)


def test_every_reader_is_given_what_the_oracle_permits(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands, store, consumers, view and reading together show what is permitted by then, no more and no less."""
    new_root_key(tmp_path / "root.key")
    ground, compared = Ground(database, tmp_path), Compared()
    for number in range(LIVES):
        lived(ground, f"{SEED} {number}", compared)
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {LIVES} lives, {compared.readings} readings, {compared.rows} rows, "
            f"{len(compared.differences)} differences; {compared.left_out} steps refused, "
            f"{compared.unknown} rows name who was registered later"
        )
    assert not compared.differences, "\n".join(compared.differences[:3])
    assert compared.rows > 50 * LIVES
