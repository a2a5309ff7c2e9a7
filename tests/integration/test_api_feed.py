"""The feed: a partner's own rows over REST, the same as on its topic, and nothing of what is withdrawn."""

import time
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Any
from uuid import UUID

import pytest

from hub.application import commands
from hub.postgres import Database
from hub.relay import feed
from hub.relay.publication import Publication
from tests.building import CITIZEN, Town, settle
from tests.calling import Api


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def api(town: Town) -> Api:
    """Its API."""
    return Api(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen who lets the jobcentre know what she wishes for, and hopes for a dog."""
    citizen = town.enrol()
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "wishes", "plan")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    return citizen


def _hopes(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one for one in page["records"] if one["value"] and one["value"].get("event") == "citizen.hope_told"
    ]


def test_a_system_reads_its_own_rows_and_the_citizen_sees_it(api: Api, town: Town, karla: UUID) -> None:
    """The jobcentre's system gets what the jobcentre may know, by its own references; the citizen sees that it did."""
    page = api.system("jobcentre").read("/feed").json()
    looks = api.as_(karla).read("/citizens/me/access").json()["entries"]

    assert ["En hund"] == [one["value"]["fields"]["words"]["value"] for one in _hopes(page)]
    assert {api.ref("jobcentre", karla)} == {one["value"]["citizen"] for one in page["records"]}
    assert str(karla) not in str(page)
    fetched = [one for one in looks if one["through"] == "feed"]
    assert [("system", "jobcentre", len(page["records"]))] == [
        (one["role"], one["organisation"], one["events"]) for one in fetched
    ]


def test_the_feed_has_what_the_view_has(api: Api, town: Town, karla: UUID) -> None:
    """Key for key the feed holds the rows of the partner's view, and their numbers have no two alike."""
    page = api.system("jobcentre").read("/feed").json()
    rows = town.wired.partner_views.rows(town.partners["jobcentre"], karla, town.clock())

    assert {str(row.disclosure_id) for row in rows} == {one["key"] for one in page["records"]}
    numbers = [one["sequence"] for one in page["records"]]
    assert numbers == sorted(set(numbers))
    assert page["last"] == numbers[-1]


def test_what_is_withdrawn_is_a_tombstone_and_to_a_new_reader_nothing(
    api: Api, town: Town, karla: UUID
) -> None:
    """Whoever had a row is told that it is gone; whoever starts anew finds no trace that there was one."""
    system = api.system("jobcentre")
    before = system.read("/feed").json()
    hope = _hopes(before)[0]
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partners["jobcentre"])
    assert [] == _hopes(system.read("/feed").json()), "nothing is told from the moment of the withdrawal"
    town.wired.catch_up()
    after = system.read("/feed", after=before["last"]).json()
    anew = system.read("/feed").json()

    assert None in {one["value"] for one in after["records"] if one["key"] == hope["key"]}
    assert hope["key"] not in {one["key"] for one in anew["records"]}
    assert "En hund" not in str(after) + str(anew)


def test_a_partner_without_a_topic_is_told_to_delete_and_confirms(api: Api, town: Town, karla: UUID) -> None:
    """What the system had and may keep no longer is named in a notice, which it settles by confirming."""
    system = api.system("jobcentre")
    before = system.read("/feed").json()
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partners["jobcentre"])
    town.wired.catch_up()
    gone = system.read("/feed", after=before["last"]).json()
    town.wired.catch_up()  # the notice is numbered
    told = system.read("/feed", after=gone["last"]).json()
    notices = [one["value"] for one in told["records"] if one["key"].startswith("notice/") and one["value"]]

    assert 1 == len(notices)
    assert _hopes(before)[0]["key"] in notices[0]["records"]
    assert api.ref("jobcentre", karla) == notices[0]["citizen"]
    confirmed = system.do("/feed/confirmations", {"notice": notices[0]["notice"]})
    assert confirmed.status_code == 201, confirmed.text
    assert 201 == system.do("/feed/confirmations", {"notice": notices[0]["notice"]}).status_code
    town.wired.catch_up()
    settled = system.read("/feed", after=told["last"]).json()["records"]
    assert [(f"notice/{notices[0]['notice']}", None)] == [(one["key"], one["value"]) for one in settled]
    assert (
        404 == api.system("authority").do("/feed/confirmations", {"notice": notices[0]["notice"]}).status_code
    )


def test_a_citizen_on_screens_only_is_in_no_feed(api: Api, town: Town, karla: UUID) -> None:
    """Who has blocked one of the staff is on the hub's own screens only: the system is told that all of it is gone."""
    system = api.system("jobcentre")
    before = system.read("/feed").json()
    town.later()
    commands.set_block(town.hub, CITIZEN, karla, town.partners["jobcentre"], person=town.persons["ann"])
    assert [] == system.read("/feed").json()["records"]
    town.wired.catch_up()
    after = system.read("/feed", after=before["last"]).json()["records"]

    assert {one["key"] for one in before["records"]} <= {one["key"] for one in after if one["value"] is None}


