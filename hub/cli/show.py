"""How entries are shown: day by day, in words, never wider than the terminal, and without anything a terminal obeys."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from hub.application.access import Entry
from hub.cli.base import out
from hub.cli.session import Session
from hub.desk.saying import REFERENCES, WHEN_YES, harmless, ids_in, shown_value, structured
from hub.statements import OCCURRED
from hub.texts import WHY, day_text, say, word
from hub.wording import EVENTS, FIELDS


def width() -> int:
    """How wide a line may be."""
    return max(40, min(80, shutil.get_terminal_size((80, 24)).columns))


def wrapped(text: str, indent: str = "") -> None:
    """Print text, broken into lines."""
    for paragraph in harmless(text).split("\n"):
        lines = textwrap.wrap(paragraph, width() - len(indent), break_long_words=True) or [""]
        for line in lines:
            out(f"{indent}{line}".rstrip())


def show_entries(session: Session, entries: Sequence[Entry], *, refs: bool = False) -> None:
    """Entries under the days they happened on."""
    ids = {one for entry in entries for one in (entry.by, entry.representative) if one is not None}
    ids = ids.union(*(ids_in(entry.fields) for entry in entries))
    names = session.names(ids)
    shown: str | None = None
    for entry in entries:
        heading = _heading(entry)
        if heading != shown:
            if shown is not None:
                out()
            out(heading)
            shown = heading
        show_entry(entry, names, refs=refs)


def show_entry(entry: Entry, names: dict[UUID, str], *, refs: bool = False) -> None:
    """One entry: what happened, who recorded it, and its fields."""
    recorder = entry.by or entry.representative
    by = f" ({names.get(recorder, recorder)})" if recorder else ""
    why = "" if entry.why == "own" else f" [{word(WHY, entry.why)}]"
    when = f", {say('dagen er rettet', 'the day is corrected')}" if OCCURRED in entry.corrected else ""
    wrapped(f"{word(EVENTS, entry.event)}{by}{why}{when}", "  ")
    if entry.happened is not None and entry.happened != entry.recorded:
        wrapped(say("Skrevet ", "Recorded ") + day_text(date.fromisoformat(entry.recorded)), "    ")
    for field, value in entry.fields.items():
        if (refs or field not in REFERENCES) and value not in (None, [], "") and field != "act":
            if value is False and field in WHEN_YES:
                continue
            put_right = f" ({say('rettet', 'corrected')})" if field in entry.corrected else ""
            wrapped(f"{word(FIELDS, field)}{put_right}: {shown_value(field, value, names)}", "    ")
    for said in entry.disputes:
        wrapped(f"{say('Borgeren er uenig', 'The citizen disagrees')}: {structured(said)}", "    ")
    if refs:
        out(f"    ref {entry.ref}")


def _heading(entry: Entry) -> str:
    if entry.happened is None:
        return say("Uden dato", "Undated")
    return day_text(date.fromisoformat(entry.happened))


def as_json(session: Session, entries: Iterable[Entry], *, positions: bool) -> list[dict[str, Any]]:
    """Entries for a script. A partner is given no positions: their gaps would tell of what it may not know."""
    found = []
    for entry in entries:
        names = session.names({entry.by}) if entry.by else {}
        found.append(
            {
                "ref": str(entry.ref),
                **({"position": entry.position} if positions else {}),
                "event": entry.event,
                "happened": entry.happened,
                "recorded": entry.recorded,
                "by": None if entry.by is None else {"partner": str(entry.by), "name": names.get(entry.by)},
                "why": entry.why,
                "fields": entry.fields,
                **({"corrected": list(entry.corrected)} if entry.corrected else {}),
                **({"disputes": list(entry.disputes)} if entry.disputes else {}),
                **({"representative": str(entry.representative)} if entry.representative else {}),
            }
        )
    return found
