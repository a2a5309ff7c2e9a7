"""Handovers on the pages: what may pass and what may not, exactly what the receiver sees, and how it ends."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.application.hub import made
from hub.postgres import Database
from tests.browsing import Client, Site
from tests.building import Town, settle
from tests.integration.test_web_meetings import convened, ref_of

HOPE, SECRET = "En hund, der kan følge mig", "Jeg sover dårligt"


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen whose hopes the jobcentre may have, and whose health it may not."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    town.consent(
        citizen, "social_psychiatry", "wishes", "plan", "meetings", "agreements", "health", "contact"
    )
    town.consent(citizen, "jobcentre", "wishes", "plan")
    town.hope(citizen, "citizen", HOPE, "wishes")
    town.later()
    commands.record_contact(town.hub, town.actor("mette"), citizen, text=Text.of(SECRET, "health"))
    return citizen


def passed_on(site: Site, karla: UUID, **more: object) -> tuple[Client, str, dict[str, object]]:
    """The coordinator's browser, where handovers are, and one of a hope and of something about health."""
    refs = [ref_of(site, "mette", karla, one) for one in ("citizen.hope_told", "citizen.contact_recorded")]
    fields: dict[str, object] = {
        "slags": "knowledge",
        "punkt": refs,
        "til": str(site.town.partner("jobcentre")),
    }
    at = f"/borger/{site.ref('mette', karla)}/overlevering"
    return site.as_("mette"), at, {**fields, **more}


