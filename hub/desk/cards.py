"""My citizens: a card for each, with what lies ahead, as far as the reader may know."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.due import DueFact
from hub.clock import copenhagen_day
from hub.desk.desk import Desk
from hub.desk.due import PAGE, due_of
from hub.errors import AccessDenied
from hub.projections.overview import Outline
from hub.texts import say


def cards(s: Desk, reader: Reader, purpose: str | None, start: UUID) -> Iterator[dict[str, Any]]:
    """What a reader may know of their own citizens, in order; one that they may not know of leaves no hole."""
    while reader.person and (outlines := s.overview.of_person(reader.person.id, start, PAGE)):
        due = s.due.of_citizens([outline.citizen for outline in outlines])
        for outline in outlines:
            start = outline.citizen
            if (card := _card(s, reader, purpose, outline, due.get(start, []))) is not None:
                yield card


def _card(
    s: Desk, reader: Reader, purpose: str | None, outline: Outline, due: list[DueFact]
) -> dict[str, Any] | None:
    """One citizen as the reader may know of them; None where the read is denied."""
    facts, person = outline.facts, reader.person
    agreements = {position for positions in facts["agreements"].values() for position in positions}
    ends = facts.get("ended", {})
    positions = sorted({*facts["meetings"].values(), *agreements, *ends.values(), *places_of(facts)})
    now = s.hub.clock()
    try:
        found = due_of(
            s,
            reader,
            outline.citizen,
            purpose,
            due,
            copenhagen_day(now),
            surface="overview",
            others=positions,
        )
    except AccessDenied:
        return None
    seen, over = found.others, {what for what, position in ends.items() if position in found.known}
    meetings = sorted(
        (seen[at] for meeting, at in facts["meetings"].items() if at in seen and meeting not in over),
        key=lambda entry: str(entry.fields.get("starts", "")),
    )
    ahead = [
        one
        for one in meetings
        if "starts" in one.fields and datetime.fromisoformat(one.fields["starts"]) >= now
    ]
    return {
        "citizen": str(outline.citizen),
        "name": s.name_of(outline.citizen),
        "roles": sorted(
            {t["role"] for t in facts["tasks"].values() if person and t["person"] == str(person.id)}
        ),
        "due": sum(item.due <= copenhagen_day(now) for item in found.items if not item.quiet),
        "next_meeting": _told(ahead[0]) if ahead else None,
        "too_many": many_in(facts, seen),
        "agreements": [
            told
            for agreement, each in facts["agreements"].items()
            if agreement not in over and (told := _agreed([seen[at] for at in each if at in seen]))
        ],
    }


def _agreed(entries: list[Entry]) -> dict[str, Any]:
    """An agreement as it is now. Its date stands with its owner: the citizen's own is due on nobody else's list."""
    told = {key: value for entry in entries for key, value in _told(entry).items()}
    return told if "owner" in told else {key: told[key] for key in told if key not in {"due", "new_due"}}


def _told(entry: Entry) -> dict[str, Any]:
    return {"ref": str(entry.ref), **entry.fields}


def places_of(facts: Mapping[str, Any]) -> set[int]:
    """Where the events stand that tell whom a meeting ahead is with, and with how many the citizen would meet."""
    told = {facts["preference"]} if facts.get("preference") else set[int]()
    return told.union(*(_invited(facts, meeting) for meeting in facts["meetings"]))


def many_in(facts: Mapping[str, Any], seen: Mapping[int, Entry]) -> dict[str, int] | None:
    """The finding of the overview, as far as the reader may know of both."""
    told = seen.get(facts.get("preference") or 0)
    most = None if told is None else told.fields.get("most")
    sizes = (sum(place in seen for place in _invited(facts, meeting)) for meeting in facts["meetings"])
    largest = max(sizes, default=0)
    return None if most is None or largest <= most else {"invited": largest, "most": most}


def _invited(facts: Mapping[str, Any], meeting: str) -> set[int]:
    return set(facts.get("invited", {}).get(meeting, {}).values())


def too_many_text(invited: int, most: int) -> str:
    """The finding: more are invited than the citizen would rather meet."""
    return say(
        f"{invited} er inviteret til et møde; borgeren vil helst mødes med højst {most}. Del det (hub meeting split).",
        f"{invited} are invited to a meeting; the citizen would rather meet at most {most}. "
        "Split it (hub meeting split).",
    )
