"""The lives beside the checkout, and one of our own: what each reader sees, what is refused, and nothing left out."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub.clock import FixedClock
from hub.errors import HubError
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vocabulary import EXISTENCE
from tests.building import build
from tests.conftest import SHARED
from tests.living import Living, NotPlayed, first_moment, moment, with_scaffold
from tests.living_checks import Asked, Topics, by_organisation, command_line, right_kind
from tests.living_verbs import VERBS

OURS = Path(__file__).parents[1] / "stories"
"""Invented lives that come with the tests."""
FOLDERS = (Path(os.environ.get("HUB_SHARED", SHARED)) / "stories", OURS)
STORIES = [path for folder in FOLDERS for path in sorted(folder.glob("*.json"))]
"""Every life there is, whatever it is called."""


def story(path: Path) -> dict[str, Any]:
    """A story as it is written, with the scaffold it stands on."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return with_scaffold(found)


def begun(database: Database, folder: Path, history: dict[str, Any]) -> Living:
    """A story at its beginning."""
    town = build(database, folder, clock=FixedClock(first_moment(history)))
    return Living(town, history, codes=True)


def played(
    life: Living, asked: Asked, checks: list[dict[str, Any]]
) -> dict[str, HubError | NotPlayed | None]:
    """Play a story to its end, asking these checks and trying what must be refused on the way; how that went."""
    tried: dict[str, HubError | NotPlayed | None] = {}
    history = life.history
    ahead = sorted((check for check in checks if "at" in check), key=lambda check: moment(check["at"]))
    for step in history["steps"]:
        while ahead and moment(ahead[0]["at"]) < moment(step["at"]):
            life.move_to(moment(ahead[0]["at"]))
            asked.ask(ahead.pop(0))
        life.play(step)
        for attempt in history["refused"]:
            if attempt["after"] == step["id"]:
                tried[attempt["id"]] = outcome(life, attempt)
        for check in checks:
            if check.get("after") == step["id"]:
                asked.ask(check)
    for check in ahead:
        life.move_to(moment(check["at"]))
        asked.ask(check)
    return tried


def outcome(life: Living, attempt: dict[str, Any]) -> HubError | NotPlayed | None:
    """Try what must be refused: the refusal, None when it was carried out, or why it could not even be tried."""
    try:
        return life.refused(attempt)
    except NotPlayed as missing:
        return missing


def faults(history: dict[str, Any], tried: dict[str, HubError | NotPlayed | None]) -> list[str]:
    """What must be refused and was not, or was for another reason than the story's."""
    wrong = [f"{a['id']} was never tried" for a in history["refused"] if a["id"] not in tried]
    for attempt in history["refused"]:
        refusal = tried.get(attempt["id"])
        if isinstance(refusal, NotPlayed):
            wrong.append(f"{attempt['id']} was not tried: {refusal}")
        elif refusal is None:
            wrong.append(f"{attempt['id']} was carried out")
        elif not right_kind(attempt, refusal):
            wrong.append(f"{attempt['id']} was refused with {type(refusal).__name__}: {refusal}")
    return wrong


