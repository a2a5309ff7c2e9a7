"""The route table: every route, called by whoever it is not for. Later routes are in it without being added."""

import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from fastapi import Request
from fastapi.responses import HTMLResponse

from hub.aggregates import Text
from hub.application import commands
from hub.postgres import Database
from hub.texts import DENIAL
from hub.web.gates import site_of
from tests.browsing import Client, Site
from tests.building import CITIZEN, Town, rich, settle
from tests.routing import WORDS, Line, Values, table

CALLED: Final = ("Karla Prøve", "Håb nummer", "Et møde om hunden")
"""Words that nobody on this page may be shown."""
ANSWERS_BY_ITSELF: Final = frozenset({"/mit/ud", "/logud"})
"""Lets whoever it is out, and tells nothing."""
FOR_ALL_STAFF: Final = frozenset({"/", "/borgere", "/soeg", "/soeg/{search_id}", "/team", "/login/igen"})
"""Lists of one's own citizens: empty for somebody who has none."""


@pytest.fixture(scope="module")
def town(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with a citizen on whom others see something, a citizen who is nobody to them, and two strangers."""
    made = settle(lasting_database, tmp_path_factory.mktemp("town"))
    made.add_partner("neighbour", "authority", "casework")
    made.add_person("kim", "neighbour")
    return made


@pytest.fixture(scope="module")
def karla(town: Town) -> UUID:
    """The citizen whom the routes are about."""
    citizen = rich(town)
    town.later()
    words = Text.of("Et møde om hunden", "wishes")
    commands.convene(
        town.hub, town.actor("mette"), citizen, kind="network", starts=town.later(days=2), purpose=words
    )
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("addiction_treatment"))
    town.wired.catch_up()
    return citizen


@pytest.fixture(scope="module")
def birk(town: Town) -> UUID:
    """Another citizen."""
    return town.enrol(name="Birk Anden")


@pytest.fixture(scope="module")
def site(town: Town) -> Site:
    """The pages."""
    return Site(town)


class Watch:
    """Calls routes, each from a session of its own, and says what is wrong with the answers."""

    def __init__(self, site: Site, about: UUID) -> None:
        self.site = site
        self.about = about
        self.faults: list[str] = []
        self.calls = 0

    def entries(self) -> tuple[int, int]:
        """How many entries the access log has, and how many of them permitted something about the citizen."""
        with self.site.town.database.connection() as connection:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE permitted AND citizen_id = %s) FROM access_log",
                (self.about,),
            ).fetchone()
        assert row is not None
        return row

    def call(self, line: Line, who: str | UUID | None, path: str) -> tuple[Any, Client, int, int]:
        """Call a route; the answer, the browser, and how many entries it left, permitted ones apart."""
        self.calls += 1
        browser = self.site.as_(who)
        if line.api and browser.session is not None:
            browser.headers["x-csrf-token"] = browser.session.csrf
        before = self.entries()
        if line.api:
            body = {} if line.method == "GET" else {"json": {}}
            answer = browser.request(
                line.method, path, headers={"idempotency-key": str(uuid4()), "if-match": '"1"'}, **body
            )
        else:
            answer = browser.get(path) if line.method == "GET" else browser.post(path)
        after = self.entries()
        return answer, browser, after[0] - before[0], after[1] - before[1]

    def expect(
        self, line: Line, who: str | UUID | None, path: str, statuses: set[int], entries: set[int]
    ) -> str:
        """Note whatever is not as it should be; the page as anybody else would have it."""
        answer, browser, written, permitted = self.call(line, who, path)
        shown = [word for word in CALLED if word in answer.text]
        if answer.status_code not in statuses or shown:
            self.faults.append(f"{line} for {kind(who)}: {answer.status_code} {shown or ''}")
        if written not in entries or permitted:
            self.faults.append(f"{line} for {kind(who)}: {written} entries, {permitted} of them permitted")
        text = answer.text.replace(path, "PATH")
        if browser.session is not None:
            text = text.replace(browser.session.csrf, "CSRF")
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


def kind(who: str | UUID | None) -> str:
    """Who calls, in a line of the report."""
    return "another citizen" if isinstance(who, UUID) else who or "nobody"


def lines(site: Site) -> list[Line]:
    """Every route that is not open to whoever it is."""
    return [line for line in table(site.app._app) if not line.open and line.path not in ANSWERS_BY_ITSELF]


def address(line: Line, **values: object) -> str:
    """The address of a route with these values, and nobody's ids for the rest."""
    given = {key: str(value) for key, value in values.items()}
    return line.path.format_map(Values({**WORDS.get(line.path, {}), **given}))


def by_strangers(site: Site, karla: UUID, each: int = 1) -> Watch:
    """Each route about a citizen, called by people of organisations that the citizen has nothing to do with."""
    watch = Watch(site, karla)
    about = [line for line in lines(site) if line.of_a_citizen and not line.api]
    for line in [line for number, line in enumerate(about) if number % each == 0 or "glemt" in line.path]:
        denied = []
        for who, ref in (
            ("kim", site.ref("kim", karla)),
            ("kim", str(uuid4())),
            ("eva", site.ref("mette", karla)),
        ):
            by_role = {403} if who == "eva" and line.path.split("/")[3:4] == ["myndighed"] else set()
            page = watch.expect(line, who, address(line, ref=ref), by_role or {404}, {1})
            if who == "kim":
                denied.append(page)
                if DENIAL[0] not in page and DENIAL[1] not in page:
                    watch.faults.append(f"{line}: not the uniform denial")
        if denied[0] != denied[1]:
            watch.faults.append(f"{line}: a citizen's page and nobody's differ")
    return watch


def test_a_stranger_gets_the_uniform_denial_and_leaves_one_entry(site: Site, karla: UUID) -> None:
    """A stranger gets the same words for a citizen as for nobody, on every page, and it is written down."""
    watch = by_strangers(site, karla)

    assert [] == watch.faults, "\n".join(watch.faults)
    assert watch.calls > 100, "The table is nearly empty."


def test_a_citizen_comes_into_no_page_of_the_staff(site: Site, karla: UUID, birk: UUID) -> None:
    """A citizen is turned away from the staff's pages by role only, and it is written down."""
    watch = Watch(site, karla)
    for line in lines(site):
        if not line.ones_own and not line.api and not line.for_all:
            front = {303} if line.path == "/" else {403}  # their own front page is elsewhere
            watch.expect(
                line,
                birk,
                address(line, ref=site.ref("mette", karla)),
                front,
                {0} if line.path == "/" else {1},
            )
    assert [] == watch.faults, "\n".join(watch.faults)


def test_staff_come_into_no_page_of_a_citizens_own(site: Site, karla: UUID) -> None:
    """Whoever works with a citizen is turned away from the citizen's own pages by role only."""
    watch = Watch(site, karla)
    for line in lines(site):
        if line.ones_own:
            watch.expect(line, "mette", address(line), {403}, {1})
    assert [] == watch.faults, "\n".join(watch.faults)


def ids_of(town: Town, citizen: UUID) -> Iterator[UUID]:
    """Every id that stands in a citizen's events, and theirs."""
    known = {*town.partners.values(), *town.persons.values(), citizen}
    for item, opened in town.hub.items(citizen):
        yield item.event_id
        yield opened.originator_id
        for value in opened.body.values():
            if isinstance(value, bytes) and len(value) == 16 and UUID(bytes=value) not in known:
                yield UUID(bytes=value)


def test_another_citizens_ids_open_nothing(site: Site, town: Town, karla: UUID, birk: UUID) -> None:
    """With every id of somebody else's events in the addresses, a citizen sees nothing of theirs."""
    watch, found = Watch(site, karla), sorted({*ids_of(town, karla)})
    for line in lines(site):
        names = set(re.findall(r"{(\w+)}", line.path)) - {"partner", "citizen", "done"}
        if not line.ones_own or not names:
            continue
        partner = town.partner("social_psychiatry")
        pages = set()
        for identity in [*found[:: max(1, len(found) // 6)], uuid4()]:
            values = {"partner": partner, **dict.fromkeys(names, identity)}
            pages.add(watch.expect(line, birk, address(line, **values), {404, 422}, {0, 1}))
        if len(pages) != 1:
            watch.faults.append(f"{line}: somebody else's and nobody's differ")
    assert [] == watch.faults, "\n".join(watch.faults)


def test_without_a_session_everybody_is_sent_to_log_in(site: Site, karla: UUID) -> None:
    """Nobody who is not logged in is shown anything: a page leads to the login, a form keeps what was written."""
    watch = Watch(site, karla)
    for line in lines(site):
        status = 401 if line.api else {"GET": 303}.get(line.method, 401)
        path = address(line, ref=site.ref("mette", karla), citizen=site.ref("mette", karla))
        watch.expect(line, None, path, {status}, {0})
    assert [] == watch.faults, "\n".join(watch.faults)


def test_lists_hold_nobody_for_whom_there_is_no_task(site: Site, karla: UUID) -> None:
    """Somebody without a task finds the lists empty, and the citizen's name on none of them."""
    watch = Watch(site, karla)
    for line in lines(site):
        if line.path in FOR_ALL_STAFF:
            watch.expect(line, "eva", address(line), {200, 303, 404, 422, 503}, {0})
    assert [] == watch.faults, "\n".join(watch.faults)


def test_the_api_tells_a_stranger_nothing(site: Site, karla: UUID, birk: UUID) -> None:
    """Every call about a citizen is denied to strangers and to other citizens, alike for citizens and for nobody."""
    watch = Watch(site, karla)
    for line in lines(site):
        if not line.api or "{citizen}" not in line.path:
            continue
        for who, ref in (("kim", site.ref("kim", karla)), (birk, site.ref("kim", karla)), (birk, karla)):
            statuses = {403, 404, 412, 422}
            if line.path.endswith(("/withdrawal", "/withdrawals")):
                statuses |= {201}  # staff take a withdrawal down from whoever says it, and are told nothing
            theirs = watch.expect(line, who, address(line, citizen=ref), statuses, {0, 1, 2})
            nobodys = watch.expect(line, who, address(line, citizen=uuid4()), statuses, {0, 1, 2})
            if theirs != nobodys:
                watch.faults.append(f"{line} for {kind(who)}: a citizen's answer and nobody's differ")
    assert [] == watch.faults, "\n".join(watch.faults)


def test_a_route_that_forgets_its_gate_is_found(town: Town, karla: UUID) -> None:
    """A planted route that shows a name to whoever asks is found by the same calls."""
    site = Site(town)

    def forgetful(request: Request, ref: str) -> HTMLResponse:
        name = site_of(request).wired.vault.identity(karla)
        return HTMLResponse(f"{ref} {name.name if name else ''}")

    site.app._app.get("/borger/{ref}/glemt")(forgetful)
    faults = by_strangers(site, karla, each=8).faults

    assert faults
    assert all("/borger/{ref}/glemt" in fault for fault in faults), "\n".join(faults)
    print("control: caught")
