"""Single items that the citizen is not shown for a time: by a named officer of the authority, under a rule."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hub.aggregates.base import Act, Text, line
from hub.aggregates.matters import AUTHORITY, Rule, Told, told
from hub.errors import BadInput, NotPermitted


def _named_and_for_a_time(_: Any, act: Act, fields: dict[str, Any]) -> None:
    if act.by.person is None:
        raise NotPermitted("Withholding is decided by a named person at the authority: use --as with one.")
    if fields["until"] <= act.recorded_at:
        raise BadInput("Withholding ends on a day that is still to come: choose one (--until).")
    fields["basis"] = line(fields["basis"], "The rule")


@told
class ItemWithheld(Told):
    """The citizen is not shown this item until then; the rule and the reason are shown with it afterwards."""

    TOPIC = "citizen.item_withheld.v1"
    RULE = Rule(
        "Withholding an item", AUTHORITY, "withholding", becomes="in force", check=_named_and_for_a_time
    )
    withholding: UUID
    about: UUID
    basis: str
    until: datetime
    reason: Text


@told
class WithholdingEnded(Told):
    """It is shown to the citizen again, before its time."""

    TOPIC = "citizen.withholding_ended.v1"
    RULE = Rule("Ending a withholding", AUTHORITY, "withholding", ("in force",), "over")
    withholding: UUID
