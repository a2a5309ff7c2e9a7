"""A citizen's whole history, read for the citizen: every event, open, and what it takes to understand it alone.

Decided and logged before it is answered, as any reading. It goes to the citizen alone: nobody at an organisation has a
task that needs all of it, and an auditor sees no content. It is read from the log itself, so no consumer's lag shows.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from uuid import UUID

from hub.aggregates.base import event_id
from hub.application.disclosure import State
from hub.application.hub import DENIAL, Hub, evened
from hub.application.reading import Reader
from hub.application.visit import Visit, entry_of, write_entries
from hub.application.withholding import withheld
from hub.errors import AccessDenied, Unreadable
from hub.postgres import sql_blocks
from hub.statements import OCCURRED
from hub.store import Opened, Record, record_of
from hub.vault import Identity, Person
from hub.vocabulary import CATEGORY_BIT, UNKNOWN, Category, mask_of

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
SURFACE: Final = "export"
_ADDRESS: Final = CATEGORY_BIT[Category.ADDRESS]
_ID: Final = 16
_WRITTEN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Told(NamedTuple):
    """One event of a history, with its words."""

    position: int
    opened: Opened
    words: dict[str, str | None]
    """The free texts that were written, by field; None where the text is gone."""
    held_back: frozenset[str]
    """Fields that stay out of an export: they tell of an address that is protected."""


class Command(NamedTuple):
    """A command that was carried out, and what it answered: sent again, it answers the same."""

    id: UUID
    position: int
    answer: dict[str, Any]


class Look(NamedTuple):
    """A line of the access log, as the citizen may know it."""

    at: datetime
    role: str
    partner: UUID | None
    function: str | None
    purpose: str | None
    surface: str
    about: UUID | None
    permitted: bool
    events: int


class Original(NamedTuple):
    """A record as an import brought it, which is kept beside what became of it."""

    source: str
    kind: str
    path: str | None
    """What it is found by again, before the look-up is keyed; None where nothing here knows it."""
    digest: bytes
    content: bytes


class History(NamedTuple):
    """Everything there is about a citizen."""

    citizen: UUID
    identity: Identity | None
    address_held_back: bool
    """Whether the address is protected: it never enters an export, the citizen's own included."""
    told: list[Told]
    """The citizen's events and those of the organisations that they name, in the order of the log."""
    partners: dict[UUID, tuple[str, str]]
    """Name and sector of the organisations."""
    persons: dict[UUID, Person]
    commands: list[Command]
    looks: list[Look]
    """Who looked, oldest first; without the citizen's own exports, so that two in a row are the same."""
    originals: list[Original]
    originals_held_back: int
    """How many originals stay out because an address may stand anywhere in them, and it is protected."""
    state: State


