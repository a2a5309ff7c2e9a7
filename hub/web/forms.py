"""What a form sent: read with limits, checked field by field, and never lost when something is wrong."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from hub.aggregates import Text
from hub.clock import COPENHAGEN
from hub.desk.saying import as_uuid
from hub.errors import BadInput, Refused
from hub.refusals import told
from hub.texts import say
from hub.vocabulary import Category

CATEGORIES: Final = frozenset(str(one) for one in Category)
LONGEST: Final = 20_000
"""Characters in a free text: some eight pages."""
_LONGEST_FIELD: Final = 2 * 1024 * 1024
_MOST_FIELDS: Final = 500


class Posted:
    """A form as it was sent. What is wrong is noted by field, and the form shown again with all that was written."""

    def __init__(self, data: FormData) -> None:
        self.fields: list[tuple[str, str]] = [
            (name, value.replace("\r\n", "\n"))
            for name, value in data.multi_items()
            if isinstance(value, str)
        ]
        self.uploads = {name: value for name, value in data.multi_items() if isinstance(value, UploadFile)}
        self.errors: dict[str, str] = {}

    # As it was written.

    def get(self, name: str) -> str:
        """A field as it was sent; nothing where it was not."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of a field that may come several times."""
        return [value for key, value in self.fields if key == name]

    @property
    def csrf(self) -> str:
        """What vouches for the form."""
        return self.get("csrf")

    @property
    def command_id(self) -> UUID:
        """The id of this command: sent again, it is the same command."""
        return as_uuid(self.get("command_id")) or uuid4()

    # As it is meant.

    def wrong(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.errors.setdefault(name, message)

    def line(self, name: str, *, needed: str | None = None) -> str | None:
        """One line of text; `needed` says what to write where there is none."""
        found = self.get(name).strip()
        if not found and needed is not None:
            self.wrong(name, needed)
        if len(found) > LONGEST:
            self.wrong(
                name,
                say(
                    f"Teksten er for lang: højst {LONGEST} tegn.",
                    f"The text is too long: {LONGEST} characters at most.",
                ),
            )
            return None
        return found or None

    def text(self, name: str, *, needed: str | None = None, labels: Iterable[str] = ()) -> Text | None:
        """Free text with its labels: those chosen beside it (`<name>_label`), otherwise these."""
        found = self.line(name, needed=needed)
        chosen = [one for one in self.all(f"{name}_label") if one in CATEGORIES] or list(labels)
        if found is not None and not chosen:
            self.wrong(
                f"{name}_label",
                say("Vælg, hvad teksten handler om.", "Choose what the text is about."),
            )
            return None
        try:
            return None if found is None or name in self.errors else Text.of(found, *chosen)
        except Refused as refused:
            self.wrong(name, told(refused, for_pages=True))
            return None

    def choice(self, name: str, choices: Iterable[str], *, needed: str | None = None) -> str | None:
        """One of these words."""
        found = self.get(name)
        if found in set(choices):
            return found
        if found or needed is not None:
            self.wrong(name, needed or say("Vælg et af svarene.", "Choose one of the answers."))
        return None

    def choices(self, name: str, choices: Iterable[str], *, needed: str | None = None) -> list[str]:
        """Some of these words."""
        known = set(choices)
        found = [one for one in self.all(name) if one in known]
        if not found and needed is not None:
            self.wrong(name, needed)
        return found

    def identity(self, name: str, *, needed: str | None = None) -> UUID | None:
        """An id out of a list of choices."""
        found = as_uuid(self.get(name))
        if found is None and (needed is not None or self.get(name)):
            self.wrong(name, needed or say("Vælg en fra listen.", "Choose one from the list."))
        return found

    def day(self, name: str, *, needed: str | None = None) -> date | None:
        """A day, as the browser's calendar sends it, or 3.12.2026."""
        found = self.get(name).strip()
        if not found:
            if needed is not None:
                self.wrong(name, needed)
            return None
        try:
            return _day_of(found)
        except ValueError:
            self.wrong(
                name,
                say("Skriv datoen som 3.12.2026.", "Write the day as 3.12.2026."),
            )
            return None

    def moment(self, day: str, time: str, *, needed: str | None = None) -> datetime | None:
        """A day and a time of day, in Denmark."""
        on = self.day(day, needed=needed)
        written = self.get(time).strip().replace(".", ":")
        try:
            at = datetime.strptime(written, "%H:%M").time() if written else None  # noqa: DTZ007 - a time of day
        except ValueError:
            at = None
            self.wrong(time, say("Skriv klokkeslættet som 10.30.", "Write the time as 10:30."))
            return None
        if at is None:
            if on is not None:
                self.wrong(time, say("Skriv, hvad klokken er.", "Write what time it is."))
            return None
        return None if on is None else datetime.combine(on, at, COPENHAGEN).astimezone(UTC)

    def yes(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.get(name))

    def check(self) -> None:
        """Go no further where something is wrong."""
        if self.errors:
            raise Incomplete

    def refused(self, error: Exception) -> None:
        """The domain said no: its sentence stands on top of the form."""
        self.wrong("", told(error, for_pages=True))


class Incomplete(BadInput):
    """A field is wrong; what, the form says."""

    def __init__(self) -> None:
        super().__init__(say("Noget mangler i formularen.", "Something is missing in the form."))


def _day_of(text: str) -> date:
    if "." in text or "/" in text:
        day, month, year = (int(part) for part in text.replace("/", ".").split("."))
        return date(year, month, day)
    return date.fromisoformat(text)


async def _posted(request: Request) -> Posted:
    async with request.form(
        max_files=4, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
    ) as data:  # what is larger is refused by the server before
        return Posted(data)


Form = Annotated[Posted, Depends(_posted)]
"""What the page sent."""
