"""One story from `hub init` to a withdrawal, told with the command line alone."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.postgres import EmbeddedServer
from hub.vault import new_root_key
from tests.cli import DANISH, ENGLISH, HASTY, Home, Town, folder, town

CONSTANT = "Du ser det, I må få at vide. Der kan være andet, og der kan være intet andet."


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


def test_the_story_ends_with_nothing_though_nothing_follows_the_log(hub: Town) -> None:
    """Given, read, withdrawn: the next read has none of it, with every consumer stopped, in a new process."""
    citizen = hub.citizen(hope="Et arbejde med dyr")
    hub.ok("catch-up")
    reading = ("view", "jobcenter", citizen, "--as", "ann", "--purpose", "employment")
    seen = hub.process(*reading)
    assert 0 == seen.code, seen
    assert "“Et arbejde med dyr” (håb og ønsker)" in seen.out
    assert seen.out.rstrip().endswith(CONSTANT)

    hub.ok("consent", "withdraw", citizen, "--partner", "jobcenter", "--as", "citizen")

    after = hub.process(*reading)
    assert 0 == after.code, "the partner named still knows that the consent was given (rule 9)"
    assert "Gav samtykke" in after.out
    for gone in ("håb", "hund", "arbejde"):
        assert gone not in after.out + after.err


def _teller(hub: Town, told: list[str]) -> Callable[..., dict[str, str]]:
    def do(*arguments: str) -> dict[str, str]:
        result = hub.ok(*arguments)
        told.append(result.out)
        return result.ids

    return do


def _each_is_one_line(told: list[str]) -> bool:
    return all(line.startswith("Noteret: ") and line.count("\n") == 1 for line in told)


def test_the_verbs_of_a_plan_say_what_they_recorded(hub: Town) -> None:
    """Goals and support go through, each with one line."""
    citizen = hub.citizen()
    told: list[str] = []
    do = _teller(hub, told)

    plan = do("plan", "open", citizen, "--kind", "handleplan", "--as", "lene")["plan"]
    goal = do(
        "plan", "set-goal", citizen, plan, "--words", "Have en hund", "--label", "plan", "--as", "lene"
    )["goal"]
    for verb, words in (("reword-goal", "To hunde"), ("progress", "Jeg har ringet")):
        do("plan", verb, citizen, plan, goal, "--words", words, "--label", "plan", "--as", "lene")
    do("plan", "reach-goal", citizen, plan, goal, "--as", "lene")
    other = do("plan", "set-goal", citizen, plan, "--words", "Flytte", "--label", "plan", "--as", "lene")[
        "goal"
    ]
    do("plan", "let-go", citizen, plan, other, "--as", "lene")
    granted = ("--provider", "socialpsykiatri", "--paragraph", "§ 85")
    support = do("plan", "grant-support", citizen, plan, *granted, "--as", "lene")["support"]
    do(
        "plan",
        "adjust-support",
        citizen,
        plan,
        support,
        "--text",
        "To gange",
        "--label",
        "plan",
        "--as",
        "mette",
    )
    do("plan", "end-support", citizen, plan, support, "--as", "lene")
    do("plan", "close", citizen, plan, "--as", "lene")

    assert _each_is_one_line(told)


def test_the_verbs_of_a_meeting_say_what_they_recorded(hub: Town) -> None:
    """Invitations, approvals and agreements go through, each with one line."""
    citizen = hub.citizen()
    told: list[str] = []
    do = _teller(hub, told)

    why = ("--purpose-text", "Næste skridt", "--label", "meetings", "--as", "mette")
    meeting = do("meeting", "convene", citizen, "--starts", "2099-03-03 10:00", *why)["meeting"]
    do("meeting", "invite", citizen, meeting, "jobcenter", "--with", "myndighed", *why)
    do("meeting", "approve", citizen, meeting, "jobcenter", "--knows", "myndighed", "--as", "citizen")
    do("meeting", "withdraw-approval", citizen, meeting, "jobcenter", "--as", "citizen")
    what = ("--what", "Ringer mandag", "--owner", "jobcenter", "--label", "agreements", "--as", "mette")
    first, second = (do("meeting", "agree", citizen, meeting, *what)["agreement"] for _ in range(2))
    do("meeting", "delay", citizen, meeting, first, "--due", "2099-03-16", "--as", "ann")
    do("meeting", "done", citizen, meeting, first, "--as", "ann")
    do("meeting", "drop", citizen, meeting, second, "--as", "mette")
    do("meeting", "hold", citizen, meeting, "--came", "jobcenter", "--citizen-took-part", "--as", "mette")
    called_off = do("meeting", "convene", citizen, "--starts", "2099-04-03 10:00", *why)["meeting"]
    do("meeting", "cancel", citizen, called_off, "--as", "mette")

    assert _each_is_one_line(told)


def test_the_verbs_of_handovers_consents_and_the_citizen_say_what_they_recorded(hub: Town) -> None:
    """Handovers with their items, consents, blocks and the people around the citizen go through, each in one line."""
    citizen = hub.citizen()
    told: list[str] = []
    do = _teller(hub, told)

    hub.ok("catch-up")
    entries = hub.ok("timeline", citizen, "--as", "citizen", "--json").json["entries"]
    hope = next(entry["ref"] for entry in entries if entry["event"] == "citizen.hope_told")
    do("citizen", "retell", citizen, hope, "En kat", "--label", "wishes", "--as", "citizen")
    offer = (
        "handover",
        "propose",
        citizen,
        "jobcenter",
        "--kind",
        "knowledge",
        "--item",
        hope,
        "--as",
        "mette",
        "--approved",
    )
    for verb in ("accept", "decline", "withdraw"):
        handover = do(*offer)["handover"]
        more = ("--reason", "Ikke os", "--label", "plan") if verb == "decline" else ()
        if verb == "accept":
            opened = hub.ok("handover", "open", handover, "--as", "ann", "--purpose", "employment")
            assert "“En hund”" in opened.out
            assert CONSTANT in opened.out
            do("handover", "read", handover, "--as", "ann")
        do("handover", verb, handover, "--as", "mette" if verb == "withdraw" else "ann", *more)
        if verb == "accept":
            do("handover", "complete", handover, "--as", "ann")

    do(
        "consent",
        "agree-text",
        citizen,
        "jobcenter",
        "--text",
        "Kommer torsdag",
        "--label",
        "meetings",
        "--as",
        "citizen",
    )
    refused = ("--category", "health", "--purpose", "employment", "--as", "ann")
    do("consent", "refuse", citizen, "jobcenter", *refused)
    consent = hub.consent(citizen)
    do(
        "consent",
        "narrow",
        citizen,
        consent,
        "--category",
        "plan",
        "--until",
        "2098-01-01",
        "--as",
        "citizen",
    )
    do("consent", "renew", citizen, consent, "--until", "2099-01-01", "--as", "citizen")
    do("consent", "withdraw", citizen, "--consent", consent, "--channel", "phone", "--as", "mette")
    block = do("block", "set", citizen, "jobcenter", "--category", "health", "--as", "citizen")["block"]
    do("block", "lift", citizen, block, "--as", "citizen")
    do(
        "citizen",
        "contact",
        citizen,
        "--day",
        "2026-03-01",
        "--text",
        "En tur",
        "--label",
        "meetings",
        "--as",
        "mette",
    )
    do(
        "citizen",
        "assign-contact-person",
        citizen,
        "--person",
        "eva",
        "--purpose",
        "treatment",
        "--as",
        "lene",
    )
    do("citizen", "end-contact-person", citizen, "--person", "eva", "--as", "lene")
    do("citizen", "end-relation", citizen, "jobcenter", "--person", "ann", "--as", "lene")
    do("citizen", "release-coordinator", citizen, "--as", "lene")
    do("citizen", "died", citizen, "--day", "2026-11-01", "--as", "lene")
    do("partner", "agreement", "jobcenter", "2026-117", "--until", "2099-12-31")

    assert _each_is_one_line(told)


def test_lists_and_overviews_tell_people_what_is_theirs(hub: Town) -> None:
    """The coordinator's overview, the citizen's consents and who looked name organisations and days in plain words."""
    citizen = hub.citizen()
    why = ("--purpose-text", "Næste skridt", "--label", "meetings", "--as", "mette")
    meeting = hub.ok("meeting", "convene", citizen, "--starts", "2099-03-03 10:00", *why).ids["meeting"]
    due = ("--due", "2099-03-09", "--owner", "jobcenter", "--label", "agreements", "--as", "mette")
    hub.ok("meeting", "agree", citizen, meeting, "--what", "Ringer mandag", *due)
    hub.ok("catch-up")

    overview = hub.ok("overview", "--as", "mette", "--purpose", "coordination").out
    assert "Næste møde: tirsdag 3. marts 2099 kl. 10.00" in overview
    assert "Aftale: Ringer mandag (senest mandag 9. marts 2099) – Jobcenter Nord" in overview
    consents = hub.ok("consent", "list", citizen, "--as", "citizen").out
    assert "Jobcenter Nord: samtykke, gælder" in consents
    assert "indtil det trækkes tilbage" in consents
    assert "Gav samtykke" in hub.ok("consent", "list", citizen, "--as", "ann", "--purpose", "employment").out
    hub.ok("timeline", citizen, "--as", "ann", "--purpose", "employment")
    looked = hub.ok("who-looked", citizen, "--as", "citizen").out
    assert "Medarbejder hos Jobcenter Nord så din tidslinje for at hjælpe dig med" in " ".join(looked.split())
    assert 4 == hub.hub("who-looked", citizen, "--as", "ann", "--purpose", "employment").code


def test_a_timeline_comes_in_pages(hub: Town) -> None:
    """Each page ends with where the next begins, and together they are the whole."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    whole = [one["ref"] for one in hub.ok("timeline", citizen, "--as", "citizen", "--json").json["entries"]]
    paged: list[str] = []
    before: tuple[str, ...] = ()
    while True:
        page = hub.ok("timeline", citizen, "--as", "citizen", "--json", "--limit", "3", *before).json
        paged += [one["ref"] for one in page["entries"]]
        if page["before"] is None:
            break
        before = ("--before", str(page["before"]))

    assert whole == paged


