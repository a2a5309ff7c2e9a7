"""Methods on the API: as ann who works at A, as A's own system, as another citizen and as nobody; and time."""

from uuid import UUID, uuid4

from hub.web.api import PATH
from tests.browsing import Client
from tests.calling import Calls
from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_time import NO_DIFFERENCE
from tests.leaks.on_time import judged as timed
from tests.leaks.on_web_clients import ALIKE, judged, of_api, pairs, plain, send, web
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene
from tests.routing import Line

OWN = "its own alone"
_REFUSED = (403, 404, 409, 412, 415, 422)
_EVER = "/withdrawal"


@method("web", "Call every operation of the API on a citizen whom A may not know, against one who does not exist",
        "The same problem, word for word.", ALIKE)  # fmt: skip
def operations(scene: Scene, number: int) -> Seen:
    """With nothing in the body, by every kind of reference."""
    here = web(scene)
    lines = [line for line in of_api(scene, number) if _EVER not in line.path]
    return judged(pairs(here.calls["ann"], lines, here.strangers()[number % 4]), *_REFUSED)


@method(
    "web", "Call it so by A's own system, and on behalf of ann", "The same problem, word for word.", ALIKE
)
def by_system(scene: Scene, number: int) -> Seen:
    """Whoever the token stands for."""
    here = web(scene)
    system = here.api.system("jobcentre", on_behalf_of="ann" if number % 2 else None)
    lines = [line for line in of_api(scene, number) if _EVER not in line.path]
    return judged(pairs(system, lines, here.strangers()[(number + 1) % 4]), *_REFUSED)


@method("web", "Call it as another citizen, and without a login", "The same problem, word for word.", ALIKE)
def by_others(scene: Scene, number: int) -> Seen:
    """A citizen reads nobody but themself, and nobody reads anybody."""
    here = web(scene)
    citizen: Client | Calls = here.api.as_(scene.citizens["blocked"]) if number % 2 else here.api.as_(None)
    lines = of_api(scene, number)
    return judged(pairs(citizen, lines, here.foreign()[number % 3]), 401, *_REFUSED)


@method("web", "Name others' meetings, plans, consents and handovers in calls on a citizen whom A knows",
        "The same problem as for an id of nothing.", ALIKE)  # fmt: skip
def things(scene: Scene, number: int) -> Seen:
    """Read them, change them, answer them."""
    here = web(scene)
    hidden, over = here.hidden(), {"citizen": here.ref("known")}
    lines = [
        line for line in of_api(scene, number) if line.path.count("{") > 1 and "{partner}" not in line.path
    ]
    return judged(pairs(here.calls["ann"], lines, hidden[number % len(hidden)], over=over))


@method(
    "web", "Send wrong bodies about citizens and things that A may not know", "The same error text.", ALIKE
)
def error_texts(scene: Scene, number: int) -> Seen:
    """A word for a number, hidden ids in the body, much too long."""
    here = web(scene)
    hidden = here.hidden()[number % 9]
    bodies = (
        {"words": 1},
        {"items": [hidden], "to": hidden},
        {"words": {"text": "x" * 100_000, "labels": ["wishes"]}},
    )
    lines = [line for line in of_api(scene, number) if line.method == "POST" and _EVER not in line.path]
    body = bodies[number % 3]
    return judged(pairs(here.calls["ann"], lines[::2], here.strangers()[number % 4], json=body), *_REFUSED)


@method("web", "Page the API from references and numbers that A was never given", "The same answer.", ALIKE)
def paging(scene: Scene, number: int) -> Seen:
    """Of the timeline and of the list of citizens."""
    here, ann = web(scene), web(scene).calls["ann"]
    found = []
    for one in (here.hidden()[-1 - number % 3], str(uuid4())):
        urls = (
            f"/citizens/{here.ref('known')}/timeline?before={one}",
            f"/citizens?after={one}&purpose=employment",
        )
        found.append([plain(ann.get(f"{PATH}{url}"), one).said for url in urls])
    return alike(*found)


@method("web", "Ask with tags: If-None-Match of anything, of what A had once, of everything",
        "A tag opens nothing: the same denial.", ALIKE)  # fmt: skip
