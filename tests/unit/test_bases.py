"""Legal bases that are registered, and disclosures that are written down."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.aggregates import Consents, Window
from hub.clock import wall_clock_later
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.legal import legal_basis
from tests.acting import (
    AT,
    AUTHORITY,
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    SECTORS,
    as_citizen,
    as_hub,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)

PLAN = legal_basis("serviceloven-141")
"""From the authority to the provider, in writing, for one case, a year at most; the citizen may object."""
DISCHARGE, DUTY, ONCE = map(
    legal_basis, ("psykiatriloven-13a", "retssikkerhedsloven-11c", "retsplejeloven-115")
)
BASIS, OTHER = uid(81), uid(82)
MOMENT = timedelta(microseconds=1)
YEAR = wall_clock_later(AT, days=365)
TERMS: dict[str, Any] = {
    "sector": SECTORS[PROVIDER],
    "categories": frozenset({"plan"}),
    "purposes": frozenset({"support"}),
    "sources": {AUTHORITY: SECTORS[AUTHORITY]},
    "case": "2026-117",
    "in_writing": True,
}


@pytest.fixture
def book() -> Consents:
    """A book with one basis registered."""
    book = Consents.begin(CITIZEN, as_citizen())
    book.collect_events()
    book.register_basis(BASIS, PLAN, PROVIDER, at_partner(), **TERMS)
    return book


def test_a_basis_says_what_to_whom_from_whom_and_why(book: Consents) -> None:
    """All terms are recorded; without an end, the longest that the row allows."""
    event = only(book)

    assert (BASIS, PLAN.id, PROVIDER, "plan", "support") == (
        event.registration, event.basis, event.partner, event.categories, event.purposes,
    )  # fmt: skip
    assert ((AUTHORITY,), YEAR, "2026-117", True) == (
        event.sources,
        event.until,
        event.case,
        event.in_writing,
    )


def test_only_what_is_standing_is_registered(book: Consents) -> None:
    """A duty never, nor what is for one disclosure: both say where they belong."""
    with refuses(NotPermitted, book, "A duty is a one-off disclosure.*hub basis disclose"):
        book.register_basis(OTHER, DUTY, PROVIDER, at_partner(), **TERMS)
    with refuses(NotPermitted, book, "one disclosure at a time.*hub basis disclose"):
        book.register_basis(OTHER, ONCE, PROVIDER, at_partner(), **TERMS)


@pytest.mark.parametrize("act", [as_citizen(), as_hub(), as_representative()])
def test_staff_register(book: Consents, act: Any) -> None:
    """The citizen consents instead; the hub registers nothing."""
    with refuses(NotPermitted, book, "works at a partner"):
        book.register_basis(OTHER, PLAN, PROVIDER, act, **TERMS)


@pytest.mark.parametrize(
    ("kind", "match", "terms"),
    [
        (NotPermitted, "not for this kind", {"sector": SECTORS[JOBCENTRE]}),
        (NotPermitted, "one of the sources", {"sources": {JOBCENTRE: SECTORS[JOBCENTRE]}}),
        (NotFound, "--source", {"sources": {}}),
        (NotFound, "--source", {"sources": None}),
        (BadInput, "--until", {"until": AT}),
        (BadInput, "365 days at most", {"until": YEAR + MOMENT}),
        (BadInput, "bound to a case", {"case": None}),
        (BadInput, "one line", {"case": "a\nb"}),
        (BadInput, "in writing", {"in_writing": False}),
        (BadInput, "window", {"window": Window(AT, AT)}),
        (BadInput, "categories", {"categories": frozenset()}),
        (BadInput, "purposes", {"purposes": frozenset({"emergency"})}),
        (NotPermitted, "never", {"purposes": frozenset({"criminal_investigation"})}),
    ],
)
def test_a_basis_beyond_its_row_is_refused(
    book: Consents, kind: Any, match: str, terms: dict[str, Any]
) -> None:
    """The wrong sector on either side, too long, no case, not in writing, or terms that make no sense."""
    with refuses(kind, book, match):
        book.register_basis(OTHER, PLAN, PROVIDER, at_partner(), **{**TERMS, **terms})


def test_writing_is_waived_only_where_the_law_says_so_and_with_a_reason(book: Consents) -> None:
    """Where it may be waived, words say why."""
    waivable, loose = replace(PLAN, writing_waivable=True), {**TERMS, "in_writing": False}
    with refuses(BadInput, book, "say why"):
        book.register_basis(OTHER, waivable, PROVIDER, at_partner(), **loose)
    book.register_basis(OTHER, waivable, PROVIDER, at_partner(), **loose, words=words("contact"))

    assert not only(book).in_writing


def test_a_row_from_anybody_needs_no_source(book: Consents) -> None:
    """Then its registration names none; one without a longest time may have no end."""
    book.collect_events()
    row = replace(PLAN, gives=None, maximum_days=None, bound_to_case=False)
    book.register_basis(OTHER, row, PROVIDER, at_partner(), **{**TERMS, "sources": None, "case": None})
    event = only(book)

    assert (None, None, None) == (event.sources, event.until, event.case)


def test_a_registration_has_an_id_of_its_own(book: Consents) -> None:
    """The id is not used again, also not when it has ended."""
    for _ in range(2):
        with refuses(WrongStatus, book, "id of its own"):
            book.register_basis(BASIS, PLAN, PROVIDER, at_partner(), **TERMS)
        if BASIS in book.bases:
            book.end_basis(BASIS, at_partner())


def test_staff_end_a_basis_and_the_citizen_where_the_law_lets_them_object(book: Consents) -> None:
    """Otherwise the citizen is told of the block, and the hub and representatives end nothing."""
    book.register_basis(OTHER, PLAN, PROVIDER, at_partner(), **TERMS)
    with refuses(NotPermitted, book, "block"):
        book.end_basis(BASIS, as_citizen())
    for act in (as_hub(), as_representative()):
        with refuses(NotPermitted, book):
            book.end_basis(BASIS, act, may_object=True)
    book.end_basis(BASIS, as_citizen(), may_object=True)
    assert (BASIS, PROVIDER, "ended") == ((event := only(book)).registration, event.partner, event.reason)
    book.end_basis(OTHER, at_partner(PROVIDER))
    with refuses(WrongStatus, book, "already"):
        book.end_basis(BASIS, at_partner())
    with refuses(NotFound, book, "no such registration"):
        book.end_basis(uid(83), at_partner())


def test_a_basis_ends_with_its_time_once(book: Consents) -> None:
    """At its exclusive end, and not one moment before; a death ends none."""
    book.collect_events()
    book.expire(as_hub(YEAR - MOMENT))
    book.expire(as_hub(YEAR), reason="death")
    assert [] == list(book.collect_events())
    book.expire(as_hub(YEAR))
    assert (BASIS, "time") == ((event := only(book)).registration, event.reason)
    book.expire(as_hub(YEAR))
    assert [] == list(book.collect_events())


def test_a_disclosure_is_itemised_and_opens_nothing(book: Consents) -> None:
    """It says to whom, by which row, whether it was a duty, and each item; no grant and no basis come of it."""
    before = (dict(book.grants), dict(book.bases))
    book.record_disclosure(
        DUTY,
        AUTHORITY,
        at_partner(PROVIDER),
        sector=SECTORS[AUTHORITY],
        disclosed=(uid(1), uid(2)),
        text=words(),
    )
    *_, event = book.collect_events()

    assert (AUTHORITY, DUTY.id, True, (uid(1), uid(2))) == (
        event.partner, event.basis, event.duty, event.disclosed,
    )  # fmt: skip
    assert before == (book.grants, book.bases)


def test_a_disclosure_beyond_its_row_is_refused(book: Consents) -> None:
    """From or to the wrong sector, to oneself, of nothing, or by somebody who works nowhere."""
    to = {"sector": SECTORS[AUTHORITY], "disclosed": (uid(1),)}
    for kind, match, row, partner, act, terms in (
        (
            NotPermitted,
            "not for this kind",
            DISCHARGE,
            JOBCENTRE,
            at_partner(),
            {**to, "sector": "jobcentre"},
        ),
        (NotPermitted, "one of the sources", DISCHARGE, AUTHORITY, at_partner(JOBCENTRE), to),
        (BadInput, "another organisation", DUTY, AUTHORITY, at_partner(), to),
        (BadInput, "itemised", DUTY, AUTHORITY, at_partner(PROVIDER), {**to, "disclosed": ()}),
        (NotPermitted, "works at a partner", DUTY, AUTHORITY, as_citizen(), to),
    ):
        with refuses(kind, book, match):
            book.record_disclosure(row, partner, act, **terms)  # type: ignore[arg-type]
