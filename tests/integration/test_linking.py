"""The one-time code: how an organisation begins with a citizen, and how nobody else finds anybody by it."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Actor
from hub.application import commands
from hub.application.commands import linking
from hub.application.hub import DENIAL, EVEN
from hub.errors import AccessDenied, BadInput, NotPermitted, WrongStatus
from hub.postgres import Database
from hub.vocabulary import Role
from tests import checking
from tests.building import CITIZEN, Town, settle
from tests.cli import Home


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """Four organisations with one person each."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a coordinator, whom neither the jobcentre nor the addiction centre knows."""
    karla = town.enrol()
    town.task(karla, "mette", "coordinator")
    return karla


def a_code(town: Town, citizen: UUID, partner: str = "jobcentre", by: Actor = CITIZEN, days: int = 7) -> str:
    """A code for an organisation."""
    town.later()
    return commands.make_code(town.hub, by, citizen, town.partner(partner), days=days)


def denied(town: Town, code: str, who: str = "ann") -> str:
    """Try a code that must be denied; what is said."""
    with pytest.raises(AccessDenied) as refusal:
        commands.link(town.hub, town.actor(who), code, "employment")
    return str(refusal.value)


def test_a_code_that_the_citizen_hands_over_lets_the_organisation_begin(town: Town, karla: UUID) -> None:
    """Ann was a stranger; with the citizen's code she has a task, may write, and learns whom it is about."""
    with pytest.raises(AccessDenied):
        commands.record_contact(town.hub, town.actor("ann"), karla)

    answer = commands.link(town.hub, town.actor("ann"), a_code(town, karla), "employment")

    assert str(karla) == answer.ids["citizen"]
    commands.record_contact(town.hub, town.actor("ann"), karla)
    (started,) = [o.body for item, o in town.hub.items(karla) if item.event == "citizen.relation_started"]
    assert (town.partner("jobcentre").bytes, town.persons["ann"].bytes, "employment") == (
        started["partner"],
        started["person"],
        started["purpose"],
    )


def test_a_steady_contact_person_can_begin_by_a_code(town: Town, karla: UUID) -> None:
    """An organisation's steady contact person begins with the citizen's code as well."""
    code = a_code(town, karla, "addiction_treatment")

    commands.link(town.hub, town.actor("eva"), code, "treatment", role="contact_person")

    assert [item.event for item, _ in town.hub.items(karla)][-1] == "citizen.contact_person_assigned"


def test_the_citizen_the_coordinator_and_nobody_else_hands_over(town: Town, karla: UUID) -> None:
    """The coordinator hands a code over too; another worker with a task is refused, a stranger is denied."""
    commands.link(town.hub, town.actor("ann"), a_code(town, karla, by=town.actor("mette")), "employment")

    with pytest.raises(NotPermitted):
        a_code(town, karla, "addiction_treatment", by=town.actor("lene"))
    with pytest.raises(NotPermitted):
        a_code(town, karla, "addiction_treatment", by=town.actor("ann"))
    with pytest.raises(AccessDenied, match=re.escape(DENIAL)):
        a_code(town, karla, "addiction_treatment", by=town.actor("eva"))


def test_a_representative_hands_over_within_the_scope(town: Town, karla: UUID) -> None:
    """Somebody who acts for the citizen about contact hands a code over; without that scope they do not."""
    for name, scope in (("bodil", "contact"), ("carl", "plan")):
        town.persons[name] = uuid4()
        town.wired.vault.register_person(town.persons[name], name, None, "værge", f"{name.title()} Test")
        town.later()
        commands.register_representative(
            town.hub, town.actor("lene"), karla, town.persons[name], frozenset({scope})
        )

    assert a_code(town, karla, by=town.actor("bodil"))
    with pytest.raises(NotPermitted):
        a_code(town, karla, by=town.actor("carl"))


def test_every_code_that_does_not_open_is_the_same_denial(town: Town, karla: UUID) -> None:
    """Wrong, used, run out, replaced, another's, of somebody dead or of nobody: one sentence, at the same beat."""
    used = a_code(town, karla)
    commands.link(town.hub, town.actor("ann"), used, "employment")
    other = a_code(town, karla, "addiction_treatment")
    replaced, dead = a_code(town, (second := town.enrol())), town.enrol()
    fresh, of_dead = a_code(town, second), a_code(town, dead)
    commands.record_death(town.hub, town.actor("lene"), dead)
    old = a_code(town, town.enrol(), days=1)
    said, took = [], []
    for code in ("K7RM-4QXD", used, other, replaced, of_dead):
        begun = time.monotonic()
        said.append(denied(town, code))
        took.append(time.monotonic() - begun)
        town.later(hours=2)  # so that nobody has tried too often
    town.later(days=1)
    said.append(denied(town, old))

    assert {DENIAL} == set(said)
    assert all(seconds >= EVEN for seconds in took)
    commands.link(town.hub, town.actor("ann"), fresh, "employment")
    print("control: caught")  # the same hands, with a code that opens, are let in


