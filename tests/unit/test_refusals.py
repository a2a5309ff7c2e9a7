"""What the hub says no with, in the language of whoever is told."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.aggregates import TOLD
from hub.cli.app import COMMANDS
from hub.errors import (
    AccessDenied,
    BadInput,
    BrokerUnavailable,
    HubError,
    NotFound,
    NotPermitted,
    WrongStatus,
)
from hub.kafka.connection import _SENTENCES
from hub.refusals import LONGEST, said, sentences, told, words
from hub.texts import DENIAL, say, speak
from tests.raising import ASKED, HUB, in_module, sites

SITES = sites()
_COMMAND = re.compile(rf"\bhub (?:{'|'.join(COMMANDS)})\b|--|`")
_HELPERS = {
    "_authority", "_by_people", "_hub_never", "_line", "_own", "_party", "_receiver", "_staff", "check_public", "line",
    "nothing",
}  # fmt: skip
"""Functions that are given the words for what is done, or for what a line is."""


@pytest.fixture(autouse=True)
def _danish() -> Iterator[None]:
    speak("da")
    yield
    speak(None)


def test_whatever_the_hub_says_no_with_is_there_in_danish() -> None:
    """Each sentence that a module says no with stands in the tables."""
    assert [] == sorted(
        {f"{site.where}: {site.template}" for site in SITES if site.template not in sentences()}
    )


def test_no_sentence_is_left_in_the_tables_that_nobody_says() -> None:
    """A sentence that the code says no longer is gone from the tables too."""
    assert set() == set(sentences()) - {site.template for site in SITES}


def test_a_new_refusal_is_found(tmp_path: Path) -> None:
    """The search would find a refusal that somebody adds, however it is put together."""
    planted = tmp_path / "planted.py"
    planted.write_text(
        '_TOO_LATE = "It is too late."\n'
        "def judge(day, late):\n"
        '    raise BadInput(f"The {day} is no day.")\n'
        "    raise WrongStatus(_TOO_LATE)\n"
        '    return NotFound("Not here." if late else "Not there.")\n'
        '    raise BadInput(say("Nej.", "No."))\n'
    )

    found = {site.template for site in in_module(planted)}

    assert {"It is too late.", "The {} is no day.", "Not here.", "Not there."} == found
    assert found.isdisjoint(sentences())
    print("control: caught")


def _wrong_with(english: str) -> Iterator[str]:
    sentence = sentences()[english]
    things = [f"<{number}>" for number in range(english.count("{}"))]
    for text in (sentence.da, sentence.page_da, sentence.page_en):
        said = text.format(*things)  # an IndexError: it puts in what the English does not have
        if said.strip() != said or "  " in said or (said[-1:] != english[-1] and not english.endswith("}")):
            yield said
    if english in (sentence.da, sentence.page_da) and english != "{}: {}":
        yield english


def test_each_sentence_can_be_said() -> None:
    """The Danish puts in nothing that the English does not have, and is a whole sentence like it."""
    assert [] == [wrong for english in sentences() for wrong in _wrong_with(english)]


def test_a_page_names_no_command() -> None:
    """Where no command can be typed, none is named."""
    pages = [
        text
        for site in SITES
        if site.kind in ASKED
        for text in (sentences()[site.template].page_da, sentences()[site.template].page_en)
    ]

    assert _COMMAND.search("There is no such consent: hub consent list shows those in force.")
    assert [] == sorted({text for text in pages if _COMMAND.search(text)})


def _said_to_helpers() -> Iterator[str]:
    for path in sorted((HUB / "aggregates").glob("*.py")) + sorted((HUB / "application").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = [keyword.value for keyword in node.keywords if keyword.arg == "what"]
                given += node.args if ast.unparse(node.func).split(".")[-1] in _HELPERS else []
                yield from (
                    one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def test_what_is_put_into_a_refusal_has_danish_words() -> None:
    """What is done, what it is done to, and how far that is, all have a word."""
    rules = [event.RULE for event in TOLD.values()]
    needed = {rule.what for rule in rules} | set(_said_to_helpers())
    needed |= {rule.matter.replace("_", " ") for rule in rules if rule.matter}
    needed |= {state for rule in rules for state in (*rule.after, rule.becomes) if state}

    assert len(needed) > 150
    assert [] == sorted(word for word in needed if word[0].lower() + word[1:] not in words())


SAID = [
    (
        NotPermitted("Deciding on support is for authority: ask them to do it."),
        "Det er kun for myndigheden at afgøre støtten: bed dem om det.",
        "Det er kun for myndigheden at afgøre støtten: bed dem om det.",
    ),
    (
        WrongStatus(
            "The wish is answered, and answering a wish is for one that is open or going on: "
            "hub timeline --refs shows those there are."
        ),
        (
            "Ønsket er »besvaret«, og man kan kun besvare et ønske, når der står »åben eller i gang«: "
            "hub timeline --refs viser dem, der er."
        ),
        "Ønsket er »besvaret«, og man kan kun besvare et ønske, når der står »åben eller i gang«.",
    ),
    (
        NotFound("There is no such wish: hub timeline --refs shows those there are."),
        "Hubben kan ikke finde ønsket: hub timeline --refs viser dem, der er.",
        "Hubben kan ikke finde ønsket.",
    ),
    (
        BadInput("Something is missing (--agenda-item): accepting an item of the agenda needs it."),
        "Noget mangler (--agenda-item): uden det kan man ikke sige ja til et punkt på dagsordenen.",
        "Noget mangler: uden det kan man ikke sige ja til et punkt på dagsordenen.",
    ),
    (
        BadInput("Choose among these categories: plan, health."),
        "Vælg blandt disse kategorier: plan, health.",
        "Vælg blandt disse kategorier: plan og mål, psykisk helbred og behandling.",
    ),
    (
        BadInput("The text is longer than 20,000 characters: shorten it or split it in two."),
        "Teksten er længere end 20.000 tegn: gør den kortere, eller del den i to.",
        "Teksten er længere end 20.000 tegn: gør den kortere, eller del den i to.",
    ),
    (
        NotPermitted("Enrolling a citizen is for somebody who works at a partner: use --as with a registered person."),
        "Kun en, der arbejder i en organisation, kan tage en borger med: brug --as med en registreret person.",
        "Kun en, der arbejder i en organisation, kan tage en borger med.",
    ),
    (
        BadInput("Event 7 (citizen.died.v1) cannot be read. It cannot be written as its schema says."),
        "Hændelse 7 (citizen.died.v1) kan ikke læses. Den kan ikke skrives, som dens skema siger.",
        "Hændelse 7 (citizen.died.v1) kan ikke læses. Den kan ikke skrives, som dens skema siger.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("error", "typed", "shown"), SAID)
def test_a_refusal_is_told_in_danish(error: HubError, typed: str, shown: str) -> None:
    """A Danish session is told in Danish; a page says the same without commands, and codes as words."""
    assert typed == told(error)
    assert shown == told(error, for_pages=True)


def test_a_refusal_is_told_in_english() -> None:
    """An English session is told in English: on the command line as it is, on a page without commands."""
    speak("en")
    error = NotFound("There is no such consent: hub consent list shows those in force.")

    assert str(error) == told(error)
    assert "There is no such consent." == told(error, for_pages=True)
    assert "Choose one of these: plan and goals, agreements." == told(
        BadInput("Choose --label among plan, agreements."), for_pages=True
    )


def test_codes_that_are_to_be_sent_stay_codes() -> None:
    """A system that calls is told which codes it can send."""
    assert "Vælg blandt disse formål: support, casework." == told(
        BadInput("Choose among these purposes: support, casework."), for_pages=True, in_codes=True
    )


def test_a_system_is_told_which_field_is_missing() -> None:
    """What is an option on the command line is a field of a call, and is named as one."""
    error = BadInput("Something is missing (--agenda-item): accepting an item of the agenda needs it.")
    danish = told(error, for_pages=True, in_codes=True)
    speak("en")

    assert "Noget mangler (agenda_item): uden det kan man ikke sige ja til et punkt på dagsordenen." == danish
    assert "Something is missing (agenda_item): accepting an item of the agenda needs it." == told(
        error, for_pages=True, in_codes=True
    )


def test_what_kafka_says_is_told_in_danish_too() -> None:
    """What was being done, what is wrong and what to do are all said in one language."""
    error = BrokerUnavailable(
        "The topic hub.events cannot be read: the topic is not there: run `hub kafka apply`."
    )

    assert "Emnet hub.events kan ikke læses: emnet er der ikke: kør `hub kafka apply`." == told(error)
    assert all(said(sentence) != sentence for sentence in _SENTENCES.values())


def test_a_denial_is_the_same_for_everybody() -> None:
    """The uniform denial is told in its own words, whatever the error says."""
    assert say(*DENIAL) == told(AccessDenied("anything"))


def test_what_is_too_long_to_be_a_refusal_is_left() -> None:
    """Whatever an error holds, telling it takes no time; every sentence of the tables is short enough."""
    assert "a: b, " * 10_000 == told(BadInput("a: b, " * 10_000)) + " "
    assert all(len(english) < LONGEST / 2 for english in sentences())


def test_what_is_said_in_both_languages_already_stays() -> None:
    """A sentence that was worded in Danish where it was said is left as it is."""
    assert "Noget mangler i formularen." == told(BadInput("Noget mangler i formularen."), for_pages=True)
