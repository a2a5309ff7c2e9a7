"""Where a relay goes on: what Kafka has, told by Kafka, and held against the database before anything is sent.

The end that a broker tells just after it came back can be an older one, and so can be what stands last before it. So
the relay first commits a word of its own on `hub.relay` and reads until it sees that: then it has seen all before it.
"""

from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import orjson

from hub.consumers.kafka_source import check_stream
from hub.errors import Misconfigured
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out, Transactions
from hub.kafka.reader import Reader, read_all, read_until
from hub.postgres import Database, sql_blocks
from hub.relay.events import digest_of
from hub.relay.publication import Publication
from hub.store import Log

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
_HERE: Final = b"here"
_RUNBOOK: Final = 'docs/operating.md, "When the database is behind Kafka", says what to do.'
_KEPT: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


class Resume(NamedTuple):
    """How far Kafka has a source: the last position (or number), and a digest of what stands there."""

    position: int = 0
    digest: str = ""

    def out(self, cluster: Cluster, source: str) -> Out:
        """As it lies on `hub.relay`."""
        return Out(cluster.relay, 0, source.encode(), orjson.dumps(self._asdict()), [])


class Beginning:
    """Finds out where to go on, and refuses what cannot be gone on from."""

    def __init__(
        self, database: Database, publication: Publication, cluster: Cluster, partitions: int
    ) -> None:
        self._database = database
        self._publication = publication
        self._cluster = cluster
        self._partitions = partitions
        self._log = Log(database)

    def go_on(self, transactions: Transactions, *, refill: bool) -> tuple[int, int]:
        """The last position of an event, and the last number of a line, that Kafka has. Raises Misconfigured."""
        self._check_settings()
        first = [] if self._begins_anew(refill=refill) is None else [Resume().out(self._cluster, "events")]
        if not first:
            self._held(resumes_of(self._cluster))  # a restored backup is refused before anything is sent
        word = uuid4().hex.encode()
        transactions.begin()
        # the word comes last: what is read up to it has the new beginning in it
        transactions.send([*first, Out(self._cluster.relay, 0, _HERE, word, [])])
        transactions.commit()
        if first and (stream := self._begins_anew(refill=refill)) is not None:
            self._stream(stream, again=True)
        resumes = resumes_of(self._cluster, word)
        if "events" not in resumes and self._filled():
            raise Misconfigured(
                f"{self._cluster.events} holds records, but {self._cluster.relay} does not say how far they go: going "
                "on would double them. Make both topics anew, then run `hub relay --refill`."
            )
        return self._held(resumes)

    def _begins_anew(self, *, refill: bool) -> str | None:
        """Check the topic with all events; which one it is, if it is another than before and is to be filled."""
        reader = Reader(self._cluster, self._cluster.events)
        try:
            known = self._stream(reader.stream, again=False)
            check_stream(reader, self._partitions, None if refill else known)
            if known == reader.stream:
                return None
            if self._filled():
                raise Misconfigured(
                    f"{reader.topic} holds records already, and filling it again would double them: make the topic "
                    "anew, then run `hub relay --refill`."
                )
            return reader.stream
        finally:
            reader.close()

    def _held(self, resumes: dict[str, Resume]) -> tuple[int, int]:
        """What Kafka has, held against the database."""
        events, lines = resumes.get("events", Resume()), resumes.get("partners", Resume())
        _check("events", events, self._log.head()[0], self._event_at(events.position))
        _check("lines to partners", lines, self._publication.last(), self._line_at(lines.position))
        return events.position, lines.position

    def _event_at(self, position: int) -> str:
        found = self._log.after(position - 1, 1) if position else []
        return digest_of(found[0]) if found and found[0].position == position else ""

    def _line_at(self, number: int) -> str:
        line = self._publication.line(number) if number else None
        return "" if line is None else line.digest()

    def _stream(self, stream: str, *, again: bool) -> str:
        with self._database.connection() as connection:
            row = connection.execute(SQL["stream"], {"stream": stream, "again": again}).fetchone()
            if again:
                connection.execute(SQL["forget_partitions"])
        return str(row[0]) if row else stream

    def _filled(self) -> bool:
        """Whether the log holds a record. Its end does not tell: what an aborted transaction left moves it too."""
        with closing(read_all(self._cluster, self._cluster.events)) as records:
            return next(records, None) is not None

    def _check_settings(self) -> None:
        """Refuse topics that would throw away what must stay."""
        cluster = self._cluster
        with Admin(cluster) as admin:
            found = admin.settings([cluster.events, cluster.relay])
        for topic, names in ((cluster.events, _KEPT), (cluster.relay, {"cleanup.policy": "compact"})):
            for name, ought in names.items():
                if topic in found and (there := found[topic].get(name)) != ought:
                    raise Misconfigured(
                        f"The topic {topic} has {name}={there or 'the default'} and must have {ought}, or what must "
                        "stay is thrown away: run `hub kafka apply`."
                    )


def _check(what: str, resume: Resume, last: int, digest: str) -> None:
    if resume.position > last:
        raise Misconfigured(
            f"Kafka has the {what} up to {resume.position}, and the database only up to {last}: it looks "
            f"like a restored backup. Nothing was sent. {_RUNBOOK}"
        )
    if resume.position and resume.digest != digest:
        raise Misconfigured(
            f"Kafka and the database have different {what} at {resume.position} (the database goes up to {last}): "
            f"it looks like a restored backup that went on. Nothing was sent. {_RUNBOOK}"
        )


def resumes_of(cluster: Cluster, word: bytes | None = None) -> dict[str, Resume]:
    """How far Kafka has each source; read until this word of ours is seen, or to where the broker says the end is."""
    found: dict[str, Resume] = {}
    records = (
        read_all(cluster, cluster.relay)
        if word is None
        else read_until(cluster, cluster.relay, lambda raw: raw.value == word)
    )
    for raw in records:
        if raw.key is not None and raw.value is not None and raw.key != _HERE:
            said = orjson.loads(raw.value)
            found[raw.key.decode()] = Resume(int(said["position"]), str(said["digest"]))
    return found
