"""The report: what was measured, on what, against what, and whether the aim was hit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from bench.measure import PLAUSIBLE, Comparison, Latency, Profile, Section

HEAD = """# Results

Written by `make bench`; not edited. Each figure is the median of interleaved pairs in one run, each ratio the median
of the pairs' ratios with the smallest and largest beside it. Rivals stand in `bench/rivals/` and import nothing of the
hub.
"""


def render(facts: Mapping[str, str], sections: Iterable[Section]) -> str:
    """The whole report."""
    lines = [HEAD, *_table(("machine", ""), facts.items())]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        lines += [f"- {note}" for note in section.notes]
        if section.comparisons:
            lines += ["", *_comparisons(section.comparisons)]
        lines += [line for comparison in section.comparisons for line in _implausible(comparison)]
        if section.latencies:
            lines += ["", *_latencies(section.latencies)]
        for profile in section.profiles:
            lines += ["", *_profile(profile)]
    return "\n".join(lines) + "\n"


def _comparisons(comparisons: Sequence[Comparison]) -> Iterator[str]:
    return _table(
        ("what", "the hub", "the rival", "unit", "ratio", "from – to", "aim", ""),
        (
            (
                comparison.what,
                _number(comparison.ours),
                f"{_number(comparison.theirs)} ({comparison.rival})",
                comparison.unit,
                "–" if comparison.implausible else _ratio(median(comparison.ratios)),
                "–"
                if comparison.implausible
                else f"{_ratio(comparison.ratios[0])} – {_ratio(comparison.ratios[-1])}",
                str(comparison.aim or ""),
                comparison.verdict,
            )
            for comparison in comparisons
        ),
    )


def _implausible(comparison: Comparison) -> Iterator[str]:
    if comparison.implausible:
        yield ""
        yield (
            f"**{comparison.what}: implausible.** The rival ({comparison.rival}) handled {_number(comparison.theirs)} "
            f"{comparison.unit}, under {_number(PLAUSIBLE)}: no ratio is given."
        )


def _latencies(latencies: Sequence[Latency]) -> Iterator[str]:
    return _table(
        ("milliseconds", "how many", "median", "95 %", "99 %", "longest", "aim for 99 %", ""),
        (
            (
                latency.what,
                f"{len(latency.seconds):,}",
                *(_number(latency.percentile(part)) for part in (0.5, 0.95, 0.99, 1)),
                "" if latency.below is None else f"≤ {latency.below * 1000:,.0f}",
                latency.verdict,
            )
            for latency in latencies
        ),
    )


def _profile(profile: Profile) -> Iterator[str]:
    yield f"Where the time goes: {profile.title}"
    yield ""
    yield from _table(
        ("step", "µs", "times"),
        ((label, f"{spent:.1f}", f"{calls:.2f}") for label, spent, calls in profile.steps),
    )
    yield ""
    yield f"Together {sum(step[1] for step in profile.steps):.1f} µs, watched (watching costs about 0.5 µs a call)."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
