"""Partners at the broker: each its own topic, a secret that is told once, and nothing left when it is suspended."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from hub.application import commands
from hub.application.broker_access import BrokerAccess, Issued
from hub.errors import BadInput, BrokerUnavailable, NotFound, NotPermitted, WrongStatus
from hub.kafka.admin import Admin, Difference
from hub.kafka.connection import Cluster
from hub.kafka.reasons import refused_at_once
from hub.postgres import Database
from hub.store import Opened
from tests.building import HUB_ITSELF, Town, settle

SHORT = 3_000
"""Milliseconds to wait for what must be refused."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is away is waited for a second only."""
    monkeypatch.setattr("hub.kafka.connection.PATIENCE", 1_000)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """Four registered partners."""
    return settle(database, tmp_path)


@pytest.fixture
def opened() -> list[UUID]:
    """The partners whose topic was told to have just been opened."""
    return []


@pytest.fixture
def access(town: Town, cluster: Cluster, opened: list[UUID]) -> BrokerAccess:
    """Partners at the session's broker, with the hub's own topics there."""
    with Admin(cluster) as admin:
        admin.apply(partitions=6)
    return BrokerAccess(town.hub, cluster, lambda _, partner: opened.append(partner))


def given(access: BrokerAccess, partner: UUID) -> Issued:
    """A topic for a partner."""
    issued = access.open(HUB_ITSELF, partner)
    assert issued is not None
    return issued


def reconciled(access: BrokerAccess) -> list[Difference]:
    """What had to be put right."""
    with Admin(access.cluster) as admin:
        return access.reconcile(admin)


def system(cluster: Cluster, issued: Issued) -> Cluster:
    """The cluster as a partner's system sees it."""
    return replace(cluster, user=issued.user, password=issued.secret, mechanism=issued.mechanism)


def options(own: Cluster) -> dict[str, Any]:
    """Give up soon: what is refused here is refused at once."""
    return {**own.options(), "bootstrap_timeout_ms": SHORT}


def send(cluster: Cluster, topic: str, value: bytes) -> None:
    """One record."""
    with KafkaProducer(**options(cluster), max_block_ms=SHORT, acks="all") as producer:
        producer.send(topic, value, key=value, partition=0).get(timeout=SHORT / 1000)


def read(cluster: Cluster, topic: str, group: str | None = None, seconds: float = 1) -> list[bytes]:
    """What a system reads of a topic, in a group or without one; raises what it is refused with."""
    with refused_at_once():
        consumer = KafkaConsumer(**options(cluster), group_id=group, auto_offset_reset="earliest")
    try:
        if group is None:
            consumer.assign([TopicPartition(topic, 0)])
        else:
            consumer.subscribe([topic])
        found: list[bytes] = []
        deadline = time.monotonic() + seconds
        while not found and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=100).values():
                found += [record.value for record in records]
        return found
    finally:
        consumer.close(autocommit=False, timeout_ms=1_000)


def refused(attempt: Callable[[], list[bytes] | None]) -> str:
    """The broker's refusal; some it makes by giving nothing."""
    try:
        found = attempt()
    except KafkaError as error:
        return type(error).__name__
    assert not found
    return "nothing"


def lets_in(cluster: Cluster, issued: Issued) -> bool:
    """Whether a secret is good for reading its topic."""
    try:
        return read(system(cluster, issued), issued.topic, seconds=5) == [b"yours"]
    except KafkaError:
        return False


def events(town: Town, partner: UUID) -> list[tuple[Any, ...]]:
    """What is recorded of a partner's secrets: the type, and all that it says."""
    found = []
    for record in town.hub.log.after(0, 10_000):
        (told,) = town.wired.store.sealer.open_all([record])
        if isinstance(told, Opened) and told.originator_id == partner and ".credential_" in told.schema.topic:
            body = {name: value for name, value in told.body.items() if name != "act"}
            found.append((told.schema.topic.split(".")[1], *body.values()))
    return found


# ------------------------------------------------------------------------------------------------ one's own


