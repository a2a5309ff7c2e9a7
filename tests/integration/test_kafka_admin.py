"""Topics, settings and permits as code: brought to what they ought to be, and what differs is found."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    NewTopic,
    ResourcePattern,
    ResourceType,
)

from hub.broker import LocalBroker
from hub.errors import BrokerUnavailable, HubError, Misconfigured
from hub.kafka import permits
from hub.kafka.admin import Admin, Difference
from hub.kafka.connection import Cluster
from hub.kafka.topics import permits_of, topics_of, topics_of_hub

A, B = UUID(int=0xA), UUID(int=0xB)
DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[Admin]:
    """A broker with the topics of a hub and of two partners; the second is closed."""
    with Admin(cluster) as opened:
        opened.apply(partitions=6, partners=[A], closed=[B])
        yield opened


@pytest.fixture
def by_hand(cluster: Cluster) -> Iterator[KafkaAdminClient]:
    """Somebody at the broker with other tools than ours."""
    with KafkaAdminClient(**cluster.options()) as client:
        yield client


def again(admin: Admin) -> list[Difference]:
    """What differs now; it is put right at that."""
    return admin.apply(partitions=6, partners=[A], closed=[B])


def grant(
    by_hand: KafkaAdminClient,
    user: str,
    name: str,
    may: str = "READ",
    *,
    on: str = "TOPIC",
    beginning: bool = False,
    deny: bool = False,
) -> None:
    """A permit that somebody gives by hand."""
    shape = ACLResourcePatternType.PREFIXED if beginning else ACLResourcePatternType.LITERAL
    made = by_hand.create_acls(
        [
            ACL(
                f"User:{user}",
                "*",
                ACLOperation[may],
                ACLPermissionType.DENY if deny else ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType[on], name, shape),
            )
        ]
    )
    assert not made["failed"]


def shown(condition: Callable[[], bool]) -> None:
    """Wait until the broker shows what was done by hand."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the broker does not show it"
        time.sleep(0.02)


def test_a_second_time_nothing_differs(cluster: Cluster) -> None:
    """The first time says all that it makes, a dry run makes none of it, and the second time says nothing."""
    with Admin(cluster) as admin:
        told = admin.apply(partitions=6, partners=[A], closed=[B], dry_run=True)
        assert {} == admin.topics([cluster.events, cluster.partner(A)])
        made = admin.apply(partitions=6, partners=[A], closed=[B])

        assert sorted(told) == sorted(made)
        assert {"topic": 6, "permit": 5} == {
            kind: [d.kind for d in made].count(kind) for kind in {d.kind for d in made}
        }
        assert [] == again(admin)
        assert [] == admin.apply(partitions=6, partners=[A], closed=[B], dry_run=True)


def test_topics_are_as_the_file_says(admin: Admin, cluster: Cluster) -> None:
    """Events for ever, in the hub's partitions; what partners see is compacted, and its deletions kept a month."""
    found = admin.settings([cluster.events, cluster.relay, cluster.partner(A), cluster.inbox(A)])

    assert (6, 1, 1, 1) == tuple(
        admin.partitions(name)
        for name in (cluster.events, cluster.relay, cluster.partner(A), cluster.inbox(A))
    )
    assert ("delete", "-1", "-1") == tuple(
        found[cluster.events][name] for name in ("cleanup.policy", "retention.ms", "retention.bytes")
    )
    assert {"compact"} == {found[name]["cleanup.policy"] for name in (cluster.relay, cluster.partner(A))}
    assert int(found[cluster.partner(A)]["delete.retention.ms"]) >= 30 * DAY
    assert 90 * DAY == int(found[cluster.inbox(A)]["retention.ms"])
    assert {"LogAppendTime"} == {settings["message.timestamp.type"] for settings in found.values()}


def test_withdrawn_bytes_are_gone_within_an_hour() -> None:
    """From the tombstone to the end of the file: what the settings add up to leaves room for a cleaner that is busy."""
    settings = topics_of(Cluster("nowhere"), A)[0].settings
    tick, cleaner = 60_000, 15_000
    most = max(int(settings["segment.ms"]), int(settings["max.compaction.lag.ms"]))

    assert most + tick + cleaner + int(settings["file.delete.delay.ms"]) <= 20 * 60_000


