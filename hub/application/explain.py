"""Explain: what a partner sees at a moment and why, what is absent and why, and what came between two moments.

The answer is the decision's own, made on the statements up to a log position: the explanation can differ from what
happened only where the hub does. It is for the citizen and an auditor; `Access` decides who reads, and logs it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.denials import reasons
from hub.application.disclosure import Disclosure, Reason, State, Viewer
from hub.application.entries import Permitted
from hub.application.grants import Grant
from hub.application.hub import Hub
from hub.application.looks import Written, day_began, joined, labels_shown, labels_written
from hub.application.reading import Entry
from hub.clock import from_microseconds, to_microseconds
from hub.errors import BadInput
from hub.items import Item
from hub.statements import Statement
from hub.store import Opened
from hub.vocabulary import Channel, purpose_mask, purpose_names

__all__ = ["Absence", "Asked", "At", "Because", "Cause", "Explanation", "Point", "Sight", "Turn", "explained"]

TIME: Final = "time"
RECORDED: Final = "recorded"


class At(NamedTuple):
    """The moment that is asked about: a log position, or what was recorded before an instant; neither is now."""

    position: int | None = None
    before: datetime | None = None
    now: datetime | None = None
    """The moment of the decision; None: the log time at the position."""


class Asked(NamedTuple):
    """What is asked."""

    at: At = At()
    against: At | None = None
    purpose: str | None = None
    person: UUID | None = None
    event: UUID | None = None


class Point(NamedTuple):
    """A place in the log, and the moment at which it is decided there."""

    position: int
    recorded: datetime | None
    """The log time at the position; None before the first."""
    now: datetime


class Cause(NamedTuple):
    """Why something is absent, and for which purposes it was asked."""

    reason: Reason
    purposes: tuple[str, ...]


class Sight(NamedTuple):
    """An event that is seen."""

    item: Item
    disclosure: Disclosure
    labels: int
    """What it is about, as far as it is seen."""
    how: str
    """`own`, how it is addressed, `law`, `emergency` or `consent`."""
    grants: tuple[UUID, ...]
    missing: tuple[Cause, ...]
    """Why its other fields are absent."""


class Absence(NamedTuple):
    """An event that is absent."""

    item: Item
    causes: tuple[Cause, ...]


class Because(NamedTuple):
    """What made a difference: a statement (its kind, position and event), the recording itself, or time."""

    kind: str
    position: int | None
    event: str | None
    at: datetime


class Turn(NamedTuple):
    """An event whose disclosure differs between two moments."""

    kind: str
    item: Item
    because: tuple[Because, ...]


@dataclass(slots=True)
class Explanation:
    """The whole answer."""

    citizen: UUID
    partner: UUID
    person: UUID | None
    channel: Channel
    purposes: tuple[str, ...]
    point: Point
    shut: Reason | None
    """What shuts the partner (or the person) out altogether."""
    seen: list[Sight]
    absent: list[Absence]
    grants: dict[UUID, Grant]
    """What the sights rest on."""
    viewer: Viewer
    opened: dict[UUID, Opened]
    against: Point | None = None
    turns: list[Turn] = field(default_factory=list)
    entries: dict[UUID, Entry] = field(default_factory=dict)
    """What is seen with its content, by event: for the citizen alone."""

    @property
    def permitted(self) -> list[Permitted]:
        """What is seen, as it is redacted for the partner."""
        return [(sight.item, self.opened[sight.item.event_id], sight.disclosure) for sight in self.seen]


class _Eyes(NamedTuple):
    """Who looks, and for what."""

    partner: UUID
    person: UUID | None
    purpose: str | None

    @property
    def channel(self) -> Channel:
        return Channel.TOPIC if self.person is None else Channel.SCREEN

    def purposes(self, state: State, now: int) -> tuple[str, ...]:
        """The purpose that was asked about; else those registered for the partner, or those of the person's tasks."""
        if self.purpose is not None:
            return (self.purpose,)
        facts = state.partners.get(self.partner)
        if self.person is None:
            return tuple(purpose_names(facts.purposes)) if facts else ()
        return tuple(purpose_names(state.task_purposes(self.partner, self.person, now)))

    def viewers(self, state: State, now: int) -> list[Viewer]:
        """One for each purpose."""
        return [
            state.viewer(self.partner, now, person=self.person, channel=self.channel, purpose=purpose)
            for purpose in self.purposes(state, now) or (None,)
        ]


