"""Holds a document against a JSON Schema (draft 2020-12), as far as our own schema files go.

Only the keywords that they use are known, and one that is not known is refused: a schema never says more than is
checked. What is wrong is named by its place; no content is repeated.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from hub.errors import Misconfigured

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas" / "json"
_SILENT: Final = frozenset({"$schema", "$id", "$defs", "title", "description"})
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


@cache
def schema_of(name: str) -> dict[str, Any]:
    """A schema file of ours."""
    try:
        found: dict[str, Any] = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        raise Misconfigured(
            f"No {name}.json in {FOLDER}: the hub is to be installed with its schemas."
        ) from None
    return found


def wrong(document: Any, schema: Mapping[str, Any]) -> str | None:
    """The first place where a document is not what its schema says; None when it is."""
    return next(_faults(document, schema, schema, ""), None)


def _faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    for keyword, rule in schema.items():
        if keyword in _SILENT:
            continue
        check = _CHECKS.get(keyword)
        if check is None:
            raise Misconfigured(f"The schema uses {keyword}, which nothing here checks: leave it out.")
        yield from check(value, rule, schema, root, at)


def _fits(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    return next(_faults(value, schema, root, ""), None) is None


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name in ("integer", "number"):
        return False
    return isinstance(value, _TYPES[name])


def _type(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if not any(_is(value, name) for name in ([rule] if isinstance(rule, str) else rule)):
        yield at


def _const(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if value != rule or type(value) is not type(rule):
        yield at


def _enum(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if value not in rule:
        yield at


def _pattern(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and (re.search(rule, value) is None or value.endswith("\n")):
        yield at


def _least(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if _is(value, "number") and value < rule:
        yield at


def _short(kind: type) -> Any:
    def check(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
        if isinstance(value, kind) and len(value) < rule:  # type: ignore[arg-type]
            yield at

    return check


def _required(value: Any, rule: Any, _schema: Any, _root: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{at}/{name}" for name in rule if name not in value)


def _properties(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in rule.items():
            if name in value:
                yield from _faults(value[name], inner, root, f"{at}/{name}")


def _others(value: Any, rule: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        if rule is False:
            yield f"{at} (a name too many)"
        else:
            yield from _faults(value[name], rule, root, f"{at}/*")


def _names(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict) and not all(_fits(name, rule, root) for name in value):
        yield at


def _items(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _faults(each, rule, root, f"{at}/{number}")


def _any_of(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if not any(_fits(value, inner, root) for inner in rule):
        yield at


def _one_of(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if sum(_fits(value, inner, root) for inner in rule) != 1:
        yield at


def _not(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    if _fits(value, rule, root):
        yield at


def _ref(value: Any, rule: Any, _schema: Any, root: Any, at: str) -> Iterator[str]:
    name = str(rule).removeprefix("#/$defs/")
    if name not in root["$defs"]:
        raise Misconfigured("The schema refers to a definition that it does not have: set it right.")
    yield from _faults(value, root["$defs"][name], root, at)


_CHECKS: Final[dict[str, Any]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _least,
    "minLength": _short(str),
    "minItems": _short(list),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _others,
    "propertyNames": _names,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "$ref": _ref,
}
