"""A citizen's whole history as the hub's own JSON: one document that stands alone (docs/citizen-export.md).

The same history gives the same bytes: nothing in it says when it was taken, or where in the log anything stands.
"""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from hub.application.exporting import History, Look, Original, Told
from hub.interop.history_values import act_of, readable
from hub.wording import EVENTS

FORMAT: Final = "koordineringshub/citizen-history"
VERSION: Final = 1
CITIZEN: Final = "citizen"
ORGANISATION: Final = "organisation"
SUBJECT: Final = "subject"
SAID_OF: Final = frozenset({"event.corrected", "event.relabelled", "event.disputed", "event.misfiled"})
"""Events that name another of their stream by its version."""
NOTE: Final = (
    "Her står alt, der er skrevet om dig, og hvem der har set det. Loven kan betyde, at en enkelt oplysning er "
    "holdt tilbage for en tid. Den sætning står i alle filer, uanset om noget er holdt tilbage."
)
"""Every citizen reads it, whether anything is withheld or not."""

Document = dict[str, Any]


def document_of(history: History) -> Document:
    """The document of a history."""
    document: Document = {
        "format": FORMAT,
        "version": VERSION,
        "note": NOTE,
        "citizen": _citizen(history),
        "organisations": [
            {"id": str(partner), "name": name, "sector": sector}
            for partner, (name, sector) in sorted(history.partners.items())
        ],
        "persons": [
            {
                "id": str(person.id),
                "short_name": person.slug,
                "organisation": person.partner and str(person.partner),
                "function": person.function,
                "name": person.name,
            }
            for _, person in sorted(history.persons.items())
        ],
        "events": list(_events(history.told)),
        "commands": list(_commands(history)),
        "looks": [_look(look) for look in history.looks],
        "originals": [_original(one) for one in history.originals],
        "originals_held_back": history.originals_held_back,
    }
    return {**document, "digest": digest_of(document)}


def bytes_of(document: Document) -> bytes:
    """The document as it is written to a file."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def digest_of(document: Document) -> str:
    """What tells that a file is whole: it vouches for no author."""
    content = {name: value for name, value in document.items() if name != "digest"}
    return f"sha256:{hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()}"


def _events(history: Iterable[Told]) -> Iterator[Document]:
    """The events, each numbered in its stream among those that are here: a hole would tell of what is withheld."""
    numbers: dict[tuple[UUID, int], int] = {}
    streams: Counter[UUID] = Counter()
    for told in history:
        opened = told.opened
        streams[opened.originator_id] += 1
        numbers[opened.originator_id, opened.version] = streams[opened.originator_id]
        event = _event_of(told)
        event["version"] = streams[opened.originator_id]
        if opened.schema.event in SAID_OF:
            subject = (opened.originator_id, opened.body[SUBJECT])
            event["fields"][SUBJECT] = numbers.get(subject, opened.body[SUBJECT])
        yield event


def _event_of(told: Told) -> Document:
    """One event: where it stands in its own stream, who did it, and all it says."""
    opened = told.opened
    schema, body = opened.schema, opened.body
    return {
        "id": str(opened.event_id),
        "about": CITIZEN if "citizen_id" in body else ORGANISATION,
        "stream": str(opened.originator_id),
        "version": opened.version,
        "schema": schema.topic,
        "title": EVENTS[schema.event][0] if schema.event in EVENTS else schema.event,
        "act": act_of(schema, body),
        "fields": readable(schema, body, told.words, told.held_back),
    }


def _citizen(history: History) -> Document:
    identity = history.identity
    return {
        "id": str(history.citizen),
        "identity": None
        if identity is None
        else {
            "name": identity.name,
            "cpr": identity.cpr,
            "born": identity.born,
            "address": identity.address,
        },
        "address_held_back": history.address_held_back,
    }


def _commands(history: History) -> Iterable[Document]:
    """The commands by their first event of this history, in its order."""
    by_position = {told.position: told for told in history.told}
    first: dict[UUID, Told] = {}
    for told in history.told:
        first.setdefault(UUID(bytes=told.opened.body["act"]["command_id"]), told)
    for command in history.commands:
        told = by_position.get(command.position, first[command.id])
        yield {
            "id": str(command.id),
            "event": str(told.opened.event_id),
            "answer": dict(sorted(command.answer.items())),
        }


def _look(look: Look) -> Document:
    return {
        "at": moment(look.at),
        "role": look.role,
        "organisation": look.partner and str(look.partner),
        "function": look.function,
        "purpose": look.purpose,
        "surface": look.surface,
        "about": look.about and str(look.about),
        "permitted": look.permitted,
        "events": look.events,
    }


def _original(one: Original) -> Document:
    try:
        content = {"text": one.content.decode()}
    except UnicodeDecodeError:
        content = {"base64": b64encode(one.content).decode()}
    return {"source": one.source, "kind": one.kind, "path": one.path, "digest": one.digest.hex(), **content}


def moment(instant: datetime) -> str:
    """A moment to the microsecond, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
