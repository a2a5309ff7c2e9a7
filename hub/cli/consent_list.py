"""How consents and what else permits or blocks are listed: all for the citizen, their number for the operator."""

from typing import Any
from uuid import UUID

from hub.aggregates import Partner
from hub.application.access import Reader
from hub.cli.base import out, out_json
from hub.cli.session import Session
from hub.cli.show import wrapped
from hub.legal import legal_bases
from hub.projections.consents import Standing
from hub.texts import CATEGORIES, PURPOSES, VALUES, moment_text, say, until_text, word, words


def show_counts(standing: list[Standing], *, as_json: bool) -> None:
    """What the operator is told."""
    found = {
        "consents": sum(one.kind == "consent" for one in standing),
        "blocks": sum(one.kind == "block" for one in standing),
    }
    if as_json:
        out_json(found)
    else:
        out(
            say(
                f"{found['consents']} samtykker, {found['blocks']} spærringer",
                f"{found['consents']} consents, {found['blocks']} blocks",
            )
        )


def show_own(s: Session, reader: Reader, citizen: UUID, *, as_json: bool) -> None:
    """All of the citizen's own: logged first, then told from the read model."""
    standing = s.wired.consents.of_citizen(citizen)
    s.wired.access.events_at(reader, citizen, None, [one.position for one in standing], "consents")
    names = s.names({one.partner for one in standing} | {one.person for one in standing if one.person})
    if as_json:
        out_json({"consents": [_plain(one, names) for one in standing]})
        return
    if not standing:
        out(say("Du har ikke givet noget samtykke.", "You have given no consent."))
    for one in standing:
        wrapped(f"{names.get(one.partner, str(one.partner))}: {word(VALUES, one.kind)}, {_status(s, one)}")
        for line in _terms(one, names):
            wrapped(line, "  ")
        out(f"  {one.kind}={one.id}")


def _status(s: Session, one: Standing) -> str:
    """How it stands; what does not count yet says what it waits for."""
    if one.status != "in force":
        return word(VALUES, one.status)
    if one.lapses is not None:
        last = moment_text(one.lapses)
        return (
            say(f"venter på, at du bekræfter det inden {last}", f"waits for you to confirm it before {last}")
            if one.pending
            else say(f"gælder; bekræft det inden {last}", f"in force; confirm it before {last}")
        )
    if one.kind == "basis" and not in_use(s, one.partner, one.basis):
        return say("ikke i brug", "not in use")
    return word(VALUES, one.status)


def in_use(s: Session, partner: UUID, row: str | None) -> bool:
    """Whether an organisation's lawyer has confirmed a row of the table of legal bases."""
    found = s.hub.store.load(partner)
    return isinstance(found, Partner) and row in found.bases


def _terms(one: Standing, names: dict[UUID, str]) -> list[str]:
    everything = say("alt", "everything")
    about = words(CATEGORIES, one.categories) if one.categories else everything
    who = names.get(one.person, str(one.person)) if one.person else None
    match one.kind:
        case "block":
            whom = (
                say(f"{who} må ikke få", f"{who} may not have")
                if who
                else say("De må ikke få", "They may not have")
            )
            return [f"{whom}: {about}"]
        case "text":
            return [say("De må læse den tekst, I har aftalt", "They may read the text that you agreed on")]
        case "emergency":
            last = "" if one.until is None else moment_text(one.until)
            could = say(f"kunne højst læse til {last}", f"could read until {last} at most")
            return [f"{who or ''} {could}"]
    over = one.status != "in force"
    may = say("De måtte vide", "They could know") if over else say("De må vide", "They may know")
    law = legal_bases().get(one.basis or "")
    return [
        *([f"{say('Efter', 'Under')} {law.paragraph}: {say(*law.name)}"] if law else []),
        f"{may}: {about}",
        f"{say('Hvorfor', 'Why')}: {words(PURPOSES, one.purposes or '')}"
        + ("" if over and one.until is None else f"; {_until(one)}"),
    ]


def _until(one: Standing) -> str:
    if one.kind == "basis" and one.until is None:
        return say("indtil det ophører", "until it is ended")
    return until_text(one.until)


def _plain(one: Standing, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "kind": one.kind,
        "partner": {"partner": str(one.partner), "name": names.get(one.partner)},
        "status": one.status,
        "categories": None if one.categories is None else one.categories.split(),
        "purposes": None if one.purposes is None else one.purposes.split(),
        "until": None if one.until is None else one.until.isoformat(),
        "person": one.person and {"person": str(one.person), "name": names.get(one.person)},
        "basis": one.basis,
        "confirm_before": None if one.lapses is None else one.lapses.isoformat(),
        "pending": one.pending,
        "position": one.position,
    }
