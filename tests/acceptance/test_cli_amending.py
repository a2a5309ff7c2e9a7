"""What is said afterwards, as it is typed: corrected, labelled anew, disputed, misfiled; and who acts for whom."""

from collections.abc import Iterator

import pytest

from tests.cli import ENGLISH, Result, Town, town

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


def entries(hub: Town, citizen: str, who: str, purpose: str | None = None) -> Result:
    """What somebody reads on the timeline."""
    hub.ok("catch-up")
    return hub.hub("timeline", citizen, "--as", who, *(("--purpose", purpose) if purpose else ()), "--json")


def ref(hub: Town, citizen: str, who: str, event: str, purpose: str | None = None) -> str:
    """What somebody calls the newest event of a kind."""
    found = entries(hub, citizen, who, purpose).json["entries"]
    return next(str(one["ref"]) for one in found if one["event"] == event)


def test_staff_correct_what_they_see_under_the_name_they_know_it_by(hub: Town) -> None:
    """The reference on the own timeline serves; the corrected words are what everybody reads, in both languages."""
    citizen = hub.citizen()
    hope = ref(hub, citizen, "ann", "citizen.hope_told", "employment")
    told = hub.ok(
        "event", "correct", citizen, hope, "--field", "words", "--text", "To hunde", "--label", "wishes",
        "--reason", "Hørte forkert", "--as", "ann",
    )  # fmt: skip
    assert told.out.startswith("Noteret: det er rettet.")
    for who, purpose in (("citizen", None), ("ann", "employment")):
        answer = entries(hub, citizen, who, purpose).out
        assert "To hunde" in answer
    again = hub.ok(
        "event", "correct", citizen, hope, "--field", "Tidspunktet", "--value", "undated", "--as", "ann", lang=ENGLISH
    )  # fmt: skip
    assert again.out.startswith("Recorded: it is corrected.")


def test_a_value_is_typed_as_people_write_it(hub: Town) -> None:
    """A day, yes or no, and a time are taken; what is none of these is refused with the place."""
    citizen = hub.citizen()
    meeting = hub.ok(
        "meeting", "convene", citizen, "--starts", "2026-03-03 10:00", "--purpose-text", "Næste", "--label",
        "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip
    hub.ok("meeting", "hold", citizen, meeting, "--citizen-took-part", "--as", "mette")
    hub.ok("citizen", "contact", citizen, "--day", "2026-03-01", "--as", "mette")
    for event, field, value in (
        ("meeting.convened", "starts", "2026-03-04 11:00"),
        ("meeting.held", "citizen_took_part", "nej"),
        ("citizen.contact_recorded", "day", "2026-03-02"),
    ):
        called = ref(hub, citizen, "citizen", event)
        hub.ok("event", "correct", citizen, called, "--field", field, "--value", value, "--as", "citizen")
        wrong = hub.hub(
            "event", "correct", citizen, called, "--field", field, "--value", "snart", "--as", "citizen"
        )
        assert 2 == wrong.code, (field, wrong)
        assert 1 == wrong.err.count("\n")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("correct", UNKNOWN, "x", "--field", "words", "--value", "1"), "REF"),
        (("correct", UNKNOWN, UNKNOWN, "--field", "words"), "--text"),
        (("correct", UNKNOWN, UNKNOWN, "--field", "words", "--value", "1", "--text", "x", "--label", "plan"), "--text"),
        (("correct", UNKNOWN, UNKNOWN, "--field", "words", "--text", "x"), "label"),
        (("relabel", UNKNOWN, "x", "--add", "plan"), "REF"),
        (("dispute", UNKNOWN, UNKNOWN, "x"), "label"),
        (("misfile", UNKNOWN, UNKNOWN, "--label", "plan"), "--reason"),
        (("readers", UNKNOWN, "x"), "REF"),
    ],
)  # fmt: skip
def test_bad_input_names_the_place(hub: Town, arguments: tuple[str, ...], place: str) -> None:
    """Exit code 2 and one line."""
    answer = hub.hub("event", *arguments, "--as", "citizen")

    assert (2, "") == answer[:2]
    assert 1 == answer.err.count("\n")
    assert place in answer.err


