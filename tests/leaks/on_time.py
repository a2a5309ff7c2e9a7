"""Whether time tells a citizen whom A may not know from one who does not exist.

Pairs of reads, in random order within each pair, so that whatever else the machine does falls on both. The times of
the two kinds are compared by ranks (Mann and Whitney), and by what the quickest of them took, which no other load of
the machine blurs (a permutation within the pairs); both two-sided. A difference is told when chance would show as much
once in a thousand times, and again in a second run of pairs.
"""

import gc
import itertools
import math
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from hub.aggregates import Text
from hub.application import commands
from hub.application.access import Reader
from hub.errors import AccessDenied, Refused
from tests.leaks.hunting import Seen, method
from tests.leaks.scene import Scene

PAIRS: Final = 300 if os.environ.get("LEAKS") == "write" else 60
LEVEL: Final = 0.001
NO_DIFFERENCE: Final = "no difference"
PLANTED: Final = 0.001
PERMUTATIONS: Final = 4_000
ENOUGH: Final = 8

Read = Callable[[Scene, UUID], object]


class Compared(NamedTuple):
    """What two samples of times say."""

    p: float
    hidden: float
    missing: float
    """The medians, in microseconds."""

    @property
    def differs(self) -> bool:
        """Whether chance is no explanation."""
        return self.p < LEVEL


def compare(scene: Scene, read: Read, hidden: UUID, missing: UUID, pairs: int = PAIRS) -> Compared:
    """Time so many interleaved pairs."""
    chance = random.Random(pairs)
    samples: dict[UUID, list[int]] = {hidden: [], missing: []}
    for each in (hidden, missing) * 10:
        _timed(scene, read, each)
    gc.collect()
    gc.disable()
    try:
        for _ in range(pairs):
            for each in chance.sample((hidden, missing), 2):
                samples[each].append(_timed(scene, read, each))
    finally:
        gc.enable()
    medians = [sorted(samples[each])[pairs // 2] / 1000 for each in (hidden, missing)]
    both = samples[hidden], samples[missing]
    return Compared(min(1.0, 2 * min(mann_whitney(*both), quickest(*both))), *medians)


def _timed(scene: Scene, read: Read, citizen: UUID) -> int:
    begun = time.perf_counter_ns()
    with suppress(AccessDenied, Refused):
        read(scene, citizen)
    return time.perf_counter_ns() - begun


def mann_whitney(one: list[int], other: list[int]) -> float:
    """The two-sided p of the rank-sum test, by its normal approximation, ties taken into account."""
    ranked = sorted((value, whose) for whose, values in enumerate((one, other)) for value in values)
    ranks, ties, at = 0.0, 0.0, 0
    for _, run in itertools.groupby(ranked, key=lambda each: each[0]):
        group = list(run)
        ranks += sum(1 for _, whose in group if whose == 0) * (at + (len(group) + 1) / 2)
        ties += len(group) ** 3 - len(group)
        at += len(group)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2))


def quickest(one: list[int], other: list[int]) -> float:
    """The two-sided p of a difference between the quickest sixths, by swapping within pairs.

    It stops as soon as chance has shown as much several times: then it is no difference.
    """
    place, chance, as_much = len(one) // 6, random.Random(len(one)), 0
    seen = abs(sorted(one)[place] - sorted(other)[place])
    for number in range(1, PERMUTATIONS + 1):
        coins = chance.getrandbits(len(one))
        mixed = [
            (b, a) if coins >> at & 1 else (a, b) for at, (a, b) in enumerate(zip(one, other, strict=True))
        ]
        left, right = (sorted(side)[place] for side in zip(*mixed, strict=True))
        as_much += abs(left - right) >= seen
        if as_much == ENOUGH:
            return (ENOUGH + 1) / (number + 1)
    return (as_much + 1) / (PERMUTATIONS + 1)


def told_apart(scene: Scene, read: Read, hidden: UUID, missing: UUID) -> list[Compared]:
    """The comparisons made; the last of them decides. A difference must show itself twice."""
    found = [compare(scene, read, hidden, missing)]
    if found[0].differs:
        found.append(compare(scene, read, hidden, missing))
    return found


def planted(scene: Scene, read: Read, seconds: float) -> bool:
    """Whether the same test tells two citizens apart who both do not exist, one of them read so much more slowly."""
    slow = uuid4()

    def slower(where: Scene, citizen: UUID) -> object:
        until = time.perf_counter() + (seconds if citizen == slow else 0.0)
        while time.perf_counter() < until:
            pass
        return read(where, citizen)

    return told_apart(scene, slower, slow, uuid4())[-1].differs


# What is timed.


def ann(scene: Scene) -> Reader:
    """Somebody who works at A."""
    return Reader.of(scene.town.wired.vault.person("ann"))


def timeline(scene: Scene, citizen: UUID) -> object:
    """Read a timeline."""
    return scene.town.access.timeline(ann(scene), citizen, "employment")


def view(scene: Scene, citizen: UUID) -> object:
    """Read A's view."""
    return scene.town.access.view(ann(scene), scene.a, citizen, "employment")


def write(scene: Scene, citizen: UUID) -> object:
    """Write a hope."""
    actor = scene.town.actor("ann")
    return commands.tell_hope(scene.town.hub, actor, citizen, Text.of("x", "wishes"))


def handover(scene: Scene, which: UUID) -> object:
    """Open a handover."""
    return scene.town.access.handover(ann(scene), which, "employment")


def page(scene: Scene, citizen: UUID) -> object:
    """Open a citizen's page."""
    return scene.town.access.page(ann(scene), citizen, "employment")


SAID: list[str] = []
"""The figures of this run, for whoever watches it; they are not in the table."""


def judged(scene: Scene, what: str, read: Read, hidden: UUID, number: int) -> Seen:
    """All pairs at the first try; the others only repeat what was found."""
    if number == 0:
        found = told_apart(scene, read, hidden, uuid4())
        last = found[-1]
        SAID.append(
            f"{what}: {last.hidden:.0f} µs against {last.missing:.0f} µs (medians of {PAIRS}), p = {last.p:.2g}"
        )
        scene.timed[what] = last.differs
    return Seen("a difference" if scene.timed[what] else NO_DIFFERENCE)


@method("timing", "Time reading the timeline of a citizen whom A never knew, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def timeline_of_others(scene: Scene, number: int) -> Seen:
    """Somebody with a long history."""
    return judged(scene, "timeline, others'", timeline, scene.citizens["others'"], number)


@method("timing", "Time reading the timeline of a citizen who blocked A, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def timeline_of_blocked(scene: Scene, number: int) -> Seen:
    """Somebody whom ann has a task with."""
    return judged(scene, "timeline, blocked", timeline, scene.citizens["blocked"], number)


@method("timing", "Time reading A's view of a citizen whom A never knew, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def view_of_others(scene: Scene, number: int) -> Seen:
    """The read model."""
    return judged(scene, "view, others'", view, scene.citizens["others'"], number)


@method("timing", "Time the refusal to write on a citizen whom A never knew, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def writing(scene: Scene, number: int) -> Seen:
    """Nothing is recorded."""
    return judged(scene, "writing, others'", write, scene.citizens["others'"], number)


@method("timing", "Time opening a handover between others, against one that is not there",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def handover_of_others(scene: Scene, number: int) -> Seen:
    """By its id."""
    return judged(scene, "handover, others'", handover, scene.ids["a handover of others"], number)


@method("timing", "Time opening the page of a citizen whom A never knew, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def page_of_others(scene: Scene, number: int) -> Seen:
    """What stands now."""
    return judged(scene, "page, others'", page, scene.citizens["others'"], number)
