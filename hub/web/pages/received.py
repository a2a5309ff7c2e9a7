"""One handover: read by whoever receives it, accepted or declined, and completed when everything open is settled."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid5

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from hub.aggregates import Act, Actor, Handover
from hub.aggregates.following import CarriedOver, LetGo
from hub.application import commands
from hub.desk.handovers import Passing, left, passings
from hub.desk.saying import as_uuid
from hub.errors import Refused
from hub.texts import say
from hub.web.failures import status_of
from hub.web.forms import Posted
from hub.web.gates import Sent, Staff
from hub.web.pages.meetings import Visit, visit
from hub.web.place import Place

router: Final = APIRouter(prefix="/borger/{ref}/overlevering/{handover}")
CARRY: Final = "videre"
LET_GO: Final = "slut"


@router.get("", response_class=HTMLResponse)
def received(place: Staff, ref: str, handover: str) -> Response:
    """A handover with what it passes on, each decided anew."""
    v, found = _found(place, ref, handover)
    return _page(v, found)


@router.post("/{verb}", response_class=HTMLResponse)
def answer(place: Staff, form: Sent, ref: str, handover: str, verb: str) -> Response:
    """Read, accepted, declined, taken back, or completed."""
    if verb not in _VERBS:
        raise HTTPException(404)
    v, found = _found(place, ref, handover)
    actor = place.check_may_write(v.citizen, "handover")
    try:
        who, when = _WHO[verb], _WHEN[verb]
        v.check(form, actor, place.acting in {getattr(found, one) for one in who}, *_NOT_YOURS)
        v.check(form, actor, found.status in when, *_OVER)
        _VERBS[verb](v, found, form, actor)
    except Refused as no:
        if not form.errors:
            form.refused(no)
        return _page(v, found, status=status_of(no), form=form, acting_on=verb)
    if verb in _ENDS:  # the receiver's relation by this handover is over
        return place.go("/")
    return v.go(f"/overlevering/{found.proposal.ref}")


def _found(place: Place, ref: str, handover: str) -> tuple[Visit, Passing]:
    v = visit(place, ref, "handover")
    wanted = as_uuid(handover)
    found = next((one for one in passings(v.known.told) if one.proposal.ref == wanted), None)
    if found is None:
        place.access.turned_away(place.reader, "handover", "no_such_handover", citizen=v.citizen)
    return v, found


def _page(
    v: Visit, found: Passing, *, status: int = 200, form: Posted | None = None, acting_on: str = ""
) -> HTMLResponse:
    context: dict[str, Any] = {} if form is None else {"command_id": form.command_id}
    party = v.place.acting in {found.sender, found.to}
    open_still = left(v.place, found.id, v.known.told) if party and found.status == "accepted" else []
    return v.show(
        "handover_received.html",
        status=status,
        found=found,
        receives=v.place.acting == found.to,
        sends=v.place.acting == found.sender,
        left=[(str(entry.ref), one, entry) for one, entry in open_still],
        form=form,
        acting_on=acting_on,
        errors={} if form is None else form.errors,
        carry=CARRY,
        let_go=LET_GO,
        **context,
    )


def _on(v: Visit, found: Passing, form: Posted, actor: Actor, do: Callable[[Handover, Act], None]) -> None:
    form.check()
    commands.on_handover(v.place.hub, actor, found.id, do, command_id=form.command_id)


def _read(v: Visit, found: Passing, form: Posted, actor: Actor) -> None:
    _on(v, found, form, actor, lambda handover, act: handover.mark_read(act))


def _accept(v: Visit, found: Passing, form: Posted, actor: Actor) -> None:
    said = form.text("modtag_text")
    _on(v, found, form, actor, lambda handover, act: handover.accept(act, text=said))


def _decline(v: Visit, found: Passing, form: Posted, actor: Actor) -> None:
    reason = form.text("afvis_grund", needed=say("Skriv, hvorfor I siger nej.", "Write why you say no."))
    form.check()
    if reason is not None:
        _on(v, found, form, actor, lambda handover, act: handover.decline(reason, act))


def _withdraw(v: Visit, found: Passing, form: Posted, actor: Actor) -> None:
    _on(v, found, form, actor, lambda handover, act: handover.withdraw(act))


def _complete(v: Visit, found: Passing, form: Posted, actor: Actor) -> None:
    """Each agreement and consent goes on or ends, and then the handover is completed."""
    open_still = {str(entry.ref): one for one, entry in left(v.place, found.id, v.known.told)}
    needed = say("Vælg, om det følger med eller slutter.", "Choose whether it goes on or ends.")
    chosen = {ref: form.choice(f"hvad-{ref}", (CARRY, LET_GO), needed=needed) for ref in open_still}
    reason = None
    if LET_GO in chosen.values():
        reason = form.text("slut_grund", needed=say("Skriv, hvorfor det slutter.", "Write why it ends."))
    form.check()
    for ref, one in open_still.items():
        what = CarriedOver if chosen[ref] == CARRY else LetGo
        fields = {"kind": one.kind, "what": one.what, "text": None if chosen[ref] == CARRY else reason}
        command = uuid5(form.command_id, f"{one.kind} {one.what}")
        commands.tell(v.place.hub, actor, v.citizen, what, fields, found.id, command_id=command)
    _on(v, found, form, actor, lambda handover, act: handover.complete(act))


_VERBS: Final[dict[str, Callable[[Visit, Passing, Posted, Actor], None]]] = {
    "laest": _read,
    "modtag": _accept,
    "afvis": _decline,
    "traek": _withdraw,
    "afslut": _complete,
}
_WHO: Final = {
    "laest": ("to",),
    "modtag": ("to",),
    "afvis": ("to",),
    "traek": ("sender",),
    "afslut": ("to", "sender"),
}
"""Who can do each: the receiver, the sender, or both."""
_WHEN: Final = {
    "laest": ("proposed", "accepted"),
    "modtag": ("proposed",),
    "afvis": ("proposed",),
    "traek": ("proposed", "accepted"),
    "afslut": ("accepted",),
}
_NOT_YOURS: Final = (
    "Det er ikke jer, der skal svare på det i denne overlevering.",
    "That is not yours to answer in this handover.",
)
_OVER: Final = (
    "Det kan ikke gøres, som overleveringen står nu. Se den igennem igen.",
    "That cannot be done as the handover stands now. Look it through again.",
)
_ENDS: Final = frozenset({"afvis", "afslut"})
