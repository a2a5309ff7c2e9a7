"""A FHIR Consent → its tree of provisions in the hub's words, or the reasons why it cannot be one.

The head (status, policy, who, for whom) is judged here too. All times are microseconds since 1970 in UTC; an end in
FHIR is included, whole, and becomes the first moment after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.standing import CITIZEN_SOURCE
from hub.clock import start_of_day, to_microseconds
from hub.interop.fhir_check import fault
from hub.interop.fhir_consent_codes import (
    ACCESS,
    BROADER,
    CATEGORIES,
    EMERGENCIES,
    FROM_NOW_ON,
    INCLUDES_UNDATED,
    KINDS,
    OPT_IN,
    OPT_OUT,
    PRIVACY,
    PURPOSES,
    RECIPIENTS,
)
from hub.interop.fhir_consent_names import Around, Names, is_citizen, is_person, partner_of, person_of
from hub.interop.fhir_consent_refusals import Inexpressible, Refusal
from hub.interop.fhir_read import Body
from hub.interop.fhir_values import part, parts, word

MOST_PROVISIONS: Final = 200
DEEPEST: Final = 12
_WHEN: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(T\d\d:\d\d:\d\d(?:\.(\d{1,6}))?(?:Z|[+-]\d\d:\d\d))?)?)?\Z"
)
_SECOND: Final = 1_000_000


class Recipient(NamedTuple):
    """An organisation, or (in a denial) one person at it."""

    partner: UUID
    person: UUID | None = None


class Span(NamedTuple):
    """From the first moment to the first one after; None is open."""

    begins: int | None
    ends: int | None


ALWAYS: Final = Span(None, None)


class Data(NamedTuple):
    """Which data by its date."""

    span: Span = ALWAYS
    undated: bool = False
    from_now_on: bool = False


@dataclass(frozen=True, slots=True)
class Provision:
    """One rule: what it says, for what matches every condition (None: any), and its exceptions."""

    permit: bool
    path: str
    recipients: frozenset[Recipient] | None = None
    categories: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    sources: frozenset[UUID] | None = None
    data: Data | None = None
    period: Span = ALWAYS
    exceptions: tuple["Provision", ...] = ()


@dataclass(slots=True)
class Reading:
    """What was read of one Consent. With a refusal nothing of it is used."""

    provisions: list[Provision] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def read_consent(body: Body, near: Around, names: Names, now: int) -> Reading:
    """Read one Consent; every reason against it is told, not the first alone."""
    reading = Reading()
    if fault(body, "Consent") is not None:
        reading.refusals.append(Refusal("not_valid"))
        return reading
    near = near.of(body)
    _Tree(reading, near, names).read(body)
    reading.refusals.extend(_head(body, near, names, now))
    return reading


# ------------------------------------------------------------------------------------------------------ the head


def _head(body: Body, near: Around, names: Names, now: int) -> Iterator[Refusal]:
    if body.get("status") != "active":
        yield Refusal("status", "Consent.status")
    if concepts([part(body, "scope")]) != [PRIVACY]:
        yield Refusal("scope", "Consent.scope")
    if any(kind not in KINDS for kind in concepts(parts(body, "category"))):
        yield Refusal("category", "Consent.category")
    yield from _policy(body)
    if "implicitRules" in body:
        yield Refusal("modifier", "Consent.implicitRules")
    if body.get("organization"):
        yield Refusal("custodian", "Consent.organization")
    yield from _who_and_when(body, near, names, now)


def _who_and_when(body: Body, near: Around, names: Names, now: int) -> Iterator[Refusal]:
    if "dateTime" in body:
        try:
            if moment(body["dateTime"], "Consent.dateTime")[0] > now:
                yield Refusal("dated_later", "Consent.dateTime")
        except Inexpressible as no:
            yield no.refusal
    if any(not is_citizen(one, near, names) for one in parts(body, "performer")):
        yield Refusal("performer", "Consent.performer")
    if any(one.get("verified") is not True for one in parts(body, "verification")):
        yield Refusal("unverified", "Consent.verification")
    if not is_citizen(part(body, "patient"), near, names):
        yield Refusal("other_patient", "Consent.patient")


def _policy(body: Body) -> Iterator[Refusal]:
    """What holds where nothing is said: only "nothing is shared" is the hub's own rule."""
    if body.get("policy"):
        yield Refusal("foreign_policy", "Consent.policy")
    elif "policyRule" not in body:
        yield Refusal("no_base_policy", "Consent.policyRule")
        return
    base = concepts([part(body, "policyRule")])
    if OPT_IN in base:
        yield Refusal("default_permit", "Consent.policyRule")
    elif "policyRule" in body and base != [OPT_OUT]:
        yield Refusal("foreign_policy", "Consent.policyRule")


