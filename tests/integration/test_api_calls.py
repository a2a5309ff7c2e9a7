"""The API: who comes in, how commands are sent once, and what a call learns that may learn nothing."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.postgres import Database
from hub.vocabulary import Source
from hub.web.guard import LARGEST
from tests.building import Town, settle
from tests.calling import PROBLEM, Api

WORDS = {"text": "En tur til havet", "labels": ["wishes"]}


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
    """A citizen with a coordinator, who hopes for a dog."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    town.consent(citizen, "social_psychiatry", "wishes", "plan", "contact", "meetings", "agreements")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    return citizen


def test_nobody_comes_in_without_a_session_or_a_token(api: Api, karla: UUID) -> None:
    """Whoever is not logged in is told so as a problem with a stable code, and a token that is none likewise."""
    path = f"/citizens/{api.ref('social_psychiatry', karla)}/timeline"
    stranger, forged = api.as_(None), api.as_(None)
    forged.headers["authorization"] = "Bearer made-up"

    for answer in (stranger.read(path), forged.read(path)):
        assert (401, "not_authenticated") == (answer.status_code, answer.json()["code"])
        assert answer.headers["content-type"] == PROBLEM


def test_a_session_without_its_token_changes_nothing(api: Api, town: Town, karla: UUID) -> None:
    """A call from a page that is not ours is refused, and nothing is recorded."""
    mette, head = api.as_("mette"), town.hub.log.head()[0]
    del mette.headers["x-csrf-token"]
    answer = mette.do(f"/citizens/{api.ref('social_psychiatry', karla)}/hopes", {"words": WORDS})

    assert (403, "forged") == (answer.status_code, answer.json()["code"])
    assert head == town.hub.log.head()[0]


def test_a_coordinator_reads_and_the_citizen_sees_it(api: Api, karla: UUID) -> None:
    """What the coordinator may know comes, and stands in the citizen's own access log."""
    answer = api.as_("mette").read(f"/citizens/{api.ref('social_psychiatry', karla)}/timeline")
    looks = api.as_(karla).read("/citizens/me/access").json()["entries"]

    assert answer.status_code == 200
    assert "En hund" in answer.text
    assert str(karla) not in answer.text
    assert any(
        one["organisation"] == "social_psychiatry" and one["through"] == "timeline" and one["permitted"]
        for one in looks
    )


def test_a_command_sent_again_is_the_same_command(api: Api, town: Town, karla: UUID) -> None:
    """A lost answer is asked for again with the same key: the first answer comes, and nothing is recorded twice."""
    mette, key = api.as_("mette"), uuid4()
    path = f"/citizens/{api.ref('social_psychiatry', karla)}/hopes"
    first = mette.do(path, {"words": WORDS}, key=key)
    head = town.hub.log.head()[0]
    again = mette.do(path, {"words": WORDS}, key=key)

    assert 201 == first.status_code == again.status_code
    assert first.content == again.content
    assert head == town.hub.log.head()[0]
    source = {opened.body["act"]["source"] for item, opened in town.hub.items(karla) if item.position == head}
    assert {str(Source.API)} == source


def test_a_key_is_for_one_command_only(api: Api, town: Town, karla: UUID) -> None:
    """The same key with other words, or from somebody else, is refused, and nothing is recorded."""
    mette, key = api.as_("mette"), uuid4()
    path = f"/citizens/{api.ref('social_psychiatry', karla)}/hopes"
    mette.made(path, {"words": WORDS}, key=key)
    head = town.hub.log.head()[0]
    other = mette.do(path, {"words": {**WORDS, "text": "Et andet håb"}}, key=key)
    anothers = api.as_("lene").do(f"/citizens/{api.ref('authority', karla)}/hopes", {"words": WORDS}, key=key)

    assert (409, "key_reused") == (other.status_code, other.json()["code"])
    assert 409 == anothers.status_code
    assert head == town.hub.log.head()[0]


def test_a_refused_command_uses_no_key_up(api: Api, karla: UUID) -> None:
    """Somebody who was refused puts it right and sends it again under the same key."""
    mette, key = api.as_("mette"), uuid4()
    path = f"/citizens/{api.ref('social_psychiatry', karla)}/plans"
    refused = mette.do(path, {"kind": "handleplan"}, key=key)
    taken = mette.do(path, {"kind": "indsatsplan"}, key=key)

    assert (403, "not_permitted") == (refused.status_code, refused.json()["code"])
    assert taken.status_code == 201


