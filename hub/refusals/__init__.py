"""What the hub says no with, in the language of whoever is told, and without commands where none can be typed.

The code says no in English, so that a test, a log and a retry know it again. The tables beside this file have each such
sentence in Danish; `{}` stands where the code puts something in.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from hub.errors import AccessDenied
from hub.texts import CATEGORIES, DENIAL, PURPOSES, ROLES, SECTORS, VALUES, Pair, language, say

FOLDER: Final = Path(__file__).parent
TABLES: Final = ("rules.toml", "use_cases.toml", "running.toml")
WORDS: Final = "words.toml"
CODES: Final[tuple[dict[str, Pair], ...]] = (CATEGORIES, PURPOSES, SECTORS, ROLES, VALUES)
"""The words of codes; in commands and calls codes stay as they are typed."""
LONGEST: Final = 600
"""Characters in a sentence that is looked for; the longest of the tables, with what is put in, has half as many."""
_HOLE: Final = re.compile(r"\{\}")
_OPTION: Final = re.compile(r"\s*\((?=[^()]*(?:\bhub [a-z]|--|`))[^()]*\)")
"""A part in brackets that names a command or an option."""
_COMMAND: Final = re.compile(r"[:;,]\s+`?hub [a-z][^.;]*")
"""A clause that sends to a command."""
_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+")


class Sentence(NamedTuple):
    """A sentence that the code says no with, and what is told; `{0}` is the first thing put in."""

    da: str
    page_da: str
    page_en: str
    call_da: str
    call_en: str
    """For a system, where something put in is the name of an option: there it is a field."""
    as_typed: frozenset[int]
    """Which of the things put in are names of options."""


class Found(NamedTuple):
    """A sentence with what was put in."""

    sentence: Sentence
    put_in: tuple[str, ...]


def told(error: Exception, for_pages: bool = False, *, in_codes: bool = False) -> str:  # noqa: FBT001, FBT002
    """Say an error in the language of the session; what has no Danish stays English.

    For pages (and calls) no command or option is named. Codes are said in words there, unless they are to be sent.
    """
    if isinstance(error, AccessDenied):
        return say(*DENIAL)
    return said(str(error), for_pages, in_codes=in_codes)


def said(refusal: str, for_pages: bool = False, *, in_codes: bool = False) -> str:  # noqa: FBT001, FBT002
    """Say a refusal that was kept as text in the language of the session, as `told` does."""
    text = " ".join(refusal.split())
    found = _found(text)
    if found is None:
        return without_commands(text) if for_pages else text
    if for_pages and in_codes and (fields := _fields(found)) is not None:
        return _filled(say(found.sentence.call_da, found.sentence.call_en), fields)
    if language() == "en" and not for_pages:
        return text
    shown = say(found.sentence.page_da, found.sentence.page_en) if for_pages else found.sentence.da
    return _filled(shown, found, in_words=for_pages and not in_codes)


def without_commands(text: str) -> str:
    """A sentence without the parts that send to the command line."""
    left = _COMMAND.sub("", _OPTION.sub("", text))
    return left if left.endswith((".", "!", "?")) or left == text else f"{left}."


@cache
def sentences() -> Mapping[str, Sentence]:
    """Every sentence of the tables, by what the code says."""
    found: dict[str, Sentence] = {}
    for name in TABLES:
        for english, given in _read(name).items():
            found[english] = _sentence(english, given)
    return found


@cache
def words() -> Mapping[str, str]:
    """Words that are put in, by their English with a small letter."""
    return {_small(english): danish for english, danish in _read(WORDS).items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _sentence(english: str, given: str | list[str]) -> Sentence:
    da, *page = [given] if isinstance(given, str) else given
    before = _HOLE.split(english)[:-1]
    typed = frozenset(number for number, part in enumerate(before) if part.endswith("--"))
    page_da, page_en = page or (without_commands(_numbered(da)), without_commands(_numbered(english)))
    call_da, call_en = (without_commands(_numbered(one).replace("--{", "{")) for one in (da, english))
    return Sentence(_numbered(da), _numbered(page_da), _numbered(page_en), call_da, call_en, typed)


def _numbered(text: str) -> str:
    """`{}` and `{}` as `{0}` and `{1}`."""
    numbers = iter(range(text.count("{}")))
    return _HOLE.sub(lambda _: f"{{{next(numbers)}}}", text)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with something put in; those that say most of it themselves come first."""
    holed = [english for english in [*sentences(), *_read(WORDS)] if "{}" in english]
    holed.sort(key=lambda english: -len(english.replace("{}", "")))
    return tuple(
        (re.compile("(.*?)".join(map(re.escape, _HOLE.split(english))), re.DOTALL), english)
        for english in holed
    )


