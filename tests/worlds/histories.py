"""Pairs of histories that differ only in what one partner may not know, as the oracle says of every prefix."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from tests import oracle
from tests.histories import Maker, named
from tests.living import History, Step, with_scaffold
from tests.worlds.change import Change
from tests.worlds.pipeline import SIDE
from tests.worlds.scenes import ALL_TYPES, SCENES, Stage

STATEMENTS: Final = ("consents.", "partner.", "event.")
"""Events that say who may see what; so do those in ALSO."""
ALSO: Final = frozenset({
    "citizen.closed", "citizen.reopened", "plan.order_ended", "plan.order_sent",
    "citizen.address_protected", "citizen.address_unprotected", "citizen.contact_person_assigned",
    "citizen.contact_person_ended", "citizen.coordinator_assigned", "citizen.coordinator_released", "citizen.died",
    "citizen.relation_ended", "citizen.relation_started", "citizen.representative_ended",
    "citizen.representative_registered", "handover.completed", "handover.declined", "handover.proposed",
    "handover.withdrawn", "meeting.agreement_made", "meeting.agreement_party_removed", "meeting.approval_withdrawn",
    "meeting.cancelled", "meeting.participant_approved_by_citizen", "meeting.participant_removed",
    "plan.support_ended", "plan.support_granted",
})  # fmt: skip

View = dict[str, Any]
"""What a partner and its people see after one step: for each way of reading, each item's fields and the word why."""


@dataclass(frozen=True)
class Reader:
    """One way in which a partner reads."""

    purpose: str
    channel: str
    person: str | None


