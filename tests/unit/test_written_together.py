"""Notes that are written together with the citizen."""

import pytest

from hub.aggregates import Citizen
from tests.acting import CITIZEN, at_partner, only, words


@pytest.mark.parametrize("together", [True, False])
def test_a_note_says_that_it_was_written_together(together: bool) -> None:
    """It is told of notes for which it holds; of others nothing is said, which would show that there is a note."""
    citizen = Citizen.enrol(CITIZEN, at_partner())
    citizen.collect_events()
    citizen.record_contact(at_partner(), text=words(), together=together)

    assert (True if together else None) is only(citizen).together
