"""Why a partner sees something, or does not: the decision's own reasons, as sentences for the citizen."""

from hub.application.explain import Explanation
from hub.clock import from_microseconds
from hub.example.screen import Voice
from hub.vocabulary import label_names


def why_seen(voice: Voice, first: str, why: Explanation) -> str:
    """Why something is seen, from the reasons that the decision gives."""
    (sight,) = why.seen
    grants = [why.grants[grant] for grant in sight.grants]
    if sight.how != "consent" or not grants:
        return voice.say("De har selv skrevet det, eller det er stilet til dem.",
                        "They wrote it themselves, or it is addressed to them.")  # fmt: skip
    until = min((grant.ends for grant in grants if grant.ends is not None), default=None)
    categories = voice.categories(label_names(grants[0].labels & sight.labels))
    ends = voice.until(None if until is None else from_microseconds(until))
    return voice.say(
        f"{first} har sagt ja til, at de får {categories}, {ends}.",
        f"{first} has agreed that they are told about {categories}, {ends}.",
    )


def why_unseen(voice: Voice, first: str, why: Explanation) -> str:
    """Why something is not seen, from the reasons that the decision gives."""
    (absence,) = why.absent
    found: dict[str, list[str]] = {}
    for cause in absence.causes:
        found.setdefault(cause.reason.code, label_names(max(cause.reason.labels, 0)))
    if "blocked" in found:
        return voice.say(f"{first} har spærret for det.", f"{first} has blocked it.")
    if "over_ceiling" in found:
        never = voice.categories(found["over_ceiling"])
        if len(found) > 1:
            return voice.say(
                f"Et jobcenter kan ikke få {never}, og {first} har ikke sagt ja.",
                f"A jobcentre can never be told about {never}, and {first} has not agreed.",
            )
        return voice.say(
            f"Et jobcenter kan ikke få {never}.", f"A jobcentre can never be told about {never}."
        )
    return voice.say(f"{first} har ikke sagt ja.", f"{first} has not agreed.")
