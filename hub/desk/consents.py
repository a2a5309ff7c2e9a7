"""Who may know what, as one reader may know it: consents, blocks, texts and bases, folded from what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Actor
from hub.aggregates.giving import SPOKEN
from hub.application.access import Reader
from hub.application.preview import Preview
from hub.application.reading import Happening
from hub.clock import from_microseconds, to_microseconds
from hub.desk.desk import Desk
from hub.desk.saying import as_uuid
from hub.vocabulary import Category

SURFACE: Final = "consents"
KINDS: Final = ("consents.",)
_BEGINS: Final = {
    "consents.given": ("consent", "consent"),
    "consents.block_set": ("block", "block"),
    "consents.statutory_basis_registered": ("basis", "registration"),
}
"""What something begins with: its kind, and the field with its id."""
_ENDS: Final = {
    "consents.withdrawn": ("consents", "withdrawn"),
    "consents.expired": ("consents", "time"),
    "consents.block_lifted": ("block", "lifted"),
    "consents.statutory_basis_ended": ("registration", "ended"),
}
"""What something ends with: the field with its id or ids, and what it is called then."""
IN_ORDER: Final = {str(category): place for place, category in enumerate(Category)}


@dataclass(slots=True)
class Standing:
    """A consent, a block, an agreed text or a basis in law, as it stands."""

    kind: str
    id: UUID
    """What commands call it; no page shows it."""
    ref: UUID
    """What the reader calls the event that it began with."""
    position: int
    partner: UUID
    given: str
    """The day it was recorded."""
    categories: list[str] | None = None
    purposes: list[str] = field(default_factory=list)
    until: datetime | None = None
    spoken: bool = False
    witness: UUID | None = None
    lapses: datetime | None = None
    """When it ends by itself: it was spoken, and nobody has confirmed it."""
    pending: bool = False
    """Whether it counts only from its confirmation."""
    words: str | None = None
    person: UUID | None = None
    basis: str | None = None
    window: bool = False
    over: str | None = None
    """How it ended; None while it stands."""
    ended: str | None = None
    """The day on which it ended."""

    @property
    def ends(self) -> datetime | None:
        """The first moment at which it is over; None where nothing is set."""
        return min((end for end in (self.until, self.lapses) if end is not None), default=None)


@dataclass(slots=True)
class Card:
    """What one organisation may know, and what it may not have."""

    partner: UUID
    name: str
    consents: list[Standing] = field(default_factory=list)
    blocks: list[Standing] = field(default_factory=list)
    texts: list[Standing] = field(default_factory=list)
    bases: list[Standing] = field(default_factory=list)

    @property
    def may(self) -> list[str]:
        """The categories that they may know by a consent that counts, less what is blocked."""
        open_ = {one for consent in self.consents if not consent.pending for one in consent.categories or ()}
        kept = {one for block in self.blocks if block.person is None for one in block.categories or open_}
        return sorted(open_ - kept, key=_order)

    @property
    def blocked(self) -> list[str] | None:
        """What is blocked for all of them; None for everything."""
        whole = [block.categories for block in self.blocks if block.person is None]
        if any(categories is None for categories in whole):
            return None
        return sorted({one for categories in whole for one in categories or ()}, key=_order)

    @property
    def purposes(self) -> list[str]:
        """What it is for."""
        return list(dict.fromkeys(one for consent in self.consents for one in consent.purposes))

    @property
    def ends(self) -> datetime | None:
        """When the first of the consents ends."""
        return min((one.ends for one in self.consents if one.ends is not None), default=None)

    @property
    def waits(self) -> bool:
        """Whether a spoken consent waits for the citizen."""
        return any(one.lapses is not None for one in self.consents)


def standing(s: Desk, reader: Reader, citizen: UUID, purpose: str | None = None) -> list[Standing]:
    """All that the reader may know of, oldest first: decided, logged, and without a consumer's lag."""
    return folded(s, citizen, s.access.happenings(reader, citizen, purpose, KINDS, SURFACE))


