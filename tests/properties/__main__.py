"""`python -m tests.properties`: the hub's decision against the naive oracle, in two processes.

First faults are planted, and each must be found: for every kind of statement a hub that never hears of it, and an
oracle that is told nothing of orders, or of what is withheld from the citizen.
"""

import argparse
import sys
from collections import Counter
from multiprocessing import Process, Queue
from queue import Empty
from random import SystemRandom
from time import monotonic
from typing import Any

from tests.histories_told import published
from tests.properties.comparing import FULL, KINDS, LEAST, QUESTIONS, REASONS, UNTOLD, Tally, is_caught, run

PROCESSES = 2
EVERY = 5.0
"""Seconds between two lines of progress."""
CONTROL = 4000
"""In so many histories at the most a planted fault must show."""
WHOLE = 2000
"""In so many histories every type of event occurs."""
FAULTS = (*KINDS, *UNTOLD)


def work(seed: int, first: int, histories: int, told: "Queue[Any]") -> None:
    """One process: every second history, and its progress."""
    for fault in FAULTS[first::PROCESSES]:
        told.put(("control", first, (fault, is_caught(seed, fault, CONTROL))))
    numbers = range(first, histories, PROCESSES)
    tally = run(
        seed, numbers, lambda so_far: told.put(("progress", first, (so_far.histories, so_far.different)))
    )
    told.put(("done", first, tally))


def main() -> int:
    """Run, print what was found, and say by the exit status whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    parser.add_argument("--histories", type=int, default=FULL)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**8))
    options = parser.parse_args()
    say(
        f"seed {options.seed}: {options.histories} histories, {QUESTIONS} questions each, {PROCESSES} processes"
    )
    told: Queue[Any] = Queue()
    workers = [
        Process(target=work, args=(options.seed, n, options.histories, told)) for n in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    tally, missed = follow(told, workers, options.histories)
    for worker in workers:
        worker.join()
    if tally is None:
        say("A process ended before its work was done.")
        return 1
    return summary(options.seed, tally, missed)


def follow(told: "Queue[Any]", workers: list[Process], histories: int) -> tuple[Tally | None, list[str]]:
    """Listen to the processes until both are done; what they counted together, and the faults that nobody found."""
    begun = monotonic()
    caught: dict[str, bool] = {}
    done: dict[int, Tally] = {}
    progress = dict.fromkeys(range(PROCESSES), (0, 0))
    spoken = begun
    while len(done) < PROCESSES:
        try:
            what, which, news = told.get(timeout=10)
        except Empty:
            if any(not worker.is_alive() and worker.exitcode for worker in workers):
                return None, []
            continue
        if what == "control":
            kind, found = news
            caught[kind] = found
            if len(caught) == len(FAULTS):
                control(caught)
            elif monotonic() - spoken > EVERY:
                say(f"  control: {len(caught)} of {len(FAULTS)} faults planted")
                spoken = monotonic()
        elif what == "progress":
            progress[which] = news
            seen, different = (sum(each) for each in zip(*progress.values(), strict=True))
            say(f"  {seen} of {histories} histories, {different} differences, {monotonic() - begun:.0f} s")
        else:
            done[which] = news
    whole = Tally()
    for tally in done.values():
        whole.add(tally)
    return whole, [kind for kind, found in caught.items() if not found]


def control(caught: dict[str, bool]) -> None:
    """Say whether every planted fault was found."""
    missed = [kind for kind, found in caught.items() if not found]
    if missed:
        say(
            f"control: NOT caught: a hub that never hears, or an oracle that is not told, of {', '.join(missed)}"
        )
    else:
        say(
            f"control: caught ({len(caught)} faults planted: a hub that never hears of one of {len(KINDS)} kinds of "
            f"statement, an oracle that is not told one of {len(UNTOLD)} rules on orders and on what is withheld)"
        )


def summary(seed: int, tally: Tally, missed: list[str]) -> int:
    """Print all that was counted; 1 when something is not as it must be."""
    share = tally.permits / tally.answers
    say(f"\nseed {seed}: {tally.histories} histories, {tally.answers} answers, {tally.different} differences")
    say(
        f"permitted: {share:.1%} ({counted(tally.why)}); told twice and shuffled: {tally.redelivered} answers"
    )
    say(f"reasons: {counted(Counter({code: tally.reasons[code] for code in REASONS}))}")
    say(
        f"other reasons: {counted(Counter({c: n for c, n in tally.reasons.items() if c not in REASONS})) or 'none'}"
    )
    say(
        f"event types {len(published()) - len(tally.never)} of {len(published())} "
        f"(asked about: {len(tally.met)}); the citizen's page compared {tally.pages} times"
    )
    say("histories that hold:")
    for name, count in sorted(tally.held.items(), key=lambda item: -item[1]):
        say(f"  {count:>7}  {name}")
    for difference in tally.differences:
        say(difference)
    rare = {
        code: tally.reasons[code] for code in REASONS if tally.reasons[code] * FULL < LEAST * tally.histories
    }
    if rare:
        say(f"{'too rare' if tally.histories >= FULL else 'warning, rare'}: {rare}")
    if tally.never:
        say(
            f"{'never drawn' if tally.histories >= WHOLE else 'warning, not drawn yet'}: {', '.join(tally.never)}"
        )
    too_few = (rare and tally.histories >= FULL) or (tally.never and tally.histories >= WHOLE)
    wrong = tally.different or missed or not 0.3 <= share <= 0.7 or too_few
    say("NOT as it must be" if wrong else "all as it must be")
    return 1 if wrong else 0


def counted(counts: Counter[str]) -> str:
    """Names with their counts, the most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
