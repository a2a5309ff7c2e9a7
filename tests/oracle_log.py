"""What the naive oracle reads from the log: steps, partners, changes to an event, and the labels that follow.

It knows nothing of the hub. Each rule is a small function with a switch (`off`), so that a test can show that its
absence is found. A question remembers what it has worked out (`once`), and nothing is remembered between two questions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from typing import Any
from zoneinfo import ZoneInfo

Step = dict[str, Any]
History = dict[str, Any]
Labels = frozenset[str]

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def words(text: str) -> Labels:
    """The words of a text."""
    return frozenset(text.split())


CATEGORIES = words(
    "contact address wishes plan meetings agreements attendance everyday finances work health diagnosis medication "
    "addiction criminal safety network third_party measures"
)
PURPOSES = words("coordination treatment support casework employment emergency")
CHANNELS = words("screen topic api feed calendar mail export")
NEEDS_A_PERSON = words("screen calendar")
WITHOUT_A_PERSON = words("topic feed")
LEAVES_THE_HUB = words("calendar mail export")

WIDE = CATEGORIES - {"attendance"}
HEALTH_AT_HOME = words(
    "contact address wishes plan meetings agreements everyday health diagnosis medication addiction"
)
DEFAULT_CEILINGS: dict[str, Labels] = {
    "authority": WIDE,
    "social_psychiatry": WIDE,
    "regional_psychiatry": WIDE,
    "addiction_treatment": WIDE - {"work", "measures", "finances", "criminal"},
    "gp": HEALTH_AT_HOME,
    "home_nursing": HEALTH_AT_HOME,
    "home_care": words("contact address wishes plan meetings agreements everyday"),
    "jobcentre": words("contact wishes plan meetings agreements work"),
    "civil_society": frozenset(),
    "employer": frozenset(),
    "education": frozenset(),
}

UNKNOWN = "?"
"""The label of what the hub cannot label: no grant, no right and no item grant ever covers it."""
ORIGINAL = "original"
"""What `words` says of a field whose first words are shown."""


@dataclass(frozen=True)
class Question:
    """One question: the log up to a position, one item, and who asks for what, where and when."""

    history: History
    past: tuple[Step, ...]
    item: Step
    partner: str
    purpose: str | None
    channel: str
    now: datetime
    person: str | None
    off: frozenset[str]
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


RULES: list[str] = []
"""The names of every rule that can be switched off."""


def rule(when_off: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a rule; switched off, it answers `when_off` instead."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        """Put the switch in front of one rule."""
        RULES.append(function.__name__)

        @wraps(function)
        def switched(q: Question, *args: Any) -> Any:
            """Answer as the rule does, unless it is switched off."""
            return when_off if function.__name__ in q.off else function(q, *args)

        return switched

    return wrap


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Work it out once for each question."""

    @wraps(function)
    def remembered(q: Question, *args: Any) -> Any:
        """What was worked out already, or now."""
        key = (function.__name__, *args)
        if key not in q.memo:
            q.memo[key] = function(q, *args)
        return q.memo[key]

    return remembered


# ---------------------------------------------------------------------------------------------------- reading a step


@cache
def instant(text: str) -> datetime:
    """The moment that an ISO text with an offset names."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {text}")
    return moment.astimezone(UTC)


def on_the_wall(moment: datetime, *, days: int = 0, years: int = 0) -> datetime:
    """The same time of day in Denmark, so many days or years later; the 29th of February becomes the 28th."""
    shown = moment.astimezone(COPENHAGEN).replace(tzinfo=None, fold=0) + timedelta(days=days)
    if years:
        leap_day = (shown.month, shown.day) == (2, 29)
        shown = shown.replace(year=shown.year + years, day=28 if leap_day else shown.day)
    return shown.replace(tzinfo=COPENHAGEN).astimezone(UTC)


def recorded(step: Step) -> datetime:
    """When the hub wrote the step (`recorded_at`)."""
    return instant(step["at"])


def occurred(step: Step) -> datetime | None:
    """When it happened (`occurred_at`); None when undated."""
    happened = step.get("occurred", step["at"])
    return None if happened is None else instant(happened)


def recorder(step: Step) -> str:
    """The source: the partner that recorded it, or `citizen` (a representative writes for the citizen)."""
    return step["by"]["partner"] if step["by"]["who"] == "partner" else "citizen"


def by_citizen(step: Step) -> bool:
    """Whether the citizen, or a representative, made the statement."""
    return step["by"]["who"] in ("citizen", "representative")


def fields(step: Step) -> list[str]:
    """The disclosable fields: entries of `data` that are objects with `labels`; a change has none."""
    if step["event"].startswith("event."):
        return []
    return [name for name, value in step["data"].items() if isinstance(value, dict) and "labels" in value]


def organisations(step: Step, name: str) -> list[str]:
    """The organisations that a field names."""
    value = step["data"][name]
    return [value["partner"]] if "partner" in value else list(value.get("partners", []))


def names_partner(step: Step, name: str, partner: str) -> bool:
    """Whether the field `name` of the step names this partner."""
    value = step["data"].get(name)
    return isinstance(value, dict) and partner in organisations(step, name)


@once
def places(q: Question) -> dict[str, int]:
    """The position of every step in the log."""
    return {step["id"]: place for place, step in enumerate(q.past)}


def position(q: Question, step: Step) -> int:
    """The step's position in the log."""
    return places(q)[step["id"]]


