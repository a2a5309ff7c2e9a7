"""The table of things due: what it must hold, and how it says what is wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.due import FILE, NOTICE, ROWS, THIS, DueClock, DueRule, EventOf, as_day, due_table, read_due_table
from hub.errors import Misconfigured
from hub.working_days import is_working_day, working_days_later
from tests.due_told import latest

RULE: dict[str, Any] = {
    "id": "wish",
    "rows": [12],
    "opens": ["citizen.wish_made"],
    "resolves": ["citizen.wish_answered"],
    "matter": "wish",
    "who": ["coordinator"],
    "clock": {"working_days": 10},
    "hard_period": "as_ever",
    "says": {"da": "Et ønske venter.", "en": "A wish waits."},
}
HARD = 'hard_period = { opens = ["citizen.hard_period_marked"], resolves = [], matter = "period", until = "until" }'


def value(found: Any) -> str:
    """A value as TOML."""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dict):
        return "{ " + ", ".join(f"{name} = {value(each)}" for name, each in found.items()) + " }"
    if isinstance(found, list):
        return "[" + ", ".join(map(value, found)) + "]"
    return f'"{found}"' if isinstance(found, str) else str(found)


def table(folder: Path, *rows: dict[str, Any], hard: str = HARD) -> Path:
    """A table as a file."""
    path = folder / "due.toml"
    lines = [line for row in rows for line in ("[[rule]]", *(f"{n} = {value(v)}" for n, v in row.items()))]
    path.write_text("\n".join([hard, *lines]), encoding="utf-8")
    return path


def test_the_table_reads(tmp_path: Path) -> None:
    """One rule, written out, is read as it stands."""
    found = read_due_table(table(tmp_path, RULE)).rules["wish"]
    assert (12,) == found.rows
    assert (EventOf("citizen.wish_made", "wish"),) == found.opens
    assert DueClock(working_days=10) == found.clock


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "Wish!"}, "id is not written like"),
    ({"rows": [113]}, "rows holds no rows of the inventory"),
    ({"rows": []}, "rows holds no rows of the inventory"),
    ({"opens": []}, "opens names no event"),
    ({"opens": ["citizen.nothing"]}, "opens names an event that the hub does not have"),
    ({"opens": [{"when": {}}]}, "opens has an event that is neither a name"),
    ({"opens": [{"event": "citizen.wish_made", "when": 3}]}, "opens has a `when` that is no"),
    ({"opens": "citizen.wish_made"}, "opens is no list"),
    ({"resolves": [{"event": "citizen.wish_answered", "why": "x"}]}, "resolves has an event that is neither"),
    ({"who": ["everybody"]}, "who names somebody who is none of"),
    ({"who": ["citizen", "coordinator"]}, "who names others beside the citizen"),
    ({"who": ["named"]}, "the column names names no field"),
    ({"who": ["person"]}, "the column person names no field"),
    ({"question": True}, "question is for the citizen alone"),
    ({"question": "yes"}, "question is neither true nor false"),
    ({"clock": {}}, "clock is not written with"),
    ({"clock": {"weeks": 2}}, "clock is not written with"),
    ({"clock": {"days": -1}}, "clock is no number of days"),
    ({"clock": {"days": True}}, "clock is no number of days"),
    ({"clock": {"days": 1, "working_days": 1}}, "clock says two things at once"),
    ({"clock": {"before": 2}}, "clock says before, and of no field"),
    ({"clock": {"field": ""}}, "clock is no line of text"),
    ({"hard_period": "softly"}, "hard_period is none of"),
    ({"hard_period": "later"}, "later_days goes with hard_period = later"),
    ({"later_days": 3}, "later_days goes with hard_period = later"),
    ({"says": {"da": "Et ønske."}}, "says is not given in both languages"),
    ({"says": {"da": "Et ønske", "en": "A wish"}}, "says is no whole sentence"),
    ({"matter": 3}, "matter is no line of text"),
    ({"ahead": "soon"}, "ahead is no number of days"),
    ({"colour": "red"}, "colour is no column"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_column(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """A rule that makes no sense is refused when the table is read, with the rule, the column and what to do."""
    with pytest.raises(Misconfigured) as caught:
        read_due_table(table(tmp_path, {**RULE, **change}))
    assert said in str(caught.value)
    assert str(caught.value).startswith("due.toml, rule 1")
    assert str(caught.value).endswith("Put the row right.")


@pytest.mark.parametrize("column", [name for name in RULE if name != "matter"])
def test_a_column_that_is_missing_is_named(tmp_path: Path, column: str) -> None:
    """Every column that is needed is missed by its name."""
    with pytest.raises(Misconfigured, match=f"{column} is missing"):
        read_due_table(table(tmp_path, {name: found for name, found in RULE.items() if name != column}))


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """No TOML, no rules, a rule twice, or no hard period: each is a sentence."""
    path = tmp_path / "due.toml"
    for text, said in (
        ("rule = [", "cannot be read as TOML"),
        ("", "holds [hard_period]"),
        (HARD, "[[rule]]"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Misconfigured) as caught:
            read_due_table(path)
        assert said in str(caught.value)
    with pytest.raises(Misconfigured, match="used twice"):
        read_due_table(table(tmp_path, RULE, RULE))
    with pytest.raises(Misconfigured, match="until is missing"):
        read_due_table(
            table(tmp_path, RULE, hard='hard_period = { opens = [], resolves = [], matter = "x" }')
        )
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_due_table(tmp_path / "nowhere.toml")


# ------------------------------------------------------------------------------------------------ what is shipped

AGAIN = {"actor", "recorder", THIS}


def fields(event: str) -> set[str]:
    """The fields that an event's schema has."""
    return {field.name for field in latest(event).fields}


