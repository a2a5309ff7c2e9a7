"""Takes a citizen's history into this hub: the same events in the same order, under keys of its own.

For an empty hub, or one that knows neither the citizen nor the organisations. What is here already with the same
content is left as it is; what is here with other content refuses the whole file. Nothing is skipped in silence: every
part of the file is counted as imported, as there already, or as not kept, with the reason.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.exporting import Exports, Told, gathered
from hub.application.hub import Hub
from hub.application.restoring import Restored, Written, command_taken, seal_body, slug_taken, write
from hub.errors import WrongStatus
from hub.interop.history_read import Event, Moved
from hub.sealing import Opened
from hub.vault import HUB, DataKey, Identity

SURFACE: Final = "import"


class Outcome(NamedTuple):
    """What became of a file."""

    citizen: UUID
    imported: int
    already_there: int
    persons: int
    """Persons that were registered."""
    originals: int
    originals_not_kept: int
    looks: int
    """Lines of the other hub's access log: they stay in the file."""
    address_held_back: bool
    words_held_back: int
    """Texts that are not in the file, since they tell of a protected address."""


def take_in(hub: Hub, moved: Moved, *, by_name: bool = False) -> Outcome:
    """Write what is not here. Raises WrongStatus or BadInput, and then nothing is written; Conflict when overtaken."""
    return _Taking(hub, moved, by_name=by_name).done()


class _Taking:
    """One file that is taken in."""

    def __init__(self, hub: Hub, moved: Moved, *, by_name: bool) -> None:
        self.hub = hub
        self.moved = moved
        self.by_name = by_name
        self.restored = Restored()
        here = _standing(hub, {event.originator: event.citizen for event in moved.events})
        self.there = [event for event in moved.events if event.originator in here]
        self.new = [event for event in moved.events if event.originator not in here]
        _check_same(hub, moved, self.there, here)

    def done(self) -> Outcome:
        """Judge the rest, write, and say what became of everything."""
        self._persons()
        if self.hub.log.first(self.moved.citizen) is None:
            key = self._begin()
            self._events(key)
        else:
            self._check_citizen()
            self._events(None)
        if self.restored.events or self.restored.persons:
            write(self.hub.database, self.restored)
        return Outcome(
            self.moved.citizen,
            len(self.new),
            len(self.there),
            len(self.restored.persons),
            len(self.restored.originals),
            self.moved.not_kept,
            self.moved.looks,
            self.moved.address_held_back,
            sum(len(event.held_back) for event in self.moved.events),
        )

    def _persons(self) -> None:
        """Those who are not registered here; somebody who is must be the same."""
        persons, vault = self.moved.persons, self.hub.vault
        known = vault.persons(person.id for person in persons)
        for person in persons:
            if person.id not in known:
                self.restored.persons.append(vault.person_row(person))
            elif known[person.id]._replace(phone=None) != person._replace(phone=None):
                raise WrongStatus(
                    "Somebody in the file is registered here as somebody else: nothing is imported. "
                    "Import into a hub that does not know them."
                )
        slugs, ids = [person.slug for person in persons], [person.id for person in persons]
        if slug_taken(self.hub.database, slugs, ids):
            raise WrongStatus(
                "A short name of a person in the file is somebody else's here: nothing is imported. "
                "Import into a hub that does not have that person."
            )

    def _begin(self) -> DataKey:
        """A key for somebody who is new, who they are, and the originals of what was imported on them."""
        citizen, identity, vault = self.moved.citizen, self.moved.identity, self.hub.vault
        if identity is not None and identity.cpr is not None and vault.citizen_by_cpr(identity.cpr):
            raise WrongStatus(
                "Another citizen here has that CPR number: nothing is imported. Import into an empty hub."
            )
        key, wrapped = vault.fresh_key(citizen)
        self.restored.key = (key.id, citizen, wrapped)
        if identity is not None:
            self.restored.identity = vault.identity_row(key, citizen, identity, by_name=self.by_name)
        for one in self.moved.originals:
            place = vault.lookup("import", one.path)
            sealed = vault.seal_row(key, one.content, place)
            self.restored.originals.append((one.source, one.kind, place, one.digest, citizen, sealed))
        return key

    def _check_citizen(self) -> None:
        """The citizen is here: then so is everything of the file that is theirs, and it is the same person."""
        first = next((event for event in self.new if event.citizen is not None), None)
        if first is not None:
            raise WrongStatus(
                f"The citizen is here with another history (event {first.number} of the file is not here): nothing "
                "is imported. Import into a hub that does not know the citizen."
            )
        known = self.hub.vault.identity(self.moved.citizen)
        if known is not None and self.moved.address_held_back:
            known = Identity(known.name, known.cpr, known.born)
        if known != self.moved.identity:
            raise WrongStatus(
                "Who the citizen is differs here from the file: nothing is imported. "
                "Import into a hub that does not know the citizen."
            )

    def _events(self, key: DataKey | None) -> None:
        """Seal the events that are new, and carry their commands over."""
        hubs, sealer = self.hub.vault.key_of(HUB), self.hub.store.sealer
        for event in self.new:
            under = hubs if event.citizen is None or key is None else key
            at = (event.citizen, event.originator, event.version)
            written = Written(event.schema, event.body, event.words, *at)
            self.restored.events.append(seal_body(sealer, under, written))
        places = {event.id: index for index, event in enumerate(self.new)}
        self.restored.commands = [
            (command, places[first], answer)
            for command, first, answer in self.moved.commands
            if first in places
        ]
        if command_taken(self.hub.database, (command for command, _, _ in self.restored.commands)):
            raise WrongStatus(
                "A command of the file was carried out here as something else: nothing is imported. "
                "Import into an empty hub."
            )


