"""A field's value in words, as every surface shows it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from orjson import loads

from hub.application.access import GONE
from hub.application.redact import day_of
from hub.clock import copenhagen_day, from_microseconds, start_of_day
from hub.legal import legal_bases
from hub.texts import CATEGORIES, PURPOSES, VALUES, day_text, moment_text, say, until_text, word, words
from hub.wording import FIELDS

REFERENCES: Final = frozenset({
    "access", "agreement", "block", "consent", "consents", "disclosed", "goal", "grants", "handover", "hope", "item",
    "items", "notice", "registration", "representative", "subject", "support", "task",
})  # fmt: skip
"""Fields that hold ids of things: shown where references are asked for."""

WHEN_YES: Final = frozenset({"section_43", "duty", "call_back", "together", "undecided", "job_at_risk"})
"""Fields that say something only where they are yes."""
_FEW: Final = 3
"""How many days stand in a line before they become a span."""
_VOCABULARY: Final = {
    "categories": CATEGORIES, "purposes": PURPOSES, "purpose": PURPOSES, "scope": CATEGORIES, "add": CATEGORIES,
    "remove": CATEGORIES, "field": FIELDS,
}  # fmt: skip


def as_uuid(text: str) -> UUID | None:
    """An id, or None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def harmless(text: str) -> str:
    """Text without what a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "·" for letter in text)


def ids_in(value: Any) -> set[UUID]:
    """Every id in an entry's fields."""
    if isinstance(value, str):
        return {found} if len(value) == 36 and (found := as_uuid(value)) else set()  # noqa: PLR2004 - a uuid
    if isinstance(value, dict):
        return set().union(*(ids_in(each) for key, each in value.items() if key != "text"))
    return set().union(*(ids_in(each) for each in value)) if isinstance(value, list) else set()


def shown_value(field: str, value: Any, names: dict[UUID, str]) -> str:
    """A field's value in words."""
    if isinstance(value, dict):
        return structured(value)
    if isinstance(value, bool):
        return say("ja", "yes") if value else say("nej", "no")
    if isinstance(value, list):
        return ", ".join(shown_value(field, each, names) for each in value)
    return _in_words(field, value, names) if isinstance(value, str) else str(value)


def _in_words(field: str, value: str, names: dict[UUID, str]) -> str:
    identity = as_uuid(value)
    if identity is not None:
        return names.get(identity, value)
    if field == "basis":
        return _law(value)
    if field == "value":
        return _corrected(value, names)
    if field in _VOCABULARY:
        return words(_VOCABULARY[field], value)
    return _dated(field, value) or word(VALUES, value)


def _law(row: str) -> str:
    """A row of the table of legal bases, by its paragraph and name."""
    found = legal_bases().get(row)
    return row if found is None else f"{found.paragraph}, {say(*found.name)}"


def _corrected(value: str, names: dict[UUID, str]) -> str:
    """A corrected value, which its event holds as JSON: a day, a moment, yes or no, a word; others as they are."""
    try:
        found = loads(value)
    except ValueError:
        return value
    if type(found) is int:
        return moment_text(from_microseconds(found))
    return shown_value("corrected", found, names)


def events_text(number: int) -> str:
    """So many events."""
    return say(
        f"{number} hændelse{'' if number == 1 else 'r'}", f"{number} event{'' if number == 1 else 's'}"
    )


def undated_text(moment: int | None) -> str:
    """The day of a moment (microseconds), or that there is none."""
    found = day_of(moment)
    return say("uden dato", "undated") if found is None else day_text(date.fromisoformat(found))


def days_text(moments: Iterable[int | None]) -> str:
    """The days of several moments: each of a few, or the first and the last."""
    found = list(moments)
    days = sorted({day for one in found if (day := day_of(one)) is not None})
    told = [day_text(date.fromisoformat(day)) for day in days]
    undated = [undated_text(None)] if None in found else []
    return ", ".join([*(told if len(told) <= _FEW else [f"{told[0]} – {told[-1]}"]), *undated])


def structured(value: dict[str, Any]) -> str:
    """A text with its labels, a window, or labels alone."""
    if value.get("text") == GONE:
        return f"[{say('teksten er væk', 'the text is gone')}] ({words(CATEGORIES, value.get('labels', []))})"
    if "text" in value:
        return f"“{value['text']}” ({words(CATEGORIES, value.get('labels', []))})"
    if "happened_from" in value:
        ends = value.get("happened_to")
        begins = value["happened_from"]
        first = from_microseconds(begins) if isinstance(begins, int) else datetime.fromisoformat(begins)
        last = from_microseconds(ends) if isinstance(ends, int) else ends and datetime.fromisoformat(ends)
        until = f" {until_text(last)}" if last else ""
        undated = say(", også uden dato", ", undated too") if value.get("include_undated") else ""
        return f"{say('fra', 'from')} {day_text(copenhagen_day(first))}{until}{undated}"
    return words(CATEGORIES, value.get("labels", []))


def _dated(field: str, value: str) -> str | None:
    try:
        if len(value) == 10:  # noqa: PLR2004 - a day
            return day_text(date.fromisoformat(value))
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if field != "until":
        return moment_text(found)
    if start_of_day(copenhagen_day(found)) == found:
        return until_text(found)
    return f"{say('indtil', 'until')} {moment_text(found)}"
