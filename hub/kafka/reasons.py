"""A login that is refused, said at once: kafka-python tells it to its log alone, and tries until the time is over."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kafka import errors

_LOG: Final = logging.getLogger("kafka.net.manager")
_LIBRARY: Final = logging.getLogger("kafka")
_FOR_GOOD: Final = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError)
"""What trying again does not help."""
_CLOSED: Final = "socket disconnected"
"""A broker closes the connection with its refusal, and the library loses every second refusal over that."""
_OFTEN: Final = 6
"""So often in a row, in about two seconds, only a broker that does not want us closes a connection."""


class _Attempt:
    """What is heard while one client is made."""

    def __init__(self) -> None:
        self.closed = 0

    def hear(self, record: logging.LogRecord) -> None:
        """Raise what ended the connection: where that is logged, all is tidied up and the library would try again."""
        if not str(record.msg).startswith("Bootstrap connection") or not isinstance(record.args, tuple):
            return
        for said in record.args:
            if isinstance(said, _FOR_GOOD):
                raise said
            if isinstance(said, errors.KafkaError):
                self.closed = self.closed + 1 if _CLOSED in str(said) else 0
        if self.closed >= _OFTEN:
            raise errors.SaslAuthenticationFailedError


class _Ear(logging.Filter):
    """Hears the library's log whatever is to be written of it, and lets no more of it through than before."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts: set[_Attempt] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the attempts hear it."""
        for attempt in tuple(self.attempts):
            attempt.hear(record)
        return record.levelno >= _LIBRARY.getEffectiveLevel()


_EAR: Final = _Ear()
_LOG.addFilter(_EAR)
_LOG.setLevel(logging.WARNING)


@contextmanager
def refused_at_once() -> Iterator[None]:
    """While a client is made: a refused login is raised as that, not as a broker that does not answer."""
    attempt = _Attempt()
    _EAR.attempts.add(attempt)
    try:
        yield
    finally:
        _EAR.attempts.discard(attempt)
