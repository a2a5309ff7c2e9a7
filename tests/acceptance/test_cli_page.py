"""A citizen's page, on the command line: what stands now, the hopes first."""

from collections.abc import Iterator

import pytest

from tests.cli import ENGLISH, Town, town


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.fixture
def citizen(hub: Town) -> str:
    """A citizen of whom nobody has a consent."""
    return hub.citizen(consent=False)


def seen(hub: Town, citizen: str, *reader: str) -> list[str]:
    """The lines of a page."""
    return hub.ok("page", citizen, "--as", *(reader or ("citizen",))).out.splitlines()


def flowing(hub: Town, citizen: str) -> str:
    """The citizen's page as one line."""
    return " ".join(" ".join(seen(hub, citizen)).split())


def test_the_hopes_come_first(hub: Town, citizen: str) -> None:
    """Whatever else there is, a page begins with what the citizen hopes for, as it was last told."""
    hub.ok("catch-up")
    hope = hub.ok("timeline", citizen, "--as", "citizen", "--refs", "--json").json["entries"][0]["ref"]
    hub.ok("citizen", "retell", citizen, hope, "To hunde", "--label", "wishes", "--as", "citizen")
    hub.ok("voice", "help-card", citizen, "--words", "Skriv først", "--label", "wishes", "--as", "citizen")
    lines = seen(hub, citizen)

    assert lines[0] == "Håb"
    assert "To hunde" in lines[1]
    assert not any("En hund" in line for line in lines)
    assert any("Skriv først" in line for line in lines)


def test_a_wish_stands_there_until_it_is_answered(hub: Town, citizen: str) -> None:
    """What nobody has answered is on the page; a no without a reason is refused; an answer takes it off."""
    wish = hub.ok(
        "voice", "wish", citizen, "--words", "Et sted at cykle hen", "--label", "wishes", "--as", "citizen"
    )
    assert any("Et sted at cykle hen" in line for line in seen(hub, citizen))
    no = ("voice", "answer-wish", citizen, wish.ids["wish"], "--as", "lene")
    refused = hub.hub(*no, lang=ENGLISH)
    assert (3, "") == refused[:2] or (2, "") == refused[:2]
    assert "reason" in refused.err
    hub.ok(*no, "--text", "Der er ingen sti endnu", "--label", "wishes")

    assert not any("Et sted at cykle hen" in line for line in seen(hub, citizen))


def test_a_strength_says_whether_the_citizen_has_said_yes(hub: Town, citizen: str) -> None:
    """Others suggest, the citizen confirms; until then the page says that nobody has."""
    made = hub.ok(
        "voice",
        "strength",
        citizen,
        "--text",
        "Kan se, hvad der knirker",
        "--label",
        "wishes",
        "--as",
        "lene",
    )
    assert "borgeren har ikke svaret" in flowing(hub, citizen)
    hub.ok("voice", "confirm-strength", citizen, made.ids["strength"], "--as", "citizen")

    assert any("Kan se, hvad der knirker" in line for line in seen(hub, citizen))
    assert "borgeren har ikke svaret" not in flowing(hub, citizen)


def test_a_goal_keeps_the_citizens_words_however_it_goes(hub: Town, citizen: str) -> None:
    """What is told of its progress words no goal anew; only rewording does."""
    plan = hub.ok("plan", "open", citizen, "--kind", "indsatsplan", "--as", "mette").ids["plan"]
    goal = hub.ok(
        "plan", "set-goal", citizen, plan, "--words", "Have en hund", "--label", "plan", "--as", "mette"
    ).ids["goal"]
    on = (citizen, plan, goal)
    hub.ok("plan", "progress", *on, "--words", "Det gik skidt", "--label", "plan", "--as", "mette")
    assert "Have en hund" in (page := flowing(hub, citizen))
    assert "Det gik skidt" not in page
    hub.ok("plan", "reword-goal", *on, "--words", "To hunde", "--label", "plan", "--as", "mette")

    assert "To hunde" in (page := flowing(hub, citizen))
    assert "Have en hund" not in page


