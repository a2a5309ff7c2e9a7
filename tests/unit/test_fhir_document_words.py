"""What a FHIR document says in words: for people, in Danish, and with everything that people wrote escaped."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from hub.interop.fhir_document_words import clean, event_words, looks_words, narrative, value_words, who

MIE, HUSET = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NOBODY = "00000000-0000-4000-8000-000000000009"
NAMES = {MIE: "Mie Prøve", HUSET: "Huset & Co"}


def act(**more: Any) -> dict[str, Any]:
    """An act of Mie's."""
    return {"role": "partner", "partner": HUSET, "person": MIE, "function": "bostøtte",
            "occurred_at": "2026-03-02T22:59:00.000000+00:00", **more}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("text", {"text": "<b>Hej</b>\nigen", "labels": ["meetings", "health"]},
         "&lt;b&gt;Hej&lt;/b&gt;<br/>igen <i>(møder, psykisk helbred og behandling)</i>"),
        ("text", {"gone": True, "labels": ["plan"]}, "<i>teksten er væk</i> <i>(plan og mål)</i>"),
        ("text", {"held_back": "protected_address", "labels": ["address"]},
         "<i>holdt tilbage: adressen er beskyttet</i> <i>(adresse)</i>"),
        ("partner", HUSET, "Huset &amp; Co"),
        ("parties", [HUSET, MIE], "Huset &amp; Co, Mie Prøve"),
        ("parties", [], "ingen"),
        ("categories", "contact work", "kontakt, uddannelse og beskæftigelse"),
        ("remove", "", "ingen"),
        ("due", "2026-03-01", "søndag 1. marts 2026"),
        ("starts", "2026-06-01T08:00:00.000000+00:00", "mandag 1. juni 2026 kl. 10.00"),
        ("until", "2026-06-01T22:00:00.000000+00:00", "til og med mandag 1. juni 2026"),
        ("until", "2026-06-01T08:00:00.000000+00:00", "indtil mandag 1. juni 2026 kl. 10.00"),
        ("duty", True, "ja"),
        ("duty", False, "nej"),
        ("records", 7, "7"),
        ("field", "text", "Tekst"),
        ("window", {"include_undated": True, "happened_to": None}, "include undated: ja, happened to: ikke sagt"),
    ],
)  # fmt: skip
def test_a_value_is_said_as_people_say_it(name: str, value: Any, said: str) -> None:
    """Names instead of numbers, days as days, an end with its day, and no markup of anybody's."""
    assert said == value_words(name, value, NAMES)


def test_an_event_says_when_by_whom_and_what() -> None:
    """The day is the one in Denmark; numbers that mean nothing to a person are left to the resource."""
    event = {
        "schema": "citizen.contact_recorded.v2",
        "act": act(),
        "fields": {"task": NOBODY, "day": None, "text": {"text": "Kaffe", "labels": ["meetings"]}},
    }

    assert (
        "<p><b>Der var kontakt</b> mandag 2. marts 2026 (Mie Prøve, bostøtte, Huset &amp; Co)</p>"
        "<ul><li>Tekst: Kaffe <i>(møder)</i></li></ul>"
    ) == event_words(event, NAMES)


def test_an_event_of_a_kind_that_nobody_has_named_is_said_all_the_same() -> None:
    """A new kind of event stands there by its own name, and undated where nobody knows when."""
    event = {"schema": "citizen.flown_away.v3", "act": act(occurred_at=None), "fields": {}}

    assert "<b>citizen.flown_away</b> uden dato" in event_words(event, NAMES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "citizen", "person": None}, "borgeren"),
        ({"role": "representative", "person": MIE}, "en repræsentant, Mie Prøve"),
        ({"role": "hub", "person": None}, "hubben"),
        ({"person": None, "function": None}, "Huset & Co"),
        ({"person": None, "function": None, "partner": NOBODY}, "en organisation"),
    ],
)
def test_who_recorded_it_is_said(given: dict[str, Any], said: str) -> None:
    """The citizen, a representative, the hub, or somebody at an organisation."""
    assert said == who(act(**given), NAMES)


def test_what_xml_cannot_hold_does_not_break_the_page() -> None:
    """A character that no page may have is replaced, so that the rest can be read."""
    page = narrative([f"<p>{clean('før' + chr(0) + chr(0x1B) + 'efter')}</p>"])["div"]

    assert "før\ufffd\ufffdefter" == "".join(ET.fromstring(page).itertext())  # noqa: S314 - our own


def test_who_looked_is_a_table() -> None:
    """When, who, for what and how much; and a plain sentence where nobody did."""
    look = {"at": "2026-03-02T09:00:00.000000+00:00", "role": "partner", "organisation": HUSET, "function": "bostøtte",
            "purpose": "support", "surface": "timeline", "about": None, "permitted": False, "events": 0}  # fmt: skip

    page = looks_words([look], NAMES)

    for said in (
        "mandag 2. marts 2026 kl. 10.00",
        "Huset &amp; Co",
        "bostøtte",
        "støtte",
        "tidslinjen",
        "nej, afvist",
    ):
        assert f"<td>{said}</td>" in page
    assert "<p>Ingen har set noget.</p>" == looks_words([], NAMES)
