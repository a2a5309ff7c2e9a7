"""`hub status` tells how far everything is and how fast access ends, truly, whatever is away."""

import os
import time
from collections.abc import Iterator

import pytest

from hub.broker import LocalBroker
from hub.cli.status_show import axis, duration, plot, scale
from tests.cli import DANISH, ENGLISH, Town, town

KEYS = {"log", "kafka", "relay", "views", "foreign", "partners", "citizens", "consents", "withdrawals"}
STAGES = ["refused", "gone", "tombstone", "notice", "confirmed", "cleared"]


@pytest.fixture
def hub() -> Iterator[Town]:
    """A town whose server stays up."""
    with town() as made:
        yield made


@pytest.fixture(scope="module")
def shared_town() -> Iterator[Town]:
    """One town for the tests that do not mind what the others did there."""
    with town() as made:
        yield made


@pytest.fixture
def quiet(shared_town: Town) -> Iterator[Town]:
    """That town, whose settings are put back."""
    before = dict(shared_town.settings)
    yield shared_town
    shared_town.settings = before


@pytest.fixture
def on_kafka(hub: Town, broker: LocalBroker) -> Town:
    """The same on the session's Kafka, where the jobcentre has a topic."""
    password = hub.folder / "password"
    password.touch(mode=0o600)
    password.write_text(broker.password)
    hub.settings |= {
        "HUB_KAFKA_BOOTSTRAP": broker.bootstrap,
        "HUB_KAFKA_USER": broker.user,
        "HUB_KAFKA_PASSWORD_FILE": str(password),
        "HUB_KAFKA_PREFIX": f"status-{os.getpid()}",
    }
    hub.ok("kafka", "apply")
    hub.ok("partner", "topic", "jobcenter")
    return hub


def withdraw(hub: Town, citizen: str) -> None:
    """The citizen takes the jobcentre's consent back."""
    hub.ok("consent", "withdraw", citizen, "--partner", "jobcenter", "--as", "citizen")


def test_without_kafka_it_says_so_and_gives_no_figure_for_it(hub: Town) -> None:
    """The stages that need Kafka are named with the reason, and have no number, neither in words nor for a script."""
    citizen, other = hub.citizen(), hub.citizen()
    hub.ok("catch-up")
    withdraw(hub, citizen)
    hub.ok("catch-up")
    withdraw(hub, other)

    found = hub.ok("status", "--json").json
    danish, english = hub.ok("status").out, hub.ok("status", lang=ENGLISH).out

    assert set(found) >= KEYS
    assert {"state": "not_configured", "address": None} == found["kafka"]
    assert found["relay"]["lag"] is found["relay"]["lines"] is None
    stages = found["withdrawals"]["consents"]["stages"]
    assert list(stages) == STAGES
    assert [2, 1, 0, 0, 0, 0] == [stages[name]["count"] for name in STAGES]
    assert [0, 1, 0, 0, 0, 0] == [stages[name]["waiting"] for name in STAGES]
    assert {None} == {stages[name]["p99_ms"] for name in STAGES[2:]}
    assert 0 < stages["refused"]["median_ms"] <= stages["refused"]["max_ms"]
    assert found["withdrawals"]["closings"]["count"] == hub.ask(
        "SELECT count(*) FROM statements WHERE restricts"
    )
    assert "Kafka er ikke sat op" in danish
    assert "rækken væk: 1 venter, den ældste i" in danish
    assert "Kafka is not configured" in english
    assert "row gone: 1 waiting, the oldest for" in english
    assert "Target: no access anywhere within 1 s" in english
    for answer in (danish, english):
        assert max(map(len, answer.splitlines())) <= 80
        assert any(bar in answer for bar in "▁▂▃▄▅▆▇█")
        assert citizen not in answer
        assert "Hanne" not in answer


def test_what_is_measured_can_begin_at_a_day(quiet: Town) -> None:
    """With --since in the future nothing is measured, and it is said; what is no time is refused."""
    hub = quiet
    citizen = hub.citizen()
    withdraw(hub, citizen)

    none = hub.ok("status", "--since", "2200-01-01")

    assert "Tilbagetrukne samtykker, fra noteret: 0." in none.out
    assert 1 == hub.ok("status", "--since", "2020-01-01", "--json").json["withdrawals"]["consents"]["count"]
    assert 2 == hub.hub("status", "--since", "nonsense").code


