"""The relay: what the store holds lies on `hub.events` once, in order, byte for byte, whatever ends the relay when."""

import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from hub.application import commands
from hub.errors import BrokerUnavailable, Conflict, HubError, Misconfigured
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.kafka.producer import Out, Transactions
from hub.postgres import Database, EmbeddedServer, create_database, drop_database
from hub.relay.publication import Publication
from hub.relay.relay import Relay
from tests import checking, kafka
from tests.building import Town, rich, settle
from tests.kafka import on_kafka, relayed, wrong_with_events

EVENTS: Final = (
    "SELECT position, originator_id, originator_version, citizen_id, log_time FROM events ORDER BY 1"
)


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """Two citizens, four partners, and topics for the jobcentre."""
    town = settle(database, tmp_path)
    for _ in range(2):
        rich(town)
    return on_kafka(town, cluster, "jobcentre")


def copied(cluster: Cluster, record: Any, **other: Any) -> None:
    """Write a record of the log once more, or another one like it."""
    place = (record.partition, record.key, record.value, record.headers)
    kafka.write(cluster, record.topic, [other.get("place", place)])


# What lies there.


def test_every_event_lies_once_in_order_in_each_partition_it_belongs_to(town: Town, cluster: Cluster) -> None:
    """The log is the store, byte for byte and keyed by citizen; a record missing or doubled would have been found."""
    conninfo = town.database.conninfo
    assert wrong_with_events(conninfo, cluster), "control: nothing is there yet"

    assert relayed(town) > 0

    assert [] == wrong_with_events(conninfo, cluster)
    copied(cluster, kafka.read(cluster, cluster.events)[3])
    assert any("doubled" in wrong for wrong in wrong_with_events(conninfo, cluster)), "control: caught"


def test_the_judge_misses_what_was_deleted_and_sees_what_does_not_belong(
    town: Town, cluster: Cluster
) -> None:
    """The judge of these tests finds one record that is not in the store, and one of the store that is not there."""
    relayed(town)
    conninfo = town.database.conninfo
    checking.do(conninfo, "UPDATE events SET value = value || 'x'::bytea WHERE position = 7")

    wrong = wrong_with_events(conninfo, cluster)

    assert any("7 is missing" in each for each in wrong)
    assert any("7 does not belong" in each for each in wrong)