def folded(s: Desk, citizen: UUID, happenings: Iterable[Happening]) -> list[Standing]:
    """What stands, out of what happened."""
    found: dict[UUID, Standing] = {}
    for happening in happenings:
        _take(found, happening)
    now, grants = s.hub.clock(), s.hub.state(citizen).grants
    for one in found.values():
        grant = grants.get(one.id)
        if grant is not None and one.over is None:
            one.lapses = None if grant.lapses is None else from_microseconds(grant.lapses)
            one.pending = grant.pending
            if grant.ends is not None and to_microseconds(now) >= grant.ends:
                one.over = "time" if one.lapses is None else "lapsed"
    return list(found.values())


def _take(found: dict[UUID, Standing], happening: Happening) -> None:
    entry, fields = happening.entry, happening.entry.fields
    if entry.event in _BEGINS:
        kind, name = _BEGINS[entry.event]
        identity = as_uuid(str(fields.get(name, ""))) or entry.event_id
        _begin(found, happening, kind, identity)
    elif entry.event == "consents.disclosure_authorised" and fields.get("kind") == "text":
        _begin(found, happening, "text", entry.event_id)
    elif entry.event in _ENDS:
        name, how = _ENDS[entry.event]
        for identity in _ids(fields.get(name)):
            if identity in found:
                reason = fields.get("reason")
                found[identity].over = "lapsed" if reason == "lapsed" else how
                found[identity].ended = entry.recorded
    elif entry.event in ("consents.narrowed", "consents.renewed"):
        for identity in _ids(fields.get("consent")):
            if identity in found:
                one = found[identity]
                one.categories = _list(fields, "categories") or one.categories
                one.purposes = _list(fields, "purposes") or one.purposes
                one.until = _moment(fields.get("until"))


def _begin(found: dict[UUID, Standing], happening: Happening, kind: str, identity: UUID) -> None:
    entry, fields = happening.entry, happening.entry.fields
    partner = as_uuid(str(fields.get("partner", "")))
    if partner is None:
        return
    words: Any = fields.get("words") or fields.get("text")
    found[identity] = Standing(
        kind,
        identity,
        entry.ref,
        entry.position,
        partner,
        entry.recorded,
        categories=sorted(_list(fields, "categories"), key=_order) or None,
        purposes=_list(fields, "purposes"),
        until=_moment(fields.get("until")),
        spoken=fields.get("form") == SPOKEN,
        witness=as_uuid(str(fields.get("witness_person", ""))),
        words=words["text"] if isinstance(words, dict) else None,
        person=as_uuid(str(fields.get("person", ""))),
        basis=fields.get("basis"),
        window=fields.get("window") is not None,
    )


def cards(s: Desk, found: Sequence[Standing]) -> list[Card]:
    """A card for each organisation that may know something: what ends soon first, then by name."""
    names = s.partners()
    made: dict[UUID, Card] = {}
    for one in found:
        if one.over is None:
            card = made.setdefault(one.partner, Card(one.partner, names.get(one.partner, ("", ""))[0]))
            {"consent": card.consents, "block": card.blocks, "text": card.texts, "basis": card.bases}[
                one.kind
            ].append(one)
    return sorted(
        (card for card in made.values() if card.consents or card.texts),
        key=lambda card: (card.ends is None, card.ends or s.hub.clock(), card.name.casefold()),
    )


def card_of(s: Desk, found: Sequence[Standing], partner: UUID) -> Card | None:
    """What one organisation may know; None where nothing is permitted by consent."""
    return next((card for card in cards(s, found) if card.partner == partner), None)


def in_use(s: Desk, basis: Standing) -> bool:
    """Whether the organisation's lawyer has confirmed the row, so that the basis opens anything."""
    facts = s.hub.partners().get(basis.partner)
    return facts is not None and (basis.basis or "") in facts.confirmed


@dataclass(frozen=True, slots=True)
class Remains:
    """What an organisation goes on seeing when every consent to it is gone."""

    laws: list[Standing]
    addressed: bool
    """Invitations, agreements or agreed texts that it is given by name."""
    own: bool
    """What it wrote itself, while it has a task or a part in a plan."""


