"""What the provider's claims mean here: the TOML file of HUB_OIDC_CLAIMS (docs/login.md)."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.desk.saying import as_uuid
from hub.errors import Misconfigured, NotFound
from hub.vault import Vault

ROLES: Final = ("staff", "citizen", "auditor", "operator")


class MachineRule(BaseModel):
    """A partner's system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: str
    on_behalf: bool = False


class Meaning(BaseModel):
    """Which claim says what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scopes: str = "openid"
    person: str = "sub"
    role: str = "role"
    organisation: str | None = None
    cpr: str = "cpr"
    roles: dict[str, str] = Field(default_factory=lambda: {role: role for role in ROLES})
    organisations: dict[str, str] = Field(default_factory=dict)
    audience: str | None = None
    machine_scope: str = "hub"
    systems: dict[str, MachineRule] = Field(default_factory=dict)


class Somebody:
    """Whom claims name."""

    def __init__(self, role: str, *, person: UUID | None = None, citizen: UUID | None = None) -> None:
        self.role, self.person, self.citizen = role, person, citizen


def meaning_of(path: Path | None) -> Meaning:
    """Read the file; without one, the claims have their plain names."""
    if path is None:
        return Meaning()
    try:
        found = Meaning(**tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        raise Misconfigured(f"{path} cannot be read: point HUB_OIDC_CLAIMS at the file.") from None
    except (tomllib.TOMLDecodeError, ValidationError) as wrong:
        where = (
            ", ".join(str(one["loc"][0]) for one in wrong.errors())
            if isinstance(wrong, ValidationError)
            else ""
        )
        raise Misconfigured(f"{path} is not as docs/login.md says{': ' + where if where else ''}.") from None
    if unknown := set(found.roles.values()) - set(ROLES):
        raise Misconfigured(
            f"{path}: [roles] names {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}."
        )
    return found


def somebody(
    meaning: Meaning, claims: Mapping[str, Any], vault: Vault, partners: Mapping[UUID, tuple[str, str]]
) -> Somebody | None:
    """Whom the claims name here; None for somebody whom the hub does not know, or not as they say they are."""
    role = _role(meaning, claims)
    if role == "citizen":
        cpr = "".join(part for part in _said(claims, meaning.cpr)[:1]).replace("-", "").strip()
        citizen = vault.citizen_by_cpr(cpr) if cpr else None
        return None if citizen is None else Somebody(role, citizen=citizen)
    if role in {"auditor", "operator"}:
        return Somebody(role)
    if role != "staff":
        return None
    short = next(iter(_said(claims, meaning.person)), "").strip().lower()
    try:
        person = vault.person(short)
    except NotFound:
        return None
    if person.left is not None or not _works_there(meaning, claims, person.partner, partners):
        return None
    return Somebody(role, person=person.id)


def partner_of(named: str, partners: Mapping[UUID, tuple[str, str]]) -> UUID | None:
    """The organisation that the file means: by id, or by its whole name."""
    identity = as_uuid(named)
    if identity is not None:
        return identity if identity in partners else None
    found = [one for one, (name, _) in partners.items() if name.casefold() == named.casefold()]
    return found[0] if len(found) == 1 else None


def _role(meaning: Meaning, claims: Mapping[str, Any]) -> str | None:
    """The first role of the file that the claims have; without a file, the claim names it."""
    said = _said(claims, meaning.role)
    return next((role for name, role in meaning.roles.items() if name in said), None)


def _works_there(
    meaning: Meaning,
    claims: Mapping[str, Any],
    partner: UUID | None,
    partners: Mapping[UUID, tuple[str, str]],
) -> bool:
    """Whether the provider places the person where the hub does."""
    if meaning.organisation is None:
        return True
    said = {meaning.organisations.get(one, one) for one in _said(claims, meaning.organisation)}
    return partner is not None and partner in {partner_of(one, partners) for one in said}


def _said(claims: Mapping[str, Any], name: str) -> list[str]:
    """The texts of a claim: one, or a list."""
    found = claims.get(name)
    return [str(one) for one in (found if isinstance(found, list) else [found]) if isinstance(one, str | int)]
