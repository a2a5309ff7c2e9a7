"""What partners' systems send in, on a topic each that it alone may write to; the hub decides what comes of it.

Each message is kept as it came, with its outcome. The outcome, what follows from it and the place to read on from are
one transaction, so a crash leaves the message to be taken anew; the command's id is made from the partner and the
message's id, so that what was recorded before the crash is not recorded again. Whatever a message holds, it stops
nothing else.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from psycopg import Connection

from hub.aggregates import Actor
from hub.application.commands.consents import confirm_purge
from hub.application.hub import Hub
from hub.closing import Closing
from hub.consumers.messages import Message, RefusedMessage, Why, read_message
from hub.errors import BadInput, BrokerUnavailable, Conflict, HubError, NotPermitted, Unreadable, WrongStatus
from hub.kafka.connection import Cluster
from hub.kafka.inboxes import Inboxes
from hub.kafka.reader import Raw
from hub.logs import logger
from hub.postgres import sql_blocks, without_data
from hub.projections.base import SQL as VIEW
from hub.vocabulary import Role

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
LOCK: Final = "inbox"
LOOK: Final = 2.0
"""Seconds between looks at which inboxes there are."""
BATCH: Final = 200
_COMMANDS: Final = UUID("6f0e4a86-5d0a-5c1e-9f64-2f6a5b1c7d3e")
_log = logger()


class Outcome(NamedTuple):
    """What came of a message, and what is settled by it: a notice, at a position."""

    outcome: str
    reason: Why | None = None
    settled: tuple[UUID, int] | None = None


class Inbox(Closing):
    """Reads every partner's inbox. One process at a time."""

    def __init__(self, hub: Hub, cluster: Cluster) -> None:
        self._hub = hub
        self._database = hub.database
        self._cluster = cluster
        self._schemas = hub.store.sealer.schemas
        self._stack = ExitStack()
        self._lock: Connection | None = None
        self._inboxes: Inboxes | None = None
        self._looked = float("-inf")
        self._missing: frozenset[UUID] = frozenset()
        self._places: dict[UUID, tuple[str, int]] = {}
        """The stream and the offset that each inbox is handled up to, as the database has it."""
        self._fresh = True

    # Beginning.

    def open(self) -> None:
        """Be elected, and see which inboxes there are. Raises Conflict while another is at work."""
        if self._lock is None:
            self._elect()
        if self._inboxes is None:
            self._inboxes, self._fresh = Inboxes(self._cluster), True
            self._looked = float("-inf")
        if time.monotonic() - self._looked >= LOOK:
            self._look(self._inboxes)

    def _elect(self) -> None:
        with ExitStack() as stack, without_data():
            connection = stack.enter_context(self._database.dedicated())
            row = connection.execute(SQL["try_lock"], (LOCK,)).fetchone()
            if row is None or not row[0]:
                raise Conflict("Another process reads the inboxes: this one waits for its turn.")
            self._stack = stack.pop_all()
        self._lock = connection

    def _look(self, inboxes: Inboxes) -> None:
        """New partners' inboxes are read from now on; one that is not there is told once."""
        self._still_elected()
        with self._database.connection() as connection:
            partners = {row[0] for row in connection.execute(SQL["inboxes"]).fetchall()}
        self._fresh |= inboxes.look(partners)
        missing = frozenset(partners - inboxes.streams.keys())
        for partner in sorted(missing - self._missing):
            topic = self._cluster.inbox(partner)
            _log.warning("an inbox is not there and is waited for", topic=topic)
            self._note(f"The topic {topic} is not there: run `hub kafka apply`; it is waited for.")
        self._missing = missing
        self._looked = time.monotonic()

    def _still_elected(self) -> None:
        """The lock is the session's: when that is gone, so is the lock."""
        if self._lock is None:
            return
        try:
            with without_data():
                self._lock.execute(SQL["alive"])
        except HubError:
            self.close()
            raise

    def _seek(self, inboxes: Inboxes) -> None:
        with self._database.connection() as connection:
            self._places = {row[0]: (row[1], row[2]) for row in connection.execute(SQL["offsets"]).fetchall()}
        inboxes.seek(
            {
                partner: place[1]
                for partner, stream in inboxes.streams.items()
                if (place := self._places.get(partner)) is not None and place[0] == stream
            }
        )
        self._fresh = False

    # Going on.

    def step(self, patience: float = 0.0) -> int:
        """Handle what has come in, a batch at most; how many messages."""
        self.open()
        inboxes = self._inboxes
        if inboxes is None:
            return 0
        try:
            if self._fresh:
                self._seek(inboxes)
            found = inboxes.poll(BATCH, patience)
            for partner, raw in found:
                self._take(partner, inboxes.streams[partner], raw)
        except BaseException as error:
            self._fresh = True  # the database knows how far it came: seek back to there
            if isinstance(error, BrokerUnavailable):
                self._hang_up()
            raise
        return len(found)

    def catch_up(self) -> int:
        """Handle everything there is now; how many messages."""
        self._looked = float("-inf")
        total = 0
        while True:
            done = self.step()
            total += done
            if not done and not (self._inboxes is not None and self._inboxes.behind()):
                return total

    def run(self, stop: Callable[[], bool], patience: float = 1.0) -> None:
        """Read until told to stop. What the broker or the database refuses for now is said once, and tried again."""
        wait, away = 0.1, ""
        while not stop():
            try:
                done = self.step(patience)
                if away:
                    _log.info("the inboxes are read again", consumer=LOCK)
                wait, away = 0.1, ""
                if not done and self._inboxes is not None and not self._inboxes.streams:
                    time.sleep(min(patience, LOOK))
            except HubError as error:
                if str(error) != away:
                    away = str(error)
                    _log.warning("the inboxes wait", consumer=LOCK, reason=away)
                    self._note(away)
                time.sleep(wait)
                wait = min(wait * 2, 2.0)

    def _note(self, what: str) -> None:
        try:
            with self._database.connection() as connection:
                connection.execute(VIEW["note_error"], (LOCK, what))
        except HubError:
            return  # the database is what failed; the log line tells

    # One message.

    def _take(self, partner: UUID, stream: str, raw: Raw) -> None:
        """Decide on a message; keep it, what came of it and the place behind it, all at once."""
        message, came = self._judge(partner, raw)
        was, behind = self._places.get(partner), raw.offset + 1
        place = {"partner": partner, "stream": stream, "next": behind}
        if was is not None:
            place |= {"was_stream": was[0], "was_next": was[1]}
        kept = (
            *(stream, raw.offset, partner),
            *((None, None) if message is None else (message.id, message.type)),
            *(raw.key, raw.value, came.outcome, came.reason),
        )
        with self._database.transaction() as connection:
            block = "first_offset" if was is None else "move_offset"
            if connection.execute(SQL[block], place).fetchone() is None:
                raise Conflict("Another process has read the inboxes meanwhile: this one goes on from there.")
            connection.execute(SQL["keep_message"], kept)
            if came.settled is not None:
                connection.execute(SQL["settle"], came.settled)
                connection.execute(SQL["notify"])
        self._places[partner] = (stream, behind)
        if came.reason is not None:
            _log.warning("a message was refused", partner=partner, reason=came.reason, offset=raw.offset)

    def _judge(self, partner: UUID, raw: Raw) -> tuple[Message | None, Outcome]:
        """The message, as far as there is one, and what comes of it."""
        message = None
        try:
            message = read_message(self._schemas, raw.key, raw.value)
            return message, self._carry_out(partner, message)
        except RefusedMessage as refused:
            why = Why.SUSPENDED if self._shut_out(partner) else refused.why
            return message, Outcome("refused", why)

    def _shut_out(self, partner: UUID) -> bool:
        facts = self._hub.partners().get(partner)
        return facts is None or facts.suspended

    def _carry_out(self, partner: UUID, message: Message) -> Outcome:
        """Do what a message says, unless that is done; raises RefusedMessage."""
        if self._shut_out(partner):
            raise RefusedMessage(Why.SUSPENDED)
        with self._database.connection() as connection:
            asked = connection.execute(SQL["asked"], (message.notice, partner)).fetchone()
        if message.notice is None or asked is None:
            raise RefusedMessage(Why.NOTICE)
        citizen, records, confirmed = asked
        if confirmed:
            return Outcome("repeated")
        try:
            answer = confirm_purge(
                self._hub,
                Actor(Role.PARTNER, partner),
                citizen,
                partner,
                notice=message.notice,
                records=records,
                command_id=uuid5(_COMMANDS, f"{partner}/{message.id}"),
                occurred_at=min(message.confirmed_at, self._hub.clock()),
            )
        except (
            WrongStatus
        ):  # recorded for another message whose outcome was lost: what is left is to settle it
            return Outcome("repeated", None, (message.notice, self._hub.log.head()[0]))
        except (NotPermitted, BadInput, Unreadable) as error:
            raise RefusedMessage(_WHY[type(error)]) from None
        if answer.ids.get("notice") != str(message.notice):
            raise RefusedMessage(Why.REUSED)
        return Outcome("accepted", None, (message.notice, answer.position))

    def close(self) -> None:
        """Let go of the broker first, then of the lock."""
        self._hang_up()
        self._lock = None
        self._stack.close()

    def _hang_up(self) -> None:
        inboxes, self._inboxes = self._inboxes, None
        if inboxes is not None:
            inboxes.close()


_WHY: Final[dict[type[HubError], Why]] = {
    NotPermitted: Why.SUSPENDED,
    BadInput: Why.TIME,
    Unreadable: Why.UNREADABLE,
}
