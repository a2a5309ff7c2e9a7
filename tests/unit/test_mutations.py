"""The unit tests of the decision notice changes of it: a few planted here, every one by `make mutants`."""

import subprocess
import sys

from tests.mutations.judging import MODULES, ROOT, TESTS, source_of
from tests.mutations.planted import CONTROL, PLANTED


def test_planted_changes_of_the_decision_are_killed() -> None:
    """Each is noticed by the unit tests; and without the tests of its rule one is not, so that this can fail."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.mutations", "--planted"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "control: caught" in ran.stdout
    assert f"{len(PLANTED)} planted, {len(PLANTED)} killed" in ran.stdout
    print("control: caught")


def test_what_is_planted_is_in_the_decision() -> None:
    """Every module of the decision has a unit test of its own, and what is planted stands in one of them."""
    tested = {name.removeprefix("tests.unit.test_") for name in TESTS}

    assert {name.rpartition(".")[2] for name in MODULES} - {"answers"} <= tested
    assert {module for module, *_ in (*PLANTED, CONTROL[:3])} <= set(MODULES)
    assert all(source_of(module).count(before) == 1 for module, before, _ in (*PLANTED, CONTROL[:3]))
