"""Meetings called, made smaller, held and changed on the pages, with their effect on everybody else."""

from uuid import UUID, uuid4

import pytest

from hub.aggregates import Text
from hub.aggregates.voice import MeetingPreferenceTold
from hub.application import commands
from hub.postgres import Database
from tests.browsing import Site
from tests.building import CITIZEN, Town, settle
from tests.integration.test_web_meetings import approved, convened, invited, ref_of

PURPOSE = "Vi taler om lejligheden"


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
    """A citizen with a coordinator in social psychiatry, who would meet one at a time."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "meetings", "agreements")
    town.later()
    words = Text.of("En ad gangen", "meetings")
    commands.tell(town.hub, CITIZEN, citizen, MeetingPreferenceTold, {"words": words, "most": 1})
    return citizen


def called(site: Site, karla: UUID, **fields: object) -> tuple[str, dict[str, object]]:
    """Where the citizen's pages begin, and what calls a meeting."""
    town = site.town
    usual: dict[str, object] = {
        "slags": "coordinating",
        "formaalet": PURPOSE,
        "formaalet_label": "meetings",
        "dag": "2026-03-12",
        "tid": "10.30",
        "sted": "Rådhuset",
        "hvem": [str(town.partner("authority")), str(town.partner("jobcentre"))],
    }
    return f"/borger/{site.ref('mette', karla)}", {**usual, **fields}


def test_calling_a_meeting_first_says_who_learns_what(site: Site, town: Town, karla: UUID) -> None:
    """The first answer shows who learns of whom, that they are many, and records nothing; the second calls it."""
    at, fields = called(site, karla)
    mette, head = site.as_("mette"), town.hub.log.head()[0]

    first = mette.post(f"{at}/moeder/indkald", **fields)

    assert first.status_code == 200
    assert "får at vide" in first.text
    assert "højst 1 ad gangen" in first.text
    assert head == town.hub.log.head()[0]
    page = mette.followed(f"{at}/moeder/indkald", sikker="ja", **fields)
    assert PURPOSE in page.text
    assert "12. marts 2026 kl. 10.30" in page.text
    here = mette.get(f"{at}/moeder/{ref_of(site, 'mette', karla)}")
    assert "Del mødet" in here.text
    assert 2 == here.text.count("har ikke godkendt endnu")


def test_a_meeting_without_a_purpose_is_none(site: Site, town: Town, karla: UUID) -> None:
    """Without a purpose, and on a day that has gone, nothing is called, and what was written stands there still."""
    at, fields = called(site, karla, formaalet="", dag="2026-02-01")
    head = town.hub.log.head()[0]

    page = site.as_("mette").post(f"{at}/moeder/indkald", sikker="ja", **fields)

    assert page.status_code == 422
    assert 'href="#f-formaalet"' in page.text
    assert 'href="#f-dag"' in page.text
    assert "Rådhuset" in page.text
    assert head == town.hub.log.head()[0]


def test_the_invited_see_it_when_the_citizen_approves(site: Site, town: Town, karla: UUID) -> None:
    """The jobcentre's clerk has no meeting before the citizen approves, then the meeting and who else comes."""
    at, fields = called(site, karla)
    site.as_("mette").followed(f"{at}/moeder/indkald", sikker="ja", **fields)
    meeting = town.hub.log.of_citizens([karla])[-1].originator_id
    ann, theirs = site.as_("ann"), f"/borger/{site.ref('ann', karla)}"
    before = ann.get(f"{theirs}/moeder")
    assert PURPOSE not in before.text

    approved(town, karla, meeting, "jobcentre")

    assert PURPOSE in ann.get(f"{theirs}/moeder").text
    here = f"{theirs}/moeder/{ref_of(site, 'ann', karla, 'meeting.participant_invited')}"
    page = ann.followed(f"{here}/svar", svar="nej", svar_text="Vi er på kursus", svar_text_label="meetings")
    assert "kan ikke komme" in page.text
    ann.followed(f"{here}/input", input_text="Husk praktikken", input_text_label="meetings")
    mine = site.as_("mette").get(f"{at}/moeder/{ref_of(site, 'mette', karla)}/ark")
    assert "Husk praktikken" in mine.text
    assert "kan ikke komme" in mine.text


def test_a_large_meeting_becomes_two(site: Site, town: Town, karla: UUID) -> None:
    """Splitting cancels the large meeting and calls two small ones; nobody may be left without."""
    at, fields = called(site, karla)
    mette = site.as_("mette")
    mette.followed(f"{at}/moeder/indkald", sikker="ja", **fields)
    here = f"{at}/moeder/{ref_of(site, 'mette', karla)}/del"
    assert "Del mødet" in mette.get(here).text
    terms = {"formaalet": "Kun arbejdet", "formaalet_label": "meetings", "dag": "2026-03-13", "tid": "9.00"}
    everybody = mette.post(here, hvem=fields["hvem"], **terms)
    assert everybody.status_code == 422

    page = mette.followed(here, hvem=str(town.partner("jobcentre")), **terms)

    assert "Kun arbejdet" in page.text
    assert PURPOSE in page.text
    assert "aflyst" in page.text


