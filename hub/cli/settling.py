"""What is left to settle before a handover is completed. Completes the group `handover`."""

from uuid import UUID

from hub.aggregates import Handover
from hub.application.access import Entry
from hub.application.commands.settling import unsettled
from hub.application.hub import Work
from hub.cli.base import out, out_json, verb
from hub.cli.handover import HandoverArgument, app
from hub.cli.options import AsReader, Json, Purpose
from hub.cli.reading import operator_sees_counts, sentence
from hub.cli.session import Session, needed_uuid, session
from hub.cli.show import as_json, show_entries
from hub.desk.handovers import BEGUN
from hub.texts import say

__all__ = ["app"]


@verb(
    app,
    "left",
    "Hvad der mangler, før den kan afsluttes: åbne aftaler og samtykker (hub handover carry eller let-go).",
    "What is left before it can be completed: open agreements and consents (hub handover carry or let-go).",
    "hub handover left HANDOVER --as mette --purpose coordination",
)
def left(handover: HandoverArgument, as_: AsReader, purpose: Purpose = None, *, json: Json = False) -> None:
    """What is left to settle."""
    which = needed_uuid(handover, "HANDOVER")
    with session() as s:
        reader = s.reader(as_)
        if reader.role == "operator":
            raise operator_sees_counts()
        s.wired.access.handover(reader, which, purpose)  # whoever may not see it is denied as ever
        work = Work(s.hub, fresh=True)
        found = work.get(Handover, which, "handover")
        wanted = {(each.kind, each.what) for each in unsettled(s.hub, work, found)}
        entries = s.wired.access.events_at(
            reader, found.citizen_id, purpose, _places(s, found.citizen_id, wanted), "handover"
        )
        _show(s, entries, json=json, positions=reader.role == "citizen")
        if not json:
            sentence(reader)


def _places(s: Session, citizen: UUID, wanted: set[tuple[str, UUID]]) -> list[int]:
    """Where the events stand that tell of these agreements and consents."""
    return [
        item.position
        for item, opened in s.hub.items(citizen)
        for kind, event in BEGUN.items()
        if item.event == event and (kind, UUID(bytes=opened.body[kind])) in wanted
    ]


def _show(s: Session, entries: list[Entry], *, json: bool, positions: bool) -> None:
    if json:
        out_json({"left": as_json(s, entries, positions=positions)})
    elif entries:
        show_entries(s, entries, refs=True)
    else:
        out(say("Intet at vise, der mangler.", "Nothing to show that is left."))
