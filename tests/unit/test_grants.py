"""What lets somebody see something: until when, from when, and which items it covers."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.application.amendments import Amendment
from hub.application.grants import (
    CITIZEN_SOURCE,
    EMERGENCY_EVENTS,
    Emergency,
    Grant,
    ItemGrant,
    Task,
    lapse,
    year_later,
)
from hub.application.grants import EMERGENCY as EMERGENCY_BIT
from hub.clock import from_microseconds, to_microseconds
from hub.vocabulary import ALL_CATEGORIES
from tests.deciding import ACCESS, ANNA, CLINIC, CONSENT, EMERGENCY, HOUR, SUPPORT, THEM, US, item, uid

GRANT = Grant(CONSENT, US, 2, SUPPORT, None, None, None, 50, 50 * HOUR)
ALWAYS = (-(10**18), None, True)


def micros(*when: int) -> int:
    """An instant in UTC as the log writes it."""
    return to_microseconds(datetime(*when, tzinfo=UTC))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({}, None),
        ({"until": 5}, 5),
        ({"cap": 5}, 5),
        ({"lapses": 5}, 5),
        ({"until": 0, "cap": 7}, 0),
        ({"until": 9, "cap": 7, "lapses": 8}, 7),
        ({"until": 9, "cap": 8, "lapses": 7}, 7),
        ({"until": 6, "cap": 8, "lapses": 7}, 6),
    ],
)
def test_the_first_end_counts(ends: dict[str, int], expected: int | None) -> None:
    """Of the end that was said, the one that § 43 sets and the one of an unconfirmed consent, the first."""
    assert expected == replace(GRANT, **ends).ends


def test_a_grant_is_a_consent_unless_said() -> None:
    """Nothing else is so by itself: no cap, no lapse, not pending, no basis, no emergency, and it never changes."""
    assert (None, None, False, None, False) == (
        GRANT.cap,
        GRANT.lapses,
        GRANT.pending,
        GRANT.basis,
        GRANT.emergency,
    )
    with pytest.raises(FrozenInstanceError):
        GRANT.until = 1  # type: ignore[misc]
    assert not hasattr(GRANT, "__dict__")


def test_a_basis_and_emergency_access_rest_on_the_law() -> None:
    """A consent does not."""
    assert GRANT.law is False
    assert replace(GRANT, basis="row").law is True
    assert replace(GRANT, basis="").law is True
    assert replace(GRANT, emergency=True).law is True


def test_a_grant_can_count_from_somewhere_else() -> None:
    """Position and time change, and nothing else does."""
    assert replace(GRANT, position=7, recorded_at=8) == GRANT.since(7, 8)


@pytest.mark.parametrize(
    ("terms", "covered"),
    [
        ({}, True),
        ({"position": 51}, True),
        ({"position": 50}, False),
        ({"occurred_at": 50 * HOUR + 1}, True),
        ({"occurred_at": 50 * HOUR}, False),
        ({"occurred_at": None}, False),
        ({"imported": True}, False),
    ],
)
def test_from_now_on(terms: dict[str, Any], covered: bool) -> None:
    """Without a window: later in the log and later in time, both exclusive; no import and nothing undated."""
    assert covered is GRANT.covers(item(**terms))


@pytest.mark.parametrize(
    ("window", "moment", "covered"),
    [
        ((5, 9, False), 4, False),
        ((5, 9, False), 5, True),
        ((5, 9, False), 8, True),
        ((5, 9, False), 9, False),
        ((5, None, False), 9, True),
        ((5, None, False), 4, False),
        ((5, None, False), None, False),
        ((5, 9, True), None, True),
        ((-5, 0, False), -1, True),
        ((-5, 0, False), 0, False),
    ],
)
@pytest.mark.parametrize("terms", [{}, {"position": 1}, {"imported": True}])
def test_a_window(window: Any, moment: int | None, covered: bool, terms: dict[str, Any]) -> None:
    """From its begin until its end exclusive, whenever it was recorded; undated facts where it says so."""
    assert covered is replace(GRANT, window=window).covers(item(occurred_at=moment, **terms))


@pytest.mark.parametrize("source", [None, US, THEM])
def test_no_sources_are_all_sources(source: Any) -> None:
    """A consent that names nobody covers what anybody recorded."""
    assert GRANT.covers_source(item(source=source)) is True


def test_sources_that_are_named_are_the_only_ones() -> None:
    """The citizen is named by an id of its own; everybody who corrected the item must be named too."""
    ours = replace(GRANT, sources=frozenset({US, CITIZEN_SOURCE}))

    assert uid(0) == CITIZEN_SOURCE
    assert ours.covers_source(item(source=US)) is True
    assert ours.covers_source(item()) is True
    assert ours.covers_source(item(source=THEM)) is False
    assert ours.covers_source(item(), Amendment(sources=(US, None))) is True
    assert ours.covers_source(item(), Amendment(sources=(US, THEM))) is False
    assert ours.covers(item(source=THEM)) is False
    assert ours.covers(item(), Amendment(sources=(THEM,))) is False
    assert replace(GRANT, sources=frozenset({US})).covers_source(item()) is False
    assert replace(GRANT, sources=frozenset()).covers_source(item()) is False


def test_every_time_must_be_covered() -> None:
    """The original time and each corrected one."""
    windowed = replace(GRANT, window=(5, 9, False))

    assert windowed.covers(item(occurred_at=6), Amendment(times=((7, None), (8, US)))) is True
    assert windowed.covers(item(occurred_at=6), Amendment(times=((7, None), (9, US)))) is False
    assert windowed.covers(item(occurred_at=6), Amendment(times=((4, None), (7, US)))) is False
    assert windowed.covers(item(occurred_at=4), Amendment(times=((6, None),))) is False


@pytest.mark.parametrize(
    ("event", "covered"),
    [
        ("citizen.contact_person_assigned", True),
        ("citizen.contact_person_ended", True),
        ("citizen.crisis_agreement_made", True),
        ("citizen.treatment_noted", True),
        ("citizen.hope_told", False),
        ("citizen.coordinator_assigned", False),
    ],
)
def test_emergency_access_covers_its_events_and_no_others(event: str, covered: bool) -> None:
    """Whenever recorded, by anybody, undated and imported too."""
    access = Emergency(US, ANNA, 99).grant(ACCESS)

    for terms in ({}, {"position": 0, "imported": True, "occurred_at": None, "source": CLINIC}):
        assert covered is access.covers(
            item(event=event, **terms), Amendment(sources=(None,), times=((None, None),))
        )
    assert 4 == len(EMERGENCY_EVENTS)


def test_emergency_access_is_a_grant_for_one_purpose() -> None:
    """Every category, the purpose emergency alone, any source, until it ends; by law."""
    expected = Grant(ACCESS, US, ALL_CATEGORIES, EMERGENCY, None, None, 99, 0, 0, emergency=True)

    assert expected == Emergency(US, ANNA, 99).grant(ACCESS)
    assert EMERGENCY == EMERGENCY_BIT
    assert (0, 0) == (expected.position, expected.recorded_at)
    assert (99, True) == (expected.ends, expected.law)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((2026, 3, 1, 12), (2026, 3, 31, 11)),  # the clocks went forward on 29 March
        ((2026, 10, 1, 12), (2026, 10, 31, 13)),
        ((2026, 6, 1, 12), (2026, 7, 1, 12)),
    ],
)
def test_a_spoken_consent_waits_thirty_days(given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """It lapses at the same time of day in Denmark, thirty days later."""
    assert micros(*expected) == lapse(micros(*given))


@pytest.mark.parametrize(
    ("given", "expected"),
    [((2026, 3, 1, 12), (2027, 3, 1, 12)), ((2028, 2, 29, 12), (2029, 2, 28, 12))],
)
def test_section_43_allows_one_year(given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """The same time of day a year later; from 29 February it is 28 February."""
    assert micros(*expected) == year_later(micros(*given))
    assert from_microseconds(year_later(micros(*given))).year == expected[0]


def test_an_item_grant_is_plain_unless_said() -> None:
    """Nothing had been said of the item, and its text was not approved as a whole; none of them ever changes."""
    plain = ItemGrant("text", frozenset())

    assert (Amendment(), False) == (plain.amended, plain.whole)
    for each, name in (
        (plain, "how"),
        (Task(US, ANNA, 1, "relation"), "role"),
        (Emergency(US, ANNA, 9), "until"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(each, name, "text")
        assert not hasattr(each, "__dict__")
