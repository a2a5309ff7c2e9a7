"""What a companion sees of the one meeting they have a code for: logged before it is answered, like every read."""

import time
from typing import Any, Final, NamedTuple, NoReturn
from uuid import UUID

from hub.application.commands.companions import TooMany, opened_by
from hub.application.entries import Entries
from hub.application.hub import Hub
from hub.application.reading import Reader
from hub.application.visit import Visit, entry_of, write_entries
from hub.application.withholding import shown_to_the_citizen, withheld
from hub.errors import AccessDenied

ROLE: Final = "companion"
SURFACE: Final = "companion"
_SHOWN: Final = frozenset({"meeting.convened", "meeting.place_chosen", "meeting.rescheduled"})
_MESSAGE: Final = "meeting.citizen_message_given"
_FIELDS: Final = ("purpose", "starts", "place")


class CompanionSheet(NamedTuple):
    """One meeting, for whoever the citizen brings."""

    starts: str
    purpose: str
    place: str | None
    message: str | None


def companion_sheet(hub: Hub, code: str, origin: str) -> CompanionSheet:
    """The sheet that a code opens. Raises AccessDenied, logged too, when it opens nothing; TooMany after many tries."""
    begun = time.monotonic()
    try:
        opens = opened_by(hub, code, origin)
    except AccessDenied as no:
        _refused(hub, begun, no)
    visit = _visit(hub, opens.citizen, begun)
    hidden = withheld(hub, opens.citizen, visit.now)
    wanted = _SHOWN | ({_MESSAGE} if opens.with_message else set())
    found = [
        (item, opened)
        for item, opened in shown_to_the_citizen(hub.items(opens.citizen), hidden)
        if opened.originator_id == opens.meeting and item.event in wanted
    ]
    write_entries(hub.database, [entry_of(visit, permitted=True, events=len(found))])
    entries = Entries(hub).whole(hub.state(opens.citizen), opens.citizen, found)
    told: dict[str, Any] = {}
    for entry in entries:
        if entry.event == _MESSAGE:
            told["message"] = entry.fields["words"]["text"]
        else:
            told |= {name: entry.fields[name] for name in _FIELDS if name in entry.fields}
    return CompanionSheet(
        told["starts"], _text(told.get("purpose")) or "", _text(told.get("place")), told.get("message")
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value["text"])


def _visit(hub: Hub, citizen: UUID | None, begun: float) -> Visit:
    return Visit(Reader(ROLE), citizen, None, SURFACE, hub.log.head()[0], hub.clock(), None, begun)


def _refused(hub: Hub, begun: float, no: AccessDenied) -> NoReturn:
    reason = "too_many" if isinstance(no, TooMany) else "no_such_code"
    write_entries(hub.database, [entry_of(_visit(hub, None, begun), permitted=False, reasons=[reason])])
    raise no
