"""Passing on: what, to whom, and exactly what they will see; and the page of whoever receives.

What is chosen in one step travels in the form to the next: nothing is stored before it is sent.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates import Actor
from hub.aggregates.handover import HandoverKind
from hub.application import commands
from hub.desk.handovers import Proposal, Shown, may_have, offered, passings, shown
from hub.desk.meetings import Told, said_of, shortened
from hub.errors import AccessDenied, Refused
from hub.texts import VALUES, day_text, say, word
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meetings import Visit, visit
from hub.wording import EVENTS

router: Final = APIRouter(prefix="/borger/{ref}/overlevering")
_STEPS: Final = ("1", "2", "3", "send")
_FIELDS: Final = {
    "1": frozenset({"slags", "punkt"}),
    "2": frozenset({"til", "besked", "besked_label"}),
    "3": frozenset({"ja"}),
}
"""What each step asks for; the other fields travel along."""
_NOT_ALONG: Final = frozenset({"csrf", "command_id", "videre"})
_SHORT: Final = 120


@router.get("", response_class=HTMLResponse)
def begin(place: Staff, ref: str) -> Response:
    """What is on its way, and the first step of something new."""
    return _step(visit(place, ref, "handover"), "1")


@router.post("", response_class=HTMLResponse)
def proceed(place: Staff, form: Sent, ref: str) -> Response:
    """On to a step, or back; and in the end it is sent."""
    v = visit(place, ref, "handover")
    actor = place.check_may_write(v.citizen, "handover")
    to = form.get("videre") if form.get("videre") in _STEPS else "1"
    try:
        for step, check in (("1", _what), ("2", _whom)):
            if to == step:
                break
            check(v, form)
            if form.errors:
                return _step(v, step, status=422, form=form)
        if to in {"1", "2"}:
            return _step(v, to, form=form)
        proposal = _proposal(v, form)
        found = shown(place, actor, v.citizen, proposal, v.known.told)
        if to == "send":
            if _agreed(form, found):
                _send(v, form, actor, proposal, found)
                return v.go("/overlevering")
            return _step(v, "3", status=422, form=form, found=found, proposal=proposal)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _step(v, "1", status=status_of(no), form=form)
    return _step(v, "3", form=form, found=found, proposal=proposal)


def _what(v: Visit, form: Posted) -> None:
    form.choice(
        "slags", set(HandoverKind), needed=say("Vælg, hvad der gives videre.", "Choose what is passed on.")
    )
    if form.get("slags") == HandoverKind.KNOWLEDGE:
        known = {str(one.entry.ref) for one in offered(v.known.told) if one.entry is not None}
        form.choices(
            "punkt",
            known,
            needed=say("Vælg mindst én ting at give videre.", "Choose at least one thing to pass on."),
        )


def _whom(v: Visit, form: Posted) -> None:
    needed = say("Vælg, hvem der skal have det.", "Choose who is to have it.")
    form.choice("til", {one for one, _ in _receivers(v, form)}, needed=needed)
    form.text("besked")


def _agreed(form: Posted, found: Shown) -> bool:
    """Whether it can go: where our own name tells something, the citizen has agreed to it."""
    if found.needs_approval:
        form.wrong(
            "ja",
            say(
                "Modtageren må ikke vide, hvad jeres navn røber. Spørg borgeren først.",
                "The receiver may not know what your name tells. Ask the citizen first.",
            ),
        )
    elif form.get("slags") == HandoverKind.KNOWLEDGE and not found.passes:
        form.wrong(
            "punkt",
            say(
                "Intet af det må gå videre. Spørg borgeren om et samtykke.",
                "None of it may pass. Ask the citizen for a consent.",
            ),
        )
    return not form.errors


def _send(v: Visit, form: Posted, actor: Actor, proposal: Proposal, found: Shown) -> None:
    going = {entry.event_id for entry in found.passes}
    commands.propose_handover(
        v.place.hub,
        actor,
        v.citizen,
        proposal.to_partner,
        kind=proposal.kind,
        items=tuple(one for one in proposal.items if one in going),
        approved=proposal.approved,
        text=proposal.text,
        command_id=form.command_id,
    )


def _proposal(v: Visit, form: Posted) -> Proposal:
    chosen = set(form.all("punkt"))
    items = [one for one in offered(v.known.told) if one.entry is not None and str(one.entry.ref) in chosen]
    return Proposal(
        UUID(form.get("til")),
        form.get("slags"),
        tuple(one.item.event_id for one in items),
        form.text("besked"),
        approved=form.yes("ja"),
    )


def _receivers(v: Visit, form: Posted | None) -> list[tuple[str, str]]:
    """Who can receive; a colleague only where the steady contact goes on to another."""
    ours = form is not None and form.get("slags") == HandoverKind.CONTACT_PERSON
    return [(str(one), name) for one, name in v.partners().items() if ours or one != v.place.acting]


def _step(
    v: Visit,
    step: str,
    *,
    status: int = 200,
    form: Posted | None = None,
    found: Shown | None = None,
    proposal: Proposal | None = None,
) -> HTMLResponse:
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    along = (
        [] if form is None else [pair for pair in form.fields if pair[0] not in _NOT_ALONG | _FIELDS[step]]
    )
    partners = v.partners()
    return v.show(
        "handover_steps.html",
        status=status,
        step=step,
        kinds=[(one.value, _begun(word(VALUES, one.value))) for one in HandoverKind],
        items=_items(v, partners) if step == "1" else [],
        receivers=_receivers(v, form),
        passings=passings(v.known.told) if step == "1" else [],
        found=found,
        proposal=proposal,
        to=None if proposal is None else partners.get(proposal.to_partner),
        learns=_learns(v, found, proposal),
        form=form,
        errors={} if form is None else form.errors,
        along=along,
        partners=partners,
        **context,
    )


def _items(v: Visit, partners: dict[UUID, str]) -> list[tuple[str, str]]:
    """What can be passed on; for the coordinator with whom the citizen lets have it."""
    found = offered(v.known.told)
    others = [one for one in partners if one != v.place.acting]
    may = may_have(v.place, v.citizen, others, [one.item for one in found]) if _coordinates(v) else None
    return [(str(one.entry.ref), _line(one, may, partners)) for one in found if one.entry is not None]


def _line(one: Told, may: dict[UUID, set[UUID]] | None, partners: dict[UUID, str]) -> str:
    entry = one.entry
    assert entry is not None  # noqa: S101 - only what is seen is offered
    said = said_of(entry)
    day = day_text(date.fromisoformat(entry.happened or entry.recorded))
    text = f"{day}: {word(EVENTS, entry.event)}" + (f" – {shortened(said, _SHORT)}" if said else "")
    if may is None:
        return text
    names = ", ".join(sorted(partners[each] for each in may[one.item.event_id]))
    return (
        f"{text} ({say('må gå til', 'may go to')}: {names})"
        if names
        else f"{text} ({say('må ikke gå til nogen', 'may go to nobody')})"
    )


def _coordinates(v: Visit) -> bool:
    person = v.place.person
    tasks = v.place.hub.state(v.citizen).tasks.values()
    return person is not None and any(
        task.role == "coordinator" and task.person == person.id for task in tasks
    )


def _learns(v: Visit, found: Shown | None, proposal: Proposal | None) -> list[str]:
    """Of whom the receiver would learn, as far as whoever asks may be told."""
    if found is None or found.rehearsal is None or proposal is None or not found.rehearsal.items:
        return []
    try:
        effects = v.place.access.preview(found.rehearsal).effects
    except AccessDenied:
        return []
    known = v.place.partners()
    return [
        known[one][0]
        for effect in effects
        if effect.partner == proposal.to_partner
        for one in effect.learns
        if one in known
    ]


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
