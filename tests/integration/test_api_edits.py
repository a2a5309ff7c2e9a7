"""Editing over the API: tags that tell nothing, edits of what has changed, previews, and care from end to end."""

from pathlib import Path
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.postgres import Database
from tests.building import CITIZEN, WIDE, Town, settle
from tests.calling import Api

GOAL = {"words": {"text": "Have en hund", "labels": ["plan"]}}
OTHER = {"words": {"text": "Have to hunde", "labels": ["plan"]}}
PURPOSE = {"text": "Næste skridt", "labels": ["meetings"]}


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def api(town: Town) -> Api:
    """Its API."""
    return Api(town)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen whom social psychiatry coordinates, and the jobcentre knows by consent."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.task(citizen, "ann")
    for partner in ("social_psychiatry", "jobcentre"):
        town.consent(citizen, partner, "contact", "wishes", "plan", "meetings", "agreements", window=WIDE)
    return citizen


@pytest.fixture
def goal(api: Api, karla: UUID) -> str:
    """A goal on a plan of social psychiatry's: its address there."""
    mette, path = api.as_("mette"), f"/citizens/{api.ref('social_psychiatry', karla)}"
    plan = mette.made(f"{path}/plans", {"kind": "indsatsplan"})["plan"]
    return f"{path}/goals/{mette.made(f'{path}/plans/{plan}/goals', GOAL)['goal']}"


def test_a_goal_that_has_changed_is_not_edited_unseen(api: Api, town: Town, goal: str) -> None:
    """Whoever read an older goal is told so, and nothing is recorded; whoever reads it again may edit it."""
    mette = api.as_("mette")
    old = mette.read(goal).headers["etag"]
    assert 201 == mette.do(goal, OTHER, method="PATCH", if_match=old).status_code
    head = town.hub.log.head()[0]
    stale = mette.do(goal, GOAL, method="PATCH", if_match=old)
    assert (412, "stale") == (stale.status_code, stale.json()["code"])
    assert head == town.hub.log.head()[0]
    new = mette.read(goal).headers["etag"]
    assert new != old
    assert 201 == mette.do(goal, GOAL, method="PATCH", if_match=new).status_code


def test_an_edit_that_is_sent_again_is_not_stale(api: Api, town: Town, goal: str) -> None:
    """A lost answer to an edit is asked for again under the same tag, and is the first answer."""
    mette, key = api.as_("mette"), UUID(int=7)
    tag = mette.read(goal).headers["etag"]
    first = mette.do(goal, OTHER, method="PATCH", key=key, if_match=tag)
    again = mette.do(goal, OTHER, method="PATCH", key=key, if_match=tag)

    assert 201 == first.status_code == again.status_code
    assert first.content == again.content


def test_a_tag_tells_nothing_of_what_the_reader_may_not_know(
    api: Api, town: Town, karla: UUID, goal: str
) -> None:
    """What is added that a partner may not know changes neither the bytes nor the tag that it reads."""
    ann, path = api.as_("ann"), f"/citizens/{api.ref('jobcentre', karla)}"
    shown = ann.read(f"{path}/goals").json()["things"]
    theirs = f"{path}/goals/{shown[0]['ref']}"
    before = ann.read(theirs)
    mettes = api.as_("mette").read(goal).headers["etag"]
    api.as_("mette").made(
        f"{goal}/news", {"outcome": "progressed", "text": {"text": "Færre stoffer", "labels": ["addiction"]}}
    )
    after = ann.read(theirs)

    assert mettes != api.as_("mette").read(goal).headers["etag"], "who may know sees another tag"
    assert before.content == after.content
    assert before.headers["etag"] == after.headers["etag"]
    assert 304 == ann.get(f"/api/v1{theirs}", headers={"if-none-match": before.headers["etag"]}).status_code


