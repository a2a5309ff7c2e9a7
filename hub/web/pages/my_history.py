"""My story: what has happened, newest first; what I write to it, and where I say that something is wrong."""

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor
from hub.aggregates.voice import (
    DiscontentTold,
    HelpCardWritten,
    ImportantTold,
    QuestionAsked,
    StrengthConfirmed,
    StrengthRested,
    SuccessTold,
    WishMade,
)
from hub.application import commands
from hub.application.access import Entry
from hub.desk.saying import as_uuid
from hub.desk.yours import YOURS
from hub.errors import NotFound, Refused
from hub.texts import CATEGORIES, say, word
from hub.web.forms import Posted
from hub.web.gates import Sent, Themself
from hub.web.pages.citizen import by_day, named
from hub.web.pages.my_frame import again, my_page
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit/historie")
_FIRST: Final = 5
_MORE: Final = 20
_KINDS: Final[dict[str, Any]] = {
    "hope": None,
    "important": ImportantTold,
    "success": SuccessTold,
    "wish": WishMade,
    "question": QuestionAsked,
    "discontent": DiscontentTold,
    "help": HelpCardWritten,
}
"""What can be written; a hope has a command of its own."""


def _kinds() -> list[tuple[str, str]]:
    return [
        ("hope", say("Et håb eller en drøm", "A hope or a dream")),
        ("important", say("Noget, der er vigtigt for mig", "Something that matters to me")),
        ("success", say("Noget, der gik godt", "Something that went well")),
        ("wish", say("Et ønske til dem, der hjælper mig", "A wish to those who help me")),
        ("question", say("Et spørgsmål, jeg gerne vil have svar på", "A question I would like answered")),
        ("discontent", say("Noget, der ikke er godt nok", "Something that is not good enough")),
        ("help", say("Sådan hjælper du mig bedst", "This is how you help me best")),
    ]


def _shown(place: Place) -> dict[str, Any]:
    before = as_uuid(place.request.query_params.get("foer", ""))
    page = place.access.timeline(
        place.reader, place.myself, None, before=before, limit=_FIRST if before is None else _MORE
    )
    stands = place.access.page(place.reader, place.myself, None)
    return {
        "days": by_day(page.entries),
        "names": named(place, page.entries),
        "before": page.before,
        "first": before is None,
        "kinds": _kinds(),
        "about": [(one, word(YOURS, one)) for one in CATEGORIES],
        "strengths": [one.first for one in stands.of("strengths") if not one.since],
    }


@router.get("", response_class=HTMLResponse)
def history(place: Themself) -> Response:
    """The newest five, then more."""
    return my_page(place, "my_history.html", form=None, noted=False, **_shown(place))


@router.get("/skrevet", response_class=HTMLResponse)
def written(place: Themself) -> Response:
    """The same, and that it is written."""
    return my_page(place, "my_history.html", form=None, noted=True, **_shown(place))


@router.post("")
def write(place: Themself, form: Sent) -> Response:
    """Write something."""
    actor = place.check_may_write(place.myself, "timeline")
    try:
        _write(place, actor, form)
    except Refused as no:
        return again(place, "my_history.html", form, no, noted=False, **_shown(place))
    return place.go("/mit/historie/skrevet")


def _write(place: Place, actor: Actor, form: Posted) -> None:
    kind = form.choice("kind", _KINDS, needed=say("Vælg, hvad det er.", "Choose what it is."))
    words = form.text("words", needed=say("Skriv noget.", "Write something."), labels=("wishes",))
    form.check()
    if words is None or kind is None:
        return
    if kind == "hope":
        commands.tell_hope(place.hub, actor, place.myself, words, command_id=form.command_id)
    else:
        what = _KINDS[kind]
        commands.tell(place.hub, actor, place.myself, what, {"words": words}, command_id=form.command_id)


@router.post("/styrke/{ref}")
def strength(place: Themself, ref: str, form: Sent) -> Response:
    """Whether a strength that somebody saw is mine."""
    actor = place.check_may_write(place.myself, "page")
    stands = place.access.page(place.reader, place.myself, None)
    found = next((one.first for one in stands.of("strengths") if str(one.first.ref) == ref), None)
    if found is None:
        raise NotFound(say("Det er der ikke længere.", "That is no longer there."))
    what = StrengthConfirmed if form.get("way") == "yes" else StrengthRested
    fields = {"strength": as_uuid(str(found.fields["strength"])), "words": None}
    commands.tell(place.hub, actor, place.myself, what, fields, command_id=form.command_id)
    return place.go("/mit/historie/skrevet")


# Something is wrong.


def _the_entry(place: Place, ref: str) -> Entry:
    found = place.access.happenings(place.reader, place.myself, None, ("",), "timeline")
    entry = next((one.entry for one in found if str(one.entry.ref) == ref), None)
    if entry is None:
        raise NotFound(say("Det står her ikke.", "That does not stand here."))
    return entry


@router.get("/{ref}/forkert", response_class=HTMLResponse)
def ask(place: Themself, ref: str) -> Response:
    """Say what is wrong; it will stand beside what was written."""
    entry = _the_entry(place, ref)
    return my_page(place, "my_dispute.html", form=None, entry=entry, names=named(place, [entry]))


@router.post("/{ref}/forkert")
def dispute(place: Themself, ref: str, form: Sent) -> Response:
    """Say it. Whoever may read the one may read the other."""
    actor = place.check_may_write(place.myself, "timeline")
    entry = _the_entry(place, ref)
    try:
        words = form.text(
            "words", needed=say("Skriv, hvad der er forkert.", "Write what is wrong."), labels=_labels(entry)
        )
        form.check()
        if words is not None:
            commands.dispute(
                place.hub, actor, place.myself, entry.event_id, words, command_id=form.command_id
            )
    except Refused as no:
        return again(place, "my_dispute.html", form, no, entry=entry, names=named(place, [entry]))
    return place.go("/mit/historie/skrevet")


def _labels(entry: Entry) -> list[str]:
    """What the dispute is about: what the texts that it is against are about."""
    found = {
        label
        for value in entry.fields.values()
        if isinstance(value, dict)
        for label in value.get("labels", ())
    }
    return sorted(found) or ["contact"]
