"""How steps about law, emergencies, representatives, addresses and corrections are carried out; see `living_verbs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from hub.aggregates import Text
from hub.application import commands
from hub.application.hub import Answer
from tests.living_verbs import (
    VERBS,
    moment,
    needed,
    partner,
    person,
    some,
    sources,
    text,
    uid,
    value,
    verb,
    window,
)

if TYPE_CHECKING:
    from hub.application.commands import Meta
    from tests.living import Living

Step = dict[str, Any]
__all__ = ["VERBS"]

ROWS = {"retssikkerhedsloven § 11 c": "retssikkerhedsloven-11c"}
"""Rows of the table of legal bases as stories write them where the citizen reads it."""


# ------------------------------------------------------------------------------------------------------ the citizen


@verb("citizen.representative_registered")
def representative(life: Living, step: Step, meta: Meta) -> Answer:
    """Somebody may act for the citizen."""
    who = person(step)
    assert who is not None
    scope = frozenset(step["data"]["scope"])
    return commands.register_representative(
        life.hub, life.actor(step), life.citizen, who, scope, text=text(step, "text"), **meta
    )


@verb("citizen.representative_ended")
def representative_ended(life: Living, step: Step, meta: Meta) -> Answer:
    """Somebody acts for the citizen no longer."""
    who = person(step) or person(life.steps[step["data"]["ends"]])
    assert who is not None
    return commands.end_representative(
        life.hub, life.actor(step), life.citizen, who, text=text(step, "text"), **meta
    )


@verb("citizen.address_protected", "citizen.address_unprotected")
def address(life: Living, step: Step, meta: Meta) -> Answer:
    """The address is protected, or no longer."""
    protected = step["event"] == "citizen.address_protected"
    do = commands.protect_address if protected else commands.unprotect_address
    return do(life.hub, life.actor(step), life.citizen, text=text(step, "text"), **meta)


@verb("citizen.crisis_agreement_made")
def crisis(life: Living, step: Step, meta: Meta) -> Answer:
    """What helps in a crisis is written down."""
    return commands.make_crisis_agreement(
        life.acting_on(step), life.actor(step), life.citizen, needed(step, "text"), **meta
    )


@verb("citizen.treatment_noted")
def treatment(life: Living, step: Step, meta: Meta) -> Answer:
    """Treatment is noted."""
    return commands.note_treatment(
        life.acting_on(step),
        life.actor(step),
        life.citizen,
        text=text(step, "text"),
        following=text(step, "next"),
        **meta,
    )


# --------------------------------------------------------------------------------------------- consents and the law


@verb("consents.confirmed")
def confirmed(life: Living, step: Step, meta: Meta) -> Answer:
    """A spoken consent is said to be the citizen's own."""
    consent = life.ids[step["data"]["consent"]]["consent"]
    return commands.confirm_consent(
        life.hub, life.actor(step), life.citizen, consent, words=text(step, "words"), **meta
    )


@verb("partner.legal_basis_confirmed")
def basis_confirmed(life: Living, step: Step, meta: Meta) -> Answer:
    """An organisation's lawyer has confirmed a row."""
    who, row = uid(step["data"]["partner"]), step["data"]["basis"]
    return commands.confirm_legal_basis(life.hub, life.actor(step), who, row, **meta)


@verb("consents.statutory_basis_registered")
def basis(life: Living, step: Step, meta: Meta) -> Answer:
    """A basis in law is registered."""
    data = step["data"]
    return commands.register_basis(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step),
        row_of(data["basis"] if isinstance(data["basis"], str) else value(step, "basis")),
        categories=frozenset(data["categories"]),
        purposes=frozenset(data["purposes"]),
        sources=sources(step),
        window=window(step),
        until=moment(data.get("until")),
        case=data.get("case"),
        in_writing=bool(data.get("in_writing")),
        words=text(step, "words"),
        **meta,
    )


