"""Each story by whoever lives it, with and without scripts; each ends in what somebody else then sees."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from hub.application import commands
from hub.postgres import Database
from tests.browser.filled import HOPE, called, handed_over, helped, peopled
from tests.browser.windows import PHONE, Home, Window, browsing, serving
from tests.building import CITIZEN, Town

Windows = Callable[..., Window]
_SURNAMES = itertools.cycle(
    ("Winther", "Dam", "Toft", "Lund", "Bang", "Juhl", "Riis", "Vang", "Krag", "Friis")
)


@pytest.fixture(scope="module")
def home(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A town with four organisations; each story brings its citizen."""
    with serving(peopled(lasting_database, tmp_path_factory.mktemp("town"))) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the file."""
    with browsing() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def windows(request: pytest.FixtureRequest, chromium: Browser, home: Home) -> Windows:
    """Opens somebody's window: citizens have a phone."""

    def opens(who: str | UUID, **options: Any) -> Window:
        size = {"size": PHONE} if isinstance(who, UUID) else {}
        return Window(chromium, home, home.session(who), scripts=request.param, **size, **options)

    return opens


@pytest.fixture
def karla(home: Home) -> UUID:
    """A citizen with a hope, whom four organisations help."""
    citizen = home.town.enrol(name=f"Karla {next(_SURNAMES)}")
    helped(home.town, citizen)
    home.town.hope(citizen, "citizen", HOPE, "wishes")
    home.town.wired.catch_up()
    return citizen


def invited(town: Town, citizen: UUID, purpose: str = "Det næste skridt") -> UUID:
    """A meeting in three days to which the jobcentre is invited, and approved."""
    meeting = called(town, citizen, town.clock() + timedelta(days=3), purpose, "jobcentre")
    town.later()
    whom = (town.partner("jobcentre"),)
    commands.on_meeting(town.hub, CITIZEN, citizen, meeting, lambda found, act: found.approve(whom, (), act))
    town.wired.catch_up()
    return meeting


def test_what_the_citizen_takes_back_is_gone_for_the_clerk(windows: Windows, home: Home, karla: UUID) -> None:
    """Karla takes her consent back on her phone; of all that the clerk read, only that she once agreed is left."""
    theirs = f"/borger/{home.ref('ann', karla)}"
    with windows("ann") as ann:
        assert 200 == ann.open(theirs).status
        assert HOPE in ann.text
    with windows(karla) as mine:
        mine.open("/mit")
        mine.follow_menu("Hvem må vide hvad?")
        mine.press("Træk tilbage, Jobcentret")
        assert "Det, de allerede har læst, kan ikke gøres ulæst." in mine.text
        mine.press("Træk tilbage nu")
        assert mine.heading == "Det er trukket tilbage"
        assert "Jobcentret har endnu ikke bekræftet sletning." in mine.text
    with windows("ann") as ann:
        ann.open(theirs)
        assert HOPE not in ann.text
        assert ["Gav samtykke"] == ann.entries()