def test_what_may_not_be_known_does_not_make_an_edit_stale(
    api: Api, town: Town, karla: UUID, goal: str
) -> None:
    """A partner edits under the tag of what it knows, whatever others have written that it may not know."""
    ann, path = api.as_("ann"), f"/citizens/{api.ref('jobcentre', karla)}"
    theirs = f"{path}/goals/{ann.read(f'{path}/goals').json()['things'][0]['ref']}"
    tag = ann.read(theirs).headers["etag"]
    api.as_("mette").made(
        f"{goal}/news", {"outcome": "progressed", "text": {"text": "Færre stoffer", "labels": ["addiction"]}}
    )
    answer = ann.do(f"{theirs}/news", {"outcome": "progressed", **OTHER}, if_match=tag)
    assert answer.status_code == 201, answer.text


def test_a_consent_is_tried_before_it_is_given(api: Api, town: Town, karla: UUID) -> None:
    """A preview says who would see what and records nothing; the consent itself then does what it said."""
    own, head = api.as_(karla), town.hub.log.head()[0]
    town.hope(karla, "citizen", "En hund", "wishes", "addiction")
    body = {
        "partner": str(town.partners["addiction_treatment"]),
        "categories": ["contact", "wishes", "addiction"],
        "purposes": ["treatment"],
        "window": {"happened_from": "2020-01-01T00:00:00+01:00"},
    }
    head = town.hub.log.head()[0]
    tried = own.do("/citizens/me/consents?preview=true", body)
    assert tried.status_code == 200, tried.text
    assert head == town.hub.log.head()[0]
    gained = {change["event"] for effect in tried.json()["effects"] for change in effect["gained"]}
    assert "citizen.hope_told" in gained
    made = own.made("/citizens/me/consents", body)
    assert own.read(f"/citizens/me/consents/{made['consent']}").status_code == 200


def test_a_consent_is_narrowed_and_withdrawn_by_its_reference(api: Api, town: Town, karla: UUID) -> None:
    """The citizen narrows a consent and takes it back, and the jobcentre is told nothing from then on."""
    own, ann = api.as_(karla), api.as_("ann")
    town.hope(karla, "citizen", "En hund", "wishes")
    theirs = f"/citizens/{api.ref('jobcentre', karla)}/page"
    consent = next(
        one["ref"]
        for one in own.read("/citizens/me/consents").json()["things"]
        if one["entries"][0]["fields"]["partner"] == str(town.partners["jobcentre"])
    )
    path = f"/citizens/me/consents/{consent}"
    assert "En hund" in ann.read(theirs).text
    town.later()
    own.made(
        path, {"categories": ["plan", "meetings"]}, method="PATCH", if_match=own.read(path).headers["etag"]
    )
    assert "En hund" not in ann.read(theirs).text
    town.later()
    own.made(f"{path}/withdrawal")
    told = ann.read(theirs).text
    assert "hope" not in told
    assert "withdrawn" not in told


def test_anybody_on_the_staff_takes_a_withdrawal_down_and_learns_nothing(
    api: Api, town: Town, karla: UUID
) -> None:
    """A stranger is answered alike whether there was such a citizen or not."""
    eva, partner = api.as_("eva"), str(town.partners["jobcentre"])
    known = api.ref("addiction_treatment", karla)
    answers = {
        (found.status_code, found.content)
        for found in (eva.do(f"/citizens/{whom}/withdrawals?partner={partner}") for whom in (known, "nobody"))
    }
    assert {(201, b'{"made":{}}')} == answers


