"""My citizens: a card for each, with what lies ahead, as far as the reader may know."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.due import DueTold
from hub.application.many import Ask, ManyReads
from hub.clock import copenhagen_day
from hub.desk.desk import Desk
from hub.desk.due import PAGE, DueAsk, due_ask
from hub.projections.overview import Outline
from hub.texts import say


def cards(
    s: Desk, reader: Reader, purpose: str | None, start: UUID, most: int = 2**31
) -> Iterator[dict[str, Any]]:
    """What a reader may know of their own citizens, in order; one that they may not know of leaves no hole.

    A page at a time is read and logged, and no more than so many cards are wanted.
    """
    while (
        most > 0
        and reader.person
        and (outlines := s.overview.of_person(reader.person.id, start, min(PAGE, most)))
    ):
        start = outlines[-1].citizen
        citizens = [outline.citizen for outline in outlines]
        due, reads = s.due.of_citizens(citizens), ManyReads(s.hub, reader, citizens, "overview")
        asks = {one: due_ask(s, reader, reads.states[one], due.get(one, [])) for one in citizens}
        told = reads.told(
            {
                one.citizen: Ask(
                    purpose,
                    frozenset(asks[one.citizen].shown | _positions(one)),
                    frozenset(asks[one.citizen].beside),
                )
                for one in outlines
            }
        )
        names = s.names_of(set(told))
        for one in outlines:
            if one.citizen in told:
                most -= 1
                card = _card(reader, one, asks[one.citizen], told[one.citizen], reads.now)
                yield {"citizen": str(one.citizen), "name": names.get(one.citizen), **card}


def _positions(outline: Outline) -> set[int]:
    """Where the events of a card stand, beside what is due."""
    facts = outline.facts
    agreements = {position for positions in facts["agreements"].values() for position in positions}
    ends = facts.get("ended", {})
    return {*facts["meetings"].values(), *agreements, *ends.values(), *places_of(facts)}


def _card(reader: Reader, outline: Outline, ask: DueAsk, told: DueTold, now: datetime) -> dict[str, Any]:
    """One citizen as the reader may know of them."""
    facts, person, ends = outline.facts, reader.person, outline.facts.get("ended", {})
    items = ask.items(told, copenhagen_day(now))
    wanted = _positions(outline)
    seen = {at: entry for at, entry in told.entries.items() if at in wanted}
    over = {what for what, position in ends.items() if position in told.known}
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
        "roles": sorted(
            {t["role"] for t in facts["tasks"].values() if person and t["person"] == str(person.id)}
        ),
        "due": sum(item.due <= copenhagen_day(now) for item in items if not item.quiet),
        "next_meeting": _shown(ahead[0]) if ahead else None,
        "too_many": many_in(facts, seen),
        "agreements": [
            agreed
            for agreement, each in facts["agreements"].items()
            if agreement not in over and (agreed := _agreed([seen[at] for at in each if at in seen]))
        ],
    }


def _agreed(entries: list[Entry]) -> dict[str, Any]:
    """An agreement as it is now. Its date stands with its owner: the citizen's own is due on nobody else's list."""
    told = {key: value for entry in entries for key, value in _shown(entry).items()}
    return told if "owner" in told else {key: told[key] for key in told if key not in {"due", "new_due"}}


def _shown(entry: Entry) -> dict[str, Any]:
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
