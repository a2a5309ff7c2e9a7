"""Templates: every text in both languages beside each other, days and values in words, and nothing unescaped."""

from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.clock import COPENHAGEN, copenhagen_day
from hub.desk.saying import REFERENCES, WHEN_YES, shown_value
from hub.desk.yours import WHAT_FOR, YOURS, listed
from hub.texts import (
    CATEGORIES,
    PURPOSES,
    ROLES,
    SECTORS,
    SURFACES,
    VALUES,
    WHY,
    day_text,
    language,
    moment_text,
    say,
    until_text,
    word,
    words,
)  # fmt: skip
from hub.vocabulary import EXISTENCE, Category
from hub.wording import EVENTS, FIELDS

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
TABLES: Final = {
    "categories": CATEGORIES, "purposes": PURPOSES, "roles": ROLES, "surfaces": SURFACES, "values": VALUES, "why": WHY,
    "events": EVENTS, "fields": FIELDS, "yours": YOURS, "what_for": WHAT_FOR,
    "sectors": SECTORS,
}  # fmt: skip


class Pages:
    """Makes pages out of templates."""

    def __init__(self) -> None:
        self._environment = _environment()

    def render(self, template: str, context: dict[str, Any]) -> str:
        """One page."""
        return self._environment.get_template(template).render(context)


@cache
def _environment() -> Environment:
    """The templates, each compiled once in a process."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update({
        "t": say,
        "word": lambda table, name: word(TABLES[table], name),
        "words": lambda table, names: words(TABLES[table], names),
        "said": lambda table, names: listed([word(TABLES[table], name) for name in names]),
        "language": language,
        "static": static_url,
        "category_word": lambda event: word(CATEGORIES, EXISTENCE.get(event, Category.CONTACT)),
        "category_names": [str(one) for one in Category],
    })  # fmt: skip
    made.filters.update({
        "day": _day, "moment": _moment, "clock": _clock, "until": until_text, "value": shown_value,
        "last_day": _last_day, "shown_fields": shown_fields,
    })  # fmt: skip
    return made


@cache
def edition() -> str:
    """What names this edition of all static files: their addresses change when any of them does."""
    found = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file."""
    return f"/static/{edition()}/{name}"


def shown_fields(fields: dict[str, Any], *, references: bool = False) -> dict[str, Any]:
    """The fields of an entry that say something to a person."""
    return {
        name: value
        for name, value in fields.items()
        if (references or name not in REFERENCES)
        and value not in (None, [], "")
        and name != "act"
        and not (value is False and name in WHEN_YES)
    }


def _day(value: date | str | None) -> str:
    if value is None:
        return say("Uden dato", "Undated")
    return day_text(date.fromisoformat(value[:10]) if isinstance(value, str) else value)


def _last_day(ends: datetime) -> str:
    """The last day before an exclusive end."""
    return day_text(copenhagen_day(ends - timedelta(microseconds=1)))


def _moment(value: datetime | str) -> str:
    return moment_text(datetime.fromisoformat(value) if isinstance(value, str) else value)


def _clock(value: datetime | str) -> str:
    """A time of day: kl. 8.12."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = found.astimezone(COPENHAGEN)
    return say(f"kl. {local.hour}.{local:%M}", f"{local:%H:%M}")


Ids = dict[UUID, str]
