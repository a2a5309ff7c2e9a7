"""The staff's first pages: what waits, my citizens, and one citizen's page, each read decided and logged."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import TOLD, Text
from hub.application import commands
from hub.postgres import Database
from tests.browsing import Site
from tests.building import CITIZEN, START, Town, settle


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


def told(town: Town, citizen: UUID, event: str, by: str = "citizen", **fields: object) -> dict[str, str]:
    """Something that is told of a citizen."""
    town.later()
    actor = CITIZEN if by == "citizen" else town.actor(by)
    return commands.tell(town.hub, actor, citizen, TOLD[f"{event}.v1"], fields).ids


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a coordinator, who has asked something."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements")
    town.hope(citizen, "citizen", "Jeg vil have hunde omkring mig", "wishes")
    told(town, citizen, "citizen.question_asked", words=Text.of("Hvem kommer på torsdag?", "wishes"))
    town.wired.catch_up()
    return citizen


def entries(town: Town, surface: str) -> int:
    """How many entries the access log has for a surface."""
    with town.database.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM access_log WHERE surface = %s AND permitted", (surface,)
        ).fetchone()
    return row[0] if row else 0


def test_a_question_waits_on_the_coordinators_overview(site: Site, town: Town, karla: UUID) -> None:
    """A citizen's unanswered question stands under the citizen's name, with since when, and a button to answer."""
    page = site.as_("mette").get("/").text

    assert "Kræver handling nu (1)" in page
    assert "Karla Prøve" in page
    assert "Et spørgsmål venter på svar." in page
    assert "Hvem kommer på torsdag?" in page
    assert "siden mandag 2. marts 2026" in page
    assert f"/borger/{site.ref('mette', karla)}/opgave/question/" in page
    assert 1 == entries(town, "overview")


def test_each_citizen_on_the_overview_is_one_entry_in_the_log(site: Site, town: Town, karla: UUID) -> None:
    """Looking at the overview is a read of each citizen on it, and each finds it in their own log."""
    other = town.enrol(name="Birk Prøve")
    town.task(other, "mette", "contact_person")
    town.wired.catch_up()
    site.as_("mette").get("/")

    assert 2 == entries(town, "overview")
    for citizen in (karla, other):
        looks = town.access.who_looked(town.themself, citizen)
        assert "overview" in {row[5] for row in looks}


def test_what_a_reader_may_not_know_is_on_no_overview(site: Site, town: Town, karla: UUID) -> None:
    """Somebody without a task sees nobody; a block empties the overview at once."""
    assert "Karla" not in site.as_("eva").get("/").text
    town.later()
    commands.set_block(town.hub, CITIZEN, karla, town.partner("social_psychiatry"))
    page = site.as_("mette").get("/").text

    assert "Karla" not in page
    assert "Intet venter på dig." in page
    assert "0 borgere" in page


def test_who_waits_for_an_answer_comes_first(site: Site, town: Town, karla: UUID) -> None:
    """Whoever waits for an answer stands before a deadline, whatever is older."""
    other = town.enrol(name="Birk Prøve")
    town.task(other, "mette", "coordinator")
    town.consent(other, "social_psychiatry", "contact", "plan")
    told(town, other, "citizen.need_change_reported", "mette", text=Text.of("Mere støtte", "plan"))
    told(town, other, "citizen.dialogue_rhythm_agreed", "mette", every_days=7)
    town.later(days=8)
    told(town, karla, "citizen.wish_made", words=Text.of("En cykel", "wishes"))
    town.wired.catch_up()
    names = re.findall(r'<h3 class="h4"><a[^>]*>([^<]+)', site.as_("mette").get("/").text)

    assert names[:1] == ["Karla Prøve"]


def test_ten_cards_stand_on_a_page_and_the_next_ten_are_a_link_away(site: Site, town: Town) -> None:
    """With twelve who wait, ten stand on the first page and two on the next, and nobody is left out."""
    for number in range(12):
        citizen = town.enrol(name=f"Borger {number} Prøve")
        town.task(citizen, "mette", "coordinator")
        town.consent(citizen, "social_psychiatry", "contact", "wishes")
        told(town, citizen, "citizen.wish_made", words=Text.of("En cykel", "wishes"))
    town.wired.catch_up()
    mette = site.as_("mette")
    first = mette.get("/").text
    following = re.search(r'href="(/\?efter=[^"]*)"', first)
    assert following is not None
    second = mette.get(following.group(1)).text
    names = [re.findall(r'<h3 class="h4"><a[^>]*>([^<]+)', page) for page in (first, second)]

    assert "Kræver handling nu (12)" in first
    assert [10, 2] == [len(found) for found in names]
    assert 12 == len({*names[0], *names[1]})


def test_the_week_and_the_consents_that_end_stand_beside(site: Site, town: Town, karla: UUID) -> None:
    """This week's meeting has its sheet of paper a click away; a consent that ends soon is a question to put."""
    town.consent(karla, "social_psychiatry", "everyday", until=START + timedelta(days=20))
    town.later()
    commands.convene(
        town.hub,
        town.actor("mette"),
        karla,
        kind="coordinating",
        starts=START + timedelta(days=3),
        purpose=Text.of("Tale om ugen", "meetings"),
    )
    town.wired.catch_up()
    mette = site.as_("mette")
    page = mette.get("/").text
    sheet = re.search(r'href="([^"]*/ark)"', page)

    assert sheet is not None
    assert "Tale om ugen" in mette.get(sheet.group(1)).text
    assert "Spørg Karla Prøve" in page
    assert "til og med" in page


