"""The table of legal bases."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Misconfigured, NotFound
from hub.legal import FILE, legal_bases, legal_basis, read_table
from hub.vocabulary import Sector
from tests.acting import is_a_sentence

ROW: dict[str, Any] = {
    "id": "testloven-1a",
    "name": {"da": "Prøve", "en": "Trial"},
    "paragraph": "Testloven § 1 a",
    "from": ["gp"],
    "to": ["any"],
    "force": "may",
    "way": "pushed",
    "use": "standing",
    "maximum_days": 30,
    "needs_writing": True,
    "writing_waivable": True,
    "bound_to_case": False,
    "may_object": True,
    "decides": "holder",
    "told": "before",
}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    """A table as a file."""

    def value(found: Any) -> str:
        if isinstance(found, bool):
            return str(found).lower()
        if isinstance(found, dict):
            return "{ " + ", ".join(f"{name} = {value(each)}" for name, each in found.items()) + " }"
        if isinstance(found, list):
            return "[" + ", ".join(map(value, found)) + "]"
        return f'"{found}"' if isinstance(found, str) else str(found)

    path = folder / "table.toml"
    lines = [
        line for row in rows for line in ("[[basis]]", *(f"{name} = {value(row[name])}" for name in row))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_table_holds_what_the_domain_begins_with() -> None:
    """Every law that DOMAIN names has a row, and each row is written out in full."""
    sundhed = {"sundhedsloven-41", "sundhedsloven-43-44", "sundhedsloven-43-2"}
    retssikkerhed = {"retssikkerhedsloven-11a", "retssikkerhedsloven-11c", "retssikkerhedsloven-12c"}
    psykiatri = {"psykiatriloven-13a", "psykiatriloven-13b", "psykiatriloven-13c"}
    others = {"retsplejeloven-115", "serviceloven-141", "gdpr-6-1-d"}

    assert sundhed | retssikkerhed | psykiatri | others == set(legal_bases())
    assert set(ROW) == set(tomllib.loads(FILE.read_text(encoding="utf-8"))["basis"][0])
    assert "INACTIVE until" in FILE.read_text(encoding="utf-8")


def test_a_duty_is_never_standing() -> None:
    """What the holder must hand over is one disclosure at a time, and so is what is for one alone."""
    duties = [row for row in legal_bases().values() if row.duty]

    assert {"retssikkerhedsloven-11a", "retssikkerhedsloven-11c"} == {row.id for row in duties}
    assert not any(row.standing for row in duties)
    assert not legal_basis("retsplejeloven-115").standing
    assert legal_basis("sundhedsloven-41").standing


def test_any_sector_is_every_sector(tmp_path: Path) -> None:
    """A row that is for any sector is for each of them; another only for those it names."""
    row = read_table(written(tmp_path, ROW))["testloven-1a"]

    assert all(row.to_sector(sector) for sector in Sector)
    assert [Sector.GP] == [sector for sector in Sector if row.from_sector(sector)]
    assert (30, True) == (row.maximum_days, row.standing)


def test_a_row_that_is_not_there_is_not_found() -> None:
    """Asking for it is refused in a sentence."""
    with pytest.raises(NotFound, match="hub basis list") as caught:
        legal_basis("testloven-1a")
    is_a_sentence(caught.value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "§ 41"),
        ("id", 41),
        ("name", "Prøve"),
        ("name", {"da": "Prøve"}),
        ("name", {"da": "Prøve", "en": " "}),
        ("paragraph", ""),
        ("from", []),
        ("from", "any"),
        ("to", ["any", "gp"]),
        ("to", ["police"]),
        ("force", "must"),
        ("way", "shouted"),
        ("use", "often"),
        ("decides", "nobody"),
        ("told", "never"),
        ("maximum_days", -1),
        ("maximum_days", True),
        ("maximum_days", "30"),
        ("needs_writing", "yes"),
        ("bound_to_case", 1),
        ("may_object", "no"),
    ],
)
def test_a_column_that_is_wrong_is_named(tmp_path: Path, column: str, value: Any) -> None:
    """The refusal says the row and the column, so that the file can be put right."""
    with pytest.raises(Misconfigured, match=rf"row 1.*\b{column} ") as caught:
        read_table(written(tmp_path, {**ROW, column: value}))
    assert str(caught.value).endswith("Put the row right.")


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"force": "duty"}, "use"),
        ({"use": "one_off"}, "maximum_days"),
        ({"needs_writing": False}, "writing_waivable"),
    ],
)
def test_columns_that_contradict_each_other_are_named(
    tmp_path: Path, changed: dict[str, Any], column: str
) -> None:
    """A standing duty, a length for one disclosure, and a waiver of nothing."""
    with pytest.raises(Misconfigured, match=rf"\): {column} "):
        read_table(written(tmp_path, {**ROW, **changed}))


def test_every_column_is_needed_and_no_other_is_known(tmp_path: Path) -> None:
    """A column that is forgotten or misspelt is named."""
    for column in ROW:
        with pytest.raises(Misconfigured, match=f"{column} is missing"):
            read_table(written(tmp_path, {name: value for name, value in ROW.items() if name != column}))
    with pytest.raises(Misconfigured, match="duration is no column"):
        read_table(written(tmp_path, {**ROW, "duration": 1}))


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """No TOML, nothing in it, something else in it, an id used twice: refused, each in its words."""
    path = tmp_path / "table.toml"
    for content, what in (("[[", "TOML"), ("", "rows"), ("a = 1", "rows"), ("basis = 1", "rows")):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(Misconfigured, match=what):
            read_table(path)
    with pytest.raises(Misconfigured, match="TOML"):
        read_table(tmp_path / "nowhere.toml")
    with pytest.raises(Misconfigured, match="used twice"):
        read_table(written(tmp_path, ROW, ROW))
