"""How consents and blocks are listed: all of them for the citizen, their number for the operator."""

from typing import Any
from uuid import UUID

from hub.application.access import Reader
from hub.cli.base import out, out_json
from hub.cli.session import Session
from hub.cli.show import wrapped
from hub.projections.consents import Standing
from hub.texts import CATEGORIES, PURPOSES, VALUES, say, until_text, word, words


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
    names = s.names({one.partner for one in standing})
    if as_json:
        out_json({"consents": [_plain(one, names) for one in standing]})
        return
    if not standing:
        out(say("Du har ikke givet noget samtykke.", "You have given no consent."))
    for one in standing:
        wrapped(
            f"{names.get(one.partner, str(one.partner))}: {word(VALUES, one.kind)}, {word(VALUES, one.status)}"
        )
        everything = say("alt", "everything")
        about = words(CATEGORIES, one.categories) if one.categories else everything
        if one.kind == "block":
            wrapped(f"{say('De må ikke få', 'They may not have')}: {about}", "  ")
        else:
            wrapped(f"{say('De må vide', 'They may know')}: {about}", "  ")
            wrapped(
                f"{say('Hvorfor', 'Why')}: {words(PURPOSES, one.purposes or '')}; {until_text(one.until)}",
                "  ",
            )
        out(f"  {one.kind}={one.id}")


def _plain(one: Standing, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "kind": one.kind,
        "partner": {"partner": str(one.partner), "name": names.get(one.partner)},
        "status": one.status,
        "categories": None if one.categories is None else one.categories.split(),
        "purposes": None if one.purposes is None else one.purposes.split(),
        "until": None if one.until is None else one.until.isoformat(),
        "position": one.position,
    }
