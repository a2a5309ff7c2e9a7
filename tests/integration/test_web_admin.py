"""Enrolling, codes, organisations and people: who may, what comes of it, and what nobody is told."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import Actor
from hub.application import commands
from hub.application.hub import made
from hub.errors import NotFound
from hub.postgres import Database
from hub.texts import DENIAL
from hub.vocabulary import Role
from tests.browsing import Client, Site
from tests.building import Town, settle

CPR = "010180-0000"


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
    """A citizen with a coordinator in social psychiatry."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements")
    town.hope(citizen, "citizen", "En hund", "wishes")
    return citizen


def operator(site: Site) -> Client:
    """Whoever keeps the machine running."""
    return Client(site.app, site.sessions.begin("operator"))


def test_the_authority_enrols_a_citizen(site: Site, town: Town) -> None:
    """A name is enough; the citizen is enrolled, whoever did it has the first task, and a coordinator comes next."""
    lene = site.as_("lene")

    sent = lene.post("/borgere/ny", navn="Hanne Prøve", cpr=CPR)

    assert sent.status_code == 303
    assert "Hanne" not in sent.headers["location"]
    assert CPR[:6] not in sent.headers["location"]
    page = lene.get(sent.headers["location"])
    assert page.status_code == 200
    assert "Hanne Prøve" in page.text
    assert "Der er ingen tovholder" in page.text
    town.wired.catch_up()
    assert "Hanne Prøve" in lene.get("/borgere").text


def test_enrolling_says_what_is_wrong_beside_the_field(site: Site, town: Town) -> None:
    """A number that is none, or that another citizen has, is refused in plain words, and nothing is recorded."""
    lene = site.as_("lene")
    wrong = lene.post("/borgere/ny", navn="Hanne Prøve", cpr="12345")
    assert wrong.status_code == 422
    assert 'href="#f-cpr"' in wrong.text
    assert 'value="Hanne Prøve"' in wrong.text
    assert 303 == lene.post("/borgere/ny", navn="Hanne Prøve", cpr=CPR).status_code
    head = town.hub.log.head()[0]

    again = lene.post("/borgere/ny", navn="Hanne Prøve", cpr=CPR.replace("-", ""))

    assert again.status_code == 422
    assert "er med allerede" in again.text
    assert 422 == lene.post("/borgere/ny", navn="  ").status_code
    assert head == town.hub.log.head()[0]


def test_a_form_sent_twice_enrols_once(site: Site, town: Town) -> None:
    """The same form again, as by an impatient finger, is the same citizen."""
    lene = site.as_("lene")
    command = "6a1d3a2e-6d4b-4c59-9f61-0b8f1c8d0a11"
    first = lene.post("/borgere/ny", navn="Hanne Prøve", command_id=command)
    head = town.hub.log.head()[0]

    second = lene.post("/borgere/ny", navn="Hanne Prøve", command_id=command)

    assert first.headers["location"] == second.headers["location"]
    assert head == town.hub.log.head()[0]


@pytest.mark.parametrize("who", ["mette", "ann", None])
@pytest.mark.parametrize("page", ["/borgere/ny", "/organisationer"])
def test_others_neither_enrol_nor_administer(site: Site, karla: UUID, who: str | None, page: str) -> None:
    """A coordinator, a clerk and the citizen are told that the page is not theirs."""
    someone = site.as_(who if who is not None else karla)

    assert 403 == someone.get(page).status_code
    assert "Siden er ikke til dig" in someone.get(page).text


def code_of(page: str) -> str:
    """The code on a page."""
    found = re.search(r'class="hub-code">([A-Z0-9]{4}-[A-Z0-9]{4})<', page)
    assert found is not None, page
    return found[1]


