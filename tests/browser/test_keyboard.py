"""One story for each role by keyboard alone: Tab, Space, Enter and the arrows; and where one is always shows."""

from playwright.sync_api import Browser

from tests.browser.filled import HOPE, Filled, helped
from tests.browser.windows import PHONE, Home, Window, tab_to


def entered(window: Window, name: str) -> None:
    """Go to a control, and press Enter."""
    tab_to(window.page, name)
    window.town.later()
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")


def test_the_citizen_takes_back(life: Filled, home: Home, browser: Browser) -> None:
    """Skip to the content, take back, confirm: without a mouse; the clerk's page is empty."""
    karla = life.town.enrol(name="Ada Prøve")
    helped(life.town, karla)
    life.town.hope(karla, "citizen", HOPE, "wishes")
    with Window(browser, home, home.session(karla), size=PHONE) as mine:
        mine.open("/mit/samtykker")
        tab_to(mine.page, "Gå til indholdet")
        mine.page.keyboard.press("Enter")
        entered(mine, "Træk tilbage, Jobcentret")
        entered(mine, "Træk tilbage nu")
        assert mine.heading == "Det er trukket tilbage"
    with Window(browser, home, home.session("ann")) as ann:
        ann.open(f"/borger/{home.ref('ann', karla)}")
        assert HOPE not in ann.text


def test_the_coordinator_answers_a_question(life: Filled, home: Home, browser: Browser) -> None:
    """From the overview to the answer without a mouse; the citizen reads it."""
    with Window(browser, home, home.session("mette")) as mette:
        mette.open("/")
        entered(mette, "Svar: Karla Winther")
        tab_to(mette.page, mette.label_of("textarea"))
        mette.page.keyboard.type("Det gør jeg selv")
        tab_to(mette.page, "håb og ønsker")
        mette.page.keyboard.press("Space")
        entered(mette, "Gem")
    with Window(browser, home, home.session(life.karla)) as mine:
        mine.open("/mit/historie")
        assert "Det gør jeg selv" in mine.text


def test_the_contact_person_writes(life: Filled, home: Home, browser: Browser) -> None:
    """What was done together is written without a mouse; the citizen reads it."""
    with Window(browser, home, home.session("per")) as per:
        per.open(f"/borger/{home.ref('per', life.karla)}")
        entered(per, "Skriv")
        tab_to(per.page, "Det, du vil skrive")
        per.page.keyboard.type("Vi bagte boller")
        tab_to(per.page, "hverdag og bolig")
        per.page.keyboard.press("Space")
        entered(per, "Gem")
    with Window(browser, home, home.session(life.karla)) as mine:
        mine.open("/mit/historie")
        assert "Vi bagte boller" in mine.text


def test_the_clerk_answers_an_invitation(life: Filled, home: Home, browser: Browser) -> None:
    """From the inbox to the answer without a mouse, the choice by an arrow; the coordinator reads that they come."""
    with Window(browser, home, home.session("ann")) as ann:
        ann.open("/")
        entered(ann, "Svar på invitationen")
        tab_to(ann.page, "Ja, vi kommer")
        ann.page.keyboard.press("Space")
        entered(ann, ann.label_of("main form:has(:checked) button"))
    with Window(browser, home, home.session("mette")) as mette:
        mette.open(f"/borger/{home.ref('mette', life.karla)}")
        assert "En indbydelse blev besvaret" in mette.entries()


def test_the_authority_acknowledges(life: Filled, home: Home, browser: Browser) -> None:
    """A changed need is acknowledged without a mouse; it waits there no more, and the contact person reads it."""
    with Window(browser, home, home.session("lene")) as lene:
        lene.open("/")
        entered(lene, "Kvittér: Karla Winther")
        entered(lene, "Kvittér")
        tab_to(lene.page, lene.label_of("main textarea"))
        lene.page.keyboard.type("Vi ringer på mandag")
        tab_to(lene.page, "plan og mål")
        lene.page.keyboard.press("Space")
        entered(lene, "Gem")
        lene.open(f"/borger/{home.ref('lene', life.karla)}/myndighed")
        assert "I har kvitteret." in lene.text
    with Window(browser, home, home.session("per")) as per:
        per.open(f"/borger/{home.ref('per', life.karla)}")
        assert "Vi ringer på mandag" in per.text
