"""Methods at the command line, as ann who works at A: what is hidden against what is not there, word for word.

Every pair is the same command twice, once with the id of something that ann may not know, once with an id of nothing:
output, error text and exit code must be the same.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from tests.leaks.hunting import TRIES, Seen, alike, method
from tests.leaks.quiet import before_and_after
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene

DENIED = "the denial"
WORK = ("--purpose", "employment")
_CPRS = itertools.count(1)


def ann(scene: Scene, *words: str) -> tuple[int, str, str]:
    """A command as ann."""
    code, out, err = scene.home.hub(*words, "--as", "ann")
    return code, out, err


def both(scene: Scene, hidden: Any, *words: str) -> list[tuple[int, str, str]]:
    """The same command on what is hidden and on what is not there; `?` stands for the id."""
    return [ann(scene, *(str(each) if word == "?" else word for word in words)) for each in (hidden, uuid4())]


def pair(scene: Scene, hidden: Any, *words: str) -> Seen:
    """Whether the two answers are the same."""
    return alike(*both(scene, hidden, *words))


def denied(scene: Scene, hidden: Any, *words: str) -> Seen:
    """Whether they are the same, and the one uniform denial."""
    one, other = both(scene, hidden, *words)
    uniform = one == other and one == (4, "", one[2]) and one[2].count("\n") == 1
    return Seen(DENIED if uniform else f"{one} against {other}", evidence(one, other))


def hidden_citizen(scene: Scene, number: int) -> str:
    """One of whom A never knew anything, and one who blocked A, in turn."""
    return str(scene.citizens[("others'", "blocked")[number % 2]])


# Reading.


@method("cli", "Read the timeline of a citizen whom A may not know, against one who does not exist",
        "The one denial, word for word, with the same exit code.", DENIED, ways=10)  # fmt: skip
def timeline(scene: Scene, number: int) -> Seen:
    """For people, for scripts, with references, with a limit."""
    more: list[tuple[str, ...]] = [
        (),
        ("--json",),
        ("--refs",),
        ("--limit", "1"),
        ("--limit", "1000", "--json"),
    ]
    return denied(scene, hidden_citizen(scene, number), "timeline", "?", *WORK, *more[number // 2 % 5])


@method("cli", "Read it for every purpose, and for none", "The one denial.", DENIED, ways=10)
def purposes(scene: Scene, number: int) -> Seen:
    """Also purposes that are forbidden, and words that are none."""
    all_ = (
        "coordination",
        "treatment",
        "support",
        "casework",
        "emergency",
        "sanction",
        "recruitment",
        "x",
        "employment",
    )
    purpose = ("--purpose", all_[number]) if number < len(all_) else ()
    return denied(scene, hidden_citizen(scene, number), "timeline", "?", *purpose)


@method("cli", "Read A's own view of such a citizen", "The one denial.", DENIED)
def own_view(scene: Scene, number: int) -> Seen:
    """The read model that A's topic comes from."""
    more = ("--json",) if number % 3 == 0 else ()
    return denied(scene, hidden_citizen(scene, number), "view", "jobcenter", "?", *WORK, *more)


