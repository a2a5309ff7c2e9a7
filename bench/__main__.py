"""Run the measurements: `python -m bench [relay] [--quick]`."""

import argparse
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench import backfill, catch_up, command, deciding, end_to_end, importing, kafka_catch_up, relay, window
from bench.data import SEED, Place, place
from bench.measure import Section
from bench.report import render
from hub.broker import VERSION, missing_tools
from hub.postgres import Database

ROOT: Final = Path(__file__).resolve().parents[1]
MEASUREMENTS: Final[dict[str, Callable[..., Section]]] = {
    "deciding": deciding.run,
    "command": command.run,
    "catch_up": catch_up.run,
    "backfill": backfill.run,
    "window": window.run,
    "import": importing.run,
    "relay": relay.run,
    "kafka_catch_up": kafka_catch_up.run,
    "end_to_end": end_to_end.run,
}
ON_KAFKA: Final = frozenset({"relay", "kafka_catch_up", "end_to_end"})
"""Those that need a broker; they come last, for it works beside them."""


def lacking(name: str) -> str | None:
    """Why this cannot be measured here, in a sentence; None when it can."""
    return missing_tools() if name in ON_KAFKA else None


def facts(where: Place, *, quick: bool) -> dict[str, str]:
    """What the figures depend on."""
    with Database(where.server.conninfo(), size=1) as database, database.connection() as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    cores = len(os.sched_getaffinity(0))
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "cores": f"{cores}, load {os.getloadavg()[0]:.1f} before the run",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": f"{platform.python_version()}, "
        + ", ".join(
            f"{name} {version(name)}"
            for name in ("psycopg", "eventsourcing", "fastavro", "cryptography", "kafka-python")
        ),
        "PostgreSQL": f"{shown['server_version']}, on the same cores, through its socket; fsync {shown['fsync']}, "
        f"synchronous_commit {shown['synchronous_commit']}, shared_buffers {shown['shared_buffers']}",
        "Kafka": f"{VERSION}, one node on the same cores, with users and permissions"
        if missing_tools() is None
        else "none",
        "data": f"invented, seed {SEED}"
        + (", small (--quick): for a look, not for conclusions" if quick else ""),
    }


def main() -> None:
    """Measure what is asked for, print it, and keep a whole full run as the results."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "only",
        nargs="?",
        choices=sorted(MEASUREMENTS),
        help="one measurement; the results are printed only",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, a few minutes; the results are printed only"
    )
    parser.add_argument(
        "--events", type=int, help=f"how many events `window` backfills (otherwise {window.EVENTS:,})"
    )
    asked = parser.parse_args()
    sizes = {"window": {"events": asked.events}} if asked.events else {}
    wanted = [asked.only] if asked.only else list(MEASUREMENTS)
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=cache))
    start = time.monotonic()
    try:
        with place(folder) as where:
            known = facts(where, quick=asked.quick)
            sections = []
            for name in wanted:
                if why := lacking(name):
                    print(f"{name} is left out. {why}", flush=True)
                    sections.append(Section(f"Not measured: {name}", [why]))
                    continue
                print(f"measuring {name} …", flush=True)
                sections.append(MEASUREMENTS[name](where, quick=asked.quick, **sizes.get(name, {})))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    known["the run took"] = f"{time.monotonic() - start:.0f} s"
    report = render(known, sections)
    print(report)
    if not asked.only and not asked.quick and not any(map(lacking, wanted)):
        (ROOT / "bench" / "RESULTS.md").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