def test_a_partner_reaches_its_own_and_nothing_else(
    access: BrokerAccess, town: Town, cluster: Cluster
) -> None:
    """With its own secret it reads its topic in its groups and writes its inbox; everything of others is refused."""
    mine, theirs = (given(access, town.partner(name)) for name in ("jobcentre", "addiction_treatment"))
    for topic in (mine.topic, theirs.topic, cluster.events, cluster.relay):
        send(cluster, topic, b"yours" if topic == mine.topic else b"not yours")
    own = system(cluster, mine)

    assert [b"yours"] == read(own, mine.topic, seconds=10)
    assert [b"yours"] == read(own, mine.topic, f"{mine.groups}main", seconds=10)
    send(own, mine.inbox, b"hello")
    assert [b"hello"] == read(cluster, mine.inbox, seconds=10)

    told = {
        "topic": refused(lambda: read(own, theirs.topic)),
        "events": refused(lambda: read(own, cluster.events)),
        "relay": refused(lambda: read(own, cluster.relay)),
        "own inbox": refused(lambda: read(own, mine.inbox)),
        "group": refused(lambda: read(own, mine.topic, f"{theirs.groups}main")),
        "hub's group": refused(lambda: read(own, mine.topic, cluster.group("timeline"))),
        "inbox": refused(lambda: send(own, theirs.inbox, b"x")),
        "write own topic": refused(lambda: send(own, mine.topic, b"x")),
        "write events": refused(lambda: send(own, cluster.events, b"x")),
        "transaction": refused(lambda: transaction(own, cluster.relay)),
    }
    assert "GroupAuthorizationFailedError" == told["group"] == told["hub's group"]
    assert not {"inbox", "write own topic", "write events", "transaction"} & {
        what for what, how in told.items() if how == "nothing"
    }
    for topic in (theirs.topic, theirs.inbox):
        assert len(read(cluster, topic, seconds=0.5)) == (topic == theirs.topic)


def transaction(own: Cluster, name: str) -> None:
    """Begin as the relay."""
    producer = KafkaProducer(**options(own), transactional_id=name, max_block_ms=SHORT)
    try:
        producer.init_transactions()
    finally:
        producer.close(timeout=0)


def test_the_control_finds_a_leak(access: BrokerAccess, town: Town, cluster: Cluster) -> None:
    """If a permit were given by mistake, the same reading would find it; and it is taken away again."""
    mine, theirs = (given(access, town.partner(name)) for name in ("jobcentre", "addiction_treatment"))
    send(cluster, theirs.topic, b"not yours")
    with Admin(cluster) as admin:
        wrong = next(
            permit for permit, _ in admin.permits() if permit.name == theirs.topic and permit.may == "READ"
        )
        everything = frozenset(permit for permit, _ in admin.permits())
        admin.bring_permits(everything | {wrong._replace(user=mine.user)})
        assert [b"not yours"] == read(system(cluster, mine), theirs.topic, seconds=10)
        assert [Difference("permit_gone", f"{mine.user} READ topic {theirs.topic}")] == access.reconcile(
            admin
        )

    assert refused(lambda: read(system(cluster, mine), theirs.topic))


# ------------------------------------------------------------------------------------------------- opening


def test_a_topic_is_opened_once(access: BrokerAccess, town: Town, opened: list[UUID]) -> None:
    """Opened again there is nothing to give; what the topic begins with is asked for once; nothing differs after it."""
    jobcentre = town.partner("jobcentre")
    issued = given(access, jobcentre)

    assert access.open(HUB_ITSELF, jobcentre) is None
    assert ([jobcentre], (jobcentre,)) == (opened, access.partners())
    assert [] == reconciled(access)
    assert ("SCRAM-SHA-512", None) == (issued.mechanism, issued.earlier_until)
    assert len(issued.secret) >= 43
    assert issued.secret not in repr(issued)


