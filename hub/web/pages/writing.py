"""Writing about a citizen, or with them: what it is, what it is about, and who will be able to read it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Actor
from hub.application import commands
from hub.application.hub import Answer
from hub.application.page import CitizenPage
from hub.desk.portrait import worded
from hub.desk.saying import as_uuid
from hub.errors import Conflict, Refused
from hub.texts import Pair, say
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.citizen import head
from hub.web.place import Place
from hub.web.readers import who_would_read
from hub.web.telling import Field, class_of, fields_for, read

router: Final = APIRouter(prefix="/borger/{ref}/skriv")


class Kind(NamedTuple):
    """One thing that can be written."""

    slug: str
    title: Pair
    hint: Pair
    event: str | None = None


KINDS: Final = (
    Kind(
        "",
        ("Kontakt", "Contact"),
        ("I talte sammen, eller I sås. Skriv det gerne sammen.", "You talked, or met. Write it together."),
    ),
    Kind(
        "maal",
        ("Hvordan det går med et mål", "How a goal goes"),
        ("Små skridt tæller også.", "Small steps count too."),
    ),
    Kind(
        "behov",
        ("Behovet er ændret", "The need has changed"),
        (
            "Myndigheden får besked og skal kvittere inden tre arbejdsdage.",
            "The authority is told, and is to acknowledge it within three working days.",
        ),
        "citizen.need_change_reported",
    ),
    Kind(
        "haab",
        ("Et håb eller et ønske", "A hope or a dream"),
        (
            "Ordret, som borgeren siger det. “Jeg ved det ikke endnu” er også et svar.",
            "Word for word, as the citizen says it. “I don't know yet” is an answer too.",
        ),
    ),
    Kind(
        "svaer-periode",
        ("Det er svært lige nu", "It is hard just now"),
        ("Påmindelser bliver mildere imens.", "Reminders soften meanwhile."),
        "citizen.hard_period_marked",
    ),
    Kind(
        "styrke",
        ("En styrke", "A strength"),
        ("Kun borgeren siger ja til den.", "The citizen alone says yes to it."),
        "citizen.strength_suggested",
    ),
    Kind("lykkedes", ("Noget lykkedes", "Something succeeded"), ("", ""), "citizen.success_told"),
    Kind(
        "akut",
        ("Noget haster", "Something cannot wait"),
        ("Husleje, regninger, strøm.", "Rent, bills, power."),
        "citizen.acute_problem_reported",
    ),
    Kind(
        "hjaelp-mig-bedst",
        ("Sådan hjælper du mig bedst", "How to help me best"),
        ("Borgerens egen vejledning til os.", "The citizen's own advice to us."),
        "citizen.help_card_written",
    ),
    Kind(
        "livet",
        ("En del af livet", "A part of life"),
        ("Bolig, økonomi, helbred og andet.", "Home, finances, health and more."),
        "citizen.life_area_told",
    ),
    Kind(
        "ros-eller-kritik",
        ("Hvordan samarbejdet er", "How the cooperation is"),
        ("", ""),
        "citizen.feedback_given",
    ),
    Kind("netvaerk", ("Nogen i netværket", "Somebody in the network"), ("", ""), "citizen.network_person_added"),
    Kind("kontaktniveau", ("Hvor tit og hvordan", "How often, and how"), ("", ""), "citizen.contact_level_agreed"),
)  # fmt: skip
_BY_SLUG: Final = {kind.slug: kind for kind in KINDS}


class Letter(NamedTuple):
    """What is about to be written: its fields, and how it is recorded."""

    kind: Kind
    fields: list[Field]
    needs: tuple[str, ...] = ()


def letter(kind: Kind, page: CitizenPage) -> Letter:
    """The form of a kind."""
    if kind.event is not None:
        without = ("partner",) if kind.slug == "ros-eller-kritik" else ()
        return Letter(kind, fields_for(kind.event, without=without), class_of(kind.event).RULE.needs)
    own = say("Med borgerens egne ord", "In the citizen's own words")
    ours = say("Det, du vil skrive", "What you want to write")
    if kind.slug == "maal":
        goals = tuple(
            (str(thing.first.ref), said.words) for thing in page.of("goals") if (said := worded(thing))
        )
        return Letter(
            kind,
            [
                Field("goal", "choice", say("Hvilket mål?", "Which goal?"), needed=True, choices=goals),
                Field("words", "text", own, needed=False),
                Field("text", "text", ours, needed=False),
            ],
            ("words", "text"),
        )
    if kind.slug == "haab":
        unsure = say("Borgeren ved det ikke endnu", "The citizen does not know yet")
        return Letter(
            kind, [Field("words", "text", own, needed=True), Field("undecided", "tick", unsure, needed=False)]
        )
    together = say("Skrevet sammen med borgeren", "Written together with the citizen")
    return Letter(
        kind,
        [
            Field(
                "day", "day", say("Hvilken dag? (tom er i dag)", "Which day? (empty is today)"), needed=False
            ),
            Field("text", "text", ours, needed=False),
            Field("together", "tick", together, needed=False),
        ],
    )


@router.get("", response_class=HTMLResponse)
def write(place: Staff, ref: str) -> Response:
    """Write that there was contact."""
    return _form(place, ref, "")


@router.post("", response_class=HTMLResponse)
def written(place: Staff, form: Sent, ref: str) -> Response:
    """There was contact."""
    return _sent(place, form, ref, "")


@router.get("/{slug}", response_class=HTMLResponse)
def write_more(place: Staff, ref: str, slug: str) -> Response:
    """Write something else."""
    return _form(place, ref, slug)


@router.post("/{slug}", response_class=HTMLResponse)
def written_more(place: Staff, form: Sent, ref: str, slug: str) -> Response:
    """Something else is written."""
    return _sent(place, form, ref, slug)


def _kind(slug: str) -> Kind:
    if slug not in _BY_SLUG:
        raise HTTPException(404)
    return _BY_SLUG[slug]


def _form(place: Place, ref: str, slug: str) -> Response:
    citizen, kind = place.citizen(ref), _kind(slug)
    purpose = place.purpose(citizen)
    page = place.access.page(place.reader, citizen, purpose)
    return _shown(place, ref, citizen, letter(kind, page))


def _sent(place: Place, form: Posted, ref: str, slug: str) -> Response:
    citizen, kind = place.citizen(ref), _kind(slug)
    actor = place.check_may_write(citizen, "write")
    found = letter(kind, place.access.page(place.reader, citizen, place.purpose(citizen)))
    try:
        said = read(form, found.fields, needs=found.needs)
        form.check()
        do = _recorder(place, actor, citizen, kind, said)
        if form.get("trin") == "se":
            readers = who_would_read(place, do)
            return _shown(place, ref, citizen, found, form=form, readers=readers, looked=True)
        do(command_id=form.command_id)
    except Incomplete:
        return _shown(place, ref, citizen, found, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return _shown(place, ref, citizen, found, form=form, status=409)
    return place.go(f"/borger/{ref}{head(place, ref, citizen, place.purpose(citizen))['task']}")


def _recorder(
    place: Place, actor: Actor, citizen: UUID, kind: Kind, said: dict[str, Any]
) -> Callable[..., Answer]:
    """The command that records it; carried out, or rehearsed."""
    hub = place.hub
    if kind.event is not None:
        what = class_of(kind.event)
        return lambda **meta: commands.tell(hub, actor, citizen, what, said, **meta)
    if kind.slug == "haab":
        return lambda **meta: commands.tell_hope(
            hub, actor, citizen, said["words"], undecided=bool(said["undecided"]), **meta
        )
    if kind.slug == "maal":
        entry = as_uuid(said["goal"]) or UUID(int=0)
        goal, plan = place.resolve(citizen, entry, "goal"), place.resolve(citizen, entry)
        words, text = said["words"], said["text"]
        return lambda **meta: commands.on_plan(
            hub,
            actor,
            citizen,
            plan,
            lambda p, act: p.progress_goal(goal, act, words=words, text=text),
            **meta,
        )
    return lambda **meta: commands.record_contact(
        hub, actor, citizen, day=said["day"], text=said["text"], together=bool(said["together"]), **meta
    )


def _shown(
    place: Place,
    ref: str,
    citizen: UUID,
    found: Letter,
    *,
    form: Posted | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    purpose = place.purpose(citizen)
    return place.page(
        "write.html",
        status=status,
        **head(place, ref, citizen, purpose),
        **{"readers": None, "looked": False, **more},
        kind=found.kind,
        kinds=KINDS,
        fields=found.fields,
        form=form,
        errors=form.errors if form else {},
        own=place.organisation,
    )
