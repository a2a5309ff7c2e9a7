"""The oracle against the stories, and the generated histories against what they are meant to hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import histories, oracle

NAMES = ("hanne", "omar", "kirsten")

SPOKEN = "rules of spoken consent (30 days, from the confirmation) are out of scope"
PERSON_BLOCK = "a block on a person is out of scope"
EMERGENCY = "emergency access is out of scope"
LAW = "bases in law are out of scope"
MISFILED = "misfiled notes are out of scope"

SKIPPED = {
    ("hanne", "goal-progress", "ann"): SPOKEN,
    ("hanne", "goal-2", "ann"): SPOKEN,
    ("omar", "block-sofie", "sofie"): PERSON_BLOCK,
    ("omar", "block-sofie", "topic"): PERSON_BLOCK,
    ("omar", "block-sofie", "feed"): PERSON_BLOCK,
    ("omar", "2025-05-14T11:00:00+02:00", "per"): SPOKEN,
    ("omar", "agr-cykel", "per"): SPOKEN,
    ("omar", "emergency", "vagt"): EMERGENCY,
    ("omar", "wrong-note-gone", "tove"): MISFILED,
    ("omar", "wrong-note-gone", "ali"): MISFILED,
    ("kirsten", "treat-2", "dorte"): LAW,
    ("kirsten", "treat-2", "topic"): LAW,
    ("kirsten", "treat-3", "dorte"): LAW,
    ("kirsten", "agr-bus", "dorte"): LAW,
    ("kirsten", "after-note", "dorte"): LAW,
}
"""Story, after or at, person or channel: why the whole check is not asked. Each of these would fail today."""

REFUSALS_OF_RULE_1 = {
    "unknown-channel",
    "unknown-event",
    "purpose-missing-or-forbidden",
    "unknown-partner",
    "suspended",
    "no-relation",
    "no-task",
    "purpose-not-of-task",
    "purpose-not-registered",
}
DENIALS = REFUSALS_OF_RULE_1 - {"unknown-channel"} | {
    "block",
    "statement",
    "unlabelled",
    "block-of-category",
    "ceiling",
    "no-consent",
    "not-this-category",
    "not-this-purpose",
    "not-this-source",
    "not-this-time",
    "no-field",
}
BY_REASON_ONLY = {"rule_1_known_event", "rule_1_known_partner"}
"""What these deny is nearly always denied for a second reason too, so their absence shows in the reasons."""


@dataclass(frozen=True, eq=False)
class Check:
    """One check of a story."""

    story: str
    number: int
    check: dict[str, Any]

    @property
    def place(self) -> tuple[str, str, str]:
        """Where the check is asked and by whom."""
        reader = self.check["as"]
        return (
            self.story,
            self.check.get("after") or self.check["at"],
            reader.get("person") or reader["channel"],
        )

    @property
    def skipped(self) -> str | None:
        """Why the check is not asked, if it is not."""
        return SKIPPED.get(self.place)


def checks(name: str, history: dict[str, Any]) -> list[Check]:
    """Every check of a story."""
    return [Check(name, number, check) for number, check in enumerate(history["checks"])]


def prefix(history: dict[str, Any], check: dict[str, Any]) -> tuple[int, str]:
    """How many steps, and which moment, a check is asked at."""
    steps = history["steps"]
    if "after" in check:
        place = next(n for n, step in enumerate(steps) if step["id"] == check["after"])
        return place + 1, steps[place]["at"]
    now = datetime.fromisoformat(check["at"])
    return sum(datetime.fromisoformat(step["at"]) <= now for step in steps), check["at"]


def faults(history: dict[str, Any], check: dict[str, Any]) -> list[str]:
    """Everything in which the oracle and one check differ."""
    upto, now = prefix(history, check)
    who = check["as"]
    seen = oracle.everything(
        history, upto, who["partner"], who["purpose"], who["channel"], now, who.get("person")
    )
    found = [
        f"{item} should be seen: {seen[item].reasons}" for item in check["sees"] if not seen[item].visible
    ]
    found += [f"{item} should be absent: {seen[item]}" for item in check["not"] if visible(seen, item)]
    for item, names in check.get("fields_absent", {}).items():
        found += [f"{item}.{name} should be absent" for name in names if name in fields_of(seen, item)]
    for item, names in check.get("values", {}).items():
        found += [f"{item}.{name} should be there" for name in names if name not in fields_of(seen, item)]
    for item, why in check.get("why", {}).items():
        found += [f"{item} by {seen[item].why}, not {why}"] if seen[item].why != why else []
    return found


def visible(seen: dict[str, oracle.Answer], item: str) -> bool:
    """Whether a row is there; a step that has not happened yet is not."""
    return item in seen and seen[item].visible


def fields_of(seen: dict[str, oracle.Answer], item: str) -> frozenset[str]:
    """The fields shown of an item."""
    return seen[item].fields if item in seen else frozenset()


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_agrees_with_every_check_of_the_story(
    name: str, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a story says of each reader is what the oracle says, and a check is skipped only while it must be."""
    history = json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8"))
    every = checks(name, history)
    found = {check: faults(history, check.check) for check in every}
    wrong = {str(check.place): found[check] for check in every if found[check] and not check.skipped}
    idle = [check.place for check in every if check.skipped and not found[check]]
    skipped = [check for check in every if check.skipped]
    with capsys.disabled():
        asked = len(every) - len(skipped)
        print(f"\n{name}: {asked} checks asked, {asked - len(wrong)} passed, {len(skipped)} skipped")
        for check in skipped:
            print(f"  skipped #{check.number} {check.place}: {check.skipped}")
    assert not wrong, json.dumps(wrong, indent=2, ensure_ascii=False)
    assert not idle, f"these hold by now, so they need no skip: {idle}"


