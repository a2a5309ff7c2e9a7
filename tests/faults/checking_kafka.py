"""Where Kafka and the database differ, told from what a raw consumer and raw SQL have read.

Nothing here uses `hub`: a fault in the hub must not hide itself. Each `wrong_…` is given what was read, so that a
control can take a record out of it or put one in twice; it gives sentences, and none when all is as it must be.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from tests import checking
from tests.kafka import decoded, folded, place_of

View = dict[bytes, tuple[datetime | None, int]]
"""A partner's rows: for each disclosure id its end, and how many free texts it has."""


class Expected(NamedTuple):
    """One event where it must lie: once, in this partition."""

    partition: int
    position: int
    key: bytes
    value: bytes
    of_partner: bool


def position_of(record: Any) -> int:
    """The position in the store that a record says."""
    return int(dict(record.headers)["position"])


def of_partner(record: Any) -> bool:
    """Whether a record says that it is in every partition."""
    return "partner" in dict(record.headers)


def expected(conninfo: str, partitions: int) -> list[Expected]:
    """Every event of the store in every partition that it belongs to: a citizen's in one, a partner's in all."""
    query = "SELECT position, citizen_id, originator_id, value FROM events ORDER BY position"
    wanted: list[Expected] = []
    for position, citizen, originator, value in checking.ask(conninfo, query):
        key = str(citizen or originator).encode()
        where = range(partitions) if citizen is None else [place_of(key, partitions)]
        wanted += [Expected(p, position, key, bytes(value), citizen is None) for p in where]
    return wanted


def wrong_with_events(wanted: Sequence[Expected], found: Sequence[Any]) -> list[str]:
    """Where the log on Kafka is not the store: once in each partition an event belongs to, in order, byte for byte."""
    there = [(each.partition, position_of(each)) for each in found]
    ought = {(each.partition, each.position): each for each in wanted}
    wrong = [
        f"position {at} is missing in partition {part}" for part, at in sorted(ought.keys() - set(there))
    ]
    for (part, at), count in Counter(there).items():
        if (part, at) not in ought:
            wrong.append(f"position {at} does not belong in partition {part}")
        elif count > 1:
            wrong.append(f"position {at} is {count} times in partition {part}")
    for (part, before), (same, at) in pairwise(there):
        if part == same and before > at:
            wrong.append(f"position {at} lies behind {before} in partition {part}")
    for place, each in zip(there, found, strict=True):
        event = ought.get(place)
        said = (each.key, each.value, of_partner(each))
        if event is not None and said != (event.key, event.value, event.of_partner):
            wrong.append(f"position {place[1]} in partition {place[0]} is not the store's")
    return wrong


def wrong_with_citizens(found: Iterable[Any]) -> list[str]:
    """Citizens whose events do not lie in one partition, in order."""
    last: dict[bytes, tuple[int, int]] = {}
    wrong = []
    for each in found:
        if of_partner(each):
            continue
        part, at = each.partition, position_of(each)
        where, before = last.get(each.key, (part, 0))
        if where != part or before >= at:
            wrong.append(
                f"position {at} lies in partition {part}, behind {before} of the same citizen in {where}"
            )
        last[each.key] = (part, at)
    return wrong


def wrong_with_answers(answers: Iterable[tuple[bytes, int]], found: Iterable[Any]) -> list[str]:
    """Commands (their key on the log, and their first position) that were answered and are not on Kafka."""
    there = {(each.key, position_of(each)) for each in found}
    return [f"position {at} was answered and is not there" for key, at in answers if (key, at) not in there]


def view_of(conninfo: str, partner: UUID) -> View:
    """The rows of a partner in the live view."""
    schema = checking.live(conninfo, "partner_view")
    query = f"SELECT disclosure_id, valid_until, cardinality(texts) FROM {schema}.partner_view WHERE partner_id = %s"
    return {str(row[0]).encode(): (row[1], row[2]) for row in checking.ask(conninfo, query, partner)}


def lines_of(conninfo: str, partner: UUID) -> int:
    """How many lines a partner was to be sent, by the numbers that they were given."""
    query = "SELECT coalesce(max(sequence), 0) FROM partner_log WHERE partner_id = %s"
    return int(checking.ask(conninfo, query, partner)[0][0])


def wrong_with_topic(view: View, lines: int, found: Sequence[Any]) -> list[str]:
    """Where a partner's topic has a number twice or leaves one out, or is not the view when it is folded."""
    numbers = [int(dict(each.headers)["sequence"]) for each in found if each.key != b"tick"]
    wrong = [
        f"number {at} comes behind {before}" for before, at in pairwise([0, *numbers]) if at != before + 1
    ]
    wrong += [] if len(numbers) == lines else [f"{len(numbers)} of {lines} numbers are there"]
    held = folded(found)
    wrong += [f"{key.decode()} is not in the view" for key in sorted(held.keys() - view.keys())]
    wrong += [f"{key.decode()} is not on the topic" for key in sorted(view.keys() - held.keys())]
    for key in sorted(held.keys() & view.keys()):
        kind, said = decoded(held[key])
        texts = sum(field["labels"] is not None for field in said["fields"].values())
        if (kind, said["valid_until"], texts) != ("topic.record.v1", *view[key]):
            wrong.append(f"{key.decode()} is another record than the view's")
    return wrong


def consumers_behind(conninfo: str, view: str, partitions: int) -> list[str]:
    """The partitions in which a read model has not handled everything that the store has."""
    last: dict[int, int] = {}
    query = "SELECT citizen_id, max(position) FROM events GROUP BY citizen_id"
    for citizen, position in checking.ask(conninfo, query):
        where = range(partitions) if citizen is None else [place_of(str(citizen).encode(), partitions)]
        last.update({partition: max(position, last.get(partition, 0)) for partition in where})
    query = "SELECT partition, position FROM checkpoints WHERE schema_name = %s"
    at = dict(checking.ask(conninfo, query, checking.live(conninfo, view)))
    return [f"{view}: {at[p]} of {end} in partition {p}" for p, end in sorted(last.items()) if at[p] < end]


def relay_behind(conninfo: str, resumes: Iterable[Any]) -> list[str]:
    """What the relay has still to do, by what it has told Kafka of itself (the records of its own topic)."""
    last = folded(resumes)
    resume = {key: json.loads(last[key])["position"] for key in (b"events", b"partners") if key in last}
    waiting = []
    events = checking.ask(conninfo, "SELECT position FROM log_head")[0][0]
    if resume.get(b"events") != events:
        waiting.append(f"relay: {resume.get(b'events')} of {events} events")
    query = "SELECT count(*) FILTER (WHERE number IS NULL), coalesce(max(number), 0) FROM partner_log"
    unnumbered, lines = checking.ask(conninfo, query)[0]
    if unnumbered or resume.get(b"partners", 0) != lines:
        waiting.append(
            f"relay: {resume.get(b'partners')} of {lines} lines, and {unnumbered} without a number"
        )
    if again := checking.ask(conninfo, "SELECT count(*) FROM partner_again")[0][0]:
        waiting.append(f"relay: {again} rows to send again")
    return waiting
