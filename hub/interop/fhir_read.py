"""Files → FHIR resources, one at a time, each with the place it stands.

Reads `.json` and `.ndjson`, each also as `.gz`; folders are walked in sorted order. NDJSON is read line by line, so
memory holds one line; a `.json` file (one resource or one Bundle) is held whole while its entries are handed out,
and is refused above `MAX_DOCUMENT`. What cannot be read is handed out as `Broken`, and reading goes on behind it.

A place is the file's base name with a line or entry number, and never carries what stands there; ten digits in a
row (a CPR number used as a file name) are masked.
"""

import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import orjson

Body = dict[str, object]

SUFFIXES = (".json", ".ndjson", ".json.gz", ".ndjson.gz")
MAX_LINE = 16 * 1024 * 1024
MAX_DOCUMENT = 256 * 1024 * 1024
MAX_NESTED_BUNDLES = 4

UNFOLDED = frozenset({"batch", "collection", "document", "message", "searchset", "transaction"})

NOT_JSON = "this is not JSON (or it ends too early): ask the sender for the file again"
TRUNCATED = "the compressed file ends too early or is damaged: ask the sender for the file again"
NOT_READABLE = "the file cannot be opened: check the path and the rights on it"
NOT_A_FHIR_FILE = "only .json and .ndjson are read, each also as .gz: give such a file or a folder of them"
TOO_LONG = "longer than one resource may be (16 MiB a line, 256 MiB a file): ask the sender for smaller files"
NO_RESOURCE_TYPE = "this is JSON but no FHIR resource (no resourceType): check that it is a FHIR file"
NO_ENTRY_LIST = "the Bundle has no readable list of entries: ask the sender for the whole Bundle"
NO_RESOURCE = "the entry carries no resource: ask the sender for the whole Bundle"
NOT_THE_LAST_PAGE = "the Bundle is one page of several: fetch the pages behind it as well"
WRONG_BUNDLE = (
    "a Bundle of this type carries no record to import: send a collection, document, message or searchset"
)
TOO_DEEP = "Bundles inside Bundles, deeper than four: unfold them first"

