"""Two worlds: `python -m tests.worlds --pairs 500 --seed 20261122` runs so many pairs, and says in what any two differ.

A share of the pairs goes over a real broker (`--broker 10`), where there can be one. Leaks are planted first, and each
must be found. A long run goes in pieces: `--first 0 --pairs 100`, then `--first 100 --pairs 100`, and so on, make the
same pairs as one run. `--group NAME` runs one again that is told of by its name. With `--http` the partner's people ask
every page and the whole API of each world, and not the command line.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context

from hub.broker import missing_tools
from tests.worlds.ground import broker, ground, share
from tests.worlds.leaks import BEHIND, LEAKS, ONLY, broken
from tests.worlds.leaks_http import LEAKS_HTTP
from tests.worlds.running import Group, Tally, never, pairs, spread

CHUNK = 25
"""So many pairs are run on one server, by one process."""
ENOUGH = 30
"""Within so many pairs a planted leak is found."""
OVER = ".broker"
"""What the seed of pairs over a broker ends with."""


def main() -> int:
    """Run, and tell."""
    asked = terms()
    begun = time.monotonic()
    whole = Tally(1 if asked.group else asked.pairs)
    uncaught = [] if asked.group else controls(asked)
    if asked.group:
        asked.broker = int(OVER in asked.group)
    lacking = missing_tools() if asked.broker else None
    real = 0 if lacking else min(asked.broker, asked.pairs)
    if asked.group:
        one_group(asked, whole)
    else:
        over_the_log(asked, asked.pairs - real, whole)
        if real:
            with noted(whole, f"{asked.seed}{OVER}"), ground() as here, broker() as cluster:
                whole.add(pairs(here, f"{asked.seed}{OVER}", real, cluster=cluster, behind=asked.behind))
    print(f"  compared: {dict(whole.compared)}")
    print(f"  differing in: {dict(whole.ways.most_common())}")
    print(f"  never differing: {', '.join(never(whole)) or 'none'}")
    print(f"  dropped: {dict(whole.dropped)}")
    print(f"  seconds: { {what: round(spent / 1000) for what, spent in whole.seconds.items()} }")
    for difference in whole.different:
        print(f"\nDIFFERENT: {difference}")
    for failure in whole.failed:
        print(f"\nFAILED: {failure}")
    for leak in uncaught:
        print(f"\nNOT CAUGHT: {leak}")
    if lacking:
        print(f"NOT TESTED over a broker: {lacking}")
    real = whole.pairs if asked.group and real else real
    print(spread(whole))
    print(f"{named(asked)}: {whole.pairs} pairs, {real} of them over a broker, {len(whole.different)} different, "
          f"{len(whole.failed)} failed, {time.monotonic() - begun:.0f} s")  # fmt: skip
    too_few = not asked.group and whole.pairs < asked.pairs
    return bool(whole.different or whole.failed or uncaught or too_few)


def terms() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--seed", default="20261122")
    parser.add_argument("--first", type=int, default=0, help=f"the pair to begin with: so many times {CHUNK}")
    parser.add_argument(
        "--group", default="", help="only the pairs of this name; with --behind where it was so"
    )
    parser.add_argument("--broker", type=int, default=10, help="so many of the pairs over a real broker")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--http", action="store_const", const="whole", default="", help="ask the pages and the API"
    )
    parser.add_argument("--behind", action="store_true", help="read models may be behind when they are read")
    asked = parser.parse_args()
    if asked.http:
        asked.broker = 0
    if asked.first % CHUNK or asked.first < 0:
        parser.error(
            f"--first {asked.first} is in the middle of a share: give 0, {CHUNK}, {2 * CHUNK} and so on"
        )
    return asked


def named(asked: argparse.Namespace) -> str:
    """What was run, in the words that run it again."""
    one = f"group {asked.group}" if asked.group else f"seed {asked.seed} from pair {asked.first}"
    one = f"{one}, over HTTP" if asked.http else one
    return f"{one}, read models behind" if asked.behind else one


def controls(asked: argparse.Namespace) -> list[str]:
    """Plant every leak in the first of the pairs, and break one: those that are not found."""
    uncaught, seed = [], f"{asked.seed}.{asked.first // CHUNK}"
    with ground() as here:
        with broken(1):
            found = pairs(here, seed, 1, behind=asked.behind, http=asked.http)
        if len(found.failed) == 1 and found.pairs == 1:
            print("control: caught (a pair that breaks, and the next one is run)", flush=True)
        else:
            uncaught.append(f"a pair that breaks: {found}")
        leaks = LEAKS_HTTP if asked.http else LEAKS | (BEHIND if asked.behind else {})
        for leak, planted in leaks.items():
            with planted():
                only = ONLY.get(leak, ())
                found = pairs(here, seed, ENOUGH, most=1, behind=asked.behind, only=only, http=asked.http)
            if found.different:
                print(f"control: caught ({leak}, in pair {found.pairs})", flush=True)
            else:
                uncaught.append(f"{leak}: {found}")
    return uncaught


def over_the_log(asked: argparse.Namespace, wanted: int, whole: Tally) -> None:
    """Pairs without a broker, in shares; a share that breaks is noted with its seed, and the others go on."""
    parts = [min(CHUNK, wanted - done) for done in range(0, wanted, CHUNK)]
    seeds = [f"{asked.seed}.{n}" for n, _ in enumerate(parts, asked.first // CHUNK)]
    with ProcessPoolExecutor(max(1, asked.jobs), mp_context=get_context("spawn")) as pool:
        going = {
            pool.submit(share, seed, part, behind=asked.behind, http=asked.http): seed
            for seed, part in zip(seeds, parts, strict=True)
        }
        for one in as_completed(going):
            with noted(whole, going[one]):
                whole.add(one.result())
            print(f"{whole.pairs} pairs, {len(whole.different)} different, {len(whole.failed)} failed",
                  file=sys.stderr, flush=True)  # fmt: skip


def one_group(asked: argparse.Namespace, whole: Tally) -> None:
    """The pairs of one first world."""
    whole.wanted = CHUNK
    with ground() as here:
        if OVER not in asked.group:
            Group(here, asked.group, whole, behind=asked.behind, http=asked.http).run()
            return
        with broker() as cluster:
            Group(here, asked.group, whole, cluster, asked.behind).run()


@contextmanager
def noted(whole: Tally, seed: str) -> Iterator[None]:
    """Note a share that breaks as a whole."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is, the others go on and it is told at the end
        whole.failed.append(f"the whole share {seed}\n{traceback.format_exc()}")


if __name__ == "__main__":
    sys.exit(main())