def test_too_many_tries_are_refused_unheard(town: Town, karla: UUID) -> None:
    """After five tries that came to nothing even the right code is denied to that person, until an hour has passed."""
    code = a_code(town, karla)
    for number in range(linking.PER_PERSON):
        denied(town, f"WRNG-{number + 2:04}")

    assert DENIAL == denied(town, code)
    town.later(hours=1, seconds=1)
    assert commands.link(town.hub, town.actor("ann"), code, "employment").position


def test_an_organisation_has_a_limit_of_its_own(town: Town, karla: UUID) -> None:
    """Many hands do not guess more: after twenty tries at one organisation nobody there is heard; others are."""
    code, theirs = a_code(town, karla), a_code(town, karla, "addiction_treatment")
    for number in range(linking.PER_PARTNER):
        if number % linking.PER_PERSON == 0:
            town.add_person(who := f"ann{number}", "jobcentre")
        denied(town, f"WRNG-{number + 2:04}", who)

    assert DENIAL == denied(town, code)
    commands.link(town.hub, town.actor("eva"), theirs, "treatment")


def test_a_code_opens_once_however_many_come_at_once(town: Town, karla: UUID) -> None:
    """Of four colleagues with the same code at the same moment one begins, and three are denied."""
    code = a_code(town, karla)
    colleagues = ["ann", *(f"ann{number}" for number in range(3))]
    for name in colleagues[1:]:
        town.add_person(name, "jobcentre")

    def begin(name: str) -> bool:
        try:
            return commands.link(town.hub, town.actor(name), code, "employment").position > 0
        except AccessDenied:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert 1 == sum(pool.map(begin, colleagues))
    started = [item for item, _ in town.hub.items(karla) if item.event == "citizen.relation_started"]
    assert 1 == len(started)


def test_a_lost_answer_is_asked_for_again(town: Town, karla: UUID) -> None:
    """The same command sent again is answered the same, although the code is spent; another command is denied."""
    code, again = a_code(town, karla), uuid4()

    first = commands.link(town.hub, town.actor("ann"), code, "employment", command_id=again)

    assert first == commands.link(town.hub, town.actor("ann"), code, "employment", command_id=again)
    assert DENIAL == denied(town, code)


def test_a_code_is_kept_nowhere(town: Town, karla: UUID) -> None:
    """The database holds a keyed digest: neither the code, nor its plain hash, nor anything that tells two alike."""
    code = linking.plain(a_code(town, karla))
    rows = checking.ask(town.database.conninfo, "SELECT digest, l::text FROM link_codes AS l")

    assert [town.wired.vault.lookup("link code", f"{town.partner('jobcentre').hex}{code}")] == [
        bytes(digest) for digest, _ in rows
    ]
    assert not any(code in row or code.encode().hex() in row for _, row in rows)


def test_a_code_is_read_however_it_was_written_down(town: Town, karla: UUID) -> None:
    """Small letters, spaces and dashes are the same code; nothing in it is mistaken when read aloud."""
    code = a_code(town, karla)

    assert not set("IL1O0") & set(code)
    commands.link(town.hub, town.actor("ann"), f" {code.lower().replace('-', ' - ')}\n", "employment")


def test_nobody_makes_a_code_for_the_dead_or_uses_one_without_an_employer(town: Town, karla: UUID) -> None:
    """Nothing begins with somebody dead; a code is for staff, and for a purpose that there is."""
    code = a_code(town, karla)
    with pytest.raises(NotPermitted):
        commands.link(town.hub, CITIZEN, code, "employment")
    with pytest.raises(NotPermitted):
        commands.link(
            town.hub, Actor(Role.PARTNER, town.partner("jobcentre"), sector=None), code, "employment"
        )
    with pytest.raises((BadInput, NotPermitted)):
        commands.link(town.hub, town.actor("ann"), code, "sanction")
    commands.record_death(town.hub, town.actor("lene"), karla)
    with pytest.raises(WrongStatus):
        a_code(town, karla)


def test_on_the_command_line(town: Town, karla: UUID, database: Database, tmp_path: Path) -> None:
    """The citizen is told the code once; Ann begins with it; a wrong one is answered like everything denied."""
    home = Home(tmp_path, database.conninfo)
    home.settings["HUB_LINK_CODE_DAYS"] = "3"

    told = home.ok("citizen", "code", str(karla), "jobcentre", "--as", "citizen")
    (code,) = re.findall(r"Koden er ([A-Z2-9]{4}-[A-Z2-9]{4})$", told.out, re.MULTILINE)
    wrong = home.process("citizen", "link", "K7RM-4QXD", "--purpose", "employment", "--as", "ann")
    rehearsed = home.hub("preview", "citizen", "link", code, "--purpose", "employment", "--as", "ann")
    begun = home.ok("citizen", "link", "-", "--purpose", "employment", "--as", "ann", stdin=f"{code}\n")
    stranger = home.process("timeline", str(uuid4()), "--as", "ann", "--purpose", "employment")

    assert (4, "") == (wrong.code, wrong.out)
    assert [line for line in stranger.err.splitlines() if not line.startswith("{")] == [
        line for line in wrong.err.splitlines() if not line.startswith("{")
    ]
    assert 2 == rehearsed.code
    assert str(karla) == begun.ids["citizen"]
    assert "a code was refused" in wrong.err
    assert str(karla) not in wrong.err
