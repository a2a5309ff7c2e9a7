"""The decision: who may see what of an event, and why. Pure functions; positions and times come in as arguments.

`decide` answers one request; it is DOMAIN, "The decision", rules 1 to 9. The same rules over many items go through
`State` (the statements on one citizen, folded in log order) and `Viewer` (one partner, or one person at it, looking
at that state at one moment through one channel), so that publishing, reading and replay share every line.

All purposes are decided at once: a permission is a bit set of purposes, and 0 is no permission.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hub.application.amendments import UNAMENDED, Amendment
from hub.application.answers import Decision, Disclosure, Reason, Request, Shown
from hub.application.denials import reasons
from hub.application.facts import PartnerFacts, Partners
from hub.application.grants import EMERGENCY, Grant, ItemGrant, Task
from hub.application.standing import State
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
    "Shown",
    "State",
    "Task",
    "Viewer",
    "decide",
]

EVERY_PURPOSE: Final = sum(PURPOSE_BIT.values())
_AGREEMENTS: Final = CATEGORY_BIT[Category.AGREEMENTS]
_ADDRESS: Final = CATEGORY_BIT[Category.ADDRESS]
_NAMED_SEES: Final = frozenset(
    {"consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed"}
)
_REGISTRAR_SEES: Final = _NAMED_SEES | {"consents.withdrawn", "consents.expired", "consents.refused"}
_NOBODY_SEES: Final = frozenset(
    {"consents.begun", "consents.block_set", "consents.block_lifted", "consents.purge_confirmed"}
)
_ONLY: Final = {
    "handover": frozenset({"from_partner", "to_partner", "kind"}),
    "named": frozenset({"partner"}),
}
"""What an open handover shows its receiver of the proposal itself (rule 6), a consent the partner named (9)."""
_NAMED: Final = ItemGrant("named", frozenset())
_PERSONAL: Final = frozenset({Channel.SCREEN, Channel.CALENDAR})
_IMPERSONAL: Final = frozenset({Channel.TOPIC, Channel.FEED})
_OUTWARD: Final = frozenset({Channel.CALENDAR, Channel.MAIL, Channel.EXPORT})
"""Where a protected address never enters, whoever asks."""


def decide(statements: Iterable[Statement], request: Request) -> Decision:
    """Answer one request from the statements up to a log position."""
    state = State.of(statements)
    viewer = state.viewer(
        request.partner, request.now, person=request.person, channel=request.channel, purpose=request.purpose
    )
    return viewer.decide(request.item)


@dataclass(slots=True)
class Viewer:
    """One partner, or one person at it, looking at one citizen's state at one moment."""

    state: State
    partner: UUID
    now: int
    person: UUID | None
    channel: Channel
    purpose: str | None
    facts: PartnerFacts | None
    ceiling: int
    """What this partner can ever receive."""
    grants: list[Grant]
    """What is in force now: consents, bases in law, the person's emergency access."""
    blocked: int
    """Labels that a block covers; -1 for everything."""
    kept: int
    """Labels that no right opens: blocked, an address that is protected, and what is unknown."""
    related: bool
    items: dict[UUID, ItemGrant]
    """The item grants of this partner, by the item's event."""
    shut: str | None = None
    """The code of what shuts this partner out altogether, or None (rules 1 and 8)."""
    later: "list[Viewer] | None" = None
    """The same eyes at each moment at which a grant runs out, in order; made when they are first asked for."""

    @classmethod
    def of(
        cls,
        state: State,
        partner: UUID,
        now: int,
        *,
        person: UUID | None = None,
        channel: Channel = Channel.TOPIC,
        purpose: str | None = None,
    ) -> "Viewer":
        """Look with this partner's eyes; through a topic or a feed nobody looks in person (rule 1)."""
        if channel in _IMPERSONAL:
            person = None
        facts = state.partners.get(partner)
        grants = state.grants_in_force(partner, now, person if channel is Channel.SCREEN else None)
        blocked = state.blocked(partner, person)
        inside = facts is not None and facts.public and channel not in _OUTWARD
        protected = _ADDRESS if state.protected and not inside else 0
        viewer = cls(
            state,
            partner,
            now,
            person,
            channel,
            purpose,
            facts,
            facts.ceiling if facts else 0,
            grants,
            blocked,
            blocked | protected | UNKNOWN,
            bool(grants) or state.has_part(partner),
            state.item_grants(partner),
        )
        viewer.shut = viewer._shut()
        return viewer

    def _shut(self) -> str | None:
        if self.facts is None:
            return "unknown_partner"
        if self.facts.suspended:
            return "suspended"
        if not self.related:
            return "no_relation"
        if self.blocked == -1:
            return "blocked"
        if self.channel is not Channel.SCREEN and self.state.screens_only(self.partner):
            return "screens_only"
        return None

    @property
    def asked(self) -> int:
        """The purposes in question: the person's own, or every one that is registered for the partner."""
        if self.person is not None:
            return PURPOSE_BIT.get(self.purpose, 0)  # type: ignore[call-overload, no-any-return]
        return self.facts.purposes if self.facts else 0

    def disclose(self, item: Item) -> Disclosure | None:
        """What this partner may see of the item, for every purpose at once; None when it is absent."""
        if self.shut is not None:
            return None
        amended = self.state.amended.get(item.event_id, UNAMENDED)
        existence = self.existence(item, amended)
        if existence & self.kept:
            return None
        own, grant, ordinary = self.ways(item)
        if grant is not None and self.gained(item, grant, amended):
            grant = None
        # Rule 9 says where a statement stands; whose words its recorder is shown there the grants still say (rule 7).
        covering = self._covering(item, amended) if own or ordinary else []
        ruled = self._by_grants(existence, covering)
        opened = EVERY_PURPOSE if own or grant else ruled
        if not opened:
            return None
        happened = amended.happened(item.occurred_at, self.partner if own and self.asked & ~ruled else None)
        fields: list[Shown] = []
        purposes, addressed, wanted = 0, 0, 0
        for field in item.fields:
            labels = self.labels(field, amended)
            if labels & self.kept or (field.text and amended.misfiled):
                continue
            ruled = opened & self._by_grants(labels, covering)
            granted = self._granted(field, grant, covering, amended) if grant else 0
            may = EVERY_PURPOSE if own else ruled | granted
            if may:
                fields.append(Shown(field.name, may, self._words(field, amended, own=own, ruled=ruled)))
                purposes |= may
                addressed |= granted
                wanted |= labels
        if not fields:
            return None
        law = self._law(wanted | existence, covering)
        why = "own" if own else "addressed" if addressed else "law" if law else "consent"
        return Disclosure(why, purposes, tuple(fields), happened)

    def consented(self, item: Item) -> tuple[UUID, ...]:
        """The grants by which alone (rules 2 and 3) the item may reach this partner; none: it may not."""
        if self.shut is not None or item.event.startswith("consents."):
            return ()
        amended = self.state.amendment(item.event_id)
        existence, covering = self.existence(item, amended), self._covering(item, amended)
        opened = self._by_grants(existence, covering)
        if existence & self.kept:
            return ()
        seen = [
            field.name
            for field in item.fields
            if not (labels := self.labels(field, amended)) & self.kept
            and not (field.text and amended.misfiled)
            and opened & self._by_grants(labels, covering)
        ]
        return self.grants_behind(item, seen, EVERY_PURPOSE) if seen else ()

    def may_name_recorder(self, item: Item, bit: int) -> bool:
        """Whether this partner may be told who recorded an item that it sees: the name can reveal something."""
        if item.source is None or item.source == self.partner:
            return True
        reveals = self.state.partners.reveals(item.source)
        if reveals & self.kept:
            return False
        amended = self.state.amendment(item.event_id)
        return not reveals or bool(bit & self._by_grants(reveals, self._covering(item, amended)))

    def may_know_of(self, partner: UUID) -> bool:
        """Whether a grant in force lets this partner know what another organisation's name reveals."""
        labels = self.state.partners.reveals(partner)
        return not labels & self.kept and bool(self._by_grants(labels, self.grants))

    def valid_until(self, item: Item, disclosure: Disclosure | None) -> int | None:
        """The first moment at which the disclosure would change without a new statement; None: never."""
        if self.later is None:
            state, partner = self.state, self.partner
            self.later = [
                Viewer.of(
                    state, partner, moment, person=self.person, channel=self.channel, purpose=self.purpose
                )
                for moment in state.ends_after(partner, self.now)
            ]
        return next((later.now for later in self.later if later.disclose(item) != disclosure), None)

    def decide(self, item: Item) -> Decision:
        """Answer for one item; the reasons are for those entitled to them."""
        refused = self.refusal()
        if refused is not None:
            return Decision(False, (), None, (refused,), ())
        bit = PURPOSE_BIT[self.purpose]  # type: ignore[index]
        disclosure = self.disclose(item)
        seen = () if disclosure is None else disclosure.narrowed(bit).fields
        if disclosure is None or not seen:
            return Decision(False, (), None, tuple(reasons(self, item)), ())
        behind = self.grants_behind(item, [shown.name for shown in seen], bit)
        return Decision(True, seen, disclosure.why, (), behind)

    def purposes_of(self, person: UUID) -> int:
        """The purposes of a person's own tasks with the citizen (rule 1)."""
        return self.state.task_purposes(self.partner, person, self.now)

    def grants_behind(self, item: Item, seen: Iterable[str], bit: int) -> tuple[UUID, ...]:
        """The consents and bases that what is seen rests on."""
        amended = self.state.amendment(item.event_id)
        wanted = self.existence(item, amended)
        for field in item.fields:
            if field.name in seen:
                wanted |= self.labels(field, amended)
        return tuple(g.id for g in self._covering(item, amended) if g.labels & wanted and g.purposes & bit)

    # The rules, one by one.

    def refusal(self) -> Reason | None:
        """Rule 1: a known partner, a purpose that is no forbidden one, a person with a task of their own."""
        if self.shut is not None:
            return Reason(self.shut)
        if not self.purpose:
            return Reason("no_purpose")
        if self.purpose in FORBIDDEN_PURPOSES:
            return Reason("forbidden_purpose")
        bit = PURPOSE_BIT.get(self.purpose, 0)  # type: ignore[call-overload]
        if self.person is not None:
            return None if self.purposes_of(self.person) & bit else Reason("no_task")
        if self.channel in _PERSONAL:
            return Reason("no_person")
        return None if self.facts and self.facts.purposes & bit else Reason("purpose_not_registered")

    def ways(self, item: Item) -> tuple[bool, ItemGrant | None, bool]:
        """By which ways the item can be seen: own record, item grant, ordinary grants (rules 6 and 9)."""
        emergency = self.asked == EMERGENCY  # it opens what its own rule names, and no more
        own = item.source == self.partner and not emergency
        grant = None if emergency else self.items.get(item.event_id)
        if not item.event.startswith("consents."):
            return own, grant, True
        if item.event in _NOBODY_SEES:
            return False, None, False
        if item.event == "consents.disclosure_authorised":
            return False, grant, False
        if item.event not in _REGISTRAR_SEES:
            return own, grant, True
        named = item.event in _NAMED_SEES and item.named == self.partner
        coordinates = self.channel is Channel.SCREEN and self.partner in self.state.coordinators()
        return own, _NAMED if named and not emergency else None, named or coordinates

    def gained(self, item: Item, grant: ItemGrant, amended: Amendment) -> bool:
        """Rule 6: whether the item's existence has gained a label since it was granted."""
        if amended is grant.amended:
            return False
        return bool(self.existence(item, amended) & ~self.existence(item, grant.amended))

    def _granted(self, field: ItemField, grant: ItemGrant, covering: list[Grant], amended: Amendment) -> int:
        """Rule 6: an item grant covers a field, with the labels it had; names of others only as approved."""
        labels = amended.labels(field)
        if self.labels(field, amended) & ~self.labels(field, grant.amended):
            return 0
        if grant.how == "agreement" and not grant.whole and labels & ~(_AGREEMENTS | self.ceiling):
            return 0
        if grant.how in _ONLY and field.name not in _ONLY[grant.how]:
            return 0
        permitted = EVERY_PURPOSE
        for other in field.partners:
            if other != self.partner and other not in grant.knows:
                permitted &= self._by_grants(self.state.partners.reveals(other), covering)
        return permitted

    def _by_grants(self, labels: int, covering: list[Grant]) -> int:
        """Rule 2: each label under the ceiling, and covered by some grant, each on its own."""
        if labels & ~self.ceiling:
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

    def _covering(self, item: Item, amended: Amendment) -> list[Grant]:
        """Rules 2 and 3: the grants in force that cover these sources and these moments in time."""
        return [grant for grant in self.grants if grant.covers(item, amended)]

    def _law(self, labels: int, covering: list[Grant]) -> bool:
        """Rule 8: whether a basis in law is among what carries these labels, for a purpose in question."""
        return any(grant.law and grant.labels & labels and grant.purposes & self.asked for grant in covering)

    def _words(self, field: ItemField, amended: Amendment, *, own: bool, ruled: int) -> UUID | None:
        """Rule 7: whose words: the latest, or for the recorder its own latest unless rule 2 permits the others."""
        change = amended.changes.get(field.name)
        if change is None:
            return None
        return change.own(self.partner) if own and self.asked & ~ruled else change.latest

    def existence(self, item: Item, amended: Amendment) -> int:
        """The labels of the event's existence: its type, who recorded and corrected it, and its key fields."""
        labels = item.existence if amended is UNAMENDED else amended.existence(item.existence)
        for source in (item.source, *amended.sources):
            if source is not None:
                labels |= self.state.partners.reveals(source)
        for field in item.fields:
            if field.key:
                labels |= self.labels(field, amended)
        return labels

    def labels(self, field: ItemField, amended: Amendment) -> int:
        """A field's labels with what the names in it reveal."""
        labels = field.labels if amended is UNAMENDED else amended.labels(field)
        for partner in field.partners:
            labels |= self.state.partners.reveals(partner)
        return labels
