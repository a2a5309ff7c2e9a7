"""Free text and short lines at entry."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.aggregates import Text
from hub.aggregates.base import LINE_LIMIT, TEXT_LIMIT, line
from hub.errors import BadInput
from hub.vocabulary import Category
from tests.acting import refuses

CONTROL = ["\x00", "\x07", "\x1b[31m", "\r", "\x7f", "\x85", "\x9b", "\ud800", "\udc80"]


def test_text_keeps_its_words_and_sorts_its_labels() -> None:
    """The words stay as they were written; the labels stand once each, in the order of the vocabulary."""
    text = Text.of("  Jeg vil\nhave\ten hund 🐕 ", "plan", "wishes", "plan")

    assert ("  Jeg vil\nhave\ten hund 🐕 ", "wishes plan") == (text.text, text.labels)


@pytest.mark.parametrize(
    "labels", [(), ("nonsense",), ("wishes", "nonsense"), ("",), ("Wishes",), ("wishes plan",)]
)
def test_text_without_a_known_label_is_refused(labels: tuple[str, ...]) -> None:
    """Text that nobody labelled, or with a label that is no category, is refused."""
    with refuses(BadInput, match="label"):
        Text.of("Solveig vil have en hund.", *labels)


@pytest.mark.parametrize("empty", ["", " ", "\n\t ", "\u00a0\u2003"])
def test_empty_text_is_refused(empty: str) -> None:
    """Text that says nothing is refused."""
    with refuses(BadInput, match="empty"):
        Text.of(empty, "wishes")


@pytest.mark.parametrize("control", CONTROL)
def test_control_characters_are_refused(control: str) -> None:
    """What steers a terminal, or can be written in no encoding, is refused."""
    with refuses(BadInput, match="control"):
        Text.of(f"Solveig{control}", "wishes")


def test_a_megabyte_is_refused_and_the_limit_is_not() -> None:
    """A megabyte of text is refused; text of exactly the limit is taken."""
    with refuses(BadInput, match="longer"):
        Text.of("a" * 2**20, "wishes")
    with refuses(BadInput, match="longer"):
        Text.of("ø" * (TEXT_LIMIT + 1), "wishes")

    assert TEXT_LIMIT == len(Text.of("ø" * TEXT_LIMIT, "wishes").text or "")


@settings(derandomize=True, database=None)
@given(st.text(max_size=30), st.lists(st.sampled_from(Category) | st.text(max_size=5), max_size=3))
def test_any_text_is_taken_whole_or_refused(words: str, labels: list[str]) -> None:
    """Whatever comes in is taken as it is, can be written as UTF-8 and has known labels; or it is refused."""
    try:
        text = Text.of(words, *labels)
    except BadInput:
        return

    assert words == (text.text or "").encode().decode()
    assert set(labels) == set(text.labels.split())
    assert set(labels) <= set(Category)


@pytest.mark.parametrize(
    "bad", ["", "  ", "a\nb", "a\tb", "\x1b]0;x", "x" * (LINE_LIMIT + 1), "x" * 2**20, "\udc80"]
)
def test_a_line_is_short_and_printable(bad: str) -> None:
    """A name, a reference or a reason is one short printable line; anything else is refused."""
    with refuses(BadInput, match="one line"):
        line(bad, "The name of a partner")

    assert "Bostøtten Øst" == line(" Bostøtten Øst ", "The name of a partner")
