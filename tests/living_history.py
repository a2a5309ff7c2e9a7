"""Histories in the stories' format, as the player takes them: what their fields are called, and what they stand on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.schemas import Schemas

Data = dict[str, Any]
Step = dict[str, Any]
History = dict[str, Any]

RENAMED = {
    ("handover.proposed", "from"): "from_partner",
    ("handover.proposed", "to"): "to_partner",
    ("meeting.held", "words"): "text",
    ("meeting.participant_approved_by_citizen", "text"): "words",
    ("plan.goal_set", "text"): "professional",
}
"""Fields that the hub calls something else than the stories do."""

KNOWN = frozenset({"partner", "person", "provider", "from", "starts"})
"""What a step may say although it follows: who acts and whom a named thing is about, and when a meeting begins."""

TEXTS = {schema.event: frozenset(schema.texts) for schema in Schemas().by_topic.values()}
"""The free texts of each event, as its newest version has them."""

FIELDS = {schema.event: schema.fields for schema in Schemas().by_topic.values()}
"""What each event can hold, as its newest version has it."""

LINKING = frozenset({"citizen.relation_started", "citizen.contact_person_assigned"})
"""By which an organisation begins with a citizen."""

SCAFFOLD = {
    "plan.opened": ("scaffold-plan", {"kind": {"value": "indsatsplan", "labels": ["plan"]}}),
    "plan.opened.": ("scaffold-handleplan", {"kind": {"value": "handleplan", "labels": ["plan"]}}),
    "meeting.convened": (
        "scaffold-meeting",
        {
            "kind": {"value": "coordinating", "labels": ["meetings"]},
            "starts": {"value": "2025-04-02T10:00", "labels": ["meetings"]},
            "purpose": {"text": "Tale sammen.", "labels": ["meetings"]},
        },
    ),
}
"""What goals, support and agreements stand on where the history names nothing."""


def uid(name: str) -> UUID:
    """The id of a named thing: partner, person, step."""
    return uuid5(NAMESPACE_URL, name)


def moment(text: str) -> datetime:
    """An instant of a history, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def first_moment(history: History) -> datetime:
    """A moment before the first step: when the partners are registered."""
    return moment(history["steps"][0]["at"]) - timedelta(days=1)


def with_scaffold(history: History) -> History:
    """The same history with a plan, the authority's plan and a meeting right after the enrolment.

    What the hub asks for and a history leaves out is said as well, and what no command takes is not.
    """
    known = {step["id"]: step for step in history["steps"]}
    steps = [fitted(step, known) for step in history["steps"]]
    first = next(place for place, step in enumerate(steps) if step["event"] == "citizen.enrolled")
    base = {"at": steps[first]["at"], "by": steps[first]["by"], "imported": False}
    added = [
        {**base, "id": name, "event": event.rstrip("."), "data": data}
        for event, (name, data) in SCAFFOLD.items()
    ]
    return {**history, "steps": [*steps[: first + 1], *added, *steps[first + 1 :]]}


def fitted(step: Step, known: dict[str, Step]) -> Step:
    """A step as the hub's commands take it, with what the hub says besides.

    A meeting without the citizen says why, and news of a support name its provider.
    """
    data = step["data"]
    if step["event"] in ("plan.support_adjusted", "plan.support_ended"):
        data = {"provider": known[data["support"]]["data"]["provider"], **data}
    if step["event"] == "meeting.held" and not data["citizen_took_part"]["value"] and "text" in data:
        data = {"why_not": data["text"], **data}
    return {**step, "data": data}


def acting_for_the_citizen(history: History) -> set[str]:
    """Everybody who is, or says to be, the citizen's representative."""
    steps = history["steps"]
    registered = (
        s["data"]["person"]["person"] for s in steps if s["event"] == "citizen.representative_registered"
    )
    return {s["by"]["person"] for s in steps if s["by"]["who"] == "representative"} | {*registered}


class Heeded(dict[str, Any]):
    """A step's data, which remembers what of it was asked for: what nobody asked for was passed over."""

    def __init__(self, data: Data) -> None:
        """Nothing is asked for yet."""
        super().__init__(data)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """A datum."""
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """A datum, or something else."""
        self.asked.add(name)
        return super().get(name, default)

    def left(self) -> list[str]:
        """What can be disclosed and was never asked for, unless the hub knows it by itself."""
        return [
            name
            for name, given in self.items()
            if isinstance(given, dict) and "labels" in given and name not in self.asked | KNOWN
        ]
