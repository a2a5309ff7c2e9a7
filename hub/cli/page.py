"""`hub page CITIZEN`: what stands now, on one page, the hopes first."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from hub.application.access import Entry
from hub.application.page import CitizenPage, Thing
from hub.cli.base import group, out, verb
from hub.cli.options import AsReader, Citizen, Purpose
from hub.cli.reading import operator_sees_counts, sentence
from hub.cli.session import session
from hub.cli.show import wrapped
from hub.desk.saying import ids_in, shown_value
from hub.texts import VALUES, day_text, moment_text, say, word
from hub.wording import EVENTS

app: Final = group(
    "Borgerens side.", "The citizen's page.", "hub page CITIZEN --as mette --purpose coordination"
)
_SAID: Final = ("words", "who", "what", "professional", "text", "address", "purpose")
"""The fields whose words say what a thing is, the citizen's own first."""
_LAST: Final = (
    ("help_card", ("Sådan hjælper du mig bedst", "How to help me best")),
    ("contact_level", ("Kontakt", "Contact")),
    ("portrait", ("Hvem jeg er", "Who I am")),
    ("crisis", ("I en krise", "In a crisis")),
    ("meeting_preference", ("Sådan vil jeg helst mødes", "How I would rather meet")),
)
_OPEN: Final = (
    ("wishes", ("Ønsker uden svar", "Wishes without an answer")),
    ("questions", ("Spørgsmål uden svar", "Questions without an answer")),
    ("problems", ("Det, der haster", "What cannot wait")),
    ("needs", ("Ændrede behov", "Changed needs")),
    ("inquiries", ("Søgt om", "Sought")),
    ("follow_ups", ("Opfølgninger", "Follow-ups")),
    ("network", ("Netværk", "Network")),
    ("communities", ("Fællesskaber", "Communities")),
    ("company", ("Følgeskab", "Company")),
)
Names = dict[UUID, str]


