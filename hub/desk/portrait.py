"""The head of a citizen's page: the goal, how to help best, strengths, who is there, whether it is hard now."""

from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.page import CitizenPage, Thing, page_of, subject_of
from hub.desk.desk import Desk
from hub.desk.saying import as_uuid
from hub.store import Opened

_MANY: Final = 5
"""How many strengths stand in the head."""


class Said(NamedTuple):
    """Somebody's words, with who wrote them and when."""

    words: str
    professional: str | None
    by: UUID | None
    """The organisation; None for the citizen, and where a name would tell what the reader may not know."""
    day: str
    ref: UUID


class Somebody(NamedTuple):
    """Who is there for the citizen."""

    role: str
    name: str
    function: str
    organisation: str
    phone: str | None


class HardPeriod(NamedTuple):
    """It is hard now."""

    until: date | None
    words: str | None
    outreach: str | None


class Portrait(NamedTuple):
    """What stands first on every page about a citizen; what is not there, the reader may not know or nobody said."""

    goal: Said | None
    is_hope: bool
    """Whether it is a hope that stands there, as there is no goal."""
    more_goals: bool
    help_card: Said | None
    strengths: list[str]
    people: list[Somebody]
    hard: HardPeriod | None
    closed: Entry | None
    pathway: str | None
    phase: str | None


def standing(s: Desk, reader: Reader, citizen: UUID, purpose: str | None) -> CitizenPage:
    """What the head is made of, decided and logged: of a long history only the events that stand in it."""
    places = s.overview.head_of(citizen)
    if places is None:
        return s.access.page(reader, citizen, purpose)
    entries = s.access.events_at(reader, citizen, purpose, places, "page")
    records = s.hub.log.at(citizen, [entry.position for entry in entries])
    opened = [each for each in s.hub.store.sealer.open_all(records) if isinstance(each, Opened)]
    known = {each.event_id: each for each in opened}
    return page_of((entry, subject_of(known[entry.event_id])) for entry in entries if entry.event_id in known)


def portrait(s: Desk, page: CitizenPage, now: datetime) -> Portrait:
    """Make the head out of what stands now."""
    goals = [thing for thing in page.of("goals") if not thing.has("plan.goal_reached")]
    hopes = page.of("hopes")
    goal = worded(goals[-1]) if goals else None
    hope = worded(hopes[-1]) if hopes and goal is None else None
    return Portrait(
        goal or hope,
        goal is None,
        len(goals) > 1,
        _said(page.last["help_card"]) if "help_card" in page.last else None,
        [words for thing in page.of("strengths") if (words := _strength(thing))][-_MANY:],
        _people(s, page),
        _hard(page.hard_period(now)),
        page.last.get("closed"),
        _value(page, "pathway"),
        _value(page, "phase"),
    )


def worded(thing: Thing) -> Said | None:
    """A goal or a hope as it was last worded, the professional wording beside it."""
    worded_by = {"plan.goal_set", "plan.goal_reworded", "citizen.hope_told", "citizen.hope_retold"}
    said = [entry for entry in (thing.first, *thing.since) if entry.event in worded_by]
    own = next((entry for entry in reversed(said) if text_of(entry, "words")), None)
    other = next((words for entry in reversed(said) if (words := text_of(entry, "professional"))), None)
    if own is not None:
        return Said(text_of(own, "words") or "", other, own.by, own.happened or own.recorded, thing.first.ref)
    if other is None or not said:
        return None
    last = said[-1]
    return Said(other, None, last.by, last.happened or last.recorded, thing.first.ref)


def text_of(entry: Entry, *names: str) -> str | None:
    """The words of the first of these fields that has some."""
    values = (entry.fields.get(name) for name in names)
    return next((str(v["text"]) for v in values if isinstance(v, dict) and v.get("text")), None)


def _said(entry: Entry) -> Said | None:
    words = text_of(entry, "words", "text")
    return Said(words, None, entry.by, entry.happened or entry.recorded, entry.ref) if words else None


def _strength(thing: Thing) -> str | None:
    """A strength that the citizen has not let rest."""
    resting = bool(thing.since) and thing.since[-1].event == "citizen.strength_rested"
    return None if resting else text_of(thing.first, "words", "text")


def _people(s: Desk, page: CitizenPage) -> list[Somebody]:
    """The coordinator, then the contact persons."""
    things = [("coordinator", thing) for thing in page.of("coordinators")[-1:]]
    things += [("contact_person", thing) for thing in page.of("contact_persons")]
    ids = {
        (role, as_uuid(str(t.first.fields.get("person"))), as_uuid(str(t.first.fields.get("partner"))))
        for role, t in things
    }
    persons = s.hub.vault.persons({person for _, person, _ in ids if person is not None}) if ids else {}
    known = s.partners()
    found = []
    for role, thing in things:
        person = persons.get(as_uuid(str(thing.first.fields.get("person"))) or UUID(int=0))
        partner = as_uuid(str(thing.first.fields.get("partner")))
        organisation = known.get(partner, ("", ""))[0] if partner else ""
        if person is not None or organisation:
            found.append(
                Somebody(
                    role,
                    person.name if person else "",
                    person.function if person else "",
                    organisation,
                    person.phone if person else None,
                )
            )
    return found


def _hard(period: Thing | None) -> HardPeriod | None:
    if period is None:
        return None
    until = period.latest("until")
    return HardPeriod(
        date.fromisoformat(until) if until else None,
        text_of(period.first, "words"),
        text_of(period.first, "outreach"),
    )


def _value(page: CitizenPage, name: str) -> str | None:
    entry = page.last.get(name)
    value: Any = None if entry is None else entry.fields.get(name)
    return None if value is None else str(value)
