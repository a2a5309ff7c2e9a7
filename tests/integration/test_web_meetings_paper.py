"""The meeting sheet is one page of A4, also when everybody has written a lot; printed by a real browser."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.aggregates import Act, Meeting, Text
from hub.aggregates.gathering import AgendaItemProposed, CitizenMessageGiven, InputGiven, PreparationShared
from hub.aggregates.needs import HardPeriodMarked
from hub.aggregates.voice import HelpCardWritten
from hub.application import commands
from hub.application.hub import made
from hub.postgres import Database
from tests.browsing import HOST, Client, Site
from tests.building import CITIZEN, Town, settle
from tests.integration.test_web_meetings import convened, invited, ref_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LONG = "Det her er en lang sætning, som nogen har skrevet, fordi der var meget at sige om det hele. " * 12


@pytest.fixture
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: nothing is printed"
    )
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: nothing is printed")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    """The pages of a town."""
    return Site(settle(database, tmp_path))


def written(town: Town) -> UUID:
    """A citizen with a meeting about which everybody has written a lot."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "meetings", "agreements", "everyday")
    town.hope(citizen, "citizen", LONG, "wishes")
    meeting = convened(town, citizen, purpose=LONG)
    ours, text = town.partner("social_psychiatry"), Text.of(LONG, "meetings")
    for partner in ("jobcentre", "authority"):
        invited(town, citizen, meeting, partner)
    due, said = town.clock().date() + timedelta(days=5), Text.of(LONG, "agreements")

    def promise(found: Meeting, act: Act) -> None:
        found.agree(made(act, "a"), act, owner=ours, parties=(), what=said, due=due)

    for what, fields in (
        (HelpCardWritten, {"words": text}),
        (HardPeriodMarked, {"words": text, "until": due}),
    ):
        town.later()
        commands.tell(town.hub, CITIZEN, citizen, what, fields)
    plan = UUID(commands.open_plan(town.hub, town.actor("lene"), citizen, "handleplan").ids["plan"])
    for _ in range(4):
        town.later()
        commands.on_plan(
            town.hub,
            town.actor("lene"),
            citizen,
            plan,
            lambda found, act: found.set_goal(made(act, "goal"), act, words=Text.of(LONG, "plan")),
        )
    for _ in range(9):
        for what, fields in (
            (CitizenMessageGiven, {"words": text}),
            (PreparationShared, {"words": text}),
            (AgendaItemProposed, {"words": text, "text": None, "agenda_item": None}),
            (InputGiven, {"text": text}),
        ):
            town.later()
            actor = town.actor("mette") if what is InputGiven else CITIZEN
            commands.tell(town.hub, actor, citizen, what, fields, meeting)
        town.later()
        commands.on_meeting(town.hub, town.actor("mette"), citizen, meeting, promise)
        commands.record_contact(town.hub, town.actor("mette"), citizen, text=text)
    return citizen


def pages_of(browser: Any, client: Client, path: str, style: str = "") -> int:
    """How many sheets of paper a page takes; the browser asks the application in this process for everything."""
    page = browser.new_page()

    def answer(route: Any) -> None:
        found = client.get(route.request.url.removeprefix(HOST))
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    page.route("**/*", answer)
    page.goto(HOST + path)
    if style:  # the page's own policy lets no style in, so the rules are taken away where they are
        page.evaluate(style)
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    return len(re.findall(rb"/Type\s*/Page[^s]", printed))


def test_the_sheet_is_one_page_of_paper(site: Site, browser: Any) -> None:
    """However much is written, the sheet is one A4; control: in the size of the screen it would be more."""
    citizen = written(site.town)
    mette = site.as_("mette")
    path = f"/borger/{site.ref('mette', citizen)}/moeder/{ref_of(site, 'mette', citizen)}/ark"
    sheet = mette.get(path).text
    assert 3 == sheet.count("<strong>Mål:")
    for part in ("Sådan hjælper du mig bedst", "Det er en svær tid", "Der er flere under Møder og aftaler"):
        assert part in sheet
    grown = (
        "for (const e of document.querySelectorAll('.hub-sheet li, .hub-sheet p')) e.style.fontSize = '24px'"
    )
    assert pages_of(browser, mette, path, grown) > 1
    print("control: caught")

    assert 1 == pages_of(browser, mette, path)
