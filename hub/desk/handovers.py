"""Handovers: what each receiver could be given, what it would see exactly, and what is left to settle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Actor, Handover, Text
from hub.application import commands
from hub.application.access import Entry
from hub.application.commands.settling import Unsettled, unsettled
from hub.application.disclosure import Viewer
from hub.application.hub import Rehearsal, Work
from hub.clock import to_microseconds
from hub.desk.desk import Desk
from hub.desk.meetings import Told
from hub.errors import NotPermitted
from hub.items import Item
from hub.vocabulary import Channel

BEGUN: Final = {"agreement": "meeting.agreement_made", "consent": "consents.given"}
"""The event that tells of each thing that is left to settle."""
_NEVER: Final = ("consents.", "handover.", "event.")
_BARE: Final = frozenset({
    "citizen.enrolled", "citizen.relation_started", "citizen.relation_ended", "citizen.coordinator_assigned",
    "citizen.coordinator_released", "citizen.contact_person_assigned", "citizen.contact_person_ended",
    "meeting.participant_invited", "meeting.participant_removed", "meeting.participant_approved_by_citizen",
    "meeting.approval_withdrawn", "meeting.participant_answered",
})  # fmt: skip
"""What is no knowledge to pass on: who had which task, and who was invited."""
_OFFERED: Final = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """A handover as it is to be proposed; the items are events of the citizen's."""

    to_partner: UUID
    kind: str
    items: tuple[UUID, ...]
    text: Text | None = None
    approved: bool = False


@dataclass(slots=True)
class Shown:
    """What the receiver would see, and what it would not."""

    passes: list[Entry] = field(default_factory=list)
    """Each item with the fields that the receiver will see of it, as far as whoever asks sees them too."""
    stays: list[Entry] = field(default_factory=list)
    text: bool = False
    """Whether the receiver will see the words of the proposal."""
    rehearsal: Rehearsal | None = None
    needs_approval: bool = False
    """Whether the sender's own name tells what the receiver may not know, unless the citizen agreed."""


def offered(told: Sequence[Told]) -> list[Told]:
    """What can be passed on, newest first."""
    found = [
        one
        for one in told
        if one.entry is not None and one.item.event not in _BARE and not one.item.event.startswith(_NEVER)
    ]
    return found[: -_OFFERED - 1 : -1]


def may_have(
    s: Desk, citizen: UUID, partners: Sequence[UUID], items: Sequence[Item]
) -> dict[UUID, set[UUID]]:
    """By item: which of these organisations the citizen's consents let have it."""
    eyes = {partner: receiver(s, citizen, partner) for partner in partners}
    return {
        item.event_id: {partner for partner, viewer in eyes.items() if viewer.consented(item)}
        for item in items
    }


def receiver(s: Desk, citizen: UUID, partner: UUID) -> Viewer:
    """A receiver's eyes, as a handover is decided for them."""
    now = to_microseconds(s.hub.clock())
    return s.hub.state(citizen).viewer(partner, now, channel=Channel.SCREEN)


def shown(s: Desk, actor: Actor, citizen: UUID, proposal: Proposal, told: Sequence[Told]) -> Shown:
    """Exactly what the receiver would see, by carrying the proposal out as if; nothing is recorded."""
    chosen = [one for one in told if one.item.event_id in proposal.items and one.entry is not None]
    behind = may_have(s, citizen, [proposal.to_partner], [one.item for one in chosen])
    found, going = Shown(), [one for one in chosen if behind[one.item.event_id]]
    found.stays = [one.entry for one in chosen if not behind[one.item.event_id] and one.entry is not None]
    with s.hub.rehearse() as rehearsal:
        try:
            commands.propose_handover(
                s.hub,
                actor,
                citizen,
                proposal.to_partner,
                kind=proposal.kind,
                items=tuple(one.item.event_id for one in going),
                approved=proposal.approved,
                text=proposal.text,
            )
        except NotPermitted:
            found.needs_approval = True
        viewer = receiver(s, citizen, proposal.to_partner)
    found.rehearsal = rehearsal
    for one in going:
        seen = _fields(viewer, one.item)
        if one.entry is not None:
            fields = {name: value for name, value in one.entry.fields.items() if name in seen}
            by = one.entry.by if viewer.may_name_recorder(one.item, viewer.asked) else None
            found.passes.append(one.entry._replace(fields=fields, by=by))
    proposed = [item for _, item in rehearsal.items if item.event == "handover.proposed"]
    found.text = any("text" in _fields(viewer, item) for item in proposed)
    return found


def _fields(viewer: Viewer, item: Item) -> set[str]:
    """The fields of an item that a receiver's people see, for the purposes their organisation has."""
    disclosure = viewer.disclose(item)
    return set() if disclosure is None else {one.name for one in disclosure.narrowed(viewer.asked).fields}


@dataclass(slots=True)
class Passing:
    """One handover, as a reader may know it."""

    id: UUID
    proposal: Entry
    items: list[Entry]
    happened: set[str]
    said: list[Entry]

    @property
    def sender(self) -> UUID | None:
        """Who passes on."""
        return _partner(self.proposal, "from_partner")

    @property
    def to(self) -> UUID | None:
        """Who receives."""
        return _partner(self.proposal, "to_partner")

    @property
    def kind(self) -> str:
        """What is passed on."""
        return str(self.proposal.fields.get("kind", ""))

    @property
    def status(self) -> str:
        """`proposed`, `accepted`, `declined`, `completed` or `withdrawn`."""
        for status in ("completed", "withdrawn", "declined", "accepted"):
            if f"handover.{status}" in self.happened:
                return status
        return "proposed"

    @property
    def read(self) -> bool:
        """Whether the receiver has said that it read it."""
        return "handover.read" in self.happened


def passings(told: Sequence[Told]) -> list[Passing]:
    """The handovers that a reader may know of, newest first."""
    found: dict[UUID, Passing] = {}
    seen = {one.item.event_id: one.entry for one in told if one.entry is not None}
    for one in told:
        identity = one.opened.originator_id
        if one.item.event == "handover.proposed" and one.entry is not None:
            items = [entry for each in _wanted(one) if (entry := seen.get(each)) is not None]
            found[identity] = Passing(identity, one.entry, items, set(), [])
        elif one.item.event.startswith("handover.") and identity in found:
            found[identity].happened.add(one.item.event)
            if one.entry is not None:
                found[identity].said.append(one.entry)
    return [*found.values()][::-1]


def _wanted(proposed: Told) -> Iterator[UUID]:
    for each in proposed.opened.body["items"]:
        yield UUID(bytes=each)


def left(s: Desk, handover: UUID, told: Sequence[Told]) -> list[tuple[Unsettled, Entry]]:
    """The open agreements and consents of whoever passes on that the reader sees, and that are yet to settle."""
    work = Work(s.hub, fresh=True)
    wanted = {
        (one.kind, one.what): one for one in unsettled(s.hub, work, work.get(Handover, handover, "handover"))
    }
    return [
        (wanted[kind, what], one.entry)
        for one in told
        for kind, event in BEGUN.items()
        if one.entry is not None and one.item.event == event and (kind, what := one.term(kind)) in wanted
    ]


def _partner(entry: Entry, name: str) -> UUID | None:
    found: Any = entry.fields.get(name)
    return None if found is None else UUID(found)
