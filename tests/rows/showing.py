"""Whether what was written stands in what the command line shows: rendered in Danish, and read as a person reads it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final
from unittest.mock import patch

from hub.cli.app import run
from hub.wording import EVENTS
from tests.rows.raw import Event
from tests.rows.table import Row, Wanted, command

MANY: Final = 60
"""Of so many events of a kind one must be found in a view."""
_ORGANISATIONS: Final = ("name", "core_task", "title", "word", "meaning", "reference")


class Screens:
    """The command line on a played municipality; what was rendered once is kept."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kept: dict[tuple[str, ...], str] = {}

    def rendered(self, arguments: tuple[str, ...]) -> str:
        """What a command prints, its lines put together again."""
        if arguments not in self._kept:
            self._kept[arguments] = " ".join(self.done(arguments)[1].split())
        return self._kept[arguments]

    def done(self, arguments: Sequence[str]) -> tuple[int, str]:
        """Run a command as a person does: its exit code, and all that it printed."""
        out = StringIO()
        with _environment(), redirect_stdout(out), redirect_stderr(out):
            code = run(["--demo", "--home", str(self._home), *arguments])
        return code, out.getvalue()

    def shows(self, view: str, event: Event) -> bool:
        """Whether an event's words, or where it has none what it is called, stand in a view."""
        arguments = command(view)
        if "CITIZEN" in arguments and event.citizen is None:
            return False
        told = self.rendered(tuple(str(event.citizen) if each == "CITIZEN" else each for each in arguments))
        return any(" ".join(said.split()) in told for said in sayings(event))


def sayings(event: Event) -> list[str]:
    """What of an event is to be read: its free texts; or else what an organisation says; or else what it is called.

    Where it has no words and is about a person, the person's name does as well.
    """
    if event.texts:
        return list(event.texts.values())
    if event.citizen is None:
        return [*event.names, *(str(event.body[name]) for name in _ORGANISATIONS if event.body.get(name))]
    return [EVENTS[event.kind][0], *event.names]


def matching(wanted: Wanted, events: Sequence[Event]) -> list[Event]:
    """The events that a row wants."""
    found = [event for event in events if event.kind == wanted.kind]
    if wanted.field is None:
        return found
    if wanted.how == "~":
        return [event for event in found if wanted.value in event.says(wanted.field).split()]
    return [event for event in found if event.says(wanted.field).casefold() == wanted.value]


def missing(row: Row, events: Sequence[Event]) -> list[str]:
    """What of a row does not occur."""
    return [str(wanted) for wanted in row.events if not matching(wanted, events)]


def unseen(row: Row, events: Sequence[Event], screens: Screens) -> list[str]:
    """What of a row stands in none of its views, and the views in which nothing of it stands."""
    seen: set[Wanted] = set()
    used: set[str] = set()
    for wanted in row.events:
        some = matching(wanted, events)[:MANY]
        for view in row.shown:
            if any(screens.shows(view, event) for event in some):
                seen.add(wanted)
                used.add(view)
    return [str(wanted) for wanted in row.events if wanted not in seen] + [
        view for view in row.shown if view not in used
    ]


@contextmanager
def _environment() -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "LC_", "LANG"))}
    with patch.dict(os.environ, {**kept, "LANG": "da_DK.UTF-8", "COLUMNS": "80"}, clear=True):
        yield
