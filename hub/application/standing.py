"""What stands: the statements on one citizen and on the partners, folded in log order.

Statements are a set ordered by position, not by arrival: an unmatched ending is kept and ends its grant whenever
that appears.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub.items import Item
from hub.statements import Statement
from hub.vocabulary import (
    ALL_CATEGORIES,
    CATEGORY_BIT,
    PURPOSE_BIT,
    UNKNOWN,
    Category,
    label_mask,
    purpose_mask,
)

if TYPE_CHECKING:
    from hub.application.disclosure import Viewer

_ADOPTABLE: Final = ALL_CATEGORIES & ~CATEGORY_BIT[Category.ATTENDANCE]
"""What a ceiling can hold: `attendance` can be in none."""
CITIZEN_SOURCE: Final = UUID(int=0)
"""In a consent's sources: what the citizen recorded."""


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """What the decision knows of an organisation."""

    sector: str
    purposes: int
    reveals: int
    public: bool
    ceiling: int = 0
    suspended: bool = False


class Partners:
    """The registered organisations, as their statements say."""

    def __init__(self, facts: dict[UUID, PartnerFacts] | None = None) -> None:
        self._facts = {} if facts is None else facts

    def get(self, partner: UUID) -> PartnerFacts | None:
        """A partner's facts; None when it is not registered."""
        return self._facts.get(partner)

    def ids(self) -> tuple[UUID, ...]:
        """Every registered partner."""
        return tuple(self._facts)

    def reveals(self, partner: UUID) -> int:
        """The labels that naming an organisation adds; unknown to the hub is never permitted."""
        facts = self._facts.get(partner)
        return UNKNOWN if facts is None else facts.reveals

    def add(self, statement: Statement) -> None:
        """Take one more statement about an organisation."""
        partner, body = statement.partner, statement.body
        if partner is None:
            return
        if statement.kind == "registered":
            old = self._facts.get(partner)
            self._facts[partner] = PartnerFacts(
                body["sector"],
                purpose_mask(body["purposes"].split()),
                label_mask(body["reveals"].split()),
                body["public"],
                old.ceiling if old else 0,
                old.suspended if old else False,
            )
        elif (facts := self._facts.get(partner)) is None:
            return
        elif statement.kind == "ceiling":
            self._facts[partner] = replace(facts, ceiling=label_mask(body["categories"].split()) & _ADOPTABLE)
        elif statement.kind in ("suspended", "resumed"):
            self._facts[partner] = replace(facts, suspended=statement.kind == "suspended")

    def copy(self) -> "Partners":
        """A copy that goes its own way."""
        return Partners(dict(self._facts))


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent as the decision reads it."""

    id: UUID
    partner: UUID
    labels: int
    purposes: int
    sources: frozenset[UUID] | None
    window: tuple[int, int | None, bool] | None
    until: int | None
    position: int
    recorded_at: int

    def covers(self, item: Item) -> bool:
        """Rule 3: access time decides whether, event time decides what; and rule 2's source."""
        if self.sources is not None and (item.source or CITIZEN_SOURCE) not in self.sources:
            return False
        if self.window is None:
            return (
                not item.imported
                and item.occurred_at is not None
                and item.position > self.position
                and item.occurred_at > self.recorded_at
            )
        begins, ends, undated = self.window
        if item.occurred_at is None:
            return undated
        return begins <= item.occurred_at and (ends is None or item.occurred_at < ends)


@dataclass(frozen=True, slots=True)
class Task:
    """A person's (or a unit's) task with the citizen."""

    partner: UUID
    person: UUID | None
    purpose: int
    role: str


@dataclass(frozen=True, slots=True)
class ItemGrant:
    """One item for one recipient; `knows` are the names that the citizen approved."""

    how: str
    knows: frozenset[UUID]


