"""The end of the cooperation, and coming back: closing shows the way back, reopening goes on with the same history."""

from typing import Any
from uuid import UUID

from hub.aggregates.base import Act, Text
from hub.aggregates.matters import STAFF, Rule, Told, anyone, told
from hub.errors import WrongStatus


def _nothing_left(citizen: Any, _: Act, __: dict[str, Any]) -> None:
    if citizen.closed:
        raise WrongStatus("The cooperation is closed already: nothing to do.")
    if citizen.tasks or citizen.representatives:
        raise WrongStatus(
            "Somebody still has a task with the citizen: end each first, or use hub citizen close."
        )


def _is_closed(citizen: Any, _: Act, __: dict[str, Any]) -> None:
    if not citizen.closed:
        raise WrongStatus("The cooperation is not closed: nothing to reopen.")


@told
class Closed(Told):
    """The cooperation ends; everything in it was ended by its own event before this one."""

    TOPIC = "citizen.closed.v1"
    RULE = Rule("Closing", STAFF, check=_nothing_left)
    way_back: Text | None
    text: Text | None
    words: Text | None

    def apply(self, aggregate: Any) -> None:
        """Nothing more is recorded until it is reopened."""
        aggregate.closed = True


@told
class Reopened(Told):
    """The citizen is back; the history goes on where it was."""

    TOPIC = "citizen.reopened.v1"
    RULE = Rule("Reopening", anyone, check=_is_closed)
    words: Text | None
    text: Text | None

    def apply(self, aggregate: Any) -> None:
        """It goes on."""
        aggregate.closed = False


@told
class CorrectionTakenIn(Told):
    """Somebody who had read the wrong words has taken in the right ones."""

    TOPIC = "citizen.correction_taken_in.v1"
    RULE = Rule("Taking in a correction", STAFF, after_death=True)
    about: UUID
    text: Text | None
