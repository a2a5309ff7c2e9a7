"""How each step of a history is carried out: the event's name, and the hub's own command for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates import Actor, Text, Window
from hub.application import commands
from hub.application.hub import Answer
from hub.clock import COPENHAGEN
from hub.vault import Identity
from hub.vocabulary import Role

if TYPE_CHECKING:
    from hub.application.commands import Meta
    from tests.living import Living

Step = dict[str, Any]
Verb = Callable[["Living", Step, "Meta"], Answer]

VERBS: dict[str, Verb] = {}
"""The command behind each event type."""

KINDS = {"Open Dialogue": "open_dialogue", "follow-up": "follow_up"}
"""Kinds of meetings as stories write them."""


def verb(*events: str) -> Callable[[Verb], Verb]:
    """The command behind these event types."""

    def kept(function: Verb) -> Verb:
        """Keep it in the table."""
        VERBS.update(dict.fromkeys(events, function))
        return function

    return kept


# ------------------------------------------------------------------------------------------- reading a step's data


def uid(name: str) -> UUID:
    """The id of a named thing."""
    return uuid5(NAMESPACE_URL, name)


def text(step: Step, *names: str) -> Text | None:
    """The first of these texts that the step has."""
    for name in names:
        if (found := step["data"].get(name)) is not None:
            return Text.of(found.get("text", found.get("value")), *found["labels"])
    return None


def needed(step: Step, *names: str) -> Text:
    """A text that the step has."""
    found = text(step, *names)
    assert found is not None, (step["id"], names)
    return found


def value(step: Step, name: str) -> Any:
    """A plain value, or None."""
    return step["data"].get(name, {}).get("value")


def day(step: Step, name: str) -> date | None:
    """A day, or None."""
    found = value(step, name)
    return None if found is None else date.fromisoformat(found)


def moment(found: str | None) -> datetime | None:
    """An instant, or None; one without an offset is Denmark's."""
    if found is None:
        return None
    when = datetime.fromisoformat(found)
    return when if when.tzinfo else when.replace(tzinfo=COPENHAGEN)


def partner(step: Step, name: str = "partner") -> UUID:
    """The organisation that a field names."""
    return uid(step["data"][name]["partner"])


def partners(names: list[str] | None) -> tuple[UUID, ...]:
    """Several organisations."""
    return tuple(uid(name) for name in names or ())


def several(step: Step, name: str) -> tuple[UUID, ...]:
    """The organisations that a list of participants, or of parties, names."""
    return partners(step["data"].get(name, {}).get("partners"))


def person(step: Step, name: str = "person") -> UUID | None:
    """The person that a field names, or None."""
    found = step["data"].get(name)
    return uid(found["person"]) if found else None


def sources(step: Step) -> tuple[UUID, ...] | None:
    """The sources of a grant; the citizen is the zero id."""
    found = step["data"].get("sources")
    return None if found is None else tuple(UUID(int=0) if s == "citizen" else uid(s) for s in found)


def window(step: Step) -> Window | None:
    """The past that a grant opens."""
    found = step["data"].get("window")
    if found is None:
        return None
    begins = moment(found["happened_from"])
    assert begins is not None
    return Window(begins, moment(found["happened_to"]), found["include_undated"])


def some(step: Step, name: str) -> frozenset[str] | None:
    """A set of words, or None."""
    found = step["data"].get(name)
    return None if found is None else frozenset(found)


# --------------------------------------------------------------------------------------------------------- partners


@verb("partner.registered")
def registered(life: Living, step: Step, meta: Meta) -> Answer:
    """Register a partner."""
    return life.register(step["data"]["partner"], step["data"], meta)


@verb("partner.ceiling_adopted")
def ceiling(life: Living, step: Step, meta: Meta) -> Answer:
    """Adopt a ceiling."""
    found = frozenset(step["data"]["categories"])
    return commands.adopt_ceiling(life.hub, life.actor(step), uid(step["data"]["partner"]), found, **meta)