@dataclass(slots=True)
class State:
    """All that stands about one citizen at one position."""

    partners: Partners
    grants: dict[UUID, Grant] = field(default_factory=dict)
    over: set[UUID] = field(default_factory=set)
    """Grants, blocks, tasks, parts and handovers that have ended, so that an ending that came first counts."""
    blocks: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    parts: dict[UUID, UUID] = field(default_factory=dict)
    proposals: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    """Open handovers: the receiver, and the event that proposed it."""
    items: dict[UUID, dict[UUID, ItemGrant]] = field(default_factory=dict)
    """Item grants: for each partner, by the item's event."""

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> "State":
        """Fold statements, on the citizen and on partners alike, in log order."""
        state = cls(Partners())
        for statement in sorted(statements, key=_position):
            state.add(statement)
        return state

    def viewer(self, partner: UUID, now: int) -> "Viewer":
        """One partner looking at this state at one moment."""
        from hub.application.disclosure import Viewer  # noqa: PLC0415 - the two make one decision

        return Viewer.of(self, partner, now)

    def add(self, statement: Statement) -> None:
        """Take one more statement, in log order."""
        fold = getattr(self, f"_{statement.kind}", None)
        if fold is None:
            self.partners.add(statement)
        else:
            fold(statement)

    # What is asked of it.

    def grants_in_force(self, partner: UUID, now: int) -> list[Grant]:
        """The consents to a partner that are in force; `until` is exclusive."""
        return [
            grant
            for grant in self.grants.values()
            if grant.partner == partner and (grant.until is None or now < grant.until)
        ]

    def ends_after(self, partner: UUID, now: int) -> list[int]:
        """The moments after now at which a consent to the partner runs out, in order."""
        moments: list[int] = []
        for grant in self.grants.values():
            if grant.partner == partner and grant.until is not None and grant.until > now:
                insort(moments, grant.until)
        return moments

    def blocked(self, partner: UUID) -> int:
        """The labels that blocks keep from a partner; -1 for everything."""
        mask = 0
        for blocked, labels in self.blocks.values():
            if blocked == partner:
                mask |= labels
        return mask

    def has_part(self, partner: UUID) -> bool:
        """Whether a partner is related by a task, a part in a plan, an item grant or an open handover."""
        return (
            any(task.partner == partner for task in self.tasks.values())
            or partner in self.parts.values()
            or bool(self.items.get(partner))
        )

    def related(self) -> set[UUID]:
        """Every partner that may be related: with a consent (in force or run out), task, part, item or handover."""
        return (
            {grant.partner for grant in self.grants.values()}
            | {task.partner for task in self.tasks.values()}
            | set(self.parts.values())
            | {partner for partner, items in self.items.items() if items}
        )

    def task_purposes(self, partner: UUID, person: UUID) -> int:
        """The purposes of a person's own tasks, as a bit set."""
        mask = 0
        for task in self.tasks.values():
            if task.partner == partner and task.person == person:
                mask |= task.purpose
        return mask

    def coordinators(self) -> set[UUID]:
        """The coordinator's organisation (none or one)."""
        return {task.partner for task in self.tasks.values() if task.role == "coordinator"}

    def item_grants(self, partner: UUID) -> dict[UUID, ItemGrant]:
        """A recipient's item grants, by the item's event."""
        return self.items.get(partner, {})

    # How each statement folds.

    def _grant(self, statement: Statement) -> None:
        body = statement.body
        grant, window, sources = UUID(body["grant"]), body["window"], body["sources"]
        if grant in self.over or statement.partner is None:
            return
        self.grants[grant] = Grant(
            grant,
            statement.partner,
            label_mask(body["categories"].split()) & ~UNKNOWN,
            purpose_mask(body["purposes"].split()),
            _sources(sources),
            None
            if window is None
            else (window["happened_from"], window["happened_to"], window["include_undated"]),
            body["until"],
            statement.position,
            statement.recorded_at,
        )

    def _narrowed(self, statement: Statement) -> None:
        body = statement.body
        if (grant := self.grants.get(UUID(body["grant"]))) is not None:
            self.grants[grant.id] = replace(
                grant,
                labels=label_mask(body["categories"].split()) & ~UNKNOWN,
                purposes=purpose_mask(body["purposes"].split()),
                sources=_sources(body["sources"]),
                until=body["until"],
            )

    def _renewed(self, statement: Statement) -> None:
        if (grant := self.grants.get(UUID(statement.body["grant"]))) is not None:
            self.grants[grant.id] = replace(grant, until=statement.body["until"])

    def _ended(self, statement: Statement) -> None:
        for grant in map(UUID, statement.body["grants"]):
            self.grants.pop(grant, None)
            self.over.add(grant)

    def _died(self, _statement: Statement) -> None:
        self.over.update(self.grants)
        self.grants.clear()

    def _block(self, statement: Statement) -> None:
        body, block = statement.body, UUID(statement.body["block"])
        if block not in self.over and statement.partner is not None:
            labels = -1 if body["categories"] is None else label_mask(body["categories"].split())
            self.blocks[block] = (statement.partner, labels)

    def _unblock(self, statement: Statement) -> None:
        block = UUID(statement.body["block"])
        self.blocks.pop(block, None)
        self.over.add(block)

    def _task(self, statement: Statement) -> None:
        body, task = statement.body, UUID(statement.body["task"])
        if task not in self.over and statement.partner is not None:
            person = None if body["person"] is None else UUID(body["person"])
            self.tasks[task] = Task(
                statement.partner, person, PURPOSE_BIT.get(body["purpose"], 0), body["role"]
            )

    def _task_ended(self, statement: Statement) -> None:
        task = UUID(statement.body["task"])
        self.tasks.pop(task, None)
        self.over.add(task)

    def _part(self, statement: Statement) -> None:
        part = UUID(statement.body["part"])
        if part not in self.over and statement.partner is not None:
            self.parts[part] = statement.partner

    def _part_ended(self, statement: Statement) -> None:
        part = UUID(statement.body["part"])
        self.parts.pop(part, None)
        self.over.add(part)

    def _handover(self, statement: Statement) -> None:
        body, handover = statement.body, UUID(statement.body["handover"])
        if handover not in self.over and statement.partner is not None:
            item = UUID(body["item"])
            self.proposals[handover] = (statement.partner, item)
            knows = frozenset(map(UUID, body["knows"]))
            self.items.setdefault(statement.partner, {})[item] = ItemGrant("handover", knows)

    def _handover_ended(self, statement: Statement) -> None:
        handover = UUID(statement.body["handover"])
        self.over.add(handover)
        if (proposed := self.proposals.pop(handover, None)) is not None:
            self.items.get(proposed[0], {}).pop(proposed[1], None)

    def _item(self, statement: Statement) -> None:
        body, item = statement.body, UUID(statement.body["item"])
        if statement.partner is None or item in self.over:
            return
        theirs, knows = self.items.setdefault(statement.partner, {}), frozenset(map(UUID, body["knows"]))
        before = theirs.get(item)
        theirs[item] = ItemGrant(body["how"], knows if before is None else knows | before.knows)

    def _item_ended(self, statement: Statement) -> None:
        if statement.partner is not None:
            item = UUID(statement.body["item"])
            self.items.get(statement.partner, {}).pop(item, None)
            if statement.body["final"]:
                self.over.add(item)


def _sources(sources: list[str] | None) -> frozenset[UUID] | None:
    return None if sources is None else frozenset(map(UUID, sources))


def _position(statement: Statement) -> int:
    return statement.position
