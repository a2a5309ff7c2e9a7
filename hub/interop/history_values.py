"""Event bodies as readable JSON and back, driven by the schemas alone: nothing here knows an event type by name.

Ids are written as uuids, times as ISO moments to the microsecond in UTC, labels as lists. Every value has one way to
be written, so what is read back is the same body, and the same Avro bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from hub.clock import from_microseconds, to_microseconds
from hub.errors import BadInput, Unreadable
from hub.schemas import Body, Schema

HELD_BACK: Final = "protected_address"
HELD_WORDS: Final = "[holdt tilbage: adressen er beskyttet / held back: the address is protected]"
"""Stands where an export was taken in again, for words that were not in it."""
_NUMBERS: Final = ("int", "long")
_PLAIN: Final[dict[str, type]] = {"string": str, "boolean": bool, "double": float, "float": float}
_ID: Final = 16


def fields_of(schema: Schema) -> list[dict[str, Any]]:
    """The fields of an event besides its envelope, as the schema file has them."""
    return [one for one in schema.avro["fields"] if one["name"] not in ("act", "citizen_id")]


def readable(schema: Schema, body: Body, words: Mapping[str, str | None], held: frozenset[str]) -> Body:
    """The fields of an event for a reader. Free text that is gone says so; so does what is held back."""
    found: Body = {}
    for field in fields_of(schema):
        name, value = field["name"], body[field["name"]]
        if name in schema.texts:
            found[name] = None if value is None else _text(value, words.get(name), held=name in held)
        elif name in held:
            found[name] = {"held_back": HELD_BACK}
        else:
            found[name] = _out(schema, field["type"], field.get("hub.type"), value)
    return found


def act_of(schema: Schema, body: Body) -> Body:
    """Who did it, when, through what, for which command."""
    field = _act(schema)
    act: Body = _out(schema, field["type"], None, body["act"])
    return act


def body_of(
    schema: Schema, act: Body, fields: Body, citizen: UUID | None
) -> tuple[Body, dict[str, str | None]]:
    """The inverse: the body, and its free texts in clear by field (None: gone). Raises BadInput, never with content."""
    known = {field["name"] for field in fields_of(schema)}
    if known != fields.keys():
        raise BadInput(f"The fields are not those of {schema.topic}: take the file again from where it came.")
    body: Body = {"act": _in(schema, _act(schema)["type"], None, act)}
    if citizen is not None:
        body["citizen_id"] = citizen.bytes
    words: dict[str, str | None] = {}
    for field in fields_of(schema):
        name, value = field["name"], fields[field["name"]]
        if name in schema.texts and value is not None:
            labels, text = _words(name, value)
            body[name], words[name] = labels, text
        elif isinstance(value, dict) and "held_back" in value:
            raise BadInput(
                f"{name} is held back because the address is protected, so the event cannot be made again: "
                "take an export while the address is not protected."
            )
        else:
            body[name] = _in(schema, field["type"], field.get("hub.type"), value)
    return body, words


def _text(labels: str, text: str | None, *, held: bool) -> Body:
    written: Body = {"labels": labels.split(" ") if labels else []}
    if held:
        return {"held_back": HELD_BACK, **written}
    return {"gone": True, **written} if text is None else {"text": text, **written}


def _words(name: str, value: Any) -> tuple[str, str | None]:
    """The labels and the words of a text, as it was read."""
    if (
        not isinstance(value, dict)
        or not isinstance(labels := value.get("labels"), list)
        or not all(isinstance(one, str) and one and " " not in one for one in labels)
        or len(value) != 2  # noqa: PLR2004 - the labels, and what became of the words
    ):
        raise _no(name)
    text = value.get("text")
    if isinstance(text, str) and text:
        return " ".join(labels), text
    if value.get("held_back") == HELD_BACK:
        return " ".join(labels), HELD_WORDS
    if value.get("gone") is True:
        return " ".join(labels), None
    raise _no(name)


def _act(schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in schema.avro["fields"] if one["name"] == "act")
    return found


def _shape(schema: Schema, kind: Any) -> Any:
    """A type as it was defined, where it is only named."""
    named = schema.avro["__named_schemas"]
    return named[kind] if isinstance(kind, str) and kind in named else kind


def _alternative(schema: Schema, kinds: list[Any]) -> Any:
    """The one thing that a value can be when it is not null; more than one no event has."""
    found = [kind for kind in kinds if kind != "null"]
    if len(found) != 1 or len(kinds) - len(found) > 1:
        raise _unwritable(schema)
    return found[0]


def _out(schema: Schema, kind: Any, how: str | None, value: Any) -> Any:  # noqa: PLR0911 - one a kind
    shape = _shape(schema, kind)
    if isinstance(shape, list):
        return None if value is None else _out(schema, _alternative(schema, shape), how, value)
    name = shape["type"] if isinstance(shape, dict) else shape
    if name == "fixed" and shape["size"] == _ID:
        return str(UUID(bytes=value))
    if name in _NUMBERS:
        if isinstance(value, datetime):  # a logical type, which the library reads as a moment
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        return from_microseconds(value).isoformat(timespec="microseconds") if how == "microseconds" else value
    if name in _PLAIN or name == "enum":
        return value
    if name == "array":
        return [_out(schema, shape["items"], how, one) for one in value]
    if name == "record":
        return {
            one["name"]: _out(schema, one["type"], one.get("hub.type"), value[one["name"]])
            for one in shape["fields"]
        }
    raise _unwritable(schema)


def _in(schema: Schema, kind: Any, how: str | None, value: Any) -> Any:  # noqa: C901, PLR0911 - one a kind
    shape = _shape(schema, kind)
    if isinstance(shape, list):
        return None if value is None else _in(schema, _alternative(schema, shape), how, value)
    name = shape["type"] if isinstance(shape, dict) else shape
    try:
        if name == "fixed" and shape["size"] == _ID:
            return _same(UUID(value), value).bytes
        if name in _NUMBERS:
            if isinstance(shape, dict) and "logicalType" in shape:
                return datetime.fromisoformat(value)
            if how == "microseconds":
                return to_microseconds(datetime.fromisoformat(value))
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        elif name in _PLAIN or name == "enum":
            if isinstance(value, _PLAIN.get(name, str)):
                return value
        elif name == "array" and isinstance(value, list):
            return [_in(schema, shape["items"], how, one) for one in value]
        elif name == "record" and value.keys() == {one["name"] for one in shape["fields"]}:
            return {
                one["name"]: _in(schema, one["type"], one.get("hub.type"), value[one["name"]])
                for one in shape["fields"]
            }
    except (ValueError, TypeError, AttributeError, OverflowError):
        pass
    raise _no(schema.topic)


def _same(identity: UUID, written: str) -> UUID:
    """An id that is written as the hub writes it: two ways of writing one would be two files of one history."""
    if str(identity) != written:
        raise ValueError
    return identity


def _no(what: str) -> BadInput:
    return BadInput(f"A value of {what} is not what it should be: take the file again from where it came.")


def _unwritable(schema: Schema) -> Unreadable:
    return Unreadable(f"{schema.topic} has a kind of field that an export cannot write: upgrade the hub.")
