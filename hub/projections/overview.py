"""Overview: for each citizen who has a task, what lies ahead, and what is agreed: positions, never content.

A fact is the position of the event that tells it; who reads the overview opens and decides that event.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from psycopg import Connection

from hub.postgres import Database, sql_blocks
from hub.projections.base import Event, in_schema, read_live
from hub.statements import Statement

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))

Facts = dict[str, Any]


class Overview:
    """The read model."""

    name = "overview"
    tables = SQL["tables"]

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Fold a batch per citizen, then write each citizen once."""
        touched = {event.citizen for event in events if event.citizen is not None}
        if not touched:
            return
        current: dict[UUID, Facts] = {}
        dead: dict[UUID, bool] = {}
        latest: dict[UUID, int] = {}
        for citizen, died, facts in connection.execute(in_schema(SQL["current"], schema), (list(touched),)):
            current[citizen], dead[citizen] = facts, died
        for event in events:
            if event.citizen is not None:
                facts, what = current.setdefault(event.citizen, empty()), event.opened.schema.event
                fold(facts, what, event.opened.body, event.position, event.opened.originator_id)
                for statement in event.statements:
                    fold_task(facts, statement)
                dead[event.citizen] = dead.get(event.citizen, False) or what == "citizen.died"
                latest[event.citizen] = event.position
        for facts in current.values():
            persons = {task["person"] for task in facts["tasks"].values() if task["person"]}
            leads = [task["person"] for task in facts["tasks"].values() if task["role"] == "coordinator"]
            facts["persons"], facts["coordinator"] = sorted(persons), leads[0] if leads else None
        order = list(current)
        connection.execute(
            in_schema(SQL["put"], schema),
            (
                order,
                [dead[c] for c in order],
                [latest[c] for c in order],
                [orjson.dumps(current[c]).decode() for c in order],
            ),
        )

    def withhold(self, connection: Connection, schema: str, citizens: Iterable[UUID]) -> None:
        """Nothing to take away: it holds no content, and each fact is decided when it is read."""


def empty() -> Facts:
    """A citizen of whom nothing is known yet."""
    return {
        "tasks": {}, "meetings": {}, "invited": {}, "agreements": {}, "hope": None, "contact": None,
        "preference": None, "closed": False, "ended": {}, "head": [],
    }  # fmt: skip


def fold_task(facts: Facts, statement: Statement) -> None:
    """Who has a task now."""
    if statement.kind == "task":
        facts["tasks"][statement.body["task"]] = {
            "partner": str(statement.partner),
            "person": statement.body["person"],
            "role": statement.body["role"],
        }
    elif statement.kind == "task_ended":
        facts["tasks"].pop(statement.body["task"], None)


_LATEST: Final = {
    "citizen.hope_told": "hope",
    "citizen.hope_retold": "hope",
    "citizen.contact_recorded": "contact",
    "citizen.meeting_preference_told": "preference",
}
"""Events of which the latest counts."""


HEAD: Final = frozenset({
    "citizen.hope_told", "citizen.hope_retold", "citizen.help_card_written", "citizen.strength_suggested",
    "citizen.strength_confirmed", "citizen.strength_rested", "citizen.coordinator_assigned",
    "citizen.coordinator_released", "citizen.contact_person_assigned", "citizen.contact_person_ended",
    "citizen.hard_period_marked", "citizen.hard_period_ended", "citizen.pathway_changed", "citizen.phase_changed",
    "citizen.closed", "citizen.reopened", "plan.goal_set", "plan.goal_reworded", "plan.goal_reached",
    "plan.goal_let_go", "meeting.convened", "meeting.rescheduled", "meeting.held", "meeting.cancelled",
})  # fmt: skip
"""What the head of a citizen's page is made of."""


def _fold_invited(facts: Facts, event: str, body: dict[str, Any], position: int, meeting: str) -> None:
    """Who is invited to a meeting ahead."""
    invited = facts.setdefault("invited", {}).setdefault(meeting, {})
    participant = str(UUID(bytes=body["participant"]))
    if event == "meeting.participant_invited":
        invited[participant] = position
    else:
        invited.pop(participant, None)


def _fold_places(facts: Facts, event: str, position: int) -> None:
    """Events of which the latest counts, and those that stand in the head of a page."""
    if event in _LATEST:
        facts[_LATEST[event]] = position
    if event in HEAD and "head" in facts:  # a row from before has none, and never gets a part of it
        facts["head"].append(position)


def fold(facts: Facts, event: str, body: dict[str, Any], position: int, originator: UUID) -> None:
    """What lies ahead and what is agreed, by the position of the event that tells it.

    What has ended stays, with the place of its end: for who may not know of the end it has not ended.
    """
    _fold_places(facts, event, position)
    match event:
        case "citizen.closed" | "citizen.reopened":
            facts["closed"] = event == "citizen.closed"
        case "meeting.convened":
            facts["meetings"][str(originator)] = position
        case "meeting.participant_invited" | "meeting.participant_removed":
            _fold_invited(facts, event, body, position, str(originator))
        case "meeting.held":
            facts["meetings"].pop(str(originator), None)
            facts.setdefault("invited", {}).pop(str(originator), None)
        case "meeting.cancelled":
            facts.setdefault("ended", {})[str(originator)] = position
        case "meeting.agreement_made" | "meeting.agreement_delayed":
            agreement = str(UUID(bytes=body["agreement"]))
            facts["agreements"][agreement] = [*facts["agreements"].get(agreement, []), position]
        case "meeting.agreement_done" | "meeting.agreement_dropped":
            facts.setdefault("ended", {})[str(UUID(bytes=body["agreement"]))] = position
        case "citizen.died":
            facts["meetings"], facts["agreements"], facts["ended"] = {}, {}, {}


class Outline(NamedTuple):
    """One citizen of the overview."""

    citizen: UUID
    dead: bool
    latest: int
    facts: Facts


class OverviewRows:
    """Reads the live generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_person(self, person: UUID, after: UUID, limit: int) -> list[Outline]:
        """The citizens with whom a person has a task, by reference; pages by key."""
        rows = read_live(self._database, "overview", SQL["of_person"], (person, after, limit))
        return [Outline(*row) for row in rows]

    def head_of(self, citizen: UUID) -> list[int] | None:
        """Where the events stand that the head of a citizen's page is made of; None where that is not known."""
        rows = read_live(self._database, "overview", SQL["head"], (citizen,))
        return rows[0][0] if rows else None

    def totals(self) -> tuple[int, int, int]:
        """Citizens in all, those without a coordinator, and the dead."""
        rows = read_live(self._database, "overview", SQL["totals"], ())
        row = rows[0] if rows else None
        return (0, 0, 0) if row is None else (row[0], row[1], row[2])
