"""What the first pass over the files keeps: who is who, and how much there is about each.

A Patient that comes in messages under several ids is one citizen: MedCom has every message name its citizen anew, by
the CPR number. They are taken for one where the number, the names and the date of birth agree as far as they are told;
where they differ somebody has the wrong number, and a person must look. Two Patients with one number in an ordinary
extract are an error.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from hub.interop.fhir_about import DIRECTORY, Called, about, called, identity, pointed_at
from hub.interop.fhir_check import canonical
from hub.interop.fhir_dates import Life
from hub.interop.fhir_map import TWO_CPR
from hub.interop.fhir_message import Message
from hub.interop.fhir_read import Body, Resource
from hub.interop.fhir_refs import Directory, Entry
from hub.interop.fhir_values import Target, cpr_numbers, human_name, part, parts, target, word

SAME_CPR: Final = "another Patient has the same CPR number: have them merged at the source"


class Numbered(NamedTuple):
    """Who has a CPR number: the source's id, and what they go by."""

    name: str
    goes_by: Called


@dataclass(slots=True)
class _Claim:
    """One Patient id that carries a CPR number."""

    message: bool
    """Whether it stands in messages only."""
    goes_by: Called = field(repr=False)


@dataclass(slots=True)
class Index:
    """Whom the input knows. `known` and `numbers` are the citizens that earlier imports from this source brought."""

    now: datetime
    known: Mapping[str, Life]
    numbers: Mapping[str, Numbered] = field(repr=False)
    sizes: dict[str, int] = field(default_factory=dict)
    patients: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    doubles: dict[str, str] = field(default_factory=dict)
    """Patients who cannot be told from others, with the reason."""
    directory: Directory = field(default_factory=Directory)
    retracted: dict[str, datetime] = field(default_factory=dict)
    """Messages (`Communication/id`) that were taken back, and when."""
    wanted: set[str] = field(default_factory=set)
    """Resources that others point at to say whom they are about."""
    _by_cpr: dict[str, str] = field(default_factory=dict)
    _claims: dict[str, dict[str, _Claim]] = field(default_factory=dict)
    _of: dict[str, str] = field(default_factory=dict)
    _by_cpr_later: Counter[str] = field(default_factory=Counter)
    _focus: dict[str, set[str]] = field(default_factory=dict)
    _removed: dict[str, datetime] = field(default_factory=dict)

    # -------------------------------------------------------------------------------------- the first pass

    def add(self, item: Resource, message: Message | None) -> None:
        """Take note of one resource."""
        kind, name = identity(item)
        if name is None:
            return
        if kind in DIRECTORY:
            _enter(self.directory, kind, name, item)
        if kind == "Patient":
            self._patient(name, item)
        elif kind == "MessageHeader" and message is not None:
            self._message(message)
        found = about(kind, name, item, message)
        if found is None:
            self.wanted.update(one.path for one in pointed_at(item, kind))
        elif found.kind == "cpr":
            self._by_cpr_later[found.id] += weight(item)
        elif found.kind == "id":
            self.sizes[found.id] = self.sizes.get(found.id, 0) + weight(item)

    def _patient(self, name: str, item: Resource) -> None:
        self.patients.add(name)
        for link in parts(item.body, "link"):
            if link.get("type") == "replaced-by":
                other = target(part(link, "other"), item.scope, [])
                if other is not None and other.kind == "id" and other.id != name:
                    self.merged[name] = other.id
        numbers = cpr_numbers(parts(item.body, "identifier"))
        if len(numbers.valid) == 1 and not numbers.invalid and name not in self.merged:
            claims = self._claims.setdefault(numbers.valid[0], {})
            claim = claims.setdefault(name, _Claim(message=True, goes_by=Called()))
            claim.message = claim.message and bool(item.message)
            claim.goes_by = claim.goes_by.both(called(item.body))

    def _message(self, message: Message) -> None:
        if message.header is not None:
            self._focus.setdefault(message.header, set()).update(message.focus)
        for header in message.removes:
            at = message.at.last if message.at else self.now
            self._removed[header] = max(at, self._removed.get(header, at))

    def settle(self) -> None:
        """After the first pass: who is the same, who cannot be told apart, which messages were taken back."""
        linked = frozenset(self.merged)
        mixed = self._mixed()
        for cpr, claims in self._claims.items():
            self._settle(cpr, {name: claim for name, claim in claims.items() if name not in linked}, mixed)
        for cpr, more in self._by_cpr_later.items():
            owner = self._owner(cpr)
            if owner is not None:
                self.sizes[owner] = self.sizes.get(owner, 0) + more
        for header, at in self._removed.items():
            for path in self._focus.get(header, ()):
                self.retracted[path] = max(at, self.retracted.get(path, at))

    def _settle(self, cpr: str, claims: Mapping[str, _Claim], mixed: frozenset[str]) -> None:
        usable = {name: claim for name, claim in claims.items() if name not in mixed}
        before = self.numbers.get(cpr)
        first = next((name for name, claim in usable.items() if not claim.message), next(iter(usable), None))
        owner = before or (Numbered(first, usable[first].goes_by) if first is not None else None)
        for name in claims:
            if name in mixed:
                self.doubles[name] = TWO_CPR
        if owner is None:
            return
        self._by_cpr[cpr] = owner.name
        for name, claim in usable.items():
            if name == owner.name:
                continue
            if claim.message and name not in self.known and claim.goes_by.fits(owner.goes_by):
                self.merged[name] = owner.name
            elif before is None or claim.message:
                self.doubles[name] = SAME_CPR

    def _mixed(self) -> frozenset[str]:
        """Return the Patient ids that messages use for two numbers: two persons in one. An e-CPR may be replaced."""
        digits: dict[str, set[str]] = {}
        for cpr, one in self.numbers.items():
            if cpr.isdigit():
                digits.setdefault(one.name, set()).add(cpr)
        in_messages = set()
        for cpr, claims in self._claims.items():
            for name, claim in claims.items():
                if cpr.isdigit():
                    digits.setdefault(name, set()).add(cpr)
                if claim.message:
                    in_messages.add(name)
        return frozenset(name for name in in_messages if len(digits.get(name, ())) > 1)

    # ------------------------------------------------------------------------------------- the second look

    def follow(self, item: Resource, message: Message | None) -> None:
        """Note whom a resource is about that others point at."""
        kind, name = identity(item)
        if name is not None and f"{kind}/{name}" in self.wanted:
            subject = self.subject(about(kind, name, item, message))
            if subject is not None:
                self._of[f"{kind}/{name}"] = subject

    # ------------------------------------------------------------------------------------------- afterwards

    def whose(self, item: Resource, kind: str, found: Target | None) -> str | None:
        """Return the citizen in use whom a resource is about, by itself or by what it points at."""
        if found is None:
            subjects = {self._of.get(one.path) for one in pointed_at(item, kind)} - {None}
            return next(iter(subjects)) if len(subjects) == 1 else None
        return self.subject(found)

    def subject(self, found: Target | None) -> str | None:
        """Return the citizen in use that a reference leads to."""
        if found is None or found.type not in (None, "Patient"):
            return None
        if found.kind == "cpr":
            owner = self._owner(found.id)
            return self._survivor(owner) if owner is not None else None
        return self._survivor(found.id) if found.kind == "id" else None

    def portions(self, room: int) -> list[list[str]]:
        """Deal the citizens into portions. There is always one, for what belongs to no citizen."""
        weights: dict[str, int] = {}
        for subject, size in self.sizes.items():
            last = self._survivor(subject)
            if last is not None:
                weights[last] = weights.get(last, 0) + size
        portions: list[list[str]] = [[]]
        left = room
        for subject, size in weights.items():
            if size > left and portions[-1]:
                portions.append([])
                left = room
            portions[-1].append(subject)
            left -= size
        return portions

    def _owner(self, cpr: str) -> str | None:
        if cpr in self._by_cpr:
            return self._by_cpr[cpr]
        before = self.numbers.get(cpr)
        return before.name if before else None

    def _survivor(self, subject: str) -> str | None:
        """Follow merged Patients to the one that is in use; None when it is not known."""
        seen = {subject}
        while subject in self.merged:
            subject = self.merged[subject]
            if subject in seen:
                return None
            seen.add(subject)
        return subject if subject in self.patients or subject in self.known else None


def numbered(name: str, body: Body) -> tuple[str, Numbered] | None:
    """Return the CPR number of a Patient and who has it; None without exactly one."""
    found = cpr_numbers(parts(body, "identifier"))
    return (found.valid[0], Numbered(name, called(body))) if len(found.valid) == 1 else None


def weight(item: Resource) -> int:
    """Return how much memory a resource takes while it waits."""
    try:
        return len(canonical(item.body))
    except TypeError:  # nested too deeply; it is refused when its turn comes
        return 0


def _enter(directory: Directory, kind: str, name: str, item: Resource) -> None:
    body = item.body
    called = human_name(parts(body, "name")) or word(body, "name")
    links = [target(part(body, where), item.scope, []) for where in ("practitioner", "organization")]
    paths = [link.path if link and link.kind == "id" else None for link in links]
    directory.entries[f"{kind}/{name}"] = Entry(called, *paths)
    directory.ids.add(name)
