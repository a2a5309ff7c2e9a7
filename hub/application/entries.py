"""From records to entries: opened, decided for one reader, and what is left of them in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from orjson import loads

from hub.aggregates.base import event_id
from hub.application.amendments import UNAMENDED, Amendment
from hub.application.answers import Disclosure
from hub.application.disclosure import State, Viewer
from hub.application.hub import Hub
from hub.application.reading import Entry, ViewRow
from hub.application.redact import CORRECTED, Redacted, Sealed, day_of, plain, redact, sealed_text
from hub.application.rows import open_row
from hub.items import Item, item_of
from hub.statements import OCCURRED
from hub.store import Opened, Record
from hub.vocabulary import Role, label_mask, label_names

SUBJECT: Final = "subject"
"""The field in which what is said afterwards names its event: by version in the log, by its reference to a reader."""
GONE: Final = "[teksten er væk / the text is gone]"

Permitted = tuple[Item, Opened, Disclosure]
"""An event with what a reader may see of it."""


class Entries:
    """Makes entries. It decides nothing about who may read: whoever asks has decided, and logged."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def opened(self, records: Sequence[Record]) -> list[tuple[Item, Opened]]:
        """The events of records; one that does not open is left out."""
        return list(self._each(records))

    def _each(self, records: Sequence[Record]) -> Iterator[tuple[Item, Opened]]:
        """The same, one by one: whoever has enough opens no more."""
        for record, opened in zip(records, self._hub.store.sealer.open_all(records), strict=False):
            if isinstance(opened, Opened):
                yield item_of(opened.schema, opened.body, opened.event_id, record.position), opened

    def opened_of(self, records: Sequence[Record]) -> dict[UUID, list[tuple[Item, Opened]]]:
        """The same for several citizens, opened at once: the events of each."""
        found: dict[UUID, list[tuple[Item, Opened]]] = {}
        for record, opened in zip(records, self._hub.store.sealer.open_all(records), strict=True):
            if isinstance(opened, Opened) and record.citizen is not None:
                item = item_of(opened.schema, opened.body, opened.event_id, record.position)
                found.setdefault(record.citizen, []).append((item, opened))
        return found

    def permitted(self, viewer: Viewer, bit: int, records: Sequence[Record]) -> Iterable[Permitted]:
        """What a reader may see of these records for one purpose."""
        for item, opened in self._each(records):
            disclosure = viewer.disclose(item)
            if disclosure is not None and disclosure.purposes & bit:
                yield item, opened, disclosure.narrowed(bit)

    def redacted(
        self,
        viewer: Viewer,
        bit: int,
        citizen: UUID,
        shown: Sequence[Permitted],
        keys: Mapping[UUID, Any] | None = None,
    ) -> list[Entry]:
        """What somebody at a partner sees; `keys` are those of the texts, where they were fetched for many."""
        amendments = {item.event_id: viewer.state.amendment(item.event_id) for item, _, _ in shown}
        wanted = {field.words for _, _, disclosure in shown for field in disclosure.fields if field.words}
        corrections = self._corrections(citizen, amendments.values(), wanted)
        missing = [*corrections.values()] if keys else [*(one for _, one, _ in shown), *corrections.values()]
        keys = {**(keys or {}), **self.keys(missing)}
        entries = []
        for item, opened, disclosure in shown:
            by = item.source if viewer.may_name_recorder(item, bit) else None
            ref = self._hub.vault.disclosure_id(viewer.partner, item.event_id)
            redacted = redact(item, opened, disclosure, amendments[item.event_id], corrections)
            entries.append(self._entry(item, redacted, keys)._replace(by=by, ref=ref))
        return entries

    def whole(self, state: State, citizen: UUID, found: Sequence[tuple[Item, Opened]]) -> list[Entry]:
        """Everything, terms included: what the citizen sees. Corrected fields show the latest words.

        What the citizen disputes has the dispute beside it.
        """
        disputes = self._disputes(citizen, found)
        amendments = {item.event_id: state.amendment(item.event_id) for item, _ in found}
        latest = {c.latest for a in amendments.values() for c in a.changes.values() if c.latest is not None}
        corrections = self._corrections(citizen, amendments.values(), latest)
        against = [opened for pairs in disputes.values() for _, opened in pairs]
        keys = self.keys([*(opened for _, opened in found), *corrections.values(), *against])
        entries = []
        for item, opened in found:
            amended = amendments[item.event_id]
            entry = self._entry(item, self._all(item, opened, amended, corrections), keys)
            changed = [name for name, change in amended.changes.items() if name and change.latest is not None]
            said = [
                self._entry(each, self._all(each, words, UNAMENDED, {}), keys).fields["words"]
                for each, words in disputes.get(item.event_id, ())
            ]
            corrected = (*changed, OCCURRED) if amended.times else tuple(changed)
            act = opened.body["act"]
            acting = (
                UUID(bytes=act["person"]) if act["role"] == Role.REPRESENTATIVE and act["person"] else None
            )
            entries.append(entry._replace(corrected=corrected, disputes=tuple(said), representative=acting))
        return entries

    def of_rows(self, partner: UUID, citizen: UUID, rows: Sequence[ViewRow]) -> list[Entry]:
        """What a partner's system has, from the rows of its view."""
        key = self._hub.vault.key_of(citizen)
        texts = self._hub.vault.text_keys((event, key) for row in rows for event in row.text_events)
        entries = []
        for row in rows:
            content, opened = open_row(self._hub.vault, partner, row, key, texts)
            fields = {
                name: {**value, "text": GONE}
                if isinstance(value, dict) and value.get("text") is None
                else value
                for name, value in opened.items()
            }
            entries.append(
                Entry(
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
            )
        return entries

    # How it is done.

    def _disputes(
        self, citizen: UUID, found: Sequence[tuple[Item, Opened]]
    ) -> dict[UUID, list[tuple[Item, Opened]]]:
        """What the citizen has said against these events, by event; it was recorded later."""
        if not found:
            return {}
        known, first = {item.position for item, _ in found}, min(item.position for item, _ in found)
        later = [
            record
            for record in self._hub.log.of_citizens([citizen])
            if record.position > first and record.position not in known
        ]
        disputes: dict[UUID, list[tuple[Item, Opened]]] = {}
        for item, opened in sorted([*found, *self.opened(later)], key=lambda pair: pair[0].position):
            if item.event == "event.disputed":
                subject = event_id(opened.originator_id, opened.body[SUBJECT])
                disputes.setdefault(subject, []).append((item, opened))
        return disputes

    def _corrections(
        self, citizen: UUID, amendments: Iterable[Amendment], wanted: set[UUID]
    ) -> dict[UUID, Opened]:
        """The corrections whose words are shown, by their events."""
        if not wanted:
            return {}
        places = {event: at for amended in amendments for event, at in amended.positions().items()}
        records = self._hub.log.at(citizen, [places[event] for event in wanted])
        return {item.event_id: opened for item, opened in self.opened(records)}

    def keys(self, events: Iterable[Opened]) -> dict[UUID, Any]:
        """The keys of the texts of events, by event."""
        return self._hub.vault.text_keys((opened.event_id, opened.key) for opened in events if opened.texts)

    def _all(
        self, item: Item, opened: Opened, amended: Amendment, corrections: Mapping[UUID, Opened]
    ) -> Redacted:
        """Every field of an event, as it stands after its corrections."""
        texts: dict[str, Sealed] = {}
        fields: dict[str, Any] = {}
        for shape in opened.schema.fields:
            name, value = shape.name, opened.body[shape.name]
            if shape.kind == "envelope" or value is None:
                continue
            latest = amended.change(name).latest
            source = opened if latest is None else corrections[latest]
            if shape.kind == "text":
                texts[name] = sealed_text(source, name if latest is None else CORRECTED)
                labels = amended.change(name).labels(label_mask(value.split()))
                fields[name] = {"labels": label_names(max(labels, 0))}
            elif name == SUBJECT:
                fields[name] = str(event_id(opened.originator_id, value))
            else:
                fields[name] = plain(shape, value if latest is None else loads(source.body["value"]))
        happened = amended.happened(item.occurred_at, None)
        content = {"event": item.event, "happened": day_of(happened), "recorded": day_of(item.recorded_at),
                   "fields": fields, "why": "own"}  # fmt: skip
        return Redacted(content, texts)

    def _entry(self, item: Item, redacted: Redacted, keys: Mapping[UUID, Any]) -> Entry:
        content = redacted.content
        fields = dict(content["fields"])
        for name, sealed in redacted.texts.items():
            cipher = keys.get(sealed.event_id)
            words = (
                GONE
                if cipher is None
                else self._hub.vault.open_text(cipher, sealed.words, sealed.event_id, sealed.field)
            )
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
