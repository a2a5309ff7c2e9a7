"""Which resource this is, and which citizen it is about.

Most types name their citizen in one field. A few point at other resources, or at several persons; and what came in a
message Bundle without naming anybody is about whom the message is about. What is about several citizens is nobody's:
sealed under one's key it would outlive the other.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hub.interop.fhir_check import model
from hub.interop.fhir_message import Message
from hub.interop.fhir_read import Body, Resource
from hub.interop.fhir_refs import targets
from hub.interop.fhir_values import FHIR_ID, Target, part, parts, target, word

UNKNOWN: Final = "(unknown type)"

SEVERAL: Final = Target("other", "Patient", "several")
"""More than one citizen."""

DIRECTORY: Final = frozenset(
    {
        *("CareTeam", "Device", "HealthcareService", "Location", "Organization"),
        *("Practitioner", "PractitionerRole", "RelatedPerson"),
    },
)
_SUBJECTS: Final = ("subject", "patient", "for", "beneficiary")
_POINTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Appointment": ("participant", "actor"),
    "AppointmentResponse": ("actor",),
    "AuditEvent": ("entity", "what"),
    "Group": ("member", "entity"),
    "Provenance": ("target",),
}


def identity(item: Resource) -> tuple[str, str | None]:
    """Return type and id. A type that FHIR does not have is not repeated: it may be anything."""
    kind = str(item.body["resourceType"])
    if model(kind) is None:
        return UNKNOWN, None
    name = item.body.get("id")
    if name is None and item.full_url is not None:
        name = item.scope.get(item.full_url, "").partition("/")[2]
    return kind, name if isinstance(name, str) and FHIR_ID.match(name) else None


def about(kind: str, name: str, item: Resource, message: Message | None) -> Target | None:
    """Return the citizen that a resource names; SEVERAL when it names more than one."""
    if kind == "Patient":
        return Target("id", "Patient", name)
    for where in _SUBJECTS:
        if reference := part(item.body, where):
            return target(reference, item.scope, parts(item.body, "contained"))
    found = list(dict.fromkeys(one for one in pointed_at(item, kind) if one.type == "Patient"))
    if found:
        return found[0] if len(found) == 1 else SEVERAL
    return message.subject if message is not None and kind not in DIRECTORY else None


def pointed_at(item: Resource, kind: str) -> Iterator[Target]:
    """Follow the references of a type that names its citizen only by way of others."""
    if kind in _POINTERS:
        for found in targets(item.body, _POINTERS[kind], item.scope):
            if found.kind in ("id", "cpr"):
                yield found


class Called(NamedTuple):
    """What a Patient goes by, in all versions of the record."""

    family: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    """First and middle names."""
    born: frozenset[str] = frozenset()

    def both(self, other: "Called") -> "Called":
        """Return what two records say together."""
        return Called(*(mine | others for mine, others in zip(self, other, strict=True)))

    def fits(self, other: "Called") -> bool:
        """Whether two records can be of one person. A middle name tells nothing: a son may have it too."""
        same_first = (
            not self.first or not other.first or bool(self.first & other.given or other.first & self.given)
        )
        return same_first and _agree(self.family, other.family) and _agree(self.born, other.born)


def _agree(mine: frozenset[str], others: frozenset[str]) -> bool:
    return not mine or not others or bool(mine & others)


def called(body: Body) -> Called:
    """Return what a Patient goes by."""
    families: set[str] = set()
    first: set[str] = set()
    given: set[str] = set()
    for name in parts(body, "name"):
        if family := word(name, "family"):
            families.add(family.casefold())
        words = " ".join(_texts(name.get("given"))).casefold().split()
        first.update(words[:1])
        given.update(words)
    born = word(body, "birthDate")
    whole = {born} if born and len(born) == len("1947-09-25") else set()
    return Called(frozenset(families), frozenset(first), frozenset(given), frozenset(whole))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