def base_history(rng: Random, steps: int, scenes: int = 0, ending: str = "") -> History:
    """A history that the hub's commands mostly carry out, with its clock running forward; and so many scenes in it.

    An `ending` is an event: the cooperation is closed; or a partner is blocked or suspended, while others go on.
    """
    history = with_scaffold(Maker(rng, steps).history())
    change = Change({**history, "types": ALL_TYPES}, "", set(), set(), rng)
    change.mark = "b"
    for _ in range(scenes):
        rng.choice(SCENES)(Stage(change, hide=rng.choice(HIDES)))
    if ending == "citizen.closed":
        closed_at_last(change)
    elif ending:
        place = rng.randint(2 * len(change.steps) // 3, len(change.steps))
        blocked = {"partner": named(SHUT_OUT, "contact")}
        suspended = {"partner": SHUT_OUT, "reason": "en aftale"}
        by = {"who": "citizen"} if ending == "consents.block_set" else change.staff("my")
        change.add(place, by, ending, blocked if ending == "consents.block_set" else suspended)
    history, latest = change.made, ""
    for step in history["steps"]:
        if latest and datetime.fromisoformat(step["at"]) < datetime.fromisoformat(latest):
            step["at"] = latest
        latest = step["at"]
    return history


SHUT_OUT: Final = "bo"
"""Whom a history may shut out at last."""
HIDES: Final = (0.2, 0.6)
"""How often words of a scene have a label that few may know of."""


def readers(history: History, partner: str) -> list[Reader]:
    """Every way in which a partner reads: its topic for each purpose, and its people for those of their tasks."""
    entry = next(p for p in history["partners"] if p["id"] == partner)
    found = [Reader(purpose, "topic", None) for purpose in entry["purposes"]]
    for step in history["steps"]:
        data = step["data"]
        named = data.get("partner")
        if "purpose" in data and "person" in data and isinstance(named, dict) and named["partner"] == partner:
            found.append(Reader(data["purpose"], "screen", data["person"]["person"]))
    return list(dict.fromkeys(found))[:4]


def closed_at_last(change: Change) -> None:
    """The cooperation ends; and perhaps the citizen comes back, and something is told, though nobody is let in yet."""
    stage = Stage(change, hide=0.5)
    stage.place = len(change.steps)
    my = change.staff("my")
    stage.tell("citizen.closed", my)
    if change.rng.random() < COMES_BACK:
        stage.tell("citizen.reopened", {"who": "citizen"})
        stage.tell("citizen.wish_made", {"who": "citizen"})


COMES_BACK: Final = 0.6


def unseen(history: History, added: list[str], partner: str, ways: list[Reader]) -> bool:
    """Whether the partner sees nothing of these steps when they have been made, nor at the end: a first look only."""
    last = max(place for place, step in enumerate(history["steps"], 1) if step["id"] in added)
    return not any(seen_after(history, upto, partner, ways, added) for upto in {last, len(history["steps"])})


def without_sides(history: History) -> History:
    """The history alone, without what happens beside it."""
    return {**history, "steps": [s for s in history["steps"] if not s["event"].startswith(SIDE)]}


def seen_after(history: History, upto: int, partner: str, ways: list[Reader], items: list[str]) -> View:
    """What the partner sees of these items after so many steps, by the oracle: the words, labels and time too."""
    steps = {step["id"]: step for step in history["steps"][:upto]}
    if any(step["event"] == "citizen.closed" for step in steps.values()):
        return {}  # it ended everything by which anybody sees something, and in these histories nothing begins anew
    now, found = history["steps"][upto - 1]["at"], {}
    for way in ways:
        for item in items:
            told = oracle.answer(history, upto, item, partner, way.purpose, way.channel, now, way.person)
            if told.visible:
                shown = {name: said(steps, item, name, told.words.get(name)) for name in sorted(told.fields)}
                found[f"{way} {item}"] = (told.why, shown, labelled(history, upto, item))
    return found


def said(steps: dict[str, Step], item: str, name: str, words: str | None) -> Any:
    """What a field says, in the words that are shown: those of the item, or of a correction."""
    return steps[item]["data"][name] if words in (None, oracle.ORIGINAL) else steps[words]["data"]["new"]


def labelled(history: History, upto: int, item: str) -> list[Any]:
    """What was said of an item's labels and of its time: a reader of the item is shown both."""
    return [
        {name: step["data"].get(name) for name in ("field", "add", "remove", "new")}
        for step in history["steps"][:upto]
        if step["data"].get("step") == item
        and (step["event"] == "event.relabelled" or step["data"].get("field") == "occurred")
    ]


def may_change(step: Step, partner: str) -> bool:
    """Whether a step may change what the partner sees of other items: it says who may see what, and not of another."""
    if not (step["event"].startswith(STATEMENTS) or step["event"] in ALSO):
        return False
    named = step["data"].get("partner")
    whom = named["partner"] if isinstance(named, dict) else named
    return whom in (None, partner) or step["event"] == "partner.registered"


def views(history: History, partner: str, ways: list[Reader], *, every: bool) -> Iterator[tuple[str, View]]:
    """What the partner sees after each step; what a fact cannot change is not asked again, unless `every`."""
    current: View = {}
    steps, before = history["steps"], None
    for upto, step in enumerate(steps, 1):
        items = [each["id"] for each in steps[:upto]]
        passed = before is not None and ends_between(steps[:upto], before, step["at"])
        if not every and not may_change(step, partner) and not passed and upto != len(steps):
            current = {**current, **seen_after(history, upto, partner, ways, [step["id"]])}
        else:
            current = seen_after(history, upto, partner, ways, items)
        before = step["at"]
        yield step["id"], current


def ends_between(steps: list[Step], before: str, now: str) -> bool:
    """Whether something that was said to end, or lapses by itself, may end between two moments."""
    first, last = datetime.fromisoformat(before), datetime.fromisoformat(now)
    if first == last:
        return False
    for step in steps:
        until, at = step["data"].get("until"), datetime.fromisoformat(step["at"])
        if isinstance(until, str) and first < datetime.fromisoformat(until) <= last:
            return True
        for days in lapses(step):
            if first < at + timedelta(days=days, hours=2) and last > at + timedelta(days=days, hours=-2):
                return True
    return False


def lapses(step: Step) -> tuple[float, ...]:
    """The days after which something lapses by itself, to within two hours, or a day for a year."""
    if step["event"] == "consents.emergency_access_opened":
        return (8 / 24,)
    spoken = (30.0,) if step["data"].get("form") == "spoken" else ()
    return (*spoken, 364.5, 365, 365.5, 366, 366.5) if step["data"].get("section_43") else spoken


def distinguishable(
    one: History, other: History, partner: str, seen: dict[str, View], *, every: bool
) -> str | None:
    """The first step after which the partner could tell the two histories apart; None when there is none.

    `seen` is what it sees after each step of the first. A step of one history only changes nothing of it.
    """
    ways = readers(other, partner)
    if set(ways) != set(readers(one, partner)):
        return "the partner's own people"
    common, latest = {step["id"] for step in one["steps"]}, {}
    for step, view in views(other, partner, ways, every=every):
        if step in common:
            latest = seen[step]
        if view != latest:
            return step
    gone = {step["id"] for step in one["steps"]} - {step["id"] for step in other["steps"]}
    before: View = {}
    for step in one["steps"]:
        if step["id"] in gone and seen[step["id"]] != before:
            return str(step["id"])
        before = seen[step["id"]]
    return None
