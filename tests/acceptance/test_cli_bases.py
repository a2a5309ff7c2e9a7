"""Spoken consents, agreed texts, blocks on a person, bases in law and emergency access, on the command line."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli import ENGLISH, Town, town

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module, with two more people and a regional psychiatry."""
    with town() as made:
        for short, where in (("kim", "Socialpsykiatrien"), ("sofie", "Jobcenter Nord")):
            made.ok("partner", "person", where, short, "--name", f"{short.title()} Test", "--function", "x")
        register = ("partner", "register", "--name", "Psykiatrien", "--sector", "regional_psychiatry")
        made.ok(*register, "--purpose", "treatment", "--reveals", "health")
        made.ok("partner", "person", "Psykiatrien", "vagt", "--name", "Vagt Test", "--function", "læge")
        yield made


def standing(hub: Town, citizen: str) -> dict[str, Any]:
    """What stands about a citizen, by id, when the read model is up to date."""
    hub.ok("catch-up")
    found = hub.ok("consent", "list", citizen, "--as", "citizen", "--json").json["consents"]
    return {one["id"]: one for one in found}


def spoken(hub: Town, citizen: str, witness: str = "lene", who: str = "mette") -> tuple[str, ...]:
    """The words of a command that takes a spoken consent down."""
    terms = ("--category", "plan,work", "--purpose", "employment")
    return ("consent", "give", citizen, "jobcenter", *terms, "--spoken", "--witness", witness, "--as", who)


def refused(hub: Town, *arguments: str, code: int = 3) -> str:
    """Why a command is refused, in one line."""
    result = hub.hub(*arguments, lang=ENGLISH)
    assert (code, "") == result[:2], result
    assert result.err.count("\n") == 1
    return result.err


def test_what_was_spoken_is_confirmed_by_the_citizen(hub: Town) -> None:
    """Staff take it down with a witness elsewhere; the list says until when it can be confirmed; then it stands."""
    citizen = hub.citizen(consent=False)
    assert "outside the receiving" in refused(hub, *spoken(hub, citizen, witness="ann"))
    assert "somebody else" in refused(hub, *spoken(hub, citizen, witness="mette"))
    assert "needs a witness" in refused(
        hub, *(word for word in spoken(hub, citizen) if word not in ("--witness", "lene")), code=2
    )
    consent = hub.ok(*spoken(hub, citizen)).ids["consent"]
    found = standing(hub, citizen)[consent]
    assert (found["status"], found["pending"]) == ("in force", False)
    assert found["confirm_before"]
    assert "bekræft det inden" in hub.ok("consent", "list", citizen, "--as", "citizen").out
    assert "Staff cannot renew" in refused(hub, "consent", "renew", citizen, consent, "--as", "mette")
    assert "citizen" in refused(hub, "consent", "confirm", citizen, consent, "--as", "mette")

    hub.ok("consent", "confirm", citizen, consent, "--as", "citizen")

    assert standing(hub, citizen)[consent]["confirm_before"] is None
    hub.ok("consent", "withdraw", citizen, "--consent", consent, "--as", "mette")
    again = hub.ok(*spoken(hub, citizen)).ids["consent"]
    assert standing(hub, citizen)[again]["pending"]
    assert "venter på, at du bekræfter" in hub.ok("consent", "list", citizen, "--as", "citizen").out


def test_a_consent_under_section_43_is_given_an_end(hub: Town) -> None:
    """Without one it lasts a year; longer is refused."""
    citizen = hub.citizen(consent=False)
    terms = ("consent", "give", citizen, "jobcenter", "--category", "plan", "--purpose", "employment")
    consent = hub.ok(*terms, "--section-43").ids["consent"]

    assert standing(hub, citizen)[consent]["until"]
    assert "§ 43" in refused(hub, *terms, "--section-43", "--until", "2199-01-01", code=2)


