"""Acts, ids and words for tests of the aggregates, and what every refusal must look like."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.aggregates import Act, Actor, Organisation, Text
from hub.errors import Refused
from hub.vocabulary import Role, Sector, Source

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRIVATE = "Solveig"
"""A name that stands in every text here, and so may stand in no message."""
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_CPR = re.compile(r"\d{6}-?\d{4}")


def uid(number: int) -> UUID:
    """A small id that is easy to read in a failure."""
    return UUID(int=number)


CITIZEN = uid(1)
AUTHORITY, PROVIDER, JOBCENTRE = uid(11), uid(12), uid(13)
SECTORS = {
    AUTHORITY: Sector.AUTHORITY,
    PROVIDER: Sector.SOCIAL_PSYCHIATRY,
    JOBCENTRE: Sector.JOBCENTRE,
}


def words(*labels: str) -> Text:
    """Free text about somebody."""
    return Text.of(f"{PRIVATE} vil have en hund.", *(labels or ("wishes",)))


def at_partner(
    partner: UUID = AUTHORITY,
    at: datetime = AT,
    occurred_at: datetime | None = AT,
    person: UUID | None = None,
) -> Act:
    """Somebody at a partner does it."""
    actor = Actor(Role.PARTNER, partner, None, person or uid(21), "worker", SECTORS[partner])
    return Act(actor, occurred_at, at, Source.SCREEN, uid(99))


def as_citizen(at: datetime = AT) -> Act:
    """The citizen does it."""
    return Act(Actor(Role.CITIZEN), at, at, Source.SCREEN, uid(99))


def as_representative(person: UUID | None = None, at: datetime = AT) -> Act:
    """Somebody who acts for the citizen does it."""
    actor = Actor(Role.REPRESENTATIVE, person=person or uid(23), function="guardian")
    return Act(actor, at, at, Source.SCREEN, uid(99))


def as_hub(at: datetime = AT) -> Act:
    """The hub itself does it."""
    return Act(Actor(Role.HUB), at, at, Source.HUB, uid(99))


def is_a_sentence(refusal: BaseException) -> None:
    """A refusal is a sentence for a person, and tells nothing about anybody."""
    message = str(refusal)
    assert isinstance(refusal, Refused)
    assert message
    assert message == message.strip()
    assert message.endswith(".")
    assert message[0].isupper()
    assert "\n" not in message
    assert 20 < len(message) < 400
    assert not _ID.search(message)
    assert not _CPR.search(message)
    assert PRIVATE not in message


def only(aggregate: Organisation) -> Any:
    """The one event that was recorded."""
    (event,) = aggregate.collect_events()
    return event


@contextmanager
def refuses(
    kind: type[Refused], aggregate: Organisation | None = None, match: str | None = None
) -> Iterator[None]:
    """It is refused for exactly this kind of reason, in a sentence, and nothing is recorded."""
    if aggregate is not None:
        aggregate.collect_events()
    with pytest.raises(kind, match=match) as caught:
        yield
    assert kind is caught.type
    is_a_sentence(caught.value)
    if aggregate is not None:
        assert [] == list(aggregate.collect_events())
