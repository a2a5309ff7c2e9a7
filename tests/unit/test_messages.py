"""What lies in an inbox: read, or refused for one reason; nothing else ever comes of it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.consumers.messages import LARGEST, Message, RefusedMessage, Why, read_message
from hub.schemas import Schemas

SCHEMAS = Schemas()
NAME, NOTICE = str(UUID(int=5)), str(UUID(int=6))
AT = datetime(2026, 3, 2, 8, 30, 15, 123456, tzinfo=UTC)


def value(**changed: Any) -> bytes:
    """A message, with something changed."""
    body = {"message": NAME, "notice": NOTICE, "confirmed_at": AT, **changed}
    return SCHEMAS.wire("inbox.purge_confirmed.v1", body)


GOOD = value()


def refused(key: bytes | None, said: bytes | None) -> Why:
    """The reason for which it is refused."""
    with pytest.raises(RefusedMessage) as caught:
        read_message(SCHEMAS, key, said)
    return caught.value.why


def test_a_message_says_which_notice_and_when() -> None:
    """All of it is read, to the microsecond."""
    expected = Message(UUID(NAME), "inbox.purge_confirmed.v1", UUID(NOTICE), AT)

    assert expected == read_message(SCHEMAS, NAME.encode(), GOOD)


def test_a_notice_that_is_no_id_is_no_notice() -> None:
    """It is left to the hub to say that there is none, in the same words as for another's."""
    for notice in (
        "",
        "x",
        "a\0b",
        NOTICE.replace("-", ""),
        f"{{{NOTICE}}}",
        f"urn:uuid:{NOTICE}",
        f" {NOTICE}",
    ):
        assert read_message(SCHEMAS, NAME.encode(), value(notice=notice)).notice is None


def test_an_id_is_written_in_one_way() -> None:
    """Two texts are never the same message id: braces, capitals and no dashes are refused."""
    name = str(uuid4())
    for other in (
        name.upper(),
        name.replace("-", ""),
        f"{{{name}}}",
        f"urn:uuid:{name}",
        f"{name} ",
        "",
        "x",
    ):
        assert Why.KEY is refused(other.encode(), value(message=other))


@pytest.mark.parametrize("topic", sorted(set(SCHEMAS.by_topic) - {"inbox.purge_confirmed.v1"}))
def test_no_other_published_schema_is_for_an_inbox(topic: str) -> None:
    """An event, an envelope or a record of a partner's topic is refused before anything of it is decoded."""
    told = b"\0" + SCHEMAS.by_topic[topic].id.to_bytes(4, "big") + b"\xff" * 40

    assert Why.NOT_FOR_INBOX is refused(NAME.encode(), told)


def test_the_largest_is_read_and_one_byte_more_is_not() -> None:
    """The limit is exact, and it is the first thing that is looked at."""
    assert Why.FOREIGN is refused(NAME.encode(), b"\1" * LARGEST)
    assert Why.TOO_LARGE is refused(NAME.encode(), b"\1" * (LARGEST + 1))
    assert Why.NO_VALUE is refused(None, None)


@given(st.binary(max_size=200), st.none() | st.binary(max_size=40))
@example(b"\0" + GOOD[1:5], NAME.encode())
def test_any_bytes_are_refused_for_a_reason(said: bytes, key: bytes | None) -> None:
    """Whatever comes, behind our own schema's id too, it is a refusal and no other error."""
    for told in (said, GOOD[:5] + said):
        assert refused(key, told) in Why


@settings(max_examples=500)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255), st.integers(0, len(GOOD)))
def test_a_message_with_a_flaw_is_read_or_refused(place: int, flaw: int, length: int) -> None:
    """One byte other than it was, or bytes missing at the end: read as what it says, or refused."""
    flawed = bytearray(GOOD)
    flawed[place] ^= flaw
    for told in (bytes(flawed), GOOD[:length], bytes(flawed[:length])):
        with suppress(RefusedMessage):
            assert UUID(NAME) == read_message(SCHEMAS, NAME.encode(), told).id
