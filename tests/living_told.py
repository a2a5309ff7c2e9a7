"""How steps of the events whose classes say their own rule are carried out: one verb for all of them.

A step's data and the event's fields are matched by a rule that knows no story:

1. the same name, or one of `ALIASES`;
2. a reference (a bare name of an earlier step) fills the field of the matter that the earlier step made, or spoke of;
3. where a matter must be named and the step names none, the latest is meant that is in a fitting state;
4. free text that the event has no field for goes into the first free one of `SPOKEN`; so does a plain value;
5. a field that the hub asks for and the step leaves out is filled from `WITHOUT`, where that says how.

Whatever is left is a `NotPlayed` that names the step and the field: nothing is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin
from uuid import UUID

from hub.aggregates import TOLD, Text
from hub.aggregates.base import own_id
from hub.aggregates.matters import Telling, Told, fields_of, required
from hub.application import commands
from hub.application.hub import Answer
from hub.texts import VALUES
from tests.living_verbs import VERBS, moment, uid

if TYPE_CHECKING:
    from hub.application.commands import Meta
    from tests.living import Living

Step = dict[str, Any]
Data = dict[str, Any]

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "about": ("step", "event"),
    "address": ("text",),
    "after": ("now",),
    "agenda_item": ("item",),
    "area": ("life_area",),
    "coming": ("comes", "answer"),
    "decided_by": ("by",),
    "due": ("day", "date", "when", "until", "new_due"),
    "follow_up": ("planned",),
    "into": ("meetings",),
    "partner": ("to", "organisation", "with"),
    "pathway": ("to", "new", "value"),
    "period": ("hard", "hard_period"),
    "phase": ("to", "new", "value"),
    "starts": ("new_starts", "new_start", "to", "when"),
    "until": ("due", "day"),
    "value": ("total", "score"),
    "way_back": ("text",),
    "what": ("agreement", "consent"),
    "who": ("person", "name", "text"),
}
"""What a story may call a field, where it does not use the hub's name; the hub's name goes first."""

SPOKEN: Final = ("words", "text", "after", "before", "way_back", "address", "outreach", "offered")
"""Where words go that the event has no field for, the first that is free."""

WITHOUT: Final[dict[tuple[str, str], Any]] = {
    ("plan.follow_up_held", "result"): "same",
    ("citizen.wish_answered", "met"): False,
    ("citizen.workplace_talk_held", "citizen_took_part"): True,
    ("citizen.workplace_talk_held", "job_at_risk"): False,
    ("citizen.barrier_noted", "kind"): "other",
    ("citizen.method_used", "method"): "other",
    ("citizen.decision_made", "decided_by"): "citizen",
}
"""What the hub asks for although a story need not say it, and what is said then: never more than nothing new."""

OWN_COMMANDS: Final[dict[str, Callable[..., Answer]]] = {
    "citizen.closed": commands.close_citizen,
    "citizen.reopened": commands.reopen_citizen,
}
"""What is more than its event: closing ends what is still there first."""

PLACES: Final = ("plan", "meeting", "handover")
"""What an event may stand on besides the citizen."""
ORGANISATIONS: Final = frozenset({"partner", "provider", "participant"})


def told(what: type[Told]) -> Callable[[Living, Step, Meta], Answer]:
    """The command behind such an event."""

    def carry_out(life: Living, step: Step, meta: Meta) -> Answer:
        """Match the step's data with the event's fields, and record it."""
        match = Match(life, step, what)
        fields, on = match.fields(), match.on
        hub, actor, own = life.acting_on(step), life.actor(step), OWN_COMMANDS.get(step["event"])
        if own is not None:
            answer = own(hub, actor, life.citizen, **fields, **meta)
        else:
            answer = commands.tell(hub, actor, life.citizen, what, fields, on, **meta)
        kind = step["event"].split(".")[0]
        more = {} if on is None else {kind: str(on)}
        return replace(answer, ids={**match.spoken_of(), **more, **answer.ids})

    return carry_out


class Match:
    """A step's data beside an event's fields."""

    def __init__(self, life: Living, step: Step, what: type[Told]) -> None:
        """Everything is still to be taken."""
        self.life, self.step, self.what, self.rule = life, step, what, what.RULE
        self.left: Data = {name: step["data"][name] for name in step["data"]}
        self.hints = {name: bare(hint) for name, hint in fields_of(what).items()}
        self.found: Data = {}
        self.renamed: dict[str, str] = {}
        self.kind = step["event"].split(".")[0]
        self.on: UUID | None = self.place() if self.kind in PLACES else None

    def fields(self) -> Data:
        """What the command is given. Raises NotPlayed where something is left, or missing."""
        for name in self.hints:
            self.take(name, name)
        for name in self.hints:
            for other in ALIASES.get(name, ()):
                if self.found.get(name) is None and other not in self.hints:
                    self.take(name, other)
        self.references()
        self.latest()
        self.words()
        self.drop_what_is_known()
        for name in required(self.what):
            if self.found.get(name) is None and (self.step["event"], name) in WITHOUT:
                self.found[name] = WITHOUT[self.step["event"], name]
        if self.left:
            raise self.missing(next(iter(self.left)))
        self.life.renamed[self.step["id"]] = self.renamed
        return self.found

    def missing(self, name: str) -> Exception:
        """That the hub has nothing for a field of the step."""
        from tests.living import NotPlayed  # noqa: PLC0415 - the player reads this module

        return NotPlayed(f"{self.step['id']}.{name}: {self.step['event']} has nothing for it")

    def take(self, name: str, given: str) -> None:
        """Fill a field from what the step calls so, if that is there and can be."""
        if given not in self.left or self.found.get(name) is not None:
            return
        value = self.read(name, self.hints[name], self.left[given])
        if value is None and self.left[given] is not None:
            return
        self.found[name] = value
        self.renamed[given] = name
        if self.hints[name] is str:
            self.life.valued[self.step["id"], given] = value
        del self.left[given]

    def read(self, name: str, hint: Any, given: Any) -> Any:
        """A datum as a field's type has it; None where it is none of that."""
        if hint is Text:
            return self.as_text(given)
        if hint is UUID:
            return self.as_id(name, given)
        if get_origin(hint) is tuple:
            names = given if isinstance(given, list) else given.get("steps", []) if given else []
            return tuple(one for each in names if (one := self.as_id("meeting", each)) is not None)
        value = given.get("value") if isinstance(given, dict) else given
        if hint in (date, datetime):
            return a_time(hint, value)
        if hint in (bool, int):
            return value if type(value) is hint else None
        return None if value is None else one_of(dict(self.rule.one_of).get(name), str(value))

    def as_text(self, given: Any) -> Text | None:
        """Words with their labels; somebody who is named is written with their name."""
        if not isinstance(given, dict) or "labels" not in given:
            return None
        words = given.get("text", given.get("value"))
        if words is None and "person" in given:
            words = self.life.persons[given["person"]]["name"]
        return None if words is None else Text.of(str(words), *given["labels"])

    def as_id(self, name: str, given: Any) -> UUID | None:
        """Whom or what is meant: an organisation, a person, an event, or a matter of an earlier step."""
        if isinstance(given, dict):
            named = given.get("partner", given.get("person", given.get("step")))
            if name in ORGANISATIONS or name == "person":
                return None if named is None else uid(named)
            given = named or given.get("value")
        if not isinstance(given, str) or given not in self.life.ids:
            return None
        if name == "about":
            return self.life.row(given).event_id
        ids = self.life.ids[given]
        if name == "what":
            return next((ids[kind] for kind in ("agreement", "consent") if kind in ids), None)
        return ids.get("plan" if name == "action_plan" else name)

    def place(self) -> UUID:
        """The plan, meeting or handover: as named, of what the step speaks of, the scaffold's, or the latest."""
        given = self.left.pop(self.kind, None)
        named = given if isinstance(given, str) else None
        if given is not None and named is None:
            self.left[self.kind] = given
        for other in [named, *(v for v in self.left.values() if isinstance(v, str))]:
            if (found := self.life.ids.get(other or "", {}).get(self.kind)) is not None:
                return found
        if named is not None:
            raise self.missing(self.kind)
        if self.kind == "plan" and self.life.is_authority(self.step):
            return self.life.ids["scaffold-handleplan"]["plan"]
        scaffold = self.life.ids.get(f"scaffold-{self.kind}", {}).get(self.kind)
        found = scaffold or self.life.latest(self.kind)
        if found is None:
            raise self.missing(self.kind)
        return found

    def references(self) -> None:
        """Bare names of earlier steps: each fills the field of what that step made, whatever the story calls it."""
        for given, value in list(self.left.items()):
            if not isinstance(value, str) or value not in self.life.ids:
                continue
            for name, hint in self.hints.items():
                if hint is UUID and self.found.get(name) is None:
                    self.take(name, given)
                    if given not in self.left:
                        break
            else:
                if self.kind in self.life.ids[value]:
                    del self.left[given]  # it said on which of them, and that is known by now

    def latest(self) -> None:
        """The matter that a step leaves unnamed: the latest that is in a fitting state, or any, of its kind."""
        for name, hint in self.hints.items():
            if hint is not UUID or self.found.get(name) is not None or name in ORGANISATIONS:
                continue
            if name == self.rule.matter:
                there = self.aggregate().all_in(name, *self.rule.after) if self.rule.after else []
                self.found[name] = there[-1] if there else None
            elif name in required(self.what):
                self.found[name] = self.life.latest("plan" if name == "action_plan" else name)

    def aggregate(self) -> Telling:
        """What the event is recorded on, as it stands."""
        identity = self.on if self.on is not None else own_id(self.life.citizen, "citizen")
        found = self.life.hub.store.load(identity)
        assert isinstance(found, Telling)
        return found

    def words(self) -> None:
        """Words, and plain values, that the event has no field for."""
        for given, value in list(self.left.items()):
            if not isinstance(value, dict) or not {"text", "value"} & value.keys():
                continue
            free = [name for name in SPOKEN if self.hints.get(name) is Text and self.found.get(name) is None]
            if free:
                self.take(free[0], given)

    def drop_what_is_known(self) -> None:
        """Who acts, and what the hub fills in by itself, may be said once more."""
        for given, value in list(self.left.items()):
            named = value.get("partner") if isinstance(value, dict) else None
            if value is None or (named is not None and named == self.step["by"].get("partner")):
                del self.left[given]

    def spoken_of(self) -> dict[str, str]:
        """The matters that the step names, so that a later step may name it in their place."""
        return {
            name: str(value)
            for name, value in self.found.items()
            if isinstance(value, UUID) and name not in ORGANISATIONS and name not in {"person", "about"}
        }


def bare(hint: Any) -> Any:
    """A field's type without the None."""
    if get_origin(hint) is tuple:
        return hint
    return next((each for each in get_args(hint) if each is not type(None)), hint)


def a_time(hint: Any, value: Any) -> Any:
    """A day, or a moment; None where a value begins with no day."""
    if re.match(r"\d{4}-\d{2}-\d{2}", str(value)) is None:
        return None
    return date.fromisoformat(str(value)[:10]) if hint is date else moment(str(value))


def one_of(choices: tuple[str, ...] | None, given: str) -> str:
    """A word as the hub has it: itself, its Danish, or the number in it; the hub refuses what is none of them."""
    if choices is None or given in choices:
        return given
    plain = given.strip().lower()
    for choice in choices:
        if plain in {choice.replace("_", " "), *(each.lower() for each in VALUES.get(choice, ()))}:
            return choice
        if choice.isdigit() and re.findall(r"\d+", plain) == [choice]:
            return choice
    return plain.replace(" ", "_")


VERBS.update(
    {topic: told(what) for name, what in TOLD.items() if (topic := name.rsplit(".v", 1)[0]) not in VERBS}
)
