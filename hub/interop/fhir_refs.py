"""Whom and what a resource refers to, and whether that is in the input."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hub.interop.fhir_read import Body
from hub.interop.fhir_values import Target, part, parts, target

_REFERENCES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "CarePlan": (("author",), ("contributor",), ("careTeam",)),
    "CareTeam": (("participant", "member"), ("participant", "onBehalfOf"), ("managingOrganization",)),
    "Communication": (("sender",), ("recipient",)),
    "Encounter": (("participant", "individual"), ("serviceProvider",)),
    "Goal": (("expressedBy",),),
    "ServiceRequest": (("requester",), ("performer",)),
    "Patient": (("generalPractitioner",), ("managingOrganization",)),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A practitioner, role or organisation that is in the input."""

    name: str | None = field(repr=False)
    practitioner: str | None = field(default=None, repr=False)
    organisation: str | None = None


@dataclass(slots=True)
class Directory:
    """Everyone a resource may refer to, by `Type/id`, and the bare ids for references that name no type."""

    entries: dict[str, Entry] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def has(self, found: Target) -> bool:
        """Whether what is referred to is in the input."""
        return found.path in self.entries or (found.type is None and found.id in self.ids)

    def entry(self, path: str | None) -> Entry | None:
        """Return an entry by `Type/id`, or by the bare id when the reference named no type."""
        if path is None or "/" in path:
            return self.entries.get(path or "")
        kinds = ("Practitioner", "PractitionerRole", "Organization", "CareTeam", "HealthcareService")
        return next(
            (self.entries[f"{kind}/{path}"] for kind in kinds if f"{kind}/{path}" in self.entries), None
        )


def missing_references(
    body: Body,
    kind: str,
    scope: Mapping[str, str],
    directory: Directory,
) -> Iterator[str]:
    """Hand out the field of every reference to a practitioner or provider that is not there."""
    for path in _REFERENCES[kind]:
        for found in targets(body, path, scope):
            nowhere = found.kind == "malformed" or (found.kind == "contained" and found.type is None)
            private = found.type in ("Patient", "RelatedPerson")
            absent = found.kind == "id" and not private and not directory.has(found)
            if nowhere or absent:
                yield f"{kind}.{'.'.join(path)}"


def targets(body: Body, path: tuple[str, ...], scope: Mapping[str, str]) -> Iterator[Target]:
    """Follow every reference at a path of one or two field names."""
    contained = parts(body, "contained")
    holders = parts(body, path[0])
    references = holders if len(path) == 1 else [part(holder, path[1]) for holder in holders]
    for reference in references:
        found = target(reference, scope, contained)
        if found is not None:
            yield found


def inner_targets(body: Body, kind: str, scope: Mapping[str, str]) -> list[tuple[str, Target]]:
    """Return the references to other records of the same citizen, each with its field."""
    fields = {"CarePlan": ("goal", "encounter", "addresses"), "Goal": ("addresses",)}.get(kind, ())
    return [(f"{kind}.{name}", found) for name in fields for found in targets(body, (name,), scope)]
