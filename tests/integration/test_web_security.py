"""What protects the pages: forged forms, headers, cookies, limits, and sessions that end at once."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.application import commands
from hub.clock import SystemClock
from hub.config import Settings
from hub.errors import NotPermitted
from hub.postgres import Database
from hub.web.gates import COOKIE
from hub.web.guard import LARGEST
from hub.web.sessions import Sessions
from tests.browsing import Client, Site
from tests.building import HUB_ITSELF, Town, rich, settle
from tests.cli import Home
from tests.crawling import Page, crawl, forms_of
from tests.routing import WORDS, Values, table

CPR = "0101801234"


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
    """A citizen on whom others see something."""
    citizen = rich(town)
    town.wired.catch_up()
    return citizen


def head(town: Town) -> int:
    """How much is recorded."""
    return town.hub.log.head()[0]


def test_no_route_takes_a_forged_form(site: Site, town: Town, karla: UUID) -> None:
    """Every route that changes something refuses a form without the session's token, and nothing is recorded."""
    before, taken, tried = head(town), [], 0
    for line in table(site.app._app):
        if line.method == "GET" or line.open or line.path == "/mit/ud":  # the way out asks nothing
            continue
        for who in [karla if line.ones_own else "mette"]:
            browser = site.as_(who)
            assert browser.session is not None
            path = line.path.format_map(
                Values({"ref": site.ref("mette", karla), "citizen": "me", **WORDS.get(line.path, {})})
            )
            if line.api:
                answer = browser.request(
                    line.method, path, json={}, headers={"idempotency-key": str(uuid4())}
                )
            else:
                answer = browser.post(path, forged=True, words="x", csrf="0" * 64)
            tried += 1
            if answer.status_code != 403:
                taken.append(f"{line}: {answer.status_code}")
            if site.sessions.find(browser.session.token) is None:
                taken.append(f"{line}: logged out by a forged form")

    assert [] == taken
    assert tried > 60
    assert before == head(town)


def test_a_form_with_the_token_is_taken_where_a_forged_one_is_not(
    site: Site, town: Town, karla: UUID
) -> None:
    """The same form is recorded with the token and not without: the check would notice a route that asks for none."""
    browser, before = site.as_(karla), head(town)
    page = next(form for form in forms_of(browser, "/mit/historie", most=1) if form.typed)
    words = {**page.filled("En hund"), "forged": False}
    assert 403 == browser.post(page.action, **{**words, "csrf": "0" * 64}).status_code
    assert before == head(town)
    town.later()
    assert browser.post(page.action, **words).status_code in {200, 303}
    assert before < head(town)
    print("control: caught")


def test_another_sessions_token_is_no_token(site: Site, karla: UUID) -> None:
    """The token of somebody else's session does not vouch for a form."""
    mette, ann = site.as_("mette"), site.as_("ann")
    assert ann.session is not None
    answer = mette.post("/soeg", forged=True, csrf=ann.session.csrf, navn="Karla")

    assert 403 == answer.status_code


def test_behind_tls_cookies_are_the_hosts_own_and_browsers_are_told(town: Town) -> None:
    """Behind TLS the session's cookie is Secure and of this host alone, and browsers ask by TLS from then on."""
    site = Site(town, secure=True)
    session = site.sessions.begin("staff", person=town.persons["mette"])
    browser = Client(site.app, None)
    browser.cookies.set(f"__Host-{COOKIE}", session.token)
    answer = browser.get("/")
    assert 200 == answer.status_code
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    browser.cookies.clear()
    browser.cookies.set(COOKIE, session.token)  # what another host or path could have set
    assert 303 == browser.get("/").status_code


def test_every_cookie_is_kept_from_scripts_and_other_sites(town: Town, karla: UUID) -> None:
    """Every cookie that the pages set is HttpOnly and SameSite, and behind TLS Secure with the host's prefix."""
    demo = Settings(**{**town.wired.settings.model_dump(), "demo": True})
    object.__setattr__(town.wired, "settings", demo)
    for secure in (False, True):
        site = Site(town, secure=secure)
        browser = site.as_(None)
        answers = [
            browser.post("/vaelg", hvem=f"p:{town.persons['mette']}"),
            browser.post("/sprog", sprog="en"),
        ]
        cookies = [cookie.lower() for one in answers for cookie in one.headers.get_list("set-cookie")]
        assert 2 <= len(cookies)
        for cookie in cookies:
            assert "httponly" in cookie
            assert "samesite=lax" in cookie
            assert secure == ("; secure" in cookie)
        assert secure == any(cookie.startswith("__host-") for cookie in cookies)


