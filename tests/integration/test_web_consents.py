"""The citizen's page of who may know what: every change is read in its effect on the organisation's own page."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.application import commands
from hub.postgres import Database
from tests.browsing import Client, Site
from tests.building import Town, settle

YEAR = timedelta(days=365)


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
    """A citizen who lets the jobcentre know of her hopes; Ann there has a task only by that."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "contact")
    town.consent(citizen, "jobcentre", "wishes", "work", "contact", until=town.clock() + YEAR)
    town.hope(citizen, "citizen", "En hund og en have", "wishes")
    town.wired.catch_up()
    return citizen


@pytest.fixture
def me(site: Site, karla: UUID) -> Client:
    """Karla's own browser."""
    return site.as_(karla)


def see(site: Site, who: str, citizen: UUID) -> str:
    """A clerk's page of the citizen, or nothing where there is none."""
    page = site.as_(who).get(f"/borger/{site.ref(who, citizen)}")
    assert page.status_code in (200, 404)
    return page.text if page.status_code == 200 else ""


def test_the_citizen_withdraws_and_the_clerk_is_out_at_once(
    site: Site, town: Town, karla: UUID, me: Client
) -> None:
    """When Karla takes her consent to the jobcentre back, the clerk's next look answers that there is nothing."""
    jobcentre = town.partner("jobcentre")
    assert "En hund og en have" in see(site, "ann", karla)
    card = me.get("/mit/samtykker")
    assert "dine håb og ønsker" in card.text
    asked = me.get(f"/mit/samtykker/{jobcentre}/traek-tilbage")
    assert "kan ikke gøres ulæst" in asked.text
    assert "En hund og en have" in see(site, "ann", karla)

    receipt = me.followed(f"/mit/samtykker/{jobcentre}/traek-tilbage")

    left = see(site, "ann", karla)
    assert "En hund" not in left
    assert left.count('hub-entry"') <= 1, "at most that a consent was once given to them"
    assert "har endnu ikke bekræftet sletning" in receipt.text
    assert "kl. " in receipt.text
    assert f"p-{jobcentre}" not in me.get("/mit/samtykker").text


def test_a_clerk_without_anything_left_gets_the_answer_of_every_denial(
    site: Site, town: Town, karla: UUID, me: Client
) -> None:
    """When Karla blocks the jobcentre, its page of her answers like the page of somebody who does not exist."""
    jobcentre = town.partner("jobcentre")
    assert see(site, "ann", karla)
    cards = me.followed(f"/mit/samtykker/{jobcentre}/spaer", person="", how="all", words="Ikke dem")

    assert "Ikke dem" in cards.text
    assert not see(site, "ann", karla)

    lifted = next(part.split('"')[0] for part in cards.text.split('href="')[1:] if "/spaerring/" in part)
    assert "kommer til at se" in me.get(lifted).text
    assert "Du har ikke spærret for nogen" in me.followed(lifted).text
    assert "En hund" in see(site, "ann", karla)


