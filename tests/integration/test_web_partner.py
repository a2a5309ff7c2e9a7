"""A partner's pages: a clerk comes from a mail link, sees the one task, answers, and is done."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.application.hub import made
from hub.postgres import Database
from tests import checking
from tests.browsing import Site
from tests.building import CITIZEN, Town, settle
from tests.integration.test_web_meetings import approved, convened, invited

SECRET = "Jeg sover dårligt"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations, and a cafe."""
    town = settle(database, tmp_path)
    town.add_partner("civil_society", "civil_society", "support", ceiling=frozenset())
    town.add_person("carl", "civil_society")
    return town


@pytest.fixture
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a coordinator, and a clerk at the jobcentre who may know of meetings and agreements."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(
        citizen, "social_psychiatry", "contact", "wishes", "plan", "meetings", "agreements", "health"
    )
    town.consent(citizen, "jobcentre", "contact", "meetings", "agreements", "wishes")
    town.later()
    commands.record_contact(town.hub, town.actor("mette"), citizen, text=Text.of(SECRET, "health"))
    return citizen


@pytest.fixture
def meeting(town: Town, karla: UUID) -> UUID:
    """A meeting to which the citizen lets the jobcentre come."""
    found = convened(town, karla)
    invited(town, karla, found, "jobcentre")
    approved(town, karla, found, "jobcentre")
    town.wired.catch_up()
    return found


def link(page: str, verb: str) -> str:
    """Where the button with this verb leads."""
    before = page[: page.index(verb)]
    return before[before.rindex('href="') + 6 :].split('"')[0]


def agreed(town: Town, citizen: UUID, meeting: UUID, owner: str) -> None:
    """An organisation says that it will do something."""
    town.later()
    commands.on_meeting(
        town.hub,
        town.actor("mette"),
        citizen,
        meeting,
        lambda found, act: found.agree(
            made(act, "agreement"),
            act,
            owner=town.partner(owner),
            parties=(),
            what=Text.of("Ringer til en arbejdsgiver", "agreements"),
            due=(town.clock() + timedelta(days=3)).date(),
        ),
    )
    town.wired.catch_up()


@pytest.mark.usefixtures("meeting")
def test_a_clerk_answers_an_invitation_in_two_clicks(site: Site, town: Town, karla: UUID) -> None:
    """The front page is the one task; its one form is sent; the coordinator sees who comes and what was said."""
    town.later(days=3)
    ann = site.as_("ann")
    inbox = ann.get("/")
    assert (200, 1) == (inbox.status_code, inbox.text.count("Svar på invitationen"))
    assert "Karla Prøve" in inbox.text
    form = link(inbox.text, "Svar på invitationen")
    page = ann.get(form)
    assert "Kommer I?" in page.text

    done = ann.followed(form, svar="nej", input_text="Vi har et job i køkkenet", input_text_label="meetings")

    assert "Tak, det er gjort." in done.text
    assert "Du kan logge af" in done.text
    town.wired.catch_up()
    mette = site.as_("mette")
    seen = mette.get(f"/borger/{site.ref('mette', karla)}/moeder").text
    at = link(seen, "Mødeark").removesuffix("/ark")
    coordinators = mette.get(at).text
    assert "kan ikke komme" in coordinators
    assert "Vi har et job i køkkenet" in coordinators
    assert "Svar på invitationen" not in ann.get("/").text


@pytest.mark.usefixtures("meeting")
def test_an_answer_that_lacks_something_keeps_what_was_written(site: Site, town: Town) -> None:
    """Without yes or no the page says so beside the field, the words stand there still, and nothing is recorded."""
    town.later(days=3)
    ann = site.as_("ann")
    form = link(ann.get("/").text, "Svar på invitationen")
    head = town.hub.log.head()[0]

    again = ann.post(form, input_text="Vi har et job i køkkenet", input_text_label="meetings")

    assert again.status_code == 422
    assert 'href="#f-svar"' in again.text
    assert "Vi har et job i køkkenet" in again.text
    assert head == town.hub.log.head()[0]


@pytest.mark.usefixtures("meeting")
def test_an_invitation_is_over_with_its_meeting(site: Site, town: Town) -> None:
    """Who logs in after the day of the meeting is not asked whether they come to it."""
    town.later(days=9)

    page = site.as_("ann").get("/")

    assert "Svar på invitationen" not in page.text
    assert "Intet venter på dig." in page.text


