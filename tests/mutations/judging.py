"""A mutant is judged by the unit tests of the decision, in a process of its own; nothing is written into the tree.

The process is forked when all that the tests read beside the decision is imported, so that one mutant costs some
hundredths of a second. It ends at once: at the first test that fails, or when its time or memory is used up.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = tuple(
    f"hub.application.{name}"
    for name in ("disclosure", "grants", "amendments", "denials", "standing", "facts", "answers")
)
"""The decision."""
TESTS: Final = tuple(
    f"tests.unit.{path.stem}"
    for path in sorted((ROOT / "tests" / "unit").glob("test_*.py"))
    if path.stem.removeprefix("test_").split("_")[0]
    in {"disclosure", "grants", "amendments", "denials", "standing", "facts"}
)
"""Its unit tests: they read no file and open no connection."""
_READ: Final = ("hub.items", "hub.statements", "hub.vocabulary", "hub.clock", "pytest")
SECONDS: Final = 4
MEMORY: Final = 4 << 30


def source_of(module: str) -> str:
    """The source of a module."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")


def judge(
    changed: Mapping[str, str], *, without: str | None = None, tests: tuple[str, ...] = TESTS
) -> str | None:
    """The first test that fails with these sources; None when all pass, and the mutant has survived.

    Tests whose name holds `without` are left out: that is how a control weakens the tests.
    """
    own = tuple(f"tests.unit.test_{module.rpartition('.')[2]}" for module in changed)
    nearest = sorted(tests, key=lambda name: not name.startswith(own))
    return forked(lambda: failing(changed, without, nearest))


def forked(work: Callable[[], str | None], seconds: int = SECONDS) -> str | None:
    """What some work answers, done in a process of its own; "it did not end" where time or memory was used up."""
    for module in _READ:
        importlib.import_module(module)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            os.write(writer, (work() or "survived").encode())
        except BaseException:  # noqa: BLE001 - told by the exit status
            os.write(writer, f"error: {traceback.format_exc(limit=3)}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    if told == "survived":
        return None
    return told or "it did not end"


def failing(changed: Mapping[str, str], without: str | None, tests: list[str]) -> str | None:
    """In the child: import the decision anew, with these sources, and run its tests until one fails."""
    change(changed)
    for name in tests:
        try:
            module = importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - a mutant can fail in any way
            return f"{name} (it cannot be imported)"
        for label, test in _tests(module):
            if without is not None and without in label:
                continue
            try:
                test()
            except BaseException:  # noqa: BLE001 - as above
                return label
    return None


def change(changed: Mapping[str, str]) -> None:
    """Forget the decision and its tests, and import these modules from the sources given."""
    for name in [name for name in sys.modules if name.startswith(("hub.application", "tests."))]:
        if name not in {"tests.mutations", __name__, "__main__"}:
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder(changed))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the changed modules."""

    def __init__(self, changed: Mapping[str, str]) -> None:
        self._changed = changed

    def find_spec(self, fullname: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._changed:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._changed[module.__name__], module.__name__, "exec"), module.__dict__)  # noqa: S102


def _tests(module: ModuleType) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every test of a module, once for each of its parameters. They take no fixtures."""
    for name, test in list(vars(module).items()):
        if not name.startswith("test_") or not callable(test):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
        for chosen in product(*[mark.args[1] for mark in marks]):
            terms: dict[str, Any] = {}
            for mark, value in zip(marks, chosen, strict=True):
                keys = mark.args[0].split(", ") if isinstance(mark.args[0], str) else mark.args[0]
                terms.update(zip(keys, (value,) if len(keys) == 1 else value, strict=True))
            yield f"{module.__name__.rpartition('.')[2]}::{name}", lambda t=test, k=terms: t(**k)
