"""Who has looked, in the citizen's own words: one sentence for each entry of the access log, refusals included.

An employee is named only where the organisation's policy says so (HUB_SHOW_EMPLOYEE_NAMES); otherwise the function
and the organisation stand there. Whoever acts for the citizen is no employee, and is named.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.reading import Look
from hub.desk.desk import Desk
from hub.texts import Pair, say

SEEN: Final[dict[str, Pair]] = {
    "timeline": ("din tidslinje", "your timeline"),
    "page": ("din side", "your page"),
    "view": ("det, {partner} må vide om dig", "what {partner} may know about you"),
    "overview": ("det vigtigste om dig i sit overblik", "the most important about you in their overview"),
    "due": ("det, der venter omkring dig", "what is waiting around you"),
    "inbox": ("det, der er sendt til dem om dig", "what was sent to them about you"),
    "consents": ("hvem du har givet lov til hvad", "whom you have allowed what"),
    "tasks": ("hvem der har en opgave hos dig", "who has a task with you"),
    "closing": ("det, der slutter med samarbejdet", "what ends with the cooperation"),
    "handover": ("en overlevering om dig", "a handover about you"),
    "meetings": ("dine møder og aftaler", "your meetings and agreements"),
    "sheet": ("et mødeark om dig", "a meeting sheet about you"),
    "companion": ("tid, sted og formål for et møde", "the time, place and purpose of a meeting"),
    "plan": ("din plan og dine mål", "your plan and your goals"),
    "needs": ("det, der er sagt om dit behov for støtte", "what was said of your need for support"),
    "decision": ("det, der er nyt siden sidste afgørelse", "what is new since the last decision"),
    "search": ("dit navn i en søgning", "your name in a search"),
    "team": ("hvad der venter i teamet", "what waits in the team"),
    "access": ("hvem der har set", "who has looked"),
    "explain": ("hvad andre kan se om dig, og hvorfor", "what others can see about you, and why"),
    "preview": ("på forhånd, hvad en ændring betyder", "in advance what a change would mean"),
    "status": ("en optælling", "a count"),
    "export": ("en fil med alt om dig", "a file with everything about you"),
    "access_export": ("en fil med, hvem der har set", "a file of who has looked"),
    "import": ("en fil om dig", "a file about you"),
    "write": ("noget om dig", "something about you"),
    "calendar": ("tiderne for dine møder til en kalender", "the times of your meetings for a calendar"),
    "mail": (
        "om der er nyt, til en besked uden indhold",
        "whether there is news, for a message that says nothing",
    ),
    "feed": ("det, de må vide om dig, til deres eget system", "what they may know, for their own system"),
    "topic": ("det, de må vide om dig, til deres eget system", "what they may know, for their own system"),
}
"""What somebody sees on each surface, after "så …" and "saw …"."""

FETCHED: Final = frozenset({"export", "access_export", "import", "calendar", "feed", "topic"})
"""Where it is taken away, and not only looked at."""

IN_ORDER_TO: Final[dict[str, Pair]] = {
    "coordination": ("for at koordinere", "in order to coordinate"),
    "treatment": ("for at behandle dig", "in order to treat you"),
    "support": ("for at støtte dig", "in order to support you"),
    "casework": ("for at behandle din sag", "in order to handle your case"),
    "employment": (
        "for at hjælpe dig med arbejde eller uddannelse",
        "in order to help you with work or education",
    ),
    "emergency": ("i en nødsituation", "in an emergency"),
}

_NOT_THEIRS: Final[Pair] = ("Det er ikke til dem.", "It is not for them.")
_NO_TASK: Final[Pair] = ("De havde ikke en opgave hos dig.", "They had no task with you.")
_NO_PURPOSE: Final[Pair] = (
    "De sagde ikke, hvad det skulle bruges til.",
    "They did not say what it was for.",
)
_NOTHING: Final[Pair] = ("Der var intet, de måtte få at vide.", "There was nothing that they may be told.")
WHY_REFUSED: Final[dict[str, Pair]] = {
    "stranger": _NO_TASK,
    "no_relation": _NO_TASK,
    "no_task": ("Det var ikke deres egen opgave.", "It was not a task of their own."),
    "no_purpose": _NO_PURPOSE,
    "forbidden_purpose": (
        "Det, de ville bruge det til, åbner aldrig for noget.",
        "What they wanted it for never opens anything.",
    ),
    "purpose_not_registered": (
        "Det, de ville bruge det til, er ikke aftalt for dem.",
        "What they wanted it for has not been agreed for them.",
    ),
    "not_this_role": _NOT_THEIRS,
    "not_entitled": _NOT_THEIRS,
    "not_their_view": _NOT_THEIRS,
    "no_person": ("Ingen sagde, hvem det var.", "Nobody said who it was."),
    "blocked": ("Du har spærret for dem.", "You have blocked them."),
    "screens_only": ("Du har spærret for en af dem.", "You have blocked one of them."),
    "suspended": ("De er sat på pause.", "They are suspended."),
}
"""Why somebody was refused; for what is not here, there was nothing that they may be told."""


class Looked(NamedTuple):
    """One entry of the access log, to be shown to the citizen."""

    at: datetime
    text: str
    """The whole sentence."""
    refused: bool
    why: str | None
    """Why it was refused, in a sentence; None where it was not."""
    yours: bool
    """Whether it was the citizen's own reading."""
    emergency: bool
    name: str | None
    """Who it was, where the citizen is told by name."""
    organisation: str | None
    function: str | None
    events: int
    """How many entries were shown."""