@pytest.mark.usefixtures("meeting")
def test_ours_says_why_we_see_it_and_until_when(site: Site, town: Town, karla: UUID) -> None:
    """The partner's front of a citizen names the consent and its end, the constant sentence, and no more."""
    commands.give_consent(
        town.hub,
        CITIZEN,
        karla,
        town.partner("jobcentre"),
        categories=frozenset({"work"}),
        purposes=frozenset({"employment"}),
        until=town.clock() + timedelta(days=90),
    )
    town.later()
    commands.record_contact(town.hub, town.actor("mette"), karla, text=Text.of("Hun savner at bage", "work"))
    ann = site.as_("ann")

    page = ann.get(f"/borger/{site.ref('ann', karla)}/vi")

    assert page.status_code == 200
    assert "Du ser dette, fordi" in page.text
    assert "uddannelse og beskæftigelse" in page.text
    assert "til og med" in page.text
    assert "I er inviteret til et møde" in page.text
    assert "Du ser det, I må få at vide." in page.text
    assert SECRET not in page.text
    ann.cookies.set("sprog", "en")
    assert "You see this because" in ann.get(f"/borger/{site.ref('ann', karla)}/vi").text


def test_a_withdrawal_empties_the_clerks_page(site: Site, town: Town, karla: UUID) -> None:
    """Once the citizen has withdrawn, the page no longer speaks of a yes, at once and whatever lags behind."""
    town.hope(karla, "citizen", "En hund", "wishes")
    ann, at = site.as_("ann"), f"/borger/{site.ref('ann', karla)}/vi"
    town.later()
    commands.record_contact(town.hub, town.actor("ann"), karla, text=Text.of("Vi talte om køkkenet", "work"))
    assert "borgeren har sagt ja til" in ann.get(at).text

    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partner("jobcentre"))

    after = ann.get(at)
    assert after.status_code == 200, "what they wrote themselves stays theirs while they have a task"
    assert "borgeren har sagt ja til, at I må vide" not in after.text
    assert "En hund" not in after.text
    assert "Vi talte om køkkenet" in after.text


def test_a_reason_tells_no_more_than_is_shown(site: Site, town: Town, karla: UUID) -> None:
    """What a consent is about is told by what is shown for it: a yes to what is not written yet is not there."""
    town.consent(karla, "jobcentre", "work", until=town.clock() + timedelta(days=30))
    town.hope(karla, "citizen", "En hund", "wishes")

    page = site.as_("ann").get(f"/borger/{site.ref('ann', karla)}/vi").text

    assert "ønsker" in page
    assert "beskæftigelse, det første" not in page


@pytest.mark.parametrize("page", ["", "/moede/{meeting}", "/aftale/{meeting}"])
def test_a_stranger_sees_what_nobody_sees(site: Site, karla: UUID, page: str) -> None:
    """Somebody without a task is told what is told of a citizen who does not exist, and writes nothing."""
    ref, path = site.ref("eva", karla), page.format(meeting=uuid4())
    eva, head = site.as_("eva"), site.town.hub.log.head()[0]
    theirs, nobodys = eva.get(f"/borger/{ref}/vi{path}"), eva.get(f"/borger/nobody/vi{path}")

    assert 404 == theirs.status_code == nobodys.status_code
    assert theirs.text.replace(ref, "") == nobodys.text.replace("nobody", "")
    if page:
        assert 404 == eva.post(f"/borger/{ref}/vi{path}", svar="ja").status_code
        assert head == site.town.hub.log.head()[0]


def test_our_agreement_is_done_with_one_button(site: Site, town: Town, karla: UUID, meeting: UUID) -> None:
    """The clerk says that it is done, and it leaves the coordinator's list."""
    agreed(town, karla, meeting, "jobcentre")
    ann = site.as_("ann")
    inbox = ann.get("/")
    assert "Ringer til en arbejdsgiver" in inbox.text

    done = ann.followed(link(inbox.text, "Sig, at det er gjort"))

    assert "Tak, det er gjort." in done.text
    town.wired.catch_up()
    assert "Ringer til en arbejdsgiver" not in ann.get("/").text
    page = site.as_("mette").get(f"/borger/{site.ref('mette', karla)}/moeder").text
    assert "Aftaler, der er afsluttet" in page


def owed(town: Town, citizen: UUID, records: int = 2) -> UUID:
    """A notice that access has ended, as the relay makes them."""
    notice = uuid4()
    town.wired.vault.references(town.partner("jobcentre"), [citizen])
    checking.do(
        town.database.conninfo,
        "INSERT INTO partner_notices (notice_id, partner_id, citizen_id, records, position, purge_by)"
        " VALUES (%s, %s, %s, %s, 1, '2026-04-01')",
        notice,
        town.partner("jobcentre"),
        citizen,
        [uuid4() for _ in range(records)],
    )
    return notice


