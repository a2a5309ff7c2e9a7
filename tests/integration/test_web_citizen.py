"""The citizen's own pages: start, when it is hard, before a meeting, the story; each read in its effect on others."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.postgres import Database
from tests.browsing import Client, Site
from tests.building import Town, settle


@pytest.fixture(scope="module")
def town(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(lasting_database, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a coordinator who may know of hopes, meetings and everyday life."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(
        citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements", "everyday"
    )
    town.hope(citizen, "citizen", "En hund og en have", "wishes")
    town.wired.catch_up()
    return citizen


@pytest.fixture
def me(site: Site, karla: UUID) -> Client:
    """Karla's own browser."""
    return site.as_(karla)


def meeting(town: Town, citizen: UUID, *invited: str) -> UUID:
    """Mette calls a meeting in a week, and invites to it."""
    town.later()
    answer = commands.convene(
        town.hub, town.actor("mette"), citizen, kind="coordinating",
        starts=town.clock() + timedelta(days=7), purpose=Text.of("Det næste skridt", "meetings"),
    )  # fmt: skip
    found = UUID(answer.ids["meeting"])
    listed = tuple(town.partner(one) for one in invited)
    for one in listed:
        commands.on_meeting(
            town.hub, town.actor("mette"), citizen, found,
            lambda m, act, one=one: m.invite(one, listed, act, purpose=Text.of("Det næste skridt", "meetings")),
        )  # fmt: skip
    town.wired.catch_up()
    return found


def see(site: Site, who: str, citizen: UUID) -> str:
    """Somebody's page of the citizen, or nothing where there is none."""
    site.town.wired.catch_up()
    page = site.as_(who).get(f"/borger/{site.ref(who, citizen)}")
    return page.text if page.status_code == 200 else ""


def link(page: str, part: str) -> str:
    """The first address on a page that holds this."""
    return next(found.split('"')[0] for found in page.split('href="')[1:] if part in found.split('"')[0])


def test_the_start_shows_three_things(town: Town, karla: UUID, me: Client) -> None:
    """The next meeting, my own words, and what waits for my own word: nothing else is on the first page."""
    empty = me.get("/mit").text
    assert "Du har ingen møder foran dig" in empty
    assert "Intet venter på dig" in empty
    meeting(town, karla, "jobcentre")
    page = me.get("/mit").text

    assert "Det næste skridt" in page
    assert "En hund og en have" in page
    assert "Hvem må komme til dit møde?" in page
    assert page.count("<h1") == 1


def test_whom_to_call_stands_on_every_page(site: Site, town: Town, karla: UUID) -> None:
    """The coordinator's name stands on each page, with a number to call where one is known."""
    mette = town.wired.vault.person("mette")._replace(phone="00 12 34 56")
    row = town.wired.vault.person_row(mette)
    with town.database.connection() as connection:
        connection.execute("UPDATE vault_persons SET sealed = %s WHERE person_id = %s", (row[4], row[0]))
    me = site.as_(karla)
    for address in (
        "/mit",
        "/mit/samtykker",
        "/mit/aftaler",
        "/mit/svaert",
        "/mit/historie",
        "/mit/hvem-har-set",
    ):
        page = me.get(address)
        assert page.status_code == 200, address
        assert "Mette Prøve" in page.text, address
        assert 'href="tel:00123456"' in page.text, address
        assert "Hurtig ud" in page.text, address


def test_call_me_reaches_the_coordinator(site: Site, karla: UUID, me: Client) -> None:
    """One press asks them to call; the coordinator reads it, and Karla is told who can see it."""
    told = me.followed("/mit/svaert", way="call")

    assert "Det kan ses af: social_psychiatry" in told.text
    assert "Ring til mig." in see(site, "mette", karla)


def test_nobody_is_promised_who_may_not_see_it(site: Site, town: Town) -> None:
    """Where nobody may read the wish, the citizen is told to call, instead of waiting for a call that cannot come."""
    lone = town.enrol(name="Bo Test")
    told = site.as_(lone).followed("/mit/svaert", way="call")

    assert "Ingen af dem, der hjælper dig, må se det lige nu" in told.text


