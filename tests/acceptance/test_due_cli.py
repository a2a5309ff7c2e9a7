"""The list of things due, as people at the command line have it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import FixedClock
from hub.due import due_table
from tests.cli import ENGLISH, Town, town

METTE = ("--as", "mette", "--purpose", "coordination")


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """A clock that the test moves."""
    found = FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=next(_YEARS)))
    monkeypatch.setattr("hub.cli.session.clock", found)
    return found


_YEARS = iter(range(0, 36400, 364))
"""Each test begins on a Monday of its own, later than those before it."""


def helped(hub: Town, clock: FixedClock) -> str:
    """A citizen whose coordinator may know of nearly everything."""
    citizen = hub.citizen(task=True, consent=True)
    for partner, purposes in (("socialpsykiatri", "coordination"), ("myndighed", "casework")):
        hub.ok(
            "consent", "give", citizen, partner, "--category", "contact,wishes,plan,meetings,agreements,everyday",
            "--purpose", purposes, "--as", "citizen",
        )  # fmt: skip
    clock.advance(timedelta(seconds=1))
    return citizen


def wish(hub: Town, citizen: str, words: str, *labels: str) -> str:
    """The citizen wishes for something."""
    chosen = [part for label in labels or ("wishes",) for part in ("--label", label)]
    return hub.ok("voice", "wish", citizen, "--words", words, *chosen, "--as", "citizen").ids["wish"]


def test_my_list_is_sorted_by_day_and_says_days_in_words(hub: Town, clock: FixedClock) -> None:
    """A coordinator sees what waits, the oldest first, with the citizen's words, and never in capitals."""
    citizen = helped(hub, clock)
    wish(hub, citizen, "En cykel")
    clock.advance(timedelta(days=15))
    hub.ok("need", "acute", citizen, "--text", "Huslejen", "--label", "everyday", "--as", "mette")
    hub.ok("catch-up")

    shown = hub.ok("due", *METTE).out
    assert shown.index("1 dag over") < shown.index("i morgen"), shown
    assert "Et ønske venter på svar." in shown
    assert "“En cykel”" in shown
    assert "Et akut problem er ikke løst endnu." in shown
    assert "Du ser det, I må få at vide." in shown
    assert shown == hub.ok("due", citizen, *METTE).out
    assert "1 day over" in hub.ok("due", *METTE, lang=ENGLISH).out
    found = hub.ok("due", *METTE, "--json").json["due"]
    assert [("wish", 1), ("acute", 0)] == [(each["rule"], each["days_over"]) for each in found]
    assert all("position" not in each for each in found), "a partner is told no positions"

    card = hub.ok("overview", *METTE).out
    assert "Venter på dig: 1" in card
    looked = hub.ok("who-looked", citizen, "--as", "citizen").out
    assert "det, der venter" in " ".join(looked.split()), (
        "a list is a reading, and the citizen sees who looked"
    )


def test_what_is_on_a_list_can_be_answered_from_it(hub: Town, clock: FixedClock) -> None:
    """The reference on my list is what the answer is given with, and the rebuilt list is the same."""
    citizen = helped(hub, clock)
    wish(hub, citizen, "En cykel")
    hub.ok("catch-up")
    shown = hub.ok("due", citizen, *METTE, "--refs").out
    ref = shown.split("ref ")[1].split()[0]
    hub.ok("rebuild", "due")
    assert shown == hub.ok("due", citizen, *METTE, "--refs").out

    hub.ok("voice", "answer-wish", citizen, ref, "--met", "--as", "mette")
    hub.ok("catch-up")
    assert "Et ønske" not in hub.ok("due", citizen, *METTE).out


