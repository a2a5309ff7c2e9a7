"""Looking through what a reader may know of a citizen: by words, category, organisation and period.

Words are compared by their Danish stems, so that "hunden" finds "hund". Only entries that were decided are looked
through, so a search finds nothing that the timeline would not show.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from snowballstemmer import stemmer

from hub.application.access import Entry
from hub.texts import CATEGORIES, VALUES
from hub.vocabulary import EXISTENCE
from hub.wording import EVENTS

_WORD: Final = re.compile(r"\w+")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is None is not asked."""

    text: str | None = None
    category: str | None = None
    partner: UUID | None = None
    first: date | None = None
    last: date | None = None

    @property
    def anything(self) -> bool:
        """Whether anything is asked at all."""
        asked = (self.text, self.category, self.partner, self.first, self.last)
        return any(one is not None for one in asked)


def matching(entries: Iterable[Entry], wanted: Wanted) -> list[Entry]:
    """The entries that fit, in their order."""
    danish = stemmer("danish")
    stems = _stems(danish, (wanted.text or "")[:_LONGEST])
    return [
        entry
        for entry in entries
        if _fits(entry, wanted) and (not stems or _has(_stems(danish, said(entry)), stems))
    ]


def said(entry: Entry) -> str:
    """All the words of an entry: what it is, what was written, what was chosen."""
    pairs = [EVENTS.get(entry.event, ("", "")), CATEGORIES[category_of(entry)]]
    return " ".join([*(text for pair in pairs for text in pair), *_texts(list(entry.fields.values()))])


def category_of(entry: Entry) -> str:
    """The category that the existence of such an event carries."""
    return str(EXISTENCE.get(entry.event, "contact"))


def labels_of(entry: Entry) -> set[str]:
    """Its category, and the labels of its texts."""
    texts = (value for value in entry.fields.values() if isinstance(value, dict))
    return {category_of(entry)}.union(*(set(text.get("labels", ())) for text in texts))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [str(value["text"])] if "text" in value else []
    if isinstance(value, str):
        return [value, *VALUES.get(value, ())]
    each = value if isinstance(value, list) else []
    return [text for one in each for text in _texts(one)]


def _fits(entry: Entry, wanted: Wanted) -> bool:
    day = date.fromisoformat(entry.happened or entry.recorded)
    return (
        (wanted.category is None or wanted.category in labels_of(entry))
        and (wanted.partner is None or entry.by == wanted.partner)
        and (wanted.first is None or day >= wanted.first)
        and (wanted.last is None or day <= wanted.last)
    )


def _stems(danish: Any, text: str) -> set[str]:
    return set(danish.stemWords(_WORD.findall(text.casefold())))


def _has(known: set[str], asked: set[str]) -> bool:
    """Whether every word is there; the beginning of a longer one counts from three letters on."""
    return all(
        stem in known or (len(stem) > 2 and any(one.startswith(stem) for one in known))  # noqa: PLR2004
        for stem in asked
    )