def test_another_partners_reference_is_nobodys(api: Api, karla: UUID) -> None:
    """A reference that leaked opens nothing elsewhere: the same bytes as for one that nobody has, read or written."""
    ann, theirs = api.as_("ann"), api.ref("social_psychiatry", karla)
    system = api.system("jobcentre")
    for caller in (ann, system):
        for path in (
            "timeline",
            "page",
            "view",
            "goals",
            "consents",
            "handovers",
            "meetings",
            f"events/{uuid4()}",
        ):
            leaked = caller.read(f"/citizens/{theirs}/{path}")
            nonsense = caller.read(f"/citizens/nobody/{path}")
            assert 404 == leaked.status_code == nonsense.status_code
            assert leaked.json()["code"] == "nothing_to_show"
            assert leaked.content == nonsense.content
            assert leaked.headers["content-type"] == PROBLEM
    written, nothing = (ann.do(f"/citizens/{whom}/hopes", {"words": WORDS}) for whom in (theirs, "nobody"))
    assert 404 == written.status_code
    assert written.content == nothing.content


def test_a_system_reads_as_its_organisation_and_writes_only_for_a_person(
    api: Api, town: Town, karla: UUID
) -> None:
    """A partner's system reads for the purposes agreed for it; it records only on behalf of one of its own people."""
    path = f"/citizens/{api.ref('social_psychiatry', karla)}"
    system, mette = api.system("social_psychiatry"), api.system("social_psychiatry", on_behalf_of="mette")
    unasked = api.system("social_psychiatry", on_behalf_of="mette", allowed=False)
    stranger = api.system("social_psychiatry", on_behalf_of="ann")
    head = town.hub.log.head()[0]

    assert "En hund" in system.read(f"{path}/view").text
    assert 403 == system.do(f"{path}/hopes", {"words": WORDS}).status_code
    assert 403 == unasked.do(f"{path}/hopes", {"words": WORDS}).status_code
    assert 403 == stranger.do(f"{path}/hopes", {"words": WORDS}).status_code
    assert head == town.hub.log.head()[0]
    assert 201 == mette.do(f"{path}/hopes", {"words": WORDS}).status_code
    assert "system" in {one["role"] for one in api.as_(karla).read("/citizens/me/access").json()["entries"]}


def test_what_is_wrong_is_told_by_its_place_alone(api: Api, karla: UUID) -> None:
    """A call that cannot be read is answered with where it is wrong, and never with what was written."""
    answer = api.as_("mette").do(
        f"/citizens/{api.ref('social_psychiatry', karla)}/hopes",
        {"words": {"text": "Hemmelig", "labels": ["hemmeligt"]}},
    )

    assert (422, "invalid_request") == (answer.status_code, answer.json()["code"])
    assert "emmelig" not in answer.text
    assert any(one["where"].startswith("body.words.labels") for one in answer.json()["errors"])


def test_who_looked_is_the_citizens_alone(api: Api, karla: UUID) -> None:
    """Staff, whatever their task, are told nothing of who has looked, nor of what others see."""
    path = f"/citizens/{api.ref('social_psychiatry', karla)}"
    mette, jobcentre = api.as_("mette"), str(api.town.partners["jobcentre"])
    for answer in (mette.read(f"{path}/access"), mette.read(f"{path}/explanation", partner=jobcentre)):
        assert (404, "nothing_to_show") == (answer.status_code, answer.json()["code"])


def test_the_access_log_is_read_page_by_page(api: Api, karla: UUID) -> None:
    """Older entries follow on newer ones, none twice and none left out."""
    mette, own = api.as_("mette"), api.as_(karla)
    for path in ("timeline", "page", "view", "goals", "meetings"):
        mette.read(f"/citizens/{api.ref('social_psychiatry', karla)}/{path}")
    first = own.read("/citizens/me/access", limit=2).json()
    second = own.read("/citizens/me/access", limit=2, before=first["next"]).json()
    whole = own.read("/citizens/me/access", limit=500).json()["entries"]

    told = [one for one in whole if one["role"] != "citizen"]
    seen = [one for one in (*first["entries"], *second["entries"]) if one["role"] != "citizen"]
    assert seen == told[: len(seen)]


