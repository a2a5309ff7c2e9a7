"""The only way to read a citizen: decide, write the access entry, then answer.

The decision is made from the statements written with the events themselves, so a withdrawal that was answered is in
force for the next read, whatever the consumers' lag. A read that cannot be logged is not answered. Where nothing is
permitted the answer is the uniform denial, so that an empty page tells nothing either.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from uuid import UUID

from hub.aggregates import Handover
from hub.aggregates.base import event_id
from hub.application.disclosure import Disclosure, Reason, Request, State, Viewer
from hub.application.hub import DENIAL, Hub, Work
from hub.application.reading import Entry, Page, Reader, TimelineRows, ViewRow, ViewRows
from hub.application.redact import Redacted, day_of, plain, redact
from hub.application.rows import open_row
from hub.clock import to_microseconds
from hub.errors import AccessDenied, HubError, NotLogged
from hub.items import Item, item_of
from hub.postgres import sql_blocks
from hub.store import Opened, Record
from hub.vault import DataKey
from hub.vocabulary import PURPOSE_BIT, Channel, label_names, purpose_names

__all__ = ["SQL", "Access", "Entry", "Page", "Reader"]

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
GONE: Final = "[teksten er væk / the text is gone]"
_FIRST: Final = 2**62


class Access:
    """Reading, decided and logged."""

    def __init__(self, hub: Hub, timeline: TimelineRows, views: ViewRows) -> None:
        self._hub = hub
        self._timeline = timeline
        self._views = views

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
        now = self._hub.clock()
        state, position = self._state(citizen)
        visit = _Visit(reader, citizen, purpose, "timeline", position, now)
        if reader.role == "citizen":
            records = self._timeline.page(citizen, self._start(visit, before), limit + 1)
            if not records and before is None:
                self._deny(visit, [Reason("no_such_citizen")])
            found = self._opened(records[:limit])
            self._log(visit, permitted=True, events=len(found))
            entries = self._whole(found)
            return Page(entries, entries[-1].ref if len(records) > limit else None)
        viewer, bit = self._viewer(visit, state, now)
        shown: list[tuple[Item, Opened, Disclosure]] = []
        start: int | None = self._start(visit, before)
        while start is not None and len(shown) <= limit:
            records = self._timeline.page(citizen, start, 500)
            start = records[-1].position if len(records) == 500 else None  # noqa: PLR2004 - the chunk asked for
            shown.extend(self._permitted(viewer, bit, records))
        page = shown[:limit]
        if not page and before is None:
            self._deny(visit, [Reason("nothing_permitted")])
        self._log(visit, permitted=True, events=len(page), grants=_grants(viewer, page, bit))
        entries = self._redacted(viewer, bit, page)
        return Page(entries, entries[-1].ref if len(shown) > limit else None)

    def view(self, reader: Reader, partner: UUID, citizen: UUID, purpose: str | None) -> list[Entry]:
        """A partner's permitted view of one citizen: its own people read it for a purpose, the citizen sees all."""
        now = self._hub.clock()
        state, position = self._state(citizen)
        visit = _Visit(reader, citizen, purpose, "view", position, now, about=partner)
        mask = -1
        if reader.role != "citizen":
            if reader.person is None or reader.person.partner != partner:
                self._deny(visit, [Reason("not_their_view")])
            _, mask = self._viewer(visit, state, now)
        rows = [row for row in self._views.rows(partner, citizen, now) if row.purposes & mask]
        if not rows and reader.role != "citizen":
            self._deny(visit, [Reason("nothing_permitted")])
        self._log(visit, permitted=True, events=len(rows))
        if not rows:
            return []
        key = self._hub.vault.key_of(citizen)
        texts = self._hub.vault.text_keys((row.event_id, key) for row in rows if row.texts)
        return [entry for row in rows if (entry := self._shown(row, partner, key, texts, mask)) is not None]

    def events_at(
        self, reader: Reader, citizen: UUID, purpose: str | None, positions: Sequence[int], surface: str
    ) -> list[Entry]:
        """The events at these positions, as far as this reader may know: for lists that hold positions only."""
        now = self._hub.clock()
        state, position = self._state(citizen)
        visit = _Visit(reader, citizen, purpose, surface, position, now)
        records = self._timeline.at(citizen, positions)
        if reader.role == "citizen":
            self._log(visit, permitted=True, events=len(records))
            return self._whole(self._opened(records))
        viewer, bit = self._viewer(visit, state, now)
        shown = list(self._permitted(viewer, bit, records))
        self._log(visit, permitted=True, events=len(shown), grants=_grants(viewer, shown, bit))
        return self._redacted(viewer, bit, shown)

    def handover(self, reader: Reader, handover: UUID, purpose: str | None) -> tuple[Entry, list[Entry]]:
        """A proposed handover and its items, each decided anew: what is no longer permitted is not there."""
        now = self._hub.clock()
        found = Work(self._hub, fresh=True).find(Handover, handover)
        if found is None:
            head = self._hub.log.head()[0]
            self._deny(_Visit(reader, None, purpose, "handover", head, now), [Reason("no_such_handover")])
        state, position = self._state(found.citizen_id)
        visit = _Visit(reader, found.citizen_id, purpose, "handover", position, now)
        known = self._hub.items(found.citizen_id)
        wanted = {*found.items}
        proposal = next(
            item.event_id
            for item, opened in known
            if opened.originator_id == handover and opened.version == 1
        )
        if reader.role == "citizen":
            shown = [pair for pair in known if pair[0].event_id in wanted or pair[0].event_id == proposal]
            self._log(visit, permitted=True, events=len(shown))
            entries = self._whole(shown)
        else:
            viewer, bit = self._viewer(visit, state, now)
            seen = [
                (item, opened, disclosure)
                for item, opened in known
                if item.event_id in wanted or item.event_id == proposal
                if (disclosure := viewer.disclose(item, screen=True)) and disclosure.purposes & bit
            ]
            if all(item.event_id != proposal for item, _, _ in seen):
                self._deny(visit, [Reason("no_proposal")])
            self._log(visit, permitted=True, events=len(seen), grants=_grants(viewer, seen, bit))
            entries = self._redacted(viewer, bit, seen)
        first = next(entry for entry in entries if entry.event_id == proposal)
        return first, [entry for entry in entries if entry.event_id != proposal]

    def explain(self, reader: Reader, citizen: UUID, partner: UUID, position: int) -> dict[str, Any]:
        """Why a partner sees an event, or does not; for the citizen alone, whose business it is."""
        now = self._hub.clock()
        state, head = self._state(citizen)
        visit = _Visit(reader, citizen, None, "explain", head, now, about=partner)
        if reader.role != "citizen":
            self._deny(visit, [Reason("not_entitled")])
        item = next((item for item, _ in self._hub.items(citizen) if item.position == position), None)
        if item is None:
            self._deny(visit, [Reason("no_such_event")])
        self._log(visit, permitted=True, events=1)
        viewer = state.viewer(partner, to_microseconds(now))
        purposes = purpose_names(viewer.facts.purposes) if viewer.facts else []
        decisions = [
            viewer.decide(Request(partner, None, purpose, Channel.TOPIC, item, viewer.now))
            for purpose in purposes
        ]
        best = next((decision for decision in decisions if decision.permitted), None)
        grants = [state.grants[grant] for grant in (best.grants if best else ())]
        reasons = decisions[0].reasons if decisions and best is None else ()
        return {
            "seen": best is not None,
            "why": best.why if best else None,
            "fields": list(best.fields) if best else [],
            "until": min((g.until for g in grants if g.until is not None), default=None),
            "categories": label_names(grants[0].labels) if grants else [],
            "reasons": [(reason.code, label_names(reason.labels), reason.field) for reason in reasons],
        }

    def who_looked(self, reader: Reader, citizen: UUID, limit: int = 50) -> list[tuple[Any, ...]]:
        """Who has read, newest first; for the citizen."""
        now = self._hub.clock()
        visit = _Visit(reader, citizen, None, "access", self._hub.log.head()[0], now)
        if reader.role != "citizen":
            self._deny(visit, [Reason("not_entitled")])
        self._log(visit, permitted=True, events=0)
        with self._hub.database.connection() as connection:
            return connection.execute(SQL["of_citizen"], (citizen, limit)).fetchall()

    def counted(self, purpose: str | None, surface: str, citizen: UUID | None = None) -> None:
        """Log that an operator counted something."""
        visit = _Visit(
            Reader.operator(), citizen, purpose, surface, self._hub.log.head()[0], self._hub.clock()
        )
        self._log(visit, permitted=True, events=0)

    # How it is done.

    def _start(self, visit: "_Visit", before: UUID | None) -> int:
        """The position that a page begins below: that of the entry with this reference."""
        if before is None or visit.citizen is None:
            return _FIRST
        person = visit.reader.person
        for position, event in self._events(visit.citizen):
            if before == (event if person is None else self._hub.vault.disclosure_id(person.partner, event)):
                return position
        return self._deny(visit, [Reason("no_such_page")])

    def _events(self, citizen: UUID) -> Iterator[tuple[int, UUID]]:
        """Position and id of a citizen's events, newest first."""
        start = _FIRST
        while records := self._timeline.page(citizen, start, 500):
            for record in records:
                yield record.position, event_id(record.originator_id, record.version)
            start = records[-1].position

    def _state(self, citizen: UUID) -> tuple[State, int]:
        position = self._hub.log.head()[0]
        return self._hub.state(citizen), position

    def _viewer(self, visit: "_Visit", state: State, now: datetime) -> tuple[Viewer, int]:
        """The reader's eyes and purpose; denied, after logging, without a task of their own for that purpose."""
        person = visit.reader.person
        if person is None:
            self._deny(visit, [Reason("no_person")])
        viewer = state.viewer(person.partner, to_microseconds(now))
        refused = viewer.refusal(person.id, visit.purpose, Channel.SCREEN)
        if refused is not None:
            self._deny(visit, [refused])
        return viewer, PURPOSE_BIT[visit.purpose]  # type: ignore[index]

    def _permitted(
        self, viewer: Viewer, bit: int, records: Sequence[Record]
    ) -> Iterable[tuple[Item, Opened, Disclosure]]:
        for item, opened in self._opened(records):
            disclosure = viewer.disclose(item, screen=True)
            if disclosure is not None and disclosure.purposes & bit:
                fields = tuple((name, may) for name, may in disclosure.fields if may & bit)
                yield item, opened, disclosure._replace(fields=fields)

    def _opened(self, records: Sequence[Record]) -> list[tuple[Item, Opened]]:
        return [
            (item_of(opened.schema, opened.body, opened.event_id, record.position), opened)
            for record, opened in zip(records, self._hub.store.sealer.open_all(records), strict=True)
            if isinstance(opened, Opened)
        ]

    def _redacted(
        self, viewer: Viewer, bit: int, shown: Sequence[tuple[Item, Opened, Disclosure]]
    ) -> list[Entry]:
        keys = self._hub.vault.text_keys((o.event_id, o.key) for _, o, _ in shown if o.texts)
        entries = []
        for item, opened, disclosure in shown:
            by = item.source if viewer.may_name_recorder(item, bit) else None
            ref = self._hub.vault.disclosure_id(viewer.partner, item.event_id)
            entry = self._entry(item, redact(item, opened, disclosure), keys.get(item.event_id))
            entries.append(entry._replace(by=by, ref=ref))
        return entries

    def _whole(self, found: Sequence[tuple[Item, Opened]]) -> list[Entry]:
        """Everything, terms included: what the citizen sees."""
        keys = self._hub.vault.text_keys((o.event_id, o.key) for _, o in found if o.texts)
        entries = []
        for item, opened in found:
            names = {shape.name: shape for shape in opened.schema.fields if shape.kind != "envelope"}
            texts = {
                name: opened.texts[index]
                for index, name in enumerate(opened.schema.texts)
                if opened.body[name] is not None
            }
            fields = {
                name: {"labels": opened.body[name].split()}
                if shape.kind == "text"
                else plain(shape, opened.body[name])
                for name, shape in names.items()
                if opened.body[name] is not None
            }
            content = {"event": item.event, "happened": day_of(item.occurred_at), "recorded": day_of(item.recorded_at),
                       "fields": fields, "why": "own"}  # fmt: skip
            entries.append(self._entry(item, Redacted(content, texts), keys.get(item.event_id)))
        return entries

    def _entry(self, item: Item, redacted: Redacted, cipher: Any) -> Entry:
        content = redacted.content
        fields = dict(content["fields"])
        for name, sealed in redacted.texts.items():
            words = GONE if cipher is None else self._hub.vault.open_text(cipher, sealed, item.event_id, name)
            fields[name] = {"text": words, **fields[name]}
        return Entry(
            item.position,
            item.event_id,
            item.event_id,
            item.event,
            content["happened"],
            content["recorded"],
            item.source,
            content["why"],
            fields,
        )

    def _shown(
        self, row: ViewRow, partner: UUID, key: DataKey, texts: dict[UUID, Any], mask: int
    ) -> Entry | None:
        content, opened = open_row(self._hub.vault, partner, row, key, texts.get(row.event_id))
        wanted = set(purpose_names(mask)) if mask != -1 else None
        fields = {
            name: {**value, "text": GONE} if isinstance(value, dict) and value.get("text") is None else value
            for name, value in opened.items()
            if wanted is None
            or wanted & set(content.get("field_purposes", {}).get(name, content["purposes"]))
        }
        if not fields:
            return None
        return Entry(
            row.position,
            row.event_id,
            row.disclosure_id,
            content["event"],
            content["happened"],
            content["recorded"],
            None,
            content["why"],
            fields,
        )

    def _deny(self, visit: "_Visit", reasons: Sequence[Reason]) -> NoReturn:
        self._log(visit, permitted=False, reasons=[reason.code for reason in reasons])
        raise AccessDenied(DENIAL)

    def _log(
        self,
        visit: "_Visit",
        *,
        permitted: bool,
        events: int = 0,
        reasons: Sequence[str] = (),
        grants: Iterable[UUID] = (),
    ) -> None:
        person = visit.reader.person
        terms = {
            "at": visit.now,
            "role": visit.reader.role,
            "partner": person and person.partner,
            "person": person and person.id,
            "function": person and person.function,
            "citizen": visit.citizen,
            "about": visit.about,
            "purpose": visit.purpose,
            "surface": visit.surface,
            "position": visit.position,
            "permitted": permitted,
            "reasons": list(reasons),
            "grants": list(grants),
            "events": events,
        }
        try:
            with self._hub.database.connection() as connection:
                connection.execute(SQL["write"], terms)
        except HubError:
            raise NotLogged(
                "The read could not be logged, so it is not answered: see that the access log can be written.",
            ) from None


class _Visit(NamedTuple):
    """Who reads what, for what, when, and at which position it is decided."""

    reader: Reader
    citizen: UUID | None
    purpose: str | None
    surface: str
    position: int
    now: datetime
    about: UUID | None = None


def _grants(viewer: Viewer, shown: Sequence[tuple[Item, Opened, Disclosure]], bit: int) -> list[UUID]:
    behind: set[UUID] = set()
    for item, _, disclosure in shown:
        behind.update(viewer.grants_behind(item, [name for name, _ in disclosure.fields], bit))
    return sorted(behind)
