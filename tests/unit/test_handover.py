"""Handovers."""

from typing import Any

import pytest

from hub.aggregates import Handover
from hub.errors import BadInput, NotPermitted, WrongStatus
from tests.acting import (
    AUTHORITY,
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_hub,
    at_partner,
    only,
    refuses,
    uid,
    words,
)

HANDOVER, ITEM = uid(4), uid(51)
TERMS: dict[str, Any] = {
    "kind": "responsibility",
    "to_partner": JOBCENTRE,
    "items": (ITEM,),
    "grants": frozenset({uid(62), uid(61)}),
}
SENDER, RECEIVER = at_partner(PROVIDER), at_partner(JOBCENTRE)
OUTSIDERS = (at_partner(AUTHORITY), as_citizen(), as_hub())


@pytest.fixture
def handover() -> Handover:
    """A handover that was just proposed, by the provider to the jobcentre."""
    proposed = Handover.propose(HANDOVER, CITIZEN, SENDER, **TERMS)
    proposed.collect_events()
    return proposed


def test_a_proposal_says_from_whom_to_whom_and_what() -> None:
    """The sender is who acts; items and the consents they rest on are recorded."""
    event = only(Handover.propose(HANDOVER, CITIZEN, SENDER, **TERMS, knows=(PROVIDER,), text=words("plan")))

    assert (PROVIDER, JOBCENTRE, (ITEM,), (uid(61), uid(62)), (PROVIDER,)) == (
        event.from_partner,
        event.to_partner,
        event.items,
        event.grants,
        event.knows,
    )


@pytest.mark.parametrize("wrong", [{"kind": ""}, {"kind": "gossip"}, {"to_partner": PROVIDER}])
def test_a_proposal_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """Another kind, or oneself as the receiver, is refused."""
    with refuses(BadInput, match="choose"):
        Handover.propose(HANDOVER, CITIZEN, SENDER, **{**TERMS, **wrong})


def test_only_an_organisation_hands_over() -> None:
    """The citizen and the hub propose nothing."""
    for act in (as_citizen(), as_hub()):
        with refuses(NotPermitted, match="--as"):
            Handover.propose(HANDOVER, CITIZEN, act, **TERMS)


def test_the_receiver_alone_answers(handover: Handover) -> None:
    """Neither the sender nor anybody else accepts, declines or reads."""
    for act in (SENDER, *OUTSIDERS):
        for command in (
            lambda act=act: handover.accept(act),
            lambda act=act: handover.decline(words(), act),
            lambda act=act: handover.mark_read(act),
        ):
            with refuses(NotPermitted, handover):
                command()


def test_the_sender_alone_withdraws(handover: Handover) -> None:
    """The receiver declines, and withdraws nothing."""
    for act in (RECEIVER, *OUTSIDERS):
        with refuses(NotPermitted, handover):
            handover.withdraw(act)


def test_either_side_completes_what_was_accepted(handover: Handover) -> None:
    """It is accepted before it is completed; nobody else completes it; the receiver is named, whoever does."""
    with refuses(WrongStatus, handover, "accept it first"):
        handover.complete(SENDER)
    handover.accept(RECEIVER)
    for act in OUTSIDERS:
        with refuses(NotPermitted, handover):
            handover.complete(act)
    handover.collect_events()
    handover.complete(SENDER)

    assert JOBCENTRE == only(handover).to_partner


def test_a_handover_is_read_once(handover: Handover) -> None:
    """It is read while it is proposed or accepted, and once."""
    handover.mark_read(RECEIVER)
    with refuses(WrongStatus, handover, "already"):
        handover.mark_read(RECEIVER)
    handover.accept(RECEIVER)
    with refuses(WrongStatus, handover, "already"):
        handover.mark_read(RECEIVER)


@pytest.mark.parametrize("end", ["declined", "completed", "withdrawn"])
def test_an_end_is_an_end(handover: Handover, end: str) -> None:
    """Declined, completed or withdrawn, nothing more can be done with it; the advice is to propose anew."""
    if end == "declined":
        handover.decline(words("plan"), RECEIVER)
    elif end == "completed":
        handover.accept(RECEIVER)
        handover.complete(RECEIVER)
    else:
        handover.withdraw(SENDER)
    assert JOBCENTRE == list(handover.collect_events())[-1].to_partner
    for command in (
        lambda: handover.accept(RECEIVER),
        lambda: handover.decline(words(), RECEIVER),
        lambda: handover.mark_read(RECEIVER),
        lambda: handover.complete(RECEIVER),
        lambda: handover.withdraw(SENDER),
    ):
        with refuses(WrongStatus, handover, f"{end} already: propose a new one"):
            command()


def test_what_was_accepted_can_be_withdrawn_and_not_declined(handover: Handover) -> None:
    """The receiver stands by an acceptance; the sender may still take it back."""
    handover.accept(RECEIVER)
    with refuses(WrongStatus, handover, "accepted"):
        handover.decline(words(), RECEIVER)
    handover.withdraw(SENDER)

    assert "withdrawn" == handover.status