class Opaque(JSONFormat):
    """The value of an event is bytes, and the SDK leaves them alone."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:
        """As it is."""
        return body


def test_the_cloudevents_sdk_reads_every_record(town: Town, cluster: Cluster) -> None:
    """Each record is a CloudEvent in Kafka's binary mode: id, source, type and time are the event's own."""
    relayed(town)
    conninfo = town.database.conninfo
    stored = {row[0]: row for row in checking.ask(conninfo, EVENTS)}
    hub = checking.ask(conninfo, "SELECT value FROM hub_meta WHERE name = 'hub'")[0][0]

    records, ids = kafka.read(cluster, cluster.events), {}
    for record in records:
        event = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), Opaque())
        position = int(dict(record.headers)["position"])
        _, originator, version, citizen, log_time = stored[position]
        assert event.get_specversion() == "1.0"
        assert event.get_source() == f"urn:uuid:{hub}"
        assert event.get_type() == "dk.koordineringshub.event"
        assert event.get_time() == log_time
        assert event.get_data() == record.value
        assert record.key == str(citizen or originator).encode()
        assert ids.setdefault(event.get_id(), (position, originator, version)) == (
            position,
            originator,
            version,
        )

    assert len(ids) == len(stored), "an id for every event, and no id for two"
    assert {len(dict(r.headers)) for r in records} <= {7, 8}, "few headers"


def test_partner_events_lie_in_every_partition_among_the_others(town: Town, cluster: Cluster) -> None:
    """A ceiling that is adopted between two hopes lies between them in every partition, once."""
    citizen = rich(town, 1)
    commands.adopt_ceiling(town.hub, town.actor("lene"), town.partner("jobcentre"), frozenset({"contact"}))
    town.hope(citizen, "citizen", "En hund", "wishes")
    relayed(town)

    ceiling = checking.ask(
        town.database.conninfo, "SELECT max(position) FROM events WHERE citizen_id IS NULL"
    )[0][0]
    places = [(r.partition, int(dict(r.headers)["position"])) for r in kafka.read(cluster, cluster.events)]
    ours = [position for partition, position in places if partition == kafka.place_of(str(citizen).encode())]

    assert [(partition, ceiling) for partition in range(6)] == [p for p in places if p[1] == ceiling]
    assert ours.index(ceiling) == len(ours) - 2
    assert [] == wrong_with_events(town.database.conninfo, cluster)


def test_what_the_topics_settings_are_is_told_when_they_are_wrong(town: Town, cluster: Cluster) -> None:
    """A log that would be deleted after a week is told and set right, and the second time there is nothing to tell."""
    partner = town.partner("jobcentre")
    with Admin(cluster) as admin:
        assert [] == admin.apply(partitions=6, partners=[partner])
        admin.apply(partitions=6, partners=[partner], changed={"events": {"retention.ms": "604800000"}})

        told = admin.apply(partitions=6, partners=[partner])

        assert [("setting", f"{cluster.events} retention.ms", "604800000", "-1", True)] == told
        assert [] == admin.apply(partitions=6, partners=[partner])


# Killed anywhere.


class Killed(Exception):
    """Stands for the end of the process."""


class Steps:
    """Ends the relay before its nth step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: int | None = None
        self.count = 0
        for owner, name in (
            (Transactions, "begin"),
            (Transactions, "send"),
            (Transactions, "flush"),
            (Transactions, "commit"),
            (Publication, "number"),
            (Publication, "take"),
            (Relay, "_told"),  # after the commit
        ):
            monkeypatch.setattr(owner, name, self._dangerous(getattr(owner, name)))

    def _dangerous(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def dangerous(*terms: Any, **more: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                raise Killed
            return step(*terms, **more)

        return dangerous


def test_killed_between_any_two_steps_nothing_is_lost_or_doubled(
    town: Town, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the relay ends, the next one goes on: every event once, every line to a partner under one number."""
    kafka.around(town)
    citizen, steps = rich(town, 1), Steps(monkeypatch)
    killed = 0
    while True:
        town.hope(citizen, "citizen", "Endnu et håb", "wishes")
        town.run("partner_view")  # behind the relay by one event: so there are lines to send as well
        steps.at, steps.count = killed + 1, 0
        try:
            relayed(town)
        except Killed:
            killed += 1
        else:
            break
    steps.at = None
    assert killed >= 12, "control: it was ended at every step of a batch of each kind"

    kafka.around(town)

    assert [] == wrong_with_events(town.database.conninfo, cluster)
    assert [] == kafka.wrong_with_topic(town.database.conninfo, cluster, town.partner("jobcentre"))


def test_a_process_killed_at_random_loses_and_doubles_nothing(town: Town, cluster: Cluster) -> None:
    """`hub relay` is killed while somebody writes, again and again; what read_committed sees then is the store."""
    citizen, chance = rich(town, 1), random.Random(7)
    for _ in range(3):
        running = kafka.process(town, cluster, "relay")
        with kafka.ended(running):
            before = sum(kafka.ends(cluster, cluster.events).values())
            for _ in range(20):
                town.hope(citizen, "citizen", "Endnu et håb", "wishes")
            kafka.until(lambda before=before: sum(kafka.ends(cluster, cluster.events).values()) > before)
            for _ in range(chance.randrange(5, 40)):
                town.hope(citizen, "citizen", "Endnu et håb", "wishes")
            running.send_signal(signal.SIGKILL)
    relayed(town)

    assert [] == wrong_with_events(town.database.conninfo, cluster)


# One at a time.


def lock_holder(conninfo: str) -> int:
    """The session that holds the one advisory lock of this database."""
    query = (
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    (row,) = checking.ask(conninfo, query)
    return int(row[0])


def test_a_second_relay_waits_and_takes_over(town: Town, cluster: Cluster) -> None:
    """While one relay is at work another is refused; when the first has ended it goes on where that one was."""
    with town.wired.relay() as first, town.wired.relay() as second:
        first.catch_up()
        with pytest.raises(Conflict, match="Another relay is at work"):
            second.step()
        rich(town)
        assert first.catch_up() > 0
        first.close()
        rich(town)
        assert second.catch_up() > 0
    assert [] == wrong_with_events(town.database.conninfo, cluster)


def test_a_zombie_is_fenced_and_does_not_fence_in_turn(town: Town, cluster: Cluster) -> None:
    """A relay that lost its lock sends nothing that is ever seen, and leaves the new one alone."""
    conninfo = town.database.conninfo
    with town.wired.relay() as zombie, town.wired.relay() as new:
        zombie.catch_up()
        assert checking.ask(conninfo, "SELECT pg_terminate_backend(%s)", lock_holder(conninfo)) == [(True,)]
        rich(town)
        assert new.catch_up() > 0
        rich(town)

        with pytest.raises(HubError):
            zombie.step()
        for _ in range(3):
            with pytest.raises(Conflict, match="Another relay is at work"):
                zombie.step()

        assert new.catch_up() > 0, "the new one was not disturbed"
        assert [] == wrong_with_events(conninfo, cluster)


def test_what_a_zombie_has_half_sent_is_never_seen(town: Town, cluster: Cluster) -> None:
    """What lies at the broker when the next relay begins is given up, and a late commit of it is refused."""
    relayed(town)
    with Transactions(cluster, cluster.relay) as zombie:
        record = kafka.read(cluster, cluster.events)[0]
        zombie.begin()
        zombie.send([Out(cluster.events, record.partition, record.key, record.value, record.headers)])
        zombie.flush()
        rich(town)
        relayed(town)
        with pytest.raises(BrokerUnavailable):
            zombie.commit()
    conninfo = town.database.conninfo
    assert [] == wrong_with_events(conninfo, cluster)
    assert wrong_with_events(conninfo, cluster, committed=False), "control: it does lie there, given up"


# The wrong database, or the wrong topics.


@contextmanager
def day(server: EmbeddedServer, name: str, folder: Path, cluster: Cluster) -> Iterator[Town]:
    """A hub on a database of this name, prepared or copied; closed again, so that it can be copied."""
    with Database(server.conninfo(name)) as database:
        yield kafka.reopened(database, folder, cluster)


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_restored_backup_is_refused_and_nothing_is_produced(
    server: EmbeddedServer, template: str, cluster: Cluster, tmp_path: Path, *, goes_on: bool
) -> None:
    """Yesterday's database is refused with both positions, also when it has gone on beyond what Kafka has."""
    today, restored = f"{cluster.prefix}_today", f"{cluster.prefix}_restored"
    create_database(server.conninfo(), today, template=template)
    try:
        with Database(server.conninfo(today)) as database:
            town = on_kafka(settle(database, tmp_path), cluster, "jobcentre")
            citizen = rich(town)
            kafka.around(town)
            yesterday = town.hub.log.head()[0]
        create_database(server.conninfo(), restored, template=today)
        with day(server, today, tmp_path, cluster) as town:
            for _ in range(3):
                town.hope(citizen, "citizen", "Det nyeste", "wishes")
            kafka.around(town)
            newest = town.hub.log.head()[0]
        topics = (cluster.events, cluster.relay, *map(cluster.partner, town_partners(server, today)))
        before = kafka.ends(cluster, *topics)

        with day(server, restored, tmp_path, cluster) as town:
            if goes_on:
                for _ in range(5):
                    town.hope(citizen, "citizen", "Noget andet", "wishes")
            last = town.hub.log.head()[0]
            with pytest.raises(Misconfigured) as refused, town.wired.relay() as relay:
                relay.run(lambda: False)
            said = re.findall(r"\d+", str(refused.value))

            assert [str(newest), str(last)] == said[:2]
            assert last == yesterday + (5 if goes_on else 0)
            assert before == kafka.ends(cluster, *topics), "nothing was produced, not even given up"
            with pytest.raises(Misconfigured):
                relayed(town)
        with day(server, today, tmp_path, cluster) as town:
            town.hope(citizen, "citizen", "I dag", "wishes")
            relayed(town)
            assert [] == wrong_with_events(town.database.conninfo, cluster), "the right one goes on"
    finally:
        drop_database(server.conninfo(), restored)
        drop_database(server.conninfo(), today)


def town_partners(server: EmbeddedServer, name: str) -> list[UUID]:
    """The partners with a topic."""
    return [row[0] for row in checking.ask(server.conninfo(name), "SELECT partner_id FROM partner_topics")]


def made_anew(cluster: Cluster, topic: str, partitions: int = 6) -> None:
    """Delete a topic, and let `hub kafka apply` make it again."""
    kafka.delete_topic(cluster, topic)
    with Admin(cluster) as admin:
        admin.apply(partitions=partitions)


def test_a_log_made_anew_is_refused_until_it_is_filled(town: Town, cluster: Cluster) -> None:
    """Relay and consumers refuse it; filled from the store it is whole, and the read models go on without a loss."""
    conninfo, citizen = town.database.conninfo, rich(town)
    kafka.around(town, *checking.COLUMNS)
    before = checking.everything(conninfo)
    made_anew(cluster, cluster.events)
    town.hope(citizen, "citizen", "Imens", "wishes")

    for refused in (lambda: relayed(town), lambda: town.run("timeline")):
        with pytest.raises(Misconfigured, match=r"made anew.*hub relay --refill"):
            refused()
    assert not kafka.read(cluster, cluster.events)
    with town.wired.relay(refill=True) as relay:
        relay.catch_up()

    assert [] == wrong_with_events(conninfo, cluster)
    kafka.around(town, *checking.COLUMNS)
    after = checking.everything(conninfo)
    assert len(after["timeline"]) == len(before["timeline"]) + 1
    assert [] == checking.wrong_with_log(conninfo)
    with pytest.raises(Misconfigured, match="holds records already"), town.wired.relay(refill=True) as relay:
        _forget_stream(conninfo)
        relay.step()


def _forget_stream(conninfo: str) -> None:
    checking.do(conninfo, "UPDATE hub_meta SET value = 'another' WHERE name = 'stream'")


@pytest.mark.parametrize("step", [3, 4, 6])
def test_a_relay_killed_while_it_begins_a_refill_loses_nothing(
    town: Town, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The next relay begins at the first event, or refuses until it is told to refill again; no event is left out."""
    relayed(town)
    made_anew(cluster, cluster.events)
    steps = Steps(monkeypatch)
    steps.at = step
    with pytest.raises(Killed), town.wired.relay(refill=True) as relay:
        relay.catch_up()
    assert not kafka.read(cluster, cluster.events), "control: killed before anything was committed there"
    steps.at = None

    with suppress(Misconfigured):
        relayed(town)

    if wrong_with_events(town.database.conninfo, cluster):
        assert not kafka.read(cluster, cluster.events), "refused: nothing, rather than something"
        with town.wired.relay(refill=True) as relay:
            relay.catch_up()
    assert [] == wrong_with_events(town.database.conninfo, cluster)


def test_a_lost_place_is_refused(town: Town, cluster: Cluster) -> None:
    """Without hub.relay nobody knows how far the log goes: the relay refuses, and produces nothing."""
    relayed(town)
    made_anew(cluster, cluster.relay)
    before = kafka.ends(cluster, cluster.events)

    with pytest.raises(Misconfigured, match="does not say how far"):
        relayed(town)

    assert before == kafka.ends(cluster, cluster.events)


def test_another_number_of_partitions_is_refused(town: Town, cluster: Cluster) -> None:
    """A log with five partitions is refused by relay, consumer and apply, each saying both counts."""
    made_anew_with = kafka.delete_topic
    made_anew_with(cluster, cluster.events)
    made_anew_with(cluster, cluster.relay)
    with Admin(cluster) as admin:
        admin.apply(partitions=5)
        with pytest.raises(Misconfigured, match=r"5 partitions.*6"):
            admin.apply(partitions=6)

    for refused in (lambda: relayed(town), lambda: town.run("timeline")):
        with pytest.raises(Misconfigured, match=r"5 partitions.* 6"):
            refused()
    assert not kafka.read(cluster, cluster.events)