@pytest.mark.parametrize(("replicas", "fewest"), [(1, "1"), (2, "1"), (3, "2"), (5, "2")])
def test_one_broker_of_three_may_be_away(replicas: int, fewest: str) -> None:
    """Every acknowledged record has two copies where there are three, and a single broker works."""
    cluster = Cluster("nowhere", replicas=replicas)

    for topic in (*topics_of_hub(cluster, 6), *topics_of(cluster, A)):
        assert (replicas, fewest) == (topic.copies, topic.settings["min.insync.replicas"])


def test_a_setting_changed_by_hand_is_found_and_put_right(
    admin: Admin, cluster: Cluster, by_hand: KafkaAdminClient
) -> None:
    """Another value and a setting too many are both named with what they were, and are as before after it."""
    wrong = {"retention.ms": "1000", "flush.ms": "7"}
    by_hand.alter_configs([ConfigResource(ConfigResourceType.TOPIC, cluster.events, wrong)])
    shown(lambda: wrong.items() <= admin.settings([cluster.events])[cluster.events].items())

    assert [
        Difference("setting", f"{cluster.events} flush.ms", "7", "-"),
        Difference("setting", f"{cluster.events} retention.ms", "1000", "-1"),
    ] == again(admin)
    assert [] == again(admin)
    assert "-1" == admin.settings([cluster.events])[cluster.events]["retention.ms"]


def test_another_count_of_partitions_is_refused(
    admin: Admin, cluster: Cluster, by_hand: KafkaAdminClient
) -> None:
    """It cannot be put right: a sentence names the topic and both counts, and nothing is made or changed."""
    with pytest.raises(Misconfigured, match=rf"{cluster.events} has 6 partitions and must have 7"):
        admin.apply(partitions=7, partners=[A, B, uuid4()])
    assert [] == again(admin)

    other = replace(cluster, prefix=f"{cluster.prefix}-x")
    by_hand.create_topics([NewTopic(other.relay, 2, 1)])
    with Admin(other) as wrong, pytest.raises(Misconfigured, match="has 2 partitions and must have 1"):
        shown(lambda: bool(wrong.topics([other.relay])))
        wrong.apply(partitions=6)
    with Admin(other) as wrong:
        assert {other.relay} == set(wrong.topics([other.relay, other.events]))


@pytest.mark.parametrize("everybody", [False, True])
def test_a_permit_given_by_hand_is_found_and_taken_away(
    admin: Admin, cluster: Cluster, by_hand: KafkaAdminClient, *, everybody: bool
) -> None:
    """A partner on another's topic, or on the log, or everybody on one of ours: named, and gone."""
    user = "*" if everybody else cluster.partner_user(A)
    wrong = [
        (cluster.partner(B), "READ", False),
        (cluster.events, "READ", False),
        (f"{cluster.prefix}.", "DESCRIBE", True),
    ]
    for name, may, beginning in wrong:
        grant(by_hand, user, name, may, beginning=beginning)
    shown(
        lambda: len([1 for permit, _ in admin.permits() if permit.name in {name for name, *_ in wrong}]) == 3
    )

    expected = sorted(
        f"{user} {may} topic {name}{'*' if beginning else ''}" for name, may, beginning in wrong
    )
    assert expected == sorted(
        d.what for d in admin.apply(partitions=6, partners=[A], closed=[B], dry_run=True)
    )
    assert [("permit_gone", what) for what in expected] == sorted((d.kind, d.what) for d in again(admin))
    assert [] == again(admin)


def test_what_is_others_is_left_to_them(admin: Admin, cluster: Cluster, by_hand: KafkaAdminClient) -> None:
    """A tool's own permit is nobody's business; one that opens more than the hub, or denies, is told and left."""
    grant(by_hand, "a-backup-tool", cluster.events)
    assert [] == again(admin)

    wide = cluster.prefix
    grant(by_hand, "*", wide, beginning=True)
    grant(by_hand, cluster.partner_user(A), cluster.partner(A), deny=True)
    try:
        shown(lambda: len(again(admin)) == 2)
        assert {("everyone", False), ("denied", False)} == {(d.kind, d.repaired) for d in again(admin)}
        assert 2 == len(again(admin))
    finally:  # the broker is other tests' too
        permits.take(
            admin._client, [one for one, _ in admin.permits() if one.user == "*" and one.name == wide]
        )


