"""What a partner installs: its copy of the topic, on a real broker."""

import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import confluent_kafka
import pytest
import trustme
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    NewTopic,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from hub.broker import LocalBroker, Tls
from hub.client import Access, Client, ClientError, Notice
from hub.kafka.connection import Cluster
from hub.schemas import FOLDER, Schemas

pytestmark = pytest.mark.kafka
SCHEMAS = Schemas()
MONTH = timedelta(days=31).total_seconds()
ROOT = Path(__file__).resolve().parents[2]
NEEDLE = "zq-the-dog-of-freja-zq"


def wire(topic: str, body: dict[str, Any]) -> bytes:
    """A value as the relay writes it."""
    return SCHEMAS.wire(topic, body)


class Partner:
    """A partner as the hub makes it: topics, user, permits; and the hub's own hand that writes on its topic."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.id = cluster, str(uuid4())
        self.admin = KafkaAdminClient(**cluster.options())
        self.access = Access(cluster.bootstrap, self.id, "first secret", tls=False, prefix=cluster.prefix)
        self.make_topic()
        self.admin.create_topics([NewTopic(self.access.inbox, 1, 1)])
        self.credential(ScramMechanism.SCRAM_SHA_512, "first secret")
        self.permit(ResourceType.TOPIC, self.access.topic, ACLOperation.READ, ACLOperation.DESCRIBE)
        self.permit(ResourceType.TOPIC, self.access.inbox, ACLOperation.WRITE, ACLOperation.DESCRIBE)
        self.permit(ResourceType.GROUP, f"{self.access.topic}.", ACLOperation.READ)
        self.producer = KafkaProducer(**cluster.options(), transactional_id=f"{cluster.prefix}.{self.id}")
        self.producer.init_transactions()
        self.sequence = 0

    def make_topic(self, **settings: str) -> None:
        """The topic that it reads, as compact as can be."""
        settings = {"cleanup.policy": "compact", **settings}
        for _ in range(50):  # one of that name may still be going away
            try:
                self.admin.create_topics([NewTopic(self.access.topic, 1, 1, topic_configs=settings)])
            except Exception:  # noqa: BLE001
                time.sleep(0.1)
            else:
                return
        raise AssertionError

    def credential(self, mechanism: ScramMechanism, secret: str) -> None:
        """Give its user a secret."""
        done = self.admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(self.access.user, mechanism, secret)]
        )
        assert {self.access.user: None} == done
        time.sleep(0.3)  # until the broker has heard of it

    def permit(self, on: ResourceType, name: str, *may: ACLOperation) -> None:
        """Let its user do something; a group, with all that begin so."""
        kind = ACLResourcePatternType.PREFIXED if on is ResourceType.GROUP else ACLResourcePatternType.LITERAL
        user = f"User:{self.access.user}"
        self.admin.create_acls(
            [ACL(user, "*", each, ACLPermissionType.ALLOW, ResourcePattern(on, name, kind)) for each in may]
        )

    def send(self, *records: tuple[str, bytes | None], abort: bool = False) -> None:
        """Put records on the topic in one transaction."""
        self.producer.begin_transaction()
        for key, value in records:
            self.sequence += key != "tick"
            headers = [("sequence", str(self.sequence).encode())] if key != "tick" else []
            self.producer.send(self.access.topic, key=key.encode(), value=value, headers=headers)
        if abort:
            self.producer.flush()
            self.producer.abort_transaction()
        else:
            self.producer.commit_transaction()

    def close(self) -> None:
        """End its connections."""
        self.producer.close(timeout=1)
        self.admin.close()


def record(text: str = "x", until: datetime | None = None, citizen: str = "ref-1") -> bytes:
    """A record of a meeting."""
    told = {"value": text, "labels": ["plan"], "purposes": None}
    return wire(
        "topic.record.v1",
        {
            "citizen": citizen,
            "event": "meeting.held",
            "happened": "2026-03-01",
            "recorded": "2026-03-02",
            "purposes": ["employment"],
            "why": "consent",
            "valid_until": until,
            "fields": {"text": told},
        },
    )


def notice(name: str, *keys: str) -> tuple[str, bytes]:
    """A notice that access to some records has ended, with its key."""
    body = {"notice": name, "kind": "access_ended", "citizen": "ref-1", "records": list(keys)}
    return f"notice/{name}", wire("topic.notice.v1", {**body, "purge_by": "2026-04-01"})


TICK = ("tick", wire("topic.tick.v1", {"at": datetime(2026, 3, 1, tzinfo=UTC)}))


@pytest.fixture
def partner(cluster: Cluster) -> Iterator[Partner]:
    """A partner of one test's own."""
    made = Partner(cluster)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the copy is."""
    return tmp_path / "copy.sqlite"


def texts(client: Client) -> dict[str, Any]:
    """What the copy tells, by key."""
    return {each.key: each.fields["text"]["value"] for each in client.records()}


def files_with(folder: Path, needle: str) -> list[str]:
    """The files of a folder that have these bytes in them."""
    return [each.name for each in folder.iterdir() if needle.encode() in each.read_bytes()]


# ------------------------------------------------------------------------------------------ keeping in step


def test_a_copy_is_what_the_topic_says_now(partner: Partner, file: Path) -> None:
    """A later record replaces, a tombstone takes away, a tick and an aborted transaction are nothing."""
    partner.send(("a", record("one")), ("b", record("two")), ("c", record("three")))
    partner.send(("a", record("never")), ("d", record("never")), abort=True)
    partner.send(("a", record("one, reworded")), ("b", None), TICK)
    with Client(partner.access, file) as client:
        assert [] == client.records()
        assert client.in_step is None
        client.catch_up()

        assert {"a": "one, reworded", "c": "three"} == texts(client)
        found = {each.key: each for each in client.records()}
        assert ("ref-1", "meeting.held", "2026-03-01") == (
            found["c"].citizen,
            found["c"].event,
            found["c"].happened,
        )
        assert (3, 6) == (found["c"].sequence, found["a"].sequence)
        assert client.in_step is not None
        assert [] == client.aside()
        assert 0 == client.step(0.1)
        partner.send(("c", None), ("e", record("five", citizen="ref-2")))
        client.catch_up()
        assert {"a": "one, reworded", "e": "five"} == texts(client)
        assert ["e"] == [each.key for each in client.records("ref-2")]


def test_a_copy_that_is_in_step_is_never_gathered_anew(
    partner: Partner, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Records that come in quick succession are taken in one after the other, and each is there within a second."""
    with Client(partner.access, file) as client:
        client.catch_up()
        for n in range(60):
            partner.send((f"k{n}", record(str(n))))
            began = time.monotonic()
            while not client.step(0.5):
                assert time.monotonic() - began < 5
            assert str(n) == texts(client)[f"k{n}"]

    assert "gathered anew" not in caplog.text