@pytest.mark.parametrize("rule", due_table().rules.values(), ids=lambda rule: rule.id)
def test_every_field_that_a_rule_names_is_in_the_schema(rule: DueRule) -> None:
    """What the table says of an event is there in the event as it is published."""
    for what, each in rule.events:
        if each.event == NOTICE:
            continue
        has = fields(each.event)
        assert {name for name, _ in each.when} - {"role"} <= has, each
        assert each.field is None or each.field in has, each
        if what in ("opens", "moves"):
            named = {name for name in (rule.names, rule.person, *rule.but_not) if name}
            assert what == "moves" or named <= has, each
        if what == "opens" and each.matter not in AGAIN:
            assert each.matter in has, each
    assert (
        any(each.matter in fields(each.event) | AGAIN for what, each in rule.events if what == "resolves")
        or not rule.resolves
    )


def test_what_the_issue_names_has_a_rule() -> None:
    """Receipts, replies, follow-ups, agreements, purges, transitions and reviews are all in the table."""
    rows = {row for rule in due_table().rules.values() for row in rule.rows}
    assert (
        {7, 12, 18, 38, 41, 45, 47, 53, 56, 58, 60, 61, 63, 65, 66, 67, 88, 98, 107, 111} <= rows <= set(ROWS)
    )
    names = set(due_table().rules)
    assert {
        "purge",
        "emergency",
        "spoken-consent",
        "consent-ends",
        "strength",
        "correction",
        "barrier",
    } <= names


def test_what_ends_a_consent_is_a_question_and_never_red() -> None:
    """No rule about consents is on anybody's list but the citizen's, but for the purge that a partner owes."""
    for rule in due_table().rules.values():
        about = {each.event for each in rule.opens}
        if about & {"consents.given", "consents.narrowed", "consents.renewed"}:
            assert ("citizen",) == rule.who
            assert rule.question
            assert not rule.red


def test_the_file_explains_every_column() -> None:
    """Whoever opens the table finds each of its columns in words at its top."""
    head = FILE.read_text(encoding="utf-8").split("[hard_period]")[0]
    used = {"id", "rows", "opens", "resolves", "who", "clock", "hard_period", "says", "matter", "moves", "again",
            "after", "names", "person", "but_not", "repeats", "question", "red", "ahead", "history"}  # fmt: skip
    assert not {name for name in used if f"#   {name}" not in head}


# ------------------------------------------------------------------------------------------------------------ days


def test_working_days_leave_out_weekends_and_holidays() -> None:
    """Three working days after the Wednesday before Easter end on the Thursday after it."""
    assert date(2026, 4, 9) == working_days_later(date(2026, 4, 1), 3)
    assert date(2026, 3, 9) == working_days_later(date(2026, 3, 6), 1)
    assert date(2026, 3, 6) == working_days_later(date(2026, 3, 6), 0)


def test_danish_holidays() -> None:
    """The holidays that the law names are none of them working days; Great Prayer Day is one again from 2024."""
    for day in (
        "2026-01-01",
        "2026-04-02",
        "2026-04-03",
        "2026-04-06",
        "2026-05-14",
        "2026-05-25",
        "2026-12-25",
    ):
        assert not is_working_day(date.fromisoformat(day)), day
    assert not is_working_day(date(2023, 5, 5))
    assert is_working_day(date(2024, 4, 26))
    assert is_working_day(date(2026, 6, 5))


def test_the_last_day_of_what_ends_at_a_moment() -> None:
    """What ends at midnight in Copenhagen has its last day before it, however it is written."""
    assert date(2026, 3, 31) == as_day("2026-03-31T22:00:00+00:00")
    assert date(2026, 3, 31) == as_day("2026-03-31")
    assert date(2026, 3, 31) == as_day(1774994400000000)
