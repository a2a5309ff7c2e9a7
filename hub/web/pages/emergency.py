"""Emergency access: opened for one person with a reason and a second person, after a second login; closed; reviewed."""

from typing import Any, Final
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.application import commands
from hub.clock import from_microseconds, to_microseconds
from hub.desk.desk import NOBODY
from hub.desk.saying import as_uuid
from hub.errors import Conflict, NotFound, Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff, turn_away
from hub.web.limits import EMERGENCY, EMERGENCY_OF_PARTNER, Limits
from hub.web.pages.citizen import head
from hub.web.place import Place

router: Final = APIRouter()
_HOW: Final = ("anden", "ringet")
_SURFACE: Final = "consents"


@router.get("/vaerdispring", response_class=HTMLResponse)
def ask(place: Staff) -> Response:
    """What it is for, and the form; before it a second login."""
    _check_may(place)
    return _asking(place)


@router.post("/vaerdispring", response_class=HTMLResponse)
def open_(place: Staff, form: Sent) -> Response:
    """Open it, for one citizen."""
    _check_may(place)
    if not place.stepped_up:
        return _asking(place, form=form, status=403)
    found, meta = _read(place, form)
    try:
        form.check()
        _count(place)
        actor, citizen = place.actor(), _citizen(place, found)
        if citizen == NOBODY:
            place.access.turned_away(place.reader, _SURFACE, "stranger")
        commands.open_emergency(
            place.hub,
            actor,
            citizen,
            sectors=place.wired.settings.emergency,
            command_id=form.command_id,
            **meta,
        )
    except Incomplete:
        return _asking(place, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _asking(place, form=form, status=status_of(no))
    return place.go(f"/vaerdispring/{place.ref(citizen)}")


@router.get("/vaerdispring/{ref}", response_class=HTMLResponse)
def opened(place: Staff, ref: str) -> Response:
    """It is open: what can be read, until when, and how to close it."""
    citizen = place.citizen(ref)
    open_now = _own(place, citizen)
    if not open_now:
        place.access.turned_away(place.reader, _SURFACE, "no_purpose", citizen=citizen)
    until = max(until for _, until in open_now)
    return place.page("emergency_open.html", ref=ref, until=from_microseconds(until))


@router.post("/vaerdispring/{ref}/luk")
def close(place: Staff, form: Sent, ref: str) -> Response:
    """Close it before its time."""
    citizen = place.citizen(ref)
    open_now = _own(place, citizen)
    if not open_now:
        place.access.turned_away(place.reader, _SURFACE, "no_purpose", citizen=citizen)
    for access, _ in open_now:
        command = uuid5(form.command_id, str(access))
        commands.close_emergency(place.hub, place.actor(), citizen, access, command_id=command)
    return place.go("/")


@router.get("/borger/{ref}/vaerdispring", response_class=HTMLResponse)
def review(place: Staff, ref: str) -> Response:
    """What was opened with this citizen, and what is to be reviewed."""
    return _reviewing(place, ref)


@router.post("/borger/{ref}/vaerdispring", response_class=HTMLResponse)
def reviewed(place: Staff, form: Sent, ref: str) -> Response:
    """Somebody else has looked at it: justified, or not."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, _SURFACE)
    which = form.identity("access", needed=say("Vælg et værdispring.", "Choose an emergency access."))
    words = form.text("words", needed=say("Skriv, hvad gennemgangen viste.", "Write what the review showed."))
    verdict = form.choice("verdict", ("ja", "nej"), needed=say("Vælg et af svarene.", "Choose an answer."))
    try:
        form.check()
        assert which is not None and words is not None  # noqa: S101, PT018 - checked above
        commands.review_emergency(
            place.hub,
            actor,
            citizen,
            place.resolve(citizen, which, "access"),
            text=words,
            justified=verdict == "ja",
            command_id=form.command_id,
        )
    except Incomplete:
        return _reviewing(place, ref, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _reviewing(place, ref, form=form, status=status_of(no))
    return place.go(f"/borger/{ref}/vaerdispring")


# How it is done.


def _check_may(place: Place) -> None:
    """By role only: the sectors for which it is enabled."""
    if place.sector not in place.wired.settings.emergency:
        turn_away(place)


def _asking(place: Place, *, form: Posted | None = None, status: int = 200) -> HTMLResponse:
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    return place.page(
        "emergency_ask.html",
        status=status,
        form=form,
        errors={} if form is None else form.errors,
        ready=place.stepped_up,
        **context,
    )


def _read(place: Place, form: Posted) -> tuple[str, dict[str, Any]]:
    whom = form.line("borger", needed=say("Skriv, hvem det er.", "Write who it is.")) or ""
    reason = form.text(
        "reason", needed=say("Skriv, hvorfor det haster.", "Write why it is urgent."), labels=("health",)
    )
    how = form.choice("how", _HOW, needed=say("Vælg, hvem der har bekræftet.", "Choose who has confirmed."))
    confirmed: UUID | None = None
    if how == "anden":
        short = form.line(
            "second", needed=say("Skriv den andens korte navn.", "Write the other one's short name.")
        )
        try:
            confirmed = None if short is None else place.hub.vault.person(short.lower()).id
        except NotFound:
            form.wrong("second", say("Det navn kender hubben ikke.", "The hub does not know that name."))
    return whom, {"reason": reason, "confirmed_by": confirmed, "call_back": how == "ringet"}


def _citizen(place: Place, written: str) -> UUID:
    """Whom somebody means who writes a CPR number or the organisation's own reference."""
    if as_uuid(written.strip()) is not None:
        return place.citizen(written.strip())
    found = place.hub.vault.citizen_by_cpr("".join(each for each in written if each.isdigit()))
    if found is None and place.demo:
        known = place.hub.vault.citizens_by_name(written.strip())
        found = known[0] if len(known) == 1 else None
    return found or NOBODY


def _count(place: Place) -> None:
    limits = Limits(place.wired.database, place.hub.clock)
    limits.attempt(EMERGENCY_OF_PARTNER, str(place.acting))
    limits.attempt(EMERGENCY, "" if place.person is None else str(place.person.id))


def _own(place: Place, citizen: UUID) -> list[tuple[UUID, int]]:
    """This person's own open accesses to the citizen, with their ends."""
    if place.person is None:
        return []
    now = to_microseconds(place.hub.clock())
    return [
        (access, one.until)
        for access, one in place.hub.state(citizen).emergencies.items()
        if (one.partner, one.person) == (place.acting, place.person.id) and now < one.until
    ]


def _reviewing(place: Place, ref: str, *, form: Posted | None = None, status: int = 200) -> HTMLResponse:
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    found = place.access.happenings(place.reader, citizen, purpose, ("consents.emergency_access_",), _SURFACE)
    entries = [one.entry for one in found]
    of = {entry.ref: place.resolve(citizen, entry.ref, "access") for entry in entries}
    over = {of[entry.ref] for entry in entries if entry.event.endswith("_reviewed")}
    now, known = to_microseconds(place.hub.clock()), place.hub.state(citizen).emergencies
    open_now = {access for access, one in known.items() if now < one.until}
    waiting = [entry for entry in entries if entry.event.endswith("_opened") and of[entry.ref] not in over]
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    return place.page(
        "emergency_review.html",
        status=status,
        entries=entries,
        waiting=[entry for entry in waiting if of[entry.ref] not in open_now],
        still_open=any(of[entry.ref] in open_now for entry in waiting),
        names=place.names({entry.by for entry in entries if entry.by is not None}),
        form=form,
        errors={} if form is None else form.errors,
        **head(place, ref, citizen, purpose),
        **context,
    )
