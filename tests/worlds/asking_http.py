"""What a partner's people and its system ask over HTTP, pages and API, in both worlds alike.

Every page that is reached by links is opened; then every other route of the application, with the partner's own
reference of the citizen and whatever ids the pages and answers told; ids that the second world's own steps would have;
and forms with nothing in them, and with a few words. What is drawn for each session or page (its token, the id of a
form, a code, an address that is secret) is written over; everything else must be the same byte for byte.
"""

import hashlib
import hmac
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeVar
from unittest.mock import patch
from uuid import UUID

import httpx

from hub.application import hub as hubs
from hub.web.api import PATH
from tests.browsing import Client
from tests.calling import Api, Calls
from tests.crawling import Form, Page
from tests.living import uid
from tests.routing import WORDS, Line, table
from tests.worlds.talking import AT_ONCE, CODE

if TYPE_CHECKING:
    from tests.worlds.pipeline import World

OWN_TABLES: Final = (
    "web_drafts, web_attempts, web_logins, web_searches, web_sessions, api_keys, calendar_feeds"
)
"""What the application keeps for itself, which no world may find of the one before it."""
DRAWN: Final = (
    (re.compile(r"(/soeg/)[0-9a-f-]{36}"), r"\1DRAWN"),
    (re.compile(r'(name="command_id"\s+value=")[0-9a-f-]{36}'), r"\1DRAWN"),
    (re.compile(r"(/kalender/)[\w-]{43}(\.ics)"), r"\1DRAWN\2"),
    (re.compile(r"(hub_session=)[^;]*"), r"\1DRAWN"),
    (CODE, "KODE"),
)
"""What is drawn: it is another each time, and tells nothing."""
BY_DESIGN: Final = (
    (re.compile(r"(?s)<section[^>]*aria-labelledby=.laesere.*?</section>"), "WHO CAN READ IT"),
    (re.compile(r"\(må (gå til: [^<]*|ikke gå til nogen)\)"), "(TO WHOM IT MAY GO)"),
)
"""Who else could read something, where whoever writes or hands over is told it before they do: by what others may."""
HEADERS: Final = frozenset(
    {"location", "etag", "content-type", "content-length", "set-cookie", "allow", "vary"}
)
LEFT: Final = ("/static/", "/login", "/vaelg", "/logud", "/sprog")
"""Where links are not followed to: it is nobody's."""
PAGES: Final = 60
EACH: Final = 3
"""So many pages of one kind are opened."""
ONE_IN: Final = 3
"""Of a sample, one route and one form of so many is tried; which ones, the worlds that are compared agree on."""
HIDDEN: Final = (
    "meeting.convened", "plan.opened", "citizen.wish_made", "citizen.contact_recorded", "handover.proposed",
    "citizen.question_asked", "citizen.treatment_noted", "consents.given", "consents.block_set",
)  # fmt: skip
"""Events that second worlds have more of; their first is asked for by what the partner would call it."""
WORDS_WRITTEN: Final = "En tur i skoven."
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

NOTICE: Final = re.compile(r'"notice/([0-9a-f-]{36})"')

LENGTH: Final = re.compile(r"(?<='content-length', ')\d+")
Thing = TypeVar("Thing")
Answers = Iterator[tuple[str, bytes]]


