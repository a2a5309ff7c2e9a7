"""The two Kafka libraries as partner A's system uses them; what they see goes to the judge as it came."""

import time
from typing import Any, Final

import confluent_kafka
from confluent_kafka.admin import AdminClient
from kafka import KafkaConsumer, TopicPartition

from tests.leaks.hunting import Seen
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene

_PATIENCE: Final = 20.0
_AFTER: Final = 4
"""Polls after its own records have come."""


def confluent_options(scene: Scene) -> dict[str, Any]:
    """What librdkafka is given."""
    return {
        "bootstrap.servers": scene.own.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": scene.own.mechanism,
        "sasl.username": scene.own.user,
        "sasl.password": scene.own.password,
        "log_level": 0,
    }


def assigned(scene: Scene, topic: str) -> Seen:
    """What a consumer of kafka-python gets of a topic, by partition, beside its own, which must come."""
    consumer, deadline = _consumer(scene, None), time.monotonic() + _PATIENCE
    wanted, found, after = [TopicPartition(each, 0) for each in (scene.topic(), topic)], [], 0
    try:
        consumer.assign(wanted)
        for place in wanted:
            consumer.seek(place, 0)
        while after < _AFTER:
            assert time.monotonic() < deadline, "its own topic did not come"
            found += [record for records in consumer.poll(50).values() for record in records]
            after += bool(found)
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)
    others = [record for record in found if record.topic != scene.topic()]
    return Seen("records" if others else "nothing", evidence([tuple(record) for record in found]))


def _consumer(scene: Scene, group: str | None) -> Any:
    return KafkaConsumer(
        bootstrap_servers=scene.own.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=scene.own.mechanism,
        sasl_plain_username=scene.own.user,
        sasl_plain_password=scene.own.password,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
        allow_auto_create_topics=False,
    )


def subscribed(scene: Scene, number: int) -> Seen:
    """What a consumer of librdkafka gets of all topics, by a pattern."""
    group = f"{scene.cluster.prefix}.partner.{scene.a}.all{number}"
    with_group = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = confluent_kafka.Consumer(confluent_options(scene) | with_group)
    try:
        consumer.subscribe(["^.*"])
        messages = _polled(consumer)
    finally:
        consumer.close()
    topics = {each.topic() for each in messages if each.error() is None}
    return Seen("its own" if topics == {scene.topic()} else f"{len(topics)} topics", _content(messages))


def confluent_assigned(scene: Scene, topic: str) -> Seen:
    """What a consumer of librdkafka gets of a topic, by partition, reading uncommitted, beside its own."""
    group = f"{scene.cluster.prefix}.partner.{scene.a}.assigned"
    more = {"group.id": group, "isolation.level": "read_uncommitted", "enable.auto.commit": False}
    consumer = confluent_kafka.Consumer(confluent_options(scene) | more)
    try:
        consumer.assign([confluent_kafka.TopicPartition(each, 0, 0) for each in (scene.topic(), topic)])
        messages = _polled(consumer)
    finally:
        consumer.close()
    others = [each for each in messages if each.error() is None and each.topic() != scene.topic()]
    return Seen("records" if others else "nothing", _content(messages))


def watermarks(scene: Scene, topic: str) -> Seen:
    """Where a topic begins and ends, as librdkafka asks for it."""
    consumer = confluent_kafka.Consumer(confluent_options(scene) | {"group.id": "nobody"})
    try:
        found = consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, 0), timeout=5)
    except confluent_kafka.KafkaException as error:
        return Seen(error.args[0].name(), evidence(str(error)))
    finally:
        consumer.close()
    return Seen("offsets", evidence(found))


def _polled(consumer: Any) -> list[Any]:
    """Poll until something has come, and a little longer."""
    deadline, found, after = time.monotonic() + _PATIENCE, [], 0
    while after < _AFTER:
        assert time.monotonic() < deadline, "its own topic did not come"
        found += consumer.consume(500, timeout=0.05)
        after += any(each.error() is None for each in found)
    return found


def _content(messages: list[Any]) -> bytes:
    return evidence(
        [(m.topic(), m.key(), m.value(), m.headers(), str(m.error()), m.offset()) for m in messages]
    )


def confluent_topics(scene: Scene) -> tuple[set[str], bytes]:
    """The topics that librdkafka lists."""
    found = AdminClient(confluent_options(scene)).list_topics(timeout=10)
    return set(found.topics), evidence([*found.topics], str(found))
