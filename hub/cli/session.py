"""An open hub for one command: who acts, who reads, and what the words on the command line stand for."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from hub.aggregates import Actor, Text, Window
from hub.application.access import Reader
from hub.bootstrap import Wired, open_hub
from hub.clock import COPENHAGEN, Clock, end_of_day, start_of_day
from hub.config import Settings
from hub.desk.desk import NOBODY, Desk, Organisations
from hub.desk.saying import as_uuid
from hub.errors import AccessDenied, BadInput, Misconfigured, NotFound, NotPermitted
from hub.postgres import DatabaseFailure
from hub.projections.base import checkpoints, live_generation
from hub.relay.progress import lag as events_behind
from hub.texts import DENIAL, SECTORS, say
from hub.vault import Person
from hub.vocabulary import Role

CITIZEN: Final = ("citizen", "borger", "borgeren")
OPERATOR: Final = ("operator", "drift")
AUDITOR: Final = ("auditor", "revisor")

clock: Clock | None = None
"""The clock of every session; None is the machine's own. Set by the demonstration and by tests."""

_TELLS: Final[ContextVar[bool]] = ContextVar("tells", default=True)
"""Whether whoever acts may be told a position: it counts what everybody records, so nobody at a partner may."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST, _LATEST = 1850, 2300
_ATTEMPTS: Final = 6
_OVERTAKEN: Final = "XX000"
"""PostgreSQL's "tuple concurrently updated"."""


class Session(Desk):
    """What a command is given."""

    def __init__(self, wired: Wired) -> None:
        organisations = Organisations(wired.hub)
        demo = wired.settings.demo
        super().__init__(wired.hub, wired.access, wired.overview, wired.due, organisations, demo=demo)
        self.wired = wired

    # Who.

    def actor(self, who: str) -> Actor:
        """Who acts: the citizen, or a registered person."""
        _TELLS.set(who in CITIZEN)
        if who in CITIZEN:
            return Actor(Role.CITIZEN)
        if who in OPERATOR or who in AUDITOR:
            raise NotPermitted(
                say(
                    "Drift og revision skriver ikke på borgere: brug --as med en registreret person eller citizen.",
                    "Operators and auditors write nothing: use --as with a registered person, or citizen.",
                )
            )
        actor = self.hub.actor(self.person(who))
        self.acting = actor.partner
        return actor

    def registrar(self, who: str) -> Actor:
        """Who registers partners: the operator, or a person (the aggregate judges of which sector)."""
        _TELLS.set(who in OPERATOR)
        return Actor(Role.HUB) if who in OPERATOR else self.actor(who)

    def reader(self, who: str) -> Reader:
        """Who reads."""
        if who in CITIZEN:
            return Reader.citizen()
        if who in OPERATOR:
            return Reader.operator()
        if who in AUDITOR:
            return Reader.auditor()
        return Reader.of(self.person(who))

    def person(self, who: str) -> Person:
        """A registered person, by short name or id."""
        identity = as_uuid(who)
        if identity is None:
            return self.wired.vault.person(who.strip().lower())
        found = self.wired.vault.persons([identity]).get(identity)
        if found is None:
            raise NotFound("No such person is registered: see hub partner list, or register one.")
        return found

    def staff(self, who: str) -> tuple[UUID, UUID]:
        """Somebody who works at a partner: the person's id, and the partner's."""
        found = self.person(who)
        if found.partner is None:
            raise BadInput(
                say(
                    "Personen arbejder ikke i en organisation: vælg en, der gør (hub partner list).",
                    "The person works at no partner: choose somebody who does (hub partner list).",
                )
            )
        return found.id, found.partner

    # Whom and what.

    def citizen(self, text: str) -> UUID:
        """A citizen by reference; in the demonstration also by invented name."""
        identity = as_uuid(text)
        if identity is not None:
            return identity
        if not self.wired.settings.demo:
            raise BadInput(
                say(
                    "CITIZEN er en borgers reference (uuid), som hub citizen enrol svarer med.",
                    "CITIZEN is a citizen's reference (a uuid), as hub citizen enrol answers it.",
                )
            )
        found = self.wired.vault.citizens_by_name(text)
        if len(found) > 1:
            raise BadInput(
                say(
                    "Flere opdigtede borgere har det navn: brug referencen.",
                    "Several invented citizens have that name: use the reference.",
                )
            )
        return found[0] if found else NOBODY

    def partner(self, text: str, what: str = "PARTNER") -> UUID:
        """An organisation by id, or by enough of its name or sector to mean one only."""
        known, identity = self.partners(), as_uuid(text)
        if identity is not None:
            if identity not in known:
                raise NotFound("No such partner is registered: hub partner list shows them.")
            return identity
        wanted = slug(text)
        exact = [i for i, (name, _) in known.items() if slug(name) == wanted]
        sector = [i for i, (_, kind) in known.items() if wanted in {slug(kind), *map(slug, SECTORS[kind])}]
        part = [i for i, (name, _) in known.items() if wanted and wanted in slug(name)]
        for found in (exact, sector, part):
            if len(found) == 1:
                return found[0]
        if exact or sector or part:
            raise BadInput(
                say(
                    f"{what}: flere organisationer passer. Skriv mere af navnet (hub partner list).",
                    f"{what}: several organisations match. Write more of the name (hub partner list).",
                )
            )
        raise NotFound(
            say(
                f"{what}: ingen registreret organisation hedder sådan. hub partner list viser dem.",
                f"{what}: no registered organisation is called that. hub partner list shows them.",
            )
        )

    def resolved(self, citizen: UUID, text: str, field: str | None = None) -> UUID:
        """What an id means: itself, or, for an event's reference, the thing that the event is about."""
        return self.resolve(citizen, needed_uuid(text, (field or "ID").upper()), field)

    def event(self, citizen: UUID, text: str, what: str) -> UUID:
        """The event that a reference stands for, as its reader was given it."""
        return self.event_of(citizen, needed_uuid(text, what))

    def name_of(self, citizen: UUID) -> str | None:
        """On the command line only invented people have names."""
        return super().name_of(citizen) if self.demo else None

    # How far.

    def lag(self, view: str) -> int:
        """How many events a read model has not taken in yet."""
        head = self.hub.log.head()[0]
        with self.wired.database.connection() as connection:
            positions = checkpoints(connection, live_generation(connection, view))
            if (
                self.wired.settings.kafka_bootstrap is not None
            ):  # a partition where nothing happens is not behind
                return events_behind(connection, positions, head)
        return max(0, head - min(positions.values(), default=0))


