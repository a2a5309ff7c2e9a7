"""The shipped table of codes: which categories of information a coded text reveals.

Labels are only ever added up. A text without a known code gets `health` and `plan`, and what the table's list of
words finds in it; so does a text that says something else than the code it stands with.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from hub.interop.fhir_read import Body
from hub.interop.fhir_values import codings, word

UNKNOWN = frozenset({"health", "plan"})
DIAGNOSIS = frozenset({"health", "diagnosis"})


@dataclass(frozen=True, slots=True)
class Described:
    """A text put together from concepts, and what it reveals."""

    text: str | None
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Codes → labels and short official displays."""

    labels: dict[tuple[str, str], frozenset[str]]
    displays: dict[tuple[str, str], str]
    words: tuple[tuple[str, frozenset[str]], ...]

    def of_text(self, text: str) -> frozenset[str]:
        """Return the labels of a text without a code."""
        return UNKNOWN | self.of_name(text)

    def of_name(self, name: str | None) -> frozenset[str]:
        """Return what the name of a team, an organisation or a role reveals by its words alone."""
        folded = (name or "").casefold()
        return frozenset[str]().union(*(labels for stem, labels in self.words if stem in folded))

    def describe(self, concepts: Iterable[Body]) -> Described:
        """Return the texts of the concepts, each once, joined by semicolons, with their labels."""
        texts: dict[str, None] = {}
        labels: frozenset[str] = frozenset()
        for concept in concepts:
            text = self._text(concept)
            if text is None:
                continue
            texts[text] = None
            labels |= self._labels(concept, text)
        return Described("; ".join(texts) or None, labels)

    def _text(self, concept: Body) -> str | None:
        text = word(concept, "text")
        for system, code, display in codings([concept]):
            text = text or display or self.displays.get((system, code))
        return text

    def _labels(self, concept: Body, text: str) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        said = False
        for system, code, display in codings([concept]):
            known = self.labels.get((system, code))
            if known is not None:
                found |= known
                said = said or text in (display, self.displays.get((system, code)))
        return found if said else found | self.of_text(text)


@cache
def shipped() -> CodeTable:
    """Read the table that the hub ships."""
    return parse((resources.files(__package__) / "fhir_codes.toml").read_text(encoding="utf-8"))


def parse(text: str) -> CodeTable:
    """Read a table: groups of codes of one system with their labels, and words with theirs."""
    document = cast("dict[str, list[Body]]", tomllib.loads(text))
    labels: dict[tuple[str, str], frozenset[str]] = {}
    displays: dict[tuple[str, str], str] = {}
    for group in document["group"]:
        system = cast("str", group["system"])
        revealed = frozenset(cast("list[str]", group["labels"]))
        for code, display in cast("dict[str, str]", group["codes"]).items():
            labels[system, code] = labels.get((system, code), frozenset()) | revealed
            displays.setdefault((system, code), display)
    words = tuple(
        (stem, frozenset(cast("list[str]", group["labels"])))
        for group in document["words"]
        for stem in cast("list[str]", group["stems"])
    )
    return CodeTable(labels, displays, words)
