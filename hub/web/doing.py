"""Where each thing that is due is done: the verb on its button, and the page."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.due import DueItem
from hub.desk.due import about_text, words_of
from hub.desk.waiting import Urgency, Waiting
from hub.texts import Pair, say
from hub.web.place import Place


class Do(NamedTuple):
    """How a thing that is due is done."""

    verb: Pair
    where: str
    """The page, with `{at}` for what it is about and `{on}` for the meeting or handover that it stands on."""


_ANSWER: Final = "/opgave/{rule}/{at}"
_MEETING: Final = "/moeder/{at}"
_READ: Final[Pair] = ("Læs, og svar", "Read, and answer")
DOING: Final[dict[str, Do]] = {
    "wish": Do(("Svar på ønsket", "Answer the wish"), _ANSWER),
    "question": Do(("Svar", "Answer"), _ANSWER),
    "discontent": Do(("Svar", "Answer"), _ANSWER),
    "feedback": Do(("Sig, hvad I gjorde", "Say what you did"), _ANSWER),
    "feedback-to-nobody": Do(("Sig, hvad I gjorde", "Say what you did"), _ANSWER),
    "worker-change": Do(("Svar på ønsket", "Answer the wish"), _ANSWER),
    "help-card": Do(("Læs, hvordan du hjælper bedst", "Read how to help best"), _ANSWER),
    "need-unacknowledged": Do(("Kvittér", "Acknowledge"), "/myndighed"),
    "need-unassessed": Do(("Vurdér", "Assess"), "/myndighed"),
    "acute": Do(("Skriv, hvad der blev gjort", "Write what was done"), _ANSWER),
    "first-reply": Do(("Giv det første svar", "Give the first reply"), _ANSWER),
    "status": Do(("Giv status", "Give a status"), _ANSWER),
    "transition": Do(("Skriv, hvad der er forberedt", "Write what is prepared"), _ANSWER),
    "order": Do(("Kvittér for bestillingen", "Acknowledge the order"), _ANSWER),
    "follow-up": Do(("Skriv opfølgningen", "Write the follow-up"), _ANSWER),
    "no-coordinator": Do(("Vælg tovholder", "Choose a coordinator"), "/tovholder"),
    "handover-unanswered": Do(_READ, "/overlevering/{on}"),
    "handover-unread": Do(("Læs overleveringen", "Read the handover"), "/overlevering/{on}"),
    "purpose": Do(("Forklar formålet", "Explain the purpose"), _MEETING),
    "agenda": Do(("Tilbyd et punkt", "Offer an item"), _MEETING),
    "invitation": Do(("Svar på invitationen", "Answer the invitation"), _MEETING),
    "input": Do(("Giv jeres input", "Give your input"), _MEETING),
    "held-without": Do(("Skriv, hvad I talte om", "Write what you talked about"), _ANSWER),
    "agreement": Do(("Se aftalen", "See the agreement"), "/aftaler/{at}"),
    "barrier": Do(("Skriv, hvad du gjorde", "Write what you did"), _ANSWER),
    "company": Do(("Skriv, hvordan det gik", "Write how it went"), _ANSWER),
    "emergency": Do(("Gennemgå", "Review"), "/vaerdispring"),
    "purge": Do(("Se samtykkerne", "See the consents"), "/samtykker"),
    "correction": Do(("Bekræft, at I har set det", "Confirm that you have seen it"), _ANSWER),
}
"""By the rule's id. What has no row here is done from the citizen's own page."""
BADGES: Final[dict[Urgency, tuple[Pair, str]]] = {
    Urgency.LATE: (("For sent", "Late"), "warning"),
    Urgency.TODAY: (("I dag", "Today"), "info"),
    Urgency.WEEK: (("Denne uge", "This week"), "info"),
    Urgency.AHEAD: (("Venter", "Waits"), "large"),
    Urgency.CALM: (("Når der er ro", "When it is calm"), "large"),
}


def shown(place: Place, ref: str, waiting: Waiting) -> dict[str, Any]:
    """One thing that waits, as pages show it."""
    item = waiting.item
    do = DOING.get(item.rule.id)
    badge, tone = BADGES[waiting.urgency]
    return {
        "badge": say(*badge),
        "tone": tone,
        "says": say(*item.rule.says),
        "about": None if (about := about_text(place, item)) == place.organisation else about,
        "words": words_of(item)[:1],
        "since": waiting.since,
        "verb": say(*do.verb) if do else say("Se på borgerens side", "See the citizen's page"),
        "path": f"/borger/{ref}" + (_where(place, do, item) if do else ""),
    }


def _where(place: Place, do: Do, item: DueItem) -> str:
    at = called(place, item.begun.event)
    on = called(place, event_id(item.begun.originator, 1))
    return do.where.format(rule=item.rule.id, at=at, on=on)


def called(place: Place, event: UUID) -> str:
    """What the reader's organisation calls an event."""
    return str(place.hub.vault.disclosure_id(place.acting, event)) if place.acting else ""