@verb("consents.statutory_basis_ended")
def basis_ended(life: Living, step: Step, meta: Meta) -> Answer:
    """A basis in law ends."""
    registration = life.ids[step["data"]["basis_step"]]["basis"]
    return commands.end_basis(life.hub, life.actor(step), life.citizen, registration, **meta)


@verb("consents.statutory_disclosure_recorded")
def disclosed(life: Living, step: Step, meta: Meta) -> Answer:
    """What was handed over by law is written down."""
    items = tuple(life.row(name).event_id for name in step["data"]["disclosed"])
    return commands.record_disclosure(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step),
        row_of(value(step, "basis")),
        items=items,
        text=text(step, "text"),
        **meta,
    )


def row_of(name: str) -> str:
    """A row's id."""
    return ROWS.get(name, name)


# ------------------------------------------------------------------------------------------------ emergency access


@verb("consents.emergency_access_opened")
def emergency(life: Living, step: Step, meta: Meta) -> Answer:
    """Emergency access is opened."""
    second = step["data"].get("confirmed_by")
    return commands.open_emergency(
        life.hub,
        life.actor(step),
        life.citizen,
        reason=needed(step, "reason"),
        confirmed_by=None if second is None else uid(second),
        call_back=bool(step["data"].get("call_back")),
        **meta,
    )


@verb("consents.emergency_access_closed")
def emergency_closed(life: Living, step: Step, meta: Meta) -> Answer:
    """Emergency access is ended before its time."""
    access = life.ids[step["data"]["access"]]["access"]
    return commands.close_emergency(life.hub, life.actor(step), life.citizen, access, **meta)


@verb("consents.emergency_access_reviewed")
def emergency_reviewed(life: Living, step: Step, meta: Meta) -> Answer:
    """Emergency access is reviewed."""
    access = life.ids[step["data"]["access"]]["access"]
    justified = step["data"].get("justified")
    return commands.review_emergency(
        life.hub,
        life.actor(step),
        life.citizen,
        access,
        text=needed(step, "text"),
        justified=justified.get("value") if isinstance(justified, dict) else justified,
        **meta,
    )


# ------------------------------------------------------------------------------------ what is said of another event


def reason(step: Step) -> Text | None:
    """Why, in words that only the history keeps."""
    found = step["data"].get("reason")
    return None if found is None else Text.of(found, "contact")


def subject(life: Living, step: Step) -> UUID:
    """The event that it is about."""
    return life.row(step["data"]["step"]).event_id


@verb("event.corrected")
def corrected(life: Living, step: Step, meta: Meta) -> Answer:
    """A field is put right."""
    new, field = step["data"]["new"], life.hub_name(step["data"]["step"], step["data"]["field"])
    words = Text.of(new["text"], *new["labels"]) if "text" in new else None
    plain = None if "value" not in new or new["value"] is None else orjson.dumps(new["value"]).decode()
    return commands.correct(
        life.hub,
        life.actor(step),
        life.citizen,
        subject(life, step),
        field,
        text=words,
        value=plain,
        reason=reason(step),
        **meta,
    )


@verb("event.relabelled")
def relabelled(life: Living, step: Step, meta: Meta) -> Answer:
    """A field, or the event, is labelled anew."""
    field = step["data"].get("field")
    return commands.relabel(
        life.hub,
        life.actor(step),
        life.citizen,
        subject(life, step),
        None if field is None else life.hub_name(step["data"]["step"], field),
        add=some(step, "add") or frozenset(),
        remove=some(step, "remove") or frozenset(),
        reason=reason(step),
        **meta,
    )


@verb("event.disputed")
def disputed(life: Living, step: Step, meta: Meta) -> Answer:
    """The citizen disagrees."""
    return commands.dispute(
        life.hub, life.actor(step), life.citizen, subject(life, step), needed(step, "words"), **meta
    )


@verb("event.misfiled")
def misfiled(life: Living, step: Step, meta: Meta) -> Answer:
    """It was written on the wrong person."""
    why = reason(step) or Text.of("Forkert borger.", "contact")
    return commands.misfile(life.hub, life.actor(step), life.citizen, subject(life, step), why, **meta)
