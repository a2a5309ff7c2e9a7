"""What organisations say of themselves, on the command line."""

from collections.abc import Iterator

import pytest

from tests.cli import ENGLISH, Town, town


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


def test_an_open_offer_is_found_with_its_price_and_age(hub: Town) -> None:
    """Everybody can list offers: whom to ask for, what it costs, and when it was last verified."""
    made = hub.ok(
        "town", "offer", "socialpsykiatri", "--name", "Cafe om torsdagen", "--price", "gratis",
        "--contact", "spørg efter Kim", "--as", "mette",
    )  # fmt: skip
    shown = hub.ok("town", "offers").out
    assert "Cafe om torsdagen – Socialpsykiatrien" in shown
    assert "gratis" in shown
    assert "Bekræftet" in shown
    assert hub.ok("town", "verify-offer", "socialpsykiatri", made.ids["offer"], "--as", "ann").code == 0
    refused = hub.hub("town", "end-offer", "socialpsykiatri", made.ids["offer"], "--as", "ann", lang=ENGLISH)
    assert (3, "") == refused[:2]
    hub.ok("town", "end-offer", "socialpsykiatri", made.ids["offer"], "--as", "mette")
    assert "ingen tilbud" in hub.ok("town", "offers").out


def test_each_organisation_shows_its_frame_and_its_collaborations(hub: Town) -> None:
    """What it is for, what it cannot, when it can be reached, whom it works with, and what is planned."""
    hub.ok(
        "town", "describe", "jobcenter", "--core-task", "Hjælp til arbejde", "--cannot", "Behandling",
        "--reachable", "hverdage 9-15", "--as", "ann",
    )  # fmt: skip
    agreed = hub.ok(
        "town", "agree", "jobcenter", "--with", "socialpsykiatri", "--reference", "SA-7", "--as", "lene"
    )
    hub.ok(
        "town",
        "occasion",
        "jobcenter",
        "--kind",
        "theme_day",
        "--title",
        "Recovery i praksis",
        "--as",
        "lene",
    )
    shown = hub.ok("town", "show").out
    for text in ("Hjælp til arbejde", "Behandling", "hverdage 9-15", "SA-7", "Temadag: Recovery i praksis"):
        assert text in shown
    hub.ok("town", "end-agreement", "jobcenter", agreed.ids["collaboration"], "--as", "lene")
    assert "SA-7" not in hub.ok("town", "show").out


def test_a_word_of_the_trade_is_explained(hub: Town) -> None:
    """The glossary says it in plain words."""
    hub.ok("town", "word", "socialpsykiatri", "bostøtte", "Hjælp i dit eget hjem", "--as", "mette")
    assert "bostøtte: Hjælp i dit eget hjem" in hub.ok("town", "words").out