def test_a_code_is_handed_over_and_used_once(site: Site, town: Town, karla: UUID) -> None:
    """The coordinator reads it aloud; a clerk there writes it and has a task; nobody uses it again, or elsewhere."""
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}/kode"
    code = code_of(mette.post(at, hvem="jobcentre").text)
    assert code not in mette.get(at).text, "it is shown once"
    eva, ann = site.as_("eva"), site.as_("ann")
    assert "Brug en kode" in ann.get("/kode").text
    elsewhere = eva.post("/kode", kode=code, formaal="treatment")
    assert (404, True) == (elsewhere.status_code, DENIAL[0] in elsewhere.text)

    done = ann.post("/kode", kode=code.lower().replace("-", " "), formaal="employment")

    assert (303, f"/borger/{site.ref('ann', karla)}/vi") == (done.status_code, done.headers["location"])
    assert town.persons["ann"] in {task.person for task in town.hub.state(karla).tasks.values()}
    again = ann.post("/kode", kode=code, formaal="employment")
    assert (404, True) == (again.status_code, DENIAL[0] in again.text)
    assert f'value="{code}"' in again.text


def test_the_citizen_lets_somebody_in_with_a_code(site: Site, town: Town, karla: UUID) -> None:
    """A code from the citizen's own page lets the jobcentre begin, in both languages; a choice must be made first."""
    herself = site.as_(karla)
    page = herself.get("/mit/kode")
    assert (200, True) == (page.status_code, "Giv nogen en kode" in page.text)
    assert 422 == herself.post("/mit/kode", hvem="").status_code
    code = code_of(herself.post("/mit/kode", hvem="jobcentre").text)

    assert 303 == site.as_("ann").post("/kode", kode=code, formaal="employment").status_code

    assert town.persons["ann"] in {task.person for task in town.hub.state(karla).tasks.values()}
    herself.cookies.set("sprog", "en")
    assert "Give somebody a code" in herself.get("/mit/kode").text
    assert 403 == site.as_("ann").get("/mit/kode").status_code


def test_a_code_is_the_coordinators_to_give(site: Site, karla: UUID) -> None:
    """The authority's caseworker is told who hands over codes; a stranger is told nothing of the citizen."""
    lene = site.as_("lene").post(f"/borger/{site.ref('lene', karla)}/kode", hvem="jobcentre")
    assert lene.status_code == 403
    assert "Kun tovholderen eller borgeren selv" in lene.text
    eva, ref = site.as_("eva"), site.ref("eva", karla)
    theirs, nobodys = eva.get(f"/borger/{ref}/kode"), eva.get("/borger/nobody/kode")
    assert 404 == theirs.status_code == nobodys.status_code
    assert theirs.text.replace(ref, "") == nobodys.text.replace("nobody", "")


def test_somebody_is_registered_and_leaves(site: Site, town: Town) -> None:
    """The authority registers a clerk, who logs in; whoever stops is out at once, and cannot come in again."""
    lene, at = site.as_("lene"), f"/organisationer/{town.partner('jobcentre')}"
    page = lene.followed(
        f"{at}/person", navn="Bo Prøve", funktion="jobkonsulent", kort="bo.p", telefon="12 34 56 78"
    )
    assert "Bo Prøve" in page.text
    assert "Bo Prøve" in lene.get(at).text
    town.persons["bo"] = town.wired.vault.person("bo.p").id
    bo = site.as_("bo")
    assert 200 == bo.get("/").status_code
    lene.followed(f"{at}/logud", hvem="bo.p")
    assert 303 == bo.get("/").status_code
    bo = site.as_("bo")

    lene.followed(f"{at}/stoppet", hvem="bo.p")

    assert (303, "/login") == ((away := bo.get("/")).status_code, away.headers["location"])
    assert 303 == site.as_("bo").get("/").status_code
    assert "Bo Prøve" not in lene.get(at).text


def test_registering_says_what_is_wrong(site: Site, town: Town) -> None:
    """A short name that is taken and a telephone that is none stand beside their fields, and nobody is registered."""
    lene, at = site.as_("lene"), f"/organisationer/{town.partner('jobcentre')}"

    wrong = lene.post(f"{at}/person", navn="Bo Prøve", funktion="x", kort="ann", telefon="ring")
    assert wrong.status_code == 422
    assert 'href="#f-telefon"' in wrong.text
    taken = lene.post(f"{at}/person", navn="Bo Prøve", funktion="x", kort="ann")

    assert taken.status_code == 422
    assert "Det korte navn er taget" in taken.text
    assert 'value="Bo Prøve"' in taken.text
    with pytest.raises(NotFound):
        town.wired.vault.person("bo")


