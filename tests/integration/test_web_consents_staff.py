"""Consents as staff know of them: spoken ones written down and taken back, each read in its effect on another role."""

from typing import Any
from uuid import UUID

import pytest

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
    """A citizen whose coordinator may know of the jobcentre's part, and of nothing at the addiction centre."""
    citizen = town.enrol()
    for who, role in (("lene", "relation"), ("mette", "coordinator"), ("ann", "relation")):
        town.task(citizen, who, role)
    town.consent(citizen, "social_psychiatry", "contact", "wishes", "plan", "work")
    town.consent(citizen, "addiction_treatment", "wishes", "addiction")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    return citizen


@pytest.fixture
def mette(site: Site) -> Client:
    """The coordinator's browser."""
    return site.as_("mette")


def at(site: Site, who: str, citizen: UUID, path: str = "") -> str:
    """The address of the consents, for somebody."""
    return f"/borger/{site.ref(who, citizen)}/samtykker{path}"


def spoken(town: Town, **more: Any) -> dict[str, Any]:
    """What Mette fills in, with Lene as the witness."""
    return {
        "categories": ["wishes"], "purposes": ["employment"], "past": "all", "last": "2026-12-31",
        "witness": str(town.persons["lene"]), "read_back": "yes", "words": "Det må de godt", **more,
    }  # fmt: skip


def test_a_spoken_consent_is_previewed_and_written_down(
    site: Site, town: Town, karla: UUID, mette: Client
) -> None:
    """Mette sees what it opens before it counts; then Ann reads the hope, and Karla is asked whether it is right."""
    form = at(site, "mette", karla, f"/mundtligt/{town.partner('jobcentre')}")
    assert "Læs det" not in mette.get(form).text
    seen = mette.post(form, **spoken(town))
    assert "kommer til at se" in seen.text
    assert "En hund" not in site.as_("ann").get(f"/borger/{site.ref('ann', karla)}").text
    listed = mette.followed(form, **spoken(town), step="give")
    town.wired.catch_up()

    assert "jobcentre" in listed.text
    assert "En hund" in site.as_("ann").get(f"/borger/{site.ref('ann', karla)}").text
    assert "Er det rigtigt?" in site.as_(karla).get("/mit/samtykker").text


def test_nothing_is_written_without_a_witness_and_reading_aloud(
    site: Site, town: Town, karla: UUID, mette: Client
) -> None:
    """Without a witness or without reading it back the form says what is missing, keeps all, and records nothing."""
    form = at(site, "mette", karla, f"/mundtligt/{town.partner('jobcentre')}")
    page = mette.post(form, **spoken(town, witness="", read_back="", step="give"))
    ann = mette.post(form, **spoken(town, witness=str(town.persons["ann"]), step="give"))

    assert page.status_code == 422 == ann.status_code
    assert "Vælg, hvem der hørte det." in page.text
    assert "Læs det højt for borgeren først" in page.text
    assert "Det må de godt" in page.text
    assert f"p-{town.partner('jobcentre')}" not in site.as_(karla).get("/mit/samtykker").text


def test_a_no_is_as_good_as_a_yes(site: Site, town: Town, karla: UUID, mette: Client) -> None:
    """When Karla says no after all, that is what is written, and nobody sees more."""
    form = at(site, "mette", karla, f"/mundtligt/{town.partner('jobcentre')}")
    mette.followed(form, **spoken(town), step="no")

    assert f"p-{town.partner('jobcentre')}" not in site.as_(karla).get("/mit/samtykker").text


def test_anybody_takes_a_withdrawal_down_at_once(site: Site, town: Town, karla: UUID, mette: Client) -> None:
    """Karla rings and takes it back; Mette writes it with one form, and the jobcentre sees no more of her hopes."""
    town.consent(karla, "jobcentre", "wishes")
    town.hope(karla, "citizen", "Et arbejde", "wishes")
    town.wired.catch_up()
    ann = f"/borger/{site.ref('ann', karla)}"
    assert "Et arbejde" in site.as_("ann").get(ann).text
    back = at(site, "mette", karla, "/traek-tilbage")
    terms = {"partner": str(town.partner("jobcentre")), "channel": "phone"}
    assert mette.post(back, **{**terms, "channel": ""}).status_code == 422
    assert "kan ikke længere se" in mette.post(back, **terms, step="see").text
    assert "Et arbejde" in site.as_("ann").get(ann).text
    done = mette.followed(back, **terms, step="now")

    assert "trukket tilbage nu" in done.text
    assert "Et arbejde" not in site.as_("ann").get(ann).text
    assert "Trukket tilbage" in site.as_(karla).get(
        f"/mit/samtykker/{town.partner('jobcentre')}/kvittering"
    ).text.replace("trukket tilbage", "Trukket tilbage")


def test_taking_a_withdrawal_down_is_no_way_to_ask(site: Site, town: Town, karla: UUID) -> None:
    """Whether there is a consent that Mette may not know of, or none at all, her form answers the same."""
    mette, answers = site.as_("mette"), []
    back = at(site, "mette", karla, "/traek-tilbage")
    for name in ("authority", "addiction_treatment"):
        terms = {"partner": str(town.partner(name)), "channel": "phone"}
        seen, done = mette.post(back, **terms, step="see"), mette.post(back, **terms, step="now")
        told = "Det ændrer intet, du kan se her." in seen.text
        answers.append((seen.status_code, told, done.status_code, done.headers["location"]))

    assert answers[0] == answers[1]
    assert answers[0][:3] == (200, True, 303)


def test_the_list_tells_no_more_than_staff_may_know(
    site: Site, town: Town, karla: UUID, mette: Client
) -> None:
    """The consent to the addiction centre is not on the coordinator's list; a stranger gets the one denial."""
    page = mette.get(at(site, "mette", karla)).text
    assert "social_psychiatry" in page
    assert "addiction_treatment" not in page
    eva = site.as_("eva")
    stranger = town.enrol(name="Bo Test")
    for path in ("", "/mundtligt", "/traek-tilbage", "/trukket"):
        assert eva.get(at(site, "eva", stranger, path)).status_code == 404, path
    denied = eva.post(
        at(site, "eva", stranger, "/traek-tilbage"), partner=str(town.partner("jobcentre")), channel="phone"
    )
    assert denied.status_code == 404
    assert site.as_(karla).get(at(site, "mette", karla)).status_code == 403


def test_the_pages_for_staff_speak_english_too(site: Site, town: Town, karla: UUID, mette: Client) -> None:
    """Every page of consents for staff renders in English."""
    mette.post("/sprog", sprog="en", tilbage="/")
    for path in ("", "/mundtligt", f"/mundtligt/{town.partner('jobcentre')}", "/traek-tilbage", "/trukket"):
        page = mette.get(at(site, "mette", karla, path))
        assert page.status_code == 200, path
        assert 'lang="en"' in page.text
        assert page.text.count("<h1") == 1
