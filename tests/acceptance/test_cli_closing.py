"""Closing, coming back, changing the coordinator, moving a meeting and who has a task, as people type them."""

from collections.abc import Iterator

import pytest

from tests.cli import ENGLISH, Result, Town, town


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


def flat(result: Result) -> str:
    """What was said, without its line breaks."""
    return " ".join(result.out.split())


def meeting(hub: Town, citizen: str) -> str:
    """A meeting that mette convenes."""
    purpose = ("--purpose-text", "Næste skridt", "--label", "meetings", "--as", "mette")
    return hub.ok("meeting", "convene", citizen, "--starts", "2031-03-03 10:00", *purpose).ids["meeting"]


def test_closing_tells_what_ended_and_shows_the_way_back(hub: Town) -> None:
    """Previewed first, then closed: the authority reads what it could see that ended; then strangers read nothing."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    back = ("--way-back", "Ring til Lene på 12 34 56 78", "--label", "contact", "--as", "lene")
    told = flat(hub.ok("preview", "citizen", "close", citizen, *back))
    assert told.startswith("Forhåndsvisning: intet er skrevet.")
    assert "Myndigheden vil ikke længere kunne se" in told
    said = flat(hub.ok("citizen", "close", citizen, *back))
    assert "Noteret: samarbejdet er afsluttet." in said
    assert "Opgave: Lene Test" in said
    assert "Tovholder: Mette Test" in said
    assert said.endswith("Borgeren kan altid komme tilbage: hub citizen reopen.")
    hub.ok("catch-up")
    stranger = hub.hub("timeline", citizen, "--as", "ann", "--purpose", "employment")
    nobody = hub.hub(
        "timeline", "00000000-0000-4000-8000-000000000000", "--as", "ann", "--purpose", "employment"
    )
    assert stranger == nobody
    assert 4 == stranger.code
    timeline = flat(hub.ok("timeline", citizen, "--as", "citizen"))
    assert "Ring til Lene på 12 34 56 78" in timeline
    assert "samarbejdet er afsluttet" in timeline
    english = flat(hub.ok("timeline", citizen, "--as", "citizen", lang=ENGLISH))
    assert "the cooperation is closed" in english


def test_the_way_back_is_open(hub: Town) -> None:
    """A hope is refused with what to do; the citizen reopens, and tells it."""
    citizen = hub.citizen()
    hub.ok("citizen", "close", citizen, "--as", "lene")
    hope = ("citizen", "hope", citizen, "En kat", "--label", "wishes", "--as", "citizen")
    refused = hub.hub(*hope)
    assert 0 != refused.code
    assert "hub citizen reopen" in refused.err
    hub.ok(
        "citizen", "reopen", citizen, "--words", "Jeg vil i gang igen", "--label", "wishes", "--as", "citizen"
    )
    hub.ok(*hope)
    hub.ok("catch-up")
    timeline = flat(hub.ok("timeline", citizen, "--as", "citizen"))
    assert timeline.index("En kat") < timeline.index("Jeg vil i gang igen") < timeline.index("En hund")


def test_the_citizen_reads_who_has_a_task(hub: Town) -> None:
    """Who, since when, and what ended it; a worker reads what they may know, and a stranger nothing."""
    citizen = hub.citizen()
    which = meeting(hub, citizen)
    companion = ("--words", "Min søster tager med", "--label", "meetings", "--as", "citizen")
    hub.ok("meeting", "companion", citizen, which, *companion)
    hub.ok("meeting", "cancel", citizen, which, "--as", "mette")
    hub.ok("citizen", "end-relation", citizen, "jobcenter", "--person", "ann", "--as", "lene")
    hub.ok("catch-up")
    told = flat(hub.ok("tasks", citizen, "--as", "citizen"))
    assert "Tovholder: Mette Test" in told
    assert "Opgave: Ann Test, Jobcenter Nord (beskæftigelse), fra" in told
    assert "Bisidder til et møde: “Min søster tager med”" in told
    assert told.count(", til ") == 2
    found = hub.ok("tasks", citizen, "--as", "citizen", "--json").json["tasks"]
    assert ["citizen.relation_ended", "meeting.cancelled"] == [
        one["ended"]["event"] for one in found if one["ended"] is not None
    ]
    own = flat(hub.ok("tasks", citizen, "--as", "lene", "--purpose", "casework"))
    assert "Opgave: Lene Test" in own
    assert "søster" not in own
    assert own.endswith("Du ser det, I må få at vide. Der kan være andet, og der kan være intet andet.")
    assert 4 == hub.hub("tasks", citizen, "--as", "eva", "--purpose", "treatment").code
    assert 0 != hub.hub("tasks", citizen, "--as", "operator").code
    looked = flat(hub.ok("who-looked", citizen, "--as", "citizen"))
    assert "hvem der har en opgave" in looked


def test_the_coordinator_changes_when_the_new_one_has_said_yes(hub: Town) -> None:
    """Refused with what to do; proposed, accepted, shown what is left, settled one by one, and then changed."""
    citizen = hub.citizen()
    consent = hub.ok(
        "consent", "give", citizen, "Socialpsykiatrien", "--category", "contact", "--purpose", "coordination",
        "--as", "citizen",
    ).ids["consent"]  # fmt: skip
    change = ("citizen", "change-coordinator", citizen, "--person", "lene", "--as", "mette")
    assert "hub handover propose --kind responsibility" in hub.hub(*change).err
    terms = ("--kind", "responsibility", "--as", "mette")
    handover = hub.ok("handover", "propose", citizen, "Myndigheden", *terms).ids["handover"]
    hub.ok("handover", "accept", handover, "--as", "lene")
    hub.ok("catch-up")
    assert "hub handover left" in hub.hub(*change).err
    left = hub.ok("handover", "left", handover, "--as", "mette", "--purpose", "coordination", "--json").json[
        "left"
    ]
    assert ["consents.given"] == [one["event"] for one in left]
    assert consent in hub.ok("handover", "left", handover, "--as", "citizen", "--json").out
    reason = ("--let-go", left[0]["ref"], "--reason", "Mette stopper", "--label", "plan")
    told = flat(hub.ok(*change, *reason))
    assert told.startswith("Noteret: der er en ny tovholder.")
    hub.ok("catch-up")
    timeline = flat(hub.ok("timeline", citizen, "--as", "citizen"))
    assert "ikke ført videre ved et skift" in timeline
    assert "Intet at vise, der mangler." in flat(hub.ok("handover", "left", handover, "--as", "citizen"))


def test_a_meeting_is_moved_and_the_overview_has_the_new_time(hub: Town) -> None:
    """The coordinator's overview says the new time, and the citizen sees that it was put right."""
    citizen = hub.citizen()
    which = meeting(hub, citizen)
    hub.ok("meeting", "move", citizen, which, "--starts", "2031-03-05 14:30", "--as", "mette")
    hub.ok("catch-up")
    cards = hub.ok("overview", "--as", "mette", "--purpose", "coordination", "--json", "--limit", "500").json
    (card,) = [one for one in cards["citizens"] if one["citizen"] == citizen]
    assert "2031-03-05T13:30:00+00:00" == card["next_meeting"]["starts"]
    timeline = flat(hub.ok("timeline", citizen, "--as", "citizen"))
    assert "onsdag 5. marts 2031 kl. 14.30" in timeline
    assert "(rettet)" in timeline
    assert "intet at flytte" in hub.hub("meeting", "move", citizen, which, "--starts", "2031-03-05 14:30",
                                        "--as", "mette").err  # fmt: skip


def test_more_than_the_citizen_would_meet_is_said_and_not_refused(hub: Town) -> None:
    """At the third invitation a line says so, and the overview has it; who may not know of the wish is told nothing."""
    citizen = hub.citizen()
    which = meeting(hub, citizen)
    hub.ok("voice", "meeting-preference", citizen, "--most", "1", "--as", "mette")
    purpose = ("--purpose-text", "Næste skridt", "--label", "meetings", "--as")
    first = flat(hub.ok("meeting", "invite", citizen, which, "jobcenter", *purpose, "mette"))
    assert "helst mødes" not in first
    second = flat(hub.ok("meeting", "invite", citizen, which, "Myndigheden", *purpose, "mette"))
    assert "2 er inviteret til et møde; borgeren vil helst mødes med højst 1." in second
    blind = flat(hub.ok("meeting", "invite", citizen, which, "Rusmiddelcentret", *purpose, "lene"))
    assert "helst mødes" not in blind
    hub.ok("catch-up")
    told = flat(hub.ok("overview", "--as", "mette", "--purpose", "coordination", "--limit", "500"))
    assert "2 er inviteret til et møde; borgeren vil helst mødes med højst 1." in told
