"""The companion's sheet: a code opens one meeting for somebody without a login, and nothing else, until it is over."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.aggregates.gathering import CitizenMessageGiven, CompanionChosen
from hub.application import commands
from hub.application.commands.companions import PER_ORIGIN
from hub.postgres import Database
from tests.browsing import Site
from tests.building import CITIZEN, Town, settle
from tests.integration.test_web_meetings import WORDS, convened, invited, ref_of

CODE = re.compile(r'hub-code">([0-9A-Z-]+)<')
FORTNIGHT = 14


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a meeting to come, a message to it, and a sister who comes along."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "meetings", "agreements", "network")
    meeting = convened(town, citizen, purpose="Om lejligheden")
    invited(town, citizen, meeting, "jobcentre")
    for what, words in ((CompanionChosen, "Min søster"), (CitizenMessageGiven, WORDS)):
        town.later()
        fields = {"words": Text.of(words, "meetings")}
        commands.tell(town.hub, CITIZEN, citizen, what, fields, meeting)
    return citizen


def mine(site: Site, karla: UUID) -> str:
    """Where the citizen makes a code."""
    entries = site.town.access.timeline(site.town.themself, karla, None).entries
    ref = next(entry.ref for entry in entries if entry.event == "meeting.convened")
    return f"/mit/foer-moedet/{ref}/bisidder"


def made(page: str) -> str:
    """The code on a page."""
    found = CODE.search(page)
    assert found is not None
    return found[1]


def test_the_citizens_companion_sees_time_place_and_purpose(site: Site, town: Town, karla: UUID) -> None:
    """The citizen makes a code; whoever has it sees the meeting without a login, without names, and it is logged."""
    town.wired.catch_up()
    page = site.as_(karla).post(mine(site, karla))
    assert page.status_code == 200
    code = made(page.text)
    sister = site.as_(None)
    entered = sister.post("/bisidder", kode=code.lower())
    assert entered.status_code == 303

    sheet = sister.get(entered.headers["location"])

    assert sheet.status_code == 200
    assert "Om lejligheden" in sheet.text
    assert "9. marts 2026" in sheet.text
    for hidden in (WORDS, "Karla", "jobcentre", "social_psychiatry", "Min søster", str(karla)):
        assert hidden not in sheet.text
    look = next(one for one in town.access.who_looked(town.themself, karla) if one.role == "companion")
    assert (True, None, None) == (look.permitted, look.partner, look.person)
    assert "Din bisidder så" in site.as_(karla).get("/mit/hvem-har-set").text


def test_the_message_is_shown_if_the_citizen_wants_it(site: Site, town: Town, karla: UUID) -> None:
    """Only where the citizen said so the companion sees the message; a newer code makes the older one void."""
    town.wired.catch_up()
    first = made(site.as_(karla).post(mine(site, karla)).text)
    second = made(site.as_(karla).post(mine(site, karla), med_besked="ja").text)

    assert 404 == site.as_(None).get(f"/bisidder/{first}").status_code
    assert WORDS in site.as_(None).get(f"/bisidder/{second}").text


def test_the_code_ends_with_the_meeting(site: Site, town: Town, karla: UUID) -> None:
    """The day after the meeting the code opens nothing; nor when the meeting is cancelled."""
    town.wired.catch_up()
    code = made(site.as_(karla).post(mine(site, karla)).text)
    town.later(days=FORTNIGHT)
    assert 404 == site.as_(None).get(f"/bisidder/{code}").status_code
    assert 409 == site.as_(karla).post(mine(site, karla)).status_code


def test_a_cancelled_meeting_has_no_companion(site: Site, town: Town, karla: UUID) -> None:
    """When the meeting is cancelled the code opens nothing from then on."""
    town.wired.catch_up()
    code = made(site.as_(karla).post(mine(site, karla)).text)
    assert 200 == site.as_(None).get(f"/bisidder/{code}").status_code
    here = f"/borger/{site.ref('mette', karla)}/moeder/{ref_of(site, 'mette', karla)}"
    site.as_("mette").followed(f"{here}/aflys")
    assert 404 == site.as_(None).get(f"/bisidder/{code}").status_code


def test_the_coordinator_makes_one_where_the_citizen_brings_somebody(
    site: Site, town: Town, karla: UUID
) -> None:
    """The coordinator makes a code for the companion whom the citizen chose; a colleague without that task cannot."""
    here = f"/borger/{site.ref('mette', karla)}/moeder/{ref_of(site, 'mette', karla)}"
    code = made(site.as_("mette").post(f"{here}/bisidder").text)
    assert "Om lejligheden" in site.as_(None).get(f"/bisidder/{code}").text
    again = site.as_("mette").get(here)
    assert code not in again.text  # it is shown once
    town.task(karla, "ann")
    town.consent(karla, "jobcentre", "meetings")
    other = convened(town, karla, by="mette", purpose="Uden bisidder")
    assert other is not None
    second = f"/borger/{site.ref('mette', karla)}/moeder/{ref_of(site, 'mette', karla)}"
    assert 403 == site.as_("mette").post(f"{second}/bisidder").status_code
    theirs = f"/borger/{site.ref('ann', karla)}/moeder/{ref_of(site, 'ann', karla)}"
    assert 403 == site.as_("ann").post(f"{theirs}/bisidder").status_code


def test_guessing_is_stopped(site: Site, town: Town, karla: UUID) -> None:
    """After too many wrong codes nothing is heard for an hour, not even the right one; every try is logged."""
    town.wired.catch_up()
    code = made(site.as_(karla).post(mine(site, karla)).text)
    stranger = site.as_(None)
    for number in range(PER_ORIGIN):
        assert 404 == stranger.get(f"/bisidder/AAAABBBB{number:04}").status_code
    assert 429 == stranger.get(f"/bisidder/{code}").status_code
    town.later(hours=1, seconds=2)
    assert 200 == site.as_(None).get(f"/bisidder/{code}").status_code
    assert 422 == site.as_(None).post("/bisidder", kode=" ").status_code
    stranger.post("/sprog", sprog="en", tilbage="/bisidder")
    assert "The code" in stranger.get("/bisidder").text
    assert "Why there is a meeting" in stranger.get(f"/bisidder/{code}").text
