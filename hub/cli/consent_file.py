"""Consents from a file of JSON lines. Each line is its own command, with an id made from what the line says.

So a file that was interrupted, or is read again, adds nothing that is there already. A line that is refused is
reported with its number and the reason, and the others go on.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from hub.aggregates import Actor, Window
from hub.application import commands
from hub.application.standing import CITIZEN_SOURCE
from hub.cli.base import note, out, out_json
from hub.cli.session import Session, last_moment, session, window
from hub.errors import AccessDenied, BadInput, HubError, Misconfigured, NotLogged, Refused
from hub.refusals import told
from hub.texts import say

LINES: Final = uuid5(NAMESPACE_URL, "https://koordineringshub.dk/consent-lines")
FIELDS: Final = frozenset(
    {"citizen", "partner", "categories", "purposes", "until", "window", "sources", "as"}
)
WINDOW: Final = frozenset({"from", "to", "include_undated"})
LONGEST: Final = 100_000


class Line(NamedTuple):
    """One consent of the file."""

    citizen: str
    partner: str
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: list[str] | None
    until: str | None
    window: Window | None
    who: str | None


class _Tally:
    """What came of the lines so far."""

    def __init__(self) -> None:
        self.recorded = 0
        self.already = 0
        self.refused: list[dict[str, Any]] = []


def give_from_file(path: Path, who: str, *, json: bool) -> None:
    """Give one consent for each line; raises Refused at the end when any line was refused."""
    try:
        size = path.stat().st_size
        file = path.open("rb")
    except OSError:
        raise BadInput(
            say(
                f"--file: {path} kan ikke læses: ret stien.",
                f"--file: {path} cannot be read: set the path right.",
            )
        ) from None
    tally = _Tally()
    with file, session() as s:
        actors: dict[str, Actor] = {}
        for number, line in enumerate(_watched(file, size), 1):
            if line.strip():
                _line(s, actors, number, line, who, tally)
    if json:
        out_json({"recorded": tally.recorded, "already": tally.already, "refused": tally.refused})
    else:
        out(
            say(
                f"{tally.recorded} samtykker noteret, {tally.already} var noteret før, {len(tally.refused)} afvist.",
                f"{tally.recorded} consents recorded, {tally.already} recorded before, {len(tally.refused)} refused.",
            )
        )
    if tally.refused:
        raise Refused(
            say(
                f"{len(tally.refused)} linjer blev afvist: ret dem, og kør filen igen.",
                f"{len(tally.refused)} lines were refused: mend them, and run the file again.",
            )
        )


def _line(s: Session, actors: dict[str, Actor], number: int, raw: bytes, who: str, tally: _Tally) -> None:
    command = uuid5(LINES, raw.strip().hex())
    try:
        if s.hub.store.answer(command) is not None:
            tally.already += 1
            return
        _give(s, actors, read_line(raw), who, command)
    except (NotLogged, Misconfigured):
        raise
    except (Refused, AccessDenied) as error:
        reason = told(error)
        tally.refused.append({"line": number, "reason": reason})
        note(f"{say('linje', 'line')} {number}: {reason}")
    except HubError as error:
        raise type(error)(f"{say('Linje', 'Line')} {number}: {told(error)}") from None
    else:
        tally.recorded += 1


def _give(s: Session, actors: dict[str, Actor], line: Line, who: str, command: UUID) -> None:
    name = line.who or who
    if name not in actors:
        actors[name] = s.actor(name)
    sources = line.sources and tuple(
        CITIZEN_SOURCE if one == "citizen" else s.partner(one, "sources") for one in line.sources
    )
    commands.give_consent(
        s.hub,
        actors[name],
        s.citizen(line.citizen),
        s.partner(line.partner, "partner"),
        categories=line.categories,
        purposes=line.purposes,
        sources=sources or None,
        window=line.window,
        until=last_moment(line.until, "until"),
        command_id=command,
    )


def read_line(raw: bytes) -> Line:
    """One line; refused with the name of the field that is wrong, never with its value."""
    if len(raw) > LONGEST:
        raise BadInput(say("Linjen er for lang.", "The line is too long."))
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadInput(
            say(
                f"Linjen er ikke JSON (tegn {error.pos + 1}).",
                f"The line is no JSON (character {error.pos + 1}).",
            )
        ) from None
    if not isinstance(found, dict):
        raise BadInput(say("Linjen er intet JSON-objekt: {…}.", "The line is no JSON object: {…}."))
    if found.keys() - FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise BadInput(
            say(f"Linjen har et ukendt felt: brug {known}.", f"The line has an unknown field: use {known}.")
        )
    return Line(
        _text(found, "citizen") or _missing("citizen"),
        _text(found, "partner") or _missing("partner"),
        frozenset(_texts(found, "categories") or _missing("categories")),
        frozenset(_texts(found, "purposes") or _missing("purposes")),
        _texts(found, "sources"),
        _text(found, "until"),
        _window(found.get("window")),
        _text(found, "as"),
    )


def _window(value: object) -> Window | None:
    if value is None:
        return None
    undated = value.get("include_undated", False) if isinstance(value, dict) else None
    if not isinstance(value, dict) or value.keys() - WINDOW or not isinstance(undated, bool):
        known = ", ".join(sorted(WINDOW))
        raise BadInput(say(f"window er ikke {{{known}}}.", f"window is not {{{known}}}."))
    return window(
        _text(value, "from") or _missing("window.from"), _text(value, "to"), undated=undated, what="window."
    )


def _text(found: dict[str, Any], field: str) -> str | None:
    value = found.get(field)
    if value is not None and not isinstance(value, str):
        raise BadInput(say(f"{field} er ikke tekst.", f"{field} is not text."))
    return value


def _texts(found: dict[str, Any], field: str) -> list[str] | None:
    value = found.get(field)
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise BadInput(say(f"{field} er ingen liste af tekster.", f"{field} is no list of texts."))
    return value


def _missing(field: str) -> Any:
    raise BadInput(say(f"{field} mangler.", f"{field} is missing."))


def _watched(file: Any, size: int) -> Iterator[bytes]:
    """The file's lines, with a bar beside the answer when somebody is looking."""
    if not sys.stderr.isatty() or size < LONGEST:
        yield from file
        return
    from rich.console import Console  # noqa: PLC0415 - only when somebody is looking
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("samtykker", "consents"), total=size)
        for line in file:
            yield line
            bar.advance(task, len(line))