def test_a_consent_is_seen_before_it_counts(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """Karla is shown what a consent opens, and only then says yes; until that, nobody sees more."""
    authority = town.partner("authority")
    terms = {
        "categories": ["wishes", "contact"],
        "purposes": ["casework"],
        "past": "all",
        "last": "2026-12-31",
    }
    assert "En hund" not in see(site, "lene", karla)
    seen = me.post(f"/mit/samtykker/{authority}/giv", **terms)
    assert seen.status_code == 200
    assert "kommer til at se" in seen.text
    assert "torsdag 31. december 2026" in seen.text
    assert "En hund" not in see(site, "lene", karla)

    changed = me.post(f"/mit/samtykker/{authority}/giv", **terms, step="change")
    assert 'value="2026-12-31"' in changed.text
    cards = me.followed(f"/mit/samtykker/{authority}/giv", **terms, step="give")

    assert f"p-{authority}" in cards.text
    assert "En hund" in see(site, "lene", karla)


def test_a_form_with_an_error_keeps_what_was_chosen(town: Town, me: Client) -> None:
    """What is wrong is said above the form and beside the field, and nothing that was chosen is lost."""
    url = f"/mit/samtykker/{town.partner('authority')}/giv"
    page = me.post(url, categories=["wishes"], past="from", last="den 7.")

    assert page.status_code == 422
    assert 'href="#f-purposes"' in page.text
    assert 'value="den 7."' in page.text
    assert "Skriv dagen." in page.text
    assert page.text.count(" checked") == 2


def test_a_consent_is_narrowed_and_renewed(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """Karla lets the jobcentre know less, and then for longer; her card says so, and the clerk loses what went."""
    jobcentre = town.partner("jobcentre")
    one = me.get(f"/mit/samtykker/{jobcentre}/ret").headers["location"]
    assert me.post(one, way="narrow", categories=["wishes", "work", "contact"]).status_code == 422
    cards = me.followed(one, way="narrow", categories=["work", "contact"])
    assert "En hund" not in see(site, "ann", karla)
    assert me.post(one, way="renew", renew_last="2026-04-01").status_code == 422
    cards = me.followed(one, way="renew", renew_last="2028-04-01")

    assert "lørdag 1. april 2028" in cards.text


def test_a_spoken_consent_waits_for_the_citizen(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """What staff wrote down that Karla said stands as a question on her card, and her yes makes it her own."""
    town.later()
    commands.give_consent(
        town.hub, town.actor("mette"), karla, town.partner("authority"), categories=frozenset({"plan"}),
        purposes=frozenset({"casework"}), form="spoken", witness=town.persons["ann"],
    )  # fmt: skip
    assert "Er det rigtigt?" in me.get("/mit/samtykker").text
    one = me.get(f"/mit/samtykker/{town.partner('authority')}/ret").headers["location"]
    cards = me.followed(one, way="confirm")

    assert "Er det rigtigt?" not in cards.text
    assert f"p-{town.partner('authority')}" in cards.text


def test_an_agreed_text_is_taken_back_with_the_rest(town: Town, karla: UUID, me: Client) -> None:
    """A text that was agreed on stands word for word on the card, and goes when the card is taken back."""
    town.later()
    eva = f"/mit/samtykker/{town.partner('addiction_treatment')}"
    unlabelled = me.post(f"{eva}/tekst", words="Kommer torsdag kl. 10")
    assert unlabelled.status_code == 422
    assert "Kommer torsdag kl. 10" in unlabelled.text
    cards = me.followed(f"{eva}/tekst", words="Kommer torsdag kl. 10", words_label=["meetings"])
    assert "Kommer torsdag kl. 10" in cards.text
    assert "Kommer torsdag kl. 10" in me.get(f"{eva}/traek-tilbage").text
    me.followed(f"{eva}/traek-tilbage")

    assert me.get(f"{eva}/traek-tilbage").status_code == 404
    assert "Det, der er slut" in me.get("/mit/samtykker").text


def test_the_citizen_reads_what_they_read(site: Site, town: Town, karla: UUID, me: Client) -> None:
    """“See what they see” shows the organisation's own view, and is logged as the citizen's reading."""
    page = me.get(f"/mit/samtykker/{town.partner('jobcentre')}/ser")

    assert "En hund og en have" in page.text
    looks = town.access.who_looked(town.themself, karla)
    assert ("citizen", "view") in {(look[1], look[5]) for look in looks}


def test_nobody_else_reaches_the_citizens_pages(site: Site, town: Town, karla: UUID) -> None:
    """Staff get 403 on a citizen's own pages, a visitor is sent to log in, and another citizen sees their own alone."""
    other = site.as_(town.enrol(name="Bo Test"))
    assert site.as_("mette").get("/mit/samtykker").status_code == 403
    assert site.as_(None).get("/mit/samtykker").status_code == 303
    page = other.get("/mit/samtykker")
    assert page.status_code == 200
    assert "dine håb" not in page.text
    assert other.post(f"/mit/samtykker/{town.partner('jobcentre')}/traek-tilbage").status_code == 303
    assert "En hund" in see(site, "ann", karla)
    forged = site.as_(karla).post(f"/mit/samtykker/{town.partner('jobcentre')}/traek-tilbage", forged=True)
    assert forged.status_code == 403
    assert "En hund" in see(site, "ann", karla)


def test_the_pages_speak_english_too(town: Town, me: Client) -> None:
    """The same pages in English, with no Danish left in them."""
    me.post("/sprog", sprog="en", tilbage="/mit/samtykker")
    page = me.get("/mit/samtykker").text

    assert "They may know:" in page
    assert "De må" not in page
