"""There is no hidden file on a citizen: professionals' own disagreements have no place in the citizen's stream."""

import pytest

from hub.aggregates import Text
from hub.encoding import event_classes
from hub.errors import BadInput
from hub.vocabulary import EXISTENCE, Category

HIDDEN = ("intern", "internal", "staff", "confidential", "professional_disagreement")


@pytest.mark.parametrize("label", HIDDEN)
def test_no_text_is_for_professionals_alone(label: str) -> None:
    """A text cannot be marked as internal: there is no such label, alone or beside one that there is."""
    for labels in ((label,), ("plan", label)):
        with pytest.raises(BadInput, match="category"):
            Text.of("Vi er uenige om taksten.", *labels)
    assert label not in set(Category)


def test_no_event_is_kept_from_the_citizen() -> None:
    """No event is for professionals alone: none is called so, and each has a category that the citizen knows."""
    words = {"disagreement", "internal", "hidden", "rate", "dispute_between"}
    for topic in event_classes():
        assert not words & set(topic.replace(".", "_").split("_")), topic
    assert set(EXISTENCE.values()) <= set(Category)
