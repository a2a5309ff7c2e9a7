"""Rival of the decision: a bare loop over masks that were all computed before.

What each organisation is granted, what is kept from it, and which labels every field carries now are handed to it as
whole numbers. It looks nothing up, reads no statement's words and gives no reason.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

Window = tuple[int, int | None, bool]
Fields = list[tuple[str, int]]
"""What may be seen: a field's name, and the purposes as a bit set."""

BEGIN: Final = 0
CHANGE: Final = 1
END: Final = 2
KEEP: Final = 3
OPEN: Final = 4
OTHER: Final = 5


class Granted(NamedTuple):
    """A consent, or a basis in law."""

    labels: int
    purposes: int
    sources: frozenset[UUID] | None
    window: Window | None
    position: int
    time: int


class Thing(NamedTuple):
    """One event: everybody who wrote in it, every time that was given for it, and its labels as they are now."""

    position: int
    source: UUID
    sources: tuple[UUID, ...]
    times: tuple[int | None, ...]
    existence: int
    fields: tuple[tuple[str, int], ...]


class Eyes(NamedTuple):
    """One organisation at one moment."""

    partner: UUID
    ceiling: int
    kept: int
    grants: Sequence[Granted]
    given: Mapping[int, Mapping[str, int]]
    """What was given to it item by item: purposes by field, by the item's position."""
    every: int
    """All purposes there are."""


class Row(NamedTuple):
    """One statement: what it does, to what, for whom, and with which masks."""

    does: int
    id: UUID | None
    partner: UUID | None
    grant: Granted | None = None
    ends: int | None = None
    mask: int = 0


def within(grant: Granted, moment: int | None) -> bool:
    """Whether a grant covers a moment."""
    if grant.window is None:
        return moment is not None and moment > grant.time
    begins, ends, undated = grant.window
    if moment is None:
        return undated
    return begins <= moment and (ends is None or moment < ends)


def covers(grant: Granted, thing: Thing) -> bool:
    """Whether a grant covers who wrote it and when it happened."""
    if grant.window is None and thing.position <= grant.position:
        return False
    if grant.sources is not None and not grant.sources.issuperset(thing.sources):
        return False
    return all(within(grant, moment) for moment in thing.times)


def permitted(labels: int, ceiling: int, grants: Sequence[Granted], every: int) -> int:
    """The purposes for which all of these labels are granted, each on its own."""
    if labels & ~ceiling:
        return 0
    left = every
    while labels and left:
        bit = labels & -labels
        labels ^= bit
        purposes = 0
        for grant in grants:
            if grant.labels & bit:
                purposes |= grant.purposes
        left &= purposes
    return left


def disclose(eyes: Eyes, thing: Thing) -> Fields:
    """What one organisation may see of one event."""
    _, ceiling, kept, grants, given, every = eyes
    if thing.existence & kept:
        return []
    own = thing.source == eyes.partner
    ready = given.get(thing.position)
    covering = [grant for grant in grants if covers(grant, thing)]
    opened = permitted(thing.existence, ceiling, covering, every)
    if not (own or ready or opened):
        return []
    found = []
    for name, labels in thing.fields:
        if labels & kept:
            continue
        if own:
            found.append((name, every))
            continue
        may = opened and opened & permitted(labels, ceiling, covering, every)
        if ready:
            may |= ready.get(name, 0)
        if may:
            found.append((name, may))
    return found


def sweep(views: Sequence[Eyes], things: Sequence[Thing]) -> int:
    """Decide every event for every organisation; how many it may see."""
    return sum(1 for eyes in views for thing in things if disclose(eyes, thing))


def sweep_until(views: Sequence[tuple[Eyes, Sequence[tuple[int, Eyes]]]], things: Sequence[Thing]) -> int:
    """The same, and until when: at the moments at which a grant ends, each with its eyes ready made."""
    ending = 0
    for eyes, later in views:
        for thing in things:
            found = disclose(eyes, thing)
            if found:
                ending += any(disclose(then, thing) != found for _, then in later)
    return ending


def fold(rows: Sequence[Row], eyes: Eyes, now: int) -> Eyes:
    """Fold the statements on one citizen anew, as far as they touch this organisation."""
    grants: dict[UUID | None, tuple[Granted, int | None]] = {}
    kept: dict[UUID | None, int] = {}
    partner = eyes.partner
    for does, key, whom, grant, ends, mask in rows:
        if whom != partner:
            continue
        if grant is not None and (does == BEGIN or key in grants):
            grants[key] = grant, ends
        elif does == END:
            grants.pop(key, None)
        elif does == KEEP:
            kept[key] = mask
        elif does == OPEN:
            kept.pop(key, None)
    total = eyes.kept
    for each in kept.values():
        total |= each
    held = [grant for grant, ends in grants.values() if ends is None or now < ends]
    return eyes._replace(kept=total, grants=held)


def answer(rows: Sequence[Row], eyes: Eyes, thing: Thing, bit: int, now: int) -> Fields:
    """Fold the statements, and answer one question."""
    found = disclose(fold(rows, eyes, now), thing)
    return [(name, may & bit) for name, may in found if may & bit]
