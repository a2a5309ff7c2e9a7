"""The command line `hub`, also as `python -m hub`."""

import gc
import sys

from hub.cli.app import run


def main() -> None:
    """Run one command and end with its exit code."""
    gc.set_threshold(20_000, 20, 100)  # a consumer makes much and keeps little: the default looks too often
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
