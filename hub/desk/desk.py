"""Who is who, and what an id means: what every way in needs beside the use cases."""

from typing import Any, Final
from uuid import UUID

from hub.application.access import Access
from hub.application.hub import Hub
from hub.projections.due import DueRows
from hub.projections.overview import OverviewRows

PURPOSE_ORDER: Final = ("coordination", "casework", "treatment", "support", "employment", "emergency")
"""The purposes of a person with several tasks, the most usual first."""
NOBODY: Final = UUID(int=2**128 - 1)
"""In place of a citizen whom nobody knows: reading takes the same way, and is logged."""


class Organisations:
    """Names and sectors of the registered organisations; asked for anew when something was said of one."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: tuple[int, dict[UUID, tuple[str, str]]] = (-1, {})

    def all(self) -> dict[UUID, tuple[str, str]]:
        """Name and sector by id."""
        position, ids = self._hub.partners_at()
        known = self._known
        if known[0] != position:
            found: dict[UUID, tuple[str, str]] = {}
            for identity in ids.ids():
                partner: Any = self._hub.store.repository.get(identity)
                found[identity] = (partner.name, str(partner.sector))
            self._known = known = (position, found)
        return known[1]


class Desk:
    """One visitor's place of work."""

    def __init__(
        self,
        hub: Hub,
        access: Access,
        overview: OverviewRows,
        due: DueRows,
        organisations: Organisations,
        *,
        demo: bool,
    ) -> None:
        self.hub = hub
        self.access = access
        self.overview = overview
        self.due = due
        self.demo = demo
        self.acting: UUID | None = None
        """The partner whose person acts."""
        self._organisations = organisations

    def partners(self) -> dict[UUID, tuple[str, str]]:
        """Name and sector of every registered organisation."""
        return self._organisations.all()

    def names(self, ids: set[UUID]) -> dict[UUID, str]:
        """The names of organisations and of persons among these ids."""
        known = self.partners()
        found = {identity: known[identity][0] for identity in ids & known.keys()}
        persons = self.hub.vault.persons(ids - found.keys()) if ids - found.keys() else {}
        return found | {identity: person.name for identity, person in persons.items()}

    def name_of(self, citizen: UUID) -> str | None:
        """What a citizen is called; for somebody whose read of them was permitted just now."""
        identity = self.hub.vault.identity(citizen)
        return None if identity is None else identity.name

    def names_of(self, citizens: set[UUID]) -> dict[UUID, str]:
        """What citizens are called; for those whose read was permitted just now."""
        return {one: identity.name for one, identity in self.hub.vault.identities(citizens).items()}

    def resolve(self, citizen: UUID, identity: UUID, field: str | None = None) -> UUID:
        """What an id means: itself, or, for an event's reference, the thing that the event is about."""
        for item, opened in self.hub.items(citizen):
            if identity in self._called(item.event_id):
                if field is None:
                    return opened.originator_id
                if isinstance(value := opened.body.get(field), bytes):
                    return UUID(bytes=value)
        return identity

    def event_of(self, citizen: UUID, ref: UUID) -> UUID:
        """The event that a reference stands for, as its reader was given it."""
        known = (item.event_id for item, _ in self.hub.items(citizen))
        return next((event for event in known if ref in self._called(event)), ref)

    def _called(self, event: UUID) -> tuple[UUID, ...]:
        """What an event is called: by the citizen, and by the people of the partner that acts."""
        return (event, self.hub.vault.disclosure_id(self.acting, event)) if self.acting else (event,)
