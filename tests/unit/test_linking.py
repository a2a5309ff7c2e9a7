"""A one-time code as it is written down and read aloud."""

import pytest

from hub.application.commands.linking import LENGTH, LETTERS, PER_PARTNER, WITHIN, plain
from hub.config import Settings


@pytest.mark.parametrize("written", ["K7RM-4QXD", "k7rm4qxd", " K7RM 4QXD\n", "k7rm–4qxd"])
def test_a_code_is_the_same_however_it_is_written(written: str) -> None:
    """Big or small letters, with a dash, a space or nothing between: one code."""
    assert "K7RM4QXD" == plain(written)


def test_nothing_in_a_code_is_taken_for_another() -> None:
    """Read aloud or from a note, no letter is a digit and none is another: no I, L, 1, O or 0."""
    assert not set("IL1O0") & set(LETTERS)
    assert len(set(LETTERS)) == len(LETTERS)


def test_a_code_is_not_guessed() -> None:
    """Whoever tries as often as is allowed, for as long as a code can live, has no chance worth the name."""
    longest = Settings.model_fields["link_code_days"].metadata[1].le
    tries = PER_PARTNER * longest * 24 * 3600 / WITHIN.total_seconds()

    assert tries / len(LETTERS) ** LENGTH < 1e-7
