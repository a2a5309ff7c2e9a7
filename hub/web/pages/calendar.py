"""One's own calendar, and being told that there is news: turned on, seen, and turned off again by oneself."""

import re
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.application.reading import Reader
from hub.application.visit import check_can_log
from hub.consumers.notices import WAYS, Notices
from hub.desk.calendar import feed_of, since, slots_of_citizen, slots_of_person, turn_off, turn_on
from hub.interop.calendar import TYPE, calendar_of
from hub.texts import say
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Anyone, Sent, Staff, Themself
from hub.web.pages.my_frame import around
from hub.web.place import Place

router: Final = APIRouter()
_ADDRESS: Final = re.compile(r"[^\s@<>\",;]{1,64}@[^\s@<>\",;]{1,190}\.[^\s@<>\",;]{2,}")
_NONE: Final = "no"


class _Whose:
    """Whose calendar and mail a page is about: the one who is logged in, always."""

    def __init__(self, place: Place) -> None:
        self.place = place
        mine = place.session is not None and place.session.citizen is not None
        self.citizen: UUID | None = place.myself if mine else None
        self.person: UUID | None = None if mine or place.person is None else place.person.id
        self.at = "/mit/kalender" if mine else "/kalender"

    @property
    def notices(self) -> Notices:
        """Where the choice of mail is kept."""
        return self.place.wired.notices()

    def page(
        self, *, address: str | None = None, form: Posted | None = None, status: int = 200
    ) -> HTMLResponse:
        """The page, with the calendar's address only where it was made just now."""
        choice = self.notices.choice(person=self.person, citizen=self.citizen)
        context: dict[str, Any] = {
            "at": self.at,
            "since": since(self.place, person=self.person, citizen=self.citizen),
            "address": address,
            "possible": self.notices.possible,
            "how": _NONE if choice is None else choice.how,
            "mail": "" if choice is None else choice.address,
            "ways": [
                (_NONE, say("Nej tak", "No, thank you")),
                ("at_once", say("Så snart der er nyt", "As soon as there is news")),
                ("daily", say("Én gang om dagen, klokken 7", "Once a day, at seven")),
            ],
            "form": form,
            "errors": {} if form is None else form.errors,
        }
        if self.citizen is None:
            return self.place.page("calendar.html", status=status, **context)
        self.place.access.told_at(self.place.reader, self.citizen, None, (), (), "page")
        return self.place.page("my_calendar.html", status=status, **around(self.place), **context)

    def on(self) -> HTMLResponse:
        """Turn the calendar on; its address is shown this one time."""
        secret = turn_on(self.place, person=self.person, citizen=self.citizen)
        public = self.place.wired.settings.public_url
        base = public or str(self.place.request.base_url).rstrip("/")
        return self.page(address=f"{base}/kalender/{secret}.ics")

    def off(self) -> Response:
        """Turn it off."""
        turn_off(self.place, person=self.person, citizen=self.citizen)
        return self.place.go(self.at)

    def told(self, form: Posted) -> Response:
        """Choose how to be told that there is news."""
        try:
            how = form.choice("how", (_NONE, *WAYS), needed=say("Vælg et af svarene.", "Choose an answer."))
            mail = (form.line("mail") or "").strip()
            if how in WAYS and not _ADDRESS.fullmatch(mail):
                form.wrong(
                    "mail",
                    say(
                        "Skriv din mailadresse, for eksempel navn@eksempel.dk.",
                        "Write your mail address, for example name@example.com.",
                    ),
                )
            form.check()
        except Incomplete:
            return self.page(form=form, status=422)
        self.notices.choose(how if how in WAYS else None, mail, person=self.person, citizen=self.citizen)
        return self.place.go(self.at)


@router.get("/kalender", response_class=HTMLResponse)
def calendar(place: Staff) -> Response:
    """Whether I have a calendar, and how I am told of news."""
    return _Whose(place).page()


@router.post("/kalender/{what}", response_class=HTMLResponse)
def changed(place: Staff, what: Literal["til", "fra", "besked"], form: Sent) -> Response:
    """Turn my calendar on or off, or choose how I am told of news."""
    return _change(_Whose(place), what, form)


@router.get("/mit/kalender", response_class=HTMLResponse)
def my_calendar(place: Themself) -> Response:
    """Whether I have a calendar, and how I am told of news."""
    return _Whose(place).page()


@router.post("/mit/kalender/{what}", response_class=HTMLResponse)
def my_changed(place: Themself, what: Literal["til", "fra", "besked"], form: Sent) -> Response:
    """Turn my calendar on or off, or choose how I am told of news."""
    return _change(_Whose(place), what, form)


def _change(whose: _Whose, what: str, form: Posted) -> Response:
    if what == "til":
        return whose.on()
    return whose.off() if what == "fra" else whose.told(form)


@router.get("/kalender/{secret}.ics")
def feed(place: Anyone, secret: str) -> Response:
    """The times behind an address; decided now, for the one whose calendar it is, and logged."""
    check_can_log(place.hub.database)
    found = feed_of(place, secret)
    if found is None:
        raise HTTPException(404)
    if found.citizen is not None:
        slots = slots_of_citizen(place, found, found.citizen)
    else:
        person = place.hub.vault.persons([found.person] if found.person else []).get(found.person)  # type: ignore[arg-type]
        if person is None or person.partner is None:
            raise HTTPException(404)
        place.acting = person.partner
        slots = slots_of_person(place, found, Reader.of(person))
    return Response(calendar_of(slots), media_type=TYPE)