def test_a_meeting_from_convening_to_agreement(api: Api, town: Town, karla: UUID) -> None:
    """Convened, invited to, approved by the citizen, seen by who was invited, moved, held, and agreed at."""
    mette, own = api.as_("mette"), api.as_(karla)
    ann, theirs = api.as_("ann"), f"/citizens/{api.ref('jobcentre', karla)}"
    path = f"/citizens/{api.ref('social_psychiatry', karla)}"
    starts = "2026-03-09T10:00:00+01:00"
    meeting = mette.made(f"{path}/meetings", {"starts": starts, "purpose": PURPOSE})["meeting"]
    jobcentre = str(town.partners["jobcentre"])
    mette.made(f"{path}/meetings/{meeting}/invitations", {"participant": jobcentre, "purpose": PURPOSE})
    its = own.read("/citizens/me/meetings").json()["things"][0]["ref"]
    own.made(f"/citizens/me/meetings/{its}/approvals", {"participants": [jobcentre]})
    assert 1 == len(ann.read(f"{theirs}/meetings").json()["things"])
    tag = mette.read(f"{path}/meetings/{meeting}").headers["etag"]
    mette.made(
        f"{path}/meetings/{meeting}", {"starts": "2026-03-10T10:00:00+01:00"}, method="PATCH", if_match=tag
    )
    stale = mette.do(f"{path}/meetings/{meeting}", {"starts": starts}, method="PATCH", if_match=tag)
    assert (412, "stale") == (stale.status_code, stale.json()["code"])
    town.later(days=8)
    mette, ann = api.as_("mette"), api.as_("ann")
    mette.made(f"{path}/meetings/{meeting}/holding", {"came": [jobcentre], "citizen_took_part": True})
    made = mette.made(
        f"{path}/meetings/{meeting}/agreements",
        {
            "what": {"text": "Ringer mandag", "labels": ["agreements"]},
            "owner": jobcentre,
            "due": "2026-03-16",
        },
    )
    assert "Ringer mandag" in mette.read(f"{path}/agreements/{made['agreement']}").text
    agreed = ann.read(f"{theirs}/agreements").json()["things"][0]["ref"]
    ann.made(f"{theirs}/agreements/{agreed}/done")


def test_a_handover_reaches_only_what_the_citizen_lets_it(api: Api, town: Town, karla: UUID) -> None:
    """An item that the receiver may know of is handed over and accepted; one that it may not never leaves."""
    mette, ann = api.as_("mette"), api.as_("ann")
    path, theirs = (f"/citizens/{api.ref(one, karla)}" for one in ("social_psychiatry", "jobcentre"))
    town.hope(karla, "citizen", "En hund", "wishes")
    town.later()
    commands.record_contact(town.hub, town.actor("mette"), karla, text=Text.of("Om rusmidler", "addiction"))
    town.wired.catch_up()
    entries = mette.read(f"{path}/timeline").json()["entries"]
    refs = {one["event"]: one["ref"] for one in entries}
    body = {"partner": str(town.partners["jobcentre"]), "approved": True}
    made = mette.made(f"{path}/handovers", {**body, "items": [refs["citizen.hope_told"]]})
    ref = ann.read(f"{theirs}/handovers").json()["things"][0]["ref"]
    read = ann.read(f"{theirs}/handovers/{ref}").json()
    assert ["citizen.hope_told"] == [one["event"] for one in read["items"]]
    assert made["handover"] != ref
    ann.made(f"{theirs}/handovers/{ref}/answers", {"answer": "accept"})
    again = ann.do(f"{theirs}/handovers/{ref}/answers", {"answer": "accept"})
    assert (409, "wrong_status") == (again.status_code, again.json()["code"])
    nothing = mette.do(f"{path}/handovers", {**body, "items": ["made-up"]})
    assert 403 == nothing.status_code


def test_a_block_is_the_citizens_to_set_and_lift(api: Api, town: Town, karla: UUID) -> None:
    """Blocked, the jobcentre is told nothing; lifted, it is told what the consent says."""
    own, ann = api.as_(karla), api.as_("ann")
    theirs = f"/citizens/{api.ref('jobcentre', karla)}/page"
    town.hope(karla, "citizen", "En hund", "wishes")
    block = own.made("/citizens/me/blocks", {"partner": str(town.partners["jobcentre"])})["block"]
    assert 404 == ann.read(theirs).status_code
    own.made(f"/citizens/me/blocks/{block}/lifting")
    assert "En hund" in ann.read(theirs).text
    assert (
        403
        == api.as_("mette")
        .do(
            f"/citizens/{api.ref('social_psychiatry', karla)}/blocks",
            {"partner": str(town.partners["jobcentre"])},
        )
        .status_code
    )


def test_the_authority_enrols(api: Api, town: Town) -> None:
    """The authority enrols somebody and gets its own reference; others may not."""
    answer = api.as_("lene").do("/citizens", {"name": "Ny Borger"})
    assert answer.status_code == 201
    citizen = town.wired.vault.citizen_of(town.partners["authority"], UUID(answer.json()["citizen"]))
    assert citizen is not None
    assert town.hub.items(citizen)
    assert 403 == api.as_("ann").do("/citizens", {"name": "Ny Borger"}).status_code
    assert CITIZEN.partner is None


