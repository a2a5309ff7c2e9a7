"""Methods on topics: those of other partners, of the hub, and the broker's own."""

from typing import Any
from uuid import UUID, uuid4

from kafka.record import MemoryRecordsBuilder

from hub.kafka.admin import Admin
from tests.leaks import clients
from tests.leaks.hunting import Seen, alike, method
from tests.leaks.raw import codes, evidence, said, told
from tests.leaks.scene import PARTNERS, Scene

REFUSED = "TOPIC_AUTHORIZATION_FAILED"
OTHERS = tuple(sector for _, sector, _, _ in PARTNERS if sector != "jobcentre")
INTERNAL = ("__consumer_offsets", "__transaction_state", "__cluster_metadata", "__share_group_state")


def other(scene: Scene, number: int) -> str:
    """The topic of another partner; which one goes by the number."""
    return scene.topic(OTHERS[number % len(OTHERS)])


def missing(scene: Scene) -> str:
    """The name that a partner's topic would have, and that is not there."""
    return scene.cluster.partner(uuid4())


def fetch(scene: Scene, topic: str, offset: int = 0, partition: int = 0, **more: Any) -> dict[str, Any]:
    """Fetch from a partition, by the topic's name."""
    wanted = {"partition": partition, "fetch_offset": offset, "partition_max_bytes": 8 << 20}
    topics = [{"topic": topic, "partitions": [wanted]}]
    return scene.raw.ask("Fetch", version=12, **{"max_wait_ms": 0, "min_bytes": 0, "topics": topics} | more)


def offsets(scene: Scene, topic: str, timestamp: int, isolation: int = 0) -> dict[str, Any]:
    """Ask for an offset by time: -1 the end, -2 the beginning, -3 the latest record's."""
    wanted = {"partition_index": 0, "timestamp": timestamp}
    topics = [{"name": topic, "partitions": [wanted]}]
    return scene.raw.ask("ListOffsets", replica_id=-1, isolation_level=isolation, topics=topics)


def metadata(scene: Scene, topics: list[dict[str, Any]] | None, *, make: bool = False) -> dict[str, Any]:
    """Ask for topics; None: for all."""
    return scene.raw.ask("Metadata", topics=topics, allow_auto_topic_creation=make)


def nameless(answer: Any, *names: str) -> Any:
    """An answer without the names that were asked for, which every answer repeats, and without what differs anyway."""
    if isinstance(answer, dict):
        return {key: nameless(value, *names) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [nameless(each, *names) for each in answer]
    return "…" if isinstance(answer, str | UUID) and str(answer) in names else answer


def judged(answer: Any) -> Seen:
    """The broker's refusal, and all that it said."""
    return Seen(said(answer), evidence(answer))


# Reading.


@method("topics", "Fetch another partner's topic from its first offset", "The broker refuses.", REFUSED)
def fetch_other(scene: Scene, number: int) -> Seen:
    """Committed and uncommitted in turn."""
    return judged(fetch(scene, other(scene, number), isolation_level=number % 2))


@method("topics", "Fetch another partner's topic at old, later and impossible offsets",
        "The broker refuses, and the answer is the same for every offset: it tells no end.", REFUSED)  # fmt: skip
def fetch_offsets(scene: Scene, number: int) -> Seen:
    """What is there, what was there, and what never was."""
    answers = [fetch(scene, scene.topic(OTHERS[-1]), offset) for offset in (number, 10**6 + number, 2**60)]
    same = answers[0] == answers[1] == answers[2]
    return Seen(said(answers) if same else "told apart", evidence(answers))


@method("topics", "Fetch every partition of the hub's log of events", "The broker refuses.", REFUSED)
def fetch_events(scene: Scene, number: int) -> Seen:
    """Each of its partitions, and one that is not there."""
    return judged(fetch(scene, scene.cluster.events, partition=number % 7))


@method("topics", "Fetch the relay's own topic", "The broker refuses.", REFUSED)
def fetch_relay(scene: Scene, number: int) -> Seen:
    """How far the relay is would tell how much is recorded."""
    return judged(fetch(scene, scene.cluster.relay, number))


@method("topics", "Fetch the inboxes of others, and its own",
        "The broker refuses: who writes an inbox does not read it.", REFUSED)  # fmt: skip
def fetch_inboxes(scene: Scene, number: int) -> Seen:
    """One of each partner."""
    sector = (*OTHERS, "jobcentre")[number % 4]
    return judged(fetch(scene, scene.cluster.inbox(scene.town.partner(sector))))


@method("topics", "Fetch the broker's internal topics", "The broker refuses.", REFUSED)
def fetch_internal(scene: Scene, number: int) -> Seen:
    """Committed offsets and transactions of everybody lie there."""
    return judged(fetch(scene, INTERNAL[number % len(INTERNAL)]))


@method("topics", "Fetch another's topic as if it were another broker", "The broker refuses.", REFUSED)
def fetch_as_replica(scene: Scene, number: int) -> Seen:
    """A follower reads everything."""
    return judged(fetch(scene, other(scene, number), replica_id=1 + number % 2))


@method("topics", "Take another's topic into a fetch session begun with its own",
        "Its own comes; the other is refused.", REFUSED)  # fmt: skip
def fetch_in_session(scene: Scene, number: int) -> Seen:
    """A session remembers what it was allowed."""
    wanted = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 8 << 20}
    begun = fetch(scene, scene.topic(), session_epoch=0)
    more = [{"topic": other(scene, number), "partitions": [wanted]}]
    session = begun["session_id"]
    went_on = fetch(scene, "", topics=more, session_id=session, session_epoch=1 if session else -1)
    return Seen(said(went_on), evidence(begun, went_on))


