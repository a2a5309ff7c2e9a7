"""What the citizen is shown, for the naive oracle: everything, except single items that are withheld for a time.

A named officer withholds one item with a rule, a reason and an end date; it ends on its own then, or by a later step.
While it lasts neither the item is shown, nor what was said of it, nor that anything is withheld: everybody reads the
same sentence that this can occur.
"""

from __future__ import annotations

from datetime import datetime

from tests.oracle_log import History, Step, instant

RULES = (
    "rule_withheld",
    "rule_withheld_until",
    "rule_withheld_no_more",
    "rule_said_of_what_is_withheld",
    "rule_nothing_tells_of_it",
)
"""What can be switched off here, so that a test can show that its absence is found."""


def shown_to_the_citizen(
    history: History, upto: int, now: datetime | str, off: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The steps among the first `upto` that the citizen is shown at the moment `now`."""
    past = history["steps"][:upto]
    moment = instant(now) if isinstance(now, str) else now
    hidden = {step["data"]["about"] for step in past if withholds(step, past, moment, off)}
    shown = []
    for step in past:
        if step["id"] in hidden or about(step, past, off) in hidden:
            hidden.add(step["id"])
        else:
            shown.append(step["id"])
    return frozenset(shown)


def withholds(step: Step, past: list[Step], now: datetime, off: frozenset[str]) -> bool:
    """Whether this step keeps its item from the citizen at this moment."""
    if step["event"] != "citizen.item_withheld" or "rule_withheld" in off:
        return False
    ended = any(
        later["event"] == "citizen.withholding_ended" and later["data"]["withholding"] == step["id"]
        for later in past
        if "rule_withheld_no_more" not in off
    )
    in_time = "rule_withheld_until" in off or now < instant(step["data"]["until"]["value"])
    return in_time and not ended


def about(step: Step, past: list[Step], off: frozenset[str]) -> str:
    """What a step tells of, if anything: a change, a withholding or its end is shown with its item, or not."""
    if step["event"].startswith("event.") and "rule_said_of_what_is_withheld" not in off:
        return str(step["data"]["step"])
    if step["event"] == "citizen.item_withheld" and "rule_nothing_tells_of_it" not in off:
        return str(step["data"]["about"])
    if step["event"] == "citizen.withholding_ended" and "rule_nothing_tells_of_it" not in off:
        begun = next(each for each in past if each["id"] == step["data"]["withholding"])
        return str(begun["data"]["about"])
    return str(step["id"])
