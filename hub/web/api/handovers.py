"""Handovers: knowledge or responsibility passed on; each item is decided when proposed, and at every reading."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from hub.aggregates import Act, Handover
from hub.application import commands
from hub.errors import BadInput
from hub.texts import say
from hub.vocabulary import Purpose
from hub.web.api.bodies import AnswerIn, HandoverIn, taken
from hub.web.api.callers import Called, Caller
from hub.web.api.commanding import PREVIEW, Tried
from hub.web.api.consents import partner_of
from hub.web.api.models import HandoverOut, Recorded, ThingsOut, entries_out, entry_out
from hub.web.api.problems import READING, WRITING
from hub.web.api.tags import TAGGED, IfNoneMatch, tagged
from hub.web.api.things import KINDS, Citizen, For, Ref, event, identity, things

router: Final = APIRouter(tags=["handovers"])
_ONE: Final[dict[int | str, dict[str, Any]]] = {
    **READING,
    200: TAGGED,
    304: {"description": "It is as the caller has it."},
}
MADE: Final[dict[str, Any]] = {
    "status_code": 201,
    "response_model": Recorded,
    "responses": {**WRITING, **PREVIEW},
}


@router.get("/citizens/{citizen}/handovers", summary="All handovers", responses=READING)
def list_handovers(place: Called, citizen: Citizen, purpose: For = None) -> ThingsOut:
    """List the handovers that the caller may know of."""
    return ThingsOut(things=things(place, place.citizen(citizen), purpose, KINDS["handover"]))


@router.get(
    "/citizens/{citizen}/handovers/{ref}", summary="One handover", response_model=HandoverOut, responses=_ONE
)
def read_handover(
    place: Called, citizen: Citizen, ref: Ref, purpose: For = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a handover with its items; what is no longer permitted is not there."""
    return tagged(_read(place, place.citizen(citizen), ref, purpose), if_none_match)


def _read(place: Caller, citizen: UUID, ref: str, purpose: Purpose | None) -> HandoverOut:
    first, items = place.access.handover(
        place.reader, identity(place, citizen, ref), place.purpose_for(citizen, purpose)
    )
    return HandoverOut(ref=str(first.ref), proposal=entry_out(first, place), items=entries_out(items, place))


@router.post("/citizens/{citizen}/handovers", summary="Propose a handover", **MADE)
def propose_handover(sent: Tried, citizen: Citizen, body: HandoverIn) -> Response:
    """Propose to pass items on; each must be permitted for the receiver by consent."""
    place = sent.place
    whom, text = place.citizen(citizen), taken(body.text)
    return sent.run(
        whom,
        "handover",
        lambda actor, meta: commands.propose_handover(
            place.hub,
            actor,
            whom,
            partner_of(body.partner),
            kind=body.kind,
            items=tuple(event(place, whom, one) for one in dict.fromkeys(body.items)),
            approved=body.approved,
            text=text,
            **meta,
        ),
    )


@router.post("/citizens/{citizen}/handovers/{ref}/answers", summary="Answer a handover", **MADE)
def answer_handover(sent: Tried, citizen: Citizen, ref: Ref, body: AnswerIn) -> Response:
    """Accept it, decline it with a reason, mark it as read, complete it, or (the sender) withdraw it."""
    place, text = sent.place, taken(body.text)
    whom = place.citizen(citizen)
    if body.answer == "decline" and text is None:
        raise BadInput(say("Sig hvorfor (text).", "Say why (text)."))

    def decline(found: Handover, act: Act) -> None:
        if text is not None:
            found.decline(text, act)

    answers: dict[str, Callable[[Handover, Act], None]] = {
        "accept": lambda found, act: found.accept(act, text=text),
        "decline": decline,
        "read": lambda found, act: found.mark_read(act, text=text),
        "complete": lambda found, act: found.complete(act, text=text),
        "withdraw": lambda found, act: found.withdraw(act, text=text),
    }
    return sent.run(
        whom,
        "handover",
        lambda actor, meta: commands.on_handover(
            place.hub, actor, identity(place, whom, ref), answers[body.answer], **meta
        ),
        current=lambda: _read(place, whom, ref, sent.purpose),
    )
