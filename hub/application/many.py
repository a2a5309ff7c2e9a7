"""Many citizens in one visit: decided one by one as ever, and logged with one statement, an entry for each citizen.

What `Access.told_at` answers for one citizen, for a list that holds positions of many (an overview). The statements
are read after the head of the log, so what is decided is at least as new as the position that the log names.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.disclosure import State, Viewer
from hub.application.due import DueTold
from hub.application.entries import Entries, Permitted
from hub.application.hub import Hub
from hub.application.knowing import known_at, put_right
from hub.application.reading import Reader
from hub.application.visit import Visit, entry_of, grants_of, write_entries
from hub.clock import to_microseconds
from hub.items import Item
from hub.postgres import sql_blocks
from hub.store import Opened, record_of
from hub.vocabulary import PURPOSE_BIT, Channel, purpose_names

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))


class Ask(NamedTuple):
    """What is asked of one citizen: the events at `shown`, and at which of `beside` something happened."""

    purpose: str | None
    shown: frozenset[int]
    beside: frozenset[int] = frozenset()


class ManyReads:
    """One person's visit to many citizens, decided at one position and one moment."""

    def __init__(
        self,
        hub: Hub,
        reader: Reader,
        citizens: Sequence[UUID],
        surface: str,
        *,
        channel: Channel = Channel.SCREEN,
    ) -> None:
        self._hub = hub
        self._entries = Entries(hub)
        self.reader = reader
        self.surface = surface
        self.channel = channel
        self.position = hub.log.head()[0]
        self.states = states_of(hub, citizens)
        self.now = hub.clock()

    def purposes(self, citizen: UUID) -> list[str]:
        """What the reader has a task for with this citizen."""
        person = self.reader.person
        if person is None or person.partner is None:
            return []
        mask = self.states[citizen].task_purposes(person.partner, person.id, to_microseconds(self.now))
        return list(purpose_names(mask))

    def told(self, asks: Mapping[UUID, Ask]) -> dict[UUID, DueTold]:
        """What the reader may know of each; a citizen who is denied is not there. Logged before it is answered."""
        opened = self._opened(asks)
        decided = {
            citizen: self._decided(citizen, ask, opened.get(citizen, [])) for citizen, ask in asks.items()
        }
        seen = [one for one in decided.values() if isinstance(one, _Decided)]
        keys = self._entries.keys(event for one in seen for _, event, _ in one.shown.values())
        found: dict[UUID, DueTold] = {}
        visits: list[dict[str, Any]] = []
        for citizen, one in decided.items():
            if not isinstance(one, _Decided):
                visits.append(entry_of(self._visit(citizen, asks), permitted=False, reasons=[one]))
                continue
            permitted = [*one.shown.values()]
            grants = grants_of(one.viewer, permitted, one.bit)
            visits.append(
                entry_of(self._visit(citizen, asks), permitted=True, events=len(one.known), grants=grants)
            )
            redacted = self._entries.redacted(one.viewer, one.bit, citizen, permitted, keys)
            told = dict(zip(one.shown, redacted, strict=True))
            found[citizen] = DueTold(told, frozenset(one.known), knows_of=one.viewer.may_know_of)
        write_entries(self._hub.database, visits)
        return found

    def _visit(self, citizen: UUID, asks: Mapping[UUID, Ask]) -> Visit:
        return Visit(self.reader, citizen, asks[citizen].purpose, self.surface, self.position, self.now)

    def _opened(self, asks: Mapping[UUID, Ask]) -> dict[UUID, list[tuple[Item, Opened]]]:
        positions = sorted({at for ask in asks.values() for at in (*ask.shown, *ask.beside)})
        with self._hub.database.connection() as connection:
            rows = connection.execute(SQL["at"], (positions, list(asks))).fetchall()
        return self._entries.opened_of([record_of(row) for row in rows])

    def _decided(self, citizen: UUID, ask: Ask, opened: Sequence[tuple[Item, Opened]]) -> "_Decided | str":
        """What the reader may know of one citizen, or why nothing."""
        person = self.reader.person
        if person is None or person.partner is None:
            return "no_person"
        viewer = self.states[citizen].viewer(
            person.partner,
            to_microseconds(self.now),
            person=person.id,
            channel=self.channel,
            purpose=ask.purpose,
        )
        if (refused := viewer.refusal()) is not None:
            return refused.code
        bit = PURPOSE_BIT[ask.purpose]  # type: ignore[index]
        about = [one for one in opened if one[0].position in ask.shown | ask.beside]
        shown, known = known_at(viewer, bit, about, ask.shown)
        right = put_right(self._hub, self._entries, viewer, citizen, about)
        return _Decided(viewer, bit, shown | right, known | right.keys())


class _Decided(NamedTuple):
    """What may be told of one citizen, by position."""

    viewer: Viewer
    bit: int
    shown: dict[int, Permitted]
    known: set[int]


def states_of(hub: Hub, citizens: Sequence[UUID]) -> dict[UUID, State]:
    """What stands about each of these citizens."""
    said = hub.log.citizen_statements(citizens)
    partners = hub.partners()
    states = {citizen: State(partners) for citizen in citizens}
    for statement in said:
        if statement.citizen is not None:
            states[statement.citizen].add(statement)
    return states
