"""Is this a FHIR R4 resource that may be taken in? Validation, canonical form, and what a text may contain.

Validation is `fhir.resources` (its R4B package, which R4 files parse with). Its messages repeat the values they
complain about, so only the path of the field and the kind of error are kept, and of the path only names of fields.
"""

import hashlib
import re
from functools import lru_cache
from typing import Protocol

import orjson
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from hub.interop.fhir_read import Body

MAX_TEXT = 64 * 1024
"""The longest single text, in bytes of UTF-8."""

UNKNOWN_TYPE = "no resource type of FHIR R4B: check what system it comes from"
CONTROL = "control characters in a text: have them removed at the source"
TEXT_TOO_LONG = "a text longer than 64 KiB: have it shortened or attached at the source"
TOO_DEEP = "nested too deeply to be read: check what system it comes from"

_NAME = re.compile(r"[A-Za-z_]{1,40}\Z")
_KIND = re.compile(r"[a-z_.]{1,60}\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*\Z")
_SUSPECT = re.compile(rb"\\u00[01]|\\[bf]|\x7f|\xc2[\x80-\x9f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class _Model(Protocol):
    """The part of a fhir.resources model class that is used here."""

    def model_validate(self, obj: object) -> object: ...


@lru_cache(maxsize=512)
def model(kind: str) -> _Model | None:
    """Return the model class of a resource type, None for what is no R4 resource type."""
    base = get_fhir_model_class("Resource")
    try:
        found = get_fhir_model_class(kind)
    except (LookupError, ValueError):
        return None
    usable = issubclass(found, base) and kind not in ("Resource", "DomainResource", "Bundle")
    return found if usable else None


def canonical(body: Body) -> bytes:
    """Return the canonical JSON: keys sorted, no space. Raises `TypeError` when nested too deeply."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def content(body: Body) -> bytes:
    """Return the canonical JSON without `text` and `meta`, in which a difference is no change."""
    return canonical({name: value for name, value in body.items() if name not in ("text", "meta")})


def digest(body: Body) -> bytes:
    """Return the SHA-256 of the content."""
    return hashlib.sha256(content(body)).digest()


def fault(body: Body, kind: str) -> str | None:
    """Return why the resource cannot be taken in, None when it can."""
    judge = model(kind)
    if judge is None:
        return UNKNOWN_TYPE
    try:
        plain = content(body)
        if reason := _fault_of_texts(body, plain):
            return reason
        judge.model_validate(body)
    except ValidationError as error:
        return _reduced(error, kind)
    except (RecursionError, TypeError):
        return TOO_DEEP
    except (ValueError, AssertionError, LookupError, AttributeError, OverflowError):
        return f"not valid FHIR R4 at {kind}: have it put right at the source"
    return None


def _reduced(error: ValidationError, kind: str) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    path = ".".join(
        [kind, *(step for step in where if isinstance(step, str) and _NAME.match(step) and step != kind)]
    )
    why = first["type"] if _KIND.match(first["type"]) else "invalid"
    return f"not valid FHIR R4 at {path} ({why}): have it put right at the source"


def _fault_of_texts(body: Body, plain: bytes) -> str | None:
    """Look at every text outside the narrative, but only when a quick look at the bytes gives cause."""
    if len(plain) <= MAX_TEXT and not _SUSPECT.search(plain):
        return None
    open_ends: list[object] = [value for name, value in body.items() if name not in ("text", "meta")]
    while open_ends:
        value = open_ends.pop()
        if isinstance(value, dict):
            open_ends.extend(value.keys())
            open_ends.extend(inner for name, inner in value.items() if not _is_attachment(name, inner))
        elif isinstance(value, list):
            open_ends.extend(value)
        elif isinstance(value, str):
            if len(value) > MAX_TEXT or len(value.encode()) > MAX_TEXT:
                return TEXT_TOO_LONG
            if _CONTROL.search(value):
                return CONTROL
    return None


def _is_attachment(name: object, value: object) -> bool:
    """Whether this is base64 in a field that FHIR keeps for it (`Attachment.data`, `Binary.data`)."""
    return name == "data" and isinstance(value, str) and _BASE64.match(value) is not None
