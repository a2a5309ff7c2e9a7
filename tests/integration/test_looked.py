"""Who has looked, as the citizen reads it: whole sentences, in both languages, and no employee's name unasked."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

import hub
from hub.desk.desk import Desk, Organisations
from hub.desk.looked import FETCHED, IN_ORDER_TO, SEEN, WHY_REFUSED, Looked, looked
from hub.errors import AccessDenied
from hub.postgres import Database
from hub.texts import PURPOSES, SURFACES, speak
from tests.building import Town, rich, settle


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen on whom the jobcentre sees something."""
    citizen = rich(town)
    town.wired.catch_up()
    return citizen


@pytest.fixture(params=["da", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Danish and English."""
    speak(request.param)
    yield request.param
    speak(None)


def told(town: Town, citizen: UUID, *, names: bool = False, own: bool = False) -> list[Looked]:
    """What the citizen is shown, newest first."""
    wired = town.wired
    desk = Desk(wired.hub, wired.access, wired.overview, wired.due, Organisations(wired.hub), demo=False)
    looks = town.access.who_looked(town.themself, citizen, own=own)
    return looked(desk, looks, name_employees=names)


def test_the_citizen_reads_whole_sentences(town: Town, karla: UUID, language: str) -> None:
    """A look says who, where from, at what and what for, as one would say it aloud."""
    town.access.timeline(town.reader("ann"), karla, "employment")
    town.access.page(town.reader("mette"), karla, "coordination")
    first, second = reversed(told(town, karla))
    assert first.text == {
        "da": "Worker hos jobcentre så din tidslinje for at hjælpe dig med arbejde eller uddannelse.",
        "en": "Worker at jobcentre saw your timeline in order to help you with work or education.",
    }[language]  # fmt: skip
    assert second.text == {
        "da": "Worker hos social_psychiatry så din side for at koordinere.",
        "en": "Worker at social_psychiatry saw your page in order to coordinate.",
    }[language]  # fmt: skip


def test_employees_are_named_only_where_it_is_decided_so(town: Town, karla: UUID) -> None:
    """Without the policy no name of an employee is told; with it, it stands before the function."""
    town.access.timeline(town.reader("ann"), karla, "employment")
    (silent,), (spoken,) = told(town, karla), told(town, karla, names=True)
    assert "Ann" not in str(silent)
    assert spoken.text.startswith("Ann Prøve, worker hos jobcentre, så din tidslinje")


def test_a_refused_attempt_is_told_with_why(town: Town, karla: UUID, language: str) -> None:
    """The citizen reads that somebody tried and was refused, and in a sentence why."""
    with pytest.raises(AccessDenied):
        town.access.timeline(town.reader("eva"), karla, "treatment")
    (one,) = told(town, karla)
    assert one.refused
    assert one.text == {
        "da": "Worker hos addiction_treatment ville se din tidslinje for at behandle dig og blev afvist.",
        "en": "Worker at addiction_treatment wanted to see your timeline in order to treat you and was refused.",
    }[language]  # fmt: skip
    assert one.why == {
        "da": "De havde ikke en opgave hos dig.",
        "en": "They had no task with you.",
    }[language]  # fmt: skip


def test_a_stranger_who_would_write_is_told_of(town: Town, karla: UUID) -> None:
    """Somebody who tried to write without a task, and somebody on a page for others, are told of in words."""
    for reason in ("stranger", "not_this_role"):
        with suppress(AccessDenied):
            town.access.turned_away(town.reader("eva"), "page", reason, citizen=karla)
    theirs, strange = told(town, karla)
    assert ["Det er ikke til dem.", "De havde ikke en opgave hos dig."] == [theirs.why, strange.why]
    assert "blev afvist" in theirs.text


def test_the_citizens_own_reading_is_theirs_to_leave_out(town: Town, karla: UUID) -> None:
    """The citizen's own looks stand in the log too, and are marked, so that a page can put them aside."""
    town.access.timeline(town.themself, karla, None)
    assert [] == told(town, karla)
    assert any(one.yours and one.text == "Du så din tidslinje." for one in told(town, karla, own=True))


def test_the_log_comes_in_pages(town: Town, karla: UUID) -> None:
    """Asked again from where a page ended, the log goes on without a gap or a repetition."""
    for _ in range(5):
        town.access.timeline(town.reader("ann"), karla, "employment")
    whole = town.access.who_looked(town.themself, karla, own=False)
    first = town.access.who_looked(town.themself, karla, 2, own=False)
    rest = town.access.who_looked(town.themself, karla, before=first[-1].id, own=False)
    assert whole == [*first, *rest]
    assert 5 == len(whole)


def test_every_surface_and_purpose_has_words_of_its_own() -> None:
    """Nothing in the log is told in the code's own names, in either language."""
    assert set(SURFACES) <= set(SEEN), set(SURFACES) - set(SEEN)
    assert set(PURPOSES) == set(IN_ORDER_TO)
    assert FETCHED <= set(SEEN)
    for danish, english in (*SEEN.values(), *IN_ORDER_TO.values(), *WHY_REFUSED.values()):
        assert danish != english
        assert not re.search(r"_|FHIR|API", f"{danish}{english}".replace("{partner}", ""))


def test_every_surface_that_the_code_names_has_words() -> None:
    """A new page that reads a citizen gives its surface words in which the citizen is told of it."""
    written = "".join(path.read_text(encoding="utf-8") for path in Path(hub.__path__[0]).rglob("*.py"))
    named = set(re.findall(r"\bsurface(?:: \w+)?=\"([a-z_]+)\"", written))
    named |= set(re.findall(r"turned_away\(\s*[\w.]+, \"([a-z_]+)\"", written))
    named |= set(re.findall(r"check_may_write\(\s*\w+, \"([a-z_]+)\"", written))
    named |= set(re.findall(r"^_?SURFACE: Final = \"([a-z_]+)\"", written, re.MULTILINE))
    named |= set(re.findall(r"(?:_visit|_begun|Visit)\([^)]*?, \"([a-z_]+)\"", written))
    reads = r"access\.(?:happenings|known|events_at|told_at)\([^)]*\"([a-z_]+)\"\s*,?\s*\)"
    named |= set(re.findall(reads, written))
    assert {"timeline", "page", "view", "export"} <= named, "the patterns find nothing any more"
    assert named <= set(SEEN), sorted(named - set(SEEN))
