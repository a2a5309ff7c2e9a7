"""Small values inside FHIR resources, read from plain JSON: moments, CPR numbers, references and concepts.

Nothing here raises on what it meets; what is not as it should be comes back as None or as a named kind.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from stdnum.dk import cpr as stdnum_cpr
from stdnum.exceptions import ValidationError

from hub.interop.fhir_read import Body

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1"
"""X-eCPR is `….1.1`, and the decentralised ones stand beside it."""

FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z")
_REPLACEMENT = re.compile(r"(\d\d)(\d\d)(\d\d)(?=[0-9A-Z]*[A-Z])[0-9A-Z]{4}\Z")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_TYPE_AND_ID = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?\Z")


def part(body: Mapping[str, object], name: str) -> Body:
    """Return a nested object, empty when there is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def parts(body: Mapping[str, object], name: str) -> list[Body]:
    """Return the nested objects of a list; one object alone counts as a list of one."""
    value = body.get(name)
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def word(body: Mapping[str, object], name: str) -> str | None:
    """Return a text without surrounding space, None when empty."""
    value = body.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


# ------------------------------------------------------------------------------------------ moments


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as FHIR writes it: the first instant it can mean, and the last."""

    first: datetime
    last: datetime


def moment(value: object) -> Moment | None:
    """Read a FHIR date, dateTime or instant; None when it is no real time.

    A year, a month or a day means the whole of it in Denmark; a time without a zone is read as Danish time.
    """
    if not isinstance(value, str):
        return None
    try:
        if match := _DATE.match(value):
            return _whole(*(int(group) if group else 0 for group in match.groups()))
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            at = at.replace(tzinfo=COPENHAGEN)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at, at)


def _whole(year: int, month: int, day: int) -> Moment:
    if year == MAXYEAR:  # nothing comes after it, and it is refused as the future anyway
        end_of_time = _midnight(date(year, month or 1, day or 1))
        return Moment(end_of_time, end_of_time)
    if day:
        first, after = date(year, month, day), date(year, month, day) + timedelta(days=1)
    elif month:
        first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    else:
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
    return Moment(_midnight(first), _midnight(after) - timedelta(microseconds=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=COPENHAGEN).astimezone(UTC)


def day_of(value: object) -> date | None:
    """Return the first day that a FHIR date can mean."""
    found = moment(value)
    return found.first.astimezone(COPENHAGEN).date() if found else None


# ---------------------------------------------------------------------------------------------- CPR


def normal_cpr(value: str) -> str | None:
    """Return a CPR number or an e-CPR in its normal form (ten characters), None when it is neither.

    Digits are judged by python-stdnum (date and century; not the check digit, which was given up in 2007). An e-CPR
    is a date and four characters of which at least one is a letter. Test numbers add 60 to the day.
    """
    compact = re.sub(r"[\s-]", "", value).upper()
    if len(compact) != 10 or not compact.isascii() or not compact[:6].isdigit():  # noqa: PLR2004 - ten characters
        return None
    day = int(compact[:2])
    real = f"{day - 60:02d}{compact[2:]}" if day > 60 else compact  # noqa: PLR2004 - the offset of test numbers
    if compact.isdigit():
        try:
            stdnum_cpr.validate(real)
        except ValidationError:
            return None
        return compact
    match = _REPLACEMENT.match(real)
    if match is None:
        return None
    try:
        date(2000 + int(match[3]) % 4, int(match[2]), int(match[1]))  # a leap year wherever one can be meant
    except ValueError:
        return None
    return compact


@dataclass(frozen=True, slots=True)
class Numbers:
    """The CPR numbers of a Patient: those that are in order, and whether one is not."""

    valid: tuple[str, ...] = field(repr=False)
    invalid: bool


def cpr_numbers(identifiers: list[Body]) -> Numbers:
    """Read CPR and e-CPR from identifiers. Numbers marked `old` are left out; a CPR number replaces an e-CPR."""
    numbers: dict[str, list[str]] = {"cpr": [], "ecpr": []}
    invalid = False
    for identifier in identifiers:
        system, value = word(identifier, "system"), word(identifier, "value")
        if system is None or value is None or identifier.get("use") == "old":
            continue
        if system in (CPR_SYSTEM, ECPR_SYSTEM) or system.startswith(f"{ECPR_SYSTEM}."):
            normal = normal_cpr(value)
            if normal is None:
                invalid = True
            elif normal not in numbers["cpr" if normal.isdigit() else "ecpr"]:
                numbers["cpr" if normal.isdigit() else "ecpr"].append(normal)
    return Numbers(tuple(numbers["cpr"] or numbers["ecpr"]), invalid)


# --------------------------------------------------------------------------------------- references


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points at."""

    kind: Literal["id", "cpr", "contained", "malformed", "other"]
    type: str | None = None
    id: str = field(default="", repr=False)

    @property
    def path(self) -> str:
        """`Type/id`, or the id alone when the type is unknown."""
        return f"{self.type}/{self.id}" if self.type else self.id


def target(reference: Body, scope: Mapping[str, str], contained: list[Body]) -> Target | None:
    """Follow a Reference as far as the resource and its Bundle allow; None when it names nothing."""
    literal = word(reference, "reference")
    if literal is None:
        return _logical(reference)
    if literal.startswith("#"):
        return _contained(literal[1:], contained)
    literal = scope.get(literal, literal)
    if literal.lower().startswith("urn:uuid:"):
        if _UUID.match(literal[9:]):
            return Target("id", word(reference, "type"), literal[9:])
        return Target("malformed")
    if match := _TYPE_AND_ID.match(literal):
        return Target("id", match[1], match[2])
    return Target("other" if ":" in literal else "malformed")


def _contained(name: str, contained: list[Body]) -> Target:
    inner = next((body for body in contained if body.get("id") == name), {})
    found = cpr_numbers(parts(inner, "identifier")).valid
    if found and inner.get("resourceType") == "Patient":
        return Target("cpr", "Patient", found[0])
    return Target("contained", word(inner, "resourceType"), name)


def _logical(reference: Body) -> Target | None:
    found = cpr_numbers([part(reference, "identifier")])
    if found.valid:
        return Target("cpr", "Patient", found.valid[0])
    if found.invalid:
        return Target("malformed")
    return Target("other", word(reference, "type")) if part(reference, "identifier") else None


# ----------------------------------------------------------------------------------------- concepts


def codings(concepts: list[Body]) -> Iterator[tuple[str, str, str | None]]:
    """Hand out (system, code, display) of every coding in the concepts."""
    for concept in concepts:
        for coding in parts(concept, "coding"):
            system, code = word(coding, "system"), word(coding, "code")
            if system is not None and code is not None:
                yield system, code, word(coding, "display")


def human_name(names: list[Body]) -> str | None:
    """Return the official name, else the first that is not old or maiden, as one line."""
    usable = [name for name in names if name.get("use") not in ("old", "maiden")] or names
    usable.sort(key=lambda name: name.get("use") != "official")
    for name in usable:
        given = name.get("given")
        words = [item for item in given if isinstance(item, str)] if isinstance(given, list) else []
        family = word(name, "family")
        whole = " ".join([*words, *([family] if family else [])]).strip()
        if whole or word(name, "text"):
            return whole or word(name, "text")
    return None