# ------------------------------------------------------------------------------------------------------ the tree


class _Tree:
    """Reads the provisions of one Consent, and notes what is wrong with them."""

    def __init__(self, reading: Reading, near: Around, names: Names) -> None:
        self._reading = reading
        self._near = near
        self._names = names
        self._count = 0
        self._known: set[int] = set()
        """The provisions, whose modifiers were looked at."""

    def read(self, body: Body) -> None:
        root = part(body, "provision")
        path = "Consent.provision"
        if not root:
            self._no("no_provision", path)
        elif "type" in root:
            self._add(self._provision(root, path, 0))
        else:
            self._modifiers(root, path)
            if root.keys() - {"id", "extension", "provision", "modifierExtension"}:
                self._no("untyped_root", path)
            elif not root.get("provision"):
                self._no("no_provision", path)
            for number, rule in enumerate(parts(root, "provision")):
                self._add(self._provision(rule, f"{path}.provision[{number}]", 1))
        for where in _modified(body, self._known):
            self._no("modifier", where)

    def _no(self, code: str, path: str) -> None:
        self._reading.refusals.append(Refusal(code, path))

    def _add(self, rule: Provision | None) -> None:
        if rule is not None:
            self._reading.provisions.append(rule)

    def _provision(self, body: Body, path: str, depth: int, above: str | None = None) -> Provision | None:
        self._count += 1
        if depth > DEEPEST or self._count > MOST_PROVISIONS:
            if self._count == MOST_PROVISIONS + 1 or depth == DEEPEST + 1:
                self._no("too_large", "Consent.provision")
            return None
        kind = body.get("type")
        if kind not in ("permit", "deny"):
            self._no("no_type", path)
            return None
        permit = kind == "permit"
        if kind == above:
            self._no("same_type_nested", path)
        before = len(self._reading.refusals)
        self._limits(body, path)
        exceptions = [
            self._provision(inner, f"{path}.provision[{number}]", depth + 1, kind)
            for number, inner in enumerate(parts(body, "provision"))
        ]
        try:
            rule = Provision(
                permit,
                path,
                self._recipients(body, path),
                self._categories(body, path),
                self._purposes(body, path, permit=permit),
                self._sources(body, path),
                self._data(body, path),
                span(part(body, "period"), f"{path}.period"),
                tuple(one for one in exceptions if one is not None),
            )
        except Inexpressible as no:
            self._reading.refusals.append(no.refusal)
            return None
        return rule if len(self._reading.refusals) == before else None

    def _limits(self, body: Body, path: str) -> None:
        """Limits that the hub cannot hold at all."""
        self._modifiers(body, path)
        if body.get("code"):
            self._no("code_filter", f"{path}.code")
        if any(action != ACCESS for action in concepts(parts(body, "action"))):
            self._no("action", f"{path}.action")
        if any(one.get("meaning") != "authoredby" for one in parts(body, "data")):
            self._no("data_reference", f"{path}.data")

    def _modifiers(self, body: Body, path: str) -> None:
        self._known.add(id(body))
        for one in parts(body, "modifierExtension"):
            if one.get("url") not in (FROM_NOW_ON, INCLUDES_UNDATED) or one.get("valueBoolean") is not True:
                self._no("modifier", path)

    def _recipients(self, body: Body, path: str) -> frozenset[Recipient] | None:
        found = set()
        for number, actor in enumerate(parts(body, "actor")):
            where = f"{path}.actor[{number}]"
            role = concepts([part(actor, "role")])
            if len(role) != 1 or role[0] not in RECIPIENTS:
                self._no("actor_role", f"{where}.role")
                continue
            reference = part(actor, "reference")
            try:
                if is_person(reference, self._near):
                    found.add(Recipient(*person_of(reference, self._near, self._names, where)))
                else:
                    found.add(Recipient(partner_of(reference, self._near, self._names, where)))
            except Inexpressible as no:
                self._reading.refusals.append(no.refusal)
        return frozenset(found) if body.get("actor") else None

    def _categories(self, body: Body, path: str) -> frozenset[str] | None:
        """Labels and classes are both categories here: what both name, where both are there."""
        named: list[frozenset[str]] = []
        for element in ("securityLabel", "class"):
            if body.get(element):
                codes = [coding(one) for one in parts(body, element)]
                known = frozenset(CATEGORIES[code] for code in codes if code in CATEGORIES)
                if any(code not in CATEGORIES for code in codes):
                    self._no("unknown_category", f"{path}.{element}")
                named.append(known)
        return frozenset.intersection(*named) if named else None

    def _purposes(self, body: Body, path: str, *, permit: bool) -> frozenset[str] | None:
        if not body.get("purpose"):
            return None
        found = set()
        for code in (coding(one) for one in parts(body, "purpose")):
            if code in PURPOSES and (permit or code not in BROADER):
                found.add(PURPOSES[code])
            elif code in EMERGENCIES:
                self._no("emergency_purpose", f"{path}.purpose")
            else:
                self._no("broader_purpose" if code in PURPOSES else "unknown_purpose", f"{path}.purpose")
        return frozenset(found)

    def _sources(self, body: Body, path: str) -> frozenset[UUID] | None:
        found = set()
        for number, one in enumerate(parts(body, "data")):
            reference = part(one, "reference")
            if is_citizen(reference, self._near, self._names):
                found.add(CITIZEN_SOURCE)
            else:
                found.add(partner_of(reference, self._near, self._names, f"{path}.data[{number}]"))
        return frozenset(found) if body.get("data") else None

    def _data(self, body: Body, path: str) -> Data | None:
        urls = {one.get("url") for one in parts(body, "modifierExtension")}
        now_on, undated = FROM_NOW_ON in urls, INCLUDES_UNDATED in urls
        if now_on and (undated or "dataPeriod" in body):
            raise Inexpressible("from_now_and_period", path)
        if now_on:
            return Data(from_now_on=True)
        if "dataPeriod" not in body:
            if undated:
                raise Inexpressible("undated_only", path)
            return None
        return Data(span(part(body, "dataPeriod"), f"{path}.dataPeriod"), undated)