@method("topics", "Fetch another's topic by its id, against an id that is none",
        "Told apart by whoever knows the random 128 bits that nobody tells: the topic is there. Nothing else comes.",
        "TOPIC_AUTHORIZATION_FAILED against UNKNOWN_TOPIC_ID")  # fmt: skip
def fetch_by_id(scene: Scene, number: int) -> Seen:
    """The hunt is given the id by the superuser; A has no way to it."""
    with_id = scene.ids.get(f"topic {number % 3}")
    if with_id is None:
        with Admin(scene.cluster) as admin:
            with_id = scene.ids[f"topic {number % 3}"] = admin.topic_id(other(scene, number))
    wanted = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 8 << 20}
    answers = [
        scene.raw.ask(
            "Fetch", max_wait_ms=0, min_bytes=0, topics=[{"topic_id": each, "partitions": [wanted]}]
        )
        for each in (with_id, uuid4())
    ]
    return Seen(" against ".join(said(answer) for answer in answers), evidence(answers))


@method("topics", "Assign another's topic to a consumer (kafka-python)", "Nothing comes.", "nothing")
def assign(scene: Scene, number: int) -> Seen:
    """By partition, without a group, from the beginning."""
    return clients.assigned(scene, other(scene, number))


@method("topics", "Assign another's topic to a consumer (librdkafka)", "Nothing comes.", "nothing")
def assign_confluent(scene: Scene, number: int) -> Seen:
    """The other library, reading uncommitted."""
    return clients.confluent_assigned(scene, [scene.topic(OTHERS[-1]), scene.cluster.events][number % 2])


@method("topics", "Ask for the watermarks of another's topic (librdkafka)",
        "The library finds no such partition.", "_UNKNOWN_PARTITION")  # fmt: skip
def watermarks(scene: Scene, number: int) -> Seen:
    """The first and the last offset."""
    return clients.watermarks(scene, other(scene, number))


@method("topics", "Subscribe to every topic there is, by a pattern", "Only its own topic comes.", "its own")
def subscribe_all(scene: Scene, number: int) -> Seen:
    """With a group of its own."""
    return clients.subscribed(scene, number)


# Asking about.


@method("topics", "Ask for the beginning, the end and the latest record of another's topic",
        "The broker refuses: no count, no time.", REFUSED)  # fmt: skip
def list_offsets(scene: Scene, number: int) -> Seen:
    """Committed and not."""
    return judged(offsets(scene, other(scene, number), -1 - number % 3, number % 2))


@method(
    "topics",
    "Ask for offsets of another's topic by time",
    "The broker refuses: no time of a record.",
    REFUSED,
)
def list_offsets_by_time(scene: Scene, number: int) -> Seen:
    """They would tell when something was recorded."""
    at = int(scene.town.clock().timestamp() * 1000) + number * 60_000
    return judged(offsets(scene, (other(scene, number), scene.cluster.events)[number % 2], at))


@method("topics", "Ask for offsets of another's topic against one that is not there",
        "The same answer.", "alike")  # fmt: skip
def list_offsets_missing(scene: Scene, number: int) -> Seen:
    """There or not there."""
    there, none = other(scene, number), missing(scene)
    return alike(*(nameless(offsets(scene, name, -1), name) for name in (there, none)))


@method("topics", "Ask where an epoch of another's topic ended", "The broker refuses.", REFUSED)
def leader_epoch(scene: Scene, number: int) -> Seen:
    """The end of an epoch is an end offset."""
    wanted = {"partition": 0, "leader_epoch": number % 3}
    topics = [{"topic": other(scene, number), "partitions": [wanted]}]
    return judged(scene.raw.ask("OffsetForLeaderEpoch", replica_id=-2, topics=topics))


@method("topics", "Describe another's topic against one that is not there", "The same answer.", "alike")
def describe_missing(scene: Scene, number: int) -> Seen:
    """There or not there, by name."""
    names = (other(scene, number), missing(scene))
    return alike(*(nameless(metadata(scene, [{"name": name}]), name) for name in names))


