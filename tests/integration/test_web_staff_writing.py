"""What staff write, answer, decide and pass on from their pages, and what others then see of it."""

import re
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from hub.aggregates import TOLD, Text
from hub.application import commands
from hub.postgres import Database
from tests.browsing import Client, Site
from tests.building import CITIZEN, Town, settle


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
    """A citizen with a caseworker, a coordinator and a jobcentre that may know of work alone."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements", "work")
    town.consent(citizen, "authority", "contact", "wishes", "plan")
    town.consent(citizen, "jobcentre", "contact", "work", "meetings")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    return citizen


def events(town: Town, citizen: UUID) -> list[str]:
    """What has been recorded on a citizen."""
    return [item.event for item, _ in town.hub.items(citizen)]


def first_link(page: httpx.Response, pattern: str) -> str:
    """The first address on a page that fits."""
    found = re.search(rf'href="({pattern})"', page.text)
    assert found is not None, page.text
    return found.group(1)


def say(client: Client, town: Town, url: str, **fields: object) -> httpx.Response:
    """Send a form a second later."""
    town.later()
    return client.post(url, trin="gem", **fields)


def test_a_note_is_read_by_those_who_may_know_what_it_is_about(site: Site, town: Town, karla: UUID) -> None:
    """A note about work is read by the jobcentre, one about hopes is not; both stand on the coordinator's page."""
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    for words, label in (("Ringede til gartneriet", "work"), ("Drømmer om havet", "wishes")):
        answer = say(mette, town, f"{at}/skriv", text=words, om_label=label, together="ja")
        assert 303 == answer.status_code, answer.text
    town.wired.catch_up()
    ours = mette.get(at).text
    theirs = site.as_("ann").get(f"/borger/{site.ref('ann', karla)}").text

    assert "Ringede til gartneriet" in ours
    assert "Drømmer om havet" in ours
    assert "Ringede til gartneriet" in theirs
    assert "Drømmer om havet" not in theirs


def test_who_can_read_it_is_shown_before_it_is_saved(site: Site, town: Town, karla: UUID) -> None:
    """The coordinator is shown who will read the text; nothing is recorded, and what was written stands there."""
    before = events(town, karla)
    page = site.as_("mette").post(
        f"/borger/{site.ref('mette', karla)}/skriv", trin="se", text="Ringede til gartneriet", om_label="work"
    )

    assert 200 == page.status_code
    assert "jobcentre: kan læse teksten" in page.text
    assert "Ringede til gartneriet" in page.text
    assert "Intet er gemt endnu." in page.text
    assert before == events(town, karla)


def test_a_text_without_labels_is_not_taken(site: Site, town: Town, karla: UUID) -> None:
    """A text whose writer did not say what it is about is refused, and stands in the form still."""
    before = events(town, karla)
    page = say(site.as_("mette"), town, f"/borger/{site.ref('mette', karla)}/skriv", text="Gik en tur")

    assert 422 == page.status_code
    assert "Vælg, hvad det handler om." in page.text
    assert 'href="#f-om_label"' in page.text
    assert "Gik en tur" in page.text
    assert before == events(town, karla)


def test_a_changed_need_is_acknowledged_and_assessed_by_the_authority(
    site: Site, town: Town, karla: UUID
) -> None:
    """What a contact person reports waits on the authority's overview until it is acknowledged and assessed there."""
    mette, lene = site.as_("mette"), site.as_("lene")
    own = f"/borger/{site.ref('mette', karla)}"
    answer = say(mette, town, f"{own}/skriv/behov", text="Kan ikke sove", om_label="plan", with_citizen="ja")
    assert 303 == answer.status_code, answer.text
    town.wired.catch_up()
    assert "Et ændret behov er meldt" in lene.get("/").text
    page = lene.get(f"/borger/{site.ref('lene', karla)}/myndighed")
    assert "Kan ikke sove" in page.text
    assert 303 == say(lene, town, first_link(page, '[^"]*/kvitter')).status_code
    town.wired.catch_up()
    assert "I har kvitteret." in lene.get(f"/borger/{site.ref('lene', karla)}/myndighed").text
    assess = first_link(page, '[^"]*/vurder')
    assert 303 == say(lene, town, assess, text="To timer mere", om_label="plan").status_code
    town.wired.catch_up()

    assert "To timer mere" in mette.get(own).text
    assert "Et ændret behov" not in lene.get("/").text


