"""`python -m tests.mutations`: change the decision in every small way; its unit tests must notice (make mutants).

First a control: with the tests of one rule left out, a mutant of that rule must survive. A mutant that survives must
stand in `explained.toml` with the reason why it decides the same as the original; then docs/mutations.md lists it.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tests.mutations.judging import MODULES, ROOT, forked, judge, source_of
from tests.mutations.planted import CONTROL, PLANTED

if TYPE_CHECKING:
    from tests.mutations.making import Mutant

HERE: Final = Path(__file__).parent
PAGE: Final = ROOT / "docs" / "mutations.md"
SECOND: Final = 150
"""So many generated histories a survivor is compared with the oracle over, with --oracle."""
EVERY: Final = 10.0


def main() -> int:
    """Run, print what was found, and say by the exit status whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("modules", nargs="*", help="of the decision: disclosure, grants … (all of them)")
    parser.add_argument("--planted", action="store_true", help="only a few changes by hand, in a second")
    parser.add_argument("--oracle", action="store_true", help="compare survivors with the oracle too")
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md anew")
    options = parser.parse_args()
    if not control() or not planted():
        return 1
    return 0 if options.planted else whole(options)


def control() -> bool:
    """The tests pass on the decision as it is; and without the tests of a rule, its mutant survives."""
    module, before, after, rule = CONTROL
    changed = {module: replaced(module, before, after)}
    if failed := judge({}):
        say(f"The unit tests of the decision fail without any change: {failed}")
        return False
    if judge(changed) is None or judge(changed, without=rule) is not None:
        say(f"control: NOT caught: {before} → {after}, with and without the tests of {rule}")
        return False
    say(f"control: caught (without the tests of {rule} its mutant survives, with them it is killed)")
    return True


def planted() -> bool:
    """A few changes by hand, one for each rule, are all killed."""
    alive = [each for each in PLANTED if judge({each[0]: replaced(*each)}) is None]
    for module, before, after in alive:
        say(f"alive: {module}: {before} → {after}")
    say(f"{len(PLANTED)} planted, {len(PLANTED) - len(alive)} killed")
    return not alive


def replaced(module: str, before: str, after: str) -> str:
    """The source of a module with one piece of it replaced; that piece must stand there exactly once."""
    source = source_of(module)
    if source.count(before) != 1:
        raise SystemExit(f"{module} holds {before!r} {source.count(before)} times; name another piece.")
    return source.replace(before, after)


def whole(options: argparse.Namespace) -> int:
    """Every mutant of the modules."""
    from tests.mutations.making import mutants  # noqa: PLC0415 - mutmut is not needed for the planted ones

    chosen = [m for m in MODULES if not options.modules or m.rpartition(".")[2] in options.modules]
    explained = reasons()
    counts: dict[str, tuple[int, int]] = {}
    alive: list[Mutant] = []
    for module in chosen:
        made = mutants(module)
        left = []
        for each in survivors(module, made):
            left.append(each)
            if key(each) not in explained:
                say(f"survives: {each}")
        counts[module] = (len(made), len(left))
        alive += left
    unexplained = [each for each in alive if key(each) not in explained]
    wrong = [each for each in alive if options.oracle and different(each)]
    for each in wrong:
        say(f"the oracle differs: {each}")
    gone = [k for k in explained if k[0] in chosen and k not in {key(each) for each in alive}]
    for module, where, before, after in gone:
        say(f"explained, but it is killed or no more: {module}.{where}\n  - {before}\n  + {after}")
    if options.oracle:
        say(f"the oracle differs from {len(wrong)} of {len(alive)} survivors over {SECOND} histories")
    fine = not (unexplained or wrong or gone)
    if options.write and fine and len(chosen) == len(MODULES):
        PAGE.write_text(page(counts, alive, explained), encoding="utf-8")
    total = sum(made for made, _ in counts.values())
    how = "all explained" if fine else f"{len(unexplained)} NOT explained, {len(gone)} explained in vain"
    say(f"{total} mutants, {total - len(alive)} killed, {len(alive)} survivors ({how})")
    return 0 if fine else 1


def survivors(module: str, made: "list[Mutant]") -> "Iterable[Mutant]":
    """Those that no test notices; progress is told every few seconds."""
    told, count = monotonic(), 0
    for number, each in enumerate(made, 1):
        if judge({module: each.source}) is None:
            count += 1
            yield each
        if monotonic() - told > EVERY:
            say(f"  {module}: {number} of {len(made)}, {count} alive")
            told = monotonic()
    say(f"{module}: {len(made)} mutants, {len(made) - count} killed")


def different(mutant: "Mutant") -> bool:
    """Whether the comparison with the oracle finds what the unit tests do not."""

    def compare() -> str | None:
        from tests.mutations.judging import change  # noqa: PLC0415 - in the child

        change({mutant.module: mutant.source})
        from tests.properties.comparing import run  # noqa: PLC0415 - it imports what has been changed

        return "different" if run(20261122, range(SECOND), lambda _: None).different else None

    return forked(compare, seconds=300) is not None


Key = tuple[str, str, str, str]


def key(mutant: "Mutant") -> Key:
    """What names a mutant in the list of survivors."""
    return mutant.module, mutant.where, mutant.before, mutant.after


def reasons() -> dict[Key, str]:
    """The survivors that are explained, with the reason."""
    table = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8"))
    return {
        (f"hub.application.{each['module']}", each["where"], each["before"], after): group["why"]
        for group in table["reason"]
        for each in group["mutants"]
        for after in each["after"]
    }


def page(counts: dict[str, tuple[int, int]], alive: "list[Mutant]", explained: dict[Key, str]) -> str:
    """docs/mutations.md."""
    lines = [*(HERE / "page.md").read_text(encoding="utf-8").splitlines(), ""]
    lines += ["| module | mutants | killed | survivors |", "|---|---:|---:|---:|"]
    for module, (made, left) in counts.items():
        lines.append(f"| `{module.replace('.', '/')}.py` | {made} | {made - left} | {left} |")
    made, left = (sum(each) for each in zip(*counts.values(), strict=True))
    lines += [f"| **all** | **{made}** | **{made - left}** | **{left}** |", "", "## The survivors", ""]
    for why in dict.fromkeys(explained[key(each)] for each in alive):
        theirs = [each for each in alive if explained[key(each)] == why]
        lines += [f"### {len(theirs)}: {why}", "", "| where | line | mutant |", "|---|---|---|"]
        for each in theirs:
            where = f"{each.module.rpartition('.')[2]}.{each.where}"
            lines.append(f"| {where} | `{_cell(each.before)}` | `{_cell(each.after)}` |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(code: str) -> str:
    return code.replace("|", "\\|")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
