"""The table of the inventory's rows (`rows.toml`), and the page that is made of it (`docs/inventory.md`)."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "inventory.md"
HERE: Final = Path(__file__).parent
NUMBERS: Final = (*range(1, 83), *range(85, 90), *range(96, 100), *range(107, 113))
"""The rows that are built; the others come later."""
_WANTED: Final = re.compile(r"([a-z_.]+)(?:\[([a-z_]+)([=~])([a-z_§ 0-9]+)\])?")


class Wanted(NamedTuple):
    """A kind of event, perhaps only where a field is, or is labelled, so: `plan.opened[kind=indsatsplan]`."""

    kind: str
    field: str | None = None
    how: str | None = None
    value: str | None = None

    @classmethod
    def of(cls, text: str) -> "Wanted":
        """Read one."""
        found = _WANTED.fullmatch(text)
        if found is None:
            raise SystemExit(f"rows.toml: {text!r} names no event; write plan.opened or plan.opened[kind=x].")
        return cls(*found.groups())


class Row(NamedTuple):
    """One row: what happens, where it is shown, the rule, the test that holds it, and the code that is the rule."""

    number: int
    danish: str
    events: tuple[Wanted, ...]
    shown: tuple[str, ...]
    rule: str
    test: str
    module: str
    before: str
    after: str
    kind: str
    attempt: tuple[str, ...]
    refused: str


def rows() -> list[Row]:
    """Every row, in the order of the inventory; refuses a table with a row missing, doubled or half."""
    table = tomllib.loads((HERE / "rows.toml").read_text(encoding="utf-8"))["row"]
    found = [_row(each) for each in table]
    if [row.number for row in found] != list(NUMBERS):
        missing = sorted({*NUMBERS} ^ {row.number for row in found})
        raise SystemExit(f"rows.toml is not the inventory, row by row: look at {missing or 'their order'}.")
    return found


def _row(said: dict[str, Any]) -> Row:
    known = {"events": (), "shown": ("timeline",), "kind": "event", "attempt": (), "refused": ""} | said
    known |= {name: tuple(known[name]) for name in ("shown", "attempt")}
    known["events"] = tuple(Wanted.of(each) for each in known["events"])
    row = Row(**known)
    if (row.kind == "forbidden") is bool(row.events) or row.kind not in {"event", "derived", "forbidden"}:
        raise SystemExit(
            f"rows.toml: row {row.number} has events, or is forbidden with an attempt: one of the two."
        )
    return row


COMMANDS: Final = {
    "timeline": ("timeline", "CITIZEN", "--as", "citizen", "--limit", "500"),
    "page": ("page", "CITIZEN", "--as", "citizen"),
    "tasks": ("tasks", "CITIZEN", "--as", "citizen"),
    "consents": ("consent", "list", "CITIZEN", "--as", "citizen"),
    "due": ("due", "CITIZEN", "--as", "citizen"),
    "offers": ("town", "offers"),
    "town": ("town", "show"),
    "words": ("town", "words"),
}
"""What a view is called in the table, and the command that renders it; `view ORGANISATION` is what that one sees."""


def command(view: str) -> tuple[str, ...]:
    """The command of a view."""
    if view.startswith("view "):
        return ("view", view.removeprefix("view "), "CITIZEN", "--as", "citizen")
    return COMMANDS[view]


def page(found: list[Row]) -> str:
    """docs/inventory.md."""
    lines = [(HERE / "page.md").read_text(encoding="utf-8").rstrip(), ""]
    lines += ["| # | Dansk | Events | Shown | The rule | Test |", "|---:|---|---|---|---|---|"]
    for row in found:
        events = ", ".join(f"`{_written(each)}`" for each in row.events)
        if row.kind == "derived":
            events = f"from {events}"
        elif row.kind == "forbidden":
            events = f"none: `hub {' '.join(row.attempt)}` is refused"
        shown = "its refusal" if row.attempt else ", ".join(row.shown)
        test = f"`{row.test.removeprefix('tests/')}`"
        rule = f"{row.rule} (`{row.module.replace('.', '/')}.py`)"
        lines.append(f"| {row.number} | {row.danish} | {events} | {shown} | {rule} | {test} |")
    return "\n".join(lines) + "\n"


def _written(wanted: Wanted) -> str:
    return (
        wanted.kind if wanted.field is None else f"{wanted.kind} [{wanted.field} {wanted.how} {wanted.value}]"
    )
