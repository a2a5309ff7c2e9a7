"""What is told by events whose classes say their own rule: one use case for all of them."""

from collections.abc import Callable
from typing import Any, Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Handover, Meeting, Plan, Told
from hub.aggregates.following import CarriedOver, LetGo, LinkedToOrder
from hub.aggregates.gathering import Rescheduled
from hub.aggregates.matters import Telling
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.commands.settling import end, is_open
from hub.application.hub import Answer, Hub, Work, made, nothing
from hub.errors import NotFound, WrongStatus

_KINDS: dict[str, type[Telling]] = {"plan": Plan, "meeting": Meeting, "handover": Handover}
Check = Callable[[Hub, Work, UUID, Act, Telling, dict[str, Any]], None]


def _an_order_of_ours(
    _hub: Hub, work: Work, citizen: UUID, act: Act, _plan: Telling, said: dict[str, Any]
) -> None:
    """The order stands on an action plan of this citizen's, and went to whoever links to it."""
    named, order = said.get("action_plan"), said.get("order")
    found = None if named is None else work.find(Plan, named)
    if (
        found is None
        or found.citizen_id != citizen
        or order is None
        or found.orders.get(order) != act.by.partner
    ):
        raise NotFound(
            "There is no such order to your organisation on that action plan: hub timeline --refs shows what is."
        )


def _settled(carried: bool) -> Check:  # noqa: FBT001 - one of two
    def check(
        hub: Hub, work: Work, _citizen: UUID, act: Act, handover: Telling, said: dict[str, Any]
    ) -> None:
        """What is carried over or let go is open; what is let go ends with it."""
        found = is_open(hub, work, handover, said.get("what"), act)
        said["kind"] = found.kind
        if not carried:
            end(found, act)

    return check


_CHECKS: dict[type[Told], Check] = {
    LinkedToOrder: _an_order_of_ours,
    CarriedOver: _settled(carried=True),
    LetGo: _settled(carried=False),
}
"""What can only be seen from outside the aggregate that such an event is recorded on."""
PARTNERS = frozenset({"partner", "provider", "participant"})
"""The fields of such events that name an organisation."""


def tell(  # noqa: PLR0917 - on whom, what, and on which of theirs
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    what: type[Told],
    fields: dict[str, Any],
    on: UUID | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Record an event of this class on the citizen, or on the plan, meeting or handover `on`.

    A field that is left out is empty. A matter that is not named begins, and its id is in the answer.
    """
    kind, rule = what.TOPIC.split(".")[0], what.RULE
    for name in PARTNERS & fields.keys():
        if fields[name] is not None:
            check_registered(hub, fields[name])

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        said, ids = dict(fields), {}
        if rule.matter is not None:
            if said.get(rule.matter) is None:
                said[rule.matter] = made(act, rule.matter)
            ids[rule.matter] = said[rule.matter]
        subject = _subject(work, citizen, kind, on)
        if kind in _KINDS and not rule.after_death and work.citizen(citizen).dead:
            raise WrongStatus(
                f"{rule.what} cannot be recorded: the citizen is dead. End what is still running."
            )
        if (check := _CHECKS.get(what)) is not None:
            rule.who(act, what=rule.what)
            check(hub, work, citizen, act, subject, said)
        if what is Rescheduled and isinstance(subject, Meeting) and said.get("starts") is not None:
            subject.reschedule(said["starts"], act, text=said.get("text"))
        else:
            subject.tell(what, act, **said)
        return ids

    return on_citizen(hub, actor, citizen, decide, meta)


def _subject(work: Work, citizen: UUID, kind: str, on: UUID | None) -> Telling:
    if kind == "citizen":
        return work.citizen(citizen)
    found = None if on is None else work.find(_KINDS[kind], on)
    if found is None or found.citizen_id != citizen:
        raise nothing(kind)  # another citizen's is told like one that is not there
    return found