def test_nobody_else_has_what_the_citizen_agreed_to_do(hub: Town, clock: FixedClock) -> None:
    """What I said I would do is on my own list as a quiet line, and on nobody else's."""
    citizen = helped(hub, clock)
    meeting = hub.ok(
        "meeting", "convene", citizen, "--kind", "open_dialogue", "--starts", "2200-03-01 10:00",
        "--purpose-text", "Snak", "--label", "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip
    day = (clock() + timedelta(days=2)).date().isoformat()
    hub.ok(
        "meeting", "agree", citizen, meeting, "--what", "Jeg ringer selv", "--due", day, "--label", "agreements",
        "--as", "mette",
    )  # fmt: skip
    clock.advance(timedelta(days=30))
    hub.ok("catch-up")

    own = hub.ok("due", citizen, "--as", "citizen").out
    assert "Spørgsmål til dig. Intet haster, og du må lade være." in own
    assert "“Jeg ringer selv”" in own
    assert "over" not in own
    assert "Jeg ringer selv" not in hub.ok("due", *METTE).out


def test_a_consent_that_ends_is_a_question(hub: Town, clock: FixedClock) -> None:
    """I am asked whether I want to renew, and told that silence is an answer; staff are told nothing."""
    citizen = helped(hub, clock)
    last = (clock() + timedelta(days=20)).date().isoformat()
    hub.ok(
        "consent", "give", citizen, "jobcenter", "--category", "work", "--purpose", "employment", "--until", last,
        "--as", "citizen",
    )  # fmt: skip
    hub.ok("catch-up")
    own = hub.ok("due", citizen, "--as", "citizen").out
    assert "Siger du ingenting, ophører det af sig selv." in " ".join(own.split())
    assert "samtykke" not in hub.ok("due", citizen, *METTE).out.lower()


def test_what_is_absent_leaves_no_trace_on_a_list(hub: Town, clock: FixedClock) -> None:
    """A list is the same, to the last letter, whether or not there is something that its reader may not know of."""
    citizen = helped(hub, clock)
    hub.ok("catch-up")
    before = hub.ok("due", citizen, *METTE, "--json").out
    wish(hub, citizen, "Ud af det her", "wishes", "addiction")
    hub.ok("catch-up")
    assert before == hub.ok("due", citizen, *METTE, "--json").out
    assert "Ud af det her" in hub.ok("due", citizen, "--as", "citizen").out


def test_a_death_empties_every_list(hub: Town, clock: FixedClock) -> None:
    """Nobody is reminded of somebody who is dead."""
    citizen = helped(hub, clock)
    wish(hub, citizen, "En cykel")
    hub.ok("catch-up")
    assert "Et ønske" in hub.ok("due", citizen, *METTE).out
    hub.ok("citizen", "died", citizen, "--as", "lene")
    hub.ok("catch-up")
    assert "venter på svar" not in hub.hub("due", citizen, *METTE).out
    assert "Der er intet, der venter." in hub.ok("due", citizen, "--as", "citizen").out


def test_a_stranger_is_denied_like_anybody(hub: Town, clock: FixedClock) -> None:
    """Somebody without a task is told the one sentence; so are an unknown citizen's, and operators see no content."""
    citizen = helped(hub, clock)
    hub.ok("catch-up")
    for arguments in (
        (citizen, "--as", "bo", "--purpose", "employment"),
        ("11111111-1111-4111-8111-111111111111", *METTE),
        ("11111111-1111-4111-8111-111111111111", "--as", "citizen"),
    ):
        denied = hub.hub("due", *arguments)
        assert 4 == denied.code
        assert "Der er intet at vise" in denied.err
        assert not denied.out
    refused = hub.hub("due", "--as", "operator")
    assert 3 == refused.code
    assert "antal, aldrig indhold" in refused.err
    assert 2 == hub.hub("due").code
    assert 2 == hub.hub("due", "--as", "citizen").code


@pytest.mark.parametrize("lang", ["da_DK.UTF-8", ENGLISH])
def test_the_rules_are_printed_in_words(hub: Town, lang: str) -> None:
    """Everybody can read what the hub reminds of, by when, whom, and what a hard period does to it."""
    shown = hub.ok("due", "--rules", lang=lang).out
    words = " ".join(shown.split())
    for rule in due_table().rules.values():
        assert rule.says[lang == ENGLISH] in words
    assert not re.search(r"\b(citizen|meeting|plan|handover|consents|event)\.[a-z]|_|None", shown), (
        "code words"
    )
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert len(due_table().rules) == len(hub.ok("due", "--rules", "--json").json)
