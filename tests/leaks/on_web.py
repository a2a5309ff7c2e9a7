"""Methods on the pages: as ann who works at A, as another citizen, and as nobody; sessions, forms and calendars too."""

import re
from uuid import uuid4

from hub.aggregates import Text
from hub.application import commands
from tests.browsing import Client
from tests.building import CITIZEN
from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_web_clients import ALIKE, DENIED, each, judged, of_api, of_pages, pairs, plain, send, web
from tests.leaks.quiet import before_and_after
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene
from tests.routing import Line

_ROLE = {403, 404}


@method("web", "Open every page of a citizen whom A may not know, against one who does not exist",
        "The one denial, word for word, with the same status.", DENIED)  # fmt: skip
def pages(scene: Scene, number: int) -> Seen:
    """By B's references, by the hub's own ids, by A's reference of somebody who blocked it."""
    here = web(scene)
    foreign = here.foreign()[number % 5]
    return judged(
        each(here.people["ann"], of_pages(scene, number, "GET"), foreign, here.ref("blocked")),
        *_ROLE,
        what=DENIED,
    )


@method("web", "Send every form on a citizen whom A may not know, against one who does not exist",
        "The one denial; a withdrawal that was told to somebody is taken down alike.", ALIKE)  # fmt: skip
def forms(scene: Scene, number: int) -> Seen:
    """With nothing in them."""
    here = web(scene)
    return judged(pairs(here.people["ann"], of_pages(scene, number, "POST"), here.strangers()[number % 4]))


@method("web", "Send every form and call on a citizen who blocked A, where ann still has a task and may write",
        "It is taken or refused; neither the name nor anything told is in the answer.", "no name")  # fmt: skip
def written_blind(scene: Scene, number: int) -> Seen:
    """Also where something is wrong in it, and the page comes back."""
    here, blocked = web(scene), web(scene).ref("blocked")
    said = [
        send(here.people["ann"], line, str(uuid4()), over={"ref": blocked})
        for line in of_pages(scene, number, "POST")
    ]
    calls = [line for line in of_api(scene, number) if line.method != "GET"]
    said += [send(here.calls["ann"], line, str(uuid4()), over={"citizen": blocked}) for line in calls]
    shown = b"".join(one.said for one in said)
    return Seen("a name" if b"Blocked Pr" in shown else "no name", evidence(shown))


@method("web", "Write on a citizen whom A may not know by forms that are filled, against one who does not exist",
        "The one denial.", DENIED)  # fmt: skip
def filled(scene: Scene, number: int) -> Seen:
    """A hope, a contact, an answer."""
    here = web(scene)
    fields = {"words": "x", "words_label": "wishes", "text": "x", "text_label": "wishes", "rolle": "relation"}
    lines = [
        line for line in of_pages(scene, number, "POST") if "/skriv" in line.path or "/tovholder" in line.path
    ]
    lines = lines or [Line("POST", "/borger/{ref}/skriv")]
    return judged(pairs(here.people["ann"], lines, here.strangers()[number % 4], **fields), 404, what=DENIED)


@method("web", "Ask for others' meetings, plans, handovers and consents on the pages of a citizen whom A knows",
        "The same answer as for an id of nothing.", ALIKE)  # fmt: skip
def things(scene: Scene, number: int) -> Seen:
    """By the hub's own ids, and by what A would call them."""
    here = web(scene)
    hidden = here.hidden()
    lines = [line for line in of_pages(scene, number, "GET") if line.path.count("{") > 1]
    return judged(
        pairs(here.people["ann"], lines, hidden[number % len(hidden)], over={"ref": here.ref("known")})
    )


@method("web", "Page and filter a known citizen's history from references that A was never given",
        "The same page as from a reference of nothing.", ALIKE)  # fmt: skip
def paging(scene: Scene, number: int) -> Seen:
    """Backwards, forwards, and for purposes that A has not."""
    here, ann = web(scene), web(scene).people["ann"]
    hidden, known = here.hidden(), here.ref("known")
    found = []
    for one in (hidden[-1 - number % 3], str(uuid4())):
        urls = (f"/borger/{known}?foer={one}", f"/borger/{known}?efter={one}", f"/borger/{known}?formaal={one}",
                f"/borgere?efter={one}")  # fmt: skip
        found.append([plain(ann.get(url), one, client=ann).said for url in urls])
    return alike(*found)