def _found(text: str) -> Found | None:
    if text in sentences():
        return Found(sentences()[text], ())
    if len(text) > LONGEST:
        return None
    if text.endswith(".") and text in _read(WORDS):
        return Found(_sentence(text, words()[_small(text)]), ())
    for pattern, english in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            sentence = sentences().get(english) or _sentence(english, words()[_small(english)])
            return Found(sentence, match.groups())
    return None


def _fields(found: Found) -> Found | None:
    """What was put in, with options as the fields of a call; None where no option was put in."""
    typed = [each.startswith("--") or n in found.sentence.as_typed for n, each in enumerate(found.put_in)]
    if not any(typed):
        return None
    as_fields = (
        each.replace("--", "").replace("-", "_") if is_typed else each
        for each, is_typed in zip(found.put_in, typed, strict=True)
    )
    return Found(found.sentence, tuple(as_fields))


def _filled(text: str, found: Found, *, in_words: bool = False) -> str:
    """A sentence with what is put in, in the words of whoever is told."""
    put_in = [
        each if number in found.sentence.as_typed else _said(each, in_words=in_words)
        for number, each in enumerate(found.put_in)
    ]
    whole = text.format(*put_in)
    begins = next((each for number, each in enumerate(put_in) if text.startswith(f"{{{number}}}")), None)
    return whole[:1].upper() + whole[1:] if begins is not None and begins not in found.put_in else whole


def _said(value: str, *, in_words: bool) -> str:
    """What is put in: a word of the tables, several of them, another sentence, or as it is."""
    whole = _in_danish(value, in_words=in_words) if language() == "da" else None
    if whole is not None:
        return whole
    if in_words and (coded := _coded(value.split(", "))) is not None:
        return ", ".join(coded)
    for joint, danish in ((" or ", " eller "), (" and ", " og ")):
        if joint in value:
            parts = value.split(joint)
            in_tables = [_word(part) for part in parts]
            coded = _coded(parts) if in_words and in_tables == parts else None
            return say(danish, joint).join(coded or in_tables)
    return _word(value)


def _in_danish(value: str, *, in_words: bool) -> str | None:
    """A word, a number or a whole sentence that was put in; None for anything else."""
    if (known := words().get(_small(value))) is not None:
        return known
    if _THOUSANDS.fullmatch(value):
        return value.replace(",", ".")
    found = _found(value)
    if found is None or not _says_much(found):
        return None
    return _filled(found.sentence.da, found, in_words=in_words)


def _says_much(found: Found) -> bool:
    """Whether a sentence is one, and not merely something with a colon in it."""
    return any(character.isalpha() for character in re.sub(r"\{\d\}", "", found.sentence.da))


def _word(value: str) -> str:
    """One thing, by its word in the tables."""
    return value if language() == "en" else words().get(_small(value), value)


def _coded(values: Iterable[str]) -> list[str] | None:
    """Codes in words, where one table knows them all."""
    codes = list(values)
    return next(([say(*table[code]) for code in codes] for table in CODES if set(codes) <= set(table)), None)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
