"""Enrolling, hopes, contact, plans and goals."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from hub.aggregates import Act, Actor, Plan
from hub.application import commands
from hub.application.commands.base import Meta
from hub.application.hub import Answer, made
from hub.errors import BadInput
from hub.texts import say
from hub.vault import Identity
from hub.web.api.bodies import ContactIn, EnrolIn, GoalIn, HopeIn, NewsIn, PlanIn, taken
from hub.web.api.commanding import PREVIEW, Command, Sent, Tried
from hub.web.api.models import Enrolled, Recorded
from hub.web.api.problems import WRITING
from hub.web.api.things import KINDS, Citizen, Ref, identity, thing

router: Final = APIRouter(responses=WRITING)
MADE: Final[dict[str, Any]] = {"status_code": 201, "response_model": Recorded, "responses": PREVIEW}


@router.post(
    "/citizens", tags=["citizens"], summary="Enrol a citizen", status_code=201, response_model=Enrolled
)
def enrol_citizen(sent: Sent, body: EnrolIn) -> Response:
    """Enrol a citizen, which the authority does; the answer is the organisation's own reference."""
    place = sent.place
    place.only("staff")
    identity_ = Identity(body.name.strip(), body.cpr)

    def do(actor: Actor, meta: Meta) -> Answer:
        return commands.enrol(place.hub, actor, identity_, by_name=place.demo, **meta)

    answer = sent.carried_out(place.actor(), do)
    return JSONResponse(Enrolled(citizen=place.ref(UUID(answer.ids["citizen"]))).model_dump(), 201)


@router.post("/citizens/{citizen}/hopes", tags=["citizens"], summary="Write a hope down", **MADE)
def tell_hope(sent: Tried, citizen: Citizen, body: HopeIn) -> Response:
    """Write a hope down, word for word; "I do not know yet" is one."""
    whom, words = sent.place.citizen(citizen), body.words.taken()
    return sent.run(
        whom,
        "timeline",
        lambda actor, meta: commands.tell_hope(
            sent.place.hub, actor, whom, words, undecided=body.undecided, **meta
        ),
    )


@router.post("/citizens/{citizen}/contacts", tags=["citizens"], summary="Note that there was contact", **MADE)
def record_contact(sent: Tried, citizen: Citizen, body: ContactIn) -> Response:
    """Write down that there was contact."""
    whom, text = sent.place.citizen(citizen), taken(body.text)
    return sent.run(
        whom,
        "timeline",
        lambda actor, meta: commands.record_contact(
            sent.place.hub, actor, whom, text=text, together=body.together, **meta
        ),
    )


@router.post("/citizens/{citizen}/plans", tags=["plans"], summary="Begin a plan", **MADE)
def open_plan(sent: Tried, citizen: Citizen, body: PlanIn) -> Response:
    """Begin a plan: a handleplan (the authority), or an indsatsplan (a provider)."""
    whom, text = sent.place.citizen(citizen), taken(body.text)
    return sent.run(
        whom,
        "plan",
        lambda actor, meta: commands.open_plan(sent.place.hub, actor, whom, body.kind, text, **meta),
    )


@router.post("/citizens/{citizen}/plans/{ref}/goals", tags=["plans"], summary="Set a goal", **MADE)
def set_goal(sent: Tried, citizen: Citizen, ref: Ref, body: GoalIn) -> Response:
    """Set a goal in the citizen's own words, on a plan."""
    place = sent.place
    whom, words, professional = place.citizen(citizen), taken(body.words), taken(body.professional)

    def decide(plan: Plan, act: Act) -> dict[str, UUID]:
        goal = made(act, "goal")
        plan.set_goal(goal, act, words=words, professional=professional)
        return {"goal": goal}

    return sent.run(
        whom,
        "plan",
        lambda actor, meta: commands.on_plan(
            place.hub, actor, whom, identity(place, whom, ref), decide, **meta
        ),
    )


@router.patch("/citizens/{citizen}/goals/{ref}", tags=["plans"], summary="Say a goal in other words", **MADE)
def reword_goal(sent: Tried, citizen: Citizen, ref: Ref, body: GoalIn) -> Response:
    """Say a goal in other words; the old ones stay in the history. With If-Match, only if it is as it was read."""
    words, professional = taken(body.words), taken(body.professional)
    return _on_goal(
        sent,
        citizen,
        ref,
        lambda plan, goal, act: plan.reword_goal(goal, act, words=words, professional=professional),
    )


@router.post(
    "/citizens/{citizen}/goals/{ref}/news", tags=["plans"], summary="Tell how it goes with a goal", **MADE
)
def tell_of_goal(sent: Tried, citizen: Citizen, ref: Ref, body: NewsIn) -> Response:
    """Tell how it goes with a goal: on its way, reached, or let go, which is no failure."""
    words, text = taken(body.words), taken(body.text)
    if text is not None and body.outcome != "progressed":
        raise BadInput(say("`text` hører til `progressed`.", "`text` belongs to `progressed`."))

    def do(plan: Plan, goal: UUID, act: Act) -> None:
        if body.outcome == "progressed":
            plan.progress_goal(goal, act, words=words, text=text)
        elif body.outcome == "reached":
            plan.reach_goal(goal, act, words=words)
        else:
            plan.let_goal_go(goal, act, words=words)

    return _on_goal(sent, citizen, ref, do)


def _on_goal(sent: Command, citizen: str, ref: str, do: Any) -> Response:
    place = sent.place
    whom = place.citizen(citizen)

    def run(actor: Actor, meta: Meta) -> Answer:
        plan, goal = identity(place, whom, ref), identity(place, whom, ref, "goal")
        return commands.on_plan(place.hub, actor, whom, plan, lambda found, act: do(found, goal, act), **meta)

    return sent.run(whom, "plan", run, current=lambda: thing(place, whom, sent.purpose, KINDS["goal"], ref))
