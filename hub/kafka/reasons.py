"""Why a broker could not be reached: kafka-python tells it to its log alone, and raises that the time is over."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kafka import errors

_LOG: Final = logging.getLogger("kafka.net.manager")
_WHY: Final = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError)


class _Heard(logging.Handler):
    """Keeps the first error of a kind that trying again does not help."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.error: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Look among what is said for an exception."""
        for said in record.args if isinstance(record.args, tuple) else ():
            if self.error is None and isinstance(said, _WHY):
                self.error = said


@contextmanager
def reasons() -> Iterator[None]:
    """While connecting: a refused login is raised as that, not as a broker that does not answer."""
    heard = _Heard()
    _LOG.addHandler(heard)
    try:
        yield
    except errors.KafkaTimeoutError:
        if heard.error is not None:
            raise heard.error from None
        raise
    finally:
        _LOG.removeHandler(heard)