def entries_of(page: str) -> list[str]:
    """What stands in the entries on a page, without the marks of the page."""
    found = re.findall(r'<dl class="hub-fields">(.*?)</dl>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def test_each_item_says_who_may_have_it(site: Site, karla: UUID) -> None:
    """The first step tells the coordinator of each thing whom the citizen lets have it; something must be chosen."""
    mette, at, fields = passed_on(site, karla)

    first = mette.get(at)
    assert f"{HOPE} (må gå til: jobcentre)" in first.text.replace("\n", " ")
    assert f"{SECRET} (må ikke gå til nogen)" in first.text
    nothing = mette.post(at, slags="knowledge", videre="2")
    assert nothing.status_code == 422
    assert 'href="#f-punkt"' in nothing.text
    second = mette.post(at, slags="knowledge", punkt=fields["punkt"], videre="2")
    assert second.status_code == 200
    for ref in fields["punkt"]:  # type: ignore[attr-defined]
        assert f'name="punkt" value="{ref}"' in second.text
    nobody = mette.post(at, slags="knowledge", punkt=fields["punkt"], videre="3")
    assert nobody.status_code == 422
    assert 'href="#f-til"' in nobody.text


def test_the_preview_is_what_the_receiver_sees(site: Site, town: Town, karla: UUID) -> None:
    """What passes stands under "Dette ser modtageren", what does not stands apart, and nothing is recorded before."""
    mette, at, fields = passed_on(site, karla)
    head = town.hub.log.head()[0]

    preview = mette.post(at, videre="3", **fields)

    assert preview.status_code == 200
    seen, rest = preview.text.split("Det går ikke med")
    assert HOPE in seen
    assert SECRET not in seen.split("Dette ser modtageren")[-1]
    assert SECRET in rest
    assert head == town.hub.log.head()[0]
    sent = mette.followed(at, videre="send", **fields)
    assert "venter på svar" in sent.text
    ann = site.as_("ann")
    here = f"/borger/{site.ref('ann', karla)}/overlevering/{ref_of(site, 'ann', karla, 'handover.proposed')}"
    theirs = ann.get(here)
    assert HOPE in theirs.text
    assert SECRET not in theirs.text
    assert entries_of(preview.text) == entries_of(theirs.text)  # exactly, field by field


def test_the_receiver_reads_and_accepts(site: Site, karla: UUID) -> None:
    """Whoever receives says that it is read and takes it on, and the sender sees both; taken on, it is completed."""
    mette, at, fields = passed_on(site, karla)
    mette.followed(at, videre="send", **fields)
    here = f"/borger/{site.ref('ann', karla)}/overlevering/{ref_of(site, 'ann', karla, 'handover.proposed')}"
    ann = site.as_("ann")
    assert "læst" in ann.followed(f"{here}/laest").text
    accepted = ann.followed(f"{here}/modtag", modtag_text="Vi ringer i morgen", modtag_text_label="plan")
    assert "taget imod" in accepted.text
    theirs = f"{at}/{ref_of(site, 'mette', karla, 'handover.proposed')}"
    page = mette.get(theirs)
    assert "taget imod" in page.text
    assert "Vi ringer i morgen" in page.text

    assert ann.post(f"{here}/afslut").headers["location"] == "/"

    assert "afsluttet" in mette.get(theirs).text
    assert 409 == mette.post(f"{theirs}/traek").status_code


def test_no_needs_a_reason(site: Site, karla: UUID) -> None:
    """The receiver says no with a reason, which the sender reads; without one the form asks for it."""
    mette, at, fields = passed_on(site, karla)
    mette.followed(at, videre="send", **fields)
    here = f"/borger/{site.ref('ann', karla)}/overlevering/{ref_of(site, 'ann', karla, 'handover.proposed')}"
    ann = site.as_("ann")
    empty = ann.post(f"{here}/afvis")
    assert empty.status_code == 422
    assert 'href="#f-afvis_grund"' in empty.text

    ann.post(f"{here}/afvis", afvis_grund="Ikke vores opgave", afvis_grund_label="plan")

    page = mette.get(f"{at}/{ref_of(site, 'mette', karla, 'handover.proposed')}")
    assert "afvist" in page.text
    assert "Ikke vores opgave" in page.text


def test_responsibility_goes_over_thing_by_thing(site: Site, town: Town, karla: UUID) -> None:
    """Responsibility is completed only when each open agreement and consent of the sender's goes on or ends."""
    meeting = convened(town, karla)
    ours = town.partner("social_psychiatry")
    due, what = town.clock().date() + timedelta(days=9), Text.of("Ringer om huslejen", "agreements")
    town.later()
    commands.on_meeting(
        town.hub,
        town.actor("mette"),
        karla,
        meeting,
        lambda found, act: found.agree(made(act, "a"), act, owner=ours, parties=(), what=what, due=due),
    )
    mette, at, fields = passed_on(site, karla, slags="responsibility")
    mette.followed(at, videre="send", **fields)
    here = f"/borger/{site.ref('ann', karla)}/overlevering/{ref_of(site, 'ann', karla, 'handover.proposed')}"
    site.as_("ann").followed(f"{here}/modtag")
    theirs = f"{at}/{ref_of(site, 'mette', karla, 'handover.proposed')}"
    page = mette.get(theirs)
    assert "Ringer om huslejen" in page.text
    undecided = mette.post(f"{theirs}/afslut")
    assert undecided.status_code == 422
    agreement = ref_of(site, "mette", karla, "meeting.agreement_made")
    left = set(re.findall(r'name="hvad-([0-9a-f-]{36})"', page.text))
    choices = {f"hvad-{one}": "slut" if one == agreement else "videre" for one in left}
    assert len(left) == 2
    assert agreement in left
    assert 422 == mette.post(f"{theirs}/afslut", **choices).status_code

    done = mette.post(f"{theirs}/afslut", slut_grund="Huslejen er betalt", slut_grund_label="plan", **choices)

    assert done.status_code == 303
    assert "Der er ingen aftaler i gang" in mette.get(f"/borger/{site.ref('mette', karla)}/moeder").text
    assert "afsluttet" in mette.get(theirs).text


def test_a_name_that_tells_needs_the_citizens_yes(site: Site, town: Town, karla: UUID) -> None:
    """An addiction centre hands over to the jobcentre only when the citizen agreed that they know of it."""
    town.task(karla, "eva")
    town.consent(karla, "addiction_treatment", "wishes", "addiction", "plan")
    town.hope(karla, "citizen", "Et roligt sted", "wishes")
    eva, at = site.as_("eva"), f"/borger/{site.ref('eva', karla)}/overlevering"
    fields = {
        "slags": "knowledge",
        "punkt": ref_of(site, "eva", karla, "citizen.hope_told"),
        "til": str(town.partner("jobcentre")),
    }
    head = town.hub.log.head()[0]
    refused = eva.post(at, videre="send", **fields)
    assert refused.status_code == 422
    assert 'href="#f-ja"' in refused.text
    assert head == town.hub.log.head()[0]

    assert "venter på svar" in eva.followed(at, videre="send", ja="ja", **fields).text


def test_handovers_are_nobody_elses(site: Site, town: Town, karla: UUID) -> None:
    """A stranger, another role and a made-up handover are denied alike, and a third party cannot answer one."""
    mette, at, fields = passed_on(site, karla)
    mette.followed(at, videre="send", **fields)
    here = f"{at}/{ref_of(site, 'mette', karla, 'handover.proposed')}"
    head = town.hub.log.head()[0]

    for url in (at, here):
        assert 404 == site.as_("eva").get(url).status_code
    assert 403 == site.as_(karla).get(at).status_code
    assert 404 == mette.get(f"{at}/{karla}").status_code
    assert 404 == mette.post(f"{here}/findes-ikke").status_code
    theirs = mette.post(f"{here}/modtag")
    assert theirs.status_code == 409
    assert "ikke jer" in theirs.text
    assert head == town.hub.log.head()[0]
    mette.post("/sprog", sprog="en", tilbage="/")
    assert "What is passed on?" in mette.get(at).text
    assert "Take it back" in mette.get(here).text