def test_the_same_seed_gives_the_same_history() -> None:
    """A history and its questions can be made again from their seed."""
    first, second = Random(7), Random(7)
    histories_made = [histories.random_history(rng, 50) for rng in (first, second)]
    asked = [histories.questions(histories_made[0], rng, 20) for rng in (first, second)]
    assert histories_made[0] == histories_made[1]
    assert asked[0] == asked[1]


def test_generated_questions_are_permitted_and_denied_in_good_shares(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of what a related partner with a task asks, 30 to 70 % is permitted, for each reason; every denial occurs."""
    asked = related = seen = 0
    why: Counter[str | None] = Counter()
    denials: Counter[str] = Counter()
    for history, question in generated(seed=1, many=150, each=40):
        told = oracle.answer(history, **question._asdict())
        asked += 1
        related += not REFUSALS_OF_RULE_1 & set(told.reasons)
        seen += told.visible
        why.update([told.why] if told.visible else [])
        denials.update(told.reasons)
    with capsys.disabled():
        print(f"\n{asked} questions, {related} by related readers: {seen / related:.0%} of these permitted")
        print(f"  why: {dict(why)}\n  denials: {dict(denials.most_common())}")
    assert 0.3 <= seen / related <= 0.7
    assert {"own", "addressed", "consent"} == set(why)
    assert set(denials) == DENIALS


@pytest.mark.slow
@pytest.mark.parametrize("name", oracle.RULES)
def test_a_rule_that_is_switched_off_is_found(name: str) -> None:
    """The control: without any one rule the oracle gives another answer to some generated question."""
    off = frozenset({name})
    assert any(
        differs(name, oracle.answer(history, **q._asdict()), oracle.answer(history, **q._asdict(), off=off))
        for history, q in generated(seed=2, many=1500, each=12)
    ), f"nothing generated shows that {name} is missing"


def generated(*, seed: int, many: int, each: int) -> Iterator[tuple[dict[str, Any], histories.Asked]]:
    """Questions on generated histories of different lengths."""
    rng = Random(seed)
    for _ in range(many):
        history = histories.random_history(rng, rng.randint(15, 60))
        for question in histories.questions(history, rng, each):
            yield history, question


def differs(name: str, one: oracle.Answer, other: oracle.Answer) -> bool:
    """Whether a reader, or for two rules the auditor, would notice."""
    if name in BY_REASON_ONLY:
        return one != other
    return (one.visible, one.fields, one.why) != (other.visible, other.fields, other.why)
