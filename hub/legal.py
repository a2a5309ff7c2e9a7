"""The table of legal bases: data, read from `legal_bases.toml` and checked column by column.

A row permits nothing by itself: it is registered for a citizen and an organisation, and counts once that
organisation's own lawyer has confirmed the row.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hub.errors import Misconfigured, NotFound
from hub.vocabulary import Sector

FILE: Final = Path(__file__).with_name("legal_bases.toml")
_ID: Final = re.compile(r"[a-z]+(-[0-9a-z]+)+")
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "force": ("duty", "may"),
    "way": ("pushed", "fetched"),
    "use": ("one_off", "standing"),
    "decides": ("holder", "receiver", "both"),
    "told": ("before", "after", "on_request"),
}
_YES_NO: Final = ("needs_writing", "writing_waivable", "bound_to_case", "may_object")
_COLUMNS: Final = frozenset({"id", "name", "paragraph", "from", "to", "maximum_days", *_CHOICES, *_YES_NO})


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One row: by what law, from whom to whom, and under which conditions."""

    id: str
    name: tuple[str, str]
    """In Danish and in English."""
    paragraph: str
    gives: frozenset[Sector] | None
    """The sectors it may come from; None for any."""
    takes: frozenset[Sector] | None
    """The sectors it may go to; None for any."""
    force: str
    way: str
    use: str
    maximum_days: int | None
    needs_writing: bool
    writing_waivable: bool
    bound_to_case: bool
    may_object: bool
    decides: str
    told: str

    @property
    def duty(self) -> bool:
        """Whether the holder must hand over what it is about."""
        return self.force == "duty"

    @property
    def standing(self) -> bool:
        """Whether it can be registered for a time: what is no duty, and not for one disclosure alone."""
        return self.use == "standing" and not self.duty

    def from_sector(self, sector: str) -> bool:
        """Whether an organisation of the sector may give under it."""
        return self.gives is None or sector in self.gives

    def to_sector(self, sector: str) -> bool:
        """Whether an organisation of the sector may receive under it."""
        return self.takes is None or sector in self.takes


@cache
def legal_bases() -> Mapping[str, LegalBasis]:
    """The table that is shipped, by id, in its order."""
    return read_table(FILE)


def legal_basis(row: str) -> LegalBasis:
    """One row; refused when there is none."""
    found = legal_bases().get(row)
    if found is None:
        raise NotFound("There is no such row in the table of legal bases: hub basis list shows them.")
    return found


def read_table(path: Path) -> Mapping[str, LegalBasis]:
    """Read a table; what is wrong is told with its row and column."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Misconfigured(f"{path.name} cannot be read as TOML: put the file right.") from None
    rows = found.get("basis")
    if set(found) != {"basis"} or not isinstance(rows, list) or not rows:
        raise Misconfigured(f"{path.name} holds rows of [[basis]] and nothing else: put the file right.")
    table: dict[str, LegalBasis] = {}
    for number, row in enumerate(rows, 1):
        made = _Row(f"{path.name}, row {number}", row).read()
        if made.id in table:
            raise Misconfigured(f"{path.name}, row {number}: the id is used twice, so give it another.")
        table[made.id] = made
    return MappingProxyType(table)


class _Row:
    """One row while it is read; every refusal names the column."""

    def __init__(self, where: str, row: dict[str, Any]) -> None:
        self._row = row
        self._where = f"{where} ({row['id']})" if isinstance(row.get("id"), str) else where
        for column in sorted(_COLUMNS ^ set(row)):
            raise self._wrong(column, "is missing" if column in _COLUMNS else "is no column")

    def read(self) -> LegalBasis:
        """The row, when every column holds what it should."""
        if not isinstance(self._row["id"], str) or not _ID.fullmatch(self._row["id"]):
            raise self._wrong("id", "is not written like retssikkerhedsloven-11c")
        choices = {column: self._choice(column) for column in _CHOICES}
        flags = {column: self._flag(column) for column in _YES_NO}
        days = self._row["maximum_days"]
        if not isinstance(days, int) or isinstance(days, bool) or days < 0:
            raise self._wrong("maximum_days", "is no number of days (0: no end)")
        if choices["force"] == "duty" and choices["use"] == "standing":
            raise self._wrong("use", "is standing, and a duty is one_off")
        if choices["use"] == "one_off" and days:
            raise self._wrong("maximum_days", "is given, and what is one_off lasts no time (0)")
        if flags["writing_waivable"] and not flags["needs_writing"]:
            raise self._wrong("writing_waivable", "is true where nothing needs writing")
        return LegalBasis(
            id=self._row["id"],
            name=self._name(),
            paragraph=self._text("paragraph", self._row["paragraph"]),
            gives=self._sectors("from"),
            takes=self._sectors("to"),
            maximum_days=days or None,
            force=choices["force"],
            way=choices["way"],
            use=choices["use"],
            decides=choices["decides"],
            told=choices["told"],
            needs_writing=flags["needs_writing"],
            writing_waivable=flags["writing_waivable"],
            bound_to_case=flags["bound_to_case"],
            may_object=flags["may_object"],
        )

    def _choice(self, column: str) -> str:
        if self._row[column] not in _CHOICES[column]:
            raise self._wrong(column, f"is none of {', '.join(_CHOICES[column])}")
        return str(self._row[column])

    def _flag(self, column: str) -> bool:
        if not isinstance(self._row[column], bool):
            raise self._wrong(column, "is neither true nor false")
        return bool(self._row[column])

    def _text(self, column: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self._wrong(column, "is no line of text")
        return value

    def _name(self) -> tuple[str, str]:
        name = self._row["name"]
        if not isinstance(name, dict) or set(name) != {"da", "en"}:
            raise self._wrong("name", "is not given in both languages, as { da = …, en = … }")
        return self._text("name", name["da"]), self._text("name", name["en"])

    def _sectors(self, column: str) -> frozenset[Sector] | None:
        named = self._row[column]
        if named == ["any"]:
            return None
        if not isinstance(named, list) or not named or not all(each in list(Sector) for each in named):
            raise self._wrong(column, f'is neither ["any"] nor a list of sectors ({", ".join(Sector)})')
        return frozenset(map(Sector, named))

    def _wrong(self, column: str, what: str) -> Misconfigured:
        return Misconfigured(f"{self._where}: {column} {what}. Put the row right.")
