"""The rest about a citizen: what waits, who has a task, the network, and what is done rarely."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application import commands
from hub.application.tasks import TASKS, running
from hub.clock import copenhagen_day
from hub.desk import tasks
from hub.desk.due import due_of
from hub.desk.portrait import text_of
from hub.desk.waiting import waiting_of
from hub.errors import Conflict, Refused
from hub.texts import say
from hub.web.doing import shown
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.citizen import head
from hub.web.place import Place
from hub.web.telling import Field, read

router: Final = APIRouter(prefix="/borger/{ref}")


@router.get("/mere", response_class=HTMLResponse)
def more(place: Staff, ref: str) -> Response:
    """What waits, who has a task, the network, and where the rare things are done."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    page = place.access.page(place.reader, citizen, purpose)
    today = copenhagen_day(place.hub.clock())
    facts = place.due.of_citizens([citizen]).get(citizen, [])
    due = due_of(place, place.reader, citizen, purpose, facts, today)
    seen = tasks.read(place, place.reader, citizen, purpose, running(place.hub, citizen), "tasks")
    network = [
        words
        for name in ("network", "communities")
        for thing in page.of(name)
        if (words := text_of(thing.first, "who", "words", "text"))
    ]
    return place.page(
        "more.html",
        **head(place, ref, citizen, purpose),
        waiting=[shown(place, ref, one) for one in waiting_of(due.items, today)],
        people=_people(place, seen),
        network=network,
        closed="closed" in page.last,
        is_authority=place.sector == "authority",
    )


def _people(place: Place, seen: tasks.Seen) -> list[dict[str, Any]]:
    """Who has a task with the citizen now, as far as the reader may know of each."""
    names = place.names({one for _, entry, _ in seen for one in tasks.who_of(entry)})
    return [
        {
            "kind": say(*tasks.KINDS.get(entry.event, ("Opgave", "Task"))),
            "who": ", ".join(names.get(one, "") for one in tasks.who_of(entry)) or tasks.said_of(entry),
            "since": entry.happened or entry.recorded,
        }
        for stint, entry, _ in seen
        if stint.kind in TASKS
    ]


@router.get("/afslut", response_class=HTMLResponse)
def closing(place: Staff, ref: str) -> Response:
    """What will end with the cooperation."""
    return _closing(place, ref, place.citizen(ref))


@router.post("/afslut", response_class=HTMLResponse)
def closed(place: Staff, form: Sent, ref: str) -> Response:
    """The cooperation ends, or begins again."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    try:
        said = read(form, _fields())
        if not form.yes("sikker"):
            form.wrong("sikker", say("Sæt et flueben, hvis I er enige.", "Tick the box if you agree."))
        form.check()
        commands.close_citizen(place.hub, actor, citizen, **said, command_id=form.command_id)
    except Incomplete:
        return _closing(place, ref, citizen, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _closing(place, ref, citizen, form=form, status=409)
    return place.go("/borgere")


@router.post("/genoptag")
def reopened(place: Staff, form: Sent, ref: str) -> Response:
    """The citizen is back."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    commands.reopen_citizen(place.hub, actor, citizen, command_id=form.command_id)
    return place.go(f"/borger/{ref}")


def _fields() -> list[Field]:
    return [
        Field(
            "way_back",
            "text",
            say("Hvordan kommer borgeren tilbage?", "How does the citizen come back?"),
            needed=True,
        ),
        Field("words", "text", say("Med borgerens egne ord", "In the citizen's own words"), needed=False),
        Field("text", "text", say("Det, du vil skrive", "What you want to write"), needed=False),
    ]


def _closing(
    place: Place, ref: str, citizen: UUID, *, form: Posted | None = None, status: int = 200
) -> Response:
    place.access.page(place.reader, citizen, place.purpose(citizen))
    seen = tasks.what_ends(place, place.reader, citizen, running(place.hub, citizen))
    return place.page(
        "close.html",
        status=status,
        **head(place, ref, citizen, place.purpose(citizen)),
        ending=_all(place, seen),
        fields=_fields(),
        form=form,
        errors=form.errors if form else {},
    )


def _all(place: Place, seen: tasks.Seen) -> list[dict[str, str]]:
    names = place.names({one for _, entry, _ in seen for one in tasks.who_of(entry)})
    return [
        {
            "kind": say(*tasks.KINDS.get(entry.event, ("Opgave", "Task"))),
            "who": ", ".join(names.get(one, "") for one in tasks.who_of(entry)) or tasks.said_of(entry),
        }
        for _, entry, _ in seen
    ]