def test_who_may_not_opens_nothing(
    access: BrokerAccess, town: Town, cluster: Cluster, opened: list[UUID]
) -> None:
    """Another organisation, a partner that nobody registered, one that is suspended: refused, and nothing is made."""
    jobcentre, strange = town.partner("jobcentre"), uuid4()
    with pytest.raises(NotPermitted):
        access.open(town.actor("ann"), jobcentre)
    with pytest.raises(NotFound):
        access.open(HUB_ITSELF, strange)
    with pytest.raises(WrongStatus, match="no topic"):
        access.rotate(HUB_ITSELF, jobcentre)
    with pytest.raises(NotFound):
        access.rotate(HUB_ITSELF, strange)
    commands.suspend_partner(town.hub, HUB_ITSELF, jobcentre, "no agreement")
    with pytest.raises(WrongStatus, match="suspended"):
        access.open(HUB_ITSELF, jobcentre)

    with Admin(cluster) as admin:
        assert not admin.topics([cluster.partner(jobcentre), cluster.partner(strange)])
        assert not admin.credentials().keys() & {jobcentre, strange}
    assert ([], ()) == (opened, access.partners())


def test_a_broker_that_is_away_gives_nothing_and_records_nothing(
    town: Town, cluster: Cluster, impatient: None
) -> None:
    """One sentence; the partner has no topic yet, and gets it when the broker is back."""
    jobcentre, nothing = town.partner("jobcentre"), lambda _, __: None
    away = BrokerAccess(town.hub, replace(cluster, bootstrap="127.0.0.1:1"), nothing)
    with pytest.raises(BrokerUnavailable, match="HUB_KAFKA_BOOTSTRAP"):
        away.open(HUB_ITSELF, jobcentre)
    assert ([], ()) == (events(town, jobcentre), away.partners())

    assert given(BrokerAccess(town.hub, cluster, nothing), jobcentre)
    assert [("credential_issued", "SCRAM-SHA-512", None)] == events(town, jobcentre)


# ------------------------------------------------------------------------------------------------- rotation


def test_both_secrets_work_for_a_while(access: BrokerAccess, town: Town, cluster: Cluster) -> None:
    """During the overlap the old and the new one read, after it only the new one; the audit tells it."""
    jobcentre = town.partner("jobcentre")
    old = given(access, jobcentre)
    send(cluster, old.topic, b"yours")
    new = access.rotate(HUB_ITSELF, jobcentre, timedelta(days=7))

    assert ("SCRAM-SHA-256", town.clock() + timedelta(days=7)) == (new.mechanism, new.earlier_until)
    assert (True, True) == (lets_in(cluster, old), lets_in(cluster, new))
    town.later(days=6)
    assert [] == reconciled(access)
    town.later(days=1)
    assert [Difference("credential_gone", f"{old.user} SCRAM-SHA-512")] == reconciled(access)
    assert (False, True) == (lets_in(cluster, old), lets_in(cluster, new))
    assert [] == reconciled(access)
    until = int(new.earlier_until.timestamp() * 1_000_000) if new.earlier_until else None
    assert [
        ("credential_issued", "SCRAM-SHA-512", None),
        ("credential_issued", "SCRAM-SHA-256", until),
        ("credential_revoked", "SCRAM-SHA-512", "expired"),
    ] == events(town, jobcentre)


def test_a_secret_that_leaked_is_over_at_once(access: BrokerAccess, town: Town, cluster: Cluster) -> None:
    """Without overlap only the new one works; rotating within an overlap ends the oldest: there is room for two."""
    jobcentre = town.partner("jobcentre")
    first = given(access, jobcentre)
    send(cluster, first.topic, b"yours")
    second = access.rotate(HUB_ITSELF, jobcentre, timedelta(0))
    assert (False, True) == (lets_in(cluster, first), lets_in(cluster, second))

    third = access.rotate(HUB_ITSELF, jobcentre)
    fourth = access.rotate(HUB_ITSELF, jobcentre)
    assert [False, True, True] == [lets_in(cluster, one) for one in (second, third, fourth)]
    assert [] == reconciled(access)


def test_a_command_that_is_sent_again_gives_no_second_secret(
    access: BrokerAccess, town: Town, cluster: Cluster
) -> None:
    """It is refused, and the secret that was told then still works."""
    jobcentre, command = town.partner("jobcentre"), uuid4()
    send(cluster, given(access, jobcentre).topic, b"yours")
    told = access.rotate(HUB_ITSELF, jobcentre, command_id=command)
    with pytest.raises(WrongStatus, match="carried out already"):
        access.rotate(HUB_ITSELF, jobcentre, command_id=command)

    assert lets_in(cluster, told)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
