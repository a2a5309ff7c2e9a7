"""A file with a citizen's history, read back: the whole of it is held against every rule before anything is written."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from hub.aggregates import Citizen, Partner
from hub.aggregates.base import event_id
from hub.encoding import event_of
from hub.errors import BadInput, HubError
from hub.interop.history import CITIZEN, FORMAT, VERSION, digest_of
from hub.interop.history_schema import schema_of, wrong
from hub.interop.history_values import body_of
from hub.schemas import Body, Schema, Schemas
from hub.vault import Identity, Person

SCHEMA: Final = "citizen-history.v1"


class Event(NamedTuple):
    """One event, as it stood on the log that it came from."""

    number: int
    """Its place in the file, from 1."""
    schema: Schema
    body: Body
    words: dict[str, str | None]
    citizen: UUID | None
    originator: UUID
    version: int
    held_back: frozenset[str]
    """Texts that are not in the file, though they are not gone: they tell of a protected address."""

    @property
    def id(self) -> UUID:
        """The event's id: a function of its place."""
        return event_id(self.originator, self.version)


class Kept(NamedTuple):
    """An original, to be kept again."""

    source: str
    kind: str
    path: str
    digest: bytes
    content: bytes


@dataclass(slots=True)
class Moved:
    """Everything that a file holds, judged."""

    citizen: UUID
    identity: Identity | None
    address_held_back: bool
    events: list[Event] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    commands: list[tuple[UUID, UUID, dict[str, Any]]] = field(default_factory=list)
    """Command, first event, answer."""
    originals: list[Kept] = field(default_factory=list)
    not_kept: int = 0
    """Originals that cannot be kept again: held back, or found in a way that this hub does not know."""
    looks: int = 0


def read_history(content: bytes, schemas: Schemas) -> Moved:
    """A file's history. Raises BadInput with what is wrong and where, never with content."""
    try:
        document = orjson.loads(content)
    except ValueError:
        raise BadInput("The file is no JSON: take it again from where it came.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput(
            "The file is no history from a hub: it is what hub export citizen --format json writes."
        )
    if document.get("version") != VERSION:
        raise BadInput("The file is of a newer version than this hub reads: upgrade the hub.")
    if (place := wrong(document, schema_of(SCHEMA))) is not None:
        raise BadInput(
            f"The file is not as its schema says, at {place or '/'}: take it again from where it came."
        )
    if document["digest"] != digest_of(document):
        raise BadInput("The file was changed after it was written: take it again from where it came.")
    citizen = UUID(document["citizen"]["id"])
    identity = document["citizen"]["identity"]
    moved = Moved(
        citizen,
        None if identity is None else Identity(**identity),
        document["citizen"]["address_held_back"],
        looks=len(document["looks"]),
    )
    moved.events = [_event(number, one, citizen, schemas) for number, one in enumerate(document["events"], 1)]
    _replayed(moved)
    moved.persons = [_person(one) for one in document["persons"]]
    _check_names(moved, document)
    moved.commands = list(_commands(moved, document["commands"]))
    moved.originals = list(_originals(document["originals"]))
    moved.not_kept = document["originals_held_back"] + len(document["originals"]) - len(moved.originals)
    return moved


def _event(number: int, one: dict[str, Any], citizen: UUID, schemas: Schemas) -> Event:
    schema = schemas.by_topic.get(one["schema"])
    if schema is None:
        raise BadInput(f"Event {number} is of a type that this hub does not know: upgrade the hub.")
    about = citizen if one["about"] == CITIZEN else None
    try:
        if ("citizen_id" in {shape.name for shape in schema.fields}) != (about is not None):
            raise BadInput("It says that it is about somebody else than its type can be about.")
        body, words = body_of(schema, one["act"], one["fields"], about)
        if schemas.decode(schemas.encode(schema.topic, body)) != (schema, body):
            raise BadInput("It cannot be written as its schema says.")
        event_of(schema.topic, body, UUID(one["stream"]), one["version"])
        if len({text is None for text in words.values()}) > 1:
            raise BadInput("Some of its words are gone and some are not: they go together.")
    except (HubError, ValueError, TypeError, AttributeError) as error:
        why = f"{error}" if isinstance(error, HubError) else "Take the file again from where it came."
        raise BadInput(f"Event {number} ({schema.topic}) cannot be read. {why}") from None
    held = frozenset(
        name for name, value in one["fields"].items() if isinstance(value, dict) and "held_back" in value
    )
    event = Event(number, schema, body, words, about, UUID(one["stream"]), one["version"], held)
    if str(event.id) != one["id"]:
        raise BadInput(
            f"Event {number} stands in another's place: its id is not that of its stream and version. "
            "The file does not have the whole history."
        )
    return event


