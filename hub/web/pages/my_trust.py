"""Who has looked, and all of it to take away."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates.voice import DiscontentTold, QuestionAsked
from hub.application import commands
from hub.application.exporting import Exports
from hub.clock import copenhagen_day
from hub.desk.looked import Looked, looked
from hub.errors import Refused
from hub.interop.history import bytes_of, document_of
from hub.texts import say
from hub.web.gates import Sent, Themself
from hub.web.pages.my_frame import again, my_page
from hub.web.place import Place

router: Final = APIRouter(prefix="/mit")
_LOOKS: Final = 300
_ASKS: Final = {"question": QuestionAsked, "discontent": DiscontentTold}


def _weeks(found: list[Looked]) -> list[tuple[date, list[tuple[date, list[tuple[str, str | None, int]]]]]]:
    """Weeks with their days, each sentence once with how many times."""
    by_day = [
        (day, [(text, why, number) for (text, why), number in Counter((o.text, o.why) for o in same).items()])
        for day, same in groupby(found, key=lambda one: copenhagen_day(one.at))
    ]
    return [
        (monday, list(days))
        for monday, days in groupby(by_day, key=lambda pair: pair[0] - timedelta(days=pair[0].weekday()))
    ]


def _shown(place: Place, *, refused: bool) -> dict[str, Any]:
    rows = place.access.who_looked(place.reader, place.myself, _LOOKS, own=False)
    people = [row for row in rows if row.role not in ("system", "operator")]
    names = place.wired.settings.show_employee_names
    found = [one for one in looked(place, people, name_employees=names) if one.refused == refused]
    return {
        "weeks": _weeks(found),
        "refused": refused,
        "officer": place.wired.settings.data_officer,
        "kinds": [
            ("question", say("Jeg vil gerne vide noget", "I would like to know something")),
            ("discontent", say("Jeg er ikke tryg ved det", "I am not at ease with it")),
        ],
    }


@router.get("/hvem-har-set", response_class=HTMLResponse)
def who(place: Themself) -> Response:
    """The people who have looked, week by week."""
    return my_page(place, "my_looked.html", form=None, told=False, **_shown(place, refused=False))


@router.get("/hvem-har-set/afvist", response_class=HTMLResponse)
def turned_away(place: Themself) -> Response:
    """Those who wanted to look, and were not let in."""
    return my_page(place, "my_looked.html", form=None, told=False, **_shown(place, refused=True))


@router.get("/hvem-har-set/sagt", response_class=HTMLResponse)
def told(place: Themself) -> Response:
    """The same, and that it is said."""
    return my_page(place, "my_looked.html", form=None, told=True, **_shown(place, refused=False))


@router.post("/hvem-har-set")
def say_so(place: Themself, form: Sent) -> Response:
    """Say something to the coordinator about it."""
    actor = place.check_may_write(place.myself, "access")
    try:
        kind = form.choice("kind", _ASKS, needed=say("Vælg et af svarene.", "Choose one of the answers."))
        words = form.text("words", needed=say("Skriv noget.", "Write something."), labels=("wishes",))
        form.check()
        if kind is not None and words is not None:
            commands.tell(
                place.hub, actor, place.myself, _ASKS[kind], {"words": words}, command_id=form.command_id
            )
    except Refused as no:
        return again(place, "my_looked.html", form, no, told=False, **_shown(place, refused=False))
    return place.go("/mit/hvem-har-set/sagt")


@router.get("/hent", response_class=HTMLResponse)
def take(place: Themself) -> Response:
    """What is in the file."""
    return my_page(place, "my_take.html")


@router.post("/hent")
def taken(place: Themself, form: Sent) -> Response:  # noqa: ARG001 - a form, so that no link anywhere fetches it
    """All of it in one file; logged before it is answered."""
    history = Exports(place.hub).history(place.reader, place.myself)
    return Response(
        bytes_of(document_of(history)),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="min-historie.json"'},
    )