class Exports:
    """Reads whole histories."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def history(self, reader: Reader, citizen: UUID) -> History:
        """Everything about a citizen, for the citizen; anybody else gets the one denial. Raises NotLogged."""
        begun, head = time.monotonic(), self._hub.log.head()[0]
        if reader.role != "citizen":
            self._deny(reader, citizen, head, begun, "not_entitled")
        hidden = withheld(self._hub, citizen, self._hub.clock())
        found = gathered(self._hub, citizen, head, hidden)
        if found is None:
            self._deny(reader, citizen, head, begun, "no_such_citizen")
        own = sum(told.opened.body.get("citizen_id") == citizen.bytes for told in found.told)
        self._log(reader, citizen, head, permitted=True, events=own)
        return found

    def compared(self, citizen: UUID, surface: str) -> None:
        """Log that an operator held a file against what is here."""
        self._log(Reader.operator(), citizen, self._hub.log.head()[0], surface=surface, permitted=True)

    def _deny(self, reader: Reader, citizen: UUID, head: int, begun: float, reason: str) -> NoReturn:
        self._log(reader, citizen, head, permitted=False, reasons=[reason])
        evened(begun)
        raise AccessDenied(DENIAL)

    def _log(
        self,
        reader: Reader,
        citizen: UUID,
        head: int,
        *,
        permitted: bool,
        surface: str = SURFACE,
        reasons: Sequence[str] = (),
        events: int = 0,
    ) -> None:
        visit = Visit(reader, citizen, None, surface, head, self._hub.clock())
        write_entries(
            self._hub.database, [entry_of(visit, permitted=permitted, events=events, reasons=reasons)]
        )


def gathered(hub: Hub, citizen: UUID, upto: int, hidden: frozenset[UUID] = frozenset()) -> History | None:
    """Everything about a citizen up to a position; None where there is nothing. Whoever asks decides and logs.

    What is withheld (`hidden`, and what was said of it) is not there, and neither is anything that only it names;
    nothing tells that it is missing. No original is there then, as any of them may hold its words.
    """
    records = hub.log.of_citizens([citizen], upto)
    if not records:
        return None
    own = [one for one in _opened(hub, records) if one[1].event_id not in hidden]
    looks = _looks(hub, citizen)
    known = set(hub.partners().ids())
    named = {one for _, opened in own for one in ids_in(opened.body)}
    named |= {one for look in looks for one in (look.partner, look.about) if one is not None}
    streams: dict[int, Opened] = {}
    partners, persons = named & known, hub.vault.persons(named)
    while True:  # an organisation's own events name who registered it, and a person works at one
        streams = dict(_opened(hub, _streams(hub, partners, upto)))
        named |= {one for opened in streams.values() for one in ids_in(opened.body)}
        persons = hub.vault.persons(named)
        named |= {person.partner for person in persons.values() if person.partner is not None}
        if partners == (partners := named & known):
            break
    state = hub.state(citizen)
    everything = sorted([*own, *streams.items()], key=lambda one: one[0])
    identity, originals = hub.vault.identity(citizen), [] if hidden else _originals(hub, citizen)
    if identity is not None and state.protected:
        identity = Identity(identity.name, identity.cpr, identity.born)
    return History(
        citizen,
        identity,
        state.protected,
        list(_worded(hub, state, everything)),
        {
            opened.originator_id: (opened.body["name"], opened.body["sector"])
            for opened in streams.values()
            if opened.version == 1
        },
        persons,
        _commands(hub, [opened for _, opened in everything]),
        looks,
        [] if state.protected else originals,
        len(originals) if state.protected else 0,
        state,
    )


def ids_in(value: Any) -> Iterator[UUID]:
    """Every id that a body holds, at any depth."""
    if isinstance(value, bytes) and len(value) == _ID:
        yield UUID(bytes=value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from ids_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from ids_in(each)
    elif isinstance(value, str):  # a corrected value is written as JSON
        yield from map(UUID, _WRITTEN.findall(value))


def _opened(hub: Hub, records: Sequence[Record]) -> list[tuple[int, Opened]]:
    """The events of records with their positions. A history with a hole is none: raises Unreadable."""
    found = []
    for record, opened in zip(records, hub.store.sealer.open_all(records), strict=True):
        if not isinstance(opened, Opened):
            raise Unreadable(
                "An event of the history does not open, so it is not exported: nothing is left out in silence."
            ) from None
        found.append((record.position, opened))
    return found


def _streams(hub: Hub, partners: Iterable[UUID], upto: int) -> list[Record]:
    with hub.database.connection() as connection:
        rows = connection.execute(SQL["streams"], (sorted(partners), upto)).fetchall()
    return [record_of(row) for row in rows]


def _worded(hub: Hub, state: State, everything: Sequence[tuple[int, Opened]]) -> Iterator[Told]:
    """Events with their words."""
    ciphers = hub.vault.text_keys((opened.event_id, opened.key) for _, opened in everything if opened.texts)
    by_place = {(opened.originator_id, opened.version): opened for _, opened in everything}
    for position, opened in everything:
        held = frozenset(_of_address(state, opened, by_place)) if state.protected else frozenset()
        words: dict[str, str | None] = {}
        for name, sealed in zip(opened.schema.texts, opened.texts, strict=False):
            if opened.body[name] is None or name in held:
                continue
            cipher = ciphers.get(opened.event_id)
            words[name] = (
                None if cipher is None else hub.vault.open_text(cipher, sealed, opened.event_id, name)
            )
        yield Told(position, opened, words, held)


def _of_address(state: State, opened: Opened, by_place: dict[tuple[UUID, int], Opened]) -> Iterator[str]:
    """The fields of an event that tell of an address: by their schema, their author's labels, or later ones."""
    if "citizen_id" not in opened.body:
        return
    amended = state.amendment(opened.event_id)
    for shape in opened.schema.fields:
        value = opened.body[shape.name]
        if shape.kind == "envelope" or value is None:
            continue
        labels = shape.labels | (mask_of(value) & ~UNKNOWN if shape.kind == "text" else 0)
        if amended.change(shape.name).labels(labels) & ~UNKNOWN & _ADDRESS:
            yield shape.name
    if opened.schema.event == "event.corrected" and opened.body["field"] != OCCURRED:
        place = (opened.originator_id, opened.body["subject"])
        subject, name = by_place.get(place), opened.body["field"]
        change = state.amendment(event_id(*place)).change(name)
        own = [one.labels for one in subject.schema.fields if one.name == name] if subject else []
        if any(change.labels(labels) & ~UNKNOWN & _ADDRESS for labels in own):
            yield from (field for field in ("text", "value") if opened.body[field] is not None)


def _commands(hub: Hub, events: Iterable[Opened]) -> list[Command]:
    ids = {UUID(bytes=opened.body["act"]["command_id"]) for opened in events}
    with hub.database.connection() as connection:
        rows = connection.execute(SQL["commands"], (sorted(ids),)).fetchall()
    return [Command(*row) for row in rows]


def _looks(hub: Hub, citizen: UUID) -> list[Look]:
    with hub.database.connection() as connection:
        rows = connection.execute(SQL["looks"], (citizen,)).fetchall()
    return [Look(*row) for row in rows]


def _originals(hub: Hub, citizen: UUID) -> list[Original]:
    with hub.database.connection() as connection:
        rows = connection.execute(SQL["originals"], (citizen,)).fetchall()
    key, found = hub.vault.key_of(citizen), []
    for source, kind, stored, digest, sealed in rows:
        identity = bytes(stored)
        content = hub.vault.open_row(key, bytes(sealed), identity)
        first, _, _ = content.partition(b"\n")
        path = f"{source}/{first.decode(errors='replace')}"
        paths = (path, f"{path}/{digest.hex()}", f"consent/{citizen}/{digest.hex()}")
        known = next((one for one in paths if hub.vault.lookup("import", one) == identity), None)
        found.append(Original(source, kind, known, bytes(digest), content))
    return sorted(found, key=lambda one: (one.source, one.kind, one.path or "", one.digest, one.content))