def test_an_empty_overview_says_so_in_both_languages(site: Site) -> None:
    """Nothing that waits is said plainly, in Danish and in English."""
    mette = site.as_("mette")
    assert "Intet venter på dig." in mette.get("/").text
    mette.post("/sprog", sprog="en")
    assert "Nothing waits for you." in mette.get("/").text


def test_my_citizens_are_found_by_part_of_their_name(site: Site, karla: UUID) -> None:
    """A search finds my own citizens alone, and its address tells no name; a colleague's session does not open it."""
    mette = site.as_("mette")
    answer = mette.post("/soeg", navn="karl")

    assert 303 == answer.status_code
    assert "karl" not in answer.headers["location"]
    assert "Karla Prøve" in mette.get(answer.headers["location"]).text
    assert "Karla" not in site.as_("ann").followed("/soeg", navn="karla").text
    assert 303 == site.as_("mette").get(answer.headers["location"]).status_code


def test_a_search_for_nothing_is_sent_back(site: Site, karla: UUID) -> None:
    """An empty search says what to write, and links to the field."""
    answer = site.as_("mette").post("/soeg", navn="")

    assert 422 == answer.status_code
    assert 'href="#f-navn"' in answer.text


def test_the_citizens_page_begins_with_their_own_words(site: Site, town: Town, karla: UUID) -> None:
    """What the citizen hopes stands first, with the coordinator's name, and each day as a heading."""
    page = site.as_("mette").get(f"/borger/{site.ref('mette', karla)}").text

    assert page.index("hub-quote") < page.index("Jeg vil have hunde omkring mig") < page.index("hub-day")
    assert "Mette Prøve" in page
    assert "Du ser det, I må få at vide." in page


def test_words_are_found_in_other_forms(site: Site, karla: UUID) -> None:
    """Looking for "hund" finds "hunde"; looking for what is not there says so; and the words stay in the field."""
    mette = site.as_("mette")
    at = f"/borger/{site.ref('mette', karla)}"
    hit, miss = mette.post(at, tekst="hund"), mette.post(at, tekst="sejlbåd")

    assert "Håb" in hit.text
    assert 'value="hund"' in hit.text
    assert "Der er intet, der passer" in miss.text


def test_a_search_finds_no_more_than_the_timeline_shows(site: Site, town: Town, karla: UUID) -> None:
    """What a reader may not know is found by no word, no subject and no day."""
    told(town, karla, "citizen.difficulty_noted", words=Text.of("Jeg drikker for meget", "addiction"))
    town.wired.catch_up()
    mette = site.as_("mette")
    at = f"/borger/{site.ref('mette', karla)}"

    for asked in ({"tekst": "drikker"}, {"kategori": "addiction"}, {"fra": "2026-03-01"}):
        assert "drikker for meget" not in mette.post(at, **asked).text


def test_what_is_new_since_last_time_stands_on_top(site: Site, town: Town, karla: UUID) -> None:
    """An hour after looking, what was recorded meanwhile is shown as new; at the first look nothing is."""
    mette = site.as_("mette")
    at = f"/borger/{site.ref('mette', karla)}"
    assert "Nyt, siden du så efter sidst" not in mette.get(at).text
    town.later(hours=1)
    town.hope(karla, "citizen", "En båd", "wishes")
    town.wired.catch_up()
    page = site.as_("mette").get(at).text

    assert "Nyt, siden du så efter sidst" in page
    assert page.index("hub-new") < page.index("#e-") < page.index("hub-day")


def test_a_stranger_learns_nothing_on_any_of_a_citizens_pages(site: Site, town: Town, karla: UUID) -> None:
    """Another organisation's person gets the one denial, on every page and for every form."""
    ann, ref = site.as_("ann"), site.ref("mette", karla)
    for path in ("", "/hvem"):
        answer = ann.get(f"/borger/{ref}{path}")
        assert 404 == answer.status_code
        assert "Karla" not in answer.text
    assert 404 == ann.post(f"/borger/{ref}", tekst="hund").status_code


def test_the_team_page_tells_who_lacks_a_coordinator(site: Site, town: Town) -> None:
    """A contact person sees that a citizen has nobody to coordinate, and what waits elsewhere without its content."""
    birk = town.enrol(name="Birk Prøve")
    town.task(birk, "lene", "coordinator")
    town.task(birk, "mette", "contact_person")
    town.consent(birk, "social_psychiatry", "contact", "wishes", purposes="coordination support")
    town.later()
    commands.release_coordinator(town.hub, town.actor("lene"), birk)
    town.wired.catch_up()
    page = site.as_("mette").get("/team").text

    assert "Uden tovholder" in page
    assert "Birk Prøve" in page