def test_reads_are_logged_before_anything_is_shown(hub: Town) -> None:
    """At the first letter of an answer its access entry is there; each read writes one, permitted or not."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    count = "SELECT count(*) FROM access_log"

    class Watched(io.StringIO):
        entries: int | None = None

        def write(self, text: str) -> int:
            if self.entries is None:
                self.entries = hub.ask(count)
            return super().write(text)

    for arguments in (
        ("timeline", citizen, "--as", "ann", "--purpose", "employment"),
        ("timeline", citizen, "--as", "citizen"),
        ("timeline", citizen, "--as", "operator"),
        ("view", "jobcenter", citizen, "--as", "ann", "--purpose", "employment"),
        ("view", "jobcenter", "--as", "operator"),
        ("who-looked", citizen, "--as", "citizen"),
        ("consent", "list", citizen, "--as", "operator"),
        ("overview", "--as", "operator"),
        ("status",),
    ):
        before, answer = hub.ask(count), Watched()
        hub.ok(*arguments, out=answer)
        assert before + 1 == answer.entries, arguments
    before = hub.ask(count)
    assert 4 == hub.hub("timeline", citizen, "--as", "eva", "--purpose", "treatment").code
    assert before + 1 == hub.ask(count)
    assert "no_relation" in hub.ask("SELECT reasons FROM access_log ORDER BY id DESC LIMIT 1")


def test_the_operator_sees_counts_and_no_content(hub: Town) -> None:
    """Whatever the operator asks, neither words nor names of citizens come back; content is refused."""
    citizen = hub.citizen(hope="Hemmeligt ønske")
    hub.ok("catch-up")
    answers = [
        hub.ok("timeline", citizen, "--as", "operator"),
        hub.ok("timeline", citizen, "--as", "operator", "--json"),
        hub.ok("view", "jobcenter", citizen),
        hub.ok("view", "jobcenter", "--json"),
        hub.ok("consent", "list", citizen, "--as", "operator"),
        hub.ok("overview", "--as", "operator"),
        hub.ok("status"),
        hub.ok("status", "--json"),
        hub.hub("who-looked", citizen, "--as", "operator"),
        hub.hub("handover", "open", citizen, "--as", "operator"),
    ]
    for answer in answers:
        assert "Hemmeligt" not in answer.out + answer.err
        assert "Hanne" not in answer.out + answer.err
        assert citizen not in answer.out + answer.err
    assert 3 == answers[-1].code
    assert 3 == hub.hub("citizen", "hope", citizen, "x", "--label", "wishes", "--as", "operator").code


def test_json_answers_parse_and_give_a_partner_no_positions(hub: Town) -> None:
    """Every --json answer is one document; a partner's has no positions, whose gaps would tell."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    status = hub.ok("status", "--json").json
    assert {"log", "views", "partners", "citizens", "consents"} <= set(status)
    assert {0} == {view["lag"] for view in status["views"]}
    assert all(6 == len(view["checkpoints"]) for view in status["views"])
    for command in ("timeline", "view"):
        where = ("jobcenter",) if command == "view" else ()
        entries: list[dict[str, Any]] = hub.ok(
            command, *where, citizen, "--as", "ann", "--purpose", "employment", "--json"
        ).json["entries"]
        assert entries
        assert all("position" not in entry for entry in entries)
    assert [] != hub.ok("partner", "list", "--json").json
    assert hub.ok("overview", "--as", "mette", "--purpose", "coordination", "--json").json["citizens"]
    assert "consents" in hub.ok("consent", "list", citizen, "--as", "citizen", "--json").json
    assert hub.ok("who-looked", citizen, "--as", "citizen", "--json").json
    assert [] == hub.ok("rebuild", "partner_view", "--json").json["difference"]