def test_moving_a_meeting_is_asked_for(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """The coordinator reads that the meeting should be moved; it stays until somebody answers."""
    meeting(town, karla)
    ref = link(me.get("/mit").text, "/mit/foer-moedet/").rsplit("/", 1)[1]
    told = me.followed("/mit/svaert", way="move", meeting=ref)

    assert "ikke flyttet, før nogen har svaret" in told.text
    assert "Flyt mødet" in see(site, "mette", karla)


def test_peace_is_a_hard_period_until_the_day(site: Site, karla: UUID, me: Client) -> None:
    """Karla asks for peace until a day; the coordinator reads it, and Karla ends it herself with one press."""
    wrong = me.post("/mit/svaert", way="peace", until="i morgen")
    assert wrong.status_code == 422
    assert 'value="i morgen"' in wrong.text
    told = me.followed("/mit/svaert", way="peace", until="2026-03-20")
    assert "Det kan ses af" in told.text
    assert "20. marts 2026" in see(site, "mette", karla)
    assert "Du har bedt om fred" in me.get("/mit").text

    assert "Du har bedt om fred" not in me.followed("/mit/svaert", way="better").text


def test_the_quick_way_out_ends_everything(site: Site, town: Town, karla: UUID) -> None:
    """One press: the session is over, the page says nothing of the hub, and going back leads nowhere."""
    me = site.as_(karla)
    out = me.post("/mit/ud", forged=True)
    assert out.status_code == 200
    assert "oordinering" not in out.text
    assert "Karla" not in out.text
    assert "hub_session=" in out.headers["set-cookie"]
    again = site.as_(None)
    again.cookies.set("hub_session", me.session.token if me.session else "")
    assert again.get("/mit").headers["location"] == "/login"


def test_a_meeting_is_made_ready(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """A message, an item and a companion reach the coordinator; each in my own words."""
    meeting(town, karla)
    at = link(me.get("/mit").text, "/mit/foer-moedet/")
    assert me.post(at, way="message", message=" ").status_code == 422
    for way, words in (("message", "Tal langsomt"), ("agenda", "Min lejlighed"), ("companion", "Min søster")):
        assert me.post(at, way=way, **{way: words}).status_code == 303
    page, hers = me.get(at).text, see(site, "mette", karla)

    for words in ("Tal langsomt", "Min lejlighed", "Min søster"):
        assert words in page, words
        assert words in hers, words


def test_who_comes_is_the_citizens_to_say(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """The page says who learns of whom; a yes lets them see the invitation, and a no takes them off the meeting."""
    meeting(town, karla, "jobcentre", "addiction_treatment")
    town.task(karla, "ann")
    at = link(me.get("/mit").text, "/mit/foer-moedet/")
    jobcentre = f"{at}/hvem/{town.partner('jobcentre')}"
    asked = me.get(jobcentre).text
    assert "På deres invitation står også: addiction_treatment" in asked
    assert "Det næste skridt" not in see(site, "ann", karla)
    me.post(jobcentre, way="yes")
    assert "Det næste skridt" in see(site, "ann", karla)
    assert "Du har sagt ja" in me.get(at).text

    me.post(jobcentre, way="no")
    assert "Det næste skridt" not in see(site, "ann", karla)
    assert me.get(jobcentre).status_code == 404


def test_my_agreements_and_theirs(town: Town, karla: UUID, me: Client) -> None:
    """What I will do and what they will do stand apart; mine is done with one press and never late."""
    found = meeting(town, karla)
    for name, owner in (("Ringe til banken", None), ("Skrive til banken", town.partner("social_psychiatry"))):
        town.later()
        commands.on_meeting(
            town.hub, town.actor("mette"), karla, found,
            lambda m, act, name=name, owner=owner: m.agree(
                act.command_id, act, owner=owner, parties=(), what=Text.of(name, "agreements")
            ),
        )  # fmt: skip
    page = me.get("/mit/aftaler").text
    assert (
        page.index("Ringe til banken")
        < page.index("Det, de andre vil gøre")
        < page.index("Skrive til banken")
    )
    after = me.followed("/mit/aftaler/" + page.split('action="/mit/aftaler/')[1].split('"')[0])

    assert "Ringe til banken" not in after.text
    assert "Skrive til banken" in after.text


def test_what_the_citizen_writes_is_read_by_those_who_may(
    site: Site, town: Town, karla: UUID, me: Client
) -> None:
    """A hope reaches the coordinator, who may know of hopes; what is about medicine does not. Karla has both."""
    assert me.post("/mit/historie", kind="hope", words="").status_code == 422
    assert "Det er skrevet" in me.followed("/mit/historie", kind="success", words="Jeg gik en tur").text
    me.post("/mit/historie", kind="important", words="Pillerne gør mig træt", words_label=["medication"])
    hers, mine = see(site, "mette", karla), me.get("/mit/historie").text

    assert "Jeg gik en tur" in hers
    assert "Pillerne" not in hers
    assert "Pillerne gør mig træt" in mine


def test_the_newest_five_first_then_more(town: Town, karla: UUID, me: Client) -> None:
    """The story begins with five, and the older ones are one press away."""
    for number in range(8):
        town.hope(karla, "citizen", f"Håb {number}", "wishes")
    town.wired.catch_up()
    page = me.get("/mit/historie").text
    assert page.count('class="hub-entry"') == 5
    older = me.get(link(page, "?foer=")).text

    assert "Håb 7" in page
    assert "Håb 0" in older


def test_saying_that_something_is_wrong_stands_beside_it(
    site: Site, town: Town, karla: UUID, me: Client
) -> None:
    """What Mette wrote stays, and Karla's words stand beside it on the page of the one who wrote it."""
    town.hope(karla, "mette", "Vil gerne flytte", "wishes")
    town.wired.catch_up()
    at = link(me.get("/mit/historie").text, "/forkert")
    assert "Vil gerne flytte" in me.get(at).text
    assert me.post(at, words="").status_code == 422
    me.followed(at, words="Det har jeg aldrig sagt")
    town.wired.catch_up()

    assert "Det har jeg aldrig sagt" in me.get("/mit/historie").text
    assert me.get(at.replace("/forkert", "x/forkert")).status_code == 404


def test_a_strength_is_the_citizens_to_confirm(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """A strength that Mette saw is asked about, and counts when Karla says yes."""
    from hub.aggregates.voice import StrengthSuggested  # noqa: PLC0415

    town.later()
    fields = {"words": None, "text": Text.of("Du lytter godt", "wishes")}
    commands.tell(town.hub, town.actor("mette"), karla, StrengthSuggested, fields)
    assert "set en styrke" in me.get("/mit").text
    page = me.get("/mit/historie").text
    assert "Du lytter godt" in page
    me.followed(
        "/mit/historie/styrke/" + page.split('action="/mit/historie/styrke/')[1].split('"')[0], way="yes"
    )

    assert "set en styrke" not in me.get("/mit").text
    assert "Du lytter godt" in see(site, "mette", karla)


def test_who_has_looked_is_people_week_by_week(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """Mette's look stands there without Karla's own; a refused one stands on its own page; a word reaches Mette."""
    see(site, "mette", karla)
    see(site, "ann", karla)
    page, refused = me.get("/mit/hvem-har-set").text, me.get("/mit/hvem-har-set/afvist").text
    assert "social_psychiatry" in page
    assert "jobcentre" not in page
    assert "jobcentre" in refused
    assert me.post("/mit/hvem-har-set", kind="question", words="").status_code == 422
    told = me.followed("/mit/hvem-har-set", kind="question", words="Hvorfor ser I på mig?")

    assert "Det er sagt" in told.text
    assert "Hvorfor ser I på mig?" in see(site, "mette", karla)


def test_all_of_it_is_taken_in_one_file(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """The file holds the citizen's own words, is offered to be saved, and stands in the access log."""
    assert "Hent filen" in me.get("/mit/hent").text
    file = me.post("/mit/hent")

    assert "En hund og en have" in file.text
    assert "attachment" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "no-store"
    assert "export" in {look.surface for look in town.access.who_looked(town.themself, karla)}
    assert me.post("/mit/hent", forged=True).status_code == 403
    assert site.as_("mette").post("/mit/hent").status_code == 403


def test_every_page_speaks_both_languages(town: Town, karla: UUID, me: Client) -> None:
    """Each page has one heading and whole sentences in Danish and in English."""
    meeting(town, karla, "jobcentre")
    at = link(me.get("/mit").text, "/mit/foer-moedet/")
    pages = (
        "/mit", "/mit/svaert", "/mit/svaert/ring", "/mit/aftaler", "/mit/historie", "/mit/hvem-har-set", "/mit/hent",
        at,
        f"{at}/hvem/{town.partner('jobcentre')}",
    )  # fmt: skip
    for language, exit_ in (("da", "Hurtig ud"), ("en", "Quick exit")):
        me.post("/sprog", sprog=language, tilbage="/mit")
        for page in pages:
            text = me.get(page).text
            assert exit_ in text, page
            assert text.count("<h1") == 1, page


def test_a_preparation_is_private_until_each_answer_is_shared(
    site: Site, town: Town, karla: UUID, me: Client
) -> None:
    """What Karla keeps is on her own page alone and sealed in the database; what she shares is one answer."""
    meeting(town, karla)
    at = link(me.get("/mit").text, "/mit/foer-moedet/")
    page = me.followed(at, way="keep", hard="Jeg er bange for at flytte", well="Min hund")
    assert "Jeg er bange for at flytte" in page.text
    assert "bange" not in see(site, "mette", karla)
    assert "bange" not in me.post("/mit/hent").text
    with town.database.connection() as connection:
        kept = connection.execute("SELECT sealed FROM web_drafts WHERE citizen_id = %s", (karla,)).fetchall()
    assert len(kept) == 2
    assert not any(b"bange" in bytes(row[0]) for row in kept)
    assert (
        me.post(at, way="share-want", hard="Jeg er bange for at flytte", well="Min hund").status_code == 422
    )

    shared = me.followed(at, way="share-well", hard="Jeg er bange for at flytte", well="Min hund")
    hers = see(site, "mette", karla)
    assert "Min hund" in hers
    assert "bange" not in hers
    assert "Jeg er bange for at flytte" in shared.text


def test_a_telephone_is_kept_with_the_name_and_sealed(town: Town) -> None:
    """A worker's number is found again beside the name, and stands nowhere in the open; without one there is none."""
    vault = town.wired.vault
    vault.register_person(
        uuid4(), "dorte", town.partner("authority"), "bostøtte", "Dorte Prøve", "00 98 76 54"
    )
    with town.database.connection() as connection:
        row = connection.execute("SELECT sealed FROM vault_persons WHERE slug = 'dorte'").fetchone()

    assert ("Dorte Prøve", "00 98 76 54") == vault.person("dorte")[4:6]
    assert row is not None
    assert b"98 76" not in bytes(row[0])
    assert vault.person("ann").phone is None


def test_the_number_and_the_way_out_are_set_by_the_municipality(town: Town, karla: UUID) -> None:
    """The number that always answers stands on the page as configured, and the quick way out leads where it was set."""
    settings = town.wired.settings.model_copy(
        update={"crisis_phone": "70 20 12 01", "exit_page": "https://vejr.example/"}
    )
    elsewhere = Site(replace(town, wired=replace(town.wired, settings=settings)))
    me = elsewhere.as_(karla)

    assert 'href="tel:70201201"' in me.get("/mit").text
    assert 'content="0; url=https://vejr.example/"' in me.post("/mit/ud").text