def test_a_suspended_organisation_is_out_at_once(site: Site, town: Town) -> None:
    """Operations shut an organisation out: its clerk's next page is the login; let in again they log in as before."""
    drift, at = operator(site), f"/organisationer/{town.partner('jobcentre')}"
    assert (303, "/organisationer") == ((home := drift.get("/")).status_code, home.headers["location"])
    ann = site.as_("ann")
    assert 200 == ann.get("/").status_code
    missing = drift.post(f"{at}/luk")
    assert (422, True) == (missing.status_code, 'href="#f-grund"' in missing.text)

    page = drift.followed(f"{at}/luk", grund="Aftalen er udløbet")

    assert "lukket ude" in page.text
    assert 303 == ann.get("/").status_code
    assert 303 == site.as_("ann").get("/").status_code
    drift.followed(f"{at}/aabn")
    assert 200 == site.as_("ann").get("/").status_code


def test_the_ceiling_is_shown(site: Site, town: Town) -> None:
    """An organisation's page says what it can get at most, and what its name reveals, in both languages."""
    lene = site.as_("lene")
    page = lene.get(f"/organisationer/{town.partner('addiction_treatment')}")
    assert "Loft: det højeste, de kan få" in page.text
    assert "rusmidler" in page.text
    lene.cookies.set("sprog", "en")
    assert "Ceiling: the most that they can get" in lene.get(page.url.path).text
    assert 404 == lene.get("/organisationer/nobody").status_code


def test_everybody_reads_what_the_town_offers(site: Site, town: Town, karla: UUID) -> None:
    """Open offers and plain words are for whoever is logged in, the citizen too; an empty town says so."""
    assert "Ingen har beskrevet et tilbud endnu." in site.as_("ann").get("/byen").text
    hub = Actor(Role.HUB)

    def offer(found: object, act: object) -> dict[str, UUID]:
        identity = made(act, "offer")  # type: ignore[arg-type]
        found.describe_offer(identity, act, name="Cafe om torsdagen", price="gratis")  # type: ignore[attr-defined]
        return {"offer": identity}

    commands.cooperate(town.hub, hub, town.partner("jobcentre"), offer)

    for who in (site.as_("ann"), site.as_("mette"), site.as_(karla)):
        assert "Cafe om torsdagen" in who.get("/byen").text
    assert 303 == site.as_(None).get("/byen").status_code


def test_a_session_that_ended_keeps_what_was_written(site: Site, karla: UUID, town: Town) -> None:
    """Logged out while writing, the text stands on the page; sent again after logging in it is recorded."""
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}/skriv"
    site.sessions.end_of_person(town.persons["mette"])
    head, words = town.hub.log.head()[0], "Vi gik en tur, og hun fortalte om sin søster, som hun savner meget"

    kept = mette.post(at, text=words, om_label="network")

    assert kept.status_code == 401
    assert words in kept.text
    assert "Log ind i et nyt vindue" in kept.text
    assert head == town.hub.log.head()[0]
    stale = site.as_("mette").post(at, forged=True, text=words, om_label="network")
    assert (403, True) == (stale.status_code, "Send igen" in stale.text)
    assert 303 == site.as_("mette").post(at, text=words, om_label="network").status_code


@pytest.mark.parametrize(
    ("language", "says"), [("da", "Der er intet at vise"), ("en", "There is nothing to show")]
)
def test_what_is_not_there_is_said_plainly(site: Site, language: str, says: str) -> None:
    """A page that is not there says so in the reader's language, with a way to the front page."""
    ann = site.as_("ann")
    ann.cookies.set("sprog", language)

    page = ann.get("/findes-ikke")

    assert page.status_code == 404
    assert f"<h1>{says}</h1>" in page.text
    assert f'<html lang="{language}">' in page.text
    assert '<a href="/">' in page.text
