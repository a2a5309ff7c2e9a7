"""What partners are sent: their view and nothing more, and nothing at all that was withdrawn, whatever is down when."""

import dataclasses
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from hub.application import commands
from hub.broker import LocalBroker
from hub.errors import BrokerUnavailable
from hub.kafka.connection import Cluster
from hub.kafka.producer import Transactions
from hub.postgres import Database
from hub.relay import publication
from hub.relay.publication import Publication
from hub.relay.ticks import Ticks
from tests import checking, kafka
from tests.building import CITIZEN, Town, rich, settle
from tests.kafka import folded, notices, off_kafka, on_kafka, relayed, wrong_with_topic

NEEDLE: Final = "En hund med navnet Rapanui-Makemake"
PARTNERS: Final = ("jobcentre", "social_psychiatry")


@pytest.fixture
def town(database: Database, cluster: Cluster, tmp_path: Path) -> Town:
    """Four partners; two of them have a topic."""
    return on_kafka(settle(database, tmp_path), cluster, *PARTNERS)


@pytest.fixture(scope="module")
def own_broker(broker: LocalBroker) -> Iterator[LocalBroker]:
    """A broker of this module's own, that its tests kill."""
    assert broker.pid
    folder = Path(tempfile.mkdtemp(prefix="hub-tests-kafka-"))
    try:
        with LocalBroker(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own(database: Database, own_broker: LocalBroker, cluster: Cluster, tmp_path: Path) -> Town:
    """The same town on the broker of this module's own."""
    theirs = Cluster(
        own_broker.bootstrap, own_broker.user, own_broker.password, prefix=f"own{cluster.prefix}"
    )
    return on_kafka(settle(database, tmp_path), theirs, *PARTNERS)


def on(town: Town) -> Cluster:
    """The Kafka under a town."""
    found = town.wired.cluster()
    assert found is not None
    return found


def topic(town: Town, partner: str = "jobcentre", *, committed: bool = True) -> list[Any]:
    """Everything on a partner's topic."""
    return kafka.read(on(town), on(town).partner(town.partner(partner)), committed=committed)


def keys(town: Town, citizen: UUID, partner: str = "jobcentre") -> set[bytes]:
    """The keys of everything that a partner was ever told of a citizen."""
    query = (
        "SELECT disclosure_id FROM partner_log WHERE citizen_id = %s AND partner_id = %s"
        " AND operation IN ('upsert', 'delete')"
    )
    found = checking.ask(town.database.conninfo, query, citizen, town.partner(partner))
    return {str(row[0]).encode() for row in found}


def withdraw(town: Town, citizen: UUID) -> None:
    """The citizen withdraws all consents to the jobcentre, by command alone."""
    query = (
        "SELECT body->>'grant' FROM statements WHERE citizen_id = %s AND partner_id = %s AND kind = 'grant'"
    )
    found = checking.ask(town.database.conninfo, query, citizen, town.partner("jobcentre"))
    assert found
    for (consent,) in found:
        town.later()
        commands.withdraw_consent(town.hub, CITIZEN, citizen, UUID(consent))


def wrong(town: Town) -> list[str]:
    """What is wrong with the topics of both partners, and with the log that they come from."""
    found = checking.wrong_with_log(town.database.conninfo)
    for partner in PARTNERS:
        found += wrong_with_topic(town.database.conninfo, on(town), town.partner(partner))
    return found


def pending(town: Town, *citizens: UUID) -> None:
    """More is decided that the jobcentre may see of these citizens, and not sent yet."""
    for citizen in citizens:
        town.hope(citizen, "citizen", "Et senere håb", "wishes")
    relayed(town)
    town.run("partner_view")


# What lies there.


def test_a_topic_folded_is_its_partners_view(town: Town) -> None:
    """The last value of each key is the partner's row, numbered without a gap; a row too few or too many is found."""
    for _ in range(3):
        rich(town)
    kafka.around(town)
    conninfo = town.database.conninfo
    assert [] == wrong(town)
    assert len(folded(topic(town))) >= 9

    schema = checking.live(conninfo, "partner_view")
    row = checking.ask(
        conninfo, f"SELECT * FROM {schema}.partner_view WHERE partner_id = %s", town.partner("jobcentre")
    )[0]
    checking.do(conninfo, f"DELETE FROM {schema}.partner_view WHERE disclosure_id = %s", row[4])
    assert any("not in the view" in each for each in wrong(town)), "control: caught"
    last = topic(town)[-1]
    kafka.write(on(town), last.topic, [(0, last.key, last.value, last.headers)])
    assert any("not dense" in each for each in wrong(town)), "control: caught"


def test_the_record_says_what_the_partner_may_see(town: Town) -> None:
    """Read with the published schema alone: the partner's own reference, its purpose, the words, and no ids of ours."""
    citizen = town.enrol()
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "wishes", until=town.clock() + timedelta(days=30))
    town.hope(citizen, "citizen", NEEDLE, "wishes")
    kafka.around(town)

    told = [kafka.decoded(value)[1] for value in folded(topic(town)).values()]
    (hope,) = [each for each in told if each["event"] == "citizen.hope_told"]

    assert hope["fields"]["words"]["value"] == NEEDLE
    assert hope["fields"]["words"]["labels"] == ["wishes"]
    assert hope["purposes"] == ["employment"]
    assert hope["valid_until"] is not None
    raw = b"".join(value for value in folded(topic(town)).values())
    assert str(citizen).encode() not in raw
    assert citizen.bytes not in raw


