"""What a partner's people ask on the command line, and try there, in both worlds alike.

With `HUB_GUESS=1` they also try commands on hidden things whose ids nobody told them, and complete handovers to them.
What the hub answers to those does tell that there is something: see `hidden`. They are not part of the proof.
"""

import os
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid5

from tests.living import uid

Command = list[Any]
GUESS: Final = bool(os.environ.get("HUB_GUESS"))
WRONG: Final = "ABCD-EFGH"
"""A code that nobody made."""
PROBES: Final = ("proposed-x0", "proposed-x1")
"""Steps of second worlds whose handovers are asked for in both."""
STRANGERS: Final = ("citizen-x0", "citizen-x1")
"""Steps of second worlds whose citizens are."""
MATTERS: Final = {
    "wish": ("voice", "answer-wish", "--met"),
    "question": ("voice", "answer", "--text", "Ja.", "--label", "wishes"),
    "feedback": ("voice", "act-on-feedback", "--text", "Ja.", "--label", "wishes"),
    "problem": ("need", "solve"),
    "need": ("need", "acknowledge"),
    "period": ("need", "end-hard-period"),
    "meeting": ("meeting", "message", "--words", "Hej.", "--label", "meetings"),
    "plan": ("plan", "hand-out"),
}
"""By the kind of what is spoken of: a command about it."""
BEGINNINGS: Final = {
    "wish": "wish_made", "question": "question_asked", "feedback": "feedback_given",
    "problem": "acute_problem_reported", "need": "need_change_reported", "period": "hard_period_marked",
    "meeting": "convened", "plan": "opened",
}  # fmt: skip
"""The step by which each begins."""


def shortly(whom: UUID, ours: UUID, person: str, purpose: str) -> Iterator[Command]:
    """What is asked every time."""
    as_whom = ["--as", person, "--purpose", purpose]
    yield ["timeline", whom, *as_whom]
    yield ["view", ours, whom, *as_whom, "--refs"]
    yield ["page", whom, *as_whom]
    yield ["due", *as_whom, "--refs"]


def at_length(
    whom: UUID, ours: UUID, theirs: UUID, person: str, purpose: str, handovers: tuple[str, ...]
) -> Iterator[Command]:
    """What is asked at the end besides: every surface there is, what is not for them, and what is not there."""
    as_whom, as_person = ["--as", person, "--purpose", purpose], ["--as", person]
    yield ["timeline", whom, *as_whom, "--json", "--limit", "3"]
    yield ["timeline", whom, *as_whom, "--refs", "--limit", "1000"]
    yield ["timeline", whom, *as_person, "--purpose", "sanction"]
    yield ["view", ours, whom, *as_whom, "--json"]
    yield ["view", theirs, whom, *as_whom]
    yield ["overview", *as_whom]
    yield ["due", whom, *as_whom, "--json"]
    yield ["tasks", whom, *as_whom]
    yield ["tasks", whom, *as_whom, "--json"]
    yield ["consent", "list", whom, *as_person]
    yield ["who-looked", whom, *as_person]
    yield ["export", "citizen", whom, *as_person]
    yield ["export", "consents", whom, *as_person]
    for handover in handovers:
        yield ["handover", "open", id_made(handover, "handover"), *as_whom, "--refs"]
        yield ["handover", "left", id_made(handover, "handover"), *as_whom]
    for probe in (*PROBES, "nothing"):
        yield ["handover", "open", id_made(probe, "handover"), *as_whom]
        yield ["handover", "accept", id_made(probe, "handover"), *as_person]
    for probe in (*STRANGERS, "nothing"):
        yield ["timeline", uid(f"citizen {probe}"), *as_whom]
    yield ["handover", "left", id_made(PROBES[0], "handover"), *as_whom]


def tried(
    whom: UUID, theirs: UUID, person: str, purpose: str, handovers: tuple[str, ...]
) -> Iterator[Command]:
    """What is tried at the end: some of it is carried out, and the answer to all of it is looked at."""
    by = ["--as", person]

    def once(name: str) -> Command:
        """As a command of its own, the same in both worlds."""
        return ["--command-id", uid(f"{person} {purpose} {name}")]

    yield ["citizen", "contact", whom, "--text", "Talte.", "--label", "meetings", *by, *once("")]
    yield ["voice", "wish", whom, "--words", "En tur.", "--label", "wishes", *by, *once("wish")]
    yield ["voice", "ask", whom, "--words", "Hvornår?", "--label", "wishes", *by, *once("question")]
    yield ["citizen", "code", whom, theirs, *by]
    yield ["citizen", "link", WRONG, "--purpose", purpose, *by]
    yield ["voice", "answer-wish", whom, id_made("nothing", "wish"), "--met", *by, *once("nothing")]
    if GUESS:
        yield from hidden(whom, person, handovers)


def hidden(whom: UUID, person: str, handovers: tuple[str, ...]) -> Iterator[Command]:
    """What is tried on things of the second world only, and what is refused while something hidden is open."""
    for kind, (group, verb, *said) in MATTERS.items():
        yield [group, verb, whom, id_made(f"{BEGINNINGS[kind]}-x0", kind), *said, "--as", person]
    for handover in handovers:
        yield ["handover", "complete", id_made(handover, "handover"), "--as", person]


def id_made(step: str, what: str) -> UUID:
    """The id that a step's command makes: it follows from the command's own."""
    return uuid5(uid(f"command {step}"), what)
