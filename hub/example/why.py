"""Why a partner sees something, or does not: the decision's own reasons, as sentences for the citizen."""

from typing import Any

from hub.application.access import Entry
from hub.clock import from_microseconds
from hub.example.screen import Voice
from hub.vocabulary import EXISTENCE


def why_seen(voice: Voice, first: str, why: dict[str, Any], entry: Entry) -> str:
    """Why something is seen, from the reasons that the decision gives."""
    if why["why"] != "consent":
        return voice.say("De har selv skrevet det, eller det er stilet til dem.",
                        "They wrote it themselves, or it is addressed to them.")  # fmt: skip
    about = {str(EXISTENCE[entry.event])}
    for value in entry.fields.values():
        about.update(value["labels"] if isinstance(value, dict) else ())
    named = [name for name in why["categories"] if name in about] or why["categories"]
    until: int | None = why["until"]
    categories = voice.categories(named)
    ends = voice.until(None if until is None else from_microseconds(until))
    return voice.say(
        f"{first} har sagt ja til, at de får {categories}, {ends}.",
        f"{first} has agreed that they are told about {categories}, {ends}.",
    )


def why_unseen(voice: Voice, first: str, why: dict[str, Any]) -> str:
    """Why something is not seen, from the reasons that the decision gives."""
    found: dict[str, list[str]] = {}
    for code, labels, _field in why["reasons"]:
        found.setdefault(code, labels)
    if "blocked" in found:
        return voice.say(f"{first} har spærret for det.", f"{first} has blocked it.")
    if "over_ceiling" in found:
        never = voice.categories(found["over_ceiling"])
        if "no_grant" in found:
            return voice.say(
                f"Et jobcenter kan ikke få {never}, og {first} har ikke sagt ja.",
                f"A jobcentre can never be told about {never}, and {first} has not agreed.",
            )
        return voice.say(
            f"Et jobcenter kan ikke få {never}.", f"A jobcentre can never be told about {never}."
        )
    return voice.say(f"{first} har ikke sagt ja.", f"{first} has not agreed.")
