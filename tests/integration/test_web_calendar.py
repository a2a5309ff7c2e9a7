"""One's own calendar: off until it is turned on, taken back at once, and nothing in it but times."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from icalendar import Calendar

from hub.aggregates import Text
from hub.application import commands
from hub.postgres import Database, EmbeddedServer, create_database, drop_database
from hub.texts import speak
from tests.browsing import Client, Site
from tests.building import CITIZEN, Town, rich, settle


@pytest.fixture(scope="module")
def town(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with somebody at each of four organisations."""
    name = "calendar_town"
    create_database(server.conninfo(), name, template=template)
    with Database(server.conninfo(name), size=4) as database:
        yield settle(database, tmp_path_factory.mktemp("town"))
    drop_database(server.conninfo(), name)


@pytest.fixture(scope="module")
def site(town: Town) -> Site:
    """Its pages."""
    speak(None)
    return Site(town)


def meet(town: Town, citizen: UUID, days: int, by: str = "mette") -> UUID:
    """Call a meeting so many days ahead."""
    town.later()
    answer = commands.convene(
        town.hub,
        town.actor(by),
        citizen,
        kind="coordinating",
        starts=town.clock() + timedelta(days=days),
        purpose=Text.of("Hemmeligt formål", "meetings"),
        place=Text.of("Hemmelig gade 4", "meetings"),
    )
    return UUID(answer.ids["meeting"])


def turned_on(client: Client, at: str = "/kalender") -> str:
    """Turn the calendar on; the address that is shown."""
    answer = client.post(f"{at}/til")
    assert answer.status_code == 200, answer.text
    found = re.search(r"/kalender/[\w-]{43}\.ics", answer.text)
    assert found
    return found.group()


def times(answer: str) -> list[str]:
    """When the events in a calendar begin, after a check that they say nothing else."""
    calendar = Calendar.from_ical(answer)
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "CLASS"} == set(event.keys())
        assert str(event["SUMMARY"]) == "Aftale"
    return [event["DTSTART"].dt.isoformat() for event in calendar.walk("VEVENT")]


def test_a_coordinators_meetings_are_in_the_calendar_as_times_alone(site: Site, town: Town) -> None:
    """A phone that knows the address gets the times of the meetings ahead, and no name, place or purpose."""
    citizen = rich(town)
    meet(town, citizen, 3)
    town.wired.catch_up()
    address = turned_on(site.as_("mette"))
    answer = site.as_(None).get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert (town.clock() + timedelta(days=3)).replace(microsecond=0).isoformat()[:13] in times(answer.text)[0]
    for word in ("Karla", "Hemmelig", "social_psychiatry", "Mette", str(citizen), site.ref("mette", citizen)):
        assert word not in answer.text
    assert answer.text == site.as_(None).get(address).text


def test_what_may_not_be_known_is_in_no_calendar(site: Site, town: Town) -> None:
    """A meeting that the jobcentre may not know of is in its clerk's calendar no more than on the pages."""
    citizen = rich(town)
    meet(town, citizen, 5)
    town.wired.catch_up()
    address = turned_on(site.as_("ann"))
    before = times(site.as_(None).get(address).text)
    assert before
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner("jobcentre"))
    assert len(before) - 1 == len(times(site.as_(None).get(address).text))


def test_a_cancelled_or_moved_meeting_is_not_where_it_was(site: Site, town: Town) -> None:
    """After a change the next fetch has the new time, and after a cancellation none."""
    citizen = rich(town)
    meeting = meet(town, citizen, 7)
    town.wired.catch_up()
    address = turned_on(site.as_(citizen), "/mit/kalender")
    (first,) = times(site.as_(None).get(address).text)
    town.later()
    commands.on_meeting(
        town.hub,
        town.actor("mette"),
        citizen,
        meeting,
        lambda found, act: found.reschedule(town.clock() + timedelta(days=9), act),
    )
    (second,) = times(site.as_(None).get(address).text)
    assert first < second
    town.later()
    commands.on_meeting(town.hub, town.actor("mette"), citizen, meeting, lambda found, act: found.cancel(act))
    assert [] == times(site.as_(None).get(address).text)


