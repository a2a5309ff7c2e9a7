"""The end of a cooperation and the way back: nobody is left hanging, and the history goes on where it was."""

import pytest

from hub.aggregates import Citizen
from hub.aggregates.closing import Closed, CorrectionTakenIn, Reopened
from hub.aggregates.voice import SuccessTold, WishMade
from hub.errors import BadInput, NotPermitted, WrongStatus
from tests.acting import (
    PROVIDER,
    as_citizen,
    as_hub,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)
from tests.telling import citizen as enrolled

TASK, ANNE, WISH = uid(41), uid(21), uid(31)


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    return enrolled()


def test_a_cooperation_is_not_closed_over_somebodys_head(citizen: Citizen) -> None:
    """As long as anybody has a task or acts for the citizen, each of them is ended first, by its own event."""
    citizen.assign_coordinator(TASK, PROVIDER, ANNE, "coordination", at_partner())
    with refuses(WrongStatus, citizen, "end each first"):
        citizen.tell(Closed, at_partner())
    citizen.release_coordinator(at_partner())
    citizen.register_representative(uid(42), uid(23), frozenset({"plan"}), at_partner())
    with refuses(WrongStatus, citizen, "end each first"):
        citizen.tell(Closed, at_partner())
    citizen.end_representative(uid(23), at_partner())
    citizen.tell(Closed, at_partner())

    assert citizen.closed


def test_closing_shows_the_way_back(citizen: Citizen) -> None:
    """How to come back stands in the event itself, beside why it ended and the citizen's own words."""
    citizen.tell(Closed, at_partner(), way_back=words("plan"), text=words("plan"), words=words())

    assert ("plan", "plan", "wishes") == (
        (event := only(citizen)).way_back.labels,
        event.text.labels,
        event.words.labels,
    )


def test_the_citizen_closes_no_case(citizen: Citizen) -> None:
    """Closing is the work of those who help; the citizen withdraws and says no, one thing at a time."""
    for act in (as_citizen(), as_representative(), as_hub()):
        with refuses(NotPermitted, citizen, "works at a partner"):
            citizen.tell(Closed, act)


def test_what_is_closed_is_closed_once(citizen: Citizen) -> None:
    """Closing twice is refused, and so is reopening what is open."""
    with refuses(WrongStatus, citizen, "nothing to reopen"):
        citizen.tell(Reopened, as_citizen())
    citizen.tell(Closed, at_partner())
    with refuses(WrongStatus, citizen, "closed"):
        citizen.tell(Closed, at_partner())


def test_after_closing_nothing_begins_until_somebody_comes_back(citizen: Citizen) -> None:
    """A hope, a task, a representative and a success wait for the reopening, and the refusal says how."""
    citizen.tell(Closed, at_partner())
    for command in (
        lambda: citizen.tell_hope(uid(32), words(), as_citizen()),
        lambda: citizen.start_relation(TASK, PROVIDER, ANNE, "support", at_partner()),
        lambda: citizen.register_representative(TASK, ANNE, frozenset({"plan"}), at_partner()),
        lambda: citizen.tell(SuccessTold, as_citizen(), words=words()),
    ):
        with refuses(WrongStatus, citizen, "hub citizen reopen"):
            command()


def test_the_citizen_comes_back_to_the_same_history(citizen: Citizen) -> None:
    """A wish that was open is still open, and nothing has to be told again."""
    citizen.tell(WishMade, as_citizen(), wish=WISH, words=words())
    citizen.tell(Closed, at_partner())
    citizen.tell(Reopened, as_citizen(), words=words())
    citizen.start_relation(TASK, PROVIDER, ANNE, "support", at_partner())

    assert [WISH] == citizen.all_in("wish", "open")
    assert not citizen.closed


def test_anybody_reopens(citizen: Citizen) -> None:
    """The way back is open to the citizen, a representative and those who help."""
    for act in (as_citizen(), as_representative(), at_partner(PROVIDER)):
        citizen.tell(Closed, at_partner())
        citizen.tell(Reopened, act)

    assert 6 == len(citizen.collect_events())


def test_who_has_died_does_not_come_back(citizen: Citizen) -> None:
    """A death closes nothing that could be reopened."""
    citizen.die(at_partner())
    for event in (Closed, Reopened):
        with refuses(WrongStatus, citizen):
            citizen.tell(event, at_partner())


def test_a_correction_is_taken_in_after_closing_and_after_a_death(citizen: Citizen) -> None:
    """Whoever read the wrong words owes that for as long as they have them, and says which correction it was."""
    with refuses(BadInput, citizen, "--about"):
        citizen.tell(CorrectionTakenIn, at_partner(PROVIDER))
    with refuses(NotPermitted, citizen, "works at a partner"):
        citizen.tell(CorrectionTakenIn, as_citizen(), about=WISH)
    citizen.tell(Closed, at_partner())
    citizen.tell(CorrectionTakenIn, at_partner(PROVIDER), about=WISH)
    citizen.tell(Reopened, at_partner())
    citizen.die(at_partner())
    citizen.tell(CorrectionTakenIn, at_partner(PROVIDER), about=WISH)

    assert 2 == sum(isinstance(event, CorrectionTakenIn) for event in citizen.collect_events())
