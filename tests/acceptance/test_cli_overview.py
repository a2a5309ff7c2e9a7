"""The overview's cards: what somebody may not know has ended, has not ended for them."""

from collections.abc import Iterator

import pytest

from tests.cli import Town, town


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


def card(hub: Town) -> str:
    """Mette's cards."""
    hub.ok("catch-up")
    return hub.ok("overview", "--as", "mette", "--purpose", "coordination").out


def test_an_end_that_the_reader_may_not_know_of_takes_nothing_off_the_card(hub: Town) -> None:
    """The addiction centre drops an agreement: the coordinator may not know that it did, so the card is as before."""
    citizen = hub.citizen(consent=False)
    hub.ok(
        "citizen", "start-relation", citizen, "Rusmiddelcentret", "--person", "eva", "--purpose", "treatment",
        "--as", "lene",
    )  # fmt: skip
    meeting = hub.ok(
        "meeting", "convene", citizen, "--starts", "2030-03-01 10:00", "--purpose-text", "Tale sammen",
        "--label", "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip
    agree = (
        "meeting",
        "agree",
        citizen,
        meeting,
        "--party",
        "Socialpsykiatrien",
        "--label",
        "agreements",
        "--as",
        "mette",
    )
    made = [hub.ok(*agree, "--what", what).ids["agreement"] for what in ("Ring torsdag", "Bestil tid")]
    before = card(hub)
    assert "Ring torsdag" in before
    assert "Bestil tid" in before
    hub.ok("meeting", "drop", citizen, meeting, made[0], "--as", "eva")
    assert before == card(hub)
    hub.ok("meeting", "done", citizen, meeting, made[1], "--as", "mette")
    after = card(hub)

    assert "Ring torsdag" in after
    assert "Bestil tid" not in after


def test_what_the_citizen_agreed_to_has_a_date_for_the_citizen_alone(hub: Town) -> None:
    """The coordinator sees by when her own organisation promised; what the citizen will do stands there undated."""
    citizen = hub.citizen(consent=False)
    meeting = hub.ok(
        "meeting", "convene", citizen, "--starts", "2030-03-01 10:00", "--purpose-text", "Tale sammen",
        "--label", "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip
    agree = ("meeting", "agree", citizen, meeting, "--label", "agreements", "--as", "mette")
    mine = hub.ok(*agree, "--what", "Gå en tur", "--due", "2030-04-05").ids["agreement"]
    hub.ok(*agree, "--what", "Ringe til banken", "--due", "2030-06-07", "--owner", "Socialpsykiatrien")
    hub.ok("meeting", "delay", citizen, meeting, mine, "--due", "2030-05-06", "--as", "mette")
    hers = card(hub)
    hers += hub.ok("page", citizen, "--as", "mette", "--purpose", "coordination").out
    own = hub.ok("page", citizen, "--as", "citizen").out

    assert "Gå en tur" in hers
    assert "april 2030" not in hers
    assert "maj 2030" not in hers
    assert "juni 2030" in hers
    assert "maj 2030" in own
