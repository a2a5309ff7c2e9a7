"""Methods over the surfaces of the whole domain, as ann at A: page, due, tasks, export, codes, and telling."""

from uuid import uuid4

from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_command_line import DENIED, WORK, ann, denied, hidden_citizen, pair
from tests.leaks.raw import evidence
from tests.leaks.scene import Scene

SAME = "the same"


@method("cli", "Read the page of a citizen whom A may not know", "The one denial, word for word.", DENIED)
def page(scene: Scene, number: int) -> Seen:
    """What stands now, of somebody who is not there for A."""
    return denied(scene, hidden_citizen(scene, number), "page", "?", *WORK)


@method("cli", "Ask what is due of such a citizen", "The one denial.", DENIED)
def due(scene: Scene, number: int) -> Seen:
    """For people and for scripts."""
    more = ("--json",) if number % 2 else ()
    return denied(scene, hidden_citizen(scene, number), "due", "?", *WORK, *more)


@method("cli", "Ask who has a task with such a citizen", "The one denial.", DENIED)
def tasks(scene: Scene, number: int) -> Seen:
    """Who else helps is what a list of tasks would tell."""
    return denied(scene, hidden_citizen(scene, number), "tasks", "?", *WORK)


@method(
    "cli",
    "Export a citizen's whole history",
    "The one denial, also of a citizen whom A knows.",
    DENIED,
    ways=8,
)
def export(scene: Scene, number: int) -> Seen:
    """It is the citizen's alone."""
    which = scene.citizens[("others'", "blocked", "known", "withdrawn")[number % 4]]
    form = ("--format", ("json", "fhir")[number // 4 % 2])
    return denied(scene, which, "export", "citizen", "?", *form)


@method("cli", "Link to a citizen by a code that is guessed", "Every wrong code ends alike.", SAME, ways=4)
def code(scene: Scene, number: int) -> Seen:
    """Codes of the right form, and of none."""
    forms = ("AAAA-BBBB", "7KQF-9XWM", "x", "AAAABBBB")
    one, other = (ann(scene, "citizen", "link", forms[(number + turn) % 4], *WORK) for turn in (0, 1))
    wrong = one[0] == 0 or other[0] == 0
    return Seen("in" if wrong else SAME, evidence(one, other))


@method(
    "cli",
    "Write to a citizen whom A may not know: a wish, a need, a problem, a community",
    "As to one who does not exist.",
    "alike",
    ways=5,
)
def telling(scene: Scene, number: int) -> Seen:
    """Whatever is told, there is nobody to tell it of."""
    verbs = (
        ("voice", "wish", "?", "--words", "x", "--label", "wishes"),
        ("need", "report", "?", "--text", "x", "--label", "plan"),
        ("need", "acute", "?", "--text", "x", "--label", "everyday"),
        ("network", "wish", "?", "--words", "x", "--label", "network"),
        ("citizen", "close", "?", "--way-back", "x", "--label", "contact"),
    )
    return pair(scene, scene.citizens["others'"], *verbs[number % len(verbs)])


@method(
    "cli",
    "Answer a matter of such a citizen by its id, against an id of nothing",
    "As to one that does not exist.",
    "alike",
)
def matters(scene: Scene, number: int) -> Seen:
    """The citizen's own events may be guessed; what is hidden answers like what is not there."""
    hidden = scene.citizens["others'"]
    verbs = (("voice", "answer-wish"), ("need", "solve"), ("network", "leave"))
    verb = verbs[number % len(verbs)]
    more = ("--met",) if verb[1] == "answer-wish" else ()
    answers = [ann(scene, *verb, str(who), str(uuid4()), *more) for who in (hidden, uuid4())]
    return alike(*answers)
