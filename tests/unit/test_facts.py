"""What the decision knows of organisations: purposes, what a name reveals, ceiling, suspension, confirmed rows."""

from dataclasses import FrozenInstanceError

import pytest

from hub.application.facts import PartnerFacts, Partners
from hub.statements import Statement
from hub.vocabulary import UNKNOWN
from tests.deciding import (
    ALL,
    CLINIC,
    EVERYTHING,
    STRANGER,
    SUPPORT,
    THEM,
    TREATMENT,
    US,
    ceiling,
    confirmed_row,
    names,
    registered,
    say,
)


def told(*said: Statement) -> Partners:
    """The organisations after all of it, at positions 1, 2, 3 and so on."""
    partners = Partners()
    for position, each in enumerate(said, 1):
        partners.add(each._replace(position=position, recorded_at=100 * position))
    return partners


def facts(*said: Statement) -> PartnerFacts:
    """Our facts."""
    found = told(*said).get(US)
    assert found is not None
    return found


def test_a_registered_partner_has_its_facts_and_nothing_else() -> None:
    """No ceiling, no confirmed row, not suspended; they never change by themselves."""
    plain = facts(registered(US, "health"))

    assert PartnerFacts("gp", SUPPORT | TREATMENT, names("health"), public=True) == plain
    assert (0, False, {}) == (plain.ceiling, plain.suspended, plain.confirmed)
    with pytest.raises(FrozenInstanceError):
        plain.ceiling = 1  # type: ignore[misc]
    assert not hasattr(plain, "__dict__")
    assert facts(registered(public=False)).public is False


def test_nobody_knows_who_was_never_registered() -> None:
    """What is said of it before makes no facts; its name is unknown, and a statement of nobody means nothing."""
    early = told(
        ceiling(), say("suspended", US), confirmed_row(), registered(THEM), say("suspended"), registered(None)
    )  # type: ignore[arg-type]

    assert early.get(US) is None
    assert (THEM,) == early.ids()
    assert UNKNOWN == early.reveals(US)
    assert 0 == early.reveals(THEM)
    assert names("addiction") == told(registered(CLINIC, "addiction")).reveals(CLINIC)
    assert Partners().get(STRANGER) is None
    assert () == Partners().ids()


def test_attendance_is_under_no_ceiling() -> None:
    """A ceiling holds what was adopted last, and never attendance."""
    assert EVERYTHING == facts(registered(), ceiling(ALL)).ceiling
    assert names("plan") == facts(registered(), ceiling(ALL), ceiling("plan")).ceiling
    assert 0 == facts(registered(), ceiling("nonsense attendance")).ceiling


def test_a_suspension_lasts_until_it_is_lifted() -> None:
    """Suspended, and back."""
    away, back = say("suspended", US), say("resumed", US)

    assert facts(registered(), away).suspended is True
    assert facts(registered(), away, back).suspended is False
    assert facts(registered(), back).suspended is False
    assert facts(registered(), say("nonsense", US)).suspended is False


def test_a_row_is_confirmed_once() -> None:
    """It counts from its first confirmation: position and time; each row has its own."""
    said = facts(registered(), confirmed_row(), confirmed_row(), confirmed_row(row="other"))

    assert {"row": (2, 200), "other": (4, 400)} == said.confirmed


def test_registering_again_keeps_what_was_adopted() -> None:
    """Sector, purposes and name are the new ones; ceiling, suspension and confirmed rows stay."""
    again = registered(US, "health", purposes="support", public=False)
    said = facts(registered(), ceiling("plan"), say("suspended", US), confirmed_row(), again)

    expected = PartnerFacts("gp", SUPPORT, names("health"), False, names("plan"), True, {"row": (4, 400)})
    assert expected == said


def test_a_copy_goes_its_own_way() -> None:
    """What is said of the copy is not said of the original, nor the other way round."""
    first = told(registered())
    copy = first.copy()
    copy.add(registered(THEM))
    first.add(say("suspended", US))

    assert ((US,), (US, THEM)) == (first.ids(), copy.ids())
    assert copy.get(US) == facts(registered())
    given = {US: facts(registered())}
    assert given[US] == Partners(given).get(US)