def test_a_partner_without_a_topic_gets_nothing(town: Town) -> None:
    """Lines of a partner that has no topic are numbered and sent nowhere, and nobody waits for them."""
    citizen = town.enrol()
    town.task(citizen, "eva")
    town.consent(citizen, "addiction_treatment", "wishes", "contact")
    town.hope(citizen, "citizen", "Noget", "wishes")
    rich(town)
    kafka.around(town)

    lines = "SELECT count(*), count(number) FROM partner_log WHERE partner_id = %s"
    many, numbered = checking.ask(town.database.conninfo, lines, town.partner("addiction_treatment"))[0]
    assert many == numbered > 0
    assert [] == wrong(town)
    published = "SELECT count(*) FROM partner_published WHERE partner_id = %s"
    assert [(0,)] == checking.ask(town.database.conninfo, published, town.partner("addiction_treatment"))


def test_a_withdrawal_is_a_tombstone_and_one_notice(town: Town) -> None:
    """What was published goes out without a value, with one notice that names it; what never was, with no notice."""
    citizen, other = rich(town), rich(town)
    kafka.around(town)
    held = set(folded(topic(town))) & keys(town, citizen)
    pending(town, citizen)
    withdraw(town, citizen)
    kafka.around(town)
    kafka.around(town)

    (notice,) = notices(topic(town))
    gone = {record.key for record in topic(town) if record.value is None}
    kept = set(folded(topic(town))) & keys(town, citizen)

    assert notice["kind"] == "access_ended"
    assert {key.encode() for key in notice["records"]} == held - kept
    assert held - kept, "control: something was withdrawn"
    assert keys(town, citizen) - kept <= gone, "also what was decided and never sent"
    assert set(folded(topic(town))) & keys(town, other), "another citizen is untouched"
    assert [] == wrong(town)


def test_what_is_not_decided_yet_waits_for_the_discloser(town: Town) -> None:
    """A row under a newer restriction that hides nothing of it is sent once, later: no tombstone tells of it."""
    citizen = rich(town)
    kafka.around(town)
    town.hope(citizen, "citizen", NEEDLE, "wishes")
    relayed(town)
    town.run("partner_view")
    new = keys(town, citizen) - {record.key for record in topic(town)}
    before = len(topic(town))
    town.later()
    commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"measures"})
    )

    relayed(town)

    assert before == len(topic(town)), "nothing is sent before it is decided"
    kafka.around(town)
    assert new == {record.key for record in topic(town)[before:] if record.value is not None}
    assert before + len(new) == len(topic(town)), "and nothing else"
    assert [] == notices(topic(town))
    assert [] == wrong(town)


