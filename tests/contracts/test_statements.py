"""Whatever an event can say, the decision listens to."""

from typing import Any

import pytest

import hub.statements
from hub.application.standing import Partners, State
from hub.encoding import body_of, event_classes
from hub.statements import RESTRICTING, statements_of
from tests.contracts.samples import VERSION, originator, sample

OF_PARTNERS = {"registered", "ceiling", "basis_confirmed", "suspended", "resumed"}
"""Kinds about an organisation itself; all others are about a citizen."""
OF_WITHHOLDING = {"withheld", "shown_again"}
"""Kinds that decide what the citizen is shown, and nobody else: `hub/application/withholding.py` reads them."""


def said() -> dict[str, list[Any]]:
    """Statements of every kind, with the topic that makes them, by kind."""
    found: dict[str, list[Any]] = {}
    for topic in event_classes():
        for full in (True, False):
            body = {**body_of(sample(topic, full=full))[0]}
            if topic.startswith("event.corrected."):
                body["value"] = None
            for kind in (
                ("text", "agreement") if topic.startswith("consents.disclosure_authorised.") else (None,)
            ):
                wanted = body if kind is None else {**body, "kind": kind}
                for statement in statements_of(topic.rsplit(".v", 1)[0], wanted, originator(topic), VERSION):
                    found.setdefault(statement.kind, []).append(statement)
    return found


SAID = said()


def documented() -> set[str]:
    """The kinds in the table at the top of hub/statements.py."""
    rows = [row for row in (hub.statements.__doc__ or "").splitlines() if row.startswith("| ")]
    return {kind.strip() for row in rows[1:] for kind in row.split("|")[1].split("/")}


def test_the_kinds_are_those_that_are_documented() -> None:
    """The table at the top of the module lists exactly the kinds that events make."""
    assert set(SAID) == documented()
    assert set(SAID) >= RESTRICTING


def test_every_maker_belongs_to_an_event() -> None:
    """No statement is made of an event that there is not."""
    types = {topic.rsplit(".v", 1)[0] for topic in event_classes()}

    assert set(hub.statements._MAKERS) <= types


@pytest.mark.parametrize("kind", sorted(SAID))
def test_every_kind_folds(kind: str) -> None:
    """Each kind has a fold of its own, on the citizen's state or on the organisations', and takes every statement."""
    assert (kind in OF_PARTNERS | OF_WITHHOLDING) != hasattr(State, f"_{kind}")
    for statement in SAID[kind]:
        state, partners = State(Partners()), Partners()
        state.add(statement)
        partners.add(statement)


@pytest.mark.parametrize("kind", sorted(OF_PARTNERS - {"registered", "resumed"}))
def test_what_is_said_of_an_organisation_changes_it(kind: str) -> None:
    """A ceiling and a suspension leave another state of the organisation than they found."""
    registered = SAID["registered"][0]
    partners = Partners()
    partners.add(registered)
    before = partners.get(registered.partner)
    partners.add(
        SAID[kind][0]._replace(partner=registered.partner, body={"categories": "plan", "basis": "x"})
    )

    assert before != partners.get(registered.partner)
    partners.add(SAID["resumed"][0]._replace(partner=registered.partner))
    assert not partners.get(registered.partner).suspended  # type: ignore[union-attr]


def test_no_fold_is_for_a_kind_that_nobody_makes() -> None:
    """What the state listens to is said by some event."""
    folds = {
        name[1:]
        for name, value in vars(State).items()
        if name.startswith("_") and not name.startswith("__") and callable(value)
    }

    assert folds | OF_PARTNERS | OF_WITHHOLDING == set(SAID)
