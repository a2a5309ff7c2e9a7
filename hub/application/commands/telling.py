"""What is told by events whose classes say their own rule: one use case for all of them."""

from typing import Any, Unpack
from uuid import UUID

from hub.aggregates import Act, Actor, Handover, Meeting, Plan, Told
from hub.aggregates.matters import Telling
from hub.application.commands.base import Meta, check_registered, on_citizen
from hub.application.hub import Answer, Hub, Work, made, nothing

_KINDS: dict[str, type[Telling]] = {"plan": Plan, "meeting": Meeting, "handover": Handover}
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
        _subject(work, citizen, kind, on).tell(what, act, **said)
        return ids

    return on_citizen(hub, actor, citizen, decide, meta)


def _subject(work: Work, citizen: UUID, kind: str, on: UUID | None) -> Telling:
    if kind == "citizen":
        return work.citizen(citizen)
    found = None if on is None else work.find(_KINDS[kind], on)
    if found is None or found.citizen_id != citizen:
        raise nothing(kind)  # another citizen's is told like one that is not there
    return found
