"""What a partner's people begin with: what they still have to delete, and why they see a citizen at all."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from hub.application.access import Reader
from hub.application.tasks import purposes_of, running
from hub.clock import from_microseconds, to_microseconds
from hub.desk import tasks
from hub.desk.desk import Desk
from hub.desk.finding import labels_of
from hub.desk.meetings import Told
from hub.postgres import sql_blocks
from hub.vocabulary import Category, Channel

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_AGREED_TEXT: Final = "consents.disclosure_authorised"
_MOST: Final = 50
_OURS: Final = frozenset({"part", "handover", "emergency"})
"""What lets an organisation know beside consents, the law, what is addressed to it, and the reader's own task."""


class Owed(NamedTuple):
    """What an organisation is to delete, because its access has ended: nothing else is told of whom it was about."""

    notice: UUID
    reference: UUID
    """What the organisation itself calls the citizen."""
    records: int
    by: date
    """The last day."""


class Because(NamedTuple):
    """One reason for which somebody sees something of a citizen; it tells no more than what is shown does."""

    kind: str
    """`consent`, `law`, `addressed`, or a kind of task: `task`, `part`, `handover`, `emergency`."""
    event: str = ""
    """For what is addressed: what it is."""
    categories: tuple[str, ...] = ()
    """What the things that are shown for it are about."""
    purposes: tuple[str, ...] = ()
    ends: datetime | None = None
    """The first moment at which something of it is no longer shown; None: until something is said."""
    words: str | None = None
    """The text that was agreed."""


def owed(s: Desk, partner: UUID) -> list[Owed]:
    """What an organisation has not yet said that it deleted, the most pressing first."""
    with s.hub.database.connection() as connection:
        return [Owed(*row) for row in connection.execute(SQL["owed"], (partner, _MOST)).fetchall()]


def because(
    s: Desk, reader: Reader, citizen: UUID, purpose: str | None, shown: Sequence[Told]
) -> list[Because]:
    """Why the reader's organisation sees this citizen now, from what it is shown: decided and logged."""
    partner = reader.partner
    if partner is None:
        return []
    found = [*_behind(s, reader, citizen, purpose, shown)]
    if mine := [one for one in purposes_of(s.hub, reader, citizen) if one not in {None, "emergency"}]:
        found.append(Because("task", purposes=tuple(map(str, mine))))
    seen = tasks.read(s, reader, citizen, purpose, running(s.hub, citizen), "tasks")
    ours = [(stint, entry) for stint, entry, _ in seen if partner in tasks.who_of(entry)]
    found.extend(Because(stint.kind) for stint, _ in ours if stint.kind in _OURS)
    found.extend(
        Because("addressed", one.entry.event, words=one.entry.fields["text"]["text"])
        for one in shown
        if one.entry is not None and one.entry.event == _AGREED_TEXT and "text" in one.entry.fields
    )
    found.extend(
        Because("addressed", entry.event)
        for stint, entry in ours
        if stint.kind in {"invitation", "agreement"}
    )
    return list(dict.fromkeys(found))


def _behind(
    s: Desk, reader: Reader, citizen: UUID, purpose: str | None, shown: Sequence[Told]
) -> Iterator[Because]:
    """What rests on a consent, and on the law: what it is about, and when the first of it ends."""
    viewer = s.hub.state(citizen).viewer(
        reader.partner or citizen,
        to_microseconds(s.hub.clock()),
        person=reader.person and reader.person.id,
        channel=Channel.SCREEN,
        purpose=purpose,
    )
    for why in ("consent", "law"):
        found = [(one.item, one.entry) for one in shown if one.entry is not None and one.entry.why == why]
        if not found:
            continue
        about = set[str]().union(*(labels_of(entry) for _, entry in found))
        ends = [end for one, _ in found if (end := viewer.valid_until(one, viewer.disclose(one))) is not None]
        yield Because(
            why,
            categories=tuple(one for one in map(str, Category) if one in about),
            ends=from_microseconds(min(ends)) if ends else None,
        )