def test_a_line_that_is_numbered_waits_too_and_not_for_ever(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line whose row is restricted after it was numbered waits some seconds, then is a tombstone."""
    citizen = rich(town)
    kafka.around(town)
    town.hope(citizen, "citizen", NEEDLE, "wishes")
    relayed(town)
    town.run("partner_view")
    new = keys(town, citizen) - {record.key for record in topic(town)}
    cluster = on(town)
    relayed(off_kafka(town))  # without a broker lines are numbered, and nothing is sent
    town.wired = dataclasses.replace(town.wired, cluster=lambda: cluster)
    town.later()
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"plan"}))

    relayed(town)
    assert not new & {record.key for record in topic(town)}, "it waits"
    monkeypatch.setattr(publication, "HOLD", 0.0)
    relayed(town)
    assert [None] * len(new) == [record.value for record in topic(town) if record.key in new] != []

    kafka.around(town)
    assert new <= set(folded(topic(town))), "still permitted, and sent again"
    assert [] == notices(topic(town)), "it had never been there"
    assert [] == wrong(town)


def test_what_is_past_its_time_when_it_is_sent_goes_out_as_a_tombstone(town: Town) -> None:
    """A consent that ended between the decision and the sending lets nothing out."""
    citizen = town.enrol()
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "wishes", until=town.clock() + timedelta(days=3))
    town.hope(citizen, "citizen", NEEDLE, "wishes")
    relayed(town)
    town.run("partner_view")
    town.later(days=4)

    relayed(town)

    by_key = {record.key: record.value for record in topic(town)}
    query = (
        f"SELECT disclosure_id FROM {checking.live(town.database.conninfo, 'partner_view')}.partner_view"
        " WHERE partner_id = %s AND valid_until IS NOT NULL"
    )
    ended = {
        str(r[0]).encode() for r in checking.ask(town.database.conninfo, query, town.partner("jobcentre"))
    }
    assert ended
    assert {None} == {by_key[key] for key in ended}
    assert not any(NEEDLE.encode() in (record.value or b"") for record in topic(town, committed=False))


# Kafka away.


@contextmanager
def relaying(town: Town) -> Iterator[None]:
    """A relay that runs on in a thread of its own, as in its process."""
    over = threading.Event()
    with town.wired.relay() as relay:
        running = threading.Thread(target=relay.run, args=(over.is_set,))
        running.start()
        try:
            yield
        finally:
            over.set()
            running.join(30)
            assert not running.is_alive()


class Onlooker:
    """Two raw consumers of a partner's topic, from before: one reads what is committed, one everything."""

    def __init__(self, town: Town, partner: str = "jobcentre") -> None:
        cluster = on(town)
        self._name = cluster.partner(town.partner(partner))
        self._opened = [kafka.consumer(cluster, self._name, committed=how) for how in (True, False)]
        self._readers = [each.__enter__() for each in self._opened]
        self.before = [len(kafka.drained(reader)) for reader in self._readers]

    def since(self) -> list[Any]:
        """What either of them has seen since the last time."""
        return [record for reader in self._readers for record in kafka.drained(reader, 30)]

    def close(self) -> None:
        """Leave."""
        for each in self._opened:
            each.__exit__(None, None, None)


def test_kafka_stopped_consents_withdrawn_kafka_started_nothing_is_published(
    own: Town, own_broker: LocalBroker
) -> None:
    """What waited and was withdrawn meanwhile is never on the topic, not even for who reads uncommitted."""
    town = own
    withdrawn, kept = rich(town), rich(town)
    kafka.around(town)
    pending(town, withdrawn, kept)
    onlooker = Onlooker(town)
    own_broker.kill()
    with relaying(town):
        withdraw(town, withdrawn)
        own_broker.start_again()
        head = town.hub.log.head()[0]
        reached = "SELECT max(upto) >= %s FROM relay_batches WHERE source = 'events'"
        kafka.until(lambda: checking.ask(town.database.conninfo, reached, head)[0][0], 30)
        town.run("partner_view")
        lines = "SELECT count(*) = 0 FROM partner_log WHERE number IS NULL"
        kafka.until(lambda: checking.ask(town.database.conninfo, lines)[0][0], 30)
    relayed(town)

    seen = onlooker.since()
    onlooker.close()
    ours, theirs = keys(town, withdrawn), keys(town, kept)
    kept_still = set(folded(topic(town))) & ours  # what rests on something else than the consent
    values = {record.key for record in seen if record.value is not None}
    assert values & theirs, "control: what was not withdrawn is published"
    assert not values & (ours - kept_still)
    assert {record.key for record in seen if record.value is None} >= ours - kept_still != set()
    assert [] == wrong(town)


@pytest.mark.parametrize("moment", ["taken", "sent"])
def test_the_broker_killed_while_a_batch_is_half_sent(
    own: Town, own_broker: LocalBroker, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """What was taken and then withdrawn while the broker was down is not sent when it comes back."""
    town = own
    withdrawn, kept = rich(town), rich(town)
    kafka.around(town)
    pending(town, withdrawn, kept)
    onlooker, lying = Onlooker(town), []
    restarting = threading.Thread(target=own_broker.start_again)

    def killed() -> None:
        lying.extend(onlooker.since())
        own_broker.kill()
        withdraw(town, withdrawn)
        restarting.start()  # while the relay still holds what it took

    with monkeypatch.context() as patched, town.wired.relay() as relay:
        _at(patched, moment, killed)
        with pytest.raises(BrokerUnavailable):
            relay.catch_up()
        restarting.join()
    kafka.around(town)

    seen = onlooker.since()
    onlooker.close()
    ours, theirs = keys(town, withdrawn), keys(town, kept)
    still = set(folded(topic(town))) & ours
    values = {record.key for record in seen if record.value is not None}
    sent_before = {record.key for record in lying if record.value is not None}
    assert bool(sent_before & ours) == (moment == "sent"), "control: it lay there, for who reads uncommitted"
    assert values & theirs, "control: what was not withdrawn is published"
    assert not values & (ours - still)
    assert ours - still
    assert [] == wrong(town)


def _at(patched: pytest.MonkeyPatch, moment: str, killed: Callable[[], None]) -> None:
    """Kill the broker right after values were taken, or after they were sent and before the commit."""
    take, commit, taken = Publication.take, Transactions.commit, []

    def taking(self: Publication, lines: Any) -> Any:
        outs = take(self, lines)
        taken.append(True)
        if moment == "taken":
            killed()
        return outs

    def committing(self: Transactions) -> None:
        if taken and moment == "sent":
            self.flush()
            killed()
        commit(self)

    patched.setattr(Publication, "take", taking)
    patched.setattr(Transactions, "commit", committing)


# Off the disk.


def test_withdrawn_bytes_leave_the_brokers_disk(
    database: Database, cluster: Cluster, broker: LocalBroker, tmp_path: Path
) -> None:
    """On a topic where nothing else happens the words are in the broker's files, and soon they are not."""
    town = on_kafka(settle(database, tmp_path), cluster, *PARTNERS, changed={"partner": kafka.QUICK})
    citizen = town.enrol()
    town.task(citizen, "ann")
    consent = town.consent(citizen, "jobcentre", "wishes")
    town.hope(citizen, "citizen", NEEDLE, "wishes")
    kafka.around(town)
    name, needle = cluster.partner(town.partner("jobcentre")), NEEDLE.encode()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, consent)
    kafka.around(town)
    assert not any(needle in value for value in folded(topic(town)).values())
    assert kafka.on_disk(broker.data, name, needle), "control: before the tick they are there"

    ticks = Ticks(database, cluster, town.wired.store.sealer.schemas)
    cleared = (
        "SELECT count(*) > 0 AND count(*) = count(cleared_at) FROM partner_clearing WHERE partner_id = %s"
    )
    with relaying(town):

        def gone() -> bool:
            ticks.clear()
            return bool(checking.ask(database.conninfo, cleared, town.partner("jobcentre"))[0][0])

        kafka.until(gone, 40, 0.5)
        kafka.until(lambda: not kafka.on_disk(broker.data, name, needle), 5)

    assert [b"tick"] == [record.key for record in topic(town) if record.key == b"tick"]
    assert folded(topic(town)).keys() == kafka.view_keys(database.conninfo, town.partner("jobcentre"))
