"""Nothing is answered that could not be logged: with INSERT on the access log revoked every route answers 503.

The routes are those that the application has, whatever they are; a page that is added is called here from then on.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from hub.postgres import Database
from hub.web.gates import TELLS_NOTHING
from tests.browsing import Client, Site
from tests.building import Town, build, rich, settle
from tests.integration.test_access import as_role

PUBLIC: Final = TELLS_NOTHING | {"/vaelg", "/static/{digest}/{name:path}"}
"""What tells of nobody, logged in or not: the door, the language, the way out, and our own files."""
WORDS: Final = ("Karla", "Prøve", "Håb nummer", "social_psychiatry", "jobcentre")
"""What no answer may hold that was not logged."""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen of whom three organisations know something."""
    citizen = rich(town)
    town.wired.catch_up()
    return citizen


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Method and address of every route that there is, also of what is mounted or included."""
    while not hasattr(app, "routes"):
        app = app._app
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in sorted(route.methods))
        elif isinstance(route, Mount):
            yield from ((method, f"{route.path}{path}") for method, path in routes(route.app))
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from routes(included)


def asked(client: Client, method: str, path: str, ref: str) -> httpx.Response:
    """Call a route, the citizen's reference where it takes one, and made-up ones elsewhere."""
    address = re.sub(r"\{(?:ref|citizen|citizen_ref)(?::\w+)?\}", ref, path)
    address = re.sub(r"\{[^}]*\}", str(uuid4()), address)
    if method == "POST":
        headers = {"x-csrf-token": client.session.csrf} if client.session else {}
        client.headers.update(headers)
        return client.post(address)
    return client.request(method, address)


def everybody(site: Site, karla: UUID) -> list[tuple[str, Client, str]]:
    """Those who are logged in, and what each calls the citizen."""
    staff = [(slug, site.as_(slug), site.ref(slug, karla)) for slug in ("mette", "lene", "ann", "eva")]
    return [*staff, ("citizen", site.as_(karla), "me")]


def test_what_cannot_be_logged_is_not_answered_on_any_route(
    town: Town, karla: UUID, database: Database, tmp_path: Path
) -> None:
    """With INSERT on the access log revoked every route answers 503 to everybody, and tells nothing of anybody."""
    open_site = Site(town)
    every = [route for route in routes(open_site.app) if route[1] not in PUBLIC]
    assert len(every) >= 4, every
    shown = [
        path
        for _, client, ref in everybody(open_site, karla)
        for method, path in every
        if method == "GET"
        and (answer := asked(client, method, path, ref)).status_code == 200
        and any(word in answer.text for word in WORDS)
    ]
    assert shown, "no route shows anything of a citizen, so the rest of this test finds nothing"
    print("control: caught")
    before = logged(database)

    with as_role(database, f"web_{tmp_path.name}") as restricted:
        role = f'"{restricted.parameters["user"]}"'
        with database.connection() as connection:
            # The pages make their own tables at the start: as the tables' owner, which the role is no more after that.
            owner = connection.execute("SELECT quote_ident(current_user)").fetchone()
            assert owner is not None
            connection.execute(f"GRANT {owner[0]} TO {role}")
            mute = Site(build(restricted, tmp_path, clock=town.clock))
            connection.execute(f"REVOKE {owner[0]} FROM {role}")
        mute.town.partners, mute.town.persons = town.partners, town.persons
        for who, client, ref in everybody(mute, karla):
            for method, path in every:
                answer = asked(client, method, path, ref)
                assert 503 == answer.status_code, (who, method, path, answer.status_code)
                assert not [word for word in WORDS if word in answer.text], (who, method, path)
        for path in ("/login", "/vaelg"):
            assert not [word for word in WORDS if word in mute.as_(None).get(path).text], path
    assert before == logged(database)


def logged(database: Database) -> int:
    """How many entries the access log has."""
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM access_log").fetchone()
    assert row is not None
    return int(row[0])


def test_a_page_that_fails_to_be_logged_later_is_not_answered_either(
    town: Town, karla: UUID, database: Database
) -> None:
    """A log that may be written, and cannot (a full disk, a broken rule), answers 503 all the same."""
    site = Site(town)
    mette, url = site.as_("mette"), f"/borger/{site.ref('mette', karla)}"
    assert "Håb nummer" in mette.get(url).text
    town.later(minutes=31)
    mette = site.as_("mette")
    with database.connection() as connection:
        connection.execute("ALTER TABLE access_log ADD CONSTRAINT never CHECK (false) NOT VALID")
    answer = mette.get(url)
    assert answer.status_code == 503
    assert not [word for word in WORDS if word in answer.text]
