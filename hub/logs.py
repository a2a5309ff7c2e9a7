"""Log lines that cannot carry personal data.

A line is an event (fixed words written in the code) and keys from the list below. A key that is not on the list
is dropped and its name noted, a text that looks like a CPR number is withheld, and an exception is logged by its
type and place only. What a library logs is reduced to who said something and how bad it was.
"""

import datetime as dt
import enum
import logging
import re
import sys
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from hub.errors import HubError

ALLOWED_KEYS: Final = frozenset({
    # what structlog and this module write themselves
    "event", "level", "timestamp", "dropped", "error", "at", "library", "reason",
    # how far, how many, how long
    "position", "first_position", "last_position", "partition", "partitions", "offset", "lag", "version",
    "count", "batch", "attempt", "size", "bytes", "milliseconds", "seconds", "rate",
    # what, but never who: names of parts of the hub, and ids of messages
    "view", "consumer", "source", "topic", "partner", "command", "command_id", "request_id", "schema", "schema_id",
    "key_id", "status", "method", "route", "host", "port", "pid", "file", "folder", "setting", "sqlstate",
})  # fmt: skip
"""Every key a log line may have. A citizen's id is not among them, though it is a pseudonym."""

_WORDS: Final = re.compile(r"[A-Za-zÆØÅæøå][A-Za-zÆØÅæøå ,.:;_'()/-]*")
_CPR: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{6}[- ]?[0-9A-Za-z]{4}(?![0-9A-Za-z])")
_LONGEST: Final = 300
_PLAIN: Final = (str, UUID, dt.date, dt.timedelta, Path, enum.Enum)


def configure(*, json: bool | None = None, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Set logging up, once per process: JSON for machines, coloured lines when a person is looking."""
    out = stream or sys.stderr
    for_machines = not out.isatty() if json is None else json
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if for_machines
        else structlog.dev.ConsoleRenderer(pad_event_to=36)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            name_exceptions,
            only_allowed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries()], level=max(level, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)


def logger(**initial: object) -> structlog.typing.FilteringBoundLogger:
    """Give a logger; what is bound to it goes through the same list."""
    made: structlog.typing.FilteringBoundLogger = structlog.get_logger(**initial)
    return made


def only_allowed(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Let only listed keys and plain values through: the last step before a line is written."""
    dropped = sorted(set(entry) - ALLOWED_KEYS)
    kept: EventDict = {key: _safe(value) for key, value in entry.items() if key in ALLOWED_KEYS}
    event = entry.get("event")
    if not isinstance(event, str) or not _WORDS.fullmatch(event):
        kept["event"] = "[withheld: an event is fixed words, without digits]"
    if dropped:
        kept["dropped"] = dropped
    return kept


def name_exceptions(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Replace an exception by its type and place; only the hub's own messages are known to carry no data."""
    raised = _exception(entry.pop("exc_info", None))
    entry.pop("stack_info", None)
    if raised is not None:
        entry["error"] = type(raised).__qualname__
        if isinstance(raised, HubError):
            entry["reason"] = str(raised)
        trace = raised.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            entry["at"] = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return entry


def _exception(given: ExcInfo | BaseException | bool | None) -> BaseException | None:  # noqa: FBT001 - structlog's shape
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1]
    return sys.exc_info()[1] if given else None


def _safe(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, _PLAIN):
        text = str(value)
        if _CPR.search(text):
            return "[withheld]"
        return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"[withheld: {type(value).__name__}]"


class _Libraries(logging.Handler):
    """What libraries log, without their words: they may quote what they were given."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write who said something, how bad it was, and where."""
        structlog.get_logger().log(
            record.levelno,
            "a library reports",
            library=record.name,
            at=f"{record.filename}:{record.lineno}",
            exc_info=record.exc_info,
        )
