"""The table of things due, in words."""

from typing import Any, Final

from hub.cli.base import out, out_json
from hub.cli.show import wrapped
from hub.due import NOTICE, DueClock, DueRule, EventOf, due_table
from hub.texts import Pair, say, word
from hub.wording import EVENTS

WHOSE: Final[dict[str, Pair]] = {
    "authority": ("myndigheden", "the authority"),
    "coordinator": ("tovholderen", "the coordinator"),
    "contact_person": ("den faste kontaktperson", "the contact person"),
    "recorder": ("dem, der skrev det", "those who recorded it"),
    "named": ("den organisation, det gælder", "the organisation that it is about"),
    "person": ("den nye medarbejder", "the new worker"),
    "received": ("dem, der havde læst det", "those who had read it"),
    "citizen": ("borgeren alene", "the citizen alone"),
}
"""On whose list something stands."""
_NOTICES: Final[dict[str, Pair]] = {
    NOTICE: ("En organisations adgang ophørte", "An organisation's access ended"),
    "event.corrected": ("Noget blev rettet", "Something was corrected"),
    "event.misfiled": ("Noget stod på den forkerte", "Something stood on the wrong person"),
}
_FIELDS: Final[dict[str, Pair]] = {
    "due": ("den dato, der er aftalt", "the date that was agreed on"),
    "starts": ("mødet", "the meeting"),
    "until": ("den dag, det ophører", "the day on which it ends"),
    "purge_by": ("den dato, de fik", "the date that they were given"),
}


def show_rules(*, as_json: bool) -> None:
    """Every rule: when it begins, by when, on whose list, how a hard period softens it, and what ends it."""
    rules = due_table().rules.values()
    if as_json:
        out_json([_rule_json(rule) for rule in rules])
        return
    wrapped(
        say(
            f"{len(rules)} regler. Enhver ser på sin liste kun det, han eller hun må vide. Dødsfald og afslutning "
            "gør listerne tomme.",
            f"{len(rules)} rules. Everybody sees on their list only what they may know. A death, and closing, empty "
            "every list.",
        )
    )
    for rule in rules:
        out()
        mark = f" [{say('rød', 'red')}]" if rule.red else ""
        asks = f" [{say('spørgsmål', 'question')}]" if rule.question else ""
        wrapped(f"{say(*rule.says)}{mark}{asks}")
        for name, told in _told(rule):
            wrapped(f"{name}: {told}", "  ")


def _told(rule: DueRule) -> list[tuple[str, str]]:
    found = [
        (say("Begynder", "Begins"), _events(rule.opens)),
        (say("Frist", "By"), clock_text(rule.clock)),
        (say("Hos", "With"), ", ".join(word(WHOSE, who) for who in rule.who)),
        (say("Svær periode", "Hard period"), hard_text(rule)),
    ]
    if rule.after:
        found.append((say("Når også", "Once also"), _events(rule.after)))
    if rule.moves:
        found.append((say("Flyttes af", "Moved by"), _events(rule.moves)))
    if rule.again:
        found.append((say("Begynder forfra ved", "Begins anew at"), _events(rule.again)))
    if rule.resolves:
        found.append((say("Slutter", "Ends"), _events(rule.resolves)))
    found.append((say("Rækker", "Rows"), ", ".join(map(str, rule.rows))))
    return found


def _events(events: tuple[EventOf, ...]) -> str:
    names = dict.fromkeys(word({**EVENTS, **_NOTICES}, each.event) for each in events)
    return " · ".join(names)


def clock_text(clock: DueClock) -> str:
    """By when, in words."""
    if clock.every is not None:
        return say(
            "så ofte, som det er aftalt; aftalt fleksibelt: aldrig", "as often as agreed; flexible: never"
        )
    told = []
    if clock.field is not None:
        day = word(_FIELDS, clock.field)
        told.append(
            say(f"{clock.before} dage før {day}", f"{clock.before} days before {day}")
            if clock.before
            else day
        )
    number = clock.days if clock.working_days is None else clock.working_days
    if number is not None:
        told.append(_after(number, working=clock.working_days is not None))
    return say(" – ellers ", " – otherwise ").join(told)


def _after(number: int, *, working: bool) -> str:
    if number == 0:
        return say("med det samme", "at once")
    if working:
        return say(
            f"{number} hverdag{'' if number == 1 else 'e'} efter",
            f"{number} working day{'' if number == 1 else 's'} later",
        )
    return say(f"{number} dage efter", f"{number} days later")


def hard_text(rule: DueRule) -> str:
    """What a hard period does to it, in words."""
    return {
        "as_ever": say("ændrer intet", "changes nothing"),
        "later": say(f"{rule.later_days} dage senere", f"{rule.later_days} days later"),
        "quiet": say("står der stille, uden dage", "stands there quietly, without days"),
    }[rule.hard_period]


def _rule_json(rule: DueRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "says": say(*rule.says),
        "opens": [each.event for each in rule.opens],
        "resolves": [each.event for each in rule.resolves],
        "clock": clock_text(rule.clock),
        "who": list(rule.who),
        "hard_period": hard_text(rule),
        "question": rule.question,
        "red": rule.red,
        "rows": list(rule.rows),
    }