@verb("partner.agreement_recorded")
def data_agreement(life: Living, step: Step, meta: Meta) -> Answer:
    """Record a data agreement; a history need not give its number."""
    data = step["data"]
    reference = data.get("reference", data.get("text", step["id"]))
    written = reference if isinstance(reference, str) else reference.get("text", reference.get("value"))
    ends = data.get("valid_until", data.get("until"))
    ends = ends.get("value") if isinstance(ends, dict) else ends
    until = None if ends is None else date.fromisoformat(ends[:10])
    who = uid(data["partner"])
    return commands.record_partner_agreement(life.hub, life.actor(step), who, written, until, **meta)


@verb("partner.suspended")
def suspended(life: Living, step: Step, meta: Meta) -> Answer:
    """Suspend a partner."""
    who = uid(step["data"]["partner"])
    return commands.suspend_partner(life.hub, life.actor(step), who, step["data"]["reason"], **meta)


@verb("partner.resumed")
def resumed(life: Living, step: Step, meta: Meta) -> Answer:
    """Let a partner in again."""
    return commands.resume_partner(life.hub, life.actor(step), uid(step["data"]["partner"]), **meta)


# ------------------------------------------------------------------------------------------------------ the citizen


@verb("citizen.enrolled")
def enrolled(life: Living, step: Step, meta: Meta) -> Answer:
    """Enrol the citizen."""
    who = life.history.get("citizen", {"name": "Karla Test Prøve", "cpr": None})
    identity = Identity(who["name"], who.get("cpr"))
    return commands.enrol(
        life.hub, life.actor(step), identity, citizen=life.citizen, text=text(step, "text"), **meta
    )


@verb("citizen.coordinator_assigned", "citizen.contact_person_assigned", "citizen.relation_started")
def assigned(life: Living, step: Step, meta: Meta) -> Answer:
    """Give somebody a task; a stranger begins one of their own with a code that the citizen hands over."""
    role = {
        "citizen.coordinator_assigned": "coordinator",
        "citizen.contact_person_assigned": "contact_person",
        "citizen.relation_started": "relation",
    }[step["event"]]
    if life.links(step):
        life.linked.append(step["id"])
        code = commands.make_code(life.hub, Actor(Role.CITIZEN), life.citizen, partner(step))
        return commands.link(life.hub, life.actor(step), code, step["data"]["purpose"], role=role, **meta)
    return commands.assign(
        life.acting_on(step),
        life.actor(step),
        life.citizen,
        role,
        partner(step),
        person(step),
        step["data"]["purpose"],
        **meta,
    )


@verb("citizen.coordinator_released")
def released(life: Living, step: Step, meta: Meta) -> Answer:
    """End the coordinator's task."""
    return commands.release_coordinator(life.hub, life.actor(step), life.citizen, **meta)


@verb("citizen.contact_person_ended")
def contact_person_ended(life: Living, step: Step, meta: Meta) -> Answer:
    """End a contact person's task."""
    who = person(step)
    assert who is not None
    return commands.end_contact_person(life.hub, life.actor(step), life.citizen, who, **meta)


@verb("citizen.relation_ended")
def relation_ended(life: Living, step: Step, meta: Meta) -> Answer:
    """End a task."""
    return commands.end_relation(
        life.hub, life.actor(step), life.citizen, partner(step), person(step), **meta
    )


@verb("citizen.hope_told")
def hope_told(life: Living, step: Step, meta: Meta) -> Answer:
    """Write a hope down."""
    return commands.tell_hope(
        life.acting_on(step), life.actor(step), life.citizen, needed(step, "words"), **meta
    )


@verb("citizen.hope_retold")
def hope_retold(life: Living, step: Step, meta: Meta) -> Answer:
    """Tell a hope anew."""
    hope = life.ids[step["data"]["hope"]]["hope"]
    return commands.retell_hope(
        life.acting_on(step), life.actor(step), life.citizen, hope, needed(step, "words"), **meta
    )


@verb("citizen.contact_recorded")
def contact_recorded(life: Living, step: Step, meta: Meta) -> Answer:
    """Write down that there was contact."""
    return commands.record_contact(
        life.acting_on(step),
        life.actor(step),
        life.citizen,
        day=day(step, "day"),
        text=text(step, "text"),
        absence=text(step, "absence"),
        **meta,
    )


