"""Emergency access: opened by one person with a reason, for eight hours, and reviewed by somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from hub.aggregates import Act, Actor, Consents
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import EMERGENCY_SECTORS, Role, Source
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

ACCESS, OTHER = uid(91), uid(92)
READER, SECOND, THIRD = uid(21), uid(22), uid(23)
END = AT + timedelta(hours=8)
MOMENT = timedelta(microseconds=1)
TERMS: dict[str, Any] = {"reason": words("contact"), "sectors": EMERGENCY_SECTORS, "confirmed_by": SECOND}


@pytest.fixture
def book() -> Consents:
    """A book with one emergency access, open."""
    book = Consents.begin(CITIZEN, as_citizen())
    book.collect_events()
    book.open_emergency(ACCESS, at_partner(PROVIDER, person=READER), **TERMS)
    return book


def test_it_is_one_persons_for_eight_hours(book: Consents) -> None:
    """Who reads, why, who confirmed, and when it ends by itself."""
    event = only(book)

    assert (PROVIDER, READER, SECOND, False, END) == (
        event.partner, event.person, event.confirmed_by, event.call_back, event.until,
    )  # fmt: skip
    assert words("contact") == event.reason


def test_a_call_back_stands_for_the_second_person(book: Consents) -> None:
    """One of the two there must be."""
    act = at_partner(person=THIRD)
    with refuses(BadInput, book, "second person"):
        book.open_emergency(OTHER, act, **{**TERMS, "confirmed_by": None})
    book.open_emergency(OTHER, act, **{**TERMS, "confirmed_by": None}, call_back=True)

    assert only(book).call_back


@pytest.mark.parametrize(
    "act",
    [
        as_citizen(),
        as_hub(),
        as_representative(),
        Act(Actor(Role.PARTNER, PROVIDER, sector=SECTORS[PROVIDER]), AT, AT, Source.API, uid(99)),
    ],
)
def test_nobody_but_a_person_at_a_partner_opens_it(book: Consents, act: Act) -> None:
    """Neither the citizen, the hub, a representative, nor an organisation's own system."""
    with refuses(NotPermitted, book, "one person"):
        book.open_emergency(OTHER, act, **TERMS)


def test_it_is_enabled_for_some_sectors_alone(book: Consents) -> None:
    """A jobcentre has none; nobody has where it is enabled for nobody."""
    for act, sectors in (
        (at_partner(JOBCENTRE), EMERGENCY_SECTORS),
        (at_partner(PROVIDER), frozenset[str]()),
    ):
        with refuses(NotPermitted, book, "not enabled"):
            book.open_emergency(OTHER, act, **{**TERMS, "sectors": sectors})


def test_the_second_person_is_somebody_else(book: Consents) -> None:
    """Nobody confirms their own."""
    with refuses(NotPermitted, book, "somebody else"):
        book.open_emergency(OTHER, at_partner(person=SECOND), **TERMS)


def test_a_person_has_one_at_a_time(book: Consents) -> None:
    """A second one waits until the first has ended; another person's does not."""
    act = at_partner(PROVIDER, person=READER)
    with refuses(WrongStatus, book, "already"):
        book.open_emergency(OTHER, act, **TERMS)
    with refuses(WrongStatus, book, "id of its own"):
        book.open_emergency(ACCESS, at_partner(person=THIRD), **TERMS)
    book.open_emergency(OTHER, at_partner(PROVIDER, person=THIRD), **TERMS)
    book.open_emergency(uid(93), at_partner(PROVIDER, END, person=READER), **TERMS)


def test_those_who_opened_it_close_it(book: Consents) -> None:
    """The reader or anyone who works there, before its time is up, and once."""
    for act in (at_partner(AUTHORITY), as_citizen(), as_hub()):
        with refuses(NotPermitted, book):
            book.close_emergency(ACCESS, act)
    with refuses(WrongStatus, book, "ended already"):
        book.close_emergency(ACCESS, at_partner(PROVIDER, END))
    book.close_emergency(ACCESS, at_partner(PROVIDER, END - MOMENT, person=THIRD))
    assert (ACCESS, PROVIDER, "done") == ((event := only(book)).access, event.partner, event.reason)
    with refuses(WrongStatus, book, "ended already"):
        book.close_emergency(ACCESS, at_partner(PROVIDER))
    with refuses(NotFound, book, "no such emergency"):
        book.close_emergency(OTHER, at_partner(PROVIDER))


def test_it_ends_by_itself_once(book: Consents) -> None:
    """At its exclusive end, not one moment before, and not again when it was closed."""
    book.collect_events()
    book.expire(as_hub(END - MOMENT))
    assert [] == list(book.collect_events())
    book.expire(as_hub(END))
    assert (ACCESS, "time") == ((event := only(book)).access, event.reason)
    book.expire(as_hub(END))
    assert [] == list(book.collect_events())


def test_somebody_else_reviews_it_once_when_it_has_ended(book: Consents) -> None:
    """Not the reader, not who confirmed it, nobody while it is open, and no second time."""
    text = words("contact")
    with refuses(WrongStatus, book, "still open"):
        book.review_emergency(ACCESS, at_partner(PROVIDER, person=THIRD), text=text)
    for person in (READER, SECOND):
        with refuses(NotPermitted, book, "Someone else"):
            book.review_emergency(ACCESS, at_partner(PROVIDER, END, person=person), text=text)
    with refuses(NotPermitted, book, "works at a partner"):
        book.review_emergency(ACCESS, as_citizen(END), text=text)
    book.review_emergency(ACCESS, at_partner(PROVIDER, END, person=THIRD), text=text, justified=True)
    assert (ACCESS, PROVIDER, True, text) == (
        (event := only(book)).access, event.partner, event.justified, event.text,
    )  # fmt: skip
    with refuses(WrongStatus, book, "already"):
        book.review_emergency(ACCESS, at_partner(PROVIDER, END, person=THIRD), text=text)
    book.expire(as_hub(END))


def test_it_opens_nothing_beside_itself(book: Consents) -> None:
    """No consent, no basis, and a death leaves it its own end."""
    assert ({}, {}) == (book.grants, book.bases)
    book.collect_events()
    book.expire(as_hub(END), reason="death")
    assert [] == list(book.collect_events())