_SHARED: Final[ContextVar[Session | None]] = ContextVar("shared", default=None)
"""The session that a preview has open: the command that it tries runs in it."""


@contextmanager
def shared(opened: Session) -> Iterator[None]:
    """Let the commands inside use a session that is open already."""
    token = _SHARED.set(opened)
    try:
        yield
    finally:
        _SHARED.reset(token)


@contextmanager
def session(*, create: bool = False) -> Iterator[Session]:
    """Open the hub that the settings describe; only `hub init` (and the demonstration) makes one."""
    if (opened := _SHARED.get()) is not None:
        yield opened
        return
    settings = settings_now()
    create = create or settings.demo
    if not create and settings.database_url is None and not (settings.home / "postgres").exists():
        raise Misconfigured(
            say(
                f"Der er ingen hub i {settings.home}: kør hub init, eller ret HUB_HOME.",
                f"There is no hub in {settings.home}: run hub init, or set HUB_HOME right.",
            )
        )
    with ExitStack() as stack:
        yield Session(_opened(stack, settings, create=create))


def _opened(stack: ExitStack, settings: Settings, *, create: bool) -> Wired:
    """Open the hub; several processes that prepare the same database at once may trip over each other: again, then."""
    for attempt in range(_ATTEMPTS):
        try:
            return stack.enter_context(open_hub(settings, clock=clock, create=create))
        except DatabaseFailure as error:
            if error.sqlstate != _OVERTAKEN or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def settings_now() -> Settings:
    """The settings as the environment says; what is wrong is named, its value is not."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = ", ".join(sorted({f"HUB_{str(one['loc'][0]).upper()}" for one in error.errors()}))
        raise Misconfigured(
            say(f"{wrong} kan ikke læses: ret værdien.", f"{wrong} cannot be read: set it right.")
        ) from None


def sees_positions() -> bool:
    """Whether whoever acts may be told a position in the log."""
    return _TELLS.get()


def denied() -> AccessDenied:
    """The one uniform denial."""
    return AccessDenied(DENIAL[1])


def slug(name: str) -> str:
    """A name as people type it: small letters, words joined."""
    folded = name.casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


def needed_uuid(text: str, what: str) -> UUID:
    """An id; refused where it is none."""
    found = as_uuid(text)
    if found is None:
        raise BadInput(
            say(
                f"{what} er ingen reference: skriv den uuid, som kommandoen svarede med.",
                f"{what} is no reference: write the uuid that the command answered.",
            )
        )
    return found


# Days and times.


def day(text: str, what: str) -> date:
    """A day, written 2026-03-01."""
    try:
        found = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        raise BadInput(
            say(
                f"{what} er ingen dato: skriv den som 2026-03-01.",
                f"{what} is no date: write it as 2026-03-01.",
            )
        )
    return found


def last_moment(text: str | None, what: str = "--until") -> datetime | None:
    """The end of something that holds until and including a day."""
    return None if text is None else end_of_day(day(text, what))


def moment(text: str, what: str) -> datetime:
    """A day (from its beginning) or a moment: 2026-03-01, 2026-03-01 10:00; in Denmark unless it says otherwise."""
    if _DAY.fullmatch(text.strip()):
        return start_of_day(day(text, what))
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        raise BadInput(
            say(
                f"{what} er intet tidspunkt: skriv det som 2026-03-01 10:00.",
                f"{what} is no time: write it as 2026-03-01 10:00.",
            )
        )
    return (found if found.tzinfo else found.replace(tzinfo=COPENHAGEN)).astimezone(UTC)


def window(begins: str | None, ends: str | None, *, undated: bool, what: str = "--") -> Window | None:
    """Which past a consent opens; both days are included. Without any of it: only what comes from now on."""
    if begins is None and ends is None and not undated:
        return None
    if begins is None:
        raise BadInput(
            say(
                f"{what}from mangler: sig, hvornår perioden begynder.",
                f"{what}from is missing: say when the period begins.",
            )
        )
    return Window(start_of_day(day(begins, f"{what}from")), last_moment(ends, f"{what}to"), undated)


# Free text.


def written(text: str | None, labels: list[str] | None, *otherwise: str) -> Text | None:
    """Free text with the labels chosen for it; `-` reads it from standard input, past the shell's history."""
    if text is None:
        return None
    return Text.of(sys.stdin.read().rstrip("\n") if text == "-" else text, *(labels or otherwise))


def needed(text: str, labels: list[str] | None) -> Text:
    """Free text that must be there."""
    found = written(text, labels)
    if found is None:
        raise BadInput("The text is empty: write something.")
    return found
