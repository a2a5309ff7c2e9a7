"""Whatever is written, and whatever goes wrong in the middle: nothing runs, nothing breaks, and nothing gets out."""

import io
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import structlog

from hub.aggregates import Text
from hub.application import commands
from hub.application.access import Access
from hub.application.hub import Hub
from hub.embedded import EmbeddedServer
from hub.logs import configure
from hub.postgres import Database
from hub.vault import Vault
from hub.web.gates import COOKIE
from hub.web.serving import listen, serve
from tests.browsing import Client, Site
from tests.building import Town, rich, settle
from tests.crawling import Form, crawl, forms_of
from tests.routing import WORDS, Values, table

SCRIPT: Final = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
BACKWARDS: Final = "Aftale \u202eetsiv\u202d \u2066\u0000\ufeff\U000e0041 slut"
MEGABYTE: Final = "a" * 1_000_000
CANARY: Final = "Kanariefuglen-synger-0101801234"
NOT_THESE: Final = ("/logud", "/sprog", "/mit/ud", "/login/igen")


@pytest.fixture(scope="module")
def town(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with a citizen on whom others see something, and who meets with them."""
    return settle(lasting_database, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def karla(town: Town) -> UUID:
    """The citizen."""
    citizen = rich(town)
    town.later()
    words = Text.of("Hvem gør hvad", "wishes")
    commands.convene(
        town.hub, town.actor("mette"), citizen, kind="network", starts=town.later(days=2), purpose=words
    )
    town.wired.catch_up()
    return citizen


@pytest.fixture(scope="module")
def site(town: Town) -> Site:
    """The pages."""
    return Site(town)


@pytest.fixture(scope="module")
def forms(site: Site, karla: UUID) -> list[tuple[Client, Form]]:
    """Every form that posts, each with somebody who is shown it."""
    found: dict[str, tuple[Client, Form]] = {}
    for who, start in (("mette", "/"), ("lene", "/"), (karla, "/mit")):
        browser = site.as_(who)
        for form in forms_of(browser, start):
            if not form.action.startswith(NOT_THESE):
                found.setdefault(form.name, (browser, form))
    return list(found.values())


def send(browser: Client, form: Form, words: str) -> httpx.Response:
    """Send a form with these words wherever something can be written."""
    fields = {key: value for key, value in form.filled(words).items() if key not in {"csrf", "command_id"}}
    return browser.post(form.action, **fields)


def test_a_script_is_shown_as_it_was_written(
    forms: list[tuple[Client, Form]], site: Site, karla: UUID
) -> None:
    """A script in any field of any form is text: on the answer, and on every page afterwards, for everybody."""
    written = 0
    for browser, form in forms:
        if not form.typed:
            continue
        site.town.later()
        answer = send(browser, form, SCRIPT)
        written += answer.status_code == 303
        assert answer.status_code < 500, form.name
        assert "<script>alert" not in answer.text, form.name
        assert "<img src=x" not in answer.text, form.name
    site.town.wired.catch_up()
    seen = 0
    for who, start in (("mette", "/"), ("lene", "/"), (karla, "/mit")):
        for address, text, _ in crawl(site.as_(who), start):
            seen += "&lt;script&gt;alert(1)" in text
            assert "<script>alert" not in text, address
            assert "<img src=x" not in text, address
    assert len(forms) > 25
    assert written, "No form was taken: nothing was tried on the pages afterwards."
    assert seen, "What was written is on no page: nothing was tried there."


def test_marks_that_turn_the_writing_break_nothing(forms: list[tuple[Client, Form]], site: Site) -> None:
    """Marks that turn the direction of writing, and characters that nobody sees, break no form and no page."""
    for browser, form in forms:
        if form.typed:
            site.town.later()
            assert send(browser, form, BACKWARDS).status_code < 500, form.name


def test_a_megabyte_is_refused_where_it_was_written(forms: list[tuple[Client, Form]], site: Site) -> None:
    """A megabyte in any field is too much, is said to be, and nothing is recorded."""
    before = site.town.hub.log.head()[0]
    tried = 0
    for browser, form in forms:
        if form.typed:
            answer = send(browser, form, MEGABYTE)
            tried += 1
            assert answer.status_code in {200, 303, 404, 409, 413, 422}, (form.name, answer.status_code)
    assert tried > 15
    browser, form = next((browser, form) for browser, form in forms if form.typed)
    assert 413 == send(browser, form, MEGABYTE * 5).status_code
    assert before == site.town.hub.log.head()[0]


# In the middle.


def broken(*_: Any, **__: Any) -> Any:
    """What every reading and writing does now."""
    raise RuntimeError(CANARY)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that reads or records raises, with something personal in its words."""
    for name, value in vars(Access).items():
        if callable(value) and not name.startswith("_") and name != "turned_away":
            monkeypatch.setattr(Access, name, broken)
    monkeypatch.setattr(Hub, "do", broken)
    monkeypatch.setattr(Hub, "state", broken)
    monkeypatch.setattr(Vault, "identities", broken)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the hub logs."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure(json=True, stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def postgres_log(server: EmbeddedServer) -> str:
    """All that PostgreSQL has logged."""
    found = [
        path for path in server.folder.rglob("*log*") if path.is_file() and path.stat().st_size < 50_000_000
    ]
    assert found
    return "".join(path.read_text(encoding="utf-8", errors="replace") for path in found)


def test_what_breaks_in_the_middle_tells_nothing(
    forms: list[tuple[Client, Form]],
    site: Site,
    karla: UUID,
    breaking: None,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    server: EmbeddedServer,
) -> None:
    """Every route whose work breaks says only that it did, with a number; the words are in no answer and no log."""
    statuses: dict[int, int] = {}
    for line in table(site.app._app):
        if line.open or line.method != "GET":
            continue
        who: Any = karla if line.ones_own else "mette"
        path = line.path.format_map(
            Values(
                {
                    "ref": site.ref("mette", karla),
                    "citizen": site.ref("mette", karla),
                    **WORDS.get(line.path, {}),
                }
            )
        )
        answer = site.as_(who).get(path)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert CANARY not in answer.text, str(line)
        assert "Traceback" not in answer.text, str(line)
    for browser, form in forms:
        answer = send(browser, form, "Noget, som kun står her")
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert CANARY not in answer.text, form.name
    captured = capfd.readouterr()

    assert statuses[500] > 30, statuses
    assert logged.getvalue().count("a page failed unexpectedly") > 20
    for output in (logged.getvalue(), captured.out, captured.err, postgres_log(server)):
        assert CANARY not in output
        assert "Noget, som kun står her" not in output
        assert "Karla" not in output


def test_a_server_that_breaks_in_the_middle_writes_nothing_personal(
    site: Site,
    town: Town,
    karla: UUID,
    breaking: None,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Served as it is in production, a page that breaks leaves no name and no words on the server's own output."""
    listening, stop = listen("127.0.0.1", 0), threading.Event()
    port = listening.getsockname()[1]
    options = {"loopback": True, "secure": False, "stop": stop}
    thread = threading.Thread(target=serve, args=(town.wired, listening), kwargs=options, daemon=True)
    thread.start()
    session = site.sessions.begin("staff", person=town.persons["mette"])
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", cookies={COOKIE: session.token}, trust_env=False
    ) as http:
        for _ in range(100):
            try:
                http.get("/login")
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        answers = [http.get(f"/borger/{site.ref('mette', karla)}"), http.get("/")]
        answers.append(http.post("/soeg", data={"csrf": session.csrf, "navn": "Karla Prøve"}))
    stop.set()
    thread.join(15)
    captured = capfd.readouterr()

    assert 500 in {answer.status_code for answer in answers}
    outputs = [*(answer.text for answer in answers), logged.getvalue(), captured.out, captured.err]
    assert not any(CANARY in output for output in outputs)
    assert not any("Karla" in output for output in outputs[-3:])


def test_words_that_leak_into_a_log_are_found(logged: io.StringIO) -> None:
    """The same look at the log finds words that a careless line would write."""
    print(CANARY, file=logged)

    assert CANARY in logged.getvalue()
    print("control: caught")