def test_a_meeting_is_called_and_held_and_its_agreement_stands_with_its_owner(
    windows: Windows, home: Home, karla: UUID
) -> None:
    """Mette calls a meeting, Karla says who may come, Mette holds it; what the jobcentre promised stands with it."""
    own = f"/borger/{home.ref('mette', karla)}"
    with windows("mette") as mette:
        mette.open(own)
        mette.press("Indkald møde")
        mette.write("Hvad er mødet til for?", "Praktik i gartneriet")
        mette.write("Dag", day(home, 1))
        mette.write("Klokken", "10:30")
        mette.write("Sted eller link", "Rådhuset")
        mette.tick("Jobcentret")
        mette.press("Se, hvem der får hvad at vide")
        mette.press("Indkald mødet")
        assert "Praktik i gartneriet" in mette.text
    with windows(karla) as mine:
        mine.open("/mit")
        mine.press("Hvem må komme til dit møde?")
        mine.press("Sig ja eller nej, Jobcentret")
        mine.press("Ja, de må komme")
    home.town.later(days=2)
    with windows("mette") as mette:
        mette.open(f"{own}/moeder")
        mette.page.locator(".hub-meeting h3 a").first.click()
        mette.press("Notér, at mødet er holdt")
        mette.tick("Jobcentret", within="Hvem kom?")
        mette.tick("Ja", within="Var borgeren med?")
        mette.write("Hvad?", "Ringer til gartneriet")
        mette.field("Hvem?").select_option(label="Jobcentret")
        mette.field("Senest").fill(day(home, 8))
        mette.press("Gem")
        assert "Mødet er holdt." in mette.text
    with windows("ann") as ann:
        ann.open(f"/borger/{home.ref('ann', karla)}/moeder")
        assert "Ringer til gartneriet" in ann.text
    with windows(karla) as mine:
        mine.open("/mit/aftaler")
        assert "Jobcentret: Ringer til gartneriet" in mine.text


def test_what_is_written_together_is_read_by_the_citizen(windows: Windows, home: Home, karla: UUID) -> None:
    """Per writes together with Karla after showing her who will read it; it stands in her story."""
    with windows("per") as per:
        per.open("/borgere")
        per.page.get_by_role("link", name=name_of(home, karla)).click()
        per.press("Skriv")
        per.write("Det, du vil skrive", "Vi gik en tur ved havnen")
        per.tick("Skrevet sammen med borgeren")
        per.tick("hverdag og bolig")
        per.press("Hvem kan læse det?")
        assert "Intet er gemt endnu." in per.text
        per.press("Gem")
    with windows(karla) as mine:
        mine.open("/mit/historie")
        assert "Vi gik en tur ved havnen" in mine.text
        assert "Skrevet sammen" in mine.text


def test_a_clerk_answers_an_invitation_in_three_clicks(windows: Windows, home: Home, karla: UUID) -> None:
    """From the inbox: answer, yes, send; the coordinator reads that the jobcentre comes."""
    invited(home.town, karla, "Praktikken")
    with windows("ann") as ann:
        ann.open("/")
        ann.card(name_of(home, karla)).get_by_role("link", name="Svar på invitationen").click()
        ann.tick("Ja, vi kommer")
        ann.send()
    with windows("mette") as mette:
        mette.open(f"/borger/{home.ref('mette', karla)}/moeder")
        mette.page.get_by_role("main").get_by_role("link", name="Mødeark").first.click()
        assert "Jobcentret: kommer" in mette.text


def test_a_handover_is_read_and_accepted(windows: Windows, home: Home, karla: UUID) -> None:
    """The clerk reads the hope that comes along, and accepts; the coordinator sees that it is taken on."""
    handed_over(home.town, karla)
    home.town.wired.catch_up()
    with windows("ann") as ann:
        ann.open("/")
        ann.card(name_of(home, karla)).get_by_role("link", name="Læs, og svar").click()
        assert HOPE in ann.text
        ann.write("Vil I skrive noget til det?", "Vi ringer i morgen")
        ann.press("Tag imod")
    with windows("mette") as mette:
        mette.open(f"/borger/{home.ref('mette', karla)}")
        assert "Vi ringer i morgen" in mette.text


def test_a_spoken_withdrawal_counts_at_once(windows: Windows, home: Home, karla: UUID) -> None:
    """Karla rings and takes it back; Mette writes it down with one form, and the clerk's page is empty."""
    with windows("mette") as mette:
        mette.open(f"/borger/{home.ref('mette', karla)}/samtykker")
        mette.page.locator("main a[href$='/traek-tilbage']").first.click()
        mette.field("Fra hvem?").select_option(label="Jobcentret")
        mette.page.locator("input[name=channel][value=phone]").check()
        mette.press("Træk tilbage nu")
        assert "trukket tilbage nu" in mette.text
    with windows("ann") as ann:
        ann.open(f"/borger/{home.ref('ann', karla)}")
        assert ["Gav samtykke"] == ann.entries()
    with windows(karla) as mine:
        mine.open(f"/mit/samtykker/{home.town.partner('jobcentre')}/kvittering")
        assert mine.heading == "Det er trukket tilbage"