def _modified(whole: object, known: set[int]) -> Iterator[str]:
    """Every modifier that stands where nobody looked at it."""
    open_ends = [(whole, "Consent")]
    while open_ends:
        value, path = open_ends.pop()
        if isinstance(value, dict):
            if "modifierExtension" in value and id(value) not in known:
                yield path
            open_ends.extend((inner, f"{path}.{name}") for name, inner in value.items())
        elif isinstance(value, list):
            open_ends.extend((inner, path) for inner in value)


# ---------------------------------------------------------------------------------------------------- small values


def coding(body: Body) -> tuple[str, str]:
    """A code and its system; empty where one is missing."""
    return word(body, "system") or "", word(body, "code") or ""


def concepts(written: list[Body]) -> list[tuple[str, str]]:
    """The codes of concepts. One with no code, or with several that may differ, is a code that nobody knows."""
    found = []
    for one in written:
        codes = parts(one, "coding")
        found.append(coding(codes[0]) if len(codes) == 1 else ("", ""))
    return found


def moment(value: object, path: str) -> tuple[int, int]:
    """The first moment that a FHIR date or time can mean, and the first one after it; days are Danish."""
    found = _WHEN.match(value) if isinstance(value, str) else None
    if found is None:
        raise Inexpressible("bad_time", path)
    year, month, day, clock, fraction = found.groups()
    try:
        if clock is not None:
            first = to_microseconds(datetime.fromisoformat(found[0]))
            return first, first + _SECOND // 10 ** len(fraction or "")
        begins = date(int(year), int(month or 1), int(day or 1))
        if day:
            after = date.fromordinal(begins.toordinal() + 1)
        elif month:
            after = date(begins.year + begins.month // 12, begins.month % 12 + 1, 1)
        else:
            after = date(begins.year + 1, 1, 1)
        return to_microseconds(start_of_day(begins)), to_microseconds(start_of_day(after))
    except (ValueError, OverflowError):
        raise Inexpressible("bad_time", path) from None


def span(period: Body, path: str) -> Span:
    """A period; what is not said is open."""
    begins = moment(period["start"], path)[0] if "start" in period else None
    ends = moment(period["end"], path)[1] if "end" in period else None
    if begins is not None and ends is not None and ends <= begins:
        raise Inexpressible("ends_first", path)
    return Span(begins, ends)
