"""A partner's connection to the hub's Kafka, and each of the broker's refusals as one sentence."""

import math
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition, errors
from kafka.structs import OffsetAndMetadata

_PATIENCE: Final = 8_000
"""Milliseconds until a broker that does not answer is said not to."""
_BATCH: Final = 2_000
_HELLO: Final = struct.pack(">ihhih", 10, 18, 0, 7, -1)
"""Asks a broker which versions it speaks (request 18), which it tells anybody; 7 comes back with the answer."""


class ClientError(Exception):
    """Something that a person is to put right; the message says what is wrong and what to do."""


class BrokerAway(ClientError):
    """The broker does not answer; it is enough to wait. `follow` does."""


OutOfRange: Final = errors.OffsetOutOfRangeError
"""The place to read on from is not on the topic."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the hub's Kafka is, and who you are there: what you were handed when you were registered."""

    bootstrap: str
    partner: str
    password: str = field(repr=False)
    mechanism: str = "SCRAM-SHA-512"
    ca_file: Path | str | None = None
    """The authority that signed the broker's certificate, in PEM; None: those that this machine trusts."""
    tls: bool = True
    prefix: str = "hub"

    @property
    def user(self) -> str:
        """Your user at the broker."""
        return f"{self.prefix}-partner-{self.partner}"

    @property
    def topic(self) -> str:
        """What you may see."""
        return f"{self.prefix}.partner.{self.partner}"

    @property
    def inbox(self) -> str:
        """What you send in."""
        return f"{self.prefix}.inbox.{self.partner}"


def _reach(access: Access) -> dict[str, Any]:
    """What kafka-python is to be given, once a broker answers.

    Asked first, for kafka-python tells a broker that is away, a refused certificate and a refused password alike, as
    a timeout, and leaves a thread behind each time.
    """
    try:
        context = ssl.create_default_context(cafile=access.ca_file) if access.tls else None
        hosts = [address.strip().rpartition(":") for address in access.bootstrap.split(",")]
        addresses = [(host.strip("[]"), int(port)) for host, _, port in hosts]
    except OSError:
        raise ClientError(
            f"{access.ca_file} holds no certificates: name the hub's CA file, in PEM."
        ) from None
    except ValueError:
        raise ClientError(
            f"{access.bootstrap} is no address: write host:port, several with commas."
        ) from None
    for left, (host, port) in enumerate(addresses, start=1 - len(addresses)):
        try:
            with ExitStack() as stack:
                link = stack.enter_context(socket.create_connection((host, port), timeout=_PATIENCE / 1000))
                if context is not None:
                    link = stack.enter_context(context.wrap_socket(link, server_hostname=host))
                link.sendall(_HELLO)
                if stack.enter_context(link.makefile("rb")).read(8)[4:] != b"\0\0\0\7":
                    raise ConnectionResetError
            break
        except OSError as error:
            if not left:
                raise _unreachable(access, error) from None
    return {
        "bootstrap_servers": access.bootstrap.split(","),
        "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
        "ssl_context": context,
        "sasl_mechanism": access.mechanism,
        "sasl_plain_username": access.user,
        "sasl_plain_password": access.password,
        "bootstrap_timeout_ms": _PATIENCE,
        "request_timeout_ms": _PATIENCE,
        "reconnect_backoff_max_ms": 500,
    }


def _unreachable(access: Access, error: OSError) -> ClientError:
    if isinstance(error, ssl.SSLCertVerificationError):
        if "expired" in error.verify_message:
            return ClientError(f"The certificate of {access.bootstrap} has expired: ask the hub to renew it.")
        return ClientError(
            f"The certificate of {access.bootstrap} is not to be trusted ({error.verify_message}): "
            "take the hub's CA file anew, and check the address."
        )
    if isinstance(error, ssl.SSLError | ConnectionResetError):
        return BrokerAway(
            f"What listens at {access.bootstrap} does not answer as Kafka {'with' if access.tls else 'without'} "
            "TLS does: check the port, and `tls`."
        )
    return BrokerAway(f"No broker answers at {access.bootstrap}: it is away, or the address is wrong.")