def test_an_empty_topic_is_soon_read(partner: Partner, file: Path) -> None:
    """Nothing on the topic is nothing in the copy, and it is in step."""
    with Client(partner.access, file) as client:
        client.catch_up()

        assert ([], [], []) == (client.records(), client.notices(), client.aside())
        assert client.in_step is not None


def test_the_hub_sees_how_far_a_copy_is(partner: Partner, file: Path) -> None:
    """The place is told to the partner's group, for whoever operates the hub; the copy itself goes by its file."""
    partner.send(("a", record()), ("b", record()))
    with Client(partner.access, file) as client:
        client.catch_up()
        time.sleep(1)
        client.step(0.1)
    group = f"{partner.access.topic}.main"

    told = partner.admin.list_group_offsets([group])
    assert 3 == told[group][TopicPartition(partner.access.topic, 0)].offset


def test_withdrawn_bytes_leave_the_file(partner: Partner, file: Path) -> None:
    """After a tombstone no file of the folder holds the text; before it, one did. Only its owner may read any."""
    partner.send(("a", record(NEEDLE)), *((f"k{n}", record(f"other {n}")) for n in range(50)))
    with Client(partner.access, file) as client:
        client.catch_up()
        assert [file.name] == files_with(file.parent, NEEDLE)
        print("control: caught")
        partner.send(("a", None))
        client.catch_up()

        assert [] == files_with(file.parent, NEEDLE)
        assert {0o600} == {each.stat().st_mode & 0o777 for each in file.parent.iterdir()}
    assert [] == files_with(file.parent, NEEDLE)


