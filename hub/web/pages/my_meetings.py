"""Before a meeting: my message, the agenda, who comes, whom I bring, and what I prepare for myself alone."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor, Text
from hub.aggregates.gathering import (
    AgendaItemProposed,
    CitizenMessageGiven,
    CompanionChosen,
    PreparationShared,
)
from hub.application import commands
from hub.desk.mine import Meeting, meetings_of, promises_of
from hub.desk.saying import as_uuid
from hub.errors import NotFound, Refused
from hub.texts import Pair, say
from hub.web.drafts import Drafts
from hub.web.forms import Posted
from hub.web.gates import Sent, Themself
from hub.web.pages.my_frame import again, my_page, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit")
_TELLS: Final[dict[str, Any]] = {
    "message": CitizenMessageGiven,
    "agenda": AgendaItemProposed,
    "companion": CompanionChosen,
}
"""What is told of a meeting, by the name of the form's button and field."""
_PREPARE: Final[dict[str, Pair]] = {
    "well": ("Hvad går godt lige nu?", "What goes well just now?"),
    "hard": ("Hvad er svært?", "What is hard?"),
    "want": ("Hvad vil jeg gerne have ud af mødet?", "What do I want from the meeting?"),
}
"""What one can think about before a meeting; nobody asks for the answers."""
_WAYS: Final = (*_TELLS, "keep", *(f"share-{question}" for question in _PREPARE))
_WRITE: Final = {
    "message": ("Skriv din besked.", "Write your message."),
    "agenda": ("Skriv, hvad I skal tale om.", "Write what to talk about."),
    "companion": ("Skriv, hvem du tager med.", "Write whom you bring."),
}


@router.get("/aftaler", response_class=HTMLResponse)
def agreements(place: Themself) -> Response:
    """My meetings, and who does what by when: mine and theirs."""
    page = place.access.page(place.reader, place.myself, None)
    now = place.hub.clock()
    found = meetings_of(place, page)
    promises = promises_of(place, page)
    return my_page(
        place,
        "my_agreements.html",
        ahead=[one for one in found if one.starts >= now],
        mine=[one for one in promises if one.owner is None],
        theirs=[one for one in promises if one.owner is not None],
    )


@router.post("/aftaler/{agreement}")
def done(place: Themself, agreement: str, form: Sent) -> Response:
    """I did it."""
    actor = place.check_may_write(place.myself, "page")
    page = place.access.page(place.reader, place.myself, None)
    ref = as_uuid(agreement)
    thing = next((one for one in page.of("agreements") if one.first.ref == ref), None)
    if ref is None or thing is None:
        raise NotFound(say("Den aftale er der ikke længere.", "That agreement is no longer there."))
    which = as_uuid(str(thing.first.fields["agreement"]))
    meeting = place.resolve(place.myself, ref)
    commands.on_meeting(
        place.hub,
        actor,
        place.myself,
        meeting,
        lambda found, act: found.complete(which or ref, act),
        command_id=form.command_id,
    )
    return place.go("/mit/aftaler")


def the_meeting(place: Place, ref: str) -> Meeting:
    """One of my meetings; another is nobody's."""
    page = place.access.page(place.reader, place.myself, None)
    found = next((one for one in meetings_of(place, page) if str(one.ref) == ref), None)
    if found is None:
        raise NotFound(say("Det møde er der ikke længere.", "That meeting is no longer there."))
    return found


def _shown(place: Place, meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": meeting,
        "over": meeting.starts < place.hub.clock(),
        "questions": [(name, say(*question)) for name, question in _PREPARE.items()],
        "drafts": drafts(place).of_meeting(place.myself, place.resolve(place.myself, meeting.ref)),
    }


def drafts(place: Place) -> Drafts:
    """What is prepared and not shared."""
    return Drafts(place.wired.database, place.hub.vault, place.hub.clock)


@router.get("/foer-moedet/{meeting}", response_class=HTMLResponse)
def before(place: Themself, meeting: str) -> Response:
    """Get ready: nothing written here is seen by anybody until it is sent."""
    found = the_meeting(place, meeting)
    return my_page(place, "my_meeting.html", form=None, **_shown(place, found))