def looked(s: Desk, looks: Sequence[Look], *, name_employees: bool) -> list[Looked]:
    """The entries in words, in the order in which they were given."""
    organisations = s.names({one for look in looks for one in (look.partner, look.about) if one is not None})
    persons = s.names(set(_named(looks, name_employees=name_employees)))
    return [_told(look, organisations, persons) for look in looks]


def _named(looks: Iterable[Look], *, name_employees: bool) -> Iterable[UUID]:
    for look in looks:
        if look.person is not None and (name_employees or look.partner is None):
            yield look.person


def _told(look: Look, organisations: dict[UUID, str], persons: dict[UUID, str]) -> Looked:
    organisation = organisations.get(look.partner) if look.partner is not None else None
    name = persons.get(look.person) if look.person is not None else None
    about = organisations.get(look.about) if look.about is not None else organisation
    what = say(*SEEN.get(look.surface, ("noget om dig", "something about you")))
    what = what.format(partner=about or say("de", "they"))
    purpose = IN_ORDER_TO.get(look.purpose or "")
    why = None if look.permitted else say(*_reason(look.reasons))
    parts = [_who(look, organisation, name), _did(look, what), say(*purpose) if purpose else ""]
    sentence = " ".join(part for part in parts if part)
    if why is not None:
        # The purpose is said before the refusal: it is what it was wanted for.
        sentence += say(" og blev afvist", " and was refused")
    return Looked(
        look.at,
        f"{sentence[:1].upper()}{sentence[1:]}.",
        not look.permitted,
        why,
        look.role == "citizen",
        look.purpose == "emergency",
        name,
        organisation,
        look.function,
        look.events,
    )


_BY_ROLE: Final[dict[str, Pair]] = {
    "citizen": ("du", "you"),
    "auditor": ("en revisor", "an auditor"),
    "companion": ("din bisidder", "your companion"),
    "operator": ("de, der driver hubben,", "those who run the hub"),
}
"""Who is said without a name or an organisation."""


def _who(look: Look, organisation: str | None, name: str | None) -> str:
    if look.role in _BY_ROLE:
        return say(*_BY_ROLE[look.role])
    if look.role == "representative":
        acts = say("som handler for dig", "who acts for you")
        return f"{name}, {acts}," if name else f"{say('en', 'somebody')}, {acts},"
    place = organisation or say("en organisation", "an organisation")
    if look.role == "system":
        return say(f"et system hos {place}", f"a system at {place}")
    function = look.function or say("en medarbejder", "somebody")
    who = say(f"{function} hos {place}", f"{function} at {place}")
    return f"{name}, {who}," if name else who


def _did(look: Look, what: str) -> str:
    if look.surface == "write":
        done, would = say("skrev", "wrote"), say("skrive", "write")
    elif look.surface in FETCHED:
        done, would = say("hentede", "fetched"), say("hente", "fetch")
    else:
        done, would = say("så", "saw"), say("se", "see")
    return f"{done} {what}" if look.permitted else f"{say('ville', 'wanted to')} {would} {what}"


def _reason(codes: Sequence[str]) -> Pair:
    return next((WHY_REFUSED[code] for code in codes if code in WHY_REFUSED), _NOTHING)
