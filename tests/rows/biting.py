"""Whether a rule bites: its test passes as the code is, and fails when the rule is switched off.

`python -m tests.rows.biting` reads one job a line (JSON: the tests, and a module's changed source or none) and answers
each with a line. It has read the libraries and nothing of the hub, and forks for each job, so that nothing that one
changes is there for the next; nothing is written into the tree.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parents[2]
_LIBRARIES: Final = (
    "pytest", "eventsourcing.domain", "eventsourcing.persistence", "fastavro", "psycopg", "psycopg_pool",
    "cryptography.hazmat.primitives.ciphers.aead", "orjson", "pydantic_settings", "typer", "structlog",
)  # fmt: skip
_SECONDS: Final = 120
_CACHE: Final = ROOT / ".cache" / "rows"
PASSED, FAILED = "passed", "failed"


class Judge:
    """The process that judges, told from outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rows.biting"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        """It is there."""
        return self

    def __exit__(self, *_: object) -> None:
        """It ends with its input."""
        self._process.communicate()

    def verdict(self, tests: list[str], module: str | None = None, source: str | None = None) -> str:
        """`passed`, `failed`, or what else became of these tests."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"tests": tests, "module": module, "source": source}) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline()))


def switched_off(module: str, before: str, after: str) -> str:
    """The source of a module with the rule switched off; what is the rule stands there exactly once."""
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    if source.count(before) != 1:
        raise LookupError(f"{module} holds {before!r} {source.count(before)} times")
    return source.replace(before, after)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the one module that is changed."""

    def __init__(self, module: str, source: str) -> None:
        self._module = module
        self._source = source

    def find_spec(self, fullname: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        path = str(ROOT.joinpath(*fullname.split(".")).with_suffix(".py"))
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=path)
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, str(module.__file__), "exec"), module.__dict__)  # noqa: S102 - the changed rule


class _Reports:
    """What became of the tests: a test fails where it says that something must be true, not where it is made ready."""

    def __init__(self) -> None:
        self.failed = self.broken = self.passed = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count."""
        if report.failed:
            self.failed += report.when == "call"
            self.broken += report.when != "call"
        self.passed += report.passed and report.when == "call"


def _judged(job: dict[str, Any]) -> str:
    import pytest  # noqa: PLC0415 - read before the fork

    if job["module"] is not None:
        sys.meta_path.insert(0, _Changed(job["module"], job["source"]))
    reports = _Reports()
    unit = all(test.startswith("tests/unit/") for test in job["tests"])
    terms = ["-q", "-x", "--assert=plain", "-o", f"cache_dir={_CACHE}", *(["--noconftest"] if unit else [])]
    code = pytest.main([*terms, *job["tests"]], plugins=[reports])
    if reports.failed:
        return FAILED
    return PASSED if code == 0 and reports.passed else f"neither (exit {int(code)}, {reports.broken} broken)"


def _forked(job: dict[str, Any]) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        try:
            os.write(writer, _judged(job).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told or "it did not end"


def main() -> None:
    """Judge until the input ends."""
    sys.path.insert(0, str(ROOT))
    for name in _LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
