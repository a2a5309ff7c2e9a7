"""Preview: what each partner would gain or lose by what was rehearsed, and of whom it would learn.

The state before and after is looked at with every partner's eyes, by the decision itself: as its own system gets it
(the topic), and as each of its people with a task sees it (the screen). The citizen sees all of it. A representative
sees what lies within the recorded scope. Of the staff the coordinator's people see the partners that they may know of,
the others their own; and none of them an event or a field that they do not see already, or recorded themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from hub.aggregates import Actor
from hub.application.disclosure import Disclosure, State
from hub.application.hub import Hub, Rehearsal
from hub.application.looks import Written, day_began, joined, labels_shown, labels_written
from hub.application.reading import Reader
from hub.clock import to_microseconds
from hub.errors import BadInput
from hub.items import Item
from hub.statements import OCCURRED
from hub.vocabulary import Channel, Role, purpose_names

__all__ = ["Change", "Effect", "Preview", "Seen", "Sights", "preview_of", "reader_of", "sights", "states"]

Eyes = UUID | None
"""Who looks at a partner: one of its people, or its own system (None)."""
_Fields = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The fields that came, that went, and that are otherwise."""
Sights = dict[tuple[UUID, Eyes], dict[UUID, "Seen"]]
"""What each pair of eyes sees: partner and person, then by the item's event."""
GAINED: Final = "gained"
LOST: Final = "lost"
CHANGED: Final = "changed"


class Seen(NamedTuple):
    """What is seen of one event: by field the purposes, whose words, and the labels that stand beside a text."""

    why: str
    purposes: int
    happened: int | None
    fields: dict[str, tuple[int, UUID | None, int]]


class Change(NamedTuple):
    """One event that somebody at a partner would see, no longer see, or see otherwise."""

    kind: str
    item: Item
    eyes: tuple[Eyes, ...]
    """Whose eyes; the system (None) first. Nobody is named to staff."""
    gained: tuple[str, ...]
    """The fields that would come."""
    lost: tuple[str, ...]
    """The fields that would go."""
    altered: tuple[str, ...]
    """The fields that would stay, with other words or labels or for other purposes; `occurred`: its time."""
    happened: int | None
    """The beginning of the day it happened on, as the partner may know it."""


class Effect(NamedTuple):
    """What would change for one partner."""

    partner: UUID
    changes: tuple[Change, ...]
    learns: tuple[UUID, ...]
    """The organisations that it would learn of."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, and to whom."""

    citizen: UUID | None
    events: tuple[Item, ...]
    """What would be recorded."""
    effects: tuple[Effect, ...]

    @property
    def counted(self) -> int:
        """How many changes are told."""
        return sum(len(effect.changes) for effect in self.effects)


class _Worlds(NamedTuple):
    """The same items before and after."""

    rehearsal: Rehearsal
    items: dict[UUID, Item]
    before: State
    after: State
    now: int
    written: Written


def reader_of(hub: Hub, rehearsal: Rehearsal) -> Reader:
    """Who asks for the preview: whoever would act."""
    actor = rehearsal.actors[0] if rehearsal.actors else Actor(Role.HUB)
    person = None if actor.person is None else hub.vault.persons([actor.person]).get(actor.person)
    return Reader("operator" if actor.role is Role.HUB else str(actor.role), person)


def preview_of(hub: Hub, rehearsal: Rehearsal, reader: Reader, now: datetime) -> Preview | None:
    """What the rehearsed commands would change, as far as this reader may know; None: they may know nothing."""
    if reader.role == "operator" or (reader.role == "partner" and reader.person is None):
        return None
    citizens = {citizen for citizen, _ in rehearsal.items}
    if not citizens:
        return Preview(None, (), ())
    citizen = citizens.pop()
    if citizens or citizen is None:
        raise BadInput("A preview is of one citizen at a time: preview the commands one by one.")
    worlds = _worlds(hub, citizen, rehearsal, now)
    if reader.role == "citizen":
        return _told(citizen, worlds, lambda _, change: change, lambda _: True, merged=False)
    if reader.role == "representative":
        return _within_scope(citizen, worlds, rehearsal.actors[0])
    return _as_staff(citizen, worlds, reader)


def states(hub: Hub, citizen: UUID, rehearsal: Rehearsal) -> tuple[State, State]:
    """What stands about the citizen before what was rehearsed, and after it."""
    said = hub.log.citizen_statements([citizen], rehearsal.head)
    partners = hub.log.partner_statements(rehearsal.head)
    ours = [statement for statement in rehearsal.statements if statement.citizen == citizen]
    return State.of([*partners, *said]), State.of([*partners, *said, *ours])


def sights(state: State, items: Iterable[Item], now: int, written: Written) -> Sights:
    """What everybody sees of these items: each partner's system, and each of its people with a task."""
    known, found = tuple(items), Sights()
    for partner in state.partners.ids():
        found[partner, None] = _seen(state, known, _by_system(state, partner, known, now), written)
        for person in _people(state, partner):
            theirs = _by_person(state, partner, person, known, now)
            found[partner, person] = _seen(state, known, theirs, written)
    return found