def test_the_authoritys_page_is_the_authoritys(site: Site, town: Town, karla: UUID) -> None:
    """Others are told that the page is not for them, whoever it is about; a stranger's citizen is nobody there."""
    mette = site.as_("mette")
    assert 403 == mette.get(f"/borger/{site.ref('mette', karla)}/myndighed").status_code
    assert 403 == mette.get("/borger/nobody/myndighed").status_code
    assert 404 == site.as_("lene").get(f"/borger/{site.ref('mette', karla)}/myndighed").status_code


def test_an_order_goes_to_its_provider_and_is_acknowledged_there(site: Site, town: Town, karla: UUID) -> None:
    """The authority orders support; the provider finds it on the overview and acknowledges it there."""
    lene, at = site.as_("lene"), f"/borger/{site.ref('lene', karla)}"
    town.later()
    assert 303 == lene.post(f"{at}/plan").status_code
    page = lene.get(f"{at}/myndighed")
    order = first_link(page, '[^"]*/bestil')
    answer = say(lene, town, order, provider="social_psychiatry", text="Støtte hver tirsdag", om_label="plan")
    assert 303 == answer.status_code, answer.text
    town.wired.catch_up()
    mette = site.as_("mette")
    overview = mette.get("/")
    assert "En bestilling fra myndigheden venter på jeres kvittering." in overview.text
    task = first_link(overview, '[^"]*/opgave/order/[^"]*')
    assert "Støtte hver tirsdag" in mette.get(task).text
    assert 303 == say(mette, town, task).status_code
    town.wired.catch_up()

    assert "venter på jeres kvittering" not in mette.get("/").text
    assert "modtaget" in lene.get(f"{at}/myndighed").text


def test_a_question_is_answered_from_the_overview(site: Site, town: Town, karla: UUID) -> None:
    """The coordinator answers a question where the button leads; the citizen has the answer, and nothing waits."""
    town.later()
    asked = {"words": Text.of("Hvem kommer på torsdag?", "wishes")}
    commands.tell(town.hub, CITIZEN, karla, TOLD["citizen.question_asked.v1"], asked)
    town.wired.catch_up()
    mette = site.as_("mette")
    task = first_link(mette.get("/"), '[^"]*/opgave/question/[^"]*')
    assert "Hvem kommer på torsdag?" in mette.get(task).text
    assert 422 == say(mette, town, task, text="").status_code
    assert 303 == say(mette, town, task, text="Det gør Mette", om_label="meetings").status_code
    town.wired.catch_up()

    own = town.access.timeline(town.themself, karla, None).entries
    assert "Det gør Mette" in {
        e.fields["text"]["text"] for e in own if e.event == "citizen.question_answered"
    }
    assert "Intet venter på dig." in mette.get("/").text


def test_a_goal_stands_in_the_citizens_words_beside_the_professional_ones(
    site: Site, town: Town, karla: UUID
) -> None:
    """A goal is set, told of and reached; the citizen's words stand large, and progress beneath."""
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    assert 303 == say(mette, town, f"{at}/plan").status_code
    new = first_link(_caught_up(town, mette, f"{at}/plan"), '[^"]*/plan/[^"]*/maal')
    answer = say(
        mette, town, new, words="Jeg vil have en hund", professional="Øget aktivitet", om_label="plan"
    )
    assert 303 == answer.status_code, answer.text
    page = _caught_up(town, mette, f"{at}/skriv/maal")
    goal = re.search(r'value="([0-9a-f-]{36})"[^>]*>\s*<label[^>]*>Jeg vil have en hund', page.text)
    assert goal is not None, page.text
    answer = say(mette, town, f"{at}/skriv/maal", goal=goal.group(1), text="Har ringet", om_label="plan")
    assert 303 == answer.status_code, answer.text
    shown = _caught_up(town, mette, f"{at}/plan").text

    assert shown.index("Jeg vil have en hund") < shown.index("Øget aktivitet") < shown.index("Har ringet")
    assert "Jeg vil have en hund" in mette.get(at).text