def test_what_has_ended_is_gone_with_the_hub_down(partner: Partner, file: Path) -> None:
    """At `valid_until` a record is read no more, and its bytes leave the file, with no broker to say so."""
    end = datetime.now(UTC) + timedelta(hours=1)
    partner.send(
        ("a", record(NEEDLE, end)),
        ("b", record("stays", end + timedelta(hours=1))),
        ("c", record("for ever")),
    )
    with Client(partner.access, file) as client:
        client.catch_up()
        assert {"a", "b", "c"} == set(texts(client))
    nowhere = replace(partner.access, bootstrap="127.0.0.1:1")
    for now, keys in ((end.timestamp() - 0.001, {"a", "b", "c"}), (end.timestamp(), {"b", "c"})):
        with Client(nowhere, file, clock=partial(float, now)) as client:
            assert keys == set(texts(client))
            assert (not keys - {"b", "c"}) == (not files_with(file.parent, NEEDLE))
            with pytest.raises(ClientError, match="No broker answers"):
                client.step(0.1)


def test_what_ended_before_it_was_read_is_never_there(partner: Partner, file: Path) -> None:
    """A record past its end replaces the one before it, and is not told."""
    partner.send(("a", record("old")))
    with Client(partner.access, file) as client:
        client.catch_up()
        partner.send(("a", record(NEEDLE, datetime(2020, 1, 1, tzinfo=UTC))))
        client.catch_up()

        assert {} == texts(client)
    assert [] == files_with(file.parent, NEEDLE)


