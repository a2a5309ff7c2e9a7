"""What a generated history holds, so that a run can say how many held each thing that the property must survive."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.asking import Asked
from tests.oracle_log import instant, on_the_wall, recorded

Step = dict[str, Any]


def situations(history: dict[str, Any]) -> set[str]:
    """The names of all that this history holds."""
    steps: list[Step] = history["steps"]
    sectors = [partner["sector"] for partner in history["partners"]]
    found = {"two partners of one sector"} if len(set(sectors)) < len(sectors) else set()
    for kind in (_clocks, _consents, _spoken, _representatives, _bases, _blocks, _changes, _partners, _ends):
        found.update(kind(steps))
    return found


def of_question(history: dict[str, Any], asked: Asked) -> set[str]:
    """What a question adds: an end to the second, or who asks while an emergency access is open."""
    steps, now = history["steps"][: asked.upto], instant(asked.now)
    found = set()
    if any(abs(now - end) <= timedelta(seconds=1) for end in _all_ends(steps)):
        found.add("asked at an end, to the second")
    for step in steps:
        if step["event"] == "consents.emergency_access_opened" and _open(step, now):
            own = asked.person == step["data"]["person"]["person"]
            if own or (asked.person and asked.partner == _names(step)):
                found.add(f"asked under emergency access by {'that person' if own else 'a colleague'}")
    return found


def _open(step: Step, now: datetime) -> bool:
    return recorded(step) <= now < recorded(step) + timedelta(hours=8)


def _all_ends(steps: list[Step]) -> Iterator[datetime]:
    for step in steps:
        data = step["data"]
        if isinstance(data.get("until"), str):
            yield instant(data["until"])
        if data.get("form") == "spoken":
            yield on_the_wall(recorded(step), days=30)
        if data.get("section_43"):
            yield on_the_wall(recorded(step), years=1)
        if step["event"] == "consents.emergency_access_opened":
            yield recorded(step) + timedelta(hours=8)


def _of(steps: list[Step], event: str) -> list[tuple[int, Step]]:
    return [(place, step) for place, step in enumerate(steps) if step["event"] == event]


def _names(step: Step) -> str:
    partner: str = step["data"]["partner"]["partner"]
    return partner


def _clocks(steps: list[Step]) -> Iterator[str]:
    times = [recorded(step) for step in steps]
    if any(later < earlier for earlier, later in pairwise(times)):
        yield "a clock running backwards"
    if any(later == earlier for earlier, later in pairwise(times)):
        yield "concurrent statements"
    for step in steps:
        if step.get("occurred") and instant(step["occurred"]) < recorded(step):
            yield "a back-dated statement" if step["event"] == "consents.given" else "a back-dated fact"
        if "occurred" in step and step["occurred"] is None:
            yield "an undated fact"
        if step["imported"]:
            yield "an imported fact"


def _consents(steps: list[Step]) -> Iterator[str]:
    receivers = [_names(step) for _, step in _of(steps, "consents.given")]
    if len(set(receivers)) < len(receivers):
        yield "overlapping consents"
    for event in ("narrowed", "renewed", "withdrawn", "expired"):
        if _of(steps, f"consents.{event}"):
            yield f"a consent {event}"
    if any(step["data"].get("section_43") for _, step in _of(steps, "consents.given")):
        yield "a consent under § 43"


def _spoken(steps: list[Step]) -> Iterator[str]:
    consents = {step["id"]: step for _, step in _of(steps, "consents.given")}
    for place, step in _of(steps, "consents.given"):
        if step["data"]["form"] != "spoken":
            continue
        confirmed = [s for _, s in _of(steps, "consents.confirmed") if s["data"]["consent"] == step["id"]]
        in_time = [s for s in confirmed if recorded(s) < on_the_wall(recorded(step), days=30)]
        yield f"spoken, confirmed {'in time' if in_time else 'late' if confirmed else 'never'}"
        ended = {
            each
            for before, s in _of(steps, "consents.withdrawn")
            if before < place
            for each in s["data"]["consents"]
        }
        if any(each in consents and _names(consents[each]) == _names(step) for each in ended):
            yield f"spoken after a withdrawal, {'confirmed' if in_time else 'not confirmed'}"


def _representatives(steps: list[Step]) -> Iterator[str]:
    for place, step in enumerate(steps):
        if step["by"]["who"] != "representative":
            continue
        scopes = [
            set(s["data"]["scope"])
            for s in steps[:place]
            if s["event"] == "citizen.representative_registered"
            and s["data"]["person"]["person"] == step["by"]["person"]
        ]
        if step["event"] == "consents.given":
            held = any(set(step["data"]["categories"]) <= scope for scope in scopes)
            yield f"a representative {'within' if held else 'outside'} the scope"
        if step["event"] == "consents.confirmed":
            yield "a representative confirms"


def _bases(steps: list[Step]) -> Iterator[str]:
    for place, step in _of(steps, "consents.statutory_basis_registered"):
        confirmed = [
            where
            for where, s in _of(steps, "partner.legal_basis_confirmed")
            if s["data"]["partner"] == _names(step) and s["data"]["basis"] == step["data"]["basis"]["value"]
        ]
        how = (
            "never confirmed"
            if not confirmed
            else "confirmed before"
            if confirmed[0] < place
            else "confirmed after"
        )
        yield f"a basis in law {how}"
    if _of(steps, "consents.statutory_basis_ended"):
        yield "a basis in law ended"


def _blocks(steps: list[Step]) -> Iterator[str]:
    opened = _of(steps, "consents.emergency_access_opened")
    if opened:
        yield "emergency access"
    for place, step in _of(steps, "consents.block_set"):
        yield "a block on a person" if "person" in step["data"] else "a block on a partner"
        now = recorded(step)
        if any(before < place and _names(s) == _names(step) and _open(s, now) for before, s in opened):
            yield "a block under emergency access"
    if _of(steps, "consents.block_lifted"):
        yield "a block lifted"


def _changes(steps: list[Step]) -> Iterator[str]:
    if _of(steps, "event.misfiled"):
        yield "a misfiled item"
    for _, step in _of(steps, "event.corrected"):
        yield "a corrected time" if step["data"]["field"] == "occurred" else "a corrected item"
    for _, step in _of(steps, "event.relabelled"):
        yield "a relabelled item"
        if step["data"]["remove"] and step["by"]["who"] == "citizen":
            yield "a label removed by the citizen"


def _partners(steps: list[Step]) -> Iterator[str]:
    gone: set[str] = set()
    for step in steps:
        if step["event"] == "partner.suspended":
            gone.add(step["data"]["partner"])
        if step["event"] == "partner.resumed" and step["data"]["partner"] in gone:
            yield "a suspension and the return"
    if _of(steps, "partner.ceiling_adopted"):
        yield "a ceiling adopted"


def _ends(steps: list[Step]) -> Iterator[str]:
    for event, name in (
        ("citizen.died", "a death"),
        ("citizen.address_protected", "a protected address"),
        ("meeting.participant_removed", "a participant removed"),
        ("meeting.agreement_party_removed", "a party removed"),
        ("meeting.approval_withdrawn", "an approval withdrawn"),
        ("meeting.cancelled", "a meeting cancelled"),
    ):
        if _of(steps, event):
            yield name
    for event, name in (
        ("plan.order_sent", "an order sent"),
        ("plan.order_ended", "an order that is over"),
        ("citizen.item_withheld", "an item withheld from the citizen"),
        ("citizen.withholding_ended", "a withholding ended"),
        ("citizen.closed", "a closing"),
        ("citizen.reopened", "a reopening"),
    ):
        if _of(steps, event):
            yield name
    kinds = {step["data"].get("kind") for _, step in _of(steps, "consents.disclosure_authorised")}
    if "agreement" in kinds:
        yield "the text of an agreement approved"
