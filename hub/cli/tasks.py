"""Who has a task with the citizen: from when, and what ended it. Completes what the citizen can see of the others."""

from typing import Final

from hub.application.tasks import TASKS, stints
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import AsReader, Citizen, Json, Purpose
from hub.cli.reading import hint, operator_sees_counts, sentence
from hub.cli.session import Session, denied, session
from hub.cli.show import wrapped
from hub.desk.tasks import KINDS, Seen, day_of, plain, read, said_of, who_of
from hub.texts import PURPOSES, say, word
from hub.wording import EVENTS

app: Final = group("Opgaver.", "Tasks.", "hub tasks CITIZEN --as citizen")


def show(s: Session, seen: Seen) -> None:
    """One line for each."""
    names = s.names({one for _, entry, _ in seen for one in who_of(entry)})
    for _, entry, end in seen:
        what_for = f" ({word(PURPOSES, entry.fields['purpose'])})" if "purpose" in entry.fields else ""
        since = say(f", fra {day_of(entry)}", f", from {day_of(entry)}")
        over = "" if end is None else say(f", til {day_of(end)}", f", until {day_of(end)}")
        why = "" if end is None else f" ({word(EVENTS, end.event).lower()})"
        who = ", ".join(names.get(one, str(one)) for one in who_of(entry)) or said_of(entry)
        wrapped(f"{word(KINDS, entry.event)}: {who}{what_for}{since}{over}{why}")


@verb(
    app,
    "tasks",
    "Hvem der har en opgave hos borgeren, fra hvornår, og hvad der sluttede den.",
    "Who has a task with the citizen, from when, and what ended it.",
    "hub tasks CITIZEN --as citizen\nhub tasks CITIZEN --as mette --purpose coordination",
)
def tasks(citizen: Citizen, as_: AsReader, purpose: Purpose = None, *, json: Json = False) -> None:
    """Who has a task."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "tasks", who)
            raise operator_sees_counts()
        found = [stint for stint in stints(s.hub, who) if stint.kind in TASKS]
        seen = read(s, reader, who, purpose, found, "tasks")
        if not seen and reader.role != "citizen":
            raise denied()
        if json:
            out_json({"tasks": plain(s, seen)})
        elif seen:
            show(s, seen)
        else:
            out(say("Ingen har en opgave hos dig.", "Nobody has a task with you."))
        if not json:
            sentence(reader)
        hint(s, reader, "timeline")