def test_a_lag_is_told_to_the_citizen_and_never_to_a_partner(hub: Town) -> None:
    """What is not shown yet is a hint beside the answer, and a partner cannot tell from it that something happened."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    hub.ok("citizen", "hope", citizen, "En kat", "--label", "wishes", "--as", "citizen")
    assert "1 hændelse er ikke vist endnu: kør hub up" in hub.ok("timeline", citizen, "--as", "citizen").err
    assert "" == hub.ok("timeline", citizen, "--as", "ann", "--purpose", "employment").err


def test_a_command_sent_again_records_nothing_more(hub: Town) -> None:
    """With the same --command-id the first answer comes again, for an enrolment and a person too."""
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(3)]
    enrol = (
        "citizen",
        "enrol",
        "--name",
        "Omar Test",
        "--cpr",
        "610180-00A1",
        "--as",
        "lene",
        "--command-id",
        ids[0],
    )
    first = hub.ok(*enrol)
    head = hub.ok("status", "--json").json["log"]
    assert first.out == hub.ok(*enrol).out
    hope = (
        "citizen",
        "hope",
        first.ids["citizen"],
        "x",
        "--label",
        "wishes",
        "--as",
        "citizen",
        "--command-id",
        ids[1],
    )
    assert hub.ok(*hope).out == hub.ok(*hope).out
    person = (
        "partner",
        "person",
        "jobcenter",
        "ib",
        "--name",
        "Ib",
        "--function",
        "x",
        "--command-id",
        ids[2],
    )
    assert hub.ok(*person).out == hub.ok(*person).out
    assert head["position"] + 1 == hub.ok("status", "--json").json["log"]["position"]


def test_a_rebuilt_view_says_what_differs(hub: Town) -> None:
    """A view rebuilt on an unchanged log differs for nobody, and the report says so."""
    hub.citizen()
    hub.ok("catch-up")
    assert "Ingen forskel for nogen organisation." in hub.ok("rebuild", "partner_view").out
    assert 8 == hub.hub("rebuild", "nothing").code


def test_text_cannot_command_the_terminal(hub: Town) -> None:
    """A letter that a terminal would obey, or that turns the writing round, is shown as a dot."""
    citizen = hub.citizen(hope="Hund\u202eEt\u2066To")
    hub.ok("catch-up")
    shown = hub.ok("timeline", citizen, "--as", "citizen").out
    assert "Hund·Et·To" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_the_language_follows_lang(hub: Town) -> None:
    """LANG=en speaks English, LANG=da and no language at all Danish, in help, answers, days and denials."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    assert "Told a hope" in hub.ok("timeline", citizen, "--as", "citizen", lang=ENGLISH).out
    assert "Fortalte sit håb" in hub.ok("timeline", citizen, "--as", "citizen", lang="C").out
    english, danish = (hub.process("consent", "--help", lang=lang).out for lang in (ENGLISH, DANISH))
    assert "Usage: " in english
    assert "Example:" in english
    assert "Brug: " in danish
    assert "Eksempel:" in danish
    assert hub.hub("timeline", citizen, "--as", "eva", lang=ENGLISH).err.startswith(
        "There is nothing to show"
    )


def test_the_demonstration_knows_its_citizens_by_name(hub: Town) -> None:
    """With --demo a name serves as CITIZEN; without, only the reference does."""
    with folder() as where, EmbeddedServer(where / "demo" / "postgres", HASTY):
        demo = Home(where)
        place = ("--demo", "--home", str(where / "demo"))
        new_root_key(where / "demo.key")
        demo.ok(
            *place,
            "partner",
            "register",
            "--name",
            "Myndigheden",
            "--sector",
            "authority",
            "--purpose",
            "casework",
        )
        demo.ok(*place, "partner", "person", "myndighed", "lene", "--name", "Lene", "--function", "x")
        demo.ok(*place, "citizen", "enrol", "--name", "Hanne", "--as", "lene")
        demo.ok("citizen", "hope", "hanne", "En hund", "--label", "wishes", "--as", "citizen", *place)
        demo.ok("catch-up", *place)
        assert "En hund" in demo.ok(*place, "timeline", "Hanne", "--as", "citizen").out
        assert 4 == demo.hub(*place, "timeline", "Karl", "--as", "citizen").code
    assert 2 == hub.hub("timeline", "Hanne", "--as", "citizen").code
