"""Where the broker is, who we are there, and what things are called; and its refusals, each as one sentence."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from kafka import errors

from hub.errors import BrokerUnavailable, HubError, Misconfigured
from hub.kafka.reasons import refused_at_once

BACKOFF: Final = 5
"""Milliseconds between tries. kafka-python's 100 is most of the time that a record takes at 100 a second."""
_RECONNECT: Final = 500
"""At most so many milliseconds between attempts to reach a broker; one missed start costs the library's 30 s."""
_REACH: Final = 2.0
PATIENCE: Final = 8_000
"""Milliseconds until a broker that does not answer is said not to."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka cluster as one user of it sees it."""

    bootstrap: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "SCRAM-SHA-512"
    ca_file: Path | None = None
    prefix: str = "hub"
    replicas: int = 1

    def options(self) -> dict[str, Any]:
        """What every client of kafka-python is given."""
        login = {
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }
        kind = "SASL" if self.user else "PLAINTEXT"
        if self.ca_file is not None:
            kind = "SASL_SSL" if self.user else "SSL"
        elif self.user:
            kind = "SASL_PLAINTEXT"
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": kind,
            "ssl_cafile": None if self.ca_file is None else str(self.ca_file),
            "retry_backoff_ms": BACKOFF,
            "reconnect_backoff_max_ms": _RECONNECT,
            "bootstrap_timeout_ms": PATIENCE,
            **(login if self.user else {}),
        }

    @property
    def events(self) -> str:
        """The topic with every event, by citizen."""
        return f"{self.prefix}.events"

    @property
    def relay(self) -> str:
        """The compacted topic that says how far the relay is, by source; also the relay's transactional id."""
        return f"{self.prefix}.relay"

    def partner(self, partner: UUID) -> str:
        """The topic with what one partner may see now."""
        return f"{self.prefix}.partner.{partner}"

    def inbox(self, partner: UUID) -> str:
        """The topic with what one partner's system sends in."""
        return f"{self.prefix}.inbox.{partner}"

    def partner_user(self, partner: UUID) -> str:
        """A partner's user at the broker."""
        return f"{self.prefix}-partner-{partner}"

    def group(self, name: str) -> str:
        """A consumer group of the hub's own."""
        return f"{self.prefix}.{name}"


@contextmanager
def refusals(doing: str) -> Iterator[None]:
    """Turn what kafka-python raises into one sentence: what was being done, what is wrong, what to do."""
    try:
        yield
    except HubError:
        raise
    except errors.KafkaError as error:
        raise BrokerUnavailable(f"{doing}: {told(error)}") from None
    except (
        OSError,
        RuntimeError,
        AssertionError,
    ) as error:  # what the client raises when its socket or thread ends
        raise BrokerUnavailable(f"{doing}: the connection failed ({type(error).__name__}).") from None


@contextmanager
def opening(cluster: Cluster, doing: str) -> Iterator[None]:
    """While a client is made: a broker that is away, or does not want us, is said at once.

    Asked by hand first: each client of kafka-python that fails to come up leaves a thread and its sockets behind.
    """
    with refusals(doing):
        if not any(_answers(address) for address in cluster.bootstrap.split(",")):
            raise BrokerUnavailable(f"{doing}: {told(errors.KafkaConnectionError())}")
        with refused_at_once():
            yield


def _answers(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH):
            return True
    except OSError:
        return False
    except ValueError:
        raise Misconfigured(
            "HUB_KAFKA_BOOTSTRAP is no address: write host:port, several with commas."
        ) from None


def told(error: Exception) -> str:
    """A broker's refusal in a sentence. Never the library's own words, which may quote what was sent."""
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            return sentence
    return f"Kafka refused ({type(error).__name__}); the broker's own log says why."


_SENTENCES: Final[dict[type[Exception], str]] = {
    errors.SaslAuthenticationFailedError: "user or password is refused: see HUB_KAFKA_USER and its password file.",
    errors.TopicAuthorizationFailedError: "the user may not use the topic: run `hub kafka apply`.",
    errors.GroupAuthorizationFailedError: "the user may not use the group: run `hub kafka apply`.",
    errors.ClusterAuthorizationFailedError: "the user may not do this: run `hub kafka apply`.",
    errors.TransactionalIdAuthorizationFailedError: "the user may not use the transactional id: run `hub kafka apply`.",
    errors.UnknownTopicOrPartitionError: "the topic is not there: run `hub kafka apply`.",
    errors.InvalidReplicationFactorError: "there are fewer brokers than copies: see HUB_KAFKA_REPLICAS.",
    errors.InvalidConfigurationError: "a setting of deploy/kafka/topics.toml is none to this broker: see its version.",
    errors.SecurityDisabledError: "the broker has no authorizer and keeps nobody out: set authorizer.class.name.",
    errors.ProducerFencedError: "another relay has taken over.",
    errors.InvalidProducerEpochError: "another relay has taken over.",
    errors.MessageSizeTooLargeError: "a record is larger than the broker takes: raise its message.max.bytes.",
    errors.KafkaTimeoutError: "the broker does not answer in time: start it, or see HUB_KAFKA_BOOTSTRAP.",
    errors.KafkaConnectionError: "the connection to the broker failed: start it, or see HUB_KAFKA_BOOTSTRAP.",
}
