"""Every reason of the decision has a sentence, in both languages, that a person can read."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import hub.application
from hub.application.disclosure import Reason
from hub.application.reasons import (
    KINDS,
    REASONS,
    WAYS,
    About,
    Terms,
    listed,
    named,
    reason_pair,
    until_pair,
    way_pair,
)
from hub.vocabulary import ALL_CATEGORIES, CATEGORY_BIT, Category, Sector

CENTRE = About("Jobcenter Nord", "jobcentre")
HEALTH = CATEGORY_BIT[Category.HEALTH]
DECISION = ("disclosure.py", "denials.py")
"""The modules in which a reason is given."""
HOWS = (
    "own",
    "addressed",
    "law",
    "emergency",
    "consent",
    "invitation",
    "agreement",
    "text",
    "handover",
    "named",
)
"""Every way in which something comes to be seen: the words of `why`, and of item grants."""


def codes(folder: Path) -> set[str]:
    """Every code that the decision gives as a reason, read from its own text."""
    found: set[str] = set()
    for name in DECISION:
        tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                found.update(_strings(node.args[0]))
            if isinstance(node, ast.FunctionDef) and node.name in ("_shut", "_lack"):
                for part in ast.walk(node):
                    if isinstance(part, ast.Return) and part.value is not None:
                        found.update(_strings(part.value))
    return found


def _strings(node: ast.expr) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_reasons_and_sentences_are_the_same_both_ways(tmp_path: Path) -> None:
    """What the decision can give as a reason has a sentence, and no sentence stands for nothing."""
    folder = Path(hub.application.__file__).parent
    for name in DECISION:
        text = (folder / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace('"suspended"', '"asleep"'), encoding="utf-8")
    assert {"asleep"} == codes(tmp_path) - REASONS.keys()
    assert {"suspended"} == REASONS.keys() - codes(tmp_path)
    print("control: caught")

    assert set(REASONS) == codes(folder)


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("you", [True, False])
@pytest.mark.parametrize("labels", [0, HEALTH, ALL_CATEGORIES])
def test_every_sentence_is_whole(code: str, you: bool, labels: int) -> None:
    """With any labels, for the citizen and of the citizen: a sentence, nothing left to fill in, and no code."""
    about = CENTRE._replace(you=you, person="Ann Prøve")
    for sentence in reason_pair(Reason(code, labels), about, "employment"):
        _reads(sentence, code)
        assert ("borgeren" in sentence.lower() or "citizen" in sentence.lower()) <= (not you)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("you", [True, False])
def test_every_way_to_see_has_a_sentence(how: str, you: bool) -> None:
    """Own, addressed, by law or by consent: each is said whole, with what it is about and until when."""
    terms = Terms(HEALTH, ["employment", "support"], ["Myndigheden"], datetime(2026, 6, 1, 22, tzinfo=UTC))
    da, en = way_pair(how, CENTRE._replace(you=you), terms)
    _reads(da, how)
    _reads(en, how)
    assert set(HOWS) == set(WAYS)


def _reads(sentence: str, code: str) -> None:
    assert sentence.endswith(".")
    assert sentence[0].isupper() or sentence[0] == "“"
    assert not re.search(r"[{}]|  |_|\bNone\b| ,| \.", sentence), (code, sentence)
    assert len(sentence) < 600


def test_a_reason_says_what_and_whom_it_is_about() -> None:
    """Labels, purpose, partner and field are in the sentence, in words and in both languages."""
    da, en = reason_pair(Reason("over_ceiling", HEALTH), CENTRE)
    assert da == (
        "Jobcenter Nord må ikke få noget om psykisk helbred og behandling: det ligger uden for det, et jobcenter "
        "kan modtage."
    )
    assert en == (
        "Jobcenter Nord may not be told about mental health and treatment: that is beyond what a jobcentre can "
        "receive."
    )
    da, en = reason_pair(Reason("not_this_purpose", HEALTH, "text"), CENTRE, "employment")
    assert da == (
        "“Tekst”: Du har sagt ja til, at Jobcenter Nord får noget om psykisk helbred og behandling, men ikke til "
        "beskæftigelse."
    )
    assert en.endswith("is told about mental health and treatment, but not for employment.")
    assert reason_pair(Reason("blocked"), CENTRE)[0] == "Du har spærret for Jobcenter Nord."
    assert reason_pair(Reason("blocked", HEALTH), CENTRE._replace(you=False))[0] == (
        "Borgeren har spærret for, at Jobcenter Nord får noget om psykisk helbred og behandling."
    )


def test_a_consent_is_said_with_what_from_whom_for_what_and_until_when() -> None:
    """The chain of reasons is one sentence that a citizen can check against what they said."""
    ends = datetime(2026, 6, 1, 22, tzinfo=UTC)
    da, en = way_pair("consent", CENTRE, Terms(HEALTH, ["employment"], ["Myndigheden"], ends))
    assert da == (
        "Du har sagt ja til, at Jobcenter Nord får noget om psykisk helbred og behandling til beskæftigelse, til og "
        "med mandag 1. juni 2026; kun det, der er skrevet af Myndigheden."
    )
    assert en == (
        "You have agreed that Jobcenter Nord is told about mental health and treatment for employment, until and "
        "including Monday 1 June 2026; only what was recorded by Myndigheden."
    )


def test_several_words_stand_in_a_sentence() -> None:
    """None, one and several; a category with an `and` of its own is not run into the next."""
    assert listed([]) == ("ingenting", "nothing")
    assert listed([("plan og mål", "plan and goals"), ("møder", "meetings")]) == (
        "plan og mål samt møder",
        "plan and goals as well as meetings",
    )
    assert named(["Ann", "Bo", "Eva"]) == ("Ann, Bo og Eva", "Ann, Bo and Eva")
    assert until_pair(None) == ("indtil det trækkes tilbage", "until it is withdrawn")


def test_every_sector_has_a_word_for_one_of_its_kind() -> None:
    """A ceiling is explained by the kind of organisation, whichever it is."""
    assert set(KINDS) == {str(sector) for sector in Sector}
