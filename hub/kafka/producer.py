"""Records to Kafka in transactions: all of a batch or nothing, and only by the one who began last.

A fixed transactional id fences zombies (KIP-98): whoever begins under it ends what its forerunner left open, and the
forerunner is refused from then on. Nothing waits in this process for a broker to come back: what was not committed
within `HURRY` is given up, never sent, and taken anew by the next beginner. So a record is never older than that.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from hub.closing import Closing
from hub.errors import BrokerUnavailable
from hub.kafka.connection import PATIENCE, Cluster, opening, refusals

HURRY: Final = 2_000
"""Milliseconds for which records wait for a broker: after that they are never sent."""
_WAIT: Final = HURRY / 1000 + 1
_LINGER: Final = 5
_END: Final = 2.0
"""Seconds for the library's own thread to end; it sends nothing more meanwhile."""
_LARGEST: Final = 4 * 1024 * 1024
"""Bytes: what deploy/kafka/topics.toml lets a record have."""


class Out(NamedTuple):
    """One record that is to be sent."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Transactions(Closing):
    """A producer whose every batch is one transaction. After an error it is closed: begin anew."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._producer: Any = None
        with opening(cluster, "The relay cannot reach Kafka"):
            self._producer = KafkaProducer(
                **cluster.options(),
                transactional_id=name,
                acks="all",
                linger_ms=_LINGER,
                batch_size=256 * 1024,
                max_request_size=_LARGEST,
                max_block_ms=HURRY,
                delivery_timeout_ms=HURRY,
                request_timeout_ms=HURRY - 2 * _LINGER,
                transaction_timeout_ms=4 * PATIENCE,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        self._limited(self._initialize, PATIENCE / 1000)

    def _initialize(self) -> None:
        """Wait on while a broker that has only just started makes its log of transactions."""
        producer, begun = self._producer, time.monotonic()
        while True:
            with suppress(KafkaTimeoutError):  # asked again, the library waits on for the same answer
                producer.init_transactions()
                break
            if time.monotonic() - begun > PATIENCE / 1000:
                raise KafkaTimeoutError

    def begin(self) -> None:
        """Begin a transaction."""
        with self._refusals():
            self._producer.begin_transaction()

    def send(self, records: Sequence[Out]) -> None:
        """Add records to the transaction."""
        with self._refusals():
            send = self._producer.send
            for out in records:
                send(out.topic, out.value, out.key, out.headers, out.partition)

    def flush(self) -> None:
        """Until the broker has everything that was added: so it is there, now."""
        with self._refusals():
            self._producer.flush(_WAIT)

    def commit(self) -> None:
        """Make all of it visible, and order it behind everything before."""
        self._limited(self._producer.commit_transaction, _WAIT)

    def abort(self) -> None:
        """Take back what was added: nobody who reads committed records ever sees it."""
        self._limited(self._producer.abort_transaction, _WAIT)

    def _refusals(self) -> Any:
        return refusals("The relay could not send to Kafka")

    def _limited(self, call: Callable[[], None], seconds: float) -> None:
        """Call what would wait for ever while a broker is away; give up in time, and end the producer."""
        caught: list[BaseException] = []

        def run() -> None:
            try:
                call()
            except BaseException as error:  # noqa: BLE001 - raised again below, in the caller's thread
                caught.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self.close()
            raise BrokerUnavailable("The relay gave a transaction up: the broker does not answer in time.")
        if caught:
            self.close()
            with self._refusals():
                raise caught[0]

    def close(self) -> None:
        """Let go at once; a transaction that is open is never committed."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        sender = producer._sender  # noqa: SLF001 - the library's own `close` flushes first, and gives up when that fails
        if sender is not None:
            sender.force_close()
            sender.join(_END)
        with suppress(KafkaError, OSError, RuntimeError):
            producer.close(timeout=0)


logging.getLogger("kafka").setLevel(logging.CRITICAL)
"""What the library reports is said by us, once and in a sentence."""