@method("web", "Search for somebody by a name, a number or an id that A may not know, against nonsense",
        "The same empty list.", ALIKE)  # fmt: skip
def search(scene: Scene, number: int) -> Seen:
    """The name, the civil registration number, a letter, the id."""
    ann = web(scene).people["ann"]
    hidden = (
        scene.markers["the name of others' citizen"].decode(),
        "010101-7777",
        str(scene.citizens["others'"]),
    )
    found = []
    for name in (hidden[number % 3], f"Ingen{uuid4().hex}"):
        answer = ann.post("/soeg", navn=name)
        found.append([plain(answer, name).said, plain(ann.get(answer.headers["location"]), client=ann).said])
    return alike(*found)


@method("web", "Open what somebody at B searched for, against a search that never was",
        "The same: back to one's own list.", ALIKE)  # fmt: skip
def searched(scene: Scene, number: int) -> Seen:
    """By the address that B's browser was sent to."""
    here = web(scene)
    theirs = here.people["eva"].post("/soeg", navn="aeiou"[number % 5]).headers["location"]
    ann = here.people["ann"]
    return alike(*(plain(ann.get(url), url).said for url in (theirs, f"/soeg/{uuid4()}")))


@method("web", "Compare every count and list on ann's pages before and after others were active",
        "The same bytes.", ALIKE)  # fmt: skip
def counts(scene: Scene, number: int) -> Seen:
    """Inbox, list, a known citizen's pages, the API with its tags, the feed."""
    before, after = (each["web"] for each in before_and_after(scene, number))
    return alike(before, after)


@method("web", "Open a citizen's own pages as another citizen, with ids of what others wrote",
        "The same answer as for an id of nothing.", ALIKE)  # fmt: skip
def another_citizen(scene: Scene, number: int) -> Seen:
    """Receipts, blocks, entries, meetings."""
    here = web(scene)
    hidden = here.hidden()
    lines = [
        line for line in here.lines if line.ones_own and "{" in line.path and "{partner}" not in line.path
    ]
    return judged(pairs(here.citizen, lines[number % 2 :: 2], hidden[number % len(hidden)]))


@method("web", "Open the staff's pages of anybody as a citizen", "Turned away by role, whoever it is.", ALIKE)
def as_citizen(scene: Scene, number: int) -> Seen:
    """By every kind of reference, their own id among them."""
    here = web(scene)
    foreign = [*here.foreign(), str(scene.citizens["blocked"])][number % 6]
    return judged(pairs(here.citizen, of_pages(scene, number, "GET"), foreign), 403)


@method("web", "Call every page and form of anybody without a login", "To the login, whoever it is.", ALIKE)
def as_nobody(scene: Scene, number: int) -> Seen:
    """A third of all routes each time."""
    here = web(scene)
    lines = [line for line in here.lines if not line.open and not line.api][number % 3 :: 3]
    return judged(pairs(here.nobody, lines, here.foreign()[number % 5]), 303, 401)


@method(
    "web",
    "Ask with other methods: HEAD, OPTIONS, PUT, DELETE",
    "The same for what is there and what is not.",
    ALIKE,
)
def other_methods(scene: Scene, number: int) -> Seen:
    """Of pages and of the API."""
    here = web(scene)
    foreign, ann = here.foreign()[number % 5], here.people["ann"]
    found = []
    for one in (foreign, str(uuid4())):
        urls = (f"/borger/{one}", f"/borger/{one}/moeder", f"/api/v1/citizens/{one}/timeline")
        asked = [ann.request(how, url) for how in ("HEAD", "OPTIONS", "PUT", "DELETE") for url in urls]
        found.append([plain(answer, one, client=ann).said for answer in asked])
    return alike(*found)


# Sessions, tokens, secrets.


@method("web", "Come with a session that was chosen, guessed, ended, or read from the hub's own table",
        "Nobody is logged in.", ALIKE)  # fmt: skip
