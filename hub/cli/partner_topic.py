"""A partner's topic on Kafka from the command line: opened, given a new secret, closed."""

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Actor
from hub.application.broker_access import ON_SCREENS, BrokerAccess, Issued
from hub.cli.base import note, out
from hub.cli.session import Session
from hub.errors import BadInput, BrokerUnavailable, Misconfigured
from hub.kafka.admin import Admin
from hub.texts import moment_text, say
from hub.vocabulary import Sector

_OVERLAP: Final = re.compile(r"(\d{1,4})([dhm])|0")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def overlap_of(text: str) -> timedelta:
    """How long two secrets are valid together: 7d, 12h, 30m or 0."""
    found = _OVERLAP.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(
            say(
                "--overlap er ingen tid: skriv 7d, 12h, 30m eller 0.",
                "--overlap is no time: write 7d, 12h, 30m or 0.",
            )
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else timedelta(0)


def access_to(s: Session) -> BrokerAccess:
    """Partners at the broker; refused where the hub has no Kafka."""
    access = s.wired.broker_access()
    if access is None:
        raise Misconfigured(
            say(
                "Hubben kører uden Kafka: sæt HUB_KAFKA_BOOTSTRAP, og kør kommandoen igen.",
                "The hub runs without Kafka: set HUB_KAFKA_BOOTSTRAP, and run the command again.",
            )
        )
    return access


def wants_topic(s: Session, sector: Sector, *, topic: bool | None) -> bool:
    """Whether a new partner gets a topic: as asked; otherwise if there is a Kafka and its sector has systems."""
    if topic:
        access_to(s)
    if topic is not None:
        return topic
    return sector not in ON_SCREENS and s.wired.settings.kafka_bootstrap is not None


def open_if_it_answers(s: Session, actor: Actor, partner: UUID) -> Issued | None:
    """A topic for a partner that was just registered; if the broker is away, how to go on is said."""
    try:
        issued = access_to(s).open(actor, partner)
    except BrokerUnavailable as away:
        note(str(away))
        note(
            say(
                f"Organisationen er registreret, men har intet emne endnu: kør hub partner topic {partner}.",
                f"The organisation is registered and has no topic yet: run hub partner topic {partner}.",
            )
        )
        return None
    if issued is None:
        note(already())
    return issued


def already() -> str:
    """There is nothing to open."""
    return say(
        "Emnet er åbent allerede: hub partner rotate giver en ny hemmelighed.",
        "The topic is open already: hub partner rotate gives a new secret.",
    )


def without_secret(s: Session, partner: UUID) -> bool:
    """Whether a partner has a topic, and so needs a secret to read it."""
    access = s.wired.broker_access()
    return access is not None and partner in access.partners()


def follow(s: Session) -> None:
    """Bring the broker in step with what was just recorded; if it is away, it follows when it is back."""
    access = s.wired.broker_access()
    if access is None or not access.partners():
        return
    try:
        with Admin(access.cluster) as admin:
            access.reconcile(admin)
    except BrokerUnavailable as away:
        note(str(away))
        note(behind())


def behind() -> str:
    """The broker is yet to follow."""
    return say(
        "Det er noteret og gælder i hubben; Kafka følger med, så snart den svarer (hub kafka apply).",
        "It is recorded and holds in the hub; Kafka follows as soon as it answers (hub kafka apply).",
    )


def told(issued: Issued | None) -> dict[str, Any] | None:
    """What a partner's system needs, for a script."""
    if issued is None:
        return None
    return {
        "user": issued.user,
        "mechanism": issued.mechanism,
        "secret": issued.secret,
        "topic": issued.topic,
        "inbox": issued.inbox,
        "groups": issued.groups,
        "earlier_until": issued.earlier_until,
        "settled": issued.settled,
    }


def tell(issued: Issued) -> None:
    """What a partner's system needs, for a person."""
    out(
        say(
            "Giv dette til organisationens system. Hemmeligheden vises kun nu.",
            "Give this to the organisation's system. The secret is shown now and never again.",
        )
    )
    for da, en, value in (
        ("bruger", "user", issued.user),
        ("mekanisme", "mechanism", issued.mechanism),
        ("hemmelighed", "secret", issued.secret),
        ("emne", "topic", issued.topic),
        ("indbakke", "inbox", issued.inbox),
        ("gruppe", "group", f"{issued.groups}…"),
    ):
        out(f"  {say(da, en):<12}{value}")
    if issued.earlier_until is not None:
        until = moment_text(issued.earlier_until)
        out(
            say(
                f"Den forrige hemmelighed virker til {until}.",
                f"The earlier secret works until {until}.",
            )
        )
    if not issued.settled:
        note(behind())