def test_a_hard_period_is_said_at_once_and_is_over_when_it_is(hub: Town, citizen: str) -> None:
    """Whoever opens the page sees that it is hard now; when it has ended, nobody does."""
    period = hub.ok(
        "need", "hard-period", citizen, "--words", "April igen", "--label", "everyday", "--as", "citizen"
    )
    assert any(line.startswith("Svær periode") for line in seen(hub, citizen))
    hub.ok("need", "end-hard-period", citizen, period.ids["period"], "--as", "citizen")

    assert not any(line.startswith("Svær periode") for line in seen(hub, citizen))


def test_the_lack_of_a_coordinator_cannot_be_overlooked(hub: Town, citizen: str) -> None:
    """The citizen sees who it is, and then that there is none."""
    assert any(line.startswith("Tovholder: Mette") for line in seen(hub, citizen))
    hub.ok("citizen", "release-coordinator", citizen, "--as", "lene")

    assert any("INGEN tovholder" in line for line in seen(hub, citizen))


def test_the_coming_meeting_opens_with_the_citizens_message(hub: Town, citizen: str) -> None:
    """Under the meeting stand its purpose, the message, and what was put on the agenda."""
    meeting = hub.ok(
        "meeting", "convene", citizen, "--starts", "2030-03-01 10:00", "--purpose-text", "Tale om arbejde",
        "--label", "meetings", "--as", "lene",
    ).ids["meeting"]  # fmt: skip
    on = (citizen, meeting)
    hub.ok("meeting", "message", *on, "--words", "Læs det højt", "--label", "meetings", "--as", "citizen")
    hub.ok("meeting", "propose-item", *on, "--words", "Hunden", "--label", "meetings", "--as", "citizen")
    page = "\n".join(seen(hub, citizen))

    assert page.index("Tale om arbejde") < page.index("Læs det højt") < page.index("Hunden")


def test_a_partner_sees_on_the_page_what_it_may_know_and_no_more(hub: Town, citizen: str) -> None:
    """The jobcentre reads the hope and not the difficulty; a stranger is denied like anybody; each look is logged."""
    hub.ok(
        "consent",
        "give",
        citizen,
        "jobcenter",
        "--category",
        "wishes",
        "--purpose",
        "employment",
        "--as",
        "citizen",
    )
    hub.ok("citizen", "hope", citizen, "Et arbejde", "--label", "wishes", "--as", "citizen")
    hub.ok("voice", "difficulty", citizen, "--words", "Stemmerne", "--label", "health", "--as", "citizen")
    reader = ("ann", "--purpose", "employment")
    page = "\n".join(seen(hub, citizen, *reader))

    assert "Et arbejde" in page
    assert "Stemmerne" not in page
    assert "intet andet" in page
    assert "denne linje står hos alle" in flowing(hub, citizen)
    denied = hub.hub("page", citizen, "--as", "eva", "--purpose", "treatment")
    assert denied.code != 0
    assert denied.out == ""
    assert "så din side" in hub.ok("who-looked", citizen, "--as", "citizen").out


def test_not_knowing_yet_is_an_answer(hub: Town, citizen: str) -> None:
    """A hope can be that one does not know yet: it stands where hopes stand; nothing at all is no answer."""
    hub.ok("citizen", "hope", citizen, "--not-yet", "--as", "citizen")

    assert "Jeg ved det ikke endnu." in flowing(hub, citizen)
    assert "not-yet" in hub.hub("citizen", "hope", citizen, "--as", "citizen").err


def test_a_note_written_together_says_so(hub: Town, citizen: str) -> None:
    """Whoever reads the note sees that the citizen wrote it too; of other notes nothing is said."""
    note = ("citizen", "contact", citizen, "--label", "meetings", "--as", "lene", "--text")
    hub.ok(*note, "Gik en tur", "--together")
    hub.ok(*note, "Ringede")
    hub.ok("catch-up")
    told = hub.ok("timeline", citizen, "--as", "citizen").out

    assert 1 == told.count("Skrevet sammen")
