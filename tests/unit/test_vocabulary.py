"""Labels and purposes as bit sets, and the tables that go with them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.vocabulary import (
    ALL_CATEGORIES,
    CATEGORY_BIT,
    DEFAULT_CEILINGS,
    EXISTENCE,
    FORBIDDEN_PURPOSES,
    PARAGRAPHS,
    PURPOSE_BIT,
    UNKNOWN,
    Category,
    Purpose,
    Sector,
    label_mask,
    label_names,
    mask_of,
    purpose_mask,
    purpose_names,
)

QUICK = settings(derandomize=True, database=None)


@QUICK
@given(st.sets(st.sampled_from(Category)))
def test_labels_come_back_from_their_bit_set(labels: set[Category]) -> None:
    """A set of labels and its bit set say the same."""
    mask = label_mask(labels)

    assert labels == set(label_names(mask))
    assert 0 == mask & UNKNOWN
    assert (mask or UNKNOWN) == mask_of(" ".join(sorted(labels)))


@QUICK
@given(
    st.lists(st.sampled_from(Category)), st.text(min_size=1).filter(lambda name: name not in set(Category))
)
def test_a_name_that_is_no_category_can_be_permitted_to_nobody(labels: list[Category], name: str) -> None:
    """An unknown label sets the bit that stands in no ceiling and no consent."""
    assert label_mask([*labels, name]) & UNKNOWN
    assert 0 == ALL_CATEGORIES & UNKNOWN


@pytest.mark.parametrize("written", ["", "  ", "\n"])
def test_no_label_at_all_is_unknown(written: str) -> None:
    """Where no label is written, the label is the unknown one."""
    assert UNKNOWN == mask_of(written)


@QUICK
@given(st.sets(st.sampled_from(Purpose)), st.sampled_from(sorted(FORBIDDEN_PURPOSES | {"", "nonsense"})))
def test_a_purpose_that_is_none_permits_nothing(purposes: set[Purpose], other: str) -> None:
    """Purposes come back from their bit set; what is no purpose adds nothing to it."""
    assert purposes == set(purpose_names(purpose_mask([*purposes, other])))


def test_the_bits_do_not_overlap() -> None:
    """Every category and every purpose has one bit of its own."""
    for bits in (CATEGORY_BIT, PURPOSE_BIT):
        assert len(bits) == len(set(bits.values()))
        assert all(1 == value.bit_count() for value in bits.values())
    assert set(Category) == set(CATEGORY_BIT)
    assert set(Purpose) == set(PURPOSE_BIT)


def test_no_forbidden_purpose_is_a_purpose() -> None:
    """Sanction and the like are no purposes that anybody could have."""
    assert not FORBIDDEN_PURPOSES & set(Purpose)


def test_attendance_is_in_no_ceiling() -> None:
    """Every sector has a ceiling, and none holds `attendance`."""
    assert set(Sector) == set(DEFAULT_CEILINGS)
    assert all(Category.ATTENDANCE not in ceiling for ceiling in DEFAULT_CEILINGS.values())


def test_the_ceilings_are_those_of_the_domain() -> None:
    """The default ceilings say what DOMAIN says of each sector."""
    everything = set(Category) - {Category.ATTENDANCE}
    daily = {"contact", "address", "wishes", "plan", "meetings", "agreements", "everyday"}
    clinical = daily | {"health", "diagnosis", "medication", "addiction"}

    assert {
        "authority": everything,
        "social_psychiatry": everything,
        "regional_psychiatry": everything,
        "addiction_treatment": everything - {"work", "measures", "finances", "criminal"},
        "gp": clinical,
        "home_nursing": clinical,
        "home_care": daily,
        "jobcentre": {"contact", "wishes", "plan", "meetings", "agreements", "work"},
        "civil_society": set(),
        "employer": set(),
        "education": set(),
    } == DEFAULT_CEILINGS


def test_paragraphs_reveal_known_labels() -> None:
    """Naming a paragraph adds labels that there are; § 101 tells of addiction."""
    assert all(not mask_of(labels) & UNKNOWN for labels in PARAGRAPHS.values())
    assert CATEGORY_BIT[Category.ADDICTION] & mask_of(PARAGRAPHS["§ 101"])


def test_existence_is_of_a_known_category() -> None:
    """The existence of every event type carries a category, never `attendance`."""
    assert set(EXISTENCE.values()) <= set(Category) - {Category.ATTENDANCE}
