"""Meetings and agreements of one citizen: what is to come and what was, one meeting, and its sheet of paper."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor, Text
from hub.application.access import Entry
from hub.desk.meetings import Gathering, Known, many, may_name, read, said_of, shortened
from hub.desk.saying import as_uuid
from hub.errors import WrongStatus
from hub.texts import say
from hub.web.forms import Posted
from hub.web.gates import Staff
from hub.web.pages.citizen import head, named
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}")
_PAST: Final = 20
_CITIZENS: Final = ("citizen_message_given", "preparation_shared")
"""Where a citizen speaks to a meeting: the latest of each stands on top of the sheet."""
_ON_PAPER: Final = 8
_FEW: Final = 5
"""How many agreements, and how many items and inputs, a sheet of paper holds; all stand on the pages."""


@dataclass(slots=True)
class Visit:
    """Somebody looks at a citizen's meetings: what they were permitted, and how their pages are made."""

    place: Place
    ref: str
    citizen: UUID
    purpose: str | None
    known: Known
    meeting: Gathering | None = None

    @property
    def at(self) -> str:
        """Where the citizen's pages begin."""
        return f"/borger/{self.ref}"

    @property
    def task(self) -> str:
        """The task of this visit, as the address carries it on."""
        named = self.place.request.query_params.get("formaal")
        return f"?formaal={self.purpose}" if named == self.purpose else ""

    @property
    def gathering(self) -> Gathering:
        """The meeting that it is about."""
        assert self.meeting is not None  # noqa: S101 - `visit_to` found it
        return self.meeting

    def partners(self) -> dict[UUID, str]:
        """The organisations that can be named here."""
        return may_name(self.place, self.place.reader, self.citizen, self.purpose)

    def names(self) -> dict[UUID, str]:
        """The names of everybody in what is shown."""
        return named(self.place, self.known.entries)

    def check(self, form: Posted, actor: Actor, possible: bool, da: str, en: str) -> None:  # noqa: FBT001 - what holds
        """Refuse in plain words what cannot be done any more, unless this very form was taken before."""
        if not possible and self.place.hub.answered(form.command_id, actor) is None:
            raise WrongStatus(say(da, en))

    def show(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page about the citizen's meetings."""
        names = self.names()
        if self.place.acting is not None and self.place.organisation is not None:
            names.setdefault(self.place.acting, self.place.organisation)
        common = {
            **head(self.place, self.ref, self.citizen, self.purpose),
            "v": self,
            "at": self.at,
            "task": self.task,
            "known": self.known,
            "meeting": self.meeting,
            "names": names,
            "ours": self.place.acting,
            "now": self.place.hub.clock(),
            "said_of": said_of,
        }
        return self.place.page(template, status=status, **{**common, **context})

    def go(self, path: str = "") -> Response:
        """On to a page of the citizen's, for the same task."""
        return self.place.go(f"{self.at}{path}{self.task}")


def visit(place: Place, ref: str, surface: str = "meetings") -> Visit:
    """A visit to a citizen's meetings: decided and logged."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    return Visit(place, ref, citizen, purpose, read(place, place.reader, citizen, purpose, surface))


def visit_to(place: Place, ref: str, meeting: str, surface: str = "meetings") -> Visit:
    """A visit to one meeting; one that the reader may not know of is denied like every other."""
    found = visit(place, ref, surface)
    found.meeting = found.known.meeting(as_uuid(meeting))
    if found.meeting is None:
        place.access.turned_away(place.reader, surface, "no_such_meeting", citizen=found.citizen)
    return found


@router.get("/moeder", response_class=HTMLResponse)
def meetings(place: Staff, ref: str) -> Response:
    """What is to come, what was, and what is agreed."""
    v = visit(place, ref)
    now, every = place.hub.clock(), v.known.meetings
    waiting = [one for one in every if one.status == "convened"]
    return v.show(
        "meeting_list.html",
        coming=[one for one in waiting if one.starts and one.starts >= now],
        unheld=[one for one in waiting if one.starts and one.starts < now],
        past=[one for one in reversed(every) if one.status != "convened"][:_PAST],
        agreements=v.known.open_agreements(place.acting),
        settled=[one for one in reversed(v.known.agreements) if one.over][:_PAST],
    )


@router.get("/moeder/{meeting}", response_class=HTMLResponse)
def meeting(place: Staff, ref: str, meeting: str) -> Response:
    """One meeting: prepare it."""
    return meeting_page(visit_to(place, ref, meeting))


def meeting_page(v: Visit, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page of one meeting; again, with what is wrong, where a form on it was not taken."""
    invited = v.gathering.invitations
    offered = {
        one: name for one, name in v.partners().items() if one not in invited and one != v.place.acting
    }
    more: dict[str, Any] = {
        "many": many(v.known, v.gathering),
        "offered": [(str(one), name) for one, name in offered.items()],
        "agreed": [a for a in v.known.open_agreements(v.place.acting) if a.meeting == v.gathering.id],
        "others": owners(v),
        "form": None,
        "acting_on": "",
        "errors": {},
        "code": None,
    }
    return v.show("meeting_page.html", status=status, **{**more, **context})


def owners(v: Visit) -> list[tuple[str, str]]:
    """Who can do what is agreed: ours, and whoever is invited, as far as the reader may know; the citizen is beside."""
    names = v.names()
    ours = v.place.acting
    found = {} if ours is None else {ours: v.place.organisation or ""}
    found |= {one: names.get(one, "") for one in v.gathering.invitations}
    return [(str(one), name) for one, name in found.items() if name]


def again(text: dict[str, Any] | None) -> Text | None:
    """A text that stands on the meeting, to be said once more with its labels."""
    return None if text is None else Text.of(text["text"], *text["labels"])


@router.get("/moeder/{meeting}/ark", response_class=HTMLResponse)
def sheet(place: Staff, ref: str, meeting: str) -> Response:
    """The meeting on one sheet of paper."""
    v = visit_to(place, ref, meeting, "sheet")
    found, page = v.gathering, v.known.page
    messages = [e for kind in _CITIZENS for e in found.of(kind)[-1:] if "words" in e.fields]
    hopes = page.of("hopes")
    agreements = v.known.open_agreements(place.acting)
    inputs = found.of("input_given")
    return v.show(
        "meeting_sheet.html",
        messages=messages,
        hope=_latest_words([hopes[-1].first, *hopes[-1].since]) if hopes else None,
        goals=[
            goal for thing in page.of("goals")[:3] if (goal := _latest_words([thing.first, *thing.since]))
        ],
        news=v.known.since(found),
        agreements=agreements[:_ON_PAPER],
        more_agreements=len(agreements) > _ON_PAPER,
        agenda=[*found.agenda.values()][:_FEW],
        more_agenda=len(found.agenda) > _FEW,
        inputs=inputs[:_FEW],
        more_inputs=len(inputs) > _FEW,
        help_card=page.last.get("help_card"),
        hard=page.hard_period(place.hub.clock()),
        many=many(v.known, found),
        shortened=shortened,
    )


def _latest_words(entries: list[Entry]) -> Entry | None:
    """The latest of these in which the citizen says it."""
    return next((entry for entry in reversed(entries) if "words" in entry.fields), None)
