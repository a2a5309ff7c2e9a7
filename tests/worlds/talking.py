"""The command line in this process, on a hub that is open already."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from typing import Any, Final
from unittest.mock import patch

from structlog.testing import capture_logs

from hub.application import hub as hubs
from hub.bootstrap import Wired
from hub.cli import app as cli
from hub.cli import session as sessions


@contextmanager
def talking(wired: Wired) -> Iterator[None]:
    """The command line finds this hub, and nothing else, whatever the environment says."""

    @contextmanager
    def this(*_: Any, **__: Any) -> Iterator[Wired]:
        """The hub that is open already."""
        yield wired

    settings = wired.settings.model_copy(update={"database_url": wired.database.conninfo})
    with (
        patch.object(sessions, "open_hub", this),
        patch.object(sessions, "settings_now", lambda: settings),
        patch.object(cli, "get_group", GROUPS),
        patch.object(hubs, "EVEN", AT_ONCE),
        patch.dict(os.environ, {"LANG": "da_DK.UTF-8", "COLUMNS": "80"}, clear=True),
    ):
        yield


AT_ONCE: Final = 0.000_1
"""How long a denial waits, in seconds: time is not what is compared here."""
GROUPS: Final = cache(cli.get_group)
"""Typer's groups, built once: most of the time of a short command goes into them."""


CODE: Final = re.compile(r"\b[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}\b")
"""A code that was made for somebody: it is drawn, and tells nothing."""


def told(wired: Wired, arguments: list[str]) -> bytes:
    """What a command answers: exit code, what it says and what it says beside."""
    answer, beside = io.StringIO(), io.StringIO()
    with (
        talking(wired),
        capture_logs(),  # what the operator reads is no answer
        patch.object(sys, "stdin", io.StringIO()),
        redirect_stdout(answer),
        redirect_stderr(beside),
    ):
        code = cli.run(arguments)
    return CODE.sub("KODE", f"{code}\n{answer.getvalue()}\n--\n{beside.getvalue()}").encode()
