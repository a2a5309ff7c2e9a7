"""Consents as staff know of them; what the citizen says aloud is written down, and taken back as easily."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor, Text
from hub.aggregates.giving import SPOKEN
from hub.application import commands
from hub.application.access import Entry
from hub.desk.consents import KINDS, SURFACE, witnesses
from hub.errors import AccessDenied, Refused, WrongStatus
from hub.texts import SECTORS, say, word
from hub.web.forms import Incomplete, Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.citizen import by_day, head, named
from hub.web.pages.consent_giving import kept
from hub.web.pages.consent_terms import Terms, choices, read_terms
from hub.web.pages.my_frame import organisation, previewed
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/samtykker")
CHANNELS: Final = ("phone", "screen", "paper")


@dataclass(slots=True)
class Visit:
    """Somebody on the staff looks at a citizen's consents: decided and logged."""

    place: Place
    ref: str
    citizen: UUID
    purpose: str | None
    entries: list[Entry]

    def show(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page about the citizen's consents."""
        heading = head(self.place, self.ref, self.citizen, self.purpose)
        return self.place.page(template, status=status, **{**heading, **context})

    def again(self, template: str, form: Posted, error: Exception, **context: Any) -> HTMLResponse:
        """The same page with what was written, and what is wrong."""
        if not isinstance(error, Incomplete):
            form.refused(error)
        status = 422 if isinstance(error, Incomplete) else 409
        return self.show(template, status=status, form=form, errors=form.errors, **context)

    def go(self, path: str = "") -> Response:
        """On to one of these pages."""
        task = head(self.place, self.ref, self.citizen, self.purpose)["task"]
        return self.place.go(f"/borger/{self.ref}/samtykker{path}{task}")


def visit(place: Place, ref: str) -> Visit:
    """What this reader may know; where that is nothing, the one denial."""
    citizen = place.citizen(ref)
    purpose = place.purpose(citizen)
    found = place.access.happenings(place.reader, citizen, purpose, KINDS, SURFACE)
    return Visit(place, ref, citizen, purpose, [one.entry for one in reversed(found)])


def everybody(place: Place) -> list[tuple[UUID, str, str]]:
    """Every registered organisation: whom a list names tells nothing of a citizen."""
    found = [(who, name, word(SECTORS, sector)) for who, (name, sector) in place.partners().items()]
    return sorted(found, key=lambda one: one[1].casefold())


def told(v: Visit, do: Any) -> dict[str, Any]:
    """What it would change, as far as this reader may know; what there is not is told like what they may not know.

    That they themselves write something down is left out: by that they would know whether there was anything to end.
    """
    try:
        found = previewed(v.place, do)
    except (AccessDenied, WrongStatus):
        return {"outcomes": [], "learns": [], "names": {}}
    shown = [one for one in found["outcomes"] if set(one.events) - _THEIR_OWN]
    return {**found, "outcomes": shown}


_THEIR_OWN: Final = frozenset({"consents.given", "consents.withdrawn"})


@router.get("", response_class=HTMLResponse)
def overview(place: Staff, ref: str) -> Response:
    """The consents that the reader may know of."""
    v = visit(place, ref)
    return v.show("consent_staff.html", days=by_day(v.entries), names=named(place, v.entries))


# Spoken, and written down.


@router.get("/mundtligt", response_class=HTMLResponse)
def whom(place: Staff, ref: str) -> Response:
    """To whom."""
    return visit(place, ref).show("consent_whom.html", found=everybody(place))


def _offered(v: Visit, actor: Actor, partner: UUID) -> dict[str, Any]:
    heard = [(str(one), name) for one, name in witnesses(v.place, actor, partner)]
    return {**choices(v.place, partner, yours=False), "heard": heard}


@router.get("/mundtligt/{partner}", response_class=HTMLResponse)
def what(place: Staff, ref: str, partner: str) -> Response:
    """What was said."""
    v = visit(place, ref)
    return v.show(
        "consent_spoken.html", form=None, **_offered(v, place.actor(), organisation(place, partner))
    )


@router.post("/mundtligt/{partner}")
def said(place: Staff, ref: str, partner: str, form: Sent) -> Response:
    """First what each organisation would gain; then it is written down, or that the citizen said no."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "consents")
    v, who = visit(place, ref), organisation(place, partner)
    offered = _offered(v, actor, who)
    try:
        terms, witness, words = _spoken(place, form, offered)
        if form.get("step") == "change":
            return v.show("consent_spoken.html", form=form, **offered)
        if form.get("step") == "no":
            commands.refuse_consent(
                place.hub,
                actor,
                citizen,
                who,
                categories=terms.categories,
                purposes=terms.purposes,
                command_id=form.command_id,
            )
            return v.go()
        if form.get("step") != "give":
            effects = told(v, lambda: _give(v, actor, who, (terms, witness, words), {}))
            fields = [*kept(form), *[(n, value) for n, value in form.fields if n in _MORE]]
            return v.show(
                "consent_spoken_seen.html", form=form, kept=fields, terms=terms, **{**offered, **effects}
            )
        _give(v, actor, who, (terms, witness, words), {"command_id": form.command_id})
    except Refused as no:
        return v.again("consent_spoken.html", form, no, **offered)
    return v.go()


_MORE: Final = ("witness", "read_back", "words")
Said = tuple[Terms, UUID | None, Text | None]


def _spoken(place: Place, form: Posted, offered: dict[str, Any]) -> Said:
    """The terms, who heard it beside whoever writes, and the citizen's own words."""
    terms = read_terms(place, form)
    heard = {value for value, _ in offered["heard"]}
    witness = form.identity("witness", needed=say("Vælg, hvem der hørte det.", "Choose who heard it."))
    if witness is not None and str(witness) not in heard:
        form.wrong("witness", say("Vælg en fra listen.", "Choose one from the list."))
    if not form.yes("read_back"):
        form.wrong(
            "read_back",
            say(
                "Læs det højt for borgeren først, og sæt så kryds.",
                "Read it aloud to the citizen first, then tick the box.",
            ),
        )
    words = form.text("words", labels=sorted(terms.categories))
    form.check()
    return terms, witness, words


def _give(v: Visit, actor: Actor, who: UUID, said: Said, meta: Any) -> None:
    terms, witness, words = said
    commands.give_consent(
        v.place.hub, actor, v.citizen, who, **terms.given, form=SPOKEN, witness=witness, words=words, **meta
    )


# Taken back.


def _ways() -> list[tuple[str, str]]:
    return [
        ("phone", say("I telefonen", "By telephone")),
        ("screen", say("Ansigt til ansigt", "Face to face")),
        ("paper", say("På papir", "On paper")),
    ]


def _named(v: Visit) -> dict[str, Any]:
    """Those whom the reader knows of come first; every other organisation can be named just as well."""
    ours = {one.fields.get("partner") for one in v.entries}
    found = sorted(everybody(v.place), key=lambda one: str(one[0]) not in ours)
    return {"partners": [(str(one), name) for one, name, _ in found], "ways": _ways()}


@router.get("/traek-tilbage", response_class=HTMLResponse)
def ask(place: Staff, ref: str) -> Response:
    """From whom, and how it was said."""
    v = visit(place, ref)
    return v.show("consent_withdraw.html", form=None, seen=None, **_named(v))


@router.post("/traek-tilbage")
def withdraw(place: Staff, ref: str, form: Sent) -> Response:
    """Take it back at once; the answer is the same whether there was anything to take back."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "consents")
    v = visit(place, ref)
    try:
        who = form.identity("partner", needed=say("Vælg organisationen.", "Choose the organisation."))
        channel = form.choice("channel", CHANNELS, needed=say("Vælg, hvordan det blev sagt.", "Choose how."))
        form.check()
        if who is None or channel is None:
            return v.go()
        if form.get("step") == "see":
            effects = told(
                v, lambda: commands.withdraw_consent(place.hub, actor, citizen, partner=who, channel=channel)
            )
            return v.show("consent_withdraw.html", form=form, seen=effects, **_named(v))
        commands.withdraw_consent(
            place.hub, actor, citizen, partner=who, channel=channel, command_id=form.command_id
        )
    except WrongStatus:
        pass  # there was nothing: whoever asks learns no more by that
    except Refused as no:
        return v.again("consent_withdraw.html", form, no, seen=None, **_named(v))
    return v.go("/trukket")


@router.get("/trukket", response_class=HTMLResponse)
def withdrawn(place: Staff, ref: str) -> Response:
    """It is taken back."""
    v = visit(place, ref)
    return v.show("consent_withdrawn.html", now=place.hub.clock())