def after(q: Question, step: Step) -> tuple[Step, ...]:
    """The later steps of the log, in order."""
    return q.past[position(q, step) + 1 :]


# ----------------------------------------------------------------------------------- partners, ceilings, suspensions


@once
def registered_by_step(q: Question, partner: str) -> bool:
    """Whether the whole history registers this partner by a step of its own."""
    return any(
        step["event"] == "partner.registered" and step["data"]["partner"] == partner
        for step in q.history["steps"]
    )


@once
def registration(q: Question, partner: str) -> dict[str, Any] | None:
    """What the hub knows of the partner by now; None for an organisation unknown to the hub."""
    if not registered_by_step(q, partner):
        return next((known for known in q.history["partners"] if known["id"] == partner), None)
    found = None
    for step in q.past:
        if step["event"] == "partner.registered" and step["data"]["partner"] == partner:
            found = step["data"]
    return found


@once
def ceiling(q: Question) -> Labels:
    """The ceiling of the asking partner as it is at reading; none adopted = nothing."""
    known = registration(q, q.partner)
    if known is None:
        return frozenset()
    adopted = frozenset() if registered_by_step(q, q.partner) else DEFAULT_CEILINGS[known["sector"]]
    for step in q.past:
        if step["event"] == "partner.ceiling_adopted" and step["data"]["partner"] == q.partner:
            adopted = frozenset(step["data"]["categories"])
    return adopted - {"attendance"} if ceiling_never_holds_attendance(q) else adopted


@rule(when_off=False)
def ceiling_never_holds_attendance(q: Question) -> bool:
    """`attendance` can be in no ceiling."""
    return True


# ------------------------------------------------------------------------------------------------ changes to an event


@once
def every_change(q: Question) -> dict[str, list[Step]]:
    """Corrections, relabellings and misfilings of every step, in the order of the log."""
    found: dict[str, list[Step]] = {}
    for step in q.past:
        if step["event"] in ("event.corrected", "event.relabelled", "event.misfiled"):
            found.setdefault(step["data"]["step"], []).append(step)
    return found


def changes(q: Question, step: Step, kind: str, until: int | None = None) -> list[Step]:
    """The changes of one kind to a step, up to a position."""
    return [
        change
        for change in every_change(q).get(step["id"], [])
        if change["event"] == kind and (until is None or position(q, change) <= until)
    ]


def corrections(q: Question, step: Step, name: str) -> list[Step]:
    """The corrections of one field (or of when it happened: "occurred"), in order."""
    return [change for change in changes(q, step, "event.corrected") if change["data"]["field"] == name]


def latest_words(q: Question, step: Step, name: str) -> str:
    """The step whose words are the newest of the field."""
    found = corrections(q, step, name)
    return found[-1]["id"] if found else ORIGINAL


def own_words(q: Question, step: Step, name: str) -> str:
    """The step with the newest words of the field that its recorder wrote."""
    found = [change for change in corrections(q, step, name) if recorder(change) == recorder(step)]
    return found[-1]["id"] if found else ORIGINAL


@rule(when_off=False)
def rule_11_misfiled(q: Question, step: Step) -> bool:
    """A note written on the wrong person: its texts are gone for every reader."""
    return bool(changes(q, step, "event.misfiled"))


def readable(q: Question, step: Step, name: str) -> bool:
    """Whether there is anything left of a field."""
    return "text" not in step["data"][name] or not rule_11_misfiled(q, step)


@once
def occurrences(q: Question) -> list[datetime | None]:
    """When the item happened, as first written and by every correction."""
    return [occurred(q.item), *rule_7_corrected_times(q)]


