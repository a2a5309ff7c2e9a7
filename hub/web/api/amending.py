"""What is said of an event afterwards: put right, labelled anew, disputed; and a citizen begun with by a code."""

from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from hub.aggregates.amending import OCCURRED
from hub.application import commands
from hub.errors import BadInput
from hub.texts import say
from hub.web.api.bodies import CorrectIn, DisputeIn, LinkIn, RelabelIn, taken
from hub.web.api.commanding import PREVIEW, Sent, Tried
from hub.web.api.models import Enrolled, Recorded
from hub.web.api.problems import WRITING
from hub.web.api.things import Citizen, Ref, event

router: Final = APIRouter(responses=WRITING, tags=["citizens"])
MADE: Final[dict[str, Any]] = {"status_code": 201, "response_model": Recorded, "responses": PREVIEW}


@router.post("/citizens/{citizen}/events/{ref}/corrections", summary="Put something right", **MADE)
def correct_event(sent: Tried, citizen: Citizen, ref: Ref, body: CorrectIn) -> Response:
    """Put a field of an event right, by words or by a plain value; the history keeps both."""
    place = sent.place
    if (body.text is None) == (body.value is None) and body.field != OCCURRED:
        raise BadInput(say("Giv enten text eller value.", "Give either text or value."))
    whom, text, reason = place.citizen(citizen), taken(body.text), taken(body.reason)
    value = None if text is not None else orjson.dumps(body.value).decode()
    return sent.run(
        whom,
        "timeline",
        lambda actor, meta: commands.correct(
            place.hub,
            actor,
            whom,
            event(place, whom, ref),
            body.field,
            text=text,
            value=value,
            reason=reason,
            **meta,
        ),
    )


@router.post("/citizens/{citizen}/events/{ref}/labels", summary="Label something anew", **MADE)
def relabel_event(sent: Tried, citizen: Citizen, ref: Ref, body: RelabelIn) -> Response:
    """Say what else a text (or the event itself) is about; the citizen alone takes a label away."""
    place = sent.place
    whom, reason = place.citizen(citizen), taken(body.reason)
    return sent.run(
        whom,
        "timeline",
        lambda actor, meta: commands.relabel(
            place.hub,
            actor,
            whom,
            event(place, whom, ref),
            body.field,
            add=frozenset(body.add),
            remove=frozenset(body.remove),
            reason=reason,
            **meta,
        ),
    )


@router.post("/citizens/{citizen}/events/{ref}/disputes", summary="Disagree with something", **MADE)
def dispute_event(sent: Tried, citizen: Citizen, ref: Ref, body: DisputeIn) -> Response:
    """Disagree with what is written, which the citizen does; it is shown beside it."""
    place = sent.place
    whom, words = place.citizen(citizen), body.words.taken()
    return sent.run(
        whom,
        "timeline",
        lambda actor, meta: commands.dispute(place.hub, actor, whom, event(place, whom, ref), words, **meta),
    )


@router.post("/links", summary="Begin with a citizen by a code", status_code=201, response_model=Enrolled)
def link_by_code(sent: Sent, body: LinkIn) -> Response:
    """Begin one's own task with the citizen whose one-time code it is; the answer is the organisation's reference."""
    place = sent.place
    place.only("staff")
    answer = sent.carried_out(
        place.actor(),
        lambda actor, meta: commands.link(place.hub, actor, body.code, body.purpose, role=body.role, **meta),
    )
    return JSONResponse(Enrolled(citizen=place.ref(UUID(answer.ids["citizen"]))).model_dump(), 201)