_TEN_DIGITS = re.compile(r"\d{6}-?[0-9A-Za-z]{4}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as read, not yet checked."""

    place: str
    body: Body = field(repr=False)
    scope: Mapping[str, str] = field(repr=False)
    """In a Bundle: full URL → `Type/id`, so that references inside the Bundle can be followed."""
    full_url: str | None = field(repr=False)
    bundle_time: str | None = field(repr=False)
    message: tuple[Body, ...] = field(default=(), repr=False)
    """In a message Bundle: all that came with the message; empty elsewhere."""


_ALONE = Resource("", {}, {}, None, None)
"""What surrounds a resource that stands in no Bundle."""


def input_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files to read, each once, in sorted order."""
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in names:
                    if name.lower().endswith(SUFFIXES):
                        inner = Path(folder) / name
                        found.setdefault(os.path.realpath(inner), inner)
        else:
            found.setdefault(os.path.realpath(path), path)
    return [found[key] for key in sorted(found)]


def total_bytes(files: Iterable[Path]) -> int:
    """Return how many bytes there are to read, as they lie on the disk."""
    return sum(path.stat().st_size for path in files if path.is_file())


def read(
    paths: Iterable[Path],
    *,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Resource | Broken]:
    """Hand out every resource in the files, and every place that could not be read.

    `on_bytes` is told the bytes read so far, of `total_bytes`, whenever that changes much.
    """
    behind = 0
    for path in input_files(paths):
        tell = _Teller(behind, on_bytes)
        yield from _read_file(path, tell)
        behind += path.stat().st_size if path.is_file() else 0
        tell.end(behind)


class _Teller:
    """Passes on how far the raw file has been read, at most once per 64 KiB."""

    STEP = 65536

    def __init__(self, behind: int, on_bytes: Callable[[int], None] | None) -> None:
        self._behind = behind
        self._on_bytes = on_bytes
        self._last = -self.STEP

    def at(self, position: int) -> None:
        if self._on_bytes is not None and position - self._last >= self.STEP:
            self._last = position
            self._on_bytes(self._behind + position)

    def end(self, total: int) -> None:
        if self._on_bytes is not None:
            self._on_bytes(total)


def _shown(path: Path) -> str:
    """Return the base name, without control characters and without anything that looks like a CPR number."""
    printable = "".join(char if char.isprintable() else "?" for char in path.name)
    return _TEN_DIGITS.sub("**********", printable)


def _read_file(path: Path, tell: _Teller) -> Iterator[Resource | Broken]:
    shown = _shown(path)
    lowered = path.name.lower()
    if not lowered.endswith(SUFFIXES):
        yield Broken(shown, NOT_A_FHIR_FILE)
        return
    try:
        with path.open("rb") as raw:
            if lowered.endswith(".gz"):
                with gzip.open(raw) as unpacked:
                    yield from _read_stream(unpacked, raw, lowered, shown, tell)
            else:
                yield from _read_stream(raw, raw, lowered, shown, tell)
    except OSError:
        yield Broken(shown, NOT_READABLE)


def _read_stream(
    stream: IO[bytes] | gzip.GzipFile,
    raw: IO[bytes],
    name: str,
    shown: str,
    tell: _Teller,
) -> Iterator[Resource | Broken]:
    if ".ndjson" not in name[-10:]:
        try:
            document = stream.read(MAX_DOCUMENT + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield Broken(shown, TRUNCATED)
            return
        if len(document) > MAX_DOCUMENT:
            yield Broken(shown, TOO_LONG)
            return
        tell.at(raw.tell())
        yield from _document(document, shown)
        return
    number = 0
    while True:
        number += 1
        place = f"{shown} line {number}"
        try:
            line = stream.readline(MAX_LINE + 1)
            if len(line) > MAX_LINE and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_LINE)
                yield Broken(place, TOO_LONG)
                continue
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield Broken(place, TRUNCATED)
            return
        if not line:
            return
        tell.at(raw.tell())
        if line.strip():
            yield from _document(line, place)


def _document(document: bytes, place: str) -> Iterator[Resource | Broken]:
    try:
        parsed = orjson.loads(document.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        yield Broken(place, NOT_JSON)
        return
    yield from _unfold(parsed, place, _ALONE, 0)


def _unfold(parsed: object, place: str, outer: Resource, depth: int) -> Iterator[Resource | Broken]:
    if not isinstance(parsed, dict) or not isinstance(parsed.get("resourceType"), str):
        yield Broken(place, NO_RESOURCE_TYPE)
        return
    if parsed["resourceType"] != "Bundle":
        yield replace(outer, place=place, body=parsed)
        return
    if depth == MAX_NESTED_BUNDLES:
        yield Broken(place, TOO_DEEP)
        return
    if str(parsed.get("type")) not in UNFOLDED:
        yield Broken(place, WRONG_BUNDLE)
        return
    entries = parsed.get("entry", [])
    if not isinstance(entries, list):
        yield Broken(place, NO_ENTRY_LIST)
        return
    links = parsed.get("link")
    if isinstance(links, list) and any(isinstance(x, dict) and x.get("relation") == "next" for x in links):
        yield Broken(place, NOT_THE_LAST_PAGE)
    scope = {**outer.scope, **_scope(entries)}
    stamp = parsed.get("timestamp")
    message = _resources(entries) if parsed.get("type") == "message" else outer.message
    for number, entry in enumerate(entries, start=1):
        inner = f"{place} entry {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            yield Broken(inner, NO_RESOURCE)
            continue
        url = entry.get("fullUrl")
        context = Resource(
            inner,
            {},
            scope,
            url if isinstance(url, str) else None,
            stamp if isinstance(stamp, str) else outer.bundle_time,
            message,
        )
        yield from _unfold(entry["resource"], inner, context, depth + 1)


def _resources(entries: list[object]) -> tuple[Body, ...]:
    found = (entry.get("resource") for entry in entries if isinstance(entry, dict))
    return tuple(one for one in found if isinstance(one, dict))


def _scope(entries: list[object]) -> dict[str, str]:
    scope: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            url, kind, name = (
                entry.get("fullUrl"),
                entry["resource"].get("resourceType"),
                entry["resource"].get("id"),
            )
            if isinstance(url, str) and isinstance(kind, str):
                scope[url] = (
                    f"{kind}/{name if isinstance(name, str) else url.rsplit('/', 1)[-1].rsplit(':', 1)[-1]}"
                )
    return scope
