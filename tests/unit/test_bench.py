import ast
import re
from pathlib import Path

import pytest

from bench import __main__ as main
from bench import catch_up, command, deciding, importing, kafka_catch_up, relay, window
from bench.fifty import ITEMS, PLACES, Life
from bench.measure import Aim, Comparison, Latency, Profile, Section, Step, Stopwatch
from bench.report import render

BENCH = Path(__file__).resolve().parents[2] / "bench"
PAIR = (0.000_3, 0.000_2)


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(f"{'.' * node.level}{node.module or ''}")
    return names


def _all_imported(path: Path) -> set[str]:
    """Also through other modules of the measurements."""
    found, waiting = set[str](), [path]
    while waiting:
        for name in _imported(waiting.pop()) - found:
            found.add(name)
            module = BENCH.parent / f"{name.replace('.', '/')}.py"
            if name.startswith("bench.") and module.exists():
                waiting.append(module)
    return found


@pytest.mark.parametrize("path", sorted((BENCH / "rivals").glob("*.py")), ids=lambda path: path.stem)
def test_a_rival_knows_nothing_of_the_hub(path: Path) -> None:
    """No rival imports the hub, directly or through another module of the measurements."""
    assert not {name for name in _all_imported(path) if name.split(".")[0] in {"hub", ""}}


def test_the_contract_sees_an_import_of_the_hub(tmp_path: Path) -> None:
    """The contract is no formality: a module that does import the hub is found."""
    assert any(name.startswith("hub") for name in _all_imported(BENCH / "catch_up.py"))
    bad = tmp_path / "bad.py"
    bad.write_text("def later():\n    from hub.store import Log\n")

    assert {"hub.store"} == _imported(bad)


def _comparison(
    aim: Aim | None, *pairs: tuple[float, float], unit: str = "µs a command", batch: bool = False
) -> Comparison:
    return Comparison("a command", "bare INSERT", aim, unit, pairs, batch)


def test_an_aim_is_hit_or_missed_by_the_median_of_the_pairs() -> None:
    """The verdict rests on the median of the pairs' own ratios, whatever a single pair says."""
    pairs = [(1.0, 1.0), (1.4, 1.0), (9.0, 1.0)]

    assert "hit" == _comparison(Aim(1.5, at_most=True), *pairs).verdict
    assert "MISS" == _comparison(Aim(1.3, at_most=True), *pairs).verdict
    assert not _comparison(None, *pairs).verdict


def test_of_rates_more_is_better() -> None:
    """A rate is the inverse of the seconds, and its ratio is to be large enough."""
    comparison = _comparison(Aim(0.6), (0.000_02, 0.000_01), unit="events a second", batch=True)

    assert pytest.approx(50_000) == comparison.ours
    assert [pytest.approx(0.5)] == comparison.ratios
    assert "MISS" == comparison.verdict


def test_a_batch_rival_that_is_too_slow_gives_no_ratio() -> None:
    """Under 15,000 a second the report says implausible, and shows no ratio that could be quoted."""
    slow = _comparison(Aim(0.6), (0.000_1, 0.000_1), unit="rows a second", batch=True)
    report = render({}, [Section("Import", comparisons=[slow])])

    assert "implausible" == slow.verdict
    assert "under 15,000: no ratio is given" in report
    assert "1.00" not in report
    assert "MISS" not in report


def test_the_report_shows_machine_aims_verdicts_and_profiles() -> None:
    """Everything a reader needs to judge a figure stands in the report, as tables that are whole."""
    section = Section(
        "Command",
        ["five pairs"],
        [_comparison(Aim(1.5, at_most=True), PAIR), _comparison(Aim(2, at_most=True), PAIR)],
        [Profile("a command", (("seal", 12.34, 1.0), ("everything else", 1.0, 1.0)))],
    )
    report = render({"cores": "2", "fsync": "on"}, [section])

    for part in (
        "| cores | 2 |",
        "## Command",
        "- five pairs",
        "≤ 1.5×",
        "1.50",
        "| hit |",
        "| seal | 12.3 | 1.00 |",
    ):
        assert part in report
    for table in re.findall(r"(?:^\|.*\n)+", report, re.MULTILINE):
        assert 1 == len({line.count("|") for line in table.splitlines()})