def confirmed(town: Town, citizen: UUID) -> list[UUID | None]:
    """Who confirmed a purge."""
    return [
        UUID(bytes=opened.body["act"]["person"])
        for item, opened in town.hub.items(citizen)
        if item.event == "consents.purge_confirmed"
    ]


def test_a_clerk_confirms_that_it_is_deleted(site: Site, town: Town, karla: UUID) -> None:
    """Only what the organisation calls the citizen is told; one button confirms it by name; sent again it is done."""
    notice = owed(town, karla)
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partner("jobcentre"))
    ann = site.as_("ann")
    inbox = ann.get("/")
    part = inbox.text[inbox.text.index("Slet det, I ikke") :]
    assert site.ref("ann", karla) in part
    assert "Karla" not in part
    assert "onsdag 1. april 2026" in part

    done = ann.followed("/slettet", besked=str(notice))
    assert "Tak, det er gjort." in done.text
    assert 303 == ann.post("/slettet", besked=str(notice)).status_code

    assert [town.persons["ann"]] == confirmed(town, karla)
    assert "Slet det" not in ann.get("/").text


def test_nobody_else_confirms_it(site: Site, town: Town, karla: UUID) -> None:
    """Another organisation's notice is nothing to whoever asks, and nothing is recorded."""
    notice, head = owed(town, karla), town.hub.log.head()[0]
    eva = site.as_("eva")

    assert "Slet det" not in eva.get("/").text
    theirs, none = eva.post("/slettet", besked=str(notice)), eva.post("/slettet", besked=str(uuid4()))

    assert 404 == theirs.status_code == none.status_code
    assert theirs.text == none.text
    assert head == town.hub.log.head()[0]


def test_a_handover_waits_once(site: Site, town: Town, karla: UUID) -> None:
    """A handover that is to be read and answered is one task on the clerk's list, not two."""
    town.later()
    hope = UUID(town.hope(karla, "citizen", "En hund", "wishes").ids["hope"])
    items = tuple(item.event_id for item, _ in town.hub.items(karla) if item.event == "citizen.hope_told")
    commands.propose_handover(
        town.hub, town.actor("mette"), karla, town.partner("jobcentre"), kind="knowledge", items=items
    )
    town.wired.catch_up()

    page = site.as_("ann").get("/").text

    assert 1 == page.count("/overlevering/")
    assert hope


def test_an_association_sees_the_agreed_text_and_its_own_meetings(
    site: Site, town: Town, karla: UUID
) -> None:
    """A volunteer sees the words that the citizen agreed on and the meeting they come to, and neither plan nor wish."""
    town.later()
    commands.assign(
        town.hub,
        town.actor("lene"),
        karla,
        "relation",
        town.partner("civil_society"),
        town.persons["carl"],
        "support",
    )
    town.hope(karla, "citizen", "En hund", "wishes")
    commands.agree_text(
        town.hub,
        CITIZEN,
        karla,
        town.partner("civil_society"),
        Text.of("Karla vil gerne gå tur om søndagen", "everyday"),
    )
    meeting = convened(town, karla)
    invited(town, karla, meeting, "civil_society")
    approved(town, karla, meeting, "civil_society")
    town.wired.catch_up()
    carl = site.as_("carl")

    page = carl.get(f"/borger/{site.ref('carl', karla)}/vi")

    assert page.status_code == 200
    assert "Karla vil gerne gå tur om søndagen" in page.text
    assert "Næste skridt" in page.text
    assert "En hund" not in page.text
    assert "/plan" not in page.text
    assert SECRET not in page.text


def test_the_empty_inbox_says_so(site: Site) -> None:
    """Who has nothing to do is told so, in both languages, and where to use a code."""
    eva = site.as_("eva")
    assert "Intet venter på dig." in eva.get("/").text
    assert 'href="/kode"' in eva.get("/").text
    eva.cookies.set("sprog", "en")
    assert "Nothing waits for you." in eva.get("/").text


def test_the_front_page_of_those_who_coordinate_stays_theirs(site: Site) -> None:
    """The coordinator's front page is the overview, and the thank-you page leads there."""
    mette = site.as_("mette")
    assert "Overblik" in mette.get("/").text
    assert (303, "/") == ((answer := mette.get("/tak")).status_code, answer.headers["location"])