def test_no_answer_has_an_id_of_the_hubs_own(api: Api, town: Town, karla: UUID, goal: str) -> None:
    """What staff and systems are answered names nothing by an id that another organisation could know it by."""
    town.hope(karla, "citizen", "En hund", "wishes")
    mette, path = api.as_("mette"), f"/citizens/{api.ref('social_psychiatry', karla)}"
    mette.made(f"{path}/meetings", {"starts": "2026-03-09T10:00:00+01:00", "purpose": PURPOSE})
    mette.made(f"{path}/handovers", {"partner": str(town.partners["jobcentre"]), "approved": True})
    town.wired.catch_up()
    ours = {str(karla)}
    for item, opened in town.hub.items(karla):
        ours |= {str(item.event_id), str(opened.originator_id)}
        ours |= {
            str(UUID(bytes=value))
            for name, value in opened.body.items()
            if isinstance(value, bytes) and name in {"goal", "hope", "consent", "agreement", "task"}
        }
    callers = {"social_psychiatry": (mette, api.system("social_psychiatry")), "jobcentre": (api.as_("ann"),)}
    looked = 0
    for partner, those in callers.items():
        for caller in those:
            for ending in ("timeline", "page", "view", "goals", "plans", "meetings", "consents", "handovers"):
                answer = caller.read(f"/citizens/{api.ref(partner, karla)}/{ending}")
                assert answer.status_code == 200, ending
                assert not [one for one in ours if one in answer.text], ending
                looked += len(answer.text)
    assert looked
    assert [one for one in ours if one in api.as_(karla).read("/citizens/me/timeline").text], (
        "control: caught, for the citizen calls events by the hub's own ids"
    )


def test_what_was_written_wrong_is_put_right_and_disagreed_with(api: Api, town: Town, karla: UUID) -> None:
    """Staff put their words right, add what they are about, and the citizen disagrees; the jobcentre sees no more."""
    mette, ann, own = api.as_("mette"), api.as_("ann"), api.as_(karla)
    path, theirs = (f"/citizens/{api.ref(one, karla)}" for one in ("social_psychiatry", "jobcentre"))
    made = mette.made(f"{path}/hopes", {"words": {"text": "En hnud", "labels": ["wishes"]}})["event"]
    town.later()
    right = {"field": "words", "text": {"text": "En hund", "labels": ["wishes"]}}
    mette.made(f"{path}/events/{made}/corrections", right)
    assert "En hund" in ann.read(f"{theirs}/page").text
    mette.made(f"{path}/events/{made}/labels", {"field": "words", "add": ["health"]})
    assert "En hund" not in ann.read(f"{theirs}/page").text
    hope = own.read("/citizens/me/page").json()["standing"]["hopes"][0]["ref"]
    said = {"words": {"text": "Det var en kat", "labels": ["wishes"]}}
    own.made(f"/citizens/me/events/{hope}/disputes", said)
    assert 403 == mette.do(f"{path}/events/{made}/disputes", said).status_code
    assert 404 == ann.do(f"{theirs}/events/{made}/corrections", right).status_code
    shown = own.read(f"/citizens/me/events/{hope}").json()
    assert (["words"], "Det var en kat") == (shown["corrected"], shown["disputes"][0]["text"])


def test_an_organisation_begins_with_a_code(api: Api, town: Town) -> None:
    """The code that the citizen handed over lets one person begin, once; a made-up one tells nothing."""
    citizen = town.enrol()
    code = commands.make_code(town.hub, CITIZEN, citizen, town.partners["jobcentre"])
    ann, body = api.as_("ann"), {"code": code, "purpose": "employment"}
    begun = ann.do("/links", body)
    assert (201, api.ref("jobcentre", citizen)) == (begun.status_code, begun.json()["citizen"])
    again = ann.do("/links", body)
    assert (404, "nothing_to_show") == (again.status_code, again.json()["code"])
