"""The people around a citizen, as far as further commands need them: who has a task, and who acts for the citizen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hub.errors import NotFound
from hub.vocabulary import Sector

TREATING: Final = (
    Sector.REGIONAL_PSYCHIATRY,
    Sector.GP,
    Sector.ADDICTION_TREATMENT,
    Sector.HOME_NURSING,
    Sector.SOCIAL_PSYCHIATRY,
)
"""Who notes what treatment there is."""


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment of a person (or, without one, of a whole unit) to the citizen."""

    kind: str
    partner: UUID
    person: UUID | None
    purpose: str


@dataclass(frozen=True, slots=True)
class Representative:
    """Somebody who acts for the citizen, in these categories and no others."""

    person: UUID
    scope: frozenset[str]


def task_of(tasks: Mapping[UUID, Task], kind: str, partner: UUID | None, person: UUID | None) -> UUID:
    """The task that is to end; NotFound when nobody has it."""
    for task_id, task in tasks.items():
        if task.kind == kind and task.person == person and partner in (None, task.partner):
            return task_id
    raise NotFound("There is no such task to end: see who has one with hub timeline.")
