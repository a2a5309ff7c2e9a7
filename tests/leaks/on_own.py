"""Methods on A's own topic: what its records, offsets, numbers, sizes and times might tell beside what they say."""

import re
import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from tests import kafka
from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_topics import fetch
from tests.leaks.quiet import before_and_after
from tests.leaks.raw import evidence, told
from tests.leaks.scene import Scene

_BATCH: Final = struct.Struct(">qiibIhiqqqhii")
_ID: Final = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY: Final = re.compile(rb"tick|(notice/)?" + _ID)
_CONTROL, _LOG_APPEND_TIME = 0x20, 0x08


class Batch(NamedTuple):
    """The head of a batch as it lies on the topic, the broker's own marks of a transaction's end among them."""

    offset: int
    records: int
    control: bool
    appended: bool
    """Whether its time is the broker's."""
    producer: tuple[int, int]
    sequence: int
    leader_epoch: int


def batches(records: bytes) -> Iterator[Batch]:
    """The heads of all batches."""
    at = 0
    while at + _BATCH.size <= len(records):
        base, length, leader, _, _, attributes, last, _, _, producer, epoch, sequence, _ = _BATCH.unpack_from(
            records, at
        )
        yield Batch(
            base,
            last + 1,
            bool(attributes & _CONTROL),
            bool(attributes & _LOG_APPEND_TIME),
            (producer, epoch),
            sequence,
            leader,
        )
        at += 12 + length


def records(scene: Scene, number: int) -> list[Any]:
    """Everything on A's topic, as A's system reads it: committed or not in turn, anew for each number."""
    if number not in scene.reads:
        with kafka.consumer(scene.own, scene.topic(), committed=bool(number % 2)) as reading:
            scene.reads[number] = kafka.drained(reading)
    return scene.reads[number]


def content(found: list[Any]) -> bytes:
    """All bytes of records."""
    return evidence([(r.key, r.value, r.headers, r.offset, r.timestamp) for r in found])


def judge(found: list[Any], *, wrong: bool, what: str, otherwise: str) -> Seen:
    """One word for what was seen of records."""
    return Seen(otherwise if wrong else what, content(found))


@method("own", "Read every record of its topic, keys, headers and values",
        "What was agreed: nothing that is hidden is among the bytes.", "what was agreed")  # fmt: skip
def read(scene: Scene, number: int) -> Seen:
    """Every value is read to its last byte by the published schema."""
    found = records(scene, number)
    said = [kafka.decoded(record.value) for record in found if record.value is not None]
    return Seen("what was agreed" if said else "nothing", content(found) + evidence(said))


@method("own", "Read its topic from old offsets, what was replaced and what was taken away, uncommitted too",
        "What A was once told, as it was told; nothing that was hidden then or came later.", "old records",
        ways=10)  # fmt: skip
def read_old(scene: Scene, number: int) -> Seen:
    """The bytes of the log itself, from each offset on."""
    answer = fetch(scene, scene.topic(), number * 2, isolation_level=number % 2)
    return Seen("old records" if told(answer, "records") else "nothing", evidence(answer))


@method("own", "Compare what is uncommitted with what is committed", "The same records.", "the same")
def uncommitted(scene: Scene, number: int) -> Seen:
    """Records of a transaction that did not end would be more than was decided."""
    both = [[(r.offset, r.key) for r in records(scene, each)] for each in (number, (number + 1) % 10)]
    return alike(*both, "the same")


@method("own", "Look at the keys", "An id of its own each, a notice's, or `tick`.", "ids")
def keys(scene: Scene, number: int) -> Seen:
    """They name nothing that others have."""
    found = records(scene, number)
    return judge(found, wrong=not all(_KEY.fullmatch(r.key) for r in found), what="ids", otherwise="names")


@method("own", "Look at the headers", "The topic's own running number, and nothing else.", "`sequence` alone")
def headers(scene: Scene, number: int) -> Seen:
    """No position, no time, no trace."""
    found = records(scene, number)
    wrong = any({name for name, _ in r.headers} - {"sequence"} for r in found)
    return judge(
        found, wrong=wrong, what="sequence alone".replace("sequence", "`sequence`"), otherwise="more"
    )


@method("own", "Look for holes in `sequence`", "None: the numbers count A's own lines alone.", "no hole")
def sequence(scene: Scene, number: int) -> Seen:
    """Between the numbers much was recorded that A may not know."""
    found = records(scene, number)
    numbers = [int(dict(r.headers)["sequence"]) for r in found if r.key != b"tick"]
    return judge(found, wrong=numbers != list(range(1, len(numbers) + 1)), what="no hole", otherwise="holes")


@method(
    "own",
    "Look for gaps between offsets",
    "Each is the mark of a transaction that wrote here.",
    "marks alone",
)
def gaps(scene: Scene, number: int) -> Seen:
    """The marks lie in the log, and the batches with them leave no offset out."""
    answer = fetch(scene, scene.topic(), isolation_level=number % 2)
    (partition,) = answer["responses"][0]["partitions"]
    at, wrong = 0, False
    for batch in batches(partition["records"]):
        wrong |= batch.offset != at or (batch.control and batch.records != 1)
        at = batch.offset + batch.records
    return Seen("gaps" if wrong or at != partition["high_watermark"] else "marks alone", evidence(answer))


