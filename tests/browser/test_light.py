"""What a page costs to fetch, and that it can be read as each reads: enlarged, in forced colours, without motion."""

from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from tests.browser.filled import Filled
from tests.browser.looking import too_wide
from tests.browser.windows import PHONE, Home, Window

MOST: Final = 200_000
"""Bytes that a first visit may fetch, compressed, scripts and fonts included (SCREENS.md)."""
_STILL: Final = """() => [...document.querySelectorAll('*')].every(one => {
  const style = getComputedStyle(one);
  return style.animationName === 'none' && parseFloat(style.transitionDuration) === 0;
})"""


def fetched(window: Window, address: str) -> dict[str, int]:
    """What a page fetches with nothing kept from before: each address with its bytes on the wire, headers included."""
    wire = window.context.new_cdp_session(window.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    named: dict[str, str] = {}
    bytes_: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        named[event["requestId"]] = event["response"]["url"].removeprefix(window.home.url)

    def finished(event: dict[str, Any]) -> None:
        bytes_[named[event["requestId"]]] = int(event["encodedDataLength"])

    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", finished)
    window.open(address)
    window.page.wait_for_load_state("networkidle")
    wire.detach()
    return bytes_


@pytest.mark.parametrize("who", ["mette", "ann", "karla"])
def test_a_first_visit_is_light(who: str, life: Filled, home: Home, browser: Browser) -> None:
    """At most 200 kB come over the wire on a cold load; style and script compressed, the page itself never (BREACH)."""
    mine = who == "karla"
    session = home.session(life.karla if mine else who)
    addresses = ["/mit/samtykker"] if mine else ["/", f"/borger/{home.ref(who, life.karla)}"]
    for address in addresses:
        with Window(browser, home, session, size=PHONE) as window:
            cost = fetched(window, address)
        print({name.rsplit("/", 1)[-1]: size for name, size in cost.items()}, sum(cost.values()))
        assert 10_000 < sum(cost.values()) <= MOST, cost
        assert any(name.endswith("dkfds.css") and size < 40_000 for name, size in cost.items()), cost
        assert any(name.endswith(".woff2") for name in cost), cost


def test_a_window_notices_what_goes_wrong(home: Home, browser: Browser) -> None:
    """The control: a request off the host and a script that fails are both noticed."""
    window = Window(browser, home, None)
    window.open("/bisidder")
    window.page.evaluate("() => { const one = new Image(); one.src = 'http://elsewhere.example/x.png'; }")
    window.page.evaluate("() => setTimeout(() => { throw new Error('planted'); })")
    window.page.wait_for_timeout(300)
    window.context.close()
    kinds = {one.split(":")[0] for one in window.troubles}
    assert {"console", "script"} <= kinds, window.troubles
    assert any("elsewhere.example" in one for one in window.troubles)
    print("control: caught")


def test_pages_are_never_compressed(life: Filled, home: Home, browser: Browser) -> None:
    """Static text is, once for all; what holds a secret beside what somebody wrote is not, whatever is asked for."""
    with Window(browser, home, home.session("mette")) as window:
        answers: dict[str, str | None] = {}
        window.page.on("response", lambda one: answers.update({one.url: one.headers.get("content-encoding")}))
        window.open(f"/borger/{home.ref('mette', life.karla)}")
        window.page.wait_for_load_state("networkidle")
    static = {url: how for url, how in answers.items() if url.endswith((".css", ".js"))}
    assert len(static) >= 3
    assert set(static.values()) == {"gzip"}
    assert {how for url, how in answers.items() if "/static/" not in url} == {None}


_READERS: Final = {
    "enlarged": {"size": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "forced-colours": {"forced_colors": "active"},
    "still": {"reduced_motion": "reduce"},
    "dark": {"color_scheme": "dark"},
}


@pytest.mark.parametrize("how", _READERS)
def test_it_can_be_read_as_each_reads(how: str, life: Filled, home: Home, browser: Browser) -> None:
    """At 200 % nothing must be scrolled sideways; forced colours keep the borders; without motion all is still."""
    at = f"/borger/{home.ref('mette', life.karla)}"
    for who, addresses in (
        ("mette", ("/", at, f"{at}/moeder/indkald")),
        ("karla", ("/mit", "/mit/samtykker")),
    ):
        session = home.session(life.karla if who == "karla" else who)
        with Window(browser, home, session, **_READERS[how]) as window:
            for address in addresses:
                window.open(address)
                assert too_wide(window.page) <= 0, address
                if how == "still":
                    assert window.page.evaluate(_STILL), address
                if how == "forced-colours":
                    for one in window.page.locator(".hub-entry, .hub-calm, .hub-quote").all()[:5]:
                        width = one.evaluate("one => parseFloat(getComputedStyle(one).borderLeftWidth)")
                        assert width >= 2, address