def tags(scene: Scene, number: int) -> Seen:
    """Of hidden things of a known citizen, and of a citizen whom A may not know."""
    here, ann = web(scene), web(scene).calls["ann"]
    tag = ("*", '"0"', f'"{uuid4().hex}"')[number % 3]
    hidden, known = here.hidden(), here.ref("known")
    found = []
    for one, citizen in ((hidden[number % 9], here.foreign()[number % 5]), (str(uuid4()), str(uuid4()))):
        urls = (
            f"/citizens/{known}/meetings/{one}",
            f"/citizens/{known}/events/{one}",
            f"/citizens/{citizen}/plans/{one}",
        )
        asked = [ann.get(f"{PATH}{url}", headers={"if-none-match": tag}) for url in urls]
        asked.append(
            ann.patch(f"{PATH}{urls[0]}", json={}, headers={"if-match": tag, "idempotency-key": str(uuid4())})
        )
        if any(answer.status_code == 304 for answer in asked):
            return Seen("it is there, and has not changed")
        found.append([plain(answer, one, citizen).said for answer in asked])
    return alike(*found)


@method(
    "web", "Read the feed from others' numbers, from behind its end, and one by one", "A's own records.", OWN
)
def feed(scene: Scene, number: int) -> Seen:
    """Whatever number it is asked after, the records are those of A's own numbers."""
    here = web(scene)
    whole = here.system.get(f"{PATH}/feed?limit=1000").json()
    theirs = scene.ask("SELECT max(sequence), max(number) FROM partner_log WHERE partner_id = %s", scene.b)[0]
    after = (0, theirs[0], theirs[1], whole["last"], 2**40)[number % 5]
    part = here.system.get(f"{PATH}/feed?after={after}&limit=1000").json()
    expected = [one for one in whole["records"] if one["sequence"] > after]
    told = [
        one for one in part["records"] if one in expected or one["value"] is not None
    ]  # or that it is gone
    same = told == expected and part["last"] == max(after, whole["last"])
    return Seen(OWN if same else "others' records or numbers", evidence(str(whole), str(part)))


@method(
    "web",
    "Confirm another's notice through the API, against one that is not there",
    "The same refusal.",
    ALIKE,
)
def notices(scene: Scene, number: int) -> Seen:
    """B's notice, and things that are no notice."""
    here = web(scene)
    theirs = str(scene.ids[("B's notice", "a handover of others", "a meeting of others")[number % 3]])
    line = Line("POST", f"{PATH}/feed/confirmations")
    said = [send(here.system, line, one, json={"notice": one}) for one in (theirs, str(uuid4()))]
    return alike(*(one.said for one in said))


@method("web", "Let A's system speak on behalf of somebody at B, against somebody who does not exist",
        "The same refusal.", ALIKE)  # fmt: skip
def on_behalf(scene: Scene, number: int) -> Seen:
    """By short name, with what ann would be told."""
    here = web(scene)
    known = here.ref("known")
    paths = (f"/citizens/{known}/timeline", "/me", "/citizens")
    said = [
        here.api.system("jobcentre", on_behalf_of=who).read(paths[number % 3])
        for who in (("eva", "mette")[number % 2], "ingen")
    ]
    return alike(*(plain(one).said for one in said))


@method("web", "Send a call under the key of another's call, against a key of its own",
        "The same answer: another's is not told.", ALIKE)  # fmt: skip
def keys(scene: Scene, number: int) -> Seen:
    """An Idempotency-Key that eva has used."""
    here, key = web(scene), uuid4()
    vault, citizen = scene.town.wired.vault, scene.citizens["known"]
    theirs = str(vault.references(scene.b, [citizen])[citizen])
    words = {"words": {"text": f"x{number}", "labels": ["wishes"]}}
    here.calls["eva"].do(f"/citizens/{theirs}/hopes", words, key=key)
    foreign = here.strangers()[number % 4]
    said = [here.calls["ann"].do(f"/citizens/{foreign}/hopes", words, key=one) for one in (key, uuid4())]
    return alike(*(plain(one, str(key)).said for one in said))


def page(scene: Scene, citizen: UUID) -> object:
    """Open a page over HTTP."""
    return web(scene).people["ann"].get(f"/borger/{citizen}")


def answer(scene: Scene, citizen: UUID) -> object:
    """Call the API."""
    return web(scene).calls["ann"].read(f"/citizens/{citizen}/timeline")


@method("timing", "Time opening the page of a citizen who blocked A, over HTTP, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def page_of_blocked(scene: Scene, number: int) -> Seen:
    """By A's own reference."""
    return timed(scene, "HTTP page, blocked", page, UUID(web(scene).ref("blocked")), number)


@method("timing", "Time a call of the API on B's reference of a citizen, against one who does not exist",
        "The times are no different.", NO_DIFFERENCE)  # fmt: skip
def call_of_others(scene: Scene, number: int) -> Seen:
    """By another organisation's reference."""
    return timed(scene, "HTTP call, others'", answer, UUID(web(scene).foreign()[0]), number)