def _seen(
    state: State, items: Sequence[Item], shown: Mapping[UUID, Disclosure], written: Written
) -> dict[UUID, Seen]:
    found = {}
    for item in items:
        if (disclosure := shown.get(item.event_id)) is None:
            continue
        labels = labels_shown(state, item, written)
        fields = {one.name: (one.purposes, one.words, labels.get(one.name, 0)) for one in disclosure.fields}
        found[item.event_id] = Seen(
            disclosure.why, disclosure.purposes, day_began(disclosure.happened), fields
        )
    return found


def _people(state: State, partner: UUID) -> list[UUID]:
    """Those at a partner who have something to do with the citizen."""
    tasks = {task.person for task in state.tasks.values() if task.partner == partner and task.person}
    opened = {access.person for access in state.emergencies.values() if access.partner == partner}
    return sorted(tasks | opened)


def _by_system(state: State, partner: UUID, items: Sequence[Item], now: int) -> dict[UUID, Disclosure]:
    """What a partner's own system is given: for every purpose that is registered for it."""
    viewer = state.viewer(partner, now)
    found = ((item.event_id, viewer.disclose(item)) for item in items if viewer.shut is None)
    return {event: left for event, seen in found if seen and (left := seen.narrowed(viewer.asked)).fields}


def _by_person(
    state: State, partner: UUID, person: UUID, items: Sequence[Item], now: int
) -> dict[UUID, Disclosure]:
    """What a person sees on the screen, for each purpose of a task of their own."""
    together: dict[UUID, Disclosure] = {}
    for purpose in purpose_names(state.task_purposes(partner, person, now)):
        viewer = state.viewer(partner, now, person=person, channel=Channel.SCREEN, purpose=purpose)
        if viewer.refusal() is not None:
            continue
        for item in items:
            seen = viewer.disclose(item)
            if seen is not None and (left := seen.narrowed(viewer.asked)).fields:
                together[item.event_id] = joined(together.get(item.event_id), left)
    return together


def _worlds(hub: Hub, citizen: UUID, rehearsal: Rehearsal, now: datetime) -> _Worlds:
    before, after = states(hub, citizen, rehearsal)
    new = [item for _, item in rehearsal.items]
    pairs = [pair for pair in hub.items(citizen) if pair[0].position <= rehearsal.head]
    known, written = [item for item, _ in pairs], labels_written(pairs)
    moment = max(to_microseconds(now), to_microseconds(hub.log.head()[1]))
    return _Worlds(
        rehearsal, {item.event_id: item for item in (*known, *new)}, before, after, moment, written
    )


# Who is told what.


def _told(
    citizen: UUID,
    worlds: _Worlds,
    tell: Callable[[UUID, Change], Change | None],
    name: Callable[[UUID], bool],
    *,
    merged: bool,
) -> Preview:
    """Compare the two worlds; `tell` leaves of a change what may be told, `name` says who may be named."""
    old = [item for item in worlds.items.values() if item.position <= worlds.rehearsal.head]
    before = sights(worlds.before, old, worlds.now, worlds.written)
    after = sights(worlds.after, worlds.items.values(), worlds.now, worlds.written)
    effects = []
    for partner in sorted({partner for partner, _ in before.keys() | after.keys()}):
        if not name(partner):
            continue
        changes = [
            told
            for change in _changes(worlds.items, partner, before, after, merged=merged)
            if (told := tell(partner, change)) is not None
        ]
        known = _named(worlds.before, worlds, partner, before)
        learns = {found for found in _named(worlds.after, worlds, partner, after) - known if name(found)}
        if changes or learns:
            effects.append(Effect(partner, tuple(changes), tuple(sorted(learns))))
    events = tuple(item for _, item in worlds.rehearsal.items)
    return Preview(citizen, events, tuple(effects))


def _changes(
    items: Mapping[UUID, Item], partner: UUID, before: Sights, after: Sights, *, merged: bool
) -> list[Change]:
    """What differs for a partner, event by event in order; those who would see the same difference stand together."""
    eyes = sorted({who for at, who in before.keys() | after.keys() if at == partner}, key=str)
    pairs: list[tuple[Eyes, dict[UUID, Seen], dict[UUID, Seen]]]
    if merged:
        pairs = [(None, _union(partner, before), _union(partner, after))]
    else:
        pairs = [(who, before.get((partner, who), {}), after.get((partner, who), {})) for who in eyes]
    found: dict[tuple[UUID, str, _Fields, int | None], list[Eyes]] = {}
    for who, had, has in pairs:
        for event in had.keys() | has.keys():
            old, new = had.get(event), has.get(event)
            if old != new:
                kind = GAINED if old is None else LOST if new is None else CHANGED
                shown = new or old
                happened = shown.happened if shown else None
                found.setdefault((event, kind, _difference(old, new), happened), []).append(who)
    changes = [
        Change(kind, items[event], tuple(sorted(who, key=_system_first)), *fields, happened)
        for (event, kind, fields, happened), who in found.items()
    ]
    return sorted(changes, key=lambda change: (change.item.position, change.kind, change.eyes[0] is not None))


