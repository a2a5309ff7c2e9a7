"""The three stories, played through the hub's own commands: what each reader sees, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.clock import FixedClock
from hub.postgres import Database
from tests.building import build
from tests.living import NOT_YET, Living, NotPlayed, first_moment, moment, with_scaffold
from tests.living_checks import Asked

NAMES = ("hanne", "omar", "kirsten")


def story(shared: Path, name: str) -> dict[str, Any]:
    """A story as it is written, with the scaffold it stands on."""
    found: dict[str, Any] = json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8"))
    return with_scaffold(found)


def played(database: Database, folder: Path, history: dict[str, Any]) -> tuple[Living, Asked, list[str]]:
    """Play a story to its end, asking and trying on the way; what was carried out that must be refused."""
    town = build(database, folder, clock=FixedClock(first_moment(history)))
    life = Living(town, history, codes=True)
    asked, carried_out = Asked(life), []
    ahead = sorted((c for c in history["checks"] if "at" in c), key=lambda check: moment(check["at"]))
    for step in history["steps"]:
        while ahead and moment(ahead[0]["at"]) < moment(step["at"]):
            life.move_to(moment(ahead[0]["at"]))
            asked.ask(ahead.pop(0))
        life.play(step)
        for attempt in history["refused"]:
            if attempt["after"] == step["id"] and attempt["event"] in NOT_YET:
                life.not_yet[attempt["event"]] += 1
            elif attempt["after"] == step["id"]:
                carried_out += carried(life, attempt)
        for check in history["checks"]:
            if check.get("after") == step["id"]:
                asked.ask(check)
    for check in ahead:
        life.move_to(moment(check["at"]))
        asked.ask(check)
    return life, asked, carried_out


def carried(life: Living, attempt: dict[str, Any]) -> list[str]:
    """Try what must be refused: what it is called when it was carried out, or could not even be tried."""
    try:
        return [] if life.refused(attempt) is not None else [attempt["id"]]
    except NotPlayed as missing:
        return [f"{attempt['id']} was not tried: {missing}"]


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_the_story_is_what_every_reader_sees(
    name: str, database: Database, tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step of the story is carried out, every reader sees exactly what it says, and what must be refused is."""
    history = story(shared, name)
    life, asked, carried_out = played(database, tmp_path, history)
    with capsys.disabled():
        print(
            f"\n{name}: {len(life.steps)} steps played, {sum(life.not_yet.values())} of types not there yet"
        )
        print(f"  {dict(life.not_yet)}")
        print(f"  begun by a code, which the hub does not have yet: {', '.join(life.linked) or 'none'}")
        print(f"  {asked.asked} checks asked, {len(asked.skipped)} of them not of everything")
        for skipped in asked.skipped:
            print(f"    {skipped}")
        print(f"  {len(history['refused']) - len(carried_out)} commands refused")
    assert not life.left_out, "\n".join(f"{step}: {why}" for step, why in life.left_out)
    assert not asked.wrong, "\n".join(asked.wrong)
    assert not carried_out, f"carried out and must be refused: {carried_out}"