@verb("citizen.died")
def died(life: Living, step: Step, meta: Meta) -> Answer:
    """Record the death."""
    return commands.record_death(life.hub, life.actor(step), life.citizen, text=text(step, "text"), **meta)


# --------------------------------------------------------------------------------------------------------- consents


@verb("consents.given")
def given(life: Living, step: Step, meta: Meta) -> Answer:
    """Give a consent; what was spoken is registered by staff, with a witness."""
    data = step["data"]
    witness = data.get("witness")
    return commands.give_consent(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step),
        categories=frozenset(data["categories"]),
        purposes=frozenset(data["purposes"]),
        sources=sources(step),
        window=window(step),
        until=moment(data.get("until")),
        words=text(step, "words"),
        form=data.get("form", "written"),
        witness=None if witness is None else uid(witness["person"]),
        section_43=bool(data.get("section_43")),
        **meta,
    )


@verb("consents.narrowed")
def narrowed(life: Living, step: Step, meta: Meta) -> Answer:
    """Take something away from a consent."""
    return commands.narrow_consent(
        life.hub,
        life.actor(step),
        life.citizen,
        life.ids[step["data"]["consent"]]["consent"],
        categories=some(step, "categories"),
        purposes=some(step, "purposes"),
        sources=sources(step),
        until=moment(step["data"].get("until")),
        words=text(step, "words"),
        **meta,
    )


@verb("consents.renewed")
def renewed(life: Living, step: Step, meta: Meta) -> Answer:
    """Let a consent last longer."""
    consent = life.ids[step["data"]["consent"]]["consent"]
    until = moment(step["data"]["until"])
    return commands.renew_consent(life.hub, life.actor(step), life.citizen, consent, until, **meta)


@verb("consents.withdrawn")
def withdrawn(life: Living, step: Step, meta: Meta) -> Answer:
    """Take consents back, one by one."""
    answer, channel = Answer(), step["data"].get("channel", "screen")
    for number, name in enumerate(step["data"]["consents"]):
        meta["command_id"] = uid(f"command {step['id']} {number}")
        ids = life.ids[name]
        consent = ids["consent"] if "consent" in ids else life.row(name).event_id
        answer = commands.withdraw_consent(
            life.hub,
            life.actor(step),
            life.citizen,
            consent,
            channel=channel,
            words=text(step, "words"),
            **meta,
        )
    return answer


@verb("consents.expired")
def expired(life: Living, _step: Step, meta: Meta) -> Answer:
    """Record what has run out by now."""
    return commands.expire_consents(life.hub, life.citizen, **meta)


@verb("consents.refused")
def said_no(life: Living, step: Step, meta: Meta) -> Answer:
    """Say no to a consent."""
    return commands.refuse_consent(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step),
        categories=frozenset(step["data"]["categories"]),
        purposes=frozenset(step["data"]["purposes"]),
        words=text(step, "words"),
        **meta,
    )


@verb("consents.block_set")
def blocked(life: Living, step: Step, meta: Meta) -> Answer:
    """Set a block."""
    return commands.set_block(
        life.hub,
        life.actor(step),
        life.citizen,
        partner(step),
        categories=some(step, "categories"),
        words=text(step, "words"),
        person=person(step),
        **meta,
    )


@verb("consents.block_lifted")
def unblocked(life: Living, step: Step, meta: Meta) -> Answer:
    """Lift a block."""
    block = life.ids[step["data"]["block"]]["block"]
    return commands.lift_block(life.hub, life.actor(step), life.citizen, block, **meta)


@verb("consents.disclosure_authorised")
def authorised(life: Living, step: Step, meta: Meta) -> Answer:
    """Agree on a text for a partner, or that it may read the whole of an agreement it is party to."""
    if step["data"]["kind"] == "agreement":
        item = life.row(step["data"]["agreement"]).event_id
        return commands.approve_agreement(
            life.hub, life.actor(step), life.citizen, partner(step), item, **meta
        )
    return commands.agree_text(
        life.hub, life.actor(step), life.citizen, partner(step), needed(step, "text"), **meta
    )