def _difference(old: Seen | None, new: Seen | None) -> _Fields:
    """The fields that came, that went, and that are otherwise than they were."""
    had, has = old.fields if old else {}, new.fields if new else {}
    altered = {name for name in had.keys() & has.keys() if had[name] != has[name]}
    if old and new and old.happened != new.happened:
        altered.add(OCCURRED)
    return _sorted(has.keys() - had.keys()), _sorted(had.keys() - has.keys()), _sorted(altered)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _system_first(eyes: Eyes) -> tuple[bool, str]:
    return eyes is not None, str(eyes)


def _union(partner: UUID, seen: Sights) -> dict[UUID, Seen]:
    """What a partner sees through any of its eyes: only which fields, with which words and labels."""
    together: dict[UUID, Seen] = {}
    for (at, _), theirs in seen.items():
        for event, one in theirs.items() if at == partner else ():
            bare = {name: (0, words, labels) for name, (_, words, labels) in one.fields.items()}
            had = together[event].fields if event in together else {}
            together[event] = Seen("", 0, one.happened, bare | had)
    return together


def _fields(seen: Seen | None) -> set[str]:
    return set(seen.fields) if seen else set()


def _named(state: State, worlds: _Worlds, partner: UUID, seen: Sights) -> set[UUID]:
    """The organisations whose names a partner comes across: in fields, and as who recorded what a person reads."""
    names: set[UUID] = set()
    for (at, person), theirs in seen.items():
        if at != partner:
            continue
        channel = Channel.TOPIC if person is None else Channel.SCREEN
        viewer = state.viewer(partner, worlds.now, person=person, channel=channel)
        for event, disclosure in theirs.items():
            item, shown = worlds.items[event], _fields(disclosure)
            for field in item.fields:
                if field.name in shown:
                    names.update(field.partners)
            if person is not None and item.source and viewer.may_name_recorder(item, disclosure.purposes):
                names.add(item.source)
    return names - {partner}


def _as_staff(citizen: UUID, worlds: _Worlds, reader: Reader) -> Preview | None:
    """What somebody at a partner is told: partners they may know of, events and fields that they see themselves."""
    person = reader.person
    if person is None or (own := person.partner) is None:
        return None
    eyes = worlds.before.viewer(own, worlds.now, person=person.id, channel=Channel.SCREEN)
    old = [item for item in worlds.items.values() if item.position <= worlds.rehearsal.head]
    seen = sights(worlds.before, old, worlds.now, worlds.written).get((own, person.id))
    if not seen:
        return None
    new = [item for _, item in worlds.rehearsal.items]
    seen = seen | sights(worlds.after, new, worlds.now, worlds.written).get((own, person.id), {})
    coordinates = any(
        task.role == "coordinator" and (task.partner, task.person) == (own, person.id)
        for task in worlds.before.tasks.values()
    )

    def tell(_partner: UUID, change: Change) -> Change | None:
        mine = seen.get(change.item.event_id)
        if mine is None:
            return None
        left = _left(change, lambda field: field in mine.fields or field == OCCURRED)
        return left and left._replace(happened=mine.happened)

    def name(partner: UUID) -> bool:
        return partner == own or (coordinates and eyes.may_know_of(partner))

    found = _told(citizen, worlds, tell, name, merged=True)
    return replace(found, events=tuple(item for item in found.events if item.event_id in seen))


def _within_scope(citizen: UUID, worlds: _Worlds, actor: Actor) -> Preview | None:
    """What a representative is told: what lies wholly within the recorded scope."""
    scope = 0
    for person, labels in worlds.before.representatives.values():
        scope |= labels if person == actor.person else 0
    if not scope:
        return None

    def tell(_partner: UUID, change: Change) -> Change | None:
        item, reveals = change.item, worlds.after.partners.reveals
        amended = worlds.after.amendment(item.event_id)
        if amended.existence(item.existence) & ~scope or (item.source and reveals(item.source) & ~scope):
            return None
        inside = {
            field.name
            for field in item.fields
            if not (amended.labels(field) & ~scope)
            and not any(reveals(named) & ~scope for named in field.partners)
        }
        return _left(change, lambda field: field in inside)

    def name(partner: UUID) -> bool:
        return not worlds.after.partners.reveals(partner) & ~scope

    return _told(citizen, worlds, tell, name, merged=True)


def _left(change: Change, may: Callable[[str], bool]) -> Change | None:
    """What is left of a change when only these fields may be told; None: nothing."""
    came, went, other = (tuple(filter(may, names)) for names in (change.gained, change.lost, change.altered))
    left = Change(change.kind, change.item, (), came, went, other, change.happened)
    return left if came or went or other else None
