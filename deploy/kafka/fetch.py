# ruff: noqa: INP001 - a script, no package
"""Fetch Apache Kafka for this checkout, and say in one line what happened; say nothing when it is there.

With CI=true, `--required` fails without Java and Maven, even if the files are there: a build shows the whole way.
"""

import os
import sys

from hub.artifacts import PLACE, VERSION, fetch, missing_tools
from hub.broker import archive_classes
from hub.errors import HubError


def main() -> int:
    """Fetch, or say what is missing; give the exit code."""
    required = "--required" in sys.argv[1:] and os.environ.get("CI") == "true"
    lacking = missing_tools(None) if required else missing_tools()
    if lacking is not None:
        sys.stdout.write(f"[4/4] {'' if required else 'without Kafka: '}{lacking}\n")
        return int(required)
    there = PLACE.is_dir()
    try:
        files = len(list(fetch().iterdir()))
        if not there:
            archive_classes()
    except HubError as error:
        sys.stdout.write(f"{error}\n")
        return error.exit_code
    if not there:
        sys.stdout.write(f"[4/4] Apache Kafka {VERSION} from Maven ({files} files, checked)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