def fixation(scene: Scene, number: int) -> Seen:
    """No login takes over what a browser brought along."""
    here = web(scene)
    ended = here.browser("eva")
    assert ended.session is not None
    here.api.sessions.end(ended.session)
    stored = scene.ask("SELECT encode(id, 'hex') FROM web_sessions LIMIT 1")[0][0]
    brought = ("chosen-by-somebody-else", ended.session.token, str(stored), uuid4().hex)[number % 4]
    found = []
    for token in (brought, ""):
        browser = Client(here.api.app, None)
        if token:
            browser.cookies.set("hub_session", token)
        answer = browser.get("/borgere")
        logged_in = browser.post("/vaelg", person="ann")
        if token and token in str(logged_in.headers):
            return Seen("the session that was brought along is used", evidence(logged_in.text))
        found.append(plain(answer, token).said)
    return alike(*found)


@method("web", "Send a form with the token of another session, against none", "Refused alike.", ALIKE)
def forged(scene: Scene, number: int) -> Seen:
    """Eva's token on ann's form, for a citizen whom A knows and one whom it may not."""
    here = web(scene)
    eva, ann = here.people["eva"], here.people["ann"]
    assert eva.session is not None
    ref = (here.ref("known"), here.foreign()[0], here.ref("blocked"))[number % 3]
    tokens = (eva.session.csrf, "0" * 64)
    said = [ann.post(f"/borger/{ref}/skriv", csrf=token, forged=True) for token in tokens]
    return alike(*(plain(one, token, ref, client=ann).said for one, token in zip(said, tokens, strict=True)))


@method("web", "Open a calendar that was turned off, or by what the hub keeps of it, against one that never was",
        "The same: nothing there.", ALIKE)  # fmt: skip
def calendar(scene: Scene, number: int) -> Seen:
    """Another's address opens nothing once it is taken back; what is stored never did."""
    here = web(scene)
    secret = turned_on(here.people["eva"])
    stored = scene.ask("SELECT secret FROM calendar_feeds WHERE person_id = %s", scene.town.persons["eva"])
    here.people["eva"].post("/kalender/fra")
    asked = ((secret, bytes(stored[0][0]).hex())[number % 2], "A" * 43)
    said = [here.nobody.get(f"/kalender/{one}.ics") for one in asked]
    return alike(*(plain(one, token).said for one, token in zip(said, asked, strict=True)))


def turned_on(client: Client) -> str:
    """Turn a calendar on; the secret of its address."""
    found = re.search(r"/kalender/([\w-]{43})\.ics", client.post("/kalender/til").text)
    assert found, "there is no calendar to look in"
    return found[1]


@method("web", "Look in ann's own calendar for the meetings of others and of who blocked A",
        "Times of what A may know, and nothing else.", "its own times")  # fmt: skip
def own_calendar(scene: Scene, _: int) -> Seen:
    """The calendar stays the same when a meeting of others is convened."""
    here = web(scene)
    address = f"/kalender/{turned_on(here.people['ann'])}.ics"
    before = here.nobody.get(address)
    hope = Text.of(scene.markers["the words of others"].decode(), "addiction")
    commands.tell_hope(scene.town.hub, CITIZEN, scene.citizens["blocked"], hope)
    after = here.nobody.get(address)
    same = before.status_code == 200 and before.text == after.text
    return Seen("its own times" if same else "it changed", evidence(before.text, after.text))


@method(
    "web",
    "Open the page of somebody's companion by a code that is guessed",
    "Every wrong code ends alike.",
    ALIKE,
)
def companion(scene: Scene, number: int) -> Seen:
    """In the address, and in the form."""
    here = web(scene)
    codes = (f"ABCD-EFG{'HJK'[number % 3]}", "MNPQ-RSTU")
    nobody = here.nobody
    said = [(nobody.get(f"/bisidder/{code}"), nobody.post("/bisidder", kode=code)) for code in codes]
    return alike(
        *(
            [plain(one, code, code.replace("-", "")).said for one in both]
            for both, code in zip(said, codes, strict=True)
        )
    )


@method("web", "Write addresses and forms wrongly: letters for ids, a megabyte, marks that turn the text",
        "The same for somebody who is there and for nobody, and nothing of them.", ALIKE)  # fmt: skip
def wrongly(scene: Scene, number: int) -> Seen:
    """Error pages say what to do, and name nobody."""
    here = web(scene)
    words = ("\u202edrow", "<script>", "x" * 1_000_000, "\x00")[number % 4]
    line = Line("POST", "/borger/{ref}/skriv/{slug}")
    foreign = here.foreign()[number % 5]
    said = [
        send(here.people["ann"], line, one, words=words, words_label=words) for one in (foreign, str(uuid4()))
    ]
    return alike(*(one.said for one in said))