def test_an_agreed_text_is_taken_back_by_its_ref(hub: Town) -> None:
    """The list names it, the citizen or staff take it back, and then it has ended."""
    citizen = hub.citizen()
    text = ("--text", "Kommer torsdag", "--label", "meetings")
    hub.ok("consent", "agree-text", citizen, "jobcenter", *text, "--as", "citizen")
    (ref,) = (one["id"] for one in standing(hub, citizen).values() if one["kind"] == "text")

    hub.ok("consent", "withdraw", citizen, "--text", ref, "--as", "citizen")

    assert "withdrawn" == standing(hub, citizen)[ref]["status"]
    again = refused(hub, "consent", "withdraw", citizen, "--text", ref, "--as", "citizen")
    assert "has ended" in again


def test_the_citizen_lets_a_party_read_all_of_an_agreement(hub: Town) -> None:
    """Only of an agreement that there is, and only for a party to it."""
    citizen = hub.citizen()
    why = ("--purpose-text", "Planen", "--label", "meetings", "--as", "mette")
    meeting = hub.ok("meeting", "convene", citizen, "--starts", "2099-03-03 10:00", *why).ids["meeting"]
    what = ("--what", "Ringer", "--owner", "jobcenter", "--label", "health", "--as", "mette")
    hub.ok("meeting", "agree", citizen, meeting, *what)
    hub.ok("catch-up")
    told = hub.ok("timeline", citizen, "--as", "citizen", "--json").json["entries"]
    (ref,) = (one["ref"] for one in told if one["event"] == "meeting.agreement_made")
    approve = ("consent", "approve-agreement", citizen)

    assert "no such agreement" in refused(hub, *approve, "rusmiddelcentret", ref, "--as", "citizen")
    assert "no such agreement" in refused(hub, *approve, "jobcenter", NOBODY, "--as", "citizen")
    for one in (ref, NOBODY):
        assert "citizen alone" in refused(hub, *approve, "jobcenter", one, "--as", "mette")
    hub.ok(*approve, "jobcenter", ref, "--as", "citizen")


def test_a_block_can_be_on_one_person(hub: Town) -> None:
    """On somebody who works there; the list says whom, and it is lifted like any other."""
    citizen = hub.citizen()
    block = ("block", "set", citizen, "jobcenter", "--person")
    made = hub.ok(*block, "sofie", "--as", "citizen").ids["block"]

    assert "Sofie Test" == standing(hub, citizen)[made]["person"]["name"]
    assert "at that organisation" in refused(hub, *block, "kim", "--as", "citizen")
    assert "already" in refused(hub, *block, "sofie", "--as", "citizen")
    hub.ok("block", "lift", citizen, made, "--as", "citizen")


def test_a_basis_is_in_use_once_its_lawyer_has_confirmed_it(hub: Town) -> None:
    """Registered before, it is listed as not in use; a duty is sent elsewhere; the sources are written down."""
    citizen = hub.citizen()
    register = ("basis", "register", citizen, "socialpsykiatrien")
    terms = (
        "--category",
        "plan",
        "--purpose",
        "support",
        "--case",
        "2026-117",
        "--in-writing",
        "--as",
        "lene",
    )
    duty = refused(hub, *register, "retssikkerhedsloven-11c", *terms)
    assert "hub basis disclose" in duty
    assert "no such row" in refused(hub, *register, "testloven-1", *terms)
    result = hub.ok(*register, "serviceloven-141", *terms)
    assert "ikke i brug" in result.err
    basis = result.ids["basis"]
    hub.ok("catch-up")
    assert "Serviceloven § 141" in (shown := hub.ok("consent", "list", citizen, "--as", "citizen").out)
    assert "hjemmel, ikke i brug" in shown

    hub.ok("partner", "confirm-basis", "socialpsykiatrien", "serviceloven-141")

    rows = hub.ok("basis", "list", "--partner", "socialpsykiatrien", "--json").json
    assert ["serviceloven-141"] == [row["id"] for row in rows if row["in_use"]]
    assert "in use at Socialpsykiatrien" in " ".join(hub.ok("basis", "list", lang=ENGLISH).out.split())
    assert "hjemmel, gælder" in hub.ok("consent", "list", citizen, "--as", "citizen").out
    assert "already" in refused(hub, "partner", "confirm-basis", "socialpsykiatrien", "serviceloven-141")
    hub.ok("basis", "end", citizen, basis, "--as", "citizen")
    assert "ended" == standing(hub, citizen)[basis]["status"]


