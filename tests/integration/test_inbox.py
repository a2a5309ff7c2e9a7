"""The partners' inboxes: what their systems send in, on a real broker, and what the hub makes of it."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from kafka import KafkaProducer
from kafka.errors import TopicAuthorizationFailedError
from structlog.testing import capture_logs

import hub.consumers.inbox as module
from hub.aggregates import Actor
from hub.application import commands, disclosure
from hub.application.explain import Asked
from hub.broker import LocalBroker
from hub.client import Access, Client
from hub.consumers.inbox import SQL, Inbox
from hub.consumers.messages import LARGEST
from hub.errors import AccessDenied, Conflict, DatabaseUnavailable, NotPermitted
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.schemas import Schemas
from hub.vocabulary import EXISTENCE, Category, Role
from hub.wording import EVENTS
from tests import checking, kafka
from tests.building import CITIZEN, HUB_ITSELF, PARTNERS, STAFF, Town, rich, settle

pytestmark = pytest.mark.kafka
SCHEMAS: Final = Schemas()
CONFIRMED: Final = "consents.purge_confirmed"
AT: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
LARGE: Final = {"inbox": {"max.message.bytes": str(2 * 1024 * 1024)}}


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """Four partners, two of them with topics; inboxes that take more than the hub does."""
    town = settle(database, tmp_path)
    database.run(SQL["tables"])
    return kafka.on_kafka(town, cluster, "jobcentre", "social_psychiatry", changed=LARGE)


@pytest.fixture
def folder(broker: LocalBroker) -> Iterator[Path]:
    """A folder for a broker of one test's own."""
    made = Path(tempfile.mkdtemp(prefix="hub-test-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def inbox(town: Town, cluster: Cluster) -> Iterator[Inbox]:
    """The hub's side of the inboxes."""
    with Inbox(town.hub, cluster) as inbox:
        yield inbox


def asked(town: Town, citizen: UUID, partner: str = "jobcentre", records: int = 2) -> UUID:
    """A notice to a partner, as the relay makes them."""
    notice = uuid4()
    checking.do(
        town.database.conninfo,
        "INSERT INTO partner_notices (notice_id, partner_id, citizen_id, records, position, purge_by)"
        " VALUES (%s, %s, %s, %s, 1, '2026-04-01')",
        notice,
        town.partner(partner),
        citizen,
        [uuid4() for _ in range(records)],
    )
    return notice


def told(notice: UUID | str, message: UUID | str | None = None, at: datetime = AT) -> tuple[bytes, bytes]:
    """A message that confirms a notice: its key and its value."""
    name = str(message or uuid4())
    body = {"message": name, "notice": str(notice), "confirmed_at": at}
    return name.encode(), SCHEMAS.wire("inbox.purge_confirmed.v1", body)


def send(
    cluster: Cluster, town: Town, *messages: tuple[bytes | None, bytes | None], by: str = "jobcentre"
) -> None:
    """Put messages in a partner's inbox."""
    topic = cluster.inbox(town.partner(by))
    kafka.write(cluster, topic, [(0, key, value, []) for key, value in messages])


def kept(town: Town) -> list[tuple[Any, ...]]:
    """Outcome and reason of each message, in the order in which they lie there."""
    return checking.ask(
        town.database.conninfo, 'SELECT outcome, reason FROM inbox_messages ORDER BY stream, "offset"'
    )


def confirmed(town: Town, citizen: UUID) -> list[Any]:
    """The events on a citizen that say that a purge was confirmed."""
    return [opened for item, opened in town.hub.items(citizen) if item.event == CONFIRMED]


def settled(town: Town, notice: UUID) -> tuple[bool, list[tuple[Any, ...]]]:
    """Whether a notice is confirmed, and the lines that settle it."""
    conninfo = town.database.conninfo
    done = checking.ask(
        conninfo, "SELECT confirmed_at IS NOT NULL FROM partner_notices WHERE notice_id = %s", notice
    )
    lines = (
        "SELECT partner_id, citizen_id, item, operation, position FROM partner_log WHERE disclosure_id = %s"
    )
    return done[0][0], checking.ask(conninfo, lines, notice)


def ended(town: Town, partner: str = "jobcentre") -> tuple[UUID, UUID]:
    """A citizen who has withdrawn a consent, all the way to the partner's topic; and the notice it was sent."""
    citizen = rich(town)
    kafka.around(town)
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner(partner))
    kafka.around(town)
    query = "SELECT notice_id FROM partner_notices WHERE citizen_id = %s AND partner_id = %s"
    return citizen, checking.ask(town.database.conninfo, query, citizen, town.partner(partner))[0][0]


# What is accepted.


def test_a_confirmed_purge_is_recorded_and_its_notice_settled(
    town: Town, inbox: Inbox, cluster: Cluster
) -> None:
    """The event says whose system, which notice, how many records, when; one line settles the notice; all is kept."""
    citizen = rich(town, 1)
    notice = asked(town, citizen, records=3)
    message = told(notice)
    send(cluster, town, message)

    assert 1 == inbox.catch_up()

    (opened,) = confirmed(town, citizen)
    act, jobcentre = opened.body["act"], town.partner("jobcentre")
    assert (jobcentre.bytes, notice.bytes, 3) == tuple(
        opened.body[n] for n in ("partner", "notice", "records")
    )
    assert ("partner", jobcentre.bytes, None, None, "inbox") == tuple(
        act[name] for name in ("role", "partner", "unit", "person", "source")
    )
    assert int(AT.timestamp() * 1_000_000) == act["occurred_at"]
    position = max(item.position for item, _ in town.hub.items(citizen))
    assert (True, [(jobcentre, citizen, 0, "settled", position)]) == settled(town, notice)
    query = "SELECT partner_id, message_id, type, outcome, reason, key, value FROM inbox_messages"
    assert [
        (
            *(jobcentre, UUID(message[0].decode()), "inbox.purge_confirmed.v1", "accepted", None),
            *message,
        )
    ] == checking.ask(town.database.conninfo, query)
    assert 0 == inbox.catch_up()


def test_a_partners_program_settles_its_notice(town: Town, inbox: Inbox, cluster: Cluster) -> None:
    """What hub.client confirms comes back to it as a notice that is gone; the citizen reads of it in words."""
    citizen, notice = ended(town)
    jobcentre = town.partner("jobcentre")
    with Admin(cluster) as admin:
        admin.set_secret(jobcentre, "SCRAM-SHA-512", "a secret of theirs")
    access = Access(cluster.bootstrap, str(jobcentre), "a secret of theirs", tls=False, prefix=cluster.prefix)
    with Client(access, town.wired.settings.home / "copy.db") as client:
        client.catch_up()
        assert [str(notice)] == [each.notice for each in client.notices()]
        client.confirm(str(notice))
        client.confirm(str(notice))

        assert 2 == inbox.catch_up()
        kafka.around(town, "timeline", "partner_view")
        client.catch_up()

        assert [] == client.notices()
    assert [("accepted", None), ("repeated", None)] == kept(town)
    assert [] == kafka.wrong_with_topic(town.database.conninfo, cluster, jobcentre)
    last = kafka.read(cluster, cluster.partner(jobcentre))[-1]
    assert (f"notice/{notice}".encode(), None) == (last.key, last.value)
    entry = town.access.timeline(town.themself, citizen, None).entries[0]
    assert (CONFIRMED, jobcentre, str(jobcentre)) == (entry.event, entry.by, entry.fields["partner"])
    assert "slettet" in EVENTS[entry.event][0]


def test_a_message_counts_once_however_often_it_comes(town: Town, inbox: Inbox, cluster: Cluster) -> None:
    """The same again, and another one of the same notice, are kept as repeated; a message id is its partner's own."""
    citizen = rich(town, 1)
    notice, message = asked(town, citizen), uuid4()
    theirs = asked(town, citizen, "social_psychiatry")
    send(cluster, town, told(notice, message), told(notice, message))
    inbox.catch_up()
    send(cluster, town, told(notice, message), told(notice))
    inbox.catch_up()

    assert [("accepted", None), *[("repeated", None)] * 3] == kept(town)
    assert 1 == len(confirmed(town, citizen))
    assert 1 == len(settled(town, notice)[1])
    send(cluster, town, told(theirs, message), by="social_psychiatry")
    inbox.catch_up()
    assert settled(town, theirs)[0]
    assert 2 == len(confirmed(town, citizen))


def test_a_partner_whose_every_relation_has_ended_still_confirms(
    town: Town, inbox: Inbox, cluster: Cluster
) -> None:
    """An access that ended wholly is the very thing a purge is confirmed for; also where no consent was ever given."""
    citizen = town.enrol()
    notice = asked(town, citizen)
    send(cluster, town, told(notice, at=datetime(2999, 1, 1, tzinfo=UTC)))
    inbox.catch_up()

    assert [("accepted", None)] == kept(town)
    (opened,) = confirmed(town, citizen)
    assert opened.body["act"]["occurred_at"] == opened.body["act"]["recorded_at"], "never later than now"


# What is refused.


def test_every_bad_message_is_refused_for_its_reason_and_stops_nothing(
    town: Town, inbox: Inbox, cluster: Cluster
) -> None:
    """Each is kept as it came with one reason; the good message behind them all is accepted."""
    citizen, used = rich(town, 1), uuid4()
    first, second, third, theirs = (
        asked(town, citizen),
        asked(town, citizen),
        asked(town, citizen),
        asked(town, citizen, "social_psychiatry"),
    )
    good = told(second)
    key, value = told(first)
    record = SCHEMAS.wire("topic.tick.v1", {"at": AT})
    event = b"\0" + SCHEMAS.by_topic["consents.purge_confirmed.v1"].id.to_bytes(4, "big") + b"\0" * 80
    bad: list[tuple[tuple[bytes | None, bytes | None], str]] = [
        ((key, None), "no_value"),
        ((key, b""), "foreign_bytes"),
        ((key, b"\0\0"), "foreign_bytes"),
        ((key, b'{"message": "json"}'), "foreign_bytes"),
        ((key, value[:-3]), "foreign_bytes"),
        ((key, value + b"\0"), "foreign_bytes"),
        ((key, b"\0\x7f\xff\xff\xff" + value[5:]), "unknown_schema"),
        ((key, b"\0\xff\xff\xff\xff" + value[5:]), "unknown_schema"),
        ((key, record), "not_for_an_inbox"),
        ((key, event), "not_for_an_inbox"),
        ((None, value), "key_is_not_the_message_id"),
        ((b"\xff\xfe", value), "key_is_not_the_message_id"),
        ((str(uuid4()).encode(), value), "key_is_not_the_message_id"),
        ((key.upper(), value), "key_is_not_the_message_id"),
        (told(first, "not an id"), "key_is_not_the_message_id"),
        (told(first, "a\0b"), "key_is_not_the_message_id"),
        (told(first, str(uuid4()).upper()), "key_is_not_the_message_id"),
        (told(uuid4()), "unknown_notice"),
        (told(theirs), "unknown_notice"),
        (told("not an id"), "unknown_notice"),
        (told("a\0b"), "unknown_notice"),
        (told(third, at=datetime(1, 1, 1, tzinfo=UTC)), "impossible_time"),
        ((key, b"\0" * 1_000_000), "too_large"),
        ((key, value + b"\0" * LARGEST), "too_large"),
    ]
    send(cluster, town, told(first, used))
    send(cluster, town, *(message for message, _ in bad), told(second, used), good)

    with capture_logs() as lines:
        assert len(bad) + 3 == inbox.catch_up()

    reasons = [reason for _, reason in bad] + ["message_id_of_another_notice"]
    assert [("accepted", None), *(("refused", why) for why in reasons), ("accepted", None)] == kept(town)
    query = 'SELECT key, value FROM inbox_messages WHERE outcome = %s ORDER BY "offset"'
    found = checking.ask(town.database.conninfo, query, "refused")
    assert [message for message, _ in bad] == found[: len(bad)], "as they came"
    assert {first.bytes, second.bytes} == {opened.body["notice"] for opened in confirmed(town, citizen)}
    assert [False, False] == [settled(town, notice)[0] for notice in (third, theirs)]
    assert reasons == [line["reason"] for line in lines if line["event"] == "a message was refused"]
    assert not any(str(citizen) in str(line) or str(theirs) in str(line) for line in lines)


def test_a_suspended_partner_is_not_heard_until_it_is_let_in_again(
    town: Town, inbox: Inbox, cluster: Cluster
) -> None:
    """While it is suspended all it sends is refused; the same message afterwards is accepted, the others' always."""
    citizen, message = rich(town, 1), uuid4()
    notice, theirs = asked(town, citizen), asked(town, citizen, "social_psychiatry")
    commands.suspend_partner(town.hub, HUB_ITSELF, town.partner("jobcentre"), "aftalen er udløbet")
    send(cluster, town, told(notice, message), (b"x", b"y"))
    send(cluster, town, told(theirs), by="social_psychiatry")
    inbox.catch_up()
    by_partner = "SELECT outcome, reason FROM inbox_messages WHERE partner_id = %s"
    found = checking.ask(town.database.conninfo, by_partner, town.partner("jobcentre"))

    assert [("refused", "suspended")] * 2 == found
    assert not settled(town, notice)[0]
    assert settled(town, theirs)[0]
    with pytest.raises(NotPermitted):
        commands.confirm_purge(
            town.hub,
            Actor(Role.PARTNER, town.partner("jobcentre")),
            citizen,
            town.partner("jobcentre"),
            notice=notice,
            records=1,
        )
    commands.resume_partner(town.hub, HUB_ITSELF, town.partner("jobcentre"))
    send(cluster, town, told(notice, message))
    inbox.catch_up()
    assert settled(town, notice)[0]


def test_the_broker_itself_takes_no_large_message(town: Town, cluster: Cluster) -> None:
    """With the settings that the hub gives an inbox, a megabyte does not come in at all."""
    with Admin(cluster) as admin:
        admin.apply(partitions=6, partners=[town.partner("jobcentre"), town.partner("social_psychiatry")])

    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        send(cluster, town, (b"key", b"\0" * 1_000_000))


# Who may write.


def test_only_its_own_partner_writes_to_an_inbox(town: Town, cluster: Cluster) -> None:
    """The broker takes a partner's message in its own inbox, and neither there nor reading in another's."""
    jobcentre, other = town.partner("jobcentre"), town.partner("social_psychiatry")
    with Admin(cluster) as admin:
        admin.set_secret(other, "SCRAM-SHA-512", "another secret")
    theirs = replace(cluster, user=cluster.partner_user(other), password="another secret")

    with producing(theirs) as producer:
        assert 0 == producer.send(cluster.inbox(other), b"y", b"x").get(10).offset
        with pytest.raises(TopicAuthorizationFailedError):
            producer.send(cluster.inbox(jobcentre), b"y", b"x").get(10)

    assert [] == kafka.read(cluster, cluster.inbox(jobcentre))
    assert 1 == len(kafka.read(cluster, cluster.inbox(other)))


@contextmanager
def producing(cluster: Cluster) -> Iterator[KafkaProducer]:
    """A raw producer."""
    producer = KafkaProducer(**kafka.options(cluster), acks="all", max_block_ms=8_000)
    try:
        yield producer
    finally:
        producer.close(timeout=1)


# Whatever ends it when.


KILLED = """
import os, signal, sys
from pathlib import Path
import hub.consumers.inbox as module
from hub.kafka.connection import Cluster
from hub.postgres import Database
from tests.faults.workers import _wired

when, address, folder, *terms = sys.argv[1:]
done = module.confirm_purge

def end():
    os.kill(os.getpid(), signal.SIGKILL)

def confirm(*terms, **named):
    if when == "before":
        named["before_save"] = end
    answer = done(*terms, **named)
    if when == "after":
        end()
    return answer

module.confirm_purge = confirm
if when == "within":
    module.SQL["notify"] = "SELECT pg_terminate_backend(pg_backend_pid())"
with Database(address, size=3) as database:
    hub = _wired(database, Path(folder)).hub
    with module.Inbox(hub, Cluster(*terms[:3], prefix=terms[3])) as inbox:
        inbox.catch_up()
"""


def killed(town: Town, cluster: Cluster, when: str) -> int:
    """Let another process take the messages in, until it is ended at a certain point; how it ended."""
    terms = (cluster.bootstrap, str(cluster.user), str(cluster.password), cluster.prefix)
    place = (town.database.conninfo, str(town.wired.settings.home))
    return subprocess.run(
        [sys.executable, "-c", KILLED, when, *place, *terms], timeout=60, check=False
    ).returncode


def test_a_process_that_is_killed_doubles_and_loses_nothing(town: Town, cluster: Cluster) -> None:
    """Before the event is saved, after it, and within the outcome: the next process brings it to the same end."""
    citizen = rich(town, 1)
    for number, (when, ending) in enumerate((("before", -9), ("after", -9), ("within", 1))):
        notice, before = asked(town, citizen), kept(town)
        send(cluster, town, told(notice), (b"x", b"y"))

        assert ending == killed(town, cluster, when)

        assert before == kept(town)
        assert number + (when != "before") == len(confirmed(town, citizen))
        assert (False, []) == settled(town, notice)
        with Inbox(town.hub, cluster) as inbox:
            assert 2 == inbox.catch_up()
        assert [*before, ("accepted", None), ("refused", "foreign_bytes")] == kept(town)
        positions = [item.position for item, _ in town.hub.items(citizen) if item.event == CONFIRMED]
        assert number + 1 == len(positions)
        done, ((_, _, _, _, position),) = settled(town, notice)
        assert (True, positions[-1]) == (done, position)


def test_an_inbox_made_anew_is_read_from_its_start(town: Town, inbox: Inbox, cluster: Cluster) -> None:
    """Nothing at its beginning is passed over; what was recorded before its message was lost is settled by the next."""
    citizen = rich(town, 1)
    first, second, third = (asked(town, citizen) for _ in range(3))
    send(cluster, town, told(first), (b"x", b"y"), (b"x", b"y"))
    inbox.catch_up()
    inbox.close()
    send(cluster, town, told(second))
    assert -9 == killed(town, cluster, "after")
    kafka.delete_topic(cluster, cluster.inbox(town.partner("jobcentre")))
    with Admin(cluster) as admin:
        admin.apply(partitions=6, partners=list(map(town.partner, ("jobcentre", "social_psychiatry"))))
    send(cluster, town, told(second), told(third))

    assert 2 == inbox.catch_up()

    query = "SELECT outcome FROM inbox_messages WHERE reason IS NULL ORDER BY received_at"
    outcomes = checking.ask(town.database.conninfo, query)
    assert [("accepted",), ("repeated",), ("accepted",)] == outcomes
    assert 3 == len(confirmed(town, citizen))
    assert [(True, 1)] * 3 == [
        (done, len(lines)) for done, lines in (settled(town, each) for each in (first, second, third))
    ]


def test_one_process_at_a_time_reads_the_inboxes(town: Town, inbox: Inbox, cluster: Cluster) -> None:
    """A second one waits for its turn and goes on where the first was; one that was overtaken rolls back."""
    citizen = rich(town, 1)
    first, second, third = (asked(town, citizen) for _ in range(3))
    send(cluster, town, told(first))
    inbox.catch_up()
    with Inbox(town.hub, cluster) as other:
        with pytest.raises(Conflict):
            other.step()
        inbox.close()
        send(cluster, town, told(second))
        assert 1 == other.catch_up()
        send(cluster, town, (b"x", b"y"), told(third))
        checking.do(town.database.conninfo, "UPDATE inbox_offsets SET next_offset = next_offset + 1")

        with pytest.raises(Conflict):
            kafka.until(lambda: other.step(1.0))

        assert [("accepted", None)] * 2 == kept(town)
        assert 1 == other.catch_up()
        assert [("accepted", None)] * 3 == kept(town)


def test_a_lost_session_is_a_lost_election(town: Town, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the session that holds the lock is ended, the next look finds out and stands for election again."""
    monkeypatch.setattr(module, "LOOK", 0.0)
    inbox.catch_up()
    held = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
    checking.ask(
        town.database.conninfo, f"{held} (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    with pytest.raises(DatabaseUnavailable):
        inbox.step()
    assert 0 == inbox.step()


@contextmanager
def running(inbox: Inbox) -> Iterator[list[dict[str, Any]]]:
    """Let it run in a thread meanwhile; what it logs."""
    over = threading.Event()
    with capture_logs() as lines:
        thread = threading.Thread(target=inbox.run, args=(over.is_set, 0.1))
        thread.start()
        try:
            yield lines  # type: ignore[misc]
        finally:
            over.set()
            thread.join(20)
            assert not thread.is_alive()


def test_new_inboxes_are_read_without_a_restart_and_missing_ones_waited_for(
    town: Town, inbox: Inbox, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner that gets a topic while it runs is heard; one whose topic is not there yet is told once."""
    monkeypatch.setattr(module, "LOOK", 0.1)
    citizen = rich(town, 1)
    notice, early = asked(town, citizen, "authority"), asked(town, citizen)
    authority = town.partner("authority")
    missing = "an inbox is not there and is waited for"
    with running(inbox) as lines:
        kafka.give_topic(town.database.conninfo, authority)
        kafka.until(lambda: missing in [line["event"] for line in lines])
        send(cluster, town, told(early))
        kafka.until(lambda: settled(town, early)[0])
        time.sleep(0.5)
        with Admin(cluster) as admin:
            admin.apply(partitions=6, partners=list(town.partners.values()))
        send(cluster, town, told(notice), by="authority")
        kafka.until(lambda: settled(town, notice)[0])

    assert [cluster.inbox(authority)] == [line["topic"] for line in lines if line["event"] == missing]
    query = "SELECT what FROM consumer_errors WHERE consumer = 'inbox'"
    assert "hub kafka apply" in checking.ask(town.database.conninfo, query)[0][0]


def test_a_broker_that_is_away_is_waited_for(
    database: Database, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed and started again under a running inbox: said once, gone on by itself, nothing lost or doubled."""
    monkeypatch.setattr(module, "LOOK", 0.2)
    with LocalBroker(folder / "kafka") as broker:
        cluster = Cluster(broker.bootstrap, broker.user, broker.password)
        town = settle(database, tmp_path)
        database.run(SQL["tables"])
        kafka.on_kafka(town, cluster, "jobcentre")
        citizen = rich(town, 1)
        first, second = asked(town, citizen), asked(town, citizen)
        with Inbox(town.hub, cluster) as inbox, running(inbox) as lines:
            send(cluster, town, told(first))
            kafka.until(lambda: settled(town, first)[0])
            broker.kill()
            kafka.until(lambda: "the inboxes wait" in [line["event"] for line in lines], 40)
            broker.start_again()
            send(cluster, town, told(second))
            kafka.until(lambda: settled(town, second)[0], 40)
    assert [("accepted", None)] * 2 == kept(town)
    assert 2 == len(confirmed(town, citizen))


# Who may know.


def seen(town: Town, cluster: Cluster, citizen: UUID) -> set[str]:
    """Wherever a partner sees that a purge was confirmed."""
    found = set()
    for slug, (partner, purpose) in STAFF.items():
        with suppress(AccessDenied):
            entries = town.access.timeline(town.reader(slug), citizen, purpose).entries
            found |= {f"timeline {partner}" for entry in entries if entry.event == CONFIRMED}
        with suppress(AccessDenied):
            entries = town.access.view(town.reader(slug), town.partner(partner), citizen, purpose)
            found |= {f"view {partner}" for entry in entries if entry.event == CONFIRMED}
    positions = [item.position for item, _ in town.hub.items(citizen) if item.event == CONFIRMED]
    conninfo = town.database.conninfo
    rows = f"SELECT count(*) FROM {checking.live(conninfo, 'partner_view')}.partner_view WHERE position = ANY(%s)"
    if checking.ask(conninfo, rows, positions)[0][0]:
        found.add("rows")
    for partner in ("jobcentre", "social_psychiatry"):
        for record in kafka.read(cluster, cluster.partner(town.partner(partner))):
            if record.value is not None and b"purge_confirmed" in record.value:
                found.add(f"topic {partner}")
    return found


def test_no_partner_ever_sees_that_a_purge_was_confirmed(
    town: Town, inbox: Inbox, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells that an access has ended: no timeline, view, row or topic has it, its recorder's own included."""
    citizen, notice = ended(town)
    for partner, (purposes, _) in PARTNERS.items():
        everything = [str(category) for category in Category if category is not Category.ATTENDANCE]
        if partner != "jobcentre":
            town.consent(citizen, partner, *everything, purposes=purposes)
    town.task(citizen, "eva")
    send(cluster, town, told(notice, at=town.later()))
    inbox.catch_up()
    kafka.around(town, *checking.COLUMNS)

    assert CONFIRMED in [entry.event for entry in town.access.timeline(town.themself, citizen, None).entries]
    assert set() == seen(town, cluster, citizen)
    event = next(i.event_id for i, _ in town.hub.items(citizen) if i.event == CONFIRMED)
    for partner in town.partners.values():
        assert not town.access.explain(town.themself, citizen, partner, Asked(event=event)).seen

    monkeypatch.setitem(EXISTENCE, CONFIRMED, Category.CONTACT)
    sees = disclosure._REGISTRAR_SEES | {CONFIRMED}
    monkeypatch.setattr(disclosure, "_REGISTRAR_SEES", sees)
    monkeypatch.setattr(disclosure, "_NOBODY_SEES", disclosure._NOBODY_SEES - {CONFIRMED})
    another, notice = ended(town)
    send(cluster, town, told(notice, at=town.later()))
    inbox.catch_up()
    kafka.around(town, *checking.COLUMNS)
    wanted = {"timeline jobcentre", "view jobcentre", "timeline social_psychiatry", "rows", "topic jobcentre"}
    assert wanted <= seen(town, cluster, another)
    print("control: caught")