@router.post("/foer-moedet/{meeting}")
def tell(place: Themself, meeting: str, form: Sent) -> Response:
    """Send a message, share a preparation, propose an item, bring somebody."""
    actor = place.check_may_write(place.myself, "page")
    found = the_meeting(place, meeting)
    try:
        way = form.choice("way", _WAYS, needed=say("Vælg, hvad der skal ske.", "Choose what to do."))
        form.check()
        if way in _TELLS:
            _tell(place, actor, found, way, form)
        elif way is not None:
            _prepare(place, actor, found, way.removeprefix("share-"), form)
    except Refused as no:
        return again(place, "my_meeting.html", form, no, **_shown(place, found))
    part = way if way in _TELLS else "forberedelse"
    return place.go(f"/mit/foer-moedet/{found.ref}#{part}")


def _tell(place: Place, actor: Actor, meeting: Meeting, way: str, form: Posted) -> None:
    words = form.text(way, needed=say(*_WRITE[way]), labels=form.all("label") or ["meetings"])
    form.check()
    fields: dict[str, Any] = {"words": words}
    if way == "agenda":
        fields |= {"agenda_item": None, "text": None}
    if way == "companion":
        fields["person"] = None
    on = place.resolve(place.myself, meeting.ref)
    commands.tell(place.hub, actor, place.myself, _TELLS[way], fields, on, command_id=form.command_id)


def _prepare(place: Place, actor: Actor, meeting: Meeting, shared: str, form: Posted) -> None:
    """Keep what is written for the citizen alone; and share one answer, where that is what the button said."""
    on, ours = place.resolve(place.myself, meeting.ref), drafts(place)
    for question in _PREPARE:
        ours.keep(place.myself, on, question, form.line(question))
    if shared in _PREPARE:
        form.line(shared, needed=say("Skriv noget at dele.", "Write something to share."))
        form.check()
        words = Text.of(f"{say(*_PREPARE[shared])}\n{form.get(shared).strip()}", "meetings")
        commands.tell(
            place.hub,
            actor,
            place.myself,
            PreparationShared,
            {"words": words},
            on,
            command_id=form.command_id,
        )
        ours.keep(place.myself, on, shared, None)
    form.check()


# Who comes, and who thereby learns of whom.


def _who(meeting: Meeting, partner: str) -> UUID:
    found = as_uuid(partner)
    if found is None or found not in meeting.invited:
        raise NotFound(say("De er ikke inviteret længere.", "They are no longer invited."))
    return found


@router.get("/foer-moedet/{meeting}/hvem/{partner}", response_class=HTMLResponse)
def may_they_come(place: Themself, meeting: str, partner: str) -> Response:
    """What they would learn, before the citizen says yes or no."""
    found = the_meeting(place, meeting)
    who = found.invited[_who(found, partner)]
    told = previewed(place, lambda: _approve(place, found, who.partner, {}))
    told["names"] |= place.names({*who.participants})
    return my_page(place, "my_meeting_who.html", who=who, meeting=found, **told)


@router.post("/foer-moedet/{meeting}/hvem/{partner}")
def they_may(place: Themself, meeting: str, partner: str, form: Sent) -> Response:
    """Yes: they may come. No: they are taken off the meeting. Or a yes is taken back."""
    actor = place.check_may_write(place.myself, "page")
    found = the_meeting(place, meeting)
    who = _who(found, partner)
    on = place.resolve(place.myself, found.ref)
    meta: commands.Meta = {"command_id": form.command_id}
    match form.get("way"):
        case "yes":
            _approve(place, found, who, meta)
        case "no":
            commands.on_meeting(place.hub, actor, place.myself, on, lambda m, act: m.remove(who, act), **meta)
        case "back":
            commands.on_meeting(
                place.hub, actor, place.myself, on, lambda m, act: m.withdraw_approval(who, act), **meta
            )
    return place.go(f"/mit/foer-moedet/{found.ref}#hvem")


def _approve(place: Place, meeting: Meeting, who: UUID, meta: Any) -> None:
    """Approve one of those invited, knowing that it learns of the others on its list."""
    knows = tuple(one for one in meeting.invited[who].participants if one != who)
    on = place.resolve(place.myself, meeting.ref)
    commands.on_meeting(
        place.hub, place.actor(), place.myself, on, lambda m, act: m.approve((who,), knows, act), **meta
    )
