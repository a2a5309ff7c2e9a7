"""A citizen's page: what stands now, folded from what a reader may see, with the hopes first.

It decides nothing: every event in it was decided and logged by `Access`. What belongs together (a wish and its answer,
a goal and its news) is known from the events themselves; what a reader may not see is not in it, and leaves no trace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from hub.aggregates import TOLD
from hub.application.reading import Entry
from hub.clock import copenhagen_day
from hub.store import Opened

_SUBJECTS: Final = ("hope", "goal", "agreement", "support", "task", "representative")
"""The fields that name what an event is about, of the events that say no rule of their own."""
_LAST: Final = {
    "citizen.help_card_written": "help_card",
    "citizen.portrait_written": "portrait",
    "citizen.crisis_agreement_made": "crisis",
    "citizen.contact_level_agreed": "contact_level",
    "citizen.meeting_preference_told": "meeting_preference",
    "citizen.expectations_aligned": "expectations",
    "citizen.pathway_changed": "pathway",
    "citizen.phase_changed": "phase",
    "citizen.way_back_agreed": "way_back",
    "citizen.closed": "closed",
    "citizen.treatment_noted": "treatment",
    "citizen.address_noted": "address",
}
"""Of these the last one stands on the page, under this name."""
_OPENS: Final = {
    "citizen.wish_made": "wishes",
    "citizen.question_asked": "questions",
    "citizen.discontent_told": "questions",
    "citizen.need_change_reported": "needs",
    "citizen.acute_problem_reported": "problems",
    "citizen.help_sought": "inquiries",
    "citizen.feedback_given": "feedback",
    "citizen.network_person_added": "network",
    "citizen.community_wished": "communities",
    "citizen.community_tried": "communities",
    "citizen.community_joined": "communities",
    "citizen.company_agreed": "company",
    "citizen.hard_period_marked": "hard_periods",
    "citizen.strength_suggested": "strengths",
    "citizen.hope_told": "hopes",
    "citizen.coordinator_assigned": "coordinators",
    "citizen.contact_person_assigned": "contact_persons",
    "plan.goal_set": "goals",
    "plan.support_granted": "supports",
    "plan.follow_up_planned": "follow_ups",
    "meeting.convened": "meetings",
    "meeting.agreement_made": "agreements",
}
_CLOSES: Final = frozenset({
    "citizen.wish_answered", "citizen.question_answered", "citizen.need_change_assessed",
    "citizen.acute_problem_solved", "citizen.support_decided", "citizen.feedback_acted_on",
    "citizen.network_person_removed", "citizen.community_left", "citizen.company_kept", "citizen.hard_period_ended",
    "citizen.coordinator_released", "citizen.contact_person_ended", "plan.goal_let_go", "plan.support_ended",
    "plan.follow_up_held", "meeting.held", "meeting.cancelled", "meeting.agreement_done", "meeting.agreement_dropped",
})  # fmt: skip
"""What takes something off the page."""


@dataclass(slots=True)
class Thing:
    """One thing on the page: how it began, and what was said of it since, oldest first."""

    first: Entry
    since: list[Entry] = field(default_factory=list)

    def latest(self, name: str) -> Any:
        """A field as it was last said; None where the reader has it from nowhere."""
        return next((e.fields[name] for e in (*reversed(self.since), self.first) if name in e.fields), None)

    def has(self, event: str) -> bool:
        """Whether an event of this kind was said of it."""
        return any(entry.event == event for entry in self.since)


@dataclass(slots=True)
class CitizenPage:
    """What stands now, by the names above; what is not there, the reader may not know or nobody has said."""

    things: dict[str, list[Thing]] = field(default_factory=dict)
    last: dict[str, Entry] = field(default_factory=dict)
    areas: dict[str, Entry] = field(default_factory=dict)
    """The last that was told of each area of life."""
    successes: list[Entry] = field(default_factory=list)
    events: int = 0
    """How many events it was made of."""

    def of(self, name: str) -> list[Thing]:
        """The things of a kind."""
        return self.things.get(name, [])

    def ahead(self, now: datetime) -> list[Thing]:
        """The meetings that are still to come, the nearest first."""
        coming = [
            meeting
            for meeting in self.of("meetings")
            if (starts := meeting.latest("starts")) and datetime.fromisoformat(starts) >= now
        ]
        return sorted(coming, key=lambda meeting: str(meeting.latest("starts")))

    def hard_period(self, now: datetime) -> Thing | None:
        """The hard period that is going on, if one is."""
        today = copenhagen_day(now)
        for period in reversed(self.of("hard_periods")):
            until = period.latest("until")
            if until is None or date.fromisoformat(until) >= today:
                return period
        return None


def subject_of(opened: Opened) -> UUID:
    """What an event is about: a wish, a goal, a task; or else the meeting, the plan or the handover it stands on."""
    told = TOLD.get(opened.schema.topic)
    if told is not None and opened.schema.event.startswith("meeting."):
        return opened.originator_id  # an item of an agenda stands on its meeting's page
    names = _SUBJECTS if told is None else (told.RULE.matter,) if told.RULE.matter else ()
    for name in names:
        value = opened.body.get(name)
        if isinstance(value, bytes):
            return UUID(bytes=value)
    return opened.originator_id


def page_of(entries: Iterable[tuple[Entry, UUID]]) -> CitizenPage:
    """Fold entries, oldest first, each with what it is about."""
    page, standing = CitizenPage(), dict[UUID, tuple[str, Thing]]()
    for entry, subject in entries:
        page.events += 1
        name = _LAST.get(entry.event)
        if name is not None:
            page.last[name] = entry
        elif entry.event == "citizen.reopened":
            page.last.pop("closed", None)
        elif entry.event == "citizen.life_area_told" and "area" in entry.fields:
            page.areas[entry.fields["area"]] = entry
        elif entry.event == "citizen.success_told":
            page.successes.append(entry)
        elif subject in standing and entry.event not in _CLOSES:
            standing[subject][1].since.append(entry)
        elif subject in standing:
            kind, thing = standing.pop(subject)
            page.things[kind].remove(thing)
        elif entry.event in _OPENS:
            kind, thing = _OPENS[entry.event], Thing(entry)
            page.things.setdefault(kind, []).append(thing)
            standing[subject] = (kind, thing)
    return page


def entries_with(entries: Sequence[Entry], opened: Sequence[Opened]) -> list[tuple[Entry, UUID]]:
    """Each entry with what its event is about."""
    return [(entry, subject_of(each)) for entry, each in zip(entries, opened, strict=True)]
