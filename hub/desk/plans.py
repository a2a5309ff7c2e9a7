"""A citizen's plans as a reader may know them: goals with both wordings, support, orders, follow-ups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.page import Thing
from hub.desk.desk import Desk
from hub.desk.portrait import Said, worded
from hub.store import Opened

_GOALS: Final = frozenset({
    "plan.goal_set", "plan.goal_reworded", "plan.goal_progressed", "plan.goal_reached", "plan.goal_let_go",
    "plan.view_given",
})  # fmt: skip
_SUPPORT: Final = frozenset({
    "plan.support_granted", "plan.support_adjusted", "plan.support_paused", "plan.support_shaped", "plan.support_ended",
})  # fmt: skip
_ORDERS: Final = frozenset({"plan.order_sent", "plan.order_received", "plan.order_ended"})
_FOLLOW: Final = frozenset({"plan.follow_up_planned", "plan.reflection_shared", "plan.follow_up_held"})
_KINDS: Final = {"goal": _GOALS, "support": _SUPPORT, "order": _ORDERS, "follow_up": _FOLLOW}


@dataclass(slots=True)
class PlanCard:
    """One plan."""

    plan: UUID
    first: Entry
    closed: Entry | None = None
    things: dict[str, dict[UUID, Thing]] = field(default_factory=dict)
    others: list[Entry] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Handleplan or indsatsplan; empty where the reader sees neither."""
        return str(self.first.fields.get("kind", ""))

    @property
    def opened(self) -> bool:
        """Whether the reader knows how it began."""
        return self.first.event == "plan.opened"

    def of(self, name: str) -> list[Thing]:
        """Its goals, support, orders or follow-ups, in the order in which they began."""
        return list(self.things.get(name, {}).values())

    @property
    def goals(self) -> list[tuple[Said, Thing]]:
        """The goals that have words, those that are not reached or let go first."""
        found = [(said, thing) for thing in self.of("goal") if (said := worded(thing)) is not None]
        return sorted(found, key=lambda pair: is_over(pair[1]))


def is_over(thing: Thing) -> bool:
    """Whether a goal is reached or let go, a support or an order has ended, a follow-up is held."""
    over = {
        "plan.goal_reached",
        "plan.goal_let_go",
        "plan.support_ended",
        "plan.order_ended",
        "plan.follow_up_held",
    }
    return any(entry.event in over for entry in thing.since)


def everything(
    s: Desk, reader: Reader, citizen: UUID, purpose: str | None, surface: str, *kinds: str
) -> list[tuple[Entry, Opened]]:
    """What the reader may know (of these kinds: `plan.`), oldest first, with what was opened for it; no lag shows."""
    found = s.access.happenings(reader, citizen, purpose, kinds or ("",), surface)
    records = s.hub.log.at(citizen, [each.entry.position for each in found])
    opened = [each for each in s.hub.store.sealer.open_all(records) if isinstance(each, Opened)]
    known = {each.event_id: each for each in opened}
    return [(each.entry, known[each.entry.event_id]) for each in found if each.entry.event_id in known]


def plans(found: Sequence[tuple[Entry, Opened]]) -> list[PlanCard]:
    """The plans among what was read; those that go on first, the newest first."""
    cards: dict[UUID, PlanCard] = {}
    for entry, opened in found:
        if not entry.event.startswith("plan."):
            continue
        card = cards.setdefault(opened.originator_id, PlanCard(opened.originator_id, entry))
        if entry.event == "plan.closed":
            card.closed = entry
        elif (name := next((name for name, events in _KINDS.items() if entry.event in events), None)) is None:
            if entry.event != "plan.opened":
                card.others.append(entry)
        else:
            _add(card, name, entry, opened)
    newest = sorted(cards.values(), key=lambda card: -card.first.position)
    return sorted(newest, key=lambda card: card.closed is not None)


def _add(card: PlanCard, name: str, entry: Entry, opened: Opened) -> None:
    value = opened.body.get(name)
    subject = UUID(bytes=value) if isinstance(value, bytes) else card.plan
    things = card.things.setdefault(name, {})
    if subject in things:
        things[subject].since.append(entry)
    else:
        things[subject] = Thing(entry)