def test_a_latency_is_judged_by_the_slowest_of_a_hundred() -> None:
    """99 of 100 are within the 99th percentile, a single slow one is not hidden, and a part of the whole has no aim."""
    hundred = [0.001 * number for number in range(1, 101)]

    assert pytest.approx(50) == Latency("row gone", tuple(hundred)).percentile(0.5)
    assert pytest.approx(99) == Latency("row gone", tuple(hundred)).percentile(0.99)
    assert pytest.approx(100) == Latency("row gone", tuple(hundred)).percentile(1)
    assert "hit" == Latency("row gone", tuple(hundred), 0.099).verdict
    assert "MISS" == Latency("row gone", (*hundred[:98], 1.0, 1.0), 0.099).verdict
    assert not Latency("a part of it", (9.0,)).verdict


def test_the_report_shows_latencies_with_their_aim() -> None:
    """How many, the percentiles, the aim and the verdict stand in one table; without comparisons there is none."""
    report = render({}, [Section("Withdrawal", latencies=[Latency("row gone", (0.12, 0.5), 1.0)])])

    assert "| row gone | 2 | 120 | 500 | 500 | 500 | ≤ 1,000 | hit |" in report
    assert "the rival" not in report.split("## Withdrawal")[1]


def test_without_java_what_needs_a_broker_is_left_out_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java measures the rest: each of the others says in one line what is missing."""
    monkeypatch.setattr(main, "missing_tools", lambda: "Java is not here.")

    assert main.ON_KAFKA == {name for name in main.MEASUREMENTS if main.lacking(name)}
    assert "Java is not here." == main.lacking("relay")
    assert main.lacking("command") is None


def test_fifty_statements_stand_on_the_citizen_who_is_decided() -> None:
    """What is measured with is what was asked for: fifty statements of many kinds, a hundred items of four fields."""
    life = Life()
    kinds = {statement.kind for statement in life.statements}

    assert 50 == len(life.statements)
    assert {"grant", "task", "item", "block", "basis", "corrected", "relabelled", "misfiled"} <= kinds
    assert {4} == {len(item.fields) for item in life.items}
    assert ITEMS == len(life.items)
    assert ITEMS == len({item.event_id for item in life.items})


def test_the_rival_of_a_decision_decides_as_the_hub_does() -> None:
    """Ready masks give the hub's answers, a good part of them permits something, and a changed mask is noticed."""
    bench = deciding.Bench()
    decisions = len(PLACES) * ITEMS

    assert decisions // 4 < bench.permitted < decisions * 3 // 4
    bench.eyes[0] = bench.eyes[0]._replace(partner=bench.eyes[1].partner)
    with pytest.raises(AssertionError, match="decides otherwise"):
        bench.check()
    print("control: caught")


def test_a_window_is_refused_too_much_memory() -> None:
    """The figure that a stage is reported with says whether the consumer stayed under its aim."""
    assert "299 MB at most (aim: under 300 MB: hit)" in window.said(window.Took(1.0, 0.5, None, 299.4), 100)
    assert "301 MB at most (aim: under 300 MB: MISS)" in window.said(window.Took(1.0, 0.5, None, 300.6), 100)


class _Work:
    def outer(self) -> int:
        return self.inner() + self.inner()

    @staticmethod
    def inner() -> int:
        return 1

    @classmethod
    def name(cls) -> str:
        return cls.__name__


def test_the_stopwatch_counts_and_leaves_no_trace() -> None:
    """Watched functions answer as before, each is counted, and afterwards they are the originals."""
    before = dict(vars(_Work))
    watch = Stopwatch()
    with watch.watching([Step(name, _Work, name) for name in ("outer", "inner", "name")]):
        assert 2 == _Work().outer()
        assert "_Work" == _Work.name()
    profile = watch.profile("work", 1.0, 1)

    assert {"outer": 1, "inner": 2, "name": 1, "everything else": 1} == {s[0]: s[2] for s in profile.steps}
    assert pytest.approx(1e6) == sum(step[1] for step in profile.steps)
    assert before == dict(vars(_Work))


STEPS = [
    *command.STEPS,
    *catch_up.steps(),
    *importing.STEPS,
    *relay.steps(),
    *kafka_catch_up.steps(),
    *deciding.steps(),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.label)
def test_what_a_profile_watches_is_there(step: Step) -> None:
    """Every function that a profile names exists where its callers look it up."""
    assert callable(getattr(step.owner, step.name, None))
    assert step.name in vars(step.owner)