@verb(
    app,
    "page",
    "Det, der gælder nu, på én side, med håbene først.",
    "What stands now, on one page, the hopes first.",
    "hub page CITIZEN --as mette --purpose coordination\nhub page CITIZEN --as citizen",
)
def page(citizen: Citizen, as_: AsReader, purpose: Purpose = None) -> None:
    """Show a citizen's page."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "page", who)
            raise operator_sees_counts()
        found = s.wired.access.page(reader, who, purpose)
        names = s.names(_ids(found))
        _show(found, names, s.hub.clock(), whole=reader.role == "citizen")
        sentence(reader)


def _ids(found: CitizenPage) -> set[UUID]:
    things = [thing for each in found.things.values() for thing in each]
    entries = [entry for thing in things for entry in (thing.first, *thing.since)]
    every = [*entries, *found.last.values(), *found.areas.values(), *found.successes]
    return set().union(*(ids_in(entry.fields) for entry in every), {e.by for e in every if e.by is not None})


def _show(found: CitizenPage, names: Names, now: datetime, *, whole: bool) -> None:
    """Section after section; one without anything is left out."""
    if closed := found.last.get("closed"):
        wrapped(
            say("Samarbejdet er afsluttet.", "The cooperation has ended.") + _tail(closed, "way_back", names)
        )
    _said(say("Håb", "Hopes"), found.of("hopes"), names)
    _how_it_is(found, names, now)
    _people(found, names, whole=whole)
    _strengths(found.of("strengths"), names)
    _goals(found.of("goals"), names)
    _supports(found.of("supports"), names)
    _meetings(found, now, names)
    _agreements(found.of("agreements"), names, whole=whole)
    for name, title in _OPEN:
        _said(say(*title), found.of(name), names)
    _lines(
        say("Livet", "Life"),
        [f"{word(VALUES, area)}: {_words(entry, names)}" for area, entry in found.areas.items()],
    )
    for name, (da, en) in (("phase", ("Fase", "Phase")), ("pathway", ("Forløb", "Pathway"))):
        if name in found.last:
            value = found.last[name].fields.get(name)
            said = word(VALUES, str(value)) if value else ""
            wrapped(f"{say(da, en)}: {said}{_tail(found.last[name], 'text', names)}")
    _lines(say("Lykkedes", "Successes"), [_words(entry, names) for entry in found.successes[-3:]])


def _how_it_is(found: CitizenPage, names: Names, now: datetime) -> None:
    """Whether it is hard now, and how to help."""
    if period := found.hard_period(now):
        until = period.latest("until")
        ends = f" {say('til', 'until')} {day_text(date.fromisoformat(until))}" if until else ""
        wrapped(f"{say('Svær periode', 'Hard period')}{ends}{_tail(period.first, 'words', names)}")
    for name, title in _LAST:
        if name in found.last:
            wrapped(f"{say(*title)}: {_words(found.last[name], names)}")


def _people(found: CitizenPage, names: Names, *, whole: bool) -> None:
    coordinators = found.of("coordinators")
    if coordinators:
        wrapped(f"{say('Tovholder', 'Coordinator')}: {_who(coordinators[-1], names)}")
    elif whole and "closed" not in found.last:
        wrapped(say("Der er INGEN tovholder.", "There is NO coordinator."))
    if persons := found.of("contact_persons"):
        _lines(say("Faste kontaktpersoner", "Contact persons"), [_who(one, names) for one in persons])


def _who(thing: Thing, names: Names) -> str:
    fields = thing.first.fields
    known = [shown_value(name, fields[name], names) for name in ("person", "partner") if name in fields]
    return ", ".join(known)


def _strengths(things: list[Thing], names: Names) -> None:
    told = []
    for thing in things:
        resting = thing.since and thing.since[-1].event == "citizen.strength_rested"
        state = (
            say("hviler", "resting") if resting
            else "" if thing.has("citizen.strength_confirmed")
            else say("foreslået; borgeren har ikke svaret", "suggested; the citizen has not answered")
        )  # fmt: skip
        told.append(_words(thing.first, names) + (f" ({state})" if state else ""))
    _lines(say("Styrker", "Strengths"), told)


def _goals(things: list[Thing], names: Names) -> None:
    told = []
    for thing in things:
        worded = _worded(thing)
        line = shown_value("words", worded["words"], names) if "words" in worded else ""
        if "professional" in worded:
            line += f" [{say('fagligt', 'professional')}: {shown_value('professional', worded['professional'], names)}]"
        told.append(line + (f" – {say('nået', 'reached')}" if thing.has("plan.goal_reached") else ""))
    _lines(say("Mål", "Goals"), told)


def _worded(goal: Thing) -> dict[str, Any]:
    """A goal as it was last worded; what was told about its progress words nothing anew."""
    said = [e for e in (goal.first, *goal.since) if e.event in {"plan.goal_set", "plan.goal_reworded"}]
    return {
        name: entry.fields[name]
        for entry in said
        for name in ("words", "professional")
        if name in entry.fields
    }


def _supports(things: list[Thing], names: Names) -> None:
    """Which support is running, by whom, under which paragraph."""
    told = []
    for thing in things:
        fields = thing.first.fields
        known = [
            shown_value(name, fields[name], names) for name in ("provider", "paragraph") if name in fields
        ]
        resting = bool(thing.since) and thing.since[-1].event == "plan.support_paused"
        told.append(", ".join(known) + (f" – {say('holder pause', 'resting')}" if resting else ""))
    _lines(say("Støtte i gang", "Support running"), told)


def _meetings(found: CitizenPage, now: datetime, names: Names) -> None:
    for meeting in found.ahead(now)[:3]:
        starts = moment_text(datetime.fromisoformat(meeting.latest("starts")))
        wrapped(f"{say('Møde', 'Meeting')} {starts}: {_words(meeting.first, names)}")
        for entry in meeting.since:
            if entry.event in {
                "meeting.citizen_message_given", "meeting.agenda_item_proposed", "meeting.input_given",
                "meeting.companion_chosen", "meeting.preparation_shared", "meeting.place_chosen",
            }:  # fmt: skip
                wrapped(f"{word(EVENTS, entry.event)}: {_words(entry, names)}", "  ")


def _agreements(things: list[Thing], names: Names, *, whole: bool) -> None:
    """Who does what by when. What the citizen agreed to has a date for the citizen alone (DOMAIN, "Things due")."""
    told = []
    for thing in things:
        owner = thing.first.fields.get("owner")
        due = (thing.latest("new_due") or thing.latest("due")) if owner or whole else None
        by = f" – {shown_value('owner', owner, names)}" if owner else ""
        last = f" ({say('senest', 'by')} {day_text(date.fromisoformat(due))})" if due else ""
        told.append(f"{_words(thing.first, names)}{by}{last}")
    _lines(say("Aftaler: hvem gør hvad hvornår", "Agreements: who does what by when"), told)


def _said(title: str, things: list[Thing], names: Names) -> None:
    _lines(title, [_words(thing.since[-1] if thing.since else thing.first, names) for thing in things])


def _lines(title: str, lines: list[str]) -> None:
    if any(lines):
        out(title)
        for line in lines:
            wrapped(line, "  ")


def _words(entry: Entry, names: Names) -> str:
    """What an entry says, the citizen's own words before others'; what it is where there are none."""
    for name in _SAID:
        if name in entry.fields:
            return shown_value(name, entry.fields[name], names)
    return word(EVENTS, entry.event)


def _tail(entry: Entry, name: str, names: Names) -> str:
    value = entry.fields.get(name)
    return "" if value is None else f" {shown_value(name, value, names)}"
