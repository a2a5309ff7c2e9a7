"""The copy itself: one SQLite file.

- All that one poll brings, and how far the topic is read, go into the file in one transaction: a process that is
  killed anywhere goes on where the file says, and nothing is lost or doubled.
- What was withdrawn, or is past its `valid_until`, leaves the file's bytes, also while the broker is away.
- A copy that may have missed a withdrawal (away longer than the topic keeps them, another topic under the same name,
  an offset that is no longer there) is gathered anew from the start, beside the old one, and takes its place when it
  has reached the end.

One process keeps a copy in step. Others that only read it open a `Client` of their own on the same file.
"""

import fcntl
import json
import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from .broker import Access, BrokerAway, ClientError, Connection, OutOfRange, send, sentences
from .wire import SCHEMAS, Aside, Foreign, Notice, Record, Wire

_SQL: Final = dict(
    re.findall(
        r"-- name: (\w+)\n(.*?)(?=\n-- name: |\Z)",
        Path(__file__).with_suffix(".sql").read_text("utf-8"),
        re.DOTALL,
    )
)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_PAUSE: Final = 30.0
"""Seconds at most between two attempts to reach a broker."""
_PRAGMAS: Final = ("secure_delete=ON", "journal_mode=DELETE", "synchronous=EXTRA", "temp_store=MEMORY")
"""Deleted bytes are overwritten, and no journal is left behind that still has them."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _State:
    topic: str
    topic_id: str | None
    generation: int
    building: int | None
    place: int | None
    in_step: float


class Client:
    """A local copy of what the hub lets you see, kept in step in one SQLite file."""

    def __init__(
        self,
        access: Access,
        file: Path | str,
        *,
        name: str = "main",
        schemas: Path = SCHEMAS,
        kept: timedelta = timedelta(days=30),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`kept` is how long the topic keeps withdrawals; `name` tells two copies of one partner apart."""
        try:
            UUID(access.partner)
        except ValueError:
            raise ClientError("The partner's id is a UUID: take it from where you were registered.") from None
        self.access = access
        self._file, self._name, self._kept, self._clock = Path(file), name, kept, clock
        self._wire = Wire(schemas)
        self._kafka: Connection | None = None
        self._lock: int | None = None
        self._reached = False
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        self._file.touch(mode=0o600)
        self._file.chmod(0o600)
        db = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        db.row_factory = sqlite3.Row
        try:
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            db.executescript(_SQL["tables"])
            db.execute(_SQL["state_begin"], {"topic": self.access.topic, "now": self._clock()})
            ours = db.execute(_SQL["state"]).fetchone()["topic"] == self.access.topic
        except sqlite3.DatabaseError:
            ours = False
        if not ours:
            db.close()
            raise ClientError(f"{self._file} is no copy of {self.access.topic}: name another file.")
        return db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and let another process keep the copy."""
        self._hang_up()
        self._db.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # What is in the copy: no broker is needed.

    def records(self, citizen: str | None = None) -> list[Record]:
        """What you may see now: of one citizen, by your own reference, or of all."""
        self.expire()
        names = {each.name for each in fields(Record)}
        found = self._db.execute(_SQL["records"], {"citizen": citizen, "now": self._now()}).fetchall()
        return [
            Record(
                key=row["key"],
                sequence=row["sequence"],
                valid_until=_moment(row["valid_until"]),
                **{name: value for name, value in json.loads(row["body"]).items() if name in names},
            )
            for row in found
        ]

    def notices(self) -> list[Notice]:
        """What you are to do, and have not confirmed."""
        return [_notice(row) for row in self._db.execute(_SQL["notices"]).fetchall()]

    def aside(self) -> list[Aside]:
        """What could not be read. None of it is in the copy, nor what it would have replaced."""
        return [Aside(*row) for row in self._db.execute(_SQL["asides"]).fetchall()]

    @property
    def in_step(self) -> datetime | None:
        """When the copy last had all that was on the topic; None while it is gathered from the start."""
        state = self._state()
        return None if state.building else datetime.fromtimestamp(state.in_step, UTC)

    def expire(self) -> None:
        """Delete what is past its `valid_until`. All else here does so too; call it where nothing else runs."""
        self._db.execute(_SQL["record_expired"], {"now": self._now()})

    # Keeping it in step.

    def follow(self, stop: Event | None = None) -> None:
        """Keep the copy in step until told to stop. A broker that is away is said once, and waited for."""
        stop, pause, away = stop or Event(), 0.5, False
        while not stop.is_set():
            try:
                self.step()
            except BrokerAway as error:
                if not away:
                    _log.warning("%s The copy waits for it.", error)
                away = True
                stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if away:
                    _log.info("The broker answers again.")
                away, pause = False, 0.5

    def catch_up(self) -> None:
        """Read to the end of the topic as it is now."""
        self._reached = False
        if self._kafka is not None:
            self._kafka.look_again()
        while not self._reached:
            self.step(0.1)

    def step(self, patience: float = 1.0) -> int:
        """Take in the next records, waiting for some at most `patience` seconds; returns how many came."""
        self.expire()
        with self._talking() as kafka:
            state = self._state()
            looked = kafka.look(state.place)
            why = ""
            if state.topic_id not in {None, kafka.topic_id}:
                why = "the topic was made anew"
            elif looked and state.place is not None and state.place > kafka.end:
                why = "the topic ends before the place it was read to"
            elif self._clock() - state.in_step >= self._kept.total_seconds():
                why = "withdrawals may have been missed"
            if why:
                state = self._begin_again(state, why)
            try:
                found, place = kafka.poll(state.place, patience)
            except OutOfRange:
                self._begin_again(state, "the place it was read to is no longer there")
                return 0
        self._apply(state, kafka, found, place)
        return len(found)

    def rebuild(self) -> None:
        """Gather the copy anew from the start, from the next step on: after new schemas, or when in doubt."""
        self._keep_alone()
        self._begin_again(self._state(), "it was asked for")

    def _begin_again(self, state: _State, why: str) -> _State:
        _log.warning("The copy of %s is gathered anew from the start: %s.", self.access.topic, why)
        with self._transaction():
            self._only(state.generation)  # what an earlier gathering left half done
            state.building = max(state.generation, state.building or 0) + 1
            state.place, state.in_step = None, self._clock()
            if self._kafka is not None:
                state.topic_id = self._kafka.topic_id
                self._kafka.look_again()  # the end to reach is the end from now on
            self._db.execute(_SQL["state_keep"], asdict(state))
        return state

    def _apply(self, state: _State, kafka: Connection, found: list[Any], place: int) -> None:
        with self._transaction():
            for record in found:
                self._take(record, state.building or state.generation)
            state.place, state.topic_id = place, kafka.topic_id
            self._reached = place >= kafka.end
            if self._reached:
                state.in_step = kafka.asked
                if state.building:
                    state.generation, state.building = state.building, None
                    self._only(state.generation)
            self._db.execute(_SQL["confirmed_gone"])
            self._db.execute(_SQL["state_keep"], asdict(state))

    def _only(self, generation: int) -> None:
        for table in ("record_others", "notice_others", "aside_others"):
            self._db.execute(_SQL[table], {"generation": generation})

    def _take(self, record: Any, generation: int) -> None:
        """Take in one record. Whatever it is, nothing older under its key stays, in no generation."""
        key = None
        try:
            key = (record.key or b"\xff").decode("ascii")
            if key == "tick":
                return
            for table in ("record_older", "notice_older", "aside_older"):
                self._db.execute(_SQL[table], {"key": key, "place": record.offset})
            if record.value is not None:
                shape, body = self._wire.read(record.value)
                self._put(
                    shape, key, body, {"generation": generation, "key": key, "place": record.offset}, record
                )
        except (Foreign, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, Foreign) else "it has no key in ASCII"
            _log.warning("Offset %d of %s is left aside: %s.", record.offset, self.access.topic, reason)
            where = {"generation": generation, "key": key, "place": record.offset}
            self._db.execute(_SQL["aside_put"], {**where, "reason": reason})

    def _put(self, shape: str, key: str, body: dict[str, Any], where: dict[str, Any], record: Any) -> None:
        if shape == "topic.notice" and key == f"notice/{body['notice']}":
            self._db.execute(_SQL["notice_put"], {**where, "body": json.dumps(body)})
        elif shape == "topic.record" and not key.startswith("notice/"):
            until = body.pop("valid_until")
            told = next((value for name, value in record.headers if name == "sequence"), None) or b""
            row = {
                "sequence": int(told) if re.fullmatch(rb"\d{1,18}", told) else None,
                "citizen": body["citizen"],
                "valid_until": None if until is None else (until - _BEGINNING) // timedelta(microseconds=1),
                "body": json.dumps(body, ensure_ascii=False),
            }
            self._db.execute(_SQL["record_put"], {**where, **row})
        else:
            raise Foreign(f"a {shape} does not belong under its key")

    # Confirming.

    def confirm(self, notice: Notice | str) -> None:
        """Tell the hub that you have deleted what a notice names; sent again, it is the same message.

        Refused while a record that the notice names is still in the copy. Delete your own copies first.
        """
        name = notice if isinstance(notice, str) else notice.notice
        key = f"notice/{name}"
        row = self._db.execute(_SQL["notice"], {"key": key}).fetchone()
        if row is None:
            raise ClientError(
                f"There is no notice {name} in the copy: it is settled, or catch_up() has not run yet."
            )
        asked = _notice(row)
        if asked.kind != "access_ended":
            raise ClientError(
                f"The notice {name} is of the kind {asked.kind}, which no purge settles: ask the hub."
            )
        left = {"keys": json.dumps(asked.records), "place": row["place"]}
        if self._db.execute(_SQL["still_there"], left).fetchone()[0]:
            raise ClientError(
                f"Records of the notice {name} are still in the copy: run catch_up(), then confirm."
            )
        self._db.execute(_SQL["confirm"], {"key": key, "now": self._now()})
        at = self._db.execute(_SQL["confirmed"], {"key": key}).fetchone()["at"]
        message = str(uuid5(NAMESPACE_URL, f"{self.access.inbox}/{name}"))
        body = {"message": message, "notice": name, "confirmed_at": _moment(at)}
        send(self.access, message, self._wire.write("inbox.purge_confirmed.v1", body))
        self._db.execute(_SQL["confirm_sent"], {"key": key})

    # The file, and the connection.

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)

    def _state(self) -> _State:
        return _State(*self._db.execute(_SQL["state"]).fetchone())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _talking(self) -> Iterator[Connection]:
        """The connection, made when there is none, and ended when it fails."""
        try:
            with sentences(self.access):
                if self._kafka is None:
                    self._keep_alone()
                    self._kafka = Connection(self.access, self._name, self._clock)
                yield self._kafka
        except ClientError:
            self._hang_up()
            raise

    def _keep_alone(self) -> None:
        if self._lock is not None:
            return
        lock = os.open(
            self._file.with_name(f"{self._file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ClientError(
                f"Another process keeps {self._file} in step: end it, or name another file."
            ) from None
        self._lock = lock

    def _hang_up(self) -> None:
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            with suppress(BrokerAway), sentences(self.access):  # it may be gone already
                kafka.close()


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _BEGINNING + timedelta(microseconds=microseconds)


def _notice(row: sqlite3.Row) -> Notice:
    body = json.loads(row["body"])
    return Notice(**{each.name: body[each.name] for each in fields(Notice)})