@method(
    "cli",
    "Read another partner's view",
    "The one denial, for a citizen who is in it and for one who is not.",
    DENIED,
    ways=4,
)
def others_view(scene: Scene, number: int) -> Seen:
    """Of the addiction centre, of social psychiatry."""
    where = ("rusmiddel", "socialpsykiatrien")[number % 2]
    which = ("others'", "known")[number // 2 % 2]
    return denied(scene, scene.citizens[which], "view", where, "?", *WORK)


@method("cli", "List the consents and blocks of such a citizen", "The one denial.", DENIED)
def consents(scene: Scene, number: int) -> Seen:
    """A block against A is on no list of A's."""
    return denied(scene, hidden_citizen(scene, number), "consent", "list", "?", *WORK)


@method(
    "cli",
    "Ask who has looked",
    "The one denial: it is the citizen's to know, also of a citizen whom A knows.",
    DENIED,
    ways=4,
)
def who_looked(scene: Scene, number: int) -> Seen:
    """Whoever looks tells that there is something."""
    which = ("others'", "blocked", "known", "withdrawn")[number % 4]
    return denied(scene, scene.citizens[which], "who-looked", "?")


@method("cli", "Open a handover between others, against one that is not there", "The one denial.", DENIED)
def open_handover(scene: Scene, number: int) -> Seen:
    """By its id, and by ids of other things."""
    what = ("a handover of others", "a plan of others", "a meeting of others")[number % 3]
    more = ("--json",) if number % 2 else ()
    return denied(scene, scene.ids[what], "handover", "open", "?", *WORK, *more)


@method("cli", "Ask for the status, for counts, for everything that an operator sees",
        "Refused with one sentence: no number.", "no number", ways=5)  # fmt: skip
def counts(scene: Scene, number: int) -> Seen:
    """The same before and after, whatever there is."""
    ways: list[tuple[str, ...]] = [("status",), ("status", "--json"), ("status", "--since", "2026-01-01"),
                                   ("view", "jobcenter"), ("view", "rusmiddel", "--json")]  # fmt: skip
    code, out, err = ann(scene, *ways[number % len(ways)])
    wrong = code == 0 or out or any(letter.isdigit() for letter in err)
    return Seen("numbers" if wrong else "no number", evidence(out, err))


# Guessing references.


def hidden_refs(scene: Scene) -> list[str]:
    """References that are something: events of others, B's own, and events of a known citizen that A may not see."""
    if not scene.refs:
        positions = scene.town.hub.items(scene.citizens["known"])
        shown = ann(scene, "timeline", str(scene.citizens["known"]), *WORK, "--json")[1]
        seen = {entry["ref"] for entry in json.loads(shown)["entries"]}
        called = [
            (item.event_id, scene.town.wired.vault.disclosure_id(scene.a, item.event_id))
            for item, _ in positions
        ]
        hidden = [pair for pair in reversed(called) if str(pair[1]) not in seen]
        scene.refs += [str(each) for pair in hidden for each in reversed(pair)]
        scene.refs += [str(identity) for name, identity in scene.ids.items() if name.startswith("B's record")]
    return scene.refs


@method("cli", "Page a known citizen's timeline from references that A was never given, against one of nothing",
        "The same answer.", "alike", ways=10)  # fmt: skip
def before(scene: Scene, number: int) -> Seen:
    """Of hidden events of that citizen, by the hub's name and by what A would call them, and of B's records."""
    refs = hidden_refs(scene)
    known = str(scene.citizens["known"])
    ref = refs[number % len(refs)] if number < TRIES - 2 else refs[-number]  # the last ones are B's
    return pair(scene, ref, "timeline", known, *WORK, "--before", "?")


@method("cli", "Hand over items of a known citizen that A may not see, against items that are none",
        "The same refusal.", "alike", ways=10)  # fmt: skip
def hand_over(scene: Scene, number: int) -> Seen:
    """To somebody who might see them."""
    refs, known = hidden_refs(scene), str(scene.citizens["known"])
    return pair(scene, refs[number % len(refs)], "handover", "propose", known, "jobcenter", "--item", "?")


def _on_known(scene: Scene) -> list[tuple[str, tuple[str, ...]]]:
    known = str(scene.citizens["known"])
    meeting, plan = "a meeting of others", "a plan of others"
    return [
        (meeting, ("meeting", "cancel", known, "?")),
        (meeting, ("meeting", "agree", known, "?", "--what", "x", "--label", "agreements")),
        (
            meeting,
            ("meeting", "invite", known, "?", "jobcenter", "--purpose-text", "x", "--label", "meetings"),
        ),
        (plan, ("plan", "close", known, "?")),
        (plan, ("plan", "set-goal", known, "?", "--words", "x", "--label", "plan")),
        ("a hope of others", ("citizen", "retell", known, "?", "x", "--label", "wishes")),
        ("a block of others", ("block", "lift", known, "?")),
        ("a consent to addiction_treatment", ("consent", "narrow", known, "?", "--category", "wishes")),
        ("a consent to addiction_treatment", ("consent", "renew", known, "?", "--until", "2027-01-01")),
        ("a consent to addiction_treatment", ("consent", "withdraw", known, "--consent", "?")),
    ]


@method("cli", "Act on others' meetings, plans, hopes, blocks and consents as if they were a known citizen's",
        "The same refusal as for an id of nothing.", "alike", ways=10)  # fmt: skip
def act_on_known(scene: Scene, number: int) -> Seen:
    """Ten commands."""
    what, words = _on_known(scene)[number]
    return pair(scene, scene.ids[what], *words)


@method("cli", "Answer others' handovers", "The same refusal as for an id of nothing.", "alike", ways=5)
def answer_handover(scene: Scene, number: int) -> Seen:
    """Accept, decline, read, complete, withdraw."""
    verb = ("accept", "decline", "read", "complete", "withdraw")[number % 5]
    more = ("--reason", "x", "--label", "plan") if verb == "decline" else ()
    return pair(scene, scene.ids["a handover of others"], "handover", verb, "?", *more)


# Writing on citizens whom A may not know.


def _on_citizen() -> list[tuple[str, ...]]:
    return [
        ("citizen", "hope", "?", "x", "--label", "wishes"),
        ("citizen", "contact", "?", "--text", "x", "--label", "meetings"),
        ("citizen", "assign-coordinator", "?", "--person", "mette"),
        ("citizen", "release-coordinator", "?"),
        ("citizen", "start-relation", "?", "jobcenter", "--person", "ann", "--purpose", "employment"),
        ("citizen", "end-relation", "?", "rusmiddel", "--person", "eva"),
        ("citizen", "died", "?"),
        ("plan", "open", "?", "--kind", "indsatsplan"),
        ("meeting", "convene", "?", "--kind", "network", "--starts", "2027-01-01 10:00",
         "--purpose-text", "x", "--label", "meetings"),
        ("consent", "refuse", "?", "jobcenter", "--category", "wishes", "--purpose", "employment"),
    ]  # fmt: skip


@method(
    "cli",
    "Write on a citizen whom A may not know, against one who does not exist",
    "The one denial.",
    DENIED,
    ways=10,
)
def write(scene: Scene, number: int) -> Seen:
    """Ten commands; nothing is recorded."""
    return denied(scene, scene.citizens["others'"], *_on_citizen()[number])


@method("cli", "Enrol somebody with a CPR number that the hub knows, against one that it does not",
        "No way to look somebody up: the same answer.", "alike")  # fmt: skip
def look_up(scene: Scene, number: int) -> Seen:
    """The number of the citizen whom A may not know."""
    fresh = f"020202-{next(_CPRS):04}"
    numbers = ("010101-7777", fresh)[:: -1 if number % 2 else 1]
    answers = {}
    for each in numbers:
        code, _, err = ann(scene, "citizen", "enrol", "--name", "Prøve", "--cpr", each)
        answers[each] = (code, err)
    return alike(answers["010101-7777"], answers[fresh])


@method("cli", "Take down a withdrawal for a citizen whom A may not know, against one who does not exist",
        "The same answer: whether there was a consent to another is not told.", "alike")  # fmt: skip
def withdraw(scene: Scene, number: int) -> Seen:
    """Anybody on the staff takes a withdrawal down; that must not be a way to ask."""
    where = ("socialpsykiatrien", "jobcenter", "myndigheden")[number % 3]
    return pair(scene, scene.citizens["others'"], "consent", "withdraw", "?", "--partner", where)


@method("cli", "Send a command under the id of another's command, against an id of its own",
        "The same answer: another's answer is not told.", "alike", ways=10)  # fmt: skip
def command_ids(scene: Scene, number: int) -> Seen:
    """The hub answers a command that is sent again as it did the first time."""
    query = "SELECT command_id FROM commands WHERE answer IS NOT NULL ORDER BY position LIMIT 20 OFFSET 12"
    ids = [row[0] for row in scene.ask(query)]
    words = (
        ("handover", "accept", str(uuid4()))
        if number % 2
        else ("citizen", "hope", str(uuid4()), "x", "--label", "wishes")
    )
    return pair(scene, ids[number % len(ids)], *words, "--command-id", "?")


@method("cli", "Count what others recorded by the numbers in answers to its own commands",
        "No number that grows with what others record.", "no count")  # fmt: skip
def positions(scene: Scene, _: int) -> Seen:
    """Two commands of its own, and in between something hidden."""
    known = str(scene.citizens["known"])
    words = ("citizen", "contact", known, "--text", "x", "--label", "meetings", "--json")
    first = json.loads(ann(scene, *words)[1])
    scene.elsewhere()
    second = json.loads(ann(scene, *words)[1])
    numbers = [list(_numbers(each)) for each in (first, second)]
    grown = any(b - a > 1 for a, b in zip(*numbers, strict=True))
    return Seen("a count of everything" if grown else "no count", evidence(first, second))


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


# Lists, pages, texts.


def _citizens(scene: Scene, *more: str) -> dict[str, Any]:
    code, out, _ = ann(scene, "overview", *WORK, "--json", *more)
    return json.loads(out) if code == 0 else {"citizens": [], "after": None}


@method("cli", "Page through its own citizens, one or two at a time",
        "The same citizens as at once: nobody who is not shown leaves a hole.", "the same")  # fmt: skip
def pages(scene: Scene, number: int) -> Seen:
    """A citizen who has blocked A is on no page, and leaves no hole."""
    whole = [each["citizen"] for each in _citizens(scene)["citizens"]]
    size, found, after = 1 + number % 2, [], ()
    sizes = []
    for _ in range(len(whole) + 2):
        page = _citizens(scene, "--limit", str(size), *after)
        found += [each["citizen"] for each in page["citizens"]]
        sizes.append(len(page["citizens"]))
        if page["after"] is None:
            break
        after = ("--after", page["after"])
    full = [size] * (len(whole) // size) + [len(whole) % size] * (len(whole) % size > 0)
    return Seen("the same" if found == whole and sizes == full else "a hole", evidence(found, sizes))


@method("cli", "Name a citizen by name or number, who is there and who is not", "Refused alike: only references serve.",
        "alike")  # fmt: skip
def names(scene: Scene, number: int) -> Seen:
    """Nobody is looked up by name."""
    there = (scene.markers["the name of others' citizen"].decode(), "010101-7777")[number % 2]
    return alike(*(ann(scene, "timeline", name, *WORK)[::2] for name in (there, "Ukendt Prøve")))


@method(
    "cli",
    "Ask for help, and write commands wrongly",
    "Texts without anybody in them.",
    "the same texts",
    ways=10,
)
def help_texts(scene: Scene, number: int) -> Seen:
    """Help, missing words, words that are none."""
    ways: Sequence[tuple[str, ...]] = [("--help",), ("citizen", "--help"), ("timeline", "--help"), ("timeline",),
            ("x",), ("handover", "open"), ("consent", "withdraw", str(scene.citizens["others'"])),
            ("timeline", "x"), ("view", "x", "y"), ("meeting", "cancel", "x", "y")]  # fmt: skip
    return alike(*(ann(scene, *ways[number]) for _ in range(2)), "the same texts")


@method(
    "cli",
    "List the organisations",
    "Who they are and who works there: no citizen, no count.",
    "organisations alone",
)
def organisations(scene: Scene, number: int) -> Seen:
    """What everybody may know."""
    code, out, err = scene.home.hub("partner", "list", "--json")
    known = {
        "partner",
        "name",
        "sector",
        "suspended",
        "public_body",
        "purposes",
        "reveals",
        "ceiling",
        "persons",
    }
    wrong = code != 0 or any(set(each) - known for each in json.loads(out))
    return Seen("more" if wrong else "organisations alone", evidence(out, err, number))


@method(
    "cli",
    "Compare a known citizen's timeline before and after others were active",
    "The same, byte for byte.",
    "alike",
)
def quiet_timeline(scene: Scene, number: int) -> Seen:
    """Something is recorded that A may not know, also on this citizen."""
    return alike(*(each["timeline"] for each in before_and_after(scene, number)))


@method("cli", "Compare A's view and the list of consents before and after others were active",
        "The same, byte for byte.", "alike")  # fmt: skip
def quiet_view(scene: Scene, number: int) -> Seen:
    """As above."""
    return alike(*((each["view"], each["consents"]) for each in before_and_after(scene, number)))


@method(
    "cli", "Compare ann's overview before and after others were active", "The same, byte for byte.", "alike"
)
def quiet_overview(scene: Scene, number: int) -> Seen:
    """As above."""
    return alike(*(each["overview"] for each in before_and_after(scene, number)))
