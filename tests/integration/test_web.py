"""The pages' foundation: who comes in, what every answer carries, and what goes wrong politely."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.postgres import Database
from hub.web.guard import LARGEST
from hub.web.sessions import IDLE
from tests.browsing import Site
from tests.building import Town, settle


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
    """A citizen with a coordinator, who hopes for a dog."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "wishes", "plan")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    return citizen


def test_nobody_comes_in_without_logging_in(site: Site) -> None:
    """A visitor who is not logged in is sent to log in, and is shown nothing."""
    answer = site.as_(None).get("/")

    assert (303, "/login") == (answer.status_code, answer.headers["location"])


def test_a_coordinator_reads_a_timeline(site: Site, karla: UUID) -> None:
    """What the coordinator may know stands on the page, under the citizen's name."""
    page = site.as_("mette").get(f"/borger/{site.ref('mette', karla)}")

    assert page.status_code == 200
    assert "Karla Prøve" in page.text
    assert "En hund" in page.text


def test_another_organisations_reference_is_nobodys(site: Site, karla: UUID) -> None:
    """A reference that leaked to another organisation opens nothing there, and says what every denial says."""
    ann = site.as_("ann")
    theirs, nobodys = ann.get(f"/borger/{site.ref('mette', karla)}"), ann.get("/borger/nobody")

    assert 404 == theirs.status_code == nobodys.status_code
    assert "Karla" not in theirs.text
    assert theirs.text.replace(site.ref("mette", karla), "") == nobodys.text.replace("nobody", "")


def test_a_session_ends_by_itself_and_at_once(site: Site, town: Town) -> None:
    """Half an hour without a page ends a session; ending a person's sessions ends them now."""
    mette = site.as_("mette")
    assert 200 == mette.get("/").status_code
    town.clock.advance(IDLE + timedelta(seconds=1))
    assert 303 == mette.get("/").status_code
    again = site.as_("mette")
    assert 1 == site.sessions.end_of_person(town.persons["mette"])
    assert 303 == again.get("/").status_code


def test_a_form_from_elsewhere_is_not_taken_and_nothing_is_lost(site: Site) -> None:
    """Without the session's token a form does nothing, and what it held is shown again."""
    answer = site.as_("mette").post("/logud", forged=True, words="Det her har jeg skrevet")

    assert answer.status_code == 403
    assert "Det her har jeg skrevet" in answer.text


def test_every_answer_is_guarded(site: Site) -> None:
    """Pages are kept by no cache, framed by nobody, and run no script but ours."""
    for answer in (
        site.as_("mette").get("/"),
        site.as_(None).get("/findes-ikke"),
        site.as_(None).get("/login"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_is_too_large_is_refused(site: Site) -> None:
    """More than the limit is not read, and the page says so."""
    answer = site.as_("mette").post("/sprog", sprog="x" * (LARGEST + 1))

    assert answer.status_code == 413
    assert "for stort" in answer.text


def test_the_language_is_a_choice(site: Site) -> None:
    """The page is Danish until English is chosen, and then stays English; and it never leads elsewhere."""
    mette = site.as_("mette")
    mette.headers["accept-language"] = "da"
    assert "Overblik" in mette.get("/").text
    assert mette.post("/sprog", sprog="en", tilbage="//elsewhere.example").headers["location"] == "/"
    assert "Overview" in mette.get("/").text
