"""A jobcentre's coordinator is never shown the addiction centre's name: on no page, in no answer, in no calendar."""

import re
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.application.hub import made
from hub.postgres import Database
from hub.web.api import PATH
from hub.web.pages import people
from hub.web.place import Place
from tests.browsing import Client, Site
from tests.building import Town, settle
from tests.calling import Api, Calls
from tests.crawling import crawl
from tests.integration.test_web_meetings import approved, convened, invited
from tests.routing import WORDS, Line, Values, table

ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
CENTRE: Final = "Ankerhuset"
KNOWN: Final = ("wishes", "work", "plan", "meetings", "agreements")
SOME: Final = 4
"""With so many of the ids that were told each route is tried."""
UNNAMED: Final = ("/login", "/vaelg", "/static/")
"""Nobody is logged in there, or nothing is told."""


@pytest.fixture(scope="module")
def town(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with somebody at each of four organisations, and an addiction centre with a name of its own."""
    found = settle(lasting_database, tmp_path_factory.mktemp("town"))
    found.add_partner(CENTRE, "addiction_treatment", "treatment", "addiction")
    found.add_person("ida", CENTRE)
    return found


@pytest.fixture(scope="module")
def karla(town: Town) -> UUID:
    """A citizen whose coordinator works at the jobcentre; the addiction centre is at the same meeting, and in a plan.

    The citizen has approved that the centre comes, and has let social psychiatry know of it, and not the jobcentre.
    """
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "ann", "coordinator")
    town.task(citizen, "mette")
    commands.assign(
        town.hub,
        town.actor("lene"),
        citizen,
        "relation",
        town.partner(CENTRE),
        town.persons["ida"],
        "treatment",
    )
    town.consent(citizen, "jobcentre", *KNOWN)
    town.consent(citizen, "social_psychiatry", *KNOWN, "addiction", purposes="coordination")
    town.consent(citizen, CENTRE, *KNOWN, "addiction", purposes="treatment")
    town.hope(citizen, "citizen", "En hund", "wishes")
    meeting = convened(town, citizen, by="ann")
    invited(town, citizen, meeting, "social_psychiatry", by="ann")
    invited(town, citizen, meeting, CENTRE)
    approved(town, citizen, meeting, "social_psychiatry", CENTRE)
    agree(town, citizen, meeting, "social_psychiatry", Text.of("Ringer til udlejeren", "agreements"))
    agree(town, citizen, meeting, CENTRE, Text.of("Samtale i gruppen", "agreements", "addiction"))
    town.hope(citizen, "ida", "Et roligt hjem", "wishes")
    town.hope(citizen, "ida", "Ud af det", "wishes", "addiction")
    town.later()
    commands.propose_handover(
        town.hub,
        town.actor("mette"),
        citizen,
        town.partner(CENTRE),
        kind="knowledge",
        items=(),
        text=Text.of("Godt at vide", "plan"),
    )
    town.wired.catch_up()
    return citizen


def agree(town: Town, citizen: UUID, meeting: UUID, owner: str, what: Text) -> None:
    """Something is agreed at the meeting, for an organisation to do."""
    town.later()
    whose = town.partner(owner)
    commands.on_meeting(
        town.hub,
        town.actor("mette"),
        citizen,
        meeting,
        lambda found, act: found.agree(made(act, owner), act, owner=whose, parties=(), what=what),
    )


class Everything:
    """Everything that somebody can be shown of a citizen, by address."""

    def __init__(self, town: Town, who: str, citizen: UUID, *, brief: bool = False) -> None:
        self.brief = brief
        self.site, self.api, self.town = Site(town), Api(town), town
        self.who, self.ref = who, self.site.ref(who, citizen)
        self.browser: Client = self.site.as_(who)
        self.calls: Calls = self.api.as_(who)
        self.ids: dict[str, None] = {}

    def shown(self) -> Iterator[tuple[str, str]]:
        """Pages that links lead to; the whole API; every route, with the ids that were told; the calendar."""
        starts = (
            "/",
            f"/borger/{self.ref}",
            *(f"/borger/{self.ref}?formaal={one}" for one in ("employment", "x")),
        )
        for start in starts:
            for address, text, _ in crawl(self.browser, start):
                self.told(address, text)
                yield address, text
            if self.brief:
                return
        for path in ("/citizens", f"/citizens/{self.ref}/timeline", f"/citizens/{self.ref}/meetings"):
            yield from self.got(f"{PATH}{path}")
        for line in [line for line in table(self.site.app._app) if line.method == "GET"]:
            if not line.path.startswith(UNNAMED):
                yield from self.tried(line)
        for what in ("a", "Karla", ""):
            answer = self.browser.post("/soeg", navn=what)
            address = answer.headers.get("location", "/soeg")
            yield (
                address,
                answer.text + (self.browser.get(address).text if "location" in answer.headers else ""),
            )
        calendar = re.search(r"/kalender/[\w-]{43}\.ics", self.browser.post("/kalender/til").text)
        assert calendar, "There is no calendar to look in."
        yield "the calendar", self.site.as_(None).get(calendar.group()).text

    def tried(self, line: Line) -> Iterator[tuple[str, str]]:
        """One route, with a few of the ids that were told."""
        names = re.findall(r"{(\w+)", line.path)
        own = {names[0]: self.ref} if names and (line.of_a_citizen or names[0] == "citizen") else {}
        fixed = {**WORDS.get(line.path, {}), **own}
        free = [name for name in names if name not in fixed]
        for identity in [*self.ids][: SOME if free else 1]:
            yield from self.got(line.path.format_map(Values({**dict.fromkeys(free, identity), **fixed})))

    def got(self, address: str) -> Iterator[tuple[str, str]]:
        """An answer."""
        text = (self.calls if address.startswith(PATH) else self.browser).get(address).text
        self.told(address, text)
        yield address, text

    def told(self, address: str, text: str) -> None:
        """Keep the ids of an answer about the citizen, those of meetings first."""
        if self.ref in address or "moede" in address:
            self.ids |= dict.fromkeys(one for one in ID.findall(text) if one != self.ref)


def hidden(town: Town) -> tuple[str, ...]:
    """What the centre is called: its name, its id, who works there; and what only its own words say."""
    return (
        CENTRE,
        str(town.partner(CENTRE)),
        "Ida Prøve",
        str(town.persons["ida"]),
        "Samtale i gruppen",
        "Ud af det",
    )


DIRECTORIES: Final = ("/samtykker/mundtligt", "/samtykker/traek-tilbage", f"{PATH}/partners")
"""Lists of every organisation, whoever it is about: whoever hears a withdrawal can write down from whom it was."""


def named(everything: Everything, names: tuple[str, ...]) -> tuple[list[str], int]:
    """Where any of these names is shown, and at how many addresses it was looked for."""
    shown = dict(everything.shown())
    folded = [(address, text.casefold()) for address, text in shown.items()]
    return [f"{at}: {name}" for at, text in folded for name in names if name.casefold() in text], len(shown)


def test_the_jobcentres_coordinator_never_sees_the_addiction_centres_name(town: Town, karla: UUID) -> None:
    """Who coordinates from the jobcentre sees no name of the addiction centre, though it comes to their meeting."""
    found, looked = named(Everything(town, "ann", karla), hidden(town))
    found = [one for one in found if not one.partition(": ")[0].partition("?")[0].endswith(DIRECTORIES)]

    assert not found, "\n".join(found)
    assert looked > 100, "Hardly anything was looked at."


def test_whoever_may_know_of_the_centre_is_told_of_it(town: Town, karla: UUID) -> None:
    """Social psychiatry, which the citizen has let know of it, sees the centre: the same search finds the name."""
    found, _ = named(Everything(town, "mette", karla, brief=True), hidden(town)[:1])

    assert any("/moeder/" in one for one in found)
    print(f"control: caught (the name stands at {len(found)} addresses for who may know it)")


def test_the_lists_of_all_organisations_tell_nothing_of_a_citizen(town: Town, karla: UUID) -> None:
    """Where every organisation is listed, the list is the same for a citizen who has nothing to do with the centre."""
    other = town.enrol()
    town.task(other, "ann", "coordinator")
    town.consent(other, "jobcentre", *KNOWN)
    site, calls = Site(town), Api(town).as_("ann")
    ann = site.as_("ann")
    for path in DIRECTORIES[:2]:
        one, another = (
            choices(ann.get(f"/borger/{site.ref('ann', each)}{path}").text) for each in (karla, other)
        )
        assert one == another
        assert CENTRE in " ".join(one)
    assert CENTRE in calls.get(DIRECTORIES[2]).text


def choices(page: str) -> list[str]:
    """What a page lists: its choices and its entries, in order."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.findall(r">\s*([^<>]*(?:_|Anker)[^<>]*?)\s*<", main)


def anybody(place: Place, *_: object) -> dict[UUID, str]:
    """Every organisation, whoever chooses."""
    return {who: name for who, (name, _) in place.partners().items()}


def test_a_name_that_slips_out_is_found(town: Town, karla: UUID) -> None:
    """The control: a page that lists whom it may not name is found by the same search."""
    with patch.object(
        people, "choosable", lambda place, *_: {who: name for who, (name, _) in place.partners().items()}
    ):
        found, _ = named(Everything(town, "ann", karla, brief=True), hidden(town)[:1])
    assert any("/tovholder" in one for one in found)
    print("control: caught (a chooser that asks nobody)")