def test_a_disclosure_names_what_the_own_organisation_recorded(hub: Town) -> None:
    """Each item is one's own; what is others', or nobody's, is refused alike."""
    citizen = hub.citizen()
    for who in ("mette", "lene"):
        hub.ok("citizen", "contact", citizen, "--text", "Talte sammen", "--label", "meetings", "--as", who)
    hub.ok("catch-up")
    told = hub.ok("timeline", citizen, "--as", "citizen", "--json").json["entries"]
    refs = {one["by"]["name"]: one["ref"] for one in told if one["event"] == "citizen.contact_recorded"}
    disclose = ("basis", "disclose", citizen, "myndigheden", "retssikkerhedsloven-11c", "--as", "mette")

    words = {refused(hub, *disclose, "--item", ref) for ref in (refs["Myndigheden"], NOBODY)}
    assert 1 == len(words)
    assert "itemised" in refused(hub, *disclose, code=2)
    hub.ok(*disclose, "--item", refs["Socialpsykiatrien"], "--text", "På papir", "--label", "contact")


def test_emergency_access_is_opened_closed_and_reviewed(hub: Town) -> None:
    """A stranger opens it with a second person; somebody else reviews it; a jobcentre has none."""
    citizen = hub.citizen()
    why = ("--reason", "Svarer ikke", "--label", "health")
    assert "second person" in refused(hub, "emergency", "open", citizen, *why, "--as", "vagt", code=2)
    access = hub.ok("emergency", "open", citizen, *why, "--confirmed-by", "kim", "--as", "vagt").ids["access"]
    assert "emergency" == standing(hub, citizen)[access]["kind"]
    review = ("emergency", "review", citizen, access, "--text", "Begrundet", "--label", "contact")
    assert "still open" in refused(hub, *review, "--as", "lene")
    hub.ok("emergency", "close", citizen, access, "--as", "vagt")
    assert "Someone else" in refused(hub, *review, "--as", "vagt")
    hub.ok(*review, "--justified", "--as", "lene")

    assert "reviewed" == standing(hub, citizen)[access]["status"]
    assert "reviewed already" in refused(hub, *review, "--as", "lene")


def test_emergency_access_tells_nobody_who_is_a_citizen(hub: Town) -> None:
    """What is wrong with the request is told first and alike; a citizen that is not there is the uniform denial."""
    citizen = hub.citizen()
    why = ("--reason", "Svarer ikke", "--label", "health", "--confirmed-by", "kim")
    not_enabled = {refused(hub, "emergency", "open", one, *why, "--as", "ann") for one in (citizen, NOBODY)}
    assert 1 == len(not_enabled)
    access = hub.ok("emergency", "open", citizen, *why, "--as", "lene").ids["access"]

    denials = {
        refused(hub, "emergency", "open", NOBODY, *why, "--as", "vagt", code=4),
        refused(hub, "emergency", "close", NOBODY, access, "--as", "vagt", code=4),
        refused(hub, "emergency", "close", citizen, access, "--as", "vagt", code=4),
        refused(hub, "emergency", "close", citizen, NOBODY, "--as", "vagt", code=4),
    }
    assert 1 == len(denials)


@pytest.mark.parametrize("sectors", ["none", "jobcentre"])
def test_the_organisation_says_whose_people_may_open_it(hub: Town, sectors: str) -> None:
    """HUB_EMERGENCY_SECTORS names the sectors; the others are refused."""
    citizen = hub.citizen()
    hub.settings["HUB_EMERGENCY_SECTORS"] = sectors
    try:
        open_ = ("emergency", "open", citizen, "--reason", "Svarer ikke", "--label", "health", "--call-back")
        assert "not enabled" in refused(hub, *open_, "--as", "lene")
        assert (sectors == "jobcentre") == (0 == hub.hub(*open_, "--as", "sofie").code)
    finally:
        del hub.settings["HUB_EMERGENCY_SECTORS"]
