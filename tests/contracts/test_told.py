"""What can be told has words in both languages, a verb that tells it, and help with an example that can be typed."""

import re
import shlex
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from hub.aggregates import TOLD, Text
from hub.aggregates.matters import fields_of
from hub.cli.app import COMMANDS, Root
from hub.cli.told_verbs import EVENT, HANDOVER, MEETING, PLAN
from hub.texts import VALUES
from hub.wording import EVENTS, FIELDS
from tests.acting import AUTHORITY, PROVIDER, as_citizen, at_partner
from tests.telling import TOPICS, name_of, sample, stage

USE_CASES = {
    "citizen.closed": ("citizen", "close"),
    "citizen.reopened": ("citizen", "reopen"),
    "citizen.crisis_agreement_made": ("citizen", "crisis-agreement"),
    "citizen.treatment_noted": ("citizen", "treatment"),
    "meeting.rescheduled": ("meeting", "move"),
}
"""What does more than to record one event, and so has a use case of its own."""
CHOICES = sorted({choice for event in TOLD.values() for _, words in event.RULE.one_of for choice in words})
_UNKNOWN = "00000000-0000-4000-8000-000000000000"
_PLACEHOLDER = re.compile(r"^[A-Z_]+$")


@cache
def verbs() -> dict[str, tuple[str, str]]:
    """Which group and verb tells each event."""
    rows = {
        **{group: import_module(f"hub.cli.{group}").ROWS for group in ("voice", "need", "network")},
        "meeting": MEETING, "plan": PLAN, "handover": HANDOVER, "event": EVENT,
    }  # fmt: skip
    return {row.event: (group, row.name) for group, each in rows.items() for row in each}


def command(group: str, verb: str) -> Any:
    """The verb as the command line knows it."""
    found = Root(name="hub").get_command(None, group)
    return found.commands[verb] if found is not None else None


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_told_has_words_in_both_languages(topic: str) -> None:
    """The event and each of its fields are called something that people say, in Danish and in English."""
    said = [EVENTS[name_of(topic)], *(FIELDS[name] for name in fields_of(TOLD[topic]))]

    assert all(da and en and "_" not in da + en for da, en in said)


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if not choice.isdecimal()])
def test_each_choice_is_shown_in_words(choice: str) -> None:
    """What is stored as a code is read as a word, in both languages."""
    da, en = VALUES[choice]

    assert da and en and "_" not in da + en  # noqa: PT018 - one thing


def test_a_pathway_is_shown_by_its_number() -> None:
    """What the pathways are called is each municipality's own; the number is what all of them have."""
    assert ["1", "2", "3"] == [choice for choice in CHOICES if choice.isdecimal()]
    assert not {"1", "2", "3"} & set(VALUES)


def test_every_event_can_be_told_with_the_command_line() -> None:
    """Each has exactly one verb, or a use case of its own that has one."""
    names = {name_of(topic) for topic in TOPICS}

    assert names == {*verbs(), *USE_CASES}
    assert not set(verbs()) & set(USE_CASES)


def parsed(name: str) -> tuple[list[str], Any, dict[str, Any]]:
    """The example of the help of what tells this: as it is typed, the verb, and what the verb reads in it."""
    group, verb = (USE_CASES | verbs())[name]
    found = command(group, verb)
    assert found is not None, (group, verb)
    typed = shlex.split(found.epilog.split("\n", 2)[2].strip().splitlines()[0])
    given = [_UNKNOWN if _PLACEHOLDER.match(word) else word for word in typed[3:]]
    return typed, found, found.make_context(verb, given).params


@pytest.mark.parametrize("name", [*map(name_of, TOPICS)])
def test_a_verb_has_help_and_an_example_that_parses(name: str) -> None:
    """What stands in the help can be typed: every option there is, and nothing that must be there is left out."""
    typed, found, read = parsed(name)

    assert ["hub", *(USE_CASES | verbs())[name]] == typed[:3]
    assert typed[1] in COMMANDS
    assert found.help
    assert [] == [each.name for each in found.params if each.required and read.get(each.name) is None]


@pytest.mark.parametrize("name", sorted(verbs()))
def test_an_example_is_not_refused_for_what_it_says(name: str) -> None:
    """Typed where such an event can be recorded, by whom the example names, it is recorded."""
    event_class = TOLD[f"{name}.v1"]
    _, _, read = parsed(name)
    right, hints = sample(event_class), fields_of(event_class)
    said: dict[str, Any] = {}
    for field in set(hints) & set(read):
        value = read[field]
        if isinstance(right[field], Text):
            said[field] = value and Text.of(value, *read["label"])
        elif isinstance(value, (str, tuple, list)) and not isinstance(right[field], str):
            said[field] = right[field]
        else:
            said[field] = value
    matter = event_class.RULE.matter
    said |= {matter: right[matter]} if matter else {}
    said |= {"partner": right["partner"]} if {"partner", "person"} <= set(hints) else {}
    who = {"citizen": as_citizen(), "lene": at_partner(AUTHORITY), "mette": at_partner(PROVIDER)}[read["as_"]]
    if name == "plan.revised":
        who = at_partner(AUTHORITY)  # of a provider's plan it is mette
    stage(event_class).tell(event_class, who, **said)
