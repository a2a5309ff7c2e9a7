"""The hunt itself: methods with a name, an expectation and an attempt; a runner; and the table of docs/leak-hunt.md.

    @method("topics", "Fetch hub.events", "The broker refuses.", "TOPIC_AUTHORIZATION_FAILED")
    def fetch_events(scene: Scene, number: int) -> Seen: ...

An attempt returns what was seen, in one of the few words that the method allows, and every byte of it. It is a find
when the word is another, or when anything that is hidden is among the bytes.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.leaks.raw import evidence
from tests.leaks.scene import Scene

TRIES: Final = 10
"""So often `make leaks` tries each method."""
FEWEST: Final = 3
REPEATED: Final = ("own", "cli", "web", "timing")
"""The groups that take long: the test tries each different thing of a method, three at least, and repeats no more."""
ALL: Final = os.environ.get("LEAKS") == "write"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "leak-hunt.md"
BEGIN: Final = "<!-- written by `make leaks` from here on -->"

GROUPS: Final = {
    "topics": "Others' topics, and the broker's own",
    "groups": "Others' consumer groups and transactions",
    "admin": "Administration",
    "own": "What its own topic may tell beside what it says",
    "inbox": "Its own inbox",
    "cli": "The command line, as somebody who works at A",
    "web": "The pages and the API, as somebody who works at A, as another citizen and as nobody",
    "timing": "Time",
}


class Seen(NamedTuple):
    """What one attempt saw: a word for it, and all its bytes."""

    what: str
    bytes: bytes = b""


Attempt = Callable[[Scene, int], Seen]


@dataclass(frozen=True)
class Method:
    """One way to learn something that A may not know."""

    group: str
    name: str
    expected: str
    allowed: frozenset[str]
    attempt: Attempt
    ways: int
    """How many different things its first tries are; those after them are the same again."""

    @property
    def tries(self) -> int:
        """How often it is tried in this run."""
        return TRIES if ALL else self.ways


@dataclass
class Result:
    """What came of a method."""

    method: Method
    tries: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)


METHODS: Final[list[Method]] = []
"""All of them, in the order of the table."""


def method(
    group: str, name: str, expected: str, *allowed: str, ways: int | None = None
) -> Callable[[Attempt], Attempt]:
    """Enter a method: where it belongs, its name, what is expected, and the words that may be seen."""
    ways = ways or (FEWEST if group in REPEATED else TRIES)
    assert FEWEST <= ways <= TRIES
    assert group in GROUPS
    assert all(known.name != name for known in METHODS), f"two methods are called {name}"

    def enter(attempt: Attempt) -> Attempt:
        METHODS.append(Method(group, name, expected, frozenset(allowed), attempt, ways))
        return attempt

    return enter


def alike(one: Any, other: Any, what: str = "alike") -> Seen:
    """Whether two answers are the same, byte for byte."""
    return Seen(what if one == other else "told apart", evidence(one, other))


def hunt(scene: Scene, methods: Iterable[Method] = METHODS, tries: int | None = None) -> list[Result]:
    """Try every method so many times, or as often as this run tries it."""
    return [_tried(scene, each, tries or each.tries) for each in methods]


def _tried(scene: Scene, each: Method, tries: int) -> Result:
    result = Result(each)
    for number in range(tries):
        seen = each.attempt(scene, number)
        result.tries += 1
        result.seen[seen.what] += 1
        if seen.what not in each.allowed:
            result.found.append(f"{each.name}: saw {seen.what}, and not {' or '.join(sorted(each.allowed))}")
        hidden = scene.found_in(seen.bytes, at_work=each.group == "cli")
        result.found += [f"{each.name}: {name}" for name in hidden]
    return result


def finds(results: Iterable[Result]) -> list[str]:
    """Everything that was found, each once."""
    return sorted({each for result in results for each in result.found})


# --------------------------------------------------------------------------------------------- the table


def table(results: Iterable[Result]) -> str:
    """The methods with what was expected and what was seen, for docs/leak-hunt.md."""
    by_group: dict[str, list[Result]] = {}
    for result in results:
        by_group.setdefault(result.method.group, []).append(result)
    parts = []
    for group, heading in GROUPS.items():
        rows = [
            f"| {each.method.name} | {each.method.expected} | {_seen(each)} |"
            for each in by_group.get(group, [])
        ]
        parts.append("\n".join([f"## {heading}", "", "| method | expected | seen |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _seen(result: Result) -> str:
    words = "; ".join(f"`{what}`" for what in sorted(result.seen))
    return words if not result.found else f"**FOUND**: {words}"


def document(text: str, results: Iterable[Result]) -> str:
    """The page with its table written anew."""
    head, mark, _ = text.partition(BEGIN)
    assert mark, f"{DOCUMENT} has no line {BEGIN}"
    return f"{head}{BEGIN}\n\n{table(results)}"