def _standing(hub: Hub, streams: dict[UUID, UUID | None]) -> dict[UUID, dict[UUID, Told]]:
    """The streams of the file that are here, each with its events."""
    found: dict[UUID, dict[UUID, Told]] = {}
    for citizen in {one for one in streams.values() if one is not None}:
        history = gathered(hub, citizen, hub.log.head()[0])
        for told in history.told if history else ():
            found.setdefault(told.opened.originator_id, {})[told.opened.event_id] = told
    for stream in streams.keys() - found.keys():
        sealer = hub.store.sealer
        for stored in hub.store.own_recorder.select_events(stream):
            opened = sealer.open(stored.state, None, (stored.originator_id, stored.originator_version))
            told = Told(0, opened, {}, frozenset())
            found.setdefault(stream, {})[opened.event_id] = told
    return {stream: events for stream, events in found.items() if stream in streams}


def _check_same(hub: Hub, moved: Moved, there: Iterable[Event], here: dict[UUID, dict[UUID, Told]]) -> None:
    """What is here already has the same content."""
    there = list(there)
    if any(event.citizen is not None for event in there):
        Exports(hub).compared(moved.citizen, SURFACE)
    for event in there:
        told = here[event.originator].get(event.id)
        what = "The citizen's" if event.citizen is not None else "An organisation's"
        if told is None:
            raise WrongStatus(
                f"{what} history here is shorter than in the file (event {event.number} is not here): nothing is "
                "imported. Import into a hub that does not know them."
            )
        if not _same(event, told):
            raise WrongStatus(
                f"Event {event.number} of the file is here with other content: nothing is imported. "
                "Import into a hub that does not know the citizen or the organisation."
            )


def _same(event: Event, told: Told) -> bool:
    opened: Opened = told.opened
    hidden = event.held_back | told.held_back
    mine = {name: text for name, text in event.words.items() if name not in hidden}
    theirs = {name: text for name, text in told.words.items() if name not in hidden}
    return (event.schema, event.body, mine) == (opened.schema, opened.body, theirs)
