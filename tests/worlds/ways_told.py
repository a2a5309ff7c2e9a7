"""Ways in which a second world differs: what others tell, do at meetings, plan and hand over, by whole scenes."""

from typing import Any

from hub.aggregates import TOLD
from tests.telling import name_of
from tests.worlds.change import Change, way
from tests.worlds.histories import readers, unseen, without_sides
from tests.worlds.scenes import (
    ABOUT_THE_CITIZEN,
    SAID,
    Scene,
    Stage,
    a_handover,
    a_meeting,
    a_plan,
    about_the_citizen,
    withheld,
)
from tests.worlds.ways_together import WAYS

__all__ = ["TOLD_WAYS", "WAYS"]
OLDER = frozenset(WAYS)
ALMOST_ALWAYS = 0.9
"""How often words that are put in have a label that few may know of."""
TRIES = 5


def played(change: Change, scene: Scene) -> bool:
    """Put a scene in of which the partner sees nothing, as far as a first look tells; otherwise leave it out."""
    before, added = change.steps, len(change.added)
    ways = readers(change.history, change.partner)
    made = scene(Stage(change, hide=ALMOST_ALWAYS)) and len(change.added) > added
    if made and unseen(without_sides(change.made), change.added[added:], change.partner, ways):
        return True
    change.steps, change.added = before, change.added[:added]
    return False


@way("what others tell")
def told(change: Change) -> bool:
    """A few things are told, of which the partner may not know; some go on and end."""
    topics = change.rng.sample(ABOUT_THE_CITIZEN, 2 * TRIES)
    done = [played(change, lambda stage, topic=topic: about_the_citizen(stage, topic)) for topic in topics]
    return any(done)


@way("others meet, and prepare it")
def met(change: Change) -> bool:
    """A meeting of others, with what comes before it and after."""
    return any(played(change, a_meeting) for _ in range(TRIES))


@way("others plan and order")
def planned(change: Change) -> bool:
    """An action plan with support, an order and follow-up, between others."""
    return any(played(change, a_plan) for _ in range(TRIES))


@way("responsibility goes from one to another")
def handed_over(change: Change) -> bool:
    """Others hand over, and settle what is open."""
    return any(played(change, a_handover) for _ in range(TRIES))


@way("something is withheld from the citizen")
def kept_back(change: Change) -> bool:
    """The authority withholds an item from the citizen."""
    return any(played(change, withheld) for _ in range(TRIES))


@way("it is closed, and begun again")
def closed(change: Change) -> bool:
    """The cooperation ends while the partner is suspended: it is told of nothing, and may do nothing either."""
    out = [
        place
        for place, step in enumerate(change.steps)
        if step["event"] == "partner.suspended" and step["data"]["partner"] == change.partner
    ]
    if not out:
        return False
    stage = Stage(change, hide=ALMOST_ALWAYS)
    stage.place = change.rng.randint(out[-1] + 1, len(change.steps))
    stage.tell("citizen.closed", change.staff("my"))
    if change.rng.random() < REOPENED:
        stage.tell("citizen.reopened", {"who": "citizen"})
    return True


REOPENED = 0.7
TOLD_WAYS = tuple(sorted(set(WAYS) - OLDER))
"""The ways of this module up to here, of which one is mostly among those that are chosen."""


@way("another value in what is hidden")
def other_value(change: Change) -> bool:
    """What the partner never saw has another day, another number or another answer."""
    found = [
        (place, name)
        for place in change.hidden(*map(name_of, TOLD))
        for name, value in change.steps[place]["data"].items()
        if isinstance(value, dict) and "value" in value
    ]
    if not found:
        return False
    place, name = change.rng.choice(found)
    data = change.steps[place]["data"][name]
    change.replace(
        place, **{name: {**data, "value": another(change, change.steps[place]["event"], name, data)}}
    )
    return True


def another(change: Change, event: str, name: str, data: dict[str, Any]) -> Any:
    """A value that such a field can hold as well."""
    before = data["value"]
    if isinstance(before, bool):
        return not before
    if isinstance(before, int):
        return before % 30 + 1
    if choices := dict(TOLD[f"{event}.v1"].RULE.one_of).get(name):
        return change.rng.choice([one for one in choices if one != before])
    return before if name in SAID else str(before).replace("2027-", "2028-").replace("2025-", "2026-")