class Visit:
    """A partner's people at their browsers, in one world."""

    def __init__(self, world: "World", person: str, purpose: str) -> None:
        self.world = world
        self.purpose = purpose
        self.partner = uid(world.watch.partner)
        self.api = api_of(world)
        session = self.api.sessions.begin("staff", person=uid(person))
        self.browser = Client(self.api.app, session)
        self.calls = Calls(self.api.app, {"x-csrf-token": session.csrf}, session)
        self.system = self.api.system(world.watch.partner)
        vault = world.wired.vault
        self.ref = str(vault.references(self.partner, [world.life.citizen])[world.life.citizen])
        self.person = person
        self.sampled = world.watch.http == "sample"
        self.forms: dict[str, Form] = {}
        self.ids: dict[str, dict[str, None]] = {}
        """By the word before it in an address: the ids that were told, in order."""
        self.notices: dict[str, str] = {}
        """A notice's id is drawn: each is called by its place among them."""

    # What is asked.

    def shortly(self) -> Answers:
        """What is asked every time."""
        for address in ("/", "/borgere", f"/borger/{self.ref}", f"/borger/{self.ref}/vi"):
            yield self.page(address)
        for address in (
            f"/citizens/{self.ref}/consents",
            f"/citizens/{self.ref}/timeline?purpose={self.purpose}",
        ):
            yield self.read(self.calls, address)
        yield self.read(self.system, "/feed", "system")

    def at_length(self) -> Answers:
        """Everything that there is to ask."""
        yield from self.crawled()
        yield from self.system_reads()
        lines = [line for line in table(self.api.app._app) if line.method == "GET"]
        for line in self.some([line for line in lines if not line.path.startswith(LEFT)]):
            yield from self.route(line)
        yield from self.searches()
        yield from self.forms_sent()

    def crawled(self) -> Answers:
        """Every page that links lead to, each kind a few times."""
        waiting = ["/", "/borgere", f"/borger/{self.ref}", f"/borger/{self.ref}?formaal={self.purpose}"]
        seen, kinds = set(waiting), dict[str, int]()
        for _ in range(PAGES // 2 if self.sampled else PAGES):
            if not waiting:
                return
            address = waiting.pop(0)
            answer = self.browser.get(address)
            yield f"GET {address}", self.bytes_of(answer)
            page = Page(address, answer.text)
            for form in page.forms:
                if form.method == "post":
                    self.forms.setdefault(form.name, form)
            for link in (*page.links, *filter(None, [answer.headers.get("location")])):
                target = link.partition("#")[0]
                target = address.partition("?")[0] + target if target.startswith("?") else target
                kind = ID.sub("*", target)
                if target in seen or not target.startswith("/") or target.startswith(LEFT):
                    continue
                self.told(target)
                kinds[kind] = kinds.get(kind, 0) + 1
                seen.add(target)
                if kinds[kind] <= (1 if self.sampled else EACH):
                    waiting.append(target)

    def system_reads(self) -> Answers:
        """The feed, from the beginning, in pieces, and behind its end."""
        for query in ("", "?limit=1", "?after=1&limit=2", "?after=100000"):
            yield self.read(self.system, f"/feed{query}", "system")
        for what in ("view", "timeline", "page", "consents", "meetings"):
            yield self.read(self.system, f"/citizens/{self.ref}/{what}", "system")

    def route(self, line: Line) -> Answers:
        """One route: with ids that were told, with what the partner would call hidden things, and with nobody's."""
        names = re.findall(r"{(\w+)(?::\w+)?}", line.path)
        own = {name: self.ref for name in names[:1] if name == "citizen" or line.of_a_citizen}
        fixed = {**WORDS.get(line.path, {}), **own}
        ids = [name for name in names if name not in fixed]
        for identity in self.some_for(line, ids) if ids else [""]:
            values = {**dict.fromkeys(ids, identity), **fixed}
            yield from self.asked(line, line.path.format_map(values))

    def some_for(self, line: Line, ids: list[str]) -> list[str]:
        """Ids for a route: those told for such a place, one or two hidden ones, and one of nothing."""
        before = line.path.split("{" + ids[0])[0].rstrip("/").rpartition("/")[2]
        told = [*self.ids.get(before, ()), *self.ids.get("", ())][: 1 if self.sampled else EACH]
        return [*told, *self.hidden_ids(line), str(UUID(int=7))]

    def hidden_ids(self, line: Line) -> list[str]:
        """What the partner would call the first thing that a second world has more of, by the kind of the route."""
        kinds = {"moede": "meeting", "meeting": "meeting", "plan": "plan", "consent": "consents", "hand": "handover",
                 "overlev": "handover", "block": "block", "event": "citizen."}  # fmt: skip
        wanted = next((name for word, name in kinds.items() if word in line.path), "citizen.wish")
        found = next((event for event in HIDDEN if wanted in event), HIDDEN[0])
        name = f"{found.rpartition('.')[2]}-x0 {found} None"
        vault = self.world.wired.vault
        digest = hmac.digest(vault._lookup, self.partner.bytes + name.encode(), hashlib.sha256)
        return [str(UUID(bytes=digest[:16]))]

    def asked(self, line: Line, address: str) -> Answers:
        """A GET; the API's with its tag once more, and page by page."""
        if not line.api:
            yield self.page(address)
            return
        answer = self.calls.get(address)
        yield f"GET {address}", self.bytes_of(answer)
        self.told_in(address, answer)
        if tag := answer.headers.get("etag"):
            again = self.calls.get(address, headers={"if-none-match": tag})
            yield f"GET {address} if none match", self.bytes_of(again)
        if answer.status_code == httpx.codes.OK and address.endswith(("/timeline", "/citizens")):
            yield from self.page_by_page(address)

    def page_by_page(self, address: str) -> Answers:
        """The same by two at a time, as far as the answers lead."""
        word, after = ("before", "") if address.endswith("/timeline") else ("after", "")
        for _ in range(EACH):
            url = f"{address}?limit=2{after}"
            answer = self.calls.get(url)
            yield f"GET {url}", self.bytes_of(answer)
            following = answer.json().get("next") if answer.status_code == httpx.codes.OK else None
            if not following:
                return
            after = f"&{word}={following}"

    def searches(self) -> Answers:
        """Search, by what is there and what is not."""
        for words in ("a", "skjult", "Karla", ""):
            answer = self.browser.post("/soeg", navn=words)
            yield f"POST /soeg {words}", self.bytes_of(answer)
            if answer.status_code == httpx.codes.SEE_OTHER:
                yield f"found by {words}", self.bytes_of(self.browser.get(answer.headers["location"]))

    def forms_sent(self) -> Answers:
        """Every form, with nothing in it and with a few words; and the front pages after that."""
        for name, form in self.some([*self.forms.items()]):
            if form.action.startswith(LEFT):
                continue
            for words in ("", WORDS_WRITTEN):
                what = f"POST {name} {words}"
                filled = {**form.filled(words), "command_id": str(uid(f"{self.person} {what}"))}
                filled.pop("csrf", None)
                if not words:
                    filled = {key: value for key, value in filled.items() if key == "command_id"}
                yield what, self.bytes_of(self.browser.post(form.action, **filled))
                self.world.life.take_in(f"sent {what}")  # what was written has a name like all else
        yield from ((f"after the forms: {what}", seen) for what, seen in self.shortly())

    # Small things.

    def some(self, things: list[Thing]) -> list[Thing]:
        """All, or of a sample some."""
        if not self.sampled:
            return things
        return things[zlib.crc32(repr(self.world.watch.points).encode()) % ONE_IN :: ONE_IN]

    def page(self, address: str) -> tuple[str, bytes]:
        """A page."""
        return f"GET {address}", self.bytes_of(self.browser.get(address))

    def read(self, client: Calls, address: str, who: str = "") -> tuple[str, bytes]:
        """An answer of the API."""
        answer = client.get(f"{PATH}{address}")
        self.told_in(f"{PATH}{address}", answer)
        return f"GET {PATH}{address} {who}", self.bytes_of(answer)

    def told(self, address: str) -> None:
        """Keep the ids of an address, each by the word before it."""
        parts = address.partition("?")[0].split("/")
        for before, part in itertools.pairwise(parts):
            if ID.fullmatch(part) and part != self.ref:
                self.ids.setdefault(before, {})[part] = None

    def told_in(self, address: str, answer: httpx.Response) -> None:
        """Keep the ids of an answer, by the last word of its address."""
        if answer.status_code == httpx.codes.OK:
            word = address.partition("?")[0].rpartition("/")[2]
            for found in ID.findall(json.dumps(answer.json())):
                if found != self.ref:
                    self.ids.setdefault(word, {})[found] = None

    def bytes_of(self, answer: httpx.Response) -> bytes:
        """An answer with what is drawn written over."""
        headers = sorted((name, value) for name, value in answer.headers.items() if name in HEADERS)
        text = f"{answer.status_code}\n{headers}\n{answer.text}"
        if self.browser.session is not None:
            text = text.replace(self.browser.session.csrf, "CSRF")
        whole = len(text)
        for pattern, instead in BY_DESIGN:
            text = pattern.sub(instead, text)
        if len(text) != whole:
            text = LENGTH.sub("LENGTH", text)
        for pattern, instead in DRAWN:
            text = pattern.sub(instead, text)
        for notice in NOTICE.findall(text):
            self.notices.setdefault(notice, f"{len(self.notices):036}")
        for notice, called in self.notices.items():
            text = text.replace(notice, called)
        return text.encode()


def api_of(world: "World") -> Api:
    """The application on a world, with nothing in it of the world before; made once."""
    found: Api | None = world.over_http
    if found is None:
        town = world.life.town
        found = world.over_http = Api(town)
        town.partners[world.watch.partner] = uid(world.watch.partner)
        town.database.run(f"TRUNCATE {OWN_TABLES}")
    return found


def over_http(world: "World", person: str, purpose: str, *, everything: bool) -> list[tuple[str, bytes]]:
    """What somebody is told over HTTP, in order."""
    with patch.object(hubs, "EVEN", AT_ONCE):  # time is not what is compared here
        visit = Visit(world, person, purpose)
        with visit.browser, visit.calls, visit.system:  # one loop for all that each asks
            return [*(visit.at_length() if everything else visit.shortly())]
