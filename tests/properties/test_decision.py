"""The hub's decision equals the naive oracle's, over generated histories and over the stories."""

import os
import random
from collections import Counter
from typing import Any

import pytest

from hub.application import disclosure
from hub.application.disclosure import EVERY_PURPOSE, Viewer
from hub.application.standing import Grant, ItemGrant
from hub.items import Item
from tests import oracle
from tests.histories import Asked, questions, random_history
from tests.playing import Played

HISTORIES = int(os.environ.get("HUB_HISTORIES", "2000"))
SEED = int(os.environ.get("HUB_SEED", "20261122"))
QUESTIONS = 8


def disagreements(seed: int, histories: int, most: int = 3) -> tuple[list[str], Counter[str], int]:
    """Differences found, why each answer was given, and how many questions were asked."""
    rng = random.Random(seed)
    found: list[str] = []
    shares: Counter[str] = Counter()
    asked = 0
    for number in range(histories):
        history = random_history(rng, rng.randint(12, 50))
        played = Played(history)
        for question in questions(history, rng, QUESTIONS):
            asked += 1
            decision = played.ask(question)
            shares[decision.why or decision.reasons[0].code] += 1
            if (difference := played.difference(question)) is not None:
                found.append(f"history {number} of seed {seed}: {difference}")
                if len(found) >= most:
                    return found, shares, asked
    return found, shares, asked


def test_hub_and_oracle_agree_on_generated_histories() -> None:
    """On every generated history the decision and the independent oracle give the same answer, fields and word."""
    found, shares, asked = disagreements(SEED, HISTORIES)
    print(f"\nseed {SEED}: {HISTORIES} histories, {asked} answers, {len(found)} differences; {dict(shares)}")
    assert not found, "\n".join(found)
    assert sum(shares[why] for why in ("own", "addressed", "consent")) > 0.3 * asked


_WAYS = Viewer._ways


def _ways_without_own(viewer: Viewer, item: Item, *, screen: bool) -> tuple[bool, ItemGrant | None, bool]:
    """The ways to an item, own records left out."""
    return (False, *_WAYS(viewer, item, screen=screen)[1:])


RULES_OFF = {
    "a ceiling is not asked for": (Viewer, "_by_consent", lambda *_: EVERY_PURPOSE),
    "blocks cover nothing": (Viewer, "blocked", property(lambda _: 0, lambda *_: None)),
    "grants cover all times and sources": (Grant, "covers", lambda *_: True),
    "names reveal nothing": (Viewer, "_labels", lambda _, field: field.labels),
    "own records are not own": (Viewer, "_ways", _ways_without_own),
}


@pytest.mark.parametrize("what", RULES_OFF)
def test_a_rule_switched_off_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one rule of the decision switched off, the comparison finds differences: it can fail."""
    monkeypatch.setattr(*RULES_OFF[what])

    found, _, _ = disagreements(SEED, 400, most=1)

    assert found
    print("control: caught")


def purge_confirmed(by: str, at: str) -> dict[str, Any]:
    """The step with which a partner's system says that a purge is carried out."""
    return {
        "id": "purge",
        "at": at,
        "by": {"who": "partner", "partner": by, "person": None},
        "event": "consents.purge_confirmed",
        "data": {"partner": {"partner": by, "labels": ["contact"], "key": True}},
        "imported": False,
    }


def who_sees_a_confirmed_purge(histories: int, off: frozenset[str] = frozenset()) -> tuple[int, int, int]:
    """How often it was asked whether somebody sees one, and how often the hub and the oracle said yes.

    Its type is given a category here, as blocks have one: the hub gives it none, so that it is absent twice over.
    """
    rng = random.Random(SEED)
    asked, ours, theirs = 0, 0, 0
    for _ in range(histories):
        history = random_history(rng, 30)
        steps, partners = history["steps"], history["partners"]
        history["types"] = {**history["types"], "consents.purge_confirmed": "contact"}
        steps.append(purge_confirmed(rng.choice(partners)["id"], steps[-1]["at"]))
        played = Played(history)
        for reader in partners:
            tasks = [step["data"] for step in steps if "purpose" in step["data"] and "person" in step["data"]]
            own = [
                (t["person"]["person"], t["purpose"])
                for t in tasks
                if t["partner"]["partner"] == reader["id"]
            ]
            ways = [("screen", person, purpose) for person, purpose in own]
            ways += [(channel, None, p) for p in reader["purposes"] for channel in ("topic", "api", "feed")]
            for channel, person, purpose in ways:
                question = Asked(len(steps), "purge", reader["id"], person, purpose, channel, steps[-1]["at"])
                asked += 1
                ours += played.ask(question).permitted
                theirs += oracle.answer(history, **question._asdict(), off=off).visible
    return asked, ours, theirs


def test_nobody_is_told_that_a_purge_was_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells that an access has ended: no partner sees it by any way, neither its recorder nor the coordinator."""
    asked, ours, theirs = who_sees_a_confirmed_purge(30)
    assert asked > 300
    assert (0, 0) == (ours, theirs)

    sees = disclosure._REGISTRAR_SEES | {"consents.purge_confirmed"}
    monkeypatch.setattr(disclosure, "_REGISTRAR_SEES", sees)
    _, ours, theirs = who_sees_a_confirmed_purge(10, frozenset({"rule_9_statements"}))
    assert ours
    assert theirs
    print("control: caught")


def test_the_same_question_at_the_same_position_has_one_answer() -> None:
    """The order in which statements arrive changes nothing: they are a set ordered by position."""
    rng = random.Random(SEED)
    for _ in range(50):
        history = random_history(rng, 40)
        played = Played(history)
        asked: list[Asked] = questions(history, rng, QUESTIONS)
        before = [played.ask(question) for question in asked]
        rng.shuffle(played.statements)
        assert before == [played.ask(question) for question in asked]