def test_a_permit_that_was_lost_is_given_again(admin: Admin, cluster: Cluster) -> None:
    """Closing takes every permit of a partner, opening gives exactly those of the file."""
    assert {("permit_gone", 5), ("permit", 5)} == {
        (kind, len(permits_of(cluster, [A])))
        for kind in {d.kind for d in admin.apply(partitions=6, partners=[B], closed=[A])}
    }
    mine = {permit for permit, allows in admin.permits() if allows and admin.partner_of(permit.user)}
    assert permits_of(cluster, [B]) == mine & permits_of(cluster, [A, B])
    assert not mine & permits_of(cluster, [A])


def test_the_hubs_own_user_gets_what_it_needs(admin: Admin, cluster: Cluster) -> None:
    """A hub that is no superuser makes topics, gives permits and secrets, and finds nothing to do, with these alone."""
    admin.apply(partitions=6, partners=[A], closed=[B], hub_user=cluster.partner_user(B))
    # A partner's user stands in for the hub's: it is a plain user, and its secret is easily given.
    admin.set_secret(B, "SCRAM-SHA-512", "a long secret")
    own = Cluster(
        cluster.bootstrap,
        cluster.partner_user(B),
        "a long secret",
        prefix=cluster.prefix,
    )
    with Admin(own) as plain:
        assert [] == plain.apply(partitions=6, partners=[A], closed=[B], hub_user=own.user)
        new = uuid4()
        made = plain.apply(partitions=6, partners=[A, new], closed=[B], hub_user=own.user)
        plain.set_secret(new, "SCRAM-SHA-256", "another secret")
        assert {"SCRAM-SHA-256"} == plain.credentials()[new]
    assert 7 == len(made)


def test_a_topic_made_anew_is_another(admin: Admin, cluster: Cluster, by_hand: KafkaAdminClient) -> None:
    """Its id changes, the cluster's stays; a topic that is not there is said not to be."""
    before = admin.topic_id(cluster.relay)
    by_hand.delete_topics([cluster.relay])
    shown(lambda: not admin.topics([cluster.relay]))
    with pytest.raises(BrokerUnavailable, match=f"{cluster.relay}: the topic is not there"):
        admin.topic_id(cluster.relay)

    assert [Difference("topic", cluster.relay, "", "1")] == again(admin)
    assert before != admin.topic_id(cluster.relay)
    with Admin(cluster) as other:
        assert admin.cluster_id() == other.cluster_id()


def test_a_plain_user_administers_nothing(admin: Admin, cluster: Cluster) -> None:
    """Every attempt is one sentence that names the place, and nothing has changed."""
    admin.set_secret(A, "SCRAM-SHA-512", "a long secret")
    own = Cluster(cluster.bootstrap, cluster.partner_user(A), "a long secret", prefix=cluster.prefix)
    with Admin(own) as partner:
        for attempt in (
            lambda: partner.apply(partitions=6, partners=[A, B]),
            partner.permits,
            lambda: partner.bring_permits(permits_of(cluster, [A, B])),
            lambda: partner.set_secret(B, "SCRAM-SHA-512", "mine"),
            lambda: partner.bring_topics(topics_of(cluster, uuid4())),
        ):
            with pytest.raises(HubError) as refused:
                attempt()
            message = str(refused.value)
            assert message.endswith((".", ")."))
            assert "\n" not in message
            assert "mine" not in message
    assert [] == again(admin)


def test_a_wrong_secret_and_an_absent_broker_are_told_apart(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is one sentence that says what to look at, the first at once; no thread of the client's is left behind."""
    before, began = threading.active_count(), time.monotonic()
    with pytest.raises(BrokerUnavailable, match="password"):
        Admin(replace(cluster, password="wrong"))
    assert time.monotonic() - began < 7
    monkeypatch.setattr("hub.kafka.connection.PATIENCE", 1_000)
    with pytest.raises(BrokerUnavailable, match="HUB_KAFKA_BOOTSTRAP"):
        Admin(replace(cluster, bootstrap="127.0.0.1:1"))
    assert before == threading.active_count()


def test_a_broker_that_keeps_nobody_out_gets_no_partner(broker: LocalBroker) -> None:
    """Without an authorizer a partner's permits are refused with what to set; a hub alone is told, and works."""
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-kafka-"))
    try:
        with LocalBroker(folder, settings={"authorizer.class.name": ""}) as open_to_all:
            cluster = Cluster(open_to_all.bootstrap, open_to_all.user, open_to_all.password)
            with Admin(cluster) as admin:
                with pytest.raises(Misconfigured, match="authorizer"):
                    admin.apply(partitions=2, partners=[A])
                admin.apply(partitions=2)
                assert [Difference("unguarded", "hub", repaired=False)] == admin.apply(partitions=2)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