def test_a_meeting_is_held_with_its_agreements(site: Site, town: Town, karla: UUID) -> None:
    """Who came, that the citizen was not there and why, and a list of agreements are recorded in one go."""
    meeting = convened(town, karla)
    invited(town, karla, meeting, "jobcentre")
    approved(town, karla, meeting, "jobcentre")
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    here = f"{at}/moeder/{ref_of(site, 'mette', karla)}"
    fields: dict[str, object] = {
        "kom": [str(town.partner("jobcentre")), str(town.partner("social_psychiatry"))],
        "med": "nej",
        "hvorfor_ikke": "Sov over sig",
        "besked_af": str(town.persons["mette"]),
        "aftaler_label": "agreements",
        "hvad1": "Finder en praktikplads",
        "hvem1": str(town.partner("jobcentre")),
        "senest1": "20.3.2026",
        "hvad2": "Ringer til sin søster",
        "hvem2": "borger",
        "referat": "Vi talte om praktikken",
        "referat_label": "meetings",
    }
    more = mette.post(f"{here}/afhold", flere="ja", **fields)
    assert more.status_code == 200
    assert 'name="hvad3"' in more.text
    assert "Finder en praktikplads" in more.text

    page = mette.followed(f"{here}/afhold", **fields)

    for words in (
        "Mødet er holdt",
        "Sov over sig",
        "Finder en praktikplads",
        "Ringer til sin søster",
        "Vi talte om",
    ):
        assert words in page.text
    theirs = site.as_("ann").get(f"/borger/{site.ref('ann', karla)}/moeder")
    assert "Finder en praktikplads" in theirs.text
    assert "Ringer til sin søster" not in theirs.text
    assert "Sov over sig" not in theirs.text
    assert "er godkendt" in mette.followed(f"{here}/referat").text
    again = mette.post(f"{here}/afhold", **fields)
    assert again.status_code == 409
    assert "Mødet er allerede holdt" in again.text


def test_what_is_missing_about_a_held_meeting_is_asked_for(site: Site, town: Town, karla: UUID) -> None:
    """Whether the citizen was there, why not, who tells them, and who does what are asked for; nothing is lost."""
    convened(town, karla)
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    here = f"{at}/moeder/{ref_of(site, 'mette', karla)}/afhold"

    page = mette.post(here, hvad1="Køber sko", aftaler_label="agreements")
    assert page.status_code == 422
    assert 'href="#f-med"' in page.text
    assert 'href="#f-hvem1"' in page.text
    assert "Køber sko" in page.text
    absent = mette.post(here, med="nej")
    assert 'href="#f-hvorfor_ikke"' in absent.text
    assert 'href="#f-besked_af"' in absent.text


def test_a_meeting_is_changed_on_its_page(site: Site, town: Town, karla: UUID) -> None:
    """Agenda, purpose explained, another time and place, somebody off, and cancelled: each shows at once."""
    meeting = convened(town, karla)
    invited(town, karla, meeting, "jobcentre")
    approved(town, karla, meeting, "jobcentre")
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    here = f"{at}/moeder/{ref_of(site, 'mette', karla)}"
    assert "Spørg borgeren først" in mette.get(here).text

    agenda = mette.followed(f"{here}/punkt", punkt_words="Min hund", punkt_words_label="meetings")
    assert "Spørg borgeren først" not in agenda.text
    item = ref_of(site, "mette", karla, "meeting.agenda_item_proposed")
    assert "Tag punktet med" not in mette.followed(f"{here}/optag", punkt=item).text
    assert "fået forklaret" in mette.followed(f"{here}/forklar").text
    assert "20. marts 2026 kl. 9.15" in mette.followed(
        f"{here}/flyt", flyt_dag="2026-03-20", flyt_tid="09:15"
    ).text.replace("09.15", "9.15")
    ann = site.as_("ann").get(f"/borger/{site.ref('ann', karla)}/moeder")
    assert "20. marts" in ann.text
    moved = mette.followed(f"{here}/sted", sted_place="https://example.test/rum", sted_place_label="meetings")
    assert 'href="https://example.test/rum"' in moved.text
    assert 422 == mette.post(f"{here}/inviter", inviter=str(town.partner("addiction_treatment"))).status_code
    more = mette.followed(f"{here}/inviter", inviter=str(town.partner("authority")))
    assert "authority" in more.text
    off = mette.followed(f"{here}/fjern", fjern=str(town.partner("jobcentre")))
    assert '<span class="weight-semibold">jobcentre' not in off.text
    assert "20. marts" not in site.as_("ann").get(f"/borger/{site.ref('ann', karla)}/moeder").text
    command = str(uuid4())
    assert "Mødet er aflyst" in mette.followed(f"{here}/aflys", command_id=command).text
    assert 303 == mette.post(f"{here}/aflys", command_id=command).status_code  # sent twice, it is one
    late = mette.post(f"{here}/flyt", flyt_dag="2026-03-21", flyt_tid="10:00")
    assert 409 == late.status_code
    assert "holdt eller aflyst" in late.text
