"""What goes wrong, and what is not there yet: those pages too are in nobody's way, and keep what was written."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from hub.postgres import Database
from tests.browser.filled import HOPE, Filled, helped, peopled
from tests.browser.looking import too_wide, unfolded, violations
from tests.browser.windows import PHONE, Home, Window, serving

_EMPTIED: Final = """() => {
  for (const one of document.querySelectorAll('main input, main textarea, main select')) {
    if (one.type === 'hidden') continue;
    if (one.type === 'checkbox' || one.type === 'radio') one.checked = false; else one.value = '';
  }
}"""
FORMS: Final = {
    "mette": (
        "skriv/haab",
        "moeder/indkald",
        "overlevering",
        "samtykker/traek-tilbage",
        "skriv/behov",
        "tovholder",
    ),
    "karla": ("/mit/historie", "/mit/samtykker/giv-et", "/mit/hvem-har-set", "/mit/svaert"),
}


def looked(page: Page, what: str) -> None:
    """Nothing is in the way on this page."""
    unfolded(page)
    assert violations(page) == [], what
    assert too_wide(page) <= 0, what


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_form_that_lacks_something_says_so_at_the_top(
    language: str, life: Filled, home: Home, browser: Browser
) -> None:
    """A form sent empty comes back with a list of what is missing; it has the focus, and each line leads to a field."""
    at, karlas = (
        f"/borger/{home.ref('mette', life.karla)}",
        f"/mit/samtykker/{life.town.partner('jobcentre')}",
    )
    forms = {
        "mette": (
            f"{at}/skriv/haab",
            f"{at}/moeder/indkald",
            f"{at}/samtykker/traek-tilbage",
            f"{at}/skriv/behov",
        ),
        life.karla: (
            "/mit/historie",
            f"{karlas}/giv",
            f"{karlas}/spaer",
            f"{karlas}/tekst",
            "/mit/hvem-har-set",
        ),
    }
    for who, addresses in forms.items():
        with Window(browser, home, home.session(who), size=PHONE, language=language) as window:
            for address in addresses:
                window.open(address)
                window.page.evaluate(_EMPTIED)
                unfolded(window.page)
                with window.page.expect_navigation():
                    window.page.locator("main form:has(.form-group) button").last.click()
                summary = window.page.locator("#fejl")
                assert summary.is_visible(), address
                assert window.page.evaluate("() => document.activeElement.id") == "fejl", address
                assert window.page.title().startswith(("Fejl: ", "Error: ")), address
                looked(window.page, address)
                for link in summary.locator("a").all():
                    assert (
                        window.page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']").count() == 1
                    ), address


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_is_not_there_and_who_may_not(language: str, life: Filled, home: Home, browser: Browser) -> None:
    """A page that is nobody's, one for others, and one of a stranger's citizen are pages like the others."""
    theirs = f"/borger/{home.ref('mette', life.karla)}"
    with Window(browser, home, home.session("eva"), size=PHONE, language=language) as window:
        for address, status in (
            ("/findes-ikke", 404),
            (theirs, 404),
            ("/mit", 403),
            ("/", 200),
            ("/borgere", 200),
        ):
            assert window.open(address).status == status, address
            looked(window.page, address)
            assert HOPE not in window.page.content()


def test_a_session_that_ended_keeps_what_was_written(life: Filled, home: Home, browser: Browser) -> None:
    """Whoever wrote for too long is logged out, and finds the text again on the page that says so."""
    session = home.session("mette")
    with Window(browser, home, session) as window:
        window.open(f"/borger/{home.ref('mette', life.karla)}/skriv/haab")
        window.page.locator("textarea").first.fill("En lang tanke")
        home.sessions.end(session)
        with window.page.expect_navigation():
            window.page.get_by_role("button", name="Gem").click()
        assert "En lang tanke" in window.page.content()
        looked(window.page, "kept")
        window.troubles.clear()


@pytest.fixture
def new_home(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A town where nothing has happened, without a provider to log in at."""
    with serving(peopled(database, tmp_path_factory.mktemp("new"))) as served:
        yield served


def test_where_nothing_has_happened(new_home: Home, browser: Browser) -> None:
    """A new citizen, a new coordinator and a hub without a way to log in: each page says plainly that it is empty."""
    citizen = new_home.town.enrol(name="Ny Borger")
    new_home.town.wired.catch_up()
    with Window(browser, new_home, None, size=PHONE) as window:
        assert window.open("/login").status == 503
        looked(window.page, "/login")
        window.troubles.clear()
    with Window(browser, new_home, new_home.session(citizen), size=PHONE) as window:
        for address in (
            "/mit",
            "/mit/samtykker",
            "/mit/aftaler",
            "/mit/historie",
            "/mit/hvem-har-set",
            "/mit/svaert",
        ):
            assert window.open(address).status == 200, address
            looked(window.page, address)
    helped(new_home.town, citizen)
    new_home.town.wired.catch_up()
    with Window(browser, new_home, new_home.session("mette"), size=PHONE, language="en") as window:
        at = f"/borger/{new_home.ref('mette', citizen)}"
        for address in (
            "/",
            "/team",
            "/borgere",
            "/kalender",
            at,
            f"{at}/plan",
            f"{at}/moeder",
            f"{at}/mere",
        ):
            assert window.open(address).status == 200, address
            looked(window.page, address)