def test_a_block_closes_everything_and_tells_nobody(windows: Windows, home: Home, karla: UUID) -> None:
    """Karla blocks the jobcentre; its clerk is answered as if there were nobody, and Mette's page does not tell."""
    with windows(karla) as mine:
        mine.open("/mit/samtykker")
        mine.press("Spær for nogen")
        mine.press("Jobcentret", exact=False)
        mine.tick("Ingenting om mig overhovedet")
        mine.press("Spær nu")
        assert "Hæv spærringen" in mine.text
    with windows("ann") as ann:
        assert 404 == ann.open(f"/borger/{home.ref('ann', karla)}").status
    with windows("mette") as mette:
        mette.open(f"/borger/{home.ref('mette', karla)}")
        assert "pærre" not in mette.text


def test_a_note_of_the_citizens_reaches_the_coordinator(windows: Windows, home: Home, karla: UUID) -> None:
    """Karla forgets the words and is told; then her question stands on the coordinator's overview, to be answered."""
    with windows(karla) as mine:
        mine.open("/mit/historie")
        mine.tick("Et spørgsmål, jeg gerne vil have svar på")
        mine.press("Skriv det")
        assert "Skriv noget." in mine.text
        mine.write("Med dine egne ord", "Hvem kommer på torsdag?")
        mine.press("Skriv det")
        assert "Det er skrevet." in mine.text
    with windows("mette") as mette:
        mette.open("/")
        mette.card(name_of(home, karla)).get_by_role("link", name="Svar").first.click()
        mette.page.locator("textarea").first.fill("Det gør jeg selv")
        mette.tick("håb og ønsker")
        mette.press("Gem")
    with windows(karla) as mine:
        mine.open("/mit/historie")
        assert "Det gør jeg selv" in mine.text


def test_a_changed_need_is_acknowledged_by_the_authority(windows: Windows, home: Home, karla: UUID) -> None:
    """Per reports that the need has changed; the authority acknowledges, and Mette reads it."""
    with windows("per") as per:
        per.open(f"/borger/{home.ref('per', karla)}/skriv/behov")
        per.page.locator("textarea").last.fill("Hun har brug for støtte om aftenen")
        per.tick("plan og mål")
        per.page.locator("input[name=with_citizen]").first.check()
        per.press("Gem")
    with windows("lene") as lene:
        lene.open("/")
        lene.card(name_of(home, karla)).get_by_role("link", name="Kvittér").first.click()
        lene.press("Kvittér")
        lene.page.locator("main textarea").first.fill("Vi ringer på mandag")
        lene.tick("plan og mål")
        lene.press("Gem")
    with windows("per") as per:
        per.open(f"/borger/{home.ref('per', karla)}")
        assert "Vi ringer på mandag" in per.text


def test_it_is_hard_just_now(windows: Windows, home: Home, karla: UUID) -> None:
    """Karla asks for peace with two presses; whoever opens her page is told before they write."""
    with windows(karla) as mine:
        mine.open("/mit")
        mine.press("Det er svært lige nu")
        mine.write("Til og med", day(home, 9))
        mine.press("Lad mig være i fred til den dag")
    with windows("per") as per:
        per.open(f"/borger/{home.ref('per', karla)}")
        assert "har det svært lige nu" in per.text


def day(home: Home, later: int) -> str:
    """A day from now, as a form takes it."""
    return (home.town.clock() + timedelta(days=later)).date().isoformat()


def name_of(home: Home, citizen: UUID) -> str:
    """The citizen's name."""
    known = home.town.wired.vault.identity(citizen)
    assert known is not None
    return known.name