def test_the_citizen_is_explained_what_an_organisation_sees(api: Api, town: Town, karla: UUID) -> None:
    """The citizen reads which entries an organisation sees, and why it does not see the others."""
    found = api.as_(karla).read(
        "/citizens/me/explanation", partner=str(town.partners["jobcentre"]), purpose="employment"
    )

    assert found.status_code == 200, found.text
    assert [] == found.json()["seen"]
    assert found.json()["absent"] or found.json()["shut"]


def test_everything_else_is_told_by_its_name(api: Api, town: Town, karla: UUID) -> None:
    """A wish has no operation of its own: it is told as an event, and answered as one, by its reference."""
    own, mette = api.as_(karla), api.as_("mette")
    wish = own.made("/citizens/me/events", {"event": "citizen.wish_made", "fields": {"words": WORDS}})["wish"]
    town.wired.catch_up()
    path = f"/citizens/{api.ref('social_psychiatry', karla)}"
    shown = [
        one for one in mette.read(f"{path}/timeline").json()["entries"] if one["event"] == "citizen.wish_made"
    ]
    assert 1 == len(shown)
    assert shown[0]["ref"] != wish, "each calls it by a reference of its own"
    unknown = own.do("/citizens/me/events", {"event": "citizen.wish_made", "fields": {"hund": 1}})
    assert (422, "bad_input") == (unknown.status_code, unknown.json()["code"])


def test_what_is_too_large_is_refused_unread(api: Api, town: Town, karla: UUID) -> None:
    """A call beyond the limit is not read, and nothing is recorded."""
    head = town.hub.log.head()[0]
    answer = api.as_("mette").do(
        f"/citizens/{api.ref('social_psychiatry', karla)}/hopes",
        {"words": {"text": "x" * (LARGEST + 1), "labels": ["wishes"]}},
    )

    assert (413, "too_large") == (answer.status_code, answer.json()["code"])
    assert head == town.hub.log.head()[0]


def test_a_system_speaks_for_its_own_people_alone(api: Api, town: Town, karla: UUID) -> None:
    """Nobody at another organisation, and nobody whom the hub does not know, is a person a system can speak for."""
    path = f"/citizens/{api.ref('social_psychiatry', karla)}/timeline"
    for slug in ("ann", "nobody"):
        answer = api.system("social_psychiatry", on_behalf_of=slug).read(path)
        assert (403, "wrong_role") == (answer.status_code, answer.json()["code"])


def test_problems_are_told_in_the_language_that_was_asked_for(api: Api) -> None:
    """The code stays; the sentence is Danish, or English to whoever asks for it."""
    stranger = api.as_(None)
    danish = stranger.get("/api/v1/me", headers={"accept-language": "da"}).json()
    english = stranger.get("/api/v1/me", headers={"accept-language": "en"}).json()

    assert danish["code"] == english["code"]
    assert "Log ind" in danish["title"]
    assert "Log in" in english["title"]


def test_where_the_log_cannot_be_written_nothing_is_answered(api: Api, town: Town, karla: UUID) -> None:
    """With the access log out of order every reading is refused as unavailable, and holds nothing of the citizen."""
    mette, system = api.as_("mette"), api.system("social_psychiatry")
    path = f"/citizens/{api.ref('social_psychiatry', karla)}"
    town.wired.catch_up()
    with town.database.connection() as connection:
        connection.execute("ALTER TABLE access_log ADD CONSTRAINT out_of_order CHECK (false) NOT VALID")
    try:
        for caller in (mette, system):
            for ending in ("timeline", "page", "view", "goals", "meetings", "consents"):
                answer = caller.read(f"{path}/{ending}")
                assert (503, "not_logged") == (answer.status_code, answer.json()["code"]), ending
                assert "hund" not in answer.text
        fed = system.read("/feed")
        assert (503, "not_logged") == (fed.status_code, fed.json()["code"])
    finally:
        with town.database.connection() as connection:
            connection.execute("ALTER TABLE access_log DROP CONSTRAINT out_of_order")
    assert 200 == mette.read(f"{path}/page").status_code