def test_an_overlap_has_an_end(access: BrokerAccess, town: Town, overlap: timedelta) -> None:
    """A negative one, or one without end, is refused."""
    with pytest.raises(BadInput, match="overlap"):
        access.rotate(HUB_ITSELF, town.partner("jobcentre"), overlap)


# ---------------------------------------------------------------------------------------------- suspension


def test_a_suspended_partner_is_out(access: BrokerAccess, town: Town, cluster: Cluster) -> None:
    """An open session gets no further record, a new login is refused; let in again, it needs a new secret."""
    jobcentre = town.partner("jobcentre")
    issued = given(access, jobcentre)
    both = (issued, access.rotate(HUB_ITSELF, jobcentre))
    send(cluster, issued.topic, b"yours")
    session = KafkaConsumer(**system(cluster, issued).options(), group_id=None, auto_offset_reset="earliest")
    try:
        session.assign([TopicPartition(issued.topic, 0)])
        assert next(iter(session.poll(timeout_ms=5_000).values()))

        commands.suspend_partner(town.hub, HUB_ITSELF, jobcentre, "no agreement")
        assert {"credential_gone": 2, "permit_gone": 5} == kinds(reconciled(access))
        send(cluster, issued.topic, b"later")
        assert (
            "nothing" in (how := refused(lambda: list(session.poll(timeout_ms=2_000).values())))
            or "Authorization" in how
        )
    finally:
        session.close(autocommit=False, timeout_ms=1_000)
    assert [False, False] == [lets_in(cluster, one) for one in both]
    assert {"suspended"} == {said[2] for said in events(town, jobcentre) if said[0] == "credential_revoked"}

    commands.resume_partner(town.hub, HUB_ITSELF, jobcentre)
    assert {"permit": 5} == kinds(reconciled(access))
    assert not lets_in(cluster, issued)
    new = access.rotate(HUB_ITSELF, jobcentre)
    assert [b"yours", b"later"] == read(system(cluster, new), new.topic, seconds=10)
    assert [] == reconciled(access)


def kinds(differences: list[Difference]) -> dict[str, int]:
    """How many of each kind."""
    return {one.kind: [each.kind for each in differences].count(one.kind) for one in differences}


def test_a_suspension_is_not_undone_by_letting_in_before_the_broker_heard_of_it(
    access: BrokerAccess, town: Town, cluster: Cluster
) -> None:
    """Suspended and let in while the broker was away: the secrets from before are over all the same."""
    jobcentre = town.partner("jobcentre")
    issued = given(access, jobcentre)
    send(cluster, issued.topic, b"yours")
    commands.suspend_partner(town.hub, HUB_ITSELF, jobcentre, "no agreement")
    commands.resume_partner(town.hub, HUB_ITSELF, jobcentre)
    assert lets_in(cluster, issued)

    assert {"credential_gone": 1} == kinds(reconciled(access))
    assert not lets_in(cluster, issued)


def test_what_was_done_by_hand_is_put_right(access: BrokerAccess, town: Town, cluster: Cluster) -> None:
    """A secret that nobody recorded is taken, a topic and permits that are gone come back, a lost secret is told."""
    jobcentre, strange = town.partner("jobcentre"), uuid4()
    issued = given(access, jobcentre)
    with Admin(cluster) as admin:
        admin.set_secret(strange, "SCRAM-SHA-512", "by hand")
        admin.set_secret(jobcentre, "SCRAM-SHA-256", "by hand")
        admin.drop_secret(jobcentre, "SCRAM-SHA-512")
        admin.bring_permits(frozenset())
        admin._client.delete_topics([issued.inbox])
        while admin.topics([issued.inbox]):
            pass
        with_nothing_changed = access.apply(admin, 6, dry_run=True)
        done = access.reconcile(admin)

        assert with_nothing_changed == done
        assert {"credential_gone": 2, "credential_missing": 1, "permit": 5, "topic": 1} == kinds(done)
        assert {"credential_missing": 1} == kinds(access.reconcile(admin))
        assert {jobcentre: set(), strange: set()} == {
            one: admin.credentials().get(one, set()) for one in (jobcentre, strange)
        }
    access.rotate(HUB_ITSELF, jobcentre)
    assert [] == reconciled(access)
