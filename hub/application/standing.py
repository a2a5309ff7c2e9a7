"""What stands: the statements on one citizen and on the partners, folded in log order.

Statements are a set ordered by position, not by arrival: an unmatched ending is kept and ends its grant whenever
that appears.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from hub.application.amendments import UNAMENDED, Amendment
from hub.application.facts import PartnerFacts, Partners
from hub.application.grants import (
    CITIZEN_SOURCE,
    EMERGENCY,
    Emergency,
    Grant,
    ItemGrant,
    Task,
    lapse,
    year_later,
)
from hub.statements import Statement
from hub.vocabulary import PURPOSE_BIT, UNKNOWN, Channel, Role, label_mask, purpose_mask

if TYPE_CHECKING:
    from hub.application.disclosure import Viewer

__all__ = ["CITIZEN_SOURCE", "Grant", "ItemGrant", "PartnerFacts", "Partners", "State", "Task"]


@dataclass(slots=True)
class State:
    """All that stands about one citizen at one position."""

    partners: Partners
    grants: dict[UUID, Grant] = field(default_factory=dict)
    over: set[UUID] = field(default_factory=set)
    """Grants, blocks, tasks, parts, handovers and emergency accesses that have ended: one that came first counts."""
    stated: set[UUID] = field(default_factory=set)
    """Every consent that was ever stated, also one that opens nothing."""
    withdrawn: set[UUID] = field(default_factory=set)
    """The partners to which a consent was withdrawn: what staff register to them later waits for the citizen."""
    blocks: dict[UUID, tuple[UUID, int, UUID | None]] = field(default_factory=dict)
    """Whom a block names: the partner, the labels (-1: everything), and the person (None: all of them)."""
    tasks: dict[UUID, Task] = field(default_factory=dict)
    parts: dict[UUID, UUID] = field(default_factory=dict)
    proposals: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    """Open handovers: the receiver, and the event that proposed it."""
    items: dict[UUID, dict[UUID, ItemGrant]] = field(default_factory=dict)
    """Item grants: for each partner, by the item's event."""
    spent: set[tuple[UUID, UUID]] = field(default_factory=set)
    """Item grants that never come back: partner and item."""
    emergencies: dict[UUID, Emergency] = field(default_factory=dict)
    representatives: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    """Who acts for the citizen: the person, and the labels of the scope."""
    amended: dict[UUID, Amendment] = field(default_factory=dict)
    """What was said later about items, by the item's event."""
    protected: bool = False
    """Whether the address is protected."""

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> "State":
        """Fold statements, on the citizen and on partners alike, in log order."""
        state = cls(Partners())
        for statement in sorted(statements, key=_position):
            state.add(statement)
        return state

    def viewer(
        self,
        partner: UUID,
        now: int,
        *,
        person: UUID | None = None,
        channel: Channel = Channel.TOPIC,
        purpose: str | None = None,
    ) -> "Viewer":
        """One partner (or one person at it) looking at this state at one moment, through one channel."""
        from hub.application.disclosure import Viewer  # noqa: PLC0415 - the two make one decision

        return Viewer.of(self, partner, now, person=person, channel=channel, purpose=purpose)

    def add(self, statement: Statement) -> None:
        """Take one more statement, in log order."""
        fold = getattr(self, f"_{statement.kind}", None)
        if fold is None:
            self.partners.add(statement)
        else:
            fold(statement)

    # What is asked of it.

    def grants_in_force(self, partner: UUID, now: int, person: UUID | None = None) -> list[Grant]:
        """The consents and bases to a partner that are in force, and the person's emergency access."""
        found = []
        for grant in self.grants.values():
            if grant.partner == partner and not grant.pending and _before(now, grant.ends):
                if grant.basis is None:
                    found.append(grant)
                elif (used := self.used(grant)) is not None:
                    found.append(used)
        for access, emergency in self.emergencies.items():
            if (emergency.partner, emergency.person) == (partner, person) and now < emergency.until:
                found.append(emergency.grant(access))
        return found

    def used(self, grant: Grant) -> Grant | None:
        """A basis in law from when its row was confirmed by the organisation's lawyer; None while it is not."""
        facts = self.partners.get(grant.partner)
        confirmed = facts.confirmed.get(grant.basis or "") if facts else None
        if confirmed is None:
            return None
        return grant if confirmed[0] < grant.position else grant.since(*confirmed)

    def ends_after(self, partner: UUID, now: int) -> list[int]:
        """The moments after now at which a consent or basis to the partner runs out, in order."""
        ends = (grant.ends for grant in self.grants.values() if grant.partner == partner)
        return sorted({end for end in ends if end is not None and end > now})

    def blocked(self, partner: UUID, person: UUID | None = None) -> int:
        """The labels that blocks keep from a partner, or from a person at it; -1 for everything."""
        mask = 0
        for blocked, labels, whom in self.blocks.values():
            if blocked == partner and whom in (None, person):
                mask |= labels
        return mask

    def screens_only(self, partner: UUID) -> bool:
        """Whether a block on somebody at the partner makes the citizen screens-only for it (rule 4)."""
        return any(blocked == partner and whom is not None for blocked, _, whom in self.blocks.values())

    def amendment(self, item: UUID) -> Amendment:
        """What was said later about an item."""
        return self.amended.get(item, UNAMENDED)

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

    def task_purposes(self, partner: UUID, person: UUID, now: int) -> int:
        """The purposes of a person's own tasks, as a bit set; emergency access is one (rule 1)."""
        mask = 0
        for emergency in self.emergencies.values():
            if (emergency.partner, emergency.person) == (partner, person) and now < emergency.until:
                mask |= EMERGENCY
        for task in self.tasks.values():
            if task.partner == partner and task.person == person:
                mask |= task.purpose & ~EMERGENCY
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
        self.stated.add(UUID(body["grant"]))
        made = self.granted(statement)
        if made is None:
            return
        staff = body.get("role") == Role.PARTNER
        if body.get("role") == Role.REPRESENTATIVE and not self.within(body["representative"], made.labels):
            return
        if body.get("section_43"):
            made = replace(made, cap=year_later(statement.recorded_at))
        if staff:
            pending = made.partner in self.withdrawn
            made = replace(made, lapses=lapse(statement.recorded_at), pending=pending)
        self.grants[made.id] = made

    def _basis(self, statement: Statement) -> None:
        if (made := self.granted(statement)) is not None:
            self.grants[made.id] = replace(made, basis=statement.body["basis"])

    def granted(self, statement: Statement) -> Grant | None:
        """The consent or basis that a statement begins, as it is said; None when it has ended already."""
        body, grant = statement.body, UUID(statement.body["grant"])
        if grant in self.over or statement.partner is None:
            return None
        window = body["window"]
        return Grant(
            grant,
            statement.partner,
            label_mask(body["categories"].split()) & ~UNKNOWN,
            purpose_mask(body["purposes"].split()) & ~EMERGENCY,
            _sources(body["sources"]),
            None
            if window is None
            else (window["happened_from"], window["happened_to"], window["include_undated"]),
            body["until"],
            statement.position,
            statement.recorded_at,
        )

    def within(self, representative: str | None, labels: int) -> bool:
        """Whether a representative's scope holds these labels."""
        return any(
            str(person) == representative and not labels & ~scope
            for person, scope in self.representatives.values()
        )

    def _confirmed(self, statement: Statement) -> None:
        """A spoken consent becomes the citizen's own; one that has lapsed stays so."""
        body = statement.body
        grant = self.grants.get(UUID(body["grant"]))
        if grant is None or grant.lapses is None or statement.recorded_at >= grant.lapses:
            return
        entitled = body["role"] == Role.CITIZEN or (
            body["role"] == Role.REPRESENTATIVE and self.within(body["representative"], grant.labels)
        )
        if entitled:
            since = (statement.position, statement.recorded_at)
            counted = grant.since(*since) if grant.pending else grant
            self.grants[grant.id] = replace(counted, lapses=None, pending=False)

    def _narrowed(self, statement: Statement) -> None:
        body = statement.body
        if (grant := self.grants.get(UUID(body["grant"]))) is not None:
            self.grants[grant.id] = replace(
                grant,
                labels=label_mask(body["categories"].split()) & ~UNKNOWN,
                purposes=purpose_mask(body["purposes"].split()) & ~EMERGENCY,
                sources=_sources(body["sources"]),
                until=body["until"],
            )

    def _renewed(self, statement: Statement) -> None:
        if (grant := self.grants.get(UUID(statement.body["grant"]))) is not None:
            cap = None if grant.cap is None else year_later(statement.recorded_at)
            self.grants[grant.id] = replace(grant, until=statement.body["until"], cap=cap)

    def _ended(self, statement: Statement) -> None:
        for ended in map(UUID, statement.body["grants"]):
            self.grants.pop(ended, None)
            self.over.add(ended)
            if statement.partner is not None:
                if ended in self.stated and statement.body.get("withdrawn"):
                    self.withdrawn.add(statement.partner)
                self.spend(statement.partner, ended)  # an agreed text ends by its own event's id

    def _basis_ended(self, statement: Statement) -> None:
        grant = UUID(statement.body["grant"])
        self.grants.pop(grant, None)
        self.over.add(grant)

    def _died(self, _statement: Statement) -> None:
        for grant in [grant for grant in self.grants.values() if not grant.law]:
            del self.grants[grant.id]
            self.over.add(grant.id)

    def _block(self, statement: Statement) -> None:
        body, block = statement.body, UUID(statement.body["block"])
        if block not in self.over and statement.partner is not None:
            labels = -1 if body["categories"] is None else label_mask(body["categories"].split())
            self.blocks[block] = (statement.partner, labels, _maybe(body.get("person")))

    def _unblock(self, statement: Statement) -> None:
        block = UUID(statement.body["block"])
        self.blocks.pop(block, None)
        self.over.add(block)

    def _emergency(self, statement: Statement) -> None:
        body, access = statement.body, UUID(statement.body["access"])
        if access not in self.over and statement.partner is not None:
            self.emergencies[access] = Emergency(statement.partner, UUID(body["person"]), body["until"])

    def _emergency_ended(self, statement: Statement) -> None:
        access = UUID(statement.body["access"])
        self.emergencies.pop(access, None)
        self.over.add(access)

    def _representative(self, statement: Statement) -> None:
        body, representative = statement.body, UUID(statement.body["representative"])
        if representative not in self.over:
            self.representatives[representative] = (UUID(body["person"]), label_mask(body["scope"].split()))

    def _representative_ended(self, statement: Statement) -> None:
        representative = UUID(statement.body["representative"])
        self.representatives.pop(representative, None)
        self.over.add(representative)

    def _address_protected(self, _statement: Statement) -> None:
        self.protected = True

    def _address_unprotected(self, _statement: Statement) -> None:
        self.protected = False

    def amend(self, statement: Statement) -> None:
        """Something more was said about an item."""
        item = UUID(statement.body["item"])
        self.amended[item] = self.amendment(item).with_statement(statement)

    _corrected = _relabelled = _misfiled = amend

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
            self.items[proposed[0]].pop(proposed[1], None)

    def _item(self, statement: Statement) -> None:
        body, item = statement.body, UUID(statement.body["item"])
        partner = statement.partner
        if partner is None or (partner, item) in self.spent:
            return
        theirs, knows = self.items.setdefault(partner, {}), frozenset(map(UUID, body["knows"]))
        before = theirs.get(item)
        theirs[item] = ItemGrant(
            body["how"], knows if before is None else knows | before.knows, self.amendment(item)
        )

    def _item_approved(self, statement: Statement) -> None:
        """The citizen approved the text of an agreement for a party, with the labels that it has now."""
        item = UUID(statement.body["item"])
        theirs = self.items.get(statement.partner, {}) if statement.partner else {}
        if (grant := theirs.get(item)) is not None and grant.how == "agreement":
            theirs[item] = replace(grant, amended=self.amendment(item), whole=True)

    def _item_ended(self, statement: Statement) -> None:
        if statement.partner is not None:
            item = UUID(statement.body["item"])
            if statement.body["final"]:
                self.spend(statement.partner, item)
            else:
                self.items.get(statement.partner, {}).pop(item, None)

    def spend(self, partner: UUID, item: UUID) -> None:
        """End an item grant for good."""
        self.items.get(partner, {}).pop(item, None)
        self.spent.add((partner, item))


def _maybe(written: str | None) -> UUID | None:
    return None if written is None else UUID(written)


def _before(now: int, end: int | None) -> bool:
    return end is None or now < end


def _sources(sources: list[str] | None) -> frozenset[UUID] | None:
    return None if sources is None else frozenset(map(UUID, sources))


def _position(statement: Statement) -> int:
    return statement.position