def test_labels_come_from_staff_and_go_by_the_citizen(hub: Town) -> None:
    """A label takes the words away from the jobcentre; the citizen gives them back, and never removes the last."""
    citizen = hub.citizen()
    hope = ref(hub, citizen, "citizen", "citizen.hope_told")
    assert "En hund" in entries(hub, citizen, "ann", "employment").out
    hub.ok("event", "relabel", citizen, hope, "--field", "words", "--add", "health", "--as", "citizen")
    assert "En hund" not in entries(hub, citizen, "ann", "employment").out
    ours = ref(hub, citizen, "citizen", "citizen.hope_told")
    for wanted, expected in (("wishes,health", "sidste"), ("work", "work")):
        refused = hub.hub(
            "event", "relabel", citizen, ours, "--field", "words", "--remove", wanted, "--as", "citizen"
        )
        assert 2 == refused.code, (wanted, expected)
    hub.ok("event", "relabel", citizen, ours, "--field", "words", "--remove", "health", "--as", "citizen")
    assert "En hund" in entries(hub, citizen, "ann", "employment").out


def test_what_stands_on_the_wrong_citizen_is_gone_and_who_had_read_it_is_told(hub: Town) -> None:
    """Nobody gets the words afterwards; the citizen and who marked it learn who had them, nobody else does."""
    citizen = hub.citizen(hope="Om en helt anden")
    hub.ok(
        "citizen", "contact", citizen, "--text", "Skal i arbejde", "--label", "plan", "--as", "mette",
    )  # fmt: skip
    wrong = ref(hub, citizen, "mette", "citizen.contact_recorded", "coordination")
    known = ref(hub, citizen, "citizen", "citizen.contact_recorded")
    assert "Skal i arbejde" in entries(hub, citizen, "ann", "employment").out
    assert 4 == hub.hub("event", "readers", citizen, wrong, "--as", "mette").code
    hub.ok(
        "event", "misfile", citizen, wrong, "--reason", "Forkert borger", "--label", "plan", "--as", "mette"
    )
    for who, purpose in (("citizen", None), ("mette", "coordination"), ("ann", "employment")):
        assert "Skal i arbejde" not in entries(hub, citizen, who, purpose).out
    for who, called in (("citizen", known), ("mette", wrong)):
        had = hub.ok("event", "readers", citizen, called, "--as", who, "--json").json
        assert {"Socialpsykiatrien", "Jobcenter Nord", None} == {one["name"] for one in had}
        said = hub.ok("event", "readers", citizen, called, "--as", who).out
        assert "Jobcenter Nord, medarbejder" in said
        assert "borgeren" in said
    for who in ("ann", "lene", "operator"):
        assert 4 == hub.hub("event", "readers", citizen, known, "--as", who).code


def test_who_may_not_see_it_gets_the_one_denial(hub: Town) -> None:
    """Hidden and not there are the same four lines of code and the same words, for each verb."""
    citizen = hub.citizen()
    hub.ok("citizen", "hope", citizen, "Om helbred", "--label", "health", "--as", "citizen")
    hidden = ref(hub, citizen, "citizen", "citizen.hope_told")
    answers = {
        hub.hub("event", *verb, "--as", "ann")[:3]
        for event in (hidden, UNKNOWN)
        for verb in (
            ("correct", citizen, event, "--field", "words", "--text", "x", "--label", "plan"),
            ("correct", citizen, event, "--field", "words", "--value", "ja"),
            ("relabel", citizen, event, "--add", "plan"),
            ("dispute", citizen, event, "x", "--label", "plan"),
            ("misfile", citizen, event, "--reason", "x", "--label", "plan"),
            ("readers", citizen, event),
        )
    }

    assert 1 == len(answers), answers