def test_a_calendar_is_off_until_its_owner_turns_it_on_and_ends_at_once(site: Site, town: Town) -> None:
    """Off by default; a new address ends the old one, and turned off, none opens anything."""
    citizen = rich(town)
    client = site.as_(citizen)
    assert "Den er slået fra" in client.get("/mit/kalender").text
    first = turned_on(client, "/mit/kalender")
    assert first not in client.get("/mit/kalender").text
    second = turned_on(client, "/mit/kalender")
    assert [404, 200] == [site.as_(None).get(one).status_code for one in (first, second)]
    assert "slået fra" in client.followed("/mit/kalender/fra").text
    ended, unknown = site.as_(None).get(second), site.as_(None).get("/kalender/nobody.ics")
    assert 404 == ended.status_code == unknown.status_code
    assert ended.text.replace(second, "") == unknown.text.replace("/kalender/nobody.ics", "")


def test_the_hub_does_not_keep_the_address(site: Site, town: Town) -> None:
    """What is stored is a digest: whoever reads the table opens nobody's calendar."""
    address = turned_on(site.as_("lene"))
    secret = address.removeprefix("/kalender/").removesuffix(".ics")
    with town.database.connection() as connection:
        stored = connection.execute("SELECT calendar_feeds::text FROM calendar_feeds").fetchall()
    assert stored
    assert secret not in str(stored)
    assert secret.encode().hex() not in str(stored)


def test_a_fetch_is_told_to_the_citizen(site: Site, town: Town) -> None:
    """The citizen reads that a calendar fetched times, once for each visit of a program that asks often."""
    citizen = rich(town)
    meet(town, citizen, 2)
    town.wired.catch_up()
    address = turned_on(site.as_("mette"))
    for _ in range(3):
        site.as_(None).get(address)
    looks = [look for look in town.access.who_looked(town.themself, citizen) if look.surface == "calendar"]
    assert 1 == len(looks)
    assert looks[0].permitted


def test_it_is_ones_own_and_nobody_elses(site: Site, town: Town) -> None:
    """A citizen has no staff calendar, staff have no citizen's, and nobody has one without logging in."""
    citizen = rich(town)
    assert 403 == site.as_(citizen).get("/kalender").status_code
    assert 403 == site.as_("mette").get("/mit/kalender").status_code
    assert 303 == site.as_(None).get("/kalender").status_code
    assert 404 == site.as_("mette").post("/kalender/noget").status_code
    assert 403 == site.as_("mette").post("/kalender/til", forged=True).status_code


def test_a_suspended_organisations_calendars_are_empty(site: Site, town: Town) -> None:
    """While an organisation is suspended, its people's calendars hold nothing."""
    citizen = rich(town)
    meet(town, citizen, 4)
    town.wired.catch_up()
    address = turned_on(site.as_("ann"))
    assert times(site.as_(None).get(address).text)
    commands.suspend_partner(town.hub, town.actor("lene"), town.partner("jobcentre"), "a breach")
    try:
        assert [] == times(site.as_(None).get(address).text)
    finally:
        commands.resume_partner(town.hub, town.actor("lene"), town.partner("jobcentre"))


@pytest.mark.parametrize(
    ("language", "heading"), [("da", "Kalender og beskeder"), ("en", "Calendar and messages")]
)
def test_the_page_is_there_in_both_languages(site: Site, town: Town, language: str, heading: str) -> None:
    """Staff and citizens find the page, in Danish and in English."""
    citizen = rich(town)
    for client, at in ((site.as_("mette"), "/kalender"), (site.as_(citizen), "/mit/kalender")):
        client.post("/sprog", sprog=language)
        page = client.get(at)
        assert page.status_code == 200
        assert f"<h1>{heading}</h1>" in page.text
