"""Two worlds: `python -m tests.worlds --pairs 500 --seed 1` runs so many pairs, and says in what any two differ.

A share of the pairs goes over a real broker (`--broker 10`), where there can be one.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from hub.broker import missing_tools
from tests.worlds.ground import broker, ground, share
from tests.worlds.running import Tally, pairs

CHUNK = 25
"""So many pairs are run on one server, by one process."""


def main() -> int:
    """Run, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--seed", default="20261122")
    parser.add_argument("--broker", type=int, default=10, help="so many of the pairs over a real broker")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--behind", action="store_true", help="read models may be behind when they are read")
    asked = parser.parse_args()
    begun, jobs = time.monotonic(), max(1, asked.jobs)
    lacking = missing_tools() if asked.broker else None
    real = 0 if lacking else min(asked.broker, asked.pairs)
    whole = Tally(asked.pairs)
    left = asked.pairs - real
    parts = [min(CHUNK, left - done) for done in range(0, left, CHUNK)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        going = [
            pool.submit(share, f"{asked.seed}.{n}", part, behind=asked.behind) for n, part in enumerate(parts)
        ]
        for one in as_completed(going):
            whole.add(one.result())
            print(f"{whole.pairs} pairs, {len(whole.different)} different", file=sys.stderr, flush=True)
    if real:
        with ground() as here, broker() as cluster:
            whole.add(pairs(here, f"{asked.seed}.broker", real, cluster=cluster, behind=asked.behind))
    print(f"seed {asked.seed}: {whole.pairs} pairs, {real} of them over a broker, {len(whole.different)} different, "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    if lacking:
        print(f"NOT TESTED over a broker: {lacking}")
    print(f"  compared: {dict(whole.compared)}")
    print(f"  differing in: {dict(whole.ways.most_common())}")
    print(f"  dropped: {dict(whole.dropped)}")
    print(f"  seconds: { {what: round(spent / 1000) for what, spent in whole.seconds.items()} }")
    for difference in whole.different:
        print(f"\nDIFFERENT: {difference}")
    return bool(whole.different)


if __name__ == "__main__":
    sys.exit(main())
