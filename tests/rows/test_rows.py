"""The quick form of `make rows`: every row occurs and is shown in a small municipality, and a handful of rules bite."""

from collections.abc import Iterator

import pytest

from hub.vocabulary import EXISTENCE
from tests.rows.__main__ import NEVER, found_in
from tests.rows.biting import FAILED, PASSED, ROOT, Judge, switched_off
from tests.rows.playing import Played, played
from tests.rows.showing import missing, unseen
from tests.rows.table import PAGE, page, rows

FEW = (3, 12, 18, 61, 67)
"""Rows whose rules are switched off in every build; `make rows` does it with all."""


@pytest.fixture(scope="module")
def town() -> Iterator[Played]:
    """A municipality in which every small story is somebody's."""
    with played(41, 11) as found:
        yield found


def test_the_page_is_what_the_table_says() -> None:
    """docs/inventory.md is made of the table, and is made anew when the table changes."""
    assert PAGE.read_text(encoding="utf-8") == page(rows()), "run: python -m tests.rows --write"


def test_every_row_names_a_test_and_a_rule_that_are_there() -> None:
    """Each row's test stands in its file, and what is the rule stands in its module exactly once."""
    for row in rows():
        file, _, name = row.test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), row.number
        assert switched_off(row.module, row.before, row.after), row.number


def test_every_row_occurs_and_is_shown(town: Played) -> None:
    """What each row asks for happens in the municipality, and its words stand in what the command line shows."""
    table = rows()

    assert (len(table), len(table)) == found_in(table, town)


def test_every_kind_of_event_is_lived(town: Played) -> None:
    """Whatever can be recorded on a citizen is recorded on somebody in the municipality."""
    assert set() == EXISTENCE.keys() - {event.kind for event in town.events}


def test_what_never_happened_is_noticed(town: Played) -> None:
    """A row with an event that nobody recorded does not occur, and words that nobody said are not shown."""
    planted = rows()[0]._replace(events=(NEVER,))
    told = [event for event in town.events if event.kind == "citizen.hope_told"]
    unsaid = [event._replace(texts={"words": "Det sagde ingen i Nordlunde."}) for event in told]

    assert missing(planted, town.events)
    assert unseen(rows()[0], unsaid, town.screens)


def test_a_rule_that_is_switched_off_is_noticed() -> None:
    """The test of a rule fails without it, and passes with it."""
    chosen = [row for row in rows() if row.number in FEW]
    with Judge() as judge:
        for row in chosen:
            as_it_is = switched_off(row.module, row.before, row.before)
            off = switched_off(row.module, row.before, row.after)
            assert PASSED == judge.verdict([row.test], row.module, as_it_is), row.number
            assert FAILED == judge.verdict([row.test], row.module, off), row.number
