"""One entry a visit: what a session reads again leaves no second one, and whatever changed leaves a new one."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.application import commands
from hub.application.access import Access, Reader
from hub.application.many import Ask, ManyReads
from hub.errors import AccessDenied
from hub.postgres import Database
from tests.browsing import Site
from tests.building import CITIZEN, Town, rich, settle


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen on whom the jobcentre and the coordinator see something."""
    citizen = rich(town)
    town.wired.catch_up()
    return citizen


def entries(town: Town) -> int:
    """How many entries the access log has."""
    with town.database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM access_log").fetchone()
    assert row is not None
    return int(row[0])


def ann(town: Town, session: str = "one") -> Reader:
    """Ann of the jobcentre, in a session."""
    return town.reader("ann").within(session)


def look(access: Access, reader: Reader, citizen: UUID, purpose: str = "employment") -> None:
    """Read the timeline."""
    access.timeline(reader, citizen, purpose)


def test_a_refreshed_page_is_one_visit(town: Town, karla: UUID) -> None:
    """Whoever looks again within half an hour is still on the same visit; after that it is a new one."""
    for minutes, expected in ((0, 1), (1, 1), (28, 1), (2, 2), (29, 2)):
        town.later(minutes=minutes)
        look(town.access, ann(town), karla)
        assert expected == entries(town), minutes


def test_another_session_purpose_surface_or_citizen_is_another_visit(town: Town, karla: UUID) -> None:
    """Nothing that differs is passed off as the same visit: each leaves its own entry."""
    other = rich(town)
    town.wired.catch_up()
    town.task(karla, "ann", purpose="support")
    town.access.timeline(ann(town), karla, "employment")
    reads = [
        lambda: look(town.access, ann(town, "two"), karla),
        lambda: look(town.access, ann(town), other),
        lambda: town.access.page(ann(town), karla, "employment"),
        lambda: town.access.view(ann(town), town.partner("jobcentre"), karla, "employment"),
    ]
    for read in reads:
        before = entries(town)
        read()
        assert before + 1 == entries(town)
        read()
        assert before + 1 == entries(town)


def test_what_was_recorded_since_makes_it_a_new_visit(town: Town, karla: UUID) -> None:
    """A new event on the citizen, or on any organisation, ends the visit; another citizen's news does not."""
    other = rich(town)
    look(town.access, ann(town), karla)
    assert 1 == entries(town)
    town.hope(other, "citizen", "Et kolonihavehus", "wishes")
    look(town.access, ann(town), karla)
    assert 1 == entries(town)
    town.hope(karla, "citizen", "En hund mere", "wishes")
    look(town.access, ann(town), karla)
    assert 2 == entries(town)
    commands.adopt_ceiling(town.hub, town.actor("lene"), town.partner("jobcentre"), None)
    look(town.access, ann(town), karla)
    assert 3 == entries(town)


def test_a_refusal_is_never_folded_into_another(town: Town, karla: UUID) -> None:
    """Every refused attempt stands in the log, also when the same page is asked for again at once."""
    eva = town.reader("eva").within("one")
    for expected in (1, 2, 3):
        with pytest.raises(AccessDenied):
            look(town.access, eva, karla, "treatment")
        assert expected == entries(town)


def test_other_grants_make_it_a_new_visit(town: Town, karla: UUID) -> None:
    """When a consent has run out in the middle of a visit, the next look is told of as a new one."""
    until = town.clock() + timedelta(minutes=20)
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partner("jobcentre"))
    town.consent(karla, "jobcentre", "wishes", until=until)
    town.hope(karla, "citizen", "En kat", "wishes")
    town.consent(karla, "jobcentre", "contact", "plan")
    town.wired.catch_up()
    look(town.access, ann(town), karla)
    town.later(minutes=25)
    assert town.clock() > until
    look(town.access, ann(town), karla)
    assert 2 == entries(town)


def test_without_a_session_each_reading_leaves_its_line(town: Town, karla: UUID) -> None:
    """On the command line each reading is a visit of its own."""
    for expected in (1, 2):
        look(town.access, town.reader("ann"), karla)
        assert expected == entries(town)


def test_a_list_of_many_is_one_visit_to_each(town: Town, karla: UUID) -> None:
    """The overview of several citizens leaves one entry for each, and none when it is refreshed."""
    citizens = [karla, rich(town), rich(town)]
    reader = town.reader("mette").within("one")
    asks = {one: Ask("coordination", frozenset({1})) for one in citizens}
    for _ in range(2):
        ManyReads(town.hub, reader, citizens, "overview").told(asks)
        assert 3 == entries(town)
    ManyReads(town.hub, town.reader("mette"), citizens, "overview").told(asks)
    assert 6 == entries(town)


def test_the_pages_of_one_login_are_one_visit(town: Town, karla: UUID) -> None:
    """A page that is loaded again in the same browser leaves no second entry; a new login does."""
    site = Site(town)
    mette, url = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    assert 200 == mette.get(url).status_code
    before = entries(town)
    assert 200 == mette.get(url).status_code
    assert before == entries(town)
    assert 200 == site.as_("mette").get(url).status_code
    assert before < entries(town)
    with town.database.connection() as connection:
        stored = connection.execute("SELECT DISTINCT session FROM access_log").fetchall()
    assert mette.session is not None
    assert mette.session.token not in str(stored)
