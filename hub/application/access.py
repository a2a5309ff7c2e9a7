"""The only way to read a citizen: decide, write the access entry, then answer.

The decision is made from the statements written with the events themselves, so a withdrawal that was answered is in
force for the next read, whatever the consumers' lag. A read that cannot be logged is not answered. Where nothing is
permitted the answer is the uniform denial, so that an empty page tells nothing either.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import UUID

from hub.aggregates import Handover
from hub.aggregates.base import event_id
from hub.application.disclosure import Reason, State, Viewer
from hub.application.due import DueTold
from hub.application.entries import GONE, Entries, Permitted
from hub.application.explain import Asked, Explanation, explained
from hub.application.hub import DENIAL, Hub, Rehearsal, Work, evened
from hub.application.knowing import had_read, known_at, put_right
from hub.application.page import CitizenPage, entries_with, page_of
from hub.application.preview import Preview, preview_of, reader_of
from hub.application.readers import Read, readers_of
from hub.application.reading import Entry, Happening, Look, Page, Reader, TimelineRows, ViewRows, happened
from hub.application.visit import Visit, entry_of, grants_of, write_entries
from hub.application.withholding import keep_back, shown_to_the_citizen, withheld
from hub.clock import to_microseconds
from hub.errors import AccessDenied
from hub.items import Item
from hub.postgres import sql_blocks
from hub.store import Opened, Record
from hub.vocabulary import PURPOSE_BIT, Channel

__all__ = ["GONE", "SQL", "Access", "Entry", "Page", "Reader"]

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_FIRST: Final = 2**62
_CHUNK: Final = 300


class Access:
    """Reading, decided and logged."""

    def __init__(self, hub: Hub, timeline: TimelineRows, views: ViewRows) -> None:
        self._hub = hub
        self._timeline = timeline
        self._views = views
        self._entries = Entries(hub)

    def timeline(
        self,
        reader: Reader,
        citizen: UUID,
        purpose: str | None,
        *,
        before: UUID | None = None,
        limit: int = 50,
    ) -> Page:
        """What happened, newest first, as far as this reader may know."""
        visit, state = self._visit(reader, citizen, purpose, "timeline")
        if reader.role == "citizen":
            records = self._timeline.page(citizen, self._start(visit, before, None, 0), limit + 1)
            if not records and before is None:
                self._deny(visit, [Reason("no_such_citizen")])
            last = self._entries.opened(records[:limit])[-1:] if len(records) > limit else []
            found = self._theirs(visit, citizen, records[:limit])
            self._log(visit, permitted=True, events=len(found))
            entries = self._entries.whole(state, citizen, found)
            return Page(entries, last[0][0].event_id if last else None)
        viewer, bit = self._viewer(visit, state)
        shown: list[Permitted] = []
        start: int | None = self._start(visit, before, viewer, bit)
        chunk = 2 * (limit + 1)
        while start is not None and len(shown) <= limit:
            records = self._timeline.page(citizen, start, chunk)
            start, chunk = records[-1].position if len(records) == chunk else None, _CHUNK
            shown.extend(islice(self._entries.permitted(viewer, bit, records), limit + 1 - len(shown)))
        page = shown[:limit]
        if not page and before is None:
            self._deny(visit, [Reason("nothing_permitted")])
        self._log(visit, permitted=True, events=len(page), grants=grants_of(viewer, page, bit))
        entries = self._entries.redacted(viewer, bit, citizen, page)
        return Page(entries, entries[-1].ref if len(shown) > limit else None)

    def view(self, reader: Reader, partner: UUID, citizen: UUID, purpose: str | None) -> list[Entry]:
        """A partner's permitted view of one citizen, oldest first.

        Its own people read it for a purpose, decided now: no consumer's lag shows in the answer. The citizen sees what
        the partner's system has.
        """
        visit, state = self._visit(reader, citizen, purpose, "view", about=partner)
        if reader.role != "citizen":
            if reader.partner != partner:
                self._deny(visit, [Reason("not_their_view")])
            viewer, bit, shown = self._now(visit, state, citizen)
            return self._entries.redacted(viewer, bit, citizen, shown)
        hidden = withheld(self._hub, citizen, visit.now)
        rows = [row for row in self._views.rows(partner, citizen, visit.now) if row.event_id not in hidden]
        self._log(visit, permitted=True, events=len(rows))
        return self._entries.of_rows(partner, citizen, rows) if rows else []

    def _theirs(self, visit: Visit, citizen: UUID, records: Sequence[Record]) -> list[tuple[Item, Opened]]:
        """The events of records that the citizen is shown: all but single items that are withheld for a time."""
        return shown_to_the_citizen(self._entries.opened(records), withheld(self._hub, citizen, visit.now))

    def _now(
        self, visit: Visit, state: State, citizen: UUID, kinds: tuple[str, ...] = ("",)
    ) -> tuple[Viewer, int, list[Permitted]]:
        """What somebody may see of everything recorded, oldest first, decided now and logged."""
        viewer, bit = self._viewer(visit, state)
        if self._views.withheld(citizen):
            self._deny(visit, [Reason("withheld")])
        shown = list(self._entries.permitted(viewer, bit, self._hub.log.of_citizens([citizen])))
        if not shown:
            self._deny(visit, [Reason("nothing_permitted")])
        shown = [each for each in shown if each[0].event.startswith(kinds)]
        self._log(visit, permitted=True, events=len(shown), grants=grants_of(viewer, shown, bit))
        return viewer, bit, shown

    def events_at(
        self, reader: Reader, citizen: UUID, purpose: str | None, positions: Sequence[int], surface: str
    ) -> list[Entry]:
        """The events at these positions, as far as this reader may know: for lists that hold positions only."""
        told = self.told_at(reader, citizen, purpose, positions, (), surface)
        return [told.entries[position] for position in sorted(told.entries)]

    def told_at(  # noqa: PLR0917 - who reads whom, what for, and where
        self,
        reader: Reader,
        citizen: UUID,
        purpose: str | None,
        positions: Iterable[int],
        others: Iterable[int],
        surface: str,
    ) -> DueTold:
        """The events at these positions, and at which others something happened, as far as this reader may know."""
        visit, state = self._visit(reader, citizen, purpose, surface)
        wanted = set(positions)
        found = self._entries.opened(self._timeline.at(citizen, sorted(wanted.union(others))))
        if reader.role == "citizen":
            found = shown_to_the_citizen(found, withheld(self._hub, citizen, visit.now))
            self._log(visit, permitted=True, events=len(found))
            received = had_read(self._hub, citizen, found)
            seen = [each for each in found if each[0].position in wanted - received.keys()]
            entries = {entry.position: entry for entry in self._entries.whole(state, citizen, seen)}
            return DueTold(entries, frozenset(item.position for item, _ in found), received)
        viewer, bit = self._viewer(visit, state)
        shown, known = known_at(viewer, bit, found, wanted)
        told = put_right(self._hub, self._entries, viewer, citizen, found)
        shown, known = shown | told, known | told.keys()
        self._log(visit, permitted=True, events=len(known), grants=grants_of(viewer, [*shown.values()], bit))
        redacted = self._entries.redacted(viewer, bit, citizen, list(shown.values()))
        return DueTold(dict(zip(shown, redacted, strict=True)), frozenset(known), knows_of=viewer.may_know_of)

    def known(
        self, reader: Reader, citizen: UUID, purpose: str | None, surface: str
    ) -> list[tuple[Item, Opened, Entry | None]]:
        """All of which somebody at a partner may know, oldest first, decided now; no entry: only that it happened."""
        visit, state = self._visit(reader, citizen, purpose, surface)
        viewer, bit = self._viewer(visit, state)
        found = self._entries.opened(self._hub.log.of_citizens([citizen]))
        shown, known = known_at(viewer, bit, found, {item.position for item, _ in found})
        if not shown or self._views.withheld(citizen):
            self._deny(visit, [Reason("nothing_permitted" if not shown else "withheld")])
        self._log(visit, permitted=True, events=len(known), grants=grants_of(viewer, [*shown.values()], bit))
        redacted = self._entries.redacted(viewer, bit, citizen, list(shown.values()))
        seen = dict(zip(shown, redacted, strict=True))
        return [(*pair, seen.get(pair[0].position)) for pair in found if pair[0].position in known]

    def page(self, reader: Reader, citizen: UUID, purpose: str | None) -> CitizenPage:
        """What stands now about a citizen, as far as this reader may know, decided now: no consumer's lag shows."""
        visit, state = self._visit(reader, citizen, purpose, "page")
        if reader.role == "citizen":
            found = self._theirs(visit, citizen, self._hub.log.of_citizens([citizen]))
            if not found:
                self._deny(visit, [Reason("no_such_citizen")])
            self._log(visit, permitted=True, events=len(found))
            return page_of(
                entries_with(self._entries.whole(state, citizen, found), [each for _, each in found])
            )
        viewer, bit, shown = self._now(visit, state, citizen)
        entries = self._entries.redacted(viewer, bit, citizen, shown)
        return page_of(entries_with(entries, [opened for _, opened, _ in shown]))

    def happenings(
        self, reader: Reader, citizen: UUID, purpose: str | None, kinds: tuple[str, ...], surface: str
    ) -> list[Happening]:
        """Events whose names begin so, oldest first, as far as this reader may know, decided now: no lag shows."""
        visit, state = self._visit(reader, citizen, purpose, surface)
        if reader.role == "citizen":
            found = self._theirs(visit, citizen, self._hub.log.of_citizens([citizen]))
            if not found:
                self._deny(visit, [Reason("no_such_citizen")])
            found = [pair for pair in found if pair[0].event.startswith(kinds)]
            self._log(visit, permitted=True, events=len(found))
            return happened(self._entries.whole(state, citizen, found), found)
        viewer, bit, shown = self._now(visit, state, citizen, kinds)
        entries = self._entries.redacted(viewer, bit, citizen, shown)
        return happened(entries, [(item, opened) for item, opened, _ in shown])

    def handover(self, reader: Reader, handover: UUID, purpose: str | None) -> tuple[Entry, list[Entry]]:
        """A proposed handover and its items, each decided anew: what is no longer permitted is not there."""
        nobody = self._begun(reader, None, purpose, "handover")
        found = Work(self._hub, fresh=True).find(Handover, handover)
        if found is None:
            self._deny(nobody, [Reason("no_such_handover")])
        visit, state = self._visit(reader, found.citizen_id, purpose, "handover", begun=nobody.begun)
        viewer, bit = (None, 0) if reader.role == "citizen" else self._viewer(visit, state)
        known = self._hub.items(found.citizen_id)
        wanted = {*found.items}
        proposal = next(
            item.event_id
            for item, opened in known
            if opened.originator_id == handover and opened.version == 1
        )
        if viewer is None:
            known = shown_to_the_citizen(known, withheld(self._hub, found.citizen_id, visit.now))
            shown = [pair for pair in known if pair[0].event_id in wanted or pair[0].event_id == proposal]
            if all(item.event_id != proposal for item, _ in shown):
                self._deny(visit, [Reason("no_proposal")])
            self._log(visit, permitted=True, events=len(shown))
            entries = self._entries.whole(state, found.citizen_id, shown)
        else:
            seen = [
                (item, opened, disclosure.narrowed(bit))
                for item, opened in known
                if item.event_id in wanted or item.event_id == proposal
                if (disclosure := viewer.disclose(item)) and disclosure.purposes & bit
            ]
            if all(item.event_id != proposal for item, _, _ in seen):
                self._deny(visit, [Reason("no_proposal")])
            self._log(visit, permitted=True, events=len(seen), grants=grants_of(viewer, seen, bit))
            entries = self._entries.redacted(viewer, bit, found.citizen_id, seen)
        first = next(entry for entry in entries if entry.event_id == proposal)
        return first, [entry for entry in entries if entry.event_id != proposal]

    def explain(
        self, reader: Reader, citizen: UUID, partner: UUID, asked: Asked, *, grounds: bool = False
    ) -> Explanation:
        """What a partner sees at a moment and why: for the citizen, and for an auditor who gave grounds, no content."""
        visit = self._begun(reader, citizen, asked.purpose, "explain", about=partner)
        if reader.role != "citizen" and not (reader.role == "auditor" and grounds):
            self._deny(visit, [Reason("not_entitled")])
        found = explained(self._hub, citizen, partner, asked)
        if found is None:
            self._deny(visit, [Reason("no_such_event")])
        if reader.role == "citizen":
            keep_back(found, withheld(self._hub, citizen, visit.now))
        counted = len(found.seen) + len(found.absent)
        self._log(visit, permitted=True, events=counted, reasons=["grounds_given"] if grounds else ())
        if reader.role == "citizen":
            entries = self._entries.redacted(found.viewer, -1, citizen, found.permitted)
            found.entries = {entry.event_id: entry._replace(ref=entry.event_id) for entry in entries}
        return found

    def preview(self, rehearsal: Rehearsal) -> Preview:
        """What rehearsed commands would change for each partner, as far as whoever would act may know."""
        citizens = [citizen for citizen, _ in rehearsal.items]
        reader = reader_of(self._hub, rehearsal)
        visit = self._begun(reader, next(iter(citizens), None), None, "preview")
        found = preview_of(self._hub, rehearsal, reader, visit.now)
        if found is None:
            self._deny(visit, [Reason("not_entitled")])
        self._log(visit, permitted=True, events=found.counted)
        return found

    def who_looked(
        self, reader: Reader, citizen: UUID, limit: int = 50, *, before: int = _FIRST, own: bool = True
    ) -> list[Look]:
        """Who has read, newest first; for the citizen, with or without their own reading."""
        terms = {"citizen": citizen, "limit": limit, "before": before, "own": own}
        return self._looks(reader, citizen, "access", terms, grounds=False)

    def audited(self, reader: Reader, citizen: UUID, *, grounds: bool = False) -> list[Look]:
        """The whole access log of a citizen, oldest first: to the citizen, and to an auditor who gave grounds."""
        terms = {"citizen": citizen, "limit": _FIRST, "before": _FIRST, "own": True}
        return self._looks(reader, citizen, "access_export", terms, grounds=grounds)[::-1]

    def _looks(
        self, reader: Reader, citizen: UUID, surface: str, terms: dict[str, Any], *, grounds: bool
    ) -> list[Look]:
        visit = self._begun(reader, citizen, None, surface)
        if reader.role != "citizen" and not (reader.role == "auditor" and grounds):
            self._deny(visit, [Reason("not_entitled")])
        self._log(visit, permitted=True, reasons=["grounds_given"] if grounds else ())
        with self._hub.database.connection() as connection:
            return [Look(*row) for row in connection.execute(SQL["of_citizen"], terms)]

    def readers(self, reader: Reader, citizen: UUID, event: UUID) -> list[Read]:
        """Who can have read an event: for the citizen, and for the organisation that said it was somebody else's."""
        visit = self._begun(reader, citizen, None, "access")
        found = readers_of(self._hub, citizen, event)
        partner = reader.person and reader.person.partner
        if found is None or (reader.role != "citizen" and (partner is None or partner != found.marked_by)):
            self._deny(visit, [Reason("not_entitled")])
        self._log(visit, permitted=True, events=0)
        return found.reads

    def counted(self, purpose: str | None, surface: str, citizen: UUID | None = None) -> None:
        """Log that an operator counted something."""
        self._log(self._begun(Reader.operator(), citizen, purpose, surface), permitted=True, events=0)

    def turned_away(
        self, reader: Reader, surface: str, reason: str, *, citizen: UUID | None = None
    ) -> NoReturn:
        """Deny somebody before anything is read: by role, or as a stranger who would write."""
        self._deny(self._begun(reader, citizen, None, surface), [Reason(reason)])

    # How it is done.

    def _begun(
        self,
        reader: Reader,
        citizen: UUID | None,
        purpose: str | None,
        surface: str,
        *,
        about: UUID | None = None,
        begun: float | None = None,
    ) -> Visit:
        """A visit, from the moment that it was asked for."""
        begun = time.monotonic() if begun is None else begun
        position = self._hub.log.head()[0]
        return Visit(reader, citizen, purpose, surface, position, self._hub.clock(), about, begun)

    def _visit(
        self,
        reader: Reader,
        citizen: UUID,
        purpose: str | None,
        surface: str,
        *,
        about: UUID | None = None,
        begun: float | None = None,
    ) -> tuple[Visit, State]:
        """A visit, and what stands about the citizen; a stranger is denied before anything is looked up."""
        visit = self._begun(reader, citizen, purpose, surface, about=about, begun=begun)
        partner = reader.partner
        if partner is not None and not self._hub.log.met(citizen, partner):
            self._deny(visit, [Reason("no_relation")])
        return visit, self._hub.state(citizen)

    def _start(self, visit: Visit, before: UUID | None, viewer: Viewer | None, bit: int) -> int:
        """The position that a page begins below: that of the entry with this reference, if the reader may see it."""
        if before is None or visit.citizen is None:
            return _FIRST
        for position, event in self._events(visit.citizen):
            if viewer is None:
                if before == event:
                    return position
            elif before == self._hub.vault.disclosure_id(viewer.partner, event):
                if any(self._entries.permitted(viewer, bit, self._timeline.at(visit.citizen, [position]))):
                    return position
                break
        return self._deny(visit, [Reason("no_such_page")])

    def _events(self, citizen: UUID) -> Iterator[tuple[int, UUID]]:
        """Position and id of a citizen's events, newest first."""
        start = _FIRST
        while records := self._timeline.page(citizen, start, 500):
            for record in records:
                yield record.position, event_id(record.originator_id, record.version)
            start = records[-1].position

    def _viewer(self, visit: Visit, state: State) -> tuple[Viewer, int]:
        """The reader's eyes and purpose; denied, and logged, without a task for it. A system looks through the API."""
        person, partner = visit.reader.person, visit.reader.partner
        if partner is None:
            self._deny(visit, [Reason("no_person")])
        viewer = state.viewer(
            partner,
            to_microseconds(visit.now),
            person=None if person is None else person.id,
            channel=Channel.API if person is None else Channel.SCREEN,
            purpose=visit.purpose,
        )
        refused = viewer.refusal()
        if refused is not None:
            self._deny(visit, [refused])
        return viewer, PURPOSE_BIT[visit.purpose]  # type: ignore[index]

    def _deny(self, visit: Visit, reasons: Sequence[Reason]) -> NoReturn:
        self._log(visit, permitted=False, reasons=[reason.code for reason in reasons])
        evened(visit.begun)
        raise AccessDenied(DENIAL)

    def _log(
        self,
        visit: Visit,
        *,
        permitted: bool,
        events: int = 0,
        reasons: Sequence[str] = (),
        grants: Iterable[UUID] = (),
    ) -> None:
        entry = entry_of(visit, permitted=permitted, events=events, reasons=reasons, grants=grants)
        write_entries(self._hub.database, [entry])
