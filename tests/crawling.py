"""The pages as a browser finds them: every link followed, every form collected with its fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

from tests.browsing import Client

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}")
_TYPED: Final = {"text", "search", "email", "tel"}
_PLAIN: Final = {"date": "2026-04-01", "time": "10:30", "number": "1"}


@dataclass
class Form:
    """A form on a page."""

    page: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    """The fields with free text."""

    @property
    def name(self) -> str:
        """The same for the same form on another citizen's page."""
        return f"{_ID.sub('*', self.action)} ({', '.join(sorted(self.typed))})"

    def filled(self, words: str) -> dict[str, Any]:
        """Its fields, with these words wherever something can be written."""
        return {name: [words] if name in self.typed else values for name, values in self.fields.items()}


class Page(HTMLParser):
    """What a page leads to."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link, a form, or a field of one."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith(("/", "?")):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(
                Form(self.address, given.get("action") or self.address, given.get("method", "get").lower())
            )
        elif self.forms:
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """The end of a list of choices."""
        if tag == "select":
            self._select = None

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        form, name = self.forms[-1], given.get("name")
        if tag == "option":
            if self._select and given.get("value") and not form.fields.get(self._select):
                form.fields[self._select] = [given["value"]]
        elif tag == "select" and name:
            self._select = name
            form.fields.setdefault(name, [])
        elif tag == "textarea" and name:
            form.typed.add(name)
            form.fields[name] = [""]
        elif tag == "button" and name:
            form.fields.setdefault(name, [given.get("value", "")])
        elif tag == "input" and name:
            _input(form, name, given)


def _input(form: Form, name: str, given: Mapping[str, str]) -> None:
    kind = given.get("type", "text")
    if kind in _TYPED:
        form.typed.add(name)
        form.fields[name] = [given.get("value", "")]
    elif kind == "hidden":
        form.fields.setdefault(name, []).append(given.get("value", ""))
    elif kind in {"radio", "checkbox"}:
        form.fields[name] = form.fields.get(name) or [given.get("value", "on")]
    else:
        form.fields[name] = [_PLAIN.get(kind, "")]


def crawl(client: Client, start: str, most: int = 150) -> Iterator[tuple[str, str, Page]]:
    """Every page that a browser reaches by links: its address, its text, and what it leads to; each kind twice."""
    waiting, seen, kinds = [start], {start}, dict[str, int]()
    while waiting and most:
        most -= 1
        address = waiting.pop(0)
        answer = client.get(address)
        if answer.status_code == 303:
            _add(answer.headers["location"], address, waiting, seen, kinds)
            continue
        page = Page(address, answer.text)
        yield address, answer.text, page
        for link in page.links:
            _add(link, address, waiting, seen, kinds)


def _add(link: str, base: str, waiting: list[str], seen: set[str], kinds: dict[str, int]) -> None:
    path = link.split("#", maxsplit=1)[0]
    target = urlsplit(base).path + path if path.startswith("?") else path
    kind = _ID.sub("*", target)
    if (
        not target
        or target in seen
        or target.startswith(("/static/", "/login", "/vaelg"))
        or kinds.get(kind, 0) > 1
    ):
        return
    seen.add(target)
    kinds[kind] = kinds.get(kind, 0) + 1
    waiting.append(target)


def forms_of(client: Client, *starts: str, most: int = 150) -> list[Form]:
    """Every form that posts, once, on the pages that are reached from there."""
    found: dict[str, Form] = {}
    for start in starts:
        for _, _, page in crawl(client, start, most):
            for form in page.forms:
                if form.method == "post":
                    found.setdefault(form.name, form)
    return list(found.values())
