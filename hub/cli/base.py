"""What all commands share: help in the reader's language, with an example each, and output that fits a terminal."""

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from hub.texts import say

F = TypeVar("F", bound=Callable[..., Any])

_DANISH = (
    ("Usage: ", "Brug: "),
    ("[OPTIONS]", "[VALG]"),
    ("COMMAND [ARGS]...", "KOMMANDO [ARGUMENTER]..."),
    ("\nOptions:", "\nValg:"),
    ("\nCommands:", "\nKommandoer:"),
    ("\nArguments:", "\nArgumenter:"),
    ("Show this message and exit.", "Vis denne hjælp."),
    ("[required]", "[skal med]"),
    ("; required]", "; skal med]"),
    ("[default: ", "[ellers: "),
)
"""The library's own words in help."""


_TYPES = re.compile(r" <(?:str|int|Path|list\[\w+\])>(?= )")


def in_danish(text: str) -> str:
    """The library's help with its own words in the reader's language, and without the types of Python."""
    text = _TYPES.sub(lambda found: " " * len(found[0]), text)
    for english, danish in _DANISH:
        text = text.replace(english, say(danish, english))
    return text


class Command(TyperCommand):
    """A command with help in two languages."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return in_danish(super().get_help(ctx))


class Group(TyperGroup):
    """A group of commands with help in two languages."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return in_danish(super().get_help(ctx))


def group(da: str, en: str, example: str) -> typer.Typer:
    """A group of verbs."""
    return typer.Typer(
        cls=Group,
        help=say(da, en),
        epilog=_example(example),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
    )


def verb(app: typer.Typer, name: str, da: str, en: str, example: str, **settings: Any) -> Callable[[F], F]:
    """One verb: what it does, and an example that can be copied; `settings` say how it is read."""
    return app.command(
        name, cls=Command, help=say(da, en), epilog=_example(example), context_settings=settings
    )


def _example(example: str) -> str:
    return "\b\n" + say("Eksempel:", "Example:") + "\n  " + example.replace("\n", "\n  ")


def out(line: str = "") -> None:
    """A line for whoever asked."""
    print(line)


def note(line: str) -> None:
    """A line beside the answer: progress, hints, errors."""
    print(line, file=sys.stderr, flush=True)


def out_json(value: Any) -> None:
    """An answer for a script: one JSON document."""
    import orjson  # noqa: PLC0415 - only where it is asked for

    print(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())