@pytest.mark.shared
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_is_what_every_reader_sees(
    path: Path, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step of the life is carried out, every reader sees exactly what it says, and what must be refused is."""
    history = story(path)
    life = begun(database, tmp_path, history)
    with command_line(life) as screens:
        asked = Asked(life, screens)
        tried = played(life, asked, history["checks"])
    with capsys.disabled():
        surfaces = ", ".join(f"{name} {count}" for name, count in sorted(asked.asked.items()))
        print(f"\n{path.stem}: steps {len(life.steps)} of {len(history['steps'])} played", end="")
        print(f" · checks {len(history['checks'])} ({surfaces}) · refused {len(tried)}")
        print(f"  linked by a code: {', '.join(life.linked) or 'none'}")
    assert not life.left_out, "\n".join(f"{step}: {why}" for step, why in life.left_out)
    assert life.steps.keys() == {step["id"] for step in history["steps"]}
    assert not asked.wrong, "\n".join(asked.wrong)
    print(
        [
            (a["id"], type(tried[a["id"]]).__name__, str(tried[a["id"]])[:90], a["reason"][:90])
            for a in history["refused"]
        ]
    )
    assert not (wrong := faults(history, tried)), "\n".join(wrong)


@pytest.mark.shared
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_what_an_organisation_gets_is_what_lies_on_its_topic(
    path: Path, database: Database, tmp_path: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """An organisation's own topic on a real Kafka holds what the life says that it sees, and nothing more."""
    history = story(path)
    life = begun(database, tmp_path, history)
    checks = [check for check in history["checks"] if by_organisation(check["as"])]
    topics = Topics(life, cluster)
    topics.begin({check["as"]["partner"] for check in checks})
    asked = Asked(life, topics=topics)
    played(life, asked, checks)
    with capsys.disabled():
        print(f"\n{path.stem}: {dict(Counter(asked.asked))} checks of organisations")
    assert checks
    assert not life.left_out, "\n".join(f"{step}: {why}" for step, why in life.left_out)
    assert not asked.wrong, "\n".join(asked.wrong)


def test_the_lives_beside_the_checkout_are_played(shared: Path) -> None:
    """The three lives handed out beside the checkout are among those that are played, and so is one of our own."""
    assert {"hanne", "omar", "kirsten"} <= {path.stem for path in (shared / "stories").glob("*.json")}
    assert {path.stem for path in STORIES} >= {"hanne", "omar", "kirsten", "ingrid"}


def test_every_kind_of_event_can_be_played() -> None:
    """Whatever the log can hold, a life can tell: no event is without a verb in the player."""
    assert EXISTENCE.keys() - VERBS.keys() == set()


def test_our_own_life_has_every_kind_of_event() -> None:
    """A life that nobody has seen before plays too: ours has every kind of event there is, at least once."""
    told = {step["event"] for step in story(OURS / "ingrid.json")["steps"]}

    assert EXISTENCE.keys() - told == set()
    assert {event for event in VERBS if event.startswith("partner.")} - told <= {
        "partner.registered",
        "partner.ceiling_adopted",
    }
    assert {"event.corrected", "event.relabelled", "event.disputed", "event.misfiled"} <= told


def test_what_is_wrong_in_a_life_is_found(database: Database, tmp_path: Path) -> None:
    """Nothing is passed over: a wrong check, a field or a step that the hub has not, and a refusal that is none."""
    history = story(OURS / "ingrid.json")
    steps = {step["id"]: step for step in history["steps"]}
    begin = history["steps"][: history["steps"].index(steps["card"]) + 1]
    odd = {
        **steps["card"],
        "id": "odd",
        "data": {**steps["card"]["data"], "colour": steps["c-bo"]["data"]["partner"]},
    }
    unknown = {**steps["card"], "id": "unknown", "event": "citizen.weighed"}
    who = {"partner": "bo", "person": "tom", "purpose": "coordination", "channel": "screen"}
    check = {
        "after": "card",
        "as": who,
        "sees": ["task-rosa"],
        "not": ["card"],
        "values": {"hope": {"words": "Nej."}},
    }
    planted = {
        **history,
        "steps": [*begin, odd, unknown],
        "checks": [check],
        "refused": [
            {**steps["card"], "id": "allowed", "after": "card", "reason": "Only staff writes the card."}
        ],
    }
    life = begun(database, tmp_path, planted)
    asked = Asked(life)
    tried = played(life, asked, planted["checks"])

    assert ["odd", "unknown"] == [step for step, _ in life.left_out]
    assert "odd.colour" in life.left_out[0][1]
    assert 3 == len(asked.wrong)
    assert ["allowed was carried out"] == faults(planted, tried)
    print("control: caught")
