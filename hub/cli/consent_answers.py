"""What the citizen answers: spoken consents confirmed, others refused, texts agreed on. They complete `consent`."""

from typing import Annotated

from hub.application import commands
from hub.cli.base import verb
from hub.cli.consent import Consent, app
from hub.cli.options import (
    As,
    Categories,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Partner,
    Purposes,
    Words,
    argument,
    categories_of,
    done,
    meta,
    option,
    purposes_of,
)
from hub.cli.session import needed, needed_uuid, session, written


@verb(
    app,
    "confirm",
    "Bekræft et samtykke, som en medarbejder har noteret, at du sagde ja til.",
    "Confirm a consent that staff took down when you said yes.",
    "hub consent confirm CITIZEN CONSENT --as citizen",
)
def confirm(
    citizen: Citizen,
    consent: Consent,
    as_: As,
    said: Words = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Confirm a spoken consent."""
    needed_uuid(consent, "CONSENT")
    terms, words = meta(command_id, occurred), written(said, label)
    with session() as s:
        who, actor = s.citizen(citizen), s.actor(as_)
        which = s.resolved(who, consent, "consent")
        answer = commands.confirm_consent(s.hub, actor, who, which, words=words, **terms)
        done(answer, "samtykket er bekræftet", "the consent is confirmed", as_json=json)


@verb(
    app,
    "refuse",
    "Sig nej til et samtykke. Det koster intet, og ingen spørger hvorfor.",
    "Say no to a consent. It costs nothing, and nobody asks why.",
    "hub consent refuse CITIZEN jobcenter --category health --purpose employment --as citizen",
)
def refuse(
    citizen: Citizen,
    partner: Partner,
    as_: As,
    category: Categories = None,
    purpose: Purposes = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Refuse."""
    terms = meta(command_id)
    with session() as s:
        answer = commands.refuse_consent(
            s.hub,
            s.actor(as_),
            s.citizen(citizen),
            s.partner(partner),
            categories=categories_of(category) or frozenset(),
            purposes=purposes_of(purpose) or frozenset(),
            **terms,
        )
        done(answer, "nejet er noteret", "the refusal is recorded", as_json=json)


@verb(
    app,
    "agree-text",
    "Aftal præcis, hvad en organisation får at vide.",
    "Agree on exactly what an organisation is told.",
    'hub consent agree-text CITIZEN forening --text "Kommer torsdag" --label meetings --as citizen',
)
def agree_text(
    citizen: Citizen,
    partner: Partner,
    as_: As,
    text: Annotated[
        str, option("--text", "Teksten (- læser fra stdin).", "The text (- reads stdin).", "TEXT")
    ],
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Agree on a text."""
    terms, agreed = meta(command_id), needed(text, label)
    with session() as s:
        actor, who, where = s.actor(as_), s.citizen(citizen), s.partner(partner)
        answer = commands.agree_text(s.hub, actor, who, where, agreed, **terms)
        done(answer, "teksten er aftalt", "the text is agreed", as_json=json)


@verb(
    app,
    "approve-agreement",
    "Lad en part læse hele teksten i en aftale, også det, den ellers ikke må vide.",
    "Let a party read all of an agreement's text, also what it may not know otherwise.",
    "hub consent approve-agreement CITIZEN jobcenter AGREEMENT --as citizen",
)
def approve_agreement(
    citizen: Citizen,
    partner: Partner,
    agreement: Annotated[
        str, argument("AGREEMENT", "Aftalens ref (hub timeline --refs).", "Its ref (hub timeline --refs).")
    ],
    as_: As,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Approve the text of an agreement."""
    terms = meta(command_id)
    needed_uuid(agreement, "AGREEMENT")
    with session() as s:
        actor, who, where = s.actor(as_), s.citizen(citizen), s.partner(partner)
        item = s.event(who, agreement, "AGREEMENT")
        answer = commands.approve_agreement(s.hub, actor, who, where, item, **terms)
        done(answer, "de må læse hele aftalen", "they may read all of the agreement", as_json=json)