def test_a_broker_that_is_away_costs_no_wait_and_is_told(quiet: Town) -> None:
    """With nobody at the address status answers within seconds and says so; a local one is not started for it."""
    hub = quiet
    for language, sentence in ((DANISH, "Kafka svarer ikke på"), (ENGLISH, "Kafka does not answer at")):
        hub.settings["HUB_KAFKA_BOOTSTRAP"] = "127.0.0.1:1"
        begun = time.monotonic()
        assert sentence in hub.ok("status", lang=language).out
        assert time.monotonic() - begun < 5
    found = hub.ok("status", "--json").json
    assert "away" == found["kafka"]["state"]
    assert found["log"]["position"] == found["relay"]["lag"] > 0

    hub.settings["HUB_KAFKA_BOOTSTRAP"] = "local"

    assert "Den lokale Kafka er ikke startet" in hub.ok("status").out
    assert not (hub.folder / "home" / "kafka").exists()


def test_on_kafka_it_tells_the_tombstone_the_notice_and_what_was_published(on_kafka: Town) -> None:
    """A withdrawal shows as waiting until the relay has been, and then with its times; lag is 0 where nothing lacks."""
    hub = on_kafka
    citizen, other = hub.citizen(), hub.citizen()
    hub.ok("catch-up")
    found = hub.ok("status", "--json").json
    assert "reachable" == found["kafka"]["state"]
    assert (0, 0) == (found["relay"]["lag"], found["relay"]["lines"])
    assert {0} == {view["lag"] for view in found["views"]}
    topic = next(one for one in found["partners"] if one["topic"])
    assert "Jobcenter Nord" == topic["name"]
    assert topic["published"] == topic["rows"] > 0

    withdraw(hub, citizen)
    waiting = hub.ok("status", "--json").json
    assert 1 == waiting["withdrawals"]["consents"]["stages"]["gone"]["waiting"]
    assert 1 == waiting["relay"]["lag"]
    hub.ok("catch-up")

    stages = hub.ok("status", "--json").json["withdrawals"]["consents"]["stages"]
    assert [1, 1, 1, 1, 0, 0] == [stages[name]["count"] for name in STAGES]
    assert [0, 0, 0, 0, 1, 1] == [stages[name]["waiting"] for name in STAGES]
    assert stages["gone"]["p99_ms"] < stages["tombstone"]["p99_ms"] <= stages["notice"]["p99_ms"]
    after = next(one for one in hub.ok("status", "--json").json["partners"] if one["topic"])
    assert (1, 0) == (after["notices"], after["overdue"])
    shown = hub.ok("status", lang=ENGLISH).out
    assert f"Kafka answers at {hub.settings['HUB_KAFKA_BOOTSTRAP']}." in shown
    assert "purge confirmed, bytes gone: 1 waiting" in shown
    assert "unconfirmed" in shown

    hub.settings["HUB_KAFKA_BOOTSTRAP"] = "127.0.0.1:1"
    withdraw(hub, other)
    assert "away" == hub.ok("status", "--json").json["kafka"]["state"]


def test_pictures_show_where_most_are_and_where_the_target_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars stand higher where more took as long, on a scale of decades; times are told in the unit that fits."""
    monkeypatch.setenv("LC_ALL", ENGLISH)

    picture = plot([1.0, 1.0, 1.0, 20.0], *scale([1.0, 20.0]))

    assert "█" == picture[0]
    assert {"█", "▃", " ", "┊"} == set(picture)
    assert picture.index("▃") < picture.index("┊")
    assert "1s" in axis(0, 4)
    assert len(axis(0, 10)) <= 20
    assert ["–", "0.5 ms", "10 ms", "-250 ms", "1.5 s", "2 min", "1.2 d", "12 d"] == [
        duration(each) for each in (None, 0.5, 9.98, -250, 1_500, 120_000, 108_000_000, 12 * 86_400_000)
    ]
