import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import structlog

from hub import logs
from hub.errors import HubError


class Lines:
    """The log lines written so far, as a reader of JSON sees them."""

    def __init__(self) -> None:
        self.stream = StringIO()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def only(self) -> dict[str, Any]:
        (line,) = self.all()
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logging as it is set up in production, for one test."""
    before = logging.root.handlers[:], logging.root.level
    written = Lines()
    logs.configure(json=True, stream=written.stream)
    yield written
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:], logging.root.level = before


def test_what_is_allowed_is_written(lines: Lines) -> None:
    """A line carries its event, its level, its time and the keys that are on the list."""
    logs.logger().info("batch applied", view="timeline", position=7, seconds=0.5)

    line = lines.only()
    assert ("batch applied", "info") == (line["event"], line["level"])
    assert ("timeline", 7, 0.5) == (line["view"], line["position"], line["seconds"])
    assert line["timestamp"].endswith("Z")


def test_a_key_that_is_not_on_the_list_is_dropped(lines: Lines) -> None:
    """Neither a citizen's name nor its id reaches a line, however it is handed in; the omission is noted."""
    logs.logger(citizen="Karla Jensen").info("read", citizen_id="c-1", position=7)

    assert "Karla" not in lines.stream.getvalue()
    assert "c-1" not in lines.stream.getvalue()
    assert ["citizen", "citizen_id"] == lines.only()["dropped"]


def test_bound_context_goes_through_the_same_list(lines: Lines) -> None:
    """What is bound for a whole request is dropped as well."""
    with structlog.contextvars.bound_contextvars(cpr="0101010101", request_id="r-1"):
        logs.logger().info("read")

    assert "0101010101" not in lines.stream.getvalue()
    assert "r-1" == lines.only()["request_id"]


@pytest.mark.parametrize("number", ["010101-0101", "0101010101", "010101 0101", "010101AB12"])
def test_a_cpr_number_is_withheld_anywhere(lines: Lines, number: str) -> None:
    """A text that looks like a CPR number is withheld under an allowed key too."""
    logs.logger().info("read", file=f"/in/{number}.json", topic=number)

    assert number not in lines.stream.getvalue()


def test_an_id_of_a_message_is_not_mistaken_for_a_cpr_number(lines: Lines) -> None:
    """A UUID of digits is an id, not a number of a person."""
    command = UUID("12345678-1234-5234-8234-123456789012")
    logs.logger().info("handled", command_id=command)

    assert str(command) == lines.only()["command_id"]


def test_an_event_is_fixed_words(lines: Lines) -> None:
    """An event put together from data is withheld, since nobody can say what it carries."""
    logs.logger().info(f"read {'0101010101'}")

    assert lines.only()["event"].startswith("[withheld")


def test_only_plain_values_are_written(lines: Lines) -> None:
    """An object under an allowed key is named by its type: it may hold anything."""
    logs.logger().info("handled", status={"name": "Karla"})

    assert "[withheld: dict]" == lines.only()["status"]


def test_an_exception_is_named_but_not_quoted(lines: Lines) -> None:
    """A foreign exception is logged by type and place: its message may quote what it was given."""
    try:
        raise KeyError("Karla Jensen")
    except KeyError:
        logs.logger().exception("failed")

    line = lines.only()
    assert "Karla" not in lines.stream.getvalue()
    assert "KeyError" == line["error"]
    assert line["at"].startswith("test_logs.py:")


def test_our_own_refusals_keep_their_sentence(lines: Lines) -> None:
    """The hub's own messages carry no personal data by contract, so they are logged whole."""
    try:
        raise HubError("The plan is closed; open a new one.")
    except HubError as error:
        logs.logger().error("refused", exc_info=error)

    assert "The plan is closed; open a new one." == lines.only()["reason"]


def test_a_library_is_heard_but_not_quoted(lines: Lines) -> None:
    """What a library logs is reduced to who, how bad and where."""
    logging.getLogger("fastavro.read").warning("value was %s", "Karla Jensen")
    logging.getLogger("fastavro.read").info("chatter")

    line = lines.only()
    assert "Karla" not in lines.stream.getvalue()
    assert ("fastavro.read", "warning") == (line["library"], line["level"])
    assert line["at"].startswith("test_logs.py:")


def test_people_get_readable_lines() -> None:
    """A person at a terminal gets one readable line, through the same list."""
    stream = StringIO()
    logs.configure(json=False, stream=stream)
    logs.logger().info("batch applied", position=7, name="Karla")
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)

    assert "batch applied" in stream.getvalue()
    assert "Karla" not in stream.getvalue()
