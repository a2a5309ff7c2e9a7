"""Whether more are invited to a meeting than the citizen would rather meet: said, never refused."""

from uuid import UUID

from hub.aggregates import Meeting
from hub.application.hub import Work
from hub.application.reading import Entry, Reader
from hub.application.tasks import purposes_of
from hub.cli.base import note
from hub.cli.session import Session, session
from hub.cli.show import wrapped
from hub.desk.cards import too_many_text
from hub.errors import AccessDenied


def warn_if_many(citizen: str, meeting: str, who: str, *, beside: bool) -> None:
    """A line under the answer (`beside`: on standard error), for whoever may know what the citizen would rather."""
    with session() as s:
        if s.hub.rehearsing:
            return
        found = too_many(s, s.reader(who), s.citizen(citizen), meeting)
        if found is not None:
            (note if beside else wrapped)(too_many_text(*found))


def too_many(s: Session, reader: Reader, citizen: UUID, meeting: str) -> tuple[int, int] | None:
    """How many are invited, and how many the citizen would meet at most; None: no more, or not theirs to know."""
    gathering = Work(s.hub, fresh=True).find(Meeting, s.resolved(citizen, meeting))
    seen = _seen(s, reader, citizen)
    told = [entry.fields["most"] for entry in seen if "most" in entry.fields]
    if gathering is None or not told:
        return None
    items = {invitation.item for invitation in gathering.invitations.values()}
    invited = len(items & {entry.event_id for entry in seen})
    return (invited, told[-1]) if invited > told[-1] else None


def _seen(s: Session, reader: Reader, citizen: UUID) -> list[Entry]:
    """What the reader may see of preferences and invitations, for any of their tasks: decided now, and logged."""
    seen: dict[int, Entry] = {}
    partner = reader.person and reader.person.partner
    if partner is None:
        return []
    for purpose in purposes_of(s.hub, reader, citizen):
        try:
            found = s.wired.access.view(reader, partner, citizen, purpose)
        except AccessDenied:
            continue
        seen |= {entry.position: entry for entry in found}
    return [seen[place] for place in sorted(seen)]