def explained(hub: Hub, citizen: UUID, partner: UUID, asked: Asked) -> Explanation | None:
    """What the partner (or a person at it) sees of the citizen at a moment, and why; None: there is no such thing."""
    known = hub.items(citizen)
    point, eyes = _point(hub, asked.at), _Eyes(partner, asked.person, asked.purpose)
    state, now = _state(hub, citizen, point.position), to_microseconds(point.now)
    wanted = [
        (item, opened)
        for item, opened in known
        if item.position <= point.position and asked.event in (None, item.event_id)
    ]
    if not known or (asked.event is not None and not wanted):
        return None
    viewers = eyes.viewers(state, now)
    refusals = [viewer.refusal() for viewer in viewers]
    found = Explanation(
        citizen,
        partner,
        asked.person,
        eyes.channel,
        eyes.purposes(state, now),
        point,
        refusals[0] if all(refusals) else None,
        [],
        [],
        {},
        viewers[0],
        {item.event_id: opened for item, opened in wanted},
    )
    for item, _ in wanted:
        sight = _sight(viewers, item)
        if sight is None:
            found.absent.append(Absence(item, _causes(viewers, item)))
        else:
            found.seen.append(sight)
    behind = {grant for sight in found.seen for grant in sight.grants}
    found.grants = {grant.id: grant for viewer in viewers for grant in viewer.grants if grant.id in behind}
    if asked.against is not None:
        found.against = _point(hub, asked.against)
        events = [pair for pair in known if asked.event in (None, pair[0].event_id)]
        found.turns = _turns(hub, citizen, eyes, sorted((found.against, point), key=_place), events)
    return found


# One moment.


def _state(hub: Hub, citizen: UUID, upto: int) -> State:
    return State.of([*hub.log.partner_statements(upto), *hub.log.citizen_statements([citizen], upto)])


def _sight(viewers: Sequence[Viewer], item: Item) -> Sight | None:
    """What is seen of an item for any of the purposes."""
    together: Disclosure | None = None
    grants: dict[UUID, None] = {}
    labels = 0
    for viewer in viewers:
        seen = _seen(viewer, item)
        if seen is None:
            continue
        amended = viewer.state.amendment(item.event_id)
        names = {shown.name for shown in seen.fields}
        labels |= viewer.existence(item, amended)
        for one in item.fields:
            labels |= viewer.labels(one, amended) if one.name in names else 0
        grants |= dict.fromkeys(viewer.grants_behind(item, names, seen.purposes))
        together = joined(together, seen)
    if together is None:
        return None
    shown = {one.name for one in together.fields}
    missing = [
        cause for cause in _causes(viewers, item) if cause.reason.field and cause.reason.field not in shown
    ]
    resting = () if together.why in ("own", "addressed") else tuple(grants)
    how = _how(viewers[0], item, together.why, resting)
    return Sight(item, together, labels, how, resting, tuple(missing))


def _seen(viewer: Viewer, item: Item) -> Disclosure | None:
    """What one pair of eyes is shown, for the purpose that it has."""
    if viewer.refusal() is not None:
        return None
    seen = viewer.disclose(item)
    left = seen and seen.narrowed(purpose_mask([viewer.purpose or ""]))
    return left if left and left.fields else None


def _how(viewer: Viewer, item: Item, why: str, grants: Iterable[UUID]) -> str:
    """By which way it is seen, more closely than `why` says."""
    if why == "addressed":
        _, grant, _ = viewer.ways(item)
        return grant.how if grant else "addressed"
    behind = [grant for grant in viewer.grants if grant.id in set(grants)]
    return "emergency" if why == "law" and any(grant.emergency for grant in behind) else why


def _causes(viewers: Sequence[Viewer], item: Item) -> tuple[Cause, ...]:
    """Why an item, or some of its fields, is absent: each reason once, with the purposes it stands for."""
    found: dict[Reason, list[str]] = {}
    for viewer in viewers:
        refused = viewer.refusal()
        for reason in (refused,) if refused is not None else reasons(viewer, item):
            found.setdefault(reason, []).append(viewer.purpose or "")
    return tuple(Cause(reason, tuple(filter(None, purposes))) for reason, purposes in found.items())


# Which moment.


def _point(hub: Hub, at: At) -> Point:
    """The place in the log that is meant: by date the last position recorded before it."""
    head, log_time = hub.log.head()
    if at.position is not None:
        if not 0 < at.position <= head:
            raise BadInput(f"The log ends at position {head}: choose one from 1 to {head}.")
        recorded = _log_time(hub, at.position)
        return Point(at.position, recorded, at.now or recorded)
    if at.before is None:
        return Point(head, log_time if head else None, at.now or hub.clock())
    low, high = 0, head
    while low < high:  # positions are dense and log times never go back
        middle = (low + high + 1) // 2
        if _log_time(hub, middle) < at.before:
            low = middle
        else:
            high = middle - 1
    return Point(low, _log_time(hub, low) if low else None, at.now or at.before)