def test_a_representative_acts_within_the_scope_and_reads_nothing(hub: Town) -> None:
    """Registered without an organisation, then for one citizen; elsewhere there is nothing to write or read."""
    citizen, other = hub.citizen(), hub.citizen()
    hub.ok("representative", "person", "bodil", "--name", "Bodil Test", "--function", "værge")
    assert 4 == hub.hub("citizen", "hope", citizen, "En kat", "--label", "wishes", "--as", "bodil").code
    assert 2 == hub.hub("representative", "register", citizen, "--person", "bodil", "--as", "lene").code
    hub.ok(
        "representative", "register", citizen, "--person", "bodil", "--scope", "wishes", "--scope", "plan",
        "--as", "lene",
    )  # fmt: skip
    hub.ok("citizen", "hope", citizen, "En kat", "--label", "wishes", "--as", "bodil")
    assert "En kat" in entries(hub, citizen, "citizen").out
    assert 3 == hub.hub("citizen", "hope", citizen, "Syg", "--label", "health", "--as", "bodil").code
    assert 4 == hub.hub("citizen", "hope", other, "En kat", "--label", "wishes", "--as", "bodil").code
    denial = hub.hub("timeline", UNKNOWN, "--as", "ann", "--purpose", "employment")
    for read in (
        ("timeline", citizen),
        ("view", "jobcenter", citizen),
        ("overview",),
        ("who-looked", citizen),
    ):
        answer = hub.hub(*read, "--as", "bodil", "--purpose", "coordination")
        assert denial == answer, read
    assert 2 == hub.hub("citizen", "assign-coordinator", other, "--person", "bodil", "--as", "lene").code
    hub.ok("representative", "end", citizen, "--person", "bodil", "--as", "lene")
    assert 4 == hub.hub("citizen", "hope", citizen, "En hest", "--label", "wishes", "--as", "bodil").code


def test_the_address_the_crisis_and_the_treatment_are_written_down(hub: Town) -> None:
    """Each by who may; the timeline says it in words."""
    citizen = hub.citizen()
    hub.ok("address", "protect", citizen, "--as", "citizen")
    assert 3 == hub.hub("address", "protect", citizen, "--as", "citizen").code
    hub.ok("address", "unprotect", citizen, "--as", "citizen")
    hub.ok(
        "citizen", "crisis-agreement", citizen, "Ring til min søster", "--label", "plan", "--as", "citizen"
    )
    hub.ok(
        "citizen", "treatment", citizen, "--text", "Samtaler", "--next", "I april", "--label", "health", "--as", "mette"
    )  # fmt: skip
    assert (
        3 == hub.hub("citizen", "treatment", citizen, "--text", "x", "--label", "health", "--as", "lene").code
    )
    hub.ok("catch-up")
    told = hub.ok("timeline", citizen, "--as", "citizen").out
    for words in (
        "Adressen blev beskyttet",
        "Lavede en kriseaftale",
        "Behandling blev noteret",
        "Næste gang",
    ):
        assert words in told


def test_somebody_is_taken_off_a_meeting_and_an_agreement(hub: Town) -> None:
    """What an invitation and an agreement opened closes at once."""
    citizen = hub.citizen(consent=False)
    meeting = hub.ok(
        "meeting", "convene", citizen, "--starts", "2099-03-03 10:00", "--purpose-text", "Næste", "--label",
        "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip
    hub.ok(
        "meeting", "invite", citizen, meeting, "jobcenter", "--purpose-text", "Næste", "--label", "meetings",
        "--as", "mette",
    )  # fmt: skip
    hub.ok("meeting", "approve", citizen, meeting, "jobcenter", "--as", "citizen")
    agreement = hub.ok(
        "meeting", "agree", citizen, meeting, "--what", "Ringer mandag", "--owner", "jobcenter", "--label",
        "agreements", "--as", "mette",
    ).ids["agreement"]  # fmt: skip
    seen = entries(hub, citizen, "ann", "employment").out
    assert "Ringer mandag" in seen
    assert "meeting.participant_invited" in seen
    hub.ok("meeting", "remove", citizen, meeting, "jobcenter", "--as", "citizen")
    hub.ok("meeting", "remove-party", citizen, meeting, agreement, "jobcenter", "--as", "citizen")
    assert 4 == entries(hub, citizen, "ann", "employment").code
    assert 3 == hub.hub("meeting", "remove", citizen, meeting, "jobcenter", "--as", "citizen").code