def remains(s: Desk, citizen: UUID, found: Sequence[Standing], partner: UUID) -> Remains:
    """What continues after a withdrawal, and under which law."""
    state = s.hub.state(citizen)
    laws = [
        o for o in found if o.kind == "basis" and o.partner == partner and o.over is None and in_use(s, o)
    ]
    return Remains(laws, bool(state.item_grants(partner)), state.has_part(partner) or bool(laws))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a withdrawal did."""

    at: datetime
    stopped: list[str]
    purged: str | None
    """The day on which the organisation confirmed that it has deleted; None: not yet."""


def receipt(s: Desk, reader: Reader, citizen: UUID, partner: UUID) -> Receipt | None:
    """The last withdrawal from an organisation, as the citizen reads it; None where there is none."""
    happenings = s.access.happenings(reader, citizen, None, KINDS, SURFACE)
    ours = [one for one in happenings if one.entry.fields.get("partner") == str(partner)]
    last = next((one for one in reversed(ours) if one.entry.event == "consents.withdrawn"), None)
    if last is None:
        return None
    ids = _ids(last.entry.fields.get("consents"))
    gone = [one for one in folded(s, citizen, happenings) if one.id in ids]
    confirmed = next(
        (
            one.entry.recorded
            for one in ours
            if one.entry.event == "consents.purge_confirmed" and one.entry.position > last.entry.position
        ),
        None,
    )
    stopped = sorted({each for one in gone for each in one.categories or ()}, key=_order)
    return Receipt(last.at, stopped, confirmed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command would change for one organisation: how many of which kinds of event."""

    partner: UUID
    kind: str
    """`gained`, `lost` or `changed`."""
    events: dict[str, int]


def outcomes(found: Preview) -> list[Outcome]:
    """A preview, counted: for each organisation what it would gain, lose or see otherwise."""
    told: list[Outcome] = []
    for effect in found.effects:
        for kind in ("gained", "lost", "changed"):
            events: dict[str, set[UUID]] = {}
            for change in effect.changes:
                if change.kind == kind:
                    events.setdefault(change.item.event, set()).add(change.item.event_id)
            if events:
                told.append(Outcome(effect.partner, kind, {name: len(ids) for name, ids in events.items()}))
    return told


def learned(found: Preview) -> list[tuple[UUID, list[UUID]]]:
    """Who would learn of whom."""
    return [(effect.partner, list(effect.learns)) for effect in found.effects if effect.learns]


def helpers(s: Desk, citizen: UUID) -> list[tuple[str, UUID, UUID | None]]:
    """Who coordinates and who is the contact person: role, organisation, person. After a read that was logged."""
    tasks = s.hub.state(citizen).tasks.values()
    found = [(task.role, task.partner, task.person) for task in tasks]
    order = ("contact_person", "coordinator")
    return sorted((one for one in found if one[0] in order), key=lambda one: order.index(one[0]))


def witnesses(s: Desk, actor: Actor, receiver: UUID | None) -> list[tuple[UUID, str]]:
    """Who can have heard a consent beside whoever writes it down: colleagues, and people at the authority."""
    known = s.partners()
    return sorted(
        (
            (person.id, f"{person.name}, {known[person.partner][0]}")
            for person in s.hub.vault.everybody()
            if person.partner in known
            and person.partner != receiver
            and person.id != actor.person
            and (person.partner == actor.partner or known[person.partner][1] == "authority")
        ),
        key=lambda one: one[1].casefold(),
    )


def _order(category: str) -> int:
    return IN_ORDER.get(category, len(IN_ORDER))


def _ids(value: Any) -> list[UUID]:
    values = value if isinstance(value, list) else [value]
    return [found for each in values if each is not None and (found := as_uuid(str(each)))]


def _list(fields: dict[str, Any], name: str) -> list[str]:
    value = fields.get(name) or []
    return value.split() if isinstance(value, str) else [str(each) for each in value]


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