def _log_time(hub: Hub, position: int) -> datetime:
    return hub.log.after(position - 1, 1)[0].log_time


def _place(point: Point) -> tuple[int, datetime]:
    return point.position, point.now


# Between two moments.


def _turns(
    hub: Hub, citizen: UUID, eyes: _Eyes, between: Sequence[Point], events: Sequence[tuple[Item, Opened]]
) -> list[Turn]:
    """What differs from the first moment to the last, and what made each difference on the way."""
    first, last = between
    state, items = _state(hub, citizen, first.position), [item for item, _ in events]
    walk = _Walk(eyes, state, to_microseconds(first.now), labels_written(events))
    walk.known = [item for item in items if item.position <= first.position]
    before = {item.event_id: walk.look(item) for item in walk.known}
    walk.now_seen = dict(before)
    said = [
        *hub.log.citizen_statements([citizen], last.position),
        *hub.log.partner_statements(last.position, after=first.position),
    ]
    later = sorted((one for one in said if one.position > first.position), key=lambda one: one.position)
    steps = {position: list(ones) for position, ones in groupby(later, key=lambda one: one.position)}
    new = {item.position: item for item in items if first.position < item.position <= last.position}
    for position in sorted(steps.keys() | new.keys()):
        walk.step(position, steps.get(position, ()), new.get(position))
    walk.until(to_microseconds(last.now))
    turns = []
    for item in walk.known:
        was, now = before.get(item.event_id), walk.now_seen[item.event_id]
        if was != now:
            kind = "gained" if was is None else "lost" if now is None else "changed"
            turns.append(Turn(kind, item, tuple(dict.fromkeys(walk.because[item.event_id]))))
    return turns


_Look = tuple[Disclosure, tuple[int, ...]]


@dataclass(slots=True)
class _Walk:
    """Goes from one moment to another, statement by statement and end by end, and notes what each changed."""

    eyes: _Eyes
    state: State
    now: int
    written: Written
    known: list[Item] = field(default_factory=list)
    now_seen: dict[UUID, _Look | None] = field(default_factory=dict)
    because: dict[UUID, list[Because]] = field(default_factory=dict)

    def look(self, item: Item) -> _Look | None:
        """What is seen of an item here and now, with the labels that stand beside its texts."""
        together: Disclosure | None = None
        for viewer in self.eyes.viewers(self.state, self.now):
            if (seen := _seen(viewer, item)) is not None:
                together = joined(together, seen)
        labels = tuple(labels_shown(self.state, item, self.written).values())
        return together and (together._replace(happened=day_began(together.happened)), labels)

    def step(self, position: int, said: Sequence[Statement], item: Item | None) -> None:
        """Take one position in: what was said there, and what was recorded."""
        moments = [one.recorded_at for one in said] + ([item.recorded_at] if item else [])
        self._ends(max(moments))
        self.now = max(self.now, *moments)
        for statement in said:
            self.state.add(statement)
        touching = [one for one in said if one.partner in (None, self.eyes.partner) or one.citizen is None]
        if touching:
            event = item.event if item else None
            at = from_microseconds(touching[0].recorded_at)
            self._again(Because(touching[0].kind, position, event, at))
        if item is not None:
            self.known.append(item)
            self.now_seen[item.event_id] = seen = self.look(item)
            at = from_microseconds(item.recorded_at)
            self.because[item.event_id] = [Because(RECORDED, position, item.event, at)] if seen else []

    def until(self, now: int) -> None:
        """Let time pass to the last moment."""
        self._ends(now)
        if now != self.now:
            self.now = now
            self._again(Because(TIME, None, None, from_microseconds(now)))

    def _ends(self, upto: int) -> None:
        for moment in self._moments(upto):
            self.now = moment
            self._again(Because(TIME, None, None, from_microseconds(moment)))

    def _moments(self, upto: int) -> list[int]:
        """When something runs out by itself on the way."""
        ends = self.state.ends_after(self.eyes.partner, self.now)
        access = (one.until for one in self.state.emergencies.values() if one.partner == self.eyes.partner)
        return sorted({end for end in (*ends, *access) if self.now < end <= upto})

    def _again(self, because: Because) -> None:
        for item in self.known:
            seen = self.look(item)
            if seen != self.now_seen[item.event_id]:
                self.now_seen[item.event_id] = seen
                self.because.setdefault(item.event_id, []).append(because)