@method("topics", "Describe another's topic by its id, against an id that is none",
        "Told apart by whoever knows the random id; no name, no partition, no count comes.",
        "TOPIC_AUTHORIZATION_FAILED against UNKNOWN_TOPIC_ID")  # fmt: skip
def describe_by_id(scene: Scene, number: int) -> Seen:
    """As above."""
    fetch_by_id(scene, number)
    ids = (scene.ids[f"topic {number % 3}"], uuid4())
    answers = [metadata(scene, [{"topic_id": each, "name": None}]) for each in ids]
    leaked = told([answer["topics"] for answer in answers], "name", "partitions")
    return Seen("a name" if leaked else " against ".join(said(each) for each in answers), evidence(answers))


@method("topics", "List all topics", "Its own topic and its own inbox, and no other.", "its own two")
def list_topics(scene: Scene, number: int) -> Seen:
    """In two ways."""
    answer = metadata(scene, None) if number % 2 else scene.raw.ask("DescribeTopicPartitions", topics=[])
    names = {topic["name"] for topic in answer["topics"] if topic["name"]}
    return Seen("its own two" if names == {scene.topic(), scene.inbox} else "others", evidence(answer))


@method(
    "topics", "List all topics (librdkafka)", "Its own topic and its own inbox, and no other.", "its own two"
)
def list_topics_confluent(scene: Scene, number: int) -> Seen:
    """The other library."""
    names, seen = clients.confluent_topics(scene)
    return Seen("its own two" if names == {scene.topic(), scene.inbox} else "others", seen)


@method("topics", "Describe another's partitions", "The broker refuses.", REFUSED)
def describe_partitions(scene: Scene, number: int) -> Seen:
    """Leaders and copies."""
    names = [other(scene, number), scene.cluster.events, *INTERNAL]
    return judged(scene.raw.ask("DescribeTopicPartitions", topics=[{"name": names[number % len(names)]}]))


@method(
    "topics", "Ask who writes another's topic", "The broker refuses: no last sequence, no last time.", REFUSED
)
def describe_producers(scene: Scene, number: int) -> Seen:
    """Producers tell how many records they wrote, and when."""
    names = [other(scene, number), scene.cluster.events, scene.cluster.relay]
    topics = [{"name": names[number % 3], "partition_indexes": [0]}]
    return judged(scene.raw.ask("DescribeProducers", topics=topics))


# Writing.


def produce(scene: Scene, topic: str, value: bytes = b"x", key: bytes | None = None) -> dict[str, Any]:
    """Write one record."""
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=1 << 20)
    builder.append(timestamp=None, key=key, value=value)
    builder.close()
    partitions = [{"index": 0, "records": bytes(builder.buffer())}]
    topics = [{"name": topic, "partition_data": partitions}]
    return scene.raw.ask("Produce", version=12, acks=-1, timeout_ms=5_000, topic_data=topics)


@method("topics", "Write to another's inbox", "The broker refuses.", REFUSED)
def write_inbox(scene: Scene, number: int) -> Seen:
    """To speak for another would be worse than to read."""
    return judged(produce(scene, scene.cluster.inbox(scene.town.partner(OTHERS[number % 3]))))


@method("topics", "Write to topics: its own, another's, the log, the relay's", "The broker refuses.", REFUSED)
def write_topics(scene: Scene, number: int) -> Seen:
    """Nobody but the hub writes there."""
    names = [scene.topic(), other(scene, number), scene.cluster.events, scene.cluster.relay, *INTERNAL[:2]]
    return judged(produce(scene, names[number % len(names)]))


@method("topics", "Write to another's inbox against one that is not there", "The same answer.", "alike")
def write_missing(scene: Scene, number: int) -> Seen:
    """There or not there."""
    there = scene.cluster.inbox(scene.town.partner(OTHERS[number % 3]))
    names = (there, scene.cluster.inbox(uuid4()))
    return alike(*(nameless(produce(scene, name), name) for name in names))


@method("topics", "Delete records: of its own topic, another's, the log", "The broker refuses.", REFUSED)
def delete_records(scene: Scene, number: int) -> Seen:
    """The answer would tell where a topic begins."""
    names = [scene.topic(), other(scene, number), scene.cluster.events]
    partitions = [{"partition_index": 0, "offset": -1}]
    answer = scene.raw.ask(
        "DeleteRecords", topics=[{"name": names[number % 3], "partitions": partitions}], timeout_ms=5_000
    )
    return judged(answer)


@method("topics", "Ask for a topic that is not there, and have it made", "It is not made.", REFUSED)
def make_by_asking(scene: Scene, number: int) -> Seen:
    """Brokers can be set to make topics for whoever asks."""
    answer = metadata(scene, [{"name": f"{scene.cluster.prefix}.new.{number}"}], make=True)
    assert codes(answer)
    return judged(answer)