def _replayed(moved: Moved) -> None:
    """Every stream is whole, begins as it must, and follows from itself."""
    standing: dict[UUID, Any] = {}
    versions: dict[UUID, int] = {}
    for event in moved.events:
        if event.version != versions.get(event.originator, 0) + 1:
            raise BadInput(
                f"Event {event.number} does not follow the one before it in its stream: the history is not whole."
            )
        versions[event.originator] = event.version
        made = event_of(event.schema.topic, event.body, event.originator, event.version)
        try:
            standing[event.originator] = made.mutate(standing.get(event.originator))
        except Exception:  # noqa: BLE001 - an applier refuses nothing: whatever it raises, the event is out of place
            raise BadInput(f"Event {event.number} does not follow from what was before it.") from None
        aggregate = standing[event.originator]
        if getattr(aggregate, "citizen_id", None) != event.citizen:
            raise BadInput(f"Event {event.number} stands in a stream that is about somebody else.")
        if event.citizen is None and not isinstance(aggregate, Partner):
            raise BadInput(f"Event {event.number} is about no citizen and no organisation.")
    if not any(isinstance(one, Citizen) for one in standing.values()):
        raise BadInput("The citizen was never enrolled in this history: it is not whole.")


def _check_names(moved: Moved, document: dict[str, Any]) -> None:
    """What the file says of organisations and persons beside the events is what the events say."""
    registered = {
        str(event.originator): (event.body["name"], event.body["sector"])
        for event in moved.events
        if event.citizen is None and event.version == 1
    }
    named = {one["id"]: (one["name"], one["sector"]) for one in document["organisations"]}
    if registered != named or len(named) != len(document["organisations"]):
        raise BadInput("The organisations of the file are not those that its events register.")
    persons = {person.id for person in moved.persons}
    slugs = {person.slug for person in moved.persons}
    if not len(persons) == len(slugs) == len(moved.persons):
        raise BadInput("The file names a person twice: take it again from where it came.")
    if any(person.partner is not None and str(person.partner) not in named for person in moved.persons):
        raise BadInput("Somebody in the file works at an organisation that is not in it: it is not whole.")


def _person(one: dict[str, Any]) -> Person:
    return Person(
        UUID(one["id"]),
        one["short_name"],
        None if one["organisation"] is None else UUID(one["organisation"]),
        one["function"],
        one["name"],
    )


def _commands(moved: Moved, commands: list[dict[str, Any]]) -> Iterator[tuple[UUID, UUID, dict[str, Any]]]:
    carried = {event.id: UUID(bytes=event.body["act"]["command_id"]) for event in moved.events}
    seen: set[UUID] = set()
    for one in commands:
        command, event = UUID(one["id"]), UUID(one["event"])
        if carried.get(event) != command or command in seen:
            raise BadInput(
                "A command of the file is not that of its event: take it again from where it came."
            )
        seen.add(command)
        yield command, event, one["answer"]


def _originals(originals: list[dict[str, Any]]) -> Iterator[Kept]:
    for one in originals:
        if one["path"] is not None:
            try:
                content = one["text"].encode() if "text" in one else b64decode(one["base64"], validate=True)
            except ValueError:
                raise BadInput("An original of the file cannot be read: take it again.") from None
            yield Kept(one["source"], one["kind"], one["path"], bytes.fromhex(one["digest"]), content)