def test_bad_input_is_left_aside_and_stops_nothing(
    partner: Partner, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Foreign bytes, an unknown schema, a value cut short, a shape under the wrong key: aside, told, and passed."""
    whole = record(NEEDLE)
    bad = {
        "foreign": b"\x07hello",
        "short": b"\x00",
        "empty": b"",
        "unknown": b"\x00\x00\x00\x00\x01abc",
        "cut": whole[:-3],
        "long": whole + b"x",
        "notice/n": whole,
        "record": notice("n")[1],
        "notice/m": notice("n")[1],
        "message": wire(
            "inbox.purge_confirmed.v1",
            {"message": "m", "notice": "n", "confirmed_at": datetime(2026, 1, 1, tzinfo=UTC)},
        ),
    }
    partner.send(*((key, record("before")) for key in bad if not key.startswith("notice/")))
    partner.send(*bad.items(), ("tick", b"anything"), ("good", record("after")))
    partner.producer.begin_transaction()
    partner.producer.send(partner.access.topic, key=b"", value=whole)
    partner.producer.send(partner.access.topic, key="æ".encode(), value=whole)
    partner.producer.commit_transaction()
    with caplog.at_level(logging.WARNING), Client(partner.access, file) as client:
        client.catch_up()

        assert {"good": "after"} == texts(client)
        assert [] == client.notices()
        aside = client.aside()
        assert [*bad, None, None] == [each.key for each in aside]
        assert "take the hub's schemas anew" in aside[3].reason
        assert len(bad) + 2 == sum("left aside" in each for each in caplog.messages)
        assert NEEDLE not in caplog.text
        partner.send(("cut", record("whole again")), ("foreign", None))
        client.catch_up()
        assert {"cut": "whole again", "good": "after"} == texts(client)
        assert not {"cut", "foreign"} & {each.key for each in client.aside()}
    assert [] == files_with(file.parent, NEEDLE)


# ----------------------------------------------------------------------------------------------- from the start


def test_after_a_long_absence_the_copy_is_gathered_anew(partner: Partner, file: Path) -> None:
    """A withdrawal whose tombstone is gone by then is honoured, for what is not seen again is not kept."""
    partner.send(("a", record(NEEDLE)), ("b", record("two")))
    with Client(partner.access, file) as client:
        client.catch_up()
    with sqlite3.connect(file) as db:  # as if its tombstone had come and gone
        db.execute("UPDATE record SET key = 'gone' WHERE key = 'a'")
    db.close()
    partner.send(("a", None))
    with Client(partner.access, file) as client:
        client.catch_up()
        assert {"gone", "b"} == set(texts(client))
        print("control: caught")
    late = time.time() + MONTH
    with Client(partner.access, file, clock=lambda: late) as client:
        client.step(0)
        assert {"gone", "b"} == set(texts(client))
        client.catch_up()

        assert {"b": "two"} == texts(client)
    assert [] == files_with(file.parent, NEEDLE)
    with Client(partner.access, file, clock=lambda: late + MONTH - 2 * 86_400) as client:
        client.catch_up()
        assert {"b": "two"} == texts(client)


def test_while_gathering_nothing_withdrawn_comes_back(partner: Partner, file: Path) -> None:
    """The old copy is told until the new one has reached the end, but what is newer than it holds at once."""
    partner.send(("a", record("withdrawn later")), ("b", record("broad")), ("c", record("same")))
    partner.send(("a", None))
    with Client(partner.access, file) as client:
        client.catch_up()
        partner.send(("b", record("narrow")), *((f"k{n}", record(str(n))) for n in range(5_000)), ("c", None))
        client.rebuild()
        seen = []
        while client.in_step is None:
            client.step(0.1)
            seen.append(texts(client))

        assert len(seen) > 2
        assert not any("a" in each for each in seen)
        assert not any("b" in each and each["b"] == "broad" for each in seen[-2:])
        assert "same" == seen[0]["c"]
        assert {"b": "narrow", **{f"k{n}": str(n) for n in range(5_000)}} == seen[-1] == texts(client)


@pytest.mark.parametrize("settings", [{}, {"cleanup.policy": "compact,delete"}])
def test_another_topic_under_the_name_is_read_from_its_start(
    partner: Partner, file: Path, settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A topic that was made anew, or whose beginning is gone, is read from where it begins; nothing old stays."""
    partner.send(("a", record("old")), ("b", record("old")), notice("n", "a"))
    with Client(partner.access, file) as client:
        client.catch_up()
        if settings:
            with sqlite3.connect(file) as db:
                db.execute("UPDATE copy SET place = 1")
            db.close()
            place = TopicPartition(partner.access.topic, 0)
            partner.admin.alter_configs(_configs(partner.access.topic, settings))
            partner.send(("c", record("new")), ("d", record("new")))
            partner.admin.delete_records({place: 4})
        else:
            partner.admin.delete_topics([partner.access.topic])
            partner.make_topic()
            partner.send(*((key, record("new")) for key in "cdefg"), ("e", None), ("f", None), ("g", None))
    with Client(partner.access, file) as client:
        client.catch_up()
        client.catch_up()

        assert {"c": "new", "d": "new"} == texts(client)
        assert [] == client.notices()
    assert 1 == sum("gathered anew" in each for each in caplog.messages)


def _configs(topic: str, settings: dict[str, str]) -> list[Any]:
    from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415

    return [ConfigResource(ConfigResourceType.TOPIC, topic, settings)]


# ---------------------------------------------------------------------------------------------- notices and purge


def inbox(partner: Partner) -> list[Any]:
    """What lies in the partner's inbox."""
    options = {**partner.cluster.options(), "auto_offset_reset": "earliest", "consumer_timeout_ms": 1_000}
    consumer = KafkaConsumer(partner.access.inbox, **options)
    try:
        return list(consumer)
    finally:
        consumer.close()


def test_a_purge_is_confirmed_when_the_records_are_gone(partner: Partner, file: Path) -> None:
    """Not before the tombstones are read; then by one message, the same however often it is sent."""
    partner.send(("a", record("one")), ("b", record("two")), notice("n", "a", "b"), ("a", None))
    with Client(partner.access, file) as client:
        with pytest.raises(ClientError, match="no notice n in the copy"):
            client.confirm("n")
        client.catch_up()
        (asked,) = client.notices()
        assert Notice("n", "access_ended", "ref-1", ["a", "b"], "2026-04-01") == asked
        with pytest.raises(ClientError, match="still in the copy"):
            client.confirm(asked)
        assert [] == inbox(partner)
        partner.send(("b", None))
        client.catch_up()
        before = datetime.now(UTC)
        client.confirm(asked)
        assert [] == client.notices()
        client.confirm(asked)

    first, second = inbox(partner)
    assert (first.key, first.value) == (second.key, second.value)
    schema, body = SCHEMAS.unwire(first.value)
    assert "inbox.purge_confirmed.v1" == schema.topic
    assert ("n", first.key.decode()) == (body["notice"], body["message"])
    assert before <= body["confirmed_at"] <= datetime.now(UTC)
    assert UUID(body["message"])


def test_a_confirmation_cut_short_is_sent_again_as_it_was(partner: Partner, file: Path) -> None:
    """The broker gone while it is sent: the notice still stands, and the message, later, says the first time."""
    partner.send(notice("n", "a"))
    with Client(partner.access, file, clock=lambda: 1_800_000_000.0) as client:
        client.catch_up()
    with Client(
        replace(partner.access, bootstrap="127.0.0.1:1"), file, clock=lambda: 1_800_000_000.0
    ) as client:
        with pytest.raises(ClientError, match="No broker answers"):
            client.confirm("n")
    with Client(partner.access, file) as client:
        assert ["n"] == [each.notice for each in client.notices()]
        client.confirm("n")

    (message,) = inbox(partner)
    assert 1_800_000_000.0 == SCHEMAS.unwire(message.value)[1]["confirmed_at"].timestamp()


def test_a_notice_is_settled_by_its_tombstone_and_remembered_until_then(partner: Partner, file: Path) -> None:
    """A confirmed notice is not asked again, also after a rebuild; settled, nothing of it is left."""
    partner.send(notice("n", "a"), notice("m", "b"))
    with Client(partner.access, file) as client:
        client.catch_up()
        client.confirm("n")
        client.rebuild()
        client.catch_up()
        assert ["m"] == [each.notice for each in client.notices()]
        partner.send(("notice/n", None), ("notice/m", None))
        client.catch_up()
        assert [] == client.notices()
    with sqlite3.connect(file) as db:
        assert 0 == db.execute("SELECT count(*) FROM confirmed").fetchone()[0]
    db.close()


def test_a_record_given_again_does_not_hold_up_a_purge(partner: Partner, file: Path) -> None:
    """The notice is about what was there before it; another kind of notice is settled by no purge."""
    odd = {"notice": "odd", "kind": "call_us", "citizen": "ref-1", "records": [], "purge_by": "2026-04-01"}
    partner.send(("a", record("old")), ("a", None), notice("n", "a"), ("a", record("given again")))
    partner.send(("notice/odd", wire("topic.notice.v1", odd)))
    with Client(partner.access, file) as client:
        client.catch_up()
        client.confirm("n")
        with pytest.raises(ClientError, match="of the kind call_us"):
            client.confirm("odd")

        assert {"a": "given again"} == texts(client)
        assert ["odd"] == [each.notice for each in client.notices()]


# --------------------------------------------------------------------------------------------------- refusals


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused secret is known by waiting; two seconds will do here."""
    monkeypatch.setattr("hub.client.broker._PATIENCE", 2_000)


def refusal(access: Access, file: Path) -> str:
    """What the client says when it is refused: one sentence, without the secret."""
    with Client(access, file) as client, pytest.raises(ClientError) as caught:
        client.step(0.1)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert access.password not in said
    return said


def test_each_refusal_is_a_sentence(
    partner: Partner, cluster: Cluster, file: Path, tmp_path: Path, impatient: None
) -> None:
    """Password, mechanism, topic, group, inbox, address, port, file: each is told apart, with what to do."""
    own = partner.access
    stranger = str(uuid4())
    assert "refuses the user" in refusal(replace(own, password="not the secret"), file)
    assert "SCRAM-SHA-256" in refusal(replace(own, mechanism="SCRAM-SHA-256"), file)
    assert "refuses the user" in refusal(replace(own, partner=stranger), tmp_path / "b.sqlite")
    assert "is no address" in refusal(replace(own, bootstrap="kafka"), file)
    assert "No broker answers" in refusal(replace(own, bootstrap="127.0.0.1:1"), file)
    assert "No broker answers" in refusal(replace(own, bootstrap="kafka.invalid:1"), file)
    assert "with TLS" in refusal(replace(own, tls=True), file)
    assert "holds no certificates" in refusal(replace(own, tls=True, ca_file=tmp_path / "none.pem"), file)
    assert "UUID" in _opening(replace(own, partner="jobcenter"), file)
    assert "is no copy of" in _opening(replace(own, partner=stranger), file)
    (tmp_path / "letter.txt").write_text("Kære Freja" * 100)
    assert "name another file" in _opening(own, tmp_path / "letter.txt")
    with pytest.raises(ClientError, match=r"topic\.record\.v1\.avsc"):
        Client(own, file, schemas=tmp_path)

    other = Partner(cluster)
    lured = Access(own.bootstrap, other.id, "x", tls=False, prefix=own.prefix)
    user = own.user  # our own user, on another partner's topic
    strayed = _Strayed(
        lured.bootstrap, lured.partner, own.password, tls=False, prefix=own.prefix, as_user=user
    )
    assert f"may not use {other.access.topic}" in refusal(strayed, tmp_path / "c.sqlite")
    partner.permit(ResourceType.TOPIC, other.access.topic, ACLOperation.DESCRIBE)
    assert "suspended" in refusal(strayed, tmp_path / "c.sqlite")
    partner.permit(ResourceType.TOPIC, other.access.topic, ACLOperation.READ)
    assert "groups that begin with" in refusal(strayed, tmp_path / "c.sqlite")
    partner.permit(ResourceType.GROUP, f"{other.access.topic}.", ACLOperation.READ)
    other.send(notice("n"))
    with Client(strayed, tmp_path / "c.sqlite") as client:
        client.catch_up()
        with pytest.raises(ClientError, match="inbox"):
            client.confirm("n")
    other.close()


class _Strayed(Access):
    """One partner's user with another's id."""

    def __init__(self, *args: Any, as_user: str, **more: Any) -> None:
        super().__init__(*args, **more)
        object.__setattr__(self, "as_user", as_user)

    @property
    def user(self) -> str:
        return self.as_user  # type: ignore[attr-defined,no-any-return]


def _opening(access: Access, file: Path) -> str:
    with pytest.raises(ClientError) as caught:
        Client(access, file)
    return str(caught.value)


def test_one_process_keeps_a_copy(partner: Partner, file: Path) -> None:
    """A second one is refused with a sentence; it may read, and take over when the first has ended."""
    partner.send(("a", record("one")))
    with Client(partner.access, file) as first, Client(partner.access, file) as second:
        first.catch_up()
        with pytest.raises(ClientError, match="Another process keeps"):
            second.step()
        assert {"a": "one"} == texts(second)
        first.close()
        partner.send(("b", record("two")))
        second.catch_up()
        assert {"a": "one", "b": "two"} == texts(second)


def test_a_secret_is_changed_without_a_gap(partner: Partner, file: Path, impatient: None) -> None:
    """While it changes both secrets are let in; when the old one is taken back, it is refused and the new one reads."""
    new = replace(partner.access, password="second secret", mechanism="SCRAM-SHA-256")
    partner.credential(ScramMechanism.SCRAM_SHA_256, "second secret")
    for n, access in enumerate((partner.access, new)):
        partner.send((f"k{n}", record(str(n))))
        with Client(access, file) as client:
            client.catch_up()
            assert n + 1 == len(client.records())
    partner.credential(ScramMechanism.SCRAM_SHA_512, "another's")

    assert "take the newest secret" in refusal(partner.access, file)
    with Client(new, file) as client:
        client.catch_up()


# ---------------------------------------------------------------------------------------------- TLS, and absence


def _certificate(authority: trustme.CA, **how: Any) -> Tls:
    made = authority.issue_cert("127.0.0.1", **how)
    key = load_pem_private_key(made.private_key_pem.bytes(), None)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Tls("".join(each.bytes().decode() for each in made.cert_chain_pems), plain)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the brokers' certificates."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """What partners are handed to know the broker by."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@pytest.fixture(scope="module")
def secure(broker: LocalBroker, authority: trustme.CA) -> Iterator[LocalBroker]:
    """A broker of this module's own, with TLS, that may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-tls-"))
    try:
        with LocalBroker(folder, tls=_certificate(authority)) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def safe(secure: LocalBroker, ca_file: Path) -> Iterator[Partner]:
    """A partner on that broker, whose access is TLS."""
    made = Partner(Cluster(secure.bootstrap, secure.user, secure.password, prefix="safe"))
    made.access = replace(made.access, bootstrap=secure.tls_bootstrap, tls=True, ca_file=ca_file)
    yield made
    made.close()


def test_the_broker_s_certificate_is_looked_at(
    safe: Partner, file: Path, tmp_path: Path, impatient: None
) -> None:
    """Signed by the CA that was handed out, it is let through; by another, or for another name, it is refused."""
    safe.send(("a", record("one")))
    with Client(safe.access, file) as client:
        client.catch_up()
        assert {"a": "one"} == texts(client)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    elsewhere = safe.access.bootstrap.replace("127.0.0.1", "localhost")

    assert "not to be trusted" in refusal(replace(safe.access, ca_file=tmp_path / "other.pem"), file)
    assert "not to be trusted" in refusal(replace(safe.access, ca_file=None), file)
    assert "check the address" in refusal(replace(safe.access, bootstrap=elsewhere), file)
    assert "refuses the user" in refusal(replace(safe.access, password="wrong"), file)
    assert "without TLS" in refusal(replace(safe.access, tls=False), file)


def test_the_example_in_the_readme_runs(
    secure: LocalBroker, ca_file: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its ten lines, as they stand there, print the records and confirm the notice."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## For a partner's developer\n")[1]
    example = section.split("```python\n")[1].split("```")[0]
    partner = Partner(Cluster(secure.bootstrap, secure.user, secure.password))
    request.addfinalizer(partner.close)
    partner.send(("a", record()), ("b", record(citizen="ref-2")), notice("n", "a"), ("a", None))
    ca_file.rename(tmp_path / "hub-ca.pem")
    handed = {"KAFKA": secure.tls_bootstrap, "PARTNER": partner.id, "SECRET": partner.access.password}

    ran = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, **handed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (0, "ref-2 meeting.held 2026-03-01\n") == (ran.returncode, ran.stdout), ran.stderr
    assert 1 == len(inbox(partner))
    assert len([line for line in example.splitlines() if line]) <= 10


def test_an_expired_certificate_is_a_sentence(
    broker: LocalBroker, authority: trustme.CA, ca_file: Path, file: Path
) -> None:
    """It is said to have expired, and nothing is sent to it."""
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-expired-"))
    old = _certificate(
        authority,
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2021, 1, 1, tzinfo=UTC),
    )
    try:
        with LocalBroker(folder, tls=old) as running:
            access = Access(running.tls_bootstrap, str(uuid4()), "secret", ca_file=ca_file)
            assert "has expired: ask the hub to renew it" in refusal(access, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_broker_that_goes_away_is_waited_for(
    safe: Partner, secure: LocalBroker, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, what ends meanwhile leaves the file, and the copy goes on by itself when the broker is back."""
    end = datetime.now(UTC) + timedelta(seconds=6)
    safe.send(("a", record("one")), ("b", record(NEEDLE, end)))
    stop, failed = threading.Event(), []

    def run() -> None:
        try:
            with Client(safe.access, file) as client:
                client.follow(stop)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=run)
    with caplog.at_level(logging.INFO, "hub.client"):
        thread.start()
        with Client(safe.access, file) as reader:
            _until(lambda: {"a", "b"} == set(texts(reader)))
            secure.kill()
            _until(lambda: "The copy waits for it" in caplog.text)
            _until(lambda: not files_with(file.parent, NEEDLE))
            secure.start_again()
            safe.send(("c", record("three")))
            _until(lambda: {"a", "c"} == set(texts(reader)))
        stop.set()
        thread.join(20)

    assert [] == failed
    assert not thread.is_alive()
    assert 1 == caplog.text.count("The copy waits for it")
    assert 1 == caplog.text.count("The broker answers again")