def test_no_page_has_a_script_of_its_own_or_tells_by_its_addresses(site: Site, town: Town) -> None:
    """On every page reached by links: nothing inline or from elsewhere, and no name, number or id in an address."""
    citizen = town.enrol(cpr=CPR)
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "contact")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    mette = site.as_("mette")
    addresses, seen = [mette.post("/soeg", navn="Karla").headers["location"]], 0
    for browser, start in ((mette, "/"), (site.as_(citizen), "/mit")):
        for address, text, page in crawl(browser, start):
            seen += 1
            addresses += [address, *page.links, *(form.action for form in page.forms)]
            assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), address
            assert "<style" not in text, address
            assert not re.search(r"<[^>]+\sstyle=\"", text), address
            assert not re.search(r"<[^>]+\son[a-z]+=", text), address
            assert not re.search(r"(?:src|action)=\"(?:https?:)?//", text), address
    assert seen > 40
    assert len(addresses) > 100
    for address in addresses:
        assert "karla" not in address.lower()
        assert CPR not in address
        assert str(citizen) not in address


def test_too_much_is_not_read(site: Site, karla: UUID) -> None:
    """A body or an upload beyond the limit is not read, whether it says how long it is or not."""
    mette = site.as_("mette")
    path = f"/borger/{site.ref('mette', karla)}/skriv"
    assert 413 == mette.post(path, text="x" * (LARGEST + 1)).status_code
    assert 413 == mette.request("POST", path, files={"file": b"x" * (LARGEST + 1)}).status_code

    def pieces() -> object:
        for _ in range(80):
            yield b"x" * 65536

    answer = mette.request(
        "POST", path, content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert 413 == answer.status_code
    lied = {"content-type": "application/json", "content-length": "nonsense"}
    assert mette.request("POST", path, content=b"{}", headers=lied).status_code < 500


def test_emergency_access_is_tried_five_times_an_hour(site: Site, town: Town) -> None:
    """Whoever tries CPR numbers is stopped at the sixth, is told to telephone, and each try stands in the log."""
    mette = site.as_("mette")
    assert mette.session is not None
    site.sessions.step_up(mette.session)
    wrong = {"reason": "Svarer ikke", "reason_label": "health", "how": "ringet"}
    answers = [mette.post("/vaerdispring", borger=f"010180123{n}", **wrong) for n in range(6)]

    assert [404] * 5 + [429] == [one.status_code for one in answers]
    assert "ring i stedet" in answers[-1].text
    with town.database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM access_log WHERE NOT permitted").fetchone()
    assert row is not None
    assert row[0] >= 1
    for _ in range(2):
        town.later(minutes=29)
        assert 200 == mette.get("/vaerdispring").status_code
    town.later(minutes=3)
    site.sessions.step_up(mette.session)
    assert 404 == mette.post("/vaerdispring", borger=CPR, **wrong).status_code


def test_emergency_access_opens_what_it_names_and_is_reviewed_by_another(site: Site, town: Town) -> None:
    """With a second login, a reason and a call-back it opens; the citizen sees it; closed, it is closed."""
    citizen = town.enrol(cpr=CPR)
    town.later()
    mads, theirs = town.add_person("mads", "social_psychiatry"), town.partner("social_psychiatry")
    commands.assign(town.hub, town.actor("lene"), citizen, "coordinator", theirs, mads, "coordination")
    mette, colleague = site.as_("mette"), site.as_("mads")
    form = {"borger": CPR, "reason": "Svarer ikke", "reason_label": "health", "how": "ringet"}
    assert 403 == mette.post("/vaerdispring", **form).status_code
    assert mette.session is not None
    site.sessions.step_up(mette.session)
    assert 422 == mette.post("/vaerdispring", borger=CPR).status_code
    kept = mette.post("/vaerdispring", **{**form, "how": "anden", "second": "ingen"})
    assert 422 == kept.status_code
    assert "Svarer ikke" in kept.text
    town.later()
    opened = mette.post("/vaerdispring", **form)
    assert 303 == opened.status_code, opened.text
    page = mette.get(opened.headers["location"])
    assert "Værdispringet er åbent" in page.text
    purposes = town.hub.state(citizen).task_purposes(
        town.partner("social_psychiatry"), town.persons["mette"], int(town.clock().timestamp() * 1e6)
    )
    assert purposes
    town.later()
    assert 404 == colleague.get(opened.headers["location"]).status_code
    assert "stadig åbent" in colleague.get(f"/borger/{site.ref('mads', citizen)}/vaerdispring").text
    assert 303 == mette.post(f"{opened.headers['location']}/luk").status_code
    assert 404 == mette.get(opened.headers["location"]).status_code
    review = f"/borger/{site.ref('mads', citizen)}/vaerdispring"
    which = next(form for form in Page(review, colleague.get(review).text).forms if "access" in form.fields)
    verdict = {"access": which.fields["access"], "verdict": "ja", "words_label": "contact"}
    assert 422 == colleague.post(review, **verdict).status_code
    town.later()
    answer = colleague.post(review, **verdict, words="Kun kriseaftalen blev læst")
    assert 303 == answer.status_code, answer.text
    after = colleague.get(review).text
    assert "Kun kriseaftalen blev læst" in after
    assert 'name="verdict"' not in after


def test_emergency_access_is_for_some_kinds_of_organisations(site: Site) -> None:
    """The jobcentre has no emergency access: the page is not for its people."""
    assert 403 == site.as_("ann").get("/vaerdispring").status_code


def test_whoever_leaves_is_out_at_once_everywhere(site: Site, town: Town, karla: UUID) -> None:
    """Somebody who works there no longer is logged out, reads nothing, writes nothing; and can come back."""
    mette = site.as_("mette")
    path = f"/borger/{site.ref('mette', karla)}"
    assert 200 == mette.get(path).status_code
    town.wired.vault.leave(town.persons["mette"], town.clock())

    assert 303 == mette.get(path).status_code
    with pytest.raises(NotPermitted):
        town.actor("mette")
    assert town.reader("mette").partner is None
    assert 303 == site.as_("mette").get("/").status_code
    town.wired.vault.leave(town.persons["mette"], None)
    assert 303 == mette.get(path).status_code, "The old session stays ended."
    assert 200 == site.as_("mette").get(path).status_code


def test_a_suspended_organisations_people_are_out_at_once(site: Site, town: Town, karla: UUID) -> None:
    """The session of somebody at a suspended organisation ends with the next page."""
    ann = site.as_("ann")
    assert 200 == ann.get("/").status_code
    town.later()
    commands.suspend_partner(town.hub, HUB_ITSELF, town.partner("jobcentre"), "Brud på aftalen")
    assert 303 == ann.get("/").status_code
    commands.resume_partner(town.hub, HUB_ITSELF, town.partner("jobcentre"))
    assert 303 == ann.get("/").status_code


def test_whoever_administers_users_sees_and_ends_sessions(site: Site, town: Town, database: Database) -> None:
    """`hub partner signed-in` lists who is logged in, citizens without a name; sign-out and person-leaves end it."""
    home = Home(town.wired.settings.home, database.conninfo)
    karla = town.enrol()
    home_clock = site.sessions._clock
    now = Sessions(town.database, SystemClock())
    now.begin("staff", person=town.persons["lene"])
    now.begin("citizen", citizen=karla)
    listed = home.ok("partner", "signed-in").out
    assert "lene (authority)" in listed
    assert "en borger" in listed
    assert "Karla" not in listed
    assert {"ended": 1} == home.ok("partner", "sign-out", "lene", "--json").json
    now.begin("staff", person=town.persons["lene"])
    assert {"left": True, "ended": 1} == home.ok("partner", "person-leaves", "lene", "--json").json
    refused = home.hub("citizen", "enrol", "--as", "lene")
    assert 3 == refused.code, refused
    home.ok("partner", "person-leaves", "lene", "--back")
    assert home_clock is town.clock
