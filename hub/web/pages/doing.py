"""Doing what is due: one page for whatever is answered with words, a yes or no, or simply that it is seen."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application import commands
from hub.application.due import DueItem
from hub.clock import copenhagen_day
from hub.desk.due import due_of, words_of
from hub.errors import Conflict, Refused
from hub.texts import say
from hub.web.doing import DOING, called
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.citizen import head
from hub.web.place import Place
from hub.web.readers import who_would_read
from hub.web.telling import class_of, fields_for, read

router: Final = APIRouter(prefix="/borger/{ref}/opgave/{rule}/{at}")
ENDS: Final = {
    "wish": "citizen.wish_answered",
    "question": "citizen.question_answered",
    "discontent": "citizen.question_answered",
    "feedback": "citizen.feedback_acted_on",
    "feedback-to-nobody": "citizen.feedback_acted_on",
    "worker-change": "citizen.worker_change_decided",
    "help-card": "citizen.help_card_read",
    "acute": "citizen.acute_problem_solved",
    "first-reply": "citizen.inquiry_answered",
    "status": "citizen.status_given",
    "transition": "citizen.transition_prepared",
    "order": "plan.order_received",
    "follow-up": "plan.follow_up_held",
    "held-without": "meeting.talked_afterwards",
    "barrier": "citizen.barrier_help_sought",
    "company": "citizen.company_kept",
    "correction": "citizen.correction_taken_in",
}
"""By the rule's id: the event with which it is done."""
_FOLLOWS: Final = frozenset({"provider", "about"})
"""Fields that follow from what it is about."""


@router.get("", response_class=HTMLResponse)
def look(place: Staff, ref: str, rule: str, at: str) -> Response:
    """What waits, and how to answer it."""
    citizen = place.citizen(ref)
    item = _item(place, citizen, rule, at)
    return place.go(f"/borger/{ref}") if item is None else _shown(place, ref, citizen, item)


@router.post("", response_class=HTMLResponse)
def done(place: Staff, form: Sent, ref: str, rule: str, at: str) -> Response:
    """It is answered."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    item = _item(place, citizen, rule, at)
    if item is None:
        return place.go(f"/borger/{ref}")
    what = class_of(ENDS[rule])
    fields = fields_for(ENDS[rule], without=_FOLLOWS)
    try:
        said = {**read(form, fields, needs=what.RULE.needs), **_matter(item)}
        form.check()

        def record(**meta: Any) -> Any:
            return commands.tell(place.hub, actor, citizen, what, said, _on(item), **meta)

        if form.get("trin") == "se":
            readers = who_would_read(place, record)
            return _shown(place, ref, citizen, item, form=form, readers=readers, looked=True)
        record(command_id=form.command_id)
    except Incomplete:
        return _shown(place, ref, citizen, item, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _shown(place, ref, citizen, item, form=form, status=409)
    return place.go("/")


def _item(place: Place, citizen: UUID, rule: str, at: str) -> DueItem | None:
    """What is due under this rule, if it is still on the reader's list; decided and logged."""
    facts = place.due.of_citizens([citizen]).get(citizen, [])
    today = copenhagen_day(place.hub.clock())
    found = due_of(place, place.reader, citizen, place.purpose(citizen), facts, today)
    if rule not in ENDS:
        return None
    return next(
        (one for one in found.items if one.rule.id == rule and called(place, one.begun.event) == at), None
    )


def _matter(item: DueItem) -> dict[str, UUID]:
    what = class_of(ENDS[item.rule.id])
    if item.rule.id == "correction":
        return {"about": item.begun.matter}
    return {} if what.RULE.matter is None else {what.RULE.matter: item.begun.matter}


def _on(item: DueItem) -> UUID | None:
    """The plan or the meeting that it stands on."""
    return None if ENDS[item.rule.id].startswith("citizen.") else item.begun.originator


def _shown(
    place: Place,
    ref: str,
    citizen: UUID,
    item: DueItem,
    *,
    form: Posted | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    rule = item.rule.id
    return place.page(
        "do.html",
        status=status,
        **head(place, ref, citizen, place.purpose(citizen)),
        **{"readers": None, "looked": False, **more},
        says=say(*item.rule.says),
        words=words_of(item),
        since=item.begun.day,
        verb=say(*DOING[rule].verb),
        fields=fields_for(ENDS[rule], without=_FOLLOWS),
        entry=item.entry,
        form=form,
        errors=form.errors if form else {},
    )