def _until(met: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.1)


# -------------------------------------------------------------------------------- what others read it with


class Registry(BaseHTTPRequestHandler):
    """A schema registry on loopback, as far as reading needs one: the published files, by schema id."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer /schemas/ids/<id>; to all else, that it is not there."""
        path = self.path.split("?")[0]
        code, answer = 404, b'{"error_code": 404, "message": "not here"}'
        if path.startswith("/schemas/ids/"):
            self.asked.append(path)
            topic = SCHEMAS.by_id[int(path.rsplit("/", 1)[1])].topic
            file = (FOLDER / f"{topic}.avsc").read_text(encoding="utf-8")
            code, answer = 200, json.dumps({"schema": file, "schemaType": "AVRO"}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_standard_deserializer_reads_what_the_hub_writes(partner: Partner) -> None:
    """confluent-kafka's consumer and AvroDeserializer, given the published files, read record, notice and tick."""
    until = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    values = {"a": record("En hund.", until), "b": record("plain"), **dict([notice("n", "a", "b"), TICK])}
    partner.send(*values.items(), ("b", None))
    access = partner.access
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": access.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": access.mechanism,
            "sasl.username": access.user,
            "sasl.password": access.password,
            "group.id": f"{access.topic}.reports",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            registry = SchemaRegistryClient({"url": f"http://127.0.0.1:{server.server_port}"})
            deserializer = AvroDeserializer(registry)
            consumer.subscribe([access.topic])
            found: list[tuple[str, Any]] = []
            deadline = time.monotonic() + 30
            while len(found) < 5:
                assert time.monotonic() < deadline
                message = consumer.poll(1)
                if message is not None:
                    assert message.error() is None
                    context = SerializationContext(access.topic, MessageField.VALUE)
                    found.append((message.key().decode(), deserializer(message.value(), context)))
        finally:
            consumer.close()
            server.shutdown()

    assert [(key, SCHEMAS.unwire(value)[1]) for key, value in values.items()] == found[:4]
    assert ("b", None) == found[4]
    assert until == found[0][1]["valid_until"]
    assert {"value": "En hund.", "labels": ["plan"], "purposes": None} == found[0][1]["fields"]["text"]
    assert 3 == len(set(Registry.asked))


# ------------------------------------------------------------------------------------------------------ kills

KEEPER = """
import json, sys
from hub.client import Access, Client
with Client(Access(**json.loads(sys.argv[1])), sys.argv[2]) as client:
    client.follow()
"""


def folded(partner: Partner) -> dict[str, Any]:
    """The topic as a raw consumer folds it: the last value of each key."""
    options = {**partner.cluster.options(), "isolation_level": "read_committed", "enable_auto_commit": False}
    consumer = KafkaConsumer(**options, auto_offset_reset="earliest")
    place, found = TopicPartition(partner.access.topic, 0), {}
    try:
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        while consumer.position(place) < end:
            for each in consumer.poll(500).get(place, []):
                found[each.key.decode()] = each.value
    finally:
        consumer.close()
    return {
        key: SCHEMAS.unwire(value)[1]["fields"]["text"]["value"]
        for key, value in found.items()
        if value is not None and key != "tick"
    }


def places_in(file: Path) -> list[int | None]:
    """How far a copy has come; nothing while there is none, or while it is being written."""
    if not file.exists():
        return []
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(file)) as db:
        return [row[0] for row in db.execute("SELECT place FROM copy")]
    return []


