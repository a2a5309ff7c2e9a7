"""A second history while it is being made from a first, and the table of the ways in which it may differ.

A way makes the change and does not judge it: whether the partner may indeed not know is the oracle's to say
(`histories.distinguishable`). A way that finds nothing to change says so.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from hub.aggregates import TOLD
from tests.histories import RARER
from tests.living import History, Step

Way = Callable[["Change"], bool]
WAYS: dict[str, Way] = {}
"""Every way, by its name."""


def way(name: str) -> Callable[[Way], Way]:
    """Keep a way under its name."""

    def kept(function: Way) -> Way:
        """Keep it."""
        WAYS[name] = function
        return function

    return kept


class Change:
    """A second history while it is being made from a first."""

    def __init__(self, history: History, partner: str, seen: set[str], kept: set[str], rng: Random) -> None:
        """Nothing is changed yet.

        `seen` are the steps that the partner ever sees anything of, `kept` those that must stay where they are.
        """
        self.history = history
        self.steps: list[Step] = list(history["steps"])
        self.partner = partner
        self.seen = seen
        self.kept = kept
        self.rng = rng
        self.added: list[str] = []
        self.mark = "x"
        """What its own steps have in their names."""

    @property
    def made(self) -> History:
        """The second history."""
        return {**self.history, "steps": self.steps}

    def others(self) -> list[str]:
        """The other partners that are there from the start."""
        late = {s["data"]["partner"] for s in self.steps if s["event"] == "partner.registered"}
        return [p["id"] for p in self.history["partners"] if p["id"] not in {self.partner, *late}]

    def place(self) -> int:
        """Somewhere after the first few steps: enrolment, and what everything stands on."""
        return self.rng.randint(5, len(self.steps))

    def add(self, place: int, by: Step, event: str, data: dict[str, Any], **more: Any) -> str:
        """Put a step of its own between two others, at the moment of the one before."""
        kind = event.split(".")[1]
        name = f"{kind}-{self.mark}{sum(one.startswith(f'{kind}-{self.mark}') for one in self.added)}"
        at = self.steps[place - 1]["at"]
        step = {"id": name, "at": at, "by": by, "event": event, "data": data, "imported": False, **more}
        self.steps = [*self.steps[:place], step, *self.steps[place:]]
        self.added.append(name)
        return name

    def staff(self, partner: str) -> Step:
        """Somebody at a partner."""
        return {"who": "partner", "partner": partner, "person": f"{partner}-{self.rng.randint(1, 2)}"}

    def words(self, base: str) -> dict[str, Any]:
        """Free text with labels that many may not know of."""
        extra = self.rng.sample((*RARER, "diagnosis", "finances", "criminal"), self.rng.randint(1, 2))
        return {"text": f"skjult {self.rng.randint(0, 999)}", "labels": sorted({base, *extra})}

    def hidden(self, *events: str) -> list[int]:
        """The places of steps of these types that the partner never sees anything of."""
        return [
            place
            for place, step in enumerate(self.steps)
            if step["id"] not in self.seen and step["event"] in events and place > 4
        ]

    def named_by_others(self, name: str) -> bool:
        """Whether another step rests on this one."""
        return any(name in mentions(step["data"]) for step in self.steps)

    def replace(self, place: int, **data: Any) -> None:
        """Give a step other data."""
        step = self.steps[place]
        changed = {**step, "data": {**step["data"], **data}}
        self.steps = [*self.steps[:place], changed, *self.steps[place + 1 :]]


def mentions(data: Any) -> set[str]:
    """Every word in a step's terms."""
    if isinstance(data, dict):
        return set().union(*(mentions(each) for each in data.values()))
    if isinstance(data, list):
        return set().union(*(mentions(each) for each in data))
    return {data} if isinstance(data, str) else set()


MORE_THAN_THEMSELVES = frozenset({
    "citizen.closed", "handover.let_go", "meeting.rescheduled", "plan.order_ended", "plan.order_sent",
})  # fmt: skip
"""Events with which others are recorded, or that let somebody see something."""
NOTES = ("citizen.contact_recorded", "citizen.hope_told", "plan.goal_set", "plan.goal_progressed",
         "plan.goal_reworded", "meeting.agreement_done", "plan.opened", "citizen.hope_retold",
         *sorted({topic.rsplit(".v", 1)[0] for topic in TOLD} - MORE_THAN_THEMSELVES))  # fmt: skip
"""Events that nothing rests on, or that only others of their kind do."""
