"""The decision: who may see what of an event, and why. Pure functions; positions and times come in as arguments.

`decide` answers one request; it is DOMAIN, "The decision", rules 1 to 9. The same rules over many items go through
`State` (the statements on one citizen, folded in log order) and `Viewer` (one partner looking at that state at one
moment), so that publishing, reading and replay share every line.

All purposes are decided at once: a permission is a bit set of purposes, and 0 is no permission.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.standing import Grant, ItemGrant, PartnerFacts, Partners, State, Task
from hub.items import Item, ItemField
from hub.statements import Statement
from hub.vocabulary import CATEGORY_BIT, FORBIDDEN_PURPOSES, PURPOSE_BIT, UNKNOWN, Category, Channel

__all__ = [
    "Decision",
    "Disclosure",
    "Grant",
    "ItemGrant",
    "PartnerFacts",
    "Partners",
    "Reason",
    "Request",
    "State",
    "Task",
    "Viewer",
    "decide",
]

EVERY_PURPOSE: Final = sum(PURPOSE_BIT.values())
_AGREEMENTS: Final = CATEGORY_BIT[Category.AGREEMENTS]
_NAMED_SEES: Final = frozenset(
    {"consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed"}
)
_REGISTRAR_SEES: Final = _NAMED_SEES | {"consents.withdrawn", "consents.expired", "consents.refused"}
_ONLY: Final = {
    "handover": frozenset({"from_partner", "to_partner", "kind"}),
    "named": frozenset({"partner"}),
}
"""What an open handover shows its receiver of the proposal itself (rule 6), a consent the partner named (9)."""
_NAMED: Final = ItemGrant("named", frozenset())
_PERSONAL: Final = frozenset({Channel.SCREEN, Channel.CALENDAR})


class Request(NamedTuple):
    """One question: whether this partner (and person) may see this item, for this purpose, through this channel."""

    partner: UUID
    person: UUID | None
    purpose: str | None
    channel: Channel
    item: Item
    now: int
    """Microseconds since 1970 UTC."""


class Reason(NamedTuple):
    """Why something is denied, machine-readable; `labels` says which labels it is about (a bit set)."""

    code: str
    labels: int = 0
    field: str | None = None


class Disclosure(NamedTuple):
    """What a partner may see of an item: which fields, each for which purposes, and why in one fixed word."""

    why: str
    purposes: int
    fields: tuple[tuple[str, int], ...]


class Decision(NamedTuple):
    """The answer to one request."""

    permitted: bool
    fields: tuple[str, ...]
    why: str | None
    reasons: tuple[Reason, ...]
    grants: tuple[UUID, ...]
    """The consents it rests on."""


def decide(statements: Iterable[Statement], request: Request) -> Decision:
    """Answer one request from the statements up to a log position."""
    return State.of(statements).viewer(request.partner, request.now).decide(request)


@dataclass(slots=True)
class Viewer:
    """One partner looking at one citizen's state at one moment."""

    state: State
    partner: UUID
    now: int
    facts: PartnerFacts | None
    grants: list[Grant]
    """The consents to this partner in force now."""
    blocked: int
    """Labels that a block covers; -1 for everything."""
    related: bool
    items: dict[UUID, ItemGrant]
    """The item grants of this partner, by the item's event."""

    @classmethod
    def of(cls, state: State, partner: UUID, now: int) -> "Viewer":
        """Look with this partner's eyes."""
        grants = state.grants_in_force(partner, now)
        return cls(
            state,
            partner,
            now,
            state.partners.get(partner),
            grants,
            state.blocked(partner),
            bool(grants) or state.has_part(partner),
            state.item_grants(partner),
        )

    @property
    def shut(self) -> str | None:
        """The code of what shuts this partner out altogether, or None (rules 1 and 8)."""
        if self.facts is None:
            return "unknown_partner"
        if self.facts.suspended:
            return "suspended"
        if not self.related:
            return "no_relation"
        return "blocked" if self.blocked == -1 else None

    def disclose(self, item: Item, *, screen: bool) -> Disclosure | None:
        """What this partner may see of the item, for every purpose at once; None when it is absent."""
        if self.shut is not None:
            return None
        existence = self._existence(item)
        if existence & (self.blocked | UNKNOWN):
            return None
        own, grant, ordinary = self._ways(item, screen=screen)
        covering = self._covering(item) if ordinary else []
        opened = EVERY_PURPOSE if own or grant else self._by_consent(existence, covering)
        if not opened:
            return None
        fields, purposes, addressed = [], 0, 0
        for field in item.fields:
            labels = self._labels(field)
            if labels & (self.blocked | UNKNOWN):
                continue
            granted = self._granted(field, grant, covering) if grant else 0
            may = EVERY_PURPOSE if own else opened & (granted | self._by_consent(labels, covering))
            if may:
                fields.append((field.name, may))
                purposes |= may
                addressed |= granted
        if not fields:
            return None
        return Disclosure("own" if own else "addressed" if addressed else "consent", purposes, tuple(fields))

    def consented(self, item: Item) -> tuple[UUID, ...]:
        """The consents by which alone (rules 2 and 3) the item may reach this partner; none: it may not."""
        if self.shut is not None or item.event.startswith("consents."):
            return ()
        existence, covering = self._existence(item), self._covering(item)
        if existence & (self.blocked | UNKNOWN):
            return ()
        opened = self._by_consent(existence, covering)
        seen = [
            field.name
            for field in item.fields
            if not self._labels(field) & (self.blocked | UNKNOWN)
            and opened & self._by_consent(self._labels(field), covering)
        ]
        return self.grants_behind(item, seen, EVERY_PURPOSE) if seen else ()

    def may_name_recorder(self, item: Item, bit: int) -> bool:
        """Whether this partner may be told who recorded an item that it sees: the name can reveal something."""
        if item.source is None or item.source == self.partner:
            return True
        reveals = self.state.partners.reveals(item.source)
        if reveals & (self.blocked | UNKNOWN):
            return False
        return not reveals or bool(bit & self._by_consent(reveals, self._covering(item)))

    def may_know_of(self, partner: UUID) -> bool:
        """Whether a consent in force lets this partner know what another organisation's name reveals."""
        labels = self.state.partners.reveals(partner)
        return not labels & (self.blocked | UNKNOWN) and bool(self._by_consent(labels, self.grants))

    def valid_until(self, item: Item, disclosure: Disclosure | None, *, screen: bool) -> int | None:
        """The first moment at which the disclosure would change without a new statement; None: never."""
        for moment in self.state.ends_after(self.partner, self.now):
            if Viewer.of(self.state, self.partner, moment).disclose(item, screen=screen) != disclosure:
                return moment
        return None

    def decide(self, request: Request) -> Decision:
        """Answer one request; the reasons are for those entitled to them."""
        refused = self.refusal(request.person, request.purpose, request.channel)
        if refused is not None:
            return Decision(False, (), None, (refused,), ())
        bit = PURPOSE_BIT[request.purpose]  # type: ignore[index]
        disclosure = self.disclose(request.item, screen=request.channel is Channel.SCREEN)
        seen = () if disclosure is None else tuple(name for name, may in disclosure.fields if may & bit)
        if disclosure is None or not seen:
            return Decision(False, (), None, tuple(self.reasons(request)), ())
        return Decision(True, seen, disclosure.why, (), self.grants_behind(request.item, seen, bit))

    def purposes_of(self, person: UUID) -> int:
        """The purposes of a person's own tasks with the citizen (rule 1)."""
        return self.state.task_purposes(self.partner, person)

    def grants_behind(self, item: Item, seen: Iterable[str], bit: int) -> tuple[UUID, ...]:
        """The consents that what is seen rests on."""
        wanted = self._existence(item)
        for field in item.fields:
            if field.name in seen:
                wanted |= self._labels(field)
        return tuple(g.id for g in self._covering(item) if g.labels & wanted and g.purposes & bit)

    def reasons(self, request: Request) -> Iterable[Reason]:
        """Why the request is denied, by precedence (rule 8): the event's existence first, then each field."""
        if self.shut is not None:
            yield Reason(self.shut)
            return
        item, bit = request.item, PURPOSE_BIT[request.purpose]  # type: ignore[index]
        own, grant, ordinary = self._ways(item, screen=request.channel is Channel.SCREEN)
        existence = self._existence(item)
        covering = self._covering(item) if ordinary else []
        if not (own or grant or ordinary):
            yield Reason("not_on_surface")
            return
        existing = list(self._missing(existence, covering, bit, None, opened=own or grant is not None))
        yield from existing
        if existing:
            return
        if not item.fields:
            yield Reason("no_field")
        for field in item.fields:
            yield from self._missing(self._labels(field), covering, bit, field.name, opened=own)

    # The rules, one by one.

    def refusal(self, person: UUID | None, purpose: str | None, channel: Channel) -> Reason | None:
        """Rule 1: a known partner, a purpose that is no forbidden one, a person with a task of their own."""
        if self.shut is not None:
            return Reason(self.shut)
        if not purpose:
            return Reason("no_purpose")
        if purpose in FORBIDDEN_PURPOSES:
            return Reason("forbidden_purpose")
        bit = PURPOSE_BIT.get(purpose, 0)  # type: ignore[call-overload]
        if channel in _PERSONAL:
            if person is None:
                return Reason("no_person")
            return None if self.purposes_of(person) & bit else Reason("no_task")
        return None if self.facts and self.facts.purposes & bit else Reason("purpose_not_registered")

    def _ways(self, item: Item, *, screen: bool) -> tuple[bool, ItemGrant | None, bool]:
        """By which ways the item can be seen: own record, item grant, ordinary consent (rules 6 and 9)."""
        own = item.source == self.partner
        grant = self.items.get(item.event_id) if self.items else None
        if not item.event.startswith("consents."):
            return own, grant, True
        if item.event == "consents.disclosure_authorised":
            return False, grant, False
        if item.event not in _REGISTRAR_SEES:
            return False, None, False
        named = item.event in _NAMED_SEES and item.named == self.partner
        coordinates = screen and self.partner in self.state.coordinators()
        return own, _NAMED if named else None, named or coordinates

    def _granted(self, field: ItemField, grant: ItemGrant, covering: list[Grant]) -> int:
        """Rule 6: an item grant covers a field, whatever the ceiling; names of others only as approved."""
        ceiling = self.facts.ceiling if self.facts else 0
        if grant.how == "agreement" and field.labels & ~(_AGREEMENTS | ceiling):
            return 0
        if grant.how in _ONLY and field.name not in _ONLY[grant.how]:
            return 0
        permitted = EVERY_PURPOSE
        for other in field.partners:
            reveals = self.state.partners.reveals(other)
            if reveals and other != self.partner and other not in grant.knows:
                permitted &= self._by_consent(reveals, covering)
        return permitted

    def _by_consent(self, labels: int, covering: list[Grant]) -> int:
        """Rule 2: each label under the ceiling, not blocked, and covered by some grant, each on its own."""
        ceiling = self.facts.ceiling if self.facts else 0
        if labels & ~ceiling:
            return 0
        permitted = EVERY_PURPOSE
        while labels:
            bit = labels & -labels
            labels ^= bit
            purposes = 0
            for grant in covering:
                if grant.labels & bit:
                    purposes |= grant.purposes
            permitted &= purposes
            if not permitted:
                return 0
        return permitted

    def _covering(self, item: Item) -> list[Grant]:
        """Rules 2 and 3: the grants in force that cover this source and this moment in time."""
        return [grant for grant in self.grants if grant.covers(item)]

    def _existence(self, item: Item) -> int:
        """The labels of the event's existence: its type, who recorded it, and its key fields."""
        labels = item.existence
        if item.source is not None:
            labels |= self.state.partners.reveals(item.source)
        for field in item.fields:
            if field.key:
                labels |= self._labels(field)
        return labels

    def _labels(self, field: ItemField) -> int:
        """A field's labels with what the names in it reveal."""
        labels = field.labels
        for partner in field.partners:
            labels |= self.state.partners.reveals(partner)
        return labels

    def _missing(
        self, labels: int, covering: list[Grant], bit: int, field: str | None, *, opened: bool
    ) -> Iterable[Reason]:
        """What stands in the way of these labels, by precedence."""
        if labels & UNKNOWN:
            yield Reason("unlabelled", 0, field)
        if labels & self.blocked:
            yield Reason("blocked", labels & self.blocked, field)
        if opened:
            return
        over = labels & ~((self.facts.ceiling if self.facts else 0) | UNKNOWN)
        if over:
            yield Reason("over_ceiling", over, field)
        covered = 0
        for grant in covering:
            if grant.purposes & bit:
                covered |= grant.labels
        lacking = labels & ~(covered | UNKNOWN)
        if lacking:
            yield Reason("no_grant", lacking, field)
