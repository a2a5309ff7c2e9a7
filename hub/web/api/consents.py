"""Consents and blocks; each can be tried first (`?preview=true`), and is told for each organisation."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from hub.aggregates import Window
from hub.aggregates.giving import SPOKEN
from hub.application import commands
from hub.application.grants import CITIZEN_SOURCE
from hub.desk.desk import NOBODY
from hub.desk.saying import as_uuid
from hub.errors import BadInput
from hub.texts import say
from hub.web.api.bodies import BlockIn, ConsentIn, NarrowIn, RenewIn, SaidIn, WithdrawIn, taken
from hub.web.api.callers import Caller
from hub.web.api.commanding import PREVIEW, Command, Tried
from hub.web.api.models import Recorded
from hub.web.api.problems import WRITING
from hub.web.api.things import KINDS, Citizen, Ref, identity, thing

router: Final = APIRouter(responses=WRITING, tags=["consents"])
MADE: Final[dict[str, Any]] = {"status_code": 201, "response_model": Recorded, "responses": PREVIEW}


def partner_of(ref: str) -> UUID:
    """An organisation by id; what is none is nobody's, and refused as not registered."""
    return as_uuid(ref) or NOBODY


def partners_of(refs: Sequence[str]) -> tuple[UUID, ...]:
    """Several of them, each once."""
    return tuple(dict.fromkeys(partner_of(ref) for ref in refs))


@router.post("/citizens/{citizen}/consents", summary="Give a consent", **MADE)
def give_consent(sent: Tried, citizen: Citizen, body: ConsentIn) -> Response:
    """Let an organisation know these categories. What was spoken, staff take down, with a witness from elsewhere."""
    place = sent.place
    whom, words, witness = place.citizen(citizen), taken(body.words), _witness(place, body.spoken_before)
    window = None
    if body.window is not None:
        window = Window(body.window.happened_from, body.window.happened_to, body.window.include_undated)
        if window.happened_to is not None and window.happened_to <= window.happened_from:
            raise BadInput(say("Perioden slutter, før den begynder.", "The window ends before it begins."))
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.give_consent(
            place.hub,
            actor,
            whom,
            partner_of(body.partner),
            categories=frozenset(body.categories),
            purposes=frozenset(body.purposes),
            sources=_sources(body.sources),
            window=window,
            until=body.until,
            words=words,
            form="written" if witness is None else SPOKEN,
            witness=witness,
            section_43=body.section_43,
            **meta,
        ),
    )


@router.patch("/citizens/{citizen}/consents/{ref}", summary="Narrow a consent", **MADE)
def narrow_consent(sent: Tried, citizen: Citizen, ref: Ref, body: NarrowIn) -> Response:
    """Take something away from a consent; it never becomes wider. With If-Match, only if it is as it was read."""
    place = sent.place
    whom = place.citizen(citizen)
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.narrow_consent(
            place.hub,
            actor,
            whom,
            _consent(place, whom, ref),
            categories=None if body.categories is None else frozenset(body.categories),
            purposes=None if body.purposes is None else frozenset(body.purposes),
            sources=_sources(body.sources),
            until=body.until,
            **meta,
        ),
        current=lambda: thing(place, whom, sent.purpose, KINDS["consent"], ref),
    )


@router.post("/citizens/{citizen}/consents/{ref}/renewal", summary="Let a consent last longer", **MADE)
def renew_consent(sent: Tried, citizen: Citizen, ref: Ref, body: RenewIn) -> Response:
    """Let a consent last longer, which the citizen does."""
    place = sent.place
    whom = place.citizen(citizen)
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.renew_consent(
            place.hub, actor, whom, _consent(place, whom, ref), body.until, **meta
        ),
        current=lambda: thing(place, whom, sent.purpose, KINDS["consent"], ref),
    )


@router.post("/citizens/{citizen}/consents/{ref}/confirmation", summary="Confirm a spoken consent", **MADE)
def confirm_consent(sent: Tried, citizen: Citizen, ref: Ref, body: SaidIn) -> Response:
    """Say that a spoken consent is the citizen's own."""
    place = sent.place
    whom, words = place.citizen(citizen), taken(body.words)
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.confirm_consent(
            place.hub, actor, whom, _consent(place, whom, ref), words=words, **meta
        ),
    )


@router.post("/citizens/{citizen}/consents/{ref}/withdrawal", summary="Take a consent back", **MADE)
def withdraw_consent(sent: Tried, citizen: Citizen, ref: Ref, body: WithdrawIn) -> Response:
    """Take a consent back, at once. Anyone on the staff takes it down; to a stranger it answers alike."""
    return _withdraw(sent, citizen, body, ref=ref)


@router.post("/citizens/{citizen}/withdrawals", summary="Take back every consent to an organisation", **MADE)
def withdraw_all(
    sent: Tried,
    citizen: Citizen,
    body: WithdrawIn,
    partner: Annotated[str, Query(description="The organisation.", max_length=60)],
) -> Response:
    """Take every consent to an organisation back, at once."""
    return _withdraw(sent, citizen, body, partner=partner)


def _withdraw(
    sent: Command, citizen: str, body: WithdrawIn, *, ref: str | None = None, partner: str | None = None
) -> Response:
    place = sent.place
    whom, words = place.citizen(citizen), taken(body.words)
    return sent.open(
        whom,
        lambda actor, meta: commands.withdraw_consent(
            place.hub,
            actor,
            whom,
            None if ref is None else _consent(place, whom, ref),
            partner=None if partner is None else partner_of(partner),
            channel=body.channel,
            words=words,
            **meta,
        ),
    )


@router.post("/citizens/{citizen}/blocks", summary="Set a block", **MADE)
def set_block(sent: Tried, citizen: Citizen, body: BlockIn) -> Response:
    """Not them, or not this to them; it beats every consent, and the citizen alone lifts it."""
    place = sent.place
    whom, words = place.citizen(citizen), taken(body.words)
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.set_block(
            place.hub,
            actor,
            whom,
            partner_of(body.partner),
            categories=None if body.categories is None else frozenset(body.categories),
            words=words,
            **meta,
        ),
    )


@router.post("/citizens/{citizen}/blocks/{ref}/lifting", summary="Lift a block", **MADE)
def lift_block(sent: Tried, citizen: Citizen, ref: Ref) -> Response:
    """Lift a block, which the citizen alone does."""
    place = sent.place
    whom = place.citizen(citizen)
    return sent.run(
        whom,
        "consents",
        lambda actor, meta: commands.lift_block(
            place.hub, actor, whom, identity(place, whom, ref, "block"), **meta
        ),
        current=lambda: thing(place, whom, sent.purpose, KINDS["block"], ref),
    )


def _consent(place: Caller, citizen: UUID, ref: str) -> UUID:
    return identity(place, citizen, ref, "consent")


def _sources(refs: list[str] | None) -> tuple[UUID, ...] | None:
    """Whose records a consent covers; `citizen` is the citizen's own."""
    if refs is None:
        return None
    return tuple(CITIZEN_SOURCE if ref == "citizen" else partner_of(ref) for ref in refs)


def _witness(place: Caller, slug: str | None) -> UUID | None:
    return None if slug is None else place.hub.vault.person(slug.strip().lower()).id
