"""Every page of the hub, found as people find it: by following the links from where each begins."""

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from playwright.sync_api import Page

from hub.web.pages import ROUTERS
from tests.browser.windows import Window

AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
SCREENS: Final = Path(".cache/screens")
"""Where pictures of the pages are kept; never committed."""
_UNFOLD: Final = "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
_LINKS: Final = "() => [...document.querySelectorAll('a[href^=\"/\"]')].map(one => one.getAttribute('href'))"
_CHECK: Final = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations'], preload: false});
  const said = one => one.nodes.slice(0, 3).map(node => node.html.slice(0, 140)).join(' | ');
  return found.violations.map(one => `${one.id}: ${said(one)}`);
}"""
_WIDER: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page as it stands; all its rules, none left out."""
    if not page.evaluate("() => typeof axe === 'object'"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_CHECK)
    return found


def unfolded(page: Page) -> None:
    """Everything that is folded away is open."""
    page.evaluate(_UNFOLD)


def too_wide(page: Page) -> int:
    """By how many pixels a page must be scrolled sideways."""
    found: int = page.evaluate(_WIDER)
    return found


def routes() -> list[tuple[str, re.Pattern[str]]]:
    """The addresses of pages: as they are written in the application, and what fits them."""
    return [
        (route.path, route.path_regex)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]


def route_of(path: str) -> str | None:
    """Which route answers an address; the first that fits."""
    return next((name for name, pattern in routes() if pattern.match(urlsplit(path).path)), None)


def walk(
    window: Window, begin: list[str], each: Callable[[str, str], Any], taken: dict[str, int], most: int = 1
) -> None:
    """Follow all links from some addresses, `most` times for each route, counting on in `taken`.

    Where somebody begins is looked at whoever was there before; `each` is called with the route and the address.
    """
    waiting, seen = list(begin), set(begin)
    while waiting:
        address = waiting.pop(0)
        route = route_of(address)
        if route is None or (taken.get(route, 0) >= most and address not in begin):
            continue
        answer = window.page.goto(window.home.url + address)
        came = route_of(urlsplit(window.page.url).path)  # one of several leads on by itself
        if answer is None or answer.status != 200 or came is None:
            continue
        for one in {route, came}:
            taken[one] = taken.get(one, 0) + 1
        fresh = [one.split("#")[0] for one in window.page.evaluate(_LINKS)]
        waiting += [one for one in dict.fromkeys(fresh) if one not in seen and not one.startswith("/static/")]
        seen.update(fresh)
        each(came, address)


def pictured(page: Page, who: str, route: str, size: str) -> None:
    """Keep a picture of a page in .cache/screens, where SCREENS is set (make screens)."""
    if not os.environ.get("SCREENS"):
        return
    name = re.sub("[^a-zæøå0-9]+", "-", route.lower()).strip("-") or "front"
    SCREENS.joinpath(size).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / size / f"{name}.{who}.png", full_page=True)
