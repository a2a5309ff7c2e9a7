"""Ways in which a second world differs: what others write, what they are let to know, and what is said of it."""

from typing import Any

from tests.histories import RARER, named
from tests.worlds.change import NOTES, WAYS, Change, way

__all__ = ["WAYS"]


@way("another's note")
def note(change: Change) -> bool:
    """Somebody else writes something down."""
    who = change.rng.choice(change.others())
    kind = change.rng.choice(("contact", "hope", "goal", "plan"))
    by = change.staff(who)
    if kind == "contact":
        data = {"text": change.words("meetings"), "day": {"value": "2025-03-30", "labels": ["meetings"]}}
        change.add(change.place(), by, "citizen.contact_recorded", data)
    elif kind == "hope":
        author = {"who": "citizen"} if change.rng.random() < 0.5 else by
        change.add(change.place(), author, "citizen.hope_told", {"words": change.words("wishes")})
    elif kind == "goal":
        data = {"words": change.words("plan"), "professional": change.words("plan")}
        change.add(change.place(), by, "plan.goal_set", data)
    else:
        data = {
            "kind": {"value": "indsatsplan", "labels": ["plan"]},
            "text": change.words("plan"),
        }
        change.add(change.place(), change.staff("my"), "plan.opened", data)
    return True


@way("a note less")
def note_less(change: Change) -> bool:
    """What the partner never saw was not written."""
    places = [
        place
        for place in change.hidden(*NOTES)
        if change.steps[place]["id"] not in change.kept
        and not change.named_by_others(change.steps[place]["id"])
    ]
    if not places:
        return False
    place = change.rng.choice(places)
    change.steps = [*change.steps[:place], *change.steps[place + 1 :]]
    return True


@way("other words")
def other_words(change: Change) -> bool:
    """What the partner never saw says something else."""
    places = [
        place
        for place in change.hidden(*NOTES, "meeting.held", "meeting.convened", "citizen.enrolled")
        if any(isinstance(v, dict) and "text" in v for v in change.steps[place]["data"].values())
    ]
    if not places:
        return False
    place = change.rng.choice(places)
    name = next(n for n, v in change.steps[place]["data"].items() if isinstance(v, dict) and "text" in v)
    change.replace(place, **{name: {**change.steps[place]["data"][name], "text": "noget helt andet " * 20}})
    return True


@way("other words in what is seen in part")
def other_hidden_field(change: Change) -> bool:
    """A field that the partner is not shown says something else, in an event of which it is shown another."""
    found = [
        (place, name)
        for place, step in enumerate(change.steps)
        if step["id"] in change.seen
        for name, value in step["data"].items()
        if isinstance(value, dict) and "text" in value
    ]
    if not found:
        return False
    place, name = change.rng.choice(found)
    change.replace(place, **{name: {**change.steps[place]["data"][name], "text": "andre ord"}})
    return True


@way("another's consent")
def other_consent(change: Change) -> bool:
    """The citizen lets another partner know something, and may take it back."""
    who, place = change.rng.choice(change.others()), change.place()
    data = {
        "partner": named(who, "contact"),
        "categories": ["contact", "plan", "wishes", "meetings", change.rng.choice(RARER)],
        "purposes": ["support", "treatment"],
        "sources": None,
        "window": None,
        "until": None,
        "form": "written",
        "witness": None,
    }
    given = change.add(place, {"who": "citizen"}, "consents.given", data)
    if change.rng.random() < 0.4:
        later = change.rng.randint(place + 1, len(change.steps))
        ended = {"consents": [given], "partner": named(who, "contact")}
        change.add(later, {"who": "citizen"}, "consents.withdrawn", ended)
    return True


@way("another's consent is narrowed or withdrawn")
def other_consent_less(change: Change) -> bool:
    """A consent to another partner is worth less."""
    given = [
        (place, step)
        for place, step in enumerate(change.steps)
        if step["event"] == "consents.given" and step["data"]["partner"]["partner"] != change.partner
    ]
    if not given:
        return False
    place, step = change.rng.choice(given)
    later = change.rng.randint(place + 1, len(change.steps))
    data = {"partner": step["data"]["partner"]}
    if change.rng.random() < 0.5:
        data |= {"consent": step["id"], "categories": step["data"]["categories"][:1]}
        change.add(later, {"who": "citizen"}, "consents.narrowed", data)
    else:
        change.add(later, {"who": "citizen"}, "consents.withdrawn", data | {"consents": [step["id"]]})
    return True


@way("another is blocked")
def other_blocked(change: Change) -> bool:
    """The citizen blocks another partner, wholly or in part, and may lift it."""
    who, place = change.rng.choice(change.others()), change.place()
    data: dict[str, Any] = {"partner": named(who, "contact")}
    if change.rng.random() < 0.6:
        data["categories"] = change.rng.sample(RARER, 2)
    block = change.add(place, {"who": "citizen"}, "consents.block_set", data)
    if change.rng.random() < 0.5:
        later = change.rng.randint(place + 1, len(change.steps))
        lifted = {"block": block, "partner": named(who, "contact")}
        change.add(later, {"who": "citizen"}, "consents.block_lifted", lifted)
    return True


@way("a block that takes nothing away")
def own_block(change: Change) -> bool:
    """The citizen keeps from the partner what it has never seen anything of."""
    categories = change.rng.sample(("diagnosis", "criminal", "finances", "safety", "measures", *RARER), 2)
    data = {"partner": named(change.partner, "contact"), "categories": categories}
    change.add(change.place(), {"who": "citizen"}, "consents.block_set", data)
    return True


@way("another is refused a consent")
def other_refused(change: Change) -> bool:
    """The citizen says no to another partner."""
    data = {
        "partner": named(change.rng.choice(change.others()), "contact"),
        "categories": ["plan"],
        "purposes": ["support"],
    }
    change.add(change.place(), {"who": "citizen"}, "consents.refused", data)
    return True


@way("another is suspended")
def other_suspended(change: Change) -> bool:
    """Another partner is suspended, and may be let in again."""
    who, place = change.rng.choice([p for p in change.others() if p != "my"] or ["my"]), change.place()
    change.add(place, change.staff("my"), "partner.suspended", {"partner": who, "reason": "en aftale"})
    if change.rng.random() < 0.7:
        later = change.rng.randint(place + 1, min(len(change.steps), place + 4))
        change.add(later, change.staff("my"), "partner.resumed", {"partner": who})
    return True


@way("another's ceiling")
def other_ceiling(change: Change) -> bool:
    """Another partner's ceiling is another."""
    data = {"partner": change.rng.choice(change.others()), "categories": ["contact", "plan"]}
    change.add(change.place(), change.staff("my"), "partner.ceiling_adopted", data)
    return True


@way("another's task")
def other_task(change: Change) -> bool:
    """Somebody at another partner has a task."""
    who = change.rng.choice(change.others())
    data = {
        "partner": named(who, "contact"),
        "person": {"person": f"{who}-2", "labels": ["contact"]},
        "purpose": "casework",
    }
    event = change.rng.choice(("citizen.relation_started", "citizen.contact_person_assigned"))
    change.add(change.place(), change.staff("my"), event, data)
    return True