def test_a_feed_is_its_own_partners_alone(api: Api, town: Town, karla: UUID) -> None:
    """Another partner's system sees nothing of it, and a person is turned away: people have the pages."""
    assert [] == api.system("addiction_treatment").read("/feed").json()["records"]
    answer = api.as_("ann").read("/feed")
    assert (403, "wrong_role") == (answer.status_code, answer.json()["code"])


def test_a_reader_waits_for_what_comes(api: Api, town: Town, karla: UUID) -> None:
    """With `wait` the answer comes when there is something, and empty when there was nothing."""
    system = api.system("jobcentre")
    last = system.read("/feed").json()["last"]
    begun = time.monotonic()
    assert [] == system.read("/feed", after=last, wait=1).json()["records"]
    assert 1 <= time.monotonic() - begun < 5

    def happens() -> None:
        town.hope(karla, "citizen", "En kat", "wishes")
        town.wired.catch_up()

    soon = Timer(0.2, happens)
    soon.start()
    page = system.read("/feed", after=last, wait=20).json()
    soon.join()
    assert ["En kat"] == [one["value"]["fields"]["words"]["value"] for one in _hopes(page)]


def test_a_suspended_organisations_system_is_out_at_once(api: Api, town: Town, karla: UUID) -> None:
    """Its token opens nothing from the moment that the organisation is suspended."""
    system = api.system("jobcentre")
    assert 200 == system.read("/feed").status_code
    commands.suspend_partner(town.hub, town.actor("lene"), town.partners["jobcentre"], "Aftalen er udløbet")
    assert 401 == system.read("/feed").status_code


def test_the_feed_says_what_the_topic_says(api: Api, town: Town, karla: UUID) -> None:
    """Record for record, value for value: the feed holds what the relay would put on the partner's topic."""
    partner, schemas = town.partners["jobcentre"], town.wired.store.sealer.schemas
    town.consent(karla, "jobcentre", "contact", until=town.clock() + timedelta(days=9))
    town.hope(karla, "citizen", "En kat", "wishes", "contact")
    town.wired.catch_up()
    publication = Publication(town.database, town.wired.vault, schemas, town.clock, None)
    lines = [line for line in publication.lines(0, 1000) if line.partner == partner]
    with town.database.connection() as connection:
        rows = publication._rows(connection, lines)
    told = {place: schemas.unwire(value)[1] for place, value in publication._records(rows).items()}
    keys = {(line.partner, line.citizen, line.item): str(line.disclosure) for line in lines}
    wanted = {keys[place]: _as_fed(value) for place, value in told.items()}
    fed = api.system("jobcentre").read("/feed").json()["records"]

    assert any(value["valid_until"] for value in wanted.values())
    assert wanted == {one["key"]: one["value"] for one in fed}


def _as_fed(value: dict[str, Any]) -> dict[str, Any]:
    ends = value["valid_until"]
    return {**value, "valid_until": None if ends is None else ends.isoformat()}


def test_a_withdrawal_that_hides_nothing_leaves_no_trace(api: Api, town: Town, karla: UUID) -> None:
    """While it is not decided what a withdrawal hides, the feed waits; what was not hidden was never gone."""
    system = api.system("jobcentre")
    sister = town.consent(karla, "jobcentre", "work")
    town.wired.catch_up()
    before = system.read("/feed").json()
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, sister)
    waiting = system.read("/feed").json()
    town.wired.catch_up()
    after, anew = system.read("/feed", after=before["last"]).json(), system.read("/feed").json()

    assert ([], 0) == (waiting["records"], waiting["last"])
    assert _hopes(before)[0]["key"] not in {one["key"] for one in after["records"]}
    assert _hopes(before) == _hopes(anew)


def test_where_nothing_is_decided_the_feed_says_that_it_is_gone(
    api: Api, town: Town, karla: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody decides for some seconds, rows go out as gone, and come again when they are decided."""
    monkeypatch.setattr(feed, "HOLD", 0.2)
    system = api.system("jobcentre")
    sister = town.consent(karla, "jobcentre", "work")
    town.hope(karla, "citizen", "En kat", "wishes")
    town.wired.catch_up()
    first = system.read("/feed", limit=1).json()["last"]
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, sister)
    assert [] == system.read("/feed", after=first).json()["records"]
    time.sleep(0.3)
    gone = system.read("/feed", after=first).json()
    assert gone["last"] > first
    assert [] == _hopes(gone)
    town.wired.catch_up()
    again = system.read("/feed", after=gone["last"]).json()
    assert {"En hund", "En kat"} == {one["value"]["fields"]["words"]["value"] for one in _hopes(again)}
