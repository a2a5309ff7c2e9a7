"""Partner A hunts for what it may not know, on a running hub: nothing is found, and what is planted is."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.responses import HTMLResponse

from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.web.place import Place
from tests import kafka
from tests.leaks import (
    on_admin,
    on_command_line,
    on_domain,
    on_explaining,
    on_groups,
    on_inbox,
    on_own,
    on_time,
    on_topics,
    on_web,
    on_web_api,
)
from tests.leaks.hunting import (
    ALL,
    BEGIN,
    DOCUMENT,
    GROUPS,
    METHODS,
    TRIES,
    Method,
    Result,
    document,
    finds,
    hunt,
)
from tests.leaks.scene import Scene, scene

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ENTERED = (
    on_topics,
    on_groups,
    on_admin,
    on_own,
    on_inbox,
    on_command_line,
    on_domain,
    on_explaining,
    on_time,
    on_web,
    on_web_api,
)
FEWEST = 40


@pytest.fixture
def there(database: Database, cluster: Cluster, tmp_path: Path) -> Iterator[Scene]:
    """The hub with all its processes at work, and everything that is hidden in it."""
    with scene(database, tmp_path, cluster) as found:
        yield found


def of(*groups: str) -> list[Method]:
    """The methods of some groups."""
    return [each for each in METHODS if each.group in groups]


@contextmanager
def granted(there: Scene) -> Iterator[None]:
    """One permit more, given by hand: A may read B's topic."""
    with Admin(there.cluster) as admin:
        standing = frozenset(permit for permit, allows in admin.permits() if allows)
        wrong = next(
            each
            for each in standing
            if each.name == there.topic("addiction_treatment") and each.may == "READ"
        )
        ours = frozenset(each for each in standing if admin.partner_of(each.user) is not None)
        admin.bring_permits(ours | {wrong._replace(user=str(there.own.user))})
        try:
            yield
        finally:
            admin.bring_permits(ours)


def control(what: str, found: list[str]) -> None:
    """A planted leak must be found."""
    assert found, f"control: {what} was not found, so the hunt proves nothing"
    print(f"control: caught ({what}: {len(found)} finds)")


def caught_permit(there: Scene) -> None:
    """A permit by hand is found by reading (both libraries and the protocol itself) and by asking."""
    with granted(there):
        found = finds(hunt(there, of("topics"), 3))
    control("a permit on B's topic", found)
    for words in (
        "Fetch another partner's topic from",
        "(kafka-python)",
        "(librdkafka)",
        "Ask for the beginning",
    ):
        assert any(words in each for each in found), words
    assert any("the words of others" in each for each in found), "and what it holds is recognised"


def caught_words(there: Scene) -> None:
    """A hidden word in a header of A's own topic, as a fault of the relay would leave it, is found."""
    word = there.markers["the words of others"]
    beside = dataclasses.replace(there, reads={}, markers={"planted": word})
    with kafka.consumer(there.cluster, there.topic()) as reading:
        (last, *_) = reversed(kafka.drained(reading))
    planted = [last._replace(headers=[*last.headers, ("trace", word)])]
    beside.reads |= dict.fromkeys(range(TRIES), planted)
    by_name = {"Look at the headers"}
    control("a word in a header", finds(hunt(beside, [each for each in METHODS if each.name in by_name])))


def caught_text(there: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error text that differs for a citizen who is there is found."""
    plain = on_command_line.ann

    def telling(where: Scene, *words: str) -> tuple[int, str, str]:
        code, out, err = plain(where, *words)
        there_is = any(str(each) in words for each in where.citizens.values())
        return code, out, err + ("!" if there_is else "")

    with monkeypatch.context() as patched:
        patched.setattr(on_command_line, "ann", telling)
        found = finds(hunt(there, of("cli")[:1], 2))
    control("one letter in an error text", found)


def caught_page(there: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that has one letter more for a citizen who is there is found."""
    plain = Place.page

    def telling(place: Place, template: str, **context: Any) -> HTMLResponse:
        page = plain(place, template, **context)
        known = place.hub.vault.citizen_of(there.a, UUID(place.request.path_params["ref"])) is not None
        return HTMLResponse(bytes(page.body) + b"!" * known, page.status_code)

    with monkeypatch.context() as patched:
        patched.setattr(Place, "page", telling)
        found = finds(hunt(there, of("web")[:1], 2))
    control("one letter on a page", found)


def caught_time(there: Scene) -> None:
    """One millisecond more is found, and nothing is found where nothing is planted."""
    found = on_time.planted(there, on_time.timeline, on_time.PLANTED)
    control("one millisecond", ["slower"] if found else [])
    assert not on_time.planted(there, on_time.timeline, 0.0), "control: two that are alike are told apart"


def test_a_partner_finds_nothing_that_it_may_not_know(there: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """No method finds anything in any way it has; a planted permit, word, letter and millisecond are found."""
    caught_permit(there)
    caught_words(there)
    caught_text(there, monkeypatch)
    caught_page(there, monkeypatch)
    caught_time(there)

    results = hunt(there)

    tell(results)
    if ALL:  # `make leaks` writes the table anew
        DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8"), results), encoding="utf-8")
    assert len(results) == len(METHODS) >= FEWEST
    assert all(each.tries == (TRIES if ALL else each.method.ways) for each in results)
    assert [] == finds(results)
    text = DOCUMENT.read_text(encoding="utf-8")
    assert document(text, results) == text, "docs/leak-hunt.md is behind: run make leaks"


def tell(results: list[Result]) -> None:
    """The figures of this run."""
    found = finds(results)
    tries = sum(each.tries for each in results)
    print(f"\n{len(results)} methods, {tries} tries, {len(found)} finds")
    for line in (*on_time.SAID, *found):
        print(f"  {line}")


def test_every_method_is_entered_once_and_described() -> None:
    """The table of docs/leak-hunt.md lists exactly the methods that the hunt tries, in their order."""
    _, _, tables = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    rows = [line.split(" | ")[0].removeprefix("| ") for line in tables.splitlines() if line.startswith("| ")]
    ours = [each.name for group in GROUPS for each in of(group)]
    assert [row for row in rows if row != "method"] == ours
    assert len(set(ours)) == len(ours)
    assert all(module.__doc__ for module in ENTERED)