@rule(when_off=[])
def rule_7_corrected_times(q: Question) -> list[datetime | None]:
    """Rule 7: original and corrected times must both be covered."""
    said = [change["data"]["new"]["value"] for change in corrections(q, q.item, "occurred")]
    return [None if text is None else instant(text) for text in said]


@once
def sources(q: Question) -> Labels:
    """Whom the item comes from: its recorder and everybody who corrected it."""
    return frozenset({recorder(q.item)}) | rule_7_correctors(q)


@rule(when_off=frozenset())
def rule_7_correctors(q: Question) -> Labels:
    """The source of each correction must be covered as the original's is."""
    return frozenset(recorder(change) for change in changes(q, q.item, "event.corrected"))


# ------------------------------------------------------------------------------------------------------------ labels


@rule(when_off=frozenset())
def labels_of_name(q: Question, partner: str) -> Labels:
    """Every organisation named adds the labels of what its name tells; one unknown to the hub cannot be labelled."""
    known = registration(q, partner)
    return frozenset({UNKNOWN}) if known is None else frozenset(known["reveals"])


def labels_of_names(q: Question, step: Step, name: str) -> Labels:
    """What the organisations that a field names reveal."""
    return frozenset().union(*(labels_of_name(q, partner) for partner in organisations(step, name)))


def own_labels(q: Question, step: Step, name: str | None, until: int | None = None) -> Labels:
    """The labels on a field (None: the existence) without names: first, then corrected and relabelled, in order."""
    if name is None:
        labels = frozenset({q.history["types"].get(step["event"], UNKNOWN)})
    else:
        labels = frozenset(step["data"][name]["labels"])
    for change in every_change(q).get(step["id"], []):
        if until is not None and position(q, change) > until:
            break
        if "field" in change["data"] and change["data"]["field"] == name:
            labels = changed(q, change, labels)
    return known_labels(labels)


def changed(q: Question, change: Step, labels: Labels) -> Labels:
    """The labels after one correction or relabelling."""
    if change["event"] == "event.corrected":
        new = frozenset(change["data"]["new"].get("labels", ()))
        return labels | new if rule_7_union(q) else new or labels
    return (labels | rule_7_added(q, change)) - rule_7_removed(q, change)


@rule(when_off=False)
def rule_7_union(q: Question) -> bool:
    """Rule 7: the labels of a correction are the union of old and new."""
    return True


@rule(when_off=frozenset())
def rule_7_added(q: Question, change: Step) -> Labels:
    """Relabelling adds labels."""
    return frozenset(change["data"].get("add") or ())


@rule(when_off=frozenset())
def rule_7_removed(q: Question, change: Step) -> Labels:
    """Rule 7: the citizen, and nobody else, removes labels."""
    return frozenset(change["data"].get("remove") or ()) if change["by"]["who"] == "citizen" else frozenset()


def known_labels(labels: Labels) -> Labels:
    """An unlabelled field and an unknown label are denied to everyone but the citizen."""
    return labels if labels and labels <= CATEGORIES else labels | {UNKNOWN}


def labels_of_field(q: Question, step: Step, name: str, until: int | None = None) -> Labels:
    """The labels on the field and those of every organisation that it names."""
    return own_labels(q, step, name, until) | labels_of_names(q, step, name)


def labels_of_existence(q: Question, step: Step, until: int | None = None) -> Labels:
    """The category of the type, and the labels of the recording organisation, the key fields and the correctors."""
    return (
        own_labels(q, step, None, until)
        | labels_of_recorder(q, step)
        | labels_of_key_fields(q, step, until)
        | labels_of_correctors(q, step, until)
    )


@rule(when_off=frozenset())
def labels_of_recorder(q: Question, step: Step) -> Labels:
    """The existence carries the labels of the organisation that recorded the event."""
    return frozenset() if step["by"]["who"] != "partner" else labels_of_name(q, recorder(step))


@rule(when_off=frozenset())
def labels_of_key_fields(q: Question, step: Step, until: int | None) -> Labels:
    """The existence carries the labels of the key fields, the names in them included."""
    keys = [name for name in fields(step) if step["data"][name].get("key")]
    return frozenset().union(*(labels_of_field(q, step, name, until) for name in keys))


@rule(when_off=frozenset())
def labels_of_correctors(q: Question, step: Step, until: int | None) -> Labels:
    """Rule 7: the corrector's labels join the existence."""
    found = changes(q, step, "event.corrected", until)
    return frozenset().union(*(labels_of_name(q, recorder(each)) for each in found if not by_citizen(each)))
