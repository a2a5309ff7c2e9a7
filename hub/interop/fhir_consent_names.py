"""Whom a reference in a FHIR Consent means: a registered organisation, one of its people, the citizen, or nobody.

Nothing is found by a name or a display. All identifiers that the hub knows must agree on one organisation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from hub.interop.fhir_consent_codes import CVR, CVR_AS_OID, SOR, URI, urn
from hub.interop.fhir_consent_refusals import Inexpressible
from hub.interop.fhir_read import Body, Resource
from hub.interop.fhir_values import CPR_SYSTEM, ECPR_SYSTEM, normal_cpr, part, parts, word

Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who in the hub, as far as a file can name them."""

    citizen: UUID
    cpr: str | None = field(default=None, repr=False)
    patients: frozenset[str] = frozenset()
    """References by which the file means the citizen, as whoever imports it says."""
    partners: Mapping[Identifier, frozenset[UUID]] = field(default_factory=dict)
    """Registered organisations by their identifiers, their own id among them."""
    persons: Mapping[UUID, UUID] = field(default_factory=dict)
    """Registered people, and the organisation of each."""


@dataclass(frozen=True, slots=True)
class Around:
    """The resources that a Consent stands among: those it contains, and those of the same file."""

    contained: Mapping[str, Body] = field(default_factory=dict, repr=False)
    others: Mapping[str, Body] = field(default_factory=dict, repr=False)
    """By `Type/id`, and by full URL."""

    def of(self, body: Body) -> "Around":
        """The same, seen from a resource with what it contains."""
        inner = {f"#{name}": one for one in parts(body, "contained") if (name := word(one, "id"))}
        return Around(inner, self.others)


def around(resources: Iterable[Resource]) -> Around:
    """What stands in a file, so that references inside it can be followed."""
    others: dict[str, Body] = {}
    for resource in resources:
        kind, name = word(resource.body, "resourceType"), word(resource.body, "id")
        if kind and name:
            others[f"{kind}/{name}"] = resource.body
        if resource.full_url:
            others[resource.full_url] = resource.body
    return Around({}, others)


@dataclass(frozen=True, slots=True)
class _Meant:
    kinds: frozenset[str]
    identifiers: frozenset[Identifier] = field(repr=False)
    bodies: tuple[Body, ...] = field(repr=False)


def _meant(reference: Body, near: Around) -> _Meant:
    """What a reference says of whom it means; a resource of the same file says it all."""
    kinds = {kind for kind in (word(reference, "type"),) if kind}
    identifiers = set(_identifiers([part(reference, "identifier")]))
    bodies: list[Body] = []
    text = word(reference, "reference")
    found = near.contained.get(text or "") or near.others.get(text or "")
    if found is not None:
        bodies.append(found)
        kinds |= {kind for kind in (word(found, "resourceType"),) if kind}
        identifiers |= set(_identifiers(parts(found, "identifier")))
    elif text is not None and not text.startswith("#"):
        kind, _, name = text.rpartition("/")
        if kind and "/" not in kind:
            kinds.add(kind)
        uri = text if text.startswith("urn:uuid:") else urn(name)
        if kind.count("/") == 0:
            identifiers |= set(_identifiers([{"system": URI, "value": uri}]))
    return _Meant(frozenset(kinds), frozenset(identifiers), tuple(bodies))


def _identifiers(written: Iterable[Body]) -> Iterator[Identifier]:
    for one in written:
        system, value = word(one, "system"), word(one, "value")
        if system is None or value is None or one.get("use") == "old":
            continue
        if system == URI:
            yield system, value.lower()
        elif system in (CPR_SYSTEM, ECPR_SYSTEM):
            yield CPR_SYSTEM, normal_cpr(value) or ""
        else:
            yield (CVR if system == CVR_AS_OID else system), value


def partner_of(reference: Body, near: Around, names: Names, path: str) -> UUID:
    """The registered organisation that is meant; Inexpressible when it is none, or not one only."""
    meant = _meant(reference, near)
    if meant.kinds - {"Organization"}:
        raise Inexpressible("actor_kind", path)
    known = [names.partners[one] for one in meant.identifiers if one in names.partners]
    units = {
        one for one in meant.identifiers if one[0] == SOR
    }  # a unit that is not registered is another one
    if not known or units - names.partners.keys():
        raise Inexpressible("unknown_partner", path)
    both = frozenset.intersection(*known)
    if len(both) != 1:
        raise Inexpressible("ambiguous_partner" if both else "unknown_partner", path)
    return next(iter(both))


def is_person(reference: Body, near: Around) -> bool:
    """Whether a reference means a single person at work."""
    return bool(_meant(reference, near).kinds & {"Practitioner", "PractitionerRole"})


def person_of(reference: Body, near: Around, names: Names, path: str) -> tuple[UUID, UUID]:
    """The organisation and the registered person that are meant."""
    meant = _meant(reference, near)
    found = _persons(meant.identifiers, names)
    at: set[UUID] = set()
    for body in meant.bodies:
        if "practitioner" in body:
            found |= _persons(_meant(part(body, "practitioner"), near).identifiers, names)
        if "organization" in body:
            at.add(partner_of(part(body, "organization"), near, names, path))
    if len(found) != 1:
        raise Inexpressible("unknown_person", path)
    person = found.pop()
    if at - {names.persons[person]}:
        raise Inexpressible("unknown_person", path)
    return names.persons[person], person


def _persons(identifiers: Iterable[Identifier], names: Names) -> set[UUID]:
    known = {(URI, urn(person)): person for person in names.persons}
    return {known[one] for one in identifiers if one in known}


def is_citizen(reference: Body, near: Around, names: Names) -> bool:
    """Whether a reference means the citizen, and nothing in it speaks against that."""
    meant = _meant(reference, near)
    if meant.kinds - {"Patient"}:
        return False
    if (URI, urn(names.citizen)) in meant.identifiers:
        return not any(system == CPR_SYSTEM and value != names.cpr for system, value in meant.identifiers)
    numbers = {value for system, value in meant.identifiers if system == CPR_SYSTEM}
    if numbers:
        return names.cpr is not None and numbers == {names.cpr}
    return (word(reference, "reference") or "") in names.patients
