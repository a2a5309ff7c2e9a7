"""The hub and the oracle compared over generated histories: what a run counts, and the faults it must find first."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from hub.statements import Statement
from tests import oracle, oracle_citizen
from tests.asking import Asked, pages, questions
from tests.bodies import uid
from tests.histories_told import published, random_history
from tests.playing import Played, compare
from tests.properties.situations import of_question, situations

QUESTIONS = 8
REASONS = frozenset(oracle.PRECEDENCE) - {"no_such_item", "unknown_channel"}
"""Every reason that a denial can name."""
FULL = 100_000
LEAST = 500
"""So often, at least, every reason occurs in a full run."""
KINDS = (
    *(
        "grant",
        "confirmed",
        "narrowed",
        "renewed",
        "ended",
        "basis",
        "basis_ended",
        "basis_confirmed",
        "block",
    ),
    *(
        "unblock",
        "emergency",
        "emergency_ended",
        "representative",
        "representative_ended",
        "address_protected",
    ),
    *(
        "address_unprotected",
        "corrected",
        "relabelled",
        "misfiled",
        "task",
        "task_ended",
        "part",
        "part_ended",
    ),
    *("handover", "handover_ended", "item", "item_ended", "item_approved", "died", "registered", "ceiling"),
    *("suspended", "resumed", "withheld", "shown_again"),
)
"""Every kind of statement; a hub that does not hear of one of them decides differently."""
UNTOLD = (
    *("rule_1_part_by_order", "rule_1_order_over"),
    *(name for name in oracle_citizen.RULES),
)
"""Rules of which the oracle is told nothing, one at a time: that an order gives a part, that it is over …"""

Filter = Callable[[Iterable[Statement]], Iterable[Statement]]


@dataclass
class Tally:
    """What a run has counted."""

    histories: int = 0
    answers: int = 0
    permits: int = 0
    why: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    """The types of the events in the histories."""
    met: Counter[str] = field(default_factory=Counter)
    """The types of the events that were asked about."""
    pages: int = 0
    """How often it was compared what the citizen is shown."""
    rows: int = 0
    redelivered: int = 0
    differences: list[str] = field(default_factory=list)
    different: int = 0

    def add(self, other: "Tally") -> None:
        """Add what another run counted."""
        for name in ("histories", "answers", "permits", "rows", "redelivered", "different", "pages"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("why", "reasons", "held", "drawn", "met"):
            getattr(self, name).update(getattr(other, name))
        self.differences += other.differences

    @property
    def never(self) -> list[str]:
        """The types of event that no history held."""
        return sorted(published().keys() - self.drawn.keys())

    def differs(self, what: str, most: int = 20) -> None:
        """Count a difference; the first ones are kept to be read."""
        self.different += 1
        if len(self.differences) < most:
            self.differences.append(what)


def one_history(
    seed: int, number: int, tally: Tally, *, keep: Filter | None = None, off: frozenset[str] = frozenset()
) -> None:
    """Make one history (its own seed and number suffice to make it again), ask the questions, and compare.

    `keep` is what the hub hears of the statements, `off` what the oracle is told nothing of: the faults.
    """
    rng = Random(f"{seed} {number}")
    history = random_history(rng, rng.randint(12, 50))
    played = Played(history)
    missed: list[Statement] = []
    if keep is not None:
        kept = list(keep(played.statements))
        heard = {id(each) for each in kept}
        missed = [each for each in played.statements if id(each) not in heard]
        played.statements = kept
    again = played.redelivered(rng) if rng.random() < REDELIVERED else None
    held = situations(history) if keep is None else set()
    for asked in questions(history, rng, QUESTIONS):
        if keep is None:
            held |= of_question(history, asked)
        elif not concerns(missed, asked):
            continue
        one_question(f"seed {seed}, history {number}: ", played, again, asked, tally, rng, off)
    for upto, now in pages(history, rng):
        one_page(f"seed {seed}, history {number}: ", played, upto, now, tally, off)
    tally.drawn.update(step["event"] for step in history["steps"])
    tally.histories += 1
    tally.held.update(held)


def one_page(where: str, played: Played, upto: int, now: str, tally: Tally, off: frozenset[str]) -> None:
    """Compare what the citizen is shown: everything, but for what is withheld at the moment."""
    meant = oracle_citizen.shown_to_the_citizen(played.history, upto, now, off)
    tally.pages += 1
    if (shown := played.shown_to_the_citizen(upto, now)) != meant:
        tally.differs(
            f"{where}the citizen's page after {upto} steps at {now}"
            f"\n  shown by the hub alone {sorted(shown - meant)}, by the oracle alone {sorted(meant - shown)}"
        )


def one_question(
    where: str,
    played: Played,
    again: Played | None,
    asked: Asked,
    tally: Tally,
    rng: Random,
    off: frozenset[str] = frozenset(),
) -> None:
    """Ask both, and compare the answers; sometimes also the row, and what a second telling changes (nothing)."""
    expected = oracle.answer(played.history, **asked._asdict(), off=off)
    told = played.told(asked)
    tally.met[played.steps[asked.item]["event"]] += 1
    tally.answers += 1
    tally.permits += told.visible
    tally.why.update([told.why] if told.why else [])
    tally.reasons.update(told.reasons)
    if difference := compare(asked, told, expected, reasons=not played.in_emergency(asked)):
        tally.differs(where + difference)
    if asked.channel in ("topic", "feed") and rng.random() < ROWS:
        tally.rows += 1
        if (row := played.row(asked)) != (meant := played.expected_row(asked)):
            tally.differs(f"{where}{asked}\n  row    {row}\n  oracle {meant}")
    if again is not None:
        tally.redelivered += 1
        if (other := again.told(asked)) != told:
            tally.differs(f"{where}{asked}\n  once {told}\n  shuffled and doubled {other}")


ROWS = 0.3
"""For so many questions on a topic or a feed the whole row is compared too: every purpose, and when it happened."""
REDELIVERED = 0.1
"""For so many of the histories the statements are also told twice and in another order."""


def concerns(missed: list[Statement], asked: Asked) -> bool:
    """Whether a hub that missed these could answer this question otherwise."""
    who = (None, uid(asked.partner))
    return any(each.position <= asked.upto and each.partner in who for each in missed)


def without(kind: str) -> Filter:
    """A hub that never hears of one kind of statement."""
    return lambda statements: [each for each in statements if each.kind != kind]


def is_caught(seed: int, fault: str, histories: int) -> bool:
    """Whether the comparison finds a fault where it finds nothing otherwise.

    The hub does not hear of a kind of statement; or the oracle is told nothing of one of its own rules (UNTOLD).
    """
    for number in range(histories):
        deaf, whole = Tally(), Tally()
        if fault in UNTOLD:
            one_history(seed, number, deaf, off=frozenset({fault}))
        else:
            one_history(seed, number, deaf, keep=without(fault))
        if deaf.different:
            one_history(seed, number, whole)
            if not whole.different:
                return True
    return False


def run(seed: int, numbers: Iterable[int], report: Callable[[Tally], None], every: float = 5.0) -> Tally:
    """Compare over these histories, and tell of it every few seconds."""
    tally, told = Tally(), monotonic()
    for number in numbers:
        one_history(seed, number, tally)
        if monotonic() - told > every:
            report(tally)
            told = monotonic()
    return tally
