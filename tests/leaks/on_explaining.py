"""Methods at the command line on what explains, rehearses, corrects and exports: as ann, who works at A."""

from uuid import uuid4

from tests.leaks.hunting import Seen, method
from tests.leaks.on_command_line import DENIED, WORK, ann, denied, hidden_citizen, hidden_refs, pair
from tests.leaks.raw import evidence
from tests.leaks.scene import PARTNERS, Scene


@method("cli", "Ask why an organisation sees something of a citizen, or does not",
        "The one denial: reasons are the citizen's.", DENIED, ways=4)  # fmt: skip
def explain(scene: Scene, number: int) -> Seen:
    """Of its own organisation and of another; of a citizen whom it knows as well."""
    which = ("others'", "blocked", "known", "withdrawn")[number % 4]
    where = ("jobcenter", "rusmiddel")[number % 2]
    more = ("--against", "2026-01-01") if number % 3 == 0 else ()
    return denied(scene, scene.citizens[which], "explain", "?", where, *WORK, *more)


@method(
    "cli",
    "Export a citizen's consents, and ask who can have read something",
    "The one denial.",
    DENIED,
    ways=4,
)
def export(scene: Scene, number: int) -> Seen:
    """What only the citizen may take out or ask."""
    if number % 2:
        ref = str(uuid4())
        return denied(scene, hidden_citizen(scene, number // 2), "event", "readers", "?", ref)
    return denied(scene, hidden_citizen(scene, number // 2), "export", "consents", "?")


_COMMANDS: list[tuple[str, ...]] = [
    ("citizen", "hope", "?", "x", "--label", "wishes"),
    ("citizen", "contact", "?", "--text", "x", "--label", "meetings"),
    ("citizen", "release-coordinator", "?"),
    ("plan", "open", "?", "--kind", "indsatsplan"),
    ("citizen", "died", "?"),
]


@method("cli", "Rehearse commands on a citizen whom A may not know, against one who does not exist", "The one denial.",
        DENIED, ways=5)  # fmt: skip
def preview(scene: Scene, number: int) -> Seen:
    """What a command would change is not told to who may not give it."""
    return denied(scene, scene.citizens["others'"], "preview", *_COMMANDS[number % len(_COMMANDS)])


@method("cli", "Rehearse a withdrawal for a citizen whom A may not know, against one who does not exist",
        "The same answer.", "alike")  # fmt: skip
def preview_withdrawal(scene: Scene, number: int) -> Seen:
    """Nothing is withdrawn by asking so."""
    where = ("socialpsykiatrien", "rusmiddel", "jobcenter")[number % 3]
    return pair(scene, scene.citizens["others'"], "preview", "consent", "withdraw", "?", "--partner", where)


@method("cli", "Rehearse commands on a known citizen, to see who else would learn of it",
        "No other organisation is named, and none is counted.", "nobody else", ways=6)  # fmt: skip
def preview_known(scene: Scene, number: int) -> Seen:
    """B has a consent of this citizen too, and would see it."""
    known = str(scene.citizens["known"])
    words: list[tuple[str, ...]] = [
        ("citizen", "contact", known, "--text", "x", "--label", "meetings"),
        ("citizen", "hope", known, "x", "--label", "wishes"),
        ("plan", "open", known, "--kind", "indsatsplan"),
    ]
    code, out, err = ann(scene, "preview", *words[number % 3], *(("--json",) if number % 2 else ()))
    others = [name for name, sector, *_ in PARTNERS if sector != "jobcentre" and name in out + err] + [
        each for each, identity in scene.town.partners.items() if each != "jobcentre" and str(identity) in out
    ]
    return Seen(
        "others are named" if others or code not in {0, 2, 3} else "nobody else", evidence(code, out, err)
    )


def _amendments(scene: Scene) -> list[tuple[str, ...]]:
    known = str(scene.citizens["known"])
    return [
        ("event", "correct", known, "?", "--field", "words", "--value", "x", "--label", "wishes"),
        ("event", "relabel", known, "?", "--field", "words", "--add", "health"),
        ("event", "dispute", known, "?", "--words", "x", "--label", "wishes"),
        ("event", "misfile", known, "?", "--reason", "x", "--label", "wishes"),
        ("event", "readers", known, "?"),
    ]


@method("cli", "Correct, label, dispute and misfile events of a known citizen that A was never given",
        "The same refusal as for a reference of nothing.", "alike", ways=10)  # fmt: skip
def amend(scene: Scene, number: int) -> Seen:
    """By the hub's name of the event, and by what A would call it."""
    refs = hidden_refs(scene)
    return pair(scene, refs[number % len(refs)], *_amendments(scene)[number % 5])


@method("cli", "Open emergency access, register a basis, a representative or a protected address on a citizen whom A "
        "may not know, against one who does not exist", "The same refusal.", "alike", ways=5)  # fmt: skip
def law(scene: Scene, number: int) -> Seen:
    """What is not the jobcentre's to do."""
    words: list[tuple[str, ...]] = [
        ("emergency", "open", "?", "--reason", "x", "--label", "contact", "--call-back"),
        ("address", "protect", "?"),
        ("representative", "register", "?", "--person", "ann", "--scope", "plan"),
        ("basis", "register", "?", "jobcenter", "serviceloven-141", "--category", "plan", "--purpose", "employment",
         "--case", "1", "--in-writing"),
        ("citizen", "treatment", "?", "--text", "x", "--label", "health"),
    ]  # fmt: skip
    return pair(scene, scene.citizens["others'"], *words[number % 5])