def test_a_client_killed_ten_times_loses_and_doubles_nothing(partner: Partner, file: Path) -> None:
    """Killed at random while records and tombstones come, the copy is in the end what a raw consumer folds."""
    stop, chance = threading.Event(), random.Random(4)
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            batch = [
                (
                    f"k{chance.randrange(400)}",
                    None if chance.random() < 0.3 else record(f"text {written + n}"),
                )
                for n in range(20)
            ]
            partner.send(*batch, TICK, abort=chance.random() < 0.1)
            written += 20
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    asked = [sys.executable, "-c", KEEPER, json.dumps(asdict(partner.access)), str(file)]
    places: list[int | None] = []
    kills = 0
    try:
        while kills < 10 or (kills < 40 and len({each for each in places if each}) < 5):
            kills += 1
            before, begun = places_in(file), time.monotonic()
            keeper = subprocess.Popen(asked, stderr=subprocess.DEVNULL)
            while kills % 4 and places_in(file) == before and time.monotonic() - begun < 20:
                time.sleep(0.05)  # until it has gone on; every fourth is killed wherever it is
            time.sleep(chance.uniform(0, 0.5))
            keeper.send_signal(signal.SIGKILL)
            keeper.wait()
            places += places_in(file)
    finally:
        stop.set()
        writer.join()
    assert len({each for each in places if each}) >= 5
    with Client(partner.access, file) as client:
        client.catch_up()
        expected = folded(partner)
        assert len(expected) > 100
        assert expected == texts(client)
        assert [] == client.aside()
    with sqlite3.connect(file) as db:
        db.execute("UPDATE record SET body = replace(body, 'text ', 'test ') WHERE key = ?", [min(expected)])
        assert "ok" == db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    with Client(partner.access, file) as client:
        assert [min(expected)] == [key for key, text in texts(client).items() if text != expected[key]]
        print("control: caught")
    print(f"{written} records written, killed at {places}")