def _caught_up(town: Town, client: Client, url: str) -> httpx.Response:
    town.wired.catch_up()
    return client.get(url)


def test_a_new_coordinator_takes_over_in_the_same_moment(site: Site, town: Town, karla: UUID) -> None:
    """A colleague takes over; the former coordinator's overview is without the citizen, the new one's has them."""
    town.add_person("nina", "social_psychiatry")
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    answer = say(mette, town, f"{at}/tovholder", rolle="coordinator", hvem="nina", formaal="coordination")
    assert 303 == answer.status_code, answer.text
    town.wired.catch_up()

    assert "Karla Prøve" in site.as_("nina").get("/borgere").text
    assert "Karla Prøve" not in mette.get("/borgere").text


def test_another_organisation_takes_over_only_by_a_handover(site: Site, town: Town, karla: UUID) -> None:
    """Without an accepted handover nobody elsewhere becomes coordinator, and the form keeps what was chosen."""
    before = events(town, karla)
    page = say(
        site.as_("mette"), town, f"/borger/{site.ref('mette', karla)}/tovholder",
        rolle="coordinator", hvem="lene", formaal="coordination",
    )  # fmt: skip

    assert 409 == page.status_code
    assert 'value="lene" selected' in page.text
    assert before == events(town, karla)


def test_what_is_rare_is_found_under_more(site: Site, town: Town, karla: UUID) -> None:
    """The page tells who has a task, and closing ends it all and shows the way back."""
    lene, at = site.as_("lene"), f"/borger/{site.ref('lene', karla)}"
    assert "Hvem har en opgave" in lene.get(f"{at}/mere").text
    assert 422 == say(lene, town, f"{at}/afslut", way_back="Ring til os", om_label="contact").status_code
    answer = say(lene, town, f"{at}/afslut", way_back="Ring til os", om_label="contact", sikker="ja")
    assert 303 == answer.status_code, answer.text

    assert "citizen.closed" in events(town, karla)
    assert 404 == site.as_("mette").get(f"/borger/{site.ref('mette', karla)}").status_code


def test_a_stranger_writes_nothing_anywhere(site: Site, town: Town, karla: UUID) -> None:
    """Somebody of another organisation gets the one denial at every form, and nothing is recorded."""
    before, eva, ref = events(town, karla), site.as_("eva"), site.ref("mette", karla)
    for path in ("skriv", "skriv/behov", "plan", "tovholder", "mere", "afslut"):
        assert 404 == eva.get(f"/borger/{ref}/{path}").status_code, path
        if path != "mere":
            answer = eva.post(f"/borger/{ref}/{path}", text="x", om_label="plan", sikker="ja")
            assert 404 == answer.status_code, path
    assert before == events(town, karla)


def test_the_pages_speak_english_too(site: Site, town: Town, karla: UUID) -> None:
    """Every one of the pages is there in English for who asks for it."""
    mette, at = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    mette.headers["accept-language"] = "en"
    for path, words in (
        ("", "How to help me best"), ("/skriv", "Who can read it?"), ("/plan", "There is no plan that you may see."),
        ("/mere", "Who has a task"), ("/tovholder", "Coordinator and contact person"),
        ("/hvem", "Who can see it, and why?"),
    ):  # fmt: skip
        page = mette.get(at + path).text
        assert 'lang="en"' in page
        assert words in page, path