@method("own", "Look at the producer's numbers in the batches", "They count what was written here, and nothing else.",
        "its own count")  # fmt: skip
def producers(scene: Scene, number: int) -> Seen:
    """A producer numbers the records of each partition by itself."""
    answer = fetch(scene, scene.topic(), isolation_level=number % 2)
    (partition,) = answer["responses"][0]["partitions"]
    counts: dict[tuple[int, int], int] = {}
    wrong = False
    for batch in batches(partition["records"]):
        if not batch.control:
            wrong |= batch.sequence != counts.get(batch.producer, 0)
            counts[batch.producer] = batch.sequence + batch.records
    return Seen("another count" if wrong or not counts else "its own count", evidence(answer))


@method(
    "own",
    "Look at the times of records",
    "The broker's own clock as they were appended.",
    "the broker's clock",
)
def times(scene: Scene, number: int) -> Seen:
    """Not when something happened, or was decided."""
    answer = fetch(scene, scene.topic(), isolation_level=number % 2)
    (partition,) = answer["responses"][0]["partitions"]
    wrong = not all(each.appended for each in batches(partition["records"]) if not each.control)
    return Seen("another clock" if wrong else "the broker's clock", evidence(answer))


@method(
    "own",
    "Compare the sizes of records that say the same",
    "One size, whatever is hidden beside.",
    "one size",
)
def sizes(scene: Scene, number: int) -> Seen:
    """Hopes of as many letters, of citizens with more and with less to hide."""
    found = records(scene, number)
    hopes = [
        r
        for r in found
        if r.value is not None and r.headers and kafka.decoded(r.value)[1].get("event") == "citizen.hope_told"
    ]
    of_scene = [r for r in hopes if b"Et h\xc3\xa5b, nummer" in r.value]
    lengths = {len(r.value) for r in of_scene}
    return judge(of_scene, wrong=len(lengths) != 1, what="one size", otherwise=f"{len(lengths)} sizes")


@method("own", "Read what tombstones hold", "A key and a number: no value, no reason.", "no reason")
def tombstones(scene: Scene, number: int) -> Seen:
    """After a block and after a withdrawal."""
    found = [r for r in records(scene, number) if r.value is None]
    wrong = not found or any({name for name, _ in r.headers} != {"sequence"} for r in found)
    return judge(found, wrong=wrong, what="no reason", otherwise="more")


@method("own", "Compare the notice after a block with the one after a withdrawal",
        "The same words: only the ids in them and the list of what A had differ.", "the same words")  # fmt: skip
def notices(scene: Scene, number: int) -> Seen:
    """What ended is told, and not why."""
    found = [r for r in records(scene, number) if r.key.startswith(b"notice/") and r.value]
    said = [kafka.decoded(r.value)[1] for r in found]
    ours = {"notice", "citizen", "records"}
    words = [{name: value for name, value in each.items() if name not in ours} for each in said]
    ids = all(_is_id(each) for one in said for each in (one["notice"], one["citizen"], *one["records"]))
    same = len(words) > 1 and all(each == words[0] for each in words) and ids
    return Seen("the same words" if same else "told apart", content(found) + evidence(said))


def _is_id(text: str) -> bool:
    return str(UUID(text)) == text


# Before and after something hidden is recorded.


@method("own", "Compare its topic before and after others were active", "The same bytes.", "the same bytes")
def quiet_records(scene: Scene, number: int) -> Seen:
    """Something is recorded on others' citizens, and on one whom A knows."""
    before, after = before_and_after(scene, number)
    return alike(before["records"], after["records"], "the same bytes")


@method("own", "Compare offsets, watermarks and latest times before and after others were active",
        "The same numbers, on its topic and on its inbox.", "the same numbers")  # fmt: skip
def quiet_offsets(scene: Scene, number: int) -> Seen:
    """A count or a time that moved would tell of somebody's activity."""
    before, after = before_and_after(scene, number)
    return alike(*((each["offsets"], each["fetch"]) for each in (before, after)), "the same numbers")


@method(
    "own",
    "Compare who writes its topic before and after others were active",
    "The same answer.",
    "the same answer",
)
def quiet_producers(scene: Scene, number: int) -> Seen:
    """The relay's last sequence and last time, as far as this topic tells them."""
    before, after = before_and_after(scene, number)
    return alike(before["producers"], after["producers"], "the same answer")


@method(
    "own", "Compare what is listed before and after others were active", "The same list.", "the same list"
)
def quiet_metadata(scene: Scene, number: int) -> Seen:
    """Topics, partitions, epochs, brokers."""
    before, after = before_and_after(scene, number)
    return alike(before["metadata"], after["metadata"], "the same list")


@method("own", "Compare the numbers that its producers are given before and after others were active",
        "The next number: the broker counts producers that come up, and nothing that is recorded.",
        "the next number")  # fmt: skip
def quiet_numbers(scene: Scene, number: int) -> Seen:
    """A producer's number is one for the whole broker."""
    before, after = (each["number"] for each in before_and_after(scene, number))
    return Seen("the next number" if after - before == 1 else "further on", evidence(before, after))
