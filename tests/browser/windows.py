"""A real browser on the hub: Debian's Chromium, the application served on loopback, and windows that watch over both.

with serving(town) as home, browsing() as browser:
    window = Window(browser, home, home.session("mette"))
    window.open("/")
    window.press("Svar")
    window.closed()                        # no console error, nothing off the host
"""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Browser, Locator, Page, Request, Response, sync_playwright

from hub.web.gates import COOKIE
from hub.web.guard import LANGUAGE
from hub.web.serving import listen, serve
from hub.web.sessions import Session, Sessions
from tests.building import Town

CHROMIUM: Final = shutil.which("chromium")
"""Debian's own."""
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1280, "height": 900}
_SOON: Final = 8_000
"""Milliseconds that anything on a page may take."""
_ENDS: Final = 15.0
"""Seconds that the server may take to stop."""
_EXPECTED: Final = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What Chromium says of each page that refuses; the walk asks for those itself."""


class Home:
    """The application on a town, served on loopback."""

    def __init__(self, town: Town, port: int) -> None:
        self.town = town
        self.url = f"http://127.0.0.1:{port}"
        self.sessions = Sessions(town.database, town.clock)

    def session(self, who: str | UUID) -> Session:
        """Log somebody in: a person by short name, a citizen by id."""
        if isinstance(who, UUID):
            return self.sessions.begin("citizen", citizen=who)
        return self.sessions.begin("staff", person=self.town.persons[who])

    def ref(self, slug: str, citizen: UUID) -> str:
        """What a citizen is called in the addresses of a person's organisation."""
        partner = self.town.wired.vault.person(slug).partner
        assert partner is not None
        return str(self.town.wired.vault.references(partner, [citizen])[citizen])


@contextmanager
def serving(town: Town) -> Iterator[Home]:
    """Serve the pages on a free port of this machine."""
    stop, listening = threading.Event(), listen("127.0.0.1", 0)
    options = {"loopback": True, "secure": False, "stop": stop}
    thread = threading.Thread(target=serve, args=(town.wired, listening), kwargs=options, daemon=True)
    thread.start()
    try:
        yield Home(town, listening.getsockname()[1])
    finally:
        stop.set()
        thread.join(_ENDS)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Chromium without a screen."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One person's browser window. What goes wrong in it is kept, and `closed` tells."""

    def __init__(
        self,
        browser: Browser,
        home: Home,
        session: Session | None,
        *,
        size: dict[str, int] | None = None,
        language: str = "da",
        scripts: bool = True,
        **options: Any,
    ) -> None:
        self.home, self.town, self.session = home, home.town, session
        chosen: Any = {"viewport": size or DESKTOP, "java_script_enabled": scripts, **options}
        self.context = browser.new_context(locale="da-DK", **chosen)
        self.context.set_default_timeout(_SOON)
        cookies = {LANGUAGE: language} | ({} if session is None else {COOKIE: session.token})
        self.context.add_cookies([{"name": k, "value": v, "url": home.url} for k, v in cookies.items()])
        self.troubles: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on(
            "requestfailed", lambda asked: self.troubles.append(f"failed: {urlsplit(asked.url).path}")
        )

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not _EXPECTED.match(text):
            self.troubles.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.home.url + "/", "data:")):
            self.troubles.append(f"off the host: {request.url}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        self.context.close()
        if failed is None:
            assert not self.troubles, self.troubles

    # What a person does.

    def open(self, path: str) -> Response:
        """Write an address."""
        self._time_passes()
        answer = self.page.goto(self.home.url + path)
        assert answer is not None
        return answer

    def press(self, name: str, *, exact: bool = True) -> None:
        """Press a button or a link, and wait for the page it leads to."""
        self._time_passes()
        said = _spoken(name, whole=exact)
        button = self.page.get_by_role("button", name=said)
        link = self.page.get_by_role("main").get_by_role("link", name=said)
        with self.page.expect_navigation():
            button.or_(link).first.click()

    def send(self) -> None:
        """Press the one button of the page's first form that has something chosen in it."""
        self._time_passes()
        form = self.page.locator("main form:has(:checked)").first
        with self.page.expect_navigation():
            form.locator("button").last.click()

    def follow_menu(self, name: str) -> None:
        """Choose from the menu, wherever this width has it."""
        self._time_passes()
        wide = self.page.viewport_size is not None and self.page.viewport_size["width"] > PHONE["width"]
        with self.page.expect_navigation():
            self.page.locator(".hub-nav" if wide else "#menu").get_by_role(
                "link", name=name, exact=True
            ).click()

    def card(self, name: str) -> Locator:
        """What waits with somebody."""
        return self.page.locator(".hub-card", has_text=name).first

    def write(self, label: str, text: str) -> None:
        """Write into a field."""
        self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        """The field with a label; "(frivilligt)" goes without saying."""
        return self.page.get_by_label(
            re.compile(rf"^\s*{re.escape(label)}\s*(\((frivilligt|optional)\))?\s*$")
        ).first

    def tick(self, label: str, within: str | None = None) -> None:
        """Choose one, or one more."""
        where: Any = self.page if within is None else self.page.get_by_role("group", name=within)
        where.get_by_label(label, exact=True).first.check()

    def unfold(self, name: str) -> None:
        """Unfold what is folded away."""
        self.page.locator("summary", has_text=name).first.click()

    @property
    def text(self) -> str:
        """What stands on the page."""
        return self.page.locator("main").inner_text()

    def label_of(self, selector: str) -> str:
        """What the first such control is called."""
        said: str = self.page.locator(selector).first.evaluate(
            "one => (one.labels && one.labels.length ? one.labels[0] : one).textContent"
        )
        return " ".join(said.split())

    def entries(self) -> list[str]:
        """What has happened, as the timeline on the page has it."""
        return self.page.locator(".hub-timeline .hub-entry-what > :first-child").all_inner_texts()

    @property
    def heading(self) -> str:
        """The page's h1."""
        return self.page.locator("h1").inner_text()

    def _time_passes(self) -> None:
        self.town.later()
        self.town.wired.catch_up()


def _spoken(name: str, *, whole: bool) -> re.Pattern[str]:
    """A name as a screen reader says it: what only it hears may stand after a space."""
    words = re.sub(r"([,:])", r"\\s*\1", re.escape(name))
    return re.compile(rf"^\s*{words}\s*$" if whole else words)


def focus_is_visible(page: Page) -> bool:
    """Whether what has the focus shows it: an outline at least two pixels wide, or the browser's own on a caret."""
    return bool(
        page.evaluate(
            """() => {
              const one = document.activeElement;
              if (!one || one === document.body) return false;
              const style = getComputedStyle(one);
              return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            }"""
        )
    )


def tab_to(page: Page, name: str, *, most: int = 80) -> None:
    """Go with Tab alone until a control with this name has the focus; each on the way must show that it has."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
              const one = document.activeElement;
              const label = one.labels && one.labels.length ? one.labels[0].textContent : one.textContent;
              return (one.getAttribute('aria-label') || label || '').replace(/\\s+/g, ' ').trim();
            }"""
        )
        assert focus_is_visible(page), f"the focus does not show on: {found}"
        if found == name or found.startswith((name + " (", name + ":", name + ",")):
            return
    raise AssertionError(f"Tab never came to: {name}")
