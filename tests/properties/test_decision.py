"""The hub's decision equals the naive oracle's, over generated histories.

`python -m tests.properties` (make properties) does the same over many more, in two processes.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from hub.application import disclosure
from hub.schemas import Schemas
from hub.vocabulary import EXISTENCE
from tests import oracle
from tests.asking import Asked, questions
from tests.bodies import told_body, told_schemas
from tests.histories_told import random_history
from tests.playing import Played, fields_of
from tests.properties.comparing import KINDS, QUESTIONS, REASONS, UNTOLD, is_caught, run

HISTORIES = int(os.environ.get("HUB_HISTORIES", "2000"))
SEED = int(os.environ.get("HUB_SEED", "20261122"))
NAMES = ("hanne", "omar", "kirsten")
WHYS = ("own", "addressed", "law", "consent")


def test_hub_and_oracle_agree_on_generated_histories(capsys: pytest.CaptureFixture[str]) -> None:
    """On every generated history both give the same answer: fields, whose words, the one word why, first reason."""
    tally = run(SEED, range(HISTORIES), lambda _: None)
    share = tally.permits / tally.answers
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {tally.histories} histories, {tally.answers} answers, {tally.different} differences"
        )
        print(f"  {share:.1%} permitted; {dict(tally.why)}; {dict(tally.reasons.most_common())}")
    assert not tally.different, "\n".join(tally.differences)
    assert 0.3 <= share <= 0.7
    if HISTORIES >= 2000:
        assert not tally.never, "these types of event occurred in no history"
    if HISTORIES >= 500:
        assert set(WHYS) == set(tally.why)
        assert set(tally.reasons) == REASONS
        assert tally.redelivered
        assert tally.rows


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_hub_and_oracle_agree_on_the_stories(name: str, shared: Path) -> None:
    """Of every item of a story, at every sixth step, each reader of its checks is told the same by both."""
    history = json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8"))
    played, steps = Played(history), history["steps"]
    readers = {(c["as"]["partner"], c["as"].get("person"), c["as"]["purpose"], c["as"]["channel"])
               for c in history["checks"]}  # fmt: skip
    asked = [
        Asked(upto, step["id"], *reader, steps[upto - 1]["at"])
        for upto in range(6, len(steps) + 1, 6)
        for step in steps[:upto]
        for reader in sorted(readers, key=str)
    ]
    assert len(asked) > 1000
    assert [] == [found for question in asked if (found := played.difference(question))]


@pytest.mark.parametrize(
    "kind",
    ["block", "corrected", "basis", "emergency", "address_protected", "ended", "part_ended", "withheld"],
)
def test_a_kind_of_statement_that_the_hub_does_not_hear_of_is_found(kind: str) -> None:
    """A hub to which one kind of statement means nothing differs from the oracle: the comparison can fail."""
    assert kind in KINDS
    assert is_caught(SEED, kind, 600)
    print("control: caught")


@pytest.mark.parametrize("rule", UNTOLD[:4])
def test_a_rule_that_the_oracle_is_not_told_is_found(rule: str) -> None:
    """An oracle to which an order, or what is withheld, means nothing differs from the hub: both are compared."""
    assert is_caught(SEED, rule, 600)
    print("control: caught")


def test_what_is_generated_of_the_told_events_is_well_formed() -> None:
    """Each of them can be written by its published schema and read again, and says what the step says of its fields."""
    schemas, rng, seen = Schemas(), random.Random(SEED), set()
    for _ in range(250):
        history = random_history(rng, 45)
        items = Played(history).items
        for step in history["steps"]:
            if step["event"] not in told_schemas():
                continue
            schema, body = told_schemas()[step["event"]], told_body(step)
            assert schemas.decode(schemas.encode(schema.topic, body)) == (schema, body)
            assert sorted(items[step["id"]].fields) == sorted(fields_of(step))
            seen.add(step["event"])
    assert len(seen) > 95


@pytest.mark.shared
def test_the_stories_and_the_hub_agree_on_what_a_type_of_event_is_about(shared: Path) -> None:
    """The category of each type in the stories is the hub's."""
    for name in NAMES:
        types = json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8"))["types"]
        assert {event: str(EXISTENCE[event]) for event in types if event in EXISTENCE} == {
            event: category for event, category in types.items() if event in EXISTENCE
        }


def test_generated_histories_say_everything_that_can_be_said() -> None:
    """Every kind of statement that the hub knows occurs in generated histories, so that each has its control."""
    rng = random.Random(SEED)
    said = {each.kind for _ in range(300) for each in Played(random_history(rng, 45)).statements}
    assert said == set(KINDS)


RULES_OFF: dict[str, tuple[Any, str, Any]] = {
    "no statement stays on nobody's surface": (disclosure, "_NOBODY_SEES", frozenset()),
    "a registrar sees nothing of its consents": (disclosure, "_REGISTRAR_SEES", frozenset()),
    "topics and feeds are decided for a person": (disclosure, "_IMPERSONAL", frozenset()),
    "calendar, mail and export keep an address": (disclosure, "_OUTWARD", frozenset()),
}


@pytest.mark.parametrize("what", RULES_OFF)
def test_a_rule_switched_off_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one rule of the decision switched off, the comparison finds differences: it can fail."""
    monkeypatch.setattr(*RULES_OFF[what])
    assert any(run(SEED, range(n, n + 100), lambda _: None).different for n in range(0, 1500, 100))
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

    purge = {"consents.purge_confirmed"}
    monkeypatch.setattr(disclosure, "_NOBODY_SEES", disclosure._NOBODY_SEES - purge)
    monkeypatch.setattr(disclosure, "_REGISTRAR_SEES", disclosure._REGISTRAR_SEES | purge)
    _, ours, theirs = who_sees_a_confirmed_purge(10, frozenset({"rule_9_statements"}))
    assert ours
    assert theirs
    print("control: caught")


def test_the_same_question_at_the_same_position_has_one_answer() -> None:
    """The order in which statements arrive, and how often, changes nothing: they are a set ordered by position."""
    rng = random.Random(SEED)
    for _ in range(50):
        history = random_history(rng, 40)
        played = Played(history)
        again = played.redelivered(rng)
        asked: list[Asked] = questions(history, rng, QUESTIONS)
        assert [played.ask(question) for question in asked] == [again.ask(question) for question in asked]


def test_a_control_for_redelivery() -> None:
    """When what comes again comes with another position, the answers differ: the comparison above can fail."""
    rng = random.Random(SEED)
    for _ in range(300):
        history = random_history(rng, 40)
        played = Played(history)
        again = played.redelivered(rng)
        again.statements = [each._replace(position=-each.position) for each in again.statements]
        asked = questions(history, rng, QUESTIONS)
        if [played.ask(question) for question in asked] != [again.ask(question) for question in asked]:
            print("control: caught")
            return
    pytest.fail("nothing differs when positions are turned round")
