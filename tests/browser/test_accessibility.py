"""Every page of the hub, filled and unfolded, in both languages, on a phone and on a desk: axe-core finds nothing.

The pages are found by following links from where each person begins, so that a new page is looked at by itself; what
no link leads to is opened by its address, and a page that nobody comes to fails the test.
"""

from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from hub.aggregates import Actor
from hub.application.commands.companions import companion_code
from hub.vocabulary import Role
from hub.web.sessions import Session
from tests.browser.filled import Filled
from tests.browser.looking import pictured, routes, too_wide, unfolded, violations, walk
from tests.browser.windows import DESKTOP, PHONE, Home, Window
from tests.browsing import Client, Site

NO_PAGES: Final = {
    "/login": "leads on, or is looked at among what goes wrong",
    "/login/begynd": "leads to the provider",
    "/login/tilbage": "comes from the provider",
    "/kalender/{secret}.ics": "a calendar",
}
"""Addresses that are no pages of these."""
ASKED: Final = {"phone": (PHONE, "da"), "desk": (DESKTOP, "en")}
"""A width and a language."""


def begins(who: str, life: Filled, home: Home, session: Session | None) -> list[str]:
    """Where somebody begins, and the addresses of theirs that no link leads to."""
    jobcentre, gone = (life.town.partner(one) for one in ("jobcentre", "addiction_treatment"))
    if who == "nobody":
        code, _ = companion_code(
            life.town.hub, Actor(Role.CITIZEN), life.karla, life.meeting, with_message=True
        )
        return ["/vaelg", "/bisidder", f"/bisidder/{code}"]
    if who == "karla":
        done = ["ring", "flyt", "fred"]
        return [
            "/mit", f"/mit/samtykker/{gone}/kvittering", f"/mit/samtykker/{jobcentre}/ret", "/mit/hvem-har-set/sagt",
            *(f"/mit/svaert/{one}" for one in done), "/mit/historie/skrevet",
        ]  # fmt: skip
    found = Client(Site(life.town).app, session).post("/soeg", navn="karla").headers["location"]
    at, birks = (f"/borger/{home.ref(who, one)}" for one in (life.karla, life.birk))
    entries = life.town.access.view(
        life.town.reader("mette"), life.town.partner("social_psychiatry"), life.karla, "coordination"
    )
    called = [one.ref for one in entries if one.event == "meeting.convened"]
    more = {
        "mette": [f"{at}/samtykker/trukket", *(f"{at}/moeder/{one}/del" for one in called)],
        "lene": ["/login/igen", f"/vaerdispring/{home.ref('lene', life.birk)}", f"{birks}/vaerdispring"],
        "ann": ["/tak"],
    }
    return ["/", at, birks, found, "/vaerdispring", *more.get(who, [])]


@pytest.mark.parametrize("asked", ASKED)
def test_nothing_is_in_the_way(asked: str, life: Filled, home: Home, browser: Browser) -> None:
    """Axe-core objects to nothing on any page, none must be scrolled sideways, and no page was forgotten."""
    size, language = ASKED[asked]
    wrong: dict[str, object] = {}
    taken: dict[str, int] = {}
    for who in ("mette", "lene", "ann", "karla", "nobody"):
        person: str | UUID = life.karla if who == "karla" else who
        session = None if who == "nobody" else home.session(person)
        with Window(browser, home, session, size=size, language=language) as window:

            def look(route: str, address: str, window: Window = window, who: str = who) -> None:
                pictured(window.page, who, route, asked)
                unfolded(window.page)
                if found := violations(window.page):
                    wrong[address] = found
                if (wider := too_wide(window.page)) > 0:
                    wrong[f"{address} is too wide by"] = wider

            walk(window, begins(who, life, home, session), look, taken)
    assert not wrong, wrong
    assert {route for route, _ in routes()} - taken.keys() - NO_PAGES.keys() == set()


def test_a_label_that_is_missing_is_found(home: Home, life: Filled, browser: Browser) -> None:
    """The control: a page from which one label was taken is objected to, for that and nothing else."""
    with Window(browser, home, home.session("mette")) as window:
        window.open(f"/borger/{home.ref('mette', life.karla)}/skriv/haab")
        unfolded(window.page)
        assert violations(window.page) == []
        window.page.evaluate("() => document.querySelector('label[for=f-words]').remove()")
        found = violations(window.page)
    assert ["label"] == [one.split(":")[0] for one in found]
    print("control: caught")
