"""What an organisation says of itself and does with others."""

from datetime import date, timedelta

import pytest

from hub.aggregates import Cooperation
from hub.aggregates.cooperation import Collaboration, Frame, Occasion, Offer
from hub.clock import copenhagen_day
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import AT, JOBCENTRE, PROVIDER, as_citizen, as_hub, at_partner, refuses, uid

OFFER, AGREED, DAY = uid(71), uid(72), uid(73)


@pytest.fixture
def stream() -> Cooperation:
    """The stream of a provider, with nothing in it."""
    found = Cooperation.begin(PROVIDER, as_hub())
    found.collect_events()
    return found


def test_an_organisation_describes_its_own_frame(stream: Cooperation) -> None:
    """Who works there, or the authority, says what it is for; another organisation and the citizen do not."""
    for act in (at_partner(JOBCENTRE), as_citizen()):
        with refuses(NotPermitted, stream, "who works there"):
            stream.describe(act, core_task="Bostøtte")
    stream.describe(at_partner(PROVIDER), core_task=" Bostøtte ", cannot="Medicin", reachable="hele døgnet")

    assert Frame("Bostøtte", None, None, "Medicin", "hele døgnet") == stream.frame
    stream.describe(at_partner(), core_task="Bostøtte og samvær")
    assert stream.frame == Frame("Bostøtte og samvær", None, None, None, None)


def test_an_offer_says_when_somebody_last_saw_it(stream: Cooperation) -> None:
    """An open offer carries the day of its last verification, which anybody on a staff can renew."""
    stream.describe_offer(OFFER, at_partner(PROVIDER), name="Cafe", price="gratis")
    today = copenhagen_day(AT)
    assert Offer("Cafe", None, "gratis", None, today) == stream.offers[OFFER]
    with refuses(NotPermitted, stream, "verified by"):
        stream.verify_offer(OFFER, as_citizen())
    stream.verify_offer(OFFER, at_partner(JOBCENTRE, at=AT + timedelta(days=40)))

    assert stream.offers[OFFER].verified == copenhagen_day(AT + timedelta(days=40))


def test_an_offer_that_has_ended_is_gone(stream: Cooperation) -> None:
    """Nobody is sent to an offer that is no more."""
    stream.describe_offer(OFFER, at_partner(PROVIDER), name="Cafe")
    with refuses(NotPermitted, stream):
        stream.end_offer(OFFER, at_partner(JOBCENTRE))
    stream.end_offer(OFFER, at_partner(PROVIDER))

    assert {} == stream.offers
    with refuses(NotFound, stream, "no such offer"):
        stream.verify_offer(OFFER, at_partner(PROVIDER))


def test_a_collaboration_is_between_two(stream: Cooperation) -> None:
    """It is made once, with another organisation, until a day, and ends."""
    with refuses(BadInput, stream, "name the other"):
        stream.agree(AGREED, PROVIDER, "SA-1", at_partner(PROVIDER))
    stream.agree(AGREED, JOBCENTRE, "SA-1", at_partner(PROVIDER), until=date(2027, 6, 30))
    assert Collaboration(JOBCENTRE, "SA-1", date(2027, 6, 30)) == stream.collaborations[AGREED]
    with refuses(WrongStatus, stream, "already"):
        stream.agree(AGREED, JOBCENTRE, "SA-1", at_partner(PROVIDER))
    stream.end_collaboration(AGREED, at_partner(PROVIDER))

    assert {} == stream.collaborations
    with refuses(NotFound, stream, "no such collaboration"):
        stream.end_collaboration(AGREED, at_partner(PROVIDER))


def test_what_is_done_together_has_a_kind(stream: Cooperation) -> None:
    """A theme day, a course, a dialogue, or that somebody reached out; nothing else."""
    with refuses(BadInput, stream, "theme_day"):
        stream.plan_occasion(DAY, "party", "Fest", at_partner(PROVIDER))
    stream.plan_occasion(DAY, "theme_day", "Recovery i praksis", at_partner(PROVIDER), day=date(2026, 5, 20))

    assert {DAY: Occasion("theme_day", "Recovery i praksis", date(2026, 5, 20))} == stream.occasions


def test_the_last_explanation_of_a_word_counts(stream: Cooperation) -> None:
    """A word of the trade is explained in plain language, and better the second time."""
    stream.explain_word("bostøtte", "Støtte", at_partner(PROVIDER))
    stream.explain_word("bostøtte", "Hjælp i dit eget hjem", at_partner(PROVIDER))

    assert {"bostøtte": "Hjælp i dit eget hjem"} == stream.words


@pytest.mark.parametrize("text", ["", " ", "a\nb", "x" * 201])
def test_what_everybody_reads_is_one_line(stream: Cooperation, text: str) -> None:
    """An empty, long or broken line is refused, whatever it is for."""
    for command in (
        lambda: stream.describe(at_partner(PROVIDER), core_task="Bostøtte", can=text),
        lambda: stream.describe_offer(OFFER, at_partner(PROVIDER), name=text),
        lambda: stream.explain_word("bostøtte", text, at_partner(PROVIDER)),
    ):
        with refuses(BadInput, stream, "one line"):
            command()
