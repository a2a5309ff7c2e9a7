"""The pages and the API as the hunt meets them: who asks, what is asked of, and answers that can be compared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import httpx

from hub.web.api import PATH
from tests.browsing import Client
from tests.calling import Api, Calls
from tests.leaks.hunting import Seen
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene
from tests.routing import WORDS, Line, Values, table

DENIED: Final = "the denial"
ALIKE: Final = "alike"
NOT_PAIRED: Final = ("/vaerdispring", "/kalender", "/login", "/static/", "/mit/ud", "/logud")
"""Counted for each person who tries, opened by a secret, nobody's, or a way out: not asked in pairs."""
_DRAWN: Final = re.compile(
    r'(name="command_id"\\?\s+value=")[0-9a-f-]{36}|(/soeg/)[0-9a-f-]{36}|[\w-]{43}(?=\.ics)'
)
_HEADERS: Final = ("location", "etag", "content-type", "allow", "set-cookie", "vary", "cache-control")
Pairs = Iterator[tuple[Line, "Answer", "Answer"]]
_webs: "WeakKeyDictionary[Any, Web]" = WeakKeyDictionary()


@dataclass
class Answer:
    """An answer, with what was asked for and what is drawn written over."""

    status: int
    said: bytes


class Web:
    """The application on the scene's hub, and those who ask it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.api = Api(scene.town)
        scene.town.partners.setdefault("jobcentre", scene.a)
        self.lines: list[Line] = [
            line for line in table(self.api.app._app) if not line.path.startswith(NOT_PAIRED)
        ]
        self.people = {slug: self.browser(slug) for slug in ("ann", "eva")}
        self.calls = {slug: self.api.as_(slug) for slug in ("ann", "eva")}
        self.nobody = Client(self.api.app, None)
        self.citizen = self.browser(scene.citizens["blocked"])
        self.system = self.api.system("jobcentre")

    def browser(self, who: str | UUID) -> Client:
        """A browser with a session of its own."""
        sessions = self.api.sessions
        if isinstance(who, UUID):
            return Client(self.api.app, sessions.begin("citizen", citizen=who))
        return Client(self.api.app, sessions.begin("staff", person=self.scene.town.persons[who]))

    def ref(self, name: str) -> str:
        """A's own reference of a citizen."""
        citizen = self.scene.citizens[name]
        return str(self.scene.town.wired.vault.references(self.scene.a, [citizen])[citizen])

    def foreign(self) -> list[str]:
        """What might open somebody whom A may not know: B's references, global ids, A's own of who blocked it."""
        query = "SELECT reference FROM vault_references WHERE partner_id = %s"
        theirs = sorted(str(one) for (one,) in self.scene.ask(query, self.scene.b))
        return [*theirs[:2], str(self.scene.citizens["others'"]), self.ref("blocked"), *theirs[2:3]]

    def strangers(self) -> list[str]:
        """The same without who blocked A: with a task A's people may write there still, and are told that they did."""
        blocked = self.ref("blocked")
        return [one for one in self.foreign() if one != blocked]

    def hidden(self) -> list[str]:
        """Things that are there and that A may not know: a meeting, a plan, a handover, a consent, events, records."""
        named = (
            "a meeting of others", "a plan of others", "a handover of others", "a block of others",
            "a consent to addiction_treatment", "B's notice",
        )  # fmt: skip
        events = [item.event_id for item, _ in self.scene.town.hub.items(self.scene.citizens["others'"])]
        ours = [str(self.scene.town.wired.vault.disclosure_id(self.scene.a, event)) for event in events[-2:]]
        return [*(str(self.scene.ids[name]) for name in named), str(events[-1]), *ours]


def web(scene: Scene) -> Web:
    """The application on this scene, made once."""
    found = _webs.get(scene.raw)
    if found is None:
        found = _webs[scene.raw] = Web(scene)
    return found


def plain(answer: httpx.Response, *asked: str, client: Client | Calls | None = None) -> Answer:
    """An answer without what was asked for, and without what is drawn."""
    text = f"{answer.status_code} {[(one, answer.headers.get(one)) for one in _HEADERS]}\n{answer.text}"
    for one in asked:
        text = text.replace(one, "ASKED") if one else text
    if isinstance(client, Client) and client.session is not None:
        text = text.replace(client.session.csrf, "CSRF")
    return Answer(answer.status_code, _DRAWN.sub("DRAWN", text).encode())


def send(
    client: Client | Calls, line: Line, asked: str, *, over: dict[str, str] | None = None, **more: Any
) -> Answer:
    """One route, with this id wherever it has a place for one, but for those that are given."""
    names = re.findall(r"{(\w+)", line.path)
    values = Values({**dict.fromkeys(names, asked), **WORDS.get(line.path, {}), **(over or {})})
    address = line.path.format_map(values)
    if line.api:
        headers = {"idempotency-key": str(uuid4()), **more.pop("headers", {})}
        json = {} if line.method == "GET" else {"json": more.pop("json", {})}
        answer = client.request(line.method, address, headers=headers, **json, **more)
    elif line.method == "GET":
        answer = client.get(address)
    else:
        assert isinstance(client, Client)
        answer = client.post(address, **more)
    return plain(answer, asked, client=client)


def pairs(
    client: Client | Calls,
    lines: Sequence[Line],
    foreign: str,
    *,
    over: dict[str, str] | None = None,
    **more: Any,
) -> Pairs:
    """Each route with what may not be known, and with an id of nothing."""
    for line in lines:
        yield line, *(send(client, line, each, over=over, **more) for each in (foreign, str(uuid4())))


def each(client: Client | Calls, lines: Sequence[Line], foreign: str, blocked: str, **more: Any) -> Pairs:
    """The same with a foreign reference, and with A's own of somebody who blocked it."""
    yield from pairs(client, lines, foreign, **more)
    if foreign != blocked:
        yield from pairs(client, lines, blocked, **more)


def judged(found: Pairs, *statuses: int, what: str = ALIKE) -> Seen:
    """The same answer by every route, with one of these statuses; the first that is not is told of."""
    seen: list[bytes] = []
    for line, one, other in found:
        seen += [one.said, other.said]
        if one.said != other.said:
            return Seen(f"{line}: told apart", evidence(seen))
        if statuses and one.status not in statuses:
            return Seen(f"{line}: {one.status}", evidence(seen))
    return Seen(what if seen else "nothing was asked", evidence(seen))


def of_api(scene: Scene, number: int) -> list[Line]:
    """A third of the API's routes, the next with each number."""
    return [line for line in web(scene).lines if line.api and "{citizen}" in line.path][number % 3 :: 3]


def of_pages(scene: Scene, number: int, method: str) -> list[Line]:
    """A third of the pages about a citizen."""
    return [line for line in web(scene).lines if line.of_a_citizen and line.method == method][number % 3 :: 3]


def pages_of(scene: Scene) -> dict[str, bytes]:
    """What ann's pages, API and feed are now: to be the same when others were active."""
    here, known = web(scene), web(scene).ref("known")
    pages = (
        "/",
        "/borgere",
        f"/borger/{known}",
        f"/borger/{known}/vi",
        f"/borger/{known}/mere",
        f"/borger/{known}/moeder",
    )
    calls = (
        "/citizens",
        f"/citizens/{known}/timeline",
        f"/citizens/{known}/page",
        f"/citizens/{known}/consents",
    )
    ann = here.people["ann"]
    found = {page: plain(ann.get(page), client=ann).said for page in pages}
    found |= {call: plain(here.calls["ann"].read(call)).said for call in calls}
    return found | {"feed": plain(here.system.get(f"{PATH}/feed")).said}
