"""Pairs, medians and aims; and a stopwatch that says where the time goes."""

import functools
import gc
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

PAIRS: Final = 5
PLAUSIBLE: Final = 15_000
"""What a batch rival handles a second at least: a slower one shows that something else was measured."""


class Aim(NamedTuple):
    """What the ratio is to be."""

    limit: float
    at_most: bool = False

    def __str__(self) -> str:
        """As a table shows it."""
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}×" if self.limit >= 1 else f"≥ {self.limit:g}"

    def met(self, ratio: float) -> bool:
        """Whether a ratio is as good as was aimed at."""
        return ratio <= self.limit if self.at_most else ratio >= self.limit


@dataclass(frozen=True)
class Comparison:
    """The hub against a rival. A measure is seconds for one piece of work, in interleaved pairs."""

    what: str
    rival: str
    aim: Aim | None
    unit: str
    """`µs a command`: seconds are shown; `events a second` and the like: their inverse."""
    pairs: tuple[tuple[float, float], ...]
    batch: bool = False
    passes: int = 1
    """How often the rival goes through everything: it is to be plausible in each."""

    @property
    def rates(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("a second")

    def shown(self, seconds: float) -> float:
        """In the unit."""
        return 1 / seconds if self.rates else seconds * 1e6

    @property
    def ours(self) -> float:
        """The hub's median."""
        return statistics.median(self.shown(ours) for ours, _ in self.pairs)

    @property
    def theirs(self) -> float:
        """The rival's median."""
        return statistics.median(self.shown(theirs) for _, theirs in self.pairs)

    @property
    def ratios(self) -> list[float]:
        """Ours to theirs, pair by pair, in order of size."""
        return sorted(self.shown(ours) / self.shown(theirs) for ours, theirs in self.pairs)

    @property
    def implausible(self) -> bool:
        """Whether the rival is too slow to have measured what it was to measure."""
        return self.batch and self.theirs * self.passes < PLAUSIBLE

    @property
    def verdict(self) -> str:
        """`hit`, `MISS`, `implausible`, or nothing where there is no aim."""
        if self.implausible:
            return "implausible"
        if self.aim is None:
            return ""
        return "hit" if self.aim.met(statistics.median(self.ratios)) else "MISS"


@dataclass(frozen=True)
class Latency:
    """How long something took, again and again, from the moment a command was given."""

    what: str
    seconds: tuple[float, ...]
    below: float | None = None
    """What 99 of 100 are to take at most, in seconds; None where it is shown as a part of the whole."""

    def percentile(self, part: float) -> float:
        """Milliseconds within which this part (0 to 1) of them took place: one that was measured, no mean of two."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)] * 1000

    @property
    def verdict(self) -> str:
        """`hit`, `MISS`, or nothing where there is no aim."""
        if self.below is None:
            return ""
        return "hit" if self.percentile(0.99) <= self.below * 1000 else "MISS"


class Profile(NamedTuple):
    """Where the time of one piece of work goes: microseconds by step."""

    title: str
    steps: tuple[tuple[str, float, float], ...]
    """Step, microseconds, and how often it was taken."""


@dataclass
class Section:
    """One measurement."""

    title: str
    notes: list[str] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def unburdened() -> Iterator[None]:
    """Keep what the measurement itself holds out of the garbage collector's way: a worker holds nothing of it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Step(NamedTuple):
    """A function to be watched, where its callers look it up."""

    label: str
    owner: Any
    name: str


class Stopwatch:
    """Adds up the time spent in the functions it watches, each without what it spends in another of them."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._inner: list[int] = []

    @contextmanager
    def watching(self, steps: Sequence[Step]) -> Iterator[None]:
        """Watch these; afterwards everything is as it was."""
        before = [(step, vars(step.owner)[step.name]) for step in steps]
        try:
            for step, original in before:
                setattr(step.owner, step.name, self._watched(step.label, original))
            yield
        finally:
            for step, original in before:
                setattr(step.owner, step.name, original)

    def _watched(self, label: str, original: Any) -> Any:
        bound = isinstance(original, staticmethod | classmethod)
        function: Callable[..., Any] = original.__func__ if bound else original

        @functools.wraps(function)
        def watched(*args: Any, **named: Any) -> Any:
            start = time.perf_counter_ns()
            self._inner.append(0)
            try:
                return function(*args, **named)
            finally:
                took = time.perf_counter_ns() - start
                self._spent[label] += took - self._inner.pop()
                self._calls[label] += 1
                if self._inner:
                    self._inner[-1] += took

        return type(original)(watched) if bound else watched

    def profile(self, title: str, seconds: float, pieces: int) -> Profile:
        """Microseconds a piece; what no watched function spent is the rest."""
        steps = [
            (label, spent / 1000 / pieces, self._calls[label] / pieces)
            for label, spent in self._spent.most_common()
        ]
        rest = seconds * 1e6 / pieces - sum(step[1] for step in steps)
        return Profile(title, (*steps, ("everything else", rest, 1.0)))
