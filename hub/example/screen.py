"""How the demonstration looks: plain words in the reader's language, on 80 columns, with or without a terminal."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from hub.clock import copenhagen_day
from hub.texts import CATEGORIES

WIDTH: Final = 80
INDENT: Final = 6
_BAR: Final = 20
_RIGHT: Final = 66
"""The column at which a measured value ends."""
_MONTHS: Final = (
    ("januar", "January"), ("februar", "February"), ("marts", "March"), ("april", "April"), ("maj", "May"),
    ("juni", "June"), ("juli", "July"), ("august", "August"), ("september", "September"), ("oktober", "October"),
    ("november", "November"), ("december", "December"),
)  # fmt: skip


class Advance(Protocol):
    """What a running bar is told: how much is done."""

    def __call__(self, done: int, /) -> None:
        """So much is done."""


class Voice:
    """One of two languages; the demonstration's, whatever the machine's is."""

    def __init__(self, lang: str) -> None:
        self._danish = lang != "en"

    def say(self, da: str, en: str) -> str:
        """One of two texts that say the same."""
        return da if self._danish else en

    def number(self, value: int) -> str:
        """A number with its thousands apart."""
        return f"{value:,}".replace(",", self.say(".", ","))

    def of(self, name: str) -> str:
        """Whose something is."""
        hissing = name.endswith(("s", "x", "z"))
        return self.say(f"{name}'" if hissing else f"{name}s", f"{name}'" if hissing else f"{name}'s")

    def short_day(self, day: date) -> str:
        """A day as it stands in the table: 3. feb."""
        da, en = _MONTHS[day.month - 1]
        return self.say(f"{day.day}. {da[:3]}", f"{day.day} {en[:3]}")

    def until(self, end: datetime | None) -> str:
        """Until and including which day; the end itself is exclusive."""
        if end is None:
            return self.say("indtil videre", "until further notice")
        last = copenhagen_day(end - timedelta(microseconds=1))
        da, en = _MONTHS[last.month - 1]
        return self.say(
            f"til og med {last.day}. {da} {last.year}", f"until and including {last.day} {en} {last.year}"
        )

    def categories(self, names: Sequence[str]) -> str:
        """Categories, each in quotation marks."""
        quoted = [f'"{self.say(*CATEGORIES[name])}"' for name in names]
        both = self.say(" og ", " and ")
        return both.join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)

    def words(self, text: str) -> str:
        """Somebody's own words, quoted."""
        return f'"{text}"'


class Screen:
    """Where the demonstration is printed."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, width=WIDTH, highlight=False, markup=False, emoji=False)

    def line(self, text: str = "", style: str | None = None) -> None:
        """One line as it is."""
        self._console.print(text.rstrip(), style=style, soft_wrap=True)

    def heading(self, text: str) -> None:
        """The first line of a step, and a second one where it is long."""
        for line in textwrap.wrap(text, WIDTH, subsequent_indent=" " * INDENT, break_on_hyphens=False):
            self.line(line, "bold")

    def prose(self, text: str, indent: int = INDENT) -> None:
        """Sentences, wrapped."""
        margin = " " * indent
        for line in textwrap.wrap(text, WIDTH - 6, initial_indent=margin, subsequent_indent=margin):
            self.line(line)

    def measured(self, what: str, value: str, *, good: bool | None = None, indent: int = INDENT + 2) -> None:
        """What was done, its measure, and a tick (or a cross) where it was put to the test."""
        gap = _RIGHT - indent - len(value)
        tick = "" if good is None else "  ✓" if good else "  ✗"
        self.line(f"{' ' * indent}{what:<{gap}} {value}{tick}")

    @contextmanager
    def bar(self, total: int) -> Iterator[Advance]:
        """A bar that moves while something is done; only where somebody can watch it."""
        if not self._console.is_terminal:
            yield lambda _done: None
            return
        columns = (
            TextColumn(" " * (INDENT - 1)),
            BarColumn(_BAR),
            TextColumn("{task.completed}/{task.total}"),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda done: progress.update(task, completed=done)

    def finished(self, what: str, seconds: str) -> None:
        """The bar when it is full."""
        self.measured(f"{'█' * _BAR}  {what}", seconds, indent=INDENT)

    def table(
        self, heads: Sequence[tuple[str, str]], rows: Sequence[tuple[str, str, Sequence[bool]]]
    ) -> None:
        """What happened, by day, and a dot for everybody who can see it."""
        left, middle, column = 8, 24, 8
        for part in (0, 1):
            self.line(" " * (INDENT + left + middle) + "".join(f"{head[part]:<{column}}" for head in heads))
        for day, what, seen in rows:
            first, *rest = textwrap.wrap(what, middle - 2)
            dots = "".join(f"{'  ●' if each else '':<{column}}" for each in seen)
            self.line(f"{' ' * INDENT}{day:>{left - 1}} {first:<{middle}}{dots}")
            for more in rest:
                self.line(f"{' ' * (INDENT + left)}{more}")


_HEADS: Final = {
    "regional_psychiatry": (("Psyk-", "iatri"), ("Psych-", "iatry")),
    "jobcentre": (("Job-", "center"), ("Job", "centre")),
    "addiction_treatment": (("Rus-", "beh."), ("Addic-", "tion")),
    "civil_society": (("For-", "ening"), ("Club", "")),
    "home_care": (("Hjemme-", "pleje"), ("Home", "care")),
}


def head(voice: Voice, key: str) -> tuple[str, str]:
    """A column head in two lines."""
    da, en = _HEADS[key]
    return (voice.say(da[0], en[0]), voice.say(da[1], en[1]))


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{max(1, round(seconds * 1000))} ms"


def count(number: str, one: str, many: str) -> str:
    """So many of something."""
    return f"{number} {one if number == '1' else many}"


def age(born: date, today: date) -> int:
    """How old somebody is."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