@contextmanager
def sentences(access: Access) -> Iterator[None]:
    """Turn what kafka-python raises into one sentence, never in its own words, which may quote what was sent."""
    try:
        yield
    except errors.TopicAuthorizationFailedError:
        raise ClientError(
            f"{access.user} may not use {access.topic} or {access.inbox}: check the partner's id; "
            "where it is right, ask the hub whether your access is suspended."
        ) from None
    except errors.GroupAuthorizationFailedError:
        raise ClientError(
            f"{access.user} may not use groups that begin with {access.topic}.: ask the hub to permit it."
        ) from None
    except (errors.KafkaError, OSError, RuntimeError, AssertionError) as error:
        raise BrokerAway(f"The broker at {access.bootstrap} went away ({type(error).__name__}).") from None


def _made(kind: Callable[..., Any], access: Access, **options: Any) -> Any:
    """A client of kafka-python's that has been let in."""
    try:
        return kind(**_reach(access), **options)
    except (errors.KafkaTimeoutError, errors.SaslAuthenticationFailedError):
        _reach(access)  # it went away meanwhile: then that is the sentence
        raise ClientError(
            f"The broker refuses the user {access.user} or its password with {access.mechanism}: "
            "take the newest secret, and the mechanism that was printed with it."
        ) from None


class Connection:
    """One connection, reading the topic from where the caller says."""

    def __init__(self, access: Access, name: str, clock: Callable[[], float]) -> None:
        self._access, self._clock = access, clock
        self._partition = TopicPartition(access.topic, 0)
        self._at: int | None = None
        self._looked = -math.inf
        self._told: int | None = None
        self.topic_id = ""
        self.end: float = math.inf
        self.asked = 0.0
        with ExitStack() as stack:
            self._admin = stack.enter_context(closing(_made(KafkaAdminClient, access)))
            self._consumer = _made(
                KafkaConsumer,
                access,
                group_id=f"{access.topic}.{name}",
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            stack.callback(self._consumer.close, autocommit=False, timeout_ms=1_000)
            self._consumer.assign([self._partition])
            self.close = stack.pop_all().close

    def look_again(self) -> None:
        """What was seen before says nothing of what is asked now."""
        self._looked, self.end = -math.inf, math.inf

    def look(self, place: int | None) -> bool:
        """Once a second: which topic it is and where it ends. Tells the hub how far we are, so that it sees the lag.

        Whether it was time to.
        """
        if time.monotonic() - self._looked < 1:
            return False
        (topic,) = self._admin.describe_topics([self._access.topic])
        may = topic["authorized_operations"]
        if topic["error_code"] == errors.TopicAuthorizationFailedError.errno or (may and "READ" not in may):
            raise errors.TopicAuthorizationFailedError
        if topic["error_code"]:
            raise BrokerAway(f"The topic {self._access.topic} is not there now.")
        self.asked = self._clock()
        self.end = self._consumer.end_offsets([self._partition], timeout_ms=_PATIENCE)[self._partition]
        self.topic_id = str(topic["topic_id"])
        if self._told is None or self._told != place:
            self._told = place or 0
            told = {self._partition: OffsetAndMetadata(self._told, "", -1)}
            self._consumer.commit(told, timeout_ms=_PATIENCE)
        self._looked = time.monotonic()
        return True

    def poll(self, place: int | None, patience: float) -> tuple[list[Any], int]:
        """The next committed records behind a place, and the place behind them."""
        if place is None:
            place = self._consumer.beginning_offsets([self._partition], timeout_ms=_PATIENCE)[self._partition]
        if place != self._at:
            self._consumer.seek(self._partition, place)
        found = self._consumer.poll(timeout_ms=int(patience * 1000), max_records=_BATCH)
        self._at = self._consumer.position(self._partition, timeout_ms=_PATIENCE)
        return found.get(self._partition, []), self._at if self._at is not None else place


def send(access: Access, key: str, value: bytes) -> None:
    """Put a message in the inbox; returns when the broker has it safely."""
    with sentences(access), closing(_made(KafkaProducer, access, acks="all")) as producer:
        producer.send(access.inbox, key=key.encode(), value=value).get(timeout=_PATIENCE / 1000)
