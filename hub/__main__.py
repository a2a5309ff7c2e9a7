"""The command line `hub`, also as `python -m hub`."""

import gc
import logging
import sys

from hub.cli.app import run
from hub.logs import configure


def main() -> None:
    """Run one command and end with its exit code."""
    configure(level=logging.WARNING)  # to stderr, with listed keys alone; what runs on says more
    gc.set_threshold(20_000, 20, 100)  # a consumer makes much and keeps little: the default looks too often
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
