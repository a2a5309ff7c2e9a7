"""`python -m tests.rows`: play the example municipality and hold every row of the inventory against it (make rows).

For each row: its events are written (raw), their words stand in a rendered view, and its test fails when its rule is
switched off. A row that forbids counts by the attempt that is refused, a derived row by the events it comes from.
First the controls: an event that never happens, words that nobody said, and a rule left on must each be noticed.
"""

import argparse
import sys
from collections.abc import Sequence

import psycopg

from tests.rows.biting import FAILED, PASSED, Judge, switched_off
from tests.rows.playing import Played, played
from tests.rows.showing import missing, unseen
from tests.rows.table import PAGE, Row, Wanted, page, rows

NEVER = Wanted("citizen.sanctioned")
_REFUSED = "SELECT count(*) FROM access_log WHERE NOT permitted"


def main() -> int:
    """Run, print what was found, and say by the exit status whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.rows", description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, help="only these rows (all of them)")
    parser.add_argument("--citizens", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/inventory.md anew, and nothing else")
    parser.add_argument("--bites", action="store_true", help="only whether the rules bite; nothing is played")
    parser.add_argument(
        "--plays", action="store_true", help="only what occurs and is shown; no rule is switched off"
    )
    options = parser.parse_args()
    table = rows()
    if options.write:
        PAGE.write_text(page(table), encoding="utf-8")
        return 0
    chosen = [row for row in table if not options.numbers or row.number in options.numbers]
    if PAGE.read_text(encoding="utf-8") != page(table):
        say("docs/inventory.md is not what rows.toml says: run python -m tests.rows --write")
        return 1
    counts = {}
    if not options.bites:
        with played(options.citizens, options.seed) as town:
            counts["occurs"], counts["shown"] = found_in(chosen, town)
    if not options.plays:
        counts["rule bites"] = bites(chosen)
    say(" · ".join([f"rows {len(chosen)}", *(f"{what} {count}" for what, count in counts.items())]))
    return 0 if set(counts.values()) == {len(chosen)} else 1


def found_in(chosen: Sequence[Row], town: Played) -> tuple[int, int]:
    """How many of the rows occur in a played municipality, and how many are shown; the controls come first."""
    planted = chosen[0]._replace(events=(NEVER,), kind="event", attempt=())
    unsaid = [event._replace(texts={"text": "Det sagde ingen i Nordlunde."}) for event in town.events]
    first = next(row for row in rows() if row.kind == "event")
    if not missing(planted, town.events) or not unseen(first, unsaid[:2000], town.screens):
        raise SystemExit("control: NOT caught: what never happened is said to occur, or to be shown")
    say(
        "control: caught (an event that never happens does not occur, and words that nobody said are not shown)"
    )
    occurring = shown = 0
    for row in chosen:
        if row.attempt:
            lacking, unread = attempted(row, town)
        else:
            lacking, unread = missing(row, town.events), unseen(row, town.events, town.screens)
        for what, why in ((lacking, "does not occur"), (unread, "is not shown")):
            if what:
                say(f"row {row.number} ({row.danish}) {why}: {', '.join(what)}")
        occurring += not lacking
        shown += not unread
    return occurring, shown


def attempted(row: Row, town: Played) -> tuple[list[str], list[str]]:
    """What a row forbids is tried: it is refused, nothing is written, and whoever tried is told why."""
    citizen = str(town.events[0].citizen)
    known = {"CITIZEN": citizen, "LEADER": town.leader, "WORKER": town.worker}
    before, log = _counted(town)
    code, told = town.screens.done([known.get(each, each) for each in row.attempt])
    after, log_after = _counted(town)
    refused = code != 0 and log == log_after and (after > before or row.refused in " ".join(told.split()))
    lacking = [] if refused else [f"hub {' '.join(row.attempt)} was not refused"]
    return lacking, [] if row.refused in " ".join(told.split()) else [row.refused]


def _counted(town: Played) -> tuple[int, int]:
    """How many looks were refused, and how many events there are."""
    with psycopg.connect(town.conninfo) as connection:
        refused = connection.execute(_REFUSED).fetchone()
        events = connection.execute("SELECT count(*) FROM events").fetchone()
    return (refused or (0,))[0], (events or (0,))[0]


def bites(chosen: Sequence[Row]) -> int:
    """How many of the rules bite: the test passes as it is, and fails with the rule switched off."""
    count = 0
    with Judge() as judge:
        tests = sorted({row.test for row in chosen})
        if (as_it_is := judge.verdict(tests)) != PASSED:
            one_by_one = {test: judge.verdict([test]) for test in tests}
            say(f"{as_it_is}; without any change: { ({t: v for t, v in one_by_one.items() if v != PASSED}) }")
        first = chosen[0]
        left_on = switched_off(first.module, first.before, first.before)
        if judge.verdict([first.test], first.module, left_on) != PASSED:
            raise SystemExit("control: NOT caught: a rule that is left on is said to bite")
        say("control: caught (a rule that is left on does not bite)")
        for row in chosen:
            try:
                verdict = judge.verdict(
                    [row.test], row.module, switched_off(row.module, row.before, row.after)
                )
            except LookupError as wrong:
                verdict = str(wrong)
            if verdict != FAILED:
                say(f"row {row.number} ({row.danish}): {row.test} with the rule switched off: {verdict}")
            count += verdict == FAILED
    return count


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
